"""Two contacts that turn out to be one person become one; an address that was linked wrongly is taken out again."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from bot.core.delivery import SOMEBODY_ELSES
from bot.core.people import Contact, looks_like_phone, phone_shown, words_cards_of
from bot.store.loans import OPEN
from bot.store.tables import (
    OUTBOX_WAITS,
    address,
    audit,
    card,
    cards_of,
    contact,
    debt,
    debt_cycle,
    loan,
    metadata,
    outbox,
    planned,
    question,
)

if TYPE_CHECKING:
    from bot.store.transaction import Tx

MERGED = "people_merged"  # what the audit calls it
Mover = Callable[["Tx", sa.Table, int, int], None]


def merge(tx: Tx, keep: int, gone: int, who: str) -> Contact:
    """`gone` becomes one with `keep`: addresses, loans, places in line, messages, choices. One transaction, noted in
    the audit.

    What only one of a person can have (a name, the choice of reminders, a place in a line) stays as `keep` has it.
    Each address keeps its own consent: who said STOP on it is not written to there. Roles belong to a Telegram user
    and are not touched. An open loan of `gone` whose small number `keep` has used gets another.

    Raises Gone when one of the two has become somebody else meanwhile.
    """
    for contact_id in sorted((keep, gone)):
        tx.people.lock(contact_id)
    stays, goes = tx.people.get(keep), tx.people.get(gone)
    desks = tx.debts.desks_of(gone)
    for table in holding():
        RULES.get(table.name, _move)(tx, table, keep, gone)
    _cards(tx, keep, gone)
    _self(tx, stays, goes)
    tx.names.renew(keep)
    tx.run(sa.delete(contact).where(contact.c.id == gone))
    for desk in desks:
        tx.debts.changed(keep, desk)  # credit of one may cover debts of the other
    tx.audit.note(who, MERGED, kept=keep, gone=gone)
    return tx.people.get(keep)


def survivor(tx: Tx, contact_id: int) -> int:
    """The contact that an id now means; the same id for one that was never merged. For ids from outside the database, a
    signed link in an old message for instance; asked only of contacts that do not exist any more."""
    query = sa.select(audit.c.facts).where(audit.c.what == MERGED).order_by(audit.c.id)
    for facts in tx.run(query).scalars():
        contact_id = facts["kept"] if facts["gone"] == contact_id else contact_id
    return contact_id


def known_as(tx: Tx, contact_id: int) -> set[int]:
    """The ids by which the audit and other systems have known a person: their own, and of those who became one with
    them."""
    found = {contact_id}
    query = sa.select(audit.c.facts).where(audit.c.what == MERGED).order_by(audit.c.id.desc())
    for facts in tx.run(query).scalars():
        if facts["kept"] in found:
            found.add(facts["gone"])
    return found


def holding() -> list[sa.Table]:
    """Every table with a column for the person."""
    return [table for table in metadata.sorted_tables if "contact_id" in table.c]


# --- how each table is merged ----------------------------------------------------------------------


def _move(tx: Tx, table: sa.Table, keep: int, gone: int) -> None:
    tx.run(sa.update(table).where(table.c.contact_id == gone).values(contact_id=keep))


def _drop(tx: Tx, table: sa.Table, keep: int, gone: int) -> None:
    """Rows that are derived again for whoever stays."""
    tx.run(sa.delete(table).where(table.c.contact_id == gone))


def _move_what_is_new(tx: Tx, table: sa.Table, keep: int, gone: int) -> None:
    """One row per person (and desk, chat or name): the row of `keep` wins, the other's is deleted."""
    others = [column.name for column in table.primary_key if column.name != "contact_id"]
    mine = table.alias()
    same = [mine.c[name] == table.c[name] for name in others]
    taken = sa.select(sa.literal(1)).select_from(mine).where(mine.c.contact_id == keep, *same).exists()
    tx.run(sa.delete(table).where(table.c.contact_id == gone, taken))
    _move(tx, table, keep, gone)


def _move_preferences(tx: Tx, table: sa.Table, keep: int, gone: int) -> None:
    """What either has refused stays refused."""
    mine, theirs = tx.preferences.of(keep), tx.preferences.of(gone)
    if theirs.refused - mine.refused:
        tx.preferences.note(keep, "refused", sorted(mine.refused | theirs.refused))
    _move_what_is_new(tx, table, keep, gone)


def _move_loans(tx: Tx, table: sa.Table, keep: int, gone: int) -> None:
    """Closed ones first: their numbers are not reused either, so that no answer to an old message means a loan of
    today."""
    tx.run(sa.update(loan).where(loan.c.contact_id == gone, loan.c.state.not_in(OPEN)).values(contact_id=keep))
    for mine in tx.loans.open_of(gone):
        taken = mine.number in tx.loans.numbers_in_use(keep)
        number = tx.loans.free_number(keep) if taken else mine.number
        tx.run(sa.update(loan).where(loan.c.id == mine.id).values(contact_id=keep, number=number))


def _move_holds(tx: Tx, table: sa.Table, keep: int, gone: int) -> None:
    """A person is on a waiting list once: at the better of the two places."""
    waiting = {hold.item_id: hold for hold in tx.holds.of(keep)}
    for hold in tx.holds.of(gone):
        other = waiting.get(hold.item_id)
        if other is not None:
            tx.holds.close(max(hold, other, key=lambda h: (not h.ready, h.asked_at, h.id)), "left")
    _move(tx, table, keep, gone)


def _move_debts(tx: Tx, table: sa.Table, keep: int, gone: int) -> None:
    """An invoice noted for both under one reference stays twice, the second one marked: whether it is one and the same
    is for staff to see."""
    same = (debt.c.state != "cancelled") & (debt.c.reference != "")
    mine = sa.select(debt.c.department_id, debt.c.reference).where(debt.c.contact_id == keep, same)
    taken = {(row.department_id, row.reference.lower()) for row in tx.run(mine)}
    theirs = sa.select(debt.c.id, debt.c.department_id, debt.c.reference).where(debt.c.contact_id == gone, same)
    for row in tx.run(theirs).all():
        reference = next(r for r in _marked(row.reference) if (row.department_id, r.lower()) not in taken)
        taken.add((row.department_id, reference.lower()))
        tx.run(sa.update(debt).where(debt.c.id == row.id).values(reference=reference))
    _move(tx, table, keep, gone)


def _marked(reference: str) -> Iterator[str]:
    """`F-12`, `F-12 (2)`, `F-12 (3)`…"""
    yield reference
    for number in itertools.count(2):
        yield f"{reference[:56]} ({number})"


def _move_cycles(tx: Tx, table: sa.Table, keep: int, gone: int) -> None:
    """One cycle per person and desk: the one of `keep`, advanced as far as the further of the two."""
    for theirs in tx.run(sa.select(debt_cycle).where(debt_cycle.c.contact_id == gone)).all():
        here = (debt_cycle.c.contact_id == keep) & (debt_cycle.c.department_id == theirs.department_id)
        mine = tx.run(sa.select(debt_cycle).where(here)).first()
        if mine is None:
            tx.run(sa.update(debt_cycle).where(debt_cycle.c.id == theirs.id).values(contact_id=keep))
            continue
        values = {
            "sent": max(mine.sent, theirs.sent), "last_at": _later(mine.last_at, theirs.last_at),
            "promised_on": max((x for x in (mine.promised_on, theirs.promised_on) if x), default=None),
            "suspended": mine.suspended or theirs.suspended,
        }  # fmt: skip
        tx.run(sa.update(debt_cycle).where(here).values(**values))
        tx.update(planned, {"kind": "debt", "subject_id": theirs.id, "state": "planned"}, state="superseded")
        tx.run(sa.delete(debt_cycle).where(debt_cycle.c.id == theirs.id))


# Every table in which a person's id is part of a unique key; the others simply move.
RULES: Mapping[str, Mover] = {
    "membership": _move_what_is_new,
    "name_word": _drop,
    "preference": _move_preferences,
    "question": _move_what_is_new,
    "undo": _move_what_is_new,
    "loan": _move_loans,
    "hold": _move_holds,
    "debt": _move_debts,
    "debt_cycle": _move_cycles,
}


def _cards(tx: Tx, keep: int, gone: int) -> None:
    """Keep the cards of `gone`, so that replies of staff to them still reach the person."""
    for row in tx.run(sa.select(card.c.chat, card.c.subject).where(cards_of(gone))).all():
        renamed = words_cards_of(keep) + row.subject.removeprefix(words_cards_of(gone))
        here = (card.c.chat == row.chat) & (card.c.subject == row.subject)
        tx.run(sa.update(card).where(here).values(subject=renamed))


def _self(tx: Tx, stays: Contact, goes: Contact) -> None:
    values: dict[str, Any] = {"language": stays.language or goes.language}
    if not stays.name or (looks_like_phone(stays.name) and goes.name):
        values["name"] = goes.name
    if stays.zone is None and goes.zone is not None:
        values["zone"] = goes.zone.key
    values["paused_until"] = _later(stays.paused_until, goes.paused_until)
    tx.run(sa.update(contact).where(contact.c.id == stays.id).values(**values))


def _later(one: datetime | None, other: datetime | None) -> datetime | None:
    return max((x for x in (one, other) if x is not None), default=None)


# --- detaching an address ------------------------------------------------------------------------


def detach(tx: Tx, address_id: int, who: str) -> Contact | None:
    """The address becomes a person of its own, without history; what waits for it leaves no more.

    None when there is no such address, or it is the only one of its person.
    """
    found = tx.people.address(address_id)
    if found is None or len(tx.people.addresses(found.contact_id)) < 2:
        return None
    was = tx.people.get(found.contact_id)
    made = tx.people.add(
        phone_shown(found.value, tx.desk.region) if found.value.startswith("+") else "", language=was.language
    )
    tx.run(sa.update(address).where(address.c.id == address_id).values(contact_id=made.id))
    tx.run(sa.delete(question).where(question.c.contact_id == was.id, question.c.chat == found.value))
    waiting = (outbox.c.address_id == address_id) & OUTBOX_WAITS
    tx.run(
        sa.update(outbox)
        .where(waiting, outbox.c.contact_id == was.id)
        .values(state="cancelled", closed_at=tx.now, error=SOMEBODY_ELSES)
    )
    tx.audit.note(who, "address_detached", contact=was.id, address=address_id, channel=found.channel)
    return made
