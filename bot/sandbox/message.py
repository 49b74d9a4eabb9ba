"""What a person sees in a chat: one message, its buttons, its ticks."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from bot.core.records import record

Status = Literal["queued", "sent", "delivered", "read", "undelivered", "failed", "lost"]


@record(frozen=True, slots=True)
class Button:
    """One button under a message: `payload` is what the provider hands back when it is pressed."""

    label: str
    payload: str


@record(frozen=True, slots=True)
class Attachment:
    """A file in a chat. `kind` is photo, voice, video, document or sticker."""

    kind: str
    mime: str
    content: bytes
    ref: str = ""  # file id or media SID, given by the provider
    name: str = ""  # of a document, as its sender calls it


@record(frozen=True, slots=True)
class Toast:
    """The short note (or, with `alert`, the window) that one person sees after a press; nobody else does."""

    to: int
    text: str
    alert: bool = False


@dataclass(slots=True, eq=False)
class Message:
    """One message in a chat, as it stands now.

    `mine` when a person wrote it, False when the desk did. `text` is what is read on the screen: without markup on
    Telegram (`entities` holds it, offsets in UTF-16 units), with WhatsApp's own `*bold*` on WhatsApp.
    `history` holds earlier texts, oldest first, of a message that was edited.
    """

    id: str
    text: str
    at: datetime
    mine: bool = False
    author: str = ""
    author_id: int | None = None
    buttons: tuple[tuple[Button, ...], ...] = ()
    status: Status = "sent"
    error: str = ""  # provider code when it never arrived
    entities: tuple[dict[str, object], ...] = ()
    keyboard: tuple[tuple[str, ...], ...] = ()  # the reply keyboard sent along
    contact_label: str = ""  # the one of its keys that shares the own number
    attachments: tuple[Attachment, ...] = ()
    reply_to: str | None = None
    topic: int | None = None
    service: str = ""  # a line of the chat itself: somebody joined, the group moved
    silent: bool = False
    history: list[str] = field(default_factory=list)
    toasts: list[Toast] = field(default_factory=list)
    reactions: list[str] = field(default_factory=list)
    extra: dict[str, object] = field(default_factory=dict)  # what else the provider's own shape of it carries

    @property
    def labels(self) -> list[str]:
        """What the buttons say, in reading order."""
        return [button.label for row in self.buttons for button in row]

    def button(self, wanted: str) -> Button:
        """The button with this label or payload. Raises LookupError naming what is there instead."""
        for row in self.buttons:
            for button in row:
                if wanted in (button.label, button.payload):
                    return button
        raise LookupError(f"no button {wanted!r} under {self.text!r}; there are {self.labels}")
