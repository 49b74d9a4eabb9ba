"""The page's doors: what they show, what they carry out, what they refuse and to whom."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from aiohttp import ClientResponse, web
from aiohttp.test_utils import TestClient, TestServer

from bot.channels.base import Outgoing
from bot.channels.email import EmailChannel
from bot.core.words import Words
from bot.sandbox import demo
from bot.sandbox.guard import foreign, is_loopback
from bot.sandbox.message import Attachment, Button
from bot.sandbox.network import Network
from bot.sandbox.page import FILES, STATIC, Sandbox, mount
from bot.sandbox.screens import ChatScreen, PhoneScreen, sample_photo
from bot.sandbox.sentences import SENTENCES, say
from bot.sandbox.trouble import KINDS
from tests.sandbox.conftest import Clock

PARIS = ZoneInfo("Europe/Paris")
TOKEN = "a-token-printed-at-the-start"
Browser = TestClient[web.Request, web.Application]


@dataclass
class Desk:
    """A service that only moves its clock."""

    clock: Clock
    setup_code: str = "ABCD-1234"
    zone: ZoneInfo = PARIS
    moves: list[datetime] = field(default_factory=list)
    strip_: dict[str, object] = field(default_factory=lambda: {"planned": [], "outbox": []})

    def now(self) -> datetime:
        return self.clock()

    async def move_clock(self, to: datetime) -> None:
        self.moves.append(to)
        self.clock.at = to.astimezone(UTC)

    async def strip(self) -> dict[str, object]:
        return self.strip_


@pytest.fixture
def desk(clock: Clock) -> Desk:
    return Desk(clock)


@pytest.fixture
async def sandbox(network: Network, desk: Desk) -> Sandbox:
    return Sandbox(network, desk, await demo.screens(network))


Open = Callable[[str | None], Awaitable[Browser]]


@pytest.fixture
async def opened(sandbox: Sandbox) -> AsyncIterator[Open]:
    """Opens a browser on the page, which asks for a token or not."""
    browsers: list[Browser] = []

    async def open_it(token: str | None) -> Browser:
        app = web.Application()
        mount(app, sandbox, token=token)
        browsers.append(TestClient(TestServer(app)))
        await browsers[-1].start_server()
        return browsers[-1]

    yield open_it
    for browser in browsers:
        await browser.close()


@pytest.fixture
async def page(opened: Open) -> Browser:
    return await opened(None)


def awa(sandbox: Sandbox) -> PhoneScreen:
    screen = sandbox.screen("awa")
    assert isinstance(screen, PhoneScreen)
    return screen


def group(sandbox: Sandbox) -> ChatScreen:
    screen = sandbox.screen("equipe")
    assert isinstance(screen, ChatScreen)
    return screen


async def sentence(answer: ClientResponse) -> str:
    error: str = (await answer.json())["error"]
    return error


# --- what is shown --------------------------------------------------------------------------------------------------


async def test_the_page_and_its_files_come_without_anything_from_outside(page: Browser) -> None:
    shown = await page.get("/")
    assert shown.url.path == "/sandbox"
    html = await shown.text()
    assert shown.content_type == "text/html"
    policy = shown.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert not re.search(r"<script(?![^>]*\bsrc=)|\son\w+=|\sstyle=", html)
    for name in FILES:
        answer = await page.get(f"/sandbox/static/{name}")
        text = await answer.text()
        assert (answer.status, answer.content_type) == (200, FILES[name])
        assert not re.search(r"https?://[\w.]", text)
    assert (await page.get("/sandbox/static/page.py")).status == 404
    assert {path.name for path in STATIC.iterdir()} == {*FILES, "sandbox.html"}


async def test_the_state_shows_every_conversation_once_and_only_what_is_new(page: Browser, sandbox: Sandbox) -> None:
    first = await (await page.get("/sandbox/state")).json()
    shown = [(phone["id"], phone["kind"]) for phone in first["phones"]]
    assert shown == [
        ("awa", "whatsapp"), ("equipe", "group"), ("awa_sms", "sms"), ("dominique", "telegram"), ("karim", "telegram"),
        ("aminata", "sms"), ("courrier", "mail"),
    ]  # fmt: skip
    assert [writer["name"] for writer in first["phones"][1]["writers"]] == ["Sam", "Dominique"]
    assert (first["zone"], first["setup_code"], first["now"]) == (
        "Europe/Paris", "ABCD-1234", "2026-11-26T10:00:00+01:00",
    )  # fmt: skip
    again = await (await page.get("/sandbox/state", params={"since": first["version"]})).json()
    assert again == {"version": first["version"], "now": first["now"], "same": True}
    await awa(sandbox).phone.says("RENDU")
    then = await (await page.get("/sandbox/state", params={"since": first["version"]})).json()
    assert then["version"] != first["version"]
    said = then["phones"][0]["messages"][0]
    assert (said["text"], said["mine"], said["author"]) == ("RENDU", True, "Awa")


async def test_a_change_of_the_strip_is_news_too(page: Browser, desk: Desk) -> None:
    first = await (await page.get("/sandbox/state")).json()
    desk.strip_ = {"planned": [{"at": "2026-11-27T08:00:00+01:00", "kind": "reminder_day_1"}], "outbox": []}
    then = await (await page.get("/sandbox/state", params={"since": first["version"]})).json()
    assert then["strip"]["planned"][0]["kind"] == "reminder_day_1"


# --- what is done ---------------------------------------------------------------------------------------------------


async def test_saying_and_pressing_reach_the_network(page: Browser, sandbox: Sandbox) -> None:
    answer = await page.post("/sandbox/say", json={"phone": "awa", "text": " MES PRETS \u0000"})
    assert (answer.status, list(await answer.json())) == (200, ["now"])
    screen = group(sandbox)
    said = await page.post("/sandbox/say", json={"phone": "equipe", "text": "/prets", "as": "dominique"})
    assert said.status == 200
    card = screen.chat.write("Retour ?", sandbox.desk.now(), buttons=((Button("Confirmer", "ok:1"),),))
    body = {"phone": "equipe", "message_id": card.id, "button": "ok:1", "as": "sam"}
    assert (await page.post("/sandbox/press", json=body)).status == 200
    assert [message.text for message in awa(sandbox).phone.chat] == ["MES PRETS"]
    assert [(message.author, message.text) for message in screen.chat.messages if message.mine] == [
        ("Dominique", "/prets")
    ]
    assert [press.person.name for press in sandbox.network.telegram.presses.values()] == ["Sam"]


async def test_a_photo_and_an_answer_to_a_message(page: Browser, sandbox: Sandbox) -> None:
    await page.post("/sandbox/say", json={"phone": "awa", "text": "RENDU", "photo": True})
    first = awa(sandbox).phone.chat[0]
    assert (first.text, first.attachments[0].content) == ("RENDU", sample_photo().content)
    await page.post("/sandbox/say", json={"phone": "awa", "text": "celui-ci", "reply_to": first.id})
    assert awa(sandbox).phone.chat[1].reply_to == first.id
    state = await (await page.get("/sandbox/state")).json()
    assert state["phones"][0]["messages"][1]["reply"] == {"author": "Awa", "text": "RENDU"}


async def test_a_picture_is_shown_and_any_other_file_is_saved_under_its_name(page: Browser, sandbox: Sandbox) -> None:
    await page.post("/sandbox/say", json={"phone": "awa", "text": "RENDU", "photo": True})
    first = awa(sandbox).phone.chat[0]
    first.attachments = (*first.attachments, Attachment("document", "text/html", b"<b>", name="étiquettes.html"))
    shown = (await (await page.get("/sandbox/state")).json())["phones"][0]["messages"][0]["files"]
    assert shown == [{"name": "", "picture": True}, {"name": "étiquettes.html", "picture": False}]
    picture, document = [await page.get(f"/sandbox/file/awa/{first.id}/{number}") for number in (0, 1)]
    assert (picture.content_type, await picture.read()) == ("image/png", sample_photo().content)
    assert (document.content_type, await document.read()) == ("application/octet-stream", b"<b>")
    assert document.headers["Content-Disposition"] == "attachment; filename*=UTF-8''%C3%A9tiquettes.html"
    for path in (f"awa/{first.id}/2", "awa/SM0/0", f"nobody/{first.id}/0"):
        assert (await page.get(f"/sandbox/file/{path}")).status == 404


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("say", {"phone": "nobody", "text": "x"}, 404),
        ("say", {"phone": "awa"}, 400),
        ("say", {"phone": "awa", "text": "  "}, 400),
        ("say", {"phone": "awa", "text": 7}, 400),
        ("say", {"phone": 7, "text": "x"}, 400),
        ("say", {"phone": "awa", "text": "x" * 4097}, 400),
        ("say", {"phone": "awa", "text": "x" * 20000}, 413),
        ("say", {"phone": "equipe", "text": "x", "as": "awa"}, 404),
        ("say", {"phone": "awa", "text": "x", "reply_to": "SM0"}, 404),
        ("press", {"phone": "awa", "message_id": "SM0", "button": "x"}, 404),
        ("press", {"phone": "equipe", "message_id": "1"}, 400),
        ("clock", {}, 400),
        ("clock", {"by": 60, "next": "08:00"}, 400),
        ("clock", {"by": "60"}, 400),
        ("clock", {"by": True}, 400),
        ("clock", {"by": 10**30}, 400),
        ("clock", {"by": -60}, 409),
        ("clock", {"to": "tomorrow"}, 400),
        ("clock", {"to": 7}, 400),
        ("clock", {"to": "0001-01-01T00:00:00+23:00"}, 400),
        ("clock", {"to": "2026-11-26T08:59:59Z"}, 409),
        ("clock", {"to": "2036-11-26T09:00:00Z"}, 400),
        ("clock", {"next": "25:00"}, 400),
        ("clock", {"next": "08:00+01:00"}, 400),
    ],
)
async def test_what_cannot_be_done_is_refused_with_a_sentence(
    page: Browser, sandbox: Sandbox, desk: Desk, path: str, body: dict[str, Any], status: int
) -> None:
    answer = await page.post(f"/sandbox/{path}", json=body)
    assert answer.status == status
    assert (await sentence(answer)).endswith((".", "…"))
    assert (desk.moves, awa(sandbox).phone.chat, group(sandbox).chat.messages) == ([], [], [])


@pytest.mark.parametrize("raw", [b"", b"[1]", b"{", b"\xff\xfe", b'{"by": NaN}', b"[" * 9000])
async def test_what_is_no_json_object_is_refused(page: Browser, desk: Desk, raw: bytes) -> None:
    answer = await page.post("/sandbox/clock", data=raw)
    assert answer.status == 400
    packed = await page.post("/sandbox/clock", data=raw or b"x", headers={"Content-Encoding": "gzip"})
    assert packed.status == 400
    assert desk.moves == []


async def test_half_a_character_does_not_stop_a_message(page: Browser, sandbox: Sandbox) -> None:
    answer = await page.post("/sandbox/say", data=b'{"phone": "awa", "text": "\\ud83d RENDU"}')
    assert answer.status == 200
    assert awa(sandbox).phone.chat[0].text == "\ufffd RENDU"


async def test_a_button_that_is_gone_and_a_person_who_blocked(page: Browser, sandbox: Sandbox) -> None:
    card = group(sandbox).chat.write("Retour ?", sandbox.desk.now(), buttons=((Button("Confirmer", "ok:1"),),))
    pressed = await page.post("/sandbox/press", json={"phone": "equipe", "message_id": card.id, "button": "no"})
    karim = sandbox.screen("karim")
    assert isinstance(karim, ChatScreen)
    assert karim.chat.person is not None
    karim.chat.person.blocked = True
    said = await page.post("/sandbox/say", json={"phone": "karim", "text": "RENDU"}, headers={"Accept-Language": "en"})
    assert (pressed.status, said.status) == (404, 409)
    assert await sentence(said) == SENTENCES["blocked"][1]


# --- the clock ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "reached"),
    [
        ({"to": "2026-11-27T08:00:00+01:00"}, "2026-11-27T08:00:00+01:00"),
        ({"to": "2026-11-26T17:30:00Z"}, "2026-11-26T18:30:00+01:00"),
        ({"to": "2026-11-26T18:30"}, "2026-11-26T18:30:00+01:00"),
        ({"by": 1800}, "2026-11-26T10:30:00+01:00"),
        ({"by": 0}, "2026-11-26T10:00:00+01:00"),
        ({"next": "08:00"}, "2026-11-27T08:00:00+01:00"),
        ({"next": "10:01"}, "2026-11-26T10:01:00+01:00"),
        ({"next": "10:00"}, "2026-11-27T10:00:00+01:00"),
    ],
)
async def test_the_clock_moves_forward(page: Browser, desk: Desk, body: dict[str, Any], reached: str) -> None:
    answer = await page.post("/sandbox/clock", json=body)
    assert (answer.status, await answer.json()) == (200, {"now": reached})
    assert [move.astimezone(PARIS).isoformat() for move in desk.moves] == [reached]


async def test_eight_in_the_morning_stays_eight_when_the_hour_changes(page: Browser, clock: Clock) -> None:
    clock.at = datetime(2027, 3, 27, 20, 0, tzinfo=UTC)
    answer = await page.post("/sandbox/clock", json={"next": "08:00"})
    assert await answer.json() == {"now": "2027-03-28T08:00:00+02:00"}


async def test_the_past_is_told_the_time(page: Browser) -> None:
    answer = await page.post("/sandbox/clock", json={"to": "2020-01-01T00:00:00Z"})
    assert "26/11 10:00" in await sentence(answer)


# --- who may drive it -----------------------------------------------------------------------------------------------

DOORS = (("GET", ""), ("GET", "/state"), ("GET", "/static/sandbox.js"), ("POST", "/say"), ("POST", "/press"),
         ("POST", "/clock"))  # fmt: skip


@pytest.mark.parametrize(("method", "path"), DOORS)
async def test_every_door_asks_for_the_token(opened: Open, method: str, path: str) -> None:
    page = await opened(TOKEN)
    for headers in (
        {},
        {"X-Sandbox-Token": "guess"},
        {"Authorization": "Bearer é"},
        {"Cookie": "prete_rendu_sandbox="},
    ):
        assert (await page.request(method, f"/sandbox{path}", headers=headers, json={})).status == 401
    for headers in ({"X-Sandbox-Token": TOKEN}, {"Authorization": f"Bearer {TOKEN}"}):
        assert (await page.request(method, f"/sandbox{path}", headers=headers, json={})).status in (200, 400)


async def test_the_token_in_the_address_becomes_a_cookie(opened: Open) -> None:
    page = await opened(TOKEN)
    wrong = await page.get("/sandbox", params={"token": "guess"}, allow_redirects=False)
    answer = await page.get("/sandbox", params={"token": TOKEN}, allow_redirects=False)
    assert (wrong.status, answer.status, answer.headers["Location"]) == (401, 303, "/sandbox")
    cookie = answer.headers["Set-Cookie"]
    assert all(part in cookie for part in ("HttpOnly", "SameSite=Lax", "Path=/sandbox"))
    held = {"Cookie": cookie.partition(";")[0]}
    assert (await page.get("/sandbox/state", headers=held)).status == 200


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Host": "localhost:8080", "Origin": "http://localhost:8080"}, 200),
        ({"Host": "[::1]:8080"}, 200),
        ({"Host": "rebound.example"}, 403),
        ({"Host": "localhost.rebound.example"}, 403),
        ({"Host": ""}, 403),
        ({"Origin": "https://elsewhere.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://[elsewhere"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site", "Sec-Fetch-Mode": "cors"}, 403),
        ({"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Origin": "https://elsewhere.example"}, 403),
        ({"Sec-Fetch-Site": "same-origin"}, 200),
    ],
)
async def test_another_site_cannot_move_the_clock(
    page: Browser, desk: Desk, headers: dict[str, str], status: int
) -> None:
    answer = await page.post("/sandbox/clock", json={"by": 60}, headers=headers)
    assert answer.status == status
    assert len(desk.moves) == (status == 200)


def test_with_a_token_any_name_will_do_but_no_other_site() -> None:
    assert not foreign({"Host": "desk.example"}, token_asked=True)
    assert foreign({"Host": "desk.example", "Origin": "https://elsewhere.example"}, token_asked=True)
    assert [is_loopback(one) for one in ("127.0.0.1", "127.0.0.2", "::1", "localhost", "0.0.0.0", "192.168.1.2")] == [
        True, True, True, True, False, False,
    ]  # fmt: skip


# --- bad days -------------------------------------------------------------------------------------------------------


async def test_bad_days_are_switched_on_and_off(page: Browser, sandbox: Sandbox) -> None:
    twilio = sandbox.network.twilio
    for what in KINDS:
        answer = await page.post("/sandbox/trouble", json={"what": what, "on": True})
        assert what in (await answer.json())["trouble"]
    assert (len(twilio.faults), twilio.enforce_window, twilio.phones[0].switched_on) == (3, True, False)
    for what in KINDS:
        await page.post("/sandbox/trouble", json={"what": what, "on": False})
    assert (len(twilio.faults), twilio.enforce_window, twilio.phones[0].switched_on) == (0, False, True)
    for wrong in ({"what": "flood", "on": True}, {"what": "down"}, {"what": "down", "on": "yes"}):
        assert (await page.post("/sandbox/trouble", json=wrong)).status == 400


# --- the words and the demo -----------------------------------------------------------------------------------------


def test_every_sentence_exists_in_both_languages_and_takes_its_facts() -> None:
    facts = {"now": "x", "name": "x", "days": 1, "most": 1}
    for key in SENTENCES:
        french, english = say(key, "fr-FR,fr", facts), say(key, "en-GB", facts)
        assert french != english
        assert "{n" not in french + english


def test_the_demo_lends_one_thing_of_each_class(clock: Clock) -> None:
    lent = demo.loans(clock(), PARIS)
    lengths = [loan.due_at - loan.lent_at for loan in lent]
    assert lengths[0] < timedelta(hours=4) < lengths[1] < timedelta(hours=24) < lengths[2]
    assert all(loan.lent_at < clock() < loan.due_at for loan in lent)
    assert {loan.code for loan in lent} <= {item.code for item in demo.ITEMS}
    borrowers = {one.key for one in demo.PEOPLE if one.role == "borrower"}
    assert {loan.borrower for loan in lent} == borrowers - {"awa"}, "her first loan is the visitor's"
    assert lent[2].due_at.astimezone(PARIS).hour == 18


# --- the mailbox -------------------------------------------------------------------------------------


async def test_a_letter_is_shown_in_a_frame_where_nothing_runs(page: Browser, sandbox: Sandbox) -> None:
    channel = EmailChannel(sandbox.network.mail.url, "pret@example.org")
    words = Words("C'est noté.", subject="Prêt noté", html="<html><head></head><body><script>1</script>É</body></html>")
    await channel.carry(Outgoing("send", "r1", demo.MAILBOX, words))
    await channel.close()
    state = await (await page.get("/sandbox/state")).json()
    [letter] = next(phone for phone in state["phones"] if phone["kind"] == "mail")["messages"]
    assert (letter["text"], letter["author"]) == ("Prêt noté", demo.MAILBOX)
    sheet = await page.get(f"/sandbox/mail/{letter['id']}")
    policy = sheet.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "sandbox allow-popups" in policy
    assert '<base target="_blank">' in await sheet.text()
    assert (await page.get("/sandbox/mail/mail-99")).status == 404
    assert (await page.post("/sandbox/say", json={"phone": "courrier", "text": "hé"})).status == 404
