"""The desk itself: the first admin, help, groups that move."""

from __future__ import annotations

import itertools

from bot.core.conversation import Heard, Say
from bot.core.delivery import Limit
from bot.core.intents import Intent, Understood
from bot.core.linking import is_code
from bot.core.messages import BindRefused, Bound, Help, StaffHelp
from bot.core.people import Department, Role
from bot.core.spoken import fold
from bot.store import Tx
from handlers import linking, newcomers
from handlers.lost_groups import group_back
from handlers.rights import name_of, refused
from handlers.switching_on import switch_on_card

BIND_TRIES = Limit("bind", 5, 600.0)
UNNAMED = "Prêt de matériel"


# --- the first admin -----------------------------------------------------------------------------


def bind(tx: Tx, heard: Heard, words: str) -> list[Say]:
    """/bind CODE: this group becomes a department's group and its sender an admin.

    Raises nothing for a wrong code: five tries in ten minutes for each person, then silence on whether it was right.
    """
    said, words = heard.inbound, words.strip(" .,;")  # the code stood at the end of a sentence
    if said.anonymous or said.forwarded:
        return refused(heard, Role.ADMIN)
    if not said.group:
        return [Say(message=BindRefused("private"))]
    if not words.strip():
        return [Say(message=BindRefused("none"))]
    if tx.pace.reserve([Limit(f"bind:{said.address}", BIND_TRIES.count, BIND_TRIES.seconds)], 0) > 0:
        return [Say(message=BindRefused("tries"))]
    another, here = tx.people.kind_of_code(words) == "department", tx.departments.of_chat(said.chat)
    if here is not None and (another or tx.people.department_of_code(words) not in (None, here.id)):
        return [Say(message=BindRefused("taken"))]  # a code that opens a group makes nobody an admin of an open one
    right, department_id = tx.people.use_code(words)
    if not right:
        return [Say(message=BindRefused("wrong"))]
    desk = _new_desk(tx, heard) if another and department_id is None else _desk_of_group(tx, heard, department_id)
    tx.people.give_role(said.address, desk.id, Role.ADMIN, name_of(heard))
    tx.audit.note(f"telegram:{said.address}", "bound", desk.id, chat=said.chat)
    group_back(tx, desk)
    bound = Say(message=Bound(desk.name, name_of(heard), _namesake(tx, heard, desk)), department_id=desk.id)
    waiting = switch_on_card(tx, desk)  # loans that were imported before there was a group to show them to
    return [bound] if waiting is None else [bound, waiting]


def _desk_of_group(tx: Tx, heard: Heard, department_id: int | None) -> Department:
    """The group's department: the one it has, the one the code was drawn for, one still without a group, or new."""
    said = heard.inbound
    here = tx.departments.of_chat(said.chat)
    if here is not None:
        return here
    waiting = [d for d in tx.departments.all().values() if not d.chat]
    chosen = tx.departments.get(department_id) if department_id else waiting[0] if waiting else None
    if chosen is None:
        return _new_desk(tx, heard)
    unnamed = chosen.name == UNNAMED  # made at the first start, before anybody could name it
    name = _own_name(tx, heard, chosen.id) if unnamed else chosen.name
    return tx.departments.change(chosen.id, chat=said.chat, topic=said.topic, name=name)


def _title(heard: Heard) -> str:
    return heard.inbound.group_title.strip()[:116].rstrip() or UNNAMED


def _own_name(tx: Tx, heard: Heard, department_id: int | None = None) -> str:
    """The group's title, behind it a number where another department is called so: admins, links and files tell
    departments apart by their names."""
    taken, title = {fold(name) for name in tx.departments.names_besides(department_id)}, _title(heard)
    names = itertools.chain([title], (f"{title} {number}" for number in itertools.count(2)))
    return next(name for name in names if fold(name) not in taken)


def _namesake(tx: Tx, heard: Heard, desk: Department) -> str:
    """The name of the department that this one could not share; "" when it has the title of its group, or another
    name."""
    title, others = _title(heard), tx.departments.names_besides(desk.id)
    numbered = desk.name.startswith(f"{title} ") and desk.name.removeprefix(f"{title} ").isdecimal()
    return next((name for name in others if numbered and fold(name) == fold(title)), "")


def _new_desk(tx: Tx, heard: Heard) -> Department:
    said, name = heard.inbound, _own_name(tx, heard)
    return tx.departments.add(name=name, zone=tx.desk.zone, language=tx.desk.language, chat=said.chat, topic=said.topic)


# --- help ----------------------------------------------------------------------------------------


def help_command(tx: Tx, heard: Heard, words: str) -> list[Say]:
    """/aide, /help: the staff's page for staff, the borrower's for everybody else."""
    if heard.role is not None:
        return [Say(message=StaffHelp(heard.role is Role.ADMIN))]
    return [Say(message=Help(heard.department.name, heard.department.contact_line))]


def start_command(tx: Tx, heard: Heard, words: str) -> list[Say]:
    """/start in a private chat: who we are. /start CODE: a link with a one-time code, opened or typed."""
    if heard.private and is_code(words):
        return linking.send_code(tx, heard, words)
    if heard.role is not None:
        return [Say(message=StaffHelp(heard.role is Role.ADMIN))]
    asked = newcomers.gate(tx, heard, Understood(Intent.GREET), "")
    return asked if asked is not None else [newcomers.welcome(tx, heard)]
