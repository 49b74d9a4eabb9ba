"""What messages cost, as far as their providers report it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import sqlalchemy as sa

from bot.core.inbound import Price
from bot.core.messages_debts import DebtReminder
from bot.core.money import Cost, costs
from bot.store.ready import Ready
from bot.store.tables import outbox

if TYPE_CHECKING:
    from bot.store.transaction import Tx


class Costs:
    """`tx.costs`."""

    def __init__(self, tx: Tx) -> None:
        self._tx = tx

    def told(self, channel: str, prices: Iterable[Price]) -> None:
        """Store prices with their messages. The first one reported stays; those of other senders' messages are
        ignored."""
        values = [{"by": channel, "sid": p.provider_id, "micro": p.cost.micro, "code": p.cost.currency} for p in prices]
        if values:
            self._tx.run(_TOLD, values)

    def of_reminders(self, contact_id: int, department_id: int, times: int) -> tuple[Cost, ...]:
        """What the newest `times` reminders of somebody's debts cost, on whatever roads they took; one sum for each
        currency. Empty when no provider reported them, or they are older than the log."""
        if not times:
            return ()
        key = (outbox.c.contact_id == contact_id) & (outbox.c.department_id == department_id)
        key &= outbox.c.message == DebtReminder.name
        begun = sa.select(outbox.c.id).where(key, outbox.c.parent_id.is_(None)).order_by(outbox.c.id.desc())
        first = self._tx.run(begun.limit(1).offset(times - 1)).scalar()
        paid = sa.select(outbox.c.cost_currency, sa.func.sum(outbox.c.cost).label("micro"))
        rows = self._tx.run(
            paid.where(key, outbox.c.id >= (first or 0), outbox.c.cost.is_not(None)).group_by(outbox.c.cost_currency)
        )
        return costs(Cost(int(row.micro), row.cost_currency) for row in rows)


_TOLD = Ready(
    sa.update(outbox)
    .where(outbox.c.channel == sa.bindparam("by"), outbox.c.provider_id == sa.bindparam("sid"), outbox.c.cost.is_(None))
    .values(cost=sa.bindparam("micro"), cost_currency=sa.bindparam("code"))
)
