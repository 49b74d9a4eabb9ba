"""Who is signed in to the dashboard: one-time links, and the sessions they open. Only digests are stored."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from bot.core.people import Role
from bot.core.records import record
from bot.store.tables import api_token, department, role, session, sign_in

if TYPE_CHECKING:
    from bot.store.store import Store
    from bot.store.transaction import Tx

LINK_LASTS = timedelta(minutes=10)
SESSION_LASTS = timedelta(hours=8)


@record(frozen=True, slots=True)
class Opened:
    """A used link: whose it is, and their language."""

    telegram_user: str
    language: str


@record(frozen=True, slots=True)
class SignedIn:
    """Somebody with a session that is good now. `roles`: department → what they may there, as of this moment."""

    who: str  # as the audit keeps it
    name: str
    language: str
    roles: dict[int, Role]


class Sessions:
    """`tx.sessions`. Times are real ones: a sandbox's clock that is moved signs nobody out."""

    def __init__(self, tx: Tx) -> None:
        self._tx = tx

    def draw_link(self, telegram_user: str, language: str) -> str:
        """A one-time link for ten minutes; the earlier ones of this person are void."""
        token = secrets.token_hex(16)  # without characters that a chat may take for the end of a link
        self._tx.run(sa.delete(sign_in).where(sign_in.c.telegram_user == telegram_user))
        self._tx.run(
            sa.insert(sign_in).values(
                digest=_digest(token), telegram_user=telegram_user, language=language,
                expires_at=self._tx.real + LINK_LASTS,
            )
        )  # fmt: skip
        return token

    def take_link(self, token: str) -> Opened | None:
        """Use a link. None for one that was never drawn, was used, or is too old, without saying which."""
        good = (sign_in.c.digest == _digest(token)) & (sign_in.c.expires_at > self._tx.real)
        taken = sa.delete(sign_in).where(good).returning(sign_in.c.telegram_user, sign_in.c.language)
        row = self._tx.run(taken).first()
        return Opened(row.telegram_user, row.language) if row else None

    def begin(self, opened: Opened, cookie: str = "") -> str:
        """A session of a person for eight hours; the cookie's value, drawn when none is given."""
        until = self._tx.real + SESSION_LASTS
        return self._begin(until, cookie, language=opened.language, telegram_user=opened.telegram_user)

    def lasts(self, cookie: str) -> bool:
        """Whether a session with this cookie was begun and is not over."""
        good = (session.c.digest == _digest(cookie)) & (session.c.expires_at > self._tx.real)
        return self._tx.run(sa.select(session.c.digest).where(good)).first() is not None

    def begin_by_token(
        self, token_id: str, name: str, may: str, department_id: int | None, until: datetime, language: str
    ) -> str:
        """A session of who holds an API token, for eight hours, and not beyond the token's own end."""
        ends = min(until, self._tx.real + SESSION_LASTS)
        told = {"token_id": token_id, "name": name, "role": may, "department_id": department_id}
        return self._begin(ends, "", language=language, **told)

    def _begin(self, until: datetime, cookie: str, **values: Any) -> str:
        cookie = cookie or secrets.token_urlsafe(32)
        self._tx.run(sa.insert(session).values(digest=_digest(cookie), expires_at=until, **values))
        return cookie

    def end(self, cookie: str) -> None:
        """Sign out."""
        self._tx.run(sa.delete(session).where(session.c.digest == _digest(cookie)))

    def drop_old(self) -> int:
        """Sessions and links whose time is over."""
        return sum(
            self._tx.run(sa.delete(table).where(table.c.expires_at < self._tx.real)).rowcount
            for table in (session, sign_in)
        )


async def signed_in(store: Store, cookie: str) -> SignedIn | None:
    """Whose session it is. None for a cookie that is forged, over, or whose holder has lost every right since."""
    rows: Sequence[Any] = await store.rows(_SESSION, {"digest": _digest(cookie)})
    if not rows or not rows[0].expires_at > store.clock.real() or rows[0].revoked_at is not None:
        return None
    found = rows[0]
    if not found.telegram_user:
        who = f"api:{found.name or found.token_id or found.role}"
        roles = await token_roles(store, found.role, found.department_id)
        return SignedIn(who, found.name, found.language, roles)
    given: Sequence[Any] = await store.rows(_ROLES, {"user": found.telegram_user})
    roles = {row.department_id: Role(row.role) for row in given}
    name = next((row.name for row in given if row.name), "")
    return SignedIn(f"telegram:{found.telegram_user}", name, found.language, roles) if roles else None


async def token_roles(store: Store, may: str, department_id: int | None) -> dict[int, Role]:
    """What an API token may: its own department, or all. A token of role "user" may read, one of role "admin" may
    act."""
    given = Role.ADMIN if may == "admin" else Role.STAFF
    rows = await store.rows(sa.select(department.c.id).order_by(department.c.id))
    return {row.id: given for row in rows if department_id in (None, row.id)}


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode(errors="replace")).hexdigest()


_SESSION = sa.select(session, api_token.c.revoked_at).join(
    api_token, api_token.c.id == session.c.token_id, isouter=True
).where(session.c.digest == sa.bindparam("digest"))  # fmt: skip
_ROLES = sa.select(role.c.department_id, role.c.role, role.c.name).where(
    role.c.telegram_user == sa.bindparam("user")
).order_by(role.c.department_id)  # fmt: skip
