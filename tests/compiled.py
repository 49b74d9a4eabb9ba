"""Statements are compiled once for all the engines of the tests.

SQLAlchemy keeps what it has compiled with each engine, and every test opens engines of its own: a fifth of a
conversation's time went into compiling again what the test before it had compiled.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa

STATEMENTS = 5_000  # more than the whole suite has; one engine keeps 500

Kind = tuple[str, str]


@contextlib.contextmanager
def compiled_once() -> Iterator[None]:
    """While open, engines of one driver share dialect and compiled statements with the first that was connected."""
    create, shared = sa.create_engine, dict[Kind, sa.Engine]()

    def created(*args: Any, **more: Any) -> sa.Engine:
        engine = create(*args, **more)
        kind = (engine.dialect.name, engine.dialect.driver)
        if kind in shared:
            engine.dialect, engine._compiled_cache = shared[kind].dialect, shared[kind]._compiled_cache
            return engine

        def connected(*_: object) -> None:  # only now the dialect knows the server it speaks to
            shared.setdefault(kind, engine)

        engine._compiled_cache.capacity = STATEMENTS  # type: ignore[union-attr]
        sa.event.listen(engine, "connect", connected)
        return engine

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sa, "create_engine", created)
        yield
