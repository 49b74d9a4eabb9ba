"""Plans that a change of rules has to move: requested in the change's own transaction, done in slices by the clock."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import sqlalchemy as sa

from bot.core.records import record
from bot.store.bell import PLANNED
from bot.store.ready import Ready
from bot.store.tables import FIRST, Moment, replanning

if TYPE_CHECKING:
    from bot.store.transaction import Tx


@record(frozen=True, slots=True)
class Slice:
    """The next loans to look at: those of a department after a due time and number."""

    department_id: int
    after: Moment


class Replannings:
    def __init__(self, tx: Tx) -> None:
        self._tx = tx

    def ask(self, department_id: int) -> None:
        """Request a look at all plans of a department, from the first loan on."""
        self._tx.put(replanning, department_id=department_id, due_at=FIRST[0], after=FIRST[1], asked_at=self._tx.now)
        self._tx.ring(PLANNED)

    def take(self) -> Slice | None:
        """The longest-waiting slice, locked; None when nothing waits or other replicas hold it all."""
        row = self._tx.run(_LOCKED if self._tx.postgres else _FIRST).first()
        return Slice(row.department_id, (row.due_at, row.after)) if row else None

    def came_to(self, department_id: int, due_at: datetime, loan_id: int) -> None:
        key = replanning.c.department_id == department_id
        self._tx.run(sa.update(replanning).where(key).values(due_at=due_at, after=loan_id))

    def done(self, department_id: int) -> None:
        self._tx.run(sa.delete(replanning).where(replanning.c.department_id == department_id))


_FIRST = Ready(sa.select(replanning).order_by(replanning.c.asked_at).limit(1))
_LOCKED = Ready(_FIRST.statement.with_for_update(skip_locked=True))
