"""The end of an attempt: its outcome is recorded, and what follows from it is started."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Literal

from bot.core.delivery import (
    COSTLY,
    COURTESY,
    LATER_DEFAULT,
    Accepted,
    ConfigFault,
    Down,
    Failed,
    Later,
    Next,
    Outcome,
    Refused,
    State,
    Tried,
    Unsure,
    WindowClosed,
    counts_as,
    name_of,
    next_state,
)
from bot.core.messages import ChannelBack, ChannelDown
from bot.core.records import record
from bot.core.rules import Rules
from bot.store import Tx
from bot.store.outbox import NEVER_THERE
from bot.store.outbox_rows import Closing, Sending
from handlers.lost_groups import group_refused
from handlers.onward import again, first_look, onward
from handlers.receipts import move_group, note_refusal
from jobs.admins import tell_admins
from jobs.catch_up import ASKED_AT_ONCE, may_ask
from jobs.leaving import as_the_road_is, desk_of, worded

OVER = (State.DEAD, State.EXPIRED)  # tried often enough, or the next try would come too late to be of use
LONGEST_DOUBT = timedelta(minutes=5)  # from the writing of a message to the first question, where all goes its way
ASK_AFTER = timedelta(seconds=60)  # how long a lost answer may settle itself by a callback before we ask


@record(frozen=True, slots=True)
class Closed:
    """One attempt and its outcome."""

    row: Sending
    outcome: Outcome
    words_hash: str
    parts: int = 0  # SMS segments


def close_rows(tx: Tx, closed: Sequence[Closed]) -> list[None]:
    """Write what became of each; only the holder of the lease closes a row."""
    # In the order in which receipts lock such rows, which may come before their outcome is written down.
    tx.outbox.close([_closing(tx, c) for c in sorted(closed, key=lambda one: one.row.id)])
    for one in closed:
        _aftermath(tx, one)
    for channel in {c.row.channel for c in closed if isinstance(c.outcome, Accepted | Refused | WindowClosed)}:
        if tx.runs.success(channel):
            tell_admins(tx, ChannelBack(channel, tx.outbox.waiting(channel)), f"back:{channel}:{tx.now.isoformat()}")
    # Last, and in one order: whoever claims or closes waits for these rows.
    for department_id, parts in sorted(_parts(closed).items()):
        tx.spending.add(department_id, "sms", segments=parts)
    _give_back(tx, closed)
    return [None] * len(closed)


def _parts(closed: Sequence[Closed]) -> Counter[int]:
    """SMS segments that were taken, by department."""
    parts: Counter[int] = Counter()
    for one in closed:
        if one.parts and one.row.department_id and isinstance(one.outcome, Accepted):
            parts[one.row.department_id] += one.parts
    return parts


def _give_back(tx: Tx, closed: Sequence[Closed]) -> None:
    """What was counted before it left and was not taken: else the attempts of an outage use a desk's month up."""
    not_taken: Counter[tuple[int, str]] = Counter()
    for one in closed:
        desk = desk_of(tx, one.row)
        if desk is not None and one.row.channel in COSTLY and not isinstance(one.outcome, Accepted | Unsure):
            not_taken[desk.id, one.row.channel] += 1
    for (department_id, channel), many in sorted(not_taken.items()):
        tx.spending.give_back(department_id, channel, many)


def close_alone(tx: Tx, closed: Closed) -> None:
    tx.outbox.close([_closing(tx, closed)])


def _tried(tx: Tx, row: Sending) -> Tried:
    dues = [datetime.fromisoformat(line["due_at"]) for line in row.facts.get("lines", ()) if row.message == "reminders"]
    message = counts_as(row.message, dues, tx.now)
    return Tried(row.channel, message, row.op, row.attempts, row.doubts, row.window_end, _most(tx, row))


def _most(tx: Tx, row: Sending) -> int:
    """Attempts per message, by the desk's rule."""
    desk = desk_of(tx, row)
    return desk.rules.attempts if desk is not None else Rules().attempts


def _closing(tx: Tx, closed: Closed) -> Closing:
    after: Next = next_state(_tried(tx, closed.row), closed.outcome, tx.now)
    code = str(getattr(closed.outcome, "code", ""))
    look_at = first_look(tx, closed.row) if isinstance(closed.outcome, Accepted) else None
    doubt = isinstance(closed.outcome, Unsure)
    left_as = getattr(closed.outcome, "left_as", "") or closed.words_hash or None
    return Closing(closed.row.lease, after, name_of(closed.outcome), code, left_as, doubt, look_at)


def _aftermath(tx: Tx, closed: Closed) -> None:
    """The consequences of an outcome beyond its own row."""
    row = closed.row
    match closed.outcome:
        case Accepted(provider_id=provider_id, moved_to=moved_to):
            if moved_to:
                move_group(tx, row.chat, moved_to)
            if row.card and row.op == "send" and provider_id:
                tx.cards.shown(moved_to or row.chat, row.card, provider_id)
        case Later(after=after, rate_limited=True, whole_sender=whole):
            sender = tx.roads.get(row.channel, "")
            key = f"{row.channel}:{sender}" if whole else f"{row.channel}:{sender}:{row.chat}"
            tx.pace.block(key, after or LATER_DEFAULT)
        case Refused() | WindowClosed() as outcome:
            _refused(tx, row, outcome)
        case Down(why=why) | Unsure(why=why):
            _fault(tx, row.channel, "down", why)
        case ConfigFault(why=why, code=code):
            _fault(tx, row.channel, "config", f"{code} {why}".strip())
    if isinstance(closed.outcome, Failed | Later) and next_state(_tried(tx, row), closed.outcome, tx.now).state in OVER:
        onward(tx, tx.outbox.row(row.id), Refused(closed.outcome.why, "gave up", "road"))


def _refused(tx: Tx, row: Sending, outcome: Refused | WindowClosed) -> None:
    now = tx.outbox.row(row.id)  # meanwhile its person may have become one with another, or was erased
    chat_is_closed = isinstance(outcome, Refused) and outcome.about in ("address", "road")
    if row.op == "edit" and not chat_is_closed:  # the message to write over is gone: write it anew
        if now.facts and not tx.outbox.said_anew(now):
            again(tx, now, now.channel, now.chat, now.address_id)
        return
    note_refusal(tx, now.address_id, row.channel, outcome)
    group_refused(tx, row, outcome)
    onward(tx, now, outcome)


def _fault(tx: Tx, channel: str, kind: str, detail: str) -> None:
    if tx.runs.fault(channel, kind, detail):
        down = ChannelDown(channel, kind, detail[:120], tx.outbox.waiting(channel))
        tell_admins(tx, down, f"{kind}:{channel}:{tx.now.isoformat()}")


# --- in doubt ------------------------------------------------------------------------------------


def sweep(tx: Tx) -> bool:
    """Close windows; take back leases of processes that died: not started waits again, started is in doubt. Whether
    anything is in doubt now."""
    tx.outbox.expire()
    ran_out = tx.outbox.ran_out()
    for lease, started in ran_out:
        if not started:
            tx.outbox.release(lease)
    begun = tx.outbox.sending([lease for lease, started in ran_out if started])
    if begun:
        closed = [Closed(row, Unsure("the process ended in the middle"), "") for row in begun.values()]
        tx.outbox.close([_closing(tx, c) for c in closed])
    return tx.outbox.any_in_doubt()


def in_doubt(tx: Tx, channel: str) -> list[Sending]:
    """What the provider may be asked about now, each as it was when it was last tried."""
    if tx.runs.channel(channel).state == "up":
        return [_as_it_left(tx, row) for row in tx.outbox.in_doubt(channel, ASK_AFTER, ASKED_AT_ONCE)]
    rows = tx.outbox.in_doubt(channel, ASK_AFTER, 1)
    return [_as_it_left(tx, row) for row in rows] if rows and may_ask(tx, channel) else []


def _as_it_left(tx: Tx, row: Sending) -> Sending:
    """What was "demain" in the evening is "aujourd'hui" after midnight; a template's words are not the free ones."""
    at = tx.now - (tx.real - row.tried_at) if row.tried_at is not None else row.created_at
    # Dated ahead of now by a clock that was set back since: the provider's own has an earlier hour.
    written = row.created_at if row.created_at <= tx.now else tx.now - LONGEST_DOUBT
    return as_the_road_is(tx, worded(tx, row), desk_of(tx, row), at).changed(tried_at=at, created_at=written)


def settle(tx: Tx, row: Sending, found: Sequence[str] | Literal["unknown", "never"]) -> None:
    """What the provider said of a row in doubt. One that never got there leaves again, as often as a failed one.

    What the provider has may be another message of the same words: one whose id a row has is that row's, and while a
    call to this chat is in flight nobody can say whose it is. Then it is asked again.
    """
    if found == "unknown":
        if tx.runs.channel(row.channel).state == "up":  # expected from a provider that is down
            tx.outbox.looked(row.id)
        return
    if found == "never":
        _once_more(tx, row)
        return
    if found and tx.outbox.in_flight(row.channel, row.chat):
        return
    mine = next(iter(tx.outbox.unclaimed(row.channel, found)), None)
    if mine is None and row.attempts >= _most(tx, row):
        if tx.outbox.abandon(row.id):  # no callback has settled it while we asked
            onward(tx, tx.outbox.row(row.id), Refused(NEVER_THERE, "gave up", "road"))
    else:
        tx.outbox.settle(row.id, mine, first_look(tx, row))


def _once_more(tx: Tx, row: Sending) -> None:
    """No receipt came and there is nobody to ask (MyOperator): what matters is said once more, a courtesy is not."""
    if _tried(tx, row).message in COURTESY or row.doubts > 1:
        tx.outbox.looked(row.id)
    else:
        tx.outbox.settle(row.id, None)
