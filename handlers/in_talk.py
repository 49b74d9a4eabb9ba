"""Whether the desk and a person are in a conversation that somebody of the team reads."""

from __future__ import annotations

from datetime import timedelta

from bot.core.conversation import Heard
from bot.store import Tx

# "Dites-nous ici où et à qui", "votre message est transmis", a refusal: what comes after these in words of its own is
# for them.
READ_BY_THE_TEAM = frozenset(
    {
        "staff_answer", "return_contested", "return_problem", "payment_not_found", "contact_person", "problem_noted",
        "payment_declared", "payment_undone", "dispute_noted", "photo_asked", "request_refused", "extension_refused",
    }
)  # fmt: skip
ASKS_FOR_IT = frozenset({"reminder_2h", "reminder_day_1", "reminder_day_2", "reminder_due_day", "reminders", "overdue"})
LASTS = timedelta(days=1)
DAYS_LATER = timedelta(days=7)  # people answer a reminder when they come to it


def was_asked(tx: Tx, heard: Heard, by: frozenset[str] = READ_BY_THE_TEAM, *, within: timedelta = LASTS) -> bool:
    """Whether the desk's last words to this person were the team's, or a question that only a person reads."""
    last = tx.reports.last_said(heard.contact.id, heard.department.id, 1)
    return any(line.message in by and heard.at - line.at < within for line in last)
