"""`main.py whatsapp-templates` against a stand-in for Twilio that holds templates and approves them."""

from __future__ import annotations

import tomllib
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bot.commands.templates import run_templates
from bot.config import Config, load
from bot.sandbox.network import Network
from bot.texts import Texts
from main import check

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.fixture
async def network() -> AsyncIterator[Network]:
    network = Network(lambda: NOW, pace=0)
    await network.start()
    yield network
    await network.stop()


def config(network: Network, folder: Path, **more: str) -> Config:
    twilio = network.twilio
    return load(
        {
            "DATABASE_URL": f"sqlite+aiosqlite:///{folder}/desk.db", "TWILIO_API_BASE": twilio.base,
            "TWILIO_ACCOUNT_SID": twilio.account_sid, "TWILIO_AUTH_TOKEN": twilio.auth_token,
            "TWILIO_WHATSAPP_FROM": twilio.whatsapp_from.removeprefix("whatsapp:"), "PUBLIC_URL": "https://desk.example",
            **more,
        },
        None,
    )  # fmt: skip


def kept(folder: Path) -> Any:
    return tomllib.loads((folder / "whatsapp.toml").read_text("utf-8")).get("sid", {})


async def test_what_is_missing_is_submitted_once_and_kept_once_approved(
    network: Network, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    desk, contents = config(network, tmp_path), network.twilio.contents
    assert await run_templates(desk, only_look=True) == 0
    assert contents == {}
    assert kept(tmp_path) == {}

    assert await run_templates(desk, only_look=False) == 0
    wanted = set(Texts().templated)
    assert len(contents) == len(wanted)
    one = next(c for c in contents.values() if str(c.given["friendly_name"]).startswith("pr_reminder_day_1_fr_"))
    assert one.given["language"] == "fr"
    assert "{{1}}" in str(one.given["types"])
    assert one.approval["category"] == "UTILITY"
    assert "… reminder_day_1 (fr)" in capsys.readouterr().out

    assert await run_templates(desk, only_look=False) == 0
    assert len(contents) == len(wanted), "the same words are not submitted twice"
    assert kept(tmp_path)["fr"]["reminder_day_1"] == one.sid
    assert Texts(sids=tmp_path / "whatsapp.toml").approved == wanted
    assert "✓ reminder_day_1 (fr): approuvé" in capsys.readouterr().out


async def test_older_words_stay_in_use_while_new_ones_wait(
    network: Network, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    desk, contents = config(network, tmp_path), network.twilio.contents
    await run_templates(desk, only_look=False)
    for content in contents.values():
        content.given["friendly_name"] = str(content.given["friendly_name"])[:-6] + "abcdef"
    older = {c.sid for c in contents.values()}
    await run_templates(desk, only_look=False)
    for content in contents.values():
        if content.sid not in older:
            content.approval = {"status": "rejected", "rejection_reason": "TAG_CONTENT_MISMATCH"}
    await run_templates(desk, only_look=False)
    assert {sid for sids in kept(tmp_path).values() for sid in sids.values()} <= older


@pytest.mark.thorough
async def test_check_names_what_is_missing_and_a_refused_key_is_told(
    network: Network, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await check(config(network, tmp_path)) == 0
    told = capsys.readouterr().out
    assert "no approved template for" in told
    assert "python main.py whatsapp-templates" in told
    network.twilio.suspended = True
    assert await run_templates(config(network, tmp_path), only_look=False) == 1
    assert "401" in capsys.readouterr().err


async def test_myoperator_gets_the_words_to_paste(
    network: Network, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = {
        "WHATSAPP_PROVIDER": "myoperator", "MYOPERATOR_API_KEY": "k", "MYOPERATOR_API_SECRET": "sample-secret",
        "MYOPERATOR_ACCOUNT_ID": "c", "MYOPERATOR_PHONE_NUMBER": "1234567890",
    }  # fmt: skip
    assert await run_templates(config(network, tmp_path, **given), only_look=False) == 0
    assert "# overdue (fr), UTILITY" in capsys.readouterr().out
    assert network.twilio.contents == {}
