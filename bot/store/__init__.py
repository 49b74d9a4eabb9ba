"""The only room that knows SQL."""

from __future__ import annotations

from bot.store.bell import FETCH, INBOX, JOBS_BELL, OUTBOX, PLANNED
from bot.store.clock import Clock
from bot.store.errors import StoreBusy, StoreError, StoreFull, StoreRefused, Taken
from bot.store.store import Store
from bot.store.transaction import Tx

__all__ = [
    "FETCH",
    "INBOX",
    "JOBS_BELL",
    "OUTBOX",
    "PLANNED",
    "Clock",
    "Store",
    "StoreBusy",
    "StoreError",
    "StoreFull",
    "StoreRefused",
    "Taken",
    "Tx",
]
