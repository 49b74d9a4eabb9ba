"""Twilio's library without the parts that are not used here.

Its client imports all forty parts of an account (calls, recordings, …) and `requests`, which only its other HTTP
client needs: 12 MB and 0.2 s more than messages take. Here their names are placeholders until they are called.
"""

from __future__ import annotations

import importlib
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

from bot.channels.loading import lightly

_ACCOUNT = "twilio.rest.api.v2010.account."
_one_at_a_time = threading.Lock()  # two channels are loaded at the same time


def client_class() -> Any:
    """Twilio's `Client`."""
    with _one_at_a_time:
        return _loaded()


@cache
def _loaded() -> Any:
    lightly("twilio.rest", _load_lightly)
    from twilio.rest import Client

    return Client


def _load_lightly() -> None:
    with _parts_put_off():
        from twilio.rest import Client

        # The parts of an account are imported when the first of them is asked for.
        messages = Client("AC", "token", http_client=object()).messages
    if not callable(getattr(messages, "create_async", None)):
        raise RuntimeError("twilio no longer keeps its messages where they were")


@contextmanager
def _parts_put_off() -> Iterator[None]:
    """Inside, modules that are not needed are replaced by stand-ins for imports of this thread.

    The list of finders is replaced, never changed: other threads import meanwhile, and one that walks a list from which
    a finder is removed passes over another, and does not find its module.
    """
    finder = _StandIns()
    sys.meta_path = [finder, *sys.meta_path]
    try:
        yield
    finally:
        sys.meta_path = [other for other in sys.meta_path if other is not finder]
        for name in finder.made:
            sys.modules.pop(name, None)


def _unneeded(module: str) -> bool:
    if module.startswith(_ACCOUNT):
        return module[len(_ACCOUNT) :].partition(".")[0] != "message"
    return module.partition(".")[0] == "requests"


class _StandIns:
    """Finds and loads stand-ins (`importlib.abc.MetaPathFinder` and `Loader`)."""

    def __init__(self) -> None:
        self._thread = threading.get_ident()
        self.made: list[str] = []

    def find_spec(self, name: str, path: Sequence[str] | None, target: ModuleType | None = None) -> ModuleSpec | None:
        if threading.get_ident() != self._thread or not _unneeded(name):
            return None
        self.made.append(name)
        return ModuleSpec(name, self, is_package=True)  # type: ignore[arg-type]

    def create_module(self, spec: ModuleSpec) -> None:
        """Python's own kind of module."""

    def exec_module(self, module: ModuleType) -> None:
        module.__getattr__ = lambda name: _Later.of(module.__name__, name)  # type: ignore[method-assign]


class _Later:
    """A name of a module that is imported when the name is called or an attribute is read."""

    def __init__(self, module: str, name: str) -> None:
        self._module = module
        self._name = name

    @classmethod
    def of(cls, module: str, name: str) -> _Later:
        """Raises AttributeError for what Python itself asks of any module."""
        if name.startswith("__"):
            raise AttributeError(name)
        return cls(module, name)

    def __call__(self, *values: Any, **named: Any) -> Any:
        return self._real()(*values, **named)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):  # `typing` inspects annotations
            raise AttributeError(name)
        return getattr(self._real(), name)

    def _real(self) -> Any:
        return getattr(importlib.import_module(self._module), self._name)
