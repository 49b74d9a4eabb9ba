"""Debts and payments of a list: what the desk knows is left as it is, the rest is written in a few statements.

Row by row, each change worked out somebody's balance anew: a thousand debts held SQLite's one writer for ten seconds.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Hashable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal, Protocol
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from bot.core.debts import Debt, DebtKind, DebtState, PaymentState
from bot.core.listed import ListedDebt, ListedPayment
from bot.core.money import Money
from bot.store.debts import DEBTS, read_debt
from bot.store.settling import came_in, settle_all
from bot.store.tables import audit, debt, payment

if TYPE_CHECKING:
    from bot.store.transaction import Tx

Found = tuple[ListedDebt | ListedPayment, int]  # a row and whose it is


class Import(Protocol):
    """What the import of one kind of list needs."""

    tx: Tx
    department_id: int
    by: Mapping[str, str]  # file → who imports it

    def refuse(self, row: ListedDebt | ListedPayment, why: str) -> None: ...
    def count(self, row: ListedDebt | ListedPayment, what: Literal["new", "changed", "same"]) -> None: ...
    def borrower(self, row: ListedDebt | ListedPayment) -> int | None: ...
    def join(self, people: Iterable[int]) -> object: ...
    def among(self, query: sa.Select[Any], column: sa.Column[Any], values: Iterable[Any]) -> Iterator[Any]: ...
    def insert(self, table: sa.Table, values: Sequence[dict[str, Any]]) -> list[int]: ...
    def write(self, statement: sa.Executable, rows: Sequence[dict[str, Any]]) -> None: ...


def take_debts(of: Import, rows: Sequence[ListedDebt]) -> int:
    """Import debts that are not known yet, and count them; from the next run of `dun` on their people are reminded as
    of any other."""
    owed = [(row, person) for row in rows if (person := of.borrower(row)) is not None]
    known = _debts(of, {person for _, person in owed})
    references = {(d.contact_id, d.reference.lower()) for d in known if d.reference}
    there = Counter((d.contact_id, d.amount, d.due_on, d.reference.lower()) for d in known)
    taken = _taken(of, debt, rows)
    new: list[tuple[ListedDebt, int]] = []
    for row, person in owed:
        reference = (person, row.reference.lower())
        if _known(there, (person, row.amount, row.due_on, row.reference.lower()), taken=row.key in taken):
            of.count(row, "same")
        elif row.reference and reference in references:
            of.refuse(row, f"{row.reference} is noted already for this person")
        else:
            references.add(reference)
            new.append((row, person))
            of.count(row, "new")
    of.join(person for _, person in new)
    made = of.insert(debt, [_debt(of, row, person) for row, person in new])
    _note(of, "debt_added", "debt", new, made)
    contested = [(found, number) for found, number in zip(new, made, strict=True) if found[0].contested]
    _note(of, "debt_disputed", "debt", [found for found, _ in contested], [number for _, number in contested])
    settle_all(of.tx, (person for _, person in new), of.department_id)
    return len(new)


def take_payments(of: Import, rows: Sequence[ListedPayment]) -> int:
    """Import payments that are not known yet, and count them. Who was reminded and owes nothing any more is thanked."""
    paid = [(row, person) for row in rows if (person := of.borrower(row)) is not None]
    people = {person for _, person in paid}
    known = _debts(of, people)
    aims = {(d.contact_id, d.reference.lower()): d for d in known if d.reference}
    nameless = {(d.contact_id, d.amount, d.due_on): d for d in known if not d.reference}
    zone = of.tx.departments.get(of.department_id).zone
    there = _payments(of, people, zone, {d.id for d in aims.values()})
    taken = _taken(of, payment, rows)
    new: list[tuple[ListedPayment, int]] = []
    values: list[dict[str, Any]] = []
    for row, person in paid:
        aim = aims.get((person, row.reference.lower())) if row.reference else None
        # A debt without reference does not distinguish payments: an older list does not say which debt it was.
        content = (person, row.amount, aim.id if aim else None, _day(row.paid_at, zone))
        if _known(there, content, taken=row.key in taken):
            of.count(row, "same")
        elif row.reference and aim is None:
            of.refuse(row, f"no debt {row.reference} of this person")
        elif aim is not None and aim.amount.currency != row.amount.currency:
            of.refuse(row, f"{row.reference} is in another currency")
        else:
            new.append((row, person))
            values.append(_payment(of, row, person, aim or (nameless.get((person, *row.debt)) if row.debt else None)))
            of.count(row, "new")
    made = of.insert(payment, values)
    _note(of, "payment_noted", "payment", new, made)
    came_in(of.tx, made, of.department_id)
    return len(new)


def _known(there: Counter[Any], content: Hashable, *, taken: bool) -> bool:
    """Whether the desk has a row already: from the same list, or noted with the same content (one for one, since equal
    rows may stand twice)."""
    same = there[content] > 0
    there[content] -= same
    return taken or same


def _taken(of: Import, table: sa.Table, rows: Sequence[ListedDebt | ListedPayment]) -> set[str]:
    found = of.among(sa.select(table.c.import_key), table.c.import_key, {row.key for row in rows})
    return {row.import_key for row in found}


def _debts(of: Import, people: set[int]) -> list[Debt]:
    """What people ever owed the desk, cancelled debts left out."""
    mine = (debt.c.department_id == of.department_id) & (debt.c.state != DebtState.CANCELLED.value)
    return [read_debt(row) for row in of.among(DEBTS.where(mine), debt.c.contact_id, people)]


def _payments(of: Import, people: set[int], zone: ZoneInfo, aims: Container[int]) -> Counter[Any]:
    """What came in, as a list would tell it. `aims`: debts that a list can name."""
    confirmed = payment.c.state == PaymentState.CONFIRMED.value
    query = sa.select(payment).where(payment.c.department_id == of.department_id, confirmed)
    return Counter(
        (
            row.contact_id,
            Money(row.amount, row.currency),
            row.debt_id if row.debt_id in aims else None,
            _day(row.created_at, zone),
        )
        for row in of.among(query, payment.c.contact_id, people)
    )


def _day(at: datetime | None, zone: ZoneInfo) -> object:
    """The civil day of a payment; a list that does not tell it is like no payment that the desk knows."""
    return at.astimezone(zone).date() if at is not None else None


def _debt(of: Import, row: ListedDebt, person: int) -> dict[str, Any]:
    return {
        "contact_id": person, "department_id": of.department_id, "reference": row.reference,
        "kind": (DebtKind.INVOICE if row.invoice else DebtKind.MANUAL).value, "amount": row.amount.minor,
        "currency": row.amount.currency, "due_on": row.due_on, "note": "",
        "state": (DebtState.DISPUTED if row.contested else DebtState.OPEN).value,
        "who": of.by[row.place.file], "created_at": of.tx.now, "import_key": row.key,
    }  # fmt: skip


def _payment(of: Import, row: ListedPayment, person: int, aim: Debt | None) -> dict[str, Any]:
    return {
        "contact_id": person, "department_id": of.department_id, "debt_id": aim.id if aim else None,
        "amount": row.amount.minor, "currency": row.amount.currency, "state": PaymentState.CONFIRMED.value,
        "reference": "", "who": of.by[row.place.file], "created_at": row.paid_at or of.tx.now, "import_key": row.key,
    }  # fmt: skip


def _note(of: Import, what: str, called: str, new: Sequence[Found], made: Sequence[int]) -> None:
    acts = [
        {
            "department_id": of.department_id, "who": of.by[row.place.file], "what": what, "at": of.tx.now,
            "facts": {
                called: number, "contact": person, "minor": row.amount.minor, "currency": row.amount.currency,
                "reference": row.reference,
            },
        }
        for (row, person), number in zip(new, made, strict=True)
    ]  # fmt: skip
    of.write(sa.insert(audit), acts)
