"""Loans that ran before the desk did, or of which a restored desk knows too little: silent until staff agree."""

from __future__ import annotations

from typing import Any

from bot.core.conversation import Choice, Heard, Rows, Say, To
from bot.core.messages import PreviewLine, SwitchOn
from bot.core.people import Department
from bot.core.schedule import after_quiet
from bot.core.stamps import at_stamp, stamp_of
from bot.store import Tx
from bot.store.bulk import Bulk, Slice
from bot.store.tables import FIRST
from handlers.planning import replan, wanted_steps, zone_of
from handlers.rights import is_staff, name_of, refused, who
from handlers.toasts import toast, too_late

KIND = "switch_on"
PREVIEWED = 10
SLICE = 50  # loans that are planned in one transaction: some tens of ms for which everybody else waits


def switch_on_card(tx: Tx, desk: Department) -> Say | None:
    """Who would get what, until staff say go. None when nothing is held."""
    held, late = tx.loans.count_held(desk.id)
    if not held:
        return None
    lines = []
    for loan in tx.loans.held(desk.id, PREVIEWED):
        step = wanted_steps(tx, loan, resume=True)[0]
        at = after_quiet(max(step.at, tx.now), desk.rules, zone_of(tx, loan))
        lines.append(PreviewLine(loan.borrower, loan.item, step.name, at))
    card = SwitchOn(held, late, tuple(lines))
    go = (Choice("desk.go", (desk.id,), "go"),)
    return Say(message=card, to=To.STAFF, department_id=desk.id, choices=(go,), card=f"switch_on:{desk.id}")


def go(tx: Tx, heard: Heard, choice: Choice) -> list[Say]:
    """[Lancer les messages]: what was held is planned from now on. Many are left to the clock."""
    department_id = int(choice.args[0])
    if not is_staff(tx, heard, department_id):
        return refused(heard)
    tx.departments.hold(department_id)  # a colleague may be pressing it in this moment
    held, late = tx.loans.count_held(department_id)
    if not held or tx.bulks.of(department_id, KIND):  # somebody pressed before
        return [too_late()]
    facts = {"key": f"in:{heard.letter_id}:{KIND}", "loans": held, "late": late, "done": 0}
    asked = Bulk(KIND, department_id, who(heard), name_of(heard), facts)
    if held <= SLICE:
        message, _ = result(tx, asked, go_slice(tx, asked).facts)
    else:
        tx.bulks.ask(asked)
        message = SwitchOn(held, late, (), "begun", name_of(heard))
    shown = Say(
        message=message, to=To.STAFF, department_id=department_id, card=f"switch_on:{department_id}", replace=True
    )
    return [toast("started"), shown]


def go_slice(tx: Tx, asked: Bulk) -> Slice:
    """The next of them, the soonest due first."""
    facts = asked.facts
    after = (at_stamp(facts["due"]), facts["after"]) if "due" in facts else FIRST
    held = tx.loans.held(asked.department_id, SLICE, after)
    for loan in held:
        replan(tx, tx.loans.change(loan.id, held=False), "switched on", resume=True)
    came_to = {"due": stamp_of(held[-1].due_at), "after": held[-1].id} if held else {}
    return Slice({**facts, **came_to, "done": facts["done"] + len(held)}, (), over=len(held) < SLICE)


def result(tx: Tx, asked: Bulk, facts: dict[str, Any], *, stopped: bool = False) -> tuple[SwitchOn, Rows]:
    """That the messages leave; where it could not be done to its end, what is still held, with the button again."""
    rest = switch_on_card(tx, tx.departments.get(asked.department_id)) if stopped else None
    if rest is not None and isinstance(rest.message, SwitchOn):
        return rest.message, rest.choices
    return SwitchOn(facts["done"], facts["late"], (), "started", asked.by), ()
