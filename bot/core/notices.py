"""A business's notices: the catalogue, what each needs, who may receive which, and how a system's facts are parsed."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation, Overflow
from typing import Any
from zoneinfo import ZoneInfo

from bot.core.delivery import State, Stop
from bot.core.errors import Refusal
from bot.core.messages import Message
from bot.core.messages_notices import (
    ChurnRisk,
    DeliveryConfirmed,
    DeliveryDelayed,
    DeliveryReminder,
    NewProduct,
    OrderConfirmation,
    PauseConfirmation,
    PaymentConfirmation,
    PaymentReminder,
    SubscriptionConfirmation,
)
from bot.core.money import MOST, BadAmount, Money, currencies, of_major
from bot.core.records import record
from bot.core.spoken import words

NOTICES: dict[str, type[Message]] = {
    cls.name: cls
    for cls in (
        DeliveryReminder, DeliveryConfirmed, PaymentReminder, PaymentConfirmation, SubscriptionConfirmation,
        OrderConfirmation, PauseConfirmation, ChurnRisk, NewProduct, DeliveryDelayed,
    )
}  # fmt: skip
# What a person may refuse, kind by kind.
KINDS: dict[str, tuple[str, ...]] = {
    "delivery": ("delivery_reminder", "delivery_confirmed", "delivery_delayed"),
    "payment": ("payment_reminder", "payment_confirmation"),
    "order": ("order_confirmation", "subscription_confirmation", "pause_confirmation"),
    "offers": ("churn_risk", "new_product"),
}
KIND_OF = {name: kind for kind, names in KINDS.items() for name in names}
MARKETING = frozenset(KINDS["offers"])
LONGEST_TEXT = 200


class BadFacts(ValueError):
    """`faults`: each fact that is wrong and why, in English for the developer who reads it."""

    def __init__(self, faults: Mapping[str, str]) -> None:
        super().__init__("; ".join(f"{name}: {why}" for name, why in faults.items()))
        self.faults = dict(faults)


@record(frozen=True, slots=True, kw_only=True)
class Wish:
    """A system's request: to a `contact_id`, or to the holder of a `phone` (with their `name` and who recorded their
    consent, when given). `department_id` None: the person's own, else the first. `channel`: to be tried first."""

    kind: str
    variables: Mapping[str, Any]
    who: str
    phone: str | None = None
    contact_id: int | None = None
    name: str = ""
    attested_by: str = ""
    department_id: int | None = None
    channel: str | None = None
    language: str = ""
    send_at: datetime | None = None
    reference: str | None = None


@record(frozen=True, slots=True)
class Begun:
    """The row that carries it: its public id and state, with the reason when it will not leave."""

    ref: str
    state: State
    channel: str
    error: str
    next_at: datetime


class NotAgain(Refusal):
    """A message that cannot be sent again now; `str(error)` says why."""


# --- reading facts -------------------------------------------------------------------------------


@record(frozen=True, slots=True)
class Reading:
    """The context for parsing facts: the desk's zone and currency, and the present time (for an hour without a day)."""

    zone: ZoneInfo
    currency: str
    now: datetime


def _day(value: Any, at: Reading) -> datetime:
    """A day, stored as its noon, so that no time zone turns it into another."""
    found = _instant(value, at)
    try:
        day = date.fromisoformat(value.strip())
    except ValueError:
        return found
    return datetime.combine(day, time(12), at.zone)


def _instant(value: Any, at: Reading) -> datetime:
    if not isinstance(value, str):
        raise ValueError("must be a date or time as ISO 8601 text, such as 2026-11-27 or 2026-11-27T16:30:00+01:00")
    clock = re.fullmatch(r"([01]?\d|2[0-3])[:hH]([0-5]\d)", value.strip())
    if clock:
        return datetime.combine(at.now.astimezone(at.zone), time(int(clock[1]), int(clock[2])), at.zone)
    try:
        found = datetime.fromisoformat(value.strip())
    except ValueError:
        raise ValueError("is no date or time; write 2026-11-27 or 2026-11-27T16:30:00+01:00") from None
    return _near(found if found.tzinfo else found.replace(tzinfo=at.zone))


def _near(found: datetime) -> datetime:
    if not 2000 <= found.year <= 2200:
        raise ValueError("lies too far away")
    return found


def _amount(value: Any, at: Reading) -> Money:
    """49.9, "49.90", "127 000", "49,90": in major units of the currency."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise ValueError("must be a number, or a number as text")
    text = re.sub(r"[\s\u00a0\u202f]", "", str(value))
    text = text.replace(",", ".") if text.count(",") == 1 and "." not in text else text
    try:
        found = Decimal(text)
        if found.is_nan() or abs(found) > MOST:
            raise BadAmount("unreadable" if found.is_nan() else "too_large")
        return of_major(found, at.currency)
    except BadAmount as error:
        raise ValueError(WRONG_AMOUNT[error.why].format(at.currency)) from None
    except Overflow:  # "1e999999999999999999" can be written, and not even be compared
        raise ValueError(WRONG_AMOUNT["too_large"]) from None
    except InvalidOperation:
        raise ValueError(WRONG_AMOUNT["unreadable"]) from None


WRONG_AMOUNT = {
    "unreadable": "is no amount; write 49.90", "zero": "must be more than zero", "too_large": "is too large",
    "no_cents": "has more decimals than {} has",
}  # fmt: skip


def _currency(value: Any) -> str:
    code = value.strip().upper() if isinstance(value, str) else ""
    if code not in currencies():
        raise ValueError("is no currency; write three letters of ISO 4217, such as EUR")
    return code


def _text(value: Any, at: Reading) -> str:
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str) or not value.strip():
        raise ValueError("must be text that is not empty")
    if any(c == "\0" or "\ud800" <= c <= "\udfff" for c in value):
        raise ValueError("holds characters that no message can carry")
    if len(value) > LONGEST_TEXT:
        raise ValueError(f"must have at most {LONGEST_TEXT} characters")
    return value.strip()


def _offer(value: Any, at: Reading) -> str:
    """Without the mark that ends it: it stands in a sentence of ours, in WhatsApp's approved text too."""
    text = _text(value, at)
    return text.rstrip(".!\u2026 \u00a0\u202f") or text


Reader = Callable[[Any, Reading], Any]
_READERS: dict[str, Reader] = {
    "delivery_date": _day, "start_date": _day, "resume_date": _day, "availability_date": _day, "eta_time": _instant,
    "amount": _amount, "total_amount": _amount, "offer": _offer,
}  # fmt: skip


def variables(name: str) -> tuple[str, ...]:
    """The facts a system gives for a notice, in order; `currency` may be left out. Raises KeyError."""
    facts = tuple(fact for fact in NOTICES[name].__dataclass_fields__ if fact != "desk")
    return (*facts, "currency") if {"amount", "total_amount"} & set(facts) else facts


def notice_from(name: str, given: Mapping[str, Any], at: Reading, desk: str) -> Message:
    """The notice with a system's facts. Raises BadFacts with every fault at once, KeyError for an unknown name."""
    known = variables(name)
    faults = {fact: f"is no fact of {name}; known: {', '.join(known)}" for fact in given if fact not in known}
    if given.get("currency") is not None and "currency" in known:
        try:
            at = replace(at, currency=_currency(given["currency"]))
        except ValueError as error:
            faults["currency"] = str(error)
    read = _facts([fact for fact in known if fact != "currency"], given, at, faults)
    if faults:
        raise BadFacts(faults)
    read["desk"] = desk
    return NOTICES[name](**read)


def _facts(known: Iterable[str], given: Mapping[str, Any], at: Reading, faults: dict[str, str]) -> dict[str, Any]:
    read: dict[str, Any] = {}
    for fact in known:
        reader: Reader = _READERS.get(fact, _text)
        try:
            read[fact] = reader(given[fact], at)
        except KeyError:
            faults[fact] = "is missing"
        except (ValueError, OverflowError) as error:
            faults[fact] = str(error)
    return read


def over_at(notice: Message, zone: ZoneInfo) -> datetime | None:
    """When what it announces is over, so that it would be untrue afterwards: the hour of a delayed delivery, the end of
    the day of one that is to come. None for notices that stay true."""
    if isinstance(notice, DeliveryDelayed):
        return notice.eta_time
    if isinstance(notice, DeliveryReminder):
        day = notice.delivery_date.astimezone(zone).date()
        return datetime.combine(day + timedelta(days=1), time(), zone)
    return None


# --- showing a month -------------------------------------------------------------------------------


def month_in_words(text: str, language: str) -> str:
    """`2026-11` as `novembre 2026`; any other text as it is."""
    found = re.fullmatch(r"(\d{4})-(0[1-9]|1[0-2])", text)
    if not found:
        return text
    from babel.dates import format_skeleton  # 15 ms to load: only for a desk with notices

    return format_skeleton("yMMMM", date(int(found[1]), int(found[2]), 1), locale=language)


# --- who may be sent what ------------------------------------------------------------------------


def notice_may_leave(name: str, consent: str | None, refused: Collection[str]) -> Stop | None:
    """What a person's own choices say about a notice, beyond the rules of every message. None when it may go.

    refused: kinds (names of KINDS) this person does not want. Advertising needs explicit consent.
    """
    kind = KIND_OF.get(name)
    if kind is None:
        return None
    if kind in refused:
        return Stop(State.WITHHELD, f"this person wants no messages about {kind}")
    if name in MARKETING and consent != "given":
        return Stop(State.WITHHELD, f"advertising needs consent that was given; it is {consent or 'unknown'}")
    return None


# --- "RAPPELS SANS OFFRES" -----------------------------------------------------------------------

_KIND_WORDS: dict[str, frozenset[str]] = {
    "delivery": frozenset("livraison livraisons delivery deliveries".split()),
    "payment": frozenset("paiement paiements reglement payment payments".split()),
    "order": frozenset("commande commandes abonnement abonnements order orders subscription subscriptions".split()),
    "offers": frozenset(
        "offre offres nouveaute nouveautes pub pubs publicite promotion promotions promo promos offer offers news "
        "marketing".split()
    ),
}
_WANTED = frozenset("avec remettre remets reprendre with add on again oui".split())


def read_kinds(text: str) -> tuple[frozenset[str], bool] | None:
    """(kinds named, whether they are wanted) in "RAPPELS SANS OFFRES"; None when no kind is named."""
    said = frozenset(words(text))
    named = frozenset(kind for kind, ways in _KIND_WORDS.items() if ways & said)
    return (named, bool(_WANTED & said)) if named else None
