"""What our own rules raise."""

from __future__ import annotations


class Refusal(Exception):
    """A rule says no: the state of things does not allow what was asked. Nothing was changed."""


class Unfit(Refusal):
    """A fact that was given can never do: its name, and why."""

    def __init__(self, fact: str, why: str) -> None:
        super().__init__(why)
        self.fact = fact


class Gone(Refusal):
    """What was named is not there (any more)."""


class WordsBroken(Exception):
    """A file of words cannot be read; the sentence names it and says where."""
