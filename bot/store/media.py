"""Pictures people sent: where to fetch them, their state, and the loan they belong to."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from bot.core.inbound import Media
from bot.core.records import record
from bot.store.bell import FETCH
from bot.store.loans import OPEN
from bot.store.ready import Each, Ready
from bot.store.tables import loan, media

if TYPE_CHECKING:
    from bot.store.transaction import Tx

TRIES = 3
WAITS = (timedelta(minutes=1), timedelta(minutes=5))
ASKED_LASTS = timedelta(hours=24)


@record(frozen=True, slots=True)
class Attached:
    """One picture. `state`: asked (nobody has said yet what it shows), new (to be fetched), kept, failed.

    `about`: return or problem. `path` is below the data folder, once it is kept.
    """

    id: int
    contact_id: int
    department_id: int
    loan_id: int | None
    channel: str
    about: str
    state: str
    media: Media
    path: str = ""


class MediaShelf:
    def __init__(self, tx: Tx) -> None:
        self._tx = tx

    def ask(self, contact_id: int, department_id: int, letter_id: int, channel: str, found: Sequence[Media]) -> None:
        """Record pictures of which nobody has said yet what they show. They are not fetched before."""
        for one in found:
            self._tx.insert(
                media, contact_id=contact_id, department_id=department_id, letter_id=letter_id, channel=channel,
                kind=one.kind, ref=one.ref, mime=one.mime[:100], size=one.size, album=one.album, state="asked",
                next_at=self._tx.now, at=self._tx.now,
            )  # fmt: skip

    def mean(self, contact_id: int, about: str, loan_id: int | None) -> int:
        """This person's waiting pictures show a return or a problem (of a loan): fetch them. How many there are."""
        whose: dict[str, Any] = {"contact": contact_id, **since(self._tx)}
        # Nearly always there is none, and an UPDATE of no row costs three times a query.
        if self._tx.recall(ASKED_OF.one, **whose).first() is None:
            return 0
        self._tx.ring(FETCH)
        return self._tx.run(_MEAN, {**whose, "about_": about, "loan": loan_id, "now": self._tx.now}).rowcount

    def of_album(self, contact_id: int, album: str) -> Attached | None:
        """A picture of the same album that came before."""
        key = (media.c.contact_id == contact_id) & (media.c.album == album)
        row = self._tx.run(sa.select(media).where(key).order_by(media.c.id).limit(1)).first()
        return _row(row) if row else None

    def of_loan(self, loan_id: int) -> list[Attached]:
        """A loan's pictures, the oldest first."""
        return [_row(row) for row in self._tx.recall(OF_LOAN.one, loan=loan_id)]

    # --- fetching ----------------------------------------------------------------------------

    def due(self, limit: int) -> list[Attached]:
        return [_row(row) for row in self._tx.run(_DUE, {"now": self._tx.now, "most": limit})]

    def next_at(self) -> datetime | None:
        found: datetime | None = self._tx.run(_NEXT_AT).scalar()
        return found

    def kept(self, media_id: int, path: str, mime: str, size: int) -> bool:
        """It lies at `path` now; False when another replica was quicker."""
        return self._close(media_id, state="kept", path=path, mime=mime, size=size, why="")

    def refused(self, media_id: int, why: str) -> bool:
        """It will not be kept: too large, no picture."""
        return self._close(media_id, state="failed", why=why)

    def missed(self, media_id: int, why: str) -> bool:
        """It could not be fetched now; retried later. Whether that was the last try."""
        key = (media.c.id == media_id) & (media.c.state == "new")
        tries = self._tx.run(sa.select(media.c.tries).where(key)).scalar()
        if tries is None:
            return False
        if tries + 1 >= TRIES:
            return self._close(media_id, state="failed", why=why, tries=tries + 1)
        at = self._tx.now + WAITS[min(tries, len(WAITS) - 1)]
        self._tx.run(sa.update(media).where(key).values(tries=tries + 1, next_at=at))
        return False

    def put_off(self, media_id: int) -> None:
        """It could not be stored here: retried later, without a limit."""
        key = (media.c.id == media_id) & (media.c.state == "new")
        self._tx.run(sa.update(media).where(key).values(next_at=self._tx.now + WAITS[-1]))

    def _close(self, media_id: int, **values: Any) -> bool:
        key = (media.c.id == media_id) & (media.c.state == "new")
        return self._tx.run(sa.update(media).where(key).values(**values)).rowcount == 1

    # --- tidying -----------------------------------------------------------------------------

    def outlived(self, before: datetime, limit: int) -> list[Attached]:
        """Pictures older than the rule whose loan is over, and those nobody ever explained."""
        is_open = sa.select(loan.c.id).where(loan.c.id == media.c.loan_id, loan.c.state.in_(OPEN))
        unexplained = (media.c.state == "asked") & (media.c.at < self._tx.now - ASKED_LASTS)
        query = sa.select(media).where(((media.c.at < before) & ~is_open.exists()) | unexplained)
        return [_row(row) for row in self._tx.run(query.order_by(media.c.id).limit(limit))]

    def orphaned(self, limit: int) -> list[Attached]:
        """Pictures of people who were erased: their files are still there."""
        return [_row(row) for row in self._tx.run(_ORPHANED, {"most": limit})]

    def forget(self, ids: Sequence[int]) -> None:
        self._tx.run(sa.delete(media).where(media.c.id.in_(ids)))


_ORPHANED = Ready(sa.select(media).where(media.c.state == "forgotten").limit(sa.bindparam("most")))
_ASKED = sa.and_(media.c.state == "asked", media.c.at > sa.bindparam("since"))
ASKED_OF = Each(sa.select(media.c.id, media.c.contact_id).where(_ASKED), media.c.contact_id, "contact")
_MEAN = Ready(
    sa.update(media)
    .where(media.c.contact_id == sa.bindparam("contact"), _ASKED)
    .values(
        state="new", about=sa.bindparam("about_"), loan_id=sa.bindparam("loan", type_=sa.Integer()),
        next_at=sa.bindparam("now", type_=media.c.next_at.type),
    )
)  # fmt: skip
_NEXT_AT = Ready(sa.select(media.c.next_at).where(media.c.state == "new").order_by(media.c.next_at).limit(1))
_DUE = Ready(
    sa.select(media)
    .where(media.c.state == "new", media.c.next_at <= sa.bindparam("now"))
    .order_by(media.c.next_at, media.c.id)
    .limit(sa.bindparam("most"))
)
OF_LOAN = Each(sa.select(media).order_by(media.c.id), media.c.loan_id, "loan")


def since(tx: Tx) -> dict[str, datetime]:
    """Pictures since this instant still wait for their meaning."""
    return {"since": tx.now - ASKED_LASTS}


def _row(row: Any) -> Attached:
    return Attached(
        row.id, row.contact_id, row.department_id, row.loan_id, row.channel, row.about, row.state,
        Media(row.kind, row.ref, row.mime, row.size, row.album), row.path,
    )  # fmt: skip
