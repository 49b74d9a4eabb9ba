"""What people answer to a message that asks for nothing: "j'y pense", "tkt", "oups désolé", "on verra"."""

from __future__ import annotations

from functools import cache

from bot.core.intent_said import Index, Said, indexed, phrase_places, words_in
from bot.core.intent_words import NODS, SORRY, UNSURE

BESIDE = frozenset("oui ouais yes yeah yep ah oh eh bah ben".split())
_THANKS = frozenset("merci mercis remercie thanks thank appreciated gracias jerejef".split())


@cache
def _index() -> Index:
    return indexed({"nod": NODS, "sorry": SORRY})


def talk_places(said: Said) -> frozenset[int]:
    """The places of the words that only continue the talk."""
    found = frozenset(phrase_places(said.words, _index()))
    return found | frozenset(i for i, word in enumerate(said.words) if found and word in BESIDE)


def thanked(text: str) -> bool:
    """Whether somebody says thank you, and does not only nod."""
    return not _THANKS.isdisjoint(words_in(text))


def regrets(text: str) -> bool:
    """Whether some words of a message say sorry."""
    return any(True for _ in phrase_places(words_in(text), indexed({"sorry": SORRY})))


def hesitates(text: str) -> bool:
    """Whether the whole message is "on verra", "je sais pas"."""
    words = words_in(text)
    return bool(words) and len(words) == len(set(phrase_places(words, indexed({"unsure": UNSURE}))))
