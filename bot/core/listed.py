"""Rows of a desk's lists as items, people, loans, debts and payments; what they refer to is looked up later."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from bot.core.items import ItemState
from bot.core.money import Money
from bot.core.pieces import Piece
from bot.core.records import record


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
    """`addresses`: (channel, value), a number counting for WhatsApp and SMS; to those in `refused` no message may go.
    `language` empty: unchanged."""

    place: Place
    name: str
    addresses: tuple[tuple[str, str], ...] = ()
    language: str = ""
    refused: frozenset[tuple[str, str]] = frozenset()


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
    contested: bool = False


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


def lent_before(due_at: datetime, now: datetime) -> datetime:
    """The start of a loan when the list does not give it: now, or a day before it was due."""
    return min(now, due_at - timedelta(days=1))
