"""A mail server in a box: takes letters by real SMTP on loopback, keeps them, and fails on demand."""

from __future__ import annotations

import asyncio
import warnings
from collections import deque
from dataclasses import dataclass, field
from datetime import datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from bot.sandbox.wire import Clock


@dataclass(slots=True, eq=False)
class Mail:
    """One letter as it lies in the mailbox."""

    id: str
    at: datetime
    to: str
    message: EmailMessage
    raw: bytes = field(repr=False, default=b"")

    @property
    def subject(self) -> str:
        return str(self.message["Subject"])

    @property
    def text(self) -> str:
        return self._part("plain")

    @property
    def html(self) -> str:
        return self._part("html")

    def header(self, name: str) -> str:
        return str(self.message.get(name, ""))

    def _part(self, kind: str) -> str:
        found = self.message.get_body((kind,))
        return str(found.get_content()).replace("\r\n", "\n") if found is not None else ""


@dataclass(slots=True)
class MailFaults:
    """What goes wrong: answers in SMTP's own words (`550 5.1.1 no such user`), each for the next letters or for good.

    `recipients`: address → answer to RCPT, until taken out. `sender`, `message`: the next answers to MAIL and to the
    last dot. `cut`: that many letters are taken and the line is cut before the answer; `cut_before`: it is cut at DATA,
    before the letter. `closing`: after that many letters on one line the server hangs up without a word. `most`: the
    next letter after that many on one line is met with `enough`, and the line closed unless that is a 45x; without a
    word when it is empty.
    """

    recipients: dict[str, str] = field(default_factory=dict)
    sender: deque[str] = field(default_factory=deque)
    message: deque[str] = field(default_factory=deque)
    cut: int = 0
    cut_before: int = 0
    hang: int = 0
    closing: int = 0
    most: int = 0
    enough: str = ""


class MailNet:
    """The stand-in for the operator's mail server.

    user, password: asked for when set. now: the network's clock, which dates the letters.
    """

    def __init__(self, now: Clock, *, user: str = "", password: str = "") -> None:
        self.now = now
        self.mails: list[Mail] = []
        self.faults = MailFaults()
        self.lines = 0  # connections opened so far
        self.port = 0
        self._login = (user, password)
        self._server: asyncio.Server | None = None
        self._looked = 0

    @property
    def url(self) -> str:
        """What SMTP_URL is to be."""
        return f"smtp://127.0.0.1:{self.port}"

    def new(self, to: str = "") -> list[Mail]:
        """Letters since the last look, to one person when named."""
        fresh, self._looked = self.mails[self._looked :], len(self.mails)
        return [mail for mail in fresh if to in ("", mail.to)]

    async def start(self, port: int = 0) -> None:
        self._server = await asyncio.get_running_loop().create_server(self._answering, "127.0.0.1", port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """The line is closed: connections are refused until `start(port)`."""
        if self._server is not None:
            self._server.close()
            self._server = None

    def _answering(self) -> SMTP:
        self.lines += 1
        options: dict[str, Any] = {"hostname": "mail.example.org", "loop": asyncio.get_running_loop()}
        if self._login[0]:
            options |= {"authenticator": self._authentic, "auth_required": True, "auth_require_tls": False}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # that passwords travel in the clear: on loopback they may
            return _Answering(self, **options)

    def _authentic(self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, given: Any) -> AuthResult:
        right = isinstance(given, LoginPassword) and (given.login, given.password) == tuple(
            part.encode() for part in self._login
        )
        return AuthResult(success=right, handled=False)

    # --- aiosmtpd's hooks ------------------------------------------------------------------------

    async def handle_MAIL(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.faults.sender:
            return self.faults.sender.popleft()
        envelope.mail_from = address
        return "250 2.1.0 OK"

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address in self.faults.recipients:
            return self.faults.recipients[address]
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        if self.faults.message:
            return self.faults.message.popleft()
        self._keep(envelope)
        if self.faults.cut:
            self.faults.cut -= 1
            _hang_up(server)
        if self.faults.hang:
            self.faults.hang -= 1
            await asyncio.sleep(3600)
        return "250 2.0.0 queued"

    def _keep(self, envelope: Envelope) -> None:
        raw = envelope.content if isinstance(envelope.content, bytes) else b""
        message = message_from_bytes(raw, policy=default)
        for to in envelope.rcpt_tos:
            self.mails.append(Mail(f"mail-{len(self.mails) + 1}", self.now(), to, message, raw))


class _Answering(SMTP):
    """One connection; hangs up without a word where that is wished."""

    def __init__(self, net: MailNet, **options: Any) -> None:
        super().__init__(net, **options)
        self._net = net
        self._taken = 0

    async def smtp_MAIL(self, arg: str) -> None:
        faults = self._net.faults
        if not faults.most or self._taken < faults.most:
            await super().smtp_MAIL(arg)
            return
        if faults.enough:
            await self.push(faults.enough)
        if self.transport is not None and not faults.enough.startswith("45"):
            self.transport.close()

    async def smtp_DATA(self, arg: str) -> None:
        if self._net.faults.cut_before:
            self._net.faults.cut_before -= 1
            _hang_up(self)
            return
        await super().smtp_DATA(arg)
        self._taken += 1
        if self._net.faults.closing and self._taken >= self._net.faults.closing:
            _hang_up(self)


def _hang_up(server: SMTP) -> None:
    if isinstance(server.transport, asyncio.WriteTransport):
        server.transport.abort()
