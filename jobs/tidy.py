"""tidy: what is kept no longer than needed goes, in slices of 500 rows a transaction."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path

from bot.core.rules import Rules
from bot.store import Store, Tx
from bot.store.purge import SLICE, drop_facts, drop_log, drop_payloads, drop_questions

FACTS_AFTER_SENT = timedelta(days=7)
FACTS_AFTER_DEAD = timedelta(days=30)
STILL_CHATS = timedelta(days=1)


async def tidy(store: Store, at: datetime) -> str:
    """One run; how many rows were emptied or removed."""
    rules = await store.write(_rules)
    log_before = at - timedelta(days=rules.log_days)
    payload_before = at - timedelta(days=rules.payload_days)
    emptied = await _slices(store, lambda tx: drop_payloads(tx, payload_before))
    emptied += await _slices(store, lambda tx: drop_facts(tx, at - FACTS_AFTER_SENT, at - FACTS_AFTER_DEAD))
    removed = await _slices(store, lambda tx: drop_log(tx, log_before))
    removed += await store.write(drop_questions)
    removed += await _still_chats(store)
    removed += await _pictures(store, log_before)
    return f"emptied {emptied}, removed {removed}"


def _rules(tx: Tx) -> Rules:
    """The longest keeping of all departments holds: their rows lie in the same tables."""
    found = [d.rules for d in tx.departments.all().values()]
    return max(found, key=lambda r: r.log_days, default=Rules())


async def _pictures(store: Store, before: datetime) -> int:
    """The files first: a row without its file can be seen, a file without its row cannot."""
    removed = 0
    while old := await store.write(lambda tx: tx.media.outlived(before, SLICE)):
        await asyncio.to_thread(_unlink, [store.desk.data_dir / one.path for one in old if one.path])
        await store.write(lambda tx, ids=[one.id for one in old]: tx.media.forget(ids))  # type: ignore[misc]
        removed += len(old)
    return removed


def _unlink(paths: Sequence[Path]) -> None:
    for path in paths:
        path.unlink(missing_ok=True)


async def _still_chats(store: Store) -> int:
    removed, after = 0, ""
    while True:
        last, gone = await store.write(_chats, after)
        removed += gone
        if last is None:
            return removed
        after = last


def _chats(tx: Tx, after: str) -> tuple[str | None, int]:
    return tx.pace.tidy(tx.real - STILL_CHATS, after)


async def _slices(store: Store, work: Callable[[Tx], int]) -> int:
    total = 0
    while True:
        done = await store.write(work)
        total += done
        if done < SLICE:
            return total
