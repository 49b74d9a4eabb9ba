"""/dettes: the state of every cycle of reminders; one person's page; reminding, starting anew and resting."""

from __future__ import annotations

from datetime import datetime, time
from typing import Any

from bot.core.conversation import Choice, Heard, Rows, Say, echo
from bot.core.debts import Cycle, Debt
from bot.core.duetime import say_day
from bot.core.messages import NoSuchPerson
from bot.core.messages_debts import DebtList, DebtPage, DebtsAll
from bot.core.people import Contact
from bot.store import Tx
from bot.store.bulk import Bulk, Slice
from bot.store.saying import Cause
from handlers import person_page
from handlers.buttons import in_rows, page_among, tongue, turns
from handlers.debt_showing import cycle_line, debt_card, mode_of, today, two_lists
from handlers.debts import allow_again, wrong_person_card
from handlers.dunning import send
from handlers.overview import JUST_NOW
from handlers.rights import is_staff, name_of, refused, who
from handlers.staff_words import members_named
from handlers.toasts import toast, too_late

PER_PAGE = 10
MOST_SHOWN = 8
SLICE = 10  # people whose cycles are moved in one transaction: each is some ten statements


def debts(tx: Tx, heard: Heard, words: str) -> list[Say]:
    """/dettes, /dettes Awa"""
    if not words.strip():
        return [_list(tx, heard, 1)]
    found = members_named(tx, heard.department.id, words)
    if found.one is not None:
        return [page_of(tx, heard, found.one)]
    if not found.sure and not found.near:
        return [Say(message=NoSuchPerson(echo(words)))]
    return [person_page.which(tx, heard, found.sure or found.near, words, act="debt.page")]


def turn_page(tx: Tx, heard: Heard, choice: Choice) -> list[Say]:
    if not is_staff(tx, heard, heard.department.id):
        return refused(heard)
    return [_list(tx, heard, max(1, int(choice.args[0])), replace=True)]


def _list(tx: Tx, heard: Heard, page: int, *, replace: bool = False) -> Say:
    desk = heard.department
    many = tx.debts.count_debtors(desk.id)
    page, pages = page_among(many, page, PER_PAGE)
    shown = tx.debts.debtors(desk.id, PER_PAGE, (page - 1) * PER_PAGE)
    cycles = [tx.debts.cycle(person, desk.id) for person in shown]
    lines = tuple(cycle_line(tx, cycle, desk) for cycle in cycles)
    message = DebtList(lines, many, tx.debts.owed_in_all(desk.id), mode_of(desk), page, pages)
    return Say(message=message, choices=_acts(tx, cycles, page, pages), replace=replace)


def _acts(tx: Tx, cycles: list[Cycle], page: int, pages: int) -> Rows:
    opened = [Choice("debt.page", (c.contact_id,), text=tx.people.get(c.contact_id).name) for c in cycles]
    everyone = (Choice("debt.all", ("remind", 0), "remind_all"), Choice("debt.all", ("reset", 0), "start_all_anew"))
    return (*in_rows(opened), *turns("debt.list", page, pages), *((everyone,) if cycles else ()))


# --- one person --------------------------------------------------------------------------------------


def show(tx: Tx, heard: Heard, choice: Choice) -> list[Say]:
    """A person's debts, with what staff can do about their reminders."""
    person = person_page.mine(tx, heard, choice.args[0])
    return refused(heard) if person is None else [page_of(tx, heard, person)]


def page_of(tx: Tx, heard: Heard, person: Contact, done: str = "") -> Say:
    desk = heard.department
    stands, cycle = tx.debts.statement(person.id, desk.id), tx.debts.cycle(person.id, desk.id)
    invoices, manual = two_lists(stands.owed, today(tx, desk))
    line = cycle_line(tx, cycle, desk, named=False) if stands.owed else None
    message = DebtPage(person.name, invoices, manual, stands.total, stands.credit, line, mode_of(desk), done)
    each = [Choice("debt.show", (o.debt.id,), text=o.debt.reference or _due(heard, o.debt)) for o in stands.owed]
    choices = (*in_rows(each[:MOST_SHOWN]), *_cycle_acts(cycle))
    return Say(message=message, choices=choices, replace=heard.inbound.press_id is not None)


def _due(heard: Heard, debt: Debt) -> str:
    """What a debt without a reference is called on its button."""
    return say_day(datetime.combine(debt.due_on, time(12), heard.department.zone), language=tongue(heard), now=heard.at)


def _cycle_acts(cycle: Cycle) -> Rows:
    person, turned = cycle.contact_id, "resume" if cycle.suspended else "suspend"
    return (
        (Choice("debt.cycle", (person, "remind"), "remind_now"), Choice("debt.cycle", (person, "reset"), "start_anew")),
        (Choice("debt.cycle", (person, turned), turned), Choice("debt.list", (1,), "back")),
    )


def show_debt(tx: Tx, heard: Heard, choice: Choice) -> list[Say]:
    """A debt's card, anew at the foot of the group."""
    debt = tx.debts.get(int(choice.args[0]))
    if not is_staff(tx, heard, debt.department_id):
        return refused(heard)
    tx.cards.forget(tx.departments.get(debt.department_id).chat, f"debt:{debt.id}")
    return [toast("shown"), debt_card(tx, debt)]


def press(tx: Tx, heard: Heard, choice: Choice) -> list[Say]:
    """[Relancer maintenant] [Remettre à zéro] [Suspendre] [Reprendre]"""
    person = person_page.mine(tx, heard, choice.args[0])
    if person is None:
        return refused(heard)
    act, cycle = str(choice.args[1]), tx.debts.cycle(person.id, heard.department.id)
    done = _carry_out(tx, who(heard), cycle, act, f"in:{heard.letter_id}:debt:{cycle.id}")
    return [page_of(tx, heard, person, done)]


def _carry_out(tx: Tx, author: str, cycle: Cycle, act: str, key: str) -> str:
    """Carry out an act; its name as the page shows it. key: of the reminder. Raises ValueError for an unknown act."""
    match act:
        case "remind":
            now = tx.debts.cycle_by_id(cycle.id) or cycle  # locked: a colleague, or the clock, may be reminding of it
            if tx.debts.told_since(now, tx.now - JUST_NOW):  # a thumb slips
                return "reminded"
            return send(tx, now, Cause("person"), key)[0]
        case "reset":
            _note(tx, author, "debt_cycle_reset", cycle)
            tx.debts.set_cycle(cycle, sent=0, last_at=None, promised_on=None)
            return "reset"
        case "suspend" | "resume":
            _note(tx, author, f"debt_cycle_{act}", cycle)
            tx.debts.set_cycle(cycle, suspended=act == "suspend")
            return "suspended" if act == "suspend" else "resumed"
    raise ValueError(act)


def _note(tx: Tx, author: str, what: str, cycle: Cycle) -> None:
    tx.audit.note(author, what, cycle.department_id, contact=cycle.contact_id)


# --- everybody at once -------------------------------------------------------------------------------


def everyone(tx: Tx, heard: Heard, choice: Choice) -> list[Say]:
    """[Tout relancer] [Tout remettre à zéro]: asked first, with how many people it is about. Many are left to the
    clock."""
    act, sure, desk = str(choice.args[0]), choice.args[1] == 1, heard.department
    if not is_staff(tx, heard, desk.id):
        return refused(heard)
    if act not in ("remind", "reset"):
        raise ValueError(act)
    if sure:
        tx.departments.hold(desk.id)  # a colleague may be pressing it in this moment
    people = tx.debts.count_to_remind(desk.id, today(tx, desk)) if act == "remind" else tx.debts.count_debtors(desk.id)
    back = Choice("debt.list", (1,), "back")
    if not sure:
        yes = (Choice("debt.all", (act, 1), "sure"), Choice("debt.list", (1,), "never_mind"))
        choices = (yes if people else (back,),)
        return [Say(message=DebtsAll(act, people, "asked"), choices=choices, replace=True)]
    facts = {"key": f"in:{heard.letter_id}:debt", "after": 0, "done": 0, "unreached": 0}
    asked = Bulk(f"debts_{act}", desk.id, who(heard), name_of(heard), facts)
    if tx.bulks.of(desk.id, asked.kind) or not people:  # somebody pressed before
        return [too_late()]
    if people <= SLICE:
        message = result(asked, everyone_slice(tx, asked).facts)
    else:
        tx.bulks.ask(asked)
        message = DebtsAll(act, people, "begun")
    return [Say(message=message, choices=((back,),), replace=True)]


def everyone_slice(tx: Tx, asked: Bulk) -> Slice:
    """The next people. To be reminded are those with something overdue whose reminders do not rest."""
    desk, facts, act = tx.departments.get(asked.department_id), asked.facts, _act(asked)
    people = (
        tx.debts.to_remind(desk.id, today(tx, desk), facts["after"], SLICE)
        if act == "remind"
        else tx.debts.debtors(desk.id, SLICE, after=facts["after"])
    )
    cycles = [tx.debts.cycle(person, desk.id) for person in people]
    done = [_carry_out(tx, asked.who, cycle, act, f"{facts['key']}:{cycle.id}") for cycle in cycles]
    count = sum(1 for one in done if one in ("reminded", "reset"))
    counted = {"done": facts["done"] + count, "unreached": facts["unreached"] + done.count("no_road")}
    after = people[-1] if people else facts["after"]
    return Slice({**facts, **counted, "after": after}, (), over=len(people) < SLICE)


def result(asked: Bulk, facts: dict[str, Any], *, stopped: bool = False) -> DebtsAll:
    return DebtsAll(_act(asked), facts["done"], "done", facts["unreached"], stopped, asked.by)


def _act(asked: Bulk) -> str:
    return asked.kind.removeprefix("debts_")


# --- whose address is it -----------------------------------------------------------------------------


def known(tx: Tx, heard: Heard, choice: Choice) -> list[Say]:
    """[C'est bien cette personne]: what is owed may be told there again."""
    address = tx.people.address(int(choice.args[0]))
    if address is None or person_page.mine(tx, heard, address.contact_id) is None:
        return refused(heard)
    allow_again(tx, address.id)
    tx.audit.note(who(heard), "address_known", heard.department.id, contact=address.contact_id, address=address.id)
    return [
        toast("noted"),
        wrong_person_card(tx, address, heard.department, "", name_of(heard)),
    ]
