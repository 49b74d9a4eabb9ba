"""Webhooks: where other systems are told of events. Each event is an outbox row for each address, like a message."""

from __future__ import annotations

import json
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from bot.core.hooks import secret_from
from bot.core.loans import Loan
from bot.core.messages_notices import HookEvent
from bot.core.records import record
from bot.store.outbox_rows import Line
from bot.store.ready import Ready
from bot.store.tables import hook, said

if TYPE_CHECKING:
    from bot.store.store import Store
    from bot.store.transaction import Tx

CHANNEL = "webhook"
OF_USE = timedelta(days=3)
LAST = 3  # priority: people first


@record(frozen=True, slots=True)
class Hook:
    """`department_id` None: told of every department."""

    id: int
    department_id: int | None
    url: str
    secret: str
    events: tuple[str, ...]
    created_at: datetime


class Hooks:
    def __init__(self, tx: Tx) -> None:
        self._tx = tx

    def add(self, url: str, events: Sequence[str], department_id: int | None, who: str) -> Hook:
        """A new address, with a secret of its own."""
        made = self._tx.insert(
            hook, department_id=department_id, url=url, secret=secret_from(secrets.token_bytes(32)),
            events=list(dict.fromkeys(events)), created_at=self._tx.now, who=who,
        )  # fmt: skip
        self._tx.audit.note(who, "hook_added", department_id, hook=made)
        return _hook(self._tx.run(sa.select(hook).where(hook.c.id == made)).one())

    def lock(self) -> None:
        """Of two that count the addresses at the same moment, the second waits for the first."""
        if self._tx.postgres:
            self._tx.run(sa.text("SELECT pg_advisory_xact_lock(727276)"))

    def all(self, department_id: int | None) -> list[Hook]:
        """Those a department sees; None: all."""
        query = sa.select(hook).order_by(hook.c.id)
        mine = query if department_id is None else query.where(hook.c.department_id == department_id)
        return [_hook(row) for row in self._tx.run(mine)]

    def remove(self, hook_id: int, department_id: int | None, who: str) -> bool:
        """Remove it; what waits for it ends when its turn comes. Whether there was one."""
        key = hook.c.id == hook_id
        mine = key if department_id is None else key & (hook.c.department_id == department_id)
        gone = self._tx.run(sa.delete(hook).where(mine)).rowcount == 1
        if gone:
            self._tx.audit.note(who, "hook_removed", department_id, hook=hook_id)
        return gone

    # --- telling -----------------------------------------------------------------------------

    def tell(self, event: str, department_id: int, key: str, **data: Any) -> None:
        """Tell every subscriber, once for a key: our names and ids, no words of messages."""
        for one in self._asked(event, department_id):
            full = f"hook:{one.id}:{event}:{key}"[:150]
            if self._tx.insert_new(said, key=full, at=self._tx.now):
                self._put(one, event, department_id, full, {"department_id": department_id, **data})

    def loan(self, event: str, found: Loan, key: str = "") -> None:
        """An event of a loan."""
        back = found.returned_at.isoformat() if found.returned_at else None
        self.tell(
            event, found.department_id, f"{found.id}:{key}", loan_id=found.id, item=found.code,
            contact_id=found.contact_id, state=found.state.value,
            lent_at=found.lent_at.isoformat(), due_at=found.due_at.isoformat(), returned_at=back,
        )  # fmt: skip

    def _asked(self, event: str, department_id: int) -> list[Hook]:
        return [found for found in map(_hook, self._tx.recall(_THEIRS, desk=department_id)) if event in found.events]

    def _put(self, one: Hook, event: str, department_id: int, key: str, data: dict[str, Any]) -> None:
        body = json.dumps({"type": event, "timestamp": self._tx.now.isoformat(), "data": data}, separators=(",", ":"))
        self._tx.outbox.put(
            Line(
                message=HookEvent(event, body),
                language="en",
                channel=CHANNEL,
                chat=str(one.id),
                key=key,
                about="hook",
                begun_by="person",
                priority=LAST,
                department_id=department_id,
                window_end=self._tx.now + OF_USE,
            )  # begun by an act: a system has no quiet hours
        )


async def target(store: Store, hook_id: str) -> tuple[str, str] | None:
    """(address, secret) as they are now; None when it was taken off the list. Raises StoreBusy."""
    rows: Sequence[Any] = await store.rows(_TARGET, {"hook": int(hook_id)})
    return (rows[0].url, rows[0].secret) if rows else None


_THEIRS = Ready(
    sa.select(hook)
    .where(hook.c.department_id.is_(None) | (hook.c.department_id == sa.bindparam("desk")))
    .order_by(hook.c.id)
)
_TARGET = sa.select(hook.c.url, hook.c.secret).where(hook.c.id == sa.bindparam("hook"))


def _hook(row: Any) -> Hook:
    return Hook(row.id, row.department_id, row.url, row.secret, tuple(row.events), row.created_at)
