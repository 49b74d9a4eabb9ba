"""The service: everything put together from the operator's configuration, started in order, stopped in order."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Coroutine, Mapping
from datetime import timedelta
from functools import cache, partial
from typing import Any

import structlog
from aiohttp import web

from bot.channels.base import Channel
from bot.channels.webhook import WebhookChannel
from bot.config import Config
from bot.core.linking import CODE_ALPHABET, CODE_LENGTH
from bot.core.links import link_key
from bot.first_rules import first_rules
from bot.parts import Parts, build_parts, secret_of
from bot.process import give_back, idle_moment
from bot.store import Store, Tx
from bot.store.hooks import target
from bot.texts import Texts
from bot.updater import TelegramUpdater
from bot.web.api_call import Surroundings
from bot.web.app import Listener, make_app
from bot.web.lazy_routes import LazyRoutes
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

MEMORY_GIVEN_BACK_EVERY = 60.0  # seconds
WORDS_LOOKED_OVER_AFTER = 2.0  # seconds after the start, which has enough to do
FAST_CATCH_UP = timedelta(seconds=10)


class Service:
    """One process of the desk."""

    def __init__(self, config: Config, store: Store, parts: Parts, texts: Texts) -> None:
        self.config = config
        self.store = store
        self.parts = parts
        self.texts = texts
        self.setup_code: str | None = None
        self.code_stands = False  # another process has printed the valid one
        # Not among the parts: it does not reach people, and no setting offers it.
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
            self.app.router.register_resource(LazyRoutes("/dashboard", partial(_build_dashboard, api)))
        self.listener = Listener(self.app, config.host, config.port, config.trusted_proxies)
        self._updater = TelegramUpdater(config, store, parts.telegram) if parts.telegram is not None else None
        self._tasks: list[asyncio.Task[None]] = []

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
        service.setup_code, service.code_stands = await store.write(first_steps, config)
        return service

    async def start(self, *, ticking: bool = True, announcing: bool = True) -> None:
        """Listen, run the jobs, tell Telegram where we are.

        Without `ticking` the jobs only turn when told to; without `announcing` Telegram is taken to know already.
        """
        await self.listener.start()
        if ticking:
            await self.warm()
            self.runner.start()
            works = {
                "words": self._look_over_words(),
                "memory": _stay_small(),
                "account": self._ask_about_the_account(),
            }
            for name, work in works.items():
                self._run_beside(name, work)
        if announcing and self._updater is not None:
            self._run_beside("telegram", self._updater.run())

    def _run_beside(self, name: str, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work, name=name)
        task.add_done_callback(_tell_of_error)
        self._tasks.append(task)

    async def warm(self) -> None:
        """Load the providers' libraries. One that is loaded in the loop, at the first call of a job, keeps the doors
        and the calls in flight waiting meanwhile."""
        libraries = [channel.warm for channel in self.parts.channels.values() if hasattr(channel, "warm")]
        await asyncio.gather(*map(asyncio.to_thread, libraries))

    async def _ask_about_the_account(self) -> None:
        """What a trial account may send is known once Twilio has said that it is one."""
        on_trial = getattr(self.parts.channels.get("whatsapp"), "on_trial", None)
        if on_trial is not None:
            self.store.desk.trial = await on_trial()

    async def _look_over_words(self) -> None:
        """Log which templates cannot be read, once the service is ready: others replace them until they are
        repaired. Between letters and messages: all templates take as much work as several hundred of these."""
        await asyncio.sleep(WORDS_LOOKED_OVER_AFTER)
        for file in self.texts.own_files():
            await idle_moment()
            if (why := await asyncio.to_thread(self.texts.unreadable, file)) is not None:
                log.error("template_broken", why=why)

    async def stop(self) -> None:
        """Take no new letters, finish what is in progress, close the channels, then the database."""
        self.store.hasten()
        for task in self._tasks:
            task.cancel()
        # Concurrently: each may wait for a lock on the file, and a supervisor waits ten seconds for them all.
        await asyncio.gather(self.listener.stop(), self.runner.stop(), self.deliver.stop())
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._updater is not None:
            await self._updater.let_go()
        for channel in self._channels.values():
            await channel.close()
        await self.store.close()


def _tell_of_error(task: asyncio.Task[None]) -> None:
    """Nobody waits for it: an error would be seen at the stop at the earliest, and by nobody then."""
    if not task.cancelled() and task.exception() is not None:
        log.error("task_broke", task=task.get_name(), exc_info=task.exception())


async def _stay_small() -> None:
    """Return memory to the system after a burst of large requests."""
    while True:
        await asyncio.sleep(MEMORY_GIVEN_BACK_EVERY)
        await asyncio.to_thread(give_back)


def first_steps(tx: Tx, config: Config) -> tuple[str | None, bool]:
    """A desk to begin with, and a one-time code while there is no admin.

    The code, None when none was made; whether one that another process has printed stands instead: drawing a second
    would make it void. A process without doors prints none. On SQLite no other process is there to have printed one.
    """
    tx.runs.hold("first_steps", "start", timedelta(0))  # replicas that start together take them one after the other
    if tx.departments.first() is None:
        tx.departments.add(name=UNNAMED, zone=config.timezone, language=config.default_language)
    wanted = secret_of(config.setup_code) or None
    if tx.people.has_admin() or (config.run == "worker" and wanted is None):
        return None, False
    if wanted is None and not config.on_sqlite and tx.people.code_stands():
        return None, True
    return new_setup_code(tx, wanted), False


def new_setup_code(tx: Tx, wanted: str | None = None, department_id: int | None = None) -> str:
    """Draw (or take) a code for a first admin; codes drawn before and never used are void. With a department: that
    one's, in its group or in another that becomes it."""
    code = wanted or "".join(secrets.choice(CODE_ALPHABET) for _ in range(CODE_LENGTH))
    tx.people.drop_codes()
    tx.people.put_code(code, department_id=department_id)
    return code


def _build_dashboard(api: Surroundings, routes: web.UrlDispatcher) -> None:
    from bot.web.dashboard.door import add_dashboard

    add_dashboard(routes, api, Outside())
