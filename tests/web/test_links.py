"""Acting by link: for whom a message comes from a sender that nobody can answer."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator

import aiohttp
import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.twilio import TwilioChannel
from bot.core.links import AnswerLink, link_key, read_token, token_of
from bot.core.markup import segments
from bot.store import StoreBusy, StoreFull
from tests.town import PUBLIC_URL, OnPhone, Town, add_person, on

KEY = link_key("k" * 40)
AMINATA = "+221771234567"


# --- tokens ----------------------------------------------------------------------------------------


@given(st.integers(1, 2**62), st.lists(st.integers(1, 2**40), max_size=8))
def test_a_token_names_its_person_and_loans(contact_id: int, loans: list[int]) -> None:
    link = AnswerLink(contact_id, tuple(loans))
    assert read_token(token_of(link, KEY), KEY) == link


def test_no_other_text_is_a_token() -> None:
    token = token_of(AnswerLink(7, (12, 3000)), KEY)
    signs = "ABCabc019-_=. é"
    forged = {token[:at] + sign + token[at + 1 :] for at in range(len(token)) for sign in signs} - {token}
    forged |= {token[:at] for at in range(len(token))} | {token + "A", token + ".A", token * 9, "\0", "/"}
    assert [text for text in forged if read_token(text, KEY) is not None] == []
    assert read_token(token, link_key("x" * 40)) is None


def test_a_link_survives_what_a_chat_makes_of_its_end() -> None:
    """A last "-" or "_" is left out of what can be pressed, and the sign that ends a sentence is taken in."""
    links = [AnswerLink(7, (number,)) for number in range(200)]
    tokens = [token_of(link, KEY) for link in links]
    assert all(token[-1].isalnum() for token in tokens)
    older = [token[:-1] for token in tokens if token[-2:] in ("-0", "_0")]
    assert older, "as they were sent before"
    for token, link in zip(tokens, links, strict=True):
        assert [read_token(token + sign, KEY) for sign in ("", ".", "),", "…", "\u00a0»")] == [link] * 5
    for token in older:
        assert None not in (read_token(token, KEY), read_token(token[:-1], KEY))


@pytest.mark.parametrize(
    ("sender", "one_way"), [("+33612345678", False), ("38123", False), ("PRETNORD", True), (None, False)]
)
def test_a_name_in_the_place_of_a_number_cannot_be_answered(sender: str | None, one_way: bool) -> None:
    channel = TwilioChannel("sms", account_sid="AC1", auth_token="t", sender=sender, messaging_service_sid="MG1")
    assert channel.one_way is one_way


# --- the page --------------------------------------------------------------------------------------


@pytest.fixture
async def town(sqlite_migrated_url: str) -> AsyncIterator[Town]:
    """SMS leave from a pool that takes no answers; Aminata has no other channel."""
    async with Town(sqlite_migrated_url) as town:
        await town.rule(sms_answers=False)
        await town.service.store.write(add_person, 1, "Aminata", "sms", AMINATA)
        yield town


class Browser:
    """Opens the link of an SMS, and presses what the page shows."""

    def __init__(self, town: Town, session: aiohttp.ClientSession) -> None:
        self.town = town
        self.session = session
        self.page = ""
        self.headers: dict[str, str] = {}

    def address(self, path: str) -> str:
        return f"http://127.0.0.1:{self.town.service.listener.port}{path}"

    async def opens(self, path: str) -> int:
        async with self.session.get(self.address(path)) as answer:
            self.page, self.headers = await answer.text(), dict(answer.headers)
            return answer.status

    async def posts(self, path: str, **form: str) -> int:
        async with self.session.post(self.address(path), data=form) as answer:
            self.page = await answer.text()
        await self.town.settle()
        return answer.status

    def form(self, act: str, words: str = "") -> dict[str, str]:
        """What a press sends, from the hidden fields of the page as it was last shown."""
        hidden = dict(re.findall(r'name="(loan|seen)" value="(\d+)"', self.page))
        return {**hidden, "act": act, **({"words": words} if words else {})}


@pytest.fixture
async def browser(town: Town) -> AsyncIterator[Browser]:
    async with aiohttp.ClientSession() as session:
        yield Browser(town, session)


def link_in(text: str) -> str:
    found = re.search(rf"{PUBLIC_URL}(/r/[\w-]+)", text)
    assert found, text
    return found[1]


async def rows(town: Town) -> list[int]:
    """How many rows the tables hold that a press could change."""
    counts = [
        await town.service.store.rows(sa.text(f"SELECT count(*) FROM {name}"))
        for name in ("outbox", "loan_event", "inbox", "planned", "address", "contact")
    ]
    return [int(found[0][0]) for found in counts]


async def test_a_loan_is_prolonged_and_given_back_by_link(town: Town, browser: Browser) -> None:
    aminata: OnPhone = town.phone(AMINATA, "Aminata", on="sms")
    await town.sam.says("/pret PERC-001 Aminata mercredi 18h")
    (told,) = aminata.heard
    assert "Répondez" not in told
    assert segments(told)[0] <= 2
    path = link_in(told)

    before = await rows(town)
    assert await browser.opens(path) == 200
    assert "Perceuse Bosch" in browser.page
    assert "mercredi 25 novembre à 18 h" in browser.page
    assert "<script" not in browser.page
    assert "script-src" not in browser.headers["Content-Security-Policy"]
    assert await rows(town) == before, "looking changes nothing: programs that preview links look too"

    first = browser.form("return")
    assert await browser.posts(path, **browser.form("extend", "vendredi 18h")) == 200
    assert "vendredi 27 novembre à 18 h" in browser.page
    card = town.group.card("Perceuse Bosch", "Aminata")
    assert "vendredi 27 novembre" in card.text

    before = await rows(town)
    assert await browser.posts(path, **first) == 200  # from before it was prolonged
    assert await browser.posts(path, act="sell", loan="1", seen="1") == 400
    assert await browser.posts(path, **browser.form("return") | {"loan": "99"}) == 200
    assert await browser.posts("/r/" + path[3:-1] + "A", **browser.form("return")) == 404
    assert await rows(town) == before

    await browser.opens(path)
    again = browser.form("return")
    await browser.posts(path, **browser.form("problem", "elle fume <b>fort</b>"))
    assert "<b>fort" not in browser.page
    assert "elle fume" in town.group.card("Aminata", "fume").text
    await browser.posts(path, act="RENDU")  # by a program that follows the link: there is but one loan
    assert "Retour à confirmer" in town.group.card("Aminata", "Retour").text
    before = await rows(town)
    await browser.posts(path, **again)
    assert await rows(town) == before
    await town.sam.presses("Confirmer")
    await browser.opens(path)
    assert "Ce prêt est terminé" in browser.page


async def test_a_reminder_of_several_loans_has_one_page_for_all(town: Town, browser: Browser) -> None:
    aminata: OnPhone = town.phone(AMINATA, "Aminata", on="sms")
    await town.sam.says("/pret PERC-001 Aminata jeudi 18h")
    await town.sam.says("/pret VP-001 Aminata jeudi 18h")
    aminata.looks()
    await town.at(on("jeudi", 9))
    path = link_in(aminata.heard[-1])
    await browser.opens(path)
    assert browser.page.count("<section>") == 2
    named = re.findall(r'value="return" class="first" aria-describedby="(loan-\d+)"', browser.page)
    assert [f'<h2 id="{one}">' in browser.page for one in named] == [True, True]  # two buttons of one name
    town.service.store.desk.public_url = ""
    await town.at(on("vendredi", 9))
    assert "https://wa.me/" in aminata.heard[-1], "without an address of our own: a chat with us"
    await browser.opens(path)
    assert browser.page.count("En retard depuis le jeudi 26 novembre à 18 h.") == 2
    assert "À rendre" not in browser.page


async def test_who_posts_without_end_does_not_bury_the_team(town: Town, browser: Browser) -> None:
    aminata: OnPhone = town.phone(AMINATA, "Aminata", on="sms")
    await town.sam.says("/pret PERC-001 Aminata mercredi 18h")
    path = link_in(aminata.heard[0])
    for number in range(12):
        async with browser.session.post(browser.address(path), data={"act": "problem", "words": f"{number}"}) as answer:
            browser.page = await answer.text()
    assert "Trop de messages en une minute\N{NO-BREAK SPACE}: «\N{NO-BREAK SPACE}11\N{NO-BREAK SPACE}»" in browser.page
    await town.settle()
    assert len(town.group.cards_of("Perceuse Bosch", "Problème")) == 10
    await town.clock.rest(60)
    assert await browser.posts(path, act="return") == 200
    assert "Retour à confirmer" in town.group.card("Perceuse Bosch", "Aminata").text


async def test_a_link_that_is_none_and_a_form_that_is_none_change_nothing(town: Town, browser: Browser) -> None:
    aminata: OnPhone = town.phone(AMINATA, "Aminata", on="sms")
    await town.sam.says("/pret PERC-001 Aminata mercredi 18h")
    path = link_in(aminata.heard[0])
    before = await rows(town)
    for forged in (f"{path[:-2]}zz", "/r/x", "/r/%00", "/r/" + "A" * 2000):
        assert await browser.opens(forged) == 404
        assert "lien" in browser.page
        assert await browser.posts(forged, act="return") == 404
    assert await browser.opens(path) == 200
    seen = browser.form("return")
    for wrong in (
        {"act": "steal"}, {}, {"act": "extend"}, {"act": "problem", "words": " \0"}, {**seen, "loan": "٣"},
        {**seen, "seen": "9" * 20}, {f"f{n}": "x" for n in range(20)},
    ):  # fmt: skip
        assert await browser.posts(path, **wrong) == 400, wrong
        assert "Perceuse Bosch" in browser.page, "the page is shown again"
    async with browser.session.post(browser.address(path), data=b"act=\xff\xfe") as answer:
        assert answer.status == 400
    assert await rows(town) == before


@pytest.mark.parametrize("trouble", [StoreBusy("locked"), StoreFull("no room")])
async def test_a_press_that_cannot_be_kept_is_asked_for_again(
    town: Town, browser: Browser, monkeypatch: pytest.MonkeyPatch, trouble: Exception
) -> None:
    aminata: OnPhone = town.phone(AMINATA, "Aminata", on="sms")
    await town.sam.says("/pret PERC-001 Aminata mercredi 18h")
    path = link_in(aminata.heard[0])
    assert await browser.opens(path) == 200
    form = browser.form("return")

    async def away(*_: object, **__: object) -> None:
        raise trouble

    with monkeypatch.context() as patch:
        patch.setattr(town.service.store, "write", away)
        assert await browser.opens(path) == 503
        async with browser.session.post(browser.address(path), data=form) as answer:
            assert answer.status == 503
            assert int(answer.headers["Retry-After"]) > 0
            assert "Réessayez dans une minute" in await answer.text()
    assert await browser.posts(path, **form) == 200
    assert "Retour à confirmer" in town.group.cards[-1]
