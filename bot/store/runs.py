"""Runs of the periodic jobs, and the state of the channels."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from bot.core.records import record
from bot.store.ready import Ready
from bot.store.tables import channel_state, job_run, meta
from bot.store.together import Asking

if TYPE_CHECKING:
    from bot.store.transaction import Tx

RUN_LEASE = timedelta(minutes=5)
PROBE_EVERY = timedelta(seconds=10)
OPENS_AFTER = 5  # faults in a row
# Those that staff may look at, run and suspend.
JOBS = (
    "answer", "deliver", "remind", "fetch", "catch_up", "court", "moyen", "long", "chase", "dun", "digest", "tidy",
)  # fmt: skip
NEVER_SUSPENDED = frozenset({"answer"})
"""The press that resumes a job is a letter that `answer` reads: suspended itself, it would never be resumed by chat."""

GROUP_LOST = "group_lost:"
"""Begins the note of when a desk's group was last lost, by the day of the desk."""


@record(frozen=True, slots=True)
class ChannelState:
    state: str  # up, down, config
    faults: int
    probe_at: datetime | None
    since: datetime | None


class Runs:
    def __init__(self, tx: Tx) -> None:
        self._tx = tx

    def begin(self, job: str, planned_at: datetime) -> str | None:
        """The lease of this run, None when it is done or leased. An unfinished one whose lease expired is taken
        over."""
        lease = secrets.token_hex(8)
        until = self._tx.real + RUN_LEASE
        if self._tx.insert_new(
            job_run, job=job, planned_at=planned_at, lease=lease, lease_until=until, started_at=self._tx.now
        ):
            return lease
        key = (job_run.c.job == job) & (job_run.c.planned_at == planned_at)
        left = key & job_run.c.finished_at.is_(None) & (job_run.c.lease_until < self._tx.real)
        taken = self._tx.run(sa.update(job_run).where(left).values(lease=lease, lease_until=until))
        return lease if taken.rowcount == 1 else None

    def end_leases(self) -> None:
        """No run of now is going on: this process is alone, and has only begun."""
        ended = self._tx.real - timedelta(seconds=1)
        self._tx.run(sa.update(job_run).where(job_run.c.finished_at.is_(None)).values(lease_until=ended))

    def finish(self, job: str, planned_at: datetime, lease: str, outcome: str) -> None:
        run = {"job": job, "planned_at": planned_at, "lease": lease}
        self._tx.update(job_run, run, finished_at=self._tx.now, outcome=outcome[:500])

    def suspended(self, job: str) -> bool:
        return job not in NEVER_SUSPENDED and self.noted(f"job_suspended:{job}") == "yes"

    def suspend(self, job: str, *, on: bool) -> None:
        self.note(f"job_suspended:{job}", "yes" if on else "no")

    def wishes(self) -> tuple[set[str], dict[str, datetime]]:
        """(suspended jobs, jobs that somebody wants run now, with the time of the request). A request is returned
        once."""
        rows = self._tx.run(_ABOUT_JOBS).all()
        suspended = {_job_in(r.name) for r in rows if r.name.startswith("job_suspended:") and r.value == "yes"}
        wanted = {_job_in(r.name): datetime.fromisoformat(r.value) for r in rows if r.name.startswith("job_wanted:")}
        if wanted:
            self._tx.run(sa.delete(meta).where(meta.c.name.in_([f"job_wanted:{job}" for job in wanted])))
        return suspended - NEVER_SUSPENDED, wanted

    # --- channels ----------------------------------------------------------------------------

    def channel(self, name: str) -> ChannelState:
        return self._tx.look(self.state_of(name))

    def state_of(self, name: str) -> Asking[ChannelState]:
        """Its row is locked where it is not well: one call in ten seconds is let through, by one process. Locked at all
        times it would let one transaction after the other claim and close."""
        (rows,) = yield [(_STATE, {"channel": name})]
        found = _channel_state(rows.first())
        well = found.state == "up" and found.faults == 0
        return found if well or not self._tx.postgres else self._locked(name)

    def _locked(self, name: str) -> ChannelState:
        return _channel_state(self._tx.run(_LOCKED if self._tx.postgres else _STATE, {"channel": name}).first())

    def fault(self, name: str, kind: str, detail: str) -> bool:
        """Count a fault (`down`) or stop the channel (`config`); whether the channel went out of service just now."""
        self._tx.insert_new(
            channel_state, channel=name, state="up", faults=0, detail=""
        )  # so that there is a row to lock
        was = self._locked(name)
        faults = was.faults + 1
        stops = kind == "config" or faults >= OPENS_AFTER
        state = (kind if stops else was.state) if was.state != "config" else "config"
        self._save(name, state, faults, detail, was)
        return was.state == "up" and state != "up"

    def success(self, name: str) -> bool:
        """Whether this brings the channel back into service."""
        was = self.channel(name)
        if was.state == "up" and was.faults == 0:
            return False
        self._save(name, "up", 0, "", was)
        return was.state != "up"

    def probing(self, name: str) -> None:
        self._tx.run(
            sa.update(channel_state).where(channel_state.c.channel == name).values(probe_at=self._tx.real + PROBE_EVERY)
        )

    def _save(self, name: str, state: str, faults: int, detail: str, was: ChannelState) -> None:
        since = was.since if state == was.state else self._tx.now
        values = {"state": state, "faults": faults, "detail": detail[:300], "since": since}
        if state != "up" and was.state == "up":
            values["probe_at"] = self._tx.real + PROBE_EVERY
        done = self._tx.run(sa.update(channel_state).where(channel_state.c.channel == name).values(**values))
        if done.rowcount == 0:
            self._tx.insert_new(channel_state, channel=name, **values)

    # --- what one replica does alone -----------------------------------------------------------

    def hold(self, what: str, holder: str, lasts: timedelta, *, alone: bool = False) -> bool:
        """Whether `holder` alone may do something for this long from now; a present holder renews. One that died is
        replaced when its time is over, or at once by a process that is `alone`."""
        name = f"held:{what}"
        self._tx.insert_new(meta, name=name, value="")
        held = self._tx.run(self._tx.lock(sa.select(meta.c.value).where(meta.c.name == name))).scalar_one()
        who, _, until = str(held).partition(" ")
        if not alone and who not in ("", holder) and datetime.fromisoformat(until) > self._tx.real:
            return False
        self.note(name, f"{holder} {(self._tx.real + lasts).isoformat()}")
        return True

    def let_go(self, what: str, holder: str) -> None:
        """Release it, so that another may have it at once."""
        mine = (meta.c.name == f"held:{what}") & meta.c.value.startswith(f"{holder} ")
        self._tx.run(sa.update(meta).where(mine).values(value=""))

    # --- small facts about the database itself -----------------------------------------------

    def note(self, name: str, value: str) -> None:
        self._tx.put(meta, name=name, value=value)

    def noted(self, name: str) -> str | None:
        found: str | None = self._tx.run(_NOTED, {"name": name}).scalar()
        return found

    def noted_alike(self, beginning: str) -> dict[str, str]:
        """All notes whose names begin so."""
        return {row.name: row.value for row in self._tx.run(_NOTED_ALIKE, {"beginning": beginning})}


def _channel_state(row: Any) -> ChannelState:
    if row is None:
        return ChannelState("up", 0, None, None)
    return ChannelState(row.state, row.faults, row.probe_at, row.since)


def _job_in(name: str) -> str:
    return name.partition(":")[2]


_STATE = Ready(sa.select(channel_state).where(channel_state.c.channel == sa.bindparam("channel")))
_LOCKED = Ready(_STATE.statement.with_for_update())
_ABOUT_JOBS = Ready(sa.select(meta).where(meta.c.name.like("job\\_%:%", escape="\\")))
_NOTED = Ready(sa.select(meta.c.value).where(meta.c.name == sa.bindparam("name")))
_BEGINNING: sa.BindParameter[str] = sa.bindparam("beginning", type_=sa.String())
_NOTED_ALIKE = Ready(sa.select(meta).where(sa.func.substr(meta.c.name, 1, sa.func.length(_BEGINNING)) == _BEGINNING))
