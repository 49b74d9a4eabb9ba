"""Figures 9, 13 and 14: long silence, a provider that is gone, a provider that has enough. In fast time, on the real
store and jobs; each in the reduced count of every merge, and in full where marked slow."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise

import pytest
import sqlalchemy as sa

from bot.store import tables as t
from tests.simulation.desk import Habits, Simulation
from tests.simulation.wire import Carry
from tests.town import PARIS

MONDAY_TEN = datetime(2026, 11, 23, 10, tzinfo=PARIS)
TELEGRAM = ("telegram",)
SECOND, TEN = timedelta(seconds=1), timedelta(seconds=10)
IN_A_SECOND = 25  # what Telegram's sender limit allows us
HALF_A_MINUTE = timedelta(seconds=30)
SUNDAY_TEN, BEFORE_EIGHT = MONDAY_TEN - timedelta(days=1), MONDAY_TEN - timedelta(hours=2, minutes=5)
TUESDAY_SIX = MONDAY_TEN + timedelta(hours=32)


async def opened(url: str, people: int, dues: Sequence[datetime], start: datetime) -> Simulation:
    """A desk that has lent something to each person."""
    simulation = Simulation(url, 9, Habits(people=people, channels=TELEGRAM, zones=("Europe/Paris",)), start)
    await simulation.open()
    await simulation.furnish()
    await simulation.lends(dues)
    return simulation


def spread(count: int, first: datetime, length: timedelta) -> list[datetime]:
    """So many instants on whole minutes of a stretch of time, in no order."""
    minutes = int(length.total_seconds() // 60)
    return [first + timedelta(minutes=number * 7919 % minutes) for number in range(count)]


def busiest(carries: Sequence[Carry]) -> int:
    """The most sends in ten seconds: within one the simulated clock is not exact."""
    times = sorted(carry.at for carry in carries if carry.op == "send")
    return max(sum(1 for other in times[number : number + 2000] if other < at + TEN) for number, at in enumerate(times))


async def two_days_of_silence(url: str, loans: int, within: timedelta) -> None:
    asleep = timedelta(hours=48)
    simulation = await opened(
        url, loans, spread(loans, MONDAY_TEN + timedelta(hours=3), timedelta(hours=60)), MONDAY_TEN
    )
    await simulation.close()
    simulation.clock.move_to(MONDAY_TEN + asleep)
    simulation.truth.asleep.append((MONDAY_TEN, MONDAY_TEN + asleep))
    await simulation.open()
    await simulation.move_to(MONDAY_TEN + asleep + within)
    arrived = [carry for carry in simulation.carries if carry.arrived and not carry.chat.startswith("-")]
    assert len(arrived) > loans // 2
    assert max(Counter(carry.chat for carry in arrived).values()) == 1
    assert busiest(simulation.carries) <= IN_A_SECOND * 11
    waits = t.outbox.c.state.in_(("pending", "sending", "retrying")) & t.outbox.c.about.in_(("reminder", "overdue"))
    assert await simulation.store.rows(sa.select(t.outbox.c.id).where(waits)) == []  # drained
    rows = await simulation.store.rows(
        sa.select(t.outbox.c.message, t.outbox.c.sent_at, t.loan.c.due_at).join(
            t.loan, t.loan.c.id == t.outbox.c.loan_id
        )
    )
    sent = [row for row in rows if row.sent_at is not None]
    stale = [row for row in sent if row.message.startswith("reminder") and row.sent_at >= row.due_at]
    assert stale == []
    await simulation.close()


@pytest.mark.thorough
async def test_two_days_of_silence_and_one_message_for_each_loan(sqlite_migrated_url: str) -> None:
    await two_days_of_silence(sqlite_migrated_url, 1000, timedelta(minutes=2))


@pytest.mark.slow
async def test_two_days_of_silence_with_ten_thousand_due(sqlite_migrated_url: str) -> None:
    await two_days_of_silence(sqlite_migrated_url, 10_000, timedelta(minutes=10))


async def morning_of_reminders(url: str, people: int) -> Simulation:
    """Five to eight on a Monday: at eight everybody is to be told of what is due tomorrow; it is of use all day."""
    simulation = await opened(url, people, [TUESDAY_SIX] * people, SUNDAY_TEN)
    simulation.patience = timedelta(0)
    await simulation.move_to(BEFORE_EIGHT)
    return simulation


async def each_heard_once(simulation: Simulation) -> None:
    arrived = Counter(carry.chat for carry in simulation.carries if carry.arrived)
    assert [arrived[person.chat] for person in simulation.people] == [1] * len(simulation.people)
    await simulation.close()


async def provider_gone(url: str, people: int, gone: timedelta) -> None:
    simulation = await morning_of_reminders(url, people)
    simulation.weather.down.add("telegram")
    await simulation.move_to(BEFORE_EIGHT + gone)
    tries = sorted(carry.at for carry in simulation.carries if carry.told == "Down")
    simulation.weather.down.clear()
    await simulation.move_to(BEFORE_EIGHT + gone + timedelta(minutes=10))
    assert len(tries) > gone / TEN / 2
    probes = [at for at in tries if at > tries[0] + SECOND]  # when the breaker opens some are on their way
    assert all(later - earlier >= TEN for earlier, later in pairwise(probes))
    await each_heard_once(simulation)


async def test_a_provider_that_is_gone_is_asked_six_times_a_minute_and_all_arrives(sqlite_migrated_url: str) -> None:
    await provider_gone(sqlite_migrated_url, 40, timedelta(minutes=15))


@pytest.mark.slow
async def test_a_provider_that_is_gone_for_six_hours(sqlite_migrated_url: str) -> None:
    await provider_gone(sqlite_migrated_url, 2000, timedelta(hours=6))


async def provider_busy(url: str, people: int) -> None:
    """Three calls in ten are answered 429 with half a minute to wait."""
    simulation = await morning_of_reminders(url, people)
    simulation.weather.throttled = 0.3
    await simulation.move_to(BEFORE_EIGHT + timedelta(hours=1))
    of_chat: dict[str, list[Carry]] = defaultdict(list)
    for carry in simulation.carries:
        of_chat[carry.chat].append(carry)
    pairs = [pair for carries in of_chat.values() for pair in pairwise(carries) if pair[0].told == "Later"]
    assert len(pairs) > people // 5
    assert all(later.at - earlier.at >= HALF_A_MINUTE for earlier, later in pairs)
    first = [carries[0].at for chat, carries in of_chat.items() if not chat.startswith("-")]
    calls = people / 0.7  # those answered 429 have a place in the limit too; nobody waits for another's half minute
    assert max(first) - min(first) < timedelta(seconds=calls / IN_A_SECOND + 2)
    await each_heard_once(simulation)


async def test_a_429_holds_its_own_chat_for_as_long_as_asked(sqlite_migrated_url: str) -> None:
    await provider_busy(sqlite_migrated_url, 60)


@pytest.mark.slow
async def test_an_hour_of_429_loses_nothing(sqlite_migrated_url: str) -> None:
    await provider_busy(sqlite_migrated_url, 2000)
