"""Links that carry their own proof: a subject and a mark that only the holder of SECRET_KEY can make."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re

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
