"""Messages that did not arrive: accepted by a provider without a receipt since, or without a road."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from bot.core.delivery import UNFINISHED, WINDOW_CLOSED
from bot.core.loans import LoanState
from bot.store.loans import OPEN
from bot.store.outbox_rows import LoanRow
from bot.store.outbox_statements import LOANS_NOW
from bot.store.ready import Each, Ready
from bot.store.tables import among, loan, outbox

if TYPE_CHECKING:
    from bot.store.transaction import Tx

IN_HAND = timedelta(minutes=5)  # a look-up that failed is repeated after this
STRANDED_FOR = timedelta(days=7)  # facts are dropped after that


class Undelivered:
    def __init__(self, tx: Tx) -> None:
        self._tx = tx

    def to_ask(self, limit: int) -> Sequence[Any]:
        """Rows whose look-up is due, each given to one process only: it is due again in five minutes."""
        query = sa.select(outbox).where(outbox.c.look_at <= self._tx.now).order_by(outbox.c.look_at).limit(limit)
        rows = self._tx.run(self._tx.lock(query, skip=True)).all()
        if rows:
            ids = [row.id for row in rows]
            self._tx.run(sa.update(outbox).where(outbox.c.id.in_(ids)).values(look_at=self._tx.now + IN_HAND))
        return rows

    def get(self, row_id: int) -> Any:
        """The row, locked; None when it was purged."""
        return self._tx.run(self._tx.lock(sa.select(outbox).where(outbox.c.id == row_id))).first()

    def look_again(self, row_id: int, at: datetime | None) -> None:
        self._tx.run(sa.update(outbox).where(outbox.c.id == row_id).values(look_at=at))

    def went_on(self, row_id: int) -> bool:
        """Whether the message went on as another row: by the next road, as a template, or again."""
        return self._tx.run(_CHILD, {"row": row_id}).first() is not None

    def on_its_way(self, row_id: int) -> bool:
        """Whether a row that the message went on as, or was sent again as, still waits or is in hand."""
        self.get(row_id)  # locked: of two presses at once the second finds what the first put down
        return self._tx.run(_STILL_GOING, {"row": row_id}).first() is not None

    def still_out(self, loan_ids: Sequence[int]) -> bool:
        """Whether any of these loans runs, and nobody has said that it is back."""
        rows = self._tx.run(LOANS_NOW[self._tx.postgres], {"ids": list(loan_ids)})
        return any(row.state == LoanState.ACTIVE for row in rows)

    def stranded(self, contact_id: int) -> Sequence[LoanRow]:
        """Notices about running loans that failed on every road of a person and are still useful, oldest first."""
        found = self._tx.recall(STRANDED.one, contact=contact_id, **still_of_use(self._tx))
        ids = [row.id for row in found]
        return self._tx.run(sa.select(outbox).where(outbox.c.id.in_(ids)).order_by(outbox.c.id)).all() if ids else ()


_CHILD = Ready(sa.select(outbox.c.id).where(outbox.c.parent_id == sa.bindparam("row")).limit(1))
_STILL_GOING = Ready(_CHILD.statement.where(outbox.c.state.in_(sorted(UNFINISHED))))
_LATER = sa.alias(outbox)
STRANDED = Each(
    sa.select(outbox.c.id, outbox.c.contact_id)
    .join(loan, loan.c.id == outbox.c.loan_id)
    .where(
        among(outbox.c.state, "dead", "withheld"),
        sa.or_(outbox.c.state == "dead", outbox.c.error == WINDOW_CLOSED),
        outbox.c.about == "notice",
        outbox.c.facts.is_not(sa.null()),
        outbox.c.closed_at >= sa.bindparam("since"),
        sa.or_(outbox.c.window_end.is_(None), outbox.c.window_end > sa.bindparam("now")),
        loan.c.state.in_(OPEN),
        ~sa.exists().where(_LATER.c.parent_id == outbox.c.id),
    )
    .order_by(outbox.c.id),
    outbox.c.contact_id,
    "contact",
)


def still_of_use(tx: Tx) -> dict[str, datetime]:
    return {"since": tx.now - STRANDED_FOR, "now": tx.now}
