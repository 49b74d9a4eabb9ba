"""The rules of sentences, one after the other: the first that knows what is wanted decides."""

from __future__ import annotations

from bot.core.intent_acts import Sense
from bot.core.intent_rules_borrow import borrowing, cleared, listing, reserving, wanting
from bot.core.intent_rules_extend import longer
from bot.core.intent_rules_money import owed, paid
from bot.core.intent_rules_person import a_person, contested, help_wanted, needing_somebody, opening, wrong
from bot.core.intent_rules_return import arriving, coming, denied, given_back, late, returning
from bot.core.intent_rules_talk import again, paused, reminded, taken_back, tongue
from bot.core.intent_verdict import Rule, Verdict

RULES: tuple[Rule, ...] = (
    contested, tongue, needing_somebody, wrong, taken_back, cleared, paid, given_back, longer, denied, returning, again,
    paused, owed, reserving, opening, listing, late, reminded, borrowing, a_person, help_wanted, wanting, coming,
    arriving,
)  # fmt: skip
"""In this order: what needs a person before what changes a loan, what is certain before what is asked."""


def judge(seen: Sense) -> Verdict | None:
    """What a sentence wants; None when no rule knows."""
    for rule in RULES:
        verdict = rule(seen)
        if verdict is not None:
            return verdict
    return None
