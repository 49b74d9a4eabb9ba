"""Time zones by the names that the zone database gives them."""

from __future__ import annotations

from functools import cache
from zoneinfo import ZoneInfo, available_timezones


def zone_from(name: str) -> ZoneInfo:
    """`Africa/Dakar`, in capitals or not. Raises ValueError for what is no zone."""
    try:
        return ZoneInfo(name)
    except (KeyError, OSError) as error:  # unknown, a folder of the database; a path out of it is a ValueError already
        written = next((key for key in available_timezones() if key.casefold() == name.strip().casefold()), None)
        if written is None:
            raise ValueError("no such time zone") from error
        return ZoneInfo(written)


@cache
def country_of(zone: ZoneInfo) -> str:
    """The ISO code of the country that a zone lies in; empty where none is known."""
    from babel.core import get_global  # 30 kB: read only where a zone's country matters

    present = get_global("zone_aliases").get(zone.key, zone.key)  # America/Montreal
    return str(get_global("zone_territories").get(present, ""))
