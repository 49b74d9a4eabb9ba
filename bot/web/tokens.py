"""The callers' tokens: JWT signed with SECRET_KEY (HS256), with a role, an end, and perhaps one department only.

The signature proves a token; `api_token` only knows which were taken back. A token without an id (`jti`), signed by
the operator's own tools, is valid until its end and cannot be revoked individually.
"""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, timedelta
from math import inf
from typing import Any, Literal, cast

from bot.core.markup import storable
from bot.core.records import record

ALGORITHM = "HS256"  # never read from the token: "none" and a public key as secret are the classic forgeries
ISSUER = "prete-rendu"
LONGEST = timedelta(days=3650)
MOST_CHARACTERS = 4096
BEYOND_IDS = 2**63  # of a database
END_OF_TIME = datetime(9000, 1, 1, tzinfo=UTC).timestamp()  # a token may end beyond what a calendar holds

Role = Literal["admin", "user"]


class BadToken(Exception):
    """No valid token. `str(error)` says what the caller may know."""


@record(frozen=True, slots=True)
class Caller:
    """Whose token it is. `department_id`: the only department it may see; None: all."""

    token_id: str
    name: str
    role: Role
    department_id: int | None = None
    ends_at: datetime | None = None

    def sees(self, department_id: int | None) -> bool:
        return self.department_id is None or self.department_id == department_id

    @property
    def who(self) -> str:
        """As the audit and a loan's history keep it."""
        return f"api:{self.name or self.token_id or self.role}"


def new_token(
    key: str, *, role: Role, name: str, department_id: int | None, now: datetime, lasts: timedelta
) -> tuple[str, str, datetime]:
    """(the token, its id, its end)."""
    token_id, ends = secrets.token_hex(8), now + lasts
    claims: dict[str, Any] = {
        "iss": ISSUER, "jti": token_id, "sub": name, "role": role, "iat": int(now.timestamp()),
        "exp": int(ends.timestamp()),
    }  # fmt: skip
    if department_id is not None:
        claims["dep"] = department_id
    import jwt  # PyJWT takes a megabyte: loaded only where there are tokens

    return jwt.encode(claims, key, algorithm=ALGORITHM), token_id, ends


def bearer(header: str | None) -> str:
    """The token of an Authorization header. Raises BadToken."""
    kind, _, token = (header or "").strip().partition(" ")
    if kind.lower() != "bearer" or not token.strip():
        raise BadToken("a bearer token is needed")
    return token.strip()


def read_token(token: str, key: str, now: datetime) -> Caller:
    """Who a token stands for. Raises BadToken for one that is forged, over, or not for this interface."""
    if len(token) > MOST_CHARACTERS or not token.isascii():
        raise BadToken("the token is not valid")
    import jwt

    try:
        claims = jwt.decode(
            token, key, algorithms=[ALGORITHM],
            # Checked below against the desk's clock, which may run ahead in the sandbox.
            options={"require": ["exp", "role"], "verify_exp": False, "verify_iat": False, "verify_aud": False},
        )  # fmt: skip
        ends = float(claims["exp"])
    except (jwt.PyJWTError, ValueError, TypeError, OverflowError, RecursionError) as error:
        raise BadToken("the token is not valid") from error
    if claims.get("iss", ISSUER) != ISSUER or ends == inf:
        raise BadToken("the token is not valid")
    if not ends > now.timestamp():
        raise BadToken("the token has expired")
    return _caller(claims)


def _caller(claims: dict[str, Any]) -> Caller:
    role, department, name = claims["role"], claims.get("dep"), claims.get("sub", "")
    odd_department = department is not None and (type(department) is not int or not 0 < department < BEYOND_IDS)
    if role not in ("admin", "user") or odd_department or not isinstance(name, str):
        raise BadToken("the token is not valid")
    ends_at = datetime.fromtimestamp(min(float(claims["exp"]), END_OF_TIME), UTC)
    token_id = storable(str(claims.get("jti", "")))[:32]
    return Caller(token_id, storable(name)[:80], cast(Role, role), department, ends_at)
