"""Toasts: the short word that Telegram shows over a button that was pressed."""

from __future__ import annotations

from bot.core.conversation import Heard, Say, To
from bot.core.messages import Done, Message, Stale


def toast(word: str) -> Say:
    """What came of a press. word: a key of `[done]` in `words.toml`. Not said where no button was pressed."""
    return Say(message=Done(word), to=To.PRESS)


def toast_if_pressed(heard: Heard, word: str) -> list[Say]:
    """`toast` for what a command does as well as a button. A command's answer must hold none: it would count as said in
    the chat, where nobody sees it, and the chat would get no word."""
    return [toast(word)] if heard.inbound.press_id else []


def too_late() -> Say:
    """The button's time is over: somebody else was quicker, or things have moved on."""
    return Say(message=Stale(), to=To.PRESS)


def toast_or_answer(heard: Heard, message: Message) -> Say:
    """Over the button where one was pressed, else as an answer in the chat."""
    return Say(message=message, to=To.PRESS if heard.inbound.press_id else To.HERE)
