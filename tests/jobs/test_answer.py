"""answer: letters of one person in order, of different people side by side, and none that stops the others."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
import sqlalchemy as sa
from structlog.testing import capture_logs

from bot.core.conversation import Heard, Say
from bot.core.delivery import Outcome, Refused, Unsure
from bot.core.inbound import Inbound, Item, Letter, Receipt
from bot.core.messages import Done
from bot.store import Store
from bot.store import tables as t
from jobs.answer import Answer, Ears
from tests.jobs.post import AWA, GROUP, Post

BINTA, CIRA = "+33612345679", "+33612345670"


class Reader:
    """Reads what `written` and `receipt` have put into the inbox."""

    def read(self, letter: Letter) -> list[Item]:
        said = letter.payload
        if said.get("text") == "unreadable":
            raise ValueError
        if letter.kind == "receipt":
            ref = str(said.get("ref", "")) or None
            return [Receipt(letter.channel, str(said["sid"]), str(said["status"]), str(said.get("code", "")), ref)]  # type: ignore[arg-type]
        return [Inbound("whatsapp", letter.provider_id, "us", letter.lane, letter.lane, text=str(said["text"]))]


def refuses(code: str) -> Outcome:
    return Refused("no such number", code)


def written(number: int, text: str, who: str = AWA) -> Letter:
    return Letter("whatsapp", "message", f"SM{number}", "us", who, {"text": text})


def receipt(sid: str, status: str, code: str = "") -> Letter:
    return Letter("whatsapp", "receipt", f"{sid}:{status}", "us", sid, {"sid": sid, "status": status, "code": code})


@pytest.fixture
def answer(store: Store) -> Answer:
    return Answer(store, Ears({"whatsapp": Reader()}, {"whatsapp": refuses}))


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """(who, text) in the order handled; the text "poison" breaks the handler."""
    found: list[tuple[str, str]] = []

    def respond(tx: object, said: Heard) -> list[Say]:
        if said.text == "poison":
            raise ZeroDivisionError
        found.append((said.inbound.address, said.text))
        return [Say(message=Done("noted"))]

    monkeypatch.setattr("jobs.answer.respond", respond)
    return found


async def letters(store: Store) -> list[Any]:
    return list(await store.rows(sa.select(t.inbox).order_by(t.inbox.c.id)))


async def states(store: Store) -> list[str]:
    return [row.state for row in await letters(store)]


async def tries(post: Post, answer: Answer, seconds: int = 30) -> None:
    for _ in range(seconds):
        await answer.turn()
        post.passes(timedelta(seconds=1))


# --- order --------------------------------------------------------------------------------------------------


async def test_while_letters_come_and_come_the_loop_is_seen_to_turn(
    post: Post, answer: Answer, heard: list[tuple[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("jobs.answer.LONGEST_TURN", -1.0)
    monkeypatch.setattr(post.store, "waiting_lanes", partial(post.store.waiting_lanes, 1))
    await post.store.put([written(1, "un"), written(2, "deux", BINTA)])
    again = await answer.turn()
    assert again is not None
    assert again <= post.clock.now()
    assert len(heard) == 1
    await answer.turn()
    assert len(heard) == 2


async def test_who_writes_meanwhile_does_not_wait_for_all_that_another_has_written(
    post: Post, answer: Answer, heard: list[tuple[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("jobs.answer.A_MOMENT", -1.0)
    await post.store.put([written(n, f"{n}") for n in range(5)])
    several = post.store.write_each

    async def then_binta_writes(work: Any, lanes: Sequence[str]) -> Any:
        handled = await several(work, lanes)
        await post.store.put([written(9, "moi", BINTA)])
        return handled

    monkeypatch.setattr(post.store, "write_each", then_binta_writes)
    await answer.turn()
    assert [text for _, text in heard][:3] == ["0", "1", "moi"]
    assert await states(post.store) == ["done"] * 6


async def test_a_person_s_words_are_handled_in_the_order_received(
    post: Post, answer: Answer, heard: list[tuple[str, str]]
) -> None:
    for n in range(6):
        await post.store.put([written(n, f"{n}", (AWA, BINTA)[n % 2])])
    await answer.turn()
    assert [text for who, text in heard if who == AWA] == ["0", "2", "4"]
    assert [text for who, text in heard if who == BINTA] == ["1", "3", "5"]
    assert await states(post.store) == ["done"] * 6


@pytest.mark.several_writers
async def test_each_letter_is_handled_once_however_often_the_job_turns(
    post: Post, answer: Answer, heard: list[tuple[str, str]]
) -> None:
    await post.store.put([written(1, "RENDU")])
    await asyncio.gather(*(answer.turn() for _ in range(4)))
    await answer.turn()
    assert heard == [(AWA, "RENDU")]
    assert len(await post.rows(chat=AWA)) == 1


@pytest.mark.several_writers
async def test_two_replicas_handle_each_letter_once_and_in_order(
    post: Post, answer: Answer, heard: list[tuple[str, str]], migrated_url: str
) -> None:
    other = await Store.open(migrated_url, post.clock)
    there = Answer(other, Ears({"whatsapp": Reader()}, {"whatsapp": refuses}))
    for n in range(20):
        await post.store.put([written(n, f"{n:02}", f"+3361234560{n % 4}")])
    await asyncio.gather(*(one.turn() for one in (answer, there) for _ in range(3)))
    await tries(post, answer, 3)
    await other.close()
    assert len(heard) == len(set(heard)) == 20
    for who in {who for who, _ in heard}:
        texts = [text for w, text in heard if w == who]
        assert texts == sorted(texts)


# --- what fails ---------------------------------------------------------------------------------------------


async def test_after_three_failures_a_letter_is_parked_and_staff_and_the_person_are_told(
    post: Post, answer: Answer, heard: list[tuple[str, str]]
) -> None:
    await post.store.put([written(1, "poison")])
    await tries(post, answer)
    [row] = await letters(post.store)
    assert (row.state, row.tries) == ("parked", 3)
    assert "ZeroDivisionError" in row.error
    assert [r.message for r in await post.rows(chat=GROUP)] == ["letters_parked"]
    assert [r.message for r in await post.rows(chat=AWA)] == ["something_broke"]


async def test_a_letter_that_failed_rests_before_the_next_try(
    post: Post, answer: Answer, heard: list[tuple[str, str]]
) -> None:
    await post.store.put([written(1, "poison")])
    again = await answer.turn()
    assert again == post.clock.now() + timedelta(seconds=1)
    await answer.turn()
    assert (await letters(post.store))[0].tries == 1
    post.passes(timedelta(seconds=1))
    assert await answer.turn() == post.clock.now() + timedelta(seconds=10)


async def test_a_failure_that_is_told_late_changes_nothing_of_a_letter_that_was_handled(post: Post) -> None:
    """Another replica took it up meanwhile."""
    await post.store.put([written(1, "un")])
    [letter] = await letters(post.store)
    await post.store.write(lambda tx: tx.inbox.done(letter.id))
    assert not await post.store.write(lambda tx: tx.inbox.failed(letter.id, "late"))
    assert await states(post.store) == ["done"]


async def test_poison_stops_nobody_else_and_its_own_lane_waits_its_turn(
    post: Post, answer: Answer, heard: list[tuple[str, str]]
) -> None:
    await post.store.put([written(0, "before", CIRA), written(1, "poison"), written(2, "after")])
    await post.store.put([written(3, "elsewhere", BINTA)])
    again = await answer.turn()
    assert {who: len(await post.rows(chat=who)) for who in (CIRA, BINTA, AWA)} == {CIRA: 1, BINTA: 1, AWA: 0}
    heard.clear()
    assert again == post.clock.now() + timedelta(seconds=1)  # not at once, over and over, for the letter behind it
    await tries(post, answer)
    assert heard == [(AWA, "after")]
    assert await states(post.store) == ["done", "parked", "done", "done"]


async def test_a_letter_is_parked_though_the_database_refuses_the_words_about_it(
    post: Post, answer: Answer, heard: list[tuple[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("jobs.answer._tell", lambda tx, *_: tx.run(sa.text("SELECT nonsense")))
    await post.store.put([written(1, "poison")])
    await tries(post, answer)
    assert await states(post.store) == ["parked"]


@pytest.mark.parametrize(
    "bad",
    [
        written(1, "unreadable"),
        Letter("carrier pigeon", "message", "P1", "us", AWA, {"text": "coo"}),  # a channel that is off by now
        Letter("whatsapp", "message", "SM1", "us", AWA, {}),
    ],
    ids=["unreadable", "channel off", "empty"],
)
async def test_a_letter_nobody_can_even_read_is_parked_and_stops_nobody(
    post: Post, answer: Answer, heard: list[tuple[str, str]], bad: Letter
) -> None:
    await post.store.put([bad, written(2, "elsewhere", BINTA)])
    await tries(post, answer)
    assert heard == [(BINTA, "elsewhere")]
    assert await states(post.store) == ["parked", "done"]


async def test_what_a_failed_handler_wrote_is_undone(
    post: Post, answer: Answer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def half(tx: Any, said: Heard) -> list[Say]:
        tx.people.rename(said.contact.id, "half done")
        raise ZeroDivisionError

    monkeypatch.setattr("jobs.answer.respond", half)
    await post.store.put([written(1, "RENDU")])
    await tries(post, answer)
    assert (await post.store.write(lambda tx: tx.people.get(post.desk.awa).name)) == "Awa"


async def test_a_parked_letter_can_be_taken_up_again(
    post: Post, answer: Answer, heard: list[tuple[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    await post.store.put([written(1, "poison")])
    await tries(post, answer)

    def well(tx: object, said: Heard) -> list[Say]:
        heard.append((AWA, said.text))
        return []

    monkeypatch.setattr("jobs.answer.respond", well)
    await post.store.write(lambda tx: tx.reports.unpark())
    await answer.turn()
    assert heard == [(AWA, "poison")]
    assert await states(post.store) == ["done"]


# --- receipts -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("order", "ends"),
    [
        (["sent", "delivered", "read"], "read"),
        (["read", "delivered", "sent"], "read"),
        (["delivered", "sent"], "delivered"),
        (["sent", "sent", "sent"], "sent"),
        (["failed", "delivered"], "delivered"),  # the phone knows better
        (["delivered", "failed"], "delivered"),
        (["sent", "failed"], "dead"),
        (["failed", "sent"], "dead"),
    ],
)
async def test_receipts_in_any_order_end_in_the_same_place(
    post: Post, answer: Answer, order: list[str], ends: str
) -> None:
    row = await post.put()
    await post.turn()
    for status in order:
        await post.store.put([receipt("whatsapp-1", status, "30008" if status == "failed" else "")])
        await answer.turn()
    assert await post.state(row) == ends
    if ends == "dead":
        assert (await post.row(row)).error == "30008 no such number"
    assert set(await states(post.store)) == {"done"}


async def test_people_are_answered_before_receipts_that_came_earlier(post: Post) -> None:
    """A burst that leaves brings three receipts for each message: whoever writes meanwhile is not to wait for them."""
    await post.store.put(
        [*(receipt(f"whatsapp-{n}", "read") for n in range(3)), written(1, "one"), written(2, "two", BINTA)]
    )
    assert await post.store.waiting_lanes(3) == [AWA, BINTA, "whatsapp-0"]


async def test_who_writes_without_end_hides_nobody(post: Post) -> None:
    """Lanes are found among the letters that have waited longest, which may all be one person's."""
    await post.store.put([*(written(n, "encore") for n in range(40)), written(41, "bonjour", BINTA)])
    assert await post.store.waiting_lanes(8) == [AWA, BINTA]


async def test_receipts_that_are_handled_together_end_as_they_would_apart(post: Post, answer: Answer) -> None:
    """Of each message all that becomes of it waits at once; the third was tried twice, and both ids tell of it."""
    rows = [await post.put(to=AWA if n < 3 else BINTA) for n in range(4)]
    for _ in rows:
        await post.turns(2)
    ids = [(await post.row(row)).provider_id for row in rows]
    told = [(ids[0], "read"), (ids[0], "delivered"), (ids[1], "sent"), (ids[1], "failed"), (ids[3], "delivered")]
    ref = {"ref": (await post.row(rows[2])).ref}
    twice = [
        Letter("whatsapp", "receipt", f"{sid}:{status}", "us", sid, {"sid": sid, "status": status, **ref})
        for sid, status in (("lost", "delivered"), (ids[2], "failed"))
    ]
    await post.store.put([*(receipt(sid, status) for sid, status in told), *twice])
    await answer.turn()
    assert [await post.state(row) for row in rows] == ["read", "dead", "delivered", "delivered"]


async def test_what_was_delivered_keeps_its_time_when_it_is_read(post: Post, answer: Answer) -> None:
    row = await post.put()
    await post.turn()
    for status in ("delivered", "read"):
        await post.store.put([receipt("whatsapp-1", status)])
        post.passes(timedelta(hours=1))
        await answer.turn()
    found = await post.row(row)
    assert found.closed_at - found.delivered_at == timedelta(hours=1)


async def test_a_number_that_was_dead_lives_once_a_message_arrives_there(post: Post, answer: Answer) -> None:
    await post.put()
    await post.turn()
    dead = sa.update(t.address).where(t.address.c.id == post.desk.awa_whatsapp).values(state="dead")
    await post.store.write(lambda tx: tx.run(dead))
    for status, ends in (("sent", "dead"), ("delivered", "live")):
        await post.store.put([receipt("whatsapp-1", status)])
        await answer.turn()
        [found] = await post.store.rows(sa.select(t.address).where(t.address.c.id == post.desk.awa_whatsapp))
        assert found.state == ends


async def test_a_message_in_doubt_that_a_receipt_calls_sent_is_asked_about_later(post: Post, answer: Answer) -> None:
    post.whatsapp.outcomes = [Unsure("the answer was lost")]
    row = await post.put()
    await post.turn()
    told = {"sid": "SM1", "status": "sent", "ref": (await post.row(row)).ref}
    await post.store.put([Letter("whatsapp", "receipt", "SM1:sent", "us", "SM1", told)])
    await answer.turn()
    found = await post.row(row)
    assert (found.state, found.provider_id, found.look_at > post.clock.now()) == ("sent", "SM1", True)


async def test_a_receipt_that_overtakes_our_own_answer_waits_for_it(post: Post, answer: Answer) -> None:
    await post.store.put([receipt("whatsapp-1", "delivered")])
    await answer.turn()
    assert await states(post.store) == ["new"]
    row = await post.put()
    await post.turn()
    post.passes(timedelta(seconds=1))
    await answer.turn()
    assert await post.state(row) == "delivered"
    assert await states(post.store) == ["done"]


@pytest.mark.parametrize("status", ["sent", "delivered", "failed"])
async def test_a_message_whose_receipt_came_before_the_answer_has_left_once(
    post: Post, answer: Answer, status: str
) -> None:
    """It was told as delivered after no attempt at all."""
    row = await post.put()
    post.whatsapp.gate = asyncio.Event()
    sending = asyncio.create_task(post.turn())
    await post.whatsapp.reached(1)
    told = {"sid": "whatsapp-1", "status": status, "ref": (await post.row(row)).ref}
    await post.store.put([Letter("whatsapp", "receipt", f"SM1:{status}", "us", "SM1", told)])
    await answer.turn()
    post.whatsapp.gate.set()
    await sending
    found = await post.row(row)
    assert (found.state, found.attempts) == ({"failed": "dead"}.get(status, status), 1)


async def test_early_receipts_have_no_letter_that_is_kept_with_them_handled_twice(
    post: Post, answer: Answer, heard: list[tuple[str, str]]
) -> None:
    """Receipts of the same moment as letters of others: one commit keeps them all."""
    for n in range(6):
        await post.store.put([receipt(f"whatsapp-{n}", "delivered"), written(n, f"{n}", f"+3361234560{n}")])
    await answer.turn()
    assert sorted(text for _, text in heard) == [f"{n}" for n in range(6)]
    assert sorted(await states(post.store)) == ["done"] * 6 + ["new"] * 6


async def test_a_receipt_for_nothing_of_ours_is_dropped_without_an_alarm(post: Post, answer: Answer) -> None:
    await post.store.put([receipt("somebody else's", "delivered")])
    with capture_logs() as told:
        await tries(post, answer)
    assert {line["log_level"] for line in told} <= {"info"}
    assert await states(post.store) == ["done"]
    assert await post.rows(chat=GROUP) == []


async def test_what_failed_at_the_provider_later_is_told_to_staff_once(post: Post, answer: Answer) -> None:
    loan = await post.loan(due_in=timedelta(hours=-1))
    await post.overdue(loan)
    await post.turn()
    await post.store.put([receipt("whatsapp-1", "failed", "21211")])
    await answer.turn()
    await post.store.put([Letter("whatsapp", "receipt", "again", "us", "l", {"sid": "whatsapp-1", "status": "failed"})])
    await answer.turn()
    assert [r.message for r in await post.rows(chat=GROUP)] == ["staff_task"]
