"""digest: at 08:00 of each desk, to its group: due today, late, waiting for confirmation, what failed."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from bot.core.conversation import Say, To
from bot.core.messages import Digest, RateLine
from bot.core.schedule import civil
from bot.store import Store, Tx
from bot.store.reports import day_end
from bot.store.saying import Cause
from handlers.lacking import told
from handlers.showing import lines

EIGHT = time(8)
LOOKED = "morning_looked:"
"""The note of a department's last morning, before its number."""
SHOWN = 30
LEAST_DELIVERED = {"email": 95, "whatsapp": 90}  # percent
WEEK = timedelta(days=7)
SETTLED = timedelta(hours=1)  # the latest messages have not had time to arrive
FEWEST_COUNTED = 20
TOO_LATE = timedelta(hours=3)  # a desk that starts in the afternoon sends no morning summary
MONDAY = 0  # of date.weekday()


async def digest(store: Store, at: datetime) -> str:
    """One run; how many groups were told. Asked for by hand when each has had its morning, it is for all."""
    desks = await store.write(_mornings) or await store.write(lambda tx: list(tx.departments.all()))
    rates: dict[int | None, tuple[RateLine, ...]] = {}
    for channel in LEAST_DELIVERED:
        for department_id, line in (await store.write(low_rates, channel)).items():
            rates[department_id] = (*rates.get(department_id, ()), line)
    told = 0
    for department_id in desks:
        told += await store.write(tell, department_id, rates.get(department_id, ()))
    return f"told {told}"


def morning_has_come(tx: Tx, at: datetime) -> bool:
    """Whether it is morning at a desk that was not looked at today, so that this run has something to do."""
    return bool(_mornings(tx))


def next_morning(tx: Tx, since: datetime) -> datetime | None:
    """The next 08:00 of any desk."""
    zones = {desk.zone for desk in tx.departments.all().values()}
    days = (timedelta(0), timedelta(days=1))
    eights = (civil(since.astimezone(zone).date() + day, EIGHT, zone) for zone in zones for day in days)
    return min((at for at in eights if at > since), default=None)


def _mornings(tx: Tx) -> list[int]:
    """The departments whose morning has come and that were not looked at since."""
    begun = []
    for desk in tx.departments.all().values():
        today = tx.today(desk.zone)
        if timedelta(0) <= tx.now - civil(today, EIGHT, desk.zone) <= TOO_LATE:
            begun.append((desk.id, today.isoformat()))
    looked = tx.runs.noted_alike(LOOKED) if begun else {}
    return [desk_id for desk_id, today in begun if looked.get(f"{LOOKED}{desk_id}") != today]


def tell(tx: Tx, department_id: int, rates: tuple[RateLine, ...]) -> int:
    """Tell one group. Without news there is no message; missing pieces alone are news on Mondays."""
    desk = tx.departments.get(department_id)
    tx.runs.note(f"{LOOKED}{desk.id}", tx.today(desk.zone).isoformat())
    if not desk.chat:
        return 0
    message = summary(tx, department_id, rates)
    monday = tx.now.astimezone(desk.zone).weekday() == MONDAY
    today = (message.due, message.late, message.confirm, message.failed, message.parked, message.rates)
    if not (any(today) or (message.awaited and monday)):
        return 0
    key = f"digest:{department_id}:{tx.now.astimezone(desk.zone):%Y-%m-%d}"
    # A quiet morning (Sunday, a public holiday) is not made up for the day after.
    tonight = day_end(tx.now, desk.zone, 0)
    say = Say(message=message, to=To.STAFF, department_id=department_id, key=key, window_end=tonight)
    return int(tx.speech.say(say, Cause("clock")) is not None)


def summary(tx: Tx, department_id: int, rates: tuple[RateLine, ...] = ()) -> Digest:
    """The morning summary of a desk; lists end at `SHOWN` lines. rates: of its channels that deliver too little."""
    desk = tx.departments.get(department_id)
    tonight = day_end(tx.now, desk.zone, 0)
    due = tx.loans.due_between(department_id, tx.now, tonight, SHOWN)
    late, confirm = tx.loans.late(department_id, SHOWN), tx.loans.declared(department_id)
    counts = (
        tx.loans.count_due(department_id, tx.now, tonight) if len(due) == SHOWN else len(due),
        tx.loans.count_late(department_id) if len(late) == SHOWN else len(late),
        len(confirm),
    )
    return Digest(
        desk=desk.name,
        due=lines(due, tx.now, borrower=True),
        late=lines(late, tx.now, borrower=True),
        confirm=lines(confirm[:SHOWN], tx.now, borrower=True),
        failed=tx.reports.failed_since(department_id, tx.now - timedelta(days=1)),
        parked=tx.reports.parked(),
        awaited=told(tx.pieces.waited_for(department_id, SHOWN)),
        rates=rates,
        counts=counts,
    )


def low_rates(tx: Tx, channel: str) -> dict[int | None, RateLine]:
    """The departments of whose messages too few arrived by a channel in the last week. Of very few messages each weighs
    too much."""
    found = tx.reports.arrived(channel, tx.now - WEEK, tx.now - SETTLED)
    return {
        department_id: RateLine(channel, arrived * 100 // sent, sent)
        for department_id, (sent, arrived) in found.items()
        if sent >= FEWEST_COUNTED and arrived * 100 < LEAST_DELIVERED[channel] * sent
    }
