"""What the tests of the jobs share: a furnished desk, and channels that do as they are told."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from bot.channels.base import Outgoing
from bot.core.delivery import Accepted, Outcome
from bot.core.loans import Loan, LoanState
from bot.core.messages import Done, LoanCreated, Message, Overdue, ReminderDay1, ReminderDueDay
from bot.core.people import Consent, Role
from bot.store import Store, Tx
from bot.store import tables as t
from bot.store.outbox_rows import Line
from handlers.planning import plan
from handlers.showing import line
from jobs.deliver import Deliver
from tests.town import TownClock

GROUP = "-1001234500001"
AWA, AWA_SMS, KARIM = "+33612345678", "+33612345678", "700100003"
DOMINIQUE = "700100002"


@dataclass
class Call:
    """One call of a channel."""

    address: str
    text: str
    op: str
    target: str | None
    at: datetime
    real: datetime
    content_sid: str | None = None


class Scripted:
    """A channel that answers what the test has lined up, and `Accepted` when nothing is."""

    shows_buttons = True
    longest = 4096

    def __init__(self, name: str) -> None:
        self.name = name
        self.sender = f"desk-{name}"
        self.calls: list[Call] = []
        self.outcomes: list[Outcome | BaseException] = []
        self.whenever: Callable[[Outgoing], Outcome | None] = lambda out: None
        self.found: list[list[str] | Literal["unknown"]] = []
        self.asked: list[str] = []
        self.gate: asyncio.Event | None = None  # calls wait here
        self.clock: TownClock | None = None
        self.answers_no_question = False

    async def carry(self, out: Outgoing) -> Outcome:
        assert self.clock is not None
        self.calls.append(
            Call(
                out.address, out.words.text, out.op, out.target, self.clock.now(), self.clock.real(),
                out.words.content_sid,
            )
        )  # fmt: skip
        if self.gate is not None:
            await self.gate.wait()
        answer = self.whenever(out) or (self.outcomes.pop(0) if self.outcomes else None)
        if isinstance(answer, BaseException):
            raise answer
        return answer or Accepted(f"{self.name}-{len(self.calls)}")

    async def find(self, out: Outgoing, since: datetime) -> list[str] | Literal["unknown", "never"]:
        self.asked.append(out.ref)
        if self.answers_no_question:
            return "never"
        return self.found.pop(0) if self.found else "unknown"

    async def close(self) -> None: ...

    async def reached(self, calls: int) -> None:
        """Until so many calls have been made."""
        while len(self.calls) < calls:  # noqa: ASYNC110 (asked for by many tests, each once)
            await asyncio.sleep(0.001)

    @property
    def chats(self) -> list[str]:
        return [call.address for call in self.calls]


@dataclass(frozen=True)
class Furniture:
    """Numbers of what `furnish` has made."""

    desk: int
    awa: int
    awa_whatsapp: int
    karim: int
    karim_telegram: int
    items: tuple[int, ...]


def furnish(tx: Tx) -> Furniture:
    """A desk with a group, an admin who can be reached, Awa on WhatsApp, Karim on Telegram, six things."""
    desk = tx.departments.add(name="Prêt", zone=ZoneInfo("Europe/Paris"), language="fr", chat=GROUP)
    tx.departments.set_rule(desk.id, "try_outside", True)
    tx.people.give_role(DOMINIQUE, desk.id, Role.ADMIN, "Dominique")
    add_person(tx, desk.id, "Dominique", "telegram", DOMINIQUE)
    awa, awa_whatsapp = add_person(tx, desk.id, "Awa", "whatsapp", AWA)
    karim, karim_telegram = add_person(tx, desk.id, "Karim", "telegram", KARIM)
    items = tuple(tx.items.add(desk.id, f"OBJ-{n}", f"Objet {n}").id for n in range(6))
    return Furniture(desk.id, awa, awa_whatsapp, karim, karim_telegram, items)


def add_person(tx: Tx, desk: int, name: str, channel: str, value: str) -> tuple[int, int]:
    """Somebody who agreed: (contact, address)."""
    made = tx.people.add(name, desk)
    known = tx.people.add_address(made.id, channel, value, verified_by="attested", consent=Consent.ATTESTED)
    return made.id, known.id


def lend(tx: Tx, desk: Furniture, item: int, due_at: datetime, *, to: int, planned: bool = True) -> Loan:
    loan = tx.loans.add(
        item_id=desk.items[item], contact_id=to, department_id=desk.desk, state=LoanState.ACTIVE, due_at=due_at,
        who="test",
    )  # fmt: skip
    if planned:
        plan(tx, loan)
    return loan


@dataclass
class Post:
    """The way out, and what a test looks at."""

    store: Store
    clock: TownClock
    channels: dict[str, Scripted]
    deliver: Deliver
    desk: Furniture
    count: int = field(default=0)

    def __post_init__(self) -> None:
        for channel in self.channels.values():
            channel.clock = self.clock

    @property
    def whatsapp(self) -> Scripted:
        return self.channels["whatsapp"]

    @property
    def telegram(self) -> Scripted:
        return self.channels["telegram"]

    @property
    def sms(self) -> Scripted:
        return self.channels["sms"]

    # --- time ---------------------------------------------------------------------------------------

    def passes(self, length: timedelta) -> None:
        self.clock.move_to(self.clock.now() + length)

    async def turn(self) -> datetime | None:
        """One turn, and all calls in flight carried out."""
        again = await self.deliver.turn()
        while await self.deliver.carried(2):
            pass
        return again

    async def turns(self, seconds: float, step: float = 1.0) -> None:
        """A turn every `step` for that long."""
        for _ in range(int(seconds / step)):
            self.passes(timedelta(seconds=step))
            await self.turn()

    # --- what is in the outbox ----------------------------------------------------------------------

    async def put(
        self, message: Message | None = None, *, to: str = AWA, channel: str = "whatsapp", **more: Any
    ) -> int:
        """A message of the clock's to a person (an answer of a person's when `begun_by` says so)."""
        self.count += 1
        values: dict[str, Any] = {
            "message": message or Done("noted"), "language": "fr", "channel": channel, "chat": to,
            "key": f"key:{self.count}", "about": (message or Done("noted")).about, "begun_by": "clock", "priority": 2,
            "department_id": self.desk.desk,
        }  # fmt: skip
        if to == AWA and channel == "whatsapp":
            values |= {"contact_id": self.desk.awa, "address_id": self.desk.awa_whatsapp}
        if to == KARIM:
            values |= {"contact_id": self.desk.karim, "address_id": self.desk.karim_telegram}
        made = await self.store.write(_put, Line(**(values | more)))
        assert made is not None
        return made

    async def row(self, number: int) -> Any:
        [found] = await self.store.rows(sa.select(t.outbox).where(t.outbox.c.id == number))
        return found

    async def state(self, number: int) -> str:
        return str((await self.row(number)).state)

    async def rows(self, **wanted: object) -> list[Any]:
        query = sa.select(t.outbox).order_by(t.outbox.c.id)
        for name, value in wanted.items():
            query = query.where(t.outbox.c[name] == value)
        return list(await self.store.rows(query))

    async def loan(self, item: int = 0, *, due_in: timedelta = timedelta(days=4), to: int | None = None) -> Loan:
        due = self.clock.now() + due_in
        found: Loan = await self.store.write(_lend, self.desk, item, due, to or self.desk.awa)
        return found

    async def reminder(self, loan: Loan, kind: type[ReminderDay1 | ReminderDueDay] = ReminderDay1, **more: Any) -> int:
        message = kind(item=loan.item, due_at=loan.due_at, number=loan.number, place="")
        return await self.put(message, loan_id=loan.id, **more)

    async def overdue(self, *loans: Loan, **more: Any) -> int:
        message = Overdue(tuple(line(loan, self.clock.now()) for loan in loans), 0, 1, "", "", "")
        return await self.put(message, loan_ids=[loan.id for loan in loans], **more)

    def created(self, loan: Loan) -> LoanCreated:
        example: dict[str, Any] = LoanCreated.example
        return LoanCreated(**(example | {"item": loan.item, "due_at": loan.due_at}))


def _put(tx: Tx, row: Line) -> int | None:
    return tx.outbox.put(row)


def _lend(tx: Tx, desk: Furniture, item: int, due_at: datetime, to: int) -> Loan:
    return lend(tx, desk, item, due_at, to=to, planned=False)
