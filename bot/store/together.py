"""Several statements as one: what a batch asks, and what it writes, is a round trip to PostgreSQL and not twenty.

A thread that waits for an answer gives the interpreter away, and gets it back when the others let it: with four writers
each answer costs milliseconds, whatever was asked. Rows come as JSON, which is read in a third of the time that the
driver takes for rows.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Generator, Mapping, Sequence
from typing import Any, TypeVar

import sqlalchemy as sa

from bot.core.records import record
from bot.store.compiled import Found, OnPostgres, Rows, named
from bot.store.ready import Ready, drop_lost

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
    """One statement of several."""

    name: str
    text: OnPostgres
    sql: str
    bound: Values  # no two parts have a parameter of one name
    columns: Sequence[str]  # none: only how many rows it changed is told

    @property
    def stands(self) -> str:
        if self.columns:
            return f"{self.name}({', '.join(self.columns)}) AS ({self.sql})"
        return f"{self.name} AS ({self.sql} RETURNING 1)"

    @property
    def told(self) -> str:
        what = f"coalesce(json_agg(json_build_array({', '.join(self.columns)})), '[]')" if self.columns else "count(*)"
        return f"(SELECT {what} FROM {self.name})"  # noqa: S608 (names of ours)


def ask_together(connection: sa.Connection, driver: Any, asks: Sequence[Ask]) -> list[Found]:
    """The answers to these, as of one moment. Raises sqlalchemy's errors."""
    parts = _asked(connection, asks)
    return [
        part.text.rows_of(found) if part.columns else Rows.changed(found)
        for part, found in zip(parts, _told(connection, driver, parts), strict=True)
    ]


def write_together(
    connection: sa.Connection, driver: Any, changes: Sequence[ForMany], asks: Sequence[Ask]
) -> tuple[list[tuple[ForMany, int]], list[ForMany]]:
    """Make these changes, and ask: (those made, with how many rows each changed; those left, to be made one by one).

    What is changed twice is left, and what reads a table that another one changes: within a statement nobody sees what
    it changes. Raises sqlalchemy's errors.
    """
    parts = _asked(connection, asks)
    made: list[ForMany] = []
    left: list[ForMany] = []
    changed = Counter(statement.changed for statement, _ in changes)
    for one in changes:
        statement, rows = one
        reads = statement.about - {statement.changed}
        alone = changed[statement.changed] == 1 and reads.isdisjoint(changed)
        part = _written(connection, f"w{len(made)}", statement, rows) if alone else None
        if part is None:
            left.append(one)
        else:
            made.append(one)
            parts.append(part)
    counts = _told(connection, driver, parts)[len(asks) :] if parts else ()
    return list(zip(made, counts, strict=True)), left


def _asked(connection: sa.Connection, asks: Sequence[Ask]) -> list[_Part]:
    parts = []
    for n, (statement, values) in enumerate(asks):
        text = _text(connection, statement)
        parts.append(_Part(f"p{n}", text, *text.asked(f"p{n}", values), [f"c{m}" for m in range(text.width)]))
    return parts


def _written(connection: sa.Connection, name: str, statement: Ready, rows: Sequence[Values]) -> _Part | None:
    text = _text(connection, statement)
    found = text.written(name, rows)
    return None if found is None else _Part(name, text, *found, ())


def _text(connection: sa.Connection, statement: Ready) -> OnPostgres:
    text = statement.on(connection.dialect)
    assert isinstance(text, OnPostgres)
    return text


def _told(connection: sa.Connection, driver: Any, parts: Sequence[_Part]) -> Sequence[Any]:
    """What is told of each part."""
    sql = f"WITH {', '.join(part.stands for part in parts)} SELECT {', '.join(part.told for part in parts)}"
    bound = {name: value for part in parts for name, value in part.bound.items()}
    try:
        driver.execute(sql, bound)
        row: Sequence[Any] = driver.fetchone()
    except parts[0].text.faults as fault:
        error = named(fault, sql, gone=driver.connection.closed)
        drop_lost(connection, error)
        raise error from fault
    return row
