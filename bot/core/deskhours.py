"""Words for a time that have a meaning of their own at a desk."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, time
from typing import TypeVar

from bot.core.due import Due
from bot.core.spoken import words

_TONIGHT = frozenset("soir soiree tonight evening".split())
_AROUND = frozenset(
    "jusqu jusque a au pour ce cette c d ici avant dans la le until till by for this the before".split()
)

EVENING = time(16)  # a desk that closes before it has no evening

Read = TypeVar("Read")


def tonight_is_closing(due: Read, now: datetime, closing: time) -> Read:
    """A bare "ce soir" is the desk's closing time, as it is on the button of that name: no desk takes anything back at
    the hour a dictionary gives for the evening. An explicit hour stays, and so does an evening after closing, or at a
    desk that closes at noon.

    due: what was read, of any type. now: in the desk's zone.
    """
    if not isinstance(due, Due) or due.at.date() != now.date():
        return due
    said = set(words(due.understood))
    closes = now.replace(hour=closing.hour, minute=closing.minute, second=0, microsecond=0)
    bare = bool(said & _TONIGHT) and said <= _TONIGHT | _AROUND
    return replace(due, at=closes) if bare and now < closes and closing >= EVENING else due
