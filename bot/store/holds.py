"""The waiting list of an item: who wants it when it is back, and for whom it is kept now."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from bot.core.loans import Loan
from bot.core.records import record
from bot.store.loans import NEVER_LENT
from bot.store.ready import Each, Ready
from bot.store.tables import among, contact, hold, item, loan

if TYPE_CHECKING:
    from bot.store.transaction import Tx

OPEN = ("waiting", "ready")


@record(frozen=True, slots=True)
class Hold:
    """One place in the line. `state`: waiting, ready (kept until `expires_at`), taken, left, expired."""

    id: int
    item_id: int
    contact_id: int
    department_id: int
    state: str
    asked_at: datetime
    expires_at: datetime | None = None
    item: str = ""
    code: str = ""
    name: str = ""

    @property
    def ready(self) -> bool:
        return self.state == "ready"


class Holds:
    def __init__(self, tx: Tx) -> None:
        self._tx = tx

    def get(self, hold_id: int) -> Hold | None:
        row = self._tx.run(_FULL.where(hold.c.id == hold_id)).first()
        return _row(row) if row else None

    def line(self, item_id: int) -> list[Hold]:
        """The waiting list of an item in order; whoever it is kept for comes first."""
        found = [_row(row) for row in self._tx.run(_LINE, {"item": item_id})]
        return sorted(found, key=lambda h: (not h.ready, h.asked_at, h.id))

    def ready_of(self, item_id: int) -> Hold | None:
        """For whom the item is kept now."""
        return next((h for h in self.line(item_id) if h.ready), None)

    def of(self, contact_id: int) -> list[Hold]:
        """The waiting lists a person is on, the oldest first."""
        return [_row(row) for row in self._tx.recall(OF_PERSON.one, contact=contact_id)]

    def still(self, found: Hold) -> Hold | None:
        """The place in line as it is now, with its item held (see `Items.hold`); None when it is over."""
        if not self._tx.postgres:
            return found
        item = self._tx.items.get(found.item_id)
        if item is not None:
            self._tx.items.hold(item)
        now = self.get(found.id)  # as whoever held it left it
        return now if now is not None and now.state in OPEN else None

    def add(self, item_id: int, contact_id: int, department_id: int) -> bool:
        """Join the end of the list; False when this person is on it already."""
        made = self._tx.insert_new(
            hold, item_id=item_id, contact_id=contact_id, department_id=department_id, state="waiting",
            asked_at=self._tx.now,
        )  # fmt: skip
        return made is not None

    def keep_for(self, found: Hold, until: datetime) -> Hold:
        """The item is put aside for this person."""
        return self._set(found, state="ready", ready_at=self._tx.now, expires_at=until)

    def wait_again(self, found: Hold) -> Hold:
        """Return to the list, at the same place: the item went to somebody else after all."""
        return self._set(found, state="waiting", ready_at=None, expires_at=None)

    def close(self, found: Hold, state: str) -> Hold:
        """Taken, left, expired, or ended: not lent any more."""
        return self._set(found, state=state)

    def taken_with(self, lent: Loan) -> Hold | None:
        """The place in line that ended when this item was lent to who held it; None when they stood in no line."""
        row = self._tx.run(_TAKEN_WITH, {"item": lent.item_id, "contact": lent.contact_id, "loan": lent.id}).first()
        return _row(row) if row else None

    def _set(self, found: Hold, **values: Any) -> Hold:
        self._tx.run(sa.update(hold).where(hold.c.id == found.id).values(**values))
        again = self.get(found.id)
        assert again is not None
        return again

    def run_out(self, department_id: int, limit: int) -> list[Hold]:
        """Kept longer than the rule allows, and not requested: who has sent a request is waiting for staff."""
        asked = {"desk": department_id, "now": self._tx.now, "most": limit}
        return [_row(row) for row in self._tx.run(_RUN_OUT, asked)]

    def expiries(self, department_id: int) -> list[datetime]:
        """When what is kept now runs out."""
        return [row.expires_at for row in self._tx.run(_EXPIRIES, {"desk": department_id})]


_FULL = (
    sa.select(
        hold, item.c.name.label("item_name"), item.c.code.label("item_code"), contact.c.name.label("contact_name")
    )
    .join(item, item.c.id == hold.c.item_id)
    .join(contact, contact.c.id == hold.c.contact_id)
)
_STATES = among(hold.c.state, *OPEN)
_ASKED_FOR = sa.select(loan.c.id).where(
    loan.c.state == "requested", loan.c.item_id == hold.c.item_id, loan.c.contact_id == hold.c.contact_id
)
_READY = sa.and_(hold.c.department_id == sa.bindparam("desk"), hold.c.state == "ready")
_RUN_OUT = Ready(
    _FULL.where(_READY, hold.c.expires_at <= sa.bindparam("now"), ~_ASKED_FOR.exists())
    .order_by(hold.c.expires_at)
    .limit(sa.bindparam("most"))
)
_EXPIRIES = Ready(sa.select(hold.c.expires_at).where(_READY))
_LINE = Ready(_FULL.where(hold.c.item_id == sa.bindparam("item"), _STATES))
_LENT_SINCE = sa.select(loan.c.id).where(
    loan.c.item_id == hold.c.item_id, loan.c.contact_id == hold.c.contact_id, loan.c.lent_at >= hold.c.asked_at
)
_BEFORE_IT = _LENT_SINCE.where(loan.c.id != sa.bindparam("loan"), loan.c.state.not_in(NEVER_LENT))
_TAKEN_WITH = Ready(
    _FULL.where(
        hold.c.item_id == sa.bindparam("item"), hold.c.contact_id == sa.bindparam("contact"), hold.c.state == "taken",
        _LENT_SINCE.where(loan.c.id == sa.bindparam("loan")).exists(), ~_BEFORE_IT.exists(),
    )
    .order_by(hold.c.id.desc())
    .limit(1)
)  # fmt: skip
OF_PERSON = Each(_FULL.where(_STATES).order_by(hold.c.id), hold.c.contact_id, "contact")


def _row(row: Any) -> Hold:
    return Hold(
        id=row.id, item_id=row.item_id, contact_id=row.contact_id, department_id=row.department_id, state=row.state,
        asked_at=row.asked_at, expires_at=row.expires_at,
        item=row.item_name or row.item_code, code=row.item_code, name=row.contact_name,
    )  # fmt: skip
