"""`main.py export [FOLDER]`: items, people, running loans, debts and payments as CSV files that `import` takes again;
or all of one person, as JSON."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bot.config import DATABASE, Config
from bot.core.lists import Kind, write_list
from bot.core.people import Department
from bot.core.spoken import fold
from bot.store import Store, Tx, exporting, exporting_money, exporting_person

DONE, REFUSED = 0, 1
FOLDER = "data/export"
CHANNELS = ("whatsapp", "sms", "telegram", "email")
Lists = dict[Kind, list[dict[str, str]]]


class NoDesk(Exception):
    """No department, or several and none chosen; the message is a sentence."""


async def run_export(config: Config, folder: str | None, department: str | None) -> int:
    """Write a file for each list (those of debts where there are any), print where; the exit status. Raises StoreError.

    folder: made when it is not there; files of an earlier export are replaced. department: its name, may be None when
    there is one.
    """
    store = await Store.open(database_of(config), demo=config.sandboxed)
    try:
        lists = await store.write(_lists, department)
    except NoDesk as error:
        sys.stderr.write(f"{error}\n")
        return REFUSED
    finally:
        await store.close()
    return _written(Path(folder or FOLDER), lists)


async def run_export_person(config: Config, name: str, folder: str | None, department: str | None) -> int:
    """Write all that is held of one person as JSON; the exit status. Raises StoreError.

    name: as `/contact` would find it, or the number of an address.
    """
    store = await Store.open(database_of(config), demo=config.sandboxed)
    try:
        made = await store.write(_person, name, department)
    except NoDesk as error:
        sys.stderr.write(f"{error}\n")
        return REFUSED
    finally:
        await store.close()
    path = Path(folder or FOLDER) / f"person-{made['person']['id']}.json"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _replace(path, json.dumps(made, ensure_ascii=False, indent=2).encode())
    except OSError as error:
        sys.stderr.write(f"{path}: {error.strerror or error}\n")
        return REFUSED
    sys.stdout.write(f"{path}: {made['person']['name']}\n")
    return DONE


def _person(tx: Tx, name: str, department: str | None) -> dict[str, Any]:
    """Raises NoDesk, also for a name that means nobody or several."""
    desk = chosen(tx, department)
    written = [tx.people.find_address(channel, name) for channel in CHANNELS]
    found = [tx.people.get(a.contact_id) for a in written if a is not None][:1] or tx.people.named(desk.id, name)
    if len(found) != 1:
        several = ", ".join(f"“{c.name}”" for c in found[:8])
        raise NoDesk(f"several people fit “{name}”: {several}" if found else f"nobody is called “{name}”")
    return exporting_person.person(tx, found[0].id)


def database_of(config: Config) -> str:
    """The database that `serve` would open, the sandbox's when no provider is configured."""
    if not config.sandboxed or config.database_url != DATABASE:
        return config.database_url
    from bot.box import SANDBOX_DATABASE

    return SANDBOX_DATABASE


def _lists(tx: Tx, department: str | None) -> Lists:
    desk = chosen(tx, department)
    lists = {
        Kind.ITEMS: exporting.items(tx, desk.id),
        Kind.PEOPLE: exporting.people(tx, desk.id),
        Kind.LOANS: exporting.loans(tx, desk.id, desk.zone),
    }
    money = {
        Kind.DEBTS: exporting_money.debts(tx, desk.id),
        Kind.PAYMENTS: exporting_money.payments(tx, desk.id, desk.zone),
    }
    return lists | {kind: rows for kind, rows in money.items() if rows}


def chosen(tx: Tx, wanted: str | None) -> Department:
    """The department of that name, or the only one. Raises NoDesk."""
    known: Sequence[Department] = list(tx.departments.all().values())
    fitting = [d for d in known if wanted is None or fold(d.name) == fold(wanted)]
    if len(fitting) == 1:
        return fitting[0]
    names = ", ".join(f"“{d.name}”" for d in known)
    if not known:
        raise NoDesk("there is no department yet: start the desk once, or import lists")
    if wanted is None:
        raise NoDesk(f"there are several departments: say which with --department ({names})")
    raise NoDesk(f"{len(fitting) or 'no'} departments are called “{wanted}”: there are {names}")


def _written(folder: Path, lists: Lists) -> int:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for kind, rows in lists.items():
            path = folder / f"{kind}.csv"
            _replace(path, write_list(kind, rows))
            sys.stdout.write(f"{path}: {len(rows)} {kind}\n")
    except OSError as error:
        sys.stderr.write(f"{folder}: {error.strerror or error}\n")
        return REFUSED
    return DONE


def _replace(path: Path, content: bytes) -> None:
    """Whole or not at all, and for nobody else on this machine: names and numbers of people stand in it."""
    beside = path.with_name(f".{path.name}.part")
    beside.unlink(missing_ok=True)
    with open(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
    beside.replace(path)
