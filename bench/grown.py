"""A desk with years behind it, asked what people ask: the real service over a database that `bench.fill` filled.

What waits for the writer is measured on SQLite as its processor time in the writer's thread, where another program on
the machine does not count; what is read beside the writer, what comes through the doors, and all on PostgreSQL, whose
server works elsewhere, by the clock.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import aiohttp
import sqlalchemy as sa

from bench.child import Act, now, run
from bench.fill import GROUP, STAFF, carry, fill
from bench.forms import ACCOUNT, PUBLIC_URL, SMS_FROM, TOKEN, message
from bench.served import served
from bot import service
from bot.channels.telegram_door import update_letter
from bot.channels.twilio_reader import message_letter
from bot.config import load
from bot.core.inbound import Letter
from bot.parts import build_parts
from bot.process import tune_interpreter
from bot.service import Service
from bot.store import PLANNED, Store, Tx, figures
from bot.store.tables import inbox, outbox, pace, planned
from bot.web.dashboard.door import COOKIE
from bot.web.tokens import new_token
from jobs.answer import Ears, answer_one
from jobs.chase import chase_department, next_chase
from jobs.digest import summary
from jobs.remind import remind_person, replan_slice
from jobs.tidy import tidy as tidy_up
from tools.postgres import Server

DESK = 1
BOT = 123_456
NUMBERS = itertools.count(1)


class Grown:
    """What the commands work on."""

    folder: tempfile.TemporaryDirectory[str]
    server: Server | None = None
    clock: Callable[[], float] = time.thread_time  # seconds of the writer
    service: Service
    ears: Ears
    http: aiohttp.ClientSession


async def start(loans: int, desks: int = 1, *, works: bool = False, engine: str = "sqlite") -> dict[str, float]:
    """Fill a database and open the service over it. Seconds of the opening, MB.

    works: its jobs run, but for those that bring words to providers; else only the door is open.
    """
    Grown.folder = tempfile.TemporaryDirectory(prefix="bench-")
    path = Path(Grown.folder.name) / "desk.db"
    url = f"sqlite+aiosqlite:///{path}"
    await (await Store.open(url)).close()
    await asyncio.to_thread(fill, path, loans, datetime.now(UTC), desks)
    if engine == "postgresql":
        url = await _carried(path)
    config = load(
        {
            "DATABASE_URL": url, "PORT": "0", "PUBLIC_URL": PUBLIC_URL, "LOG_LEVEL": "error",
            "TWILIO_ACCOUNT_SID": ACCOUNT, "TWILIO_AUTH_TOKEN": TOKEN, "TWILIO_SMS_FROM": SMS_FROM,
            "TELEGRAM_BOT_TOKEN": f"{BOT}:bench", "TELEGRAM_WEBHOOK_SECRET": "bench",
        },
        env_file=None,
    )  # fmt: skip
    parts = build_parts(config)
    Grown.ears = Ears(parts.readers, parts.judges)
    roads = {name: channel.sender for name, channel in parts.channels.items()}
    parts.channels.clear()
    parts.held, parts.telegram = {}, None
    vars(service)["PERIODIC"] = ()  # reconcile would put right the plans that are made up here
    began = now()
    Grown.service = await Service.open(config, parts=parts)
    took = now() - began
    _store().desk.roads.update(roads)
    await (Grown.service.start() if works else Grown.service.listener.start())
    tune_interpreter()
    await _sign_in()
    return {"opening": took, "megabytes": await _size(path) / 1e6}


async def _carried(path: Path) -> str:
    """A server of PostgreSQL beside us, on the other core, with the rows of the file; the address of its database."""
    Grown.server, name = await served()
    Grown.clock = time.perf_counter
    url = Grown.server.url(name)
    await asyncio.to_thread(carry, path, url)
    return url


async def _size(path: Path) -> int:
    if Grown.server is None:
        return await asyncio.to_thread(os.path.getsize, path)
    (row,) = await _store().rows(sa.text("SELECT pg_database_size(current_database())"))
    return int(row[0])


async def _sign_in() -> None:
    lasts = timedelta(days=1)
    token, token_id, ends = new_token(
        Grown.service.config.secret_key(),
        role="admin",
        name="bench",
        department_id=None,
        now=datetime.now(UTC),
        lasts=lasts,
    )
    cookie = await _store().write(lambda tx: tx.sessions.begin_by_token(token_id, "bench", "admin", None, ends, "fr"))
    Grown.http = aiohttp.ClientSession(
        f"http://127.0.0.1:{Grown.service.listener.port}", cookies={COOKIE: cookie},
        headers={"Authorization": f"Bearer {token}"},
    )  # fmt: skip


def _store() -> Store:
    return Grown.service.store


# --- said in the chat ----------------------------------------------------------------------------


async def say(words: str, person: int, times: int) -> float:
    """Processor milliseconds of the writer for these words of a person (0: of staff, in the group); the median."""
    took = []
    for _ in range(times):
        letter = _of_staff(words) if person == 0 else _of_borrower(words, person)
        await _store().put([letter])
        took.append(await _store().write(_answer, letter.lane))
    return statistics.median(took) * 1000


def _of_borrower(words: str, person: int) -> Letter:
    phone = f"+336{10_000_000 + person}"
    return message_letter(message(f"SMb{next(NUMBERS):031d}", phone, words), SMS_FROM, phone)


def _of_staff(words: str) -> Letter:
    number = next(NUMBERS)
    chat = {"id": GROUP, "type": "supergroup", "title": "Prêt"}
    who = {"id": STAFF, "is_bot": False, "first_name": "Sam"}
    said = {"message_id": number, "date": int(time.time()), "chat": chat, "from": who, "text": words}
    return update_letter({"update_id": number, "message": said}, BOT)


def _answer(tx: Tx, lane: str) -> float:
    tx.run(sa.delete(pace).where(pace.c.key.startswith("heard:")))  # nobody asks so much so fast: it would be ignored
    newest = sa.select(sa.func.max(outbox.c.id).label("id"))
    before = tx.run(newest).scalar_one()
    began = Grown.clock()
    answer_one(tx, lane, Grown.ears)
    took = Grown.clock() - began
    if tx.run(newest).scalar_one() == before:
        raise AssertionError(f"nothing was answered in {lane}")
    return took


# --- asked by the clock --------------------------------------------------------------------------


async def work(name: str, times: int) -> float:
    """Processor milliseconds of one turn of something the jobs do in the writer's thread; the median."""
    return statistics.median([await _store().write(_timed, WORK[name]) for _ in range(times)]) * 1000


def _timed(tx: Tx, work: Callable[[Tx], object]) -> float:
    began = Grown.clock()
    work(tx)
    return Grown.clock() - began


WORK: dict[str, Callable[[Tx], object]] = {
    "due": lambda tx: tx.plans.due_contacts(100),
    "claim": lambda tx: tx.outbox.claim("sms", SMS_FROM, 128, 1.0),
    "chase": lambda tx: chase_department(tx, DESK),
    "next chase": lambda tx: next_chase(tx, tx.now),
    "digest": lambda tx: summary(tx, DESK),
}


async def look(name: str, times: int) -> float:
    """Milliseconds of one of the questions asked beside the writer; the median."""
    took = []
    for _ in range(times):
        began = now()
        await LOOKS[name](_store())
        took.append(now() - began)
    return statistics.median(took) * 1000


LOOKS: dict[str, Callable[[Store], Any]] = {
    "next planned": lambda store: store.next_planned(after=store.clock.now()),
    "next to leave": lambda store: store.outgoing(after=store.clock.now()),
    "waiting letters": lambda store: store.waiting_lanes(),
    "metrics": lambda store: figures.backlog(store, store.clock.now()),
}


# --- asked at a door -----------------------------------------------------------------------------


async def get(path: str, times: int) -> float:
    """Milliseconds from a request to the end of its answer; the median."""
    took = []
    for _ in range(times):
        began = now()
        async with Grown.http.get(path) as answer:
            body = await answer.text()
            if answer.status != 200:
                raise AssertionError(f"{path}: {answer.status} {body[:200]}")
        took.append(now() - began)
    return statistics.median(took) * 1000


# --- long work beside which people wait -----------------------------------------------------------


async def replan() -> dict[str, float]:
    """A rule that moves every reminder is changed: seconds until all plans are moved, how many loans, longest stall of
    the loop and of the writer, in seconds."""
    loans = await _store().write(lambda tx: tx.loans.count_running(DESK))
    await _store().write(_change_rule)
    found = await _beside(_replan_all)
    return {**found, "loans": loans}


def _change_rule(tx: Tx) -> None:
    tx.departments.set_rule(DESK, "overdue_after", timedelta(minutes=30))
    tx.replannings.ask(DESK)


async def _replan_all() -> None:
    while await _store().write(replan_slice):
        pass


async def tidy(days: float) -> dict[str, float]:
    """The night's tidying, so many days later: seconds, and the stalls beside it."""
    return await _beside(lambda: tidy_up(_store(), _store().clock.now() + timedelta(days=days)))


async def _beside(work: Callable[[], Any]) -> dict[str, float]:
    """What else waits meanwhile: the loop is looked at every millisecond, a small write is made every five."""
    stop, stalls, waits = asyncio.Event(), [0.0], [0.0]
    watching = [asyncio.ensure_future(watch(stop, stalls)), asyncio.ensure_future(_write_beside(stop, waits))]
    began = now()
    await work()
    took = now() - began
    stop.set()
    await asyncio.gather(*watching)
    waits.sort()
    return {"took": took, "stall": max(stalls), "wait": waits[-1], "p99": waits[int(len(waits) * 0.99)]}


async def watch(stop: asyncio.Event, stalls: list[float]) -> None:
    """How much later than asked the loop comes back."""
    while not stop.is_set():
        began = time.perf_counter()
        await asyncio.sleep(0.001)
        stalls.append(time.perf_counter() - began - 0.001)


async def _write_beside(stop: asyncio.Event, waits: list[float]) -> None:
    while not stop.is_set():
        began = now()
        await _store().write(lambda tx: None)
        waits.append(now() - began)
        await asyncio.sleep(0.005)


# --- a day of a thousand desks ---------------------------------------------------------------------


async def remind(times: int) -> float:
    """Processor milliseconds of the writer to say one person's due reminder; the median."""
    people = await _store().write(_due_now, times)
    took = [await _store().write(_timed, partial(remind_person, contact_id=person)) for person in people]
    return statistics.median(took) * 1000


def _due_now(tx: Tx, count: int) -> list[int]:
    """The next reminder of each of `count` people is due; who they are."""
    soonest = (
        sa.select(planned.c.contact_id, sa.func.min(planned.c.id).label("id"))
        .where(planned.c.state == "planned", planned.c.step == "reminder_day_1")
        .group_by(planned.c.contact_id)
        .limit(count)
    )
    rows = tx.run(soonest).all()
    for start in range(0, len(rows), 500):
        ids = [row.id for row in rows[start : start + 500]]
        due = {"at": tx.now, "window_end": tx.now + timedelta(hours=12)}
        tx.run(sa.update(planned).where(planned.c.id.in_(ids)).values(due))
    tx.ring(PLANNED)
    return [row.contact_id for row in rows]


async def live(letters: list[int], burst_at: int, burst: int, people: int) -> dict[str, float]:
    """Seconds of a day one after the other, with so many letters in each and `burst` reminders due at once in one of
    them. Seconds that answers took (half of them, 99 of 100), until the burst was said, that the loop stood still; and
    of the processor in all."""
    halt, stalls = asyncio.Event(), [0.0]
    watching = asyncio.ensure_future(watch(halt, stalls))
    began, cpu, said = now(), time.process_time(), 0.0
    first = next(NUMBERS)
    bursting: asyncio.Task[float] | None = None
    for second, count in enumerate(letters):
        if second == burst_at and burst:
            bursting = asyncio.ensure_future(_burst(burst))
        for place in range(count):
            await asyncio.sleep(max(0.0, began + second + place / count - now()))
            words = "MES PRETS" if place % 2 else "AIDE"
            await _store().put([_of_borrower(words, 1 + next(NUMBERS) % people)])
        await asyncio.sleep(max(0.0, began + second + 1 - now()))
    while await _store().rows(sa.select(inbox.c.id).where(inbox.c.state == "new").limit(1)):  # noqa: ASYNC110
        await asyncio.sleep(0.02)
    said = await bursting if bursting is not None else 0.0
    halt.set()
    await watching
    took = await _waited(first)
    return {
        "half": took[len(took) // 2], "p99": took[int(len(took) * 0.99)], "burst": said, "stall": max(stalls),
        "cpu": time.process_time() - cpu,
    }  # fmt: skip


async def _burst(count: int) -> float:
    """Seconds until so many reminders that fall due together are in the outbox."""
    began = now()
    await _store().write(_due_now, count)
    due = sa.select(planned.c.id).where(planned.c.state == "planned", planned.c.at <= _store().clock.now()).limit(1)
    while await _store().rows(due):  # noqa: ASYNC110 (others change it)
        await asyncio.sleep(0.05)
    return now() - began


async def _waited(first: int) -> list[float]:
    """Seconds from the inbox to the answer in the outbox, of all letters since one."""
    mine = inbox.c.provider_id > f"SMb{first:031d}", inbox.c.provider_id < "SMc"
    rows = await _store().rows(sa.select(inbox.c.received_at, inbox.c.done_at).where(*mine))
    return sorted((row.done_at - row.received_at).total_seconds() for row in rows)


async def stop() -> None:
    await Grown.http.close()
    await Grown.service.stop()
    if Grown.server is not None:
        await asyncio.to_thread(Grown.server.stop)
    Grown.folder.cleanup()


ACTS: dict[str, Act] = {
    "start": start, "say": say, "work": work, "look": look, "get": get, "replan": replan, "tidy": tidy,
    "remind": remind, "live": live, "stop": stop,
}  # fmt: skip

if __name__ == "__main__":
    run(ACTS)
