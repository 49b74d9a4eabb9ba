"""The notification log as other systems read it: kinds, states and times. Words are not stored, so none are shown."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from bot.core.records import record
from bot.store.tables import address, among, attempt, outbox

if TYPE_CHECKING:
    from bot.store.store import Store

IN_A_CONVERSATION = ("answer", "toast", "staff", "hook")  # answers and cards are not notifications

TROUBLE = ("dead", "unsure", "withheld")  # rare states, with a partial index


@record(frozen=True, slots=True, kw_only=True)
class Asked:
    """Which part of the log. `department_id` None: all departments. `before`: rows older than this row number, `after`:
    newer ones."""

    department_id: int | None = None
    contact_id: int | None = None
    state: str | None = None
    channel: str | None = None
    kind: str | None = None
    reference: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    before: int | None = None
    after: int | None = None
    limit: int = 50


@record(frozen=True, slots=True)
class Notice:
    """One message to a person. `ref` is its public id, `parent` that of the message it carries on."""

    row: int
    ref: str
    kind: str
    state: str
    channel: str
    language: str
    contact_id: int | None
    department_id: int | None
    reference: str | None
    attempts: int
    error: str
    begun_by: str
    parent: str | None
    created_at: datetime
    next_at: datetime
    sent_at: datetime | None
    delivered_at: datetime | None
    closed_at: datetime | None


@record(frozen=True, slots=True)
class Try:
    """One attempt to send. `outcome` None: still under way."""

    started_at: datetime
    ended_at: datetime | None
    outcome: str | None
    code: str


async def history(store: Store, asked: Asked) -> list[Notice]:
    """Newest first. Raises StoreBusy."""
    rows = await store.rows(_BASE.where(*_wanted(asked)).order_by(outbox.c.id.desc()).limit(asked.limit))
    return [_notice(row) for row in rows]


async def one(store: Store, ref: str, department_id: int | None) -> Notice | None:
    """A message by its public id, when this department may see it."""
    rows = await store.rows(_BASE.where(outbox.c.ref == ref, *_wanted(Asked(department_id=department_id))))
    return _notice(rows[0]) if rows else None


async def tries(store: Store, row: int) -> list[Try]:
    """Every attempt of a message, oldest first."""
    query = sa.select(attempt.c.started_at, attempt.c.ended_at, attempt.c.outcome, attempt.c.code)
    rows: Sequence[Any] = await store.rows(query.where(attempt.c.outbox_id == row).order_by(attempt.c.id))
    return [Try(*found) for found in rows]


async def holder(store: Store, values: Sequence[str]) -> int | None:
    """Whose address one of these is."""
    query = sa.select(address.c.contact_id).where(address.c.value.in_(values)).order_by(address.c.id).limit(1)
    rows = await store.rows(query)
    return int(rows[0][0]) if rows else None


def _wanted(asked: Asked) -> list[sa.ColumnElement[bool]]:
    columns = outbox.c
    wanted: list[sa.ColumnElement[bool]] = [
        columns.op == "send", columns.contact_id.is_not(None), columns.about.not_in(IN_A_CONVERSATION),
    ]  # fmt: skip
    pairs: tuple[tuple[sa.ColumnElement[Any], Any], ...] = (
        (columns.department_id, asked.department_id), (columns.contact_id, asked.contact_id),
        (columns.state, asked.state), (columns.channel, asked.channel), (columns.message, asked.kind),
        (columns.reference, asked.reference),
    )  # fmt: skip
    wanted += [column == value for column, value in pairs if value is not None]
    if asked.since is not None:
        wanted.append(columns.created_at >= asked.since)
    if asked.until is not None:
        wanted.append(columns.created_at < asked.until)
    if asked.before is not None:
        wanted.append(columns.id < asked.before)
    if asked.after is not None:
        wanted.append(columns.id > asked.after)
    if asked.state in TROUBLE:
        wanted.append(among(columns.state, *TROUBLE))
    return wanted


_PARENT = sa.alias(outbox)
_BASE = sa.select(
    outbox.c.id, outbox.c.ref, outbox.c.message, outbox.c.state, outbox.c.channel, outbox.c.language,
    outbox.c.contact_id, outbox.c.department_id, outbox.c.reference, outbox.c.attempts, outbox.c.error,
    outbox.c.begun_by, _PARENT.c.ref.label("parent_ref"), outbox.c.created_at, outbox.c.next_at, outbox.c.sent_at,
    outbox.c.delivered_at, outbox.c.closed_at,
).join(_PARENT, _PARENT.c.id == outbox.c.parent_id, isouter=True)  # fmt: skip


def _notice(row: Any) -> Notice:
    return Notice(*row)
