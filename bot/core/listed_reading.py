"""The rows of lists read one by one, each validated by itself, and what stands in them twice."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Iterable, Sequence
from datetime import date

from bot.core.listed import Listed, ListedDebt, ListedItem, ListedLoan, ListedPayment, ListedPerson, Place
from bot.core.listed_cells import (
    BadRow,
    Reading,
    amount_of,
    borrower_of,
    code_of,
    contested,
    language_of,
    mail_of,
    number_of,
    phone_of,
    pieces_of,
    reference_of,
    refuses,
    required,
    short,
    state_of,
    stopped_of,
    telegram_of,
)
from bot.core.listed_times import day_of, instant_of, start_of
from bot.core.lists import Kind, Listing, Row
from bot.core.money import Money
from bot.core.people import BY_NUMBER, phone_shown
from bot.core.spoken import fold, words


def read_listings(listings: Iterable[Listing], reading: Reading) -> Listed:
    """Every row of every file; invalid rows and duplicate values become faults."""
    found = Listed()
    for listing in listings:
        found.faults += [f"{Place(listing.name, line)}: {why}" for line, why in listing.faults]
        for row in listing.rows:
            place = Place(listing.name, row.line)
            try:
                _read_row(listing.kind, row, place, reading, found)
            except BadRow as error:
                found.faults.append(f"{place}: {error}")
    for repeated in (_repeated_codes, _repeated_addresses, _namesakes, _repeated_loans):
        found.faults += repeated(found)
    return found


def _read_row(kind: Kind, row: Row, place: Place, reading: Reading, found: Listed) -> None:
    match kind:
        case Kind.ITEMS:
            found.items.append(_item(row, place))
        case Kind.PEOPLE:
            found.people.append(_person(row, place, reading))
        case Kind.LOANS:
            found.loans.append(_loan(row, place, reading))
        case Kind.DEBTS:
            found.debts.append(_debt(row, place, reading, found.keys))
        case Kind.PAYMENTS:
            found.payments.append(_payment(row, place, reading, found.keys))


def _item(row: Row, place: Place) -> ListedItem:
    name = required(row, "name")
    return ListedItem(
        place, code_of(row), short(name, "name"), short(row.cells.get("category", ""), "category"),
        row.cells.get("check", ""), pieces_of(row), state_of(row),
    )  # fmt: skip


def _person(row: Row, place: Place, reading: Reading) -> ListedPerson:
    phone = phone_of(row.cells["phone"], reading.region) if "phone" in row.cells else ""
    name = " ".join(filter(None, (row.cells.get("first_name"), row.cells.get("name"))))
    if not name and not phone:
        raise BadRow("neither name nor phone")
    addresses = [(channel, phone) for channel in BY_NUMBER] if phone else []
    if "telegram" in row.cells:
        addresses.append(("telegram", telegram_of(row.cells["telegram"])))
    if "email" in row.cells:
        addresses.append(("email", mail_of(row.cells["email"])))
    stopped = stopped_of(row, reading.region)
    refused = frozenset(addresses if refuses(row) else ()) | stopped
    addresses += sorted(stopped.difference(addresses))
    called = short(name or phone_shown(phone, reading.region), "name")
    return ListedPerson(place, called, tuple(addresses), language_of(row), refused)


def _loan(row: Row, place: Place, reading: Reading) -> ListedLoan:
    code, (person, address) = code_of(row), borrower_of(row, reading)
    due_at = instant_of(required(row, "due_at"), "due_at", reading)
    lent_at = start_of(row, "lent_at", reading)
    if lent_at is not None and lent_at > reading.now:
        raise BadRow(f"lent_at “{row.cells['lent_at'][:40]}” is still to come: only running loans can be taken")
    if lent_at is not None and due_at <= lent_at:
        raise BadRow("due_at is not after lent_at")
    return ListedLoan(place, code, person, address, due_at, _key(row, code), lent_at, number_of(row))


def _key(row: Row, code: str) -> str:
    parts = [code, *(" ".join(words(row.cells.get(c, ""))) for c in ("person", "phone", "lent_at", "due_at"))]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def _debt(row: Row, place: Place, reading: Reading, taken: set[str]) -> ListedDebt:
    person, address = borrower_of(row, reading)
    day = day_of(required(row, "due_at"), "due_at", reading)
    reference = reference_of(row)
    kind = fold(row.cells.get("kind", ""))
    invoice = kind.startswith(("fact", "inv")) or (not kind and reference.upper().startswith(("FAC", "INV")))
    key = _money_key("debt", row, taken)
    return ListedDebt(place, person, address, amount_of(row, reading), day, key, reference, invoice, contested(row))


def _payment(row: Row, place: Place, reading: Reading, taken: set[str]) -> ListedPayment:
    person, address = borrower_of(row, reading)
    paid_at = start_of(row, "paid_at", reading)
    if paid_at is not None and paid_at > reading.now:
        raise BadRow(f"paid_at “{row.cells['paid_at'][:40]}” is still to come")
    key = _money_key("payment", row, taken)
    reference, paid = reference_of(row), amount_of(row, reading)
    debt = None if reference else _debt_paid(row, reading)
    return ListedPayment(place, person, address, paid, key, reference, paid_at, debt)


def _debt_paid(row: Row, reading: Reading) -> tuple[Money, date] | None:
    """The debt without reference that was paid. Raises BadRow."""
    if "debt_amount" not in row.cells or "debt_due_at" not in row.cells:
        return None
    return amount_of(row, reading, "debt_amount"), day_of(row.cells["debt_due_at"], "debt_due_at", reading)


def _money_key(what: str, row: Row, taken: set[str]) -> str:
    """The same row in a later import is the same debt; twice in one list it is two debts."""
    columns = ("person", "phone", "amount", "currency", "due_at", "paid_at", "reference", "kind")
    parts = [what, *(" ".join(words(row.cells.get(c, ""))) for c in columns)]
    parts += [" ".join(words(row.cells[c])) for c in ("debt_amount", "debt_due_at") if c in row.cells]
    copies = (hashlib.sha256("\n".join([*parts, str(copy)]).encode()).hexdigest() for copy in itertools.count())
    key = next(key for key in copies if key not in taken)
    taken.add(key)
    return key


def _repeated_codes(found: Listed) -> list[str]:
    return _coded_twice(found.items, "code {} stands already in {}")


def _repeated_addresses(found: Listed) -> list[str]:
    seen: dict[tuple[str, str], Place] = {}
    faults = []
    for person in found.people:
        twice = [(a, seen[a]) for a in person.addresses if a in seen]
        if twice:
            faults.append(f"{person.place}: {twice[0][0][1]} stands already in {twice[0][1]}")
        seen.update({a: person.place for a in person.addresses if a not in seen})
    return faults


def _namesakes(found: Listed) -> list[str]:
    """People identified by name alone must be the only ones of that name."""
    by_name: dict[str, list[Place]] = {}
    for person in found.people:
        by_name.setdefault(fold(person.name), []).append(person.place)
    return [
        f"{person.place}: {person.name} stands in {others[0]} too: add a phone number to tell them apart"
        for person in found.people
        if not person.addresses and (others := [p for p in by_name[fold(person.name)] if p is not person.place])
    ]


def _repeated_loans(found: Listed) -> list[str]:
    return _coded_twice(found.loans, "{} is lent already in {}")


def _coded_twice(rows: Sequence[ListedItem | ListedLoan], why: str) -> list[str]:
    """why: a sentence with room for the code and for where it stood first."""
    seen: dict[str, Place] = {}
    return [
        f"{row.place}: {why.format(row.code, first)}"
        for row in rows
        if (first := seen.setdefault(row.code, row.place)) is not row.place
    ]
