"""What Twilio refuses when a message is created, with the codes of its error dictionary."""

from __future__ import annotations

import json
import re
from collections.abc import Container, Mapping
from urllib.parse import urlsplit

from bot.core.records import record
from bot.sandbox.message import Button
from bot.sandbox.twilio_shapes import WHATSAPP, Content

NUMBER = re.compile(r"\+[1-9]\d{7,14}")
BSUID = re.compile(r"[A-Z]{2}\.(ENT\.)?[A-Za-z0-9]{1,128}")
LONGEST_BODY = 1600
LONGEST_VALIDITY = 36000  # seconds


class Refusal(Exception):
    """A create that is answered 400. `code` is Twilio's."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(text)
        self.code = code
        self.text = text


@record(frozen=True, slots=True)
class Account:
    """What the rules need to know of an account: its senders, its templates, who has opted out."""

    whatsapp_from: str
    sms_from: str
    service: str
    contents: Mapping[str, Content]
    opted_out: Container[str]


def check_create(fields: Mapping[str, str], account: Account) -> None:
    """Raises Refusal for the first thing that is wrong with a create, in the order Twilio looks."""
    to = fields.get("To", "")
    _check_to(to)
    _check_from(fields, to, account)
    _check_words(fields, account)
    _check_extras(fields)
    if to in account.opted_out:
        raise Refusal(21610, "Attempt to send to unsubscribed recipient")


def _check_to(to: str) -> None:
    if not to:
        raise Refusal(21604, "A 'To' phone number is required.")
    bare = to.removeprefix(WHATSAPP)
    if not (NUMBER.fullmatch(bare) or (to != bare and BSUID.fullmatch(bare))):
        raise Refusal(21211, f"Invalid 'To' Phone Number: {to}")


def _check_from(fields: Mapping[str, str], to: str, account: Account) -> None:
    sender, service = fields.get("From", ""), fields.get("MessagingServiceSid", "")
    if not sender and not service:
        raise Refusal(21603, "A 'From' phone number is required.")
    if service and service != account.service:
        raise Refusal(21705, "The Messaging Service Sid is invalid.")
    if not sender:
        return
    if to.startswith(WHATSAPP) != sender.startswith(WHATSAPP):
        raise Refusal(21910, "Invalid From and To pair. From and To should be of the same channel")
    if sender.startswith(WHATSAPP) and sender != account.whatsapp_from:
        raise Refusal(63007, "Twilio could not find a Channel with the specified From address")
    if not sender.startswith(WHATSAPP) and sender != account.sms_from:
        raise Refusal(21606, f"The From phone number {sender} is not a valid message-capable phone number")


def _check_words(fields: Mapping[str, str], account: Account) -> None:
    if content := fields.get("ContentSid"):
        if content not in account.contents:
            raise Refusal(21655, "The ContentSid is Invalid")
        variables_of(fields)
        return
    if not fields.get("Body") and not fields.get("MediaUrl"):
        raise Refusal(21602, "Message body is required.")
    if len(fields.get("Body", "")) > LONGEST_BODY:
        raise Refusal(21617, "The concatenated message body exceeds the 1600 character limit")


def _check_extras(fields: Mapping[str, str]) -> None:
    if callback := fields.get("StatusCallback"):
        url = urlsplit(callback)
        if url.scheme not in ("http", "https") or not url.hostname or "_" in url.hostname:
            raise Refusal(21609, f"The 'StatusCallback' URL {callback} is not a valid URL.")
    validity = fields.get("ValidityPeriod", "1")
    if not validity.isdecimal() or not 1 <= int(validity) <= LONGEST_VALIDITY:
        raise Refusal(20001, "ValidityPeriod is out of range")


def variables_of(fields: Mapping[str, str]) -> dict[str, str]:
    """`ContentVariables`, a JSON object of text. Raises Refusal."""
    try:
        read = json.loads(fields.get("ContentVariables") or "{}")
    except ValueError:
        read = None
    if not isinstance(read, dict) or not all(isinstance(value, str) for value in read.values()):
        raise Refusal(21656, "The ContentVariables Parameter is invalid")
    return read


def content_shown(content: Content, fields: Mapping[str, str]) -> tuple[str, tuple[tuple[Button, ...], ...]]:
    """The words and buttons a template makes with these variables: one button a row, as WhatsApp draws them."""
    given = content.given.get("variables")
    variables = (given if isinstance(given, dict) else {}) | variables_of(fields)
    types = content.given["types"]
    first = next(iter(types.values()), None) if isinstance(types, dict) else None
    kind: dict[str, object] = first if isinstance(first, dict) else {}
    listed = kind.get("actions") or kind.get("items")
    actions = [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
    buttons = [
        Button(_fill(str(one.get("title") or one.get("item", "")), variables), _fill(str(one.get("id", "")), variables))
        for one in actions
    ]
    return _fill(str(kind.get("body", "")), variables), tuple((button,) for button in buttons)


def _fill(text: str, variables: Mapping[str, str]) -> str:
    """`{{1}}` replaced by the variable of that name; unknown ones stay as they are."""
    return re.sub(r"\{\{(\w+)\}\}", lambda found: variables.get(found[1], found[0]), text)
