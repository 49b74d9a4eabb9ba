"""Cards for staff about what only a person can do."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.core.conversation import Say, To
from bot.core.delivery import Refused
from bot.core.messages import ChannelDown, Silence, StaffTask, message_from
from bot.core.people import Department
from bot.store import Tx
from bot.store.outbox_rows import COPY, OutboxRow
from bot.store.saying import Cause
from handlers.showing import phone_of

FRESH = timedelta(minutes=5)  # what a person's act of so long ago causes is never delayed
TOLD_TO_ADMINS = frozenset({"content", "loop", "price"})  # what a refusal is about
NEEDS_A_CALL = frozenset({"overdue", "notice", "reminder"})


def tell_staff(tx: Tx, row: OutboxRow, why: str) -> None:
    """A message to a borrower that found no road becomes a task for staff, not silence. Once for each row; once for
    each loan when it left and nothing says that it arrived: that happens every day."""
    about, contact_id, department_id = row.about, row.contact_id, row.department_id
    if about not in NEEDS_A_CALL or contact_id is None or department_id is None or row.key.endswith(COPY):
        return
    loans = _loans(row)
    if about != "notice" and loans and not tx.undelivered.still_out(loans):  # it came back meanwhile
        return
    person = tx.people.get(contact_id)
    task = StaffTask(person.name, row.message, why, _item(row), phone_of(tx, contact_id), links_to_show(tx, why))
    say = Say(message=task, to=To.STAFF, department_id=department_id, key=_key(row, why))
    # Who lends something at nine in the evening is told at once that nobody can be written to.
    caused = row.begun_by == "person" and row.caused_at is not None and tx.now - row.caused_at <= FRESH
    tx.speech.say(say, Cause("person" if caused else "clock"))
    tx.hooks.tell(
        "notification.failed", department_id, row.ref, id=row.ref, type=row.message, channel=row.channel, why=why,
        contact_id=contact_id, reference_id=row.reference,
    )  # fmt: skip


def tell_of_content(tx: Tx, row: OutboxRow, refused: Refused) -> None:
    """A message whose words, template or price a provider refuses is refused to everybody, and what answers us by
    itself answers for ever: only an admin can help. Once a day for each message and fault."""
    told = ChannelDown(row.channel, refused.about, refused.why[:120], message=row.message)
    key = f"{refused.about}:{row.department_id}:{row.channel}:{row.message}:{refused.code}:{tx.now:%Y-%m-%d}"
    tx.speech.say(Say(message=told, to=To.ADMINS, department_id=row.department_id, key=key[:150]), Cause("clock"))


def links_to_show(tx: Tx, why: str) -> tuple[str, ...]:
    """Where the person can write to us, so that we can write to them. None for who said STOP, or whom money stops."""
    return () if why in ("stopped", "cap") else tx.desk.links()


def _loans(row: OutboxRow) -> list[int]:
    return [row.loan_id] if row.loan_id else list(row.loan_ids or [])


def _key(row: OutboxRow, why: str) -> str:
    loans = _loans(row)
    return f"task:{why}:{loans[0]}" if why == "undelivered" and loans else f"task:{row.id}"


def _item(row: OutboxRow) -> str:
    stored = row.facts or {}
    message = message_from(row.message, stored) if stored else None
    lines = getattr(message, "lines", ())
    return str(getattr(message, "item", "") or ", ".join(line.item for line in lines))


# --- the heartbeat -----------------------------------------------------------------------------------

ALARM_AFTER = timedelta(minutes=30)


def watch(tx: Tx) -> None:
    """Reminders of a desk are due and none leaves: its admins are told, once a day. A queue that is worked off slowly
    is no alarm, nor is a channel that is down, of which they know."""
    for department_id, (due, since) in tx.reports.stuck(tx.now - ALARM_AFTER).items():
        if not tx.reports.any_left(department_id, since):
            _alarm(tx, tx.departments.get(department_id), due, since)


def _alarm(tx: Tx, desk: Department, due: int, since: datetime) -> None:
    key = f"silence:{desk.id}:{tx.now.astimezone(desk.zone):%Y-%m-%d}"
    tx.speech.say(Say(message=Silence(due, since), to=To.ADMINS, department_id=desk.id, key=key), Cause("clock"))
