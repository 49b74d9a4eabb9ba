"""What came in by a door, in our own types: no provider's names beyond this point.

An adapter (`bot/channels/…`) turns a provider's payload into these; handlers see them through `conversation.Heard`.
"""

from __future__ import annotations

from dataclasses import field
from typing import Literal

from bot.core.money import Cost
from bot.core.records import record

Medium = Literal["photo", "voice", "video", "document", "sticker", "other"]
Event = Literal["joined", "left", "blocked", "unblocked", "migrated", "deleted"]


@record(frozen=True, slots=True)
class Media:
    """One attachment. `ref` is what the channel needs to fetch it: a URL at Twilio, a file id at Telegram."""

    kind: Medium
    ref: str
    mime: str = ""
    size: int | None = None  # bytes, when the provider gives it
    album: str | None = None  # several photos sent as one
    name: str = ""  # the file's name, as its sender calls it


@record(frozen=True, slots=True)
class SharedContact:
    """A contact card. `own` only when the provider proves that the card is the writer's."""

    phone: str
    own: bool
    name: str = ""


@record(frozen=True, slots=True)
class Inbound:
    """One thing somebody did in a chat: words, a press, a photo, joining or blocking.

    `address` is the writer (E.164, `CC.xxx` for a WhatsApp id without number, Telegram user id as text);
    `chat` is where an answer goes: the same as `address` in a one-to-one conversation, the group's id in a group.
    `sender` is our side: our number in E.164, or the bot's id.
    """

    channel: str
    provider_id: str
    sender: str
    address: str
    chat: str
    text: str = ""
    topic: int | None = None
    group: bool = False
    group_title: str = ""
    payload: str | None = None  # what a pressed button carried
    press_id: str | None = None  # to be answered (Telegram callback query)
    on_message: str | None = None  # provider id of the message the button hangs on, or that is replied to
    reply_to_address: str | None = None  # who wrote the message replied to; None for a group, a channel, another bot
    reply_to_name: str = ""
    reply_to_bot: bool = False  # the message replied to is ours
    alias: str | None = None  # a second address that the provider says is the same person (BSUID beside a number)
    name: str = ""
    username: str = ""
    language: str = ""
    media: tuple[Media, ...] = ()
    contact: SharedContact | None = None
    location: tuple[float, float] | None = None
    edited: bool = False
    forwarded: bool = False
    anonymous: bool = False  # written as a chat (anonymous admin, channel), not as a person
    start_token: str | None = None  # the payload of a deep link
    event: Event | None = None
    migrated_to: str | None = None  # new chat id of a group that became a supergroup
    opt_out: Literal["stop", "start", "help"] | None = None  # the carrier has already handled and answered this keyword


@record(frozen=True, slots=True)
class Receipt:
    """What a provider says later about a message of ours.

    `status` uses our ranks: sent, delivered, read, failed. `outbox_ref` is our own id, when the provider returned it.
    """

    channel: str
    provider_id: str
    status: Literal["sent", "delivered", "read", "failed"]
    code: str = ""
    outbox_ref: str | None = None


@record(frozen=True, slots=True)
class Price:
    """What a provider charges for one message of ours; known hours after it left, and only on request."""

    provider_id: str
    cost: Cost


Item = Inbound | Receipt


@record(frozen=True, slots=True)
class Letter:
    """A raw delivery as the door puts it into the inbox, before it is read.

    `provider_id` is unique per (channel, kind): a repeat changes nothing. `lane` orders: letters of one lane are
    handled one after the other (the writer's address, or the message a receipt is about).
    """

    channel: str
    kind: Literal["message", "receipt"]
    provider_id: str
    sender: str
    lane: str
    payload: dict[str, object] = field(default_factory=dict)
