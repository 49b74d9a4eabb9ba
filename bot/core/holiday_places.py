"""Places with public holidays of their own: countries (`CA`), and the parts of them that keep others (`CA-QC`).

Codes are those of ISO 3166, names those of CLDR for countries and of the library `holidays` for their parts.
"""

from __future__ import annotations

from functools import cache

from bot.core.spoken import words

_SHORTEST_NAME = 4
"""Shorter ones are codes: `MAY` is Mayotte's."""


def place_named(typed: str) -> str | None:
    """The code of a place: `SN`, `Sénégal`, `CA-QC`, `Québec`, `Canada Québec`; None when no one place is meant.

    A country goes before a part that is called like it: Georgia has `US-GA` too.
    """
    parts = _parts()
    country, _, part = typed.strip().upper().partition("-")
    if country in parts and (not part or part in parts[country]):
        return f"{country}-{parts[country][part]}" if part else country
    said = " ".join(words(typed))
    if named := _countries().get(said):
        return named
    found = _named_parts().get(said, ())
    if not found:
        both = (words(name) for name in (typed, _turned(typed)))
        found = {code for said_words in both for code in _country_and_part(said_words)}
    return next(iter(found)) if len(found) == 1 else None


def place_name(code: str, language: str) -> str:
    """`Sénégal`, `Canada, Québec`; the code itself where nobody names it."""
    country, _, part = code.partition("-")
    named = _territories(language if language in ("fr", "en") else "en").get(country, country)
    return f"{named}, {_own_names(country).get(part, (part,))[-1]}" if part else named


def _turned(typed: str) -> str:
    """`Québec, Canada` as `Canada, Québec`."""
    part, _, country = typed.partition(",")
    return f"{country} {part}"


def _country_and_part(said: list[str]) -> set[str]:
    found = set()
    for length in range(1, len(said)):
        country, part = _countries().get(" ".join(said[:length])), " ".join(said[length:])
        found |= {code for code in _named_parts().get(part, ()) if code.partition("-")[0] == country}
    return found


@cache
def _parts() -> dict[str, dict[str, str]]:
    """The countries with their parts, in capitals and as the library writes them."""
    import holidays as public_holidays  # 4 MB: only where an admin names a place

    known = public_holidays.list_supported_countries(include_aliases=False)
    return {country: {part.upper(): part for part in parts} for country, parts in known.items()}


@cache
def _countries() -> dict[str, str]:
    """The countries by their names in French and English."""
    named = [(name, code) for language in ("en", "fr") for code, name in _territories(language).items()]
    return {" ".join(words(name)): code for name, code in named if code in _parts()}


@cache
def _named_parts() -> dict[str, set[str]]:
    """The parts of all countries by their names; several countries have a La Paz."""
    found: dict[str, set[str]] = {}
    for country, parts in _parts().items():
        for part, names in _own_names(country).items() if parts else ():
            for name in (*names, part):
                if len(name) >= _SHORTEST_NAME:
                    found.setdefault(" ".join(words(name)), set()).add(f"{country}-{part}")
    return found


@cache
def _own_names(country: str) -> dict[str, list[str]]:
    import holidays as public_holidays

    known = public_holidays.country_holidays(country, years=[]).get_subdivision_aliases()
    return {part: names or [part] for part, names in known.items()}


@cache
def _territories(language: str) -> dict[str, str]:
    from babel import Locale  # 0.1 s to load: only when an admin names a country

    return {str(code): str(name) for code, name in Locale(language).territories.items()}
