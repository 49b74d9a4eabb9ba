"""Time zones by the names that the zone database gives them."""

from __future__ import annotations

from zoneinfo import ZoneInfo


def zone_from(name: str) -> ZoneInfo:
    """`Africa/Dakar`. Raises ValueError for what is no zone."""
    try:
        return ZoneInfo(name)
    except (KeyError, OSError) as error:  # unknown, a folder of the database; a path out of it is a ValueError already
        raise ValueError("no such time zone") from error
