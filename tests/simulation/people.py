"""What people do at a simulated desk, and what goes wrong there: drawn from the seed, day by day."""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.core.inbound import Letter
from tests.simulation.desk import ZONES, Habits, Person, Simulation
from tests.simulation.truth import Lent, quiet

CHATTER = ("bonjour", "mes prêts", "aide", "merci", "asdfgh", "contact", "👍", "RENDU pas encore", "solde")
MINUTES = (7, 22, 37, 52)  # never a minute at which something may be owed: who was first would be a matter of luck
HALF_HOURS = (0, 30)
DECIDED = timedelta(hours=72)  # after so long without a word of staff the desk takes a declared return for one


class Life:
    """Plans what people do, and keeps the truth about it."""

    def __init__(self, simulation: Simulation, habits: Habits) -> None:
        self.sim = simulation
        self.habits = habits
        self.rng: random.Random = simulation.rng
        self.out: dict[int, dict[int, Lent]] = {}  # person → their loans that are out
        self.taken: set[str] = set()

    def begins(self) -> None:
        for day in range(1, self.habits.days - 2):  # on the last two days all comes to rest
            for person in self.sim.people:
                if self.rng.random() < self.habits.loans_each:
                    self.at(person, day, self.borrows(person))
                if self.rng.random() < self.habits.loans_each / 2:
                    self.at(person, day, self.chats(person))
        for person in self.sim.people:
            if self.rng.random() < self.habits.stops:
                self.at(person, self.rng.randrange(1, self.habits.days), self.stops(person))
        if self.habits.trouble_every:
            self.mishaps()

    def at(self, person: Person, day: int, do: Callable[[], Awaitable[None]]) -> None:
        self.sim.plan(self.daytime(person, self.sim.start + timedelta(days=day)), do)

    def daytime(self, person: Person, day: datetime, until: int = 18) -> datetime:
        """Some minute of that day between half past eight and the evening, where the person is."""
        date = day.astimezone(person.desk.zone).date()
        return datetime.combine(date, time(self.rng.randrange(9, until), self.rng.choice(MINUTES)), person.desk.zone)

    # --- borrowing -----------------------------------------------------------------------------------

    def borrows(self, person: Person) -> Callable[[], Awaitable[None]]:
        async def act() -> None:
            free = [code for code in self.sim.codes[person.desk.id] if code not in self.taken]
            if not free or len(self.out.get(person.id, {})) >= 3:
                return
            if quiet(self.sim.clock.now(), person.desk.zone):  # the machine slept meanwhile, and the desk has closed
                return
            code, due = self.rng.choice(free), self.due(person)
            await self.sim.hears(
                self.sim.staff_writes(person.desk, f"/pret {code} {person.typed} {due:%d/%m/%Y %Hh%M}")
            )
            loan = await self.sim.new_loan(person)
            assert loan is not None, f"{person} got no loan until {due}: {self.sim.truth.counted.most_common(8)}"
            assert loan.due_at == due, (loan, due)
            self.taken.add(code)
            self.out.setdefault(person.id, {})[loan.id] = loan
            self.sim.done["loans"] += 1
            self.fate(person, loan, code)

        return act

    def due(self, person: Person) -> datetime:
        now = self.sim.clock.now().astimezone(person.desk.zone)
        if self.rng.random() < self.habits.same_day and now.hour < 17:
            hour = self.rng.randrange(now.hour + 2, 21)
            return datetime.combine(now.date(), time(hour, 30 if hour < 20 else 0), person.desk.zone)
        days = self.rng.choice((1, 2, 3, 5, 8, 13, 21)) if self.rng.random() > self.habits.longer else 1
        at = time(self.rng.randrange(10, 20), self.rng.choice(HALF_HOURS))
        return datetime.combine(now.date() + timedelta(days=days), at, person.desk.zone)

    def fate(self, person: Person, loan: Lent, code: str) -> None:
        """When it comes back; whether somebody asks for more time before."""
        if self.rng.random() < self.habits.never_back:
            return
        late = self.rng.random() < self.habits.late
        days = self.rng.choice((1, 1, 2, 3, 6, 18)) if late else -self.rng.choice((0, 0, 0, 1, 2))
        at = self.daytime(person, loan.due_at + timedelta(days=days))
        if not late and not loan.lent_at < at < loan.due_at:
            at = loan.lent_at + (loan.due_at - loan.lent_at) / 3
        if self.rng.random() < 0.15 and loan.due_at - loan.lent_at > timedelta(days=2):
            self.sim.plan(loan.due_at - timedelta(hours=30, minutes=3), self.extends(person, loan))
        self.sim.plan(at + timedelta(seconds=11), self.returns(person, loan, code))

    def extends(self, person: Person, loan: Lent) -> Callable[[], Awaitable[None]]:
        async def act() -> None:
            if loan.over or loan.quiet_since or self.silent(person):
                return
            until = loan.due_at.astimezone(loan.zone) + timedelta(days=self.rng.choice((1, 2, 3)))
            await self.sim.hears(self.sim.writes(person, f"prolonger {loan.number} jusqu'au {until:%d/%m/%Y %Hh%M}"))
            row = await self.sim.row_of(loan)
            if row.due_at != loan.due_at:
                self.sim.truth.extended(loan, row.due_at, self.sim.clock.now())
                self.sim.done["extensions"] += 1

        return act

    # --- giving back ---------------------------------------------------------------------------------

    def returns(self, person: Person, loan: Lent, code: str) -> Callable[[], Awaitable[None]]:
        async def act() -> None:
            if loan.over:
                return
            others = len(self.out[person.id]) > 1
            loan.quiet_since = self.sim.clock.now()
            await self.sim.hears(self.sim.writes(person, f"RENDU {loan.number}" if others else "RENDU"))
            row = await self.sim.row_of(loan)
            assert row.state == "return_declared", (row.state, loan)
            self.started(person)
            wait = timedelta(minutes=self.rng.choice((4, 20, 90, 400, 3000)))
            contested = self.rng.random() < self.habits.contested
            then = self.contested(person, loan, code) if contested else self.confirmed(person, loan, code)
            self.sim.plan(self.sim.clock.now() + wait, then)

        return act

    def confirmed(self, person: Person, loan: Lent, code: str) -> Callable[[], Awaitable[None]]:
        async def act() -> None:
            await self.sim.hears(self.sim.staff_presses(person.desk, f"loan.confirm|{loan.id}"))
            assert (await self.sim.row_of(loan)).state == "returned"
            self.is_back(person, loan, code)

        return act

    def is_back(self, person: Person, loan: Lent, code: str) -> None:
        loan.over = True
        self.taken.discard(code)
        del self.out[person.id][loan.id]
        self.sim.done["returns"] += 1

    def contested(self, person: Person, loan: Lent, code: str) -> Callable[[], Awaitable[None]]:
        async def act() -> None:
            await self.sim.hears(self.sim.staff_presses(person.desk, f"loan.contest|{loan.id}"))
            state = (await self.sim.row_of(loan)).state
            if loan.quiet_since and self.sim.clock.now() - loan.quiet_since >= DECIDED:
                assert state == "returned"  # the machine slept, and the desk was first
                self.is_back(person, loan, code)
                return
            assert state == "active"
            loan.quiet_since = None
            self.sim.done["contested"] += 1
            again = self.sim.clock.now() + timedelta(hours=self.rng.randrange(3, 50))
            self.sim.plan(again, self.returns(person, loan, code))

        return act

    # --- words ---------------------------------------------------------------------------------------

    def chats(self, person: Person) -> Callable[[], Awaitable[None]]:
        async def act() -> None:
            if not self.silent(person):
                await self.sim.hears(self.sim.writes(person, self.rng.choice(CHATTER)))

        return act

    def stops(self, person: Person) -> Callable[[], Awaitable[None]]:
        async def act() -> None:
            self.sim.truth.stopped[person.channel, person.chat] = self.sim.clock.now()
            await self.sim.hears(self.sim.writes(person, "STOP"))
            self.sim.done["stops"] += 1
            if self.rng.random() < 0.5:
                self.sim.plan(self.sim.clock.now() + timedelta(days=self.rng.randrange(1, 20)), self.starts(person))

        return act

    def starts(self, person: Person) -> Callable[[], Awaitable[None]]:
        async def act() -> None:
            await self.sim.hears(self.sim.writes(person, "START"))
            self.started(person)

        return act

    def started(self, person: Person) -> None:
        self.sim.truth.stopped.pop((person.channel, person.chat), None)

    def silent(self, person: Person) -> bool:
        return (person.channel, person.chat) in self.sim.truth.stopped

    # --- mishaps -------------------------------------------------------------------------------------

    def mishaps(self) -> None:
        kinds = (self.restart, self.kill, self.sleep, self.outage, self.faults, self.storm, self.receipts)
        at = self.sim.start
        while True:
            at += timedelta(days=self.rng.expovariate(1 / self.habits.trouble_every))
            if at > self.sim.end - timedelta(days=2):
                return
            kind = self.rng.choice(kinds)
            self.sim.plan(at.replace(minute=self.rng.choice(MINUTES), second=3, microsecond=0), kind)

    async def restart(self) -> None:
        await self.sim.close()
        await self.sim.wakes()
        self.sim.done["restarts"] += 1

    async def kill(self) -> None:
        """Dies at the next eight o'clock with whatever is on the way then."""
        self.sim.plan(_next_morning(self.sim.clock.now()) - timedelta(seconds=2), self._dies)

    async def _dies(self) -> None:
        self.sim.clock.move_to(self.sim.clock.now() + timedelta(seconds=3))
        await self.sim.killed()
        await self.sim.settle()
        self.sim.done["kills"] += 1

    async def sleep(self) -> None:
        """The machine is switched off for a while."""
        await self.sim.close()
        began = self.sim.clock.now()
        self.sim.clock.move_to(began + timedelta(hours=self.rng.choice((1, 5, 14, 40))))
        self.sim.truth.asleep.append((began, self.sim.clock.now()))
        await self.sim.wakes()
        self.sim.done["sleeps"] += 1

    async def outage(self) -> None:
        channel = self.rng.choice(list(self.sim.wires))
        self.sim.weather.down.add(channel)
        self._later(self.rng.choice((1, 3)), lambda: self.sim.weather.down.discard(channel))
        self.sim.done["outages"] += 1

    async def faults(self) -> None:
        self.sim.weather.failed, self.sim.weather.doubtful, self.sim.weather.refused = 0.2, 0.2, 0.05
        self._later(self.rng.choice((3, 12)), self._clears)
        self.sim.done["faults"] += 1

    async def storm(self) -> None:
        self.sim.weather.throttled = 0.3
        self._later(self.rng.choice((1, 6)), self._clears)
        self.sim.done["storms"] += 1

    async def receipts(self) -> None:
        """Late and in any order, the provider says what was delivered of the last day, some of it twice."""
        recent = [c for c in self.sim.carries if c.arrived and c.at > self.sim.clock.now() - timedelta(days=1)]
        said = [self.sim.wires[c.channel].receipt(c.ref) for c in recent if c.channel != "telegram"]
        self.rng.shuffle(said)
        letters: list[Letter] = said + said[:5]
        await self.sim.hears(*letters)
        self.sim.done["receipts"] += len(said)

    def _clears(self) -> None:
        weather = self.sim.weather
        weather.failed = weather.doubtful = weather.throttled = weather.refused = 0.0

    def _later(self, hours: int, do: Callable[[], None]) -> None:
        async def act() -> None:
            do()

        self.sim.plan(self.sim.clock.now() + timedelta(hours=hours), act)


def _next_morning(now: datetime) -> datetime:
    """Eight o'clock at the first desk: the busiest minute."""
    at = datetime.combine((now + timedelta(days=1)).date(), time(8), ZoneInfo(ZONES[0]))
    return at.astimezone(now.tzinfo)
