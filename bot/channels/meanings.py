"""What a provider's code can mean: the factories of outcomes used in the tables of codes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from bot.core.delivery import About, ConfigFault, Failed, Later, Outcome, Refused, Unsure, WindowClosed

Make = Callable[[str, str], Outcome]  # (why, code) → outcome


def refused(about: About) -> Make:
    return lambda why, code: Refused(why, code, about)


def later(after: timedelta | None = None, *, rate_limited: bool = True, whole_sender: bool = False) -> Make:
    return lambda why, code: Later(why, after, rate_limited, whole_sender)


def _lost(why: str, code: str) -> Outcome:
    return Unsure(why)


def _window(why: str, code: str) -> Outcome:
    return WindowClosed(code)


CONFIG: Make = ConfigFault
PASSING: Make = Failed
LOST: Make = _lost
WINDOW: Make = _window
ADDRESS, CONTENT, CONSENT, ROAD = refused("address"), refused("content"), refused("consent"), refused("road")
LOOP, PRICE = refused("loop"), refused("price")
SLOWER = later(whole_sender=True)
