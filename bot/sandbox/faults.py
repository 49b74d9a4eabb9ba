"""What can go wrong on the way to a provider, on demand: the next calls that match meet a chosen fault."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from bot.core.records import record

How = Literal["drop", "cut", "hang", "garbage", "slow", "refuse", "fail_later", "receipts"]
Receipts = Literal["missing", "doubled", "reversed", "late"]
ON_THE_CALL: frozenset[How] = frozenset({"drop", "cut", "hang", "garbage", "slow", "refuse"})


@dataclass(slots=True)
class Call:
    """One request that reached a stand-in. `moment` is on the monotonic clock, in seconds; `at` on the network's."""

    at: datetime
    moment: float
    method: str
    path: str
    fields: Mapping[str, str]
    files: Mapping[str, bytes] = field(default_factory=dict)
    json: object = None
    names: Mapping[str, str] = field(default_factory=dict)  # of the files, as their sender calls them
    status: int = 0  # what was answered; 0: nothing (yet)
    fault: str = ""

    @property
    def name(self) -> str:
        """The last part of the path: `sendMessage`, `Messages.json`."""
        return self.path.rsplit("/", 1)[-1]


@record(frozen=True, slots=True)
class Fault:
    """One way to fail. `accepted`: the request is carried out first, so only its answer is spoilt."""

    how: How
    accepted: bool = False
    status: int = 0
    code: int = 0
    text: str = ""
    retry_after: int | None = None
    seconds: float = 0.0
    receipts: Receipts = "missing"


def drop(*, accepted: bool = False) -> Fault:
    """The connection closes without a byte of answer."""
    return Fault("drop", accepted)


def cut(*, accepted: bool = True) -> Fault:
    """The connection closes in the middle of the answer."""
    return Fault("cut", accepted)


def hang(*, accepted: bool = True) -> Fault:
    """No answer ever comes; the connection stays open until the stand-in stops."""
    return Fault("hang", accepted)


def garbage(*, accepted: bool = True, status: int = 200) -> Fault:
    """The answer is not what the client can read: half a page of HTML."""
    return Fault("garbage", accepted, status)


def slow(seconds: float) -> Fault:
    """The right answer, `seconds` (of real time) late."""
    return Fault("slow", seconds=seconds)


def refuse(status: int, code: int = 0, *, text: str = "", accepted: bool = False) -> Fault:
    """An error in the provider's own shape: 21610, 403, 502… `accepted`: the request was carried out all the same."""
    return Fault("refuse", accepted, status, code, text)


def too_many(retry_after: int | None) -> Fault:
    """429; None leaves out how long to wait, as both providers sometimes do."""
    return Fault("refuse", status=429, code=20429, retry_after=retry_after)


def fail_later(code: int) -> Fault:
    """Accepted with 201, then failed in the status callback: 63016, 30003…"""
    return Fault("fail_later", code=code)


def receipts(way: Receipts, *, seconds: float = 0.0) -> Fault:
    """What happens to the status callbacks of a message; `seconds` is how late `late` is."""
    return Fault("receipts", receipts=way, seconds=seconds)


@dataclass(slots=True)
class _Planned:
    fault: Fault
    left: int | None
    when: Callable[[Call], bool] | None

    def meets(self, call: Call) -> bool:
        return self.when is None or self.when(call)


class Faults:
    """The faults still to come, used up in the order they were added."""

    def __init__(self) -> None:
        self._planned: list[_Planned] = []

    def add(self, fault: Fault, *, times: int | None = 1, when: Callable[[Call], bool] | None = None) -> None:
        """The next `times` calls for which `when` holds meet `fault`; None: every one until `clear`."""
        self._planned.append(_Planned(fault, times, when))

    def clear(self) -> None:
        self._planned.clear()

    def __len__(self) -> int:
        return len(self._planned)

    def take(self, call: Call, hows: frozenset[How] = ON_THE_CALL) -> Fault | None:
        """The fault this call meets, counted as used; None when it is spared."""
        for planned in self._planned:
            if planned.fault.how in hows and planned.meets(call):
                self._use(planned)
                return planned.fault
        return None

    def _use(self, planned: _Planned) -> None:
        if planned.left is None:
            return
        planned.left -= 1
        if planned.left <= 0:
            self._planned.remove(planned)
