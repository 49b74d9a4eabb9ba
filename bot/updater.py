"""How Telegram's updates reach us: by webhook or by long polling; our own name, and the menus of commands."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import secrets
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

import structlog

from bot.channels.base import NotFetched
from bot.config import Config
from bot.core.inbound import Letter
from bot.core.intents import COMMANDS
from bot.parts import secret_of
from bot.store import Store, StoreError, Tx

if TYPE_CHECKING:
    from bot.channels.telegram import Commands, Scope, TelegramChannel

log = structlog.get_logger("telegram")

LANGUAGES = ("fr", "en")
POLLING = "telegram"
POLL_WAIT = 3.0  # seconds after a failed poll, or until we look again whether another replica still polls
MOST_DOUBLED = 4  # times: after the fifth poll in a row that failed the next follows in 48 s
LONGEST_POLL_WAIT = 300.0  # however long Telegram asks for
POLL_LEASE = timedelta(seconds=20)  # so long nobody hears Telegram when the replica that polls was killed
POLL_RENEWED = 5.0  # seconds between two renewals while a poll waits
SET_UP_WAITS = (1.0, 5.0, 30.0, 60.0)


class TelegramUpdater:
    """Runs beside the jobs. Replicas agree in the database on who polls."""

    def __init__(self, config: Config, store: Store, channel: TelegramChannel) -> None:
        self._config = config
        self._store = store
        self._channel = channel
        self._name = secrets.token_hex(8)  # among the replicas
        self._holding: asyncio.Future[bool] | None = None

    async def run(self) -> None:
        """What a replica without doors needs of Telegram is its own name alone."""
        if self._config.run != "worker" and self._config.telegram_mode != "webhook":
            await self._poll()
        else:
            await self._announce(doors=self._config.run != "worker")

    async def _announce(self, *, doors: bool) -> None:
        """Our name; with `doors` setWebhook and the menus of commands too. Retried until Telegram answers."""
        secret = secret_of(self._config.telegram_webhook_secret)
        waits = itertools.chain(SET_UP_WAITS, itertools.repeat(SET_UP_WAITS[-1]))
        while True:
            try:
                await self._know_ourselves()
                if doors:
                    await self._channel.set_up(str(self._config.public_url), secret, menus(), LANGUAGES)
            except NotFetched as error:
                log.warning("telegram_not_set_up", why=str(error))
                await asyncio.sleep(next(waits))
            else:
                log.info("telegram_set_up", mode="webhook" if doors else "worker")
                return

    async def _poll(self) -> None:
        """Long polling, by one replica at a time: each batch is in the inbox before the next call confirms it."""
        offset: int | None = None
        introduced = False
        failed = 0  # in a row: with a wrong token it would be told every three seconds for ever
        while True:
            try:
                if not introduced:
                    await self._know_ourselves()
                    await self._channel.set_commands(menus(), LANGUAGES)
                    introduced = True
                if not await self._hold():
                    offset = None  # another confirms what we have seen
                    await asyncio.sleep(POLL_WAIT)
                    continue
                letters, following = await self._asked(offset)
                await self._store.put(letters)
                offset = following
                failed = 0
            except Exception as error:  # whatever it is: otherwise the desk would silently stop receiving
                log.warning("telegram_poll_failed", why=str(error) or type(error).__name__)
                wait = POLL_WAIT * 2 ** min(failed, MOST_DOUBLED)
                failed += 1
                await asyncio.sleep(min(max(wait, getattr(error, "after", 0)), LONGEST_POLL_WAIT))

    async def _asked(self, offset: int | None) -> tuple[list[Letter], int | None]:
        """One poll, during which other replicas are kept off. Where a renewal finds no database, the lease lasts for
        three more."""
        asking = asyncio.get_running_loop().create_task(self._channel.poll(offset))
        try:
            while not (await asyncio.wait([asking], timeout=POLL_RENEWED))[0]:
                if not self._store.alone:
                    with contextlib.suppress(StoreError):
                        await self._hold()
            return asking.result()
        finally:
            asking.cancel()

    async def _hold(self) -> bool:
        """Take or renew the turn to poll; whether it is ours."""
        writing = self._store.write(partial(_may_poll, alone=self._store.alone), self._name)
        self._holding = asyncio.get_running_loop().create_task(writing)
        return await asyncio.shield(self._holding)

    async def let_go(self) -> None:
        """Another replica may poll at once. What was still being written comes first: written after this, it would keep
        all others off."""
        if self._config.telegram_mode != "webhook":
            if self._holding is not None:
                await asyncio.wait([self._holding])
            with contextlib.suppress(StoreError):  # then it is let go of when its time is over
                await self._store.write(_no_more_polls, self._name)

    async def _know_ourselves(self) -> None:
        """Our name, which commands may carry (`/pret@our_bot`)."""
        _, username = await self._channel.me()
        self._store.desk.bot_username = username


def _may_poll(tx: Tx, name: str, *, alone: bool) -> bool:
    return tx.runs.hold(POLLING, name, POLL_LEASE, alone=alone)


def _no_more_polls(tx: Tx, name: str) -> None:
    tx.runs.let_go(POLLING, name)


def menus() -> Commands:
    """Telegram's command menus: (scope, language) → (command, what it does). Cosmetic: they give no right."""
    found: dict[tuple[Scope, str], list[tuple[str, str]]] = {}
    scopes: dict[str, tuple[Scope, ...]] = {
        "anyone": ("private", "groups", "admins"), "staff": ("groups", "admins"), "admin": ("admins",),
    }  # fmt: skip
    for row in COMMANDS:
        for scope in scopes[row.who]:
            found.setdefault((scope, "fr"), []).append((row.fr, row.what_fr))
            found.setdefault((scope, "en"), []).append((row.en, row.what_en))
    return {key: list({name: (name, what) for name, what in rows}.values()) for key, rows in found.items()}
