"""Figure 6: what the wrong people press changes nothing, whatever the button carries."""

from __future__ import annotations

import random
from typing import Any

import pytest
import sqlalchemy as sa

from bot.core.inbound import Letter
from bot.store import Tx
from bot.store import tables as t
from handlers import CHOICES
from tests.simulation.desk import Habits, Simulation
from tests.simulation.wire import letter
from tests.town import MONDAY

# What every letter leaves behind, whoever wrote it. All other tables must stay as they are.
FLEETING = frozenset(
    "inbox outbox attempt seen said pace window question channel_state card job_run meta alembic_version".split()
)
OF_A_LOAN = ("mine.return", "mine.extend", "mine.until_more", "mine.lacks")
ANONYMOUS = {"anonymous": True}
AT_ONCE, REST = 15, 61.0  # a group is answered twenty times a minute: a press beyond that would prove nothing


class Presses:
    """Somebody presses, again and again, what is not theirs to press."""

    def __init__(self, simulation: Simulation, seed: int) -> None:
        self.sim = simulation
        self.rng = random.Random(seed)
        self.acts = sorted(act for act in CHOICES if not act.startswith("mine."))

    def payload(self, acts: tuple[str, ...] | list[str]) -> str:
        """What a button of the group carries, or anything else that some button might."""
        real = [one for one in self.sim.wires["telegram"].buttons if not one.startswith("mine.")]
        if real and acts is self.acts and self.rng.random() < 0.4:
            return self.rng.choice(real)
        args = [
            str(self.rng.choice((*range(8), 2**31, -1, "all", "fr", "quiet", "returns", "x", 1_900_000_000)))
            for _ in range(self.rng.choice((1, 1, 2, 3)))
        ]
        return "|".join([self.rng.choice(acts), *args])

    def one(self, number: int) -> Letter:
        """A press in the desk's group by a passer-by, staff of another desk, or one who hides; by these staff in their
        own; or in private."""
        here, elsewhere = self.sim.desks[0], self.sim.desks[1]
        who, where, more = self.rng.choice(
            (("777", here.chat, {}), (elsewhere.staff, here.chat, {}), (elsewhere.staff, elsewhere.chat, {}),
             (here.staff, here.chat, ANONYMOUS), ("777", "777", {}), ("778", "778", {}))
        )  # fmt: skip
        acts = self.acts if where.startswith("-") or number % 2 else OF_A_LOAN
        if where == elsewhere.chat:  # there the loans alone are surely not theirs
            acts = [act for act in self.acts if act.startswith("loan.")]
        payload = self.payload(acts)
        if who == elsewhere.staff:  # whose own desk is theirs to change, wherever they press
            payload = "|".join("1" if arg == str(elsewhere.id) else arg for arg in payload.split("|"))
        return letter(
            "telegram", 100_000 + number, who, "", chat=where, group=where.startswith("-"), payload=payload,
            press_id=f"press-{number}", on_message=f"{where}:1", **more,
        )  # fmt: skip


def everything(tx: Tx) -> dict[str, list[Any]]:
    """Every row of every table that a press of the wrong person must leave alone."""
    kept = [table for table in t.metadata.sorted_tables if table.name not in FLEETING]
    return {table.name: [tuple(row) for row in tx.run(sa.select(table))] for table in kept}


async def pressed(url: str, count: int) -> None:
    simulation = Simulation(url, 5, Habits(people=12), MONDAY)
    await simulation.open()
    await simulation.furnish()
    desk, person = simulation.desks[0], simulation.people[0]
    for code in simulation.codes[desk.id][:3]:
        await simulation.hears(simulation.staff_writes(desk, f"/pret {code} {person.typed} 18/12/2026 18h00"))
    presses = Presses(simulation, count)
    known = ("777", "778", *(desk.staff for desk in simulation.desks))  # whoever writes for the first time gets a row
    await simulation.hears(*(letter("telegram", 90_000 + n, who, "bonjour") for n, who in enumerate(known)))
    before = await simulation.store.write(everything)
    assert [len(before[name]) for name in ("loan", "department")] == [3, 3]
    for start in range(0, count, AT_ONCE):
        await simulation.clock.rest(REST)
        together = [presses.one(number) for number in range(start, min(count, start + AT_ONCE))]
        await simulation.hears(*together)
        assert await simulation.store.write(everything) == before, together
    answers = sa.select(sa.func.count()).where(t.outbox.c.op == "answer")
    [row] = await simulation.store.rows(answers)
    assert row[0] == count  # each press was answered, so each was looked at
    await simulation.close()


@pytest.mark.thorough
async def test_what_the_wrong_people_press_changes_nothing(sqlite_migrated_url: str) -> None:
    await pressed(sqlite_migrated_url, 500)


@pytest.mark.slow
async def test_what_the_wrong_people_press_five_thousand_times_changes_nothing(sqlite_migrated_url: str) -> None:
    await pressed(sqlite_migrated_url, 5000)
