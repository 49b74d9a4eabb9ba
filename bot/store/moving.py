"""A desk moves from its SQLite file to PostgreSQL: table by table, in slices, each committed with how far it has come.

Stopped anywhere, it goes on where it was; when the desk was served from its file in between, from the beginning. The
file itself is only read, until the very end: then it is marked as left, so that it is not served again by mistake while
the desk lives elsewhere.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Sequence
from typing import Any

import sqlalchemy as sa

from bot.core.records import record
from bot.store.engine import refuse_read_only, sqlite_path, sync_engine
from bot.store.errors import StoreError, StoreRefused
from bot.store.migrate import HEAD, current, upgrade
from bot.store.slices import sliced
from bot.store.tables import meta, metadata

SLICE = 2_000  # rows of one transaction
MARK = "moving"  # in the new database: where the move stands
FILE = ""  # beside the tables in that mark: the state of the file they were copied from
LEFT = "moved_to"  # in the old file: where its desk lives now
PARAMETERS = 30_000  # PostgreSQL takes 65,535 values in one statement

Progress = Callable[[str, int], None]  # (table, rows more)


class NotMoved(Exception):
    """The desk stays where it is; `str(error)` says why and what to do."""


@record(frozen=True, slots=True)
class Total:
    """The totals of one table on both sides: rows, and the sum of each integer column."""

    table: str
    rows: int
    sums: dict[str, int]


def check_places(source: str, target: str) -> None:
    """Raises NotMoved when the one cannot be moved to the other, StoreRefused for a file that may not be marked."""
    refuse_read_only(source)
    path = sqlite_path(source)
    if path is None or not path.exists():
        raise NotMoved(f"DATABASE_URL: there is no SQLite file to move from ({path or 'another engine'})")
    if not _is_postgres(target):
        raise NotMoved("--to: must be a PostgreSQL database, postgresql+asyncpg://user:password@host/database")
    if current(source) != HEAD:
        raise NotMoved(f"{path} is of another version: run `python main.py migrate` first")
    try:
        current(target)
    except StoreError as error:
        raise _not_there(error) from error


def _not_there(error: StoreError) -> NotMoved:
    return NotMoved(f"--to: {' '.join(str(error).split())}")


def _is_postgres(url: str) -> bool:
    """With its name: without one PostgreSQL takes the database that is called as the user."""
    try:
        parsed = sa.make_url(url)
        return parsed.get_backend_name() == "postgresql" and bool(parsed.database)
    except (sa.exc.ArgumentError, ValueError):
        return False


def rows_of(source: str) -> dict[str, int]:
    """The number of rows in each table of the file, for the progress bar. Raises NotMoved for a demo's file."""
    engine = sync_engine(source)
    try:
        with engine.connect() as there:
            if _noted(there, "demo") == "yes":
                raise NotMoved("this file is the sandbox's demo desk; there is nothing of a real one in it")
            return {table.name: _count(there, table) for table in metadata.sorted_tables}
    finally:
        engine.dispose()


def move(source: str, target: str, progress: Progress) -> list[Total]:
    """Copy everything, compare both sides, mark the file as left; the totals. Raises NotMoved.

    The caller holds the file's lock: nobody writes to it meanwhile. `progress` is called for every slice, and for what
    an earlier try had already copied.
    """
    try:
        upgrade(target)
    except StoreError as error:
        raise _not_there(error) from error
    old, new = sync_engine(source), sync_engine(target)
    try:
        with old.connect() as there, new.connect() as here:
            _begin(there, here, _state(source), _shown(target))
            for table in metadata.sorted_tables:
                _copy(there, here, table, progress)
            totals = [_compared(there, here, table) for table in metadata.sorted_tables]
            _number_on(there, here)
            _finish(there, here, target)
            _gather_statistics(here)
            return totals
    finally:
        old.dispose()
        new.dispose()


def _begin(there: sa.Connection, here: sa.Connection, state: str, place: str) -> None:
    """Raises NotMoved unless the database is empty or holds a stopped move, and where the desk lives elsewhere by now:
    of two that go on from one file both would remind. What a stopped move copied is dropped when the file was written
    since: otherwise a loan returned meanwhile would be reminded of, and a sent message sent again."""
    with there.begin():
        left = _noted(there, LEFT)
    with here.begin():
        stands = _noted(here, MARK)
        if stands is None:
            filled = [t.name for t in metadata.sorted_tables if _count(here, t)]
            if left is not None and (filled or left != place):
                raise NotMoved(f"this desk has moved to {left} already: set DATABASE_URL to it")
            if filled:
                raise NotMoved(f"--to: that database already holds a desk ({', '.join(filled[:5])}); give an empty one")
        elif left is not None or json.loads(stands).get(FILE) == state:
            return
        for table in reversed(metadata.sorted_tables):
            here.execute(sa.delete(table))
        _note(here, MARK, json.dumps({FILE: state}))


def _state(source: str) -> str:
    """A mark of the file and its write-ahead log that changes with every write."""
    path = sqlite_path(source)
    assert path is not None
    files = (path, path.with_name(f"{path.name}-wal"))
    found = [file.stat() for file in files if file.exists() and file.stat().st_size]
    return " ".join(f"{stat.st_mtime_ns}:{stat.st_size}" for stat in found)


def _copy(there: sa.Connection, here: sa.Connection, table: sa.Table, progress: Progress) -> None:
    """Copy what is missing of one table, in the order of its key."""
    with here.begin():
        stands = json.loads(_noted(here, MARK) or "{}")
        if table.name in stands:
            progress(table.name, _count(here, table) - (1 if table is meta else 0))
    while rows := _next(there, table, stands.get(table.name)):
        with here.begin():
            for part in sliced(rows, max(1, PARAMETERS // len(table.columns))):
                _put(here, table, part)
            stands[table.name] = [rows[-1][c.name] for c in _key(table)]
            _note(here, MARK, json.dumps(stands))
        progress(table.name, len(rows))


def _put(here: sa.Connection, table: sa.Table, rows: Sequence[dict[str, Any]]) -> None:
    """Raises NotMoved with the row that PostgreSQL does not take: SQLite has no length limits."""
    try:
        with here.begin_nested():
            here.execute(sa.insert(table), rows)
    except sa.exc.DataError as error:
        if len(rows) > 1:
            for row in rows:
                _put(here, table, [row])
        key = ", ".join(f"{c.name} {rows[0][c.name]}" for c in _key(table))
        why = " ".join(str(error.orig).split())
        raise NotMoved(
            f"{table.name}, {key}: PostgreSQL does not take this row ({why}); the file was left as it is"
        ) from error


def _next(there: sa.Connection, table: sa.Table, after: Sequence[Any] | None) -> list[dict[str, Any]]:
    key = _key(table)
    query = sa.select(table).order_by(*key).limit(SLICE)
    if after is not None:
        query = query.where(
            sa.tuple_(*key) > sa.tuple_(*(sa.literal(v, c.type) for v, c in zip(after, key, strict=True)))
        )
    if table is meta:
        query = query.where(meta.c.name.not_in((MARK, LEFT)))
    with there.begin():
        return [dict(row._mapping) for row in there.execute(query)]


def _compared(there: sa.Connection, here: sa.Connection, table: sa.Table) -> Total:
    """Raises NotMoved when the sides differ."""
    with there.begin():
        was = _total(there, table)
    with here.begin():
        now = _total(here, table)
    if was != now:
        raise NotMoved(f"{table.name} differs after the copy ({was} there, {now} here); the file was left as it is")
    return was


def _total(connection: sa.Connection, table: sa.Table) -> Total:
    whole = [c for c in table.columns if isinstance(c.type, sa.Integer)]
    query = sa.select(sa.func.count(), *(sa.func.coalesce(sa.func.sum(c), 0) for c in whole)).select_from(table)
    if table is meta:
        query = query.where(meta.c.name.not_in((MARK, LEFT)))
    rows, *sums = connection.execute(query).one()
    return Total(table.name, rows, {c.name: int(n) for c, n in zip(whole, sums, strict=True)})


def _number_on(there: sa.Connection, here: sa.Connection) -> None:
    """Set PostgreSQL's sequences behind the copied ids, which they do not know of, and behind those that the file had
    given to rows that are gone, or left out: they stand in buttons still."""
    with there.begin():
        given = {row.name: int(row.seq) for row in there.execute(sa.text("SELECT name, seq FROM sqlite_sequence"))}
    with here.begin():
        for table in metadata.sorted_tables:
            column = table.autoincrement_column
            if column is None:
                continue
            highest = here.execute(sa.select(sa.func.coalesce(sa.func.max(column), 0))).scalar_one()
            if last := max(highest, given.get(table.name, 0)):
                sequence = sa.func.pg_get_serial_sequence(table.name, column.name)
                here.execute(sa.select(sa.func.setval(sequence, last)))


def _finish(there: sa.Connection, here: sa.Connection, target: str) -> None:
    """Mark the file first: should the process die in between, the next try finds all copied and only sets the marks."""
    with there.begin():
        _note(there, LEFT, _shown(target))
    with here.begin():
        here.execute(sa.delete(meta).where(meta.c.name == MARK))


def _shown(target: str) -> str:
    return sa.make_url(target).render_as_string(hide_password=True)


def _gather_statistics(here: sa.Connection) -> None:
    """PostgreSQL does it by itself, some minutes later: until then it reads whole tables for one person's message.
    Where it has begun already, it is left to it."""
    names = ", ".join(f'"{table.name}"' for table in metadata.sorted_tables)
    with contextlib.suppress(sa.exc.OperationalError), here.begin():
        here.execute(sa.text(f"ANALYZE {names}"))


def refuse_half_moved(left: str | None, moving: str | None) -> None:
    """A file whose desk has left is not served again, nor a database in which not all has arrived. Raises
    StoreRefused."""
    if moving is not None:
        raise StoreRefused("a desk was being moved into this database: run `python main.py move --to …` again first")
    if left is not None:
        raise StoreRefused(f"this desk has moved to {left}: set DATABASE_URL to it, or come back with an older backup")


def marks_of(url: str) -> dict[str, str]:
    """What a database notes of itself (`meta`), read without opening a store on it."""
    engine = sync_engine(url)
    try:
        with engine.connect() as there:
            return {row.name: row.value for row in there.execute(sa.select(meta.c.name, meta.c.value))}
    finally:
        engine.dispose()


def _key(table: sa.Table) -> list[sa.Column[Any]]:
    return list(table.primary_key.columns)


def _count(connection: sa.Connection, table: sa.Table) -> int:
    return int(connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one())


def _noted(connection: sa.Connection, name: str) -> str | None:
    found: str | None = connection.execute(sa.select(meta.c.value).where(meta.c.name == name)).scalar()
    return found


def _note(connection: sa.Connection, name: str, value: str) -> None:
    if connection.execute(sa.update(meta).where(meta.c.name == name).values(value=value)).rowcount == 0:
        connection.execute(sa.insert(meta).values(name=name, value=value))
