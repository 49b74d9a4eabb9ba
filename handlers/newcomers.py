"""First contact: who writes, why and how to stop; which desk is meant; staff's approval where the rule says so."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import islice
from typing import Any

from bot.core.conversation import Choice, Heard, Say, To
from bot.core.finding import Named, find
from bot.core.intent_spelling import vocabulary
from bot.core.intents import Intent, Understood, read_answer
from bot.core.messages import (
    AdmissionAsked,
    AdmissionRefused,
    Admitted,
    ConsentNoted,
    NewcomerCard,
    TellUsWho,
    Welcome,
    WhichDesk,
)
from bot.core.people import BY_NUMBER, Consent, Department, looks_like_phone, phone_shown
from bot.core.spoken import words
from bot.store import Tx
from handlers import consent
from handlers.rights import is_staff, name_of, refused, who
from handlers.several import in_one
from handlers.showing import greeted
from handlers.toasts import toast, too_late

Again = Callable[[Tx, Heard, str], list[Say]]

ADMISSION = "admission"  # the preference under which a wait for approval is kept
LONGEST_NAME = 60
LONGEST_WORDS = 300
MOST_CODES = 20  # words of a stranger that are looked for among the codes
ALWAYS = frozenset({Intent.STOP, Intent.START, Intent.HELP, Intent.LANGUAGE})
# After these the welcome is the whole answer; after others it follows the answer.
SMALL_TALK = frozenset({Intent.GREET, Intent.UNKNOWN, Intent.THANKS, Intent.YES, Intent.NO})
NOT_A_NAME = frozenset(
    """oui ok d accord je m appelle suis moi c est bonjour salut merci yes sure i am my name is it s hello hi
    thanks""".split()
)
OURS = ((Choice("mine.consent", (1,), "yes"), Choice("mine.consent", (0,), "stop")),)


# --- the welcome -----------------------------------------------------------------------------------


def welcome(tx: Tx, heard: Heard) -> Say:
    """Who writes, why, how to stop, and is it all right? Somebody without a name is asked for it in the same breath."""
    desk, asks = heard.department, heard.private and heard.department.rules.first_contact_asks
    nameless = not greeted(heard.contact.name)
    # Telegram shows either buttons or a keyboard: where OUI is asked for, the number is asked for after it.
    share = not asks and may_share(tx, heard)
    message = Welcome(desk.name, greeted(heard.contact.name), asks, nameless, share=share)
    if nameless and heard.private:
        return Say(message=message, ask="own_name", facts={"desk": desk.id}, choices=OURS if asks else ())
    return Say(message=message, choices=OURS if asks else ())


def may_share(tx: Tx, heard: Heard) -> bool:
    """Whether to offer the button that shows the writer's number: on Telegram, while we know none, where it is of use
    to find the loans of somebody who was known by it."""
    on = not tx.roads.keys().isdisjoint(BY_NUMBER)
    if heard.inbound.channel != "telegram" or heard.inbound.group or not on:
        return False
    return not any(a.value.startswith("+") for a in tx.people.addresses(heard.contact.id))


def introduced(tx: Tx, heard: Heard, said: Understood, says: list[Say]) -> list[Say]:
    """Somebody who begins with a wish has it granted at once, and hears in the same message who writes, with nothing
    left to answer. The button that shows their number is a message of its own: Telegram takes no others beside it."""
    if not heard.new or said.intent in SMALL_TALK | ALWAYS:
        return says
    after = Welcome(heard.department.name, "", False, False, after=True, share=may_share(tx, heard))
    return [*says, Say(message=after)] if after.share else in_one([*says, Say(message=after)])


def agreed(tx: Tx, heard: Heard, choice: Choice) -> list[Say]:
    """OUI or NON to the welcome."""
    if choice.args[:1] != (1,):
        return consent.stop(tx, heard, Understood(Intent.STOP))
    return _noted(tx, heard)


def _noted(tx: Tx, heard: Heard) -> list[Say]:
    known = tx.people.find_address(heard.inbound.channel, heard.inbound.address)
    if known is not None:
        tx.people.set_consent(known.id, Consent.GIVEN, f"{heard.inbound.channel}: {heard.text[:100]!r} to the welcome")
    nameless = not greeted(tx.people.get(heard.contact.id).name)
    noted = ConsentNoted(heard.department.name, nameless, may_share(tx, heard))
    return [Say(message=noted, ask="own_name", facts={"desk": heard.department.id}) if nameless else Say(message=noted)]


def typed_name(tx: Tx, heard: Heard, facts: dict[str, Any]) -> list[Say]:
    """The answer to "what is your name?", perhaps with OUI before it."""
    answer = read_answer(heard.text)
    if answer is not None and answer.no:
        return consent.stop(tx, heard, Understood(Intent.STOP))
    name = name_in(heard.text)
    if name:
        tx.people.rename(heard.contact.id, name)
    waits = tx.preferences.noted(heard.contact.id, ADMISSION)
    if waits is not None:
        return _ask_staff(tx, heard, waits) if name else [_who_are_you(heard, waits)]
    return _noted(tx, heard) if name or (answer is not None and answer.yes) else []


def name_in(text: str) -> str:
    """The name in an answer: "Oui, Awa Diop", "je m'appelle Awa". Empty when nothing of it can be one, or when it is a
    sentence: somebody asked for a name may well ask for a drill."""
    kept = [w for w in text.split() if set(words(w)) - NOT_A_NAME]
    said = [word for w in kept for word in words(w)]
    name = " ".join(kept).strip(" ,.;:!?")[:LONGEST_NAME]
    sentence = "?" in text or 2 * sum(word in vocabulary() for word in said) > len(said)
    return "" if sentence or looks_like_phone(name) or not any(c.isalpha() for c in name) or len(kept) > 5 else name


# --- which desk ------------------------------------------------------------------------------------


def gate(tx: Tx, heard: Heard, said: Understood, text: str) -> list[Say] | None:
    """What somebody who belongs to no desk yet is asked first; None lets the words through."""
    if heard.member or heard.role is not None or said.intent in ALWAYS:
        return None
    waits = tx.preferences.noted(heard.contact.id, ADMISSION)
    if waits is not None:
        return _still_waiting(tx, heard, _with_wish(tx, heard, said, waits))
    desks = tx.departments.all()
    if len(desks) > 1 and _desk_named(tx, text) is None:
        rows = tuple((Choice("mine.desk", (d.id,), text=d.name),) for d in desks.values())
        facts = {"said": text[:LONGEST_WORDS]}
        return [Say(message=WhichDesk(greeted(heard.contact.name)), choices=rows, ask="which_desk", facts=facts)]
    return _begin_admission(tx, heard, heard.department, text)


def _desk_named(tx: Tx, text: str) -> int | None:
    """The desk of an item whose code is typed: a QR label says which desk is meant."""
    coded = islice((word for word in text.split() if any(c.isdigit() for c in word)), MOST_CODES)
    items = (tx.items.by_code(word) for word in coded)
    return next((item.department_id for item in items if item is not None), None)


def desk_of(tx: Tx, text: str) -> Department | None:
    """The desk somebody unknown writes to: the one of the item they name, else the only one; None when to be asked."""
    desks = tx.departments.all()
    named = _desk_named(tx, text) if len(desks) > 1 else None
    if named is not None:
        return desks[named]
    return next(iter(desks.values())) if len(desks) == 1 else None


def chose_desk(tx: Tx, heard: Heard, choice: Choice, again: Again) -> list[Say]:
    """The desk is known: what was said first is answered now, by `again`."""
    desk = tx.departments.get(int(choice.args[0]))
    first = str(heard.question.facts.get("said", "")) if heard.question else ""
    return _at_desk(tx, heard, desk, first, again)


def typed_desk(tx: Tx, heard: Heard, facts: dict[str, Any], again: Again) -> list[Say]:
    """The desk's name typed in answer."""
    desks = tx.departments.all().values()
    found = find(heard.text, [Named(d, d.name) for d in desks]).one
    if found is not None:
        return _at_desk(tx, heard, found, str(facts.get("said", "")), again)
    rows = tuple((Choice("mine.desk", (d.id,), text=d.name),) for d in desks)
    return [Say(message=WhichDesk(), choices=rows, ask="which_desk", facts=facts)]


def _at_desk(tx: Tx, heard: Heard, desk: Department, first: str, again: Again) -> list[Say]:
    there = replace(heard, department=desk, question=None, new=True)
    if not desk.rules.approve_people:
        tx.people.join(heard.contact.id, desk.id)
        there = replace(there, member=True, inbound=replace(heard.inbound, text=first, payload=None))
        return _said_by(desk, there, again(tx, there, first))
    waits = tx.preferences.noted(heard.contact.id, ADMISSION)
    # A button of before, or a forged one: what was decided holds.
    if waits is not None and waits["desk"] == desk.id:
        return _said_by(desk, there, _still_waiting(tx, there, waits))
    return _said_by(desk, there, _begin_admission(tx, there, desk, first) or [])


def _said_by(desk: Department, heard: Heard, says: list[Say]) -> list[Say]:
    """That desk says it, in its zone and to its own team: the desk that had asked would speak otherwise."""
    owned = [replace(say, department_id=say.department_id or desk.id) for say in says]
    return [replace(say, language=say.language or heard.language) if say.to is To.HERE else say for say in owned]


# --- approval --------------------------------------------------------------------------------------


def _begin_admission(tx: Tx, heard: Heard, desk: Department, text: str) -> list[Say] | None:
    if not desk.rules.approve_people:
        tx.people.join(heard.contact.id, desk.id)
        return None
    waits = {"desk": desk.id, "state": "name", "said": text[:LONGEST_WORDS]}
    tx.preferences.note(heard.contact.id, ADMISSION, waits)
    return [_who_are_you(heard, waits)]


def _who_are_you(heard: Heard, waits: dict[str, Any]) -> Say:
    return Say(message=TellUsWho(heard.department.name), ask="own_name", facts={"desk": waits["desk"]})


def _with_wish(tx: Tx, heard: Heard, said: Understood, waits: dict[str, Any]) -> dict[str, Any]:
    """Asked for a name they say what they came for: staff read that, not the *bonjour* before it."""
    if said.intent in SMALL_TALK or waits["state"] != "name":
        return waits
    waits = {**waits, "said": heard.text[:LONGEST_WORDS]}
    tx.preferences.note(heard.contact.id, ADMISSION, waits)
    return waits


def _still_waiting(tx: Tx, heard: Heard, waits: dict[str, Any]) -> list[Say]:
    desk = tx.departments.get(waits["desk"])
    if waits["state"] == "name":
        return [_who_are_you(replace(heard, department=desk), waits)]
    if waits["state"] == "refused":
        return [Say(message=AdmissionRefused(desk.name, desk.contact_line))]
    name, more = greeted(heard.contact.name), heard.text.strip() if heard.inbound.payload is None else ""
    if not more:
        return [Say(message=AdmissionAsked(desk.name, name))]
    said = f"{waits['said']}\n{more}"[-LONGEST_WORDS:]  # on the card as well: who decides reads it there
    tx.preferences.note(heard.contact.id, ADMISSION, {**waits, "said": said})
    return [Say(message=AdmissionAsked(desk.name, name, again=True)), _card(tx, heard.contact.id, desk, said)]


def _ask_staff(tx: Tx, heard: Heard, waits: dict[str, Any]) -> list[Say]:
    """A card in the group; the answer comes by the same chat."""
    tx.preferences.note(heard.contact.id, ADMISSION, {**waits, "state": "asked"})
    desk = tx.departments.get(waits["desk"])
    name = tx.people.get(heard.contact.id).name
    return [Say(message=AdmissionAsked(desk.name, name)), _card(tx, heard.contact.id, desk, str(waits["said"]))]


def _card(tx: Tx, contact_id: int, desk: Department, said: str, state: str = "asked", by: str = "") -> Say:
    yes = Choice("person.admit", (contact_id, desk.id), "approve")
    no = Choice("person.turn_away", (contact_id, desk.id), "refuse")
    found = tx.people.addresses(contact_id)
    channel, value = (found[0].channel, found[0].value) if found else ("", "")
    phone = phone_shown(value, tx.desk.region) if value.startswith("+") else ""
    card = NewcomerCard(tx.people.get(contact_id).name, channel, phone, said, state, by)
    return Say(
        message=card, to=To.STAFF, department_id=desk.id, card=f"newcomer:{contact_id}",
        choices=((yes, no),) if state == "asked" else (),
    )  # fmt: skip


def admit(tx: Tx, heard: Heard, choice: Choice) -> list[Say]:
    """[Accepter]: the person belongs to the desk from now on."""
    return _decide(tx, heard, choice, yes=True)


def turn_away(tx: Tx, heard: Heard, choice: Choice) -> list[Say]:
    """[Refuser]"""
    return _decide(tx, heard, choice, yes=False)


def _decide(tx: Tx, heard: Heard, choice: Choice, *, yes: bool) -> list[Say]:
    contact_id, department_id = int(choice.args[0]), int(choice.args[1])
    if not is_staff(tx, heard, department_id):
        return refused(heard)
    tx.people.lock(contact_id)  # a colleague may be deciding in this moment
    waits, desk = tx.preferences.noted(contact_id, ADMISSION), tx.departments.get(department_id)
    if waits is None or (waits["desk"], waits["state"]) != (department_id, "asked"):
        return [too_late()]
    state = "admitted" if yes else "refused"
    tx.audit.note(who(heard), f"person_{state}", department_id, contact=contact_id)
    if yes:
        tx.people.join(contact_id, department_id)
        tx.preferences.forget(contact_id, ADMISSION)
    else:
        tx.preferences.note(contact_id, ADMISSION, {**waits, "state": "refused"})
    told = Admitted(desk.name) if yes else AdmissionRefused(desk.name, desk.contact_line)
    return [
        toast("approved" if yes else "refused"),
        _card(tx, contact_id, desk, str(waits["said"]), state, name_of(heard)),
        Say(message=told, to=To.CONTACT, contact_id=contact_id, department_id=department_id),
    ]
