"""`/dashboard`: who may come in, and what a visitor may press. GET shows and writes nothing; every change is a POST.

Somebody comes in by a one-time link that the chat gave them, or by an API token: in the form of the first page, or as
a bearer. A link is opened by a press and not by its GET, since chats fetch links to draw a preview of them.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import structlog
from aiohttp import web

from bot.core.errors import Gone, Refusal
from bot.core.people import Role
from bot.core.signing import spellings
from bot.store import Store, StoreError, Tx, dashboard
from bot.store.sessions import LINK_LASTS, SESSION_LASTS, SignedIn, signed_in, token_roles
from bot.store.tokens import revoked
from bot.texts import Texts
from bot.web.api_call import Surroundings, is_fit
from bot.web.dashboard import pages
from bot.web.dashboard.printer import Printer
from bot.web.dashboard.visit import Acts, NoPage, Page, Visit, home
from bot.web.tokens import BadToken, Caller, bearer, read_token
from bot.web.webhooks import TRY_AGAIN_SECONDS, read_body

log = structlog.get_logger("dashboard")

COOKIE = "dashboard"
DOORSTEP = "doorstep"  # names the browser that a link was opened in
HERE = Path(__file__).parent
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"
    ),
    "Cache-Control": "no-store",
    "X-Robots-Tag": "noindex, nofollow",
    "X-Frame-Options": "DENY",
}
MOST_FIELDS = 10

Look = Callable[[Visit], Awaitable[Page]]


class Stop(Exception):
    """Ends a request with an answer of its own."""

    def __init__(self, response: web.Response) -> None:
        super().__init__()
        self.response = response


def add_dashboard(route: web.UrlDispatcher, around: Surroundings, acts: Acts) -> None:
    door = DashboardDoor(around, acts)
    route.add_get("/dashboard", door.shows(pages.today))
    route.add_get("/dashboard/", door.shows(pages.today))
    route.add_get("/dashboard/log", door.shows(pages.log))
    route.add_get("/dashboard/figures", door.shows(pages.show_figures))
    route.add_get("/dashboard/jobs", door.shows(pages.jobs))
    route.add_get("/dashboard/person/{person}", door.shows(pages.person))
    route.add_get("/dashboard/loan/{loan}", door.shows(pages.loan))
    route.add_get("/dashboard/enter/{token}", door.answers(door.doorstep))
    route.add_post("/dashboard/enter/{token}", door.answers(door.enter))
    route.add_post("/dashboard/enter", door.answers(door.enter_by_token))
    route.add_post("/dashboard/leave", door.answers(door.leave))
    route.add_post("/dashboard/resend/{ref}", door.answers(door.resend))
    route.add_post("/dashboard/jobs/{job}", door.answers(door.turn_job))
    route.add_get("/dashboard/style.css", _file("style.css", "text/css"))
    route.add_get("/dashboard/icon.svg", _file("icon.svg", "image/svg+xml"))
    route.add_route("GET", "/dashboard/{rest:.*}", door.answers(door.nowhere))


def _file(name: str, kind: str) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    """A public file: the page for visitors who are not signed in uses it too."""
    text = (HERE / name).read_text("utf-8")

    async def given(request: web.Request) -> web.Response:
        return web.Response(text=text, content_type=kind, headers={"Cache-Control": "max-age=300"})

    return given


class DashboardDoor:
    def __init__(self, around: Surroundings, acts: Acts) -> None:
        self._around = around
        self._store: Store = around.store
        self._texts: Texts = around.texts
        self._acts = acts
        self._printer = Printer(around.texts)

    # --- the ways a request may end ----------------------------------------------------------

    def shows(self, look: Look) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        """The handler of a page for signed-in visitors."""

        async def shown(request: web.Request) -> web.Response:
            visit = await self._visit(request)
            return self._html(self._printer.page(visit, await look(visit)))

        return self.answers(shown)

    def answers(
        self, act: Callable[[web.Request], Awaitable[web.Response]]
    ) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        async def answered(request: web.Request) -> web.StreamResponse:
            try:
                return await act(request)
            except Stop as stop:
                return stop.response
            except NoPage:
                return self._told(request, "nothing", 404)
            except Refusal as error:
                what, status = ("nothing", 404) if isinstance(error, Gone) else ("refused", 409)
                return self._told(request, what, status)
            except StoreError as error:
                log.error("dashboard_waits", why=str(error))
                answer = self._told(request, "later", 503)
                answer.headers["Retry-After"] = TRY_AGAIN_SECONDS
                return answer

        return answered

    def _html(self, text: str, status: int = 200) -> web.Response:
        return web.Response(text=text, content_type="text/html", status=status, headers=HEADERS)

    def _told(self, request: web.Request, what: str, status: int) -> web.Response:
        """A page with one sentence and the way back."""
        return self._html(self._outside(request, "told.html", what=what), status)

    def _outside(self, request: web.Request, template: str, **shows: str | None) -> str:
        return self._printer.outside(template, self._tongue(request), home=home(self._store), **shows)

    def _tongue(self, request: web.Request) -> str:
        """The first of the browser's languages that has templates, else the desk's: nobody is signed in yet."""
        asked = re.findall(r"(?:^|,)\s*([a-z]{2,3})\b", request.headers.get("Accept-Language", "").lower())
        return next((tag for tag in asked if tag in self._texts.languages), self._store.desk.language)

    def _sign_in_page(self, request: web.Request, what: str, status: int = 401) -> Stop:
        return Stop(self._html(self._outside(request, "sign_in.html", what=what, token=None), status))

    def _moved(self, to: str) -> web.Response:
        return web.Response(status=303, headers={**HEADERS, "Location": to})

    # --- who looks ---------------------------------------------------------------------------

    async def _visit(self, request: web.Request) -> Visit:
        """Who looks, and at which desk. Raises Stop, NoPage, StoreError."""
        who, csrf = await self._who(request)
        known = await dashboard.desks(self._store)
        desks = tuple(d for d in known if d.id in who.roles)
        everywhere = all(who.roles.get(d.id) is Role.ADMIN for d in known)
        if not desks:
            raise NoPage
        query, path = _clean(request.query), _clean(request.match_info)
        asked = query.get("desk", "")
        desk = next((d for d in desks if str(d.id) == asked), None if asked else desks[0])
        if desk is None:
            raise NoPage
        return Visit(
            store=self._store, texts=self._texts, who=who, desk=desk, desks=desks, everywhere=everywhere, csrf=csrf,
            query=query, path=path,
        )  # fmt: skip

    async def _who(self, request: web.Request) -> tuple[SignedIn, str]:
        """(who, the token of their forms): by the cookie, or by an API token as a bearer, which no other site can
        send for somebody and which therefore needs no second proof."""
        if "Authorization" in request.headers:
            return await self._bearer(request), ""
        cookie = request.cookies.get(COOKIE, "")
        who = await signed_in(self._store, cookie) if cookie else None
        if who is None:
            raise self._sign_in_page(request, "over" if cookie else "")
        return who, csrf_of(cookie)

    async def _bearer(self, request: web.Request) -> SignedIn:
        try:
            caller = await self._caller(bearer(request.headers.get("Authorization")))
        except BadToken as error:
            raise self._sign_in_page(request, "bad_token") from error
        roles = await token_roles(self._store, caller.role, caller.department_id)
        return SignedIn(caller.who, caller.name, self._tongue(request), roles)

    async def _caller(self, token: str) -> Caller:
        """Raises BadToken."""
        caller = read_token(token, self._around.key(), self._store.clock.real())
        if caller.token_id and await revoked(self._store, caller.token_id):
            raise BadToken("the token was taken back")
        return caller

    # --- coming in and leaving ---------------------------------------------------------------

    async def doorstep(self, request: web.Request) -> web.Response:
        """The page a link leads to: one button. A link that is used or too old looks the same until it is pressed."""
        token = spellings(request.match_info["token"])[0]
        page = self._html(self._outside(request, "sign_in.html", what="", token=token))
        if not request.cookies.get(DOORSTEP):
            self._set_cookie(page, DOORSTEP, secrets.token_urlsafe(32), LINK_LASTS)
        return page

    async def nowhere(self, request: web.Request) -> web.Response:
        raise NoPage

    async def enter(self, request: web.Request) -> web.Response:
        """A press on a slow telephone is often two, and the browser drops the answer to the first: from one doorstep
        both open the same session."""
        _same_site(request)
        token, stood = request.match_info["token"], request.cookies.get(DOORSTEP, "")
        own = _sealed(self._around.key(), stood, token) if stood else ""
        cookie = await self._store.write(_open_by_link, token, own)
        if cookie is None:
            raise self._sign_in_page(request, "bad_link", 403)
        return self._signed_in(cookie)

    async def enter_by_token(self, request: web.Request) -> web.Response:
        _same_site(request)
        token = (await _form(request)).get("token", "").strip()
        try:
            caller = await self._caller(token)
        except BadToken as error:
            raise self._sign_in_page(request, "bad_token", 403) from error
        return self._signed_in(await self._store.write(_open_by_token, caller, self._tongue(request)))

    def _signed_in(self, cookie: str) -> web.Response:
        answer = self._moved(home(self._store))
        self._set_cookie(answer, COOKIE, cookie, SESSION_LASTS)
        return answer

    def _set_cookie(self, answer: web.Response, name: str, value: str, lasts: timedelta) -> None:
        answer.set_cookie(
            name, value, path=home(self._store), httponly=True, samesite="Strict", secure=self._secure(),
            max_age=int(lasts.total_seconds()),
        )  # fmt: skip

    def _secure(self) -> bool:
        return urlsplit(self._store.desk.public_url).scheme == "https"

    async def leave(self, request: web.Request) -> web.Response:
        await self._change(request)
        cookie = request.cookies.get(COOKIE, "")
        await self._store.write(lambda tx: tx.sessions.end(cookie))
        answer = self._moved(home(self._store))
        answer.del_cookie(COOKIE, path=home(self._store))
        return answer

    # --- changes -----------------------------------------------------------------------------

    async def _change(self, request: web.Request) -> tuple[Visit, Mapping[str, str]]:
        """Who wants to change something, and the form they sent. Raises Stop for one that they did not send."""
        _same_site(request)
        visit, form = await self._visit(request), await _form(request)
        if visit.csrf and not hmac.compare_digest(form.get("csrf", "").encode(), visit.csrf.encode()):
            raise Stop(self._told(request, "forged", 403))
        return visit, form

    async def _change_by_admin(self, request: web.Request) -> tuple[Visit, Mapping[str, str]]:
        visit, form = await self._change(request)
        if not visit.admin:
            raise Stop(self._told(request, "admins", 403))
        return visit, form

    async def resend(self, request: web.Request) -> web.Response:
        """The message once more, by the same way as through the REST API."""
        visit, form = await self._change_by_admin(request)
        ref, page = visit.path["ref"], form.get("page", "")
        asked = hashlib.sha256(f"{visit.who.who}\n{page}\n{ref}".encode(errors="replace")).hexdigest()

        def work(tx: Tx) -> None:
            # A second press on one page, maybe on a slow telephone: the first may have left already.
            if page and tx.tokens.given(f"form:{asked}", ref) is not None:
                return
            made = self._acts.resend(tx, ref, visit.desk.id)
            tx.audit.note(visit.who.who, "resent", visit.desk.id, ref=ref, now=made.ref)
            if page:
                tx.tokens.answer(f"form:{asked}", 303, {})

        await self._store.write(work)
        kept = {name: visit.query.get(name) for name in pages.OF_A_LIST}
        return self._moved(visit.link("/log", **kept, done="resent"))

    async def turn_job(self, request: web.Request) -> web.Response:
        visit, form = await self._change_by_admin(request)
        name, act = visit.path["job"], form.get("act", "")
        if act == "suspend" and not visit.everywhere:  # it works for every desk
            raise Stop(self._told(request, "admins", 403))
        turn = self._acts.turn_job
        await self._store.write(lambda tx: turn(tx, who=visit.who.who, department_id=visit.desk.id, name=name, act=act))
        return self._moved(visit.link("/jobs", done=act))


def _open_by_link(tx: Tx, token: str, own: str) -> str | None:
    """own: the cookie of the session that this link opens from this doorstep; "" for a browser that kept none."""
    opened = tx.sessions.take_link(token)
    if opened is None:
        return own if own and tx.sessions.lasts(own) else None
    return tx.sessions.begin(opened, own) if tx.people.roles_of(opened.telegram_user) else None


def _sealed(key: str, stood: str, token: str) -> str:
    """Known to nobody who lacks our key, the browser's cookie or the link."""
    said = f"doorstep\n{stood}\n{token}".encode(errors="replace")
    return hmac.new(key.encode(), said, hashlib.sha256).hexdigest()


def _open_by_token(tx: Tx, caller: Caller, language: str) -> str:
    assert caller.ends_at is not None
    return tx.sessions.begin_by_token(
        caller.token_id, caller.name, caller.role, caller.department_id, caller.ends_at, language
    )


def csrf_of(cookie: str) -> str:
    """The CSRF token of a session's forms: it can only be derived from the cookie."""
    return hmac.new(cookie.encode(errors="replace"), b"a form of the dashboard", hashlib.sha256).hexdigest()


def _same_site(request: web.Request) -> None:
    """Browsers send a form's origin; another site's is refused before anything is read."""
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
        raise Stop(web.Response(status=403, headers=HEADERS))


def _clean(given: Mapping[str, str]) -> dict[str, str]:
    """What was sent, without what no name or number holds."""
    return {name: value for name, value in given.items() if is_fit(value)}


async def _form(request: web.Request) -> dict[str, str]:
    """The fields of a form; one that is not ours has none."""
    body = await read_body(request)
    try:
        fields = parse_qs(body.decode(), keep_blank_values=True, max_num_fields=MOST_FIELDS)
    except ValueError:
        return {}
    return {name: values[0] for name, values in fields.items()}
