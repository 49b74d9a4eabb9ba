"""Dates: `12/12`, `le 3 décembre`, `first Tuesday of May`, days of the week and feasts."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from bot.core import duecalendar as calendar
from bot.core.duelengths import Lengths
from bot.core.duelexicon import SOME_DAY, PartWord, Shift
from bot.core.duepieces import Clock, MonthDay, On, Past, Piece, Vague, Weekday, Wrong
from bot.core.duesteps import Found

_FRACTIONS = frozenset({(1, 2), (1, 3), (2, 3), (1, 4), (3, 4)})
_NOONS = frozenset({"midi", "minuit", "noon", "midnight"})
_LAST_WORDS = frozenset({"", "svp", "stp", "merci", "please", "pls", "plz", "thanks", "thx", "ok"})
_BEFORE_A_DAY = frozenset({"until", "till", "til", "by", "next", "this", "coming", "to"})
# English ones that are no other word: *thurs*, not *sat* nor *wed*.
_SURE_DAYS = frozenset({"thurs", "thur", "tues", "weds", "fri"})
_UNTIL_A_DATE = frozenset({"until", "till", "til", "by", "before", "to"})
_UNTIL = frozenset({"pour", "avant", "ici", "au", "until", "by", "before"})


class Dates(Lengths):
    """The rules for a date of the calendar or a day of the week."""

    def weekday(self, start: int) -> Found:
        """`lundi`, `lundi prochain`, `next monday`; a past one is Past."""
        before = self.words.before_weekday.match(self.texts, start)
        if before and self._weekday_name(before[1]) is None and self.text(before[1]) in ("le", "on"):
            before = (before[0], before[1] + 1)
        position = before[1] if before else start
        index = self._weekday_name(position)
        if index is None:
            return self.counted_weekdays(start)
        after = self.words.after_weekday.match(self.texts, position + 1)
        past = self.words.past_after.match(self.texts, position + 1)
        if past and past[0]:
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
        """`jeu`, `sat` and `mar` are ordinary words too: in a sentence they need a dot, a number, *jusqu'à* or *next*
        before them, or the time of day on either side: `6pm fri`, `ven midi`."""
        if self.whole or self.tokens[position].dotted or self.digits(position + 1) is not None:
            return True
        if self.text(position) in _SURE_DAYS and not self.french and not self._names_a_thing(position + 1):
            return True
        if self.text(position + 1) in _NOONS or self.words.parts.match(self.texts, position + 1) is not None:
            return True
        return self._led_to_day(position) or self._ends_a_time(position)

    def _ends_a_time(self, position: int) -> bool:
        """`6pm fri`, and no more: *à 18h mon frère passe* and *à 18h, Sam sera là* say something else."""
        before = self.before
        told = isinstance(before, Clock) or (isinstance(before, PartWord) and before.name == "day_end")
        last = self.lead in ("", "on") and self.text(position + 1) in _LAST_WORDS
        return told and last and self._right_behind(position)

    def _led_to_day(self, position: int) -> bool:
        before = self.text(position - 1)
        if self._names_a_thing(position + 1):
            return False
        if self.french:
            return before == "jusqua" or (before in ("a", "au") and self.text(position - 2) in ("jusqu", "jusque"))
        return before in _BEFORE_A_DAY

    def _right_behind(self, position: int) -> bool:
        """Nothing but a space before it."""
        return not self.source[self.tokens[position - 1].end : self.tokens[position].start].strip()

    def counted_weekdays(self, start: int) -> Found:
        """`three fridays from now` is the third Friday to come."""
        number = None if self.french else self.number(start)
        if number is None or not 0 < number[0] < 60:
            return None
        index = self._weekday_name(number[1])
        after = self.words.span_after.match(self.texts, number[1] + 1)
        return (Weekday(index, weeks=number[0] - 1), after[1]) if index is not None and after else None

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
        if self.written(start + 4) not in (2, 4) or self._may_be_version(start, separator):
            return None
        return self._date(first, second, _full_year(third, self.written(start + 4))), start + 5

    def _may_be_version(self, start: int, separator: str) -> bool:
        """`1.1.30` in a sentence."""
        return separator == "." and not self.whole and self.written(start + 4) == 2 and not self.announced()

    def _two_numbers(self, start: int, first: int, second: int, separator: str) -> Found:
        """Day and month; `18.30` and `12-15` are hours or ranges rather than dates."""
        if self.text(start + 3) in ("am", "pm") or second > 31 or self.written(start + 2) > 2:
            return None
        led = self.lead in self.words.day_leads
        if separator == "." and not led:
            clock = second > 12 or self.lead in self.words.clock_leads or not self.whole
            if clock or first < 24:
                return None if clock else (Vague(()), start + 3)
        if separator == "-" and not led and self._may_be_range(start, second):
            return None
        led = led or self.lead in _UNTIL_A_DATE
        if not (self.whole or led or isinstance(self.before, Weekday)) and (first, second) in _FRACTIONS:
            return None
        return self._date(first, second, None), start + 3

    def _may_be_range(self, start: int, second: int) -> bool:
        """`7 - 8`, `12-15`, and in a sentence `3-2`, the score; an English 2-15 can be nothing but a date."""
        if not self.whole or (second <= 12 and not self.glued(start + 1)):
            return True
        return second > 12 and self.french

    def _date(self, day: int, month: int, year: int | None) -> Piece:
        """Day first in both languages; an English 2/15, impossible so, is read month first."""
        if month > 12 and day <= 12 and not self.french:
            day, month = month, day
        possible = calendar.real_date(year or 2024, month, day)
        return MonthDay(day, month, year, swaps=not self.french and day <= 12) if possible else Wrong()

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
        if self.text(position - 1) in ("mois", "month") and self.text(position - 2) in self.words.joins:
            return MonthDay(day[0]), position  # `le 15 du mois` is the coming one
        return self._calendar_day(day[0], number, year), position

    def _month_then_day(self, start: int) -> Found:
        month = self.words.months.get(self.text(start))
        if month is None or (self.lead in ("a", "vers") and self.number(start)):
            return None  # `à sept trente` is no 30 September
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
            if not self.whole and self._names_a_thing(ordinal[1]):
                return None
            return (MonthDay(ordinal[0]), ordinal[1]) if said else None
        day = self.number(start)
        if day is None or not 1 <= day[0] <= 31 or self._counts_something(day[1]):
            return None
        leads = self.words.day_leads - (set() if self.whole else {"on"})
        if self.lead in leads and not self.whole and self._names_a_thing(day[1]):
            return None
        if self.lead in leads and (self.whole or day[0] > 9 or self._until(start) or self._evening_of(day[1])):
            return MonthDay(day[0]), day[1]
        if isinstance(self.before, Weekday) and not self.lead:
            return MonthDay(day[0]), day[1]
        return None

    def _names_a_thing(self, end: int) -> bool:
        """`the first drill`, `au 12 rue des Lilas`: a word follows that has nothing to do with time."""
        following = self.text(end)
        return following.isalpha() and following not in self.words.known

    def _evening_of(self, end: int) -> bool:
        """`le 5 au soir`: no thing has an evening."""
        return self.text(end) == "au" and self.text(end + 1) in ("soir", "matin")

    def _until(self, start: int) -> bool:
        """Whether a small number's article is part of *jusqu'au*, *pour le*: else `le 2` is a thing's number."""
        return self.text(start - 1) == "au" or self.text(start - 2) in _UNTIL

    def _calendar_day(self, day: int, month: int, year: int | None) -> Piece:
        return MonthDay(day, month, year) if calendar.real_date(year or 2024, month, day) else Wrong()

    def year(self, position: int, *, short: bool = True) -> tuple[int, int] | None:
        """A year of four digits, or of two that are not the hour of what follows."""
        joined = self.text(position) in ("/", "-")
        position += joined or self.text(position) in (",", "of")
        value = self.digits(position)
        if value is None:
            return None
        size = self.written(position)
        if size == 4 and 1900 <= value <= calendar.LAST_YEAR and not self._hour_follows(position):
            return value, position + 1
        if (
            short
            and size == 2
            and not joined
            and not self._hour_follows(position)
            and self.text(position + 1) not in self.words.units
        ):
            return _full_year(value, size), position + 1
        return None

    def month_reference(self, position: int) -> tuple[tuple[int | None, int], int] | None:
        """A month by name or as `le mois prochain`: (year or None, month)."""
        if self.text(position) in ("ce", "this") and self.text(position + 1) in self.words.months:
            position += 1
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
        return next(((On(day), month[1]) for day in self._nth_days(nth[0], weekday, *month[0])), None)

    def _nth_days(self, nth: int, weekday: int | None, year: int | None, month: int) -> Iterator[date]:
        for candidate in (year,) if year else (self.today.year, self.today.year + 1):
            if weekday is not None:
                day = calendar.nth_weekday(candidate, month, weekday, nth)
            else:
                last = calendar.month_length(candidate, month)
                day = calendar.real_date(candidate, month, last if nth < 0 else nth)
            if day and (year or day >= self.today):
                yield day

    def feast(self, start: int) -> Found:
        """`Noël`, `le 14 juillet 2027`, `Easter Monday`: without a year the next one."""
        found = self.words.feasts.match(self.texts, start)
        if not found:
            prefix = self.words.before_weekday.match(self.texts, start)
            found = self.words.feasts.match(self.texts, prefix[1]) if prefix else None
        if not found:
            return None
        name, position = found
        if name == SOME_DAY:
            return Vague((), named=True), position
        following = self.skip(position, frozenset({"of", "de", "d", "l", ","}))
        if ahead := self.words.years_ahead.match(self.texts, following):
            return On(calendar.FEASTS[name](self.today.year + ahead[0])), ahead[1]
        year = self.year(following)
        if year:
            return On(calendar.FEASTS[name](year[0])), year[1]
        return On(calendar.next_feast(self.today, name)), position


def _joined(before: Shift, after: Shift) -> Shift:
    of_week = after.of_week if after.of_week is not None else before.of_week
    return Shift(before.weeks + after.weeks, of_week)


def _full_year(value: int, size: int) -> int:
    return value if size > 2 else 2000 + value if value < 70 else 1900 + value
