"""Links that carry their own proof: a subject and a mark that only the holder of SECRET_KEY can make."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from dataclasses import dataclass

MARK_BYTES = 18  # 144 bits: nobody guesses one by asking
_SUBJECT = re.compile(r"[A-Za-z0-9_-]{1,80}")


def sign(key: str, purpose: str, subject: str) -> str:
    """`subject.mark`, fit for a path. A token made for one purpose is worth nothing for another.

    Raises ValueError for a subject with other signs than letters, digits, _ and -.
    """
    if not _SUBJECT.fullmatch(subject):
        raise ValueError("a subject of letters, digits, _ and -")
    return f"{subject}.{_mark(key, purpose, subject)}"


def read_signed(key: str, purpose: str, token: str) -> str | None:
    """The subject of a genuine token, None for any other text."""
    subject, _, mark = token.partition(".")
    if not _SUBJECT.fullmatch(subject) or not mark.isascii():
        return None
    return subject if hmac.compare_digest(mark, _mark(key, purpose, subject)) else None


def _mark(key: str, purpose: str, subject: str) -> str:
    made = hmac.new(key.encode(), f"{purpose}\n{subject}".encode(), hashlib.sha256).digest()[:MARK_BYTES]
    return base64.urlsafe_b64encode(made).decode()


# --- the link that ends e-mails ----------------------------------------------------------------------

UNSUBSCRIBE = "unsubscribe"


@dataclass(frozen=True, slots=True)
class Unsubscribing:
    """An e-mail address by its row; `check` tells whether the row still holds the address the link was sent to."""

    address_id: int
    check: str

    @classmethod
    def of(cls, address_id: int, value: str) -> Unsubscribing:
        return cls(address_id, hashlib.sha256(value.encode()).hexdigest()[:12])


def unsubscribe_token(key: str, address: Unsubscribing) -> str:
    return sign(key, UNSUBSCRIBE, f"{address.address_id}-{address.check}")


def read_unsubscribe(key: str, token: str) -> Unsubscribing | None:
    """The address a genuine token names; None for one that we did not make. It never expires."""
    subject = read_signed(key, UNSUBSCRIBE, token)
    if subject is None:
        return None
    number, _, check = subject.partition("-")
    return Unsubscribing(int(number), check)
