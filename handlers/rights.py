"""Who may do what: a role table of our own. Being in the group, or being its administrator, gives nothing."""

from __future__ import annotations

from bot.core.conversation import Heard, Say, To
from bot.core.messages import NotAllowed, UseOwnAccount
from bot.core.people import Role
from bot.store import Tx


def role_in(tx: Tx, heard: Heard, department_id: int) -> Role | None:
    """The writer's role in a department: only a Telegram user writing as themselves can have one."""
    said = heard.inbound
    if said.channel != "telegram" or said.anonymous or said.forwarded:
        return None
    return tx.people.role_of(said.address, department_id)


def refused(heard: Heard, needed: Role = Role.STAFF) -> list[Say]:
    """The answer to somebody who may not."""
    if heard.inbound.anonymous:
        return [Say(message=UseOwnAccount())]
    to = To.PRESS if heard.inbound.press_id else To.HERE
    return [Say(message=NotAllowed(needed.value), to=to)]


def allowed(role: Role | None, needed: Role) -> bool:
    return role is Role.ADMIN or role is needed


def name_of(heard: Heard) -> str:
    """The writer's name as cards show it."""
    return heard.contact.name or heard.inbound.name or heard.inbound.username or heard.inbound.address


def who(heard: Heard) -> str:
    """The writer as the history keeps them."""
    return f"{heard.inbound.channel}:{heard.inbound.address}"
