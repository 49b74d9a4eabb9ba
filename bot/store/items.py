"""What can be lent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from bot.core.finding import spellings, wanted_words
from bot.core.items import ItemState
from bot.core.records import record
from bot.core.spoken import fold
from bot.store.ready import Ready
from bot.store.tables import among, item, loan

if TYPE_CHECKING:
    from bot.store.transaction import Tx

FEW = 2_000  # items: this many are compared with what was typed in 20 ms
MOST_WORDS = 12


@record(frozen=True, slots=True)
class ItemRow:
    id: int
    department_id: int
    code: str
    name: str
    state: ItemState
    check: str = ""

    @property
    def shown(self) -> str:
        return self.name or self.code


class Items:
    """The items of every desk: found, added, renamed, retired."""

    def __init__(self, tx: Tx) -> None:
        self._tx = tx

    def get(self, item_id: int) -> ItemRow | None:
        row = self._tx.run(_ONE, {"item": item_id}).first()
        return _row(row) if row else None

    def by_code(self, code: str, *, hold: bool = False) -> ItemRow | None:
        """hold: locked for this transaction where there are several writers."""
        row = self._tx.run(_HELD if hold and self._tx.postgres else _OF_CODE, {"of": code.strip().upper()}).first()
        return _row(row) if row else None

    def hold(self, found: ItemRow) -> ItemRow:
        """The item as it is now, locked for this transaction where there are several writers: who has it, who waits
        for it and whether it is lent at all is decided by one of them after the other. Locked after its loan."""
        if not self._tx.postgres:
            return found
        self._tx.forget(foreseen=False)
        return self.by_code(found.code, hold=True) or found

    def add(self, department_id: int, code: str, name: str, *, check: str = "", category: str = "") -> ItemRow:
        made = self._tx.insert(
            item, department_id=department_id, code=code.upper(), name=name, check=check, category=category,
            state=ItemState.AVAILABLE, search=fold(f"{name} {code}"), created_at=self._tx.now,
        )  # fmt: skip
        found = self.get(made)
        assert found is not None
        return found

    def change(self, item_id: int, **values: Any) -> None:
        self._tx.run(sa.update(item).where(item.c.id == item_id).values(**values))
        row = self.get(item_id)
        if row:
            self._tx.run(sa.update(item).where(item.c.id == item_id).values(search=fold(f"{row.name} {row.code}")))

    def all(self, department_id: int, limit: int | None = FEW) -> list[ItemRow]:
        """By code, without those that are lent no more; the first of them in a desk with very many."""
        query = (
            sa.select(item).where(item.c.department_id == department_id, item.c.state != ItemState.RETIRED)
            .order_by(item.c.code).limit(limit)
        )  # fmt: skip
        return [_row(row) for row in self._tx.run(query)]

    def likely(self, department_id: int, typed: str) -> list[ItemRow]:
        """The items of a desk to compare with the typed words: all of a small desk; of a large one the FEW that share
        most words, or beginnings of words, with them."""
        known = self.all(department_id, FEW + 1)
        wanted = wanted_words(typed)[:MOST_WORDS]
        if len(known) <= FEW or not wanted:
            return known[:FEW]
        is_code = _BARE_CODE.in_(wanted)
        score = sum((_holds(word) for word in wanted), sa.case((is_code, 9), else_=0))
        # Most items share nothing with the words: they are passed over without their score, which costs four times as
        # much.
        alike = sa.or_(*(_begins(word) for word in wanted), is_code)
        query = (
            sa.select(item).where(item.c.department_id == department_id, item.c.state != ItemState.RETIRED, alike)
            .order_by(score.desc(), item.c.code).limit(FEW)
        )  # fmt: skip
        return [_row(row) for row in self._tx.run(query)]

    def free(self, department_id: int, limit: int = 8) -> list[ItemRow]:
        """Items that can be lent now."""
        out = sa.exists().where(loan.c.item_id == item.c.id, among(loan.c.state, "active", "return_declared"))
        query = (
            sa.select(item)
            .where(item.c.department_id == department_id, item.c.state == ItemState.AVAILABLE, ~out)
            .order_by(item.c.name)
            .limit(limit)
        )
        return [_row(row) for row in self._tx.run(query)]


_BARE_CODE = sa.func.replace(sa.func.replace(sa.func.lower(item.c.code), "-", ""), "_", "")


def _holds(word: str) -> sa.ColumnElement[int]:
    """How well one word matches an item: a word of its name (in the singular), its first letters."""
    whole = item.c.search.contains(spellings(word)[0], autoescape=True)
    return sa.case((whole, 3), (_begins(word), 1), else_=0)


def _begins(word: str) -> sa.ColumnElement[bool]:
    return item.c.search.contains(word[:3], autoescape=True)


_ONE = Ready(sa.select(item).where(item.c.id == sa.bindparam("item")))
_OF_CODE = Ready(sa.select(item).where(item.c.code == sa.bindparam("of")))
# Not the whole row: every new loan must still be able to look that the item exists.
_HELD = Ready(_OF_CODE.statement.with_for_update(key_share=True))


def _row(row: Any) -> ItemRow:
    return ItemRow(row.id, row.department_id, row.code, row.name, ItemState(row.state), row.check)
