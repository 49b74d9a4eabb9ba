"""A bare "ce soir" is closing time; what names an hour keeps it."""

from __future__ import annotations

from datetime import datetime, time
from zoneinfo import ZoneInfo

import pytest

from bot.core.deskhours import tonight_is_closing
from bot.core.due import Due
from bot.core.duetime import find_due

NINE = datetime(2026, 11, 23, 9, 0, tzinfo=ZoneInfo("Europe/Paris"))


@pytest.mark.parametrize(
    ("said", "hour", "now", "closing"),
    [
        ("ce soir", 18, 9, 18),
        ("PRET perceuse jusqu'à ce soir", 18, 9, 18),
        ("this evening", 17, 9, 17),
        ("ce soir", 20, 19, 18),  # closed already: the evening itself
        ("ce soir", 20, 9, 12),  # a desk of the morning
        ("ce soir à huit heures", 20, 9, 18),
        ("ce soir 19h", 19, 9, 18),
        ("demain soir", 20, 9, 18),
    ],
)
def test_tonight(said: str, hour: int, now: int, closing: int) -> None:
    at = NINE.replace(hour=now)
    timed = find_due(said, now=at, language="fr", closing=time(closing))
    assert timed is not None
    due = tonight_is_closing(timed[0], at, time(closing))
    assert isinstance(due, Due)
    assert due.at.hour == hour
