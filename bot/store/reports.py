"""What staff look at: histories, figures, the queue. Read only, except for retrying failed messages."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from bot.core.delivery import RECEIPTED, reached
from bot.core.messages import HistoryLine
from bot.core.records import record
from bot.store.bell import INBOX, OUTBOX
from bot.store.hints import off_index, sorted_by
from bot.store.loans import NEVER_LENT
from bot.store.outbox_rows import COPY
from bot.store.ready import Ready
from bot.store.tables import (
    OUTBOX_WAITS,
    among,
    attempt,
    channel_state,
    contact,
    inbox,
    item,
    job_run,
    loan,
    loan_event,
    outbox,
    planned,
    planned_outbox,
)

if TYPE_CHECKING:
    from bot.store.transaction import Tx

DAY = timedelta(days=1)
SENT = ("sent", "delivered", "read")
_LATER = sa.alias(outbox)
TOLD_IN_WORDS = frozenset({"problem", "damaged"})  # acts of which somebody wrote what is the matter
# Names the index over what may need attention: few rows among all that was ever sent.
TROUBLE = among(outbox.c.state, "dead", "unsure", "withheld")
IN_HAND = outbox.c.state == sa.literal_column("'sending'")
ENDED_HERE = ~sa.exists().where(_LATER.c.parent_id == outbox.c.id)  # it did not go on by another road
TO_PEOPLE = (outbox.c.op == "send") & outbox.c.contact_id.is_not(None)
TOLD = outbox.c.about.in_(("answer", "notice", "reminder", "overdue"))


@record(frozen=True, slots=True)
class Notices:
    """How many overdue notices left for a loan since its due time, and when the last did."""

    count: int
    last_at: datetime | None


def _how_many(*states: str, channels: Collection[str] = ()) -> sa.ColumnElement[int]:
    """channels: counted of these alone; empty for all."""
    counted: sa.ColumnElement[bool] = outbox.c.state.in_(states)
    if channels:
        counted = counted & outbox.c.channel.in_(sorted(channels))
    return sa.func.coalesce(sa.func.sum(sa.case((counted, 1), else_=0)), 0)


_BECAME = (
    _how_many(*SENT), _how_many(*SENT, channels=RECEIPTED), _how_many("delivered", "read"), _how_many("dead"),
)  # fmt: skip


class Reports:
    def __init__(self, tx: Tx) -> None:
        self._tx = tx

    # --- one loan, one person ----------------------------------------------------------------

    def notices(self, loan_id: int, contact_id: int, since: datetime) -> Notices:
        """A notice about several loans counts for each of them, and not for one that it left out. A copy by e-mail is
        not a second notice."""
        carried = sa.select(planned_outbox.c.planned_id).where(planned_outbox.c.outbox_id == outbox.c.id)
        of_this = carried.join(planned, planned.c.id == planned_outbox.c.planned_id).where(
            planned.c.kind == "loan", planned.c.subject_id == loan_id
        )
        here = sa.select(loan.c.department_id).where(loan.c.id == loan_id).scalar_subquery()
        # What no plan carried is a colleague's word to that person about all that is late.
        by_staff = ~sa.exists(carried) & (outbox.c.department_id == here)
        gathered = outbox.c.loan_id.is_(None) & (outbox.c.contact_id == contact_id) & (sa.exists(of_this) | by_staff)
        about = (outbox.c.loan_id == loan_id) | gathered
        query = sa.select(sa.func.count().label("n"), sa.func.max(outbox.c.sent_at).label("last")).where(
            outbox.c.message == "overdue",
            about,
            ~outbox.c.key.endswith(COPY),
            outbox.c.created_at >= since,
            outbox.c.state.in_(SENT),
        )
        row = self._tx.run(query).one()
        return Notices(int(row.n), row.last)

    def of_person(self, contact_id: int, department_id: int, limit: int) -> tuple[list[HistoryLine], int]:
        """(newest lines, total) of what a department said to a person and did with their loans."""
        loans = sa.select(loan.c.id).where(loan.c.contact_id == contact_id, loan.c.department_id == department_id)
        said = (outbox.c.contact_id == contact_id) & (outbox.c.department_id == department_id)
        lines, total = self._history(said, outbox.c.id, loan_event.c.loan_id.in_(loans), limit)
        # Whom it was about stands over them.
        return [replace(line, borrower="", who="" if line.channel else line.who) for line in lines], total

    def last_said(self, contact_id: int, department_id: int, limit: int) -> list[HistoryLine]:
        """The newest messages of a department to a person."""
        query = (
            sa.select(outbox, sa.literal("").label("whom"))
            .where(outbox.c.contact_id == contact_id, outbox.c.department_id == department_id, TOLD)
            .order_by(outbox.c.id.desc())
            .limit(limit)
        )
        return [_said(row) for row in self._tx.run(query)]

    def of_item(self, item_id: int, limit: int) -> tuple[list[HistoryLine], int]:
        loans = sa.select(loan.c.id).where(loan.c.item_id == item_id)
        said = outbox.c.loan_id.in_(loans)
        lines, total = self._history(said, sorted_by(outbox.c.id), loan_event.c.loan_id.in_(loans), limit)
        return [replace(line, item="") for line in lines], total

    def _history(self, said: Any, order: Any, done: Any, limit: int) -> tuple[list[HistoryLine], int]:
        told = TOLD & said
        # The ids first: sorting ten thousand whole rows for fifteen of them costs ten times as much.
        newest = sa.select(outbox.c.id).where(told).order_by(order.desc()).limit(limit)
        words = self._tx.run(
            sa.select(outbox, contact.c.name.label("whom"))
            .join(contact, contact.c.id == outbox.c.contact_id, isouter=True)
            .where(outbox.c.id.in_(newest))
            .order_by(outbox.c.id.desc())
        )
        acts = self._tx.run(
            sa.select(
                loan_event.c.at,
                loan_event.c.what,
                loan_event.c.note,
                loan_event.c.who,
                item.c.name.label("item"),
                contact.c.name.label("borrower"),
                loan.c.contact_id,
            )
            .join(loan, loan.c.id == loan_event.c.loan_id)
            .join(item, item.c.id == loan.c.item_id)
            .join(contact, contact.c.id == loan.c.contact_id, isouter=True)
            .where(done)
            .order_by(sorted_by(loan_event.c.id).desc())
            .limit(limit)
        )
        lines = [_said(row) for row in words] + [self._done(row) for row in acts]
        total = self._count(outbox, told) + self._count(loan_event, done)
        return sorted(lines, key=lambda line: line.at, reverse=True)[:limit], total

    def _done(self, row: Any) -> HistoryLine:
        """One act, with who did it where that is not the borrower."""
        channel, _, value = row.who.partition(":")
        known = self._tx.people.find_address(channel, value) if value else None
        by = self._tx.people.get(known.contact_id).name if known and known.contact_id != row.contact_id else ""
        note = row.note if row.what in TOLD_IN_WORDS else ""
        return HistoryLine(row.at, act_of(row), who=by, item=row.item, borrower=row.borrower or "", note=note)

    def _count(self, table: sa.Table, where: Any) -> int:
        return int(self._tx.run(sa.select(sa.func.count()).select_from(table).where(where)).scalar_one())

    # --- the plan ----------------------------------------------------------------------------

    def upcoming(
        self, department_id: int, until: datetime, limit: int
    ) -> tuple[list[tuple[str, str, str, datetime]], int]:
        """([(borrower, item, step, at)], total) planned until an instant, soonest first."""
        # Not `kind == "loan"`: SQLite would then read every row of that kind instead of those of these hours.
        loans = (planned.c.state == "planned") & (planned.c.kind != "debt")
        where = loans & (planned.c.department_id == department_id) & (planned.c.at <= until)
        query = (
            sa.select(contact.c.name, item.c.name.label("item"), planned.c.step, planned.c.at)
            .join(contact, contact.c.id == planned.c.contact_id)
            .join(loan, loan.c.id == planned.c.subject_id)
            .join(item, item.c.id == loan.c.item_id)
            .where(where)
            .order_by(planned.c.at)
            .limit(limit)
        )
        rows = [(row.name, row.item, row.step, row.at) for row in self._tx.run(query)]
        return rows, self._count(planned, where)

    # --- the queue ---------------------------------------------------------------------------

    def queue(self, department_id: int) -> dict[str, int]:
        """A department's messages by state, where somebody may want to act; parked letters of the whole desk."""
        states = ("pending", "sending", "retrying", "dead", "unsure")
        query = sa.select(outbox.c.state, sa.func.count().label("n")).where(outbox.c.department_id == department_id)
        found: dict[str, int] = {}
        for some in (OUTBOX_WAITS, IN_HAND, TROUBLE):  # each by its own index
            rows = self._tx.run(query.where(some, outbox.c.state.in_(states)).group_by(outbox.c.state))
            found |= {row.state: int(row.n) for row in rows}
        return found | {"parked": self._count(inbox, inbox.c.state == "parked")}

    def failures(self, department_id: int, limit: int) -> list[tuple[int, HistoryLine]]:
        """The newest messages given up or in doubt, with their outbox numbers."""
        query = (
            sa.select(outbox, contact.c.name.label("whom"))
            .join(contact, contact.c.id == outbox.c.contact_id, isouter=True)
            .where(outbox.c.department_id == department_id, TROUBLE, outbox.c.state.in_(("dead", "unsure")))
            .order_by(outbox.c.id.desc())
            .limit(limit)
        )
        return [(row.id, _said(row)) for row in self._tx.run(query)]

    def retry(self, department_id: int, row_id: int | None = None) -> int:
        """Queue failed messages again (one, or all that still have their facts and may be useful); how many."""
        where = (
            (outbox.c.department_id == department_id)
            & TROUBLE
            & outbox.c.state.in_(("dead", "unsure"))
            & outbox.c.facts.is_not(sa.null())
            & (outbox.c.window_end.is_(None) | (outbox.c.window_end > self._tx.now))
        )
        # A message that went on by another road is tried again where it ended, not on every road it took.
        where &= ENDED_HERE
        if row_id is not None:
            where &= outbox.c.id == row_id
        done = self._tx.run(
            sa.update(outbox)
            .where(where)
            .values(
                state="pending", attempts=0, doubts=0, next_at=self._tx.now, closed_at=None, error="tried again by hand"
            )
        )
        self._tx.ring(OUTBOX)
        return done.rowcount

    def unpark(self) -> int:
        """Have parked letters handled again, oldest first; how many."""
        done = self._tx.run(
            sa.update(inbox).where(inbox.c.state == "parked").values(state="new", tries=0, next_at=self._tx.now)
        )
        self._tx.ring(INBOX)
        return done.rowcount

    # --- figures -----------------------------------------------------------------------------

    def figures(self, department_id: int, since: datetime) -> dict[str, int]:
        """Loans and messages of a department since an instant; `out` and `late` are as of now. A message that took
        several roads counts once, where it ended."""
        mine = loan.c.department_id == department_id
        back = mine & (loan.c.returned_at >= since) & loan.c.state.in_(("returned", "damaged"))
        left = self._left(department_id, since)
        return {
            "lent": self._count(loan, mine & (loan.c.lent_at >= since) & loan.c.state.not_in(NEVER_LENT)),
            "returned": self._count(loan, back),
            "on_time": self._count(loan, back & (loan.c.returned_at <= loan.c.due_at)),
            "out": self._tx.loans.count_out(department_id), "late": self._tx.loans.count_late(department_id),
            **left,
        }  # fmt: skip

    def _left(self, department_id: int, since: datetime) -> dict[str, int]:
        """Outcomes of messages created since an instant. Those that went on by another road are counted apart and
        subtracted: they are few, and for all others no row is read."""
        began = (outbox.c.created_at >= since) & (off_index(outbox.c.department_id) == department_id)
        every = sa.select(*_BECAME).where(began)
        onward = sa.select(*_BECAME).select_from(_LATER).join(outbox, outbox.c.id == _LATER.c.parent_id)
        onward = onward.where(_LATER.c.parent_id.is_not(None), began)
        all_of, off = self._tx.run(every).one(), self._tx.run(onward).one()
        return {
            name: int(all_of[i]) - int(off[i]) for i, name in enumerate(("sent", "receipted", "delivered", "failed"))
        }

    def failed_since(self, department_id: int, since: datetime) -> int:
        where = (outbox.c.department_id == department_id) & TROUBLE & (outbox.c.state == "dead")
        return self._count(outbox, where & (outbox.c.closed_at >= since) & ENDED_HERE)

    def arrived(self, channel: str, since: datetime, until: datetime) -> dict[int | None, tuple[int, int]]:
        """Department → (messages handed to a channel, those that arrived) between two instants; one that was sent again
        there counts once. Of all at once, as `stuck`."""
        here = sorted(state.value for state in reached(channel))
        there = TO_PEOPLE & (outbox.c.channel == channel) & outbox.c.state.in_((*SENT, "dead"))
        there &= (outbox.c.created_at >= since) & (outbox.c.created_at <= until)
        again = sa.select(_LATER.c.parent_id).where(_LATER.c.parent_id.is_not(None), _LATER.c.channel == channel)
        all_of, off = self._sent_and(there, here), self._sent_and(there & outbox.c.id.in_(again), here)
        return {desk: (sent - off[desk][0], came - off[desk][1]) for desk, (sent, came) in all_of.items()}

    def _sent_and(self, which: Any, reached: Sequence[str]) -> dict[int | None, tuple[int, int]]:
        """Department → (how many messages, how many of them in one of these states), counted in one walk."""
        query = sa.select(outbox.c.department_id, sa.func.count().label("n"), _how_many(*reached).label("there"))
        rows = self._tx.run(query.where(which).group_by(off_index(outbox.c.department_id)))
        return defaultdict(lambda: (0, 0), {row.department_id: (int(row.n), int(row.there)) for row in rows})

    def stuck(self, before: datetime) -> dict[int, tuple[int, datetime]]:
        """Department → (how many, since when) reminders and overdue notices that should have left before an instant
        and have not, although their channel is not known to be down. Of all at once: what waits is walked once, not
        once for each of a thousand desks."""
        return {row.desk: (int(row.n), row.since) for row in self._tx.run(_STUCK, {"before": before})}

    def any_left(self, department_id: int, since: datetime) -> bool:
        """Whether a reminder or an overdue notice left since an instant."""
        about = outbox.c.about.in_(("reminder", "overdue")) & (outbox.c.sent_at >= since)
        query = sa.select(outbox.c.id).where(outbox.c.created_at >= since - DAY, about)
        return self._tx.run(query.where(outbox.c.department_id == department_id).limit(1)).first() is not None

    def parked(self) -> int:
        return self._count(inbox, inbox.c.state == "parked")

    # --- jobs --------------------------------------------------------------------------------

    def last_runs(self, names: Sequence[str]) -> dict[str, tuple[datetime, str]]:
        """The newest finished run of each periodic job: when, and what came of it."""
        return {row.job: (row.planned_at, row.outcome) for row in self._tx.run(last_runs(names))}


def _stuck() -> sa.Select[Any]:
    before: sa.BindParameter[datetime] = sa.bindparam("before")
    down = sa.select(channel_state.c.channel).where(channel_state.c.state != "up")
    about = OUTBOX_WAITS & outbox.c.about.in_(("reminder", "overdue"))
    whose = outbox.c.department_id.label("desk")
    waiting = sa.select(whose, outbox.c.next_at.label("at")).where(
        about, outbox.c.next_at < before, outbox.c.channel.not_in(down)
    )
    due = sa.select(planned.c.department_id, planned.c.at).where(planned.c.state == "planned", planned.c.at < before)
    # Told "not now" again and again, a row is always due in a moment. Its attempts are asked for row by row: joined,
    # SQLite would read all there ever were.
    first, last = (_told_later(of) for of in (sa.func.min, sa.func.max))
    again = sa.select(whose, first.label("at")).where(about, outbox.c.next_at >= before, first < before, last >= before)
    both = sa.union_all(waiting, due, again).subquery()
    found = sa.select(both.c.desk, sa.func.count().label("n"), sa.func.min(both.c.at).label("since"))
    return found.where(both.c.desk.is_not(None)).group_by(both.c.desk)


def _told_later(which: Callable[..., Any]) -> sa.ScalarSelect[Any]:
    """The first or last time that a message was told to come later."""
    theirs = sa.select(which(attempt.c.started_at)).where(
        attempt.c.outbox_id == outbox.c.id, attempt.c.outcome == "later"
    )
    return theirs.correlate(outbox).scalar_subquery()


_STUCK = Ready(_stuck())


def last_runs(names: Sequence[str]) -> sa.Select[tuple[str, datetime, str]]:
    """(job, planned_at, outcome) of the newest finished run of each of these periodic jobs."""
    newest = (
        sa.select(job_run.c.job, sa.func.max(job_run.c.planned_at).label("at"))
        .where(job_run.c.job.in_(names), job_run.c.finished_at.is_not(None))
        .group_by(job_run.c.job)
        .subquery()
    )
    same = (newest.c.job == job_run.c.job) & (newest.c.at == job_run.c.planned_at)
    return sa.select(job_run.c.job, job_run.c.planned_at, job_run.c.outcome).join(newest, same)


def act_of(event: Any) -> str:
    """The act that a line of a loan's history tells: a request that was approved was lent by that."""
    return "lent" if event.what == "active" and not event.note else str(event.what)


def _said(row: Any) -> HistoryLine:
    return HistoryLine(row.sent_at or row.created_at, row.message, row.channel, row.state, row.whom or "")


def day_end(now: datetime, zone: Any, days: int) -> datetime:
    """Midnight at the end of the day `days` ahead, in a zone."""
    local = now.astimezone(zone)
    return (local + timedelta(days=days + 1)).replace(hour=0, minute=0, second=0, microsecond=0)
