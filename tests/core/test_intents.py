"""What people type, held against tables of phrases; what must be true of any text at all."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from datetime import datetime, time
from itertools import product
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core import intents
from bot.core.due import Due, Unclear
from bot.core.duetime import find_due, holds_time
from bot.core.intent_commands import misspelt_command
from bot.core.intents import (
    COMMANDS,
    TABLE,
    Answer,
    Command,
    Intent,
    Understood,
    read_answer,
    read_command,
    understand,
)
from bot.core.understand import understand_line

PHRASES = Path(__file__).parent / "phrases"
NOW = datetime(2026, 11, 21, 10, tzinfo=ZoneInfo("Europe/Paris"))  # a Saturday


def table(language: str) -> list[tuple[str, str, str, str]]:
    lines = (PHRASES / f"intents_{language}.tsv").read_text(encoding="utf-8").splitlines()
    rows = [line.split("\t") for line in lines if not line.startswith("#")]
    return [(language, phrase, intent, certainty) for phrase, intent, certainty in rows]


def said(text: str, language: str = "fr") -> Understood:
    return understand(text, language=language, now=NOW)


def made_of(frames: Iterable[str], words: Iterable[str]) -> list[str]:
    """Every word in every frame."""
    return [frame.format(word) for frame, word in product(frames, words)]


@pytest.mark.parametrize("language", ["fr", "en"])
def test_a_phrase_means_what_the_table_says(language: str) -> None:
    read = {phrase: understand_line(phrase, language, NOW).split("\t")[:2] for _, phrase, _, _ in table(language)}
    wrong = [
        f"{phrase!r} means {read[phrase]}, not {[intent, certainty]}"
        for _, phrase, intent, certainty in table(language)
        if read[phrase] != [intent, certainty]
    ]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("language", ["fr", "en"])
def test_the_words_decide_and_not_the_language_a_person_is_set_to(language: str) -> None:
    other = "en" if language == "fr" else "fr"
    read = {phrase: understand_line(phrase, other, NOW).split("\t")[:2] for _, phrase, _, _ in table(language)}
    assert read == {phrase: [intent, certainty] for _, phrase, intent, certainty in table(language)}


# --- the table -------------------------------------------------------------------------------------


def phrases_of(row_words: str) -> list[str]:
    return [phrase.strip() for phrase in row_words.split(",")]


def test_no_word_means_two_things() -> None:
    seen: dict[str, Intent] = {}
    for row in TABLE:
        for word in {*phrases_of(row.fr), *phrases_of(row.en)}:
            assert seen.setdefault(word, row.intent) is row.intent, word


def test_every_word_of_the_table_is_understood_as_its_row_says() -> None:
    for row in TABLE:
        for word in (*phrases_of(row.fr), *phrases_of(row.en)):
            assert said(word).intent is row.intent, word


def test_every_intent_can_be_said_in_one_word_or_is_politeness() -> None:
    assert set(Intent) - {row.intent for row in TABLE} == {Intent.GREET, Intent.THANKS, Intent.UNKNOWN}


# --- what is named ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        ("j'ai rendu la perceuse", "perceuse"),
        ("Bonjour, j'ai rendu la Perceuse Bosch GSR-12 hier soir, merci. Cordialement, Awa", "Perceuse Bosch GSR-12"),
        ("PRET perceuse vendredi 18h", "perceuse"),
        ("PRET PERC-001", "PERC-001"),
        ("pret PERC-001 demain 18h svp", "PERC-001"),
        ("je voudrais emprunter la boîte à outils jusqu'à lundi", "boîte à outils"),
        ("je voudrais emprunter la clé de 12 jusqu'à vendredi", "clé de 12"),
        ("prêt 2 perceuses demain", "2 perceuses"),
        ("RENDU perceuse 12", "perceuse 12"),
        ("j'ai rendu la perceuse mais pas l'échelle", "perceuse"),
        ("j'ai rendu la perceuse, le marteau et la scie", "perceuse, le marteau et la scie"),
        ("j'ai rendu la rallonge", "rallonge"),
        ("j'ai mis la perceuse dans le casier 4", "perceuse"),
        ("j'ai déposé l'échelle à l'accueil et la table de bureau chez vous", "échelle table de bureau"),
        ("can I borrow the big ladder until Friday?", "big ladder"),
        ("I gave the drill back yesterday", "drill"),
        ("PAYE 127 000 F CFA", "127 000 F CFA"),
        ("j'ai payé 20 € hier", "20 €"),
        ("je paie vendredi", ""),
        ("PAYE 12.50", "12.50"),
        ("je paie demain à 18.30", ""),
        ("I paid 3 500 rupees on Monday", "3 500 rupees"),
        ("RENDU", ""),
        ("stop merci", ""),
    ],
)
def test_the_thing_named_is_left_when_all_else_is_understood(text: str, rest: str) -> None:
    assert said(text).rest == rest


@pytest.mark.parametrize(
    ("text", "things"),
    [
        ("PRET perceuse, échelle", ("perceuse", "échelle")),
        ("je voudrais emprunter la ponceuse et la table pliante", ("ponceuse", "table pliante")),
        ("prêt: 2 rallonges et un projecteur demain", ("2 rallonges", "projecteur")),
        (
            "can I borrow the drill, the ladder and two chairs until Friday? Thanks, Awa",
            ("drill", "ladder", "two chairs"),
        ),
        ("PRET perceuse. Awa", ("perceuse",)),
        ("PRET boîte à outils", ("boîte à outils",)),
    ],
)
def test_the_things_of_a_list_are_told_apart(text: str, things: tuple[str, ...]) -> None:
    assert said(text).things == things


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("RENDU 2", (2,)),
        ("RENDU 1 et 3", (1, 3)),
        ("rendu 1, 2 et 3", (1, 2, 3)),
        ("rendu n°4", (4,)),
        ("RENDU le 2", (2,)),
        ("j'ai rendu la 2", (2,)),
        ("la 2, je l'ai rendue", (2,)),
        ("Rendu la 1, je garde la 2", (1,)),
        ("rendu le 1 mais pas le 2", (1,)),
        ("RENDU perceuse 12", ()),
        ("PROLONGER 2 vendredi", (2,)),
        ("PROLONGER 2 jours", ()),
        ("STOP 2", (2,)),
        ("j'ai rendu tout sauf le 2", ()),
        ("rendu le 20 novembre", ()),
        ("returned 1 and 3", (1, 3)),
        ("rendu 99999", ()),
    ],
)
def test_the_numbers_of_loans_are_told_from_other_figures(text: str, numbers: tuple[int, ...]) -> None:
    assert said(text).numbers == numbers


@pytest.mark.parametrize(
    ("text", "everything"),
    [
        ("RENDU TOUT", True),
        ("j'ai tout rendu", True),
        ("I returned everything", True),
        ("rendu les deux", True),
        ("STOP TOUT", True),
        ("stop all messages", True),
        ("rendu tout de suite", False),
        ("j'ai tout rendu sauf l'échelle", False),
        ("RENDU", False),
        ("merci pour tout, j'ai rendu la perceuse", False),
        ("Rendu la perceuse, tout est ok", False),
        ("rendu, tout fonctionne", False),
        ("rendu la scie, tout était en bon état", False),
        ("rendu la perceuse et tous ses accessoires", False),
        ("returned the drill, everything works", False),
        ("tout est rendu", True),
        ("tout a été déposé à l'accueil, c'est rendu", True),
        ("everything is back", True),
    ],
)
def test_all_of_them_is_told_from_a_turn_of_speech(text: str, everything: bool) -> None:
    assert said(text).everything is everything


@pytest.mark.parametrize(
    ("text", "due"),
    [
        ("PRET perceuse vendredi 18h", "2026-11-27T18:00+01:00"),
        ("je la rends demain", "2026-11-22T18:00+01:00"),
        ("je paie vendredi", "2026-11-27T18:00+01:00"),
        ("PAUSE 3 j", "2026-11-24T18:00+01:00"),
        ("I'll bring it back tomorrow at 6pm", "2026-11-22T18:00+01:00"),
        ("vendredi 18h", "2026-11-27T18:00+01:00"),
        ("RENDU", None),
        ("j'ai rendu lundi", None),
        ("good morning", None),
        ("merci, à demain", None),
    ],
)
def test_the_time_said_goes_with_what_takes_one(text: str, due: str | None) -> None:
    found = said(text).due
    assert (found.at.isoformat(timespec="minutes") if isinstance(found, Due) else found) == due


def test_a_time_that_is_past_is_told_as_such() -> None:
    assert said("PRET perceuse hier") == Understood(
        Intent.BORROW, due=Unclear("past"), rest="perceuse", language="fr", things=("perceuse",)
    )  # fmt: skip


def test_several_wishes_of_one_message_are_kept_apart() -> None:
    found = said("1 RENDU, 2 PROLONGER")
    assert (found.intent, found.numbers, found.others) == (Intent.RETURN, (1,), ((2, Intent.EXTEND),))


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("j'ai rendu la perceuse", "fr"),
        ("I returned the drill", "en"),
        ("hello", "en"),
        ("bonjour", "fr"),
        ("STOP", None),
        ("2", None),
        ("", None),
    ],
)
def test_the_language_of_the_words_is_told(text: str, language: str | None) -> None:
    assert said(text).language == language


# --- STOP ------------------------------------------------------------------------------------------

STOP_ALONE = (
    "STOP STOPALL UNSUBSCRIBE CANCEL END QUIT REVOKE OPTOUT ARRET ARRÊT ARRETER ARRETE DESABONNER DÉSINSCRIRE stop"
).split()
AROUND = (
    "{}", " {} ", "{}.", "{} !", "« {} »", "{}\n", "\u200b{}", "{}\u200f", "{} 🙏", "{} svp", "Hello, {}", "{}, merci",
)  # fmt: skip


@pytest.mark.parametrize("language", ["fr", "en"])
def test_the_words_of_carriers_and_law_stop_whatever_stands_around(language: str) -> None:
    found = {typed: said(typed, language) for typed in made_of(AROUND, STOP_ALONE)}
    read = {typed: (one.intent, one.certainty) for typed, one in found.items()}
    assert {typed: came for typed, came in read.items() if came != (Intent.STOP, "act")} == {}


def test_stopping_a_thing_stops_no_messages() -> None:
    things = ("la perceuse", "le vélo", "the drill", "la machine à laver", "le moteur", "the pump")
    verbs = ("arrêtez {}", "stop {}", "j'arrête {}", "arrêter {}", "stoppez {}", "please stop {}", "il faut arrêter {}")
    assert [typed for typed in made_of(verbs, things) if said(typed).intent is Intent.STOP] == []


ORDINARY = st.sampled_from(
    "perceuse échelle marteau je la le rendu demain vendredi merci bonjour prêt emprunter prolonger quand oui non "
    "the drill ladder returned tomorrow please borrow extend when yes 2 18h PERC-001".split()
)


@given(st.lists(ORDINARY, max_size=8).map(" ".join))
def test_ordinary_words_never_stop(text: str) -> None:
    assert said(text).intent is not Intent.STOP


# --- what must be true of anything -------------------------------------------------------------------

QUESTIONS = ("rendu", "j'ai rendu la perceuse", "c'est rendu", "je la rends", "prolonger", "returned", "I returned it",
             "extend", "j'ai payé", "pause")  # fmt: skip


def test_a_question_never_acts() -> None:
    found = {typed: said(typed) for typed in made_of(("{}?", "{} ?", "{} ??", "{} ؟", "{}？", "{}❓"), QUESTIONS)}
    telling = {Intent.LIST, Intent.HELP, Intent.HUMAN, Intent.BALANCE}
    acts = {typed: f.intent for typed, f in found.items() if f.certainty != "ask" and f.intent not in telling}
    assert acts == {}


def test_a_denied_return_is_none() -> None:
    denied = (
        "je ne l'ai pas {}", "je l'ai pas {}", "pas encore {}", "je n'ai pas encore {} la perceuse", "jamais {}",
        "on ne l'a pas {}", "ça n'a pas été {}", "toujours pas {}", "je n'ai rien {}",
    )  # fmt: skip
    found = {t: said(t).intent for t in made_of(denied, "rendu ramené déposé rapporté restitué retourné".split())}
    assert {typed: intent for typed, intent in found.items() if intent is not Intent.NOT_RETURN} == {}


def test_a_promised_return_is_none() -> None:
    promises = ("je vais la {}", "je dois la {} lundi", "je compte la {} demain", "il faut la {}")
    found = {t: said(t).intent for t in made_of(promises, "rendre ramener déposer rapporter restituer".split())}
    assert {typed: intent for typed, intent in found.items() if intent is not Intent.NOT_RETURN} == {}


def shuffled_case(word: str) -> st.SearchStrategy[str]:
    return st.lists(st.booleans(), min_size=len(word), max_size=len(word)).map(
        lambda ups: "".join(letter.upper() if up else letter for letter, up in zip(word, ups, strict=True))
    )


INVISIBLE = st.sampled_from(["", "\u200b", "\u200d", "\u2060", "\ufeff", "\u200f", "\u00ad", "\ufe0f"])
WIDE = str.maketrans({chr(0x21 + i): chr(0xFF01 + i) for i in range(94)})


@given(
    shuffled_case("rendu"),
    st.lists(INVISIBLE, min_size=5, max_size=5),
    st.sampled_from(["", "!", " …", " ✅", " 🙏🙏"]),
)
def test_returned_is_understood_however_it_is_written(word: str, hidden: list[str], after: str) -> None:
    typed = "".join(letter + sign for letter, sign in zip(word, hidden, strict=True)) + after
    for form in (typed, typed.translate(WIDE), unicodedata.normalize("NFD", typed.replace("e", "é"))):
        assert (said(form).intent, said(form).certainty) == (Intent.RETURN, "act")


@given(st.text(max_size=300))
@settings(max_examples=300)
def test_no_text_is_too_strange(text: str) -> None:
    found = said(text)
    assert found.intent in Intent
    assert found.certainty in ("act", "ask")
    assert found.rest in found.rest.strip()
    assert read_answer(text) is None or isinstance(read_answer(text), Answer)


WORDS = st.sampled_from(sorted({word for row in [*table("fr"), *table("en")] for word in row[1].split()}))


@pytest.mark.thorough
@given(st.lists(WORDS, max_size=25).map(" ".join), st.sampled_from(["fr", "en", "xx", ""]))
@settings(max_examples=300)
def test_known_words_in_any_order_are_read_without_fault(text: str, language: str) -> None:
    found = said(text, language)
    assert all(0 <= number < 10_000 for number in found.numbers)
    assert found.intent is not Intent.UNKNOWN or found.certainty == "ask"


@pytest.mark.parametrize(
    "text", ["a" * 100_000, "rendu " * 20_000, "?" * 5_000, "1 " * 5_000, "\ud800rendu", "\x00\x01"]
)
def test_a_flood_is_read_quickly(text: str) -> None:
    assert said(text).intent in Intent


# --- answers ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("OUI", Answer(yes=True)),
        ("oui merci", Answer(yes=True)),
        ("ouiii", Answer(yes=True)),
        ("sure", Answer(yes=True)),
        ("d'accord", Answer(yes=True)),
        ("ok", Answer(yes=True)),
        ("👍", Answer(yes=True)),
        ("c'est bon", Answer(yes=True)),
        ("NON", Answer(no=True)),
        ("non merci", Answer(no=True)),
        ("pas encore", Answer(no=True)),
        ("no thanks", Answer(no=True)),
        ("I have", Answer(yes=True)), ("yes I have", Answer(yes=True)), ("I did, yeah", Answer(yes=True)),
        ("aye", Answer(yes=True)), ("that's grand", Answer(yes=True)), ("go on so", Answer(yes=True)),
        ("I haven't", Answer(no=True)), ("no I haven't", Answer(no=True)), ("I didn't", Answer(no=True)),
        ("no, I did not", Answer(no=True)), ("neither", Answer(no=True)),
        ("❌", Answer(no=True)),
        ("non ❌", Answer(no=True)),
        ("👎 non, pas encore", Answer(no=True)),
        ("TOUT", Answer(everything=True)),
        ("06 12 34 56 79", None),
        ("oui c'est ok pour moi", Answer(yes=True)),
        ("non c'est bon merci", Answer(no=True)),
        ("oui mais non", None),
        ("oui demain", None),
        ("ok non", None),
        ("1 2 3 4", Answer(numbers=(1, 2, 3, 4))),
        ("les deux", Answer(everything=True)),
        ("rendu tout", Answer(everything=True)),
        ("1", Answer(numbers=(1,))),
        ("1️⃣", Answer(numbers=(1,))),
        ("le 2", Answer(numbers=(2,))),
        ("n°2 svp", Answer(numbers=(2,))),
        ("1 et 3", Answer(numbers=(1, 3))),
        ("1, 3", Answer(numbers=(1, 3))),
        ("deux", Answer(numbers=(2,))),
        ("the first one", Answer(numbers=(1,))),
        ("2 rendu", Answer(numbers=(2,), intents=((2, Intent.RETURN),))),
        ("1 RENDU, 2 PROLONGER", Answer(numbers=(1, 2), intents=((1, Intent.RETURN), (2, Intent.EXTEND)))),
        ("rendu 1 et 3, prolonger 2", Answer(numbers=(1, 3, 2), intents=(
            (1, Intent.RETURN), (3, Intent.RETURN), (2, Intent.EXTEND)))),
        ("1 returned 2 extend", Answer(numbers=(1, 2), intents=((1, Intent.RETURN), (2, Intent.EXTEND)))),
    ],
)  # fmt: skip
def test_an_answer_is_read(text: str, answer: Answer) -> None:
    assert read_answer(text) == answer


@pytest.mark.parametrize(
    "text",
    [
        "",
        "perceuse",
        "2 jours",
        "oui non",
        "pas le 2",
        "tout sauf 2",
        "vendredi 18h",
        "RENDU",
        "20000",
        "12 rue",
        "I have a question",
        "I have the drill",
        "I have not got the charger",
    ],
)
def test_what_says_more_is_no_answer(text: str) -> None:
    assert read_answer(text) is None


# --- commands --------------------------------------------------------------------------------------


def test_every_command_has_its_row_with_words_telegram_takes() -> None:
    assert sorted(row.command for row in COMMANDS) == sorted(Command)
    for row in COMMANDS:
        assert row.en == row.command.value
        assert re.fullmatch(r"[a-z0-9_]{1,32}", row.fr)
        assert all(1 <= len(what) <= 256 for what in (row.what_fr, row.what_en))


def test_no_slash_word_means_two_commands() -> None:
    words = [word for row in COMMANDS for word in {row.fr, row.en}]
    assert len(words) == len(set(words))


@pytest.mark.parametrize("row", COMMANDS, ids=lambda row: row.en)
def test_a_command_is_read_in_both_languages(row: object) -> None:
    assert isinstance(row, type(COMMANDS[0]))
    for word in (row.fr, row.en, row.fr.upper()):
        assert read_command(f"/{word} perceuse vendredi 18h", "desk_bot") == (row.command, "perceuse vendredi 18h")
        assert read_command(f"/{word}@Desk_Bot", "desk_bot") == (row.command, "")
        assert read_command(f"/{word}@other_bot x", "desk_bot") is None


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("/Prêt perceuse", (Command.LEND, "perceuse")),
        ("/RÉGLAGES quiet_hours 21:00-08:00", (Command.SETTINGS, "quiet_hours 21:00-08:00")),
        ("  /aide", (Command.HELP, "")),
        ("/pret@desk_bot\nperceuse", (Command.LEND, "perceuse")),
        ("/pret@any_bot perceuse", None),
        ("/nothing", None),
        ("pret perceuse", None),
        ("voir /pret", None),
        ("/", None),
        ("", None),
        ("/stop", None),
    ],
)
def test_a_command_is_told_from_other_words(text: str, command: tuple[Command, str] | None) -> None:
    assert read_command(text, "desk_bot") == command


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("/prett PERC-001 Awa", Command.LEND), ("/retar", Command.OVERDUE), ("/rendu PERC-001", Command.RETURNED),
        ("/settigns", Command.SETTINGS), ("/pret PERC-001", None), ("/pol yes", None), ("/weather Lyon", None),
        ("/retrad", Command.OVERDUE), ("/fermer", Command.CLOSURE), ("/soldes", Command.DEBTS),
        ("/liste", Command.LOANS), ("/parametres", Command.SETTINGS), ("/items", Command.ITEM), ("/poll", None),
        ("/music", None),
        ("/stop", None), ("/prett@other_bot", None), ("prett", None),
    ],
)  # fmt: skip
def test_a_slip_in_a_command_is_told_from_another_bots(text: str, command: Command | None) -> None:
    assert misspelt_command(text, "desk_bot") is command


def test_an_addressed_command_is_ours_while_our_name_is_unknown() -> None:
    assert read_command("/pret@desk_bot perceuse", None) == (Command.LEND, "perceuse")


# --- short words, remembered -----------------------------------------------------------------------

INSTANTS = [
    datetime(2026, 11, 21, 10, tzinfo=ZoneInfo("Europe/Paris")),
    datetime(2027, 1, 31, 23, 59, tzinfo=ZoneInfo("Africa/Dakar")),
    datetime(2028, 2, 29, 0, 1, tzinfo=ZoneInfo("UTC")),
]


@pytest.mark.thorough
@pytest.mark.parametrize("now", INSTANTS)
def test_words_understood_before_mean_the_same_as_words_heard_for_the_first_time(now: datetime) -> None:
    texts = [phrase for _, phrase, _, _ in (*table("fr"), *table("en"))[::7]]
    texts += ["5th monday of may", "le 30 février", "rendu\nvendredi", "v\u0336endredi", "RENDU 2", "merci"]
    for other in INSTANTS:  # what was remembered at another instant must not be answered now
        for text in texts:
            understand(text, language="fr", now=other)
    for text in texts:
        assert understand(text, language="fr", now=now) == intents._understood(text, "fr", now, time(18))
        found = find_due(text, now=now)
        holds_time.cache_clear()
        assert find_due(text, now=now) == found


REMINDER = (
    "Bonjour, Perceuse Bosch est à rendre demain, vendredi 27 novembre à 18 h.\n"
    "Répondez PROLONGER s'il vous faut plus de temps, RENDU si c'est déjà fait. STOP pour ne plus recevoir de rappel."
)


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        (REMINDER, Intent.NOT_RETURN),
        ("> Répondez RENDU quand c'est fait, ou PROLONGER.\nmerci beaucoup", Intent.THANKS),
        ("« Répondez RENDU quand c'est fait » mais je l'ai encore", Intent.NOT_RETURN),
        (f"{REMINDER}\nSTOP", Intent.STOP),
        ("> rendu", Intent.RETURN),
        ("rendu.\n> Répondez PROLONGER s'il vous faut plus de temps.", Intent.RETURN),
    ],
)
def test_our_own_words_sent_back_are_nobodys_wish(text: str, intent: Intent) -> None:
    assert said(text).intent is intent


@pytest.mark.parametrize("again", ["Répondez ", "Répondez A ", "Reply ABCDe "])
def test_the_longest_message_of_whatsapp_is_read_at_once(again: str) -> None:
    """Without a limit each took 16 s and more, and all of them longer than a test may."""
    assert {said((again * 65_536)[: 65_536 - shorter]).intent for shorter in range(16)} == {Intent.UNKNOWN}


@pytest.mark.parametrize(
    ("text", "thing"),
    [
        ("j'ai rendu les clés", "clés"),
        ("Bonjour, les clés ont été rendues hier à 18h", "clés"),
        ("les clés je les ai rendues", "clés"),
        ("clés rendues", "clés"),
        ("we handed in the keys", "keys"),
        ("keys returned", "keys"),
        ("j'ai rendu la table pliante à l'accueil", "table pliante"),
        ("j'ai rendu le truc", ""),
        ("j'ai bien rendu tout votre matériel", ""),
        ("l'engin est de retour", ""),
        ("I returned the whole lot", ""),
        ("rendu à la mairie", ""),
        ("mon voisin est passé la rendre", ""),
        ("rendu dans la boîte", ""),
        ("yep rendu", ""),
        ("rendu la semaine dernière", ""),
        ("the drill is back in the cupboard", "drill"),
        ("je garde les clés jusqu'à lundi", "clés"),
        ("repousser l'échéance à lundi", ""),
        ("tu peux me la laisser jusqu'à mercredi", ""),
    ],
)
def test_a_thing_is_named_where_the_verb_has_one(text: str, thing: str) -> None:
    assert said(text).thing == thing
