"""The loan that staff name after a command, by its item or by its borrower."""

from __future__ import annotations

from collections.abc import Sequence

from bot.core.conversation import Choice, Heard, Rows, Say, echo
from bot.core.finding import Matches
from bot.core.loans import OUT, Loan
from bot.core.messages import NoSuchItem, NotOut
from bot.store import Tx
from bot.store.items import ItemRow
from handlers.showing import on_button
from handlers.staff_words import items_named, members_named, people_named, split_item_and_person, things_apart


def loans_named(tx: Tx, heard: Heard, words: str) -> list[Loan] | Say:
    """The loans that are out of the one item or the people the words mean; what to answer when there is none."""
    typed = words.strip()
    items = items_named(tx, heard.department.id, typed)
    if items.one is not None:
        loan = tx.loans.open_of_item(items.one.id)
        return [loan] if loan is not None and loan.state in OUT else Say(message=NotOut(item=items.one.shown))
    people = members_named(tx, heard.department.id, typed).sure
    if not people and (missing := _one_not_out(tx, heard, typed)):
        return missing
    if not people:
        loan = with_its_person(tx, heard, typed)
        return [loan] if loan else unknown(typed, _suggested(tx, heard, typed, items))
    out = [x for person in people for x in tx.loans.open_of(person.id) if x.state in OUT]  # namesakes among them
    return [x for x in out if x.department_id == heard.department.id] or Say(message=NotOut(person=people[0].name))


def with_its_person(tx: Tx, heard: Heard, words: str) -> Loan | None:
    """ "PERC-001 Awa", as after /pret: the loan of that thing, where it is that person's."""
    items, person = split_item_and_person(tx, heard.department.id, words)
    loan = tx.loans.open_of_item(items.one.id) if items.one is not None and person else None
    if loan is None or loan.state not in OUT:
        return None
    named = people_named(tx, heard.department.id, person).sure
    return loan if loan.contact_id in {one.id for one in named} else None


def several_named(tx: Tx, heard: Heard, words: str) -> list[Loan]:
    """ "PERC-001 et VP-001", or the codes alone: the loans of these things; nothing when any of them is not out."""
    items, rest = things_apart(tx, heard.department.id, words)
    loans = [tx.loans.open_of_item(item.id) for item in items] if not rest else []
    out = [loan for loan in loans if loan is not None and loan.state in OUT]
    return out if len(out) == len(items) else []


def _one_not_out(tx: Tx, heard: Heard, words: str) -> Say | None:
    """Of several things named (see `several_named`) the first that nobody has; None where the words name no such."""
    items, rest = things_apart(tx, heard.department.id, words)
    home = (item for item in items if not rest and tx.loans.open_of_item(item.id) is None)
    return next((Say(message=NotOut(item=item.shown)) for item in home), None)


def _suggested(tx: Tx, heard: Heard, typed: str, items: Matches[ItemRow]) -> tuple[str, ...]:
    begins = split_item_and_person(tx, heard.department.id, typed)[0].one
    return (begins.shown,) if begins else tuple(item.shown for item in (*items.sure, *items.near))


def unknown(typed: str, near: tuple[str, ...] = (), *, new: bool = False) -> Say:
    """Neither an item nor a person of the desk is called that. new: it may be the name of an item to add."""
    return Say(message=NoSuchItem(echo(typed), near[:3], staff=True, new=new))


def to_choose(loans: Sequence[Loan], act: str) -> Rows:
    """A button for each of a person's loans."""
    return tuple((Choice(act, (loan.id,), text=on_button(loan)),) for loan in loans)
