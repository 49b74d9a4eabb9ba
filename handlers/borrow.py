"""The borrower asks for an item himself: PRET, then item and time, then staff approve (or the rule trusts)."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.core.conversation import Choice, Heard, Say
from bot.core.deskhours import tonight_is_closing
from bot.core.due import Due, Grain, Unclear
from bot.core.duetime import find_due
from bot.core.finding import Named, find
from bot.core.intents import Understood
from bot.core.loans import Loan, LoanState
from bot.core.messages import (
    BlockedByLate,
    BorrowUntil,
    BorrowWhich,
    DueUnclear,
    ItemTaken,
    LoanRequested,
    NoSuchItem,
)
from bot.core.spoken import words
from bot.store import Tx
from bot.store.items import ItemRow
from handlers.buttons import in_rows
from handlers.lend import due_of, stamp_of, usual_ends
from handlers.planning import plan
from handlers.rights import who
from handlers.showing import card, lines, loan_created
from handlers.waiting import kept_for_another, lent

UNDO_LASTS = timedelta(minutes=10)
SHOWN = 8
LONGEST_NAME = 5  # words
# "Vous avez quoi comme matériel ?" names nothing: all that is there is shown.
ANYTHING = frozenset(
    """comme materiel materiels matos objet objets chose choses truc trucs quelque quoi de du des un
    equipment item items something anything stuff thing things""".split()
)


def ask_for(tx: Tx, heard: Heard, said: Understood) -> list[Say]:
    """PRET perceuse vendredi 18h, with either part missing."""
    late = tx.loans.late_of(heard.contact.id) if heard.department.rules.block_late else []
    if late:
        return [Say(message=BlockedByLate(lines(late, heard.at)))]
    if ANYTHING.issuperset(words(said.rest)):
        return _which(tx, heard, "", (), said.due)
    items = tx.items.all(heard.department.id)
    found = find(said.rest, [Named(i, i.name, i.code) for i in items])
    if found.one is not None:
        return with_item(tx, heard, found.one, said.due)
    if said.rest and not found.sure:
        return [_no_such(said.rest, found.near, said.due)]
    return _which(tx, heard, said.rest, found.sure, said.due)


def _which(tx: Tx, heard: Heard, said: str, sure: tuple[ItemRow, ...], due: Due | Unclear | None) -> list[Say]:
    items = list(sure)[:SHOWN] or tx.items.free(heard.department.id, SHOWN)
    if not items:
        return [Say(message=NoSuchItem(said[:60]))]
    return [
        Say(message=BorrowWhich(said[:60]), choices=_item_choices(items, due), ask="borrow_which", facts=_facts(due))
    ]


def _no_such(said: str, near: tuple[ItemRow, ...], due: Due | Unclear | None) -> Say:
    message = NoSuchItem(said[:60], tuple(i.shown for i in near))
    return Say(message=message, choices=_item_choices(list(near), due), ask="borrow_which", facts=_facts(due))


def _item_choices(items: list[ItemRow], due: Due | Unclear | None) -> tuple[tuple[Choice, ...], ...]:
    stamp = stamp_of(due)
    return tuple((Choice("mine.item", (i.id, stamp), text=i.shown),) for i in items)


def _facts(due: Due | Unclear | None) -> dict[str, object]:
    return {"due": due.at.isoformat()} if isinstance(due, Due) else {}


def with_item(tx: Tx, heard: Heard, item: ItemRow, due: Due | Unclear | None) -> list[Say]:
    """The item is known."""
    out = tx.loans.open_of_item(item.id)
    if out is not None or item.state != "available" or kept_for_another(tx, item.id, heard.contact.id):
        return [_taken(heard, item, out)]
    if due is None:
        return [ask_until(heard, item)]
    if isinstance(due, Unclear):
        return [_unclear(heard, item, due.why)]
    longest = heard.at + heard.department.rules.longest_loan
    if due.at <= heard.at or due.at > longest:
        return [_unclear(heard, item, "past" if due.at <= heard.at else "too_long", longest)]
    return request(tx, heard, item, due.at)


def _taken(heard: Heard, item: ItemRow, out: Loan | None) -> Say:
    """Not to be had now; what comes back can be waited for."""
    back_at = out.due_at if out and out.due_at > heard.at else None
    message = ItemTaken(item.shown, back_at)
    if item.state not in ("available", "in_repair") or (out and out.contact_id == heard.contact.id):
        return Say(message=message)
    return Say(message=message, choices=((Choice("mine.hold", (item.id,), "reserve"),),), facts={"reserve": item.id})


def ask_until(heard: Heard, item: ItemRow) -> Say:
    return Say(message=BorrowUntil(item.shown), choices=_ends(heard, item), ask="borrow_until", facts={"item": item.id})


def _unclear(heard: Heard, item: ItemRow, why: str, until: datetime | None = None) -> Say:
    message = DueUnclear(heard.text[:60], why, until if why == "too_long" else None)
    return Say(message=message, choices=_ends(heard, item), ask="borrow_until", facts={"item": item.id})


def _ends(heard: Heard, item: ItemRow) -> tuple[tuple[Choice, ...], ...]:
    ends = [Choice("mine.until", (item.id, int(at.timestamp())), label) for label, at in usual_ends(heard)]
    return in_rows(ends)


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
    tx.loans.remember_undo(heard.contact.id, "request", heard.at + UNDO_LASTS, loan=loan.id)
    if trusted:
        lent(tx, item.id, heard.contact.id)
        plan(tx, loan)
        return [Say(message=loan_created(tx, loan), loan=loan), card(tx, loan, heard.contact.name), *replaced]
    answer_by = heard.at + heard.department.rules.request_expires
    return [Say(message=LoanRequested(item.shown, due_at, min(answer_by, due_at))), *replaced, card(tx, loan)]


# --- answers -------------------------------------------------------------------------------------


def chose_item(tx: Tx, heard: Heard, choice: Choice) -> list[Say]:
    item = tx.items.get(int(choice.args[0]))
    if item is None or item.department_id != heard.department.id:
        return [Say(message=NoSuchItem(""))]
    return with_item(tx, heard, item, due_of(heard, choice.args[1] if len(choice.args) > 1 else 0))


def chose_end(tx: Tx, heard: Heard, choice: Choice) -> list[Say]:
    item = tx.items.get(int(choice.args[0]))
    if item is None or item.department_id != heard.department.id:
        return [Say(message=NoSuchItem(""))]
    return with_item(tx, heard, item, due_of(heard, choice.args[1]))


def typed_item(tx: Tx, heard: Heard, facts: dict[str, object]) -> list[Say]:
    """The answer to "which item?"; it may hold the time as well. Nothing for a long sentence that names none."""
    timed = read_time(heard)
    words = timed[1] if timed else heard.text
    stored = facts.get("due")
    due = timed[0] if timed else _stored(str(stored)) if stored else None
    if not words.strip():
        return _time_alone(tx, heard, due)
    found = find(words, [Named(i, i.name, i.code) for i in tx.items.all(heard.department.id)])
    if found.one is not None:
        return with_item(tx, heard, found.one, due)
    if found.sure:
        return _which(tx, heard, words, found.sure, due)
    if len(words.split()) > LONGEST_NAME:
        return []
    return [_no_such(words, found.near, due)]


def _time_alone(tx: Tx, heard: Heard, due: Due | Unclear | None) -> list[Say]:
    """Only "vendredi", when asked which item: the one that was suggested is meant; of several it is asked again."""
    choices = heard.question.choices if heard.question else ()
    offered = [item for choice in choices if (item := tx.items.get(int(choice.args[0]))) is not None]
    return with_item(tx, heard, offered[0], due) if len(offered) == 1 else _which(tx, heard, "", tuple(offered), due)


def _stored(stamp: str) -> Due:
    return Due(datetime.fromisoformat(stamp), Grain.MINUTE, "")


def typed_end(tx: Tx, heard: Heard, facts: dict[str, object]) -> list[Say]:
    """The answer to "until when?"."""
    item = tx.items.get(int(str(facts["item"])))
    if item is None:
        return [Say(message=NoSuchItem(""))]
    timed = read_time(heard)
    return with_item(tx, heard, item, timed[0] if timed else Unclear("nothing"))


def read_time(heard: Heard, base: datetime | None = None) -> tuple[Due | Unclear, str] | None:
    """The time in what was said, and the words without it."""
    zone, rules = heard.department.zone, heard.department.rules
    now = heard.at.astimezone(zone)
    timed = find_due(heard.text, now=now, language=heard.language, closing=rules.closing, base=base)
    return (tonight_is_closing(timed[0], now, rules.closing), timed[1]) if timed else None


def withdraw(tx: Tx, heard: Heard, loan: Loan) -> list[Say]:
    """ANNULER on a request that waits."""
    loan = tx.loans.move(loan, LoanState.CANCELLED, who(heard))
    tx.plans.drop(loan.id, "request withdrawn")
    return [card(tx, loan, heard.contact.name)]
