"""The pieces of kits, and which of them did not come back with a loan."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from bot.core.pieces import Piece
from bot.core.records import record
from bot.core.spoken import fold
from bot.store.hints import off_index
from bot.store.ready import Each, Ready
from bot.store.slices import sliced
from bot.store.tables import contact, item, lacking, loan, piece

if TYPE_CHECKING:
    from bot.store.transaction import Tx

SAID, MISSING = "said", "missing"
"""What a borrower or a colleague says is missing; and what the desk, having taken the loan back, waits for."""
FOUND, WRITTEN_OFF = "found", "written_off"
SLICE = 2_000  # items


@record(frozen=True, slots=True)
class Owed:
    """A piece that somebody kept after the loan was over."""

    piece: Piece
    loan_id: int
    item: str
    borrower: str


class Pieces:
    def __init__(self, tx: Tx) -> None:
        self._tx = tx

    def of_item(self, item_id: int) -> list[Piece]:
        """The kit's list in order, each with how many of it are missing since earlier loans; empty for a plain item."""
        return [_piece(row) for row in self._tx.recall(OF_ITEM.one, item=item_id)]

    def of_loan(self, loan_id: int, item_id: int) -> list[Piece]:
        """What went out with a loan (not what was missing before), each with how many of it did not come back."""
        listed = self.of_item(item_id)
        mine = self._of(loan_id) if listed else {}
        found = []
        for one in listed:
            said, state = mine.get(one.id, (0, ""))
            before = one.missing - (said if state == MISSING else 0)
            if one.count - before > 0:
                found.append(replace(one, count=one.count - before, missing=said))
        return found

    def _of(self, loan_id: int) -> dict[int, tuple[int, str]]:
        rows = self._tx.run(_OF_LOAN, {"loan": loan_id})
        return {row.piece_id: (row.quantity, row.state) for row in rows if row.state in (SAID, MISSING)}

    # --- the list ----------------------------------------------------------------------------

    def put(self, item_id: int, wanted: Sequence[Piece]) -> None:
        """Make this the kit's list. A piece of the same name stays itself; one that is gone is waited for no more, and
        waited for again when it comes back to the list."""
        known = {fold(row.name): row for row in self._tx.run(sa.select(piece).where(piece.c.item_id == item_id))}
        for place, one in enumerate(wanted):
            was = known.pop(fold(one.name), None)
            values = {"name": one.name, "quantity": one.count, "position": place, "retired": False}
            if was is None:
                self._tx.insert(piece, item_id=item_id, **values)
                continue
            self._tx.run(sa.update(piece).where(piece.c.id == was.id).values(**values))
            if was.retired:
                self._move(lacking.c.piece_id == was.id, WRITTEN_OFF, MISSING)
        for gone in known.values():
            if not gone.retired:
                self._tx.run(sa.update(piece).where(piece.c.id == gone.id).values(retired=True))
                self._move(lacking.c.piece_id == gone.id, MISSING, WRITTEN_OFF)

    # --- what is missing ---------------------------------------------------------------------

    def say(self, loan_id: int, missing: Mapping[int, int]) -> None:
        """Record what somebody says is missing from the loan: piece → how many. It replaces what was said before."""
        self.unsay(loan_id)
        for piece_id, count in missing.items():
            if count > 0:
                self._tx.run(sa.delete(lacking).where(lacking.c.loan_id == loan_id, lacking.c.piece_id == piece_id))
                self._tx.insert_new(
                    lacking, loan_id=loan_id, piece_id=piece_id, quantity=count, state=SAID, at=self._tx.now
                )

    def unsay(self, loan_id: int) -> None:
        if self._tx.recall(SAID_OF.one, loan=loan_id).first() is not None:
            self._tx.run(_UNSAY, {"loan": loan_id})

    def confirm(self, loan_id: int) -> None:
        """The loan is returned: what was said to be missing is awaited."""
        self._move(lacking.c.loan_id == loan_id, SAID, MISSING)

    def found(self, loan_id: int, piece_id: int) -> bool:
        """It is back; False when it was not awaited."""
        return self._move((lacking.c.loan_id == loan_id) & (lacking.c.piece_id == piece_id), MISSING, FOUND)

    def not_found(self, loan_id: int, piece_id: int) -> bool:
        """Not found after all; False when it was not recorded as found."""
        return self._move((lacking.c.loan_id == loan_id) & (lacking.c.piece_id == piece_id), FOUND, MISSING)

    def _move(self, key: Any, was: str, now: str) -> bool:
        moved = sa.update(lacking).where(key, lacking.c.state == was).values(state=now, at=self._tx.now)
        return self._tx.run(moved).rowcount > 0

    def owed_by(self, contact_id: int) -> list[Owed]:
        """What a person still has of kits whose loans are over, oldest first."""
        return [_owed(row) for row in self._tx.recall(OWED_BY.one, contact=contact_id)]

    def owed_of(self, item_id: int) -> list[Owed]:
        """What is missing of a kit, and who had it."""
        return [_owed(row) for row in self._tx.run(_OWED_OF, {"item": item_id})]

    def waited_for(self, department_id: int, limit: int) -> list[Owed]:
        """All missing pieces of a department, oldest first."""
        # SQLite is kept to what is missing: it would scan all that the desk ever lent instead.
        mine = _OWED.where(off_index(loan.c.department_id) == department_id)
        return [_owed(row) for row in self._tx.run(mine.limit(limit))]

    # --- many at once ------------------------------------------------------------------------

    def of_items(self, item_ids: Iterable[int]) -> dict[int, list[Piece]]:
        """Item → its list, for an import and an export."""
        found: dict[int, list[Piece]] = {}
        for some in sliced(sorted(item_ids), SLICE):
            key = piece.c.item_id.in_(some) & piece.c.retired.is_(False)
            for row in self._tx.run(sa.select(piece).where(key).order_by(piece.c.item_id, piece.c.position)):
                found.setdefault(row.item_id, []).append(Piece(row.name, row.quantity, 0, row.id))
        return found


_GONE = (  # for one piece: a GROUP BY over all would read every missing piece of the desk for each card
    sa.select(sa.func.sum(lacking.c.quantity))
    .where(lacking.c.piece_id == piece.c.id, lacking.c.state == MISSING)
    .scalar_subquery()
    .label("missing")
)
_LISTED = sa.select(piece.c.id, piece.c.name, piece.c.quantity, piece.c.item_id, _GONE)
OF_ITEM = Each(_LISTED.where(piece.c.retired.is_(False)).order_by(piece.c.position), piece.c.item_id, "item")
SAID_OF = Each(sa.select(lacking.c.loan_id).where(lacking.c.state == SAID), lacking.c.loan_id, "loan")
_UNSAY = Ready(sa.delete(lacking).where(lacking.c.loan_id == sa.bindparam("loan"), lacking.c.state == SAID))
_OF_LOAN = Ready(sa.select(lacking).where(lacking.c.loan_id == sa.bindparam("loan")))
_OWED = (
    sa.select(
        lacking.c.quantity.label("missing"), piece.c.id, piece.c.name, piece.c.quantity, loan.c.id.label("loan_id"),
        loan.c.contact_id, loan.c.item_id, item.c.name.label("item_name"), item.c.code.label("item_code"),
        contact.c.name.label("contact_name"),
    )
    .join(piece, piece.c.id == lacking.c.piece_id)
    .join(loan, loan.c.id == lacking.c.loan_id)
    .join(item, item.c.id == loan.c.item_id)
    .join(contact, contact.c.id == loan.c.contact_id)
    .where(lacking.c.state == MISSING)
    .order_by(lacking.c.at, piece.c.position)
)  # fmt: skip
_OWED_OF = Ready(_OWED.where(loan.c.item_id == sa.bindparam("item")))
OWED_BY = Each(_OWED, loan.c.contact_id, "contact")


def _piece(row: Any) -> Piece:
    return Piece(row.name, row.quantity, min(row.quantity, int(row.missing or 0)), row.id)


def _owed(row: Any) -> Owed:
    return Owed(_piece(row), row.loan_id, row.item_name or row.item_code, row.contact_name)
