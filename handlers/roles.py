"""/roles: who is staff, who is admin; given and taken by an admin, by buttons or in reply to somebody's message."""

from __future__ import annotations

from bot.core.conversation import Choice, Heard, Say
from bot.core.messages import MemberLine, RoleList, RolePage, TeamSaved
from bot.core.people import Department, Role
from bot.core.spoken import words as words_of
from bot.store import Tx
from handlers.buttons import in_rows
from handlers.rights import admin_desks, name_of, only_admin, pressed_desk, refused, who
from handlers.rule_pages import which_desk
from handlers.toasts import toast

TO_ADMIN = frozenset({"admin", "administration", "administrateur", "administratrice"})
TO_STAFF = frozenset({"equipe", "staff", "team"})
AWAY = frozenset({"retirer", "enlever", "remove", "aucun", "none"})


def roles(tx: Tx, heard: Heard, words: str) -> list[Say]:
    """/roles; and in reply to somebody's message /roles admin, /roles equipe, /roles retirer."""
    desks = admin_desks(tx, heard)
    if not desks:
        return refused(heard, Role.ADMIN)
    if len(desks) > 1:
        return [which_desk(desks, "roles.list")]
    said, wanted = heard.inbound, set(words_of(words))
    act = "admin" if wanted & TO_ADMIN else "staff" if wanted & TO_STAFF else "out" if wanted & AWAY else ""
    if act and said.on_message and not said.reply_to_address:
        return [Say(message=TeamSaved(done="nobody"))]
    if act and said.reply_to_address and not said.reply_to_bot:
        return [_set(tx, heard, desks[0], said.reply_to_address, said.reply_to_name, act)]
    return [role_list(tx, desks[0])]


def role_list(tx: Tx, desk: Department, *, replace: bool = False) -> Say:
    team = tx.people.team(desk.id)
    members = tuple(MemberLine(name, role.value) for name, role, _ in team)
    found = [Choice("roles.page", (desk.id, user), text=name) for name, _, user in team]
    back = ((Choice("rules.menu", (desk.id,), "to_menu"),),)
    return Say(message=RoleList(desk.name, members), choices=(*in_rows(found), *back), replace=replace)


def show_list(tx: Tx, heard: Heard, choice: Choice) -> list[Say]:
    desk = pressed_desk(tx, heard, choice)
    return refused(heard, Role.ADMIN) if desk is None else [role_list(tx, desk, replace=True)]


def show_page(tx: Tx, heard: Heard, choice: Choice) -> list[Say]:
    """One member with what may be done about their role."""
    desk, user = pressed_desk(tx, heard, choice), str(choice.args[1])
    if desk is None:
        return refused(heard, Role.ADMIN)
    role = tx.people.role_of(user, desk.id)
    if role is None:
        return [role_list(tx, desk, replace=True)]
    return [_page(desk, user, RolePage(_named(tx, desk, user), role.value))]


def give(tx: Tx, heard: Heard, choice: Choice) -> list[Say]:
    """[Donner l'administration], [Équipe seulement], [Retirer]; and their undoing, which is the opposite button."""
    desk = pressed_desk(tx, heard, choice)
    if desk is None:
        return refused(heard, Role.ADMIN)
    user, act = str(choice.args[1]), str(choice.args[2])
    page = _set(tx, heard, desk, user, _named(tx, desk, user), act)
    kept = isinstance(page.message, RolePage) and page.message.done == "last_admin"
    return [toast("shown" if kept else "noted"), page]


def _set(tx: Tx, heard: Heard, desk: Department, user: str, name: str, act: str) -> Say:
    before = tx.people.role_of(user, desk.id)
    if before is Role.ADMIN and act != "admin" and only_admin(tx, user, desk.id):
        return _page(desk, user, RolePage(name, before.value, "last_admin"))
    if before is not None:
        tx.people.take_role(user, desk.id)
    if act != "out":
        tx.people.give_role(user, desk.id, Role(act), name)
    facts = {"user": user, "name": name, "was": before.value if before else "", "now": act}
    tx.audit.note(who(heard), "role", desk.id, **facts)
    done = {"admin": "given", "staff": "lowered", "out": "taken"}[act]
    return _page(desk, user, RolePage(name, act if act != "out" else "staff", done, name_of(heard)))


def _named(tx: Tx, desk: Department, user: str) -> str:
    """A member's name; somebody taken out a moment ago is found among the people."""
    found = next((name for name, _, member in tx.people.team(desk.id) if member == user), "")
    known = None if found else tx.people.find_address("telegram", user)
    return found or (tx.people.get(known.contact_id).name if known else user)


def _page(desk: Department, user: str, page: RolePage) -> Say:
    acts = {"admin": "make_admin", "staff": "make_staff", "out": "remove"}
    now = "out" if page.done == "taken" else page.role
    rows = in_rows([Choice("roles.give", (desk.id, user, act), label) for act, label in acts.items() if act != now])
    back = ((Choice("roles.list", (desk.id,), "back"),),)
    return Say(message=page, choices=(*rows, *back), replace=True)
