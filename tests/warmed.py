"""What the commands of `tests/warm.py` find done: imported by the process that they are forked from, and by no test."""

from __future__ import annotations

from types import CodeType
from typing import Any

import jinja2

import bot.commands.check
import bot.commands.token
import bot.service
import main
from bot.channels.telegram_library import load_aiogram
from bot.commands.check import CHANNELS
from bot.texts import Texts

__all__ = ["bot", "main"]

_compile = jinja2.Environment.compile
_compiled = dict[tuple[Any, ...], CodeType]()


def _compiled_once(
    environment: jinja2.Environment, source: Any, name: str | None = None, filename: str | None = None, *rest: Any
) -> Any:
    key = (type(environment), filename, source, *rest)
    if filename is None or not isinstance(source, str):
        return _compile(environment, source, name, filename, *rest)
    if key not in _compiled:
        _compiled[key] = _compile(environment, source, name, filename, *rest)
    return _compiled[key]


jinja2.Environment.compile = _compiled_once  # type: ignore[assignment, method-assign]
Texts().broken(CHANNELS)
load_aiogram()
