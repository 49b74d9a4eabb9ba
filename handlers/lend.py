"""Staff lend: by one line, or by buttons when something is missing."""

from __future__ import annotations

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
LATEST = 2**33  # seconds since 1970, in the year 2242: a button may be forged, and no calendar holds every number


# --- /pret ---------------------------------------------------------------------------------------


def lend(tx: Tx, heard: Heard, words: str) -> list[Say]:
    """/pret PERC-001 +33612345678 vendredi 18h, with any of the three missing."""
    parts = parts_typed(tx, heard, words)
    things, behind = things_apart(tx, heard.department.id, parts.words)
    if things:
        return _lend_all(tx, heard, things, behind, parts)
    items, rest = split_item_and_person(tx, heard.department.id, parts.words)
    if items.one is None:
        borrower, name = _for_whom(tx, heard, parts, rest if items.sure else parts.words)
        said = parts.words.removesuffix(name).strip()
        put_away = _put_away(tx, heard, parts.words)
        return put_away or ask_item(tx, heard, said, items.sure or items.near, parts.due, borrower)
    item = items.one
    taken = _taken(tx, heard, item)
    if taken:
        return taken
    if not parts.phone and not rest:
        return ask_person(tx, heard, item, parts.due)
    try:
        person = _person(tx, heard, parts.phone, rest)
    except BadPhone as error:
        return bad_number(tx, parts.phone, error.why)
    if isinstance(person, Matches):
        if not person.sure and (number := unread_number(rest)):
            return bad_number(tx, number)
        unknown = "" if person.sure else _unknown_thing(tx, heard, parts, rest)
        return [
            Say(message=NoSuchItem(unknown, staff=True)) if unknown else _which_person(tx, item, person, rest, parts)
        ]
    return lend_to(tx, heard, item, person, parts.due)


def _unknown_thing(tx: Tx, heard: Heard, parts: Parts, rest: str) -> str:
    """What stands between the first thing of a list and the person: "PERC-001, rallonge Awa"."""
    if not BETWEEN.search(parts.words):
        return ""
    borrower, name = _for_whom(tx, heard, parts, rest)
    between = [part.strip() for part in BETWEEN.split(f" {rest.removesuffix(name)}")]
    return echo(", ".join(part for part in between if part)) if borrower is not None else ""


def _lend_all(tx: Tx, heard: Heard, things: Sequence[ItemRow], name: str, parts: Parts) -> list[Say]:
    """Several things for one person until one time, all of it in the words: a question would be about one of them."""
    if not isinstance(parts.due, Due) or not (parts.phone or name):
        return [Say(message=Usage("lend"))]
    try:
        person = _person(tx, heard, parts.phone, name)
    except BadPhone as error:
        return bad_number(tx, parts.phone, error.why)
    if isinstance(person, Matches) and parts.phone:
        return [Say(message=PersonWhich(echo(name), owner=person.sure[0].name))]
    if isinstance(person, Matches):
        return [Say(message=NoSuchPerson(name, tuple(c.name for c in (*person.sure, *person.near)[:3])))]
    if not heard.at < parts.due.at <= heard.at + heard.department.rules.longest_loan:
        return lend_to(tx, heard, things[0], person, parts.due)
    said = [say for item in things for say in _taken(tx, heard, item) or lend_to(tx, heard, item, person, parts.due)]
    return _introduced_once(said)


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


def _introduced_once(said: Sequence[Say]) -> list[Say]:
    """Somebody new, who gets several messages now, is told once who writes and how to stop it."""
    made: list[Say] = []
    for say in said:
        again = isinstance(say.message, LoanCreated) and any(isinstance(one.message, LoanCreated) for one in made)
        made.append(replace(say, message=replace(say.message, first=False)) if again else say)
    return made


def _person(tx: Tx, heard: Heard, phone: str, name: str) -> Contact | Matches[Contact]:
    """The one person meant, else those who may be. Raises BadPhone."""
    if phone:
        meant = person_by_phone(tx, heard, phone, name)
        return Matches(meant) if isinstance(meant, tuple) else meant
    found = people_named(tx, heard.department.id, name)
    return found if found.one is None else found.one


def _which_person(tx: Tx, item: ItemRow, found: Matches[Contact], said: str, parts: Parts) -> Say:
    """Nobody is called that, several are, or the number typed with it is somebody else's: who is meant, by a button or
    in reply."""
    facts = {"item": item.id, "due": seconds_of(parts.due)}
    if not found.sure:
        near = _person_choices(tx, item, found.near, parts.due)
        nobody = NoSuchPerson(said, tuple(c.name for c in found.near))
        return Say(message=nobody, choices=near, ask="lend_who", facts=facts)
    choices = _person_choices(tx, item, found.sure[:SHOWN], parts.due)
    owner = found.sure[0].name if parts.phone else ""
    message = PersonWhich(echo(said), owner, more=len(found.sure) > SHOWN)
    return Say(message=message, choices=choices, ask="lend_who", facts=facts)


def _person_choices(tx: Tx, item: ItemRow, people: Sequence[Contact], due: Due | Unclear | None) -> Rows:
    shown = zip(people, told_apart(tx, people), strict=True)
    return in_rows([Choice("lend.who", (item.id, c.id, seconds_of(due)), text=name) for c, name in shown])


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


def lend_to(tx: Tx, heard: Heard, item: ItemRow, person: Contact, due: Due | Unclear | None) -> list[Say]:
    """Item and person are known; make the loan when the time is too."""
    pressed = heard.inbound.press_id is not None
    if not isinstance(due, Due):
        return [ask_until(heard, item, person, "" if due is None else due.why, due=due, replace=pressed)]
    if due.at <= heard.at:
        return [ask_until(heard, item, person, "past", replace=pressed)]
    if due.at - heard.at > heard.department.rules.longest_loan:
        return [ask_until(heard, item, person, "too_long", replace=pressed)]
    other = _somebody_else(tx, heard, item, person)
    if other is not None:
        anyway = Choice("lend.anyway", (item.id, person.id, int(due.at.timestamp())), "lend_anyway")
        return [Say(message=other, choices=((anyway,),), replace=pressed)]
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
    found, due = _item_and_person(tx, heard, choice), due_of(heard, choice.args[2])
    if found is None or due is None:
        return refused(heard)
    item, person = found
    if due.at <= heard.at:
        return [ask_until(heard, item, person, "past", replace=True)]
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


def ask_person(tx: Tx, heard: Heard, item: ItemRow, due: Due | Unclear | None, *, replace: bool = False) -> list[Say]:
    """For whom? Those who borrowed last; a name or number can be typed in answer."""
    choices = _person_choices(tx, item, tx.people.recent(heard.department.id), due)
    facts = {"item": item.id, "due": seconds_of(due)}
    return [Say(message=LendWho(item.shown), choices=choices, ask="lend_who", facts=facts, replace=replace)]


def ask_until(
    heard: Heard, item: ItemRow, person: Contact, why: str = "", *, due: Unclear | None = None, replace: bool = False
) -> Say:
    choices = ends(heard, due, "lend.until", item.id, person.id)
    facts = {"item": item.id, "person": person.id}
    message = LendUntil(item.shown, person.name, why=why)
    return Say(message=message, choices=choices, ask="lend_until", facts=facts, replace=replace)


def chose_item(tx: Tx, heard: Heard, choice: Choice) -> list[Say]:
    item = tx.items.get(int(choice.args[0]))
    if item is None or not is_staff(tx, heard, item.department_id):
        return refused(heard)
    return _taken(tx, heard, item) or ask_person(tx, heard, item, due_of(heard, choice.args[1]), replace=True)


def chose(tx: Tx, heard: Heard, choice: Choice) -> list[Say]:
    """For whom, or until when: a button holds item, person and time, as far as they are known."""
    found = _item_and_person(tx, heard, choice)
    if found is None:
        return refused(heard)
    item, person = found
    return _taken(tx, heard, item) or lend_to(tx, heard, item, person, due_of(heard, choice.args[2]))


def typed_item(tx: Tx, heard: Heard, facts: dict[str, object]) -> list[Say]:
    """The answer to "which item?" typed in reply."""
    found, due = items_named(tx, heard.department.id, heard.text), due_of(heard, facts.get("due"))
    person = tx.people.get(int(str(facts["person"]))) if facts.get("person") else None
    if found.one is None:
        return ask_item(tx, heard, heard.text, found.sure or found.near, due, person)
    if taken := _taken(tx, heard, found.one):
        return taken
    return ask_person(tx, heard, found.one, due) if person is None else lend_to(tx, heard, found.one, person, due)


def typed_person(tx: Tx, heard: Heard, facts: dict[str, object]) -> list[Say]:
    item = tx.items.get(int(str(facts["item"])))
    if item is None:
        return [Say(message=NoSuchItem(""))]
    parts = parts_typed(tx, heard, heard.text)
    try:
        person = _person(tx, heard, parts.phone, parts.words)
    except BadPhone as error:
        return bad_number(tx, parts.phone, error.why)
    due = parts.due or due_of(heard, facts.get("due"))
    if isinstance(person, Matches):
        return [_which_person(tx, item, person, parts.words, replace(parts, due=due))]
    return _taken(tx, heard, item) or lend_to(tx, heard, item, person, due)


def typed_end(tx: Tx, heard: Heard, facts: dict[str, object]) -> list[Say]:
    item = tx.items.get(int(str(facts["item"])))
    if item is None:
        return [Say(message=NoSuchItem(""))]
    parts = parts_of(heard.text, now=heard.at, department=heard.department)
    return _taken(tx, heard, item) or lend_to(tx, heard, item, tx.people.get(int(str(facts["person"]))), parts.due)


def _item_and_person(tx: Tx, heard: Heard, choice: Choice) -> tuple[ItemRow, Contact] | None:
    """Whom and what a button is about; None when who pressed it may not lend that, or not to them."""
    item, person = tx.items.get(int(choice.args[0])), int(choice.args[1])
    if item is None or not is_staff(tx, heard, item.department_id) or not tx.people.belongs(person, item.department_id):
        return None
    return item, tx.people.get(person)


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
