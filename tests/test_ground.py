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

from tests.conftest import Cluster
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


@pytest.mark.browser
async def test_a_page_runs_its_script(page: Page) -> None:
    await page.set_content("<p id=said></p><script>said.textContent = 'rendu'</script>")
    assert await page.text_content("#said") == "rendu"
