"""What Twilio's forms say: messages, media, presses and receipts."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.twilio_reader import TwilioReader
from bot.core.inbound import Inbound, Letter, Media, Receipt
from tests.channels.letters import AWA, SMS_FROM, WHATSAPP_FROM, message_form, receipt_form, twilio_door, twilio_request

REPLIED = {
    "OriginalRepliedMessageSid": "MM00000000000000000000000000000099",
    "OriginalRepliedMessageSender": f"whatsapp:{WHATSAPP_FROM}",
}
PHOTO = "https://api.twilio.com/2010-04-01/Accounts/AC1/Messages/MM1/Media/ME1"


def heard(**form: str) -> Inbound:
    """What the reader makes of a message that came in by the door."""
    (letter,) = twilio_door().letters(twilio_request(message_form(**form)))
    (found,) = TwilioReader().read(letter)
    assert isinstance(found, Inbound)
    return found


def told(**form: str) -> Receipt:
    path = "/webhooks/twilio/status?o=out-1"
    (letter,) = twilio_door().letters(twilio_request(receipt_form(**form), path=path))
    (found,) = TwilioReader().read(letter)
    assert isinstance(found, Receipt)
    return found


def test_a_text_on_whatsapp() -> None:
    said = heard(ProfileName="Awa", WaId="33612345678")
    assert (said.channel, said.address, said.chat, said.sender) == ("whatsapp", AWA, AWA, WHATSAPP_FROM)
    assert (said.text, said.name, said.payload, said.media, said.group) == ("RENDU", "Awa", None, (), False)
    assert said.provider_id == "SM00000000000000000000000000000001"


SHAPES: dict[str, tuple[dict[str, str], dict[str, Any]]] = {
    "an SMS": ({"From": AWA, "To": SMS_FROM}, {"channel": "sms", "address": AWA, "sender": SMS_FROM}),
    "a person without a number": (
        {"From": "whatsapp:FR.1A2B3C4D", "ExternalUserId": "whatsapp:FR.1A2B3C4D"},
        {"address": "FR.1A2B3C4D", "alias": None},
    ),
    "an enterprise id": ({"From": "whatsapp:FR.ENT.1A2B"}, {"address": "FR.ENT.1A2B"}),
    "a number with its id": ({"ExternalUserId": "whatsapp:FR.1A2B3C4D"}, {"address": AWA, "alias": "FR.1A2B3C4D"}),
    "a pressed button": (
        {"Body": "Rendu", "ButtonText": "Rendu", "ButtonPayload": "ret:42:ok", "ListId": "no", **REPLIED},
        {"text": "Rendu", "payload": "ret:42:ok", "on_message": "MM00000000000000000000000000000099"},
    ),
    "a pressed list row": ({"Body": "Perceuse", "ListId": "item:7"}, {"payload": "item:7", "text": "Perceuse"}),
    "words that look like a payload": ({"Body": "ret:42:ok"}, {"payload": None, "text": "ret:42:ok"}),
    "a reply to us": (REPLIED, {"reply_to_bot": True, "reply_to_address": WHATSAPP_FROM}),
    "a reply to oneself": (
        REPLIED | {"OriginalRepliedMessageSender": f"whatsapp:{AWA}"},
        {"reply_to_bot": False, "reply_to_address": AWA},
    ),
    "a photo": (
        {"Body": "", "NumMedia": "1", "MediaUrl0": PHOTO, "MediaContentType0": "image/jpeg"},
        {"media": (Media("photo", PHOTO, "image/jpeg"),), "text": ""},
    ),
    "two attachments": (
        {"MediaUrl0": "u0", "MediaContentType0": "audio/ogg", "MediaUrl1": "u1", "MediaContentType1": "video/mp4"},
        {"media": (Media("voice", "u0", "audio/ogg"), Media("video", "u1", "video/mp4"))},
    ),
    "a document": (
        {"MediaUrl0": "u0", "MediaContentType0": "application/pdf"},
        {"media": (Media("document", "u0", "application/pdf"),)},
    ),
    "a sticker": (
        {"MediaUrl0": "u0", "MediaContentType0": "image/webp"},
        {"media": (Media("sticker", "u0", "image/webp"),)},
    ),
    "media of no known kind": ({"MediaUrl0": "u0"}, {"media": (Media("other", "u0", ""),)}),
    "a count without media": ({"NumMedia": "3"}, {"media": ()}),
    "a place": ({"Latitude": "48.85", "Longitude": "2.35"}, {"location": (48.85, 2.35)}),
    "a place that is none": ({"Latitude": "nan", "Longitude": "2.35"}, {"location": None}),
    "a place off the globe": ({"Latitude": "91", "Longitude": "2.35"}, {"location": None}),
    "a forwarded message": ({"Forwarded": "true"}, {"forwarded": True}),
    "one forwarded often": ({"FrequentlyForwarded": "true"}, {"forwarded": True}),
    "STOP handled by Twilio": ({"Body": "STOP", "OptOutType": "STOP"}, {"opt_out": "stop", "text": "STOP"}),
    "START handled by Twilio": ({"Body": "START", "OptOutType": "START"}, {"opt_out": "start"}),
    "an opt-out of no known kind": ({"OptOutType": "PAUSE"}, {"opt_out": None}),
    "a name full of markup": ({"ProfileName": "*Awa* <b>"}, {"name": "*Awa* <b>"}),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_a_shape_is_understood(shape: str) -> None:
    form, expected = SHAPES[shape]
    said = heard(**form)
    assert {name: getattr(said, name) for name in expected} == expected


@pytest.mark.parametrize(
    ("status", "meaning"),
    [
        ("accepted", "sent"),
        ("scheduled", "sent"),
        ("queued", "sent"),
        ("sending", "sent"),
        ("sent", "sent"),
        ("delivered", "delivered"),
        ("partially_delivered", "delivered"),
        ("read", "read"),
        ("undelivered", "failed"),
        ("failed", "failed"),
        ("canceled", "failed"),
    ],
)
def test_a_status_has_its_rank(status: str, meaning: str) -> None:
    receipt = told(MessageStatus=status, ErrorCode="63016")
    assert (receipt.status, receipt.outbox_ref) == (meaning, "out-1")
    assert receipt.provider_id == "SM00000000000000000000000000000077"
    assert receipt.code == ("63016" if meaning == "failed" else "")
    assert receipt.channel == "whatsapp"


def test_a_status_of_tomorrow_is_taken_in_and_says_nothing() -> None:
    (letter,) = twilio_door().letters(twilio_request(receipt_form(MessageStatus="pondering")))
    assert TwilioReader().read(letter) == []


PAYLOADS = st.dictionaries(
    st.sampled_from([*message_form(), "MediaUrl0", "Latitude", "Longitude", "MessageStatus", "ButtonPayload"]),
    st.one_of(st.text(max_size=10), st.integers(), st.none(), st.lists(st.text(max_size=3), max_size=2)),
)


@given(PAYLOADS, st.sampled_from(["message", "receipt"]))
def test_the_reader_never_stumbles(payload: dict[str, object], kind: Any) -> None:
    found = TwilioReader().read(Letter("sms", kind, "SM1", SMS_FROM, AWA, payload))
    assert all(isinstance(item, Inbound if kind == "message" else Receipt) for item in found)
