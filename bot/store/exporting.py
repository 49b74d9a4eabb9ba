"""A desk's lists as they stand, in the columns that an import takes again."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from bot.core.people import BY_NUMBER, Consent, phone_shown
from bot.core.pieces import written
from bot.store.loans import OUT
from bot.store.tables import address, contact, item, loan, membership

if TYPE_CHECKING:
    from bot.store.transaction import Tx

AGREED = (Consent.ATTESTED.value, Consent.GIVEN.value)
Row = dict[str, str]


def items(tx: Tx, department_id: int) -> list[Row]:
    """Every item, those that are lost or no longer lent included."""
    query = sa.select(item).where(item.c.department_id == department_id).order_by(item.c.code)
    rows = tx.run(query).all()
    kits = tx.pieces.of_items(r.id for r in rows)
    return [
        {
            "code": r.code, "name": r.name or r.code, "category": r.category, "check": r.check,
            "pieces": written(kits.get(r.id, [])), "state": r.state,
        }
        for r in rows
    ]  # fmt: skip


def people(tx: Tx, department_id: int) -> list[Row]:
    """Everybody of a department with the addresses that may be written to.

    An import attests what it reads. An address whose holder said STOP, or was never asked, stands in a column of its
    own, of which an import reads the STOP: nobody becomes reachable by moving to another desk.
    """
    query = (
        sa.select(contact)
        .join(membership, membership.c.contact_id == contact.c.id)
        .where(membership.c.department_id == department_id)
        .order_by(contact.c.name, contact.c.id)
    )
    known = _addresses(tx, department_id)
    return [_person(tx, row, known.get(row.id, [])) for row in tx.run(query)]


def loans(tx: Tx, department_id: int, zone: ZoneInfo) -> list[Row]:
    """Running loans, soonest due first."""
    query = (
        sa.select(loan, item.c.code, contact.c.name)
        .join(item, item.c.id == loan.c.item_id)
        .join(contact, contact.c.id == loan.c.contact_id)
        .where(loan.c.department_id == department_id, loan.c.state.in_(OUT))
        .order_by(loan.c.due_at, loan.c.id)
    )
    known = _addresses(tx, department_id)
    return [
        {
            "code": r.code, "person": _name(tx, r.name, known.get(r.contact_id, []), r.contact_id),
            "phone": _phone(known.get(r.contact_id, [])), "lent_at": civil(r.lent_at, zone),
            "due_at": civil(r.due_at, zone), "number": str(r.number),
        }
        for r in tx.run(query)
    ]  # fmt: skip


def named(tx: Tx, department_id: int) -> Callable[[int], Row]:
    """Person → their name in a list."""
    known = _addresses(tx, department_id)
    members = sa.select(contact.c.id, contact.c.name).join(membership, membership.c.contact_id == contact.c.id)
    names = {row.id: row.name for row in tx.run(members.where(membership.c.department_id == department_id))}

    def who(contact_id: int) -> Row:
        theirs = known.get(contact_id, [])
        return {"person": _name(tx, names.get(contact_id, ""), theirs, contact_id), "phone": _phone(theirs)}

    return who


def civil(at: Any, zone: ZoneInfo) -> str:
    """An instant with its UTC offset, unambiguous anywhere."""
    return str(at.astimezone(zone).isoformat(timespec="seconds"))


def _addresses(tx: Tx, department_id: int) -> dict[int, list[Any]]:
    query = (
        sa.select(address)
        .join(membership, membership.c.contact_id == address.c.contact_id)
        .where(membership.c.department_id == department_id)
        .order_by(address.c.id)
    )
    found: dict[int, list[Any]] = {}
    for row in tx.run(query):
        found.setdefault(row.contact_id, []).append(row)
    return found


def _person(tx: Tx, row: Any, known: Sequence[Any]) -> Row:
    told = {"phone": _phone(known), "telegram": _of(known, "telegram"), "email": _of(known, "email")}
    written = set(told.values())
    apart = [f"{a.channel} {a.value} ({a.consent})" for a in known if a.value not in written]
    return {
        "name": _name(tx, row.name, known, row.id), "language": row.language, **told,
        "not_to_be_written_to": ", ".join(apart),
    }  # fmt: skip


def _name(tx: Tx, name: str, known: Sequence[Any], contact_id: int) -> str:
    return name or phone_shown(_phone(known), tx.desk.region) or f"#{contact_id}"


def _phone(known: Sequence[Any]) -> str:
    """The number that both WhatsApp and SMS may use: an import takes one for both."""
    by_value: dict[str, list[str]] = {}
    for a in known:
        if a.channel in BY_NUMBER and a.value.startswith("+"):
            by_value.setdefault(a.value, []).append(a.consent)
    return next((value for value, consents in by_value.items() if _agreed(consents)), "")


def _of(known: Sequence[Any], channel: str) -> str:
    return next((a.value for a in known if a.channel == channel and _agreed([a.consent])), "")


def _agreed(consents: Iterable[str]) -> bool:
    return all(consent in AGREED for consent in consents)
