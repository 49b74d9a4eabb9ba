"""What every message of the catalogue is made of: the base class, lines of lists, facts as they are stored.

The name of a message is its class name in snake case (`LoanCreated` → `loan_created`): the file in `templates/`, the
name in the log, in `/modeles` and in the REST API. Facts are plain values; times are aware datetimes.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import Field, dataclass, fields, is_dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any, ClassVar, TypeVar, dataclass_transform, get_args, get_origin, get_type_hints

from bot.core.records import record

EX_DUE = datetime(2026, 11, 27, 17, 0, tzinfo=UTC)
EX_LENT = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)


class Message:
    """Base of the catalogue. `name` and `example` are filled for each subclass."""

    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]
    name: ClassVar[str]
    example: ClassVar[dict[str, Any]] = {}
    about: ClassVar[str] = "answer"  # answer, reminder, overdue, notice, staff, toast: which rules of sending apply
    discreet: ClassVar[bool] = False  # private: goes only to an address that is surely the person's
    optional: ClassVar[bool] = False  # an admin may switch it off; reminders and overdue notices always can be

    def has_lines(self) -> bool:
        """Whether it lists loans, each with the number to answer."""
        return hasattr(self, "lines")

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls.name = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Za-z])(?=\d)", "_", cls.__name__).lower()
        CATALOGUE[cls.name] = cls

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return _values(self) == _values(other)

    def __hash__(self) -> int:
        return hash((type(self), _values(self)))

    def __repr__(self) -> str:
        shown = ", ".join(f"{f.name}={getattr(self, f.name)!r}" for f in fields(self))
        return f"{type(self).__qualname__}({shown})"


CATALOGUE: dict[str, type[Message]] = {}
M = TypeVar("M", bound=Message)


@dataclass_transform(frozen_default=True)
def message(cls: type[M]) -> type[M]:
    """A message of the catalogue: a dataclass that takes comparison, hash and repr from the base, and that mypy
    keeps from being changed (see `records`).

    `dataclass` would write these for each of some two hundred classes, and make each twice for slots: 1.7 MB and 40 ms
    of every start.
    """
    return dataclass(eq=False, repr=False)(cls)


@record(frozen=True, slots=True)
class LoanLine:
    """One loan in a list. `number` is the small number of RENDU 2; `state` a loan state or "overdue"; `zone` that of
    its desk, where another desk speaks."""

    number: int
    item: str
    code: str
    due_at: datetime
    state: str = "active"
    borrower: str = ""
    late: timedelta = timedelta(0)
    zone: str = ""


@record(frozen=True, slots=True)
class NoticeLine:
    """One late loan as staff see it: how many notices were sent, and when the last."""

    item: str
    code: str
    borrower: str
    due_at: datetime
    late: timedelta
    notices: int = 0
    last_at: datetime | None = None


@record(frozen=True, slots=True)
class HistoryLine:
    """Something sent (`message`, `channel`, `state` of delivery) or done (`message` is the act, no channel).

    who: to whom it was sent, or by whom it was done. item, borrower: of the loan, the one that the title does not say.
    note: what was said of it.
    """

    at: datetime
    message: str
    channel: str = ""
    state: str = ""
    who: str = ""
    item: str = ""
    borrower: str = ""
    note: str = ""


@record(frozen=True, slots=True)
class JobLine:
    """A job: its last run and what came of it, the next one, and whether it is suspended."""

    name: str
    last: datetime | None = None
    next: datetime | None = None
    outcome: str = ""
    suspended: bool = False


@record(frozen=True, slots=True)
class ItemLine:
    code: str
    name: str
    state: str = "available"  # available, on_loan, in_repair, retired, lost
    back_at: datetime | None = None
    borrower: str = ""


@record(frozen=True, slots=True)
class OpenDays:
    """Days of the week, mon to sun, on which a desk is open: from the first to the last, or the one that both are."""

    first: str
    last: str


@record(frozen=True, slots=True)
class RateLine:
    """How many of a channel's messages of the last week arrived, in percent of `sent`."""

    channel: str
    percent: int
    sent: int


@record(frozen=True, slots=True)
class ReturnWeek:
    """What came back in the week that begins on a Monday, and how much of it on time."""

    monday: date
    back: int
    on_time: int


@record(frozen=True, slots=True)
class PreviewLine:
    """Who would get which message when."""

    borrower: str
    item: str
    message: str
    at: datetime


@record(frozen=True, slots=True)
class Period:
    """Days from the first to the last, both included."""

    first: datetime
    last: datetime


@record(frozen=True, slots=True)
class MoveLine:
    """A loan whose due time moves."""

    item: str
    borrower: str
    was: datetime
    due_at: datetime


@record(frozen=True, slots=True)
class RuleValue:
    """What a setting is set to. `kind` says how it is shown: flag and count by `number`, span in seconds, clock as
    HH:MM, several and order by `items`, option, text, zone, language and country by `text`."""

    kind: str
    text: str = ""
    number: int = 0
    items: tuple[str, ...] = ()


@record(frozen=True, slots=True)
class RuleLine:
    """A setting in a list, by its name in the code."""

    rule: str
    value: RuleValue


@record(frozen=True, slots=True)
class RuleChange:
    rule: str
    was: RuleValue
    now: RuleValue


@record(frozen=True, slots=True)
class PlanShift:
    """What a change of rules does to reminders that are planned. `looked` of `loans` running loans were examined.
    `due_was`, `due_reads`: in another time zone a due time stays the same instant; how one read, and reads now."""

    earlier: int = 0
    later: int = 0
    gone: int = 0
    added: int = 0
    looked: int = 0
    loans: int = 0
    due_was: RuleValue | None = None
    due_reads: RuleValue | None = None


@record(frozen=True, slots=True)
class MemberLine:
    name: str
    role: str = "staff"


@record(frozen=True, slots=True)
class AddressLine:
    """One way to reach a person, and what they think of it. `value` is empty where it says nothing (Telegram)."""

    channel: str
    value: str = ""
    consent: str = "unknown"
    state: str = "live"  # live, blocked, dead


@record(frozen=True, slots=True)
class Part:
    """One message of several that are said together. `facts`: as JSON; `hints`: it says what can be answered; `words`:
    an admin's, in place of the file's."""

    name: str
    facts: str
    hints: bool = True
    words: str = ""

    @classmethod
    def of(cls, message: Message, *, hints: bool = True) -> Part:
        return cls(message.name, json.dumps(facts(message)), hints)

    def message(self) -> Message:
        """The message again. Raises as `message_from` does."""
        return message_from(self.name, json.loads(self.facts))


EX_LINE = LoanLine(1, "Perceuse Bosch", "PERC-001", EX_DUE)
EX_LINES = (EX_LINE, LoanLine(2, "Tente 4 places", "TENTE-001", EX_DUE + timedelta(days=2)))
EX_LATE = (
    LoanLine(1, "Perceuse Bosch", "PERC-001", EX_DUE, "overdue", late=timedelta(days=2, hours=3)),
    LoanLine(3, "Vélo cargo", "VELO-001", EX_DUE, "overdue", late=timedelta(hours=5)),
)


# --- facts as stored -----------------------------------------------------------------------------


def may_be_off(name: str) -> bool:
    """Whether an admin may switch a message off: what the clock begins, and the copy of a loan.

    Answers and receipts always leave: to somebody who has just written, silence means that the message was lost. So do
    cards and alarms: work that nobody sees is not done. False for an unknown name.
    """
    found = CATALOGUE.get(name)
    return found is not None and (found.optional or found.about in ("reminder", "overdue"))


# mypy confuses the hash of a class with that of its instances: hence the exceptions for cached functions.
def facts(message: Message) -> dict[str, Any]:
    """The facts of a message as JSON values: dates and datetimes as ISO 8601, lengths of time in seconds."""
    return _fields(message)


def _fields(record: Any) -> dict[str, Any]:
    given: dict[str, Any] = {}
    for name in _names(type(record)):  # type: ignore[arg-type]
        value = getattr(record, name)
        given[name] = value if value.__class__ in _AS_THEY_ARE else _plain(value)
    return given


def _values(message: Any) -> tuple[Any, ...]:
    """The values of its facts, in the order of `_names`."""
    return tuple(getattr(message, name) for name in _names(type(message)))  # type: ignore[arg-type]


@cache
def _names(cls: type[Any]) -> tuple[str, ...]:
    return tuple(f.name for f in fields(cls))


def message_from(name: str, stored: Mapping[str, Any]) -> Message:
    """The message again. Unknown facts are dropped, so that a row written by newer code can still be read.

    Raises KeyError for an unknown name, TypeError when a fact without a default is missing.
    """
    cls = CATALOGUE[name]
    known = _kinds(cls)  # type: ignore[arg-type]
    return cls(**{key: _rich(value, known[key]) for key, value in stored.items() if key in known})


@cache
def _kinds(cls: type[Any]) -> dict[str, Any]:
    hints = get_type_hints(cls)
    return {f.name: hints[f.name] for f in fields(cls)}


_AS_THEY_ARE = frozenset({str, int, float, bool, type(None)})


def _plain(value: Any) -> Any:
    if value.__class__ in _AS_THEY_ARE:
        return value
    if isinstance(value, tuple):
        return [_plain(v) for v in value]
    if isinstance(value, date):  # a datetime is one, too
        return value.isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    if is_dataclass(value) and not isinstance(value, type):
        return _fields(value)
    return value


def _rich(value: Any, kind: Any) -> Any:
    if value is None or kind in _AS_THEY_ARE:
        return value
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
