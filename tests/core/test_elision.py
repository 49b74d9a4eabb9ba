"""*d'Awa* and *de Karim*: which words take the apostrophe."""

from __future__ import annotations

import pytest

from bot.core.elision import de


@pytest.mark.parametrize(
    "said",
    [
        "d'Awa", "d'Élodie", "d'échelle 3 m", "d'Œuvre", "d'Hélène", "d'horloge", "d'huile", "d'Yves", "d'O'Neil",
        "de Karim", "de perceuse", "de Hamza", "de hache", "de housse", "de onze", "de Yasmine", "de Ouattara", "de 8",
        "de +33 6 12 34 56 78", "d'« Atelier »", "de ",
    ],
)  # fmt: skip
def test_the_small_word_loses_its_vowel_before_a_vowel_that_is_heard(said: str) -> None:
    word = said.removeprefix("d'") if said.startswith("d'") else said.removeprefix("de ")
    assert de(word) + word == said
