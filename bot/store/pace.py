"""Limits per sender and per chat, held over all replicas: every send reserves its place in one shared row.

A call to a provider comes later than its place: the process is held up, the line is slow. So a place is held until it
is told when the call came, and counts from then on. Whatever stretch is looked at, what has come in it and what may
still come in it are never more than the limit.

Places taken together are held together: one entry with a bit for each, so that 128 calls in flight are some ten entries
to be read and written and not 128, and a place that is told of twice is free once.
"""

from __future__ import annotations

import secrets
from bisect import insort
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from bot.core.delivery import Limit
from bot.core.records import record
from bot.core.stamps import EPOCH
from bot.store.ready import Ready, one_of, unnested
from bot.store.slices import sliced
from bot.store.tables import pace
from bot.store.together import Asking

if TYPE_CHECKING:
    from bot.store.transaction import Tx

SLICE = 500
LATE = 3.0  # seconds after its instant a place may still be used; then another is taken
HELD = 6.0  # seconds after its instant a place of which nothing is told is taken for used: its process died
FURTHEST = 60.0  # seconds ahead: further no place is taken, and what stands there was before a clock was set back
SOON = 0.05  # seconds until those are asked again who wait for calls in flight


@record(frozen=True, slots=True)
class Place:
    """Permission for one call of `holder`, a lease, between two instants of this process's steady clock."""

    keys: tuple[str, ...]
    holder: str
    block: str  # the places taken in one transaction, of which this is number `bit`
    bit: int
    opens: float
    shuts: float
    ahead: float  # the shared clock minus this process's steady clock, in seconds


@record(frozen=True, slots=True)
class Told:
    """What became of a place: when its call came to the provider at the latest, on the steady clock. None: nothing
    was called. `going`: it is in flight and may still come."""

    place: Place
    came: float | None = None
    going: bool = False


@dataclass(slots=True)
class _Row:
    """Instants on the clock of all replicas, in seconds since 1970, in order. held: block → until when → its places
    held until then, as bits."""

    stamps: list[float] = field(default_factory=list)
    begun: list[float] = field(default_factory=list)
    held: dict[str, dict[float, int]] = field(default_factory=dict)
    blocked: float = 0.0
    dropped: bool = False
    _until: list[float] | None = None

    @property
    def until(self) -> list[float]:
        """`stamps`, and until when each place is held, in order."""
        if self._until is None:
            self._until = sorted([*self.stamps, *self._until_held()]) if self.held else list(self.stamps)
        return self._until

    def _until_held(self) -> Iterator[float]:
        for block in self.held.values():
            for until, bits in block.items():
                yield from [until] * bits.bit_count()

    def free_at(self, limit: Limit) -> float:
        until = self.until
        free = until[-limit.count] + limit.seconds if len(until) >= limit.count else 0.0
        return max(free, self._part_free_at(limit), self.blocked)

    def hoped_at(self, limit: Limit) -> float:
        """When it will be free if what is in flight came at its instant."""
        free = self.begun[-limit.count] + limit.seconds if len(self.begun) >= limit.count else 0.0
        return max(free, self._part_free_at(limit), self.blocked)

    def _part_free_at(self, limit: Limit) -> float:
        count = limit.count // limit.parts
        if limit.parts == 1 or len(self.begun) < count:
            return 0.0
        return self.begun[-count] + limit.seconds / limit.parts

    def count(self, at: float) -> None:
        insort(self.stamps, at)
        self._until = None

    def hold(self, block: str, bit: int, at: float) -> None:
        insort(self.begun, at)
        insort(self.until, at + HELD)
        self._hold(block, 1 << bit, at + HELD)

    def _hold(self, block: str, bits: int, until: float) -> None:
        held = self.held.setdefault(block, {})
        held[until] = held.get(until, 0) | bits

    def tell(self, place: Place, came: float | None, going_until: float | None) -> None:
        """Does nothing to a place that is no longer held: it was reported before, or its time is over."""
        block, mine = self.held.get(place.block, {}), 1 << place.bit
        until = next((until for until, bits in block.items() if bits & mine), None)
        if until is None:
            return
        self._until = None
        block[until] ^= mine
        if came is not None:
            self.count(came)
        elif going_until is not None:
            self._hold(place.block, mine, max(until, going_until))

    def drop_before(self, over: float) -> None:
        """Drop what is over. Done once in a transaction."""
        if self.dropped:
            return
        self.dropped = True
        self.stamps = [at for at in self.stamps if at > over]
        self.begun = [at for at in self.begun if at > over]
        for name, block in list(self.held.items()):
            self.held[name] = {until: bits for until, bits in block.items() if bits and until > over}
            if not self.held[name]:
                del self.held[name]

    def drop_after(self, furthest: float) -> None:
        """Drop what no clock has seen yet."""
        if all(not found or found[-1] <= furthest for found in (self.until, self.begun)):
            return
        self._until = None
        self.stamps = [at for at in self.stamps if at <= furthest]
        self.begun = [at for at in self.begun if at <= furthest]
        self.held = {
            name: {until: bits for until, bits in block.items() if until <= furthest}
            for name, block in self.held.items()
        }


class Pace:
    """Reservations of one transaction, written at its end. Works on real time, in seconds since 1970.

    On PostgreSQL the server's clock counts: those of two machines differ.
    """

    def __init__(self, tx: Tx) -> None:
        self._tx = tx
        self._now = (tx.real - EPOCH).total_seconds()
        self._asked = self._told = tx.began  # on the steady clock: `_now` lies between the two
        self._rows: dict[str, _Row] = {}
        self._known: set[str] = set()
        self._touched: set[str] = set()
        self._block = secrets.token_hex(6)
        self._placed = 0

    def load(self, keys: Iterable[str]) -> None:
        """Read (and lock) the rows of these limits at once, in one order, so that replicas cannot deadlock."""
        self._tx.look(self.look_ahead(keys))

    def look_ahead(self, keys: Iterable[str]) -> Asking[None]:
        wanted = sorted(set(keys) - self._rows.keys())
        for some in sliced(wanted, SLICE):
            yield from self._read(some)
        absent = [key for key in wanted if key not in self._known]
        if absent and self._tx.postgres:
            # What is not there cannot be locked: two replicas would each begin a count of their own.
            asked = self._tx.steady()
            (begun,) = yield [(_begun(), {"keys": absent})]
            self._set_clock(asked, begun.all())
            self._known.update(row.key for row in begun)
            yield from self._read([key for key in absent if key not in self._known])
        for key in wanted:
            self._rows.setdefault(key, _Row())

    def _read(self, keys: Sequence[str]) -> Asking[None]:
        if not keys:
            return
        asked = self._tx.steady()
        # On SQLite, a letter alone, or a claim: a list costs more.
        alone = len(keys) == 1 and not self._tx.postgres
        (found,) = yield [(_PACE, {"key": keys[0]}) if alone else (_PACES[self._tx.postgres], {"keys": list(keys)})]
        self._set_clock(asked, found.all())
        for row in found:
            blocked = (row.blocked_until - EPOCH).total_seconds() if row.blocked_until else 0.0
            begun = [at for at, many in row.begun for _ in range(many)]
            kept = _Row(list(row.stamps), begun, _held(row), blocked)
            kept.drop_after(self._now + FURTHEST)
            self._rows[row.key] = kept
            self._known.add(row.key)

    def _set_clock(self, asked: float, rows: Sequence[Any]) -> None:
        """Go by the server's clock, which was read after `asked` on ours."""
        if rows and self._tx.postgres and self._tx.on_real_time:
            self._asked, self._told = asked, self._tx.steady()
            self._now = (rows[-1].server_time - EPOCH).total_seconds()

    def reserve(self, limits: Sequence[Limit], horizon: float) -> float:
        """Seconds until something may be done, its place taken in all limits; or, when that is beyond `horizon`
        seconds, how long to rest, with nothing taken."""
        at = self._free_at(limits)
        if at - self._now <= horizon:
            for limit in limits:
                self._taken_from(limit).count(at)
        return at - self._now

    def place(self, limits: Sequence[Limit], horizon: float, holder: str) -> Place | float:
        """A place for a call, within `horizon` seconds; else how many seconds to rest, with nothing taken."""
        at = self._free_at(limits)
        if at - self._now > horizon:
            hoped = max(self._rows[limit.key].hoped_at(limit) for limit in limits)
            return max(SOON, min(at, hoped) - self._now)
        bit, self._placed = self._placed, self._placed + 1
        for limit in limits:
            self._taken_from(limit).hold(self._block, bit, at)
        return self._leave(tuple(limit.key for limit in limits), holder, bit, at - self._now)

    def full(self, limits: Sequence[Limit], horizon: float) -> bool:
        """Whether no place is free within `horizon` seconds."""
        return self._free_at(limits) - self._now > horizon

    def _leave(self, keys: tuple[str, ...], holder: str, bit: int, wait: float) -> Place:
        opens, shuts = self._told + wait, self._asked + wait + LATE
        return Place(keys, holder, self._block, bit, opens, shuts, self._now - self._asked)

    def _free_at(self, limits: Sequence[Limit]) -> float:
        if not self._rows.keys() >= {limit.key for limit in limits}:
            self.load(limit.key for limit in limits)  # which also tells what time it is
        return max([self._now, *(self._rows[limit.key].free_at(limit) for limit in limits)])

    def _taken_from(self, limit: Limit) -> _Row:
        row = self._rows[limit.key]
        row.drop_before(self._now - limit.seconds)
        self._touched.add(limit.key)
        return row

    def tell(self, told: Iterable[Told]) -> None:
        """Note what became of places. Those told of twice count once."""
        known = list(told)
        self.load(key for one in known for key in one.place.keys)
        for one in known:
            came = one.came + one.place.ahead if one.came is not None else None
            for key in one.place.keys:
                self._rows[key].tell(one.place, came, self._now + HELD if one.going else None)
                self._touched.add(key)

    def draw(self, key: str, many: int, per_second: float, burst: int) -> tuple[int, float]:
        """Up to `many` calls from a bucket of `burst` that fills at a steady rate: (how many were drawn, else how many
        seconds until there is one). Its row holds when it will be full."""
        self.load([key])
        full_at = max([self._now, *self._rows[key].stamps[-1:]])
        room = burst - (full_at - self._now) * per_second
        drawn = max(0, min(many, int(room + 1e-6)))
        if not drawn:
            return 0, (1 - room) / per_second
        self._rows[key] = _Row([full_at + drawn / per_second])
        self._touched.add(key)
        return drawn, 0.0

    def block(self, key: str, wait: timedelta) -> None:
        """The provider asked for a pause of this length. One of two calls in flight together may be asked for less: the
        longer pause holds."""
        self.keep()
        self.load([key])
        until = EPOCH + max(timedelta(seconds=self._now) + wait, timedelta(seconds=self._rows[key].blocked))
        done = self._tx.run(sa.update(pace).where(pace.c.key == key).values(blocked_until=until))
        if done.rowcount == 0:
            self._tx.insert_new(pace, key=key, blocked_until=until, **_columns(self._rows[key]))
            self._known.add(key)
        self._rows[key].blocked = (until - EPOCH).total_seconds()

    def keep(self) -> None:
        """Write the reservations: those of a whole batch of letters at once, in one order."""
        touched = sorted(self._touched)
        self._tx.at_end(_BEGUN, [{"key": k, **_columns(self._rows[k])} for k in touched if k not in self._known])
        self._tx.at_end(_KEEP, [{"k": k, **_columns(self._rows[k], "new_")} for k in touched if k in self._known])
        self._known |= self._touched
        self._touched.clear()

    def forget(self, value: str) -> None:
        """Drop the counts of a chat or an address, this transaction's included."""
        self._tx.run(sa.delete(pace).where(pace.c.key.endswith(f":{value}", autoescape=True)))
        for key in [key for key in self._rows if key.endswith(f":{value}")]:
            del self._rows[key]
            self._known.discard(key)
            self._touched.discard(key)

    def tidy(self, before: datetime, after: str) -> tuple[str | None, int]:
        """Drop rows of chats that have been still since `before`, one slice beyond the key `after`: the last key looked
        at (None at the end) and how many went. Rows in use hold the limits: they stay."""
        still = (before - EPOCH).total_seconds()
        rows = self._tx.run(sa.select(pace).where(pace.c.key > after).order_by(pace.c.key).limit(SLICE)).all()
        free = [r.key for r in rows if _last_of(r) < still and not _blocked_after(r, before)]
        if free:
            self._tx.run(sa.delete(pace).where(pace.c.key.in_(free)))
        return (rows[-1].key if len(rows) == SLICE else None), len(free)


def _columns(row: _Row, prefix: str = "") -> dict[str, Any]:
    """As the table has it: instants that are alike are counted, bits are hexadecimal."""
    held = {name: [(until, f"{bits:x}") for until, bits in block.items()] for name, block in row.held.items()}
    begun = list(Counter(row.begun).items()) if row.begun else []
    return {f"{prefix}stamps": row.stamps, f"{prefix}begun": begun, f"{prefix}held": held}


def _held(row: Any) -> dict[str, dict[float, int]]:
    return {name: {until: int(bits, 16) for until, bits in block} for name, block in row.held.items()}


def _last_of(row: Any) -> float:
    return max([*row.stamps, *(until for block in row.held.values() for until, _ in block)], default=0.0)


def _blocked_after(row: Any, at: datetime) -> bool:
    return row.blocked_until is not None and row.blocked_until >= at


_PACE = Ready(sa.select(pace).where(pace.c.key == sa.bindparam("key")))
_SERVER_TIME = sa.func.clock_timestamp(type_=sa.DateTime(timezone=True)).label("server_time")
_PACES = {
    False: Ready(sa.select(pace).where(one_of(pace.c.key, "keys", postgres=False))),
    True: Ready(
        sa.select(pace, _SERVER_TIME)
        .where(one_of(pace.c.key, "keys", postgres=True))
        .order_by(pace.c.key)
        .with_for_update()
    ),
}
_BEGUN = Ready(sa.insert(pace), ("key", "stamps", "begun", "held"))


@cache
def _begun() -> Ready:
    """On PostgreSQL: rows for limits of which nothing was counted; those that nobody else made meanwhile."""
    from sqlalchemy.dialects import postgresql

    nothing = [sa.literal_column(text, sa.JSON()) for text in ("'[]'", "'[]'", "'{}'")]
    keys = sa.select(unnested("keys", sa.Text()).c.value, *nothing)
    made = postgresql.insert(pace).from_select(["key", "stamps", "begun", "held"], keys)
    return Ready(made.on_conflict_do_nothing().returning(pace.c.key, _SERVER_TIME))


_KEEP = Ready(
    sa.update(pace)
    .where(pace.c.key == sa.bindparam("k"))
    .values(stamps=sa.bindparam("new_stamps"), begun=sa.bindparam("new_begun"), held=sa.bindparam("new_held"))
)
