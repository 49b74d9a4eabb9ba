"""`/r/{token}`: RENDU, PROLONGER and PROBLEME by link. GET shows and changes nothing, POST acts.

The token is the key: whoever holds it may act for these loans, as whoever holds the telephone may. No script, nothing
fetched from elsewhere, nothing told to a page that is followed from here.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import structlog
from aiohttp import web
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from bot.core.duetime import say_due
from bot.core.links import AnswerLink, LinkLoan, LinkPage, Pressed, read_token
from bot.core.markup import storable, to_mail_html
from bot.core.messages import Message
from bot.store import Store, StoreError, Tx
from bot.texts import Texts
from bot.web.webhooks import TRY_AGAIN_SECONDS, read_body

log = structlog.get_logger("links")

PAGES = Path(__file__).parent / "pages"
STYLE = (PAGES / "link.css").read_text("utf-8")
STYLE_HASH = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
HEADERS = {
    "Content-Security-Policy": (
        f"default-src 'none'; style-src 'sha256-{STYLE_HASH}'; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"
    ),
    "Cache-Control": "no-store",
    "X-Robots-Tag": "noindex, nofollow",
}
ACTS = ("return", "extend", "problem")
MOST_FIELDS = 10
LONGEST_NUMBER = 15

Show = Callable[[Tx, AnswerLink], LinkPage]
Act = Callable[[Tx, AnswerLink, Pressed], LinkPage]


def add_links(app: web.Application, store: Store, texts: Texts, show: Show, act: Act) -> None:
    """show, act: what the page tells and does, in a transaction."""
    door = LinkDoor(store, Printer(texts), show, act)
    app.router.add_get("/r/{token}", door.look)
    app.router.add_post("/r/{token}", door.press)


class LinkDoor:
    def __init__(self, store: Store, printer: Printer, show: Show, act: Act) -> None:
        self._store = store
        self._printer = printer
        self._show = show
        self._act = act

    async def look(self, request: web.Request) -> web.Response:
        link = self._link(request)
        if link is None:
            return self._nowhere()
        try:
            return self._printed(await self._store.write(self._show, link))
        except StoreError as error:
            return _later(error)

    async def press(self, request: web.Request) -> web.Response:
        """What is not understood of a form changes nothing, and shows the page again."""
        link = self._link(request)
        if link is None:
            return self._nowhere()
        pressed = read_form(await read_body(request))
        try:
            if pressed is None:
                return self._printed(await self._store.write(self._show, link), 400)
            return self._printed(await self._store.write(self._act, link, pressed))
        except StoreError as error:
            return _later(error)

    def _link(self, request: web.Request) -> AnswerLink | None:
        key = self._store.desk.link_key
        return read_token(request.match_info["token"], key) if key else None

    def _nowhere(self) -> web.Response:
        desk = self._store.desk
        return self._printed(LinkPage(desk.language, desk.zone, self._store.clock.now()), 404)

    def _printed(self, page: LinkPage, status: int = 200) -> web.Response:
        return web.Response(text=self._printer.page(page), content_type="text/html", status=status, headers=HEADERS)


class Printer:
    """The page in the words of the house."""

    def __init__(self, texts: Texts) -> None:
        self._texts = texts
        made = Environment(loader=FileSystemLoader(PAGES), autoescape=True, undefined=StrictUndefined)
        self._template = made.get_template("link.html")

    def page(self, page: LinkPage) -> str:
        language = self._texts.language(page.language)
        return self._template.render(
            language=language,
            desk=page.desk,
            style=Markup(STYLE),  # noqa: S704 - our own file
            word=lambda key: self._texts.word("link", key, language),
            said=[self._said(message, page) for message in page.said],
            loans=[self._loan(loan, page, language) for loan in page.loans],
            contact_line=page.contact_line,
        )

    def _said(self, message: Message, page: LinkPage) -> Markup:
        words = self._texts.render(
            message, language=page.language, channel="link", zone=page.zone, now=page.now, one_way=True
        )
        return Markup(to_mail_html(words.text))  # noqa: S704 - escapes all that it prints

    def _loan(self, loan: LinkLoan, page: LinkPage, language: str) -> dict[str, Any]:
        due = say_due(loan.due_at.astimezone(page.zone), language=language)
        return {"id": loan.id, "item": loan.item, "due": due, "state": loan.state.value, "seen": loan.seen}


def read_form(body: bytes) -> Pressed | None:
    """What was pressed; None for a form that is not ours."""
    try:
        fields = parse_qs(body.decode(), keep_blank_values=True, max_num_fields=MOST_FIELDS)
    except ValueError:
        return None
    act, loan, seen = (fields.get(name, [""])[0] for name in ("act", "loan", "seen"))
    if act not in ACTS or not all(n.isascii() and n.isdecimal() and len(n) < LONGEST_NUMBER for n in (loan, seen)):
        return None
    words = storable(fields.get("words", [""])[0]).strip()
    if act != "return" and not words:
        return None
    return Pressed(act, int(loan), int(seen), words)


def _later(error: StoreError) -> web.Response:
    log.error("link_not_kept", why=str(error))
    return web.Response(status=503, headers={"Retry-After": TRY_AGAIN_SECONDS})
