"""What the outbox says to the database again and again, made once."""

from __future__ import annotations

from functools import partial
from typing import Any

import sqlalchemy as sa

from bot.store.ready import Each, Ready, on_both, one_of, unpacked
from bot.store.tables import OUTBOX_WAITS, address, among, attempt, contact, department, loan, outbox

LOOK_UPS = 8  # of one row in doubt: the last after two hours

TRIED = (outbox.c.address_id, outbox.c.parent_id, outbox.c.key)
_BUSY, _HELD = sa.alias(outbox), sa.alias(outbox)


def _none(rows: sa.Select[Any], *, postgres: bool) -> sa.ColumnElement[bool]:
    """Whether there are no such rows, looked up for each row that waits.

    PostgreSQL makes a join of it otherwise, and expects next to nothing on its other side, since its statistics are of
    an hour when little waited: all that is put off is then read again for each row that waits, 20 s for a burst of
    3,000 reminders. OFFSET keeps it from that.
    """
    return ~sa.exists(rows.offset(sa.literal_column("0")) if postgres else rows)


def _waiting(*, postgres: bool) -> Any:
    busy = sa.select(_BUSY.c.id).where(
        _BUSY.c.state == "sending", _BUSY.c.channel == outbox.c.channel, _BUSY.c.chat == outbox.c.chat
    )
    # What was put off is due later than what nobody has looked at yet, and is to leave before it all the same.
    held = sa.select(_HELD.c.id).where(
        outbox.c.op != "answer",
        _HELD.c.put_off_at.is_not(None),
        _HELD.c.channel == outbox.c.channel,
        _HELD.c.chat == outbox.c.chat,
        _HELD.c.id < outbox.c.id,
        _HELD.c.priority == outbox.c.priority,
        # On PostgreSQL not worded as the indexes of all that waits: these would be walked through instead.
        (_HELD.c.state + "").in_(("pending", "retrying")) if postgres else among(_HELD.c.state, "pending", "retrying"),
        outbox.c.put_off_at.is_(None) | (_HELD.c.next_at > outbox.c.next_at),
    )
    return (
        sa.select(outbox.c.id, outbox.c.chat, outbox.c.op, outbox.c.priority)
        .where(
            OUTBOX_WAITS,
            outbox.c.channel == sa.bindparam("channel"),
            outbox.c.next_at <= sa.bindparam("now"),
            _none(busy, postgres=postgres),
            _none(held, postgres=postgres),
        )
        .order_by(outbox.c.priority, outbox.c.next_at, outbox.c.id)
        .limit(sa.bindparam("most"))
    )


def _lease(*, postgres: bool) -> Any:
    token = sa.bindparam("token", type_=sa.String()) + sa.cast(outbox.c.id, sa.String)
    leased = {"state": "sending", "lease": token, "lease_until": sa.bindparam("until"), "put_off_at": None}
    these = sa.update(outbox).where(one_of(outbox.c.id, "ids", postgres=postgres)).values(leased)
    if postgres:  # what somebody took back since it was read is not leased; worded as no index, see `_waiting`
        return these.where((outbox.c.state + "").in_(("pending", "retrying")))
    return these


def _started() -> Any:
    at = sa.bindparam("at", type_=attempt.c.started_at.type)
    rows = sa.select(outbox.c.id, outbox.c.lease, at, sa.literal_column("''"))
    these = rows.where(one_of(outbox.c.lease, "leases", postgres=False))
    return sa.insert(attempt).from_select(["outbox_id", "lease", "started_at", "code"], these)


def _left(*, postgres: bool) -> Any:
    return (
        sa.select(outbox.c.contact_id, sa.func.count().label("many"))
        .where(
            one_of(outbox.c.contact_id, "contacts", postgres=postgres), outbox.c.sent_at >= sa.bindparam("since"),
            outbox.c.begun_by != "person",
        )
        .group_by(outbox.c.contact_id)
    )  # fmt: skip


def _loans_now(*, postgres: bool) -> Any:
    columns = (loan.c.id, loan.c.state, loan.c.due_at, loan.c.held, loan.c.silenced)
    return sa.select(*columns).where(one_of(loan.c.id, "ids", postgres=postgres))


# One statement for all rows: the writer releases the interpreter at each.
LEASE_THESE, LEFT_SINCE, LOANS_NOW = map(on_both, (_lease, _left, _loans_now))
# On SQLite. PostgreSQL is given the values, with what else is written at the end of the transaction.
NOTE_STARTED = Ready(_started())
WAITING = on_both(_waiting)
PUT_OFF = Ready(
    sa.update(outbox)
    .where(outbox.c.id == sa.bindparam("row"))
    .values(next_at=sa.bindparam("at"), put_off_at=sa.bindparam("now"))
)
BEGUN_SINCE = Ready(
    sa.select(sa.func.count().label("many")).where(
        outbox.c.contact_id == sa.bindparam("contact"), outbox.c.created_at >= sa.bindparam("since"),
        outbox.c.begun_by != "person",
    )
)  # fmt: skip
LEFT_OR_WILL = outbox.c.state.not_in(("dead", "withheld", "superseded", "expired", "cancelled"))
TOLD_BEFORE = Ready(
    sa.select(outbox.c.id)
    .where(
        outbox.c.contact_id == sa.bindparam("contact"), outbox.c.message == sa.bindparam("message"),
        LEFT_OR_WILL,
    )
    .limit(1)
)  # fmt: skip
_ON_CARD = sa.select(outbox.c.id).where(
    outbox.c.id > sa.bindparam("row"), outbox.c.chat == sa.bindparam("chat"), outbox.c.card == sa.bindparam("subject")
)
SAID_ANEW = Ready(_ON_CARD.where(LEFT_OR_WILL).limit(1))
# Of a loan's card, by the index on its messages: a row that waited through the night has thousands behind it.
LEFT_ON_CARD = Ready(_ON_CARD.where(outbox.c.loan_id == sa.bindparam("loan"), outbox.c.sent_at.is_not(None)).limit(1))
_OF_ROW = (
    "id", "ref", "lease", "op", "message", "facts", "choices", "language", "about", "begun_by", "channel", "chat",
    "topic", "card", "target", "attempts", "doubts", "key", "created_at", "window_end", "caused_at", "department_id",
    "contact_id", "address_id", "loan_id", "loan_ids", "reference",
)  # fmt: skip
_SENDING_BASE = (
    sa.select(
        *(outbox.c[name] for name in _OF_ROW),
        address.c.consent.label("address_consent"), address.c.state.label("address_state_now"),
        address.c.contact_id.label("address_owner"),
        contact.c.zone.label("contact_zone"), contact.c.paused_until.label("contact_paused"),
        department.c.zone.label("desk_zone"), department.c.name.label("desk_name"),
    )
    .join(address, address.c.id == outbox.c.address_id, isouter=True)
    .join(contact, contact.c.id == outbox.c.contact_id, isouter=True)
    .join(department, department.c.id == outbox.c.department_id, isouter=True)
)  # fmt: skip
SENDING = on_both(lambda *, postgres: _SENDING_BASE.where(one_of(outbox.c.lease, "leases", postgres=postgres)))
# In the order of the index on these few, or SQLite would walk through all that ever failed.
ANY_IN_DOUBT = Ready(sa.select(outbox.c.id).where(outbox.c.state == "unsure").order_by(outbox.c.closed_at).limit(1))
_TRIED_AT = sa.select(sa.func.max(attempt.c.started_at)).where(attempt.c.outbox_id == outbox.c.id).scalar_subquery()
IN_DOUBT = Ready(
    _SENDING_BASE.add_columns(outbox.c.words_hash, _TRIED_AT.label("tried_at"))
    .where(
        outbox.c.state == "unsure",
        outbox.c.channel == sa.bindparam("channel"),
        outbox.c.facts.is_not(sa.null()),  # of who was erased nothing is asked any more
        sa.or_(
            *((outbox.c.looked == n) & (outbox.c.closed_at <= sa.bindparam(f"before_{n}")) for n in range(LOOK_UPS))
        ),
    )
    .order_by(outbox.c.looked, outbox.c.id)
    .limit(sa.bindparam("most"))
)
# --- receipts ------------------------------------------------------------------------------------
_FOR_RECEIPT = (
    "id", "ref", "state", "op", "channel", "provider_id", "doubts", "message", "about", "created_at", "sent_at",
    "window_end", "department_id", "contact_id", "address_id",
)  # fmt: skip


def _for_receipt(key: Any, *, postgres: bool) -> Any:
    """What a receipt asks of its row, and in which state its address is. Locked in one order, so that replicas cannot
    deadlock."""
    rows = (
        sa.select(*(outbox.c[name] for name in _FOR_RECEIPT), address.c.state.label("address_state"))
        .join(address, address.c.id == outbox.c.address_id, isouter=True)
        .where(key)
        .order_by(outbox.c.id)
    )
    return rows.with_for_update(of=outbox) if postgres else rows


_ON_CHANNEL = outbox.c.channel == sa.bindparam("channel")
OF_RECEIPT = {
    postgres: Each(_for_receipt(_ON_CHANNEL, postgres=postgres), outbox.c.provider_id, "provider")
    for postgres in (False, True)
}
OF_REF = on_both(partial(_for_receipt, outbox.c.ref == sa.bindparam("public")))
_RAISE = (
    sa.update(outbox)
    .where(outbox.c.id == sa.bindparam("row"))
    .values(
        state=sa.bindparam("to"), error=sa.bindparam("why"), lease=None, lease_until=None,
        # One in our hands has no answer yet that would count this attempt, and no lease any more to count it by.
        attempts=sa.case((outbox.c.state == "sending", outbox.c.attempts + 1), else_=outbox.c.attempts),
        closed_at=sa.bindparam("now", type_=outbox.c.closed_at.type),
        look_at=sa.bindparam("look", type_=outbox.c.look_at.type),
        provider_id=sa.func.coalesce(outbox.c.provider_id, sa.bindparam("provider", type_=outbox.c.provider_id.type)),
        sent_at=sa.func.coalesce(outbox.c.sent_at, sa.bindparam("now", type_=outbox.c.sent_at.type)),
        delivered_at=sa.func.coalesce(outbox.c.delivered_at, sa.bindparam("there", type_=outbox.c.delivered_at.type)),
    )
)  # fmt: skip
RAISE = Ready(_RAISE)
# Of a message on its way, under the id that its row was found by: what was read ahead of the others holds, and so does
# what never reached a person.
RAISE_ONE = Ready(_RAISE, outdates=False)
# -------------------------------------------------------------------------------------------------

RAN_OUT = Ready(
    sa.select(outbox.c.lease, attempt.c.id.label("attempt"))
    .join(attempt, attempt.c.lease == outbox.c.lease, isouter=True)
    .where(outbox.c.state == "sending", outbox.c.lease_until < sa.bindparam("now"))
)
EXPIRE = Ready(
    sa.update(outbox)
    .where(OUTBOX_WAITS, outbox.c.window_end < sa.bindparam("now"))
    .values(state="expired", closed_at=sa.bindparam("closed"), error="too late to be of use")
)


def _of(table: sa.Table, lease: Any, *, postgres: bool) -> sa.Update:
    """An UPDATE of the rows of these leases. PostgreSQL cannot tell how many there are in `rows`, and would read all of
    a table that it takes for small: `leases` are looked up."""
    these = sa.update(table).where(table.c.lease == lease)
    return these.where(one_of(table.c.lease, "leases", postgres=True)) if postgres else these


def _close(lease: Any, provider: Any, words_hash: Any, *, postgres: bool) -> Any:
    return (
        _of(outbox, lease, postgres=postgres)
        .values(
            state=sa.bindparam("state_"), attempts=sa.bindparam("attempts_"), next_at=sa.bindparam("next_"),
            provider_id=sa.func.coalesce(provider, outbox.c.provider_id),
            words_hash=sa.func.coalesce(words_hash, outbox.c.words_hash),
            error=sa.bindparam("error_"), doubts=outbox.c.doubts + sa.bindparam("doubt_", type_=sa.Integer()),
            closed_at=sa.bindparam("closed_"), look_at=sa.bindparam("look_", type_=outbox.c.look_at.type),
            sent_at=sa.func.coalesce(sa.bindparam("sent_", type_=outbox.c.sent_at.type), outbox.c.sent_at),
            lease=None, lease_until=None, put_off_at=sa.bindparam("put_off_", type_=outbox.c.put_off_at.type),
        )
    )  # fmt: skip


def _ended(lease: Any, *, postgres: bool) -> Any:
    values: dict[str, Any] = {
        "ended_at": sa.bindparam("ended"),
        "outcome": sa.bindparam("outcome_"),
        "code": sa.bindparam("code_"),
    }
    return _of(attempt, lease, postgres=postgres).values(values)


ALONE = Ready(
    sa.select(sa.func.pg_advisory_xact_lock(sa.func.hashtext(sa.bindparam("claim", type_=sa.Text()))).label("alone"))
)
ALONE_NOW = Ready(
    sa.select(
        sa.func.pg_try_advisory_xact_lock(sa.func.hashtext(sa.bindparam("claim", type_=sa.Text()))).label("alone")
    )
)
_SEQUENCE = sa.func.pg_get_serial_sequence("outbox", "id")
NEXT_NUMBERS = Ready(
    sa.select(sa.func.nextval(_SEQUENCE)).select_from(
        sa.func.generate_series(1, sa.bindparam("many", type_=sa.Integer()))
    )
)
LAST_NUMBER = Ready(sa.select(sa.func.max(outbox.c.id).label("last")))
CLOSE = on_both(lambda *, postgres: _close(*unpacked("rows", 3, postgres=postgres), postgres=postgres))
END_ATTEMPTS = on_both(lambda *, postgres: _ended(*unpacked("rows", 1, postgres=postgres), postgres=postgres))
