"""Which rows may leave: leased, read once more in the transaction, and started, put off or closed with a reason."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from bot.core.conversation import Say, To
from bot.core.delivery import (
    BEGUN_BY_US,
    COSTLY,
    MOST_A_DAY,
    SOMEBODY_ELSES,
    WINDOW_CLOSED,
    PutOff,
    State,
    Stop,
    Waiting,
    may_leave,
    stretch,
)
from bot.core.messages import MonthlyCap, Together, facts, may_be_off
from bot.core.messages_debts import DebtReminder
from bot.core.people import Department
from bot.core.schedule import after_quiet, is_quiet
from bot.store import Tx
from bot.store.outbox_rows import Claimed, Sending
from bot.store.pace import Place, Told
from bot.store.saying import Cause
from bot.store.together import side_by_side
from handlers.dunning import as_owed_now, not_theirs
from handlers.notices import SWITCHED_OFF, unwanted
from handlers.onward import around, onward_for_nothing
from handlers.tasks import tell_staff
from jobs.overtaken import overtaken

HORIZON = 1.0  # seconds: rows that must wait longer for their limit stay in the outbox
OUTSIDE = Stop(State.WITHHELD, WINDOW_CLOSED)
ENOUGH = "enough messages today"
TO_STRANGERS = 1000  # answers beyond a month's cap
OUR_OWN_REASONS = (SWITCHED_OFF, ENOUGH)
# Another message to the same address was refused while this one waited for its turn.
ROAD_ENDED = ("the address is blocked", "the address is dead")

Begun = Mapping[str, Sending | None]  # lease → what to send; None for a row that may not leave


# --- claim ---------------------------------------------------------------------------------------


def claim_rows(
    tx: Tx, channel: str, sender: str, limit: int, news: Sequence[Told] = (), token: str = ""
) -> list[Claimed]:
    """Lease what may leave. A channel out of service lets one row through every ten seconds, to see."""
    # Nothing does for most channels at most turns: asked before any lock is.
    waits, state = tx.look(side_by_side(tx.outbox.waits(channel), tx.runs.state_of(channel)))
    if not waits:
        return []
    if state.state != "up":
        if state.probe_at is not None and state.probe_at > tx.real:
            return []
        limit = 1
    # A burst takes places at most one slice of the limit ahead, so that an answer does not wait behind it.
    claimed = tx.outbox.claim(channel, sender, limit, HORIZON, min(HORIZON, stretch(channel)), news, token)
    if claimed and state.state != "up":
        tx.runs.probing(channel)
    return claimed


def take_rows(
    tx: Tx, channel: str, sender: str, limit: int, news: Sequence[Told], token: str
) -> tuple[list[Claimed], Begun]:
    """Lease what may leave, and start the first of each chat where it need not wait: one commit for both. Raises what
    the start of a single row raises: then nothing is leased."""
    claimed = claim_rows(tx, channel, sender, limit, news, token)
    leases = [chat[0].lease for chat in by_chat(claimed) if chat[0].wait <= 0]
    return claimed, dict(zip(leases, start_rows(tx, leases), strict=True)) if leases else {}


def take_place(tx: Tx, channel: str, sender: str, claimed: Claimed) -> Place | float:
    """Another place for a row whose own has passed by; else how many seconds to rest."""
    return tx.outbox.take_place(channel, sender, claimed, HORIZON)


def by_chat(claimed: Sequence[Claimed]) -> Iterator[list[Claimed]]:
    chats: dict[str, list[Claimed]] = {}
    for one in claimed:
        chats.setdefault(one.chat, []).append(one)
    yield from chats.values()


# --- start ---------------------------------------------------------------------------------------


def start_rows(tx: Tx, leases: Sequence[str]) -> list[Sending | None]:
    """Read state, consent, loan and quiet hours once more; note the attempts of those that may go."""
    rows = tx.outbox.sending(leases)
    begun_to = {person for row in rows.values() if (person := _begun_to(row))}
    paid_for = {desk.id for row in rows.values() if row.channel in COSTLY and (desk := desk_of(tx, row)) is not None}
    left, *_ = tx.look(
        side_by_side(
            tx.outbox.left_today(begun_to, tx.now - timedelta(days=1)),
            tx.outbox.with_loans(rows.values()),
            tx.spending.look_ahead(paid_for),
        )
    )
    going: dict[str, Sending] = {}
    for lease, row in rows.items():
        ready = _ready(tx, row, left)
        if ready is not None:
            going[lease] = ready
    tx.outbox.started(list(going.values()))
    tx.spending.keep()
    return [going.get(lease) for lease in leases]


def _ready(tx: Tx, row: Sending, left_today: Mapping[int, int]) -> Sending | None:
    row, settled = _with_debts_as_they_are(tx, _without_settled_loans(tx, row))
    row, passed = overtaken(tx, row)
    desk = desk_of(tx, row)
    row = as_the_road_is(tx, row, desk)
    verdict = (
        settled
        or passed
        or _somebody_elses(row)
        or _outdated(tx, row)
        or not_theirs(tx, row.message, row.address_id)
        or _switched_off(tx, row)
        or unwanted(tx, row)
        or _enough_today(row, left_today)
        or may_leave(_waiting(row), tx.now, _quiet_until(tx, row, desk))
        or _outside(tx, row, desk)
    )
    if isinstance(verdict, Stop):
        tx.outbox.finish(row.lease, verdict.state, verdict.why)
        if verdict is OUTSIDE or verdict.why in ROAD_ENDED:
            around(tx, row)
        elif verdict.state is State.WITHHELD and row.about == "overdue" and verdict.why not in OUR_OWN_REASONS:
            tell_staff(tx, row, "stopped")
        return None
    if isinstance(verdict, PutOff):
        tx.outbox.put_off(row.lease, verdict.at, verdict.why)
        return None
    if desk is not None and not _affordable(tx, row, desk):
        _withhold(tx, row, desk)
        return None
    return _with_target(tx, worded(tx, row))


def desk_of(tx: Tx, row: Sending) -> Department | None:
    """Whose rules hold for a message, and who pays for it."""
    return tx.departments.get(row.department_id) if row.department_id else tx.departments.first()


def as_the_road_is(tx: Tx, row: Sending, desk: Department | None, was: datetime | None = None) -> Sending:
    """With WhatsApp's window, now or as it `was` at an instant, and whether an SMS can be answered."""
    if row.channel == "whatsapp":  # a stranger has never written
        ours, to, people = tx.roads.get("whatsapp", ""), row.address_id, tx.people
        if to is None:
            return row.changed(window_open=False)
        return row.changed(window_open=people.window_was_open(ours, to, was) if was else people.window_open(ours, to))
    if row.channel == "sms" and desk is not None:
        return row.changed(one_way=not desk.rules.sms_answers)
    return row


def _outside(tx: Tx, row: Sending, desk: Department | None) -> Stop | None:
    """WhatsApp takes no free text now, there is no template, and this desk does not try all the same. An answer is
    never kept back (its reader has just written, be it to another number of ours), nor an admin's trial, which goes to
    a number and to nobody."""
    if row.window_open or row.op != "send" or row.about == "answer" or row.contact_id is None:
        return None
    if desk is None or desk.rules.try_outside:
        return None
    return None if (row.message, row.language) in tx.desk.approved else OUTSIDE


def _affordable(tx: Tx, row: Sending, desk: Department) -> bool:
    """Count a message that leaves by a paid channel; False when the desk's monthly cap is reached. Answers leave beyond
    it, to people who never borrowed here a thousand: numbers can be had without end."""
    if row.channel not in COSTLY:
        return True
    if row.begun_by != "person":
        return tx.spending.reserve(desk.id, row.channel, desk.rules.monthly_most)
    for_anybody = desk.rules.monthly_most + TO_STRANGERS
    return tx.spending.reserve(desk.id, row.channel, for_anybody) or (
        not _stranger(tx, row) and tx.spending.reserve(desk.id, row.channel, None)
    )


def _stranger(tx: Tx, row: Sending) -> bool:
    """Whether it goes to somebody who never had anything to do with a desk. An admin's trial goes to nobody."""
    return row.contact_id is not None and not (tx.loans.ever(row.contact_id) or tx.debts.desks_of(row.contact_id))


def _withhold(tx: Tx, row: Sending, desk: Department) -> None:
    """The month is used up: the message goes by a road that costs nothing, or to staff as a task. Admins are told
    once a month."""
    tx.outbox.finish(row.lease, State.WITHHELD, "the desk's month is used up")
    if not onward_for_nothing(tx, row):
        tell_staff(tx, row, "cap")
    told = MonthlyCap(desk.rules.monthly_most)
    say = Say(message=told, to=To.ADMINS, department_id=desk.id, key=f"cap:{desk.id}:{tx.spending.month}")
    tx.speech.say(say, Cause("clock"))


def _somebody_elses(row: Sending) -> Stop | None:
    """The address was taken out of this person's while the message was in hand or in doubt. (A card of a lost group
    goes to an admin's own.)"""
    theirs = row.contact_id is None or row.card is not None or row.address_owner in (None, row.contact_id)
    return None if theirs else Stop(State.CANCELLED, SOMEBODY_ELSES)


def _outdated(tx: Tx, row: Sending) -> Stop | None:
    """A card that failed at first would come after the one that says what is true by now, or be written over it."""
    later = row.card is not None and row.attempts > 0 and tx.outbox.said_anew(row)
    return Stop(State.SUPERSEDED, "a later card says what is true now") if later else None


def _switched_off(tx: Tx, row: Sending) -> Stop | None:
    """A message that an admin switched off; but a loan that was asked for is told of all the same: it is an answer."""
    if row.department_id is None or not may_be_off(row.message) or row.facts.get("approved"):
        return None
    off = tx.wordings.is_off(row.department_id, row.message, row.channel)
    return Stop(State.WITHHELD, SWITCHED_OFF) if off else None


def _begun_to(row: Sending) -> int | None:
    """The person we write to unasked; None for an answer and for what goes to no person."""
    return None if row.begun_by == "person" or row.about not in BEGUN_BY_US else row.contact_id


def _enough_today(row: Sending, left_today: Mapping[int, int]) -> Stop | None:
    """Whether a person has had thirty messages begun by us today, the most anybody gets."""
    to = _begun_to(row)
    return Stop(State.WITHHELD, ENOUGH) if to is not None and left_today.get(to, 0) >= MOST_A_DAY else None


def worded(tx: Tx, row: Sending) -> Sending:
    """With the words that an admin put in place of the file's, and with tu where the desk says tu."""
    if row.department_id is None:
        return row
    desk = row.department_id
    words = tx.wordings.words(desk, row.message, row.language, row.channel)
    told = _parts_worded(tx, row, desk) if row.message == Together.name else row.facts
    return row.changed(override=words, facts=told, familiar=tx.departments.get(desk).rules.tutoiement)


def _parts_worded(tx: Tx, row: Sending, department_id: int) -> dict[str, Any]:
    """Each message of one answer with an admin's words for it."""
    parts = [
        {**part, "words": tx.wordings.words(department_id, part["name"], row.language, row.channel) or ""}
        for part in row.facts["parts"]
    ]
    return {**row.facts, "parts": parts}


def _quiet_until(tx: Tx, row: Sending, desk: Department | None) -> datetime | None:
    if desk is None or row.begun_by == "person":
        return None
    zone = ZoneInfo(row.contact_zone) if row.contact_zone else desk.zone
    return after_quiet(tx.now, desk.rules, zone) if is_quiet(tx.now, desk.rules, zone) else None


def _waiting(row: Sending) -> Waiting:
    told = row.facts.get("due_at")
    return Waiting(
        row.about, row.begun_by, row.window_end, row.caused_at, row.address_id is not None, row.consent,
        row.address_state, row.paused_until,
        row.loans.get(row.loan_id) if row.loan_id else None,
        datetime.fromisoformat(told) if isinstance(told, str) and row.about == "reminder" else None,
    )  # fmt: skip


def _without_settled_loans(tx: Tx, row: Sending) -> Sending:
    """A gathered message loses the lines of loans that came back, moved or were silenced meanwhile."""
    if not row.loan_ids:
        return row
    lines = row.facts.get("lines", [])
    kept = [
        (line, i)
        for line, i in zip(lines, row.loan_ids, strict=False)
        if (now := row.loans.get(i)) is not None
        and (now.state, now.held, now.silenced) == ("active", False, False)
        and datetime.fromisoformat(line["due_at"]) == now.due_at
    ]
    if len(kept) == len(lines):
        return row
    fewer = {**row.facts, "lines": [line for line, _ in kept]}
    tx.outbox.shorten(row.id, fewer)
    return row.changed(facts=fewer, window_end=row.window_end if kept else tx.now - timedelta(seconds=1))


def _with_debts_as_they_are(tx: Tx, row: Sending) -> tuple[Sending, Stop | None]:
    """A reminder of debts says what is owed when it leaves; one that is paid, promised or declared stays here."""
    if row.message != DebtReminder.name or row.contact_id is None or row.department_id is None:
        return row, None
    now = as_owed_now(tx, row.contact_id, row.department_id, row.begun_by, int(row.facts.get("times", 1)))
    if isinstance(now, Stop):
        return row, now
    fresh = facts(now)
    if fresh != row.facts:
        tx.outbox.shorten(row.id, fresh)
    return row.changed(facts=fresh), None


def _with_target(tx: Tx, row: Sending) -> Sending:
    """An edit of a card finds its message; one that never arrived is written now."""
    if row.op != "edit" or row.target:
        return row
    target = tx.cards.message_of(row.chat, row.card or "")
    return row.changed(target=target) if target else row.changed(op="send")
