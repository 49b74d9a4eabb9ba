"""Statements made once, that skip most of what SQLAlchemy does at every execution.

Building a statement anew costs 40 to 60 µs, executing a known one through SQLAlchemy 20 µs on SQLite and 50 on
PostgreSQL, handing its text and values to the driver 3 and 14 µs (measured); a message takes some ten of them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from bot.store.compiled import Found, OnPostgres, OnSqlite, Rows, Text
from bot.store.versions import version_of

Params = Mapping[str, Any] | list[Mapping[str, Any]] | None
_NOTHING: Mapping[str, Any] = {}


class Ready:
    """A statement with named parameters, kept in a module.

    columns: those an INSERT is given, in any order. changed: the table it changes, "" for a question. changes: the
    same, "" also for a change that no answer kept in memory is about (outdates False). numbered: an INSERT without
    RETURNING whose row's number SQLite's driver tells.
    """

    __slots__ = ("_about", "_texts", "changed", "changes", "columns", "numbered", "statement")

    def __init__(
        self, statement: Any, columns: Sequence[str] = (), *, numbered: bool = False, outdates: bool = True
    ) -> None:
        self.statement = statement
        self.columns = tuple(columns)
        self.changed = changed_by(statement)
        self.changes = self.changed if outdates else ""
        self.numbered = numbered
        self._about: frozenset[str] | None = None
        self._texts: dict[str, Text] = {}  # by engine: a test, and `move`, have both

    @property
    def about(self) -> frozenset[str]:
        """The tables that it reads or changes."""
        if self._about is None:
            parts = sa.sql.visitors.iterate(self.statement)
            self._about = frozenset(part.name for part in parts if isinstance(part, sa.Table))
        return self._about

    def run(self, connection: sa.Connection, driver: Any, values: Params) -> Found:
        """driver: what `driver_of` gives for `connection`. Raises sqlalchemy's errors."""
        text = self._texts.get(connection.dialect.name) or self.on(connection.dialect)
        try:
            if isinstance(values, list):
                return text.many(driver, values) if values else Rows.changed(0)
            return text.run(driver, values or _NOTHING)
        except sa.exc.DBAPIError as error:
            drop_lost(connection, error)
            raise

    def sql(self, connection: sa.Connection, values: Mapping[str, Any]) -> str:
        """What the driver is given for these values, to be explained."""
        return self.on(connection.dialect).sql(values)

    def on(self, dialect: sa.Dialect) -> Text:
        if dialect.name not in self._texts:
            self._texts[dialect.name] = (
                OnPostgres(self.statement, self.columns, dialect)
                if dialect.name == "postgresql"
                else OnSqlite(self.statement, self.columns, dialect, numbered=self.numbered)
            )
        return self._texts[dialect.name]


class Each:
    """A question about one person, thing or loan that is also asked about many of them at once.

    query: all but whom it is about. of: the column that says it, which the query reads too. name: its parameter in
    `one`, the question about one of them; that of `many` is the same with an s.
    """

    def __init__(self, query: sa.Select[Any], of: sa.Column[Any], name: str) -> None:
        self.name = name
        self.one = Ready(query.where(of == sa.bindparam(name)))
        self._query, self._of = query, of
        self._many: dict[bool, Ready] = {}

    def many(self, *, postgres: bool) -> Ready:
        if postgres not in self._many:
            self._many[postgres] = Ready(self._query.where(one_of(self._of, f"{self.name}s", postgres=postgres)))
        return self._many[postgres]

    def whose(self, row: Any) -> Any:
        return getattr(row, self._of.name)


def driver_of(connection: sa.Connection) -> Any:
    """What statements are handed to beneath a connection: sqlite3's connection, or a cursor of psycopg's."""
    driver: Any = connection.connection.dbapi_connection
    return driver.cursor() if connection.dialect.name == "postgresql" else driver


def drop_lost(connection: sa.Connection, error: sa.exc.DBAPIError) -> None:
    """Take up a lost connection no more: what undoes its transaction would fail too, and hide why."""
    if error.connection_invalidated:
        connection.invalidate(error)


def changed_by(statement: Any) -> str:
    """The table that a statement changes; "" for a question."""
    return str(statement.table.name) if getattr(statement, "is_dml", False) else ""


def given(parameter: str) -> sa.TableValuedAlias:
    """On SQLite: the values of a list of any length, as rows (`value`) of one statement."""
    return sa.func.json_each(sa.bindparam(parameter, type_=sa.JSON())).table_valued("value", name=parameter)


def listed(parameter: str, kind: sa.types.TypeEngine[Any]) -> sa.BindParameter[Any]:
    """On PostgreSQL: a list of any length as one value, for ANY."""
    return sa.bindparam(parameter, type_=sa.ARRAY(kind))


def unnested(parameter: str, kind: sa.types.TypeEngine[Any]) -> sa.TableValuedAlias:
    """On PostgreSQL: the same."""
    return (
        sa.func.unnest(listed(parameter, kind)).table_valued(sa.column("value", kind), name=parameter).render_derived()
    )


def one_of(column: sa.Column[Any], parameter: str, *, postgres: bool) -> sa.ColumnElement[bool]:
    """Whether a column has one of the values of a list. The text is the same for lists of all lengths."""
    if postgres:
        return column == sa.any_(listed(parameter, column.type))
    return column.in_(sa.select(given(parameter).c.value))


def on_both(made: Callable[..., Any]) -> dict[bool, Ready]:
    """Whether on PostgreSQL → the statement that `made(postgres=…)` gives."""
    return {postgres: Ready(made(postgres=postgres)) for postgres in (False, True)}


def unpacked(parameter: str, width: int, *, postgres: bool) -> list[sa.ColumnElement[str]]:
    """The columns of a list of any length whose members are lists of so many texts, as rows of one statement."""
    rows = sa.func.json_array_elements if postgres else sa.func.json_each
    value = rows(sa.bindparam(parameter, type_=sa.JSON())).table_valued("value", name=parameter).c.value
    if postgres:
        return [value.op("->>", return_type=sa.String())(n) for n in range(width)]
    return [sa.func.json_extract(value, f"$[{n}]", type_=sa.String()) for n in range(width)]


# --- updates -------------------------------------------------------------------------------------

_updates: dict[tuple[str, tuple[tuple[str, Any], ...], tuple[str, ...], tuple[str, ...]], Ready] = {}


def update(table: sa.Table, where: Mapping[str, Any], columns: Sequence[str], told: Sequence[str] = ()) -> Ready:
    """UPDATE of some columns (`new_…`) of the rows that have certain values (`is_…`), which gives columns of theirs.

    A state stands in the statement itself: there are few, and indexes over the rows of one state. `version`: what
    `version_of` gave when the row was read.
    """
    fixed = tuple([(name, value if name == "state" else None) for name, value in where.items()])
    key = (table.name, fixed, tuple(columns), tuple(told))
    if key not in _updates:
        rows = [
            _column_of(table, name) == (value if name == "state" else sa.bindparam(f"is_{name}"))
            for name, value in where.items()
        ]
        changed = {name: sa.bindparam(f"new_{name}", type_=table.c[name].type) for name in columns}
        made = sa.update(table).where(*rows).values(changed)
        _updates[key] = Ready(made.returning(*(table.c[name] for name in told)) if told else made)
    return _updates[key]


def _column_of(table: sa.Table, name: str) -> sa.ColumnElement[Any]:
    return version_of(table) if name == "version" else table.c[name]


# --- inserts -------------------------------------------------------------------------------------

_inserts: dict[tuple[str, bool, bool, bool, bool, tuple[str, ...]], Ready] = {}
_upserts: dict[tuple[str, bool, bool, tuple[str, ...]], Ready] = {}


def insert(
    table: sa.Table, columns: Sequence[str], *, postgres: bool, anew: bool = False, numbered: bool = True,
    outdates: bool = True,
) -> Ready:  # fmt: skip
    """INSERT that gives the row's number (anything in a table without) where it is `numbered`, for one row. anew: ON
    CONFLICT DO NOTHING, so perhaps no row. outdates: as in `Ready`.

    SQLite's driver tells the number of the row just made. RETURNING, which other engines need, writes what it gives
    into a table of its own there: a third of a wide row's INSERT.
    """
    key = (table.name, postgres, anew, numbered, outdates, tuple(columns))
    if key not in _inserts:
        made = ignoring(table, postgres=postgres) if anew else sa.insert(table)
        told = made.returning(_number_of(table)) if postgres and numbered else made
        _inserts[key] = Ready(told, columns, numbered=numbered and not postgres, outdates=outdates)
    return _inserts[key]


def _number_of(table: sa.Table) -> Any:
    numbered = "id" in table.c and not isinstance(table.c.id.type, sa.String)
    return table.c.id if numbered else sa.literal(1).label("made")


def upsert(table: sa.Table, columns: Sequence[str], *, postgres: bool, adds: bool = False) -> Ready:
    """INSERT of a row, or where its key is taken already, UPDATE of that row's other columns. adds: to what they are
    now."""
    key = (table.name, postgres, adds, tuple(columns))
    if key not in _upserts:
        made = _dialect(postgres=postgres).insert(table)
        names = [column.name for column in table.primary_key]
        given = {name: made.excluded[name] for name in columns if name not in names}
        others = {name: table.c[name] + new for name, new in given.items()} if adds else given
        _upserts[key] = Ready(made.on_conflict_do_update(index_elements=names, set_=others), columns)
    return _upserts[key]


def ignoring(table: sa.Table, *, postgres: bool) -> Any:
    """INSERT … ON CONFLICT DO NOTHING."""
    return _dialect(postgres=postgres).insert(table).on_conflict_do_nothing()


def _dialect(*, postgres: bool) -> Any:
    """Loaded when first asked for: the other engine's is of no use to a process."""
    if postgres:
        from sqlalchemy.dialects import postgresql

        return postgresql
    from sqlalchemy.dialects import sqlite

    return sqlite
