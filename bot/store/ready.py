"""Statements made once. On SQLite they skip most of what SQLAlchemy does at every execution.

Building a statement anew costs 40 to 60 µs, executing a known one through SQLAlchemy 20 µs, handing its text and
values to the driver 3 µs (measured); a message takes some twenty-five statements. The text, the conversion of values
and of columns are SQLAlchemy's own in all three cases, worked out once.
"""

from __future__ import annotations

import sqlite3
from collections import namedtuple
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import sqlalchemy as sa

Process = Callable[[Any], Any]
Params = Mapping[str, Any] | Sequence[Mapping[str, Any]] | None


class Found(Protocol):
    """What callers use of a result, whichever road it came by."""

    @property
    def rowcount(self) -> int: ...
    def first(self) -> Any: ...
    def one(self) -> Any: ...
    def all(self) -> Sequence[Any]: ...
    def scalar(self) -> Any: ...
    def scalar_one(self) -> Any: ...
    def scalars(self) -> Iterable[Any]: ...
    def __iter__(self) -> Iterator[Any]: ...


@dataclass(slots=True)
class Rows:
    """All rows of a result, read at once."""

    rows: list[Any]
    rowcount: int

    def first(self) -> Any:
        return self.rows[0] if self.rows else None

    def one(self) -> Any:
        """Raises NoResultFound, MultipleResultsFound."""
        if len(self.rows) == 1:
            return self.rows[0]
        raise sa.exc.MultipleResultsFound if self.rows else sa.exc.NoResultFound("no row where one was expected")

    def all(self) -> Sequence[Any]:
        return self.rows

    def scalar(self) -> Any:
        return self.rows[0][0] if self.rows else None

    def scalar_one(self) -> Any:
        return self.one()[0]

    def scalars(self) -> Iterable[Any]:
        return [row[0] for row in self.rows]

    def __iter__(self) -> Iterator[Any]:
        return iter(self.rows)


class Ready:
    """A statement with named parameters, kept in a module. columns: those an INSERT is given, in any order.

    An IN over a list of changing length cannot be made ready.
    """

    __slots__ = ("_text", "columns", "statement")

    def __init__(self, statement: Any, columns: Sequence[str] = ()) -> None:
        self.statement = statement
        self.columns = tuple(columns)
        self._text: _Text | None = None

    def run(self, connection: sa.Connection, raw: sqlite3.Connection | None, values: Params) -> Found:
        """raw: the driver's connection under `connection` on SQLite, None elsewhere. Raises sqlalchemy's errors."""
        if raw is None:
            found: Found = connection.execute(self.statement, values)
            return found
        if self._text is None:
            self._text = _Text.of(self, connection.dialect)
        return self._text.run(raw, values)


@dataclass(frozen=True, slots=True)
class _Text:
    """SQL for SQLite. `names`: its parameters in order. `given`: values that stand in the statement itself."""

    sql: str
    names: tuple[str, ...]
    given: dict[str, Any]
    before: tuple[tuple[str, Process], ...]
    after: tuple[tuple[int, Process], ...]
    row: Callable[[Sequence[Any]], Any] | None

    @classmethod
    def of(cls, ready: Ready, dialect: sa.Dialect) -> _Text:
        compiled = ready.statement.compile(dialect=dialect, column_keys=list(ready.columns) or None)
        types = {name: bind.type.dialect_impl(dialect) for name, bind in compiled.binds.items()}
        into = {name: kind.bind_processor(dialect) for name, kind in types.items()}
        columns = list(getattr(ready.statement, "exported_columns", ()))
        out = [column.type.dialect_impl(dialect).result_processor(dialect, None) for column in columns]
        standing = {name: bind.value for name, bind in compiled.binds.items() if not bind.required}
        return cls(
            compiled.string,
            tuple(compiled.positiontup or ()),
            {name: _through(into[name], value) for name, value in standing.items()},
            tuple((name, process) for name, process in into.items() if process is not None),
            tuple((at, process) for at, process in enumerate(out) if process is not None),
            _row_of([str(column.name) for column in columns]) if columns else None,
        )

    def run(self, raw: sqlite3.Connection, values: Params) -> Rows:
        try:
            if isinstance(values, Sequence):
                return Rows([], raw.executemany(self.sql, [self._bound(one) for one in values]).rowcount)
            cursor = raw.execute(self.sql, self._bound(values or {}))
            found = cursor.fetchall()
        except sqlite3.Error as error:
            raise named(error, self.sql) from error
        return Rows([self._read(row) for row in found], cursor.rowcount)

    def _bound(self, values: Mapping[str, Any]) -> list[Any]:
        all_ = {**self.given, **values}
        for name, process in self.before:
            if name in values:
                all_[name] = process(values[name])
        return [all_[name] for name in self.names]

    def _read(self, row: Sequence[Any]) -> Any:
        assert self.row is not None
        if not self.after:
            return self.row(row)
        read = list(row)
        for at, process in self.after:
            read[at] = process(read[at])
        return self.row(read)


def _through(process: Process | None, value: Any) -> Any:
    return value if process is None else process(value)


def _row_of(names: Sequence[str]) -> Callable[[Sequence[Any]], Any]:
    kind: Any = namedtuple("Row", names, rename=True)  # type: ignore[misc]
    made: Callable[[Sequence[Any]], Any] = kind._make
    return made


def named(error: sqlite3.Error, sql: str) -> Exception:
    """The driver's error as SQLAlchemy would have raised it: callers know one vocabulary."""
    kind = getattr(sa.exc, type(error).__name__, sa.exc.DatabaseError)
    found: Exception = kind(sql, None, error)
    return found


# --- inserts -------------------------------------------------------------------------------------

_inserts: dict[tuple[str, bool, bool, tuple[str, ...]], Ready] = {}


def insert(table: sa.Table, columns: Sequence[str], *, postgres: bool, anew: bool) -> Ready:
    """INSERT … RETURNING the row's number (1 for a table without). anew: ON CONFLICT DO NOTHING, so perhaps no row."""
    key = (table.name, postgres, anew, tuple(columns))
    if key not in _inserts:
        numbered = "id" in table.c and not isinstance(table.c.id.type, sa.String)
        back = table.c.id if numbered else sa.literal(1).label("made")
        _inserts[key] = Ready(_insert(table, postgres=postgres, anew=anew).returning(back), columns)
    return _inserts[key]


def _insert(table: sa.Table, *, postgres: bool, anew: bool) -> Any:
    if not anew:
        return sa.insert(table)
    if postgres:
        from sqlalchemy.dialects import postgresql

        return postgresql.insert(table).on_conflict_do_nothing()
    from sqlalchemy.dialects import sqlite

    return sqlite.insert(table).on_conflict_do_nothing()
