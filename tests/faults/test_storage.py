"""The database fails: nothing acknowledged is lost, nothing is kept twice, and the desk recovers by itself."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import signal
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa

from bot.store import Store, StoreBusy, StoreRefused, Tx, migrate
from bot.store import tables as t
from bot.store.engine import sync_engine
from bot.store.errors import CommitUnknown
from bot.store.ready import Ready
from tests.store.letters import letter
from tests.town import MONDAY, PARIS, Town, TownClock

pytestmark = pytest.mark.several_writers

# --- a full disk ---------------------------------------------------------------------------------------


def room(pages: int | None) -> object:
    """A file that may grow by so many pages; None: as far as it likes."""

    def set_limit(tx: Tx) -> None:
        now = tx.connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        most = 1073741823 if pages is None else now + pages
        tx.connection.exec_driver_sql(f"PRAGMA max_page_count={most}")

    return set_limit


async def test_a_full_disk_turns_letters_away_and_admins_hear_when_there_is_room_again(
    sqlite_migrated_url: str,
) -> None:
    async with Town(sqlite_migrated_url) as town:
        store = town.service.store
        await town.turn("catch_up")
        await store.write(room(0))  # type: ignore[arg-type]
        said = 0
        while store.full_since is None:  # the file's last pages still have some room
            said += 1
            await town.awa.phone.says("MES PRETS " + "x" * 1_000)
        acknowledged = {row.provider_id for row in await store.rows(sa.select(t.inbox.c.provider_id))}
        assert len(acknowledged) < said
        with contextlib.suppress(Exception):
            await town.settle()  # nothing can be answered, nothing breaks for good

        await store.write(room(None))  # type: ignore[arg-type]
        await town.turn("catch_up")  # what was turned away is still at the provider
        await town.settle()
        kept = {row.provider_id for row in await store.rows(sa.select(t.inbox.c.provider_id))}
        assert acknowledged < kept
        await town.service.runner.tick()
        await town.settle()
        assert "disque du service était plein" in town.group.messages[-1].text
        assert store.full_since is None


# --- PostgreSQL goes away --------------------------------------------------------------------------------


@pytest.fixture
async def store(postgresql_migrated_url: str) -> AsyncIterator[Store]:
    opened = await Store.open(postgresql_migrated_url, TownClock(MONDAY))
    yield opened
    await opened.close()


@pytest.fixture
def admin(postgresql_migrated_url: str) -> Iterator[psycopg.Connection[tuple[object, ...]]]:
    url = sa.engine.make_url(postgresql_migrated_url).set(drivername="postgresql")
    with psycopg.connect(url.render_as_string(hide_password=False), autocommit=True) as connection:
        yield connection


THROW_OUT = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
"""


@pytest.mark.thorough
async def test_connections_cut_under_load_lose_nothing_and_keep_nothing_twice(
    store: Store, admin: psycopg.Connection[tuple[object, ...]]
) -> None:
    acknowledged: set[str] = set()
    unknown: set[str] = set()

    async def note(name: str) -> None:
        try:
            await store.write(lambda tx: tx.audit.note("test", name))
            acknowledged.add(name)
        except StoreBusy:
            unknown.add(name)

    for wave in range(12):
        going = [asyncio.ensure_future(note(f"{wave}.{n}")) for n in range(20)]
        await asyncio.sleep(0.004)
        await asyncio.to_thread(admin.execute, THROW_OUT)
        await asyncio.gather(*going)
    rows = [row.what for row in await store.rows(sa.select(t.audit.c.what))]
    assert len(rows) == len(set(rows))
    assert acknowledged <= set(rows)
    assert set(rows) <= acknowledged | unknown
    assert len(acknowledged) > 120
    assert await store.ready()


async def test_a_commit_whose_end_nobody_saw_is_not_run_again(store: Store) -> None:
    runs = 0

    def cut_before_commit(tx: Tx) -> None:
        nonlocal runs
        runs += 1
        tx.audit.note("test", "once")

        def cut(connection: sa.Connection) -> None:
            with contextlib.suppress(psycopg.Error):
                connection.connection.cursor().execute("SELECT pg_terminate_backend(pg_backend_pid())")

        sa.event.listen(tx.connection.engine, "commit", cut, once=True)

    with pytest.raises(CommitUnknown):
        await store.write(cut_before_commit)
    assert runs == 1
    assert await store.put([letter("SM1")]) == 1  # well again, without a restart


@pytest.mark.parametrize("where", ["asked", "written"])
async def test_what_is_asked_or_written_together_on_a_cut_line_is_done_on_another(
    store: Store, admin: psycopg.Connection[tuple[object, ...]], where: str
) -> None:
    tries = itertools.count(1)
    everybody = Ready(sa.select(t.contact.c.id))

    def work(tx: Tx) -> int:
        number = next(tries)
        desk = tx.departments.add(name="Accueil", zone=PARIS, language="fr").id
        line = tx.run(sa.text("SELECT pg_backend_pid()")).scalar()
        if number == 1:
            admin.execute("SELECT pg_terminate_backend(%s, 5000)", [line])
        if where == "asked":
            tx.ask([(everybody, {}), (everybody, {})])
        tx.spending.add(desk, "sms", messages=1)
        tx.ring("hello")
        return number

    assert await store.write(work) == 2
    assert [row.messages for row in await store.rows(sa.select(t.spent.c.messages))] == [1]


def silent_once() -> Callable[[Tx], int]:
    """Work whose first try gets no answer; gives the number of its try."""
    tries = itertools.count(1)

    def work(tx: Tx) -> int:
        number = next(tries)
        if number == 1:
            tx.run(sa.text("SELECT pg_sleep(20)"))
        return number

    return work


async def test_an_answer_that_does_not_come_is_asked_for_again_on_another_line(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    await store.ready()  # its line was made before
    monkeypatch.setattr("bot.store.connections.SILENT_SECONDS", 0.2)
    assert await store.write(silent_once()) == 2


async def test_at_the_end_a_silent_database_is_not_waited_for(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.store.store.LAST_SECONDS", 0.1)
    going = asyncio.ensure_future(store.write(silent_once()))
    await asyncio.sleep(0.1)
    async with asyncio.timeout(5):
        await store.close()
        with pytest.raises(StoreBusy):
            await going


async def test_a_database_that_may_only_be_read_takes_letters_again_once_it_may_be_written_to(
    store: Store, admin: psycopg.Connection[tuple[object, ...]]
) -> None:
    """As after a failover: a connection keeps what it found when it was made."""
    name = admin.info.dbname
    admin.execute(f'ALTER DATABASE "{name}" SET default_transaction_read_only = on')
    try:
        admin.execute(THROW_OUT)
        with pytest.raises(StoreBusy):
            await store.put([letter("SM1")])
        assert not await store.ready()
        with pytest.raises(StoreRefused, match="may only be read"):
            migrate.refuse_standby(store.url)
    finally:
        admin.execute(f'ALTER DATABASE "{name}" RESET default_transaction_read_only')
    assert await store.put([letter("SM1")]) == 1
    assert await store.ready()
    migrate.refuse_standby(store.url)


# --- a migration is killed -------------------------------------------------------------------------------

KILLED = """
import os, signal, sys
import sqlalchemy as sa
from bot.store import migrate
left = int(sys.argv[2])
@sa.event.listens_for(sa.Engine, "before_cursor_execute")
def count(*args):
    global left
    left -= args[2].lstrip().upper().startswith(("CREATE", "ALTER", "INSERT", "UPDATE"))
    if left < 0:
        os.kill(os.getpid(), signal.SIGKILL)
migrate.upgrade(sys.argv[1])
"""


async def killed_after(url: str, statements: int) -> None:
    root = str(Path(__file__).parents[2])
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", KILLED, url, str(statements), cwd=root)
    assert await process.wait() == -signal.SIGKILL


def tables_of(url: str) -> set[str]:
    engine = sync_engine(url)
    try:
        return set(sa.inspect(engine).get_table_names())
    finally:
        engine.dispose()


async def completes_after(url: str, points: tuple[int, ...]) -> None:
    for point in points:
        await killed_after(url, point)
        assert "loan" not in tables_of(url)  # all of it or nothing
    migrate.upgrade(url)
    assert migrate.current(url) == migrate.HEAD
    assert set(t.metadata.tables) <= tables_of(url)


@pytest.mark.thorough
async def test_a_migration_that_was_killed_is_completed_by_the_next_start(database_url: str) -> None:
    await completes_after(database_url, (40,))


@pytest.mark.slow
async def test_a_migration_killed_at_twenty_points_is_completed(database_url: str) -> None:
    await completes_after(database_url, tuple(range(0, 80, 4)))
