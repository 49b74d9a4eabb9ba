"""/fermeture: the desk knows when it is shut; the due times of that period move to the first days after it, one message
per person, with undo."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from bot.core.closure import Closure, closures, moves, read_closure
from bot.core.conversation import Choice, Heard, Rows, Say
from bot.core.messages import Closing, Closures, Period, Usage
from bot.core.people import Department, Role
from bot.store import Tx
from bot.store.audit import Act
from bot.store.bulk import Bulk, Slice
from handlers.buttons import texts, tongue
from handlers.closure_moves import (
    SHOWN,
    SLICE,
    begin,
    days_of,
    facts_of,
    line_of,
    move_slice,
    moved_in,
    period_of,
    result,
    undo_of,
    undo_slice,
)
from handlers.rights import name_of, pressed_desk, refused, who
from handlers.toasts import toast, too_late

# --- what would move -------------------------------------------------------------------------------


def closure(tx: Tx, heard: Heard, words: str) -> list[Say]:
    """/fermeture 24/12 → 02/01: who would get which date; alone, the closures to come. All staff may look; an admin
    says go."""
    desk = heard.department
    now = heard.at.astimezone(desk.zone)
    shut = read_closure(words, now=now, language=desk.language) if words.strip() else None
    known = closures(desk.rules.closures, now.date())
    if shut is None:
        return [Say(message=Usage("closure")) if words.strip() or not known else _list(heard, known)]
    loans, people = _due(tx, desk, shut)
    if not loans and shut in known:
        return [Say(message=_page(desk, shut, "noted"))]
    begins, ends = shut.begins(desk.zone), shut.ends(desk.zone)
    soonest = tx.loans.due_between(desk.id, begins, ends, SHOWN)
    shown = tuple(line_of(m) for m in moves(soonest, shut, desk.rules, desk.zone, people=people))
    message = Closing(*days_of(desk, shut), shown, people, count=loans)
    return [Say(message=message, choices=_offered(desk, shut, loans), department_id=desk.id)]


def _due(tx: Tx, desk: Department, shut: Closure) -> tuple[int, int]:
    """How many loans are due in the period, and of how many people."""
    period = shut.begins(desk.zone), shut.ends(desk.zone)
    return tx.loans.count_due(desk.id, *period), tx.loans.people_due(desk.id, *period)


def _page(desk: Department, shut: Closure, state: str, **values: Any) -> Closing:
    """Without a line for each loan."""
    return Closing(*days_of(desk, shut), (), 0, state=state, **values)


def _list(heard: Heard, known: Sequence[Closure]) -> Say:
    """The closures to come, each with a button that takes it back."""
    desk, reopen = heard.department, texts().label("reopen", tongue(heard))
    lift = tuple((Choice("closure.lift", _packed(desk, s), text=f"{reopen} ({s.first:%d/%m})"),) for s in known)
    return Say(message=Closures(tuple(Period(*days_of(desk, shut)) for shut in known)), choices=lift)


def _offered(desk: Department, shut: Closure, loans: int) -> Rows:
    what = _packed(desk, shut)
    note = Choice("closure.note", what, "note_only" if loans else "note_closure")
    leave = Choice("closure.leave", what, "never_mind")
    return ((Choice("closure.move", what, "move"),), (note, leave)) if loans else ((note, leave),)


def _packed(desk: Department, shut: Closure) -> tuple[int, int, int]:
    return desk.id, shut.first.toordinal(), shut.last.toordinal()


def _pressed(choice: Choice) -> Closure:
    """The period a button carries. Raises ValueError, OverflowError for what is no date."""
    return Closure(date.fromordinal(int(choice.args[1])), date.fromordinal(int(choice.args[2])))


def leave(tx: Tx, heard: Heard, choice: Choice) -> list[Say]:
    """[Laisser tomber]"""
    desk = pressed_desk(tx, heard, choice)
    if desk is None:
        return refused(heard, Role.ADMIN)
    return [Say(message=_page(desk, _pressed(choice), "left"), replace=True)]


# --- moving --------------------------------------------------------------------------------------


def move(tx: Tx, heard: Heard, choice: Choice) -> list[Say]:
    """[Déplacer et prévenir]: what is due in the period now, whatever the preview showed."""
    desk = pressed_desk(tx, heard, choice)
    if desk is None:
        return refused(heard, Role.ADMIN)
    desk, shut = tx.departments.hold(desk.id), _pressed(choice)  # a colleague may be pressing it in this moment
    loans, people = _due(tx, desk, shut)
    if not loans or any(period_of(one.facts) == shut for one in tx.bulks.of(desk.id, "closure")):
        return [too_late()]
    act = _close(tx, heard, desk, shut)
    asked = _asked(heard, desk, shut, "closure", act=act, people=people)
    if loans > SLICE:
        page = _page(desk, shut, "moving", by=asked.by, count=loans)
        return _left_to_the_clock(tx, asked, page, undo_of(desk.id, act))
    return _at_once(tx, asked, move_slice(tx, asked))


def note(tx: Tx, heard: Heard, choice: Choice) -> list[Say]:
    """[Noter la fermeture], [Noter sans déplacer]: the desk knows that it is shut, due times stay."""
    desk = pressed_desk(tx, heard, choice)
    if desk is None:
        return refused(heard, Role.ADMIN)
    desk, shut = tx.departments.hold(desk.id), _pressed(choice)
    if shut.stored() in desk.rules.closures:
        return [too_late()]
    act = _close(tx, heard, desk, shut)
    page = _page(desk, shut, "noted", by=name_of(heard))
    return [toast("changed"), Say(message=page, choices=undo_of(desk.id, act), replace=True)]


def _close(tx: Tx, heard: Heard, desk: Department, shut: Closure) -> int:
    """Remember the period; the number of the act, by which it is taken back."""
    _remember(tx, desk, shut, closed=True)
    return tx.audit.note(who(heard), "closure", desk.id, **facts_of(shut))


def _remember(tx: Tx, desk: Department, shut: Closure, *, closed: bool) -> None:
    """Beside the others, to which somebody may be adding in this moment; those that are over are dropped."""
    desk = tx.departments.hold(desk.id)
    known, today = {*desk.rules.closures} - {shut.stored()}, tx.now.astimezone(desk.zone).date()
    periods = closures(known | {shut.stored()} if closed else known, today)
    tx.departments.set_rule(desk.id, "closures", tuple(one.stored() for one in periods))


def _asked(heard: Heard, desk: Department, shut: Closure, kind: str, **facts: int) -> Bulk:
    return Bulk(kind, desk.id, who(heard), name_of(heard), begin(shut, f"in:{heard.letter_id}:{kind}", **facts))


def _at_once(tx: Tx, asked: Bulk, done: Slice) -> list[Say]:
    message, choices = result(tx, asked, done.facts)
    word = toast("extend" if done.facts["moved"] else "changed")
    return [word, Say(message=message, choices=choices, replace=True), *done.says]


def _left_to_the_clock(tx: Tx, asked: Bulk, page: Closing, choices: Rows = ()) -> list[Say]:
    tx.bulks.ask(asked)
    return [toast("noted"), Say(message=page, choices=choices, replace=True)]


# --- opening after all ---------------------------------------------------------------------------


def undo(tx: Tx, heard: Heard, choice: Choice) -> list[Say]:
    """[Annuler]: the desk is open after all, and what was moved goes back to the old dates, as far as they are still to
    come and nobody has changed the new ones. Nothing more is moved."""
    desk = pressed_desk(tx, heard, choice)
    act = tx.audit.get(int(choice.args[1])) if desk is not None else None
    if desk is None or act is None or act.department_id != desk.id or act.what != "closure":
        return refused(heard, Role.ADMIN)
    desk = tx.departments.hold(desk.id)
    shut, moving = period_of(act.facts), _under_way(tx, desk, "closure", act)
    moved = moved_in(tx, desk.id, act.id)
    news = moving or moved.back or shut.stored() in desk.rules.closures
    if not news or _under_way(tx, desk, "closure_undo", act):
        return [too_late()]
    for one in moving:
        tx.bulks.done(one)
    tx.audit.note(who(heard), "closure_undone", desk.id, closure=act.id)
    _remember(tx, desk, shut, closed=False)
    asked = _asked(heard, desk, shut, "closure_undo", act=act.id, after=act.id)
    if moved.more or moving:
        return _left_to_the_clock(tx, asked, _page(desk, shut, "opening", by=asked.by))
    return _at_once(tx, asked, undo_slice(tx, asked))


def _under_way(tx: Tx, desk: Department, kind: str, act: Act) -> list[Bulk]:
    return [one for one in tx.bulks.of(desk.id, kind) if one.facts["act"] == act.id]


def lift(tx: Tx, heard: Heard, choice: Choice) -> list[Say]:
    """[Rouvrir] in the list: the desk is open after all; due times stay where they are."""
    desk = pressed_desk(tx, heard, choice)
    if desk is None:
        return refused(heard, Role.ADMIN)
    desk, shut = tx.departments.hold(desk.id), _pressed(choice)
    if shut.stored() not in desk.rules.closures:
        return [too_late()]
    tx.audit.note(who(heard), "closure_lifted", desk.id, **facts_of(shut))
    _remember(tx, desk, shut, closed=False)
    return [toast("changed"), Say(message=_page(desk, shut, "undone", by=name_of(heard)), replace=True)]
