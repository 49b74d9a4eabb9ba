"""A message as a chat shows it: marked-up text and the buttons under it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import field

from bot.core.records import record


@record(frozen=True, slots=True)
class Button:
    """One choice as a channel shows it: `payload` is at most 64 bytes of ASCII and comes back untouched."""

    label: str
    payload: str


@record(frozen=True, slots=True)
class Words:
    """What is to be shown, in the small markup of `core/markup.py`; the channel turns it into its own.

    `buttons` is a list of rows. A channel that cannot show buttons gets them already written into `text` as a
    numbered list and receives none here (`texts.py` decides by `Channel.shows_buttons`).
    """

    text: str
    buttons: tuple[tuple[Button, ...], ...] = ()
    content_sid: str | None = None  # an approved WhatsApp template to use instead of `text`
    content_variables: Mapping[str, str] = field(default_factory=dict)
    subject: str = ""  # e-mail
    html: str = ""  # e-mail
    photo: str | None = None  # path of a picture of ours
    picture: bytes = field(default=b"", repr=False)  # a PNG drawn for these words alone
    document: str | None = None  # path of a file of ours, shown under its own name
    ask_contact: bool = False  # Telegram private chat: offer the button that shares one's own number


def fingerprint(text: str) -> str:
    """What is kept of words that were sent, to know them again at a provider."""
    return hashlib.sha256(text.encode(errors="replace")).hexdigest()
