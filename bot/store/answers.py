"""What a transaction asked, or read ahead, and need not ask again until something changes it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.store.compiled import Found, Rows
from bot.store.ready import Each, Ready

Values = Mapping[str, Any]


class Answers:
    """Questions with their values, and the answers.

    A question about one `contact` outlives changes of rows that name another one (`contact_id`).
    """

    def __init__(self) -> None:
        self._known: dict[Ready, dict[int | None, dict[tuple[Any, ...], Found]]] = {}  # question → person → values
        self._about: dict[str, list[Ready]] = {}  # table → questions

    def get(self, question: Ready, values: Values) -> Found | None:
        of_person = self._known.get(question, _OF_NOBODY).get(values.get("contact"), _NONE)
        return of_person.get(tuple(values.values()))

    def take(self, question: Ready, values: Values) -> Found | None:
        """The answer, which is used up."""
        of_person = self._known.get(question, _OF_NOBODY).get(values.get("contact"), _NONE)
        return of_person.pop(tuple(values.values()), None)

    def put(self, question: Ready, values: Values, rows: list[Any]) -> Found:
        found = Rows(rows, len(rows))
        self._people(question).setdefault(values.get("contact"), {})[tuple(values.values())] = found
        return found

    def put_each(self, question: Each, theirs: Mapping[int, list[Any]], *others: Any) -> None:
        """The rows of each of many, with the other values of the question in their order."""
        people, of_person = self._people(question.one), question.name == "contact"
        for one, rows in theirs.items():
            people.setdefault(one if of_person else None, {})[(one, *others)] = Rows(rows, len(rows))

    def _people(self, question: Ready) -> dict[int | None, dict[tuple[Any, ...], Found]]:
        people = self._known.get(question)
        if people is None:
            people = self._known[question] = {}
            for table in question.about:
                self._about.setdefault(table, []).append(question)
        return people

    def outdate(self, table: str, values: Any) -> None:
        """A table has changed: what is known of it is dropped, or where the change names a person, what is known of
        them and of nobody in particular. values: of the statement, None when it does not tell."""
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


_NONE: dict[tuple[Any, ...], Found] = {}
_OF_NOBODY: dict[int | None, dict[tuple[Any, ...], Found]] = {}


def _named(values: Any) -> list[int | None] | None:
    """The person whose row a change makes or changes, or nobody; None when it does not say."""
    if not isinstance(values, Mapping):
        return None
    for name in ("contact_id", "is_contact_id"):
        if name in values:
            return [values[name]]
    return None
