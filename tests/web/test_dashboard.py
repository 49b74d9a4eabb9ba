"""The dashboard from outside: who gets in, what each may see and press, what a look changes (nothing)."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import timedelta
from html import unescape
from pathlib import Path

import aiohttp
import pytest
import sqlalchemy as sa

from bot.channels import myoperator_codes, twilio_codes
from bot.core.delivery import SOMEBODY_ELSES
from bot.core.people import Role
from bot.store import Tx
from bot.store.figures import Tally
from bot.store.tables import loan
from bot.texts import Texts
from bot.web.dashboard.pages import by_channel, rates
from bot.web.dashboard.printer import PAGE_NAMES, words_of
from handlers.notices import NO_ROAD, SWITCHED_OFF
from jobs.leaving import ENOUGH
from tests.town import MONDAY, Town, add_person
from tests.web.shop import System

SAM, DOMINIQUE = "700100001", "700100002"
HOSTILE = '<script>alert(1)</script>"&'


class Browser:
    """One person's browser."""

    def __init__(self, town: Town, session: aiohttp.ClientSession) -> None:
        self.town = town
        self.session = session
        self.base = f"http://127.0.0.1:{town.service.listener.port}"
        self.cookie = ""
        self.page = ""
        self.headers: dict[str, str] = {}

    async def goes(self, path: str, **headers: str) -> int:
        return await self._asks("GET", path, headers)

    async def posts(self, path: str, headers: dict[str, str] | None = None, **form: str) -> int:
        return await self._asks("POST", path, headers or {}, form)

    async def _asks(self, method: str, path: str, headers: dict[str, str], form: dict[str, str] | None = None) -> int:
        if self.cookie:
            headers = {"Cookie": f"dashboard={self.cookie}", **headers}
        asked = self.session.request(method, self.base + path, data=form, headers=headers, allow_redirects=False)
        async with asked as answer:
            self.page, self.headers = await answer.text(), dict(answer.headers)
            return answer.status

    async def enters(self, user: str, language: str = "fr") -> None:
        link = await self.town.service.store.write(lambda tx: tx.sessions.draw_link(user, language))
        assert await self.posts(f"/dashboard/enter/{link}") == 303
        self.keeps_cookie()

    def keeps_cookie(self) -> None:
        self.cookie = self.headers["Set-Cookie"].partition(";")[0].partition("=")[2]

    @property
    def csrf(self) -> str:
        found = re.search(r'name="csrf" value="(\w+)"', self.page)
        assert found is not None
        return found[1]

    @property
    def text(self) -> str:
        """The page as it is read."""
        return " ".join(unescape(re.sub(r"<[^>]+>", " ", self.page.partition("<main")[2])).split())


@pytest.fixture
async def browser(town: Town) -> AsyncIterator[Browser]:
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session:
        yield Browser(town, session)


def _other_desk(tx: Tx) -> int:
    """A second department: Dominique is an admin there too, Binta its borrower, whose tent is out."""
    first = tx.departments.first()
    assert first is not None
    desk = tx.departments.add(name="Vélos", zone=first.zone, language="fr")
    tx.people.give_role(DOMINIQUE, desk.id, Role.ADMIN, "Dominique")
    add_person(tx, desk.id, "Binta", "whatsapp", "+33612345679")
    return desk.id


async def _everything(town: Town) -> str:
    """All that the database holds, less what a process notes by itself."""
    tables = await town.service.store.rows(sa.text("SELECT name FROM sqlite_master WHERE type='table' ORDER BY name"))
    rows = [await town.service.store.rows(sa.text(f"SELECT * FROM {t.name}")) for t in tables]
    return repr(rows)


async def test_a_link_lets_one_person_in_once_and_the_cookie_is_theirs_alone(town: Town, browser: Browser) -> None:
    assert await browser.goes("/dashboard", **{"Accept-Language": "en-GB,en;q=0.8"}) == 401
    assert "Send /dashboard to the lending bot" in browser.page
    assert await browser.goes("/dashboard", **{"Accept-Language": "wo"}) == 401
    assert "Envoyez /tableau au robot" in browser.page, "a language that is not spoken here gets the desk's"
    link = await town.service.store.write(lambda tx: tx.sessions.draw_link(SAM, "fr"))
    assert await browser.goes(f"/dashboard/enter/{link}") == 200, "a chat's preview uses nothing up"
    assert await browser.posts(f"/dashboard/enter/{link}", {"Sec-Fetch-Site": "cross-site"}) == 403
    assert await browser.posts(f"/dashboard/enter/{link}") == 303
    given = browser.headers["Set-Cookie"]
    assert all(word in given for word in ("HttpOnly", "SameSite=Strict", "Secure", "Path=/dashboard"))
    browser.keeps_cookie()
    assert await browser.goes("/dashboard") == 200
    assert "script" not in browser.headers["Content-Security-Policy"]
    kept = browser.cookie
    browser.cookie = ""
    assert await browser.posts(f"/dashboard/enter/{link}") == 403, "a second time"
    for forged in (kept[:-1], kept + "A", "x" * 43, "é"):
        browser.cookie = forged
        assert await browser.goes("/dashboard/log") == 401
    browser.cookie = kept
    await browser.goes("/dashboard")
    assert await browser.posts("/dashboard/leave", csrf="0" * 64) == 403
    await browser.goes("/dashboard")
    assert await browser.posts("/dashboard/leave", csrf=browser.csrf) == 303
    assert await browser.goes("/dashboard") == 401


async def test_two_presses_on_a_slow_telephone_open_one_session(town: Town, browser: Browser) -> None:
    link = await town.service.store.write(lambda tx: tx.sessions.draw_link(SAM, "fr"))
    door = f"/dashboard/enter/{link}"
    assert await browser.goes(door) == 200
    given = browser.headers["Set-Cookie"]
    assert all(word in given for word in ("HttpOnly", "SameSite=Strict", "Secure", "Path=/dashboard"))
    stood = given.partition(";")[0]
    await browser.goes(door, Cookie=stood)
    assert "Set-Cookie" not in browser.headers, "the browser keeps its name when the page is loaded anew"
    assert await browser.posts(door, {"Cookie": stood}) == 303
    dropped = browser.headers["Set-Cookie"].partition(";")[0]
    for other in ({}, {"Cookie": "doorstep=x"}, {"Cookie": stood + "x"}):
        assert await browser.posts(door, other) == 403, "another browser finds a used link"
    assert await browser.posts(door, {"Cookie": stood}) == 303, "the answer to the first press never came"
    browser.keeps_cookie()
    assert f"dashboard={browser.cookie}" == dropped
    assert await browser.goes("/dashboard") == 200
    assert await browser.posts("/dashboard/leave", csrf=browser.csrf) == 303
    assert await browser.posts(door, {"Cookie": stood}) == 403, "who has left needs another link"


async def test_under_a_path_of_the_public_address_every_link_stays_there(
    town: Town, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(town.service.store.desk, "public_url", "https://desk.example/pret")
    await town.sam.says("/pret PERC-001 Awa demain 18h")
    link = await town.service.store.write(lambda tx: tx.sessions.draw_link(SAM, "fr"))
    pages = []
    for path in ("/dashboard", f"/dashboard/enter/{link}", "/dashboard/nowhere"):
        await browser.goes(path)
        pages.append(browser.page)
    assert await browser.posts(f"/dashboard/enter/{link}") == 303
    assert browser.headers["Location"] == "/pret/dashboard"
    assert "Path=/pret/dashboard" in browser.headers["Set-Cookie"]
    browser.keeps_cookie()
    for path in ("", "/log", "/figures", "/jobs", "/loan/1"):
        assert await browser.goes("/dashboard" + path) == 200
        pages.append(browser.page)
    leads = {found for page in pages for found in re.findall(r'(?:href|src|action)="(/[^"]*)"', page)}
    assert {found for found in leads if not found.startswith("/pret/dashboard")} == set()
    assert "/pret/dashboard/log" in leads


async def test_every_page_shows_what_is_so_and_a_look_writes_nothing(town: Town, browser: Browser) -> None:
    await town.service.store.write(add_person, 1, HOSTILE, "sms", "+33612345601")
    await town.sam.says("/pret PERC-001 Awa demain 18h")
    await town.sam.says("/pret VP-001 +33612345601 dans 2 heures")
    await town.awa.says("RENDU")
    await town.at(MONDAY + timedelta(hours=4))
    await browser.enters(SAM)
    before = await _everything(town)
    for path in ("", *PAGE_NAMES, "/person/1", "/person/3", "/loan/1", "/loan/2", "/log?state=dead&who=Awa"):
        assert await browser.goes(f"/dashboard{path}") == 200, path
        assert HOSTILE not in browser.page
        assert "<script" not in browser.page
    assert await _everything(town) == before
    await browser.goes("/dashboard")
    assert "1 en retard" in browser.text
    assert "1 à confirmer" in browser.text
    assert HOSTILE in unescape(browser.page)
    assert "06 12 34" not in browser.page
    await browser.goes("/dashboard/person/1")
    assert "06 12 34 56 78" in browser.text
    assert "retour déclaré WhatsApp" in browser.text
    await browser.goes("/dashboard/loan/2")
    assert "confirmation de prêt SMS échec définitif" in browser.text
    await browser.goes("/dashboard/log?kind=overdue")
    assert "Renvoyer" not in browser.page, "staff look, admins act"


async def test_a_timeline_says_what_an_approval_did_and_what_nobody_did(town: Town, browser: Browser) -> None:
    await town.awa.says("PRET perceuse demain 18h")
    await town.sam.presses("Accepter")
    await town.awa.says("PRET tente demain 18h")
    await town.at(MONDAY + timedelta(days=2))
    await browser.enters(SAM)
    await browser.goes("/dashboard/loan/1")
    assert "prêté Sam" in browser.text
    await browser.goes("/dashboard/loan/2")
    assert "demande restée sans réponse automatiquement" in browser.text


async def test_a_day_of_another_year_is_shown_with_its_year(town: Town, browser: Browser) -> None:
    await town.sam.says("/pret PERC-001 Awa 27/11/2028 18h")
    await browser.enters(SAM)
    await browser.goes("/dashboard/person/1")
    assert "27 nov. 2028 18:00" in browser.text
    await browser.goes("/dashboard/loan/1")
    assert "Prêté lundi 23 novembre à 9 h À rendre lundi 27 novembre 2028 à 18 h" in browser.text
    long_ago = sa.update(loan).values(lent_at=MONDAY - timedelta(days=740), due_at=MONDAY - timedelta(days=730))
    await town.service.store.write(lambda tx: tx.run(long_ago))
    await browser.goes("/dashboard")
    assert "23 nov. 2024 09:00" in browser.text, "not the twenty-third of this month"
    await browser.goes("/dashboard/loan/1")
    assert "Prêté mercredi 13 novembre 2024 à 9 h À rendre samedi 23 novembre 2024 à 9 h" in browser.text


async def test_a_gathered_message_stands_with_each_of_its_loans_and_no_other(town: Town, browser: Browser) -> None:
    for code, day in (("PERC-001", "vendredi 18h"), ("VP-001", "vendredi 18h"), ("TENTE-001", "dans 20 jours")):
        await town.sam.says(f"/pret {code} Awa {day}")
    await town.at(MONDAY + timedelta(days=2))
    assert await town.said("reminders") == ["read"]
    await browser.enters(SAM)
    gathered = Texts().message_name("reminders", "fr")
    for number, stands in ((1, True), (2, True), (3, False)):
        await browser.goes(f"/dashboard/loan/{number}")
        assert (gathered in browser.text) is stands


def test_figures_of_a_channel_count_its_own_messages() -> None:
    tallies = [Tally("sms", "overdue", "delivered", 3), Tally("whatsapp", "overdue", "dead", 1)]
    assert [(channel, dict(became)["arrived"]) for channel, became in by_channel(tallies)] == [
        ("sms", 3), ("whatsapp", 0)
    ]  # fmt: skip
    assert rates(tallies) == [("whatsapp", 1, 0), ("sms", 3, 100)]


async def test_staff_see_their_departments_and_admins_alone_change(town: Town, browser: Browser) -> None:
    other = await town.service.store.write(_other_desk)
    await town.sam.says("/pret PERC-001 Awa demain 18h")
    await browser.enters(SAM)
    binta = (await town.service.store.rows(sa.text("SELECT id FROM contact WHERE name = 'Binta'")))[0].id
    for path in (f"?desk={other}", f"/log?desk={other}", f"/person/{binta}", "/person/99", "/loan/x", "?desk=0"):
        assert await browser.goes(f"/dashboard{path}") == 404, path
    await browser.goes("/dashboard/log?who=Binta")
    assert "Personne ici ne s'appelle" in browser.text
    (row,) = await town.service.store.rows(sa.text("SELECT ref FROM outbox WHERE message = 'loan_created'"))
    await browser.goes("/dashboard")
    assert await browser.posts(f"/dashboard/resend/{row.ref}", csrf=browser.csrf) == 403
    assert "Seule l'administration" in browser.text
    await browser.enters(DOMINIQUE)
    await browser.goes("/dashboard/log?desk=1")
    csrf = browser.csrf
    assert await browser.posts(f"/dashboard/resend/{row.ref}?desk=1") == 403, "no proof of a form of ours"
    assert await browser.goes("/dashboard/log?channel=whatsapp&who=Awa") == 200
    assert f"/resend/{row.ref}?channel=whatsapp&amp;who=Awa" in browser.page, "the list is still there after it"
    assert "il arrivera une seconde fois" in browser.text, "asked before a message that arrived goes twice"
    assert await browser.posts(f"/dashboard/resend/{row.ref}?desk={other}", csrf=csrf) == 404, "another desk's"
    town.awa.looks()
    assert await browser.posts(f"/dashboard/resend/{row.ref}?channel=whatsapp&desk=1", csrf=csrf) == 303
    assert browser.headers["Location"] == "/dashboard/log?channel=whatsapp&done=resent&desk=1"
    assert await browser.posts(f"/dashboard/resend/{row.ref}?desk=1", csrf=csrf) == 409, "a second press at once"
    await town.settle()
    assert len(town.awa.heard) == 1
    await browser.goes("/dashboard/log?desk=1")
    page = re.findall(r'name="page" value="(\w+)"', browser.page)[0]
    for _ in range(2):  # the second press of a slow telephone, when the first has arrived
        assert await browser.posts(f"/dashboard/resend/{row.ref}?desk=1", csrf=csrf, page=page) == 303
        await town.settle()
    assert len(town.awa.heard) == 1
    await browser.goes("/dashboard/log?desk=1")
    assert page not in browser.page, "a page loaded anew may send it again"
    assert await browser.posts("/dashboard/jobs/tidy?desk=1", csrf=csrf, act="suspend") == 303
    await browser.goes("/dashboard/jobs?desk=1&done=suspend")
    assert "La tâche est suspendue" in browser.text
    assert await browser.posts("/dashboard/jobs/tidy?desk=1", csrf=csrf, act="explode") == 404
    await town.service.store.write(lambda tx: tx.people.take_role(DOMINIQUE, other))
    assert await browser.posts("/dashboard/jobs/chase", csrf=csrf, act="suspend") == 403, "it works for the other desk"
    assert await browser.goes("/dashboard/jobs") == 200
    assert (browser.text.split().count("Suspendre"), "Reprendre" in browser.text) == (0, True)
    await town.service.store.write(lambda tx: [tx.people.take_role(DOMINIQUE, desk) for desk in (1, other)])
    assert await browser.goes("/dashboard") == 401, "rights are looked up at every request"


async def test_a_token_opens_for_its_department_until_it_is_taken_back(town: Town, browser: Browser) -> None:
    other = await town.service.store.write(_other_desk)
    system = System(town, browser.session)
    assert await browser.posts("/dashboard/enter", token="nonsense") == 403
    assert await browser.posts("/dashboard/enter", token=system.token(role="user", department_id=other)) == 303
    browser.keeps_cookie()
    assert await browser.goes("/dashboard/jobs") == 200
    assert "Suspendre" not in browser.page, "a token of role user looks"
    assert await browser.goes("/dashboard?desk=1") == 404
    assert await browser.goes("/dashboard/nowhere") == 404
    assert "Retour au tableau de bord" in browser.text
    browser.cookie = ""
    reader = f"Bearer {system.token(role='user')}"
    assert await browser.goes("/dashboard/person/1?desk=1", Authorization=reader) == 200
    assert "…78" in browser.text
    assert "06 12 34 56 78" not in browser.page, "as in the API: for the role admin only"
    assert await browser.goes("/dashboard/jobs", Authorization=f"Bearer {system.token()}") == 200
    assert "Suspendre" in browser.page
    bearer = {"Authorization": f"Bearer {system.token()}", "Accept-Language": "en-GB,en;q=0.9"}
    assert await browser.goes("/dashboard/jobs", **bearer) == 200
    assert "Suspend" in browser.text.split(), "a token speaks no language: its browser does"
    assert await browser.goes("/dashboard", Authorization="Bearer nonsense") == 401


async def test_sessions_and_links_end(town: Town, browser: Browser) -> None:
    link = await town.service.store.write(lambda tx: tx.sessions.draw_link(SAM, "fr"))
    await town.passes(timedelta(minutes=11))
    assert await browser.posts(f"/dashboard/enter/{link}") == 403
    await browser.enters(SAM, "en")
    for path in PAGE_NAMES:
        assert await browser.goes(f"/dashboard{path}") == 200
        assert '<html lang="en">' in browser.page
    await town.passes(timedelta(hours=9))
    assert await browser.goes("/dashboard") == 401
    assert "déconnecté" in browser.text
    assert await town.service.store.write(lambda tx: tx.sessions.drop_old()) >= 1


async def test_filters_that_make_no_sense_are_named_and_do_not_count(town: Town, browser: Browser) -> None:
    await town.sam.says("/pret PERC-001 Awa demain 18h")
    await browser.enters(SAM)
    asked = {
        "state=read&channel=whatsapp&kind=loan_created&since=2026-11-23&until=2026-11-23&who=awa": True,
        "who=06+12+34+56+78": True,
        "channel=sms": False,
        "since=2026-11-24": False,
        "until=0001-01-01": True,
        "who=Zo%C3%A9": False,
        "person=99": False,
        "before=1": False,
        "before=99999999999999999999": True,
    }
    for query, found in asked.items():
        assert await browser.goes(f"/dashboard/log?{query}") == 200, query
        assert ("confirmation de prêt" in browser.text.partition("Filtrer")[2]) is found, query
    await browser.goes("/dashboard/log?who=a")
    assert "De qui s'agit-il ? Awa Karim" in browser.text
    assert await browser.goes("/dashboard/log?state=flown&since=hier&person=%00x&kind=done") == 200
    assert "ne compte pas : État, Message, Du" in browser.text


def test_every_reason_of_ours_that_kept_a_message_has_its_words() -> None:
    texts, here = Texts(), Path(__file__).parents[2]
    sources = "".join(f.read_text() for room in ("bot/core", "handlers", "jobs") for f in (here / room).glob("*.py"))
    ours = {ENOUGH, SOMEBODY_ELSES, SWITCHED_OFF, *NO_ROAD.values()}
    reasons = ours | set(re.findall(r'Stop\(State\.\w+, "([^"]+)"\)', sources))
    assert len(reasons) > 10
    for reason in reasons:
        assert texts.word("reason", reason, "fr") != reason, reason
    faults = {f"Twilio {meaning.code}: {meaning.says}" for meaning in twilio_codes.CODES.values()}
    faults |= {f"WhatsApp {code}: {says}" for code, (says, _) in myoperator_codes.CODES.items()}
    for fault in faults:
        assert " : " in texts.reason(fault, "fr"), fault


@pytest.mark.parametrize(
    ("outcome", "french"),
    [
        ("nudged 2, ended 0, escalated 1", "équipe relancée : 2, demandes closes : 0, remontées aux admins : 1"),
        ("removed 3, backup failed: no space, none", "lignes supprimées : 3, backup failed: no space, none"),
    ],
)
def test_what_a_job_did_is_said_in_words(outcome: str, french: str) -> None:
    assert Texts().job_outcome(outcome, "fr") == french


def test_both_languages_have_the_same_words_for_the_same_facts() -> None:
    fr, en = words_of("fr"), words_of("en")
    facts = {key: sorted(re.findall(r"{\d?}", fr[key])) for key in fr}
    assert {key: sorted(re.findall(r"{\d?}", en[key])) for key in en} == facts


async def test_pages_count_one_return_and_name_the_system_that_lends(town: Town, browser: Browser) -> None:
    system = System(town, browser.session)
    lent = {"item": "PERC-001", "contact_id": 1, "due_at": (MONDAY + timedelta(days=4)).isoformat()}
    number = (await system.call("POST", "/api/loans", lent)).body["id"]
    await system.call("POST", f"/api/loans/{number}/return")
    await town.settle()
    await browser.enters(SAM)
    await browser.goes(f"/dashboard/loan/{number}")
    assert "prêté api:boutique" in browser.text
    await browser.goes("/dashboard/figures")
    assert "Retours en douze semaines : 1, dont 1 à l'heure." in browser.text
    await browser.goes("/dashboard/log")
    kinds = re.findall(r"<option[^>]*>([^<]+)", browser.page.partition('name="kind"')[2].partition("</select>")[0])
    assert sorted(set(kinds)) == sorted(kinds), "no two messages are called alike"
