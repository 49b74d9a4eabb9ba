"""Facts of a message survive the outbox: stored as JSON, read back equal, also when written by newer code."""

from __future__ import annotations

import json
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.core.messages import CATALOGUE, Escalation, Message, Overdue, facts, message_from


def example(name: str) -> Message:
    kind = CATALOGUE[name]
    return kind(**kind.example)


EXAMPLES = {name: example(name) for name in CATALOGUE}


def stored(message: Message) -> dict[str, Any]:
    """As the database gives them back."""
    found: dict[str, Any] = json.loads(json.dumps(facts(message)))
    return found


def test_facts_survive_being_stored() -> None:
    assert {name: message_from(name, stored(message)) for name, message in EXAMPLES.items()} == EXAMPLES


def test_the_facts_are_all_that_the_message_has_and_nothing_else() -> None:
    kept = {name: set(stored(message)) for name, message in EXAMPLES.items()}
    assert kept == {name: {f.name for f in fields(message)} for name, message in EXAMPLES.items()}


def test_a_row_of_newer_code_can_still_be_read() -> None:
    newer = {name: stored(message) | {"a_fact_of_tomorrow": 1} for name, message in EXAMPLES.items()}
    assert {name: message_from(name, row) for name, row in newer.items()} == EXAMPLES


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
