"""deliver: due outbox rows → channels. Claim, start, send, close: the lease and the start are committed before the call
(together where a row need not wait), the outcome after it, so that a process that dies anywhere loses nothing and knows
what it does not know."""

from __future__ import annotations

import asyncio
import hashlib
import itertools
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, cast
from zoneinfo import ZoneInfo

import structlog

from bot.channels.base import Channel, Op, Outgoing
from bot.core.conversation import Choice, Say, To, choice_from
from bot.core.delivery import (
    BEGUN_BY_US,
    CAN_BE_ASKED,
    COSTLY,
    LATER_DEFAULT,
    MOST_A_DAY,
    SENDER_LIMITS,
    Accepted,
    ConfigFault,
    Down,
    Failed,
    Later,
    Next,
    Outcome,
    PutOff,
    Refused,
    State,
    Stop,
    Tried,
    Unsure,
    Waiting,
    WindowClosed,
    counts_as,
    may_leave,
    next_state,
)
from bot.core.markup import marked_to_sms, segments
from bot.core.messages import ChannelBack, ChannelDown, Figures, MonthlyCap, PhotoCard, facts, may_be_off, message_from
from bot.core.messages_debts import DebtReminder
from bot.core.messages_files import FileCard
from bot.core.messages_notices import HookEvent
from bot.core.people import Department
from bot.core.rules import Rules
from bot.core.schedule import after_quiet, is_quiet
from bot.core.signing import Unsubscribing
from bot.core.words import Words
from bot.store import OUTBOX, Store, StoreError, Tx
from bot.store.desk import Desk
from bot.store.gate import Gate
from bot.store.outbox import Claimed, Closing, Sending
from bot.store.saying import Cause
from bot.store.tables import EPOCH
from bot.texts import Content, Frame, Texts
from handlers.dunning import as_owed_now, not_theirs
from handlers.figures_picture import returns_picture
from handlers.notices import unwanted
from handlers.onward import again, first_look, onward, onward_for_nothing
from handlers.receipts import move_group, note_refusal
from handlers.tasks import tell_staff
from jobs.catch_up import ASKED_AT_ONCE, ask_after, may_ask

log = structlog.get_logger("deliver")

MOST_IN_FLIGHT = 128  # calls at once per channel
HORIZON = 1.0  # seconds: rows that must wait longer for their limit stay on the shelf
ASK_AFTER = timedelta(seconds=60)  # how long a lost answer may settle itself by a callback before we ask
SWEEP_EVERY = 5.0
SWITCHED_OFF = "switched off by an admin"
ENOUGH = "enough messages today"
OUR_OWN_REASONS = (SWITCHED_OFF, ENOUGH)
STILL_GOING = timedelta(seconds=8)  # at a stop, what is in hand gets this long
DRAWN = frozenset({Figures.name})  # with a picture, which takes longer than the loop may be held


@dataclass(frozen=True, slots=True)
class Closed:
    """One attempt and what it came to."""

    row: Sending
    outcome: Outcome
    words_hash: str
    parts: int = 0  # SMS segments


Begun = Mapping[str, Sending | None]  # lease → what leaves; None for a row that may not


class _InHand:
    """The chats of one channel that are being carried, a task for each."""

    def __init__(self) -> None:
        self.calling: set[asyncio.Task[None]] = set()
        self.closing: set[asyncio.Task[None]] = set()  # all was taken, and is being written down

    @property
    def free(self) -> int:
        return MOST_IN_FLIGHT - len(self.calling)

    @property
    def all(self) -> set[asyncio.Task[None]]:
        return self.calling | self.closing

    def taken(self, task: asyncio.Task[None] | None) -> None:
        """The last call of a chat came back well: its place is free while the outcome is written down."""
        if task in self.calling:
            self.calling.discard(task)
            self.closing.add(task)

    def ended(self, task: asyncio.Task[None]) -> None:
        self.calling.discard(task)
        self.closing.discard(task)


class Deliver:
    """The way out. `turn` starts what may leave and does not wait for it; `busy` tells whether calls are in flight."""

    def __init__(self, store: Store, channels: Mapping[str, Channel], texts: Texts) -> None:
        self._store = store
        self._channels = channels
        self._texts = texts
        self._in_hand = {name: _InHand() for name in channels}
        self._setbacks = dict.fromkeys(channels, 0)
        self._gates = {name: Gate(*SENDER_LIMITS[name], store.clock) for name in channels}
        self._swept = float("-inf")
        self._look_at: datetime | None = EPOCH
        self._stopping = asyncio.Event()

    @property
    def busy(self) -> bool:
        return bool(self._tasks())

    def _tasks(self) -> list[asyncio.Task[None]]:
        return [task for hand in self._in_hand.values() for task in hand.all]

    async def carried(self, within: float) -> bool:
        """Wait for the calls in flight, `within` seconds of real time at most; whether there were any."""
        tasks = self._tasks()
        if tasks:
            await asyncio.wait(tasks, timeout=within)
        return bool(tasks)

    async def turn(self) -> datetime | None:
        """Start what may leave now; when the next row may.

        A row that is due and may not leave (its channel is out of service or off, its chat has one in hand) is no
        reason to come again at once: a bell, or the next regular turn, finds it.
        """
        began = self._store.clock.now()
        await self._sweep()
        if self._look_at is not None and self._look_at <= began:
            await ask_after(self._store, self._channels)
        await asyncio.gather(*(self._start_due(c) for c in self._channels.values()))
        at, self._look_at = await self._store.outgoing(after=began)
        return min((found for found in (at, self._look_at) if found is not None), default=None)

    async def stop(self) -> None:
        """Claim nothing more; wait a little for what is in hand. The rest is for the next start."""
        self._stopping.set()
        tasks = self._tasks()
        if tasks:
            await asyncio.wait(tasks, timeout=STILL_GOING.total_seconds())

    # --- claim -------------------------------------------------------------------------------

    async def _start_due(self, channel: Channel) -> None:
        hand = self._in_hand[channel.name]
        while not self._stopping.is_set():
            free = hand.free
            if free <= 0:
                return
            claimed, begun = await self._store.write(take_rows, channel.name, channel.sender, free)
            for chat in _by_chat(claimed):
                carrying = self._carry_chat(channel, chat, begun)
                task = asyncio.get_running_loop().create_task(carrying, name=f"deliver:{channel.name}")
                hand.calling.add(task)
                task.add_done_callback(lambda done: self._ended(done, hand))
            if len(claimed) < free:
                return

    def _ended(self, task: asyncio.Task[None], hand: _InHand) -> None:
        hand.ended(task)
        if not task.cancelled() and task.exception() is not None:
            log.error("delivery_broke", exc_info=task.exception())
        self._store.bells.ring((OUTBOX,))

    # --- one chat ----------------------------------------------------------------------------

    async def _carry_chat(self, channel: Channel, claimed: Sequence[Claimed], begun: Begun) -> None:
        """One chat's rows, one after the other. Those behind one that met a closed line or "not now" go back to the
        shelf unstarted, so that nothing is called before the provider said it may be."""
        setbacks = self._setbacks[channel.name]
        for one in claimed:
            if one.lease in begun:
                row = begun[one.lease]
            else:
                if one.wait > 0 and self._setbacks[channel.name] == setbacks:
                    await self._store.clock.rest(one.wait)
                if self._stopping.is_set() or self._setbacks[channel.name] != setbacks:
                    await self._store.write(_release, one.lease)
                    continue
                row = await self._started(one)
            if row is not None:
                await self._carry(channel, row, last=one is claimed[-1])

    async def _started(self, one: Claimed) -> Sending | None:
        try:
            return await self._store.write_many(start_rows, one.lease)
        except StoreError:
            raise  # the lease runs out and the row is due again
        except Exception as error:  # left as it is, it would be claimed and break for ever
            log.error("row_broke", outbox=one.id, exc_info=error)
            await self._store.write(_drop, one.lease, f"{type(error).__name__} before it left")
            return None

    async def _carry(self, channel: Channel, row: Sending, *, last: bool) -> None:
        try:
            if row.message in DRAWN:
                out = await asyncio.to_thread(self._outgoing, channel, row)
            else:
                out = self._outgoing(channel, row)
        except Exception as error:
            log.error("words_broke", message=row.message, outbox=row.id, exc_info=error)
            await self._close(Closed(row, Refused(f"no words: {type(error).__name__}", "words", "content"), ""))
            return
        outcome = await self._called(channel, row, out)
        if last and isinstance(outcome, Accepted):
            self._in_hand[channel.name].taken(asyncio.current_task())
            self._store.bells.ring((OUTBOX,))
        parts = segments(marked_to_sms(out.words.text))[0] if row.channel == "sms" else 0
        await self._close(Closed(row, outcome, _hash(out.words), parts))
        if isinstance(outcome, Later | Down | ConfigFault):
            self._setbacks[channel.name] += 1

    async def _called(self, channel: Channel, row: Sending, out: Outgoing) -> Outcome:
        if row.op != "answer":  # a word over a pressed button is under no limit
            await self._gates[channel.name].through()
        try:
            outcome = await channel.carry(out)
        except Exception as error:  # a channel's own fault must not leave the row leased
            log.error("channel_broke", channel=channel.name, outbox=row.id, exc_info=error)
            outcome = Unsure(f"{type(error).__name__} in the channel")
        self._tell(row, outcome)
        return outcome

    def _tell(self, row: Sending, outcome: Outcome) -> None:
        """One line for an attempt that did not arrive; of those that did the outbox is the log."""
        self._store.measures.attempts[row.channel, type(outcome).__name__.lower()] += 1
        if not isinstance(outcome, Accepted):
            code, kind = str(getattr(outcome, "code", "")), type(outcome).__name__.lower()
            log.warning("not_sent", outbox=row.id, message=row.message, channel=row.channel, outcome=kind, code=code)

    async def _close(self, closed: Closed) -> None:
        """Write down what became of it, however long the database takes: it was sent."""
        for wait in itertools.chain((0.1, 0.3, 1.0, 3.0), itertools.repeat(5.0, 20)):
            try:
                await self._store.write_many(close_rows, closed)
            except StoreError:
                await asyncio.sleep(wait)
            except Exception as error:  # what follows from it broke; that it was tried must be known all the same
                log.error("aftermath_broke", outbox=closed.row.id, exc_info=error)
                await self._store.write(_close_alone, closed)
                return
            else:
                return

    def _outgoing(self, channel: Channel, row: Sending) -> Outgoing:
        return outgoing(channel, row, self._texts, self._store.clock.now(), _zone(self._store, row), self._store.desk)

    # --- sweeping ----------------------------------------------------------------------------

    async def _sweep(self) -> None:
        """Leases that ran out, windows that closed, answers that were lost."""
        now = self._store.clock.steady()
        if now - self._swept < SWEEP_EVERY:
            return
        self._swept = now
        await self._store.write(sweep)
        for name in CAN_BE_ASKED & self._channels.keys():
            await self._ask(self._channels[name])

    async def _ask(self, channel: Channel) -> None:
        for row in await self._store.write(_in_doubt, channel.name):
            try:
                found = await channel.find(self._outgoing(channel, row), row.created_at)
            except Exception as error:  # words that are gone, an answer that is none: this row alone stays in doubt
                log.error("look_up_broke", outbox=row.id, exc_info=error)
                found = "unknown"
            await self._store.write(_settle, row, found)


def _by_chat(claimed: Sequence[Claimed]) -> Iterator[list[Claimed]]:
    chats: dict[str, list[Claimed]] = {}
    for one in claimed:
        chats.setdefault(one.chat, []).append(one)
    yield from chats.values()


def _hash(words: Words) -> str:
    return hashlib.sha256(words.text.encode(errors="replace")).hexdigest()


def outgoing(channel: Channel, row: Sending, texts: Texts, now: datetime, zone: ZoneInfo, desk: Desk) -> Outgoing:
    """Words in the channel's form for a row. Raises when the message or its template is gone."""
    one_way = row.one_way or channel.name in desk.one_way
    frame = _frame(desk, row) if channel.name == "email" else None
    choices = _choices(row.choices)
    buttons = channel.shows_buttons
    if not buttons and row.about not in ("answer", "staff"):
        choices = ()  # a notice asks nothing: its own words say what can be answered
    message = message_from(row.message, row.facts)
    if isinstance(message, HookEvent):
        return Outgoing(op="send", ref=row.ref, address=row.chat, words=Words(text=message.body))
    words = texts.render(
        message, language=row.language, channel=channel.name, zone=zone, now=now, choices=choices,
        shows_buttons=buttons, one_way=one_way, link=_answer_link(row, desk) if one_way else "", override=row.override,
        familiar=row.familiar,
        frame=frame,
    )  # fmt: skip
    if not row.window_open:
        words = _approved(words, texts.content(message, language=row.language, zone=zone, now=now))
    if isinstance(message, PhotoCard) and message.path:
        words = replace(words, photo=str(desk.data_dir / message.path))
    if isinstance(message, Figures) and message.weeks:
        words = replace(words, picture=returns_picture(message.weeks, row.language, texts))
    if isinstance(message, FileCard):
        words = replace(words, document=str(desk.data_dir / message.path))
    seconds = int((row.window_end - now).total_seconds()) if row.window_end else None
    return Outgoing(
        op=cast(Op, row.op), ref=row.ref, address=row.chat, words=words, topic=row.topic, target=row.target,
        valid_for=max(1, seconds) if seconds is not None else None, thread=_thread(row),
        unsubscribe=frame.unsubscribe if frame else "",
    )  # fmt: skip


def _frame(desk: Desk, row: Sending) -> Frame:
    """Around an e-mail: who writes, where to answer, where one click ends it."""
    address = Unsubscribing.of(row.address_id, row.chat) if row.address_id is not None else None
    return Frame(desk=row.desk_name, chats=desk.links(), unsubscribe=desk.unsubscribe_link(address) if address else "")


def _thread(row: Sending) -> str:
    """What a letter is about: all letters of one loan are one conversation."""
    about = {row.loan_id} if row.loan_id else set(row.loan_ids)
    return f"loan-{about.pop()}" if len(about) == 1 else ""


def _answer_link(row: Sending, desk: Desk) -> str:
    """Where the reader of a message about running loans can act; "" for other messages."""
    named = [row.loan_id] if row.loan_id else row.loan_ids
    running = [i for i in named if i in row.loans and row.loans[i].state == "active"]
    return desk.answer_link(row.contact_id, running) if row.contact_id is not None and running else ""


def _approved(words: Words, content: Content | None) -> Words:
    """The approved template outside WhatsApp's window. Without one the text is tried as it is: the provider may know
    of an open window that we do not, and says 63016 when there is none."""
    if content is None or not content.sid:
        return words
    return replace(words, content_sid=content.sid, content_variables=content.variables)


def _choices(stored: Sequence[Sequence[Mapping[str, Any]]]) -> tuple[tuple[Choice, ...], ...]:
    rows = []
    for row in stored:
        found = [(choice_from(c["payload"]), c) for c in row]
        rows.append(tuple(Choice(f.act, f.args, c["label"], c["text"], c["number"]) for f, c in found if f is not None))
    return tuple(rows)


def _zone(store: Store, row: Sending) -> ZoneInfo:
    if row.contact_zone:
        return ZoneInfo(row.contact_zone)
    return ZoneInfo(row.desk_zone) if row.desk_zone else store.desk.zone


# --- in the transaction ------------------------------------------------------------------------------


def claim_rows(tx: Tx, channel: str, sender: str, limit: int) -> list[Claimed]:
    """Lease what may leave. A channel out of service lets one row through every ten seconds, to see."""
    state = tx.runs.channel(channel)
    if state.state != "up":
        if state.probe_at is not None and state.probe_at > tx.real:
            return []
        limit = 1
    # A burst takes places one stretch of the limit ahead and no more, or who writes meanwhile would wait behind it.
    claimed = tx.outbox.claim(channel, sender, limit, HORIZON, min(HORIZON, SENDER_LIMITS[channel][1]))
    if claimed and state.state != "up":
        tx.runs.probing(channel)
    return claimed


def take_rows(tx: Tx, channel: str, sender: str, limit: int) -> tuple[list[Claimed], Begun]:
    """Lease what may leave, and start the first of each chat where it need not wait: one commit for both."""
    claimed = claim_rows(tx, channel, sender, limit)
    return claimed, _begun(tx, [chat[0].lease for chat in _by_chat(claimed) if chat[0].wait <= 0])


def _begun(tx: Tx, leases: Sequence[str]) -> Begun:
    """Rows that are started; none when one of them breaks: each is then started by itself, where it breaks alone."""
    if not leases:
        return {}
    try:
        with tx.savepoint():
            return dict(zip(leases, start_rows(tx, leases), strict=True))
    except Exception as error:
        log.warning("start_broke", why=type(error).__name__)
        return {}


def _release(tx: Tx, lease: str) -> None:
    tx.outbox.release(lease)


def _drop(tx: Tx, lease: str, why: str) -> None:
    tx.outbox.finish(lease, State.DEAD, why)


def start_rows(tx: Tx, leases: Sequence[str]) -> list[Sending | None]:
    """Read state, consent, loan and quiet hours once more; note the attempts of those that may go."""
    rows = tx.outbox.sending(leases)
    left = tx.outbox.left_today({i for row in rows.values() if (i := _begun_to(row))}, tx.now - timedelta(days=1))
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
    desk = tx.departments.get(row.department_id) if row.department_id else tx.departments.first()
    verdict = (
        settled
        or not_theirs(tx, row.message, row.address_id)
        or _switched_off(tx, row)
        or unwanted(tx, row)
        or _enough_today(row, left_today)
        or may_leave(_waiting(row), tx.now, _quiet_until(tx, row, desk))
    )
    if isinstance(verdict, Stop):
        tx.outbox.finish(row.lease, verdict.state, verdict.why)
        if verdict.state is State.WITHHELD and row.about == "overdue" and verdict.why not in OUR_OWN_REASONS:
            tell_staff(tx, row, "stopped")
        return None
    if isinstance(verdict, PutOff):
        tx.outbox.put_off(row.lease, verdict.at, verdict.why)
        return None
    if desk is not None and not _affordable(tx, row, desk):
        _withhold(tx, row, desk)
        return None
    return _with_target(tx, _worded(tx, _as_the_road_is(tx, row, desk)))


def _as_the_road_is(tx: Tx, row: Sending, desk: Department | None) -> Sending:
    """With WhatsApp's window, and whether an SMS can be answered."""
    if row.channel == "whatsapp":  # somebody we do not know has never written
        ours, to = tx.roads.get("whatsapp", ""), row.address_id
        return row.changed(window_open=to is not None and tx.people.window_open(ours, to))
    if row.channel == "sms" and desk is not None:
        return row.changed(one_way=not desk.rules.sms_answers)
    return row


def _affordable(tx: Tx, row: Sending, desk: Department) -> bool:
    """Count a message that leaves by a road that is paid for; False when the desk's month is used up. Replies leave
    all the same."""
    if row.channel not in COSTLY:
        return True
    return tx.spending.reserve(desk.id, row.channel, None if row.begun_by == "person" else desk.rules.monthly_most)


def _withhold(tx: Tx, row: Sending, desk: Department) -> None:
    """The month is used up: the message goes by a road that costs nothing, or to staff as a task. Admins are told
    once a month."""
    tx.outbox.finish(row.lease, State.WITHHELD, "the desk's month is used up")
    if not onward_for_nothing(tx, row):
        tell_staff(tx, row, "cap")
    told = MonthlyCap(desk.rules.monthly_most)
    say = Say(message=told, to=To.ADMINS, department_id=desk.id, key=f"cap:{desk.id}:{tx.spending.month}")
    tx.speech.say(say, Cause("clock"))


def _switched_off(tx: Tx, row: Sending) -> Stop | None:
    """A message that an admin switched off; but a loan that was asked for is told of all the same: it is an answer."""
    if row.department_id is None or not may_be_off(row.message) or row.facts.get("approved"):
        return None
    off = tx.wordings.is_off(row.department_id, row.message, row.channel)
    return Stop(State.WITHHELD, SWITCHED_OFF) if off else None


def _begun_to(row: Sending) -> int | None:
    """Whom we write to of our own accord; None for an answer and for what goes to no person."""
    return None if row.begun_by == "person" or row.about not in BEGUN_BY_US else row.contact_id


def _enough_today(row: Sending, left_today: Mapping[int, int]) -> Stop | None:
    """Thirty messages begun by us in a day are the most one person gets, whoever has them said."""
    to = _begun_to(row)
    return Stop(State.WITHHELD, ENOUGH) if to is not None and left_today.get(to, 0) >= MOST_A_DAY else None


def _worded(tx: Tx, row: Sending) -> Sending:
    """With the words that an admin put in place of the file's, and with tu where the desk says tu."""
    if row.department_id is None:
        return row
    words = tx.wordings.words(row.department_id, row.message, row.language, row.channel)
    return row.changed(override=words, familiar=tx.departments.get(row.department_id).rules.tutoiement)


def _quiet_until(tx: Tx, row: Sending, desk: Department | None) -> datetime | None:
    if desk is None or row.begun_by == "person":
        return None
    zone = ZoneInfo(row.contact_zone) if row.contact_zone else desk.zone
    return after_quiet(tx.now, desk.rules, zone) if is_quiet(tx.now, desk.rules, zone) else None


def _waiting(row: Sending) -> Waiting:
    loan = row.loans.get(row.loan_id) if row.loan_id else None
    told = row.facts.get("due_at")
    return Waiting(
        row.about, row.begun_by, row.window_end, row.caused_at, row.address_id is not None, row.consent,
        row.address_state, row.paused_until,
        (loan.state, loan.due_at, loan.held, loan.silenced) if loan else None,
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
    facts = {**row.facts, "lines": [line for line, _ in kept]}
    tx.outbox.shorten(row.id, facts)
    return row.changed(facts=facts, window_end=row.window_end if kept else tx.now - timedelta(seconds=1))


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


def close_rows(tx: Tx, closed: Sequence[Closed]) -> list[None]:
    """Write what became of each; only the holder of the lease closes a row."""
    tx.outbox.close([_closing(tx, c) for c in closed])
    for one in closed:
        _aftermath(tx, one)
    for department_id, parts in _parts(closed).items():
        tx.spending.add(department_id, "sms", segments=parts)
    for channel in {c.row.channel for c in closed if isinstance(c.outcome, Accepted | Refused | WindowClosed)}:
        if tx.runs.success(channel):
            _tell_admins(tx, ChannelBack(channel, tx.outbox.waiting(channel)), f"back:{channel}:{tx.now.isoformat()}")
    return [None] * len(closed)


def _parts(closed: Sequence[Closed]) -> Counter[int]:
    """SMS segments that were taken, by department."""
    parts: Counter[int] = Counter()
    for one in closed:
        if one.parts and one.row.department_id and isinstance(one.outcome, Accepted):
            parts[one.row.department_id] += one.parts
    return parts


def _close_alone(tx: Tx, closed: Closed) -> None:
    tx.outbox.close([_closing(tx, closed)])


def _tried(tx: Tx, row: Sending) -> Tried:
    dues = [datetime.fromisoformat(line["due_at"]) for line in row.facts.get("lines", ()) if row.message == "reminders"]
    message = counts_as(row.message, dues, tx.now)
    return Tried(row.channel, message, row.op, row.attempts, row.doubts, row.window_end, _most(tx, row))


def _most(tx: Tx, row: Sending) -> int:
    """Attempts per message, by the desk's rule."""
    desk = tx.departments.get(row.department_id) if row.department_id else tx.departments.first()
    return desk.rules.attempts if desk is not None else Rules().attempts


def _closing(tx: Tx, closed: Closed) -> Closing:
    after: Next = next_state(_tried(tx, closed.row), closed.outcome, tx.now)
    code = str(getattr(closed.outcome, "code", ""))
    name = type(closed.outcome).__name__.lower()
    look_at = first_look(tx, closed.row) if isinstance(closed.outcome, Accepted) else None
    doubt = isinstance(closed.outcome, Unsure)
    return Closing(closed.row.lease, after, name, code, closed.words_hash or None, doubt, look_at)


def _aftermath(tx: Tx, closed: Closed) -> None:
    """What an outcome means beyond its own row."""
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
        case (Failed() | Later()) as outcome if next_state(_tried(tx, row), outcome, tx.now).state is State.DEAD:
            onward(tx, row, Refused(outcome.why, "gave up", "road"))
        case Down(why=why) | Unsure(why=why):
            _fault(tx, row.channel, "down", why)
        case ConfigFault(why=why, code=code):
            _fault(tx, row.channel, "config", f"{code} {why}".strip())


def _refused(tx: Tx, row: Sending, outcome: Refused | WindowClosed) -> None:
    if row.op == "edit":  # the message to write over is gone: write it anew
        again(tx, row, channel=row.channel, chat=row.chat, address_id=row.address_id)
        return
    note_refusal(tx, row.address_id, row.channel, outcome)
    onward(tx, row, outcome)


def _fault(tx: Tx, channel: str, kind: str, detail: str) -> None:
    if tx.runs.fault(channel, kind, detail):
        _tell_admins(
            tx,
            ChannelDown(channel, kind, detail[:120], tx.outbox.waiting(channel)),
            f"{kind}:{channel}:{tx.now.isoformat()}",
        )


def _tell_admins(tx: Tx, message: ChannelDown | ChannelBack, key: str) -> None:
    for desk in tx.departments.all().values():
        say = Say(message=message, to=To.ADMINS, department_id=desk.id, key=f"{key}:{desk.id}"[:150])
        tx.speech.say(say, Cause("clock"))


def sweep(tx: Tx) -> None:
    """Close windows; take back leases of processes that died: not started waits again, started is in doubt."""
    tx.outbox.expire()
    ran_out = tx.outbox.ran_out()
    for lease, started in ran_out:
        if not started:
            tx.outbox.release(lease)
    in_doubt = tx.outbox.sending([lease for lease, started in ran_out if started])
    if in_doubt:
        closed = [Closed(row, Unsure("the process ended in the middle"), "") for row in in_doubt.values()]
        tx.outbox.close([_closing(tx, c) for c in closed])


def _in_doubt(tx: Tx, channel: str) -> list[Sending]:
    if tx.runs.channel(channel).state == "up":
        return [_worded(tx, row) for row in tx.outbox.in_doubt(channel, ASK_AFTER, ASKED_AT_ONCE)]
    rows = tx.outbox.in_doubt(channel, ASK_AFTER, 1)
    return [_worded(tx, row) for row in rows] if rows and may_ask(tx, channel) else []


def _settle(tx: Tx, row: Sending, found: str | None) -> None:
    """What the provider said of a row in doubt. One that never got there leaves again, as often as a failed one."""
    if found == "unknown":
        if tx.runs.channel(row.channel).state == "up":  # of one that is down nothing else was to be expected
            tx.outbox.looked(row.id)
    elif found is None and row.attempts >= _most(tx, row):
        tx.outbox.abandon(row.id, "never reached the provider")
        onward(tx, row, Refused("never reached the provider", "gave up", "road"))
    else:
        tx.outbox.settle(row.id, found, first_look(tx, row))
