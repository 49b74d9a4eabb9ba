"""French with tu: the grammar of our own sentences, and every text that a borrower may read."""

from __future__ import annotations

import re
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from bot.core.messages import CATALOGUE, EX_LENT, Message, facts, message_from
from bot.core.tutoiement import tutoyer
from bot.texts import TEMPLATES, Reader, Texts

TEXTS = Texts()
PARIS = ZoneInfo("Europe/Paris")
WORDS_OF_A_SHOP = {"churn_risk"}  # its offer comes in by the REST API as it is
VOUS = re.compile(r"\b(?:vous|votre|vos|vôtres?)\b|\b(?!chez\b|assez\b)\w+ez\b", re.IGNORECASE)


@pytest.mark.parametrize(
    ("vous", "tu"),
    [
        ("Répondez STOP pour ne plus rien recevoir.", "Réponds STOP pour ne plus rien recevoir."),
        ("Souhaitez-vous garder {{ item }} ? Votre demande est chez nous.",
         "Souhaites-tu garder {{ item }} ? Ta demande est chez nous."),
        ("Vous préférez une date ?", "Tu préfères une date ?"),
        ("Puis refaites votre demande.", "Puis refais ta demande."),
        ("Si vous l'avez encore, prévenez-nous.", "Si tu l'as encore, préviens-nous."),
        ("L'équipe vous répond, nous vous écrirons.", "L'équipe te répond, nous t'écrirons."),
        ("Un mot pour vous, gardé pour vous jusqu'à lundi.", "Un mot pour toi, gardé pour toi jusqu'à lundi."),
        ("S'il vous faut plus de temps, s'il vous plaît.", "S'il te faut plus de temps, s'il te plaît."),
        ("Est-ce bien vous ? Votre autre adresse, vos prêts.", "Est-ce bien toi ? Ton autre adresse, tes prêts."),
        ("Ce que vous pouvez nous écrire quand vous pourrez.", "Ce que tu peux nous écrire quand tu pourras."),
        ("{% if votre %}{{ vous }}{% endif %} Assez, rendez-vous compte chez vous.",
         "{% if votre %}{{ vous }}{% endif %} Assez, rends-tu compte chez toi."),
    ],
)  # fmt: skip
def test_a_sentence_with_tu(vous: str, tu: str) -> None:
    assert tutoyer(vous) == tu


@pytest.mark.parametrize("channel", ["whatsapp", "sms"])
def test_no_vous_is_left_in_what_a_borrower_reads(channel: str) -> None:
    left = {name: text for name, text in read(channel, familiar=True).items() if VOUS.search(text)}
    assert left == {}


def test_templates_say_tu_in_every_branch() -> None:
    for path in sorted(TEMPLATES.joinpath("fr").glob("*.txt")):
        words = re.sub(r"\{[{%].*?[%}]\}", "", tutoyer(path.read_text(encoding="utf-8")))
        assert not VOUS.search(words), path.name


def test_who_chose_no_tu_and_english_are_untouched() -> None:
    declared = CATALOGUE["return_declared"](**CATALOGUE["return_declared"].example)
    letter = written(declared, "email", familiar=True)
    assert "tu as rendu" in letter
    assert "Écris-nous" in letter or "suivi de tes prêts" in letter, "what stands around it, too"
    assert "vous avez rendu" in written(declared, "whatsapp", familiar=False)
    assert written(declared, "sms", "en", familiar=True) == written(declared, "sms", "en", familiar=False)
    assert "tu as rendu" in written(declared, "whatsapp", familiar=True)


def test_the_words_of_an_admin_stay_as_they_were_written() -> None:
    found = CATALOGUE["nothing_out"]()
    assert written(found, "sms", familiar=True, override="Vous ne devez rien.") == "Vous ne devez rien."


def read(channel: str, *, familiar: bool) -> dict[str, str]:
    """Every text a borrower may read, with its example."""
    to_them = {name: cls for name, cls in CATALOGUE.items() if cls.about not in ("staff", "toast")}
    ours = to_them.keys() - WORDS_OF_A_SHOP
    return {name: written(to_them[name](**to_them[name].example), channel, familiar=familiar) for name in sorted(ours)}


def written(
    message: Message, channel: str, language: str = "fr", *, familiar: bool, override: str | None = None
) -> str:
    again = message_from(message.name, facts(message))
    now: datetime = EX_LENT
    return TEXTS.render(again, Reader(language, channel, PARIS, familiar=familiar), now, override=override).text
