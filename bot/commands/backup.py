"""`main.py backup` and `main.py restore`: a copy of a running desk, and a desk that comes back from one."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import field, replace
from datetime import datetime
from pathlib import Path

from bot.commands.which import DONE, REFUSED, database_of
from bot.config import Config
from bot.core.conversation import Say, To
from bot.core.messages_storage import Restored
from bot.core.records import record
from bot.store import Clock, Store, Tx
from bot.store.backup import (
    PG_DUMP,
    PG_RESTORE,
    Copy,
    NotCopied,
    back_up,
    bring,
    checked,
    drop,
    examine,
    file_of,
    is_there,
    numbers_given,
    put_in_place,
    refusals_in,
)
from bot.store.emptied import BACKUPS
from bot.store.engine import sqlite_path
from bot.store.lock import FileLock
from bot.store.restored import Gap, Refusals, close_gap, keep_refusals
from bot.store.saying import Cause
from handlers.switching_on import switch_on_card
from jobs import PERIODIC
from jobs.runner import last_instant


def run_backup(config: Config, file: str | None) -> int:
    """Copy the desk while it runs; the exit status. file: None is a name of the present second in data/backups."""
    url, now = database_of(config), Clock().real()
    name = f"desk-{now:%Y-%m-%d-%H%M%S}.db"
    try:
        folder = file_of(url, PG_DUMP).parent
        made: Copy = back_up(url, Path(file) if file else folder / BACKUPS / name, now)
    except NotCopied as error:
        return _refused(error)
    print(f"{made.path}: {made.size} bytes, checked")
    return DONE


@record(frozen=True, slots=True)
class _Before:
    """What the file that is replaced tells: table → the last number it gave; what people wanted."""

    numbers: Mapping[str, int] = field(default_factory=dict)
    refusals: Refusals = field(default_factory=Refusals)


async def run_restore(config: Config, file: str | None, *, stopped: bool, clock: Clock | None = None) -> int:
    """Put a copy in the place of the desk's file, kept beside; the exit status. Raises StoreError.

    file: None when the database was put back by other means (`pg_restore`, a file copied by hand): then only what fell
    due meanwhile is closed. stopped: the desk had been stopped before the copy was made, so that nothing has happened
    since and all that waits is still to leave.
    """
    url, clock = database_of(config), clock or Clock()
    try:
        if file is None:
            _there(url)
            with FileLock.take(url):
                return _told(await _closed(config, url, clock, None, _Before(), stopped=stopped))
        path = file_of(url, f"stop the desk, {PG_RESTORE}, then `main.py restore` without a file")
        with FileLock.take(url):
            return await _restore(config, Path(file), path, clock, stopped=stopped)
    except NotCopied as error:
        return _refused(error)


async def _restore(config: Config, file: Path, path: Path, clock: Clock, *, stopped: bool) -> int:
    now = clock.real()
    found = examine(file, now)
    checked(found, demo=config.sandboxed, file=file)
    beside = bring(file, path)
    try:
        there = f"sqlite+aiosqlite:///{beside}"
        before = _Before(numbers_given(path), refusals_in(path))
        gap = await _closed(config, there, clock, found.taken_at, before, stopped=stopped)
        kept = put_in_place(beside, path, now)
    finally:
        drop(beside)
    if kept is not None:
        print(f"the desk's file of until now: {kept}")
    print(f"{path}: as it was on {found.taken_at:%Y-%m-%d at %H:%M} UTC")
    return _told(gap)


def _there(url: str) -> None:
    """Raises NotCopied: without a file named, a database must have been put back by other means."""
    path = sqlite_path(url)
    if path is not None and not is_there(path):
        raise NotCopied(f"there is no database at {path}: name the backup to restore")


async def _closed(
    config: Config, url: str, clock: Clock, taken_at: datetime | None, before: _Before, *, stopped: bool
) -> Gap | None:
    """Close what fell due since, and tell each staff group. None when there is nothing to close."""
    store = await Store.open(url, clock, demo=config.sandboxed)
    try:
        await store.load_clock()
        store.desk.zone = config.timezone
        if config.telegram_on or config.sandboxed:
            store.desk.roads["telegram"] = "telegram"  # the message waits for the service, which has the sender
        return None if stopped else await store.write(_close, taken_at, before)
    finally:
        await store.close()


def _close(tx: Tx, taken_at: datetime | None, before: _Before) -> Gap:
    stay = keep_refusals(tx, before.refusals)
    gap = replace(close_gap(tx, before.numbers), stay=tuple(stay))
    for job in PERIODIC:  # today's digest was told before; the next run is the next one
        at = last_instant(job, tx.now, tx.desk.zone)
        if lease := tx.runs.begin(job.name, at):
            tx.runs.finish(job.name, at, lease, "restored from a backup")
    tx.audit.note("restore", "restored", None, messages=gap.messages, letters=gap.letters, held=gap.held)
    for desk in tx.departments.all().values():
        _, late = tx.loans.count_held(desk.id)
        told = Restored(taken_at or tx.now, tx.now, gap.steps + gap.messages, late)
        key = f"restored:{desk.id}:{int(tx.now.timestamp())}"
        tx.speech.say(Say(message=told, to=To.STAFF, department_id=desk.id, key=key), Cause("clock"))
        card = switch_on_card(tx, desk)
        if card is not None and desk.chat:
            tx.cards.forget(desk.chat, card.card)
            tx.speech.say(card, Cause("clock"), default_key=f"{key}:held")
    return gap


def _told(gap: Gap | None) -> int:
    if gap is None:
        print("nothing was closed: what waits leaves when the desk starts")
        return DONE
    print(f"not sent, since it may have left before: {gap.steps} planned, {gap.messages} waiting messages")
    print(f"put aside for staff (/file): {gap.letters} letters")
    print(f"late loans that wait for staff to say go: {gap.held}")
    if gap.stay:
        print(
            f"erased since the backup, which still has a loan or a debt of them: {', '.join(gap.stay)}; /oublier again"
        )
    return DONE


def _refused(error: NotCopied) -> int:
    print(error, file=sys.stderr)
    return REFUSED
