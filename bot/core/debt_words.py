"""What people type about money: a staff line with its parts in any order, a promise, "ce n'est pas moi"."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta

from bot.core.duewords import MONTHS
from bot.core.duewords_en import ENGLISH
from bot.core.duewords_fr import FRENCH
from bot.core.money import IN_TWO, NAMES, OF_THE_PLACE, BadAmount, Money, currencies, find_money, read_money
from bot.core.people import mobile_at_home, number_in, without_slash
from bot.core.records import record
from bot.core.spoken import fold, words

# Stricter than the pattern of /pret: an amount stands beside the number here and must not be taken for a part of it.
_PHONE = re.compile(r"(?<![\w-])(?:(?:\+|00)\d{8,14}|0[1-9](?:[ .-]?\d\d){4}|7\d(?: ?\d{2,3}){3})(?![\w-])")
_BARE = re.compile(r"(?<![\w.,+-])\d{7,12}(?![\w-])")
_NAMED = re.compile(
    r"\b(?:(?:factures?|fact|fac|invoices?|inv|r[ée]f(?:[ée]rence)?|reference|numero|numéro)\b|n°)[ .:#]*+"
    r"(?:n°|no\b|numero\b|numéro\b)?[ .:#]*+"
    r"(?P<reference>(?=[\w/-]*\d)[A-Za-z0-9][\w/-]{0,62})",
    re.IGNORECASE,
)
_ALONE = re.compile(r"(?<![\w/.,-])(?P<reference>[A-Za-z]{1,12}[-_/]?\d[\w/-]{0,50})(?![\w])")
_INVOICE = re.compile(r"(?i)\b(factures?|fact|fac|invoices?|inv)\b")
# No word matches in two ways, as "du" did: reading thirty of them took hours.
_BEFORE = r"(?:\b(?:échéance|échue?|echeance|du[es]?|dû|exigible|payable|pour|avant|on|by|le|au)\s+){0,6}"
_DAY = re.compile(
    rf"(?i){_BEFORE}(?<![\w/.-])(?:(?P<iso>\d{{4}}-\d\d-\d\d)|(?P<day>\d{{1,2}})(?:er|st|nd|rd|th)?"
    r"(?:[/.](?P<number>\d{1,2})(?:[/.](?P<year>\d{4}|\d\d))?"
    r"| (?P<month>[^\W\d_]{3,10})\b\.?(?: (?P<year_too>\d{4}))?))"
    r"(?![\w/-])"
)
# What is written like a day and is none: "31/02/2027", "03/14/2027" at a French desk.
_DATED = re.compile(r"(?<![\w/.,-])\d{1,4}([/.-])\d{1,2}\1\d{2,4}(?![\w/-])")
# Debts are noted after their due day too: "hier", "lundi dernier", "il y a 10 jours".
_WEEKDAYS = {**FRENCH.weekdays, **ENGLISH.weekdays}
_NAMED_DAYS = {"hier": 1, "avant-hier": 2, "avant hier": 2, "yesterday": 1, "day before yesterday": 2}
_AGO = re.compile(
    rf"(?i){_BEFORE}(?:(?P<named>{'|'.join(sorted(_NAMED_DAYS, key=len, reverse=True))})"
    rf"|(?P<weekday>{'|'.join(_WEEKDAYS)}) (?:dernier|pass[ée])|last (?P<weekday_too>{'|'.join(_WEEKDAYS)})"
    r"|il y a (?P<count>\d{1,3}) (?P<unit>jours?|semaines?)|(?P<count_too>\d{1,3}) (?P<unit_too>days?|weeks?) ago)\b"
)
_DUE = re.compile(r"(?i)\b(?:échéance|echeance|due|exigible)\b")
_LEFT_OVER = frozenset("echeance echu due du le pour de d dette doit debt owes of the facture fac invoice ref".split())
# "paye vendredi" without its accent may also be "je paye vendredi": a day to come makes it a promise.
_DONE = re.compile(
    r"(?i)\b(payée?s?|réglée?s?|virée?s?|paid|sent|envoyée?s?|faite?s?|effectuée?s?|passée?s?|made|done|j['’ ]?ai"
    r"|déjà|deja|already)\b"
)
_WILL = re.compile(
    r"(?i)\b(je (paie|paye|r[èe]gle)|vais|compte|pense|paierai|payerai|réglerai|sera|seront|ferai|will|going|'ll)\b"
)
_SOMEBODY_ELSE = (
    "pas moi", "not me", "pas la bonne personne", "mauvaise personne", "erreur de personne", "trompez de personne",
    "trompe de personne", "mauvais numero", "trompe de numero", "trompez de numero", "wrong person", "wrong number",
    "not the person", "connais pas cette personne", "erreur de numero", "faux numero",
)  # fmt: skip


@record(frozen=True, slots=True)
class Terms:
    """What a line after /dette or /paye holds. `fault`: why a typed amount is refused. `words`: what remains, a name
    and perhaps a time ("vendredi"). `unread`: what follows "échéance" or is written like a day, and cannot be read as
    one; `why`: nothing, impossible, ambiguous."""

    amount: Money | None
    fault: str
    reference: str
    invoice: bool
    due_on: date | None
    phone: str
    words: str
    unread: str = ""
    why: str = "nothing"


def read_terms(text: str, currency: str, today: date, region: str = "FR", *, month_first: bool = False) -> Terms:
    """`Awa 127000 facture FAC-12 échéance 4/12`, its parts in any order. `currency`: of an amount without one.
    `region`: ISO country of a number without a prefix. `month_first`: `3/4` may be the fourth of March as well.

    A day without a year is the nearest one: debts are noted after their due day as well as before.
    """
    phone, text = _take_phone(text, region)
    invoice = bool(_INVOICE.search(text))
    doubtful = _of_two_readings(text) if month_first else ""
    due_on, text = (None, text.replace(doubtful, " ", 1)) if doubtful else _take_day(text, today)
    due_said = _DUE.split(text, maxsplit=1)[1:]
    reference, text = _take_reference(text, currency)
    amount, fault = None, ""
    try:
        found = find_money(text, currency)
    except BadAmount as error:
        found, fault = None, error.why
    if found is not None:
        amount, text = found.money, f"{text[: found.start]} {text[found.end :]}"
    invoice = invoice or reference.upper().startswith(("FAC", "INV"))
    kept = [w for w in text.split() if fold(w).strip(" .,:;") not in _LEFT_OVER]
    remains = " ".join(kept).strip(" ,;:")
    terms = Terms(amount, fault, reference, invoice, due_on, phone, remains)
    if doubtful:
        return replace(terms, unread=doubtful, why="ambiguous")
    if due_on is not None:
        return terms
    if dated := _DATED.search(text):
        return replace(terms, unread=dated[0], why="nothing" if dated[1] == "-" else "impossible")
    return replace(terms, unread=due_said[0].strip(" .,:;") if due_said else "")


def before_due(text: str, unread: str) -> str:
    """The line up to "échéance" and without what could not be read, to which another day can be added."""
    return _DUE.split(text, maxsplit=1)[0].replace(unread, " ")


def _of_two_readings(text: str) -> str:
    """A day in figures that is another one month first: *3/4/2027*."""
    for match in _DAY.finditer(text):
        day, month = match["day"], match["number"]
        if month and day != month and int(day) <= 12 and int(month) <= 12:
            return text[match.start("day") : match.end()]
    return ""


def _take_phone(text: str, region: str) -> tuple[str, str]:
    text = without_slash(text)
    written = _PHONE.search(text)
    phone = number_in(text, region) or (written.group() if written else _bare_number(text, region))
    return phone, text.replace(phone, " ", 1) if phone else text


def _bare_number(text: str, region: str) -> str:
    """Digits alone that are a mobile number there, where the line holds an amount besides."""
    for found in _BARE.finditer(text):
        besides = re.search(r"\d", _NAMED.sub(" ", _without(text, found)))
        if besides and mobile_at_home(found.group(), region):
            return found.group()
    return ""


def _take_day(text: str, today: date) -> tuple[date | None, str]:
    if gone := _AGO.search(text):
        return today - _since(gone, today), _without(text, gone)
    for match in _DAY.finditer(text):
        day = _day(match, today)
        if day is not None:
            return day, f"{text[: match.start()]} {text[match.end() :]}"
    return None, text


def _since(match: re.Match[str], today: date) -> timedelta:
    if match["named"]:
        return timedelta(days=_NAMED_DAYS[fold(match["named"])])
    if weekday := match["weekday"] or match["weekday_too"]:
        return timedelta(days=(today.weekday() - _WEEKDAYS[fold(weekday)] - 1) % 7 + 1)
    unit = match["unit"] or match["unit_too"]
    return int(match["count"] or match["count_too"]) * timedelta(days=7 if fold(unit)[0] in "sw" else 1)


def _day(match: re.Match[str], today: date) -> date | None:
    try:
        if match["iso"]:
            return date.fromisoformat(match["iso"])
        month = int(match["number"]) if match["number"] else MONTHS[fold(match["month"])]
        year = match["year"] or match["year_too"]
        if year:
            return date(int(year) + (2000 if len(year) == 2 else 0), month, int(match["day"]))
        return _nearest(month, int(match["day"]), today)
    except (ValueError, KeyError):
        return None


def _nearest(month: int, day: int, today: date) -> date | None:
    found = []
    for year in (today.year - 1, today.year, today.year + 1):
        try:
            found.append(date(year, month, day))
        except ValueError:  # 29 February
            continue
    return min(found, key=lambda d: abs(d - today), default=None)


def _take_reference(text: str, currency: str) -> tuple[str, str]:
    named = _NAMED.search(text)
    # "facture 127000" names an amount when nothing else does.
    if named and not (named["reference"].isdigit() and not re.search(r"\d", _without(text, named))):
        return named["reference"], _without(text, named)
    here = {name for name, places in OF_THE_PLACE.items() if currency in places}
    of_money = currencies() | {name.upper() for name in here.union(NAMES)}
    for match in _ALONE.finditer(text):
        letters = re.match(r"[A-Za-z]*", match["reference"])
        if letters and letters.group().upper() not in of_money:
            return match["reference"], _without(text, match)
    return "", text


def _without(text: str, match: re.Match[str]) -> str:
    return f"{text[: match.start()]} {text[match.end() :]}"


# --- what the person says ------------------------------------------------------------------------------------------

LONGEST_PROMISE = timedelta(days=31)


def is_promise(text: str) -> bool:
    """Whether words that name a payment and a day to come promise it. "J'ai payé vendredi" reports one."""
    return bool(_WILL.search(text)) or not _DONE.search(text) or text.strip().isupper()


def will_pay(text: str) -> bool:
    """Whether words speak of paying later: "je paierai quand je pourrai"."""
    return bool(_WILL.search(text))


def pays_now(text: str) -> bool:
    """*Je paie tout de suite*: today."""
    return _NOW.search(fold(text)) is not None


_NOW = re.compile(r"\b(?:maintenant|tout de suite|de suite|immediatement|right now|right away|now|immediately)\b")


def amount_alone(text: str, currency: str) -> str:
    """What follows the first word, when that is an amount and nothing else: in `PAYE 12.50` 12.50 is not a time of
    day."""
    _, _, rest = text.strip().partition(" ")
    try:
        read_money(rest, currency)
    except BadAmount:
        return ""
    return rest.strip()


def bill_named(text: str, references: Iterable[str]) -> tuple[str, str]:
    """Which of the references a person names, and the text without it: `FAC-12`, or `facture 12` where one ends so.

    A reference that is a mere number counts only as *facture 12* or *n° 12*: `PAYE 12` is an amount. Empty when no
    reference is named.
    """
    known = sorted(set(references), key=len, reverse=True)
    for reference in known:
        named = re.search(rf"(?i)(?<![\w-]){re.escape(reference)}(?![\w-])", text)
        if named and reference.strip() and not reference.isdigit():
            return reference, _without(text, named)
    for named in _NAMED.finditer(text):
        number = _digits(named["reference"])
        same = [reference for reference in known if _digits(reference) == number]
        if number and len(same) == 1 and not text[named.end() :].startswith((",", ".")):
            return same[0], _without(text, named)
    return "", text


def _digits(reference: str) -> str:
    return re.sub(r"\D", "", reference).lstrip("0")


_IN_LETTERS = frozenset(
    """dix quinze vingt trente quarante cinquante soixante quatrevingts cent cents mille million millions
    ten fifteen twenty thirty forty fifty sixty seventy eighty ninety hundred thousand million""".split()
)


_IN_PART = re.compile(
    r"\b(?:moitie|(?:une|en) partie|(?:le|un|deux) tiers|quarts?(?! d heure)|acompte"
    r"|half(?! an hour)|(?:in|a) part|part of|some of|an? third|thirds|quarter|deposit)\b"
)


def in_letters(text: str) -> bool:
    """Whether an amount is written in letters, *cinquante mille*, *la moitié* or *2 mille 500*: it is asked for in
    figures, never taken for the whole debt."""
    if any(char.isdigit() for char in text):
        return IN_TWO.search(text) is not None
    said = words(text)
    return not _IN_LETTERS.isdisjoint(said) or _IN_PART.search(" ".join(said)) is not None


def somebody_else(text: str) -> bool:
    """*Ce n'est pas moi*, *wrong number*: whoever reads here is not the person we mean."""
    said = " ".join(words(text))
    return any(phrase in said for phrase in _SOMEBODY_ELSE)
