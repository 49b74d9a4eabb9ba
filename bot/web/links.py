"""`/r/{token}`: RENDU, PROLONGER and PROBLEME by link. GET shows and changes nothing, POST acts.

The token is the key: whoever holds it may act for these loans, as whoever holds the telephone may.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs

import structlog
from aiohttp import web
from markupsafe import Markup

from bot.core.duetime import say_due
from bot.core.links import AnswerLink, LinkLoan, LinkPage, Pressed, read_token
from bot.core.markup import storable, to_mail_html
from bot.core.messages import Message
from bot.core.spoken import fold
from bot.store import Store, StoreError, Tx
from bot.texts import Reader, Texts
from bot.web.linked_page import LinkedPage
from bot.web.webhooks import read_body

log = structlog.get_logger("links")

# As the page sends them, and as its reader would write them.
ACTS = {
    "return": "return", "rendu": "return", "returned": "return", "extend": "extend", "prolonger": "extend",
    "problem": "problem", "probleme": "problem",
}  # fmt: skip
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
            return self._printer.answer(await self._store.write(self._show, link))
        except StoreError as error:
            return self._later(error)

    async def press(self, request: web.Request) -> web.Response:
        """What is not understood of a form changes nothing, and shows the page again."""
        link = self._link(request)
        if link is None:
            return self._nowhere()
        pressed = read_form(await read_body(request))
        try:
            if pressed is None:
                return self._printer.answer(await self._store.write(self._show, link), 400)
            return self._printer.answer(await self._store.write(self._act, link, pressed))
        except StoreError as error:
            return self._later(error)

    def _link(self, request: web.Request) -> AnswerLink | None:
        key = self._store.desk.link_key
        return read_token(request.match_info["token"], key) if key else None

    def _nowhere(self) -> web.Response:
        return self._printer.answer(self._bare(), 404)

    def _later(self, error: StoreError) -> web.Response:
        """The page says so: who pressed would take an empty one for done."""
        log.error("link_not_kept", why=str(error))
        return self._printer.answer(self._bare(), 503)

    def _bare(self) -> LinkPage:
        """In the desk's language, of nobody and of no loan."""
        desk = self._store.desk
        return LinkPage(desk.language, desk.zone, self._store.clock.now())


class Printer:
    """Renders the page in the desk's own words."""

    def __init__(self, texts: Texts) -> None:
        self._texts = texts
        self._page = LinkedPage("link", texts)

    def answer(self, page: LinkPage, status: int = 200) -> web.Response:
        language = self._texts.language(page.language)
        return self._page.answer(
            language,
            status,
            desk=page.desk,
            said=[self._said(message, page) for message in page.said],
            loans=[self._loan(loan, page, language) for loan in page.loans],
            contact_line=page.contact_line,
            instead="later" if status == 503 else "nothing",
        )

    def _said(self, message: Message, page: LinkPage) -> Markup:
        words = self._texts.render(message, Reader(page.language, "link", page.zone, one_way=True), page.now)
        return Markup(to_mail_html(words.text))  # noqa: S704 - escapes all that it prints

    def _loan(self, loan: LinkLoan, page: LinkPage, language: str) -> dict[str, Any]:
        at = say_due(loan.due_at.astimezone(page.zone), language=language)
        due = self._texts.word("link", "late" if loan.due_at < page.now else "due", language).format(at)
        return {"id": loan.id, "item": loan.item, "due": due, "state": loan.state.value, "seen": loan.seen}


def read_form(body: bytes) -> Pressed | None:
    """What was pressed; None for a form that is not ours."""
    try:
        fields = parse_qs(body.decode(), keep_blank_values=True, max_num_fields=MOST_FIELDS)
    except ValueError:
        return None
    act = ACTS.get(fold(fields.get("act", [""])[0]).strip())
    loan, seen = (fields.get(name, [""])[0] for name in ("loan", "seen"))
    if act is None or not all(n.isascii() and n.isdecimal() and len(n) < LONGEST_NUMBER for n in (loan, seen) if n):
        return None
    words = storable(fields.get("words", [""])[0]).strip()
    if act != "return" and not words:
        return None
    return Pressed(act, int(loan) if loan else None, int(seen) if seen else None, words)
