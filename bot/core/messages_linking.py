"""What is said when addresses of one person are linked: codes, questions, the word to the owner, cards for staff."""

from __future__ import annotations

from datetime import datetime

from bot.core.message import EX_DUE, EX_LINES, LoanLine, Message, message

EX_LINKS = ("https://wa.me/33612345600?text=LIER%20K7M2P9QX", "https://t.me/pret_bot?start=K7M2P9QX")


@message
class LinkCard(Message):
    """/lier Awa: the one-time code that staff give her, and the links that carry it. `sms`: our number there.
    `state`: open, used (then from which channel)."""

    borrower: str
    code: str = ""
    until: datetime | None = None
    links: tuple[str, ...] = ()
    sms: str = ""
    state: str = "open"
    by: str = ""
    about = "staff"
    example = {
        "borrower": "Awa", "code": "K7M2P9QX", "until": EX_DUE, "links": EX_LINKS, "sms": "06 12 34 56 00",
        "state": "open", "by": "",
    }  # fmt: skip


@message
class LinkCode(Message):
    """LIER: the writer's own code, to be sent from another channel. `share`: with the button that shows the number."""

    code: str
    until: datetime
    links: tuple[str, ...] = ()
    sms: str = ""
    share: bool = False
    example = {"code": "K7M2P9QX", "until": EX_DUE, "links": EX_LINKS, "sms": "06 12 34 56 00", "share": False}


@message
class LinkRefused(Message):
    """The code is wrong, used or too old: which of them is not told. `tries`: too many codes in ten minutes."""

    tries: bool = False
    example = {"tries": False}


@message
class LinkAsked(Message):
    """Somebody with a history of their own has sent a code: is this person really them? The choices answer."""

    borrower: str
    example = {"borrower": "Awa Diop"}


@message
class Linked(Message):
    """This conversation belongs to that person now. `roads`: where reminders go, the first one first."""

    borrower: str = ""
    lines: tuple[LoanLine, ...] = ()
    roads: tuple[str, ...] = ()
    already: bool = False  # it did before
    example = {"borrower": "Awa", "lines": EX_LINES, "roads": ("whatsapp", "telegram"), "already": False}


@message
class NewAddress(Message):
    """To the addresses a person had before: there is another one now. Is it theirs? The choices answer."""

    channel_: str
    borrower: str = ""
    known: bool = False  # they have said that it is
    example = {"channel_": "telegram", "borrower": "Awa", "known": False}


@message
class NotMine(Message):
    """The owner said that the new address is somebody else's: it is taken out."""

    channel_: str
    contact_line: str = ""
    example = {"channel_": "telegram", "contact_line": "01 23 45 67 89"}


@message
class NotMineCard(Message):
    """Staff hear that a linked address was not the person's."""

    borrower: str
    channel_: str
    about = "staff"
    example = {"borrower": "Awa", "channel_": "telegram"}


@message
class ContactNotYours(Message):
    """A contact card that Telegram does not vouch for: forwarded, typed, somebody else's, or no mobile number."""

    why: str = "forwarded"  # forwarded, number
    example = {"why": "forwarded"}


@message
class NumberNoted(Message):
    """The number a person shared; nobody was known by it. `roads`: channels that can carry reminders to it. `stopped`:
    they said STOP where they shared it."""

    phone: str
    roads: tuple[str, ...] = ()
    stopped: bool = False
    example = {"phone": "06 12 34 56 78", "roads": ("whatsapp", "sms")}


@message
class HiddenNumber(Message):
    """Said once to somebody on WhatsApp whose number we do not see: how their loans are found."""

    example = {}


@message
class ClaimSent(Message):
    """The code of an item was sent; staff look whether the loan is this person's."""

    example = {}


@message
class ClaimCard(Message):
    """Is this writer without a number the borrower? `state`: asked, yes, no."""

    name_: str
    item: str
    code: str
    borrower: str
    state: str = "asked"
    by: str = ""
    about = "staff"
    example = {
        "name_": "awa_d", "item": "Perceuse Bosch", "code": "PERC-001", "borrower": "Awa Diop", "state": "asked",
        "by": "",
    }  # fmt: skip


@message
class ClaimRefused(Message):
    """Staff do not know the writer for the borrower."""

    contact_line: str = ""
    example = {"contact_line": "01 23 45 67 89"}


@message
class AddressChoice(Message):
    """[Détacher une adresse]: which one? The choices are addresses."""

    borrower: str
    about = "staff"
    example = {"borrower": "Awa"}
