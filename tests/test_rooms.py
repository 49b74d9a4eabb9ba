"""Who may import whom, read from every import of every file, those inside functions included."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath

import pytest

ROOT = Path(__file__).parent.parent
CORE, STORE, TEXTS, BASE = "bot.core", "bot.store", "bot.texts", "bot.channels.base"

# A room is the longest of these names that a file's module begins with; its own room is always open to it.
MAY_IMPORT: dict[str, tuple[str, ...]] = {
    "main": ("bot", "handlers", "jobs"),
    "bot.service": ("bot", "handlers", "jobs"),
    "bot.parts": ("bot.channels", "bot.config", CORE),
    "bot.updater": ("bot.channels", "bot.config", "bot.parts", STORE, CORE),
    "bot.box": ("bot", "handlers", "jobs"),
    "bot.commands": ("bot", "handlers", "jobs"),
    "jobs": ("handlers", TEXTS, STORE, BASE, CORE),
    "handlers": (TEXTS, STORE, CORE),
    "bot.web": (TEXTS, STORE, BASE, CORE),
    "bot.sandbox": (STORE, CORE),
    "bot.channels": (CORE,),
    "bot.store": (CORE,),
    "bot.texts": (CORE, "bot.texts_filters", "bot.texts_lexicon", "bot.texts_mail", "bot.texts_overrides"),
    "bot.texts_filters": (CORE, "bot.texts_lexicon", "bot.texts_overrides"),
    "bot.texts_lexicon": (CORE,),
    "bot.texts_mail": (CORE,),
    "bot.texts_overrides": (CORE,),
    "bot.core": (),
    "bot.first_rules": (CORE, "bot.config"),
    "bot.config": ("bot.config_checks", "bot.config_values"),
    "bot.config_checks": ("bot.config", "bot.config_values"),
    "bot.config_values": ("bot.core.zones",),
    "bot.logs": ("bot.masking",),
    "bot.masking": (),
    "bot.process": (),
    "bot.docstrings": (),
}
# The one place (or the few) that may know a library; matched like rooms.
KNOWN_ONLY_TO: dict[str, tuple[str, ...]] = {
    "aiogram": (
        *(f"bot.channels.telegram{part}" for part in ("", "_attempt", "_library", "_writing")),
        "bot.sandbox",
    ),
    "twilio": tuple(f"bot.channels.twilio{part}" for part in ("", "_door", "_http_client", "_library")),
    "aiosmtplib": ("bot.channels.email",),
    "aiosmtpd": ("bot.sandbox",),
    "sqlalchemy": (STORE,),
    "alembic": (STORE,),
    "asyncpg": (STORE,),
    "psycopg": (STORE,),
    "sqlite3": (STORE,),
    "apscheduler": ("jobs.runner",),
    "prometheus_client": ("bot.web.exposition",),
    "os.environ": ("bot.config",),
    "os.getenv": ("bot.config",),
    "dotenv": ("bot.config",),
}
CORE_MAY_LOOK_UP_IN = frozenset({"phonenumbers", "rapidfuzz", "babel", "holidays"})
# Of the standard library: what waits, what talks to the outside, what keeps.
NOT_FOR_THE_CORE = frozenset({"asyncio", "http", "multiprocessing", "socket", "ssl", "subprocess", "threading"})
CLOCKS = frozenset(
    {
        *("datetime.now", "datetime.utcnow", "datetime.today", "date.today"),
        *("time.time", "time.time_ns", "time.monotonic", "time.monotonic_ns", "time.localtime", "time.gmtime"),
    }
)
# Rooms whose functions are plain: they are told the time and never wait.
PLAIN = ("bot.core", "handlers")


def ours() -> list[Path]:
    """Every file of the service, relative to the root; tests, tools and benchmarks may import what they like."""
    folders = [path for name in ("bot", "handlers", "jobs") for path in (ROOT / name).rglob("*.py")]
    return sorted(path.relative_to(ROOT) for path in [*folders, ROOT / "main.py"] if path.exists())


def module_of(file: PurePosixPath) -> str:
    return ".".join(file.with_suffix("").parts).removesuffix(".__init__")


def within(name: str, parents: tuple[str, ...]) -> bool:
    return any(name == parent or name.startswith(parent + ".") for parent in parents)


def room_of(module: str) -> str | None:
    return max((room for room in MAY_IMPORT if within(module, (room,))), key=len, default=None)


def imports(tree: ast.AST) -> Iterator[str]:
    """The dotted name of everything a file imports: `from a import b` gives `a.b`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from ("." * node.level + f"{node.module or ''}.{alias.name}".strip(".") for alias in node.names)
        elif isinstance(node, ast.Call) and _last_name(node.func) in ("import_module", "__import__"):
            yield from (str(word.value) for word in node.args[:1] if isinstance(word, ast.Constant))


def _last_name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def dotted(tree: ast.AST) -> Iterator[str]:
    """Every `a.b` that is read in a file, as written."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            yield f"{node.value.id}.{node.attr}"


def breaches(file: PurePosixPath, source: str) -> list[str]:
    """What a file does that its room may not, one sentence each."""
    module, tree = module_of(file), ast.parse(source)
    room = room_of(module)
    if room is None:
        return [] if module == "bot" and not tree.body else [f"{file} belongs to no room: add it to MAY_IMPORT"]
    found = set(imports(tree))
    told = [*_wrong_rooms(file, room, found), *_wrong_libraries(file, module, found | set(dotted(tree)))]
    if within(module, ("bot.core",)):
        told += _impure(file, found)
    if within(module, PLAIN):
        told += _not_plain(file, tree)
    return sorted(told)


def _wrong_rooms(file: PurePosixPath, room: str, found: set[str]) -> Iterator[str]:
    allowed = (room, *MAY_IMPORT[room])
    for name in found:
        if name.startswith("."):
            yield f"{file} imports {name}: write the whole name"
        elif within(name, ("bot", "handlers", "jobs", "main")) and not within(name, allowed):
            yield f"{file} imports {name}, but {room} may import only {', '.join(MAY_IMPORT[room]) or 'itself'}"


def _wrong_libraries(file: PurePosixPath, module: str, found: set[str]) -> Iterator[str]:
    for library, places in KNOWN_ONLY_TO.items():
        if any(within(name, (library,)) for name in found) and not within(module, places):
            yield f"{file} knows {library}, but only {' and '.join(places)} may"


def _impure(file: PurePosixPath, found: set[str]) -> Iterator[str]:
    for name in sorted({name.partition(".")[0] for name in found}):
        known = name in sys.stdlib_module_names and name not in NOT_FOR_THE_CORE
        if not (known or name == "bot" or name in CORE_MAY_LOOK_UP_IN):
            yield f"{file} imports {name}, but bot.core is pure: standard library and look-ups only"


def _not_plain(file: PurePosixPath, tree: ast.AST) -> Iterator[str]:
    for clock in sorted(CLOCKS & set(dotted(tree))):
        yield f"{file} reads {clock}: take `now` as an argument"
    if any(isinstance(node, ast.AsyncFunctionDef | ast.Await) for node in ast.walk(tree)):
        yield f"{file} waits: functions here are plain"


def test_every_file_keeps_to_its_room() -> None:
    told = [told for file in ours() for told in breaches(PurePosixPath(file), (ROOT / file).read_text("utf-8"))]
    assert not told, "\n".join(told)


def test_every_room_has_files() -> None:
    assert {room_of(module_of(PurePosixPath(file))) for file in ours()} - {None} == set(MAY_IMPORT)


@pytest.mark.parametrize(
    ("file", "source", "sentence"),
    [
        (
            "handlers/returns.py",
            "import bot.channels.twilio",
            "handlers/returns.py imports bot.channels.twilio, "
            "but handlers may import only bot.texts, bot.store, bot.core",
        ),
        ("handlers/returns.py", "from bot.channels import twilio", "imports bot.channels.twilio"),
        ("handlers/returns.py", "def f():\n    from bot import web", "imports bot.web"),
        (
            "handlers/returns.py",
            "import importlib\nimportlib.import_module('jobs.x')",
            "imports jobs.x",
        ),
        ("handlers/returns.py", "from bot.channels.base import Words", "imports bot.channels.base.Words"),
        ("handlers/returns.py", "async def f(): pass", "waits"),
        ("handlers/returns.py", "from datetime import datetime\ndatetime.now()", "reads datetime.now"),
        ("bot/web/api.py", "from bot.channels import telegram", "imports bot.channels.telegram"),
        ("bot/web/api.py", "from bot.config import Config", "imports bot.config.Config"),
        ("bot/core/loans.py", "from bot.store import Store", "bot.core may import only itself"),
        ("bot/core/loans.py", "import aiohttp", "bot.core is pure"),
        ("bot/core/loans.py", "import asyncio", "bot.core is pure"),
        ("bot/core/loans.py", "import time\nt = time.time()", "reads time.time"),
        ("bot/store/loans.py", "from . import tables", "write the whole name"),
        ("bot/store/loans.py", "import handlers", "imports handlers"),
        ("bot/sandbox/page.py", "from bot.channels.base import Words", "bot.sandbox may import only"),
        ("jobs/deliver.py", "from aiogram import Bot", "knows aiogram, but only bot.channels.telegram and "),
        ("jobs/deliver.py", "from sqlalchemy.orm import Session", "knows sqlalchemy"),
        ("jobs/deliver.py", "import apscheduler", "knows apscheduler"),
        ("bot/sandbox/net.py", "from twilio.rest import Client", "knows twilio"),
        ("bot/web/api.py", "import os\nos.environ['PORT']", "knows os.environ"),
        ("bot/web/api.py", "from os import getenv", "knows os.getenv"),
        ("bot/new.py", "", "belongs to no room"),
    ],
)
def test_a_breach_is_named(file: str, source: str, sentence: str) -> None:
    (told,) = breaches(PurePosixPath(file), source)
    assert sentence in told


@pytest.mark.parametrize(
    ("file", "source"),
    [
        ("main.py", "from bot.web import api\nimport jobs.runner\nimport bot.sandbox"),
        ("jobs/runner.py", "import apscheduler\nfrom bot.channels.base import Channel\nimport handlers"),
        (
            "bot/channels/telegram.py",
            "import aiogram\nfrom bot.channels.base import Channel\nimport bot.core.words",
        ),
        ("bot/core/people.py", "import phonenumbers\nfrom datetime import datetime\nfrom bot.core import errors"),
        ("bot/config.py", "import os\nos.environ"),
        ("bot/__init__.py", ""),
    ],
)
def test_what_the_table_allows_is_allowed(file: str, source: str) -> None:
    assert breaches(PurePosixPath(file), source) == []


ON_FIRST_USE = [
    "PIL", "aiogram", "alembic", "babel", "bot.web.api", "bot.web.dashboard", "greenlet", "holidays", "openpyxl",
    "rapidfuzz", "requests", "rich", "segno", "sqlalchemy.dialects.postgresql", "sqlalchemy.orm", "twilio",
]  # fmt: skip


def test_the_rules_load_without_the_outside_world() -> None:
    """aiogram alone costs seconds and 100 MB: whoever needs a rule must not pay for it."""
    modules = [module_of(PurePosixPath(file)) for file in ours() if file.is_relative_to("bot/core")]
    heavy = ["aiogram", "aiohttp", "apscheduler", "pydantic", "sqlalchemy", "structlog", "twilio"]
    assert loaded_by(modules, [*heavy, *ON_FIRST_USE]) == []


def test_a_service_starts_without_what_few_messages_need() -> None:
    """Each takes 2 to 15 MB of every desk, at rest and for good."""
    assert loaded_by(["bot.logs", "bot.service"], ON_FIRST_USE) == []


def loaded_by(modules: Sequence[str], watched: Sequence[str]) -> list[str]:
    """Those of the watched modules that a new process has after importing these."""
    script = f"import sys, {', '.join(modules)}\nprint(*(name for name in {watched!r} if name in sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, timeout=110, check=False
    )
    assert done.stderr == ""
    return done.stdout.split()
