"""Asking a provider for what never reached the door, while it cannot be asked."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.channels.base import NotFetched
from bot.core.inbound import Letter
from jobs.catch_up import FURTHEST, OVERLAP, CatchUp
from tests.jobs.post import Post


@dataclass
class Held:
    """A provider's list of what people wrote."""

    away: bool = True
    asked: list[datetime] = field(default_factory=list)

    async def held_messages(self, since: datetime) -> list[Letter]:
        self.asked.append(since)
        if self.away:
            raise NotFetched("no answer")
        return []


async def test_a_list_that_cannot_be_read_is_asked_for_once_in_ten_seconds_and_stops_no_other(post: Post) -> None:
    ours, theirs = Held(), Held(away=False)
    catch_up = CatchUp(post.store, {"whatsapp": ours, "sms": theirs})
    assert await catch_up.turn() == post.clock.now() + timedelta(seconds=10)
    assert (len(ours.asked), len(theirs.asked)) == (1, 1)
    for _ in range(5):
        await post.store.write(lambda tx: tx.runs.fault("whatsapp", "down", "no answer"))
    for _ in range(4):
        await catch_up.turn()
    assert len(ours.asked) == 1, "the tenth second has not come"
    post.passes(timedelta(seconds=11))
    await catch_up.turn()
    assert len(ours.asked) == 2
    await post.put()
    post.passes(timedelta(seconds=11))
    await catch_up.turn()
    assert len(ours.asked) == 2, "what waits to be sent is asked first"
    ours.away = False
    await post.store.write(lambda tx: tx.runs.success("whatsapp"))
    assert await catch_up.turn() is None
    assert ours.asked[-1] == ours.asked[0], "nothing of the time in between is passed over"


async def test_a_look_goes_back_half_an_hour_beyond_the_last_and_a_day_at_most(post: Post) -> None:
    held = Held(away=False)
    catch_up = CatchUp(post.store, {"whatsapp": held})
    began = post.clock.now()
    for later in (timedelta(hours=2), timedelta(hours=3), timedelta(days=3)):
        await catch_up.turn()
        post.passes(later)
    await catch_up.turn()
    ends = post.clock.now()
    # What people wrote before the desk was switched on is not for it.
    assert held.asked == [began, began, began + timedelta(hours=2) - OVERLAP, ends - FURTHEST]
