"""Addresses that said STOP and were erased: kept as digests, so that a later import does not undo the STOP."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import sqlalchemy as sa

from bot.store.ready import Ready
from bot.store.tables import suppression

if TYPE_CHECKING:
    from bot.store.transaction import Tx

SALT = "suppression_salt"
PROOF = "said STOP before being erased"


class Suppressions:
    def __init__(self, tx: Tx) -> None:
        self._tx = tx

    def put(self, channel: str, value: str) -> None:
        self._tx.insert_new(suppression, digest=self._digest(channel, value), at=self._tx.now)

    def drop(self, channel: str, value: str) -> None:
        """Remove it: they have agreed again since."""
        if self._tx.recall(_ANY).first() is not None:
            self._tx.run(sa.delete(suppression).where(suppression.c.digest == self._digest(channel, value)))

    def take_salt(self, salt: str) -> None:
        """That of another file of this desk, where this one has none yet: the digests of both then say the same."""
        if salt and self._tx.runs.noted(SALT) is None:
            self._tx.runs.note(SALT, salt)

    def take_over(self, salt: str, digests: Sequence[str]) -> None:
        """The digests of another file of this desk; of no use with another salt."""
        if self._tx.runs.noted(SALT) == salt:
            for digest in digests:
                self._tx.insert_new(suppression, digest=digest, at=self._tx.now)

    def hold(self, channels: Iterable[str], value: str) -> bool:
        """Whether the holder of an address said STOP on one of these channels."""
        if self._tx.recall(_ANY).first() is None:
            return False
        digests = (self._digest(channel, value) for channel in channels)
        return any(self._tx.run(_HELD, {"of": digest}).first() is not None for digest in digests)

    def _digest(self, channel: str, value: str) -> str:
        """Salted per database: precomputed digests of numbers are useless here."""
        salt = self._tx.runs.noted(SALT)
        if salt is None:
            salt = secrets.token_hex(16)
            self._tx.runs.note(SALT, salt)
        return hashlib.sha256(f"{salt}:{channel}:{value}".encode()).hexdigest()


_ANY = Ready(sa.select(suppression.c.digest).limit(1))
_HELD = Ready(sa.select(suppression.c.digest).where(suppression.c.digest == sa.bindparam("of")))
