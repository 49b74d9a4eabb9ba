"""Reading what staff type after a command: an item, a person, a time, in any order that is clear."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import takewhile

from bot.core.conversation import Heard, Say
from bot.core.deskhours import tonight_is_closing
from bot.core.due import Due, Unclear
from bot.core.duetime import find_due, holds_time
from bot.core.finding import SMALL_WORDS, Matches, Named, Shelf, find
from bot.core.messages import BadNumber
from bot.core.people import (
    BY_NUMBER,
    Address,
    BadPhone,
    Consent,
    Contact,
    Department,
    example_numbers,
    is_in_use,
    looks_like_phone,
    mobile_at_home,
    number_in,
    phone_from,
    phone_shown,
    without_slash,
)
from bot.core.preferences import bare_email, looks_like_email
from bot.core.records import record
from bot.core.spoken import clean
from bot.core.spoken import words as words_of
from bot.store import Tx
from bot.store.items import ItemRow
from handlers.rights import who

MOST_MEANT = 50  # people of one name: more cannot be shown to choose from
MOST_WORDS = 20  # of an item's name; a page pasted by mistake would be compared with every item at each of its words
PHONE = re.compile(r"(?<![\w-])(\+|00|0)\d[\d .\-()]{6,20}\d(?!\w)")
# As people write them in Senegal, where no number begins with 0.
BARE = re.compile(r"(?<![\w.,+-])(?:\d{6,15}|7\d \d{3} \d{2} \d{2})(?!\w)")
BETWEEN = re.compile(r"\s*[,+&/]\s*|\s+(?:et|and|puis|plus|avec|with)\s+", re.IGNORECASE)  # the things of a list
NUMBER, FEWEST_UNREAD = re.compile(r"\d[\d .-]{5,}\d"), 7
SHORT = re.compile(r"(?<![\w/.,-])(?:[+0][\d .-]*\d|\d[\d .-]+\d)(?![\w/])")
# "Awa, tél. : " before a number, and what closes it, are no part of a name. (A "portable" may be what is lent.)
_ANNOUNCED = re.compile(r"(?:(?<!\w)(?:t[ée]l|gsm|whatsapp|n[°º]|au)\.?)?[\s,;:=|<–—-]*$", re.IGNORECASE)
_MORE = re.compile(r"[\s,;/.-]*(?:(?:ou|et|or|and)\s+)?\+?\d[\d .()+-]*$", re.IGNORECASE)
_CLOSED = re.compile(r"^[\s,;:.>|]+(?!\d)")
_NAME = re.compile(r"[^\W\d_][\w'’-]+")
_HIDDEN = "zzqzz"  # stands for a name while times are looked for: no word of time in any language


@record(frozen=True, slots=True)
class Parts:
    """What a line holds: the number typed, the time, and the words that remain."""

    phone: str
    due: Due | Unclear | None
    words: str


def parts_of(
    text: str, *, now: datetime, department: Department, base: datetime | None = None, region: str = "FR"
) -> Parts:
    """Take the phone number out first (its digits would be read as a time), then the time."""
    phone, text = phone_and_rest(text, region)
    local = now.astimezone(department.zone)
    timed = find_due(text, now=local, language=department.language, closing=department.rules.closing, base=base)
    if timed is None:
        return Parts(phone, None, " ".join(text.split()))
    due, rest = tonight_is_closing(timed[0], local, department.rules.closing), timed[1]
    return Parts(phone, due, " ".join(rest.split()))


def phone_and_rest(text: str, region: str) -> tuple[str, str]:
    """The phone number in a text, empty without one, and the words around it."""
    text = without_slash(text)
    found = PHONE.search(text) or next((m for m in BARE.finditer(text) if mobile_at_home(m.group(), region)), None)
    phone = number_in(text, region)
    start = text.index(phone) if phone else len(text)
    if found is not None and found.start() < start and looks_like_phone(found.group()):
        phone, start = _number_in(found.group(), region), found.start()
    if not phone:
        return "", text
    before = _ANNOUNCED.sub("", _ANNOUNCED.sub("", text[:start]))
    rest = f"{before} {_CLOSED.sub('', text[start + len(phone) :])}"
    return phone, " ".join(re.sub(r"\(\s*\)", " ", rest).split())


def parts_typed(tx: Tx, heard: Heard, words: str) -> Parts:
    """`parts_of`, where a word of time that is somebody's name here stays one: *Noël Diop vendredi*, *Tom demain*."""

    def read(text: str) -> Parts:
        return parts_of(text, now=heard.at, department=heard.department, region=tx.desk.region)

    for word in dict.fromkeys(_NAME.findall(words)):
        if holds_time(clean(word), heard.at.date()) and (called := _called(tx, heard, word)):
            hidden = read(words.replace(word, _HIDDEN))
            if hidden.due is not None or _is_a_name(tx, heard, word, called, words):
                return replace(hidden, words=hidden.words.replace(_HIDDEN, word))
    return read(words)


def _called(tx: Tx, heard: Heard, words: str) -> set[int]:
    return {person.id for person in people_named(tx, heard.department.id, words).sure}


def _is_a_name(tx: Tx, heard: Heard, word: str, called: set[int], words: str) -> bool:
    """Whether the word is a name where no other time is said: with its neighbour it is somebody's, or nobody else is
    named. *Awa Noël* is Awa until Christmas."""
    typed = _NAME.findall(words)
    place = typed.index(word)
    pairs = (typed[max(0, place - 1) : place + 1], typed[place : place + 2])
    if any(len(pair) > 1 and _called(tx, heard, " ".join(pair)) for pair in pairs):
        return True
    return not any(_called(tx, heard, other) - called for other in typed if other != word)


def _number_in(found: str, region: str) -> str:
    """The longest beginning that is a number in use, else that can be one: a date may stand right behind it ("06 12 34
    56 78 24 octobre"), also where numbers may be longer. All of it when none can, so that the answer shows what was
    typed."""
    ends = [len(found), *(space.start() for space in reversed(list(re.finditer(" ", found))))]
    beginnings = [found[:end] for end in ends if _possible(found[:end], region)]
    return next((typed for typed in beginnings if is_in_use(typed, region)), (*beginnings, found)[0])


def _possible(typed: str, region: str) -> bool:
    try:
        phone_from(typed, region)
    except BadPhone as error:
        return error.why != "impossible"
    return looks_like_phone(typed)


def digits_behind(words: str, phone: str) -> str:
    """A number with more digits behind it, a slip or a second number; empty where none follow."""
    _, found, behind = without_slash(words).partition(phone)
    more = _MORE.match(behind)
    return f"{found}{more[0]}" if more else ""


def unread_number(words: str) -> str:
    """Digits that are too many to be part of a name: a number of another country, written without its code."""
    found = NUMBER.search(words)
    return found[0] if found is not None and sum(c.isdigit() for c in found[0]) >= FEWEST_UNREAD else ""


def short_number(words: str) -> str:
    """Digits beside a name that are too few for a number: *Zoé 01 02*. One or two may belong to it: *Salle 12*."""
    found = SHORT.search(words)
    return found[0] if found is not None else ""


def bad_number(tx: Tx, said: str, why: str = "impossible") -> list[Say]:
    """That it is no number, with one of this country that is."""
    return [Say(message=BadNumber(said, why, *example_numbers(tx.desk.region)))]


def item_named(tx: Tx, heard: Heard, words: str) -> ItemRow | None:
    """The one item of the department the words mean."""
    return items_named(tx, heard.department.id, words).one


def items_named(tx: Tx, department_id: int, words: str) -> Matches[ItemRow]:
    exact = tx.items.by_code(words)
    if exact is not None and exact.department_id == department_id:
        return Matches((exact,))
    return find(words, named_items(tx, department_id, words))


def named_items(tx: Tx, department_id: int, words: str) -> list[Named[ItemRow]]:
    """What a department lends that the words may mean, to be found by its name."""
    return [Named(i, i.name, i.code) for i in tx.items.likely(department_id, words)]


def people_named(tx: Tx, department_id: int, words: str) -> Matches[Contact]:
    """People of the department by name or @username; by the latter also who belongs to no desk yet."""
    if words.startswith("@"):
        known = tx.people.by_username(words)
        desks = tx.people.desks_of(known.contact_id) if known else ()
        if known is None or (desks and department_id not in desks):
            return Matches()
        return Matches((tx.people.get(known.contact_id),))
    found = tx.names.meant(department_id, words)
    return Matches(tuple(map(tx.people.get, found.sure[:MOST_MEANT])), tuple(map(tx.people.get, found.near)))


def members_named(tx: Tx, department_id: int, words: str) -> Matches[Contact]:
    """`people_named`, of those who belong to the department."""
    found = people_named(tx, department_id, words)
    return Matches(tuple(one for one in found.sure if tx.people.belongs(one.id, department_id)), found.near)


def told_apart(tx: Tx, people: Sequence[Contact]) -> list[str]:
    """The name of each, for a button; namesakes among them with the end of their number."""
    names = [person.name for person in people]
    return [_with_number(tx, person) if names.count(person.name) > 1 else person.name for person in people]


def _with_number(tx: Tx, person: Contact) -> str:
    numbers = [a.value for a in tx.people.addresses(person.id) if a.value.startswith("+")]
    return f"{person.name} …{numbers[0][-4:]}" if numbers else person.name


def split_item_and_person(tx: Tx, department_id: int, words: str) -> tuple[Matches[ItemRow], str]:
    """The item the words begin with, and the words that remain for the person.

    The longest beginning that means exactly one item wins: in "Perceuse Bosch Awa" that is the first two words. Where
    none does, they may end with it: "Awa PERC-001".
    """
    tokens = words.split()
    best: tuple[Matches[ItemRow], str] = (Matches(), words)
    known = Shelf(named_items(tx, department_id, words))
    for count in range(min(len(tokens), MOST_WORDS), 0, -1):
        found = Matches(known.sure(" ".join(tokens[:count])))
        rest = " ".join(tokens[count:])
        if found.one is not None:
            return found, rest
        if found.sure and not best[0].sure:
            best = (found, rest)
    return best if best[0].sure else _item_last(tx, department_id, tokens, known) or best


def things_apart(tx: Tx, department_id: int, words: str) -> tuple[list[ItemRow], str]:
    """ "VP-001, TENTE-001 Awa" and "VP-001 TENTE-001 Awa": the things named one by one, and what stands behind the last
    of them. No things where a part is none, or where all parts are one thing: *vis et boulons*."""
    *parts, last = [part for part in BETWEEN.split(words.strip()) if part.strip()] or [""]
    if not parts:
        tokens = last.split()
        coded = takewhile(lambda item: item is not None, (_coded(tx, department_id, word) for word in tokens))
        things = _each_once(coded)
        return (things, " ".join(tokens[len(things) :])) if len(things) > 1 else ([], words)
    things = _each_once(items_named(tx, department_id, part).one for part in parts)
    behind, rest = split_item_and_person(tx, department_id, last) if things else (Matches(), "")
    things = _each_once([*things, behind.one])
    return (things, rest) if things else ([], words)


def _each_once(found: Iterable[ItemRow | None]) -> list[ItemRow]:
    """All of them; none where one is missing or named twice. What follows that one is not looked for."""
    things: dict[int, ItemRow] = {}
    for item in found:
        if item is None or item.id in things:
            return []
        things[item.id] = item
    return list(things.values())


def _coded(tx: Tx, department_id: int, word: str) -> ItemRow | None:
    item = tx.items.by_code(word)
    return item if item is not None and item.department_id == department_id else None


def _item_last(
    tx: Tx, department_id: int, tokens: list[str], known: Shelf[ItemRow]
) -> tuple[Matches[ItemRow], str] | None:
    if len(tokens) > 2 * MOST_WORDS:  # no name of a person and of an item
        return None
    for count in range(max(1, len(tokens) - MOST_WORDS), len(tokens)):
        coded = _coded(tx, department_id, " ".join(tokens[count:]))
        found = Matches((coded,) if coded else known.sure(" ".join(tokens[count:])))
        if found.one is not None and people_named(tx, department_id, " ".join(tokens[:count])).sure:
            return found, " ".join(tokens[:count])
    return None


def person_by_phone(tx: Tx, heard: Heard, typed: str, name: str) -> Contact | tuple[Contact, ...]:
    """The person with that number; a new one when nobody has it. Who types it attests it, by both of its roads, unless
    the person has said STOP. Where the name beside it is not its owner's: the owner, then who is called that. Raises
    BadPhone."""
    value = phone_from(typed, tx.desk.region)
    known = known_number(tx, value)
    if known is None:
        made = tx.people.add(name or phone_shown(value, tx.desk.region), heard.department.id)
        add_phone(tx, heard, made.id, value)
        return made
    owner = tx.people.get(known.contact_id)
    tx.people.join(owner.id, heard.department.id)
    if not is_called(owner, name):
        named = people_named(tx, heard.department.id, name).sure
        return (owner, *(person for person in named if person.id != owner.id))
    if known.consent is Consent.UNKNOWN:
        tx.people.set_consent(known.id, Consent.ATTESTED, attester(heard))
    if known.consent is not Consent.REFUSED:
        add_phone(tx, heard, owner.id, value)
    if name and looks_like_phone(owner.name):
        tx.people.rename(owner.id, name)
    return tx.people.get(owner.id)


def known_number(tx: Tx, value: str) -> Address | None:
    """The address that has this number already, by either of its roads."""
    found = (tx.people.find_address(channel, value) for channel in BY_NUMBER)
    return next((address for address in found if address is not None), None)


def is_called(person: Contact, name: str) -> bool:
    """Whether the name typed beside a number may be theirs: a part of it, or with a slip; so is any where they have
    none."""
    typed, known = set(words_of(name)) - SMALL_WORDS, [Named(person, person.name)]
    if not typed or looks_like_phone(person.name):
        return True
    return any(found.sure or found.near for found in (find(word, known) for word in typed))


def add_phone(tx: Tx, heard: Heard, contact_id: int, value: str) -> None:
    """Both roads of a number, attested: staff noted that the person agreed."""
    for channel in BY_NUMBER:
        if tx.people.find_address(channel, value) is None:
            tx.people.add_address(
                contact_id,
                channel,
                value,
                verified_by="attested",
                consent=Consent.ATTESTED,
                attested_by=attester(heard),
            )


def email_in(text: str) -> tuple[str, str]:
    """The e-mail address in a line ("" without one), and the line without it."""
    found = next((word for word in text.split() if looks_like_email(bare_email(word))), None)
    if found is None:
        return "", text
    return bare_email(found).lower(), " ".join(word for word in text.split() if word != found)


def add_email(tx: Tx, heard: Heard, contact_id: int, value: str) -> None:
    """An address that staff noted, unless it is somebody's already or there is none ("")."""
    if value and tx.people.find_address("email", value) is None:
        tx.people.add_address(
            contact_id, "email", value, verified_by="attested", consent=Consent.ATTESTED, attested_by=attester(heard)
        )


def attester(heard: Heard) -> str:
    return f"{heard.inbound.name or heard.inbound.username} ({who(heard)})"
