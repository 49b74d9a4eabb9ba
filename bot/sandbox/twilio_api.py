"""The HTTP side of the Twilio stand-in: messages, media, content templates and their approval."""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from aiohttp import web

from bot.sandbox.message import Attachment
from bot.sandbox.twilio_rules import Refusal
from bot.sandbox.twilio_shapes import VERSION, Content, Held, content_json, matches, message_json, page_of, problem
from bot.sandbox.wire import CALL

if TYPE_CHECKING:
    from bot.sandbox.twilio_net import TwilioNet

Answerer = Callable[[web.Request], web.Response]


class TwilioApi:
    """The resources of one account. Every request is authenticated first."""

    def __init__(self, net: TwilioNet) -> None:
        self.net = net

    def routes(self) -> list[web.RouteDef]:
        account, content = f"/{VERSION}/Accounts/{{account}}", "/v1/Content"
        return [
            web.get(f"{account}.json", self._for_us(self.account)),
            web.post(f"{account}/Messages.json", self._for_us(self.create)),
            web.get(f"{account}/Messages.json", self._for_us(self.messages)),
            web.get(f"{account}/Messages/{{sid}}.json", self._for_us(self.message)),
            web.get(f"{account}/Messages/{{sid}}/Media/{{media}}", self._for_us(self.media)),
            web.delete(f"{account}/Messages/{{sid}}/Media/{{media}}", self._for_us(self.forget_media)),
            web.post(content, self._for_us(self.new_content)),
            web.get(content, self._for_us(self.all_content)),
            web.get("/v1/ContentAndApprovals", self._for_us(self.all_content)),
            web.get(f"{content}/{{sid}}", self._for_us(self.content)),
            web.get(f"{content}/{{sid}}/ApprovalRequests", self._for_us(self.approval)),
            web.post(f"{content}/{{sid}}/ApprovalRequests/whatsapp", self._for_us(self.ask_approval)),
            web.route("*", "/{tail:.*}", self._for_us(_nowhere)),
        ]

    def _for_us(self, answer: Answerer) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        async def checked(request: web.Request) -> web.StreamResponse:
            return self._denied(request) or answer(request)

        return checked

    def _denied(self, request: web.Request) -> web.Response | None:
        if self.net.suspended or not self._knows(request.headers.get("Authorization", "")):
            return problem(401, 20003, "Authenticate")
        if request.match_info.get("account", self.net.account_sid) != self.net.account_sid:
            return _nowhere(request)
        return None

    def _knows(self, authorization: str) -> bool:
        wanted = f"{self.net.account_sid}:{self.net.auth_token}".encode()
        try:
            given = base64.b64decode(authorization.removeprefix("Basic "), validate=True)
        except (binascii.Error, ValueError):
            return False
        return hmac.compare_digest(given, wanted)

    # --- messages ---------------------------------------------------------------------------------------------------

    def account(self, _: web.Request) -> web.Response:
        sid = self.net.account_sid
        return web.json_response({"sid": sid, "friendly_name": "Sandbox", "status": "active", "type": "Full"})

    def create(self, request: web.Request) -> web.Response:
        try:
            held = self.net.accept(request[CALL])
        except Refusal as refusal:
            return problem(400, refusal.code, refusal.text)
        return web.json_response(message_json(held), status=201)

    def messages(self, request: web.Request) -> web.Response:
        try:
            wanted = [held for held in reversed(self.net.held) if matches(held, request.query)]
            return web.json_response(page_of(wanted, request))
        except ValueError:
            return problem(400, 20001, "A date or a number of the query cannot be read")

    def message(self, request: web.Request) -> web.Response:
        held = self._held(request)
        return web.json_response(message_json(held)) if held else _nowhere(request)

    def _held(self, request: web.Request) -> Held | None:
        return next((held for held in self.net.held if held.sid == request.match_info["sid"]), None)

    def _attachment(self, request: web.Request) -> tuple[Held, Attachment] | None:
        held, wanted = self._held(request), request.match_info["media"]
        found = next((one for one in held.media if one.ref == wanted), None) if held else None
        return (held, found) if held and found else None

    def media(self, request: web.Request) -> web.Response:
        found = self._attachment(request)
        return web.Response(body=found[1].content, content_type=found[1].mime) if found else _nowhere(request)

    def forget_media(self, request: web.Request) -> web.Response:
        if (found := self._attachment(request)) is None:
            return _nowhere(request)
        held, gone = found
        held.media = tuple(one for one in held.media if one is not gone)
        return web.Response(status=204)

    # --- content templates ------------------------------------------------------------------------------------------

    def new_content(self, request: web.Request) -> web.Response:
        given = request[CALL].json
        if not isinstance(given, dict) or not given.get("language") or not isinstance(given.get("types"), dict):
            return problem(400, 20001, "A JSON body with language and types is required")
        content = Content(self.net.new_sid("HX"), self.net.account_sid, self.net.now(), given)
        self.net.contents[content.sid] = content
        return web.json_response(content_json(content, self.net.base), status=201)

    def all_content(self, request: web.Request) -> web.Response:
        url = self.net.base + request.path
        shown = [
            content_json(one, self.net.base) | {"approval_requests": one.approval} for one in self.net.contents.values()
        ]
        paging = {"page": 0, "page_size": len(shown), "next_page_url": None, "previous_page_url": None}
        meta = paging | {"first_page_url": url, "url": url, "key": "contents"}
        return web.json_response({"contents": shown, "meta": meta})

    def content(self, request: web.Request) -> web.Response:
        content = self.net.contents.get(request.match_info["sid"])
        return web.json_response(content_json(content, self.net.base)) if content else _nowhere(request)

    def ask_approval(self, request: web.Request) -> web.Response:
        """Submits a template to WhatsApp, which here approves all of them, at once."""
        given, content = request[CALL].json, self.net.contents.get(request.match_info["sid"])
        if content is None:
            return _nowhere(request)
        if not isinstance(given, dict) or not given.get("name") or not given.get("category"):
            return problem(400, 20001, "A JSON body with name and category is required")
        asked = {"name": str(given["name"]), "category": str(given["category"]), "rejection_reason": ""}
        content.approval = asked | {"status": "approved"}
        return web.json_response(asked | {"status": "received"}, status=201)

    def approval(self, request: web.Request) -> web.Response:
        content = self.net.contents.get(request.match_info["sid"])
        if content is None:
            return _nowhere(request)
        return web.json_response({"sid": content.sid, "whatsapp": content.approval or {"status": "unsubmitted"}})


def _nowhere(request: web.Request) -> web.Response:
    return problem(404, 20404, f"The requested resource {request.path} was not found")
