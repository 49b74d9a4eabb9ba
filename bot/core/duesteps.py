"""What every rule of the due-time grammar is made of: looking at a token, reading a number."""

from __future__ import annotations

from datetime import datetime

from bot.core.duelexicon import Lexicon
from bot.core.duepieces import Piece
from bot.core.duetokens import Sentence

Found = tuple[Piece, int] | None


class Steps:
    """One sentence in one language, and what stands at a position of it.

    whole: the sentence should be nothing but a time, so forms count that are too weak inside a sentence. lead: the last
    filler word (`à`, `le`, `vers`); before: the piece read last.
    """

    def __init__(self, sentence: Sentence, lexicon: Lexicon, now: datetime, *, whole: bool) -> None:
        self.tokens = sentence.tokens
        self.texts = sentence.texts
        self.source = sentence.text
        self.words = lexicon
        self.now = now
        self.today = now.date()
        self.whole = whole
        self.french = lexicon.language == "fr"
        self.lead = ""
        self.before: Piece | None = None

    def text(self, position: int) -> str:
        return self.texts[position] if 0 <= position < len(self.texts) else ""

    def digits(self, position: int) -> int | None:
        return self.tokens[position].number if 0 <= position < len(self.tokens) else None

    def glued(self, position: int) -> bool:
        return position < len(self.tokens) and self.tokens[position].glued

    def written(self, position: int) -> int:
        """How many characters the token has as typed: `06` has two."""
        return self.tokens[position].end - self.tokens[position].start

    def number(self, position: int) -> tuple[int, int] | None:
        value = self.digits(position)
        if value is not None:
            return value, position + 1
        return self.words.numbers.match(self.texts, position)

    def ordinal(self, position: int) -> tuple[int, int] | None:
        value = self.digits(position)
        if value is None:
            return self.words.ordinals.match(self.texts, position)
        if self.text(position + 1) in self.words.ordinal_endings and self.glued(position + 1):
            return value, position + 2
        return None

    def announced(self) -> bool:
        """Whether the word before announces a time."""
        return self.words.fillers.match((self.lead,), 0) is not None

    def skip(self, position: int, joins: frozenset[str]) -> int:
        while self.text(position) in joins:
            position += 1
        return position

    def _date_after(self, number: int) -> bool:
        """Whether the number here belongs to what follows: `dans 2 h 15 décembre` is not two hours fifteen."""
        if self.words.winter.match(self.texts, number + 1):
            return False  # `2 h 30 heure d'hiver`
        following = self.text(number + 1)
        unit = self.words.units.get(following)
        return following in self.words.months or (unit is not None and unit != "minute")

    def _hour_follows(self, number: int) -> bool:
        """Whether the number here is an hour: `12 12 18h`, `3/12 18:00`."""
        following = self.text(number + 1)
        if following == ":":
            return self.glued(number + 1)
        hours = following in ("h", "heure", "heures", "am", "pm", "hr")
        return hours and not self.words.winter.match(self.texts, number + 1)

    def _counts_something(self, end: int) -> bool:
        following = self.text(end)
        return self._hour_follows(end - 1) or following in self.words.units or following in ("/", "-", ".", "iso")
