"""What staff are shown: cards that are edited rather than repeated, lists, tasks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.core.message import (
    EX_DUE,
    EX_LENT,
    EX_LINE,
    AddressLine,
    HistoryLine,
    ItemLine,
    JobLine,
    LoanLine,
    Message,
    MoveLine,
    NoticeLine,
    PreviewLine,
    RateLine,
    ReturnWeek,
)
from bot.core.money import Money
from bot.core.pieces import Awaited, Piece


@dataclass(frozen=True, slots=True)
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
    about = "staff"
    example = {
        "item": "Perceuse Bosch", "code": "PERC-001", "borrower": "Awa", "due_at": EX_DUE, "loan_class": "long",
        "state": "active", "number": 1, "by": "Sam", "at": EX_LENT, "phone": "06 12 34 56 78", "reach": "ok",
        "links": (), "note": "", "late": timedelta(0), "out_for": timedelta(0),
    }  # fmt: skip


@dataclass(frozen=True, slots=True)
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


@dataclass(frozen=True, slots=True)
class HoldInTheWay(Message):
    """Staff lend to `borrower` what is kept for somebody else: asked first."""

    item: str
    kept_for: str
    until: datetime
    borrower: str
    about = "staff"
    example = {"item": "Perceuse Bosch", "kept_for": "Awa", "until": EX_DUE, "borrower": "Karim"}


@dataclass(frozen=True, slots=True)
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


@dataclass(frozen=True, slots=True)
class StaffNudge(Message):
    """A card waits for an answer. `kind`: request, return, late."""

    kind: str
    item: str
    borrower: str
    since: datetime
    about = "staff"
    example = {"kind": "return", "item": "Perceuse Bosch", "borrower": "Awa", "since": EX_LENT}


@dataclass(frozen=True, slots=True)
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


@dataclass(frozen=True, slots=True)
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


@dataclass(frozen=True, slots=True)
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


@dataclass(frozen=True, slots=True)
class PersonWrites(Message):
    """What a borrower wrote for a person to read: answer by replying to this card."""

    borrower: str
    words: str
    about = "staff"
    example = {"borrower": "Awa", "words": "Je peux passer à quelle heure ?"}


@dataclass(frozen=True, slots=True)
class StaffAnswer(Message):
    """Words of staff carried to the borrower."""

    words: str
    by: str = ""
    about = "notice"
    example = {"words": "On ferme à 18 h.", "by": "Sam"}


@dataclass(frozen=True, slots=True)
class ProblemCard(Message):
    borrower: str
    item: str
    words: str = ""
    photo: bool = False
    state: str = "open"
    by: str = ""
    about = "staff"
    example = {
        "borrower": "Awa",
        "item": "Perceuse Bosch",
        "words": "elle fume",
        "photo": False,
        "state": "open",
        "by": "",
    }


@dataclass(frozen=True, slots=True)
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


@dataclass(frozen=True, slots=True)
class StaffLoans(Message):
    """/prets: what is out. `total` counts all pages."""

    lines: tuple[LoanLine, ...]
    total: int
    page: int = 1
    pages: int = 1
    about = "staff"
    example = {"lines": (LoanLine(1, "Perceuse Bosch", "PERC-001", EX_DUE, "active", "Awa"),), "total": 1}


@dataclass(frozen=True, slots=True)
class NotOut(Message):
    """A command about a loan, and this item, or this person, has none."""

    item: str = ""
    person: str = ""
    about = "staff"
    example = {"item": "Perceuse Bosch"}


@dataclass(frozen=True, slots=True)
class StaffOverdue(Message):
    """/retards: who is late, by how much, what was sent and when."""

    lines: tuple[NoticeLine, ...]
    total: int
    page: int = 1
    pages: int = 1
    about = "staff"
    example = {
        "lines": (
            NoticeLine(
                "Perceuse Bosch", "PERC-001", "Awa", EX_DUE, timedelta(days=2), 2, EX_DUE + timedelta(days=1)
            ),
            NoticeLine("Vélo cargo", "VELO-001", "Karim", EX_DUE, timedelta(minutes=5)),
        ),
        "total": 2,
    }  # fmt: skip


@dataclass(frozen=True, slots=True)
class History(Message):
    """/historique of a person or an item: newest first."""

    title: str
    lines: tuple[HistoryLine, ...]
    total: int
    about = "staff"
    example = {
        "title": "Awa",
        "lines": (
            HistoryLine(EX_DUE, "reminder_due_day", "whatsapp", "read"),
            HistoryLine(EX_LENT, "loan_created", "whatsapp", "delivered"),
            HistoryLine(EX_LENT, "lent", who="Sam"),
        ),
        "total": 3,
    }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Upcoming(Message):
    """/apercu: what will leave until the end of a day, if nothing changes."""

    day: datetime
    lines: tuple[PreviewLine, ...]
    total: int
    about = "staff"
    example = {
        "day": EX_DUE,
        "lines": (PreviewLine("Awa", "Perceuse Bosch", "reminder_due_day", EX_DUE - timedelta(hours=10)),),
        "total": 1,
    }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Closing(Message):
    """/fermeture: which due times fall into a closed period, and where they go. `state`: waiting, moved, left, undone;
    `unreached`: whom nobody could write to about it."""

    first: datetime
    last: datetime
    lines: tuple[MoveLine, ...]
    people: int
    state: str = "waiting"
    by: str = ""
    unreached: tuple[str, ...] = ()
    about = "staff"
    example = {
        "first": EX_DUE - timedelta(days=1), "last": EX_DUE + timedelta(days=6),
        "lines": (MoveLine("Perceuse Bosch", "Awa", EX_DUE, EX_DUE + timedelta(days=10)),), "people": 1,
        "state": "waiting", "by": "", "unreached": (),
    }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Queue(Message):
    """/file: what waits, what failed for good, what is in doubt, and letters that could not be handled."""

    waiting: int
    retrying: int
    dead: int
    unsure: int
    parked: int
    lines: tuple[HistoryLine, ...] = ()
    about = "staff"
    example = {
        "waiting": 3, "retrying": 1, "dead": 1, "unsure": 0, "parked": 0,
        "lines": (HistoryLine(EX_DUE, "overdue", "whatsapp", "dead", "Awa"),),
    }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Retried(Message):
    """Failed messages put back on the shelf."""

    count: int
    about = "toast"
    example = {"count": 2}


@dataclass(frozen=True, slots=True)
class JobList(Message):
    lines: tuple[JobLine, ...]
    about = "staff"
    example = {
        "lines": (
            JobLine("chase", EX_LENT, EX_LENT + timedelta(minutes=15), "nudged 0, ended 0, escalated 0"),
            JobLine("tidy", EX_LENT, None, "emptied 3, removed 0", suspended=True),
        )
    }  # fmt: skip


@dataclass(frozen=True, slots=True)
class JobPage(Message):
    """One job, with [Lancer] [Suspendre] or [Reprendre]."""

    name_: str
    suspended: bool = False
    outcome: str = ""
    last: datetime | None = None
    about = "staff"
    example = {"name_": "chase", "suspended": False, "outcome": "nudged 0, ended 0, escalated 0", "last": EX_LENT}


@dataclass(frozen=True, slots=True)
class Figures(Message):
    """/stats over `days`: loans made and back, how many on time; messages sent, delivered, failed; what is paid for."""

    days: int
    lent: int
    returned: int
    on_time: int
    out: int
    late: int
    sent: int
    delivered: int
    failed: int
    paid: int = 0  # this month, on WhatsApp and by SMS
    segments: int = 0  # of SMS, this month
    weeks: tuple[ReturnWeek, ...] = ()  # for the picture, oldest first
    about = "staff"
    example = {
        "days": 30, "lent": 42, "returned": 38, "on_time": 35, "out": 9, "late": 2, "sent": 180, "delivered": 176,
        "failed": 1, "paid": 96, "segments": 31,
    }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Digest(Message):
    """08:00, to each staff group: due today, late, waiting for confirmation, what failed. `parked`: letters;
    `rates`: channels that deliver too little."""

    desk: str
    due: tuple[LoanLine, ...] = ()
    late: tuple[LoanLine, ...] = ()
    confirm: tuple[LoanLine, ...] = ()
    failed: int = 0
    parked: int = 0
    awaited: tuple[Awaited, ...] = ()  # pieces of kits that did not come back
    rates: tuple[RateLine, ...] = ()
    about = "staff"
    example = {
        "desk": "Atelier Nord",
        "due": (LoanLine(1, "Perceuse Bosch", "PERC-001", EX_DUE, "active", "Awa"),),
        "late": (LoanLine(1, "Vélo cargo", "VELO-001", EX_DUE, "overdue", "Karim", timedelta(days=2)),),
        "confirm": (),
        "failed": 1,
        "parked": 0,
        "rates": (RateLine("whatsapp", 82, 140),),
    }  # fmt: skip


@dataclass(frozen=True, slots=True)
class PhoneNumber(Message):
    """[Appeler]: the number to call, over the button."""

    borrower: str
    phone: str
    about = "toast"
    example = {"borrower": "Awa", "phone": "06 12 34 56 78"}


@dataclass(frozen=True, slots=True)
class Reminded(Message):
    """[Relancer]: said to the borrower just now, or why not (`no_road`)."""

    borrower: str
    done: bool = True
    about = "toast"
    example = {"borrower": "Awa", "done": True}


@dataclass(frozen=True, slots=True)
class OnMachine(Message):
    """What is done where the desk runs, and by which command. `what`: person (what is held of one)."""

    what: str
    name_of_person: str = ""
    about = "staff"
    example = {"what": "person", "name_of_person": "Awa"}


@dataclass(frozen=True, slots=True)
class LendWhich(Message):
    """/pret without an item (or with one that is unclear): the choices are items."""

    said: str = ""
    about = "staff"
    example = {"said": ""}


@dataclass(frozen=True, slots=True)
class LendWho(Message):
    item: str
    said: str = ""
    about = "staff"
    example = {"item": "Perceuse Bosch", "said": ""}


@dataclass(frozen=True, slots=True)
class LendUntil(Message):
    item: str
    borrower: str
    said: str = ""
    why: str = ""
    about = "staff"
    example = {"item": "Perceuse Bosch", "borrower": "Awa", "said": "", "why": ""}


@dataclass(frozen=True, slots=True)
class NoSuchPerson(Message):
    said: str
    near: tuple[str, ...] = ()
    about = "staff"
    example = {"said": "Awo", "near": ("Awa",)}


@dataclass(frozen=True, slots=True)
class BadNumber(Message):
    """A phone number that cannot be one. `why`: impossible, not_mobile."""

    said: str
    why: str = "impossible"
    about = "staff"
    example = {"said": "+33 12", "why": "impossible"}


@dataclass(frozen=True, slots=True)
class ItemSaved(Message):
    """`done`: added, exists, renamed."""

    code: str
    item: str
    done: str = "added"
    about = "staff"
    example = {"code": "PERC-001", "item": "Perceuse Bosch", "done": "added"}


@dataclass(frozen=True, slots=True)
class ItemList(Message):
    """/materiel: the choices open an item's page. `total` counts all pages."""

    lines: tuple[ItemLine, ...]
    total: int
    page: int = 1
    pages: int = 1
    about = "staff"
    example = {
        "lines": (ItemLine("PERC-001", "Perceuse Bosch"), ItemLine("VELO-001", "Vélo cargo", "on_loan", EX_DUE, "Awa")),
        "total": 2,
    }  # fmt: skip


@dataclass(frozen=True, slots=True)
class ItemPage(Message):
    """One item, with what staff can do about it. `state`: on_loan or the item's own; `done`: what was just done (name,
    check, undone, or the new state) and by whom; `asks`: it is lent, and is it really to be noted as lost?"""

    code: str
    item: str
    state: str = "available"
    check: str = ""
    borrower: str = ""
    due_at: datetime | None = None
    done: str = ""
    by: str = ""
    asks: bool = False
    pieces: tuple[Piece, ...] = ()
    awaited: tuple[Awaited, ...] = ()  # pieces that did not come back, and who had them
    about = "staff"
    example = {
        "code": "PERC-001", "item": "Perceuse Bosch", "state": "on_loan", "check": "batterie chargée",
        "borrower": "Awa", "due_at": EX_DUE, "done": "check", "by": "Sam", "asks": False,
    }  # fmt: skip


@dataclass(frozen=True, slots=True)
class ItemAsked(Message):
    """The new name, or what to look at when it comes back? (open question) `what`: name, check."""

    item: str
    what: str = "name"
    about = "staff"
    example = {"item": "Perceuse Bosch", "what": "name"}


@dataclass(frozen=True, slots=True)
class PersonSaved(Message):
    """`done`: added, exists, renamed."""

    borrower: str
    phone: str = ""
    done: str = "added"
    reach: str = "ok"
    links: tuple[str, ...] = ()
    about = "staff"
    example = {"borrower": "Awa", "phone": "06 12 34 56 78", "done": "added", "reach": "ok", "links": ()}


@dataclass(frozen=True, slots=True)
class PersonCard(Message):
    """/contact Awa: how to reach somebody and what they agreed to, what they have, what was last said to them.
    `done`: renamed, detached; by whom."""

    borrower: str
    addresses: tuple[AddressLine, ...] = ()
    lines: tuple[LoanLine, ...] = ()
    last: tuple[HistoryLine, ...] = ()
    paused_until: datetime | None = None
    done: str = ""
    by: str = ""
    owed: tuple[Money, ...] = ()
    about = "staff"
    example = {
        "borrower": "Awa", "addresses": (AddressLine("whatsapp", "06 12 34 56 78", "given"),), "lines": (EX_LINE,),
        "last": (HistoryLine(EX_LENT, "loan_created", "whatsapp", "read"),), "paused_until": None, "done": "", "by": "",
        "owed": (Money(77_000, "XOF"),),
    }  # fmt: skip


@dataclass(frozen=True, slots=True)
class PersonWhich(Message):
    """Which of these people? Without `said`: those who borrowed last."""

    said: str = ""
    about = "staff"
    example = {"said": "Awa"}


@dataclass(frozen=True, slots=True)
class PersonAsked(Message):
    """The new name, please (open question)."""

    borrower: str
    about = "staff"
    example = {"borrower": "Awa"}


@dataclass(frozen=True, slots=True)
class TeamSaved(Message):
    """`done`: added, removed, exists."""

    member: str
    role: str = "staff"
    done: str = "added"
    about = "staff"
    example = {"member": "Sam", "role": "staff", "done": "added"}


@dataclass(frozen=True, slots=True)
class TeamList(Message):
    members: tuple[str, ...]
    about = "staff"
    example = {"members": ("Dominique (admin)", "Sam")}


@dataclass(frozen=True, slots=True)
class Bound(Message):
    """This group now belongs to a department, and its sender is an admin."""

    desk: str
    by: str
    private: bool = False
    about = "staff"
    example = {"desk": "Prêt de matériel", "by": "Dominique", "private": False}


@dataclass(frozen=True, slots=True)
class BindRefused(Message):
    """`why`: wrong, used, tries, private, taken."""

    why: str = "wrong"
    about = "staff"
    example = {"why": "wrong"}


@dataclass(frozen=True, slots=True)
class NotAllowed(Message):
    """`role` that would be needed: staff or admin."""

    role: str = "staff"
    about = "toast"
    example = {"role": "staff"}


@dataclass(frozen=True, slots=True)
class UseOwnAccount(Message):
    """To an anonymous administrator."""

    about = "staff"
    example = {}


@dataclass(frozen=True, slots=True)
class Usage(Message):
    """A command whose arguments could not be read; `command` is its English name."""

    command: str
    about = "staff"
    example = {"command": "item"}


@dataclass(frozen=True, slots=True)
class Done(Message):
    """The short word over a pressed button. `what`: an act of a choice."""

    what: str
    about = "toast"
    example = {"what": "confirmed"}


@dataclass(frozen=True, slots=True)
class Stale(Message):
    """A button whose time is over: somebody else was quicker, or things have moved on."""

    by: str = ""
    about = "toast"
    example = {"by": "Sam"}
