"""tidy: what is kept no longer than needed goes, in slices of 500 rows a transaction."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

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
    return f"emptied {emptied}, removed {removed}"


def _rules(tx: Tx) -> Rules:
    """The longest keeping of all departments holds: their rows lie in the same tables."""
    found = [d.rules for d in tx.departments.all().values()]
    return max(found, key=lambda r: r.log_days, default=Rules())


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
