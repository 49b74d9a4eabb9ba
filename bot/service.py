"""The service: everything put together from the operator's configuration, started in order, stopped in order."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from typing import Any

import structlog
from pydantic import SecretStr

from bot.channels.base import Channel, Door, NotFetched, Provider, Reader
from bot.channels.twilio import TwilioChannel
from bot.channels.twilio_codes import outcome_of_receipt
from bot.channels.twilio_door import TwilioDoor
from bot.channels.twilio_reader import TwilioReader
from bot.channels.webhook import WebhookChannel
from bot.config import Config
from bot.core.delivery import Outcome, Refused
from bot.core.intents import COMMANDS
from bot.core.linking import CODE_ALPHABET, CODE_LENGTH
from bot.core.links import link_key
from bot.first_rules import first_rules
from bot.store import Store, StoreError, Tx
from bot.store.hooks import target
from bot.texts import Texts
from bot.web.api_call import Surroundings
from bot.web.app import Listener, make_app
from bot.web.dashboard.door import add_dashboard
from bot.web.links import add_links
from bot.web.unsubscribe import add_unsubscribe
from handlers import by_link
from handlers.outside import Outside
from handlers.settings import UNNAMED
from jobs import CATCH_UP, LOOPS, PERIODIC
from jobs.answer import Answer, Ears
from jobs.catch_up import CatchUp
from jobs.deliver import Deliver
from jobs.fetch import Fetch
from jobs.remind import Remind
from jobs.runner import Runner

log = structlog.get_logger("service")

WORDS_LOOKED_OVER_AFTER = 2.0  # seconds after the start, which has enough to do
POLL_WAIT = 3.0  # seconds after a failed poll, or until we look again whether another replica still polls
POLLING = "telegram"
POLL_LEASE = timedelta(seconds=60)  # longer than one poll, which is renewed before each
SET_UP_WAITS = (1.0, 5.0, 30.0, 60.0)
FAST_CATCH_UP = timedelta(seconds=10)


@dataclass(slots=True)
class Parts:
    """The channels that are on: how letters come in, are understood, and words go out."""

    doors: dict[str, Door] = field(default_factory=dict)
    readers: dict[str, Reader] = field(default_factory=dict)
    judges: dict[str, Callable[[str], Outcome]] = field(default_factory=dict)
    channels: dict[str, Provider] = field(default_factory=dict)
    held: dict[str, TwilioChannel] = field(default_factory=dict)
    telegram: Any = None  # a TelegramChannel; its module is imported only where it is on


def build_parts(config: Config) -> Parts:
    """Adapters for what the operator configured. Nothing is sent or asked yet."""
    parts = Parts()
    if config.twilio_on:
        _add_twilio(config, parts)
    if config.myoperator_on and config.whatsapp_provider == "myoperator":
        _add_myoperator(config, parts)
    if config.telegram_on:
        _add_telegram(config, parts)
    if config.email_on:
        _add_email(config, parts)
    return parts


def _add_twilio(config: Config, parts: Parts) -> None:
    sid, token = str(config.twilio_account_sid), _secret(config.twilio_auth_token)
    # WhatsApp has one provider at a time: a letter of the other would be read in the wrong form.
    whatsapp_from = config.twilio_whatsapp_from if config.whatsapp_provider == "twilio" else None
    parts.doors["twilio"] = TwilioDoor(
        token, sid, config.public_url, whatsapp_from=whatsapp_from, sms_from=config.twilio_sms_from,
        messaging_service_sid=config.twilio_messaging_service_sid,
    )  # fmt: skip
    callback = f"{config.public_url}/webhooks/twilio/status" if config.public_url else None
    reader = TwilioReader()
    for name in ("whatsapp", "sms"):
        parts.readers[name] = reader
        parts.judges[name] = outcome_of_receipt
    common: dict[str, Any] = {
        "account_sid": sid, "auth_token": token, "api_base": config.twilio_api_base, "status_callback_url": callback,
    }  # fmt: skip
    if whatsapp_from:
        parts.held["whatsapp"] = TwilioChannel("whatsapp", sender=whatsapp_from, **common)
    if config.sms_on:
        service = config.twilio_messaging_service_sid
        parts.held["sms"] = TwilioChannel("sms", sender=config.twilio_sms_from, messaging_service_sid=service, **common)
    parts.channels.update(parts.held)


def _add_myoperator(config: Config, parts: Parts) -> None:
    from bot.channels.myoperator import MyOperatorChannel, MyOperatorDoor, MyOperatorReader
    from bot.channels.myoperator_codes import outcome_of_code

    number = str(config.myoperator_phone_number)
    parts.doors["myoperator"] = MyOperatorDoor(_secret(config.myoperator_api_secret), number)
    parts.readers["whatsapp"] = MyOperatorReader()
    parts.judges["whatsapp"] = outcome_of_code
    parts.channels["whatsapp"] = MyOperatorChannel(
        api_key=_secret(config.myoperator_api_key), company_id=str(config.myoperator_account_id), number_id=number,
        api_base=config.myoperator_api_base,
    )  # fmt: skip


def _add_telegram(config: Config, parts: Parts) -> None:
    from bot.channels.telegram import TelegramChannel
    from bot.channels.telegram_door import TelegramDoor
    from bot.channels.telegram_reader import TelegramReader

    token = _secret(config.telegram_bot_token)
    bot_id = int(token.partition(":")[0])
    if config.telegram_mode == "webhook":
        parts.doors["telegram"] = TelegramDoor(_secret(config.telegram_webhook_secret), bot_id)
    parts.readers["telegram"] = TelegramReader(bot_id, "")
    parts.judges["telegram"] = _telegram_judge
    parts.telegram = TelegramChannel(token, api_base=config.telegram_api_base)
    parts.channels["telegram"] = parts.telegram


def _add_email(config: Config, parts: Parts) -> None:
    from bot.channels.email import EmailChannel

    parts.channels["email"] = EmailChannel(_secret(config.smtp_url), str(config.mail_from))


def _telegram_judge(code: str) -> Outcome:
    return Refused("telegram", code)  # Telegram sends no receipts; the table wants an entry


def _secret(value: SecretStr | None) -> str:
    return value.get_secret_value() if value is not None else ""


class Service:
    """One process of the desk."""

    def __init__(self, config: Config, store: Store, parts: Parts, texts: Texts) -> None:
        self.config = config
        self.store = store
        self.parts = parts
        self.texts = texts
        self.setup_code: str | None = None
        # Not among the parts: it is no road to people, and no setting offers it.
        webhook = WebhookChannel(lambda number: target(store, number), lambda: store.clock.real().timestamp())
        self._channels: dict[str, Channel] = {**parts.channels, webhook.name: webhook}
        self.deliver = Deliver(store, self._channels, texts)
        jobs: Mapping[str, Any] = {
            "answer": Answer(store, Ears(parts.readers, parts.judges)),
            "deliver": self.deliver,
            "remind": Remind(store),
            "fetch": Fetch(store, parts.channels),
        }
        loops = {loop.name: (loop, jobs[loop.name]) for loop in LOOPS}
        if parts.held and not config.sandboxed:
            every = CATCH_UP.every if config.public_url else FAST_CATCH_UP
            loops["catch_up"] = (CATCH_UP.at_every(every), CatchUp(store, parts.held))
        works = config.run in ("all", "worker")
        self.runner = Runner(store, loops if works else {}, PERIODIC if works else (), config.timezone)
        serves = config.run != "worker"
        api = Surroundings(store, texts, Outside(), cache(config.secret_key), self.runner.late) if serves else None
        self.app = make_app(store, parts.doors if serves else {}, self.runner.late, api)
        if serves:
            add_links(self.app, store, texts, by_link.show, by_link.act)
            add_unsubscribe(self.app, store, texts)
        if api is not None:
            add_dashboard(self.app, api, Outside())
        self.listener = Listener(self.app, config.host, config.port, config.trusted_proxies)
        self._tasks: list[asyncio.Task[None]] = []
        self._name = secrets.token_hex(8)  # among the replicas

    @classmethod
    async def open(
        cls, config: Config, *, store: Store | None = None, parts: Parts | None = None, texts: Texts | None = None
    ) -> Service:
        """Open the database (migrating it) and put the parts together. Raises StoreError, StoreRefused."""
        demo = config.sandboxed or config.sandbox_asked
        store = store or await Store.open(config.database_url, demo=demo, alone=True)
        parts = parts or build_parts(config)
        desk = store.desk
        desk.zone, desk.language, desk.region = config.timezone, config.default_language, config.default_region
        desk.data_dir, desk.first_rules = config.data_dir, first_rules(config)
        desk.roads.update({name: channel.sender for name, channel in parts.channels.items()})
        desk.one_way = frozenset(n for n, channel in parts.channels.items() if getattr(channel, "one_way", False))
        desk.public_url, desk.secret = config.public_url or "", config.secret_key()
        desk.link_key = link_key(desk.secret)
        service = cls(config, store, parts, texts or Texts(sids=config.data_dir / "whatsapp.toml"))
        desk.approved = service.texts.approved
        service.setup_code = await store.write(_first_steps, config)
        return service

    async def start(self, *, ticking: bool = True, announcing: bool = True) -> None:
        """Listen, run the jobs, tell Telegram where we are.

        Without `ticking` the jobs only turn when told to; without `announcing` Telegram is taken to know already.
        """
        await self.listener.start()
        if ticking:
            await self.warm()
            self.runner.start()
            self._tasks.append(asyncio.get_running_loop().create_task(self._look_over_words(), name="words"))
        if announcing and self.parts.telegram is not None:
            self._tasks.append(asyncio.get_running_loop().create_task(self._meet_telegram(), name="telegram"))

    async def warm(self) -> None:
        """Load the providers' libraries. One that is loaded in the loop, at the first call of a job, keeps the doors
        and the calls in flight waiting meanwhile."""
        libraries = [channel.warm for channel in self.parts.channels.values() if hasattr(channel, "warm")]
        await asyncio.gather(*map(asyncio.to_thread, libraries))

    async def _look_over_words(self) -> None:
        """Say which templates cannot be read, once we are ready: others take their place until they are mended."""
        await asyncio.sleep(WORDS_LOOKED_OVER_AFTER)
        for sentence in await asyncio.to_thread(self.texts.unreadable):
            log.error("template_broken", why=sentence)

    async def stop(self) -> None:
        """No new letters, finish what is in hand, close the channels, then the database."""
        for task in self._tasks:
            task.cancel()
        await self.listener.stop()
        await asyncio.gather(self.runner.stop(), self.deliver.stop())
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._let_go_of_polling()
        for channel in self._channels.values():
            await channel.close()
        await self.store.close()

    # --- Telegram --------------------------------------------------------------------------------

    async def _meet_telegram(self) -> None:
        """What a replica without doors needs of Telegram is its own name alone."""
        if self.config.run != "worker" and self.config.telegram_mode != "webhook":
            await self._poll()
        else:
            await self._announce(doors=self.config.run != "worker")

    async def _announce(self, *, doors: bool) -> None:
        """Our name; with `doors` setWebhook and the menus of commands too. Again until Telegram answers."""
        secret = _secret(self.config.telegram_webhook_secret)
        waits = iter((*SET_UP_WAITS, *[SET_UP_WAITS[-1]] * 1000))
        while True:
            try:
                await self._know_ourselves()
                if doors:
                    await self.parts.telegram.set_up(self.config.public_url, secret, menus(), LANGUAGES)
            except NotFetched as error:
                log.warning("telegram_not_set_up", why=str(error))
                await asyncio.sleep(next(waits))
            else:
                log.info("telegram_set_up", mode="webhook" if doors else "worker")
                return

    async def _poll(self) -> None:
        """Long polling, by one replica at a time: each batch is on the inbox shelf before the next call confirms it."""
        offset: int | None = None
        introduced = False
        while True:
            try:
                if not introduced:
                    await self._know_ourselves()
                    await self.parts.telegram.set_commands(menus(), LANGUAGES)
                    introduced = True
                if not await self.store.write(_may_poll, self._name):
                    offset = None  # another confirms what we have seen
                    await asyncio.sleep(POLL_WAIT)
                    continue
                letters, following = await self.parts.telegram.poll(offset)
                await self.store.put(letters)
                offset = following
            except (NotFetched, StoreError) as error:
                log.warning("telegram_poll_failed", why=str(error))
                await asyncio.sleep(POLL_WAIT)

    async def _let_go_of_polling(self) -> None:
        if self.parts.telegram is not None and self.config.telegram_mode != "webhook":
            with contextlib.suppress(StoreError):  # then it is let go of when its time is over
                await self.store.write(_no_more_polls, self._name)

    async def _know_ourselves(self) -> None:
        """Our name, which commands may carry (`/pret@our_bot`)."""
        _, username = await self.parts.telegram.me()
        self.store.desk.bot_username = username


def _may_poll(tx: Tx, name: str) -> bool:
    return tx.runs.hold(POLLING, name, POLL_LEASE)


def _no_more_polls(tx: Tx, name: str) -> None:
    tx.runs.let_go(POLLING, name)


LANGUAGES = ("fr", "en")


def menus() -> dict[tuple[str, str], list[tuple[str, str]]]:
    """Telegram's command menus: (scope, language) → (command, what it does). Cosmetic: they give no right."""
    found: dict[tuple[str, str], list[tuple[str, str]]] = {}
    scopes = {"anyone": ("private", "groups", "admins"), "staff": ("groups", "admins"), "admin": ("admins",)}
    for row in COMMANDS:
        for scope in scopes[row.who]:
            found.setdefault((scope, "fr"), []).append((row.fr, row.what_fr))
            found.setdefault((scope, "en"), []).append((row.en, row.what_en))
    return {key: list({name: (name, what) for name, what in rows}.values()) for key, rows in found.items()}


def _first_steps(tx: Tx, config: Config) -> str | None:
    """A desk to begin with, and a one-time code while there is no admin. The code, None when there is an admin."""
    if tx.departments.first() is None:
        tx.departments.add(name=UNNAMED, zone=config.timezone, language=config.default_language)
    if tx.people.has_admin():
        return None
    return new_setup_code(tx, _secret(config.setup_code) or None)


def new_setup_code(tx: Tx, wanted: str | None = None) -> str:
    """Draw (or take) a code for a first admin; codes drawn before and never used are void."""
    code = wanted or "".join(secrets.choice(CODE_ALPHABET) for _ in range(CODE_LENGTH))
    tx.people.drop_codes()
    tx.people.put_code(code)
    return code


async def strip(store: Store, limit: int = 12) -> dict[str, list[dict[str, str]]]:
    """What is planned next and what was said last, for the sandbox's page."""
    planned, said = await store.strip(limit)
    return {
        "planned": [{"at": p.at.isoformat(), "kind": p.step, "who": p.name, "what": p.item or ""} for p in planned],
        "outbox": [
            {
                "id": str(o.id),
                "message": o.message,
                "to": o.name or "",
                "state": o.state,
                "at": o.created_at.isoformat(),
            }
            for o in said
        ],
    }
