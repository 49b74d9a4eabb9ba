"""How much of what people type is understood: the tables of tests/core/phrases, counted.

    python tools/score.py            the figures
    python tools/score.py --misses   and every phrase that is not right

Intents: right, refused (unknown where something was wanted), wrong. Times: right to the instant and the grain, refused
(`?` where there is an instant), wrong. A refusal asks again; a wrong reading does something nobody wanted.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from bot.core.understand import read_due_line, understand_line  # noqa: E402

PHRASES = ROOT / "tests/core/phrases"
ZONE = ZoneInfo("Europe/Paris")
NOW = datetime(2026, 11, 21, 10, tzinfo=ZONE)
LANGUAGES = ("fr", "en")


@dataclass(frozen=True, slots=True)
class Reading:
    """One phrase: what its table wants and what was found."""

    phrase: str
    wanted: str
    found: str
    refused: bool

    @property
    def outcome(self) -> str:
        return "right" if self.found == self.wanted else "refused" if self.refused else "wrong"


def intents(language: str) -> Iterator[Reading]:
    """The table of intents: phrase, intent, certainty."""
    for phrase, *wanted in _rows(f"intents_{language}.tsv"):
        found = understand_line(phrase, language, NOW).split("\t")[:2]
        yield Reading(phrase, " ".join(wanted), " ".join(found), found[0] == "unknown")


def times(language: str) -> Iterator[Reading]:
    """The table of times: now, phrase, due in local time, grain; `?` or `-` for what is to be refused."""
    for now, phrase, due, grain in list(_rows(f"due_{language}.tsv"))[1:]:
        at = datetime.fromisoformat(now).replace(tzinfo=ZONE)
        found = read_due_line(phrase, language, at)
        wanted = _wanted_time(due, grain)
        yield Reading(phrase, wanted, _local(found), found == "?")


def _wanted_time(due: str, grain: str) -> str:
    if not due[:1].isdigit():
        return "?"
    return f"{due[:10]} day" if grain == "day" else f"{due[:16]} {grain}"


def _local(line: str) -> str:
    at, _, grain = line.partition("\t")
    return f"{at[:16]} {grain}" if grain else at


def _rows(name: str) -> Iterator[list[str]]:
    lines = (PHRASES / name).read_text(encoding="utf-8").splitlines()
    return (line.split("\t") for line in lines if line and not line.startswith("#"))


def report(name: str, readings: list[Reading], *, misses: bool) -> bool:
    """One line of figures, and the phrases that are not right when asked. Whether all are."""
    counts = Counter(reading.outcome for reading in readings)
    share = 100 * counts["right"] / len(readings)
    print(
        f"{name:<12} {len(readings):>5} phrases   {share:5.1f} % right   "
        f"{counts['refused']:>3} refused   {counts['wrong']:>3} wrong"
    )
    for reading in readings:
        if misses and reading.outcome != "right":
            print(f"    {reading.phrase!r}: wanted {reading.wanted}, found {reading.found}")
    return counts["right"] == len(readings)


def main() -> int:
    """Print the figures; 0 when every phrase is right."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--misses", action="store_true", help="show every phrase that is not right")
    asked = parser.parse_args()
    all_right = [
        report(f"{what.__name__} {language}", list(what(language)), misses=asked.misses)
        for what in (intents, times)
        for language in LANGUAGES
    ]
    return 0 if all(all_right) else 1


if __name__ == "__main__":
    sys.exit(main())
