"""What Twilio's forms say: a message from a person, or what became of one of ours.

Nothing of twilio's library is needed to understand a letter.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Literal

from bot.channels.base import Rubbish
from bot.core.inbound import Inbound, Item, Letter, Media, Medium, Price, Receipt
from bot.core.money import Cost

WHATSAPP = "whatsapp:"
MOST_MEDIA = 30
_SID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_CURRENCY = re.compile(r"[A-Z]{3}")
_LONGEST_ADDRESS = 200  # a WhatsApp id without number takes up to 140


# ---------------------------------------------------------------- letters


def message_letter(form: Mapping[str, str], to: str, writer: str) -> Letter:
    """The letter of a message, from the fields a webhook gives. Raises Rubbish without a writer or an id."""
    lane = bare(writer)
    if not lane or len(writer) > _LONGEST_ADDRESS:
        raise Rubbish("no writer")
    return Letter(channel_of(writer), "message", sid_of(form), bare(to), lane, dict(form))


def sid_of(form: Mapping[str, str]) -> str:
    sid = form.get("MessageSid") or form.get("SmsSid") or ""
    if not _SID.fullmatch(sid):
        raise Rubbish("no message id")
    return sid


def status_of_ours(form: Mapping[str, str]) -> str:
    """The status a receipt tells; empty for a message from a person."""
    status = form.get("MessageStatus") or form.get("SmsStatus") or ""
    return "" if status in ("received", "receiving") else status[:32]


def bare(address: str) -> str:
    return address.removeprefix(WHATSAPP)


def channel_of(address: str) -> Literal["whatsapp", "sms"]:
    return "whatsapp" if address.startswith(WHATSAPP) else "sms"


# ---------------------------------------------------------------- the reader

_STATUS: dict[str, Literal["sent", "delivered", "read", "failed"]] = {
    # The first four say that Twilio has taken the message, which is what `sent` means to us.
    "accepted": "sent",
    "scheduled": "sent",
    "queued": "sent",
    "sending": "sent",
    "sent": "sent",
    "delivered": "delivered",
    "partially_delivered": "delivered",
    "read": "read",
    "undelivered": "failed",
    "failed": "failed",
    "canceled": "failed",
}
_OPT_OUT: dict[str, Literal["stop", "start", "help"]] = {"STOP": "stop", "START": "start", "HELP": "help"}


class TwilioReader:
    """What a stored form says: words, a press, media, a place; or what became of a message of ours."""

    def read(self, letter: Letter) -> list[Item]:
        form = {name: value for name, value in letter.payload.items() if isinstance(value, str)}
        if letter.kind == "receipt":
            receipt = receipt_of(letter.channel, letter.lane, form)
            return [receipt] if receipt else []
        return [_inbound(letter, form)]


def receipt_of(channel: str, sid: str, form: dict[str, str]) -> Receipt | None:
    """The receipt in a form; None for a status that changes nothing here."""
    status = _STATUS.get(status_of_ours(form))
    if status is None:
        return None
    return Receipt(
        channel=channel,
        provider_id=sid,
        status=status,
        code=form.get("ErrorCode", "") if status == "failed" else "",
        outbox_ref=form.get("_ref") or None,
    )


def price_of(message: Any) -> Price | None:
    """What a message of ours cost; None while Twilio does not know. Twilio writes it as a debit: `"-0.00750"`."""
    try:
        amount = Decimal(message.price)
    except (TypeError, ArithmeticError):
        return None
    currency = str(message.price_unit or "").upper()
    if not str(message.direction).startswith("outbound") or not amount.is_finite() or not _CURRENCY.fullmatch(currency):
        return None
    return Price(str(message.sid), Cost(round(abs(amount).scaleb(6)), currency))


def _inbound(letter: Letter, form: dict[str, str]) -> Inbound:
    address = letter.lane
    alias = bare(form.get("ExternalUserId", ""))
    replied = form.get("OriginalRepliedMessageSid") or None
    replied_to = bare(form.get("OriginalRepliedMessageSender", ""))
    return Inbound(
        channel=letter.channel,
        provider_id=letter.provider_id,
        sender=letter.sender,
        address=address,
        chat=address,
        text=form.get("Body", ""),
        payload=_payload(form),
        on_message=replied,
        reply_to_address=replied_to or None,
        reply_to_bot=bool(replied) and replied_to == letter.sender,
        alias=alias if alias and alias != address else None,
        name=form.get("ProfileName", ""),
        media=_media(form),
        location=_place(form),
        forwarded="true" in (form.get("Forwarded"), form.get("FrequentlyForwarded")),
        opt_out=_OPT_OUT.get(form.get("OptOutType", "").upper()),
    )


def _payload(form: dict[str, str]) -> str | None:
    """What a pressed button carries beside its visible label; typed words that look like it stay words. A button of a
    template to which nothing was given carries its label (Meta's Cloud API): that counts as said."""
    given = form.get("ButtonPayload") or form.get("ListId")
    return given if given and given != form.get("Body") else None


def _media(form: dict[str, str]) -> tuple[Media, ...]:
    found = []
    for at in range(MOST_MEDIA):
        url = form.get(f"MediaUrl{at}")
        if not url:
            break
        mime = form.get(f"MediaContentType{at}", "")
        found.append(Media(_medium(mime), url, mime))
    return tuple(found)


def _medium(mime: str) -> Medium:
    kinds: dict[str, Medium] = {"image": "photo", "audio": "voice", "video": "video"}
    if mime == "image/webp":
        return "sticker"
    family = mime.partition("/")[0]
    return kinds.get(family, "document" if family in ("application", "text") else "other")


def _place(form: dict[str, str]) -> tuple[float, float] | None:
    if "Latitude" not in form or "Longitude" not in form:
        return None
    try:
        latitude, longitude = float(form["Latitude"]), float(form["Longitude"])
    except ValueError:
        return None
    if abs(latitude) <= 90 and abs(longitude) <= 180:  # false for NaN
        return latitude, longitude
    return None
