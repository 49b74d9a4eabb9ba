"""A borrower asks for an item: PRET, then item and time, then staff approve (or the rule trusts borrowers)."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime

from bot.core.conversation import UNDO_LASTS, Choice, Heard, Rows, Say, echo
from bot.core.deskhours import tonight_is_closing
from bot.core.due import Due, Grain, Unclear
from bot.core.duetime import find_due, read_due, refuses
from bot.core.finding import Matches, Named, find
from bot.core.intent_words import without_good_wishes
from bot.core.intents import Intent, Understood, read_answer, understand
from bot.core.items import ItemState
from bot.core.loans import Loan, LoanState
from bot.core.messages import (
    AlreadyYours,
    BlockedByLate,
    BorrowUntil,
    BorrowWhich,
    DueUnclear,
    ItemTaken,
    LoanRequested,
    Message,
    NoSuchItem,
    TooFew,
)
from bot.core.opening import answered_by
from bot.core.spoken import words
from bot.store import Tx
from bot.store.items import ItemRow
from handlers import not_back, several, several_things
from handlers.choosing import loans_by_name
from handlers.ends import ends
from handlers.lend import due_of, seconds_of
from handlers.planning import plan
from handlers.rights import who
from handlers.several_things import Wanted, on_buttons, packed, unpacked
from handlers.showing import all_cards, card, lines, loan_created
from handlers.staff_words import BETWEEN, named_items
from handlers.waiting import kept_for_another, lent, never_lent, offered

SHOWN = 8
MOST_ALIKE = 5  # things of one name, looked through for the next name to show
LONGEST_NAME = 5  # words
# OUI: the words kept with the question are heard anew, and NON leaves it.
WISH_ANSWERS = (Choice("mine.wish", (1,), "yes"), Choice("mine.nothing", label="no"))
# "Vous avez quoi comme matériel ?" names nothing: all that is there is shown.
ANYTHING = frozenset(
    """comme outil outils outillage machine machines appareil appareils materiel materiels matos objet objets chose
    choses truc trucs quelque quoi de du des un
    equipment item items something anything stuff thing things""".split()
)


def ask_for(tx: Tx, heard: Heard, said: Understood) -> list[Say]:
    """PRET perceuse vendredi 18h, with either part missing."""
    late = tx.loans.late_of(heard.contact.id) if heard.department.rules.block_late else []
    if late:
        return [Say(message=BlockedByLate(lines(late, heard.at)))]
    if ANYTHING.issuperset(words(said.rest)):
        kept = offered(tx, heard)
        if kept is not None:  # the day said with it may well be that of fetching it
            return with_item(tx, heard, kept, None)
        return _which(tx, heard, "", (), said.due)
    said = without_purpose(tx, heard, said)
    items = tx.items.likely(heard.department.id, " ".join((said.rest, *said.things)))
    found = find(said.rest, [Named(i, i.name, i.code) for i in items])
    listed = _listed(heard, said, items, found)
    if len(listed) > 1 or (listed and listed[0].count > 1):
        return _several(tx, heard, listed, said.due)
    return _one(tx, heard, said.rest, found, said.due) or [_no_such(said.rest, found.near, said.due)]


def without_purpose(tx: Tx, heard: Heard, said: Understood) -> Understood:
    """ "Une tente pour partir en week-end": a tent, where nothing is called more than that."""
    if not _PURPOSE.search(said.rest):
        return said
    things = tuple(_bare(tx, heard, thing) for thing in said.things)
    others = [find(thing, named_items(tx, heard.department.id, thing)) for thing in things[1:]]
    if any(found.sure or found.near for found in others):
        return replace(said, things=things)  # "une perceuse pour des travaux et la tente"
    rest = _bare(tx, heard, said.rest)
    return said if rest == said.rest else replace(said, rest=rest, things=())


def _bare(tx: Tx, heard: Heard, thing: str) -> str:
    head = _PURPOSE.split(thing)[0]
    return thing if not head or find(thing, named_items(tx, heard.department.id, thing)).sure else head


_PURPOSE = re.compile(r" (?:pour|for) ", re.IGNORECASE)


def _listed(heard: Heard, said: Understood, items: Sequence[ItemRow], found: Matches[ItemRow]) -> list[Wanted]:
    """What is named one by one; nothing where a single thing is meant."""
    single = found.one is not None and not said.things[1:] and not several_things.begins_counted(said.rest)
    return [] if single else several_things.wanted(said, heard.contact.name, items)


def _one(tx: Tx, heard: Heard, said: str, found: Matches[ItemRow], due: Due | Unclear | None) -> list[Say]:
    """A single thing is wanted: any of those that are called alike, else which of them. Nothing where none is sure."""
    if not found.sure:
        return []
    if several_things.alike(found.sure):
        free = (item for item in found.sure if _free(tx, heard, item))
        return with_item(tx, heard, next(free, found.sure[0]), due)
    return _which(tx, heard, said, found.sure, due)


def _several(tx: Tx, heard: Heard, listed: Sequence[Wanted], due: Due | Unclear | None) -> list[Say]:
    """ "PRET perceuse, échelle": what is clear is asked for at once, until one time; then which of the others."""
    clear, others = _clear(tx, heard, listed)
    gone = _taken_meanwhile(tx, heard, clear)
    if gone:
        clear, others = _clear(tx, heard, listed, gone)

    def granted(tx: Tx, one: Heard, what: list[ItemRow] | Wanted, _: str) -> list[Say]:
        return with_items(tx, one, what, due) if isinstance(what, list) else _not_clear(tx, one, what, due)

    asked: list[tuple[Heard, list[ItemRow] | Wanted]] = [(heard, clear)] if clear else []
    asked += [(heard.saying(f"PRET {one.said}") if listed[1:] else heard, one) for one in others]
    return several.each(tx, heard, asked, granted)


def _clear(
    tx: Tx, heard: Heard, listed: Sequence[Wanted], gone: Collection[int] = ()
) -> tuple[list[ItemRow], list[Wanted]]:
    """The things that are meant and free, and what is not clear. gone: numbers of things that are not free any more."""
    clear: list[ItemRow] = []
    others: list[Wanted] = []
    for one in listed:
        free = [i for i in one.found.sure if i not in clear and i.id not in gone and _free(tx, heard, i)]
        chosen = several_things.chosen(one, free)
        clear += chosen
        others += [] if chosen else [one]
    return clear, others


def _taken_meanwhile(tx: Tx, heard: Heard, items: Sequence[ItemRow]) -> set[int]:
    """Held one after the other, in the order in which everybody holds them: those that somebody else got first."""
    held = [tx.items.hold(item) for item in sorted(items, key=lambda item: item.id)]
    return {item.id for item in held if not _free(tx, heard, item)} if tx.postgres else set()


def _not_clear(tx: Tx, heard: Heard, one: Wanted, due: Due | Unclear | None) -> list[Say]:
    if not one.found.sure:
        return [_no_such(one.said, one.found.near, due)]
    free = [item for item in one.found.sure if _free(tx, heard, item)]
    if not free:
        return [_out(tx, heard, item) for item in one.found.sure[:1]]
    if one.count > min(len(free), several_things.MOST_OF_ONE):
        return [_too_few(heard, one, len(free))]
    return _which(tx, heard, one.said, one.found.sure, due)


def _too_few(heard: Heard, one: Wanted, free: int) -> Say:
    """ "12 chaises" of three: may it be those? OUI asks for as many as there are, with the time that was said."""
    most = min(free, several_things.MOST_OF_ONE)
    instead = heard.text.replace(one.said.split()[0], str(most), 1)
    told = TooFew(echo(one.said), most, at_once=free > most)
    return Say(message=told, choices=(WISH_ANSWERS,), ask="choice", facts={"said": instead})


def _out(tx: Tx, heard: Heard, item: ItemRow) -> Say:
    """Not to be had, beside things that are: without the button to wait for it."""
    return replace(_taken(heard, item, tx.loans.open_of_item(item.id)), choices=(), facts={})


def _which(tx: Tx, heard: Heard, said: str, sure: tuple[ItemRow, ...], due: Due | Unclear | None) -> list[Say]:
    items = _by_name(sure or tx.items.free(heard.department.id, MOST_ALIKE * SHOWN))[:SHOWN]
    if not items:
        return [Say(message=NoSuchItem(echo(said), all_out=not said))]
    return [
        Say(message=BorrowWhich(echo(said)), choices=_item_choices(items, due), ask="borrow_which", facts=_facts(due))
    ]


def _no_such(said: str, near: tuple[ItemRow, ...], due: Due | Unclear | None) -> Say:
    items = _by_name(near)
    message = NoSuchItem(echo(said), tuple(i.shown for i in items))
    return Say(message=message, choices=_item_choices(items, due), ask="borrow_which", facts=_facts(due))


def _by_name(items: Sequence[ItemRow]) -> list[ItemRow]:
    """Of those called alike the first: nobody can choose between three *Chaise pliante*."""
    found: dict[str, ItemRow] = {}
    for item in items:
        found.setdefault(item.shown, item)
    return list(found.values())


def _item_choices(items: list[ItemRow], due: Due | Unclear | None) -> Rows:
    seconds = seconds_of(due)
    return tuple((Choice("mine.item", (i.id, seconds), text=i.shown),) for i in items)


def _facts(due: Due | Unclear | None) -> dict[str, object]:
    return {"due": due.at.isoformat()} if isinstance(due, Due) else {}


def with_item(tx: Tx, heard: Heard, item: ItemRow, due: Due | Unclear | None) -> list[Say]:
    """The item is known."""
    item = tx.items.hold(item)
    if not _free(tx, heard, item):
        out = tx.loans.open_of_item(item.id)
        return [_kept_longer(tx, heard, out, due) or _taken(heard, item, out)]
    return with_items(tx, heard, [item], due)


def with_items(tx: Tx, heard: Heard, items: Sequence[ItemRow], due: Due | Unclear | None) -> list[Say]:
    """The items are known, and free."""
    if due is None:
        return [ask_until(heard, items)]
    if isinstance(due, Unclear):
        return [ask_until(heard, items, DueUnclear(time_alone(heard), due.why), due)]
    longest = heard.at + heard.department.rules.longest_loan
    if due.at <= heard.at or due.at > longest:
        return [_unclear(heard, items, "past" if due.at <= heard.at else "too_long", longest)]
    return request_all(tx, heard, items, due.at)


def _free(tx: Tx, heard: Heard, item: ItemRow) -> bool:
    out = tx.loans.open_of_item(item.id) is not None
    return not out and item.state is ItemState.AVAILABLE and not kept_for_another(tx, item.id, heard.contact.id)


def _kept_longer(tx: Tx, heard: Heard, out: Loan | None, due: Due | Unclear | None) -> Say | None:
    """ "J'ai besoin de la perceuse jusqu'à vendredi", of who has it until Wednesday: may it be prolonged?"""
    mine = out is not None and out.contact_id == heard.contact.id and out.state is LoanState.ACTIVE
    if out is None or not mine or not isinstance(due, Due) or due.at <= max(out.due_at, heard.at):
        return None
    return not_back.keep_until(tx, out, due.at)


def _taken(heard: Heard, item: ItemRow, out: Loan | None) -> Say:
    """Not to be had now; what comes back can be waited for, but not what the person has already."""
    mine = out is not None and out.contact_id == heard.contact.id
    if out is not None and mine and out.state is LoanState.ACTIVE:
        return Say(message=AlreadyYours(item.shown, out.due_at))
    back_at = out.due_at if out and out.due_at > heard.at else None
    message = ItemTaken(item.shown, back_at)
    if mine or item.state not in (ItemState.AVAILABLE, ItemState.IN_REPAIR):
        return Say(message=message)
    return Say(message=message, choices=((Choice("mine.hold", (item.id,), "reserve"),),), facts={"reserve": item.id})


def ask_until(
    heard: Heard, items: Sequence[ItemRow], message: Message | None = None, due: Unclear | None = None
) -> Say:
    """Until when they want what is known by now."""
    first, *others = items
    asked = message or BorrowUntil(first.shown, tuple(item.shown for item in others))
    return Say(message=asked, choices=_ends(heard, items, due), ask="borrow_until", facts={"item": packed(items)})


def of_another(tx: Tx, heard: Heard, said: Understood) -> list[Say]:
    """ "La perceuse revient quand ?", of somebody who has not got it: that it is out, and that one may wait for it.
    Nothing where no such thing is out."""
    for word in words(said.rest):
        item = find(word, named_items(tx, heard.department.id, word)).one
        if item is not None:
            mine = loans_by_name(tx.loans.open_of(heard.contact.id))
            out = None if find(word, mine).sure else tx.loans.open_of_item(item.id)
            return [_taken(heard, item, out)] if out is not None else []
    return []


def _unclear(heard: Heard, items: Sequence[ItemRow], why: str, until: datetime) -> Say:
    said = time_alone(heard) if why == "past" else echo(heard.text)
    return ask_until(heard, items, DueUnclear(said, why, until if why == "too_long" else None))


def _ends(heard: Heard, items: Sequence[ItemRow], due: Unclear | None) -> Rows:
    """Nothing to press where so many are asked for that no button carries them: the time is typed."""
    return ends(heard, due, "mine.until", packed(items)) if on_buttons(items) else ()


def _unpacked(tx: Tx, heard: Heard, carried: object) -> list[ItemRow]:
    """The items of this desk that a button or question names. Raises ValueError for what is no number."""
    return [item for item in unpacked(tx, carried) if item.department_id == heard.department.id]


def request_all(tx: Tx, heard: Heard, items: Sequence[ItemRow], due_at: datetime) -> list[Say]:
    """A request for each; the person gets one answer, and ANNULER takes all of them back. "PRET 3 chaises" after
    "PRET 5 chaises" is three in all."""
    before, again = _asked_before(tx, heard, items)
    fewer = [loan for loan in before if again and items[1:] and loan.due_at == due_at]
    gone = [say for loan in fewer for say in withdraw(tx, heard, loan)]
    again = again and len(fewer) == len(before)
    if len(items) == 1:
        return [_again(say) if again else say for say in request(tx, heard, items[0], due_at)]
    asked = [(heard, item) for item in items]
    says = several.each(tx, heard, asked, lambda tx, one, item, _: request(tx, one, item, due_at), merged=False)
    told = [say for say in says if isinstance(say.message, LoanRequested)]
    if not told:
        return [*says, *gone]
    also = tuple(say.message.item for say in told[1:] if isinstance(say.message, LoanRequested))
    one = replace(told[0], message=replace(told[0].message, also=also))
    return [_again(one) if again else one, *gone, *(say for say in says if say not in told)]


def _asked_before(tx: Tx, heard: Heard, items: Sequence[ItemRow]) -> tuple[list[Loan], bool]:
    """Their requests for others that are called like these, and whether there is one for these already."""
    names, numbers = {item.shown for item in items}, {item.id for item in items}
    alike = [loan for loan in tx.loans.open_of(heard.contact.id, ("requested",)) if loan.item in names]
    others = [loan for loan in alike if loan.item_id not in numbers]
    return others, len(others) < len(alike)


def _again(say: Say) -> Say:
    told = say.message
    return replace(say, message=replace(told, again=True)) if isinstance(told, LoanRequested) else say


def request(tx: Tx, heard: Heard, item: ItemRow, due_at: datetime) -> list[Say]:
    """Item and time are known: ask staff, or lend at once where the rule trusts borrowers."""
    tx.people.join(heard.contact.id, heard.department.id)
    before = [loan for loan in tx.loans.open_of(heard.contact.id, ("requested",)) if loan.item_id == item.id]
    replaced = [say for loan in before for say in withdraw(tx, heard, loan)]  # asked again, for another time
    trusted = not heard.department.rules.approve_loans
    loan = tx.loans.add(
        item_id=item.id, contact_id=heard.contact.id, department_id=heard.department.id,
        state=LoanState.ACTIVE if trusted else LoanState.REQUESTED, due_at=due_at, who=who(heard),
    )  # fmt: skip
    act = "borrowed" if trusted else "request"
    tx.loans.remember_undo(heard.contact.id, act, heard.at + UNDO_LASTS, loan=loan.id)
    if trusted:
        lent(tx, item.id, heard.contact.id)
        plan(tx, loan)
        copy = replace(loan_created(tx, loan), undoable=True)
        return [Say(message=copy, loan=loan), card(tx, loan, heard.contact.name), *replaced]
    answer_by = answered_by(heard.at, heard.department.rules, heard.department.zone)
    return [Say(message=LoanRequested(item.shown, due_at, min(answer_by, due_at))), *replaced, card(tx, loan)]


# --- answers -------------------------------------------------------------------------------------


def chose_item(tx: Tx, heard: Heard, choice: Choice) -> list[Say]:
    """A thing of the list, by its number or button."""
    item = tx.items.get(int(choice.args[0]))
    if item is None or item.department_id != heard.department.id:
        return [Say(message=NoSuchItem(""))]
    return with_item(tx, heard, item, due_of(heard, choice.args[1] if len(choice.args) > 1 else 0))


def chose_end(tx: Tx, heard: Heard, choice: Choice) -> list[Say]:
    """One of the times that were offered."""
    return _until(tx, heard, choice.args[0], due_of(heard, choice.args[1]))


def _until(tx: Tx, heard: Heard, carried: object, due: Due | Unclear | None) -> list[Say]:
    items = _unpacked(tx, heard, carried)
    if not items:
        return [Say(message=NoSuchItem(""))]
    if len(items) == 1:
        return with_item(tx, heard, items[0], due)
    held = {item.id: tx.items.hold(item) for item in sorted(items, key=lambda item: item.id)}
    free = [item for item in items if _free(tx, heard, held[item.id])]
    taken = [_out(tx, heard, item) for item in items if item not in free]
    return several.in_one([*taken, *(with_items(tx, heard, free, due) if free else [])])


def typed_item(tx: Tx, heard: Heard, facts: dict[str, object]) -> list[Say]:
    """The answer to "which item?"; it may hold the time as well. Nothing for a long sentence that names none."""
    timed = read_time(heard)
    answer = read_answer(heard.text)
    typed = "" if answer is not None and answer.yes else timed[1] if timed else heard.text
    stored = facts.get("due")
    due = timed[0] if timed else _stored(str(stored)) if stored else None
    if not typed.strip():
        return _time_alone(tx, heard, due)
    if several_things.begins_counted(typed):
        return ask_for(tx, heard, Understood(Intent.BORROW, due=due, rest=typed))
    found = find(typed, named_items(tx, heard.department.id, typed))
    if found.sure:
        return _one(tx, heard, typed, found, due)
    parts = [part for part in BETWEEN.split(typed) if part.strip()]
    if 1 < len(parts) <= several_things.MOST:  # "perceuse et tente"
        each = [find(part, named_items(tx, heard.department.id, part)).sure for part in parts]
        if all(each):
            return ask_for(tx, heard, Understood(Intent.BORROW, due=due, rest=typed))
    if len(typed.split()) > LONGEST_NAME:
        return []
    if answer is not None and answer.numbers:  # beyond the list: it is shown again
        return _time_alone(tx, heard, due)
    return [_no_such(typed, found.near, due)]


def _time_alone(tx: Tx, heard: Heard, due: Due | Unclear | None) -> list[Say]:
    """Only "vendredi" or "oui", when asked which item: the one suggested is meant; of several it is asked again."""
    choices = heard.question.choices if heard.question else ()
    offered = [item for choice in choices if (item := tx.items.get(int(choice.args[0]))) is not None]
    return with_item(tx, heard, offered[0], due) if len(offered) == 1 else _which(tx, heard, "", tuple(offered), due)


def _stored(stamp: str) -> Due:
    return Due(datetime.fromisoformat(stamp), Grain.MINUTE, "")


def typed_end(tx: Tx, heard: Heard, facts: dict[str, object]) -> list[Say]:
    """The answer to "until when?". Nothing for words that wish for something else beside: "can I have the ladder and
    the saw until Friday?"."""
    if _wishes_for_more(tx, heard, facts["item"]):
        tx.questions.close(heard.contact.id, heard.inbound.chat)
        return []
    timed = read_time(heard)
    return _until(tx, heard, facts["item"], timed[0] if timed else Unclear("nothing"))


def _wishes_for_more(tx: Tx, heard: Heard, carried: object) -> bool:
    """Whether another thing than those that the question is about is asked for."""
    desk, asked = heard.department, {item.id for item in _unpacked(tx, heard, carried)}
    now = heard.at.astimezone(desk.zone)
    said = understand(heard.text, language=heard.language, now=now, closing=desk.rules.closing)
    found = [find(thing, named_items(tx, desk.id, thing)).one for thing in said.things]
    return said.intent is Intent.BORROW and any(item is not None and item.id not in asked for item in found)


def read_time(heard: Heard, base: datetime | None = None) -> tuple[Due | Unclear, str] | None:
    """The time in what was said, and the words without it; one that is refused ("pas vendredi") is none. "Le 5" alone
    is a day, in a sentence it may be the number of a loan."""
    zone, rules = heard.department.zone, heard.department.rules
    now = heard.at.astimezone(zone)
    text, closing = without_good_wishes(heard.text), rules.closing
    alone = read_due(text, now=now, language=heard.language, closing=closing, base=base)
    if isinstance(alone, Due):
        return tonight_is_closing(alone, now, closing), ""
    timed = find_due(text, now=now, language=heard.language, closing=closing, base=base)
    if timed and refuses(heard.text, now.date()):
        return Unclear("nothing"), timed[1]
    return (tonight_is_closing(timed[0], now, rules.closing), timed[1]) if timed else None


def time_alone(heard: Heard) -> str:
    """What was said, where it is a time and nothing else: "borrow the drill until yesterday" has not already passed."""
    timed = read_time(heard)
    beside = timed is not None and bool(timed[1].strip()) and timed[0] != Unclear("nothing")
    return "" if beside else echo(heard.text)


def withdraw(tx: Tx, heard: Heard, loan: Loan) -> list[Say]:
    """ANNULER on a request that waits."""
    loan = tx.loans.move(loan, LoanState.CANCELLED, who(heard))
    tx.plans.drop(loan.id, "request withdrawn")
    return [card(tx, loan, heard.contact.name)]


def give_up(tx: Tx, heard: Heard, loan: Loan) -> list[Say]:
    """ANNULER on a loan that the desk trusted them with at once; whoever waits for the item is told."""
    loan = tx.loans.move(loan, LoanState.CANCELLED, who(heard))
    tx.plans.drop(loan.id, "loan undone")
    return [*all_cards(tx, loan, heard.contact.name), *never_lent(tx, loan)]
