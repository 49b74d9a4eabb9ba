"""The store: one door to the database for the whole process."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
import threading
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar

import sqlalchemy as sa

from bot.core.inbound import Letter
from bot.core.stamps import EPOCH
from bot.store import lanes
from bot.store.bell import FETCH, INBOX, OUTBOX, PLANNED, Bells
from bot.store.clock import Clock
from bot.store.desk import Desk
from bot.store.emptied import refuse_emptied
from bot.store.engine import connections_for, for_asyncpg, is_sqlite, refuse_read_only, sqlite_path, sync_engine
from bot.store.errors import StoreBusy, StoreRefused
from bot.store.inbox import put_letters
from bot.store.lock import FileLock
from bot.store.measures import Measures
from bot.store.migrate import HEAD, upgrade
from bot.store.moving import LEFT, MARK, refuse_half_moved
from bot.store.reader import Pages, Reader
from bot.store.ready import Ready
from bot.store.rules import RuleCache
from bot.store.tables import OUTBOX_WAITS, contact, department, item, loan, media, outbox, planned
from bot.store.transaction import Tx
from bot.store.wal import fault_in_log
from bot.store.writer import CHANNEL, Writer

if TYPE_CHECKING:
    from bot.store.connections import Connections

P = ParamSpec("P")
T = TypeVar("T")
A = TypeVar("A")

POSTGRES_WRITERS = 4
# Looked up at once: fewer would leave writers idle where the last of them end, with more who writes now waits longer.
LANES, LANES_OF_POSTGRES = 200, 400
DEMO = "demo"
OFFSET = "clock_offset_seconds"
LONGEST_CHECK = 1.0  # seconds
# Of the place and not of the file: who restored a backup then would throw away a whole desk.
DISK_FAULTS = (sqlite3.SQLITE_IOERR, sqlite3.SQLITE_FULL, sqlite3.SQLITE_CANTOPEN)
LAST_SECONDS = 5.5  # at the end: longer than a lock is waited for
EAR_SECONDS = 5


class Store:
    """Writes through the writer, reads beside it. Made by `Store.open`."""

    def __init__(self, url: str, clock: Clock) -> None:
        self.url = url
        self.clock = clock
        self.bells = Bells()
        self.measures = Measures()
        self._rules = RuleCache()
        self._timed = connections_for(url)
        self._sync = sync_engine(url, connections=POSTGRES_WRITERS + 1, timed=self._timed)
        self._reader = Reader(url, self._timed)
        self._pages = Pages(url)
        alone = self._timed is None
        self._writer = Writer(self._sync, clock, self.bells, self._rules, 1 if alone else POSTGRES_WRITERS)
        # Letters that come in wait behind nothing else where there can be a second: a provider waits seconds for the
        # doors, the answers to a slow database's letters may take longer.
        self._inbox_writer = self._writer if alone else Writer(self._sync, clock, self.bells, self._rules)
        self._ears: asyncio.Task[None] | None = None
        self._hurry: asyncio.Task[None] | None = None
        self._lock: FileLock | None = None
        self._file: tuple[Path, tuple[int, int] | None] | None = None  # a service's, and what tells it from any other

    @classmethod
    async def open(
        cls, url: str, clock: Clock | None = None, *, demo: bool = False, may_migrate: bool = True, alone: bool = False
    ) -> Store:
        """Check, migrate and open. Raises StoreRefused for a file that must not be used, StoreBusy when out of reach.

        demo: whether this process runs the sandbox; a demo's file and a real desk's are never mixed up.
        alone: this process is to be the only service on a SQLite file, until it closes.
        """
        refuse_read_only(url)
        lock = FileLock.take(url) if alone else None
        try:
            store = await cls._opened(
                url, clock, demo=demo, may_migrate=may_migrate, alone=lock is not None and lock.held
            )
        except BaseException:
            if lock is not None:
                lock.release()
            raise
        store._lock = lock
        path = sqlite_path(url) if alone else None
        store._file = (path, _identity(path)) if path is not None else None
        return store

    @classmethod
    async def _opened(cls, url: str, clock: Clock | None, *, demo: bool, may_migrate: bool, alone: bool) -> Store:
        await asyncio.to_thread(refuse_damaged, url)
        if may_migrate:
            await asyncio.to_thread(upgrade, url)
        store = cls(url, clock or Clock())
        try:
            await store.write(partial(_begin, demo=demo, alone=alone))
        except BaseException:
            await store.close()
            raise
        if not is_sqlite(url):
            store._ears = asyncio.get_running_loop().create_task(store._listen(), name="listen")
        return store

    @property
    def alone(self) -> bool:
        """Whether this process is the only service on its database, which only a file can tell: what another held, it
        held before it died."""
        return self._lock is not None and self._lock.held

    @property
    def full_since(self) -> datetime | None:
        """When a write first found no room on the disk, until `told_of_room`."""
        return self._inbox_writer.full_since or self._writer.full_since

    def told_of_room(self) -> None:
        self._writer.full_since = self._inbox_writer.full_since = None

    @property
    def desk(self) -> Desk:
        """What the operator set; filled at start."""
        return self._writer.desk

    async def write(self, work: Callable[Concatenate[Tx, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run `work(tx, …)` in a transaction (with others that wait); its result once that is committed."""
        if kwargs:
            raise TypeError("work takes positional arguments only")
        result: T = await self._writer.run(work, *args)
        return result

    async def write_many(self, work: Callable[[Tx, Sequence[A]], Sequence[T]], one: A) -> T:
        """Like `write`, for work that takes all that wait at once: `work(tx, [one, …])` gives a result for each."""
        result: T = await self._writer.run(work, one, bulk=True)
        return result

    async def write_each(
        self, work: Callable[[Tx, Sequence[A]], Sequence[T]], pieces: Sequence[A]
    ) -> list[T | BaseException]:
        """`write_many` for each of these, side by side: their results, or what they raised. A task for each would cost
        a twentieth of a letter."""
        return await self._writer.run_each(work, pieces)

    async def read(self, work: Callable[Concatenate[Tx, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run `work(tx, …)`, which changes nothing, beside the writer, over the database as it is now: for what reads
        so much that everybody would wait for it. Raises StoreBusy."""

        def look(connection: sa.Connection) -> T:
            tx = Tx(connection, self.clock, RuleCache(), self.desk)  # what is read here may be outdated already
            try:
                return work(tx, *args, **kwargs)
            finally:
                tx.close()

        return await self._reader.look(look)

    async def put(self, letters: Sequence[Letter]) -> int:
        """Commit the letters of one delivery to the inbox; how many were new."""
        self._refuse_when_gone()
        kept: int = await self._inbox_writer.run(put_letters, list(letters), bulk=True)
        return kept

    def _refuse_when_gone(self) -> None:
        """A file that was removed, moved away or replaced under a service takes writes all the same, which nobody will
        ever read. Raises StoreBusy: it may be put back."""
        if self._file is None:
            return
        path, opened = self._file
        if _identity(path) != opened:
            raise StoreBusy(f"{path} was removed or replaced: put it back, or start the service again")

    async def rows(self, query: sa.Executable, values: Any = None) -> Sequence[sa.Row[Any]]:
        """All rows of one query, read beside the writer. Raises StoreBusy when the database is out of reach."""
        return await self._pages.rows(query, values)

    # --- small questions of the loops ------------------------------------------------------------

    async def waiting_lanes(self, limit: int = 0) -> list[str]:
        """Lanes with a letter that may be handled now: those of people before receipts, the longest waiting first.
        limit: how many; 0: as many as are good to handle together."""
        most = limit or (LANES if self._timed is None else LANES_OF_POSTGRES)
        return await lanes.waiting_lanes(self._reader, self.clock.now(), most)

    async def next_planned(self, *, after: datetime = EPOCH) -> datetime | None:
        rows = await self._reader.rows(_NEXT_PLANNED, {"after": after})
        return _instant(rows)

    async def next_of_each(self, *, after: datetime = EPOCH) -> dict[str, datetime]:
        """Bell → the first instant after `after` at which its table has something for the loop that it wakes: a letter
        to be handled, a message to leave or to be asked about, a plan, a picture."""
        (row,) = await self._reader.rows(_NEXT_OF_EACH, {"after": after})
        first = {
            INBOX: (row.letter, row.receipt), OUTBOX: (row.at, row.look), PLANNED: (row.planned,), FETCH: (row.fetch,)
        }  # fmt: skip
        ahead = {bell: [at for at in found if at is not None and at > after] for bell, found in first.items()}
        return {bell: min(found) for bell, found in ahead.items() if found}

    async def outgoing(self, *, after: datetime = EPOCH) -> tuple[datetime | None, datetime | None]:
        """(when the next row may leave after an instant, when the provider of one that left is first to be asked)."""
        (row,) = await self._reader.rows(_NEXT_OUT, {"after": after})
        return row.at, row.look

    async def next_letter(self, *, after: datetime = EPOCH) -> datetime | None:
        return await lanes.next_letter(self._reader, after)

    async def strip(self, limit: int) -> tuple[Sequence[sa.Row[Any]], Sequence[sa.Row[Any]]]:
        """(what is planned next, what was put on the outbox last), for the sandbox's page."""
        return await self.rows(_STRIP_PLANNED.limit(limit)), await self.rows(_STRIP_OUTBOX.limit(limit))

    async def ready(self) -> bool:
        """Whether the database answers, has this code's tables and may be written to."""
        if self._timed is None:
            self._refuse_when_gone()
            rows = await self._reader.rows(_VERSION)
            return [row[0] for row in rows] == [HEAD]
        rows = await self._reader.rows(_VERSION_AND_WRITES)
        if _only_read(rows):  # as it was when the connection was made
            self._reader.renew()
            rows = await self._reader.rows(_VERSION_AND_WRITES)
        return [row[0] for row in rows] == [HEAD] and not _only_read(rows)

    # --- the clock -------------------------------------------------------------------------------

    async def load_clock(self) -> None:
        """The sandbox's clock goes on where it stood."""
        stored = await self.write(lambda tx: tx.runs.noted(OFFSET))
        self.clock.offset = timedelta(seconds=float(stored or 0))

    async def move_clock(self, to: datetime) -> None:
        """Forward only; the offset is stored."""
        self.clock.move_to(to)
        await self.write(lambda tx: tx.runs.note(OFFSET, str(self.clock.offset.total_seconds())))

    # --- the end ---------------------------------------------------------------------------------

    def hasten(self) -> None:
        """The process is to end within ten seconds: PostgreSQL fallen silent is not waited for."""
        if self._hurry is None and self._timed is not None:
            self._writer.hastens = self._inbox_writer.hastens = self._reader.hastens = True
            self._hurry = asyncio.get_running_loop().create_task(_cut_silent(self._timed), name="hurry")

    async def close(self) -> None:
        """Finish what waits and let go of the database."""
        self.hasten()
        if self._ears is not None:
            self._ears.cancel()
            with contextlib.suppress(asyncio.CancelledError, Exception):
                await self._ears
        await asyncio.gather(*(writer.close() for writer in {self._writer, self._inbox_writer}))
        await asyncio.to_thread(self._sync.dispose)
        await self._reader.close()
        await self._pages.close()
        if self._hurry is not None:
            self._hurry.cancel()
        if self._lock is not None:
            self._lock.release()

    async def _listen(self) -> None:
        """Bells rung by other replicas. A lost connection is taken up again; the periodic jobs cover the gap."""
        import asyncpg

        address = for_asyncpg(self.url)
        while True:
            with contextlib.suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
                connection = await asyncpg.connect(address, timeout=EAR_SECONDS, command_timeout=EAR_SECONDS)
                try:
                    await connection.add_listener(CHANNEL, self._heard)
                    while not connection.is_closed():
                        await asyncio.sleep(EAR_SECONDS)
                        await connection.execute("SELECT 1")
                finally:
                    with contextlib.suppress(Exception):
                        await connection.close(timeout=1)
            await asyncio.sleep(1)

    def _heard(self, *event: Any) -> None:
        rung = str(event[-1]).split(",")
        self._rules.drop_if(rung)
        self.bells.ring(rung)


def _identity(path: Path) -> tuple[int, int] | None:
    """The device and the number of a file; None when it is not there."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


async def _cut_silent(timed: Connections) -> None:
    while True:
        timed.cut_silent(LAST_SECONDS)
        await asyncio.sleep(0.5)


def _only_read(rows: Sequence[Any]) -> bool:
    return any(row.read_only == "on" for row in rows)


def _instant(rows: Sequence[sa.Row[Any]]) -> datetime | None:
    found: datetime | None = rows[0][0] if rows else None
    return found


def refuse_damaged(url: str) -> None:
    """A damaged file is refused, and never written over. Raises StoreRefused, StoreBusy.

    Looked through for a second: the whole of a gigabyte would keep a large desk away for six at every start. Each
    night's full check (`tidy`) reads the rest.
    """
    path = sqlite_path(url)
    if path is None:
        return
    refuse_emptied(path)
    if not path.exists() or path.stat().st_size == 0:
        return
    if fault := fault_in_log(path):  # before SQLite opens the file and throws away what it cannot read
        raise StoreRefused(f"{path} is damaged ({fault}); restore a backup, it was not touched")
    try:
        with contextlib.closing(sqlite3.connect(path, timeout=5, check_same_thread=False)) as connection:
            found = _checked_for(connection, LONGEST_CHECK)
    except sqlite3.DatabaseError as error:
        if "interrupted" in str(error):
            return
        if "locked" in str(error) or "busy" in str(error):
            raise StoreBusy(f"{path} is locked by another program: {error}") from error
        if error.sqlite_errorcode & 0xFF in DISK_FAULTS:
            raise StoreRefused(
                f"{path} cannot be read ({error}): make sure that its disk has room and works; it was not touched"
            ) from error
        raise StoreRefused(
            f"{path} is damaged or no SQLite database ({error}); restore a backup, it was not touched"
        ) from error
    if found != ("ok",):
        raise StoreRefused(f"{path} is damaged ({found[0]}); restore a backup, it was not touched")


def _checked_for(connection: sqlite3.Connection, seconds: float) -> Any:
    """What SQLite's quick check finds within a time. Raises OperationalError (interrupted) when it is not through."""
    alarm = threading.Timer(seconds, connection.interrupt)
    alarm.start()
    try:
        return connection.execute("PRAGMA quick_check(1)").fetchone()
    finally:
        alarm.cancel()
        alarm.join()


def _begin(tx: Tx, *, demo: bool, alone: bool) -> None:
    """Mark whose database it is. What a process that was killed had in hand need not wait until its leases are over."""
    refuse_another(tx.runs.noted, demo=demo)
    if tx.runs.noted(DEMO) is None:
        tx.runs.note(DEMO, "yes" if demo else "no")
    if alone:
        tx.outbox.end_leases()
        tx.runs.end_leases()


def refuse_another(noted: Callable[[str], str | None], *, demo: bool) -> None:
    """Raises StoreRefused for a database whose desk lives elsewhere, and for a demo's or a real desk's in the place of
    the other. noted: what it notes of itself under a name."""
    refuse_half_moved(noted(LEFT), noted(MARK))
    marked = noted(DEMO)
    if marked == "yes" and not demo:
        raise StoreRefused("this database is a sandbox's demo desk; a desk with real providers needs a file of its own")
    if marked == "no" and demo:
        raise StoreRefused("this database is a real desk's; the sandbox needs a file of its own")


_VERSION = sa.text("SELECT version_num FROM alembic_version")
_VERSION_AND_WRITES = sa.text(
    "SELECT version_num, current_setting('transaction_read_only') AS read_only FROM alembic_version"
)
_AFTER: sa.BindParameter[datetime] = sa.bindparam("after")
_PLANNED = (
    sa.select(planned.c.at).where(planned.c.state == "planned", planned.c.at > _AFTER).order_by(planned.c.at).limit(1)
)
_NEXT_PLANNED = Ready(_PLANNED)
_WAITING = (
    sa.select(outbox.c.next_at).where(OUTBOX_WAITS, outbox.c.next_at > _AFTER).order_by(outbox.c.next_at).limit(1)
)
_LOOK = sa.select(outbox.c.look_at).where(outbox.c.look_at.is_not(None)).order_by(outbox.c.look_at).limit(1)
_NEXT_OUT = Ready(sa.select(_WAITING.scalar_subquery().label("at"), _LOOK.scalar_subquery().label("look")))
_STRIP_PLANNED = (
    sa.select(planned.c.at, planned.c.step, contact.c.name, item.c.name.label("item"))
    .join(contact, contact.c.id == planned.c.contact_id)
    .join(loan, sa.and_(planned.c.kind == "loan", loan.c.id == planned.c.subject_id), isouter=True)
    .join(item, item.c.id == loan.c.item_id, isouter=True)
    .where(planned.c.state == "planned")
    .order_by(planned.c.at)
)
_STRIP_OUTBOX = (
    sa.select(
        outbox.c.id,
        outbox.c.message,
        outbox.c.state,
        outbox.c.created_at,
        sa.case((contact.c.name.is_not(None), contact.c.name), else_=department.c.name).label("name"),
    )
    .join(contact, contact.c.id == outbox.c.contact_id, isouter=True)
    .join(department, department.c.id == outbox.c.department_id, isouter=True)
    .order_by(outbox.c.id.desc())
)
_FETCH = (
    sa.select(media.c.next_at)
    .where(media.c.state == "new", media.c.next_at > _AFTER)
    .order_by(media.c.next_at)
    .limit(1)
)
_NEXT_OF_EACH = Ready(
    sa.select(
        *lanes.NEXT_OF_KIND, _WAITING.scalar_subquery().label("at"), _LOOK.scalar_subquery().label("look"),
        _PLANNED.scalar_subquery().label("planned"), _FETCH.scalar_subquery().label("fetch"),
    )
)  # fmt: skip
