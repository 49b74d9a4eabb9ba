"""Pictures people send: kept with a return or a problem, asked about when they come without words."""

from __future__ import annotations

from collections.abc import Sequence

from bot.core.conversation import Choice, Heard, Say
from bot.core.inbound import Media
from bot.core.loans import Loan
from bot.core.messages import PhotoAsked, ProblemNoted
from bot.store import Tx
from handlers.in_talk import was_asked

AFTER_A_PROBLEM = frozenset({"problem_noted"})
SHOWS = ((Choice("mine.say", ("return",), "return"), Choice("mine.say", ("problem",), "problem")),)


def pictures(heard: Heard) -> tuple[Media, ...]:
    """The photos of a message, those sent as files included."""
    found = (m for m in heard.inbound.media if m.kind == "photo" or m.mime.startswith("image/"))
    return tuple(m for m in found if m.kind != "sticker")  # a picture as well, and of nothing that was lent


def unread(heard: Heard) -> str:
    """The kind of an attachment beside words that we cannot use; empty when there is none."""
    shown = pictures(heard)
    return next((m.kind for m in heard.inbound.media if m not in shown), "")


def alone(tx: Tx, heard: Heard) -> list[Say] | None:
    """A picture without words: one more of an album joins the first; else we ask what it shows.

    None when it is no picture, or nothing is out that it could show.
    """
    found = pictures(heard)
    if not found:
        return None
    earlier = tx.media.of_album(heard.contact.id, found[0].album) if found[0].album else None
    loans = tx.loans.open_of(heard.contact.id, ("active", "return_declared"))
    if earlier is None and not loans:
        return None
    note(tx, heard)
    if earlier is None and len(loans) == 1 and was_asked(tx, heard, AFTER_A_PROBLEM):
        keep(tx, heard, "problem", loans)
        return [Say(message=ProblemNoted(loans[0].item, photo=True))]
    if earlier is None:
        return [Say(message=PhotoAsked(loans[0].item if len(loans) == 1 else ""), choices=SHOWS)]
    if earlier.state != "asked":
        tx.media.mean(heard.contact.id, earlier.about, earlier.loan_id)
    return []


def note(tx: Tx, heard: Heard) -> None:
    """Record the pictures of this message until it is clear what they show."""
    found = pictures(heard)
    if found:
        tx.media.ask(heard.contact.id, heard.department.id, heard.letter_id, heard.inbound.channel, found)


def keep(tx: Tx, heard: Heard, about: str, loans: Sequence[Loan]) -> int:
    """The pictures noted lately show this: they are fetched, and kept with the (first) loan. How many."""
    return tx.media.mean(heard.contact.id, about, loans[0].id if loans else None)
