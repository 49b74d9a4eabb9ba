"""Statements made once. On SQLite they skip most of what SQLAlchemy does at every execution.

Building a statement anew costs 40 to 60 µs, executing a known one through SQLAlchemy 20 µs, handing its text and
values to the driver 3 µs (measured); a message takes some twenty-five statements. The text, the conversion of values
and of columns are SQLAlchemy's own in all three cases, worked out once.
"""

from __future__ import annotations

import json
import sqlite3
from collections import namedtuple
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from operator import itemgetter
from typing import Any, Protocol

import sqlalchemy as sa

from bot.store.tables import Instant, instant, microseconds

Process = Callable[[Any], Any]
Params = Mapping[str, Any] | list[Mapping[str, Any]] | None


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


_NOTHING: Mapping[str, Any] = {}


class Ready:
    """A statement with named parameters, kept in a module.

    columns: those an INSERT is given, in any order. changed: the table it changes, "" for a question. changes: the
    same, "" also for a change that no answer kept in memory is about (outdates False). numbered: an INSERT without
    RETURNING whose row's number the driver tells.
    """

    __slots__ = ("_about", "_text", "changed", "changes", "columns", "numbered", "statement")

    def __init__(
        self, statement: Any, columns: Sequence[str] = (), *, numbered: bool = False, outdates: bool = True
    ) -> None:
        self.statement = statement
        self.columns = tuple(columns)
        self.changed = changed_by(statement)
        self.changes = self.changed if outdates else ""
        self.numbered = numbered
        self._about: frozenset[str] | None = None
        self._text: _Text | None = None

    @property
    def about(self) -> frozenset[str]:
        """The tables that it reads or changes."""
        if self._about is None:
            parts = sa.sql.visitors.iterate(self.statement)
            self._about = frozenset(part.name for part in parts if isinstance(part, sa.Table))
        return self._about

    def run(self, connection: sa.Connection, raw: sqlite3.Connection | None, values: Params) -> Found:
        """raw: the driver's connection under `connection` on SQLite, None elsewhere. Raises sqlalchemy's errors."""
        if isinstance(values, list):
            return self._run_many(connection, raw, values)
        if raw is not None:
            return (self._text or self._on(connection)).run(raw, values or _NOTHING)
        found: Found = connection.execute(self.statement, values)
        return found

    def _run_many(
        self, connection: sa.Connection, raw: sqlite3.Connection | None, values: list[Mapping[str, Any]]
    ) -> Found:
        if not values:
            return Rows([], 0)
        if raw is not None:
            return self._on(connection).many(raw, values)
        found: Found = connection.execute(self.statement, values)
        return found

    def sql(self, connection: sa.Connection, values: Mapping[str, Any]) -> str:
        """What SQLite is given for these values, to be explained."""
        return self._on(connection).sql(values)

    def _on(self, connection: sa.Connection) -> _Text:
        if self._text is None:
            self._text = _Text(self, connection.dialect)
        return self._text


def changed_by(statement: Any) -> str:
    """The table that a statement changes; "" for a question."""
    return str(statement.table.name) if getattr(statement, "is_dml", False) else ""


@dataclass(frozen=True, slots=True)
class _Shape:
    """SQL for SQLite with its parameters in order. `parts`: an IN's parameter → the parameters of its values."""

    sql: str
    names: tuple[str, ...]
    parts: Mapping[str, Sequence[str]]


class _Text:
    """A statement as SQLite's driver takes it. An IN has a shape for each number of values it was given."""

    def __init__(self, ready: Ready, dialect: sa.Dialect) -> None:
        self._compiled = ready.statement.compile(dialect=dialect, column_keys=list(ready.columns) or None)
        binds = self._compiled.binds
        into = {name: _before(bind.type, dialect) for name, bind in binds.items()}
        self._before = {name: process for name, process in into.items() if process is not None}
        self._lists = tuple(name for name, bind in binds.items() if bind.expanding)
        # Values that stand in the statement itself.
        self._given = {name: self._stored(name, bind.value) for name, bind in binds.items() if not bind.required}
        self._shapes: dict[tuple[int, ...], _Shape] = {}
        told = any(name not in self._given for name in self._lists)  # an IN whose values come with each execution
        self._only = None if told else self._made({**dict.fromkeys(binds), **self._given})
        names = self._only.names if self._only else ()
        self._picked = _picker(names)
        self._turned = tuple((at, self._before[name]) for at, name in enumerate(names) if name in self._before)
        columns = list(getattr(ready.statement, "exported_columns", ()))
        out = [_after(column.type, dialect) for column in columns]
        self._after = tuple((at, process) for at, process in enumerate(out) if process is not None)
        self._row = _row_of([str(column.name) for column in columns]) if columns else None
        self._numbered = ready.numbered

    def run(self, raw: sqlite3.Connection, values: Mapping[str, Any]) -> Rows:
        shape, bound = self._bound(values)
        try:
            cursor = raw.execute(shape.sql, bound)
            if self._row is None:
                made = cursor.rowcount
                return Rows([(cursor.lastrowid,)] if self._numbered and made else [], made)
            found = cursor.fetchall()
        except sqlite3.Error as error:
            raise named(error, self._compiled.string) from error
        return Rows(self._read(found) if found else found, cursor.rowcount)

    def sql(self, values: Mapping[str, Any]) -> str:
        return self._bound(values)[0].sql

    def many(self, raw: sqlite3.Connection, values: Sequence[Mapping[str, Any]]) -> Rows:
        try:
            bound = [self._bound(one) for one in values]
            return Rows([], raw.executemany(bound[0][0].sql, [row for _, row in bound]).rowcount)
        except sqlite3.Error as error:
            raise named(error, self._compiled.string) from error

    def _bound(self, values: Mapping[str, Any]) -> tuple[_Shape, Sequence[Any]]:
        if self._only is not None:
            if not self._turned:
                return self._only, self._picked(values)
            bound = list(self._picked(values))
            for at, process in self._turned:
                bound[at] = process(bound[at])
            return self._only, bound
        every = {**self._given, **{name: self._stored(name, value) for name, value in values.items()}}
        shape = self._shape(every)
        for name, parts in shape.parts.items():
            every.update(zip(parts, every[name], strict=True))
        return shape, [every[name] for name in shape.names]

    def _stored(self, name: str, value: Any) -> Any:
        """A value, or the values of an IN, as the driver takes them."""
        process = self._before.get(name)
        if process is None:
            return value
        return [process(one) for one in value] if name in self._lists else process(value)

    def _shape(self, every: Mapping[str, Any]) -> _Shape:
        lengths = tuple(len(every[name]) for name in self._lists)
        if lengths not in self._shapes:
            self._shapes[lengths] = self._made(every)
        return self._shapes[lengths]

    def _made(self, every: Mapping[str, Any]) -> _Shape:
        if not self._lists:
            return self._inlined(self._compiled.string, tuple(self._compiled.positiontup or ()), {})
        state = self._compiled.construct_expanded_state(dict(every))
        return self._inlined(state.statement, tuple(state.positiontup), dict(state.parameter_expansion))

    def _inlined(self, sql: str, names: Sequence[str], parts: Mapping[str, Sequence[str]]) -> _Shape:
        """Values that stand in the statement are written into its text.

        SQLite uses an index over some rows (`WHERE state = 'new'`) for a value it was given apart only by preparing
        the statement anew at every execution, which costs more than executing it.
        """
        standing = {name: value for name, value in self._given.items() if name not in self._lists}
        standing |= {part: v for name in parts if name in self._given for part, v in self._parts(name, parts[name])}
        texts = [_literal(standing[name]) if name in standing else "?" for name in names]
        pieces = sql.split("?")
        assert len(pieces) == len(texts) + 1, "a question mark stands in the statement's own text"
        written = "".join(piece + text for piece, text in zip(pieces, [*texts, ""], strict=True))
        return _Shape(written, tuple(name for name in names if name not in standing), parts)

    def _parts(self, name: str, parts: Sequence[str]) -> Iterable[tuple[str, Any]]:
        return zip(parts, self._given[name], strict=True)

    def _read(self, found: Sequence[Sequence[Any]]) -> list[Any]:
        assert self._row is not None
        if not self._after:
            return list(map(self._row, found))
        rows = [list(row) for row in found]
        for read in rows:
            for at, process in self._after:
                if read[at] is not None:
                    read[at] = process(read[at])
        return list(map(self._row, rows))


def _literal(value: Any) -> str:
    """A stored value as SQL text."""
    if value is None:
        return "NULL"
    if isinstance(value, int | float):
        return str(int(value) if isinstance(value, bool) else value)
    return "'" + str(value).replace("'", "''") + "'"


def _row_of(names: Sequence[str]) -> Callable[[Sequence[Any]], Any]:
    kind: Any = namedtuple("Row", names, rename=True)  # type: ignore[misc]
    return partial(tuple.__new__, kind)  # what its _make does, less a count of columns that SQLite has made


def _picker(names: Sequence[str]) -> Callable[[Mapping[str, Any]], Sequence[Any]]:
    """The values of these names in order. Raises KeyError."""
    if len(names) > 1:
        return itemgetter(*names)
    return lambda values: [values[name] for name in names]


# --- values ----------------------------------------------------------------------------------------
# SQLAlchemy's own conversions, without the layers of calls around them: a message converts some fifty values.


def _before(kind: Any, dialect: sa.Dialect) -> Process | None:
    """How a value is made into the driver's."""
    if isinstance(kind, Instant):
        return microseconds
    found: Process | None = kind.dialect_impl(dialect).bind_processor(dialect)
    return _json if isinstance(kind, sa.JSON) else found


def _after(kind: Any, dialect: sa.Dialect) -> Process | None:
    """How a driver's value is read."""
    if isinstance(kind, Instant):
        return instant
    if isinstance(kind, sa.JSON):
        return _of_json
    found: Process | None = kind.dialect_impl(dialect).result_processor(dialect, None)
    return found


def _encoder() -> Callable[[Any], str]:
    """`json.dumps` with its encoder in C made once, not anew for each value: that is half of what a short one costs."""
    plain = json.JSONEncoder()
    made = getattr(json.encoder, "c_make_encoder", None)
    if made is None:
        return plain.encode
    write = made(None, plain.default, json.encoder.encode_basestring_ascii, None, ": ", ", ", False, False, True)
    return lambda value: "".join(write(value, 0))


_encode = _encoder()
_EMPTY = {type(None): "null", list: "[]", dict: "{}"}


def _json(value: Any) -> str:
    """As SQLAlchemy's JSON: what is not there is JSON's null."""
    if not value:
        return _EMPTY.get(value.__class__) or _encode(value)
    return _encode(value)


def _of_json(stored: Any) -> Any:
    """What JSON of SQLite stands for. A number alone is kept and given back as one: a rule's `20`."""
    return json.loads(stored) if isinstance(stored, str) else stored


def named(error: sqlite3.Error, sql: str) -> Exception:
    """The driver's error as SQLAlchemy would have raised it: callers know one vocabulary."""
    kind = getattr(sa.exc, type(error).__name__, sa.exc.DatabaseError)
    found: Exception = kind(sql, None, error)
    return found


def given(parameter: str) -> sa.TableValuedAlias:
    """On SQLite: the values of a list of any length, as rows (`value`) of one statement."""
    return sa.func.json_each(sa.bindparam(parameter, type_=sa.JSON())).table_valued("value", name=parameter)


# --- updates -------------------------------------------------------------------------------------

_updates: dict[tuple[str, tuple[tuple[str, Any], ...], tuple[str, ...]], Ready] = {}


def update(table: sa.Table, where: Mapping[str, Any], columns: Sequence[str]) -> Ready:
    """UPDATE of some columns (`new_…`) of the rows that have certain values (`is_…`).

    A state stands in the statement itself: there are few, and indexes over the rows of one state.
    """
    fixed = tuple((name, value if name == "state" else None) for name, value in where.items())
    key = (table.name, fixed, tuple(columns))
    if key not in _updates:
        rows = [
            table.c[name] == (value if name == "state" else sa.bindparam(f"is_{name}")) for name, value in where.items()
        ]
        changed = {name: sa.bindparam(f"new_{name}", type_=table.c[name].type) for name in columns}
        _updates[key] = Ready(sa.update(table).where(*rows).values(changed))
    return _updates[key]


# --- inserts -------------------------------------------------------------------------------------

_inserts: dict[tuple[str, bool, bool, tuple[str, ...]], Ready] = {}
_upserts: dict[tuple[str, bool, tuple[str, ...]], Ready] = {}


def insert(table: sa.Table, columns: Sequence[str], *, postgres: bool, anew: bool) -> Ready:
    """INSERT that gives the row's number (anything in a table without). anew: ON CONFLICT DO NOTHING, so perhaps no
    row.

    SQLite's driver tells the number of the row just made. RETURNING, which other engines need, writes what it gives
    into a table of its own there: a third of a wide row's INSERT.
    """
    key = (table.name, postgres, anew, tuple(columns))
    if key not in _inserts:
        made = _insert(table, postgres=postgres, anew=anew)
        _inserts[key] = Ready(made.returning(_number_of(table)) if postgres else made, columns, numbered=not postgres)
    return _inserts[key]


def _number_of(table: sa.Table) -> Any:
    numbered = "id" in table.c and not isinstance(table.c.id.type, sa.String)
    return table.c.id if numbered else sa.literal(1).label("made")


def upsert(table: sa.Table, columns: Sequence[str], *, postgres: bool) -> Ready:
    """INSERT of a row, or where its key is taken already, UPDATE of that row's other columns."""
    key = (table.name, postgres, tuple(columns))
    if key not in _upserts:
        made = _dialect(postgres).insert(table)
        names = [column.name for column in table.primary_key]
        others = {name: made.excluded[name] for name in columns if name not in names}
        _upserts[key] = Ready(made.on_conflict_do_update(index_elements=names, set_=others), columns)
    return _upserts[key]


def _insert(table: sa.Table, *, postgres: bool, anew: bool) -> Any:
    return _dialect(postgres).insert(table).on_conflict_do_nothing() if anew else sa.insert(table)


def _dialect(postgres: bool) -> Any:
    """Loaded when first asked for: the other engine's is of no use to a process."""
    if postgres:
        from sqlalchemy.dialects import postgresql

        return postgresql
    from sqlalchemy.dialects import sqlite

    return sqlite
