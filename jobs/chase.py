"""chase: escalates what waits too long. Staff are nudged about requests and declared returns, which then end; late
loans go to staff, then to admins."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
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
AHEAD = timedelta(days=400)  # how far ahead `next_chase` looks for loans that will be late


class Chased(NamedTuple):
    """How many requests and returns staff were nudged about, how many waits ended, how many late loans climbed."""

    nudged: int
    ended: int
    escalated: int


async def chase(store: Store, at: datetime) -> str:
    """One run; how many were nudged, ended and escalated."""
    counts = [await store.write(chase_department, desk) for desk in await store.write(_departments)]
    nudged, ended = sum(one.nudged for one in counts), sum(one.ended for one in counts)
    return f"nudged {nudged}, ended {ended}, escalated {sum(one.escalated for one in counts)}"


def _departments(tx: Tx) -> list[int]:
    return list(tx.departments.all())


def chase_department(tx: Tx, department_id: int) -> Chased:
    """All that has waited long enough at one desk; and whether its reminders leave."""
    desk = tx.departments.get(department_id)
    watch(tx, desk)
    nudged = _nudge_for_requests(tx, desk) + _nudge_for_returns(tx, desk)
    ended = _end_waits(tx, desk) + _pass_on(tx, desk)
    return Chased(nudged, ended, _climb(tx, desk))


def next_chase(tx: Tx, since: datetime) -> datetime | None:
    """The first instant after `since` at which something will have waited long enough; None when nothing waits."""
    points = (at for desk in tx.departments.all().values() for at in _turning_points(tx, desk))
    return min((at for at in points if at > since), default=None)


def _turning_points(tx: Tx, desk: Department) -> Iterator[datetime]:
    rules = desk.rules
    for loan in tx.loans.waiting("requested", tx.now, desk.id):
        asked = loan.created_at or tx.now
        yield from (_nudged_at(tx, desk, loan), answered_by(asked, rules, desk.zone), loan.due_at)
    for loan in tx.loans.waiting("return_declared", tx.now, desk.id):
        declared = loan.declared_at or tx.now
        yield from (declared + rules.return_nudge, declared + rules.return_decides)
    yield from tx.holds.expiries(desk.id)
    for loan in tx.loans.to_escalate(2, tx.now + AHEAD, desk.id):
        yield from (loan.due_at + rules.staff_after, loan.due_at + rules.admins_after)


def _nudged_at(tx: Tx, desk: Department, loan: Loan) -> datetime:
    """When staff are nudged about a request: only opening hours count."""
    return after_opening_hours(loan.created_at or tx.now, desk.rules.request_nudge, desk.rules, desk.zone)


# --- requests ------------------------------------------------------------------------------------


def _nudge_for_requests(tx: Tx, desk: Department) -> int:
    waited = tx.loans.waiting("requested", tx.now - desk.rules.request_nudge, desk.id)
    waiting = [loan for loan in waited if _nudged_at(tx, desk, loan) <= tx.now]
    return sum(_nudge(tx, desk, loan, "request", loan.created_at or tx.now) for loan in waiting)


def _nudge(tx: Tx, desk: Department, loan: Loan, kind: str, since: datetime) -> int:
    """Once for each wait, with the card's buttons: the card itself lies a day further up in the group."""
    message = StaffNudge(kind, loan.item, loan.borrower, since)
    key = f"nudge:{kind}:{loan.id}:{int(since.timestamp())}"
    rows = card_choices(tx, loan)
    say = Say(message=message, to=To.STAFF, department_id=desk.id, key=key, choices=rows, loan=loan)
    return int(tx.speech.say(say, CLOCK) is not None)


def _end_waits(tx: Tx, desk: Department) -> int:
    """Requests that nobody answered in time, and returns that nobody confirmed."""
    ended = 0
    for loan in tx.loans.waiting("requested", tx.now, desk.id):
        if min(loan.due_at, answered_by(loan.created_at or tx.now, desk.rules, desk.zone)) <= tx.now:
            _expire(tx, desk, loan)
            ended += 1
    for loan in tx.loans.waiting("return_declared", tx.now - desk.rules.return_decides, desk.id):
        _decide(tx, desk, loan)
        ended += 1
    return ended


def _expire(tx: Tx, desk: Department, loan: Loan) -> None:
    """Nobody answered: both are told."""
    loan = tx.loans.move(loan, LoanState.EXPIRED, "clock")
    told = RequestExpired(loan.item, loan.due_at, desk.contact_line)
    tx.speech.say(to_borrower(loan, told, f"loan:{loan.id}:request_expired"), CLOCK)
    _show(tx, loan, "expired")


def _pass_on(tx: Tx, desk: Department) -> int:
    """What was put aside and not fetched goes to the next in line; both and staff are told."""
    over = tx.holds.run_out(desk.id)
    for found in over:
        told = HoldOver(found.item)
        key = f"hold:{found.id}:over:{int(tx.now.timestamp())}"
        says = passed_on(tx, tx.holds.close(found, "expired"), "expired")
        gone = Say(message=told, to=To.CONTACT, contact_id=found.contact_id, department_id=desk.id)
        for number, say in enumerate((gone, *says)):
            tx.speech.say(say, CLOCK, default_key=f"{key}:{number}")
    return len(over)


def _show(tx: Tx, loan: Loan, what: str) -> None:
    for number, say in enumerate(all_cards(tx, loan)):
        tx.speech.say(say, CLOCK, default_key=f"loan:{loan.id}:{what}:card:{number}:{int(tx.now.timestamp())}")


# --- declared returns ----------------------------------------------------------------------------


def _nudge_for_returns(tx: Tx, desk: Department) -> int:
    waiting = tx.loans.waiting("return_declared", tx.now - desk.rules.return_nudge, desk.id)
    return sum(_nudge(tx, desk, loan, "return", loan.declared_at or tx.now) for loan in waiting)


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


def _climb(tx: Tx, desk: Department) -> int:
    """After a day to staff, after a week to admins; each once for each due time."""
    climbed = 0
    for level, after, to in ((2, desk.rules.admins_after, To.ADMINS), (1, desk.rules.staff_after, To.STAFF)):
        for loan in tx.loans.to_escalate(level, tx.now - after, desk.id):
            climbed += _escalate(tx, loan, level, to)
    return climbed


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
