"""deliver: due outbox rows → channels. Claim, start, send, close: the lease and the start are committed before the call
(together where a row need not wait), the outcome after it, so that a process that dies anywhere loses nothing and knows
what it does not know. Which rows may leave: `jobs/leaving.py`; their words: `jobs/outgoing.py`; what becomes of them:
`jobs/closing.py`."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Literal

import structlog

from bot.channels.base import Channel, Outgoing
from bot.core.delivery import (
    CAN_BE_ASKED,
    Accepted,
    ConfigFault,
    Down,
    Later,
    Outcome,
    Refused,
    State,
    Unsure,
    fills,
    name_of,
)
from bot.core.markup import marked_to_sms, segments
from bot.core.messages import Figures
from bot.core.stamps import EPOCH
from bot.core.words import fingerprint
from bot.store import OUTBOX, Store, StoreError, Tx
from bot.store.errors import CommitUnknown
from bot.store.gate import Gate
from bot.store.outbox import new_token
from bot.store.outbox_rows import Claimed, Sending
from bot.store.pace import Place
from bot.store.set_back import after_set_back, end_pauses, plan_again
from bot.texts import Texts
from jobs.catch_up import ask_after
from jobs.closing import Closed, close_alone, close_rows, in_doubt, settle, sweep
from jobs.leaving import Begun, by_chat, claim_rows, start_rows, take_place, take_rows
from jobs.outgoing import outgoing, zone_of

log = structlog.get_logger("deliver")

MOST_IN_FLIGHT = 128  # calls at once per channel
CLAIMED_AT_ONCE = 32  # rows of one claim: these are sent while the next are claimed
RETAKE = 0.25  # seconds between two looks for another place
SWEEP_EVERY = 5.0  # seconds
SET_BACK = 2.0  # seconds by which a clock is set back at least; less is how clocks are kept right
PLANS_HOLD = 60.0  # seconds by which it may be set back without a look at every plan
STILL_GOING = timedelta(seconds=8)  # at a stop, what is in hand gets this long
DRAWN = frozenset({Figures.name})  # with a picture, which would block the loop for too long


class _InHand:
    """The chats of one channel that are being carried, a task for each."""

    def __init__(self) -> None:
        self.calling: set[asyncio.Task[None]] = set()
        self.closing: set[asyncio.Task[None]] = set()  # all was taken, and is being written down

    @property
    def free(self) -> int:
        return MOST_IN_FLIGHT - len(self.calling)

    @property
    def all(self) -> set[asyncio.Task[None]]:
        return self.calling | self.closing

    def taken(self, task: asyncio.Task[None] | None) -> None:
        """The last call of a chat came back well: its place is free while the outcome is written down."""
        if task in self.calling:
            self.calling.discard(task)
            self.closing.add(task)

    def settles(self, task: asyncio.Task[None]) -> None:
        """Only outcomes are still to be recorded; no call is in flight."""
        self.closing.add(task)
        task.add_done_callback(self.closing.discard)

    def ended(self, task: asyncio.Task[None]) -> None:
        self.calling.discard(task)
        self.closing.discard(task)


class Deliver:
    """The way out. `turn` starts what may leave and does not wait for it; `busy` tells whether calls are in flight."""

    def __init__(self, store: Store, channels: Mapping[str, Channel], texts: Texts) -> None:
        self._store = store
        self._channels = channels
        self._texts = texts
        self._in_hand = {name: _InHand() for name in channels}
        self._setbacks = dict.fromkeys(channels, 0)
        self._gates = {name: Gate(store.clock) for name in channels}
        self._written: asyncio.Event | None = None  # set once the last that began to be written down is
        self._took = False  # since `carried` was last asked
        self._swept = float("-inf")
        self._ahead = float("inf")  # of the machine's clock over the steady one, which nobody sets
        self._look_at: datetime | None = EPOCH
        self._asking: asyncio.Task[None] | None = None  # look-ups: a provider may take its time-out for each
        self._stopping = asyncio.Event()

    @property
    def busy(self) -> bool:
        return bool(self._tasks())

    def _tasks(self) -> list[asyncio.Task[None]]:
        asking = [self._asking] if self._asking is not None and not self._asking.done() else []
        return [task for hand in self._in_hand.values() for task in hand.all] + asking

    async def carried(self, within: float) -> bool:
        """Wait for the calls in flight, `within` seconds of real time at most; whether any row was taken in hand since
        this was last asked, be it one whose call is over by now."""
        tasks = self._tasks()
        if tasks:
            await asyncio.wait(tasks, timeout=within)
        took, self._took = self._took, False
        return took or bool(tasks)

    async def turn(self) -> datetime | None:
        """Start what may leave now; when the next row may.

        A row that is due and may not leave (its channel is out of service or off, its chat has one in hand) is no
        reason to come again at once: a bell, or the next regular turn, finds it.
        """
        began = self._store.clock.now()
        await asyncio.gather(*(self._start_due(c) for c in self._channels.values()))
        doubts = await self._sweep()
        looks = self._look_at is not None and self._look_at <= began
        idle = self._asking is None or self._asking.done()
        if (doubts or looks) and idle:
            asking = self._ask_providers(doubts=doubts, looks=looks)
            self._asking = asyncio.get_running_loop().create_task(asking, name="deliver:asking")
        at, look_at = await self._store.outgoing(after=began)
        if looks and not idle:  # they follow the questions under way: to look every few milliseconds would not help
            return at
        self._look_at = look_at
        return min((found for found in (at, look_at) if found is not None), default=None)

    async def stop(self) -> None:
        """Claim nothing more; wait a little for what is in hand. The rest is for the next start."""
        self._stopping.set()
        if self._asking is not None:
            self._asking.cancel()  # a question may take its whole time-out; it is asked again
        tasks = self._tasks()
        if tasks:
            await asyncio.wait(tasks, timeout=STILL_GOING.total_seconds())

    # --- claim -------------------------------------------------------------------------------

    async def _start_due(self, channel: Channel) -> None:
        hand = self._in_hand[channel.name]
        while not self._stopping.is_set():
            most = min(hand.free, CLAIMED_AT_ONCE)
            if most <= 0:
                return
            claimed, begun = await self._take(channel, most)
            self._took = self._took or bool(claimed)
            for chat in by_chat(claimed):
                carrying = self._carry_chat(channel, chat, begun)
                task = asyncio.get_running_loop().create_task(carrying, name=f"deliver:{channel.name}")
                hand.calling.add(task)
                task.add_done_callback(lambda done: self._ended(done, hand))
            if len(claimed) < most:
                return

    async def _take(self, channel: Channel, most: int) -> tuple[list[Claimed], Begun]:
        """Claim, and tell what became of the places of earlier calls."""
        gate = self._gates[channel.name]
        news, token = gate.news(), new_token()
        try:
            claimed, begun = await self._store.write(take_rows, channel.name, channel.sender, most, news, token)
        except CommitUnknown:  # nobody would send what is leased now, until its lease ran out
            releasing = asyncio.get_running_loop().create_task(self._sooner_or_later(_release_all, token))
            self._in_hand[channel.name].settles(releasing)
            raise
        except StoreError:
            raise
        except Exception as error:  # one row breaks at its start: each is started by itself, where it breaks alone
            log.warning("start_broke", why=type(error).__name__)
            claimed, begun = await self._store.write(claim_rows, channel.name, channel.sender, most, news), {}
        if claimed:
            gate.known(news)
        for one in claimed:
            if one.place is not None:
                gate.took(one.place)
        return claimed, begun

    def _ended(self, task: asyncio.Task[None], hand: _InHand) -> None:
        hand.ended(task)
        if not task.cancelled() and task.exception() is not None:
            log.error("delivery_broke", exc_info=task.exception())
        self._store.bells.ring((OUTBOX,))

    # --- one chat ----------------------------------------------------------------------------

    async def _carry_chat(self, channel: Channel, claimed: Sequence[Claimed], begun: Begun) -> None:
        """One chat's rows, one after the other. Those behind one that met a closed line or "not now" are released
        unstarted, so that nothing is called before the provider allows it."""
        setbacks = self._setbacks[channel.name]
        for one in claimed:
            try:
                row = begun[one.lease] if one.lease in begun else await self._in_turn(channel, one, setbacks)
                if row is not None:
                    await self._carry(channel, row, one, last=one is claimed[-1])
            except StoreError as error:
                log.warning("store_unwell", job="deliver", error=str(error))
                self._setbacks[channel.name] += 1  # those behind it must not overtake it
                await self._sooner_or_later(_release, one.lease)  # it was not called
            finally:
                self._gates[channel.name].ended(one.lease)

    async def _in_turn(self, channel: Channel, one: Claimed, setbacks: int) -> Sending | None:
        """Start a row at its instant; None when it was released or may not leave."""
        if one.place is not None and self._setbacks[channel.name] == setbacks:
            await self._gates[channel.name].opens(one.place)
        if self._stopping.is_set() or self._setbacks[channel.name] != setbacks:
            await self._store.write(_release, one.lease)
            return None
        return await self._started(one)

    async def _started(self, one: Claimed) -> Sending | None:
        try:
            return await self._store.write_many(start_rows, one.lease)
        except StoreError:
            raise  # the lease runs out and the row is due again
        except Exception as error:  # otherwise it would be claimed and fail for ever
            log.error("row_broke", outbox=one.id, exc_info=error)
            await self._store.write(_drop, one.lease, f"{type(error).__name__} before it left")
            return None

    async def _carry(self, channel: Channel, row: Sending, claimed: Claimed, *, last: bool) -> None:
        try:
            if row.message in DRAWN:
                out = await asyncio.to_thread(self._outgoing, channel, row)
            else:
                out = self._outgoing(channel, row)
        except Exception as error:
            log.error("words_broke", message=row.message, outbox=row.id, exc_info=error)
            await self._close(Closed(row, Refused(f"no words: {type(error).__name__}", "words", "content"), ""))
            return
        parts = segments(marked_to_sms(out.words.text))[0] if row.channel == "sms" else 0
        outcome = await self._called(channel, row, out, claimed, parts)
        if last and isinstance(outcome, Accepted):
            self._in_hand[channel.name].taken(asyncio.current_task())
            self._store.bells.ring((OUTBOX,))
        await self._close(Closed(row, outcome, fingerprint(out.words.text), parts))
        if isinstance(outcome, Later | Down | ConfigFault):
            self._setbacks[channel.name] += 1

    async def _called(self, channel: Channel, row: Sending, out: Outgoing, claimed: Claimed, parts: int) -> Outcome:
        try:
            place = await self._place(channel, claimed) if claimed.place is not None else None
        except StoreError:
            place = None
        if (place is None) != (claimed.place is None) or self._store.clock.steady() > claimed.until:
            return Later("held up", timedelta(seconds=1))
        called = self._store.clock.steady()
        try:
            outcome = await channel.carry(out)
        except Exception as error:  # a channel's own fault must not leave the row leased
            log.error("channel_broke", channel=channel.name, outbox=row.id, exc_info=error)
            outcome = Unsure(f"{type(error).__name__} in the channel")
        if place is not None:
            self._gates[channel.name].came(place, called, fills(channel.name, parts))
        self._tell(row, outcome)
        return outcome

    async def _place(self, channel: Channel, claimed: Claimed) -> Place | None:
        """The place a call may leave at now. One that passed by is given up and another taken; None where there was
        none for half of the lease, for after that the message would be another process's."""
        gate, place, steady = self._gates[channel.name], claimed.place, self._store.clock.steady
        while place is None or not await gate.through(place):
            if steady() > claimed.until:
                return None
            found = await self._store.write(take_place, channel.name, channel.sender, claimed)
            if isinstance(found, Place):
                place = found
                gate.took(place)
            else:
                await self._store.clock.rest(max(found, RETAKE))
        return place

    def _tell(self, row: Sending, outcome: Outcome) -> None:
        """One line for an attempt that did not arrive; of those that did the outbox is the log."""
        kind = name_of(outcome)
        self._store.measures.attempts[row.channel, kind] += 1
        if not isinstance(outcome, Accepted):
            code = str(getattr(outcome, "code", ""))
            log.warning("not_sent", outbox=row.id, message=row.message, channel=row.channel, outcome=kind, code=code)

    async def _close(self, closed: Closed) -> None:
        """Write down what became of it: it was sent."""
        await self._patiently(partial(self._written_down, closed))

    async def _written_down(self, closed: Closed) -> None:
        try:
            await self._write_down(closed)
        except StoreError:
            raise
        except Exception as error:  # a consequence failed; the attempt must be recorded all the same
            log.error("aftermath_broke", outbox=closed.row.id, exc_info=error)
            await self._store.write(close_alone, closed)

    async def _sooner_or_later(self, work: Callable[[Tx, str], None], lease: str) -> None:
        await self._patiently(lambda: self._store.write(work, lease))

    async def _patiently(self, write: Callable[[], Awaitable[None]]) -> None:
        """However long the database takes; after two minutes the lease has run out, and others settle it."""
        for wait in itertools.chain((0.1, 0.3, 1.0, 3.0), itertools.repeat(5.0, 20)):
            try:
                await write()
            except StoreError:
                await asyncio.sleep(wait)
            else:
                return

    async def _write_down(self, closed: Closed) -> None:
        """Together with all that ends while others are being written down: on PostgreSQL each of several writers would
        take a few, and then wait for the others' commits where a desk's messages are counted."""
        if self._written is not None:
            await self._written.wait()
        self._written = written = asyncio.Event()
        try:
            await self._store.write_many(close_rows, closed)
        finally:
            written.set()

    def _outgoing(self, channel: Channel, row: Sending, at: datetime | None = None) -> Outgoing:
        desk = self._store.desk
        return outgoing(channel, row, self._texts, at or self._store.clock.now(), zone_of(row, desk), desk)

    # --- sweeping ----------------------------------------------------------------------------

    async def _sweep(self) -> bool:
        """Leases that ran out, windows that closed; what a clock that was set back left. Whether it was time, and some
        message is in doubt."""
        now = self._store.clock.steady()
        if now - self._swept < SWEEP_EVERY:
            return False
        self._swept = now
        ahead, before = self._store.clock.real().timestamp() - now, self._ahead
        self._ahead = ahead
        if ahead < before - SET_BACK:
            await self._store.write(after_set_back)
            if before != float("inf"):  # the first look of a process compares with nothing
                await self._store.write(end_pauses)
            if ahead < before - PLANS_HOLD:
                await self._store.write(partial(plan_again, seen=before != float("inf")))
        return await self._store.write(sweep)

    async def _ask_providers(self, *, doubts: bool, looks: bool) -> None:
        """What became of lost answers, and of what was taken without a receipt. Beside the turns: a provider that takes
        calls and answers none must not hold up what leaves by the others. Results ring the bell."""
        try:
            for name in CAN_BE_ASKED & self._channels.keys() if doubts else ():
                await self._ask(self._channels[name])
            if looks:
                await ask_after(self._store, self._channels)
        except StoreError as error:
            log.warning("store_unwell", job="deliver", error=str(error))
        except Exception as error:
            log.error("asking_broke", exc_info=error)

    async def _ask(self, channel: Channel) -> None:
        for row in await self._store.write(in_doubt, channel.name):
            if self._stopping.is_set():
                return
            try:
                out = replace(self._outgoing(channel, row, row.tried_at), left_as=row.left_as)
                found: Sequence[str] | Literal["unknown", "never"] = await channel.find(out, row.created_at)
            except Exception as error:  # missing words, an invalid answer: only this row stays in doubt
                log.error("look_up_broke", outbox=row.id, exc_info=error)
                found = "unknown"
            await self._store.write(settle, row, found)


def _release(tx: Tx, lease: str) -> None:
    tx.outbox.release(lease)


def _release_all(tx: Tx, token: str) -> None:
    tx.outbox.release_all(token)


def _drop(tx: Tx, lease: str, why: str) -> None:
    tx.outbox.finish(lease, State.DEAD, why)
