"""What is added to a handler's answer, so that who asked sees one: a word in the chat or over the button, a page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from bot.core.conversation import Choice, Heard, Say, To
from bot.core.intents import Command
from bot.core.messages import AtDesk, Done, ItemTaken
from bot.store import Tx
from handlers.toasts import toast

# A command, the question that its line left open, or a button's kind → the word said where it was typed or pressed.
DONE_BY: Mapping[Command | str, str] = {
    Command.RETURNED: "returned",
    **dict.fromkeys((Command.EXTEND, "more_until"), "extend"),
    **dict.fromkeys((Command.LEND, "lend_who", "lend_until"), "lent"),
    **dict.fromkeys((Command.DEBT, Command.PAID, "money", "money_who", "money_amount", "money_due"), "noted"),
}
MOST_SHOWN = 8  # cards of one line of several things
# Buttons of a loan's page after which it has others.
ENDING = frozenset({"loan.back", "loan.confirm", "loan.problem", "loan.contest"})


def with_word(tx: Tx, heard: Heard, asked: Command | str, says: list[Say]) -> list[Say]:
    """With what nobody would see: a short word for a card that is edited far up in the group; in private what the
    group's card tells, without its buttons. asked: the command, the kind of the question answered, or of the button."""
    word = DONE_BY.get(asked, "")
    told = [say for say in says if _seen_here(tx, heard, say)]
    refused = len(says) > len(told) and all(isinstance(say.message, ItemTaken) for say in told)  # some of several
    if not (word and says) or (told and not refused):
        return says
    cards = [say for say in says if say.to is To.STAFF]
    if heard.private and 0 < len(cards) <= MOST_SHOWN:
        shown = [replace(card, to=To.HERE, card="", key="", choices=(), replace=False, loan=None) for card in cards]
        return [*shown, *says]
    return [Say(message=Done(word)), *says]


def _seen_here(tx: Tx, heard: Heard, say: Say) -> bool:
    if say.to is To.STAFF:
        return heard.inbound.group and not tx.cards.known(heard.inbound.chat, say.card)
    return say.to is not To.CONTACT and not (heard.private and say.to is To.PRESS)


def with_desk(tx: Tx, heard: Heard, says: list[Say]) -> list[Say]:
    """In private, whose answer it is, for who is in the team of several desks: "nothing is late" is said of one."""
    if not heard.private or len(tx.people.roles_of(heard.inbound.address)) < 2:
        return says
    return [Say(message=AtDesk(heard.department.name)), *says]


def with_toast(heard: Heard, says: list[Say]) -> list[Say]:
    """Telegram shows a progress indicator on a button until its press is answered: answer every one."""
    if heard.inbound.press_id and not any(say.to is To.PRESS for say in says):
        # A press that only turns a page has changed nothing, and must not say that it was noted.
        turned = all(say.replace for say in says)
        return [toast("shown" if turned else "noted"), *says]
    return says


def with_page(tx: Tx, heard: Heard, choice: Choice, says: list[Say]) -> list[Say]:
    """A loan's page in a list is no card, but its buttons are over as well once one of them was pressed."""
    said = heard.inbound
    if choice.act not in ENDING or not (said.press_id and said.on_message) or any(say.replace for say in says):
        return says
    if tx.cards.subject_of(said.chat, said.on_message) is not None:
        return says
    if tx.outbox.loan_of(said.channel, said.on_message) != choice.args[0]:
        return says
    card = next((say for say in says if say.to is To.STAFF and say.loan and say.loan.id == choice.args[0]), None)
    return says if card is None else [*says, replace(card, to=To.HERE, card="", key="", replace=True)]
