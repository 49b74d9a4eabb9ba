"""Rules: stored and read back, with a stored value that no longer fits ignored."""

from __future__ import annotations

import json
from dataclasses import fields
from datetime import time, timedelta
from typing import Any

import pytest

from bot.core.rules import GROUPS, Rules, freeze, rules_from, thaw

NAMES = [f.name for f in fields(Rules)]
SETTABLE = {f.name: f.metadata["info"] for f in fields(Rules) if f.metadata["info"]}


@pytest.mark.parametrize("name", NAMES)
def test_every_default_survives_being_stored(name: str) -> None:
    default = getattr(Rules(), name)
    assert thaw(default, json.loads(json.dumps(freeze(default)))) == default


@pytest.mark.parametrize("name", SETTABLE)
def test_every_rule_has_its_group_its_help_and_a_default_within_its_bounds(name: str) -> None:
    about, default = SETTABLE[name], getattr(Rules(), name)
    assert about.group in GROUPS
    assert about.fr
    assert about.en
    if isinstance(default, str | tuple):
        assert set([default] if isinstance(default, str) else default) <= set(about.options) or not about.options
    elif about.low is not None:
        assert about.low <= default <= about.high


@pytest.mark.parametrize(
    ("name", "stored", "value"),
    [
        ("before_due", 3600, timedelta(hours=1)),
        ("morning", "07:30", time(7, 30)),
        ("max_reminders", 4, 4),
        ("quiet_sundays", True, True),
        ("channels", ["sms", "whatsapp"], ("sms", "whatsapp")),
        ("lateness", "une amende", "une amende"),
        ("closures", ["2026-12-24/2027-01-02"], ("2026-12-24/2027-01-02",)),
    ],
)
def test_what_is_stored_lies_over_the_defaults(name: str, stored: Any, value: Any) -> None:
    rules = rules_from({name: stored})
    assert getattr(rules, name) == value
    assert rules == Rules(**{name: value})


@pytest.mark.parametrize(
    "stored",
    [{"no_such_rule": 1}, {"morning": "25:99"}, {"before_due": "soon"}, {"max_reminders": None}, {"channels": 3}],
)
def test_what_does_not_fit_any_more_is_ignored(stored: dict[str, Any]) -> None:
    assert rules_from({**stored, "closing": "17:00"}) == Rules(closing=time(17))


def test_equal_bounds_switch_quiet_hours_off() -> None:
    assert Rules().quiet
    assert not Rules(quiet_from=time(8), quiet_until=time(8)).quiet
