"""Notices of a business's systems to people, through the REST API. The rules of sending are those of everything
that we begin; what a person may refuse is read when a notice is asked for and again when it leaves."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from bot.core.delivery import WAITING, State, Stop, priority_of
from bot.core.errors import Gone
from bot.core.messages import Message, message_from
from bot.core.notices import (
    NOTICES,
    Begun,
    NotAgain,
    Reading,
    Wish,
    notice_from,
    notice_may_leave,
    over_at,
)
from bot.core.people import BY_NUMBER, Address, Consent, Contact, Department, phone_from, phone_shown
from bot.core.roads import reach
from bot.core.schedule import after_quiet
from bot.store import Tx
from bot.store.outbox_rows import Line, Sending

SWITCHED_OFF = "switched off by an admin"
OF_USE = timedelta(days=2)  # a notice that could not leave for this long, quiet hours apart, expires
NO_ROAD = {
    "blocked": "the address is blocked or dead", "stopped": "this person said STOP",
    "no_consent": "consent is unknown", "unknown": "no address of this person is on a channel that is on",
}  # fmt: skip


def begin_notice(tx: Tx, wish: Wish) -> Begun:
    """Store a notice in the outbox. One that may not leave is stored with its reason.

    Raises BadFacts, BadPhone, Gone.
    """
    person, desk = _addressee(tx, wish)
    reading = Reading(desk.zone, desk.rules.currency, tx.now)
    message = notice_from(wish.kind, wish.variables, reading, desk.name)
    road = _road(tx, wish, person, desk)
    stop = _stop(tx, wish, person, desk, road)
    place = road or _any_address(tx, wish, person)
    language = wish.language or person.language or desk.language
    return _put(tx, message, wish, person, desk, place, language, stop)


def _addressee(tx: Tx, wish: Wish) -> tuple[Contact, Department]:
    asked = tx.departments.named(wish.department_id) if wish.department_id else None
    if wish.contact_id is not None:
        person = _seen(tx, wish.contact_id, wish.department_id)
    else:
        person = person_of_number(
            tx, wish.phone or "", name=wish.name, attested_by=wish.attested_by, who=wish.who,
            department_id=wish.department_id,
        )  # fmt: skip
    return person, asked or tx.people.department_of(person.id) or tx.departments.named(None)


def _seen(tx: Tx, contact_id: int, department_id: int | None) -> Contact:
    person = tx.people.find(contact_id)
    if person is None or (department_id is not None and not tx.people.belongs(person.id, department_id)):
        raise Gone(f"contact {contact_id}", "contact_id")
    return person


def person_of_number(
    tx: Tx, phone: str, *, name: str, attested_by: str, who: str, department_id: int | None
) -> Contact:
    """Who has the number; somebody new when nobody has. Agreement that the system's people noted is kept with their
    name, and never overrides what the person said themselves. Raises BadPhone."""
    value = phone_from(phone, tx.desk.region)
    known = [a for c in BY_NUMBER if (a := tx.people.find_address(c, value)) is not None]
    desk = tx.departments.named(department_id)
    called = name or phone_shown(value, tx.desk.region)
    person = tx.people.get(known[0].contact_id) if known else tx.people.add(called, desk.id)
    if known and department_id:
        tx.people.join(person.id, desk.id)
    for channel in _roads_to_note(known, attested_by):
        _note_address(tx, person.id, channel, value, f"{attested_by} ({who})" if attested_by else "")
    return person


def _roads_to_note(known: Sequence[Address], attested_by: str) -> Sequence[str]:
    """By which roads a number is kept as one to write to. Of a number that is known nothing is noted that nobody told:
    a road its holder never agreed to would only hide the one they did. Their STOP on one road holds for the number."""
    if any(a.consent is Consent.REFUSED for a in known):
        return ()
    return BY_NUMBER if attested_by or not known else ()


def _note_address(tx: Tx, contact_id: int, channel: str, value: str, attester: str) -> None:
    known = tx.people.find_address(channel, value)
    if known is None:
        tx.people.add_address(
            contact_id, channel, value, verified_by="attested" if attester else "none", attested_by=attester,
            consent=Consent.ATTESTED if attester else Consent.UNKNOWN,
        )  # fmt: skip
    elif attester and known.consent is Consent.UNKNOWN:
        tx.people.set_consent(known.id, Consent.ATTESTED, attester)


# --- may it leave? -------------------------------------------------------------------------------


def _road(tx: Tx, wish: Wish, person: Contact, desk: Department) -> Address | None:
    roads = tx.speech.roads(person.id, desk)
    first = [a for a in roads if a.channel == wish.channel]
    return next(iter([*first, *roads]), None)


def _stop(tx: Tx, wish: Wish, person: Contact, desk: Department, road: Address | None) -> Stop | None:
    if road is None:
        why = reach(tx.people.addresses(person.id), desk.rules.channels, tx.roads)
        return Stop(State.WITHHELD, NO_ROAD.get(why, why))
    # One for later is read again then: it may be switched on by that time.
    if (wish.send_at is None or wish.send_at <= tx.now) and tx.wordings.is_off(desk.id, wish.kind, road.channel):
        return Stop(State.WITHHELD, SWITCHED_OFF)
    return notice_may_leave(wish.kind, road.consent.value, tx.preferences.of(person.id).refused)


def _any_address(tx: Tx, wish: Wish, person: Contact) -> Address | None:
    """The address it would have gone to, for the log."""
    mine = tx.people.addresses(person.id)
    return next(iter([*(a for a in mine if a.channel == wish.channel), *mine]), None)


def unwanted(tx: Tx, row: Sending) -> Stop | None:
    """What the person's choices say about a waiting notice at the moment it leaves."""
    if row.message not in NOTICES or row.contact_id is None:
        return None
    return notice_may_leave(row.message, row.consent, tx.preferences.of(row.contact_id).refused)


# --- the row -------------------------------------------------------------------------------------


def _put(
    tx: Tx, message: Message, wish: Wish, person: Contact, desk: Department, place: Address | None, language: str,
    stop: Stop | None,
) -> Begun:  # fmt: skip
    at = max(wish.send_at or tx.now, tx.now)
    made = tx.outbox.put(
        Line(
            message=message, language=language, channel=place.channel if place else wish.channel or "sms",
            chat=place.value if place else "", key=f"api:{secrets.token_hex(16)}", about=message.about,
            begun_by="api", priority=priority_of(message.about, "api"), address_id=place.id if place else None,
            contact_id=person.id, department_id=desk.id, next_at=at,
            window_end=_useful_until(message, at, person, desk), reference=wish.reference,
            state=stop.state if stop else State.PENDING, error=stop.why if stop else "",
        )
    )  # fmt: skip
    assert made is not None  # its key is new
    return _begun(tx, made)


def _useful_until(message: Message, at: datetime, person: Contact, desk: Department) -> datetime:
    """Quiet hours, a pause or a fault may hold it up; what is over by then is not announced. What was over from the
    start is the system's own affair. Counted from the first instant outside quiet hours: Sundays and holidays in a row
    may be longer than `OF_USE`."""
    over, kept = over_at(message, desk.zone), after_quiet(at, desk.rules, person.zone or desk.zone) + OF_USE
    return min(kept, over) if over is not None and over > at else kept


def _begun(tx: Tx, row_id: int) -> Begun:
    row = tx.outbox.row(row_id)
    return Begun(row.ref, State(row.state), row.channel, row.error, row.next_at)


# --- again ---------------------------------------------------------------------------------------


def resend(tx: Tx, ref: str, department_id: int | None) -> Begun:
    """The same message once more, as a row of its own that points to the first. Raises Gone when this
    department has no such message, NotAgain when it still waits, is in hand or was sent again just now, its facts are
    gone, or it had no address and its person has none now."""
    row = tx.outbox.by_ref(ref)
    if row is None or row.contact_id is None or (department_id is not None and row.department_id != department_id):
        raise Gone("message")
    if State(row.state) in (*WAITING, State.SENDING):
        raise NotAgain("it has not left yet")
    if tx.undelivered.on_its_way(row.id):
        raise NotAgain("it is on its way once more already")
    if row.op != "send" or not row.facts:
        raise NotAgain("what it said is kept no longer")
    channel, chat, address_id = (row.channel, row.chat, row.address_id) if row.chat else _road_now(tx, row)
    person, desk = tx.people.get(row.contact_id), tx.departments.named(row.department_id)
    message = message_from(row.message, row.facts)
    made = tx.outbox.put(
        Line(
            message=message, language=row.language, channel=channel, chat=chat,
            key=f"again:{secrets.token_hex(16)}", about=row.about, begun_by="api",
            priority=priority_of(row.about, "api"), address_id=address_id, contact_id=row.contact_id,
            department_id=row.department_id, loan_id=row.loan_id, loan_ids=row.loan_ids, loan_class=row.loan_class,
            window_end=_useful_until(message, tx.now, person, desk), parent_id=row.id, reference=row.reference,
        )
    )  # fmt: skip
    assert made is not None
    return _begun(tx, made)


def _road_now(tx: Tx, row: Any) -> tuple[str, str, int]:
    """(channel, address, its number) for a message that had nowhere to go. Raises NotAgain."""
    told = message_from(row.message, row.facts)
    road = next(iter(tx.speech.roads(row.contact_id, tx.departments.named(row.department_id), told)), None)
    if road is None:
        raise NotAgain(NO_ROAD["unknown"])
    return road.channel, road.value, road.id
