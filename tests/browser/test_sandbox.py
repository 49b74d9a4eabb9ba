"""The first minute, as a stranger lives it: the page, the phones, the clock. In a real Chromium, on a real service."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bot.box import Box
from bot.config import load
from tests.conftest import sqlite_url

if TYPE_CHECKING:
    from playwright.async_api import Locator, Page

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]
PICTURE = Path(__file__).parents[2] / "docs" / "sandbox.png"


@pytest.fixture
async def sandbox(tmp_path: Path) -> AsyncIterator[str]:
    """The address of a sandbox's page."""
    box = await Box.open(load({"PORT": "0", "DATABASE_URL": sqlite_url(tmp_path / "sandbox.db")}, None, sandbox=True))
    await box.start()
    yield f"http://127.0.0.1:{box.service.listener.port}/sandbox"
    await box.stop()


def phone(page: Page, name: str) -> Locator:
    return page.locator("section.phone").filter(has=page.get_by_role("heading", name=name, exact=True))


async def say(screen: Locator, text: str) -> None:
    await screen.locator("input[name=text]").fill(text)
    await screen.locator("input[name=text]").press("Enter")


async def test_a_loan_from_the_first_word_to_the_receipt(
    page: Page, sandbox: str, request: pytest.FixtureRequest
) -> None:
    await page.set_viewport_size({"width": 1500, "height": 950})
    await page.goto(sandbox)
    await page.get_by_role("button", name="Français").click()
    awa, group = phone(page, "Awa"), phone(page, "Prêt de matériel")
    await say(group, "/pret PERC-001 Awa dans 4 jours")
    await group.get_by_text("En prêt").wait_for()
    await awa.get_by_text("vous empruntez").wait_for()

    for _ in range(3):
        async with page.expect_response("**/sandbox/clock", timeout=60_000) as moved:
            await page.get_by_role("button", name="prochain 08:00").click()
        assert (await moved.value).ok
    await awa.get_by_text("est à rendre").last.wait_for()

    await say(awa, "C'est rendu, la perceuse !")
    await group.get_by_text("Retour à confirmer").first.wait_for()
    if request.config.getoption("--picture"):
        await page.screenshot(path=PICTURE)
    await group.get_by_role("button", name="Confirmer").last.click()
    await awa.get_by_text("Le retour est confirmé").wait_for()
    assert await group.get_by_role("button", name="Confirmer").count() == 0, "the button works once"


async def test_the_mailbox_opens_a_letter_and_its_link_ends_them(page: Page, sandbox: str) -> None:
    await page.set_viewport_size({"width": 1500, "height": 950})
    await page.goto(sandbox)
    await say(phone(page, "Awa"), "merci")
    await page.locator("#outbox").get_by_text("Avec plaisir").wait_for()
    await say(phone(page, "Prêt de matériel"), "/pret PERC-001 Awa dans 4 jours")
    mailbox = page.locator("section.phone[data-kind=mail]")
    await mailbox.get_by_text("Prêt noté : Perceuse Bosch").wait_for()
    letter = mailbox.frame_locator("iframe")
    await letter.get_by_role("heading", name="C'est noté").wait_for()
    async with page.context.expect_page() as opened:
        await letter.get_by_role("link", name="Ne plus recevoir d'e-mails").click()
    ending = await opened.value
    await ending.get_by_role("button", name="Ne plus m'écrire ici").click()
    await ending.get_by_text("nous ne vous écrirons plus à cette adresse").wait_for()


async def test_the_page_speaks_english_and_fits_a_telephone(page: Page, sandbox: str) -> None:
    await page.set_viewport_size({"width": 390, "height": 800})
    await page.goto(sandbox)
    await page.get_by_role("button", name="English").click()
    await page.get_by_role("button", name="next 08:00").wait_for()
    wider = await page.evaluate("document.documentElement.scrollWidth > window.innerWidth")
    assert not wider, "nothing hangs out of a telephone's screen"


# What of each phone is seen of it where it stands beside another: all, or nothing but a pixel lost in rounding.
CUT = """() => {
  const room = document.querySelector("#phones").getBoundingClientRect();
  const phones = [...document.querySelectorAll("section.phone")].map((phone) => phone.getBoundingClientRect());
  const seen = phones.map((p) => Math.min(p.right, room.right, innerWidth) - Math.max(p.left, room.left));
  return phones.filter((p, i) => seen[i] > 1 && seen[i] < p.width - 1).length;
}"""


async def test_no_phone_is_cut_at_any_width(page: Page, sandbox: str) -> None:
    await page.goto(sandbox)
    for width in (360, 768, 1024, 1280, 1440, 1920):
        await page.set_viewport_size({"width": width, "height": 800})
        for button in (page.locator("#dock button").first, page.locator("#dock button:not(.activity)").last):
            await button.click()
            await page.wait_for_timeout(900)  # it glides there
            assert await page.evaluate(CUT) == 0, width


async def test_a_wish_to_go_back_in_time_is_answered_kindly(page: Page, sandbox: str) -> None:
    await page.goto(sandbox)
    answer = await page.request.post(f"{sandbox}/clock", data={"to": "2020-01-01T08:00:00+01:00"})
    assert answer.status == 409
    assert (await answer.json())["error"]


async def test_on_a_bad_day_a_reminder_arrives_by_sms(page: Page, sandbox: str) -> None:
    await page.goto(sandbox)
    await page.get_by_role("button", name="Français").click()
    await move(page, "prochain 08:00")
    off = page.get_by_role("button", name="Téléphone d’Awa éteint")
    await off.click()
    await page.locator("#trouble [aria-pressed=true]").wait_for()
    await say(phone(page, "Prêt de matériel"), "/pret PERC-001 Awa dans 3 heures")
    await phone(page, "Prêt de matériel").get_by_text("En prêt").first.wait_for()
    await move(page, "+2 h")
    await phone(page, "Awa, SMS").get_by_text("Perceuse").first.wait_for()
    await off.click()
    await phone(page, "Awa").get_by_text("Perceuse").last.wait_for()


async def move(page: Page, button: str) -> None:
    async with page.expect_response("**/sandbox/clock", timeout=60_000) as moved:
        await page.get_by_role("button", name=button).click()
    assert (await moved.value).ok
