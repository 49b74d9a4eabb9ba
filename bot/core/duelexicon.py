"""What a language contributes to the reading of due times: a `Lexicon`, all of it data.

Words are written folded (`spoken.fold`), apostrophes and hyphens between letters as spaces: `jusqu'à` is `jusqu a`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field
from functools import cached_property
from typing import Any, Generic, Literal, TypeVar

from bot.core.records import record
from bot.core.spoken import distance, slips_allowed

V = TypeVar("V")


class Phrases(Generic[V]):
    """Groups of words and what they stand for; the longest group that fits wins."""

    def __init__(self, rows: Mapping[str, V]) -> None:
        self.words = {word for phrase in rows for word in phrase.split()}
        self.heads = {phrase.split()[0] for phrase in rows}
        self._rows: dict[str, list[tuple[tuple[str, ...], V]]] = {}
        for phrase, value in rows.items():
            first, *others = phrase.split()
            self._rows.setdefault(first, []).append((tuple(others), value))
        for row in self._rows.values():
            row.sort(key=lambda entry: -len(entry[0]))

    def match(self, texts: Sequence[str], start: int) -> tuple[V, int] | None:
        """The value of the longest phrase that begins at `start`, and its end."""
        if start >= len(texts):
            return None
        for others, value in self._rows.get(texts[start], ()):
            end = start + 1 + len(others)
            if not others or tuple(texts[start + 1 : end]) == others:
                return value, end
        return None


# Ordinary words one typing error away from a day or a month: never corrected.
_COMMON = ("marche", "avoir", "domain", "sundae", "arrive", "money", "match", "mardis", "marches", "augusta")
_NAMES = ("frida", "auguste", "juliet", "lundy")
SOME_DAY = ""  # a feast of which only the country knows the date
ZONES = {"utc": 0, "gmt": 0, "cet": 60, "cest": 120}
"""Minutes east of Greenwich of the zones people of either language name."""

HEADS = frozenset(
    "iso - ou or entre between from eom eow eoy month year mois ce this mid night midi midday noon noonish minuit"
    " midnight j".split()
)
"""The words that rules of either language look for by themselves at the beginning of a time."""

Unit = Literal["second", "minute", "hour", "day", "week", "fortnight", "month", "year"]
Anchor = Literal["now", "base"]
PartName = Literal[
    "early_morning", "morning", "mid_morning", "late_morning", "noon",
    "early_afternoon", "afternoon", "mid_afternoon", "late_afternoon",
    "early_evening", "evening", "late_evening", "night", "day_end",
]  # fmt: skip


@record(frozen=True, slots=True)
class PartWord:
    """A part of the day; `today` when the words themselves say which day (ce soir, tonight)."""

    name: PartName
    today: bool = False


@record(frozen=True, slots=True)
class Shift:
    """Words around a weekday.

    weeks: so many after the next such day. of_week: the week it is in, counted from this one.
    """

    weeks: int = 0
    of_week: int | None = None


@record(frozen=True)
class Lexicon:
    """One language's words of time."""

    language: Literal["fr", "en"]
    weekdays: Mapping[str, int]
    weekday_abbreviations: Mapping[str, int]
    months: Mapping[str, int]
    numbers: Phrases[int]
    ordinals: Phrases[int]
    ordinal_endings: frozenset[str]
    units: Mapping[str, Unit]
    lengths: Phrases[tuple[Unit, float]]
    days: Phrases[int]
    feasts: Phrases[str]
    parts: Phrases[PartWord]
    fillers: Phrases[str]
    day_leads: frozenset[str]
    clock_leads: frozenset[str]
    joins: frozenset[str]
    before_weekday: Phrases[Shift]
    after_weekday: Phrases[Shift]
    past_after: Phrases[bool]
    past_before: Phrases[bool]
    weeks: Phrases[int]
    months_ahead: Phrases[int]
    years_ahead: Phrases[int]
    end_of: Phrases[bool]
    vaguely_of: Phrases[int]
    last: frozenset[str]
    day_words: frozenset[str]
    span_before: Phrases[Anchor]
    span_after: Phrases[Anchor]
    more: Phrases[bool]
    after: Phrases[int]
    eve: Phrases[int]
    halves: Phrases[float]
    zones: Mapping[str, int]
    winter: Phrases[bool]
    same_hour: Phrases[bool]
    also_spelled: tuple[str, ...] = ()
    corrections: dict[str, str] = field(default_factory=dict)

    def correct(self, word: str) -> str:
        """The day, month or word like *demain* that this one misspells, or the word as it is."""
        if len(word) < 5 or word in self.known:
            return word
        if word not in self.corrections:
            if len(self.corrections) > 5000:
                self.corrections.clear()
            self.corrections[word] = self._nearest(word)
        return self.corrections[word]

    def _nearest(self, word: str) -> str:
        allowed = slips_allowed(word)
        near = sorted(
            (distance(word, target, allowed), target)
            for target in self.spellable
            if abs(len(word) - len(target)) <= allowed and word[0] in target[:2]
        )
        best = [target for slips, target in near if slips == near[0][0] <= min(allowed, slips_allowed(target))]
        return best[0] if len(best) == 1 else word

    @cached_property
    def known(self) -> frozenset[str]:
        """Every word of the language's tables, and the ordinary words one typing error away from them."""
        in_phrases = (phrases.words for phrases in self._phrases().values())
        return self._names().union(_COMMON, _NAMES, *in_phrases)

    @cached_property
    def heads(self) -> frozenset[str]:
        """Every word that a time may begin with, numbers written in digits aside. Filler words are none: `pour`."""
        of_phrases = (phrases.heads for name, phrases in self._phrases().items() if name != "fillers")
        return self._names().union(self.last, HEADS, *of_phrases)

    def _names(self) -> frozenset[str]:
        """The single words of the tables."""
        return frozenset({*self.weekdays, *self.weekday_abbreviations, *self.months, *self.units, *self.zones})

    def _phrases(self) -> dict[str, Phrases[Any]]:
        return {name: value for name, value in vars(self).items() if isinstance(value, Phrases)}

    @cached_property
    def spellable(self) -> tuple[str, ...]:
        """The words that a misspelt one may stand for."""
        plain = [word for word in (*self.weekdays, *self.months) if len(word) > 4 and not word.endswith("days")]
        return (*plain, *self.also_spelled)

    @cached_property
    def before_digits(self) -> frozenset[str]:
        """Words written without a space before a number: `Feb13`, `juil-2027`."""
        return frozenset({*self.months, *self.weekdays, *self.weekday_abbreviations})


def rows(*groups: tuple[str, V]) -> dict[str, V]:
    """`("a, b", 1)` → `{"a": 1, "b": 1}`."""
    return {phrase.strip(): value for phrases, value in groups for phrase in phrases.split(",")}


def indexed(*groups: str) -> dict[str, int]:
    return {word: index for index, words in enumerate(groups) for word in words.split()}
