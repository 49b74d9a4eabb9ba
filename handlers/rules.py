"""/settings: every rule and what the desk tells of itself, by menus and in one line.

Menus propose a value, say what it would do, and wait for [Confirmer]; a typed value is clear in itself and holds at
once. Either way the answer says what was changed, and one button takes it back.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from bot.core.conversation import Choice, Heard, Rows, Say, echo
from bot.core.message import RuleValue
from bot.core.messages import PlanShift, RuleChange, SettingAsked, SettingChanged, SettingPage, SettingUnknown
from bot.core.people import Department, Role
from bot.core.rules import freeze
from bot.core.settable import (
    PAIRS,
    Asked,
    BadValue,
    Setting,
    asked,
    check,
    current,
    near,
    pair_with,
    read,
    read_pair,
    setting,
    shown,
    touches_plans,
    unpacked,
)
from bot.core.shifting import shift, together
from bot.core.spoken import words as words_of
from bot.store import Tx
from handlers.buttons import texts
from handlers.planning import planned_steps, steps_under
from handlers.rights import admin_desks, name_of, pressed_desk, refused, who
from handlers.roles import roles
from handlers.rule_pages import (
    BY_STEPS,
    back_to,
    group_page,
    menu,
    moves,
    page,
    question_of,
    refusal,
    thawed,
    which_desk,
)
from handlers.toasts import toast
from handlers.wording import show_texts

TAKEN_BACK = 3  # settings that one button changes back: it carries the number of each change
PREVIEWED = 100  # loans looked at for a preview: an admin waits for it


def settings(tx: Tx, heard: Heard, words: str) -> list[Say]:
    """/settings, /settings quiet, /settings quiet_from, /settings quiet_hours 21:00-08:00; the same in French."""
    desks = admin_desks(tx, heard)
    if not desks:
        return refused(heard, Role.ADMIN)
    if len(desks) > 1:
        return [which_desk(desks)]
    desk = desks[0]
    if heard.question is not None and heard.question.kind in ("setting_value", "setting_text"):
        tx.questions.close(heard.contact.id, heard.inbound.chat)  # what is written next is no value of another one
    if not words.strip():
        return [menu(heard, desk)]
    wanted = asked(words)
    if wanted is None:
        return [Say(message=SettingUnknown(echo(words), near(words).near))]
    return _asked(tx, heard, desk, wanted)


def _asked(tx: Tx, heard: Heard, desk: Department, wanted: Asked) -> list[Say]:
    if wanted.group == "words":
        return show_texts(tx, heard, "")
    if wanted.group == "people":
        return roles(tx, heard, "")
    if wanted.group or (wanted.names == ("channels",) and not wanted.value):
        return [group_page(heard, desk, wanted.group or "channels", said=wanted.value)]
    if not wanted.value:
        first = setting(wanted.names[0])
        return [page(tx, heard, desk, first) if len(wanted.names) == 1 else group_page(heard, desk, first.group)]
    return _typed(tx, heard, desk, wanted.names, wanted.value)


def _typed(tx: Tx, heard: Heard, desk: Department, names: tuple[str, ...], typed: str) -> list[Say]:
    """A value in words: set at once when it can be, else explained."""
    desk, first = tx.departments.hold(desk.id), setting(names[0])
    try:
        values = read_pair(names, typed) if names in PAIRS.values() else _one_or_both(first, typed)
        check(values, desk, tx.departments.names_besides(desk.id))
    except BadValue as error:
        return [refusal(desk, first, typed, error)]
    return change(tx, heard, desk, values)


def _one_or_both(wanted: Setting, typed: str) -> dict[str, Any]:
    """The value of one setting; of two hours that belong together, both may be typed after the name of one."""
    try:
        return {wanted.name: in_words(wanted, typed)}
    except BadValue:
        pair = pair_with(wanted.name)
        if pair is None:
            raise
        return read_pair(pair, typed)


def in_words(wanted: Setting, typed: str) -> Any:
    """A value as somebody types it. Raises BadValue."""
    return read(wanted, _as_shown(wanted, typed), languages=texts().languages)


def _as_shown(wanted: Setting, typed: str) -> str:
    """The option that its page calls so, "franc CFA (UEMOA)"; the words themselves where none is."""
    if wanted.kind != "option":
        return typed
    said, tongues = words_of(typed), texts().languages
    shown = ((option, texts().word("option", option, each)) for option in wanted.info.options for each in tongues)
    return next((option for option, name in shown if words_of(name) == said), typed)


# --- presses -------------------------------------------------------------------------------------


def show_menu(tx: Tx, heard: Heard, choice: Choice) -> list[Say]:
    desk = pressed_desk(tx, heard, choice)
    return refused(heard, Role.ADMIN) if desk is None else [menu(heard, desk, replace=True)]


def show_group(tx: Tx, heard: Heard, choice: Choice) -> list[Say]:
    desk = pressed_desk(tx, heard, choice)
    return refused(heard, Role.ADMIN) if desk is None else [group_page(heard, desk, str(choice.args[1]), replace=True)]


def show_page(tx: Tx, heard: Heard, choice: Choice) -> list[Say]:
    desk = pressed_desk(tx, heard, choice)
    if desk is None:
        return refused(heard, Role.ADMIN)
    return [page(tx, heard, desk, setting(str(choice.args[1])), replace=True)]


def write(tx: Tx, heard: Heard, choice: Choice) -> list[Say]:
    """[Modifier]: what is the text to be?"""
    desk = pressed_desk(tx, heard, choice)
    if desk is None:
        return refused(heard, Role.ADMIN)
    wanted = setting(str(choice.args[1]))
    message = SettingAsked(wanted.name, shown(wanted, current(desk, wanted.name)))
    return [Say(message=message, ask=question_of(wanted), facts={"rule": wanted.name, "desk": desk.id})]


def propose(tx: Tx, heard: Heard, choice: Choice) -> list[Say]:
    """[−], [+] and the like: what it would be, what that does, and whether to do it. Nothing is changed yet."""
    desk = pressed_desk(tx, heard, choice)
    if desk is None:
        return refused(heard, Role.ADMIN)
    wanted = setting(str(choice.args[1]))
    try:
        value = unpacked(wanted, str(choice.args[2]), languages=texts().languages)
        check({wanted.name: value}, desk)
    except BadValue as error:
        refused_value = refusal(desk, wanted, str(choice.args[2]), error)
        return [replace(refused_value, choices=((back_to(desk, wanted),),), replace=True)]
    if value == current(desk, wanted.name):
        return [page(tx, heard, desk, wanted, replace=True)]
    message = SettingPage(
        wanted.name, shown(wanted, current(desk, wanted.name)), proposed=shown(wanted, value),
        shifts=effects(tx, desk, {wanted.name: value}),
    )  # fmt: skip
    further = moves(heard, desk, wanted, value) if wanted.kind in BY_STEPS else ()
    sure = (Choice("rules.set", choice.args, "keep_change"), Choice("rules.page", (desk.id, wanted.name), "leave_it"))
    return [Say(message=message, choices=(*further, sure), replace=True)]


def confirm(tx: Tx, heard: Heard, choice: Choice) -> list[Say]:
    """[Confirmer]"""
    desk = pressed_desk(tx, heard, choice)
    if desk is None:
        return refused(heard, Role.ADMIN)
    desk, wanted = tx.departments.hold(desk.id), setting(str(choice.args[1]))
    try:
        values = {wanted.name: unpacked(wanted, str(choice.args[2]), languages=texts().languages)}
        check(values, desk)
    except BadValue as error:
        return [refusal(desk, wanted, str(choice.args[2]), error)]
    return change(tx, heard, desk, values)


def undo(tx: Tx, heard: Heard, choice: Choice) -> list[Say]:
    """[Annuler le changement]: back to what it was, unless somebody has changed it since, or it cannot be any more."""
    desk = pressed_desk(tx, heard, choice)
    if desk is None:
        return refused(heard, Role.ADMIN)
    desk = tx.departments.hold(desk.id)
    acts = [tx.audit.get(int(act)) for act in choice.args[1:]]
    values = {}
    for act in acts:
        if act is None or act.department_id != desk.id or not act.what.startswith("setting:"):
            return refused(heard, Role.ADMIN)
        wanted = setting(act.what.partition(":")[2])
        newest = tx.audit.last(desk.id, act.what)
        if newest is None or newest.id != act.id:
            return [page(tx, heard, desk, wanted, replace=True)]
        values[wanted.name] = thawed(wanted, act.facts["was"])
    try:
        check(values, desk, tx.departments.names_besides(desk.id))
    except BadValue as error:
        return [refusal(desk, setting(next(iter(values))), "", error)]
    first = [setting(act.what.partition(":")[2]).name for act in acts if act is not None and act.facts.get("first")]
    says = change(tx, heard, desk, values, undone=True)
    for name in first:  # opening hours that no admin has said are told to nobody
        tx.departments.unset_rule(desk.id, name)
    return says


# --- typed answers -------------------------------------------------------------------------------


def typed_value(tx: Tx, heard: Heard, facts: dict[str, Any]) -> list[Say]:
    """A value written while a setting's page asks for it."""
    desks = {desk.id: desk for desk in admin_desks(tx, heard)}
    desk = desks.get(int(facts.get("desk", 0))) or next(iter(desks.values()), None)
    if desk is None:
        return refused(heard, Role.ADMIN)
    return _typed(tx, heard, desk, (str(facts["rule"]),), heard.text)


# --- changing ------------------------------------------------------------------------------------


def change(tx: Tx, heard: Heard, desk: Department, values: Mapping[str, Any], *, undone: bool = False) -> list[Say]:
    """Set them and say what was done; show again what is set when nothing changes."""
    changed = put(tx, desk, values, who=who(heard), by=name_of(heard), undone=undone)
    if changed is not None:
        return [toast("changed"), changed]
    first = setting(next(iter(values)))
    several = len(values) > 1
    shown_again = group_page(heard, desk, first.group) if several else page(tx, heard, desk, first, same=True)
    return [replace(shown_again, replace=True)]


def put(tx: Tx, desk: Department, values: Mapping[str, Any], *, who: str, by: str, undone: bool = False) -> Say | None:
    """Set them, write down who did and move the plans that follow. What was changed and how to take it back; None when
    nothing changes. who: as the audit keeps it; by: as people are told."""
    before = {name: current(desk, name) for name in values}
    values = {name: value for name, value in values.items() if value != before[name]}
    if not values:
        return None
    moved = effects(tx, desk, values)
    acts = [_write(tx, desk, name, before[name], value, who=who, by=by) for name, value in values.items()]
    if moved:
        tx.replannings.ask(desk.id)
    changes = tuple(RuleChange(n, shown(setting(n), before[n]), shown(setting(n), v)) for n, v in values.items())
    wanted = setting(next(iter(values)))
    buttons: Rows = ((back_to(desk, wanted), Choice("rules.menu", (desk.id,), "to_menu")),)
    if len(acts) <= TAKEN_BACK:
        buttons = ((Choice("rules.undo", (desk.id, *acts), "undo_change"),), *buttons)
    return Say(message=SettingChanged(changes, by, moved, undone), choices=buttons, replace=True)


def _write(tx: Tx, desk: Department, name: str, was: Any, value: Any, *, who: str, by: str) -> int:
    first = {}
    if setting(name).ours:
        tx.departments.change(desk.id, **{name: value})
    else:
        first = {} if tx.departments.is_set(desk.id, name) else {"first": True}
        tx.departments.set_rule(desk.id, name, value)
    return tx.audit.note(who, f"setting:{name}", desk.id, was=freeze(was), now=freeze(value), by=by, **first)


def _with(desk: Department, values: Mapping[str, Any]) -> Department:
    """The desk as it would be."""
    ours: dict[str, Any] = {n: ZoneInfo(v) if n == "zone" else v for n, v in values.items() if setting(n).ours}
    rules = {n: v for n, v in values.items() if not setting(n).ours}
    return replace(desk, rules=replace(desk.rules, **rules), **ours)


def effects(tx: Tx, desk: Department, values: Mapping[str, Any]) -> tuple[PlanShift, ...]:
    """What the change does to the messages planned for running loans; empty when it cannot do anything to them."""
    if not touches_plans(list(values)):
        return ()
    after = _with(desk, values)
    shifts, running = [], tx.loans.running(desk.id, PREVIEWED)
    for loan in running:
        planned = tx.plans.of_loan(loan.id)
        ahead = [p for p in planned if p.at > tx.now]
        shifts.append(shift(planned_steps(ahead), steps_under(tx, loan, after, planned), tx.now))
    moved = together(shifts, max(len(shifts), tx.loans.count_running(desk.id)))
    return (_with_due_reading(moved, running[0].due_at, desk, after) if running else moved,)


def _with_due_reading(moved: PlanShift, due_at: datetime, desk: Department, after: Department) -> PlanShift:
    """How a due time reads in the time zone before and after, where that differs."""
    was, reads = (RuleValue("clock", f"{due_at.astimezone(one.zone):%H:%M}") for one in (desk, after))
    return moved if was == reads else replace(moved, due_was=was, due_reads=reads)
