"""The mailbox on the page: letters as they arrived, each in a frame of its own that can run nothing."""

from __future__ import annotations

from dataclasses import dataclass

from bot.sandbox.mail_net import Mail, MailNet
from bot.sandbox.message import Message
from bot.sandbox.screens import Look, Unsaid, Writer

# The frame around a letter lets it open its links in a new tab, and nothing else; so does the letter itself.
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'self'; "
        "sandbox allow-popups allow-popups-to-escape-sandbox"
    ),
}


@dataclass(slots=True)
class MailScreen:
    """All letters of the network. Nobody can write here."""

    look: Look
    net: MailNet
    writers: tuple[Writer, ...] = ()

    def messages(self) -> list[Message]:
        return [Message(mail.id, mail.subject, mail.at, author=mail.to) for mail in self.net.mails]

    async def say(self, text: str, writer: str, *, reply_to: str, photo: bool) -> None:
        raise Unsaid("writer")

    async def press(self, message_id: str, button: str, writer: str) -> None:
        raise Unsaid("button")


def sheet(mail: Mail) -> str:
    """A letter as its reader sees it; its links open beside the page."""
    return mail.html.replace("<head>", '<head><base target="_blank">', 1)
