"""The grammar of due times: tokens in, pieces out, whichever order people say them in.

One `Reader` scans a sentence once. At each position every rule is tried; the longest piece wins. A rule is a method
that takes a position and returns a piece with the position after it, or None. They sit in files by subject: hours
(dueclocks), lengths (duelengths), dates (duedates) and days counted from other days (duedays), each a subclass of the
one before.
"""

from __future__ import annotations

from datetime import datetime

from bot.core import duecalendar as calendar
from bot.core.duedays import Days
from bot.core.duelexicon import Anchor, Lexicon, PartWord
from bot.core.duepieces import (
    Bare,
    Beyond,
    Clock,
    Dash,
    Either,
    Moment,
    MonthDay,
    On,
    Past,
    Piece,
    SameHour,
    Weekday,
    WinterTime,
    Wrong,
    Zone,
)
from bot.core.duesteps import Found
from bot.core.duetokens import Sentence

MOST_FILLERS = 8
"""Words in a row that mean nothing for a time; more of them are no time any more, and reading them would be slow."""


MEASURES = frozenset("%€$£°")
AFTER = frozenset({"apres", "after"})
NEVER = frozenset({"pas", "jamais", "not", "never", "no"})  # "pas après vendredi": on Friday at the latest
THE = frozenset({"le", "la", "l", "ce", "the", "this"})
BETWEEN = {"entre": ("et",), "between": ("and",), "from": ("to", "till", "until")}
TO = frozenset({"a", "to", "-"})
OR = TO | {"ou", "or"}
ONE_MORE = frozenset({"another", "extra", "additional"})
AHEAD = frozenset({"dans", "ds", "in", "within", "sous", "ici"})


class Reader(Days):
    """Reads the pieces of one sentence in one language."""

    def __init__(self, sentence: Sentence, lexicon: Lexicon, now: datetime, *, whole: bool) -> None:
        super().__init__(sentence, lexicon, now, whole=whole)
        self.rules = (
            self.iso, self.either, self.span, self.anchored, self.weekday_after, self.eve_of, self.nth_of_month,
            self.edge, self.feast, self.weekday, self.numeric_date, self.month_day, self.relative_day, self.week,
            self.vague_month, self.same_hour, self.clock, self.part, self.gone, self.bare, self.zone, self.dash,
        )  # fmt: skip
        self._within = False  # one side of `entre … et …`, which holds no second one
        # (position, end, within, piece before, lead) → what stands there
        self._known: dict[tuple[int, int, bool, Piece | None, str], Found] = {}

    def pieces(self, start: int) -> tuple[list[Piece], int]:
        """Every piece from here on, and the position after the last one."""
        found: list[Piece] = []
        position = end = start
        idle = 0
        self.before, self.lead = None, self._word_before(start)
        while position < len(self.tokens):
            piece = self.piece(position)
            if piece:
                found.append(piece[0])
                if isinstance(piece[0], On | Weekday | MonthDay) and self._stands_after(position):
                    found.append(Beyond())
                position = piece[1]
                end = end if isinstance(piece[0], Dash) else position
                self.before, self.lead, idle = piece[0], "", 0
                continue
            filler = self.words.fillers.match(self.texts, position)
            idle += 1
            if not filler or idle > MOST_FILLERS:
                break
            self.lead, position = filler
        return (found[:-1] if found and isinstance(found[-1], Dash) else found), end

    def _word_before(self, start: int) -> str:
        return self.texts[start - 1] if start else ""

    def _stands_after(self, position: int) -> bool:
        """Whether *après* stands before what begins here, articles aside."""
        place = position - 1
        while place >= 0 and self.texts[place] in THE:
            place -= 1
        return place >= 0 and self.texts[place] in AFTER and (place == 0 or self.texts[place - 1] not in NEVER)

    def fillers_end(self, start: int) -> int:
        """The position after all filler words."""
        position = start
        while filler := self.words.fillers.match(self.texts, position):
            position = filler[1]
        return position

    def piece(self, start: int) -> Found:
        """The longest piece here. Kept, since a row of times is read anew from each of its words: a long one would take
        half a second, in which nobody else is answered."""
        if not self._may_begin(start):
            return None
        key = (start, len(self.texts), self._within, self.before, self.lead)
        if key not in self._known:
            self._known[key] = self._longest(start)
        return self._known[key]

    def _may_begin(self, start: int) -> bool:
        """Whether a rule could find anything here, by the word alone: most words of a sentence are of no time, and all
        rules together take 50 µs to say so."""
        if self.digits(start) is not None or self.text(start) in self.words.heads:
            return True
        place = self.skip(start, self.words.joins)  # `de janvier`
        return place > start and self.text(place) in self.words.heads

    def _longest(self, start: int) -> Found:
        best: Found = None
        for rule in self.rules:
            found = rule(start)
            if found and (best is None or found[1] > best[1]):
                best = found
        return None if best and self.text(best[1]) in MEASURES else best

    def iso(self, start: int) -> Found:
        """`2026-11-27T18:00+01:00`; without an offset in the zone of `now`."""
        if self.text(start) != "iso":
            return None
        token = self.tokens[start]
        try:
            at = datetime.fromisoformat(self.source[token.start : token.end].upper().replace(",", "."))
        except ValueError:
            return Wrong(), start + 1
        if at.tzinfo is None:
            at = calendar.instant(at.date(), at.time(), self.now)
        return Moment(at.astimezone(self.now.tzinfo)), start + 1

    def either(self, start: int) -> Found:
        """`entre lundi et mercredi`, `jeudi entre 14 et 16h`, `from 2 to 4 pm`, `2 ou 3 jours`, `a day or two`."""
        if self._within:
            return None
        return self._between(start) or self._two_lengths(start) or self._length_or_more(start)

    def _between(self, start: int) -> Found:
        joints = BETWEEN.get(self.text(start), ())
        near = range(start + 2, min(start + MOST_FILLERS, len(self.texts)))
        joint = next((place for place in near if self.texts[place] in joints), None)
        if joint is None:
            return None
        left, right = self._side(start + 1, joint), self._side(joint + 1, len(self.texts))
        if left is None or right is None or left[1] != joint:
            return None
        sides = tuple(side for side, _ in (left, right) if side)
        return (Either(sides), right[1]) if sides else None

    def _side(self, start: int, end: int) -> tuple[tuple[Piece, ...], int] | None:
        """What stands here before `end`, a day with its hour; a number alone names nothing by itself."""
        lead, tokens, texts = self.lead, self.tokens, self.texts
        self.tokens, self.texts, self._within = tokens[:end], texts[:end], True
        while self.text(start) in self.words.joins:
            self.lead, start = self.text(start), start + 1
        number, first = self.number(start), self.piece(start)
        second = self.piece(first[1]) if first and isinstance(first[0], On | Weekday | MonthDay) else None
        self.lead, self.tokens, self.texts, self._within = lead, tokens, texts, False
        if first and second and isinstance(second[0], Clock | PartWord):
            return (first[0], second[0]), second[1]
        if first and not isinstance(first[0], Bare):
            return (first[0],), first[1]
        return ((), number[1]) if number else None

    def _two_lengths(self, start: int) -> Found:
        first = self.number(start)
        joint = self.text(first[1]) if first else ""
        second = self.number(first[1] + (joint in OR)) if first else None
        unit = self.unit(second[1], second[1]) if second else None
        if not first or not second or not unit or first[0] >= second[0]:
            return None
        if joint not in OR and (self.digits(start) is not None or first[0] + 1 < second[0]):
            return None  # `2 3 jours` is loan number two
        ahead = self.lead in AHEAD
        if unit[0] == "hour" and not ahead and joint in TO:
            return None
        after = self.words.span_after.match(self.texts, unit[1])
        anchor = after[0] if after else "now" if ahead else "base"
        lengths = (self._times(unit[0], number[0]) for number in (first, second))
        return Either(tuple((self._span(length, anchor),) for length in lengths)), after[1] if after else unit[1]

    def _length_or_more(self, start: int) -> Found:
        """`un jour ou deux`, `another week or two`, `in an hour or two`."""
        before = self.words.span_before.match(self.texts, start)
        position = before[1] if before else start
        first = (1.0, position) if self.text(position - 1) in ONE_MORE else self.count(position)
        unit = self.unit(first[1], first[1]) if first else None
        if first is None or unit is None or self.text(unit[1]) not in ("ou", "or"):
            return None
        more = self.number(unit[1] + 1)
        if more is None or more[0] <= first[0] or self._counts_something(more[1]):
            return None
        after = self.words.span_after.match(self.texts, more[1])
        ahead: Anchor = "now" if self.lead in AHEAD else "base"
        anchor = self._anchor(before, after) or ahead
        lengths = (self._times(unit[0], amount) for amount in (first[0], more[0]))
        return Either(tuple((self._span(length, anchor),) for length in lengths)), after[1] if after else more[1]

    def same_hour(self, start: int) -> Found:
        found = self.words.same_hour.match(self.texts, start)
        return (SameHour(), found[1]) if found else None

    def part(self, start: int) -> Found:
        return self.words.parts.match(self.texts, start)

    def gone(self, start: int) -> Found:
        """`il y a deux jours`, `last week`, `3 days ago`."""
        before = self.words.past_before.match(self.texts, start)
        length = self.length(before[1]) if before else None
        if before and length:
            return Past(), length[1]
        if before and not self.french and (named := self.day(before[1])):
            return Past(), named[1]
        length = self.length(start)
        after = self.words.past_after.match(self.texts, length[1]) if length else None
        return (Past(), after[1]) if after and after[0] else None

    def bare(self, start: int) -> Found:
        if not self.whole and not isinstance(self.before, PartWord):
            return None  # in a sentence a lone number counts things, or is the number of a loan
        if self.lead in ("in", "dans", "en") or self.text(start) in ("un", "une", "one"):
            return None
        number = self.number(start)
        if number is None or number[0] > 24 or self._counts_something(number[1]):
            return None
        return Bare(number[0]), number[1]

    def dash(self, start: int) -> Found:
        return (Dash(), start + 1) if self.text(start) in ("-", "ou", "or") and self.before else None

    def zone(self, start: int) -> Found:
        winter = self.words.winter.match(self.texts, start)
        if winter:
            return WinterTime(), winter[1]
        if not isinstance(self.before, Clock):
            return None
        minutes = self.words.zones.get(self.text(start))
        return (Zone(minutes), start + 1) if minutes is not None else self._offset(start)

    def _offset(self, start: int) -> Found:
        """`22:11 +0100`, `22:11 -04:00`: hours and minutes east of Greenwich."""
        sign = {"+": 1, "-": -1}.get(self.text(start))
        hours, minutes = self.digits(start + 1), self.digits(start + 3)
        if sign is None or hours is None or not self.glued(start + 1):
            return None
        if self.written(start + 1) == 4:
            return Zone(sign * (hours // 100 * 60 + hours % 100)), start + 2
        if self.text(start + 2) != ":" or minutes is None or self.written(start + 1) != 2:
            return None
        return Zone(sign * (hours * 60 + minutes)), start + 4
