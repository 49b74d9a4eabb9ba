"""Erasing a person: what names them goes, what the desk must be able to show stays without a name.

Stay: the loans (item, times, how they ended), the holds, the log of sendings (which message, channel, when, what became
of it), the guards against saying twice. Gone at once: name, addresses, consents and their proofs, windows, choices,
questions, pictures, received words, facts of messages, and the person as the author of an act. What staff typed or were
shown about somebody (commands, cards) is dropped by `tidy` like every text: received words after `payload_days`, facts
of messages when they are final.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from bot.store.bell import FETCH
from bot.store.tables import (
    address,
    audit,
    card,
    consent_event,
    contact,
    inbox,
    loan,
    loan_event,
    media,
    membership,
    outbox,
    pace,
    planned,
    preference,
    question,
    role,
    undo,
    window,
)

if TYPE_CHECKING:
    from bot.store.transaction import Tx

GONE = "forgotten"
OPEN = ("requested", "active", "return_declared")
WAITING = ("pending", "retrying", "sending")


@dataclass(frozen=True, slots=True)
class Remains:
    """What there is of a person. desks: all departments they belong to; team: they have a role somewhere."""

    desks: tuple[int, ...]
    team: bool
    channels: tuple[str, ...]
    stopped: bool
    loans: int
    messages: int
    pictures: int


def remains(tx: Tx, contact_id: int) -> Remains:
    known = tx.people.addresses(contact_id)
    users = [a.value for a in known if a.channel == "telegram"]
    team = sa.select(role.c.telegram_user).where(role.c.telegram_user.in_(users)).limit(1)
    desks = tx.run(sa.select(membership.c.department_id).where(membership.c.contact_id == contact_id))
    return Remains(
        desks=tuple(row.department_id for row in desks),
        team=tx.run(team).first() is not None,
        channels=tuple(dict.fromkeys(a.channel for a in known)),
        stopped=any(a.consent == "refused" for a in known),
        loans=_count(tx, loan, contact_id),
        messages=_count(tx, outbox, contact_id),
        pictures=_count(tx, media, contact_id),
    )


def _count(tx: Tx, table: sa.Table, contact_id: int) -> int:
    query = sa.select(sa.func.count()).select_from(table).where(table.c.contact_id == contact_id)
    return int(tx.run(query).scalar_one())


def forget(tx: Tx, contact_id: int) -> None:
    """Erase a person, in the transaction. Their loans must be over. Raises ValueError when one is not."""
    if tx.loans.open_of(contact_id, OPEN):
        raise ValueError("a person with a running loan cannot be erased")
    known = tx.people.addresses(contact_id)
    lanes = [f"{a.channel}:{a.value}" for a in known]
    _drop_messages(tx, contact_id)
    _drop_letters(tx, lanes)
    _drop_acts(tx, contact_id, lanes)
    _drop_addresses(tx, known)
    for table in (membership, preference, question, undo):
        tx.run(sa.delete(table).where(table.c.contact_id == contact_id))
    # The files first: `fetch` removes them, then their rows.
    tx.run(sa.update(media).where(media.c.contact_id == contact_id).values(state=GONE, ref="", why="", album=None))
    tx.ring(FETCH)
    tx.run(
        sa.update(contact).where(contact.c.id == contact_id)
        .values(name="", language="", zone=None, paused_until=None, strikes=0)
    )  # fmt: skip


def _drop_messages(tx: Tx, contact_id: int) -> None:
    """What was said to them, and the staff's cards about them; what still waits does not leave."""
    loans = sa.select(loan.c.id).where(loan.c.contact_id == contact_id)
    about = (
        (outbox.c.contact_id == contact_id) | outbox.c.loan_id.in_(loans) | (outbox.c.card == f"person:{contact_id}")
    )
    waiting = about & (outbox.c.contact_id == contact_id) & outbox.c.state.in_(WAITING)
    ended = {"state": "cancelled", "closed_at": tx.now, "lease": None, "lease_until": None}
    tx.run(sa.update(outbox).where(waiting).values(**ended))
    tx.run(sa.update(outbox).where(about).values(facts=sa.null(), choices=sa.null(), error=""))
    named = {"chat": GONE, "address_id": None, "target": None, "words_hash": None, "provider_id": None}
    tx.run(sa.update(outbox).where(outbox.c.contact_id == contact_id).values(**named))
    still = (planned.c.contact_id == contact_id) & (planned.c.state == "planned")
    tx.run(sa.update(planned).where(still).values(state="cancelled", why="the person was erased"))
    tx.run(sa.delete(card).where(card.c.subject == f"person:{contact_id}"))


def _drop_letters(tx: Tx, lanes: Sequence[str]) -> None:
    """The guard against a repeated delivery stays: the provider's number of the letter, without its words."""
    emptied: dict[str, Any] = {"payload": sa.null(), "state": "done", "done_at": tx.now, "error": "", "lane": GONE}
    tx.run(sa.update(inbox).where(inbox.c.lane.in_(lanes)).values(**emptied))
    for lane in lanes:
        tx.run(sa.delete(pace).where(pace.c.key.endswith(lane.partition(":")[2], autoescape=True)))


def _drop_acts(tx: Tx, contact_id: int, lanes: Sequence[str]) -> None:
    """What they did stays in the history of the things lent, by nobody; notes may hold their words."""
    loans = sa.select(loan.c.id).where(loan.c.contact_id == contact_id)
    tx.run(sa.update(loan_event).where(loan_event.c.loan_id.in_(loans)).values(note="", facts={}))
    tx.run(sa.update(loan_event).where(loan_event.c.who.in_(lanes)).values(who=GONE))
    tx.run(sa.update(loan).where(loan.c.contact_id == contact_id).values(declared_reply=""))
    tx.run(
        sa.update(hold)
        .where(hold.c.contact_id == contact_id, hold.c.state.in_(("waiting", "ready")))
        .values(state="left")
    )
    tx.run(sa.update(audit).where(audit.c.who.in_(lanes)).values(who=GONE))
    about = audit.c.what.startswith("person_", autoescape=True) | (audit.c.what == "clearance")
    for row in tx.run(sa.select(audit.c.id, audit.c.facts).where(about)).all():
        if contact_id in (row.facts.get("person"), row.facts.get("contact")):
            tx.run(sa.update(audit).where(audit.c.id == row.id).values(facts={"contact": contact_id}))


def _drop_addresses(tx: Tx, known: Sequence[Any]) -> None:
    for one in known:
        keep = tx.suppressions.put if one.consent == "refused" else tx.suppressions.drop
        keep(one.channel, one.value)
    ids = [one.id for one in known]
    tx.run(sa.delete(window).where(window.c.address_id.in_(ids)))
    tx.run(sa.delete(consent_event).where(consent_event.c.address_id.in_(ids)))
    tx.run(sa.delete(address).where(address.c.id.in_(ids)))
