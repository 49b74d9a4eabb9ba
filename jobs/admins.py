"""Messages about the whole service go to the admins of every desk."""

from __future__ import annotations

from bot.core.conversation import Say, To
from bot.core.messages import Message
from bot.store import Tx
from bot.store.saying import Cause


def tell_admins(tx: Tx, message: Message, key: str) -> None:
    """`key`: guards against a second message; each desk is added to it."""
    for desk in tx.departments.all().values():
        say = Say(message=message, to=To.ADMINS, department_id=desk.id, key=f"{key}:{desk.id}"[:150])
        tx.speech.say(say, Cause("clock"))
