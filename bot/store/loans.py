"""Loans and their history."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from bot.core.errors import Gone
from bot.core.loans import HIGHEST_NUMBER, Loan, LoanState, check_move, next_number
from bot.store.hints import off_index
from bot.store.ready import Each, Ready
from bot.store.tables import FIRST, Moment, among, contact, item, loan, loan_event, undo
from bot.store.versions import version_of

if TYPE_CHECKING:
    from bot.store.transaction import Tx

OPEN = ("requested", "active", "return_declared")
OUT = ("active", "return_declared")  # the item is with the borrower
LENT = ("lent", "active")  # acts in the history that say so
NEVER_LENT = ("requested", "refused", "expired", "cancelled")
NUMBER_RESTS = timedelta(days=30)

_READ = (
    "id", "item_id", "contact_id", "department_id", "state", "lent_at", "due_at", "number", "plan_no", "extensions",
    "held", "silenced", "returned_at", "declared_at", "created_at",
)  # fmt: skip

_FULL = (
    sa.select(
        *(loan.c[name] for name in _READ),
        item.c.name.label("item_name"),
        item.c.code.label("item_code"),
        contact.c.name.label("contact_name"),
    )
    .join(item, item.c.id == loan.c.item_id)
    .join(contact, contact.c.id == loan.c.contact_id)
)

_WAITS = among(loan.c.state, "requested", "return_declared")  # names the index over these few


def _declared(department_id: int) -> sa.ColumnElement[bool]:
    # Keeps SQLite from reading all that a desk ever lent instead of these few.
    return sa.and_(_WAITS, loan.c.state == "return_declared", off_index(loan.c.department_id) == department_id)


def _late(department_id: int, now: datetime) -> sa.ColumnElement[bool]:
    return sa.and_(loan.c.department_id == department_id, loan.c.state == "active", loan.c.due_at < now)


def _held(department_id: int) -> sa.ColumnElement[bool]:
    return sa.and_(loan.c.department_id == department_id, loan.c.state == "active", loan.c.held.is_(True))


def _due(department_id: int, start: datetime, end: datetime) -> sa.ColumnElement[bool]:
    return sa.and_(
        loan.c.department_id == department_id, loan.c.state == "active", loan.c.due_at >= start, loan.c.due_at < end
    )


def _waiting(state: str, since: sa.ColumnElement[Any]) -> Ready:
    of_desk = off_index(loan.c.department_id) == sa.bindparam("desk")
    return Ready(
        _FULL.where(
            _WAITS, loan.c.state == state, of_desk, since <= sa.bindparam("before"), loan.c.id > sa.bindparam("after")
        )
        .order_by(loan.c.id)
        .limit(sa.bindparam("most"))
    )


_WAITING = {
    "requested": _waiting("requested", loan.c.created_at),
    "return_declared": _waiting("return_declared", loan.c.declared_at),
}
_REQUESTED = Ready(
    _FULL.where(
        loan.c.item_id == sa.bindparam("item"), loan.c.state == "requested", loan.c.contact_id != sa.bindparam("who")
    )
    .order_by(loan.c.id)
    .limit(1)
)
_BY_DUE = (loan.c.due_at, loan.c.id)
RUNNING = Ready(
    _FULL.where(
        loan.c.department_id == sa.bindparam("desk"), loan.c.state == "active",
        loan.c.held.is_(False), loan.c.silenced.is_(False),
        sa.tuple_(*_BY_DUE) > sa.tuple_(sa.bindparam("due", type_=loan.c.due_at.type), sa.bindparam("after")),
    )
    .order_by(*_BY_DUE)
    .limit(sa.bindparam("most"))
)  # fmt: skip
_TO_ESCALATE = Ready(
    _FULL.where(
        loan.c.department_id == sa.bindparam("desk"), loan.c.state == "active", loan.c.due_at <= sa.bindparam("before"),
        loan.c.held.is_(False), sa.literal_column("loan.escalated") < sa.bindparam("level", type_=sa.Integer),
    )
    .order_by(loan.c.due_at)
    .limit(sa.bindparam("most"))
)  # fmt: skip


class Loans:
    """Loans and their history. States change as `bot.core.loans` allows; every change is an event that is kept."""

    def __init__(self, tx: Tx) -> None:
        self._tx = tx

    def get(self, loan_id: int) -> Loan:
        """Raises Gone. The row stays locked for this transaction where there are several writers."""
        row = self._tx.run(_LOCKED if self._tx.postgres else _ONE, {"loan": loan_id}).first()
        if row is None:
            raise Gone(f"loan {loan_id}")
        return _loan(row)

    def hold(self, found: Loan) -> Loan:
        """The loan as it is now, locked for this transaction where there are several writers: somebody else may be
        ending or moving it in this moment. Raises Gone."""
        now = self.get(found.id) if self._tx.postgres else found
        if now != found:
            self._tx.forget()  # what was read of their other loans is as old
        return now

    def at_hand(self, loan_id: int) -> Loan | None:
        """As `get`; None while somebody else changes it: who has locked rows of its plan must not wait for the loan,
        since they wait for the plan. Raises Gone."""
        row = self._tx.run(_UNLESS_LOCKED, {"loan": loan_id}).first() if self._tx.postgres else None
        if row is not None:
            return _loan(row)
        known = self._tx.run(_ONE, {"loan": loan_id}).first()
        if known is None:
            raise Gone(f"loan {loan_id}")
        return None if self._tx.postgres else _loan(known)

    def open_of(self, contact_id: int, states: Sequence[str] = OPEN) -> list[Loan]:
        """A person's open loans, or those in some of these states, by their small number."""
        return [_loan(row) for row in self._tx.recall(OPEN_OF.one, contact=contact_id) if row.state in states]

    def desk_of(self, contact_id: int) -> int | None:
        """The department of a person's latest open loan."""
        newest = max(self._tx.recall(OPEN_OF.one, contact=contact_id), key=lambda row: int(row.id), default=None)
        return newest and int(newest.department_id)

    def count_active(self, contact_id: int) -> int:
        """How many loans of a person are out and not declared returned."""
        return len(self.open_of(contact_id, ("active",)))

    def ever(self, contact_id: int) -> bool:
        """Whether a person has ever borrowed or requested anything."""
        return self._tx.run(sa.select(loan.c.id).where(loan.c.contact_id == contact_id).limit(1)).first() is not None

    def open_of_item(self, item_id: int) -> Loan | None:
        row = self._tx.run(_OUT_OF_ITEM, {"item": item_id}).first()
        return _loan(row) if row else None

    def open_of_items(self, item_ids: Sequence[int]) -> dict[int, Loan]:
        """Of these items, those that are out: item → loan."""
        query = _FULL.where(loan.c.item_id.in_(item_ids), among(loan.c.state, *OUT))
        return {row.item_id: _loan(row) for row in self._tx.run(query)} if item_ids else {}

    def out(self, department_id: int, limit: int, offset: int = 0) -> list[Loan]:
        """A department's loans that are out, soonest due first."""
        # What is active is read along its index, only as far as it is shown; sorted with the few that wait for staff.
        query = _FULL.where(loan.c.department_id == department_id, loan.c.state == "active")
        active = self._tx.run(query.order_by(loan.c.due_at, loan.c.id).limit(offset + limit))
        found = [*map(_loan, active), *self.declared(department_id)]
        return sorted(found, key=lambda one: (one.due_at, one.id))[offset : offset + limit]

    def declared(self, department_id: int) -> list[Loan]:
        """Declared returns that nobody has confirmed, soonest due first."""
        query = _FULL.where(_declared(department_id)).order_by(loan.c.due_at, loan.c.id)
        return [_loan(row) for row in self._tx.run(query)]

    def count_out(self, department_id: int) -> int:
        query = sa.select(sa.func.count()).select_from(loan).where(_declared(department_id))
        return self.count_running(department_id) + int(self._tx.run(query).scalar_one())

    def late(self, department_id: int, limit: int, offset: int = 0) -> list[Loan]:
        """A department's late loans, the longest late first."""
        query = _FULL.where(_late(department_id, self._tx.now)).order_by(loan.c.due_at, loan.c.id)
        return [_loan(row) for row in self._tx.run(query.limit(limit).offset(offset))]

    def count_late(self, department_id: int) -> int:
        query = sa.select(sa.func.count()).select_from(loan).where(_late(department_id, self._tx.now))
        return int(self._tx.run(query).scalar_one())

    def due_between(
        self, department_id: int, start: datetime, end: datetime, limit: int | None, after: Moment | None = None
    ) -> list[Loan]:
        """Active loans of a department that are due from `start` on and before `end`, soonest first; those after a due
        time and number."""
        query = _FULL.where(_due(department_id, start, end))
        if after is not None:
            query = query.where(sa.tuple_(*_BY_DUE) > sa.tuple_(sa.literal(after[0], loan.c.due_at.type), after[1]))
        return [_loan(row) for row in self._tx.run(query.order_by(*_BY_DUE).limit(limit))]

    def count_due(self, department_id: int, start: datetime, end: datetime) -> int:
        """How many `due_between` would give."""
        query = sa.select(sa.func.count()).select_from(loan).where(_due(department_id, start, end))
        return int(self._tx.run(query).scalar_one())

    def people_due(self, department_id: int, start: datetime, end: datetime) -> int:
        """Whose loans `due_between` would give: how many people."""
        people = sa.func.count(loan.c.contact_id.distinct())
        return int(self._tx.run(sa.select(people).where(_due(department_id, start, end))).scalar_one())

    def late_of(self, contact_id: int) -> list[Loan]:
        """A person's late loans that are not held, oldest due first."""
        query = _FULL.where(
            loan.c.contact_id == contact_id, loan.c.state == "active", loan.c.due_at < self._tx.now,
            loan.c.held.is_(False), loan.c.silenced.is_(False),
        )  # fmt: skip
        return [_loan(row) for row in self._tx.run(query.order_by(loan.c.due_at))]

    def waiting(self, state: str, before: datetime, department_id: int, after: int, limit: int) -> list[Loan]:
        """A department's requests or declared returns older than an instant, in slices by number."""
        asked = {"before": before, "desk": department_id, "after": after, "most": limit}
        return [_loan(row) for row in self._tx.run(_WAITING[state], asked)]

    def requested_by_another(self, item_id: int, contact_id: int) -> Loan | None:
        """The oldest request of somebody else for an item, which staff have not answered yet."""
        row = self._tx.run(_REQUESTED, {"item": item_id, "who": contact_id}).first()
        return _loan(row) if row else None

    def add(
        self, *, item_id: int, contact_id: int, department_id: int, state: LoanState, due_at: datetime, who: str,
        lent_at: datetime | None = None,
    ) -> Loan:  # fmt: skip
        """A new loan with the person's next small number. Raises IntegrityError when the item is out already."""
        made = self._tx.insert(
            loan, item_id=item_id, contact_id=contact_id, department_id=department_id, state=state.value,
            lent_at=lent_at or self._tx.now, due_at=due_at, number=self.free_number(contact_id),
            created_at=self._tx.now,
        )  # fmt: skip
        self.note(made, "requested" if state is LoanState.REQUESTED else "lent", who)
        found = self.get(made)
        if state is LoanState.ACTIVE:
            self._tx.hooks.loan("loan.created", found)
        return found

    def free_number(self, contact_id: int) -> int:
        """The next small number, from 1 to 99. One used within 30 days is not reused: an answer to yesterday's message
        must never mean today's loan."""
        used = self.numbers_in_use(contact_id)
        last = used[-1] if used else 0
        return next_number(set(used), last) or last % HIGHEST_NUMBER + 1  # all 99 in use: it comes again all the same

    def numbers_in_use(self, contact_id: int) -> list[int]:
        """The small numbers of a person's open loans and of those of the last 30 days, in the order of the loans."""
        found = self._tx.run(_NUMBERS, {"contact": contact_id, "since": self._tx.now - NUMBER_RESTS})
        return list(found.scalars())

    def move(self, found: Loan, to: LoanState, who: str, note: str = "", **values: Any) -> Loan:
        """Change the state and record it in the history. Raises Refusal for a transition that does not exist, and as
        `Tx.overtaken` tells where it is in another state by now."""
        check_move(found, to)
        theirs = self._tx.recall(OPEN_OF.one, contact=found.contact_id)
        as_found = {"id": found.id, "contact_id": found.contact_id, "state": found.state.value}
        seen = next((row.version for row in theirs if row.id == found.id and row.state == found.state), None)
        now = self._tx.update_one(loan, as_found, _READ, seen=seen, state=to.value, **values)
        if now is None:
            raise self._tx.overtaken(f"loan {found.id} has moved on")
        self.note(found.id, to.value, who, note)
        moved = self._moved(found, theirs, now) or self.get(found.id)
        if to is LoanState.RETURNED:
            self._tx.hooks.loan("loan.returned", moved)
        elif found.state is LoanState.REQUESTED and to is LoanState.ACTIVE:
            self._tx.hooks.loan("loan.created", moved)
        return moved

    def _moved(self, found: Loan, theirs: Iterable[Any], now: Mapping[str, Any]) -> Loan | None:
        """A loan as it is now, if it was open. Those of the person, who will be told of them, need not be read again.

        theirs: the rows of `OPEN_OF` before the move. now: the columns that it changed."""
        rows = {row.id: row for row in theirs}
        if found.id not in rows:
            return None
        moved = rows[found.id] = rows[found.id]._replace(**now, version=None)  # which it has once it is written
        self._tx.foresee(OPEN_OF.one, [row for row in rows.values() if row.state in OPEN], contact=found.contact_id)
        return _loan(moved)

    def change(self, loan_id: int, **values: Any) -> Loan:
        self._tx.update(loan, {"id": loan_id}, **values)
        return self.get(loan_id)

    def new_plan(self, loan_id: int) -> Loan:
        self._tx.run(_NEXT_PLAN, {"loan": loan_id})
        return self.get(loan_id)

    def note(self, loan_id: int, what: str, who: str, note: str = "", **facts: Any) -> None:
        values = {"loan_id": loan_id, "what": what, "who": who, "note": note, "facts": facts, "at": self._tx.now}
        self._tx.later(_NOTE, values)

    def was_lent(self, loan_id: int) -> bool:
        """Whether it was ever out: lent, or a request that was approved."""
        query = sa.select(loan_event.c.id).where(loan_event.c.loan_id == loan_id, loan_event.c.what.in_(LENT))
        return self._tx.run(query.limit(1)).first() is not None

    def who_last(self, loan_id: int, acts: Collection[str]) -> tuple[str, datetime] | None:
        """Who did the newest of these acts, as the history has them, and when; None when it has none."""
        query = sa.select(loan_event.c.who, loan_event.c.at).where(
            loan_event.c.loan_id == loan_id, loan_event.c.what.in_(acts)
        )
        row = self._tx.run(query.order_by(loan_event.c.id.desc()).limit(1)).first()
        return (row.who, row.at) if row else None

    def last_event(self, loan_id: int) -> int:
        """The number of the newest line of a loan's history: another one, and the loan has changed."""
        query = sa.select(sa.func.max(loan_event.c.id)).where(loan_event.c.loan_id == loan_id)
        return int(self._tx.run(query).scalar() or 0)

    def running(self, department_id: int, limit: int, after: Moment = FIRST) -> list[Loan]:
        """Active loans of a department of which people are written to, in slices by due time and number, as their
        index has them."""
        asked = {"desk": department_id, "due": after[0], "after": after[1], "most": limit}
        return [_loan(row) for row in self._tx.run(RUNNING, asked)]

    def count_running(self, department_id: int) -> int:
        query = sa.select(sa.func.count()).where(loan.c.department_id == department_id, loan.c.state == "active")
        return int(self._tx.run(query).scalar_one())

    def held(self, department_id: int, limit: int, after: Moment = FIRST) -> list[Loan]:
        """Active loans of a department of which nobody is written to until staff agree, in slices by due time and
        number."""
        query = _FULL.where(_held(department_id)).where(
            sa.tuple_(*_BY_DUE) > sa.tuple_(sa.literal(after[0], loan.c.due_at.type), after[1])
        )
        return [_loan(row) for row in self._tx.run(query.order_by(*_BY_DUE).limit(limit))]

    def count_held(self, department_id: int) -> tuple[int, int]:
        """(how many `held` would give in all, those of them that are late)."""
        late = sa.func.count(sa.case((loan.c.due_at < self._tx.now, 1)))
        query = sa.select(sa.func.count().label("all"), late.label("late")).where(_held(department_id))
        row = self._tx.run(query).one()
        return int(row.all), int(row.late)

    def to_escalate(self, level: int, before: datetime, department_id: int, limit: int) -> list[Loan]:
        """Late since before an instant and not yet escalated to that level (1 staff, 2 admins), the oldest first."""
        asked = {"desk": department_id, "before": before, "level": level, "most": limit}
        return [_loan(row) for row in self._tx.run(_TO_ESCALATE, asked)]

    # --- ANNULER -----------------------------------------------------------------------------

    def remember_undo(self, contact_id: int, what: str, until: datetime, **facts: Any) -> None:
        self._tx.put(undo, contact_id=contact_id, what=what, facts=facts, until=until)

    def last_act(self, contact_id: int) -> tuple[str, dict[str, Any]] | None:
        row = self._tx.run(_LAST_ACT, {"contact": contact_id, "now": self._tx.now}).first()
        return (row.what, row.facts) if row else None

    def undoable_until(self, contact_id: int) -> datetime | None:
        """Until when the last act can be taken back; None when there is none."""
        row = self._tx.run(_LAST_ACT, {"contact": contact_id, "now": self._tx.now}).first()
        return row.until if row else None

    def forget_undo(self, contact_id: int) -> None:
        self._tx.run(_FORGET, {"contact": contact_id})


_ONE = Ready(_FULL.where(loan.c.id == sa.bindparam("loan")))
# All of them at once: which desk it is, what is out and what was declared returned are asked of the same few rows.
OPEN_OF = Each(
    _FULL.add_columns(version_of(loan).label("version")).where(among(loan.c.state, *OPEN)).order_by(loan.c.number),
    loan.c.contact_id,
    "contact",
)
_LOCKED = Ready(_ONE.statement.with_for_update(of=loan, key_share=True))
_UNLESS_LOCKED = Ready(_ONE.statement.with_for_update(of=loan, key_share=True, skip_locked=True))
_OUT_OF_ITEM = Ready(_FULL.where(loan.c.item_id == sa.bindparam("item"), among(loan.c.state, *OUT)))
_NUMBERS = Ready(
    sa.select(loan.c.number)
    .where(
        loan.c.contact_id == sa.bindparam("contact"),
        among(loan.c.state, *OPEN) | (loan.c.created_at > sa.bindparam("since")),
    )
    .order_by(loan.c.id)
)
_NEXT_PLAN = Ready(sa.update(loan).where(loan.c.id == sa.bindparam("loan")).values(plan_no=loan.c.plan_no + 1))
_FORGET = Ready(sa.delete(undo).where(undo.c.contact_id == sa.bindparam("contact")))
_LAST_ACT = Ready(
    sa.select(undo.c.what, undo.c.facts, undo.c.until).where(
        undo.c.contact_id == sa.bindparam("contact"), undo.c.until > sa.bindparam("now")
    )
)
_NOTE = Ready(sa.insert(loan_event), ("loan_id", "what", "who", "note", "facts", "at"))


_STATES = {str(one): one for one in LoanState}  # their own search is two calls of Python


def _loan(row: Any) -> Loan:
    return Loan(
        id=row.id, item_id=row.item_id, contact_id=row.contact_id, department_id=row.department_id,
        state=_STATES[row.state], lent_at=row.lent_at, due_at=row.due_at, number=row.number, plan_no=row.plan_no,
        extensions=row.extensions, held=row.held, silenced=row.silenced, returned_at=row.returned_at,
        declared_at=row.declared_at, item=row.item_name or row.item_code,
        code=row.item_code, borrower=row.contact_name, created_at=row.created_at,
    )  # fmt: skip
