"""Messages about the whole service go to the admins of every desk."""

from __future__ import annotations

from bot.core.conversation import Say, To
from bot.core.delivery import ConfigFault, Outcome
from bot.core.inbound import Receipt
from bot.core.messages import ChannelDown, Message
from bot.store import Tx
from bot.store.saying import Cause


def tell_admins(tx: Tx, message: Message, key: str) -> None:
    """`key`: guards against a second message; each desk is added to it."""
    for desk in tx.departments.all().values():
        say = Say(message=message, to=To.ADMINS, department_id=desk.id, key=f"{key}:{desk.id}"[:150])
        tx.speech.say(say, Cause("clock"))


def tell_of_settings(tx: Tx, receipt: Receipt, outcome: Outcome) -> None:
    """A fault of the settings that a receipt tells of (no funds, a locked account): the provider goes on taking
    messages and delivers none, so that no call will ever show it. Once a day for each fault."""
    if receipt.status == "failed" and isinstance(outcome, ConfigFault):
        told = ChannelDown(receipt.channel, "undelivered", outcome.why[:120])
        tell_admins(tx, told, f"receipt:{receipt.channel}:{outcome.code}:{tx.now:%Y-%m-%d}")
