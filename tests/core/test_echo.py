"""What somebody typed, as an answer repeats it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.conversation import LONGEST_ECHO, echo


@pytest.mark.parametrize(
    ("said", "repeated"),
    [
        ("  la perceuse ", "la perceuse"),
        ("la perceuse\n et l'échelle", "la perceuse et l'échelle"),
        (
            "bonjour, je voudrais une perceuse pour partir en week-end, jusqu'à jeudi 17h si possible",
            "bonjour, je voudrais une perceuse pour partir en week-end…",
        ),
        ("A" * 80, "A" * 59 + "…"),
        ("", ""),
    ],
)
def test_long_words_end_at_a_whole_one(said: str, repeated: str) -> None:
    assert echo(said) == repeated


@given(st.text())
def test_it_is_never_longer_than_it_may_be(said: str) -> None:
    assert len(echo(said)) <= LONGEST_ECHO
