"""What came in, raw, before it is understood."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from bot.core.inbound import Letter
from bot.core.records import record
from bot.store.bell import INBOX
from bot.store.ready import Ready, given, insert, one_of, unnested
from bot.store.tables import inbox, seen

if TYPE_CHECKING:
    from bot.store.transaction import Tx

TRIES = 3  # then a letter is parked and shown to staff
WAITS = (timedelta(seconds=1), timedelta(seconds=10))
LONGEST = {"provider_id": 200, "sender": 64, "lane": 200}  # characters


@record(frozen=True, slots=True)
class InboxRow:
    id: int
    letter: Letter
    tries: int
    more: bool = False  # others of its lane wait behind it


class Inbox:
    def __init__(self, tx: Tx) -> None:
        self._tx = tx

    def take(self, lane: str) -> InboxRow | None:
        """The oldest waiting letter of a lane, locked. None when there is none, it rests, or is in hand."""
        first = self._tx.once(_FIRST_LOCKED if self._tx.postgres else _FIRST, lane=lane).first()
        return _row(first, more=first.more) if first and first.next_at <= self._tx.now else None

    def look_ahead(self, lanes: Sequence[str]) -> list[tuple[str, str, str]]:
        """Read (and lock) at once what `take` will be asked for; (kind, channel, lane) of what waits."""
        one, each = (_FIRST_LOCKED, _EACH_LOCKED) if self._tx.postgres else (_FIRST, _FIRST_OF_EACH)
        first = {row.lane: row for row in self._tx.ask([(each, {"lanes": list(lanes)})])[0]}
        self._tx.foresee_all(one, [(None, (lane,), [first[lane]] if lane in first else []) for lane in lanes])
        return [(row.kind, row.channel, row.lane) for row in first.values()]

    def get(self, row_id: int) -> InboxRow | None:
        row = self._tx.run(sa.select(inbox).where(inbox.c.id == row_id)).first()
        return _row(row) if row else None

    def done(self, row_id: int) -> None:
        self._tx.later(_DONE, {"row": row_id, "at": self._tx.now})

    def failed(self, row_id: int, error: str) -> bool:
        """Count a failure; whether that was the last and the letter is parked now."""
        row = self._tx.run(self._tx.lock(sa.select(inbox.c.tries, inbox.c.state).where(inbox.c.id == row_id))).one()
        if row.state != "new":
            return False
        parked: bool = row.tries + 1 >= TRIES
        wait = WAITS[min(row.tries, len(WAITS) - 1)]
        self._tx.run(
            sa.update(inbox)
            .where(inbox.c.id == row_id)
            .values(
                tries=row.tries + 1, error=error[:500], state="parked" if parked else "new",
                next_at=self._tx.now + wait, done_at=self._tx.now if parked else None,
            )
        )  # fmt: skip
        return parked


def put_letters(tx: Tx, letters: Sequence[Sequence[Letter]]) -> list[int]:
    """Store the letters of several deliveries in the inbox; how many of each delivery were new.

    A repeat changes nothing; what people wrote does so also after the log of 90 days was purged: `seen` outlives it.
    """
    named = [[(name_of(letter), letter) for letter in map(_fitting, delivery)] for delivery in letters]
    new = _unseen(tx, list(dict.fromkeys(name for delivery in named for name, _ in delivery)))
    fresh = {name: letter for delivery in named for name, letter in delivery if name in new}
    if fresh:
        tx.run(
            insert(inbox, _SHELVED, postgres=tx.postgres, anew=True, numbered=False),
            [
                {
                    "channel": x.channel, "kind": x.kind, "provider_id": x.provider_id, "sender": x.sender,
                    "lane": x.lane, "payload": x.payload, "state": "new", "tries": 0, "next_at": tx.now,
                    "received_at": tx.now, "error": "",
                }
                for x in fresh.values()
            ],
        )  # fmt: skip
        tx.ring(INBOX)
    counts = []
    for delivery in named:
        names = [name for name, _ in delivery if name in new]
        counts.append(len(names))
        new.difference_update(names)
    return counts


def put_aside(tx: Tx, letters: Sequence[Letter], why: str) -> int:
    """Store letters as parked, for staff to look at; how many were new."""
    fresh = [letter for letter in letters if put_letters(tx, [[letter]]) == [1]]
    for letter in map(_fitting, fresh):
        tx.update(
            inbox, {"channel": letter.channel, "kind": letter.kind, "provider_id": letter.provider_id},
            state="parked", error=why, done_at=tx.now,
        )  # fmt: skip
    return len(fresh)


def _fitting(letter: Letter) -> Letter:
    """The letter with names that their columns hold. PostgreSQL refuses a longer one, and a mere beginning would make
    one letter of two: what is too long keeps its beginning and a digest of the whole."""
    names = {"provider_id": letter.provider_id, "sender": letter.sender, "lane": letter.lane}
    long = {name: value for name, value in names.items() if len(value) > LONGEST[name]}
    if not long:
        return letter
    changes: dict[str, Any] = {
        name: value[: LONGEST[name] - 32] + hashlib.sha256(value.encode(errors="replace")).hexdigest()[:32]
        for name, value in long.items()
    }
    return replace(letter, **changes)


def _unseen(tx: Tx, names: Sequence[str]) -> set[str]:
    """Those of these letters that were never there. names: each once."""
    if not names:
        return set()
    if tx.postgres:
        # Another replica may be putting the same letter this very moment: the one whose row stays has it. In one order,
        # so that two which put several of the same cannot wait for each other.
        return {row.id for row in tx.run(_newly_seen(), {"names": sorted(names), "at": tx.now})}
    known = {r.id for r in tx.run(_SEEN, {"names": names})}
    new = [n for n in names if n not in known]
    if new:
        tx.run(_NOW_SEEN, [{"id": n, "at": tx.now} for n in new])
    return set(new)


def name_of(letter: Any) -> str:
    """What a letter (or its row) is known by in `seen`."""
    return f"{letter.channel}:{letter.kind}:{letter.provider_id}"[:240]


def wrote_from(values: Sequence[str]) -> sa.ColumnElement[bool]:
    """The letters from these addresses. A channel names its lanes as it likes, with the address behind the last colon;
    no other beginning counts: somebody's id on Telegram may end a telephone number."""
    here = ((inbox.c.lane == one) | inbox.c.lane.endswith(f":{one}", autoescape=True) for one in values)
    return sa.or_(sa.false(), *here)


_READ = ("id", "channel", "kind", "provider_id", "sender", "lane", "payload", "tries", "next_at")
_SEEN = Ready(sa.select(seen.c.id).where(one_of(seen.c.id, "names", postgres=False)))
_SHELVED = (
    "channel", "kind", "provider_id", "sender", "lane", "payload", "state", "tries", "next_at", "received_at", "error",
)  # fmt: skip
_NOW_SEEN = Ready(sa.insert(seen), ("id", "at"))


@cache
def _newly_seen() -> Ready:
    """On PostgreSQL: names that were not known get a row, and are told."""
    from sqlalchemy.dialects import postgresql

    names = sa.select(unnested("names", sa.Text()).c.value, sa.bindparam("at", type_=seen.c.at.type))
    made = postgresql.insert(seen).from_select(["id", "at"], names)
    return Ready(made.on_conflict_do_nothing().returning(seen.c.id))


_BEHIND = sa.alias(inbox)
_MORE = sa.exists().where(_BEHIND.c.state == "new", _BEHIND.c.lane == inbox.c.lane, _BEHIND.c.id > inbox.c.id)
_FIRST = Ready(
    sa.select(*(inbox.c[name] for name in _READ), _MORE.label("more"))
    .where(inbox.c.state == "new", inbox.c.lane == sa.bindparam("lane"))
    .order_by(inbox.c.id)
    .limit(1)
)
_ASKED = given("lanes")
_WAITING = sa.alias(inbox)


def _oldest(lane: Any) -> Any:
    waiting = sa.select(sa.func.min(_WAITING.c.id)).where(_WAITING.c.state == "new", _WAITING.c.lane == lane)
    return sa.select(waiting.scalar_subquery())


_FIRST_OF_EACH = Ready(
    sa.select(*(inbox.c[name] for name in _READ), _MORE.label("more")).where(
        inbox.c.id.in_(_oldest(_ASKED.c.value).select_from(_ASKED))
    )
)


def _locked(oldest: Any) -> Ready:
    """On PostgreSQL: these letters, but for those that another replica has in hand: what waits behind them must wait.
    The state is looked at once more when the row is locked."""
    rows = sa.select(*(inbox.c[name] for name in _READ), _MORE.label("more"))
    return Ready(rows.where(inbox.c.id.in_(oldest), inbox.c.state == "new").with_for_update(of=inbox, skip_locked=True))


_LANES = unnested("lanes", sa.Text())
_FIRST_LOCKED = _locked(_oldest(sa.bindparam("lane")))
_EACH_LOCKED = _locked(_oldest(_LANES.c.value).select_from(_LANES))
_DONE = Ready(
    sa.update(inbox).where(inbox.c.id == sa.bindparam("row")).values(state="done", done_at=sa.bindparam("at")),
    outdates=False,  # the letter in hand, and what was foreseen of its lane is used up
)


def _row(row: Any, *, more: bool = False) -> InboxRow:
    letter = Letter(row.channel, row.kind, row.provider_id, row.sender, row.lane, row.payload or {})
    return InboxRow(row.id, letter, row.tries, more)
