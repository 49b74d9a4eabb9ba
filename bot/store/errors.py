"""What can go wrong with the database, in words its callers act on."""

from __future__ import annotations

from sqlalchemy.exc import IntegrityError

Taken = IntegrityError  # a unique value is taken already: of two at the same moment one must fail


class StoreError(Exception):
    """The database failed. Nothing of that call was kept."""


class StoreBusy(StoreError):
    """Locked or out of reach for longer than we wait: try again; a door answers 503."""


class CommitUnknown(StoreBusy):
    """The connection broke while the commit was under way: kept or not, nobody knows. Run again it might be kept twice;
    callers repeat what a guard (`seen`, `said`, a lease) makes harmless."""


class Overtaken(Exception):
    """Somebody else has changed a row since it was read. The batch is done again, each of its pieces by itself: no
    caller hears of it."""


class StoreFull(StoreError):
    """The disk is full: nothing is acknowledged until there is room again."""


class StoreRefused(StoreError):
    """This database must not be opened: damaged, of newer code, a demo beside real providers, a second process."""
