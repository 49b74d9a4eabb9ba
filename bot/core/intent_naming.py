"""What a message names besides its wish: a thing, loan numbers, all of them."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from bot.core.intent_said import Index, Said, indexed, spans
from bot.core.intent_verbs import VERBS
from bot.core.intent_words import EVERYTHING, INSIDE_NAMES, NOT_EVERYTHING, NUMBER_LEADS, SMALL

LARGEST_NUMBER = 9999
"""A loan number is small; longer figures are amounts, telephone numbers or codes."""

_SMALL_WORDS = frozenset().union(*SMALL.values())
_VERB_FORMS = frozenset(
    word for verbs in VERBS.values() for forms in verbs.values() for form in forms.values() for word in form
) - frozenset("verse verses regle lou pris prise keep kept now regles book".split())


@cache
def _everything_index() -> Index:
    return indexed({"all": EVERYTHING, "not-all": NOT_EVERYTHING})


def everything(said: Said) -> bool:
    """TOUT, *les deux*, *everything*; but not *tout de suite* nor *tout sauf*."""
    free = set(range(len(said.words))) - said.timed - set().union(*said.fillers.values())
    found = {name for name, (first, last) in spans(said.words, _everything_index()) if set(range(first, last)) <= free}
    return found == {"all"}


def all_words(said: Said) -> frozenset[int]:
    """The places of the words that say TOUT."""
    places = (place for name, span in spans(said.words, _everything_index()) if name == "all" for place in range(*span))
    return frozenset(places)


def numbers(said: Said, used: Iterable[int]) -> tuple[int, ...]:
    """Loan numbers: figures that stand beside no word of a name ("RENDU 1 et 3", not "RENDU perceuse 12")."""
    naming = set(name_places(said, used))
    timed = said.timed - _bare_days(said)
    found = []
    for place, word in enumerate(said.words):
        if not word.isdecimal() or place in timed or int(word) > LARGEST_NUMBER or place in naming:
            continue
        found.append(int(word))
    return tuple(dict.fromkeys(found))


def _bare_days(said: Said) -> frozenset[int]:
    """*Le 2* right after RENDU is a loan's number, though it could be a day of the month."""
    places = sorted(said.timed)
    words = [said.words[i] for i in places]
    return frozenset(places) if len(words) == 2 and words[0] in ("le", "la") and words[1].isdecimal() else frozenset()


def name_places(said: Said, used: Iterable[int]) -> list[int]:
    """The places of the words that name a thing, figures that belong to a name among them."""
    taken = frozenset(used) | said.timed.union(*said.fillers.values())
    content = [
        i for i, word in enumerate(said.words)
        if i not in taken and not word.isdecimal() and word not in _SMALL_WORDS and word not in _VERB_FORMS
        and word not in NUMBER_LEADS and word[0].isalnum()
    ]  # fmt: skip
    return sorted({*content, *_figures_beside(said, content, taken)})


def _figures_beside(said: Said, content: list[int], taken: frozenset[int]) -> set[int]:
    """*perceuse 12*, *2 perceuses*, *clé de 12*: figures next to a word of the name, small words between."""
    named = set(content)
    found = set()
    for place, word in enumerate(said.words):
        if word.isdecimal() and place not in taken and _touches(said, place, named):
            found.add(place)
    return found


def _touches(said: Said, place: int, named: set[int]) -> bool:
    before = place - 1
    while (
        before >= 0 and said.words[before] in ("de", "of") and said.tokens[before].clause == said.tokens[place].clause
    ):
        before -= 1
    after = place + 1
    clause = said.tokens[place].clause
    return any(i in named and said.tokens[i].clause == clause for i in (before, after))


def name(said: Said, used: Iterable[int], places: Iterable[int] | None = None) -> str:
    """What names the thing, as it was typed. places: only words among these."""
    among = None if places is None else set(places)
    chosen = [i for i in name_places(said, used) if among is None or i in among]
    return " ".join(said.text[first:last] for first, last in _runs(said, chosen)).strip()


def _runs(said: Said, chosen: list[int]) -> list[tuple[int, int]]:
    """Stretches of the text that hold the chosen words, small words inside a name kept: *boîte à outils*."""
    runs: list[tuple[int, int]] = []
    last = -2
    for place in chosen:
        token = said.tokens[place]
        between = said.words[last + 1 : place]
        joined = runs and last >= 0 and all(word in INSIDE_NAMES for word in between)
        if joined and _unbroken(said, last, place):
            runs[-1] = (runs[-1][0], token.end)
        elif not runs or runs[-1][1] < token.end:
            runs.append((token.start, token.end))
        last = place
    return runs


def _unbroken(said: Said, left: int, right: int) -> bool:
    """No end of a sentence between two words; a comma may well stand in a list of things."""
    between = said.text[said.tokens[left].end : said.tokens[right].start]
    return not set(between) & set(".!?;")
