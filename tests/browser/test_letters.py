"""Letters as a mail program shows them. In a real Chromium."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

from bot.core.messages import CATALOGUE, EX_LENT
from bot.texts import Reader, Texts

if TYPE_CHECKING:
    from playwright.async_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]
CUT = "e => e.scrollWidth > e.clientWidth"
LONG = {
    "reminder_day_1": {"place": "https://plan.example.org/cGxhbkR1TGlldURlUmV0b3VyRXREZVNhQ291cg"},
    "order_confirmation": {"order_id": "CMD2026112700001234567890ABCDEF"},
}


@pytest.mark.parametrize("name", LONG)
async def test_a_long_word_is_broken_and_not_cut_off_on_a_telephone(page: Page, name: str) -> None:
    kind = CATALOGUE[name]
    letter = Texts().render(kind(**kind.example | LONG[name]), Reader("fr", "email", ZoneInfo("Europe/Paris")), EX_LENT)
    await page.set_viewport_size({"width": 340, "height": 600})
    await page.set_content(letter.html)
    for part in (".band", ".words", ".foot"):
        assert not await page.locator(part).evaluate(CUT), part
