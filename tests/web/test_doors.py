"""The providers' doors, knocked on over HTTP: what is genuine is kept before it is acknowledged, the rest changes
nothing. The jobs do not run here: what stands in the inbox is what the door put there."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import gzip
import hmac
import json
import re
import socket
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha1
from ipaddress import ip_network
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import aiohttp
import pytest
import sqlalchemy as sa
from aiohttp import web
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.config import load
from bot.sandbox.network import Network
from bot.service import Service
from bot.store import Store, StoreBusy, StoreFull
from bot.web import app, guard, webhooks

PUBLIC_URL = "https://desk.example"
SECRET = "a-secret-of-the-doors"
OPERATING = (Path(__file__).parents[2] / "docs/operating.md").read_text(encoding="utf-8")


@dataclass
class Doors:
    """A service whose jobs stand still, and how to knock."""

    service: Service
    network: Network
    session: aiohttp.ClientSession

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.service.listener.port}"

    async def kept(self) -> list[tuple[str, str, str]]:
        """(channel, kind, provider id) of every letter in the inbox."""
        rows = await self.service.store.rows(sa.text("SELECT channel, kind, provider_id FROM inbox ORDER BY id"))
        return [(row.channel, row.kind, row.provider_id) for row in rows]

    def form(self, sid: str = "SM1", **more: str) -> dict[str, str]:
        twilio = self.network.twilio
        return {
            "MessageSid": sid, "AccountSid": twilio.account_sid, "From": "whatsapp:+33612345678",
            "To": twilio.whatsapp_from, "Body": "RENDU", "NumMedia": "0", "SmsStatus": "received", **more,
        }  # fmt: skip

    def sign(self, path: str, form: Mapping[str, str], token: str | None = None, public: str = PUBLIC_URL) -> str:
        signed = public + path + "".join(name + form[name] for name in sorted(form))
        mac = hmac.digest((token or self.network.twilio.auth_token).encode(), signed.encode(), sha1)
        return base64.b64encode(mac).decode()

    async def twilio(
        self, form: Mapping[str, str], *, path: str = "/webhooks/twilio", signature: str | None = None, **headers: str
    ) -> int:
        given = {"X-Twilio-Signature": self.sign(path, form) if signature is None else signature, **headers}
        given.setdefault("Content-Type", "application/x-www-form-urlencoded")
        return await self.post(path, urlencode(form).encode(), given)

    async def telegram(self, update: Any, secret: str = SECRET) -> int:
        body = update if isinstance(update, bytes) else json.dumps(update).encode()
        headers = {"X-Telegram-Bot-Api-Secret-Token": secret, "Content-Type": "application/json"}
        return await self.post("/webhooks/telegram", body, headers)

    async def post(self, path: str, body: Any, headers: Mapping[str, str]) -> int:
        async with self.session.post(self.base + path, data=body, headers=headers) as answer:
            return answer.status


@pytest.fixture
async def doors(migrated_url: str) -> AsyncIterator[Doors]:
    async with Network(now=lambda: datetime.now(UTC), pace=0.001) as network, aiohttp.ClientSession() as session:
        twilio, telegram = network.twilio, network.telegram
        config = load(
            {
                "DATABASE_URL": migrated_url, "PORT": "0", "PUBLIC_URL": PUBLIC_URL, "RUN": "all",
                "TELEGRAM_BOT_TOKEN": telegram.token, "TELEGRAM_WEBHOOK_SECRET": SECRET,
                "TELEGRAM_API_BASE": telegram.base, "TWILIO_API_BASE": twilio.base,
                "TWILIO_ACCOUNT_SID": twilio.account_sid, "TWILIO_AUTH_TOKEN": twilio.auth_token,
                "TWILIO_WHATSAPP_FROM": twilio.whatsapp_from.removeprefix("whatsapp:"),
            },
            None,
        )  # fmt: skip
        service = await Service.open(config, store=await Store.open(migrated_url))
        await service.listener.start()
        yield Doors(service, network, session)
        await service.stop()


UPDATE = {
    "update_id": 7,
    "message": {
        "message_id": 1, "date": 1_790_000_000, "text": "RENDU", "chat": {"id": 5, "type": "private"},
        "from": {"id": 5, "is_bot": False, "first_name": "Karim"},
    },
}  # fmt: skip


# --- what is measured ------------------------------------------------------------------------------


async def test_what_the_doors_do_and_what_waits_is_measured_for_those_near(doors: Doors) -> None:
    await doors.twilio(doors.form())
    await doors.twilio(doors.form())
    await doors.twilio(doors.form("SM2"), signature="forged")
    doors.service.store.measures.attempts["sms", "accepted"] += 1
    async with doors.session.get(doors.base + "/metrics") as answer:
        shown = await answer.text()
    for line in (
        'prete_rendu_letters_total{door="twilio",outcome="kept"} 1.0',
        'prete_rendu_letters_total{door="twilio",outcome="repeated"} 1.0',
        'prete_rendu_letters_total{door="twilio",outcome="forbidden"} 1.0',
        'prete_rendu_door_seconds_count{door="twilio"} 3.0',
        "prete_rendu_inbox_waiting 1.0",
        'prete_rendu_channel_up{channel="whatsapp"} 1.0',
        "prete_rendu_database_up 1.0",
    ):
        assert line in shown.splitlines()
    named = set(re.findall(r"^# TYPE (prete_rendu_\w+)", shown, re.MULTILINE))
    assert [name for name in sorted(named) if f"`{name}`" not in OPERATING] == []
    async with doors.session.get(doors.base + "/metrics", headers={"X-Forwarded-For": "127.0.0.1"}) as answer:
        assert answer.status == 404


def head(*lines: str) -> bytes:
    """Of a request whose body is still to come, with a signature that could be one."""
    signature = base64.b64encode(bytes(20)).decode()
    return "\r\n".join(
        ["POST /webhooks/twilio HTTP/1.1", "Host: x", f"X-Twilio-Signature: {signature}", *lines, "", ""]
    ).encode()


async def test_what_is_no_http_is_no_error_of_ours(doors: Doors, caplog: pytest.LogCaptureFixture) -> None:
    for lines in (["Transfer-Encoding: chunked"], ["Content-Length: 3", "Content-Encoding: gzip"]):
        reader, writer = await asyncio.open_connection("127.0.0.1", doors.service.listener.port)
        writer.write(head(*lines) + b"ZZZ\r\n")
        assert b" 400 " in await reader.readline()
        await reader.read()
        writer.close()
    assert [record.levelname for record in caplog.records if record.name == "web.http"] == ["WARNING", "WARNING"]
    assert "ZZZ" not in caplog.text


# --- what is genuine -------------------------------------------------------------------------------


async def test_a_genuine_letter_is_kept_and_acknowledged(doors: Doors) -> None:
    assert await doors.twilio(doors.form()) == 204
    assert await doors.telegram(UPDATE) == 200
    assert await doors.kept() == [("whatsapp", "message", "SM1"), ("telegram", "message", "7")]


async def test_a_repeat_is_acknowledged_and_changes_nothing(doors: Doors) -> None:
    for _ in range(3):
        assert await doors.twilio(doors.form()) == 204
        assert await doors.telegram(UPDATE) == 200
    together = [doors.twilio(doors.form("SM2")) for _ in range(8)]
    assert set(await asyncio.gather(*together)) == {204}
    assert [kind[2] for kind in await doors.kept()] == ["SM1", "7", "SM2"]


async def test_fields_nobody_knew_and_people_without_a_number_are_welcome(doors: Doors) -> None:
    form = doors.form("SM3", From="whatsapp:FR.1A2B3C4D", ExternalUserId="whatsapp:FR.1A2B3C4D", New="é")
    assert await doors.twilio(form) == 204
    assert await doors.kept() == [("whatsapp", "message", "SM3")]


async def test_a_receipt_with_our_own_number_in_its_address_is_kept(doors: Doors) -> None:
    form = {
        "MessageSid": "SM9", "MessageStatus": "delivered", "AccountSid": doors.network.twilio.account_sid,
        "From": doors.network.twilio.whatsapp_from, "To": "whatsapp:+33612345678",
    }  # fmt: skip
    assert await doors.twilio(form, path="/webhooks/twilio/status?o=abc") == 204
    assert await doors.kept() == [("whatsapp", "receipt", "SM9:delivered")]


# --- what is not -----------------------------------------------------------------------------------


async def test_forgeries_are_refused_and_write_nothing(doors: Doors) -> None:
    form = doors.form()
    good = doors.sign("/webhooks/twilio", form)
    foreign = doors.form(AccountSid="AC" + "f" * 32)
    elsewhere = doors.form(To="whatsapp:+33600000000")
    tries = [
        doors.twilio(form, signature=""),
        doors.twilio(form, signature="x" * 28),
        doors.twilio(form, signature=good[:-1]),
        doors.twilio(form, signature=good.lower()),
        doors.twilio(form, signature="é" * 28),
        doors.twilio(form, signature=doors.sign("/webhooks/twilio", form, token="another")),
        doors.twilio(form, signature=doors.sign("/webhooks/twilio", form, public="http://desk.example")),
        doors.twilio(form, signature=doors.sign("/webhooks/twilio", form, public="https://evil.example")),
        doors.twilio(form, signature=doors.sign("/webhooks/twilio/status", form)),
        doors.twilio({**form, "Body": "autre"}, signature=good),
        doors.twilio({**form, "Extra": "1"}, signature=good),
        doors.twilio(form, path="/webhooks/twilio?x=1", signature=good),
        doors.twilio(form, signature=good[:-2] + "==", Host="evil.example"),
        doors.twilio(form, signature="", **{"X-Forwarded-Host": "desk.example", "X-Original-URL": "/webhooks/twilio"}),
        doors.twilio(foreign),
        doors.twilio(elsewhere),
        doors.telegram(UPDATE, secret=""),
        doors.telegram(UPDATE, secret=SECRET + "x"),
        doors.telegram(UPDATE, secret=SECRET.upper()),
        doors.telegram(UPDATE, secret="é" * 21),
    ]
    assert set(await asyncio.gather(*tries)) <= {401, 403}
    assert await doors.kept() == []


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"7",
        b'{"update_id": "x"}',
        b'{"update_id": NaN}',
        b"[" * 20_000,
        b"\xff\xfe",
        b'{"a":1}',
    ],
)
async def test_rubbish_with_the_right_secret_is_a_bad_request(doors: Doors, body: bytes) -> None:
    assert await doors.telegram(body) == 400
    assert await doors.kept() == []


async def test_odd_things_from_telegram_itself_are_acknowledged(doors: Doors) -> None:
    odd = [
        {"update_id": 1, "poll": {"id": "1"}},
        {"update_id": 2, "message": {"chat": {"id": 2**70}, "from": {"id": 2**70}, "text": "\ud800 \x00"}},
        {"update_id": 3, "message": []},
        {"update_id": 4},
    ]
    for update in odd:
        assert await doors.telegram(update) in (200, 400)
    assert await doors.telegram(odd[0]) == 200


async def test_bodies_that_are_too_large_or_of_the_wrong_kind(doors: Doors) -> None:
    form = doors.form(Body="x" * (webhooks.LARGEST_BODY + 1))
    assert await doors.twilio(form) == 413
    assert await doors.twilio(form, signature="forged") == 413
    bomb = gzip.compress(b"a" * 8_000_000)
    headers = {"Content-Encoding": "gzip", "X-Telegram-Bot-Api-Secret-Token": SECRET}
    assert await doors.post("/webhooks/telegram", bomb, headers) == 413
    assert await doors.post("/webhooks/telegram", b"no gzip", headers) == 400
    assert await doors.twilio(doors.form(), **{"Content-Type": "multipart/form-data"}) in (400, 403)
    assert (
        await doors.twilio(doors.form(), **{"Content-Type": "application/x-www-form-urlencoded; charset=nope"}) == 204
    )
    assert [row[2] for row in await doors.kept()] == ["SM1"]


async def test_other_methods_and_doors_are_closed(doors: Doors) -> None:
    for method, path, status in (
        ("GET", "/webhooks/twilio", 405), ("PUT", "/webhooks/telegram", 405), ("POST", "/webhooks/other", 404),
        ("GET", "/sandbox", 404), ("GET", "/../main.py", 404), ("GET", "/%2e%2e/.env", 404),
    ):  # fmt: skip
        async with doors.session.request(method, doors.base + path) as answer:
            assert answer.status == status, path
            assert answer.headers["Server"] == "Prete-Rendu", "which libraries, in which version, is nobody's business"


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.dictionaries(st.text(max_size=12), st.text(max_size=40), max_size=8), st.text(max_size=60))
def test_no_form_and_no_header_makes_a_server_error(form: dict[str, str], signature: str) -> None:
    from bot.channels.base import Forbidden, RawRequest, Rubbish
    from bot.channels.twilio_door import TwilioDoor

    door = TwilioDoor("token", "AC1", PUBLIC_URL, whatsapp_from="+33612345600")
    body = urlencode(form, errors="replace").encode()
    headers = {"X-Twilio-Signature": signature, "Content-Type": "application/x-www-form-urlencoded"}
    with contextlib.suppress(Forbidden, Rubbish):
        assert door.letters(RawRequest("/webhooks/twilio", headers, body)) is not None


# --- bad days --------------------------------------------------------------------------------------


@pytest.mark.parametrize("trouble", [StoreBusy("locked"), StoreFull("no room")])
async def test_what_cannot_be_kept_is_not_acknowledged(
    doors: Doors, monkeypatch: pytest.MonkeyPatch, trouble: Exception
) -> None:
    async def fail(letters: object) -> int:
        raise trouble

    with monkeypatch.context() as broken:
        broken.setattr(doors.service.store, "put", fail)
        assert await doors.twilio(doors.form()) == 503
        assert await doors.telegram(UPDATE) == 503
    assert await doors.twilio(doors.form()) == 204, "and recovers without a restart"


async def test_a_head_that_does_not_arrive_is_let_go(doors: Doors, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "HEAD_SECONDS", 0.05)
    reader, writer = await asyncio.open_connection("127.0.0.1", doors.service.listener.port)
    writer.write(b"POST /webhooks/twilio HTTP/1.1\r\nHost: x\r\nX-Slow: ")
    async with asyncio.timeout(2):
        assert await reader.read() == b""
    writer.close()


async def test_a_body_that_does_not_arrive_is_a_time_out(doors: Doors, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhooks, "REQUEST_SECONDS", 0.05)
    reader, writer = await asyncio.open_connection("127.0.0.1", doors.service.listener.port)
    writer.write(head("Content-Length: 100") + b"Body=")
    async with asyncio.timeout(2):
        assert b" 408 " in await reader.readline()
    writer.close()


async def test_a_slow_head_leaves_less_time_to_its_body(doors: Doors) -> None:
    """The ten seconds are for both together: ten for each would double what a slow one may hold."""
    reader, writer = await asyncio.open_connection("127.0.0.1", doors.service.listener.port)
    begins = head("Content-Length: 100")
    writer.write(begins[:20])
    limiter = doors.service.listener._limiter
    assert limiter is not None
    for _ in range(200):
        if begun := [one for one in limiter._patient.get("127.0.0.1", {}) if one._began is not None]:
            begun[0]._began = begun[0].began - webhooks.REQUEST_SECONDS  # as if that had been so long ago
            break
        await asyncio.sleep(0.01)
    writer.write(begins[20:] + b"Body=")
    async with asyncio.timeout(2):
        assert b" 408 " in await reader.readline()
    writer.close()


async def test_who_goes_on_dripping_after_the_answer_is_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    assert webhooks.REQUEST_SECONDS + app.LINGER_SECONDS <= 15, "what a slow connection may last"
    monkeypatch.setattr(app, "LINGER_SECONDS", 0.05)
    listener = app.Listener(web.Application(), "127.0.0.1", 0, [])
    await listener.start()
    reader, writer = await asyncio.open_connection("127.0.0.1", listener.port)
    writer.write(head("Content-Length: 100000"))
    with contextlib.suppress(ConnectionError):
        async with asyncio.timeout(2):
            assert b" 404 " in await reader.readline()
            while not reader.at_eof():
                writer.write(b"a")
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(reader.read(1000), 0.01)
    writer.close()
    await listener.stop()


@pytest.mark.parametrize("slow", [b"", head("Content-Length: 9") + b"ab"])
async def test_one_peer_has_so_many_sockets_and_the_slowest_gives_way(
    doors: Doors, monkeypatch: pytest.MonkeyPatch, slow: bytes
) -> None:
    monkeypatch.setattr(guard, "MOST_SOCKETS", 3)
    held = []
    for _ in range(3):
        reader, writer = await asyncio.open_connection("127.0.0.1", doors.service.listener.port)
        writer.write(slow)
        held.append((reader, writer))
        await asyncio.sleep(0.02)
    assert await doors.twilio(doors.form()) == 204, "slow ones do not hold the door shut"
    async with asyncio.timeout(2):
        with contextlib.suppress(ConnectionResetError):
            assert await held[0][0].read() == b""
    assert not any(reader.at_eof() for reader, _ in held[1:])
    for _, one in held:
        one.close()


async def test_two_hundred_slow_connections_do_not_hold_the_door_shut(doors: Doors) -> None:
    held = [await asyncio.open_connection("127.0.0.1", doors.service.listener.port) for _ in range(200)]
    for _, writer in held:
        writer.write(b"POST /webhooks/twilio HTTP/1.1\r\nHost: x\r\nX-Slow: ")
    async with doors.session.get(doors.base + "/healthz") as answer:
        assert answer.status == 200
    assert await doors.twilio(doors.form()) == 204
    for _, writer in held:
        writer.close()


@pytest.mark.parametrize("path", ["/webhooks/twilio", "/webhooks/telegram"])
async def test_what_the_head_gives_away_is_refused_before_the_body_comes(doors: Doors, path: str) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", doors.service.listener.port)
    writer.write(f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: 200000\r\n\r\n".encode())
    async with asyncio.timeout(2):
        assert b" 403 " in await reader.readline()
    writer.close()


async def test_large_bodies_take_turns_and_hold_up_no_letter(doors: Doors) -> None:
    long = b"a" * (guard.LARGE_BODY + 1)
    begins = head(f"Content-Length: {len(long)}")
    held = [await asyncio.open_connection("127.0.0.1", doors.service.listener.port) for _ in range(guard.MOST_LARGE)]
    for _, writer in held:
        writer.write(begins + b"a")
    await asyncio.sleep(0.05)
    assert await doors.twilio(doors.form()) == 204, "a letter waits for none of them"
    reader, writer = await asyncio.open_connection("127.0.0.1", doors.service.listener.port)
    writer.write(begins)
    await asyncio.sleep(0.05)
    writer.write(long)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(asyncio.shield(answer := asyncio.ensure_future(reader.readline())), 0.1)
    held.pop()[1].close()
    assert b" 400 " in await asyncio.wait_for(answer, 2), "its turn comes when one of them has gone"
    for _, one in [*held, (reader, writer)]:
        one.close()


async def test_a_proxy_of_ours_has_as_many_sockets_as_it_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "MOST_SOCKETS", 1)
    monkeypatch.setattr(guard.ConnectionLimiter, "make_room", lambda limiter, peer: False)
    limiter = guard.ConnectionLimiter(asyncio.Protocol, [ip_network("127.0.0.0/8")])
    server = await asyncio.get_running_loop().create_server(limiter, "127.0.0.1", 0)
    held = [await asyncio.open_connection(*server.sockets[0].getsockname()) for _ in range(3)]
    for _ in range(200):
        if limiter.sockets["127.0.0.1"] < 3:
            await asyncio.sleep(0.01)
    assert limiter.sockets["127.0.0.1"] == 3
    for _, writer in held:
        writer.close()
    server.close()


async def test_one_peer_at_work_on_all_its_sockets_gets_no_more(doors: Doors, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "MOST_SOCKETS", 1)
    monkeypatch.setattr(guard.ConnectionLimiter, "make_room", lambda limiter, peer: False)
    _, held = await asyncio.open_connection("127.0.0.1", doors.service.listener.port)
    reader, _ = await asyncio.open_connection("127.0.0.1", doors.service.listener.port)
    async with asyncio.timeout(2):
        with contextlib.suppress(ConnectionResetError):
            assert await reader.read() == b""
    held.close()


# --- health ----------------------------------------------------------------------------------------


async def test_ready_and_healthy(doors: Doors) -> None:
    for door in ("/healthz", "/readyz"):
        async with doors.session.get(doors.base + door) as answer:
            assert answer.status == 200


async def test_health_turns_red_when_a_loop_stands_still(doors: Doors, monkeypatch: pytest.MonkeyPatch) -> None:
    doors.service.runner.start()
    monkeypatch.setattr("jobs.runner.LATE_TICKS", 0)
    async with doors.session.get(doors.base + "/healthz") as answer:
        assert answer.status == 503
        assert "answer" in (await answer.json())["late"]


# --- leaving ---------------------------------------------------------------------------------------------


KNOCK = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"


async def test_who_already_stands_at_the_door_is_let_in_before_it_closes(doors: Doors) -> None:
    with socket.create_connection(("127.0.0.1", doors.service.listener.port)) as early:  # the loop has not seen it yet
        early.sendall(KNOCK)
        await doors.service.listener.stop()
        assert b" 200 " in early.recv(4096)


async def test_a_proxy_may_still_use_the_connections_it_keeps_and_is_told_that_they_end(
    doors: Doors, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guard.ConnectionLimiter, "is_trusted", lambda limiter, peer: True)
    reader, writer = await asyncio.open_connection("127.0.0.1", doors.service.listener.port)
    writer.write(KNOCK)
    assert b"connection: close" not in (await reader.readuntil(b"\r\n\r\n")).lower()
    await reader.readexactly(len(b'{"status": "ok"}'))
    leaving = asyncio.ensure_future(doors.service.listener.stop())
    await asyncio.sleep(0.05)
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection("127.0.0.1", doors.service.listener.port)
    writer.write(KNOCK)
    async with asyncio.timeout(2):
        answer = await reader.read()
        await leaving
    assert b" 200 " in answer
    assert b"connection: close" in answer.lower()
