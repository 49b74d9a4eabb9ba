"""The pieces of a kit: the list staff type, and what of it somebody says is missing."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

from bot.core.finding import Named, find
from bot.core.records import record
from bot.core.spoken import clean, fold, words

MOST_PIECES = 30
LONGEST_PIECE = 60

_BETWEEN = re.compile(r"[,;|+\n\r\u2022]+|\s-\s")
_NUMBERS = {
    **dict.fromkeys(("un", "une", "one", "a", "an"), 1), "deux": 2, "two": 2, "trois": 3, "three": 3, "quatre": 4,
    "four": 4, "cinq": 5, "five": 5, "six": 6, "sept": 7, "seven": 7, "huit": 8, "eight": 8, "neuf": 9, "nine": 9,
    "dix": 10, "ten": 10, "douze": 12, "twelve": 12,
}  # fmt: skip
_COUNTED = re.compile(r"(\d{1,2})\s*(?:[x×*]\s*)?(?=\D)(\S.*)|(\S.*?)\s*(?:[x×*]\s*|\()(\d{1,2})\)?")
_ARTICLE = re.compile(r"(?:le|la|les|des|the)\s+|l['’]", re.IGNORECASE)
_SEVERAL = frozenset("les des mes ces the all tous toutes both".split())
_JOINED = re.compile(r"\s*(?:[,;&+/]|\bet\b|\band\b|\bni\b|\bnor\b)\s*", re.IGNORECASE)
_SHORTEST_WORD = 3


class BadPieces(ValueError):
    """Why a list of pieces is refused: `why` is too_many, too_long or twice; `what` the piece it is about."""

    def __init__(self, why: Literal["too_many", "too_long", "twice"], what: str = "") -> None:
        super().__init__(f"{why}: {what}" if what else why)
        self.why = why
        self.what = what


@record(frozen=True, slots=True)
class Piece:
    """One line of a kit's list: "2 batteries" is one piece with a count of two; `missing` of them are not there."""

    name: str
    count: int = 1
    missing: int = 0
    id: int = 0

    @property
    def shown(self) -> str:
        return f"{self.count} {self.name}" if self.count > 1 else self.name

    @property
    def there(self) -> Piece | None:
        """The part of it that can be lent now; None when all of it is missing."""
        left = self.count - self.missing
        return replace(self, count=left, missing=0) if left > 0 else None


@record(frozen=True, slots=True)
class Awaited:
    """A piece that somebody kept after the loan was over, as messages show it."""

    name: str
    count: int
    missing: int
    item: str
    borrower: str = ""


# --- the list -------------------------------------------------------------------------------------


def read_pieces(typed: str) -> tuple[Piece, ...]:
    """ "chargeur, 2 batteries, coffret": the pieces in order, none for an empty list or a lone dash.

    Commas, semicolons, + and new lines stand between pieces. Raises BadPieces.
    """
    parts = [clean(part).strip(" .:-–*•") for part in _BETWEEN.split(typed)]
    found = tuple(_piece(part) for part in parts if part)
    if len(found) > MOST_PIECES:
        raise BadPieces("too_many")
    seen: set[str] = set()
    for piece in found:
        if len(piece.name) > LONGEST_PIECE:
            raise BadPieces("too_long", piece.name)
        if fold(piece.name) in seen:
            raise BadPieces("twice", piece.name)
        seen.add(fold(piece.name))
    return found


def _piece(part: str) -> Piece:
    part = _ARTICLE.sub("", part, count=1) if _ARTICLE.match(part) else part
    counted = _COUNTED.fullmatch(part)
    if counted is not None:
        figure, name = (counted[1], counted[2]) if counted[1] else (counted[4], counted[3])
        return Piece(name.strip(), max(1, int(figure)))
    first, _, rest = part.partition(" ")
    number = _NUMBERS.get(fold(first), 0)
    return Piece(rest.strip(), number) if number and rest.strip() else Piece(part)


def written(pieces: Sequence[Piece]) -> str:
    """The list as `read_pieces` takes it again."""
    return ", ".join(piece.shown for piece in pieces)


# --- what is missing ------------------------------------------------------------------------------


def lacking(said: str, pieces: Sequence[Piece]) -> dict[int, int]:
    """The pieces that the words name: id → how many of each; empty when they name none.

    "le chargeur et une batterie" → the charger, one of the two batteries; "les batteries" → both.
    """
    among = [Named(piece, piece.name) for piece in pieces]
    whole = _one(said, among)
    if whole is not None:
        return {whole.id: _how_many(said, whole)}
    found: dict[int, int] = {}
    for part in _JOINED.split(said):
        piece = _one(part, among) or _by_a_word(part, among)
        if piece is not None:
            found[piece.id] = min(piece.count, max(found.get(piece.id, 0), _how_many(part, piece)))
    return found


def _one(part: str, among: Sequence[Named[Piece]]) -> Piece | None:
    kept = " ".join(word for word in words(part) if word not in _NUMBERS and not word.isdecimal())
    return find(kept, among).one if kept else None


def _by_a_word(part: str, among: Sequence[Named[Piece]]) -> Piece | None:
    """The piece that one word of a longer phrase names: *une des batteries du coffret bleu* may name two, so none."""
    named = {
        piece.id: piece
        for word in words(part)
        if len(word) >= _SHORTEST_WORD and word not in _NUMBERS and (piece := find(word, among).one)
    }
    return next(iter(named.values())) if len(named) == 1 else None


def _how_many(part: str, piece: Piece) -> int:
    typed = words(part)
    numbers = [int(word) if word.isdecimal() else _NUMBERS[word] for word in typed if _counts(word)]
    if numbers:
        return max(1, min(numbers[0], piece.count))
    return piece.count if _SEVERAL & set(typed[:2]) else 1


def _counts(word: str) -> bool:
    return word in _NUMBERS or (word.isdecimal() and len(word) < 3)
