"""A row of the outbox as those who write, claim, send and close it know it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field, replace
from datetime import datetime
from typing import Any, Protocol, TypeGuard

from bot.core.delivery import LoanNow, Next, State
from bot.core.messages import Message
from bot.core.records import record
from bot.store.pace import Place

REPLY = "in:"  # begins the key of what answers a letter, before the letter's number
COPY = ":copy"  # ends the key of a copy by e-mail, beside the message it is a copy of


@record(frozen=True, slots=True, kw_only=True)
class Line:
    """One row to be put into the outbox."""

    message: Message
    language: str
    channel: str
    chat: str
    key: str
    about: str
    begun_by: str  # person, clock, api
    priority: int
    op: str = "send"
    topic: int | None = None
    choices: Sequence[Sequence[Mapping[str, str]]] = ()
    card: str | None = None
    target: str | None = None
    address_id: int | None = None
    contact_id: int | None = None
    department_id: int | None = None
    loan_id: int | None = None
    loan_ids: Sequence[int] | None = None
    loan_class: str | None = None
    next_at: datetime | None = None
    window_end: datetime | None = None
    caused_at: datetime | None = None
    parent_id: int | None = None
    reference: str | None = None  # of the system that asked for it
    state: State = State.PENDING
    error: str = ""

    @property
    def is_reply(self) -> bool:
        """To a letter, in the course of things: a letter is handled once, and no other row can have this key."""
        return self.begun_by == "person" and self.parent_id is None and self.key.startswith(REPLY)


class OutboxRow(Protocol):
    """What a row of the outbox tells of its message, whether read from the table or about to be sent (`Sending`).

    facts, choices, loan_ids: None once the log no longer keeps them.
    """

    @property
    def id(self) -> int: ...
    @property
    def ref(self) -> str: ...
    @property
    def op(self) -> str: ...
    @property
    def message(self) -> str: ...
    @property
    def facts(self) -> Mapping[str, Any] | None: ...
    @property
    def choices(self) -> Sequence[Sequence[Mapping[str, str]]] | None: ...
    @property
    def language(self) -> str: ...
    @property
    def about(self) -> str: ...
    @property
    def begun_by(self) -> str: ...
    @property
    def channel(self) -> str: ...
    @property
    def chat(self) -> str: ...
    @property
    def topic(self) -> int | None: ...
    @property
    def card(self) -> str | None: ...
    @property
    def key(self) -> str: ...
    @property
    def window_end(self) -> datetime | None: ...
    @property
    def caused_at(self) -> datetime | None: ...
    @property
    def department_id(self) -> int | None: ...
    @property
    def contact_id(self) -> int | None: ...
    @property
    def address_id(self) -> int | None: ...
    @property
    def loan_id(self) -> int | None: ...
    @property
    def loan_ids(self) -> Sequence[int] | None: ...
    @property
    def reference(self) -> str | None: ...


class PersonRow(OutboxRow, Protocol):
    """A message of a department to a person, that can be said again."""

    @property
    def facts(self) -> Mapping[str, Any]: ...
    @property
    def department_id(self) -> int: ...
    @property
    def contact_id(self) -> int: ...


class LoanRow(PersonRow, Protocol):
    """One about a single loan."""

    @property
    def loan_id(self) -> int: ...


class StandingRow(OutboxRow, Protocol):
    """One as the table has it now: where it stands, why, and when it is tried next."""

    @property
    def state(self) -> str: ...
    @property
    def error(self) -> str: ...
    @property
    def next_at(self) -> datetime: ...


class SentRow(OutboxRow, Protocol):
    """A row whose message its provider has taken."""

    @property
    def sent_at(self) -> datetime: ...


def to_a_person(row: OutboxRow) -> TypeGuard[PersonRow]:
    """Neither to a group, nor a short word over a button, nor one whose words the log no longer keeps."""
    known = row.contact_id is not None and row.department_id is not None
    return row.op == "send" and known and row.facts is not None


@record(frozen=True, slots=True)
class Claimed:
    """A leased row that may leave after `wait` seconds of real time."""

    id: int
    lease: str
    chat: str
    wait: float
    until: float  # on the steady clock: after it nothing more is begun, since another process may claim the row
    place: Place | None = None  # None: the answer to a pressed button is not limited


@record(frozen=True, slots=True)
class Sending:
    """All that is needed to decide again whether a row may leave, and to send it."""

    id: int
    ref: str
    lease: str
    op: str
    message: str
    facts: dict[str, Any]
    choices: list[list[dict[str, str]]]
    language: str
    about: str
    begun_by: str
    channel: str
    chat: str
    topic: int | None
    card: str | None
    target: str | None
    attempts: int
    doubts: int
    key: str
    created_at: datetime
    window_end: datetime | None
    caused_at: datetime | None
    department_id: int | None
    contact_id: int | None
    address_id: int | None
    loan_id: int | None
    loan_ids: list[int]
    consent: str | None
    address_state: str | None
    address_owner: int | None
    contact_zone: str | None
    paused_until: datetime | None
    desk_zone: str | None = None
    desk_name: str = ""
    reference: str | None = None
    window_open: bool = True  # WhatsApp: free text may leave
    one_way: bool = False  # the desk's rule: this sender cannot be answered
    override: str | None = None  # an admin's words in place of the file's
    familiar: bool = False  # French says tu here
    loans: dict[int, LoanNow] = field(default_factory=dict)
    # Of a row in doubt: when it was last tried (on the machine's clock) and what is known of the words it had then.
    tried_at: datetime | None = None
    left_as: str = ""

    def changed(self, **values: Any) -> Sending:
        """A copy with these values, or the row itself when it has them already."""
        if all(getattr(self, name) == value for name, value in values.items()):
            return self
        return replace(self, **values)


@record(frozen=True, slots=True)
class Closing:
    """The outcome of one attempt: what becomes of the row that `lease` holds, and what its attempt came to."""

    lease: str
    next: Next
    outcome: str
    code: str = ""
    words_hash: str | None = None
    in_doubt: bool = False
    look_at: datetime | None = None


@record(frozen=True, slots=True)
class Standing:
    """Where a message stands now. `error`: why it is not sent, as the log keeps it."""

    channel: str
    chat: str
    state: str
    error: str


def sending_of(row: Any) -> Sending:
    """row: as SENDING and IN_DOUBT read it."""
    return Sending(
        id=row.id, ref=row.ref, lease=row.lease or "", op=row.op, message=row.message, facts=row.facts or {},
        choices=row.choices or [], language=row.language, about=row.about, begun_by=row.begun_by, channel=row.channel,
        chat=row.chat, topic=row.topic, card=row.card, target=row.target, attempts=row.attempts, doubts=row.doubts,
        key=row.key, created_at=row.created_at, window_end=row.window_end, caused_at=row.caused_at,
        department_id=row.department_id, contact_id=row.contact_id, address_id=row.address_id, loan_id=row.loan_id,
        loan_ids=row.loan_ids or [], consent=row.address_consent, address_state=row.address_state_now,
        address_owner=row.address_owner,
        contact_zone=row.contact_zone, paused_until=row.contact_paused, desk_zone=row.desk_zone,
        desk_name=row.desk_name or "",
        reference=row.reference, tried_at=getattr(row, "tried_at", None),
        left_as=getattr(row, "words_hash", None) or "",
    )  # fmt: skip
