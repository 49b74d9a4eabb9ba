"""What staff write down: a loan, items, people, the team; and the short words over a pressed button."""

from __future__ import annotations

from datetime import datetime

from bot.core.message import (
    EX_DUE,
    EX_LENT,
    EX_LINE,
    AddressLine,
    HistoryLine,
    ItemLine,
    LoanLine,
    Message,
    message,
)
from bot.core.money import Money
from bot.core.pieces import Awaited, Piece


@message
class LendWhich(Message):
    """/pret without an item (or with one that is unclear): the choices are items. `person`: for whom, where that was
    said; `found`: what was said may be some of them."""

    said: str = ""
    person: str = ""
    found: bool = False
    about = "staff"
    example = {"said": "", "person": ""}


@message
class LendWho(Message):
    """`also`: what is lent with it."""

    item: str
    also: tuple[str, ...] = ()
    about = "staff"
    example = {"item": "Perceuse Bosch"}


@message
class LendUntil(Message):
    """`also`: what is lent with it."""

    item: str
    borrower: str
    why: str = ""
    also: tuple[str, ...] = ()
    about = "staff"
    example = {"item": "Perceuse Bosch", "borrower": "Awa", "why": ""}


@message
class NoSuchPerson(Message):
    """Nobody of the desk is called that. `adds`: the writer may want to add them, as who erases somebody does not."""

    said: str
    near: tuple[str, ...] = ()
    adds: bool = True
    about = "staff"
    example = {"said": "Awo", "near": ("Awa",)}


@message
class BadNumber(Message):
    """A phone number that cannot be one. `why`: impossible, not_mobile. One of the desk's country that could be:
    `here` as people write it there, `abroad` with its code."""

    said: str
    why: str = "impossible"
    here: str = "06 12 34 56 78"
    abroad: str = "+33612345678"
    about = "staff"
    example = {"said": "+33 12", "why": "impossible", "here": "06 12 34 56 78", "abroad": "+33612345678"}


@message
class ItemSaved(Message):
    """`done`: added, exists, renamed."""

    code: str
    item: str
    done: str = "added"
    about = "staff"
    example = {"code": "PERC-001", "item": "Perceuse Bosch", "done": "added"}


@message
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
    }


@message
class ItemPage(Message):
    """One item, with what staff can do about it. `state`: on_loan or the item's own; `done`: what was just done
    (added, name, check, undone, or the new state) and by whom; `asks`: it is lent, and is it really to be noted as
    lost? `kept_for`: free, and put aside for the first in line; `waiting`: the others, or all while it is out."""

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
    kept_for: str = ""
    kept_until: datetime | None = None
    waiting: tuple[str, ...] = ()
    about = "staff"
    example = {
        "code": "PERC-001", "item": "Perceuse Bosch", "state": "on_loan", "check": "batterie chargée",
        "borrower": "Awa", "due_at": EX_DUE, "done": "check", "by": "Sam", "asks": False,
    }  # fmt: skip


@message
class ItemAsked(Message):
    """The new name, or what to look at when it comes back? (open question) `what`: name, check."""

    item: str
    what: str = "name"
    about = "staff"
    example = {"item": "Perceuse Bosch", "what": "name"}


@message
class PersonSaved(Message):
    """`done`: added, exists, renamed, email; or elsewhere, where another desk knows the person too and no address was
    added. `was`: the name until now."""

    borrower: str
    phone: str = ""
    done: str = "added"
    reach: str = "ok"
    links: tuple[str, ...] = ()
    was: str = ""
    about = "staff"
    example = {"borrower": "Awa", "phone": "06 12 34 56 78", "done": "added", "reach": "ok", "links": (), "was": ""}


@message
class PersonCard(Message):
    """/contact Awa: how to reach somebody and what they agreed to, what they have, what was last said to them.
    `done`: renamed, detached, zone; by whom. `lives_by`: their own zone, where it is noted."""

    borrower: str
    addresses: tuple[AddressLine, ...] = ()
    lines: tuple[LoanLine, ...] = ()
    last: tuple[HistoryLine, ...] = ()
    paused_until: datetime | None = None
    done: str = ""
    by: str = ""
    owed: tuple[Money, ...] = ()
    lives_by: str = ""
    about = "staff"
    example = {
        "borrower": "Awa", "addresses": (AddressLine("whatsapp", "06 12 34 56 78", "given"),), "lines": (EX_LINE,),
        "last": (HistoryLine(EX_LENT, "loan_created", "whatsapp", "read"),), "paused_until": None, "done": "", "by": "",
        "owed": (Money(77_000, "XOF"),), "lives_by": "Africa/Dakar",
    }  # fmt: skip


@message
class PersonWhich(Message):
    """Which of these people? Without `said`: those who borrowed last. `owner`: whose the number typed beside it is.
    `more`: others are called that too, and are not offered."""

    said: str = ""
    owner: str = ""
    more: bool = False
    about = "staff"
    example = {"said": "Awa", "owner": "", "more": True}


@message
class PersonAsked(Message):
    """The new name, or the zone they live in? (open question) `what`: name, zone. `said`: a zone that is not known."""

    borrower: str
    what: str = "name"
    said: str = ""
    about = "staff"
    example = {"borrower": "Awa", "what": "name", "said": ""}


@message
class TeamSaved(Message):
    """`done`: added, removed, exists; last_admin, nobody (the message replied to is signed by no person)."""

    member: str = ""
    done: str = "added"
    about = "staff"
    example = {"member": "Sam", "done": "added"}


@message
class TeamList(Message):
    members: tuple[str, ...]
    about = "staff"
    example = {"members": ("Dominique (admin)", "Sam")}


@message
class Bound(Message):
    """This group now belongs to a department, and its sender is an admin. `namesake`: another department has the title
    of the group, so that this one's name got a number."""

    desk: str
    by: str
    namesake: str = ""
    about = "staff"
    example = {"desk": "Prêt de matériel", "by": "Dominique"}


@message
class BindRefused(Message):
    """`why`: wrong, tries, private, taken, none (no code was typed)."""

    why: str = "wrong"
    about = "staff"
    example = {"why": "wrong"}


@message
class AtDesk(Message):
    """In private, before the answer to a command of somebody who is in the team of several desks."""

    desk: str
    example = {"desk": "Atelier Nord"}


@message
class NotAllowed(Message):
    """`role` that would be needed: staff, admin, or everywhere (admin of every desk)."""

    role: str = "staff"
    about = "toast"
    example = {"role": "staff"}


@message
class UseOwnAccount(Message):
    """To an anonymous administrator."""

    about = "staff"
    example = {}


@message
class Usage(Message):
    """A command whose arguments could not be read; `command` is its English name."""

    command: str
    about = "staff"
    example = {"command": "item"}


@message
class Done(Message):
    """The short word over a pressed button. `what`: an act of a choice."""

    what: str
    about = "toast"
    example = {"what": "confirmed"}


@message
class Stale(Message):
    """A button whose time is over: somebody else was quicker, or things have moved on."""

    about = "toast"
