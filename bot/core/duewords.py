"""The words of time in French and English: one `Lexicon` for each, all of it data.

Words are written folded (`spoken.fold`), apostrophes and hyphens between letters as blanks: `jusqu'à` is `jusqu a`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Generic, Literal, TypeVar

from bot.core.spoken import distance, slips_allowed

V = TypeVar("V")


class Phrases(Generic[V]):
    """Groups of words and what they stand for; the longest group that fits wins."""

    def __init__(self, rows: Mapping[str, V]) -> None:
        self.words = {word for phrase in rows for word in phrase.split()}
        self._rows: dict[str, list[tuple[tuple[str, ...], V]]] = {}
        for phrase, value in rows.items():
            first, *others = phrase.split()
            self._rows.setdefault(first, []).append((tuple(others), value))
        for row in self._rows.values():
            row.sort(key=lambda entry: -len(entry[0]))

    def match(self, texts: Sequence[str], start: int) -> tuple[V, int] | None:
        """The value of the longest phrase that begins at `start`, and where it ends."""
        if start >= len(texts):
            return None
        for others, value in self._rows.get(texts[start], ()):
            end = start + 1 + len(others)
            if not others or tuple(texts[start + 1 : end]) == others:
                return value, end
        return None


Unit = Literal["second", "minute", "hour", "day", "week", "fortnight", "month", "year"]
Anchor = Literal["now", "base"]
PartName = Literal[
    "early_morning", "morning", "mid_morning", "late_morning", "noon",
    "early_afternoon", "afternoon", "mid_afternoon", "late_afternoon",
    "early_evening", "evening", "late_evening", "night", "day_end",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class PartWord:
    """A part of the day; `today` when the words themselves say which day (ce soir, tonight)."""

    name: PartName
    today: bool = False


@dataclass(frozen=True, slots=True)
class Shift:
    """What stands around a weekday: so many weeks after the next such day, or that day of a week counted from this one."""

    weeks: int = 0
    of_week: int | None = None


@dataclass(frozen=True)
class Lexicon:
    """One language's words of time."""

    language: Literal["fr", "en"]
    weekdays: Mapping[str, int]
    weekday_abbreviations: Mapping[str, int]
    months: Mapping[str, int]
    numbers: Phrases[int]
    ordinals: Phrases[int]
    ordinal_endings: frozenset[str]
    units: Mapping[str, Unit]
    lengths: Phrases[tuple[Unit, float]]
    days: Phrases[int]
    feasts: Phrases[str]
    parts: Phrases[PartWord]
    fillers: Phrases[str]
    day_leads: frozenset[str]
    clock_leads: frozenset[str]
    joins: frozenset[str]
    before_weekday: Phrases[Shift]
    after_weekday: Phrases[Shift]
    past_after: Phrases[bool]
    past_before: Phrases[bool]
    weeks: Phrases[int]
    months_ahead: Phrases[int]
    years_ahead: Phrases[int]
    end_of: Phrases[bool]
    vaguely_of: Phrases[int]
    last: frozenset[str]
    day_words: frozenset[str]
    span_before: Phrases[Anchor]
    span_after: Phrases[Anchor]
    more: Phrases[bool]
    after: Phrases[int]
    eve: Phrases[int]
    halves: Phrases[float]
    zones: Mapping[str, int]
    corrections: dict[str, str] = field(default_factory=dict)

    def correct(self, word: str) -> str:
        """The day, month or word like *demain* that this one misspells, or the word as it is."""
        if len(word) < 5 or word in self.known:
            return word
        if word not in self.corrections:
            if len(self.corrections) > 5000:
                self.corrections.clear()
            self.corrections[word] = self._nearest(word)
        return self.corrections[word]

    def _nearest(self, word: str) -> str:
        allowed = slips_allowed(word)
        near = sorted(
            (distance(word, target, allowed), target)
            for target in self.spellable
            if abs(len(word) - len(target)) <= allowed and word[0] in target[:2]
        )
        best = [target for slips, target in near if slips == near[0][0] <= min(allowed, slips_allowed(target))]
        return best[0] if len(best) == 1 else word

    @property
    def known(self) -> frozenset[str]:
        return _KNOWN[self.language]

    @property
    def spellable(self) -> tuple[str, ...]:
        return _SPELLABLE[self.language]


def _rows(*groups: tuple[str, V]) -> dict[str, V]:
    """`("a, b", 1)` → `{"a": 1, "b": 1}`."""
    return {phrase.strip(): value for phrases, value in groups for phrase in phrases.split(",")}


def _indexed(*groups: str) -> dict[str, int]:
    return {word: index for index, words in enumerate(groups) for word in words.split()}


def _french_numbers() -> dict[str, int]:
    ones = ["zero", "un", "deux", "trois", "quatre", "cinq", "six", "sept", "huit", "neuf", "dix", "onze", "douze"]
    ones += ["treize", "quatorze", "quinze", "seize", "dix sept", "dix huit", "dix neuf"]
    numbers = {word: value for value, word in enumerate(ones)}
    tens = {"vingt": 20, "trente": 30, "quarante": 40, "cinquante": 50, "soixante": 60, "quatre vingt": 80}
    tens |= {"septante": 70, "huitante": 80, "octante": 80, "nonante": 90}
    for word, value in tens.items():
        reach = 20 if value in (60, 80) and word in ("soixante", "quatre vingt") else 10
        numbers[word] = value
        for step in range(1, reach):
            numbers[f"{word} {ones[step]}"] = value + step
            if step in (1, 11):
                numbers[f"{word} et {ones[step]}"] = value + step
    return numbers | {"quatre vingts": 80, "une": 1, "vingt et une": 21, "trente et une": 31, "cent": 100}


def _english_numbers() -> dict[str, int]:
    ones = "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen"
    numbers = {word: value for value, word in enumerate([*ones.split(), "seventeen", "eighteen", "nineteen"])}
    digits = [word for word, value in numbers.items() if 0 < value < 10]
    for index, word in enumerate("twenty thirty forty fifty sixty seventy eighty ninety".split(), 2):
        numbers[word] = index * 10
        numbers |= {f"{word} {digit}": index * 10 + value for value, digit in enumerate(digits, 1)}
    return numbers | {"fourty": 40}


def _english_ordinals() -> dict[str, int]:
    ones = "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth"
    ordinals = {word: value for value, word in enumerate(ones.split(), 1)}
    ordinals |= {word: 15 + i for i, word in enumerate("fifteenth sixteenth seventeenth eighteenth nineteenth".split())}
    ordinals |= {"twentieth": 20, "thirtieth": 30, "thirty first": 31}
    return ordinals | {f"twenty {word}": 20 + value for word, value in ordinals.items() if value < 10}


_FRENCH_ORDINALS = _indexed(
    "", "premier premiere", "deuxieme second seconde", "troisieme", "quatrieme", "cinquieme", "sixieme", "septieme",
    "huitieme", "neuvieme", "dixieme",
)  # fmt: skip

_FRENCH_UNITS: dict[str, Unit] = _rows(
    ("s, sec, secs, seconde, secondes", "second"),
    ("min, mn, mns, mins, minute, minutes", "minute"),
    ("h, hr, hrs, heure, heures", "hour"),
    ("j, jr, jrs, jour, jours, journee, journees", "day"),
    ("sem, semaine, semaines", "week"),
    ("quinzaine, quinzaines", "fortnight"),
    ("mois", "month"),
    ("an, ans, annee, annees", "year"),
)

_ENGLISH_UNITS: dict[str, Unit] = _rows(
    ("s, sec, secs, second, seconds", "second"),
    ("m, min, mins, minute, minutes", "minute"),
    ("h, hr, hrs, hour, hours", "hour"),
    ("d, day, days", "day"),
    ("w, wk, wks, week, weeks", "week"),
    ("fortnight, fortnights", "fortnight"),
    ("month, months", "month"),
    ("y, yr, yrs, year, years", "year"),
)

_SHARED_ZONES = {"utc": 0, "gmt": 0, "cet": 60, "cest": 120}

FRENCH = Lexicon(
    language="fr",
    weekdays=_indexed("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"),
    weekday_abbreviations=_indexed("lun", "mar", "mer merc", "jeu", "ven vend vendr", "sam", "dim"),
    months=_indexed(
        "", "janvier janv jan", "fevrier fevr fev", "mars", "avril avr", "mai", "juin", "juillet juil jul", "aout",
        "septembre sept sep", "octobre oct", "novembre nov", "decembre dec",
    ),
    numbers=Phrases(_french_numbers()),
    ordinals=Phrases(_FRENCH_ORDINALS),
    ordinal_endings=frozenset({"er", "ere", "e", "eme", "ieme", "nd", "nde"}),
    units=_FRENCH_UNITS,
    lengths=Phrases(_rows(
        ("demi heure, une demi heure, demie heure, une demie heure", ("hour", 0.5)),
        ("un quart d heure, quart d heure", ("hour", 0.25)),
        ("trois quarts d heure, 3 quarts d heure, trois quart d heure", ("hour", 0.75)),
        ("huitaine, une huitaine", ("day", 8)),
        ("quinzaine, une quinzaine, la quinzaine", ("day", 15)),
        ("une vingtaine de minutes", ("minute", 20)),
    )),
    days=Phrases(_rows(
        ("aujourd hui, ce jour, aujourdhui, auj, ajd, ojd, dans la journee, dans la journee d aujourd hui", 0),
        ("demain, 2main, dmain, lendemain, jour suivant, jour d apres, jour apres, un jour apres", 1),
        ("journee de demain, dans la journee de demain", 1),
        ("apres demain, surlendemain, deux jours plus tard, deux jours apres, apres 2main", 2),
        ("hier, jour d avant, jour precedent, veille", -1),
        ("avant hier, avant veille", -2),
    )),
    feasts=Phrases(_rows(
        ("noel, jour de noel, a noel", "christmas"),
        ("veille de noel, reveillon de noel, saint sylvestre avant", "christmas_eve"),
        ("jour de l an, nouvel an, premier de l an", "new_year"),
        ("saint sylvestre, st sylvestre, reveillon du nouvel an, reveillon du jour de l an", "new_year_eve"),
        ("toussaint, jour de la toussaint, journee de la toussaint", "all_saints"),
        ("fete du travail", "labour"),
        ("fete nationale", "bastille"),
        ("saint valentin, st valentin", "valentine"),
        ("epiphanie", "epiphany"),
        ("halloween", "halloween"),
        ("armistice", "armistice"),
        ("assomption", "assumption"),
        ("vendredi saint", "good_friday"),
        ("paques, dimanche de paques", "easter"),
        ("lundi de paques", "easter_monday"),
        ("ascension, jeudi de l ascension", "ascension"),
        ("pentecote, dimanche de pentecote", "pentecost"),
        ("lundi de pentecote", "whit_monday"),
        ("mardi gras", "mardi_gras"),
        ("mercredi des cendres", "ash_wednesday"),
        ("rameaux, dimanche des rameaux", "palm_sunday"),
    )),
    parts=Phrases(_rows(
        ("matin, du matin, le matin, au matin, du mat, mat, matinee, la matinee, dans la matinee, de la matinee, en matinee",
         PartWord("morning")),
        ("ce matin, cette matinee, cette matin", PartWord("morning", today=True)),
        ("debut de matinee, tot le matin, tres tot le matin, le matin tot, le matin tres tot, premiere heure"
         ", a la premiere heure, de bonne heure", PartWord("early_morning")),
        ("milieu de matinee, milieu de la matinee", PartWord("mid_morning")),
        ("fin de matinee, fin de la matinee, fin matinee", PartWord("late_morning")),
        ("a l heure du dejeuner, heure du dejeuner, midi pile", PartWord("noon")),
        ("apres midi, l apres midi, de l apres midi, dans l apres midi, aprem, aprm, l aprem, pm midi, apm, apresmidi"
         ", cet apres midi la", PartWord("afternoon")),
        ("cet apres midi, cet aprem, cet aprm, cette apres midi, cette aprem", PartWord("afternoon", today=True)),
        ("debut d apres midi, debut de l apres midi, debut d aprem", PartWord("early_afternoon")),
        ("milieu d apres midi, milieu de l apres midi", PartWord("mid_afternoon")),
        ("fin d apres midi, fin de l apres midi, fin d aprem, fin apres midi, fin aprem", PartWord("late_afternoon")),
        ("soir, du soir, le soir, au soir, soiree, la soiree, dans la soiree, en soiree, du soiree, de la soiree",
         PartWord("evening")),
        ("ce soir, cette soiree, 2soir, c soir", PartWord("evening", today=True)),
        ("debut de soiree, debut de la soiree", PartWord("early_evening")),
        ("fin de soiree, fin de la soiree", PartWord("late_evening")),
        ("nuit, la nuit, de la nuit, dans la nuit", PartWord("night")),
        ("cette nuit", PartWord("night", today=True)),
        ("fin de journee, fin de la journee, fin journee, fermeture, la fermeture, a la fermeture, heure de fermeture"
         ", fin du jour", PartWord("day_end")),
    )),
    fillers=Phrases({phrase: phrase.split()[-1] for phrase in _rows((
        "a, au, aux, le, la, l, les, de, du, des, d, en, pour, pr, vers, environ, avant, jusqu a, jusqu au, jusqua"
        ", jusqu, jusque, jusqu en, d ici, d ici a, d ici au, d ici le, ici, svp, stp, s il vous plait, s il te plait"
        ", s vous plait, sil vous plait, merci, merci d avance, plutot, autour de, aux alentours de, alentours"
        ", au plus tard, dernier delai, max, maxi, maximum, pile, precises, precise, si possible, disons, dans le courant de"
        ", courant, je dirais, oui, ok, bonjour, voila, grand maximum, heure locale, t, ce sera, n importe quand avant, sur"
        ", a partir de maintenant, a compter d aujourd hui, avant le, avant la, avant midi pile, dans, durant, ds", 0))}),
    day_leads=frozenset({"le", "au", "du"}),
    clock_leads=frozenset({"a", "vers", "environ", "avant", "jusqua"}),
    joins=frozenset({"de", "d", "du", "le", "la", "l", "en", "au", "a"}),
    before_weekday=Phrases(_rows(
        ("prochain, le prochain, ce prochain, ce, ce jour", Shift()),
        ("la semaine prochaine le", Shift(of_week=1)),
    )),
    after_weekday=Phrases(_rows(
        ("prochain, prochaine, qui vient, a venir", Shift()),
        ("suivant, d apres, de la semaine prochaine, la semaine prochaine, semaine prochaine, de la semaine suivante"
         ", la semaine suivante, de la semaine d apres, la semaine d apres, de la semaine qui vient, la semaine qui vient",
         Shift(of_week=1)),
        ("de cette semaine, cette semaine, de la semaine, de la semaine en cours", Shift(of_week=0)),
        ("en huit, en 8, sous huitaine, d en huit", Shift(weeks=1)),
        ("en quinze, en 15, d en quinze", Shift(weeks=2)),
    )),
    past_after=Phrases(_rows(("dernier, derniere, passe, passee, precedent, precedente", True))),
    past_before=Phrases(_rows(("il y a, y a, voici", True))),
    weeks=Phrases(_rows(
        ("cette semaine, dans la semaine, semaine en cours, la semaine", 0),
        ("semaine prochaine, semaine suivante, semaine d apres, semaine qui vient, semaine qui suit, semaine pro", 1),
        ("week end, weekend, we, ce week end, ce weekend, ce we, le week end, le weekend", -1),
        ("week end prochain, weekend prochain, we prochain", -2),
    )),
    months_ahead=Phrases(_rows(
        ("mois en cours, ce mois, ce mois ci, mois courant, mois", 0),
        ("mois prochain, mois suivant, mois d apres, mois qui vient", 1),
    )),
    years_ahead=Phrases(_rows(
        ("annee, cette annee, annee en cours", 0), ("annee prochaine, an prochain, annee suivante", 1),
    )),
    end_of=Phrases(_rows(("fin, fin de, fin du, fin d, fin de la, fin de l, la fin de, la fin du", True))),
    vaguely_of=Phrases(_rows(
        ("debut, debut de, debut du, debut d, tout debut, debut de la, debut de l", 1),
        ("mi, milieu, milieu de, milieu du, milieu de la, milieu d, courant", 15),
    )),
    last=frozenset({"dernier", "derniere"}),
    day_words=frozenset({"jour"}),
    span_before=Phrases(_rows(
        ("dans, dans les, d ici, d ici a, d ici les, sous, sous les, ds, au bout de, dans environ, dans a peu pres"
         ", d ici environ, au plus tard dans, dans exactement, dans le delai de", "now"),
        ("encore, plus, +, pendant, durant, encore pour, pour encore, de, de encore, pour une duree de, pendant encore"
         ", rajouter, ajouter, prolonger de", "base"),
    )),
    span_after=Phrases(_rows(
        ("plus tard, a partir de maintenant, a compter de maintenant, a partir d aujourd hui, a compter d aujourd hui"
         ", maximum dans", "now"),
        ("de plus, en plus, supplementaire, supplementaires, de rab, encore, de rallonge, de delai, de mieux", "base"),
    )),
    more=Phrases(_rows(("de, encore, bonnes, bonne", True))),
    after=Phrases(_rows(("apres, a partir de, a compter de, a partir du, a compter du, suivant", 1), ("avant", -1))),
    eve=Phrases(_rows(
        ("lendemain de, lendemain du, lendemain d, lendemain, jour apres, jour d apres", 1),
        ("surlendemain de, surlendemain du, surlendemain", 2),
        ("veille de, veille du, veille d, jour avant, veille", -1),
        ("avant veille de, avant veille du", -2),
    )),
    halves=Phrases(_rows(("et demi, et demie", 0.5), ("et quart, et un quart", 0.25), ("et trois quarts", 0.75))),
    zones=_SHARED_ZONES,
)  # fmt: skip

ENGLISH = Lexicon(
    language="en",
    weekdays=_indexed("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
    | _indexed("mondays", "tuesdays", "wednesdays", "thursdays", "fridays", "saturdays", "sundays"),
    weekday_abbreviations=_indexed("mon", "tue tues", "wed weds", "thu thur thurs", "fri", "sat", "sun"),
    months=_indexed(
        "", "january jan", "february feb", "march mar", "april apr", "may", "june jun", "july jul", "august aug",
        "september sept sep", "october oct", "november nov", "december dec",
    ),
    numbers=Phrases(_english_numbers()),
    ordinals=Phrases(_english_ordinals()),
    ordinal_endings=frozenset({"st", "nd", "rd", "th"}),
    units=_ENGLISH_UNITS,
    lengths=Phrases(_rows(
        ("half an hour, a half hour, half hour, 1/2 hour, half a hour", ("hour", 0.5)),
        ("a quarter of an hour, quarter of an hour, quarter hour, a quarter hour", ("hour", 0.25)),
        ("three quarters of an hour, three quarter of an hour", ("hour", 0.75)),
        ("an hour and a half, one hour and a half, hour and a half, one and a half hours", ("hour", 1.5)),
        ("an hour and a quarter", ("hour", 1.25)),
        ("fortnight, a fortnight, one fortnight", ("day", 14)),
    )),
    days=Phrases(_rows(
        ("today, this day, tday, 2day", 0),
        ("tomorrow, tomorrows, tmrw, tmw, tomoz, 2moro, 2morrow, tom, next day, following day, day after", 1),
        ("day after tomorrow, overmorrow", 2),
        ("yesterday", -1),
        ("day before yesterday", -2),
    )),
    feasts=Phrases(_rows(
        ("christmas, christmas day, xmas, xmas day, x mas", "christmas"),
        ("christmas eve, xmas eve", "christmas_eve"),
        ("boxing day", "boxing"),
        ("new year, new years, new year s, new year day, new years day, new year s day", "new_year"),
        ("new year eve, new years eve, new year s eve, nye", "new_year_eve"),
        ("valentine s day, valentine day, valentines day, valentines", "valentine"),
        ("st patrick s day, st patricks day, saint patrick s day, st paddy s day", "patrick"),
        ("halloween, hallowe en", "halloween"),
        ("all saints day, all saints, all saints' day", "all_saints"),
        ("bastille day", "bastille"),
        ("independence day, 4th of july, fourth of july", "independence_us"),
        ("thanksgiving, thanksgiving day", "thanksgiving"),
        ("black friday", "black_friday"),
        ("labor day", "labor_us"),
        ("memorial day", "memorial_us"),
        ("presidents day, president s day", "presidents"),
        ("mlk day, martin luther king day, martin luther king s day, martin luther kings day", "mlk"),
        ("father s day, fathers day", "fathers"),
        ("good friday", "good_friday"),
        ("easter, easter sunday, easter day", "easter"),
        ("easter monday, easter mon", "easter_monday"),
        ("maundy thursday", "maundy_thursday"),
        ("palm sunday", "palm_sunday"),
        ("trinity sunday", "trinity"),
        ("ascension, ascension day, ascension thursday", "ascension"),
        ("pentecost, whit sunday", "pentecost"),
        ("whit monday", "whit_monday"),
        ("ash wednesday", "ash_wednesday"),
        ("shrove tuesday, pancake day, mardi gras", "mardi_gras"),
        ("epiphany", "epiphany"),
    )),
    parts=Phrases(_rows(
        ("morning, in the morning, the morning, in morning, mornings, in the am", PartWord("morning")),
        ("this morning", PartWord("morning", today=True)),
        ("early morning, early in the morning, first thing, first thing in the morning, early", PartWord("early_morning")),
        ("mid morning", PartWord("mid_morning")),
        ("late morning, end of the morning, end of morning", PartWord("late_morning")),
        ("lunch, lunchtime, lunch time", PartWord("noon")),
        ("afternoon, in the afternoon, in afternoon, the afternoon, arvo, afternoonish, in the pm", PartWord("afternoon")),
        ("this afternoon, this arvo", PartWord("afternoon", today=True)),
        ("early afternoon, early in the afternoon", PartWord("early_afternoon")),
        ("mid afternoon", PartWord("mid_afternoon")),
        ("late afternoon, late in the afternoon, end of the afternoon, end of afternoon", PartWord("late_afternoon")),
        ("evening, in the evening, in evening, the evening, eve", PartWord("evening")),
        ("this evening, tonight, tonite, 2nite, 2night", PartWord("evening", today=True)),
        ("early evening, early in the evening", PartWord("early_evening")),
        ("late evening, late in the evening", PartWord("late_evening")),
        ("late tonight, late tonite", PartWord("late_evening", today=True)),
        ("night, at night, in the night", PartWord("night")),
        ("end of day, end of the day, eod, cob, close of business, end of business, close of play, closing time"
         ", closing, end of business day", PartWord("day_end")),
    )),
    fillers=Phrases({phrase: phrase.split()[-1] for phrase in _rows((
        "at, on, by, for, until, till, til, untill, up to, before, the, of, around, about, approximately, approx, please, pls"
        ", plz, thanks, thank you, no later than, not later than, at the latest, latest, exactly, sharp, ish, say, roughly"
        ", due, local time, t, at about, at around, by about, yes, ok, okay, i d say, how about, in, during, sometime"
        ", anytime before, some time, let s say, maybe, from, if possible, only, just, to", 0))}),
    day_leads=frozenset({"the"}),
    clock_leads=frozenset({"at", "by", "around", "about", "before", "until", "till", "til", "approximately", "approx", "for"}),
    joins=frozenset({"of", "the", "in", "on"}),
    before_weekday=Phrases(_rows(
        ("next, this, this coming, coming, the coming, the next, upcoming, the following, this upcoming", Shift()),
        ("next week, next week s, next week on", Shift(of_week=1)),
        ("this week s, this week", Shift(of_week=0)),
    )),
    after_weekday=Phrases(_rows(
        ("coming", Shift()),
        ("of next week, next week, in next week, from next week, of the next week, of the following week"
         ", the following week", Shift(of_week=1)),
        ("this week, of this week, of the week", Shift(of_week=0)),
        ("week, after next, in a week, week later, a week later", Shift(weeks=1)),
        ("fortnight, in two weeks", Shift(weeks=2)),
    )),
    past_after=Phrases(_rows(("ago, back, last week, of last week, from last week", True))),
    past_before=Phrases(_rows(("last, past, previous", True))),
    weeks=Phrases(_rows(
        ("this week, coming week, current week, the week", 0),
        ("next week, following week", 1),
        ("weekend, week end, this weekend, this week end, the weekend, this coming weekend, wkd", -1),
        ("next weekend, next week end", -2),
    )),
    months_ahead=Phrases(_rows(("this month, month, current month", 0), ("next month, following month", 1))),
    years_ahead=Phrases(_rows(("this year, year", 0), ("next year", 1))),
    end_of=Phrases(_rows(("end, end of, end of the, the end of, the end of the", True), ("last day of, last day of the", True))),
    vaguely_of=Phrases(_rows(
        ("early, beginning of, beginning of the, start of, start of the, early in", 1),
        ("mid, middle of, middle of the", 15),
        ("late, late in", 25),
    )),
    last=frozenset({"last"}),
    day_words=frozenset({"day"}),
    span_before=Phrases(_rows(
        ("in, within, in about, in around, in the next, within the next, inside, in exactly, in just, in approximately", "now"),
        ("another, +, plus, for another, an extra, for an extra, extra, an additional, additional, for, by", "base"),
    )),
    span_after=Phrases(_rows(
        ("from now, from today, hence, later, from right now, time, s time, from this moment, away", "now"),
        ("more, longer, extra, additional, on top, further", "base"),
    )),
    more=Phrases(_rows(("more, extra, additional, further, of, business", True))),
    after=Phrases(_rows(("from, after, following, on, past", 1), ("before, prior to", -1))),
    eve=Phrases(_rows(("day after, day following", 1), ("day before", -1))),
    halves=Phrases(_rows(("and a half, and an half, and half", 0.5), ("and a quarter", 0.25))),
    zones=_SHARED_ZONES | {"bst": 60, "pst": -480, "pdt": -420, "est": -300, "edt": -240, "cst": -360},
)  # fmt: skip

LEXICONS: Mapping[str, Lexicon] = {"fr": FRENCH, "en": ENGLISH}


def _known(lexicon: Lexicon) -> frozenset[str]:
    found = {*lexicon.weekdays, *lexicon.weekday_abbreviations, *lexicon.months, *lexicon.units, *lexicon.zones}
    for value in vars(lexicon).values():
        if isinstance(value, Phrases):
            found |= value.words
    return frozenset(found | _COMMON)


def _spellable(lexicon: Lexicon, others: Iterable[str]) -> tuple[str, ...]:
    plain = [word for word in (*lexicon.weekdays, *lexicon.months) if len(word) > 4 and not word.endswith("days")]
    return (*plain, *others)


# Ordinary words one slip away from a day or a month: they stand for themselves.
_COMMON = frozenset({"marche", "avoir", "domain", "sundae", "arrive", "money", "match", "mardis", "marches", "augusta"})
_KNOWN = {name: _known(lexicon) for name, lexicon in LEXICONS.items()}
_SPELLABLE = {
    "fr": _spellable(FRENCH, ("demain", "semaine", "prochain", "prochaine", "aujourd", "heures", "jours")),
    "en": _spellable(ENGLISH, ("tomorrow", "tonight", "morning", "afternoon", "evening", "midnight")),
}
