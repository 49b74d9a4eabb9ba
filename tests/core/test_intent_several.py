"""Messages that want several things, and those that only look so."""

from __future__ import annotations

from datetime import datetime, time
from zoneinfo import ZoneInfo

import pytest

from bot.core.intent_several import apart

NOW = datetime(2026, 11, 23, 9, tzinfo=ZoneInfo("Europe/Paris"))  # a Monday


def parts(text: str) -> list[str]:
    return list(apart(text, language="fr", now=NOW, closing=time(18)))


@pytest.mark.parametrize(
    "text",
    [
        "rendu 1 et 3 | prolonge le 2 jusqu'à samedi",
        "j'ai rendu la perceuse | je garde l'échelle jusqu'à lundi",
        "je garde l'échelle jusqu'à lundi | la perceuse est rendue",
        "prolonge la perceuse jusqu'à samedi | rends l'échelle",
        "rendu la perceuse | l'échelle, je la garde jusqu'à lundi",
        "rendu 1 | prolonger jusqu'à samedi",
        "j'ai tout rendu sauf l'échelle | je la garde jusqu'à lundi",
        "Bonjour, j'ai rendu la perceuse, merci | je voudrais emprunter la ponceuse",
        "j'ai rendu la perceuse | je rapporte l'échelle lundi",
        "j'ai rendu la perceuse | payé 20 €",
        "rendu 1 | le 2 est cassé",
        "rendu la perceuse | combien je dois",
        "I brought back the drill | I need the ladder until Monday",
        "rendu la perceuse | je conteste la facture",
        "prolonger jusqu'à samedi | rappelez-moi",
        "c'est rendu | je voudrais la tente demain",
        "payé 50 € | stop",
    ],
)
def test_each_part_wants_something_of_its_own(text: str) -> None:
    wanted = text.split(" | ")
    for joint in (", ", " et ", "\n", ". "):
        told = [part.removeprefix("et ").rstrip(".") for part in parts(joint.join(wanted))]
        assert [part.replace(", et", " et") for part in told] == wanted, joint


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("arrêtez de me relancer j'ai rendu la perceuse", ["arrêtez de me relancer", "j'ai rendu la perceuse"]),
        ("j'ai tout rendu arretez de m'ecrire svp", ["j'ai tout rendu", "arretez de m'ecrire svp"]),
        ("arrêtez vos messages la perceuse est rendue", ["arrêtez vos messages", "la perceuse est rendue"]),
        ("arrêtez de m'écrire j'ai pas rendu la perceuse", ["arrêtez de m'écrire j'ai pas rendu la perceuse"]),
        ("c'est rendu ne m'écrivez plus", ["c'est rendu", "ne m'écrivez plus"]),
        ("stop les messages je l'ai rendu", ["stop les messages", "je l'ai rendu"]),
        ("I returned it at the bus stop", ["I returned it at the bus stop"]),
        ("1 rendu 2 et 3 prolonger samedi", ["1 rendu", "2 et 3 prolonger samedi"]),
        ("rendu 1 prolonger 2 samedi", ["rendu 1", "prolonger 2 samedi"]),
        ("1 rendu et la 2 je la garde jusqu'à lundi", ["1 rendu", "et la 2 je la garde jusqu'à lundi"]),
        (
            "prolonger 1 samedi. prolonger 1 dimanche. prolonger 2 lundi",
            ["prolonger 1 samedi., prolonger 1 dimanche.", "prolonger 2 lundi"],
        ),
        ("rendu perceuse / garde échelle jusqu'à lundi", ["rendu perceuse", "garde échelle jusqu'à lundi"]),
        (
            "rendu 1, et est-ce que je peux garder le 2 jusqu'à lundi ?",
            ["rendu 1", "et est-ce que je peux garder le 2 jusqu'à lundi ?"],
        ),
        (
            "la perceuse est rendue, l'échelle arrive demain",
            ["la perceuse est rendue", "l'échelle arrive demain"],
        ),
        (
            "j'ai rendu la tente, la perceuse est encore chez moi",
            ["j'ai rendu la tente", "la perceuse est encore chez moi"],
        ),
        ("prolonger perceuse lundi, échelle mardi", ["prolonger perceuse lundi", "prolonger échelle mardi"]),
        ("PRET tente demain et projecteur vendredi", ["PRET tente demain", "PRET et projecteur vendredi"]),
        ("perceuse rendue, échelle demain", ["perceuse rendue", "je rends échelle demain"]),
        ("rendu la perceuse… où est ma caution ?", ["rendu la perceuse...", "où est ma caution ?"]),
        ("Rendu ! Il vous reste des forets ?", ["Rendu !", "Il vous reste des forets ?"]),
        ("prolonger jusqu'à samedi\nSTOP", ["prolonger jusqu'à samedi", "STOP"]),
        ("elle est cassée. stop", ["elle est cassée.", "stop"]),
        ("stop j'ai déjà tout rendu", ["stop", "j'ai déjà tout rendu"]),
        ("STOP c'est rendu", ["stop", "c'est rendu"]),
        ("stop déjà rendu", ["stop", "déjà rendu"]),
        ("stop we returned it", ["stop", "we returned it"]),
        ("stop c'est bon", ["stop c'est bon"]),
        ("je voudrais la tente samedi, c'est combien ?", ["je voudrais la tente samedi", "c'est combien ?"]),
        ("rendu la perceuse, le reste suit lundi", ["rendu la perceuse", "le reste suit lundi"]),
    ],
)
def test_a_wish_begins_without_a_sign_too(text: str, wanted: list[str]) -> None:
    assert parts(text) == wanted


@pytest.mark.parametrize(
    "text",
    [
        "j'ai rendu la perceuse et l'échelle",
        "rendu perceuse / échelle",
        "rendu 1 rendu 2",
        "j'ai rendu la perceuse et je l'ai nettoyée",
        "j'ai rendu la perceuse mais pas l'échelle",
        "je n'ai pas rendu la perceuse, je voudrais la prolonger jusqu'à lundi",
        "je voudrais prolonger la perceuse, je la rendrai lundi",
        "je rapporte la perceuse lundi, je peux prolonger jusqu'à lundi ?",
        "si je rends la perceuse, je peux emprunter la ponceuse ?",
        "j'ai emprunté la perceuse lundi et je l'ai rendue hier",
        "je voudrais emprunter la ponceuse, je la ramène vendredi",
        "j'ai rendu la perceuse et prolongé l'échelle ?",
        "Bonjour, j'ai rendu la perceuse hier soir, merci. Cordialement, Awa",
        "PROLONGER 1 et 2 jusqu'à lundi",
        "prolonger la perceuse, l'échelle jusqu'à lundi",
        "PRET perceuse et tente vendredi",
        "rendu échelle hier, perceuse ce matin",
        "j'ai rendu la perceuse, je vais à la mer lundi",
        "j'ai rendu la perceuse. C'est bien noté ?",
        "Prolonger jusqu'à lundi, c'est possible ?",
        "C'est rendu, vous pouvez vérifier ?",
        "rendu dans la boîte, il n'y avait personne",
        "rendu le bouton, stop de porte compris",
        "perceuse rendue stop merci stop",
        "merci, je passe demain. stop",
        "",
        "😀",
        "...",
        "?",
        "et " * 400,
    ],
)
def test_one_wish_told_in_several_sentences_stays_one(text: str) -> None:
    assert parts(text) == [text]
