"""Every text of the house: complete, short enough, well set in its language, and inert towards what people type."""

from __future__ import annotations

import ast
import re
import shutil
import tomllib
from collections.abc import Iterator
from dataclasses import fields, replace
from datetime import timedelta
from itertools import product
from pathlib import Path
from typing import Any
from xml.etree import ElementTree
from zoneinfo import ZoneInfo

import pytest
from jinja2 import UndefinedError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from bot.core.conversation import Choice, Rows
from bot.core.delivery import State
from bot.core.loans import LoanClass, LoanState
from bot.core.markup import segments, to_html, to_plain, to_sms, to_whatsapp
from bot.core.messages import CATALOGUE, EX_DUE, EX_LENT, EX_LINES, LoanLine, Message
from bot.core.money import Money
from bot.core.notices import NOTICES
from bot.core.people import Consent, Role
from bot.core.pieces import Piece
from bot.core.words import Words
from bot.texts import TEMPLATES, TOAST_LIMIT, Content, Frame, Reader, Texts, placeholders
from bot.texts_overrides import OVERRIDE_BYTES, OVERRIDE_PLACES
from tools import snapshots
from tools.snapshots import FOLDER, PAGE, SHOWN, Case, cases, shown, snapshot, words
from tools.variants import CHOICES, VARIANTS

LANGUAGES = ("fr", "en")
CHANNELS = tuple(SHOWN)
TEXTS = Texts()
CASES = tuple(cases())
REWRITE = "texts changed: run `python tools/snapshots.py` and read the difference"
ROOT = Path(__file__).resolve().parent.parent

each_language = pytest.mark.parametrize("language", LANGUAGES)
each_channel = pytest.mark.parametrize("channel", CHANNELS)


def said(
    message: Message,
    language: str = "fr",
    channel: str = "telegram",
    texts: Texts = TEXTS,
    *,
    choices: Rows = (),
    frame: Frame | None = None,
    **to: Any,
) -> Words:
    reader = Reader(language, channel, ZoneInfo("Europe/Paris"), **to)
    return texts.render(message, reader, EX_LENT, choices=choices, frame=frame)


def example(name: str, **changes: object) -> Message:
    cls = CATALOGUE[name]
    return cls(**cls.example | changes)


def to_borrowers() -> Iterator[str]:
    about = ("answer", "notice", "reminder", "overdue")
    return (name for name, cls in CATALOGUE.items() if cls.about in about and name != "staff_help")


# ---------------------------------------------------------------- the snapshots


@each_language
@each_channel
def test_the_words_are_those_that_were_read_through(language: str, channel: str) -> None:
    kept = (FOLDER / language / f"{channel}.txt").read_text(encoding="utf-8")
    assert snapshot(TEXTS, language, channel).split("\n\n=== ") == kept.split("\n\n=== "), REWRITE


@each_language
def test_the_letters_are_those_that_were_read_through(language: str) -> None:
    kept = (FOLDER / language / "email.txt").read_text(encoding="utf-8")
    assert snapshots.mail_snapshot(TEXTS, language).split("\n\n=== ") == kept.split("\n\n=== "), REWRITE


def test_the_words_with_tu_are_those_that_were_read_through() -> None:
    kept = (FOLDER / "fr" / "tu.txt").read_text(encoding="utf-8")
    assert snapshots.tu_snapshot(TEXTS).split("\n\n=== ") == kept.split("\n\n=== "), REWRITE


def test_the_page_of_messages_shows_the_present_words() -> None:
    assert PAGE.read_text(encoding="utf-8") == snapshots.page(TEXTS), REWRITE


def test_what_is_written_down_is_what_is_compared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(snapshots, "FOLDER", tmp_path)
    monkeypatch.setattr(snapshots, "PAGE", tmp_path / "messages.md")
    written = snapshots.write_all()
    assert len(written) == 2 + len(LANGUAGES) * (len(CHANNELS) + 1)
    assert (tmp_path / "fr" / "sms.txt").read_text() == (FOLDER / "fr" / "sms.txt").read_text()


def test_every_message_is_told_of_once() -> None:
    told = re.findall(r"^## `(\w+)`$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert told == list(CATALOGUE)
    assert set(VARIANTS) | set(CHOICES) <= set(CATALOGUE)


# ---------------------------------------------------------------- complete


@each_language
def test_every_message_has_its_template_and_every_template_its_message(language: str) -> None:
    stems = {path.name.split(".")[0] for path in (TEMPLATES / language).glob("*.txt")}
    assert {stem for stem in stems if not stem.startswith("_")} == set(CATALOGUE)


def test_both_languages_have_the_same_files() -> None:
    french, english = ({path.name for path in (TEMPLATES / language).iterdir()} for language in LANGUAGES)
    assert french == english


@pytest.mark.parametrize("file", ["labels.toml", "words.toml", "mail.toml"])
def test_both_languages_know_the_same_labels_and_words(file: str) -> None:
    french, english = (tomllib.loads((TEMPLATES / language / file).read_text()) for language in LANGUAGES)
    assert {table: list(words) for table, words in french.items()} == {t: list(words) for t, words in english.items()}


@each_language
@pytest.mark.parametrize(
    ("table", "keys"),
    [
        ("card_head", [*LoanState, "imported"]),
        ("loan_state", [*LoanState, "overdue"]),
        ("loan_class", LoanClass),
        ("consent", Consent),
        ("role", Role),
        ("delivery", State),
        ("reach", ["ok", "blocked", "stopped", "no_consent", "unknown", "no_window"]),
        ("act", [*LoanState, "lent", "extended", "problem"]),
        ("item_state", ["available", "on_loan", "in_repair", "retired", "lost"]),
        ("channel", ["whatsapp", "sms", "telegram", "email"]),
        ("message", ["loan_created", "returned", "overdue", "reminders", "reminder_2h", "reminder_due_day"]),
    ],
)
def test_every_state_has_a_name(language: str, table: str, keys: list[str]) -> None:
    for key in keys:
        assert TEXTS.word(table, str(key), language)


@each_language
def test_a_word_to_type_belongs_to_a_label(language: str) -> None:
    labels = tomllib.loads((TEMPLATES / language / "labels.toml").read_text())
    assert set(labels["typed"]) <= set(labels["labels"])
    assert all(word == word.upper() and word.isascii() for word in labels["typed"].values())


def test_every_label_is_on_some_button() -> None:
    """Else it is translated, and never read by anybody."""
    labels = tomllib.loads((TEMPLATES / "fr" / "labels.toml").read_text())["labels"]
    put_together = re.compile(r"with(out)?_(2h|day_1|day_2|due_day|email)|by_(whatsapp|sms|telegram)")
    paths = [path for folder in ("handlers", "jobs") for path in (ROOT / folder).glob("*.py")]
    nodes = (node for path in paths for node in ast.walk(ast.parse(path.read_text("utf-8"))))
    written = {node.value for node in nodes if isinstance(node, ast.Constant)}
    assert [label for label in labels if label not in written and not put_together.fullmatch(label)] == []


def calls_in_the_house(*names: str) -> Iterator[tuple[str, ast.Call]]:
    folders = ("handlers", "jobs", "bot/store", "bot/commands")
    for path in (path for folder in folders for path in ROOT.glob(f"{folder}/*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in names:
                yield f"{path.name}:{node.lineno}", node


def constant(call: ast.Call, place: int, name: str) -> str:
    given = call.args[place : place + 1] + [k.value for k in call.keywords if k.arg == name]
    return given[0].value if given and isinstance(given[0], ast.Constant) and isinstance(given[0].value, str) else ""


def test_every_fact_of_a_message_is_given_somewhere() -> None:
    """Else its branch of the template is translated, offered to admins as a placeholder, and never read by anybody."""
    ours = {cls.__name__: [f.name for f in fields(cls)] for name, cls in CATALOGUE.items() if name not in NOTICES}
    given: dict[str, set[str]] = {name: set() for name in (*ours, "replace")}
    for _, call in calls_in_the_house(*given):
        assert isinstance(call.func, ast.Name)
        spread = any(isinstance(arg, ast.Starred) for arg in call.args) or any(k.arg is None for k in call.keywords)
        facts = ours.get(call.func.id, [])
        given[call.func.id] |= set(facts if spread else facts[: len(call.args)])
        given[call.func.id] |= {k.arg for k in call.keywords if k.arg}
    found = {(name, fact) for name, facts in ours.items() for fact in facts}
    assert found - {(name, fact) for name in ours for fact in given[name] | given["replace"]} == set()


def test_every_label_a_handler_shows_is_known() -> None:
    used = [(where, constant(call, 2, "label")) for where, call in calls_in_the_house("Choice")]
    used += [(where, constant(call, 3, "all_label")) for where, call in calls_in_the_house("ask_which")]
    shown = [(where, key) for where, key in used if key]
    assert len(shown) > 50
    assert [(where, key, lang) for (where, key), lang in product(shown, LANGUAGES) if not has_label(key, lang)] == []


def has_label(key: str, language: str) -> bool:
    try:
        return bool(TEXTS.label(key, language))
    except KeyError:
        return False


@pytest.mark.parametrize(
    ("function", "place", "table"),
    [("toast", 0, "done"), ("toast_if_pressed", 1, "done"), ("Done", 0, "done"), ("Usage", 0, "usage")],
)
def test_every_short_word_a_handler_says_has_its_sentence(function: str, place: int, table: str) -> None:
    used = {key for _, call in calls_in_the_house(function) if (key := constant(call, place, ""))}
    assert len(used) > 2
    for key, language in product(used, LANGUAGES):
        assert TEXTS.word(table, key, language), key


# ---------------------------------------------------------------- lengths


@each_language
@pytest.mark.parametrize("channel", ["whatsapp", "telegram"])
def test_a_message_stays_under_600_signs(language: str, channel: str) -> None:
    long = {str(c): len(shown(TEXTS, c, language, channel)) for c in CASES if "many" not in c.title}
    assert {name: length for name, length in long.items() if length >= 600} == {}


@each_language
def test_an_sms_to_a_borrower_costs_at_most_two_segments_of_the_cheap_alphabet(language: str) -> None:
    for name in to_borrowers():
        case = Case(example(name))
        text = to_sms(to_plain(words(TEXTS, case, language, "sms").text))
        count, alphabet = segments(text)
        assert (alphabet, count <= 2) == ("gsm7", True), (name, count, text)


@each_language
def test_the_word_over_a_button_is_short_and_plain(language: str) -> None:
    for case in CASES:
        if case.message.about == "toast":
            marked = words(TEXTS, case, language, "telegram").text
            assert len(marked) <= TOAST_LIMIT
            assert to_html(marked) == to_plain(marked).replace("&", "&amp;")


def test_a_toast_with_a_long_name_is_clipped() -> None:
    assert len(to_plain(said(example("phone_number", borrower="Z" * 5000)).text)) <= TOAST_LIMIT


# ---------------------------------------------------------------- well set


@each_language
@each_channel
def test_nothing_is_left_open_or_doubled(language: str, channel: str) -> None:
    for case in CASES:
        text = shown(TEXTS, case, language, channel)
        assert not re.search(r"None|Undefined|\{\{|\}\}|\{%|  |\n\n\n| $| \n| [.,]|\.\.(?!\.)", text), (str(case), text)
        assert text == text.strip()
        assert text


@each_channel
def test_french_puts_a_space_before_tall_signs_and_uses_straight_quotes(channel: str) -> None:
    for case in CASES:
        text = re.sub(r"https?://\S+|<[^>]+>", "", shown(TEXTS, case, "fr", channel))
        assert not re.search(r"[^\s][:;!?](\s|$)", text), (str(case), text)
        assert not re.search("[’“”\u00a0\u202f]", text), (str(case), text)


@each_channel
def test_english_puts_none(channel: str) -> None:
    for case in CASES:
        ours = shown(TEXTS, case, "en", channel).replace("à quelle heure ?", "")  # a borrower's own French
        assert not re.search(r" [:;!?]|[’“”«»]", ours), str(case)


# Twilio takes these words alone for opt-out or opt-in (its help centre, "Twilio support for opt-out keywords").
@pytest.mark.parametrize("word", ["CANCEL", "END", "QUIT", "YES"])
def test_no_english_text_asks_for_a_word_that_carriers_take(word: str) -> None:
    for path in (TEMPLATES / "en").iterdir():
        source = "\n".join(line for line in path.read_text().splitlines() if not line.startswith("#"))
        assert not re.search(rf"\b{word}\b", source), path.name
    labels = tomllib.loads((TEMPLATES / "en" / "labels.toml").read_text())["labels"]
    assert word not in [label.upper() for label in labels.values()]


@each_language
def test_only_what_staff_read_on_telegram_carries_emoji(language: str) -> None:
    for name in to_borrowers():
        assert not re.search("[\u2600-\u27bf\U0001f300-\U0001faff]", said(example(name), language).text), name


@each_language
def test_what_we_begin_says_how_to_stop_and_what_to_answer(language: str) -> None:
    returned = {"fr": "RENDU", "en": "RETURNED"}[language]
    for name in ("loan_created", "reminder_2h", "reminder_day_2", "reminder_day_1", "reminder_due_day", "overdue"):
        for channel in CHANNELS:
            text = said(example(name), language, channel).text
            assert "STOP" in text, name
            assert returned in text, name


@each_language
@each_channel
def test_nothing_is_asked_of_who_cannot_answer(language: str, channel: str) -> None:
    asks = re.compile(r"Répondez|Reply|STOP|RENDU|RETURNED|PROLONGER|EXTEND")
    for case in CASES:
        if case.message.about in ("notice", "reminder", "overdue"):
            one_way = words(TEXTS, case, language, channel, one_way=True)
            assert not asks.search(one_way.text), (str(case), one_way.text)
            assert one_way.buttons == ()


def test_the_first_message_says_who_writes_and_why() -> None:
    text = said(example("loan_created")).text
    assert "ici Atelier Nord" in text
    assert "pour le suivi de vos prêts" in text


def test_a_second_loan_is_answered_by_its_number() -> None:
    assert "RENDU 2 " in said(example("reminder_2h", number=2)).text
    assert "RENDU ou" in said(example("reminder_2h", number=1)).text


@pytest.mark.parametrize(
    ("before", "words_of_the_day"),
    [
        (timedelta(hours=2), "aujourd'hui, vendredi 27 novembre à 18 h"),
        (timedelta(days=1), "demain, vendredi 27 novembre à 18 h"),
        (timedelta(days=2), "après-demain, vendredi 27 novembre à 18 h"),
        (timedelta(days=3), "le vendredi 27 novembre à 18 h"),
        (timedelta(hours=18, minutes=30), "demain, vendredi 27 novembre à 18 h"),  # midnight lies between, not 24 hours
    ],
)
def test_tomorrow_is_counted_in_days_of_the_desk(before: timedelta, words_of_the_day: str) -> None:
    zone = ZoneInfo("Europe/Paris")
    message = example("reminder_2h")
    text = TEXTS.render(message, Reader("fr", "telegram", zone), EX_DUE - before).text
    assert f"est à rendre {words_of_the_day}." in text


@pytest.mark.parametrize(("days", "year"), [(-20, ""), (90, ""), (400, " 2027"), (-400, " 2025")])
def test_the_year_is_said_only_of_dates_far_away(days: int, year: str) -> None:
    due = EX_LENT + timedelta(days=days)
    assert re.search(rf"le [a-z]+ \w+ [a-zûé]+{year} à \d+ h\.", said(example("extend_until", due_at=due)).text)


def test_times_are_told_in_the_zone_of_the_desk() -> None:
    message = example("extend_until")
    there = TEXTS.render(message, Reader("fr", "sms", ZoneInfo("Indian/Reunion")), EX_LENT).text
    assert "vendredi 27 novembre à 21 h" in there


@pytest.mark.parametrize(
    ("length", "french", "english"),
    [
        (timedelta(0), "1 minute", "1 minute"),
        (timedelta(minutes=45), "45 minutes", "45 minutes"),
        (timedelta(hours=3), "3 heures", "3 hours"),
        (timedelta(hours=1, minutes=1), "1 heure et 1 minute", "1 hour and 1 minute"),
        (timedelta(days=1), "1 jour", "1 day"),
        (timedelta(days=2, hours=3, minutes=9), "2 jours et 3 heures", "2 days and 3 hours"),
        (timedelta(days=9, hours=3), "9 jours", "9 days"),
    ],
)
def test_a_length_is_told_in_its_two_largest_units(length: timedelta, french: str, english: str) -> None:
    assert (TEXTS.span(length, "fr"), TEXTS.span(length, "en")) == (french, english)


@pytest.mark.parametrize(
    ("items", "text"),
    [
        (("Sono",), "*Sono*"),
        (("Sono", "Vélo"), "*Sono* et *Vélo*"),
        (("Sono", "Vélo", "Tente"), "*Sono*, *Vélo* et *Tente*"),
        (("Chaise", "Sono", "Chaise"), "*Chaise (2)* et *Sono*"),
    ],
)
def test_names_are_joined_as_one_says_them(items: tuple[str, ...], text: str) -> None:
    assert said(example("already_declared", items=items)).text.startswith(f"C'est déjà noté, merci : {text}.")


@pytest.mark.parametrize(
    ("message", "french", "english"),
    [
        (example("import_preview", state="nothing", rows=1), "la seule ligne est déjà connue", "its only row is known"),
        (example("import_preview", state="nothing", rows=2), "les 2 lignes sont déjà connues", "all 2 rows are known"),
        (example("due_moved", lines=EX_LINES), "Nouvelles dates de retour :\n1 ", "New return dates:\n1 "),
        (example("due_moved", lines=EX_LINES), "RENDU avec le numéro", "RETURNED with the number"),
        (example("due_moved", lines=EX_LINES, undone=True), "sont de nouveau les bonnes", "The dates you had"),
        (example("switch_on", late=0), "12 prêts étaient déjà en cours, aucun en retard.", "out, none of them late."),
        (example("forget_card", state="open", items=("Sono",)), "d'abord ce prêt ou", "End this loan or"),
        (example("forget_card", state="open", items=("Sono", "Vélo")), "d'abord ces prêts et", "End these loans and"),
        (example("group_lost", desk="Îlot Sud"), "Le groupe d'*Îlot Sud* ne", "The group of *Îlot Sud* no"),
    ],
)
def test_one_and_several_are_told_as_one_says_them(message: Message, french: str, english: str) -> None:
    assert french in said(message).text
    assert english in said(message, "en").text


def test_what_is_owed_in_two_currencies_takes_the_plural() -> None:
    left = (Money(1250, "EUR"), Money(77000, "XOF"))
    assert "€12.50 and F CFA 77,000 are still to be paid" in said(example("payment_undone", left=left), "en").text


def test_a_long_list_is_cut_and_says_how_much_is_missing() -> None:
    many = tuple(LoanLine(n, "Une chaise pliante au nom très long", f"C-{n}", EX_DUE) for n in range(1, 301))
    for channel, limit in (("sms", 1600), ("whatsapp", 1600), ("telegram", 4096)):
        text = SHOWN[channel](said(example("loan_list", lines=many), channel=channel).text)
        assert len(text) <= limit
        assert re.search(r"\net 2\d\d de plus\n", text)


# ---------------------------------------------------------------- what people type is inert

NASTY = (
    "<b>x</b>",
    "*gras*",
    "_penché_",
    "a*b_c\\",
    "{{ 7 * 7 }}{% for a in b %}",
    "\u202eevas",
    "ligne\n1 Faux prêt",
    "שלום",
    "https://evil.example/x",
    "@everyone",
    "\x00\ud800",
    "N" * 5000,
)


# WhatsApp begins and ends bold only beside a sign that is neither letter nor digit.
BOLD = re.compile(r"(?<![^\W_])\*(?=\S)[^\n]*?(?<=\S)\*(?![^\W_])")


def with_name(name: str, nasty: str) -> Message:
    """The message's example with `nasty` in place of each short text fact."""
    message = example(name)
    open_facts = [f for f in fields(message) if f.name in ("item", "borrower", "said", "name_", "by", "member")]
    return replace(message, **{f.name: nasty for f in open_facts})


@each_language
@pytest.mark.parametrize("nasty", NASTY)
def test_a_name_cannot_format_break_or_reorder_our_words(language: str, nasty: str) -> None:
    for name in CATALOGUE:
        plain, attacked = said(with_name(name, "Zoé"), language).text, said(with_name(name, nasty), language).text
        assert attacked.count("\n") == plain.count("\n"), name
        assert re.findall(r"</?\w+>", to_html(attacked)) == re.findall(r"</?\w+>", to_html(plain)), name
        assert not re.search("[\u202a-\u202e\x00\ud800-\udfff]", attacked), name
        assert len(BOLD.findall(to_whatsapp(attacked))) == len(BOLD.findall(to_whatsapp(plain))), name
        assert attacked.count("\u2068") == attacked.count("\u2069"), name


def test_the_words_of_a_person_keep_their_lines_and_nothing_else() -> None:
    text = said(example("person_writes", words="une *ligne*\n<b>deux")).text
    assert "Awa écrit :\nune *ligne*\n&lt;b&gt;deux\n" in to_html(text)


def test_what_a_person_writes_is_carried_up_to_a_length() -> None:
    assert len(said(example("person_writes", words="mot " * 2000)).text) < 800


def test_an_address_of_ours_stays_a_link() -> None:
    links = ("https://wa.me/33612345678", "https://t.me/exemple_bot?start=a_b")
    assert "\nhttps://t.me/exemple_bot?start=a_b" in to_html(said(example("loan_card", links=links)).text)


@each_language
def test_what_a_desk_says_of_itself_is_shown_whole_with_its_link(language: str) -> None:
    told = "l'accueil du rez-de-chaussée, au 01 23 45 67 89 de 9 h à 18 h, ou https://atelier.example.org/nous-joindre"
    for case in CASES:
        own = [f.name for f in fields(case.message) if f.name in ("place", "contact_line") and f.type == "str"]
        for fact in own:
            text = to_plain(said(replace(case.message, **{fact: told}), language).text)
            assert told in text or "accueil" not in text, (str(case), fact, text)


# ---------------------------------------------------------------- choices

YES, NO = Choice("mine.return", (1,), "yes"), Choice("mine.nothing", label="no")
ITEMS = ((Choice("mine.item", (7,), text="*Sono*"),), (Choice("mine.item", (8,), text="Vélo"),))


def test_choices_are_buttons_where_buttons_are_shown() -> None:
    shown_here = said(example("confirm_return"), choices=((YES, NO),))
    assert [[(b.label, b.payload) for b in row] for row in shown_here.buttons] == [
        [("Oui", "mine.return|1"), ("Non", "mine.nothing")]
    ]
    assert "OUI" not in shown_here.text


def test_choices_with_a_word_are_answered_by_it_where_there_are_no_buttons() -> None:
    written = said(example("confirm_return"), choices=((YES, NO),), shows_buttons=False)
    assert written.text.endswith("\nRépondez OUI ou NON.")
    assert written.buttons == ()
    in_english = said(example("confirm_return"), "en", choices=((YES, NO),), shows_buttons=False)
    assert in_english.text.endswith("\nReply SURE or NO.")


def test_other_choices_are_numbered() -> None:
    text = said(example("borrow_which"), choices=ITEMS, shows_buttons=False).text
    assert text.endswith("\n1 \\*Sono\\*\n2 Vélo\nUn numéro suffit pour répondre.")


def test_a_choice_keeps_the_number_it_has() -> None:
    choices = tuple((replace(row[0], number=n),) for row, n in zip(ITEMS, (3, 5), strict=True))
    text = said(example("borrow_which"), choices=choices, shows_buttons=False).text
    assert "\n3 \\*Sono\\*\n5 Vélo\n" in text


def test_loans_listed_with_their_numbers_are_not_numbered_again() -> None:
    choices = (
        *((Choice("mine.return", (n,), text=line.item, number=line.number),) for n, line in enumerate(EX_LINES)),
        (Choice("mine.return", ("all",), "return_all"),),
    )
    alone = said(example("which_return"), shows_buttons=False).text
    assert said(example("which_return"), choices=choices, shows_buttons=False).text == alone
    assert alone.endswith("\nRépondez par le numéro, ou TOUT.")


def test_words_that_the_text_names_are_not_repeated() -> None:
    choices = ((Choice("mine.say", ("return",), "return"), Choice("mine.say", ("extend",), "extend")),)
    alone = said(example("reminder_2h"), shows_buttons=False).text
    assert said(example("reminder_2h"), choices=choices, shows_buttons=False).text == alone


def test_the_same_word_twice_gives_numbers() -> None:
    choices = ((Choice("mine.return", (1,), "return"), Choice("mine.return", (2,), "return")),)
    text = said(example("you_are_welcome"), choices=choices, shows_buttons=False).text
    assert "\n1 Rendu\n2 Rendu\n" in text


def test_a_button_with_a_long_name_is_shortened() -> None:
    long = ((Choice("mine.item", (1,), text="Chaise " * 40),),)
    (button,) = said(example("borrow_which"), choices=long).buttons[0]
    assert len(button.label) <= 40
    assert button.label.endswith("…")


def test_an_unknown_label_is_an_error() -> None:
    with pytest.raises(KeyError):
        TEXTS.label("no_such_label", "fr")
    with pytest.raises(KeyError):
        said(example("confirm_return"), choices=((Choice("x", label="no_such_label"),),))


# ---------------------------------------------------------------- WhatsApp outside its window

APPROVED = tomllib.loads((TEMPLATES / "whatsapp.toml").read_text(encoding="utf-8"))


def content(name: str, language: str = "fr", texts: Texts = TEXTS, **changes: object) -> Content | None:
    return texts.content(example(name, **changes), language=language, zone=ZoneInfo("Europe/Paris"), now=EX_LENT)


@each_language
def test_whatever_the_clock_or_staff_begin_has_a_template(language: str) -> None:
    begun = {name for name, cls in CATALOGUE.items() if cls.about in ("reminder", "overdue", "notice")}
    assert set(APPROVED["body"][language]) == set(APPROVED["variables"]) == begun


@each_language
def test_a_template_body_is_one_that_meta_takes(language: str) -> None:
    for name, body in APPROVED["body"][language].items():
        numbers = re.findall(r"\{\{(\d)\}\}", body)
        assert numbers == [str(n) for n in range(1, len(APPROVED["variables"][name]) + 1)], name
        assert not body.startswith("{{"), name
        assert not body.endswith("}}"), name
        assert "}}{{" not in body.replace(" ", ""), name
        assert len(body.split()) - len(numbers) >= 2 * len(numbers) + 1, name


@each_language
def test_a_template_body_joins_its_variables_as_one_says_them(language: str) -> None:
    """Bodies are fixed: no elision before a name, and no full stop behind words that bring their own."""
    for name in APPROVED["body"][language]:
        made = content(name, language)
        assert made is not None
        filled = made.body
        for number, value in made.variables.items():
            filled = filled.replace("{{" + number + "}}", value)
        assert not re.search(r"\.\.|\b[Dd]e [AEIOUÉÈ]", filled), (name, filled)


@each_language
def test_every_variable_is_filled_in_one_plain_line(language: str) -> None:
    for name in APPROVED["variables"]:
        made = content(name, language)
        assert made is not None
        assert all(value and value == " ".join(value.split()) and "*" not in value for value in made.variables.values())


def test_the_variables_are_the_facts_in_their_order() -> None:
    made = content("loan_created", item="Sono *neuve*\n\nrouge")
    assert made is not None
    assert list(made.variables) == ["1", "2"]
    assert re.fullmatch(r"Sono [^*]neuve[^*] rouge", made.variables["1"])  # twins stand for what would be bold
    assert made.variables["2"] == "vendredi 27 novembre à 18 h"
    back = content("returned", missing=(Piece("chargeur", missing=1),))
    assert back is not None
    assert back.variables["1"].endswith("(il manque encore : chargeur)")
    gathered = content("reminders")
    assert gathered is not None
    assert gathered.variables["1"].startswith("1 Perceuse Bosch (vendredi 27 novembre à 18 h), 2 Tente 4 places (")


def test_a_template_is_used_once_its_sid_is_noted(copied: Path) -> None:
    file = copied / "whatsapp.toml"
    file.write_text(file.read_text().replace("[sid.fr]", '[sid.fr]\nreturned = "HX01"'))
    texts = Texts(copied)
    noted, other = content("returned", texts=texts), content("extended", texts=texts)
    assert noted is not None
    assert other is not None
    assert (noted.sid, other.sid) == ("HX01", "")


def test_an_answer_has_no_template() -> None:
    assert content("you_are_welcome") is None


# ---------------------------------------------------------------- languages and mistakes


@pytest.mark.parametrize(
    ("wanted", "given"), [("fr", "fr"), ("en", "en"), ("en-GB", "en"), ("EN_us", "en"), ("wo", "fr"), ("", "fr")]
)
def test_an_unknown_language_is_answered_in_french(wanted: str, given: str) -> None:
    assert TEXTS.language(wanted) == given
    assert said(example("language_changed"), wanted).text == said(example("language_changed"), given).text


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    """The templates, to be changed."""
    shutil.copytree(TEMPLATES, tmp_path / "templates")
    return tmp_path / "templates"


def test_a_folder_is_enough_for_another_language(copied: Path) -> None:
    (copied / "wo").mkdir()
    (copied / "wo" / "words.toml").write_text('[grammar]\nand = "ak"\n')
    (copied / "wo" / "labels.toml").write_text('[labels]\nyes = "Waaw"\n')
    (copied / "wo" / "already_declared.txt").write_text("{{ items|all_of }}\n")
    texts = Texts(copied)
    assert texts.languages == ("fr", "en", "wo")
    assert said(example("already_declared", items=("a", "b")), "wo", texts=texts).text == "*a* ak *b*"
    assert (texts.label("yes", "wo"), texts.label("no", "wo")) == ("Waaw", "Non")
    assert said(example("you_are_welcome"), "wo", texts=texts).text.startswith("Avec plaisir")


def test_a_file_that_cannot_be_read_gives_way_to_the_next_best_and_is_named(copied: Path) -> None:
    (copied / "en" / "reminder_2h.txt").write_text("{% if item %}\n")
    (copied / "fr" / "overdue.txt").write_bytes(b"\xff")
    texts = Texts(copied)
    assert "est à rendre" in said(example("reminder_2h"), "en", texts=texts).text
    assert "not back yet" in said(example("overdue"), "fr", texts=texts).text
    french, english = filter(None, map(texts.unreadable, texts.own_files()))
    assert "fr/overdue.txt: " in french
    assert "en/reminder_2h.txt, line 1: " in english


def test_an_unknown_message_is_an_error() -> None:
    class NeverWritten(Message):
        pass

    unknown = NeverWritten()
    CATALOGUE.pop("never_written")
    with pytest.raises(KeyError, match="never_written"):
        TEXTS.source("never_written", "fr", "sms")
    with pytest.raises((KeyError, TypeError)):
        said(unknown)


@pytest.mark.parametrize("template", ["{{ itme }}", "{{ due_at }}", "{{ choice.x }}"])
def test_a_gap_in_a_template_of_ours_fails_loudly(copied: Path, template: str) -> None:
    (copied / "fr" / "reminder_2h.txt").write_text(template)
    with pytest.raises((UndefinedError, TypeError)):
        said(example("reminder_2h"), texts=Texts(copied))


def test_an_e_mail_has_a_subject_and_safe_html() -> None:
    mail = said(example("reminder_2h", item="<script>"), channel="email")
    assert mail.subject.startswith("Petit rappel : <script> est à rendre")
    assert len(mail.subject) <= 78
    assert "<strong>&lt;script&gt;</strong>" in mail.html


@each_language
def test_every_message_makes_a_letter(language: str) -> None:
    frame = Frame("Atelier <Nord>", unsubscribe="https://desk.example.org/u?a=1&b=2")
    for name in to_borrowers():
        mail = said(example(name), language, "email", frame=frame)
        assert 0 < len(mail.subject) <= 78, name
        sheet = ElementTree.fromstring(_closed(mail.html.removeprefix("<!doctype html>\n")))
        heading = "".join(sheet.find(".//h1").itertext()).strip()  # type: ignore[union-attr]
        assert heading, name
        assert "<Nord>" in "".join(sheet.itertext())
        assert "https://desk.example.org/u?a=1&b=2" in {a.get("href") for a in sheet.iter("a")}


def _closed(html: str) -> str:
    """HTML as XML would have it, so that a tag left open is an error."""
    return re.sub(r"<(meta|br)([^>]*)>", r"<\1\2/>", html)


def test_a_letter_shows_how_urgent_it_is() -> None:
    layouts = {name: TEXTS.layout(name) for name in CATALOGUE}
    assert set(layouts.values()) == {
        "notification_base", "creation", "rappel_2h", "rappel_j2", "rappel_j1", "rappel_final", "retard", "restitution",
    }  # fmt: skip
    bands = {}
    for name, layout in layouts.items():
        if layout != "notification_base":
            html = said(example(name), channel="email").html
            bands[layout] = re.findall(r'class="band" style="background:(#\w+);', html)[0]
    assert len(set(bands.values())) == 7, "each its own colour"


@pytest.mark.parametrize(
    ("message", "french", "english"),
    [
        (example("reminder_2h"), "Petit rappel : Perceuse Bosch est à rendre à 18 h", "is due back at 6 pm"),
        (example("due_moved"), "Votre nouvelle date de retour", "Your new return date"),
        (example("due_moved", lines=EX_LINES), "Vos nouvelles dates de retour", "Your new return dates"),
        (example("debt_settled", reference=""), "Votre compte", "Your account"),
        (example("admitted"), "Vous pouvez maintenant emprunter", "You can now borrow"),
    ],
)
def test_a_subject_says_what_matters_and_ends_with_it(message: Message, french: str, english: str) -> None:
    assert said(message, channel="email").subject == french
    assert said(message, "en", "email").subject.endswith(english)


def test_who_cannot_answer_is_not_told_to_reserve() -> None:
    refused = example("extension_refused", why="awaited")
    assert "RESERVER" in said(refused).text
    assert "RESERVER" not in said(refused, channel="link", one_way=True).text


def test_a_letter_about_money_is_headed_as_its_subject_says() -> None:
    html = said(example("debt_reminder"), channel="email").html
    assert re.search(r"<h1[^>]*>\s*Rappel de paiement\s*</h1>", html)


# ---------------------------------------------------------------- what admins write


def with_override(source: str | None) -> Texts:
    return Texts(overrides=lambda message, language, channel: source)


def test_an_admins_words_replace_the_file() -> None:
    asked: list[tuple[str, str, str]] = []

    def overrides(message: str, language: str, channel: str) -> str | None:
        asked.append((message, language, channel))
        return "Coucou, *{{ item }}* revient {{ due_at|on }} ?{% if place %} Chez nous : {{ place }}{% endif %}"

    text = said(example("reminder_2h", item="a*b"), channel="sms", texts=Texts(overrides=overrides)).text
    assert text == "Coucou, *a\\*b* revient le vendredi 27 novembre à 18 h ? Chez nous : 12 rue des Lilas"
    assert asked == [("reminder_2h", "fr", "sms")]


def test_an_override_may_list_loans() -> None:
    text = said(example("overdue"), texts=with_override("À rendre :\n{{ lines|loans }}")).text
    assert text.startswith("À rendre :\n1 *Perceuse Bosch* : en retard depuis")


ATTACKS = {
    "loop": "{% for a in item %}{{ a }}{% endfor %}",
    "range": "{{ range(9) }}",
    "power": "{{ 9 ** 9 ** 9 }}",
    "product": "{{ item * 1000000 }}",
    "attribute": "{{ item.__class__ }}",
    "subscript": "{{ item['__class__'] }}",
    "call": "{{ cycler('a') }}",
    "filter": "{{ item|attr('__class__') }}",
    "format": "{{ '%1000000000d'|format(1) }}",
    "unknown": "{{ secret }}",
    "globals": "{{ word }}",
    "set": "{% set x = 1 %}{{ item }}",
    "macro": "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
    "include": "{% include 'labels.toml' %}",
    "import": "{% from '_loans.txt' import x %}",
    "block": "{% block b %}{{ item }}{% endblock %}",
    "extends": "{% extends 'overdue.txt' %}",
    "filter block": "{% filter upper %}x{% endfilter %}",
    "join": "{{ [item, item]|join }}",
    "concatenation": "{{ item ~ item }}",
    "inline if": "{{ item if true else self }}",
    "long": "x" * 2049,
    "wide": "é" * 1025,
    "many": "{{ item }}" * (OVERRIDE_PLACES + 1),
    "nested": "{{ " + "(" * 900 + "item" + ")" * 900 + " }}",
    "negations": "{% if " + "not " * 450 + "item %}x{% endif %}",
    "chain": "{{ item" + "|said" * 380 + "|due }}",
    "unclosed": "{{ item",
    "unclosed if": "{% if item %}x",
    "no filter": "{{ due_at }}",
    "wrong filter": "{{ item|due }}",
    "tuple": "{{ now }}",
    "empty": "{# nothing #}",
    "never": "{% if not item %}x{% endif %}",
    "surrogate": "\ud800{{ itme }}",
}


@each_language
@pytest.mark.parametrize("attack", ATTACKS)
def test_an_unfit_override_is_refused_with_a_sentence(language: str, attack: str) -> None:
    sentence = TEXTS.check_override("reminder_2h", ATTACKS[attack], language)
    assert sentence
    assert sentence[0].isupper() or sentence[0] in '«"'
    assert "{" not in sentence or "{{ due_at|due }}" in sentence


@pytest.mark.parametrize("attack", ATTACKS)
def test_an_unfit_override_never_silences_the_desk(attack: str) -> None:
    files = said(example("reminder_2h")).text
    assert said(example("reminder_2h"), texts=with_override(ATTACKS[attack])).text == files


def test_the_refusal_names_what_may_be_printed() -> None:
    sentence = TEXTS.check_override("reminder_2h", "{{ itme }}", "fr")
    assert sentence == "« itme » n'existe pas dans ce message. Valeurs possibles : item, due_at, number, place."
    assert placeholders("reminder_2h") == ("item", "due_at", "number", "place")


@each_language
def test_every_file_without_parts_of_ours_would_do_as_an_override_of_one_fact(language: str) -> None:
    for name, cls in CATALOGUE.items():
        fact = next((f.name for f in fields(cls) if f.type == "str"), None)
        source = "Bonjour, {% if answers %}répondez{% endif %} : {{ " + fact + " }}" if fact else "Bonjour"
        assert TEXTS.check_override(name, source, language) is None


@each_language
def test_what_an_admin_is_shown_may_be_sent_back_changed(language: str) -> None:
    for name, cls in CATALOGUE.items():
        for channel in ("telegram", "sms") if cls.about not in ("staff", "toast") else ():
            source = TEXTS.source(name, language, channel)
            if len(source.encode()) <= OVERRIDE_BYTES:
                assert TEXTS.check_override(name, source, language) is None, (name, channel)


@pytest.mark.parametrize(
    "source",
    [
        "{% for line in lines %}{% for more in lines %}{{ more.item }}{% endfor %}{% endfor %}",
        "{% for line in lines recursive %}{{ loop(lines) }}{% endfor %}",
        "{% for a in place %}{{ a }}{% endfor %}",
        "{% for line in lines|loans %}{{ line }}{% endfor %}",
        "{% for line in lines %}{{ line.__class__ }}{% endfor %}",
        "{% for line in lines %}{{ loop.cycle }}{% endfor %}",
        "{{ lines[0]['item'] }}",
        "{{ lines[level].item }}",
        "{{ lines.__len__ }}",
        "{{ line.item }}",
        "{{ word(*lines) }}",
        "{{ word }}",
    ],
)
def test_a_loop_over_lines_holds_no_other_and_a_line_shows_its_fields_alone(source: str) -> None:
    assert TEXTS.check_override("overdue", source, "fr") is not None


def test_an_override_with_filters_one_upon_another_is_refused_before_it_is_compiled(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(ImmutableSandboxedEnvironment, "from_string", None)  # a chain like this takes ten seconds
    assert TEXTS.check_override("overdue", "{{ place" + "|said" * 120 + " }}", "fr") is not None


def test_an_override_that_grows_too_long_with_its_facts_gives_way() -> None:
    greedy = with_override("{{ words|said }}" * 20)
    long = example("staff_answer", words="mot " * 300)
    assert said(long, texts=greedy).text == said(long).text


def test_an_override_of_an_unknown_message_is_an_error() -> None:
    with pytest.raises(KeyError):
        TEXTS.check_override("no_such_message", "x", "fr")
    with pytest.raises(KeyError):
        placeholders("no_such_message")


def test_an_admin_sees_the_words_of_the_file() -> None:
    words = (TEMPLATES / "fr" / "nothing_to_undo.txt").read_text(encoding="utf-8")
    assert TEXTS.source("nothing_to_undo", "fr", "telegram") == words
    assert TEXTS.source("help", "fr", "sms") != TEXTS.source("help", "fr", "whatsapp")
