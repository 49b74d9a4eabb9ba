"""Receipts of providers for our messages, and events of chats (blocked, joined, migrated)."""

from __future__ import annotations

from bot.core.conversation import Say
from bot.core.delivery import ARRIVED, LATER_DEFAULT, Later, Outcome, Refused, State, WindowClosed, told_of
from bot.core.inbound import Inbound, Receipt
from bot.core.people import AddressState, Consent
from bot.store import Tx
from handlers.lost_groups import group_back, group_lost
from handlers.onward import first_look, look, onward

MOVED = "moved:"  # prefix of the stored pair: a group's former chat id → its present one
GOOD: dict[str, State] = {"sent": State.SENT, "delivered": State.DELIVERED, "read": State.READ}


def note_receipt(tx: Tx, receipt: Receipt, outcome: Outcome) -> bool:
    """Apply a receipt; False when it is about no message of ours. Receipts only raise a rank, in whatever order.

    outcome: what the channel makes of a failed receipt's code.
    """
    row = tx.outbox.find(receipt.channel, receipt.provider_id, receipt.outbox_ref)
    if row is None:
        return False
    if receipt.status != "failed":
        state = GOOD[receipt.status]
        look_at = first_look(tx, row) if state is State.SENT and tx.outbox.rises(row, state) else None
        tx.outbox.raise_rank(row, state, receipt.provider_id, look_at=look_at)
        if state in ARRIVED and row.channel == "whatsapp" and row.address_state not in (None, AddressState.LIVE):
            tx.people.set_state(row.address_id, AddressState.LIVE)
        return True
    if row.doubts and row.provider_id not in (None, receipt.provider_id):
        return True  # an earlier attempt, whose answer was lost, has failed after all: a later one was taken
    if not tx.outbox.raise_rank(row, State.DEAD, receipt.provider_id, told_of(outcome, receipt.code)):
        return True
    if isinstance(outcome, Later) and outcome.whole_sender:
        tx.pace.block(f"{row.channel}:{tx.roads.get(row.channel, '')}", outcome.after or LATER_DEFAULT)
    # Who has written since then has blocked nobody, and their number lives: a receipt may come hours late.
    if row.address_id is None or not tx.people.wrote_since(row.address_id, row.sent_at or row.created_at):
        note_refusal(tx, row.address_id, row.channel, outcome)
    onward(tx, tx.outbox.row(row.id), outcome)
    return True


def note_look(tx: Tx, row_id: int, receipt: Receipt | None, outcome: Outcome) -> None:
    """The provider was asked about a message it took and never spoke of again. `receipt`: what it says now, None when
    it cannot tell; `outcome`: what a failure comes to."""
    if receipt is not None:
        note_receipt(tx, receipt, outcome)
    row = tx.undelivered.get(row_id)
    if row is not None and row.state == State.SENT:
        look(tx, row)
    elif row is not None:
        tx.undelivered.look_again(row_id, None)


def note_refusal(tx: Tx, address_id: int | None, channel: str, outcome: Outcome) -> None:
    """What a refusal says about the address: dead, blocked by its holder, or outside the 24 hours."""
    if address_id is None:
        return
    match outcome:
        case Refused(about="consent", code=code):
            tx.people.set_consent(address_id, Consent.REFUSED, f"provider code {code}")
        case Refused(about="address", code=code):
            blocked = channel == "telegram" or code in ("63014", "63033", "30004")
            tx.people.set_state(address_id, AddressState.BLOCKED if blocked else AddressState.DEAD)
        case WindowClosed():
            tx.people.close_window(tx.roads.get(channel, ""), address_id)
        case _:
            return


# --- what people do to their chat with us ----------------------------------------------------------


def note_event(tx: Tx, said: Inbound) -> list[Say]:
    """Blocked, unblocked, joined, left, migrated: state follows both ways; nobody is answered."""
    known = tx.people.find_address(said.channel, said.address)
    if said.event == "migrated" and said.migrated_to:
        move_group(tx, said.chat, said.migrated_to)
    elif said.event == "blocked" and known is not None and not said.group:
        tx.people.set_state(known.id, AddressState.BLOCKED)
    elif said.event == "unblocked" and known is not None and not said.group:
        tx.people.set_state(known.id, AddressState.LIVE)
    elif said.event == "left" and (desk := tx.departments.of_chat(said.chat)) is not None:
        group_lost(tx, desk, "gone")
    elif said.event == "joined" and (desk := tx.departments.of_chat(said.chat)) is not None:
        group_back(tx, desk)
    return []


def move_group(tx: Tx, old: str, new: str) -> None:
    """A group became a supergroup: settings, staff rights and what waits follow; its old cards begin anew."""
    desk = tx.departments.of_chat(old)
    if desk is None:
        return
    tx.departments.change(desk.id, chat=new)
    tx.runs.note(f"{MOVED}{old}", new)
    tx.outbox.move_chat(old, new)
    tx.cards.move_chat(old, new)
