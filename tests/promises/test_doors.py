"""Figures 4, 5, 11, 12, 15 and 19: what comes to the doors of a real service, and what leaves by the real clients.

Each in the reduced count of every merge, and in full where marked slow.
"""

from __future__ import annotations

import asyncio
import io
import json
import random
from collections.abc import AsyncIterator, Callable, Iterator
from copy import deepcopy
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl, urlencode

import aiohttp
import pytest
import sqlalchemy as sa

from bot import logs
from bot.sandbox import faults
from bot.sandbox.faults import Call, Fault
from bot.sandbox.twilio_shapes import sign
from tests.logged import logging_given_back
from tests.town import PUBLIC_URL, WEBHOOK_SECRET, Borrower, Town

TWILIO, TELEGRAM = "/webhooks/twilio", "/webhooks/telegram"
FORM, JSON = "application/x-www-form-urlencoded", "application/json"
DOUBTS_SETTLE = timedelta(minutes=6)
AT_ONCE = 50
FORM_WORDS = (
    "MessageSid", "From", "Body", "NumMedia", "SmsStatus", "ButtonPayload", "ButtonText", "ProfileName", "WaId",
    "MediaUrl0", "MediaContentType0", "OriginalRepliedMessageSid", "OptOutType", "Latitude", "Forwarded", "MessageType",
)  # fmt: skip
UPDATE_WORDS = (
    "message", "edited_message", "callback_query", "my_chat_member", "channel_post", "poll", "chat", "from", "text",
    "caption", "photo", "contact", "reply_to_message", "sender_chat", "entities", "migrate_to_chat_id", "voice",
    "document", "forward_origin", "media_group_id", "data", "type", "id", "date", "username", "language_code", "quote",
)  # fmt: skip
DEEP: Any = {"a": 1}
for _ in range(60):
    DEEP = {"message": [DEEP]}
ODD: tuple[Any, ...] = (
    None, True, 0, -1, 2**31, 2**63, -(2**70), 1e308, 0.1, "", " ", "\x00", "\u202e", "\ufeff", "0", "-1", "9" * 40,
    "RENDU", "/settings", "/bind x", "1", "STOP", "PRET PERC-001 vendredi", "é" * 5000, "{{ 7*7 }}", "%s%n", "<b>",
    "🙂" * 300, "whatsapp:", "whatsapp:+33612345678", "+", "FR.1234", "https://127.0.0.1/x", "2026-11-21", [], [1], {},
    [[[]]], {"id": 5}, {"id": -100, "type": "supergroup"}, {"id": 2**65, "is_bot": "yes"}, DEEP,
)  # fmt: skip
REPEATS = 8


@pytest.fixture
async def town(sqlite_migrated_url: str) -> AsyncIterator[Town]:
    async with Town(sqlite_migrated_url) as town:
        yield town


# --- knocking --------------------------------------------------------------------------------------------


def signed_text(body: bytes) -> str:
    """What Twilio's signature covers of a form: names and values in the order of the names, each pair once and with
    nothing between them. By that scheme `NumMedia=0`, `NumMedia0=` and `NumMedia=0&NumMedia=0` are one and the same."""
    pairs = set(parse_qsl(body.decode("latin-1"), keep_blank_values=True))
    return "".join(name + value for name, value in sorted(pairs))


class Knocks:
    """Requests made from genuine ones: (path, body, headers)."""

    def __init__(self, town: Town, seed: int) -> None:
        self.town = town
        self.rng = random.Random(seed)

    def form(self, number: int) -> dict[str, str]:
        twilio = self.town.network.twilio
        return {
            "MessageSid": f"SM{number:032}", "AccountSid": twilio.account_sid, "From": "whatsapp:+33612345678",
            "To": twilio.whatsapp_from, "Body": "RENDU", "NumMedia": "0", "SmsStatus": "received",
        }  # fmt: skip

    def signed(self, form: dict[str, str]) -> tuple[str, bytes, dict[str, str]]:
        token = self.town.network.twilio.auth_token
        signature = sign(token, PUBLIC_URL + TWILIO, form.items())
        return (
            TWILIO,
            urlencode(form, errors="replace").encode(),
            {"X-Twilio-Signature": signature, "Content-Type": FORM},
        )

    def update(self, number: int) -> tuple[str, bytes, dict[str, str]]:
        who = {"id": 5, "is_bot": False, "first_name": "Zoé"}
        message = {"message_id": 1, "date": 1_790_000_000, "text": "RENDU", "chat": {"id": 5, "type": "private"}}
        body = json.dumps({"update_id": number, "message": message | {"from": who}}).encode()
        return TELEGRAM, body, {"X-Telegram-Bot-Api-Secret-Token": WEBHOOK_SECRET, "Content-Type": JSON}

    def bitten(self, body: bytes) -> bytes:
        """With a few bytes changed, taken out, doubled, or the end cut off."""
        left = bytearray(body)
        for _ in range(self.rng.randrange(1, 5)):
            at = self.rng.randrange(len(left)) if left else 0
            how = self.rng.randrange(4)
            if how == 0:
                left[at : at + 1] = bytes([self.rng.randrange(256)])
            elif how == 1:
                del left[at : at + self.rng.randrange(1, 9)]
            elif how == 2:
                left[at:at] = left[at : at + 30] * self.rng.randrange(1, 9)
            else:
                del left[at:]
        return bytes(left)

    def odd(self, tree: Any) -> Any:
        """The same JSON with a value or two that nobody expects there."""
        for _ in range(self.rng.randrange(1, 4)):
            at = tree
            while True:
                name = self.rng.choice(sorted(at))
                if not (isinstance(at[name], dict) and at[name] and self.rng.random() < 0.8):
                    break
                at = at[name]
            if self.rng.random() < 0.2:
                del at[name]
            else:
                at[name if self.rng.random() < 0.8 else self.rng.choice(UPDATE_WORDS)] = deepcopy(self.rng.choice(ODD))
            if not tree:
                break
        return tree

    def let_in(self, number: int) -> tuple[str, bytes, dict[str, str]]:
        """What the doors take for a message, with odd values in it: this reaches the readers and handlers."""
        if number % 2:
            path, body, headers = self.update(number)
            return path, json.dumps(self.odd(json.loads(body))).encode(), headers
        form = self.form(number)
        for name in self.rng.sample(FORM_WORDS, 3):
            form[name] = str(self.rng.choice(ODD))
        return self.signed(form)

    def hostile(self, number: int) -> tuple[str, bytes, dict[str, str]]:
        """Genuine by its signature or secret, and odd in all the rest."""
        if number % 4 == 3:
            return self.let_in(number // 4)
        if number % 2:
            path, body, headers = self.update(number)
            return path, self.bitten(body), headers
        form = self.form(number)
        for name in self.rng.sample(sorted(form), 3):
            form[name] = self.bitten(form[name].encode() * self.rng.choice((1, 1, 50))).decode("latin-1")
        if self.rng.random() < 0.3:
            del form[self.rng.choice(sorted(form))]
        return self.signed(form)

    def forged(self, number: int) -> tuple[str, bytes, dict[str, str]]:
        """A genuine request in which something that its signature or secret vouches for has changed."""
        if number % 3 == 0:
            path, body, headers = self.update(number)
            name = "X-Telegram-Bot-Api-Secret-Token"
            return path, body, headers | {name: self.other(headers[name])}
        path, body, headers = self.signed(self.form(number))
        if number % 3 == 1:
            return path, body, headers | {"X-Twilio-Signature": self.other(headers["X-Twilio-Signature"])}
        changed = self.bitten(body)
        while signed_text(changed) == signed_text(body):
            changed = self.bitten(body)
        return path, changed, headers

    def other(self, value: str) -> str:
        """Another text that a header can carry."""
        changed = value
        while changed == value:
            bitten = self.bitten(value.encode()).decode("latin-1")
            changed = "".join(c for c in bitten if c.isprintable() and c < "\x7f").strip()
        return changed


async def knocked(town: Town, requests: Iterator[tuple[str, bytes, dict[str, str]]]) -> set[int]:
    """All of them, some at once; the statuses that came back."""
    base = f"http://127.0.0.1:{town.service.listener.port}"
    seen: set[int] = set()
    async with aiohttp.ClientSession() as session:

        async def one(path: str, body: bytes, headers: dict[str, str]) -> None:
            async with session.post(base + path, data=body, headers=headers) as answer:
                seen.add(answer.status)

        while together := [one(*request) for _, request in zip(range(AT_ONCE), requests, strict=False)]:
            await asyncio.gather(*together)
    return seen


async def hostile(town: Town, count: int) -> None:
    knocks = Knocks(town, count)
    for start in range(0, count, 1000):
        statuses = await knocked(town, (knocks.hostile(n) for n in range(start, min(count, start + 1000))))
        assert max(statuses) < 500, statuses
        await town.settle()
    parked = sa.text("SELECT channel, error FROM inbox WHERE state <> 'done' OR tries > 0")
    assert await town.service.store.rows(parked) == []


@pytest.mark.thorough
async def test_hostile_requests_hear_a_reason_and_nothing_breaks(town: Town) -> None:
    await hostile(town, 4_000)


@pytest.mark.slow
async def test_a_quarter_of_a_million_hostile_requests(town: Town) -> None:
    await hostile(town, 250_000)


async def forged(town: Town, count: int) -> None:
    knocks = Knocks(town, count)
    statuses = await knocked(town, (knocks.forged(number) for number in range(count)))
    kept = await town.service.store.rows(sa.text("SELECT channel, provider_id, payload FROM inbox"))
    assert (statuses - {400, 401, 403}, kept) == (set(), [])


async def test_no_mutation_of_a_genuine_request_is_believed(town: Town) -> None:
    await forged(town, 400)


@pytest.mark.slow
async def test_ten_thousand_mutations_of_a_genuine_request(town: Town) -> None:
    await forged(town, 10_000)


# --- repeats, and what came while we were away -------------------------------------------------------------


async def repeated(town: Town, count: int) -> None:
    """Each delivery comes eight times: one after the other, or all at once."""
    for number in range(count):
        first = await town.awa.phone.says("mes prêts")
        again = [town.awa.phone.says("mes prêts", sid=first.id) for _ in range(REPEATS - 1)]
        if number % 2:
            await asyncio.gather(*again)
        else:
            for one in again:
                await one
        await town.settle()
        assert len(town.awa.heard) == 1


async def test_deliveries_that_are_repeated_have_one_answer(town: Town) -> None:
    await repeated(town, 20)


@pytest.mark.slow
async def test_two_thousand_deliveries_that_are_repeated(town: Town) -> None:
    await repeated(town, 2000)


async def written_meanwhile(town: Town, count: int) -> None:
    """The desk is down; each of them writes once, and the provider holds it."""
    await town.turn("catch_up")  # from here on the provider is asked for what did not reach the door
    town.network.disconnect()
    people = [town.phone(f"+33612{number:06}", f"Nom{number}") for number in range(count)]
    await asyncio.gather(*(person.phone.says("aide") for person in people))
    await town.passes(timedelta(hours=23))
    assert [person.heard for person in people] == [[]] * count
    await town.restart()
    await town.turn("catch_up")
    await town.settle()
    await town.passes(timedelta(minutes=5))
    assert [person.phone.number for person in people if not person.heard] == []


async def test_what_was_written_while_the_desk_was_down_is_answered(town: Town) -> None:
    await written_meanwhile(town, 6)


@pytest.mark.slow
@pytest.mark.timeout(1200)
async def test_a_thousand_messages_written_while_the_desk_was_down(town: Town) -> None:
    await written_meanwhile(town, 1000)


# --- in doubt --------------------------------------------------------------------------------------------

DOUBTS: tuple[Callable[[], Fault], ...] = (
    lambda: faults.drop(accepted=True), lambda: faults.drop(accepted=False), lambda: faults.cut(accepted=True),
    lambda: faults.cut(accepted=False), lambda: faults.garbage(accepted=True), lambda: faults.garbage(accepted=False),
)  # fmt: skip


def sends(call: Call) -> bool:
    return call.method == "POST" and call.name.lower() in ("messages.json", "sendmessage")


async def doubtful(town: Town, times: int) -> None:
    """An answer of the provider is lost in each way: nothing is lost, WhatsApp shows nothing twice, no row hangs."""
    who: tuple[tuple[Borrower, Any, int], ...] = (
        (town.awa, town.network.twilio, 1), (town.karim, town.network.telegram, 2)
    )  # fmt: skip
    for number in range(times * len(DOUBTS)):
        for person, net, most in who:
            net.faults.add(DOUBTS[number % len(DOUBTS)](), when=sends)
            await person.says("mes prêts")
            await town.passes(DOUBTS_SETTLE)
            assert 1 <= len(person.heard) <= most, (number, person.name)
    hangs = sa.text("SELECT id, state FROM outbox WHERE state IN ('pending', 'sending', 'retrying')")
    assert await town.service.store.rows(hangs) == []


async def test_every_doubt_ends(town: Town) -> None:
    await doubtful(town, 1)


@pytest.mark.slow
@pytest.mark.timeout(3600)
async def test_every_doubt_ends_a_hundred_times(town: Town) -> None:
    await doubtful(town, 100)


# --- the log ---------------------------------------------------------------------------------------------


async def test_the_log_of_a_bad_day_names_nobody(town: Town) -> None:
    """Loans, faults and hostile requests at INFO: no secret, no full number, no word of anybody."""
    twilio, telegram = town.network.twilio, town.network.telegram
    lines = io.StringIO()
    with logging_given_back():
        logs.set_up("json", "info", secrets=[twilio.auth_token, telegram.token, WEBHOOK_SECRET], stream=lines)
        await town.sam.says("/pret PERC-001 +33612345678 vendredi 18h")
        await town.awa.says("RENDU parole secrète")
        town.awa.looks()
        await doubtful(town, 1)
        await hostile(town, 100)
    told = lines.getvalue()
    assert told.count("\n") > 5
    shown = ("612345678", "parole", "Perceuse", twilio.auth_token, telegram.token, WEBHOOK_SECRET, twilio.account_sid)
    assert [word for word in shown if word in told] == []
