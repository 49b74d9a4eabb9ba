"""What the operator set that handlers need: filled once at start."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from zoneinfo import ZoneInfo


@dataclass(slots=True)
class Desk:
    """`roads`: the channels that are on, each with our sender. `region`: ISO country of numbers typed without prefix.

    `zone` and `language` are the first values of a new department.
    """

    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("Europe/Paris"))
    language: str = "fr"
    region: str = "FR"
    bot_username: str = ""
    data_dir: Path = Path("data")  # where files lie
    roads: dict[str, str] = field(default_factory=dict)
    approved: frozenset[tuple[str, str]] = frozenset()  # (message, language) with a WhatsApp template

    def links(self) -> tuple[str, ...]:
        """What to show somebody who must write first: wa.me and t.me addresses."""
        found = []
        if "whatsapp" in self.roads:
            found.append("https://wa.me/" + self.roads["whatsapp"].lstrip("+"))
        if "telegram" in self.roads and self.bot_username:
            found.append(f"https://t.me/{self.bot_username}")
        return tuple(found)
