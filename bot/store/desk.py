"""What the operator set that handlers need: filled once at start."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from bot.core.links import AnswerLink, token_of
from bot.core.signing import Unsubscribing, unsubscribe_token


@dataclass(slots=True)
class Desk:
    """`roads`: the channels that are on, each with our sender. `region`: ISO country of numbers typed without prefix.

    `zone` and `language` are the first values of a new department.
    """

    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("Europe/Paris"))
    language: str = "fr"
    region: str = "FR"
    bot_username: str = ""
    data_dir: Path = Path("data")  # the data folder
    first_rules: dict[str, Any] = field(default_factory=dict)  # rule → its stored form, where an admin has set none
    roads: dict[str, str] = field(default_factory=dict)
    approved: frozenset[tuple[str, str]] = frozenset()  # (message, language) with a WhatsApp template
    trial: bool = False  # Twilio lends us the account for trying: its own limits are lower
    one_way: frozenset[str] = frozenset()  # channels whose sender cannot be answered
    public_url: str = ""
    link_key: bytes = b""  # signs the links that answer
    secret: str = field(default="", repr=False)  # signs the links that end e-mails

    def answer_link(self, contact_id: int, loan_ids: Sequence[int]) -> str:
        """Where somebody acts who cannot answer the sender: the page of these loans, else a chat with us, else ""."""
        if self.public_url and self.link_key and loan_ids:
            return f"{self.public_url}/r/{token_of(AnswerLink(contact_id, tuple(loan_ids)), self.link_key)}"
        return next(iter(self.links()), "")

    def unsubscribe_link(self, address: Unsubscribing) -> str:
        """Where one click ends e-mails to an address; "" without a public address."""
        return f"{self.public_url}/unsubscribe/{unsubscribe_token(self.secret, address)}" if self.public_url else ""

    def links(self, code: str = "", language: str = "") -> tuple[str, ...]:
        """For somebody who must write first: wa.me and t.me links, with a one-time code already typed: behind the word
        of their language, since they are answered in that of their first words."""
        found = []
        word = "LIER" if language == "fr" else "LINK"
        number = self.roads.get("whatsapp", "")
        if number.startswith("+"):  # MyOperator knows our number by an id only
            found.append("https://wa.me/" + number.lstrip("+") + (f"?text={word}%20{code}" if code else ""))
        if "telegram" in self.roads and self.bot_username:
            found.append(f"https://t.me/{self.bot_username}" + (f"?start={code}" if code else ""))
        return tuple(found)
