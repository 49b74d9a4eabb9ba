"""MyOperator: what its webhook may look like, what its answers come to, and a conversation over it."""

from __future__ import annotations

import hmac
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import aiohttp
import pytest

from bot.channels.base import Forbidden, Outgoing, RawRequest, Rubbish
from bot.channels.myoperator import MyOperatorChannel, MyOperatorDoor, MyOperatorReader
from bot.channels.myoperator_codes import CODES, outcome_of_answer, outcome_of_code
from bot.config import load
from bot.core.delivery import Accepted, ConfigFault, Down, Failed, Later, Refused, Unsure, WindowClosed
from bot.core.inbound import Inbound, Letter, Receipt
from bot.core.words import Words
from bot.service import Service
from bot.store import Store, Tx
from tests.channels.letters import Headers
from tests.channels.stand_ins import Answer, Asked, Provider, closed_port, serving

SECRET, NUMBER, AWA = "a-secret_0123456789", "1234567890", "+33612345678"
TAKEN = {"status": "success", "code": "200", "message": "Accepted", "data": {"message_id": "wamid.OUT1"}}


def cloud(*messages: dict[str, Any], statuses: tuple[dict[str, Any], ...] = (), number: str = NUMBER) -> dict[str, Any]:
    value = {
        "messaging_product": "whatsapp", "metadata": {"phone_number_id": number},
        "contacts": [{"profile": {"name": "Awa"}, "wa_id": "33612345678"}],
        "messages": list(messages), "statuses": list(statuses),
    }  # fmt: skip
    return {"object": "whatsapp_business_account", "entry": [{"changes": [{"field": "messages", "value": value}]}]}


def said(text: str = "RENDU", **more: Any) -> dict[str, Any]:
    return {
        "from": "33612345678", "id": "wamid.IN1==", "timestamp": "1795255200", "type": "text", "text": {"body": text},
    } | more  # fmt: skip


def posted(content: Any, secret: str = SECRET, **headers: str) -> RawRequest:
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    return RawRequest(f"/webhooks/myoperator/{secret}", Headers(headers), body)


def letters(content: Any) -> list[Letter]:
    return MyOperatorDoor(SECRET, NUMBER).letters(posted(content))


def read(content: Any) -> Any:
    [letter] = letters(content)
    [item] = MyOperatorReader().read(letter)
    return item


# --- the door ------------------------------------------------------------------------------------------


def test_only_who_knows_the_secret_is_let_in() -> None:
    door, body = MyOperatorDoor(SECRET, NUMBER), json.dumps(cloud(said())).encode()
    signed = "sha256=" + hmac.digest(SECRET.encode(), body, "sha256").hex()
    assert door.letters(posted(body)) == door.letters(posted(body, **{"X-Hub-Signature-256": signed}))
    for secret in ("", "another", SECRET + "x", SECRET[:-1], "é" * 19):
        with pytest.raises(Forbidden):
            door.letters(posted(body, secret))
    for forged in (signed[:-1] + "0", "sha256=", "é", ""):
        with pytest.raises(Forbidden):
            door.letters(posted(body + b" ", **{"X-Hub-Signature-256": forged}))


def test_a_letter_to_another_number_is_not_ours() -> None:
    with pytest.raises(Forbidden):
        letters(cloud(said(), number="999"))
    with pytest.raises(Forbidden):
        letters({"phone_number_id": "999", "message_id": "m1", "from": "33612345678", "text": "RENDU"})


def test_beside_letters_to_another_number_of_the_company_ours_are_taken() -> None:
    there, here = cloud(said("PRET", id="wamid.IN2=="), number="99"), cloud(said())
    both = {"object": here["object"], "entry": [*there["entry"], *here["entry"]]}
    assert [letter.provider_id for letter in letters(both)] == ["wamid.IN1=="]
    flat = {"message_id": "wamid.IN3==", "customer_number": "33612345678", "text": "RENDU"}
    assert [letter.provider_id for letter in letters([flat | {"phone_number_id": "99"}, here])] == ["wamid.IN1=="]


@pytest.mark.parametrize(
    "content",
    [
        b"", b"{", b"\xff", b"[]", b'"a"', b"[" * 20_000, {"from": "33612345678", "text": "RENDU"},
        cloud(said(id="")), cloud(said(id=[])),
    ],
)  # fmt: skip
def test_rubbish_is_refused(content: Any) -> None:
    with pytest.raises(Rubbish):
        letters(content)


def test_what_a_letter_holds_beside_an_odd_one_still_counts() -> None:
    found = letters(cloud(said(id=None), said(), said(**{"from": "x", "id": "wamid.IN2"})))
    assert [(x.provider_id, x.lane, x.sender) for x in found] == [("wamid.IN1==", AWA, NUMBER)]
    assert letters({"entry": [{"changes": [{"value": {"messages": "no", "statuses": [1]}}]}]}) == []


@pytest.mark.parametrize(
    "event",
    [
        {},
        {"event": "conversation.closed", "conversation_id": "c-17", "agent": "Sam"},
        {"event": "contact.updated", "id": "ev-3", "phone": "33612345678", "name": "Awa"},
        {"type": "agent_assigned", "id": "ev-4", "data": {"customer_number": "33612345678"}},
        {"event": "note.added", "id": "ev-5", "text": "to be called back"},
        {"event": "campaign.finished", "status": "sent"},
    ],
)
def test_news_of_no_message_is_accepted_and_says_nothing(event: dict[str, Any]) -> None:
    assert letters(event) == [], "refused, it would be repeated, and the webhook switched off in the end"


# --- the reader ----------------------------------------------------------------------------------------


def test_words_in_either_form_are_the_same_words() -> None:
    flat: dict[str, Any] = {
        "data": {"message_id": "wamid.IN1==", "customer_country_code": "33", "customer_number": "612345678"},
        "text": "RENDU", "name": "Awa", "timestamp": 1795255200,
    }  # fmt: skip
    heard = read(cloud(said()))
    assert heard == read(flat)
    flat["data"] |= {"type": "text", "context": {"body": flat.pop("text")}}  # as in what is sent
    assert heard == read(flat)
    inner = {"id": "wamid.IN1==", "phone": AWA, "type": "text", "text": {"body": "RENDU"}, "timestamp": 1795255200}
    assert heard == read({"event": "received", "name": "Awa", "payload": inner})
    assert heard == read({"name": "Awa", "message": inner})
    assert letters({"direction": "outgoing", "message": inner}) == []
    assert heard == Inbound(
        "whatsapp", "wamid.IN1==", NUMBER, AWA, AWA, text="RENDU", name="Awa",
    )  # fmt: skip


def test_a_press_a_photo_a_place_a_contact_and_a_writer_without_a_number() -> None:
    reply = {"type": "button_reply", "button_reply": {"id": "loan.back:7", "title": "Rendu"}}
    pressed = read(cloud(said(type="interactive", interactive=reply, context={"id": "wamid.OUT1"})))
    assert (pressed.payload, pressed.text, pressed.on_message) == ("loan.back:7", "Rendu", "wamid.OUT1")
    quick = read(cloud(said(type="button", button={"payload": "mine.say:return", "text": "Rendu"})))
    assert (quick.payload, quick.text) == ("mine.say:return", "Rendu")
    bare = read(cloud(said(type="button", button={"payload": "Rendu", "text": "Rendu"})))
    assert (bare.payload, bare.text) == (None, "Rendu"), "a template's button carries its own words"
    photo = read(cloud(said(type="image", image={"id": "m1", "mime_type": "image/jpeg", "caption": "cassée"})))
    assert (photo.text, [(m.kind, m.mime) for m in photo.media]) == ("cassée", [("photo", "image/jpeg")])
    assert read(cloud(said(type="location", location={"latitude": 48.8, "longitude": 2.3}))).location == (48.8, 2.3)
    card = [{"name": {"formatted_name": "Karim"}, "phones": [{"phone": "+221771234567"}]}]
    shared = read(cloud(said(type="contacts", contacts=card))).contact
    assert (shared.phone, shared.own) == ("+221771234567", False)
    assert [read(cloud(said(type=kind))).media[0].kind for kind in ("order", "unsupported")] == ["other", "other"]
    assert read(cloud(said(**{"from": "FR.1A2B3C4D"}))).address == "FR.1A2B3C4D"
    odd = letters(cloud(said(type="reaction"), said(id="wamid.IN2", type="system", system={"body": "a new number"})))
    assert [MyOperatorReader().read(x) for x in odd] == [[], []]


@pytest.mark.parametrize(
    "writer",
    [
        {"from": "33612345678", "customer_country_code": "33", "customer_number": "612345678"},
        {"customer_country_code": "+33", "customer_number": "33612345678"},
        {"customer_country_code": 33, "customer_number": "06 12 34 56 78"},
        {"from": "+33 6 12 34 56 78"},
        {"mobile": "0033612345678"},
        {"sender": "whatsapp:+33612345678"},
    ],
)
def test_a_writer_is_the_same_in_every_spelling(writer: dict[str, Any]) -> None:
    assert read({"message_id": "wamid.IN1==", "text": "RENDU"} | writer).address == AWA


def test_a_writer_who_hides_the_number_is_known_by_the_id_in_the_flat_form_too() -> None:
    hidden = {"customer_country_code": "33", "from": "FR.1A2B3C4D"}
    assert read({"message_id": "wamid.IN1==", "text": "RENDU"} | hidden).address == "FR.1A2B3C4D"


@pytest.mark.parametrize(
    "parts",
    [
        {"type": "image", "image": "https://files.example/1.jpg", "caption": "cassée"},
        {"type": "image", "media_url": "https://files.example/1.jpg", "caption": "cassée"},
        {"type": "image", "context": {"link": "https://files.example/1.jpg", "caption": "cassée"}},
        {"type": "image", "image": {"url": "https://files.example/1.jpg", "caption": "cassée"}, "status": "delivered"},
    ],
)
def test_a_photo_s_parts_may_lie_flat(parts: dict[str, Any]) -> None:
    found = read({"data": {"message_id": "wamid.IN1==", "phone": AWA, "direction": "incoming"} | parts})
    assert (found.text, [(m.kind, m.ref) for m in found.media]) == (
        "cassée",
        [("photo", "https://files.example/1.jpg")],
    )


def test_a_flat_photo_without_a_word_is_no_status_of_ours() -> None:
    photo = {"type": "image", "image": "https://files.example/1.jpg"}
    found = read({"message_id": "wamid.IN1==", "phone": AWA} | photo)
    assert [(m.kind, m.ref) for m in found.media] == [("photo", "https://files.example/1.jpg")]


def test_a_flat_press_a_flat_reply_and_a_flat_heart() -> None:
    flat = {"message_id": "wamid.IN1==", "phone": AWA}
    pressed = read(flat | {"type": "button", "text": "Rendu", "payload": "mine.say:return"})
    assert (pressed.text, pressed.payload) == ("Rendu", "mine.say:return")
    typed = read(flat | {"type": "text", "text": "mine.say:return", "payload": "mine.say:return"})
    assert (typed.text, typed.payload) == ("mine.say:return", None)
    assert read(flat | {"text": "RENDU", "reply_to": "wamid.OUT1"}).on_message == "wamid.OUT1"
    [heart] = letters(flat | {"type": "reaction", "text": "❤"})
    assert MyOperatorReader().read(heart) == []


def test_what_meta_writes_is_understood_without_its_envelope() -> None:
    whole = cloud(said())
    [change] = whole["entry"][0]["changes"]
    assert read(whole) == read(change) == read(change["value"]) == read([change["value"]])
    with pytest.raises(Forbidden):
        letters(cloud(said(), number="999")["entry"][0]["changes"][0]["value"])


def test_somebody_without_a_number_and_one_with_both() -> None:
    hidden = said(from_user_id="FR.1A2B3C4D")
    both = read(cloud(hidden))
    assert (both.address, both.alias) == (AWA, "FR.1A2B3C4D")
    del hidden["from"]
    alone = read(cloud(hidden))
    assert (alone.address, alone.alias) == ("FR.1A2B3C4D", None)


@pytest.mark.parametrize(
    ("why", "code"),
    [({"errors": [{"code": 131047}]}, "131047"), ({"error": {"code": 131047}}, "131047"), ({"error_code": 0}, "")],
)
def test_the_code_of_a_flat_failure(why: dict[str, Any], code: str) -> None:
    assert read({"message_id": "wamid.OUT1", "status": "failed"} | why).code == code


def test_receipts_in_either_form() -> None:
    failed = {"id": "wamid.OUT1", "status": "failed", "errors": [{"code": 131047}], "biz_opaque_callback_data": "r1"}
    told = read(cloud(statuses=(failed,)))
    assert (told.status, told.code, told.outbox_ref) == ("failed", "131047", "r1")
    flat = read({"message_id": "wamid.OUT1", "status": "DELIVERED", "myop_ref_id": "r1"})
    assert flat == Receipt("whatsapp", "wamid.OUT1", "delivered", "", "r1")
    ours = {"message_id": "wamid.OUT1", "status": "read", "text": "Répondez RENDU au retour.", "customer_number": AWA}
    assert read(ours | {"myop_ref_id": None}) == Receipt("whatsapp", "wamid.OUT1", "read")  # not words of Awa's
    why = {"status": "failed", "message": "Re-engagement message", "error_code": "131047"}
    worded = read({"message_id": "wamid.OUT1", "customer_number": "33612345678"} | why)
    assert (worded.status, worded.code) == ("failed", "131047")  # and not something Awa wrote


# --- answers -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (200, TAKEN, Accepted),
        (200, {"status": "success", "data": {}}, Unsure),
        (200, {"status": "success", "message_id": "wamid.OUT1", "error": None, "errors": []}, Accepted),
        (200, {"code": 200, "message": "Accepted", "data": {"message_id": "wamid.OUT1"}}, Accepted),
        (200, {"status": True, "message": "queued"}, Unsure),  # perhaps taken: another road would say it twice
        (200, {"status": "error", "code": "400", "message": "bad template"}, Refused),
        (200, {"error": {"code": 131047}}, WindowClosed),
        (200, "no JSON", Unsure),
        (400, {"status": "error", "code": "400", "message": "bad template"}, Refused),
        (400, {"status": "error", "code": 131047}, WindowClosed),
        (400, {"message": "Re-engagement message"}, WindowClosed),
        (400, {"error": {"message": "Re-engagement message", "code": 131047}}, WindowClosed),
        (400, {"code": "0000000001310470", "message": "odd"}, Refused),
        (400, {"errors": [{"code": 131047}]}, WindowClosed),
        (302, "", ConfigFault),
        (404, "<html>", ConfigFault),  # the address is not that of the API
        (404, {"error": {"code": 132001}}, Refused),
        (401, {"message": "Unauthorized"}, ConfigFault),
        (403, {"message": "explicit deny"}, ConfigFault),
        (429, {}, Later),
        (500, {"message": None}, ConfigFault),
        (500, {"message": "oops"}, Unsure),
        (502, "<html>", Unsure),
    ],
)
def test_what_an_answer_comes_to(status: int, body: Any, kind: type) -> None:
    text = body if isinstance(body, str) else json.dumps(body)
    assert isinstance(outcome_of_answer(status, text, timedelta(seconds=3)), kind)


def test_every_code_has_an_outcome_and_an_unknown_one_may_pass() -> None:
    assert {type(outcome_of_code(str(code))) for code in CODES} == {
        ConfigFault, Later, WindowClosed, Refused, Failed,
    }  # fmt: skip
    assert outcome_of_code("131026") == Refused("WhatsApp 131026: WhatsApp cannot reach this recipient", "131026")
    for odd in ("", "999999", "²", "-1", "12345678901234567890"):
        assert isinstance(outcome_of_code(odd), Failed)


def outgoing(**changes: Any) -> Outgoing:
    given: dict[str, Any] = {"op": "send", "ref": "r1", "address": AWA, "words": Words("*Bonjour*")}
    return Outgoing(**(given | changes))


@pytest.fixture
async def provider() -> AsyncIterator[Provider]:
    async with serving(Provider(lambda asked: Answer(200, TAKEN))) as provider:
        yield provider


async def test_words_and_templates_leave_in_its_envelope(provider: Provider) -> None:
    channel = MyOperatorChannel(api_key="k", company_id="c", number_id=NUMBER, api_base=provider.url, timeout=0.3)
    assert await channel.carry(outgoing()) == Accepted("wamid.OUT1")
    template = Words("…", content_sid="pr_reminder_day_1/fr", content_variables={"1": "la  perceuse\n", "2": "mardi"})
    await channel.carry(outgoing(words=template))
    text, approved = provider.asked
    assert (text.path, text.headers["Authorization"], text.headers["X-MYOP-COMPANY-ID"]) == (
        "/chat/messages", "Bearer k", "c",
    )  # fmt: skip
    assert {k: text.fields[k] for k in ("phone_number_id", "customer_country_code", "customer_number")} == {
        "phone_number_id": NUMBER, "customer_country_code": "33", "customer_number": "612345678",
    }  # fmt: skip
    assert "'body': '*Bonjour*'" in text.fields["data"]
    assert "'template_name': 'pr_reminder_day_1', 'language': 'fr'" in approved.fields["data"]
    assert "'1': 'la perceuse'" in approved.fields["data"]
    provider.script = [Answer(cut=True), Answer(wait=1.0), Answer(429, {}, {"Retry-After": "7"})]
    assert isinstance(await channel.carry(outgoing()), Unsure)
    assert isinstance(await channel.carry(outgoing()), Unsure)
    later = await channel.carry(outgoing())
    assert isinstance(later, Later)
    assert later.after == timedelta(seconds=7)
    assert isinstance(await channel.carry(outgoing(address="FR.1A2B3C4D")), Refused)
    assert isinstance(await channel.carry(outgoing(op="edit")), Refused)
    assert (await channel.check())[0]
    await channel.close()


async def test_a_channel_that_carried_nothing_is_closed_all_the_same() -> None:
    await MyOperatorChannel(api_key="k", company_id="c", number_id=NUMBER).close()


async def test_a_redirect_is_not_followed(provider: Provider) -> None:
    channel = MyOperatorChannel(api_key="k", company_id="c", number_id=NUMBER, api_base=provider.url)
    provider.script = [Answer(302, "", {"Location": f"{provider.url}/elsewhere"})]
    assert isinstance(await channel.carry(Outgoing("send", "r1", AWA, Words("Bonjour"))), ConfigFault)
    await channel.close()
    assert [asked.method for asked in provider.asked] == ["POST"]


@pytest.mark.parametrize(("status", "right"), [(200, True), (401, False), (500, False), (404, True)])
async def test_the_check_tells_whether_the_key_is_taken(provider: Provider, status: int, right: bool) -> None:
    """Whether every account answers at that path is not known: 404 says nothing against the key."""
    channel = MyOperatorChannel(api_key="k", company_id="c", number_id=NUMBER, api_base=provider.url)
    provider.script = [Answer(status, {})]
    assert (await channel.check())[0] is right
    await channel.close()


async def test_a_closed_line_is_down() -> None:
    channel = MyOperatorChannel(api_key="k", company_id="c", number_id=NUMBER, api_base=await closed_port())
    assert isinstance(await channel.carry(outgoing()), Down)
    assert not (await channel.check())[0]
    await channel.close()


# --- a conversation --------------------------------------------------------------------------------------


def _a_desk(tx: Tx) -> None:
    tx.departments.add(name="Atelier", zone=tx.desk.zone, language="fr")


async def test_awa_is_heard_and_answered_over_myoperator(provider: Provider, sqlite_migrated_url: str) -> None:
    config = load(
        {
            "DATABASE_URL": sqlite_migrated_url, "PORT": "0", "PUBLIC_URL": "https://desk.example",
            "SECRET_KEY": "k" * 40, "WHATSAPP_PROVIDER": "myoperator", "MYOPERATOR_API_KEY": "sample-key",
            "MYOPERATOR_API_SECRET": SECRET, "MYOPERATOR_ACCOUNT_ID": "c", "MYOPERATOR_PHONE_NUMBER": NUMBER,
            "MYOPERATOR_API_BASE": provider.url,
        },
        None,
    )  # fmt: skip
    service = await Service.open(config, store=await Store.open(sqlite_migrated_url))
    await service.store.write(_a_desk)
    await service.start(ticking=False)
    base = f"http://127.0.0.1:{service.listener.port}/webhooks/myoperator/"
    try:
        async with aiohttp.ClientSession() as http:
            for secret, status in ((SECRET, 200), (SECRET, 200), ("forged", 403)):
                async with http.post(base + secret, json=cloud(said("AIDE"))) as answer:
                    assert answer.status == status
            await service.runner.settle()
            pressed = said(id="wamid.IN2==", type="button", button={"payload": "Aide", "text": "Aide"})
            async with http.post(base + SECRET, json=cloud(pressed)) as answer:
                assert answer.status == 200
        await service.runner.settle()
        asked: list[Asked] = provider.asked
        assert len(asked) == 2, "what was posted twice is answered once"
        assert all("RENDU" in one.fields["data"] for one in asked), "a template's button is heard as its words"
        known = await service.store.write(lambda tx: tx.people.find_address("whatsapp", AWA))
        assert known is not None
        assert known.verified_by == "holder"
    finally:
        await service.stop()
