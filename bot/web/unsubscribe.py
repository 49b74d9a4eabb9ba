"""`/unsubscribe/{token}`: one click ends e-mails to an address (RFC 8058). GET shows, POST acts.

Mail services fetch links to scan them, so a GET changes nothing; their one click is a POST without page, cookie or
question. A forged token tells nothing and writes nothing.
"""

from __future__ import annotations

from typing import Literal

import structlog
from aiohttp import web

from bot.core.people import Address, Consent
from bot.core.signing import Unsubscribing, read_unsubscribe
from bot.store import Store, StoreError, Tx
from bot.texts import Texts
from bot.web.linked_page import LinkedPage

log = structlog.get_logger("unsubscribe")

PROOF = "unsubscribe link of an e-mail"


def add_unsubscribe(app: web.Application, store: Store, texts: Texts) -> None:
    door = UnsubscribeDoor(store, texts)
    app.router.add_get("/unsubscribe/{token}", door.look)
    app.router.add_post("/unsubscribe/{token}", door.act)


class UnsubscribeDoor:
    def __init__(self, store: Store, texts: Texts) -> None:
        self._store = store
        self._page = LinkedPage("unsubscribe", texts)

    async def look(self, request: web.Request) -> web.Response:
        return await self._answered(request, acting=False)

    async def act(self, request: web.Request) -> web.Response:
        return await self._answered(request, acting=True)

    async def _answered(self, request: web.Request, *, acting: bool) -> web.Response:
        address = read_unsubscribe(self._store.desk.secret, request.match_info["token"])
        if address is None:
            return self._shown("nothing", self._store.desk.language, 404)
        try:
            refused, language = await self._store.write(end_emails if acting else look_at, address)
        except StoreError as error:
            log.error("unsubscribe_not_kept", why=str(error))
            return self._shown("later", self._store.desk.language, 503)
        return self._shown("done" if refused else "ask", language or self._store.desk.language)

    def _shown(
        self, shown: Literal["ask", "done", "nothing", "later"], language: str, status: int = 200
    ) -> web.Response:
        return self._page.answer(language, status, shown=shown)


def look_at(tx: Tx, named: Unsubscribing) -> tuple[bool, str]:
    """Whether e-mails to that address have ended, and its holder's language. One that is gone gets none either."""
    known = _still_there(tx, named)
    if known is None:
        return True, ""
    return known.consent is Consent.REFUSED, tx.people.get(known.contact_id).language


def end_emails(tx: Tx, named: Unsubscribing) -> tuple[bool, str]:
    """The same once the address is written to no more. A second click adds nothing."""
    known = _still_there(tx, named)
    if known is not None and known.consent is not Consent.REFUSED:
        tx.people.set_consent(known.id, Consent.REFUSED, PROOF)
    return look_at(tx, named)


def _still_there(tx: Tx, named: Unsubscribing) -> Address | None:
    known = tx.people.address(named.address_id)
    if known is None or known.channel != "email" or Unsubscribing.of(known.id, known.value) != named:
        return None
    return known
