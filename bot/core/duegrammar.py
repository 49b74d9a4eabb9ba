"""The grammar of due times: tokens in, pieces out, whichever order people say them in.

One `Reader` goes once over a sentence. At each place every rule may try; the longest piece wins. Rules are methods that
take a position and answer a piece with the position after it, or None.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Literal

from bot.core import duecalendar as calendar
from bot.core.duepieces import Bare, Clock, Moment, MonthDay, On, Past, Piece, Span, Vague, Week, Weekday, Wrong, Zone
from bot.core.duetokens import Sentence
from bot.core.duewords import Anchor, Lexicon, PartWord, Phrases, Shift, Unit

Found = tuple[Piece, int] | None
Length = tuple[int, int, float]
"""months, days, seconds"""

_LENGTH_OF: dict[Unit, Length] = {
    "second": (0, 0, 1), "minute": (0, 0, 60), "hour": (0, 0, 3600), "day": (0, 1, 0), "week": (0, 7, 0),
    "fortnight": (0, 14, 0), "month": (1, 0, 0), "year": (12, 0, 0),
}  # fmt: skip
_LONGEST_COUNT = 1000


class Reader:
    """Reads pieces of one sentence in one language.

    whole: the sentence should be nothing but a time, so that shapes too weak to be looked for in a sentence count.
    """

    def __init__(self, sentence: Sentence, lexicon: Lexicon, now: datetime, *, whole: bool) -> None:
        self.tokens = sentence.tokens
        self.texts = sentence.texts
        self.words = lexicon
        self.now = now
        self.today = now.date()
        self.whole = whole
        self.french = lexicon.language == "fr"
        self.lead = ""
        self.before: Piece | None = None
        self.rules = (
            self.iso, self.span, self.anchored, self.eve_of, self.nth_of_month, self.edge, self.feast, self.weekday,
            self.numeric_date, self.month_day, self.relative_day, self.week, self.vague_month, self.clock, self.part,
            self.gone, self.bare, self.zone,
        )  # fmt: skip

    def pieces(self, start: int) -> tuple[list[Piece], int]:
        """Every piece from here on, and the position after the last one."""
        found: list[Piece] = []
        position = end = start
        self.before, self.lead = None, self._word_before(start)
        while position < len(self.tokens):
            piece = self.piece(position)
            if piece:
                found.append(piece[0])
                position = end = piece[1]
                self.before, self.lead = piece[0], ""
                continue
            filler = self.words.fillers.match(self.texts, position)
            if not filler:
                break
            self.lead, position = filler
        return found, end

    def _word_before(self, start: int) -> str:
        return self.texts[start - 1] if start else ""

    def fillers_end(self, start: int) -> int:
        """The position after all words that mean nothing for a time."""
        position = start
        while filler := self.words.fillers.match(self.texts, position):
            position = filler[1]
        return position

    def piece(self, start: int) -> Found:
        best: Found = None
        for rule in self.rules:
            found = rule(start)
            if found and (best is None or found[1] > best[1]):
                best = found
        return best

    # -- small steps ---------------------------------------------------------------------------------------------

    def text(self, position: int) -> str:
        return self.texts[position] if 0 <= position < len(self.texts) else ""

    def digits(self, position: int) -> int | None:
        return self.tokens[position].number if 0 <= position < len(self.tokens) else None

    def glued(self, position: int) -> bool:
        return position < len(self.tokens) and self.tokens[position].glued

    def written(self, position: int) -> int:
        """How many characters the token has as typed: `06` has two."""
        return self.tokens[position].end - self.tokens[position].start

    def number(self, position: int) -> tuple[int, int] | None:
        value = self.digits(position)
        if value is not None:
            return value, position + 1
        return self.words.numbers.match(self.texts, position)

    def ordinal(self, position: int) -> tuple[int, int] | None:
        value = self.digits(position)
        if value is None:
            return self.words.ordinals.match(self.texts, position)
        if self.text(position + 1) in self.words.ordinal_endings and self.glued(position + 1):
            return value, position + 2
        return None

    def skip(self, position: int, joins: frozenset[str]) -> int:
        while self.text(position) in joins:
            position += 1
        return position

    def match(self, phrases: Phrases[Piece], position: int) -> Found:
        return phrases.match(self.texts, position)

    # -- whole instants ------------------------------------------------------------------------------------------

    def iso(self, start: int) -> Found:
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

    source = ""

    # -- lengths -------------------------------------------------------------------------------------------------

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
        length = self.length(before[1] if before else start)
        if length is None:
            return None
        after = self.words.span_after.match(self.texts, length[1])
        anchor = self._anchor(before, after)
        if anchor is None and not self._only_a_length(start, length[0], length[1]):
            return None
        if before and not after and before[0] == "base" and self._may_be_clock(start, before[1], length):
            return None
        return self._span(length[0], anchor or "base"), after[1] if after else length[1]

    @staticmethod
    def _anchor(before: tuple[Anchor, int] | None, after: tuple[Anchor, int] | None) -> Anchor | None:
        said = [found[0] for found in (before, after) if found]
        return "base" if "base" in said else "now" if said else None

    def _may_be_clock(self, start: int, number: int, length: tuple[Length, int]) -> bool:
        """`de 18h`, `for 9h` and `d'ici 18h` name an hour of the day; `pendant 18h` never does."""
        return self.text(start) in ("de", "for", "by") and self._hours_only(number, length[0], length[1])

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

    def _only_a_length(self, start: int, length: Length, end: int) -> bool:
        """Whether these words without `dans` or `in` cannot be an hour of the day: `3 jours`, `48h`, `2 hours`."""
        clock = self.clock(start, strict=True)
        if clock is None or clock[1] < end or not isinstance(clock[0], Clock):
            return True
        return not self.french and (self.text(start + 1) not in ("h", "hr") or clock[0].hour < 7)

    @staticmethod
    def _span(length: Length, anchor: Anchor) -> Span:
        months, days, seconds = length
        return Span(months, days, int(seconds), anchor)

    def length(self, start: int) -> tuple[Length, int] | None:
        """`3 jours`, `une heure et demie`, `2 weeks and 3 days` as months, days, seconds."""
        first = self.one_length(start)
        if first is None:
            return None
        total, position = first
        while True:
            joined = position + (self.text(position) in ("et", "and", ","))
            further = self.one_length(joined)
            if further is None:
                return total, position
            months, days, seconds = further[0]
            total, position = (total[0] + months, total[1] + days, total[2] + seconds), further[1]

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
        count = self.count(start)
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
        elif (
            name == "hour"
            and (minutes := self.digits(position)) is not None
            and minutes < 60
            and not self._date_after(position)
        ):
            amount, position = amount + minutes / 60, position + 1
            position += self.words.units.get(self.text(position)) == "minute"
        elif self.text(position) in ("s",) and not self.french:
            position += 1
        if amount != int(amount) and name not in ("hour", "minute", "day"):
            return None
        return self._times(name, amount), position

    def _date_after(self, number: int) -> bool:
        """Whether the number here belongs to what follows: `dans 2 h 15 décembre` is not two hours fifteen."""
        following = self.text(number + 1)
        return (
            following in self.words.months or following in self.words.units and self.words.units[following] != "minute"
        )

    def unit(self, position: int, after_number: int) -> tuple[Unit, int] | None:
        text = self.text(position)
        if text in ("'", '"') and position == after_number:
            return ("minute" if text == "'" else "second"), position + 1
        name = self.words.units.get(text)
        if name is None or (len(text) == 1 and text not in ("h", "j", "d") and not self.glued(position)):
            return None
        return name, position + 1

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
        if days and amount != int(amount):
            return 0, 0, 86400 * days * amount
        return int(months * amount), int(days * amount), seconds * amount

    # -- days counted from another day ---------------------------------------------------------------------------

    def anchored(self, start: int) -> Found:
        """`3 jours après Noël`, `a week from Friday`, `2 weeks before Easter`."""
        length = self.length(start)
        if length is None or length[0][2]:
            return None
        side = self.words.after.match(self.texts, length[1])
        day = self.day(self.skip(side[1], self.words.joins)) if side else None
        if not side or day is None or not isinstance(day[0], On):
            return None
        months, days, _ = length[0]
        return self._on(calendar.add_months(day[0].day, side[0] * months) + timedelta(days=side[0] * days), day[1])

    def eve_of(self, start: int) -> Found:
        """`le lendemain du 13 février`, `the day after Christmas`, `la veille de Noël`."""
        side = self.words.eve.match(self.texts, start)
        day = self.day(self.skip(side[1], self.words.joins)) if side else None
        if not side or day is None or not isinstance(day[0], On):
            return None
        return self._on(day[0].day + timedelta(days=side[0]), day[1])

    def day(self, start: int) -> Found:
        """One day named by itself, resolved."""
        for rule in (self.feast, self.numeric_date, self.month_day, self.weekday, self.relative_day):
            found = rule(start)
            if found is None:
                continue
            resolved = self._resolved(found[0])
            return (On(resolved), found[1]) if resolved else None
        return None

    def _resolved(self, piece: Piece) -> date | None:
        if isinstance(piece, On):
            return piece.day
        if isinstance(piece, Weekday):
            return calendar.next_weekday(self.today, piece.index)
        if isinstance(piece, MonthDay) and piece.month:
            if piece.year:
                return calendar.real_date(piece.year, piece.month, piece.day)
            return calendar.next_date(self.today, piece.month, piece.day)
        if isinstance(piece, MonthDay) and 1 <= piece.day <= 31:
            return calendar.next_day_of_month(self.today, piece.day)
        return None

    @staticmethod
    def _on(day: date, end: int) -> Found:
        return On(day), end

    def relative_day(self, start: int) -> Found:
        found = self.words.days.match(self.texts, start)
        if not found:
            return None
        if found[0] < 0:
            return Past(), found[1]
        position = found[1]
        day = self.today + timedelta(days=found[0])
        later = self.words.after_weekday.match(self.texts, position)
        if later and later[0].weeks:
            return self._on(day + timedelta(weeks=later[0].weeks), later[1])
        return self._on(day, position)

    def feast(self, start: int) -> Found:
        found = self.words.feasts.match(self.texts, start)
        if not found:
            prefix = self.words.before_weekday.match(self.texts, start)
            found = self.words.feasts.match(self.texts, prefix[1]) if prefix else None
        if not found:
            return None
        name, position = found
        year = self.year(self.skip(position, frozenset({"of", "de", ","})))
        if year:
            return self._on(calendar.FEASTS[name](year[0]), year[1])
        return self._on(calendar.next_feast(self.today, name), position)

    def weekday(self, start: int) -> Found:
        before = self.words.before_weekday.match(self.texts, start)
        if before and self._weekday_name(before[1]) is None and self.text(before[1]) in ("le", "on"):
            before = (before[0], before[1] + 1)
        position = before[1] if before else start
        index = self._weekday_name(position)
        if index is None:
            return self.counted_weekdays(start)
        after = self.words.after_weekday.match(self.texts, position + 1)
        if self.words.past_after.match(self.texts, position + 1):
            return Past(), position + 2
        shift = _joined(before[0] if before else Shift(), after[0] if after else Shift())
        return Weekday(index, shift.weeks, shift.of_week), after[1] if after else position + 1

    def _weekday_name(self, position: int) -> int | None:
        text = self.text(position)
        if text in self.words.weekdays:
            return self.words.weekdays[text]
        if text not in self.words.weekday_abbreviations or not self._abbreviated(position):
            return None
        return self.words.weekday_abbreviations[text]

    def _abbreviated(self, position: int) -> bool:
        """`jeu`, `sat` and `mar` are ordinary words as well: in a sentence they need a dot, a number or a part of day."""
        if self.whole or self.tokens[position].dotted or self.digits(position + 1) is not None:
            return True
        return self.words.parts.match(self.texts, position + 1) is not None

    def counted_weekdays(self, start: int) -> Found:
        """`three fridays from now` is the third Friday to come."""
        number = None if self.french else self.number(start)
        if number is None or not 0 < number[0] < 60:
            return None
        index = self._weekday_name(number[1])
        after = self.words.span_after.match(self.texts, number[1] + 1)
        return (Weekday(index, weeks=number[0] - 1), after[1]) if index is not None and after else None

    def week(self, start: int) -> Found:
        found = self.words.weeks.match(self.texts, start)
        if not found:
            return None
        if found[0] >= 0:
            return Week(found[0]), found[1]
        saturday = calendar.weekday_of_week(self.today, calendar.SATURDAY, -1 - found[0])
        return Vague((saturday, saturday + timedelta(days=1))), found[1]

    # -- dates ---------------------------------------------------------------------------------------------------

    def numeric_date(self, start: int) -> Found:
        """`12/12`, `12-12-2026`, `2026-12-12`, `24.12.14`, and in an answer by itself `24 12 2014`."""
        first = self.digits(start)
        if first is None:
            return None
        separator = self.text(start + 1)
        if separator in ("/", "-", "."):
            return self._separated_date(start, first, separator)
        second = self.digits(start + 1)
        if second is None or not self.whole or not self.french or self.glued(start + 1) or not 1 <= second <= 12:
            return None
        if self._hour_follows(start + 1) or not 1 <= first <= 31 or self.lead in self.words.clock_leads:
            return None
        year = self.year(start + 2, short=True)
        return MonthDay(first, second, year[0] if year else None), year[1] if year else start + 2

    def _separated_date(self, start: int, first: int, separator: str) -> Found:
        second = self.digits(start + 2)
        if second is None or self._hour_follows(start + 2):
            return None
        third = self.digits(start + 4) if self.text(start + 3) == separator else None
        if third is None:
            return self._two_numbers(start, first, second, separator)
        if self.written(start) == 4:
            return self._date(third, second, first), start + 5
        if self.written(start + 4) not in (2, 4):
            return None
        return self._date(first, second, _full_year(third, self.written(start + 4))), start + 5

    def _two_numbers(self, start: int, first: int, second: int, separator: str) -> Found:
        """Day and month; `18.30` and `12-15` are hours or ranges rather than dates."""
        if self.text(start + 3) in ("am", "pm") or second > 31 or self.written(start + 2) > 2:
            return None
        if (
            separator == "."
            and (second > 12 or self.lead in self.words.clock_leads)
            and self.lead not in self.words.day_leads
        ):
            return None
        if separator == "-" and second > 12 and self.french:
            return None
        if separator == "." and self.lead not in self.words.day_leads and first < 24:
            return Vague(()), start + 3
        return self._date(first, second, None), start + 3

    def _hour_follows(self, number: int) -> bool:
        """Whether the number here is an hour: `12 12 18h`, `3/12 18:00`."""
        following = self.text(number + 1)
        return following in ("h", ":", "heure", "heures", "am", "pm", "hr") and (
            following != ":" or self.glued(number + 1)
        )

    def _date(self, day: int, month: int, year: int | None) -> Piece:
        """Day first in both languages; an English 2/15, impossible so, is read month first."""
        if month > 12 and day <= 12 and not self.french:
            day, month = month, day
        possible = calendar.real_date(year or 2024, month, day)
        return MonthDay(day, month, year) if possible else Wrong()

    def month_day(self, start: int) -> Found:
        """`le 3 décembre`, `3rd of December 2026`, `December 3`, `le 16`, `the 16th`."""
        return self._day_then_month(start) or self._month_then_day(start) or self._day_alone(start)

    def _day_then_month(self, start: int) -> Found:
        day = self.ordinal(start) or self.number(start)
        if day is None or not 1 <= day[0] <= 31:
            return None
        month = self.month_reference(self.skip(day[1], self.words.joins - {"a", "on"}))
        if month is None or (month[0][1] and self.text(day[1]) == "a"):
            return None
        (year, number), position = month
        return self._calendar_day(day[0], number, year), position

    def _month_then_day(self, start: int) -> Found:
        month = self.words.months.get(self.text(start))
        if month is None:
            return None
        position = self.skip(start + 1, frozenset({"the", "le", "."}))
        day = self.ordinal(position) or self.number(position)
        if day is None or not 1 <= day[0] <= 31 or (day[1] == position + 1 and self._hour_follows(position)):
            return None
        year = self.year(day[1])
        return self._calendar_day(day[0], month, year[0] if year else None), year[1] if year else day[1]

    def _day_alone(self, start: int) -> Found:
        ordinal = self.ordinal(start)
        if ordinal and 1 <= ordinal[0] <= 31:
            said = self.digits(start) is not None or self.lead in self.words.day_leads
            return (MonthDay(ordinal[0]), ordinal[1]) if said else None
        day = self.number(start)
        if day is None or not 1 <= day[0] <= 31 or self._counts_something(start, day[1]):
            return None
        if self.lead in self.words.day_leads and (self.whole or day[0] > 9 or self._until(start)):
            return MonthDay(day[0]), day[1]
        if isinstance(self.before, Weekday) and not self.lead:
            return MonthDay(day[0]), day[1]
        return None

    def _until(self, start: int) -> bool:
        """Whether the article before a small number is part of *jusqu'au*, *pour le*: else `le 2` is a thing's number."""
        return self.text(start - 1) == "au" or self.text(start - 2) in (
            "pour",
            "avant",
            "ici",
            "au",
            "until",
            "by",
            "before",
        )

    def _counts_something(self, start: int, end: int) -> bool:
        following = self.text(end)
        return self._hour_follows(end - 1) or following in self.words.units or following in ("/", "-", ".", "iso")

    def _calendar_day(self, day: int, month: int, year: int | None) -> Piece:
        return MonthDay(day, month, year) if calendar.real_date(year or 2024, month, day) else Wrong()

    def year(self, position: int, *, short: bool = True) -> tuple[int, int] | None:
        """A year of four digits, or of two that are not the hour of what follows."""
        position += self.text(position) == ","
        value = self.digits(position)
        if value is None:
            return None
        size = self.written(position)
        if size == 4 and 1900 <= value <= calendar.LAST_YEAR and not self._hour_follows(position):
            return value, position + 1
        if short and size == 2 and not self._hour_follows(position) and self.text(position + 1) not in self.words.units:
            return _full_year(value, size), position + 1
        return None

    def month_reference(self, position: int) -> tuple[tuple[int | None, int], int] | None:
        """A month by name or as `le mois prochain`: (year or None, month)."""
        month = self.words.months.get(self.text(position))
        if month:
            following = self.skip(position + 1, frozenset({"of", "de", "."}))
            next_year = self.words.years_ahead.match(self.texts, following)
            if next_year and next_year[0]:
                return (self.today.year + next_year[0], month), next_year[1]
            year = self.year(following)
            return ((year[0], month), year[1]) if year else ((None, month), position + 1)
        if self.text(position) == "mois" and self.text(self.skip(position + 1, self.words.joins)) in self.words.months:
            return self.month_reference(self.skip(position + 1, self.words.joins))
        ahead = self.words.months_ahead.match(self.texts, position)
        if ahead is None:
            return None
        first = calendar.add_months(self.today.replace(day=1), ahead[0])
        return (first.year, first.month), ahead[1]

    def nth_of_month(self, start: int) -> Found:
        """`dernier jour d'octobre`, `first Tuesday of December`, `troisième jour du mois prochain`."""
        nth = (-1, start + 1) if self.text(start) in self.words.last else self.ordinal(start)
        if nth is None:
            return None
        weekday = self._weekday_name(nth[1])
        if weekday is None and self.text(nth[1]) not in self.words.day_words:
            return None
        month = self.month_reference(self.skip(nth[1] + 1, self.words.joins))
        if month is None:
            return None
        return next((self._on(day, month[1]) for day in self._nth_days(nth[0], weekday, *month[0])), None)

    def _nth_days(self, nth: int, weekday: int | None, year: int | None, month: int) -> Iterator[date]:
        for candidate in (year,) if year else (self.today.year, self.today.year + 1):
            if weekday is not None:
                day = calendar.nth_weekday(candidate, month, weekday, nth)
            else:
                last = calendar.month_length(candidate, month)
                day = calendar.real_date(candidate, month, last if nth < 0 else nth)
            if day and (year or day >= self.today):
                yield day

    def edge(self, start: int) -> Found:
        """The end of a month, week or year is its last day (of a week: Friday); its start or middle is asked about."""
        short = {"eom": "month", "eow": "week", "eoy": "year"}.get(self.text(start))
        if short:
            return self._on(self._end_of(short), start + 1)
        end = self.words.end_of.match(self.texts, start)
        vaguely = None if end else self.words.vaguely_of.match(self.texts, start)
        head = end or vaguely
        if head is None:
            return None
        stretch = self._stretch(self.skip(head[1], self.words.joins))
        if stretch is None:
            return None
        (first, last, friday), position = stretch
        if end:
            return self._on(friday or last, position)
        middle = first + timedelta(days=(vaguely[0] if vaguely else 1) - 1)
        return Vague((min(middle, last),)), position

    def _end_of(self, name: str) -> date:
        if name == "week":
            return calendar.weekday_of_week(self.today, calendar.FRIDAY, 0)
        month = 12 if name == "year" else self.today.month
        return date(self.today.year, month, calendar.month_length(self.today.year, month))

    def _stretch(self, position: int) -> tuple[tuple[date, date, date | None], int] | None:
        """First and last day of a week, month or year, and the Friday of a week."""
        month = self.month_reference(position)
        if month:
            (year, number), position = month
            if year is None:
                year = self.today.year + (number < self.today.month)
            return (date(year, number, 1), date(year, number, calendar.month_length(year, number)), None), position
        years = self.words.years_ahead.match(self.texts, position)
        if years:
            year = self.today.year + years[0]
            return (date(year, 1, 1), date(year, 12, 31), None), years[1]
        return self._week_stretch(position)

    def _week_stretch(self, position: int) -> tuple[tuple[date, date, date | None], int] | None:
        week = self.words.weeks.match(self.texts, position)
        if week is None and self.text(position) in ("semaine", "week"):
            week = (0, position + 1)
        if week is None or week[0] < 0:
            return None
        monday = calendar.weekday_of_week(self.today, calendar.MONDAY, week[0])
        return (monday, monday + timedelta(days=6), monday + timedelta(days=4)), week[1]

    def vague_month(self, start: int) -> Found:
        """A month or year alone names no day: asked about, its first and last offered."""
        if self.text(start) in ("mar", "dec", "may", "sep", "jan") and not self.whole:
            return None
        month = self.month_reference(start) or self.month_reference(self.skip(start, self.words.joins))
        if month is None:
            return None
        if not self.whole and self.text(start) in ("mois", "month"):
            return None
        (year, number), position = month
        if year is None:
            year = self.today.year + (number < self.today.month)
        last = date(year, number, calendar.month_length(year, number))
        return Vague((last.replace(day=1), last)), position

    # -- clocks --------------------------------------------------------------------------------------------------

    def clock(self, start: int, *, strict: bool = False) -> Found:
        """An hour of the day. strict: only forms with `h`, as a length has them too."""
        if strict:
            return self.hour_sign(start)
        return (
            self.noon_or_midnight(start)
            or self.past_or_to(start)
            or self.colon(start)
            or self.hour_sign(start)
            or self.run_together(start)
            or self.spoken_minutes(start)
            or self.hour_half(start)
            or self.hour_after_lead(start)
        )

    def noon_or_midnight(self, start: int) -> Found:
        text = self.text(start)
        if text in ("midi", "noon", "midday"):
            return self._minutes_after(Clock(12), start + 1)
        if text in ("minuit", "midnight"):
            return self._minutes_after(Clock(0, midnight=True), start + 1)
        return None

    def past_or_to(self, start: int) -> Found:
        """English: `half past five`, `a quarter to six`, `20 past 3pm`, `half three`."""
        if self.french:
            return None
        position = start + (self.text(start) == "a" and self.text(start + 1) == "quarter")
        minutes = self._spoken_fraction(position)
        if minutes is None:
            return None
        amount, position = minutes
        side = self.text(position)
        if side in ("past", "after"):
            return self._hour_plus(position + 1, amount)
        if side in ("to", "before", "of", "til", "till"):
            return self._hour_plus(position + 1, -amount)
        return self._hour_plus(position, 30) if self.text(start) == "half" and self.number(position) else None

    def _spoken_fraction(self, position: int) -> tuple[int, int] | None:
        if self.text(position) in ("half", "quarter"):
            return (30 if self.text(position) == "half" else 15), position + 1
        number = self.number(position)
        if number is None or not 0 < number[0] < 60:
            return None
        return number[0], number[1] + (self.text(number[1]) in ("minutes", "minute", "min", "mins"))

    def _hour_plus(self, position: int, minutes: int) -> Found:
        hour = (
            self.noon_or_midnight(position)
            or self.colon(position)
            or self.hour_half(position)
            or self._plain_hour(position)
        )
        if hour is None or not isinstance(hour[0], Clock) or hour[0].minute:
            return None
        return _moved(hour[0], minutes), hour[1]

    def _plain_hour(self, position: int) -> Found:
        number = self.number(position)
        if number is None or number[0] > 23:
            return None
        return self._clock(number[0], 0, None, fine=False), number[1]

    def colon(self, start: int) -> Found:
        """`18:30`, `6:30 pm`, `15:23:24`, `6.30 pm`."""
        hour, minute = self.digits(start), self.digits(start + 2)
        separator = self.text(start + 1)
        if hour is None or minute is None or separator not in (":", ".") or self.written(start + 2) != 2:
            return None
        position, second = start + 3, 0
        if separator == ":" and self.text(position) == ":" and self.digits(position + 1) is not None:
            second, position = self.digits(position + 1) or 0, position + 2
        half, position = self.meridiem(position)
        if separator == "." and not half and not self._dotted_hour(start, minute):
            return None
        if hour > 24 or minute > 59 or second > 59 or (half and not 1 <= hour <= 12):
            return None
        return self._clock(hour, minute, half, second=second, padded=self.written(start) == 2 and hour < 10), position

    def _dotted_hour(self, start: int, minute: int) -> bool:
        return self.text(start + 3) != "." and (minute > 12 or self.lead in self.words.clock_leads)

    def hour_sign(self, start: int) -> Found:
        """`18h`, `18 h 30`, `six heures et quart`, `18h30mn`."""
        number = self.number(start)
        if number is None or number[0] > 24 or self.words.units.get(self.text(number[1])) != "hour":
            return None
        hour, sign = number
        if not self.french and (not self.glued(sign) or self.text(sign) != "h"):
            return None
        if (
            hour == 24
            and self.lead not in self.words.clock_leads
            and not isinstance(self.before, On | Weekday | MonthDay)
        ):
            return None
        loose = hour < 7 and self.lead not in self.words.clock_leads
        return self._after_hour_sign(self._clock(hour, 0, None, fine=False, padded=True, loose=loose), sign)

    def _after_hour_sign(self, clock: Clock, sign: int) -> Found:
        position = sign + 1
        minute = self.digits(position)
        if (
            minute is not None
            and minute < 60
            and not self._date_after(position)
            and self.text(position + 1) not in ("/", ".")
        ):
            if self.written(position) <= 2 and (self.glued(position) or not self._hour_follows(position)):
                clock, position = _moved(clock, minute, fine=True), position + 1
                position += self.text(position) in ("m", "mn", "min", "minutes", "mins")
                position += self.glued(position) and self.digits(position) is not None
                position += self.text(position) == "s"
        else:
            further = self._minutes_after(clock, position)
            if further and isinstance(further[0], Clock):
                clock, position = further[0], further[1]
        half, position = self.meridiem(position)
        return _with_half(clock, half), position

    def _minutes_after(self, clock: Clock, position: int) -> Found:
        """French: `et quart`, `et demie`, `moins le quart`, `trente`, `passé de 15 minutes` after an hour."""
        text = self.text(position)
        if not self.french:
            return clock, position
        if text in ("et", "moins", "passe", "passee", "passees"):
            return self._french_minutes(clock, position) or (clock, position)
        if self.text(position + 1) in ("quarts", "quart") and text in ("trois", "3"):
            return _moved(clock, 45), position + 2
        number = self.number(position) if self.digits(position) is None or clock.minute == 0 else None
        if (
            number is None
            or not 0 < number[0] < 60
            or self._date_after(number[1] - 1)
            or self._hour_follows(number[1] - 1)
        ):
            return clock, position
        if self.text(number[1]) in ("/", ".", "-"):
            return clock, position
        return _moved(clock, number[0]), number[1] + (self.text(number[1]) in ("min", "mn", "minutes", "minute"))

    def _french_minutes(self, clock: Clock, position: int) -> Found:
        sign = -1 if self.text(position) == "moins" else 1
        position = self.skip(position + 1, frozenset({"le", "un", "de"}))
        if self.text(position) == "quart":
            return _moved(clock, 15 * sign), position + 1
        if self.text(position) in ("demi", "demie") and sign > 0:
            return _moved(clock, 30), position + 1
        if self.text(position) in ("trois", "3") and self.text(position + 1) in ("quarts", "quart"):
            return _moved(clock, 45), position + 2
        number = self.number(position)
        if number is None or not 0 < number[0] < 60:
            return None
        return _moved(clock, sign * number[0]), number[1] + (self.text(number[1]) in ("min", "mn", "minutes", "minute"))

    def run_together(self, start: int) -> Found:
        """`730 pm`, `at 1030`: three or four digits without a sign."""
        value = self.digits(start)
        if value is None or self.written(start) not in (3, 4) or self.text(start + 1) in ("/", "-", ":", "."):
            return None
        half, position = self.meridiem(start + 1)
        position += self.text(position) in ("ish", "hours", "hrs")
        hour, minute = divmod(value, 100)
        if minute > 59 or hour > 23 or (half and not 1 <= hour <= 12):
            return None
        if not half and self.lead not in self.words.clock_leads or self.french and not half:
            return None
        return self._clock(hour, minute, half, padded=self.written(start) == 4 and hour < 10), position

    def spoken_minutes(self, start: int) -> Found:
        """English: `ten thirty am`, `at three twenty`, `at 3 15`."""
        hour = None if self.french else self.number(start)
        minute = self.number(hour[1]) if hour else None
        if hour is None or minute is None or not 1 <= hour[0] <= 12 or not 10 <= minute[0] < 60:
            return None
        half, position = self.meridiem(minute[1])
        if not half and self.lead not in ("at", "around", "about", "by"):
            return None
        if self._date_after(minute[1] - 1) or self._hour_follows(minute[1] - 1) and not half:
            return None
        return self._clock(hour[0], minute[0], half), position

    def hour_half(self, start: int) -> Found:
        """`6 pm`, `six o'clock`, `3ish pm`, `3 in the pm`."""
        number = self.number(start)
        if number is None or not 1 <= number[0] <= 12:
            return None
        position = number[1]
        oclock = self.text(position) == "o" and self.text(position + 1) == "clock"
        position += 2 if oclock else 1 if self.text(position) in ("oclock", "ish") else 0
        half, end = self.meridiem(position)
        if not half and position == number[1]:
            return None
        return self._clock(number[0], 0, half, fine=False), end

    def meridiem(self, position: int) -> tuple[str | None, int]:
        text = self.text(position)
        if text in ("am", "pm"):
            return text, position + 1
        if text in ("a", "p") and self.glued(position):
            return f"{text}m", position + 1
        if text == "in" and self.text(position + 1) == "the" and self.text(position + 2) in ("am", "pm"):
            return self.text(position + 2), position + 3
        return None, position

    def hour_after_lead(self, start: int) -> Found:
        """`à 7`, `at six`, `vers 18`: a number alone, after a word that announces an hour."""
        number = self.number(start)
        if number is None or number[0] > 24 or self.lead not in self.words.clock_leads:
            return None
        if self._counts_something(start, number[1]) or self.text(number[1]) in self.words.months:
            return None
        if self.lead in ("for", "avant", "before") and not self.before:
            return None
        position = number[1] + (self.text(number[1]) == "ish")
        return self._clock(number[0], 0, None, fine=False), position

    def _clock(
        self,
        hour: int,
        minute: int,
        half: str | None,
        *,
        second: int = 0,
        fine: bool = True,
        padded: bool = False,
        loose: bool = False,
    ) -> Clock:
        said: Literal["am", "pm"] | None = "am" if half == "am" else "pm" if half == "pm" else None
        exact = self.french or padded or hour > 12 or hour == 0
        return Clock(hour, minute, second, said, exact, loose, fine or bool(minute))

    # -- the rest ------------------------------------------------------------------------------------------------

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
        return (Past(), after[1]) if after else None

    def bare(self, start: int) -> Found:
        if not self.whole and not isinstance(self.before, PartWord):
            return None  # in a sentence a lone number counts things, or is the number of a loan
        number = self.number(start)
        if number is None or number[0] > 24 or self._counts_something(start, number[1]):
            return None
        return Bare(number[0]), number[1]

    def zone(self, start: int) -> Found:
        minutes = self.words.zones.get(self.text(start))
        return (Zone(minutes), start + 1) if minutes is not None and isinstance(self.before, Clock) else None


def _joined(before: Shift, after: Shift) -> Shift:
    of_week = after.of_week if after.of_week is not None else before.of_week
    return Shift(before.weeks + after.weeks, of_week)


def _full_year(value: int, size: int) -> int:
    return value if size > 2 else 2000 + value if value < 70 else 1900 + value


def _moved(clock: Clock, minutes: int, *, fine: bool = True) -> Clock:
    """So many minutes later or earlier, round the clock; `midi moins cinq` is 11:55."""
    total = (clock.hour * 60 + clock.minute + minutes) % 1440
    hour = total // 60 or (12 if clock.hour in (12, 1) and not clock.exact else 0)
    return Clock(hour, total % 60, clock.second, clock.half, clock.exact, clock.loose, fine, clock.midnight)


def _with_half(clock: Clock, half: str | None) -> Clock:
    if half is None or not 1 <= clock.hour <= 12:
        return clock
    said: Literal["am", "pm"] = "am" if half == "am" else "pm"
    return Clock(clock.hour, clock.minute, clock.second, said, clock.exact, False, clock.fine, clock.midnight)
