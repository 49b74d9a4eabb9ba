"""/modeles: every message as an admin sees it: its words, its facts, how it reads; changed, switched off
and restored while the desk runs.

Words hold for one desk, one language, and one channel or all of them. What a message's file says stays underneath and
is what leaves when an admin's words turn out to be unfit.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from bot.core.conversation import Choice, Heard, Rows, Say, echo
from bot.core.finding import Named, find
from bot.core.markup import segments, to_plain, to_sms
from bot.core.messages import (
    CATALOGUE,
    EX_LENT,
    Message,
    SettingUnknown,
    TextAsked,
    TextPage,
    TextRefused,
    TextsGroup,
    TextsMenu,
    may_be_off,
)
from bot.core.people import Department, Role
from bot.store import Tx
from bot.texts import Reader, placeholders
from handlers.buttons import in_rows, page_among, texts, tongue, turns, word
from handlers.rights import admin_desks, name_of, pressed_desk, refused, who
from handlers.rule_pages import which_desk
from handlers.toasts import toast

PER_PAGE = 8
KINDS: dict[str, tuple[str, ...]] = {
    "reminder": ("reminder", "overdue"), "notice": ("notice",), "answer": ("answer",), "staff": ("staff",),
    "toast": ("toast",),
}  # fmt: skip
EVERY = "all"  # all channels, in a button: an empty argument would be easy to overlook
BY_SMS = ("", "sms")


# --- finding a message ---------------------------------------------------------------------------


def show_texts(tx: Tx, heard: Heard, words: str) -> list[Say]:
    """/modeles; /modeles reminder_day_1, /modeles rappel de la veille."""
    desks = admin_desks(tx, heard)
    if not desks:
        return refused(heard, Role.ADMIN)
    if len(desks) > 1:
        return [which_desk(desks, "texts.menu")]
    if not words.strip():
        return [_menu(tx, heard, desks[0])]
    names = [
        Named(n, f"{n.replace('_', ' ')} {texts().message_name(n, tongue(heard))}", n) for n in CATALOGUE if _kind(n)
    ]
    found = find(words, names)
    if found.one is not None:
        return [_page(tx, heard, desks[0], Place(found.one, tongue(heard), ""))]
    near = (found.sure or found.near)[:PER_PAGE]
    buttons = in_rows([_open(heard, desks[0], name, tongue(heard), "") for name in near], 1)
    return [Say(message=SettingUnknown(echo(words), text=True), choices=buttons)]


def menu(tx: Tx, heard: Heard, choice: Choice) -> list[Say]:
    desk = pressed_desk(tx, heard, choice)
    return refused(heard, Role.ADMIN) if desk is None else [_menu(tx, heard, desk, replace=True)]


def _menu(tx: Tx, heard: Heard, desk: Department, *, replace: bool = False) -> Say:
    ours = [entry for (department_id, *_), entry in tx.wordings.all().items() if department_id == desk.id]
    off = sum(not entry.enabled for entry in ours)
    kinds = [Choice("texts.group", (desk.id, kind, 1), text=word(heard, "text_kind", kind)) for kind in KINDS]
    back = ((Choice("rules.menu", (desk.id,), "to_menu"),),)
    message = TextsMenu(desk.name, len(ours) - off, off)
    return Say(message=message, choices=(*in_rows(kinds), *back), replace=replace)


def group(tx: Tx, heard: Heard, choice: Choice) -> list[Say]:
    """A kind of messages, a page at a time."""
    desk = pressed_desk(tx, heard, choice)
    if desk is None:
        return refused(heard, Role.ADMIN)
    kind = str(choice.args[1])
    names = [name for name, cls in CATALOGUE.items() if cls.about in KINDS[kind]]
    page, pages = page_among(len(names), max(1, int(choice.args[2])), PER_PAGE)
    here = names[(page - 1) * PER_PAGE : page * PER_PAGE]
    found = in_rows([_open(heard, desk, name, tongue(heard), "") for name in here], 1)
    turning = [turn for row in turns("texts.group", page, pages, desk.id, kind) for turn in row]
    last = (*turning, Choice("texts.menu", (desk.id,), "back"))
    return [Say(message=TextsGroup(kind, len(names), page, pages), choices=(*found, last), replace=True)]


def _open(heard: Heard, desk: Department, name: str, language: str, channel: str, label: str = "") -> Choice:
    text = label or texts().message_name(name, tongue(heard))
    return Choice("texts.page", (desk.id, name, language, channel or EVERY), text=text)


# --- one message ---------------------------------------------------------------------------------


def page(tx: Tx, heard: Heard, choice: Choice) -> list[Say]:
    desk = pressed_desk(tx, heard, choice)
    return refused(heard, Role.ADMIN) if desk is None else [_page(tx, heard, desk, _place(choice), replace=True)]


class Place(NamedTuple):
    """Whose words: a message's, in one language, on one channel ("": on all that have none of their own)."""

    message: str
    language: str
    channel: str


def _place(choice: Choice) -> Place:
    """The place a button is about. Raises KeyError for an unknown message or language."""
    name, language, channel = (str(arg) for arg in choice.args[1:4])
    if name not in CATALOGUE or language not in texts().languages:
        raise KeyError(name)
    return Place(name, language, "" if channel == EVERY else channel)


def _place_in(facts: Mapping[str, Any]) -> Place:
    return Place(str(facts["message"]), str(facts["language"]), str(facts["channel"]))


def _page(
    tx: Tx, heard: Heard, desk: Department, place: Place, *, done: str = "", replace: bool = False, act: int = 0
) -> Say:
    name, language, channel = place
    entry = tx.wordings.entry(desk.id, *place)
    ours = tx.wordings.words(desk.id, *place)
    example = CATALOGUE[name](**CATALOGUE[name].example)
    shown = _filled(example, desk, language, channel, ours)
    message = TextPage(
        name, language, channel, ours or texts().source(name, language, channel).strip(), shown,
        facts=placeholders(name), changed=entry is not None, off=tx.wordings.is_off(desk.id, name, channel),
        approved=channel in ("", "whatsapp") and _is_approved(example, desk, language),
        segments=segments(to_sms(shown))[0] if channel in BY_SMS and _to_people(name) else 0,
        by=name_of(heard) if done else entry.who if entry else "", at=entry.changed_at if entry else None, done=done,
    )  # fmt: skip
    return Say(message=message, choices=_buttons(tx, heard, desk, message, act), replace=replace)


def _filled(example: Message, desk: Department, language: str, channel: str, ours: str | None) -> str:
    """The words as the example's reader would see them."""
    words = texts().render(example, Reader(language, channel or "telegram", desk.zone), EX_LENT, override=ours)
    return to_plain(words.text)


def _is_approved(example: Message, desk: Department, language: str) -> bool:
    return texts().content(example, language=language, zone=desk.zone, now=EX_LENT) is not None


def _kind(name: str) -> str:
    """The menu a message is listed in; none for what no person reads."""
    return next((kind for kind, abouts in KINDS.items() if CATALOGUE[name].about in abouts), "")


def _to_people(name: str) -> bool:
    return CATALOGUE[name].about not in ("staff", "toast")


def _buttons(tx: Tx, heard: Heard, desk: Department, shown: TextPage, act: int) -> Rows:
    name, language, channel = shown.message, shown.language_, shown.channel_
    place = (desk.id, name, language, channel or EVERY)
    rows: list[tuple[Choice, ...]] = [(Choice("texts.undo", (desk.id, act), "undo_change"),)] if act else []
    change = (Choice("texts.write", place, "change"),)
    rows.append((*change, Choice("texts.restore", place, "restore")) if shown.changed else change)
    if may_be_off(name):
        rows.append((Choice("texts.switch", (*place, int(shown.off)), "switch_on" if shown.off else "switch_off"),))
    others = [other for other in texts().languages if other != language]
    rows.append(tuple(_open(heard, desk, name, other, channel, word(heard, "option", other)) for other in others))
    if _to_people(name):
        channels = [c for c in ("", *tx.roads) if c != channel]
        named = [_open(heard, desk, name, language, c, word(heard, "channel", c or "every")) for c in channels]
        rows += in_rows(named, 3)
    kind = _kind(name)
    return (*(row for row in rows if row), (Choice("texts.group", (desk.id, kind, 1), "back"),))


# --- changing it ---------------------------------------------------------------------------------


def write(tx: Tx, heard: Heard, choice: Choice) -> list[Say]:
    """[Modifier]: the new words, please."""
    desk = pressed_desk(tx, heard, choice)
    if desk is None:
        return refused(heard, Role.ADMIN)
    place = _place(choice)
    asked = TextAsked(place.message, placeholders(place.message))
    return [Say(message=asked, ask="wording", facts={"desk": desk.id, **place._asdict()})]


def typed_words(tx: Tx, heard: Heard, facts: dict[str, Any]) -> list[Say]:
    """The new words: tried with the example, and live at once when they are fit."""
    desk = next((d for d in admin_desks(tx, heard) if d.id == facts["desk"]), None)
    if desk is None:
        return refused(heard, Role.ADMIN)
    place = _place_in(facts)
    wrong = texts().check_override(place.message, heard.text, tongue(heard))
    if wrong is not None:
        return [Say(message=TextRefused(place.message, wrong), ask="wording", facts=facts)]
    act = _set(tx, heard, desk, place, heard.text.strip())
    return [_page(tx, heard, desk, place, done="changed", act=act)]


def restore(tx: Tx, heard: Heard, choice: Choice) -> list[Say]:
    """[Texte d'origine]"""
    desk = pressed_desk(tx, heard, choice)
    if desk is None:
        return refused(heard, Role.ADMIN)
    place = _place(choice)
    act = _set(tx, heard, desk, place, None)
    return [toast("noted"), _page(tx, heard, desk, place, done="restored", replace=True, act=act)]


def undo(tx: Tx, heard: Heard, choice: Choice) -> list[Say]:
    """[Annuler le changement]: the words from before, unless somebody has changed them since."""
    desk, act = pressed_desk(tx, heard, choice), tx.audit.get(int(choice.args[1]))
    if desk is None or act is None or act.department_id != desk.id or not act.what.startswith("text:"):
        return refused(heard, Role.ADMIN)
    place = _place_in(act.facts)
    newest = tx.audit.last(desk.id, act.what)
    if newest is None or newest.id != act.id:
        return [_page(tx, heard, desk, place, replace=True)]
    _set(tx, heard, desk, place, act.facts["was"])
    return [toast("noted"), _page(tx, heard, desk, place, done="undone", replace=True)]


def _set(tx: Tx, heard: Heard, desk: Department, place: Place, words: str | None) -> int:
    """Override the words, or restore the file's with None; the number of this act."""
    return tx.wordings.change((desk.id, *place), words, who=who(heard), name=name_of(heard))


def switch(tx: Tx, heard: Heard, choice: Choice) -> list[Say]:
    """[Ne plus envoyer], [Envoyer de nouveau]: each undoes the other."""
    desk, on = pressed_desk(tx, heard, choice), bool(choice.args[4])
    place = _place(choice)
    if desk is None or not may_be_off(place.message):
        return refused(heard, Role.ADMIN)
    for where in {"", place.channel} if on else {place.channel}:
        tx.wordings.switch(desk.id, place.message, where, name_of(heard), on=on)
    tx.audit.note(who(heard), f"switch:{place.message}"[:64], desk.id, channel=place.channel, on=on)
    return [toast("noted"), _page(tx, heard, desk, place, done="on" if on else "off", replace=True)]
