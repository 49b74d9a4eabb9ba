"""The outcome of one attempt to send, and what becomes of the row then.

The closed vocabulary of outcomes that every channel answers in; nobody else sees a provider's errors.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Literal

from bot.core.records import record
from bot.core.rules import Rules

About = Literal["address", "content", "consent", "road", "loop", "price"]


@record(frozen=True, slots=True)
class Accepted:
    """The provider took it. `moved_to`: the chat's new address, when the provider gave one."""

    provider_id: str
    moved_to: str | None = None


@record(frozen=True, slots=True)
class Later:
    """Not now: 429, queue full, handset off. With `rate_limited` no attempt is counted."""

    why: str
    after: timedelta | None = None  # what the provider asked for
    rate_limited: bool = True
    whole_sender: bool = False  # the pause holds for every chat of this sender


@record(frozen=True, slots=True)
class Failed:
    """A fault of this message that may pass: an attempt is counted."""

    why: str
    code: str = ""


@record(frozen=True, slots=True)
class Down:
    """Nothing left this machine: refused connection, DNS. Counts for the breaker, not for the row."""

    why: str


@record(frozen=True, slots=True)
class Refused:
    """Permanent for this address, content, consent or road (this sender cannot reach them; another may). "loop": too
    many answers between two numbers, nothing more may be said there now; "price": dearer than the account allows."""

    why: str
    code: str
    about: About = "address"


@record(frozen=True, slots=True)
class WindowClosed:
    """WhatsApp takes only an approved template now (63016 and kin)."""

    code: str = "63016"


@record(frozen=True, slots=True)
class ConfigFault:
    """Credentials, suspended account, funds, unknown sender: the channel stops, the queue is kept."""

    why: str
    code: str


@record(frozen=True, slots=True)
class Unsure:
    """The answer was lost after the request may have left: it may have been sent. Never a plain failure.

    left_as: the fingerprint of the words as the provider would show them, where it can be asked.
    """

    why: str
    left_as: str = field(default="", compare=False)


Outcome = Accepted | Later | Failed | Down | Refused | WindowClosed | ConfigFault | Unsure

_NAMED: dict[type[Outcome], str] = {WindowClosed: "window_closed", ConfigFault: "config"}


def name_of(outcome: Outcome) -> str:
    """An outcome as tables, figures and the log name it."""
    return _NAMED.get(type(outcome), type(outcome).__name__.lower())


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
UNFINISHED = WAITING | {State.SENDING}
ARRIVED = frozenset({State.DELIVERED, State.READ})
TAKEN = ARRIVED | {State.SENT}  # by the provider
RANK: dict[State, int] = {State.SENT: 1, State.DEAD: 2, State.DELIVERED: 3, State.READ: 4}
TELL_OF_DELIVERY = ("whatsapp", "sms", "email")
"""Channels whose messages arrive or do not, as far as we are told."""


def reached(channel: str) -> frozenset[State]:
    """The states of a channel's messages that arrived. E-mail tells of failures alone: what did not bounce has."""
    return TAKEN if channel == "email" else ARRIVED


# --- limits --------------------------------------------------------------------------------------


@record(frozen=True, slots=True)
class Limit:
    """At most `count` sends in any `seconds`, counted under `key` over all replicas.

    parts: the limit is granted in that many equal slices of time.
    """

    key: str
    count: int
    seconds: float
    parts: int = 1


SENDER_LIMITS: dict[str, tuple[int, float]] = {
    "telegram": (25, 1.0),
    "whatsapp": (80, 1.0),
    "sms": (1, 1.0),
    "email": (10, 1.0),
    "webhook": (10, 1.0),
}
# In quarters: an answer waits at most a quarter of a second for a free place.
PARTS: dict[str, int] = {"whatsapp": 4}


def stretch(channel: str) -> float:
    """Seconds from one slice of a sender's limit to the next."""
    return SENDER_LIMITS[channel][1] / _parts(channel)


def _parts(channel: str) -> int:
    return min(PARTS.get(channel, 1), SENDER_LIMITS[channel][0])


def fills(channel: str, parts: int) -> float:
    """Seconds beyond its own place for which a message of so many parts keeps its sender busy: an SMS of three segments
    takes the places of three."""
    count, seconds = SENDER_LIMITS[channel]
    return max(0, parts - 1) * seconds / count


DAY = timedelta(days=1).total_seconds()


def limits(channel: str, sender: str, chat: str, *, trial: bool = False) -> tuple[Limit, ...]:
    """The limits one send must keep, below the providers' own (Telegram: 30/s, 1/s a chat, 20/min a group).

    Telegram groups have negative ids. trial: the account is one that a provider lends for trying.
    """
    ours = sender_limits(channel, sender, trial=trial)
    if channel != "telegram":
        return ours
    here = f"telegram:{sender}:{chat}"
    if chat.startswith("-"):
        return (*ours, Limit(here, 18, 60.0))
    return (*ours, Limit(here, 1, 1.0))


def sender_limits(channel: str, sender: str, *, trial: bool) -> tuple[Limit, ...]:
    """Those of them that all chats share."""
    if trial and channel == "whatsapp":
        return (Limit(f"{channel}:{sender}", 1, 1.0), Limit(f"{channel}:{sender}:day", 100, DAY))
    count, seconds = SENDER_LIMITS[channel]
    return (Limit(f"{channel}:{sender}", count, seconds, _parts(channel)),)


# --- after an attempt ----------------------------------------------------------------------------

WINDOW_CLOSED = "window closed"
RETRY_WAITS = (timedelta(minutes=5), timedelta(minutes=10), timedelta(minutes=15))
# A system that does not answer is told again for a day and a half: nobody reads its events in the meantime.
HOOK_WAITS = (*RETRY_WAITS[:2], timedelta(minutes=30), timedelta(hours=2), timedelta(hours=8), timedelta(hours=24))
LATER_DEFAULT = timedelta(seconds=30)
DOWN_WAIT = timedelta(seconds=10)
UNSURE_AGAIN = timedelta(seconds=5)
CONFIG_WAIT = timedelta(minutes=1)
CAN_BE_ASKED = frozenset({"whatsapp", "sms"})
COURTESY = frozenset({"reminder_day_2", "reminder_day_1", "loan_created"})
LAST_DAY = timedelta(hours=16)  # what is due within it is on its last day: at eight for midnight, at twenty for nine


@record(frozen=True, slots=True)
class Tried:
    """What `next_state` needs of a row: channel, message, number of attempts, end of its window."""

    channel: str
    message: str
    op: str
    attempts: int
    doubts: int  # attempts before this one whose answer was lost
    window_end: datetime | None = None
    most: int = 3


@record(frozen=True, slots=True)
class Next:
    state: State
    attempts: int
    next_at: datetime | None = None
    provider_id: str | None = None
    error: str = ""


def next_state(row: Tried, outcome: Outcome, now: datetime) -> Next:
    """What becomes of a message after one attempt.

    `Later` waits what the provider asked (else 30 s) and counts only when it is no rate limit. `Failed` waits 5, then
    10 minutes, and is dead after `row.most` attempts; an event for a system has more of them. `Down` and `ConfigFault`
    count nothing: the row waits for the channel. `Refused` and `WindowClosed` end this row; another road may follow.
    `Unsure` is looked up where the provider can be asked; elsewhere the message is sent once more, unless it is a
    courtesy. A wait that ends after the row's window makes it expired.
    """
    match outcome:
        case Accepted(provider_id=provider_id):
            return Next(State.SENT, row.attempts + 1, provider_id=provider_id)
        case Later(why=why, after=after, rate_limited=True):
            return _again(row, State.PENDING, row.attempts, now + (after or LATER_DEFAULT), why)
        case Later(why=why, after=after):
            return _counted(row, why, now, after)
        case Failed(why=why, code=code):
            return _counted(row, told(why, code), now, None)
        case Down(why=why):
            return _again(row, State.PENDING, row.attempts, now + DOWN_WAIT, why)
        case ConfigFault(why=why, code=code):
            return _again(row, State.PENDING, row.attempts, now + CONFIG_WAIT, told(why, code))
        case Refused(why=why, code=code):
            return Next(State.DEAD, row.attempts + 1, error=told(why, code))
        case WindowClosed(code=code):
            return Next(State.DEAD, row.attempts + 1, error=told(WINDOW_CLOSED, code))
        case Unsure(why=why):
            return _in_doubt(row, why, now)


def counts_as(message: str, dues: Sequence[datetime], now: datetime) -> str:
    """The message whose rules apply when the outcome is unsure: several reminders in one are a courtesy when none of
    them is the last."""
    gathered = message == "reminders" and dues and all(due - now > LAST_DAY for due in dues)
    return "reminder_day_1" if gathered else message


def told(why: str, code: str = "") -> str:
    """A reason as the log keeps it, prefixed with its code unless the words contain it."""
    return why if code and code in why else f"{code} {why}".strip()


def told_of(outcome: Outcome, code: str) -> str:
    """Why a message did not arrive, by a later receipt of its provider; the code alone where that is all there is."""
    why = WINDOW_CLOSED if isinstance(outcome, WindowClosed) else getattr(outcome, "why", "")
    return told(why, code)


def _again(row: Tried, state: State, attempts: int, at: datetime, error: str) -> Next:
    if row.window_end is not None and at > row.window_end:
        return Next(State.EXPIRED, attempts, error=error)
    return Next(state, attempts, at, error=error)


def _counted(row: Tried, error: str, now: datetime, after: timedelta | None) -> Next:
    attempts = row.attempts + 1
    waits, most = (HOOK_WAITS, len(HOOK_WAITS) + 1) if row.channel == "webhook" else (RETRY_WAITS, row.most)
    if attempts >= most:
        return Next(State.DEAD, attempts, error=error)
    wait = after or waits[min(attempts, len(waits)) - 1]
    return _again(row, State.RETRYING, attempts, now + wait, error)


def _in_doubt(row: Tried, why: str, now: datetime) -> Next:
    attempts = row.attempts + 1
    if row.op in ("edit", "answer", "react"):  # repeating these shows nothing twice
        return _counted(row, why, now, UNSURE_AGAIN)
    if row.channel in CAN_BE_ASKED or row.message in COURTESY or row.doubts >= 1:
        return Next(State.UNSURE, attempts, error=why)
    return _again(row, State.RETRYING, attempts, now + UNSURE_AGAIN, why)


def priority_of(about: str, begun_by: str) -> int:
    """Replies to a person go before cards and notices, those before reminders, reminders before the rest."""
    if about in ("answer", "toast"):
        return 0
    if begun_by == "person":
        return 1
    return 2 if about in ("reminder", "overdue") else 3


# --- accepted, and no receipt --------------------------------------------------------------------

RECEIPTED = frozenset({"whatsapp", "sms"})  # their providers send delivery receipts
COSTLY = frozenset({"whatsapp", "sms"})  # each message costs money
ASKED_AFTER = (timedelta(hours=1), timedelta(hours=6), timedelta(hours=24))


def patience(message: str, about: str, useful: timedelta | None, rules: Rules) -> timedelta | None:
    """How long a message may stay undelivered before it also goes by the next road; None when it never does.

    useful: from its departure to the end of its window, if it has one. Never longer than half of that, so that the next
    road has time too.
    """
    if about not in ("reminder", "overdue"):
        return None
    longest = rules.undelivered_short if message == "reminder_2h" else rules.undelivered_long
    return longest if useful is None else min(longest, useful / 2)


def next_look(waited: timedelta, patience: timedelta | None) -> timedelta | None:
    """How long after its departure the provider is next asked what became of a message; None: never again."""
    looks = (*ASKED_AFTER, patience) if patience is not None else ASKED_AFTER
    return min((look for look in looks if look > waited), default=None)


# --- may it leave now? -----------------------------------------------------------------------------

SOMEBODY_ELSES = "the address is somebody else's"
PAUSED = "paused"  # the reason kept while a message waits for the end of its person's pause
REPLY_AFTER_STOP = timedelta(minutes=10)
MOST_A_DAY = 30  # messages begun by us per person
BEGUN_BY_US = frozenset({"reminder", "overdue", "notice"})  # what messages are about that nobody has asked for


@record(frozen=True, slots=True)
class LoanNow:
    """What a waiting message must know of its loan at the moment it leaves."""

    state: str
    due_at: datetime
    held: bool
    silenced: bool


@record(frozen=True, slots=True)
class Waiting:
    """What is read again at the moment a row leaves. `loan`: the one it is about; `due_at`: the due time its words
    state."""

    about: str
    begun_by: str
    window_end: datetime | None
    caused_at: datetime | None
    private: bool
    consent: str | None
    address_state: str | None
    paused_until: datetime | None
    loan: LoanNow | None = None
    due_at: datetime | None = None


@record(frozen=True, slots=True)
class Stop:
    """It may not leave: the row ends in this state, reason kept."""

    state: State
    why: str


@record(frozen=True, slots=True)
class PutOff:
    at: datetime
    why: str


def may_leave(row: Waiting, now: datetime, quiet_until: datetime | None) -> Stop | PutOff | None:
    """None when it may go. `quiet_until`: the end of the recipient's quiet hours when `now` lies in them."""
    if row.window_end is not None and now > row.window_end:
        return Stop(State.EXPIRED, "too late to be of use")
    return _loan_says(row) or _person_says(row, now) or _clock_says(row, now, quiet_until)


def _loan_says(row: Waiting) -> Stop | None:
    if row.about not in ("reminder", "overdue") or row.loan is None:
        return None
    if row.loan.state != "active":
        return Stop(State.CANCELLED, f"the loan is {row.loan.state}")
    if row.loan.held or row.loan.silenced:
        return Stop(State.WITHHELD, "nobody is to be written to about this loan")
    if row.due_at is not None and row.due_at != row.loan.due_at:
        return Stop(State.SUPERSEDED, "the due time has moved")
    return None


def _person_says(row: Waiting, now: datetime) -> Stop | None:
    if not row.private or row.consent is None:
        return None
    ours = row.about in BEGUN_BY_US or row.begun_by != "person"
    if ours and row.consent not in ("attested", "given"):
        return Stop(State.WITHHELD, f"consent is {row.consent}")
    if ours and row.address_state != "live":
        return Stop(State.WITHHELD, f"the address is {row.address_state}")
    late_reply = row.caused_at is None or now - row.caused_at > REPLY_AFTER_STOP
    if row.consent == "refused" and late_reply:
        return Stop(State.WITHHELD, "stopped")
    return None


def _clock_says(row: Waiting, now: datetime, quiet_until: datetime | None) -> Stop | PutOff | None:
    if row.begun_by == "person":
        return None
    waits = [t for t in (quiet_until, row.paused_until if row.private else None) if t is not None and t > now]
    if not waits:
        return None
    until = max(waits)
    if row.window_end is not None and until >= row.window_end:  # there the next notice begins, which says it anew
        return Stop(State.EXPIRED, "its time lies in quiet hours or a pause")
    return PutOff(until, "quiet hours" if until == quiet_until else PAUSED)
