"""A message cut into words, clauses and cues: the input of `intent_rules`."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, time
from functools import cache, lru_cache

from bot.core.due import Due, Unclear
from bot.core.duetime import find_due
from bot.core.intent_cues import CUES
from bot.core.intent_spelling import corrected, left_alone, vocabulary
from bot.core.intent_verbs import BREAKS, VERBS
from bot.core.intent_words import GREETINGS, LONGEST_SHORT, POLITE, SHORTS, SIGNS, THANKS, WELL, Phrase, phrases
from bot.core.records import record
from bot.core.spoken import clean, fold

MOST_WORDS = 300
"""Words read of one message: who writes more tells a story, and a person reads it."""
RECENT = 32
"""Texts whose words are kept: one message is cut for what it answers, for what it wants, and for what it thanks for."""

Span = tuple[int, int]
Index = dict[str, tuple[tuple[Phrase, str], ...]]

_NUMBERED = r"rendue?s?|retour|rapporte|prolonger?|returned|extend|stop|probleme?"
# SON-001, BACK-01: a code is one word, or the small word it begins with would be left out and its figures read as the
# number of a loan. RENDU-12 has a number.
_CODE = rf"(?<![\w-])(?!(?:{_NUMBERED}|no|num|numero|pret|emprunt|loan|item)-[1-9])[^\W\d_]{{2,}}-\d{{2,}}(?![\w-])"
_PIECE = re.compile(rf"{_CODE}|[^\W_]+|[.!?;:,()]|\+(?!\s?\d)|[{''.join(SIGNS)}]", re.IGNORECASE)
_KEPT = {"où": "où", "+": "plus"}  # 1 jour de +
_NUMBER_SIGN = re.compile(r"\bn ?[°º] ?(?=\d)", re.IGNORECASE)  # *la n°2 est rendue* denies nothing
_LINES = re.compile(r"[\r\n\u2028\u2029]+")
_GLUED = re.compile(rf"({_NUMBERED})(\d{{1,3}})")
_ELIDED = frozenset("ldjmtsn")
_VOWELS = frozenset("aeiouh")
_SIGNS_BETWEEN = frozenset(".!?;:,()")


@record(frozen=True, slots=True)
class Token:
    """One word.

    word: folded, abbreviations expanded, typing errors corrected (then `slipped`). start, end: its offsets in
    `Said.text`. clause changes at every punctuation mark and conjunction, part only at punctuation and *but*: a
    question mark extends over *and*.
    """

    word: str
    start: int
    end: int
    clause: int = 0
    part: int = 0
    slipped: bool = False


@dataclass(slots=True)
class Said:
    """A message, cut up.

    asked: the parts that end in a question mark. timed: places of the words of `due`.
    fillers: kind (greet, thanks, well, polite) → places of its words.
    """

    text: str
    tokens: list[Token]
    asked: frozenset[int] = frozenset()
    now: datetime | None = None
    due: Due | Unclear | None = None
    timed: frozenset[int] = frozenset()
    fillers: dict[str, frozenset[int]] = field(default_factory=dict)
    words: list[str] = field(default_factory=list)

    def core(self) -> list[int]:
        """The places of the words that are neither politeness nor time."""
        left_out = self.timed.union(*self.fillers.values())
        return [place for place in range(len(self.tokens)) if place not in left_out]

    def clause(self, place: int) -> list[int]:
        """The places of the clause around one place, without politeness."""
        polite = frozenset().union(*self.fillers.values())
        number = self.tokens[place].clause
        return [i for i, token in enumerate(self.tokens) if token.clause == number and i not in polite]

    def parts(self) -> list[list[int]]:
        """The places of each part, in order."""
        found: dict[int, list[int]] = {}
        for place, token in enumerate(self.tokens):
            found.setdefault(token.part, []).append(place)
        return list(found.values())


def cut(raw: str, *, language: str, now: datetime, closing: time) -> Said:
    """A message as typed, cut up. A new line ends a sentence."""
    text = one_line(raw)
    tokens, asked = _tokens(text)
    said = Said(text, [*tokens], asked, now, words=[token.word for token in tokens])
    said.fillers = {kind: frozenset(phrase_places(said.words, index)) for kind, index in _filler_indexes().items()}
    said.due, said.timed = _time_in(said, language, now, closing)
    if said.timed <= frozenset().union(*said.fillers.values()):  # good morning, à demain
        said.due, said.timed = None, frozenset()
    return said


def words_in(text: str) -> list[str]:
    """The words of a message alone, as `cut` reads them."""
    return [token.word for token in _tokens(one_line(text))[0]]


@lru_cache(maxsize=RECENT)
def one_line(raw: str) -> str:
    """Cleaned: line ends become sentence ends; strike-through marks and our own quoted words are removed."""
    text = _NUMBER_SIGN.sub("numero ", clean(_LINES.sub(" ; ", _unquoted(raw))))
    return text if text.isascii() else "".join(char for char in text if unicodedata.category(char) != "Mn")


# What our messages end with: "Répondez RENDU si c'est déjà fait. STOP pour ne plus recevoir de rappel." The word stands
# near: in the 65,536 characters that WhatsApp lets people write it was looked for over and over, for 16 s.
_TOLD = re.compile(
    r"\b(?:[Rr][ée]pondez|Reply) [^.!?\n\"»”]{0,200}\b[A-Z]{4,}\b[^.!?\n\"»”]*[.!?]?"
    r"(?:\s*STOP (?:pour|for|to) [^.!?\n\"»”]+[.!?]?)?"
)


def _unquoted(raw: str) -> str:
    """The text without quoted lines (`> …`) and without the answers that our own messages suggest: a reminder quoted
    back with a question is no RENDU and no STOP. Unchanged where nothing else was written."""
    if ">" in raw:
        kept = [line for line in raw.splitlines() if not line.lstrip().startswith(">")]
        raw = "\n".join(kept) if any(line.strip() for line in kept) else raw
    if "pondez" in raw or "Reply" in raw:
        left = _TOLD.sub(" ", raw)
        raw = left if left.strip(' \n\t"«»“”.') else raw
    return raw


# --- words -----------------------------------------------------------------------------------------


@lru_cache(maxsize=RECENT)
def _tokens(text: str) -> tuple[tuple[Token, ...], frozenset[int]]:
    """The words of a cleaned text, and the parts that end in a question mark."""
    tokens: list[Token] = []
    asked: set[int] = set()
    clause = part = 0
    for piece in _spelled_out(_pieces(text)):
        word, start, end, slipped = piece
        if word == "?" and tokens:
            asked.update(_asked(tokens))
        if word in _SIGNS_BETWEEN:
            clause, part = clause + 1, part + 1
            continue
        if word in BREAKS:
            clause += 1
            part += word not in ("et", "and", "puis", "then")
        tokens.append(Token(word, start, end, clause, part, slipped))
    return tuple(tokens), frozenset(asked)


def _asked(tokens: list[Token]) -> set[int]:
    """The part a question mark closes; a short last word (", ok ?", ", non ?") asks about what stands before it."""
    ending = [token for token in tokens if token.part == tokens[-1].part]
    return {tokens[-1].part, tokens[-1].part - 1} if len(ending) < 3 else {tokens[-1].part}


def _pieces(text: str) -> Iterator[tuple[str, int, int]]:
    """The raw pieces: words folded (où keeps its accent), punctuation that ends sentences, emoji with a meaning."""
    found = list(_PIECE.finditer(text))[: 2 * MOST_WORDS]
    letters = [piece for piece in found if piece[0].isalnum()]
    if len(letters) > 3 and all(len(piece[0]) == 1 and piece[0].isalpha() for piece in letters):
        yield fold("".join(piece[0] for piece in letters)), letters[0].start(), letters[-1].end()  # R E N D U
        return
    for piece in found:
        typed, (start, end) = piece[0], piece.span()
        if typed in ".:," and text[start - 1 : start].isdigit() and text[end : end + 1].isdigit():
            continue
        word = _KEPT.get(typed.lower()) or SIGNS.get(typed) or fold(typed)
        if word:
            yield word, start, end


def _spelled_out(pieces: Iterable[tuple[str, int, int]]) -> Iterator[tuple[str, int, int, bool]]:
    """Abbreviations expanded (each word of `jai` stands where `jai` stood), typing errors corrected."""
    waiting = list(pieces)
    place = 0
    while place < len(waiting):
        length, full = _short_at(waiting, place)
        start, end = waiting[place][1], waiting[place + length - 1][2]
        if full is None:
            yield from ((word, start, end, slipped) for word, slipped in _one(waiting[place][0]))
        else:
            yield from ((word, start, end, False) for word in full)
        place += length


def _one(word: str) -> Iterator[tuple[str, bool]]:
    """A word as it is known; a missing apostrophe is restored (`menvoyer` → m envoyer), and so is the space of
    `rendu2`."""
    glued = _GLUED.fullmatch(word)
    if glued is not None:
        yield from ((part, False) for part in glued.groups())
        return
    if not left_alone(word) and word[0] in _ELIDED and word[1:] in vocabulary() and word[1:2] in _VOWELS:
        yield from ((word[0], False), (word[1:], False))
    else:
        yield corrected(word)


def _short_at(pieces: list[tuple[str, int, int]], place: int) -> tuple[int, Phrase | None]:
    for length in range(min(LONGEST_SHORT, len(pieces) - place), 0, -1):
        full = SHORTS.get(tuple(piece[0] for piece in pieces[place : place + length]))
        if full is not None:
            return length, full
    return 1, None


# --- phrases -----------------------------------------------------------------------------------------


def indexed(named: dict[str, Iterable[Phrase]]) -> Index:
    """First word → the phrases that begin with it and what each stands for, longest first."""
    found: dict[str, list[tuple[Phrase, str]]] = {}
    for name, several in named.items():
        for phrase in several:
            found.setdefault(phrase[0], []).append((phrase, name))
    return {word: tuple(sorted(rows, key=lambda row: -len(row[0]))) for word, rows in found.items()}


def spans(words: list[str], index: Index) -> Iterator[tuple[str, Span]]:
    """Every phrase of the index that occurs in the words, overlapping ones too."""
    for place, word in enumerate(words):
        for phrase, name in index.get(word, ()):
            end = place + len(phrase)
            if tuple(words[place:end]) == phrase:
                yield name, (place, end)


# Beside a word of paying 12.50 is a sum, unless "à 18.30" or "le 27.11" makes it a time.
_PAYING = frozenset(form for verbs in VERBS.values() for forms in verbs["pay"].values() for form in forms)
_AMOUNT_WITH_DOT = re.compile(
    r"(?<![\d.:])(?<!\bà )(?<!\ba )(?<!\bat )(?<!vers )(?<!\ble )(?<!\bon )(\d+)\.(\d\d)(?![\d.:h])"
)
_NONE = ""
# Phrases that contain fillers: the longer phrase wins and is kept.
_NO_FILLERS = phrases(
    """ca marche pas, ca marche plus, ca marche comment, comment ca marche, juste un, just a, remercie pas, note de,
    top la, super glue, ok google, bon de, bon d, c est bon a savoir, bon pour, note que, recu de, un recu,
    re rendu, tout va mal, d accord avec, pas d accord, pas recu, rien recu, well done, a demain matin, aussi long,
    ne comprends pas, pas compris, rien compris, ai pas compris, jamais recu, ai recu, recu un, recu votre,
    recu vos, recu le, recu la, avez bien recu, super top, ai recu votre, le bon, la bonne, un bon, une note,
    note bien, j ai note"""
)


@cache
def _filler_indexes() -> dict[str, Index]:
    kinds = {"greet": GREETINGS, "thanks": THANKS, "well": WELL, "polite": POLITE}
    return {kind: indexed({kind: rows, _NONE: _NO_FILLERS}) for kind, rows in kinds.items()}


def phrase_places(words: list[str], index: Index) -> Iterator[int]:
    """The places of the phrases of an index, the longest at each place, without overlap."""
    place = 0
    while place < len(words):
        taken = next((row for row in index.get(words[place], ()) if _stands(words, place, row[0])), None)
        if taken is None:
            place += 1
            continue
        if taken[1] != _NONE:
            yield from range(place, place + len(taken[0]))
        place += len(taken[0])


def _stands(words: list[str], place: int, phrase: Phrase) -> bool:
    return tuple(words[place : place + len(phrase)]) == phrase


@cache
def cue_index(language: str) -> Index:
    """The cues of one language."""
    return indexed({name: phrases(text) for name, text in CUES[language].items()})


# --- time --------------------------------------------------------------------------------------------


def _time_in(said: Said, language: str, now: datetime, closing: time) -> tuple[Due | Unclear | None, frozenset[int]]:
    """The time a message names, and the places of its words: what `find_due` took out of the text."""
    text = _AMOUNT_WITH_DOT.sub(r"\1,\2", said.text) if _PAYING.intersection(said.words) else said.text
    found = find_due(text, now=now, language=language, closing=closing)
    if found is None:
        return None, frozenset()
    due, rest = found
    start, end = _gap(text, rest)
    timed = (i for i, token in enumerate(said.tokens) if token.start >= start and token.end <= end)
    return due, frozenset(timed)


def _gap(whole: str, rest: str) -> Span:
    """The offsets in `whole` of what `rest` lacks; it begins with a word, though the next word may begin alike."""
    start = 0
    while start < len(rest) and whole[start] == rest[start]:
        start += 1
    while start > 0 and whole[start - 1].isalnum() and whole[start : start + 1].isalnum():
        start -= 1
    return start, max(start, len(whole) - (len(rest) - start))
