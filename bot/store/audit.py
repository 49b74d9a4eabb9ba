"""Who did what."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from bot.core.records import record
from bot.store.tables import audit

if TYPE_CHECKING:
    from bot.store.transaction import Tx


@record(frozen=True, slots=True)
class Act:
    """One thing somebody did. `who` is channel and address ("telegram:700100002"), or "clock"."""

    id: int
    department_id: int | None
    who: str
    what: str
    facts: dict[str, Any]
    at: datetime


class Audit:
    """Who changed what: settings, roles, words, people."""

    def __init__(self, tx: Tx) -> None:
        self._tx = tx

    def note(self, who: str, what: str, department_id: int | None = None, **facts: Any) -> int:
        """Add an entry; its number. `what` has at most 64 characters."""
        return self._tx.insert(audit, department_id=department_id, who=who, what=what, facts=facts, at=self._tx.now)

    def last(self, department_id: int, what: str) -> Act | None:
        """The latest act of a kind at a desk."""
        key = (audit.c.department_id == department_id) & (audit.c.what == what)
        row = self._tx.run(sa.select(audit).where(key).order_by(audit.c.id.desc()).limit(1)).first()
        return _act(row) if row else None

    def newest(self, department_id: int, beginning: str, limit: int) -> list[Act]:
        """The newest acts of a desk whose `what` begins so."""
        key = (audit.c.department_id == department_id) & audit.c.what.startswith(beginning, autoescape=True)
        return [_act(row) for row in self._tx.run(sa.select(audit).where(key).order_by(audit.c.id.desc()).limit(limit))]

    def after(self, department_id: int, what: str, act_id: int, limit: int) -> list[Act]:
        """The first acts of a kind at a desk after another act."""
        key = (audit.c.department_id == department_id) & (audit.c.what == what) & (audit.c.id > act_id)
        return [_act(row) for row in self._tx.run(sa.select(audit).where(key).order_by(audit.c.id).limit(limit))]

    def get(self, act_id: int) -> Act | None:
        row = self._tx.run(sa.select(audit).where(audit.c.id == act_id)).first()
        return _act(row) if row else None


def _act(row: Any) -> Act:
    return Act(row.id, row.department_id, row.who, row.what, row.facts, row.at)
