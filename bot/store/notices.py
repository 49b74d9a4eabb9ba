"""The notification log as other systems read it: kinds, states and times. Words are not stored, so none are shown."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from bot.core.records import record
from bot.store.tables import address, among, outbox

if TYPE_CHECKING:
    from bot.store.store import Store

IN_A_CONVERSATION = ("answer", "toast", "staff", "hook")  # answers and cards are not notifications

STRETCH = 20_000  # the most messages that one page of the log searches
TROUBLE = ("dead", "unsure", "withheld")  # rare states, with a partial index


@record(frozen=True, slots=True, kw_only=True)
class Asked:
    """Which part of the log. `department_id` None: all departments. `before`: rows older than this row number."""

    department_id: int | None = None
    contact_id: int | None = None
    state: str | None = None
    channel: str | None = None
    kind: str | None = None
    reference: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    before: int | None = None
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
class Page:
    """A page of the log. `older`: where the next one begins (as `Asked.before`), None after the last."""

    rows: list[Notice]
    older: int | None


async def history(store: Store, asked: Asked) -> Page:
    """Newest first. A page of very rare messages may hold fewer than asked for, or none, and still be followed by
    another: it ends where it has looked through `STRETCH` of them. Raises StoreBusy."""
    part, older = await _part(store, asked)
    rows = await store.rows(_BASE.where(*_wanted(asked), *part).order_by(outbox.c.id.desc()).limit(asked.limit + 1))
    shown = [_notice(row) for row in rows[: asked.limit]]
    return Page(shown, shown[-1].row if len(rows) > asked.limit else older)


async def _part(store: Store, asked: Asked) -> tuple[list[sa.ColumnElement[bool]], int | None]:
    """Which rows a page searches, and `Page.older` where they end before what was asked for does."""
    before = asked.before
    if asked.contact_id is not None or asked.reference is not None or asked.state in TROUBLE:  # few, with an index
        return _between(before, None), None
    if asked.until is not None:
        begins = await _last_before(store, asked.until) + 1
        before = begins if before is None else min(before, begins)
    after = await _far_back(store, asked.department_id, before)
    ends = await _last_before(store, asked.since) if asked.since is not None else 0
    if after is None or after <= ends:
        return _between(before, ends), None
    return _between(before, after), after + 1


def _between(before: int | None, after: int | None) -> list[sa.ColumnElement[bool]]:
    """Rows between two numbers, both left out; None: no end on that side."""
    older = [] if before is None else [outbox.c.id < before]
    return older if after is None else [*older, outbox.c.id > after]


async def _far_back(store: Store, department_id: int | None, before: int | None) -> int | None:
    """The row at which a page stops searching; None when the log ends sooner."""
    if department_id is None:  # rows are numbered consecutively: no need to scan them
        newest = (await store.rows(sa.select(sa.func.max(outbox.c.id))))[0][0] or 0
        after = min(newest, (before or newest + 1) - 1) - STRETCH
        return after if after > 0 else None
    mine = (outbox.c.department_id == department_id) & outbox.c.contact_id.is_not(None)
    if before is not None:
        mine &= outbox.c.id < before
    rows = await store.rows(sa.select(outbox.c.id).where(mine).order_by(outbox.c.id.desc()).limit(1).offset(STRETCH))
    return rows[0].id if rows else None


async def _last_before(store: Store, at: datetime) -> int:
    """The newest row that is older than an instant; 0 when there is none."""
    older = sa.select(outbox.c.id).where(outbox.c.created_at < at).order_by(outbox.c.created_at.desc()).limit(1)
    rows = await store.rows(older)
    return rows[0].id if rows else 0


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
