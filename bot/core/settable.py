"""All that an admin may set by chat: the rules, and the department's own name, place, zone and language.

A value is parsed from what somebody typed, checked against its bounds, moved by [−] and [+], and packed into a button.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from datetime import time, timedelta
from functools import cache
from typing import Any, Literal
from zoneinfo import ZoneInfo, available_timezones

from bot.core.finding import Matches, Named, find
from bot.core.holiday_places import place_named
from bot.core.messages import RuleValue
from bot.core.money import NAMES, currencies
from bot.core.people import Department
from bot.core.records import record
from bot.core.rules import DAYS, RuleInfo, Rules, thaw
from bot.core.spoken import fold, words

Kind = Literal["flag", "span", "clock", "count", "option", "several", "order", "text", "zone", "language", "country"]
Why = Literal["unreadable", "too_low", "too_high", "too_long", "empty", "unknown", "clash", "taken"]


@record(frozen=True, slots=True)
class Setting:
    """One thing that can be set. `alias` is its French name in a command, `ours` a column of the department."""

    name: str
    kind: Kind
    info: RuleInfo
    default: Any
    alias: str
    ours: bool = False

    @property
    def group(self) -> str:
        return self.info.group


class BadValue(ValueError):
    """A typed value that cannot be set. `other`: the setting it would contradict."""

    def __init__(self, why: Why, other: str = "") -> None:
        super().__init__(why)
        self.why = why
        self.other = other


ALIASES: Mapping[str, str] = {
    "court_under": "court_moins_de", "long_over": "long_plus_de", "before_due": "rappel_avant",
    "no_reminder_under": "sans_rappel_moins_de", "morning": "heure_matin", "evening": "heure_soir",
    "early_due": "echeance_tot", "max_reminders": "rappels_max", "overdue_after": "retard_apres",
    "weekly_after": "hebdo_apres", "staff_after": "equipe_apres", "admins_after": "admins_apres",
    "block_late": "bloquer_retard", "lateness": "en_cas_de_retard", "quiet_from": "calme_de", "quiet_until": "calme_a",
    "debts_on": "relancer_creances", "debt_dry_run": "creances_a_blanc", "debt_channel": "creances_par",
    "debt_period": "creances_tous_les", "debt_interval": "creances_recherche", "debt_most": "creances_relances_max",
    "debt_least": "creances_minimum", "currency": "monnaie",
    "quiet_sundays": "calme_dimanche", "quiet_holidays": "calme_feries", "holiday_country": "pays_feries",
    "approve_loans": "valider_prets", "approve_returns": "valider_retours", "request_nudge": "relance_demande",
    "request_expires": "demande_expire", "return_nudge": "relance_retour", "return_decides": "retour_decide",
    "return_default": "retour_sans_reponse", "extend_up_to": "prolonger_jusqua", "extend_times": "prolonger_fois",
    "approve_people": "valider_personnes", "longest_loan": "pret_max", "hold_lasts": "reservation_gardee",
    "channels": "canaux", "attempts": "essais", "sms_answers": "sms_reponses", "undelivered_short": "non_remis_court",
    "try_outside": "hors_24h", "undelivered_long": "non_remis_long", "monthly_most": "mensuel_max",
    "first_contact_asks": "demander_accord",
    "log_days": "journal_jours", "payload_days": "recus_jours", "backups": "sauvegardes",
    "closing": "fermeture", "opening": "ouverture",
    "open_days": "jours_ouverts", "name": "nom", "place": "lieu", "contact_line": "contact", "zone": "fuseau",
    "language": "langue", "tutoiement": "tutoiement",
}  # fmt: skip

# Two settings in one line: `/settings quiet_hours 21:00-08:00`.
PAIRS: Mapping[str, tuple[str, str]] = {
    "quiet_hours": ("quiet_from", "quiet_until"), "heures_calmes": ("quiet_from", "quiet_until"),
    "opening_hours": ("opening", "closing"), "hours": ("opening", "closing"), "horaires": ("opening", "closing"),
    "heures_d_ouverture": ("opening", "closing"), "silence": ("quiet_from", "quiet_until"),
}  # fmt: skip

# Other words that people try.
SYNONYMS: Mapping[str, str] = {
    "amende": "lateness", "penalite": "lateness", "frais": "lateness", "fine": "lateness", "late_fee": "lateness",
    "duree_max": "longest_loan", "duree_maximale": "longest_loan", "max_loan": "longest_loan", "devise": "currency",
    "timezone": "zone", "country": "holiday_country", "pays": "holiday_country", "bank_holidays": "quiet_holidays",
    "public_holidays": "quiet_holidays", "jours_feries": "quiet_holidays",
    "adresse": "place", "telephone": "contact_line", "jours": "open_days", "ordre_des_canaux": "channels",
}  # fmt: skip

# What a group may be called beside its own name, as its button reads among others.
GROUP_WORDS: Mapping[str, tuple[str, ...]] = {
    "reminders": ("rappels", "rappel", "reminder"), "overdue": ("retards", "retard", "late_loans", "late"),
    "debts": ("creances", "creance", "dettes", "dette", "debt"),
    "quiet": ("calme", "holidays", "feries", "quiet_hours_and_holidays", "heures_calmes_et_jours_feries"),
    "channels": ("canal",), "approval": ("validation", "approbation"), "consent": ("accord",),
    "retention": ("conservation",), "people": ("personnes", "roles", "people_and_roles", "personnes_et_roles"),
    "zones": ("languages", "langues", "languages_and_zone", "langues_et_fuseau", "horaires_langue_et_fuseau"),
    "words": ("textes", "texts", "modeles"), "desk": ("service", "le_service"),
}  # fmt: skip
LONGEST_NAME = 16  # words of a heading

OPTION_WORDS: Mapping[str, tuple[str, ...]] = {
    "confirm": ("confirm", "confirmer", "confirme"), "ask": ("ask", "demander", "demande"),
    "mon": ("mon", "monday", "lun", "lundi"), "tue": ("tue", "tuesday", "mar", "mardi"),
    "wed": ("wed", "wednesday", "mer", "mercredi"), "thu": ("thu", "thursday", "jeu", "jeudi"),
    "fri": ("fri", "friday", "ven", "vendredi"), "sat": ("sat", "saturday", "sam", "samedi"),
    "sun": ("sun", "sunday", "dim", "dimanche"), "email": ("email", "mail", "courriel"),
    "fr": ("fr", "francais", "french"), "en": ("en", "anglais", "english"),
}  # fmt: skip

# The first must not be greater than the second.
IN_ORDER = (
    ("court_under", "long_over"), ("opening", "closing"), ("staff_after", "admins_after"),
    ("return_nudge", "return_decides"), ("request_nudge", "request_expires"),
    ("undelivered_short", "undelivered_long"),
)  # fmt: skip

TOUCH_PLANS = frozenset({"overdue_after", "weekly_after", "zone"})
PLAN_GROUPS = frozenset({"reminders", "quiet"})
NOTHING = frozenset({"-", "aucun", "aucune", "rien", "none", "nothing", "vide", "empty"})
ON = frozenset({"oui", "on", "actif", "activer", "active", "vrai", "true", "sure", "yes", "1"})
OFF = frozenset({"non", "off", "inactif", "desactiver", "desactive", "faux", "false", "no", "0"})


# --- what can be set -----------------------------------------------------------------------------


def _ours(name: str, kind: Kind, group: str, fr: str, en: str, low: int, high: int) -> Setting:
    return Setting(name, kind, RuleInfo(group, fr, en, low, high), "", ALIASES[name], ours=True)


OURS = (
    _ours("name", "text", "desk", "Nom du service", "Name of the desk", 1, 120),
    _ours("place", "text", "desk", "Lieu de retour", "Place of return", 0, 200),
    _ours("contact_line", "text", "desk", "Qui joindre", "Whom to call", 0, 120),
    _ours("zone", "zone", "zones", "Fuseau horaire", "Time zone", 0, 64),
    _ours("language", "language", "zones", "Langue du service", "Language of the desk", 0, 8),
)


def _kind(name: str, default: Any, info: RuleInfo) -> Kind:
    if isinstance(default, bool):
        return "flag"
    if isinstance(default, timedelta):
        return "span"
    if isinstance(default, time):
        return "clock"
    if isinstance(default, int):
        return "count"
    if isinstance(default, tuple):
        return "order" if name == "channels" else "several"
    if name == "holiday_country":
        return "country"
    return "option" if info.options else "text"


@cache
def settings() -> dict[str, Setting]:
    """Every setting by its name, the department's own first."""
    found = {s.name: s for s in OURS}
    for f in fields(Rules):
        info: RuleInfo | None = f.metadata["info"]
        if info is None:  # not set here
            continue
        found[f.name] = Setting(f.name, _kind(f.name, f.default, info), info, f.default, ALIASES.get(f.name, f.name))
    return found


def setting(name: str) -> Setting:
    """Raises KeyError."""
    return settings()[name]


def of_group(group: str) -> list[Setting]:
    return [s for s in settings().values() if s.group == group]


def touches_plans(names: Sequence[str]) -> bool:
    """Whether a change of these moves messages that are already planned."""
    return any(name in TOUCH_PLANS or setting(name).group in PLAN_GROUPS for name in names)


def current(desk: Department, name: str) -> Any:
    """What is set now."""
    if not setting(name).ours:
        return getattr(desk.rules, name)
    value = getattr(desk, name)
    return value.key if isinstance(value, ZoneInfo) else value


@record(frozen=True, slots=True)
class Asked:
    """What the words of a command name: settings (two for a pair), or a group, and the words that follow."""

    names: tuple[str, ...] = ()
    group: str = ""
    value: str = ""


def asked(typed: str) -> Asked | None:
    """What `/settings …` is about, by English or French name, in one word or several; None when nothing is meant."""
    parts = typed.split()
    for length in range(min(LONGEST_NAME, len(parts)), 0, -1):
        named = [words(part.replace("_", " ")) for part in parts[:length]]
        if not all(named):  # "lieu -": the dash is the value
            continue
        key = "_".join(word for several in named for word in several)
        rest = " ".join(parts[length:]).removeprefix(":").strip()
        if key in PAIRS:
            return Asked(PAIRS[key], value=rest)
        if key in _names():
            return Asked((_names()[key],), value=rest)
        if key in _groups():
            return Asked(group=_groups()[key], value=rest)
    return None


@cache
def _names() -> dict[str, str]:
    """Also by its heading: in "lieu de retour" *de retour* is no place."""
    headings = {"_".join(words(line)): s.name for s in settings().values() for line in (s.info.fr, s.info.en)}
    return {**SYNONYMS, **headings, **{word: s.name for s in settings().values() for word in (s.name, s.alias)}}


@cache
def _groups() -> dict[str, str]:
    return {word: group for group, others in GROUP_WORDS.items() for word in (group, *others)}


def near(typed: str) -> Matches[str]:
    """Settings whose name or help resembles the words."""
    among = [Named(s.name, f"{label} {s.name} {s.alias}".replace("_", " ")) for s in settings().values()
             for label in (s.info.fr, s.info.en)]  # fmt: skip
    found = find(typed, among)
    return Matches(near=tuple(dict.fromkeys((*found.sure, *found.near)))[:3])


# --- reading what was typed ----------------------------------------------------------------------


def read(wanted: Setting, typed: str, *, languages: Sequence[str] = ("fr", "en")) -> Any:
    """A typed value in the setting's own type, within its bounds. Raises BadValue."""
    typed = typed.strip()
    match wanted.kind:
        case "flag":
            return _flag(typed)
        case "span":
            return _bounded(wanted, _span(typed))
        case "clock":
            return _bounded(wanted, _clock(typed))
        case "count":
            return _bounded(wanted, _count(typed))
        case "text":
            return _text(wanted, typed)
        case "option":
            return (
                _currency(typed, wanted.info.options) if wanted.name == "currency" else _one(typed, wanted.info.options)
            )
        case "several" | "order":
            return _some(typed, wanted.info.options, ordered=wanted.kind == "order")
        case "zone":
            return zone_named(typed)
        case "country":
            return _country(typed)
        case "language":
            return _one(typed, languages)


def written(wanted: Setting, value: Any) -> str:
    """A value as `read` takes it: `21:00`, `1 d 2 h 30 min`, `yes`, `whatsapp, sms`."""
    match wanted.kind:
        case "flag":
            return "yes" if value else "no"
        case "span":
            days, minutes = divmod(round(value.total_seconds() / 60), 1440)
            parts = ((days, "d"), (minutes // 60, "h"), (minutes % 60, "min"))
            return " ".join(f"{count} {unit}" for count, unit in parts if count) or "0"
        case "clock":
            return f"{value:%H:%M}"
    return ", ".join(value) if isinstance(value, tuple) else str(value)


_FROM = re.compile(r"^(?:de|from|entre|between)\s+", re.IGNORECASE)
_DAYS = re.compile(r"(?!(?:de|from|entre|between)\s)([^\d:]+?)(?:\s*[,:]|\s+(?:de|from))?\s+(?=\d)", re.IGNORECASE)
_BETWEEN = re.compile(r"\s*(?:[-–—]|\bà\b|\ba\b|\bau\b|\bto\b|\buntil\b|\bet\b|\band\b|/)\s*")


def read_pair(names: Sequence[str], typed: str) -> dict[str, Any]:
    """`21:00-08:00`, `de 21h à 8h`, `21h 8h`, and `non` for no hours at all (equal bounds); before hours of opening
    also the days, `mar-sam 9h-18h`. Raises BadValue."""
    first, second = (setting(name) for name in names)
    typed = " ".join(typed.split())
    days = _DAYS.match(typed) if first.name == "opening" else None
    if days is not None:
        named = setting("open_days")
        return {named.name: read(named, days[1])} | read_pair(names, typed[days.end() :])
    if fold(typed).strip() in OFF | NOTHING and first.name == "quiet_from":
        return {first.name: time(0), second.name: time(0)}
    halves = [h for h in _BETWEEN.split(_FROM.sub("", typed)) if h]
    halves = typed.split() if len(halves) == 1 else halves
    if len(halves) != 2:
        raise BadValue("unreadable")
    return {s.name: read(s, half) for s, half in zip((first, second), halves, strict=True)}


def pair_with(name: str) -> tuple[str, str] | None:
    """The two settings of hours that this one belongs to; None for any other."""
    return next((pair for pair in PAIRS.values() if name in pair), None)


def _flag(typed: str) -> bool:
    said = fold(typed).strip(" .!")
    if said in ON:
        return True
    if said in OFF:
        return False
    raise BadValue("unreadable")


_UNITS = {
    "m": 1, "mn": 1, "min": 1, "minute": 1, "minutes": 1,
    "h": 60, "heure": 60, "heures": 60, "hour": 60, "hours": 60,
    "j": 1440, "jour": 1440, "jours": 1440, "d": 1440, "day": 1440, "days": 1440,
    "semaine": 10080, "semaines": 10080, "week": 10080, "weeks": 10080,
    "mois": 43200, "month": 43200, "months": 43200,
    "an": 525_600, "ans": 525_600, "annee": 525_600, "annees": 525_600, "year": 525_600, "years": 525_600,
}  # fmt: skip
_PART = re.compile(r"(\d{1,9}(?:[.,]\d)?)\s*([a-z]*)\s*(?:et |and )?")
_LONGEST = 1_000_000_000  # minutes: above every bound, and still a valid timedelta


def _span(typed: str) -> timedelta:
    """`2 h`, `1h30`, `3 jours`, `6 mois` (of 30 days), `2 ans`; a number without unit only after hours, and 0."""
    said, minutes, at, last = fold(typed).strip(), 0.0, 0, ""
    if said in NOTHING | {"0"}:
        return timedelta(0)
    while at < len(said):
        part = _PART.match(said, at)
        unit = "min" if part and not part[2] and last.startswith("h") else part[2] if part else ""
        if part is None or unit not in _UNITS:
            raise BadValue("unreadable")
        minutes += float(part[1].replace(",", ".")) * _UNITS[unit]
        at, last = part.end(), unit
    if not said:
        raise BadValue("unreadable")
    return timedelta(minutes=min(round(minutes), _LONGEST))


_CLOCK = re.compile(r"(\d{1,2})\s*(?:(?::|h|heures?|\.)\s*(\d{2})?)?\s*(?:min)?\s*(am|pm|du matin|du soir)?")


def _clock(typed: str) -> time:
    said = fold(typed).strip()
    named = {"midi": time(12), "noon": time(12), "minuit": time(0), "midnight": time(0)}
    if said in named:
        return named[said]
    found = _CLOCK.fullmatch(said)
    if found is None:
        raise BadValue("unreadable")
    hour, minute, half = int(found[1]), int(found[2] or 0), found[3] or ""
    if half in ("pm", "du soir") and hour < 12:
        hour += 12
    if half == "am" and hour == 12:
        hour = 0
    if hour == 24 and minute == 0:
        hour = 0
    if hour > 23 or minute > 59:
        raise BadValue("unreadable")
    return time(hour, minute)


_WHOLE = re.compile(r"(-?\d{1,3}(?: \d{3})+|-?\d{1,15})(?![.,]?\d)\b")


def _count(typed: str) -> int:
    """`8`, `8 rappels`, `100 000`; fractions are refused."""
    found = _WHOLE.match(fold(typed).strip())
    if found is None:
        raise BadValue("unreadable")
    return int(found[1].replace(" ", ""))


def _text(wanted: Setting, typed: str) -> str:
    said = "" if fold(typed) in NOTHING else " ".join(typed.split())
    if len(said) > (wanted.info.high or 200):
        raise BadValue("too_long")
    if len(said) < (wanted.info.low or 0):
        raise BadValue("empty")
    return said


def _meant(word: str, options: Sequence[str]) -> str | None:
    return next((o for o in options if word == fold(o) or word in OPTION_WORDS.get(o, ())), None)


def _one(typed: str, options: Sequence[str]) -> str:
    said = words(typed.replace("e-mail", "email"))
    found = _meant(said[0], options) if said else None
    if found is None:
        raise BadValue("unknown")
    return found


def _currency(typed: str, options: Sequence[str]) -> str:
    """`euros`, `F CFA`, or the code of any other: a desk begins with the currency of its country, whichever it is."""
    named = NAMES.get(fold(typed), typed)
    return named.upper() if named.upper() in currencies() else _one(named, options)


_STRETCH = re.compile(r"\b([^\W\d]+)\s*[-–—→]\s*([^\W\d]+)\b")
_EACH_DAY = frozenset({"tous les jours", "toute la semaine", "every day", "everyday", "all week", "7j 7", "7 7"})


def _some(typed: str, options: Sequence[str], *, ordered: bool) -> tuple[str, ...]:
    """Several of the options, in the order typed or in their own; `lundi au samedi`, `lun-sam` is a stretch of them,
    `tous les jours` all days."""
    typed = typed.replace("e-mail", "email")
    typed = typed if ordered else _STRETCH.sub(r"\1 a \2", typed)
    said = [w for w in words(typed) if w not in ("et", "and", "puis", "then", "le", "du", "from")]
    if tuple(options) == DAYS and " ".join(said) in _EACH_DAY:
        return DAYS
    named, reaches = list[str](), False
    for word in said:
        if word in ("au", "a", "to", "through") and named and not reaches:
            reaches = True
            continue
        found = _meant(word, options)
        if found is None:
            raise BadValue("unknown")
        named += _between(options, named[-1], found) if reaches else [found]
        reaches = False
    if not named or reaches:
        raise BadValue("unknown")
    return tuple(dict.fromkeys(named)) if ordered else tuple(o for o in options if o in named)


def _between(options: Sequence[str], first: str, last: str) -> list[str]:
    """From one to the other, over the end where the last stands before the first: `samedi au lundi`."""
    begin, end = options.index(first), options.index(last)
    return list(options[begin : end + 1]) if begin <= end else [*options[begin:], *options[: end + 1]]


def zone_named(typed: str) -> str:
    """`Europe/Paris`, or a city of the zone database, also by its French name: `Dakar`, `Bruxelles`. Raises
    BadValue."""
    wanted = "_".join(fold(typed).split())
    for key in sorted(available_timezones()):
        if wanted == key.lower():
            return key
    # Not Etc/GMT+1 for GMT+1: by the signs of POSIX that is an hour behind, where people mean one ahead.
    places = sorted(k for k in available_timezones() if "/" in k and not k.startswith("Etc/"))
    cities = [k for k in places if k.lower().rpartition("/")[2] == wanted] or [
        k for k in places if _cities().get(k) == words(typed)
    ]
    if not cities:
        raise BadValue("unknown")
    return cities[0]


@cache
def _cities() -> dict[str, list[str]]:
    from babel import Locale  # only for a city that the zone database does not name so

    zones = Locale("fr").time_zones
    return {str(key): words(str(said["city"])) for key, said in zones.items() if "city" in said}


def _country(typed: str) -> str:
    code = place_named(typed)
    if code is None:
        raise BadValue("unknown")
    return code


def _bounded(wanted: Setting, value: Any) -> Any:
    if wanted.info.low is not None and value < wanted.info.low:
        raise BadValue("too_low")
    if wanted.info.high is not None and value > wanted.info.high:
        raise BadValue("too_high")
    return value


def check(values: Mapping[str, Any], desk: Department, others: Iterable[str] = ()) -> None:
    """Raises BadValue when the values contradict what else is set: a loan both short and long, a name that is one of
    `others`, those of the other departments."""
    if values.get("name", desk.name) != desk.name and fold(values["name"]) in map(fold, others):
        raise BadValue("taken")
    for low, high in IN_ORDER:
        if (low in values or high in values) and values.get(low, current(desk, low)) > values.get(
            high, current(desk, high)
        ):
            raise BadValue("clash", high if low in values else low)


# --- moving it by buttons ------------------------------------------------------------------------


def nudged(wanted: Setting, value: Any, *, up: bool) -> Any | None:
    """The value one step up or down, None beyond the bounds. A length moves by a step of its own size."""
    match wanted.kind:
        case "span":
            moved = value + _stride(value) if up else value - _stride(value - timedelta(minutes=1))
        case "clock":
            minutes = value.hour * 60 + value.minute + (30 if up else -30)
            moved = time(minutes // 60 % 24, minutes % 60)
        case "count":
            moved = value + _leap(value) if up else value - _leap(value - 1)
        case _:
            return None
    try:
        return _bounded(wanted, moved)
    except BadValue:
        return None


def _leap(count: int) -> int:
    """1 up to 30, then 10 up to 300, and so on: from 100 000 messages a month one does not step down by ten."""
    leap = 1
    while count >= 30 * leap:
        leap *= 10
    return leap


_STRIDES = (
    (timedelta(minutes=30), timedelta(minutes=5)), (timedelta(hours=2), timedelta(minutes=15)),
    (timedelta(hours=6), timedelta(minutes=30)), (timedelta(days=1), timedelta(hours=1)),
    (timedelta(days=3), timedelta(hours=12)), (timedelta(days=14), timedelta(days=1)),
    (timedelta(days=90), timedelta(days=7)),
)  # fmt: skip


def _stride(length: timedelta) -> timedelta:
    return next((step for under, step in _STRIDES if length < under), timedelta(days=30))


def raised(order: Sequence[str], channel: str) -> tuple[str, ...]:
    """The channels with one moved a place forward; the first one stays."""
    at = order.index(channel)
    if at == 0:
        return tuple(order)
    return (*order[: at - 1], channel, order[at - 1], *order[at + 1 :])


def toggled(wanted: Setting, chosen: Sequence[str], option: str) -> tuple[str, ...]:
    """With the option, or without it; the last one stays: a desk is open on some day and reachable by some channel."""
    if option in chosen:
        return tuple(o for o in chosen if o != option) or tuple(chosen)
    if wanted.kind == "order":
        return (*chosen, option)
    return tuple(o for o in wanted.info.options if o in chosen or o == option)


def packed(value: Any) -> str:
    """A value as it travels in a button: seconds, HHMM, 0 or 1, names with commas."""
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, timedelta):
        return str(int(value.total_seconds()))
    if isinstance(value, time):
        return value.strftime("%H:%M")
    return ",".join(value) if isinstance(value, tuple) else str(value)


def unpacked(wanted: Setting, carried: str, *, languages: Sequence[str] = ("fr", "en")) -> Any:
    """The value a button carried, checked against its bounds again, since clients can forge it. Raises BadValue."""
    try:
        match wanted.kind:
            case "flag":
                return bool(int(carried))
            case "span":
                return _bounded(wanted, timedelta(seconds=int(carried)))
            case "clock" | "count":
                return _bounded(wanted, thaw(wanted.default, carried))
            case "several" | "order":
                named = carried.split(",")
                return _some(" ".join(named), wanted.info.options, ordered=wanted.kind == "order")
    except (ValueError, TypeError, OverflowError) as error:
        raise error if isinstance(error, BadValue) else BadValue("unreadable") from error
    return read(wanted, carried, languages=languages)


# --- showing it ----------------------------------------------------------------------------------


def shown(wanted: Setting, value: Any) -> RuleValue:
    """A value as a fact of a message."""
    match wanted.kind:
        case "flag":
            return RuleValue("flag", number=int(value))
        case "span":
            return RuleValue("span", number=int(value.total_seconds()))
        case "clock":
            return RuleValue("clock", text=value.strftime("%H:%M"))
        case "count":
            return RuleValue("count", number=value)
        case "several" | "order":
            return RuleValue(wanted.kind, items=tuple(value))
    return RuleValue(wanted.kind, text=str(value))


def bounds(wanted: Setting) -> tuple[RuleValue | None, RuleValue | None]:
    """The least and the most as facts; None where there is no bound (a text's bounds are lengths)."""
    if wanted.kind not in ("span", "clock", "count"):
        return None, None
    low, high = wanted.info.low, wanted.info.high
    return (None if low is None else shown(wanted, low)), (None if high is None else shown(wanted, high))
