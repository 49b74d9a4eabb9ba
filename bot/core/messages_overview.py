"""What staff look at: who has what, who is late, histories, the queue, jobs and figures."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.core.message import (
    EX_DUE,
    EX_LENT,
    HistoryLine,
    JobLine,
    LoanLine,
    Message,
    MoveLine,
    NoticeLine,
    Period,
    PreviewLine,
    RateLine,
    ReturnWeek,
    message,
)
from bot.core.pieces import Awaited


@message
class StaffLoans(Message):
    """/prets: what is out. `total` counts all pages."""

    lines: tuple[LoanLine, ...]
    total: int
    page: int = 1
    pages: int = 1
    about = "staff"
    example = {"lines": (LoanLine(1, "Perceuse Bosch", "PERC-001", EX_DUE, "active", "Awa"),), "total": 1}


@message
class NotOut(Message):
    """A command about a loan, and this item, or this person, has none."""

    item: str = ""
    person: str = ""
    about = "staff"
    example = {"item": "Perceuse Bosch"}


@message
class StaffOverdue(Message):
    """/retards: who is late, by how much, what was sent and when."""

    lines: tuple[NoticeLine, ...]
    total: int
    page: int = 1
    pages: int = 1
    about = "staff"
    example = {
        "lines": (
            NoticeLine("Perceuse Bosch", "PERC-001", "Awa", EX_DUE, timedelta(days=2), 2, EX_DUE + timedelta(days=1)),
            NoticeLine("Vélo cargo", "VELO-001", "Karim", EX_DUE, timedelta(minutes=5)),
        ),
        "total": 2,
    }


@message
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
    }


@message
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
    }


@message
class Closing(Message):
    """/fermeture: which due times fall into a closed period, and where they go. `state`: waiting, moving, moved, noted,
    left, opening, undone; `unreached`: whom nobody could write to about it, and `others`; `lines`: the first of
    `count`; `stopped`: not all could be done."""

    first: datetime
    last: datetime
    lines: tuple[MoveLine, ...]
    people: int
    state: str = "waiting"
    by: str = ""
    unreached: tuple[str, ...] = ()
    count: int = 0
    others: int = 0
    stopped: bool = False
    about = "staff"
    example = {
        "first": EX_DUE - timedelta(days=1), "last": EX_DUE + timedelta(days=6),
        "lines": (MoveLine("Perceuse Bosch", "Awa", EX_DUE, EX_DUE + timedelta(days=10)),), "people": 1,
        "state": "waiting", "by": "", "unreached": (), "count": 1, "others": 0, "stopped": False,
    }  # fmt: skip


@message
class Closures(Message):
    """/fermeture alone: the closed periods to come, to take one back."""

    periods: tuple[Period, ...]
    about = "staff"
    example = {
        "periods": (
            Period(EX_DUE - timedelta(days=1), EX_DUE + timedelta(days=6)),
            Period(EX_DUE + timedelta(days=20), EX_DUE + timedelta(days=20)),
        )
    }


@message
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


@message
class Retried(Message):
    """Failed messages queued again."""

    count: int
    about = "toast"
    example = {"count": 2}


@message
class JobList(Message):
    lines: tuple[JobLine, ...]
    about = "staff"
    example = {
        "lines": (
            JobLine("chase", EX_LENT, EX_LENT + timedelta(minutes=15), "nudged 0, ended 0, escalated 0"),
            JobLine("tidy", EX_LENT, None, "emptied 3, removed 0", suspended=True),
        )
    }


@message
class JobPage(Message):
    """One job, with [Lancer] [Suspendre] or [Reprendre]."""

    name_: str
    suspended: bool = False
    outcome: str = ""
    last: datetime | None = None
    next: datetime | None = None
    about = "staff"
    example = {
        "name_": "chase", "outcome": "nudged 0, ended 0, escalated 0", "last": EX_LENT,
        "next": EX_LENT + timedelta(minutes=15),
    }  # fmt: skip


@message
class Figures(Message):
    """/stats over `days`: loans made and back, how many on time; messages sent and failed, and of those sent by
    channels that tell of delivery how many arrived; what is paid for."""

    days: int
    lent: int
    returned: int
    on_time: int
    out: int
    late: int
    sent: int
    receipted: int  # of these, by channels that tell of delivery
    delivered: int
    failed: int
    paid: int = 0  # this month, on WhatsApp and by SMS
    segments: int = 0  # of SMS, this month
    weeks: tuple[ReturnWeek, ...] = ()  # for the picture, oldest first
    about = "staff"
    example = {
        "days": 30, "lent": 42, "returned": 38, "on_time": 35, "out": 9, "late": 2, "sent": 180, "receipted": 96,
        "delivered": 94, "failed": 1, "paid": 96, "segments": 31,
    }  # fmt: skip


@message
class Digest(Message):
    """08:00, to each staff group: due today, late, waiting for confirmation, what failed. The lists are the first of as
    many as `counts` has, in that order; `parked`: letters; `rates`: channels that deliver too little."""

    desk: str
    due: tuple[LoanLine, ...] = ()
    late: tuple[LoanLine, ...] = ()
    confirm: tuple[LoanLine, ...] = ()
    failed: int = 0
    parked: int = 0
    awaited: tuple[Awaited, ...] = ()  # pieces of kits that did not come back
    rates: tuple[RateLine, ...] = ()
    counts: tuple[int, ...] = (0, 0, 0)
    about = "staff"
    example = {
        "desk": "Atelier Nord",
        "due": (LoanLine(1, "Perceuse Bosch", "PERC-001", EX_DUE, "active", "Awa"),),
        "late": (LoanLine(1, "Vélo cargo", "VELO-001", EX_DUE, "overdue", "Karim", timedelta(days=2)),),
        "confirm": (),
        "failed": 1,
        "parked": 0,
        "rates": (RateLine("whatsapp", 82, 140),),
    }


@message
class PhoneNumber(Message):
    """[Appeler]: the number to call, over the button."""

    borrower: str
    phone: str
    about = "toast"
    example = {"borrower": "Awa", "phone": "06 12 34 56 78"}


@message
class Reminded(Message):
    """[Relancer]: said to the borrower just now, or not. why: held (loans that wait for staff to say go), silenced (the
    borrower said STOP about this loan), return_declared, just_now (somebody pressed a moment ago), empty (no road)."""

    borrower: str
    done: bool = True
    why: str = ""
    about = "toast"
    example = {"borrower": "Awa", "done": True}


@message
class OnMachine(Message):
    """What is done where the desk runs, and by which command. `what`: person (what is held of one)."""

    what: str
    name_of_person: str = ""
    about = "staff"
    example = {"what": "person", "name_of_person": "Awa"}
