"""The service with a telephone network around it, over more than one start."""

from __future__ import annotations

import asyncio
from pathlib import Path

from bot.box import Box
from bot.config import load
from bot.sandbox import demo
from bot.sandbox.message import Message
from tests.conftest import sqlite_url


async def answered(box: Box, text: str) -> Message:
    """What the desk answers to words of Sam's in the group."""
    [screen] = [one for one in await demo.screens(box.network) if one.look.key == "equipe"]
    before = len(screen.messages())
    await screen.say(text, "sam", reply_to="", photo=False)
    for _ in range(400):  # 20 s
        if len(screen.messages()) > before + 1:
            return screen.messages()[-1]
        await asyncio.sleep(0.05)
    raise AssertionError("nobody answers")


async def test_the_second_start_answers_like_the_first(tmp_path: Path) -> None:
    config = load({"PORT": "0", "DATABASE_URL": sqlite_url(tmp_path / "sandbox.db")}, None, sandbox=True)
    first = await Box.open(config)
    assert first.service.setup_code is None, "the demo's group has an admin"
    try:
        await first.start()
        lent = await answered(first, "/pret PERC-001 Awa dans 3 jours")
        assert lent.text.startswith("🟢 En prêt : Perceuse Bosch")
    finally:
        await first.stop()
    await asyncio.sleep(1)  # a second counts as one message at least
    second = await Box.open(config)
    try:
        await second.start()
        listed = await answered(second, "/prets")
        assert "Perceuse Bosch (PERC-001), Awa" in listed.text
        assert listed.id > lent.id, "no message of the first start is edited in its place"
    finally:
        await second.stop()
