"""Where a message goes that ended on its road: as a template, by another road, again later, or to staff as a task."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from bot.core.conversation import Heard
from bot.core.delivery import (
    COSTLY,
    RECEIPTED,
    ConfigFault,
    Failed,
    Later,
    Outcome,
    Refused,
    WindowClosed,
    next_look,
    patience,
    priority_of,
)
from bot.core.loans import OPEN
from bot.core.messages import CATALOGUE, LoanCreated, message_from
from bot.core.people import Address
from bot.store import Tx
from bot.store.outbox_rows import COPY, Line, LoanRow, OutboxRow, PersonRow, SentRow, to_a_person
from handlers.tasks import TOLD_TO_ADMINS, tell_of_content, tell_staff

AGAIN_AFTER = timedelta(minutes=5)
MOST_AGAIN = 2  # hops on the same road after a fault that may pass
# A receipt told of an account without funds or locked: an hour, then four more, for an admin to put it right.
ACCOUNT_AGAIN = (timedelta(hours=1), timedelta(hours=4))
AS_TEMPLATE = "w"
NO_WINDOW = "no_window"  # nothing is wrong at the provider: it leaves once the person has written


def onward(tx: Tx, row: OutboxRow, outcome: Outcome) -> None:
    """Carry on with a message to a person that was refused or failed; each hop is a row that points to its parent.

    Messages to groups and short words over buttons end here.
    """
    if not to_a_person(row) or not row.facts or row.key.endswith(COPY):  # the original has its own road
        return
    if tx.undelivered.went_on(row.id):  # a failure reported after the next road was taken
        return
    if isinstance(outcome, Refused) and outcome.about in TOLD_TO_ADMINS:
        tell_of_content(tx, row, outcome)
    if isinstance(outcome, Refused) and outcome.about == "loop":  # by the next road it would go on
        tell_staff(tx, row, "refused")
        return
    if isinstance(outcome, WindowClosed) and _has_template(tx, row):
        again(tx, row, row.channel, row.chat, row.address_id, mark=AS_TEMPLATE)
        return
    road, at = _other_road(tx, row), _same_road_at(tx, row, outcome)
    if road is not None and (at is None or _carries(tx, row, road)):
        again(tx, row, road.channel, road.value, road.id)
    elif at is not None:
        again(tx, row, row.channel, row.chat, row.address_id, at=at)
    elif isinstance(outcome, WindowClosed):
        tell_staff(tx, row, NO_WINDOW)
    else:
        tell_staff(tx, row, "stopped" if isinstance(outcome, Refused) and outcome.about == "consent" else "refused")


def _same_road_at(tx: Tx, row: OutboxRow, outcome: Outcome) -> datetime | None:
    """When a message tries its only road again; None when that cannot help, or would come too late to be of use."""
    hops = row.key.count(">")
    if hops >= MOST_AGAIN or not isinstance(outcome, Later | Failed | ConfigFault):
        return None
    wait = ACCOUNT_AGAIN[hops] if isinstance(outcome, ConfigFault) else AGAIN_AFTER
    at = tx.now + ((outcome.after if isinstance(outcome, Later) else None) or wait)
    return at if row.window_end is None or at <= row.window_end else None


def _carries(tx: Tx, row: PersonRow, road: Address) -> bool:
    """Whether a road takes this message now: WhatsApp outside its window only takes a template."""
    approved = (row.message, row.language) in tx.desk.approved
    return approved or tx.speech.arrives(road) or tx.departments.get(row.department_id).rules.try_outside


def around(tx: Tx, row: OutboxRow) -> None:
    """Carry on with a message that its road would not have carried: by the next one, else staff are told. Of a new loan
    its card says so already."""
    if not to_a_person(row) or row.key.endswith(COPY):
        return
    road = _other_road(tx, row)
    if road is not None:
        again(tx, row, road.channel, road.value, road.id)
    elif row.message != LoanCreated.name:
        tell_staff(tx, row, NO_WINDOW)


def onward_for_nothing(tx: Tx, row: OutboxRow) -> bool:
    """Carry on by a free channel; False when there is none."""
    if not to_a_person(row):
        return False
    road = _other_road(tx, row, without=COSTLY)
    if road is not None:
        again(tx, row, road.channel, road.value, road.id)
    return road is not None


# --- not delivered in time ---------------------------------------------------------------------------


def first_look(tx: Tx, row: OutboxRow) -> datetime | None:
    """When to ask what became of a message that its provider has just taken; None when nobody can tell."""
    if row.channel not in RECEIPTED or row.op != "send":
        return None
    after = next_look(timedelta(0), _patience(tx, row, tx.now))
    return tx.now + after if after is not None else None


def look(tx: Tx, row: SentRow) -> None:
    """A message that was taken and has not arrived so far: by the next road when it has waited long enough, and when
    to look again. A late receipt of the first changes no more than its state."""
    waited, longest = tx.now - row.sent_at, _patience(tx, row, row.sent_at)
    if longest is not None and waited >= longest and not tx.undelivered.went_on(row.id):
        _by_the_next_road(tx, row)
    after = next_look(waited, longest)
    tx.undelivered.look_again(row.id, row.sent_at + after if after is not None else None)


def _patience(tx: Tx, row: OutboxRow, sent_at: datetime) -> timedelta | None:
    if row.department_id is None or row.contact_id is None:
        return None
    useful = row.window_end - sent_at if row.window_end is not None else None
    return patience(row.message, row.about, useful, tx.departments.get(row.department_id).rules)


def _by_the_next_road(tx: Tx, row: OutboxRow) -> None:
    if not to_a_person(row) or not row.facts or (row.window_end is not None and row.window_end <= tx.now):
        return
    copied = tx.preferences.of(row.contact_id).also_email  # the copy by e-mail left with the first
    road = _other_road(tx, row, without=frozenset({"email"}) if copied else frozenset())
    if road is not None:
        again(tx, row, road.channel, road.value, road.id)
    elif row.about == "overdue":
        tell_staff(tx, row, "undelivered")


# --- once the person writes --------------------------------------------------------------------------


def leave_now(tx: Tx, heard: Heard, stranded: Sequence[LoanRow]) -> None:
    """Notices that ended on every road (a chat never opened, a closed window) leave to who has just written, where
    they wrote; the newest of each kind for each loan that still runs, unless its due time has moved since.

    stranded: what waited before they wrote, as `Undelivered.stranded` gives it.
    """
    if not stranded:
        return
    said = heard.inbound
    address = tx.people.find_address(said.channel, said.address)
    for row in {(row.message, row.loan_id): row for row in stranded}.values():
        loan, told = tx.loans.get(row.loan_id), row.facts.get("due_at")
        if loan.state in OPEN and (told is None or datetime.fromisoformat(told) == loan.due_at):
            again(tx, row, said.channel, said.chat, address.id if address is not None else None)


# --- roads -------------------------------------------------------------------------------------------


def _has_template(tx: Tx, row: PersonRow) -> bool:
    return (row.message, row.language) in tx.desk.approved and not row.key.endswith(AS_TEMPLATE)


def _other_road(tx: Tx, row: PersonRow, *, without: frozenset[str] = frozenset()) -> Address | None:
    """The next road that was not tried; one that takes the message now goes before one that would not."""
    tried = tx.outbox.addresses_tried(row.id)
    desk = tx.departments.get(row.department_id)
    found = tx.speech.roads(row.contact_id, desk, CATALOGUE.get(row.message))
    others = [a for a in found if a.id not in tried and a.channel not in without]
    return next((a for a in others if _carries(tx, row, a)), others[0] if others else None)


def again(
    tx: Tx,
    row: OutboxRow,
    channel: str,
    chat: str,
    address_id: int | None,
    *,
    mark: str = "",
    at: datetime | None = None,
) -> None:
    """The same message once more, as a row of its own; the log must still keep its words."""
    assert row.facts is not None
    tx.outbox.put(
        Line(
            message=message_from(row.message, row.facts), language=row.language, channel=channel, chat=chat,
            key=f"{row.key[:130]}>{row.id}{mark}", about=row.about, begun_by=row.begun_by, op="send",
            topic=row.topic if chat == row.chat else None,
            priority=priority_of(row.about, row.begun_by), choices=row.choices or [], card=row.card,
            address_id=address_id, contact_id=row.contact_id, department_id=row.department_id, loan_id=row.loan_id,
            loan_ids=row.loan_ids, next_at=at, window_end=row.window_end, caused_at=row.caused_at, parent_id=row.id,
            reference=row.reference,
        )
    )  # fmt: skip
