"""Lengths of time: `dans trois jours`, `une heure et demie`, `2 more weeks`."""

from __future__ import annotations

from bot.core.dueclocks import SHORTEST_CLOCK, Clocks
from bot.core.duelexicon import Anchor, Unit
from bot.core.duepieces import Clock, Span
from bot.core.duesteps import Found

Length = tuple[int, int, float]
"""months, days, seconds"""

_LENGTH_OF: dict[Unit, Length] = {
    "second": (0, 0, 1), "minute": (0, 0, 60), "hour": (0, 0, 3600), "day": (0, 1, 0), "week": (0, 7, 0),
    "fortnight": (0, 14, 0), "month": (1, 0, 0), "year": (12, 0, 0),
}  # fmt: skip
_LONGEST_COUNT = 1000


class Lengths(Clocks):
    """The rules for a length of time; they know of clocks because `2h` may be either."""

    def span(self, start: int) -> Found:
        """`dans trois jours`, `2 more days`, `J+3`, `pendant 2h`, and bare lengths that can be nothing else."""
        if (
            self.text(start) in ("j", "h")
            and self.text(start + 1) == "+"
            and (ahead := self.digits(start + 2)) is not None
        ):
            if ahead > _LONGEST_COUNT:
                return None
            return (Span(days=ahead) if self.text(start) == "j" else Span(seconds=ahead * 3600)), start + 3
        before = self.words.span_before.match(self.texts, start)
        length = self.length(before[1]) or self._one_more(before[1]) if before else self.length(start)
        if length is None or (before is None and self._dotted_clock(start)):
            return None
        after = self.words.span_after.match(self.texts, length[1])
        anchor = self._anchor(before, after)
        if anchor is None and not self.whole and self._measures_a_thing(start, length[1]):
            return None
        if anchor is None and not self._only_a_length(start, length[1]):
            return None
        if before and not after and self._may_be_clock(start, before, length):
            return None
        return self._span(length[0], anchor or "base"), after[1] if after else length[1]

    def _dotted_clock(self, start: int) -> bool:
        """`18.00 hrs`, as it is written in India: no eighteen hours."""
        late, told = (self.digits(start) or 0) > 12, self.text(start + 3) in ("hrs", "hours")
        return not self.french and late and told and self.text(start + 1) == "." and self.written(start + 2) == 2

    @staticmethod
    def _anchor(before: tuple[Anchor, int] | None, after: tuple[Anchor, int] | None) -> Anchor | None:
        said = [found[0] for found in (before, after) if found]
        return "base" if "base" in said else "now" if said else None

    def _measures_a_thing(self, start: int, end: int) -> bool:
        """`tente 2 secondes`, `câble 3m`: in a sentence, lengths that are part of a name."""
        first = next((text for text in self.texts[start:end] if text in self.words.units), "")
        return first == "m" or self.words.units.get(first) == "second"

    def _may_be_clock(self, start: int, before: tuple[Anchor, int], length: tuple[Length, int]) -> bool:
        """`de 18h`, `for 9h` and `d'ici 18h` name an hour of the day; `pendant 18h` and `d'ici 2h` never do."""
        if self.text(start) == "d":
            return length[0][2] >= SHORTEST_CLOCK * 3600 and self._hours_only(before[1], length[0], length[1])
        led = before[0] == "base" and self.text(start) in ("de", "for", "by")
        return led and self._hours_only(before[1], length[0], length[1])

    def _hours_only(self, start: int, length: Length, end: int) -> bool:
        months, days, seconds = length
        return (
            not months
            and not days
            and 0 < seconds < 86400
            and self.clock(start, strict=True) == self._clock_to(start, end)
        )

    def _clock_to(self, start: int, end: int) -> Found:
        found = self.clock(start, strict=True)
        return found if found and found[1] == end else None

    def _only_a_length(self, start: int, end: int) -> bool:
        """Whether these words without `dans` or `in` cannot be an hour of the day: `3 jours`, `48h`, `2 hours`."""
        clock = self.clock(start, strict=True)
        if clock is None or clock[1] < end or not isinstance(clock[0], Clock):
            return True
        return not self.french and (self.text(start + 1) not in ("h", "hr") or clock[0].hour < 7)

    @staticmethod
    def _span(length: Length, anchor: Anchor) -> Span:
        months, days, seconds = length
        return Span(months, days, int(seconds), anchor)

    def _one_more(self, position: int) -> tuple[Length, int] | None:
        """`another week`, `an extra day`."""
        if self.text(position - 1) not in ("another", "extra", "additional"):
            return None
        unit = self.unit(position, position)
        return (self._times(unit[0], 1), unit[1]) if unit else None

    def length(self, start: int) -> tuple[Length, int] | None:
        """`3 jours`, `une heure et demie`, `2 weeks and 3 days` as months, days, seconds."""
        first = self.one_length(start)
        if first is None:
            return None
        total, position = first
        while True:
            joined = position + (self.text(position) in ("et", "and", ","))
            further = self.one_length(joined)
            if further is None or self._same_unit(position, further[1]):
                return total, position
            months, days, seconds = further[0]
            total, position = (total[0] + months, total[1] + days, total[2] + seconds), further[1]

    def _same_unit(self, end: int, further: int) -> bool:
        """`14h et 16h` are two hours of the day, no length of thirty."""
        units = [self.words.units.get(self.text(place - 1)) for place in (end, further)]
        return units[0] is not None and units[0] == units[1]

    def one_length(self, start: int) -> tuple[Length, int] | None:
        whole = self.words.lengths.match(self.texts, start)
        if whole:
            return self._times(whole[0][0], whole[0][1]), whole[1]
        return self.fraction_of_hour(start) or self.counted(start)

    def fraction_of_hour(self, start: int) -> tuple[Length, int] | None:
        """`1/2 h`, `3/4 hour`."""
        over, under = self.digits(start), self.digits(start + 2)
        if self.text(start + 1) != "/" or not over or not under or self.words.units.get(self.text(start + 3)) != "hour":
            return None
        return ((0, 0, 3600 * over / under), start + 4) if (over, under) in ((1, 2), (1, 4), (3, 4)) else None

    def counted(self, start: int) -> tuple[Length, int] | None:
        """`trois jours`, `2 h 30`, `half an hour`; None for a fraction of a day or of more."""
        count = None if self._second_half(start) else self.count(start)
        if count is None or not 0 < count[0] <= _LONGEST_COUNT:
            return None
        amount, position = count
        if more := self.words.more.match(self.texts, position):
            position = more[1]
        unit = self.unit(position, count[1])
        if unit is None:
            return None
        name, position = unit
        if half := self.words.halves.match(self.texts, position):
            amount, position = amount + half[0], half[1]
        elif name == "hour" and (minutes := self._minutes_of_length(position)):
            amount, position = amount + minutes[0] / 60, minutes[1]
        elif self.text(position) == "s" and not self.french:
            position += 1
        if amount != int(amount) and name not in ("hour", "minute"):
            return None
        return self._times(name, amount), position

    def _minutes_of_length(self, position: int) -> tuple[int, int] | None:
        """The `30` of `2 h 30`, in words in French only: English says *two hours and thirty minutes*."""
        minutes = self.number(position)
        if minutes is None or not 0 <= minutes[0] < 60 or self._date_after(minutes[1] - 1):
            return None
        if self.digits(position) is None and (not self.french or self._hour_follows(minutes[1] - 1)):
            return None
        return minutes[0], minutes[1] + (self.words.units.get(self.text(minutes[1])) == "minute")

    def unit(self, position: int, after_number: int) -> tuple[Unit, int] | None:
        text = self.text(position)
        if text in ("'", '"') and position == after_number:
            return ("minute" if text == "'" else "second"), position + 1
        name = self.words.units.get(text)
        if name is None or (len(text) == 1 and text not in ("h", "j", "d") and not self.glued(position)):
            return None
        return name, position + 1

    def _second_half(self, start: int) -> bool:
        """The 4 of `3/4`, the 5 of `2,5`: "2,5 jours" must never mean five days."""
        if self.text(start - 1) == "/":
            return True
        decimal = self.text(start - 1) in (".", ",") and self.glued(start - 1) and self.glued(start)
        return start > 1 and decimal and self.digits(start - 2) is not None

    def count(self, start: int) -> tuple[float, int] | None:
        """How many of a unit: 3, 2.5, two, a, half a, a couple of, two and a half."""
        if not self.french and self.text(start) in ("a", "an", "half"):
            return self._english_article(start)
        if self.french and self.text(start) in ("demi", "demie"):
            return 0.5, start + 1
        number = self.number(start)
        if number is None:
            return None
        value, position = number
        if (
            self.text(position) in (".", ",")
            and (tenths := self.digits(position + 1)) is not None
            and self.glued(position + 1)
        ):
            return value + tenths / 10 ** self.written(position + 1), position + 2
        half = None if self.french else self.words.halves.match(self.texts, position)
        return (value + half[0], half[1]) if half else (value, position)

    def _english_article(self, start: int) -> tuple[float, int] | None:
        following = self.text(start + 1)
        if self.text(start) == "half":
            return 0.5, start + 1 + (following in ("a", "an"))
        if following in ("couple", "pair"):
            return 2, start + 2 + (self.text(start + 2) == "of")
        if following == "half":
            return 0.5, start + 2
        return 1, start + 1

    @staticmethod
    def _times(unit: Unit, amount: float) -> Length:
        months, days, seconds = _LENGTH_OF[unit]
        return int(months * amount), int(days * amount), seconds * amount
