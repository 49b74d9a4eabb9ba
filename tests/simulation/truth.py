"""What must hold, worked out a second time and apart from the product: when each loan's messages are owed, and who may
be written to when. Every message that a channel was asked to carry is held against it."""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from bot.store import Store
from bot.store import tables as t
from tests.simulation.wire import Carry

MORNING = time(8)
QUIET_FROM, QUIET_UNTIL = time(21), time(8)
FINAL = ("sent", "delivered", "read", "dead", "unsure", "withheld", "superseded", "expired", "cancelled")
NEEDS_A_REASON = ("dead", "unsure", "withheld", "superseded", "expired", "cancelled")
COURTESY = ("reminder_day_2", "reminder_day_1", "loan_created")
A_MINUTE = timedelta(seconds=60)
REPLY = timedelta(minutes=10)
SLICE = 400


def quiet(at: datetime, zone: ZoneInfo) -> bool:
    clock = at.astimezone(zone).time()
    return clock >= QUIET_FROM or clock < QUIET_UNTIL


def morning(day: datetime, days: int, zone: ZoneInfo) -> datetime:
    """Eight o'clock there, so many days later: civil time, never a gap at that hour in the zones used."""
    return datetime.combine((day.astimezone(zone) + timedelta(days=days)).date(), MORNING, zone)


def reminders(lent_at: datetime, due_at: datetime, zone: ZoneInfo) -> Iterator[tuple[datetime, str]]:
    """The reminders of a loan by the design's table. Loans here are made between 8:30 and 20:30 and due between 10:00
    and 20:30, so that quiet hours move none of them and the last one is never on the evening before."""
    length = due_at - lent_at
    if length > timedelta(hours=24):
        wanted = [(morning(due_at, -2, zone), "reminder_day_2"), (morning(due_at, -1, zone), "reminder_day_1")]
        wanted.append((morning(due_at, 0, zone), "reminder_due_day"))
        yield from ((at, name) for at, name in wanted if at > lent_at)
    elif length >= timedelta(hours=2, minutes=30):
        yield due_at - timedelta(hours=2), "reminder_2h"
    elif length >= timedelta(minutes=30):
        yield lent_at + length / 2, "reminder_2h"


def notice_at(due_at: datetime, count: int, zone: ZoneInfo) -> datetime:
    """A quarter of an hour after, then every morning for a fortnight, then every week."""
    if count == 0:
        return due_at + timedelta(minutes=15)
    return morning(due_at, count if count <= 14 else 14 + 7 * (count - 14), zone)


@dataclass
class Lent:
    """A loan as its people know it."""

    id: int
    number: int
    person: int
    zone: ZoneInfo
    lent_at: datetime
    due_at: datetime
    quiet_since: datetime | None = None  # RENDU was said
    over: bool = False


@dataclass(order=True)
class Owed:
    at: datetime
    loan: int
    step: str = field(compare=False)
    count: int = field(compare=False, default=0)
    due_at: datetime | None = field(compare=False, default=None)


@dataclass
class Truth:
    """`faults` collects what does not hold, in words; it must stay empty."""

    prompt: bool = False  # the weather is fair: what is owed leaves within a minute
    loans: dict[int, Lent] = field(default_factory=dict)
    stopped: dict[tuple[str, str], datetime] = field(default_factory=dict)
    zones: dict[str, ZoneInfo] = field(default_factory=dict)  # chat of a person → where they are
    asleep: list[tuple[datetime, datetime]] = field(default_factory=list)  # the desk was switched off
    faults: list[str] = field(default_factory=list)
    seen: Counter[str] = field(default_factory=Counter)
    counted: Counter[str] = field(default_factory=Counter)  # messages that arrived, by name
    _arrivals: Counter[tuple[int, str, str]] = field(default_factory=Counter)
    _owed: list[Owed] = field(default_factory=list)

    # --- what people do ------------------------------------------------------------------------------

    def lent(self, loan: Lent) -> None:
        self.loans[loan.id] = loan
        self._owes(loan, after=loan.lent_at)

    def extended(self, loan: Lent, due_at: datetime, at: datetime) -> None:
        loan.due_at = due_at
        self._owes(loan, after=at)

    def _owes(self, loan: Lent, after: datetime) -> None:
        for at, step in reminders(loan.lent_at, loan.due_at, loan.zone):
            if at > after:
                heapq.heappush(self._owed, Owed(at, loan.id, step, 0, loan.due_at))
        heapq.heappush(
            self._owed, Owed(notice_at(loan.due_at, 0, loan.zone), loan.id, "overdue", 0, loan.due_at)
        )  # fmt: skip

    def _fallen_due(self, now: datetime) -> Iterator[Owed]:
        """What was owed until a minute ago for loans that were out and not said to be back."""
        while self._owed and self._owed[0].at <= now - A_MINUTE:
            owed = heapq.heappop(self._owed)
            loan = self.loans[owed.loan]
            if loan.over or loan.due_at != owed.due_at:
                continue
            if owed.step == "overdue":
                later = notice_at(loan.due_at, owed.count + 1, loan.zone)
                heapq.heappush(self._owed, Owed(later, loan.id, "overdue", owed.count + 1, loan.due_at))
            if loan.quiet_since is None or loan.quiet_since > owed.at:
                yield owed

    # --- after each step -----------------------------------------------------------------------------

    async def check(self, store: Store, carries: Sequence[Carry], now: datetime) -> None:
        await self._check_carries(store, carries)
        await self._check_owed(store, list(self._fallen_due(now)))

    async def _check_carries(self, store: Store, carries: Sequence[Carry]) -> None:
        refs = sorted({carry.ref for carry in carries})
        rows: dict[str, Any] = {}
        links: dict[int, list[Any]] = {}
        for start in range(0, len(refs), SLICE):
            part = refs[start : start + SLICE]
            found = await store.rows(sa.select(t.outbox).where(t.outbox.c.ref.in_(part)))
            rows |= {row.ref: row for row in found}
            for link in await store.rows(_LINKS.where(t.planned_outbox.c.outbox_id.in_([row.id for row in found]))):
                links.setdefault(link.outbox_id, []).append(link)
        for carry in carries:
            self._check_carry(carry, rows[carry.ref], links.get(rows[carry.ref].id, ()))

    def _check_carry(self, carry: Carry, row: Any, links: Sequence[Any]) -> None:
        zone = self.zones.get(carry.chat)
        ours = row.begun_by != "person"
        where = f"{row.message} to {carry.channel} {carry.chat} at {carry.at}"
        if zone is not None and ours and quiet(carry.at, zone):
            self.faults.append(f"in quiet hours: {where}")
        self._check_stop(carry, row, where)
        if row.about in ("reminder", "overdue"):
            for loan in self._spoken_of(row, links):
                if loan.quiet_since is not None and carry.at > loan.quiet_since:
                    self.faults.append(f"after RENDU of {loan.quiet_since} for loan {loan.id}: {where}")
            last = any(link.step not in COURTESY for link in links)
            for link in links if carry.arrived else ():
                self._check_again(carry, link, last, where)
        if carry.arrived and carry.op == "send":
            self._count(carry, row, where)

    def _check_stop(self, carry: Carry, row: Any, where: str) -> None:
        since = self.stopped.get((carry.channel, carry.chat))
        if since is None or carry.at <= since:
            return
        answer = row.begun_by == "person" and row.about in ("answer", "toast")
        if not answer or carry.at - row.caused_at > REPLY:
            self.faults.append(f"after STOP of {since}: {where}")

    def _spoken_of(self, row: Any, links: Sequence[Any]) -> list[Lent]:
        """The loans a message names: lines of loans that came back meanwhile have fallen out of a gathered one."""
        if not row.loan_ids:
            return [self.loans[link.subject_id] for link in links]
        named = {line["number"] for line in row.facts["lines"]}
        return [self.loans[i] for i in row.loan_ids if self.loans[i].number in named]

    def _check_again(self, carry: Carry, link: Any, last: bool, where: str) -> None:
        """`last`: the message holds more than courtesies, and Telegram cannot be asked whether it has it."""
        loan = self.loans[link.subject_id]
        which = str(link.occurrence) if link.step == "overdue" else ""
        key = (loan.id, f"{link.step}{which}", f"{loan.due_at}")
        self._arrivals[key] += 1
        allowed = 2 if carry.channel == "telegram" and last and not self.prompt else 1
        if self._arrivals[key] > allowed:
            self.faults.append(f"said {self._arrivals[key]} times: {key}: {where}")

    def _count(self, carry: Carry, row: Any, where: str) -> None:
        self.seen[carry.ref] += 1
        self.counted[row.message] += 1
        twice = carry.channel == "telegram" and row.message not in COURTESY and row.doubts > 0
        if self.seen[carry.ref] > (2 if twice else 1):
            self.faults.append(f"arrived {self.seen[carry.ref]} times: {where}")

    # --- what was owed -------------------------------------------------------------------------------

    async def _check_owed(self, store: Store, owed: Sequence[Owed]) -> None:
        if not owed:
            return
        plans: dict[tuple[int, str], list[Any]] = {}
        loans = sorted({one.loan for one in owed})
        for start in range(0, len(loans), SLICE):
            for row in await store.rows(_PLANS.where(t.planned.c.subject_id.in_(loans[start : start + SLICE]))):
                plans.setdefault((row.subject_id, row.step), []).append(row)
        for one in owed:
            self._check_one(one, plans.get((one.loan, one.step), []))

    def _check_one(self, owed: Owed, rows: Sequence[Any]) -> None:
        if any(self._kept(owed, row) for row in rows) or self._slept(owed):
            return
        what = [(row.occurrence, row.state, row.why, str(row.at), row.sent_at) for row in rows]
        self.faults.append(f"owed and not said: {owed.step} {owed.count} of loan {owed.loan} at {owed.at}: {what}")

    def _kept(self, owed: Owed, row: Any) -> bool:
        """Said at its time, or closed with a reason that somebody can read."""
        # A notice put off to this moment by quiet hours stands for the one that would have been said now.
        if row.state in ("superseded", "skipped", "cancelled"):
            return (row.occurrence == owed.count or row.at == owed.at) and bool(row.why) and not self.prompt
        if row.state != "queued" or row.outbox_id is None or row.at != owed.at:
            return False
        if not self.prompt:
            return True
        return row.sent_at is not None and owed.at <= row.sent_at <= owed.at + A_MINUTE

    def _slept(self, owed: Owed) -> bool:
        """Of the notices that fell into a stop only the newest is said."""
        return any(start <= owed.at <= end for start, end in self.asleep)

    # --- every day, and at the end ---------------------------------------------------------------------

    async def check_tables(self, store: Store, now: datetime, *, calm: bool = False) -> None:
        """Nothing hangs, nothing ended without a reason. `calm`: and nothing waits any more."""
        for name, query in TABLES.items():
            found = await store.rows(query, {"now": now, "leases": now - timedelta(minutes=1)})
            if found:
                self.faults.append(f"{name}: {[tuple(row) for row in found[:3]]} at {now}")
        if calm:
            what = (t.outbox.c.message, t.outbox.c.channel, t.outbox.c.state, t.outbox.c.error, t.outbox.c.next_at)
            waiting = await store.rows(sa.select(*what).where(_WAITS))
            self.faults += [f"never ended: {tuple(row)}" for row in waiting[:5]]

    async def check_figures(self, store: Store, carries: Sequence[Carry]) -> None:
        """What the log says was sent is what arrived; its states add up to its rows."""
        rows = await store.rows(sa.select(t.outbox.c.ref, t.outbox.c.state, t.outbox.c.op, t.outbox.c.sent_at))
        states = Counter(row.state for row in rows)
        if sum(states[name] for name in FINAL) != len(rows):
            self.faults.append(f"states that add up to less than all rows: {states}")
        arrived = {carry.ref for carry in carries if carry.arrived}
        told = {carry.ref for carry in carries if carry.told == "Accepted"}
        sent = {row.ref for row in rows if row.sent_at is not None}
        known = {row.ref for row in rows}
        if not sent <= arrived:
            self.faults.append(f"written down as sent and never arrived: {sorted(sent - arrived)[:3]}")
        if not told & known <= sent:
            self.faults.append(f"taken by the provider and not written down: {sorted(told & known - sent)[:3]}")


_WAITS = t.outbox.c.state.in_(("pending", "sending", "retrying"))
_NOW: sa.BindParameter[datetime] = sa.bindparam("now", type_=t.Instant())
_LEASES: sa.BindParameter[datetime] = sa.bindparam("leases", type_=t.Instant())
_LINKS = (
    sa.select(
        t.planned_outbox.c.outbox_id, t.planned.c.subject_id, t.planned.c.step, t.planned.c.occurrence,
        t.outbox.c.loan_ids,
    )
    .join(t.planned, t.planned.c.id == t.planned_outbox.c.planned_id)
    .join(t.outbox, t.outbox.c.id == t.planned_outbox.c.outbox_id)
)  # fmt: skip
_PLANS = (
    sa.select(t.planned, t.planned_outbox.c.outbox_id, t.outbox.c.sent_at)
    .join(t.planned_outbox, t.planned_outbox.c.planned_id == t.planned.c.id, isouter=True)
    .join(t.outbox, t.outbox.c.id == t.planned_outbox.c.outbox_id, isouter=True)
)
_CLOSED_PLAN = t.planned.c.state.in_(("superseded", "cancelled", "skipped"))
TABLES: dict[str, sa.Select[Any]] = {
    "a letter is parked": sa.select(t.inbox.c.id, t.inbox.c.error).where(t.inbox.c.state == "parked"),
    "a letter waits": sa.select(t.inbox.c.id).where(t.inbox.c.state == "new", t.inbox.c.next_at < _NOW),
    "a lease was never given back": sa.select(t.outbox.c.id, t.outbox.c.lease_until).where(
        t.outbox.c.state == "sending", t.outbox.c.lease_until < _LEASES
    ),
    "a message ended without a reason": sa.select(t.outbox.c.id, t.outbox.c.message, t.outbox.c.state).where(
        t.outbox.c.state.in_(NEEDS_A_REASON), t.outbox.c.error == ""
    ),
    "a step was closed without a reason": sa.select(t.planned.c.id, t.planned.c.step).where(
        _CLOSED_PLAN, t.planned.c.why == ""
    ),
    "a step is due and nobody says it": sa.select(t.planned.c.id, t.planned.c.step, t.planned.c.at).where(
        t.planned.c.state == "planned", t.planned.c.at < _LEASES
    ),
    "a step is planned for a loan that is not out": sa.select(t.planned.c.id, t.loan.c.state)
    .join(t.loan, t.loan.c.id == t.planned.c.subject_id)
    .where(t.planned.c.state == "planned", t.loan.c.state != "active"),
    "an item is out twice": sa.select(t.loan.c.item_id)
    .where(t.loan.c.state.in_(("active", "return_declared")))
    .group_by(t.loan.c.item_id)
    .having(sa.func.count() > 1),
}
