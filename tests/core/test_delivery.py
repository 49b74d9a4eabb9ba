"""What becomes of a message after an attempt, whether it may leave at all, and how fast."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.core.delivery import (
    RANK,
    STATE_FR,
    Accepted,
    ConfigFault,
    Down,
    Failed,
    Later,
    LoanNow,
    Outcome,
    PutOff,
    Refused,
    State,
    Stop,
    Tried,
    Unsure,
    Waiting,
    WindowClosed,
    counts_as,
    limits,
    may_leave,
    next_look,
    next_state,
    patience,
    priority_of,
)
from bot.core.rules import Rules

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
ROW = Tried("whatsapp", "overdue", "send", attempts=0, doubts=0)


@pytest.mark.parametrize(
    ("row", "outcome", "state", "attempts", "wait"),
    [
        (ROW, Accepted("SM1"), State.SENT, 1, None),
        (ROW, Later("429", timedelta(seconds=7)), State.PENDING, 0, timedelta(seconds=7)),
        (ROW, Later("429"), State.PENDING, 0, timedelta(seconds=30)),
        (ROW, Later("handset off", rate_limited=False), State.RETRYING, 1, 5 * MINUTE),
        (ROW, Later("handset off", 20 * MINUTE, rate_limited=False), State.RETRYING, 1, 20 * MINUTE),
        (replace(ROW, attempts=2), Later("handset off", rate_limited=False), State.DEAD, 3, None),
        (ROW, Failed("fault"), State.RETRYING, 1, 5 * MINUTE),
        (replace(ROW, attempts=1), Failed("fault"), State.RETRYING, 2, 10 * MINUTE),
        (replace(ROW, attempts=2), Failed("fault"), State.DEAD, 3, None),
        (replace(ROW, attempts=2, most=4), Failed("fault"), State.RETRYING, 3, 15 * MINUTE),
        (replace(ROW, attempts=3, most=4), Failed("fault"), State.DEAD, 4, None),
        (replace(ROW, channel="webhook", attempts=5), Failed("fault"), State.RETRYING, 6, 24 * 60 * MINUTE),
        (replace(ROW, channel="webhook", attempts=6), Failed("fault"), State.DEAD, 7, None),
        (replace(ROW, attempts=2), Down("refused"), State.PENDING, 2, timedelta(seconds=10)),
        (replace(ROW, attempts=2), ConfigFault("credentials", "20003"), State.PENDING, 2, MINUTE),
        (ROW, Refused("no such number", "21211"), State.DEAD, 1, None),
        (ROW, WindowClosed(), State.DEAD, 1, None),
        # An answer that was lost. Twilio can be asked, so nothing leaves before that.
        (ROW, Unsure("lost"), State.UNSURE, 1, None),
        (replace(ROW, channel="sms"), Unsure("lost"), State.UNSURE, 1, None),
        # Telegram and e-mail cannot: once more for what must arrive, never for a courtesy.
        (replace(ROW, channel="telegram"), Unsure("lost"), State.RETRYING, 1, timedelta(seconds=5)),
        (replace(ROW, channel="telegram", attempts=1, doubts=1), Unsure("lost"), State.UNSURE, 2, None),
        (replace(ROW, channel="telegram", message="reminder_day_2"), Unsure("lost"), State.UNSURE, 1, None),
        (replace(ROW, channel="telegram", message="reminder_day_1"), Unsure("lost"), State.UNSURE, 1, None),
        (replace(ROW, channel="telegram", message="loan_created"), Unsure("lost"), State.UNSURE, 1, None),
        (replace(ROW, channel="telegram", message="reminder_due_day"), Unsure("x"), State.RETRYING, 1, 5 * MINUTE / 60),
        (replace(ROW, channel="email"), Unsure("lost"), State.RETRYING, 1, timedelta(seconds=5)),
        (replace(ROW, channel="telegram", op="edit", doubts=1), Unsure("x"), State.RETRYING, 1, 5 * MINUTE / 60),
    ],
)  # fmt: skip
def test_after_one_attempt(row: Tried, outcome: Outcome, state: State, attempts: int, wait: timedelta | None) -> None:
    after = next_state(row, outcome, NOW)
    assert (after.state, after.attempts) == (state, attempts)
    assert after.next_at == (None if wait is None else NOW + wait)


@pytest.mark.parametrize("outcome", [Later("429"), Failed("fault"), Down("refused"), ConfigFault("funds", "30002")])
def test_a_wait_that_ends_after_the_row_s_use_ends_the_row(outcome: Outcome) -> None:
    row = replace(ROW, window_end=NOW + timedelta(seconds=5))
    assert next_state(row, outcome, NOW).state is State.EXPIRED


def test_what_the_provider_said_is_kept() -> None:
    assert next_state(ROW, Accepted("SM1"), NOW).provider_id == "SM1"
    assert next_state(ROW, Refused("no such number", "21211"), NOW).error == "21211 no such number"
    assert "63016" in next_state(ROW, WindowClosed(), NOW).error


def test_every_state_has_its_french_word_and_a_receipt_can_overrule_a_death() -> None:
    assert set(STATE_FR) == set(State)
    assert len(set(STATE_FR.values())) == len(State)
    assert RANK[State.SENT] < RANK[State.DEAD] < RANK[State.DELIVERED] < RANK[State.READ]


# --- may it leave? ---------------------------------------------------------------------------------------

REMINDER = Waiting(
    about="reminder", begun_by="clock", window_end=NOW + timedelta(hours=1), caused_at=None, private=True,
    consent="attested", address_state="live", paused_until=None, loan=LoanNow("active", NOW, False, False), due_at=NOW,
)  # fmt: skip
REPLY = Waiting(
    about="answer", begun_by="person", window_end=NOW + timedelta(hours=24), caused_at=NOW - MINUTE, private=True,
    consent="unknown", address_state="live", paused_until=None,
)  # fmt: skip
CARD = Waiting(
    about="staff", begun_by="clock", window_end=None, caused_at=None, private=False, consent=None, address_state=None,
    paused_until=None,
)  # fmt: skip


@pytest.mark.parametrize(
    ("row", "state"),
    [
        (REMINDER, None),
        (replace(REMINDER, consent="given"), None),
        (replace(REMINDER, window_end=NOW - MINUTE), State.EXPIRED),
        (replace(REMINDER, loan=LoanNow("returned", NOW, False, False)), State.CANCELLED),
        (replace(REMINDER, loan=LoanNow("return_declared", NOW, False, False)), State.CANCELLED),
        (replace(REMINDER, loan=LoanNow("active", NOW, True, False)), State.WITHHELD),  # held until staff say go
        (replace(REMINDER, loan=LoanNow("active", NOW, False, True)), State.WITHHELD),  # STOP 2
        (replace(REMINDER, loan=LoanNow("active", NOW + MINUTE, False, False)), State.SUPERSEDED),
        (replace(REMINDER, consent="unknown"), State.WITHHELD),
        (replace(REMINDER, consent="refused"), State.WITHHELD),
        (replace(REMINDER, address_state="blocked"), State.WITHHELD),
        (replace(REMINDER, address_state="dead"), State.WITHHELD),
        (replace(REMINDER, about="notice", loan=None, consent="unknown"), State.WITHHELD),
        (replace(REMINDER, about="notice", loan=None, begun_by="person", consent="unknown"), State.WITHHELD),
        (REPLY, None),
        (replace(REPLY, begun_by="clock"), State.WITHHELD),  # an answer that nobody waits for
        (replace(REPLY, consent="refused"), None),  # an answer to STOP itself
        (replace(REPLY, consent="refused", caused_at=NOW - 11 * MINUTE), State.WITHHELD),
        (replace(REPLY, consent="refused", caused_at=None), State.WITHHELD),
        (replace(REPLY, address_state="blocked"), None),  # who writes can be answered
        (CARD, None),
    ],
)
def test_what_is_read_again_when_it_leaves(row: Waiting, state: State | None) -> None:
    verdict = may_leave(row, NOW, None)
    if state is None:
        assert verdict is None
    else:
        assert isinstance(verdict, Stop)
        assert verdict.state is state
        assert verdict.why


def test_quiet_hours_bind_the_clock_and_not_what_a_person_caused() -> None:
    morning = NOW + timedelta(minutes=30)
    assert may_leave(REMINDER, NOW, morning) == PutOff(morning, "quiet hours")
    assert may_leave(CARD, NOW, morning) == PutOff(morning, "quiet hours")
    assert may_leave(REPLY, NOW, morning) is None
    again = may_leave(
        replace(REMINDER, window_end=morning), NOW, morning
    )  # there the next one begins, and says it anew
    assert isinstance(again, Stop)
    assert again.state is State.EXPIRED


def test_a_pause_binds_the_person_who_asked_for_it_and_not_the_group() -> None:
    until = NOW + timedelta(minutes=30)
    assert may_leave(replace(REMINDER, paused_until=until), NOW, None) == PutOff(until, "paused")
    assert may_leave(replace(REMINDER, paused_until=NOW - MINUTE), NOW, None) is None
    assert may_leave(replace(CARD, paused_until=until), NOW, None) is None


def test_the_longer_of_quiet_hours_and_pause_holds() -> None:
    row = replace(REMINDER, paused_until=NOW + timedelta(minutes=40))
    assert may_leave(row, NOW, NOW + timedelta(minutes=10)) == PutOff(NOW + timedelta(minutes=40), "paused")


def test_a_reminder_whose_use_ends_in_quiet_hours_is_not_kept_for_the_morning() -> None:
    verdict = may_leave(REMINDER, NOW, NOW + timedelta(hours=2))
    assert isinstance(verdict, Stop)
    assert verdict.state is State.EXPIRED


# --- how fast --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("channel", "chat", "wanted"),
    [
        ("telegram", "700100001", [(25, 1.0), (1, 1.0)]),
        ("telegram", "-1001234500001", [(25, 1.0), (18, 60.0)]),
        ("whatsapp", "+33612345678", [(80, 1.0)]),
        ("sms", "+33612345678", [(1, 1.0)]),
    ],
)
def test_limits_stay_below_the_providers_own(channel: str, chat: str, wanted: list[tuple[int, float]]) -> None:
    found = limits(channel, "us", chat)
    assert [(limit.count, limit.seconds) for limit in found] == wanted
    assert len({limit.key for limit in found}) == len(found)


def test_a_trial_account_sends_one_a_second_and_a_hundred_a_day() -> None:
    found = limits("whatsapp", "us", "+33612345678", trial=True)
    assert [(limit.count, limit.seconds) for limit in found] == [(1, 1.0), (100, 86_400.0)]
    assert limits("sms", "us", "+33612345678", trial=True) == limits("sms", "us", "+33612345678")


def test_two_chats_share_the_sender_s_limit_and_nothing_else() -> None:
    one, two = limits("telegram", "us", "1"), limits("telegram", "us", "2")
    assert one[0].key == two[0].key
    assert one[1].key != two[1].key


def test_replies_go_before_cards_those_before_reminders_those_before_digests() -> None:
    order = [("answer", "person"), ("staff", "person"), ("reminder", "clock"), ("staff", "clock")]
    assert [priority_of(about, by) for about, by in order] == [0, 1, 2, 3]
    assert priority_of("overdue", "clock") == priority_of("reminder", "clock")
    assert priority_of("toast", "person") == 0


HOURS = timedelta(hours=1)


@pytest.mark.parametrize(
    ("message", "about", "useful", "longest"),
    [
        ("reminder_2h", "reminder", 2 * HOURS, timedelta(minutes=20)),
        ("reminder_2h", "reminder", timedelta(minutes=30), timedelta(minutes=15)),  # the next road needs its half
        ("reminder_day_1", "reminder", 34 * HOURS, 4 * HOURS),
        ("reminders", "reminder", 2 * HOURS, HOURS),
        ("overdue", "overdue", None, 4 * HOURS),
        ("loan_created", "notice", None, None),
        ("done", "answer", HOURS, None),
    ],
)
def test_how_long_a_message_may_stay_undelivered(
    message: str, about: str, useful: timedelta | None, longest: timedelta | None
) -> None:
    assert patience(message, about, useful, Rules()) == longest


def test_the_provider_is_asked_a_few_times_and_then_no_more() -> None:
    looks, waited = [], timedelta(0)
    while (after := next_look(waited, timedelta(minutes=20))) is not None:
        looks.append(after)
        waited = after
    assert looks == [timedelta(minutes=20), HOURS, 6 * HOURS, 24 * HOURS]
    assert next_look(timedelta(0), None) == HOURS


@pytest.mark.parametrize(
    ("message", "hours", "kind"),
    [
        ("reminders", (26, 58), "reminder_day_1"),  # tomorrow, and the day after
        ("reminders", (10, 58), "reminders"),  # one of them is due today
        ("reminders", (13,), "reminders"),  # tomorrow at nine: this is its last evening
        ("overdue", (26,), "overdue"),
    ],
)
def test_a_gathered_reminder_is_a_courtesy_when_nothing_in_it_is_the_last(
    message: str, hours: tuple[int, ...], kind: str
) -> None:
    assert counts_as(message, [NOW + timedelta(hours=h) for h in hours], NOW) == kind
