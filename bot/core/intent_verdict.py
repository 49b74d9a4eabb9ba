"""What a rule of sentences finds, and what several of them ask of a sentence."""

from __future__ import annotations

from collections.abc import Callable

from bot.core.due import Due, Unclear
from bot.core.intent import Certainty, Intent
from bot.core.intent_acts import Act, Sense
from bot.core.records import record


@record(frozen=True, slots=True)
class Verdict:
    """What a rule found. place: the word that decided it; what is named is looked for around it. returned: a PROBLEM
    with something that is back. hours: a HUMAN that asks when the desk is open."""

    intent: Intent
    certainty: Certainty = "act"
    place: int | None = None
    returned: bool = False
    hours: bool = False


Rule = Callable[[Sense], Verdict | None]


def has_due(seen: Sense) -> bool:
    """Whether a time is named that can be a due time; a day that is unclear is none."""
    return isinstance(seen.said.due, Due)


def names_days_ahead(seen: Sense) -> bool:
    """Whether a time to come is named, be it one that leaves a choice (*ce week-end*, *après Noël*)."""
    return has_due(seen) or (isinstance(seen.said.due, Unclear) and bool(seen.said.due.candidates))


def word_count(seen: Sense) -> int:
    """How many words are said besides politeness and the time."""
    return len(seen.said.core())


def unless_asked(seen: Sense) -> Certainty:
    """Act on it, but ask first where anything in the message is a question."""
    return "ask" if seen.asked() else "act"


def certain(acts: list[Act]) -> Act | None:
    """The first of these acts that is stated, and not of somebody else."""
    return next((act for act in acts if not act.asked and act.by != "other"), None)


def surely_returned(seen: Sense) -> bool:
    """Whether something is said to be back."""
    return certain(seen.done("return")) is not None
