"""Open questions: what was asked of whom in which chat, until answered, dropped or 24 hours old."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from bot.core.conversation import Choice, Question, choice_from
from bot.store.ready import Ready, on_both, one_of
from bot.store.tables import question
from bot.store.together import Asking

if TYPE_CHECKING:
    from bot.store.transaction import Tx

LASTS = timedelta(hours=24)


class Questions:
    def __init__(self, tx: Tx) -> None:
        self._tx = tx

    def put(self, contact_id: int, chat: str, kind: str, facts: Mapping[str, Any], choices: Sequence[Choice]) -> None:
        """Ask; a question still open in that chat is replaced."""
        self.close(contact_id, chat)
        stored = [{"payload": c.payload(), "label": c.label, "text": c.text, "number": c.number} for c in choices]
        self._tx.insert(
            question, contact_id=contact_id, chat=chat, kind=kind, facts=dict(facts), choices=stored,
            asked_at=self._tx.now, expires_at=self._tx.now + LASTS,
        )  # fmt: skip

    def open(self, contact_id: int, chat: str) -> Question | None:
        """The question still open here, without choices that newer code no longer knows."""
        row = self._tx.recall(_OPEN, contact=contact_id, chat=chat, now=self._tx.now).first()
        if row is None:
            return None
        choices = []
        for stored in row.choices:
            found = choice_from(stored["payload"])
            if found is not None:
                choices.append(
                    Choice(
                        found.act, found.args, stored.get("label", ""), stored.get("text", ""), stored.get("number", 0)
                    )
                )
        return Question(row.kind, row.facts, tuple(choices), row.asked_at)

    def look_ahead(self, places: Sequence[tuple[int, str]]) -> Asking[None]:
        """Read in one query the open questions of these people, each in their chat."""
        asked = {"people": [person for person, _ in places], "now": self._tx.now}
        (found,) = yield [(_OPEN_OF_MANY[self._tx.postgres], asked)]
        waits = {(row.contact_id, row.chat): row for row in found}
        now = self._tx.now
        answers = [(who, (who, chat, now), [waits[who, chat]] if (who, chat) in waits else []) for who, chat in places]
        self._tx.foresee_all(_OPEN, answers)

    def close(self, contact_id: int, chat: str) -> bool:
        """Whether one was open."""
        return self._tx.run(_CLOSE, {"contact_id": contact_id, "chat": chat}).rowcount == 1


_CLOSE = Ready(
    sa.delete(question).where(
        question.c.contact_id == sa.bindparam("contact_id"), question.c.chat == sa.bindparam("chat")
    )
)
_OPEN = Ready(
    sa.select(question).where(
        question.c.contact_id == sa.bindparam("contact"),
        question.c.chat == sa.bindparam("chat"),
        question.c.expires_at > sa.bindparam("now"),
    )
)
_WAITS = sa.select(question).where(question.c.expires_at > sa.bindparam("now"))
_OPEN_OF_MANY = on_both(lambda *, postgres: _WAITS.where(one_of(question.c.contact_id, "people", postgres=postgres)))
