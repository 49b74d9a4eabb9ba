"""A desk's paid messages: how many left by channels that cost money, month by month."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from bot.store.ready import Each, Ready, upsert
from bot.store.tables import spent
from bot.store.together import Asking

if TYPE_CHECKING:
    from bot.store.transaction import Tx


class Spending:
    """The counts of one transaction: read once per department, written together by `keep`."""

    def __init__(self, tx: Tx) -> None:
        self._tx = tx
        self._known: dict[int, int] = {}
        self._reserved: Counter[tuple[int, str]] = Counter()

    @property
    def month(self) -> str:
        """2026-11, by UTC: as providers bill."""
        return f"{self._tx.now:%Y-%m}"

    def this_month(self, department_id: int) -> int:
        """Messages of a department handed to providers who charge for them."""
        row = self._tx.recall(_MONTH.one, department=department_id, month=self.month).first()
        return int(row.messages) if row else 0

    def look_ahead(self, departments: Collection[int]) -> Asking[Sequence[Any]]:
        """Read at once what `this_month` of these will be asked for."""
        return self._tx.of_each(_MONTH, departments, month=self.month)

    def reserve(self, department_id: int, channel: str, most: int | None) -> bool:
        """Count one more message; False, and nothing counted, when the month has `most` already. Call `keep` after."""
        if department_id not in self._known:
            self._known[department_id] = self.this_month(department_id)
        if most is not None and self._known[department_id] >= most:
            return False
        self._known[department_id] += 1
        self._reserved[department_id, channel] += 1
        return True

    def keep(self) -> None:
        """Write what was reserved, before any of it leaves: the cap is hard."""
        for (department_id, channel), many in sorted(self._reserved.items()):
            self.add(department_id, channel, messages=many)
        self._reserved.clear()

    def add(self, department_id: int, channel: str, *, messages: int = 0, segments: int = 0) -> None:
        row = {"department_id": department_id, "month": self.month, "channel": channel}
        counted = {**row, "messages": messages, "segments": segments}
        self._tx.at_end(upsert(spent, tuple(counted), postgres=self._tx.postgres, adds=True), [counted])

    def give_back(self, department_id: int, channel: str, messages: int) -> None:
        """Messages that were counted and cost nothing. Does nothing where a new month has begun since."""
        values = {"department": department_id, "on": self.month, "by": channel, "less": messages}
        self._tx.run(_GIVE_BACK, values)

    def segments(self, department_id: int) -> int:
        """SMS segments of this month, as the carrier counts them."""
        key = (spent.c.department_id == department_id) & (spent.c.month == self.month)
        return int(self._tx.run(sa.select(sa.func.sum(spent.c.segments).label("n")).where(key)).scalar() or 0)


_MONTH = Each(
    sa.select(spent.c.department_id, sa.func.sum(spent.c.messages).label("messages"))
    .where(spent.c.month == sa.bindparam("month"))
    .group_by(spent.c.department_id),
    spent.c.department_id,
    "department",
)
_LESS = sa.bindparam("less", type_=sa.Integer())
_GIVE_BACK = Ready(
    sa.update(spent)
    .where(
        spent.c.department_id == sa.bindparam("department"), spent.c.month == sa.bindparam("on"),
        spent.c.channel == sa.bindparam("by"), spent.c.messages >= _LESS,
    )
    .values(messages=spent.c.messages - _LESS)
)  # fmt: skip
