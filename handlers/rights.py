"""Who may do what, by our own table of roles. Membership of the group, or being its administrator, gives no right."""

from __future__ import annotations

from bot.core.conversation import Choice, Heard, Say
from bot.core.messages import NotAllowed, UseOwnAccount
from bot.core.people import Department, Role
from bot.store import Tx
from handlers.toasts import toast_or_answer


def _role_in(tx: Tx, heard: Heard, department_id: int) -> Role | None:
    """The writer's role in a department: only a Telegram user writing as themselves can have one."""
    said = heard.inbound
    if said.channel != "telegram" or said.anonymous or said.forwarded:
        return None
    return tx.people.role_of(said.address, department_id)


def is_staff(tx: Tx, heard: Heard, department_id: int) -> bool:
    """Whether the writer is staff of a department, or its admin."""
    return _role_in(tx, heard, department_id) is not None


def is_admin(tx: Tx, heard: Heard, department_id: int) -> bool:
    return _role_in(tx, heard, department_id) is Role.ADMIN


def is_admin_everywhere(tx: Tx, heard: Heard) -> bool:
    """Whether the writer is an admin of every desk: jobs work for all of them."""
    return all(is_admin(tx, heard, desk) for desk in tx.departments.all())


def admin_desks(tx: Tx, heard: Heard) -> list[Department]:
    """The desks whose settings the writer may change from here: the group's own, in private every one of theirs."""
    here = [heard.department] if not heard.private else list(tx.departments.all().values())
    return [desk for desk in here if is_admin(tx, heard, desk.id)]


def pressed_desk(tx: Tx, heard: Heard, choice: Choice) -> Department | None:
    """The desk a button is about (its first argument), when who pressed it is an admin there now."""
    desk = tx.departments.all().get(int(choice.args[0]))
    return desk if desk is not None and is_admin(tx, heard, desk.id) else None


def may_add_address(tx: Tx, heard: Heard, contact_id: int) -> bool:
    """Whether the writer may note another address of somebody: who writes from it sees what every desk lent them, so it
    takes a role at each desk that knows them."""
    elsewhere = tx.people.desks_of(contact_id) - {heard.department.id}
    return all(is_staff(tx, heard, desk) for desk in elsewhere)


def only_admin(tx: Tx, user: str, department_id: int) -> bool:
    """Whether somebody is the one admin a department has: their role stays, or nobody could give one any more. Until
    the answer is acted upon the others keep theirs: two who step down in the same moment would leave none."""
    return [member for _, role, member in tx.people.team(department_id, hold=True) if role is Role.ADMIN] == [user]


def refused(heard: Heard, needed: Role = Role.STAFF) -> list[Say]:
    """The answer to somebody without the right."""
    if heard.inbound.anonymous:
        return [Say(message=UseOwnAccount())]
    return [toast_or_answer(heard, NotAllowed(needed.value))]


def allowed(role: Role | None, needed: Role) -> bool:
    return role is Role.ADMIN or role is needed


def name_of(heard: Heard) -> str:
    """The writer's name as cards show it."""
    return heard.contact.name or heard.inbound.name or heard.inbound.username or heard.inbound.address


def who(heard: Heard) -> str:
    """The writer as recorded in the history."""
    return f"{heard.inbound.channel}:{heard.inbound.address}"
