"""What the dashboard shows, read beside the writer: one department at a time, each list bounded and served by an index.

Nothing here writes. Every function raises StoreBusy when the database is out of reach.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from bot.core.debts import Statement, statement
from bot.core.money import Money
from bot.core.records import record
from bot.core.spoken import fold
from bot.core.spoken import words as words_of
from bot.store.debts import DEBTS, OWED, read_debt, read_payment
from bot.store.hints import off_index, sorted_by
from bot.store.loans import NEVER_LENT
from bot.store.names import FEW, holding_all
from bot.store.notices import IN_A_CONVERSATION
from bot.store.reports import act_of, last_runs
from bot.store.runs import NEVER_SUSPENDED
from bot.store.tables import (
    address,
    among,
    contact,
    debt,
    department,
    inbox,
    item,
    loan,
    loan_event,
    membership,
    meta,
    outbox,
    payment,
    planned,
    planned_outbox,
    role,
)

if TYPE_CHECKING:
    from bot.store.store import Store

END_SHOWN = 2  # digits
SHOWN = 50


@record(frozen=True, slots=True)
class DeskRow:
    id: int
    name: str
    zone: ZoneInfo
    language: str


@record(frozen=True, slots=True)
class Week:
    """Returns of a week, and how many of them were on time."""

    starts_at: datetime
    back: int
    on_time: int


@record(frozen=True, slots=True)
class TimelineEntry:
    """One line of a timeline: something said (`channel` and `state`), or something done (`who` did it)."""

    at: datetime
    what: str
    channel: str = ""
    state: str = ""
    who: str = ""
    ref: str = ""
    loan_id: int | None = None


@record(frozen=True, slots=True)
class Balance:
    """One currency: what people owe now, and what they paid in the period."""

    owed: Money
    paid: Money


async def desks(store: Store) -> list[DeskRow]:
    rows = await store.rows(sa.select(department).order_by(department.c.id))
    return [DeskRow(row.id, row.name, ZoneInfo(row.zone), row.language) for row in rows]


async def team(store: Store, department_id: int) -> dict[str, str]:
    """Telegram user → name, of the team."""
    query = sa.select(role.c.telegram_user, role.c.name).where(role.c.department_id == department_id)
    return {row.telegram_user: row.name for row in await store.rows(query)}


# --- today ---------------------------------------------------------------------------------------


async def due(store: Store, department_id: int, since: datetime | None, until: datetime) -> tuple[Sequence[Any], int]:
    """(loans that are out and due between two instants, soonest first; how many there are)."""
    after = () if since is None else (loan.c.due_at >= since,)
    where = sa.and_(loan.c.department_id == department_id, _ACTIVE, loan.c.due_at < until, *after)
    return await _listed(store, where, loan.c.due_at)


async def waiting(store: Store, department_id: int) -> tuple[Sequence[Any], int]:
    """(requests to answer and returns to confirm, oldest first; how many there are)."""
    # Few wait anywhere; the sum keeps SQLite from scanning all loans of the desk instead.
    return await _listed(store, sa.and_(off_index(loan.c.department_id) == department_id, _WAITS), loan.c.created_at)


async def _listed(
    store: Store, where: sa.ColumnElement[bool], order: sa.ColumnElement[Any]
) -> tuple[Sequence[Any], int]:
    count = await store.rows(sa.select(sa.func.count()).select_from(loan).where(where))
    return await store.rows(_LOANS.where(where).order_by(order).limit(SHOWN)), count[0][0]


# --- people --------------------------------------------------------------------------------------


async def names(store: Store, contact_ids: Sequence[int]) -> dict[int, str]:
    """Person → name; without a name, the last digits of their number (…78): enough to distinguish two, too few to
    call."""
    query = sa.select(contact.c.id, contact.c.name).where(contact.c.id.in_(set(contact_ids)))
    found = {row.id: row.name for row in await store.rows(query)}
    nameless = [number for number, name in found.items() if not name]
    ends = sa.select(address.c.contact_id, address.c.value).where(address.c.contact_id.in_(nameless))
    for row in await store.rows(ends.where(address.c.value.startswith("+"))) if nameless else ():
        found[row.contact_id] = f"…{row.value[-END_SHOWN:]}"
    return found


async def people(store: Store, department_id: int, words: str, limit: int = 20) -> list[tuple[int, str]]:
    """(number, name) of people of a desk whose name holds these words, accents and case aside."""
    wanted, here = fold(words), membership.c.department_id == department_id
    if not wanted:
        return []
    if await store.rows(sa.select(membership.c.contact_id).where(here).offset(FEW).limit(1)):
        return await _of_many(store, department_id, words, limit)
    query = sa.select(contact.c.id, contact.c.name).join(membership, membership.c.contact_id == contact.c.id)
    everyone = await store.rows(query.where(here).order_by(contact.c.name))
    return [(row.id, row.name) for row in everyone if wanted in fold(row.name)][:limit]


async def _of_many(store: Store, department_id: int, typed: str, limit: int) -> list[tuple[int, str]]:
    """In a desk too large to scan, people in whose names the words begin a word."""
    if not words_of(typed):
        return []
    rows = await store.rows(holding_all(department_id, typed).limit(limit))
    return [(row.id, row.name) for row in rows]


async def holder(store: Store, department_id: int, value: str) -> int | None:
    """Whose address this is, when they are of this desk."""
    query = (
        sa.select(address.c.contact_id)
        .join(membership, membership.c.contact_id == address.c.contact_id)
        .where(address.c.value == value, membership.c.department_id == department_id)
        .limit(1)
    )
    rows = await store.rows(query)
    return rows[0].contact_id if rows else None


# --- one person, one loan ------------------------------------------------------------------------


async def person(store: Store, contact_id: int, department_id: int) -> Any:
    """Somebody of this desk; None for anybody else."""
    query = (
        sa.select(contact.c.id, contact.c.name, contact.c.language, contact.c.paused_until, contact.c.created_at)
        .join(membership, membership.c.contact_id == contact.c.id)
        .where(contact.c.id == contact_id, membership.c.department_id == department_id)
    )
    return next(iter(await store.rows(query)), None)


async def addresses(store: Store, contact_id: int) -> Sequence[Any]:
    return await store.rows(sa.select(address).where(address.c.contact_id == contact_id).order_by(address.c.id))


async def loans_of(store: Store, contact_id: int, department_id: int) -> Sequence[Any]:
    """Newest first."""
    mine = (loan.c.contact_id == contact_id) & (loan.c.department_id == department_id)
    return await store.rows(_LOANS.where(mine).order_by(sorted_by(loan.c.id).desc()).limit(SHOWN))


async def one_loan(store: Store, loan_id: int, department_id: int) -> Any:
    """A loan of this desk; None for any other."""
    rows = await store.rows(_LOANS.where(loan.c.id == loan_id, loan.c.department_id == department_id))
    return next(iter(rows), None)


async def steps_of_person(
    store: Store, contact_id: int, department_id: int, before: datetime, limit: int
) -> list[TimelineEntry]:
    """What a desk said to a person and did with their loans, newest first."""
    loans = sa.select(loan.c.id).where(loan.c.contact_id == contact_id, loan.c.department_id == department_id)
    said = (outbox.c.contact_id == contact_id) & (outbox.c.department_id == department_id)
    return await _steps(store, said, outbox.c.id, loan_event.c.loan_id.in_(loans), before, limit)


async def steps_of_loan(store: Store, loan_id: int, before: datetime, limit: int) -> list[TimelineEntry]:
    """The same of one loan, with the gathered messages that spoke of it."""
    gathered = (
        sa.select(planned_outbox.c.outbox_id)
        .join(planned, planned.c.id == planned_outbox.c.planned_id)
        .where(planned.c.kind == "loan", planned.c.subject_id == loan_id)
    )
    alone = sa.select(outbox.c.id).where(outbox.c.loan_id == loan_id)
    # Not `or`: PostgreSQL would compare every message with both.
    said = outbox.c.id.in_(alone.union_all(gathered))
    return await _steps(store, said, sorted_by(outbox.c.id), loan_event.c.loan_id == loan_id, before, limit)


async def _steps(
    store: Store, said: sa.ColumnElement[bool], order: sa.ColumnElement[int], done: sa.ColumnElement[bool],
    before: datetime, limit: int,
) -> list[TimelineEntry]:  # fmt: skip
    words = sa.select(outbox).where(
        said, outbox.c.op == "send", outbox.c.contact_id.is_not(None), outbox.c.about.not_in(IN_A_CONVERSATION),
        outbox.c.created_at < before,
    )  # fmt: skip
    spoken = await store.rows(words.order_by(order.desc()).limit(limit))
    acts = sa.select(loan_event).where(done, loan_event.c.at < before)
    acted = await store.rows(acts.order_by(sorted_by(loan_event.c.id).desc()).limit(limit))
    found = [TimelineEntry(r.created_at, r.message, r.channel, r.state, ref=r.ref, loan_id=r.loan_id) for r in spoken]
    found += [TimelineEntry(r.at, act_of(r), who=r.who, loan_id=r.loan_id) for r in acted]
    return sorted(found, key=lambda step: step.at, reverse=True)[:limit]


async def stands(store: Store, contact_id: int, department_id: int) -> Statement:
    """Where a person stands with a desk."""
    owed = DEBTS.where(debt.c.department_id == department_id, debt.c.contact_id == contact_id)
    paid = sa.select(payment).where(payment.c.department_id == department_id, payment.c.contact_id == contact_id)
    return statement(map(read_debt, await store.rows(owed)), map(read_payment, await store.rows(paid)))


# --- figures -------------------------------------------------------------------------------------


def returns_query(department_id: int, weeks: Sequence[tuple[datetime, datetime]]) -> sa.CompoundSelect[Any]:
    """(number of the week, loans that came back, those on time), each week one short walk along an index."""
    on_time = sa.func.coalesce(sa.func.sum(sa.case((loan.c.returned_at <= loan.c.due_at, 1), else_=0)), 0)
    parts = [
        sa.select(sa.literal(number).label("week"), sa.func.count().label("back"), on_time.label("on_time"))
        .select_from(loan)
        .where(
            loan.c.department_id == department_id, loan.c.returned_at >= since, loan.c.returned_at < until,
            loan.c.state.in_(("returned", "damaged")),
        )
        for number, (since, until) in enumerate(weeks)
    ]  # fmt: skip
    return sa.union_all(*parts).order_by("week")


async def returns(store: Store, department_id: int, weeks: Sequence[tuple[datetime, datetime]]) -> list[Week]:
    rows = await store.rows(returns_query(department_id, weeks))
    return [Week(weeks[row.week][0], row.back, int(row.on_time)) for row in rows]


async def busiest(store: Store, department_id: int, since: datetime, limit: int = 10) -> list[tuple[str, str, int]]:
    """(code, name, loans since an instant) of what is borrowed most."""
    count = sa.func.count().label("n")
    # Counted first, named then: of a hundred thousand loans ten names are looked up. SQLite is kept to the loans of
    # these days: it would scan all of them item by item, along an index in that order.
    thing = off_index(loan.c.item_id).label("thing")
    most = (
        sa.select(thing, count)
        .where(
            off_index(loan.c.department_id) == department_id, loan.c.lent_at >= since, loan.c.state.not_in(NEVER_LENT)
        )
        .group_by(thing)
        .order_by(count.desc(), thing)
        .limit(limit)
        .subquery()
    )
    query = sa.select(item.c.code, item.c.name, most.c.n).join(most, most.c.thing == item.c.id)
    query = query.order_by(most.c.n.desc(), item.c.code)
    return [(row.code, row.name, row.n) for row in await store.rows(query)]


async def balances(store: Store, department_id: int, since: datetime) -> list[Balance]:
    """What is owed and what was paid since an instant, by currency. A payment covers debts of the same person alone."""
    owing = sa.select(debt.c.contact_id).where(debt.c.department_id == department_id, debt.c.state.in_(OWED))
    asked = _sums(debt, department_id, owing).where(debt.c.state != "cancelled")
    given = _sums(payment, department_id, owing).where(_CONFIRMED)
    left = {(row.contact_id, row.currency): int(row.minor) for row in await store.rows(asked)}
    for row in await store.rows(given):
        left[row.contact_id, row.currency] = left.get((row.contact_id, row.currency), 0) - int(row.minor)
    owed: dict[str, int] = {}
    for (_, code), minor in left.items():
        owed[code] = owed.get(code, 0) + max(0, minor)
    paid = await _paid(store, department_id, since)
    codes = sorted(code for code in owed.keys() | paid.keys() if owed.get(code) or paid.get(code))
    return [Balance(Money(owed.get(code, 0), code), Money(paid.get(code, 0), code)) for code in codes]


def _sums(table: sa.Table, department_id: int, people: sa.Select[Any]) -> sa.Select[Any]:
    """The sums of these people's rows at a desk, by person and currency."""
    by = (table.c.contact_id, table.c.currency)
    mine = (table.c.department_id == department_id) & table.c.contact_id.in_(people)
    return sa.select(*by, sa.func.sum(table.c.amount).label("minor")).where(mine).group_by(*by)


async def _paid(store: Store, department_id: int, since: datetime) -> dict[str, int]:
    query = (
        sa.select(payment.c.currency, sa.func.sum(payment.c.amount).label("minor"))
        .where(payment.c.department_id == department_id, _CONFIRMED, payment.c.created_at >= since)
        .group_by(payment.c.currency)
    )
    return {row.currency: int(row.minor) for row in await store.rows(query)}


# --- the machine ---------------------------------------------------------------------------------


@record(frozen=True, slots=True)
class JobRow:
    name: str
    last: datetime | None
    next: datetime | None
    outcome: str
    suspended: bool

    @property
    def may_rest(self) -> bool:
        return self.name not in NEVER_SUSPENDED


async def jobs(store: Store, names: Sequence[str]) -> list[JobRow]:
    """Each job: its last run, the next, what came of it."""
    last = {row.job: row for row in await store.rows(last_runs(names))}
    kept = await store.rows(sa.select(meta).where(meta.c.name.in_([f"{p}:{n}" for p in _NOTED for n in names])))
    noted = {row.name: row.value for row in kept}
    return [_job(name, last.get(name), noted) for name in names]


def _job(name: str, ran: Any, noted: dict[str, str]) -> JobRow:
    following = noted.get(f"job_next:{name}")
    return JobRow(
        name, ran.planned_at if ran else None, datetime.fromisoformat(following) if following else None,
        ran.outcome if ran else "", noted.get(f"job_suspended:{name}") == "yes",
    )  # fmt: skip


async def parked(store: Store) -> int:
    """Letters that nobody could handle."""
    rows = await store.rows(sa.select(sa.func.count()).select_from(inbox).where(inbox.c.state == "parked"))
    return int(rows[0][0])


_NOTED = ("job_next", "job_suspended")
_ACTIVE = loan.c.state == "active"
_WAITS = among(loan.c.state, "requested", "return_declared")
_CONFIRMED = payment.c.state == "confirmed"
_LOANS = (
    sa.select(
        loan.c.id, loan.c.state, loan.c.lent_at, loan.c.due_at, loan.c.returned_at, loan.c.declared_at,
        loan.c.extensions, loan.c.contact_id, contact.c.name.label("borrower"), item.c.code,
        item.c.name.label("item"),
    )
    .join(item, item.c.id == loan.c.item_id)
    .join(contact, contact.c.id == loan.c.contact_id)
)  # fmt: skip
