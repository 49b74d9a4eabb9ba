"""People found by name, in a desk of any size.

Each word of a name is an index entry, so that matching names are found without scanning everybody. Only without a match
are names compared one by one: those of the whole desk while there are few, else those that begin alike.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from bot.core.finding import Matches, Named, close, exactly, find, spellings, wanted_words
from bot.core.spoken import words
from bot.store.tables import contact, membership, name_word

if TYPE_CHECKING:
    from bot.store.transaction import Tx

FEW = 5_000  # people: this many names are compared in 20 ms
MOST_WORDS, LONGEST = 12, 40  # of a name; characters of a word
ALIKE = 500  # people to suggest; spellings of one word
AFTER_Z = "{"  # sorts after every letter of a folded word


def entries(contact_id: int, department_id: int, name: str) -> list[dict[str, Any]]:
    """The rows of `name_word` for one person in one desk."""
    known = _at_most(word[:LONGEST] for word in words(name))
    return [{"contact_id": contact_id, "department_id": department_id, "word": word} for word in known]


def _at_most(some: Iterable[str]) -> list[str]:
    """Each word once, as many as a name has. Of a page pasted by mistake the rest is not looked for: no database takes
    a query with a condition for each of its words."""
    return list(dict.fromkeys(some))[:MOST_WORDS]


class Names:
    def __init__(self, tx: Tx) -> None:
        self._tx = tx

    def put(self, contact_id: int, department_id: int, name: str) -> None:
        """Add the entries of somebody who has joined a desk."""
        if rows := entries(contact_id, department_id, name):
            self._tx.run(self._tx.ignoring(name_word), rows)

    def renew(self, contact_id: int) -> None:
        """Replace somebody's entries after a change of their name or desks."""
        self._tx.run(sa.delete(name_word).where(name_word.c.contact_id == contact_id))
        name = self._tx.people.get(contact_id).name
        for department_id in self._tx.people.desks_of(contact_id):
            self.put(contact_id, department_id, name)

    def meant(self, department_id: int, typed: str) -> Matches[int]:
        """The people of a desk that the words may mean."""
        wanted = _at_most(wanted_words(typed))
        if not wanted:
            return Matches()
        if sure := exactly(typed, self._holding(department_id, [spellings(word) for word in wanted])):
            return Matches(sure)
        return find(typed, self.everyone(department_id) or self._alike(department_id, wanted))

    def named(self, department_id: int, typed: str) -> list[Named[int]]:
        """Everybody in a small desk; in a large one those whose names contain the exact words."""
        return self.everyone(department_id) or self._holding(department_id, [[w] for w in _at_most(words(typed))])

    def everyone(self, department_id: int) -> list[Named[int]]:
        """All named people of a desk, by name; none where they are too many to scan."""
        many = sa.select(membership.c.contact_id).where(membership.c.department_id == department_id)
        if self._tx.run(many.offset(FEW).limit(1)).first() is not None:
            return []
        return [Named(number, name) for number, name in self._tx.people.names(department_id) if name]

    def _holding(self, department_id: int, sets: Sequence[Collection[str]]) -> list[Named[int]]:
        """People whose names hold a word of each of these sets, by name; FEW at most."""
        if not sets:
            return []
        rarest, *others = sorted(sets, key=lambda some: self._count(department_id, some))
        first = name_word.alias()
        query = sa.select(first.c.contact_id).where(_is_in(first, department_id, rarest))
        for some in others:
            also = name_word.alias()
            same = also.c.contact_id == first.c.contact_id
            query = query.where(sa.exists().where(same, _is_in(also, department_id, some)))
        return self._people(query)

    def _people(self, numbers: sa.Select[Any]) -> list[Named[int]]:
        some = contact.c.id.in_(numbers.limit(FEW))
        rows = self._tx.run(sa.select(contact.c.id, contact.c.name).where(some).order_by(contact.c.name))
        return [Named(row.id, row.name) for row in rows]

    def _count(self, department_id: int, some: Collection[str]) -> int:
        """How often these words occur in names, counted up to FEW."""
        query = sa.select(sa.literal(1)).where(_is_in(name_word, department_id, some)).limit(FEW)
        return int(self._tx.run(sa.select(sa.func.count()).select_from(query.subquery())).scalar_one())

    def _alike(self, department_id: int, wanted: Sequence[str]) -> list[Named[int]]:
        """In a large desk: people whose names contain each word with typing errors that leave its beginning intact;
        failing that, some that begin as the words do."""
        near = [[word for word in self._beside(department_id, typed) if close(typed, word)] for typed in wanted]
        if all(near):
            return self._holding(department_id, [some[:ALIKE] for some in near])
        begins = sa.or_(*(_begins(name_word, typed[:3]) for typed in wanted))
        here = name_word.c.department_id == department_id
        return self._people(sa.select(name_word.c.contact_id).where(here, begins).distinct().limit(ALIKE))

    def _beside(self, department_id: int, typed: str) -> Iterator[str]:
        """The words of a desk's names that begin with the first or second letter of what was typed."""
        for letter in dict.fromkeys(typed[:2]):
            here = (name_word.c.department_id == department_id) & _begins(name_word, letter)
            yield from self._tx.run(sa.select(name_word.c.word).where(here).distinct()).scalars()


def holding_all(department_id: int, typed: str) -> sa.Select[Any]:
    """(id, name) of the people of a desk in whose names each of the words begins a word, by name."""
    longest, *others = sorted(_at_most(words(typed)), key=len, reverse=True)
    first = name_word.alias()
    query = sa.select(first.c.contact_id).where(first.c.department_id == department_id, _begins(first, longest))
    for word in others:
        also = name_word.alias()
        same = (also.c.contact_id == first.c.contact_id) & (also.c.department_id == department_id)
        query = query.where(sa.exists().where(same, _begins(also, word)))
    some = contact.c.id.in_(query.limit(FEW))
    return sa.select(contact.c.id, contact.c.name).where(some).order_by(contact.c.name)


def _is_in(table: Any, department_id: int, some: Collection[str]) -> sa.ColumnElement[bool]:
    return sa.and_(table.c.department_id == department_id, table.c.word.in_(sorted(some)))


def _begins(table: Any, prefix: str) -> sa.ColumnElement[bool]:
    """A range, for which both engines use their index; with LIKE they would scan."""
    word: sa.ColumnElement[str] = table.c.word
    return (word >= prefix) & (word < prefix + AFTER_Z)
