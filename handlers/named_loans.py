"""The loan that staff name after a command, by its item or by its borrower."""

from __future__ import annotations

from collections.abc import Sequence

from bot.core.conversation import Choice, Heard, Say
from bot.core.loans import OUT, Loan
from bot.core.messages import NoSuchItem, NotOut
from bot.store import Tx
from handlers.staff_words import items_named, people_named


def loans_named(tx: Tx, heard: Heard, words: str) -> list[Loan] | Say:
    """The loans that are out of the one item or the people the words mean; what to answer when there is none."""
    typed = words.strip()[:60]
    items = items_named(tx, heard.department.id, typed)
    if items.one is not None:
        loan = tx.loans.open_of_item(items.one.id)
        return [loan] if loan is not None and loan.state in OUT else Say(message=NotOut(item=items.one.shown))
    found = people_named(tx, heard.department.id, typed).sure
    people = [person for person in found if tx.people.belongs(person.id, heard.department.id)]
    if not people:
        return unknown(typed, tuple(item.shown for item in (*items.sure, *items.near)))
    out = [x for person in people for x in tx.loans.open_of(person.id) if x.state in OUT]  # namesakes among them
    return [x for x in out if x.department_id == heard.department.id] or Say(message=NotOut(person=people[0].name))


def unknown(typed: str, near: tuple[str, ...] = ()) -> Say:
    """Neither an item nor a person of the desk is called that."""
    return Say(message=NoSuchItem(typed[:60], near[:3], staff=True))


def to_choose(loans: Sequence[Loan], act: str) -> tuple[tuple[Choice, ...], ...]:
    """A button for each of a person's loans."""
    return tuple((Choice(act, (loan.id,), text=f"{loan.item} · {loan.borrower}"[:40]),) for loan in loans)
