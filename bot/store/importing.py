"""Importing a desk's lists: a few statements for thousands of rows, all or nothing.

An import runs beside a working desk, and SQLite has one writer: a row-by-row import would block it for minutes, sets of
rows block it for half a second per 10,000 (measured on SQLite).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Literal

import sqlalchemy as sa

from bot.core.items import ItemState
from bot.core.listed import (
    Listed,
    ListedDebt,
    ListedItem,
    ListedLoan,
    ListedPayment,
    ListedPerson,
    lent_before,
)
from bot.core.loans import HIGHEST_NUMBER, next_number
from bot.core.people import Consent, looks_like_phone, roads_like
from bot.core.pieces import Piece
from bot.core.records import record
from bot.core.spoken import fold
from bot.store.importing_money import take_debts, take_payments
from bot.store.loans import NUMBER_RESTS, OPEN, OUT
from bot.store.names import entries
from bot.store.slices import sliced
from bot.store.tables import address, consent_event, contact, item, loan, loan_event, membership, name_word, piece

if TYPE_CHECKING:
    from bot.store.transaction import Tx

SLICE = 2_000  # values of one IN, rows of one INSERT: well below the engines' limits on parameters
AnyRow = ListedItem | ListedPerson | ListedLoan | ListedDebt | ListedPayment
Advance = Callable[[int], object]


class NotTaken(Exception):
    """Rows that contradict the desk's data, one sentence each. Nothing was kept."""

    def __init__(self, faults: Sequence[str]) -> None:
        self.faults = tuple(sorted(faults, key=_line))  # whoever mends the file reads it from the top
        super().__init__("\n".join(self.faults))


def _line(fault: str) -> tuple[str, int]:
    """File and line of `items.csv, line 3: …`; what is about no line comes first."""
    file, _, rest = fault.partition(", line ")
    number = rest.partition(":")[0]
    return (file, int(number)) if number.isdecimal() else ("", 0)


@dataclass(slots=True)
class Tally:
    """What became of one file's rows."""

    new: int = 0
    changed: int = 0
    same: int = 0


def take(
    tx: Tx, department_id: int, listed: Listed, by: Mapping[str, str], advance: Advance, *, own: bool = False
) -> dict[str, Tally]:
    """Keep items, people, running loans, debts and payments; file → what became of its rows.

    Loans are held: nobody is written to about them until staff say go. by: file → who attests its people's consent.
    advance: told how many rows were done. own: nobody whom another department knows gets an address. Raises NotTaken.
    """
    importing = _Import(tx, department_id, by, advance, own=own)
    try:
        return importing.run(listed)
    except sa.exc.IntegrityError as error:
        raise NotTaken(["the desk changed the same things at the same moment: import again"]) from error


@dataclass(slots=True)
class _Person:
    """Somebody the desk knows, or now gets to know."""

    name: str
    language: str


@dataclass(slots=True)
class _Known:
    """What the desk knows of what the files name."""

    items: dict[str, Any] = field(default_factory=dict)  # code → row
    addresses: dict[tuple[str, str], Any] = field(default_factory=dict)
    people: dict[int, _Person] = field(default_factory=dict)
    names: dict[str, set[int]] = field(default_factory=dict)  # folded name → people of this department
    members: set[int] = field(default_factory=set)


class _Import:
    def __init__(self, tx: Tx, department_id: int, by: Mapping[str, str], advance: Advance, *, own: bool) -> None:
        self.tx = tx
        self.department_id = department_id
        self.by = by
        self._advance = advance
        self._own = own
        self._known = _Known()
        self._faults: list[str] = []
        self._tallies: dict[str, Tally] = {}

    def run(self, listed: Listed) -> dict[str, Tally]:
        if self.tx.postgres:  # one import at a time: two of the same file must not race for the same codes
            self.tx.run(sa.text("SELECT pg_advisory_xact_lock(727275)"))
        self._tallies = {file: Tally() for file in self.by}
        self._load(listed)
        self._take_items(listed.items)
        self._take_people(listed.people)
        self._take_loans(listed.loans)
        self._advance(len(listed.debts) - take_debts(self, listed.debts))
        self._advance(len(listed.payments) - take_payments(self, listed.payments))
        if self._faults:
            raise NotTaken(self._faults)
        return self._tallies

    def refuse(self, row: AnyRow, why: str) -> None:
        self._faults.append(f"{row.place}: {why}")

    def count(self, row: AnyRow, what: Literal["new", "changed", "same"]) -> None:
        tally = self._tallies[row.place.file]
        setattr(tally, what, getattr(tally, what) + 1)

    # --- what is known -----------------------------------------------------------------------

    def _load(self, listed: Listed) -> None:
        known = self._known
        lent = {row.code for row in listed.loans}
        others = {row.code for row in listed.items} - lent
        known.items = {row.code: row for row in self.among(sa.select(item), item.c.code, others)}
        held = sa.select(item).order_by(item.c.id)  # going to repair in this moment, they are not lent as well
        held = held.with_for_update() if self.tx.postgres else held
        known.items |= {row.code: row for row in self.among(held, item.c.code, lent)}
        named = {a for person in listed.people for a in person.addresses}
        named |= {row.address for row in listed.loans if row.address}
        named |= {row.address for row in listed.debts if row.address}
        named |= {row.address for row in listed.payments if row.address}
        self._load_addresses(named)
        everyone = sa.select(contact.c.id, contact.c.name, contact.c.language).join(membership)
        for row in self.tx.run(everyone.where(membership.c.department_id == self.department_id)):
            known.people[row.id] = _Person(row.name, row.language)
            known.members.add(row.id)
            known.names.setdefault(fold(row.name), set()).add(row.id)

    def _load_addresses(self, named: set[tuple[str, str]]) -> None:
        found = self.among(sa.select(address), address.c.value, {value for _, value in named})
        self._known.addresses = {(row.channel, row.value): row for row in found}
        owners = {row.contact_id for row in self._known.addresses.values()}
        for row in self.among(sa.select(contact.c.id, contact.c.name, contact.c.language), contact.c.id, owners):
            self._known.people[row.id] = _Person(row.name, row.language)

    # --- items -------------------------------------------------------------------------------

    def _take_items(self, rows: Sequence[ListedItem]) -> None:
        new: list[ListedItem] = []
        changed: list[dict[str, Any]] = []
        kits: list[tuple[int, tuple[Piece, ...]]] = []
        lists = self.tx.pieces.of_items(known.id for known in self._known.items.values())
        for row in rows:
            known = self._known.items.get(row.code)
            if known is None:
                new.append(row)
                self.count(row, "new")
            elif known.department_id != self.department_id:
                self.refuse(row, f"{row.code} is another department's")
            else:
                changes, kit = _item_changes(row, known), _kit_changes(row, lists.get(known.id, []))
                changed += changes
                kits += [(known.id, kit)] if kit is not None else []
                self.count(row, "changed" if changes or kit is not None else "same")
        self.write(_CHANGE_ITEM, changed)
        for number, kit in kits:
            self.tx.pieces.put(number, kit)
        made = self.insert(item, [self._item(row) for row in new])
        for row, number in zip(new, made, strict=True):
            self._known.items[row.code] = _NewItem(number, self.department_id, row.state)
        self.write(sa.insert(piece), [v for row, number in zip(new, made, strict=True) for v in _pieces(row, number)])
        self._advance(len(rows) - len(new))

    def _item(self, row: ListedItem) -> dict[str, Any]:
        return {
            "department_id": self.department_id, "code": row.code, "name": row.name, "category": row.category,
            "check": row.check, "state": row.state, "search": fold(f"{row.name} {row.code}"),
            "created_at": self.tx.now,
        }  # fmt: skip

    # --- people ------------------------------------------------------------------------------

    def _take_people(self, rows: Sequence[ListedPerson]) -> None:
        known, new = self._sorted(rows)
        if self._own:
            self._refuse_strangers(known)
        created = [{"name": r.name, "language": r.language, "created_at": self.tx.now} for r in new]
        made = self.insert(contact, created)
        for row, number in zip(new, made, strict=True):
            self._known.names.setdefault(fold(row.name), set()).add(number)
        changed = self._write_addresses([*known, *zip(made, new, strict=True)])
        changed |= self._change_people(known)
        changed |= self.join([number for number, _ in known] + made)
        for number, row in known:
            self.count(row, "changed" if number in changed else "same")
        for row in new:
            self.count(row, "new")
        self._advance(len(rows) - len(new))

    def _sorted(self, rows: Sequence[ListedPerson]) -> tuple[list[tuple[int, ListedPerson]], list[ListedPerson]]:
        """(people the desk knows, people it does not know yet)."""
        met: dict[int, ListedPerson] = {}
        new: list[ListedPerson] = []
        for row in rows:
            owners = self._owners(row)
            if len(owners) > 1:
                many = "its addresses belong to" if row.addresses else f"“{row.name}” may be any of"
                self.refuse(row, f"{many} {len(owners)} people")
            elif not owners:
                new.append(row)
            elif (first := met.setdefault(next(iter(owners)), row)) is not row:
                self.refuse(row, f"the same person as in {first.place}")
        return list(met.items()), new

    def _refuse_strangers(self, known: Sequence[tuple[int, ListedPerson]]) -> None:
        """Who writes from an address sees what every department lent its person: one alone adds none."""
        adding = {number: row for number, row in known if any(a not in self._known.addresses for a in row.addresses)}
        numbers = {a.value for a in self._known.addresses.values()}  # by WhatsApp known, by SMS not yet
        for number in sorted(self._elsewhere(adding)):
            row = adding[number]
            if any(a not in self._known.addresses and a[1] not in numbers for a in row.addresses):
                self.refuse(row, "another department knows this person too: only they can add an address")

    def _elsewhere(self, people: Iterable[int]) -> set[int]:
        """Those of these people whom another department knows."""
        others = sa.select(membership.c.contact_id).where(membership.c.department_id != self.department_id)
        return {row.contact_id for row in self.among(others, membership.c.contact_id, set(people))}

    def _owners(self, row: ListedPerson) -> set[int]:
        """Whom a row may be about: the owner of its addresses; when it has none, who has its name."""
        if not row.addresses:
            return self._known.names.get(fold(row.name), set())
        return {self._known.addresses[a].contact_id for a in row.addresses if a in self._known.addresses}

    def _change_people(self, known: Sequence[tuple[int, ListedPerson]]) -> set[int]:
        """A department's own list leaves a name and a language that another one knows somebody by."""
        changed: list[dict[str, Any]] = []
        shared = self._elsewhere(number for number, _ in known) if self._own else set()
        for number, row in known:
            before = self._known.people[number]
            name, language = row.name or before.name, row.language or before.language
            self._known.names.setdefault(fold(name), set()).add(number)  # other rows may call them so all the same
            if number in shared:
                name = name if looks_like_phone(before.name) else before.name or name
                language = before.language or language
            if (name, language) != (before.name, before.language):
                changed.append({"row": number, "name_": name, "language_": language})
        self.write(_CHANGE_PERSON, changed)
        self._index(c["row"] for c in changed)
        return {c["row"] for c in changed}

    def _index(self, people: Iterable[int]) -> None:
        """The words of their names, for finding them."""
        for part in sliced(sorted(people), SLICE):
            self.tx.run(sa.delete(name_word).where(name_word.c.contact_id.in_(part)))
            # In every desk they belong to: a list may name somebody of another anew.
            belong = sa.select(membership, contact.c.name).join(contact, contact.c.id == membership.c.contact_id)
            rows = self.tx.run(belong.where(membership.c.contact_id.in_(part))).all()
            self.write(sa.insert(name_word), [e for r in rows for e in entries(r.contact_id, r.department_id, r.name)])

    def join(self, people: Iterable[int]) -> set[int]:
        """Make people members of the department; those who were not."""
        joining = set(people) - self._known.members
        rows = [{"contact_id": p, "department_id": self.department_id} for p in sorted(joining)]
        self.write(self.tx.ignoring(membership), rows)
        self._index(joining)
        self._known.members |= joining
        return joining

    # --- addresses and consent ---------------------------------------------------------------

    def _write_addresses(self, written: Sequence[tuple[int, ListedPerson]]) -> set[int]:
        """Add what is not known, attest what nobody was asked about; the people for whom that changed something.

        A consent once given or refused stays: a list does not undo a STOP. Who said no is not written to, unless they
        agreed by themselves.
        """
        values: list[dict[str, Any]] = []
        attested: list[tuple[int, str]] = []
        refused: list[tuple[int, str]] = []
        touched: set[int] = set()
        for person, row in written:
            by = self.by[row.place.file]
            for channel, value in row.addresses:
                known = self._known.addresses.get((channel, value))
                refuses = (channel, value) in row.refused
                if known is None:
                    values.append(self._address(person, channel, value, by, refuses=refuses))
                    touched.add(person)
                elif refuses:
                    if known.consent in (Consent.UNKNOWN.value, Consent.ATTESTED.value):
                        refused.append((known.id, by))
                        touched.add(person)
                elif known.consent == Consent.UNKNOWN.value:
                    attested.append((known.id, by))
                    touched.add(person)
        self.write(_ATTEST, [{"row": number, "by": by} for number, by in attested])
        self._note(Consent.ATTESTED, attested)
        self.write(_REFUSE, [{"row": number} for number, _ in refused])
        self._note(Consent.REFUSED, refused)
        made = self.insert(address, values)
        for consent in (Consent.ATTESTED, Consent.REFUSED):
            new = [(n, v["attested_by"]) for n, v in zip(made, values, strict=True) if v["consent"] == consent.value]
            self._note(consent, new)
        for number, v in zip(made, values, strict=True):
            self._known.addresses[v["channel"], v["value"]] = _NewAddress(number, v["contact_id"], v["consent"])
        return touched

    def _address(self, person: int, channel: str, value: str, by: str, *, refuses: bool) -> dict[str, Any]:
        roads = roads_like(channel)
        others = (self._known.addresses.get((road, value)) for road in roads)
        stopped = any(other is not None and other.consent == Consent.REFUSED.value for other in others)
        refused = refuses or stopped or self.tx.suppressions.hold(roads, value)
        consent = Consent.REFUSED if refused else Consent.ATTESTED
        return {
            "contact_id": person, "channel": channel, "value": value, "consent": consent.value,
            "state": "live", "verified_by": "attested", "attested_by": by, "created_at": self.tx.now,
        }  # fmt: skip

    def _note(self, consent: Consent, noted: Sequence[tuple[int, str]]) -> None:
        events = [{"address_id": n, "consent": consent.value, "proof": by[:300], "at": self.tx.now} for n, by in noted]
        self.write(sa.insert(consent_event), events)

    # --- loans -------------------------------------------------------------------------------

    def _take_loans(self, rows: Sequence[ListedLoan]) -> None:
        taken = {
            r.import_key for r in self.among(sa.select(loan.c.import_key), loan.c.import_key, {row.key for row in rows})
        }
        out = self._out(rows)
        taken |= {row.key for row in rows if self._runs(row, out)}
        new = [row for row in rows if row.key not in taken]
        for row in rows:
            self.count(row, "same" if row.key in taken else "new")
        self._refuse_lent(new, out)
        borrowers = [(row, who) for row in new if (who := self.borrower(row)) is not None]
        values = self._loans(borrowers)
        if self._faults:  # all faults are reported together; nothing more is written in vain
            return
        made = self.insert(loan, values)
        self.join(who for _, who in borrowers)
        events = [self._lent(number, row) for number, (row, _) in zip(made, borrowers, strict=True)]
        self.write(sa.insert(loan_event), events)

    def _out(self, rows: Sequence[ListedLoan]) -> dict[int, Any]:
        """Item → the loan with which it is out."""
        ids: set[int] = {self._known.items[r.code].id for r in rows if r.code in self._known.items}
        query = sa.select(loan.c.item_id, loan.c.contact_id, loan.c.due_at, contact.c.name).join(contact)
        return {r.item_id: r for r in self.among(query.where(loan.c.state.in_(OUT)), loan.c.item_id, ids)}

    def _runs(self, row: ListedLoan, out: Mapping[int, Any]) -> bool:
        """Whether it is the running loan itself: an export of this desk, imported again."""
        known = self._known.items.get(row.code)
        running = out.get(known.id) if known is not None else None
        if running is None or abs(running.due_at - row.due_at) >= timedelta(seconds=1):
            return False
        owner = self._known.addresses.get(row.address) if row.address else None
        if owner is not None:
            return bool(owner.contact_id == running.contact_id)
        return row.address is None and fold(row.person) == fold(running.name)

    def _refuse_lent(self, rows: Sequence[ListedLoan], out: Mapping[int, Any]) -> None:
        """Items that are unknown, another department's, out of service, or out already."""
        for row in rows:
            known = self._known.items.get(row.code)
            if known is None or known.department_id != self.department_id:
                self.refuse(row, f"no item {row.code}")
            elif known.state != ItemState.AVAILABLE:
                self.refuse(row, f"{row.code} cannot be lent: {known.state}")
            elif known.id in out:
                self.refuse(row, f"{row.code} is out already, lent to {out[known.id].name}")

    def borrower(self, row: ListedLoan | ListedDebt | ListedPayment) -> int | None:
        """The person a row means, by address or name; None once the row is refused because there are none or
        several."""
        if row.address is not None:
            known = self._known.addresses.get(row.address) or self._known.addresses.get(("sms", row.address[1]))
            if known is None:
                self.refuse(row, f"no person with {row.address[1]}: put them into a list of people first")
                return None
            return int(known.contact_id)
        found = self._known.names.get(fold(row.person), set())
        if len(found) == 1:
            return next(iter(found))
        many = f"{len(found)} people are called {row.person}: write the number instead"
        self.refuse(row, many if found else f"no person called {row.person}: put them into a list of people first")
        return None

    def _loans(self, borrowers: Sequence[tuple[ListedLoan, int]]) -> list[dict[str, Any]]:
        numbers = _Numbers(self._taken_numbers({who for _, who in borrowers}))
        for row, who in borrowers:
            if row.number is not None and not numbers.take(who, row.number):
                self.refuse(row, f"number {row.number} is, or was lately, another loan's of that person")
        values = []
        for row, who in borrowers:
            number = row.number or numbers.next(who)
            if number is None:
                self.refuse(row, f"more than {HIGHEST_NUMBER} loans of one person")
            elif row.code in self._known.items:
                values.append(self._loan(row, who, number))
        return values

    def _taken_numbers(self, people: set[int]) -> list[tuple[int, int]]:
        """(person, number) of running and recent loans, oldest first."""
        recent = loan.c.state.in_(OPEN) | (loan.c.created_at > self.tx.now - NUMBER_RESTS)
        query = sa.select(loan.c.id, loan.c.contact_id, loan.c.number).where(recent)
        found = sorted(self.among(query, loan.c.contact_id, people), key=lambda r: int(r.id))
        return [(r.contact_id, r.number) for r in found]

    def _loan(self, row: ListedLoan, who: int, number: int) -> dict[str, Any]:
        now = self.tx.now
        return {
            "item_id": self._known.items[row.code].id, "contact_id": who, "department_id": self.department_id,
            "state": "active", "lent_at": row.lent_at or lent_before(row.due_at, now), "due_at": row.due_at,
            "number": number, "held": True, "created_at": now, "import_key": row.key,
        }  # fmt: skip

    def _lent(self, number: int, row: ListedLoan) -> dict[str, Any]:
        who = self.by[row.place.file]
        return {"loan_id": number, "what": "lent", "who": who, "note": "", "facts": {}, "at": self.tx.now}

    # --- sets of rows ------------------------------------------------------------------------

    def among(self, query: sa.Select[Any], column: sa.Column[Any], values: Iterable[Any]) -> Iterator[Any]:
        for part in sliced(sorted(values), SLICE):
            yield from self.tx.run(query.where(column.in_(part))).all()

    def write(self, statement: sa.Executable, rows: Sequence[dict[str, Any]]) -> None:
        for part in sliced(rows, SLICE):
            self.tx.run(statement, part)

    def insert(self, table: sa.Table, values: Sequence[dict[str, Any]]) -> list[int]:
        """Insert rows; their numbers in the same order."""
        statement = sa.insert(table).returning(table.c.id, sort_by_parameter_order=True)
        made: list[int] = []
        for part in sliced(values, SLICE):
            made += self.tx.run(statement, part).scalars()
            self._advance(len(part))
        return made


@record(frozen=True, slots=True)
class _NewItem:
    id: int
    department_id: int
    state: str


@record(frozen=True, slots=True)
class _NewAddress:
    id: int
    contact_id: int
    consent: str


class _Numbers:
    """The small numbers of several people's loans, given out in turn like those of single loans."""

    def __init__(self, taken: Iterable[tuple[int, int]]) -> None:
        self._taken: dict[int, set[int]] = {}
        self._last: dict[int, int] = {}
        for person, number in taken:
            self.take(person, number)

    def take(self, person: int, number: int) -> bool:
        """Whether it was free."""
        mine = self._taken.setdefault(person, set())
        free = number not in mine
        mine.add(number)
        self._last[person] = number
        return free

    def next(self, person: int) -> int | None:
        """The next free one, None when all are taken."""
        number = next_number(self._taken.get(person, ()), self._last.get(person, 0))
        if number is not None:
            self.take(person, number)
        return number


_CHANGE_ITEM = (
    sa.update(item)
    .where(item.c.id == sa.bindparam("row"))
    .values(
        name=sa.bindparam("name_"), category=sa.bindparam("category_"), check=sa.bindparam("check_"),
        search=sa.bindparam("search_"),
    )
)  # fmt: skip
_CHANGE_PERSON = (
    sa.update(contact)
    .where(contact.c.id == sa.bindparam("row"))
    .values(name=sa.bindparam("name_"), language=sa.bindparam("language_"))
)
# Only people never asked: a STOP since the rows were read stays.
_REFUSE = (
    sa.update(address)
    .where(address.c.id == sa.bindparam("row"), address.c.consent != Consent.GIVEN.value)
    .values(consent=Consent.REFUSED.value)
)
_ATTEST = (
    sa.update(address)
    .where(address.c.id == sa.bindparam("row"), address.c.consent == Consent.UNKNOWN.value)
    .values(consent=Consent.ATTESTED.value, attested_by=sa.bindparam("by"))
)


def _item_changes(row: ListedItem, known: Any) -> list[dict[str, Any]]:
    """The one change of an item, or none. Blank cells change nothing."""
    category, check = row.category or known.category, row.check or known.check
    if (row.name, category, check) == (known.name, known.category, known.check):
        return []
    search = fold(f"{row.name} {row.code}")
    return [{"row": known.id, "name_": row.name, "category_": category, "check_": check, "search_": search}]


def _kit_changes(row: ListedItem, known: Sequence[Piece]) -> tuple[Piece, ...] | None:
    """The kit's new list; None when the row does not change it."""
    same = row.pieces is None or [(p.name, p.count) for p in row.pieces] == [(p.name, p.count) for p in known]
    return None if same else row.pieces


def _pieces(row: ListedItem, number: int) -> Iterator[dict[str, Any]]:
    for place, one in enumerate(row.pieces or ()):
        yield {"item_id": number, "name": one.name, "quantity": one.count, "position": place, "retired": False}
