"""One click ends e-mails to an address: nothing to guess, nothing that a scanner of links can set off."""

from __future__ import annotations

from collections.abc import AsyncIterator

import aiohttp
import pytest
import sqlalchemy as sa
from aiohttp import web

from bot.core.people import Consent
from bot.core.signing import Unsubscribing, read_signed, read_unsubscribe, sign, unsubscribe_token
from bot.store import Store, StoreBusy, Tx
from bot.texts import Texts
from bot.web.unsubscribe import add_unsubscribe

KEY = "k" * 40
MAILBOX = "awa@example.org"


@pytest.fixture
async def door(store: Store) -> AsyncIterator[str]:
    store.desk.secret = KEY
    app = web.Application()
    add_unsubscribe(app, store, Texts())
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}/unsubscribe"
    await runner.cleanup()


def _awa(tx: Tx) -> int:
    person = tx.people.add("Awa", language="en")
    proof = {"verified_by": "none", "consent": Consent.GIVEN, "proof": "asked"}
    return tx.people.add_address(person.id, "email", MAILBOX, **proof).id  # type: ignore[arg-type]


async def _events(store: Store) -> list[str]:
    rows = await store.rows(sa.text("SELECT consent, proof FROM consent_event ORDER BY id"), {})
    return [f"{row.consent}: {row.proof}" for row in rows]


async def test_a_look_changes_nothing_and_a_click_ends_it_once(store: Store, door: str) -> None:
    address = await store.write(_awa)
    url = f"{door}/{unsubscribe_token(KEY, Unsubscribing.of(address, MAILBOX))}"
    async with aiohttp.ClientSession() as http:
        async with http.get(url) as page:
            assert page.status == 200
            assert "Stop e-mails here" in await page.text()
            assert "default-src 'none'" in page.headers["Content-Security-Policy"]
        assert await _events(store) == ["given: asked"]
        for _ in range(2):
            async with http.post(url, data={"List-Unsubscribe": "One-Click"}) as done:
                assert done.status == 200
                assert "we will not write to this address" in await done.text()
    assert await _events(store) == ["given: asked", "refused: unsubscribe link of an e-mail"]


async def test_a_forged_or_foreign_link_writes_nothing(store: Store, door: str) -> None:
    address = await store.write(_awa)
    right = unsubscribe_token(KEY, Unsubscribing.of(address, MAILBOX))
    forged = [right[:-1], right + "A", f"{address}-0.x", "x", sign("o" * 40, "unsubscribe", f"{address}-0"), "é.é"]
    other = unsubscribe_token(KEY, Unsubscribing.of(address, "somebody@example.org"))
    async with aiohttp.ClientSession() as http:
        for token in forged:
            async with http.post(f"{door}/{token}") as answer:
                assert answer.status == 404, token
        async with http.post(f"{door}/{other}") as answer:
            assert answer.status == 200, "of an address that is another's by now nothing is told"
    assert await _events(store) == ["given: asked"]


def test_a_token_is_good_for_its_purpose_alone() -> None:
    token = sign(KEY, "unsubscribe", "12-abc")
    assert read_signed(KEY, "unsubscribe", token) == "12-abc"
    assert read_signed(KEY, "download", token) is None
    assert read_signed("o" * 40, "unsubscribe", token) is None
    assert read_unsubscribe(KEY, token) == Unsubscribing(12, "abc")
    with pytest.raises(ValueError, match="subject"):
        sign(KEY, "unsubscribe", "a.b")


def test_a_mail_program_may_take_the_full_stop_into_the_link() -> None:
    tokens = [sign(KEY, "unsubscribe", f"{number}-abc") for number in range(100)]
    assert all(token[-1].isalnum() for token in tokens)
    assert [read_signed(KEY, "unsubscribe", token + ").") for token in tokens] == [f"{n}-abc" for n in range(100)]


async def test_a_click_that_cannot_be_kept_is_told_so(store: Store, door: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty page would be taken for done."""
    url = f"{door}/{unsubscribe_token(KEY, Unsubscribing.of(await store.write(_awa), MAILBOX))}"

    async def away(*_: object) -> None:
        raise StoreBusy("locked")

    async with aiohttp.ClientSession() as http:
        with monkeypatch.context() as patch:
            patch.setattr(store, "write", away)
            for ask in (http.get, http.post):
                async with ask(url) as answer:
                    assert answer.status == 503
                    assert int(answer.headers["Retry-After"]) > 0
                    assert "Réessayez dans une minute" in await answer.text()
        async with http.post(url) as done:
            assert done.status == 200
