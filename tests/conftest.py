"""Databases for every test: fresh ones of both engines, empty or already migrated. A town on one, and its people.
And a browser's page.

`database_url` and `migrated_url` run their test once on SQLite and once on PostgreSQL. What is migrated was migrated
once in the session, which takes seconds: a SQLite file is copied, a database of PostgreSQL put back after each test.
"""

from __future__ import annotations

import gc
import os
import shutil
import ssl
import sys
from collections.abc import AsyncIterator, Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import certifi
import pytest
from hypothesis import HealthCheck, settings

from tests.kept import Kept
from tools.postgres import PostgresUnavailable, Server

if TYPE_CHECKING:  # only the tests that ask for them pay for the imports
    from playwright.async_api import Page

    from bot.store import Store
    from tests.town import Borrower, Colleague, Town, TownClock

ENGINES = ("sqlite", "postgresql")
SPARED = ("jobs", "conversations", "faults")
RUN_ELSEWHERE = {"several_writers", "slow"}
MEMORY = Path("/dev/shm")
ROOM = 2 * 1024**3  # bytes: far more than a run needs at once

# As main.py does while it loads: with Python's own 700 a quarter of the time until the first test was spent looking
# through modules and tests for garbage.
gc.set_threshold(50_000)

# What is slow on a busy machine is no fault of what is tested.
settings.register_profile("timeless", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("timeless")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--picture", action="store_true", help="write the README's picture of the sandbox anew")
    parser.addoption("--brief", action="store_true", help="the promises of a release in a fiftieth of their counts")


def pytest_configure() -> None:
    """Temporary folders lie in memory where there is room: a desk waits for the disk at each commit, and the tests
    commit some hundred thousand times. What a power cut would leave is in nobody's question here."""
    if MEMORY.is_dir() and os.access(MEMORY, os.W_OK):
        memory = os.statvfs(MEMORY)
        if memory.f_bavail * memory.f_frsize >= ROOM and not memory.f_flag & os.ST_NOEXEC:
            os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(MEMORY))


@pytest.hookimpl(tryfirst=True)  # before `-m` chooses
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """On PostgreSQL jobs and conversations are `thorough`: they cost twice what they do on SQLite. The store's own
    tests run on both every time, and so does what only several writers at once can show."""
    for item in items:
        marks = {mark.name for mark in item.iter_markers()}
        if item.path.parent.name in SPARED and "postgresql" in item.name and marks.isdisjoint(RUN_ELSEWHERE):
            item.add_marker(pytest.mark.thorough)


def pytest_collection_finish() -> None:
    """The modules and the tests stay until the end: from now on nobody looks through them for garbage."""
    gc.freeze()


@pytest.fixture(scope="session", autouse=True)
def _elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Tests run in a folder of their own: a desk on PostgreSQL keeps its files in `data`, and the
    project's may be those of a real desk."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("elsewhere"))
        patch.setenv("PYTHONPATH", str(Path(__file__).parents[1]))  # for programs that tests start
        yield


@pytest.fixture(scope="session", autouse=True)
def _one_list_of_authorities() -> Iterator[None]:
    """Each client of Telegram reads the public list of authorities, which takes 30 ms; here all share what the first
    has read. No line of the tests is encrypted by it."""
    made = ssl.create_default_context
    public = cache(lambda: made(cafile=certifi.where()))

    def create(*args: Any, **more: Any) -> ssl.SSLContext:
        return public() if (args, more) == ((), {"cafile": certifi.where()}) else made(*args, **more)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ssl, "create_default_context", create)
        yield


class Cluster:
    """The session's PostgreSQL server, started by the first test that asks for it."""

    def __init__(self) -> None:
        self._server: Server | None = None
        self._why_not = ""
        self._migrated: str | None = None

        self._kept: Kept | None = None

    @property
    def server(self) -> Server:
        """The running server. Fails the asking test with a sentence when it cannot start; tried once only."""
        if self._why_not:
            pytest.fail(self._why_not, pytrace=False)
        if self._server is None:
            try:
                self._server = Server.start()
            except PostgresUnavailable as error:
                self._why_not = str(error)
                pytest.fail(self._why_not, pytrace=False)
        return self._server

    def migrated(self) -> str:
        """The name of a database brought to the newest version: the template for the others."""
        if self._migrated is None:
            name = self.server.create()
            _upgrade(self.server.url(name))
            self.server.disconnect_all(name)
            self._migrated = name
        return self._migrated

    @property
    def kept(self) -> Kept:
        """The migrated database that is lent to the tests."""
        if self._kept is None:
            self._kept = Kept(self.server, self.migrated())
        return self._kept

    def stop(self) -> None:
        if self._kept is not None:
            self._kept.close()
        if self._server is not None:
            self._server.stop()


@pytest.fixture(scope="session")
def _many_stores() -> Iterator[None]:
    """What a service does once in its life, and the tests for each of a thousand stores, is done once here too."""
    import structlog

    from tests.compiled import compiled_once

    renderer = structlog.get_config()["processors"][-1]
    if isinstance(renderer, structlog.dev.ConsoleRenderer):
        renderer.exception_formatter = structlog.dev.plain_traceback  # rich draws each for half a second
    with compiled_once():
        yield


@pytest.fixture(scope="session")
def postgres(_many_stores: None) -> Iterator[Cluster]:
    """The session's PostgreSQL server; each worker of a parallel run has its own."""
    cluster = Cluster()
    yield cluster
    cluster.stop()


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory, _many_stores: None) -> Path:
    """A SQLite file brought to the newest version, to be copied and never opened."""
    path = tmp_path_factory.mktemp("migrated") / "desk.db"
    _upgrade(sqlite_url(path))
    return path


@pytest.fixture
def sqlite_database_url(tmp_path: Path) -> str:
    """A SQLite file that does not exist yet."""
    return sqlite_url(tmp_path / "desk.db")


@pytest.fixture
def sqlite_migrated_url(tmp_path: Path, migrated_sqlite: Path) -> str:
    """A fresh SQLite file of the newest version."""
    shutil.copyfile(migrated_sqlite, tmp_path / "desk.db")
    return sqlite_url(tmp_path / "desk.db")


@pytest.fixture
def postgresql_database_url(postgres: Cluster) -> Iterator[str]:
    """An empty PostgreSQL database."""
    name = postgres.server.create()
    yield postgres.server.url(name)
    postgres.server.drop(name)


@pytest.fixture
def postgresql_migrated_url(postgres: Cluster) -> Iterator[str]:
    """A PostgreSQL database of the newest version, as if it were fresh."""
    yield postgres.kept.lend()
    postgres.kept.take_back()


@pytest.fixture(params=ENGINES)
def database_url(request: pytest.FixtureRequest) -> str:
    """An empty database of each engine in turn, as DATABASE_URL would name it."""
    url: str = request.getfixturevalue(f"{request.param}_database_url")
    return url


@pytest.fixture(params=ENGINES)
def migrated_url(request: pytest.FixtureRequest) -> str:
    """A database of the newest version, of each engine in turn."""
    url: str = request.getfixturevalue(f"{request.param}_migrated_url")
    return url


@pytest.fixture
def clock() -> TownClock:
    """It stands at a Monday at nine."""
    from tests.town import MONDAY, TownClock

    return TownClock(MONDAY)


@pytest.fixture
async def store(request: pytest.FixtureRequest, migrated_url: str, clock: TownClock) -> AsyncIterator[Store]:
    """The store of an empty desk. On PostgreSQL it has one writer: each has a process at the server that reads the
    catalogue anew, a third of what a test costs. Those about several at once are marked `several_writers`."""
    from bot.store import Store, store

    with pytest.MonkeyPatch.context() as patch:
        if request.node.get_closest_marker("several_writers") is None:
            patch.setattr(store, "POSTGRES_WRITERS", 1)
        opened = await Store.open(migrated_url, clock)
    yield opened
    await opened.close()


@pytest.fixture
async def town(migrated_url: str) -> AsyncIterator[Town]:
    """A furnished desk on a Monday at nine."""
    from tests.town import Town

    async with Town(migrated_url) as opened:
        yield opened


@pytest.fixture
def awa(town: Town) -> Borrower:
    """She borrows by WhatsApp."""
    return town.awa


@pytest.fixture
def karim(town: Town) -> Borrower:
    """He borrows by Telegram."""
    return town.karim


@pytest.fixture
def sam(town: Town) -> Colleague:
    """Staff."""
    return town.sam


@pytest.fixture
async def page() -> AsyncIterator[Page]:
    """A fresh page of the machine's own Chromium. For tests marked `browser`; an error on the page fails the test."""
    from playwright.async_api import async_playwright

    chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if chromium is None:
        pytest.fail("no Chromium on this machine (Debian: apt-get install chromium)", pytrace=False)
    faults: list[str] = []
    async with async_playwright() as playwright:
        # As root Chromium has no sandbox of its own, and only pages of ours are opened.
        browser = await playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        opened = await browser.new_page(locale="fr-FR")
        opened.on("pageerror", lambda error: faults.append(str(error)))
        yield opened
        await browser.close()
    assert faults == []


def sqlite_url(path: Path) -> str:
    """The address of a SQLite file in the form that DATABASE_URL has."""
    return f"sqlite+aiosqlite:///{path}"


def _upgrade(url: str) -> None:
    # Imported when first asked for: the tests of the rules must not pay for SQLAlchemy and Alembic.
    from bot.store import migrate

    migrate.upgrade(url)


@pytest.fixture(autouse=True)
def _services_are_let_go() -> Iterator[None]:
    """aiohttp keeps the last thousand chains of handlers, and with them every service the tests have made: a gigabyte
    at the end of a run, and a collector that looks through it all the time."""
    yield
    served = sys.modules.get("aiohttp.web_app")
    if served is not None:
        served._cached_build_middleware.cache_clear()
