"""A town for the tests: a real service in the middle of a telephone network, a few people, and a clock that stands.

Everything between a person's thumb and another person's screen is the real thing: doors, signatures, inbox, handlers,
rules, templates, outbox, the providers' own clients. Only the network and the clock are ours.
"""

from __future__ import annotations

import asyncio
import io
import re
from abc import ABC, abstractmethod
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Self
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from bot.channels.telegram import TelegramChannel
from bot.channels.twilio import TwilioChannel
from bot.config import Config, load
from bot.core.messages import CATALOGUE, facts, message_from
from bot.core.people import Consent, Role
from bot.sandbox.message import Message
from bot.sandbox.network import Network
from bot.sandbox.phones import On, Phone
from bot.sandbox.telegram_chats import Group
from bot.sandbox.telegram_chats import Person as Account
from bot.sandbox.telegram_updates import Webhook
from bot.sandbox.twilio_shapes import Content
from bot.service import Service
from bot.store import Clock, Store, Tx
from bot.texts import Texts
from jobs import PERIODIC
from jobs.runner import last_instant
from tests.logged import logged

PARIS = ZoneInfo("Europe/Paris")
MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=PARIS)
PUBLIC_URL = "https://desk.example"
WEBHOOK_SECRET = "a-secret-of-the-town"
SETUP_CODE = "TOWN-2026"
MAIL_FROM = "Le prêt <pret@example.org>"
GROUP_ID = -1001234500001
DESK = "Prêt de matériel"
PLACE = "Accueil du rez-de-chaussée"
CONTACT_LINE = "l’accueil, au +33 6 12 34 56 00"
ITEMS = {"PERC-001": "Perceuse Bosch", "VP-001": "Vidéoprojecteur Epson", "TENTE-001": "Tente 4 places"}
AWA, KARIM = "+33612345678", 700_100_003
BETWEEN_ACTS = timedelta(minutes=1)  # people are slow: the limits of a chat have passed when they act again
MOST_ROUNDS = 100
LEASES_RUN_OUT = 180.0  # seconds
PACE = 0.001  # of the providers' own delays
LONG_ENOUGH = 12  # characters of what somebody wrote that would not stand in a log by chance


class TownClock(Clock):
    """The desk's time stands until it is moved. Real time stands too: waits are over at once and push it on."""

    is_real = False

    def __init__(self, at: datetime) -> None:
        super().__init__()
        self._at = self._real = at.astimezone(UTC)
        self._back = timedelta(0)

    def now(self) -> datetime:
        return self._at - self._back

    def real(self) -> datetime:
        return self._real - self._back

    def steady(self) -> float:
        return self._real.timestamp()

    async def rest(self, seconds: float) -> None:
        self._real += timedelta(seconds=seconds)
        await asyncio.sleep(0)

    def breathe(self) -> None:
        """Between two acts of people, real time passes; on the desk's clock they follow at once."""
        self._real += BETWEEN_ACTS

    def move_to(self, at: datetime) -> None:
        ahead = at.astimezone(UTC) - self.now()
        if ahead > timedelta(0):
            self._at += ahead
            self._real += ahead

    def set_back(self, by: timedelta) -> None:
        """The machine's clock was ahead, and somebody puts it right."""
        self._back += by


DAYS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")


def on(day: str, hour: int, minute: int = 0, *, week: int = 0) -> datetime:
    """That day and civil time in Paris, in the town's first week or `week` weeks later."""
    date = MONDAY.date() + timedelta(days=DAYS.index(day), weeks=week)
    return datetime(date.year, date.month, date.day, hour, minute, tzinfo=PARIS)


def about(texts: list[str], *words: str) -> list[str]:
    """Those of the texts that hold all the words."""
    return [text for text in texts if all(word in text for word in words)]


def plain(text: str) -> str:
    """Words as they are read: WhatsApp's stars and underscores are bold and italics on the screen."""
    return re.sub(r"(?<!\w)[*_](\S(?:[^*_\n]*\S)?)[*_](?!\w)", r"\1", text)


@dataclass(frozen=True, slots=True)
class Spoken:
    """One thing that somebody wrote, pressed or was shown, for the transcript."""

    at: datetime
    who: str
    where: str
    text: str
    buttons: tuple[str, ...] = ()
    kind: str = "says"  # says, replies, presses, toast, shows, edits


class Borrower(ABC):
    """Somebody with one conversation with the desk."""

    channel = ""

    def __init__(self, town: Town, name: str) -> None:
        self.town = town
        self.name = name

    @property
    @abstractmethod
    def messages(self) -> list[Message]:
        """All that the desk has said to this person."""

    @abstractmethod
    def _fresh(self) -> list[Message]:
        """To be told by each kind of telephone."""

    @property
    def heard(self) -> list[str]:
        """What was heard since the last look."""
        return [plain(message.text) for message in self._fresh()]

    def looks(self) -> None:
        """Looks at the screen; `heard` begins after this."""
        self._fresh()

    @property
    def last(self) -> Message:
        return self.messages[-1]

    async def says(self, text: str) -> None:
        """Writes, and waits until all that follows from it is done."""
        self.town.note(self.name, self.channel, text)
        await self.writes(text)
        await self.town.settle()

    @abstractmethod
    async def writes(self, text: str) -> Message:
        """Writes, and waits for the desk's door only: nobody has looked at the letter yet."""

    @abstractmethod
    async def chooses(self, wanted: str) -> None:
        """Takes a choice of the newest message: its button, or its number in the list."""


class OnPhone(Borrower):
    """On WhatsApp or SMS."""

    def __init__(self, town: Town, name: str, phone: Phone) -> None:
        super().__init__(town, name)
        self.phone = phone
        self.channel = "WhatsApp" if phone.on == "whatsapp" else "SMS"

    @property
    def messages(self) -> list[Message]:
        return self.phone.heard

    def _fresh(self) -> list[Message]:
        return self.phone.new()

    async def writes(self, text: str) -> Message:
        return await self.phone.says(text)

    async def chooses(self, wanted: str) -> None:
        """The number of the line that holds the words wanted. Raises LookupError."""
        lines = plain(self.last.text).splitlines()
        numbered = [line for line in lines if re.match(r"\d+ ", line) and wanted.lower() in line.lower()]
        if not numbered:
            raise LookupError(f"no line with {wanted!r} in {self.last.text!r}")
        await self.says(numbered[0].split()[0])


class OnTelegram(Borrower):
    """In a private chat on Telegram."""

    channel = "Telegram"

    def __init__(self, town: Town, name: str, account: Account) -> None:
        super().__init__(town, name)
        self.account = account

    @property
    def messages(self) -> list[Message]:
        return self.account.heard

    def _fresh(self) -> list[Message]:
        return self.account.new()

    async def writes(self, text: str) -> Message:
        return await self.account.says(text)

    async def chooses(self, wanted: str) -> None:
        """The button of the newest message that holds the words wanted. Raises LookupError."""
        label = next((label for label in self.last.labels if wanted.lower() in label.lower()), None)
        if label is None:
            raise LookupError(f"no button with {wanted!r} under {self.last.text!r}: {self.last.labels}")
        self.town.note(self.name, self.channel, label, kind="presses")
        await self.account.press(self.last, label)
        await self.town.settle()


class Colleague:
    """Somebody who writes and presses in the staff's group."""

    def __init__(self, town: Town, account: Account) -> None:
        self.town = town
        self.account = account
        self.name = account.name

    async def says(self, text: str, *, reply_to: Message | None = None) -> Message:
        """Writes in the group, and waits until all that follows from it is done."""
        self.town.note(self.name, "groupe", text, kind="replies" if reply_to else "says")
        message = await self.account.says(text, chat=self.town.group.chat, reply_to=reply_to)
        await self.town.settle()
        return message

    async def presses(self, label: str, card: Message | None = None) -> None:
        """Presses a button in the group, by default of the newest message that has it. Raises LookupError."""
        card = card or self.town.group.with_button(label)
        self.town.note(self.name, "groupe", label, kind="presses")
        await self.account.press(card, label)
        await self.town.settle()

    @property
    def toast(self) -> str:
        """The short word last shown over a button this person pressed."""
        return self.account.toasts[-1].text if self.account.toasts else ""

    @property
    def private(self) -> OnTelegram:
        """The same person's own chat with the desk."""
        return OnTelegram(self.town, self.name, self.account)


class StaffGroup:
    """The staff's group, as one of them scrolls through it."""

    def __init__(self, chat: Group) -> None:
        self.chat = chat

    @property
    def heard(self) -> list[str]:
        """What the desk wrote here since the last look; edits are not new messages."""
        return [message.text for message in self.chat.new()]

    def looks(self) -> None:
        """Scrolls to the end; `heard` begins after this."""
        self.chat.new()

    @property
    def messages(self) -> list[Message]:
        return self.chat.heard

    @property
    def cards(self) -> list[str]:
        """Every message of the desk here, as it stands now."""
        return [message.text for message in self.chat.heard]

    def cards_of(self, *words: str) -> list[Message]:
        """The messages that hold all these words now, oldest first."""
        return [message for message in self.chat.heard if all(word in message.text for word in words)]

    def card(self, *words: str) -> Message:
        """The newest message with all these words. Raises LookupError."""
        found = self.cards_of(*words)
        if not found:
            raise LookupError(f"nothing with {words} in {self.cards}")
        return found[-1]

    def with_button(self, label: str) -> Message:
        for message in reversed(self.chat.heard):
            if label in message.labels:
                return message
        raise LookupError(f"no button {label!r} in the group: {[m.labels for m in self.chat.heard]}")


class Town:
    """A desk, its people and its telephones.

        async with Town(database_url) as town:
            await town.sam.says("/pret PERC-001 Awa vendredi 18h")
            await town.at(thursday_8h)
            assert town.awa.heard == [...]

    The jobs turn only when the town settles, so a test may stop between any two steps.
    """

    def __init__(self, url: str, at: datetime = MONDAY, *, furnished: bool = True, mail: bool = False) -> None:
        self.clock = TownClock(at)
        self.network = Network(self.clock.now, pace=PACE)
        self.transcript: list[Spoken] = []
        self._url = url
        self._furnished = furnished
        self._mail = mail  # the desk also writes e-mails
        self._approved: list[tuple[str, str]] = []  # templates of WhatsApp: (message, language)
        self._floor = "groupe"
        self._edited: dict[int, int] = {}
        self._logging = ExitStack()
        self._log = io.StringIO()
        self._settle_people()

    def _settle_people(self) -> None:
        net = self.network.telegram
        chat = net.group(GROUP_ID, DESK)
        chat.bot_status = "member"
        self.group = StaffGroup(chat)
        self.sam = self._colleague(700_100_001, "Sam")
        self.dominique = self._colleague(700_100_002, "Dominique")
        self.passant = self._colleague(700_100_009, "Passant")
        self.awa = self.phone(AWA, "Awa")
        karim = net.person(KARIM, "Karim", "karim_prete")
        karim.opened = True
        self.karim = OnTelegram(self, "Karim", karim)

    def _colleague(self, user_id: int, name: str) -> Colleague:
        account = self.network.telegram.person(user_id, name)
        self.group.chat.members[user_id] = "member"
        return Colleague(self, account)

    def phone(self, number: str, name: str, on: On = "whatsapp") -> OnPhone:
        """Somebody else with a telephone."""
        return OnPhone(self, name, self.network.phone(number, name=name, on=on))

    def approve(self, message: str, language: str, sid: str) -> None:
        """WhatsApp has approved the template of a message."""
        texts = self.service.texts
        texts.note_sid(message, language, sid)
        self._approved.append((message, language))
        self.service.store.desk.approved = texts.approved
        body = texts.content(
            message_from(message, facts(CATALOGUE[message](**CATALOGUE[message].example))),
            language=language,
            zone=PARIS,
            now=self.now,
        )
        assert body is not None
        twilio = self.network.twilio
        given: dict[str, object] = {
            "friendly_name": message,
            "language": language,
            "types": {"twilio/text": {"body": body.body}},
        }
        twilio.contents[sid] = Content(sid, twilio.account_sid, self.now, given, {"status": "approved"})

    # --- life ---------------------------------------------------------------------------------------

    async def __aenter__(self) -> Self:
        await self.network.start()
        self._log = self._logging.enter_context(logged(self.config.secret_values()))
        await self._open()
        for channel in self.service.parts.channels.values():
            if isinstance(channel, TelegramChannel | TwilioChannel):
                # Loaded at the first message, their libraries would hold up whoever is being connected meanwhile: on
                # a busy machine for longer than a connection may take.
                channel.warm()
        if self._furnished:
            await self.service.store.write(furnish)
        return self

    async def __aexit__(self, kind: type[BaseException] | None = None, *_: object) -> None:
        for message, language in self._approved:  # the texts serve the next town as well
            self.service.texts.note_sid(message, language, "")
        with self._logging:
            await self.service.stop()
            await self.network.stop()
        if kind is None:
            self._check_log()

    def _check_log(self) -> None:
        """Whatever a test is about: no secret, no number and no words of anybody stand in the log."""
        numbers = {phone.number.removeprefix("+") for phone in self._phones() if phone.number}
        words = {spoken.text for spoken in self.transcript if spoken.kind == "says" and len(spoken.text) >= LONG_ENOUGH}
        told = self._log.getvalue()
        assert [one for one in (*self.config.secret_values(), *numbers, *words) if one in told] == []

    @property
    def config(self) -> Config:
        twilio, telegram = self.network.twilio, self.network.telegram
        mail = {"SMTP_URL": self.network.mail.url, "MAIL_FROM": MAIL_FROM} if self._mail else {}
        return load(
            {
                **mail,
                "DATABASE_URL": self._url, "PORT": "0", "PUBLIC_URL": PUBLIC_URL, "SETUP_CODE": SETUP_CODE,
                "SECRET_KEY": "k" * 40,
                "TELEGRAM_BOT_TOKEN": telegram.token, "TELEGRAM_WEBHOOK_SECRET": WEBHOOK_SECRET,
                "TELEGRAM_API_BASE": telegram.base, "TWILIO_API_BASE": twilio.base,
                "TWILIO_ACCOUNT_SID": twilio.account_sid, "TWILIO_AUTH_TOKEN": twilio.auth_token,
                "TWILIO_WHATSAPP_FROM": twilio.whatsapp_from.removeprefix("whatsapp:"),
                "TWILIO_SMS_FROM": twilio.sms_from,
            },
            None,
        )  # fmt: skip

    async def _open(self) -> None:
        store = await Store.open(self._url, self.clock)
        self.service = await Service.open(self.config, store=store, texts=words_of_the_house())
        await self.service.warm()
        await self.service.start(ticking=False, announcing=not self._furnished)
        self.network.connect(f"http://127.0.0.1:{self.service.listener.port}", PUBLIC_URL)
        if self._furnished:
            self._remember()
        else:
            await self._announced()

    def _remember(self) -> None:
        """On its second day the desk is known to Telegram: twenty calls that a test need not make again."""
        telegram = self.network.telegram
        telegram.updates.set_webhook(Webhook(f"{PUBLIC_URL}/webhooks/telegram", WEBHOOK_SECRET))
        self.service.store.desk.bot_username = telegram.username

    async def _announced(self) -> None:
        """Telegram has been told where the desk is; the service's own task for that ends then."""
        await asyncio.gather(*(task for task in asyncio.all_tasks() if task.get_name() == "telegram"))

    async def start(self) -> None:
        """A new service on the same database; the one before has ended."""
        await self._open()

    async def restart(self) -> None:
        """The service stops in order and starts again."""
        await self.service.stop()
        await self.start()

    async def ends(self, how: str) -> None:
        """restart, or kill."""
        await (self.restart() if how == "restart" else self.kill())

    async def kill(self) -> None:
        """The service is gone in the middle of whatever it did; a new one starts when its leases have run out."""
        for task in asyncio.all_tasks():
            if task.get_name().startswith("deliver:"):
                task.cancel()
        await self.service.stop()
        await self.clock.rest(LEASES_RUN_OUT)
        await self.start()

    async def desk(self, **values: object) -> None:
        """The department is like this from now on: its language, place, line of contact…"""
        await self.service.store.write(_set_desk, values)

    async def rule(self, **values: object) -> None:
        """The desk's rules are these from now on."""
        await self.service.store.write(_set_rules, values)

    # --- time ---------------------------------------------------------------------------------------

    @property
    def now(self) -> datetime:
        return self.clock.now().astimezone(PARIS)

    async def settle(self) -> None:
        """Everything that is due is done: answered, sent, called back."""
        for _ in range(MOST_ROUNDS):
            await self.service.runner.settle()
            await self.network.quiet()
            waiting = await self.service.store.next_letter()
            if waiting is None or waiting > self.clock.now():
                break
        else:
            raise AssertionError("a letter waits and nobody handles it")
        self._look_around()
        self.clock.breathe()

    async def at(self, instant: datetime) -> None:
        """The clock moves on to an instant, through all that is planned on the way."""
        await self.service.runner.move_clock(instant.astimezone(UTC))
        await self.settle()

    async def passes(self, length: timedelta) -> None:
        await self.at(self.clock.now() + length)

    async def turn(self, *jobs: str) -> None:
        """One turn of each of these jobs and nothing else."""
        for job in jobs:
            await self.service.runner.turn(job)

    async def said(self, message: str) -> list[str]:
        """What became of each message of this name that was to be said, oldest first."""
        query = sa.text("SELECT state FROM outbox WHERE message = :name ORDER BY id")
        return [row.state for row in await self.service.store.rows(query, {"name": message})]

    # --- what was said --------------------------------------------------------------------------------

    def note(self, who: str, where: str, text: str, *, kind: str = "says") -> None:
        self._look_around()
        self._floor = where if where == "groupe" else f"{who}, {where}"
        self.transcript.append(Spoken(self.now, who, where, text, kind=kind))

    def _look_around(self) -> None:
        """What stands on the screens now and did not at the last look: in the order of its time, and of one time
        first where somebody spoke last."""
        fresh = [spoken for where, messages in self._screens() for spoken in self._news(where, messages)]
        self.transcript += sorted(fresh, key=lambda spoken: (spoken.at, spoken.where != self._floor))

    def _screens(self) -> list[tuple[str, list[Message]]]:
        phones = [(f"{p.name}, {'WhatsApp' if p.on == 'whatsapp' else 'SMS'}", p.heard) for p in self._phones()]
        private = [(f"{a.name}, Telegram", a.heard) for a in self.network.telegram.people.values()]
        return [("groupe", self.group.chat.heard), *phones, *private]

    def _phones(self) -> list[Phone]:
        return self.network.twilio.phones

    def _news(self, where: str, messages: list[Message]) -> list[Spoken]:
        found = []
        for message in messages:
            edits = self._edited.get(id(message))
            if edits is None or edits < len(message.history):
                self._edited[id(message)] = len(message.history)
                kind = "shows" if edits is None else "edits"
                at = message.at if edits is None else _edited_at(message)
                found.append(
                    Spoken(at.astimezone(PARIS), "le prêt", where, plain(message.text), tuple(message.labels), kind)
                )
        return found


def _edited_at(message: Message) -> datetime:
    return datetime.fromtimestamp(int(str(message.extra["edit_date"])), UTC)


@cache
def words_of_the_house() -> Texts:
    """One for all towns: the templates are compiled once."""
    return Texts()


def furnish(tx: Tx) -> None:
    """A desk as it stands on its second day: group, team, things, Awa known by number, Karim by Telegram."""
    desk = tx.departments.first()
    assert desk is not None
    tx.departments.change(desk.id, name=DESK, chat=str(GROUP_ID), place=PLACE, contact_line=CONTACT_LINE)
    tx.departments.set_rule(desk.id, "try_outside", True)  # nobody has written to a desk of a minute ago
    tx.people.give_role("700100001", desk.id, Role.STAFF, "Sam")
    tx.people.give_role("700100002", desk.id, Role.ADMIN, "Dominique")
    for code, name in ITEMS.items():
        tx.items.add(desk.id, code, name)
    add_person(tx, desk.id, "Awa", "whatsapp", AWA)
    add_person(tx, desk.id, "Karim", "telegram", str(KARIM))
    for job in PERIODIC:  # this morning's runs are over: to make them up would take as long as the furnishing
        at = last_instant(job, tx.now, PARIS)
        lease = tx.runs.begin(job.name, at)
        assert lease is not None
        tx.runs.finish(job.name, at, lease, "")


def _set_desk(tx: Tx, values: dict[str, object]) -> None:
    desk = tx.departments.first()
    assert desk is not None
    tx.departments.change(desk.id, **values)


def _set_rules(tx: Tx, values: dict[str, object]) -> None:
    desk = tx.departments.first()
    assert desk is not None
    for name, value in values.items():
        tx.departments.set_rule(desk.id, name, value)


def add_person(
    tx: Tx, department_id: int, name: str, channel: str, value: str, consent: Consent = Consent.ATTESTED
) -> None:
    """Somebody of whom staff have noted that they agreed."""
    made = tx.people.add(name, department_id)
    tx.people.add_address(made.id, channel, value, verified_by="attested", consent=consent, attested_by="Sam")
