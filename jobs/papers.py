"""Files that pass through the chat, done by the fetch job: a list fetched, looked at and taken; lists and labels made.

A file is parsed beside the loop; the database is asked and changed in one transaction, so that a list is taken whole or
not at all. Looking at it is the same transaction, undone. What is handed out is read beside the writer.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping
from pathlib import Path

import structlog

from bot.channels.base import LARGEST_ATTACHMENT, Fetching, NotFetched
from bot.core.conversation import Choice, Rows, Say, To
from bot.core.listed import Listed
from bot.core.listed_cells import Reading
from bot.core.listed_reading import read_listings
from bot.core.lists import BadList, Kind, Listing, read_list, write_list
from bot.core.messages import Message
from bot.core.messages_files import FileCard, ImportPreview, ImportRefused
from bot.store import Store, StoreError, Tx, exporting, exporting_money
from bot.store.importing import NotTaken, Tally
from bot.store.papers import Paper
from bot.store.saying import Cause
from handlers.files import labelled, take_lists
from handlers.label_sheet import Link, sheet, telegram_link, whatsapp_link
from handlers.workbook import listed

log = structlog.get_logger("papers")

MOST_TOLD = 15  # refused rows that are listed; the rest are counted
FOLDER = "papers"
UNREADABLE = "a file that cannot be read: save it as “CSV UTF-8”"


class Paperwork:
    """What the fetch job does for files that pass through the chat."""

    def __init__(self, store: Store, channels: Mapping[str, Fetching]) -> None:
        self._store = store
        self._channels = channels

    async def one(self, row: Paper) -> None:
        """Do what is due of one file; what goes wrong is told to whoever sent it or asked for it."""
        try:
            if row.kind != "import":
                await self._make(row)
            elif row.state == "new":
                await self._look(row)
            else:
                await self._take(row)
        except NotFetched as error:
            log.warning("list_not_fetched", paper=row.id, channel=row.channel, why=str(error))
            await self._store.write(_missed, row)
        except (BadList, NotTaken) as error:
            faults = error.faults if isinstance(error, NotTaken) else (f"{_name(row)}: {error}",)
            await self._store.write(_refused, row, faults)
        except OSError as error:
            log.error("paper_failed", paper=row.id, why=str(error))
            await self._store.write(_refused, row, (f"{_name(row)}: {error.strerror or type(error).__name__}",))
        except StoreError:
            raise
        except Exception as error:  # a file may hold anything: left in its place it would hold up all behind it
            log.error("paper_broke", paper=row.id, exc_info=error)
            await self._store.write(_refused, row, (f"{_name(row)}: {UNREADABLE}",))

    # --- a list from somebody ----------------------------------------------------------------

    async def _look(self, row: Paper) -> None:
        """Fetch it, keep it, and show what it would change."""
        if (row.media.size or 0) > LARGEST_ATTACHMENT:
            await self._store.write(_refused, row, (), "large")
            return
        fetching = self._channels.get(row.channel)
        if fetching is None:
            raise NotFetched(f"{row.channel} is off")
        content = await fetching.fetch(row.media, LARGEST_ATTACHMENT)
        listing, found = await self._read(row, content)
        path = f"{FOLDER}/{row.id}/list"
        await asyncio.to_thread(_write, self._store.desk.data_dir / path, content)
        tally = await self._store.write(_tried, row, listing, found)
        await self._store.write(_show, row, path, listing, tally)

    async def _take(self, row: Paper) -> None:
        content = await asyncio.to_thread((self._store.desk.data_dir / row.path).read_bytes)
        listing, found = await self._read(row, content)
        await self._store.write(_taken, row, listing, found)

    async def _read(self, row: Paper, content: bytes) -> tuple[Listing, Listed]:
        """Raises BadList, NotTaken."""
        desk = await self._store.write(lambda tx: tx.departments.get(row.department_id))
        reading = Reading(desk, self._store.desk.region, self._store.clock.now())
        listing = await asyncio.to_thread(lambda: read_list(_name(row), listed(content)))
        found = await asyncio.to_thread(read_listings, [listing], reading)
        if found.faults:
            raise NotTaken(found.faults)
        return listing, found

    # --- a file for the group ----------------------------------------------------------------

    async def _make(self, row: Paper) -> None:
        card, content = await self._store.read(_made, row)
        await asyncio.to_thread(_write, self._store.desk.data_dir / card.path, content)
        await self._store.write(_hand_out, row, card)


def _name(row: Paper) -> str:
    """The sender's file name, without folders."""
    return row.media.name.replace("\\", "/").rpartition("/")[2] or "liste.csv"


def _write(path: Path, content: bytes) -> None:
    """Write a file readable by the service alone: it holds names and numbers of people."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(content)


# --- in the transaction ----------------------------------------------------------------------------


class _OnlyTried(Exception):
    """Raised to roll back a trial import."""


def _take(tx: Tx, row: Paper, listing: Listing, found: Listed) -> Tally:
    zone = tx.departments.get(row.department_id).zone
    by = {listing.name: f"import {listing.name}, {row.who}, {tx.now.astimezone(zone).date().isoformat()}"}
    return take_lists(tx, row.department_id, found, by, lambda _: None, own=True)[listing.name]


def _tried(tx: Tx, row: Paper, listing: Listing, found: Listed) -> Tally:
    """What it would change. Raises NotTaken."""
    tally = Tally()
    try:
        with tx.savepoint():
            tally = _take(tx, row, listing, found)
            raise _OnlyTried
    except _OnlyTried:
        return tally


def _show(tx: Tx, row: Paper, path: str, listing: Listing, tally: Tally) -> None:
    news = bool(tally.new or tally.changed)
    if not tx.papers.move(row, "shown" if news else "done", path=path, name=listing.name, what=listing.kind.value):
        return
    choices = (Choice("file.take", (row.id,), "import"), Choice("file.leave", (row.id,), "never_mind"))
    shown = _told(listing, tally, "shown" if news else "nothing")
    _say(tx, row, shown, "shown", (choices,) if news else ())


def _taken(tx: Tx, row: Paper, listing: Listing, found: Listed) -> None:
    """Raises NotTaken: the desk has changed since the list was looked at."""
    if not tx.papers.move(row, "done"):
        return
    _say(tx, row, _told(listing, _take(tx, row, listing, found), "done"), "done")


def _told(listing: Listing, tally: Tally, state: str) -> ImportPreview:
    return ImportPreview(
        listing.name, listing.kind.value, len(listing.rows), tally.new, tally.changed, tally.same, state, listing.unread
    )


def _missed(tx: Tx, row: Paper) -> None:
    """Tried again twice; then staff are told."""
    if tx.papers.missed(row):
        _say(tx, row, ImportRefused(_name(row), "gone"), "gone")


def _refused(tx: Tx, row: Paper, faults: tuple[str, ...], why: str = "rows") -> None:
    if tx.papers.move(row, "failed"):
        _say(tx, row, ImportRefused(_name(row), why, tuple(faults[:MOST_TOLD]), len(faults)), "refused")


def _made(tx: Tx, row: Paper) -> tuple[FileCard, bytes]:
    if row.kind == "labels":
        desk, items = tx.departments.get(row.department_id), labelled(tx, row.department_id, row.what.split())
        page = sheet(desk, items, _link(tx)).encode()
        return FileCard("labels", f"{FOLDER}/{row.id}/labels.html", len(items)), page
    kind = Kind(row.what)
    rows = _rows(tx, kind, row.department_id)
    return FileCard(kind.value, f"{FOLDER}/{row.id}/{kind.value}.csv", len(rows)), write_list(kind, rows)


def _rows(tx: Tx, kind: Kind, department_id: int) -> list[dict[str, str]]:
    match kind:
        case Kind.ITEMS:
            return exporting.items(tx, department_id)
        case Kind.PEOPLE:
            return exporting.people(tx, department_id)
        case Kind.LOANS:
            return exporting.loans(tx, department_id, tx.departments.get(department_id).zone)
        case Kind.DEBTS:
            return exporting_money.debts(tx, department_id)
        case Kind.PAYMENTS:
            return exporting_money.payments(tx, department_id, tx.departments.get(department_id).zone)


def _link(tx: Tx) -> Link:
    """WhatsApp's chat where it is on, else the bot's."""
    number, username = tx.roads.get("whatsapp", ""), tx.desk.bot_username
    if number:
        return lambda code, language: whatsapp_link(number, code, language)
    return lambda code, language: telegram_link(username, code)


def _hand_out(tx: Tx, row: Paper, card: FileCard) -> None:
    if tx.papers.move(row, "done", path=card.path):
        _say(tx, row, card, "file")


def _say(tx: Tx, row: Paper, message: Message, what: str, choices: Rows = ()) -> None:
    say = Say(message=message, to=To.STAFF, department_id=row.department_id, choices=choices)
    tx.speech.say(say, Cause("person"), f"paper:{row.id}:{what}")
