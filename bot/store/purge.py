"""What `tidy` removes, in slices that lock nothing for long; never rows that guard against doing or saying something
twice."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import sqlalchemy as sa

from bot.core.records import record
from bot.store.inbox import name_of
from bot.store.loans import OPEN
from bot.store.ready import Ready
from bot.store.tables import (
    HAS_AUTHOR,
    Moment,
    among,
    attempt,
    inbox,
    job_run,
    loan,
    loan_event,
    outbox,
    planned,
    planned_outbox,
    question,
    seen,
    setup_code,
    undo,
)
from bot.store.tally import COUNTED, keep

if TYPE_CHECKING:
    from bot.store.transaction import Tx

SLICE = 250  # rows of one transaction: 15 ms for which everybody else waits
STRETCH = 500  # rows looked at in one transaction


Mark = TypeVar("Mark")  # the columns that order the walk


@record(frozen=True, slots=True)
class Walked(Generic[Mark]):
    """One stretch of a table: the mark of its last row, None at the end; how many rows were emptied or removed."""

    last: Mark | None
    done: int


def _stretch(tx: Tx, table: sa.Table, after: int) -> int | None:
    """The last of the next rows by id. Rows to empty are found by scanning forward: there is no index for them, and a
    search from the beginning for each slice would read the whole table as often as there are slices."""
    last: int | None = tx.run(_last_of(table), {"after": after, "most": STRETCH}).scalar()
    return last


@cache
def _last_of(table: sa.Table) -> Ready:
    some = sa.select(table.c.id).where(table.c.id > sa.bindparam("after")).order_by(table.c.id)
    return Ready(sa.select(sa.func.max(some.limit(sa.bindparam("most")).subquery().c.id).label("last")))


def drop_payloads(tx: Tx, after: int, before: datetime) -> Walked[int]:
    """Empty raw messages that were handled long ago."""
    last = _stretch(tx, inbox, after)
    here = inbox.c.id.between(after + 1, last or after)
    old = here & (inbox.c.state == "done") & (inbox.c.done_at < before) & inbox.c.payload.is_not(sa.null())
    return Walked(last, tx.run(sa.update(inbox).where(old).values(payload=sa.null())).rowcount)


def drop_facts(tx: Tx, after: int, sent_before: datetime, dead_before: datetime) -> Walked[int]:
    """Empty the facts of messages that are never resent."""
    over = (outbox.c.state.in_(("delivered", "read", "withheld", "superseded", "expired", "cancelled"))) | (
        (outbox.c.state == "sent") & (outbox.c.sent_at < sent_before)
    )
    over = over | ((outbox.c.state.in_(("dead", "unsure"))) & (outbox.c.closed_at < dead_before))
    last = _stretch(tx, outbox, after)
    over = over & outbox.c.id.between(after + 1, last or after) & outbox.c.facts.is_not(sa.null())
    return Walked(last, tx.run(sa.update(outbox).where(over).values(facts=sa.null(), choices=sa.null())).rowcount)


def drop_messages(tx: Tx, before: datetime) -> int:
    """Delete rows of the log older than the rule, counting them; their keys stay in `said`."""
    old = sa.select(*COUNTED).where(
        outbox.c.created_at < before, outbox.c.state.not_in(("pending", "retrying", "sending"))
    )
    rows = tx.run(old.limit(SLICE)).all()
    ids = [r.id for r in rows]
    if ids:
        keep(tx, rows)
        tx.run(sa.delete(attempt).where(attempt.c.outbox_id.in_(ids)))
        tx.run(sa.delete(planned_outbox).where(planned_outbox.c.outbox_id.in_(ids)))
        tx.run(sa.delete(outbox).where(outbox.c.id.in_(ids)))
    return len(ids)


def drop_letters(tx: Tx, before: datetime) -> int:
    """Delete received messages older than the rule, unhandled ones included; their ids stay in `seen`.

    Those of receipts do not: there are two or three for each message of ours, and what they are about is gone by now.
    """
    rows: list[Any] = []
    for old in LETTERS.values():
        rows += tx.run(old, {"before": before, "most": SLICE - len(rows)})
    if rows:
        tx.run(sa.delete(inbox).where(inbox.c.id.in_([row.id for row in rows])))
    receipts = [name_of(row) for row in rows if row.kind == "receipt"]
    if receipts:
        tx.run(sa.delete(seen).where(seen.c.id.in_(receipts)))
    return len(rows)


LETTERS = {  # each by its own index
    state: Ready(
        sa.select(inbox.c.id, inbox.c.channel, inbox.c.kind, inbox.c.provider_id)
        .where(among(inbox.c.state, state), inbox.c.done_at < sa.bindparam("before"))
        .limit(sa.bindparam("most"))
    )
    for state in ("done", "parked")
}


def drop_plans(tx: Tx, after: int, before: datetime) -> Walked[int]:
    """Delete steps that were said or closed long ago."""
    last = _stretch(tx, planned, after)
    here = planned.c.id.between(after + 1, last or after)
    ids = [
        r.id for r in tx.run(sa.select(planned.c.id).where(here, planned.c.state != "planned", planned.c.at < before))
    ]
    if ids:
        tx.run(sa.delete(planned_outbox).where(planned_outbox.c.planned_id.in_(ids)))
        tx.run(sa.delete(planned).where(planned.c.id.in_(ids)))
    return Walked(last, len(ids))


def drop_authors(tx: Tx, after: Moment, before: datetime) -> Walked[Moment]:
    """Addresses in the history of loans that ended long ago: which channel an act came by stays, not from whom.

    They are walked along by time and number: those of running loans stay, and would be read anew for each slice.
    """
    rows = tx.run(AUTHORS, {"at": after[0], "id": after[1], "before": before, "most": SLICE}).all()
    over = [row for row in rows if not row.runs]
    for channel in {row.who.partition(":")[0] for row in over}:
        ids = [row.id for row in over if row.who.startswith(f"{channel}:")]
        tx.run(sa.update(loan_event).where(loan_event.c.id.in_(ids)).values(who=channel))
    return Walked((rows[-1].at, rows[-1].id) if len(rows) == SLICE else None, len(over))


_BY_TIME = (loan_event.c.at, loan_event.c.id)
AUTHORS = Ready(
    sa.select(
        *_BY_TIME,
        loan_event.c.who,
        sa.exists().where(loan.c.id == loan_event.c.loan_id, among(loan.c.state, *OPEN)).label("runs"),
    )
    .where(
        HAS_AUTHOR,
        loan_event.c.at < sa.bindparam("before"),
        sa.tuple_(*_BY_TIME) > sa.tuple_(sa.bindparam("at", type_=loan_event.c.at.type), sa.bindparam("id")),
    )
    .order_by(*_BY_TIME)
    .limit(sa.bindparam("most"))
)


def drop_runs(tx: Tx, before: datetime) -> int:
    """Delete runs of the periodic jobs, a hundred a day; the newest of each stays for /jobs."""
    newest = sa.select(sa.func.max(job_run.c.planned_at)).group_by(job_run.c.job)
    over = (job_run.c.planned_at < before) & job_run.c.finished_at.is_not(None)
    return int(tx.run(sa.delete(job_run).where(over, job_run.c.planned_at.not_in(newest))).rowcount)


def drop_codes(tx: Tx) -> int:
    """Delete expired one-time codes, used or not."""
    return int(tx.run(sa.delete(setup_code).where(setup_code.c.expires_at < tx.now)).rowcount)


def drop_questions(tx: Tx) -> int:
    """Delete expired questions and undo rows."""
    gone = tx.run(sa.delete(question).where(question.c.expires_at < tx.now)).rowcount
    return int(gone + tx.run(sa.delete(undo).where(undo.c.until < tx.now)).rowcount)
