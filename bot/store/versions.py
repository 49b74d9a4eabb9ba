"""Whether a row is still as it was read."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement


class _Version(FunctionElement[str]):
    type = sa.String()
    inherit_cache = True


def version_of(table: sa.Table) -> sa.ColumnElement[str]:
    """Of a row on PostgreSQL: another text each time somebody has changed the row (the number of the transaction that
    did). On SQLite, where nobody else writes meanwhile, the same for all."""
    return _Version(table.c.id)


@compiles(_Version)
def _same(version: _Version, compiler: Any, **how: Any) -> str:
    return "''"


@compiles(_Version, "postgresql")
def _xmin(version: _Version, compiler: Any, **how: Any) -> str:
    (number,) = version.clauses
    assert isinstance(number, sa.Column)
    return f"{number.table.name}.xmin::text"
