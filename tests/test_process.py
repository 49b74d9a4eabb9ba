"""What a whole process does beside its letters and messages."""

from __future__ import annotations

import asyncio
import itertools
import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest
from structlog.testing import capture_logs

from bot import process, service
from bot.config import load
from bot.process import idle_moment
from bot.service import Service
from bot.store import Store
from bot.texts import TEMPLATES, Texts

SOON = 0.01  # seconds
LONG = 30.0


async def test_what_nobody_waits_for_is_done_once_the_process_is_idle(monkeypatch: pytest.MonkeyPatch) -> None:
    used = itertools.chain(
        (0.0, 0.9, 0.9, 1.5), itertools.repeat(1.5)
    )  # seconds on a core: busy at the first two looks
    clock = itertools.count()
    rested: list[float] = []

    async def rest(seconds: float) -> None:
        rested.append(seconds)

    watch = SimpleNamespace(process_time=lambda: next(used), monotonic=lambda: float(next(clock)))
    monkeypatch.setattr("bot.process.time", watch)
    monkeypatch.setattr("bot.process.asyncio", SimpleNamespace(sleep=rest))
    await idle_moment()
    assert rested == [process.MOMENT, process.BUSY_PAUSE] * 2 + [process.MOMENT]


async def test_a_template_that_cannot_be_read_is_named_at_the_start(
    sqlite_migrated_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "WORDS_LOOKED_OVER_AFTER", SOON)
    words = tmp_path / "templates"
    shutil.copytree(TEMPLATES, words, ignore=shutil.ignore_patterns("[!r]*.txt"))
    (words / "en" / "reminder_2h.txt").write_text("{% if item %}\n")
    config = load({"DATABASE_URL": sqlite_migrated_url, "PORT": "0", "SECRET_KEY": "k" * 40}, None)
    with capture_logs() as told:
        desk = await Service.open(config, store=await Store.open(sqlite_migrated_url), texts=Texts(words))
        await desk.start()
        try:
            async with asyncio.timeout(LONG):
                while not (named := [line for line in told if line["event"] == "template_broken"]):  # noqa: ASYNC110
                    await asyncio.sleep(SOON)
        finally:
            await desk.stop()
    assert ["en/reminder_2h.txt, line 1: " in line["why"] for line in named] == [True]
