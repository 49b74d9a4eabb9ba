"""The machine's clock was set back: what is dated ahead of it would wait for as long as it was set back by."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from bot.store.bell import INBOX, OUTBOX
from bot.store.outbox import LEASE
from bot.store.runs import PROBE_EVERY
from bot.store.tables import OUTBOX_WAITS, channel_state, inbox, job_run, outbox, pace

if TYPE_CHECKING:
    from bot.store.transaction import Tx


def after_set_back(tx: Tx) -> None:
    """Letters, answers and what a limit held back may go on now; doubts, leases and the rest of a channel begin anew.

    What is planned, and what waits for a time of the day, keeps its time.
    """
    now = tx.now
    late = (outbox.c.begun_by == "person") & (outbox.c.created_at > now)
    waits = OUTBOX_WAITS & (outbox.c.next_at > now)
    tx.run(sa.update(outbox).where(waits, late | (outbox.c.put_off_at > now)).values(next_at=now))
    tx.run(sa.update(outbox).where(outbox.c.put_off_at > now).values(put_off_at=now))
    tx.run(sa.update(outbox).where(outbox.c.state == "unsure", outbox.c.closed_at > now).values(closed_at=now))
    until = tx.real + LEASE
    tx.run(sa.update(outbox).where(outbox.c.state == "sending", outbox.c.lease_until > until).values(lease_until=until))
    probe = tx.real + PROBE_EVERY
    tx.run(sa.update(channel_state).where(channel_state.c.probe_at > probe).values(probe_at=probe))
    new = (inbox.c.state == "new") & (inbox.c.received_at > now) & (inbox.c.next_at > now)
    tx.run(sa.update(inbox).where(new).values(next_at=now))
    tx.ring(INBOX)
    tx.ring(OUTBOX)


def end_pauses(tx: Tx) -> None:
    """Pauses that providers asked for, where a process has seen the clock set back: nobody knows any more when they
    end. Who is called too early says so once more. At a start they hold: that the clock was set back is a guess then.
    """
    tx.run(sa.update(pace).where(pace.c.blocked_until > tx.real).values(blocked_until=tx.real))


def plan_again(tx: Tx, *, seen: bool) -> None:
    """A clock that ran ahead had closed what is still to come: reminders whose time seemed over, messages too late to
    be of use. The plans are laid anew, of which nothing that was said is said again, and such messages wait once more.

    seen: a process saw the clock set back. Else it is a guess at a start, and is believed where a message or the run of
    a job is dated ahead of now.
    """
    said = tx.run(sa.select(outbox.c.created_at).order_by(outbox.c.id.desc()).limit(1)).scalar()
    ran = tx.run(sa.select(sa.func.max(job_run.c.planned_at))).scalar()
    if not seen and all(last is None or last <= tx.now for last in (said, ran)):
        return
    late = (outbox.c.state == "expired") & (outbox.c.closed_at > tx.now) & (outbox.c.window_end > tx.now)
    tx.run(sa.update(outbox).where(late).values(state="pending", next_at=tx.now, error="", closed_at=None))
    for department_id in tx.departments.all():
        tx.replannings.ask(department_id)
    tx.ring(OUTBOX)
