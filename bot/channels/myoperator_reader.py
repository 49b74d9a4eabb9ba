"""What MyOperator posts, turned into letters and read: Meta's Cloud format, or one flat object a message.

Both forms have been seen at its customers, neither is described by it in full; what is unknown is left aside.
Nothing of the way out is needed here.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from typing import Any, Literal

from bot.channels.base import Forbidden, Rubbish
from bot.core.inbound import Inbound, Item, Letter, Media, Medium, Receipt, SharedContact
from bot.core.markup import storable
from bot.core.people import with_country
from bot.core.records import record

_ID = re.compile(r"[A-Za-z0-9_.:=+/-]{1,180}")  # `wamid.…` ends in base64
_NUMBER = re.compile(r"\+?[0-9]{6,15}")
_USER_ID = re.compile(r"[A-Z]{2}\.[A-Za-z0-9.]{1,130}")  # WhatsApp's id of somebody who hides the number
MOST_LETTERS = 500  # of one request
NOTHING_SAID = ("reaction", "system")  # a heart, a new number: neither asks for anything
UNREAD = ("order", "unsupported")  # said as well, and of no use here: the writer is told so
SAID_WITHOUT_WORDS = ("text", "contacts", "location", *UNREAD)  # what a person's message may be
ENVELOPES = ("data", "payload", "message")
CLOUD_WRITERS = ("from", "from_user_id")  # the second alone for somebody who hides the number
WRITERS = ("from", "customer_number", "customer_phone", "wa_id", "waId", "mobile", "phone", "sender")

_STATUS: dict[str, Literal["sent", "delivered", "read", "failed"]] = {
    "accepted": "sent",
    "sent": "sent",
    "delivered": "delivered",
    "read": "read",
    "failed": "failed",
    "undelivered": "failed",
}
_MEDIA: dict[str, Medium] = {
    "image": "photo",
    "audio": "voice",
    "voice": "voice",
    "video": "video",
    "document": "document",
    "sticker": "sticker",
}
Fields = Mapping[str, Any]


# --- letters ---------------------------------------------------------------------------------------


@record(frozen=True, slots=True)
class _Found:
    """One message or status with its surrounding fields; or something for another number."""

    kind: Literal["message", "receipt", "foreign"]
    fields: dict[str, Any]
    name: str = ""


def letters_of(posted: object, number_id: str) -> list[Letter]:
    """The letters of one request to our number: of a company with several numbers it may bring others' beside them.

    Raises Forbidden when all are for another number, Rubbish for no letter at all.
    """
    objects = list(_dicts(posted if isinstance(posted, list) else [posted]))
    if not objects:
        raise Rubbish("JSON without fields")
    found = [one for fields in objects for one in _found_in(fields, number_id)]
    if len(found) > MOST_LETTERS:
        raise Rubbish("more messages than one request holds")
    ours = [one for one in found if one.kind != "foreign"]
    if found and not ours:
        raise Forbidden("a letter to another number")
    letters = [letter for one in ours if (letter := _letter(one, number_id)) is not None]
    if ours and not letters:
        raise Rubbish("no message id or no writer")
    return letters


def _found_in(posted: Fields, number_id: str) -> Iterator[_Found]:
    return _cloud(posted, number_id) if next(_values(posted), None) is not None else _flat(posted, number_id)


def _cloud(posted: Fields, number_id: str) -> Iterator[_Found]:
    for value in _values(posted):
        theirs = _text(_dict(value.get("metadata")), "phone_number_id")
        if theirs and theirs != number_id:
            yield _Found("foreign", value)
            continue
        names = {
            _text(c, "wa_id", "user_id"): _text(_dict(c.get("profile")), "name") for c in _dicts(value.get("contacts"))
        }
        for message in _dicts(value.get("messages")):
            yield _Found("message", message, names.get(_text(message, *CLOUD_WRITERS), ""))
        for status in _dicts(value.get("statuses")):
            yield _Found("receipt", status)


def _values(posted: Fields) -> Iterator[dict[str, Any]]:
    """Meta's objects, in their envelope or as a bridge passes them on without it."""
    if isinstance(posted.get("entry"), list):
        for entry in _dicts(posted["entry"]):
            for change in _dicts(entry.get("changes")):
                yield _dict(change.get("value"))
        return
    bare = _dict(posted.get("value")) or posted
    if isinstance(bare.get("messages"), list) or isinstance(bare.get("statuses"), list):
        yield dict(bare)


def _flat(posted: Fields, number_id: str) -> Iterator[_Found]:
    """One object a message, its fields at the top or in an envelope."""
    fields = dict(posted)
    for envelope in ENVELOPES:
        fields |= _dict(fields.get(envelope))
    theirs = _text(fields, "phone_number_id")
    if theirs and theirs != number_id:
        yield _Found("foreign", fields)
        return
    if _is_status(fields):
        status = _flat_status(fields)
        if status["id"]:  # a campaign has a status too
            yield _Found("receipt", status)
        return
    if _text(fields, "direction").lower().startswith("out"):  # what a colleague wrote in MyOperator's own inbox
        return
    message = {
        "id": _text(fields, "message_id", "id", "wamid"),
        "from": _flat_writer(fields),
        "timestamp": _text(fields, "timestamp"),
    } | _flat_content(fields)
    if message["from"] and _says_something(fields, message):
        yield _Found("message", message, _text(fields, "name", "customer_name"))


def _says_something(fields: Fields, message: Fields) -> bool:
    """Whether a flat object is a message, and not the news that a conversation was closed or a contact renamed: those
    are accepted and say nothing."""
    kind = message["type"]
    return kind != "text" or bool(_words(message, kind)) or _text(fields, "type") in SAID_WITHOUT_WORDS


def _flat_writer(fields: Fields) -> str:
    writer, country = _text(fields, *WRITERS), _text(fields, "customer_country_code").strip(" +")
    number = _undressed(writer)
    return with_country(country, number) if country.isdecimal() and number.isdecimal() else writer


def _is_status(fields: Fields) -> bool:
    """Whether a flat object is the status of a message of ours. It may contain text too: an error, or what we had
    said."""
    if _text(fields, "direction").lower().startswith("in"):
        return False
    status = _STATUS.get(_text(fields, "status").lower())
    # Our reference comes back null from some accounts; only what we had sent has one at all.
    return status == "failed" or (status is not None and ("myop_ref_id" in fields or not _flat_words(fields)))


def _flat_content(fields: Fields) -> dict[str, Any]:
    """A press, a photo or a place as Meta writes it, or with its parts beside the others; else words."""
    kind, context = _text(fields, "type"), _dict(fields.get("context"))
    answered = context if _text(context, "id") else {"id": _text(fields, "reply_to")}
    if kind in NOTHING_SAID:
        return {"type": kind}
    if kind != "text" and isinstance(fields.get(kind), dict):
        return {"type": kind, kind: fields[kind], "context": answered}
    if kind in _MEDIA:
        url = _text(fields, kind, "media_url", "url", "link") or _text(context, "url", "link", "id")
        return {"type": kind, kind: {"url": url, "caption": _flat_words(fields)}, "context": answered}
    if kind in ("button", "interactive"):
        press = {"payload": _text(fields, "payload"), "text": _flat_words(fields)}
        return {"type": "button", "button": press, "context": answered}
    return {"type": "text", "text": {"body": _flat_words(fields)}, "context": answered}


def _flat_words(fields: Fields) -> str:
    """A person's words, where they have been seen; under `context`, as in what is sent."""
    return (
        _text(_dict(fields.get("text")), "body")
        or _text(fields, "text", "body", "message", "caption")
        or _text(_dict(fields.get("context")), "body", "caption")
    )


def _flat_status(fields: Fields) -> dict[str, Any]:
    listed = next(_dicts(fields.get("errors")), _dict(fields.get("error")))
    code = _text(fields, "error_code") or _text(listed, "code") or _text(fields, "code")
    return {
        "id": _text(fields, "message_id", "id", "wamid"),
        "status": _text(fields, "status").lower(),
        "recipient_id": _text(fields, "customer_number", "to"),
        "biz_opaque_callback_data": _text(fields, "myop_ref_id"),
        "errors": [{"code": code}] if code not in ("", "0", "200") else [],
    }


def _letter(found: _Found, number_id: str) -> Letter | None:
    """None without an id or a writer: the rest of the request still counts."""
    known = _text(found.fields, "id")
    if not _ID.fullmatch(known):
        return None
    if found.kind == "receipt":
        status = _text(found.fields, "status").lower()[:32]
        return Letter("whatsapp", "receipt", f"{known}:{status}", number_id, known, _kept(found.fields))
    writer = address_of(_text(found.fields, *CLOUD_WRITERS))
    payload = {**_kept(found.fields), "_name": storable(found.name)[:200]}
    return Letter("whatsapp", "message", known, number_id, writer, payload) if writer else None


def address_of(writer: str) -> str:
    """E.164 of digits with or without `+`, or WhatsApp's user id as it is; empty for anything else."""
    number = _undressed(writer)
    if _NUMBER.fullmatch(number):
        return "+" + number.lstrip("+")
    return writer if _USER_ID.fullmatch(writer) else ""


def _undressed(writer: str) -> str:
    """A number without what people and programs set around its digits."""
    number = re.sub(r"[\s().-]", "", writer.removeprefix("whatsapp:"))
    return number.removeprefix("00")


def _kept(fields: Fields) -> dict[str, object]:
    """The fields as the inbox can hold them."""
    return {str(k)[:64]: _clean(v) for k, v in fields.items()}


def _clean(value: Any) -> Any:
    if isinstance(value, str):
        return storable(value)
    if isinstance(value, dict):
        return _kept(value)
    if isinstance(value, list):
        return [_clean(v) for v in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value if not isinstance(value, int) or abs(value) < 2**63 else str(value)


# --- the reader --------------------------------------------------------------------------------------


class MyOperatorReader:
    """What a stored letter says: words, a press, media, a place, a contact; or what became of a message of ours."""

    def read(self, letter: Letter) -> list[Item]:
        fields = letter.payload
        if letter.kind == "receipt":
            receipt = _receipt(letter.lane, fields)
            return [receipt] if receipt else []
        if _text(fields, "type") in NOTHING_SAID:
            return []
        return [_inbound(letter, fields)]


def _receipt(known: str, fields: Fields) -> Receipt | None:
    status = _STATUS.get(_text(fields, "status").lower())
    if status is None:
        return None
    error = next(iter(_dicts(fields.get("errors"))), {})
    return Receipt(
        channel="whatsapp",
        provider_id=known,
        status=status,
        code=_text(error, "code") if status == "failed" else "",
        outbox_ref=_text(fields, "biz_opaque_callback_data") or None,
    )


def _inbound(letter: Letter, fields: Fields) -> Inbound:
    context = _dict(fields.get("context"))
    replied, kind = _text(context, "id"), _text(fields, "type")
    alias = address_of(_text(fields, "from_user_id")) or None
    return Inbound(
        channel="whatsapp",
        provider_id=letter.provider_id,
        sender=letter.sender,
        address=letter.lane,
        chat=letter.lane,
        text=_words(fields, kind),
        payload=_payload(fields, kind),
        on_message=replied or None,
        reply_to_bot=bool(replied),  # in a conversation of two only ours can be answered, or one's own
        alias=alias if alias != letter.lane else None,
        name=_text(fields, "_name"),
        media=_media(fields, kind),
        contact=_contact(fields),
        location=_place(fields),
        forwarded=bool(context.get("forwarded") or context.get("frequently_forwarded")),
    )


def _words(fields: Fields, kind: str) -> str:
    said = _dict(fields.get(kind))
    if kind == "interactive":
        return _text(_pressed(fields), "title")
    return _text(said, "body", "caption", "text")


def _pressed(fields: Fields) -> dict[str, Any]:
    asked = _dict(fields.get("interactive"))
    return _dict(asked.get("button_reply")) or _dict(asked.get("list_reply"))


def _payload(fields: Fields, kind: str) -> str | None:
    """What a press carries. A button of a template to which nothing was given carries its own words (Meta's Cloud API):
    they count as said."""
    given = _text(_pressed(fields), "id") or _text(_dict(fields.get("button")), "payload")
    return given if given and given != _words(fields, kind) else None


def _media(fields: Fields, kind: str) -> tuple[Media, ...]:
    if kind in UNREAD:
        return (Media("other", ""),)
    medium = _MEDIA.get(kind)
    if medium is None:
        return ()
    file = _dict(fields.get(kind))
    return (Media(medium, _text(file, "url", "link", "id"), _text(file, "mime_type")),)


def _contact(fields: Fields) -> SharedContact | None:
    """A card that was shared. It proves nothing: anybody's card can be sent."""
    card = next(iter(_dicts(fields.get("contacts"))), None)
    if card is None:
        return None
    phone = next(iter(_dicts(card.get("phones"))), {})
    return SharedContact(_text(phone, "phone", "wa_id"), False, _text(_dict(card.get("name")), "formatted_name"))


def _place(fields: Fields) -> tuple[float, float] | None:
    place = _dict(fields.get("location"))
    try:
        latitude, longitude = float(place["latitude"]), float(place["longitude"])
    except (KeyError, TypeError, ValueError):
        return None
    if abs(latitude) <= 90 and abs(longitude) <= 180:  # false for NaN
        return latitude, longitude
    return None


# --- shapes of JSON ------------------------------------------------------------------------------------


def _text(fields: Fields, *names: str) -> str:
    """The first of these fields that holds words or a number."""
    for name in names:
        value = fields.get(name)
        if isinstance(value, str) and value:
            return value
        if isinstance(value, int) and not isinstance(value, bool):
            return str(value)
    return ""


def _dict(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _dicts(value: object) -> Iterator[dict[str, Any]]:
    return (one for one in value if isinstance(one, dict)) if isinstance(value, list) else iter(())
