"""What only a person can do now: a card for staff."""

from __future__ import annotations

from typing import Any

from bot.core.conversation import Say, To
from bot.core.messages import StaffTask, message_from
from bot.core.people import phone_shown
from bot.store import Tx
from bot.store.saying import Cause

NEEDS_A_CALL = frozenset({"overdue", "notice", "reminder"})


def tell_staff(tx: Tx, row: Any, why: str) -> None:
    """A message to a borrower that found no road becomes a task for staff, not silence. Once for each row; once for
    each loan when it left and nothing says that it arrived: that happens every day."""
    about, contact_id, department_id = row.about, row.contact_id, row.department_id
    if about not in NEEDS_A_CALL or contact_id is None or department_id is None:
        return
    person = tx.people.get(contact_id)
    phone = next((phone_shown(a.value) for a in tx.people.addresses(contact_id) if a.value.startswith("+")), "")
    task = StaffTask(person.name, row.message, why, _item(row), phone)
    say = Say(message=task, to=To.STAFF, department_id=department_id, key=_key(row, why))
    tx.speech.say(say, Cause("clock"))


def _key(row: Any, why: str) -> str:
    loans = [row.loan_id] if row.loan_id else row.loan_ids or []
    return f"task:{why}:{loans[0]}" if why == "undelivered" and loans else f"task:{row.id}"


def _item(row: Any) -> str:
    stored = row.facts or {}
    message = message_from(row.message, stored) if stored else None
    lines = getattr(message, "lines", ())
    return str(getattr(message, "item", "") or ", ".join(line.item for line in lines))
