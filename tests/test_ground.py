"""The ground the other tests stand on: fresh databases of both engines, and a server that leaves nothing behind."""

from __future__ import annotations

import sqlite3
import subprocess
from collections.abc import Mapping
from pathlib import Path

import asyncpg
import psycopg
import pytest
from playwright.async_api import Page

from bot.store import migrate
from tests.conftest import Cluster
from tests.kept import Kept, shape
from tools import postgres as pg


def native(url: str) -> str:
    """The address without the name of SQLAlchemy's driver."""
    return url.replace("+asyncpg", "").replace("+aiosqlite", "")


async def tables(url: str) -> int:
    """How many tables of ours a database holds."""
    if url.startswith("sqlite"):
        with sqlite3.connect(url.split("///", 1)[1]) as found:
            count: int = found.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
        return count
    connection = await asyncpg.connect(native(url))
    try:
        return int(await connection.fetchval("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"))
    finally:
        await connection.close()


async def test_a_fresh_database_is_empty(database_url: str) -> None:
    assert await tables(database_url) == 0


def test_two_databases_of_one_server_do_not_see_each_other(postgres: Cluster) -> None:
    first, second = postgres.server.create(), postgres.server.create()
    with psycopg.connect(native(postgres.server.url(first))) as one:
        one.execute("CREATE TABLE loan (id int)")
    with psycopg.connect(native(postgres.server.url(second))) as other:
        assert other.execute("SELECT to_regclass('loan')").fetchone() == (None,)


def test_a_copy_of_a_template_holds_what_the_template_held(postgres: Cluster) -> None:
    template = postgres.server.create()
    with psycopg.connect(native(postgres.server.url(template))) as one:
        one.execute("CREATE TABLE loan (id int)")
    postgres.server.disconnect_all(template)
    copy = postgres.server.create(template=template)
    with psycopg.connect(native(postgres.server.url(copy))) as other:
        assert other.execute("SELECT to_regclass('loan')::text").fetchone() == ("loan",)


def test_a_stopped_server_leaves_neither_files_nor_a_listener() -> None:
    server = pg.Server.start()
    home, url = server._home, native(server.url("postgres"))
    server.stop()
    assert not home.exists()
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(url)


def test_a_server_that_cannot_start_says_why_and_leaves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    homes: list[Path] = []
    real_launch = pg._launch

    def launch(programs: Path, home: Path, port: int, settings: Mapping[str, str]) -> subprocess.Popen[bytes]:
        homes.append(home)
        return real_launch(programs, home, port, settings)

    monkeypatch.setattr(pg, "_launch", launch)
    with pytest.raises(pg.PostgresUnavailable, match=r"did not start.*no_such_setting"):
        pg.Server.start({"no_such_setting": "1"})
    assert [home.exists() for home in homes] == [False]


async def test_a_migrated_database_is_a_fresh_copy_each_time(migrated_url: str) -> None:
    assert await tables(migrated_url) > 20


def test_a_migrated_server_database_is_put_back_after_each_test(postgres: Cluster) -> None:
    kept = Kept(postgres.server, postgres.migrated())
    url = kept.lend()
    add = "INSERT INTO meta (name, value) SELECT n::text, '1' FROM generate_series(1, 2000) n"
    with psycopg.connect(native(url), autocommit=True) as left_open:
        left_open.execute(add)
        left_open.execute("SELECT nextval('loan_id_seq'), nextval('loan_id_seq')")
        left_open.execute("DELETE FROM alembic_version")
        kept.take_back()
        with pytest.raises(psycopg.OperationalError):
            left_open.execute("SELECT 1")
    assert kept.lend() == url
    with psycopg.connect(native(url)) as found:
        assert found.execute("SELECT count(*) FROM meta").fetchone() == (0,)
        assert found.execute("SELECT pg_relation_size('meta')").fetchone() == (0,)
        assert found.execute("SELECT nextval('loan_id_seq')").fetchone() == (1,)
        assert found.execute("SELECT version_num FROM alembic_version").fetchone() == (migrate.HEAD,)
    kept.take_back()
    kept.close()


CHANGES = (
    "ALTER TABLE loan ADD COLUMN odd int", "ALTER TABLE loan ALTER number DROP NOT NULL", "DROP INDEX {index}",
    "ALTER TABLE loan ADD CONSTRAINT odd CHECK (id > 0)", "ALTER TABLE loan ALTER number SET DEFAULT 7",
    "CREATE TABLE odd (id int)", "CREATE SCHEMA odd", "ALTER DATABASE {name} SET lock_timeout = 5",
)  # fmt: skip


def test_a_server_database_whose_tables_a_test_changed_is_not_lent_again(postgres: Cluster) -> None:
    kept = Kept(postgres.server, postgres.migrated())
    url = kept.lend()
    with psycopg.connect(native(url), autocommit=True) as changing:
        names = "SELECT min(indexname), current_database() FROM pg_indexes WHERE indexname LIKE 'ix_loan%'"
        [(index, name)] = changing.execute(names).fetchall()
        before = shape(changing)
        for change in CHANGES:
            with changing.transaction(force_rollback=True):
                changing.execute(change.format(index=index, name=name).encode())
                assert shape(changing) != before, change
        assert shape(changing) == before
        changing.execute(CHANGES[0].encode())
    kept.take_back()
    assert kept.lend() != url
    kept.take_back()
    kept.close()


@pytest.mark.browser
async def test_a_page_runs_its_script(page: Page) -> None:
    await page.set_content("<p id=said></p><script>said.textContent = 'rendu'</script>")
    assert await page.text_content("#said") == "rendu"
