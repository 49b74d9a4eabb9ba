"""Finding a thing or a person from what somebody typed: code, name, part of a name, plural, slip of the finger."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from bot.core.spoken import distance, slips_allowed, words

T = TypeVar("T")
NEAR_ENOUGH = 55.0  # of 100, for "did you mean"
SMALL_WORDS = frozenset(
    "le la les l un une des du de d mon ma mes ce cette ces the a an my this that to il elle ca cela it bien".split()
)


@dataclass(frozen=True, slots=True)
class Named(Generic[T]):
    """Something that can be found, with its name and code (empty for people)."""

    it: T
    name: str
    code: str = ""


@dataclass(frozen=True, slots=True)
class Matches(Generic[T]):
    """`sure`: what the words may mean (one: that is it; several: ask). `near`: at most three to suggest when none."""

    sure: tuple[T, ...] = ()
    near: tuple[T, ...] = ()

    @property
    def one(self) -> T | None:
        return self.sure[0] if len(self.sure) == 1 else None


def find(typed: str, among: Sequence[Named[T]]) -> Matches[T]:
    """What of `among` the typed words mean. Exact codes and names win over parts, parts over slips of the finger."""
    wanted = [w for w in words(typed) if w not in SMALL_WORDS] or words(typed)
    if not wanted:
        return Matches()
    for test in (_is_code, _is_name, _is_part, _is_slip):
        sure = tuple(n.it for n in among if test(wanted, n.name, n.code))
        if sure:
            return Matches(sure)
    return Matches(near=_nearest(" ".join(wanted), among))


def _bare(text: str) -> str:
    return "".join(words(text))


def _is_code(wanted: list[str], name: str, code: str) -> bool:
    return bool(code) and "".join(wanted) == _bare(code)


def _is_name(wanted: list[str], name: str, code: str) -> bool:
    return " ".join(wanted) == " ".join(w for w in words(name) if w not in SMALL_WORDS)


def _is_part(wanted: list[str], name: str, code: str) -> bool:
    have = {_singular(w) for w in words(f"{name} {code}")}
    return all(_singular(w) in have for w in wanted)


def _is_slip(wanted: list[str], name: str, code: str) -> bool:
    have = words(f"{name} {code}")
    return all(any(_close(w, h) for h in have) for w in wanted)


def _close(typed: str, word: str) -> bool:
    if (len(typed) >= 4 and word.startswith(typed)) or (len(typed) >= 6 and word.endswith(typed)):
        return True  # perc, projecteur
    slips = slips_allowed(word)
    return distance(_singular(typed), _singular(word), slips) <= slips


def _singular(word: str) -> str:
    return word[:-1] if len(word) > 3 and word[-1] in "sx" else word


def _nearest(typed: str, among: Sequence[Named[T]]) -> tuple[T, ...]:
    from rapidfuzz import fuzz, process  # 2.5 MB: for the first words that nothing answers to

    choices = [" ".join(words(f"{n.name} {n.code}")) for n in among]
    found = process.extract(typed, choices, scorer=fuzz.WRatio, limit=3, score_cutoff=NEAR_ENOUGH)
    return tuple(among[index].it for _, _, index in found)
