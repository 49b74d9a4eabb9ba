"""Hours of the day, as they are said and written: `18h30`, `six heures moins le quart`, `half past five`, `6 pm`."""

from __future__ import annotations

from typing import Literal

from bot.core.duepieces import Clock, MonthDay, On, Weekday, Wrong
from bot.core.duesteps import Found, Steps

SHORTEST_CLOCK = 7
"""A smaller number of hours by itself may be a length: `2h30`."""
_CLOCK_AFTER_ICI = 13  # `d'ici 10h` may be a length too, `d'ici 18h` hardly


class Clocks(Steps):
    """The rules for an hour of the day."""

    def clock(self, start: int, *, strict: bool = False) -> Found:
        """An hour of the day. strict: only forms with `h`, which a length may have too."""
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
        start += self.digits(start) == 12 and self.text(start + 1) in ("noon", "midnight")
        start += self.text(start) == "mid" and self.text(start + 1) == "night"
        text = self.text(start)
        if text in ("midi", "noon", "midday", "noonish"):
            return self._minutes_after(Clock(12), start + 1)
        if text in ("minuit", "midnight") or (text == "night" and self.text(start - 1) == "mid"):
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
        if side == "to" and position == start + 1 and (self.digits(start) or 0) % 5:
            return None  # `2 to 4 pm`: from two to four
        if side in ("to", "before", "of", "til", "till"):
            return self._hour_plus(position + 1, -amount)
        return self._hour_plus(position, 30) if self.text(start) == "half" and self.number(position) else None

    def _spoken_fraction(self, position: int) -> tuple[int, int] | None:
        if self.text(position) == "three" and self.text(position + 1) == "quarters":
            return 45, position + 2
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
        if self.text(start - 1) == ".":
            return None  # the `1.30` of `1.1.30`
        position, second = start + 3, 0
        if separator == ":" and self.text(position) == ":" and self.digits(position + 1) is not None:
            second, position = self.digits(position + 1) or 0, position + 2
        half, position = self.meridiem(position)
        timed = not self.french and hour > 12 and self.text(position) in ("hrs", "hours")  # `18.00 hrs`
        position += timed
        if separator == "." and not half and not timed and not self._dotted_hour(start, minute):
            return None
        if hour > 24 or minute > 59 or second > 59 or (half and not 1 <= hour <= 12):
            return None
        return self._clock(hour, minute, half, second=second, padded=self.written(start) == 2 and hour < 10), position

    def _dotted_hour(self, start: int, minute: int) -> bool:
        return self.text(start + 3) != "." and (minute > 12 or self.lead in self.words.clock_leads)

    def hour_sign(self, start: int) -> Found:
        """`18h`, `18 h 30`, `six heures et quart`, `18h30mn`."""
        number = self.number(start)
        if number is None or number[0] > 24:
            return None
        hour, sign = number
        if self.words.units.get(self.text(sign)) != "hour":
            return self._hour_and_fraction(hour, sign)
        if not self.french and (not self.glued(sign) or self.text(sign) != "h"):
            return None
        if (
            hour == 24
            and self.lead not in self.words.clock_leads
            and not isinstance(self.before, On | Weekday | MonthDay)
        ):
            return None
        least = _CLOCK_AFTER_ICI if self.lead == "ici" else SHORTEST_CLOCK
        loose = hour < least and self.lead not in self.words.clock_leads
        if self.glued(sign + 1) and self.written(sign + 1) == 2 and (self.digits(sign + 1) or 0) > 59:
            return Wrong(), sign + 2  # `18h70`
        return self._after_hour_sign(self._clock(hour, 0, None, fine=False, padded=True, loose=loose), sign)

    def _hour_and_fraction(self, hour: int, position: int) -> Found:
        """French: `huit et demie`, `8 moins le quart`, without the word *heures*."""
        following = self.text(self.skip(position + 1, frozenset({"le", "un"})))
        if self.text(position) not in ("et", "moins") or following not in ("quart", "demi", "demie"):
            return None
        return self._french_minutes(self._clock(hour, 0, None), position) if self.french else None

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
            return clock, position + (text == "ish")
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
        if (not half and self.lead not in self.words.clock_leads and not self._as_in_the_army(start)) or (
            self.french and not half
        ):
            return None
        return self._clock(hour, minute, half, padded=self.written(start) == 4 and hour < 10), position

    def _as_in_the_army(self, start: int) -> bool:
        """`1800hrs`, `fri 1800`."""
        told = self.text(start + 1) in ("hrs", "hours") or isinstance(self.before, Weekday)
        return self.written(start) == 4 and told

    def spoken_minutes(self, start: int) -> Found:
        """`ten thirty am`, `at three twenty`, `at 3 15`, `à sept trente`."""
        hour = self.number(start)
        minute = self.number(hour[1]) if hour else None
        highest = 23 if self.french else 12
        if hour is None or minute is None or not 1 <= hour[0] <= highest or not 10 <= minute[0] < 60:
            return None
        half, position = self.meridiem(minute[1])
        oclock = self._oclock(position)
        told = bool(half or oclock > position or self.words.parts.match(self.texts, position))
        told = told or self._in_english_words(start, hour[1])
        if not told and self.lead not in ("at", "around", "about", "by", "a", "vers"):
            return None
        position = oclock
        if self._date_after(minute[1] - 1) or (self._hour_follows(minute[1] - 1) and not half):
            return None
        return self._clock(hour[0], minute[0], half), position

    def _in_english_words(self, start: int, minute: int) -> bool:
        """`until six thirty`, `friday six thirty`, and `six thirty` by itself; `three twenty` may be a sum."""
        if self.french or self.digits(start) is not None or self.digits(minute) is not None:
            return False
        spoken = self.number(minute)
        alone = self.whole and spoken is not None and spoken[0] in (15, 30, 45)
        return self.lead in ("until", "till", "til", "before") or isinstance(self.before, Weekday) or alone

    def hour_half(self, start: int) -> Found:
        """`6 pm`, `six o'clock`, `3ish pm`, `3 in the pm`."""
        number = self.number(start)
        if number is None or not 1 <= number[0] <= 12:
            return None
        position = number[1]
        position = self._oclock(position)
        half, end = self.meridiem(position)
        if position == number[1] and (not half or not self._half_is_meant(position)):
            return None
        return self._clock(number[0], 0, half, fine=False), end

    def _oclock(self, position: int) -> int:
        """The position after an *o'clock* or *-ish*, else `position`."""
        if self.text(position) == "o" and self.text(position + 1) == "clock":
            return position + 2
        return position + (self.text(position) in ("oclock", "ish"))

    def meridiem(self, position: int) -> tuple[str | None, int]:
        text = self.text(position)
        if text in ("am", "pm"):
            return text, position + 1
        if text in ("a", "p") and self.glued(position):
            return f"{text}m", position + 1
        if text == "in" and self.text(position + 1) == "the" and self.text(position + 2) in ("am", "pm"):
            return self.text(position + 2), position + 3
        return None, position

    def _half_is_meant(self, position: int) -> bool:
        """`at 9a` is nine o'clock; `4a` by itself may be a size of paper."""
        return self.text(position) in ("am", "pm", "in") or self.lead in self.words.clock_leads or bool(self.before)

    def hour_after_lead(self, start: int) -> Found:
        """`à 7`, `at six`, `vers 18`: a number alone, after a word that announces an hour."""
        number = self.number(start)
        if number is None or number[0] > 24 or not (self.lead in self.words.clock_leads or self._extended_to(start)):
            return None
        if self._counts_something(number[1]) or self.text(number[1]) in self.words.months:
            return None
        if not self.before and (self.lead in ("for", "avant", "before") or self._may_be_il_y_a(start)):
            return None
        if self.lead == "by" and self.text(start - 2) in _LENGTHENED:
            return None
        position = number[1] + (self.text(number[1]) == "ish")
        return self._clock(number[0], 0, None, fine=False), position

    def _extended_to(self, start: int) -> bool:
        """*Extend to 5*, *extend it to 5*: no number of a loan."""
        return self.lead == "to" and not _LENGTHENED.isdisjoint(self.texts[max(0, start - 4) : start - 1])

    def _may_be_il_y_a(self, start: int) -> bool:
        """In a sentence `a deux` without *jusqu'* may be the verb: `il y en a deux`."""
        return not self.whole and self.lead == "a" and self.text(start - 2) not in ("jusqu", "jusque", "ici")

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


_LENGTHENED = frozenset({"extend", "extended", "prolong", "longer"})
"""*Extend by 2* may be days or hours: no time of day."""


def _moved(clock: Clock, minutes: int, *, fine: bool = True) -> Clock:
    """So many minutes later or earlier, modulo 24 h; `midi moins cinq` is 11:55."""
    total = (clock.hour * 60 + clock.minute + minutes) % 1440
    hour = total // 60 or (12 if clock.hour in (12, 1) and not clock.exact else 0)
    return Clock(hour, total % 60, clock.second, clock.half, clock.exact, clock.loose, fine, clock.midnight)


def _with_half(clock: Clock, half: str | None) -> Clock:
    if half is None or not 1 <= clock.hour <= 12:
        return clock
    said: Literal["am", "pm"] = "am" if half == "am" else "pm"
    return Clock(clock.hour, clock.minute, clock.second, said, clock.exact, False, clock.fine, clock.midnight)
