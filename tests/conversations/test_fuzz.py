"""Anybody may send anything, at any time: the desk stays whole, answers, or has a reason to be silent.

The steps are drawn once and always alike; one town lives through all of them, by its real doors and with real
signatures. After each step nothing was logged as an error, no letter is parked, and the tables agree with each other.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs

from bot.core.intents import COMMANDS
from bot.sandbox.message import Attachment, Message
from bot.sandbox.telegram_chats import Person
from handlers import CHOICES
from tests.simulation.truth import TABLES
from tests.town import OnPhone, Town

STEPS = 220
Where = Literal["private", "group"]

# --- what is sent ------------------------------------------------------------------------------------

ODD = st.one_of(
    st.text(max_size=40),
    st.sampled_from(
        ["", " ", "\x00", "\ud83d", "\u202eRENDU", "Ａ１", "{{7*7}}", "%s%n", "<b>x</b>", "'; DROP TABLE loan;--",
         "=1+1", "https://x.example/?a=b", "_*[]()~`>#", "0" * 300, "é" * 5000, "\u200b", "👍🏿", "1e999", "-1", "NaN",
         "/", "@"]
    ),
)  # fmt: skip
PIECES = st.sampled_from(
    "rendu prolonger pret PERC-001 VP-001 TENTE-001 perceuse Awa Karim demain vendredi 18h lundi 2 1 9 99 tout stop "
    "start aide oui non annuler quitus solde paye 12,50 probleme langue en fr rappels reserver pause contact merci "
    "+33612345678 06 12 27/11 -3 jours 24/12 → 02/01 ajouter off on 21:00-08:00 TOWN-2026 0 SCIE-9 aujourd'hui".split()
)
WORDS = st.lists(PIECES, min_size=1, max_size=5).map(" ".join)
COMMAND = st.sampled_from(sorted({f"/{name}" for row in COMMANDS for name in (row.fr, row.en)}))
TEXT = st.one_of(WORDS, ODD, st.tuples(COMMAND, st.one_of(st.just(""), WORDS, ODD)).map(" ".join), COMMAND)
ARGS = st.one_of(st.integers(-1, 40), st.sampled_from([2**31, 2**63, "all", "fr", "", "x|y", "quiet_from"]), ODD)
PAYLOAD = st.one_of(
    ODD,
    st.tuples(st.sampled_from(sorted(CHOICES)), st.lists(ARGS, max_size=3)).map(
        lambda made: "|".join([made[0], *map(str, made[1])])
    ),
)
JSON: st.SearchStrategy[Any] = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(-(2**65), 2**65), ODD, st.floats(allow_nan=False, allow_infinity=False)
    ),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=6), inner, max_size=3)),
    max_leaves=8,
)
FIELDS = st.sampled_from(
    "message_id from chat text date sender_chat photo voice contact location entities reply_to_message caption "
    "forward_origin new_chat_members migrate_to_chat_id message_thread_id data message id".split()
)
UPDATE = st.tuples(
    st.sampled_from(["message", "edited_message", "callback_query", "my_chat_member"]),
    st.dictionaries(FIELDS, JSON, max_size=6),
)
KINDS = st.sampled_from(
    "text text text text press press press real real number media reply edit forward anonymous contact location bot "
    "update form blocks time".split()
)

FILES = (("photo", "image/jpeg"), ("voice", "audio/ogg"), ("document", "application/pdf"), ("sticker", "image/webp"))


@dataclass(frozen=True, slots=True)
class Step:
    who: int
    kind: str
    where: Where
    text: str
    payload: str
    number: int
    update: tuple[str, dict[str, Any]]


STEP = st.builds(
    Step, who=st.integers(0, 5), kind=KINDS, where=st.sampled_from(["private", "private", "group"]), text=TEXT,
    payload=PAYLOAD, number=st.integers(0, 10_000), update=UPDATE,
)  # fmt: skip


def in_a_form(text: str) -> str:
    """What Twilio's forms can hold: bytes of UTF-8. Telegram's JSON holds half of a pair as well."""
    return text.encode(errors="replace").decode()


def drawn(count: int, strategy: st.SearchStrategy[Any] = STEP) -> list[Any]:
    """So many examples, the same in every run."""
    found: list[Any] = []

    @settings(
        derandomize=True, max_examples=count, database=None, phases=[Phase.generate], deadline=None,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(strategy)
    def collect(step: Any) -> None:
        found.append(step)

    collect()
    return found


# --- who sends it ------------------------------------------------------------------------------------


class Crowd:
    """Everybody in the town, strangers included, each able to take any step."""

    def __init__(self, town: Town) -> None:
        self.town = town
        net = town.network.telegram
        self.phones: list[OnPhone] = [
            town.awa, town.phone("+33612345679", "Binta", "sms"), town.phone("+221771234561", "", "whatsapp")
        ]  # fmt: skip
        self.accounts: list[Person] = [
            town.sam.account, town.dominique.account, town.passant.account, town.karim.account,
            net.person(700_100_050, "Zoé <b>"),
        ]  # fmt: skip
        self.kinds: dict[str, Callable[[Step], Awaitable[None]]] = {
            "text": self.text, "press": self.press, "real": self.real, "number": self.number, "media": self.media,
            "reply": self.reply, "edit": self.edit, "forward": self.forward, "anonymous": self.anonymous,
            "contact": self.contact, "location": self.location, "bot": self.bot, "update": self.update,
            "form": self.form, "blocks": self.blocks, "time": self.time,
        }  # fmt: skip

    async def takes(self, step: Step) -> None:
        await self.kinds[step.kind](step)

    def phone(self, step: Step) -> OnPhone | None:
        """Half of all that is private comes by telephone."""
        return self.phones[step.number % len(self.phones)] if step.where == "private" and step.who < 3 else None

    def account(self, step: Step) -> Person:
        return self.accounts[step.who % len(self.accounts)]

    async def says(self, step: Step, text: str) -> None:
        phone = self.phone(step)
        if phone is not None:
            await phone.phone.says(in_a_form(text))
        else:
            await self.writes(step, text)

    async def writes(self, step: Step, text: str, **more: Any) -> Message:
        account = self.account(step)
        if account.blocked:
            await account.unblocks()
        return await account.says(text, chat=self.town.group.chat if step.where == "group" else None, **more)

    # --- the steps -----------------------------------------------------------------------------------

    async def text(self, step: Step) -> None:
        await self.says(step, step.text)

    async def number(self, step: Step) -> None:
        await self.says(step, str(step.number % 9))

    async def press(self, step: Step) -> None:
        phone = self.phone(step)
        if phone is not None:
            await phone.phone.says("x", more={"ButtonText": "x", "ButtonPayload": in_a_form(step.payload)})
        else:
            await self.presses(step, step.payload)

    async def real(self, step: Step) -> None:
        """A button that hangs somewhere, pressed by anybody, perhaps long after."""
        places = [self.town.group.chat, *(account.private for account in self.accounts)]
        buttons = [b.payload for chat in places for m in chat.heard for row in m.buttons for b in row]
        if buttons:
            await self.presses(step, buttons[-1 - step.number % len(buttons)])

    async def presses(self, step: Step, payload: str) -> None:
        account = self.account(step)
        heard = self.town.group.chat.heard if step.where == "group" else account.private.heard
        if heard:
            carried = payload.replace("\x00", "") or "x"  # a button of ours carries data, which no NUL can be part of
            await account.presses(heard[step.number % len(heard)], carried)

    async def media(self, step: Step) -> None:
        kinds = (
            ("photo", "image/jpeg"),
            ("voice", "audio/ogg"),
            ("document", "application/pdf"),
            ("sticker", "image/webp"),
        )
        kind, mime = kinds[step.number % len(kinds)]
        one = Attachment(kind, mime, b"\xff\xd8\xff" + bytes(step.number % 50))
        phone = self.phone(step)
        if phone is not None:
            await phone.phone.says(in_a_form(step.text), media=[one])
        else:
            account = self.account(step)
            if account.blocked:
                await account.unblocks()
            chat = self.town.group.chat if step.where == "group" else None
            await account.sends(one, step.text[:900], chat=chat)

    async def reply(self, step: Step) -> None:
        heard = self.town.group.chat.heard
        if heard:
            account = self.account(step)
            await account.says(step.text, chat=self.town.group.chat, reply_to=heard[step.number % len(heard)])

    async def edit(self, step: Step) -> None:
        message = await self.writes(step, step.text)
        await self.account(step).edits(message, step.payload)

    async def forward(self, step: Step) -> None:
        await self.writes(step, step.text, forwarded=True)

    async def anonymous(self, step: Step) -> None:
        await self.account(step).says(step.text, chat=self.town.group.chat, anonymous=True)

    async def contact(self, step: Step) -> None:
        account = self.account(step)
        if not account.blocked:
            await account.shares_contact("+33612345678", user_id=(account.id, 0, 700_100_001)[step.number % 3])

    async def location(self, step: Step) -> None:
        account = self.account(step)
        if not account.blocked:
            await account.shares_location(48.85, 2.35)

    async def bot(self, step: Step) -> None:
        """Another bot speaks in the group."""
        chat = self.town.group.chat
        said = chat.as_json(chat.write(step.text, self.town.clock.now(), mine=True, author_id=5, author="Robot"))
        said["from"] = {"id": 5, "is_bot": True, "first_name": "Robot", "username": "other_bot"}
        await self.town.network.telegram.tell("message", f"chat:{chat.id}", said)

    async def update(self, step: Step) -> None:
        """An update of odd shape: not what Telegram sends, but signed all the same."""
        kind, content = step.update
        await self.town.network.telegram.tell(kind, "odd", content)

    async def form(self, step: Step) -> None:
        """A form with fields that do not fit together."""
        more = {"NumMedia": step.payload, "Latitude": step.text, "OptOutType": step.payload, "ProfileName": step.text}
        written = {name: in_a_form(value[:500]) for name, value in more.items()}
        await self.phones[step.number % 3].phone.says(in_a_form(step.text), more=written)

    async def blocks(self, step: Step) -> None:
        account = self.account(step)
        await (account.unblocks() if account.blocked else account.blocks())

    async def time(self, step: Step) -> None:
        await self.town.passes(timedelta(hours=step.number % 30))


# --- what must hold ----------------------------------------------------------------------------------

WAITS = sa.text("SELECT id, channel, error FROM inbox WHERE state <> 'done' OR tries > 0")
SAID = sa.text("SELECT count(*) FROM outbox WHERE chat = :chat AND id > :after")
LAST = sa.text("SELECT coalesce(max(id), 0) FROM outbox")


async def holds(town: Town, events: list[Any]) -> None:
    loud = [event for event in events if event["log_level"] in ("error", "critical")]
    assert loud == []
    assert town.network.telegram.updates.last_error == ""
    assert [m.text for phone in town.network.twilio.phones for m in phone.chat if m.mine and m.status == "lost"] == []
    store = town.service.store
    assert await store.rows(WAITS) == []
    for name, query in TABLES.items():
        found = await store.rows(query, {"now": town.clock.now(), "leases": town.clock.now() - timedelta(minutes=1)})
        assert found == [], (name, found)


# Steps of a person alone with the desk that get an answer whatever they carry, and what is silent for a reason: what
# is said in the group without being for the desk, other bots, odd updates, blocking, and time that passes.
ANSWERED = ("text", "number", "press", "media", "forward", "edit", "contact", "location")


def wordless(step: Step) -> bool:
    """Whether nothing is left of the words at the border: nothing was said. Telegram carries no such message, and on
    WhatsApp it is what reactions and the like look like, which nobody expects an answer to."""
    said = step.text + (step.payload if step.kind == "edit" else "")
    return not said.encode(errors="ignore").decode().replace("\0", "").strip()


async def answered(town: Town, crowd: Crowd, step: Step, after: int) -> bool:
    """Whether there was an answer to this person, or need not be."""
    if step.kind not in ANSWERED or (step.where == "group" and step.kind not in ("contact", "location")):
        return True
    phone = crowd.phone(step) if step.kind not in ("contact", "location", "forward", "edit") else None
    chat = phone.phone.number if phone is not None else str(crowd.account(step).id)
    if phone is None and (crowd.account(step).blocked or (step.kind == "press" and not crowd.account(step).heard)):
        return True
    if step.kind in ("text", "forward", "edit") and wordless(step):
        return True
    [row] = await town.service.store.rows(SAID, {"chat": chat, "after": after})
    return int(row[0]) > 0


async def lives_through(town: Town, steps: list[Step]) -> None:
    crowd = Crowd(town)
    await town.sam.says("/pret PERC-001 Awa vendredi 18h")
    await town.sam.says("/pret VP-001 Karim demain 18h")
    for number, step in enumerate(steps):
        [before] = await town.service.store.rows(LAST)
        with capture_logs() as events:
            try:
                await crowd.takes(step)
                await town.settle()
                await holds(town, events)
                assert await answered(town, crowd, step, before[0])
            except Exception as error:
                raise AssertionError(f"step {number}: {step}") from error


@pytest.mark.thorough
async def test_anything_from_anybody(sqlite_migrated_url: str) -> None:
    async with Town(sqlite_migrated_url) as town:
        await lives_through(town, drawn(STEPS))


@pytest.mark.slow
@pytest.mark.timeout(3600)
async def test_anything_from_anybody_for_long(sqlite_migrated_url: str) -> None:
    async with Town(sqlite_migrated_url) as town:
        await lives_through(town, drawn(10_000))
