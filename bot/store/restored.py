"""After a restore, what fell due since the backup is closed with its reason: nobody gets a second copy of yesterday.

What the desk did after the backup is not known any more. So nothing that was due by now is assumed to be undone:
reminders of that time are superseded, messages that waited then are expired, letters that waited then are put aside for
staff, and late loans are held until staff have looked (they may be back long since). What lies ahead stays as planned.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING

import sqlalchemy as sa

from bot.core.people import Consent
from bot.core.records import record
from bot.store.forget import forget
from bot.store.tables import (
    NUMBERED_FOR_EVER,
    OUTBOX_WAITS,
    bulk,
    contact,
    inbox,
    loan,
    metadata,
    outbox,
    planned,
    question,
    undo,
)

if TYPE_CHECKING:
    from bot.store.transaction import Tx

RESTORED = "restored_at"
WHY = "restored from a backup: what became of it is not known here"
NUMBERS_LEFT_OUT = 10_000


@record(frozen=True, slots=True)
class Gap:
    """How much of what fell due while the backup was away was closed. stay: people who could not be erased anew."""

    steps: int
    messages: int
    letters: int
    held: int
    stay: tuple[str, ...] = ()


@record(frozen=True, slots=True)
class Refusals:
    """What the file that is replaced knows of people's wishes, and the backup may not. addresses: (channel, value) that
    said STOP; erased: people, and when each was made; digests of addresses that said STOP and were erased, and the salt
    they are made with."""

    addresses: tuple[tuple[str, str], ...] = ()
    erased: tuple[tuple[int, datetime], ...] = ()
    salt: str = ""
    digests: tuple[str, ...] = ()


def keep_refusals(tx: Tx, told: Refusals) -> list[str]:
    """Nobody is written to again, or known again, because a desk came back from before they said so. The names of those
    who cannot be erased yet: in the backup they still have or owe something."""
    tx.suppressions.take_salt(told.salt)
    for channel, value in told.addresses:
        known = tx.people.find_address(channel, value)
        if known is None:
            tx.suppressions.put(channel, value)  # the person came after the backup
        elif known.consent is not Consent.REFUSED:
            tx.people.set_consent(known.id, Consent.REFUSED, "STOP, in the file that a backup replaced")
    stay = [name for number, made in told.erased if (name := _erased(tx, number, made))]
    tx.suppressions.take_over(told.salt, told.digests)
    return stay


def _erased(tx: Tx, number: int, made: datetime) -> str:
    """Erase a person anew, if this is the same one; their name when that cannot be."""
    known = tx.people.find(number)
    if known is None or tx.run(sa.select(contact.c.created_at).where(contact.c.id == number)).scalar() != made:
        return ""
    try:
        forget(tx, number)
    except ValueError:
        return known.name or f"#{number}"
    tx.audit.note("restore", "forgotten", None, contact=number)
    return ""


def close_gap(tx: Tx, given: Mapping[str, int] | None = None) -> Gap:
    """Close what was due by now, in the transaction; leave numbers out; note when that was. given: table → the last
    number that the desk gave until now."""
    now = tx.now
    late = (loan.c.state == "active") & (loan.c.due_at <= now) & loan.c.held.is_(False)
    gap = Gap(
        steps=_closed(tx, planned, (planned.c.state == "planned") & (planned.c.at <= now), state="superseded", why=WHY),
        messages=_closed(tx, outbox, _waiting(now), **_expired(now)),
        letters=_closed(tx, inbox, inbox.c.state == "new", state="parked", error=WHY, done_at=now),
        held=_closed(tx, loan, late, held=True),
    )
    held = sa.select(loan.c.id).where(loan.c.held.is_(True))
    ahead = (planned.c.kind == "loan") & (planned.c.state == "planned") & planned.c.subject_id.in_(held)
    _closed(tx, planned, ahead, state="superseded", why=WHY)
    # An earlier request starts afresh: nobody could see it meanwhile.
    _closed(tx, loan, loan.c.state == "requested", created_at=now)
    for table in (question, undo, bulk):  # what was asked of all at once is asked again by whoever still wants it
        tx.run(sa.delete(table))
    leave_numbers_out(tx, given or {})
    tx.runs.note(RESTORED, now.isoformat())
    return gap


def _closed(tx: Tx, table: sa.Table, where: sa.ColumnElement[bool], **values: object) -> int:
    return tx.run(sa.update(table).where(where).values(**values)).rowcount


def _waiting(now: datetime) -> sa.ColumnElement[bool]:
    """Due by now, or being sent at the moment of the backup."""
    due = OUTBOX_WAITS & (outbox.c.next_at <= now)
    return due | (outbox.c.state == "sending")


def _expired(now: datetime) -> dict[str, object]:
    return {"state": "expired", "error": WHY, "closed_at": now, "lease": None, "lease_until": None}


def leave_numbers_out(tx: Tx, given: Mapping[str, int]) -> None:
    """Buttons of messages written after the backup carry numbers of loans and people that are not here. Those must not
    come to mean somebody else: new ids begin far above them, and above those of a desk that was itself restored."""
    for name in sorted(NUMBERED_FOR_EVER):
        table = metadata.tables[name]
        highest = int(tx.run(sa.select(sa.func.coalesce(sa.func.max(table.c.id), 0))).scalar_one())
        _go_on_after(tx, name, max(highest, _last(tx, name), given.get(name, 0)) + NUMBERS_LEFT_OUT)


def _last(tx: Tx, table: str) -> int:
    """The last number given, also to a row that is gone; 0 before the first."""
    last = sa.text("SELECT seq FROM sqlite_sequence WHERE name = :name")
    if tx.postgres:
        last = sa.text("SELECT pg_sequence_last_value(pg_get_serial_sequence(:name, 'id')::regclass)")
    return int(tx.run(last, {"name": table}).scalar() or 0)


def _go_on_after(tx: Tx, table: str, number: int) -> None:
    if tx.postgres:
        sequence = sa.func.pg_get_serial_sequence(table, "id")
        tx.run(sa.select(sa.func.setval(sequence, number)))
        return
    tx.run(sa.text("DELETE FROM sqlite_sequence WHERE name = :name"), {"name": table})
    tx.run(sa.text("INSERT INTO sqlite_sequence (name, seq) VALUES (:name, :seq)"), {"name": table, "seq": number})
