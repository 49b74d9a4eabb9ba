"""The waiting list at lending and return: a free item goes to the next in line."""

from __future__ import annotations

from bot.core.conversation import Heard, Say, To
from bot.core.items import ItemState
from bot.core.loans import Loan
from bot.core.messages import HoldCard, HoldDelayed, HoldEnded, HoldReady
from bot.core.opening import kept_until
from bot.core.people import Department
from bot.store import Tx
from bot.store.holds import Hold
from bot.store.items import ItemRow
from handlers.in_talk import was_asked
from handlers.showing import lend_button, phone_of

OFFERS = frozenset({"hold_ready"})


def kept_for_another(tx: Tx, item_id: int, contact_id: int) -> Hold | None:
    """The hold of somebody else for whom the item is put aside."""
    found = tx.holds.ready_of(item_id)
    return found if found is not None and found.contact_id != contact_id else None


def awaited(tx: Tx, item_id: int, contact_id: int) -> bool:
    """Whether somebody else waits for the item."""
    return any(h.contact_id != contact_id for h in tx.holds.line(item_id))


def lent(tx: Tx, item_id: int, contact_id: int) -> None:
    """The item goes out: who stood in line for it has it; who it was kept for instead waits on, at the same place."""
    for found in tx.holds.line(item_id):
        if found.contact_id == contact_id:
            tx.holds.close(found, "taken")
        elif found.ready:
            tx.holds.wait_again(found)


def next_in_line(tx: Tx, item_id: int) -> tuple[Hold, Say] | None:
    """Keep a free item for the next in line, with the words for them; None when it is not free or nobody waits."""
    item = tx.items.get(item_id)
    item = tx.items.hold(item) if item is not None else None
    line = tx.holds.line(item_id)
    if item is None or item.state is not ItemState.AVAILABLE or tx.loans.open_of_item(item_id) is not None:
        return None
    if not line or line[0].ready:
        return None
    desk = tx.departments.get(line[0].department_id)
    found = tx.holds.keep_for(line[0], kept_until(tx.now, desk.rules, desk.zone))
    return found, _ready(found, desk)


def offered(tx: Tx, heard: Heard) -> ItemRow | None:
    """The thing that waits for them, where the desk's last words said so."""
    ready = [hold for hold in tx.holds.of(heard.contact.id) if hold.ready] if was_asked(tx, heard, OFFERS) else []
    return tx.items.get(ready[0].item_id) if ready else None


def _ready(found: Hold, desk: Department) -> Say:
    assert found.expires_at is not None
    message = HoldReady(found.item, found.code, found.expires_at, desk.place, desk.contact_line)
    return Say(
        message=message, to=To.CONTACT, contact_id=found.contact_id, department_id=desk.id, window_end=found.expires_at
    )  # to somebody who paused, it would come when the item is no longer kept


def free_again(tx: Tx, item_id: int) -> list[Say]:
    """The item came back: the next in line is told. Its own card tells staff."""
    found = next_in_line(tx, item_id)
    return [found[1]] if found else []


def free_after_all(tx: Tx, item_id: int) -> list[Say]:
    """The item is free without a return (repaired, found, lent by mistake): the next in line is told, and staff."""
    found = next_in_line(tx, item_id)
    return [hold_card(tx, found[0], "ready"), found[1]] if found else []


def state_changed(tx: Tx, item_id: int) -> list[Say]:
    """Free, the item goes to the next in line; not lent any more, all who wait are told; else who it was kept for is
    told not to come, and waits on."""
    kept, item = tx.holds.ready_of(item_id), tx.items.get(item_id)
    if item is not None and item.state is ItemState.RETIRED:
        return [_ended(tx.holds.close(found, "ended")) for found in tx.holds.line(item_id)]
    if kept is None or item is None or item.state is ItemState.AVAILABLE:
        return free_after_all(tx, item_id)
    tx.holds.wait_again(kept)
    told = HoldDelayed(kept.item)
    return [Say(message=told, to=To.CONTACT, contact_id=kept.contact_id, department_id=kept.department_id)]


def _ended(found: Hold) -> Say:
    message = HoldEnded(found.item)
    return Say(message=message, to=To.CONTACT, contact_id=found.contact_id, department_id=found.department_id)


def never_lent(tx: Tx, loan: Loan) -> list[Say]:
    """The loan was a mistake: who had waited for the item has their place back, and it is free again."""
    place = tx.holds.taken_with(loan)
    if place is not None:
        tx.holds.wait_again(place)
    return free_after_all(tx, loan.item_id)


def passed_on(tx: Tx, over: Hold, state: str) -> list[Say]:
    """A hold is over (left, expired): tell the next in line, and staff."""
    found = next_in_line(tx, over.item_id)
    told = [hold_card(tx, over, state, "" if found is None else found[0].name)]
    return [*told, hold_card(tx, found[0], "ready"), found[1]] if found else told


def hold_card(tx: Tx, found: Hold, state: str, next_: str = "") -> Say:
    """A hold as staff see it, with a button to lend to that person while the item is kept for them."""
    card = HoldCard(
        found.item, found.code, found.name, state, found.expires_at if state == "ready" else None,
        phone_of(tx, found.contact_id), next_,
    )  # fmt: skip
    choices = ((lend_button(found),),) if state == "ready" else ()
    return Say(message=card, to=To.STAFF, department_id=found.department_id, card=f"hold:{found.id}", choices=choices)
