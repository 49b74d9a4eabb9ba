"""Rate limits of a chat, and what is said beyond them: nothing that staff or a borrower asked for is dropped
silently."""

from __future__ import annotations

from bot.core.conversation import Heard, Say, To
from bot.core.delivery import Limit
from bot.core.messages import PleaseWait, TooMany
from bot.store import Tx
from handlers.rights import name_of

GROUP_ANSWERS = 20  # what Telegram lets a bot say in a group in a minute
STRANGERS = 5  # of these for people without a role, so that strangers cannot use up the team's share
LOOP_GUARD = 30  # messages or presses of one person: two machines must not talk for ever
MINUTE = 60.0
QUOTED = 60  # characters quoted of what was asked


def within(tx: Tx, heard: Heard) -> bool:
    """Whether this may be acted on; it is counted. The last place of a minute is kept for `beyond`."""
    return tx.pace.reserve(_limits(heard), 0) <= 0


def chat_limit(channel: str, chat: str) -> str:
    """The key of a chat's counter."""
    return f"heard:{channel}:{chat}"


def _limits(heard: Heard) -> list[Limit]:
    said = heard.inbound
    chat = chat_limit(said.channel, said.chat)
    if said.press_id is not None:
        return [Limit(f"{chat}:{said.address}", LOOP_GUARD, MINUTE)]
    if not said.group:
        return [Limit(chat, LOOP_GUARD - 1, MINUTE)]
    strangers = [Limit(f"{chat}:strangers", STRANGERS, MINUTE)] if heard.role is None else []
    return [Limit(chat, GROUP_ANSWERS - 1, MINUTE), *strangers]


def beyond(tx: Tx, heard: Heard) -> list[Say]:
    """What is said instead: over every press, and once a minute to those whose words would have been acted on."""
    said = heard.inbound
    if said.press_id is not None:
        return [Say(message=PleaseWait(), to=To.PRESS)]
    if said.group and heard.role is None:
        return []
    waits = tx.pace.reserve([Limit(f"beyond:{said.channel}:{said.chat}", 1, MINUTE)], 0)
    if waits > 0:
        return []
    return [Say(message=TooMany(heard.text[:QUOTED], name_of(heard) if said.group else ""))]
