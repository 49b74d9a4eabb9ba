"""`main.py export [FOLDER]`: items, people, running loans, debts and payments as CSV files that `import` takes again;
or all of one person, as JSON."""

from __future__ import annotations

import contextlib
import json
import sys
from pathlib import Path
from typing import Any

from bot.commands.which import DONE, REFUSED, NoDepartment, department_named, kept_database_of
from bot.commands.writing import replace_files
from bot.config import Config
from bot.core.lists import Kind, write_list
from bot.core.people import BadPhone, phone_from
from bot.store import Store, Tx, exporting, exporting_money, exporting_person

FOLDER = "data/export"
CHANNELS = ("whatsapp", "sms", "telegram", "email")
Lists = dict[Kind, list[dict[str, str]]]


async def run_export(config: Config, folder: str | None, department: str | None) -> int:
    """Write a file for each list (those of debts where there are any), print where; the exit status. Raises StoreError.

    folder: made when it is not there; files of an earlier export are replaced. department: its name, may be None when
    there is one.
    """
    store = await Store.open(kept_database_of(config), demo=config.sandboxed)
    try:
        lists = await store.write(_lists, department)
    except NoDepartment as error:
        print(error, file=sys.stderr)
        return REFUSED
    finally:
        await store.close()
    return _written(Path(folder or FOLDER), lists)


async def run_export_person(config: Config, name: str, folder: str | None, department: str | None) -> int:
    """Write all that is held of one person as JSON; the exit status. Raises StoreError.

    name: as `/contact` would find it, or the number of an address, as people write it or as we keep it.
    """
    store = await Store.open(kept_database_of(config), demo=config.sandboxed)
    store.desk.region = config.default_region
    try:
        made = await store.write(_person, name, department)
    except NoDepartment as error:
        print(error, file=sys.stderr)
        return REFUSED
    finally:
        await store.close()
    path = Path(folder or FOLDER) / f"person-{made['person']['id']}.json"
    try:
        replace_files({path: json.dumps(made, ensure_ascii=False, indent=2).encode()})
    except OSError as error:
        print(f"{path}: {error.strerror or error}", file=sys.stderr)
        return REFUSED
    print(f"{path}: {made['person']['name']}")
    return DONE


def _person(tx: Tx, name: str, department: str | None) -> dict[str, Any]:
    """Raises NoDepartment, also for a name that means nobody or several."""
    desk = department_named(tx, department)
    values = [name]
    with contextlib.suppress(BadPhone):
        values.append(phone_from(name, tx.desk.region))
    written = [tx.people.find_address(channel, value) for value in values for channel in CHANNELS]
    found = [tx.people.get(a.contact_id) for a in written if a is not None][:1] or tx.people.named(desk.id, name)
    if len(found) != 1:
        several = ", ".join(f"“{c.name}”" for c in found[:8])
        raise NoDepartment(f"several people fit “{name}”: {several}" if found else f"nobody is called “{name}”")
    return exporting_person.person(tx, found[0].id)


def _lists(tx: Tx, department: str | None) -> Lists:
    desk = department_named(tx, department)
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


def _written(folder: Path, lists: Lists) -> int:
    try:
        replace_files({folder / f"{kind}.csv": write_list(kind, rows) for kind, rows in lists.items()})
    except OSError as error:
        print(f"{folder}: {error.strerror or error}", file=sys.stderr)
        return REFUSED
    for kind, rows in lists.items():
        print(f"{folder / f'{kind}.csv'}: {len(rows)} {kind}")
    return DONE
