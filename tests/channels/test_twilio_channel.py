"""Twilio: what is sent through its client, what its answers mean, what its lists and media give."""

from __future__ import annotations

import asyncio
import gzip
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest

from bot.channels.base import NotFetched, Outgoing
from bot.channels.twilio import TwilioChannel, callback_url
from bot.channels.twilio_codes import CODES, outcome_of_error
from bot.channels.twilio_reader import TwilioReader
from bot.core.delivery import Accepted, ConfigFault, Down, Failed, Later, Outcome, Refused, Unsure
from bot.core.inbound import Inbound, Media, Price
from bot.core.money import Cost
from bot.core.words import Words
from tests.channels.letters import ACCOUNT, AWA, SERVICE, SMS_FROM, TOKEN, WHATSAPP_FROM
from tests.channels.stand_ins import Answer, Asked, Provider, closed_port, serving

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
MESSAGES = f"/2010-04-01/Accounts/{ACCOUNT}/Messages"
Make = Callable[..., TwilioChannel]


class Twilio(Provider):
    """Takes messages and lists those it `holds`."""

    def __init__(self) -> None:
        super().__init__(self.answer)
        self.holds: list[dict[str, Any]] = []
        self.media: list[dict[str, Any]] = []

    def answer(self, asked: Asked) -> Answer:
        if asked.method == "POST":
            return Answer(201, resource("SM1", AWA, asked.fields.get("Body", "")))
        if asked.path == f"{MESSAGES}.json":
            held = [one for one in self.holds if asked.query.get("To") in (None, one["to"])]
            return Answer(200, {"messages": held, "page": 0, "next_page_uri": None})
        if asked.path.endswith("/Media.json"):
            return Answer(200, {"media_list": self.media, "page": 0, "next_page_uri": None})
        if asked.path.startswith(f"{MESSAGES}/"):
            sid = asked.path.removesuffix(".json").rpartition("/")[2]
            found = [one for one in self.holds if one["sid"] == sid]
            return Answer(200, found[0]) if found else Answer(404, {"code": 20404, "message": "gone"})
        return Answer(200, {"sid": ACCOUNT, "status": "active"})


def resource(
    sid: str, to: str, body: str, *, sender: str = SMS_FROM, at: datetime = NOW, **more: Any
) -> dict[str, Any]:
    stamp = format_datetime(at)
    return {
        "sid": sid, "to": to, "from": sender, "body": body, "status": "queued", "direction": "outbound-api",
        "num_media": "0", "error_code": None, "date_created": stamp, "date_sent": stamp, "date_updated": stamp,
        "messaging_service_sid": None,
    } | more  # fmt: skip


def inbound(sid: str, to: str, body: str, *, sender: str = AWA, **more: Any) -> dict[str, Any]:
    return resource(sid, to, body, sender=sender, direction="inbound", **more)


@pytest.fixture
async def twilio() -> AsyncIterator[Twilio]:
    async with serving(Twilio()) as provider:
        assert isinstance(provider, Twilio)
        yield provider


@pytest.fixture
async def make(twilio: Twilio) -> AsyncIterator[Make]:
    made: list[TwilioChannel] = []

    def channel(name: Any = "sms", **changes: Any) -> TwilioChannel:
        sender = WHATSAPP_FROM if name == "whatsapp" else SMS_FROM
        given: dict[str, Any] = {
            "account_sid": ACCOUNT,
            "auth_token": TOKEN,
            "sender": sender,
            "api_base": twilio.url,
            "timeout": 2.0,
        }
        made.append(TwilioChannel(name, **(given | changes)))
        return made[-1]

    yield channel
    for one in made:
        await one.close()


def out(text: str = "Bonjour *Awa*", **changes: Any) -> Outgoing:
    return replace(Outgoing("send", "out-1", AWA, Words(text)), **changes)


# ---------------------------------------------------------------- what is sent


async def test_an_sms_leaves_folded_and_without_marks(twilio: Twilio, make: Make) -> None:
    assert await make().carry(out("*Prêt* de l’échelle")) == Accepted("SM1")
    (asked,) = twilio.asked
    assert (asked.method, asked.path) == ("POST", f"{MESSAGES}.json")
    assert asked.fields == {"To": AWA, "From": SMS_FROM, "Body": "Pret de l'échelle"}
    assert asked.headers["Authorization"].startswith("Basic ")


async def test_whatsapp_keeps_its_marks(twilio: Twilio, make: Make) -> None:
    await make("whatsapp").carry(out("*Prêt* de l’échelle"))
    assert twilio.asked[0].fields == {
        "To": f"whatsapp:{AWA}",
        "From": f"whatsapp:{WHATSAPP_FROM}",
        "Body": "*Prêt* de l’échelle",
    }


async def test_a_person_without_a_number_is_written_to_by_id(twilio: Twilio, make: Make) -> None:
    await make("whatsapp").carry(out(address="FR.1A2B3C4D"))
    assert twilio.asked[0].fields["To"] == "whatsapp:FR.1A2B3C4D"


async def test_the_receipts_are_asked_for_with_our_id(twilio: Twilio, make: Make) -> None:
    channel = make(status_callback_url="https://desk.example/webhooks/twilio/status")
    await channel.carry(out(ref="42/é", valid_for=7200))
    assert twilio.asked[0].fields["StatusCallback"] == "https://desk.example/webhooks/twilio/status?o=42/%C3%A9"
    assert twilio.asked[0].fields["ValidityPeriod"] == "7200"


def test_our_id_goes_before_the_connection_settings() -> None:
    assert callback_url("https://h/s?a=1#rc=3&rp=ct", "7") == "https://h/s?a=1&o=7#rc=3&rp=ct"


@pytest.mark.parametrize(("asked", "sent"), [(0, "1"), (-5, "1"), (36001, "36000"), (10**9, "36000")])
async def test_a_validity_stays_within_twilios_bounds(twilio: Twilio, make: Make, asked: int, sent: str) -> None:
    await make().carry(out(valid_for=asked))
    assert twilio.asked[0].fields["ValidityPeriod"] == sent


async def test_a_template_takes_the_place_of_the_words(twilio: Twilio, make: Make) -> None:
    words = Words("*ignored*", content_sid="HX1", content_variables={"1": "Awa\n\n Diop", "2": "mardi     18 h"})
    await make("whatsapp").carry(out(words=words))
    fields = twilio.asked[0].fields
    assert "Body" not in fields
    assert fields["ContentSid"] == "HX1"
    assert json.loads(fields["ContentVariables"]) == {"1": "Awa Diop", "2": "mardi 18 h"}


async def test_a_messaging_service_picks_the_number(twilio: Twilio, make: Make) -> None:
    channel = make(sender=None, messaging_service_sid=SERVICE)
    await channel.carry(out())
    assert channel.sender == SERVICE
    assert twilio.asked[0].fields["MessagingServiceSid"] == SERVICE
    assert "From" not in twilio.asked[0].fields


async def test_nothing_longer_than_twilio_takes_leaves(twilio: Twilio, make: Make) -> None:
    await make("whatsapp").carry(out("*mot* " * 600))
    body = twilio.asked[0].fields["Body"]
    assert 1500 < len(body) <= 1600
    assert body.count("*") % 2 == 0


async def test_a_lone_surrogate_does_not_stop_a_message(twilio: Twilio, make: Make) -> None:
    assert await make().carry(out("a\ud800b\x00c")) == Accepted("SM1")
    assert twilio.asked[0].fields["Body"] == "abc"


async def test_an_empty_message_never_reaches_twilio(twilio: Twilio, make: Make) -> None:
    outcome = await make().carry(out("  \n"))
    assert isinstance(outcome, Refused)
    assert (outcome.about, twilio.asked) == ("content", [])


@pytest.mark.parametrize("op", ["edit", "answer", "react"])
async def test_what_twilio_cannot_do_is_refused_here(twilio: Twilio, make: Make, op: Any) -> None:
    outcome = await make().carry(out(op=op, target="SM1"))
    assert isinstance(outcome, Refused)
    assert (outcome.code, outcome.about, twilio.asked) == ("unsupported", "content", [])


def test_a_channel_without_any_sender_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="number or a Messaging Service"):
        TwilioChannel("sms", account_sid=ACCOUNT, auth_token=TOKEN)


# ---------------------------------------------------------------- what comes back


@pytest.mark.parametrize("code", sorted(CODES))
async def test_a_code_on_create_becomes_its_outcome(twilio: Twilio, make: Make, code: int) -> None:
    twilio.script = [Answer(400, {"code": code, "message": "x", "status": 400})]
    assert await make().carry(out()) == outcome_of_error(400, code)


PROBLEM = {"type": "https://x/errors/21610", "title": "x", "status": 400, "code": 21610}


def slow(seconds: float | None) -> Later:
    after = None if seconds is None else timedelta(seconds=seconds)
    return Later("Twilio 429: too many requests", after, rate_limited=True, whole_sender=True)


TROUBLE: dict[str, tuple[Answer, Outcome | type[Outcome]]] = {
    "a 400 in the newer form": (Answer(400, PROBLEM), outcome_of_error(400, 21610)),
    "a 400 without code": (Answer(400, {"message": "x"}), Refused),
    "a 400 in HTML": (Answer(400, "<html>"), Refused),
    "a 401": (Answer(401, {"code": 20003, "message": "x"}), ConfigFault),
    "a 401 in HTML": (Answer(401, "<html>"), ConfigFault),
    "a redirect": (Answer(302, "", {"Location": "http://127.0.0.1:1/"}), ConfigFault),
    "a 429": (Answer(429, {"code": 20429}), Later("Twilio 20429: too many requests", None, True, True)),
    "a 429 in seconds": (Answer(429, "", {"Retry-After": "7"}), slow(7)),
    "a 429 for ever": (Answer(429, "", {"Retry-After": "9" * 30}), slow(86400)),
    "a 429 by date": (
        Answer(429, "", {"Retry-After": "Fri, 20 Nov 2026 12:00:30 GMT", "Date": "Fri, 20 Nov 2026 12:00:00 GMT"}),
        slow(30),
    ),
    "a 429 by a date gone by": (
        Answer(429, "", {"Retry-After": "Fri, 20 Nov 2026 11:59:30 GMT", "Date": "Fri, 20 Nov 2026 12:00:00 GMT"}),
        slow(0),
    ),
    "a 429 in words": (Answer(429, "", {"Retry-After": "soon"}), slow(None)),
    "a 500": (Answer(500, {"code": 20500}), Unsure),
    "a 502 in HTML": (Answer(502, "<html>"), Unsure),
    "a 503 with a code of refusal": (Answer(503, {"code": 21610}), Unsure),
    "a 201 that is no JSON": (Answer(201, "<html>"), Unsure),
    "a 201 with a list": (Answer(201, []), Unsure),
    "a 201 without id": (Answer(201, {"status": "queued"}), Unsure),
    "a 201 in odd bytes": (Answer(201, b"\xff\xfe\x00"), Unsure),
    "a 201 that has failed": (Answer(201, resource("SM1", AWA, "x", error_code=30008)), Failed),
    "a connection cut": (Answer(cut=True), Unsure),
    "an answer too late": (Answer(201, {}, wait=3.0), Unsure),
}  # fmt: skip


@pytest.mark.parametrize("kind", TROUBLE)
async def test_trouble_becomes_an_outcome_and_nothing_is_sent_twice(twilio: Twilio, make: Make, kind: str) -> None:
    answer, expected = TROUBLE[kind]
    twilio.script = [answer]
    outcome = await make(timeout=0.4).carry(out())
    assert outcome == expected if not isinstance(expected, type) else isinstance(outcome, expected)
    assert len(twilio.asked) == 1


async def test_a_refused_connection_means_that_nothing_left(make: Make) -> None:
    assert isinstance(await make(api_base=await closed_port()).carry(out()), Down)


async def test_a_name_that_does_not_resolve_means_that_nothing_left(make: Make) -> None:
    assert isinstance(await make(api_base="http://desk.invalid").carry(out()), Down)


# ---------------------------------------------------------------- asking Twilio


async def test_a_message_that_arrived_is_found(twilio: Twilio, make: Make) -> None:
    twilio.holds = [
        resource("SM9", AWA, "Pret recu", at=NOW + timedelta(seconds=30)),
        resource("SM8", AWA, "Pret recu", at=NOW + timedelta(seconds=10)),
        resource("SM7", AWA, "Pret recu", at=NOW - timedelta(days=1)),
        resource("SM6", AWA, "Pret recu ici"),
        resource("SM5", AWA, "Pret recu", direction="inbound"),
        resource("SM4", AWA, "Pret recu", sender="+15005550007"),
        resource("SM3", "+33612345679", "Pret recu"),
    ]
    assert await make().find(out("Prêt reçu"), NOW) == ["SM8", "SM9"]
    assert twilio.asked[0].query["To"] == AWA


async def test_a_message_still_in_the_queue_is_found(twilio: Twilio, make: Make) -> None:
    twilio.holds = [resource("SM9", AWA, "Bonjour Awa", date_sent=None)]
    assert await make().find(out(), NOW) == ["SM9"]


async def test_a_trial_account_s_message_is_found_behind_what_twilio_sets_before_it(twilio: Twilio, make: Make) -> None:
    twilio.holds = [resource("SM9", AWA, "Sent from your Twilio trial account - Bonjour Awa")]
    assert await make().find(out(), NOW) == ["SM9"]


async def test_a_message_that_never_arrived_is_known_not_to_have(twilio: Twilio, make: Make) -> None:
    twilio.holds = [resource("SM7", AWA, "Bonjour Awa", at=NOW - timedelta(minutes=1))]
    assert await make().find(out(), NOW) == []


async def test_a_template_is_found_by_its_variables(twilio: Twilio, make: Make) -> None:
    words = Words("", content_sid="HX1", content_variables={"1": "Awa", "2": "mardi 18 h"})
    twilio.holds = [
        resource("SM1", f"whatsapp:{AWA}", "Bonjour Awa, lundi 18 h", sender=f"whatsapp:{WHATSAPP_FROM}"),
        resource("SM2", f"whatsapp:{AWA}", "Bonjour Awa, mardi 18 h.", sender=f"whatsapp:{WHATSAPP_FROM}"),
    ]
    assert await make("whatsapp").find(out(words=words), NOW) == ["SM2"]


async def test_a_template_whose_words_the_list_does_not_tell_is_found(twilio: Twilio, make: Make) -> None:
    """Free text is not taken for one without words, nor one without words for free text."""
    words = Words("Bonjour Awa", content_sid="HX1", content_variables={"1": "Awa"})
    twilio.holds = [resource("SM2", f"whatsapp:{AWA}", "", sender=f"whatsapp:{WHATSAPP_FROM}")]
    assert await make("whatsapp").find(out(words=words), NOW) == ["SM2"]
    assert await make("whatsapp").find(out(), NOW) == []


async def test_words_that_read_otherwise_by_now_are_found_by_what_is_kept_of_them(twilio: Twilio, make: Make) -> None:
    twilio.script = [Answer(503, {})]
    lost = await make().carry(out("C'est à rendre *demain*."))
    assert isinstance(lost, Unsure)
    twilio.holds = [resource("SM9", AWA, "C'est à rendre demain.")]
    asked = out("C'est à rendre *aujourd'hui*.")
    assert await make().find(asked, NOW) == []
    assert await make().find(replace(asked, left_as=lost.left_as), NOW) == ["SM9"]


@pytest.mark.parametrize("answer", [Answer(500, {}), Answer(429, {}), Answer(200, "<html>"), Answer(200, [], wait=1.0)])
async def test_when_twilio_cannot_be_asked_nothing_is_known(twilio: Twilio, make: Make, answer: Answer) -> None:
    twilio.script = [answer]
    assert await make(timeout=0.3).find(out(), NOW) == "unknown"


async def test_messages_held_for_us_come_as_letters(twilio: Twilio, make: Make) -> None:
    twilio.holds = [
        inbound("SM2", f"whatsapp:{WHATSAPP_FROM}", "RENDU", sender=f"whatsapp:{AWA}"),
        inbound("SM1", f"whatsapp:{WHATSAPP_FROM}", "PRET", sender=f"whatsapp:{AWA}", at=NOW - timedelta(seconds=9)),
        resource("SM3", f"whatsapp:{WHATSAPP_FROM}", "ours"),
    ]
    letters = await make("whatsapp").held_messages(NOW - timedelta(hours=1))
    assert [letter.provider_id for letter in letters] == ["SM1", "SM2"]
    assert twilio.asked[0].query["DateSent>"] == "2026-11-20T11:00:00Z"
    assert twilio.asked[0].query["To"] == f"whatsapp:{WHATSAPP_FROM}"
    (said,) = TwilioReader().read(letters[1])
    assert isinstance(said, Inbound)
    assert (said.channel, said.address, said.sender, said.text) == (
        "whatsapp",
        AWA,
        WHATSAPP_FROM,
        "RENDU",
    )


async def test_a_photo_held_for_us_comes_with_its_address(twilio: Twilio, make: Make) -> None:
    twilio.holds = [resource("MM2", SMS_FROM, "", sender=AWA, direction="inbound", num_media="1")]
    twilio.media = [{"sid": "ME1", "uri": f"{MESSAGES}/MM2/Media/ME1.json", "content_type": "image/jpeg"}]
    (letter,) = await make().held_messages(NOW)
    (said,) = TwilioReader().read(letter)
    assert isinstance(said, Inbound)
    assert said.media == (Media("photo", f"{twilio.url}{MESSAGES}/MM2/Media/ME1", "image/jpeg"),)


async def test_a_photo_deleted_since_does_not_hold_up_the_words(twilio: Twilio, make: Make) -> None:
    twilio.holds = [inbound("MM2", SMS_FROM, "RENDU", num_media="1")]
    listed = twilio.answer(Asked("GET", f"{MESSAGES}.json", {}, {}, {}))
    twilio.script = [listed, Answer(404, {"code": 20404, "message": "gone"})]
    (letter,) = await make().held_messages(NOW)
    assert (letter.payload["Body"], "MediaUrl0" in letter.payload) == ("RENDU", False)
    twilio.script = [listed, Answer(500, {})]
    with pytest.raises(NotFetched):
        await make().held_messages(NOW)


async def test_a_messaging_service_reads_only_what_is_its_own(twilio: Twilio, make: Make) -> None:
    twilio.holds = [
        inbound("SM1", "+1500", "un", messaging_service_sid=SERVICE),
        inbound("SM2", "+1500", "deux", messaging_service_sid="MG9"),
        inbound("SM3", "whatsapp:+1500", "trois", sender=f"whatsapp:{AWA}", messaging_service_sid=SERVICE),
    ]
    letters = await make(sender=None, messaging_service_sid=SERVICE).held_messages(NOW)
    assert [letter.provider_id for letter in letters] == ["SM1"]


async def test_a_service_with_a_number_of_ours_reads_what_came_to_its_other_numbers(twilio: Twilio, make: Make) -> None:
    twilio.holds = [
        inbound("SM1", "+1500", "un", messaging_service_sid=SERVICE),
        inbound("SM2", SMS_FROM, "deux"),
        inbound("SM3", "+1500", "trois"),
    ]
    letters = await make(messaging_service_sid=SERVICE).held_messages(NOW)
    assert {letter.provider_id for letter in letters} == {"SM1", "SM2"}


async def test_what_fills_more_than_one_page_is_read_to_the_end(twilio: Twilio, make: Make) -> None:
    def page(sid: str, more: str | None) -> Answer:
        listed = {"messages": [inbound(sid, SMS_FROM, "RENDU")], "page_size": 1, "next_page_uri": more}
        return Answer(200, listed)

    twilio.script = [page("SM2", f"{MESSAGES}.json?Page=1"), page("SM1", None)]
    letters = await make().held_messages(NOW)
    assert {letter.provider_id for letter in letters} == {"SM1", "SM2"}
    assert twilio.asked[0].query["PageSize"] == "1000"
    twilio.script = [page("SM2", f"{MESSAGES}.json?Page=1"), Answer(500, {})]
    with pytest.raises(NotFetched):  # half a list is none
        await make().held_messages(NOW)


async def test_held_messages_that_cannot_be_read_are_an_error(twilio: Twilio, make: Make) -> None:
    twilio.script = [Answer(503, {})]
    with pytest.raises(NotFetched, match="503"):
        await make().held_messages(NOW)


async def test_a_status_never_called_back_can_be_read(twilio: Twilio, make: Make) -> None:
    twilio.holds = [
        resource("SM1", AWA, "x", status="delivered"),
        resource("SM2", AWA, "x", status="undelivered", error_code=30003),
    ]
    receipts = await make().statuses(["SM1", "SM2", "SM404"])
    assert [(one.provider_id, one.status, one.code) for one in receipts] == [
        ("SM1", "delivered", ""),
        ("SM2", "failed", "30003"),
    ]


async def test_what_messages_cost_is_read_from_the_list(twilio: Twilio, make: Make) -> None:
    twilio.holds = [
        resource("SM1", AWA, "a", price="-0.07980", price_unit="usd"),
        resource("SM2", AWA, "not known yet", price=None, price_unit="USD"),
        resource("SM3", AWA, "free", price="0.00000", price_unit="EUR"),
        resource("SM4", AWA, "odd", price="NaN", price_unit="USD"),
        inbound("SM5", SMS_FROM, "theirs", price="-0.00750", price_unit="USD"),
    ]
    pages = [page async for page in make().prices(NOW - timedelta(days=1), NOW)]
    assert pages == [[Price("SM1", Cost(79_800, "USD")), Price("SM3", Cost(0, "EUR"))]]
    assert twilio.asked[-1].query["From"] == SMS_FROM
    twilio.script = [Answer(503, {})]
    with pytest.raises(NotFetched):
        await anext(aiter(make().prices(NOW, NOW)))


async def test_the_credentials_can_be_tried(twilio: Twilio, make: Make) -> None:
    ok, says = await make().check()
    assert ok
    assert "active" in says
    twilio.script = [Answer(401, {"code": 20003, "message": "Authenticate"})]
    ok, says = await make().check()
    assert (ok, "401" in says, TOKEN in says) == (False, True, False)
    twilio.script = [Answer(200, {"sid": ACCOUNT, "status": "suspended"})]
    assert (await make().check())[0] is False


# ---------------------------------------------------------------- media


async def test_an_attachment_is_fetched_with_our_credentials(twilio: Twilio, make: Make) -> None:
    twilio.script = [Answer(200, b"\xff\xd8jpeg")]
    assert await make().fetch(Media("photo", f"{twilio.url}/Media/ME1")) == b"\xff\xd8jpeg"
    assert twilio.asked[0].headers["Authorization"].startswith("Basic ")


async def test_a_redirect_does_not_see_our_credentials(twilio: Twilio, make: Make) -> None:
    twilio.script = [Answer(307, "", {"Location": f"{twilio.url}/moved"}), Answer(200, b"jpeg")]
    assert await make().fetch(Media("photo", f"{twilio.url}/Media/ME1")) == b"jpeg"
    assert "Authorization" not in twilio.asked[1].headers


@pytest.mark.parametrize(
    "url",
    [
        "http://api.twilio.com/Media/ME1",
        "https://api.twilio.com.evil.example/x",
        "https://eviltwilio.com/x",
        "https://api.twilio.com:8080/x",
        "https://user@api.twilio.com/x",
        "https://127.0.0.1/x",
        "http://169.254.169.254/latest",
        "file:///etc/passwd",
        "https://[::1/x",
        "https://api.twilio.com:99999/x",
        "",
    ],
)
async def test_no_other_host_is_ever_asked(make: Make, url: str) -> None:
    with pytest.raises(NotFetched, match=r"not a host|ValueError"):
        await make().fetch(Media("photo", url))


async def test_a_redirect_to_another_host_is_not_followed(twilio: Twilio, make: Make) -> None:
    async with serving(Provider(lambda asked: Answer(200, b"secret"))) as other:
        twilio.script = [Answer(302, "", {"Location": f"{other.url}/x"})]
        with pytest.raises(NotFetched, match="host"):
            await make().fetch(Media("photo", f"{twilio.url}/Media/ME1"))
        assert other.asked == []


@pytest.mark.parametrize(
    "answers",
    [
        [Answer(200, b"x" * 2000)],
        [Answer(200, gzip.compress(b"x" * 2000), {"Content-Encoding": "gzip"})],
        [Answer(404, "")],
        [Answer(200, b"x", wait=1.0)],
        [Answer(cut=True)] * 2,  # aiohttp asks once more by itself, as a GET may be repeated
        [Answer(302, "", {"Location": "/again"})] * 5,
    ],
    ids=["too large", "larger than said", "gone", "too slow", "cut", "in circles"],
)
async def test_an_attachment_that_cannot_be_had_is_an_error(twilio: Twilio, make: Make, answers: list[Answer]) -> None:
    twilio.script = list(answers)
    with pytest.raises(NotFetched):
        await make(timeout=0.4).fetch(Media("photo", f"{twilio.url}/Media/ME1"), limit_bytes=1000)


async def test_one_client_serves_many_messages_at_once(twilio: Twilio, make: Make) -> None:
    channel = make()
    outcomes = await asyncio.gather(*(channel.carry(out(ref=str(at))) for at in range(40)))
    assert outcomes == [Accepted("SM1")] * 40
