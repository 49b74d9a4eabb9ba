"""Rows of a desk's lists as items, people and loans, each validated by itself; what they refer to is looked up
later."""

from __future__ import annotations

import hashlib
import itertools
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta

from bot.core.due import Due
from bot.core.duetime import read_due
from bot.core.items import ItemState
from bot.core.lists import Kind, Listing, Row
from bot.core.money import BadAmount, Money, currencies, read_money
from bot.core.people import BadPhone, Department, looks_like_phone, of_two_countries, phone_from, phone_shown
from bot.core.pieces import LONGEST_PIECE, MOST_PIECES, BadPieces, Piece, read_pieces
from bot.core.records import record
from bot.core.schedule import civil
from bot.core.spoken import fold, words

CODE = re.compile(r"[A-Z0-9][A-Z0-9._/-]{0,39}")
LONGEST_NAME = 120
LONGEST_ADDRESS = 160
SHORTEST_WITH_COUNTRY = 11
MAIL = re.compile(r"[^@\s<>,;]+@[^@\s<>,;]+\.[^@\s<>,;]+")
LANGUAGES = {
    "fr": "fr", "francais": "fr", "french": "fr", "en": "en", "anglais": "en", "english": "en",
}  # fmt: skip
HIGHEST_NUMBER = 99
# Outside these a date is a typing error, and arithmetic with it may overflow the calendar.
EARLIEST, LATEST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
WRITTEN_DATE = re.compile(
    r"(?P<day>\d{1,2})[/.-](?P<month>\d{1,2})[/.-](?P<year>\d{4}|\d{2})"
    r"(?:,?\s+(?:a\s+|at\s+)?(?P<hour>\d{1,2})\s*[:h]\s*(?P<minute>\d{2})?(?::\d{2})?)?"
)
PIECES_REFUSED = {
    "too_many": f"more than {MOST_PIECES}", "too_long": f"“{{0}}” has more than {LONGEST_PIECE} characters",
    "twice": "“{0}” stands there twice: write “2 {0}”",
}  # fmt: skip
AMOUNT_REFUSED = {
    "unreadable": "is no amount", "zero": "must be more than zero", "no_cents": "has more decimals than its currency",
    "too_large": "is too large",
}  # fmt: skip
LONGEST_REFERENCE = 64
# What an export writes, and how people say it. "Bon état" is none of these: it says nothing about lending.
STATES = {
    "available": ItemState.AVAILABLE, "disponible": ItemState.AVAILABLE,
    "in repair": ItemState.IN_REPAIR, "en reparation": ItemState.IN_REPAIR,
    "retired": ItemState.RETIRED, "retire": ItemState.RETIRED, "retire du pret": ItemState.RETIRED,
    "lost": ItemState.LOST, "perdu": ItemState.LOST,
}  # fmt: skip
# 612345678 as a spreadsheet writes it from a column that is too narrow.
SHORTENED = re.compile(r"\d[.,]\d+e\+?\d+", re.IGNORECASE)
CLOCK = re.compile(r"(?:t|\s)\s*\d")


class BadRow(ValueError):
    """Why a row is refused, as the end of a sentence."""


@record(frozen=True, slots=True)
class Place:
    """Where a row stands."""

    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}, line {self.line}"


@record(frozen=True, slots=True)
class ListedItem:
    """Empty `category` and `check`, and `pieces` None, leave the known values. `state`: for an item that is new here; a
    known item keeps its own, which may have changed since the list was written."""

    place: Place
    code: str
    name: str
    category: str = ""
    check: str = ""
    pieces: tuple[Piece, ...] | None = None
    state: ItemState = ItemState.AVAILABLE


@record(frozen=True, slots=True)
class ListedPerson:
    """`addresses`: (channel, value), a number counting for WhatsApp and SMS. `language` empty: unchanged."""

    place: Place
    name: str
    addresses: tuple[tuple[str, str], ...] = ()
    language: str = ""


@record(frozen=True, slots=True)
class ListedLoan:
    """`person` is a name, or `address` the (channel, value) that names them. `lent_at` None: not known.

    `key` is made of the cells as they were written: the same row again is the same loan, whatever became of it.
    """

    place: Place
    code: str
    person: str
    address: tuple[str, str] | None
    due_at: datetime
    key: str
    lent_at: datetime | None = None
    number: int | None = None


@record(frozen=True, slots=True)
class ListedDebt:
    """`person` and `address` as of a loan. `key` tells a row from its equals in the same files."""

    place: Place
    person: str
    address: tuple[str, str] | None
    amount: Money
    due_on: date
    key: str
    reference: str = ""
    invoice: bool = False


@record(frozen=True, slots=True)
class ListedPayment:
    """`reference`: of the debt it was paid for; `debt`: how much that debt was and its day, when it has no reference;
    neither, the oldest. `paid_at` None: now."""

    place: Place
    person: str
    address: tuple[str, str] | None
    amount: Money
    key: str
    reference: str = ""
    paid_at: datetime | None = None
    debt: tuple[Money, date] | None = None


@dataclass(slots=True)
class Listed:
    """What all files of one import hold, and the sentences about rows that cannot be taken."""

    items: list[ListedItem] = field(default_factory=list)
    people: list[ListedPerson] = field(default_factory=list)
    loans: list[ListedLoan] = field(default_factory=list)
    debts: list[ListedDebt] = field(default_factory=list)
    payments: list[ListedPayment] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    keys: set[str] = field(default_factory=set)  # keys of debts and payments read so far


@record(frozen=True, slots=True)
class Reading:
    """What rows are read against. `now`: aware. `region`: ISO country of numbers without a prefix."""

    department: Department
    region: str
    now: datetime


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


# --- items ---------------------------------------------------------------------------------------


def _item(row: Row, place: Place) -> ListedItem:
    name = _required(row, "name")
    return ListedItem(
        place, _code(row), _short(name, "name"), _short(row.cells.get("category", ""), "category"),
        row.cells.get("check", ""), _pieces(row), _state(row),
    )  # fmt: skip


def _state(row: Row) -> ItemState:
    said = " ".join(words(row.cells.get("state", "")))
    return STATES.get(said, ItemState.AVAILABLE)


def _pieces(row: Row) -> tuple[Piece, ...] | None:
    """A kit's list; a lone dash empties it, an empty cell leaves it. Raises BadRow."""
    if "pieces" not in row.cells:
        return None
    try:
        return read_pieces(row.cells["pieces"])
    except BadPieces as error:
        raise BadRow(f"pieces: {PIECES_REFUSED[error.why].format(error.what[:40])}") from error


def _code(row: Row) -> str:
    code = _required(row, "code").upper()
    if not CODE.fullmatch(code):
        raise BadRow(f"“{code[:40]}” is no code: letters, digits, . _ / -, at most 40")
    return code


def _required(row: Row, column: str) -> str:
    try:
        return row.cells[column]
    except KeyError:
        raise BadRow(f"no {column}") from None


def _short(text: str, column: str) -> str:
    if len(text) > LONGEST_NAME:
        raise BadRow(f"a {column} of more than {LONGEST_NAME} characters")
    return text


# --- people --------------------------------------------------------------------------------------


def _person(row: Row, place: Place, reading: Reading) -> ListedPerson:
    phone = _phone(row.cells["phone"], reading.region) if "phone" in row.cells else ""
    name = " ".join(filter(None, (row.cells.get("first_name"), row.cells.get("name"))))
    if not name and not phone:
        raise BadRow("neither name nor phone")
    addresses = [("whatsapp", phone), ("sms", phone)] if phone else []
    if "telegram" in row.cells:
        addresses.append(("telegram", _telegram(row.cells["telegram"])))
    if "email" in row.cells:
        addresses.append(("email", _mail(row.cells["email"])))
    return ListedPerson(place, _short(name or phone_shown(phone), "name"), tuple(addresses), _language(row))


def _phone(typed: str, region: str) -> str:
    # Spreadsheets take +221771234567 for a number and drop its sign.
    spellings = (typed, f"+{typed}") if typed.isdecimal() and len(typed) >= SHORTEST_WITH_COUNTRY else (typed,)
    why = ""
    if of_two_countries(typed, region):
        raise BadRow(f"“{typed[:40]}” may be of two countries: write it with its +")
    for spelling in spellings:
        try:
            return phone_from(spelling, region)
        except BadPhone as error:
            why = why or error.why
    if why == "not_mobile":
        raise BadRow(f"“{typed[:40]}” is a landline: no message can reach it")
    if SHORTENED.fullmatch(typed):
        raise BadRow(f"“{typed[:40]}” was shortened by the spreadsheet: make the column text, type the number again")
    raise BadRow(f"“{typed[:40]}” is no phone number")


def _telegram(typed: str) -> str:
    if not re.fullmatch(r"[1-9]\d{0,18}", typed):
        # The Bot API takes no @name of a person as a chat; only the number can be written to.
        raise BadRow(f"telegram “{typed[:40]}”: a person's numeric id is needed; an @name cannot be written to")
    return typed


def _mail(typed: str) -> str:
    if len(typed) > LONGEST_ADDRESS or not MAIL.fullmatch(typed):
        raise BadRow(f"“{typed[:60]}” is no e-mail address")
    return typed.lower()


def _language(row: Row) -> str:
    typed = row.cells.get("language", "")
    language = LANGUAGES.get(fold(typed)[:20], "")
    if typed and not language:
        raise BadRow(f"language “{typed[:40]}”: fr and en are known")
    return language


# --- loans ---------------------------------------------------------------------------------------


def _loan(row: Row, place: Place, reading: Reading) -> ListedLoan:
    code, (person, address) = _code(row), _borrower(row, reading)
    due_at = _instant(_required(row, "due_at"), "due_at", reading)
    lent_at = _began(row, "lent_at", reading)
    if lent_at is not None and lent_at > reading.now:
        raise BadRow(f"lent_at “{row.cells['lent_at'][:40]}” is still to come: only running loans can be taken")
    if lent_at is not None and due_at <= lent_at:
        raise BadRow("due_at is not after lent_at")
    return ListedLoan(place, code, person, address, due_at, _key(row, code), lent_at, _number(row))


def _borrower(row: Row, reading: Reading) -> tuple[str, tuple[str, str] | None]:
    phone, person = row.cells.get("phone", ""), row.cells.get("person", "")
    if not phone and looks_like_phone(person):
        phone = person
    if phone:
        return person, ("whatsapp", _phone(phone, reading.region))
    if MAIL.fullmatch(person):
        return person, ("email", _mail(person))
    if not person:
        raise BadRow("no person")
    return person, None


def _began(row: Row, column: str, reading: Reading) -> datetime | None:
    """The instant in a column that may be empty; a day alone is its first hour. Raises BadRow."""
    typed = row.cells.get(column)
    return _instant(typed, column, reading, of_day=time(0, 0)) if typed is not None else None


def _number(row: Row) -> int | None:
    typed = row.cells.get("number")
    if typed is None:
        return None
    if not typed.isdecimal() or not 1 <= int(typed[:9]) <= HIGHEST_NUMBER:
        raise BadRow(f"number “{typed[:20]}”: 1 to {HIGHEST_NUMBER}, what the person answers with (RENDU 2)")
    return int(typed)


def _key(row: Row, code: str) -> str:
    parts = [code, *(" ".join(words(row.cells.get(c, ""))) for c in ("person", "phone", "lent_at", "due_at"))]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


# --- debts and payments --------------------------------------------------------------------------


def _debt(row: Row, place: Place, reading: Reading, taken: set[str]) -> ListedDebt:
    person, address = _borrower(row, reading)
    day = _day(_required(row, "due_at"), "due_at", reading)
    reference = _reference(row)
    kind = fold(row.cells.get("kind", ""))
    invoice = kind.startswith(("fact", "inv")) or (not kind and reference.upper().startswith(("FAC", "INV")))
    key = _money_key("debt", row, taken)
    return ListedDebt(place, person, address, _money(row, reading), day, key, reference, invoice)


def _day(typed: str, column: str, reading: Reading) -> date:
    return _instant(typed, column, reading).astimezone(reading.department.zone).date()


def _payment(row: Row, place: Place, reading: Reading, taken: set[str]) -> ListedPayment:
    person, address = _borrower(row, reading)
    paid_at = _began(row, "paid_at", reading)
    if paid_at is not None and paid_at > reading.now:
        raise BadRow(f"paid_at “{row.cells['paid_at'][:40]}” is still to come")
    key = _money_key("payment", row, taken)
    reference, paid = _reference(row), _money(row, reading)
    debt = None if reference else _debt_paid(row, reading)
    return ListedPayment(place, person, address, paid, key, reference, paid_at, debt)


def _debt_paid(row: Row, reading: Reading) -> tuple[Money, date] | None:
    """The debt without reference that was paid. Raises BadRow."""
    if "debt_amount" not in row.cells or "debt_due_at" not in row.cells:
        return None
    return _money(row, reading, "debt_amount"), _day(row.cells["debt_due_at"], "debt_due_at", reading)


def _money(row: Row, reading: Reading, column: str = "amount") -> Money:
    """`127 000`, `12,50 €`, in the currency of its column, else the desk's. Raises BadRow."""
    typed, currency = _required(row, column), row.cells.get("currency", "").upper()
    if currency and currency not in currencies():
        raise BadRow(f"currency “{currency[:20]}”: three letters, EUR or XOF")
    try:
        return read_money(typed, currency or reading.department.rules.currency)
    except BadAmount as error:
        raise BadRow(f"amount “{typed[:40]}” {AMOUNT_REFUSED[error.why]}") from error


def _reference(row: Row) -> str:
    reference = row.cells.get("reference", "")
    if len(reference) > LONGEST_REFERENCE:
        raise BadRow(f"a reference of more than {LONGEST_REFERENCE} characters")
    return reference


def _money_key(what: str, row: Row, taken: set[str]) -> str:
    """The same row in a later import is the same debt; twice in one list it is two debts."""
    columns = ("person", "phone", "amount", "currency", "due_at", "paid_at", "reference", "kind")
    parts = [what, *(" ".join(words(row.cells.get(c, ""))) for c in columns)]
    parts += [" ".join(words(row.cells[c])) for c in ("debt_amount", "debt_due_at") if c in row.cells]
    copies = (hashlib.sha256("\n".join([*parts, str(copy)]).encode()).hexdigest() for copy in itertools.count())
    key = next(key for key in copies if key not in taken)
    taken.add(key)
    return key


# --- times ---------------------------------------------------------------------------------------


def _instant(typed: str, column: str, reading: Reading, of_day: time | None = None) -> datetime:
    """A time in the desk's zone; a day alone means closing time, or `of_day`. Raises BadRow."""
    closing = of_day or reading.department.rules.closing
    try:
        at = _iso(typed, reading, closing) or _written(typed, reading, closing) or _said(typed, reading, closing)
    except (ValueError, OverflowError):
        at = None
    if at is None:
        raise BadRow(f"{column} “{typed[:40]}” is no time (2026-11-27 18:00, 27/11/2026, vendredi 18h can be read)")
    at = at.astimezone(UTC)
    if not EARLIEST <= at < LATEST:
        raise BadRow(f"{column} “{typed[:40]}” lies outside the years {EARLIEST.year} to {LATEST.year - 1}")
    return at


def _iso(typed: str, reading: Reading, closing: time) -> datetime | None:
    """`2026-11-27`, `2026-11-27 18:00`, `2026-11-27T18:00:00+01:00`. None for another form."""
    if not re.match(r"\d{4}-\d\d-\d\d", typed):
        return None
    at = datetime.fromisoformat(typed)
    if at.tzinfo is not None:
        return at
    clock = at.time() if CLOCK.search(typed.lower()) else closing
    return civil(at.date(), clock, reading.department.zone)


def _written(typed: str, reading: Reading, closing: time) -> datetime | None:
    """`27/11/2026`, `27.11.26 18:30`, `27/11/2026 à 18h`: day first, with its year. Dates may lie in the past here,
    which `read_due` refuses. None for another form."""
    found = WRITTEN_DATE.fullmatch(fold(typed))
    if found is None:
        return None
    year = int(found["year"]) + (2000 if len(found["year"]) == 2 else 0)
    clock = time(int(found["hour"]), int(found["minute"] or 0)) if found["hour"] else closing
    return civil(date(year, int(found["month"]), int(found["day"])), clock, reading.department.zone)


def _said(typed: str, reading: Reading, closing: time) -> datetime | None:
    """`vendredi 18h`, `dans 3 jours`, `next Friday noon`."""
    desk = reading.department
    now = reading.now.astimezone(desk.zone)
    due = read_due(typed, now=now, language=desk.language, closing=closing)
    return due.at if isinstance(due, Due) else None


def lent_before(due_at: datetime, now: datetime) -> datetime:
    """The start of a loan when the list does not give it: now, or a day before it was due."""
    return min(now, due_at - timedelta(days=1))


# --- duplicates ----------------------------------------------------------------------------------


def _repeated_codes(found: Listed) -> list[str]:
    seen: dict[str, Place] = {}
    return [
        f"{item.place}: code {item.code} stands already in {first}"
        for item in found.items
        if (first := seen.setdefault(item.code, item.place)) is not item.place
    ]


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
    seen: dict[str, Place] = {}
    return [
        f"{loan.place}: {loan.code} is lent already in {first}"
        for loan in found.loans
        if (first := seen.setdefault(loan.code, loan.place)) is not loan.place
    ]
