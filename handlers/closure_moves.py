"""The due times of a closed period, a slice of people at a time: moved out of it, or back; one message per person."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time
from typing import Any

from bot.core.closure import Closure, Move, by_person, moves
from bot.core.conversation import Choice, Rows, Say, To
from bot.core.loans import Loan, LoanState
from bot.core.messages import Closing, DueMoved, MoveLine
from bot.core.people import Department
from bot.core.records import record
from bot.core.schedule import civil
from bot.core.stamps import at_stamp, stamp_of
from bot.store import Tx
from bot.store.bulk import Bulk, Slice
from handlers.planning import replan
from handlers.showing import lines, quiet_card

SLICE = 20  # loans whose people are moved in one transaction: some tens of ms for which everybody else waits
# A group takes 20 messages a minute: other cards show the new date at their next update.
CARDS_BROUGHT_UP_TO_DATE = 12
SHOWN = 30  # moves, and names, that are kept with the message: more than it has lines
LOOKED_AT = 50  # slices of closures among which those of one are looked for at a time

Facts = dict[str, Any]


def days_of(desk: Department, shut: Closure) -> tuple[datetime, datetime]:
    """The first and the last day, as a page names them."""
    return civil(shut.first, time(0), desk.zone), civil(shut.last, time(0), desk.zone)


def facts_of(shut: Closure) -> dict[str, str]:
    """As the audit keeps a period."""
    return {"first": shut.first.isoformat(), "last": shut.last.isoformat()}


def period_of(facts: Facts) -> Closure:
    return Closure(date.fromisoformat(facts["first"]), date.fromisoformat(facts["last"]))


def line_of(move: Move) -> MoveLine:
    return MoveLine(move.loan.item, move.loan.borrower, move.loan.due_at, move.due_at)


# --- the work ------------------------------------------------------------------------------------


def begin(shut: Closure, key: str, **facts: int) -> Facts:
    """The facts before the first slice. key: of the messages; facts: act, the closure's number in the audit; people,
    how many there are in all; after, the last slice that has gone back."""
    counted = {"seen": 0, "moved": 0, "told": 0, "unreached": 0, "shown": [], "lost": []}
    return {**facts_of(shut), "key": key, "after": 0, **counted, **facts}


def move_slice(tx: Tx, asked: Bulk) -> Slice:
    """The next people leave the period, the soonest due first, each with all that they have."""
    desk, facts, shut = tx.departments.get(asked.department_id), asked.facts, period_of(asked.facts)
    begins, ends = shut.begins(desk.zone), shut.ends(desk.zone)
    after = (at_stamp(facts["due"]), facts["after"]) if "due" in facts else None
    soonest = tx.loans.due_between(desk.id, begins, ends, SLICE, after)
    people = dict.fromkeys(loan.contact_id for loan in soonest)
    theirs = [x for who in people for x in _out(tx, who) if x.department_id == desk.id]
    found = moves(theirs, shut, desk.rules, desk.zone, before=facts["seen"], people=facts["people"])
    tx.audit.note(asked.who, MOVED, desk.id, closure=facts["act"], moves=[_kept(m) for m in found])
    came_to = {"due": stamp_of(soonest[-1].due_at), "after": soonest[-1].id} if soonest else {}
    done = _carry_out(tx, asked, found)
    return Slice({**done.facts, **came_to, "seen": facts["seen"] + len(people)}, done.says, over=len(soonest) < SLICE)


def _out(tx: Tx, contact_id: int) -> list[Loan]:
    """What a person has out, as it is now: somebody may be giving it back or prolonging it in this moment."""
    now = [tx.loans.hold(loan) for loan in tx.loans.open_of(contact_id, ("active",))]
    return [loan for loan in now if loan.state is LoanState.ACTIVE]


MOVED = "closure_moved"


def _kept(move: Move) -> list[int]:
    return [move.loan.id, stamp_of(move.loan.due_at), stamp_of(move.due_at)]


@record(frozen=True, slots=True)
class MovedBefore:
    """What a slice of a closure moved. back: what of it can go back; act: the slice's number, that of the last one
    looked at when it is another closure's; more: others may follow."""

    back: Sequence[Move]
    act: int
    more: bool


def moved_in(tx: Tx, department_id: int, closure: int, after: int | None = None) -> MovedBefore:
    """The first slice of a closure, or the first after another one."""
    known = tx.audit.after(department_id, MOVED, closure if after is None else after, LOOKED_AT)
    its = [act for act in known if act.facts["closure"] == closure]
    more = len(its) > 1 or len(known) == LOOKED_AT
    if not its:
        return MovedBefore((), known[-1].id if known else 0, more)
    back = [m for m in (_back(tx, *kept) for kept in its[0].facts["moves"]) if m is not None]
    return MovedBefore(back, its[0].id, more)


def _back(tx: Tx, loan_id: int, was: int, now: int) -> Move | None:
    loan = tx.loans.get(loan_id)
    before = at_stamp(was)
    if loan.state is not LoanState.ACTIVE or loan.due_at != at_stamp(now) or before <= tx.now:
        return None
    return Move(loan, before)


def undo_slice(tx: Tx, asked: Bulk) -> Slice:
    """What the next slice moved goes back."""
    found = moved_in(tx, asked.department_id, asked.facts["act"], asked.facts["after"])
    done = _carry_out(tx, asked, found.back)
    return Slice({**done.facts, "after": found.act}, done.says, over=not found.more)


def _carry_out(tx: Tx, asked: Bulk, found: Sequence[Move]) -> Slice:
    """Move, and what follows: one message per person, cards. Loans that are held are spoken of to nobody yet."""
    desk, facts = tx.departments.get(asked.department_id), asked.facts
    loans = [_put(tx, asked.who, move) for move in found]
    people = by_person([loan for loan in loans if not loan.held])
    lost = [contact for contact in people if tx.speech.reach(contact, desk) != "ok"]
    told = [_told(tx, asked, desk, contact, its) for contact, its in people.items() if contact not in lost]
    cards = loans[: max(0, CARDS_BROUGHT_UP_TO_DATE - facts["moved"])]
    counted = {
        "moved": facts["moved"] + len(loans), "told": facts["told"] + len(told),
        "unreached": facts["unreached"] + len(lost), "lost": (facts["lost"] + lost)[:SHOWN],
        "shown": (facts["shown"] + [_kept(move) for move in found])[:SHOWN],
    }  # fmt: skip
    return Slice({**facts, **counted}, [*told, *(say for loan in cards for say in quiet_card(tx, loan))], over=False)


def _put(tx: Tx, who: str, move: Move) -> Loan:
    """Give a loan another due time; it does not count as the borrower's extension."""
    loan = move.loan
    tx.loans.note(loan.id, "moved", who, was=loan.due_at.isoformat(), due=move.due_at.isoformat())
    return replan(tx, tx.loans.change(loan.id, due_at=move.due_at, escalated=0), "moved for a closure")


def _told(tx: Tx, asked: Bulk, desk: Department, contact: int, loans: Sequence[Loan]) -> Say:
    message = DueMoved(lines(loans, tx.now), *days_of(desk, period_of(asked.facts)), asked.kind == "closure_undo")
    # A loan made while others are being moved may bring its person round again.
    key = f"{asked.facts['key']}:{contact}:{loans[0].id}"
    return Say(message=message, to=To.CONTACT, contact_id=contact, department_id=desk.id, key=key)


# --- the result ----------------------------------------------------------------------------------


def undo_of(department_id: int, act: int) -> Rows:
    return ((Choice("closure.undo", (department_id, act), "undo"),),)


def result(tx: Tx, asked: Bulk, facts: Facts, *, stopped: bool = False) -> tuple[Closing, Rows]:
    """The staff's page once it is done, or could not be done to its end."""
    desk = tx.departments.get(asked.department_id)
    state = "undone" if asked.kind == "closure_undo" else "moved"
    shown = tuple(_line(tx, *kept) for kept in facts["shown"])
    known = [tx.people.find(contact) for contact in facts["lost"]]
    names = tuple(sorted(person.name for person in known if person is not None))
    message = Closing(
        *days_of(desk, period_of(facts)), shown, facts["told"], state, asked.by, names, facts["moved"],
        others=facts["unreached"] - len(names), stopped=stopped,
    )  # fmt: skip
    return message, undo_of(desk.id, facts["act"]) if state == "moved" else ()


def _line(tx: Tx, loan_id: int, was: int, now: int) -> MoveLine:
    loan = tx.loans.get(loan_id)
    return MoveLine(loan.item, loan.borrower, at_stamp(was), at_stamp(now))
