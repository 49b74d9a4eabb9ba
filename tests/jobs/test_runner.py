"""The runner: bells and instants wake the loops, every periodic run is one, and a loop that stands still is seen."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from datetime import time as clock_time
from functools import partial
from itertools import pairwise
from typing import Any

import pytest
import sqlalchemy as sa
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from structlog.testing import capture_logs

from bot.store import OUTBOX, Store, StoreBusy, Tx
from bot.store import tables as t
from bot.store.runs import RUN_LEASE
from jobs import Loop, Periodic, nothing_ahead
from jobs.runner import Runner, last_instant, next_instant
from jobs.watchdog import MOST_ANEW
from tests.jobs.post import Post
from tests.town import PARIS, TownClock, on

HOUR = timedelta(hours=1)


@dataclass
class Counting:
    """A loop's job that says when to come again."""

    turns: int = 0
    began: list[float] = field(default_factory=list)
    again: datetime | None = None
    fault: Exception | None = None
    turned: asyncio.Event = field(default_factory=asyncio.Event)

    async def turn(self) -> datetime | None:
        self.turns += 1
        self.began.append(time.monotonic())
        self.turned.set()
        if self.fault is not None:
            raise self.fault
        return self.again

    async def turns_again(self) -> None:
        self.turned.clear()
        await asyncio.wait_for(self.turned.wait(), 2)


@dataclass
class Noting:
    """A periodic job's work."""

    at: list[datetime] = field(default_factory=list)
    fault: Exception | None = None

    async def __call__(self, store: Store, planned: datetime) -> str:
        self.at.append(planned)
        if self.fault is not None:
            raise self.fault
        return "done"


def runner_of(store: Store, *periodic: Periodic, job: Counting | None = None) -> Runner:
    loops = {"deliver": (Loop("deliver", OUTBOX, timedelta(seconds=5)), job)} if job else {}
    return Runner(store, loops, periodic, PARIS)


def daily(work: Callable[[Store, datetime], Awaitable[str]], name: str = "digest") -> Periodic:
    return Periodic(name, work, daily=clock_time(8))


def quarterly(work: Callable[[Store, datetime], Awaitable[str]], name: str = "chase") -> Periodic:
    return Periodic(name, work, every=timedelta(minutes=15))


@asynccontextmanager
async def started(runner: Runner) -> AsyncIterator[None]:
    runner.start()
    try:
        yield
    finally:
        await runner.stop()


# --- loops --------------------------------------------------------------------------------------------------


async def test_a_bell_wakes_its_loop(store: Store) -> None:
    job = Counting()
    async with started(runner_of(store, job=job)):
        await job.turned.wait()
        turns = job.turns
        store.bells.ring([OUTBOX])
        await job.turns_again()
        assert job.turns == turns + 1


async def test_a_loop_comes_again_when_it_said_and_not_before(store: Store, clock: TownClock) -> None:
    job = Counting(again=clock.now() + timedelta(milliseconds=40))
    async with started(runner_of(store, job=job)):
        await job.turned.wait()
        await job.turns_again()
    assert all(then - before >= 0.03 for before, then in pairwise(job.began))


@pytest.mark.parametrize("fault", [ZeroDivisionError(), StoreBusy("locked")])
async def test_a_turn_that_fails_is_told_and_the_loop_goes_on(store: Store, fault: Exception) -> None:
    job = Counting(fault=fault)
    async with started(runner_of(store, job=job)):
        await job.turned.wait()
        job.fault = None
        store.bells.ring([OUTBOX])
        await job.turns_again()


async def test_a_loop_that_stands_still_or_always_fails_is_late(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    job = Counting(fault=ZeroDivisionError())
    runner = runner_of(store, quarterly(Noting()), job=job)
    assert runner.late() == []  # before the start nothing is expected
    async with started(runner):
        await job.turned.wait()
        assert runner.late() == []
        ahead = [16.0]  # the runner's own clock: the loop's must not jump
        monkeypatch.setattr("jobs.runner.monotonic", lambda: time.monotonic() + ahead[0])
        assert runner.late() == ["deliver"]
        ahead[0] = 60.0
        assert set(runner.late()) == {"deliver", "periodic"}
        job.fault = None
        store.bells.ring([OUTBOX])
        await job.turns_again()
        await asyncio.sleep(0)
        assert runner.late() == ["periodic"]


async def test_a_loop_that_ends_is_begun_anew(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jobs.watchdog.LOOKS_EVERY", 0.01)
    job = Counting(fault=asyncio.CancelledError())  # type: ignore[arg-type]  # what ends a task and is no Exception
    runner = runner_of(store, job=job)
    async with started(runner):
        await job.turned.wait()
        job.fault = None
        await job.turns_again()
        assert not runner.given_up.is_set()


@pytest.mark.parametrize("how", ["ends", "hangs"])
async def test_a_loop_that_cannot_be_kept_going_ends_the_process(
    store: Store, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    monkeypatch.setattr("jobs.watchdog.LOOKS_EVERY", 0.01)
    monkeypatch.setattr("jobs.watchdog.HUNG_AFTER", 0.02)
    monkeypatch.setattr("jobs.runner.STOP_SECONDS", 0.1)  # the last turn hangs until the stop is tired of it

    class Lost(Counting):
        async def turn(self) -> datetime | None:
            self.turns += 1
            if how == "hangs":
                await asyncio.sleep(30)
            raise asyncio.CancelledError

    job = Lost()
    runner = runner_of(store, job=job)
    async with started(runner), asyncio.timeout(5):
        await runner.given_up.wait()
    assert job.turns == 1 + MOST_ANEW


async def test_a_loop_whose_turns_all_fail_is_not_lost(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """A database that is away for hours: the process waits for it."""
    monkeypatch.setattr("jobs.watchdog.LOOKS_EVERY", 0.01)
    job = Counting(fault=StoreBusy("locked"))
    runner = runner_of(store, job=job)
    async with started(runner):
        for _ in range(MOST_ANEW + 2):
            store.bells.ring([OUTBOX])
            await job.turns_again()
            await asyncio.sleep(0.02)
        assert not runner.given_up.is_set()


async def test_a_stop_waits_for_the_turn_in_hand_and_no_longer(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jobs.runner.STOP_SECONDS", 0.05)
    begun, ended = asyncio.Event(), asyncio.Event()

    class Slow(Counting):
        async def turn(self) -> datetime | None:
            begun.set()
            await asyncio.sleep(0.02)
            ended.set()
            return None

    class Stuck(Counting):
        async def turn(self) -> datetime | None:
            begun.set()
            await asyncio.sleep(30)
            return None

    for job in (Slow(), Stuck()):
        begun.clear()
        runner = runner_of(store, job=job)
        runner.start()
        await begun.wait()
        began = time.monotonic()
        await runner.stop()
        assert time.monotonic() - began < 1
    assert ended.is_set()


# --- periodic -----------------------------------------------------------------------------------------------


async def runs(store: Store) -> list[Any]:
    return list(await store.rows(sa.select(t.job_run).order_by(t.job_run.c.planned_at)))


@pytest.mark.several_writers
async def test_a_tick_lost_or_doubled_changes_nothing(store: Store, clock: TownClock) -> None:
    work = Noting()
    runner = runner_of(store, quarterly(work))
    for _ in range(3):
        await runner.tick()
    await asyncio.gather(runner.tick(), runner.tick())
    clock.move_to(clock.now() + HOUR)  # four instants gone by: the newest is run
    await runner.tick()
    assert work.at == [on("lundi", 9), on("lundi", 10)]
    assert [r.outcome for r in await runs(store)] == ["done", "done"]


async def test_ticks_go_on_when_the_schedulers_next_one_is_a_day_away(
    store: Store, clock: TownClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(AsyncIOScheduler, "add_job", lambda *_, **__: None)  # as after a wall clock set back
    monkeypatch.setattr("jobs.runner.TICK", timedelta(milliseconds=20))
    ran = asyncio.Event()

    async def work(_: Store, __: datetime) -> str:
        ran.set()
        return "done"

    async with started(runner_of(store, quarterly(work))), asyncio.timeout(10):
        await ran.wait()


async def test_after_a_pause_the_scheduler_ticks_once_however_late(store: Store) -> None:
    """APScheduler's own settings drop a tick that is a second late, and make up for missed ones one by one."""
    runner = runner_of(store, quarterly(Noting()), job=Counting())
    async with started(runner):
        jobs = runner._scheduler.get_jobs()
        assert {job.id for job in jobs} == {"deliver", "periodic"}
        assert {(job.coalesce, job.misfire_grace_time, job.max_instances) for job in jobs} == {(True, None, 1)}
        assert {type(kept).__name__ for kept in runner._scheduler._jobstores.values()} == {"MemoryJobStore"}


@pytest.mark.several_writers
async def test_a_run_is_one_over_two_replicas_and_a_restart(store: Store, migrated_url: str, clock: TownClock) -> None:
    work = Noting()
    other = await Store.open(migrated_url, clock)
    await asyncio.gather(*(runner_of(s, quarterly(work)).tick() for s in (store, other) for _ in range(2)))
    await other.close()
    assert work.at == [on("lundi", 9)]


async def test_a_run_that_nobody_finished_is_taken_up_when_its_lease_is_over(store: Store, clock: TownClock) -> None:
    dies, work = Noting(fault=ZeroDivisionError()), Noting()
    await runner_of(store, daily(dies)).tick()
    await runner_of(store, daily(work)).tick()
    assert (len(dies.at), work.at) == (1, [])  # somebody may still be at it
    await clock.rest(RUN_LEASE.total_seconds() + 1)
    await runner_of(store, daily(work)).tick()
    assert work.at == dies.at == [on("lundi", 8)]
    [row] = await runs(store)
    assert (row.outcome, row.finished_at) == ("done", clock.now())


async def test_one_job_that_fails_leaves_the_others(store: Store) -> None:
    work = Noting()
    await runner_of(store, quarterly(Noting(fault=ZeroDivisionError()), "bad"), quarterly(work, "good")).tick()
    assert work.at == [on("lundi", 9)]


async def test_a_database_that_is_away_is_no_fault_of_the_program(
    store: Store, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """An operator reads `job_failed` as a fault to report, and `store_unwell` as a database to look after."""
    monkeypatch.setattr("jobs.runner.TICK", timedelta(milliseconds=20))
    runner = runner_of(store, quarterly(Noting(fault=StoreBusy("too many clients already"))))
    with capture_logs() as told:
        async with started(runner):
            await until(lambda: len(told) >= 1)
            monkeypatch.setattr(store, "write", away)
            await until(lambda: told[-1]["job"] == "jobs")
    assert {(line["event"], line["job"]) for line in told} == {("store_unwell", "chase"), ("store_unwell", "jobs")}
    assert [record for record in caplog.records if record.levelno >= logging.ERROR] == []


async def away(*_: object) -> object:
    raise StoreBusy("the server is shutting down")


async def until(so: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not so():  # noqa: ASYNC110 (another task changes it)
            await asyncio.sleep(0.01)


async def test_who_lost_the_lease_does_not_finish_the_run(store: Store, clock: TownClock) -> None:
    at = clock.now()
    first = await store.write(lambda tx: tx.runs.begin("tidy", at))
    await clock.rest(RUN_LEASE.total_seconds() + 1)
    second = await store.write(lambda tx: tx.runs.begin("tidy", at))
    assert first
    assert second
    await store.write(lambda tx: tx.runs.finish("tidy", at, first, "late"))
    assert (await runs(store))[0].finished_at is None
    await store.write(lambda tx: tx.runs.finish("tidy", at, second, "done"))
    assert (await runs(store))[0].outcome == "done"


async def test_what_is_suspended_does_not_run_and_what_is_asked_for_runs_at_once(store: Store) -> None:
    work = Noting()
    runner = runner_of(store, quarterly(work))
    await store.write(lambda tx: tx.runs.suspend("chase", on=True))
    await runner.tick()
    assert work.at == []
    asked = on("lundi", 9, 7)
    await store.write(lambda tx: tx.runs.note("job_wanted:chase", asked.isoformat()))
    await runner.tick()
    await runner.tick()
    assert work.at == [asked]
    await store.write(lambda tx: tx.runs.suspend("chase", on=False))
    await runner.tick()
    assert work.at == [asked, on("lundi", 9)]


async def test_a_loop_that_is_suspended_does_nothing_until_it_is_resumed(store: Store) -> None:
    job = Counting()
    runner = runner_of(store, job=job)
    for suspended, turns in ((True, 0), (False, 1)):
        await store.write(partial(_suspend, suspended=suspended))
        await runner.tick()
        await runner._turn(*runner._loops["deliver"])
        assert job.turns == turns


def _suspend(tx: Tx, *, suspended: bool) -> None:
    tx.runs.suspend("deliver", on=suspended)


@pytest.mark.parametrize(
    ("now", "last", "following"),
    [
        ("2026-11-23T08:00", "2026-11-23T08:00", "2026-11-24T08:00"),
        ("2026-11-23T07:59", "2026-11-22T08:00", "2026-11-23T08:00"),
        ("2027-03-28T09:00", "2027-03-28T08:00", "2027-03-29T08:00"),  # the night of the change was an hour short
        ("2027-10-31T07:30", "2027-10-30T08:00", "2027-10-31T08:00"),
    ],
)
def test_a_daily_job_keeps_its_civil_time(now: str, last: str, following: str) -> None:
    job = daily(Noting())
    at = datetime.fromisoformat(now).replace(tzinfo=PARIS).astimezone(UTC)
    assert last_instant(job, at, PARIS) == datetime.fromisoformat(last).replace(tzinfo=PARIS)
    assert next_instant(job, at, PARIS) == datetime.fromisoformat(following).replace(tzinfo=PARIS)


def test_a_job_of_every_quarter_runs_on_the_quarter() -> None:
    job = quarterly(Noting())
    at = on("lundi", 9, 7)
    assert (last_instant(job, at, PARIS), next_instant(job, at, PARIS)) == (on("lundi", 9), on("lundi", 9, 15))


# --- the sandbox's clock ------------------------------------------------------------------------------------


async def test_moving_the_clock_runs_every_instant_on_the_way_in_order(post: Post) -> None:
    work, seen = Noting(), []

    class Looking(Counting):
        async def turn(self) -> datetime | None:
            seen.append(post.clock.now())
            return await post.deliver.turn()

        async def carried(self, within: float) -> bool:
            return await post.deliver.carried(within)

    for hours in (5, 1, 3):
        await post.put(next_at=post.clock.now() + hours * HOUR)
    stuck = await post.put(channel="email", to="awa@example.org")  # due, and of a channel that is off
    runner = runner_of(post.store, daily(work), job=Looking())
    await runner.move_clock(on("mardi", 9))
    assert [call.at for call in post.whatsapp.calls] == [on("lundi", 10), on("lundi", 12), on("lundi", 14)]
    assert work.at == [on("lundi", 8), on("mardi", 8)]
    assert seen == sorted(seen)
    assert post.clock.now() == on("mardi", 9)
    assert await post.state(stuck) == "pending"


async def test_a_job_that_sees_nothing_ahead_does_not_stop_the_clock(store: Store, clock: TownClock) -> None:
    work = Noting()
    await runner_of(store, Periodic("court", work, every=timedelta(minutes=1), ahead=nothing_ahead)).move_clock(
        on("mardi", 9)
    )
    assert len(work.at) == 1
    assert clock.now() == on("mardi", 9)


async def test_a_job_that_sees_something_ahead_stops_there_and_not_between(store: Store, clock: TownClock) -> None:
    work = Noting()

    def ahead(tx: Tx, since: datetime) -> datetime | None:
        return on("lundi", 15, 2) if tx.now < on("lundi", 15, 2) else None

    await runner_of(store, Periodic("chase", work, every=timedelta(minutes=15), ahead=ahead)).move_clock(
        on("lundi", 20)
    )
    assert on("lundi", 15, 15) in work.at
    assert len(work.at) <= 3
