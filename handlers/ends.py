"""Until when: the times that are offered with the question."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from bot.core.conversation import Choice, Heard, Rows
from bot.core.deskhours import EVENING
from bot.core.due import Due, Unclear
from bot.core.duetime import ENGLISH_DAYS, FRENCH_DAYS, say_due
from bot.core.opening import is_open_day
from bot.core.schedule import civil
from bot.core.spoken import fold
from handlers.buttons import PER_ROW, in_rows, tongue

A_WEEK = timedelta(weeks=1)
_DAY = rf"(?:\d{{1,2}}(?:er|st|nd|rd|th)?|{'|'.join(FRENCH_DAYS)}|{'|'.join(ENGLISH_DAYS).lower()})\b"
# Of folded words: *du 27 au 29*, *du lundi 30 novembre au vendredi*, *from the 27th to the 29th*.
FIRST_TO_LAST = re.compile(
    rf"\b(?:du|de|from)\s+(?:the\s+)?{_DAY}[^.;!?]{{0,20}}?\s(?:au|a|jusqu.au|to|until|till|through)\s+(?:the\s+)?{_DAY}"
)


def ends(heard: Heard, due: Due | Unclear | None, act: str, *what: int | str) -> Rows:
    """Those that an unclear time may mean; where that is not two at least, those that people mostly choose."""
    meant = [(said(heard, at), at) for at in meant_by(heard, due)]
    choices = [Choice(act, (*what, int(at.timestamp())), text=said) for said, at in meant]
    if len(choices) < 2:
        known = {at for _, at in meant}
        usual = [(label, at) for label, at in usual_ends(heard) if at not in known]
        choices += [Choice(act, (*what, int(at.timestamp())), label) for label, at in usual]
    return in_rows(choices, 1 if meant else PER_ROW)


def meant_by(heard: Heard, due: Due | Unclear | None) -> list[datetime]:
    """What an ambiguous time may mean. Days on which nobody is at the desk are left out, unless none remains; of days
    that are named from the first to the last (`du 27 au 29`), only the last can be meant."""
    if not isinstance(due, Unclear) or due.why != "ambiguous":
        return []
    rules = heard.department.rules
    meant = [one.at for one in due.candidates if heard.at < one.at <= heard.at + rules.longest_loan]
    if len(meant) > 1 and FIRST_TO_LAST.search(fold(heard.text)):
        first, last = meant[0], meant[-1]
        return [last] if first < last else [last, civil(last.date() + A_WEEK, last.time(), heard.department.zone)]
    return [at for at in meant if is_open_day(at.date(), rules)] or meant


def said(heard: Heard, at: datetime) -> str:
    """`Samedi 28 novembre à 18 h`, as a button has it."""
    told = say_due(at, language=tongue(heard), now=heard.at)
    return told[0].upper() + told[1:]


def usual_ends(heard: Heard) -> list[tuple[str, datetime]]:
    """The ends people mostly choose, at closing time: tonight (while an hour away), tomorrow, Friday, a week. Those on
    which nobody is at the desk are left out, unless none remains."""
    zone, rules = heard.department.zone, heard.department.rules
    closing, today = rules.closing, heard.at.astimezone(zone).date()
    tonight = civil(today, closing, zone)
    ends = [("tonight", tonight)] if closing >= EVENING and tonight - heard.at > timedelta(hours=1) else []
    ends.append(("tomorrow", civil(today + timedelta(days=1), closing, zone)))
    friday = today + timedelta(days=(4 - today.weekday()) % 7 or 7)
    if friday - today > timedelta(days=1):
        ends.append(("friday", civil(friday, closing, zone)))
    ends.append(("next_week", civil(today + timedelta(days=7), closing, zone)))
    return [end for end in ends if is_open_day(end[1].date(), rules)] or ends
