"""tidy: what is kept no longer than needed goes, in slices of a few hundred rows a transaction."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import structlog

from bot.core.messages_storage import BackupFailed
from bot.core.rules import Rules
from bot.store import Store, Tx
from bot.store.backup import NotCopied, back_up_daily, fault_in
from bot.store.emptied import BACKUPS
from bot.store.engine import is_sqlite
from bot.store.purge import (
    SLICE,
    Mark,
    Walked,
    drop_authors,
    drop_codes,
    drop_facts,
    drop_letters,
    drop_messages,
    drop_payloads,
    drop_plans,
    drop_questions,
    drop_runs,
)
from bot.store.store import DEMO
from bot.store.tables import FIRST
from jobs.admins import tell_admins
from jobs.papers import FOLDER
from jobs.removing import unlink

FACTS_AFTER_SENT = timedelta(days=7)
FACTS_AFTER_DEAD = timedelta(days=30)
STILL_CHATS = timedelta(days=1)

log = structlog.get_logger("tidy")


async def tidy(store: Store, at: datetime) -> str:
    """One run; how many rows were emptied or removed, and what became of the night's backup."""
    rules = await store.write(_rules)
    backup = await _back_up(store, at, rules.backups)
    log_before = at - timedelta(days=rules.log_days)
    payload_before = at - timedelta(days=rules.payload_days)
    emptied = await _walk(store, lambda tx, after: drop_payloads(tx, after, payload_before), 0)
    facts_before = at - FACTS_AFTER_SENT, at - FACTS_AFTER_DEAD
    emptied += await _walk(store, lambda tx, after: drop_facts(tx, after, *facts_before), 0)
    emptied += await _walk(store, lambda tx, after: drop_authors(tx, after, log_before), FIRST)
    removed = await _slices(store, lambda tx: drop_messages(tx, log_before))
    removed += await _slices(store, lambda tx: drop_letters(tx, log_before))
    removed += await _walk(store, lambda tx, after: drop_plans(tx, after, log_before), 0)
    removed += await store.write(drop_runs, log_before)
    removed += await store.write(drop_codes)
    removed += await store.write(drop_questions)
    removed += await store.write(lambda tx: tx.tokens.forget_answers())
    removed += await store.write(lambda tx: tx.sessions.drop_old())
    removed += await _walk(store, _chats, "")
    removed += await _pictures(store, log_before)
    removed += await _papers(store)
    return f"emptied {emptied}, removed {removed}{backup}"


def _rules(tx: Tx) -> Rules:
    """The longest retention of all departments applies: their rows are in the same tables."""
    found = [desk.rules for desk in tx.departments.all().values()] or [Rules(backups=0)]
    longest = {name: max(getattr(rules, name) for rules in found) for name in ("log_days", "payload_days", "backups")}
    return replace(Rules(), **longest)


async def _back_up(store: Store, at: datetime, keep: int) -> str:
    """The night's copy, or only the full check where none are kept. A fault is reported to admins and stops nothing."""
    if not is_sqlite(store.url) or await store.write(lambda tx: tx.runs.noted(DEMO)) == "yes":
        return ""
    what, why = "backup", ""
    try:
        if keep:
            folder, day = store.desk.data_dir / BACKUPS, at.astimezone(store.desk.zone).date()
            await asyncio.to_thread(back_up_daily, store.url, folder, day, keep, store.clock.real())
        elif why := await asyncio.to_thread(fault_in, store.url):
            what = "damage"
    except NotCopied as error:
        why = str(error)
    if why:
        log.error("backup_failed", what=what, why=why)
        await store.write(tell_admins, BackupFailed(what, why[:200]), f"backup_failed:{at:%Y-%m-%d}")
    return f", {what} failed: {why}"[:300] if why else ", backup made" if keep else ""


async def _pictures(store: Store, before: datetime) -> int:
    """The files first: a row without its file can be seen, a file without its row cannot."""
    removed = 0
    while old := await store.write(lambda tx: tx.media.outlived(before, SLICE)):
        gone = await asyncio.to_thread(unlink, store.desk.data_dir, old)
        await store.write(lambda tx, ids: tx.media.forget(ids), gone)
        removed += len(gone)
        if len(gone) < len(old):
            break
    return removed


async def _papers(store: Store) -> int:
    """Files that passed through the chat, each in a folder of its own."""
    removed = 0
    while old := await store.write(lambda tx: tx.papers.outlived(SLICE)):
        await asyncio.to_thread(_remove, [store.desk.data_dir / FOLDER / str(one.id) for one in old])
        await store.write(lambda tx, ids: tx.papers.forget(ids), [one.id for one in old])
        removed += len(old)
    return removed


def _remove(folders: Sequence[Path]) -> None:
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)


def _chats(tx: Tx, after: str) -> Walked[str]:
    return Walked(*tx.pace.tidy(tx.real - STILL_CHATS, after))


async def _walk(store: Store, work: Callable[[Tx, Mark], Walked[Mark]], after: Mark) -> int:
    """Walk a whole table, one stretch per transaction; how many rows were emptied or removed."""
    total = 0
    while True:
        walked = await store.write(work, after)
        total += walked.done
        if walked.last is None:
            return total
        after = walked.last


async def _slices(store: Store, work: Callable[[Tx], int]) -> int:
    total = 0
    while True:
        done = await store.write(work)
        total += done
        if done < SLICE:
            return total
