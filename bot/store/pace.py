"""Limits per sender and per chat, held over all replicas: every send reserves its place in one shared row."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from bot.core.delivery import Limit
from bot.store.ready import Ready
from bot.store.tables import EPOCH, pace

if TYPE_CHECKING:
    from bot.store.transaction import Tx

SLICE = 500


class Pace:
    """Reservations of one transaction, written at its end. Works on real time, in seconds since 1970."""

    def __init__(self, tx: Tx) -> None:
        self._tx = tx
        self._now = (tx.real - EPOCH).total_seconds()
        self._rows: dict[str, list[float]] = {}
        self._blocked: dict[str, float] = {}
        self._known: set[str] = set()
        self._touched: set[str] = set()

    def load(self, keys: Sequence[str]) -> None:
        """Read (and lock) the rows of these limits at once, in one order, so that replicas cannot deadlock."""
        wanted = sorted(set(keys) - self._rows.keys())
        for start in range(0, len(wanted), 500):
            self._read(wanted[start : start + 500])
        absent = [key for key in wanted if key not in self._known]
        if absent and self._tx.postgres:
            # What is not there cannot be locked: two replicas would each begin a count of their own.
            self._tx.run(self._tx.ignoring(pace), [{"key": key, "stamps": []} for key in absent])
            self._read(absent)
        for key in wanted:
            self._rows.setdefault(key, [])

    def _read(self, keys: Sequence[str]) -> None:
        for row in self._found(keys):
            self._rows[row.key] = list(row.stamps)
            self._known.add(row.key)
            if row.blocked_until:
                self._blocked[row.key] = (row.blocked_until - EPOCH).total_seconds()

    def _found(self, keys: Sequence[str]) -> Iterable[Any]:
        if self._tx.postgres:
            return self._tx.run(_LOCKED, {"keys": list(keys)})
        if len(keys) == 1:  # one for every letter: an IN is worked out anew at each execution
            return self._tx.run(_PACE, {"key": keys[0]})
        return self._tx.run(_PACES, {"keys": list(keys)})

    def reserve(self, limits: Sequence[Limit], horizon: float) -> float:
        """Seconds until this send may leave, its place taken in all limits; or, when that is beyond `horizon`
        seconds, how long to rest, with nothing taken."""
        self.load([limit.key for limit in limits])
        at = max([self._now, *(self._free_at(limit) for limit in limits)])
        if at - self._now > horizon:
            return at - self._now
        for limit in limits:
            stamps = self._rows[limit.key]
            stamps.append(at)
            del stamps[: -limit.count]
            self._touched.add(limit.key)
        return at - self._now

    def draw(self, key: str, many: int, per_second: float, burst: int) -> tuple[int, float]:
        """Up to `many` calls from a bucket of `burst` that fills at a steady rate: (how many were drawn, else how many
        seconds until there is one). Its row holds when it will be full."""
        self.load([key])
        full_at = max([self._now, *self._rows[key][-1:]])
        room = burst - (full_at - self._now) * per_second
        drawn = max(0, min(many, int(room + 1e-6)))
        if not drawn:
            return 0, (1 - room) / per_second
        self._rows[key] = [full_at + drawn / per_second]
        self._touched.add(key)
        return drawn, 0.0

    def _free_at(self, limit: Limit) -> float:
        stamps = self._rows[limit.key]
        free = stamps[-limit.count] + limit.seconds if len(stamps) >= limit.count else 0.0
        return max(free, self._blocked.get(limit.key, 0.0))

    def block(self, key: str, wait: timedelta) -> None:
        """The provider said when it will listen again."""
        self.keep()
        until = self._tx.real + wait
        done = self._tx.run(sa.update(pace).where(pace.c.key == key).values(blocked_until=until))
        if done.rowcount == 0:
            self._tx.insert_new(pace, key=key, stamps=[], blocked_until=until)

    def keep(self) -> None:
        """Write the reservations: those of a whole batch of letters at once, in one order."""
        rows: list[dict[str, Any]] = [{"k": key, "s": self._rows[key]} for key in sorted(self._touched)]
        self._tx.run(_BEGUN, [{"key": r["k"], "stamps": r["s"]} for r in rows if r["k"] not in self._known])
        self._tx.run(_KEEP, [r for r in rows if r["k"] in self._known])
        self._known |= self._touched
        self._touched.clear()

    def forget(self, value: str) -> None:
        """Drop what was counted of a chat or an address, that of this transaction included."""
        self._tx.run(sa.delete(pace).where(pace.c.key.endswith(value, autoescape=True)))
        for key in [key for key in self._rows if key.endswith(value)]:
            del self._rows[key]
            self._known.discard(key)
            self._touched.discard(key)

    def tidy(self, before: datetime, after: str) -> tuple[str | None, int]:
        """Drop rows of chats that have been still since `before`, one slice beyond the key `after`: the last key looked
        at (None at the end) and how many went. Rows in use hold the limits: they stay."""
        still = (before - EPOCH).total_seconds()
        rows = self._tx.run(sa.select(pace).where(pace.c.key > after).order_by(pace.c.key).limit(SLICE)).all()
        free = [r.key for r in rows if max(r.stamps, default=0.0) < still and not _blocked_after(r, before)]
        if free:
            self._tx.run(sa.delete(pace).where(pace.c.key.in_(free)))
        return (rows[-1].key if len(rows) == SLICE else None), len(free)


def _blocked_after(row: Any, at: datetime) -> bool:
    return row.blocked_until is not None and row.blocked_until >= at


_PACE = Ready(sa.select(pace).where(pace.c.key == sa.bindparam("key")))
_PACES = Ready(sa.select(pace).where(pace.c.key.in_(sa.bindparam("keys", expanding=True))).order_by(pace.c.key))
_LOCKED = Ready(_PACES.statement.with_for_update())
_BEGUN = Ready(sa.insert(pace), ("key", "stamps"))
_KEEP = Ready(sa.update(pace).where(pace.c.key == sa.bindparam("k")).values(stamps=sa.bindparam("s")))
