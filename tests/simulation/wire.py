"""The way out and in of a simulated desk: channels in process that answer as the weather has it, and write down what
they were asked to carry. What arrives at somebody's is known for certain here, whatever the desk was told of it."""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Literal

from bot.channels.base import Outgoing
from bot.core.delivery import Accepted, Down, Failed, Later, Outcome, Refused, Unsure
from bot.core.inbound import Inbound, Item, Letter, Receipt
from tests.town import TownClock

CHANNELS = ("whatsapp", "sms", "telegram")


class StandingClock(TownClock):
    """Both clocks stand until somebody rests: then both go on to the end of that rest, and rests do not add up."""

    async def rest(self, seconds: float) -> None:
        until = self._at + timedelta(seconds=seconds)
        await asyncio.sleep(0)
        self.move_to(until)


@dataclass(frozen=True, slots=True)
class Carry:
    """One call of a channel: what, where, when; whether it arrived, and what the desk was told."""

    ref: str
    op: str
    channel: str
    chat: str
    at: datetime
    arrived: bool
    told: str  # the outcome's name; "" when the desk died before it was told


@dataclass
class Weather:
    """What the providers do. Shares of all calls; the rest is accepted."""

    rng: random.Random
    failed: float = 0.0
    doubtful: float = 0.0  # half of these arrived
    throttled: float = 0.0
    refused: float = 0.0
    down: set[str] = field(default_factory=set)
    mute: bool = False  # calls arrive or not, and are never answered: what a process meets that dies

    def answer(self, provider_id: str) -> tuple[Outcome, bool]:
        """What the desk is told, and whether it arrived."""
        dice = self.rng.random()
        if dice < self.failed:
            return Failed("server error", "500"), False
        if dice < self.failed + self.doubtful:
            return Unsure("the line broke"), self.rng.random() < 0.5
        if dice < self.failed + self.doubtful + self.throttled:
            return Later("too many requests", timedelta(seconds=30)), False
        if dice < self.failed + self.doubtful + self.throttled + self.refused:
            return Refused("message not taken", "21612", "road"), False
        return Accepted(provider_id), True


@dataclass
class Wire:
    """A channel. `arrived` is what lies on people's telephones: ref → how often."""

    name: str
    clock: TownClock
    weather: Weather
    carries: list[Carry] = field(default_factory=list)
    arrived: dict[str, str] = field(default_factory=dict)
    buttons: dict[str, str] = field(default_factory=dict)  # payload → the message it hangs on
    shown: int = 0
    longest: int = 4096

    def __post_init__(self) -> None:
        self.sender = f"desk-{self.name}"
        self.shows_buttons = self.name == "telegram"

    async def carry(self, out: Outgoing) -> Outcome:
        self.shown += 1
        provider_id = f"{out.address}:{self.name}-{self.shown}"
        if self.name in self.weather.down:
            self._note(out, False, "Down")
            return Down("connection refused")
        outcome, arrived = self.weather.answer(provider_id)
        if arrived:
            self._arrives(out, provider_id)
        if self.weather.mute:
            self._note(out, arrived, "")
            await asyncio.Event().wait()
        self._note(out, arrived, type(outcome).__name__)
        return outcome

    def _note(self, out: Outgoing, arrived: bool, told: str) -> None:
        self.carries.append(Carry(out.ref, out.op, self.name, out.address, self.clock.now(), arrived, told))

    def _arrives(self, out: Outgoing, provider_id: str) -> None:
        self.arrived[out.ref] = provider_id
        for row in out.words.buttons:
            self.buttons.update({button.payload: out.target or provider_id for button in row})

    async def find(self, out: Outgoing, since: datetime) -> list[str] | Literal["unknown"]:
        if self.name in self.weather.down:
            return "unknown"
        return [self.arrived[out.ref]] if out.ref in self.arrived else []

    async def close(self) -> None: ...

    # --- the way in ---------------------------------------------------------------------------------

    def receipt(self, ref: str) -> Letter:
        """The provider says that a message has reached the telephone."""
        said: dict[str, object] = {"ref": ref, "provider_id": self.arrived[ref]}
        return Letter(self.name, "receipt", f"delivered:{ref}", self.sender, f"receipt:{ref}", said)


@dataclass
class Ear:
    """What a letter says is what the person's hand has put into it."""

    def read(self, letter: Letter) -> list[Item]:
        said: dict[str, Any] = dict(letter.payload)
        if letter.kind == "receipt":
            return [Receipt(letter.channel, said["provider_id"], "delivered", outbox_ref=said["ref"])]
        return [replace(Inbound(letter.channel, letter.provider_id, letter.sender, "", ""), **said)]


def letter(channel: str, number: int, address: str, text: str, **more: Any) -> Letter:
    """What somebody writes or presses, as a door would put it into the inbox."""
    said = {"address": address, "chat": address, "text": text} | more
    return Letter(channel, "message", f"{channel}-in-{number}", f"desk-{channel}", address, said)
