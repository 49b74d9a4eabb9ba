"""Finding an item or a person from what somebody typed: code, name, part of a name, plural, typing error."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Generic, TypeVar

from bot.core.records import record
from bot.core.spoken import distance, slips_allowed, words

T = TypeVar("T")
NEAR_ENOUGH = 55.0  # of 100, for "did you mean"
SMALL_WORDS = frozenset(
    """le la les l un une des du de d mon ma mes ce cette ces the a an my this that to il elle ca cela it bien
    celle celui ceux celles please svp stp merci thanks""".split()
)


@record(frozen=True, slots=True)
class Named(Generic[T]):
    """Something that can be found, with its name and code (empty for people)."""

    it: T
    name: str
    code: str = ""


@record(frozen=True, slots=True)
class Matches(Generic[T]):
    """`sure`: what the words may mean (one: found; several: ask). `near`: at most three suggestions when there is
    none."""

    sure: tuple[T, ...] = ()
    near: tuple[T, ...] = ()

    @property
    def one(self) -> T | None:
        return self.sure[0] if len(self.sure) == 1 else None


class Shelf(Generic[T]):
    """Things to be found. Their names are taken apart once, and each typed word is compared with each of their words
    once, however often parts of a sentence are looked for."""

    def __init__(self, among: Sequence[Named[T]]) -> None:
        self._among = among
        self._meant: dict[str, frozenset[int]] = {}

    @cached_property
    def _have(self) -> list[list[str]]:
        return [words(f"{n.name} {n.code}") for n in self._among]

    @cached_property
    def _places(self) -> dict[str, set[int]]:
        """Word → the things that have it."""
        places: dict[str, set[int]] = {}
        for place, known in enumerate(self._have):
            for word in known:
                places.setdefault(word, set()).add(place)
        return places

    def sure(self, typed: str) -> tuple[T, ...]:
        """What the words may mean: exact codes and names win over parts, parts over typing errors."""
        wanted = wanted_words(typed)
        if not wanted:
            return ()
        found = exactly(typed, self._among)
        if found:
            return found
        meant = self._with(wanted[0])
        for word in wanted[1:]:
            meant = meant and meant & self._with(word)
        return tuple(self._among[place].it for place in sorted(meant))

    def _with(self, typed: str) -> frozenset[int]:
        """Those with a word that this one may be."""
        if typed not in self._meant:
            alike = (places for word, places in self._places.items() if close(typed, word))
            self._meant[typed] = frozenset().union(*alike)
        return self._meant[typed]

    def near(self, typed: str) -> tuple[T, ...]:
        """At most three that are spelled somewhat like it."""
        wanted = wanted_words(typed)
        return _nearest(" ".join(wanted), self._among, self._have) if wanted else ()


def find(typed: str, among: Sequence[Named[T]]) -> Matches[T]:
    """Which of `among` the typed words mean."""
    if not typed:  # RENDU alone
        return Matches()
    shelf = Shelf(among)
    sure = shelf.sure(typed)
    return Matches(sure) if sure else Matches(near=shelf.near(typed))


def wanted_words(typed: str) -> list[str]:
    """The typed words without fillers; all of them when nothing else is there."""
    return [w for w in words(typed) if w not in SMALL_WORDS] or words(typed)


def spellings(word: str) -> tuple[str, ...]:
    """The words that `exactly` takes for this one: with and without a plural ending."""
    root = _singular(word)
    return (root, *(root + ending for ending in "sx" if _singular(root + ending) == root))


def exactly(typed: str, among: Sequence[Named[T]]) -> tuple[T, ...]:
    """Those with this code, else with this name, else with all these words in name or code."""
    wanted = wanted_words(typed)
    code, name = "".join(wanted), " ".join(wanted)
    roots = {_singular(w) for w in wanted}
    by_code = tuple(n.it for n in among if n.code and _bare(n.code) == code)
    if by_code:
        return by_code
    # Of thousands only those that contain the words at all are split into words.
    likely = [n for n in among if all(root in _plain(n) for root in roots)]
    by_name = tuple(n.it for n in likely if " ".join(w for w in words(n.name) if w not in SMALL_WORDS) == name)
    return by_name or tuple(n.it for n in likely if roots <= {_singular(w) for w in words(f"{n.name} {n.code}")})


def _bare(code: str) -> str:
    if code.isascii() and code.isprintable():
        return code.lower().translate(_SIGNS)
    return "".join(words(code))


def _plain(named: Named[T]) -> str:
    """Name and code, folded: contains every word that `words` gives, and perhaps other characters."""
    text = f"{named.name} {named.code}"
    return text.lower() if text.isascii() and text.isprintable() else " ".join(words(text))


_SIGNS = {n: None for n in range(128) if not (chr(n).isalnum() or chr(n) == "+")}


def close(typed: str, word: str) -> bool:
    """Whether what was typed may be this word: its beginning, its end, or the word with as many typing errors as its
    length allows."""
    if (len(typed) >= 4 and word.startswith(typed)) or (len(typed) >= 6 and word.endswith(typed)):
        return True  # perc, projecteur
    slips = slips_allowed(word)
    return distance(_singular(typed), _singular(word), slips) <= slips


def _singular(word: str) -> str:
    return word[:-1] if len(word) > 3 and word[-1] in "sx" else word


def _nearest(typed: str, among: Sequence[Named[T]], have: Sequence[list[str]]) -> tuple[T, ...]:
    from rapidfuzz import fuzz, process  # 2.5 MB: loaded when words match nothing exactly

    choices = [" ".join(known) for known in have]
    found = process.extract(typed, choices, scorer=fuzz.WRatio, limit=3, score_cutoff=NEAR_ENOUGH)
    return tuple(among[index].it for _, _, index in found)
