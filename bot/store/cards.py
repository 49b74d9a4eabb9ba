"""Which message in a chat shows which subject, so that it is edited instead of repeated."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

import sqlalchemy as sa

from bot.store.ready import Ready, insert, one_of
from bot.store.tables import card
from bot.store.together import Ask, Asking

if TYPE_CHECKING:
    from bot.store.transaction import Tx


class Cards:
    def __init__(self, tx: Tx) -> None:
        self._tx = tx

    def message_of(self, chat: str, subject: str) -> str | None:
        """The provider's id of the message that shows `subject` there."""
        found: str | None = self._tx.run(_SHOWN_BY, {"chat": chat, "subject": subject}).scalar()
        return found

    def known(self, chat: str, subject: str) -> bool:
        return self._tx.recall(_KNOWN, chat=chat, subject=subject).first() is not None

    def look_ahead(self, places: Sequence[tuple[str, str]]) -> Asking[None]:
        """Read in one query which of these (chat, subject) there is a card of."""
        subjects: dict[str, list[str]] = {}
        for chat, subject in places:
            subjects.setdefault(chat, []).append(subject)
        if self._tx.postgres and subjects:
            asks: list[Ask] = [(_OF_CHATS, {"chats": list(subjects), "subjects": [subject for _, subject in places]})]
        else:  # SQLite would look for each of the subjects in each of the chats
            asks = [(_OF_CHAT, {"chat": chat, "subjects": theirs}) for chat, theirs in subjects.items()]
        found = yield asks
        known = {(row.chat, row.subject) for rows in found for row in rows}
        self._tx.foresee_all(_KNOWN, [(None, one, [(one[0],)] if one in known else []) for one in places])

    def expect(self, chat: str, subject: str, outbox_id: int) -> None:
        """A message that will show `subject` is on its way."""
        values = {"chat": chat, "subject": subject, "outbox_id": outbox_id, "updated_at": self._tx.now}
        # Outdates nothing: its result is put into the cache directly.
        put = insert(card, tuple(values), postgres=self._tx.postgres, anew=True, numbered=False, outdates=False)
        self._tx.later(put, values)
        self._tx.foresee(_KNOWN, [(chat,)], chat=chat, subject=subject)

    def shown(self, chat: str, subject: str, provider_id: str) -> None:
        self._tx.put(card, chat=chat, subject=subject, provider_id=provider_id, updated_at=self._tx.now)

    def becomes(self, chat: str, subject: str, provider_id: str) -> None:
        """A message shows `subject` from now on, and what it showed before no more: news of that are a new message."""
        was = self.subject_of(chat, provider_id)
        if was is not None and was != subject:
            self.forget(chat, was)
        self.shown(chat, subject, provider_id)

    def shown_since(self, chat: str, subject: str, at: datetime) -> bool:
        """Whether a message came to show `subject` after an instant."""
        key = (card.c.chat == chat) & (card.c.subject == subject) & card.c.provider_id.is_not(None)
        return self._tx.run(sa.select(card.c.chat).where(key, card.c.updated_at > at)).first() is not None

    def subject_of(self, chat: str, provider_id: str) -> str | None:
        """The subject of a message that is replied to."""
        key = (card.c.chat == chat) & (card.c.provider_id == provider_id)
        found: str | None = self._tx.run(sa.select(card.c.subject).where(key)).scalar()
        return found

    def forget(self, chat: str, subject: str) -> None:
        """Make the next message about `subject` a new one: nobody would see an edit of an old card far up in the
        chat."""
        self._tx.run(sa.delete(card).where(card.c.chat == chat, card.c.subject == subject))

    def move_chat(self, old: str, new: str) -> None:
        """A group became a supergroup: its old messages cannot be edited any more, new cards begin there."""
        self._tx.run(sa.delete(card).where(card.c.chat.in_((old, new))))


_HERE = card.c.chat == sa.bindparam("chat")
_KNOWN = Ready(sa.select(card.c.chat).where(_HERE, card.c.subject == sa.bindparam("subject")))
_SHOWN_BY = Ready(sa.select(card.c.provider_id).where(_HERE, card.c.subject == sa.bindparam("subject")))
_OF_CHAT = Ready(
    sa.select(card.c.chat, card.c.subject).where(_HERE, one_of(card.c.subject, "subjects", postgres=False))
)
_OF_CHATS = Ready(
    sa.select(card.c.chat, card.c.subject).where(
        one_of(card.c.chat, "chats", postgres=True), one_of(card.c.subject, "subjects", postgres=True)
    )
)
