"""The things of a list that somebody wants to borrow: *2 rallonges, la perceuse et une échelle*."""

from __future__ import annotations

from collections.abc import Sequence

from bot.core.finding import Matches, Named, close, find
from bot.core.intent_answers import COUNTED
from bot.core.intents import Understood
from bot.core.records import record
from bot.core.spoken import words
from bot.store import Tx
from bot.store.items import ItemRow
from handlers.staff_words import BETWEEN

MOST = 6  # items of one message: as many as a button can carry
LONGEST_PACKED = 30  # bytes of a button, beside what it does, a person and a time
MOST_OF_ONE = 20  # each is a card of its own in the group
LONGEST_COUNT = 3  # digits


@record(frozen=True, slots=True)
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


def begins_counted(name: str) -> bool:
    """Whether a number stands in front of a word: *2 rallonges*, *deux rallonges*."""
    return _counted(name)[0] > 1


def _counted(name: str) -> tuple[int, str]:
    """How many, and of what; 0 where no number stands in front."""
    first, _, behind = name.strip().partition(" ")
    if not behind.strip():
        return 0, name
    few = first.isdecimal() and len(first) <= LONGEST_COUNT
    return (int(first) if few else COUNTED.get("".join(words(first)), 0)), behind


def _wanted(name: str, among: Sequence[Named[ItemRow]]) -> Wanted:
    """The number in front counts, unless it belongs to the name: *2 rallonges*, *4 places*."""
    count, behind = _counted(name)
    called = [one for one in among if _stands_in(name, f"{one.name} {one.code}")] if count else []
    of_these = find(behind, among if count and not called else ())
    return Wanted(name, count, of_these) if of_these.sure else Wanted(name, 1, find(name, among))


def _stands_in(typed: str, name: str) -> bool:
    """Whether the words stand in the name in this order: of chair CH-2 *2 chaises* says nothing."""
    wanted, have = words(typed), words(name)
    starts = range(len(have) - len(wanted) + 1)
    return any(all(close(w, h) for w, h in zip(wanted, have[start:], strict=False)) for start in starts)


def alike(items: Sequence[ItemRow]) -> bool:
    """Whether one is as good as another: they are called the same."""
    return len({item.shown for item in items}) == 1


def chosen(one: Wanted, free: Sequence[ItemRow]) -> list[ItemRow]:
    """Which of them: all where as many are free as are wanted, or any of those that are called alike; none where it is
    not clear."""
    enough = one.count <= min(len(free), MOST_OF_ONE)
    return list(free[: one.count]) if enough and (alike(free) or len(free) == one.count) else []


# --- on a button ---------------------------------------------------------------------------------


def packed(items: Sequence[ItemRow]) -> int | str:
    """`12`, or `12+15` of several, short enough for a button."""
    return items[0].id if len(items) == 1 else "+".join(str(item.id) for item in items)


def on_buttons(items: Sequence[ItemRow]) -> bool:
    """Whether a button has room for them; else the answer is typed."""
    return len(items) <= MOST and len(str(packed(items))) <= LONGEST_PACKED


def unpacked(tx: Tx, carried: object) -> list[ItemRow]:
    """The items that a button or question names. Raises ValueError for what is no number."""
    found = (tx.items.get(int(number)) for number in str(carried).split("+"))
    return [item for item in found if item is not None]
