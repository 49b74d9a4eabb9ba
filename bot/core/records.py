"""Records: dataclasses that the type checker keeps from being changed.

To mypy `@record(frozen=True, slots=True)` is `@dataclass(frozen=True, slots=True)`. At run time it is not frozen: the
constructor of a frozen dataclass goes through `object.__setattr__` for each field and takes three to five times as
long, and each class has two more generated methods: 6 kB, and half of the time to make it (measured).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

T = TypeVar("T")

if TYPE_CHECKING:
    from dataclasses import dataclass as record
else:

    def record(*, frozen: bool, slots: bool = False, **more: Any) -> Callable[[type[T]], type[T]]:
        """A dataclass that compares and hashes as a frozen one does."""
        assert frozen
        return dataclasses.dataclass(slots=slots, unsafe_hash=more.get("eq", True), **more)


__all__ = ["record"]
