"""The catalogue: one dataclass per message, with the facts it needs and an example.

The name of a message is its class name in snake case (`LoanCreated` → `loan_created`): the file in `templates/`, the
name in the log, in `/modeles` and in the REST API. Facts are plain values; times are aware datetimes.
"""

from __future__ import annotations

import re
from collections.abc import Hashable
from dataclasses import dataclass, fields, is_dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any, ClassVar, get_args, get_origin, get_type_hints

from bot.core.money import Money
from bot.core.pieces import Awaited, Piece

EX_DUE = datetime(2026, 11, 27, 17, 0, tzinfo=UTC)
EX_LENT = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)


class Message:
    """Base of the catalogue. `name` and `example` are filled for each subclass."""

    name: ClassVar[str]
    example: ClassVar[dict[str, Any]] = {}
    about: ClassVar[str] = "answer"  # answer, reminder, overdue, notice, staff, toast: which rules of sending hold
    discreet: ClassVar[bool] = False  # tells what nobody else may learn: only to an address that is surely the person's
    optional: ClassVar[bool] = False  # an admin may switch it off; reminders and notices of lateness always

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls.name = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Za-z])(?=\d)", "_", cls.__name__).lower()
        CATALOGUE[cls.name] = cls


CATALOGUE: dict[str, type[Message]] = {}


@dataclass(frozen=True, slots=True)
class LoanLine:
    """One loan in a list. `number` is the small number of RENDU 2; `state` a loan state or "overdue"."""

    number: int
    item: str
    code: str
    due_at: datetime
    state: str = "active"
    borrower: str = ""
    late: timedelta = timedelta(0)


@dataclass(frozen=True, slots=True)
class NoticeLine:
    """One late loan as staff see it: how many notices were sent, and when the last."""

    item: str
    code: str
    borrower: str
    due_at: datetime
    late: timedelta
    notices: int = 0
    last_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class HistoryLine:
    """Something said (`message`, `channel`, `state` of delivery) or done (`message` is the act, no channel)."""

    at: datetime
    message: str
    channel: str = ""
    state: str = ""
    who: str = ""
    item: str = ""


@dataclass(frozen=True, slots=True)
class JobLine:
    """A job: its last run and what came of it, the next one, and whether it is suspended."""

    name: str
    last: datetime | None = None
    next: datetime | None = None
    outcome: str = ""
    suspended: bool = False


@dataclass(frozen=True, slots=True)
class ItemLine:
    code: str
    name: str
    state: str = "available"  # available, on_loan, in_repair, retired, lost
    back_at: datetime | None = None
    borrower: str = ""


@dataclass(frozen=True, slots=True)
class RateLine:
    """How many of a channel's messages of the last week arrived, in percent of `sent`."""

    channel: str
    percent: int
    sent: int


@dataclass(frozen=True, slots=True)
class ReturnWeek:
    """What came back in the week that begins on a Monday, and how much of it on time."""

    monday: date
    back: int
    on_time: int


@dataclass(frozen=True, slots=True)
class PreviewLine:
    """Who would get which message when."""

    borrower: str
    item: str
    message: str
    at: datetime


@dataclass(frozen=True, slots=True)
class MoveLine:
    """A loan whose due time moves."""

    item: str
    borrower: str
    was: datetime
    due_at: datetime


@dataclass(frozen=True, slots=True)
class RuleValue:
    """What a setting is set to. `kind` says how it is shown: flag and count by `number`, span in seconds, clock as
    HH:MM, several and order by `items`, option, text, zone, language and country by `text`."""

    kind: str
    text: str = ""
    number: int = 0
    items: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RuleLine:
    """A setting in a list, by its name in the code."""

    rule: str
    value: RuleValue


@dataclass(frozen=True, slots=True)
class RuleChange:
    rule: str
    was: RuleValue
    now: RuleValue


@dataclass(frozen=True, slots=True)
class PlanShift:
    """What a change of rules does to reminders that are planned. `looked` of `loans` running loans were counted."""

    earlier: int = 0
    later: int = 0
    gone: int = 0
    added: int = 0
    looked: int = 0
    loans: int = 0


@dataclass(frozen=True, slots=True)
class MemberLine:
    name: str
    role: str = "staff"


@dataclass(frozen=True, slots=True)
class AddressLine:
    """One way to reach a person, and what they think of it. `value` is empty where it says nothing (Telegram)."""

    channel: str
    value: str = ""
    consent: str = "unknown"
    state: str = "live"  # live, blocked, dead


EX_LINE = LoanLine(1, "Perceuse Bosch", "PERC-001", EX_DUE)
EX_LINES = (EX_LINE, LoanLine(2, "Tente 4 places", "TENTE-001", EX_DUE + timedelta(days=2)))
EX_LATE = (
    LoanLine(1, "Perceuse Bosch", "PERC-001", EX_DUE, "overdue", late=timedelta(days=2, hours=3)),
    LoanLine(3, "Vélo cargo", "VELO-001", EX_DUE, "overdue", late=timedelta(hours=5)),
)


# --- to the borrower: the life of a loan ---------------------------------------------------------


@dataclass(frozen=True, slots=True)
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
    about = "notice"
    optional = True
    example = {
        "item": "Perceuse Bosch", "due_at": EX_DUE, "number": 1, "borrower": "Awa", "desk": "Atelier Nord",
        "place": "12 rue des Lilas", "contact_line": "01 23 45 67 89", "check": "batterie chargée, mandrin propre",
        "lateness": "", "approved": False, "first": True,
    }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Reminder2h(Message):
    item: str
    due_at: datetime
    number: int
    place: str = ""
    about = "reminder"
    example = {"item": "Perceuse Bosch", "due_at": EX_DUE, "number": 1, "place": "12 rue des Lilas"}


@dataclass(frozen=True, slots=True)
class ReminderDay2(Message):
    item: str
    due_at: datetime
    number: int
    place: str = ""
    about = "reminder"
    example = {"item": "Perceuse Bosch", "due_at": EX_DUE, "number": 1, "place": "12 rue des Lilas"}


@dataclass(frozen=True, slots=True)
class ReminderDay1(Message):
    item: str
    due_at: datetime
    number: int
    place: str = ""
    about = "reminder"
    example = {"item": "Perceuse Bosch", "due_at": EX_DUE, "number": 1, "place": "12 rue des Lilas"}


@dataclass(frozen=True, slots=True)
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


@dataclass(frozen=True, slots=True)
class Reminders(Message):
    """Several reminders of one person that fall on the same moment."""

    lines: tuple[LoanLine, ...]
    place: str = ""
    about = "reminder"
    example = {"lines": EX_LINES, "place": "12 rue des Lilas"}


@dataclass(frozen=True, slots=True)
class Overdue(Message):
    """All late items of one borrower in one message. `level` 0 first notice, 1 daily, 2 weekly: the tone."""

    lines: tuple[LoanLine, ...]
    level: int = 0
    times: int = 1  # how many overdue notices this makes for the oldest item
    place: str = ""
    contact_line: str = ""
    lateness: str = ""
    about = "overdue"
    example = {
        "lines": EX_LATE, "level": 0, "times": 1, "place": "12 rue des Lilas", "contact_line": "01 23 45 67 89",
        "lateness": "",
    }  # fmt: skip


@dataclass(frozen=True, slots=True)
class ReturnDeclared(Message):
    """Answer to RENDU while staff still have to confirm. ANNULER undoes it for ten minutes."""

    items: tuple[str, ...]
    left: int = 0  # loans of this person that stay out
    missing: tuple[Piece, ...] = ()  # what they say is not among it
    problem: bool = False  # they told of one with it
    example = {"items": ("Perceuse Bosch",), "left": 1}


@dataclass(frozen=True, slots=True)
class Returned(Message):
    """The receipt. `out_for`: how long the item was out."""

    item: str
    returned_at: datetime
    out_for: timedelta
    late: timedelta = timedelta(0)
    left: int = 0
    missing: tuple[Piece, ...] = ()  # of a kit: what is still waited for
    about = "notice"
    example = {
        "item": "Perceuse Bosch", "returned_at": EX_DUE - timedelta(hours=3),
        "out_for": timedelta(days=6, hours=5), "late": timedelta(0), "left": 0,
    }  # fmt: skip


@dataclass(frozen=True, slots=True)
class ReturnContested(Message):
    """Staff did not find the item: the loan is active again."""

    item: str
    due_at: datetime
    number: int
    contact_line: str = ""
    about = "notice"
    example = {"item": "Perceuse Bosch", "due_at": EX_DUE, "number": 1, "contact_line": "01 23 45 67 89"}


@dataclass(frozen=True, slots=True)
class ReturnProblem(Message):
    """Staff saw something wrong at the return and will call."""

    item: str
    contact_line: str = ""
    about = "notice"
    example = {"item": "Perceuse Bosch", "contact_line": "01 23 45 67 89"}


@dataclass(frozen=True, slots=True)
class LoanCancelled(Message):
    """Staff took back a loan written by mistake."""

    item: str
    about = "notice"
    example = {"item": "Perceuse Bosch"}


@dataclass(frozen=True, slots=True)
class LoanLost(Message):
    """Staff have noted the item as lost: the loan is over, and with it the reminders."""

    item: str
    contact_line: str = ""
    about = "notice"
    example = {"item": "Perceuse Bosch", "contact_line": "01 23 45 67 89"}


@dataclass(frozen=True, slots=True)
class LoanRequested(Message):
    item: str
    due_at: datetime
    answer_by: datetime
    example = {"item": "Perceuse Bosch", "due_at": EX_DUE, "answer_by": EX_LENT + timedelta(days=1)}


@dataclass(frozen=True, slots=True)
class RequestRefused(Message):
    item: str
    due_at: datetime
    contact_line: str = ""
    about = "notice"
    example = {"item": "Perceuse Bosch", "due_at": EX_DUE, "contact_line": "01 23 45 67 89"}


@dataclass(frozen=True, slots=True)
class RequestExpired(Message):
    item: str
    due_at: datetime
    contact_line: str = ""
    about = "notice"
    example = {"item": "Perceuse Bosch", "due_at": EX_DUE, "contact_line": "01 23 45 67 89"}


@dataclass(frozen=True, slots=True)
class RequestCancelled(Message):
    item: str
    example = {"item": "Perceuse Bosch"}


@dataclass(frozen=True, slots=True)
class Extended(Message):
    item: str
    due_at: datetime
    was: datetime
    by_staff: bool = False
    about = "notice"
    example = {"item": "Perceuse Bosch", "due_at": EX_DUE + timedelta(days=2), "was": EX_DUE, "by_staff": False}


@dataclass(frozen=True, slots=True)
class DueMoved(Message):
    """The desk is shut from `first` to `last`: what was due then has a new date, all of a person's in one message.
    `undone`: the desk will be open after all, and the old dates hold again."""

    lines: tuple[LoanLine, ...]
    first: datetime
    last: datetime
    undone: bool = False
    about = "notice"
    example = {"lines": (EX_LINE,), "first": EX_DUE - timedelta(days=7), "last": EX_DUE - timedelta(days=2)}


@dataclass(frozen=True, slots=True)
class ExtensionAsked(Message):
    item: str
    due_at: datetime
    example = {"item": "Perceuse Bosch", "due_at": EX_DUE + timedelta(days=2)}


@dataclass(frozen=True, slots=True)
class ExtensionRefused(Message):
    """`why`: too_long (over the rule), too_often, late (already overdue), staff, not_later (before the present due),
    awaited (somebody else waits for it)."""

    item: str
    due_at: datetime
    why: str
    until: datetime | None = None  # what is possible instead
    contact_line: str = ""
    example = {"item": "Perceuse Bosch", "due_at": EX_DUE, "why": "too_long", "until": EX_DUE + timedelta(days=7),
               "contact_line": "01 23 45 67 89"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class ExtendUntil(Message):
    """Until when? (open question)"""

    item: str
    due_at: datetime
    example = {"item": "Perceuse Bosch", "due_at": EX_DUE}


@dataclass(frozen=True, slots=True)
class WhichReturn(Message):
    lines: tuple[LoanLine, ...]
    example = {"lines": EX_LINES}


@dataclass(frozen=True, slots=True)
class ConfirmReturn(Message):
    """The words were near RENDU: ask before acting."""

    item: str
    example = {"item": "Perceuse Bosch"}


@dataclass(frozen=True, slots=True)
class WhichExtend(Message):
    lines: tuple[LoanLine, ...]
    example = {"lines": EX_LINES}


@dataclass(frozen=True, slots=True)
class StillOut(Message):
    """Answer to "not yet" and to "when is it due?": nothing changes, here is the date."""

    lines: tuple[LoanLine, ...]
    example = {"lines": (EX_LINE,)}


@dataclass(frozen=True, slots=True)
class AlreadyDeclared(Message):
    """RENDU again while staff have not confirmed yet; or, `denied`, "not yet returned" of what was declared."""

    items: tuple[str, ...]
    denied: bool = False
    undoable: bool = False  # ANNULER takes it back
    contact_line: str = ""
    example = {"items": ("Perceuse Bosch",)}


@dataclass(frozen=True, slots=True)
class ConfirmWish(Message):
    """Said as a question, or so that it may mean something else: is it wanted? `what`: borrow, extend, start."""

    what: str
    item: str = ""
    due_at: datetime | None = None
    example = {"what": "borrow", "item": "Perceuse Bosch", "due_at": EX_DUE}


@dataclass(frozen=True, slots=True)
class NothingOut(Message):
    """No loan of this person is out: to RENDU, PROLONGER, MES PRETS."""

    example = {}


@dataclass(frozen=True, slots=True)
class NoSuchLoan(Message):
    """A number or name that is none of this person's loans; the same words whether it exists or not."""

    said: str
    lines: tuple[LoanLine, ...] = ()
    example = {"said": "7", "lines": EX_LINES}


@dataclass(frozen=True, slots=True)
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


@dataclass(frozen=True, slots=True)
class Clearance(Message):
    """QUITUS: a dated statement that nothing is out. `reference` is kept in the audit."""

    reference: str
    desk: str
    at: datetime
    borrower: str = ""
    example = {"reference": "Q-000012", "desk": "Atelier Nord", "at": EX_LENT, "borrower": "Awa"}


@dataclass(frozen=True, slots=True)
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
    }  # fmt: skip


@dataclass(frozen=True, slots=True)
class BorrowWhich(Message):
    """PRET without an item, or one that could be several: the choices are items."""

    said: str = ""
    example = {"said": "perceuse"}


@dataclass(frozen=True, slots=True)
class NoSuchItem(Message):
    said: str
    near: tuple[str, ...] = ()
    example = {"said": "perseuze", "near": ("Perceuse Bosch", "Ponceuse Makita")}


@dataclass(frozen=True, slots=True)
class ItemTaken(Message):
    item: str
    back_at: datetime | None = None
    example = {"item": "Perceuse Bosch", "back_at": EX_DUE}


@dataclass(frozen=True, slots=True)
class WhichToHold(Message):
    """RESERVER without an item, or one that could be several: the choices are items that are not to be had now."""

    said: str = ""
    example = {"said": ""}


@dataclass(frozen=True, slots=True)
class HoldPlaced(Message):
    """RESERVER: in the line of an item. `late`: it should be back already."""

    item: str
    place: int
    back_at: datetime | None = None
    late: bool = False
    example = {"item": "Perceuse Bosch", "place": 1, "back_at": EX_DUE, "late": False}


@dataclass(frozen=True, slots=True)
class AlreadyYours(Message):
    """RESERVER for what the person has at home."""

    item: str
    due_at: datetime
    example = {"item": "Perceuse Bosch", "due_at": EX_DUE}


@dataclass(frozen=True, slots=True)
class NothingHeld(Message):
    """Nothing to wait for: all is free, or the person stands in no line."""

    example = {}


@dataclass(frozen=True, slots=True)
class WhichHold(Message):
    """ANNULER of somebody who stands in several lines: the choices are items."""

    example = {}


@dataclass(frozen=True, slots=True)
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


@dataclass(frozen=True, slots=True)
class HoldOver(Message):
    """It was not fetched in time."""

    item: str
    about = "notice"
    example = {"item": "Perceuse Bosch"}


@dataclass(frozen=True, slots=True)
class BorrowUntil(Message):
    item: str
    example = {"item": "Perceuse Bosch"}


@dataclass(frozen=True, slots=True)
class DueUnclear(Message):
    """A time that could not be read. `why`: nothing, past, impossible, ambiguous, too_long."""

    said: str
    why: str
    until: datetime | None = None
    example = {"said": "hier", "why": "past", "until": None}


@dataclass(frozen=True, slots=True)
class BlockedByLate(Message):
    """No new loan while something is late (rule)."""

    lines: tuple[LoanLine, ...]
    example = {"lines": EX_LATE[:1]}


# --- to anyone: the conversation ----------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Greeting(Message):
    name_: str = ""
    desk: str = ""
    loans: int = 0
    example = {"name_": "Awa", "desk": "Atelier Nord", "loans": 1}


@dataclass(frozen=True, slots=True)
class Welcome(Message):
    """First contact of an unknown person: who writes, why, how to stop, and is it all right?"""

    desk: str = ""
    name_: str = ""
    asks: bool = True
    asks_name: bool = False
    after: bool = False  # it follows the answer to what the person began with
    share: bool = False  # with the button that shows one's own number (Telegram)
    example = {
        "desk": "Atelier Nord", "name_": "Awa", "asks": True, "asks_name": False, "after": False, "share": False,
    }  # fmt: skip


@dataclass(frozen=True, slots=True)
class ConsentNoted(Message):
    desk: str = ""
    asks_name: bool = False
    share: bool = False  # with the button that shows one's own number (Telegram)
    example = {"desk": "Atelier Nord", "asks_name": False, "share": False}


@dataclass(frozen=True, slots=True)
class WhichDesk(Message):
    """An unknown writer on a number that several desks share: asked once which one is meant. The choices are desks."""

    name_: str = ""
    example = {"name_": "Awa"}


@dataclass(frozen=True, slots=True)
class AdmissionAsked(Message):
    """Staff are asked whether this person may borrow here."""

    desk: str = ""
    name_: str = ""
    example = {"desk": "Atelier Nord", "name_": "Awa"}


@dataclass(frozen=True, slots=True)
class Admitted(Message):
    """Staff said yes."""

    desk: str = ""
    about = "notice"
    example = {"desk": "Atelier Nord"}


@dataclass(frozen=True, slots=True)
class AdmissionRefused(Message):
    """Staff said no."""

    desk: str = ""
    contact_line: str = ""
    about = "notice"
    example = {"desk": "Atelier Nord", "contact_line": "01 23 45 67 89"}


@dataclass(frozen=True, slots=True)
class YouAreWelcome(Message):
    example = {}


@dataclass(frozen=True, slots=True)
class AllRight(Message):
    """Answer to NON: nothing was done, and nothing will be."""

    example = {}


@dataclass(frozen=True, slots=True)
class Help(Message):
    desk: str = ""
    contact_line: str = ""
    example = {"desk": "Atelier Nord", "contact_line": "01 23 45 67 89"}


@dataclass(frozen=True, slots=True)
class StaffHelp(Message):
    admin: bool = False
    example = {"admin": True}


@dataclass(frozen=True, slots=True)
class NotUnderstood(Message):
    """Not understood; the choices are the three things most likely meant."""

    again: bool = False  # second time in a row: a person is offered
    contact_line: str = ""
    example = {"again": False, "contact_line": "01 23 45 67 89"}


@dataclass(frozen=True, slots=True)
class ContactPerson(Message):
    """Whom to call, and that the message was passed on."""

    contact_line: str = ""
    place: str = ""
    passed_on: bool = False
    example = {"contact_line": "01 23 45 67 89", "place": "12 rue des Lilas", "passed_on": True}


@dataclass(frozen=True, slots=True)
class Stopped(Message):
    """The one confirmation after STOP. `scope`: channel, loan, all."""

    scope: str = "channel"
    item: str = ""
    out: int = 0  # loans still out
    example = {"scope": "channel", "item": "", "out": 1}


@dataclass(frozen=True, slots=True)
class Started(Message):
    desk: str = ""
    example = {"desk": "Atelier Nord"}


@dataclass(frozen=True, slots=True)
class Paused(Message):
    until: datetime
    example = {"until": EX_DUE}


@dataclass(frozen=True, slots=True)
class ReminderChoices(Message):
    """RAPPELS: which reminders leave (`wanted`: day_2, day_1, due_day, 2h) and by which roads, the first one first.
    `email`: where a copy goes; `changed`: it answers a change, which ANNULER undoes; `refused`: kinds of notices that
    are not wanted (delivery, payment, order, offers)."""

    wanted: tuple[str, ...]
    roads: tuple[str, ...] = ()
    email: str = ""
    paused_until: datetime | None = None
    changed: bool = False
    refused: tuple[str, ...] = ()
    example = {
        "wanted": ("day_1", "due_day", "2h"), "roads": ("whatsapp", "sms"), "email": "", "paused_until": None,
        "changed": True,
    }  # fmt: skip


@dataclass(frozen=True, slots=True)
class RoadMissing(Message):
    """Reminders were asked for on a channel that does not reach this person; `roads` do."""

    channel: str
    roads: tuple[str, ...] = ()
    example = {"channel": "telegram", "roads": ("whatsapp",)}


@dataclass(frozen=True, slots=True)
class AskEmail(Message):
    """To which e-mail address? (open question)"""

    example = {}


@dataclass(frozen=True, slots=True)
class EmailRefused(Message):
    """An e-mail address that cannot be one, or is another person's: the same words for both."""

    said: str
    example = {"said": "awa@exemple"}


@dataclass(frozen=True, slots=True)
class LanguageChanged(Message):
    example = {}


@dataclass(frozen=True, slots=True)
class Undone(Message):
    """`what`: return, extension, request, hold, stop, question, pause."""

    what: str
    item: str = ""
    example = {"what": "return", "item": "Perceuse Bosch"}


@dataclass(frozen=True, slots=True)
class NothingToUndo(Message):
    example = {}


@dataclass(frozen=True, slots=True)
class ProblemNoted(Message):
    """`bare`: the word alone, so that we ask what is wrong."""

    item: str = ""
    photo: bool = False
    contact_line: str = ""
    bare: bool = False
    example = {"item": "Perceuse Bosch", "photo": True, "contact_line": "01 23 45 67 89"}


@dataclass(frozen=True, slots=True)
class PhotoAsked(Message):
    """A photo without words: what does it show? `item` when only one thing is out."""

    item: str = ""
    example = {"item": "Perceuse Bosch"}


@dataclass(frozen=True, slots=True)
class EditedUnread(Message):
    """A message that was changed after it was sent: what it said first stands."""

    example = {}


@dataclass(frozen=True, slots=True)
class MediaUnread(Message):
    """A voice note, sticker, location… we cannot use. `kind` is the medium; `beside` words that were answered."""

    kind: str
    beside: bool = False
    example = {"kind": "voice"}


@dataclass(frozen=True, slots=True)
class TellUsWho(Message):
    """A writer whom nobody knows yet, on a desk where staff approve people."""

    desk: str = ""
    example = {"desk": "Atelier Nord"}


@dataclass(frozen=True, slots=True)
class SomethingBroke(Message):
    """Our fault: the message was kept and staff know."""

    contact_line: str = ""
    example = {"contact_line": "01 23 45 67 89"}


# --- to staff: cards, edited rather than repeated ------------------------------------------------


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


@dataclass(frozen=True, slots=True)
class PleaseWait(Message):
    """Asked too often (settings codes, presses)."""

    about = "toast"
    example = {}


# --- to staff and admins: the desk itself --------------------------------------------------------


@dataclass(frozen=True, slots=True)
class LettersParked(Message):
    """A message that failed three times: kept, not handled."""

    channel: str
    borrower: str = ""
    count: int = 1
    about = "staff"
    example = {"channel": "whatsapp", "borrower": "Awa", "count": 1}


@dataclass(frozen=True, slots=True)
class ChannelDown(Message):
    """`why`: down (provider out of reach), config (credentials, funds…)."""

    channel: str
    why: str
    detail: str = ""
    waiting: int = 0
    about = "staff"
    example = {"channel": "whatsapp", "why": "down", "detail": "", "waiting": 3}


@dataclass(frozen=True, slots=True)
class ChannelBack(Message):
    channel: str
    waiting: int = 0
    about = "staff"
    example = {"channel": "whatsapp", "waiting": 3}


@dataclass(frozen=True, slots=True)
class MonthlyCap(Message):
    """The desk's month is used up: what we begin leaves by no road that is paid for until the next."""

    most: int
    about = "staff"
    example = {"most": 5000}


@dataclass(frozen=True, slots=True)
class SwitchOn(Message):
    """Loans that ran before the desk did: who would get what, until staff say go. `state`: waiting, started."""

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


@dataclass(frozen=True, slots=True)
class PlanRepaired(Message):
    """Reconcile found loans whose plan was missing or wrong."""

    count: int
    about = "staff"
    example = {"count": 2}


@dataclass(frozen=True, slots=True)
class Silence(Message):
    """The heartbeat alarm: reminders were due, none left."""

    due: int
    since: datetime
    about = "staff"
    example = {"due": 4, "since": EX_DUE}


# --- to admins: settings, roles, words ------------------------------------------------------------

EX_CLOCK = RuleValue("clock", "08:00")
EX_SHIFT = PlanShift(earlier=0, later=3, gone=0, added=0, looked=12, loans=12)


@dataclass(frozen=True, slots=True)
class SettingsMenu(Message):
    """/settings: the choices are the groups. Without `desk` they are the desks of an admin of several."""

    desk: str = ""
    about = "staff"
    example = {"desk": "Atelier Nord"}


@dataclass(frozen=True, slots=True)
class SettingsGroup(Message):
    group: str
    lines: tuple[RuleLine, ...]
    about = "staff"
    example = {
        "group": "quiet",
        "lines": (RuleLine("quiet_from", RuleValue("clock", "21:00")), RuleLine("quiet_sundays", RuleValue("flag"))),
    }  # fmt: skip


@dataclass(frozen=True, slots=True)
class SettingPage(Message):
    """One setting: what it is, what it may be, who changed it last. `proposed`: what a press would set it to, with
    what that does to planned reminders. `next_day_off`: the next public holiday, where that is the question."""

    rule: str
    value: RuleValue
    low: RuleValue | None = None
    high: RuleValue | None = None
    proposed: RuleValue | None = None
    shifts: tuple[PlanShift, ...] = ()
    was: RuleValue | None = None
    by: str = ""
    at: datetime | None = None
    next_day_off: datetime | None = None
    about = "staff"
    example = {
        "rule": "morning", "value": EX_CLOCK, "low": RuleValue("clock", "05:00"), "high": RuleValue("clock", "12:00"),
        "proposed": RuleValue("clock", "08:30"), "shifts": (EX_SHIFT,), "was": RuleValue("clock", "09:00"),
        "by": "Dominique", "at": EX_LENT - timedelta(days=3), "next_day_off": None,
    }  # fmt: skip


@dataclass(frozen=True, slots=True)
class SettingAsked(Message):
    """What is it to be? (open question, for a setting whose value is free text)"""

    rule: str
    value: RuleValue
    about = "staff"
    example = {"rule": "lateness", "value": RuleValue("text")}


@dataclass(frozen=True, slots=True)
class SettingChanged(Message):
    """Changed, or with `undone` changed back."""

    changes: tuple[RuleChange, ...]
    by: str
    shifts: tuple[PlanShift, ...] = ()
    undone: bool = False
    about = "staff"
    example = {
        "changes": (RuleChange("morning", EX_CLOCK, RuleValue("clock", "08:30")),), "by": "Dominique",
        "shifts": (EX_SHIFT,), "undone": False,
    }  # fmt: skip


@dataclass(frozen=True, slots=True)
class SettingRefused(Message):
    """A value that cannot be. `why`: unreadable, too_low, too_high, too_long, empty, unknown, clash (with `other`)."""

    rule: str
    said: str
    why: str
    low: RuleValue | None = None
    high: RuleValue | None = None
    options: RuleValue | None = None
    other: str = ""
    about = "staff"
    example = {
        "rule": "morning", "said": "14h", "why": "too_high", "low": RuleValue("clock", "05:00"),
        "high": RuleValue("clock", "12:00"), "options": None, "other": "",
    }  # fmt: skip


@dataclass(frozen=True, slots=True)
class SettingUnknown(Message):
    said: str
    near: tuple[str, ...] = ()
    about = "staff"
    example = {"said": "rapels", "near": ("max_reminders", "before_due")}


@dataclass(frozen=True, slots=True)
class Trial(Message):
    """The message that an admin sends to see whether a channel works."""

    desk: str
    about = "notice"
    example = {"desk": "Atelier Nord"}


@dataclass(frozen=True, slots=True)
class TrialWhere(Message):
    """To which number or e-mail address? (open question). `why`: impossible, not_mobile, stopped, tries."""

    channel_: str
    why: str = ""
    about = "staff"
    example = {"channel_": "whatsapp", "why": ""}


@dataclass(frozen=True, slots=True)
class TrialSent(Message):
    """What became of a trial so far. `state`: a state of delivery."""

    channel_: str
    to: str
    state: str = "pending"
    error: str = ""
    about = "staff"
    example = {"channel_": "whatsapp", "to": "06 12 34 56 78", "state": "delivered", "error": ""}


@dataclass(frozen=True, slots=True)
class RoleList(Message):
    """Who may do what: the choices are the members."""

    desk: str
    members: tuple[MemberLine, ...]
    about = "staff"
    example = {"desk": "Atelier Nord", "members": (MemberLine("Dominique", "admin"), MemberLine("Sam", "staff"))}


@dataclass(frozen=True, slots=True)
class RolePage(Message):
    """One member. `done`: nothing yet, given (admin), lowered (staff only), taken, last_admin (refused)."""

    member: str
    role: str
    done: str = ""
    by: str = ""
    about = "staff"
    example = {"member": "Sam", "role": "staff", "done": "", "by": ""}


@dataclass(frozen=True, slots=True)
class DepartmentPage(Message):
    """What borrowers are told of the desk, and when it is open."""

    desk: str
    opens: RuleValue
    closes: RuleValue
    days: RuleValue
    place: str = ""
    contact_line: str = ""
    zone: str = ""
    others: int = 0
    about = "staff"
    example = {
        "desk": "Atelier Nord", "opens": RuleValue("clock", "09:00"), "closes": RuleValue("clock", "18:00"),
        "days": RuleValue("several", items=("mon", "tue", "wed", "thu", "fri")), "place": "12 rue des Lilas",
        "contact_line": "01 23 45 67 89", "zone": "Europe/Paris", "others": 0,
    }  # fmt: skip


@dataclass(frozen=True, slots=True)
class DepartmentCode(Message):
    """The one-time code for another group."""

    code: str
    until: datetime
    about = "staff"
    example = {"code": "K7QM4XPA", "until": EX_DUE}


@dataclass(frozen=True, slots=True)
class AskPrivately(Message):
    """What is not for a group: the code for another group is drawn in a private chat."""

    links: tuple[str, ...] = ()
    about = "staff"
    example = {"links": ("https://t.me/exemple_bot",)}


@dataclass(frozen=True, slots=True)
class TextsMenu(Message):
    """/modeles: the choices are the kinds of message."""

    desk: str
    changed: int = 0
    off: int = 0
    about = "staff"
    example = {"desk": "Atelier Nord", "changed": 2, "off": 1}


@dataclass(frozen=True, slots=True)
class TextsGroup(Message):
    """The messages of a kind, a page of them as choices."""

    kind: str
    total: int
    page: int = 1
    pages: int = 1
    about = "staff"
    example = {"kind": "reminder", "total": 5, "page": 1, "pages": 1}


@dataclass(frozen=True, slots=True)
class TextPage(Message):
    """One message in one language, for one channel ("": for all). `words`: its template; `shown`: filled with the
    example; `segments`: what that costs as an SMS. `done`: what was just done (changed, undone, restored, off, on)."""

    message: str
    language_: str
    channel_: str
    words: str
    shown: str
    facts: tuple[str, ...] = ()
    changed: bool = False
    off: bool = False
    approved: bool = False
    segments: int = 0
    by: str = ""
    at: datetime | None = None
    done: str = ""
    about = "staff"
    example = {
        "message": "you_are_welcome", "language_": "fr", "channel_": "", "words": "Merci.",
        "shown": "Merci.", "facts": (), "changed": True, "off": False, "approved": False,
        "segments": 1, "by": "Dominique", "at": EX_LENT, "done": "",
    }  # fmt: skip


@dataclass(frozen=True, slots=True)
class TextAsked(Message):
    """The new words, please (open question)."""

    message: str
    facts: tuple[str, ...] = ()
    about = "staff"
    example = {"message": "reminder_day_1", "facts": ("item", "due_at", "number", "place")}


@dataclass(frozen=True, slots=True)
class TextRefused(Message):
    """What is wrong with the words, in a sentence; the question stays open."""

    message: str
    why: str
    about = "staff"
    example = {"message": "reminder_day_1", "why": "Ce texte est vide."}


def may_be_off(name: str) -> bool:
    """Whether an admin may switch a message off: what the clock begins, and the copy of a loan.

    Answers and receipts always leave: to somebody who has just written, silence says that the message was lost. So do
    cards and alarms: work that nobody sees is not done. False for a name that is none.
    """
    found = CATALOGUE.get(name)
    return found is not None and (found.optional or found.about in ("reminder", "overdue"))


# --- facts as stored -----------------------------------------------------------------------------


def facts(message: Message) -> dict[str, Any]:
    """The facts of a message as JSON values: dates and datetimes as ISO 8601, lengths of time in seconds."""
    return {name: _plain(getattr(message, name)) for name in _names(type(message))}  # type: ignore[arg-type]


@cache
def _names(cls: Hashable) -> tuple[str, ...]:
    return tuple(f.name for f in fields(cls))  # type: ignore[arg-type]


def message_from(name: str, stored: dict[str, Any]) -> Message:
    """The message again. Unknown facts are dropped, so that a row written by newer code can still be read.

    Raises KeyError for an unknown name, TypeError when a fact without a default is missing.
    """
    cls = CATALOGUE[name]
    known = _kinds(cls)  # type: ignore[arg-type]
    return cls(**{key: _rich(value, known[key]) for key, value in stored.items() if key in known})


@cache
def _kinds(cls: Hashable) -> dict[str, Any]:
    hints = get_type_hints(cls)
    return {f.name: hints[f.name] for f in fields(cls)}  # type: ignore[arg-type]


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, str | int | float):
        return value
    if isinstance(value, date):  # a datetime is one, too
        return value.isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, tuple):
        return [_plain(v) for v in value]
    if is_dataclass(value) and not isinstance(value, type):
        return {name: _plain(getattr(value, name)) for name in _names(type(value))}
    return value


def _rich(value: Any, kind: Any) -> Any:
    if value is None:
        return None
    if kind is timedelta:
        return timedelta(seconds=value)
    if kind is datetime:
        return datetime.fromisoformat(value)
    if kind is date:
        return date.fromisoformat(value)
    args = get_args(kind)
    if get_origin(kind) is tuple:
        return tuple(_rich(v, args[0]) for v in value)
    if args:  # X | None
        return _rich(value, next(a for a in args if a is not type(None)))
    if is_dataclass(kind) and isinstance(kind, type):
        known = _kinds(kind)
        return kind(**{k: _rich(v, known[k]) for k, v in value.items() if k in known})
    return value


from bot.core import messages_board as messages_board  # noqa: E402 - as above
from bot.core import messages_debts as messages_debts  # noqa: E402 - as above
from bot.core import messages_files as messages_files  # noqa: E402 - as above
from bot.core import messages_kits as messages_kits  # noqa: E402 - as above
from bot.core import messages_linking as messages_linking  # noqa: E402 - as above
from bot.core import messages_notices as messages_notices  # noqa: E402 - as above
from bot.core import messages_storage as messages_storage  # noqa: E402 - its messages belong to the catalogue too
