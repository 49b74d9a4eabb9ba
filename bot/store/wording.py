"""Words that an admin has overridden, and messages that an admin switched off."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING

import sqlalchemy as sa

from bot.core.records import record
from bot.store.fresh import Seen
from bot.store.tables import template_override

if TYPE_CHECKING:
    from bot.store.transaction import Tx

Place = tuple[int, str, str, str]
_KEY = ("department_id", "message", "language", "channel")  # the columns of a place


@record(frozen=True, slots=True)
class Wording:
    """One entry. `language` is empty for the entry that switches a message on or off."""

    words: str
    enabled: bool
    who: str
    changed_at: datetime


class Wordings(Seen[Mapping[Place, Wording]]):
    """Read with every message that leaves, changed once a month: cached beside the rules, invalidated with them."""

    def __init__(self, tx: Tx) -> None:
        super().__init__(tx, tx.rule_cache.wordings)

    def words(self, department_id: int, message: str, language: str, channel: str) -> str | None:
        """The overriding words: those for this channel, else those for all channels."""
        known = self.all()
        if not known:
            return None
        places = ((department_id, message, language, where) for where in (channel, ""))
        return next((found.words for place in places if (found := known.get(place)) is not None), None)

    def entry(self, department_id: int, message: str, language: str, channel: str) -> Wording | None:
        """The entry for exactly this channel ("": for all that have no words of their own)."""
        return self.all().get((department_id, message, language, channel))

    def is_off(self, department_id: int, message: str, channel: str) -> bool:
        """Whether a message is not to be sent, on this channel or on any."""
        known = self.all()
        found = (known.get((department_id, message, "", where)) for where in ("", channel))
        return bool(known) and any(entry is not None and not entry.enabled for entry in found)

    def change(self, place: Place, words: str | None, *, who: str, name: str) -> int:
        """Override the words, or restore the file's with None, and keep what stood there; the number of this act.

        who: as the audit has them. name: as an admin reads it beside the words.
        """
        department_id, message, language, channel = place
        before = self.entry(*place)
        if words is None:
            self._remove(place)
        else:
            self._write(place, words, name, enabled=True)
        return self._tx.audit.note(
            who, f"text:{message}:{language}:{channel}"[:64], department_id, message=message, language=language,
            channel=channel, was=before.words if before else None, now=words,
        )  # fmt: skip

    def switch(self, department_id: int, message: str, channel: str, who: str, *, on: bool) -> None:
        """Send a message, or send it no more, on a channel ("": on every one)."""
        place = (department_id, message, "", channel)
        if on:
            self._remove(place)
        else:
            self._write(place, "", who, enabled=False)

    def _write(self, place: Place, words: str, who: str, *, enabled: bool) -> None:
        key = dict(zip(_KEY, place, strict=True))
        self._tx.put(template_override, **key, words=words, enabled=enabled, who=who, changed_at=self._tx.now)
        self._changed()

    def _remove(self, place: Place) -> None:
        key = (template_override.c[name] == value for name, value in zip(_KEY, place, strict=True))
        self._tx.run(sa.delete(template_override).where(*key))
        self._changed()

    def _read(self) -> dict[Place, Wording]:
        return {
            (row.department_id, row.message, row.language, row.channel): Wording(
                row.words, row.enabled, row.who, row.changed_at
            )
            for row in self._tx.run(sa.select(template_override))
        }
