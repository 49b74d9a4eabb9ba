"""The doors for Twilio's webhooks: signatures, forgeries, and forms of any shape."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import subprocess
import sys
from urllib.parse import parse_qs, urlencode

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from twilio.request_validator import RequestValidator

from bot.channels.base import Forbidden, RawRequest, Rubbish
from bot.channels.twilio_door import MOST_FIELDS, form_fields, signature_holds
from tests.channels.letters import (
    ACCOUNT,
    AWA,
    PUBLIC,
    SERVICE,
    SMS_FROM,
    TOKEN,
    WHATSAPP_FROM,
    Fields,
    Headers,
    message_form,
    receipt_form,
    twilio_door,
    twilio_request,
)


def test_a_message_becomes_a_letter() -> None:
    (letter,) = twilio_door().letters(twilio_request(message_form(Whatever="new")))
    assert (letter.channel, letter.kind, letter.lane, letter.sender) == ("whatsapp", "message", AWA, WHATSAPP_FROM)
    assert letter.provider_id == "SM00000000000000000000000000000001"
    assert letter.payload["Body"] == "RENDU"
    assert letter.payload["Whatever"] == "new"


def test_an_sms_is_told_from_whatsapp_by_its_address() -> None:
    (letter,) = twilio_door().letters(twilio_request(message_form(From=AWA, To=SMS_FROM)))
    assert (letter.channel, letter.lane, letter.sender) == ("sms", AWA, SMS_FROM)


@pytest.mark.parametrize(
    "path", ["/webhooks/twilio/status?o=abc", "/webhooks/twilio?o=abc", "/webhooks/twilio/status?o=ab%63"]
)
def test_a_receipt_brings_our_own_id(path: str) -> None:
    (letter,) = twilio_door().letters(twilio_request(receipt_form(), path=path))
    assert (letter.kind, letter.payload["_ref"]) == ("receipt", "abc")
    assert letter.provider_id == "SM00000000000000000000000000000077:delivered"
    assert letter.lane == "SM00000000000000000000000000000077"


def test_each_status_of_a_message_is_a_letter_of_its_own() -> None:
    ids = {
        twilio_door().letters(twilio_request(receipt_form(MessageStatus=status)))[0].provider_id
        for status in ("sent", "delivered", "read")
    }
    assert len(ids) == 3


def test_a_messaging_service_of_ours_may_use_any_number() -> None:
    door = twilio_door(messaging_service_sid=SERVICE, sms_from=None)
    form = message_form(From=AWA, To="+15005550009", MessagingServiceSid=SERVICE)
    (letter,) = door.letters(twilio_request(form))
    assert letter.sender == "+15005550009"


@pytest.mark.parametrize("path", ["/webhooks/twilio", "/webhooks/twilio?a=%2F&b=%C3%A9", "/webhooks/twilio?%31=1&x="])
@pytest.mark.parametrize("public", ["https://desk.example", "https://desk.example:8443", "http://desk.example/under"])
def test_the_configured_address_and_the_raw_path_are_what_counts(public: str, path: str) -> None:
    door = twilio_door(public_url=public + "/")
    assert door.letters(twilio_request(message_form(), path=path, url=public))


def test_blank_and_repeated_fields_are_part_of_the_signature() -> None:
    pairs = [*message_form(Body="").items(), ("Tag", "b"), ("Tag", "a"), ("Tag", "b"), ("Blank", ""), ("Spaces", "x ")]
    (letter,) = twilio_door().letters(twilio_request(pairs))
    assert letter.payload["Spaces"] == "x "


def test_what_a_database_cannot_hold_is_cleaned() -> None:
    (letter,) = twilio_door().letters(twilio_request(message_form(Body="a\x00b", ProfileName="Awa\x00")))
    assert (letter.payload["Body"], letter.payload["ProfileName"]) == ("ab", "Awa")


def json_request(body: dict[str, object], *, tampered: bool = False) -> RawRequest:
    text = json.dumps(body)
    path = "/webhooks/twilio?bodySHA256=" + hashlib.sha256(text.encode()).hexdigest()
    signature = RequestValidator(TOKEN).compute_signature(PUBLIC + path, {})
    if tampered:
        text = text.replace("RENDU", "PERDU")
    return RawRequest(
        path, Headers({"Content-Type": "application/json", "X-Twilio-Signature": signature}), text.encode()
    )


def test_a_json_body_is_covered_by_its_hash() -> None:
    (letter,) = twilio_door().letters(json_request({**message_form(), "Nested": {"a": 1}}))
    assert letter.payload["Body"] == "RENDU"
    with pytest.raises(Forbidden):
        twilio_door().letters(json_request({**message_form()}, tampered=True))


def test_a_json_body_without_its_hash_is_not_covered_at_all() -> None:
    signature = RequestValidator(TOKEN).compute_signature(PUBLIC + "/webhooks/twilio", {})
    headers = Headers({"Content-Type": "application/json", "X-Twilio-Signature": signature})
    with pytest.raises(Forbidden):
        twilio_door().letters(RawRequest("/webhooks/twilio", headers, json.dumps(message_form()).encode()))


@pytest.mark.parametrize(("algorithm", "accepted"), [("HMAC_SHA256", True), ("HMAC_SHA1", False), ("HMAC_MD5", False)])
def test_a_signature_with_sha_256_is_understood(algorithm: str, accepted: bool) -> None:
    form = message_form()
    signed = PUBLIC + "/webhooks/twilio" + "".join(name + form[name] for name in sorted(form))
    signature = base64.b64encode(hmac.digest(TOKEN.encode(), signed.encode(), "sha256")).decode()
    settings = f"key=webhooks_sharedkey_1,algorithm={algorithm}"
    request = twilio_request(
        form, headers={"X-Twilio-Signature": signature, "X-Twilio-Webhooks-Signature-Settings": settings}
    )
    if accepted:
        assert twilio_door().letters(request)
    else:
        with pytest.raises(Forbidden):
            twilio_door().letters(request)


def test_without_a_public_address_nothing_is_believed() -> None:
    with pytest.raises(Forbidden):
        twilio_door(public_url=None).letters(twilio_request(message_form()))


# ---------------------------------------------------------------- our fast check and Twilio's own

HOSTS = st.sampled_from(
    ["desk.example", "desk.example:443", "desk.example:80", "desk.example:8443", "[::1]:8080", "a:b"]
)
URLS = st.builds(
    "{}://{}{}".format,
    st.sampled_from(["https", "http", "HTTPS"]),
    HOSTS,
    st.sampled_from(["", "/", "/in", "/in?", "/in?a=%31&b=", "/in;p?q", "/in#x", "/%C3%A9", "/é?bodySHA256=00"]),
)
WORDS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
FIELDS = st.dictionaries(WORDS, st.lists(WORDS, min_size=1, max_size=3), max_size=6)


@given(URLS, URLS, FIELDS, FIELDS, st.booleans(), st.booleans())
@example("https://h/in", "https://h:443/in", {"a": ["2", "1", "2"]}, {}, True, True)
@example("https://h:443/in", "https://h/in", {}, {}, True, True)
@example("https://h:8443/in", "https://h/in", {"a": ["1"]}, {}, True, True)
def test_our_check_is_equal_to_twilios(
    signed_url: str,
    url: str,
    fields: dict[str, list[str]],
    others: dict[str, list[str]],
    same_fields: bool,
    same_url: bool,
) -> None:
    signed_url = url if same_url else signed_url
    signature = RequestValidator(TOKEN).compute_signature(signed_url, Fields(fields if same_fields else others))
    try:
        official = RequestValidator(TOKEN).validate(url, Fields(fields), signature)
    except ValueError:  # a port that is none
        official = False
    assert signature_holds(TOKEN, url, fields, signature) == official


@given(
    st.lists(st.sampled_from([*"&=+%;aB1 é", "%2B", "%C3%A9", "%ff", "&&", "a=1", "\udcff"]), max_size=24).map("".join)
)
@example("&".join("a" for _ in range(500)))
@example("&" * 500)
def test_a_form_is_read_as_the_standard_library_reads_it(text: str) -> None:
    body = text.encode(errors="surrogateescape")
    try:
        expected = parse_qs(body.decode(), keep_blank_values=True, errors="strict", max_num_fields=MOST_FIELDS)
    except ValueError:
        with pytest.raises(Rubbish):
            form_fields(body)
        return
    assert form_fields(body) == expected


@given(st.text(max_size=40))
def test_no_made_up_signature_holds(signature: str) -> None:
    assert not signature_holds(TOKEN, PUBLIC + "/in", {"a": ["1"]}, signature)


# ---------------------------------------------------------------- hostile requests

TEXTS = st.one_of(st.text(max_size=40), st.sampled_from(["\x00", "é" * 300, "9" * 400, "whatsapp:", "﷽"]))


@given(
    st.sampled_from(
        ["/webhooks/twilio", "/webhooks/twilio/status?o=%ff", "/webhooks/twilio?bodySHA256=x", "//", "\udcff"]
    ),
    st.dictionaries(
        st.sampled_from(["X-Twilio-Signature", "Content-Type", "X-Twilio-Webhooks-Signature-Settings"]), TEXTS
    ),
    st.binary(max_size=200),
    st.sampled_from(["application/x-www-form-urlencoded", "application/json", "multipart/form-data", ""]),
    st.booleans(),
)
def test_nothing_unsigned_gets_in_and_nothing_breaks_the_door(
    path: str, headers: dict[str, str], body: bytes, content_type: str, plausible: bool
) -> None:
    given_headers = {"Content-Type": content_type, "X-Twilio-Signature": "A" * 28} if plausible else {}
    with pytest.raises((Forbidden, Rubbish)):
        twilio_door().letters(RawRequest(path, Headers(given_headers | headers), body))


FORM_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)


@given(
    st.dictionaries(
        st.sampled_from(["MessageSid", "From", "To", "AccountSid", "MessageStatus", "Body", "o"]), FORM_TEXT
    )
)
def test_a_signed_form_gives_a_letter_or_is_turned_away(changes: dict[str, str]) -> None:
    try:
        letters = twilio_door().letters(twilio_request(message_form(**changes)))
    except (Forbidden, Rubbish):
        return
    (letter,) = letters
    assert letter.lane
    assert 0 < len(letter.provider_id) < 120


@pytest.mark.parametrize(
    "body",
    [b"Body=%ED%A0%80", b"Body=\xff\xfe", b"&".join(b"a%d=1" % at for at in range(600)), b"Body=%E9"],
    ids=["surrogate", "not UTF-8", "a flood of fields", "latin-1"],
)
def test_a_body_that_is_no_form_is_rubbish(body: bytes) -> None:
    headers = Headers({"Content-Type": "application/x-www-form-urlencoded", "X-Twilio-Signature": "A" * 28})
    with pytest.raises(Rubbish):
        twilio_door().letters(RawRequest("/webhooks/twilio", headers, body))


@pytest.mark.parametrize(
    "form",
    [
        message_form(MessageSid="", SmsSid=""),
        message_form(From=""),
        message_form(From="whatsapp:"),
        message_form(MessageSid="a b"),
    ],
    ids=["no id", "no writer", "an empty writer", "an odd id"],
)
def test_a_genuine_form_that_is_no_message_is_rubbish(form: dict[str, str]) -> None:
    with pytest.raises(Rubbish):
        twilio_door().letters(twilio_request(form))


def test_the_door_costs_little_to_import() -> None:
    loaded = subprocess.run(
        [sys.executable, "-c", "import sys, bot.channels.twilio, bot.channels.twilio_door; print(*sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    assert not {"twilio", "aiohttp", "requests", "aiogram"} & set(loaded)


# ---------------------------------------------------------------- forgeries

GENUINE = twilio_request(message_form())


def forged(headers: dict[str, str] | None = None, body: bytes | None = None, path: str | None = None) -> RawRequest:
    return RawRequest(
        GENUINE.raw_path if path is None else path,
        Headers(dict(GENUINE.headers) | (headers or {})),
        GENUINE.body if body is None else body,
    )


def without(name: str) -> RawRequest:
    kept = {key: value for key, value in GENUINE.headers.items() if key != name}
    return RawRequest(GENUINE.raw_path, Headers(kept), GENUINE.body)


signature = GENUINE.headers["x-twilio-signature"]
FORGERIES = {
    "no signature": without("x-twilio-signature"),
    "empty signature": forged({"X-Twilio-Signature": ""}),
    "signature of zeros": forged({"X-Twilio-Signature": "A" * 27 + "="}),
    "signature cut": forged({"X-Twilio-Signature": signature[:-1]}),
    "signature longer": forged({"X-Twilio-Signature": signature + "="}),
    "signature in other case": forged({"X-Twilio-Signature": signature.swapcase()}),
    "signature not ASCII": forged({"X-Twilio-Signature": signature[:-1] + "é"}),
    "another token": twilio_request(message_form(), token="0" * 32),
    "empty token": twilio_request(message_form(), token=""),
    "another host": twilio_request(message_form(), url="https://desk.example.evil"),
    "plain http": twilio_request(message_form(), url="http://desk.example"),
    "another path": forged(path="/webhooks/twilio/status"),
    "a query added": forged(path="/webhooks/twilio?o=1"),
    "a word changed": forged(body=GENUINE.body.replace(b"RENDU", b"PERDU")),
    "a field added": forged(body=GENUINE.body + b"&ButtonPayload=ret%3A42%3Aok"),
    "a field removed": forged(body=GENUINE.body.replace(b"&NumMedia=0", b"")),
    "another writer": forged(body=GENUINE.body.replace(b"33612345678", b"33612345679")),
    "the hash trick": forged(path="/webhooks/twilio?bodySHA256=" + hashlib.sha256(GENUINE.body).hexdigest()),
    "SHA-256 claimed": forged({"X-Twilio-Webhooks-Signature-Settings": "key=k,algorithm=HMAC_SHA256"}),
    "no algorithm known": forged({"X-Twilio-Webhooks-Signature-Settings": "algorithm=none"}),
    "as JSON": forged({"Content-Type": "application/json"}, json.dumps(message_form()).encode()),
    "as multipart": forged({"Content-Type": "multipart/form-data; boundary=x"}),
    "another account": twilio_request(message_form(AccountSid="AC99999999999999999999999999999999")),
    "no account": twilio_request(message_form(AccountSid="")),
    "our account among others": twilio_request(
        [("AccountSid", "AC9"), *message_form().items()],
    ),
    "to another number": twilio_request(message_form(To="whatsapp:+14155238887")),
    "our WhatsApp number by SMS": twilio_request(message_form(To=WHATSAPP_FROM)),
    "another service": twilio_request(message_form(To="+1500", MessagingServiceSid="MG9")),
    "a receipt of another sender": twilio_request(receipt_form(From="whatsapp:+14155238887")),
}


@pytest.mark.parametrize("kind", FORGERIES)
def test_a_forgery_gives_no_letter(kind: str) -> None:
    with pytest.raises((Forbidden, Rubbish)):
        twilio_door().letters(FORGERIES[kind])


def test_the_genuine_one_among_them_passes() -> None:
    assert twilio_door().letters(forged())
    assert urlencode(message_form()).encode() == GENUINE.body
    assert ACCOUNT in GENUINE.body.decode()
