"""From a `Say` to a row of the outbox: which chat, which road, card or new message."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal

from bot.core.conversation import Choice, Heard, Say, To
from bot.core.debts import STEP, may_learn
from bot.core.delivery import BEGUN_BY_US, State, priority_of
from bot.core.loans import loan_class
from bot.core.messages import LoanCreated, Message
from bot.core.people import Address, Consent, Department
from bot.core.records import record
from bot.core.roads import reach, roads
from bot.store.outbox_rows import COPY, REPLY, Line

if TYPE_CHECKING:
    from bot.store.transaction import Tx

PRESS_LIVES = timedelta(seconds=150)  # how long a button press can be answered (Telegram's server)
ANSWER_LIVES = timedelta(hours=24)


@record(frozen=True, slots=True)
class _Place:
    """Where one row goes."""

    channel: str
    chat: str
    topic: int | None = None
    address_id: int | None = None
    contact_id: int | None = None
    language: str = ""
    copy: bool = False


BegunBy = Literal["person", "clock", "api"]


@record(frozen=True, slots=True)
class Cause:
    """Who began it: a person (with the letter heard), the clock, or the REST API."""

    begun_by: BegunBy
    heard: Heard | None = None
    next_at: datetime | None = None
    extra: dict[str, Any] = field(default_factory=dict)


class Speech:
    def __init__(self, tx: Tx) -> None:
        self._tx = tx

    def answer(self, says: Sequence[Say], heard: Heard) -> None:
        """Store what a handler said."""
        for number, say in enumerate(says):
            self.say(say, Cause("person", heard), default_key=f"{REPLY}{heard.letter_id}:{number}")

    def say(self, say: Say, cause: Cause, default_key: str = "") -> int | None:
        """Store one message; the (first) outbox row's id, None when it was said before or there is nowhere to send
        it."""
        heard = cause.heard
        if say.to is To.PRESS and say.message.name == "done" and not (heard and heard.inbound.press_id):
            return None  # the short word over a button, where there was no button
        if self._beside_the_card(say, heard):
            page = replace(say, to=To.HERE, card="", key=f"{say.key}:page" if say.key else "")
            self.say(page, cause, f"{default_key}:page")
            say = replace(say, replace=False)
        places = self._places(say, heard)
        made = None
        for number, place in enumerate(places):
            key = say.key or default_key
            if number:
                key += COPY if place.copy else f":{number}"
            put = self._put(say, cause, place, key)
            made = put if made is None else made
        return made

    def _beside_the_card(self, say: Say, heard: Heard | None) -> bool:
        """Whether the message that was pressed is not the card that shows this: a page of a list, or a private chat.
        Then both show it; were the pressed one to become the card, the group's would stand there as it was."""
        pressed = heard.inbound if heard is not None and heard.inbound.press_id else None
        if pressed is None or not (say.replace and say.card and pressed.on_message) or say.to is not To.STAFF:
            return False
        chat = self._department(say, heard).chat
        return chat != pressed.chat or self._tx.cards.message_of(chat, say.card) not in (None, pressed.on_message)

    def reach(self, contact_id: int, department: Department) -> str:
        """Whether we may write to a person: ok, or why not; no_window when WhatsApp alone is left and would refuse."""
        addresses, order = self._tx.people.addresses(contact_id), department.rules.channels
        found = reach(addresses, order, self._tx.roads)
        if found != "ok" or department.rules.try_outside:
            return found
        if any(self.arrives(a) for a in roads(addresses, order, self._tx.roads)):
            return "ok"
        language = self._tx.people.get(contact_id).language or department.language
        return "ok" if (LoanCreated.name, language) in self._tx.desk.approved else "no_window"

    def arrives(self, to: Address) -> bool:
        """Whether free text reaches this address: WhatsApp takes it inside its window alone."""
        sender = self._tx.roads.get("whatsapp", "")
        return to.channel != "whatsapp" or self._tx.people.window_open(sender, to.id)

    def roads(
        self, contact_id: int, department: Department, message: Message | type[Message] | None = None
    ) -> list[Address]:
        """Where we may begin to write to a person, best first; what a discreet message tells, only where they surely
        read it."""
        order = self._tx.preferences.of(contact_id).order(department.rules.channels)
        found = roads(self._tx.people.addresses(contact_id), order, self._tx.roads)
        if message is not None and message.discreet:
            found = [a for a in found if may_learn(a)]
            found.sort(key=lambda a: message.name == STEP and a.channel != department.rules.debt_channel)
        return found

    def admins(self, department: Department) -> list[Address]:
        """Where a department's admins can be written to in private."""
        people = self._tx.people
        users = [user for _, role, user in people.team(department.id) if role.value == "admin"]
        known = [address for user in users if (address := people.find_address("telegram", user)) is not None]
        return [address for address in known if roads([address], ("telegram",), self._tx.roads)]

    # --- where -------------------------------------------------------------------------------

    def _places(self, say: Say, heard: Heard | None) -> list[_Place]:
        match say.to:
            case To.HERE | To.PRESS if heard is not None:
                return [self._here(heard)]
            case To.CONTACT if say.contact_id is not None:
                return self._to_contact(say)
            case To.STAFF:
                return self._to_group(self._department(say, heard))
            case To.ADMINS:
                return self._to_admins(self._department(say, heard))
        return []

    def _here(self, heard: Heard) -> _Place:
        said = heard.inbound
        known = self._tx.people.find_address(said.channel, said.address)
        language = heard.department.language if said.group else heard.language
        # The address's present owner: the writer may just have been merged with another person.
        writer = known.contact_id if known else heard.contact.id
        return _Place(said.channel, said.chat, said.topic, known.id if known else None, writer, language)

    def _to_contact(self, say: Say) -> list[_Place]:
        assert say.contact_id is not None
        department = self._department(say, None)
        found = self.roads(say.contact_id, department, say.message)
        if not found:
            return []
        language = self._tx.people.get(say.contact_id).language or department.language
        chosen = [found[0], *self._copy_by_email(say, found)]
        if say.address_id is not None:
            chosen = [a for a in found if a.id == say.address_id]
        return [
            _Place(a.channel, a.value, None, a.id, say.contact_id, language, copy=number > 0)
            for number, a in enumerate(chosen)
        ]

    def _copy_by_email(self, say: Say, found: Sequence[Address]) -> list[Address]:
        """Also by e-mail, for those who asked for it: what is begun by us, not the answers of a conversation."""
        if say.message.about not in BEGUN_BY_US or say.contact_id is None or found[0].channel == "email":
            return []
        mail = [a for a in found if a.channel == "email"][:1]
        return mail if mail and self._tx.preferences.of(say.contact_id).also_email else []

    def _to_group(self, department: Department) -> list[_Place]:
        if not department.chat or "telegram" not in self._tx.roads:
            return []
        return [_Place("telegram", department.chat, department.topic, language=department.language)]

    def _to_admins(self, department: Department) -> list[_Place]:
        """Admins who have opened a private chat with the bot; without one, the group."""
        places = []
        for known in self.admins(department):
            language = self._tx.people.get(known.contact_id).language or department.language
            places.append(_Place("telegram", known.value, None, known.id, known.contact_id, language))
        return places or self._to_group(department)

    def _department(self, say: Say, heard: Heard | None) -> Department:
        if say.department_id is not None:
            return self._tx.departments.get(say.department_id)
        if say.loan is not None:
            return self._tx.departments.get(say.loan.department_id)
        if heard is not None:
            return heard.department
        raise ValueError(f"{say.message.name}: whose desk says it?")

    # --- the row -----------------------------------------------------------------------------

    def _put(self, say: Say, cause: Cause, place: _Place, key: str) -> int | None:
        op, target, subject = self._op(say, cause.heard, place)
        heard = cause.heard
        department, about = self._department(say, heard), self._about(say, heard, place)
        made = self._tx.outbox.put(
            Line(
                message=say.message, language=say.language or place.language, channel=place.channel,
                chat=place.chat, key=key, op=op,
                about=about, begun_by=cause.begun_by, topic=place.topic, target=target, card=subject,
                priority=self._priority(say, heard, about, cause), choices=_stored(say.choices),
                address_id=place.address_id, contact_id=place.contact_id, department_id=department.id,
                loan_id=say.loan.id if say.loan else None,
                loan_class=_class(say, department), next_at=cause.next_at, window_end=self._window(say, op),
                caused_at=heard.at if heard else None, state=State.PENDING, **cause.extra,
            )
        )  # fmt: skip
        if made is not None and subject and op == "send":
            self._tx.cards.expect(place.chat, subject, made)
        if made is not None:
            self._ask(say, place)
        return made

    def _about(self, say: Say, heard: Heard | None, place: _Place) -> str:
        """A notice to the person who has just caused it, where they wrote, is an answer: after STOP nothing else
        leaves."""
        about = say.message.about
        here = say.to is To.HERE and heard is not None and heard.private
        if about != "notice" or not here or place.address_id is None:
            return about
        known = self._tx.people.address(place.address_id)
        return "answer" if known is not None and known.consent is Consent.REFUSED else about

    def _priority(self, say: Say, heard: Heard | None, about: str, cause: Cause) -> int:
        """What somebody is told where they wrote goes with the answers, be it a notice: otherwise what answers their
        next words would come before it."""
        here = say.to is To.HERE and heard is not None and heard.private
        return priority_of("answer" if here else about, cause.begun_by)

    def _op(self, say: Say, heard: Heard | None, place: _Place) -> tuple[str, str | None, str | None]:
        pressed = heard.inbound if heard is not None and heard.inbound.press_id else None
        if say.to is To.PRESS:
            return ("answer", pressed.press_id, None) if pressed else ("send", None, None)
        subject = say.card or None
        if say.replace and pressed is not None and pressed.on_message:
            if subject:
                self._tx.cards.becomes(place.chat, subject, pressed.on_message)
            return "edit", pressed.on_message, subject
        if subject and self._tx.cards.known(place.chat, subject):
            return "edit", None, subject
        return "send", None, subject

    def _window(self, say: Say, op: str) -> datetime | None:
        if say.window_end is not None:
            return say.window_end
        if op == "answer":
            return self._tx.now + PRESS_LIVES
        return self._tx.now + ANSWER_LIVES if say.message.about in ("answer", "toast") else None

    def _ask(self, say: Say, place: _Place) -> None:
        """Store what was asked, so that a typed answer is understood on every channel. What we begin puts no open
        question."""
        if place.contact_id is None or say.message.about in BEGUN_BY_US:
            return
        flat = [choice for row in say.choices for choice in row]
        if say.ask:
            self._tx.questions.put(place.contact_id, place.chat, say.ask, say.facts, flat)
        elif flat and place.chat == self._private_chat(place):
            self._tx.questions.put(place.contact_id, place.chat, "choice", say.facts, flat)

    def _private_chat(self, place: _Place) -> str:
        known = self._tx.people.address(place.address_id) if place.address_id else None
        return known.value if known else ""


def _stored(choices: Sequence[Sequence[Choice]]) -> list[list[dict[str, Any]]]:
    return [
        [{"payload": c.payload(), "label": c.label, "text": c.text, "number": c.number} for c in row] for row in choices
    ]


def _class(say: Say, department: Department) -> str | None:
    return loan_class(say.loan.lent_at, say.loan.due_at, department.rules).value if say.loan else None
