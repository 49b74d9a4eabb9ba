"""Cached query results of one transaction, its own and those read ahead, kept until something changes them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from bot.store.compiled import Found, kept
from bot.store.ready import Each, Ready

Key = tuple[Any, ...]  # the values of a question, in their order


class Answers:
    """Questions with their values, and the answers.

    A question about one `contact` outlives changes of rows that name another one (`contact_id`).
    """

    def __init__(self) -> None:
        self._known: dict[Ready, dict[int | None, dict[Key, Found]]] = {}  # question → person → values
        self._about: dict[str, list[Ready]] = {}  # table → questions

    def get(self, question: Ready, person: int | None, key: Key) -> Found | None:
        people = self._known.get(question)
        return people[person].get(key) if people and person in people else None

    def take(self, question: Ready, person: int | None, key: Key) -> Found | None:
        """The answer, which is removed."""
        people = self._known.get(question)
        return people[person].pop(key, None) if people and person in people else None

    def put(self, question: Ready, person: int | None, key: Key, found: Found) -> None:
        self._people(question).setdefault(person, {})[key] = found

    def put_all(self, question: Ready, answers: Iterable[tuple[int | None, Key, Found]]) -> None:
        """Store many answers: (person, values, answer)."""
        people = self._people(question)
        for person, key, found in answers:
            people.setdefault(person, {})[key] = found

    def put_each(self, question: Each, theirs: Mapping[Any, list[Any]], *others: Any) -> None:
        """Store the rows of each of many; the other values of the question in their order."""
        people, of_person = self._people(question.one), question.name == "contact"
        for one, rows in theirs.items():
            people.setdefault(one if of_person else None, {})[(one, *others)] = kept(rows)

    def _people(self, question: Ready) -> dict[int | None, dict[Key, Found]]:
        people = self._known.get(question)
        if people is None:
            people = self._known[question] = {}
            for table in question.about:
                self._about.setdefault(table, []).append(question)
        return people

    def outdate(self, table: str, values: Any) -> None:
        """Drop what is known of a changed table; where the change names a person, what is known of them and of nobody
        in particular. values: of the statement, None when they are unknown."""
        if table not in self._about:
            return
        named = _named(values)
        for question in self._about[table]:
            people = self._known[question]
            for person in list(people) if named is None else {None, *named}:
                people.pop(person, None)

    def clear(self) -> None:
        self._known.clear()
        self._about.clear()


def _named(values: Any) -> list[int | None] | None:
    """The person whose row is made or changed, or nobody; None when that is unknown."""
    if not isinstance(values, Mapping):
        return None
    for name in ("contact_id", "is_contact_id"):
        if name in values:
            return [values[name]]
    return None
