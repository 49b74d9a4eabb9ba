"""*d'Awa*, *de Karim*, *d'Hélène*, *de Hamza*: elision before a word."""

from __future__ import annotations

from bot.core.spoken import fold

_VOWELS = frozenset("aeiouœæ")
_FULL = ("onz", "oui", "oua", "ouist", "uhl", "yaourt")
"""Beginnings that sound like a consonant, whatever they are written with."""
# Words with a mute h. Before any other h there is no elision, as in *de Hamza*, *de la housse de hamac*.
_MUTE_H = (
    "habi", "haleine", "halter", "hameco", "harmo", "hebdo", "hebe", "hecto", "hele", "heli", "heloi", "hemi", "henr",
    "herbe", "herv", "heur", "hexa", "hilai", "hipp", "hist", "homm", "homo", "hono", "hopi", "horl", "horo", "hort",
    "hote", "huil", "humi", "hyd", "hyg", "hyp",
)  # fmt: skip


def leans(word: str) -> bool:
    """Whether *de* and *que* lose their vowel before this word."""
    folded = fold(word.lstrip("*_« \"'"))
    if not folded or folded.startswith(_FULL):
        return False
    if folded[0] == "h":
        return folded.startswith(_MUTE_H)
    if folded[0] == "y":
        return folded[1:2] not in _VOWELS and len(folded) > 1
    return folded[0] in _VOWELS


def de(word: str) -> str:
    """What stands before the word: `d'`, or `de ` with its space."""
    return "d'" if leans(word) else "de "
