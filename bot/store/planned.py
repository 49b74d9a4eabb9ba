"""The plan: exact instants of what the clock will send, each used once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from bot.core.debts import Cycle
from bot.core.loans import Loan
from bot.core.records import record
from bot.core.schedule import Step
from bot.store.bell import PLANNED
from bot.store.ready import Ready
from bot.store.tables import planned, planned_outbox

if TYPE_CHECKING:
    from bot.store.transaction import Tx


@record(frozen=True, slots=True)
class Planned:
    id: int
    department_id: int
    kind: str
    subject_id: int
    step: str
    occurrence: int
    plan_no: int
    at: datetime
    window_end: datetime


class Plans:
    def __init__(self, tx: Tx) -> None:
        self._tx = tx

    def lay(self, loan: Loan, steps: Sequence[Step]) -> None:
        """Write the steps of a loan's current plan (`loan.plan_no`); existing ones stay as they are."""
        for step in steps:
            self._tx.insert_new(
                planned, department_id=loan.department_id, contact_id=loan.contact_id, kind="loan", subject_id=loan.id,
                step=step.name, occurrence=step.occurrence, plan_no=loan.plan_no, at=step.at,
                window_end=step.window_end, state="planned", why="",
            )  # fmt: skip
            self._tx.ring(PLANNED)

    def lay_debts(self, wanted: Iterable[tuple[Cycle, Step]]) -> None:
        """Write the next reminder of each cycle of debts."""
        rows = [
            {
                "department_id": cycle.department_id, "contact_id": cycle.contact_id, "kind": "debt",
                "subject_id": cycle.id, "step": step.name, "occurrence": step.occurrence, "plan_no": cycle.plan_no,
                "at": step.at, "window_end": step.window_end, "state": "planned", "why": "",
            }
            for cycle, step in wanted
        ]  # fmt: skip
        if rows:
            self._tx.run(self._tx.ignoring(planned), rows)
            self._tx.ring(PLANNED)

    def drop(self, loan_id: int, why: str, state: str = "cancelled") -> None:
        """Close what is still planned for a loan."""
        key = {"kind": "loan", "subject_id": loan_id, "state": "planned"}
        self._tx.update_later(planned, key, state=state, why=why)

    def of_loan(self, loan_id: int) -> list[Planned]:
        """What is still planned for a loan."""
        return [_row(r) for r in self._tx.run(_OF_LOAN, {"loan": loan_id})]

    def steps_of(self, loan_id: int, plan_no: int) -> list[tuple[str, int, datetime, str]]:
        """(step, occurrence, at, state) of one plan, whatever became of them."""
        rows = self._tx.run(_STEPS_OF, {"loan": loan_id, "plan": plan_no})
        return [(r.step, r.occurrence, r.at, r.state) for r in rows]

    def reminded(self, loan_id: int, since: datetime) -> int:
        """Reminders of a loan that became messages since an instant, whichever plan they were of."""
        key = (planned.c.kind == "loan") & (planned.c.subject_id == loan_id) & (planned.c.step != "overdue")
        said = key & (planned.c.state == "queued") & (planned.c.at >= since)
        return int(self._tx.run(sa.select(sa.func.count().label("n")).where(said)).scalar_one())

    def due_contacts(self, limit: int) -> list[int]:
        """People for whom something planned is due, the longest waiting first. Each once."""
        rows = self._tx.run(_DUE_CONTACTS, {"now": self._tx.now, "most": limit * 2})
        return list(dict.fromkeys(r.contact_id for r in rows))[:limit]

    def due_of(self, contact_id: int) -> list[Planned]:
        """All of one person's due rows, oldest first, locked; none when another replica has them in hand."""
        query = _DUE_OF_LOCKED if self._tx.postgres else _DUE_OF
        return [_row(r) for r in self._tx.run(query, {"contact": contact_id, "now": self._tx.now})]

    def mark(self, ids: Sequence[int], state: str, why: str = "", outbox_id: int | None = None) -> None:
        """Close rows as queued, superseded, cancelled or skipped; link them to the message that carried them."""
        if not ids:
            return
        self._tx.run(_MARK, {"ids": list(ids), "state_": state, "why_": why})
        if outbox_id is not None:
            self._tx.run(_CARRIED, [{"planned_id": i, "outbox_id": outbox_id} for i in ids])

    def move(self, planned_id: int, at: datetime, window_end: datetime) -> None:
        """Postpone a row (quiet hours were changed after the plan was made)."""
        self._tx.run(sa.update(planned).where(planned.c.id == planned_id).values(at=at, window_end=window_end))
        self._tx.ring(PLANNED)

    def end_pause(self, contact_id: int, until: datetime) -> None:
        """Make reminders of debts due now that were postponed to the end of a pause."""
        waits = (planned.c.contact_id == contact_id) & (planned.c.kind == "debt") & (planned.c.state == "planned")
        self._tx.run(sa.update(planned).where(waits, planned.c.at == until).values(at=self._tx.now))
        self._tx.ring(PLANNED)


_DUE = (planned.c.state == "planned") & (planned.c.at <= sa.bindparam("now"))
_DUE_CONTACTS = Ready(sa.select(planned.c.contact_id).where(_DUE).order_by(planned.c.at).limit(sa.bindparam("most")))
_DUE_OF = Ready(
    sa.select(planned).where(planned.c.contact_id == sa.bindparam("contact"), _DUE).order_by(planned.c.at, planned.c.id)
)
_DUE_OF_LOCKED = Ready(_DUE_OF.statement.with_for_update(skip_locked=True))
_OF_LOAN = Ready(
    sa.select(planned)
    .where(planned.c.kind == "loan", planned.c.subject_id == sa.bindparam("loan"), planned.c.state == "planned")
    .order_by(planned.c.at)
)
_STEPS_OF = Ready(
    sa.select(planned.c.step, planned.c.occurrence, planned.c.at, planned.c.state).where(
        planned.c.kind == "loan",
        planned.c.subject_id == sa.bindparam("loan"),
        planned.c.plan_no == sa.bindparam("plan"),
    )
)
_MARK = Ready(
    sa.update(planned)
    .where(planned.c.id.in_(sa.bindparam("ids", expanding=True)))
    .values(state=sa.bindparam("state_"), why=sa.bindparam("why_"))
)
_CARRIED = Ready(sa.insert(planned_outbox), ("planned_id", "outbox_id"))


def _row(row: Any) -> Planned:
    return Planned(
        row.id, row.department_id, row.kind, row.subject_id, row.step, row.occurrence, row.plan_no,
        row.at, row.window_end,
    )  # fmt: skip
