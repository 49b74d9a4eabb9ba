"""What the API says of itself is so: every example of its page runs, every answer is one that is described."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bot.sandbox import demo
from bot.web.api import ENDPOINTS
from bot.web.openapi import document
from tests.town import MONDAY, PARIS, Town
from tests.web.shop import System

PAGE = (Path(__file__).parents[2] / "docs" / "api.md").read_text("utf-8")
BLOCKS = re.findall(r"(?ms)^```(sh|python)\n(.*?)^```$", PAGE)


def test_every_call_has_its_section_with_an_example_of_each_kind() -> None:
    sections = re.split(r"(?m)^### ", PAGE)[1:]
    told = {re.findall(r"`([A-Z]+ [^`]+)`", section)[0]: section for section in sections}
    assert set(told) == {f"{endpoint.method} {endpoint.path}" for endpoint in ENDPOINTS}
    for name, section in told.items():
        assert re.findall(r"(?m)^```(sh|python)$", section) == ["sh", "python"], name


async def test_every_example_runs_as_it_stands(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    async with aiohttp.ClientSession() as session:
        shop = System(town, session)
        monkeypatch.setenv("BASE", shop.base)
        monkeypatch.setenv("TOKEN", shop.token())
        await town.service.store.write(lambda tx: tx.items.add(1, "ECH-001", "Échelle 3 m"))
        names: dict[str, Any] = {}
        for kind, source in BLOCKS:
            if kind == "python":
                await asyncio.to_thread(exec, source, names)  # the page's own code, that of this repository
            else:
                await curl(source, monkeypatch, names)
            await town.settle()


def test_the_examples_are_about_things_that_a_fresh_sandbox_can_lend_or_take() -> None:
    out = {loan.code for loan in demo.loans(MONDAY, PARIS)}
    in_stock = {item.code for item in demo.ITEMS} - out
    lent, added = set(re.findall(r'{"item": "([^"]+)"', PAGE)), set(re.findall(r'{"code": "([^"]+)"', PAGE))
    assert (lent - in_stock, added & {item.code for item in demo.ITEMS}) == (set(), set())
    assert (len(lent), len(added)) == (2, 2)


async def curl(source: str, monkeypatch: pytest.MonkeyPatch, names: dict[str, Any]) -> None:
    """A line of the page in a shell; `$MESSAGE` is the id of what Python called `message`, and so on."""
    for name in re.findall(r"\$([A-Z]+)\b", source):
        if name.lower() in names:
            monkeypatch.setenv(name, str(names[name.lower()]["id"]))
    process = await asyncio.create_subprocess_shell(
        source, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    printed, _ = await process.communicate()
    assert process.returncode == 0, source + printed.decode()


async def test_the_page_shows_every_call_and_loads_nothing_from_elsewhere(town: Town) -> None:
    async with aiohttp.ClientSession() as session:
        base = f"http://127.0.0.1:{town.service.listener.port}"
        async with session.get(base + "/api/") as answer:
            shown, policy = await answer.text(), answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert [e.path for e in ENDPOINTS if e.path not in shown] == []
        assert "<code>currency</code> may be left out" in shown
        assert re.findall(r'(?:src|href)="([^"]+)"', shown) == ["/api/openapi.json"]
        async with session.get(base + "/api/openapi.json") as answer:
            assert await answer.json() == document(ENDPOINTS)
