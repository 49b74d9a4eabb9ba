"""The writer: what waits is written in one transaction, and no piece of it harms its neighbours (group commit).

SQLite has one writer thread, since it has one writer anyway; PostgreSQL has a few. A commit costs a disk flush, so
fifty letters that wait together cost one flush instead of fifty.
"""

from __future__ import annotations

import asyncio
import contextlib
import queue
import random
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
import structlog

from bot.store.bell import Bells
from bot.store.clock import Clock
from bot.store.desk import Desk
from bot.store.errors import CommitUnknown, Overtaken, StoreBusy, StoreFull
from bot.store.ready import Ready
from bot.store.rules import RuleCache
from bot.store.transaction import Tx

CHANNEL = "prete_rendu"  # LISTEN/NOTIFY
BATCH = {"sqlite": 256, "postgresql": 64}
TRIES = 5  # of a piece that PostgreSQL broke off (deadlock, serialisation)
JITTER = 0.05  # seconds: at most so long a pause before the next try
MANY, ENOUGH = 4, 48  # waiting pieces: from so many to so many it is worth a breath, others join them
BREATH = 0.002  # seconds

log = structlog.get_logger("store")


@dataclass(slots=True)
class _Together:
    """Jobs whose caller waits for all of them."""

    left: int


@dataclass(slots=True)
class _Job:
    work: Callable[..., Any]
    args: tuple[Any, ...]
    ended: asyncio.Future[None]
    bulk: bool = False
    together: _Together | None = None
    result: Any = None
    error: BaseException | None = None


_NOTIFY = Ready(sa.select(sa.func.pg_notify(sa.bindparam("channel"), sa.bindparam("bells"))))


class Writer:
    """Runs functions of a transaction and hands back what they return, after the commit."""

    def __init__(self, engine: sa.Engine, clock: Clock, bells: Bells, rules: RuleCache, threads: int = 1) -> None:
        self.desk = Desk()
        self._engine = engine
        self._clock = clock
        self._bells = bells
        self._rules = rules
        self._loop = asyncio.get_running_loop()
        self._queue: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._most = BATCH[engine.dialect.name]
        self._threads = [threading.Thread(target=self._work, name=f"writer-{n}", daemon=True) for n in range(threads)]
        self._closed = False
        self.hastens = False  # the process is to end: a connection that is lost is not taken up again
        self._away = False
        self._kept_lines: dict[int, sa.Connection] = {}  # thread → its connection
        self.full_since: datetime | None = None  # a write found no room, and nobody was told yet
        for thread in self._threads:
            thread.start()

    async def run(self, work: Callable[..., Any], *args: Any, bulk: bool = False) -> Any:
        """The result of `work(tx, *args)`, once it is committed. Raises what `work` raises, and StoreError.

        `work` may be run more than once before it is kept: because of a neighbour that failed, or of a deadlock.
        `bulk`: `work(tx, list_of_first_args)` is called once for all that wait and gives a list of results.
        """
        job = _Job(work, args, self._loop.create_future(), bulk)
        await self._queued([job])
        if job.error is not None:
            raise job.error
        return job.result

    async def run_each(self, work: Callable[..., Any], pieces: Sequence[Any]) -> list[Any]:
        """The results of bulk `work` for each of these, as of so many calls of `run`; of what failed its error."""
        if not pieces:
            return []
        ended, together = self._loop.create_future(), _Together(len(pieces))
        jobs = [_Job(work, (one,), ended, True, together) for one in pieces]
        await self._queued(jobs)
        return [job.result if job.error is None else job.error for job in jobs]

    def _queued(self, jobs: Sequence[_Job]) -> asyncio.Future[None]:
        """Give them to a writer; what ends with the last of them. Raises StoreBusy."""
        if self._closed:
            raise StoreBusy("the store is closing")
        for job in jobs:
            self._queue.put(job)
        # A caller that is cancelled takes the future with it and no more: the write goes on, its result is dropped.
        return jobs[0].ended

    async def close(self) -> None:
        """Finish what waits, then stop."""
        self._closed = True
        for _ in self._threads:
            self._queue.put(None)
        await asyncio.to_thread(self._join)

    def _join(self) -> None:
        for thread in self._threads:
            thread.join()
        for line in self._kept_lines.values():
            line.close()

    # --- in the thread ---------------------------------------------------------------------------

    def _work(self) -> None:
        while True:
            first = self._queue.get()
            if first is None:
                return
            batch, stop = self._gather(first)
            self._settle(batch)
            self._loop.call_soon_threadsafe(_deliver, batch)
            if stop:
                return

    def _gather(self, first: _Job) -> tuple[list[_Job], bool]:
        """What waits, and whether it is the last. When several wait more are on their way: for letters that come as
        fast as they can, a commit for each dozen would cost more than the letters."""
        batch, stop = self._waiting([first])
        if MANY <= len(batch) < ENOUGH and not stop:
            time.sleep(BREATH)
            batch, stop = self._waiting(batch)
        return batch, stop

    def _waiting(self, batch: list[_Job]) -> tuple[list[_Job], bool]:
        while len(batch) < self._most:
            try:
                job = self._queue.get_nowait()
            except queue.Empty:
                break
            if job is None:
                return batch, True
            batch.append(job)
        return batch, False

    def _settle(self, batch: list[_Job]) -> None:
        """Commit a batch. One that PostgreSQL broke off is tried again piece by piece: two replicas whose batches hold
        each other's rows would otherwise meet again."""
        if self._away:
            _fail(batch, StoreBusy("the database is away, and the store is closing"))
            return
        for attempt in range(1, TRIES + 1):
            try:
                rung = self._kept(batch)
            except Exception as error:
                trouble = _trouble(error)
                again = trouble is not None and _broken_off(trouble) and not isinstance(error, CommitUnknown)
                if self.hastens and trouble is not None and _lost(trouble):
                    self._away, again = True, False
                if again and len(batch) > 1:
                    for job in batch:
                        self._settle([job])
                    return
                if again and attempt < TRIES:
                    time.sleep(random.uniform(0, JITTER))  # noqa: S311 (a pause, no secret)
                    continue
                _fail(batch, self._told(_named(error, trouble)))
            else:
                self._rules.drop_if(rung)
                if rung:
                    self._loop.call_soon_threadsafe(self._bells.ring, rung)
            return

    def _kept(self, batch: list[_Job]) -> set[str]:
        """Commit; the bells to ring. Where a piece fails the batch is done again, each piece in a savepoint of its own;
        a piece alone is so where it met somebody, whose work it finds now.

        Not so from the start: SQLite copies every page that is changed after a savepoint, a seventh of what a letter
        costs.
        """
        try:
            return self._commit(batch, apart=False)
        except Exception as error:
            met = _met_somebody(error)
            if not _harms_itself(error, _trouble(error)) or (len(batch) == 1 and not met):
                raise
            if met:
                log.info("batch_overtaken", pieces=len(batch))
        return self._commit(batch, apart=True)

    def _commit(self, batch: list[_Job], *, apart: bool) -> set[str]:
        with self._line() as connection, connection.begin() as transaction:
            tx = Tx(connection, self._clock, self._rules, self.desk)
            tx.defers = len(batch) > 1 and not apart  # or what fails would not be known for its piece's own fault
            tx.again = apart
            units = _units(batch)
            for unit in units:
                _perform(tx, unit, apart=apart)
            if tx.rung and tx.postgres:
                tx.finish((_NOTIFY, {"channel": CHANNEL, "bells": ",".join(sorted(tx.rung))}))
            else:
                tx.finish()
            _end(transaction)
            rung = tx.rung
            tx.close()
            return rung

    @contextlib.contextmanager
    def _line(self) -> Iterator[sa.Connection]:
        """The connection for one transaction. It stays with its thread until something fails: to fetch it anew and give
        it back cost an eighth of a small transaction, and on PostgreSQL three round trips. One that broke meanwhile
        fails at its first statement, and the work is done again on another."""
        me = threading.get_ident()
        connection = self._kept_lines.pop(me, None) or self._engine.connect()
        try:
            yield connection
        except BaseException as error:
            trouble = _trouble(error)
            if trouble is not None and _read_only(trouble):
                connection.invalidate()  # perhaps the next one is to a server that may be written to
            connection.close()
            raise
        self._kept_lines[me] = connection

    def _told(self, error: BaseException) -> BaseException:
        """Since when there is no room is kept, to be told to admins once there is room for telling."""
        if isinstance(error, StoreFull) and self.full_since is None:
            self.full_since = self._clock.now()
        return error


def _end(transaction: sa.RootTransaction) -> None:
    """Commit. Raises CommitUnknown when the connection broke before the database said that it had.

    What the database itself refuses at a commit (deadlock, serialisation, a constraint) is not kept, and so is all that
    SQLite refuses: it lies in this process.
    """
    try:
        transaction.commit()
    except sa.exc.DBAPIError as error:
        if transaction.connection.dialect.name == "postgresql" and _state(error)[:2] not in ("40", "23"):
            transaction.connection.invalidate(error)  # its rollback would fail too, and hide what happened
            raise CommitUnknown(str(error.orig)) from error
        raise


def _units(batch: Sequence[_Job]) -> list[list[_Job]]:
    """Jobs one by one, bulk jobs of one kind together at the place of the first."""
    units: list[list[_Job]] = []
    bulk: dict[Any, list[_Job]] = {}
    for job in batch:
        job.result = job.error = None
        if not job.bulk:
            units.append([job])
        elif job.work in bulk:
            bulk[job.work].append(job)
        else:
            bulk[job.work] = [job]
            units.append(bulk[job.work])
    return units


def _perform(tx: Tx, unit: list[_Job], *, apart: bool) -> None:
    try:
        with tx.savepoint() if apart else contextlib.nullcontext():
            if tx.postgres:  # what a piece before read, others may have changed since
                tx.forget()
            _call(tx, unit)
    except Exception as error:
        trouble = _trouble(error)
        if not (apart and _harms_itself(error, trouble)):
            raise
        if len(unit) == 1:
            _fail(unit, _named(error, trouble))
        for job in unit if len(unit) > 1 else ():  # one of many has spoilt it for all: now each by itself
            _perform(tx, [job], apart=True)


def _call(tx: Tx, unit: list[_Job]) -> None:
    head = unit[0]
    if not head.bulk:
        head.result = head.work(tx, *head.args)
        return
    results = head.work(tx, [job.args[0] for job in unit])
    for job, result in zip(unit, results, strict=True):
        job.result = result


def _fail(jobs: Sequence[_Job], error: BaseException) -> None:
    for job in jobs:
        job.error = error


def _deliver(batch: Sequence[_Job]) -> None:
    for job in batch:
        if job.together is not None:
            job.together.left -= 1
            if job.together.left:
                continue
        if not job.ended.done():  # a caller may have gone away meanwhile
            job.ended.set_result(None)


def _trouble(error: BaseException | None) -> sa.exc.DBAPIError | None:
    """The database's own error beneath what a piece of work raised: a handler's failure may only be a full disk."""
    while error is not None and not isinstance(error, sa.exc.DBAPIError):
        error = error.__cause__
    return error


def _met_somebody(error: BaseException | None) -> bool:
    """Whether another transaction came between: it changed what was read, took the unique value that was free, or
    removed the row that was there (PostgreSQL alone)."""
    trouble = _trouble(error)
    if trouble is not None and _state(trouble) in ("23505", "23503"):
        return True
    while error is not None and not isinstance(error, Overtaken):
        error = error.__cause__
    return error is not None


def _state(error: sa.exc.DBAPIError) -> str:
    return str(getattr(error.orig, "sqlstate", "") or "")


def _broken_off(error: sa.exc.DBAPIError) -> bool:
    """Deadlock, serialisation failure or a lost connection before the commit: running it again is right."""
    return _state(error) in ("40001", "40P01") or bool(error.connection_invalidated)


def _lost(error: sa.exc.DBAPIError) -> bool:
    """Whether PostgreSQL was not reached, or fell silent: what it says itself has a code."""
    return not _state(error) and not isinstance(error.orig, sqlite3.Error)


def _read_only(error: sa.exc.DBAPIError) -> bool:
    """A standby, or a server whose disk is nearly full."""
    return _state(error) == "25006"


def _unwell(error: sa.exc.DBAPIError) -> bool:
    """The database's fault and not the statement's: locked, full, away. SQLite tells it in words; PostgreSQL's words
    may quote what people wrote, so there the code alone counts."""
    told = isinstance(error, (sa.exc.OperationalError, sa.exc.InterfaceError)) and not _unfit(error)
    return told or _broken_off(error) or _read_only(error)


def _unfit(error: sa.exc.DBAPIError) -> bool:
    """A statement that the engine will never take, such as one too large: waiting for better times would not help."""
    return getattr(error.orig, "sqlite_errorname", "") == "SQLITE_ERROR" or _state(error).startswith("54")


def _fatal(error: sa.exc.DBAPIError) -> bool:
    """Errors that spoil the whole transaction, not one savepoint."""
    text = "" if _state(error) else str(error.orig)
    spoilt = any(words in text for words in ("locked", "full", "disk I/O"))
    return _broken_off(error) or _read_only(error) or (_unwell(error) and (spoilt or _is_full(error)))


def _harms_itself(error: BaseException, trouble: sa.exc.DBAPIError | None) -> bool:
    """Whether only the piece of work that raised it is spoilt, and nothing of the batch can have been kept."""
    return not isinstance(error, CommitUnknown) and (trouble is None or not _fatal(trouble))


# A quota or a limit on the size of files: the system's word for a full disk is then another.
_NO_ROOM = frozenset({"SQLITE_IOERR_WRITE", "SQLITE_IOERR_SHMSIZE"})


def _is_full(error: sa.exc.DBAPIError) -> bool:
    if getattr(error.orig, "sqlite_errorname", "") in _NO_ROOM:
        return True
    return _state(error) in ("53100", "53000") or (not _state(error) and "full" in str(error.orig))


def _named(error: BaseException, trouble: sa.exc.DBAPIError | None) -> BaseException:
    """Our own words for a database that is locked, full or away; other errors stay as they are."""
    if trouble is None or isinstance(error, CommitUnknown) or not _unwell(trouble):
        return error
    return StoreFull(str(trouble.orig)) if _is_full(trouble) else StoreBusy(str(trouble.orig))
