"""The reserved places of one sender in this process: when each may be used, and what to report of it."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

from bot.store.clock import Clock
from bot.store.pace import Place, Told

WAY = 0.02  # seconds of the quickest answer that other calls may not share
REMEMBERED = 128  # answers, the quickest of which gives the latency common to all calls
SLOW = 1.0  # seconds in flight after which a place is held for longer
TICK = 0.001  # seconds: the least wait
FEW = 32  # the first answers of a process do not count: they wait for connections


class Gate:
    """Lets each call through at its place, and keeps when it came until the shared row knows.

    A call came at the latest when it was answered. Of that the time which every answer takes is no delay: the calls of
    a far provider all arrive as much later.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._told: dict[str, Told] = {}  # lease → its place
        self._took: deque[float] = deque(maxlen=REMEMBERED)

    def took(self, place: Place) -> None:
        """A place was reserved for a message."""
        self._told[place.holder] = Told(place, going=True)

    async def opens(self, place: Place) -> None:
        """Return at the instant of a place."""
        while (wait := place.opens - self._clock.steady()) > 0:
            await self._clock.rest(max(wait, TICK))

    async def through(self, place: Place) -> bool:
        """Wait for the instant of a place; False when it has passed and the place may not be used any more."""
        await self.opens(place)
        return self._clock.steady() <= place.shuts

    def came(self, place: Place, called: float, fills: float = 0.0) -> None:
        """The call that was made then, on the steady clock, has been answered. fills: for so many seconds its message
        keeps the sender busy beyond its place, as the further segments of an SMS do."""
        answered = self._clock.steady()
        self._took.append(answered - called)
        known = len(self._took) >= FEW
        way = max(0.0, min(self._took) - WAY) if known else 0.0
        self._told[place.holder] = Told(place, answered - way + fills)

    def ended(self, holder: str) -> None:
        """Its message is in hand no more; a place that it has not used is free."""
        told = self._told.get(holder)
        if told is not None and told.going:
            self._told[holder] = Told(told.place)

    def news(self) -> list[Told]:
        """What the shared row does not know yet: of calls in flight only those that would soon be taken for over."""
        late = self._clock.steady() - SLOW
        return [one for one in self._told.values() if not one.going or one.place.opens < late]

    def known(self, news: Iterable[Told]) -> None:
        """It was written."""
        for one in news:
            if not one.going and self._told.get(one.place.holder) is one:
                del self._told[one.place.holder]
