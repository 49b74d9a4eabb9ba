"""/departement: what the desk tells of itself, and the one-time code that opens another group."""

from __future__ import annotations

import secrets
from datetime import timedelta

from bot.core.conversation import Choice, Heard, Say
from bot.core.linking import CODE_ALPHABET
from bot.core.messages import AskPrivately, DepartmentCode, DepartmentPage
from bot.core.people import Department, Role
from bot.core.settable import current, setting, shown
from bot.store import Tx
from handlers import rules
from handlers.buttons import texts, tongue
from handlers.rights import admin_desks, pressed_desk, refused, who
from handlers.rule_pages import which_desk

CODE_LASTS = timedelta(days=1)
CHANGED_HERE = ("name", "place", "contact_line")


def department(tx: Tx, heard: Heard, words: str) -> list[Say]:
    """/departement; /departement lieu Hall B is the setting of that name."""
    if words.strip():
        return rules.settings(tx, heard, words)
    desks = admin_desks(tx, heard)
    if not desks:
        return refused(heard, Role.ADMIN)
    if len(desks) > 1:
        return [which_desk(desks, "department.page")]
    return [_page(tx, heard, desks[0])]


def show_page(tx: Tx, heard: Heard, choice: Choice) -> list[Say]:
    desk = pressed_desk(tx, heard, choice)
    return refused(heard, Role.ADMIN) if desk is None else [_page(tx, heard, desk, replace=True)]


def _page(tx: Tx, heard: Heard, desk: Department, *, replace: bool = False) -> Say:
    opens, closes, days = (shown(setting(n), current(desk, n)) for n in ("opening", "closing", "open_days"))
    others = len(tx.departments.all()) - 1
    message = DepartmentPage(desk.name, opens, closes, days, desk.place, desk.contact_line, desk.zone.key, others)
    named = [(n, texts().setting_name(n, tongue(heard))) for n in CHANGED_HERE]
    fields = tuple((Choice("rules.page", (desk.id, n), text=name),) for n, name in named)
    rest = (
        (Choice("rules.group", (desk.id, "zones"), "hours"), Choice("department.code", (desk.id,), "new_code")),
        (Choice("rules.menu", (desk.id,), "to_menu"),),
    )
    return Say(message=message, choices=(*fields, *rest), replace=replace)


def draw_code(tx: Tx, heard: Heard, choice: Choice) -> list[Say]:
    """[Ouvrir un autre groupe]: a code for /bind there. Never shown in a group: whoever uses it becomes an admin."""
    desk = pressed_desk(tx, heard, choice)
    if desk is None:
        return refused(heard, Role.ADMIN)
    if not heard.private:
        name = tx.desk.bot_username
        return [Say(message=AskPrivately((f"https://t.me/{name}",) if name else ()))]
    code = new_code(tx)
    tx.audit.note(who(heard), "department_code", desk.id)
    return [Say(message=DepartmentCode(code, tx.now + CODE_LASTS))]


def new_code(tx: Tx, department_id: int | None = None) -> str:
    """A one-time code for /bind in a group that has no desk: for that department, else for a new one."""
    code = "".join(secrets.choice(CODE_ALPHABET) for _ in range(8))
    tx.people.put_code(code, department_id=department_id, lasts=CODE_LASTS, kind="department")
    return code
