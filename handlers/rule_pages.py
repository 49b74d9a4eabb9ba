"""What /settings shows: the menu of groups, a group, one setting with the buttons that propose another value."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from bot.core.conversation import Choice, Heard, Rows, Say, echo
from bot.core.messages import RuleLine, RuleValue, SettingPage, SettingRefused, SettingsGroup, SettingsMenu
from bot.core.people import Department
from bot.core.rules import GROUPS, thaw
from bot.core.schedule import next_holiday
from bot.core.settable import (
    BadValue,
    Setting,
    bounds,
    current,
    nudged,
    of_group,
    packed,
    pair_with,
    raised,
    shown,
    toggled,
)
from bot.store import Tx
from handlers.buttons import in_rows, texts, tongue, word

ZONES = ("Europe/Paris", "Africa/Dakar", "Africa/Abidjan", "Asia/Kolkata", "America/Montreal")
BY_STEPS = ("span", "clock", "count")


def which_desk(desks: Sequence[Department], act: str = "rules.menu") -> Say:
    """Of which desk does an admin of several speak? `act` is what choosing one opens."""
    return Say(message=SettingsMenu(), choices=in_rows([Choice(act, (d.id,), text=d.name) for d in desks], 1))


def menu(heard: Heard, desk: Department, *, replace: bool = False) -> Say:
    """The groups of settings; words and people have commands of their own behind their buttons."""
    groups = ["desk", *(g for g in GROUPS if of_group(g))]
    found = [Choice("rules.group", (desk.id, g), text=word(heard, "rule_group", g)) for g in groups]
    found.append(Choice("texts.menu", (desk.id,), text=word(heard, "rule_group", "words")))
    found.append(Choice("roles.list", (desk.id,), text=word(heard, "rule_group", "roles")))
    return Say(message=SettingsMenu(desk.name), choices=in_rows(found), replace=replace)


def group_page(heard: Heard, desk: Department, group: str, *, replace: bool = False, said: str = "") -> Say:
    """All settings of a group with what they are set to; a button for each. said: a value that none is given."""
    found = of_group(group)
    lines = tuple(RuleLine(s.name, shown(s, current(desk, s.name))) for s in found)
    named = [(s, texts().setting_name(s.name, tongue(heard))) for s in found]
    buttons = in_rows([Choice("rules.page", (desk.id, s.name), text=name) for s, name in named], 1)
    more = ((Choice("trial.menu", (desk.id,), "test"),),) if group == "channels" else ()
    back = ((Choice("rules.menu", (desk.id,), "to_menu"),),)
    return Say(message=SettingsGroup(group, lines, echo(said)), choices=(*buttons, *more, *back), replace=replace)


def page(tx: Tx, heard: Heard, desk: Department, wanted: Setting, *, replace: bool = False, same: bool = False) -> Say:
    """One setting: its value, its bounds, who changed it last, and how to change it.

    A value may be typed while the page is open, but for a text: that would take any chatter for its new value.
    """
    low, high = bounds(wanted)
    last = tx.audit.last(desk.id, f"setting:{wanted.name}")
    was = shown(wanted, thawed(wanted, last.facts["was"])) if last else None
    free = next_holiday(tx.now, desk.rules.holiday_country, desk.zone) if wanted.group == "quiet" else None
    message = SettingPage(
        wanted.name, shown(wanted, current(desk, wanted.name)), low, high, was=was,
        by=str(last.facts.get("by", "")) if last else "", at=last.at if last else None,
        next_day_off=free if wanted.name in ("quiet_holidays", "holiday_country") else None, same=same,
    )  # fmt: skip
    back = (Choice("rules.group", (desk.id, wanted.group), "back"),)
    # A text would take any chatter for its new value: it is asked for by its own button.
    return Say(
        message=message,
        choices=(*_ways(heard, desk, wanted), back),
        replace=replace,
        ask="" if wanted.kind == "text" else question_of(wanted),
        facts={"rule": wanted.name, "desk": desk.id},
    )


def question_of(wanted: Setting) -> Literal["setting_text", "setting_value"]:
    return "setting_text" if wanted.kind == "text" else "setting_value"


def _ways(heard: Heard, desk: Department, wanted: Setting) -> Rows:
    """The buttons that propose another value."""
    value = current(desk, wanted.name)
    return (*moves(heard, desk, wanted, value), *_back_to_default(desk, wanted, value))


def moves(heard: Heard, desk: Department, wanted: Setting, value: Any) -> Rows:
    """The buttons that change a setting from this value: other values, a step up and down, or words to write."""
    match wanted.kind:
        case "flag":
            return ((_try(desk, wanted, not value, "off" if value else "on"),),)
        case "span" | "clock" | "count":
            moved = (("minus", nudged(wanted, value, up=False)), ("plus", nudged(wanted, value, up=True)))
            found = tuple(_try(desk, wanted, to, label) for label, to in moved if to is not None)
            return (found,) if found else ()
        case "option" | "language":
            options = wanted.info.options or texts().languages
            return in_rows([_try(desk, wanted, o, text=word(heard, "option", o)) for o in options if o != value])
        case "several":
            return in_rows([_flip(heard, desk, wanted, value, o) for o in wanted.info.options])
        case "order":
            return tuple(_order_row(heard, desk, wanted, value, o) for o in wanted.info.options)
        case "zone":
            return in_rows([_try(desk, wanted, zone, text=zone) for zone in ZONES if zone != value])
        case "text":
            return ((Choice("rules.write", (desk.id, wanted.name), "change"),),)
    return ()


def _try(desk: Department, wanted: Setting, to: Any, label: str = "", text: str = "") -> Choice:
    return Choice("rules.try", (desk.id, wanted.name, packed(to)), label, text)


def _flip(heard: Heard, desk: Department, wanted: Setting, value: tuple[str, ...], option: str) -> Choice:
    name = word(heard, "option", option)
    return _try(desk, wanted, toggled(wanted, value, option), text=f"{'✓' if option in value else '·'} {name}")


def _order_row(
    heard: Heard, desk: Department, wanted: Setting, value: tuple[str, ...], channel: str
) -> tuple[Choice, ...]:
    """A channel that is on may rise or be left out; one that is off may come back."""
    name = word(heard, "channel", channel)
    flip = _try(desk, wanted, toggled(wanted, value, channel), text=f"{'✓' if channel in value else '·'} {name}")
    if channel not in value or value[0] == channel:
        return (flip,)
    return (flip, _try(desk, wanted, raised(value, channel), text=f"↑ {name}"))


def _back_to_default(desk: Department, wanted: Setting, value: Any) -> Rows:
    if wanted.ours or wanted.kind == "text" or value == wanted.default:
        return ()
    return ((_try(desk, wanted, wanted.default, "by_default"),),)


def back_to(desk: Department, wanted: Setting) -> Choice:
    return Choice("rules.page", (desk.id, wanted.name), "back")


def refusal(desk: Department, wanted: Setting, typed: str, error: BadValue) -> Say:
    """Why a value cannot be; what is possible; the question stays open."""
    low, high = bounds(wanted)
    possible = texts().languages if wanted.kind == "language" else wanted.info.options
    options = RuleValue("order" if wanted.kind == "order" else "several", items=possible) if possible else None
    kind = "pair" if pair_with(wanted.name) and error.why == "unreadable" else wanted.kind
    message = SettingRefused(wanted.name, echo(typed), error.why, low, high, options, error.other, kind)
    return Say(message=message, ask=question_of(wanted), facts={"rule": wanted.name, "desk": desk.id})


def thawed(wanted: Setting, stored: Any) -> Any:
    return str(stored) if wanted.ours else thaw(wanted.default, stored)
