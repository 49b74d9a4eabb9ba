"""What was heard, what is said back, and the choices offered with it.

A handler is `(tx, heard) -> list[Say]`. It never knows the channel: the same `Choice` comes back whether it was a
button, a number of a list or a typed word.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Literal

from bot.core.inbound import Inbound
from bot.core.loans import Loan
from bot.core.messages import Message
from bot.core.people import Contact, Department, Role
from bot.core.records import record
from bot.core.spoken import typed

PAYLOAD_LIMIT = 64  # bytes: Telegram's callback_data (Bot API)
SEPARATOR = "|"
LONGEST_ECHO = 60  # characters
LONGEST_QUOTE = 500  # characters of what a person wrote that a card shows
UNDO_LASTS = timedelta(minutes=10)  # how long ANNULER takes back what somebody did


@record(frozen=True, slots=True)
class Choice:
    """One answer a person may give: `act` with its arguments, shown as `label` (a key of labels.toml) or `text`."""

    act: str
    args: tuple[str | int, ...] = ()
    label: str = ""
    text: str = ""
    number: int = 0  # what to type instead of pressing; 0: its place in the list

    def payload(self) -> str:
        """`act|arg|arg`. Raises ValueError beyond 64 bytes: a payload that Telegram refuses must not be stored."""
        packed = SEPARATOR.join([self.act, *(str(a) for a in self.args)])
        if len(packed.encode()) > PAYLOAD_LIMIT:
            raise ValueError(f"choice {self.act!r} packs to more than {PAYLOAD_LIMIT} bytes")
        return packed


Rows = tuple[tuple[Choice, ...], ...]  # of buttons, or lines to answer with a number


def choice_from(payload: str) -> Choice | None:
    """The choice a button carried, None for anything else. Clients can forge it: whoever acts on it checks rights
    again."""
    if not payload or len(payload.encode(errors="replace")) > PAYLOAD_LIMIT:
        return None
    act, *args = payload.split(SEPARATOR)
    if not act.replace("_", "").replace(".", "").isalnum() or not act.isascii():
        return None
    return Choice(act, tuple(int(a) if a.isascii() and a.isdigit() and len(a) < 16 else a for a in args))


class To(StrEnum):
    """Where a message goes, relative to what was heard."""

    HERE = "here"  # the chat it was heard in
    CONTACT = "contact"  # a person, by their own road (`Say.contact_id`)
    STAFF = "staff"  # the department's group
    ADMINS = "admins"  # admins in private where they can be reached, else the group
    PRESS = "press"  # a short word over the pressed button


Asked = Literal[
    "", "choice", "extend_until", "borrow_until", "borrow_which", "lend_which", "lend_who", "lend_until", "own_email",
    "own_name", "which_desk", "reserve_which", "setting_value", "setting_text", "trial_to", "wording", "item_name",
    "item_check", "item_pieces", "person_name", "person_zone", "import_file", "link", "promise_when", "money_who",
    "money_amount", "money_due", "more_until", "pay_amount", "problem_what",
]  # fmt: skip


@record(frozen=True, slots=True, kw_only=True)
class Say:
    """Words for somebody, and what may be answered.

    `card`: the subject this message shows in a group ("loan:12"); the next Say with the same card edits it.
    `ask`: the open question these words put, with the facts its answer needs; choices alone make one of kind "choice".
    `replace`: edit the message whose button was pressed, when there is one. `key`: makes saying twice harmless; empty:
    derived from the letter heard.
    """

    message: Message
    to: To = To.HERE
    contact_id: int | None = None
    address_id: int | None = None  # only this one of `contact_id`'s roads
    department_id: int | None = None
    choices: Rows = ()
    card: str = ""
    replace: bool = False
    loan: Loan | None = None
    ask: Asked = ""
    facts: Mapping[str, Any] = field(default_factory=dict)
    key: str = ""
    window_end: datetime | None = None
    language: str = ""  # when it is not the language the hearer had so far


@record(frozen=True, slots=True)
class Question:
    """What was asked and is still open: expires after 24 h or by ANNULER."""

    kind: str
    facts: Mapping[str, Any]
    choices: tuple[Choice, ...]
    asked_at: datetime


@record(frozen=True, slots=True)
class Heard:
    """One thing somebody did, with who they are to us. `at` is when it was handled; `department` whose desk it is."""

    inbound: Inbound
    at: datetime
    contact: Contact
    department: Department
    role: Role | None = None
    question: Question | None = None
    letter_id: int = 0
    new: bool = False  # this person was never heard before
    member: bool = True  # belongs to a desk or has a role there; a stranger may not yet
    freed: bool = False  # they were known, but could not be written to until they wrote this

    @property
    def text(self) -> str:
        return typed(self.inbound.text)

    def saying(self, text: str) -> Heard:
        """The same event with other words."""
        return replace(self, inbound=replace(self.inbound, text=text))

    @property
    def private(self) -> bool:
        return not self.inbound.group

    @property
    def language(self) -> str:
        return self.contact.language or self.department.language

    @property
    def choice(self) -> Choice | None:
        return choice_from(self.inbound.payload) if self.inbound.payload else None


def echo(said: str) -> str:
    """What somebody typed, as an answer repeats it: long words end at a whole one, with an ellipsis."""
    whole = " ".join(said.split())
    if len(whole) <= LONGEST_ECHO:
        return whole
    cut = whole[:LONGEST_ECHO].rpartition(" ")[0] or whole[: LONGEST_ECHO - 1]
    return cut.rstrip(" ,;:.") + "…"
