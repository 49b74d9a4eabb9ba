"""The official Twilio client and validator against the stand-in: what holds here holds for the service's channel."""

from __future__ import annotations

import asyncio
import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import pytest
from twilio.base.exceptions import TwilioRestException
from twilio.request_validator import RequestValidator
from twilio.rest import Client

from bot.sandbox.faults import Call, cut, drop, fail_later, garbage, hang, receipts, refuse, slow, too_many
from bot.sandbox.message import Attachment
from bot.sandbox.network import Network
from bot.sandbox.twilio_shapes import sign
from tests.sandbox.conftest import PUBLIC, Clock, Doors, LoopbackHttp

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")  # the client still speaks aiohttp's old auth

AWA, AMINATA = "+33612345678", "+221771234567"
CALLBACK = f"{PUBLIC}/webhooks/twilio/status?o=42"
QUICK_REPLY = {
    "friendly_name": "rappel", "language": "fr", "variables": {"1": "Awa", "2": "perceuse"},
    "types": {"twilio/quick-reply": {
        "body": "Bonjour {{1}}, {{2}} est à rendre.",
        "actions": [{"type": "QUICK_REPLY", "title": "Rendu", "id": "ret:{{3}}"},
                    {"type": "QUICK_REPLY", "title": "Prolonger", "id": "ext:{{3}}"}],
    }},
}  # fmt: skip


async def send(twilio: Client, network: Network, body: str = "Bonjour", to: str = AWA, **more: Any) -> Any:
    return await twilio.messages.create_async(
        to=f"whatsapp:{to}", from_=network.twilio.whatsapp_from, body=body, status_callback=CALLBACK, **more
    )


async def new_content(network: Network) -> str:
    """A template, made as the service makes it: JSON, since the client would send a form."""
    account = f"{network.twilio.account_sid}:{network.twilio.auth_token}".encode()
    headers = {"Authorization": "Basic " + base64.b64encode(account).decode()}
    async with aiohttp.ClientSession(headers=headers) as session:
        async with session.post(f"{network.twilio.base}/v1/Content", json=QUICK_REPLY) as answer:
            assert answer.status == 201
            sid: str = (await answer.json())["sid"]
        url = f"{network.twilio.base}/v1/Content/{sid}/ApprovalRequests/whatsapp"
        async with session.post(url, json={"name": "rappel_fr", "category": "UTILITY"}) as answer:
            assert (answer.status, (await answer.json())["status"]) == (201, "received")
    return sid


# --- the way to a phone ---------------------------------------------------------------------------------------------


async def test_a_message_arrives_and_its_statuses_come_back_signed(
    network: Network, twilio: Client, doors: Doors
) -> None:
    network.connect(doors.base, PUBLIC)
    awa = network.phone(AWA, name="Awa")
    created = await send(twilio, network, "Perceuse Bosch : à rendre à 18 h")
    assert (created.status, created.direction, created.error_code) == ("queued", "outbound-api", None)
    assert [message.text for message in awa.new()] == ["Perceuse Bosch : à rendre à 18 h"]
    assert awa.new() == []
    assert await network.quiet()
    assert [knock.form["MessageStatus"] for knock in doors.knocks] == ["sent", "delivered", "read"]
    assert {knock.path for knock in doors.knocks} == {"/webhooks/twilio/status?o=42"}
    validator = RequestValidator(network.twilio.auth_token)
    for knock in doors.knocks:
        assert validator.validate(CALLBACK, knock.form, knock.headers["X-Twilio-Signature"])
    assert awa.heard[0].status == "read"
    assert (await twilio.messages(created.sid).fetch_async()).status == "read"


async def test_with_a_messaging_service_the_first_status_is_accepted(network: Network, twilio: Client) -> None:
    network.phone(AWA, on="sms")
    created = await twilio.messages.create_async(
        to=AWA, messaging_service_sid=network.twilio.messaging_service_sid, body="Bonjour"
    )  # fmt: skip
    assert (created.status, created.from_) == ("accepted", network.twilio.sms_from)


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"to": "0612345678"}, 21211),
        ({"to": "whatsapp:+33"}, 21211),
        ({"to": "+33612345678"}, 21910),
        ({"from_": "whatsapp:+33612345699"}, 63007),
        ({"to": "+33612345678", "from_": "+33612345699"}, 21606),
        ({"body": ""}, 21602),
        ({"body": "x" * 1601}, 21617),
        ({"content_sid": "HX" + "0" * 32}, 21655),
        ({"status_callback": "https://my_desk.example/x"}, 21609),
        ({"messaging_service_sid": "MG" + "f" * 32}, 21705),
        ({"validity_period": 36001}, 20001),
    ],
)
async def test_what_cannot_be_sent_is_refused_with_its_code(
    network: Network, twilio: Client, changed: dict[str, Any], code: int
) -> None:
    awa = network.phone(AWA)
    wanted: dict[str, Any] = {"to": f"whatsapp:{AWA}", "from_": network.twilio.whatsapp_from, "body": "Bonjour"}
    with pytest.raises(TwilioRestException) as refused:
        await twilio.messages.create_async(**wanted | changed)
    assert (refused.value.status, refused.value.code) == (400, code)
    assert awa.heard == []


async def test_sixteen_hundred_characters_still_pass(network: Network, twilio: Client) -> None:
    awa = network.phone(AWA)
    await send(twilio, network, "é" * 1600)
    assert len(awa.heard[0].text) == 1600


async def test_another_account_or_token_is_not_let_in(network: Network) -> None:
    async with LoopbackHttp(network.twilio.base) as http:
        for sid, token in ((network.twilio.account_sid, "guess"), ("AC" + "9" * 32, network.twilio.auth_token)):
            stranger = Client(sid, token, http_client=http)
            with pytest.raises(TwilioRestException) as refused:
                await send(stranger, network)
            assert (refused.value.status, refused.value.code) == (401, 20003)
    assert network.twilio.held == []


async def test_a_template_shows_its_words_and_buttons_and_a_press_comes_back(
    network: Network, twilio: Client, doors: Doors
) -> None:
    network.connect(doors.base, PUBLIC)
    awa = network.phone(AWA, name="Awa")
    variables = json.dumps({"2": "Perceuse Bosch", "3": "42"})
    sid = await new_content(network)
    created = await twilio.messages.create_async(
        to=awa.address, from_=network.twilio.whatsapp_from, content_sid=sid, content_variables=variables
    )  # fmt: skip
    heard = awa.new()[0]
    assert (heard.text, heard.labels) == ("Bonjour Awa, Perceuse Bosch est à rendre.", ["Rendu", "Prolonger"])
    await awa.press("Rendu")
    form = doors.knocks[-1].form
    assert (form["Body"], form["ButtonText"], form["ButtonPayload"]) == ("Rendu", "Rendu", "ret:42")
    assert form["OriginalRepliedMessageSid"] == created.sid
    with pytest.raises(LookupError):
        await awa.press("Annuler")
    with pytest.raises(TwilioRestException) as refused:
        await send(twilio, network, content_sid=sid, content_variables="[1]")
    assert refused.value.code == 21656


# --- what the list finds --------------------------------------------------------------------------------------------


async def test_the_list_filters_by_address_and_time_and_pages(network: Network, twilio: Client, clock: Clock) -> None:
    network.phone(AWA), network.phone(AMINATA)
    start = clock.at
    for hour in range(5):
        await send(twilio, network, f"à {hour}")
        await network.quiet()
        clock.move(timedelta(hours=1))
    await send(twilio, network, "à Dakar", to=AMINATA)
    await network.quiet()
    to_awa = await twilio.messages.list_async(to=f"whatsapp:{AWA}", page_size=2)
    assert [message.body for message in to_awa] == ["à 4", "à 3", "à 2", "à 1", "à 0"]
    late = await twilio.messages.list_async(to=f"whatsapp:{AWA}", date_sent_after=start + timedelta(hours=3))
    assert [message.body for message in late] == ["à 4", "à 3"]
    early = await twilio.messages.list_async(date_sent_before=start)
    assert [message.body for message in early] == ["à 0"]
    assert len(await twilio.messages.list_async(date_sent=start.date())) == 6
    assert await twilio.messages.list_async(date_sent=start.date() - timedelta(days=1)) == []
    listed = [call for call in network.twilio.calls if call.method == "GET"]
    assert len(listed) == 3 + 1 + 1 + 1 + 1  # five messages in pages of two, then four single pages


async def test_without_a_webhook_what_people_write_is_kept_for_reading(network: Network, twilio: Client) -> None:
    written = await network.phone(AWA, name="Awa").says("RENDU")
    held = await twilio.messages.list_async(to=network.twilio.whatsapp_from)
    assert [(one.sid, one.body, one.from_, one.status) for one in held] == [
        (written.id, "RENDU", f"whatsapp:{AWA}", "received")
    ]
    assert held[0].date_sent == datetime(2026, 11, 26, 9, 0, tzinfo=UTC)


# --- the way to the service -----------------------------------------------------------------------------------------


async def test_a_letter_of_whatsapp_carries_the_documented_form(network: Network, doors: Doors) -> None:
    network.connect(doors.base, PUBLIC)
    awa = network.phone(AWA, name="Awa & co", bsuid="FR.1A2B3C4D")
    written = await awa.says("RENDU ’ é +", location=(14.69, -17.44))
    form = doors.knocks[0].form
    assert form | {
        "MessageSid": written.id, "SmsSid": written.id, "AccountSid": network.twilio.account_sid,
        "From": f"whatsapp:{AWA}", "To": network.twilio.whatsapp_from, "Body": "RENDU ’ é +", "WaId": "33612345678",
        "ProfileName": "Awa & co", "ExternalUserId": "whatsapp:FR.1A2B3C4D", "NumMedia": "0", "Latitude": "14.69",
        "SmsStatus": "received", "MessageType": "text",
    } == form  # fmt: skip
    signature = doors.knocks[0].headers["X-Twilio-Signature"]
    validator = RequestValidator(network.twilio.auth_token)
    assert validator.validate(f"{PUBLIC}/webhooks/twilio", form, signature)
    assert not validator.validate(f"{PUBLIC}/webhooks/twilio", form | {"Body": "autre"}, signature)
    assert written.status == "delivered"


async def test_somebody_without_a_number_is_known_by_an_id_alone(
    network: Network, doors: Doors, twilio: Client
) -> None:
    network.connect(doors.base, PUBLIC)
    hidden = network.phone(None, name="Karim", bsuid="FR.9Z8Y7X")
    await hidden.says("bonjour")
    form = doors.knocks[0].form
    assert form["From"] == form["ExternalUserId"] == "whatsapp:FR.9Z8Y7X"
    assert "WaId" not in form
    await twilio.messages.create_async(to=form["From"], from_=network.twilio.whatsapp_from, body="Bonjour Karim")
    assert [message.text for message in hidden.heard] == ["Bonjour Karim"]


async def test_a_letter_by_sms_has_geography_and_no_profile(network: Network, doors: Doors) -> None:
    network.connect(doors.base, PUBLIC)
    await network.phone(AWA, name="Awa", on="sms").says("RENDU")
    form = doors.knocks[0].form
    assert (form["From"], form["To"], form["FromCountry"]) == (AWA, network.twilio.sms_from, "")
    assert not {"ProfileName", "WaId", "MessageType"} & set(form)


async def test_media_are_fetched_with_the_account_only(network: Network, doors: Doors) -> None:
    network.connect(doors.base, PUBLIC)
    await network.phone(AWA).says("RENDU", media=[Attachment("photo", "image/jpeg", b"\xff\xd8photo")])
    form = doors.knocks[0].form
    assert (form["NumMedia"], form["MediaContentType0"]) == ("1", "image/jpeg")
    account = f"{network.twilio.account_sid}:{network.twilio.auth_token}".encode()
    headers = {"Authorization": "Basic " + base64.b64encode(account).decode()}
    async with aiohttp.ClientSession() as session:
        async with session.get(form["MediaUrl0"]) as answer:
            assert answer.status == 401
        async with session.get(form["MediaUrl0"], headers=headers) as answer:
            assert (await answer.read(), answer.content_type) == (b"\xff\xd8photo", "image/jpeg")
        async with session.delete(form["MediaUrl0"], headers=headers) as answer:
            assert answer.status == 204
        async with session.get(form["MediaUrl0"], headers=headers) as answer:
            assert answer.status == 404


async def test_a_failing_door_is_tried_again_as_its_address_asks(network: Network, doors: Doors) -> None:
    network.connect(doors.base, PUBLIC)
    doors.statuses = [503, 503]
    assert (await network.phone(AWA).says("RENDU")).status == "delivered"
    assert len({knock.headers["I-Twilio-Idempotency-Token"] for knock in doors.knocks}) == 1
    assert len(doors.knocks) == 3
    network.twilio.webhook = f"{PUBLIC}/webhooks/twilio"  # by default only a failed connection is tried again
    doors.statuses = [503]
    assert (await network.phone(AWA).says("RENDU")).status == "lost"
    assert len(doors.knocks) == 4


async def test_a_closed_door_loses_the_letter_but_the_list_still_has_it(network: Network, twilio: Client) -> None:
    network.connect("http://127.0.0.1:9", PUBLIC)
    assert (await network.phone(AWA).says("RENDU")).status == "lost"
    assert [posted.status for posted in network.twilio.posted] == [0, 0, 0, 0]
    assert len(await twilio.messages.list_async(to=network.twilio.whatsapp_from)) == 1


async def test_nothing_leaves_this_machine(network: Network, twilio: Client) -> None:
    network.phone(AWA)
    await send(twilio, network)  # its status callback names a host of the world outside
    await network.quiet()
    assert [posted.status for posted in network.twilio.posted] == [0] * 6  # three statuses, each tried twice


async def test_the_same_letter_can_be_delivered_again_and_a_forger_signs_otherwise(
    network: Network, doors: Doors
) -> None:
    network.connect(doors.base, PUBLIC)
    awa = network.phone(AWA)
    written = await awa.says("RENDU")
    await awa.says("RENDU", sid=written.id)
    assert doors.knocks[0].form == doors.knocks[1].form
    assert len(awa.chat) == 1
    await network.twilio.call_back(network.twilio.webhook, doors.knocks[0].form, token="somebody else's")
    forged = doors.knocks[2]
    validator = RequestValidator(network.twilio.auth_token)
    assert not validator.validate(f"{PUBLIC}/webhooks/twilio", forged.form, forged.headers["X-Twilio-Signature"])


def test_our_signature_is_the_validators() -> None:
    fields = {"Body": "Prêté ’", "From": "whatsapp:+33612345678", "Empty": "", "a": "1", "B": "2"}
    url = "https://desk.example/webhooks/twilio/status?o=%C3%A9&x=1"
    assert sign("secret", url, fields.items()) == RequestValidator("secret").compute_signature(url, fields)


# --- the rules of the channels --------------------------------------------------------------------------------------


async def test_outside_the_window_only_an_approved_template_arrives(
    network: Network, twilio: Client, clock: Clock, doors: Doors
) -> None:
    network.connect(doors.base, PUBLIC)
    network.twilio.enforce_window = True
    awa = network.phone(AWA)
    await send(twilio, network, "jamais écrit")
    await awa.says("bonjour")
    await send(twilio, network, "dans la fenêtre")
    clock.move(timedelta(hours=24))
    await send(twilio, network, "trop tard")
    await send(twilio, network, content_sid=await new_content(network))
    await network.quiet()
    assert [message.text for message in awa.heard] == ["dans la fenêtre", "Bonjour Awa, perceuse est à rendre."]
    failed = [knock.form for knock in doors.knocks if knock.form.get("ErrorCode")]
    assert [(form["ErrorCode"], form["MessageStatus"]) for form in failed] == [("63016", "undelivered")] * 2


async def test_the_carrier_stops_and_starts_sms(network: Network, twilio: Client, doors: Doors) -> None:
    network.connect(doors.base, PUBLIC)
    network.twilio.carrier_stop = True
    awa = network.phone(AWA, on="sms")
    await awa.says("Stop")
    with pytest.raises(TwilioRestException) as refused:
        await twilio.messages.create_async(to=AWA, from_=network.twilio.sms_from, body="Rappel")
    assert refused.value.code == 21610
    await awa.says("START")
    await twilio.messages.create_async(to=AWA, from_=network.twilio.sms_from, body="Rappel")
    assert len(awa.heard) == 1
    assert [knock.form["Body"] for knock in doors.knocks if "Body" in knock.form] == ["Stop", "START"]


async def test_phones_that_are_off_blocked_or_unknown(network: Network, twilio: Client) -> None:
    awa, aminata = network.phone(AWA), network.phone(AMINATA)
    awa.switched_on, aminata.blocked = False, True
    network.phone(AWA, on="sms").switched_on = False
    sent = [await send(twilio, network), await send(twilio, network, to=AMINATA)]
    sent += [await send(twilio, network, to="+33612345679")]
    sent += [await twilio.messages.create_async(to=AWA, from_=network.twilio.sms_from, body="x")]
    await network.quiet()
    shown = [await twilio.messages(one.sid).fetch_async() for one in sent]
    assert [(one.status, one.error_code) for one in shown] == [
        ("sent", None), ("sent", None), ("undelivered", 63024), ("undelivered", 30003),
    ]  # fmt: skip
    assert (awa.heard, aminata.heard) == ([], [])
    await awa.switch_on()
    await network.quiet()
    assert [message.status for message in awa.heard] == ["read"]


# --- faults ---------------------------------------------------------------------------------------------------------


async def test_a_closed_line_refuses_and_comes_back_at_the_same_address(network: Network, twilio: Client) -> None:
    awa, base = network.phone(AWA), network.twilio.base
    await network.twilio.hang_up()
    with pytest.raises(aiohttp.ClientConnectorError):
        await send(twilio, network)
    await network.twilio.pick_up()
    assert network.twilio.base == base
    await send(twilio, network)
    assert len(awa.heard) == 1


@pytest.mark.parametrize(
    ("fault", "raised", "heard"),
    [
        (drop(), aiohttp.ServerDisconnectedError, 0),
        (drop(accepted=True), aiohttp.ServerDisconnectedError, 1),
        (cut(), aiohttp.ClientPayloadError, 1),
        (hang(), TimeoutError, 1),
        (hang(accepted=False), TimeoutError, 0),
        (garbage(status=201), ValueError, 1),
        (refuse(502, 20500), TwilioRestException, 0),
        (refuse(502, 20500, accepted=True), TwilioRestException, 1),
        (refuse(400, 21610), TwilioRestException, 0),
    ],
)
async def test_a_call_that_goes_wrong_was_or_was_not_carried_out(
    network: Network, twilio: Client, fault: Any, raised: type[Exception], heard: int
) -> None:
    awa = network.phone(AWA)
    network.twilio.faults.add(fault)
    with pytest.raises(raised):
        async with asyncio.timeout(0.3):
            await send(twilio, network)
    assert (len(awa.heard), network.twilio.calls[0].fault) == (heard, fault.how)
    await send(twilio, network)
    assert len(awa.heard) == heard + 1


async def test_too_many_requests_say_how_long_to_wait(network: Network, twilio: Client) -> None:
    network.twilio.faults.add(too_many(7))
    with pytest.raises(TwilioRestException) as refused:
        await send(twilio, network)
    assert (refused.value.status, refused.value.code) == (429, 20429)
    assert network.twilio.calls[0].status == 429


async def test_a_fault_hits_only_the_calls_it_is_meant_for(network: Network, twilio: Client) -> None:
    network.phone(AWA), network.phone(AMINATA)

    def to_dakar(call: Call) -> bool:
        return call.fields.get("To", "").endswith(AMINATA)

    network.twilio.faults.add(refuse(500), times=None, when=to_dakar)
    await send(twilio, network)
    for _ in range(2):
        with pytest.raises(TwilioRestException):
            await send(twilio, network, to=AMINATA)
    network.twilio.faults.clear()
    await send(twilio, network, to=AMINATA)
    assert [call.status for call in network.twilio.calls] == [201, 500, 500, 201]


async def test_a_slow_answer_is_right_all_the_same(network: Network, twilio: Client) -> None:
    network.twilio.faults.add(slow(0.05))
    call_made = (await send(twilio, network)).sid
    assert call_made == network.twilio.held[0].sid


async def test_a_message_may_fail_after_it_was_accepted(network: Network, twilio: Client, doors: Doors) -> None:
    network.connect(doors.base, PUBLIC)
    awa = network.phone(AWA)
    network.twilio.faults.add(fail_later(63016))
    created = await send(twilio, network)
    await network.quiet()
    assert [(knock.form["MessageStatus"], knock.form["ErrorCode"]) for knock in doors.knocks] == [
        ("undelivered", "63016")
    ]
    shown = await twilio.messages(created.sid).fetch_async()
    assert (shown.status, shown.error_code, awa.heard) == ("undelivered", 63016, [])


@pytest.mark.parametrize(
    ("way", "told"),
    [
        ("missing", []),
        ("doubled", ["sent", "sent", "delivered", "delivered", "read", "read"]),
        ("reversed", ["read", "delivered", "sent"]),
        ("late", ["sent", "delivered", "read"]),
    ],
)
async def test_receipts_come_as_badly_as_they_can(
    network: Network, twilio: Client, doors: Doors, way: Any, told: list[str]
) -> None:
    network.connect(doors.base, PUBLIC)
    awa = network.phone(AWA)
    network.twilio.faults.add(receipts(way, seconds=0.05))
    await send(twilio, network)
    await network.quiet()
    assert [knock.form["MessageStatus"] for knock in doors.knocks] == told
    assert awa.heard[0].status == "read"
