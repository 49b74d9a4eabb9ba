"""`main.py understand` and `main.py read-due`: phrases in, one line of meaning out for each."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime, time
from typing import IO
from zoneinfo import ZoneInfo

from bot.core.due import Due, Grain, Unclear
from bot.core.duetime import CLOSING, read_due
from bot.core.intent import Intent
from bot.core.intents import understand
from bot.core.zones import zone_from

ZONE = "Europe/Paris"
LAST_YEAR = 9000  # of --now

# Told by `understand` under a word of its own list: what only answers an open question is unknown without one.
TOLD_AS = {
    Intent.DISPUTE: Intent.HUMAN,
    Intent.REMINDERS: Intent.LIST,
    Intent.YES: Intent.UNKNOWN,
    Intent.NO: Intent.UNKNOWN,
}

Reading = Callable[[str, str, datetime, time], str]


def understand_line(line: str, language: str, now: datetime, closing: time = CLOSING) -> str:
    """Intent, certainty, due and grain of one phrase, tab-separated; `-` where there is none."""
    found = understand(line, language=language, now=now, closing=closing)
    told = TOLD_AS.get(found.intent, found.intent)
    certainty = "ask" if told is Intent.UNKNOWN else found.certainty
    return "\t".join((told.value, certainty, *_due_columns(found.due)))


def _due_columns(due: Due | Unclear | None) -> tuple[str, str]:
    if not isinstance(due, Due):
        return "-", "-"
    return (due.at.date().isoformat() if due.grain is Grain.DAY else due.at.isoformat()), due.grain.value


def read_due_line(line: str, language: str, now: datetime, closing: time = CLOSING) -> str:
    """The time a phrase is and its grain, tab-separated; `?` when it is refused."""
    due = read_due(line, now=now, language=language, closing=closing)
    return "\t".join(_due_columns(due)) if isinstance(due, Due) else "?"


READINGS: dict[str, Reading] = {"understand": understand_line, "read-due": read_due_line}


def run(command: str, arguments: Sequence[str], source: IO[str], target: IO[str], *, now: datetime) -> int:
    """Read phrases line by line, or those given as arguments, and answer each on a line of its own.

    Bad bytes are read as signs without meaning. Returns the exit status.
    """
    asked = _parser(command).parse_args(arguments)
    zone: ZoneInfo = asked.zone
    given = asked.now or now.astimezone(zone)
    moment = given.replace(tzinfo=zone) if given.tzinfo is None else given
    for line in asked.phrases or _lines(source):
        print(READINGS[command](line, asked.language, moment, asked.closing), file=target, flush=True)
    return 0


def _lines(source: IO[str]) -> Iterator[str]:
    raw: Iterable[bytes | str] = getattr(source, "buffer", source)
    for line in raw:
        text = line.decode("utf-8", errors="replace") if isinstance(line, bytes) else line
        yield text.rstrip("\r\n")


def _zone(name: str) -> ZoneInfo:
    """Raises ArgumentTypeError for what is no zone."""
    try:
        return zone_from(name)
    except ValueError as error:
        raise argparse.ArgumentTypeError("must be a time zone such as Europe/Paris or Africa/Dakar") from error


def _moment(text: str) -> datetime:
    """Raises ArgumentTypeError for what is no time, or so late that the calendar ends before what phrases name."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError("must be a time such as 2026-11-22T18:00") from error
    if moment.year > LAST_YEAR:
        raise argparse.ArgumentTypeError(f"must be before the year {LAST_YEAR + 1}")
    return moment


def _clock(text: str) -> time:
    """Raises ArgumentTypeError for what is no time of day."""
    try:
        return time.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError("must be a time of day such as 18:00") from error


def _parser(command: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=f"main.py {command}", description="Phrases, one a line on standard input.")
    parser.add_argument("phrases", nargs="*", help="phrases to read instead of standard input")
    parser.add_argument("--language", default="fr", choices=("fr", "en"), help="the person's language")
    parser.add_argument("--now", type=_moment, help="ISO 8601; the present by default")
    parser.add_argument("--zone", default=ZONE, type=_zone, help="zone of the present, or of a --now without offset")
    parser.add_argument("--closing", default=CLOSING, type=_clock, help="the desk's closing time, HH:MM")
    return parser
