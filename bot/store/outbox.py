"""What is to be sent, and its outcome: the outbox is the notification log.

A row is leased (`claim`), its attempt is noted just before the call (`started`), and only the holder of the lease
closes it (`close`).
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from bot.core.delivery import ARRIVED, PAUSED, RANK, Limit, LoanNow, State, limits, sender_limits
from bot.core.messages import facts
from bot.store.bell import OUTBOX
from bot.store.outbox_rows import COPY, Claimed, Closing, Line, Sending, Standing, StandingRow, sending_of
from bot.store.outbox_statements import (
    ALONE,
    ALONE_NOW,
    ANY_IN_DOUBT,
    BEGUN_SINCE,
    CLOSE,
    END_ATTEMPTS,
    EXPIRE,
    IN_DOUBT,
    LAST_NUMBER,
    LEASE_THESE,
    LEFT_ON_CARD,
    LEFT_SINCE,
    LOANS_NOW,
    LOOK_UPS,
    NEXT_NUMBERS,
    NOTE_STARTED,
    OF_RECEIPT,
    OF_REF,
    PUT_OFF,
    RAISE,
    RAISE_ONE,
    RAN_OUT,
    SAID_ANEW,
    SENDING,
    TOLD_BEFORE,
    TRIED,
    WAITING,
)
from bot.store.pace import Place, Told
from bot.store.ready import insert
from bot.store.tables import OUTBOX_WAITS, attempt, outbox, said
from bot.store.together import Asking

if TYPE_CHECKING:
    from bot.store.transaction import Tx

LEASE = timedelta(minutes=2)
NUMBERS = 64  # drawn at once: references, and on PostgreSQL the numbers of rows
NEVER_THERE = "never reached the provider"
_STARTED = ("outbox_id", "lease", "started_at", "code")
LOOKS = 16  # times `limit` rows that a claim looks past while their chats are under a rate limit


class Outbox:
    """The outbox within one transaction."""

    def __init__(self, tx: Tx) -> None:
        self._tx = tx
        self._numbers: list[int] = []  # drawn on PostgreSQL for rows that are not yet written
        self._held = set[str]()  # channels that this transaction alone claims from
        self._last: int | None = None  # on SQLite: the last row's number, written or not; None where unknown

    def put(self, line: Line) -> int | None:
        """The new row's number, None when its key was used before (also before the log was purged)."""
        if line.begun_by != "person" and not self._tx.insert_new(said, key=line.key, at=self._tx.now):
            return None
        return self._insert(line)

    def _insert(self, line: Line) -> int | None:
        values = {
            "ref": _new_ref(), "department_id": line.department_id, "contact_id": line.contact_id,
            "address_id": line.address_id, "op": line.op, "message": line.message.name, "facts": facts(line.message),
            "choices": [list(map(dict, row)) for row in line.choices], "language": line.language,
            "loan_class": line.loan_class, "loan_id": line.loan_id,
            "loan_ids": list(line.loan_ids) if line.loan_ids else None, "about": line.about,
            "begun_by": line.begun_by, "priority": line.priority, "channel": line.channel, "chat": line.chat,
            "topic": line.topic, "card": line.card, "target": line.target, "state": line.state.value, "attempts": 0,
            "next_at": line.next_at or self._tx.now, "window_end": line.window_end, "caused_at": line.caused_at,
            "error": line.error, "key": line.key, "parent_id": line.parent_id, "reference": line.reference,
            "created_at": self._tx.now,
            "closed_at": None if line.state is State.PENDING else self._tx.now,
        }  # fmt: skip
        carries_on = line.parent_id is not None
        made = self._put_reply(values) if line.is_reply else self._put_now(values, carries_on=carries_on)
        if made is not None and line.state is State.PENDING:
            self._tx.ring(OUTBOX)
        return made

    def _put_now(self, values: Mapping[str, Any], *, carries_on: bool) -> int | None:
        # Of what was read ahead, a row that carries nothing on is no part.
        put = insert(outbox, tuple(values), postgres=self._tx.postgres, anew=True, outdates=carries_on)
        made: int | None = self._tx.run(put, values).scalar()
        self._last = None
        return made

    def _put_reply(self, values: Mapping[str, Any]) -> int | None:
        """With the other answers of a batch, under a number taken before: on PostgreSQL each would be a round trip, and
        SQLite writes into the twenty trees of this table one row after the other in half the time."""
        if not self._tx.defers:
            return self._put_now(values, carries_on=False)
        row = {"id": self._next_number(), **values}
        self._tx.later(insert(outbox, tuple(row), postgres=self._tx.postgres, numbered=False, outdates=False), row)
        return int(row["id"])

    def draw(self, many: int) -> Asking[None]:
        """On PostgreSQL: numbers for so many rows of a batch."""
        if self._tx.postgres and self._tx.defers:
            (found,) = yield [(NEXT_NUMBERS, {"many": many})]
            self._numbers = list(found.scalars())[::-1]

    def _next_number(self) -> int:
        if self._tx.postgres:
            if not self._numbers:
                self._numbers = list(self._tx.run(NEXT_NUMBERS, {"many": NUMBERS}).scalars())[::-1]
            return self._numbers.pop()
        if self._last is None:  # nobody else writes meanwhile
            self._last = int(self._tx.run(LAST_NUMBER).scalar() or 0)
        self._last += 1
        return self._last

    # --- claim -------------------------------------------------------------------------------

    def waits(self, channel: str) -> Asking[bool]:
        """Whether a row of a channel is due, and of a chat that has none in hand."""
        (found,) = yield [(WAITING[self._tx.postgres], {"channel": channel, "now": self._tx.now, "most": 1})]
        return bool(found.all())

    def claim(
        self, channel: str, sender: str, limit: int, horizon: float, burst_horizon: float | None = None,
        news: Sequence[Told] = (), token: str = "",
    ) -> list[Claimed]:  # fmt: skip
        """Lease up to `limit` rows of a channel that may leave within `horizon` seconds (what is no answer to a person,
        within `burst_horizon`), replies first, one at a time to a chat. Rows beyond the limits of the sender or chat
        are put off to when they may. `news` of earlier places are noted where anything waits; else none needs them.
        `token`: how the leases begin, where the caller must know it."""
        token = token or new_token()
        horizons = (horizon, horizon if burst_horizon is None else burst_horizon)
        if not self._alone(channel, wait=False):
            self._tx.ring(OUTBOX)
            return []
        waiting = {"channel": channel, "now": self._tx.now, "most": limit}
        for _ in range(LOOKS):
            rows = self._tx.run(WAITING[self._tx.postgres], waiting).all()
            claimed = self._claimed(rows, channel, sender, horizons, news, token)
            if claimed or len(rows) < limit or self._all_wait(rows[-1].priority, channel, sender, horizons):
                break
        return claimed

    def _all_wait(self, priority: int, channel: str, sender: str, horizons: tuple[float, float]) -> bool:
        """Whether the sender itself has no place for what comes behind a row of this priority: to put all of that off
        too, again and again, would cost more than sending it. Behind answers are some that need no place."""
        return priority > 0 and self._tx.pace.full(
            sender_limits(channel, sender, trial=self._tx.desk.trial), horizons[1]
        )

    def _alone(self, channel: str, *, wait: bool = True) -> bool:
        """One replica at a time claims, so that a chat's order holds over all of them. wait: also behind a channel of a
        later name that this transaction holds: two replicas that did so would wait for each other, until the server
        breaks one off after a second."""
        if not self._tx.postgres or channel in self._held:
            return True
        patient = wait or all(held < channel for held in self._held)
        got = self._tx.run(ALONE if patient else ALONE_NOW, {"claim": f"claim:{channel}"}).scalar()
        if patient or got:
            self._held.add(channel)
        return patient or bool(got)

    def take_place(self, channel: str, sender: str, claimed: Claimed, horizon: float) -> Place | float:
        """Another place for a leased row whose own has passed; else how many seconds to wait."""
        self._alone(channel)
        if claimed.place is not None:
            self._tx.pace.tell([Told(claimed.place)])
        return self._tx.pace.place(
            limits(channel, sender, claimed.chat, trial=self._tx.desk.trial), horizon, claimed.lease
        )

    def _claimed(
        self, rows: Sequence[Any], channel: str, sender: str, horizons: tuple[float, float], news: Sequence[Told],
        token: str,
    ) -> list[Claimed]:  # fmt: skip
        if not rows:
            return []
        wishes = [(row, limits(channel, sender, row.chat, trial=self._tx.desk.trial)) for row in rows]
        wished = [limit.key for _, wish in wishes for limit in wish]
        self._tx.pace.load([*wished, *(key for one in news for key in one.place.keys)])
        self._tx.pace.tell(news)
        claimed = self._reserve(wishes, channel, horizons, token)
        if claimed:
            values = {"ids": [c.id for c in claimed], "token": token, "until": self._tx.real + LEASE}
            self._tx.run(LEASE_THESE[self._tx.postgres], values)
        return claimed

    def _reserve(
        self, wishes: Sequence[tuple[Any, tuple[Limit, ...]]], channel: str, horizons: tuple[float, float], token: str
    ) -> list[Claimed]:
        claimed: list[Claimed] = []
        until = self._tx.began + LEASE.total_seconds() / 2
        put_off: list[dict[str, Any]] = []
        for row, wish in wishes:
            horizon = horizons[row.priority > 0]
            lease = f"{token}{row.id}"
            place = self._tx.pace.place(wish, horizon, lease) if row.op != "answer" else None
            if isinstance(place, float):
                put_off.append({"row": row.id, "at": self._tx.now + timedelta(seconds=place), "now": self._tx.now})
            else:
                wait = max(0.0, place.opens - self._tx.steady()) if place is not None else 0.0
                claimed.append(Claimed(row.id, lease, row.chat, wait, until, place))
        if put_off:
            self._tx.run(PUT_OFF, put_off)
        return claimed

    def release(self, lease: str) -> None:
        """Release a row that was leased and not started."""
        self._release(outbox.c.lease == lease)

    def release_all(self, token: str) -> None:
        """Release all that was leased under a token and not called."""
        self._release((outbox.c.state == "sending") & outbox.c.lease.startswith(token, autoescape=True))

    def _release(self, leased: sa.ColumnElement[bool]) -> None:
        self._tx.run(sa.update(outbox).where(leased).values(state="pending", lease=None, lease_until=None))
        self._tx.ring(OUTBOX)

    def end_leases(self) -> None:
        """All that is leased now is nobody's: this process is alone, and has only begun."""
        ended = self._tx.real - timedelta(seconds=1)
        self._tx.run(sa.update(outbox).where(outbox.c.state == "sending").values(lease_until=ended))

    # --- start -------------------------------------------------------------------------------

    def sending(self, leases: Sequence[str]) -> dict[str, Sending]:
        """The leased rows with consent and address as they are now. Leases no longer ours are absent."""
        (rows,) = self._tx.ask([(SENDING[self._tx.postgres], {"leases": list(leases)})])
        return {row.lease: sending_of(row) for row in rows}

    def with_loans(self, rows: Iterable[Sending]) -> Asking[None]:
        """Put the loans of these as they are now into them."""
        about = [(row, [row.loan_id] if row.loan_id else row.loan_ids) for row in rows]
        ids = {one for _, theirs in about for one in theirs}
        if ids:
            (found,) = yield [(LOANS_NOW[self._tx.postgres], {"ids": list(ids)})]
            now = {one.id: LoanNow(one.state, one.due_at, one.held, one.silenced) for one in found}
            for row, theirs in about:
                row.loans.update({one: now[one] for one in theirs if one in now})

    def left_on_card(self, row: Sending) -> bool:
        """Whether something later about the same loan's card has left."""
        asked = {"row": row.id, "chat": row.chat, "subject": row.card, "loan": row.loan_id}
        return self._tx.run(LEFT_ON_CARD, asked).first() is not None

    def started(self, rows: Sequence[Sending]) -> None:
        """Record the attempts, committed just before the calls: a lease that expires after this is in doubt."""
        at = self._tx.real
        if self._tx.postgres:
            noted = [{"outbox_id": row.id, "lease": row.lease, "started_at": at, "code": ""} for row in rows]
            self._tx.at_end(insert(attempt, _STARTED, postgres=True, numbered=False), noted)
        elif rows:  # one statement for all: the writer releases the interpreter at each
            self._tx.run(NOTE_STARTED, {"leases": [row.lease for row in rows], "at": at})

    def shorten(self, row_id: int, new_facts: Mapping[str, Any]) -> None:
        """Store the facts of a gathered message after lines were removed."""
        self._tx.run(sa.update(outbox).where(outbox.c.id == row_id).values(facts=dict(new_facts)))

    # --- close -------------------------------------------------------------------------------

    def close(self, closings: Sequence[Closing]) -> None:
        """Set what became of leased rows. Does nothing to a row whose lease is no longer ours."""
        alike: dict[tuple[Any, ...], list[Closing]] = {}
        for one in closings:
            alike.setdefault(_alike(one), []).append(one)
        for many in alike.values():
            these: dict[str, Any] = {"rows": [(one.lease, one.next.provider_id, one.words_hash) for one in many]}
            if self._tx.postgres:
                these["leases"] = [one.lease for one in many]
            ended = {"ended": self._tx.real, "outcome_": many[0].outcome, "code_": many[0].code[:30]}
            self._tx.ask(
                [
                    (CLOSE[self._tx.postgres], {**these, **_closing(many[0], self._tx.now)}),
                    (END_ATTEMPTS[self._tx.postgres], {**these, **ended}),
                ]
            )

    def finish(self, lease: str, state: State, why: str) -> None:
        """End a leased row that may not leave (withheld, cancelled, expired), reason kept."""
        self._tx.run(
            sa.update(outbox).where(outbox.c.lease == lease)
            .values(state=state.value, error=why, lease=None, lease_until=None, closed_at=self._tx.now)
        )  # fmt: skip

    def put_off(self, lease: str, at: datetime, why: str) -> None:
        self._tx.run(
            sa.update(outbox).where(outbox.c.lease == lease)
            .values(state="pending", next_at=at, error=why, lease=None, lease_until=None)
        )  # fmt: skip

    def end_pause(self, contact_id: int) -> None:
        """What waits for the end of a person's pause may leave now."""
        waits = OUTBOX_WAITS & (outbox.c.error == PAUSED)
        self._tx.run(sa.update(outbox).where(waits, outbox.c.contact_id == contact_id).values(next_at=self._tx.now))

    # --- sweeping ----------------------------------------------------------------------------

    def ran_out(self) -> list[tuple[str, bool]]:
        """Expired leases, and whether their attempt had started. Only a process that died leaves these."""
        return [(row.lease, row.attempt is not None) for row in self._tx.run(RAN_OUT, {"now": self._tx.real})]

    def expire(self) -> None:
        """Close waiting rows whose window is over."""
        self._tx.run(EXPIRE, {"now": self._tx.now, "closed": self._tx.now})

    def any_in_doubt(self) -> bool:
        return self._tx.run(ANY_IN_DOUBT).first() is not None

    def in_doubt(self, channel: str, after: timedelta, limit: int) -> list[Sending]:
        """Rows in doubt that the provider may be asked about, fewest look-ups first: `after` the doubt began, then at
        twice that age each, so that an hour in which it cannot say uses none of them up."""
        before = {f"before_{n}": self._tx.now - after * 2**n for n in range(LOOK_UPS)}
        rows = self._tx.run(IN_DOUBT, {"channel": channel, "most": limit, **before})
        return [sending_of(row) for row in rows]

    def in_flight(self, channel: str, chat: str) -> bool:
        """Whether a call to this chat has begun and is not closed; none begins before this transaction ends."""
        self._alone(channel)
        here = (outbox.c.state == "sending") & (outbox.c.channel == channel) & (outbox.c.chat == chat)
        return self._tx.run(sa.select(outbox.c.id).where(here).limit(1)).first() is not None

    def unclaimed(self, channel: str, provider_ids: Sequence[str]) -> list[str]:
        """Those of a provider's ids that no row of ours has."""
        here = (outbox.c.channel == channel) & outbox.c.provider_id.in_(provider_ids)
        taken = set(self._tx.run(sa.select(outbox.c.provider_id).where(here)).scalars())
        return [one for one in provider_ids if one not in taken]

    def settle(self, row_id: int, provider_id: str | None, look_at: datetime | None = None) -> None:
        """The provider was asked: it has the message (sent), or it never got it (goes out again)."""
        key = (outbox.c.id == row_id) & (outbox.c.state == "unsure")
        if provider_id is not None:
            values: dict[str, Any] = {"state": "sent", "provider_id": provider_id, "sent_at": self._tx.now, "error": ""}
            values["look_at"] = look_at
        else:
            values = {
                "state": "retrying",
                "next_at": self._tx.now,
                "error": "not found at the provider",
                "closed_at": None,
            }
        self._tx.run(sa.update(outbox).where(key).values(**values))
        self._tx.ring(OUTBOX)

    def abandon(self, row_id: int) -> bool:
        """End a row in doubt that the provider never got, however often it was tried; whether it still was in doubt."""
        key = (outbox.c.id == row_id) & (outbox.c.state == "unsure")
        ended = sa.update(outbox).where(key).values(state="dead", error=NEVER_THERE, closed_at=self._tx.now)
        return bool(self._tx.run(ended).rowcount)

    def looked(self, row_id: int) -> None:
        self._tx.run(sa.update(outbox).where(outbox.c.id == row_id).values(looked=outbox.c.looked + 1))

    # --- receipts ----------------------------------------------------------------------------

    def look_ahead(self, told: Sequence[tuple[str, str]]) -> None:
        """Read (and lock) at once the rows that receipts are about. told: channel and provider's id of each."""
        for channel in sorted({channel for channel, _ in told}):
            ids = [provider_id for where, provider_id in told if where == channel]
            self._tx.look(self._tx.of_each(OF_RECEIPT[self._tx.postgres], ids, channel=channel))

    def find(self, channel: str, provider_id: str, ref: str | None) -> Any:
        """What a receipt asks of the row it is about: by our own id when it travelled with it, else by the
        provider's."""
        row = self._tx.once(OF_RECEIPT[self._tx.postgres].one, provider=provider_id, channel=channel).first()
        if not ref or (row is not None and row.ref == ref):
            return row
        return self._tx.run(OF_REF[self._tx.postgres], {"public": ref}).first() or row

    def loan_of(self, channel: str, provider_id: str) -> int | None:
        """The loan a message of ours is about; of a list that was written over with a loan's page, that loan."""
        key = (outbox.c.channel == channel) & (outbox.c.provider_id == provider_id)
        newest = sa.select(outbox.c.loan_id).where(key).order_by(outbox.c.id.desc()).limit(1)
        found: int | None = self._tx.run(newest).scalar()
        return found

    def may_ask(self, channel: str, provider_id: str, at: datetime) -> bool:
        """Whether a message of ours, or what it was written over with, put the question asked at an instant; of one
        that no row knows any more it cannot be told."""
        key = (outbox.c.channel == channel) & (outbox.c.provider_id == provider_id)
        said_at = list(self._tx.run(sa.select(outbox.c.created_at).where(key)).scalars())
        return not said_at or at in said_at

    def raise_rank(
        self, row: Any, state: State, provider_id: str, error: str = "", look_at: datetime | None = None
    ) -> bool:
        """Apply a receipt if it raises the rank; whether it did. A row in our hands (sending) or in doubt is settled
        by it: the provider evidently has the message. `look_at`: when to ask about one that was merely taken."""
        if not self.rises(row, state):
            return False
        known = row.provider_id == provider_id and row.state != State.WITHHELD and State.DEAD not in (state, row.state)
        values = {
            "row": row.id, "to": state.value, "why": error, "now": self._tx.now, "look": look_at,
            "provider": provider_id, "there": self._tx.now if state in ARRIVED else None,
        }  # fmt: skip
        self._tx.later(RAISE_ONE if known else RAISE, values)
        return True

    @staticmethod
    def rises(row: Any, state: State) -> bool:
        """Whether a receipt of this state tells more than is known."""
        return RANK[state] > RANK.get(State(row.state), 0)

    # --- reading -----------------------------------------------------------------------------

    def waiting(self, channel: str) -> int:
        """How many messages wait on a channel."""
        key = (outbox.c.channel == channel) & OUTBOX_WAITS
        return int(self._tx.run(sa.select(sa.func.count()).where(key)).scalar_one())

    def row(self, row_id: int) -> StandingRow:
        """A row as the table has it."""
        found: StandingRow = self._tx.run(sa.select(outbox).where(outbox.c.id == row_id)).one()
        return found

    def by_ref(self, ref: str) -> Any:
        """A row by its public id; None when there is none."""
        return self._tx.run(sa.select(outbox).where(outbox.c.ref == ref)).first()

    def stands(self, row_id: int, department_id: int) -> Standing | None:
        """Where a message of a department stands now."""
        query = sa.select(outbox.c.channel, outbox.c.chat, outbox.c.state, outbox.c.error)
        key = (outbox.c.id == row_id) & (outbox.c.department_id == department_id)
        row = self._tx.run(query.where(key)).first()
        return Standing(*row) if row else None

    def addresses_tried(self, row_id: int) -> set[int]:
        """Addresses a message was sent to on its way so far: this row, its parents, and the copy by e-mail."""
        tried: set[int] = set()
        at: int | None = row_id
        while at is not None:
            row = self._tx.run(sa.select(*TRIED).where(outbox.c.id == at)).first()
            if row is None:
                break
            copied = self._tx.run(sa.select(outbox.c.address_id).where(outbox.c.key == row.key + COPY)).scalar()
            tried |= {row.address_id, copied} - {None}
            at = row.parent_id
        return tried

    def begun_today(self, contact_id: int, since: datetime) -> int:
        """Messages we began to one person since an instant."""
        return int(self._tx.run(BEGUN_SINCE, {"contact": contact_id, "since": since}).scalar_one())

    def left_today(self, contact_ids: Collection[int], since: datetime) -> Asking[dict[int, int]]:
        """Messages we began that left to people since an instant; nobody who got none is named."""
        if not contact_ids:
            return {}
        (rows,) = yield [(LEFT_SINCE[self._tx.postgres], {"contacts": sorted(contact_ids), "since": since})]
        return {row.contact_id: row.many for row in rows}

    def said_anew(self, row: Any) -> bool:
        """Whether a later row shows the same on its card, left or about to."""
        asked = {"row": row.id, "chat": row.chat, "subject": row.card}
        return self._tx.run(SAID_ANEW, asked).first() is not None

    def told_before(self, contact_id: int, message: str) -> bool:
        """Whether a message of this name went out to a person, or is about to, as far back as the log goes."""
        return self._tx.run(TOLD_BEFORE, {"contact": contact_id, "message": message}).first() is not None

    def move_chat(self, old: str, new: str) -> None:
        """A group became a supergroup: what waits follows it."""
        waiting = outbox.c.state.in_(("pending", "retrying", "sending"))
        self._tx.run(
            sa.update(outbox).where(outbox.c.channel == "telegram", outbox.c.chat == old, waiting).values(chat=new)
        )


def new_token() -> str:
    """What the leases of one claim begin with."""
    return secrets.token_hex(8)


_REF = 12  # bytes of a reference
_refs: list[str] = []  # drawn and not yet used


def _new_ref() -> str:
    """A reference nobody can guess. Drawn for many rows at once: each draw lets go of the interpreter."""
    while True:
        try:
            return _refs.pop()
        except IndexError:  # empty, or another thread took the last one
            drawn = secrets.token_bytes(_REF * NUMBERS)
            _refs.extend(drawn[at : at + _REF].hex() for at in range(0, len(drawn), _REF))


def _alike(closing: Closing) -> tuple[Any, ...]:
    """The key of rows that one statement can close."""
    after = closing.next
    known = (after.state, after.attempts, after.next_at, after.error)
    return (*known, closing.outcome, closing.code, closing.in_doubt, closing.look_at)


def _closing(closing: Closing, now: datetime) -> dict[str, Any]:
    after = closing.next
    ended = after.state not in (State.PENDING, State.RETRYING)
    return {
        "state_": after.state.value, "attempts_": after.attempts, "next_": after.next_at or now,
        "error_": after.error[:300], "doubt_": 1 if closing.in_doubt else 0,
        "closed_": now if ended else None, "sent_": now if after.state is State.SENT else None,
        "look_": closing.look_at if after.state is State.SENT else None,
        "put_off_": now if after.state is State.PENDING else None,  # nothing of it was wrong: its turn is kept
    }  # fmt: skip
