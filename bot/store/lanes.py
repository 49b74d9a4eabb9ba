"""Which lanes of the inbox have a letter that may be handled now, and when the next one may."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bot.store.reader import Reader
from bot.store.ready import Ready
from bot.store.tables import inbox

# Letters of people, and as many receipts, that are read to find so many lanes: a message has up to three receipts.
PER_LANE = 3
# With fewer lanes than this part of those asked for, few people have written much, and all that waits is looked at.
FEW = 4

_NOW: sa.BindParameter[datetime] = sa.bindparam("now")
_AFTER: sa.BindParameter[datetime] = sa.bindparam("after")
_MOST: sa.BindParameter[int] = sa.bindparam("most")
_READ: sa.BindParameter[int] = sa.bindparam("read")
_RECEIPT = inbox.c.kind == "receipt"
_KINDS = (inbox.c.kind != "receipt", _RECEIPT)  # worded as the conditions of the two indexes


async def waiting_lanes(reader: Reader, now: datetime, most: int) -> list[str]:
    """Lanes with a letter that may be handled at `now`: those of people before receipts, the longest waiting first.

    Looks at the letters that have waited longest, so that a day's backlog costs no more than a minute's.
    """
    read = PER_LANE * most
    rows = await reader.rows(_NEAR, {"now": now, "most": most, "read": read})
    if len(rows) * FEW < most and any(sum(row.letters for row in rows if row.late == late) >= read for late in (0, 1)):
        rows = await reader.rows(_ALL, {"now": now, "most": most})
    return [row.lane for row in rows]


async def next_letter(reader: Reader, after: datetime) -> datetime | None:
    """When the next letter that rests may be tried."""
    (row,) = await reader.rows(_NEXT, {"after": after})
    return min((found for found in row if found is not None), default=None)


def _longest_waiting(late: int) -> sa.Select[Any]:
    found = (
        sa.select(inbox.c.lane, inbox.c.id, sa.literal_column(str(late)).label("late"))
        .where(inbox.c.state == "new", _KINDS[late], inbox.c.next_at <= _NOW)
        .order_by(inbox.c.next_at)
        .limit(_READ)
        .subquery()
    )
    return sa.select(found)


def _next_at(kind: sa.ColumnElement[bool]) -> sa.ScalarSelect[datetime]:
    waits = sa.select(inbox.c.next_at).where(inbox.c.state == "new", kind, inbox.c.next_at > _AFTER)
    return waits.order_by(inbox.c.next_at).limit(1).scalar_subquery()


_EITHER = sa.union_all(*map(_longest_waiting, range(len(_KINDS)))).subquery("either")
_NEAR = Ready(
    sa.select(_EITHER.c.lane, _EITHER.c.late, sa.func.count().label("letters"))
    .group_by(_EITHER.c.late, _EITHER.c.lane)
    .order_by(_EITHER.c.late, sa.func.min(_EITHER.c.id))
    .limit(_MOST)
)
_ALL = Ready(
    sa.select(inbox.c.lane)
    .where(inbox.c.state == "new", inbox.c.next_at <= _NOW)
    .group_by(inbox.c.lane)
    .order_by(sa.func.max(sa.case((_RECEIPT, 1), else_=0)), sa.func.min(inbox.c.id))
    .limit(_MOST)
)
NEXT_OF_KIND = tuple(_next_at(kind).label(name) for name, kind in zip(("letter", "receipt"), _KINDS, strict=True))
_NEXT = Ready(sa.select(*NEXT_OF_KIND))
