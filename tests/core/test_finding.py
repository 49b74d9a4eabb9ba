"""Finding a thing from what somebody typed: exact before part, part before slip, and never a guess between two."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core import finding
from bot.core.finding import Named, Shelf, find

STOCK = [
    Named("drill", "Perceuse Bosch", "PERC-001"),
    Named("drill2", "Perceuse Makita", "PERC-002"),
    Named("projector", "Vidéoprojecteur Epson", "VP-001"),
    Named("tent", "Tente 4 places", "TENTE-001"),
    Named("ladder", "Échelle", "ECH-1"),
    Named("ladders", "Échelle double", "ECH-2"),
]


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("PERC-001", {"drill"}),
        ("perc 001", {"drill"}),
        ("perc001", {"drill"}),
        ("vidéoprojecteur epson", {"projector"}),
        ("le videoprojecteur", {"projector"}),
        ("VIDEOPROJECTEUR", {"projector"}),
        ("perceuse bosch", {"drill"}),
        ("perceuse", {"drill", "drill2"}),
        ("perceuses", {"drill", "drill2"}),
        ("la tente", {"tent"}),
        ("tante 4 places", {"tent"}),
        ("perseuse bosch", {"drill"}),
        ("videoproj", {"projector"}),
        ("échelle", {"ladder"}),  # the exact name, though another holds it
        ("l'échelle double", {"ladders"}),
        ("cafetière", set()),
        ("", set()),
        ("   !!! ", set()),
    ],
)
def test_what_the_words_may_mean(typed: str, found: set[str]) -> None:
    assert set(find(typed, STOCK).sure) == found


def test_one_is_it_and_two_are_a_question() -> None:
    assert find("tente", STOCK).one == "tent"
    assert find("perceuse", STOCK).one is None


def test_what_is_not_here_may_be_suggested_but_is_never_sure() -> None:
    matches = find("perceuse hilti", STOCK)
    assert matches.sure == ()
    assert {"drill", "drill2"} & set(matches.near)
    assert len(matches.near) <= 3


@settings(max_examples=200)
@given(st.text(max_size=80))
def test_anything_may_be_typed(typed: str) -> None:
    matches = find(typed, STOCK)
    assert not (matches.sure and matches.near)
    assert find(typed, []) == find("", [])


def test_all_beginnings_of_a_page_compare_each_word_with_each_name_once(monkeypatch: pytest.MonkeyPatch) -> None:
    compared: list[tuple[str, str]] = []
    close = finding.close

    def counted(typed: str, word: str) -> bool:
        compared.append((typed, word))
        return close(typed, word)

    monkeypatch.setattr(finding, "close", counted)
    page = "percuse et tante du magasin pour la fete de samedi avec les voisins de la rue".split()
    shelf = Shelf(STOCK)
    for count in range(1, len(page)):
        shelf.sure(" ".join(page[:count]))
        shelf.sure(" ".join(page[count:]))
    assert compared
    assert len(compared) == len(set(compared))
