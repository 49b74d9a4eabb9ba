"""A sentence cut into the tokens the grammar of due times reads."""

from __future__ import annotations

import re
from dataclasses import dataclass

from bot.core.duelexicon import Lexicon
from bot.core.duewords import LEXICONS
from bot.core.records import record
from bot.core.spoken import fold

TOO_MANY = 160
"""Tokens read of one message; a due time is a few words, and reading grows with the square of their number."""


@record(frozen=True, slots=True)
class Token:
    """text: folded, spelling corrected. glued: no space before it. number: its value when written in digits."""

    text: str
    start: int
    end: int
    glued: bool
    number: int | None = None
    dotted: bool = False


# Telephone numbers and codes such as PERC-001 come first, so that their digits are never read as a date.
_TOKEN = re.compile(
    r"""(?P<iso>\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:[.,]\d{1,6})?)?(?:Z|[+-]\d\d:?\d\d)?)(?!\w)
    |(?P<sealed>\+\d[\d\s().-]{6,}\d|(?<!\d)0\d(?:[ .-]?\d\d){4}(?!\d)|\d{7,}|[^\W\d_]+[-_]?\d[\w-]*|[^\W\d_]*_\w*)
    |(?P<meridiem>(?<![^\W\d_])[ap](?:\.\s?m\b\.?|\s?m\b\.?))
    |(?P<word>2(?:main|m1|moro|morrow|nite|night|day|soir)\b|[^\W\d_]+)
    |(?P<number>\d{1,6})
    |(?P<sign>\S)""",
    re.VERBOSE | re.IGNORECASE,
)
_HOUR_AFTER_WORD = re.compile(r"(?:[aà]|at|t)\d{1,2}(?:h|:|[ap]m)", re.IGNORECASE)
_LETTERS = re.compile(r"[^\W\d_]+")
_CODE = re.compile(r"[^\W\d_]+[-_]\d+")
# DEC-001, as the desk draws codes: no day and no year has three figures. DEC-01 too: with a dash people write Dec-1.
_DRAWN = re.compile(r"[^\W\d_]+[-_](?:\d{3}|0\d)")
_SHORT_DAYS = frozenset(word for lexicon in LEXICONS.values() for word in lexicon.weekday_abbreviations)
_KEPT_BETWEEN_DIGITS = frozenset(":/.")


@dataclass(slots=True)
class Sentence:
    """text: the cleaned sentence the tokens' offsets count in."""

    text: str
    tokens: list[Token]
    texts: list[str]


def cut(text: str, lexicon: Lexicon) -> Sentence:
    """The tokens of a cleaned sentence; punctuation that means nothing for a time is left out."""
    tokens: list[Token] = []
    position, ended = 0, -1
    while position < len(text) and len(tokens) < TOO_MANY:
        found = _TOKEN.match(text, position)
        if found is None:
            position += 1
            continue
        token = _token(text, found, lexicon, glued=position == ended)
        position = ended = found.end() if token is None else token.end
        if token:
            tokens.append(token)
    return Sentence(text, tokens, [token.text for token in tokens])


def _token(text: str, found: re.Match[str], lexicon: Lexicon, *, glued: bool) -> Token | None:
    kind, start, end = found.lastgroup, found.start(), found.end()
    if kind == "number":
        return Token(str(int(found[0])), start, end, glued, int(found[0]))
    if kind == "sign" and found[0] == "@":  # `Friday @ 2`, not an address of e-mail
        clock = text[end:].lstrip()[:1].isdigit() and not text[start - 1 : start].isalnum()
        return Token("at" if lexicon.language == "en" else "a", start, end, glued) if clock else None
    if kind == "sign":
        return Token(found[0].replace("→", "-"), start, end, glued) if _sign_counts(text, start) else None
    if kind == "iso":
        return Token("iso", start, end, glued)
    if kind == "meridiem":
        return Token(f"{found[0][0].lower()}m", start, end, glued)
    if kind == "sealed" and not _is_time_word(found, text, lexicon):
        return Token("\x00", start, end, glued)
    letters = found if kind == "word" else _LETTERS.match(text, start) or found
    return Token(
        lexicon.correct(fold(letters[0])), start, letters.end(), glued, dotted=text[letters.end() :][:1] == "."
    )


def _sign_counts(text: str, position: int) -> bool:
    """Whether a character means something for a time: +, the prime of minutes, separators between digits, a dash."""
    sign, before, after = text[position], text[:position].rstrip()[-1:], text[position + 1 :].lstrip()[:1]
    if sign == "→":
        return True
    if sign == "+":
        return after.isdigit()
    if sign in "'\"":
        return before.isdigit() and text[position - 1].isdigit() and not after.isalpha()
    if sign == "-":
        return _is_dash(text, position)
    if sign == ",":
        return text[position - 1 : position].isdigit() and text[position + 1 : position + 2].isdigit()
    if sign in "%€$£°":
        return True
    return sign in _KEPT_BETWEEN_DIGITS and before.isdigit() and after.isdigit()


def _is_dash(text: str, position: int) -> bool:
    """`mardi - 18h`, `13h-15h` and `12-12` have a dash that counts; `après-demain`, `Oct-2` and `31-Oct` are joined."""
    left, right = text[max(position - 2, 0) : position], text[position + 1 : position + 2]
    if not left[-1:].strip() or not right.strip():
        return True
    return right.isdigit() and not left.isalpha()


def _is_time_word(sealed: re.Match[str], text: str, lexicon: Lexicon) -> bool:
    """`Feb13`, `juil-2027`, `à18h` and the `h30` of `18 h30` are times though they look like codes such as A4."""
    letters = _LETTERS.match(sealed[0])
    word = fold(letters[0]) if letters else ""
    before = text[: sealed.start()]
    if _DRAWN.fullmatch(sealed[0]):
        return False
    if word == "h":
        return before.rstrip()[-1:].isdigit()
    if word == "m":
        return before[-1:].isdigit()
    if word in _SHORT_DAYS and _CODE.fullmatch(sealed[0]) and not before.endswith("-"):
        return False  # JEU-01, the first game on the shelf; MAR-01, a hammer, is no day of March either
    return word in lexicon.before_digits or bool(_HOUR_AFTER_WORD.match(text, sealed.start()))
