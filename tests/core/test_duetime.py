"""Due times: tables of phrases, sentences that hold one, and what must be true of any text at all."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.core.due import Due, Grain, Unclear
from bot.core.duegrammar import Reader
from bot.core.duetime import ENGLISH_DAYS, FRENCH_DAYS, find_due, read_due, refuses, say_clock, say_day, say_due
from bot.core.duetokens import cut
from bot.core.duewords import LEXICONS
from bot.core.spoken import clean

PARIS = ZoneInfo("Europe/Paris")
NEW_YORK = ZoneInfo("America/New_York")
SATURDAY = datetime(2026, 11, 21, 10, tzinfo=PARIS)
PHRASES = Path(__file__).parent / "phrases"


class Row(NamedTuple):
    """One line of a table: `due` is a day, an hour of the clock, or `?` with the reason where the grain stands."""

    language: str
    now: str
    phrase: str
    due: str
    grain: str


def table(language: str) -> list[Row]:
    lines = (PHRASES / f"due_{language}.tsv").read_text(encoding="utf-8").splitlines()[1:]
    return [Row(language, *line.split("\t")) for line in lines]


def reading(row: Row) -> tuple[str, str]:
    now = datetime.fromisoformat(row.now).replace(tzinfo=PARIS)
    return shown(read_due(row.phrase, now=now, language=row.language))


def shown(found: Due | Unclear) -> tuple[str, str]:
    """A reading in the words of the tables; the offset is written for the second of two equal hours only."""
    if isinstance(found, Unclear):
        return "?", found.why
    if found.grain is Grain.DAY:
        return found.at.date().isoformat(), found.grain.value
    wall = found.at.replace(tzinfo=None).isoformat(timespec="minutes")
    return wall + ("+01:00" if found.at.fold else ""), found.grain.value


@pytest.mark.parametrize(
    ("zone", "phrase", "days"),
    [
        ("America/New_York", "05/12 6pm", ("2026-12-05", "2027-05-12")),
        ("US/Pacific", "until 1/2/2027", ("2027-02-01", "2027-01-02")),
        ("America/New_York", "05/12/2026", ("2026-12-05",)),  # the twelfth of May is over
        ("America/New_York", "12/25", ("2026-12-25",)),
        ("America/New_York", "12/12", ("2026-12-12",)),
        ("America/New_York", "Saturday 12/5", ("2026-12-05",)),
        ("Asia/Kolkata", "05/12 6pm", ("2026-12-05",)),
        ("Africa/Lagos", "05/12 6pm", ("2026-12-05",)),
    ],
)
def test_two_numbers_are_asked_about_where_english_has_the_month_first_too(
    zone: str, phrase: str, days: tuple[str, ...]
) -> None:
    now = datetime(2026, 11, 21, 10, tzinfo=ZoneInfo(zone))
    found = find_due(f"PERC-001 Awa {phrase}", now=now, language="en")
    assert found is not None
    due = found[0]
    read = due.candidates if isinstance(due, Unclear) else (due,)
    assert tuple(one.at.date().isoformat() for one in read) == days


@pytest.mark.parametrize("language", ["fr", "en"])
def test_a_phrase_is_read_as_the_table_says(language: str) -> None:
    wrong = [
        f"{row.phrase!r} on {row.now} is {came}, not {(row.due, row.grain)}"
        for row in table(language)
        if (came := reading(row)) != (row.due, row.grain)
    ]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize(
    ("sentence", "due", "rest"),
    [
        ("PRET perceuse vendredi 18h", "2026-11-27T18:00", "PRET perceuse"),
        ("PRET PERC-001 18h", "2026-11-21T18:00", "PRET PERC-001"),
        ("PRET 2 perceuses demain", "2026-11-22", "PRET 2 perceuses"),
        ("bonjour, je prends la scie jusqu'à mardi merci", "2026-11-24", "bonjour, je prends la scie"),
        ("je la rapporte demain vers 18h, merci", "2026-11-22T18:00", "je la rapporte"),
        ("PRET perceuse - vendredi 18h", "2026-11-27T18:00", "PRET perceuse"),
        ("prolonger le 2 jusqu'à mardi", "2026-11-24", "prolonger le 2"),
        ("prolonger le 2 jusqu'au 9", "2026-12-09", "prolonger le 2"),
        ("prolonger le 5 au soir", "2026-12-05T20:00", "prolonger"),
        ("PROLONGER 3 jours", "2026-11-24", "PROLONGER"),
        ("demain 18h pour la perceuse", "2026-11-22T18:00", "pour la perceuse"),
        ("perceuse 12 V samedi 10h", "2026-11-28T10:00", "perceuse 12 V"),
        ("échelle 3 m demain midi", "2026-11-22T12:00", "échelle 3 m"),
        ("tente 2 secondes mardi", "2026-11-24", "tente 2 secondes"),
        ("PRET perceuse Frida demain", "2026-11-22", "PRET perceuse Frida"),
        ("PRET perceuse 12.5 mm demain", "2026-11-22", "PRET perceuse 12.5 mm"),
        ("PRET écran 16:9 vendredi", "2026-11-27", "PRET écran 16:9"),
        ("PRET échafaudage 1/2 journée demain", "2026-11-22", "PRET échafaudage 1/2 journée"),
        ("PRET vidéoprojecteur 12/12", "2026-12-12", "PRET vidéoprojecteur"),
        ("demain 18h, merci", "2026-11-22T18:00", ""),
        ("PRET A4 lundi", "2026-11-23", "PRET A4"),
        ("PRET tente 4 places pour samedi", "2026-11-28", "PRET tente 4 places"),
        ("PRET jeu de société mercredi", "2026-11-25", "PRET jeu de société"),
        ("je paie 50 euros vendredi", "2026-11-27", "je paie 50 euros"),
        ("+33612345678 perceuse demain", "2026-11-22", "+33612345678 perceuse"),
        ("06 12 34 56 78 demain 18h", "2026-11-22T18:00", "06 12 34 56 78"),
        ("rapporte le mar. 8 déc.", "2026-12-08", "rapporte"),
        ("BORROW drill until friday 6pm", "2026-11-27T18:00", "BORROW drill"),
        ("EXTEND 2 to friday", "2026-11-27", "EXTEND 2"),
        ("I need it for 2 more days", "2026-11-23", "I need it"),
        ("may I keep the tent until Monday?", "2026-11-23", "may I keep the tent ?"),
        ("lend drill to Awa until monday noon", "2026-11-23T12:00", "lend drill to Awa"),
        ("lend drill to Awa until fri", "2026-11-27", "lend drill to Awa"),
        ("lend drill to Awa fri noon", "2026-11-27T12:00", "lend drill to Awa"),
        ("lend drill to Awa til 6pm sat", "2026-11-28T18:00", "lend drill to Awa"),
        ("lend drill to Awa eod thu pls", "2026-11-26T18:00", "lend drill to Awa"),
        ("EXTEND 2 til next sun", "2026-11-22", "EXTEND 2"),
        ("PRET perceuse jusqu'à ven", "2026-11-27", "PRET perceuse"),
        ("PRET perceuse Awa 18h ven", "2026-11-27T18:00", "PRET perceuse Awa"),
        ("PRET perceuse mar midi", "2026-11-24T12:00", "PRET perceuse"),
        ("PRET perceuse vendredi 18 heur", "2026-11-27T18:00", "PRET perceuse"),
        ("je passe à 18h mon frère sera là", "2026-11-21T18:00", "je passe mon frère sera là"),
        ("je passe à 18h, Sam sera là", "2026-11-21T18:00", "je passe Sam sera là"),
        ("perceuse rendue demain matin Sam", "2026-11-22T12:00", "perceuse rendue Sam"),
    ],
)
def test_a_time_is_found_in_a_sentence_and_the_rest_is_left_as_it_was(sentence: str, due: str, rest: str) -> None:
    found = find_due(sentence, now=SATURDAY, language="fr")
    assert found is not None
    assert (shown(found[0])[0], found[1]) == (due, rest)


@pytest.mark.parametrize(
    "sentence",
    [
        "RENDU 2", "RENDU", "STOP 2", "PAYE 25 000", "scie 230V", "PRET salle 12", "mon vélo est mort", "MES PRETS",
        "PRET table pour 8", "Mai Linh garde la tente", "Marc prend la perceuse", "il y a un problème", "PERC-001",
        "appelez le 06 12 34 56 78", "my phone is +221771234567", "the drill is broken", "1 RENDU", "2", "le 2", "",
        "le premier prêt", "the first drill", "le deuxième marteau", "je suis au 12 rue des Lilas", "la clé 10-12",
        "tuyau 1/2 pouce", "PRET lot 3/4", "Version 1.1.30", "score 3-2", "à 5 on la porte", "it weighs 35.49 kg",
        "remise de 12.50 €", "j'en ai deux", "il y en a deux", "PRET visseuse 18V", "A4", "R2-D2", "le jeu", "I may",
        "it sat there", "this sun lamp", "jusqu'à mer calme", "extend by 2",
    ],
)  # fmt: skip
def test_numbers_of_things_and_ordinary_words_are_no_times(sentence: str) -> None:
    assert find_due(sentence, now=SATURDAY, language="fr") is None


@pytest.mark.parametrize(
    ("sentence", "why", "candidates", "rest"),
    [
        ("PRET perceuse du 24 au 26 décembre", "ambiguous", ["2026-11-24", "2026-12-26"], "PRET perceuse"),
        ("PRET caméra 2h", "ambiguous", ["2026-11-21T12:00", "2026-11-22T02:00"], "PRET caméra"),
        ("PRET caméra vendredi ou lundi", "ambiguous", ["2026-11-27", "2026-11-23"], "PRET caméra"),
        ("rendu hier soir", "past", [], "rendu"),
        ("PRET scie lundi 27 novembre", "impossible", ["2026-11-27"], "PRET scie"),
        ("PRET scie le 31 février", "impossible", [], "PRET scie"),
    ],
)
def test_what_is_doubtful_in_a_sentence_is_said_with_what_may_have_been_meant(
    sentence: str, why: str, candidates: list[str], rest: str
) -> None:
    found = find_due(sentence, now=SATURDAY, language="fr")
    assert found is not None
    assert isinstance(found[0], Unclear)
    assert (found[0].why, [shown(due)[0] for due in found[0].candidates], found[1]) == (why, candidates, rest)


@pytest.mark.parametrize(
    ("phrase", "due"),
    [
        ("un jour de plus", "2026-11-25T12:00"),
        ("encore 2 jours", "2026-11-26T12:00"),
        ("une semaine de plus", "2026-12-01T12:00"),
        ("2 heures de plus", "2026-11-24T14:00"),
        ("2 more days", "2026-11-26T12:00"),
        ("another week", "2026-12-01T12:00"),
        ("3 jours", "2026-11-27T12:00"),
        ("dans 3 jours", "2026-11-24"),
        ("lundi", "2026-11-30"),  # the one after it is due, not the one before
        ("jusqu'à lundi prochain", "2026-11-30"),
        ("mardi matin", "2026-12-01T12:00"),
        ("mardi", "2026-11-24"),  # at the desk's closing time: later than noon
        ("mercredi", "2026-11-25"),
        ("20h", "2026-11-24T20:00"),
        ("until monday 9am", "2026-11-30T09:00"),
        ("demain", "2026-11-22"),  # these name their day, though it is no later
        ("lundi 23 novembre", "2026-11-23"),
        ("dans 2 jours", "2026-11-23"),
    ],
)
def test_more_time_counts_from_the_due_time_that_stands(phrase: str, due: str) -> None:
    base = datetime(2026, 11, 24, 12, tzinfo=PARIS)
    assert shown(read_due(phrase, now=SATURDAY, base=base))[0] == due


def test_a_bare_day_means_the_closing_time_of_the_desk() -> None:
    due = read_due("vendredi", now=SATURDAY, closing=time(12, 30))
    assert isinstance(due, Due)
    assert due.at == datetime(2026, 11, 27, 12, 30, tzinfo=PARIS)


def test_the_end_of_the_day_is_the_closing_time_too() -> None:
    due = read_due("demain fin de journée", now=SATURDAY, closing=time(17, 15))
    assert isinstance(due, Due)
    assert due.at == datetime(2026, 11, 22, 17, 15, tzinfo=PARIS)


@pytest.mark.parametrize(("language", "phrase"), [("fr", "friday 6pm"), ("en", "vendredi 18h"), ("pt", "vendredi 18h")])
def test_the_other_language_is_tried_after_the_persons_own(language: str, phrase: str) -> None:
    assert shown(read_due(phrase, now=SATURDAY, language=language)) == ("2026-11-27T18:00", "hour")


@pytest.mark.parametrize(
    ("at", "language", "said"),
    [
        (datetime(2026, 11, 27, 18, tzinfo=PARIS), "fr", "vendredi 27 novembre à 18 h"),
        (datetime(2026, 11, 27, 18, 30, tzinfo=PARIS), "fr", "vendredi 27 novembre à 18 h 30"),
        (datetime(2026, 12, 1, 9, 5, tzinfo=PARIS), "fr", "mardi 1er décembre à 9 h 05"),
        (datetime(2027, 11, 27, 0, tzinfo=PARIS), "fr", "samedi 27 novembre 2027 à 0 h"),
        (datetime(2026, 11, 27, 18, 30, tzinfo=PARIS), "en", "Friday 27 November at 6:30 pm"),
        (datetime(2026, 11, 27, 0, tzinfo=PARIS), "en", "Friday 27 November at 12 am"),
        (datetime(2027, 11, 26, 12, tzinfo=PARIS), "en", "Friday 26 November 2027 at 12 pm"),
        (
            datetime(2027, 10, 31, 2, 30, fold=1, tzinfo=PARIS),
            "fr",
            "dimanche 31 octobre 2027 à 2 h 30 (heure d'hiver)",
        ),
        (datetime(2027, 10, 31, 2, 30, fold=1, tzinfo=PARIS), "en", "Sunday 31 October 2027 at 2:30 am (winter time)"),
        (datetime(2026, 11, 27, 2, 30, fold=1, tzinfo=PARIS), "fr", "vendredi 27 novembre à 2 h 30"),
    ],
)
def test_a_due_time_is_said_in_full_words(at: datetime, language: str, said: str) -> None:
    assert say_due(at, language=language, now=SATURDAY) == said


def test_a_day_and_a_clock_are_said_alone() -> None:
    at = datetime(2026, 11, 27, 18, tzinfo=PARIS)
    assert (say_day(at, language="fr"), say_clock(at, language="en")) == ("vendredi 27 novembre", "6 pm")


# --- what must be true of any time and any text -----------------------------------------------------

zones = st.sampled_from([PARIS, NEW_YORK, ZoneInfo("Africa/Dakar"), ZoneInfo("Asia/Kathmandu"), UTC])
languages = st.sampled_from(["fr", "en"])
minutes_of_ten_years = st.integers(0, 10 * 366 * 24 * 60)
BEGINNING = datetime(2026, 1, 1, tzinfo=UTC)


def minute(number: int, zone: ZoneInfo) -> datetime:
    return (BEGINNING + timedelta(minutes=number)).astimezone(zone)


def at_utc(text: str) -> int:
    return int((datetime.fromisoformat(text).replace(tzinfo=UTC) - BEGINNING) / timedelta(minutes=1))


@given(minutes_of_ten_years, st.integers(1, 400 * 24 * 60), zones, languages)
@example(at_utc("2026-10-25T00:30"), 600, PARIS, "fr")  # 02:30 for the first time
@example(at_utc("2026-10-25T01:30"), 600, PARIS, "fr")  # 02:30 for the second
@example(at_utc("2026-10-25T01:30"), 30, PARIS, "en")  # asked between the two
@example(at_utc("2026-11-01T06:15"), 60, NEW_YORK, "en")
@example(at_utc("2026-03-29T01:00"), 45, PARIS, "fr")  # the first minute after the gap
@example(at_utc("2028-02-29T12:00"), 300 * 24 * 60, PARIS, "fr")
@example(at_utc("2026-12-31T23:00"), 5, PARIS, "en")  # midnight of the new year
@settings(max_examples=300)
def test_what_is_said_is_read_back_to_the_same_instant(number: int, ahead: int, zone: ZoneInfo, language: str) -> None:
    at, now = minute(number, zone), minute(number - ahead, zone)
    said = say_due(at, language=language, now=now)
    due = read_due(said, now=now, language=language)
    assert isinstance(due, Due), (said, due)
    assert due.at.timestamp() == at.timestamp(), said


@given(minutes_of_ten_years, st.integers(1, 300 * 24 * 60), zones, languages)
@settings(max_examples=60)
def test_what_is_said_is_found_in_a_sentence_too(number: int, ahead: int, zone: ZoneInfo, language: str) -> None:
    at, now = minute(number, zone), minute(number - ahead, zone)
    thanks = "merci" if language == "fr" else "thanks"
    found = find_due(f"PRET PERC-001 {say_due(at, language=language, now=now)}, {thanks}", now=now, language=language)
    assert found is not None
    assert isinstance(found[0], Due)
    assert (found[0].at.timestamp(), found[1]) == (at.timestamp(), "PRET PERC-001")


@given(minutes_of_ten_years, st.integers(0, 6), zones)
@settings(max_examples=60)
def test_a_weekday_is_the_next_one_after_today(number: int, weekday: int, zone: ZoneInfo) -> None:
    now = minute(number, zone)
    names = (FRENCH_DAYS[weekday], f"{FRENCH_DAYS[weekday]} prochain", f"next {ENGLISH_DAYS[weekday]}")
    for name in names:
        due = read_due(name, now=now)
        assert isinstance(due, Due)
        assert due.at.weekday() == weekday
        assert 1 <= (due.at.date() - now.date()).days <= 7


@given(minutes_of_ten_years, st.integers(0, 6), zones)
@settings(max_examples=60)
def test_a_weekday_of_next_week_lies_between_its_monday_and_its_sunday(
    number: int, weekday: int, zone: ZoneInfo
) -> None:
    now = minute(number, zone)
    monday = now.date() - timedelta(days=now.weekday()) + timedelta(weeks=1)
    due = read_due(f"{FRENCH_DAYS[weekday]} de la semaine prochaine", now=now)
    assert isinstance(due, Due)
    assert due.at.date() == monday + timedelta(days=weekday)


@given(st.integers(1, 12), st.integers(0, 59), minutes_of_ten_years)
@settings(max_examples=60)
def test_an_english_hour_without_am_or_pm_is_the_next_of_the_waking_day(hour: int, past: int, number: int) -> None:
    now = minute(number, PARIS)
    due = read_due(f"at {hour}:{past:02d}", now=now, language="en")
    assert isinstance(due, Due)
    assert time(7) <= due.at.time() <= time(22)
    assert due.at.hour % 12 == hour % 12
    assert due.at.timestamp() > now.timestamp()


@given(st.integers(1, 500), minutes_of_ten_years)
@settings(max_examples=50)
def test_days_ahead_are_days_of_the_calendar_and_hours_are_real_time(count: int, number: int) -> None:
    now = minute(number, PARIS)
    days, hours = read_due(f"dans {count} jours", now=now), read_due(f"in {count} hours", now=now)
    assert isinstance(days, Due)
    assert days.at.date() == now.date() + timedelta(days=count)
    assert isinstance(hours, Due)
    assert hours.at.timestamp() == now.timestamp() + 3600 * count


VOCABULARY = sorted(
    word
    for lexicon in LEXICONS.values()
    for word in {*lexicon.known, *"0 1 2 3 7 08 9 12 15 18 24 30 31 59 99 2026 2027 1830 / : - . , + h".split()}
)
time_words = st.lists(st.sampled_from(VOCABULARY), max_size=8).map(" ".join)
glued_words = st.lists(st.sampled_from(VOCABULARY), max_size=6).map("".join)


@pytest.mark.thorough
@given(st.one_of(st.text(max_size=60), time_words, glued_words), minutes_of_ten_years, zones, languages)
@example("31/12/9999", 0, PARIS, "fr")
@example("dans 1000 ans", 0, PARIS, "fr")
@example("0000-00-00T00:00", 0, PARIS, "fr")
@example("\ud800 demain \x00", 0, PARIS, "fr")
@settings(max_examples=500)
def test_no_text_breaks_the_reading_and_no_due_time_is_past(
    text: str, number: int, zone: ZoneInfo, language: str
) -> None:
    now = minute(number, zone)
    found = find_due(text, now=now, language=language)
    for due in (read_due(text, now=now, language=language), found[0] if found else None):
        if isinstance(due, Due):
            assert due.at.timestamp() > now.timestamp()
            assert due.at.tzinfo is zone
            assert due.understood


def read_from_each_word(text: str, language: str, *, whole: bool) -> list[object]:
    sentence = cut(clean(text), LEXICONS[language])
    reader = Reader(sentence, LEXICONS[language], SATURDAY, whole=whole)
    return [reader.pieces(start) for start in range(len(sentence.tokens))]


OPENED = {
    "fr": ("", "3", "jour", "heure", "mars", "lundi et mardi", "et quart", "+3"),
    "en": ("", "3", "day", "march", "friday to sunday", "past five", "quarters past 3", "end"),
}


def openings(language: str) -> Iterator[str]:
    """Each word that the tables or the rules know, before what makes a time of many."""
    alone = "2026-11-27T18:00, moi - mardi, tomorrow or friday, j+3, month end, year end, eow, noonish, mid night, midi"
    yield from f"{alone}, mois march, this mars, ce march, mois de mars, from lundi to mardi".split(", ")
    for word in sorted(LEXICONS[language].known | LEXICONS[language].joins):
        yield from (f"{word} {rest}" for rest in OPENED[language])


@pytest.mark.thorough
@pytest.mark.parametrize("language", ["fr", "en"])
def test_no_word_that_a_time_begins_with_is_passed_over(monkeypatch: pytest.MonkeyPatch, language: str) -> None:
    texts = [*openings(language), *(row.phrase for row in table(language))]
    found = [read_from_each_word(text, language, whole=whole) for text in texts for whole in (True, False)]
    monkeypatch.setattr(Reader, "_may_begin", lambda *_: True)
    assert found == [read_from_each_word(text, language, whole=whole) for text in texts for whole in (True, False)]


@given(st.text(max_size=2000))
@settings(max_examples=50)
def test_long_texts_are_read_too(text: str) -> None:
    assert read_due(text + " perceuse", now=SATURDAY) == Unclear("nothing")


def test_a_row_of_times_is_not_read_anew_from_each_of_its_words(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    monkeypatch.setattr(Reader, "iso", lambda _, start: asked.append(start))  # one rule of twenty
    find_due("demain " * 100, now=SATURDAY)
    assert len(asked) < 1_000  # of a hundred words in two languages


@given(st.from_regex(r"[A-Z]{2,5}-[0-9]{3}", fullmatch=True).filter(lambda code: code[:3] not in ("DEC", "MAR", "MAI")))
@settings(max_examples=60)
def test_the_code_of_a_thing_is_no_time(code: str) -> None:
    found = find_due(f"PRET {code} demain", now=SATURDAY)
    assert found is not None
    assert (shown(found[0]), found[1]) == (("2026-11-22", "day"), f"PRET {code}")


@given(st.sampled_from(["+336", "+337", "06", "07", "+22177"]), st.integers(0, 99_999_999))
@settings(max_examples=60)
def test_a_telephone_number_is_no_time(head: str, number: int) -> None:
    digits = f"{head}{number:08d}"
    spaced = " ".join(digits[i : i + 2] for i in range(0, len(digits), 2)) if head in ("06", "07") else digits
    for written in (digits, spaced):
        assert find_due(f"PRET perceuse {written}", now=SATURDAY) is None


def test_a_third_language_has_its_own_days_and_months() -> None:
    at = datetime(2026, 11, 27, 18, 30, tzinfo=PARIS)
    assert say_due(at, language="es") == "viernes, 27 de noviembre, 18:30"
    assert say_day(at, language="de", now=at + timedelta(days=400)) == "Freitag, 27. November 2026"
    assert say_due(at, language="xx") == say_due(at, language="en")  # a language that no library knows


@pytest.mark.parametrize(
    ("sentence", "refused"),
    [
        ("pas vendredi", True), ("non, pas vendredi", True), ("vendredi c'est pas possible", True),
        ("I can't on Friday", True), ("not Friday", True), ("je ne peux pas vendredi, plutôt lundi", False),
        ("pas avant vendredi", False), ("pourquoi pas vendredi", False), ("pas de souci vendredi 18h", False),
        ("vendredi si ça ne vous dérange pas", False), ("pas plus tard que vendredi", False),
    ],
)  # fmt: skip
def test_times_that_are_all_refused(sentence: str, refused: bool) -> None:
    assert refuses(sentence, SATURDAY.date()) is refused


@pytest.mark.parametrize(
    ("language", "sentence", "due", "rest"),
    [
        ("en", "Friday 6pm, make that 7", "2026-11-27T19:00", ""),
        ("en", "the drill until Friday at 6, make it 7 please", "2026-11-27T19:00", "the drill"),
        ("en", "Friday 11am, sorry 1", "2026-11-27T13:00", ""),
        ("en", "Friday 6pm, actually 7.30", "2026-11-27T19:30", ""),
        ("en", "Friday 18:00, make that 19", "2026-11-27T19:00", ""),
        ("fr", "vendredi 18h, non 19", "2026-11-27T19:00", ""),
        ("fr", "vendredi 18h, plutôt 19", "2026-11-27T19:00", ""),
        ("fr", "vendredi 18h, disons 19h30", "2026-11-27T19:30", ""),
        ("en", "Friday 6pm, make that 2 drills", "2026-11-27T18:00", "make that 2 drills"),
        ("en", "3 chairs Friday 6pm, make that 2", "2026-11-27T18:00", "3 chairs make that 2"),
        ("en", "Friday 6pm, no 7", "2026-11-27T18:00", "no 7"),
        ("fr", "prolonger 2 vendredi 18h, non 3", "2026-11-27T18:00", "prolonger 2 non 3"),
        ("fr", "vendredi 18h plutôt que 19h", "2026-11-27T18:00", "plutôt que 19h"),
    ],
)
def test_an_hour_put_right_by_a_figure(language: str, sentence: str, due: str, rest: str) -> None:
    """It is like the hour before it. Of things and of loans a figure stays what it is."""
    found = find_due(sentence, now=SATURDAY, language=language)
    assert found is not None
    assert isinstance(found[0], Due)
    assert (found[0].at, found[1]) == (datetime.fromisoformat(due).replace(tzinfo=PARIS), rest)


def test_a_choice_said_over_and_over_leaves_a_few_open_at_once() -> None:
    """Each doubled the choices of all before it: twenty took minutes."""
    found = find_due("entre lundi et mardi " * 60, now=SATURDAY, language="fr")
    assert found is not None
    assert isinstance(found[0], Unclear)
    assert 2 <= len(found[0].candidates) <= 8
