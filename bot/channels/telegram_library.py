"""aiogram, loaded at its first use, without building all its types.

A process that does not talk to Telegram never pays for it, and one that does is ready in a fraction of the time a plain
import takes.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from types import SimpleNamespace
from typing import Any

from bot.channels.loading import lightly


@cache
def load_aiogram() -> SimpleNamespace:
    """The parts of aiogram used here. Loads it at the first call: about 0.7 s and 41 MB, plainly 2.8 s and 150 MB.

    aiogram builds the validators of more than 600 types while it is imported; a service that sends a handful of
    methods needs twenty of them. Here each type is built when it is first used, which pydantic does by itself as
    long as the type can find the names in its annotations. When aiogram or pydantic have changed so that this fails,
    the plain way is taken.
    """
    lightly("aiogram", _load_lightly)
    return _parts()


def _parts() -> SimpleNamespace:
    from aiogram import Bot, exceptions, methods, types
    from aiogram.client.default import DefaultBotProperties
    from aiogram.client.session.aiohttp import AiohttpSession
    from aiogram.client.telegram import TelegramAPIServer
    from aiogram.utils.token import TokenValidationError

    return SimpleNamespace(
        Bot=Bot,
        errors=exceptions,
        methods=methods,
        types=types,
        Defaults=DefaultBotProperties,
        Session=AiohttpSession,
        Server=TelegramAPIServer,
        TokenError=TokenValidationError,
    )


def _load_lightly() -> None:
    names: dict[str, Any] = {}
    with _builds_put_off(names) as rebuild:
        import aiogram.types
    if not names:
        raise RuntimeError("aiogram no longer hands its names to model_rebuild")

    def complete(cls: Any, /, *, force: bool = False, raise_errors: bool = True, **given: Any) -> bool | None:
        """pydantic's own `model_rebuild`, with the names aiogram would have given it."""
        known = {**names, **(given.get("_types_namespace") or {})}
        done: bool | None = rebuild(cls, force=force, raise_errors=raise_errors, _types_namespace=known)
        return done

    from aiogram.methods.base import Response, TelegramMethod
    from aiogram.types.base import TelegramObject

    for base in (TelegramObject, TelegramMethod, Response):
        base.model_rebuild = classmethod(complete)  # type: ignore[assignment,method-assign]
    aiogram.types.Chat(id=1, type="private")  # one type built on its first use, or the plain way


@contextmanager
def _builds_put_off(names: dict[str, Any]) -> Iterator[Any]:
    """Inside, aiogram's calls to build its types only record the names they were given in `names`."""
    from pydantic import BaseModel

    original = BaseModel.__dict__["model_rebuild"]

    def put_off(cls: Any, /, **given: Any) -> bool | None:
        if not cls.__module__.startswith("aiogram"):
            done: bool | None = original.__func__(cls, **given)
            return done
        names.update(given.get("_types_namespace") or {})
        return None

    BaseModel.model_rebuild = classmethod(put_off)  # type: ignore[assignment,method-assign]
    try:
        yield original.__func__
    finally:
        BaseModel.model_rebuild = original  # type: ignore[method-assign]
