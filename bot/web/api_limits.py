"""Rate limits of the REST API's callers: in this process, and over all replicas that share a database."""

from __future__ import annotations

from dataclasses import dataclass

from bot.store import Store, Tx

MOST_BUCKETS = 10_000
MOST_DRAWN = 10  # requests drawn at once from the bucket that replicas share
OF_USE = 1.0  # seconds until drawn and unused requests are lost


class Limiter:
    """A token bucket for each caller, of this process alone."""

    def __init__(self, per_second: float, burst: int) -> None:
        self._per_second = per_second
        self._burst = burst
        self._left: dict[str, tuple[float, float]] = {}

    def take(self, key: str, now: float) -> float:
        """0 when the call may proceed, else how many seconds to wait. `now`: monotonic seconds."""
        left, since = self._left.pop(key, (float(self._burst), now))
        left = min(float(self._burst), left + (now - since) * self._per_second)
        if len(self._left) >= MOST_BUCKETS:  # the least recently used one is full again by now
            del self._left[next(iter(self._left))]
        self._left[key] = (left - 1 if left >= 1 else left, now)
        return 0.0 if left >= 1 else (1 - left) / self._per_second


@dataclass(slots=True)
class _Drawn:
    left: int
    many: int
    until: float


class SharedLimiter:
    """The same bucket for all replicas: a row of the database, from which each draws some requests at a time.

    The first request of a while draws one, then twice as many each time, up to ten: a busy caller costs a statement
    every tenth request, a rare one loses nothing. More than the bucket holds is never given out.
    """

    def __init__(self, store: Store, per_second: float, burst: int) -> None:
        self._store = store
        self._per_second = per_second
        self._burst = burst
        self._drawn: dict[str, _Drawn] = {}

    async def take(self, key: str, now: float) -> float:
        """As `Limiter.take`. Raises StoreError."""
        drawn = self._drawn.get(key)
        fresh = drawn is not None and drawn.until > now
        if drawn is not None and fresh and drawn.left:
            drawn.left -= 1
            return 0.0
        many = min(2 * drawn.many, MOST_DRAWN) if drawn is not None and fresh else 1
        given, wait = await self._store.write(_draw, f"api:{key}", many, self._per_second, self._burst)
        if given:
            self._drawn.pop(key, None)
            if len(self._drawn) >= MOST_BUCKETS:
                del self._drawn[next(iter(self._drawn))]
            self._drawn[key] = _Drawn(given - 1, given, now + OF_USE)
        return wait


def _draw(tx: Tx, key: str, many: int, per_second: float, burst: int) -> tuple[int, float]:
    return tx.pace.draw(key, many, per_second, burst)
