"""Erasing a person: what names them goes, what the desk must be able to show stays without a name.

Stay: the loans (item, times, how they ended), the holds, settled debts and payments (books must add up), the delivery
log (which message, channel, when, its outcome), the guards against repeating a message. Gone at once: name, addresses,
consents and their proofs, windows, choices, questions, pictures, received words, facts of messages, and the person as
the author of an act. What staff typed or were shown about somebody (commands, cards) is dropped by `tidy` like every
text: received words after `payload_days`, facts of messages when they are final.
"""

from __future__ import annotations

from collections.abc import Sequence, Set
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from bot.core.people import Contact, words_cards_of
from bot.core.records import record
from bot.store.bell import FETCH
from bot.store.inbox import wrote_from
from bot.store.loans import OPEN
from bot.store.merging import known_as
from bot.store.outbox_statements import LOOK_UPS
from bot.store.slices import sliced
from bot.store.tables import (
    address,
    api_answer,
    audit,
    card,
    cards_of,
    consent_event,
    contact,
    debt,
    debt_cycle,
    inbox,
    loan,
    loan_event,
    media,
    membership,
    name_word,
    outbox,
    paper,
    payment,
    planned,
    preference,
    question,
    role,
    session,
    setup_code,
    sign_in,
    template_override,
    undo,
    window,
)

if TYPE_CHECKING:
    from bot.store.transaction import Tx

GONE = "forgotten"
SLICE = 500
UNFINISHED = ("pending", "retrying", "sending")
_ABOUT_ROLES = audit.c.what.startswith("team_", autoescape=True) | (audit.c.what == "role")


@record(frozen=True, slots=True)
class Remains:
    """What there is of a person. desks: all departments they belong to; team: they have a role somewhere; owes:
    something is still to be paid, or a payment to be confirmed."""

    desks: tuple[int, ...]
    team: bool
    owes: bool
    channels: tuple[str, ...]
    stopped: bool
    loans: int
    messages: int
    pictures: int


def remains(tx: Tx, contact_id: int) -> Remains:
    """What erasing this person would remove, and what prevents it."""
    known = tx.people.addresses(contact_id)
    users = [a.value for a in known if a.channel == "telegram"]
    team = sa.select(role.c.telegram_user).where(role.c.telegram_user.in_(users)).limit(1)
    desks = tx.run(sa.select(membership.c.department_id).where(membership.c.contact_id == contact_id))
    return Remains(
        desks=tuple(row.department_id for row in desks),
        team=tx.run(team).first() is not None,
        owes=_owes(tx, contact_id),
        channels=tuple(dict.fromkeys(a.channel for a in known)),
        stopped=any(a.consent == "refused" for a in known),
        loans=_count(tx, loan, contact_id),
        messages=_count(tx, outbox, contact_id),
        pictures=_count(tx, media, contact_id),
    )


def _owes(tx: Tx, contact_id: int) -> bool:
    owed = sa.select(debt.c.id).where(debt.c.contact_id == contact_id, debt.c.state.in_(("open", "disputed")))
    told = sa.select(payment.c.id).where(payment.c.contact_id == contact_id, payment.c.state == "declared")
    return any(tx.run(query.limit(1)).first() is not None for query in (owed, told))


def _count(tx: Tx, table: sa.Table, contact_id: int) -> int:
    query = sa.select(sa.func.count()).select_from(table).where(table.c.contact_id == contact_id)
    return int(tx.run(query).scalar_one())


def once_of_the_team(tx: Tx, department_id: int) -> list[Contact]:
    """People whom no desk has among its people, and who had a role here: who only wrote in its group is kept too."""
    given = sa.select(audit.c.facts).where(audit.c.department_id == department_id, _ABOUT_ROLES)
    bound = sa.select(audit.c.who).where(audit.c.department_id == department_id, audit.c.what == "bound")
    users = {row.facts.get("user", "") for row in tx.run(given)} | {row.who.partition(":")[2] for row in tx.run(bound)}
    theirs = (address.c.channel == "telegram") & address.c.value.in_(users)
    member = sa.exists().where(membership.c.contact_id == address.c.contact_id)
    found = tx.run(sa.select(address.c.contact_id).where(theirs, ~member).order_by(address.c.contact_id)).scalars()
    return [tx.people.get(number) for number in list(found)]


def forget(tx: Tx, contact_id: int) -> None:
    """Erase a person, in the transaction. Raises ValueError while a loan of theirs runs or something is owed."""
    if tx.loans.open_of(contact_id, OPEN) or _owes(tx, contact_id):
        raise ValueError("a person with a running loan or an open debt cannot be erased")
    known = tx.people.addresses(contact_id)
    authors, ids = [f"{a.channel}:{a.value}" for a in known], known_as(tx, contact_id)
    _drop_messages(tx, contact_id, ids)
    _drop_letters(tx, [a.value for a in known])
    _drop_acts(tx, contact_id, ids, authors)
    _drop_colleague(tx, tx.people.get(contact_id).name, [a.value for a in known if a.channel == "telegram"])
    for one in ids:
        _unname_kept_answers(tx, one)
    _drop_addresses(tx, known)
    for table in (membership, name_word, preference, question, undo, debt_cycle, setup_code):
        tx.run(sa.delete(table).where(table.c.contact_id == contact_id))
    # The files first: `fetch` removes them, then their rows.
    tx.run(sa.update(media).where(media.c.contact_id == contact_id).values(state=GONE, ref="", why="", album=None))
    tx.ring(FETCH)
    tx.run(
        sa.update(contact).where(contact.c.id == contact_id)
        .values(name="", language="", zone=None, paused_until=None, strikes=0)
    )  # fmt: skip


def _drop_messages(tx: Tx, contact_id: int, ids: Set[int]) -> None:
    """Messages to them, and the staff's cards about them; what still waits is not sent. ids: as `known_as`."""
    loans = sa.select(loan.c.id).where(loan.c.contact_id == contact_id)
    cards = sa.or_(*(outbox.c.card.startswith(words_cards_of(one)) for one in sorted(ids)))
    about = (outbox.c.contact_id == contact_id) | outbox.c.loan_id.in_(loans) | cards
    _empty(tx, about, error="")
    named: dict[str, Any] = {"chat": GONE, "address_id": None, "target": None, "words_hash": None, "provider_id": None}
    named |= {"look_at": None, "looked": LOOK_UPS}  # no provider can be asked any more what became of one
    tx.run(sa.update(outbox).where(outbox.c.contact_id == contact_id).values(**named))
    still = (planned.c.contact_id == contact_id) & (planned.c.state == "planned")
    tx.run(sa.update(planned).where(still).values(state="cancelled", why="the person was erased"))
    tx.run(sa.delete(card).where(cards_of(contact_id)))


def _drop_letters(tx: Tx, values: Sequence[str]) -> None:
    """The guard against a repeated delivery stays: the provider's number of the letter, without its words. Receipts
    tell the address too, in lanes of their own."""
    emptied: dict[str, Any] = {"payload": sa.null(), "state": "done", "done_at": tx.now, "error": "", "lane": GONE}
    letters: set[str] = set()
    for value in values:
        wrote = wrote_from([value])
        letters |= {str(row.id) for row in tx.run(sa.select(inbox.c.id).where(wrote))}
        tx.run(sa.update(inbox).where(wrote).values(**emptied))
        bare = value.removeprefix("+")  # as Meta's receipts write a number
        told = sa.cast(inbox.c.payload, sa.Text()).contains(bare, autoescape=True)
        tx.run(sa.update(inbox).where(inbox.c.state != "new", told).values(payload=sa.null()))
        tx.pace.forget(value)

    _drop_answers(tx, letters)


def _drop_answers(tx: Tx, letters: set[str]) -> None:
    """Their words also stand on cards that a letter of theirs led to: the number in the key says which."""
    worded = sa.select(outbox.c.id, outbox.c.key).where(
        outbox.c.facts.is_not(sa.null()), outbox.c.key.startswith("in:", autoescape=True)
    )
    theirs = [row.id for row in tx.run(worded) if row.key.split(":")[1] in letters]
    for some in sliced(theirs, SLICE):
        _empty(tx, outbox.c.id.in_(some))


def _empty(tx: Tx, these: sa.ColumnElement[bool], **values: Any) -> None:
    """Messages without what they tell; what still waits could not be said without it."""
    ended = {"state": "cancelled", "closed_at": tx.now, "lease": None, "lease_until": None}
    tx.run(sa.update(outbox).where(these, outbox.c.state.in_(UNFINISHED)).values(**ended))
    tx.run(sa.update(outbox).where(these).values(facts=sa.null(), choices=sa.null(), **values))


def _drop_acts(tx: Tx, contact_id: int, ids: Set[int], authors: Sequence[str]) -> None:
    """What they did stays in the history of the things lent, by nobody; notes may hold their words. ids: as
    `known_as`."""
    loans = sa.select(loan.c.id).where(loan.c.contact_id == contact_id)
    tx.run(sa.update(loan_event).where(loan_event.c.loan_id.in_(loans)).values(note="", facts={}))
    tx.run(sa.update(debt).where(debt.c.contact_id == contact_id).values(note=""))
    changed = audit.c.what.startswith("setting:") & _signed(audit.c.who, authors)
    for row in tx.run(sa.select(audit.c.id, audit.c.facts).where(changed)).all():
        tx.run(sa.update(audit).where(audit.c.id == row.id).values(facts={**row.facts, "by": ""}))
    # A consent that they attested stands all the same.
    signed = (
        *(table.c.who for table in (loan_event, audit, debt, payment, paper)),
        address.c.attested_by, consent_event.c.proof,
    )  # fmt: skip
    for column in signed:
        tx.run(sa.update(column.table).where(_signed(column, authors)).values({column: GONE}))
    about = audit.c.what.startswith("person_", autoescape=True) | (audit.c.what == "clearance")
    for row in tx.run(sa.select(audit.c.id, audit.c.facts).where(about)).all():
        if not ids.isdisjoint((row.facts.get("person"), row.facts.get("contact"))):
            tx.run(sa.update(audit).where(audit.c.id == row.id).values(facts={"contact": contact_id}))


def _signed(column: sa.ColumnElement[str], authors: Sequence[str]) -> sa.ColumnElement[bool]:
    """Whether it names one of these: alone, behind their name as who attests something, in that of a list they sent."""
    ways = (
        (column == one) | column.endswith(f" ({one})", autoescape=True) | column.contains(f", {one}, ", autoescape=True)
        for one in authors
    )
    return sa.or_(sa.false(), *ways)


def _drop_colleague(tx: Tx, name: str, users: Sequence[str]) -> None:
    """Somebody who was of the team stands in what is kept of roles, and beside the words that they changed."""
    for row in tx.run(sa.select(audit.c.id, audit.c.facts).where(_ABOUT_ROLES)).all():
        if row.facts.get("user") in users:
            tx.run(sa.update(audit).where(audit.c.id == row.id).values(facts={**row.facts, "user": GONE, "name": ""}))
    if users and name:
        tx.run(sa.update(template_override).where(template_override.c.who == name).values(who=""))


def _unname_kept_answers(tx: Tx, contact_id: int) -> None:
    """What other systems were answered about a loan or a debt is kept for a repeated request: it names the borrower,
    and a note may hold their words."""
    about = sa.cast(api_answer.c.body, sa.Text()).like(f'%"contact_id"%{contact_id}%')
    for row in tx.run(sa.select(api_answer.c.key, api_answer.c.body).where(about)).all():
        body = _unnamed(row.body, contact_id)
        if "debt" in body:  # a payment tells its debt
            body["debt"] = _unnamed(body["debt"], contact_id)
        if body != row.body:
            tx.run(sa.update(api_answer).where(api_answer.c.key == row.key).values(body=body))


def _unnamed(told: dict[str, Any], contact_id: int) -> dict[str, Any]:
    theirs = told.get("contact_id") == contact_id
    return {name: "" if theirs and name in ("borrower", "note") else value for name, value in told.items()}


def _drop_addresses(tx: Tx, known: Sequence[Any]) -> None:
    for one in known:
        keep = tx.suppressions.put if one.consent == "refused" else tx.suppressions.drop
        keep(one.channel, one.value)
    users = [one.value for one in known if one.channel == "telegram"]
    for signed in (session, sign_in):
        tx.run(sa.delete(signed).where(signed.c.telegram_user.in_(users)))
    ids = [one.id for one in known]
    tx.run(sa.delete(window).where(window.c.address_id.in_(ids)))
    tx.run(sa.delete(consent_event).where(consent_event.c.address_id.in_(ids)))
    tx.run(sa.delete(address).where(address.c.id.in_(ids)))
