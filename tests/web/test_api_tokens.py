"""`main.py token`, as an operator types it."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest

from bot.store import Store
from bot.web.tokens import read_token
from main import main
from tests.town import PARIS

KEY = "k" * 40


def test_a_token_is_drawn_alone_on_its_line_listed_and_taken_back(
    sqlite_migrated_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DATABASE_URL", sqlite_migrated_url)
    monkeypatch.setenv("SECRET_KEY", KEY)
    assert main(["token", "--role", "user", "--days", "2", "--name", "boutique"]) == 0
    token = capsys.readouterr().out.strip()
    caller = read_token(token, KEY, datetime.now(UTC))
    assert (caller.role, caller.name, caller.department_id) == ("user", "boutique", None)
    assert main(["token", "--revoke", caller.token_id]) == 0
    assert main(["token", "--list"]) == 0
    listed = capsys.readouterr().out
    assert f"{caller.token_id}  user" in listed
    assert "taken back" in listed
    assert main(["token", "--revoke", "nothing"]) == 1
    assert main(["token", "--revoke", ""]) == 1
    assert main(["token", "--role", "user", "--days", "0"]) == 2
    assert main(["token", "--role", "user", "--department", "Nulle part"]) == 1
    assert "there is no department yet" in capsys.readouterr().err


async def test_a_token_is_for_no_department_that_its_name_leaves_open(
    sqlite_migrated_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Groups of one title make desks of one name; the first of them was taken without a word."""
    store = await Store.open(sqlite_migrated_url, demo=True)
    for _ in range(2):
        await store.write(lambda tx: tx.departments.add(name="Équipe", zone=PARIS, language="fr"))
    await store.close()
    monkeypatch.setenv("DATABASE_URL", sqlite_migrated_url)
    monkeypatch.setenv("SECRET_KEY", KEY)
    for name, why in (("equipe", "2 departments are called"), ("", "no department is called")):
        assert await asyncio.to_thread(main, ["token", "--role", "admin", "--department", name]) == 1
        told = capsys.readouterr()
        assert (told.out, why in told.err) == ("", True)
