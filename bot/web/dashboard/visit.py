"""One visit of the dashboard: who looks, at which desk, with what the pages need to answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from datetime import datetime
from typing import Any, Protocol
from urllib.parse import urlencode, urlsplit
from zoneinfo import ZoneInfo

from bot.core.notices import Begun
from bot.core.people import Role
from bot.core.records import record
from bot.store import Store, Tx
from bot.store.dashboard import DeskRow
from bot.store.sessions import SignedIn
from bot.texts import Texts


def home(store: Store) -> str:
    """The dashboard's first page as browsers ask for it: under the path of PUBLIC_URL, which the proxy takes off."""
    return urlsplit(store.desk.public_url).path + "/dashboard"


class Acts(Protocol):
    """What the dashboard may have the desk do; each is written into the audit under `who`."""

    def resend(self, tx: Tx, ref: str, department_id: int | None) -> Begun: ...
    def turn_job(self, tx: Tx, *, who: str, department_id: int, name: str, act: str) -> None: ...


class NoPage(Exception):
    """Not found, or not visible to this visitor: both get the same answer."""


@record(frozen=True, slots=True)
class Page:
    """A template and what it shows."""

    template: str
    shows: Mapping[str, Any] = field(default_factory=dict)


@record(frozen=True, slots=True, kw_only=True)
class Visit:
    """`desk` is one of `desks`, those the visitor may see. `everywhere`: they are an admin of every desk there is.
    `csrf` goes into every form; `query` and `path` are as sent, cleaned of what no page takes."""

    store: Store
    texts: Texts
    who: SignedIn
    desk: DeskRow
    desks: tuple[DeskRow, ...]
    everywhere: bool
    csrf: str
    query: Mapping[str, str]
    path: Mapping[str, str]

    @property
    def now(self) -> datetime:
        return self.store.clock.now()

    @property
    def zone(self) -> ZoneInfo:
        return self.desk.zone

    @property
    def language(self) -> str:
        return self.texts.language(self.who.language or self.desk.language)

    @property
    def admin(self) -> bool:
        """Whether the visitor may change something at this desk."""
        return self.who.roles.get(self.desk.id) is Role.ADMIN

    @property
    def sees_addresses(self) -> bool:
        """Staff do, as in their chat; a token as in the REST API: with the role admin only."""
        return self.admin or not self.who.who.startswith("api:")

    def link(self, path: str = "", **query: Any) -> str:
        """The URL of a page of this desk; empty parameters are left out."""
        asked = {name: value for name, value in query.items() if value not in (None, "")}
        if len(self.desks) > 1:
            asked.setdefault("desk", self.desk.id)
        return home(self.store) + path + (f"?{urlencode(asked)}" if asked else "")

    def number(self, name: str) -> int | None:
        """A number in the URL; None when it is absent or not a number."""
        given = self.path.get(name) or self.query.get(name, "")
        return int(given) if given.isascii() and given.isdecimal() and len(given) < 16 else None
