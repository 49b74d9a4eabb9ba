"""Loans that a batch moves are written at its end: what another process did to one of them meanwhile is not lost."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

import psycopg
import pytest
import sqlalchemy as sa
from structlog.testing import capture_logs

from bot.core.errors import Gone
from bot.core.loans import LoanState
from bot.store import Store, Tx
from bot.store.ahead import what_people_have
from tests.town import add_person
from tools.postgres import native

PEOPLE = [f"+3361234567{n}" for n in range(3)]
LATER = "UPDATE loan SET due_at = '2030-01-01T12:00:00Z', plan_no = plan_no + 1 WHERE contact_id = {}"
OVER = "UPDATE loan SET state = 'returned' WHERE contact_id = {}"


@dataclass
class Returns:
    """Each of three people gives their thing back; in the middle of it another process does something too."""

    url: str
    people: list[int] = field(default_factory=list)
    meanwhile: str = ""
    swallows: bool = False
    rounds: int = 0

    def lend(self, tx: Tx) -> None:
        desk = tx.departments.add(name="Prêt", zone=ZoneInfo("Europe/Paris"), language="fr")
        for number in PEOPLE:
            add_person(tx, desk.id, number, "whatsapp", number)
            address = tx.people.find_address("whatsapp", number)
            assert address is not None
            self.people.append(address.contact_id)
            tx.loans.add(
                item_id=tx.items.add(desk.id, number, "Perceuse").id, contact_id=address.contact_id,
                department_id=desk.id, state=LoanState.ACTIVE, due_at=tx.now, who="Sam",
            )  # fmt: skip

    def give_back(self, tx: Tx, people: Sequence[int]) -> list[int]:
        self.rounds += 1
        tx.look(what_people_have(tx, people))
        for person in people:
            found = tx.loans.open_of(person)
            if not found:
                raise Gone("it is over")
            tx.loans.move(found[0], LoanState.RETURN_DECLARED, "them", declared_at=tx.now)
        if self.meanwhile:
            with psycopg.connect(native(self.url), autocommit=True) as other:
                other.execute(self.meanwhile.format(self.people[1]).encode())
            self.meanwhile = ""
        if self.swallows:
            with contextlib.suppress(Exception):
                tx.run(sa.text("SELECT 1"))  # what is waiting to be written is written before it
        return list(people)


@pytest.fixture
async def store(postgresql_migrated_url: str) -> AsyncIterator[Store]:
    store = await Store.open(postgresql_migrated_url)
    yield store
    await store.close()


@pytest.fixture
async def returns(store: Store, postgresql_migrated_url: str) -> Returns:
    made = Returns(postgresql_migrated_url)
    await store.write(made.lend)
    return made


async def loans(store: Store) -> list[tuple[str, int, bool]]:
    rows = await store.rows(sa.text("SELECT state, plan_no, due_at > now() AS later FROM loan ORDER BY contact_id"))
    return [(row.state, row.plan_no, row.later) for row in rows]


async def test_what_a_batch_moves_is_written_at_its_end(store: Store, returns: Returns) -> None:
    assert await store.write_each(returns.give_back, returns.people) == returns.people
    assert {state for state, _, _ in await loans(store)} == {"return_declared"}
    assert returns.rounds == 1


@pytest.mark.parametrize("swallows", [False, True], ids=["to the end", "and somebody catches what is raised"])
async def test_more_time_given_meanwhile_is_kept(store: Store, returns: Returns, *, swallows: bool) -> None:
    returns.meanwhile, returns.swallows = LATER, swallows
    with capture_logs() as logged:
        assert await store.write_each(returns.give_back, returns.people) == returns.people
    assert ("batch_overtaken", 3) in [(one["event"], one.get("pieces")) for one in logged]
    before, theirs, after = await loans(store)
    assert theirs == ("return_declared", before[1] + 1, True)
    assert before[0] == after[0] == "return_declared"
    assert returns.rounds > 1


async def test_a_loan_that_ended_meanwhile_is_told_to_its_own_piece_alone(store: Store, returns: Returns) -> None:
    returns.meanwhile = OVER
    first, second, third = await store.write_each(returns.give_back, returns.people)
    assert (first, third) == (returns.people[0], returns.people[2])
    assert isinstance(second, Gone)
    assert [state for state, _, _ in await loans(store)] == ["return_declared", "returned", "return_declared"]


async def test_two_moves_of_one_loan_in_one_batch(store: Store, returns: Returns) -> None:
    def there_and_back(tx: Tx, people: Sequence[int]) -> list[int]:
        returns.give_back(tx, people)
        for person in people:
            (loan,) = tx.loans.open_of(person)
            tx.loans.move(loan, LoanState.ACTIVE, "them", declared_at=None)
        return list(people)

    assert await store.write_each(there_and_back, returns.people) == returns.people
    assert {state for state, _, _ in await loans(store)} == {"active"}
    assert returns.rounds == 1
