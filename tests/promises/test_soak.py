"""Seven days of a whole desk, with the day's rhythm and its bad days, and what must not grow meanwhile.

Real service, real doors and clients; the network's stand-ins forget each night what they carried, so that what the
process keeps is the desk's own. `make promises` runs the full counts; `-m slow --brief` a fiftieth of them.
"""

from __future__ import annotations

import asyncio
import gc
import os
import random
import sys
import threading
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import aiohttp
import pytest
import sqlalchemy as sa

from bench.day import RHYTHM
from bot.core.links import AnswerLink, link_key, token_of
from bot.sandbox import faults
from bot.sandbox.faults import Call
from bot.sandbox.phones import On
from bot.store import Tx
from bot.store import tables as t
from bot.store.engine import sqlite_path
from jobs.tidy import tidy
from tests.town import PARIS, Borrower, Town, add_person
from tests.web.shop import KEY, System
from tests.web.test_dashboard import DOMINIQUE, Browser

pytestmark = pytest.mark.slow
SUNDAY = datetime(2026, 11, 22, 0, 30, tzinfo=PARIS)
DAYS, PEOPLE, THINGS = 7, 60, 80
LETTERS = 3_000  # a day
AT_ONCE = 20  # letters that wait together
IDLE = 35.0  # seconds: connections that nobody uses are closed by then
MIB = 1024 * 1024
GROWTH = 20 * MIB  # for 100,000 messages
NOISE = 24 * MIB  # what the first thousands of messages still fill: caches, pools, the reserve of the allocator
POOL = 4  # threads: of those that write to PostgreSQL, each starts when it is first needed
SETTLED = 2  # the number of a day: by its end everything has happened once, and been loaded
WAL = 16 * MIB
SAYS = (
    "MES PRETS", "AIDE", "SOLDE", "rendu", "RENDU {code}", "prolonger demain", "merci", "PRET {code} demain 18h", "1",
    "oui", "je le rapporte ce soir", "PAUSE 2 j", "START", "C'est quoi ?",
)  # fmt: skip
PAGES = ("", "/log", "/log?state=dead", "/figures", "/jobs", "/person/1", "/loan/1")
READS = ("history", "statistics", "templates", "health")
OPEN = ("pending", "retrying", "sending")
# Nothing of these outlives a day that is over; the others are the log, for 90 days, or stay for good.
SHORT = ("question", "undo")
FOR_GOOD = {
    "contact", "membership", "name_word", "address", "consent_event", "preference", "window", "role", "department",
    "item", "loan", "loan_event", "said", "seen", "audit", "rule", "meta", "spent", "tally", "channel_state", "card",
    "api_token", "alembic_version",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Held:
    """What the process and its database hold at the end of a day. Bytes, or how many."""

    messages: int
    memory: int
    descriptors: int
    tasks: int
    threads: int
    wal: int
    short: int


class Week:
    """A town with many people, and what they do by the hour."""

    def __init__(self, town: Town, http: aiohttp.ClientSession, letters: int, noted: pytest.LogCaptureFixture) -> None:
        self.town = town
        self.noted = noted
        self.letters = letters
        self.rng = random.Random(7)
        self.shop = System(town, http)
        self.browser = Browser(town, http)
        self.people: list[Borrower] = [town.awa, town.karim]
        self.counted = 0

    def call_again(self) -> None:
        """The service listens at another port now; who was signed in stays so."""
        self.shop.base = self.browser.base = f"http://127.0.0.1:{self.town.service.listener.port}"

    async def furnish(self) -> None:
        for number in range(PEOPLE):
            on: On = "whatsapp" if number % 2 else "sms"
            value = f"+336123457{number:02}"
            self.people.append(self.town.phone(value, f"Personne {number}", on=on))
            await self.town.service.store.write(add_person, 1, f"Personne {number}", on, value)
        await self.town.service.store.write(_things)

    async def day(self, midnight: datetime, trouble: Callable[[int], Awaitable[None]]) -> None:
        for hour, share in enumerate(RHYTHM):
            await self.town.at(midnight + timedelta(hours=hour))
            await trouble(hour)
            await self.write(max(1, self.letters * share // 1000))
            if 8 <= hour < 18:
                await self.work()
        self._forget()

    async def write(self, letters: int) -> None:
        while letters > 0:
            some = self.rng.sample(self.people, min(AT_ONCE, letters))
            for person in some:
                await person.writes(self.rng.choice(SAYS).format(code=self._thing()))
            await self.town.settle()
            letters -= len(some)

    async def work(self) -> None:
        """An hour of staff, of a business's system, of whoever looks at a page."""
        await self.town.sam.says(f"/pret {self._thing()} Personne {self.rng.randrange(PEOPLE)} demain 18h")
        await self.town.sam.says(self.rng.choice(("/retards", "/prets", "/stats", "/file", "/apercu")))
        for label in ("Confirmer", "Accepter"):
            for card in self.town.group.messages[-20:]:
                if label in card.labels:
                    await self.town.sam.presses(label, card)
        body = {"type": "delivery_reminder", "phone": "+33612345678", "variables": {"delivery_date": "2026-12-01"}}
        assert (await self.shop.call("POST", "/api/notifications/send-message", body)).status == 202
        for name in READS:
            assert (await self.shop.call("GET", f"/api/notifications/{name}")).status == 200
        await self._look()
        await self.town.settle()

    async def _look(self) -> None:
        if not self.browser.cookie or await self.browser.goes("/dashboard") != 200:
            await self.browser.enters(DOMINIQUE)
        for page in PAGES:
            assert await self.browser.goes(f"/dashboard{page}") in (200, 404), page
        assert await self.browser.goes(f"/r/{token_of(AnswerLink(1, (1,)), link_key(KEY))}") in (200, 410)

    def _thing(self) -> str:
        return f"OBJ-{self.rng.randrange(THINGS):03}"

    def _forget(self) -> None:
        """The stand-ins are no part of what is measured."""
        net = self.town.network
        self.town.transcript.clear()
        self.town._edited.clear()
        for wire in (net.twilio, net.telegram):
            wire.calls.clear()
        for phone in net.twilio.phones:
            phone.chat.clear()
            phone._seen = 0
        for chat in (*net.telegram.groups.values(), *(p.private for p in net.telegram.people.values())):
            chat.messages.clear()
            chat._seen = 0
        for account in net.telegram.people.values():
            account.toasts.clear()
        for kept in (net.twilio.held, net.twilio.posted, net.mail.mails, net.telegram.presses, net.telegram.files):
            kept.clear()
        self.noted.clear()
        self.town._log.seek(0)
        self.town._log.truncate()

    async def held(self) -> Held:
        store = self.town.service.store
        self.counted = (await store.rows(sa.select(sa.func.max(t.outbox.c.id))))[0][0] or 0
        letters = (await store.rows(sa.select(sa.func.max(t.inbox.c.id))))[0][0] or 0
        path = sqlite_path(store.url)
        log = Path(f"{path}-wal") if path else None
        gc.collect()
        return Held(
            messages=self.counted + letters, memory=_resident(), descriptors=len(os.listdir("/proc/self/fd")),
            tasks=len(asyncio.all_tasks()), threads=threading.active_count(),
            wal=log.stat().st_size if log and log.exists() else 0, short=await self._short(),
        )  # fmt: skip

    async def _short(self) -> int:
        return sum([await self.rows(name) for name in SHORT])

    async def rows(self, name: str) -> int:
        query = sa.select(sa.func.count()).select_from(t.metadata.tables[name])
        return int((await self.town.service.store.rows(query))[0][0])

    async def ended(self) -> None:
        """Every message has come to its end, or waits for an instant ahead; nobody holds a lease."""
        out = t.outbox.c
        due = out.state.in_(OPEN) & (out.next_at <= self.town.clock.now())
        left = sa.select(out.state, out.message, out.error).where(due | out.lease.is_not(None))
        assert await self.town.service.store.rows(left) == []
        new = sa.select(t.inbox.c.id).where(t.inbox.c.state != "done")
        assert await self.town.service.store.rows(new) == []


def _things(tx: Tx) -> None:
    for number in range(THINGS):
        tx.items.add(1, f"OBJ-{number:03}", f"Objet {number}")


def _resident() -> int:
    """What the process holds in memory, in bytes."""
    with open("/proc/self/statm") as statm:
        return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def _sends(call: Call) -> bool:
    return call.method == "POST" and call.name in ("Messages.json", "sendMessage")


async def _trouble(week: Week, day: int, hour: int) -> None:
    """On the first day and again later: the provider is gone for two hours, has had enough, loses its answers; on the
    first the service ends and starts again."""
    nets = (week.town.network.twilio, week.town.network.telegram)
    if hour in (11, 13, 15):
        for net in nets:
            net.faults.clear()
    if hour == 9 and day in (0, 2, 5):
        for net in nets:
            net.faults.add(faults.refuse(503), times=None, when=_sends)
    if hour == 12 and day in (0, 3):
        nets[0].faults.add(faults.too_many(20), times=30, when=_sends)
    if hour == 14 and day in (0, 4):
        for net in nets:
            net.faults.add(faults.drop(accepted=True), times=10, when=_sends)
    if (day, hour) == (0, 16):
        await week.town.restart()
        week.call_again()


async def soak(url: str, letters: int, noted: pytest.LogCaptureFixture) -> None:
    async with Town(url, SUNDAY, mail=True) as town, aiohttp.ClientSession() as http:
        week = Week(town, http, letters, noted)
        await week.furnish()
        days: list[Held] = []
        for day in range(DAYS):
            midnight = (SUNDAY + timedelta(days=day)).replace(hour=0, minute=0) + timedelta(minutes=45)
            await week.day(midnight, partial(_trouble, week, day))
            await town.at(midnight + timedelta(days=1, minutes=-10))
            await week.ended()
            week._forget()
            if day in (SETTLED, DAYS - 1):
                await asyncio.sleep(IDLE)
            days.append(await week.held())
            sys.stderr.write(f"day {day + 1}: {days[-1]}\n")
        _bounded(days)
        await _in_a_hundred_days(town, week)


def _bounded(days: list[Held]) -> None:
    first, last = days[SETTLED], days[-1]
    assert last.memory - first.memory <= GROWTH * (last.messages - first.messages) / 100_000 + NOISE
    assert abs(last.descriptors - first.descriptors) <= 5
    assert abs(last.tasks - first.tasks) <= 2
    assert last.threads <= first.threads + POOL
    assert max(day.wal for day in days) <= WAL
    assert last.short <= max(day.short for day in days[:SETTLED]) * 1.5 + 10


async def _in_a_hundred_days(town: Town, week: Week) -> None:
    """What is no history, and guards against nothing, is gone by then."""
    store = town.service.store
    await tidy(store, town.clock.now() + timedelta(days=100))
    left = {name: await week.rows(name) for name in t.metadata.tables if name not in FOR_GOOD}
    sys.stderr.write(f"left: { {name: n for name, n in left.items() if n} }\n")
    paused = sa.select(sa.func.count()).where(t.outbox.c.state.in_(OPEN))  # what waits for people who said PAUSE
    assert left["outbox"] <= 5 + (await store.rows(paused))[0][0]
    assert left["attempt"] <= 5
    assert left["inbox"] == 0


@pytest.fixture
def letters(request: pytest.FixtureRequest) -> int:
    """A day."""
    return LETTERS // 50 if request.config.getoption("--brief") else LETTERS


@pytest.mark.timeout(5400)
async def test_a_week_leaves_nothing_behind_on_sqlite(
    sqlite_migrated_url: str, letters: int, caplog: pytest.LogCaptureFixture
) -> None:
    await soak(sqlite_migrated_url, letters, caplog)


@pytest.mark.timeout(5400)
async def test_a_week_leaves_nothing_behind_on_postgresql(
    postgresql_migrated_url: str, letters: int, caplog: pytest.LogCaptureFixture
) -> None:
    await soak(postgresql_migrated_url, letters // 5, caplog)
