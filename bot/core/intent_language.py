"""The language of a message, as far as its words show it."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from bot.core.intent_cues import CUES
from bot.core.intent_verbs import VERBS
from bot.core.intent_words import LANGUAGES, SMALL, phrases, words_of


def language_of(words: Iterable[str]) -> str | None:
    """The language most of the words belong to; None when they do not decide."""
    typed = list(words)
    counts = {language: sum(word in _own(language) for word in typed) for language in LANGUAGES}
    best = max(counts.values())
    leading = [language for language, count in counts.items() if count == best]
    return leading[0] if len(leading) == 1 else None


@cache
def _own(language: str) -> frozenset[str]:
    """The words of one language that the other does not have."""
    others = (_known(name) for name in LANGUAGES if name != language)
    return _known(language).difference(*others)


@cache
def _known(language: str) -> frozenset[str]:
    verbs = (word for verb in VERBS[language].values() for form in verb.values() for word in form)
    cues = (word for text in CUES[language].values() for word in words_of(phrases(text)))
    return SMALL[language].union(verbs, cues)
