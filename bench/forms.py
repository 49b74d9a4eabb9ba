"""Requests as Twilio makes them: raw HTTP with a genuine signature, made before the clock starts."""

from __future__ import annotations

import base64
import hmac
from collections.abc import Iterator, Sequence
from hashlib import sha1
from urllib.parse import urlencode

ACCOUNT = "AC" + "0" * 31 + "1"
TOKEN = "0123456789abcdef0123456789abcdef"
PUBLIC_URL = "https://desk.example"
PATH = "/webhooks/twilio"
SMS_FROM = "+33612340000"


def phone(number: int) -> str:
    """A sample number for the borrower with this number."""
    return f"+336123{number:05d}" if number < 100_000 else f"+33613{number:06d}"


def signed(fields: dict[str, str], path: str = PATH) -> bytes:
    """One POST of a form, HTTP/1.1, keep-alive."""
    joined = PUBLIC_URL + path + "".join(name + fields[name] for name in sorted(fields))
    signature = base64.b64encode(hmac.digest(TOKEN.encode(), joined.encode(), sha1)).decode()
    body = urlencode(fields).encode()
    head = (
        f"POST {path} HTTP/1.1\r\nHost: desk.example\r\nX-Twilio-Signature: {signature}\r\n"
        f"Content-Type: application/x-www-form-urlencoded; charset=utf-8\r\nContent-Length: {len(body)}\r\n"
        "User-Agent: TwilioProxy/1.1\r\nAccept: */*\r\n\r\n"
    )
    return head.encode() + body


def message(sid: str, writer: str, words: str) -> dict[str, str]:
    """The fields of an incoming SMS."""
    return {
        "ToCountry": "FR", "SmsMessageSid": sid, "NumMedia": "0", "SmsSid": sid, "SmsStatus": "received",
        "FromCountry": "FR", "Body": words, "To": SMS_FROM, "NumSegments": "1", "MessageSid": sid,
        "AccountSid": ACCOUNT, "From": writer, "ApiVersion": "2010-04-01",
    }  # fmt: skip


def receipt(sid: str, reader: str, status: str) -> dict[str, str]:
    """The fields of a status callback for an SMS of ours."""
    return {
        "SmsSid": sid, "SmsStatus": status, "MessageStatus": status, "To": reader, "MessageSid": sid,
        "AccountSid": ACCOUNT, "From": SMS_FROM, "ApiVersion": "2010-04-01",
    }  # fmt: skip


def sid_of(batch: str, number: int) -> str:
    return f"SM{batch}{number:08d}".ljust(34, "0")


def requests(count: int, words: Sequence[str], batch: str, people: int, first: int = 0) -> Iterator[bytes]:
    """`count` requests: every person says the first words, then every person the next. batch: makes ids unique.

    first: number of the first of these people.
    """
    for number in range(count):
        turn, person = divmod(number, people)
        yield signed(message(sid_of(batch, number), phone(first + person), words[turn % len(words)]))


def receipts(sent: Sequence[Sequence[str]], statuses: Sequence[str]) -> Iterator[bytes]:
    """Each status of every message, then the next. sent: our reference and the provider's id of each message."""
    for status in statuses:
        for number, (ref, sid) in enumerate(sent):
            yield signed(receipt(sid, phone(number), status), f"{PATH}/status?o={ref}")
