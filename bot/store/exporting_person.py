"""All that the desk holds of one person, as they may ask for it (right of access, portability)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from bot.store.inbox import wrote_from
from bot.store.merging import known_as
from bot.store.tables import (
    address,
    audit,
    consent_event,
    contact,
    debt,
    debt_cycle,
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
    planned,
    preference,
    role,
    window,
)

if TYPE_CHECKING:
    from bot.store.transaction import Tx

_ATTESTER = re.compile(
    r" \([a-z]+:[^()]*\)$|, [a-z]+:[^ ,]*(?=, )"
)  # as `attested_by` names who types, or sends a list
# Internal, and without meaning to the person.
LEFT_OUT = frozenset("contact_id lease lease_until key import_key plan_no words_hash ref lane".split())


def person(tx: Tx, contact_id: int) -> dict[str, Any]:
    """Everything of one person, in plain values that JSON takes. Words of messages are not kept; their facts are, as
    long as they are needed. Nothing of others: who acted stands without their address, and what a colleague was shown
    or did about other people without its facts."""
    mine = contact.c.id == contact_id
    addresses = sa.select(address.c.id).where(address.c.contact_id == contact_id)
    loans = sa.select(loan, item.c.code, item.c.name.label("item")).join(item).where(loan.c.contact_id == contact_id)
    loan_ids = sa.select(loan.c.id).where(loan.c.contact_id == contact_id)
    values = [a.value for a in tx.people.addresses(contact_id)]
    authors = [f"{a.channel}:{a.value}" for a in tx.people.addresses(contact_id)]
    wrote = wrote_from(values)
    users = [a.value for a in tx.people.addresses(contact_id) if a.channel == "telegram"]
    desks = sa.select(department.c.name).join(membership).where(membership.c.contact_id == contact_id)
    told = {
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
        "reminders_planned": _rows(tx, _planned(contact_id)),
        "reminding_of_debts": _rows(tx, sa.select(debt_cycle).where(debt_cycle.c.contact_id == contact_id)),
        "roles": _rows(tx, sa.select(role).where(role.c.telegram_user.in_(users))),
    }
    for row in (row for rows in told.values() for row in rows if isinstance(row, dict)):
        _only_theirs(row, authors)
    for row in told["messages_sent"]:
        if row["about"] == "staff":
            row |= {"facts": None, "choices": None}
    ids = known_as(tx, contact_id)
    for row in told["acts"]:
        if ids.isdisjoint((row["facts"].get("person"), row["facts"].get("contact"))):
            row["facts"] = {}
    return told


def _planned(contact_id: int) -> sa.Select[Any]:
    return sa.select(planned).where(planned.c.contact_id == contact_id, planned.c.state == "planned")


def _only_theirs(row: dict[str, Any], authors: Sequence[str]) -> None:
    """Of who else acted or attested a consent only the channel, or the name: `telegram`, `Sam`."""
    if row.get("who") and row["who"] not in authors:
        row["who"] = row["who"].partition(":")[0]
    for name in ("attested_by", "proof"):
        if row.get(name):
            row[name] = _ATTESTER.sub("", row[name])


def _rows(tx: Tx, query: sa.Select[Any]) -> list[dict[str, Any]]:
    columns = [name for name in (column.name for column in query.selected_columns) if name not in LEFT_OUT]
    return [_plain(columns, row._mapping) for row in tx.run(query)]


def _plain(columns: Sequence[str], row: Any) -> dict[str, Any]:
    return {name: _value(row[name]) for name in columns}


def _value(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime | date) else value
