"""What somebody asked of a whole desk at once: requested in the press's own transaction, worked off in slices by the
clock."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from bot.core.conversation import Say
from bot.core.records import record
from bot.store.bell import PLANNED
from bot.store.ready import Ready
from bot.store.tables import bulk

if TYPE_CHECKING:
    from bot.store.transaction import Tx


@record(frozen=True, slots=True)
class Bulk:
    """An act upon many loans or people. who: channel and address of the author; by: their name. facts: what the kind
    needs, how far it has come, and what is counted for the result."""

    kind: str  # closure, closure_undo, debts_remind, debts_reset, switch_on
    department_id: int
    who: str
    by: str
    facts: dict[str, Any]
    id: int = 0  # 0: not stored, done whole in the transaction that asks for it


@record(frozen=True, slots=True)
class Slice:
    """What one transaction did of it: its facts now, what follows for people and cards, and whether nothing is left."""

    facts: dict[str, Any]
    says: Sequence[Say]
    over: bool


class Bulks:
    def __init__(self, tx: Tx) -> None:
        self._tx = tx

    def ask(self, one: Bulk) -> None:
        """Leave it to the clock."""
        values = {"kind": one.kind, "department_id": one.department_id, "who": one.who, "by_name": one.by}
        self._tx.insert(bulk, **values, facts=one.facts, next_at=self._tx.now)
        self._tx.ring(PLANNED)

    def of(self, department_id: int, kind: str) -> list[Bulk]:
        """Those of a kind that a desk has under way."""
        query = sa.select(bulk).where(bulk.c.department_id == department_id, bulk.c.kind == kind)
        return [_bulk(row) for row in self._tx.run(query.order_by(bulk.c.id))]

    def take(self) -> Bulk | None:
        """The oldest one, locked; None when nothing waits or other replicas hold it all."""
        row = self._tx.run(_LOCKED if self._tx.postgres else _FIRST, {"now": self._tx.now}).first()
        return _bulk(row) if row else None

    def came_to(self, one: Bulk, facts: dict[str, Any]) -> None:
        self._tx.update(bulk, {"id": one.id}, facts=facts)

    def put_aside(self, one: Bulk, wait: timedelta) -> None:
        self._tx.update(bulk, {"id": one.id}, next_at=self._tx.now + wait)

    def done(self, one: Bulk) -> None:
        self._tx.run(sa.delete(bulk).where(bulk.c.id == one.id))


def _bulk(row: Any) -> Bulk:
    return Bulk(row.kind, row.department_id, row.who, row.by_name, row.facts, row.id)


_FIRST = Ready(sa.select(bulk).where(bulk.c.next_at <= sa.bindparam("now")).order_by(bulk.c.id).limit(1))
_LOCKED = Ready(_FIRST.statement.with_for_update(skip_locked=True))
