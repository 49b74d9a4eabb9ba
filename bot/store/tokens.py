"""Tokens of other systems, and the answers they were given: a request that comes twice acts once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from bot.core.records import record
from bot.store.tables import api_answer, api_token

if TYPE_CHECKING:
    from bot.store.store import Store
    from bot.store.transaction import Tx

ANSWERS_KEPT = timedelta(days=30)


@record(frozen=True, slots=True)
class TokenRow:
    id: str
    name: str
    role: str
    department_id: int | None
    expires_at: datetime
    revoked_at: datetime | None


@record(frozen=True, slots=True)
class Given:
    """An answer that was given to a key before. `same`: to the same request."""

    status: int
    body: Any
    same: bool


class Tokens:
    def __init__(self, tx: Tx) -> None:
        self._tx = tx

    def add(self, token_id: str, name: str, role: str, department_id: int | None, expires_at: datetime) -> None:
        """Record a token that was drawn. Raises IntegrityError for an id that is taken."""
        self._tx.run(
            sa.insert(api_token).values(
                id=token_id, name=name, role=role, department_id=department_id, created_at=self._tx.now,
                expires_at=expires_at,
            )
        )  # fmt: skip

    def revoke(self, token_id: str) -> bool:
        """Revoke a token for good. Whether there is such a token."""
        key = api_token.c.id == token_id
        self._tx.run(sa.update(api_token).where(key, api_token.c.revoked_at.is_(None)).values(revoked_at=self._tx.now))
        return self._tx.run(sa.select(api_token.c.id).where(key)).first() is not None

    def all(self) -> list[TokenRow]:
        """Every token drawn, newest first."""
        return [_row(row) for row in self._tx.run(sa.select(api_token).order_by(api_token.c.created_at.desc()))]

    # --- Idempotency-Key ---------------------------------------------------------------------

    def given(self, key: str, body_hash: str) -> Given | None:
        """The earlier answer to this key. None: the key is new, and now taken; `answer` it in this transaction.

        With several writers a second request with the key waits here until the first one's transaction has ended.
        """
        fresh = {"key": key, "body_hash": body_hash, "status": 0, "body": None, "at": self._tx.now}
        if self._tx.run(self._tx.ignoring(api_answer).values(**fresh).returning(api_answer.c.key)).first():
            return None
        row = self._tx.run(sa.select(api_answer).where(api_answer.c.key == key)).one()
        return Given(row.status, row.body, row.body_hash == body_hash)

    def answer(self, key: str, status: int, body: Any) -> None:
        self._tx.run(sa.update(api_answer).where(api_answer.c.key == key).values(status=status, body=body))

    def forget_answers(self) -> int:
        """Answers older than 30 days: no system repeats a request after that."""
        old = api_answer.c.at < self._tx.now - ANSWERS_KEPT
        return self._tx.run(sa.delete(api_answer).where(old)).rowcount


async def revoked(store: Store, token_id: str) -> bool:
    """Whether a token was taken back. Raises StoreBusy."""
    rows: Sequence[Any] = await store.rows(_REVOKED, {"token": token_id})
    return bool(rows) and rows[0].revoked_at is not None


_REVOKED = sa.select(api_token.c.revoked_at).where(api_token.c.id == sa.bindparam("token"))


def _row(row: Any) -> TokenRow:
    return TokenRow(row.id, row.name, row.role, row.department_id, row.expires_at, row.revoked_at)
