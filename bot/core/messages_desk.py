"""What staff and admins are told of the desk itself."""

from __future__ import annotations

from datetime import datetime

from bot.core.message import EX_DUE, Message, PreviewLine, message


@message
class LettersParked(Message):
    """A message that failed three times: kept, not handled."""

    channel: str
    borrower: str = ""
    count: int = 1
    about = "staff"
    example = {"channel": "whatsapp", "borrower": "Awa", "count": 1}


@message
class ChannelDown(Message):
    """`why`: down (provider out of reach), config (credentials, funds…), undelivered (config, told by a receipt),
    content (the words or the template of `message` are refused), price (it is dearer than the account allows), loop
    (too many answers to one number, which may answer by itself)."""

    channel: str
    why: str
    detail: str = ""
    waiting: int = 0
    message: str = ""
    about = "staff"
    example = {
        "channel": "whatsapp", "why": "config", "detail": "Twilio 20005: the account is not active", "waiting": 3,
    }  # fmt: skip


@message
class ChannelBack(Message):
    channel: str
    waiting: int = 0
    about = "staff"
    example = {"channel": "whatsapp", "waiting": 3}


@message
class GroupLost(Message):
    """`why`: gone (the bot was removed, or the group deleted), muted (it may not write there). `code`: gives the desk
    another group, with /bind."""

    desk: str
    why: str
    code: str = ""
    until: datetime | None = None
    about = "staff"
    example = {"desk": "Prêt de matériel", "why": "gone", "code": "K7QM4XPA", "until": EX_DUE}


@message
class MonthlyCap(Message):
    """The desk's month is used up: what we begin leaves by no road that is paid for until the next."""

    most: int
    about = "staff"
    example = {"most": 5000}


@message
class SwitchOn(Message):
    """Loans that ran before the desk did: who would get what, until staff say go. `state`: waiting, begun (there are
    many: it is under way), started."""

    loans: int
    late: int
    lines: tuple[PreviewLine, ...] = ()
    state: str = "waiting"
    by: str = ""
    about = "staff"
    example = {
        "loans": 12, "late": 3, "lines": (PreviewLine("Awa", "Perceuse Bosch", "overdue", EX_DUE),), "state": "waiting",
        "by": "",
    }  # fmt: skip


@message
class PlanRepaired(Message):
    """Reconcile found loans whose plan was missing or wrong."""

    count: int
    about = "staff"
    example = {"count": 2}


@message
class Silence(Message):
    """The heartbeat alarm: reminders were due, none left."""

    due: int
    since: datetime
    about = "staff"
    example = {"due": 4, "since": EX_DUE}
