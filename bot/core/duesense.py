"""What the pieces of a due time mean together: one instant, or why there is none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo

from bot.core import duecalendar as calendar
from bot.core.due import Due, Grain, Unclear
from bot.core.duelexicon import PartName, PartWord
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
    Span,
    Vague,
    Week,
    Weekday,
    WinterTime,
    Wrong,
    Zone,
)
from bot.core.records import record
from bot.core.zones import country_of

FIRST_HOUR, LAST_HOUR = 7, 22  # an English hour without am or pm is the next one between these
LONGEST_YEARS = 100
MOST_SIDES = 8  # of what an `Either` leaves open: nobody chooses among more
SOME_DAY = ("un jour", "one day")  # a day more where a due time stands, else as good as never

# Brought back "in the morning" means before noon: the end of a part of the day, as somebody at a desk means it.
MONTH_FIRST = frozenset("US AS CA FM GU MH MP PH PR PW VI".split())  # countries where English has it so, too
PART_ENDS: dict[PartName, int] = {
    "early_morning": 9, "morning": 12, "mid_morning": 10, "late_morning": 12, "noon": 12, "early_afternoon": 14,
    "afternoon": 18, "mid_afternoon": 16, "late_afternoon": 18, "early_evening": 19, "evening": 20, "late_evening": 22,
    "night": 22,
}  # fmt: skip
LATE_PARTS = frozenset({
    "early_afternoon", "afternoon", "mid_afternoon", "late_afternoon", "early_evening", "evening", "late_evening",
    "night",
})  # fmt: skip


@record(frozen=True, slots=True)
class Frame:
    """The context in which a time is read. `french`: hours are on the 24-hour clock."""

    now: datetime
    closing: time
    base: datetime | None
    french: bool


def meaning(pieces: Sequence[Piece], frame: Frame, understood: str) -> Due | Unclear:
    """The instant that these pieces name."""
    if any(isinstance(p, Past) for p in pieces):
        return Unclear("past")
    if any(isinstance(p, Wrong) for p in pieces):
        return Unclear("impossible")
    if two := _read_both_ways(pieces, frame):
        readings = [meaning(way, frame, understood) for way in two]
        days = tuple(found for found in readings if isinstance(found, Due))
        return days[0] if len(days) == 1 else Unclear("ambiguous" if days else "past", days)
    sides = [side for p in pieces if isinstance(p, Either) for side in p.sides]
    if sides:
        others = [p for p in pieces if not isinstance(p, Either)]
        dues = (meaning([*others, *side], frame, understood) for side in sides[:MOST_SIDES])
        return Unclear("ambiguous", tuple(due for due in dues if isinstance(due, Due)))
    try:
        found = _Sense(pieces, frame, understood).due()
        return _after_base(pieces, frame, understood) or found if _before_base(found, frame) else found
    except (OverflowError, ValueError):
        return Unclear("impossible")


def _read_both_ways(pieces: Sequence[Piece], frame: Frame) -> tuple[list[Piece], ...]:
    """`05/12` in English, day first and month first, where both are written; nothing where a weekday tells which."""
    day = next((p for p in pieces if isinstance(p, MonthDay) and p.swaps and p.month and p.day != p.month), None)
    if day is None or any(isinstance(p, Weekday) for p in pieces) or not month_first(frame.now):
        return ()
    ways = (MonthDay(day.day, day.month, day.year), MonthDay(day.month or 0, day.day, day.year))
    return tuple([way if p is day else p for p in pieces] for way in ways)


def month_first(now: datetime) -> bool:
    """Whether English puts the month first where this clock is."""
    return isinstance(now.tzinfo, ZoneInfo) and country_of(now.tzinfo) in MONTH_FIRST


def _before_base(found: Due | Unclear, frame: Frame) -> bool:
    if frame.base is None or not calendar.is_after(frame.base, frame.now):
        return False
    return not calendar.is_after(found.at, frame.base) if isinstance(found, Due) else found.why == "past"


def _after_base(pieces: Sequence[Piece], frame: Frame, understood: str) -> Due | None:
    """More time until *lundi*, of a thing due on Friday: the Monday after that Friday. None for what names its own day
    (*demain*, *le 25*, *lundi de la semaine prochaine*) or is counted from now, even when that is before the due
    time."""
    if frame.base is None or not all(_comes_round(piece) for piece in pieces):
        return None
    later = _Sense(pieces, replace(frame, now=frame.base), understood).due()
    return later if isinstance(later, Due) else None


def _comes_round(piece: Piece) -> bool:
    if isinstance(piece, Weekday):
        return piece.of_week is None and not piece.weeks
    return not piece.today if isinstance(piece, PartWord) else isinstance(piece, Clock | SameHour | Bare)


class _Sense:
    def __init__(self, pieces: Sequence[Piece], frame: Frame, understood: str) -> None:
        self.frame = frame
        self.understood = understood
        self.days = [p for p in pieces if isinstance(p, On | Weekday | MonthDay)]
        self.weeks = [p for p in pieces if isinstance(p, Week)]
        self.vague = [p for p in pieces if isinstance(p, Vague)]
        self.clocks = [p for p in pieces if isinstance(p, Clock)]
        self.parts = [p for p in pieces if isinstance(p, PartWord)]
        self.spans = [p for p in pieces if isinstance(p, Span)]
        self.moments = [p for p in pieces if isinstance(p, Moment)]
        self.zones = [p for p in pieces if isinstance(p, Zone)]
        self.bares = [p for p in pieces if isinstance(p, Bare)]
        self.same_hour = any(isinstance(p, SameHour) for p in pieces)
        self.winter = any(isinstance(p, WinterTime) for p in pieces)
        self.beyond = any(isinstance(p, Beyond) for p in pieces)
        self.stretch = _is_stretch(pieces)

    def due(self) -> Due | Unclear:
        """One due time, or why there is none: nothing said, two things at once, or no end (*après vendredi*)."""
        found = self._one()
        if self.beyond and isinstance(found, Due) and found.grain is Grain.DAY:
            day = found.at.date()
            return self._which_of([day, day + timedelta(days=1)])
        return found

    def _one(self) -> Due | Unclear:
        if self.moments:
            return self._checked(self.moments[0].at, Grain.MINUTE)
        if self.stretch and not self.days:
            return Unclear("ambiguous")
        if self.spans:
            return self._from_span()
        if len(self.clocks) > 1 or len(self.parts) > 1 or len(self.bares) > 1:
            return Unclear("ambiguous")
        day = self._day()
        if isinstance(day, Unclear):
            return day
        clock = self._clock(with_day=day is not None)
        if isinstance(clock, Unclear):
            return clock
        if day is None and clock is None and not self.parts:
            return Unclear("nothing")
        found = self._at(day, clock)
        if isinstance(found, Due) and day is not None and self._just_gone(day):
            return Unclear("past", (found,))
        return found

    def _just_gone(self, day: date) -> bool:
        """`20/11`, said on 23 November: hardly a day of next year."""
        bare = len(self.days) == 1 and isinstance(said := self.days[0], MonthDay) and said.month and said.year is None
        return bool(bare) and day - self.frame.now.date() > calendar.YEAR_NEEDED

    # --- lengths ---------------------------------------------------------------------------------

    def _from_span(self) -> Due | Unclear:
        elsewhere = [d for d in self.days if not (isinstance(d, On) and d.day == self.frame.now.date())]
        if len(self.spans) > 1 or elsewhere or self.weeks or self.vague:
            return Unclear("ambiguous")
        span = self.spans[0]
        based = span.anchor == "base" and self.frame.base is not None
        start = self.frame.base if based and self.frame.base is not None else self.frame.now
        if span.seconds and not (self.clocks or self.parts):
            day = calendar.add_months(start.date(), span.months) + timedelta(days=span.days)
            begun = calendar.instant(day, start.timetz().replace(tzinfo=None), start) if day != start.date() else start
            at = calendar.elapsed(begun, timedelta(seconds=span.seconds))
            return self._checked(at.replace(second=0, microsecond=0), Grain.MINUTE)
        if span.seconds:
            return Unclear("ambiguous")
        day = calendar.add_months(start.date(), span.months) + timedelta(days=span.days)
        if not based and self.understood.lower() in SOME_DAY:
            return Unclear("ambiguous", (self._closing(day),))
        if self.clocks or self.parts or self.bares or self.same_hour:
            clock = self._clock(with_day=True)
            return clock if isinstance(clock, Unclear) else self._at(day, clock)
        if based:
            return self._checked(calendar.instant(day, start.time(), start), Grain.MINUTE)
        return self._at(day, None)

    # --- the day ---------------------------------------------------------------------------------

    def _day(self) -> date | Unclear | None:
        """The day meant, None when none was said."""
        if self.vague:
            return self._vaguely() if not self.days else Unclear("ambiguous")
        if not self.days:
            return self._week_alone() if self.weeks else self._today_by_part()
        found = [self._resolved(day) for day in self.days]
        weekdays = [d for d in self.days if isinstance(d, Weekday)]
        dates = [(d, f) for d, f in zip(self.days, found, strict=True) if not isinstance(d, Weekday)]
        if None in found:
            return Unclear("impossible")
        if len(dates) > 1 or len(weekdays) > 1 or self.stretch or self._a_day_may_be_bare():
            return self._which_of([day for day in found if day is not None])
        if not dates:
            return found[0]
        day = dates[0][1]
        if weekdays and day is not None:
            return self._agreeing(dates[0][0], day, weekdays[0])
        return day

    def _a_day_may_be_bare(self) -> bool:
        """`du 13 au 15 juillet`: the first number is a day, not an hour."""
        return bool(self.bares) and not self.parts and any(isinstance(d, MonthDay) for d in self.days)

    def _which_of(self, days: Sequence[date]) -> Unclear:
        dues = (self._closing(day) for day in dict.fromkeys(days))
        return Unclear("ambiguous", tuple(due for due in dues if calendar.is_after(due.at, self.frame.now)))

    def _agreeing(self, said: On | Weekday | MonthDay, day: date, weekday: Weekday) -> date | Unclear:
        """`vendredi 27 novembre` must be a Friday; a date without year may be that of a later year only when written
        so."""
        if day.weekday() == weekday.index:
            return day
        if isinstance(said, MonthDay) and said.swaps and said.month:
            other = self._resolved(MonthDay(said.month, said.day, said.year))
            if other is not None and other.weekday() == weekday.index:
                return other  # `Sunday 12/7`: the weekday tells which number is the month
        return Unclear("impossible", (self._closing(day),))

    def _resolved(self, day: On | Weekday | MonthDay) -> date | None:
        today = self.frame.now.date()
        if isinstance(day, On):
            return day.day
        if isinstance(day, Weekday):
            of_week = day.of_week if day.of_week is not None else self.weeks[0].ahead if self.weeks else None
            if of_week is not None:
                return calendar.weekday_of_week(today, day.index, of_week)
            if day.weeks and self.frame.french and day.index == today.weekday():
                return today + timedelta(weeks=day.weeks)  # said on a Tuesday, `mardi en huit` is `aujourd'hui en huit`
            return calendar.next_weekday(today, day.index) + timedelta(weeks=day.weeks)
        if day.month is None:
            return calendar.next_day_of_month(today, day.day) if 1 <= day.day <= 31 else None
        if day.year is not None:
            return calendar.real_date(day.year, day.month, day.day)
        return calendar.next_date(today, day.month, day.day)

    def _vaguely(self) -> Unclear:
        days = [d for p in self.vague for d in p.days]
        return Unclear("ambiguous", tuple(self._closing(d) for d in days))

    def _week_alone(self) -> Unclear:
        friday = calendar.weekday_of_week(self.frame.now.date(), calendar.FRIDAY, self.weeks[0].ahead)
        return Unclear("ambiguous", (self._closing(friday),))

    def _today_by_part(self) -> date | None:
        return self.frame.now.date() if any(p.today for p in self.parts) else None

    # --- the hour --------------------------------------------------------------------------------

    def _clock(self, *, with_day: bool) -> Clock | Unclear | None:
        clock = self.clocks[0] if self.clocks else None
        if clock is not None and self.bares:
            return Unclear("ambiguous")
        if clock is None and self.bares:
            if not with_day and not self.parts:
                return Unclear("nothing")
            clock = Clock(self.bares[0].number, exact=self.frame.french)
        if clock is None and self.same_hour:
            like = (self.frame.base or self.frame.now).astimezone(self.frame.now.tzinfo)
            return Clock(like.hour, like.minute) if with_day else Unclear("ambiguous")
        if clock is None:
            return None
        if clock.loose and not with_day and not self.parts:
            return self._clock_or_length(clock)
        return self._of_part(clock)

    def _clock_or_length(self, clock: Clock) -> Unclear:
        """`2h30`: two and a half hours, or half past two?"""
        length = timedelta(hours=clock.hour, minutes=clock.minute)
        end = calendar.elapsed(self.frame.now, length).replace(second=0, microsecond=0)
        hour = self._next(replace(clock, loose=False), Grain.MINUTE)
        dues = (Due(end, Grain.MINUTE, self.understood), *(hour.candidates if isinstance(hour, Unclear) else (hour,)))
        return Unclear("ambiguous", tuple(due for due in dues if calendar.is_after(due.at, self.frame.now)))

    def _of_part(self, clock: Clock) -> Clock:
        """`6h du soir`, `9 in the morning`, `8 tonight`."""
        if not self.parts or clock.half is not None or clock.hour > 12:
            return clock
        late = self.parts[0].name in LATE_PARTS or (self.parts[0].name == "noon" and clock.hour < 6)
        if self.parts[0].name == "night" and clock.hour < 6:
            late = False
        if clock.hour == 12 and clock.exact and not late and self.parts[0].name != "night":
            return clock  # *dimanche matin, avant midi* ends at noon, not at midnight
        return replace(clock, half="pm" if late else "am") if 1 <= clock.hour <= 12 else clock

    def _at(self, day: date | None, clock: Clock | None) -> Due | Unclear:
        if clock is None:
            return self._by_part(day) if self.parts else self._checked_day(day)
        # Zones differ by half hours and quarters too: an hour given with one is exact, never a rough hour of ours.
        fine = clock.fine or clock.minute or clock.second or self.zones
        grain = Grain.MINUTE if fine else Grain.HOUR
        if clock.midnight and clock.half is None:
            return self._midnight(day, clock, grain)
        if day is None:
            return self._next(clock, grain)
        options = self._readings(day, clock)
        ahead = [o for o in options if calendar.is_after(o, self.frame.now)]
        if not ahead and self._small_hours_of_tonight(clock):
            ahead = self._readings(day + timedelta(days=1), clock)
        return self._checked((ahead or options)[0], grain)

    def _small_hours_of_tonight(self, clock: Clock) -> bool:
        """Said in the evening, `3 h cette nuit` is tomorrow's by the calendar."""
        return clock.half == "am" and any(p.today and p.name == "night" for p in self.parts)

    def _checked_day(self, day: date | None) -> Due | Unclear:
        if day is None:
            return Unclear("nothing")
        due = self._closing(day)
        return due if calendar.is_after(due.at, self.frame.now) else Unclear("past")

    def _by_part(self, day: date | None) -> Due | Unclear:
        name = self.parts[0].name
        end = self.frame.closing if name == "day_end" else time(PART_ENDS[name])
        day = day or self.frame.now.date()
        return self._checked(calendar.instant(day, end, self.frame.now), Grain.HOUR)

    def _midnight(self, day: date | None, clock: Clock, grain: Grain) -> Due | Unclear:
        """Tonight's when nothing else is said; midnight of a named day may be its first minute or its last."""
        today = self.frame.now.date()
        wall = time(0, clock.minute, clock.second)
        if day is None or day == today:
            return self._checked(self._wall(today + timedelta(days=1), wall), grain)
        found = (Due(self._wall(d, wall), grain, self.understood) for d in (day, day + timedelta(days=1)))
        return Unclear("ambiguous", tuple(due for due in found if calendar.is_after(due.at, self.frame.now)))

    def _next(self, clock: Clock, grain: Grain) -> Due | Unclear:
        """An hour without a day: today's if it is still to come; an English hour that may be two is the next of them.

        A past hour of the morning is tomorrow's: nothing can still be brought back this morning. Any other past hour
        may be a typing error and is asked about.
        """
        today = self.frame.now.date()
        ahead = [o for o in self._readings(today, clock) if calendar.is_after(o, self.frame.now)]
        if ahead:
            return self._checked(ahead[0], grain)
        tomorrow = self._readings(today + timedelta(days=1), clock)
        if clock.half == "am" or (not clock.exact and clock.half is None):
            return self._checked(tomorrow[0], grain)
        return Unclear("past", (Due(tomorrow[0], grain, self.understood),))

    def _readings(self, day: date, clock: Clock) -> list[datetime]:
        """The instants a clock may mean on a day, earliest first; one but for English hours from 1 to 12."""
        if clock.hour == 24:
            return [self._wall(day + timedelta(days=1), time(0, clock.minute, clock.second))]
        hours = [clock.hour]
        if clock.half is not None:
            hours = [clock.hour % 12 + (12 if clock.half == "pm" else 0)]
        elif not clock.exact and 1 <= clock.hour <= 12:
            both = (clock.hour % 12, clock.hour % 12 + 12)
            hours = [h for h in both if (FIRST_HOUR, 0) <= (h, clock.minute) <= (LAST_HOUR, 0)]
        return [self._wall(day, time(h, clock.minute, clock.second)) for h in hours]

    def _wall(self, day: date, clock: time) -> datetime:
        if self.zones:
            zone = timezone(timedelta(minutes=self.zones[0].minutes))
            return datetime.combine(day, clock, zone).astimezone(self.frame.now.tzinfo)
        return calendar.instant(day, clock, self.frame.now, second=self.winter)

    # --- the end ---------------------------------------------------------------------------------

    def _closing(self, day: date) -> Due:
        return Due(calendar.instant(day, self.frame.closing, self.frame.now), Grain.DAY, self.understood)

    def _checked(self, at: datetime, grain: Grain) -> Due | Unclear:
        if not calendar.is_after(at, self.frame.now):
            return Unclear("past")
        if at.year - self.frame.now.year > LONGEST_YEARS:
            return Unclear("impossible")
        return Due(at, grain, self.understood)


def _is_stretch(pieces: Sequence[Piece]) -> bool:
    """Whether a dash stands between two pieces of one kind: `13h - 15h`, `today - next Friday`."""
    around = [(_kind(left), _kind(right)) for left, dash, right in _threes(pieces) if isinstance(dash, Dash)]
    return any(left == right or "bare" in (left, right) for left, right in around)


def _threes(pieces: Sequence[Piece]) -> list[tuple[Piece, Piece, Piece]]:
    return list(zip(pieces, pieces[1:], pieces[2:], strict=False))


def _kind(piece: Piece) -> str:
    if isinstance(piece, On | Weekday | MonthDay | Week | Vague):
        return "day"
    return type(piece).__name__.lower()
