"""The words of one language: `labels.toml` and `words.toml`, and what is printed as it is."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from copy import copy
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any

from bot.core import duetime
from bot.core.errors import WordsBroken
from bot.core.holiday_places import place_name
from bot.core.markup import clip, escape
from bot.core.messages import EX_LENT, RuleValue
from bot.core.settable import setting
from bot.core.tutoiement import tutoyer

TYPED_LIMIT = 80  # a name longer than this is shortened: no borrower's name may push our own words out of a message
SAID_LIMIT = 700  # what a person wrote, carried to somebody else


class Marked(str):
    """Words already in the small markup: printed as they are. Any other text is escaped, since a person typed it."""

    __slots__ = ()


def typed(value: str, limit: int = TYPED_LIMIT, *, lines: bool = False, links: bool = False) -> Marked:
    """What a person typed, inert and not longer than `limit`; "?" when nothing of it can be shown."""
    marked = escape(value, lines=lines, links=links) or ("?" if value else "")
    return Marked(marked if len(marked) <= limit else clip(marked, limit))


class Lexicon:
    """Labels of choices and short names of one language, from `labels.toml` and `words.toml`.

    What a language does not say is taken from `fallback`.
    """

    def __init__(self, folder: Path, language: str, fallback: Lexicon | None = None) -> None:
        self.language = language
        labels = read_toml(folder / "labels.toml")
        self.labels: dict[str, str] = laid_over(fallback.labels if fallback else {}, labels.get("labels", {}))
        self.typed: dict[str, str] = laid_over(fallback.typed if fallback else {}, labels.get("typed", {}))
        self.tables: dict[str, Any] = laid_over(fallback.tables if fallback else {}, read_toml(folder / "words.toml"))

    def familiar(self) -> Lexicon:
        """The same words with tu."""
        made = copy(self)
        made.labels, made.tables = with_tu(self.labels), with_tu(self.tables)
        return made

    def word(self, table: str, key: str, default: str | None = None) -> Marked:
        """The name of a state, a class, a reason. Raises KeyError when there is neither that name nor a default."""
        words = self.tables[table]
        if key not in words and default is not None:
            key = default
        return Marked(words[key])

    def reason(self, error: str) -> Marked:
        """Why a message did not leave or arrive: `Twilio 30003 : le téléphone est éteint ou hors réseau`."""
        if error in self.tables.get("reason", {}):
            return Marked(self.tables["reason"][error])
        code, colon, says = error.partition(": ")
        known = self.tables.get("fault", {}).get(says) if colon else None
        return Marked(f"{escape(code)}{self.tables['grammar']['colon']}{known}") if known else typed(error, SAID_LIMIT)

    def counted(self, count: int, one: str, many: str) -> Marked:
        """`2 jours`, `1 jour`, `0 jour` (but `0 days`): which numbers take the singular is a word of the language."""
        return Marked(f"{count} {one if count in self.tables['grammar']['singular'] else many}")

    def span(self, length: timedelta) -> Marked:
        """A length in its two largest units; under a minute as a minute, hours left out from a week on."""
        minutes = max(1, int(length.total_seconds()) // 60)
        days, hours = minutes // 1440, minutes % 1440 // 60
        amounts = (("day", days), ("hour", 0 if days >= 7 else hours), ("minute", 0 if days else minutes % 60))
        return self.joined((self.counted(n, *self.tables["units"][unit]) for unit, n in amounts if n), "and")

    def joined(self, words: Iterable[str], conjunction: str) -> Marked:
        """`a, b et c`"""
        *first, last = words
        return Marked(f"{', '.join(first)} {self.tables['grammar'][conjunction]} {last}" if first else last)

    def bold(self, names: Iterable[str], conjunction: str) -> Marked:
        return self.joined([f"*{typed(name)}*" for name in names], conjunction)

    def job_outcome(self, outcome: str) -> Marked:
        """What a job says that it did: `contenus effacés : 2, sauvegarde faite`. What has no words stands as it is."""
        return Marked(", ".join(self._done(part) for part in outcome.split(", ")))

    def _done(self, part: str) -> Marked:
        table = self.tables.get("outcome", {})
        told = re.fullmatch(r"(\w+) (\d+)", part)
        if told is None or told[1] not in table:
            return Marked(table[part]) if part in table else typed(part, SAID_LIMIT)
        return Marked(table[told[1]].format(told[2]))

    # --- settings ---------------------------------------------------------------------------

    def message_name(self, name: str) -> Marked:
        """A message's short name for people; the catalogue's own where it has none."""
        return Marked(self.tables["message"].get(name, escape(name.replace("_", " "))))

    def setting_label(self, name: str) -> Marked:
        """What a setting does, in a line. A language without words of its own for it gets the English ones."""
        info = setting(name).info
        return Marked(info.fr if self.language == "fr" else self.tables.get("setting", {}).get(name, info.en))

    def setting_word(self, name: str) -> Marked:
        """The setting's name as it is typed in a command."""
        return Marked(setting(name).alias if self.language == "fr" else name)

    def grouped(self, number: int) -> Marked:
        """100 000 in French, 100,000 in English."""
        return Marked(f"{number:,}".replace(",", " " if self.language == "fr" else ","))

    def value(self, value: RuleValue) -> Marked:
        """What a setting is set to: `1 heure et 30 minutes`, `oui`, `21 h`, `WhatsApp, SMS`."""
        match value.kind:
            case "flag":
                return self.word("value", "yes" if value.number else "no")
            case "span":
                return self.span(timedelta(seconds=value.number)) if value.number else self.word("value", "none")
            case "clock":
                at = datetime.combine(EX_LENT.date(), time.fromisoformat(value.text), EX_LENT.tzinfo)
                return Marked(duetime.say_clock(at, language=self.language))
            case "order" | "several":
                table = "channel" if value.kind == "order" else "option"
                return Marked(", ".join(self.word(table, item) for item in value.items))
            case "option" | "language":
                return self.word("option", value.text) if value.text in self.tables["option"] else typed(value.text)
            case "country":
                return typed(place_name(value.text, self.language))
            case "count":
                return self.grouped(value.number)
        return typed(value.text, SAID_LIMIT) if value.text else self.word("value", "empty")


def read_toml(path: Path) -> dict[str, Any]:
    """The content of a file, empty when there is none. Raises WordsBroken."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    except (OSError, ValueError) as error:  # not readable, not UTF-8, not TOML
        why = error.strerror if isinstance(error, OSError) else str(error)
        raise WordsBroken(f"{path}: {why}") from error


def with_tu(words: dict[str, Any]) -> dict[str, Any]:
    def said(value: Any) -> Any:
        return with_tu(value) if isinstance(value, dict) else tutoyer(value) if isinstance(value, str) else value

    return {key: said(value) for key, value in words.items()}


def laid_over(below: dict[str, Any], above: dict[str, Any]) -> dict[str, Any]:
    """`below` overridden by `above`, table by table."""
    laid = {k: laid_over(below[k], v) if isinstance(v, dict) and k in below else v for k, v in above.items()}
    return below | laid
