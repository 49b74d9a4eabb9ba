"""`main.py labels`: a sheet to print, whose codes open the chat with the request already typed."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
import segno

from bot.commands.labels import link_to, run_labels
from bot.config import Config, load
from bot.core.finding import Named, find
from bot.core.intents import Intent, understand
from bot.sandbox.network import Network
from bot.store import Store, Tx
from handlers.label_sheet import telegram_link, whatsapp_link
from tests.town import PARIS, Town

NUMBER = "+33612345600"


def configured(url: str, **more: str) -> Config:
    return load({"DATABASE_URL": url, **more}, env_file=None)


def with_whatsapp(url: str, **more: str) -> Config:
    return configured(
        url, TWILIO_ACCOUNT_SID="AC" + "0" * 32, TWILIO_AUTH_TOKEN="f" * 32, TWILIO_WHATSAPP_FROM=NUMBER, **more
    )


@pytest.fixture
async def furnished(sqlite_migrated_url: str) -> str:
    store = await Store.open(sqlite_migrated_url)
    await store.write(_furnish)
    await store.close()
    return sqlite_migrated_url


@pytest.fixture
async def network() -> AsyncIterator[Network]:
    async with Network(now=lambda: datetime.now(UTC)) as network:
        yield network


def _furnish(tx: Tx) -> None:
    desk = tx.departments.add(name="Atelier <Nord>", zone=PARIS, language="fr")
    for code, name, state in (
        ("PERC-001", "Perceuse & forets", "available"), ("VP.001/B", "Vidéoprojecteur", "in_repair"),
        ("LOST-001", "Scie", "lost"), ("OLD-001", "Rabot", "retired"),
    ):  # fmt: skip
        tx.items.change(tx.items.add(desk.id, code, name).id, state=state)


def drawn(url: str) -> str:
    """The path of the QR code that holds an address."""
    found = re.search(r'd="([^"]+)"', segno.make(url, error="m", micro=False).svg_inline(omitsize=True, border=2))
    assert found
    return found.group(1)


async def test_a_sheet_holds_a_code_for_everything_that_can_be_lent(
    furnished: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page = tmp_path / "sheets" / "labels.html"
    assert await run_labels(with_whatsapp(furnished), [], page=str(page)) == 0
    assert capsys.readouterr().out == f"{page}: 2 labels\n"
    html = page.read_text("utf-8")
    assert re.findall(r'class="code">([^<]+)<', html) == ["PERC-001", "VP.001/B"]
    assert drawn("https://wa.me/33612345600?text=PRET%20PERC-001") in html
    assert "Perceuse &amp; forets" in html
    assert "Atelier &lt;Nord&gt; · Scannez pour emprunter" in html
    assert "src=" not in html
    assert "href=" not in html


async def test_a_few_labels_by_their_codes(furnished: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = str(tmp_path / "labels.html")
    assert await run_labels(with_whatsapp(furnished), ["perc-001"], page=page) == 0
    assert capsys.readouterr().out.endswith(": 1 label\n")
    assert await run_labels(with_whatsapp(furnished), ["PERC-001", "NIX-9"], page=page) == 1
    assert capsys.readouterr().err == "no item NIX-9 to be lent here\n"


async def test_telegram_is_asked_for_the_bots_name(furnished: str, network: Network) -> None:
    config = configured(
        furnished, TELEGRAM_BOT_TOKEN=network.telegram.token, TELEGRAM_API_BASE=network.telegram.base,
        TELEGRAM_MODE="polling",
    )  # fmt: skip
    link = await link_to(config, None)
    name = network.telegram.username
    assert link("PERC-001", "fr") == f"https://t.me/{name}?start=PERC-001"


async def test_without_a_chat_to_open_there_is_no_label(
    furnished: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page = tmp_path / "labels.html"
    assert await run_labels(configured(furnished), [], page=str(page)) == 1
    assert "set TWILIO_WHATSAPP_FROM or TELEGRAM_BOT_TOKEN" in capsys.readouterr().err
    assert await run_labels(with_whatsapp(furnished), [], page=str(page), by="telegram") == 1
    assert capsys.readouterr().err == "telegram is not configured\n"
    assert not page.exists()


async def test_an_empty_desk_says_how_to_fill_it(
    sqlite_migrated_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await run_labels(with_whatsapp(sqlite_migrated_url), [], page=str(tmp_path / "x.html")) == 1
    assert "there is no department yet" in capsys.readouterr().err


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("code", ["PERC-001", "VP.001/B", "SONO_1"])
def test_what_a_label_types_is_understood_as_a_request_for_that_item(code: str, language: str) -> None:
    (typed,) = parse_qs(urlsplit(whatsapp_link(NUMBER, code, language)).query)["text"]
    said = understand(typed, language=language, now=datetime(2026, 11, 23, 9, tzinfo=PARIS))
    assert said.intent is Intent.BORROW
    assert find(said.rest, [Named(1, "Quelque chose", code), Named(2, "Autre", "NIX-1")]).one == 1


@pytest.mark.parametrize("code", ["PERC-001", "VP.001/B", "SONO_1", "X" * 40])
def test_a_start_parameter_is_one_that_telegram_takes_and_finds_the_item(code: str) -> None:
    (token,) = parse_qs(urlsplit(telegram_link("a_bot", code)).query)["start"]
    assert re.fullmatch(r"[A-Za-z0-9_-]{1,64}", token)
    assert find(token, [Named(1, "Quelque chose", code), Named(2, "Autre", "NIX-1")]).one == 1


async def test_a_scanned_label_begins_a_request(migrated_url: str) -> None:
    async with Town(migrated_url) as town:
        await town.awa.says("PRET PERC-001")
        assert "Perceuse Bosch" in town.awa.heard[0]
        await town.karim.says("/start PERC-001")
        assert "Perceuse Bosch" in town.karim.heard[0]
