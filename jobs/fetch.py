"""fetch: pictures that belong to a return or a problem → data/media, and into the staff's group; lists people send.

Nothing is decoded: the format and the size in pixels are read from the first bytes, anything else is refused.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

import structlog

from bot.channels.base import LARGEST_ATTACHMENT, Fetching, NotFetched, TooLarge
from bot.core.conversation import Say, To
from bot.core.messages import PhotoCard
from bot.core.pictures import Picture, picture_of
from bot.store import Store, Tx
from bot.store.media import Attached
from bot.store.papers import Paper
from bot.store.saying import Cause
from handlers.showing import all_cards
from jobs.papers import Paperwork
from jobs.removing import unlink

log = structlog.get_logger("fetch")

AT_ONCE = 4
REMOVED_AT_ONCE = 100


class Fetch:
    """The job `fetch`: one turn fetches all that is due."""

    def __init__(self, store: Store, channels: Mapping[str, object]) -> None:
        self._store = store
        self._channels: dict[str, Fetching] = {n: c for n, c in channels.items() if hasattr(c, "fetch")}
        self._papers = Paperwork(store, self._channels)

    async def turn(self) -> datetime | None:
        """Fetch what is due, remove what people who were erased had sent; when the next try is."""
        stays = False  # a file that cannot be removed: the next turn's
        while True:
            work = await self._store.write(_waiting)
            if work.pictures:
                await asyncio.gather(*(self._one(row) for row in work.pictures))
            elif work.orphaned and not stays:
                gone = await asyncio.to_thread(unlink, self._store.desk.data_dir, work.orphaned)
                await self._store.write(_forget, gone)
                stays = len(gone) < len(work.orphaned)
            elif work.papers:
                for paper in work.papers:
                    await self._papers.one(paper)
            else:
                return work.next_at

    async def _one(self, row: Attached) -> None:
        if (row.media.size or 0) > LARGEST_ATTACHMENT:
            await self._store.write(refuse, row, "large")
            return
        try:
            data = await self._channels[row.channel].fetch(row.media, LARGEST_ATTACHMENT)
        except TooLarge:  # not every provider tells a size beforehand
            await self._store.write(refuse, row, "large")
            return
        except (NotFetched, KeyError) as error:
            log.warning("picture_not_fetched", media=row.id, channel=row.channel, why=str(error))
            await self._store.write(miss, row)
            return
        picture = picture_of(data)
        if picture is None or picture.too_large:
            await self._store.write(refuse, row, "pixels" if picture else "no_picture")
            return
        path = _place(row, picture, self._store.clock.now())
        try:
            await asyncio.to_thread(_write, self._store.desk.data_dir / path, data)
        except OSError as error:  # a full disk, a folder of another user: not the picture's fault
            log.error("picture_not_kept", media=row.id, why=str(error))
            await self._store.write(_wait, row)
            return
        await self._store.write(keep, row, path, picture.mime, len(data))


class _Waiting(NamedTuple):
    """What this job has to do now, a few of each, and when something is tried again."""

    pictures: Sequence[Attached]
    papers: Sequence[Paper]
    orphaned: Sequence[Attached]
    next_at: datetime | None


def _waiting(tx: Tx) -> _Waiting:
    """Asked in one transaction, since mostly there is nothing."""
    tries = [at for at in (tx.media.next_at(), tx.papers.next_at()) if at is not None]
    return _Waiting(
        tx.media.due(AT_ONCE), tx.papers.due(AT_ONCE), tx.media.orphaned(REMOVED_AT_ONCE), min(tries, default=None)
    )


def _forget(tx: Tx, ids: Sequence[int]) -> None:
    tx.media.forget(ids)


def _wait(tx: Tx, row: Attached) -> None:
    tx.media.put_off(row.id)


# --- the file ------------------------------------------------------------------------------------


def _place(row: Attached, picture: Picture, now: datetime) -> str:
    """Below the data folder, by month; named by number, never by what somebody sent."""
    return f"media/{now:%Y-%m}/{row.id}.{picture.suffix}"


def _write(path: Path, data: bytes) -> None:
    """Write the file atomically, readable by the service alone."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(path.suffix + ".part")
    with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(data)
    part.replace(path)


# --- in the transaction ----------------------------------------------------------------------------


def keep(tx: Tx, row: Attached, path: str, mime: str, size: int) -> None:
    """Write it into the loan's history and show it to staff."""
    if not tx.media.kept(row.id, path, mime, size):
        return
    if row.loan_id is not None:
        tx.loans.note(row.loan_id, "photo", f"contact:{row.contact_id}", media=row.id, about=row.about)
    _show(tx, row, path=path)


def refuse(tx: Tx, row: Attached, why: str) -> None:
    if tx.media.refused(row.id, why):
        _failed(tx, row, why)


def miss(tx: Tx, row: Attached) -> None:
    """Tried again twice; then staff are told."""
    if tx.media.missed(row.id, "gone"):
        _failed(tx, row, "gone")


def _failed(tx: Tx, row: Attached, why: str) -> None:
    _show(tx, row, why=why)
    if row.loan_id is not None:
        for number, say in enumerate(all_cards(tx, tx.loans.get(row.loan_id))):
            tx.speech.say(say, Cause("person"), default_key=f"media:{row.id}:card:{number}")


def _show(tx: Tx, row: Attached, *, path: str = "", why: str = "") -> None:
    loan = tx.loans.get(row.loan_id) if row.loan_id is not None else None
    card = PhotoCard(tx.people.get(row.contact_id).name, loan.item if loan else "", row.about, path, why)
    say = Say(message=card, to=To.STAFF, department_id=row.department_id, loan=loan, key=f"media:{row.id}")
    tx.speech.say(say, Cause("person"))
