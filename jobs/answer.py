"""answer: what came in is understood and answered, one person's messages in order, different people's side by side."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from enum import Enum
from functools import partial

import structlog

from bot.channels.base import Reader
from bot.core.conversation import Heard, Say, To
from bot.core.delivery import Outcome
from bot.core.inbound import Inbound, Receipt
from bot.core.intent_words import LANGUAGES
from bot.core.intents import understand
from bot.core.messages import LettersParked, SomethingBroke
from bot.core.people import Address, AddressState, Consent, Contact, Department, looks_like_phone, phone_shown
from bot.core.records import record
from bot.store import Store, Tx
from bot.store.ahead import what_letters_ask
from bot.store.inbox import TRIES, InboxRow
from bot.store.saying import Cause
from handlers import respond
from handlers.consent import note_writing, share_refusals, what_waited
from handlers.limits import chat_limit
from handlers.linking import become_one
from handlers.newcomers import desk_of
from handlers.onward import leave_now
from handlers.receipts import MOVED, note_receipt
from jobs.admins import tell_of_settings
from jobs.turns import LONGEST_TURN

A_MOMENT = 0.25  # seconds

log = structlog.get_logger("answer")
Judge = Callable[[str], Outcome]


class HandlerFailed(Exception):
    """A letter could not be handled; its transaction was rolled back whole."""

    def __init__(self, row_id: int, letter: str) -> None:
        super().__init__(letter)
        self.row_id = row_id


class Lane(Enum):
    """What one person's letters are after a look at them."""

    EMPTY = "there is none to handle now"
    DONE = "the last was handled"
    WAITS = "one was handled, and others wait behind it"


@record(frozen=True, slots=True)
class Ears:
    """How to understand each channel: its reader, and its outcome for a failed receipt's code."""

    readers: Mapping[str, Reader]
    judges: Mapping[str, Judge]


class Answer:
    def __init__(self, store: Store, ears: Ears) -> None:
        self._store = store
        self._ears = ears
        self._answer = partial(answer_each, ears)

    async def turn(self) -> datetime | None:
        """Handle all that waits; when the next letter that rests may be tried."""
        began, until = self._store.clock.now(), self._store.clock.steady() + LONGEST_TURN
        while lanes := await self._store.waiting_lanes():
            if not await self._handled(lanes):
                break
            if self._store.clock.steady() > until:
                return began
        return await self._store.next_letter(after=began)

    async def _handled(self, lanes: Sequence[str]) -> bool:
        """Each person's letters, oldest first, for a moment: who has written meanwhile does not wait for the last of
        somebody's thousand. Whether any was handled."""
        handled, until = False, self._store.clock.steady() + A_MOMENT
        while lanes:
            seen = dict(zip(lanes, await self._store.write_each(self._answer, lanes), strict=True))
            failed = [error for error in seen.values() if isinstance(error, BaseException)]
            for error in failed:
                if isinstance(error, HandlerFailed):
                    await self._failed(error)
            unwell = next((error for error in failed if not isinstance(error, HandlerFailed)), None)
            if unwell is not None:
                raise unwell
            handled = handled or any(found is not Lane.EMPTY for found in seen.values())
            lanes = [lane for lane, found in seen.items() if found is Lane.WAITS]
            if self._store.clock.steady() > until:
                break
        return handled

    async def _failed(self, failure: HandlerFailed) -> None:
        cause = failure.__cause__
        where = traceback.extract_tb(cause.__traceback__)[-1] if cause and cause.__traceback__ else None
        what = f"{type(cause).__name__} at {where.name}:{where.lineno}" if where else type(cause).__name__
        parked = await self._store.write(note_failure, failure.row_id, what, self._ears)
        log.error("letter_failed", letter=failure.row_id, error=what, parked=parked, exc_info=cause)


def answer_each(ears: Ears, tx: Tx, lanes: Sequence[str]) -> list[Lane]:
    """Handle the oldest letter of each of these lanes, each once; as `answer_one`."""
    if tx.postgres or len(lanes) > 1:
        _look_ahead(tx, lanes)
    return [answer_one(tx, lane, ears) for lane in lanes]


def _look_ahead(tx: Tx, lanes: Sequence[str]) -> None:
    """Read at once what each letter will lead to asking: a statement for each letter costs three times that. Who does
    not write from the address that ends their lane is looked up when it is their turn; a receipt's lane is the
    provider's id of the message it is about."""
    waiting = tx.inbox.look_ahead(lanes)
    writers = [(channel, lane.rpartition(":")[2]) for kind, channel, lane in waiting if kind != "receipt"]
    if writers:
        what_letters_ask(tx, writers, [chat_limit(channel, chat) for channel, chat in writers])
    tx.outbox.look_ahead([(channel, lane) for kind, channel, lane in waiting if kind == "receipt"])


def answer_one(tx: Tx, lane: str, ears: Ears) -> Lane:
    """Handle the oldest letter of a lane. Raises HandlerFailed."""
    row = tx.inbox.take(lane)
    if row is None:
        return Lane.EMPTY
    try:
        said = ears.readers[row.letter.channel].read(row.letter)
        known = [_receipt(tx, one, ears) for one in said if isinstance(one, Receipt)]
        if not all(known) and row.tries < TRIES - 1:
            return _later(tx, row)
        for one in said:
            if isinstance(one, Inbound):
                _message(tx, row, one)
        tx.inbox.done(row.id)
    except Exception as error:
        raise HandlerFailed(row.id, row.letter.channel) from error
    return Lane.WAITS if row.more else Lane.DONE


def _receipt(tx: Tx, receipt: Receipt, ears: Ears) -> bool:
    """Apply a receipt; whether it is about a message that we know."""
    judge = ears.judges.get(receipt.channel)
    if judge is None:
        return True
    outcome = judge(receipt.code)
    known = note_receipt(tx, receipt, outcome)
    if known:
        tell_of_settings(tx, receipt, outcome)
    return known


def _later(tx: Tx, row: InboxRow) -> Lane:
    """A callback may overtake the answer to our own call: the letter waits until that is written. Nothing has failed,
    and those whose letters are kept by the same commit do not wait; a receipt that was noted changes nothing again."""
    tx.inbox.failed(row.id, "tried again once the answer to our call is written")
    log.info("receipt_waits", letter=row.id)
    return Lane.DONE


def _message(tx: Tx, row: InboxRow, said: Inbound) -> None:
    said = _where_it_is_now(tx, said)
    heard = heard_from(tx, row, said)
    if heard is None:
        return
    reached = heard.private and said.event in (None, "unblocked")
    stranded = tx.undelivered.stranded(heard.contact.id) if reached else ()
    tx.speech.answer(respond(tx, heard), heard)
    if heard.freed:
        tx.speech.answer(what_waited(tx, heard), heard)
    leave_now(tx, heard, stranded)


def _where_it_is_now(tx: Tx, said: Inbound) -> Inbound:
    """Move what was written in a group just before it became a supergroup to the new chat: the old one has no desk any
    more. A message pressed there cannot be written over; its card begins anew."""
    if not said.group or said.event is not None or tx.departments.of_chat(said.chat) is not None:
        return said
    moved = tx.runs.noted(f"{MOVED}{said.chat}")
    return said if moved is None else replace(said, chat=moved, on_message=None if said.press_id else said.on_message)


# --- who speaks --------------------------------------------------------------------------------------


def heard_from(tx: Tx, row: InboxRow, said: Inbound) -> Heard | None:
    """Who said it, at which desk, in which role; None for groups that are not ours."""
    desk = _desk_of_group(tx, said) if said.group else None
    if said.group and desk is None:
        return None
    address, contact, new = _who(tx, said)
    tx.people.lock(contact.id)
    if not said.group and said.event is None:
        note_writing(tx, address, said.sender, tx.now)
    member = True
    if desk is None:
        desk, member = _desk_of_person(tx, said, contact)
    if desk is None:
        return None
    if not contact.language and not said.group:
        contact = _introduce(tx, said, contact, desk)
    if not member and _may_join(tx, said, desk):
        tx.people.join(contact.id, desk.id)
        member = True
    themselves = said.channel == "telegram" and not said.anonymous and not said.forwarded
    role = tx.people.role_of(said.address, desk.id) if themselves else None
    question = tx.questions.open(contact.id, said.chat)
    unreached = address.consent is Consent.UNKNOWN or address.state is not AddressState.LIVE
    freed = unreached and not new and not said.group and said.event is None
    return Heard(said, tx.now, contact, desk, role, question, row.id, new, member, freed)


def _desk_of_group(tx: Tx, said: Inbound) -> Department | None:
    """Unknown groups are ignored, but for the command that makes them known."""
    here = tx.departments.of_chat(said.chat)
    if here is None and said.text.lstrip().lower().startswith("/bind"):
        return tx.departments.first()
    return here


def _who(tx: Tx, said: Inbound) -> tuple[Address, Contact, bool]:
    known = tx.people.find_address(said.channel, said.address)
    other = tx.people.find_address(said.channel, said.alias) if said.alias else None
    new = known is None and other is None
    together = known is not None and other is not None and known.contact_id == other.contact_id
    if known is None:
        owner = other.contact_id if other else tx.people.add(_called(tx, said)).id
        known = tx.people.add_address(owner, said.channel, said.address, verified_by="holder")
    if said.alias and other is None:
        # The provider proves that both are one person: a number hidden tomorrow must not make a stranger of them.
        other = tx.people.add_address(known.contact_id, said.channel, said.alias, verified_by="holder")
    elif other is not None and other.contact_id != known.contact_id:
        # Both were heard apart before; one signed message names both, so they are one person.
        become_one(tx, known.contact_id, other.contact_id, f"{said.channel}:{said.address}")
    if other is not None and not together:
        share_refusals(tx, known, other)
        known = tx.people.address(known.id) or known
    contact = tx.people.get(known.contact_id)
    if said.name and (not contact.name or looks_like_phone(contact.name)):
        tx.people.rename(contact.id, said.name)
        contact = tx.people.get(contact.id)
    if said.username:
        tx.people.note_username(known.id, said.username)
    return known, contact, new


def _called(tx: Tx, said: Inbound) -> str:
    """The name of a newcomer on the team's cards: the number, where the channel gives no name (SMS)."""
    return said.name or (phone_shown(said.address, tx.desk.region) if said.address.startswith("+") else "")


def _desk_of_person(tx: Tx, said: Inbound, contact: Contact) -> tuple[Department | None, bool]:
    """The desk a person deals with, and whether they belong to it already."""
    if said.channel == "telegram":
        roles = tx.people.roles_of(said.address)
        if roles:
            return tx.departments.get(min(roles)), True
    known = tx.people.department_of(contact.id)
    return (known, True) if known else (desk_of(tx, said.start_token or said.text) or tx.departments.first(), False)


def _may_join(tx: Tx, said: Inbound, desk: Department) -> bool:
    """Whether writing is enough to belong to a desk: it is clear which one, and its staff need not approve."""
    return not desk.rules.approve_people and desk_of(tx, said.start_token or said.text) is not None


def _introduce(tx: Tx, said: Inbound, contact: Contact, desk: Department) -> Contact:
    """The language of a person is that of their first words that tell one: "k" does not."""
    # The words after a command are names and codes of ours: they tell nothing of the writer's language.
    words = "" if said.text.lstrip().startswith("/") else said.text
    # Nor do our words where a third language is spoken: people type them for want of words in their own.
    words = words if desk.language in LANGUAGES else ""
    here = understand(words, language=desk.language, now=tx.now.astimezone(desk.zone))
    hinted = said.language[:2] if said.language[:2] in ("fr", "en") else ""
    language = here.language or hinted
    if not language:
        return contact
    tx.people.set_language(contact.id, language)
    return tx.people.get(contact.id)


# --- when it fails -----------------------------------------------------------------------------------


def note_failure(tx: Tx, row_id: int, what: str, ears: Ears) -> bool:
    """Count the failure; after the third the letter is parked, staff are told, and so is the person."""
    row = tx.inbox.get(row_id)
    parked = tx.inbox.failed(row_id, what)
    if parked and row is not None and row.letter.kind == "message":
        try:
            with tx.savepoint():
                _tell(tx, row, ears)
        except Exception as error:  # the same fault may break this too: it must be parked all the same
            log.error("not_told_of_parked", letter=row_id, exc_info=error)
    return parked


def _tell(tx: Tx, row: InboxRow, ears: Ears) -> None:
    said = next((x for x in ears.readers[row.letter.channel].read(row.letter) if isinstance(x, Inbound)), None)
    heard = heard_from(tx, row, said) if said is not None else None
    desk = heard.department if heard else tx.departments.first()
    if desk is None:
        return
    told = LettersParked(row.letter.channel, heard.contact.name if heard else "")
    tx.speech.say(Say(message=told, to=To.STAFF, department_id=desk.id, key=f"parked:{row.id}"), Cause("person", heard))
    if heard is not None and heard.private:
        sorry = Say(message=SomethingBroke(desk.contact_line), key=f"parked:{row.id}:sorry")
        tx.speech.say(sorry, Cause("person", heard))
