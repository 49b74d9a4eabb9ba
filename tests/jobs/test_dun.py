"""dun: overdue debts are reminded of on the morning, every third one, until paid; in a dry run nothing moves."""

from __future__ import annotations

import sys
from datetime import date, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from bot.core.debts import Debt
from bot.core.delivery import Refused
from bot.core.money import Money
from bot.core.people import Consent
from bot.store import Store, Tx
from bot.store import tables as t
from jobs.dun import dun, next_look
from jobs.remind import Remind
from tests.jobs.post import AWA, GROUP, Post, add_person
from tests.town import PARIS, on

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
LAST_WEEK = date(2026, 11, 20)


@pytest.fixture
def remind(store: Store) -> Remind:
    return Remind(store)


async def rules(post: Post, **values: object) -> None:
    def work(tx: Tx) -> None:
        for name, value in ({"debts_on": True, "debt_dry_run": False} | values).items():
            tx.departments.set_rule(post.desk.desk, name, value)

    await post.store.write(work)


async def owes(post: Post, amount: Money, due_on: date = LAST_WEEK, **values: Any) -> Debt:
    def work(tx: Tx) -> Debt:
        return tx.debts.add(
            contact_id=post.desk.awa, department_id=post.desk.desk, amount=amount, due_on=due_on, who="telegram:1",
            **values,
        )  # fmt: skip

    return await post.store.write(work)


async def pays(post: Post, amount: Money) -> None:
    await post.store.write(
        lambda tx: tx.debts.pay(contact_id=post.desk.awa, department_id=post.desk.desk, amount=amount, who="api:books")
    )


async def until(post: Post, remind: Remind, at: datetime, step: timedelta = DAY) -> None:
    """A look and a turn at every step on the way, and a turn at every planned instant."""
    look = post.clock.now()
    while post.clock.now() < at:
        if post.clock.now() >= look:
            await dun(post.store, post.clock.now())
            look = post.clock.now() + step
        planned = await post.store.next_planned()
        post.clock.move_to(min(x for x in (at, look, planned) if x is not None))
        await remind.turn()
        await post.deliver.turn()
        await post.deliver.carried(1)


async def reminders(post: Post) -> list[str]:
    rows = await post.rows(message="debt_reminder")
    return [f"{row.created_at.astimezone(PARIS):%a %d %H:%M} {row.state}" for row in rows]


async def test_every_third_morning_until_paid_and_thanked(post: Post, remind: Remind) -> None:
    await rules(post)
    await owes(post, Money(127_000, "XOF"), kind="invoice", reference="FAC-12")
    await until(post, remind, on("lundi", 12, week=1))
    # The first look finds it on Monday at nine; the next ones are exact, whenever the looks are.
    assert await reminders(post) == ["Mon 23 09:00 sent", "Thu 26 08:00 sent", "Sun 29 08:00 sent"]
    said = [call.text for call in post.channels["whatsapp"].calls]
    assert "FAC-12" in said[0]
    assert "127 000 F CFA" in said[0]
    await pays(post, Money(127_000, "XOF"))
    await until(post, remind, on("lundi", 12, week=2))
    assert len(await reminders(post)) == 3
    assert "Tout est réglé" in post.channels["whatsapp"].calls[-1].text
    await dun(post.store, post.clock.now())
    planned = await post.store.rows(sa.select(t.planned.c.id).where(t.planned.c.state == "planned"))
    assert planned == []


async def test_who_lives_where_the_day_begins_earlier_hears_of_it_on_their_own_morning(
    post: Post, remind: Remind
) -> None:
    await rules(post)
    await post.store.write(lambda tx: tx.run(sa.update(t.contact).values(zone="Pacific/Auckland")))
    await owes(post, Money(127_000, "XOF"), on("mardi", 0).date())
    await until(post, remind, on("vendredi", 23))
    assert await reminders(post) == ["Tue 24 20:00 sent", "Fri 27 20:00 sent"]  # eight in the morning there


async def test_each_morning_far_from_greenwich_has_its_own_reminder(post: Post, remind: Remind) -> None:
    """The first one leaves in the evening of Nouméa, and the next morning begins on the same day of UTC."""
    await rules(post, debt_period=DAY)
    await post.store.write(lambda tx: tx.run(sa.update(t.contact).values(zone="Pacific/Noumea")))
    await owes(post, Money(1_000, "EUR"))
    await until(post, remind, on("mercredi", 9), timedelta(hours=6))
    assert await reminders(post) == ["Mon 23 09:00 sent", "Mon 23 22:00 sent", "Tue 24 22:00 sent"]


async def test_the_clock_of_the_sandbox_stops_for_a_look_that_should_have_been(post: Post) -> None:
    """It moved past looks that would have found nothing; what was noted since is found all the same."""
    await rules(post)
    await dun(post.store, post.clock.now())
    post.clock.move_to(on("mercredi", 9))
    assert await post.store.write(next_look, post.clock.now()) is None
    await owes(post, Money(1_000, "EUR"))
    assert await post.store.write(next_look, post.clock.now()) == on("mercredi", 9) + timedelta(seconds=1)


async def test_a_dry_run_shows_staff_once_a_day_and_moves_nothing(post: Post, remind: Remind) -> None:
    await rules(post, debt_dry_run=True)
    await owes(post, Money(1_250, "EUR"))
    await until(post, remind, on("mardi", 20), 6 * HOUR)
    shown = [call.text for call in post.channels["telegram"].calls if call.address == GROUP]
    assert len(shown) == 2
    assert all("Awa" in text and "12,50" in text for text in shown)
    assert post.channels["whatsapp"].calls == []
    cycles = await post.store.rows(sa.select(t.debt_cycle.c.sent, t.debt_cycle.c.last_at))
    assert [tuple(row) for row in cycles] == [(0, None)]


async def test_a_dry_run_over_a_crowd_shows_the_first_and_counts_them_all(
    post: Post, remind: Remind, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.modules["jobs.dun"], "SLICE", 3)

    def crowd(tx: Tx) -> None:
        desk = post.desk.desk
        for number in range(40):
            person, _ = add_person(tx, desk, f"Karim {number}", "sms", f"+336123457{number:02}")
            owed = Money(1_250, "EUR")
            tx.debts.add(contact_id=person, department_id=desk, amount=owed, due_on=LAST_WEEK, who="telegram:1")

    await rules(post, debt_dry_run=True)
    await post.store.write(crowd)
    assert await dun(post.store, post.clock.now()) == "owing 40, planned 0"
    (card,) = await post.rows(message="debt_dry_run")
    assert (len(card.facts["cycles"]), card.facts["count"]) == (30, 40)
    await post.turns(2)
    (shown,) = [call.text for call in post.channels["telegram"].calls if call.address == GROUP]
    assert "40 relances partiraient" in shown
    assert "et 25 de plus" in shown, "fifteen lines are read at a glance"


async def test_paid_between_claim_and_send_is_not_sent_and_part_paid_says_what_is_left(
    post: Post, remind: Remind
) -> None:
    await rules(post)
    await owes(post, Money(5_000, "EUR"), reference="A")
    await owes(post, Money(2_000, "EUR"), reference="B")
    await dun(post.store, post.clock.now())
    await remind.turn()
    await pays(post, Money(5_000, "EUR"))
    await post.deliver.turn()
    await post.deliver.carried(1)
    first = next(c.text for c in post.channels["whatsapp"].calls if "sauf erreur" in c.text)
    assert "20,00 €" in first
    assert "*A*" not in first
    post.clock.move_to(on("jeudi", 8))
    await remind.turn()
    await pays(post, Money(2_000, "EUR"))
    await post.deliver.turn()
    await post.deliver.carried(1)
    assert [r.split()[-1] for r in await reminders(post)] == ["sent", "cancelled"]


async def test_only_to_an_address_that_is_surely_theirs_also_by_the_next_road(post: Post, remind: Remind) -> None:
    def addresses(tx: Tx) -> None:
        tx.people.add_address(post.desk.awa, "sms", "+33612345679", verified_by="none", consent=Consent.GIVEN)
        tx.people.deny(post.desk.awa_whatsapp)

    await rules(post)
    await owes(post, Money(1_250, "EUR"))
    await post.store.write(addresses)
    await until(post, remind, on("mardi", 9))
    assert await reminders(post) == []
    tasks = [call.text for call in post.channels["telegram"].calls if "Awa" in call.text]
    assert len(tasks) == 1
    assert "12,50" not in tasks[0]
    await post.store.write(lambda tx: tx.people.deny(post.desk.awa_whatsapp, denied=False))
    post.channels["whatsapp"].whenever = lambda out: Refused("no account", "63003")
    await until(post, remind, on("samedi", 9))
    assert [c.address for c in post.channels["whatsapp"].calls] == [AWA]
    assert post.channels["sms"].calls == []


async def test_whoever_says_that_they_are_somebody_else_does_not_get_what_waited_for_them(
    post: Post, remind: Remind
) -> None:
    await rules(post)
    await owes(post, Money(1_250, "EUR"))
    await dun(post.store, post.clock.now())
    await remind.turn()
    await post.store.write(lambda tx: tx.people.deny(post.desk.awa_whatsapp))
    await post.turns(3)
    assert [r.split()[-1] for r in await reminders(post)] == ["withheld"]
    assert post.channels["whatsapp"].calls == []


async def test_a_rule_changed_after_the_plan_holds_at_the_moment_itself(post: Post, remind: Remind) -> None:
    await rules(post)
    await owes(post, Money(1_250, "EUR"), date(2026, 11, 24))
    await rules(post, debts_on=False)
    await until(post, remind, on("vendredi", 9))
    assert await reminders(post) == []
    await rules(post, debt_least=20)
    await until(post, remind, on("samedi", 9))
    assert await reminders(post) == []
    await rules(post, debt_least=0, debt_most=1)
    await until(post, remind, on("samedi", 9, week=1))
    assert len(await reminders(post)) == 1
