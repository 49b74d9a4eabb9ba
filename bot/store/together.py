"""Several statements as one: what a batch asks, and what it writes, is a round trip to PostgreSQL and not twenty.

A thread that waits for an answer gives the interpreter away, and gets it back when the others let it: with four writers
each answer costs milliseconds, whatever was asked. Rows come as JSON, which is read in a third of the time that the
driver takes for rows.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from typing import Any, TypeVar

import sqlalchemy as sa

from bot.core.records import record
from bot.store.compiled import Found, OnPostgres, named
from bot.store.ready import Ready

T = TypeVar("T")
Values = Mapping[str, Any]
Ask = tuple[Ready, Values]
# What asks gives the questions of a step, gets their answers in the same order, and in the end has a result.
Asking = Generator[Sequence[Ask], Sequence[Found], T]
ForMany = tuple[Ready, list[Values]]  # a change, and its values for each of many rows


def side_by_side(*askings: Asking[Any]) -> Asking[list[Any]]:
    """The results of all of these, whose steps are taken at the same time."""
    results: list[Any] = [None] * len(askings)
    answers: dict[int, Any] = dict.fromkeys(range(len(askings)))  # of those that are not at their end
    while answers:
        asked: list[Ask] = []
        parts: dict[int, slice] = {}
        for n, answer in list(answers.items()):
            try:
                step = askings[n].send(answer)
            except StopIteration as end:
                results[n] = end.value
                del answers[n]
            else:
                parts[n] = slice(len(asked), len(asked) + len(step))
                asked.extend(step)
        if parts:
            found = yield asked
            answers = {n: found[part] for n, part in parts.items()}
    return results


@record(frozen=True, slots=True)
class _Part:
    """One statement of several: its text, its name's parameters with their values, and what is told of its rows."""

    text: OnPostgres
    sql: str
    bound: Values
    columns: Sequence[str] | None  # None: only how many rows it changed

    def named(self, name: str) -> str:
        if self.columns is None:
            return f"{name} AS ({self.sql} RETURNING 1)"
        return f"{name}({', '.join(self.columns)}) AS ({self.sql})"

    def told(self, name: str) -> str:
        if self.columns is None:
            return f"(SELECT count(*) FROM {name})"  # noqa: S608 (a name of ours)
        columns = ", ".join(self.columns)
        return f"(SELECT coalesce(json_agg(json_build_array({columns})), '[]') FROM {name})"  # noqa: S608 (as above)


def ask_together(connection: sa.Connection, driver: Any, asks: Sequence[Ask]) -> list[Found]:
    """The answers to these, as of one moment. Raises sqlalchemy's errors."""
    parts = [_asked(connection, f"p{n}", *ask) for n, ask in enumerate(asks)]
    return [part.text.rows_of(rows) for part, rows in zip(parts, _told(driver, parts), strict=True)]


def write_together(
    connection: sa.Connection, driver: Any, changes: Sequence[ForMany], asks: Sequence[Ask]
) -> tuple[list[tuple[ForMany, int]], list[ForMany]]:
    """Make these changes, and ask: (those made, with how many rows each changed; those left, to be made one by one).

    What is changed twice is left, and what reads a table that another one changes: within a statement nobody sees what
    it changes. Raises sqlalchemy's errors.
    """
    made: list[ForMany] = []
    left: list[ForMany] = []
    parts = [_asked(connection, f"a{n}", *ask) for n, ask in enumerate(asks)]
    changed = [statement.changed for statement, _ in changes]
    for one in changes:
        statement, rows = one
        alone = changed.count(statement.changed) == 1 and not (statement.about - {statement.changed}).intersection(
            changed
        )
        part = _written(connection, f"p{len(made)}", statement, rows) if alone else None
        if part is None:
            left.append(one)
        else:
            made.append(one)
            parts.append(part)
    counts = _told(driver, parts)[len(asks) :] if parts else ()
    return list(zip(made, counts, strict=True)), left


def _asked(connection: sa.Connection, name: str, statement: Ready, values: Values) -> _Part:
    text = statement.on(connection.dialect)
    assert isinstance(text, OnPostgres)
    return _Part(text, *text.asked(name, values), [f"c{n}" for n in range(text.width)])


def _written(connection: sa.Connection, name: str, statement: Ready, rows: Sequence[Values]) -> _Part | None:
    text = statement.on(connection.dialect)
    assert isinstance(text, OnPostgres)
    found = text.written(name, rows)
    return None if found is None else _Part(text, *found, None)


def _told(driver: Any, parts: Sequence[_Part]) -> Sequence[Any]:
    """What is told of each part."""
    each = [part.named(f"p{n}") for n, part in enumerate(parts)]
    told = [part.told(f"p{n}") for n, part in enumerate(parts)]
    sql = f"WITH {', '.join(each)} SELECT {', '.join(told)}"
    bound = {name: value for one in parts for name, value in one.bound.items()}
    try:
        driver.execute(sql, bound)
        row: Sequence[Any] = driver.fetchone()
    except parts[0].text.faults as error:
        raise named(error, sql, gone=driver.connection.closed) from error
    return row
