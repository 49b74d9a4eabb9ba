"""How long a provider asks us to wait."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from email.utils import parsedate_to_datetime


def asked_wait(headers: Mapping[str, str], longest: timedelta) -> timedelta | None:
    """The Retry-After of an answer: seconds, or a date measured against the server's own clock; None without a readable
    value. longest: the upper bound of the wait. headers: keys in any case."""
    text = headers.get("Retry-After", "").strip()
    if text.isascii() and text.isdigit():
        return min(timedelta(seconds=min(int(text[:9]), 10**6)), longest)
    try:
        wait = parsedate_to_datetime(text) - parsedate_to_datetime(headers.get("Date", ""))
    except (ValueError, TypeError):
        return None
    return min(max(wait, timedelta()), longest)
