"""Departments and their rules. Read at every message, changed once a month: cached, invalidated by a bell."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from bot.core.errors import Gone
from bot.core.people import Department
from bot.core.rules import Rules, freeze, rules_from
from bot.store.bell import RULES
from bot.store.fresh import Fresh, Seen
from bot.store.ready import Ready
from bot.store.tables import department, rule
from bot.store.wording import Place, Wording

if TYPE_CHECKING:
    from bot.store.transaction import Tx

HOURS = frozenset({"opening", "closing", "open_days"})
Read = tuple[tuple[Any, ...], Department]  # what the database has of a department, and the department


class RuleCache:
    """The cache of a process: all departments as last read, and the words that admins have overridden."""

    def __init__(self) -> None:
        self.departments = Fresh[dict[int, Department]]()
        self.read: dict[int, Read] = {}  # of each department, to make anew only those that have changed
        self.wordings = Fresh[Mapping[Place, Wording]]()

    def drop_if(self, rung: Collection[str]) -> None:
        if RULES in rung:
            self.departments.drop()
            self.wordings.drop()


class Departments(Seen[dict[int, Department]]):
    """The desks, each with the rules that its admins have set."""

    def __init__(self, tx: Tx) -> None:
        super().__init__(tx, tx.rule_cache.departments)

    def get(self, department_id: int) -> Department:
        """Raises KeyError when there is none."""
        return self.all()[department_id]

    def hold(self, department_id: int) -> Department:
        """A department as it is now, and as it stays until this is committed, where there are several writers: for a
        rule that is changed in part or must agree with another, and for what is done once. Raises KeyError."""
        if self._tx.postgres:
            mine = sa.select(department.c.id).where(department.c.id == department_id)
            self._tx.run(mine.with_for_update(key_share=True)).all()  # what is written of it meanwhile goes on
            self.renew()
        return self.get(department_id)

    def first(self) -> Department | None:
        return next(iter(self.all().values()), None)

    def named(self, department_id: int | None) -> Department:
        """The one that another system named, the first when it named none. Raises Gone."""
        found = self.first() if department_id is None else self.all().get(department_id)
        if found is None:
            raise Gone("department", "department_id")
        return found

    def of_chat(self, chat: str) -> Department | None:
        return next((d for d in self.all().values() if chat and d.chat == chat), None)

    def names_besides(self, department_id: int | None) -> list[str]:
        """What the other departments are called; None: what all are."""
        return [d.name for d in self.all().values() if d.id != department_id]

    def add(self, *, name: str, zone: ZoneInfo, language: str, chat: str = "", topic: int | None = None) -> Department:
        made = self._tx.insert(
            department,
            name=name,
            zone=zone.key,
            language=language,
            chat=chat or None,
            topic=topic,
            created_at=self._tx.now,
        )
        self._changed()
        return self.get(made)

    def change(self, department_id: int, **values: Any) -> Department:
        """Set columns of a department (name, chat, topic, place, contact_line, zone, language)."""
        self._tx.run(sa.update(department).where(department.c.id == department_id).values(**values))
        self._changed()
        return self.get(department_id)

    def set_rule(self, department_id: int, name: str, value: Any) -> None:
        """Takes effect at once on every replica. Raises KeyError for an unknown rule."""
        if name not in Rules.__dataclass_fields__:
            raise KeyError(name)
        self._tx.put(rule, department_id=department_id, name=name, value=freeze(value), changed_at=self._tx.now)
        self._changed()

    def is_set(self, department_id: int, name: str) -> bool:
        """Whether somebody has set the rule here, be it to what it is by default."""
        key = (rule.c.department_id == department_id) & (rule.c.name == name)
        return self._tx.run(sa.select(rule.c.name).where(key)).first() is not None

    def unset_rule(self, department_id: int, name: str) -> None:
        """As nobody had ever set it."""
        self._tx.run(sa.delete(rule).where((rule.c.department_id == department_id) & (rule.c.name == name)))
        self._changed()

    def _read(self) -> dict[int, Department]:
        """To make a department is ten times the work of reading it, and in a house of a thousand hardly any change."""
        stored: dict[int, dict[str, Any]] = {}
        for row in self._tx.run(_RULES):
            stored.setdefault(row.department_id, {})[row.name] = row.value
        first, before = self._tx.desk.first_rules, self._tx.rule_cache.read
        rows = self._tx.run(_DEPARTMENTS)
        read = {row.id: _as_before((row, first | stored.get(row.id, {})), before.get(row.id)) for row in rows}
        self._tx.rule_cache.read = read
        return {number: found for number, (_, found) in read.items()}


_RULES = Ready(sa.select(rule.c.department_id, rule.c.name, rule.c.value))
_DEPARTMENTS = Ready(sa.select(department).order_by(department.c.id))


def _as_before(stored: tuple[Any, Mapping[str, Any]], before: Read | None) -> Read:
    """A department as the database has it now; the same that was made of the same before."""
    return before if before is not None and before[0] == stored else (stored, _department(*stored))


def _department(row: Any, stored: Mapping[str, Any]) -> Department:
    return Department(
        id=row.id, name=row.name, zone=ZoneInfo(row.zone), language=row.language, rules=rules_from(stored),
        chat=row.chat or "", topic=row.topic, place=row.place, contact_line=row.contact_line,
        tells_hours=not HOURS.isdisjoint(stored),
    )  # fmt: skip
