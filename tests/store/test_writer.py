"""The writer: what waits is written together, what fails fails alone, and a database that is unwell says so in time."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import sqlite3
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from bot.core.delivery import Limit
from bot.core.people import Consent
from bot.store import INBOX, OUTBOX, Store, StoreBusy, StoreError, StoreFull, Tx, engine
from bot.store import tables as t
from bot.store.engine import sqlite_path, sync_engine
from bot.store.ready import Ready
from bot.store.store import POSTGRES_WRITERS
from tests.store.conftest import Furniture, say
from tests.store.letters import letter
from tests.town import TownClock

pytestmark = pytest.mark.several_writers


class Mishap(Exception):
    """A fault of one piece of work."""


def fails_after_writing(tx: Tx) -> None:
    tx.people.add("Nobody")
    raise Mishap


async def together(store: Store, *works: Callable[[Tx], object]) -> list[object]:
    """The works in one batch: all are queued while every writer is busy."""
    async with busy(store):
        waiting = [asyncio.ensure_future(store.write(work)) for work in works]
        await asyncio.sleep(0)
    return list(await asyncio.gather(*waiting, return_exceptions=True))


@contextlib.asynccontextmanager
async def busy(store: Store) -> AsyncIterator[None]:
    """Every writer has something in hand meanwhile; what is asked of them waits together."""
    let_go = threading.Event()
    held = []
    for _ in range(1 if store.url.startswith("sqlite") else POSTGRES_WRITERS):
        in_hand = threading.Event()

        def hold(tx: Tx, in_hand: threading.Event = in_hand) -> None:
            in_hand.set()
            let_go.wait(5)

        held.append(asyncio.ensure_future(store.write(hold)))
        await asyncio.to_thread(in_hand.wait, 5)
    try:
        yield
    finally:
        let_go.set()
        await asyncio.gather(*held)


def slowly(tx: Tx, work: Callable[[Tx], object]) -> None:
    work(tx)
    time.sleep(0.04)


async def names(store: Store) -> list[str]:
    return [row.name for row in await store.rows(sa.select(t.contact.c.name).order_by(t.contact.c.id))]


# --- group commit -------------------------------------------------------------------------------------------


async def test_one_failure_in_a_batch_leaves_the_others(store: Store) -> None:
    results = await together(
        store, lambda tx: tx.people.add("Awa").name, fails_after_writing, lambda tx: tx.people.add("Binta").name
    )
    assert results[0::2] == ["Awa", "Binta"]
    assert isinstance(results[1], Mishap)
    assert await names(store) == ["Awa", "Binta"]


async def test_a_refused_row_in_a_batch_leaves_the_others(store: Store, desk: Furniture) -> None:
    results = await together(
        store,
        lambda tx: tx.items.add(desk.desk, "A-1", "Agrafeuse").code,
        lambda tx: tx.items.add(desk.desk, "PERC-001", "again"),
        lambda tx: tx.items.add(desk.desk, "B-1", "Balai").code,
    )
    assert results[0::2] == ["A-1", "B-1"]
    assert isinstance(results[1], IntegrityError)


class Wrapped(Exception):
    """As a handler's failure comes."""


@pytest.mark.parametrize(
    ("alone", "told"),
    [(True, "database or disk is full"), (False, "database or disk is full"), (True, "disk I/O error")],
)
async def test_a_full_disk_beneath_a_handler_s_failure_is_the_disk_s_fault(
    store: Store, alone: bool, told: str
) -> None:
    """It must not be counted against the letter in hand: after three such, people's words would be parked."""

    def handle(tx: Tx) -> None:
        full = sqlite3.OperationalError(told)
        full.sqlite_errorname = "SQLITE_FULL" if "full" in told else "SQLITE_IOERR_WRITE"  # a quota
        try:
            raise sa.exc.OperationalError("INSERT", None, full)
        except sa.exc.OperationalError as error:
            raise Wrapped from error

    works = [handle] if alone else [handle, lambda tx: tx.people.add("Awa")]
    assert [type(result) for result in await together(store, *works)] == [StoreFull] * len(works)
    assert await names(store) == []


async def test_a_batch_that_the_database_broke_off_is_run_again(store: Store) -> None:
    tries: list[int] = []

    class Deadlock(Exception):
        sqlstate = "40P01"

    def unlucky(tx: Tx) -> str:
        tries.append(1)
        name = tx.people.add("Awa").name
        if len(tries) < 3:
            raise Wrapped from sa.exc.OperationalError("UPDATE", None, Deadlock())
        return name

    assert await together(store, unlucky, lambda tx: tx.people.add("Binta").name) == ["Awa", "Binta"]
    assert len(tries) == 3
    assert await names(store) == ["Awa", "Binta"]


@pytest.mark.parametrize("value", ["full@example.org", "locked@example.org", "disk I/O error@example.org"])
async def test_words_of_people_are_not_taken_for_faults_of_the_database(
    store: Store, desk: Furniture, value: str
) -> None:
    """PostgreSQL quotes the value in its message: a refused row must not look like a full disk."""

    def own(tx: Tx) -> int:
        return tx.people.add_address(desk.awa, "email", value, verified_by="none", consent=Consent.UNKNOWN).id

    await store.write(own)
    results = await together(store, lambda tx: tx.people.add("Binta").name, own, lambda tx: tx.people.add("C").name)
    assert results[0::2] == ["Binta", "C"]
    assert isinstance(results[1], IntegrityError)


async def test_what_fails_alone_is_undone_whole(store: Store) -> None:
    with pytest.raises(Mishap):
        await store.write(fails_after_writing)
    assert await names(store) == []


async def test_what_a_failed_piece_knew_is_forgotten_by_the_next(store: Store, desk: Furniture) -> None:
    """Rules and limits that were undone with it must not be believed by its neighbours in the batch."""
    limit = (Limit("whatsapp:us", 1, 60.0),)

    def change_and_fail(tx: Tx) -> None:
        tx.departments.change(desk.desk, place="nowhere")
        tx.pace.reserve(limit, 0)
        raise Mishap

    def look(tx: Tx) -> tuple[str, float]:
        wait = tx.pace.reserve(limit, 0)
        return tx.departments.get(desk.desk).place, wait

    results = await together(store, change_and_fail, look)
    assert results[1] == ("", 0.0)
    place, wait = await store.write(look)
    assert place == ""
    assert 0 < wait <= 60  # the neighbour's own reservation was kept


async def test_what_is_written_later_is_read_and_fails_as_if_written_at_once(store: Store) -> None:
    note = Ready(sa.insert(t.said), ("key", "at"))
    look = Ready(sa.select(t.said.c.key).order_by(t.said.c.key))

    def put(key: str) -> Callable[[Tx], list[str]]:
        def work(tx: Tx) -> list[str]:
            tx.later(note, {"key": key, "at": tx.now})
            return list(tx.run(look).scalars())

        return work

    def undone(tx: Tx) -> list[str]:
        with contextlib.suppress(Mishap), tx.savepoint():
            tx.later(note, {"key": "undone", "at": tx.now})
            raise Mishap
        tx.later(note, {"key": "d", "at": tx.now})
        return list(tx.run(sa.select(t.said.c.key).order_by(t.said.c.key)).scalars())

    assert await together(store, put("a"), put("b"), undone) == [["a"], ["a", "b"], ["a", "b", "d"]]

    def twice(tx: Tx) -> None:
        tx.later(note, {"key": "a", "at": tx.now})

    results = await together(store, put("e"), twice, put("f"))
    assert results[0::2] == [["a", "b", "d", "e"], ["a", "b", "d", "e", "f"]]
    assert isinstance(results[1], IntegrityError)
    assert isinstance((await together(store, twice))[0], IntegrityError)


async def test_answers_written_together_have_their_numbers_beside_rows_written_at_once(store: Store) -> None:
    def several(*keys: str) -> Callable[[Tx], list[int | None]]:
        return lambda tx: [say(tx, key, begun_by="person" if key.startswith("in:") else "clock") for key in keys]

    keys = [("in:1:0", "in:1:1", "clock:1"), ("in:2:0", "clock:2", "in:2:1"), ("in:3:0",)]
    numbers = await together(store, *(several(*some) for some in keys))
    rows = await store.rows(sa.select(t.outbox.c.id, t.outbox.c.key))
    found = {row.key: row.id for row in rows}
    assert [[found[key] for key in some] for some in keys] == numbers
    assert len(set(found.values())) == 7


async def test_work_for_many_is_called_once_for_all_that_wait(store: Store) -> None:
    calls: list[int] = []

    def many(tx: Tx, ones: Sequence[int]) -> list[int]:
        calls.append(len(ones))
        return [n * n for n in ones]

    async with busy(store):
        waiting = [asyncio.ensure_future(store.write_many(many, n)) for n in range(20)]
        await asyncio.sleep(0)
    assert await asyncio.gather(*waiting) == [n * n for n in range(20)]
    assert sum(calls) == 20
    assert len(calls) <= 4  # one for each writer that PostgreSQL has, at most


async def test_what_one_of_many_spoils_is_done_once_for_each_of_the_others(store: Store) -> None:
    def add(tx: Tx, wanted: Sequence[str]) -> list[str]:
        added = [tx.people.add(name).name for name in wanted]
        tx.ring(OUTBOX)
        if "spoilt" in wanted:
            raise Mishap
        return added

    async with busy(store):
        waiting = [asyncio.ensure_future(store.write_many(add, name)) for name in ("Awa", "spoilt", "Binta", "Cira")]
        await asyncio.sleep(0)
    results = await asyncio.gather(*waiting, return_exceptions=True)
    assert [type(result) for result in results] == [str, Mishap, str, str]
    assert sorted(await names(store)) == ["Awa", "Binta", "Cira"]


async def test_what_is_written_for_each_of_many_comes_back_in_its_place(store: Store) -> None:
    def add(tx: Tx, wanted: Sequence[str]) -> list[str]:
        if "spoilt" in wanted:
            raise Mishap
        return [tx.people.add(name).name for name in wanted]

    assert await store.write_each(add, []) == []
    results = await store.write_each(add, ["Awa", "spoilt", "Binta"])
    assert [results[0], type(results[1]), results[2]] == ["Awa", Mishap, "Binta"]
    assert sorted(await names(store)) == ["Awa", "Binta"]


async def test_a_caller_that_went_away_leaves_the_write_to_go_on(store: Store) -> None:
    task = asyncio.ensure_future(store.write(slowly, lambda tx: tx.people.add("Awa")))
    await asyncio.sleep(0.005)
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
    await store.write(lambda _: None)
    for _ in range(50):
        if await names(store):
            break
        await asyncio.sleep(0.005)
    assert await names(store) == ["Awa"]


async def test_what_fails_when_its_caller_went_away_is_no_noise(store: Store) -> None:
    def fail(tx: Tx) -> None:
        time.sleep(0.01)
        raise Mishap

    noise: list[Any] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: noise.append(context))
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(0.001):
            await store.write(fail)
    await store.write(lambda _: None)
    gc.collect()
    assert noise == []


async def test_a_bell_rings_after_the_commit_and_not_for_what_was_undone(store: Store) -> None:
    def ring_and_fail(tx: Tx) -> None:
        tx.ring(OUTBOX)
        raise Mishap

    await together(store, ring_and_fail, lambda tx: tx.ring(INBOX))
    assert await store.bells.wait(INBOX, 0.5)
    assert not await store.bells.wait(OUTBOX, 0.01)


async def test_closing_finishes_what_waits(migrated_url: str) -> None:
    store = await Store.open(migrated_url)
    writes = [asyncio.ensure_future(store.write(lambda tx, n: tx.people.add(f"P{n}").id, n)) for n in range(40)]
    await asyncio.sleep(0)
    await store.close()
    assert len(set(await asyncio.gather(*writes))) == 40
    with pytest.raises(StoreError):
        await store.write(lambda _: None)


async def test_naive_times_cannot_be_stored(store: Store) -> None:
    with pytest.raises((ValueError, sa.exc.StatementError)):
        await store.write(lambda tx: tx.people.pause(1, tx.now.replace(tzinfo=None)))


# --- SQLite -------------------------------------------------------------------------------------------------


@pytest.fixture
async def sqlite(sqlite_migrated_url: str, clock: TownClock) -> AsyncIterator[Store]:
    store = await Store.open(sqlite_migrated_url, clock)
    yield store
    await store.close()


@contextlib.contextmanager
def locked(url: str) -> Iterator[None]:
    """Another program holds the write lock."""
    path = sqlite_path(url)
    assert path is not None
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        yield
        connection.execute("ROLLBACK")


async def test_a_locked_file_is_told_in_time_and_nothing_is_half_kept(
    sqlite_migrated_url: str, clock: TownClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The five seconds of a real desk, shortened; that they are five is held below.
    monkeypatch.setattr(engine, "BUSY_MS", 60)
    short = tuple(p.replace("busy_timeout=5000", "busy_timeout=60") for p in engine.SQLITE_PRAGMAS)
    monkeypatch.setattr(engine, "SQLITE_PRAGMAS", short)
    store = await Store.open(sqlite_migrated_url, clock)
    began = time.monotonic()
    with locked(store.url), pytest.raises(StoreBusy):
        await store.put([letter("SM1")])
    assert time.monotonic() - began < 1
    assert await store.rows(sa.select(t.inbox.c.id)) == []
    assert await store.put([letter("SM1")]) == 1  # well again, without a restart
    await store.close()


async def test_a_statement_too_large_is_its_work_s_own_fault_and_no_locked_file(sqlite: Store) -> None:
    """Taken for a locked file, a letter that leads to it would be tried again for ever and never parked."""

    def too_large(tx: Tx) -> None:
        tx.connection.exec_driver_sql(f"SELECT {'+'.join('1' * 2_000)}")

    with pytest.raises(sa.exc.OperationalError, match="too large"):
        await sqlite.write(too_large)


async def test_a_short_lock_is_waited_for(sqlite: Store) -> None:
    with locked(sqlite.url):
        put = asyncio.ensure_future(sqlite.put([letter("SM1")]))
        await asyncio.sleep(0.05)
        assert not put.done()
    assert await put == 1


async def test_reading_goes_on_while_the_file_is_locked(sqlite: Store) -> None:
    with locked(sqlite.url):
        assert await sqlite.ready()


async def test_a_full_disk_acknowledges_nothing_and_recovers_without_a_restart(sqlite: Store) -> None:
    def no_room(tx: Tx) -> None:
        pages = tx.connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        tx.connection.exec_driver_sql(f"PRAGMA max_page_count={pages}")

    async def fill() -> None:
        for n in range(200):
            await sqlite.put([letter(f"SM{n}", text="x" * 4_000)])

    await sqlite.write(no_room)
    with pytest.raises(StoreFull):
        await fill()
    kept = {row.provider_id for row in await sqlite.rows(sa.select(t.inbox.c.provider_id))}
    await sqlite.write(lambda tx: tx.connection.exec_driver_sql("PRAGMA max_page_count=1073741823"))
    await fill()
    after = {row.provider_id for row in await sqlite.rows(sa.select(t.inbox.c.provider_id))}
    assert after == {f"SM{n}" for n in range(200)}
    assert kept < after


async def test_what_was_acknowledged_survives_a_power_cut_by_the_file_s_own_settings(sqlite: Store) -> None:
    def settings(tx: Tx) -> dict[str, object]:
        ask = tx.connection.exec_driver_sql
        return {
            name: ask(f"PRAGMA {name}").scalar_one()
            for name in ("synchronous", "journal_mode", "foreign_keys", "busy_timeout")
        }

    found = await sqlite.write(settings)
    assert found == {"synchronous": 2, "journal_mode": "wal", "foreign_keys": 1, "busy_timeout": 5000}


def test_an_engine_that_does_not_hold_full_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("bot.store.engine.SQLITE_PRAGMAS", ("PRAGMA synchronous=NORMAL",))
    with pytest.raises(RuntimeError, match="synchronous"):
        sync_engine(f"sqlite:///{tmp_path / 'x.db'}").connect()


async def test_readers_cannot_write(sqlite: Store) -> None:
    with pytest.raises(StoreBusy):
        await sqlite.rows(sa.insert(t.seen).values(id="x", at=sqlite.clock.now()).returning(t.seen.c.id))


async def test_a_transaction_takes_the_write_lock_at_its_beginning(sqlite: Store) -> None:
    """A deferred one that reads before it writes fails at once while another commits, whatever the time-out."""
    path = sqlite_path(sqlite.url)
    assert path is not None
    held = asyncio.ensure_future(sqlite.write(slowly, lambda tx: tx.people.has_admin()))
    await asyncio.sleep(0.015)
    with (
        contextlib.closing(sqlite3.connect(path, timeout=0, isolation_level=None)) as other,
        pytest.raises(sqlite3.OperationalError, match="locked"),
    ):
        other.execute("BEGIN IMMEDIATE")
    await held


# --- both ---------------------------------------------------------------------------------------------------


async def test_times_come_back_to_the_microsecond_in_utc(store: Store, clock: TownClock) -> None:
    at = clock.now().astimezone(ZoneInfo("Asia/Kathmandu")).replace(microsecond=123_457)

    def write(tx: Tx) -> None:
        made = tx.people.add("Awa")
        tx.people.pause(made.id, at)

    await store.write(write)
    [row] = await store.rows(sa.select(t.contact.c.paused_until))
    assert row.paused_until == at
    assert row.paused_until.utcoffset().total_seconds() == 0


async def test_many_writers_at_once_lose_nothing(store: Store) -> None:
    made = await asyncio.gather(*(store.write(say, f"key {n}", f"+336123450{n:02}") for n in range(100)))
    assert len(set(made)) == 100
    assert len(await store.rows(sa.select(t.outbox.c.id))) == 100


async def test_what_reads_much_holds_up_nobody_sees_one_moment_and_changes_nothing(
    store: Store, desk: Furniture
) -> None:
    reading, written = threading.Event(), threading.Event()
    place = sa.select(t.department.c.place).where(t.department.c.id == desk.desk)

    def read(tx: Tx) -> list[str]:
        before = tx.departments.get(desk.desk).place
        reading.set()
        assert written.wait(20)
        return [before, str(tx.run(place).scalar_one())]

    def move(tx: Tx) -> str:
        return tx.departments.change(desk.desk, place="Ailleurs").place

    looking = asyncio.ensure_future(store.read(read))
    assert await asyncio.to_thread(reading.wait, 20)
    assert await store.write(move) == "Ailleurs"
    written.set()
    before, after = await looking
    assert before == after != "Ailleurs"
    assert await store.read(lambda tx: str(tx.run(place).scalar_one())) == "Ailleurs"
    with pytest.raises((StoreBusy, sa.exc.InternalError)):
        await store.read(move)
