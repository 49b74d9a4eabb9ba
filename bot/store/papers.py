"""Files that pass through the chat: lists to take in, lists and labels to hand out. Each is a row until it is done."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal

import sqlalchemy as sa

from bot.core.inbound import Media
from bot.core.records import record
from bot.store.bell import FETCH
from bot.store.ready import Ready
from bot.store.tables import paper

if TYPE_CHECKING:
    from bot.store.transaction import Tx

TRIES = 3
WAIT = timedelta(minutes=1)
LASTS = timedelta(days=7)
"""After that the file goes: names and numbers of people stand in it."""

Kind = Literal["import", "export", "labels"]


@record(frozen=True, slots=True)
class Paper:
    """One file. `state`: new (to be fetched and looked at, or made), shown (waits for [Importer]), taking, done, left,
    failed. `who`: the colleague, as the history keeps them; `path` below the data folder."""

    id: int
    department_id: int
    kind: Kind
    state: str
    who: str
    what: str
    channel: str
    media: Media
    path: str = ""


class Papers:
    def __init__(self, tx: Tx) -> None:
        self._tx = tx

    def ask(self, department_id: int, kind: Kind, who: str, *, what: str = "", channel: str = "",
            media: Media | None = None) -> int:  # fmt: skip
        """A file is to be made, or fetched and looked at. what: which list, or the codes of the labels."""
        media = media or Media("document", "")
        made = self._tx.insert(
            paper, department_id=department_id, kind=kind, state="new", who=who, what=what, channel=channel,
            ref=media.ref, name=media.name[:80], size=media.size, path="", tries=0, next_at=self._tx.now,
            at=self._tx.now,
        )  # fmt: skip
        self._tx.ring(FETCH)
        return made

    def get(self, paper_id: int) -> Paper | None:
        row = self._tx.run(sa.select(paper).where(paper.c.id == paper_id)).first()
        return _row(row) if row else None

    def due(self, limit: int) -> list[Paper]:
        """The work of the fetch job, the oldest first."""
        return [_row(row) for row in self._tx.run(_DUE, {"now": self._tx.now, "most": limit})]

    def next_at(self) -> datetime | None:
        """When something is to be tried again."""
        found: datetime | None = self._tx.run(_NEXT_AT).scalar()
        return found

    def move(self, found: Paper, state: str, **values: Any) -> bool:
        """False when somebody else has moved it since it was read."""
        key = (paper.c.id == found.id) & (paper.c.state == found.state)
        moved = self._tx.run(sa.update(paper).where(key).values(state=state, next_at=self._tx.now, **values)).rowcount
        if state == "taking":
            self._tx.ring(FETCH)
        return moved == 1

    def missed(self, found: Paper) -> bool:
        """It could not be fetched now; retried in a minute. Whether that was the last try."""
        tries = self._tx.run(sa.select(paper.c.tries).where(paper.c.id == found.id)).scalar_one() + 1
        if tries >= TRIES:
            return self.move(found, "failed", tries=tries)
        self._tx.run(
            sa.update(paper).where(paper.c.id == found.id).values(tries=tries, next_at=self._tx.now + WAIT * tries)
        )
        return False

    def outlived(self, limit: int) -> list[Paper]:
        query = sa.select(paper).where(paper.c.at < self._tx.now - LASTS).order_by(paper.c.id).limit(limit)
        return [_row(row) for row in self._tx.run(query)]

    def forget(self, ids: Sequence[int]) -> None:
        self._tx.run(sa.delete(paper).where(paper.c.id.in_(ids)))


_OPEN = paper.c.state.in_(("new", "taking"))
_NEXT_AT = Ready(sa.select(sa.func.min(paper.c.next_at).label("at")).where(_OPEN))
_DUE = Ready(
    sa.select(paper)
    .where(_OPEN, paper.c.next_at <= sa.bindparam("now"))
    .order_by(paper.c.next_at, paper.c.id)
    .limit(sa.bindparam("most"))
)


def _row(row: Any) -> Paper:
    media = Media("document", row.ref, "", row.size, name=row.name)
    return Paper(row.id, row.department_id, row.kind, row.state, row.who, row.what, row.channel, media, row.path)
