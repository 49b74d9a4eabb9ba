"""The REST API from outside: who may call, what a bad request hears, what happens once and what is told of it."""

from __future__ import annotations

import asyncio
import json
from datetime import datetime, timedelta
from typing import Any

import aiohttp
import jwt
import pytest
import sqlalchemy as sa
from sqlalchemy.engine import make_url

from bot.core.people import Consent
from bot.store import Tx
from bot.store.tables import contact
from bot.web.api_limits import Limiter
from bot.web.tokens import BadToken, new_token, read_token
from tests.conftest import Cluster
from tests.town import AWA, MONDAY, PARIS, Town
from tests.web.shop import KEY, System, other_desk

ORDER: dict[str, Any] = {
    "type": "order_confirmation", "phone": AWA, "reference_id": "CMD-1042",
    "variables": {"order_id": "CMD-1042", "delivery_date": "2026-11-27", "total_amount": "49.90"},
}  # fmt: skip


# --- tokens ------------------------------------------------------------------------------------


async def test_a_token_that_was_taken_back_is_refused_at_once(town: Town, shop: System) -> None:
    token, number, ends = new_token(
        KEY, role="user", name="boutique", department_id=None, now=town.clock.real(), lasts=timedelta(days=1)
    )
    await town.service.store.write(lambda tx: tx.tokens.add(number, "boutique", "user", None, ends))
    assert (await shop.call("GET", "/api/items", token=token)).status == 200
    await town.service.store.write(lambda tx: tx.tokens.revoke(number))
    assert (await shop.call("GET", "/api/items", token=token)).status == 401


# --- notices -------------------------------------------------------------------------------------


async def test_an_order_is_confirmed_once_and_what_became_of_it_can_be_read(town: Town, shop: System) -> None:
    first = await shop.call("POST", "/api/notifications/send-message", ORDER, Idempotency_Key="CMD-1042/1")
    again = await shop.call("POST", "/api/notifications/send-message", ORDER, Idempotency_Key="CMD-1042/1")
    assert (first.status, first.body["state"], first.body["state_label"]) == (202, "pending", "EN_ATTENTE")
    assert (again.status, again.body) == (202, first.body)
    other = await shop.call(
        "POST", "/api/notifications/send-message", {**ORDER, "language": "en"}, Idempotency_Key="CMD-1042/1"
    )
    assert other.status == 409
    turned = {**ORDER, "variables": dict(reversed(ORDER["variables"].items()))}
    written_otherwise = json.dumps(dict(reversed(turned.items())), indent=2).encode()
    same = await shop.call("POST", "/api/notifications/send-message", written_otherwise, Idempotency_Key="CMD-1042/1")
    assert (same.status, same.body) == (202, first.body)
    await town.settle()
    assert town.awa.heard == [
        "Bonjour, ici Prêt de matériel. Merci pour votre commande CMD-1042 : 49,90 € au total, "
        "livraison prévue le vendredi 27 novembre."
    ]
    assert (await shop.call("POST", f"/api/notifications/resend/{first.body['id']}")).status == 202
    await town.settle()
    assert len(town.awa.heard) == 1
    log = await shop.call("GET", "/api/notifications/history?reference_id=CMD-1042&limit=1")
    newest = log.body["items"][0]
    assert (newest["parent"], newest["state_label"], newest["attempts"]) == (first.body["id"], "LUE", 1)
    assert {"words", "variables", "facts"}.isdisjoint(newest)
    older = await shop.call("GET", f"/api/notifications/history?reference_id=CMD-1042&cursor={log.body['next']}")
    assert [n["id"] for n in older.body["items"]] == [first.body["id"]]
    assert older.body["next"] is None
    of_awa = await shop.call("GET", f"/api/notifications/history/{AWA.replace('+', '%2B')}")
    assert len(of_awa.body["items"]) == 2
    figures = (await shop.call("GET", "/api/notifications/statistics")).body
    assert (figures["all"]["sent"], figures["all"]["delivered"], figures["all"]["delivery_rate"]) == (2, 2, 1.0)
    assert figures["channels"][0]["median_seconds_to_delivered"] >= 0


async def test_an_e_mail_that_did_not_bounce_has_arrived(sqlite_migrated_url: str) -> None:
    async with Town(sqlite_migrated_url, mail=True) as town, aiohttp.ClientSession() as session:
        await town.awa.says("Mon e-mail est awa@example.org")
        await town.sam.says("/pret PERC-001 Awa vendredi 18h")
        assert [mail.to for mail in town.network.mail.new()] == ["awa@example.org"]
        figures = (await System(town, session).call("GET", "/api/notifications/statistics")).body
        [mail] = [told for told in figures["channels"] if told["channel"] == "email"]
        assert (mail["sent"], mail["delivery_rate"]) == (1, 1.0)
        assert figures["all"]["delivery_rate"] == 1.0


async def test_the_first_notices_to_a_number_may_come_at_once(postgresql_migrated_url: str) -> None:
    """Several writers find nobody with the number at the same moment, and only one can be the first to note it."""
    async with Town(postgresql_migrated_url) as town, aiohttp.ClientSession() as session:
        shop = System(town, session)
        for number in range(5):
            first = {**ORDER, "phone": f"+3361234561{number}", "attested_by": "Boutique"}
            calls = [shop.call("POST", "/api/notifications/send-message", first) for _ in range(8)]
            assert {heard.status for heard in await asyncio.gather(*calls)} == {202}
            found = await shop.call("GET", f"/api/contacts?phone=%2B3361234561{number}")
            assert len(found.body["items"]) == 1


async def test_an_address_of_postgresql_with_parameters_is_that_of_every_page(postgresql_migrated_url: str) -> None:
    """As hosts of databases write it: what one driver knows the other refuses."""
    url = f"{postgresql_migrated_url}?sslmode=prefer&channel_binding=prefer&connect_timeout=5&application_name=desk"
    async with Town(url) as town, aiohttp.ClientSession() as session:
        shop = System(town, session)
        assert (await shop.call("GET", "/api/notifications/history")).body == {"items": [], "next": None}
        names = await town.service.store.rows(
            sa.text("SELECT application_name FROM pg_stat_activity WHERE pid = pg_backend_pid()")
        )
        assert [row[0] for row in names] == ["desk"]


async def test_a_database_that_takes_no_connection_is_told_as_away(
    postgres: Cluster, postgresql_migrated_url: str
) -> None:
    """Too many connections, a server that starts or stops: 503 says "again later", 500 "report it"."""
    name = make_url(postgresql_migrated_url).database
    async with Town(postgresql_migrated_url) as town, aiohttp.ClientSession() as session:
        shop = System(town, session)
        with postgres.server.connect("postgres") as admin:
            admin.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
            try:
                assert (await shop.call("GET", "/api/notifications/history")).status == 503
                assert (await shop.call("GET", "/api/notifications/health")).status == 503
                async with session.get(shop.base + "/metrics") as answer:
                    assert "prete_rendu_database_up 0.0" in await answer.text()
                async with session.get(
                    shop.base + "/dashboard/", headers={"Authorization": f"Bearer {shop.token()}"}
                ) as answer:
                    assert answer.status == 503
            finally:
                admin.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')
        assert (await shop.call("GET", "/api/notifications/history")).status == 200


async def test_who_agreed_to_nothing_or_refused_is_not_written_to(town: Town, shop: System) -> None:
    nowhere = await town.service.store.write(lambda tx: tx.people.add("Sans adresse", 1).id)
    lost = await shop.call("POST", "/api/notifications/send-message", {**ORDER, "phone": None, "contact_id": nowhere})
    again = f"/api/notifications/resend/{lost.body['id']}"
    assert (lost.body["state"], (await shop.call("POST", again)).status) == ("withheld", 409)
    await town.service.store.write(
        lambda tx: tx.people.add_address(
            nowhere, "sms", "+33612345602", verified_by="attested", consent=Consent.ATTESTED, attested_by="Sam"
        )
    )
    assert (await shop.call("POST", again)).body["channel"] == "sms"
    stranger = {**ORDER, "phone": "+33612345601"}
    held = await shop.call("POST", "/api/notifications/send-message", stranger)
    assert (held.status, held.body["state"], held.body["error"]) == (202, "withheld", "consent is unknown")
    allowed = {**stranger, "attested_by": "Boutique", "name": "Binta"}
    assert (await shop.call("POST", "/api/notifications/send-message", allowed)).body["state"] == "pending"
    offer = {"type": "churn_risk", "phone": AWA, "variables": {"offer": "un café"}}
    assert "given" in (await shop.call("POST", "/api/notifications/send-message", offer)).body["error"]
    await town.awa.says("bonjour")
    town.awa.looks()
    await shop.call("POST", "/api/notifications/send-message", offer)
    await town.settle()
    assert "nous avons pensé à ceci : un café." in town.awa.heard[-1]
    for said, read in (("un café !", "un café."), ("Un café. Offert…", "Un café. Offert."), ("!", "!.")):
        await shop.call("POST", "/api/notifications/send-message", {**offer, "variables": {"offer": said}})
        await town.settle()
        assert f"nous avons pensé à ceci : {read}\n" in town.awa.heard[-1]
    await town.awa.says("RAPPELS SANS OFFRES")
    assert "Sans messages de ce genre : offres et nouveautés." in town.awa.heard[-1]
    assert "offers" in (await shop.call("POST", "/api/notifications/send-message", offer)).body["error"]
    await town.awa.says("ANNULER")
    assert (await shop.call("POST", "/api/notifications/send-message", offer)).body["state"] == "pending"
    await town.awa.says("STOP")
    held = await shop.call("POST", "/api/notifications/send-message", {**ORDER, "attested_by": "Boutique"})
    assert (held.body["state"], held.body["error"]) == ("withheld", "this person said STOP")
    awa = (await shop.call("GET", f"/api/contacts?phone={AWA.replace('+', '%2B')}")).body["items"][0]
    assert [a["consent"] for a in awa["addresses"]] == ["refused"], "no other road to the same number is opened"


async def test_what_a_notice_names_and_is_not_there_is_told(shop: System) -> None:
    order = {name: value for name, value in ORDER.items() if name != "phone"}
    for named in ({"contact_id": 99}, {"contact_id": 1, "department_id": 99}, {"phone": AWA, "department_id": 99}):
        answer = await shop.call("POST", "/api/notifications/send-message", {**order, **named})
        field = list(named)[-1]
        assert (answer.status, [fault["field"] for fault in answer.body["errors"]]) == (404, [field])


async def test_a_notice_that_waits_is_not_sent_to_who_refuses_its_kind_meanwhile(town: Town, shop: System) -> None:
    late = {**ORDER, "send_at": "2026-11-23T14:00:00+01:00"}
    assert (await shop.call("POST", "/api/notifications/send-message", late)).body["state"] == "pending"
    await town.awa.says("RAPPELS SANS COMMANDES")
    town.awa.looks()
    await town.at(MONDAY.replace(hour=15))
    assert town.awa.heard == []
    assert await town.said("order_confirmation") == ["withheld"]


async def test_quiet_hours_and_send_at_hold_and_the_queue_tells_how_it_stands(town: Town, shop: System) -> None:
    late = {**ORDER, "send_at": "2026-11-23T22:30:00+01:00"}
    sent = await shop.call("POST", "/api/notifications/send-message", late)
    assert sent.body["send_at"].startswith("2026-11-23T21:30:00")
    await town.at(MONDAY.replace(hour=23))
    assert town.awa.heard == []
    queue = await shop.call("POST", "/api/notifications/process-queue")
    assert (queue.status, queue.body["waiting"], queue.body["due"]) == (200, 1, 0)
    health = await shop.call("GET", "/api/notifications/health", token="")
    assert (health.status, health.body["status"]) == (200, "ok")
    await town.at(MONDAY.replace(day=MONDAY.day + 1, hour=9))
    assert len(town.awa.heard) == 1


async def test_a_notice_asked_for_before_quiet_days_leaves_when_they_are_over(town: Town, shop: System) -> None:
    await town.rule(quiet_sundays=True, quiet_holidays=True, holiday_country="GB")
    await town.at(datetime(2026, 12, 24, 20, tzinfo=PARIS))
    first = await shop.call("POST", "/api/notifications/send-message", ORDER)
    await town.at(datetime(2026, 12, 24, 21, 30, tzinfo=PARIS))  # nothing until Tuesday: the 26th is kept on Monday
    town.awa.looks()
    await shop.call("POST", "/api/notifications/send-message", ORDER)
    again = await shop.call("POST", f"/api/notifications/resend/{first.body['id']}")
    assert again.status == 202
    await town.at(datetime(2026, 12, 28, 23, tzinfo=PARIS))
    assert town.awa.heard == []
    await town.at(datetime(2026, 12, 29, 8, 1, tzinfo=PARIS))
    assert len(town.awa.heard) == 2


@pytest.mark.parametrize(
    ("kind", "fact", "over", "to_come"),
    [
        ("delivery_delayed", "eta_time", "22:30", "2026-11-24T10:00:00+01:00"),
        ("delivery_reminder", "delivery_date", "2026-11-23", "2026-11-24"),
    ],
)
async def test_what_would_be_over_after_the_night_is_not_announced(
    town: Town, shop: System, kind: str, fact: str, over: str, to_come: str
) -> None:
    await town.at(MONDAY.replace(hour=22))
    told = {"type": kind, "phone": "+33612345678"}
    for when in (over, to_come):
        sent = await shop.call("POST", "/api/notifications/send-message", {**told, "variables": {fact: when}})
        assert (sent.status, sent.body["state"]) == (202, "pending")
    await town.at(MONDAY.replace(day=MONDAY.day + 1, hour=9))
    [heard] = town.awa.heard
    assert "mardi 24 novembre" in heard
    log = await shop.call("GET", f"/api/notifications/history?type={kind}")
    assert [row["state"] for row in log.body["items"]] == ["read", "expired"]
    assert log.body["items"][1]["error"] == "its time lies in quiet hours or a pause"


@pytest.mark.parametrize("day", ["2026-11-27", "20261127", "2026-W48-5"])
async def test_a_day_is_the_same_day_for_who_lives_west_of_the_desk(town: Town, shop: System, day: str) -> None:
    await town.service.store.write(lambda tx: tx.update(contact, {"id": 1}, zone="America/Martinique"))
    order = {**ORDER, "variables": {"order_id": "CMD-1042", "delivery_date": day, "total_amount": "49.90"}}
    await shop.call("POST", "/api/notifications/send-message", order)
    await town.at(MONDAY.replace(hour=15))
    assert "livraison prévue le vendredi 27 novembre." in town.awa.heard[0]


async def test_words_are_changed_restored_and_switched_off_while_it_runs(town: Town, shop: System) -> None:
    path = "/api/notifications/templates/order_confirmation"
    before = (await shop.call("GET", path)).body
    assert (before["variables"], before["enabled"], before["versions"]) == (
        ["order_id", "delivery_date", "total_amount", "currency"], True, [],
    )  # fmt: skip
    unfit = await shop.call("PUT", path, {"language": "fr", "words": "Merci {{ nom }}"})
    assert (unfit.status, unfit.body["errors"][0]["field"]) == (422, "words")
    changed = await shop.call("PUT", path, {"language": "fr", "words": "C'est noté : {{ order_id }}."})
    version = changed.body["versions"][0]["version"]
    await shop.call("POST", "/api/notifications/send-message", ORDER)
    await town.settle()
    assert town.awa.heard == ["C'est noté : CMD-1042."]
    assert (await shop.call("PUT", path, {"restore": True})).body["texts"][1]["changed"] is False
    again = await shop.call("PUT", path, {"version": version})
    assert again.body["texts"][1]["words"] == "C'est noté : {{ order_id }}."
    assert (await shop.call("PUT", path, {"enabled": False})).body["enabled"] is False
    off = (await shop.call("POST", "/api/notifications/send-message", ORDER)).body
    assert (off["state"], off["error"]) == ("withheld", "switched off by an admin")
    later = {**ORDER, "send_at": (town.now + timedelta(days=1)).isoformat()}
    assert (await shop.call("POST", "/api/notifications/send-message", later)).body["state"] == "pending"
    await town.settle()
    assert await town.said("order_confirmation") == ["read", "withheld", "pending"]
    town.approve("order_confirmation", "fr", "HX" + "0" * 32)
    refused = await shop.call("PUT", path, {"channel": "whatsapp", "words": "Autre {{ order_id }}"})
    assert refused.status == 409
    assert "python main.py whatsapp-templates" in refused.body["detail"]


# --- who may call ----------------------------------------------------------------------------------


async def test_a_caller_is_known_by_a_good_token_and_sees_its_own_department(town: Town, shop: System) -> None:
    path = "/api/notifications/history"
    assert (await shop.call("GET", path, token=shop.token("user"))).status == 200
    denied = await shop.call("POST", "/api/notifications/process-queue", token=shop.token("user"))
    assert (denied.status, denied.headers["Content-Type"]) == (403, "application/problem+json")
    nobody = await shop.call("GET", path, token="", X_Request_Id="abc-1")
    assert (nobody.status, nobody.headers["WWW-Authenticate"], nobody.body["request_id"]) == (401, "Bearer", "abc-1")
    taken_back = shop.token()
    mine = read_token(taken_back, KEY, town.clock.real())
    await town.service.store.write(_revoke, mine.token_id, town.clock.real() + timedelta(days=1))
    assert (await shop.call("GET", path, token=taken_back)).status == 401
    other = await town.service.store.write(other_desk)
    sent = await shop.call("POST", "/api/notifications/send-message", ORDER)
    theirs = shop.token(department_id=other)
    assert (await shop.call("GET", path, token=theirs)).body["items"] == []
    everywhere = shop.token()  # asks for one department at a time, too
    for department, seen in ((1, [sent.body["id"]]), (other, [])):
        page = await shop.call("GET", f"{path}?department_id={department}", token=everywhere)
        assert [notice["id"] for notice in page.body["items"]] == seen
    for method, where in (("POST", f"/api/notifications/resend/{sent.body['id']}"), ("GET", f"{path}?department_id=1")):
        assert (await shop.call(method, where, token=theirs)).status == 404


@pytest.mark.parametrize(
    "claims",
    [
        {"role": "admin"}, {"role": "root", "exp": 4e9}, {"role": "admin", "exp": 1}, {"role": ["admin"], "exp": 4e9},
        {"role": "admin", "exp": 4e9, "dep": "1"}, {"role": "admin", "exp": 4e9, "iss": "another"},
        {"role": "admin", "exp": "soon"}, {"role": "admin", "exp": 4e9, "sub": 5}, {"role": "admin", "exp": 10**400},
        {"role": "admin", "exp": "inf"}, {"role": "admin", "exp": 4e9, "dep": 2**70},
    ],
)  # fmt: skip
def test_a_token_that_is_not_quite_right_is_none(claims: dict[str, Any]) -> None:
    for token in (jwt.encode(claims, KEY, "HS256"), jwt.encode({"role": "admin", "exp": 4e9}, None, "none"), "a.b.c"):
        with pytest.raises(BadToken):
            read_token(token, KEY, MONDAY)


def test_a_token_signed_with_another_key_or_algorithm_is_none() -> None:
    good = {"role": "admin", "exp": 4e9}
    assert read_token(jwt.encode(good, KEY, "HS256"), KEY, MONDAY).role == "admin"
    odd = read_token(jwt.encode({**good, "jti": "a\0b", "sub": "\ud800c"}, KEY, "HS256"), KEY, MONDAY)
    assert (odd.token_id, odd.name) == ("ab", "c")  # what no database holds would be an error of ours
    for token in (jwt.encode(good, "x" * 64, "HS256"), jwt.encode(good, KEY * 2, "HS512"), "é" * 9, "x" * 9000):
        with pytest.raises(BadToken):
            read_token(token, KEY, MONDAY)


def test_a_token_that_calls_too_often_waits_and_another_does_not() -> None:
    limiter = Limiter(per_second=2, burst=3)
    assert [limiter.take("a", 10.0) for _ in range(3)] == [0, 0, 0]
    assert limiter.take("a", 10.0) == 0.5
    assert limiter.take("b", 10.0) == 0
    assert limiter.take("a", 10.5) == 0


# --- bad requests ----------------------------------------------------------------------------------

DEEP = b'{"type":"churn_risk","phone":"+33612345678","variables":' + b'{"a":' * 5000 + b"1" + b"}" * 5001


async def test_whatever_is_sent_hears_what_is_wrong_and_nothing_breaks(shop: System) -> None:
    path = "/api/notifications/send-message"
    wrong: list[tuple[Any, int, str]] = [
        ({**ORDER, "is_admin": True}, 422, "is_admin"), ({**ORDER, "contact_id": 2**64}, 422, "contact_id"),
        ({**ORDER, "contact_id": 1}, 422, "body"), ({**ORDER, "phone": "12"}, 422, "phone"),
        ({**ORDER, "phone": None, "contact_id": True}, 422, "contact_id"),
        ({**ORDER, "language": "de"}, 422, "language"),
        ({**ORDER, "send_at": 1795266980}, 422, "send_at"), ({**ORDER, "send_at": "1795266980"}, 422, "send_at"),
        ({**ORDER, "attested_by": " \n"}, 422, "attested_by"),
        ({**ORDER, "phone": "+33\u0000612"}, 422, "phone"), ({**ORDER, "reference_id": "\udc00"}, 400, ""),
        ({**ORDER, "variables": {"order_id": "\u0000"}}, 422, "variables.order_id"),
        ({**ORDER, "variables": {**ORDER["variables"], "total_amount": "1e99"}}, 422, "variables.total_amount"),
        ({**ORDER, "variables": {**ORDER["variables"], "currency": "ZZZ"}}, 422, "variables.currency"),
        ({**ORDER, "variables": {**ORDER["variables"], "delivery_date": "0001-01-01"}}, 422, "variables.delivery_date"),
        ({**ORDER, "send_at": "2026-11-23T08:00:00"}, 422, "send_at"), ({**ORDER, "type": "gift"}, 422, "type"),
        ({**ORDER, "send_at": "2036-11-23T08:00:00Z"}, 422, "send_at"),
        ({**ORDER, "variables": {"total_amount": "1e999999999999999999"}}, 422, "variables.total_amount"),
        (b"{", 400, ""), (DEEP, 400, ""), (b"\xff\xfe", 400, ""), (b"[]", 422, ""), (b" " * 300_000, 413, ""),
    ]  # fmt: skip
    for body, status, field in wrong:
        heard = await shop.call("POST", path, body)
        assert (heard.status, status) == (status, heard.status), heard.body
        assert field == "" or field in [fault["field"] for fault in heard.body["errors"]], heard.body
    for where, status in (
        ("/api/nothing", 404), ("/api/notifications/history?cursor=%00", 422), ("/api/notifications/history?x=1", 422),
        ("/api/notifications/history/%00", 422), ("/api/notifications/history?limit=1&limit=2", 422),
        ("/api/notifications/history?cursor=" + "9" * 40, 422), ("/api/notifications/templates/help", 404),
    ):  # fmt: skip
        assert (await shop.call("GET", where)).status == status, where
    nope = await shop.call("GET", "/api/notifications/history?type=nope")
    assert (nope.status, nope.body["errors"][0]["field"]) == (422, "type"), "no empty page, as if there were none"
    assert "order_confirmation, " in nope.body["errors"][0]["reason"]
    assert (await shop.call("GET", "/api/notifications/history?type=loan_created")).status == 200
    wrong_way = await shop.call("DELETE", path)
    assert (wrong_way.status, wrong_way.headers["Allow"]) == (405, "POST")
    described = await shop.call("PUT", "/api/openapi.json")
    assert (described.status, described.headers["Allow"]) == (405, "GET, HEAD")
    for at in ("/api/openapi.json", "/api/items"):
        assert (await shop.call("GET", at, X_Request_Id="abc-2")).headers["X-Request-Id"] == "abc-2"
    unescaped = await shop.call("GET", "/api/notifications/history?since=2026-11-23T09:00:00+01:00")
    assert unescaped.status == 200, "the plus of an offset, sent as it stands"
    assert (await shop.call("POST", path, ORDER, Idempotency_Key="x" * 300)).status == 400


async def test_what_is_said_of_a_field_is_what_would_do(shop: System) -> None:
    loan = {"item": "PERC-001", "contact_id": 1, "due_at": "20261127"}
    debt = {"contact_id": 1, "amount": "5", "due_on": "20261127"}
    cents = {**debt, "amount": "5.50", "currency": "XOF", "due_on": "2026-11-27"}
    calls: list[tuple[str, str, Any, str]] = [
        ("POST", "/api/loans", loan, "is no time; write 2026-11-27T18:00:00+01:00"),
        ("POST", "/api/debts", debt, "is no day; write 2026-11-27"),
        ("POST", "/api/debts", cents, "has more decimals than XOF has"),
        ("PUT", "/api/notifications/templates/churn_risk", {"restore": False}, "must be true"),
        (
            "PUT",
            "/api/notifications/templates/churn_risk",
            {"language": "en", "words": "For you: {offer}"},
            '"offer" would be sent as it stands: a value is written in double braces. Possible values: offer, desk.',
        ),
        ("GET", "/api/debts?state=odd", None, "must be 'open', 'settled', 'disputed' or 'cancelled'"),
    ]
    for method, path, body, reason in calls:
        heard = await shop.call(method, path, body)
        assert [fault["reason"] for fault in heard.body["errors"]] == [reason]


def _revoke(tx: Tx, token_id: str, ends: Any) -> None:
    tx.tokens.add(token_id, "boutique", "admin", None, ends)
    assert tx.tokens.revoke(token_id)


@pytest.mark.parametrize(
    ("fact", "value", "why"),
    [
        ("delivery_date", "27/11/2026", "is no date or time; write 2026-11-27 or 2026-11-27T16:30:00+01:00"),
        ("delivery_date", 20261127, "must be a date or time as ISO 8601 text"),
        ("delivery_date", "2026-02-30", "is no date or time"),
        ("total_amount", True, "must be a number, or a number as text"),
        ("total_amount", "1,234.50", "is no amount; write 49.90"),
        ("total_amount", "NaN", "is no amount"),
        ("total_amount", 0, "must be more than zero"),
        ("total_amount", "49.905", "has more decimals than EUR has"),
        ("order_id", "  ", "must be text that is not empty"),
        ("order_id", ["CMD-1"], "must be text that is not empty"),
        ("order_id", "x" * 201, "must have at most 200 characters"),
    ],
)
async def test_a_fact_that_cannot_be_read_is_named_and_nothing_leaves(
    town: Town, shop: System, fact: str, value: object, why: str
) -> None:
    asked = {**ORDER, "variables": {**ORDER["variables"], fact: value}}
    refused = await shop.call("POST", "/api/notifications/send-message", asked)
    [fault] = refused.body["errors"]
    assert (refused.status, fault["field"]) == (422, f"variables.{fact}")
    assert why in fault["reason"]
    assert await town.said("order_confirmation") == []


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("16:30", "16 h 30"),
        ("9h05", "9 h 05"),
        ("2026-11-23T16:30:00+01:00", "16 h 30"),
        ("2026-11-23T15:30Z", "16 h 30"),
    ],
)
async def test_an_hour_may_be_given_without_its_day(town: Town, shop: System, given: str, told: str) -> None:
    asked = {"type": "delivery_delayed", "phone": AWA, "variables": {"eta_time": given}}
    taken = await shop.call("POST", "/api/notifications/send-message", asked)
    assert taken.status == 202, taken.body
    await town.settle()
    assert told in town.awa.heard[-1]
