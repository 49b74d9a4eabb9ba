"""Who did what."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.store.tables import audit

if TYPE_CHECKING:
    from bot.store.transaction import Tx


class Audit:
    def __init__(self, tx: Tx) -> None:
        self._tx = tx

    def note(self, who: str, what: str, department_id: int | None = None, **facts: Any) -> None:
        self._tx.insert(audit, department_id=department_id, who=who, what=what, facts=facts, at=self._tx.now)
