"""The dashboard as staff see it: on a telephone and on a desk, by keyboard alone. In a real Chromium."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bot.box import Box
from bot.config import load
from bot.core.charts import weeks
from bot.core.messages import CATALOGUE, facts
from bot.core.money import Money
from bot.sandbox import demo
from bot.store import Tx
from bot.store.tables import loan, outbox
from tests.conftest import sqlite_url

if TYPE_CHECKING:
    from playwright.async_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]
PICTURE = Path(__file__).parents[2] / "docs" / "dashboard.png"
BACK = ((3, 1), (5, 0), (4, 2), (6, 1), (2, 0), (7, 1), (8, 2), (6, 0), (9, 1), (7, 3), (11, 1), (6, 0))
BECAME = {
    "whatsapp": ("read",) * 21 + ("delivered",) * 9 + ("sent",) * 2 + ("dead",),
    "sms": ("delivered",) * 12 + ("dead",) * 2 + ("pending",) + ("withheld",),
    "email": ("sent",) * 7,
}


@pytest.fixture
async def box(tmp_path: Path) -> AsyncIterator[Box]:
    """A sandbox's desk that has worked for twelve weeks."""
    made = await Box.open(load({"PORT": "0", "DATABASE_URL": sqlite_url(tmp_path / "s.db")}, None, sandbox=True))
    await made.service.start(ticking=False, announcing=False)
    await made.service.store.write(twelve_weeks)
    yield made
    await made.stop()


def twelve_weeks(tx: Tx) -> None:
    desk = tx.departments.first()
    assert desk is not None
    for number, ((monday, _), (on_time, late)) in enumerate(zip(weeks(tx.now, desk.zone), BACK, strict=True)):
        for nth in range(on_time + late):
            due, back = monday + timedelta(hours=18), monday + timedelta(hours=10 if nth < on_time else 30)
            common = {"contact_id": 1 + nth % 2, "department_id": desk.id, "number": 1}
            tx.insert(
                loan, item_id=1 + (nth * nth + number) % 6, state="returned", lent_at=monday, due_at=due,
                returned_at=back, created_at=monday, **common,
            )  # fmt: skip
    for channel, states in BECAME.items():
        for nth, state in enumerate(states):
            ref, at = secrets.token_hex(8), tx.now - timedelta(minutes=7 * nth)
            kind = "reminder_day_1" if nth % 3 else "loan_created"
            tx.insert(
                outbox, ref=ref, key=ref, department_id=desk.id, contact_id=1 + nth % 2, message=kind, language="fr",
                about="reminder", begun_by="clock", channel=channel, chat="+33612345678", state=state, created_at=at,
                sent_at=at, next_at=at + timedelta(days=900), error="30003" if state == "dead" else "",
                facts=facts(CATALOGUE[kind](**CATALOGUE[kind].example)),
            )  # fmt: skip
    for name, minor, currency in (("F-1042", 4990, "EUR"), ("F-1043", 127_000, "XOF"), ("F-1044", 12_000, "EUR")):
        tx.debts.add(
            contact_id=1, department_id=desk.id, amount=Money(minor, currency), due_on=tx.now.date(), who="import",
            kind="invoice", reference=name,
        )  # fmt: skip
    paid = Money(9000, "EUR")
    tx.debts.pay(contact_id=1, department_id=desk.id, amount=paid, who="import")


async def enters(page: Page, box: Box) -> str:
    """Signs in as the demo's admin; the dashboard's address."""
    link = await box.service.store.write(lambda tx: tx.sessions.draw_link(demo.DOMINIQUE.address, "fr"))
    base = f"http://127.0.0.1:{box.service.listener.port}/dashboard"
    await page.goto(f"{base}/enter/{link}")
    await page.get_by_role("button", name="Entrer").click()
    await page.get_by_role("heading", name="Aujourd'hui").wait_for()
    return base


async def test_on_a_desk_the_charts_say_their_numbers_and_the_keyboard_reaches_everything(
    page: Page, box: Box, request: pytest.FixtureRequest
) -> None:
    await page.set_viewport_size({"width": 1200, "height": 860})
    refused: list[str] = []
    page.on("console", lambda message: refused.append(message.text) if message.type == "error" else None)
    base = await enters(page, box)
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    assert await page.evaluate("document.activeElement.id") == "main", "the first stop skips the menu"
    await page.get_by_role("link", name="Chiffres").press("Enter")
    chart = page.get_by_role("img", name="Retours par semaine, à l'heure ou en retard")
    await chart.wait_for()
    assert await chart.locator("rect").count() == sum((on_time > 0) + (late > 0) for on_time, late in BACK)
    assert await page.get_by_role("cell", name="11", exact=True).count() == 1
    if request.config.getoption("--picture"):
        await page.screenshot(path=PICTURE)
    await page.goto(f"{base}/log?state=dead")
    await page.get_by_label("Renvoyer à").first.focus()
    await page.keyboard.press("Enter")
    assert await page.get_by_role("status").count() == 0, "a press opens the question, nothing has left"
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await page.get_by_role("status").get_by_text("C'est reparti").wait_for()
    assert refused == [], "the policy lets everything of ours through"


async def test_on_a_telephone_nothing_hangs_out(page: Page, box: Box) -> None:
    await page.set_viewport_size({"width": 360, "height": 740})
    base = await enters(page, box)
    for path in ("", "/log", "/figures", "/jobs", "/person/1", "/loan/1"):
        await page.goto(base + path)
        assert await page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), path
        wide = "[...document.querySelectorAll('.scroll')].filter(e => e.scrollWidth > e.clientWidth).length"
        assert await page.evaluate(wide) == 0, f"{path}: no table is wider than the screen"
        low = (
            "[...document.querySelectorAll('button,select,input:not([type=hidden])')].filter(e => e.offsetHeight < 40)"
        )
        assert await page.evaluate(f"{low}.length") == 0, f"{path}: a thumb finds everything"
    await page.set_viewport_size({"width": 180, "height": 370})  # zoomed to twice its size
    for path in ("", "/log", "/jobs", "/person/1", "/loan/1"):
        await page.goto(base + path)
        assert await page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), f"{path}, zoomed"
