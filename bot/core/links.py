"""Signed links for people who cannot answer, about certain loans of one person only.

A token holds the ids of the person and the loans, and a signature: about thirty characters, so that it fits an SMS.
"""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Iterable
from datetime import datetime
from hashlib import sha256
from zoneinfo import ZoneInfo

from bot.core.loans import LoanState
from bot.core.messages import Message
from bot.core.records import record
from bot.core.signing import ended, spellings

MOST_LOANS = 8
LONGEST_TOKEN = 120
SIGNATURE = 12  # bytes: nobody guesses one of 2^96


@record(frozen=True, slots=True)
class AnswerLink:
    contact_id: int
    loan_ids: tuple[int, ...]


@record(frozen=True, slots=True)
class LinkLoan:
    """A loan as the page shows it. `seen`: its history so far; a press on an older page does nothing."""

    id: int
    item: str
    due_at: datetime
    state: LoanState
    seen: int


@record(frozen=True, slots=True)
class LinkPage:
    """What the page tells: answers to what was pressed, then the loans as they stand."""

    language: str
    zone: ZoneInfo
    now: datetime
    desk: str = ""
    contact_line: str = ""
    said: tuple[Message, ...] = ()
    loans: tuple[LinkLoan, ...] = ()


@record(frozen=True, slots=True)
class Pressed:
    """One press on the page. `act`: return, extend, problem; `words`: until when, or what is wrong.

    Without `loan_id` the only loan of the link is meant, without `seen` the loan as it stands.
    """

    act: str
    loan_id: int | None
    seen: int | None
    words: str = ""


def link_key(secret: str) -> bytes:
    """The key of these links, derived from SECRET_KEY for this purpose alone."""
    return hmac.digest(secret.encode(), b"links that answer", sha256)


def token_of(link: AnswerLink, key: bytes) -> str:
    """The token of a link; loans beyond the eighth are left out. It ends in a letter or a digit."""
    return ended(_signed(link, key))


def _signed(link: AnswerLink, key: bytes) -> str:
    body = _packed([link.contact_id, *link.loan_ids[:MOST_LOANS]])
    signed = body + hmac.digest(key, body, sha256)[:SIGNATURE]
    return base64.urlsafe_b64encode(signed).decode().rstrip("=")


def read_token(token: str, key: bytes) -> AnswerLink | None:
    """The link of a token, which a chat may have extended by punctuation; None for any token that is not exactly one of
    ours."""
    return next((link for spelled in spellings(token) if (link := _read(spelled, key)) is not None), None)


def _read(token: str, key: bytes) -> AnswerLink | None:
    if not 1 < len(token) <= LONGEST_TOKEN or not token.isascii():
        return None
    try:
        signed = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
    body, signature = signed[:-SIGNATURE], signed[-SIGNATURE:]
    if not hmac.compare_digest(hmac.digest(key, body, sha256)[:SIGNATURE], signature):
        return None
    contact_id, *loans = _unpacked(body)
    link = AnswerLink(contact_id, tuple(loans))
    return link if _signed(link, key) == token else None


def _packed(numbers: Iterable[int]) -> bytes:
    """Seven bits to a byte; the high bit is clear in the last byte of a number (LEB128)."""
    out = bytearray()
    for number in numbers:
        left = number
        while left > 127:
            out.append(left & 127 | 128)
            left >>= 7
        out.append(left)
    return bytes(out)


def _unpacked(packed: bytes) -> list[int]:
    numbers, number, place = [], 0, 0
    for byte in packed:
        number |= (byte & 127) << place
        place += 7
        if byte < 128:
            numbers.append(number)
            number, place = 0, 0
    return numbers
