"""/oublier NOM: an admin erases a person, after a look at what goes, what stays and why."""

from __future__ import annotations

from bot.core.conversation import Choice, Heard, Say, echo
from bot.core.messages import NoSuchPerson, Usage
from bot.core.messages_storage import ForgetCard
from bot.core.people import Contact, Role
from bot.core.spoken import fold
from bot.store import Tx
from bot.store.forget import Remains, forget, once_of_the_team, remains
from handlers.person_page import which
from handlers.rights import is_admin, name_of, refused, who
from handlers.staff_words import members_named
from handlers.toasts import toast
from handlers.waiting import free_after_all

MOST_NEAR = 3  # names that somebody may have meant


def ask(tx: Tx, heard: Heard, words: str) -> list[Say]:
    """/oublier Awa"""
    if not words.strip():
        return [Say(message=Usage("forget"))]
    found = members_named(tx, heard.department.id, words)
    here = found.sure or _colleagues(tx, heard, words)
    if len(here) == 1:
        return [_card(tx, heard, here[0])]
    if not here:
        return [Say(message=NoSuchPerson(echo(words), tuple(one.name for one in found.near[:MOST_NEAR]), adds=False))]
    return [which(tx, heard, here, words, act="person.forget")]


def show(tx: Tx, heard: Heard, choice: Choice) -> list[Say]:
    """One of several people of a name, or [Effacer…] on a person's page."""
    person = _mine(tx, heard, choice)
    return refused(heard, Role.ADMIN) if person is None else [_card(tx, heard, person, replace=True)]


def leave(tx: Tx, heard: Heard, choice: Choice) -> list[Say]:
    """[Laisser tomber]"""
    person = _mine(tx, heard, choice)
    if person is None:
        return refused(heard, Role.ADMIN)
    return [Say(message=ForgetCard("left", person.name), replace=True)]


def erase(tx: Tx, heard: Heard, choice: Choice) -> list[Say]:
    """[Effacer]: what stands in the way is looked at again. The card loses the name as well."""
    person = _mine(tx, heard, choice)
    if person is None:
        return refused(heard, Role.ADMIN)
    tx.people.lock_alone(person.id)
    if _in_the_way(tx, heard, person, remains(tx, person.id)):
        return [_card(tx, heard, person, replace=True)]
    mine = [now for hold in tx.holds.of(person.id) if (now := tx.holds.still(hold)) is not None]
    left = [tx.holds.close(hold, "left") for hold in mine]
    says = [say for hold in left for say in free_after_all(tx, hold.item_id)]  # no word of who left: it would name them
    forget(tx, person.id)
    reference = tx.audit.note(who(heard), "forgotten", heard.department.id, contact=person.id)
    done = Say(message=ForgetCard("done", reference=reference, by=name_of(heard)), replace=True)
    return [toast("noted"), done, *says]


def _colleagues(tx: Tx, heard: Heard, words: str) -> list[Contact]:
    """Somebody of the team, or who was of it, and never borrowed."""
    if not is_admin(tx, heard, heard.department.id):
        return []
    return [one for one in once_of_the_team(tx, heard.department.id) if fold(one.name) == fold(words)]


def _mine(tx: Tx, heard: Heard, choice: Choice) -> Contact | None:
    """The person, when the writer is an admin here and the person belongs here; else they do not exist for them."""
    number, here = int(str(choice.args[0])), heard.department.id
    if not is_admin(tx, heard, here):
        return None
    if tx.people.belongs(number, here):
        return tx.people.get(number)
    return next((one for one in once_of_the_team(tx, here) if one.id == number), None)


def _in_the_way(tx: Tx, heard: Heard, person: Contact, left: Remains) -> ForgetCard | None:
    """Why a person cannot be erased now: something is out, they work here, another desk's admin must agree."""
    open_loans = tx.loans.open_of(person.id)
    mine = tuple(loan.item for loan in open_loans if loan.department_id == heard.department.id)
    if any(not is_admin(tx, heard, desk) for desk in left.desks) or len(mine) < len(open_loans):
        return ForgetCard("elsewhere", person.name)
    if mine:
        return ForgetCard("open", person.name, items=mine)
    if left.owes:
        return ForgetCard("owes", person.name)
    return ForgetCard("team", person.name) if left.team else None


def _card(tx: Tx, heard: Heard, person: Contact, *, replace: bool = False) -> Say:
    left = remains(tx, person.id)
    in_the_way = _in_the_way(tx, heard, person, left)
    if in_the_way is not None:
        return Say(message=in_the_way, department_id=heard.department.id, replace=replace)
    message = ForgetCard(
        "asked", person.name, channels=left.channels, loans=left.loans, messages=left.messages, pictures=left.pictures,
        stopped=left.stopped, nights=heard.department.rules.backups,
        credit=tuple(money for desk in sorted(left.desks) for money in tx.debts.statement(person.id, desk).credit),
    )  # fmt: skip
    choices = ((Choice("person.erase", (person.id,), "erase"), Choice("person.keep", (person.id,), "never_mind")),)
    return Say(message=message, choices=choices, department_id=heard.department.id, replace=replace)
