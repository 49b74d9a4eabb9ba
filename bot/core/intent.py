"""What a message can want, and what was understood of one."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

from bot.core.due import Due, Unclear
from bot.core.records import record

Certainty = Literal["act", "ask"]


class Intent(StrEnum):
    """What somebody wants. YES and NO only mean something as the answer to an open question."""

    RETURN = "return"
    NOT_RETURN = "not-return"
    EXTEND = "extend"
    LIST = "list"
    BORROW = "borrow"
    HELP = "help"
    GREET = "greet"
    THANKS = "thanks"
    STOP = "stop"
    START = "start"
    PAUSE = "pause"
    BALANCE = "balance"
    PAID = "paid"
    LANGUAGE = "language"
    HUMAN = "human"
    PROBLEM = "problem"
    CANCEL = "cancel"
    RESERVE = "reserve"
    QUITUS = "quitus"
    REMINDERS = "reminders"
    DISPUTE = "dispute"
    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


@record(frozen=True, slots=True)
class Omission:
    """What a return leaves out: "RENDU sauf le chargeur".

    words: those that name it, as typed; empty for "pas tout". sure: False where the same words may mean something else
    ("sans", "il reste"): only the kit's list decides. lacks: said of something that is missing ("il manque une vis").
    of_all: everything was returned but this ("tout sauf le chargeur").
    """

    words: str
    sure: bool = True
    lacks: bool = False
    of_all: bool = False


@record(frozen=True, slots=True)
class Understood:
    """One message, understood.

    certainty: `act` at once, or `ask` first whether this was meant.
    due: the time said with it, for the intents that take one; None when there is none.
    rest: what names the thing, as typed: item, code, amount; without intent words, times and politeness.
    numbers: loan numbers ("RENDU 1 et 3"). everything: TOUT.
    language: the one its words belong to, None when they belong to both or neither.
    others: "1 RENDU, 2 PROLONGER" wants RETURN of `numbers` and this of the others.
    omission: what a RETURN leaves out. hours: a HUMAN asks when the desk is open, on the day of `due` if it names one.
    returned: a PROBLEM with something that is said to be back. things: what a BORROW names, one by one; a signature may
    be among them. thing: what a RETURN or EXTEND surely names ("rendu les clés"): an article and its noun; empty
    for a bare word beside it, which may be anything, and for words that fit every thing (*le matériel*, *l'engin*).
    """

    intent: Intent
    certainty: Certainty = "act"
    due: Due | Unclear | None = None
    rest: str = ""
    numbers: tuple[int, ...] = ()
    everything: bool = False
    language: str | None = None
    others: tuple[tuple[int, Intent], ...] = ()
    omission: Omission | None = None
    returned: bool = False
    hours: bool = False
    things: tuple[str, ...] = ()
    thing: str = ""


@record(frozen=True, slots=True)
class Answer:
    """A short answer to an open question.

    intents: what is wanted of each number in "1 RENDU, 2 PROLONGER"; `numbers` holds them too.
    """

    yes: bool = False
    no: bool = False
    everything: bool = False
    numbers: tuple[int, ...] = ()
    intents: tuple[tuple[int, Intent], ...] = ()
