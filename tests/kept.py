"""One migrated PostgreSQL database that one test after another finds as if it were fresh.

A copy of a template takes a quarter of a second; taking out the rows that a test has left takes some ten milliseconds,
by a connection that stays: a new one would have to read all about the tables first.
"""

from __future__ import annotations

import psycopg
from psycopg import sql

from tools.postgres import Server

Connection = psycopg.Connection[tuple[object, ...]]
Sequences = dict[str, object]

THROW_OUT = """
    SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
"""
TABLES = "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
# Of more than one page. In a table of one page new rows stand in the order they come in even where old ones have been.
GROWN = TABLES + " AND pg_relation_size(oid) > current_setting('block_size')::int"
SEQUENCES = "SELECT quote_ident(sequencename), last_value FROM pg_sequences WHERE schemaname = 'public'"
SET_SEQUENCE = """
    SELECT setval(seqrelid, coalesce(%(was)s, seqstart), %(was)s IS NOT NULL)
    FROM pg_sequence WHERE seqrelid = %(name)s::regclass
"""
# What shows that a test changed more than rows.
SHAPE = {
    "pg_class": "oid, relname, relnamespace, relchecks, reloptions",
    "pg_attribute": "attrelid, attnum, attname, atttypid, attnotnull, attisdropped",
    "pg_attrdef": "oid", "pg_constraint": "oid", "pg_trigger": "oid", "pg_proc": "oid", "pg_namespace": "oid",
    "pg_db_role_setting": "setdatabase, setconfig",
}  # fmt: skip
FIRST_OF_OURS = 16384  # numbers below it are PostgreSQL's own


class Kept:
    """`lend` before a test and `take_back` after it. A test that changed the tables themselves had it for good: the
    next one gets a new copy."""

    def __init__(self, server: Server, template: str) -> None:
        self._server = server
        self._template = template
        self._name: str | None = None
        self._desk: Connection | None = None

    def lend(self) -> str:
        """Its address, in the form that DATABASE_URL has."""
        if self._name is None:
            self._name = self._server.create(template=self._template)
            desk = self._connected(self._name)
            self._shape = shape(desk)
            self._tables = [str(name) for (name,) in desk.execute(TABLES)]
            self._sequences = _sequences(desk)
            self._rows = {name: _rows(desk, name) for name in _filled(desk, self._tables)}
        return self._server.url(self._name)

    def take_back(self) -> None:
        """Whoever is still connected is thrown out, with the locks held and the bells listened to; then no row, no
        sequence and no page is left of the test."""
        assert self._name is not None
        desk = self._connected(self._name)
        desk.execute(THROW_OUT)
        if shape(desk) == self._shape:
            self._put_back(desk)
            return
        desk.close()
        self._server.drop(self._name)
        self._name = None

    def _connected(self, name: str) -> Connection:
        """The connection that stays, or a new one where the test has thrown it out."""
        try:
            if self._desk is not None:
                self._desk.execute("SELECT 1")
                return self._desk
        except psycopg.OperationalError:
            pass
        self._desk = self._server.connect(name)
        return self._desk

    def close(self) -> None:
        if self._desk is not None:
            self._desk.close()

    def _put_back(self, desk: Connection) -> None:
        with desk.transaction():
            desk.execute("SET LOCAL session_replication_role = replica")  # no foreign key is looked after meanwhile
            for name in _filled(desk, self._tables):
                desk.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier(name)))
            for name, rows in self._rows.items():
                table = sql.Identifier(name)
                put = sql.SQL("INSERT INTO {} SELECT * FROM json_populate_recordset(NULL::{}, %s)")
                desk.execute(put.format(table, table), [rows])
            for name, last in _sequences(desk).items():
                if last != self._sequences[name]:
                    desk.execute(SET_SEQUENCE, {"name": name, "was": self._sequences[name]})
        grown = [sql.Identifier(str(name)) for (name,) in desk.execute(GROWN)]
        if grown:
            desk.execute(sql.SQL("VACUUM {}").format(sql.SQL(", ").join(grown)))


def _filled(desk: Connection, tables: list[str]) -> list[str]:
    """Those of the tables that hold rows."""
    ask = sql.SQL("SELECT {} WHERE EXISTS (SELECT FROM {})")
    asked = sql.SQL(" UNION ALL ").join(ask.format(sql.Literal(name), sql.Identifier(name)) for name in tables)
    return [str(name) for (name,) in desk.execute(asked)]


def _rows(desk: Connection, table: str) -> object:
    """All of a table, as the text of a JSON list."""
    asked = sql.SQL("SELECT json_agg(r)::text FROM {} r").format(sql.Identifier(table))
    return desk.execute(asked).fetchall()[0][0]


def _sequences(desk: Connection) -> Sequences:
    """Their last values; None where none was given out."""
    return {str(name): last for name, last in desk.execute(SEQUENCES)}


def shape(desk: Connection) -> list[tuple[object, ...]]:
    """A few numbers that change with the tables, their columns, constraints and triggers, and not with the rows."""
    asked = sql.SQL(" UNION ALL ").join(
        sql.SQL(
            "SELECT count(*), coalesce(sum(hashtextextended(r::text, 0)), 0) FROM (SELECT {} FROM {} WHERE {}) r"
        ).format(sql.SQL(columns), sql.Identifier(catalogue), _ours(columns))
        for catalogue, columns in SHAPE.items()
    )
    return desk.execute(asked).fetchall()


def _ours(columns: str) -> sql.Composable:
    number = sql.Identifier(columns.partition(",")[0])
    return sql.SQL("{} >= {}").format(number, sql.Literal(FIRST_OF_OURS))
