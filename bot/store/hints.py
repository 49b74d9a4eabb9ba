"""Two hints for query planners that misjudge how many rows a query is about.

Each is for one engine and a no-op for the other: what keeps SQLite (which has no statistics) off an index would hide
PostgreSQL's statistics of the column.
"""

from __future__ import annotations

from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

T = TypeVar("T")


class _OffIndex(FunctionElement[Any]):
    inherit_cache = True


class _Sorted(FunctionElement[Any]):
    inherit_cache = True


def off_index(column: sa.ColumnElement[T]) -> sa.ColumnElement[T]:
    """The column, for which SQLite uses no index: another condition is more selective."""
    return _typed(_OffIndex(column), column)


def sorted_by(column: sa.ColumnElement[T]) -> sa.ColumnElement[T]:
    """The column to order by, of rows found some other way: PostgreSQL sorts them. To be the newest few, it would
    walk back through the whole table where those asked for are all old."""
    return _typed(_Sorted(column), column)


def _typed(hint: FunctionElement[Any], column: sa.ColumnElement[T]) -> sa.ColumnElement[T]:
    hint.type = column.type
    return hint


@compiles(_OffIndex)
@compiles(_Sorted)
def _plain(hint: FunctionElement[Any], compiler: Any, **how: Any) -> str:
    return str(compiler.process(hint.clauses, **how))


@compiles(_OffIndex, "sqlite")
def _unary(hint: FunctionElement[Any], compiler: Any, **how: Any) -> str:
    return f"+{compiler.process(hint.clauses, **how)}"


@compiles(_Sorted, "postgresql")
def _sum(hint: FunctionElement[Any], compiler: Any, **how: Any) -> str:
    return f"({compiler.process(hint.clauses, **how)} + 0)"
