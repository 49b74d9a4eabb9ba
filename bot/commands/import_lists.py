"""`main.py import FILE…`: items, people and running loans from CSV files, all kept or none."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from tqdm import tqdm

from bot.commands.which import DONE, REFUSED, NoDepartment, database_of, department_named
from bot.config import Config
from bot.core.listed_cells import Reading
from bot.core.listed_reading import read_listings
from bot.core.lists import MOST_BYTES, BadList, Kind, Listing, read_list
from bot.core.people import Department
from bot.first_rules import first_rules
from bot.store import Store, Tx
from bot.store.importing import NotTaken, Tally
from handlers.files import take_lists
from handlers.settings import UNNAMED
from handlers.workbook import listed as unpacked

MOST_TOLD = 100  # refused rows that are listed; the rest are counted


class Refused(Exception):
    """Nothing is imported, for these reasons."""

    def __init__(self, *sentences: str) -> None:
        super().__init__("\n".join(sentences))
        self.sentences = sentences


async def run_import(config: Config, files: Sequence[str], department: str | None) -> int:
    """Import the files together, in one transaction; the exit status. Raises StoreError.

    department: name of the desk's department; may be None when there is one.
    """
    try:
        listings = [_opened(Path(file)) for file in files]
        _different_names(listings)
        tallies = await _keep(config, listings, department)
    except Refused as refused:
        _tell(refused.sentences)
        return REFUSED
    for listing in listings:
        print(_summary(listing, tallies[listing.name]))
    return DONE


# --- the files -----------------------------------------------------------------------------------


def _opened(path: Path) -> Listing:
    """Raises Refused."""
    try:
        with path.open("rb") as file:
            content = file.read(MOST_BYTES + 1)
        return read_list(path.name, unpacked(content))
    except OSError as error:
        raise Refused(f"{path.name or path}: {error.strerror or error}") from error
    except BadList as error:
        raise Refused(f"{path.name}: {error}") from error


def _different_names(listings: Sequence[Listing]) -> None:
    names = [listing.name for listing in listings]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice:
        raise Refused(f"{twice}: two files of that name; rename one, or a refused row could not be told from another")


# --- the desk ------------------------------------------------------------------------------------


async def _keep(config: Config, listings: Sequence[Listing], department: str | None) -> dict[str, Tally]:
    store = await Store.open(database_of(config), demo=config.sandboxed)
    try:
        store.desk.region, store.desk.first_rules = config.default_region, first_rules(config)
        if config.telegram_on or config.sandboxed:
            store.desk.roads["telegram"] = "telegram"  # the card waits for the service, which has the sender
        desk = await store.write(_chosen, department, config)
        now = store.clock.now()
        listed = read_listings(listings, Reading(desk, store.desk.region, now))
        if listed.faults:
            raise NotTaken(listed.faults)
        by = {x.name: f"import {x.name}, {now.astimezone(desk.zone).date().isoformat()}" for x in listings}
        with _progress(sum(len(x.rows) for x in listings)) as bar:
            return await store.write(take_lists, desk.id, listed, by, bar.update)
    except NotTaken as error:
        raise Refused(*error.faults) from error
    except NoDepartment as error:
        raise Refused(str(error)) from error
    finally:
        await store.close()


def _chosen(tx: Tx, wanted: str | None, config: Config) -> Department:
    """The department the lists are of; the first one is made when there is none yet. Raises NoDepartment."""
    if config.sandboxed and tx.runs.noted("furnished") is None:
        tx.runs.note("furnished", "import")  # a desk's own items and the demo's do not mix: codes would clash
    if not tx.departments.all():
        name = wanted or UNNAMED
        return tx.departments.add(name=name, zone=config.timezone, language=config.default_language)
    return department_named(tx, wanted)


# --- what is told --------------------------------------------------------------------------------


def _progress(rows: int) -> tqdm[NoReturn]:
    """A bar on a terminal, nothing elsewhere."""
    return tqdm(total=rows, unit=" rows", disable=None, file=sys.stderr, leave=False)


def _summary(listing: Listing, tally: Tally) -> str:
    total = f"{len(listing.rows)} {listing.kind}"
    unread = f" (not read: {', '.join(listing.unread)})" if listing.unread else ""
    if not tally.new and not tally.changed:
        return f"{listing.name}: unchanged, {total}{unread}"
    held = ", held until staff say go" if listing.kind is Kind.LOANS else ""
    return f"{listing.name}: {total}: {tally.new} new, {tally.changed} changed, {tally.same} unchanged{held}{unread}"


def _tell(sentences: Sequence[str]) -> None:
    shown = sentences[:MOST_TOLD]
    rest = [f"… and {len(sentences) - len(shown)} more"] if len(sentences) > len(shown) else []
    print(*shown, *rest, "Nothing was imported.", sep="\n", file=sys.stderr)
