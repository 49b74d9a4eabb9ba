"""One-time codes by which a person proves a further address."""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import TYPE_CHECKING

import sqlalchemy as sa

from bot.core.linking import CODE_ALPHABET, CODE_LASTS, CODE_LENGTH
from bot.core.records import record
from bot.store.people import digest
from bot.store.tables import setup_code

if TYPE_CHECKING:
    from bot.store.transaction import Tx


@record(frozen=True, slots=True)
class LinkCode:
    """A code drawn for a person. `code` is known only when it is drawn: its digest alone is stored."""

    id: int
    contact_id: int
    department_id: int
    until: datetime
    code: str = ""


class LinkCodes:
    def __init__(self, tx: Tx) -> None:
        self._tx = tx

    def draw(self, contact_id: int, department_id: int) -> LinkCode:
        """A new code, good once and for ten minutes."""
        code = "".join(secrets.choice(CODE_ALPHABET) for _ in range(CODE_LENGTH))
        until = self._tx.now + CODE_LASTS
        made = self._tx.insert(
            setup_code, digest=digest(code), department_id=department_id, contact_id=contact_id, kind="link",
            expires_at=until,
        )  # fmt: skip
        return LinkCode(made, contact_id, department_id, until, code)

    def take(self, code: str) -> LinkCode | None:
        """Use a code. None for one that was never drawn, was used, or is too old, without saying which."""
        mine = (setup_code.c.kind == "link") & (setup_code.c.digest == digest(code)) & setup_code.c.used_at.is_(None)
        query = sa.select(setup_code).where(mine, setup_code.c.expires_at >= self._tx.now)
        row = self._tx.run(self._tx.lock(query)).first()
        if row is None:
            return None
        self._tx.run(sa.update(setup_code).where(setup_code.c.id == row.id).values(used_at=self._tx.now))
        return LinkCode(row.id, row.contact_id, row.department_id, row.expires_at)
