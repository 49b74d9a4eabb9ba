"""Several addresses, one person: the own number shared on Telegram, or a one-time code.

Whatever way it is proved, the addresses that were there before are told, and may say that the new one is not theirs.
"""

from __future__ import annotations

from dataclasses import replace

from bot.core.conversation import Choice, Heard, Say, To, echo
from bot.core.delivery import Limit
from bot.core.inbound import SharedContact
from bot.core.linking import CODE_LASTS, is_code, read_link
from bot.core.messages import NoSuchPerson, PersonSaved, Stale
from bot.core.messages_linking import (
    AddressChoice,
    ContactNotYours,
    LinkAsked,
    LinkCard,
    LinkCode,
    Linked,
    LinkRefused,
    NewAddress,
    NotMine,
    NotMineCard,
    NumberNoted,
)
from bot.core.people import BY_NUMBER, Address, BadPhone, Consent, Contact, Role, phone_from, phone_shown
from bot.store import Tx
from bot.store.link_codes import LinkCode as Drawn
from bot.store.merging import detach, merge
from handlers import person_page
from handlers.buttons import in_rows, texts, tongue
from handlers.consent import what_waited
from handlers.newcomers import may_share
from handlers.planning import adjust_theirs
from handlers.rights import allowed, is_admin, may_add_address, refused, who
from handlers.showing import greeted, lines
from handlers.staff_words import people_named
from handlers.toasts import too_late

TRIES = Limit("link", 5, CODE_LASTS.total_seconds())
LINKED = "linked"  # the preference that keeps which address was linked when
YES_NO = ((Choice("mine.link", (1,), "yes"), Choice("mine.link", (0,), "no")),)


# --- codes -----------------------------------------------------------------------------------------


def link(tx: Tx, heard: Heard, words: str) -> list[Say]:
    """/lier Awa: staff draw a code for somebody. /lier CODE, in private: the writer sends one."""
    if heard.private and (is_code(words) or not allowed(heard.role, Role.STAFF)):
        return send_code(tx, heard, words) if words else own_code(tx, heard)
    if not allowed(heard.role, Role.STAFF):
        return refused(heard, Role.STAFF)
    found = people_named(tx, heard.department.id, words)
    if words.strip() and not found.sure and not found.near:
        return [Say(message=NoSuchPerson(echo(words)))]
    if len(found.sure) == 1:
        return [_card(tx, heard, found.sure[0])]
    people = (found.sure or found.near) if words.strip() else tx.people.recent(heard.department.id)
    return [person_page.which(tx, heard, people, words, act="person.link")]


def is_link(tx: Tx, token: str) -> bool:
    """Whether the token of a deep link is a one-time code, and not the code on an item's label."""
    return is_code(token) and tx.items.by_code(token) is None


def draw(tx: Tx, heard: Heard, choice: Choice) -> list[Say]:
    """[Relier une adresse]"""
    person = person_page.mine(tx, heard, choice.args[0])
    return refused(heard) if person is None else [_card(tx, heard, person)]


def _card(tx: Tx, heard: Heard, person: Contact) -> Say:
    if not may_add_address(tx, heard, person.id):
        return Say(message=PersonSaved(person.name, done="elsewhere"))
    drawn = tx.link_codes.draw(person.id, heard.department.id)
    tx.audit.note(who(heard), "link_code", heard.department.id, contact=person.id)
    links = tx.desk.links(drawn.code, person.language or heard.department.language)
    card = LinkCard(person.name, drawn.code, drawn.until, links, _sms(tx))
    return Say(message=card, card=f"link:{drawn.id}", department_id=heard.department.id)


def own_code(tx: Tx, heard: Heard) -> list[Say]:
    """LIER: a code for oneself, to be sent from another channel. The owner holds both then."""
    drawn = tx.link_codes.draw(heard.contact.id, heard.department.id)
    links = tuple(x for x in tx.desk.links(drawn.code, heard.language) if not _leads_here(x, heard))
    sms = "" if heard.inbound.channel == "sms" else _sms(tx)
    return [Say(message=LinkCode(drawn.code, drawn.until, links, sms, may_share(tx, heard)))]


def _leads_here(address: str, heard: Heard) -> bool:
    return {"whatsapp": "wa.me", "telegram": "t.me"}.get(heard.inbound.channel, "-") in address


def _sms(tx: Tx) -> str:
    number = tx.roads.get("sms", "")
    return phone_shown(number, tx.desk.region) if number.startswith("+") else ""


def typed(tx: Tx, heard: Heard, text: str) -> list[Say] | None:
    """LIER, LIER CODE, LINK CODE; None when the words are something else."""
    code = read_link(text)
    if code is None:
        return None
    return send_code(tx, heard, code) if code else own_code(tx, heard)


def send_code(tx: Tx, heard: Heard, code: str) -> list[Say]:
    """A code, from the address that is to be linked.

    Wrong, used and too old are answered alike, and five codes in ten minutes are all that one writer may send. Who has
    a history of their own is asked first: a link somebody else sent them must not give that person their loans.
    """
    if not may_try(tx, heard):
        return [Say(message=LinkRefused(tries=True))]
    drawn = tx.link_codes.take("".join(code.split()))
    if drawn is None:
        return [Say(message=LinkRefused())]
    if drawn.contact_id == heard.contact.id:
        return [_linked(tx, heard, heard.contact, already=True)]
    if not _has_history(tx, heard):
        return _link(tx, heard, drawn.contact_id, drawn)
    facts = {"contact": drawn.contact_id, "code": drawn.id, "desk": drawn.department_id}
    return [Say(message=LinkAsked(tx.people.get(drawn.contact_id).name), choices=YES_NO, ask="link", facts=facts)]


def may_try(tx: Tx, heard: Heard) -> bool:
    said = heard.inbound
    return tx.pace.reserve([Limit(f"link:{said.channel}:{said.address}", TRIES.count, TRIES.seconds)], 0) <= 0


def _has_history(tx: Tx, heard: Heard) -> bool:
    return tx.loans.ever(heard.contact.id) or len(tx.people.addresses(heard.contact.id)) > 1


def answered(tx: Tx, heard: Heard, choice: Choice) -> list[Say]:
    """OUI or NON to "this code is Awa's: is that you?". Whose it is stands in the question, never in the button."""
    asked = heard.question
    if asked is None or asked.kind != "link" or heard.at - asked.asked_at > CODE_LASTS:
        return [Say(message=Stale())]
    if choice.args[:1] != (1,):
        return [Say(message=LinkRefused())]
    facts = asked.facts
    drawn = Drawn(int(facts["code"]), int(facts["contact"]), int(facts["desk"]), heard.at)
    return _link(tx, heard, drawn.contact_id, drawn)


def _link(tx: Tx, heard: Heard, owner: int, drawn: Drawn) -> list[Say]:
    says = join(tx, heard, tx.people.get(owner), who(heard))
    card = LinkCard(tx.people.get(owner).name, state="used", by=heard.inbound.channel)
    shown = f"link:{drawn.id}"
    desk = tx.departments.get(drawn.department_id)
    if tx.cards.known(desk.chat, shown):  # a code somebody drew for themselves is on no card
        says.append(Say(message=card, to=To.STAFF, department_id=desk.id, card=shown))
    return says


# --- becoming one ----------------------------------------------------------------------------------


def join(tx: Tx, heard: Heard, owner: Contact, by: str) -> list[Say]:
    """The writer is `owner` from now on; the addresses there before are told."""
    if owner.id == heard.contact.id:
        return [_linked(tx, heard, owner, already=True)]
    # What was asked of a stranger ("what is your name?") is not asked of the owner.
    tx.questions.close(heard.contact.id, heard.inbound.chat)
    before = tx.speech.roads(owner.id, heard.department)
    mine = [a.id for a in tx.people.addresses(heard.contact.id)]
    owner = become_one(tx, owner.id, heard.contact.id, by)
    _note_links(tx, owner.id, mine)
    desk = tx.people.department_of(owner.id) or heard.department
    now = replace(heard, contact=owner, department=desk)
    # A number counts for WhatsApp and SMS: one word to one telephone.
    once = {address.value: address for address in reversed(before)}
    told = [_told(heard, desk.id, owner, address) for address in once.values()]
    # What could not be said to them for want of an address leaves now.
    waited = [] if before else what_waited(tx, now)
    return [_linked(tx, now, owner), *told, *waited]


def become_one(tx: Tx, keep: int, gone: int, by: str) -> Contact:
    """Two contacts become one person, who waits for nothing they have, reminded by the one clock they live by."""
    owner = merge(tx, keep, gone, by)
    for hold in tx.holds.of(owner.id):
        out = tx.loans.open_of_item(hold.item_id)
        if out is not None and out.contact_id == owner.id:
            tx.holds.close(hold, "left")
    adjust_theirs(tx, owner.id, "two people have become one")
    return owner


def _note_links(tx: Tx, contact_id: int, addresses: list[int]) -> None:
    noted = tx.preferences.noted(contact_id, LINKED) or {}
    fresh = {str(address): tx.now.isoformat() for address in addresses}
    tx.preferences.note(contact_id, LINKED, noted | fresh)


def _linked(tx: Tx, heard: Heard, owner: Contact, *, already: bool = False) -> Say:
    loans = tx.loans.open_of(owner.id)
    roads = tuple(dict.fromkeys(a.channel for a in tx.speech.roads(owner.id, heard.department)))
    message = Linked(greeted(owner.name), lines(loans, heard.at), roads, already)
    return Say(message=message, language=owner.language)  # a code is typed in whichever language it came in


def _told(heard: Heard, desk: int, owner: Contact, address: Address) -> Say:
    new = heard.inbound
    choices = ((Choice("mine.address", (new.channel, 1), "yes"), Choice("mine.address", (new.channel, 0), "no")),)
    return Say(
        message=NewAddress(new.channel, greeted(owner.name)), to=To.CONTACT, contact_id=owner.id,
        address_id=address.id, department_id=desk, choices=choices,
        key=f"in:{heard.letter_id}:linked:{address.id}",
    )  # fmt: skip


def owned(tx: Tx, heard: Heard, choice: Choice) -> list[Say]:
    """OUI or NON to "is this new address yours?". NON takes it out; only an address that was there before may say so,
    else who came by a stolen code could throw the owner out."""
    channel = str(choice.args[0])
    if choice.args[1:] == (1,):
        return [Say(message=NewAddress(channel, known=True), replace=heard.inbound.press_id is not None)]
    wrong = _younger(tx, heard, channel)
    if wrong is None or detach(tx, wrong.id, who(heard)) is None:
        return [Say(message=Stale())]
    desk = heard.department
    card = Say(message=NotMineCard(heard.contact.name, channel), to=To.STAFF, department_id=desk.id)
    return [Say(message=NotMine(channel, desk.contact_line)), card]


def _younger(tx: Tx, heard: Heard, channel: str) -> Address | None:
    """The address of that channel linked last, when it was linked after the one that writes."""
    noted: dict[str, str] = tx.preferences.noted(heard.contact.id, LINKED) or {}
    addresses = tx.people.addresses(heard.contact.id)
    here = next((a for a in addresses if (a.channel, a.value) == (heard.inbound.channel, heard.inbound.address)), None)
    since = noted.get(str(here.id), "") if here else "~"
    later = [a for a in addresses if a.channel == channel and noted.get(str(a.id), "") > since]
    return max(later, key=lambda a: noted[str(a.id)], default=None)


# --- the own number, on Telegram -------------------------------------------------------------------


def shared(tx: Tx, heard: Heard, card: SharedContact) -> list[Say]:
    """A contact card: the writer's own number, as Telegram itself vouches for it, or anybody's."""
    if not card.own:
        return [Say(message=ContactNotYours())]
    try:
        phone = phone_from(card.phone, tx.desk.region)
    except BadPhone:
        return [Say(message=ContactNotYours("number"))]
    owners = _owners(tx, phone)
    others = [owner for owner in owners if owner != heard.contact.id]
    if not others:
        known = heard.contact.id in owners
        return [_linked(tx, heard, heard.contact, already=True)] if known else [_number_noted(tx, heard, phone)]
    for twin in others[1:]:  # staff typed the number for one, another wrote from it
        become_one(tx, others[0], twin, who(heard))
    says = join(tx, heard, tx.people.get(others[0]), who(heard))
    _prove(tx, phone)
    return says


def _owners(tx: Tx, phone: str) -> list[int]:
    found = (tx.people.find_address(channel, phone) for channel in BY_NUMBER)
    return sorted({address.contact_id for address in found if address is not None})


def _prove(tx: Tx, phone: str) -> None:
    for channel in BY_NUMBER:
        known = tx.people.find_address(channel, phone)
        if known is not None:
            tx.people.verified(known.id)


def _number_noted(tx: Tx, heard: Heard, phone: str) -> Say:
    """Nobody had this number: it is the writer's. Writing to it waits for their word: RAPPELS PAR SMS."""
    roads = tuple(channel for channel in BY_NUMBER if channel in tx.roads)
    for channel in roads:
        tx.people.add_address(heard.contact.id, channel, phone, verified_by="holder")
    here = tx.people.find_address(heard.inbound.channel, heard.inbound.address)
    stopped = here is not None and here.consent is Consent.REFUSED
    return Say(message=NumberNoted(phone_shown(phone, tx.desk.region), roads, stopped))


# --- taking an address out -------------------------------------------------------------------------


def which_address(tx: Tx, heard: Heard, choice: Choice) -> list[Say]:
    """[Détacher une adresse], for admins."""
    person = person_page.mine(tx, heard, choice.args[0])
    if person is None or not is_admin(tx, heard, heard.department.id):
        return refused(heard, Role.ADMIN)
    named = [(a.id, _named(tx, heard, a)) for a in tx.people.addresses(person.id)]
    choices = [Choice("person.detach", (person.id, address), text=name) for address, name in named]
    back = (Choice("person.show", (person.id,), "back"),)
    return [Say(message=AddressChoice(person.name), choices=(*in_rows(choices), back), replace=True)]


def _named(tx: Tx, heard: Heard, address: Address) -> str:
    name = texts().word("channel", address.channel, tongue(heard))
    return f"{name} {phone_shown(address.value, tx.desk.region)}" if address.value.startswith("+") else name


def take_out(tx: Tx, heard: Heard, choice: Choice) -> list[Say]:
    """One address of a person is somebody else's."""
    person = person_page.mine(tx, heard, choice.args[0])
    if person is None or not is_admin(tx, heard, heard.department.id):
        return refused(heard, Role.ADMIN)
    address = tx.people.address(int(choice.args[1]))
    if address is None or address.contact_id != person.id or detach(tx, address.id, who(heard)) is None:
        return [too_late()]
    return [person_page.page(tx, heard, person, "detached", replace=True)]
