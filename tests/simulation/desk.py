"""A desk lived through in fast time: real store, real jobs, people drawn from a seed.

Only the providers are stand-ins (`wire`), and only the clock is ours. After each step everything a channel was asked
to carry, and everything that was owed by then, is held against `truth`.
"""

from __future__ import annotations

import asyncio
import heapq
import random
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from bot.core.delivery import Refused
from bot.core.inbound import Letter
from bot.core.loans import Loan, LoanState
from bot.core.people import Consent, Role
from bot.store import INBOX, OUTBOX, PLANNED, Store, Tx
from bot.store import tables as t
from handlers.planning import plan as lay
from jobs import PERIODIC
from jobs.answer import Answer, Ears
from jobs.deliver import Deliver
from jobs.remind import Remind
from jobs.runner import Runner
from tests.simulation.truth import Lent, Truth
from tests.simulation.wire import CHANNELS, Carry, Ear, StandingClock, Weather, Wire, letter
from tests.town import words_of_the_house

LEASES_RUN_OUT = 181.0  # seconds
CALLS = 0.05  # seconds of real time that calls in flight are waited for before a look around
TICKS = timedelta(hours=12)  # the periodic jobs only repair, nudge and tidy: a run late by hours changes no reminder
PATIENCE = timedelta(minutes=10)  # between two looks at a desk that has a channel down
ASKED = timedelta(minutes=30)  # providers are asked after silent messages at full half hours: half of all steps else
ZONES = ("Europe/Paris", "Africa/Dakar", "America/Toronto")


@dataclass(frozen=True, slots=True)
class Desk:
    """A department: its number, zone, group and the member of staff who does the work."""

    id: int
    zone: ZoneInfo
    chat: str
    staff: str


@dataclass(frozen=True, slots=True)
class Person:
    """A borrower. `typed` is what staff write for them."""

    id: int
    typed: str
    channel: str
    chat: str
    desk: Desk


@dataclass(order=True)
class Act:
    """Something that will be done at an instant."""

    at: datetime
    number: int
    do: Callable[[], Awaitable[None]] = field(compare=False)


@dataclass(frozen=True, slots=True)
class Habits:
    """How people and providers are, and for how long. Lengths in days; shares of all loans."""

    people: int = 60
    zones: tuple[str, ...] = ZONES
    days: int = 60
    loans_each: float = 0.04  # a day
    same_day: float = 0.25
    longer: float = 0.15
    late: float = 0.3
    never_back: float = 0.02
    contested: float = 0.05
    stops: float = 0.1  # of all people, in the whole time
    channels: tuple[str, ...] = ("whatsapp", "sms", "whatsapp", "telegram")
    trouble_every: float = 2.0  # days between two mishaps; 0: none at all, and every reminder leaves on time


class Simulation:
    """One desk, its people and its mishaps, from a seed."""

    def __init__(self, url: str, seed: int, habits: Habits, start: datetime) -> None:
        self.rng = random.Random(seed)
        self.habits = habits
        self.clock = StandingClock(start)
        self.start = self.clock.now()
        # At an hour at which no desk has quiet hours, and not on it: what falls due there leaves one a second.
        self.end = self.start + timedelta(days=habits.days, hours=18, minutes=5)
        self.weather = Weather(random.Random(seed + 1))
        self.wires = {name: Wire(name, self.clock, self.weather) for name in CHANNELS}
        self.patience = PATIENCE
        self.truth = Truth(prompt=not habits.trouble_every)
        self.done: Counter[str] = Counter()
        self.carries: list[Carry] = []
        self._url = url
        self._folder = Path(str(sa.make_url(url).database)).parent  # the backups lie beside the database
        self._acts: list[Act] = []
        self._number = 0
        self._checked = dict.fromkeys(CHANNELS, 0)
        self._tables_at = self.start
        self._newest_loan = 0

    # --- life ----------------------------------------------------------------------------------------

    async def open(self) -> None:
        """The process starts."""
        self.store = await Store.open(self._url, self.clock)
        self.store.desk.data_dir = self._folder
        self.store.desk.roads.update({name: wire.sender for name, wire in self.wires.items()})
        self.deliver = Deliver(self.store, self.wires, words_of_the_house())
        judges = dict.fromkeys(CHANNELS, lambda code: Refused("not delivered", code, "road"))
        self.remind = Remind(self.store)
        self._jobs: dict[str, tuple[str, Any]] = {
            "answer": (INBOX, Answer(self.store, Ears(dict.fromkeys(CHANNELS, Ear()), judges))),
            "remind": (PLANNED, self.remind),
            "deliver": (OUTBOX, self.deliver),
        }
        self._again: dict[str, datetime | None] = dict.fromkeys(self._jobs, self.clock.now())
        self._tick_at = self.clock.now()
        self.runner = Runner(self.store, {}, PERIODIC, ZoneInfo("Europe/Paris"))

    async def wakes(self) -> None:
        """It starts again: what is due by now is done at once, not when the clock next moves."""
        await self.open()
        await self.settle()

    async def close(self) -> None:
        await self.deliver.stop()
        await self.store.close()

    async def killed(self) -> None:
        """The process says what is due, dies with those calls in flight, and a new one starts when their leases have
        run out."""
        self.weather.mute = True
        await self.remind.turn()
        await self.deliver.turn()
        await asyncio.sleep(0.05)
        tasks = [task for task in asyncio.all_tasks() if task.get_name().startswith("deliver:")]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self.store.close()
        self.weather.mute = False
        await self.clock.rest(LEASES_RUN_OUT)
        await self.open()

    # --- furniture -----------------------------------------------------------------------------------

    async def furnish(self) -> None:
        self.desks = await self.store.write(_desks, self.habits)
        self.people = await self.store.write(_people, self.desks, self.habits)
        self.codes = await self.store.write(_items, self.desks, self.habits.people)
        self.truth.zones = {person.chat: person.desk.zone for person in self.people}

    # --- time ----------------------------------------------------------------------------------------

    def plan(self, at: datetime, do: Callable[[], Awaitable[None]]) -> None:
        self._number += 1
        heapq.heappush(self._acts, Act(at, self._number, do))

    async def run(self) -> None:
        """All that was planned, and all that follows from it, until the end."""
        while self._acts and self._acts[0].at <= self.end:
            act = heapq.heappop(self._acts)
            await self.move_to(act.at)
            await act.do()
        await self.move_to(self.end)

    async def move_to(self, at: datetime) -> None:
        """On to an instant, stopping at each where something is planned or may leave."""
        while (now := self.clock.now()) < at:
            self.clock.move_to(min((x for x in self._ahead(now) if now < x < at), default=at))
            await self.settle()

    def _ahead(self, now: datetime) -> Iterator[datetime]:
        yield self._tick_at
        for name, again in self._again.items():
            # While a channel is down it is probed every ten seconds: nothing else is to be seen there.
            if again is not None:
                yield max(again, now + self.patience) if name == "deliver" and self.weather.down else again

    async def settle(self) -> None:
        """Everything that is due is done: each job turns while its bell rings or its instant has come."""
        self.done["steps"] += 1
        now = self.clock.now()
        if now >= self._tick_at:
            self._tick_at = now.replace(minute=0, second=0, microsecond=0) + TICKS
            await self.runner.tick()
        while await self._turns():
            await self._look()
        await self._look()
        if now - self._tables_at > timedelta(days=1):
            self._tables_at = now
            await self.truth.check_tables(self.store, now)
            self._holds()

    async def _turns(self) -> bool:
        """Whether any job had something to do."""
        turned = False
        for name, (bell, job) in self._jobs.items():
            again = self._again[name]
            if await self.store.bells.wait(bell, 0) or (again is not None and again <= self.clock.now()):
                self._again[name] = await job.turn()
                turned = True
        self._again["deliver"] = await self._next_out()
        return await self.deliver.carried(CALLS) or turned

    async def _next_out(self) -> datetime | None:
        """When the next message may leave or is to be asked after."""
        at, look = await self.store.outgoing(after=self.clock.now())
        asked = look and look + (self.start - look) % ASKED
        return min((found for found in (at, asked) if found is not None), default=None)

    async def _look(self) -> None:
        fresh: list[Carry] = []
        for name, wire in self.wires.items():
            fresh += wire.carries[self._checked[name] :]
            self._checked[name] = len(wire.carries)
        self.carries += fresh
        await self.truth.check(self.store, fresh, self.clock.now())
        self._holds()

    def _holds(self) -> None:
        assert self.truth.faults == [], "\n".join(self.truth.faults[:10])

    # --- hands ---------------------------------------------------------------------------------------

    async def hears(self, *letters: Letter) -> None:
        await self.store.put(list(letters))
        await self.settle()

    def writes(self, person: Person, text: str) -> Letter:
        self._number += 1
        return letter(person.channel, self._number, person.chat, text)

    def staff_writes(self, desk: Desk, text: str) -> Letter:
        self._number += 1
        return letter("telegram", self._number, desk.staff, text, chat=desk.chat, group=True)

    def staff_presses(self, desk: Desk, payload: str) -> Letter:
        self._number += 1
        on_message = self.wires["telegram"].buttons.get(payload)
        return letter(
            "telegram", self._number, desk.staff, "", chat=desk.chat, group=True, payload=payload,
            press_id=f"press-{self._number}", on_message=on_message,
        )  # fmt: skip

    async def new_loan(self, person: Person) -> Lent | None:
        """The loan that has just been made for somebody; None when there is none."""
        rows = await self.store.rows(
            sa.select(t.loan).where(t.loan.c.id > self._newest_loan, t.loan.c.contact_id == person.id)
        )
        if not rows:
            return None
        [row] = rows
        self._newest_loan = row.id
        loan = Lent(row.id, row.number, person.id, person.desk.zone, row.lent_at, row.due_at)
        self.truth.lent(loan)
        return loan

    async def lends(self, dues: Sequence[datetime]) -> list[Lent]:
        """A loan to each person in turn, due then, made at one go and without a word to anybody."""
        rows = await self.store.write(_lend, list(zip(self.people, dues, strict=False)), self.codes)
        for loan, person in zip(rows, self.people, strict=False):
            self.truth.lent(Lent(loan.id, loan.number, person.id, person.desk.zone, loan.lent_at, loan.due_at))
        return [self.truth.loans[loan.id] for loan in rows]

    async def row_of(self, loan: Lent) -> Any:
        [row] = await self.store.rows(sa.select(t.loan).where(t.loan.c.id == loan.id))
        return row

    async def figures(self) -> None:
        """The ends are tied up: nothing waits, and the log agrees with what arrived."""
        await self.truth.check_tables(self.store, self.clock.now(), calm=True)
        await self.truth.check_figures(self.store, self.carries)
        self._holds()


# --- in the transaction ------------------------------------------------------------------------------


def _desks(tx: Tx, habits: Habits) -> list[Desk]:
    made = []
    for number, zone in enumerate(habits.zones):
        chat, staff = f"-10020000{number:02}", f"8002000{number:02}"
        desk = tx.departments.add(name=f"Desk {number}", zone=ZoneInfo(zone), language="fr", chat=chat)
        tx.departments.set_rule(desk.id, "try_outside", True)
        tx.people.give_role(staff, desk.id, Role.ADMIN, f"Sam {number}")
        made.append(Desk(desk.id, ZoneInfo(zone), chat, staff))
    return made


def _people(tx: Tx, desks: list[Desk], habits: Habits) -> list[Person]:
    made = []
    for number in range(habits.people):
        desk = desks[number % len(desks)]
        channel = habits.channels[number % len(habits.channels)]
        chat = str(900_000_000 + number) if channel == "telegram" else f"+33612{number:06}"
        contact = tx.people.add(f"Person {number}", desk.id)
        known = tx.people.add_address(
            contact.id, channel, chat, verified_by="attested", consent=Consent.ATTESTED, attested_by="Sam"
        )
        if channel == "telegram":
            tx.people.note_username(known.id, f"person_{number}")
        whom = f"@person_{number}" if channel == "telegram" else chat
        made.append(Person(contact.id, whom, channel, chat, desk))
    return made


def _lend(tx: Tx, wanted: list[tuple[Person, datetime]], codes: dict[int, list[str]]) -> list[Loan]:
    made = []
    free = {desk: iter(of_desk) for desk, of_desk in codes.items()}
    for person, due_at in wanted:
        item = tx.items.by_code(next(free[person.desk.id]))
        assert item is not None
        loan = tx.loans.add(
            item_id=item.id, contact_id=person.id, department_id=person.desk.id, state=LoanState.ACTIVE,
            due_at=due_at, who="simulation",
        )  # fmt: skip
        lay(tx, loan)
        made.append(loan)
    return made


def _items(tx: Tx, desks: list[Desk], count: int) -> dict[int, list[str]]:
    """Codes of each desk's items: more of them than people."""
    codes: dict[int, list[str]] = {desk.id: [] for desk in desks}
    for number in range(count + len(desks) * 10):
        desk = desks[number % len(desks)]
        code = f"OBJ-{number:05}"
        tx.items.add(desk.id, code, f"Objet {number}")
        codes[desk.id].append(code)
    return codes
