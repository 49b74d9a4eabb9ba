"""Instants as whole numbers, exact to what the tables keep: microseconds since 1970, in UTC."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def stamp_of(at: datetime) -> int:
    """at: aware, any zone. Raises TypeError for a naive one."""
    since = at - EPOCH
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds  # a fourth of what `//` takes


def at_stamp(stamp: int) -> datetime:
    """The instant, in UTC. Raises OverflowError beyond the calendar."""
    return EPOCH + timedelta(0, 0, stamp)  # with the name of its third parameter it takes three times as long
