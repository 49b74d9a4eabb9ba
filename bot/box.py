"""Sandbox mode: the network in a box put under the service, the demo desk, the page, and the clock."""

from __future__ import annotations

import secrets
import socket
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import SecretStr

from bot.config import DATABASE, SANDBOX_DATABASE, Config
from bot.core.loans import LoanState
from bot.core.people import Consent, Department, Role
from bot.core.preferences import Preference
from bot.parts import build_parts
from bot.sandbox import demo
from bot.sandbox.guard import is_loopback
from bot.sandbox.network import Network
from bot.sandbox.page import Sandbox, mount
from bot.service import Service
from bot.store import Clock, Store, Tx
from bot.texts import Texts
from handlers.planning import plan

SHOWN = 12  # messages planned, and as many sent
BEGAN = datetime(2026, 1, 1, tzinfo=UTC)  # before any sandbox


async def _strip(service: Service) -> dict[str, list[dict[str, Any]]]:
    """The next planned messages and the last ones sent, for the sandbox's page."""
    planned, said = await service.store.strip(SHOWN)
    return {
        "planned": [{"at": p.at.isoformat(), "kind": p.step, "who": p.name, "what": p.item or ""} for p in planned],
        "outbox": [
            {
                "id": str(o.id),
                "message": o.message,
                "named": {language: _called(service.texts, o.message, language) for language in ("fr", "en")},
                "to": o.name or "",
                "state": o.state,
                "at": o.created_at.isoformat(),
            }
            for o in said
        ],
    }


def _called(texts: Texts, message: str, language: str) -> str:
    """A message's short name in a language; empty for one without."""
    try:
        return texts.word("message", message, language)
    except KeyError:
        return ""


class BoxDesk:
    """What the page needs of the service."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self.setup_code = service.setup_code or ""
        self.zone: ZoneInfo = service.config.timezone

    def now(self) -> datetime:
        return self._service.store.clock.now()

    async def move_clock(self, to: datetime) -> None:
        await self._service.runner.move_clock(to)

    async def strip(self) -> dict[str, Any]:
        return dict(await _strip(self._service))


class Box:
    """A service with a telephone network around it."""

    def __init__(self, service: Service, network: Network, token: str | None) -> None:
        self.service = service
        self.network = network
        self.token = token

    @classmethod
    async def open(cls, config: Config, *, furnish: bool = True) -> Box:
        """Start the stand-ins, open the service on them, furnish the demo desk, add the page. Raises StoreError."""
        clock, own_telegram = Clock(), config.telegram_on
        # The phones are new at every start, and the desk remembers those of the last.
        network = Network(now=clock.now, first=int((clock.now() - BEGAN).total_seconds()))
        await network.start()
        try:
            config = boxed(config, network)
            store = await Store.open(config.database_url, clock, demo=True, alone=True)
            await store.load_clock()
            service = await Service.open(config, store=store, parts=build_parts(config))
        except BaseException:
            await network.stop()
            raise
        token = None if is_loopback(config.host) else secrets.token_urlsafe(18)
        box = cls(service, network, token)
        screens = await demo.screens(network)
        if furnish and await store.write(_unfurnished):
            await store.write(furnish_desk)
        if furnish and not own_telegram:  # the only group has its admin: a code would lead nowhere
            service.setup_code = None
        service.runner.hush = network.quiet
        mount(service.app, Sandbox(network, BoxDesk(service), screens), token=token)
        return box

    async def start(self) -> None:
        await self.service.start()
        here = f"http://127.0.0.1:{self.service.listener.port}"
        self.network.connect(here, str(self.service.config.public_url))

    async def stop(self) -> None:
        await self.service.stop()
        await self.network.stop()


def boxed(config: Config, network: Network) -> Config:
    """The configuration with stand-ins for every provider that is not set."""
    port = config.port or _free_port()
    changes: dict[str, Any] = {"port": port, "public_url": config.public_url or f"http://127.0.0.1:{port}"}
    if config.database_url == DATABASE:
        changes["database_url"] = SANDBOX_DATABASE
    if not config.telegram_on:
        changes |= {
            "telegram_bot_token": SecretStr(network.telegram.token),
            "telegram_webhook_secret": SecretStr(secrets.token_urlsafe(24)),
            "telegram_api_base": network.telegram.base,
            "telegram_mode": "webhook",
        }
    if not config.twilio_on:
        changes |= {
            "twilio_account_sid": network.twilio.account_sid,
            "twilio_auth_token": SecretStr(network.twilio.auth_token),
            "twilio_whatsapp_from": network.twilio.whatsapp_from.removeprefix("whatsapp:"),
            "twilio_sms_from": network.twilio.sms_from,
            "twilio_api_base": network.twilio.base,
        }
    if not config.email_on:
        changes |= {"smtp_url": SecretStr(network.mail.url), "mail_from": f"{demo.DEPARTMENT} <pret@example.org>"}
    return config.model_copy(update={**changes, "sandbox_asked": True})


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


# --- the demo desk -----------------------------------------------------------------------------------


def _unfurnished(tx: Tx) -> bool:
    return tx.runs.noted("furnished") is None


def furnish_desk(tx: Tx) -> None:
    """Items, people, the group with its staff, and one loan of each class under way."""
    desk = tx.departments.first()
    assert desk is not None
    desk = tx.departments.change(
        desk.id, name=demo.DEPARTMENT, chat=str(demo.GROUP_ID), place=demo.PLACE, contact_line=demo.CONTACT_LINE
    )
    tx.departments.set_rule(desk.id, "try_outside", True)  # the stand-in takes what WhatsApp would
    tx.departments.set_rule(desk.id, "open_days", desk.rules.open_days)  # so that who asks for its hours is told them
    items = {i.code: tx.items.add(desk.id, i.code, i.name, category=i.category).id for i in demo.ITEMS}
    people = {p.key: _person(tx, desk, p) for p in demo.PEOPLE}
    for loan in demo.loans(tx.now, desk.zone):
        made = tx.loans.add(
            item_id=items[loan.code], contact_id=people[loan.borrower], department_id=desk.id,
            state=LoanState.ACTIVE, due_at=loan.due_at, lent_at=loan.lent_at, who="demo",
        )  # fmt: skip
        plan(tx, made)
    tx.runs.note("furnished", tx.now.isoformat())


def _person(tx: Tx, desk: Department, person: demo.DemoPerson) -> int:
    made = tx.people.add(person.name, desk.id if person.role == "borrower" else None)
    channels = ("whatsapp", "sms") if person.channel == "whatsapp" else (person.channel,)
    for channel in channels:
        tx.people.add_address(
            made.id, channel, person.address, verified_by="attested", consent=Consent.ATTESTED, attested_by="demo"
        )
    if person is demo.AWA:
        _by_email_as_well(tx, made.id)
    if person.role != "borrower":
        tx.people.give_role(person.address, desk.id, Role(person.role), person.name)
    return made.id


def _by_email_as_well(tx: Tx, contact_id: int) -> None:
    tx.people.add_address(
        contact_id, "email", demo.MAILBOX, verified_by="attested", consent=Consent.ATTESTED, attested_by="demo"
    )
    tx.preferences.keep(contact_id, Preference(also_email=True))
