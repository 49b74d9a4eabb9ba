"""chase: escalates what waits too long. Staff are nudged about requests and declared returns, which then end; late
loans go to staff, then to admins."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from operator import add
from typing import NamedTuple

from bot.core.conversation import Choice, Say, To
from bot.core.loans import Loan, LoanState
from bot.core.messages import ConfirmReturn, Escalation, HoldOver, RequestExpired, StaffNudge
from bot.core.opening import after_opening_hours, answered_by
from bot.core.people import Department
from bot.store import Store, Tx
from bot.store.saying import Cause
from handlers.lacking import settle
from handlers.planning import replan
from handlers.showing import all_cards, card_choices, phone_of, receipt, to_borrower
from handlers.tasks import watch
from handlers.waiting import free_again, passed_on

CLOCK = Cause("clock")
SLICE = 10  # loans looked at in one transaction: each may mean three messages
AHEAD = timedelta(days=400)  # how far ahead `next_chase` looks for loans that will be late
MOST_AHEAD = 1_000  # and at how many it looks


class Chased(NamedTuple):
    """How many requests and returns staff were nudged about, how many waits ended, how many late loans climbed."""

    nudged: int = 0
    ended: int = 0
    escalated: int = 0


class Mark(NamedTuple):
    """How far a desk has been looked at: which of `STEPS`, and after which loan."""

    step: int = 0
    after: int = 0


START = Mark()


class Slice(NamedTuple):
    """What one step found among the next loans. last: the number of the last of them, None when no more are left."""

    looked_at: int
    last: int | None
    done: Chased


async def chase(store: Store, at: datetime) -> str:
    """One run: whether reminders leave, and all that has waited long enough; how many were nudged, ended and
    escalated."""
    total = Chased()
    await store.write(watch)
    for desk in await store.write(_departments):
        mark: Mark | None = START
        while mark is not None:
            done, mark = await store.write(chase_department, desk, mark)
            total = Chased(*map(add, total, done))
    return f"nudged {total.nudged}, ended {total.ended}, escalated {total.escalated}"


def _departments(tx: Tx) -> list[int]:
    return list(tx.departments.all())


def chase_department(tx: Tx, department_id: int, mark: Mark = START) -> tuple[Chased, Mark | None]:
    """The next `SLICE` of what has waited long enough at one desk; where the rest begins, None when there is none."""
    desk = tx.departments.get(department_id)
    done, left, after = Chased(), SLICE, mark.after
    for number, step in enumerate(STEPS[mark.step :], mark.step):
        found = step(tx, desk, after, left)
        done, left, after = Chased(*map(add, done, found.done)), left - found.looked_at, 0
        if found.last is not None:
            return done, Mark(number, found.last)
    return done, None


def next_chase(tx: Tx, since: datetime) -> datetime | None:
    """The first instant after `since` at which something will have waited long enough; None when nothing waits."""
    points = (at for desk in tx.departments.all().values() for at in _turning_points(tx, desk))
    return min((at for at in points if at > since), default=None)


def _turning_points(tx: Tx, desk: Department) -> Iterator[datetime]:
    rules = desk.rules
    for loan in tx.loans.waiting("requested", tx.now, desk.id, 0, MOST_AHEAD):
        asked = loan.created_at or tx.now
        yield from (_nudged_at(tx, desk, loan), answered_by(asked, rules, desk.zone), loan.due_at)
    for loan in tx.loans.waiting("return_declared", tx.now, desk.id, 0, MOST_AHEAD):
        declared = loan.declared_at or tx.now
        yield from (declared + rules.return_nudge, declared + rules.return_decides)
    yield from tx.holds.expiries(desk.id)
    for loan in tx.loans.to_escalate(2, tx.now + AHEAD, desk.id, MOST_AHEAD):
        yield from (loan.due_at + rules.staff_after, loan.due_at + rules.admins_after)


def _nudged_at(tx: Tx, desk: Department, loan: Loan) -> datetime:
    """When staff are nudged about a request: only opening hours count."""
    return after_opening_hours(loan.created_at or tx.now, desk.rules.request_nudge, desk.rules, desk.zone)


# --- requests ------------------------------------------------------------------------------------


def _nudge_for_requests(tx: Tx, desk: Department, after: int, most: int) -> Slice:
    waited = tx.loans.waiting("requested", tx.now - desk.rules.request_nudge, desk.id, after, most)
    waiting = [loan for loan in waited if _nudged_at(tx, desk, loan) <= tx.now]
    return _slice(waited, most, nudged=sum(_nudge(tx, desk, x, "request", x.created_at or tx.now) for x in waiting))


def _slice(loans: Sequence[Loan], most: int, **done: int) -> Slice:
    """Loans in the order of their numbers, of which `most` were asked for."""
    return Slice(len(loans), loans[-1].id if len(loans) == most and loans else None, Chased(**done))


def _from_the_top(count: int, most: int, **done: int) -> Slice:
    """Of what is not found again once it was handled, `most` were asked for."""
    return Slice(count, 0 if count == most else None, Chased(**done))


def _nudge(tx: Tx, desk: Department, loan: Loan, kind: str, since: datetime) -> int:
    """Once for each wait, with the card's buttons: the card itself lies a day further up in the group."""
    message = StaffNudge(kind, loan.item, loan.borrower, since)
    key = f"nudge:{kind}:{loan.id}:{int(since.timestamp())}"
    rows = card_choices(tx, loan)
    say = Say(message=message, to=To.STAFF, department_id=desk.id, key=key, choices=rows, loan=loan)
    return int(tx.speech.say(say, CLOCK) is not None)


def _end_requests(tx: Tx, desk: Department, after: int, most: int) -> Slice:
    """Requests that nobody answered in time."""
    waiting = tx.loans.waiting("requested", tx.now, desk.id, after, most)
    over = [x for x in waiting if min(x.due_at, answered_by(x.created_at or tx.now, desk.rules, desk.zone)) <= tx.now]
    for loan in over:
        if _waits_still(tx, loan):
            _expire(tx, desk, loan)
    return _slice(waiting, most, ended=len(over))


def _waits_still(tx: Tx, loan: Loan) -> bool:
    """Whether nobody answered since it was looked for: somebody may be doing so in this moment."""
    return tx.loans.hold(loan).state is loan.state


def _expire(tx: Tx, desk: Department, loan: Loan) -> None:
    """Nobody answered: both are told."""
    loan = tx.loans.move(loan, LoanState.EXPIRED, "clock")
    told = RequestExpired(loan.item, loan.due_at, desk.contact_line)
    tx.speech.say(to_borrower(loan, told, f"loan:{loan.id}:request_expired"), CLOCK)
    _show(tx, loan, "expired")


def _pass_on(tx: Tx, desk: Department, after: int, most: int) -> Slice:
    """What was put aside and not fetched goes to the next in line; both and staff are told."""
    over = tx.holds.run_out(desk.id, most)
    for found in over:
        now = tx.holds.still(found)
        if now is None or not now.ready:  # fetched, or left, in this moment
            continue
        told = HoldOver(found.item)
        key = f"hold:{found.id}:over:{int(tx.now.timestamp())}"
        says = passed_on(tx, tx.holds.close(found, "expired"), "expired")
        gone = Say(message=told, to=To.CONTACT, contact_id=found.contact_id, department_id=desk.id)
        for number, say in enumerate((gone, *says)):
            tx.speech.say(say, CLOCK, default_key=f"{key}:{number}")
    return _from_the_top(len(over), most, ended=len(over))


def _show(tx: Tx, loan: Loan, what: str) -> None:
    for number, say in enumerate(all_cards(tx, loan)):
        tx.speech.say(say, CLOCK, default_key=f"loan:{loan.id}:{what}:card:{number}:{int(tx.now.timestamp())}")


# --- declared returns ----------------------------------------------------------------------------


def _nudge_for_returns(tx: Tx, desk: Department, after: int, most: int) -> Slice:
    waiting = tx.loans.waiting("return_declared", tx.now - desk.rules.return_nudge, desk.id, after, most)
    return _slice(waiting, most, nudged=sum(_nudge(tx, desk, x, "return", x.declared_at or tx.now) for x in waiting))


def _end_returns(tx: Tx, desk: Department, after: int, most: int) -> Slice:
    """Returns that nobody confirmed in time."""
    waiting = tx.loans.waiting("return_declared", tx.now - desk.rules.return_decides, desk.id, after, most)
    for loan in waiting:
        if _waits_still(tx, loan):
            _decide(tx, desk, loan)
    return _slice(waiting, most, ended=len(waiting))


def _decide(tx: Tx, desk: Department, loan: Loan) -> None:
    """Staff stayed silent: the rule confirms, or asks the borrower again."""
    if desk.rules.return_default == "confirm":
        loan = tx.loans.move(loan, LoanState.RETURNED, "clock", "no answer of staff", returned_at=loan.declared_at)
        missing = settle(tx, loan, "clock")
        for say in free_again(tx, loan.item_id):
            tx.speech.say(say, CLOCK, default_key=f"loan:{loan.id}:free")
        told = receipt(tx, loan, missing)
        tx.speech.say(to_borrower(loan, told, f"loan:{loan.id}:returned"), CLOCK)
        _show(tx, loan, "decided")
        return
    loan = replan(tx, tx.loans.move(loan, LoanState.ACTIVE, "clock", "no answer of staff"), "no answer of staff")
    tx.pieces.unsay(loan.id)
    yes = (Choice("mine.return", (loan.id,), "yes"), Choice("mine.nothing", label="no"))
    asked = to_borrower(loan, ConfirmReturn((loan.item,)), f"loan:{loan.id}:ask:{int(tx.now.timestamp())}", (yes,))
    tx.speech.say(asked, CLOCK)
    _show(tx, loan, "asked")


# --- late loans ----------------------------------------------------------------------------------


def _to_admins(tx: Tx, desk: Department, after: int, most: int) -> Slice:
    """Late for a week."""
    return _climb(tx, tx.loans.to_escalate(2, tx.now - desk.rules.admins_after, desk.id, most), 2, most)


def _to_staff(tx: Tx, desk: Department, after: int, most: int) -> Slice:
    """Late for a day."""
    return _climb(tx, tx.loans.to_escalate(1, tx.now - desk.rules.staff_after, desk.id, most), 1, most)


def _climb(tx: Tx, late: Sequence[Loan], level: int, most: int) -> Slice:
    """Each once for each due time; those that climbed are not found again."""
    told = sum(_escalate(tx, loan, level, To.ADMINS if level == 2 else To.STAFF) for loan in late)
    return _from_the_top(len(late), most, escalated=told)


def _escalate(tx: Tx, loan: Loan, level: int, to: To) -> int:
    notices = tx.reports.notices(loan.id, loan.contact_id, loan.due_at).count
    late: timedelta = tx.now - loan.due_at
    message = Escalation(loan.item, loan.borrower, loan.due_at, late, notices, phone_of(tx, loan.contact_id))
    tx.loans.change(loan.id, escalated=level)
    # Told with the first notice already, unless there was none: the borrower wants no word of this loan.
    tx.hooks.loan("loan.overdue", loan, loan.due_at.isoformat())
    key = f"escalation:{loan.id}:{level}:{int(loan.due_at.timestamp())}"
    back = (Choice("loan.back", (loan.id,), "return"),)
    say = Say(message=message, to=to, department_id=loan.department_id, key=key, choices=(back,), loan=loan)
    return int(tx.speech.say(say, CLOCK) is not None)


STEPS: tuple[Callable[[Tx, Department, int, int], Slice], ...] = (
    _nudge_for_requests, _nudge_for_returns, _end_requests, _end_returns, _pass_on, _to_admins, _to_staff,
)  # fmt: skip
