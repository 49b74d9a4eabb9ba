"""A desk with years behind it, asked what people ask: the real service over a SQLite file that `bench.fill` filled.

What waits for the writer is measured as its processor time in the writer's thread, where another program on the machine
does not count; what is read beside the writer, and what comes through the doors, by the clock.
"""

from __future__ import annotations

import asyncio
import itertools
import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import sqlalchemy as sa

from bench.child import Act, now, run
from bench.fill import GROUP, STAFF, fill
from bench.forms import ACCOUNT, PUBLIC_URL, SMS_FROM, TOKEN, message
from bot.channels.telegram import update_letter
from bot.channels.twilio_reader import message_letter
from bot.config import load
from bot.core.inbound import Letter
from bot.service import Service
from bot.store import Store, Tx, figures
from bot.store.tables import outbox, pace
from bot.web.dashboard.door import COOKIE
from bot.web.tokens import new_token
from jobs.answer import Ears, answer_one
from jobs.chase import chase_department, next_chase
from jobs.digest import summary
from jobs.remind import replan_slice
from jobs.tidy import tidy as tidy_up

DESK = 1
BOT = 123_456
NUMBERS = itertools.count(1)


class Grown:
    """What the commands work on."""

    folder: tempfile.TemporaryDirectory[str]
    service: Service
    ears: Ears
    http: aiohttp.ClientSession


async def start(loans: int, desks: int = 1) -> dict[str, float]:
    """Fill a file and open the service over it, its door open and its jobs at rest. Seconds of the opening, MB."""
    Grown.folder = tempfile.TemporaryDirectory(prefix="bench-")
    path = Path(Grown.folder.name) / "desk.db"
    url = f"sqlite+aiosqlite:///{path}"
    await (await Store.open(url)).close()
    await asyncio.to_thread(fill, path, loans, datetime.now(UTC), desks)
    config = load(
        {
            "DATABASE_URL": url, "PORT": "0", "PUBLIC_URL": PUBLIC_URL, "LOG_LEVEL": "error",
            "TWILIO_ACCOUNT_SID": ACCOUNT, "TWILIO_AUTH_TOKEN": TOKEN, "TWILIO_SMS_FROM": SMS_FROM,
            "TELEGRAM_BOT_TOKEN": f"{BOT}:bench", "TELEGRAM_WEBHOOK_SECRET": "bench",
        },
        env_file=None,
    )  # fmt: skip
    began = now()
    Grown.service = await Service.open(config)
    took = now() - began
    parts = Grown.service.parts
    Grown.ears = Ears(parts.readers, parts.judges)
    await Grown.service.listener.start()
    await _sign_in()
    return {"opening": took, "megabytes": path.stat().st_size / 1e6}


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
    began = time.thread_time()
    answer_one(tx, lane, Grown.ears)
    took = time.thread_time() - began
    if tx.run(newest).scalar_one() == before:
        raise AssertionError(f"nothing was answered in {lane}")
    return took


# --- asked by the clock --------------------------------------------------------------------------


async def work(name: str, times: int) -> float:
    """Processor milliseconds of one turn of something the jobs do in the writer's thread; the median."""
    return statistics.median([await _store().write(_timed, WORK[name]) for _ in range(times)]) * 1000


def _timed(tx: Tx, work: Callable[[Tx], object]) -> float:
    began = time.thread_time()
    work(tx)
    return time.thread_time() - began


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
    "metrics": lambda store: figures.shelves(store, store.clock.now()),
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


async def stop() -> None:
    await Grown.http.close()
    await Grown.service.stop()
    Grown.folder.cleanup()


ACTS: dict[str, Act] = {
    "start": start, "say": say, "work": work, "look": look, "get": get, "replan": replan, "tidy": tidy, "stop": stop,
}  # fmt: skip

if __name__ == "__main__":
    run(ACTS)
