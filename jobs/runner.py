"""The runner: APScheduler as a ticker, the bell, and exact instants.

The scheduler remembers nothing; the tables do. A tick lost or doubled changes nothing: a loop finds what is due, a
periodic job's run is a unique row.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from time import monotonic
from typing import Protocol
from zoneinfo import ZoneInfo

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from bot.core.messages_storage import DiskWasFull
from bot.core.schedule import civil
from bot.store import FETCH, JOBS_BELL, OUTBOX, PLANNED, Store, StoreError, Tx
from jobs import Loop, Periodic, nothing_ahead
from jobs.admins import tell_admins
from jobs.watchdog import Watchdog

log = structlog.get_logger("jobs")

TICK = timedelta(seconds=15)  # how often the periodic jobs check whether a run is due
TICKING = "jobs"  # the loop that looks whether a periodic run is due
LATE_TICKS = 3  # a loop that has not turned for this many intervals is late
STOP_SECONDS = 8.0
MOST_ROUNDS = 10_000  # rounds of settling: a fault that requeues the same thing for ever must not stop the clock
SETTLES_ALWAYS = (OUTBOX, PLANNED, FETCH)
CALLS_SECONDS = 0.05  # how long settling waits for calls in flight before the next round


class Turning(Protocol):
    async def turn(self) -> datetime | None:
        """Do what is due; when to come again."""
        ...


class Runner:
    """Runs the loops and the periodic jobs until stopped."""

    def __init__(
        self, store: Store, loops: Mapping[str, tuple[Loop, Turning]], periodic: Sequence[Periodic], zone: ZoneInfo
    ) -> None:
        self._store = store
        self._loops = loops
        self._periodic = periodic
        self._zone = zone
        self._watchdog = Watchdog()
        self._turned: dict[str, float] = {}
        self._locks = {name: asyncio.Lock() for name in loops}
        self._running = asyncio.Lock()
        self._stopping = False
        self._suspended: set[str] = set()
        self.hush: Callable[[], Awaitable[object]] | None = None  # waits until the providers have told all they know
        self._finished: dict[str, datetime] = {}  # the last run of each job that this process saw through
        self._next: dict[str, datetime] = {}  # when each runs again, as it was last noted
        self._scheduler = AsyncIOScheduler(
            timezone=ZoneInfo("UTC"),
            # By default APScheduler drops a run that is a second late and runs missed ones one by one.
            job_defaults={"coalesce": True, "misfire_grace_time": None, "max_instances": 1},
        )

    # --- life ------------------------------------------------------------------------------------

    def start(self) -> None:
        for name, (loop, job) in self._loops.items():
            self._turned[name] = monotonic()
            self._watchdog.keep(name, partial(self._loop, loop, job))
            seconds = loop.every.total_seconds()
            self._scheduler.add_job(self._store.bells.ring, "interval", seconds=seconds, args=((loop.bell,),), id=name)
        if self._periodic:
            self._turned["periodic"] = monotonic()
            # A bell, and not the tick itself: the scheduler's own stop would break one off and call that an error.
            ring, every = self._store.bells.ring, TICK.total_seconds()
            self._scheduler.add_job(ring, "interval", seconds=every, args=((JOBS_BELL,),), id="periodic")
            self._watchdog.keep(TICKING, self._listen)
        self._scheduler.start()

    async def stop(self) -> None:
        """Begin no new turn; running ones get a few seconds."""
        self._stopping = True
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)
        self._store.bells.ring([JOBS_BELL, *(loop.bell for loop, _ in self._loops.values())])
        await self._watchdog.stop(STOP_SECONDS, at_once=(TICKING,))  # a periodic run is taken up again

    @property
    def given_up(self) -> asyncio.Event:
        """Set once a loop cannot be kept going: the process ends then."""
        return self._watchdog.given_up

    def late(self) -> list[str]:
        """Loops that have not turned for three of their intervals (the periodic ones: three ticks)."""
        now = monotonic()
        every = {name: loop.every for name, (loop, _) in self._loops.items()} | {"periodic": TICK}
        return [n for n, at in self._turned.items() if now - at > LATE_TICKS * every[n].total_seconds()]

    # --- loops -----------------------------------------------------------------------------------

    async def _loop(self, loop: Loop, job: Turning) -> None:
        while not self._stopping:
            wait = await self._turn(loop, job)
            if not self._stopping:
                await self._store.bells.wait(loop.bell, wait)

    async def _turn(self, loop: Loop, job: Turning) -> float:
        """One turn; how many seconds until the next. An error is logged and the loop goes on."""
        try:
            async with self._locks[loop.name]:
                with self._watchdog.turn(loop.name):
                    again = None if loop.name in self._suspended else await job.turn()
        except StoreError as error:
            log.warning("store_unwell", job=loop.name, error=str(error))
            return 1.0
        except Exception as error:
            log.error("turn_failed", job=loop.name, exc_info=error)
            return 1.0
        self._turned[loop.name] = monotonic()
        every = loop.every.total_seconds()
        if again is None:
            return every
        return min(every, max(0.005, (again - self._store.clock.now()).total_seconds()))

    async def turn(self, name: str) -> None:
        """One single turn of one loop."""
        loop, job = self._loops[name]
        async with self._locks[loop.name]:
            await job.turn()

    # --- periodic --------------------------------------------------------------------------------

    async def tick(self) -> None:
        """Run every periodic job whose planned instant has come and that nobody has run."""
        async with self._running:
            self._suspended, wanted = await self._store.write(_wishes)
            await self._tell_of_room()
            for job in self._periodic:
                if self._stopping:
                    return
                await self._run_if_due(job, wanted.get(job.name))
            self._store.bells.ring(loop.bell for loop, _ in self._loops.values() if loop.name in wanted)
        self._turned["periodic"] = monotonic()

    async def _run_if_due(self, job: Periodic, requested: datetime | None) -> None:
        """One job's run when its instant has come or somebody requested it. An error is logged; the others go on."""
        try:
            if requested is not None:
                await self._run(job, requested, due=False)
            elif job.name not in self._suspended:
                await self._run(job, last_instant(job, self._store.clock.now(), self._zone))
        except StoreError as error:
            log.warning("store_unwell", job=job.name, error=str(error))
        except Exception as error:
            log.error("job_failed", job=job.name, exc_info=error)

    async def _tell_of_room(self) -> None:
        """Tell admins that the disk was full and takes writes again: the next time may be near."""
        since = self._store.full_since
        if since is not None:
            await self._store.write(_disk_was_full, since)
            self._store.told_of_room()

    async def _listen(self) -> None:
        """Tick when the scheduler rings, or somebody presses on /jobs, on any replica.

        And also when neither has for two ticks: once the wall clock is set back the scheduler's next one is an hour or
        a day away.
        """
        while not self._stopping:
            await self._store.bells.wait(JOBS_BELL, 2 * TICK.total_seconds())
            if not self._stopping:
                await self._tick_if_well()

    async def _tick_if_well(self) -> None:
        """A tick; where the database is away the next one does its work."""
        try:
            await self.tick()
        except StoreError as error:
            log.warning("store_unwell", job=TICKING, error=str(error))
        except Exception as error:
            log.error("turn_failed", job=TICKING, exc_info=error)

    async def _run(self, job: Periodic, planned: datetime, *, due: bool = True) -> None:
        """One run; `due` False: somebody requested it, whether or not it has anything to do."""
        if self._finished.get(job.name) == planned:
            return
        if due and job.due is not None and not await self._store.write(job.due, planned):
            self._finished[job.name] = planned
            await self._tell_next(job)
            return
        lease = await self._store.write(lambda tx: tx.runs.begin(job.name, planned))
        if lease is None:
            return
        outcome = await job.run(self._store, planned)
        following = await self._following(job)
        await self._store.write(_finish, job.name, planned, lease, outcome, following)
        self._next[job.name] = following
        self._finished[job.name] = planned
        log.info("job_done", job=job.name, outcome=outcome)

    async def _tell_next(self, job: Periodic) -> None:
        """/jobs shows when a job is to run also before it first had something to do."""
        noted = self._next.get(job.name)
        if noted is None or noted <= self._store.clock.now():
            self._next[job.name] = await self._following(job)
            await self._store.write(_note_next, job.name, self._next[job.name])

    async def _following(self, job: Periodic) -> datetime:
        """When it runs next, as /jobs shows it."""
        now = self._store.clock.now()
        ahead = await self._next_run(job, now) if job.due is not None else None
        return ahead or next_instant(job, now, self._zone)

    # --- the sandbox's clock ---------------------------------------------------------------------

    async def settle(self) -> None:
        """Do everything that is due by the desk's clock: planned, answered and handed to the providers."""
        before: dict[str, datetime] | None = None
        due = await self._due()
        # Letters are told of in their table; plans and pictures are also woken by what is asked for elsewhere, and what
        # is on its way out by leases and windows that end.
        turning = [name for name, (loop, _) in self._loops.items() if loop.bell in due or loop.bell in SETTLES_ALWAYS]
        for _ in range(MOST_ROUNDS):
            carried = [await self._turn_whole(name) for name in turning]
            due = await self._due()
            turning = [n for n, (loop, job) in self._loops.items() if loop.bell in due or getattr(job, "busy", False)]
            if not turning or (due == before and not any(carried)):
                return  # what is due and stays waits for something else: a channel out of service
            before = due

    async def _turn_whole(self, name: str) -> bool:
        """One turn, with the calls it started; whether there were any."""
        await self.turn(name)
        _, job = self._loops[name]
        return bool(await job.carried(CALLS_SECONDS)) if hasattr(job, "carried") else False

    async def _due(self) -> dict[str, datetime]:
        """What is due in each table, and since when."""
        now = self._store.clock.now()
        return {bell: at for bell, at in (await self._store.next_of_each()).items() if at <= now}

    async def move_clock(self, to: datetime) -> None:
        """Forward to an instant, through every planned one on the way, in order, each done before the next."""
        await self.settle()
        while True:
            now = self._store.clock.now()
            if now >= to:
                break
            ahead = [at for at in await self._next_instants(now) if now < at <= to]
            await self._store.move_clock(min(ahead, default=to))
            await self.tick()
            await self.settle()
            if self.hush is not None:  # hours pass in a moment: receipts on their way would all look late
                await self.hush()
                await self.settle()

    async def _next_instants(self, now: datetime) -> list[datetime]:
        runs = [await self._next_run(job, now) for job in self._periodic]
        return [*(await self._store.next_of_each(after=now)).values(), *(at for at in runs if at is not None)]

    async def _next_run(self, job: Periodic, now: datetime) -> datetime | None:
        """The next run worth stopping for; None when the job sees nothing ahead."""
        if job.ahead is None:
            return next_instant(job, now, self._zone)
        if job.ahead is nothing_ahead:  # no transaction needed
            return None
        at = await self._store.write(job.ahead, last_instant(job, now, self._zone))
        return None if at is None else next_instant(job, at - timedelta(microseconds=1), self._zone)


def _disk_was_full(tx: Tx, since: datetime) -> None:
    tell_admins(tx, DiskWasFull(since, tx.now), f"full:{int(since.timestamp())}")


def _wishes(tx: Tx) -> tuple[set[str], dict[str, datetime]]:
    return tx.runs.wishes()


def _finish(tx: Tx, job: str, planned: datetime, lease: str, outcome: str, following: datetime) -> None:
    tx.runs.finish(job, planned, lease, outcome)
    _note_next(tx, job, following)


def _note_next(tx: Tx, job: str, following: datetime) -> None:
    tx.runs.note(f"job_next:{job}", following.isoformat())


def last_instant(job: Periodic, now: datetime, zone: ZoneInfo) -> datetime:
    """The newest planned instant of a periodic job that is not ahead of now."""
    if job.every is not None:
        seconds = job.every.total_seconds()
        return datetime.fromtimestamp(now.timestamp() // seconds * seconds, now.tzinfo)
    assert job.daily is not None
    today = now.astimezone(zone).date()
    at = civil(today, job.daily, zone)
    return at if at <= now else civil(today - timedelta(days=1), job.daily, zone)


def next_instant(job: Periodic, now: datetime, zone: ZoneInfo) -> datetime:
    """The planned instant after now."""
    if job.every is not None:
        return last_instant(job, now, zone) + job.every
    assert job.daily is not None
    today = now.astimezone(zone).date()
    at = civil(today, job.daily, zone)
    return at if at > now else civil(today + timedelta(days=1), job.daily, zone)
