"""What every channel offers: a door that sorts what comes in, a reader, and a carrier for what goes out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Literal, Protocol

from bot.core.delivery import Outcome
from bot.core.inbound import Item, Letter, Media
from bot.core.records import record
from bot.core.words import Button as Button
from bot.core.words import Words

Op = Literal["send", "edit", "answer", "react"]

LARGEST_ATTACHMENT = 16 * 1024 * 1024  # bytes


@record(frozen=True, slots=True)
class Outgoing:
    """One thing to carry out: send words, edit a message of ours, answer a press, put a reaction.

    `ref` is the outbox id; it travels in Twilio's callback URL so that a lost answer can be settled.
    `target` is the provider id of the message to edit or react to, or the press to answer.
    """

    op: Op
    ref: str
    address: str
    words: Words
    topic: int | None = None
    target: str | None = None
    valid_for: int | None = None  # seconds the provider may keep trying; None: its default
    thread: str = ""  # e-mail: letters of one subject are shown together
    unsubscribe: str = ""  # e-mail: where one click ends it
    left_as: str = ""  # when asked about: the fingerprint of what the lost attempt said, where it is known


@record(frozen=True, slots=True)
class RawRequest:
    """An HTTP request as a door sees it; `raw_path` keeps %XX and the query string."""

    raw_path: str
    headers: Mapping[str, str]  # case-insensitive
    body: bytes


class Forbidden(Exception):
    """Signature or secret wrong, or a letter for somebody else. The door answers 403; nothing is written."""


class Rubbish(Exception):
    """Whether authentic or not, the request holds no letter. The door answers 4xx with `str(error)` in the log."""


class NotFetched(Exception):
    """A provider could not be read now: a file, the messages it holds. `str(error)` says why, without secrets.

    after: seconds it asks us to wait; 0 when it names none.
    """

    def __init__(self, why: str, after: float = 0) -> None:
        super().__init__(why)
        self.after = after


class TooLarge(NotFetched):
    """A file larger than we take: it will not be smaller at the next try."""


class Door(Protocol):
    """Checks and sorts what a provider posts. Cheap refusals first; never parses before the check allows it."""

    def admit(self, request: RawRequest) -> None:
        """Turn away what its head alone gives away, before its body is read. Raises Forbidden."""
        ...

    def letters(self, request: RawRequest) -> list[Letter]:
        """Letters of one request, possibly none. Raises Forbidden or Rubbish, nothing else."""
        ...


class Reader(Protocol):
    def read(self, letter: Letter) -> list[Item]:
        """What a stored letter says. Never raises for odd content: unknown things give an empty list."""
        ...


class Channel(Protocol):
    """The way out. One per sender (a number, a bot)."""

    name: str  # whatsapp, sms, telegram, email
    sender: str
    shows_buttons: bool

    async def carry(self, out: Outgoing) -> Outcome:
        """One attempt. Never raises for remote faults; has its own time-out."""
        ...

    async def find(self, out: Outgoing, since: datetime) -> Sequence[str] | Literal["unknown", "never"]:
        """What the provider has since then that may be `out`, by its ids, the oldest first; none: it never got there.
        "unknown": it cannot tell now. "never": it answers no such question."""
        ...

    async def close(self) -> None: ...


class Provider(Channel, Protocol):
    """A channel of a provider whom the operator has an account with."""

    async def check(self) -> tuple[bool, str]:
        """Whether the credentials open the account, and a sentence about it."""
        ...


class Fetching(Protocol):
    """A channel from which attachments can be fetched."""

    async def fetch(self, media: Media, limit_bytes: int = LARGEST_ATTACHMENT) -> bytes:
        """Raises NotFetched."""
        ...
