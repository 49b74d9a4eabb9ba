"""Departments and their rules. Read at every message, changed once a month: cached, invalidated by a bell."""

from __future__ import annotations

import threading
import time
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any, Generic, TypeVar
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from bot.core.errors import Gone
from bot.core.people import Department
from bot.core.rules import Rules, freeze, rules_from
from bot.store.bell import RULES
from bot.store.ready import Ready
from bot.store.tables import department, rule
from bot.store.wording import Place, Wording

if TYPE_CHECKING:
    from bot.store.transaction import Tx

T = TypeVar("T")

HOURS = frozenset({"opening", "closing", "open_days"})
FRESH_SECONDS = 1.0  # the longest that a bell lost between replicas leaves the cache stale


class Fresh(Generic[T]):
    """A value that all threads of the process share for FRESH_SECONDS after it was read."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._value: T | None = None
        self._read_at = float("-inf")

    def get(self) -> T | None:
        """None when it is too old, or was dropped."""
        with self._lock:
            return self._value if time.monotonic() - self._read_at < FRESH_SECONDS else None

    def put(self, value: T) -> None:
        with self._lock:
            self._value, self._read_at = value, time.monotonic()

    def drop(self) -> None:
        with self._lock:
            self._read_at = float("-inf")


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


class Departments:
    """The desks, each with the rules that its admins have set."""

    def __init__(self, tx: Tx) -> None:
        self._tx = tx
        self.own: dict[int, Department] | None = None  # what this transaction changed, not to be shared before commit
        self._shared: dict[int, Department] | None = None

    def all(self) -> dict[int, Department]:
        """As this transaction sees them: looked up in the shared memory once."""
        if self.own is not None:
            return self.own
        if self._shared is None:
            self._shared = self._tx.rule_cache.departments.get()
        if self._shared is None:
            self._shared = self._read()
            self._tx.rule_cache.departments.put(self._shared)
        return self._shared

    def get(self, department_id: int) -> Department:
        """Raises KeyError when there is none."""
        return self.all()[department_id]

    def first(self) -> Department | None:
        return next(iter(self.all().values()), None)

    def named(self, department_id: int | None) -> Department:
        """The one that another system named, the first when it named none. Raises Gone."""
        found = self.first() if department_id is None else self.all().get(department_id)
        if found is None:
            raise Gone("department")
        return found

    def of_chat(self, chat: str) -> Department | None:
        return next((d for d in self.all().values() if chat and d.chat == chat), None)

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

    def _changed(self) -> None:
        self.own = self._read()
        self._tx.ring(RULES)

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
