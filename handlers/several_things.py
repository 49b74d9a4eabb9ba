"""The things of a list that somebody wants to borrow: *2 rallonges, la perceuse et une échelle*."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.core.finding import Matches, Named, find
from bot.core.intent_answers import COUNTED
from bot.core.intents import Understood
from bot.core.spoken import words
from bot.store.items import ItemRow
from handlers.choosing import BETWEEN

MOST = 6  # things of one message: as many as a button can carry
MOST_OF_ONE = 20


@dataclass(frozen=True, slots=True)
class Wanted:
    """One thing of a list, as said, how many of it, and what of the desk it may be."""

    said: str
    count: int
    found: Matches[ItemRow]


def wanted(said: Understood, writer: str, items: Sequence[ItemRow]) -> list[Wanted]:
    """What the words name, one by one. Who signs is no thing."""
    among = [Named(item, item.name, item.code) for item in items]
    names = said.things or tuple(part for part in BETWEEN.split(said.rest) if part.strip())
    found = [_wanted(name, among) for name in names[:MOST]]
    return [one for one in found if one.found.sure or not set(words(one.said)) <= set(words(writer))]


def _wanted(name: str, among: Sequence[Named[ItemRow]]) -> Wanted:
    """The number in front counts, unless it belongs to the name: *2 rallonges*, *4 places*."""
    whole = find(name, among)
    first, _, behind = name.partition(" ")
    count = int(first) if first.isdecimal() and len(first) < 4 else COUNTED.get("".join(words(first)), 0)
    if whole.sure or not behind or not 0 < count <= MOST_OF_ONE:
        return Wanted(name, 1, whole)
    return Wanted(name, count, find(behind, among))


def chosen(one: Wanted, free: Sequence[ItemRow]) -> list[ItemRow]:
    """Which of them: all where as many are free as are wanted, or any of those that are called alike; none where it is
    not clear."""
    alike = len({item.shown for item in free}) == 1
    enough = len(free) >= one.count
    return list(free[: one.count]) if enough and (alike or len(free) == one.count) else []
