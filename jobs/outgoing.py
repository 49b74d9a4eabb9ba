"""What a row sends: its words in the channel's form, with their links and buttons."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, cast
from zoneinfo import ZoneInfo

from bot.channels.base import Channel, Op, Outgoing
from bot.core.conversation import Choice, Rows, choice_from
from bot.core.messages import Figures, PhotoCard, message_from
from bot.core.messages_files import FileCard
from bot.core.messages_notices import HookEvent
from bot.core.signing import Unsubscribing
from bot.core.words import Words
from bot.store.desk import Desk
from bot.store.outbox_rows import Sending
from bot.texts import Content, Frame, Reader, Texts
from handlers.figures_picture import returns_picture


def outgoing(channel: Channel, row: Sending, texts: Texts, now: datetime, zone: ZoneInfo, desk: Desk) -> Outgoing:
    """Words in the channel's form for a row. Raises when the message or its template is gone."""
    one_way = row.one_way or channel.name in desk.one_way
    frame = _frame(desk, row) if channel.name == "email" else None
    choices = _choices(row.choices)
    buttons = channel.shows_buttons
    if not buttons and row.about not in ("answer", "staff"):
        choices = ()  # a notice asks nothing: its own words say how to answer
    message = message_from(row.message, row.facts)
    if isinstance(message, HookEvent):
        return Outgoing(op="send", ref=row.ref, address=row.chat, words=Words(text=message.body))
    to = Reader(
        row.language, channel.name, zone, shows_buttons=buttons, one_way=one_way,
        link=_answer_link(row, desk) if one_way else "", familiar=row.familiar,
    )  # fmt: skip
    words = texts.render(message, to, now, choices=choices, override=row.override, frame=frame)
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
    """The frame of an e-mail: who writes, where to answer, where one click ends it."""
    address = Unsubscribing.of(row.address_id, row.chat) if row.address_id is not None else None
    return Frame(desk=row.desk_name, chats=desk.links(), unsubscribe=desk.unsubscribe_link(address) if address else "")


def _thread(row: Sending) -> str:
    """The subject of a letter's conversation: one for all letters of a loan."""
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


def _choices(stored: Sequence[Sequence[Mapping[str, Any]]]) -> Rows:
    rows = []
    for row in stored:
        found = [(choice_from(c["payload"]), c) for c in row]
        rows.append(tuple(Choice(f.act, f.args, c["label"], c["text"], c["number"]) for f, c in found if f is not None))
    return tuple(rows)


def zone_of(row: Sending, desk: Desk) -> ZoneInfo:
    """The zone in which times are told: the desk's, whose opening hours they are, wherever the reader lives."""
    return ZoneInfo(row.desk_zone) if row.desk_zone else desk.zone
