"""Opening a database: what must not be used is refused with a sentence, and never touched."""

from __future__ import annotations

import contextlib
import hashlib
import os
import sqlite3
import time
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.store import Store, StoreBusy, StoreError, StoreRefused, Tx, migrate
from bot.store.engine import sync_engine
from jobs.leaving import claim_rows
from tests.conftest import Cluster, sqlite_url
from tests.store.conftest import say
from tests.store.letters import letter
from tests.town import MONDAY, TownClock


def fingerprint(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


async def refusal(url: str, **how: bool) -> str:
    with pytest.raises(StoreRefused) as caught:
        await Store.open(url, TownClock(MONDAY), **how)
    return str(caught.value)


async def test_a_file_that_is_no_database_is_refused_untouched(tmp_path: Path) -> None:
    path = tmp_path / "desk.db"
    path.write_bytes(b"This is not a database.\n" * 400)
    before, began = fingerprint(path), time.monotonic()
    said = await refusal(sqlite_url(path))
    assert time.monotonic() - began < 5
    assert "damaged" in said
    assert "backup" in said
    assert fingerprint(path) == before
    assert os.listdir(tmp_path) == ["desk.db"]


async def test_a_parameter_that_is_not_libpqs_is_told_as_such() -> None:
    said = await refusal("postgresql+asyncpg://desk@127.0.0.1:9/desk?ssl=require")
    assert 'option "ssl"' in said
    assert "?sslmode=require" in said


async def test_the_ways_of_a_server_are_not_the_desks(postgres: Cluster, postgresql_database_url: str) -> None:
    """Dates in another style cannot be read by its driver: letters were kept and none was answered."""
    name = sa.make_url(postgresql_database_url).database
    with postgres.server.connect("postgres") as admin:
        for way in ("datestyle = 'German, DMY'", "default_transaction_isolation = 'serializable'"):
            admin.execute(f"ALTER DATABASE {name} SET {way}".encode())
    store = await Store.open(postgresql_database_url, TownClock(MONDAY))
    try:
        await store.put([letter("SM1")])
        assert await store.next_letter() == MONDAY
        asked = sa.text("SELECT current_setting('transaction_isolation')")
        assert await store.write(lambda tx: tx.run(asked).scalar()) == "read committed"
    finally:
        await store.close()


@pytest.mark.parametrize("how", ["unreadable", "out of order"])
async def test_a_damaged_file_is_refused_untouched(tmp_path: Path, how: str) -> None:
    path = tmp_path / "desk.db"
    await write_much(path)
    content = bytearray(path.read_bytes())
    (spoil if how == "unreadable" else disorder)(content)
    path.write_bytes(content)
    before = fingerprint(path)
    said = await refusal(sqlite_url(path))
    assert "damaged" in said
    assert "backup" in said
    assert fingerprint(path) == before


async def test_a_disk_without_room_is_told_and_not_called_damage(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who restored a backup then would throw away a whole desk. (A full tmpfs answers so at the start.)"""

    def full(connection: sqlite3.Connection, seconds: float) -> None:
        error = sqlite3.OperationalError("disk I/O error")
        error.sqlite_errorcode = sqlite3.SQLITE_IOERR_SHMSIZE
        raise error

    path = tmp_path / "desk.db"
    await write_much(path)
    monkeypatch.setattr("bot.store.store._checked_for", full)
    before = fingerprint(path)
    said = await refusal(sqlite_url(path))
    assert "make sure that its disk has room" in said
    assert "damaged" not in said
    assert "backup" not in said
    assert fingerprint(path) == before


FRAME = 24 + 4096  # bytes of one page in the log, with what stands before it


@pytest.mark.parametrize(
    ("place", "damage", "refused"),
    [
        (0, bytes(32), True),
        (32 + FRAME + 200, b"not what was written", True),
        (-FRAME + 200, b"torn by a power cut", False),
        (0, b"", False),
    ],
    ids=["header", "middle", "last commit", "whole"],
)
async def test_a_log_whose_commits_would_be_thrown_away_is_refused_untouched(
    tmp_path: Path, place: int, damage: bytes, refused: bool
) -> None:
    path = tmp_path / "desk.db"
    await write_much(path)
    with contextlib.closing(sqlite3.connect(path)) as holding:
        holding.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL")
        for n in range(5):
            holding.execute("UPDATE inbox SET error = ?", (f"{n}",))
            holding.commit()
        log = bytearray(path.with_name("desk.db-wal").read_bytes())
        whole = path.read_bytes()
    start = place % len(log)
    log[start : start + len(damage)] = damage
    path.write_bytes(whole)
    path.with_name("desk.db-wal").write_bytes(log)
    if not refused:
        await (await Store.open(sqlite_url(path), TownClock(MONDAY))).close()
        return
    assert "its log is unsound" in await refusal(sqlite_url(path))
    assert path.read_bytes() == whole
    assert path.with_name("desk.db-wal").read_bytes() == log


async def test_a_file_emptied_where_a_desk_was_is_refused_and_a_new_one_begins(tmp_path: Path) -> None:
    path, log = tmp_path / "desk.db", tmp_path / "desk.db-wal"
    path.touch()  # as a first start leaves it that was killed
    await (await Store.open(sqlite_url(path), TownClock(MONDAY))).close()
    backup = tmp_path / "backups" / "desk-2026-11-21.db"
    backup.parent.mkdir()
    backup.write_bytes(path.read_bytes())
    path.write_bytes(b"")
    assert "backups/desk-2026-11-21.db" in await refusal(sqlite_url(path))
    log.write_bytes(bytes(5000))
    assert "desk.db-wal" in await refusal(sqlite_url(path))
    path.unlink()
    assert "desk.db is gone" in await refusal(sqlite_url(path))
    assert log.stat().st_size == 5000
    log.unlink()  # the file removed on purpose, the backups kept
    await (await Store.open(sqlite_url(path), TownClock(MONDAY))).close()


async def write_much(path: Path) -> None:
    """A desk's file with a few hundred pages, all in the one file."""
    store = await Store.open(sqlite_url(path), TownClock(MONDAY))
    for n in range(120):
        await store.put([letter(f"SM{n}", text="x" * 900)])
    await store.close()
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.execute("PRAGMA journal_mode=DELETE")


PAGE, LEAF = 4096, 13


def spoil(content: bytearray) -> None:
    """The heads of most pages are overwritten: SQLite cannot read them at all."""
    for page in range(8, len(content) // PAGE - 1):
        content[page * PAGE : page * PAGE + 200] = b"\xff" * 200


def disorder(content: bytearray) -> None:
    """Two rows of the last full page change places: every row can be read, the file is wrong all the same."""
    pages = reversed(range(len(content) // PAGE))
    at = next(p * PAGE for p in pages if content[p * PAGE] == LEAF and content[p * PAGE + 4] >= 2)
    content[at + 8 : at + 10], content[at + 10 : at + 12] = content[at + 10 : at + 12], content[at + 8 : at + 10]


async def test_a_database_of_newer_code_is_refused(database_url: str) -> None:
    migrate.upgrade(database_url)
    engine = sync_engine(database_url)
    with engine.begin() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    engine.dispose()
    said = await refusal(database_url)
    assert "9999" in said
    assert "newer" in said
    assert migrate.current(database_url) == "9999"


@pytest.mark.parametrize(("first", "then"), [(True, False), (False, True)])
async def test_a_demo_s_database_and_a_real_desk_s_are_never_mixed(database_url: str, first: bool, then: bool) -> None:
    store = await Store.open(database_url, demo=first)
    await store.close()
    assert "sandbox" in await refusal(database_url, demo=then)
    again = await Store.open(database_url, demo=first)
    await again.close()


async def test_a_file_held_by_another_program_is_told_and_not_called_damaged(
    sqlite_migrated_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.store.engine.BUSY_MS", 30)
    monkeypatch.setattr(
        "bot.store.engine.SQLITE_PRAGMAS",
        ("PRAGMA busy_timeout=30", "PRAGMA synchronous=FULL", "PRAGMA foreign_keys=ON"),
    )
    path = Path(sqlite_migrated_url.partition(":///")[2])
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreBusy):
            await Store.open(sqlite_migrated_url)
        connection.execute("ROLLBACK")


async def test_a_server_that_does_not_answer_is_told(postgresql_migrated_url: str) -> None:
    gone = sa.engine.make_url(postgresql_migrated_url).set(port=1).render_as_string(hide_password=False)
    with pytest.raises(StoreError):
        await Store.open(gone)


async def test_a_folder_that_is_not_there_is_made(tmp_path: Path) -> None:
    store = await Store.open(sqlite_url(tmp_path / "deep" / "down" / "desk.db"))
    assert await store.ready()
    await store.close()


def of_others(folder: Path) -> dict[str, int]:
    """What group and others may do with each file."""
    return {path.name: path.stat().st_mode & 0o077 for path in folder.iterdir()}


async def test_a_new_file_and_its_log_are_for_their_owner_s_eyes(tmp_path: Path) -> None:
    before, folder = os.umask(0o022), tmp_path / "new"
    try:
        store = await Store.open(sqlite_url(folder / "desk.db"), TownClock(MONDAY))
        await store.put([letter("SM1")])
        rights = {**of_others(folder), **of_others(tmp_path)}
        await store.close()
    finally:
        os.umask(before)
    assert set(rights) >= {"desk.db", "desk.db-wal", "new"}
    assert set(rights.values()) == {0}


async def test_what_was_committed_is_there_after_the_process_vanished(database_url: str) -> None:
    """No closing, no checkpoint: another process opens what the first one left."""
    clock = TownClock(MONDAY)
    first = await Store.open(database_url, clock)
    await first.put([letter("SM1")])
    await first.write(say, "said once")
    second = await Store.open(database_url, clock)
    assert await second.put([letter("SM1")]) == 0
    assert await second.write(say, "said once") is None
    assert await second.waiting_lanes() == ["whatsapp:+33612345678"]
    await second.close()
    await first.close()


async def test_the_sandbox_s_clock_goes_on_where_it_stood_and_never_back(database_url: str) -> None:
    store = await Store.open(database_url, demo=True)
    later = store.clock.now() + timedelta(days=3)
    await store.move_clock(later)
    await store.move_clock(later - timedelta(days=2))
    assert store.clock.now() >= later
    await store.close()
    again = await Store.open(database_url, demo=True)
    await again.load_clock()
    assert again.clock.now() >= later
    await again.close()


async def test_ready_means_this_code_s_tables(migrated_url: str) -> None:
    store = await Store.open(migrated_url)
    assert await store.ready()

    def age(tx: Tx) -> None:
        tx.run(sa.text("UPDATE alembic_version SET version_num = '0000'"))

    await store.write(age)
    assert not await store.ready()
    await store.close()


async def test_what_a_killed_service_had_in_hand_waits_for_no_lease(sqlite_migrated_url: str) -> None:
    clock = TownClock(MONDAY)
    killed = await Store.open(sqlite_migrated_url, clock, alone=True)
    await killed.write(say, "reminder")
    await killed.write(lambda tx: tx.runs.begin("digest", MONDAY))
    [claimed] = await killed.write(claim_rows, "whatsapp", "us", 1)
    await killed.close()

    beside = await Store.open(sqlite_migrated_url, clock)  # a command: the service may be alive
    assert await beside.write(lambda tx: tx.outbox.ran_out()) == []
    assert await beside.write(lambda tx: tx.runs.begin("digest", MONDAY)) is None
    await beside.close()

    again = await Store.open(sqlite_migrated_url, clock, alone=True)
    assert await again.write(lambda tx: tx.outbox.ran_out()) == [(claimed.lease, False)]
    assert await again.write(lambda tx: tx.runs.begin("digest", MONDAY)) is not None
    await again.close()
