"""Requests as the providers make them, for the doors' tests: real signatures over real forms."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from twilio.request_validator import RequestValidator

from bot.channels.base import RawRequest
from bot.channels.telegram_door import TelegramDoor
from bot.channels.twilio_door import TwilioDoor

TOKEN = "12345678901234567890123456789012"
ACCOUNT = "AC00000000000000000000000000000001"
SERVICE = "MG00000000000000000000000000000001"
PUBLIC = "https://desk.example"
WHATSAPP_FROM, SMS_FROM = "+14155238886", "+15005550006"
AWA = "+33612345678"
SECRET = "a-secret_0123456789"
BOT_ID = 4242


class Headers(dict[str, str]):
    """Case-insensitive, as every HTTP header is."""

    def __init__(self, given: Mapping[str, str]) -> None:
        super().__init__({name.lower(): value for name, value in given.items()})

    def get(self, name: str, default: Any = None) -> Any:
        return super().get(name.lower(), default)


class Fields(dict[str, list[str]]):
    def getall(self, name: str) -> list[str]:
        return self[name]


def twilio_door(**changes: Any) -> TwilioDoor:
    given: dict[str, Any] = {
        "auth_token": TOKEN,
        "account_sid": ACCOUNT,
        "public_url": PUBLIC,
        "whatsapp_from": WHATSAPP_FROM,
        "sms_from": SMS_FROM,
    }
    return TwilioDoor(**(given | changes))


def telegram_door() -> TelegramDoor:
    return TelegramDoor(SECRET, BOT_ID)


def message_form(**changes: str) -> dict[str, str]:
    return {
        "MessageSid": "SM00000000000000000000000000000001",
        "SmsSid": "SM00000000000000000000000000000001",
        "AccountSid": ACCOUNT,
        "From": f"whatsapp:{AWA}",
        "To": f"whatsapp:{WHATSAPP_FROM}",
        "Body": "RENDU",
        "NumMedia": "0",
        "SmsStatus": "received",
        "ApiVersion": "2010-04-01",
    } | changes


def receipt_form(**changes: str) -> dict[str, str]:
    return {
        "MessageSid": "SM00000000000000000000000000000077",
        "MessageStatus": "delivered",
        "AccountSid": ACCOUNT,
        "From": f"whatsapp:{WHATSAPP_FROM}",
        "To": f"whatsapp:{AWA}",
    } | changes


def twilio_request(
    form: Mapping[str, str] | Sequence[tuple[str, str]],
    *,
    path: str = "/webhooks/twilio",
    token: str = TOKEN,
    url: str = PUBLIC,
    headers: Mapping[str, str] | None = None,
) -> RawRequest:
    """A form as Twilio would sign it for `url` + `path`."""
    pairs = list(form.items()) if isinstance(form, Mapping) else list(form)
    fields = Fields()
    for name, value in pairs:
        fields.setdefault(name, []).append(value)
    signature = RequestValidator(token).compute_signature(url + path, fields)
    given = {"Content-Type": "application/x-www-form-urlencoded; charset=UTF-8", "X-Twilio-Signature": signature}
    return RawRequest(path, Headers(given | dict(headers or {})), urlencode(pairs).encode())


def telegram_request(update: object, *, secret: str = SECRET) -> RawRequest:
    body = update if isinstance(update, bytes) else json.dumps(update).encode()
    return RawRequest("/webhooks/telegram", Headers({"X-Telegram-Bot-Api-Secret-Token": secret}), body)


def private_message(**changes: Any) -> dict[str, Any]:
    """An update with a message of Awa's to the bot."""
    message = {
        "message_id": 7,
        "date": 1_790_000_000,
        "chat": {"id": 111, "type": "private", "first_name": "Awa"},
        "from": {"id": 111, "is_bot": False, "first_name": "Awa", "username": "awa", "language_code": "fr"},
        "text": "RENDU",
    }
    return {"update_id": 900, "message": message | changes}
