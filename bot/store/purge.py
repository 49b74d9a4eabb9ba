"""What tidy removes, in slices that lock nothing for long. Never rows that guard against saying or doing twice."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import sqlalchemy as sa

from bot.store.loans import OPEN
from bot.store.tables import (
    attempt,
    inbox,
    job_run,
    loan,
    loan_event,
    outbox,
    planned,
    planned_outbox,
    question,
    setup_code,
    undo,
)
from bot.store.tally import COUNTED, keep

if TYPE_CHECKING:
    from bot.store.transaction import Tx

SLICE = 500


def drop_payloads(tx: Tx, before: datetime) -> int:
    """Raw messages that were handled long ago lose their words."""
    due = sa.select(inbox.c.id).where(inbox.c.state == "done", inbox.c.done_at < before).limit(SLICE)
    ids = [r.id for r in tx.run(due.where(inbox.c.payload.is_not(sa.null())))]
    if ids:
        tx.run(sa.update(inbox).where(inbox.c.id.in_(ids)).values(payload=sa.null()))
    return len(ids)


def drop_facts(tx: Tx, sent_before: datetime, dead_before: datetime) -> int:
    """Facts of messages that need no resending any more."""
    over = (outbox.c.state.in_(("delivered", "read", "withheld", "superseded", "expired", "cancelled"))) | (
        (outbox.c.state == "sent") & (outbox.c.sent_at < sent_before)
    )
    over = over | ((outbox.c.state.in_(("dead", "unsure"))) & (outbox.c.closed_at < dead_before))
    ids = [r.id for r in tx.run(sa.select(outbox.c.id).where(over, outbox.c.facts.is_not(sa.null())).limit(SLICE))]
    if ids:
        tx.run(sa.update(outbox).where(outbox.c.id.in_(ids)).values(facts=sa.null(), choices=sa.null()))
    return len(ids)


def drop_messages(tx: Tx, before: datetime) -> int:
    """Rows of the log older than the rule, counted as they go; their keys stay in `said`."""
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
    """Received messages older than the rule, those nobody handled included; their numbers stay in `seen`."""
    old = sa.select(inbox.c.id).where(inbox.c.state != "new", inbox.c.done_at < before).limit(SLICE)
    ids = [r.id for r in tx.run(old)]
    if ids:
        tx.run(sa.delete(inbox).where(inbox.c.id.in_(ids)))
    return len(ids)


def drop_plans(tx: Tx, before: datetime) -> int:
    """Steps that were said or closed long ago."""
    old = sa.select(planned.c.id).where(planned.c.state != "planned", planned.c.at < before).limit(SLICE)
    ids = [r.id for r in tx.run(old)]
    if ids:
        tx.run(sa.delete(planned_outbox).where(planned_outbox.c.planned_id.in_(ids)))
        tx.run(sa.delete(planned).where(planned.c.id.in_(ids)))
    return len(ids)


def drop_authors(tx: Tx, before: datetime) -> int:
    """Addresses in the history of loans that ended long ago: which channel an act came by stays, not from whom."""
    over = sa.select(loan.c.id).where(loan.c.state.not_in(OPEN))
    old = (loan_event.c.at < before) & loan_event.c.who.contains(":") & loan_event.c.loan_id.in_(over)
    rows = tx.run(sa.select(loan_event.c.id, loan_event.c.who).where(old).limit(SLICE)).all()
    for channel in {row.who.partition(":")[0] for row in rows}:
        ids = [row.id for row in rows if row.who.startswith(f"{channel}:")]
        tx.run(sa.update(loan_event).where(loan_event.c.id.in_(ids)).values(who=channel))
    return len(rows)


def drop_runs(tx: Tx, before: datetime) -> int:
    """Runs of the periodic jobs, a hundred a day; the newest of each stays, for /jobs to tell of."""
    newest = sa.select(sa.func.max(job_run.c.planned_at)).group_by(job_run.c.job)
    over = (job_run.c.planned_at < before) & job_run.c.finished_at.is_not(None)
    return int(tx.run(sa.delete(job_run).where(over, job_run.c.planned_at.not_in(newest))).rowcount)


def drop_codes(tx: Tx) -> int:
    """One-time codes whose time is over, used or not."""
    return int(tx.run(sa.delete(setup_code).where(setup_code.c.expires_at < tx.now)).rowcount)


def drop_questions(tx: Tx) -> int:
    """Questions and undo rows whose time is over."""
    gone = tx.run(sa.delete(question).where(question.c.expires_at < tx.now)).rowcount
    return int(gone + tx.run(sa.delete(undo).where(undo.c.until < tx.now)).rowcount)
