"""Staff lend: by one line, or by buttons when something is missing."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from bot.core.conversation import Choice, Heard, Rows, Say, To, echo
from bot.core.due import Due, Grain, Unclear
from bot.core.finding import Matches
from bot.core.items import ItemState
from bot.core.loans import Loan, LoanState
from bot.core.messages import (
    HoldInTheWay,
    ItemTaken,
    LendUntil,
    LendWhich,
    LendWho,
    LoanCancelled,
    LoanCreated,
    Message,
    NoSuchItem,
    NoSuchPerson,
    PersonWhich,
    RequestInTheWay,
    RequestRefused,
    Usage,
)
from bot.core.people import BadPhone, Contact, phone_from
from bot.store import Tx
from bot.store.items import ItemRow
from handlers.buttons import in_rows
from handlers.ends import ends
from handlers.planning import plan
from handlers.rights import is_staff, name_of, refused, who
from handlers.several_things import on_buttons, packed, unpacked
from handlers.showing import all_cards, card, loan_created, pressed_loan, stale, to_borrower
from handlers.staff_words import (
    BETWEEN,
    Parts,
    bad_number,
    items_named,
    known_number,
    parts_of,
    parts_typed,
    people_named,
    person_by_phone,
    short_number,
    split_item_and_person,
    things_apart,
    told_apart,
    unread_number,
)
from handlers.toasts import toast, toast_if_pressed, toast_or_answer
from handlers.waiting import kept_for_another, lent, never_lent, passed_on

SHOWN = 8
MOST_CODES = 8  # words of a line that are tried as one
LONGEST_NAME = 4  # words of a person's name behind what is lent
_CODE = re.compile(r"(?<!\w)[^\W\d_]+-\d+(?!\w)")  # TENTE-009
_AND = re.compile(r"(?:et|and|puis|plus|avec|with|[+&/])\s", re.IGNORECASE)
LATEST = 2**33  # seconds since 1970, in the year 2242: a button may be forged, and no calendar holds every number


# --- /pret ---------------------------------------------------------------------------------------


def lend(tx: Tx, heard: Heard, words: str) -> list[Say]:
    """/pret PERC-001 +33612345678 vendredi 18h, with any of the three missing; PERC-001, VP-001 for several."""
    parts = parts_typed(tx, heard, words)
    things, rest = things_apart(tx, heard.department.id, parts.words)
    if not things:
        items, rest = split_item_and_person(tx, heard.department.id, parts.words)
        if items.one is None:
            borrower, name = _for_whom(tx, heard, parts, rest if items.sure else parts.words)
            said = parts.words.removesuffix(name).strip()
            put_away = _put_away(tx, heard, parts.words)
            return put_away or ask_item(tx, heard, said, items.sure or items.near, parts.due, borrower)
        things = [items.one]
    taken, free = _told_apart_taken(tx, heard, things)
    return [*taken, *_lend_free(tx, heard, free, rest, parts)] if free else taken


def _lend_free(tx: Tx, heard: Heard, items: Sequence[ItemRow], name: str, parts: Parts) -> list[Say]:
    """What is lent is known; whom it is for, and until when, is asked where the words do not tell."""
    if not parts.phone and not name:
        return ask_person(tx, heard, items, parts.due)
    if parts.phone and (unknown := _things_in(tx, heard, name)) is not None:
        return [Say(message=NoSuchItem(unknown, staff=True) if unknown else Usage("lend"))]
    try:
        person = _person(tx, heard, parts.phone, name)
    except BadPhone as error:
        return bad_number(tx, parts.phone, error.why)
    if isinstance(person, Matches):
        number = "" if person.sure else unread_number(name) or ("" if person.near else short_number(name))
        if number:
            return bad_number(tx, number)
        unknown = "" if person.sure else _unknown_thing(tx, heard, parts, name)
        asked = NoSuchItem(unknown, staff=True) if unknown else None
        return [Say(message=asked) if asked else _which_person(tx, items, person, name, parts)]
    return lend_to(tx, heard, items, person, parts.due)


def _unknown_thing(tx: Tx, heard: Heard, parts: Parts, rest: str) -> str:
    """What stands between the first thing of a list and the person: "PERC-001, rallonge Awa"."""
    if not BETWEEN.search(parts.words):
        return ""
    borrower, name = _for_whom(tx, heard, parts, rest)
    between = [part.strip() for part in BETWEEN.split(f" {rest.removesuffix(name)}")]
    return echo(", ".join(part for part in between if part)) if borrower is not None else ""


def _things_in(tx: Tx, heard: Heard, name: str) -> str | None:
    """What stands beside a number and is no name of a person, as far as the desk has no such thing: "PERC-001,
    TENTE-009 +33612345678", "PERC-001 et rallonge +336…". None for a name; one may stand behind a comma, too."""
    listed = [part.strip() for part in BETWEEN.split(f" {name}") if part.strip()]
    ours = [items_named(tx, heard.department.id, part).one is not None for part in listed]
    if not (_CODE.search(name) or _AND.match(name) or (len(listed) > 1 and any(ours))):
        return None
    return echo(", ".join(part for part, known in zip(listed, ours, strict=True) if not known))


def _for_whom(tx: Tx, heard: Heard, parts: Parts, words: str) -> tuple[Contact | None, str]:
    """The one person of the desk who is named last in these words, and the name; or whose number was typed. Who lends
    what we do not know need not say again for whom."""
    tokens = words.split()[-LONGEST_NAME:]
    endings = (" ".join(tokens[count:]) for count in range(len(tokens)))
    named = ((ending, people_named(tx, heard.department.id, ending).sure) for ending in endings)
    name, person = next(((ending, sure[0]) for ending, sure in named if len(sure) == 1), ("", None))
    if parts.phone:
        person = _owner(tx, parts.phone)
    belongs = person is not None and tx.people.belongs(person.id, heard.department.id)
    return (person, name) if belongs else (None, "")


def _owner(tx: Tx, phone: str) -> Contact | None:
    try:
        known = known_number(tx, phone_from(phone, tx.desk.region))
    except BadPhone:
        return None
    return tx.people.get(known.contact_id) if known is not None else None


def _at_once(heard: Heard, said: Sequence[Say]) -> list[Say]:
    """Several things at once: somebody new is told once who writes and how to stop it; over the button one word is
    shown, and over the question the first card."""
    made: list[Say] = []
    for say in said:
        if say.to is To.PRESS and any(one.to is To.PRESS for one in made):
            continue
        again = isinstance(say.message, LoanCreated) and any(isinstance(one.message, LoanCreated) for one in made)
        one = replace(say, message=replace(say.message, first=False)) if again else say
        if say.replace and any(other.replace for other in made):
            one = replace(one, replace=False)
            if heard.private and say.to is To.STAFF:  # the group's card is not seen here
                made.append(replace(one, to=To.HERE, card="", choices=(), loan=None))
        made.append(one)
    return made


def _person(tx: Tx, heard: Heard, phone: str, name: str) -> Contact | Matches[Contact]:
    """The one person meant, else those who may be. Raises BadPhone."""
    if phone:
        meant = person_by_phone(tx, heard, phone, name)
        return Matches(meant) if isinstance(meant, tuple) else meant
    found = people_named(tx, heard.department.id, name)
    return found if found.one is None else found.one


def _which_person(tx: Tx, items: Sequence[ItemRow], found: Matches[Contact], said: str, parts: Parts) -> Say:
    """Nobody is called that, several are, or the number typed with it is somebody else's: who is meant, by a button or
    in reply."""
    facts = {"item": packed(items), "due": seconds_of(parts.due)}
    if not found.sure:
        near = _person_choices(tx, items, found.near, parts.due)
        nobody = NoSuchPerson(said, tuple(dict.fromkeys(c.name for c in found.near)))
        return Say(message=nobody, choices=near, ask="lend_who", facts=facts)
    choices = _person_choices(tx, items, found.sure[:SHOWN], parts.due)
    owner = found.sure[0].name if parts.phone else ""
    message = PersonWhich(echo(said), owner, more=len(found.sure) > SHOWN)
    return Say(message=message, choices=choices, ask="lend_who", facts=facts)


def _person_choices(tx: Tx, items: Sequence[ItemRow], people: Sequence[Contact], due: Due | Unclear | None) -> Rows:
    shown = zip(people, told_apart(tx, people), strict=True)
    if not on_buttons(items):
        return ()
    return in_rows([Choice("lend.who", (packed(items), c.id, seconds_of(due)), text=name) for c, name in shown])


def _told_apart_taken(tx: Tx, heard: Heard, items: Sequence[ItemRow]) -> tuple[list[Say], list[ItemRow]]:
    """What is said of those that cannot be lent now, and the others."""
    taken = {item.id: _taken(tx, heard, item) for item in items}
    said = [say for told in taken.values() for say in told]
    here = said if len(items) == 1 else [replace(say, to=To.HERE) for say in said]
    return here, [item for item in items if not taken[item.id]]


def _taken(tx: Tx, heard: Heard, item: ItemRow) -> list[Say]:
    """Why it cannot be lent now: over the button, where one was pressed."""
    item = tx.items.hold(item)
    loan = tx.loans.open_of_item(item.id)
    if loan is not None:
        return [toast_or_answer(heard, ItemTaken(item.shown, loan.due_at))]
    return [] if item.state is ItemState.AVAILABLE else [toast_or_answer(heard, ItemTaken(item.shown))]


def _put_away(tx: Tx, heard: Heard, words: str) -> list[Say]:
    """That what a code names is not lent any more: it is on no shelf where names are looked up."""
    named = (tx.items.by_code(word) for word in words.split()[:MOST_CODES])
    ours = (item for item in named if item is not None and item.department_id == heard.department.id)
    return next((taken for item in ours if (taken := _taken(tx, heard, item))), [])


def lend_to(tx: Tx, heard: Heard, items: Sequence[ItemRow], person: Contact, due: Due | Unclear | None) -> list[Say]:
    """Items and person are known; make the loans when the time is too."""
    pressed = heard.inbound.press_id is not None
    if not isinstance(due, Due):
        return [ask_until(heard, items, person, "" if due is None else due.why, due=due, replace=pressed)]
    if due.at <= heard.at:
        return [ask_until(heard, items, person, "past", replace=pressed)]
    if due.at - heard.at > heard.department.rules.longest_loan:
        return [ask_until(heard, items, person, "too_long", replace=pressed)]
    return _at_once(heard, [say for item in items for say in _lend_one(tx, heard, item, person, due)])


def _lend_one(tx: Tx, heard: Heard, item: ItemRow, person: Contact, due: Due) -> list[Say]:
    other = _somebody_else(tx, heard, item, person)
    if other is not None:
        anyway = Choice("lend.anyway", (item.id, person.id, int(due.at.timestamp())), "lend_anyway")
        return [Say(message=other, choices=((anyway,),), replace=heard.inbound.press_id is not None)]
    return make_loan(tx, heard, item, person, due.at)


def _somebody_else(tx: Tx, heard: Heard, item: ItemRow, person: Contact) -> Message | None:
    """That the item is put aside for somebody else, or asked for: staff may lend it all the same, knowing it."""
    kept = kept_for_another(tx, item.id, person.id)
    if kept is not None:
        return HoldInTheWay(kept.item, kept.name, kept.expires_at or heard.at, person.name)
    wanted = tx.loans.requested_by_another(item.id, person.id)
    return RequestInTheWay(item.shown, wanted.borrower, person.name) if wanted is not None else None


def lend_anyway(tx: Tx, heard: Heard, choice: Choice) -> list[Say]:
    """[Prêter quand même]: who it was kept for keeps the place in the line, who asked for it the request."""
    found, due = _items_and_person(tx, heard, choice), due_of(heard, choice.args[2])
    if found is None or due is None:
        return refused(heard)
    [item, *_], person = found
    if due.at <= heard.at:
        return [ask_until(heard, [item], person, "past", replace=True)]
    return _taken(tx, heard, item) or make_loan(tx, heard, item, person, due.at)


def make_loan(tx: Tx, heard: Heard, item: ItemRow, person: Contact, due_at: datetime) -> list[Say]:
    loan = begin(tx, heard.department.id, item.id, person.id, due_at, who(heard))
    told = to_borrower(loan, loan_created(tx, loan), f"loan:{loan.id}:loan_created")
    here = card(tx, loan, name_of(heard), replace=heard.inbound.press_id is not None)
    return [*toast_if_pressed(heard, "lent"), here, told]


def begin(tx: Tx, department_id: int, item_id: int, contact_id: int, due_at: datetime, by: str) -> Loan:
    """The item goes out now, with its plan of reminders. What the person has asked for becomes this loan: beside it,
    the request would be nudged for, and told to have stayed without an answer. Raises IntegrityError when it is out
    already."""
    tx.people.join(contact_id, department_id)
    asked = next((one for one in tx.loans.open_of(contact_id, ("requested",)) if one.item_id == item_id), None)
    if asked is not None:
        loan = tx.loans.move(asked, LoanState.ACTIVE, by, lent_at=tx.now, due_at=due_at)
    else:
        loan = tx.loans.add(
            item_id=item_id, contact_id=contact_id, department_id=department_id, state=LoanState.ACTIVE, due_at=due_at,
            who=by,
        )  # fmt: skip
    lent(tx, item_id, contact_id)
    plan(tx, loan)
    return loan


# --- by buttons ----------------------------------------------------------------------------------


def ask_item(
    tx: Tx, heard: Heard, said: str, found: tuple[ItemRow, ...], due: Due | Unclear | None, person: Contact | None
) -> list[Say]:
    """Which item? Those the words may mean, else those that are free. person: for whom, where that is known."""
    items = list(found) or tx.items.free(heard.department.id)
    if not items:
        return [Say(message=NoSuchItem(echo(said), staff=True, all_out=not said.strip()))]
    seconds = seconds_of(due)
    if person is None:
        choices = tuple((Choice("lend.item", (i.id, seconds), text=i.shown),) for i in items[:SHOWN])
    else:
        choices = tuple((Choice("lend.who", (i.id, person.id, seconds), text=i.shown),) for i in items[:SHOWN])
    message = LendWhich(echo(said), person.name if person else "", found=bool(found))
    facts = {"due": seconds, "person": person.id if person else 0}
    return [Say(message=message, choices=choices, ask="lend_which", facts=facts)]


def ask_person(
    tx: Tx, heard: Heard, items: Sequence[ItemRow], due: Due | Unclear | None, *, replace: bool = False
) -> list[Say]:
    """For whom? Those who borrowed last; a name or number can be typed in answer."""
    choices = _person_choices(tx, items, tx.people.recent(heard.department.id), due)
    facts = {"item": packed(items), "due": seconds_of(due)}
    return [Say(message=LendWho(*_shown(items)), choices=choices, ask="lend_who", facts=facts, replace=replace)]


def ask_until(
    heard: Heard,
    items: Sequence[ItemRow],
    person: Contact,
    why: str = "",
    *,
    due: Unclear | None = None,
    replace: bool = False,
) -> Say:
    choices = ends(heard, due, "lend.until", packed(items), person.id) if on_buttons(items) else ()
    facts = {"item": packed(items), "person": person.id}
    item, also = _shown(items)
    message = LendUntil(item, person.name, why, also)
    return Say(message=message, choices=choices, ask="lend_until", facts=facts, replace=replace)


def _shown(items: Sequence[ItemRow]) -> tuple[str, tuple[str, ...]]:
    """The first, and what is lent with it."""
    return items[0].shown, tuple(item.shown for item in items[1:])


def chose_item(tx: Tx, heard: Heard, choice: Choice) -> list[Say]:
    item = tx.items.get(int(choice.args[0]))
    if item is None or not is_staff(tx, heard, item.department_id):
        return refused(heard)
    return _taken(tx, heard, item) or ask_person(tx, heard, [item], due_of(heard, choice.args[1]), replace=True)


def chose(tx: Tx, heard: Heard, choice: Choice) -> list[Say]:
    """For whom, or until when: a button holds items, person and time, as far as they are known."""
    found = _items_and_person(tx, heard, choice)
    if found is None:
        return refused(heard)
    return _lend_known(tx, heard, *found, due_of(heard, choice.args[2]))


def _lend_known(
    tx: Tx, heard: Heard, items: Sequence[ItemRow], person: Contact, due: Due | Unclear | None
) -> list[Say]:
    """Those that nobody has taken meanwhile."""
    taken, free = _told_apart_taken(tx, heard, items)
    return [*taken, *lend_to(tx, heard, free, person, due)] if free else taken


def typed_item(tx: Tx, heard: Heard, facts: dict[str, object]) -> list[Say]:
    """The answer to "which item?" typed in reply."""
    found, due = items_named(tx, heard.department.id, heard.text), due_of(heard, facts.get("due"))
    person = tx.people.get(int(str(facts["person"]))) if facts.get("person") else None
    if found.one is None:
        return ask_item(tx, heard, heard.text, found.sure or found.near, due, person)
    if taken := _taken(tx, heard, found.one):
        return taken
    return ask_person(tx, heard, [found.one], due) if person is None else lend_to(tx, heard, [found.one], person, due)


def typed_person(tx: Tx, heard: Heard, facts: dict[str, object]) -> list[Say]:
    items = unpacked(tx, facts["item"])
    if not items:
        return [Say(message=NoSuchItem(""))]
    parts = parts_typed(tx, heard, heard.text)
    try:
        person = _person(tx, heard, parts.phone, parts.words)
    except BadPhone as error:
        return bad_number(tx, parts.phone, error.why)
    due = parts.due or due_of(heard, facts.get("due"))
    if isinstance(person, Matches):
        return [_which_person(tx, items, person, parts.words, replace(parts, due=due))]
    return _lend_known(tx, heard, items, person, due)


def typed_end(tx: Tx, heard: Heard, facts: dict[str, object]) -> list[Say]:
    items = unpacked(tx, facts["item"])
    if not items:
        return [Say(message=NoSuchItem(""))]
    parts = parts_of(heard.text, now=heard.at, department=heard.department)
    return _lend_known(tx, heard, items, tx.people.get(int(str(facts["person"]))), parts.due)


def _items_and_person(tx: Tx, heard: Heard, choice: Choice) -> tuple[list[ItemRow], Contact] | None:
    """Whom and what a button is about; None when who pressed it may not lend that, or not to them."""
    items, person = unpacked(tx, choice.args[0]), int(choice.args[1])
    desks = {item.department_id for item in items}
    if not items or not all(is_staff(tx, heard, desk) and tx.people.belongs(person, desk) for desk in desks):
        return None
    return items, tx.people.get(person)


def seconds_of(due: Due | Unclear | None) -> int:
    """A time as it travels in a button: seconds since 1970, 0 for none."""
    return int(due.at.timestamp()) if isinstance(due, Due) else 0


def due_of(heard: Heard, seconds: object) -> Due | None:
    """The time that a button carries; None for none."""
    if not isinstance(seconds, int) or seconds <= 0:
        return None
    at = datetime.fromtimestamp(min(seconds, LATEST), heard.department.zone)
    return Due(at, Grain.MINUTE, "")


# --- cards ---------------------------------------------------------------------------------------


def cancel(tx: Tx, heard: Heard, choice: Choice) -> list[Say]:
    """[Annuler]: the loan was written by mistake."""
    loan = pressed_loan(tx, heard, choice, LoanState.ACTIVE)
    if isinstance(loan, list):
        return loan
    loan = tx.loans.move(loan, LoanState.CANCELLED, who(heard))
    tx.plans.drop(loan.id, "loan cancelled")
    told = to_borrower(loan, LoanCancelled(loan.item), f"loan:{loan.id}:cancelled")
    return [toast("cancelled"), *all_cards(tx, loan, name_of(heard)), told, *never_lent(tx, loan)]


def approve(tx: Tx, heard: Heard, choice: Choice) -> list[Say]:
    """[Approuver]: the request becomes a loan that begins now; asked first while the item is kept for another."""
    return _approve(tx, heard, choice, anyway=False)


def approve_anyway(tx: Tx, heard: Heard, choice: Choice) -> list[Say]:
    """[Prêter quand même] under a request."""
    return _approve(tx, heard, choice, anyway=True)


def _approve(tx: Tx, heard: Heard, choice: Choice, *, anyway: bool) -> list[Say]:
    loan = pressed_loan(tx, heard, choice, LoanState.REQUESTED)
    if isinstance(loan, list):
        return loan
    if loan.due_at <= heard.at:
        return stale(tx, heard, loan)
    item = tx.items.get(loan.item_id)
    item = tx.items.hold(item) if item is not None else None
    out = tx.loans.open_of_item(loan.item_id)
    # Since it was asked for it may have been lent, or sent to repair.
    if out is not None or item is None or item.state is not ItemState.AVAILABLE:
        return [Say(message=ItemTaken(loan.item, out.due_at if out else None), to=To.PRESS)]
    kept = kept_for_another(tx, loan.item_id, loan.contact_id)
    if kept is not None and not anyway:
        message = HoldInTheWay(kept.item, kept.name, kept.expires_at or heard.at, loan.borrower)
        button = Choice("loan.approve_anyway", (loan.id,), "lend_anyway")
        return [Say(message=message, department_id=loan.department_id, choices=((button,),))]
    lent(tx, loan.item_id, loan.contact_id)
    loan = tx.loans.move(loan, LoanState.ACTIVE, who(heard), lent_at=heard.at)
    plan(tx, loan)
    told = to_borrower(loan, loan_created(tx, loan, approved=True), f"loan:{loan.id}:loan_created")
    return [toast("approved"), *all_cards(tx, loan, name_of(heard)), told]


def refuse(tx: Tx, heard: Heard, choice: Choice) -> list[Say]:
    """[Refuser]: kindly said to the borrower."""
    loan = pressed_loan(tx, heard, choice, LoanState.REQUESTED)
    if isinstance(loan, list):
        return loan
    loan = tx.loans.move(loan, LoanState.REFUSED, who(heard))
    theirs = [h for h in tx.holds.line(loan.item_id) if h.contact_id == loan.contact_id]
    mine = [now for h in theirs if (now := tx.holds.still(h)) is not None]
    passed = [say for h in mine for say in passed_on(tx, tx.holds.close(h, "left"), "left")]
    told = RequestRefused(loan.item, loan.due_at, tx.departments.get(loan.department_id).contact_line)
    key = f"loan:{loan.id}:refused"
    return [
        toast("refused"),
        *all_cards(tx, loan, name_of(heard)),
        to_borrower(loan, told, key),
        *passed,
    ]
