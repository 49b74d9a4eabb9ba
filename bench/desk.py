"""A desk to be measured: the real service over a database of its own, with people, things and running loans."""

from __future__ import annotations

import asyncio
import statistics
import tempfile
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import sqlite

from bench.child import LOADER, POLL, Act, Child, now, run
from bench.forms import ACCOUNT, PUBLIC_URL, SMS_FROM, TOKEN, message, phone, sid_of
from bench.served import served
from bot import service
from bot.channels.twilio_reader import message_letter
from bot.config import Config, load
from bot.core import delivery
from bot.core.conversation import Say, To
from bot.core.listed import Listed, ListedItem, ListedLoan, ListedPerson, Place
from bot.core.loans import Loan
from bot.core.messages import ReminderDay1
from bot.core.rules import Rules
from bot.logs import set_up
from bot.parts import build_parts
from bot.process import tune_interpreter
from bot.service import Service
from bot.store import PLANNED, Store, Tx
from bot.store.importing import take
from bot.store.saying import Cause
from bot.store.tables import OUTBOX_WAITS, address, inbox, loan, outbox, planned

DESK = 1
SLICE = 100
FAR = timedelta(days=400)
PATIENCE = 100.0  # seconds until what is not done is told instead of waited for
DATABASE = "desk.db"


class Desk:
    """What the commands work on."""

    folder: tempfile.TemporaryDirectory[str]
    watch: Child
    service: Service


async def start(
    base: str = "", *, answers: bool = False, sends: bool = False, limit: tuple[int, float] = (1_000_000, 0.0),
    engine: str = "sqlite",
) -> int:  # fmt: skip
    """Open the service. Its port; 0 when only its jobs run.

    base: the provider's address. answers: letters are handled, not only kept. sends: the outbox is emptied too.
    limit: of the sender, messages in so many seconds; none where the carriers' own would be all that is measured.
    """
    set_up("console", "error")
    Desk.folder = tempfile.TemporaryDirectory(prefix="bench-")
    on_file = f"sqlite+aiosqlite:///{Path(Desk.folder.name) / DATABASE}"
    config = _config(await _on_postgres() if engine == "postgresql" else on_file, base)
    delivery.SENDER_LIMITS["sms"] = (int(limit[0]), limit[1])
    delivery.PARTS["sms"] = delivery.PARTS["whatsapp"]
    vars(service)["PERIODIC"] = ()  # reconcile would put right the plans that are made up here
    parts = build_parts(config)
    if not sends:
        parts.channels.clear()
    parts.held = {}
    Desk.service = await Service.open(config, parts=parts)
    Desk.service.store.desk.roads.update({"sms": SMS_FROM, "telegram": "123456"})
    await Desk.service.store.write(_settle_in)
    Desk.watch = await Child("watch", LOADER).__aenter__()  # until `stop`
    await Desk.watch.ask("open", url=config.database_url)
    if answers or sends:
        await Desk.service.start()
    else:
        await Desk.service.listener.start()  # the door alone: the jobs would handle what it keeps
    tune_interpreter()
    return Desk.service.listener.port


async def _on_postgres() -> str:
    server, name = await served()
    return server.url(name)


def _config(url: str, base: str) -> Config:
    environ = {
        "DATABASE_URL": url, "PORT": "0", "PUBLIC_URL": PUBLIC_URL,
        "TWILIO_ACCOUNT_SID": ACCOUNT, "TWILIO_AUTH_TOKEN": TOKEN, "TWILIO_SMS_FROM": SMS_FROM, "LOG_LEVEL": "error",
    } | ({"TWILIO_API_BASE": base} if base else {})  # fmt: skip
    return load(environ, env_file=None)


def _settle_in(tx: Tx) -> None:
    """A bound group, so that staff's cards are written too; no quiet hours, or nothing would leave at night."""
    tx.departments.change(DESK, chat="-1001234")
    tx.departments.set_rule(DESK, "quiet_until", Rules().quiet_from)


async def seed(people: int) -> None:
    """That many people, each with one thing on loan for long."""
    await _store().write(_seed, people)


def _seed(tx: Tx, people: int) -> None:
    place = Place("bench", 1)
    due_at, lent_at = tx.now + FAR, tx.now - timedelta(days=1)
    listed = Listed(
        items=[ListedItem(place, f"OBJ-{n:07}", f"Objet {n}") for n in range(people)],
        people=[ListedPerson(place, f"Personne {n}", (("sms", phone(n)),), "fr") for n in range(people)],
        loans=[
            ListedLoan(place, f"OBJ-{n:07}", "", ("sms", phone(n)), due_at, f"bench-{n}", lent_at)
            for n in range(people)
        ],
    )
    take(tx, DESK, listed, {"bench": "bench"}, lambda _: None)
    tx.run(sa.update(loan).values(held=False))
    tx.run(sa.update(address).values(consent="given", verified_by="holder"))
    _counted(tx)


def _counted(tx: Tx) -> None:
    """PostgreSQL learns by itself how many rows there are, but in a minute, and this desk lives for seconds: a new row
    that names one of a table which was empty a moment ago would have it read whole."""
    if tx.postgres:
        tx.run(sa.text("ANALYZE"))


def _store() -> Store:
    return Desk.service.store


# --- letters -------------------------------------------------------------------------------------


async def answered() -> float:
    """Wait until no letter waits; when that was."""
    return await _until_none(sa.select(inbox.c.id).where(inbox.c.state == "new").limit(1))


async def tallied() -> dict[str, int]:
    """What became of the letters, and how much was said."""
    store = _store()
    columns = {"inbox": inbox.c.state, "said": outbox.c.about, "loan": loan.c.state}
    return {
        f"{name}:{row.what}": row.many for name, column in columns.items() for row in await store.rows(_tally(column))
    }


def _tally(column: sa.Column[Any]) -> sa.Select[Any]:
    return sa.select(column.label("what"), sa.func.count().label("many")).group_by(column)


async def _until_none(query: sa.Select[Any]) -> float:
    """Wait until nothing is found; when that was."""
    text = str(query.compile(dialect=sqlite.dialect(), compile_kwargs={"literal_binds": True}))
    when = await Desk.watch.ask("until_none", question=text, patience=PATIENCE)
    if when is None:
        raise TimeoutError(f"not done after {PATIENCE:.0f} s: {await tallied()} {await sent()}")
    return float(when)


# --- the way out ---------------------------------------------------------------------------------


async def deliver(count: int, batch: str) -> float:
    """Put a reminder for each of `count` people, all due now; messages per second until the last is closed."""
    await _store().write(_put_reminders, count, batch)
    began = now()
    # What jobs tell the staff's group meanwhile waits for a channel that is not on here.
    waiting = (outbox.c.channel == "sms") & outbox.c.state.in_(("pending", "retrying", "sending"))
    return count / (await _until_none(sa.select(outbox.c.id).where(waiting).limit(1)) - began)


async def taken(count: int, batch: str) -> list[list[str]]:
    """Messages for `count` people that their provider has taken: our reference and its id of each."""
    await _store().write(_put_reminders, count, batch)
    return await _store().write(_take_all, batch)


def _take_all(tx: Tx, batch: str) -> list[list[str]]:
    """As their create calls would leave them."""
    rows = tx.run(sa.select(outbox.c.id, outbox.c.ref).where(outbox.c.channel == "sms", OUTBOX_WAITS)).all()
    sent = [[row.ref, sid_of(batch, number)] for number, row in enumerate(rows)]
    for row, (_, sid) in zip(rows, sent, strict=True):
        values = {"state": "sent", "provider_id": sid, "sent_at": tx.now, "closed_at": tx.now}
        tx.run(sa.update(outbox).where(outbox.c.id == row.id).values(values))
    return sent


def _put_reminders(tx: Tx, count: int, batch: str) -> None:
    for found in _loans(tx, count):
        words = ReminderDay1(found.item, found.due_at, found.number, "Accueil")
        say = Say(
            message=words, to=To.CONTACT, contact_id=found.contact_id, department_id=DESK, loan=found,
            key=f"bench:{batch}:{found.id}",
        )  # fmt: skip
        tx.speech.say(say, Cause("clock"))
    _counted(tx)


def _loans(tx: Tx, count: int) -> list[Loan]:
    return tx.loans.running(DESK, count)


async def sent() -> dict[str, int]:
    """State of an SMS → how many."""
    rows = await _store().rows(_tally(outbox.c.state).where(outbox.c.channel == "sms"))
    return {row.what: row.many for row in rows}


# --- the clock -----------------------------------------------------------------------------------


async def plan_ahead(count: int, each_second: float) -> list[float]:
    """Plan a reminder for each of `count` people, one after the other; the instants, on the monotonic clock."""
    real, mono = _store().clock.real(), now()
    after = [2.0 + n / each_second for n in range(count)]
    await _store().write(_plan, [real + timedelta(seconds=s) for s in after])
    return [mono + s for s in after]


def _plan(tx: Tx, instants: list[Any]) -> None:
    rows = [
        {
            "department_id": DESK, "contact_id": found.contact_id, "kind": "loan", "subject_id": found.id,
            "step": "reminder_day_1", "occurrence": 0, "plan_no": found.plan_no, "at": at, "window_end": at + FAR,
            "state": "planned", "why": "",
        }
        for found, at in zip(_loans(tx, len(instants)), instants, strict=True)
    ]  # fmt: skip
    tx.run(sa.insert(planned), rows)
    tx.ring(PLANNED)


async def burst(count: int) -> dict[str, float]:
    """`count` reminders due at once: longest stall of the loop, seconds until all are said, and how long somebody
    who writes meanwhile waits for the answer."""
    stop, stalls = asyncio.Event(), [0.0]
    watch = asyncio.get_running_loop().create_task(_watch(stop, stalls))
    real = _store().clock.real()
    await _store().write(_plan, [real] * count)
    began = now()
    stalls[:] = [0.0]  # from here on: writing the plan is no part of it
    reply = await _ask_something(count)
    ended = await _until_none(sa.select(planned.c.id).where(planned.c.state == "planned").limit(1))
    stop.set()
    await watch
    return {"stall": max(stalls), "took": ended - began, "reply": reply}


async def _watch(stop: asyncio.Event, stalls: list[float]) -> None:
    """How much later than asked the loop comes back."""
    while not stop.is_set():
        began = time.perf_counter()
        await asyncio.sleep(0.001)
        stalls.append(time.perf_counter() - began - 0.001)


async def _ask_something(person: int) -> float:
    """Seconds from somebody's AIDE in the inbox to the answer in the outbox."""
    await asyncio.sleep(0.1)
    began = now()
    form = message("SMbench".ljust(34, "0"), phone(person), "AIDE")
    await _store().put([message_letter(form, SMS_FROM, phone(person))])
    return await answered() - began


async def rush(count: int, person: int, times: int) -> dict[str, float]:
    """`count` reminders due at once on a sender with its limit, and somebody who writes again and again meanwhile:
    the longest from their words to the call at the provider, and the longest stall of the loop, in seconds."""
    stop, stalls, waits = asyncio.Event(), [0.0], [0.0]
    await _store().write(_plan, [_store().clock.real()] * count)
    watching = asyncio.get_running_loop().create_task(_watch(stop, stalls))
    for number in range(times):
        await asyncio.sleep(1.0)
        waits.append(await _ask_until_it_left(person, number))
    stop.set()
    await watching
    return {"stall": max(stalls), "reply": max(waits)}


async def _ask_until_it_left(person: int, number: int) -> float:
    began = now()
    form = message(f"SMrush{number:04}".ljust(34, "0"), phone(person), "AIDE")
    await _store().put([message_letter(form, SMS_FROM, phone(person))])
    gone = sa.select(sa.func.count()).where(outbox.c.about == "answer", outbox.c.sent_at.is_not(None))
    while (await _store().rows(gone))[0][0] <= number:
        if now() - began > PATIENCE:
            raise TimeoutError(f"no answer left: {await sent()}")
        await asyncio.sleep(POLL)
    return now() - began


async def fill(rows: int) -> None:
    """That many planned rows in all, 100 of them due, each of somebody else."""
    await _store().write(_fill, rows)


def _fill(tx: Tx, rows: int) -> None:
    tx.run(sa.delete(planned))
    people = [found.contact_id for found in _loans(tx, SLICE)]
    columns = "department_id, contact_id, kind, subject_id, step, occurrence, plan_no, at, window_end, state, why"
    at = "CASE WHEN i < :people THEN :real - i ELSE :real + 3600000000 + i * 1000 END"
    until = ":real * 2"
    if tx.postgres:
        at, until = f"to_timestamp(({at}) / 1e6)", f"to_timestamp({until} / 1e6)"
    # One statement in the database itself: a million rows from here would take minutes.
    tx.run(
        sa.text(
            f"INSERT INTO planned ({columns}) "
            "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < :rows) "
            f"SELECT 1, :first + i % :people, 'loan', i, 'reminder_day_1', 0, 1, {at}, {until}, 'planned', '' FROM n"
        ),
        {"rows": rows, "people": SLICE, "first": people[0], "real": int(tx.real.timestamp() * 1e6)},
    )
    tx.run(sa.text("ANALYZE"))


async def find_due(times: int) -> dict[str, float]:
    """Milliseconds to find the 100 due, through the store and by one bare statement; medians."""
    ours, bare = await _store().write(_find_due, times)
    return {"ours": statistics.median(ours) * 1000, "bare": statistics.median(bare) * 1000}


def _find_due(tx: Tx, times: int) -> tuple[list[float], list[float]]:
    ours, bare = [], []
    real = "now()" if tx.postgres else int(tx.real.timestamp() * 1e6)
    query = f"SELECT contact_id FROM planned WHERE state = 'planned' AND at <= {real} ORDER BY at LIMIT {SLICE * 2}"
    for _ in range(times):
        began = time.perf_counter()
        found = tx.plans.due_contacts(SLICE)
        ours.append(time.perf_counter() - began)
        began = time.perf_counter()
        rows = tx.connection.exec_driver_sql(query).all()
        bare.append(time.perf_counter() - began)
        if len(found) != SLICE or len(rows) != SLICE:
            raise AssertionError(f"{len(found)} and {len(rows)} found of {SLICE}")
    return ours, bare


# --- the end -------------------------------------------------------------------------------------


async def stop() -> None:
    await Desk.watch.__aexit__()
    await Desk.service.stop()
    Desk.folder.cleanup()


ACTS: dict[str, Act] = {
    "start": start, "seed": seed, "answered": answered, "tallied": tallied, "deliver": deliver, "taken": taken,
    "sent": sent, "plan_ahead": plan_ahead, "burst": burst, "rush": rush, "fill": fill, "find_due": find_due,
    "stop": stop,
}  # fmt: skip

if __name__ == "__main__":
    run(ACTS)
