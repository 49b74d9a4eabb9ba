"""/tableau: the dashboard's one-time link, to who asked and to nobody else."""

from __future__ import annotations

from bot.core.conversation import Heard, Say, To
from bot.core.messages_board import BoardLink, BoardTold
from bot.store import Tx
from bot.store.sessions import LINK_LASTS
from handlers.rights import refused, who

PATH = "/dashboard/enter/"


def dashboard(tx: Tx, heard: Heard, words: str) -> list[Say]:
    """Asked in a group, the link goes to the asker's private chat: whoever opened it first would be signed in."""
    said = heard.inbound
    if said.channel != "telegram" or said.anonymous or said.forwarded or not tx.people.roles_of(said.address):
        return refused(heard)
    if not tx.desk.public_url:
        return [Say(message=BoardTold("no_address"))]
    if heard.private:
        return [Say(message=_link(tx, heard), window_end=heard.at + LINK_LASTS)]
    known = tx.people.find_address("telegram", said.address)
    if known is None or known not in tx.speech.roads(known.contact_id, heard.department):
        return [Say(message=BoardTold("open_first", _chat(tx)))]
    in_private = Say(
        message=_link(tx, heard), to=To.CONTACT, contact_id=known.contact_id, address_id=known.id,
        department_id=heard.department.id, window_end=heard.at + LINK_LASTS,
    )  # fmt: skip
    return [Say(message=BoardTold("sent")), in_private]


def _link(tx: Tx, heard: Heard) -> BoardLink:
    token = tx.sessions.draw_link(heard.inbound.address, heard.language)
    tx.audit.note(who(heard), "board_link", heard.department.id)
    return BoardLink(f"{tx.desk.public_url}{PATH}{token}", int(LINK_LASTS.total_seconds()) // 60)


def _chat(tx: Tx) -> str:
    return next((link for link in tx.desk.links() if "t.me" in link), "")
