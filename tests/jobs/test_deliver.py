"""deliver: what leaves, in which order, and what becomes of it. Channels here do as the test tells them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, MutableMapping
from datetime import datetime, timedelta
from functools import partial
from itertools import pairwise
from typing import Any, Literal

import pytest
import sqlalchemy as sa
from structlog.testing import capture_logs

from bot.channels.base import Channel, Outgoing
from bot.core.delivery import (
    SENDER_LIMITS,
    Accepted,
    ConfigFault,
    Down,
    Failed,
    Later,
    Outcome,
    Refused,
    State,
    Unsure,
    WindowClosed,
)
from bot.core.loans import LoanState
from bot.core.markup import marked_to_sms, segments
from bot.core.messages import Done, LoanCard, LoanCreated, ReminderDueDay
from bot.core.people import AddressState, Consent
from bot.store import StoreBusy, Tx
from bot.store import tables as t
from bot.store.errors import CommitUnknown
from bot.store.forget import forget
from bot.store.merging import detach, merge
from bot.store.outbox_rows import Claimed, Sending
from bot.store.pace import LATE
from jobs.closing import Closed
from jobs.leaving import claim_rows, start_rows, take_rows
from tests.jobs.post import AWA, DOMINIQUE, GROUP, KARIM, Post
from tests.town import PARIS

NUMBERS = [f"+336123450{n:02}" for n in range(40)]
MINUTE = timedelta(minutes=1)


# --- the road of one row ------------------------------------------------------------------------------------


async def test_a_row_that_is_due_leaves_and_is_closed(post: Post) -> None:
    row = await post.put()
    await post.turn()
    found = await post.row(row)
    assert (found.state, found.provider_id, found.attempts) == ("sent", "whatsapp-1", 1)
    assert found.lease is None
    assert found.words_hash
    [attempt] = await post.store.rows(sa.select(t.attempt))
    assert (attempt.outcome, attempt.ended_at) == ("accepted", post.clock.real())


async def test_a_row_whose_time_has_not_come_stays(post: Post) -> None:
    row = await post.put(next_at=post.clock.now() + MINUTE)
    again = await post.turn()
    assert post.whatsapp.calls == []
    assert again == (await post.row(row)).next_at


async def test_replies_go_first(post: Post) -> None:
    post.whatsapp.gate = asyncio.Event()
    await post.put(to=NUMBERS[0], priority=3)
    await post.put(to=NUMBERS[1], priority=0)
    await post.put(to=NUMBERS[2], priority=2)
    claimed = await post.store.write(claim_rows, "whatsapp", "us", 1)
    assert [c.chat for c in claimed] == [NUMBERS[1]]


async def test_one_chat_gets_its_messages_in_order_and_others_do_not_wait_for_it(post: Post) -> None:
    rows = [await post.put(key=f"k{n}") for n in range(3)]
    await post.put(to=NUMBERS[0])
    await post.turn()
    assert [await post.state(r) for r in rows] == ["sent"] * 3
    ids = [(await post.row(r)).provider_id for r in rows]
    assert ids == sorted(ids)
    assert set(post.whatsapp.chats) == {AWA, NUMBERS[0]}


async def test_while_a_chat_s_message_is_in_hand_its_next_one_waits(post: Post) -> None:
    post.whatsapp.gate = asyncio.Event()
    await post.put()
    await post.deliver.turn()
    await post.whatsapp.reached(1)
    second, other = await post.put(), await post.put(to=NUMBERS[0])
    await post.deliver.turn()
    await post.whatsapp.reached(2)
    assert post.whatsapp.chats == [AWA, NUMBERS[0]]
    post.whatsapp.gate.set()
    await post.turn()  # the first is written down,
    await post.turn()  # and its next may leave
    assert await post.state(second) == await post.state(other) == "sent"


@pytest.mark.parametrize(
    ("outcome", "state", "attempts", "named"),
    [
        (Later("429", timedelta(seconds=9)), "pending", 0, "later"),
        (Later("handset off", rate_limited=False), "retrying", 1, "later"),
        (Failed("fault", "30008"), "retrying", 1, "failed"),
        (Down("refused"), "pending", 0, "down"),
        (ConfigFault("credentials", "20003"), "pending", 0, "config"),
        (Refused("no such number", "21211"), "dead", 1, "refused"),
        (WindowClosed(), "dead", 1, "window_closed"),
        (Unsure("lost"), "unsure", 1, "unsure"),
        (RuntimeError("a fault of the channel's own"), "unsure", 1, "unsure"),
    ],
)
async def test_each_outcome_closes_the_row_in_its_way(
    post: Post, outcome: Outcome | RuntimeError, state: str, attempts: int, named: str
) -> None:
    post.whatsapp.outcomes = [outcome]
    row = await post.put()
    await post.turn()
    found = await post.row(row)
    assert (found.state, found.attempts, found.lease, found.lease_until) == (state, attempts, None, None)
    [attempt] = await post.store.rows(sa.select(t.attempt))
    assert attempt.outcome == named


async def test_three_failures_and_it_is_over(post: Post) -> None:
    post.whatsapp.outcomes = [Failed("fault")] * 9
    row = await post.put()
    await post.turn()
    waits = []
    while await post.state(row) == "retrying":
        found = await post.row(row)
        waits.append(found.next_at - post.clock.now())
        post.passes(waits[-1])
        await post.turn()
    assert waits == [5 * MINUTE, 10 * MINUTE]
    assert await post.state(row) == "dead"
    assert len(post.whatsapp.calls) == 3


async def test_words_that_break_end_their_own_row_and_no_other(post: Post) -> None:
    bad = await post.put()
    good = await post.put(to=NUMBERS[0])
    await post.store.write(lambda tx: tx.run(sa.update(t.outbox).where(t.outbox.c.id == bad).values(message="gone")))
    await post.turn()
    assert await post.state(bad) == "dead"
    assert await post.state(good) == "sent"


async def test_a_row_that_cannot_even_be_looked_at_ends_and_harms_no_other(post: Post) -> None:
    """Facts written by code that is gone: the look before the start breaks on them, for all rows started with it."""
    loan = await post.loan()
    bad = await post.reminder(loan)
    good = await post.put(to=NUMBERS[0])
    broken = sa.update(t.outbox).where(t.outbox.c.id == bad).values(facts={"due_at": "next friday"})
    await post.store.write(lambda tx: tx.run(broken))
    await post.turn()
    assert await post.state(good) == "sent"
    assert await post.state(bad) == "dead"


async def test_an_aftermath_that_breaks_leaves_its_row_closed_and_the_others_too(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a refusal leads to may fail; that the message went out must be written down, or it goes out again."""

    def breaks(*_: object) -> None:
        raise LookupError

    monkeypatch.setattr("jobs.closing.note_refusal", breaks)
    post.whatsapp.whenever = lambda out: Refused("no", "21211") if out.address == AWA else None
    bad = await post.put()
    good = [await post.put(to=number) for number in NUMBERS[:5]]
    await post.turn()
    assert [await post.state(row) for row in good] == ["sent"] * 5
    assert await post.state(bad) == "dead"
    assert await post.rows(state="sending") == []


# --- doubt --------------------------------------------------------------------------------------------------


async def claimed_and_gone(post: Post, *, started: bool) -> None:
    """A process that died: it had claimed what waits, perhaps noted the start."""
    for name in post.channels:
        claimed: list[Claimed] = await post.store.write(claim_rows, name, post.channels[name].sender, 10)
        if started:
            for one in claimed:
                await post.store.write_many(start_rows, one.lease)


async def test_a_lease_that_ran_out_before_the_start_is_simply_due_again(post: Post) -> None:
    row = await post.put()
    await claimed_and_gone(post, started=False)
    await post.turns(60, 10)
    assert post.whatsapp.calls == []  # two minutes are the lease's
    await post.turns(80, 10)
    assert (await post.state(row), len(post.whatsapp.calls)) == ("sent", 1)


async def test_a_lease_that_ran_out_after_the_start_is_in_doubt_and_asked_about(post: Post) -> None:
    row = await post.put()
    await claimed_and_gone(post, started=True)
    post.whatsapp.found = [["SM-found"]]
    await post.turns(130, 10)
    assert await post.state(row) == "unsure"
    assert post.whatsapp.asked == []  # a callback gets a minute to settle it
    await post.turns(70, 10)
    found = await post.row(row)
    assert (found.state, found.provider_id) == ("sent", "SM-found")
    assert post.whatsapp.calls == []


async def test_what_the_provider_never_got_leaves_again_after_asking(post: Post) -> None:
    row = await post.put()
    await claimed_and_gone(post, started=True)
    post.whatsapp.found = [[]]
    await post.turns(220, 10)
    assert await post.state(row) == "sent"
    assert (len(post.whatsapp.asked), len(post.whatsapp.calls)) == (1, 1)


async def asked_in_vain(post: Post, monkeypatch: pytest.MonkeyPatch) -> asyncio.Event:
    """Twilio takes the question about a row in doubt and says nothing until the event is set."""
    asked, answered = asyncio.Event(), asyncio.Event()

    async def silent(out: Outgoing, since: datetime) -> list[str]:
        asked.set()
        await answered.wait()
        return ["SM-found"]

    monkeypatch.setattr(post.whatsapp, "find", silent)
    while not asked.is_set():
        post.passes(timedelta(seconds=10))
        await asyncio.wait_for(post.deliver.turn(), 5)
        await asyncio.sleep(0)
    return answered


async def test_a_provider_that_answers_no_question_holds_up_no_other(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = await post.put()
    await claimed_and_gone(post, started=True)
    await post.turns(130, 10)
    assert await post.state(row) == "unsure"
    answered = await asked_in_vain(post, monkeypatch)
    answer = await post.put(to=KARIM, channel="telegram", begun_by="person", about="answer")
    await asyncio.wait_for(post.deliver.turn(), 5)
    await post.telegram.reached(1)
    answered.set()
    await post.turn()
    assert [await post.state(one) for one in (answer, row)] == ["sent", "sent"]


async def test_what_waits_for_a_question_under_way_does_not_turn_the_loop_without_end(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    await post.put()
    await post.turn()  # in an hour its provider is asked what became of it
    await post.put()
    await claimed_and_gone(post, started=True)
    await post.turns(130, 10)
    answered = await asked_in_vain(post, monkeypatch)
    post.passes(timedelta(hours=1))
    again = await post.deliver.turn()
    assert again is None or again > post.clock.now()
    answered.set()
    await post.turn()


async def test_the_same_words_to_the_same_person_are_no_proof_that_this_message_arrived(post: Post) -> None:
    """MES PRETS twice in a minute: the second answer is lost, and Twilio shows the first."""
    first = await post.put()
    await post.turns(10, 5)
    second = await post.put()
    await claimed_and_gone(post, started=True)
    theirs = (await post.row(first)).provider_id
    post.whatsapp.found = [[theirs]]
    await post.turns(220, 10)
    assert (await post.state(second), len(post.whatsapp.calls)) == ("sent", 2)
    third, fourth = await post.put(), await post.put()
    await claimed_and_gone(post, started=True)
    post.whatsapp.found = [[theirs, "SM-third"], [theirs, "SM-third"]]
    await post.turns(300, 10)
    assert [await post.state(row) for row in (third, fourth)] == ["sent", "sent"]
    assert (await post.row(third)).provider_id == "SM-third"
    assert len(post.whatsapp.calls) == 3


async def test_while_a_call_to_the_same_chat_is_under_way_what_twilio_shows_settles_no_doubt(post: Post) -> None:
    """Twilio has taken the second and its answer is still to come: what it shows may be either."""
    first = await post.put()
    await claimed_and_gone(post, started=True)
    await post.turns(130, 10)
    assert await post.state(first) == "unsure"
    post.whatsapp.gate = asyncio.Event()
    second = await post.put()
    await post.deliver.turn()
    await post.whatsapp.reached(1)
    post.whatsapp.found = [["whatsapp-1"], ["whatsapp-1"]]
    post.passes(timedelta(seconds=70))
    await post.deliver.turn()
    async with asyncio.timeout(60):
        while not post.whatsapp.asked:
            await post.deliver.carried(0.1)  # the call does not end
    assert (await post.state(first), len(post.whatsapp.asked)) == ("unsure", 1)
    post.whatsapp.gate.set()
    await post.turns(200, 10)
    assert [(await post.row(row)).provider_id for row in (second, first)] == ["whatsapp-1", "whatsapp-2"]


async def test_a_provider_that_cannot_say_is_asked_more_and_more_seldom_and_the_doubt_stays(post: Post) -> None:
    row = await post.put()
    await claimed_and_gone(post, started=True)
    await post.turns(600, 10)
    assert len(post.whatsapp.asked) == 3
    await post.turns(4 * 3600, 60)
    assert await post.state(row) == "unsure"
    assert (len(post.whatsapp.asked), post.whatsapp.calls) == (8, [])


async def test_a_provider_that_is_down_is_asked_about_a_doubt_once_in_ten_seconds_until_it_can_say(post: Post) -> None:
    doubts = [await post.put(to=number) for number in NUMBERS[:3]]
    await claimed_and_gone(post, started=True)
    for _ in range(5):
        await post.store.write(lambda tx: tx.runs.fault("whatsapp", "down", "no answer"))
    await post.turns(1400, 5)
    asked = len(post.whatsapp.asked)
    assert 100 < asked <= 128
    post.whatsapp.found = [["SM-1"], ["SM-2"], ["SM-3"]]
    await post.turns(60, 5)
    assert [await post.state(row) for row in doubts] == ["sent"] * 3
    assert post.whatsapp.calls == []


@pytest.mark.parametrize("attempts", [3, 1])
async def test_what_a_receipt_settles_while_the_provider_is_asked_is_not_said_again(post: Post, attempts: int) -> None:
    await post.store.write(lambda tx: tx.departments.set_rule(post.desk.desk, "attempts", attempts))
    post.whatsapp.outcomes = [Unsure("lost")]
    row = await post.put()
    await post.turn()

    async def told_meanwhile(out: Outgoing, since: datetime) -> list[str]:
        await post.store.write(lambda tx: tx.outbox.raise_rank(tx.outbox.row(row), State.DELIVERED, "SM1"))
        return []

    post.whatsapp.find = told_meanwhile  # type: ignore[method-assign]
    await post.turns(120, 10)
    assert (await post.state(row), len(post.whatsapp.calls), len(await post.rows())) == ("delivered", 1, 1)


async def test_an_answer_does_not_wait_behind_a_reminder_that_was_put_off(post: Post) -> None:
    post.whatsapp.outcomes = [Down("refused")]
    reminder = await post.put()
    await post.turn()
    answer = await post.put(begun_by="person", about="answer", priority=0)
    await post.turn()
    assert [await post.state(row) for row in (answer, reminder)] == ["sent", "pending"]


async def test_the_word_over_a_button_waits_for_no_limit_of_the_chat(post: Post) -> None:
    rows = [await post.put(to=KARIM, channel="telegram", op="answer", target=f"press:{n}") for n in range(3)]
    await post.turn()
    assert [await post.state(row) for row in rows] == ["sent"] * 3


async def test_a_message_that_is_lost_every_time_is_given_up_after_three(post: Post) -> None:
    post.whatsapp.whenever = lambda out: Unsure("lost")
    post.whatsapp.found = [[]] * 50
    row = await post.put()
    await post.turns(1200, 10)
    assert await post.state(row) == "dead"
    assert len(post.whatsapp.calls) == 3


async def test_on_telegram_a_courtesy_in_doubt_is_not_repeated(post: Post) -> None:
    loan = await post.loan(to=post.desk.karim)
    row = await post.reminder(loan, to=KARIM, channel="telegram")
    created = await post.put(post.created(loan), to="700100009", channel="telegram", about="notice")
    await claimed_and_gone(post, started=True)
    await post.turns(300, 10)
    assert (await post.state(row), await post.state(created)) == ("unsure", "unsure")
    assert post.telegram.calls == []


@pytest.mark.parametrize("what", ["overdue", "due_day", "answer"])
async def test_on_telegram_what_must_arrive_is_said_once_more_and_not_twice(post: Post, what: str) -> None:
    loan = await post.loan(to=post.desk.karim, due_in=timedelta(hours=-1) if what == "overdue" else timedelta(days=1))
    where = {"to": KARIM, "channel": "telegram"}
    if what == "overdue":
        row = await post.overdue(loan, **where)
    elif what == "due_day":
        row = await post.reminder(loan, ReminderDueDay, **where)
    else:
        row = await post.put(Done("noted"), **where, begun_by="person", about="answer")
    post.telegram.outcomes = [Unsure("lost"), Unsure("lost"), Unsure("lost")]
    await post.turns(60)
    assert len(post.telegram.calls) == 2
    assert await post.state(row) == "unsure"


async def test_where_nobody_can_be_asked_what_matters_is_said_once_more_when_no_receipt_came(post: Post) -> None:
    post.whatsapp.answers_no_question = True
    answer = await post.put(Done("noted"), begun_by="person", about="answer")
    created = await post.put(post.created(await post.loan()), to=NUMBERS[0], about="notice")
    post.whatsapp.whenever = lambda out: Unsure("lost")
    await post.turns(50, 5)
    assert len(post.whatsapp.calls) == 2, "a receipt may still come"
    await post.turns(600, 10)
    assert sorted(post.whatsapp.chats) == sorted([AWA, AWA, NUMBERS[0]])
    assert [await post.state(row) for row in (answer, created)] == ["unsure", "unsure"]


async def test_a_row_in_doubt_whose_words_are_gone_stops_nobody(post: Post) -> None:
    bad = await post.put()
    await claimed_and_gone(post, started=True)
    await post.turns(130, 10)
    gone = sa.update(t.outbox).where(t.outbox.c.id == bad).values(message="a_message_of_last_year")
    await post.store.write(lambda tx: tx.run(gone))
    good = await post.put(to=NUMBERS[0])
    await post.turns(70, 10)
    assert await post.state(good) == "sent"
    assert await post.state(bad) == "unsure"


async def test_a_receipt_settles_a_doubt_and_our_own_late_close_changes_nothing(post: Post) -> None:
    post.whatsapp.gate = asyncio.Event()
    post.whatsapp.outcomes = [Unsure("lost")]
    row = await post.put()
    await post.deliver.turn()
    await post.whatsapp.reached(1)

    def receipt(tx: Tx) -> None:
        found = tx.outbox.find("whatsapp", "SM1", None) or tx.outbox.find("whatsapp", "", (_ref(tx, row)))
        tx.outbox.raise_rank(found, State.DELIVERED, "SM1")

    await post.store.write(receipt)
    post.whatsapp.gate.set()
    await post.turn()
    found = await post.row(row)
    assert (found.state, found.provider_id) == ("delivered", "SM1")


def _ref(tx: Tx, row: int) -> str:
    return str(tx.run(sa.select(t.outbox.c.ref).where(t.outbox.c.id == row)).scalar_one())


async def test_who_lost_the_lease_does_not_close(post: Post) -> None:
    post.whatsapp.gate = asyncio.Event()
    row = await post.put()
    await post.deliver.turn()
    await post.whatsapp.reached(1)
    values = {"lease": "another's", "lease_until": post.clock.real() + MINUTE}
    await post.store.write(lambda tx: tx.run(sa.update(t.outbox).where(t.outbox.c.id == row).values(**values)))
    post.whatsapp.gate.set()
    await post.turn()
    found = await post.row(row)
    assert (found.state, found.lease) == ("sending", "another's")


async def test_a_row_whose_lease_is_nearly_over_is_not_called_any_more(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process that was halted between the start and the call: soon another may ask the provider about it."""
    row, words = await post.put(), post.deliver._outgoing

    def halted(channel: Channel, sending: Sending) -> Outgoing:
        post.passes(1.5 * MINUTE)  # of two
        return words(channel, sending)

    with monkeypatch.context() as patch:
        patch.setattr(post.deliver, "_outgoing", halted)
        await post.turn()
    assert post.whatsapp.calls == []
    await post.turns(3)
    assert await post.state(row) == "sent"
    assert len(post.whatsapp.calls) == 1


@pytest.mark.parametrize("error", [StoreBusy("away"), CommitUnknown("kept or not")])
async def test_what_the_database_did_not_let_begin_waits_for_no_lease(
    post: Post, monkeypatch: pytest.MonkeyPatch, error: StoreBusy
) -> None:
    rows = [await post.put(), await post.put(to=NUMBERS[0])]
    write = post.store.write
    failed: list[StoreBusy] = []

    async def fails_once(work: Callable[..., Any], *args: Any) -> Any:
        done = await write(work, *args) if isinstance(error, CommitUnknown) or failed else None
        if work is take_rows and not failed:
            failed.append(error)
            raise error
        return done if failed else await write(work, *args)

    monkeypatch.setattr(post.store, "write", fails_once)
    with pytest.raises(StoreBusy):
        await post.turn()
    await post.deliver.carried(2)
    await post.turns(2)
    assert [await post.state(row) for row in rows] == ["sent", "sent"]
    assert len(post.whatsapp.calls) == 2


async def test_nothing_overtakes_what_the_database_did_not_let_begin(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [await post.put() for _ in range(3)]
    write_many = post.store.write_many
    errors = [StoreBusy("away")]

    async def fails_once(work: Callable[..., Any], one: Any) -> Any:
        if work is start_rows and errors:
            raise errors.pop()
        return await write_many(work, one)

    monkeypatch.setattr(post.store, "write_many", fails_once)
    await post.turns(5)
    assert errors == []
    assert [(await post.row(row)).provider_id for row in rows] == ["whatsapp-1", "whatsapp-2", "whatsapp-3"]


# --- meanwhile its person changed ----------------------------------------------------------------------------


async def in_hand_while(post: Post, outcome: Outcome, work: Callable[[Tx], object], **more: Any) -> int:
    """Somebody does this while a message to Awa is with its provider, which then answers that. The row."""
    post.whatsapp.gate, post.whatsapp.outcomes = asyncio.Event(), [outcome]
    row = await post.put(post.created(await post.loan()), about="notice", **more)
    await post.deliver.turn()
    await post.whatsapp.reached(1)
    await post.store.write(work)
    post.whatsapp.gate.set()
    await post.turns(400, 10)
    return row


def broken(logs: list[MutableMapping[str, Any]]) -> list[MutableMapping[str, Any]]:
    return [line for line in logs if line["log_level"] == "error"]


async def test_who_became_one_with_another_is_written_to_by_the_next_road(post: Post) -> None:
    becomes_one = partial(merge, keep=post.desk.karim, gone=post.desk.awa, who="Sam")
    with capture_logs() as logs:
        row = await in_hand_while(post, Refused("unknown", "63024"), becomes_one)
    [onward] = await post.rows(parent_id=row)
    assert (onward.channel, onward.state, onward.contact_id) == ("telegram", "sent", post.desk.karim)
    assert broken(logs) == []


@pytest.mark.parametrize("outcome", [Refused("unknown", "63024"), Refused("stopped", "21610", "consent"), Unsure("?")])
async def test_of_who_was_erased_nobody_is_asked_and_no_task_is_made(post: Post, outcome: Outcome) -> None:
    def erased(tx: Tx) -> None:
        tx.run(sa.update(t.loan).values(state="returned", returned_at=tx.now))
        forget(tx, post.desk.awa)

    with capture_logs() as logs:
        row = await in_hand_while(post, outcome, erased)
    assert await post.state(row) == "cancelled"
    assert await post.rows(message="staff_task") == []
    assert broken(logs) == []


async def test_of_a_doubt_about_who_was_erased_nobody_is_asked(post: Post) -> None:
    post.whatsapp.outcomes = [Unsure("lost")]
    await post.put(about="notice")
    await post.turn()
    await post.store.write(lambda tx: forget(tx, post.desk.awa))
    with capture_logs() as logs:
        await post.turns(300, 10)
    assert (post.whatsapp.asked, broken(logs)) == ([], [])


@pytest.mark.parametrize(
    ("outcome", "found"), [(Unsure("lost"), [[]]), (Later("busy", timedelta(minutes=1)), []), (Down("gone"), [])]
)
async def test_an_address_that_is_somebody_else_s_by_now_gets_no_second_try(
    post: Post, outcome: Outcome, found: list[list[str] | Literal["unknown"]]
) -> None:
    def taken_out(tx: Tx) -> None:
        tx.people.add_address(post.desk.awa, "sms", AWA, verified_by="attested", consent=Consent.ATTESTED)
        detach(tx, post.desk.awa_whatsapp, "Sam")

    post.whatsapp.found = list(found)
    row = await in_hand_while(post, outcome, taken_out)
    assert (await post.row(row)).error == "the address is somebody else's"
    assert len(post.whatsapp.calls) == 1


async def test_of_what_came_back_meanwhile_nobody_need_be_called(post: Post) -> None:
    """RENDU while the notice of lateness is with its provider, who then refuses it."""
    late, still_late = await post.loan(0, due_in=-MINUTE), await post.loan(1, due_in=-MINUTE)
    declared = sa.update(t.loan).where(t.loan.c.id == late.id).values(state="return_declared")
    post.whatsapp.gate, post.whatsapp.outcomes = asyncio.Event(), [Refused("unknown", "63024")]
    await post.overdue(late)
    await post.deliver.turn()
    await post.whatsapp.reached(1)
    await post.store.write(lambda tx: tx.run(declared))
    post.whatsapp.gate.set()
    await post.turns(10)
    assert await post.rows(message="staff_task") == []
    await post.store.write(lambda tx: tx.people.set_state(post.desk.awa_whatsapp, AddressState.LIVE))
    post.whatsapp.outcomes = [Refused("unknown", "63024")]
    await post.overdue(late, still_late)
    await post.turns(10)
    assert len(await post.rows(message="staff_task")) == 1


# --- limits -------------------------------------------------------------------------------------------------


async def test_429_with_a_wait_holds_that_chat_and_no_other(post: Post) -> None:
    post.telegram.outcomes = [Later("429", timedelta(seconds=30))]
    first = await post.put(to=GROUP, channel="telegram")
    others = [await post.put(to=GROUP, channel="telegram") for _ in range(3)]
    await post.turn()
    assert len(post.telegram.calls) == 1  # none of those behind it went before the wait was over
    elsewhere = await post.put(to=KARIM, channel="telegram", begun_by="person", about="answer")
    began = post.clock.real()
    await post.turn()
    assert await post.state(elsewhere) == "sent"
    await post.turns(45)
    assert [await post.state(row) for row in (first, *others)] == ["sent"] * 4
    after = [call.real - began for call in post.telegram.calls if call.address == GROUP]
    assert min(after[1:]) >= timedelta(seconds=29)


@pytest.mark.parametrize("outcome", [Later("429", timedelta(seconds=4)), Down("refused"), ConfigFault("token", "401")])
async def test_what_its_channel_did_not_take_now_keeps_its_place_in_the_chat(post: Post, outcome: Outcome) -> None:
    post.telegram.outcomes = [outcome]
    rows = [await post.put(to=KARIM, channel="telegram", begun_by="person", about="answer") for _ in range(3)]
    await post.turns(150)
    assert {await post.state(row) for row in rows} == {"sent"}
    left = [(await post.row(row)).sent_at for row in rows]
    assert left == sorted(left)


async def test_a_long_queue_for_a_silenced_chat_hides_nobody_behind_it(post: Post) -> None:
    post.telegram.outcomes = [Later("429", timedelta(seconds=30))]
    for _ in range(140):
        await post.put(to=GROUP, channel="telegram", priority=1)
    await post.turn()
    behind = await post.put(to=KARIM, channel="telegram", priority=2)
    await post.turns(2)
    assert await post.state(behind) == "sent"


async def test_the_rule_says_how_often_a_message_is_tried(post: Post) -> None:
    await post.store.write(lambda tx: tx.departments.set_rule(post.desk.desk, "attempts", 1))
    post.whatsapp.outcomes = [Failed("fault")]
    row = await post.put()
    await post.turn()
    assert await post.state(row) == "dead"


async def test_429_for_the_whole_sender_holds_all_its_chats(post: Post) -> None:
    post.whatsapp.outcomes = [Later("queue full", timedelta(seconds=30), whole_sender=True)]
    await post.put(to=NUMBERS[0])
    await post.turn()
    rows = [await post.put(to=number) for number in NUMBERS[1:5]]
    await post.turns(20)
    assert len(post.whatsapp.calls) == 1
    await post.turns(20)
    assert [await post.state(row) for row in rows] == ["sent"] * 4


@pytest.mark.parametrize("waits", [(30, 3), (3, 30)])
async def test_of_two_pauses_that_were_asked_for_at_once_the_longer_holds(post: Post, waits: tuple[int, int]) -> None:
    asked = [Later("429", timedelta(seconds=wait), whole_sender=True) for wait in waits]
    post.whatsapp.outcomes = [asked[0]]
    await post.put(to=NUMBERS[0])
    post.whatsapp.gate = asyncio.Event()
    turning = asyncio.get_running_loop().create_task(post.turn())
    await post.whatsapp.reached(1)
    post.whatsapp.outcomes.append(asked[1])
    await post.put(to=NUMBERS[1])
    other = asyncio.get_running_loop().create_task(post.turn())
    await post.whatsapp.reached(2)
    post.whatsapp.gate.set()
    await asyncio.gather(turning, other)
    await post.turns(20)
    assert len(post.whatsapp.calls) == 2
    await post.turns(20)
    assert len(post.whatsapp.calls) == 4


async def test_a_private_chat_gets_one_a_second(post: Post) -> None:
    for _ in range(5):
        await post.put(to=KARIM, channel="telegram", begun_by="person", about="answer", caused_at=post.clock.now())
    await post.turns(10, 0.5)
    moments = [call.real for call in post.telegram.calls]
    assert len(moments) == 5
    assert all(b - a >= timedelta(seconds=1) - timedelta(microseconds=10) for a, b in pairwise(moments))


async def test_a_call_whose_place_passed_by_while_its_words_were_made_leaves_at_another(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, outgoing = [0], post.deliver._outgoing

    def slowly(channel: Channel, row: Sending) -> Outgoing:
        made[0] += 1
        if made[0] == 1:
            post.passes(timedelta(seconds=LATE + 0.5))  # the loop was held up
        return outgoing(channel, row)

    monkeypatch.setattr(post.deliver, "_outgoing", slowly)
    monkeypatch.setitem(SENDER_LIMITS, "whatsapp", (4, 1.0))
    rows = [await post.put(to=number) for number in NUMBERS[:12]]
    await post.turns(20, 0.25)
    assert [await post.state(row) for row in rows] == ["sent"] * 12
    moments = [call.real for call in post.whatsapp.calls]
    rounding = timedelta(microseconds=10)
    assert all(b - a >= timedelta(seconds=1) - rounding for a, b in zip(moments, moments[4:], strict=False))


async def test_an_sms_of_several_segments_keeps_the_number_busy_for_each(post: Post) -> None:
    long = LoanCreated("Perceuse " + "x" * 200, post.clock.now() + timedelta(days=2), 1, "Accueil")
    for message in (long, Done("noted"), Done("noted")):
        await post.put(message, to="+33612345690", channel="sms")
    await post.turns(8, 0.5)
    first, second, third = [call.real for call in post.sms.calls]
    parts = segments(marked_to_sms(post.sms.calls[0].text))[0]
    assert parts >= 2
    rounding = timedelta(microseconds=10)
    assert second - first >= timedelta(seconds=parts) - rounding
    assert timedelta(seconds=1) - rounding <= third - second <= timedelta(seconds=2), "one segment alone"


async def test_a_group_gets_eighteen_a_minute(post: Post) -> None:
    for _ in range(40):
        await post.put(to=GROUP, channel="telegram")
    await post.turns(125, 5)
    moments = [call.real for call in post.telegram.calls]
    assert len(moments) >= 36
    gaps = [b - a for a, b in zip(moments, moments[18:], strict=False)]
    assert min(gaps) >= timedelta(seconds=60) - timedelta(microseconds=10)


async def test_a_reply_leaves_within_a_second_in_the_middle_of_a_burst(post: Post) -> None:
    for n in range(300):
        await post.put(to=f"+3361235{n:04}", channel="telegram")
    await post.turn()
    reply = await post.put(to=KARIM, channel="telegram", begun_by="person", about="answer", priority=0)
    await post.turns(1.5, 0.5)
    assert await post.state(reply) == "sent"
    assert len(await post.rows(state="pending")) > 0


# --- the breaker --------------------------------------------------------------------------------------------


async def to_admin(post: Post) -> list[str]:
    return [row.message for row in await post.rows(chat=DOMINIQUE)]


async def test_the_breaker_opens_after_five_faults_and_lets_one_probe_through_every_ten_seconds(post: Post) -> None:
    post.whatsapp.whenever = lambda out: Down("connection refused")
    rows = [await post.put(to=number) for number in NUMBERS[:5]]
    await post.turn()
    rows += [await post.put(to=number) for number in NUMBERS[5:20]]
    before = len(post.whatsapp.calls)
    assert before == 5
    await post.turns(60)
    moments = [call.real for call in post.whatsapp.calls[before:]]
    assert 5 <= len(moments) <= 6
    assert all(b - a >= timedelta(seconds=10) for a, b in pairwise(moments))
    assert {(await post.row(row)).attempts for row in rows} == {0}
    assert await to_admin(post) == ["channel_down"]


async def test_when_the_provider_is_back_everything_leaves_and_admins_are_told_once(post: Post) -> None:
    post.whatsapp.whenever = lambda out: Down("connection refused")
    rows = [await post.put(to=number) for number in NUMBERS[:8]]
    await post.turns(30)
    post.whatsapp.whenever = lambda out: None
    await post.turns(30)
    assert [await post.state(row) for row in rows] == ["sent"] * 8
    assert await to_admin(post) == ["channel_down", "channel_back"]


async def test_looking_at_an_empty_outbox_is_no_probe(post: Post) -> None:
    """The first message after a quiet outage must not wait for the turn of a probe that had nothing to send."""
    post.whatsapp.outcomes = [Down("refused")] * 5
    for number in NUMBERS[:5]:
        await post.put(to=number, window_end=post.clock.now() + timedelta(seconds=5))
    await post.turns(33)
    row = await post.put()
    await post.turn()
    assert await post.state(row) == "sent"


async def test_rows_of_a_channel_that_is_down_wait_until_their_window_ends(post: Post) -> None:
    post.whatsapp.whenever = lambda out: Down("connection refused")
    short = await post.put(to=NUMBERS[0], window_end=post.clock.now() + timedelta(seconds=20))
    long = await post.put(to=NUMBERS[1], window_end=post.clock.now() + timedelta(hours=1))
    await post.turns(60)
    post.whatsapp.whenever = lambda out: None
    await post.turns(20)
    assert (await post.state(short), await post.state(long)) == ("expired", "sent")


@pytest.mark.parametrize(("outcome", "calls"), [(None, 2), (Later("429", rate_limited=True), 1)])
async def test_the_place_of_a_message_that_was_taken_is_free_while_that_is_written_down(
    post: Post, monkeypatch: pytest.MonkeyPatch, outcome: Outcome | None, calls: int
) -> None:
    """One that was not taken keeps it: what follows from it, a pause of the sender perhaps, must be written first."""
    written, close = asyncio.Event(), post.deliver._close

    async def late(closed: Closed) -> None:
        await written.wait()
        await close(closed)

    monkeypatch.setattr("jobs.deliver.MOST_IN_FLIGHT", 1)
    monkeypatch.setattr(post.deliver, "_close", late)
    post.whatsapp.outcomes = [outcome] if outcome else []
    rows = [await post.put(to=number) for number in NUMBERS[:2]]
    for _ in range(2):
        await post.deliver.turn()
        await post.deliver.carried(0.05)
    assert len(post.whatsapp.calls) == calls
    written.set()
    await post.turns(40)
    assert [await post.state(row) for row in rows] == ["sent", "sent"]


async def test_rows_in_hand_when_the_breaker_opens_wait_again(post: Post) -> None:
    """Not yet started, they are not in flight: only what was already called counts beside the probes."""
    post.telegram.whenever = lambda out: Down("connection refused")
    for _ in range(12):
        await post.put(to=GROUP, channel="telegram")  # all claimed at once: the limit of a group allows eighteen
    await post.turn()
    assert len(post.telegram.calls) <= 5


@pytest.mark.parametrize("faults", [4])
async def test_four_faults_and_a_success_open_nothing(post: Post, faults: int) -> None:
    post.whatsapp.outcomes = [*[Down("refused")] * faults, Accepted("SM"), *[Down("refused")] * faults]
    for number in NUMBERS[:9]:
        await post.put(to=number)
        await post.turn()
    assert await to_admin(post) == []


async def test_a_fault_of_the_settings_stops_the_channel_and_keeps_its_queue(post: Post) -> None:
    post.whatsapp.whenever = lambda out: ConfigFault("credentials refused", "20003")
    rows = [await post.put(to=number) for number in NUMBERS[:6]]
    await post.turns(3)
    count = len(post.whatsapp.calls)
    await post.turns(30)
    assert len(post.whatsapp.calls) <= count + 4
    assert {await post.state(row) for row in rows} == {"pending"}
    assert {(await post.row(row)).attempts for row in rows} == {0}
    assert await to_admin(post) == ["channel_down"]
    other = await post.put(to=KARIM, channel="telegram", begun_by="person", about="answer")
    await post.turn()
    assert await post.state(other) == "sent"  # other channels go on


async def test_a_channel_that_is_down_does_not_keep_the_machine_busy(post: Post) -> None:
    """Rows that are due and may not leave must not wake the loop at once, over and over."""
    post.whatsapp.whenever = lambda out: Down("connection refused")
    for number in NUMBERS[:20]:
        await post.put(to=number)
    await post.turns(20)
    again = await post.turn()
    assert again is None or again > post.clock.now()


async def test_a_row_of_a_channel_that_is_off_does_not_keep_the_machine_busy(post: Post) -> None:
    await post.put(to="awa@example.org", channel="email")
    again = await post.turn()
    assert again is None or again > post.clock.now()


# --- other roads --------------------------------------------------------------------------------------------


async def another_road(post: Post) -> None:
    """Awa has a number for SMS as well."""

    def add(tx: Tx) -> None:
        tx.people.add_address(post.desk.awa, "sms", AWA, verified_by="attested", consent=Consent.ATTESTED)

    await post.store.write(add)


async def test_a_refusal_takes_the_next_road_once(post: Post) -> None:
    await another_road(post)
    loan = await post.loan(due_in=timedelta(hours=-1))
    post.whatsapp.outcomes = [Refused("no such number", "21211")]
    post.sms.outcomes = [Refused("landline", "30006")]
    row = await post.overdue(loan)
    await post.turns(5)
    assert (len(post.whatsapp.calls), len(post.sms.calls)) == (1, 1)
    [second] = await post.rows(channel="sms")
    assert (second.parent_id, second.state, second.message) == (row, "dead", "overdue")
    assert [r.message for r in await post.rows(chat=GROUP)] == ["staff_task"]  # told once, at the end of the roads
    states = await post.store.rows(sa.select(t.address.c.state).where(t.address.c.contact_id == post.desk.awa))
    assert {r.state for r in states} == {"dead"}


@pytest.mark.parametrize(
    "outcome",
    [
        Failed("5xx"),
        Later("off", timedelta(minutes=30), rate_limited=False),
        Later("the day's messages", timedelta(hours=1), whole_sender=True),
    ],
)
async def test_what_may_only_be_tried_again_too_late_takes_the_next_road(post: Post, outcome: Outcome) -> None:
    await another_road(post)
    loan = await post.loan(due_in=timedelta(minutes=4))
    post.whatsapp.outcomes = [outcome]
    row = await post.reminder(loan, ReminderDueDay, window_end=loan.due_at)
    await post.turns(3)
    assert await post.state(row) == "expired"
    assert [(r.parent_id, r.state) for r in await post.rows(channel="sms")] == [(row, "sent")]


async def test_who_sent_stop_to_the_carrier_is_not_pursued_there(post: Post) -> None:
    loan = await post.loan(due_in=timedelta(hours=-1))
    post.whatsapp.outcomes = [Refused("STOP", "21610", "consent")]
    await post.overdue(loan)
    second = await post.overdue(loan)
    await post.turns(3)
    consent = await post.store.rows(sa.select(t.address.c.consent).where(t.address.c.id == post.desk.awa_whatsapp))
    assert consent[0].consent == "refused"
    assert await post.state(second) == "withheld"
    assert len(post.whatsapp.calls) == 1


async def test_outside_the_window_it_goes_once_more_as_a_template(post: Post) -> None:
    """We believed the window open and WhatsApp says 63016: the approved template, not silence."""
    loan = await post.loan()
    post.store.desk.approved = frozenset({("reminder_day_1", "fr")})
    await post.store.write(lambda tx: tx.people.heard_from(post.whatsapp.sender, post.desk.awa_whatsapp))
    post.whatsapp.outcomes = [WindowClosed(), WindowClosed(), WindowClosed()]
    await post.reminder(loan)
    await post.turns(5)
    assert len(post.whatsapp.calls) == 2
    open_now = await post.store.write(lambda tx: tx.people.window_open(post.whatsapp.sender, post.desk.awa_whatsapp))
    assert not open_now


async def test_a_group_that_became_a_supergroup_takes_its_queue_along(post: Post) -> None:
    post.telegram.outcomes = [Accepted("1", moved_to="-1009999")]
    await post.put(to=GROUP, channel="telegram")
    waiting = await post.put(to=GROUP, channel="telegram", next_at=post.clock.now() + MINUTE)
    await post.turn()
    assert (await post.row(waiting)).chat == "-1009999"
    desk = await post.store.write(lambda tx: tx.departments.get(post.desk.desk))
    assert desk.chat == "-1009999"


async def test_a_card_that_never_arrived_is_written_when_it_is_edited(post: Post) -> None:
    card = LoanCard(**LoanCard.example)
    first = await post.put(card, to=GROUP, channel="telegram", card="loan:1", about="staff")
    await post.store.write(lambda tx: tx.cards.expect(GROUP, "loan:1", first))
    post.telegram.outcomes = [Refused("rights", "403", "road")]
    await post.turn()
    edit = await post.put(card, to=GROUP, channel="telegram", card="loan:1", about="staff", op="edit")
    await post.turns(3)
    assert (post.telegram.calls[-1].op, await post.state(edit)) == ("send", "sent")
    again = await post.put(card, to=GROUP, channel="telegram", card="loan:1", about="staff", op="edit")
    await post.turns(3)
    assert (post.telegram.calls[-1].op, post.telegram.calls[-1].target) == ("edit", (await post.row(edit)).provider_id)
    assert await post.state(again) == "sent"


async def test_a_card_that_cannot_be_edited_any_more_is_written_anew(post: Post) -> None:
    card = LoanCard(**LoanCard.example)
    await post.store.write(lambda tx: tx.cards.shown(GROUP, "loan:1", "old"))
    post.telegram.outcomes = [Refused("message to edit not found", "400", "content")]
    await post.put(card, to=GROUP, channel="telegram", card="loan:1", about="staff", op="edit")
    await post.turns(3)
    assert [call.op for call in post.telegram.calls] == ["edit", "send"]
    assert await post.store.write(lambda tx: tx.cards.message_of(GROUP, "loan:1")) == "telegram-2"


async def test_a_card_that_is_gone_is_not_written_anew_after_a_later_one(post: Post) -> None:
    card = LoanCard(**LoanCard.example)
    await post.store.write(lambda tx: tx.cards.shown(GROUP, "loan:1", "old"))
    post.telegram.gate = asyncio.Event()
    gone = Refused("message to edit not found", "400", "content")
    post.telegram.outcomes = [gone, gone]
    first = await post.put(card, to=GROUP, channel="telegram", card="loan:1", about="staff", op="edit")
    await post.deliver.turn()
    await post.telegram.reached(1)
    later = await post.put(card, to=GROUP, channel="telegram", card="loan:1", about="staff", op="edit")
    post.telegram.gate.set()
    await post.turns(10)
    assert [call.op for call in post.telegram.calls] == ["edit", "edit", "send"]
    assert [row.parent_id for row in await post.rows()] == [None, None, later]
    assert await post.state(first) == "dead"


# --- read again when it leaves ------------------------------------------------------------------------------


async def held_back(post: Post) -> list[Claimed]:
    claimed: list[Claimed] = await post.store.write(claim_rows, "whatsapp", post.whatsapp.sender, 10)
    return claimed


@pytest.mark.parametrize(
    ("happens", "state"),
    [("stop", "withheld"), ("blocked", "withheld"), ("returned", "cancelled"), ("moved", "superseded"),
     ("silenced", "withheld"), ("late", "expired")],
)  # fmt: skip
async def test_between_the_claim_and_the_call_the_world_may_change(post: Post, happens: str, state: str) -> None:
    loan = await post.loan()
    row = await post.reminder(loan, window_end=post.clock.now() + MINUTE)
    [claimed] = await held_back(post)

    def change(tx: Tx) -> None:
        if happens == "stop":
            tx.people.set_consent(post.desk.awa_whatsapp, Consent.REFUSED, "STOP")
        elif happens == "blocked":
            tx.people.set_state(post.desk.awa_whatsapp, AddressState.BLOCKED)
        elif happens == "returned":
            tx.loans.move(tx.loans.get(loan.id), LoanState.RETURN_DECLARED, "awa")
        elif happens == "moved":
            tx.loans.change(loan.id, due_at=loan.due_at + timedelta(days=2))
        elif happens == "silenced":
            tx.loans.change(loan.id, silenced=True)

    await post.store.write(change)
    if happens == "late":
        post.passes(2 * MINUTE)
    assert await post.store.write_many(start_rows, claimed.lease) is None
    found = await post.row(row)
    assert found.state == state
    assert found.error
    assert await post.store.rows(sa.select(t.attempt)) == []


async def test_a_gathered_message_loses_the_lines_of_what_came_back(post: Post) -> None:
    loans = [await post.loan(n, due_in=timedelta(hours=-1)) for n in range(2)]
    row = await post.overdue(*loans)
    await post.store.write(lambda tx: tx.loans.move(tx.loans.get(loans[0].id), LoanState.RETURNED, "sam"))
    await post.turn()
    [call] = post.whatsapp.calls
    assert "Objet 1" in call.text
    assert "Objet 0" not in call.text
    assert await post.state(row) == "sent"


async def test_a_gathered_message_of_nothing_does_not_leave(post: Post) -> None:
    loans = [await post.loan(n, due_in=timedelta(hours=-1)) for n in range(2)]
    row = await post.overdue(*loans)
    for loan in loans:
        await post.store.write(lambda tx, one: tx.loans.move(tx.loans.get(one), LoanState.RETURNED, "sam"), loan.id)
    await post.turn()
    assert post.whatsapp.calls == []
    assert await post.state(row) in ("cancelled", "expired")


async def test_what_the_clock_begins_waits_for_the_end_of_the_quiet_hours(post: Post) -> None:
    post.clock.move_to(datetime(2026, 11, 23, 22, 0, tzinfo=PARIS))
    loan = await post.loan()
    reminder = await post.reminder(loan)
    reply = await post.put(to=NUMBERS[0], begun_by="person", about="answer", caused_at=post.clock.now())
    await post.turn()
    assert post.whatsapp.chats == [NUMBERS[0]]
    assert await post.state(reply) == "sent"
    assert (await post.row(reminder)).next_at == datetime(2026, 11, 24, 8, 0, tzinfo=PARIS)
    post.clock.move_to(datetime(2026, 11, 24, 8, 0, tzinfo=PARIS))
    await post.turn()
    assert await post.state(reminder) == "sent"


async def test_what_waits_too_long_is_closed_with_its_reason(post: Post) -> None:
    row = await post.put(next_at=post.clock.now() + 5 * MINUTE, window_end=post.clock.now() + MINUTE)
    await post.turns(120, 10)
    found = await post.row(row)
    assert (found.state, found.error) == ("expired", "too late to be of use")
    assert found.closed_at is not None


# --- the end ------------------------------------------------------------------------------------------------


async def test_at_a_stop_what_was_not_started_goes_back_and_what_was_is_closed(post: Post) -> None:
    post.telegram.gate = asyncio.Event()
    first = await post.put(to=GROUP, channel="telegram")
    second = await post.put(to=GROUP, channel="telegram")
    await post.deliver.turn()
    await post.telegram.reached(1)
    stopping = asyncio.ensure_future(post.deliver.stop())
    await asyncio.sleep(0)
    post.telegram.gate.set()
    await stopping
    assert await post.state(first) == "sent"
    found = await post.row(second)
    assert (found.state, found.lease) == ("pending", None)
    assert await post.store.rows(sa.select(t.attempt.c.id).where(t.attempt.c.outbox_id == second)) == []
    assert len(post.telegram.calls) == 1
