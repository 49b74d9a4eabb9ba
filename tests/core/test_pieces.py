"""The list of a kit's pieces, and what of it the words of a return leave out."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from bot.core.intents import Intent, understand
from bot.core.pieces import BadPieces, Piece, lacking, read_pieces, written

NOW = datetime(2026, 11, 21, 10, tzinfo=ZoneInfo("Europe/Paris"))
CHARGER, BATTERIES, CASE = Piece("chargeur", 1, 0, 1), Piece("batteries", 2, 0, 2), Piece("coffret", 1, 0, 3)
KIT = (CHARGER, BATTERIES, CASE)
ENGLISH = (Piece("charger", 1, 0, 1), Piece("batteries", 2, 0, 2), Piece("case", 1, 0, 3))


@pytest.mark.parametrize(
    ("typed", "pieces"),
    [
        ("chargeur, 2 batteries, coffret", "chargeur, 2 batteries, coffret"),
        ("le chargeur; deux batteries + l'adaptateur", "chargeur, 2 batteries, adaptateur"),
        ("batterie x3\n- câble (2)\n• vis", "3 batterie, 2 câble, vis"),
        ("clé de 12, foret 8", "clé de 12, foret 8"),
        ("-", ""),
        ("", ""),
    ],
)
def test_a_list_is_read_as_it_is_typed(typed: str, pieces: str) -> None:
    read = read_pieces(typed)
    assert written(read) == pieces
    assert read_pieces(written(read)) == read


@pytest.mark.parametrize(
    ("typed", "why"),
    [("a, b, A", "twice"), ("x" * 61, "too_long"), (",".join(f"vis{n}b" for n in range(31)), "too_many")],
)
def test_a_list_that_cannot_be_is_refused(typed: str, why: str) -> None:
    with pytest.raises(BadPieces) as refused:
        read_pieces(typed)
    assert refused.value.why == why


@pytest.mark.parametrize(
    ("text", "missing"),
    [
        ("RENDU sauf le chargeur", {1: 1}),
        ("rendu mais pas le chargeur", {1: 1}),
        ("rendu, il manque une batterie", {2: 1}),
        ("rendu sauf les batteries", {2: 2}),
        ("j'ai rendu la perceuse, il manque le chargeur et une batterie", {1: 1, 2: 1}),
        ("RENDU sauf le chargeur, je le rapporte demain. Merci", {1: 1}),
        ("rendu, le chargeur manque", {1: 1}),
        ("rendu, il ne manque que le chargeur", {1: 1}),
        ("RENDU sans le coffret", {3: 1}),
        ("j'ai rendu la perceuse mais j'ai oublié le chargeur", {1: 1}),
        ("c'est rendu, je n'ai pas le chargeur", {1: 1}),
        ("tout est rendu, par contre il me reste une batterie", {2: 1}),
        ("retour ok sauf le charguer", {1: 1}),
        ("rendu, il ne manque rien", {}),
        ("rendu sans problème", {}),
        ("RENDU", {}),
    ],
)
def test_a_return_names_what_it_leaves_out(text: str, missing: dict[int, int]) -> None:
    said = understand(text, language="fr", now=NOW)
    assert said.intent is Intent.RETURN
    assert (lacking(said.omission.words, KIT) if said.omission else {}) == missing


@pytest.mark.parametrize(
    ("text", "missing"),
    [
        ("returned except the charger", {1: 1}),
        ("returned but not the case", {3: 1}),
        ("returned, but one battery is missing", {2: 1}),
        ("I brought it back without the charger", {1: 1}),
        ("everything is back apart from both batteries", {2: 2}),
        ("returned, nothing is missing", {}),
    ],
)
def test_in_english_too(text: str, missing: dict[int, int]) -> None:
    said = understand(text, language="en", now=NOW)
    assert said.intent is Intent.RETURN
    assert (lacking(said.omission.words, ENGLISH) if said.omission else {}) == missing


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("pas encore rendu, il manque le chargeur", Intent.PROBLEM),
        ("il manque le chargeur", Intent.PROBLEM),
        ("rendu, il manque une batterie et la poignée est cassée", Intent.PROBLEM),
        ("je n'ai pas rendu le chargeur", Intent.NOT_RETURN),
        ("je rendrai tout sauf le chargeur demain", Intent.NOT_RETURN),
        ("est-ce que je peux rendre sans le chargeur ?", Intent.LIST),
        ("I will return it without the charger tomorrow", Intent.NOT_RETURN),
    ],
)
def test_what_is_no_return_stays_none(text: str, intent: Intent) -> None:
    said = understand(text, language="fr", now=NOW)
    assert (said.intent, said.omission) == (intent, None)


def test_more_than_the_kit_has_cannot_be_missing() -> None:
    assert lacking("5 batteries", KIT) == {2: 2}
    assert lacking("la télécommande", KIT) == {}
