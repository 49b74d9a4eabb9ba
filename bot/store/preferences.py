"""Each person's choices for their reminders."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from bot.core.notices import KINDS
from bot.core.preferences import ROADS, STEPS, Preference
from bot.store.ready import Ready
from bot.store.tables import preference

if TYPE_CHECKING:
    from bot.store.transaction import Tx


class Preferences:
    def __init__(self, tx: Tx) -> None:
        self._tx = tx

    def of(self, contact_id: int) -> Preference:
        """A person's choices; the defaults where nothing was chosen or the stored value is no longer valid."""
        stored = {row.name: row.value for row in self._tx.recall(_OF, contact=contact_id)}
        reminders = stored.get("reminders")
        return Preference(
            reminders=frozenset(reminders) & frozenset(STEPS) if isinstance(reminders, list) else frozenset(STEPS),
            channels=tuple(c for c in stored.get("channels") or () if c in ROADS),
            also_email=stored.get("also_email") is True,
            refused=frozenset(kind for kind in stored.get("refused") or () if kind in KINDS),
        )

    def keep(self, contact_id: int, chosen: Preference) -> None:
        """Write all of a person's choices."""
        self.note(contact_id, "reminders", [name for name in STEPS if name in chosen.reminders])
        self.note(contact_id, "channels", list(chosen.channels))
        self.note(contact_id, "also_email", chosen.also_email)
        self.note(contact_id, "refused", sorted(chosen.refused))

    def noted(self, contact_id: int, name: str) -> Any:
        """One stored value of a person, None without one."""
        key = (preference.c.contact_id == contact_id) & (preference.c.name == name)
        return self._tx.run(sa.select(preference.c.value).where(key)).scalar()

    def note(self, contact_id: int, name: str, value: Any) -> None:
        self._tx.put(preference, contact_id=contact_id, name=name, value=value)

    def forget(self, contact_id: int, name: str) -> None:
        key = (preference.c.contact_id == contact_id) & (preference.c.name == name)
        self._tx.run(sa.delete(preference).where(key))


_OF = Ready(sa.select(preference.c.name, preference.c.value).where(preference.c.contact_id == sa.bindparam("contact")))
