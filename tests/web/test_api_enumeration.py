"""Another department's record and one that is not there: the same words after the same work.

The time of an answer tells no more than its words when the database is asked the same questions; a clock is asked
nothing here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from bot.store import Store, Tx
from tests.town import AWA, MONDAY, Town
from tests.web.shop import System, other_desk

NOBODY = "+33612345611"
CALLS: Sequence[tuple[str, str, str, Any]] = (
    ("GET", "/api/loans/1", "/api/loans/999", None),
    ("POST", "/api/loans/1/return", "/api/loans/999/return", None),
    ("GET", "/api/items/PERC-001", "/api/items/NONE-001", None),
    ("PUT", "/api/items/PERC-001", "/api/items/NONE-001", {"name": "x"}),
    ("GET", "/api/contacts/1", "/api/contacts/999", None),
    ("GET", f"/api/contacts?phone=%2B{AWA[1:]}", f"/api/contacts?phone=%2B{NOBODY[1:]}", None),
    ("GET", "/api/debts/1", "/api/debts/999", None),
    ("POST", "/api/debts/1/payments", "/api/debts/999/payments", {"amount": "5"}),
    ("POST", "/api/notifications/resend/{their-message}", f"/api/notifications/resend/{'0' * 24}", None),
    ("GET", f"/api/notifications/history/%2B{AWA[1:]}", f"/api/notifications/history/%2B{NOBODY[1:]}", None),
)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The statements that the database is asked, in order."""
    heard: list[str] = []

    def noting(work: Callable[..., Any]) -> Callable[..., Any]:
        def noted(self: Any, statement: Any, values: Any = None) -> Any:
            heard.append(str(statement) if isinstance(statement, sa.Executable) else repr(statement))
            return work(self, statement, values)

        return noted

    monkeypatch.setattr(Tx, "run", noting(Tx.run))
    monkeypatch.setattr(Store, "rows", noting(Store.rows))
    return heard


@pytest.mark.parametrize(("method", "theirs", "none", "body"), CALLS)
async def test_what_is_not_yours_and_what_does_not_exist_ask_the_database_the_same(
    town: Town, shop: System, asked: list[str], method: str, theirs: str, none: str, body: Any
) -> None:
    due = (MONDAY + timedelta(hours=6)).isoformat()
    await shop.call("POST", "/api/loans", {"item": "PERC-001", "contact_id": 1, "due_at": due})
    await shop.call("POST", "/api/debts", {"contact_id": 1, "amount": "5", "due_on": "2026-12-01"})
    await town.settle()
    (ref,) = (await town.service.store.rows(sa.text("SELECT ref FROM outbox ORDER BY id LIMIT 1")))[0]
    token = shop.token(department_id=await town.service.store.write(other_desk))
    told = []
    for path in (none, theirs.replace("{their-message}", str(ref))):
        await shop.call(method, path, body, token=token)  # what is read once and kept
        asked.clear()
        answer = await shop.call(method, path, body, token=token)
        answer.body.pop("request_id", None)
        told.append((answer.status, answer.body, list(asked)))
    assert told[0] == told[1]
    assert len(asked) > 1, "the token, and what was asked for"


@pytest.mark.parametrize("page", ["person", "loan"])
async def test_pages_of_others_and_of_none_ask_the_database_the_same(
    town: Town, shop: System, asked: list[str], page: str
) -> None:
    due = (MONDAY + timedelta(hours=6)).isoformat()
    await shop.call("POST", "/api/loans", {"item": "PERC-001", "contact_id": 1, "due_at": due})
    token = shop.token(department_id=await town.service.store.write(other_desk))
    told = []
    for number in (999, 1):
        where, known = f"{shop.base}/dashboard/{page}/{number}", {"Authorization": f"Bearer {token}"}
        await (await shop.session.get(where, headers=known)).read()
        asked.clear()
        answer = await shop.session.get(where, headers=known)
        told.append((answer.status, await answer.read(), list(asked)))
    assert told[0] == told[1]
    assert told[0][0] == 404
