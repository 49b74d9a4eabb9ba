"""Loans, items, people and debts as other systems read them: beside the writer, a page at a time, newest first."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from bot.core.records import record
from bot.core.spoken import fold
from bot.store.debts import OWED
from bot.store.loans import OUT
from bot.store.tables import address, among, contact, debt, item, loan, membership, referred_to

if TYPE_CHECKING:
    from bot.store.store import Store

# Rare states: each group has a partial index, used only when the query names its condition.
FEW_LOANS = (("active",), ("requested", "return_declared"), ("refused", "expired", "cancelled", "lost", "damaged"))
AWAY = ("in_repair", "retired", "lost")


@record(frozen=True, slots=True, kw_only=True)
class Part:
    """Which part of a list. `department_id` None: all departments. `before`: rows older than this row number."""

    department_id: int | None = None
    before: int | None = None
    limit: int = 50


async def loans(
    store: Store, part: Part, *, loan_id: int | None = None, state: str | None = None, contact_id: int | None = None,
    code: str | None = None, late_at: datetime | None = None,
) -> Sequence[Any]:  # fmt: skip
    """Rows with the item's code and name and the borrower's. `late_at`: only those late at this instant."""
    query = _LOANS.where(*_equal((loan.c.id, loan_id), (loan.c.state, state), (loan.c.contact_id, contact_id)))
    query = query.where(*(among(loan.c.state, *few) for few in FEW_LOANS if state in few))
    if code is not None:
        query = query.where(item.c.code == code.strip().upper())
    if late_at is not None:
        query = query.where(among(loan.c.state, "active"), loan.c.due_at < late_at)
    many = state in (None, "returned") and (loan_id, contact_id, code, late_at) == (None,) * 4
    return await store.rows(_part(query, part, loan.c.id, loan.c.department_id, many=many))


async def items(
    store: Store, part: Part, *, code: str | None = None, state: str | None = None, search: str | None = None
) -> Sequence[Any]:
    """Rows with the time an item that is out is due back."""
    query = _ITEMS.where(*_equal((item.c.code, code.strip().upper() if code else None), (item.c.state, state)))
    if state in AWAY:
        query = query.where(item.c.state != sa.literal_column("'available'"))
    if search:
        query = query.where(item.c.search.contains(fold(search), autoescape=True))
    return await store.rows(_part(query, part, item.c.id, item.c.department_id))


async def contacts(
    store: Store, part: Part, *, contact_id: int | None = None, address_value: str | None = None
) -> Sequence[Any]:
    """People, each once, without those who were erased (as `tx.people.find`)."""
    query = sa.select(contact.c.id, contact.c.name, contact.c.language, contact.c.paused_until, contact.c.created_at)
    reached = sa.exists().where(address.c.contact_id == contact.c.id)
    query = query.where(sa.or_(contact.c.name != "", reached), *_equal((contact.c.id, contact_id)))
    if address_value is not None:
        held = sa.select(address.c.contact_id).where(address.c.value == address_value)
        query = query.where(contact.c.id.in_(held))
    if part.department_id is not None:
        mine = sa.select(membership.c.contact_id).where(membership.c.department_id == part.department_id)
        query = query.where(contact.c.id.in_(mine))
    return await store.rows(_part(query, Part(before=part.before, limit=part.limit), contact.c.id, None))


async def addresses(store: Store, contact_ids: Sequence[int]) -> dict[int, list[Any]]:
    """Each person's addresses."""
    found: dict[int, list[Any]] = {i: [] for i in contact_ids}
    query = sa.select(address).where(address.c.contact_id.in_(contact_ids)).order_by(address.c.id)
    for row in await store.rows(query) if contact_ids else ():
        found[row.contact_id].append(row)
    return found


async def debts(
    store: Store, part: Part, *, contact_id: int | None = None, state: str | None = None, reference: str | None = None
) -> Sequence[Any]:
    """Rows as recorded; what remains of a debt is computed by `tx.debts.statement`."""
    query = sa.select(debt).where(*_equal((debt.c.contact_id, contact_id), (debt.c.state, state)))
    if state in OWED:
        query = query.where(among(debt.c.state, *OWED))
    if reference is not None:
        query = query.where(referred_to(reference.strip()))
    many = state not in OWED and contact_id is None and not (reference or "").strip()
    return await store.rows(_part(query, part, debt.c.id, debt.c.department_id, many=many))


def _equal(*pairs: tuple[sa.ColumnElement[Any], Any]) -> list[sa.ColumnElement[bool]]:
    return [column == value for column, value in pairs if value is not None]


def _part(
    query: sa.Select[Any], part: Part, number: sa.ColumnElement[int], mine: sa.ColumnElement[int] | None, *,
    many: bool = False,
) -> sa.Select[Any]:  # fmt: skip
    """`many`: no other condition is selective, so a department's rows are read along their own index."""
    if part.before is not None:
        query = query.where(number < part.before)
    if part.department_id is not None and mine is not None:
        query = query.where(mine == part.department_id)
        if many:
            query = query.where(number > sa.literal_column("0"))  # tables.ALL
    return query.order_by(number.desc()).limit(part.limit)


_LOANS = (
    sa.select(
        loan.c.id, loan.c.department_id, loan.c.contact_id, contact.c.name.label("borrower"), item.c.code,
        item.c.name.label("item"), loan.c.state, loan.c.number, loan.c.lent_at, loan.c.due_at, loan.c.returned_at,
        loan.c.extensions,
    )
    .join(item, item.c.id == loan.c.item_id)
    .join(contact, contact.c.id == loan.c.contact_id)
)  # fmt: skip
_ITEMS = sa.select(
    item.c.id, item.c.department_id, item.c.code, item.c.name, item.c.category, item.c.check, item.c.state,
    loan.c.due_at.label("back_at"), loan.c.id.label("loan_id"),
).join(loan, sa.and_(loan.c.item_id == item.c.id, loan.c.state.in_(OUT)), isouter=True)  # fmt: skip
