"""Facts of a message survive the outbox: stored as JSON, read back equal, also when written by newer code."""

from __future__ import annotations

import json
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.core.messages import CATALOGUE, Escalation, Message, Overdue, facts, message_from

NAMES = sorted(CATALOGUE)


def example(name: str) -> Message:
    kind = CATALOGUE[name]
    return kind(**kind.example)


def stored(message: Message) -> dict[str, Any]:
    """As the database gives them back."""
    found: dict[str, Any] = json.loads(json.dumps(facts(message)))
    return found


@pytest.mark.parametrize("name", NAMES)
def test_facts_survive_being_stored(name: str) -> None:
    assert message_from(name, stored(example(name))) == example(name)


@pytest.mark.parametrize("name", NAMES)
def test_the_facts_are_all_that_the_message_has_and_nothing_else(name: str) -> None:
    assert set(stored(example(name))) == {f.name for f in fields(example(name))}


@pytest.mark.parametrize("name", NAMES)
def test_a_row_of_newer_code_can_still_be_read(name: str) -> None:
    assert message_from(name, stored(example(name)) | {"a_fact_of_tomorrow": 1}) == example(name)


def test_times_keep_their_instant_and_lengths_their_microseconds() -> None:
    due = datetime(2026, 11, 27, 17, 0, tzinfo=UTC)
    message = Escalation("Perceuse", "Awa", due, timedelta(days=1, microseconds=5), 2, "")
    again = message_from("escalation", stored(message))
    assert isinstance(again, Escalation)
    assert again.due_at == due
    assert again.late == timedelta(days=1, microseconds=5)


def test_lines_within_a_message_are_lines_again() -> None:
    message = example("overdue")
    again = message_from("overdue", stored(message))
    assert isinstance(message, Overdue)
    assert isinstance(again, Overdue)
    assert again.lines == message.lines
    assert type(again.lines[0]) is type(message.lines[0])


def test_a_message_nobody_knows_is_no_message() -> None:
    with pytest.raises(KeyError):
        message_from("no_such_message", {})
