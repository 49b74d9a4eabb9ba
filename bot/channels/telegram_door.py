"""The door for Telegram's webhook: the secret is checked, any update is taken."""

from __future__ import annotations

import hmac
import json
from math import isfinite
from typing import Any

from bot.channels.base import Forbidden, RawRequest, Rubbish
from bot.channels.telegram_reader import number, writer_of
from bot.core.inbound import Letter
from bot.core.markup import storable

_DEEPEST = 64  # levels of JSON; Telegram's own stay under a dozen


class TelegramDoor:
    """Checks the secret of `/webhooks/telegram` and takes any update, whether its kind is known or not."""

    def __init__(self, secret: str, bot_id: int) -> None:
        self._secret = secret.encode()
        self._bot_id = bot_id

    def admit(self, request: RawRequest) -> None:
        given = request.headers.get("X-Telegram-Bot-Api-Secret-Token", "")
        # As bytes: comparing texts fails on a header that is not ASCII, before anything is known of the sender.
        if not self._secret or not hmac.compare_digest(given.encode(errors="replace"), self._secret):
            raise Forbidden("wrong secret")

    def letters(self, request: RawRequest) -> list[Letter]:
        self.admit(request)
        return [update_letter(_json(request.body), self._bot_id)]


def update_letter(update: object, bot_id: int) -> Letter:
    """The letter of one update. Raises Rubbish for anything else: not an object, no number, nested too deeply."""
    if not isinstance(update, dict):
        raise Rubbish("not an object")
    update_id = number(update, "update_id")
    if update_id is None:
        raise Rubbish("no update_id")
    payload = _storable_tree(update, _DEEPEST)
    return Letter("telegram", "message", str(update_id), str(bot_id), writer_of(payload), payload)


def _json(body: bytes) -> object:
    try:
        return json.loads(body.decode(), parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise Rubbish(f"not JSON: {type(error).__name__}") from error


def _refuse_constant(name: str) -> object:
    raise ValueError(name)  # NaN and Infinity: not JSON, and no database stores them


def _storable_tree(value: Any, levels: int) -> Any:
    """The same tree with texts that can be stored. Raises Rubbish below `levels`, and for a number without end."""
    if isinstance(value, str):
        return storable(value)
    if isinstance(value, float) and not isfinite(value):  # 1e999 is JSON, and PostgreSQL has no place for it
        raise Rubbish("a number too large")
    if not isinstance(value, dict | list):
        return value
    if levels == 0:
        raise Rubbish("nested too deeply")
    if isinstance(value, list):
        return [_storable_tree(item, levels - 1) for item in value]
    return {storable(name): _storable_tree(item, levels - 1) for name, item in value.items()}
