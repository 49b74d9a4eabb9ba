"""What a person typed, made comparable: one alphabet, one case, nothing invisible; and how near two words are."""

from __future__ import annotations

import unicodedata
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.spoken import LONGEST, clean, distance, fold, slips_allowed, typed, words

any_text = st.text(max_size=80)  # lone surrogates and controls included
small = st.text(alphabet="abc", max_size=5)


# --- one spelling --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "spelling",
    [
        "RENDU", "rendu", "Rendu", "rEnDu", " rendu ", "rendu!", "Rendu !!", "rendu.", "rendu…", "« rendu »", "“rendu”",
        "*rendu*", "_rendu_", "~rendu~", "ＲＥＮＤＵ", "𝐫𝐞𝐧𝐝𝐮", "ⓡⓔⓝⓓⓤ", "rendu\u200b", "\ufeffrendu", "ren\u00addu",
        "\u202erendu\u202c", "re\u2060ndu", "rendu\ud800", "rendu\x00", "\tren\x07du\n", "rendu ✅", "✅ rendu 👍🏽",
        "rendu\u00a0", "\u202frendu\u3000", "réndù",
    ],
)  # fmt: skip
def test_every_spelling_of_a_word_is_that_word(spelling: str) -> None:
    assert words(spelling) == ["rendu"]


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("C'est rendu ✅", ["c", "est", "rendu"]),
        ("c’est rendu", ["c", "est", "rendu"]),
        ("cʼest rendu", ["c", "est", "rendu"]),
        ("j`ai rendu", ["j", "ai", "rendu"]),
        ("PERC-001", ["perc", "001"]),
        ("PERC–001", ["perc", "001"]),
        ("vp‑001/b", ["vp", "001", "b"]),
        ("+33612345678", ["+33612345678"]),
        ("œuvre, cœur et ﬁn", ["oeuvre", "coeur", "et", "fin"]),
        ("Straße Łódź Ærø đ", ["strasse", "lodz", "aero", "d"]),
        ("ÉCHÉANCE à l’été", ["echeance", "a", "l", "ete"]),
        ("e\u0301che\u0301ance", ["echeance"]),
        ("18h30", ["18h30"]),
        ("½ journée", ["1", "2", "journee"]),
        ("", []),
        ("✅👍", []),
        ("  \u200b\n", []),
        ("مرحبا", []),
    ],
)
def test_words_are_separated_by_what_is_neither_letter_nor_digit(typed: str, read: list[str]) -> None:
    assert words(typed) == read


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("  Perceuse \n Bosch\t18V ", "Perceuse Bosch 18V"),
        ("L’échelle “double”", 'L\'échelle "double"'),
        ("24/12 – 02/01", "24/12 - 02/01"),
        ("cafe\u0301", "café"),
        ("２０㎝", "20cm"),
        ("a\u202eb\u2066c", "abc"),
        ("à\x00b\ud83d", "àb"),
    ],
)
def test_a_clean_text_keeps_case_and_accents(typed: str, read: str) -> None:
    assert clean(typed) == read


@pytest.mark.parametrize(
    ("typed", "read"), [("Échéance", "echeance"), ("NOËL !", "noel !"), ("Œuf", "oeuf"), ("déjà-vu", "deja-vu")]
)
def test_folding_leaves_punctuation(typed: str, read: str) -> None:
    assert fold(typed) == read


@pytest.mark.parametrize("filler", ["a", "é"], ids=["ascii", "accents"])
def test_no_more_is_read_than_a_chat_can_carry(filler: str) -> None:
    assert clean(filler * (LONGEST + 500)) == filler * LONGEST


@pytest.mark.parametrize("poison", ["\u0301", "ﷺ", "\u202e", "𝕒", "é ", "\ud800"])
def test_what_follows_the_longest_message_is_not_looked_at(poison: str) -> None:
    assert clean(poison * 1_000_000) == clean((poison * 1_000_000)[:LONGEST])


@given(any_text)
def test_cleaning_a_second_time_changes_nothing(text: str) -> None:
    once = clean(text)
    assert clean(once) == once
    assert fold(fold(once)) == fold(once)


@given(any_text)
def test_a_clean_text_is_one_line_without_anything_invisible(text: str) -> None:
    cleaned = clean(text)
    assert cleaned == " ".join(cleaned.split())
    assert all(unicodedata.category(sign) not in {"Cf", "Cc", "Cs", "Co", "Cn"} for sign in cleaned)
    cleaned.encode()  # no lone surrogate is left to break a database or a provider


@given(any_text)
def test_words_are_plain(text: str) -> None:
    for word in words(text):
        assert word
        assert set(word) <= set("abcdefghijklmnopqrstuvwxyz0123456789+")


@given(any_text, st.sampled_from([str.upper, str.lower, str.swapcase]))
def test_the_case_of_plain_letters_does_not_matter(text: str, change: object) -> None:
    plain = "".join(sign for sign in text if sign.isascii())
    assert callable(change)
    assert words(change(plain)) == words(plain)


def test_a_text_as_it_would_have_been_typed_keeps_its_lines_and_what_joins_signs() -> None:
    assert typed("\ufeffFAC\u201112\u00a0: 1\u202f250\u2009€\u200b") == "FAC-12 : 1 250 €"
    family = "👨\u200d👩\u200d👧"
    assert typed(f"é\n\u202a{family}\u202c\n") == f"é\n{family}\n"
    assert typed("\u200b \u2060") == "\u200b \u2060", "nobody would be answered who says nothing else"


# --- slips of the finger -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("left", "right", "slips"),
    [
        ("rendu", "rendu", 0),
        ("rendu", "rend", 1),
        ("rendu", "renddu", 1),
        ("rendu", "tendu", 1),
        ("rendu", "rednu", 1),
        ("perceuse", "perseuze", 2),
        ("prolonger", "prolnoegr", 2),
        ("", "ab", 2),
        ("ca", "abc", 3),
        ("rendu", "pret", 3),
    ],
)
def test_the_slips_between_two_words(left: str, right: str, slips: int) -> None:
    assert distance(left, right) == slips
    assert distance(right, left) == slips


def test_beyond_the_limit_nothing_more_is_counted() -> None:
    assert distance("aaaa", "bbbb", limit=1) == 2
    assert distance("aaaa", "bbbb", limit=3) == 4
    assert distance("aaaa", "bbbb", limit=4) == 4
    assert distance("a", "a" * 1000, limit=2) == 3


def counted(left: str, right: str) -> int:
    """The restricted Damerau-Levenshtein distance by its definition."""
    if not left or not right:
        return len(left) + len(right)
    ways = [
        counted(left[:-1], right) + 1,
        counted(left, right[:-1]) + 1,
        counted(left[:-1], right[:-1]) + (left[-1] != right[-1]),
    ]
    if len(left) > 1 and len(right) > 1 and left[-1] == right[-2] and left[-2] == right[-1]:
        ways.append(counted(left[:-2], right[:-2]) + 1)
    return min(ways)


@given(small, small, st.integers(0, 6))
def test_the_distance_is_the_defined_one_up_to_its_limit(left: str, right: str, limit: int) -> None:
    assert distance(left, right, limit) == min(counted(left, right), limit + 1)


@pytest.mark.parametrize(
    ("word", "slips"), [("", 0), ("stop", 0), ("rendu", 1), ("retards", 1), ("perceuse", 2), ("prolongation", 2)]
)
def test_longer_words_are_forgiven_more(word: str, slips: int) -> None:
    assert slips_allowed(word) == slips


def test_stop_and_pret_are_never_read_into_another_short_word() -> None:
    short = ("stop", "pret", "oui", "non", "aide", "paye")
    for left, right in product(short, short):
        near = distance(left, right) <= min(slips_allowed(left), slips_allowed(right))
        assert near == (left == right)
