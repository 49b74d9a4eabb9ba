"""/fermeture: the desk knows when it is shut; the due times of that period move to the first days after it, one message
per person, with undo."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time
from typing import Any, Literal

from bot.core.closure import Closure, Move, by_person, closures, moves, read_closure
from bot.core.conversation import Choice, Heard, Rows, Say, To
from bot.core.loans import Loan, LoanState
from bot.core.messages import Closing, Closures, DueMoved, MoveLine, Period, Usage
from bot.core.people import Department, Role
from bot.core.records import record
from bot.core.schedule import civil
from bot.core.stamps import at_stamp, stamp_of
from bot.store import Tx
from handlers.buttons import texts, tongue
from handlers.planning import replan
from handlers.rights import name_of, pressed_desk, refused, who
from handlers.showing import lines, quiet_card
from handlers.toasts import toast, too_late

# A group takes 20 messages a minute: other cards show the new date at their next update.
CARDS_BROUGHT_UP_TO_DATE = 12
SHOWN = 30  # moves that are kept with the message: more than it has lines


# --- what would move -------------------------------------------------------------------------------


def closure(tx: Tx, heard: Heard, words: str) -> list[Say]:
    """/fermeture 24/12 → 02/01: who would get which date; alone, the closures to come. All staff may look; an admin
    says go."""
    desk = heard.department
    now = heard.at.astimezone(desk.zone)
    shut = read_closure(words, now=now, language=desk.language) if words.strip() else None
    known = closures(desk.rules.closures, now.date())
    if shut is None:
        return [Say(message=Usage("closure")) if words.strip() or not known else _list(heard, known)]
    found = _moves(tx, desk, shut)
    if not found and shut in known:
        return [Say(message=_card(desk, shut, (), 0, state="noted"))]
    message = _card(desk, shut, found, len({m.loan.contact_id for m in found}))
    return [Say(message=message, choices=_offered(desk, shut, found), department_id=desk.id)]


def _list(heard: Heard, known: Sequence[Closure]) -> Say:
    """The closures to come, each with a button that takes it back."""
    desk, reopen = heard.department, texts().label("reopen", tongue(heard))
    lift = tuple((Choice("closure.lift", _packed(desk, s), text=f"{reopen} ({s.first:%d/%m})"),) for s in known)
    return Say(message=Closures(tuple(Period(*_days(desk, shut)) for shut in known)), choices=lift)


def _moves(tx: Tx, desk: Department, shut: Closure) -> list[Move]:
    due = tx.loans.due_between(desk.id, shut.begins(desk.zone), shut.ends(desk.zone))
    return moves(due, shut, desk.rules, desk.zone)


def _line(move: Move) -> MoveLine:
    return MoveLine(move.loan.item, move.loan.borrower, move.loan.due_at, move.due_at)


def _card(desk: Department, shut: Closure, found: Sequence[Move], people: int, **values: Any) -> Closing:
    shown = tuple(_line(move) for move in found[:SHOWN])
    return Closing(*_days(desk, shut), shown, people, count=len(found), **values)


def _days(desk: Department, shut: Closure) -> tuple[datetime, datetime]:
    return civil(shut.first, time(0), desk.zone), civil(shut.last, time(0), desk.zone)


def _offered(desk: Department, shut: Closure, found: Sequence[Move]) -> Rows:
    what = _packed(desk, shut)
    note = Choice("closure.note", what, "note_only" if found else "note_closure")
    leave = Choice("closure.leave", what, "never_mind")
    return ((Choice("closure.move", what, "move"),), (note, leave)) if found else ((note, leave),)


def _packed(desk: Department, shut: Closure) -> tuple[int, int, int]:
    return desk.id, shut.first.toordinal(), shut.last.toordinal()


def _pressed(choice: Choice) -> Closure:
    """The period a button carries. Raises ValueError, OverflowError for what is no date."""
    return Closure(date.fromordinal(int(choice.args[1])), date.fromordinal(int(choice.args[2])))


def leave(tx: Tx, heard: Heard, choice: Choice) -> list[Say]:
    """[Laisser tomber]"""
    desk = pressed_desk(tx, heard, choice)
    if desk is None:
        return refused(heard, Role.ADMIN)
    return [Say(message=_card(desk, _pressed(choice), (), 0, state="left"), replace=True)]


# --- moving --------------------------------------------------------------------------------------


def move(tx: Tx, heard: Heard, choice: Choice) -> list[Say]:
    """[Déplacer et prévenir]: what is due in the period now, whatever the preview showed."""
    desk = pressed_desk(tx, heard, choice)
    if desk is None:
        return refused(heard, Role.ADMIN)
    shut = _pressed(choice)
    found = _moves(tx, desk, shut)
    return _closed(tx, heard, desk, shut, found) if found else [too_late()]


def note(tx: Tx, heard: Heard, choice: Choice) -> list[Say]:
    """[Noter la fermeture], [Noter sans déplacer]: the desk knows that it is shut, due times stay."""
    desk = pressed_desk(tx, heard, choice)
    if desk is None:
        return refused(heard, Role.ADMIN)
    shut = _pressed(choice)
    return [too_late()] if shut.stored() in desk.rules.closures else _closed(tx, heard, desk, shut, ())


def _closed(tx: Tx, heard: Heard, desk: Department, shut: Closure, found: Sequence[Move]) -> list[Say]:
    """The period is remembered, what is found in it moves, and one button takes both back."""
    kept = [[m.loan.id, stamp_of(m.loan.due_at), stamp_of(m.due_at)] for m in found]
    act = tx.audit.note(who(heard), "closure", desk.id, moves=kept, **_facts(shut))
    _remember(tx, desk, {*desk.rules.closures, shut.stored()})
    moved = [_put(tx, heard, m) for m in found]
    undo_it = ((Choice("closure.undo", (desk.id, act), "undo"),),)
    return _told(tx, heard, _Moved(desk, shut, found, moved, "moved" if found else "noted"), undo_it)


def _remember(tx: Tx, desk: Department, periods: set[str]) -> None:
    """Those that are over are dropped."""
    today = tx.now.astimezone(desk.zone).date()
    tx.departments.set_rule(desk.id, "closures", tuple(shut.stored() for shut in closures(periods, today)))


def _facts(shut: Closure) -> dict[str, str]:
    """As the audit keeps a period."""
    return {"first": shut.first.isoformat(), "last": shut.last.isoformat()}


def undo(tx: Tx, heard: Heard, choice: Choice) -> list[Say]:
    """[Annuler]: the desk is open after all, and what was moved goes back to the old dates, as far as they are still to
    come and nobody has changed the new ones."""
    desk = pressed_desk(tx, heard, choice)
    act = tx.audit.get(int(choice.args[1])) if desk is not None else None
    if desk is None or act is None or act.department_id != desk.id or act.what != "closure":
        return refused(heard, Role.ADMIN)
    shut = Closure(date.fromisoformat(act.facts["first"]), date.fromisoformat(act.facts["last"]))
    back = [m for m in (_back(tx, *kept) for kept in act.facts["moves"]) if m is not None]
    if not back and shut.stored() not in desk.rules.closures:
        return [too_late()]
    tx.audit.note(who(heard), "closure_undone", desk.id, closure=act.id)
    _remember(tx, desk, {*desk.rules.closures} - {shut.stored()})
    moved = [_put(tx, heard, m) for m in back]
    return _told(tx, heard, _Moved(desk, shut, back, moved, "undone"))


def lift(tx: Tx, heard: Heard, choice: Choice) -> list[Say]:
    """[Rouvrir] in the list: the desk is open after all; due times stay where they are."""
    desk = pressed_desk(tx, heard, choice)
    if desk is None:
        return refused(heard, Role.ADMIN)
    shut = _pressed(choice)
    if shut.stored() not in desk.rules.closures:
        return [too_late()]
    tx.audit.note(who(heard), "closure_lifted", desk.id, **_facts(shut))
    _remember(tx, desk, {*desk.rules.closures} - {shut.stored()})
    return _told(tx, heard, _Moved(desk, shut, (), (), "undone"))


def _back(tx: Tx, loan_id: int, was: int, now: int) -> Move | None:
    loan = tx.loans.get(loan_id)
    before = at_stamp(was)
    if loan.state is not LoanState.ACTIVE or loan.due_at != at_stamp(now) or before <= tx.now:
        return None
    return Move(loan, before)


def _put(tx: Tx, heard: Heard, move: Move) -> Loan:
    """Give a loan another due time; it does not count as the borrower's extension."""
    loan = move.loan
    tx.loans.note(loan.id, "moved", who(heard), was=loan.due_at.isoformat(), due=move.due_at.isoformat())
    return replan(tx, tx.loans.change(loan.id, due_at=move.due_at, escalated=0), "moved for a closure")


# --- telling -------------------------------------------------------------------------------------


@record(frozen=True, slots=True)
class _Moved:
    """What a press did. moves: each loan as it was, with its new due time. loans: the same, as they are now."""

    desk: Department
    shut: Closure
    moves: Sequence[Move]
    loans: Sequence[Loan]
    state: Literal["moved", "noted", "undone"]


def _told(tx: Tx, heard: Heard, done: _Moved, choices: Rows = ()) -> list[Say]:
    """The staff's page, one message per person, the cards."""
    says, unreached = _one_each(tx, heard, done)
    page = _card(done.desk, done.shut, done.moves, len(says), state=done.state, by=name_of(heard), unreached=unreached)
    cards = [say for loan in done.loans[:CARDS_BROUGHT_UP_TO_DATE] for say in quiet_card(tx, loan)]
    return [
        toast("extend" if done.moves else "changed"),
        Say(message=page, choices=choices, replace=True),
        *says,
        *cards,
    ]


def _one_each(tx: Tx, heard: Heard, done: _Moved) -> tuple[list[Say], tuple[str, ...]]:
    """One message per person, and the names of those whom none can reach. Loans that are held are spoken of to nobody
    yet."""
    people = by_person([loan for loan in done.loans if not loan.held])
    lost = {c: found[0].borrower for c, found in people.items() if tx.speech.reach(c, done.desk) != "ok"}
    first, last = _days(done.desk, done.shut)
    says = [
        Say(
            message=DueMoved(lines(found, heard.at), first, last, done.state == "undone"), to=To.CONTACT,
            contact_id=contact, department_id=done.desk.id, key=f"in:{heard.letter_id}:closure:{contact}",
        )
        for contact, found in people.items() if contact not in lost
    ]  # fmt: skip
    return says, tuple(sorted(lost.values()))
