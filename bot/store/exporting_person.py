"""All that the desk holds of one person, as they may ask for it (right of access, portability)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from bot.store.tables import (
    address,
    audit,
    consent_event,
    contact,
    debt,
    department,
    hold,
    inbox,
    item,
    loan,
    loan_event,
    media,
    membership,
    outbox,
    payment,
    preference,
    window,
)

if TYPE_CHECKING:
    from bot.store.transaction import Tx

# Internal, and without meaning to the person.
LEFT_OUT = frozenset("contact_id lease lease_until key import_key plan_no words_hash ref lane".split())


def person(tx: Tx, contact_id: int) -> dict[str, Any]:
    """Everything of one person, in plain values that JSON takes. Words of messages are not kept; their facts are, as
    long as they are needed."""
    mine = contact.c.id == contact_id
    addresses = sa.select(address.c.id).where(address.c.contact_id == contact_id)
    loans = sa.select(loan, item.c.code, item.c.name.label("item")).join(item).where(loan.c.contact_id == contact_id)
    loan_ids = sa.select(loan.c.id).where(loan.c.contact_id == contact_id)
    values = [a.value for a in tx.people.addresses(contact_id)]
    authors = [f"{a.channel}:{a.value}" for a in tx.people.addresses(contact_id)]
    wrote = sa.or_(sa.false(), *(inbox.c.lane.endswith(value, autoescape=True) for value in values))
    desks = sa.select(department.c.name).join(membership).where(membership.c.contact_id == contact_id)
    return {
        "person": _rows(tx, sa.select(contact).where(mine))[0],
        "departments": [row.name for row in tx.run(desks)],
        "addresses": _rows(tx, sa.select(address).where(address.c.contact_id == contact_id)),
        "consents": _rows(tx, sa.select(consent_event).where(consent_event.c.address_id.in_(addresses))),
        "last_written": _rows(tx, sa.select(window).where(window.c.address_id.in_(addresses))),
        "choices": _rows(tx, sa.select(preference).where(preference.c.contact_id == contact_id)),
        "loans": _rows(tx, loans),
        "loan_history": _rows(tx, sa.select(loan_event).where(loan_event.c.loan_id.in_(loan_ids))),
        "waiting_list": _rows(tx, sa.select(hold).where(hold.c.contact_id == contact_id)),
        "debts": _rows(tx, sa.select(debt).where(debt.c.contact_id == contact_id)),
        "payments": _rows(tx, sa.select(payment).where(payment.c.contact_id == contact_id)),
        "pictures": _rows(tx, sa.select(media).where(media.c.contact_id == contact_id)),
        "messages_sent": _rows(tx, sa.select(outbox).where(outbox.c.contact_id == contact_id)),
        "messages_received": _rows(tx, sa.select(inbox).where(wrote)),
        "acts": _rows(tx, sa.select(audit).where(audit.c.who.in_(authors))),
    }


def _rows(tx: Tx, query: sa.Select[Any]) -> list[dict[str, Any]]:
    columns = [name for name in (column.name for column in query.selected_columns) if name not in LEFT_OUT]
    return [_plain(columns, row._mapping) for row in tx.run(query)]


def _plain(columns: Sequence[str], row: Any) -> dict[str, Any]:
    return {name: _value(row[name]) for name in columns}


def _value(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime | date) else value
