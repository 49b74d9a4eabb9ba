"""The figures of a release that need processes, real time and load (rows 10, 16, 17, 18, 20 and 21 of the promises).

`make promises` runs the full counts; `-m slow --brief` a fiftieth of them, to see whether the checks themselves work.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
import sqlite3
import time
from collections import Counter
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import aiohttp
import pytest
import sqlalchemy as sa

from bench import forms
from bot.sandbox.network import Network
from bot.store import Store
from bot.store import tables as t
from bot.store.backup import back_up
from tests.conftest import sqlite_url
from tests.promises.fleet import Desk, Load, p99

pytestmark = pytest.mark.slow
MIB = 1024 * 1024
LOOK = 0.5  # seconds between two looks
SETTLED = 120.0  # seconds for what was acknowledged to be answered


@pytest.fixture
def share(request: pytest.FixtureRequest) -> float:
    """Of the full counts."""
    return 0.02 if request.config.getoption("--brief") else 1.0


@pytest.fixture
async def network(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Network]:
    async with Network(now=lambda: datetime.now(UTC), pace=0.01) as network:
        monkeypatch.setattr(forms, "TOKEN", network.twilio.auth_token)
        monkeypatch.setattr(forms, "SMS_FROM", network.twilio.whatsapp_from)
        yield network


def environ(network: Network, url: str) -> dict[str, str]:
    return {
        "DATABASE_URL": url, "PUBLIC_URL": forms.PUBLIC_URL, "SECRET_KEY": "k" * 40,
        "TWILIO_API_BASE": network.twilio.base, "TWILIO_ACCOUNT_SID": forms.ACCOUNT,
        "TWILIO_AUTH_TOKEN": network.twilio.auth_token,
        "TWILIO_WHATSAPP_FROM": network.twilio.whatsapp_from.removeprefix("whatsapp:"),
    }  # fmt: skip


@pytest.fixture
async def desk(network: Network, tmp_path: Path) -> AsyncIterator[Desk]:
    """One desk on SQLite."""
    desk = Desk(tmp_path, environ(network, sqlite_url(tmp_path / "desk.db")))
    await desk.start()
    network.connect(desk.base, forms.PUBLIC_URL)
    yield desk
    if desk.process.returncode is None:
        await desk.ends(signal.SIGTERM)


async def states(url: str) -> Counter[str]:
    """Received messages by state."""
    store = await Store.open(url, may_migrate=False)
    rows = await store.rows(sa.select(t.inbox.c.provider_id, t.inbox.c.state).where(t.inbox.c.kind == "message"))
    await store.close()
    return Counter({row.provider_id: row.state for row in rows}.values())


async def all_handled(url: str, load: Load) -> None:
    """Everything acknowledged was kept, and is handled in the end."""
    found = await states(url)
    for _ in range(int(SETTLED / LOOK)):
        if not found["new"]:
            break
        await asyncio.sleep(LOOK)
        found = await states(url)
    assert found["new"] == 0, found
    assert sum(found.values()) >= len(load.acknowledged)
    assert found["done"] == sum(found.values()), found


def url_of(tmp_path: Path) -> str:
    return sqlite_url(tmp_path / "desk.db")


# --- row 16 --------------------------------------------------------------------------------------------


async def test_a_hundred_deliveries_a_second_are_answered_in_time_and_over_a_lock(
    desk: Desk, tmp_path: Path, share: float
) -> None:
    load = Load([desk])
    await load.run(20, 3)  # all that is loaded on first use
    load.took.clear()
    await load.run(100, max(5.0, 600 * share))
    assert p99(load.took) < 0.25
    load.took.clear()
    going = asyncio.ensure_future(load.run(100, 5))
    await asyncio.sleep(1)
    with contextlib.closing(sqlite3.connect(tmp_path / "desk.db", isolation_level=None, timeout=10)) as other:
        other.execute("BEGIN IMMEDIATE")
        await asyncio.sleep(2)
        other.execute("ROLLBACK")
    await going
    assert max(load.took) < 5
    assert (load.turned_away, load.given_up) == (0, 0)
    await all_handled(url_of(tmp_path), load)


# --- row 17 --------------------------------------------------------------------------------------------


async def test_a_desk_under_load_ends_and_starts_in_time_and_loses_nothing(
    desk: Desk, tmp_path: Path, share: float
) -> None:
    load = Load([desk])
    going = asyncio.ensure_future(load.run(50, max(8.0, 60 * share)))
    await asyncio.sleep(2)
    status, took = await desk.ends(signal.SIGTERM)
    assert (status, took < 10) == (0, True)
    assert await desk.start() < 10
    await asyncio.sleep(1)
    await desk.ends(signal.SIGKILL)
    assert await desk.start() < 10
    await going
    assert load.given_up == 0
    await all_handled(url_of(tmp_path), load)


# --- row 18 --------------------------------------------------------------------------------------------


async def drip(desk: Desk, lives: list[float]) -> None:
    """A request of which a byte comes every second; how long the desk bore it."""
    reader, writer = await asyncio.open_connection("127.0.0.1", desk.port)
    began = time.monotonic()
    with contextlib.suppress(OSError):
        for byte in b"POST /webhooks/twilio HTTP/1.1\r\nHost: desk.example\r\nX-Slow: " + b"x" * 60:
            writer.write(bytes([byte]))
            await writer.drain()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(reader.read(1), 1)
            if reader.at_eof():
                break
    lives.append(time.monotonic() - began)
    writer.close()


async def test_two_hundred_slow_connections_do_not_hold_the_door_shut(desk: Desk) -> None:
    lives: list[float] = []
    slow = [asyncio.ensure_future(drip(desk, lives)) for _ in range(200)]
    await asyncio.sleep(2)
    began = time.monotonic()
    async with aiohttp.ClientSession() as session, session.get(f"{desk.base}/healthz") as answer:
        assert answer.status == 200
    assert time.monotonic() - began < 2
    await asyncio.gather(*slow)
    assert max(lives) <= 16  # the promise's fifteen seconds, and the second of the last byte


# --- row 20 --------------------------------------------------------------------------------------------


async def test_backups_under_load_are_whole_and_hold_all_that_was_acknowledged(
    desk: Desk, tmp_path: Path, share: float
) -> None:
    load, count = Load([desk]), max(5, int(100 * share))
    going = asyncio.ensure_future(load.run(50, count * 0.3))
    for n in range(count):
        await asyncio.sleep(0.1)
        before = set(load.acknowledged)
        made = await asyncio.to_thread(back_up, url_of(tmp_path), tmp_path / "backups" / f"{n}.db", datetime.now(UTC))
        with contextlib.closing(sqlite3.connect(made.path)) as copy:
            assert before <= {row[0] for row in copy.execute("SELECT provider_id FROM inbox")}
        made.path.unlink()
    await going
    await all_handled(url_of(tmp_path), load)


# --- row 21 --------------------------------------------------------------------------------------------


async def test_memory_under_attack_and_over_many_messages(desk: Desk, tmp_path: Path, share: float) -> None:
    load = Load([desk])
    await load.run(100, 5)  # all that is loaded on first use
    began = peak = desk.memory()

    async def forged(session: aiohttp.ClientSession) -> None:
        nonlocal peak
        with contextlib.suppress(aiohttp.ClientError):
            headers = {"X-Twilio-Signature": "forged", "Content-Type": "application/x-www-form-urlencoded"}
            await session.post(f"{desk.base}{forms.PATH}", data=b"a=" + b"x" * (250 * 1024), headers=headers)
        peak = max(peak, desk.memory())

    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=190)) as session:
        await asyncio.gather(*(forged(session) for _ in range(max(400, int(5_000 * share)))))
    assert peak - began < 80 * MIB
    await load.run(200, max(5.0, 500 * share))  # 100 000 messages
    await all_handled(url_of(tmp_path), load)
    assert desk.memory() - began < 20 * MIB + 80 * MIB * (share < 1)


# --- row 10, and a rolling restart ---------------------------------------------------------------------


async def test_replicas_that_are_killed_and_restarted_in_turn_lose_and_repeat_nothing(
    network: Network, postgresql_migrated_url: str, tmp_path: Path, share: float
) -> None:
    desks = [Desk(tmp_path, environ(network, postgresql_migrated_url)) for _ in range(4)]
    await asyncio.gather(*(desk.start() for desk in desks))
    network.connect(desks[0].base, forms.PUBLIC_URL)
    load, rounds = Load(desks), max(4, int(60 * share))
    phones = [network.phone(forms.phone(n), name=f"P{n}") for n in range(rounds * 200)]
    going = asyncio.ensure_future(load.run(20, rounds * 10.0 if share == 1 else rounds * 4.0))
    for n in range(rounds):
        await asyncio.sleep(5 if share == 1 else 1)
        how = signal.SIGKILL if n % 2 else signal.SIGTERM
        await desks[n % 4].ends(how)
        await desks[n % 4].start()
    await going
    assert load.given_up == 0
    await all_handled(postgresql_migrated_url, load)
    told = {len(phone.heard) for phone in phones[: len(load.acknowledged)]}
    assert len(told) == 1, told  # nobody heard more than another: nothing was said twice, nobody was left out
    for desk in desks:
        assert (await desk.ends(signal.SIGTERM))[0] == 0
