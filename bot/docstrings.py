"""Docstrings of large libraries are kept to their first line: 2 MB of a desk at rest, 4 MB with Telegram, that nobody
reads there.

`python -OO` would leave them out, and every assertion with them, and would compile all libraries anew at the first
start.
"""

from __future__ import annotations

import sys
from importlib.machinery import (
    BYTECODE_SUFFIXES,
    EXTENSION_SUFFIXES,
    SOURCE_SUFFIXES,
    ExtensionFileLoader,
    FileFinder,
    SourceFileLoader,
    SourcelessFileLoader,
)
from types import CodeType

WORDY = frozenset(
    "aiogram aiohttp apscheduler attr email jinja2 phonenumbers pydantic pydantic_core sqlalchemy structlog".split()
)
LONG = 200  # signs: shorter ones are not worth a new code object
_A_FUNCTION = 0x3  # CO_OPTIMIZED and CO_NEWLOCALS of `inspect`, which takes 2 MB to load
_HAS_ONE = 0x4000000  # CO_HAS_DOCSTRING
_MARKED = sys.version_info >= (3, 14)  # before, a function's first constant is its docstring, or None


class FirstLines(SourceFileLoader):
    """Loads a wordy module with its functions' docstrings cut to one line. None is left out: SQLAlchemy asserts that
    some of its functions have one."""

    def get_code(self, fullname: str) -> CodeType | None:
        code = super().get_code(fullname)
        return first_lines(code) if code is not None and fullname.partition(".")[0] in WORDY else code


def cut_in_libraries() -> None:
    """From now on, for what is imported from files of source."""
    made = FileFinder.path_hook(
        (ExtensionFileLoader, EXTENSION_SUFFIXES), (FirstLines, SOURCE_SUFFIXES),
        (SourcelessFileLoader, BYTECODE_SUFFIXES),
    )  # fmt: skip
    sys.path_hooks.insert(0, made)
    sys.path_importer_cache.clear()


def first_lines(code: CodeType) -> CodeType:
    """The same code, long docstrings of all functions in it cut."""
    changed: dict[int, object] = {}
    for place, constant in enumerate(code.co_consts):
        if type(constant) is CodeType:
            inner = first_lines(constant)
            if inner is not constant:
                changed[place] = inner
    first = code.co_consts[0] if code.co_consts else None
    if isinstance(first, str) and len(first) > LONG and _is_docstring(code):
        changed[0] = "".join(first.partition("\n")[:2])
    if not changed:
        return code
    return code.replace(co_consts=tuple(changed.get(place, old) for place, old in enumerate(code.co_consts)))


def _is_docstring(code: CodeType) -> bool:
    """Whether the first constant, a text, is the docstring of a function, as Python itself sees it."""
    if _MARKED:
        return bool(code.co_flags & _HAS_ONE)
    return code.co_flags & _A_FUNCTION == _A_FUNCTION and not code.co_name.startswith("<")
