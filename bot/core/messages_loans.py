"""What a borrower is told on the way of a loan."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from bot.core.message import EX_DUE, EX_LATE, EX_LENT, EX_LINE, EX_LINES, LoanLine, Message, message
from bot.core.money import Money
from bot.core.pieces import Awaited, Piece


@message
class LoanCreated(Message):
    """The borrower's copy of the loan. `check`: what to look at when it comes back; `lateness`: what it costs here."""

    item: str
    due_at: datetime
    number: int
    borrower: str = ""
    desk: str = ""
    place: str = ""
    contact_line: str = ""
    check: str = ""
    lateness: str = ""
    approved: bool = False  # it answers a request of the borrower
    first: bool = False  # first message to this person: say who writes, why, and how to stop
    pieces: tuple[Piece, ...] = ()  # of a kit: what goes out with it
    undoable: bool = False  # they took it themselves, where the desk trusts borrowers
    about = "notice"
    optional = True
    example = {
        "item": "Perceuse Bosch", "due_at": EX_DUE, "number": 1, "borrower": "Awa", "desk": "Atelier Nord",
        "place": "12 rue des Lilas", "contact_line": "01 23 45 67 89", "check": "batterie chargée, mandrin propre",
        "lateness": "", "approved": False, "first": True,
    }  # fmt: skip


@message
class Reminder2h(Message):
    item: str
    due_at: datetime
    number: int
    place: str = ""
    about = "reminder"
    example = {"item": "Perceuse Bosch", "due_at": EX_DUE, "number": 1, "place": "12 rue des Lilas"}


@message
class ReminderDay2(Message):
    item: str
    due_at: datetime
    number: int
    place: str = ""
    about = "reminder"
    example = {"item": "Perceuse Bosch", "due_at": EX_DUE, "number": 1, "place": "12 rue des Lilas"}


@message
class ReminderDay1(Message):
    item: str
    due_at: datetime
    number: int
    place: str = ""
    about = "reminder"
    example = {"item": "Perceuse Bosch", "due_at": EX_DUE, "number": 1, "place": "12 rue des Lilas"}


@message
class ReminderDueDay(Message):
    """On the day itself; `evening_before` when it leaves at 20:00 the evening before an early due time."""

    item: str
    due_at: datetime
    number: int
    place: str = ""
    check: str = ""
    evening_before: bool = False
    about = "reminder"
    example = {
        "item": "Perceuse Bosch", "due_at": EX_DUE, "number": 1, "place": "12 rue des Lilas",
        "check": "batterie chargée", "evening_before": False,
    }  # fmt: skip


@message
class Reminders(Message):
    """Several reminders of one person that fall on the same moment."""

    lines: tuple[LoanLine, ...]
    place: str = ""
    about = "reminder"
    example = {"lines": EX_LINES, "place": "12 rue des Lilas"}


@message
class Overdue(Message):
    """All late items of one borrower in one message. `level` 0 first notice, 1 daily, 2 weekly: the tone. `opens_at`:
    when the desk, shut that day, opens again."""

    lines: tuple[LoanLine, ...]
    level: int = 0
    times: int = 1  # how many overdue notices this makes for the oldest item
    place: str = ""
    contact_line: str = ""
    lateness: str = ""
    opens_at: datetime | None = None
    about = "overdue"
    example = {
        "lines": EX_LATE, "level": 0, "times": 1, "place": "12 rue des Lilas", "contact_line": "01 23 45 67 89",
        "lateness": "",
    }  # fmt: skip


@message
class ReturnDeclared(Message):
    """Answer to RENDU while staff still have to confirm. ANNULER undoes it for ten minutes."""

    items: tuple[str, ...]
    left: int = 0  # loans of this person that stay out
    missing: tuple[Piece, ...] = ()  # what they say is not among it
    problem: bool = False  # they told of one with it
    example = {"items": ("Perceuse Bosch",), "left": 1}


@message
class Returned(Message):
    """The receipt. `out_for`: how long the item was out; `waiting`: other returns that staff have not confirmed yet;
    `followed`: another receipt comes with it, and tells what is left; `trusted`: their word
    counts, nobody has looked."""

    item: str
    returned_at: datetime
    out_for: timedelta
    late: timedelta = timedelta(0)
    left: int = 0
    missing: tuple[Piece, ...] = ()  # of a kit: what is still waited for
    waiting: int = 0
    followed: bool = False
    trusted: bool = False
    about = "notice"
    example = {
        "item": "Perceuse Bosch", "returned_at": EX_DUE - timedelta(hours=3),
        "out_for": timedelta(days=6, hours=5), "late": timedelta(0), "left": 0,
    }  # fmt: skip


@message
class ReturnContested(Message):
    """Staff did not find the item: the loan is active again."""

    item: str
    due_at: datetime
    number: int
    contact_line: str = ""
    about = "notice"
    example = {"item": "Perceuse Bosch", "due_at": EX_DUE, "number": 1, "contact_line": "01 23 45 67 89"}


@message
class ReturnProblem(Message):
    """Staff saw something wrong at the return and will call."""

    item: str
    contact_line: str = ""
    about = "notice"
    example = {"item": "Perceuse Bosch", "contact_line": "01 23 45 67 89"}


@message
class LoanCancelled(Message):
    """Staff took back a loan written by mistake."""

    item: str
    about = "notice"
    example = {"item": "Perceuse Bosch"}


@message
class LoanLost(Message):
    """Staff have noted the item as lost: the loan is over, and with it the reminders."""

    item: str
    contact_line: str = ""
    about = "notice"
    example = {"item": "Perceuse Bosch", "contact_line": "01 23 45 67 89"}


@message
class LoanRequested(Message):
    """`also`: what else was asked for with it, until the same time. `again`: it stands for what they had asked for
    before."""

    item: str
    due_at: datetime
    answer_by: datetime
    also: tuple[str, ...] = ()
    again: bool = False
    example = {"item": "Perceuse Bosch", "due_at": EX_DUE, "answer_by": EX_LENT + timedelta(days=1)}


@message
class RequestRefused(Message):
    item: str
    due_at: datetime
    contact_line: str = ""
    about = "notice"
    example = {"item": "Perceuse Bosch", "due_at": EX_DUE, "contact_line": "01 23 45 67 89"}


@message
class RequestExpired(Message):
    item: str
    due_at: datetime
    contact_line: str = ""
    about = "notice"
    example = {"item": "Perceuse Bosch", "due_at": EX_DUE, "contact_line": "01 23 45 67 89"}


@message
class Extended(Message):
    item: str
    due_at: datetime
    was: datetime
    by_staff: bool = False
    shut: bool = False  # the desk does not open on the new day
    about = "notice"
    example = {"item": "Perceuse Bosch", "due_at": EX_DUE + timedelta(days=2), "was": EX_DUE, "by_staff": False}


@message
class DueMoved(Message):
    """The desk is shut from `first` to `last`: what was due then has a new date, all of a person's in one message.
    `undone`: the desk will be open after all, and the old dates hold again."""

    lines: tuple[LoanLine, ...]
    first: datetime
    last: datetime
    undone: bool = False
    about = "notice"
    example = {"lines": (EX_LINE,), "first": EX_DUE - timedelta(days=7), "last": EX_DUE - timedelta(days=2)}


@message
class ExtensionAsked(Message):
    item: str
    due_at: datetime
    example = {"item": "Perceuse Bosch", "due_at": EX_DUE + timedelta(days=2)}


@message
class ExtensionRefused(Message):
    """`why`: staff, not_later (before the present due), past, awaited (somebody else waits for it)."""

    item: str
    due_at: datetime
    why: str
    contact_line: str = ""
    example = {"item": "Perceuse Bosch", "due_at": EX_DUE, "why": "staff", "contact_line": "01 23 45 67 89"}


@message
class ExtendUntil(Message):
    """Until when? (open question)"""

    item: str
    due_at: datetime
    example = {"item": "Perceuse Bosch", "due_at": EX_DUE}


@message
class WhichReturn(Message):
    lines: tuple[LoanLine, ...]
    example = {"lines": EX_LINES}


@message
class ConfirmReturn(Message):
    """The words were near RENDU, or named a thing (`said`) that is none of theirs: ask before acting."""

    items: tuple[str, ...]
    said: str = ""
    example = {"items": ("Perceuse Bosch", "Échelle 3 m")}


@message
class WhichExtend(Message):
    lines: tuple[LoanLine, ...]
    example = {"lines": EX_LINES}


@message
class StillOut(Message):
    """Answer to "not yet" and to "may I bring it back on Monday?": nothing changes, here is the date. `sooner`: they
    mean to come before it. `asked`: it was a question; whether somebody is there that day, the contact line knows.
    `shut`: the day they name, on which the desk does not open."""

    lines: tuple[LoanLine, ...]
    sooner: bool = False
    asked: bool = False
    contact_line: str = ""
    shut: date | None = None
    example = {"lines": (EX_LINE,)}


@message
class AlreadyDeclared(Message):
    """RENDU again while staff have not confirmed yet; or, `denied`, "not yet returned" of what was declared."""

    items: tuple[str, ...]
    denied: bool = False
    undoable: bool = False  # ANNULER takes it back
    contact_line: str = ""
    example = {"items": ("Perceuse Bosch",)}


@message
class ConfirmWish(Message):
    """Said as a question, or so that it may mean something else: is it wanted? `what`: borrow, extend, start. `shut`:
    the day that was named, on which the desk does not open; it is asked for a later one."""

    what: str
    item: str = ""
    due_at: datetime | None = None
    shut: date | None = None
    example = {"what": "borrow", "item": "Perceuse Bosch", "due_at": EX_DUE}


@message
class NothingOut(Message):
    """No loan of this person is out: to RENDU, PROLONGER, MES PRETS. `requested`: what waits for the team's answer."""

    requested: tuple[str, ...] = ()
    example = {"requested": ()}


@message
class NoSuchLoan(Message):
    """A number or name that is none of this person's loans; the same words whether it exists or not."""

    said: str
    lines: tuple[LoanLine, ...] = ()
    example = {"said": "7", "lines": EX_LINES}


@message
class LoanList(Message):
    """MES PRETS. `waiting`: items this person stands in line for; `awaited`: pieces of kits they still have; `out`:
    the numbers that RENDU and PROLONGER may be said of."""

    lines: tuple[LoanLine, ...]
    waiting: tuple[str, ...] = ()
    awaited: tuple[Awaited, ...] = ()
    out: tuple[int, ...] = ()
    example = {
        "lines": (EX_LINES[0], EX_LATE[1], LoanLine(4, "Sono", "SONO-001", EX_DUE, "return_declared")),
        "out": (EX_LINES[0].number, EX_LATE[1].number),
    }


@message
class Clearance(Message):
    """QUITUS: a dated statement that nothing is out. `reference` is kept in the audit."""

    reference: str
    desk: str
    at: datetime
    borrower: str = ""
    example = {"reference": "Q-000012", "desk": "Atelier Nord", "at": EX_LENT, "borrower": "Awa"}


@message
class NotClear(Message):
    """QUITUS while something is still out (a piece of a kit counts), waits for staff to confirm that it is back, or is
    owed."""

    lines: tuple[LoanLine, ...]
    awaited: tuple[Awaited, ...] = ()
    owed: tuple[Money, ...] = ()
    discreet = True
    example = {
        "lines": (EX_LINES[0], LoanLine(4, "Sono", "SONO-001", EX_DUE, "return_declared")),
        "owed": (Money(77_000, "XOF"),),
    }


@message
class BorrowWhich(Message):
    """PRET without an item, or one that could be several: the choices are items."""

    said: str = ""
    example = {"said": "perceuse"}


@message
class NoSuchItem(Message):
    """`staff`: asked by a command, where a person may be meant as well. `all_out`: none was named, and none is free.
    `new`: what was said may be the name of an item to add."""

    said: str
    near: tuple[str, ...] = ()
    staff: bool = False
    all_out: bool = False
    new: bool = False
    example = {"said": "perseuze", "near": ("Perceuse Bosch", "Ponceuse Makita")}


@message
class TooFew(Message):
    """More are asked for (`said`, with its number) than are to be had: `free`, or than are lent `at_once`. Would those
    do?"""

    said: str
    free: int
    at_once: bool = False
    example = {"said": "12 chaises", "free": 3}


@message
class ItemTaken(Message):
    item: str
    back_at: datetime | None = None
    example = {"item": "Perceuse Bosch", "back_at": EX_DUE}


@message
class WhichToHold(Message):
    """RESERVER without an item, or one that could be several: the choices are items that are not to be had now."""

    said: str = ""
    example = {"said": ""}


@message
class HoldPlaced(Message):
    """RESERVER: in the line of an item. `late`: it should be back already."""

    item: str
    place: int
    back_at: datetime | None = None
    late: bool = False
    example = {"item": "Perceuse Bosch", "place": 1, "back_at": EX_DUE, "late": False}


@message
class AlreadyYours(Message):
    """RESERVER for what the person has at home."""

    item: str
    due_at: datetime
    example = {"item": "Perceuse Bosch", "due_at": EX_DUE}


@message
class NothingHeld(Message):
    """Nothing to wait for: all is free, or the person stands in no line."""

    example = {}


@message
class WhichHold(Message):
    """ANNULER of somebody who stands in several lines: the choices are items."""

    example = {}


@message
class HoldReady(Message):
    """The item waited for is back, and kept for this person until a time."""

    item: str
    code: str
    until: datetime
    place: str = ""
    contact_line: str = ""
    about = "notice"
    example = {
        "item": "Perceuse Bosch", "code": "PERC-001", "until": EX_DUE, "place": "12 rue des Lilas",
        "contact_line": "01 23 45 67 89",
    }  # fmt: skip


@message
class HoldDelayed(Message):
    """It was kept for this person, and now it went to repair, got lost or is not lent any more."""

    item: str
    about = "notice"
    example = {"item": "Perceuse Bosch"}


@message
class HoldEnded(Message):
    """What this person waits for is not lent any more."""

    item: str
    about = "notice"
    example = {"item": "Perceuse Bosch"}


@message
class HoldOver(Message):
    """It was not fetched in time."""

    item: str
    about = "notice"
    example = {"item": "Perceuse Bosch"}


@message
class BorrowUntil(Message):
    """`also`: what else is asked for with it."""

    item: str
    also: tuple[str, ...] = ()
    example = {"item": "Perceuse Bosch"}


@message
class DueUnclear(Message):
    """A time that could not be read. `why`: nothing, past, impossible, ambiguous, too_long."""

    said: str
    why: str
    until: datetime | None = None
    example = {"said": "hier", "why": "past", "until": None}


@message
class BlockedByLate(Message):
    """No new loan while something is late (rule)."""

    lines: tuple[LoanLine, ...]
    example = {"lines": EX_LATE[:1]}
