"""`main.py move`: a desk with a day of conversation behind it goes on on PostgreSQL as if nothing had happened."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.commands.move import run_move
from bot.config import load
from bot.store import Store, StoreError, StoreRefused, Tx, moving
from bot.store.engine import sqlite_path, sync_engine
from bot.store.merging import merge
from bot.store.migrate import current
from bot.store.restored import NUMBERS_LEFT_OUT, leave_numbers_out
from bot.store.tables import metadata
from tests.conftest import Cluster
from tests.town import Town


async def lived_in(url: str) -> None:
    """A loan and a return declared."""
    async with Town(url) as town:
        await town.sam.says("/pret PERC-001 Awa vendredi 18h")
        await town.awa.says("RENDU")


def run(url: str, target: str) -> int:
    return run_move(load({"DATABASE_URL": url}, None), target)


def everything(url: str) -> dict[str, list[tuple[object, ...]]]:
    engine = sync_engine(url)
    with engine.connect() as connection:
        found = {t.name: [tuple(r) for r in connection.execute(sa.select(t))] for t in metadata.sorted_tables}
    engine.dispose()
    found["meta"] = [row for row in found["meta"] if row[0] != moving.LEFT]
    return {name: sorted(rows, key=repr) for name, rows in found.items()}


async def test_a_desk_moves_and_goes_on(
    sqlite_migrated_url: str, postgresql_database_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    await lived_in(sqlite_migrated_url)
    store = await Store.open(sqlite_migrated_url)
    await store.write(leave_numbers_out, {})  # as it came back from a backup once
    await store.close()
    assert run(sqlite_migrated_url, postgresql_database_url) == 0
    assert "loan: 1" in capsys.readouterr().out
    assert everything(sqlite_migrated_url) == everything(postgresql_database_url)
    with pytest.raises(StoreError, match="has moved to"):
        await Store.open(sqlite_migrated_url)
    town = Town(postgresql_database_url)
    await town.network.start()
    await town.start()
    await town.awa.says("PRET TENTE-001 vendredi 18h")  # new rows are numbered after all that ever were
    assert max(everything(postgresql_database_url)["loan"])[0] == 1 + NUMBERS_LEFT_OUT + 1
    await town.awa.says("MES PRETS")
    assert "Perceuse Bosch" in town.awa.heard[-1]
    await town.__aexit__()
    assert run(sqlite_migrated_url, postgresql_database_url) == 1
    assert "this desk has moved to postgresql" in capsys.readouterr().err


async def test_a_desk_that_has_moved_is_carried_to_no_second_place(
    sqlite_migrated_url: str, postgres: Cluster, postgresql_database_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Both would remind the same people."""
    await lived_in(sqlite_migrated_url)
    assert run(sqlite_migrated_url, postgresql_database_url) == 0
    second = postgres.server.create()
    try:
        assert run(sqlite_migrated_url, postgres.server.url(second)) == 1
        assert "this desk has moved to postgresql" in capsys.readouterr().err
    finally:
        postgres.server.drop(second)


async def test_a_desk_that_has_moved_is_known_to_postgresql_s_planner(
    sqlite_migrated_url: str, postgresql_database_url: str
) -> None:
    await lived_in(sqlite_migrated_url)
    assert run(sqlite_migrated_url, postgresql_database_url) == 0
    engine = sync_engine(postgresql_database_url)
    with engine.connect() as connection:
        known = connection.execute(sa.text("SELECT count(*) FROM pg_stats WHERE tablename = 'loan'")).scalar_one()
    engine.dispose()
    assert known > 0


async def test_the_number_of_who_is_gone_is_given_to_nobody_else(
    sqlite_migrated_url: str, postgresql_database_url: str
) -> None:
    """A signed link in an old message may still name it."""
    before = await Store.open(sqlite_migrated_url)
    gone = await before.write(lambda tx: merged(tx, tx.people.add("Awa").id, tx.people.add("Awa").id))
    await before.close()
    assert run(sqlite_migrated_url, postgresql_database_url) == 0
    after = await Store.open(postgresql_database_url)
    assert (await after.write(lambda tx: tx.people.add("Karim"))).id > gone
    await after.close()


def merged(tx: Tx, keep: int, gone: int) -> int:
    merge(tx, keep, gone, "telegram:1")
    return gone


async def test_stopped_anywhere_it_goes_on(
    sqlite_migrated_url: str, postgresql_database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await lived_in(sqlite_migrated_url)
    monkeypatch.setattr(moving, "SLICE", 1)
    slices = 0

    def dies(table: str, rows: int) -> None:
        nonlocal slices
        slices += 1
        if slices % 61 == 0:  # a new try tells of some forty tables again
            raise KeyboardInterrupt

    for _ in range(100):
        try:
            moving.move(sqlite_migrated_url, postgresql_database_url, dies)
            break
        except KeyboardInterrupt:
            with pytest.raises(StoreError, match="was being moved"):
                await Store.open(postgresql_database_url)
    assert slices > 61
    assert everything(sqlite_migrated_url) == everything(postgresql_database_url)


async def test_served_again_before_it_went_on_nothing_old_arrives(
    sqlite_migrated_url: str, postgresql_database_url: str
) -> None:
    await lived_in(sqlite_migrated_url)

    def dies(table: str, rows: int) -> None:
        if table == "outbox":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        moving.move(sqlite_migrated_url, postgresql_database_url, dies)
    store = await Store.open(sqlite_migrated_url)
    await store.write(lambda tx: tx.connection.exec_driver_sql("UPDATE loan SET state = 'returned'"))
    await store.close()
    assert run(sqlite_migrated_url, postgresql_database_url) == 0
    assert everything(sqlite_migrated_url) == everything(postgresql_database_url)


async def test_a_row_that_postgresql_does_not_take_is_named_and_the_move_goes_on_once_it_is_mended(
    sqlite_migrated_url: str, postgresql_database_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """SQLite knows no longest text."""
    await lived_in(sqlite_migrated_url)

    def say(what: str) -> None:
        engine = sync_engine(sqlite_migrated_url)
        with engine.begin() as connection:
            connection.execute(sa.update(metadata.tables["item"]).where(sa.column("id") == 1).values(code=what))
        engine.dispose()

    say("x" * 100_000)
    assert run(sqlite_migrated_url, postgresql_database_url) == 1
    assert capsys.readouterr().err.strip().startswith("item, id 1: PostgreSQL does not take this row (value too long")
    say("x")
    assert run(sqlite_migrated_url, postgresql_database_url) == 0
    assert everything(sqlite_migrated_url) == everything(postgresql_database_url)


def test_what_cannot_be_moved_is_told(
    sqlite_migrated_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = sqlite_path(sqlite_migrated_url)
    assert path is not None
    shutil.copyfile(path, tmp_path / "other.db")
    for target in (f"sqlite:///{tmp_path}/other.db", "nonsense", "mysql://h/d", "postgresql://postgres@127.0.0.1:1"):
        assert run(sqlite_migrated_url, target) == 1
        assert "must be a PostgreSQL database" in capsys.readouterr().err
    assert run(f"sqlite:///{tmp_path}/none.db", "postgresql://h/d") == 1
    capsys.readouterr()
    assert run(sqlite_migrated_url, "postgresql://postgres:hunter2@127.0.0.1:1/none") == 1
    told = capsys.readouterr().err
    assert told.startswith("--to: the database does not answer")
    assert "hunter2" not in told


@pytest.mark.parametrize("encoding", ["LATIN1", "SQL_ASCII"])
def test_a_database_that_cannot_keep_every_text_is_refused(
    postgres: Cluster, sqlite_migrated_url: str, capsys: pytest.CaptureFixture[str], encoding: str
) -> None:
    """Each letter with an emoji would be turned away there, for as long as its provider tries."""
    name = f"in_{encoding.lower()}"
    with postgres.server.connect("postgres") as admin:
        admin.execute(f"CREATE DATABASE {name} TEMPLATE template0 ENCODING '{encoding}'")
    try:
        assert run(sqlite_migrated_url, postgres.server.url(name)) == 1
        assert f"--to: that database keeps text in {encoding}" in capsys.readouterr().err
        with pytest.raises(StoreRefused, match=encoding):
            current(postgres.server.url(name))
    finally:
        postgres.server.drop(name)


def test_a_role_that_may_make_no_tables_is_told_as_the_new_database_s(
    postgres: Cluster, postgresql_database_url: str, sqlite_migrated_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with postgres.server.connect("postgres") as admin:
        admin.execute("CREATE ROLE weak LOGIN")
    try:
        weak = sa.make_url(postgresql_database_url).set(username="weak").render_as_string()
        assert run(sqlite_migrated_url, weak) == 1
        assert capsys.readouterr().err.startswith("--to: this role may not make or read a desk's tables")
    finally:
        with postgres.server.connect("postgres") as admin:
            admin.execute("DROP ROLE weak")


def test_a_database_that_may_only_be_read_is_told(
    postgres: Cluster, postgresql_database_url: str, sqlite_migrated_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    name = sa.make_url(postgresql_database_url).database
    with postgres.server.connect("postgres") as admin:
        admin.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = on".encode())
    assert run(sqlite_migrated_url, postgresql_database_url) == 1
    assert capsys.readouterr().err.startswith("--to: it may only be read: a standby, or default_transaction_read_only")
