"""Several processes over one PostgreSQL database do what one does: the same messages, each once, whoever is killed."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import signal
from bisect import bisect_left
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.core.conversation import Say, To
from bot.core.delivery import SENDER_LIMITS
from bot.core.listed import Listed, ListedItem, ListedLoan, ListedPerson, Place
from bot.core.messages import ReminderDay1
from bot.core.rules import Rules
from bot.sandbox.network import Network
from bot.sandbox.phones import Phone
from bot.store import OUTBOX, Store, Tx
from bot.store.importing import take
from bot.store.saying import Cause
from bot.store.tables import address, inbox, loan, outbox, planned
from tests.promises.fleet import Desk

DESK = 1
PUBLIC_URL = "https://desk.example"
PATIENCE = 60.0
WAITING = ("pending", "retrying", "sending", "unsure")


@contextlib.asynccontextmanager
async def network() -> AsyncIterator[Network]:
    async with Network(now=lambda: datetime.now(UTC), pace=0.01) as made:
        yield made


def process(folder: Path, url: str, net: Network, run: str) -> Desk:
    """One replica, not started yet."""
    twilio = net.twilio
    return Desk(
        folder,
        {
            "RUN": run, "DATABASE_URL": url, "PUBLIC_URL": PUBLIC_URL, "SECRET_KEY": "a secret that all replicas share",
            "TWILIO_API_BASE": twilio.base, "TWILIO_ACCOUNT_SID": twilio.account_sid,
            "TWILIO_AUTH_TOKEN": twilio.auth_token, "TWILIO_WHATSAPP_FROM": twilio.whatsapp_from,
        },
    )  # fmt: skip


# --- the story ---------------------------------------------------------------------------------------


def number(person: int) -> str:
    return f"+336123456{person:02}"


def furnish(tx: Tx, people: int) -> None:
    """People with one thing each, a desk that may speak at any hour."""
    place = Place("test", 1)
    due_at, lent_at = tx.now + timedelta(days=30), tx.now - timedelta(days=1)
    listed = Listed(
        items=[ListedItem(place, f"OBJ-{n:03}", f"Objet {n}") for n in range(people)],
        people=[ListedPerson(place, f"Personne {n}", (("whatsapp", number(n)),), "fr") for n in range(people)],
        loans=[
            ListedLoan(place, f"OBJ-{n:03}", "", ("whatsapp", number(n)), due_at, f"test-{n}", lent_at)
            for n in range(people)
        ],
    )
    take(tx, DESK, listed, {"test": "test"}, lambda _: None)
    tx.departments.set_rule(DESK, "quiet_until", Rules().quiet_from)
    tx.departments.set_rule(DESK, "try_outside", True)
    tx.run(sa.update(loan).values(held=False))
    tx.run(sa.update(address).values(consent="given", verified_by="holder"))


def plan(tx: Tx) -> None:
    """A reminder of every loan is due in this moment: one transaction over everybody, while each of them is written
    to by another process."""
    for found in tx.loans.running(DESK, 1_000):
        tx.insert(
            planned, department_id=DESK, contact_id=found.contact_id, kind="loan", subject_id=found.id,
            step="reminder_day_1", occurrence=7, plan_no=found.plan_no, at=tx.now,
            window_end=tx.now + timedelta(hours=12), state="planned", why="",
        )  # fmt: skip
    tx.ring("planned")


async def story(store: Store, phones: list[Phone], rounds: int) -> None:
    """Everybody asks for their list again and again, is reminded, and gives back."""
    for _ in range(rounds):
        await asyncio.gather(*(phone.says("MES PRETS") for phone in phones))
    await store.write(plan)
    await quiet(store)
    await asyncio.gather(*(phone.says("RENDU") for phone in phones))
    await quiet(store)


async def quiet(store: Store) -> None:
    """Wait until nothing waits in any table."""
    shelves = [
        sa.select(sa.func.count()).where(inbox.c.state == "new"),
        sa.select(sa.func.count()).where(planned.c.state == "planned", planned.c.at <= sa.func.now()),
        sa.select(sa.func.count()).where(outbox.c.state.in_(WAITING), outbox.c.channel == "whatsapp"),
    ]
    async with asyncio.timeout(6 * PATIENCE):
        while [(await store.rows(shelf))[0][0] for shelf in shelves] != [0, 0, 0]:  # noqa: ASYNC110 (others change it)
            await asyncio.sleep(0.1)


async def heard_from(
    folder: Path, url: str, *, workers: int, people: int, rounds: int = 1, kill_every: float | None = None
) -> dict[str, Counter[str]]:
    """What each person's telephone shows at the end: first line of a message → how often."""
    async with running(folder, url, workers, people) as town:
        async with killing(town.workers, kill_every):
            await story(town.store, town.phones, rounds)
        return {
            phone.number or "": Counter(first_line(message.text) for message in phone.heard) for phone in town.phones
        }


@dataclass(frozen=True, slots=True)
class Running:
    net: Network
    store: Store
    phones: list[Phone]
    workers: list[Desk]


@contextlib.asynccontextmanager
async def running(folder: Path, url: str, workers: int, people: int) -> AsyncIterator[Running]:
    """One process with the doors, `workers` without, and people with telephones."""
    async with network() as net:
        doors, *others = [process(folder, url, net, run) for run in ("web", *["worker"] * workers)]
        store = await Store.open(url)
        try:
            await asyncio.gather(*(desk.start() for desk in (doors, *others)))
            net.connect(doors.base, PUBLIC_URL)
            await store.write(furnish, people)
            phones = [net.phone(number(n), name=f"Personne {n}") for n in range(people)]
            yield Running(net, store, phones, others)
        finally:
            await store.close()
            await asyncio.gather(*(desk.ends(signal.SIGKILL) for desk in (doors, *others)))


def first_line(text: str) -> str:
    return text.partition("\n")[0]


@contextlib.asynccontextmanager
async def killing(desks: Sequence[Desk], every: float | None) -> AsyncIterator[None]:
    """One process after the other dies and is started again, meanwhile."""

    async def kill() -> None:
        for desk in itertools.cycle(desks):
            await asyncio.sleep(every or 0)
            await desk.ends(signal.SIGKILL)
            await desk.start()

    task = asyncio.create_task(kill()) if every is not None else None
    yield
    if task is not None:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def expected(heard: dict[str, Counter[str]], people: int, rounds: int) -> None:
    """Each heard every answer once for each question, one reminder, and that the return was noted."""
    assert len(heard) == people
    for person, counts in heard.items():
        assert sorted(counts.values(), reverse=True) == sorted([rounds, 1, 1], reverse=True), (person, counts)


@pytest.mark.thorough
async def test_two_processes_say_everything_once(tmp_path: Path, postgresql_migrated_url: str) -> None:
    heard = await heard_from(tmp_path, postgresql_migrated_url, workers=2, people=5)
    expected(heard, 5, 1)


@pytest.mark.slow
@pytest.mark.parametrize("workers", [1, 2, 4])
async def test_any_number_of_processes_says_the_same(
    tmp_path: Path, postgresql_migrated_url: str, workers: int
) -> None:
    heard = await heard_from(tmp_path, postgresql_migrated_url, workers=workers, people=40, rounds=3)
    expected(heard, 40, 3)


@pytest.mark.slow
@pytest.mark.parametrize("workers", [2, 4])
async def test_a_process_killed_every_few_seconds_loses_nothing(
    tmp_path: Path, postgresql_migrated_url: str, workers: int
) -> None:
    """What was handed to the provider when the process died is asked about after the lease of two minutes."""
    heard = await heard_from(
        tmp_path, postgresql_migrated_url, workers=workers, people=40, rounds=5, kill_every=3.0
    )  # fmt: skip
    expected(heard, 40, 5)


def remind_all(tx: Tx, round_: int) -> None:
    """A reminder for everybody, all in this moment; what it speaks of tells its round."""
    for found in tx.loans.running(DESK, 1_000):
        words = ReminderDay1(f"Objet {round_:02}", found.due_at, found.number, "Accueil")
        say = Say(
            message=words, to=To.CONTACT, contact_id=found.contact_id, department_id=DESK, loan=found,
            key=f"test:{round_}:{found.id}",
        )  # fmt: skip
        tx.speech.say(say, Cause("clock"))
    tx.ring(OUTBOX)


@pytest.mark.slow
async def test_four_processes_keep_the_limit_of_one_sender_and_the_order_of_each_chat(
    tmp_path: Path, postgresql_migrated_url: str
) -> None:
    """Counted where messages arrive: whatever second is looked at."""
    people, rounds = 40, 12
    count, seconds = SENDER_LIMITS["whatsapp"]
    async with running(tmp_path, postgresql_migrated_url, 4, people) as town:
        await asyncio.gather(*(phone.says("MES PRETS") for phone in town.phones))
        await quiet(town.store)
        before = len(town.net.twilio.held)
        town.store.desk.roads["whatsapp"] = town.net.twilio.whatsapp_from  # as the processes have it
        for round_ in range(rounds):
            await town.store.write(remind_all, round_)
        await quiet(town.store)
        came = sorted(held.created.timestamp() for held in town.net.twilio.held[before:])
        heard = [[m.text for m in phone.heard][1:] for phone in town.phones]  # after the list asked for
    assert len(came) == people * rounds
    for texts in heard:
        assert [f"Objet {n:02}" in text for n, text in enumerate(texts)] == [True] * rounds, texts
    busiest = max(bisect_left(came, at + 1) - place for place, at in enumerate(came))
    assert busiest <= count / seconds, f"{busiest} messages came within a second"
