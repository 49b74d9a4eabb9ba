"""remind, reconcile, chase, tidy: what the clock says, once, at its time, and to whom it may."""

from __future__ import annotations

import sys
from datetime import datetime, time, timedelta
from itertools import pairwise

import pytest
import sqlalchemy as sa

from bot.core.inbound import Letter
from bot.core.loans import Loan, LoanClass, LoanState
from bot.core.people import Consent
from bot.core.schedule import Step
from bot.store import Store, Tx
from bot.store import tables as t
from bot.texts import Reader, Texts
from handlers.planning import plan, replan
from jobs.chase import Chased, Mark, chase, chase_department
from jobs.digest import summary
from jobs.reconcile import reconcile
from jobs.remind import Remind, remind_person
from jobs.tidy import tidy
from tests.jobs.post import AWA, DOMINIQUE, GROUP, Post, add_person, lend
from tests.town import PARIS, on

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
MONDAY_NINE = on("lundi", 9)
FRIDAY_SIX = on("vendredi", 18)


@pytest.fixture
def remind(store: Store) -> Remind:
    return Remind(store)


async def lent(post: Post, due_at: datetime, item: int = 0, *, to: int | None = None) -> Loan:
    """A loan with its plan."""

    def work(tx: Tx) -> Loan:
        return lend(tx, post.desk, item, due_at, to=to or post.desk.awa)

    return await post.store.write(work)


async def until(post: Post, remind: Remind, at: datetime, step: timedelta = timedelta(minutes=30)) -> None:
    """A turn at every step on the way, and at the end."""
    while post.clock.now() < at:
        post.clock.move_to(min(at, post.clock.now() + step))
        await remind.turn()


async def said(post: Post, contact: int | None = None) -> list[tuple[str, str]]:
    """(message, when) of all that was said to somebody."""
    rows = await post.rows(contact_id=contact or post.desk.awa)
    return [(row.message, f"{row.created_at.astimezone(PARIS):%a %H:%M}") for row in rows]


async def plans(post: Post, loan: Loan) -> list[tuple[str, int, str, str]]:
    """(step, occurrence, state, when) of everything ever planned for a loan."""
    rows = await post.store.rows(sa.select(t.planned).where(t.planned.c.subject_id == loan.id).order_by(t.planned.c.id))
    return [(r.step, r.occurrence, r.state, f"{r.at.astimezone(PARIS):%a %H:%M}") for r in rows]


async def still_planned(post: Post, loan: Loan) -> list[tuple[str, int]]:
    return [(step, n) for step, n, state, _ in await plans(post, loan) if state == "planned"]


# --- each step once -----------------------------------------------------------------------------------------


async def test_each_reminder_of_a_long_loan_is_said_once_at_its_time(post: Post, remind: Remind) -> None:
    await lent(post, FRIDAY_SIX)
    await until(post, remind, FRIDAY_SIX)
    assert await said(post) == [
        ("reminder_day_2", "Wed 08:00"),
        ("reminder_day_1", "Thu 08:00"),
        ("reminder_due_day", "Fri 08:00"),
    ]


async def test_lateness_is_said_after_a_quarter_of_an_hour_then_daily_then_weekly(post: Post, remind: Remind) -> None:
    loan = await lent(post, on("lundi", 12))
    await until(post, remind, on("jeudi", 9), timedelta(minutes=15))
    late = [entry for entry in await said(post) if entry[0] == "overdue"]
    assert late == [
        ("overdue", "Mon 12:15"),
        ("overdue", "Tue 08:00"),
        ("overdue", "Wed 08:00"),
        ("overdue", "Thu 08:00"),
    ]
    await until(post, remind, on("lundi", 9, week=6), timedelta(hours=8))
    mornings = [r.created_at.astimezone(PARIS).date() for r in await post.rows(message="overdue")]
    gaps = {(b - a).days for a, b in pairwise(mornings[16:])}
    assert gaps == {7}
    assert len(await still_planned(post, loan)) == 1


async def test_turning_twice_or_on_two_replicas_says_nothing_twice(
    post: Post, remind: Remind, migrated_url: str
) -> None:
    for item in range(3):
        await lent(post, FRIDAY_SIX, item)
    other = await Store.open(migrated_url, post.clock)
    other.desk.roads.update(post.store.desk.roads)
    there = Remind(other)
    post.clock.move_to(on("mercredi", 8))
    for _ in range(3):
        await remind.turn()
        await there.turn()
    await other.close()
    assert await said(post) == [("reminders", "Wed 08:00")]


async def test_the_key_makes_a_second_copy_impossible_whatever_the_plan_says(post: Post, remind: Remind) -> None:
    loan = await lent(post, FRIDAY_SIX)
    await until(post, remind, on("mercredi", 8))
    assert len(await said(post)) == 1

    def forge(tx: Tx) -> None:
        again = tx.loans.new_plan(loan.id)
        tx.plans.drop(loan.id, "forged")
        tx.plans.lay(again, [Step("reminder_day_2", tx.now, tx.now + HOUR)])

    await post.store.write(forge)
    await remind.turn()
    assert len(await said(post)) == 1
    assert ("reminder_day_2", 0, "superseded", "Wed 08:00") in await plans(post, loan)


async def test_a_new_due_time_is_a_new_story(post: Post, remind: Remind) -> None:
    loan = await lent(post, FRIDAY_SIX)
    await until(post, remind, on("mercredi", 8))

    def extend(tx: Tx) -> None:
        replan(tx, tx.loans.change(loan.id, due_at=FRIDAY_SIX + 7 * DAY), "extended")

    await post.store.write(extend)
    await until(post, remind, on("mercredi", 9, week=1))
    assert await said(post) == [("reminder_day_2", "Wed 08:00"), ("reminder_day_2", "Wed 08:00")]


# --- gathered -----------------------------------------------------------------------------------------------


async def test_what_falls_on_one_moment_is_one_message(post: Post, remind: Remind) -> None:
    first, second = await lent(post, FRIDAY_SIX, 0), await lent(post, on("samedi", 12), 1)
    await until(post, remind, on("jeudi", 8))
    assert await said(post) == [("reminder_day_2", "Wed 08:00"), ("reminders", "Thu 08:00")]
    [row] = await post.rows(message="reminders")
    assert row.loan_ids == [first.id, second.id]


async def test_all_late_things_are_in_one_notice(post: Post, remind: Remind) -> None:
    loans = [await lent(post, on("lundi", 12), n) for n in range(2)]
    loans.append(await lent(post, on("lundi", 11), 2))
    await until(post, remind, on("mardi", 8), timedelta(minutes=15))
    [morning] = [r for r in await post.rows(message="overdue") if r.created_at == on("mardi", 8)]
    assert sorted(morning.loan_ids) == [loan.id for loan in loans]


async def test_what_is_due_since_a_few_minutes_is_not_told_as_late_before_its_own_notice(
    post: Post, remind: Remind
) -> None:
    """One came due ten minutes after the other: the first notice names the first alone, the second one both."""
    first = await lent(post, on("lundi", 12), 0)
    second = await lent(post, on("lundi", 12, 10), 1)
    await until(post, remind, on("lundi", 13), timedelta(minutes=5))
    notices = await post.rows(message="overdue")
    assert [row.created_at for row in notices] == [on("lundi", 12, 15), on("lundi", 12, 25)]
    assert [row.loan_ids for row in notices] == [[first.id], [first.id, second.id]]


async def test_two_desks_speak_each_for_itself(post: Post, remind: Remind) -> None:
    def other_desk(tx: Tx) -> None:
        desk = tx.departments.add(name="Autre", zone=PARIS, language="fr", chat="-100777")
        item = tx.items.add(desk.id, "AUTRE-1", "Autre chose")
        loan = tx.loans.add(
            item_id=item.id, contact_id=post.desk.awa, department_id=desk.id, state=LoanState.ACTIVE,
            due_at=FRIDAY_SIX, who="test",
        )  # fmt: skip
        plan(tx, loan)

    await lent(post, FRIDAY_SIX)
    await post.store.write(other_desk)
    await until(post, remind, on("mercredi", 8))
    assert [m for m, _ in await said(post)] == ["reminder_day_2", "reminder_day_2"]
    assert len({row.department_id for row in await post.rows(message="reminder_day_2")}) == 2


# --- after a stop -------------------------------------------------------------------------------------------


async def test_after_a_stop_only_the_newest_useful_step_is_said(post: Post, remind: Remind) -> None:
    loan = await lent(post, FRIDAY_SIX)
    post.clock.move_to(on("vendredi", 9))
    await remind.turn()
    assert await said(post) == [("reminder_due_day", "Fri 09:00")]
    assert [state for _, _, state, _ in await plans(post, loan)][:3] == ["superseded", "superseded", "queued"]


async def test_a_reminder_whose_loan_is_due_already_is_not_said(post: Post, remind: Remind) -> None:
    await lent(post, FRIDAY_SIX)
    post.clock.move_to(on("samedi", 12))
    await remind.turn()
    await remind.turn()
    assert [message for message, _ in await said(post)] == ["overdue"]


async def test_after_weeks_of_silence_one_notice_and_the_next_is_planned(post: Post, remind: Remind) -> None:
    loan = await lent(post, on("lundi", 12))
    post.clock.move_to(on("mercredi", 12, week=5))
    for _ in range(3):
        await remind.turn()
    assert len(await post.rows(message="overdue")) == 1
    assert len(await still_planned(post, loan)) == 1
    await until(post, remind, on("mercredi", 12, week=6), timedelta(hours=8))
    assert len(await post.rows(message="overdue")) == 2


async def test_hundreds_at_once_after_an_outage_is_one_each(post: Post, remind: Remind) -> None:
    def many(tx: Tx) -> None:
        for n in range(120):
            person, _ = add_person(tx, post.desk.desk, f"P{n}", "whatsapp", f"+336123{n:05}")
            item = tx.items.add(post.desk.desk, f"M-{n}", f"Chose {n}")
            loan = tx.loans.add(
                item_id=item.id, contact_id=person, department_id=post.desk.desk, state=LoanState.ACTIVE,
                due_at=FRIDAY_SIX, who="test",
            )  # fmt: skip
            plan(tx, loan)

    await post.store.write(many)
    post.clock.move_to(on("vendredi", 9))
    await remind.turn()
    rows = await post.rows()
    assert len(rows) == 120
    assert {row.message for row in rows} == {"reminder_due_day"}


# --- what must not be said ----------------------------------------------------------------------------------


async def test_what_came_back_is_silent(post: Post, remind: Remind) -> None:
    loan = await lent(post, FRIDAY_SIX)
    await post.store.write(lambda tx: tx.loans.move(loan, LoanState.RETURN_DECLARED, "awa"))
    await until(post, remind, on("lundi", 12, week=1), timedelta(hours=4))
    assert await said(post) == []
    assert await still_planned(post, loan) == []


@pytest.mark.parametrize("change", [{"held": True}, {"silenced": True}])
async def test_a_loan_nobody_is_to_be_written_to_about(post: Post, remind: Remind, change: dict[str, bool]) -> None:
    loan = await lent(post, FRIDAY_SIX)
    await post.store.write(lambda tx: tx.loans.change(loan.id, **change))
    await until(post, remind, on("lundi", 12, week=1), timedelta(hours=4))
    assert await said(post) == []


async def test_who_said_stop_is_not_written_to_and_staff_have_a_task_once(post: Post, remind: Remind) -> None:
    await lent(post, on("lundi", 18))
    await post.store.write(lambda tx: tx.people.set_consent(post.desk.awa_whatsapp, Consent.REFUSED, "STOP"))
    await until(post, remind, on("mercredi", 12), timedelta(hours=1))
    assert await said(post) == []
    tasks = await post.rows(chat=GROUP)
    assert [task.message for task in tasks] == ["staff_task"]
    assert tasks[0].facts["reason" if "reason" in tasks[0].facts else "why"] == "stopped"


@pytest.mark.parametrize(("address", "why"), [("unknown", "no_consent"), ("none", "no_road")])
async def test_who_cannot_be_written_to_is_a_task_for_staff(post: Post, remind: Remind, address: str, why: str) -> None:
    def somebody(tx: Tx) -> int:
        made = tx.people.add("Zoé", post.desk.desk)
        if address == "unknown":
            tx.people.add_address(made.id, "whatsapp", "+33612345671", verified_by="none")
        return made.id

    zoe = await post.store.write(somebody)
    await lent(post, on("lundi", 18), to=zoe)
    await until(post, remind, on("mardi", 12), timedelta(hours=1))
    assert await said(post, zoe) == []
    [task] = await post.rows(chat=GROUP)
    assert why in task.facts.values()


async def test_a_pause_puts_lateness_off_and_skips_reminders(post: Post, remind: Remind) -> None:
    await lent(post, on("mercredi", 18))
    late = await lent(post, on("lundi", 12), 1)
    await post.store.write(lambda tx: tx.people.pause(post.desk.awa, on("jeudi", 9)))
    await until(post, remind, on("jeudi", 8), HOUR)
    assert await said(post) == []
    await until(post, remind, on("jeudi", 9), HOUR)
    assert [message for message, _ in await said(post)] == ["overdue"]
    assert len(await still_planned(post, late)) == 1


async def test_quiet_hours_that_came_after_the_plan_hold_all_the_same(post: Post, remind: Remind) -> None:
    await lent(post, on("lundi", 19))
    await post.store.write(lambda tx: tx.departments.set_rule(post.desk.desk, "quiet_from", time(16)))
    await until(post, remind, on("mardi", 8), HOUR)
    assert [entry for entry in await said(post) if entry[1] < "Tue"] == []
    assert [message for message, _ in await said(post)] == ["overdue"]


async def test_thirty_messages_a_day_are_enough(post: Post, remind: Remind) -> None:
    for n in range(30):
        await post.put(next_at=post.clock.now() + timedelta(minutes=n))
    await lent(post, on("lundi", 12))
    await until(post, remind, on("lundi", 13), timedelta(minutes=15))
    assert [message for message, _ in await said(post)].count("overdue") == 0
    await until(post, remind, on("mardi", 9), HOUR)
    await until(post, remind, on("mercredi", 9), HOUR)
    assert [message for message, _ in await said(post)].count("overdue") >= 1


# --- what breaks --------------------------------------------------------------------------------------------


async def test_one_person_s_reminder_that_breaks_is_put_aside_and_the_others_leave(
    post: Post, remind: Remind, monkeypatch: pytest.MonkeyPatch
) -> None:
    await lent(post, FRIDAY_SIX, 0)
    await lent(post, FRIDAY_SIX, 1, to=post.desk.karim)

    def breaks(tx: Tx, person: int) -> bool:
        if person == post.desk.awa:
            raise ZeroDivisionError
        return remind_person(tx, person)

    monkeypatch.setattr("jobs.remind.remind_person", breaks)
    post.clock.move_to(on("mercredi", 8))
    again = await remind.turn()
    assert [message for message, _ in await said(post, post.desk.karim)] == ["reminder_day_2"]
    assert again == on("mercredi", 8, 5)  # and the loop does not spin on it
    monkeypatch.setattr("jobs.remind.remind_person", remind_person)
    post.clock.move_to(on("mercredi", 8, 5))
    await remind.turn()
    assert [message for message, _ in await said(post)] == ["reminder_day_2"]


async def test_the_job_tells_when_to_come_again(post: Post, remind: Remind) -> None:
    await lent(post, FRIDAY_SIX)
    assert await remind.turn() == on("mercredi", 8)
    post.clock.move_to(on("mercredi", 8))
    assert await remind.turn() == on("jeudi", 8)


# --- reconcile ----------------------------------------------------------------------------------------------


async def repaired(post: Post) -> int:
    found = [await reconcile(post.store, post.clock.now(), kind) for kind in LoanClass]
    return sum(int(text.split()[-1]) for text in found)


async def test_right_plans_are_left_alone(post: Post, remind: Remind) -> None:
    loans = [await lent(post, due, n) for n, due in enumerate((on("lundi", 11), on("lundi", 20), FRIDAY_SIX))]
    before = [await plans(post, loan) for loan in loans]
    assert await repaired(post) == 0
    assert [await plans(post, loan) for loan in loans] == before
    for hour in range(1, 80, 3):
        await until(post, remind, MONDAY_NINE + hour * HOUR)
        assert await repaired(post) == 0
    assert await post.rows(chat=GROUP) == []


async def test_a_missing_plan_is_made_and_reported(post: Post, remind: Remind) -> None:
    loan = await post.loan()
    assert await still_planned(post, loan) == []
    assert await repaired(post) == 1
    assert len(await still_planned(post, loan)) >= 3
    assert [row.message for row in await post.rows(chat=GROUP)] == ["plan_repaired"]
    assert await repaired(post) == 0


@pytest.mark.parametrize("days", [-2, 3])
async def test_a_plan_for_another_due_time_is_made_anew(post: Post, days: int) -> None:
    loan = await lent(post, FRIDAY_SIX)
    moved = FRIDAY_SIX + days * DAY
    await post.store.write(lambda tx: tx.loans.change(loan.id, due_at=moved))
    assert await repaired(post) == 1
    last = (await post.store.rows(sa.select(sa.func.max(t.planned.c.at)).where(t.planned.c.state == "planned")))[0][0]
    assert last == moved + timedelta(minutes=15)


async def test_a_step_that_does_not_belong_is_taken_out(post: Post) -> None:
    loan = await lent(post, FRIDAY_SIX)
    await post.store.write(lambda tx: tx.plans.lay(loan, [Step("reminder_2h", on("vendredi", 16), FRIDAY_SIX)]))
    assert await repaired(post) == 1
    assert ("reminder_2h", 0) not in await still_planned(post, loan)


async def test_what_a_pause_put_off_is_right(post: Post, remind: Remind) -> None:
    loan = await lent(post, on("lundi", 12))
    await post.store.write(lambda tx: tx.people.pause(post.desk.awa, on("jeudi", 9)))
    await until(post, remind, on("lundi", 13), timedelta(minutes=15))
    before = await plans(post, loan)
    await until(post, remind, on("mercredi", 12), HOUR)
    assert await repaired(post) == 0
    assert await plans(post, loan) == before
    assert await post.rows(chat=GROUP) == []


async def test_repairing_says_nothing_that_was_said(post: Post, remind: Remind) -> None:
    loan = await lent(post, FRIDAY_SIX)
    await until(post, remind, on("jeudi", 8))
    await post.store.write(lambda tx: tx.plans.drop(loan.id, "lost"))
    await post.store.write(lambda tx: tx.run(sa.delete(t.planned_outbox)))
    await post.store.write(lambda tx: tx.run(sa.delete(t.planned)))
    assert await repaired(post) == 1
    await until(post, remind, FRIDAY_SIX)
    assert [message for message, _ in await said(post)] == ["reminder_day_2", "reminder_day_1", "reminder_due_day"]


# --- chase --------------------------------------------------------------------------------------------------


async def chased(post: Post, until_: datetime, step: timedelta = HOUR) -> None:
    while post.clock.now() < until_:
        post.clock.move_to(min(until_, post.clock.now() + step))
        await chase(post.store, post.clock.now())


async def to(post: Post, chat: str) -> list[tuple[str, str]]:
    return [(r.message, f"{r.created_at.astimezone(PARIS):%a %H:%M}") for r in await post.rows(chat=chat)]


async def test_a_late_loan_climbs_to_staff_after_a_day_and_to_admins_after_a_week_once_each(post: Post) -> None:
    await lent(post, on("lundi", 12))
    await chased(post, on("lundi", 12, week=2), timedelta(hours=3))
    assert await to(post, GROUP) == [("escalation", "Tue 12:00")]
    heard = [said for said in await to(post, DOMINIQUE) if said[0] != "silence"]  # nobody reminds in this test
    assert heard == [("escalation", "Mon 12:00")]


async def test_a_loan_that_is_extended_can_be_late_again(post: Post) -> None:
    loan = await lent(post, on("lundi", 12))
    await chased(post, on("mardi", 13))
    later = on("jeudi", 12)
    await post.store.write(lambda tx: tx.loans.change(loan.id, due_at=later, escalated=0))
    await chased(post, on("vendredi", 13))
    assert [message for message, _ in await to(post, GROUP)] == ["escalation", "escalation"]


async def test_a_held_or_returned_loan_does_not_climb(post: Post) -> None:
    held, back = await lent(post, on("lundi", 12)), await lent(post, on("lundi", 12), 1)
    await post.store.write(lambda tx: tx.loans.change(held.id, held=True))
    await post.store.write(lambda tx: tx.loans.move(back, LoanState.RETURN_DECLARED, "awa"))
    await chased(post, on("lundi", 11, week=1), timedelta(hours=6))
    assert "escalation" not in [message for message, _ in await to(post, GROUP)]


async def request(post: Post, due_at: datetime = FRIDAY_SIX) -> Loan:
    def ask(tx: Tx) -> Loan:
        return tx.loans.add(
            item_id=post.desk.items[0], contact_id=post.desk.awa, department_id=post.desk.desk,
            state=LoanState.REQUESTED, due_at=due_at, who="awa",
        )  # fmt: skip

    return await post.store.write(ask)


async def test_a_request_nudges_staff_once_and_ends_after_a_day_said_to_both(post: Post) -> None:
    loan = await request(post)
    await chased(post, on("lundi", 10, 59), timedelta(minutes=15))
    assert await to(post, GROUP) == []
    await chased(post, on("lundi", 17))
    assert [message for message, _ in await to(post, GROUP)] == ["staff_nudge"]
    await chased(post, on("mercredi", 9))
    assert (await post.store.write(lambda tx: tx.loans.get(loan.id))).state is LoanState.EXPIRED
    assert [message for message, _ in await said(post)] == ["request_expired"]


async def test_a_request_of_saturday_evening_waits_for_monday(post: Post) -> None:
    post.clock.move_to(on("samedi", 17, 30))
    loan = await request(post, on("mercredi", 18, week=1))
    await chased(post, on("lundi", 10, 15, week=1))
    assert [message for message, _ in await to(post, GROUP)] == []
    await chased(post, on("lundi", 11, 15, week=1))
    assert [message for message, _ in await to(post, GROUP)] == ["staff_nudge"]
    await chased(post, on("lundi", 13, week=1))
    assert (await post.store.write(lambda tx: tx.loans.get(loan.id))).state is LoanState.EXPIRED


async def test_no_desk_waits_behind_the_many_requests_of_another(post: Post) -> None:
    def many(tx: Tx) -> None:
        crowded = tx.departments.add(name="Médiathèque", zone=PARIS, language="fr")
        for number in range(201):
            item, person = tx.items.add(crowded.id, f"L-{number}", "Livre"), tx.people.add("Awa")
            tx.loans.add(
                item_id=item.id, contact_id=person.id, department_id=crowded.id, state=LoanState.REQUESTED,
                due_at=on("vendredi", 18), who="awa",
            )  # fmt: skip

    await post.store.write(many)
    await request(post)
    await chased(post, on("lundi", 12))
    assert [message for message, _ in await to(post, GROUP)] == ["staff_nudge"]


async def test_a_request_for_a_time_gone_by_ends(post: Post) -> None:
    loan = await request(post)
    await post.store.write(lambda tx: tx.loans.change(loan.id, due_at=on("lundi", 10)))
    await chased(post, on("lundi", 10, 15), timedelta(minutes=15))
    assert (await post.store.write(lambda tx: tx.loans.get(loan.id))).state is LoanState.EXPIRED


@pytest.mark.parametrize(("rule", "state"), [("confirm", LoanState.RETURNED), ("ask", LoanState.ACTIVE)])
async def test_a_declared_return_nudges_at_a_day_and_is_decided_after_three(
    post: Post, rule: str, state: LoanState
) -> None:
    await post.store.write(lambda tx: tx.departments.set_rule(post.desk.desk, "return_default", rule))
    loan = await lent(post, FRIDAY_SIX)

    def declare(tx: Tx) -> None:
        tx.plans.drop(loan.id, "declared")
        tx.loans.move(loan, LoanState.RETURN_DECLARED, "awa", declared_at=tx.now)

    await post.store.write(declare)
    await chased(post, on("mercredi", 9))
    assert [message for message, _ in await to(post, GROUP)] == ["staff_nudge"]
    assert (await post.store.write(lambda tx: tx.loans.get(loan.id))).state is LoanState.RETURN_DECLARED
    await chased(post, on("vendredi", 9))
    assert (await post.store.write(lambda tx: tx.loans.get(loan.id))).state is state
    told = [message for message, _ in await said(post)]
    assert told == (["returned"] if rule == "confirm" else ["confirm_return"])


def crowd(tx: Tx, desk: int, many: int) -> list[tuple[int, int]]:
    """(item, person) of so many, each with something of their own."""
    return [
        (tx.items.add(desk, f"L-{n}", f"Livre {n}").id, add_person(tx, desk, f"P{n}", "sms", f"+336123460{n:02}")[0])
        for n in range(many)
    ]


def active(tx: Tx, desk: int, item: int, person: int) -> Loan:
    return tx.loans.add(
        item_id=item, contact_id=person, department_id=desk, state=LoanState.ACTIVE, due_at=FRIDAY_SIX, who="test"
    )


async def test_all_that_waits_at_a_crowded_desk_is_chased_in_one_run_a_few_in_each_transaction(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.modules["jobs.chase"], "SLICE", 3)

    def wait(tx: Tx) -> None:
        desk = post.desk.desk
        for n, (item, person) in enumerate(crowd(tx, desk, 15)):
            state = (LoanState.REQUESTED, LoanState.ACTIVE, LoanState.ACTIVE)[n % 3]
            made = tx.loans.add(
                item_id=item, contact_id=person, department_id=desk, state=state, who="awa",
                due_at=tx.now + 30 * DAY if n % 3 == 0 else tx.now - (8 if n % 3 == 1 else 2) * DAY,
            )  # fmt: skip
            if n % 3 == 0:
                tx.loans.change(made.id, created_at=tx.now - 2 * DAY)

    await post.store.write(wait)
    slices: list[int] = []

    def counted(tx: Tx, desk: int, mark: Mark) -> tuple[Chased, Mark | None]:
        before = tx.run(sa.select(sa.func.count()).where(t.outbox.c.department_id == desk)).scalar_one()
        found = chase_department(tx, desk, mark)
        slices.append(tx.run(sa.select(sa.func.count()).where(t.outbox.c.department_id == desk)).scalar_one() - before)
        return found

    monkeypatch.setattr(sys.modules["jobs.chase"], "chase_department", counted)
    # Five requests are nudged for and, being two days old, over; five loans climb to admins, these and five to staff.
    assert await chase(post.store, post.clock.now()) == "nudged 5, ended 5, escalated 10"
    assert len(slices) > 5
    assert max(slices) <= 3 * 3
    assert await chase(post.store, post.clock.now()) == "nudged 0, ended 0, escalated 0"


async def test_who_has_many_reminders_at_once_keeps_nobody_waiting_for_the_next_turn(
    post: Post, remind: Remind, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.modules["jobs.remind"], "SLICE", 2)

    def borrow(tx: Tx) -> list[int]:
        found = crowd(tx, post.desk.desk, 8)
        for n, (item, person) in enumerate(found):
            plan(tx, active(tx, post.desk.desk, item, post.desk.awa if n < 5 else person))
        return [person for _, person in found[5:]]

    others = await post.store.write(borrow)
    post.clock.move_to(on("jeudi", 8))
    await remind.turn()
    assert [len(await said(post, person)) for person in (post.desk.awa, *others)] == [1, 1, 1, 1]


async def test_every_plan_of_a_large_desk_is_looked_at_a_few_in_each_transaction(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.modules["jobs.reconcile"], "SLICE", 2)

    def borrow(tx: Tx) -> None:
        loans = [active(tx, post.desk.desk, item, person) for item, person in crowd(tx, post.desk.desk, 6)]
        for loan in loans[::2]:
            plan(tx, loan)

    await post.store.write(borrow)
    assert await reconcile(post.store, post.clock.now(), LoanClass.LONG) == "repaired 3"
    assert await reconcile(post.store, post.clock.now(), LoanClass.LONG) == "repaired 0"


# --- digest -------------------------------------------------------------------------------------------------


async def test_the_morning_summary_counts_what_its_lists_leave_out(post: Post) -> None:
    def many(tx: Tx) -> None:
        for number in range(33):
            made = tx.items.add(post.desk.desk, f"L-{number}", "Livre")
            tx.loans.add(
                item_id=made.id, contact_id=post.desk.awa, department_id=post.desk.desk, state=LoanState.ACTIVE,
                due_at=on("lundi", 12), who="sam",
            )  # fmt: skip

    await post.store.write(many)
    await lent(post, on("mardi", 12))
    post.clock.move_to(on("mardi", 8))
    told = await post.store.write(summary, post.desk.desk)
    assert (len(told.late), told.counts) == (30, (1, 33, 0))
    words = Texts().render(told, Reader("fr", "telegram", PARIS), on("mardi", 8)).text
    assert "et 18 de plus : /" in words
    assert words.count("de plus") == 1


# --- tidy ---------------------------------------------------------------------------------------------------


async def test_tidy_takes_what_is_old_in_slices_and_leaves_what_guards(
    post: Post, remind: Remind, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("bot.store.purge", "jobs.tidy"):
        monkeypatch.setattr(sys.modules[module], "SLICE", 7)
    loan = await lent(post, FRIDAY_SIX)
    await until(post, remind, on("mercredi", 8))
    for n in range(30):
        await post.put(to=f"+336123450{n:02}")
    await post.turns(10)
    keys = len(await post.store.rows(sa.select(t.said.c.key)))
    post.passes(timedelta(days=40))
    assert await tidy(post.store, post.clock.now())
    assert {row.facts for row in await post.rows(state="sent")} == {None}  # a week after it was sent
    assert len(await post.rows()) == 31
    post.passes(timedelta(days=60))
    await tidy(post.store, post.clock.now())
    assert await post.rows() == []
    assert len(await post.store.rows(sa.select(t.said.c.key))) == keys
    assert await still_planned(post, loan) != []
    assert (await post.store.write(lambda tx: tx.loans.get(loan.id))).state is LoanState.ACTIVE


async def test_tidy_keeps_what_waits_and_what_was_parked(post: Post) -> None:
    row = await post.put(next_at=post.clock.now() + timedelta(days=500))
    post.passes(timedelta(days=400))
    await tidy(post.store, post.clock.now())
    assert await post.state(row) == "pending"
    assert (await post.row(row)).facts is not None


async def test_of_each_retention_the_longest_of_all_departments_holds(post: Post) -> None:
    def two_desks(tx: Tx) -> None:
        other = tx.departments.add(name="Médiathèque", zone=PARIS, language="fr")
        tx.departments.set_rule(post.desk.desk, "log_days", 365)
        tx.departments.set_rule(post.desk.desk, "payload_days", 1)
        tx.departments.set_rule(other.id, "payload_days", 30)

    await post.store.write(two_desks)
    said: dict[str, object] = {"text": "RENDU"}
    await post.store.put([Letter("whatsapp", "message", sid, "us", AWA, said) for sid in ("SM1", "SM2")])
    await post.store.write(lambda tx: tx.update(t.inbox, {"provider_id": "SM1"}, state="done", done_at=tx.now))
    await post.store.write(lambda tx: tx.update(t.inbox, {"provider_id": "SM2"}, state="parked", done_at=tx.now))
    for days, kept in ((10, said), (25, None)):
        post.passes(timedelta(days=days))
        await tidy(post.store, post.clock.now())
        found = await post.store.rows(sa.select(t.inbox.c.payload).order_by(t.inbox.c.id))
        assert [row.payload for row in found] == [kept, said]  # staff may still take up what was parked


async def test_tidy_leaves_the_limits_of_this_minute_as_they_are(post: Post) -> None:
    for _ in range(18):
        await post.put(to=GROUP, channel="telegram")
    await post.turn()
    assert len(post.telegram.calls) == 18
    await tidy(post.store, post.clock.now())
    await post.put(to=GROUP, channel="telegram")
    await post.turns(5)
    assert len(post.telegram.calls) == 18
    post.passes(3 * DAY)
    await tidy(post.store, post.clock.now())
    assert await post.store.rows(sa.select(t.pace.c.key).where(t.pace.c.key.like("telegram:%"))) == []
