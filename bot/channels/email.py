"""E-mail by SMTP: one letter a message, over a few connections that are kept open for the next.

aiosmtplib is loaded at the first letter, never by a desk without e-mail.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
import ssl
import unicodedata
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.header import Header
from email.message import EmailMessage
from email.policy import EmailPolicy
from email.utils import formataddr, localtime, parseaddr
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import parse_qs, unquote, urlsplit

from bot.channels.base import Outgoing
from bot.channels.email_codes import Stage, outcome_of_answer
from bot.core.delivery import Accepted, ConfigFault, Down, Failed, Later, Outcome, Refused, Unsure, told_of
from bot.core.markup import clean, to_plain
from bot.core.preferences import EMAIL_NAME
from bot.core.records import record

if TYPE_CHECKING:
    import aiosmtplib

LOOPBACK = ("localhost", "127.0.0.1", "::1")
CONNECTIONS = 2
LETTERS_PER_CONNECTION = 50  # servers cap them, often at a hundred
IDLE_SECONDS = 20.0
# All the waits of one attempt together stay under the two minutes of its lease.
FREE_SECONDS = 15.0  # for a connection that another letter uses
IN_A_MOMENT = timedelta(seconds=2)  # the letters before it are on their way: a longer wait would leave lines unused
PROBE_SECONDS = 3.0  # whether one kept open still is
CONNECT_SECONDS = 20.0  # greeting, TLS and log-in included
COMMAND_SECONDS = 12.0  # each of MAIL and RCPT
DATA_SECONDS = 35.0  # the letter and the answer to it
QUIT_SECONDS = 2.0
GO_ON, TAKEN = 354, 250  # the answers to DATA, and to a letter


@record(frozen=True, slots=True)
class Server:
    """Where mail is handed over. Outside this machine always encrypted: `tls` at once, `starttls` before the log-in."""

    host: str
    port: int
    encryption: Literal["tls", "starttls", "none"]
    user: str | None = None
    password: str | None = field(default=None, repr=False)

    @classmethod
    def of(cls, url: str) -> Server:
        """smtp://user:password@host:587 (STARTTLS), smtps://…:465; `?starttls=on` or `off` for a server on loopback,
        which is not encrypted by default. Raises ValueError for an unencrypted connection to another machine."""
        parts = urlsplit(url)
        host = parts.hostname or ""
        wish = parse_qs(parts.query).get("starttls", [""])[0].lower()
        user = unquote(parts.username) if parts.username else None
        password = unquote(parts.password) if parts.password else None
        if parts.scheme == "smtps":
            return cls(host, parts.port or 465, "tls", user, password)
        if host not in LOOPBACK and wish == "off":
            raise ValueError("mail to another machine travels encrypted")
        clear = host in LOOPBACK and wish != "on"
        return cls(host, parts.port or 587, "none" if clear else "starttls", user, password)


class EmailChannel:
    """The way out by e-mail."""

    name = "email"
    shows_buttons = False
    one_way = True  # the mailbox of MAIL_FROM is not read

    def __init__(
        self, url: str, mail_from: str, *, tls: ssl.SSLContext | None = None, connections: int = CONNECTIONS
    ) -> None:
        """tls: trust for the server's certificate, the system's when None."""
        name, self.sender = parseaddr(mail_from)
        self._from_name = name
        self._domain = self.sender.rpartition("@")[2]
        self._server = Server.of(url)
        self._tls = tls
        self._free = asyncio.Semaphore(connections)
        self._idle: list[_Line] = []

    async def carry(self, out: Outgoing) -> Outcome:
        """Send one letter. The answer to its final dot says that it was accepted; an answer lost after that dot is
        `Unsure`."""
        try:
            recipient = ascii_address(out.address)
            letter = self.letter(out, recipient)
        except ValueError as error:
            return Refused(str(error)[:100], "syntax")
        try:
            async with self._turn():
                async with self._line() as line:
                    refused = await self._begin(line)
                    if refused is None:
                        return await self._hand_over(line, recipient, letter, out.ref)
                    if not line.worn_out:
                        return refused
                async with self._line(fresh=True) as line:
                    return await self._begin(line) or await self._hand_over(line, recipient, letter, out.ref)
        except _NotReached as fault:
            return fault.outcome

    async def find(self, out: Outgoing, since: datetime) -> Literal["unknown"]:
        return "unknown"  # SMTP cannot be asked

    async def check(self) -> tuple[bool, str]:
        """Whether the server answers, encrypts and accepts our log-in, in a sentence for the operator."""
        where = f"{self._server.host}:{self._server.port}"
        try:
            async with self._turn(), self._line():
                return True, f"{where} takes our mail, from {self.sender}"
        except _NotReached as fault:
            code = str(getattr(fault.outcome, "code", ""))
            why = told_of(fault.outcome, code if code[:1].isdigit() else "").rstrip(".")
            return False, f"{where}: {why}. Look at SMTP_URL."

    async def close(self) -> None:
        for line in self._idle:
            await line.end()
        self._idle.clear()

    # --- the letter ------------------------------------------------------------------------------

    def letter(self, out: Outgoing, recipient: str) -> bytes:
        """Headers and both forms of the words, ready to be handed over. Raises ValueError for what no header holds."""
        mail = EmailMessage(policy=AS_SENT)
        mail["From"] = formataddr((clean(self._from_name), self.sender))
        mail["To"] = recipient
        mail["Subject"] = _one_line(out.words.subject or to_plain(out.words.text).partition("\n")[0])
        mail["Date"] = localtime()
        mail["Message-ID"] = f"<{self.message_id(out.ref)}>"
        if out.thread:
            root = f"<{self._root(out.thread)}>"
            mail["In-Reply-To"], mail["References"] = root, root
        mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: suppresses automatic replies
        mail["X-Auto-Response-Suppress"] = "All"
        if out.unsubscribe:  # RFC 8058
            mail["List-Unsubscribe"] = f"<{_one_line(out.unsubscribe)}>"
            mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
        mail.set_content(to_plain(out.words.text) + "\n", cte="quoted-printable")
        if out.words.html:
            mail.add_alternative(out.words.html, subtype="html", cte="quoted-printable")
        return mail.as_bytes()

    def message_id(self, ref: str) -> str:
        """The same at every attempt of a row, so that a letter sent twice is recognised as one."""
        return f"{ref}@{self._domain}"

    def _root(self, thread: str) -> str:
        """The id of a letter that does not exist, which all letters of a loan reference: mail programs show one
        conversation."""
        seed = f"{self.sender}\n{thread}"
        return f"{hashlib.sha256(seed.encode()).hexdigest()[:24]}.thread@{self._domain}"

    # --- handing over ----------------------------------------------------------------------------

    async def _begin(self, line: _Line) -> Outcome | None:
        """Name the sender; None when the server takes it."""
        from aiosmtplib import SMTPException, SMTPResponseException

        line.broken = True  # whatever ends this before an answer is read
        try:
            await line.client.mail(self.sender, timeout=COMMAND_SECONDS)
        except SMTPResponseException as error:
            return line.refused("sender", error)
        except (SMTPException, OSError, TimeoutError) as error:
            return Down(f"{type(error).__name__} before the letter")
        return None

    async def _hand_over(self, line: _Line, recipient: str, letter: bytes, ref: str) -> Outcome:
        from aiosmtplib import SMTPException, SMTPResponseException

        try:
            await line.client.rcpt(recipient, timeout=COMMAND_SECONDS)
        except SMTPResponseException as error:
            return line.refused("recipient", error)
        except (SMTPException, OSError, TimeoutError) as error:
            return Failed(f"{type(error).__name__} before the letter left")
        return await self._hand_words_over(line, letter, ref)

    async def _hand_words_over(self, line: _Line, letter: bytes, ref: str) -> Outcome:
        """DATA and the letter are two commands here: before the server's 354 nothing of the letter has left."""
        from aiosmtplib import SMTPDataError, SMTPException, SMTPResponseException

        try:
            ready = await line.client.execute_command(b"DATA", timeout=COMMAND_SECONDS)
        except SMTPResponseException as error:
            return line.refused("message", error)
        except (SMTPException, OSError, TimeoutError) as error:
            return Failed(f"{type(error).__name__} before the letter left")
        if ready.code != GO_ON:
            return line.refused("message", SMTPDataError(ready.code, ready.message))
        try:
            taken = await self._answer_to(line, letter)
        except (SMTPException, OSError, TimeoutError) as error:
            return Unsure(f"{type(error).__name__} after the letter left")
        if taken.code >= 400:
            return line.refused("message", SMTPDataError(taken.code, taken.message))
        if taken.code != TAKEN:  # neither taken nor refused: sent again, it might arrive twice
            return Unsure("an answer to the letter that cannot be read")
        line.broken = False
        line.letters += 1
        return Accepted(self.message_id(ref))

    async def _answer_to(self, line: _Line, letter: bytes) -> aiosmtplib.SMTPResponse:
        """Hand a letter over after 354, up to the answer to its final dot. Raises SMTPException, OSError."""
        from aiosmtplib import SMTPServerDisconnected

        protocol = line.client.protocol
        if protocol is None:
            raise SMTPServerDisconnected("Connection lost")
        protocol.write(re.sub(rb"(?m)^\.", b"..", letter) + b".\r\n")
        return await protocol.read_response(timeout=DATA_SECONDS)

    # --- connections -----------------------------------------------------------------------------

    @asynccontextmanager
    async def _turn(self) -> AsyncIterator[None]:
        """While it lasts a connection may be used. Raises _NotReached."""
        try:
            await asyncio.wait_for(self._free.acquire(), FREE_SECONDS)
        except TimeoutError:
            raise _NotReached(Later("the mail server is busy with other letters", IN_A_MOMENT)) from None
        try:
            yield
        finally:
            self._free.release()

    @asynccontextmanager
    async def _line(self, *, fresh: bool = False) -> AsyncIterator[_Line]:
        """A connection for one letter, a new one when `fresh`. Raises _NotReached. One that broke, or has served long
        enough, is not kept."""
        line = (None if fresh else await self._kept()) or await self._opened()
        try:
            yield line
        finally:
            await self._put_back(line)

    async def _kept(self) -> _Line | None:
        """A connection that is still open; servers close idle ones silently, so it is probed."""
        from aiosmtplib import SMTPException

        while self._idle:
            line = self._idle.pop()
            line.stay()
            try:
                await line.client.rset(timeout=PROBE_SECONDS)
            except (SMTPException, OSError, TimeoutError):
                line.client.close()
            else:
                return line
        return None

    async def _opened(self) -> _Line:
        import aiosmtplib

        server = self._server
        client = aiosmtplib.SMTP(
            hostname=server.host, port=server.port, username=server.user, password=server.password,
            # Without it the machine's full name is looked up in the DNS.
            local_hostname=ascii_domain(self._domain), timeout=COMMAND_SECONDS, tls_context=self._tls,
            use_tls=server.encryption == "tls", start_tls=server.encryption == "starttls",
        )  # fmt: skip
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                await client.connect()
        except (aiosmtplib.SMTPException, OSError, TimeoutError) as error:
            client.close()
            raise _NotReached(_outcome_of_connecting(error)) from error
        return _Line(client)

    async def _put_back(self, line: _Line) -> None:
        if line.broken or not line.client.is_connected:
            line.client.close()
        elif line.letters >= LETTERS_PER_CONNECTION:
            await line.end()
        else:
            self._idle.append(line)
            line.leave_after(IDLE_SECONDS, self._idle)


@dataclass(slots=True, eq=False)
class _Line:
    """An open connection: how many letters it has carried, and whether it may be used again."""

    client: aiosmtplib.SMTP
    letters: int = 0
    broken: bool = False
    timer: asyncio.TimerHandle | None = None

    @property
    def worn_out(self) -> bool:
        """Whether it broke at the next letter after some that it carried: servers say so with 421 or another "not now",
        or hang up, when one connection has had as many as they allow. Nothing is wrong with a new one."""
        return self.broken and self.letters > 0

    def refused(self, stage: Stage, error: aiosmtplib.SMTPResponseException) -> Outcome:
        """The outcome of an answer; after 421 the server hangs up, after "not now" to our own name a connection is of
        no use, and after what is no refusal nobody knows which command the next answer is to."""
        self.broken = error.code == 421 or error.code < (500 if stage == "sender" else 400)
        return outcome_of_answer(stage, error.code, str(error.message))

    def leave_after(self, seconds: float, idle: list[_Line]) -> None:
        def leave() -> None:
            if self in idle:
                idle.remove(self)
            self.client.close()

        self.timer = asyncio.get_running_loop().call_later(seconds, leave)

    def stay(self) -> None:
        if self.timer is not None:
            self.timer.cancel()
            self.timer = None

    async def end(self) -> None:
        from aiosmtplib import SMTPException

        self.stay()
        try:
            await self.client.quit(timeout=QUIT_SECONDS)
        except (SMTPException, OSError, TimeoutError):
            self.client.close()


class _NotReached(Exception):
    """No connection: nothing of the letter left this machine."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(type(outcome).__name__)
        self.outcome = outcome


def _outcome_of_connecting(error: BaseException) -> Outcome:
    from aiosmtplib import SMTPAuthenticationError, SMTPConnectResponseError, SMTPResponseException

    if isinstance(error, SMTPAuthenticationError):
        return outcome_of_answer("login", error.code, str(error.message))
    if isinstance(error, SMTPResponseException) and error.code < 0:
        return Down("what answers there is no mail server")
    if isinstance(error, SMTPConnectResponseError | SMTPResponseException):
        return outcome_of_answer("greeting", error.code, str(error.message))
    if (refused := _tls_error(error)) is not None:
        if isinstance(refused, ssl.SSLCertVerificationError):
            return ConfigFault("the server's certificate cannot be trusted", "tls")
        if refused.reason == "WRONG_VERSION_NUMBER":
            return ConfigFault("no TLS is spoken there: smtps:// and smtp:// have ports of their own", "tls")
    if isinstance(error, OSError | TimeoutError):
        return Down("no connection to the mail server")
    return ConfigFault(str(error)[:100], "smtp")  # no STARTTLS, no log-in offered


def _tls_error(error: BaseException | None) -> ssl.SSLError | None:
    while error is not None:
        if isinstance(error, ssl.SSLError):
            return error
        error = error.__cause__ or error.__context__
    return None


def ascii_domain(domain: str) -> str:
    """`exämple.org` → `xn--exmple-cua.org`. Raises ValueError, also for `straße`, which Python's older rules read as
    `strasse`: somebody else's domain."""
    try:
        name = domain.encode("idna").decode()
        same = domain.isascii() or name.encode().decode("idna") == unicodedata.normalize("NFC", domain).lower()
    except UnicodeError as error:
        raise ValueError("no such domain can exist") from error
    if not same or not re.fullmatch(r"[A-Za-z0-9.-]+", name):
        raise ValueError("no such domain can exist")
    return name


def ascii_address(address: str) -> str:
    """An address as every server takes it. Raises ValueError for a name outside ASCII, which few servers deliver."""
    name, at, domain = address.strip().rpartition("@")
    if not at or not EMAIL_NAME.fullmatch(name):
        raise ValueError("not an address mail can be sent to")
    return f"{name}@{ascii_domain(domain)}"


def _one_line(text: str) -> str:
    return " ".join(clean(text).split())


class _Unfolded(EmailPolicy):
    """Python folds an address or an id longer than a line into encoded words, which no mail program reads in these
    headers: they are left unfolded. SMTP allows lines of 998 characters.

    A long subject it cuts at a space that it leaves between two encoded words, where readers drop it (RFC 2047 §6.2).
    Of a name it encodes the words outside ASCII alone, and a comma left as it is makes two senders of one.
    """

    def fold_binary(self, name: str, value: Any) -> bytes:
        if name in ("List-Unsubscribe", "In-Reply-To", "References"):
            return f"{name}: {value}\r\n".encode("ascii")
        if name == "Subject":
            charset = "us-ascii" if value.isascii() else "utf-8"
            words = Header(value, charset, header_name=name).encode(linesep="\r\n")
            return f"{name}: {words}\r\n".encode("ascii")
        if name == "From" and not value.isascii():
            (ours,) = value.addresses
            called = Header(ours.display_name, "utf-8", header_name=name).encode(linesep="\r\n")
            return f"{name}: {called}\r\n <{ours.addr_spec}>\r\n".encode("ascii")
        return super().fold_binary(name, value)


AS_SENT = _Unfolded(linesep="\r\n")
