"""What the dashboard reads, on both engines: the same rows, and sums that agree with a person's own statement."""

from __future__ import annotations

from datetime import date, timedelta

from bot.core import charts
from bot.core.loans import LoanState
from bot.core.money import Money
from bot.core.people import Consent
from bot.store import Store, Tx, dashboard, figures, notices
from bot.store.dashboard import Balance, Week
from bot.store.notices import Asked
from bot.store.runs import JOBS
from bot.store.tables import loan, outbox
from tests.town import MONDAY, PARIS, TownClock

YESTERDAY = MONDAY - timedelta(days=1)


def _desk(tx: Tx) -> int:
    desk = tx.departments.add(name="Atelier", zone=PARIS, language="fr")
    person = tx.people.add("", desk.id)
    tx.people.add_address(person.id, "sms", "+33612345678", verified_by="attested", consent=Consent.ATTESTED)
    drill = tx.items.add(desk.id, "PERC-001", "Perceuse")
    common = {"item_id": drill.id, "contact_id": person.id, "department_id": desk.id, "number": 1}
    for days, state in ((2, "returned"), (2, "damaged"), (-1, "active")):
        due, back = MONDAY - timedelta(days=days), None if state == "active" else YESTERDAY
        lent = MONDAY - timedelta(days=5)
        tx.insert(loan, state=state, lent_at=lent, due_at=due, returned_at=back, created_at=lent, **common)
    for number, state in enumerate(("delivered", "dead", "pending")):
        tx.insert(
            outbox, ref=f"r{number}", key=f"k{number}", department_id=desk.id, contact_id=person.id, message="overdue",
            language="fr", about="overdue", begun_by="clock", channel="sms", chat="+33612345678", state=state,
            created_at=MONDAY - timedelta(days=2 - number), next_at=YESTERDAY,
        )  # fmt: skip
    for minor, reference in ((5000, "A"), (3000, "B")):
        tx.debts.add(
            contact_id=person.id, department_id=desk.id, amount=Money(minor, "EUR"), due_on=date(2026, 11, 1),
            who="import", reference=reference,
        )  # fmt: skip
    tx.debts.pay(contact_id=person.id, department_id=desk.id, amount=Money(6000, "EUR"), who="import")
    return desk.id


async def test_of_many_of_one_name_some_are_shown(store: Store) -> None:
    def crowd(tx: Tx) -> int:
        desk = tx.departments.add(name="Prêt", zone=PARIS, language="fr")
        for number in range(25):
            tx.people.add(f"Awa {number:02}", desk.id)
        return desk.id

    assert len(await dashboard.people(store, await store.write(crowd), "awa")) == 20


async def test_every_page_reads_the_same_on_both_engines(migrated_url: str) -> None:
    store = await Store.open(migrated_url, TownClock(MONDAY))
    try:
        desk = await store.write(_desk)
        out, count = await dashboard.due(store, desk, None, MONDAY + timedelta(days=2))
        assert ([row.item for row in out], count) == (["Perceuse"], 1)
        assert (await dashboard.waiting(store, desk))[1] == 0
        assert await dashboard.names(store, [1]) == {1: "…78"}
        weeks = charts.weeks(MONDAY, PARIS, 2)
        assert await dashboard.returns(store, desk, weeks) == [Week(weeks[0][0], 2, 0), Week(weeks[1][0], 0, 0)]
        assert await dashboard.busiest(store, desk, MONDAY - timedelta(days=9)) == [("PERC-001", "Perceuse", 3)]
        stands = await dashboard.stands(store, 1, desk)
        assert stands.total == (Money(2000, "EUR"),)
        paid = Balance(stands.total[0], Money(6000, "EUR"))
        assert await dashboard.balances(store, desk, YESTERDAY) == [paid]
        assert [job.name for job in await dashboard.jobs(store, JOBS)] == list(JOBS)
        dead = await notices.history(store, Asked(department_id=desk, state="dead"))
        assert [row.ref for row in dead.rows] == ["r1"]
        yesterday = await notices.history(store, Asked(department_id=desk, since=YESTERDAY, until=MONDAY))
        assert ([row.ref for row in yesterday.rows], yesterday.older) == (["r1"], None)
        assert len(await dashboard.steps_of_person(store, 1, desk, MONDAY + timedelta(days=1), 9)) == 3
        assert len(await figures.tallies(store, MONDAY - timedelta(days=7), MONDAY + timedelta(days=1), desk)) == 3
        found = await figures.queue(store, MONDAY, desk)
        assert (found.waiting, found.due, found.oldest_due) == (1, 1, YESTERDAY)
    finally:
        await store.close()


async def test_what_is_shown_of_one_person_is_theirs_and_this_desks(store: Store) -> None:
    def two_desks(tx: Tx) -> tuple[int, int, int, list[int]]:
        here = tx.departments.add(name="Atelier", zone=PARIS, language="fr").id
        there = tx.departments.add(name="Vélos", zone=PARIS, language="fr").id
        awa, karim = tx.people.add("Awa", here).id, tx.people.add("Karim", here).id
        tx.people.join(awa, there)
        made = []
        for number, (who, desk) in enumerate(((awa, here), (karim, here), (awa, there))):
            thing = tx.items.add(desk, f"VELO-{number}", "Vélo").id
            lent = tx.loans.add(
                item_id=thing, contact_id=who, department_id=desk, state=LoanState.ACTIVE, due_at=MONDAY, who="import",
                lent_at=MONDAY - timedelta(days=2 + 30 * (who == karim)),
            )  # fmt: skip
            made.append(lent.id)
            tx.debts.add(
                contact_id=who, department_id=desk, amount=Money(1000 * (number + 1), "EUR"),
                due_on=date(2026, 11, 1), who="import",
            )  # fmt: skip
        tx.debts.pay(contact_id=awa, department_id=there, amount=Money(500, "EUR"), who="import")
        tx.debts.pay(contact_id=karim, department_id=here, amount=Money(700, "EUR"), who="import")
        return awa, here, there, made

    awa, here, there, (bike, _, elsewhere) = await store.write(two_desks)
    for desk, theirs, owed in ((here, bike, 1000), (there, elsewhere, 2500)):
        steps = await dashboard.steps_of_person(store, awa, desk, MONDAY + timedelta(days=1), 9)
        assert {step.loan_id for step in steps} == {theirs}
        assert [row.id for row in await dashboard.loans_of(store, awa, desk)] == [theirs]
        assert (await dashboard.stands(store, awa, desk)).total == (Money(owed, "EUR"),)
    assert await dashboard.one_loan(store, elsewhere, here) is None
    assert await dashboard.busiest(store, here, MONDAY - timedelta(days=9)) == [("VELO-0", "Vélo", 1)], "lent of late"
