"""What the clock or another system began, and that waited through quiet hours or a pause while people went on."""

from __future__ import annotations

from datetime import datetime

from bot.core.delivery import State, Stop
from bot.core.messages import ConfirmReturn, Escalation, HoldReady, LoanCreated, StaffNudge
from bot.store import Tx
from bot.store.outbox_rows import Sending

# Message → the states of its loan in which it is still true.
TRUE_WHILE = {
    LoanCreated.name: ("active",),
    ConfirmReturn.name: ("active",),
    Escalation.name: ("active",),
    StaffNudge.name: ("requested", "return_declared"),
}


def overtaken(tx: Tx, row: Sending) -> tuple[Sending, Stop | None]:
    """The row as it is true now; or why it is not said any more."""
    if row.begun_by == "person":
        return row, None
    if row.card and row.op in ("send", "edit") and _card_moved_on(tx, row, row.card):
        return row, Stop(State.SUPERSEDED, "a later card says what is true now")
    if row.message == HoldReady.name:
        return row, None if _still_kept(tx, row) else Stop(State.CANCELLED, "it is kept for this person no more")
    return _of_its_loan(tx, row)


def _card_moved_on(tx: Tx, row: Sending, card: str) -> bool:
    return tx.outbox.left_on_card(row) if row.loan_id else tx.cards.shown_since(row.chat, card, row.created_at)


def _still_kept(tx: Tx, row: Sending) -> bool:
    item = tx.items.by_code(str(row.facts.get("code")))
    kept = tx.holds.ready_of(item.id) if item is not None else None
    return kept is not None and kept.contact_id == row.contact_id


def _of_its_loan(tx: Tx, row: Sending) -> tuple[Sending, Stop | None]:
    loan = row.loans.get(row.loan_id) if row.loan_id else None
    if loan is None or row.message not in TRUE_WHILE:
        return row, None
    if loan.state not in TRUE_WHILE[row.message]:
        return row, Stop(State.CANCELLED, "the loan has moved on")
    told = row.facts.get("due_at")
    if not isinstance(told, str) or datetime.fromisoformat(told) == loan.due_at:
        return row, None
    if row.message == Escalation.name:
        return row, Stop(State.SUPERSEDED, "the due time has moved")
    fresh = {**row.facts, "due_at": loan.due_at.isoformat()}
    tx.outbox.shorten(row.id, fresh)
    return row.changed(facts=fresh), None
