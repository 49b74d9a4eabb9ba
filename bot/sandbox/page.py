"""The sandbox's page and its doors: phones side by side, and a clock that can be moved forward.

GET  /sandbox          the page
GET  /sandbox/state    what it shows; `?since=<version>` answers `{"same": true}` while nothing has changed
GET  /sandbox/mail/ID  a letter of the mailbox, for the frame it is shown in
GET  /sandbox/file/PHONE/MESSAGE/NUMBER  a file of a message: a picture, or what is saved
POST /sandbox/say      {"phone", "text", "as"?, "reply_to"?, "photo"?}
POST /sandbox/press    {"phone", "message_id", "button", "as"?}
POST /sandbox/clock    {"to": ISO 8601} or {"by": seconds} or {"next": "08:00"}; answers when all due work is done
POST /sandbox/trouble  {"what": "down" | "slow" | "window" | "off" | "dead", "on": true | false}
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import math
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Protocol
from urllib.parse import quote
from zoneinfo import ZoneInfo

from aiohttp import web

from bot.sandbox import mail_screen
from bot.sandbox.guard import COOKIE, foreign, holds
from bot.sandbox.network import Network
from bot.sandbox.screens import Json, Screen, Unsaid, is_picture, screen_json
from bot.sandbox.sentences import Sentence, say
from bot.sandbox.trouble import KINDS, Trouble

STATIC = Path(__file__).parent / "static"
FILES = {
    "sandbox.css": "text/css", "mail.css": "text/css",
    "sandbox.js": "text/javascript", "words.js": "text/javascript", "mail.js": "text/javascript",
}  # fmt: skip
BODY_SECONDS = 10.0
LARGEST_BODY = 16 * 1024
LONGEST_TEXT = 4096
FURTHEST = timedelta(days=800)
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "frame-src 'self'; "
        "form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}

Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Desk(Protocol):
    """What the page needs of the service."""

    setup_code: str
    zone: ZoneInfo

    def now(self) -> datetime:
        """The desk's clock, aware."""
        ...

    async def move_clock(self, to: datetime) -> None:
        """Moves the clock forward to `to`, running every planned instant on the way; returns when that work is done."""
        ...

    async def strip(self) -> Json:
        """`planned`: [{at, kind, who, what}] and `outbox`: [{id, message, named, to, state, at}], times in ISO 8601.

        named: language → what the log calls the message."""
        ...


class Refused(Exception):
    """A request answered with a kind sentence instead."""

    def __init__(self, status: int, sentence: Sentence, **facts: object) -> None:
        super().__init__(sentence)
        self.status = status
        self.sentence: Sentence = sentence
        self.facts = facts


@dataclass(slots=True)
class Sandbox:
    """The network, the desk behind it, and the conversations to show."""

    network: Network
    desk: Desk
    screens: tuple[Screen, ...]
    clock: asyncio.Lock = field(default_factory=asyncio.Lock)
    trouble: Trouble = field(init=False)

    def __post_init__(self) -> None:
        self.trouble = Trouble(self.network)

    def screen(self, key: str) -> Screen:
        for screen in self.screens:
            if screen.look.key == key:
                return screen
        raise Refused(404, "no_phone")

    async def state(self) -> Json:
        """All that the page shows, except the time."""
        return {
            "zone": self.desk.zone.key,
            "setup_code": self.desk.setup_code,
            "phones": [screen_json(screen) for screen in self.screens],
            "strip": await self.desk.strip(),
            "trouble": self.trouble.now,
        }

    async def move(self, wanted: Mapping[str, object]) -> datetime:
        """Moves the clock, one move at a time, and lets the providers finish; the time it is then. Raises Refused."""
        async with self.clock:
            now = self.desk.now()
            to = wanted_time(wanted, now, self.desk.zone)
            if to < now:
                raise Refused(409, "backwards", now=now.astimezone(self.desk.zone).strftime("%d/%m %H:%M"))
            if to - now > FURTHEST:
                raise Refused(400, "too_far", days=FURTHEST.days)
            await self.desk.move_clock(to)
            await self.network.quiet()
            return self.desk.now()


async def to_the_page(request: web.Request) -> web.Response:
    """With the token that the address may carry."""
    raise web.HTTPFound(request.rel_url.with_path("/sandbox", keep_query=True))


def mount(app: web.Application, sandbox: Sandbox, *, token: str | None) -> None:
    """Adds the page and its doors to `app`. token: asked for at every door; None when only this machine reaches it."""
    page = Page(sandbox, token)
    app.router.add_get("/sandbox", page.guarded(page.show))
    for address in ("/", "/sandbox/"):  # for somebody who knows only the port
        app.router.add_get(address, to_the_page)
    app.router.add_get("/sandbox/static/{name}", page.guarded(page.file))
    app.router.add_get("/sandbox/state", page.guarded(page.state))
    app.router.add_get("/sandbox/mail/{id}", page.guarded(page.mail))
    app.router.add_get("/sandbox/file/{phone}/{message}/{number:[0-9]{1,2}}", page.guarded(page.attached))
    app.router.add_post("/sandbox/say", page.guarded(page.say))
    app.router.add_post("/sandbox/press", page.guarded(page.press))
    app.router.add_post("/sandbox/clock", page.guarded(page.clock))
    app.router.add_post("/sandbox/trouble", page.guarded(page.trouble))


class Page:
    """The doors, each behind the same guard."""

    def __init__(self, sandbox: Sandbox, token: str | None) -> None:
        self.sandbox = sandbox
        self.token = token

    def guarded(self, answer: Answer) -> Answer:
        async def checked(request: web.Request) -> web.StreamResponse:
            try:
                self._check(request)
                response = await answer(request)
            except Refused as refused:
                sentence = say(refused.sentence, request.headers.get("Accept-Language", ""), refused.facts)
                response = web.json_response({"error": sentence}, status=refused.status)
            for name, value in HEADERS.items():
                response.headers.setdefault(name, value)
            return response

        return checked

    def _check(self, request: web.Request) -> None:
        if foreign(request.headers, token_asked=self.token is not None):
            raise Refused(403, "foreign")
        if self.token is not None and not holds(self.token, request.query, request.headers, request.cookies):
            raise Refused(401, "token")

    # --- what is shown ----------------------------------------------------------------------------------------------

    async def show(self, request: web.Request) -> web.StreamResponse:
        if self.token is None or "token" not in request.query:
            return web.FileResponse(STATIC / "sandbox.html", headers={"Content-Type": "text/html; charset=utf-8"})
        # The token leaves the address bar, where it would be seen and copied; Lax, since the link comes from elsewhere.
        answer = web.HTTPSeeOther("/sandbox")
        answer.set_cookie(COOKIE, self.token, path="/sandbox", httponly=True, samesite="Lax", secure=request.secure)
        answer.headers.update(HEADERS)
        raise answer

    async def file(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info["name"]
        if name not in FILES:
            raise Refused(404, "no_file")
        return web.FileResponse(STATIC / name, headers={"Content-Type": f"{FILES[name]}; charset=utf-8"})

    async def state(self, request: web.Request) -> web.StreamResponse:
        state = await self.sandbox.state()
        version = hashlib.sha256(json.dumps(state, sort_keys=True, default=str).encode()).hexdigest()[:16]
        shown: Json = {"version": version, "now": self._now()}
        shown |= {"same": True} if request.query.get("since") == version else state
        return web.json_response(shown)

    async def mail(self, request: web.Request) -> web.StreamResponse:
        mail = next((m for m in self.sandbox.network.mail.mails if m.id == request.match_info["id"]), None)
        if mail is None:
            raise Refused(404, "no_message")
        return web.Response(text=mail_screen.sheet(mail), content_type="text/html", headers=mail_screen.HEADERS)

    async def attached(self, request: web.Request) -> web.StreamResponse:
        asked = request.match_info
        messages = self.sandbox.screen(asked["phone"]).messages()
        message = next((one for one in messages if one.id == asked["message"]), None)
        files = message.attachments[int(asked["number"]) :] if message is not None else ()
        if not files:
            raise Refused(404, "no_file")
        if is_picture(files[0]):
            return web.Response(body=files[0].content, content_type=files[0].mime)
        # Saved, never opened here: a page of labels would run as one of ours.
        named = {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(files[0].name or 'document', safe='')}"}
        return web.Response(body=files[0].content, content_type="application/octet-stream", headers=named)

    def _now(self) -> str:
        return self.sandbox.desk.now().astimezone(self.sandbox.desk.zone).isoformat()

    # --- what is done -----------------------------------------------------------------------------------------------

    async def say(self, request: web.Request) -> web.StreamResponse:
        body = await _body(request)
        screen, text = self.sandbox.screen(_text(body, "phone")), clean(_text(body, "text", optional=True))
        photo = body.get("photo") is True
        if not text and not photo:
            raise Refused(400, "empty")
        if len(text) > LONGEST_TEXT:
            raise Refused(400, "too_long", most=LONGEST_TEXT)
        writer, reply_to = _text(body, "as", optional=True), _text(body, "reply_to", optional=True)
        await _done(screen.say(text, writer, reply_to=reply_to, photo=photo))
        return web.json_response({"now": self._now()})

    async def press(self, request: web.Request) -> web.StreamResponse:
        body = await _body(request)
        screen = self.sandbox.screen(_text(body, "phone"))
        message, button = _text(body, "message_id"), _text(body, "button")
        await _done(screen.press(message, button, _text(body, "as", optional=True)))
        return web.json_response({"now": self._now()})

    async def clock(self, request: web.Request) -> web.StreamResponse:
        now = await self.sandbox.move(await _body(request))
        return web.json_response({"now": now.astimezone(self.sandbox.desk.zone).isoformat()})

    async def trouble(self, request: web.Request) -> web.StreamResponse:
        body = await _body(request)
        what, on = _text(body, "what"), body.get("on")
        if what not in KINDS or not isinstance(on, bool):
            raise Refused(400, "which_trouble")
        await self.sandbox.trouble.switch(what, on=on)
        return web.json_response({"now": self._now(), "trouble": self.sandbox.trouble.now})


async def _done(doing: Awaitable[None]) -> None:
    try:
        await doing
    except Unsaid as unsaid:
        status = 409 if unsaid.why == "blocked" else 404
        raise Refused(status, UNSAID[unsaid.why]) from unsaid


UNSAID: dict[str, Sentence] = {
    "writer": "no_writer",
    "message": "no_message",
    "button": "no_button",
    "blocked": "blocked",
}


async def _body(request: web.Request) -> Mapping[str, object]:
    """The JSON object of a request. Raises Refused."""
    try:
        async with asyncio.timeout(BODY_SECONDS):
            body = json.loads(await _raw(request))
    except TimeoutError:
        raise Refused(408, "not_json") from None
    except (ValueError, RecursionError, web.RequestPayloadError):  # the last: compressed wrongly, or cut off
        raise Refused(400, "not_json") from None
    if not isinstance(body, dict):
        raise Refused(400, "not_json")
    return body


async def _raw(request: web.Request) -> bytes:
    raw = await request.content.read(LARGEST_BODY + 1)
    while len(raw) <= LARGEST_BODY and not request.content.at_eof():
        raw += await request.content.read(LARGEST_BODY + 1 - len(raw))
    if len(raw) > LARGEST_BODY:
        raise Refused(413, "too_large")
    return raw


def _text(body: Mapping[str, object], name: str, *, optional: bool = False) -> str:
    value = body.get(name)
    if value is None and optional:
        return ""
    if not isinstance(value, str) or not (value or optional):
        raise Refused(400, "text_wanted", name=name)
    return value


def clean(text: str) -> str:
    """What a keyboard can type: no NUL, no half of a surrogate pair."""
    return text.replace("\0", "").encode("utf-16", "surrogatepass").decode("utf-16", "replace").strip()


def wanted_time(body: Mapping[str, object], now: datetime, zone: ZoneInfo) -> datetime:
    """The instant a clock request means: exactly one of `to`, `by`, `next`. Raises Refused."""
    given = [name for name in ("to", "by", "next") if name in body]
    if len(given) != 1:
        raise Refused(400, "which_time")
    value = body[given[0]]
    if given[0] == "by":
        return now + _length(value)
    if not isinstance(value, str):
        raise Refused(400, "which_time")
    return _instant(value, zone) if given[0] == "to" else _next(value, now, zone)


def _length(value: object) -> timedelta:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise Refused(400, "which_time")
    if value > FURTHEST.total_seconds():
        raise Refused(400, "too_far", days=FURTHEST.days)
    return timedelta(seconds=max(value, -1.0))


def _instant(value: str, zone: ZoneInfo) -> datetime:
    """An ISO 8601 instant; without an offset, the desk's own time."""
    try:
        read = datetime.fromisoformat(value)
        return read.astimezone(zone) if read.tzinfo else read.replace(tzinfo=zone)
    except (ValueError, OverflowError):
        raise Refused(400, "which_time") from None


def _next(value: str, now: datetime, zone: ZoneInfo) -> datetime:
    """The next time the desk's clock shows this hour."""
    try:
        hour = time.fromisoformat(value)
    except ValueError:
        raise Refused(400, "which_time") from None
    if hour.tzinfo is not None:
        raise Refused(400, "which_time")
    today = now.astimezone(zone).date()
    at = datetime.combine(today, hour, zone)
    return at if at > now else datetime.combine(today + timedelta(days=1), hour, zone)
