"""dun: who owes something overdue gets a planned reminder, or, in a dry run, a line on a card for staff.

Reminders themselves are planned rows that `remind` takes up at their instant, like those of loans.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog

from bot.core.conversation import Say, To
from bot.core.debts import Cycle
from bot.core.messages_debts import CycleLine, DebtDryRun
from bot.core.people import Contact, Department
from bot.core.schedule import after_quiet
from bot.store import Store, Tx
from bot.store.planned import Planned
from handlers.debt_showing import cycle_line, today
from handlers.dunning import CLOCK, send, tell_no_road

log = structlog.get_logger("dun")

SLICE = 10  # people in one transaction: each is some ten statements
SHOWN = 30  # lines of what a dry run shows
ASIDE = timedelta(hours=12)


async def dun(store: Store, at: datetime) -> str:
    """One look at every desk whose look is due; how many people owe something overdue, and what is planned."""
    owing = planned = 0
    for department_id in await store.write(_desks_due):
        after, would, shown = 0, 0, list[CycleLine]()
        while True:
            people, lines, laid = await store.write(look, department_id, after)
            would, shown = would + len(lines), (shown + lines)[:SHOWN]
            owing, planned = owing + len(people), planned + laid
            if len(people) < SLICE:
                break
            after = people[-1]
        await store.write(_looked, department_id, shown, would)
    return f"owing {owing}, planned {planned}"


def look_due(tx: Tx, at: datetime) -> bool:
    """Whether a desk's interval is over, so that this run has something to do."""
    return bool(_desks_due(tx))


def next_look(tx: Tx, since: datetime) -> datetime | None:
    """The next look that will find something: reminders already planned need none."""
    looks = (_look_of(tx, desk, since) for desk in _on(tx) if _something_to_find(tx, desk))
    return min((at for at in looks if at > since), default=None)


def _look_of(tx: Tx, desk: Department, since: datetime) -> datetime:
    last, soon = _last_look(tx, desk.id), since + timedelta(seconds=1)
    return max(last + desk.rules.debt_interval, soon) if last else soon  # looks that found nothing were left out


def _something_to_find(tx: Tx, desk: Department) -> bool:
    people = tx.debts.overdue_debtors(desk.id, today(tx, desk), limit=SLICE)
    cycles = (tx.debts.cycle(person, desk.id) for person in people)
    return any(desk.rules.debt_dry_run or tx.debts.next_of(cycle) is None for cycle in cycles)


def _on(tx: Tx) -> list[Department]:
    return [desk for desk in tx.departments.all().values() if desk.rules.debts_on]


def _desks_due(tx: Tx) -> list[int]:
    found = []
    for desk in _on(tx):
        last = _last_look(tx, desk.id)
        if last is None or last + desk.rules.debt_interval <= tx.now:
            found.append(desk.id)
    return found


def _last_look(tx: Tx, department_id: int) -> datetime | None:
    noted = tx.runs.noted(f"debts_looked:{department_id}")
    return datetime.fromisoformat(noted) if noted else None


def look(tx: Tx, department_id: int, after: int) -> tuple[list[int], list[CycleLine], int]:
    """A slice of the people who owe something overdue: (them, what a dry run shows, how many are planned)."""
    desk = tx.departments.get(department_id)
    people = tx.debts.overdue_debtors(desk.id, today(tx, desk), after, SLICE)
    cycles = [tx.debts.cycle(person, desk.id) for person in people]
    if desk.rules.debt_dry_run:
        return people, [line for cycle in cycles for line in _would_leave(tx, cycle, desk)], 0
    planned = [tx.debts.next_of(tx.debts.replan(cycle, late=True)) for cycle in cycles]
    return people, [], sum(at is not None for at in planned)


def _would_leave(tx: Tx, cycle: Cycle, desk: Department) -> list[CycleLine]:
    """What a dry run shows of a cycle; nothing when its time has not come. The cycle does not move."""
    step = tx.debts.due_step(cycle)
    if step is None or step.at > tx.now or tx.debts.declared(cycle.contact_id, desk.id):
        return []
    log.info("debt_reminder_dry_run", contact=cycle.contact_id, department=desk.id, times=cycle.sent + 1)
    return [cycle_line(tx, cycle, desk)]


def _looked(tx: Tx, department_id: int, shown: Sequence[CycleLine], would: int) -> None:
    """Record the run; show staff once a day what a dry run would have sent, the first of `would` reminders."""
    tx.runs.note(f"debts_looked:{department_id}", tx.now.isoformat())
    desk = tx.departments.get(department_id)
    if shown:
        key = f"dry:{desk.id}:{today(tx, desk).isoformat()}"
        say = Say(message=DebtDryRun(tuple(shown), would), to=To.STAFF, department_id=desk.id, key=key)
        tx.speech.say(say, CLOCK)


# --- what is due ---------------------------------------------------------------------------------------


def remind_debts(tx: Tx, contact: Contact, rows: Sequence[Planned]) -> None:
    """Planned reminders whose instant has come: each is read anew, said, and the next one planned."""
    for row in rows:
        cycle = tx.debts.cycle_by_id(row.subject_id)
        if cycle is None or cycle.plan_no != row.plan_no:
            tx.plans.mark([row.id], "cancelled", "the debts have changed")
        elif not _put_off(tx, contact, row) and _still_due(tx, cycle, row):
            _say(tx, contact, cycle, row)


def _put_off(tx: Tx, contact: Contact, row: Planned) -> bool:
    """Quiet hours and PAUSE, read again at the moment itself."""
    desk = tx.departments.get(row.department_id)
    zone = contact.zone or desk.zone
    until = after_quiet(tx.now, desk.rules, zone)
    until = max(until, contact.paused_until or until)
    if until > tx.now:
        tx.plans.move(row.id, until, max(row.window_end, until + ASIDE))
    return until > tx.now


def _still_due(tx: Tx, cycle: Cycle, row: Planned) -> bool:
    """Whether the present rules still want this reminder."""
    desk, step = tx.departments.get(row.department_id), tx.debts.due_step(cycle)
    due = step is not None and step.at <= tx.now and not desk.rules.debt_dry_run
    if due and not tx.debts.declared(cycle.contact_id, cycle.department_id):
        return True
    tx.plans.mark([row.id], "cancelled", "not wanted any more")
    if not due:
        tx.debts.replan(cycle)
    return False


def _say(tx: Tx, contact: Contact, cycle: Cycle, row: Planned) -> None:
    tx.plans.mark([row.id], "queued")
    desk = tx.departments.get(row.department_id)
    on = row.at.astimezone(contact.zone or desk.zone).date()  # two mornings may share a day of UTC
    key = f"debt:{cycle.id}:{on.isoformat()}"
    done, made = send(tx, cycle, CLOCK, key, max(row.window_end, tx.now + ASIDE))
    if done == "no_road":
        tell_no_road(tx, cycle)
    if made is not None:
        tx.plans.mark([row.id], "queued", outbox_id=made)
    else:
        tx.plans.mark([row.id], "skipped", done if done != "reminded" else "said before")
