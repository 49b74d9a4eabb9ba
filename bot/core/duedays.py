"""Days named by their distance from another: `après-demain`, `3 jours après Noël`, `the end of next month`."""

from __future__ import annotations

from datetime import date, timedelta

from bot.core import duecalendar as calendar
from bot.core.duedates import Dates
from bot.core.duepieces import MonthDay, On, Past, Piece, Vague, Week, Weekday
from bot.core.duesteps import Found


class Days(Dates):
    """The rules for a day counted from today or from another day."""

    def anchored(self, start: int) -> Found:
        """`3 jours après Noël`, `a week from Friday`, `2 weeks before Easter`."""
        length = self.length(start)
        if length is None or length[0][2]:
            return None
        side = self.words.after.match(self.texts, length[1]) or self._week_today(length[1])
        day = self.day(self.skip(side[1], self.words.joins)) if side else None
        if not side or day is None or not isinstance(day[0], On):
            return None
        months, days, _ = length[0]
        return On(calendar.add_months(day[0].day, side[0] * months) + timedelta(days=side[0] * days)), day[1]

    def _week_today(self, position: int) -> tuple[int, int] | None:
        """English: `a week today`, `two weeks tomorrow`."""
        return (1, position) if self.text(position) in ("today", "tomorrow") else None

    def weekday_after(self, start: int) -> Found:
        """`le lundi après Noël`, `third Tuesday after Christmas`."""
        nth, position = self.ordinal(start) or (1, start)
        index = self._weekday_name(position)
        if index is None or self.text(position + 1) not in ("apres", "after", "following"):
            return None
        if self.words.days.match(self.texts, position + 1):
            return None  # `vendredi après-demain` are two words for one day
        day = self.day(self.skip(position + 2, self.words.joins))
        if day is None or not isinstance(day[0], On):
            return None
        return On(calendar.next_weekday(day[0].day, index) + timedelta(weeks=nth - 1)), day[1]

    def eve_of(self, start: int) -> Found:
        """`le lendemain du 13 février`, `the day after Christmas`, `la veille de Noël`."""
        side = self.words.eve.match(self.texts, start)
        day = self.day(self.skip(side[1], self.words.joins)) if side else None
        if not side or day is None or not isinstance(day[0], On):
            return None
        return On(day[0].day + timedelta(days=side[0])), day[1]

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

    def relative_day(self, start: int) -> Found:
        """`demain`, `après-demain`, `demain en huit`; yesterday is Past."""
        found = self.words.days.match(self.texts, start)
        if not found:
            return None
        if found[0] < 0:
            return Past(), found[1]
        position = found[1]
        day = self.today + timedelta(days=found[0])
        later = self.words.after_weekday.match(self.texts, position)
        if later and later[0].weeks:
            return On(day + timedelta(weeks=later[0].weeks)), later[1]
        return On(day), position

    def week(self, start: int) -> Found:
        found = self.words.weeks.match(self.texts, start)
        if not found:
            return None
        if found[0] >= 0:
            return Week(found[0]), found[1]
        saturday = calendar.weekday_of_week(self.today, calendar.SATURDAY, -1 - found[0])
        return Vague((saturday, saturday + timedelta(days=1))), found[1]

    def edge(self, start: int) -> Found:
        """The end of a month, week or year is its last day (of a week: Friday); its start or middle is asked about."""
        short = {"eom": "month", "eow": "week", "eoy": "year"}.get(self.text(start))
        if short:
            return On(self._end_of(short)), start + 1
        if self.text(start) in ("month", "year") and self.text(start + 1) == "end":
            return On(self._end_of(self.text(start))), start + 2
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
            return On(friday or last), position
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
        if not self.whole and self.text(start) in self.words.months and not self.announced():
            return None  # Mai, Avril and April are first names too
        named = self.skip(start, self.words.joins)
        if self.number(named) and {self.lead, self.text(start)} & self.words.clock_leads:
            return None  # `à sept`, not September
        month = self.month_reference(start) or self.month_reference(named)
        if month is None:
            return None
        if not self.whole and self.text(start) in ("mois", "month"):
            return None
        (year, number), position = month
        if year is None:
            year = self.today.year + (number < self.today.month)
        last = date(year, number, calendar.month_length(year, number))
        return Vague((last.replace(day=1), last)), position
