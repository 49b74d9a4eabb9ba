"""All jobs in one table: their names, when they run, what they do."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime, time, timedelta
from functools import partial

from bot.core.loans import LoanClass
from bot.core.records import record
from bot.store import FETCH, INBOX, OUTBOX, PLANNED, Store, Tx
from jobs.chase import chase, next_chase
from jobs.digest import digest, morning_has_come, next_morning
from jobs.dun import dun, look_due, next_look
from jobs.reconcile import reconcile
from jobs.tidy import tidy


@record(frozen=True, slots=True)
class Loop:
    """A job that works off a table: woken by its bell and its next instant; `every` is only the safety net.

    `asks`: it looks at a provider instead, where nothing of ours tells whether there is something.
    """

    name: str
    bell: str
    every: timedelta
    asks: bool = False

    def at_every(self, every: timedelta) -> Loop:
        return replace(self, every=every)


@record(frozen=True, slots=True)
class Periodic:
    """A job whose every run is a row of `job_run`: every so often, or daily at a civil time of the service's zone.

    `ahead` tells (a transaction, the last run) the next instant at which it will have something to do: the sandbox's
    clock moves past the runs between. Without it every run counts. `due` tells whether a run has anything to do at
    all; one that has not is none, and leaves no row.
    """

    name: str
    run: Callable[[Store, datetime], Awaitable[str]]
    every: timedelta | None = None
    daily: time | None = None
    ahead: Callable[[Tx, datetime], datetime | None] | None = None
    due: Callable[[Tx, datetime], bool] | None = None


def nothing_ahead(tx: Tx, since: datetime) -> None:
    """The `ahead` of a job that only repairs: it may run at any time."""


LOOPS = (
    Loop("answer", INBOX, timedelta(seconds=5)),
    Loop("deliver", OUTBOX, timedelta(seconds=5)),
    Loop("remind", PLANNED, timedelta(seconds=15)),
    Loop("fetch", FETCH, timedelta(seconds=30)),
)

# Twilio's list is read every 10 s where no door can be reached from outside.
CATCH_UP = Loop("catch_up", "catch_up", timedelta(minutes=5), asks=True)

PERIODIC = (
    Periodic("court", partial(reconcile, kind=LoanClass.COURT), every=timedelta(minutes=30), ahead=nothing_ahead),
    Periodic("moyen", partial(reconcile, kind=LoanClass.MOYEN), every=timedelta(hours=12), ahead=nothing_ahead),
    Periodic("long", partial(reconcile, kind=LoanClass.LONG), daily=time(8, 0)),
    Periodic("chase", chase, every=timedelta(minutes=15), ahead=next_chase),
    # Each desk has its own interval; a minute in which none ends makes no run.
    Periodic("dun", dun, every=timedelta(minutes=1), ahead=next_look, due=look_due),
    # Each desk has its own morning; the clocks of all zones differ by quarters of an hour.
    Periodic("digest", digest, every=timedelta(minutes=15), ahead=next_morning, due=morning_has_come),
    Periodic("tidy", tidy, daily=time(2, 0)),
)

JOBS = (*(loop.name for loop in LOOPS), CATCH_UP.name, *(job.name for job in PERIODIC))
