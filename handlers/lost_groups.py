"""A staff group that accepts no messages any more: the desk's admins are told, and get what staff must not miss."""

from __future__ import annotations

from bot.core.conversation import Say, To
from bot.core.delivery import Outcome, Refused
from bot.core.messages import GroupLost
from bot.core.people import Department, Role
from bot.store import Tx
from bot.store.outbox_rows import Sending
from bot.store.runs import GROUP_LOST
from bot.store.saying import Cause
from handlers.departments import CODE_LASTS, new_code
from handlers.onward import again


def group_lost(tx: Tx, desk: Department, why: str) -> None:
    """Tell the admins in private, once a day; with a code that gives the desk another group when this one is gone.

    The group stays the desk's: taken back into it, everything goes on there. (To a bot with the wrong token every
    group is gone; a slip must not part a desk from its group.)
    why: "gone" (removed, deleted), "muted" (inside, and not allowed to write).
    """
    noted, today = f"{GROUP_LOST}{desk.id}", tx.today(desk.zone).isoformat()
    if tx.runs.noted(noted) == today:
        return
    tx.runs.note(noted, today)
    lost = GroupLost(desk.name, why, *((new_code(tx, desk.id), tx.now + CODE_LASTS) if why == "gone" else ()))
    key = f"{noted}:{today}"
    tx.speech.say(Say(message=lost, to=To.ADMINS, department_id=desk.id, key=key), Cause("clock"))
    if not tx.speech.admins(desk):
        for person in _known_otherwise(tx, desk):
            own = Say(message=lost, to=To.CONTACT, contact_id=person, department_id=desk.id, key=f"{key}:to:{person}")
            tx.speech.say(own, Cause("clock"))


def group_back(tx: Tx, desk: Department) -> None:
    """The desk is in a group again: the figure that operators watch counts it no more."""
    if tx.runs.noted(f"{GROUP_LOST}{desk.id}"):
        tx.runs.note(f"{GROUP_LOST}{desk.id}", "")


def _known_otherwise(tx: Tx, desk: Department) -> list[int]:
    """Admins who have no private chat with the bot, but another road to them."""
    users = [user for _, role, user in tx.people.team(desk.id) if role is Role.ADMIN]
    known = [found for user in users if (found := tx.people.find_address("telegram", user)) is not None]
    return list(dict.fromkeys(address.contact_id for address in known))


def group_refused(tx: Tx, row: Sending, outcome: Outcome) -> None:
    """What becomes of words that a desk's group did not take. Cards and what the clock began go to the admins; an
    answer is for who had asked there."""
    if not isinstance(outcome, Refused) or outcome.about not in ("address", "road") or row.department_id is None:
        return
    desk = tx.departments.get(row.department_id)
    if row.channel != "telegram" or row.chat != desk.chat:
        return
    group_lost(tx, desk, "gone" if outcome.about == "address" else "muted")
    if row.op == "send" and row.facts and (row.card or row.begun_by == "clock"):
        for at, admin in enumerate(tx.speech.admins(desk)):
            again(tx, row, admin.channel, admin.value, admin.id, mark=f"g{at}")
