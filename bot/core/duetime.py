"""Due times as people say them, in French and English, and as we say them back.

A reading has a grain: a bare day means the desk's closing time that day. What is past, impossible or ambiguous is not
guessed: `Unclear` says why and what may have been meant. `read_due` reads back what `say_due` prints.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING

from bot.core.due import Due, Grain, Unclear
from bot.core.duecalendar import YEAR_NEEDED, YEAR_SAID_FROM, comes_twice
from bot.core.duegrammar import MOST_FILLERS, Reader
from bot.core.duepieces import Either, Piece, Vague
from bot.core.duesense import FIRST_HOUR, LAST_HOUR, Frame, meaning
from bot.core.duetokens import Sentence, cut
from bot.core.duewords import LEXICONS
from bot.core.spoken import clean

if TYPE_CHECKING:
    from babel import Locale

_Found = tuple[Due | Unclear, int, int]  # and where in the text its words begin and end

CLOSING = time(18, 0)
_DANGLING = " ,;:.-"  # characters that joined the time to the rest of a sentence
REMEMBERED = 40  # characters: whether a text no longer than this holds a time is remembered
_REFUSED = re.compile(
    r"(?i)\b(?:pas|not|cannot|can['’]?t|won['’]?t|impossible|au lieu d[eu]|instead of|rather than|plut[oô]t que)\b"
    r"(?![^,;.!?]*\b(?:avant|before|plus|later)\b)"
)
_WHOLLY = re.compile(
    r"(?i)^(?:non\W+|ah\W+)?pas (?!de\b|d['’])|\b(?:peu[xt]|pourrai[st]?|pouvons|pourrons|suis|serai) pas\b"
    r"|\bpas (?:possible|l[àa]|libre|dispo\w*)\b|\bimpossible\b|^(?:no\W+)?not\b|\b(?:can['’]?t|cannot|won['’]?t)\b"
)
_NEITHER = re.compile(r"(?i)\bni\b.+\bni\b|\bneither\b")
_PART_END = re.compile(
    r"(?i)[,;.!?]+(?!\d)|\b(?:mais|but|plut[oô]t(?! que)|rather(?! than))\b"
    r"|(?=\b(?:au lieu d|instead of|rather than|plut[oô]t que))"
)

FRENCH_DAYS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")
FRENCH_MONTHS = (
    "janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre",
    "décembre",
)  # fmt: skip
FRENCH_WINTER, ENGLISH_WINTER = "heure d'hiver", "winter time"
ENGLISH_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
ENGLISH_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip


# --- reading ---------------------------------------------------------------------------------------


def read_due(
    phrase: str, *, now: datetime, language: str = "fr", closing: time = CLOSING, base: datetime | None = None
) -> Due | Unclear:
    """A phrase that is nothing but a time.

    now: aware; the result is in its zone. closing: the desk's closing time, for a bare day. base: the due time that
    "one more day" counts from, else now; a weekday or an hour that comes before it is the first one after it.
    Unclear("nothing") when the phrase holds anything else than a time.
    """
    for name in _languages(language):
        found = _read_whole(clean(phrase), name, now, closing, base)
        if isinstance(found, Due) or found.why != "nothing":
            return found
    return Unclear("nothing")


def _languages(first: str) -> tuple[str, ...]:
    return (first, *(name for name in LEXICONS if name != first)) if first in LEXICONS else tuple(LEXICONS)


def _reader(sentence: Sentence, language: str, now: datetime, *, whole: bool) -> Reader:
    return Reader(sentence, LEXICONS[language], now, whole=whole)


def _read_whole(text: str, language: str, now: datetime, closing: time, base: datetime | None) -> Due | Unclear:
    sentence = cut(text, LEXICONS[language])
    if not sentence.tokens:
        return Unclear("nothing")
    reader = _reader(sentence, language, now, whole=True)
    best: Due | Unclear = Unclear("nothing")
    for start in _starts(reader):
        pieces, end = reader.pieces(start)
        if pieces and reader.fillers_end(end) >= len(sentence.tokens):
            best = meaning(pieces, Frame(now, closing, base, language == "fr"), text)
            if isinstance(best, Due):
                return best
    return best


def _starts(reader: Reader) -> range:
    """Where a phrase may begin: with filler words (`pour`), which may also be part of its first piece."""
    return range(min(reader.fillers_end(0), MOST_FILLERS) + 1)


def find_due(
    sentence: str, *, now: datetime, language: str = "fr", closing: time = CLOSING, base: datetime | None = None
) -> tuple[Due | Unclear, str] | None:
    """The longest time in a sentence, and the sentence without it; None when there is none.

    Loan numbers, codes (PERC-001) and telephone numbers are not times. Arguments as for `read_due`.
    """
    text = clean(sentence)
    if len(text) <= REMEMBERED and not holds_time(text, now.date()):
        return None
    chosen, corrected = _put_right(text, language, now, closing, base) or (chosen_of(text), len(text))
    chosen = chosen or _of_return(text, now.date())
    found = _found(chosen, language, now, closing, base) if chosen else []
    found = found or _found(text, language, now, closing, base)
    if not found:
        return None
    due, start, end = _longest(found)
    start = min(start, corrected)
    return due, f"{text[:start].rstrip(_DANGLING)} {text[end:].lstrip(_DANGLING)}".strip()


_BROUGHT_BACK = re.compile(
    r"(?i)\b(?:(?:je|on|nous) (?:vous )?(?:la |le |les )(?:ram[eè]n\w+|rapport\w+|rend\w*|d[eé]pos\w+|restitu\w+)"
    r"|(?:i|we)['’ ]?(?:ll| will)? (?:bring|return|give|drop) (?:it|them)(?: (?:back|off))?)"
    r"(?=(?: (?:le|pour|on|by))? (?:(?:lun|mar|mercre|jeu|vendre|same)di|dimanche|demain|apr[eè]s[- ]demain|\d"
    r"|(?:mon|tues|wednes|thurs|fri|satur|sun)day|tomorrow|the \d)\b)"
)


def _of_return(text: str, today: date) -> str | None:
    """*C'est pour un mariage samedi, je la ramène lundi*, as long as the text: of two days the one it comes back. None
    where no other stands before."""
    back = _BROUGHT_BACK.search(text)
    if back is None or not holds_time(text[: back.start()], today):
        return None
    return " " * back.end() + text[back.end() :]


def _longest(found: Sequence[_Found]) -> _Found:
    """Of a tie that in their own language, which is read first."""
    return max(found, key=lambda one: one[2] - one[1])


def _found(text: str, language: str, now: datetime, closing: time, base: datetime | None) -> list[_Found]:
    return [f for name in _languages(language) if (f := _find(text, name, now, closing, base)) is not None]


LONGEST_PUT_RIGHT = 240
"""Characters: in a longer message every "sorry" and "no" would have the whole of it read anew."""
_CORRECTING = re.compile(
    r"(?i)(?:[,;.…-]+\s*|\s)(?:(?:oh|ah|euh|er|um|no|non|nope|oops|oups|sorry|pardon|wait|actually|enfin|en fait|i mean"
    r"|i meant|je veux dire|je voulais dire|make that|make it|scratch that)\b[\s,.…]*)+"
    r"(?:(?:until|till|til|to|on|jusqu['’ ]?(?:[aà]|au)|au|le)\s+)?"
)


_RATHER = re.compile(r"(?i)[,;.…]?\s+(?:plut[oô]t|disons|mettons|rather)[\s,]+(?!que\b|than\b)(?:[àa] |at )?")
"""*Vendredi 18h, plutôt 19*: of hours alone. Behind a day *plutôt le matin* only adds to it."""
_FIGURE = re.compile(
    r"(?i)(\d{1,2})([:.][0-5]\d)?(?=\W*$|\s*[,;.!?](?!\d)|\s+(?:instead|please|pls|thanks|svp|stp|merci)\b)"
)
_HALF, _OF_24 = re.compile(r"(?i)\d\s*[ap]\.?m\b"), re.compile(r"(?i)\d\s*h")
_AWAY = re.compile(r"(?i)[ ,]*(?:i|we|je|j|on)\b")  # *saturday. Sorry, monday i am away*


def _put_right(text: str, language: str, now: datetime, closing: time, base: datetime | None) -> tuple[str, int] | None:
    """ "Thursday, no, Friday", "till Thursday sorry I mean Friday" with the first day blanked out, as long as the text;
    "tomorrow at 9, no 10" with the first hour; and where what is put right begins. None where neither is named anew."""
    if len(text) > LONGEST_PUT_RIGHT:
        return None
    rather = (_hour_put_right(text, found, language, now, closing, base) for found in _RATHER.finditer(text))
    hour = next((one for one in rather if one is not None), None)
    if hour is not None:
        return hour
    for found in _CORRECTING.finditer(text):
        hour = _hour_put_right(text, found, language, now, closing, base)
        if hour is not None:
            return hour
        first = _found(text[: found.start()], language, now, closing, base)
        anew = [one for one in _found(text[found.end() :], language, now, closing, base) if one[1] == 0]
        days = [_longest(some) for some in (first, anew) if some]
        named = [one for one, *_ in days if isinstance(one, Due) and one.at.date() != now.date()]
        if len(named) == 2 and not _AWAY.match(text, found.end() + days[1][2]):
            return " " * found.end() + text[found.end() :], days[0][1]
    return None


def _hour_put_right(
    text: str, found: re.Match[str], language: str, now: datetime, closing: time, base: datetime | None
) -> tuple[str, int] | None:
    """ "Demain 9h, non 10h" with the first hour blanked out: its day stays, before the hour named anew."""
    for name in _languages(language):
        first = _find(text[: found.start()], name, now, closing, base)
        due, left, right = first or (None, 0, 0)
        if not isinstance(due, Due) or due.grain is Grain.DAY:
            continue
        if text[right : found.start()].strip(_DANGLING):
            continue
        begin, behind = _hour_anew(text, found, due, text[left:right], name)
        for start, end in _days_in(text, left, right):
            kept = text[:left] + " " * (start - left) + text[start:end] + " " * (begin - end) + behind
            day, anew = _find(text[start:end], name, now, closing, base), _find(kept, name, now, closing, base)
            if _same_day(due, day, said=start < end) and _other_hour(due, anew, begin, kept):
                return kept, left
    return None


def _hour_anew(text: str, found: re.Match[str], due: Due, first: str, language: str) -> tuple[int, str]:
    """What is said behind a correction, and where it begins in a text of the same length. A figure alone is an hour
    like the one before it: *Friday 6pm, make that 7* is seven in the evening. It may be a count where one was said
    before, and a loan's number behind *no*."""
    figure = _FIGURE.match(text, found.end())
    counted = any(map(str.isdecimal, text[: text.find(first)]))
    if figure is None or counted or found[0].strip(" ,;.…-").lower() == "no":
        return found.end(), text[found.end() :]
    said = int(figure[1])
    hours = [said]
    if 0 < said <= 12 and (_HALF.search(first) or not (language == "fr" or _OF_24.search(first))):
        hours = sorted((said % 12, said % 12 + 12), key=lambda hour: (hour < 12) != (due.at.hour < 12))
    by_day = [hour for hour in hours if FIRST_HOUR <= hour <= LAST_HOUR]
    if not by_day:
        return found.end(), text[found.end() :]
    hour = f"{by_day[0]}:{figure[2][1:]}" if figure[2] else f"{by_day[0]}h"
    return figure.end() - len(hour), hour + text[figure.end() :]


def _days_in(text: str, left: int, right: int) -> Iterator[tuple[int, int]]:
    """What of a time may be its day: the longest beginning first ("demain à" of "demain à 9h"), then the longest end
    ("demain" of "9h demain"), then nothing."""
    gaps = [left + gap.start() for gap in re.finditer(" ", text[left:right])]
    yield from ((left, gap) for gap in reversed(gaps))
    yield from ((gap + 1, right) for gap in gaps)
    yield left, left


def _same_day(due: Due, day: _Found | None, *, said: bool) -> bool:
    if day is None:
        return not said
    return isinstance(day[0], Due) and day[0].grain is Grain.DAY and day[0].at.date() == due.at.date()


def _other_hour(due: Due, anew: _Found | None, start: int, text: str) -> bool:
    """Whether what is read now is another hour of the same day. A bare figure in the night is a loan's number."""
    if anew is None or not isinstance(anew[0], Due) or anew[2] <= start:
        return False
    bare = text[start : anew[2]].strip().isdecimal()
    by_day = not bare or FIRST_HOUR <= anew[0].at.hour <= LAST_HOUR
    return by_day and anew[0].grain is not Grain.DAY and anew[0].at.date() == due.at.date()


def chosen_of(text: str) -> str | None:
    """ "Pas mardi, plutôt jeudi", "samedi au lieu de vendredi" with what is refused blanked out, as long as the text.
    None when nothing is refused, or all of it. "Pas avant mardi" refuses no day."""
    if not _REFUSED.search(text):
        return None
    ends = [(0, 0), *(found.span() for found in _PART_END.finditer(text)), (len(text), len(text))]
    parts = [(start, end) for (_, start), (end, _) in pairwise(ends)]
    refused = [part for part in parts if _REFUSED.search(text[slice(*part)])]
    if len(refused) == len([part for part in parts if text[slice(*part)].strip()]):
        return None
    for start, end in refused:
        text = text[:start] + " " * (end - start) + text[end:]
    return text


def refuses(sentence: str, today: date) -> bool:
    """ "Pas vendredi", "vendredi je ne peux pas": every time that is named is refused. "Pas avant vendredi" refuses
    none, nor does "pourquoi pas vendredi"."""
    text = clean(sentence)
    if not (_REFUSED.search(text) and _WHOLLY.search(text)):
        return bool(_NEITHER.search(text))
    return not holds_time(chosen_of(text) or "", today)


@lru_cache(maxsize=1_000)
def holds_time(text: str, today: date) -> bool:
    """Whether a cleaned text contains any piece of a time, in any language. That depends on no more of the present than
    the day (the fifth Monday of a month is in some years and not in others), so `find_due` caches it: most of what
    people type is short, repeats, and names no time."""
    noon = datetime.combine(today, time(12), UTC)
    return any(_holds(cut(text, lexicon), language, noon) for language, lexicon in LEXICONS.items())


def _holds(sentence: Sentence, language: str, now: datetime) -> bool:
    reader = _reader(sentence, language, now, whole=False)
    return any(reader.pieces(start)[0] for start in range(len(sentence.tokens)))


def _find(text: str, language: str, now: datetime, closing: time, base: datetime | None) -> _Found | None:
    sentence = cut(text, LEXICONS[language])
    reader = _reader(sentence, language, now, whole=False)
    best: _Found | None = None
    for start in range(len(sentence.tokens)):
        pieces, end = reader.pieces(start)
        if not pieces:
            continue
        due = meaning(pieces, Frame(now, closing, base, language == "fr"), _cut(sentence, start, end))
        if isinstance(due, Unclear) and (due.why == "nothing" or _too_weak(pieces, due)):
            continue
        if reader.fillers_end(end) == len(sentence.tokens):
            end = len(sentence.tokens)  # `vendredi svp`: no word of the rest follows
        left, right = sentence.tokens[start].start, sentence.tokens[end - 1].end
        if best is None or (right - left, isinstance(due, Due)) > (best[2] - best[1], isinstance(best[0], Due)):
            best = due, left, right
    return best


def _too_weak(pieces: list[Piece], due: Unclear) -> bool:
    """Whether a lone piece is ambiguous (`2h`, a month's name) and may be something else in a sentence."""
    lone = len(pieces) == 1 and not isinstance(pieces[0], Either)
    lone = lone and not (isinstance(pieces[0], Vague) and pieces[0].named)
    return due.why == "ambiguous" and lone and not due.candidates


def _cut(sentence: Sentence, start: int, end: int) -> str:
    return " ".join(sentence.text[sentence.tokens[start].start : sentence.tokens[end - 1].end].split())


# --- saying ----------------------------------------------------------------------------------------


def say_due(at: datetime, *, language: str, now: datetime | None = None) -> str:
    """`vendredi 27 novembre à 18 h 30`, `Friday 27 November at 6:30 pm`: in full words, in the zone of `at`.

    The year is added when `now` is given and the day is not within the eleven months after it. The second of an hour
    that occurs twice when clocks go back is marked: `à 2 h 30 (heure d'hiver)`.
    """
    if _elsewhere(language) is not None:
        return f"{say_day(at, language=language, now=now)}, {say_clock(at, language=language)}"
    joint = "à" if language == "fr" else "at"
    said = f"{say_day(at, language=language, now=now)} {joint} {say_clock(at, language=language)}"
    if at.fold and comes_twice(at):
        return f"{said} ({FRENCH_WINTER if language == 'fr' else ENGLISH_WINTER})"
    return said


def say_day(at: datetime, *, language: str, now: datetime | None = None) -> str:
    """`vendredi 27 novembre`, `Friday 27 November`; `1er` for the first of a month in French."""
    dated = now is not None and not _near(at, now)
    locale = _elsewhere(language)
    if locale is not None:
        return _day_elsewhere(at, locale, dated=dated)
    days, months = (FRENCH_DAYS, FRENCH_MONTHS) if language == "fr" else (ENGLISH_DAYS, ENGLISH_MONTHS)
    number = "1er" if language == "fr" and at.day == 1 else str(at.day)
    year = f" {at.year}" if dated else ""
    return f"{days[at.weekday()]} {number} {months[at.month - 1]}{year}"


def _near(at: datetime, now: datetime) -> bool:
    return now.astimezone(at.tzinfo).date() <= at.date() and at - now < YEAR_NEEDED


def is_far(at: datetime, now: datetime) -> bool:
    """Whether somebody who reads a date needs its year. `say_day` adds it to any past one, so that what it says reads
    back the same; nobody says the year of the day before yesterday."""
    return abs(at - now) > YEAR_SAID_FROM


def say_clock(at: datetime, *, language: str) -> str:
    """`18 h`, `18 h 30`; `6 pm`, `6:30 pm`."""
    if language == "fr":
        return f"{at.hour} h" + (f" {at.minute:02d}" if at.minute else "")
    if _elsewhere(language) is not None:
        return f"{at:%H:%M}"
    half = "am" if at.hour < 12 else "pm"
    minutes = f":{at.minute:02d}" if at.minute else ""
    return f"{at.hour % 12 or 12}{minutes} {half}"


@lru_cache(maxsize=8)
def _elsewhere(language: str) -> Locale | None:
    """How a language is written that only has a folder of templates; None for the two of ours, and for one that the
    library of locales does not know: English stands there."""
    if language in LEXICONS:
        return None
    from babel import Locale, UnknownLocaleError  # 0.1 s to load: only for a third language

    try:
        return Locale.parse(language)
    except (UnknownLocaleError, ValueError):
        return None


# `de 2026` of `viernes, 6 de noviembre de 2026`, in the library's signs.
_YEAR = re.compile(r"[\s,]*(?:'[^']*'\s*)?y+$")


def _day_elsewhere(at: datetime, locale: Locale, *, dated: bool) -> str:
    from babel.dates import format_date

    whole = locale.date_formats["full"].pattern
    return str(format_date(at, whole if dated else _YEAR.sub("", whole), locale=locale))
