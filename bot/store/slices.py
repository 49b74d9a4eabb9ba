"""Long lists in parts: a statement takes only so many parameters."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeVar

T = TypeVar("T")


def sliced(values: Sequence[T], most: int) -> Iterator[Sequence[T]]:
    """Parts of at most so many, in order."""
    return (values[start : start + most] for start in range(0, len(values), most))
