"""What a person typed, normalised for comparison: one alphabet, one case, no invisible characters.

Every reader of words (due times, intents, answers) starts here, so that `RENDU`, `rendu\u200b` and `Rendu !!` are the
same three times. The raw text is stored elsewhere; nothing here is shown to anybody.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from functools import cache, lru_cache

LONGEST = 4096
"""Characters read of one message: Telegram's own limit. What follows is not looked at."""

SHORT = 64  # characters

_LIGATURES = str.maketrans(
    {"œ": "oe", "Œ": "oe", "æ": "ae", "Æ": "ae", "ß": "ss", "ø": "o", "Ø": "o", "ł": "l", "Ł": "l", "đ": "d", "Đ": "d"}
    | {"ı": "i"}  # which regular expressions take for an i, whatever its case
)
_QUOTES = str.maketrans(
    {"’": "'", "‘": "'", "ʼ": "'", "`": "'", "´": "'", "′": "'", "″": '"', "“": '"', "”": '"'}
    | dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212", "-")
)
_BLANKS = re.compile(r"\s+")
_NOT_WORD = re.compile(r"[^a-z0-9+]+")
_INVISIBLE = {"Cf", "Cc", "Cs", "Co", "Cn"}


def clean(text: str) -> str:
    """The text on one line in Unicode's compatible composed form, without controls, format marks or lone surrogates.

    Case and accents stay: this is the form in which names of things are kept and offsets are counted.
    """
    if text.isascii() and text.isprintable():  # of what is blank, only spaces are
        return " ".join(text[:LONGEST].split())
    visible = "".join(_visible(char) for char in text[:LONGEST])
    composed = unicodedata.normalize("NFKC", visible.translate(_QUOTES)).translate(_QUOTES)
    return _BLANKS.sub(" ", composed).strip()


# Spaces that break no line or are thin, the hyphen that breaks none, marks of width nothing and of direction: what a
# page, a bill or a list of contacts leaves in what is copied from it. Joiners stay: emoji and Persian words hold some.
_ODD = re.compile(
    "(?P<space>[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000])|(?P<hyphen>\u2011)"
    "|[\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]"
)


@lru_cache(maxsize=256)
def typed(text: str) -> str:
    """The text as if it had been typed on a plain keyboard: ordinary spaces, ordinary hyphens, nothing invisible. One
    that is nothing else stays: words that cannot be read are answered, a letter without words perhaps not."""
    if text.isascii():
        return text
    plain = _ODD.sub(lambda found: " " if found["space"] else "-" if found["hyphen"] else "", text)
    return plain if plain.strip() else text


def _visible(char: str) -> str:
    if char.isspace():
        return " "
    return "" if unicodedata.category(char) in _INVISIBLE else char


@lru_cache(maxsize=4096)
def fold(text: str) -> str:
    """Lower case without accents or ligatures: `Échéance` → `echeance`. Punctuation stays."""
    lowered = text.translate(_LIGATURES).lower()
    if lowered.isascii():
        return lowered
    plain = unicodedata.normalize("NFKD", lowered)
    return "".join(char for char in plain if not unicodedata.combining(char))


def words(text: str) -> list[str]:
    """The words of a text, folded; every character but letters, digits and + separates: `C'est rendu ✅` → c est
    rendu."""
    return list(_short_words(text)) if len(text) <= SHORT else _words(text)


def _words(text: str) -> list[str]:
    return _NOT_WORD.sub(" ", fold(clean(text))).split()


@lru_cache(maxsize=4096)
def _short_words(text: str) -> tuple[str, ...]:
    """Of names of things and what most people type, which one letter has split again and again."""
    return tuple(_words(text))


def distance(left: str, right: str, limit: int = 2) -> int:
    """The number of typing errors between two words: a letter too many, missing, wrong, or two exchanged.

    Anything over `limit` is `limit + 1`.
    """
    return _slips()(left, right, score_cutoff=limit)


@cache
def _slips() -> Callable[..., int]:
    from rapidfuzz.distance import OSA  # 3 MB: loaded for the first word with an unknown spelling

    return OSA.distance


def slips_allowed(word: str) -> int:
    """Typing errors allowed in a word of this length: none under 5 letters, one under 8, two from there on."""
    return 0 if len(word) < 5 else 1 if len(word) < 8 else 2
