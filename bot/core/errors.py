"""What our own rules raise."""

from __future__ import annotations


class Refusal(Exception):
    """A rule forbids what was asked in the present state. Nothing was changed."""


class Unfit(Refusal):
    """A given fact that can never be valid: its name, and why."""

    def __init__(self, fact: str, why: str) -> None:
        super().__init__(why)
        self.fact = fact


class Gone(Refusal):
    """What was named does not exist (any more). fact: which of the facts given named it, where there are several."""

    def __init__(self, what: str, fact: str = "") -> None:
        super().__init__(what)
        self.fact = fact


class WordsBroken(Exception):
    """A template file cannot be read; the message names the file and the place."""
