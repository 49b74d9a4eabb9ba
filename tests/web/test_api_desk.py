"""Loans, people and debts by another system, and the events it is told of."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import re
from base64 import b64decode, b64encode
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.abc import AbstractResolver, ResolveResult

from bot.channels.webhook import PublicOnly
from bot.core.hooks import BadTarget, check_target, is_public
from bot.store import Tx
from bot.store.tables import api_answer
from handlers.tasks import tell_staff
from tests.town import AWA, MONDAY, Town, about, on
from tests.web.shop import System, other_desk


class Listener:
    """The system that is told of events. `answers`: the statuses it gives, 204 from then on; 0 closes the connection.
    `headers`: of each answer."""

    def __init__(self) -> None:
        self.heard: list[tuple[dict[str, str], bytes]] = []
        self.answers: list[int] = []
        self.headers: dict[str, str] = {}
        self.port = 0

    async def hear(self, request: web.Request) -> web.Response:
        self.heard.append((dict(request.headers), await request.read()))
        status = self.answers.pop(0) if self.answers else 204
        if status == 0 and request.transport is not None:
            request.transport.close()
        return web.Response(status=status or 204, headers=self.headers)

    @property
    def events(self) -> list[dict[str, Any]]:
        return [json.loads(body) for _, body in self.heard]


@pytest.fixture
async def listener() -> AsyncIterator[Listener]:
    made = Listener()
    app = web.Application()
    app.router.add_post("/hooks", made.hear)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    made.port = runner.addresses[0][1]
    yield made
    await runner.cleanup()


def documented(event: str) -> set[str]:
    """What the page says that an event holds."""
    page = (Path(__file__).parents[2] / "docs" / "api.md").read_text("utf-8")
    [holds] = re.findall(rf"(?m)^\| [^|]*`{event}`[^|]* \| ([^|]*) \|$", page)
    return {"department_id", *re.findall(r"`(\w+)`", holds)}


async def test_a_system_lends_takes_back_and_is_told_of_each_step(town: Town, shop: System, listener: Listener) -> None:
    url = f"http://127.0.0.1:{listener.port}/hooks"
    events = ["loan.created", "loan.overdue", "loan.returned", "debt.paid", "notification.failed"]
    hook = (await shop.call("POST", "/api/webhooks", {"url": url, "events": events})).body
    awa = (await shop.call("GET", f"/api/contacts?phone={AWA.replace('+', '%2B')}")).body["items"][0]
    assert {(a["channel"], a["value"], a["consent"]) for a in awa["addresses"]} == {("whatsapp", AWA, "attested")}
    new = {"item": "PERC-001", "contact_id": awa["id"], "due_at": (MONDAY + timedelta(hours=6)).isoformat()}
    made = await shop.call("POST", "/api/loans", new, Idempotency_Key="a")
    again = await shop.call("POST", "/api/loans", new, Idempotency_Key="a")
    assert (made.status, made.body["state"], again.body) == (201, "active", made.body)
    assert (await shop.call("POST", "/api/loans", new)).status == 409
    past = await shop.call("POST", "/api/loans", {**new, "due_at": (MONDAY - timedelta(hours=1)).isoformat()})
    assert (past.status, past.body["errors"]) == (422, [{"field": "due_at", "reason": "is past"}])
    await town.settle()
    assert "C'est noté : vous empruntez Perceuse Bosch" in town.awa.heard[0]
    assert "Perceuse Bosch" in town.group.card("Perceuse Bosch").text
    listener.answers = [500]  # its first answer is a fault: told again
    await town.at(MONDAY + timedelta(hours=7))
    late = (await shop.call("GET", "/api/loans?overdue=true")).body["items"]
    assert [(loan["code"], loan["overdue"]) for loan in late] == [("PERC-001", True)]
    back = await shop.call("POST", f"/api/loans/{made.body['id']}/return")
    await town.settle()
    assert (back.body["state"], back.body["overdue"]) == ("returned", False)
    assert "Merci" in town.awa.heard[-1]
    assert (await shop.call("POST", f"/api/loans/{made.body['id']}/return")).status == 409
    assert (await shop.call("GET", "/api/items/PERC-001")).body["on_loan"] is False
    assert [e["type"] for e in listener.events] == ["loan.created", "loan.overdue", "loan.overdue", "loan.returned"]
    assert listener.events[0]["data"]["item"] == "PERC-001"
    for event in listener.events:
        assert set(event["data"]) == documented(event["type"])
    headers, body = listener.heard[1]
    assert headers["webhook-id"] == listener.heard[2][0]["webhook-id"]
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    right = hmac.new(b64decode(hook["secret"].removeprefix("whsec_")), signed, hashlib.sha256).digest()
    assert headers["webhook-signature"] == "v1," + b64encode(right).decode()
    assert "secret" not in (await shop.call("GET", "/api/webhooks")).body["items"][0]


async def test_a_system_that_is_away_for_hours_is_told_once_it_is_back(
    town: Town, shop: System, listener: Listener
) -> None:
    await shop.call(
        "POST", "/api/webhooks", {"url": f"http://127.0.0.1:{listener.port}/hooks", "events": ["loan.created"]}
    )
    listener.answers = [502] * 4
    await town.sam.says("/pret PERC-001 Awa vendredi 18h")
    await town.at(MONDAY + timedelta(hours=2))
    assert len(listener.heard) == 4
    await town.at(MONDAY + timedelta(hours=4))
    assert len(listener.heard) == 5
    assert len({headers["webhook-id"] for headers, _ in listener.heard}) == 1


async def test_a_late_loan_is_told_though_its_borrower_wants_no_word_of_it(
    town: Town, shop: System, listener: Listener
) -> None:
    hook = {"url": f"http://127.0.0.1:{listener.port}/hooks", "events": ["loan.overdue"]}
    await shop.call("POST", "/api/webhooks", hook)
    await town.sam.says("/pret PERC-001 Awa aujourd'hui 15h")
    await town.awa.says("STOP 1")
    town.awa.looks()
    await town.at(MONDAY + timedelta(hours=31))  # a day late, when staff are told too
    assert town.awa.heard == []
    assert [event["type"] for event in listener.events] == ["loan.overdue"]


async def test_a_debt_is_paid_in_parts_and_what_remains_is_told(town: Town, shop: System, listener: Listener) -> None:
    url = f"http://127.0.0.1:{listener.port}/hooks"
    events = ["debt.paid", "debt.reopened", "notification.failed"]
    await shop.call("POST", "/api/webhooks", {"url": url, "events": events})
    owed = {"contact_id": 1, "amount": "49.90", "due_on": "2026-12-01", "reference": "F-1"}
    debt = (await shop.call("POST", "/api/debts", owed)).body
    again = await shop.call("POST", "/api/debts", owed)
    assert (again.status, again.body["detail"]) == (409, "this person owes something under the same reference")
    path = f"/api/debts/{debt['id']}/payments"
    first = await shop.call("POST", path, {"amount": "20"}, Idempotency_Key="p1")
    await shop.call("POST", path, {"amount": "20"}, Idempotency_Key="p1")
    assert (first.body["debt"]["left"], first.body["debt"]["state"]) == ("29.90", "open")
    last = await shop.call("POST", path, {"amount": "29.90"})
    assert (last.body["debt"]["left"], last.body["debt"]["state"]) == ("0.00", "settled")
    await town.settle()
    (card,) = about(town.group.heard, "Paiement d'Awa", "29,90", "Tout est réglé")
    assert card.endswith("boutique")
    assert [(e["type"], e["data"]["reference"]) for e in listener.events] == [("debt.paid", "F-1")]
    other = (await shop.call("POST", "/api/debts", {**owed, "reference": "F-2"})).body
    await town.sam.says("/paye Awa 49,90 €")
    await town.sam.presses("Annuler le paiement", town.group.card("Paiement d'Awa", "49,90"))
    await town.settle()
    told = [(e["type"], e["data"]["reference"]) for e in listener.events[1:]]
    assert told == [("debt.paid", "F-2"), ("debt.reopened", "F-2")]
    assert (await shop.call("GET", f"/api/debts/{other['id']}")).body["left"] == "49.90"
    notice = {"type": "churn_risk", "phone": AWA, "variables": {"offer": "x"}, "reference_id": "R-1"}
    sent = (await shop.call("POST", "/api/notifications/send-message", notice)).body
    await town.service.store.write(lambda tx: tell_staff(tx, tx.outbox.by_ref(sent["id"]), "refused"))
    await town.settle()
    failed = listener.events[-1]
    for event in listener.events:
        assert set(event["data"]) == documented(event["type"])
    assert (failed["type"], failed["data"]["id"], failed["data"]["reference_id"]) == (
        "notification.failed", sent["id"], "R-1",
    )  # fmt: skip
    for path, new in (
        ("/api/items", {"code": "x-1", "name": " Pompe\n à eau "}),
        ("/api/contacts", {"phone": "+33612345677", "name": "Lou"}),
    ):
        first = await shop.call("POST", path, new, Idempotency_Key=path)
        assert (first.status, first.body["name"]) == (201, " ".join(new["name"].split()))
        assert (await shop.call("POST", path, new, Idempotency_Key=path)).body == first.body
        assert (await shop.call("POST", path, {**new, "name": "y"}, Idempotency_Key=path)).status == 409
    long = await shop.call("POST", "/api/items", {"code": "x-2", "name": "\ufdfa" * 80})  # each is 18 letters
    assert (long.status, long.body["errors"][0]["field"]) == (422, "name")
    cents = await shop.call("POST", "/api/debts", {**owed, "currency": "XOF"})
    assert (cents.status, cents.body["errors"][0]["field"]) == (422, "amount")


async def test_a_debt_is_in_the_currency_of_the_desk_that_it_is_owed_to(town: Town, shop: System) -> None:
    def dakar(tx: Tx) -> int:
        desk = other_desk(tx)
        tx.departments.set_rule(desk, "currency", "XOF")
        return tx.people.add("Fatou", desk).id

    fatou = await town.service.store.write(dakar)
    owed = {"contact_id": fatou, "amount": "127000", "due_on": "2026-12-01"}
    debt = (await shop.call("POST", "/api/debts", owed)).body
    assert (debt["department_id"], debt["amount"], debt["currency"]) == (2, "127000", "XOF")


async def test_a_reference_with_accents_is_found_and_owed_once(shop: System) -> None:
    owed = {"contact_id": 1, "amount": "49.90", "due_on": "2026-12-01", "reference": "RÉF-É7"}
    debt = (await shop.call("POST", "/api/debts", owed)).body
    again = await shop.call("POST", "/api/debts", owed)
    assert (again.status, again.body["detail"]) == (409, "this person owes something under the same reference")
    found = (await shop.call("GET", "/api/debts?reference=r%C3%89f-%C3%897")).body["items"]
    assert [one["id"] for one in found] == [debt["id"]]


async def test_an_erased_person_has_no_name_among_the_answers_kept(town: Town, shop: System) -> None:
    new = {"item": "PERC-001", "contact_id": 1, "due_at": (MONDAY + timedelta(hours=6)).isoformat()}
    lent = await shop.call("POST", "/api/loans", new, Idempotency_Key="lend")
    await shop.call("POST", f"/api/loans/{lent.body['id']}/return", Idempotency_Key="back")
    owed = {"contact_id": 1, "amount": "5", "due_on": "2026-12-01", "note": "Awa passera lundi"}
    debt = await shop.call("POST", "/api/debts", owed, Idempotency_Key="owed")
    pay = f"/api/debts/{debt.body['id']}/payments"
    await shop.call("POST", pay, {"amount": "5"}, Idempotency_Key="paid")
    other = await shop.call("POST", "/api/loans", {**new, "contact_id": 2}, Idempotency_Key="other")
    await town.dominique.says("/oublier Awa")
    await town.dominique.presses("Effacer")
    kept = await town.service.store.write(lambda tx: [row.body for row in tx.run(api_answer.select())])
    assert len(kept) == 5
    assert "Awa" not in str(kept)
    again = await shop.call("POST", "/api/loans", new, Idempotency_Key="lend")
    assert (again.status, again.body) == (201, {**lent.body, "borrower": ""})
    assert (await shop.call("POST", "/api/loans", {**new, "contact_id": 2}, Idempotency_Key="other")).body == other.body


@pytest.fixture
async def busy(postgresql_migrated_url: str) -> AsyncIterator[System]:
    """A shop and a desk of several writers."""
    async with Town(postgresql_migrated_url) as town, aiohttp.ClientSession() as session:
        yield System(town, session)


async def test_payments_of_several_debts_may_come_at_once(busy: System) -> None:
    owed = {"contact_id": 1, "amount": "10", "due_on": "2026-12-01"}
    debts = [(await busy.call("POST", "/api/debts", owed)).body["id"] for _ in range(6)]
    pays = [busy.call("POST", f"/api/debts/{debt}/payments", {"amount": "5"}) for debt in (*debts, *reversed(debts))]
    assert {heard.status for heard in await asyncio.gather(*pays)} == {201}
    states = [(await busy.call("GET", f"/api/debts/{debt}")).body["state"] for debt in debts]
    assert states == ["settled"] * 6


async def test_what_is_lent_is_not_taken_to_repair_at_the_same_moment(busy: System) -> None:
    due = (MONDAY + timedelta(hours=6)).isoformat()
    for number in range(8):
        code = f"RACE-{number}"
        await busy.call("POST", "/api/items", {"code": code, "name": "Course"})
        heard = await asyncio.gather(
            busy.call("POST", "/api/loans", {"item": code, "contact_id": 1, "due_at": due}),
            busy.call("PUT", f"/api/items/{code}", {"state": "in_repair"}),
        )
        assert sorted(one.status for one in heard) in ([200, 409], [201, 409])


async def test_who_was_erased_is_not_there_any_more(town: Town, shop: System) -> None:
    await town.dominique.says("/oublier Awa")
    await town.dominique.presses("Effacer")
    notice = {"type": "churn_risk", "contact_id": 1, "variables": {"offer": "x"}}
    due = (MONDAY + timedelta(hours=6)).isoformat()
    calls: list[tuple[str, str, Any]] = [
        ("GET", "/api/contacts/1", None), ("POST", "/api/notifications/send-message", notice),
        ("POST", "/api/loans", {"item": "PERC-001", "contact_id": 1, "due_at": due}),
        ("POST", "/api/debts", {"contact_id": 1, "amount": "5", "due_on": "2026-12-01"}),
    ]  # fmt: skip
    for method, path, body in calls:
        assert (await shop.call(method, path, body)).status == 404, path
    assert 1 not in [one["id"] for one in (await shop.call("GET", "/api/contacts")).body["items"]]


async def test_another_department_s_records_are_answered_like_none(town: Town, shop: System) -> None:
    due = (MONDAY + timedelta(hours=6)).isoformat()
    loan = (await shop.call("POST", "/api/loans", {"item": "PERC-001", "contact_id": 1, "due_at": due})).body["id"]
    await shop.call("POST", "/api/debts", {"contact_id": 1, "amount": "5", "due_on": "2026-12-01"})
    hook = await shop.call("POST", "/api/webhooks", {"url": "https://example.org/", "events": ["debt.paid"]})
    other = await town.service.store.write(other_desk)
    theirs = shop.token(department_id=other)
    calls: list[tuple[str, str, Any]] = [
        ("GET", f"/api/loans/{loan}", None), ("POST", f"/api/loans/{loan}/return", None),
        ("GET", "/api/items/PERC-001", None), ("PUT", "/api/items/PERC-001", {"name": "x"}),
        ("GET", "/api/contacts/1", None), ("GET", "/api/debts/1", None),
        ("POST", "/api/debts/1/payments", {"amount": "5"}), ("DELETE", f"/api/webhooks/{hook.body['id']}", None),
        ("POST", "/api/loans", {"item": "TENTE-001", "contact_id": 1, "due_at": due}),
        ("POST", "/api/debts", {"contact_id": 1, "amount": "5", "due_on": "2026-12-01"}),
        ("GET", "/api/loans/999999999999999999999", None), ("GET", "/api/loans/x", None),
    ]  # fmt: skip
    for method, path, body in calls:
        assert (await shop.call(method, path, body, token=theirs)).status == 404, path
    for path in ("/api/loans", "/api/items", "/api/contacts", "/api/debts", "/api/webhooks"):
        assert (await shop.call("GET", path, token=theirs)).body["items"] == [], path
    for path, body in (
        ("/api/items", {"code": "X-1", "name": "x"}), ("/api/contacts", {"phone": AWA, "name": "x"}),
        ("/api/loans", {"item": "TENTE-001", "contact_id": 1, "due_at": due}),
        ("/api/debts", {"contact_id": 1, "amount": "5", "due_on": "2026-12-01"}),
        ("/api/webhooks", {"url": "https://example.org/", "events": ["debt.paid"]}),
        ("/api/notifications/send-message", {"type": "churn_risk", "phone": AWA, "variables": {"offer": "x"}}),
    ):  # fmt: skip
        assert (await shop.call("POST", path, {**body, "department_id": 77})).status == 404, path
    local = {"url": "http://127.0.0.1:1/", "events": ["debt.paid"]}
    assert (await shop.call("POST", "/api/webhooks", local, token=theirs)).status == 422
    reader = await shop.call("GET", "/api/contacts/1", token=shop.token("user"))
    assert [a["value"] for a in reader.body["addresses"]] == [None]


@pytest.mark.parametrize(
    "url",
    [
        "http://example.org/", "ftp://example.org", "https://", "https://u:p@example.org/", "https://10.0.0.1/",
        "https://169.254.169.254/latest", "https://[::ffff:10.0.0.1]/", "https://[64:ff9b::a00:1]/", "https://[fd00::1]/",
        "https://0.0.0.0/", "https://localhost/", "https://127.1.2.3/", "https://[::1]/", "https://exa mple.org/",
        "https://example.org:0/", "https://example.org\\@10.0.0.1/", "https://100.64.0.1/", "https://[::1",
        "https://2130706433/", "https://10.1/", "https://0x7f000001/", "https://10.0.0.1./", "https://[fec0::1]/",
        "https://[64:ff9b:1::a00:1]/", "https://[::a00:1]/",
    ],
)  # fmt: skip
def test_an_address_inside_is_no_target(url: str) -> None:
    with pytest.raises(BadTarget):
        check_target(url)


def test_only_public_addresses_are_connected_to() -> None:
    assert check_target("https://shop.example.org/hooks") == "https://shop.example.org/hooks"
    assert check_target("http://localhost:8081/x", loopback=True)
    assert is_public("93.184.216.34")
    assert is_public("2606:2800:220:1::1")
    assert is_public("64:ff9b::5db8:d822")
    inside = [
        "127.0.0.1", "10.1.2.3", "192.168.0.1", "172.16.0.1", "fe80::1%eth0", "::", "224.0.0.1", "2002:a00:1::",
        "fec0::1", "64:ff9b:1::1",
    ]  # fmt: skip
    assert [address for address in inside if is_public(address)] == []


async def test_a_department_that_tells_many_leaves_places_to_the_others(town: Town, shop: System) -> None:
    theirs = shop.token(department_id=await town.service.store.write(other_desk))
    for number in range(20):
        body = {"url": f"https://{number}.example.org/", "events": ["debt.paid"]}
        assert (await shop.call("POST", "/api/webhooks", body, token=theirs)).status == 201
    assert (await shop.call("POST", "/api/webhooks", body, token=theirs)).status == 409
    assert (await shop.call("POST", "/api/webhooks", body, token=shop.token(department_id=1))).status == 201
    assert (await shop.call("POST", "/api/webhooks", body)).status == 201


class Names(AbstractResolver):
    """A name server that knows two addresses of every name."""

    def __init__(self, *addresses: str) -> None:
        self._addresses = addresses

    async def resolve(self, host: str, port: int = 0, family: Any = 0) -> list[ResolveResult]:
        return [
            {"hostname": host, "host": one, "port": port, "family": family, "proto": 0, "flags": 0}
            for one in self._addresses
        ]

    async def close(self) -> None: ...


async def test_a_name_that_leads_into_a_private_network_is_not_called() -> None:
    mixed = await PublicOnly(Names("10.0.0.7", "93.184.216.34")).resolve("shop.example.org")
    assert [one["host"] for one in mixed] == ["93.184.216.34"]
    with pytest.raises(OSError, match="private network"):
        await PublicOnly(Names("169.254.169.254", "::1")).resolve("shop.example.org")


async def test_a_payment_that_a_system_noted_by_mistake_is_taken_back_by_staff(town: Town, shop: System) -> None:
    owed = {"contact_id": 1, "amount": "49.90", "due_on": "2026-12-01", "reference": "F-1"}
    debt = (await shop.call("POST", "/api/debts", owed)).body
    path = f"/api/debts/{debt['id']}"
    for _ in range(2):
        await shop.call("POST", f"{path}/payments", {"amount": "49.90"}, Idempotency_Key="bank/7")
    await town.settle()
    assert len(about(town.group.heard, "Paiement d'Awa")) == 1
    await town.sam.presses("Annuler le paiement", town.group.card("Paiement d'Awa", "49,90"))
    assert (await shop.call("GET", path)).body["left"] == "49.90"


async def test_a_thing_that_a_system_calls_repaired_goes_to_who_waits_for_it(town: Town, shop: System) -> None:
    await shop.call("PUT", "/api/items/PERC-001", {"state": "in_repair"})
    await town.awa.says("RESERVER perceuse")
    town.awa.looks()
    await shop.call("PUT", "/api/items/PERC-001", {"state": "available"})
    await town.settle()
    assert "Perceuse Bosch est de retour et vous attend" in town.awa.heard[0]
    assert "Prêter" in town.group.card("attend Awa").labels


async def test_what_people_do_at_night_is_not_undone_by_words_that_waited_for_the_morning(
    town: Town, shop: System
) -> None:
    await town.at(on("lundi", 23))
    due = (MONDAY + timedelta(days=3)).isoformat()
    await shop.call("POST", "/api/loans", {"item": "PERC-001", "contact_id": 2, "due_at": due})
    await shop.call("POST", "/api/loans", {"item": "TENTE-001", "contact_id": 1, "due_at": due})
    await town.settle()
    await town.karim.says("PROLONGER 1 jour")
    await town.awa.says("RENDU")
    await town.sam.presses("Confirmer")
    for who in (town.karim, town.awa):
        who.looks()
    await town.at(on("mardi", 8, 1))
    [copy] = town.karim.heard
    assert "vous empruntez Perceuse Bosch, à rendre le vendredi 27 novembre" in copy
    assert town.awa.heard == [], "the tent is back since yesterday"
    [drill] = town.group.cards_of("Perceuse Bosch", "Karim", "En prêt")
    assert "vendredi 27 novembre" in drill.text
    assert town.group.cards_of("Tente 4 places", "En prêt") == []


async def test_what_is_kept_for_somebody_else_by_the_morning_is_not_offered(town: Town, shop: System) -> None:
    await town.sam.says("/pret PERC-001 Karim mardi 18h")
    await town.awa.says("RESERVER perceuse")
    await town.at(on("lundi", 23))
    [loan] = (await shop.call("GET", "/api/loans")).body["items"]
    await shop.call("POST", f"/api/loans/{loan['id']}/return")
    await town.settle()
    town.awa.looks()
    await town.awa.says("ANNULER")
    assert "plus sur la liste d'attente" in town.awa.heard[-1]
    await town.at(on("mardi", 8, 1))
    assert town.awa.heard == []


@pytest.mark.parametrize(
    ("answer", "asked", "minutes", "times"),
    [
        (410, {}, 24 * 60, 1),  # gone: never again
        (429, {"Retry-After": "120"}, 1, 1),
        (429, {"Retry-After": "120"}, 3, 2),
        (429, {}, 6, 2),
        (301, {"Location": "https://example.org/"}, 6, 2),  # nobody is followed
        (0, {}, 6, 2),
    ],
)
async def test_a_systems_answer_decides_when_it_is_told_again(
    town: Town, shop: System, listener: Listener, answer: int, asked: dict[str, str], minutes: int, times: int
) -> None:
    url = f"http://127.0.0.1:{listener.port}/hooks"
    await shop.call("POST", "/api/webhooks", {"url": url, "events": ["loan.created"]})
    listener.answers, listener.headers = [answer], asked
    await town.sam.says("/pret PERC-001 Awa vendredi 18h")
    await town.passes(timedelta(minutes=minutes))
    assert [event["type"] for event in listener.events] == ["loan.created"] * times


async def test_who_is_taken_off_the_list_is_told_no_more(town: Town, shop: System, listener: Listener) -> None:
    url = f"http://127.0.0.1:{listener.port}/hooks"
    hook = await shop.call("POST", "/api/webhooks", {"url": url, "events": ["loan.created"]})
    listener.answers = [500]
    await town.sam.says("/pret PERC-001 Awa vendredi 18h")
    assert len(listener.heard) == 1
    assert (await shop.call("DELETE", f"/api/webhooks/{hook.body['id']}")).status == 200
    await town.passes(timedelta(days=2))
    assert len(listener.heard) == 1


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("/api/loans", {"item": "ZZZ-9", "contact_id": 1, "due_at": "2026-11-27T18:00:00+01:00"}, "item"),
        ("/api/loans", {"item": "PERC-001", "contact_id": 99, "due_at": "2026-11-27T18:00:00+01:00"}, "contact_id"),
        ("/api/debts", {"contact_id": 99, "amount": "5", "due_on": "2026-12-01"}, "contact_id"),
    ],
)
async def test_what_is_unknown_is_named(shop: System, path: str, body: dict[str, Any], field: str) -> None:
    heard = await shop.call("POST", path, body)
    assert heard.status == 404
    assert heard.body["errors"] == [{"field": field, "reason": "there is none of that name here"}]
