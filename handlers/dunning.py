"""The reminder of debts itself: what it says now, whether it may still leave, and what follows for the cycle."""

from __future__ import annotations

from datetime import datetime

from bot.core.conversation import Say, To
from bot.core.debts import Cycle, may_learn, worth_it
from bot.core.delivery import State, Stop
from bot.core.messages import CATALOGUE, StaffTask
from bot.core.messages_debts import DebtReminder
from bot.core.money import totals
from bot.store import Tx
from bot.store.saying import Cause
from handlers.debt_showing import today, two_lists
from handlers.showing import greeted, phone_of

CLOCK = Cause("clock")


def reminder(tx: Tx, cycle: Cycle, times: int | None = None) -> DebtReminder | None:
    """What a reminder says at this moment; None when nothing is overdue that is worth one."""
    desk = tx.departments.get(cycle.department_id)
    person = tx.people.get(cycle.contact_id)
    on = tx.today(person.zone or desk.zone)  # the morning it was planned for is one of theirs
    due = tx.debts.statement(cycle.contact_id, desk.id).to_remind(on)
    if not due or not worth_it(due, desk.rules):
        return None
    invoices, manual = two_lists(due, on)
    name = greeted(person.name)
    total = totals(o.left for o in due)
    return DebtReminder(invoices, manual, total, name, desk.name, times or cycle.sent + 1, desk.contact_line)


def send(tx: Tx, cycle: Cycle, cause: Cause, key: str, window_end: datetime | None = None) -> tuple[str, int | None]:
    """Say the reminder and move the cycle; (reminded, nothing, dry or no_road, the outbox row).

    Said already under this key, the cycle moves all the same: the plan must not stand still.
    """
    desk = tx.departments.get(cycle.department_id)
    message = reminder(tx, cycle)
    if message is None:
        return "nothing", None
    if desk.rules.debt_dry_run:
        return "dry", None
    if not tx.speech.roads(cycle.contact_id, desk, message):
        tx.debts.set_cycle(cycle, last_at=tx.now)
        return "no_road", None
    say = Say(
        message=message, to=To.CONTACT, contact_id=cycle.contact_id, department_id=desk.id, key=key,
        window_end=window_end or tx.now + desk.rules.debt_period,
    )  # fmt: skip
    made = tx.speech.say(say, cause)
    tx.debts.set_cycle(cycle, sent=cycle.sent + 1, last_at=tx.now, promised_on=None)
    return "reminded", made


def tell_no_road(tx: Tx, cycle: Cycle) -> None:
    """Somebody has to call; once a month for each person."""
    desk = tx.departments.get(cycle.department_id)
    why = tx.speech.reach(cycle.contact_id, desk)
    reason = why if why in ("stopped", "no_consent") else "no_road"
    person = tx.people.get(cycle.contact_id)
    task = StaffTask(person.name, DebtReminder.name, reason, "", phone_of(tx, cycle.contact_id))
    key = f"task:debt:{cycle.id}:{tx.now.astimezone(desk.zone):%Y-%m}"
    tx.speech.say(Say(message=task, to=To.STAFF, department_id=desk.id, key=key), CLOCK)


# --- read again when it leaves -----------------------------------------------------------------------


def as_owed_now(tx: Tx, contact_id: int, department_id: int, begun_by: str, times: int) -> DebtReminder | Stop:
    """The reminder as it stands at the moment it leaves, or why it may not: paid, promised or declared meanwhile."""
    desk = tx.departments.get(department_id)
    cycle = tx.debts.cycle(contact_id, department_id)
    if desk.rules.debt_dry_run:
        return Stop(State.WITHHELD, "dry run")
    if tx.debts.declared(contact_id, department_id):
        return Stop(State.CANCELLED, "staff look for a payment")
    if begun_by == "clock" and (cycle.suspended or not desk.rules.debts_on):
        return Stop(State.CANCELLED, "the reminders of debts rest")
    if begun_by == "clock" and cycle.promised_on is not None and cycle.promised_on >= today(tx, desk):
        return Stop(State.CANCELLED, "a day was promised")
    return reminder(tx, cycle, times) or Stop(State.CANCELLED, "nothing is owed that is overdue")


def not_theirs(tx: Tx, message: str, address_id: int | None) -> Stop | None:
    """A discreet message stops before an address that is not surely the person's."""
    if address_id is None or message not in CATALOGUE or not CATALOGUE[message].discreet:
        return None
    address = tx.people.address(address_id)
    if address is not None and may_learn(address):
        return None
    return Stop(State.WITHHELD, "not surely this person's address")
