"""remind: due planned rows → outbox. One person's messages of one moment are gathered into one."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import structlog

from bot.core.conversation import Choice, Rows, Say, To
from bot.core.delivery import MOST_A_DAY
from bot.core.errors import Gone
from bot.core.loans import Loan, LoanState
from bot.core.messages import (
    LoanLine,
    Message,
    Overdue,
    Reminder2h,
    ReminderDay1,
    ReminderDay2,
    ReminderDueDay,
    Reminders,
    StaffTask,
)
from bot.core.opening import reopens
from bot.core.people import Contact, Department
from bot.core.records import record
from bot.core.schedule import after_quiet, overdue_due_now, overdue_step
from bot.store import Store, StoreError, Tx
from bot.store.planned import Planned
from bot.store.saying import Cause
from bot.store.tables import said
from handlers.planning import adjust, zone_of
from handlers.showing import line, phone_of
from handlers.tasks import links_to_show
from jobs.bulk import work_off
from jobs.dun import remind_debts
from jobs.turns import LONGEST_TURN

log = structlog.get_logger("remind")

SLICE = 50  # people at a time, in one transaction of the writer: everybody else waits for it
REPLANNED = 25  # loans whose plans are moved in one transaction: 10 ms for which everybody else waits
ASIDE = timedelta(minutes=5)  # pause after a failure


class Remind:
    """The job `remind`: planned rows that are due become messages that wait."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.busy = False

    async def turn(self) -> datetime | None:
        """A slice of what was asked of a whole desk and of the plans that a change of rules moves; say what is due;
        when the next instant is."""
        began, until = self._store.clock.now(), self._store.clock.steady() + LONGEST_TURN
        replanning, asked, people = await self._store.write(_look, SLICE)
        self.busy = replanning or asked
        if asked:
            await work_off(self._store)
        while people:
            held = await asyncio.gather(*(self._remind(person) for person in people))
            if not any(held):
                break
            if self._store.clock.steady() > until:
                return began
            people = await self._store.write(_due, SLICE)
        return self._store.clock.now() if self.busy else await self._store.next_planned(after=began)

    async def _remind(self, person: int) -> bool:
        """Whether this person's rows were ours to handle. After a failure they pause, so that the others' messages
        leave on time."""
        try:
            return await self._store.write(remind_person, person)
        except StoreError:
            raise
        except Exception as error:
            log.error("reminder_broke", contact=person, exc_info=error)
            await self._store.write(put_aside, person)
            return True


def _look(tx: Tx, limit: int) -> tuple[bool, bool, list[int]]:
    return replan_slice(tx), tx.bulks.take() is not None, _due(tx, limit)


def _due(tx: Tx, limit: int) -> list[int]:
    return tx.plans.due_contacts(limit)


def replan_slice(tx: Tx) -> bool:
    """The next loans of a department whose rules have changed get the plan they should have; whether more are left."""
    asked = tx.replannings.take()
    if asked is None:
        return False
    loans = tx.loans.running(asked.department_id, REPLANNED, asked.after)
    for loan in loans:
        try:
            with tx.savepoint():
                adjust(tx, loan, "the rules have changed")
        except Exception as error:  # one loan that breaks must not hold up every reminder of the desk
            log.error("plan_broke", loan=loan.id, exc_info=error)
    if len(loans) < REPLANNED:
        tx.replannings.done(asked.department_id)
    else:
        tx.replannings.came_to(asked.department_id, loans[-1].due_at, loans[-1].id)
    return True


@record(frozen=True, slots=True)
class _Ready:
    """A planned row that may speak, and its loan."""

    row: Planned
    loan: Loan


def put_aside(tx: Tx, contact_id: int) -> None:
    for row in tx.plans.due_of(contact_id):
        tx.plans.move(row.id, tx.now + ASIDE, row.window_end)


def remind_person(tx: Tx, contact_id: int) -> bool:
    """Everything that is due for one person; False when somebody else has it, or a loan it is about, in hand: the next
    turn finds it. Rows of another desk make a message of their own."""
    rows = tx.plans.due_of(contact_id)
    loans = _loans(tx, rows)
    if not rows or loans is None:
        return False
    contact = tx.people.get(contact_id)
    remind_debts(tx, contact, [row for row in rows if row.kind == "debt"])
    rows = _wanted(tx, contact_id, [row for row in rows if row.kind == "loan"])
    for department_id in dict.fromkeys(row.department_id for row in rows):
        desk = tx.departments.get(department_id)
        of_desk = [row for row in rows if row.department_id == department_id]
        _remind(tx, contact, desk, _newest(tx, _usable(tx, of_desk, loans)))
    return True


def _wanted(tx: Tx, contact_id: int, rows: Sequence[Planned]) -> list[Planned]:
    """Without the reminders this person does not want. Read when they leave, so that a choice holds at once."""
    chosen = tx.preferences.of(contact_id)
    tx.plans.mark([r.id for r in rows if not chosen.wants(r.step)], "skipped", "this person chose not to get it")
    return [r for r in rows if chosen.wants(r.step)]


def _loans(tx: Tx, rows: Sequence[Planned]) -> dict[int, Loan] | None:
    """The loans that rows speak of and that still exist, by their numbers; None when somebody is changing one."""
    found = {}
    for number in dict.fromkeys(row.subject_id for row in rows if row.kind == "loan"):
        try:
            loan = tx.loans.at_hand(number)
        except Gone:
            continue
        if loan is None:
            return None
        found[number] = loan
    return found


def _usable(tx: Tx, rows: Sequence[Planned], loans: Mapping[int, Loan]) -> list[_Ready]:
    """Rows whose loan still is what they speak of and whose time is not over; the others are closed with a reason."""
    usable = []
    for row in rows:
        loan = loans.get(row.subject_id)
        if loan is None or loan.state is not LoanState.ACTIVE or loan.plan_no != row.plan_no:
            tx.plans.mark([row.id], "cancelled", "the loan has moved on")
        elif loan.held or loan.silenced:
            tx.plans.mark([row.id], "cancelled", "nobody is to be written to about this loan")
        elif row.window_end < tx.now:
            tx.plans.mark([row.id], "superseded", "its time was over")
            if row.step == "overdue":
                _plan_next(tx, loan, since=row.occurrence)
        else:
            usable.append(_Ready(row, loan))
    return usable


def _newest(tx: Tx, ready: Sequence[_Ready]) -> list[_Ready]:
    """After a stop of any length only the newest useful step of a loan is said."""
    last: dict[int, _Ready] = {}
    for one in sorted(ready, key=lambda r: (r.row.at, r.row.id)):
        older = last.get(one.loan.id)
        if older is not None:
            tx.plans.mark([older.row.id], "superseded", f"{one.row.step} says it better")
        last[one.loan.id] = one
    return list(last.values())


def _remind(tx: Tx, contact: Contact, desk: Department, ready: list[_Ready]) -> None:
    for loan in (r.loan for r in ready if r.row.step == "overdue"):
        tx.hooks.loan("loan.overdue", loan, loan.due_at.isoformat())
    ready = [r for r in ready if not _put_off(tx, contact, desk, r)]
    ready = _within_the_day(tx, desk, ready)
    if not ready:
        return
    if not tx.speech.roads(contact.id, desk):
        _no_road(tx, contact, desk, ready)
        return
    if tx.outbox.begun_today(contact.id, tx.now - timedelta(days=1)) >= MOST_A_DAY:
        tx.plans.mark([r.row.id for r in ready], "skipped", "too many messages today")
        _plan_after(tx, ready)
        return
    before = [r for r in ready if r.row.step != "overdue" and _first_time(tx, r)]
    late = [r for r in ready if r.row.step == "overdue" and _first_time(tx, r)]
    off = [r for r in before if _is_off(tx, contact, desk, r)]
    for one in off:  # gathered it would leave under another name, not withheld
        _say_reminders(tx, contact, desk, [one])
    if len(off) < len(before):
        _say_reminders(tx, contact, desk, [r for r in before if r not in off])
    if late:
        _say_overdue(tx, contact, desk, late)
    _plan_after(tx, ready)


def _within_the_day(tx: Tx, desk: Department, ready: list[_Ready]) -> list[_Ready]:
    """Without the reminders of loans that have reached their daily maximum, however often they were moved."""
    most, since = desk.rules.max_reminders, tx.now - timedelta(days=1)
    over = [
        r
        for r in ready
        if r.row.step != "overdue" and r.loan.plan_no > 1 and tx.plans.reminded(r.loan.id, since) >= most
    ]
    tx.plans.mark([r.row.id for r in over], "skipped", "too many reminders of this loan today")
    return [r for r in ready if r not in over]


def _is_off(tx: Tx, contact: Contact, desk: Department, ready: _Ready) -> bool:
    """Whether an admin has switched this reminder off on the person's road."""
    return tx.wordings.is_off(desk.id, ready.row.step, tx.speech.roads(contact.id, desk)[0].channel)


def _put_off(tx: Tx, contact: Contact, desk: Department, ready: _Ready) -> bool:
    """Quiet hours and PAUSE, read again at the moment itself."""
    zone = contact.zone or desk.zone
    until = after_quiet(tx.now, desk.rules, zone)
    if contact.paused_until is not None:
        until = max(until, contact.paused_until)
    if until <= tx.now:
        return False
    if ready.row.step != "overdue" and until >= ready.row.window_end:
        tx.plans.mark([ready.row.id], "skipped", "its time lies in quiet hours or a pause")
        return True
    # A reminder stays one of before the due time, however late the desk wakes up again.
    later = until + timedelta(hours=12) if ready.row.step == "overdue" else until
    tx.plans.move(ready.row.id, until, max(ready.row.window_end, later))
    return True


def _first_time(tx: Tx, ready: _Ready) -> bool:
    """The key (loan, step, due time) makes a second copy impossible, whatever the plan says.

    Notices of lateness are told apart by their day: their count means other days once the rules have changed.
    """
    row, loan = ready.row, ready.loan
    which = tx.now.astimezone(zone_of(tx, loan)).date().isoformat() if row.step == "overdue" else str(row.occurrence)
    key = f"loan:{loan.id}:{row.step}:{which}:{int(loan.due_at.timestamp())}"
    if tx.insert_new(said, key=key, at=tx.now):
        return True
    tx.plans.mark([row.id], "superseded", "said before")
    return False


def _plan_after(tx: Tx, ready: Sequence[_Ready]) -> None:
    for one in ready:
        if one.row.step == "overdue":
            _plan_next(tx, one.loan)


def _plan_next(tx: Tx, loan: Loan, *, since: int | None = None) -> None:
    """The next notice of lateness: the first whose time is still ahead. After a stop that outlasted notice number
    `since` it is the newest one, whose time has come and is not over."""
    rules = tx.departments.get(loan.department_id).rules
    zone = zone_of(tx, loan)
    newest = overdue_due_now(loan.due_at, tx.now, rules, zone)
    occurrence = newest if since is not None and newest > since else newest + 1
    tx.plans.lay(loan, [overdue_step(loan.due_at, occurrence, rules, zone)])


# --- words -------------------------------------------------------------------------------------------


def _say_reminders(tx: Tx, contact: Contact, desk: Department, ready: list[_Ready]) -> None:
    if len(ready) > 1 and _as_singles(tx, contact, desk, ready):
        for one in ready:
            _say_reminders(tx, contact, desk, [one])
        return
    message = _reminder(tx, desk, ready[0]) if len(ready) == 1 else _gathered(tx, desk, ready)
    _put(tx, contact, desk, ready, message)


def _as_singles(tx: Tx, contact: Contact, desk: Department, ready: Sequence[_Ready]) -> bool:
    """Whether WhatsApp would take each by its own approved template, but not the gathered one."""
    approved, language = tx.desk.approved, contact.language or desk.language
    if (Reminders.name, language) in approved or any((r.row.step, language) not in approved for r in ready):
        return False
    road = next(iter(tx.speech.roads(contact.id, desk)), None)
    return road is not None and not tx.speech.arrives(road)


def _reminder(tx: Tx, desk: Department, ready: _Ready) -> Message:
    loan = ready.loan
    facts: dict[str, Any] = {"item": loan.item, "due_at": loan.due_at, "number": loan.number, "place": desk.place}
    match ready.row.step:
        case "reminder_2h":
            return Reminder2h(**facts)
        case "reminder_day_2":
            return ReminderDay2(**facts)
        case "reminder_day_1":
            return ReminderDay1(**facts)
        case _:
            item = tx.items.get(loan.item_id)
            zone = tx.people.get(loan.contact_id).zone or desk.zone
            evening = tx.now.astimezone(zone).date() < loan.due_at.astimezone(zone).date()
            return ReminderDueDay(**facts, check=item.check if item else "", evening_before=evening)


def _gathered(tx: Tx, desk: Department, ready: list[_Ready]) -> Reminders:
    ready.sort(key=lambda r: (r.loan.due_at, r.loan.number))
    return Reminders(tuple(line(r.loan, tx.now) for r in ready), desk.place)


def _say_overdue(tx: Tx, contact: Contact, desk: Department, ready: list[_Ready]) -> None:
    """All late items in one message; those whose own notice is not due today are listed with the rest. What is due
    only since a few minutes is not late yet: its own first notice would say the same words again."""
    own = {r.loan.id for r in ready}
    late = [loan for loan in tx.loans.late_of(contact.id) if loan.department_id == desk.id]
    loans = [loan for loan in late if loan.id in own or _first_notice(tx, loan, desk) <= tx.now]
    lines: tuple[LoanLine, ...] = tuple(line(loan, tx.now) for loan in loans)
    times = max(r.row.occurrence for r in ready) + 1
    level = 0 if times == 1 else 1 if times <= desk.rules.weekly_after.days else 2
    opens_at = reopens(tx.now, desk.rules, desk.zone)
    message = Overdue(lines, level, times, desk.place, desk.contact_line, desk.rules.lateness, opens_at)
    _put(tx, contact, desk, ready, message, [loan.id for loan in loans])


def _first_notice(tx: Tx, loan: Loan, desk: Department) -> datetime:
    return overdue_step(loan.due_at, 0, desk.rules, zone_of(tx, loan)).at


def _put(
    tx: Tx, contact: Contact, desk: Department, ready: Sequence[_Ready], message: Message, loan_ids: Sequence[int] = ()
) -> None:
    """Say it, and mark the planned rows. loan_ids: what it speaks of, where that is not what is ready."""
    single = ready[0].loan if len(ready) == 1 and not loan_ids else None
    ids = list(loan_ids) or [r.loan.id for r in ready]
    names = ",".join(f"{r.loan.id}.{r.row.step}.{r.row.occurrence}.{r.row.plan_no}" for r in ready)
    key = f"remind:{contact.id}:{hashlib.sha256(names.encode()).hexdigest()[:40]}"
    extra = {} if single else {"loan_ids": ids}
    say = Say(
        message=message, to=To.CONTACT, contact_id=contact.id, department_id=desk.id, key=key, loan=single,
        choices=_choices(ids), window_end=max(r.row.window_end for r in ready),
    )  # fmt: skip
    made = tx.speech.say(say, Cause("clock", extra=extra))
    tx.plans.mark([r.row.id for r in ready], "queued", outbox_id=made)


def _choices(loan_ids: Sequence[int]) -> Rows:
    if len(loan_ids) == 1:
        only = (loan_ids[0],)
        return ((Choice("mine.return", only, "return"), Choice("mine.extend", only, "extend")),)
    return ((Choice("mine.say", ("return",), "return"), Choice("mine.say", ("extend",), "extend")),)


def _no_road(tx: Tx, contact: Contact, desk: Department, ready: Sequence[_Ready]) -> None:
    """An overdue notice that may not be sent becomes a task for staff, not silence. Once per due time."""
    why = tx.speech.reach(contact.id, desk)
    tx.plans.mark([r.row.id for r in ready], "skipped", f"no road: {why}")
    _plan_after(tx, ready)
    for one in ready:
        if one.row.step == "overdue":
            reason = why if why in ("stopped", "no_consent") else "no_road"
            links = links_to_show(tx, reason)
            task = StaffTask(contact.name, "overdue", reason, one.loan.item, phone_of(tx, contact.id), links)
            key = f"task:loan:{one.loan.id}:{int(one.loan.due_at.timestamp())}"
            tx.speech.say(Say(message=task, to=To.STAFF, loan=one.loan, key=key), Cause("clock"))
