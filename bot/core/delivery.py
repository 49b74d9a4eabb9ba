"""What one attempt to send came to, and what becomes of the row then.

The closed vocabulary of outcomes that every channel answers in; nobody else sees a provider's errors.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Literal

About = Literal["address", "content", "consent", "road"]


@dataclass(frozen=True, slots=True)
class Accepted:
    """The provider took it. `moved_to`: the chat's new address, when the provider told one on the way."""

    provider_id: str
    moved_to: str | None = None


@dataclass(frozen=True, slots=True)
class Later:
    """Not now: 429, queue full, handset off. With `rate_limited` no attempt is counted."""

    why: str
    after: timedelta | None = None  # what the provider asked for
    rate_limited: bool = True
    whole_sender: bool = False  # the pause holds for every chat of this sender


@dataclass(frozen=True, slots=True)
class Failed:
    """A fault of this message that may pass: an attempt is counted."""

    why: str
    code: str = ""


@dataclass(frozen=True, slots=True)
class Down:
    """Nothing left this machine: refused connection, DNS. Counts for the breaker, not for the row."""

    why: str


@dataclass(frozen=True, slots=True)
class Refused:
    """Permanent for this address, content, consent or road (this sender cannot reach them; another may)."""

    why: str
    code: str
    about: About = "address"


@dataclass(frozen=True, slots=True)
class WindowClosed:
    """WhatsApp takes only an approved template now (63016 and kin)."""

    code: str = "63016"


@dataclass(frozen=True, slots=True)
class ConfigFault:
    """Credentials, suspended account, funds, unknown sender: the channel stops, the queue is kept."""

    why: str
    code: str


@dataclass(frozen=True, slots=True)
class Unsure:
    """The answer was lost after the request may have left: it may have been sent. Never a plain failure."""

    why: str


Outcome = Accepted | Later | Failed | Down | Refused | WindowClosed | ConfigFault | Unsure


class State(StrEnum):
    """Where an outbox row stands. The French words people see are `STATE_FR`."""

    PENDING = "pending"
    SENDING = "sending"
    RETRYING = "retrying"
    SENT = "sent"
    DELIVERED = "delivered"
    READ = "read"
    DEAD = "dead"
    UNSURE = "unsure"
    WITHHELD = "withheld"
    SUPERSEDED = "superseded"
    EXPIRED = "expired"
    CANCELLED = "cancelled"


STATE_FR: dict[State, str] = {
    State.PENDING: "EN_ATTENTE",
    State.SENDING: "EN_COURS",
    State.RETRYING: "ECHEC",
    State.SENT: "ENVOYEE",
    State.DELIVERED: "REMISE",
    State.READ: "LUE",
    State.DEAD: "ECHEC_PERMANENT",
    State.UNSURE: "INCERTAINE",
    State.WITHHELD: "RETENUE",
    State.SUPERSEDED: "REMPLACEE",
    State.EXPIRED: "PERIMEE",
    State.CANCELLED: "ANNULEE",
}

WAITING = frozenset({State.PENDING, State.RETRYING})
RANK: dict[State, int] = {State.SENT: 1, State.DEAD: 2, State.DELIVERED: 3, State.READ: 4}
