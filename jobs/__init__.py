"""The clock speaks. All jobs in one table: their names, when they run, what they do."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from functools import partial

from bot.core.loans import LoanClass
from bot.store import INBOX, OUTBOX, PLANNED, Store
from jobs.chase import chase
from jobs.reconcile import reconcile
from jobs.tidy import tidy


@dataclass(frozen=True, slots=True)
class Loop:
    """A job that empties a shelf: woken by its bell and its next instant; `every` is only the safety net."""

    name: str
    bell: str
    every: timedelta

    def at_every(self, every: timedelta) -> Loop:
        return replace(self, every=every)


@dataclass(frozen=True, slots=True)
class Periodic:
    """A job whose every run is a row of `job_run`: every so often, or daily at a civil time of the desk's zone."""

    name: str
    run: Callable[[Store, datetime], Awaitable[str]]
    every: timedelta | None = None
    daily: time | None = None


LOOPS = (
    Loop("answer", INBOX, timedelta(seconds=5)),
    Loop("deliver", OUTBOX, timedelta(seconds=5)),
    Loop("remind", PLANNED, timedelta(seconds=15)),
)

# Twilio's list is read every 10 s where no door can be reached from outside.
CATCH_UP = Loop("catch_up", "catch_up", timedelta(minutes=5))

PERIODIC = (
    Periodic("court", partial(reconcile, kind=LoanClass.COURT), every=timedelta(minutes=30)),
    Periodic("moyen", partial(reconcile, kind=LoanClass.MOYEN), every=timedelta(hours=12)),
    Periodic("long", partial(reconcile, kind=LoanClass.LONG), daily=time(8, 0)),
    Periodic("chase", chase, every=timedelta(minutes=15)),
    Periodic("tidy", tidy, daily=time(2, 0)),
)

JOBS = (*(loop.name for loop in LOOPS), CATCH_UP.name, *(job.name for job in PERIODIC))
