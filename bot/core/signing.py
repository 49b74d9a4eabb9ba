"""Signed links: a subject and a signature that only the holder of SECRET_KEY can make."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re

from bot.core.records import record

LONGEST_MARK = 100
MARK_BYTES = 18  # 144 bits: not to be guessed
_SUBJECT = re.compile(r"[A-Za-z0-9_-]{1,80}")
END = "0"
_TAKEN_IN = re.compile(r"[^A-Za-z0-9_-]+\Z")


def ended(token: str) -> str:
    """A token as it stands in a link: a chat may leave a last "-" or "_" out of what can be pressed, so it ends in a
    letter or a digit."""
    return token + END if token.endswith(("-", "_")) else token


def spellings(opened: str) -> tuple[str, ...]:
    """The tokens that the last part of an address may stand for, as a chat opened it: without the end of the sentence
    that it took in, without the END of `ended`, with the sign that it left out."""
    bare = _TAKEN_IN.sub("", opened)
    return bare, bare.removesuffix(END), f"{bare}-", f"{bare}_"


def sign(key: str, purpose: str, subject: str) -> str:
    """`subject.mark`, fit for a path. A token made for one purpose is not valid for another.

    Raises ValueError for a subject with other characters than letters, digits, _ and -.
    """
    if not _SUBJECT.fullmatch(subject):
        raise ValueError("a subject of letters, digits, _ and -")
    return ended(f"{subject}.{_mark(key, purpose, subject)}")


def read_signed(key: str, purpose: str, token: str) -> str | None:
    """The subject of a genuine token, whatever a chat put behind it; None for any other text."""
    subject, _, marked = token.partition(".")
    if not _SUBJECT.fullmatch(subject) or len(marked) > LONGEST_MARK:
        return None
    good = _mark(key, purpose, subject).encode()
    genuine = any(hmac.compare_digest(mark.encode(errors="replace"), good) for mark in spellings(marked))
    return subject if genuine else None


def _mark(key: str, purpose: str, subject: str) -> str:
    made = hmac.new(key.encode(), f"{purpose}\n{subject}".encode(), hashlib.sha256).digest()[:MARK_BYTES]
    return base64.urlsafe_b64encode(made).decode()


# --- the link that ends e-mails ----------------------------------------------------------------------

UNSUBSCRIBE = "unsubscribe"


@record(frozen=True, slots=True)
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
