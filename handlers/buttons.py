"""Buttons whose words are not a label of their own: names of settings, messages, members."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from bot.core.conversation import Choice, Heard, Rows
from bot.texts import Texts

PER_ROW = 2


@cache
def texts() -> Texts:
    """The words of the files, read once: for names on buttons, and to try what an admin writes."""
    return Texts()


def tongue(heard: Heard) -> str:
    """The language of an answer here: the desk's in its group, the writer's own in private."""
    return texts().language(heard.language if heard.private else heard.department.language)


def in_rows(choices: Sequence[Choice], per_row: int = PER_ROW) -> Rows:
    return tuple(tuple(choices[i : i + per_row]) for i in range(0, len(choices), per_row))


def word(heard: Heard, table: str, key: str) -> str:
    """A short name of `words.toml` in the language of the answer. Raises KeyError."""
    return texts().word(table, key, tongue(heard))


def turns(act: str, page: int, pages: int, *what: str | int) -> Rows:
    """[Précédents] [Suivants] under a page of a list, as far as there are such. what: the list, before the number of
    the page among the arguments of the button."""
    back = [Choice(act, (*what, page - 1), "previous")] if page > 1 else []
    on = [Choice(act, (*what, page + 1), "more")] if page < pages else []
    return ((*back, *on),) if back or on else ()


def page_among(total: int, page: int, each: int) -> tuple[int, int]:
    """(the page to show, how many there are): what is gone since may have taken the last one with it."""
    pages = max(1, -(-total // each))
    return min(page, pages), pages
