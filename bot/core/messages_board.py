"""Messages about the dashboard."""

from __future__ import annotations

from bot.core.message import Message, message


@message
class BoardLink(Message):
    """The link that opens the dashboard once, to its owner alone."""

    link: str
    minutes: int
    about = "staff"
    example = {"link": "https://desk.example.org/dashboard/enter/k3J9xQ2", "minutes": 10}


@message
class BoardTold(Message):
    """The answer in the group. `state`: sent (the link is in the asker's private chat), open_first (they have none
    yet: `link` opens it), no_address (no PUBLIC_URL)."""

    state: str
    link: str = ""
    about = "staff"
    example = {"state": "sent", "link": ""}
