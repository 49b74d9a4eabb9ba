"""What is kept of people, on both engines: erasing a person, and what the night drops."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from bot.core.conversation import Say, To
from bot.core.delivery import Limit
from bot.core.loans import LoanState
from bot.core.messages import Help
from bot.core.money import Money
from bot.core.people import Consent
from bot.store import Store, Tx, exporting_money, purge
from bot.store import tables as t
from bot.store.forget import forget, remains
from bot.store.saying import Cause
from jobs.tidy import tidy
from tests.store.conftest import SENDER, Furniture, lend
from tests.store.letters import letter

AWA = "+33612345678"


def lived(tx: Tx, desk: Furniture) -> int:
    """A loan that is over, with words; a message in the outbox; choices; a quitus."""
    loan = lend(tx, desk, desk.drill)
    tx.loans.note(loan.id, "problem", f"whatsapp:{AWA}", "la mèche de Awa est tordue")
    tx.loans.move(loan, LoanState.RETURNED, "telegram:1", returned_at=tx.now)
    tx.people.heard_from(SENDER, desk.address)
    tx.preferences.note(desk.awa, "also_email", True)
    tx.audit.note(f"whatsapp:{AWA}", "clearance", desk.desk, contact=desk.awa, name="Awa")
    tx.desk.roads["whatsapp"] = SENDER
    answer = Say(message=Help("Prêt Awa", ""), to=To.CONTACT, contact_id=desk.awa, department_id=desk.desk, key="k")
    assert tx.speech.say(answer, Cause("person"))
    tx.people.set_consent(desk.address, Consent.REFUSED, f"wrote STOP from {AWA}")
    theirs: Any = {"contact_id": desk.awa, "department_id": desk.desk, "who": "telegram:1", "amount": Money(500, "EUR")}
    owed = tx.debts.add(due_on=tx.now.date(), **theirs)
    tx.debts.pay(debt_id=owed.id, **theirs)
    return loan.id


def everything(tx: Tx) -> str:
    return "\n".join(str(tuple(row)) for table in t.metadata.sorted_tables for row in tx.run(table.select()))


def listed(tx: Tx, desk: Furniture) -> tuple[list[Any], list[Any]]:
    zone = tx.departments.get(desk.desk).zone
    return exporting_money.debts(tx, desk.desk), exporting_money.payments(tx, desk.desk, zone)


def asked_for(tx: Tx, contact_id: int) -> None:
    """Erased by a letter of their own, which has taken its place in the minute."""
    tx.pace.reserve([Limit(f"heard:whatsapp:{AWA}", 29, 60.0)], 0)
    forget(tx, contact_id)


async def test_nothing_names_an_erased_person_and_the_loan_is_still_told(store: Store, desk: Furniture) -> None:
    loan = await store.write(lived, desk)
    await store.put([letter("SM1", Body="je suis Awa", From=f"whatsapp:{AWA}")])
    assert [len(rows) for rows in await store.write(listed, desk)] == [1, 1]
    left = await store.write(remains, desk.awa)
    assert (left.loans, left.stopped, left.channels, left.team, left.owes) == (1, True, ("whatsapp",), False, False)
    await store.write(asked_for, desk.awa)
    held = await store.write(everything)
    for trace in ("Awa", AWA):
        assert trace not in held, next(line for line in held.splitlines() if trace in line)
    assert await store.write(listed, desk) == ([], []), "no list could say whose they were"
    [kept] = await store.rows(sa.select(t.loan.c.state).where(t.loan.c.id == loan))
    assert kept.state == "returned"
    assert await store.put([letter("SM1")]) == 0  # the guard against a repeated delivery stays

    def again(tx: Tx) -> str:
        """Staff enter the number once more: the STOP still holds."""
        made = tx.people.add("Awa", desk.desk)
        consent = Consent.ATTESTED
        return str(tx.people.add_address(made.id, "whatsapp", AWA, verified_by="attested", consent=consent).consent)

    assert await store.write(again) == "refused"


async def test_a_receipt_that_writes_the_number_without_its_plus_goes_too(store: Store, desk: Furniture) -> None:
    await store.put([letter("wamid.1:read", "wamid.1", kind="receipt", recipient_id=AWA.removeprefix("+"))])
    await store.write(lambda tx: tx.inbox.done(1))
    await store.write(forget, desk.awa)
    assert AWA.removeprefix("+") not in await store.write(everything)


async def test_a_card_about_them_that_still_waits_is_not_sent_without_its_words(store: Store, desk: Furniture) -> None:
    def waits(tx: Tx) -> None:
        lived(tx, desk)
        tx.run(sa.update(t.outbox).values(contact_id=None, loan_id=1, state="pending"))
        forget(tx, desk.awa)

    await store.write(waits)
    left = await store.rows(sa.select(t.outbox.c.state, t.outbox.c.facts))
    assert {(row.state, row.facts) for row in left} == {("cancelled", None)}


async def test_who_has_something_or_owes_something_is_not_erased(store: Store, desk: Furniture) -> None:
    await store.write(lend, desk, desk.drill)
    with pytest.raises(ValueError, match="running loan"):
        await store.write(forget, desk.awa)


def test_every_table_that_knows_people_is_thought_of() -> None:
    """A new table with a person in it must be erased, or be named here with the reason why its rows stay."""
    stay = {
        "loan": "the history of the things lent", "hold": "the same",
        "debt": "books must add up", "payment": "the same",
        "planned": "closed steps guard against repeats", "outbox": "the log, emptied",
        "media": "until the files are gone",
    }  # fmt: skip
    go = {"membership", "name_word", "address", "preference", "question", "undo", "debt_cycle", "setup_code"}
    with_people = {name for name, table in t.metadata.tables.items() if "contact_id" in table.c}
    assert with_people == go | set(stay)


async def test_the_night_drops_what_is_kept_no_longer_than_needed(
    store: Store, desk: Furniture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each kind of row at its own age, wherever in its table; the guards stay."""
    monkeypatch.setattr(purge, "STRETCH", 1)
    await store.put([letter("SM1", Body="RENDU"), letter("SM2", Body="??")])
    over = await store.write(lived, desk)

    def settle(tx: Tx) -> None:
        tx.inbox.done(1)
        for _ in range(3):
            tx.inbox.failed(2, "broke")
        values = {"state": "sent", "sent_at": tx.now, "facts": {"item": "Perceuse"}}
        tx.run(sa.update(t.outbox).values(**values))

    await store.write(settle)

    async def held_after(days: int) -> tuple[list[object], ...]:
        await tidy(store, store.clock.now() + timedelta(days=days))
        letters = [row.payload for row in await store.rows(sa.select(t.inbox.c.payload).order_by(t.inbox.c.id))]
        facts = [row.facts for row in await store.rows(sa.select(t.outbox.c.facts))]
        acts = sa.select(t.loan_event.c.who).where(t.loan_event.c.loan_id == over).order_by(t.loan_event.c.id)
        return letters, facts, [row.who for row in await store.rows(acts)]

    acts: list[object] = ["test", f"whatsapp:{AWA}", "telegram:1"]
    assert await held_after(6) == ([{"Body": "RENDU"}, {"Body": "??"}], [{"item": "Perceuse"}], acts)
    assert await held_after(8) == ([None, {"Body": "??"}], [None], acts)
    assert await held_after(91) == ([], [], ["test", "whatsapp", "telegram"])
    assert await store.put([letter("SM1"), letter("SM2")]) == 0


async def test_runs_of_jobs_go_with_the_log_but_for_the_newest_and_codes_when_their_time_is_over(store: Store) -> None:
    def ran(tx: Tx) -> None:
        for job, days in (("chase", 100), ("chase", 99), ("chase", 1), ("digest", 98), ("long", 97), ("long", 96)):
            at = tx.now - timedelta(days=days)
            lease = tx.runs.begin(job, at)
            assert lease is not None
            if (job, days) != ("long", 97):  # nobody has finished that one yet
                tx.runs.finish(job, at, lease, str(days))
        tx.people.put_code("OVER", lasts=timedelta(seconds=-1))
        tx.people.put_code("FOR-GOOD")

    await store.write(ran)
    await tidy(store, store.clock.now())
    runs = await store.rows(sa.select(t.job_run.c.job, t.job_run.c.outcome).order_by(t.job_run.c.id))
    assert [tuple(row) for row in runs] == [("chase", "1"), ("digest", "98"), ("long", ""), ("long", "96")]
    assert await store.write(lambda tx: (tx.people.kind_of_code("OVER"), tx.people.kind_of_code("FOR-GOOD"))) == (
        None, "setup"
    )  # fmt: skip
    assert len(await store.rows(sa.select(t.setup_code))) == 1
