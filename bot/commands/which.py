"""Which database and which department a command is about."""

from __future__ import annotations

import sys
from pathlib import Path

from bot.config import DATABASE, SANDBOX_DATABASE, Config
from bot.core.people import Department
from bot.core.spoken import fold
from bot.store import Tx
from bot.store.engine import sqlite_path
from bot.store.errors import StoreError

DONE, REFUSED = 0, 1


class NoDepartment(Exception):
    """No department, or several and none chosen; the message is a sentence."""


def database_of(config: Config) -> str:
    """The database that `serve` would open: the sandbox's own while no provider is configured."""
    return SANDBOX_DATABASE if config.sandboxed and config.database_url == DATABASE else config.database_url


def kept_database_of(config: Config) -> str:
    """The same for what only reads. Raises StoreError where there is no file yet: one made by a look from another
    folder would be taken for the desk's by the next backup."""
    url = database_of(config)
    path = sqlite_path(url)
    if path is not None and _is_missing(path) and _is_missing(Path(f"{path}-wal")):
        raise StoreError(f"there is no database at {path} yet: start the desk once, or import lists")
    return url


def _is_missing(path: Path) -> bool:
    """False in a folder that may not be entered: nobody knows, and opening it tells."""
    try:
        path.lstat()
    except FileNotFoundError:
        return True
    except OSError:
        return False
    return False


def tell_of_sandbox(config: Config) -> None:
    """Say whose database a command takes while no provider is configured: mostly it was typed in another folder than
    the one that holds `.env`."""
    if config.sandboxed:
        path = sqlite_path(database_of(config)) or "DATABASE_URL"
        french = f"Aucun fournisseur configuré : pour le bac à sable, {path}."
        print(f"{french} / No provider is configured: for the sandbox, {path}.", file=sys.stderr)


def department_named(tx: Tx, wanted: str | None) -> Department:
    """The department of that name, or the only one. Raises NoDepartment."""
    known = list(tx.departments.all().values())
    fitting = [d for d in known if wanted is None or fold(d.name) == fold(wanted)]
    if len(fitting) == 1:
        return fitting[0]
    names = ", ".join(f"“{d.name}”" for d in known)
    if not known:
        raise NoDepartment("there is no department yet: start the desk once, or import lists")
    if wanted is None:
        raise NoDepartment(f"there are several departments: say which with --department ({names})")
    found = f"{len(fitting)} departments are" if fitting else "no department is"
    raise NoDepartment(f"{found} called “{wanted}”: there are {names}")
