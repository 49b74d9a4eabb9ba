"""Twilio's shapes: the message resource, the forms it posts, its signature, its errors, its lists. No state here."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from urllib.parse import parse_qs, quote, urlencode, urlsplit

from aiohttp import web

from bot.core.records import record
from bot.sandbox.faults import Fault
from bot.sandbox.message import Attachment, Button, Message

VERSION = "2010-04-01"
WHATSAPP = "whatsapp:"


@dataclass(slots=True)
class Held:
    """One message resource, either direction."""

    sid: str
    account: str
    to: str
    sender: str
    body: str
    direction: str
    status: str
    created: datetime
    sent: datetime | None = None
    service: str | None = None
    callback: str = ""
    media: tuple[Attachment, ...] = ()
    error_code: int | None = None
    buttons: tuple[tuple[Button, ...], ...] = ()
    content_sid: str = ""
    shown: Message | None = None  # as it stands on the phone, once it got there
    steps: tuple[str, ...] = ()  # statuses still to come
    fault: Fault | None = None  # the faults of its callbacks

    @property
    def whatsapp(self) -> bool:
        return self.to.startswith(WHATSAPP)

    @property
    def failed(self) -> bool:
        return self.error_code is not None and self.status in ("undelivered", "failed")

    @property
    def uri(self) -> str:
        return f"/{VERSION}/Accounts/{self.account}/Messages/{self.sid}"


@dataclass(slots=True)
class Content:
    """A content template, and what was asked of WhatsApp for it (empty: never submitted)."""

    sid: str
    account: str
    created: datetime
    given: dict[str, object]
    approval: dict[str, str] = field(default_factory=dict)


@record(frozen=True, slots=True)
class Override:
    """The connection override in a webhook URL's fragment: `#rc=3&rp=ct,rt,5xx&rt=15000`."""

    retries: int = 1
    policy: frozenset[str] = frozenset({"ct"})
    seconds: float = 15.0

    @classmethod
    def of(cls, url: str) -> Override:
        given = parse_qs(urlsplit(url).fragment)
        policy = frozenset(given.get("rp", ["ct"])[0].split(","))
        return cls(int(given.get("rc", ["1"])[0]), policy, int(given.get("rt", ["15000"])[0]) / 1000)

    def again_after(self, fault: str) -> bool:
        """fault: `ct` (no connection), `rt` (no answer), `4xx` or `5xx`."""
        return bool({fault, "all"} & self.policy)


def sign(token: str, url: str, fields: Iterable[tuple[str, str]]) -> str:
    """`X-Twilio-Signature`: HMAC-SHA1 over the URL and every distinct name and value in order, base64."""
    written = url + "".join(name + value for name, value in sorted(set(fields)))
    return base64.b64encode(hmac.new(token.encode(), written.encode(), hashlib.sha1).digest()).decode()


def problem(status: int, code: int, text: str, headers: Mapping[str, str] | None = None) -> web.Response:
    """An error as the API words it."""
    return web.json_response(
        {"code": code, "message": text, "more_info": f"errors/{code}", "status": status}, status=status, headers=headers
    )


# --- what it posts --------------------------------------------------------------------------------------------------


def receipt(held: Held, now: datetime) -> dict[str, str]:
    """The form of a status callback, for the status `held` has now."""
    fields = {
        "MessageSid": held.sid, "SmsSid": held.sid, "MessageStatus": held.status, "SmsStatus": held.status,
        "From": held.sender, "To": held.to, "AccountSid": held.account, "ApiVersion": VERSION,
    }  # fmt: skip
    if held.service:
        fields["MessagingServiceSid"] = held.service
    if held.failed:
        fields |= {"ErrorCode": str(held.error_code), "ErrorMessage": "Message could not be delivered"}
    if held.whatsapp:
        return fields | _whatsapp_receipt(held)
    if held.status in ("delivered", "undelivered"):
        fields["RawDlrDoneDate"] = now.strftime("%y%m%d%H%M")
    return fields


def _whatsapp_receipt(held: Held) -> dict[str, str]:
    fields = {"ChannelPrefix": "whatsapp", "ChannelToAddress": held.to.removeprefix(WHATSAPP)}
    if held.failed:
        fields["ChannelStatusMessage"] = "Message could not be delivered"
    if held.status == "read":
        fields["EventType"] = "READ"
    return fields


def inbound(held: Held, base: str) -> dict[str, str]:
    """The part of the inbound form that both channels share. `base`: where the media are to be fetched."""
    fields = {
        "MessageSid": held.sid, "SmsSid": held.sid, "SmsMessageSid": held.sid, "AccountSid": held.account,
        "ApiVersion": VERSION, "From": held.sender, "To": held.to, "Body": held.body, "SmsStatus": "received",
        "NumMedia": str(len(held.media)), "NumSegments": "1", "ReferralNumMedia": "0",
    }  # fmt: skip
    for index, one in enumerate(held.media):
        fields[f"MediaUrl{index}"] = f"{base}{held.uri}/Media/{one.ref}"
        fields[f"MediaContentType{index}"] = one.mime
    return fields


def whatsapp_inbound(name: str, number: str | None, bsuid: str | None) -> dict[str, str]:
    """The part only WhatsApp sends. `WaId` is absent for somebody who hides the number."""
    profile = {"ProfileName": name} | ({"WaId": number.lstrip("+")} if number else {})
    metadata = {"type": "whatsapp", "data": {"context": profile}}
    return {
        **profile,
        "MessageType": "text",
        "Forwarded": "false",
        "FrequentlyForwarded": "false",
        "ChannelMetadata": json.dumps(metadata, separators=(",", ":")),
        **({"ExternalUserId": WHATSAPP + bsuid} if bsuid else {}),
    }


def sms_inbound() -> dict[str, str]:
    """The part only SMS sends: geography, empty where the carrier does not tell."""
    places = ("City", "State", "Zip", "Country")
    return {f"{side}{place}": "" for side in ("From", "To") for place in places}


# --- what it shows --------------------------------------------------------------------------------------------------


def message_json(held: Held) -> dict[str, object]:
    """A message as the API shows it. The error is shown only once the message has failed."""
    return {
        "sid": held.sid, "account_sid": held.account, "api_version": VERSION, "body": held.body,
        "to": held.to, "from": held.sender, "messaging_service_sid": held.service, "status": held.status,
        "direction": held.direction, "num_segments": "1", "num_media": str(len(held.media)),
        "date_created": _rfc2822(held.created), "date_updated": _rfc2822(held.sent or held.created),
        "date_sent": _rfc2822(held.sent), "price": _price(held), "price_unit": "USD",
        "error_code": held.error_code if held.failed else None, "error_message": None,
        "uri": held.uri + ".json", "subresource_uris": {"media": held.uri + "/Media.json"},
    }  # fmt: skip


def _price(held: Held) -> str | None:
    """What it cost, as a debit: known once the message has arrived or failed."""
    if held.status in ("delivered", "read"):
        return "-0.00500" if held.whatsapp else "-0.07980"
    return "0.00000" if held.failed else None


def content_json(content: Content, base: str) -> dict[str, object]:
    url = f"{base}/v1/Content/{content.sid}"
    made = content.created.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    given = content.given
    return {
        "sid": content.sid, "account_sid": content.account, "friendly_name": given.get("friendly_name"),
        "language": given["language"], "variables": given.get("variables", {}), "types": given["types"],
        "date_created": made, "date_updated": made, "url": url,
        "links": {"approval_fetch": f"{url}/ApprovalRequests", "approval_create": f"{url}/ApprovalRequests/whatsapp"},
    }  # fmt: skip


def _rfc2822(at: datetime | None) -> str | None:
    return None if at is None else format_datetime(at.astimezone(UTC))


def page_of(wanted: list[Held], request: web.Request) -> dict[str, object]:
    """One page of the list, newest first, with the addresses of its neighbours. Raises ValueError for a bad number."""
    size, page = min(int(request.query.get("PageSize", "50")), 1000), int(request.query.get("Page", "0"))
    start = page * size
    shown = wanted[start : start + size]
    more = start + size < len(wanted)
    return {
        "messages": [message_json(held) for held in shown], "uri": request.raw_path,
        "page": page, "page_size": size, "start": start, "end": start + max(len(shown) - 1, 0),
        "first_page_uri": _page_uri(request, size, 0, ""),
        "previous_page_uri": _page_uri(request, size, page - 1, "PB" + shown[0].sid) if page and shown else None,
        "next_page_uri": _page_uri(request, size, page + 1, "PA" + shown[-1].sid) if more else None,
    }  # fmt: skip


def _page_uri(request: web.Request, size: int, page: int, token: str) -> str:
    kept = {name: value for name, value in request.query.items() if name not in ("Page", "PageSize", "PageToken")}
    paging = {"PageSize": str(size), "Page": str(page), **({"PageToken": token} if token else {})}
    return f"{quote(request.path)}?{urlencode(kept | paging)}"


def matches(held: Held, query: Mapping[str, str]) -> bool:
    """The filters of the list, in UTC: `DateSent` means a whole day, the bounds of a range are days or instants.

    A message that has not left yet is found by the day it was made. Raises ValueError for a date nobody can read.
    """
    if query.get("To", held.to) != held.to or query.get("From", held.sender) != held.sender:
        return False
    at = (held.sent or held.created).astimezone(UTC).replace(microsecond=0)
    if (day := query.get("DateSent")) and at.date() != _first(day).date():
        return False
    if (since := query.get("DateSent>")) and at < _first(since):
        return False
    return not ((until := query.get("DateSent<")) and at > _last(until))


def _first(date: str) -> datetime:
    read = datetime.fromisoformat(date)
    return read if read.tzinfo else read.replace(tzinfo=UTC)


def _last(date: str) -> datetime:
    """The last second meant: a bare day reaches to its end."""
    return _first(date) + (timedelta(days=1, seconds=-1) if len(date) == len("2026-11-27") else timedelta())
