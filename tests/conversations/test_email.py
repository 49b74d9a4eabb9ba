"""E-mail beside the conversation: a copy for who asks for it, letters of one loan together, one click to end it."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator

import aiohttp
import pytest

from bot.core.people import Consent
from bot.sandbox.mail_net import Mail
from bot.store import Tx
from tests.town import PUBLIC_URL, Borrower, Colleague, Town, about, on

MAILBOX = "awa@example.org"


@pytest.fixture
async def town(sqlite_migrated_url: str) -> AsyncIterator[Town]:
    """A desk that also writes e-mails."""
    async with Town(sqlite_migrated_url, mail=True) as town:
        yield town


def unsubscribe_of(mail: Mail) -> str:
    found = re.fullmatch(rf"<{PUBLIC_URL}(/unsubscribe/\S+)>", mail.header("List-Unsubscribe"))
    assert found
    return found[1]


async def one_click(town: Town, mail: Mail) -> int:
    """What the mail service of the reader does when they press its button."""
    url = f"http://127.0.0.1:{town.service.listener.port}{unsubscribe_of(mail)}"
    async with aiohttp.ClientSession() as http, http.post(url, data={"List-Unsubscribe": "One-Click"}) as answer:
        return answer.status


async def asks_for_copies(borrower: Borrower) -> None:
    await borrower.says("RAPPELS AUSSI PAR E-MAIL")
    assert "À quelle adresse e-mail" in borrower.heard[0]
    await borrower.says("Awa@Example.org")
    assert "avec une copie à awa@example.org" in borrower.heard[0]


@pytest.mark.parametrize("said", ["Mon e-mail est Awa@Example.org.", "mon email est awa@example.org"])
async def test_an_address_said_unasked_is_taken_and_somebody_elses_is_not(town: Town, awa: Borrower, said: str) -> None:
    await awa.says("écrivez aussi à marie@example.org")
    assert "n'avons pas compris" in awa.heard[-1]
    await awa.says(said)
    assert "avec une copie à awa@example.org" in awa.heard[-1]


@pytest.mark.parametrize("words", ["Mon mail est", "mon adresse mail est", "My email is", "my e-mail is"])
async def test_an_address_is_taken_however_e_mail_is_written(town: Town, awa: Borrower, words: str) -> None:
    town.group.looks()
    await awa.says(f"{words} awa@example.org")
    assert "awa@example.org" in awa.heard[-1]
    assert town.group.heard == [], "no person is needed for it"


@pytest.mark.parametrize(
    "said",
    [
        "Awa@Example.org", "mon e-mail est awa@example.org", "c'est awa@example.org, merci", "E-mail: AWA@EXAMPLE.ORG.",
        "ah pardon : awa@example.org", "plutôt awa@example.org !", "e-mail:awa@example.org",
    ],
)  # fmt: skip
async def test_an_address_that_was_asked_for_may_stand_in_a_sentence(town: Town, awa: Borrower, said: str) -> None:
    await awa.says("RAPPELS AUSSI PAR E-MAIL")
    await awa.says("awa chez example")
    assert "Nous ne pouvons pas utiliser « awa chez example »." in awa.heard[-1]
    await awa.says(said)
    assert "avec une copie à awa@example.org" in awa.heard[-1]


async def test_a_new_address_takes_the_place_of_the_one_before(town: Town, awa: Borrower, sam: Colleague) -> None:
    """The copies went on to the old one, and the answer named it as if it had been asked for."""
    await awa.says("mon e-mail est awa@example.org")
    await awa.says("mon e-mail est awa.diop@example.org")
    assert "avec une copie à awa.diop@example.org" in awa.heard[-1]
    await sam.says("/pret PERC-001 Awa vendredi 18h")
    assert [mail.to for mail in town.network.mail.new()] == ["awa.diop@example.org"]
    await awa.says("mon e-mail est une@example.org")
    await awa.says("ANNULER")
    assert "avec une copie à awa.diop@example.org" in awa.heard[-1]


async def test_a_copy_by_e_mail_until_one_click_ends_it(town: Town, awa: Borrower, sam: Colleague) -> None:
    await asks_for_copies(awa)
    await sam.says("/pret PERC-001 Awa vendredi 18h")
    assert len(awa.heard) == 1
    [noted] = town.network.mail.new()
    assert noted.to == MAILBOX
    assert noted.subject == "Prêt noté : Perceuse Bosch, à rendre le vendredi 27 novembre à 18 h"
    assert "Accueil du rez-de-chaussée" in noted.text
    assert "RENDU" not in noted.text, "nobody reads what is answered to an e-mail"
    assert f"{PUBLIC_URL}/r/" in noted.text

    await town.at(on("jeudi", 8))
    assert len(awa.heard) == 2, "two days before and the day before"
    *_, day_before = town.network.mail.new()
    assert day_before.subject == "Perceuse Bosch est à rendre demain, vendredi 27 novembre à 18 h"
    assert day_before.header("References") == noted.header("References") != ""
    assert day_before.header("Message-ID") != noted.header("Message-ID")

    assert await one_click(town, day_before) == 200
    await town.at(on("vendredi", 8))
    assert len(awa.heard) == 1
    assert town.network.mail.new() == []
    await awa.says("RAPPELS AUSSI PAR E-MAIL")
    await town.at(on("vendredi", 18, 20))
    assert [mail.subject for mail in town.network.mail.new()] == ["En retard : Perceuse Bosch"]


async def test_a_mailbox_that_is_gone_is_written_to_no_more(town: Town, awa: Borrower, sam: Colleague) -> None:
    await asks_for_copies(awa)
    town.network.mail.faults.recipients[MAILBOX] = "550 5.1.1 no such user"
    await sam.says("/pret PERC-001 Awa vendredi 18h")
    assert len(awa.heard) == 1, "the copy that failed takes no other road"
    town.network.mail.faults.recipients.clear()
    await town.at(on("mercredi", 9))
    assert len(awa.heard) == 1
    assert town.network.mail.new() == []
    assert about(town.group.heard, "À faire") == []
    await asks_for_copies(awa)
    await town.at(on("jeudi", 9))
    assert len(town.network.mail.new()) == 1, "asked for again, it is tried again"


async def test_a_letter_in_doubt_goes_once_more_when_it_matters(town: Town, awa: Borrower, sam: Colleague) -> None:
    await asks_for_copies(awa)
    town.network.mail.faults.cut = 2
    await sam.says("/pret PERC-001 Awa aujourd'hui 13h")
    await town.at(on("lundi", 11, 5))
    noted, *reminders = town.network.mail.new()
    assert noted.subject.startswith("Prêt noté"), "a courtesy: once, though its answer was lost"
    assert len(reminders) == 2
    assert len({mail.header("Message-ID") for mail in reminders}) == 1, "the same letter, known by its id"


async def test_staff_note_somebody_by_e_mail_alone(town: Town, sam: Colleague) -> None:
    await sam.says("/contact ajouter Nadia nadia@example.org")
    assert about(town.group.heard, "Personne ajoutée", "Nadia", "nadia@example.org")
    await sam.says("/pret VP-001 Nadia vendredi 18h")
    [noted] = town.network.mail.new("nadia@example.org")
    assert "C'est noté" in noted.text
    await sam.says("/contact ajouter Awa awa@example.org")
    assert about(town.group.heard, "E-mail noté", "Awa", "awa@example.org")


async def test_an_address_that_ends_a_sentence_and_one_no_server_takes(
    town: Town, awa: Borrower, sam: Colleague
) -> None:
    await sam.says("/contact ajouter Nadia nadia@example.org.")
    await sam.says("/contact ajouter Éric éric@example.org")
    noted, refused = town.group.heard[-2:]
    assert noted.endswith("nadia@example.org")
    assert "Voici comment l'écrire" in refused
    await awa.says("RAPPELS AUSSI PAR E-MAIL")
    await awa.says("Awa@Example.org.")
    await sam.says("/pret VP-001 Nadia vendredi 18h")
    await sam.says("/pret PERC-001 Awa vendredi 18h")
    assert [mail.to for mail in town.network.mail.new()] == ["nadia@example.org", "awa@example.org"]


async def test_an_admin_tries_e_mail_out(town: Town, dominique: Colleague) -> None:
    admin = dominique.private
    await admin.says("/reglages canaux")
    await admin.chooses("Message d'essai")
    await admin.chooses("e-mail")
    await admin.says("06 12 34 56 78")
    assert "Cette adresse ne convient pas." in admin.heard[-1]
    await admin.says("dominique@example.org")
    [trial] = town.network.mail.new()
    assert trial.subject == "Message d'essai"
    assert "l'envoi fonctionne" in trial.text


async def _lost_groups(town: Town) -> str:
    url = f"http://127.0.0.1:{town.service.listener.port}/metrics"
    async with aiohttp.ClientSession() as http, http.get(url) as answer:
        shown = await answer.text()
    return next(line for line in shown.splitlines() if line.startswith("prete_rendu_groups_lost "))


async def test_an_admin_without_a_private_chat_hears_by_letter_that_the_group_is_gone(
    town: Town, sam: Colleague
) -> None:
    """And who watches the figures sees it in any case."""
    await town.dominique.says("/aide")

    def writes_letters(tx: Tx) -> None:
        known = tx.people.find_address("telegram", "700100002")
        assert known is not None
        tx.people.add_address(
            known.contact_id, "email", "dominique@example.org", verified_by="holder", consent=Consent.GIVEN
        )

    await town.service.store.write(writes_letters)
    assert await _lost_groups(town) == "prete_rendu_groups_lost 0.0"
    await town.group.chat.removes_bot(sam.account)
    await town.settle()
    [letter] = town.network.mail.new()
    assert letter.to == "dominique@example.org"
    assert "ne reçoit plus mes messages" in letter.text
    assert "/bind " in letter.text
    assert await _lost_groups(town) == "prete_rendu_groups_lost 1.0"
    await town.group.chat.adds_bot(sam.account)
    await town.settle()
    assert await _lost_groups(town) == "prete_rendu_groups_lost 0.0"
