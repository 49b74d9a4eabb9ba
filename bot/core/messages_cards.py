"""What staff are shown of one subject: cards that are edited rather than repeated, and tasks."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.core.message import (
    EX_DUE,
    EX_LENT,
    Message,
    message,
)
from bot.core.pieces import Piece


@message
class LoanCard(Message):
    """State of one loan in the group. `state`: requested, active, return_declared, returned, refused, cancelled, lost,
    damaged, expired, imported; `by`: who did the last act; `reach`: ok, no_consent, unknown, no_window, blocked."""

    item: str
    code: str
    borrower: str
    due_at: datetime
    loan_class: str
    state: str
    number: int = 0
    by: str = ""
    at: datetime | None = None
    phone: str = ""
    reach: str = "ok"
    links: tuple[str, ...] = ()
    note: str = ""
    late: timedelta = timedelta(0)
    out_for: timedelta = timedelta(0)
    photos: int = 0  # sent with a return or a problem
    photos_lost: int = 0  # that could not be fetched
    kept_for: str = ""  # back, and put aside for the next in line
    kept_until: datetime | None = None
    pieces: tuple[Piece, ...] = ()  # of a kit: what went out with it
    missing: tuple[Piece, ...] = ()  # and what of it did not come back, or so they say
    shut: bool = False  # the desk does not open on the day it is due
    about = "staff"
    example = {
        "item": "Perceuse Bosch", "code": "PERC-001", "borrower": "Awa", "due_at": EX_DUE, "loan_class": "long",
        "state": "active", "number": 1, "by": "Sam", "at": EX_LENT, "phone": "06 12 34 56 78", "reach": "ok",
        "links": (), "note": "", "late": timedelta(0), "out_for": timedelta(0),
    }  # fmt: skip


@message
class HoldCard(Message):
    """An item of a waiting list in the group. `state`: ready (kept for `borrower` until a time), expired, left;
    `next_`: who has it now instead."""

    item: str
    code: str
    borrower: str
    state: str
    until: datetime | None = None
    phone: str = ""
    next_: str = ""
    about = "staff"
    example = {
        "item": "Perceuse Bosch", "code": "PERC-001", "borrower": "Awa", "state": "ready", "until": EX_DUE,
        "phone": "06 12 34 56 78", "next_": "",
    }  # fmt: skip


@message
class HoldInTheWay(Message):
    """Staff lend to `borrower` what is kept for somebody else: asked first."""

    item: str
    kept_for: str
    until: datetime
    borrower: str
    about = "staff"
    example = {"item": "Perceuse Bosch", "kept_for": "Awa", "until": EX_DUE, "borrower": "Karim"}


@message
class RequestInTheWay(Message):
    """Staff lend to `borrower` what somebody else has asked for and waits to hear about: asked first."""

    item: str
    asked_by: str
    borrower: str
    about = "staff"
    example = {"item": "Perceuse Bosch", "asked_by": "Awa", "borrower": "Karim"}


@message
class ExtensionCard(Message):
    """A borrower asks for more time. `state`: asked, granted, refused, withdrawn."""

    item: str
    borrower: str
    was: datetime
    due_at: datetime
    state: str = "asked"
    by: str = ""
    about = "staff"
    example = {
        "item": "Perceuse Bosch", "borrower": "Awa", "was": EX_DUE, "due_at": EX_DUE + timedelta(days=9),
        "state": "asked", "by": "",
    }  # fmt: skip


@message
class StaffNudge(Message):
    """A card waits for an answer. `kind`: request, return, late."""

    kind: str
    item: str
    borrower: str
    since: datetime
    about = "staff"
    example = {"kind": "return", "item": "Perceuse Bosch", "borrower": "Awa", "since": EX_LENT}


@message
class Escalation(Message):
    """Late by a day (to staff) or a week (to admins)."""

    item: str
    borrower: str
    due_at: datetime
    late: timedelta
    notices: int = 0
    phone: str = ""
    about = "staff"
    example = {
        "item": "Perceuse Bosch", "borrower": "Awa", "due_at": EX_DUE, "late": timedelta(days=1, hours=1),
        "notices": 2, "phone": "06 12 34 56 78",
    }  # fmt: skip


@message
class NewcomerCard(Message):
    """Somebody unknown wants to borrow, where staff approve people. `state`: asked, admitted, refused."""

    borrower: str
    channel: str = ""
    phone: str = ""
    words: str = ""
    state: str = "asked"
    by: str = ""
    about = "staff"
    example = {
        "borrower": "Awa", "channel": "whatsapp", "phone": "06 12 34 56 78", "words": "PRET perceuse",
        "state": "asked", "by": "",
    }  # fmt: skip


@message
class StaffTask(Message):
    """A message that found no road: somebody has to call. `why`: no_consent, stopped, no_road, refused,
    undelivered, unsure."""

    borrower: str
    message: str
    why: str
    item: str = ""
    phone: str = ""
    links: tuple[str, ...] = ()  # to show the person: once they write, we can write too
    about = "staff"
    example = {
        "borrower": "Awa", "message": "overdue", "why": "no_road", "item": "Perceuse Bosch",
        "phone": "06 12 34 56 78", "links": ("https://wa.me/33612345600",),
    }  # fmt: skip


@message
class PersonWrites(Message):
    """What a borrower wrote for a person to read: answer by replying to this card."""

    borrower: str
    words: str
    about = "staff"
    example = {"borrower": "Awa", "words": "Je peux passer à quelle heure ?"}


@message
class StaffAnswer(Message):
    """Words of staff carried to the borrower."""

    words: str
    by: str = ""
    about = "notice"
    example = {"words": "On ferme à 18 h.", "by": "Sam"}


@message
class ProblemCard(Message):
    borrower: str
    item: str
    words: str = ""
    photo: bool = False
    about = "staff"
    example = {"borrower": "Awa", "item": "Perceuse Bosch", "words": "elle fume", "photo": False}


@message
class PhotoCard(Message):
    """A picture a borrower sent, or why there is none. `what`: return, problem; `path` below the data folder;
    `why`: gone (could not be fetched), large (over 16 MB), pixels (over 20 megapixels), no_picture."""

    borrower: str
    item: str = ""
    what: str = "return"
    path: str = ""
    why: str = ""
    about = "staff"
    example = {"borrower": "Awa", "item": "Perceuse Bosch", "what": "return", "path": "media/2026-11/1.jpg", "why": ""}
