"""A closed period: due times move out of it after a look, each person is told once, and it can be taken back."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from bot.core.people import Role
from bot.sandbox.message import Message
from bot.store.tables import outbox
from tests.town import PARIS, Borrower, Colleague, Town, about, on

PERIOD = "/fermeture 26/11 → 28/11"


async def three_loans(town: Town, sam: Colleague, awa: Borrower, karim: Borrower) -> None:
    await sam.says("/pret PERC-001 Awa jeudi 18h")
    await sam.says("/pret VP-001 Awa vendredi 10h30")
    await sam.says("/pret TENTE-001 Karim samedi 12h")
    for who in (awa, karim):
        who.looks()
    town.group.looks()


async def looked_at(town: Town, dominique: Colleague, command: str = PERIOD) -> Message:
    await dominique.says(command)
    return town.group.with_button("Déplacer et prévenir")


async def test_due_dates_move_after_a_look_and_each_person_is_told_once(
    town: Town, sam: Colleague, dominique: Colleague, awa: Borrower, karim: Borrower
) -> None:
    await three_loans(town, sam, awa, karim)
    page = await looked_at(town, dominique)
    assert page.text == (
        "Fermeture du jeudi 26 novembre au samedi 28 novembre inclus\n"
        "3 retours à déplacer, 2 personnes à prévenir\n"
        "Perceuse Bosch, Awa : lundi 30 novembre à 18 h, au lieu du jeudi 26 novembre à 18 h\n"
        "Vidéoprojecteur Epson, Awa : lundi 30 novembre à 10 h 30, au lieu du vendredi 27 novembre à 10 h 30\n"
        "Tente 4 places, Karim : mardi 1er décembre à 12 h, au lieu du samedi 28 novembre à 12 h"
    )
    assert awa.heard == karim.heard == [], "nobody is told before the word is given"
    await dominique.presses("Déplacer et prévenir", page)
    assert "✅ 3 retours déplacés, 2 personnes prévenues, par Dominique" in page.text
    assert awa.heard == [
        "Nous serons fermés du jeudi 26 novembre au samedi 28 novembre.\n"
        "Nouvelles dates de retour :\n"
        "2 Vidéoprojecteur Epson : à rendre le lundi 30 novembre à 10 h 30\n"
        "1 Perceuse Bosch : à rendre le lundi 30 novembre à 18 h\n"
        "Répondez RENDU avec le numéro dès que c'est fait : par exemple RENDU 2."
    ]
    assert len(karim.heard) == 1
    assert "lundi 30 novembre" in town.group.card("En prêt", "Perceuse").text
    await town.at(on("vendredi", 12))
    assert about(awa.heard, "Perceuse") == [], "nothing is due on the closed days any more"
    await town.at(on("lundi", 9, week=1))
    assert about(awa.heard, "Perceuse Bosch", "aujourd'hui")


async def test_of_a_crowd_the_first_are_kept_with_the_page_and_all_are_counted(
    town: Town, sam: Colleague, dominique: Colleague, awa: Borrower, karim: Borrower, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("closure", "closure_moves"):
        monkeypatch.setattr(f"handlers.{module}.SHOWN", 2)
    await three_loans(town, sam, awa, karim)
    page = await looked_at(town, dominique)
    assert "3 retours à déplacer, 2 personnes à prévenir" in page.text
    await dominique.presses("Déplacer et prévenir", page)
    assert "✅ 3 retours déplacés, 2 personnes prévenues" in page.text
    kept = await town.service.store.rows(sa.select(outbox.c.facts).where(outbox.c.message == "closing"))
    assert {(len(row.facts["lines"]), row.facts["count"]) for row in kept} == {(2, 3)}


async def test_a_closure_is_taken_back(
    town: Town, sam: Colleague, dominique: Colleague, awa: Borrower, karim: Borrower
) -> None:
    await three_loans(town, sam, awa, karim)
    page = await looked_at(town, dominique)
    await dominique.presses("Déplacer et prévenir", page)
    await sam.says("/prolonger TENTE-001 3 décembre 18h")
    for who in (awa, karim):
        who.looks()
    await dominique.presses("Annuler", page)
    assert "✅ 2 retours remis à leur date, 1 personne prévenue, par Dominique" in page.text
    (told,) = awa.heard
    assert told.startswith("Nous serons finalement ouverts du jeudi 26 novembre")
    assert "1 Perceuse Bosch : à rendre le jeudi 26 novembre à 18 h" in told
    assert karim.heard == [], "what was changed since stays as it is"
    assert page.labels == []
    await town.at(on("jeudi", 12))
    assert about(awa.heard, "Perceuse Bosch", "aujourd'hui")


async def test_taking_a_closure_back_leaves_what_came_back_meanwhile_alone(
    town: Town, sam: Colleague, dominique: Colleague, awa: Borrower, karim: Borrower
) -> None:
    await three_loans(town, sam, awa, karim)
    page = await looked_at(town, dominique)
    await dominique.presses("Déplacer et prévenir", page)
    await karim.says("RENDU")
    await sam.presses("Confirmer")
    karim.looks()
    await dominique.presses("Annuler", page)
    assert "✅ 2 retours remis à leur date, 1 personne prévenue, par Dominique" in page.text
    await town.at(on("samedi", 12))
    assert karim.heard == []


async def test_a_second_press_moves_nothing_and_a_dropped_page_stays_dropped(
    town: Town, sam: Colleague, dominique: Colleague, awa: Borrower, karim: Borrower
) -> None:
    await three_loans(town, sam, awa, karim)
    page = await looked_at(town, dominique)
    go = page.button("Déplacer et prévenir").payload
    await dominique.presses("Laisser tomber", page)
    assert page.text.endswith("Rien n'a été déplacé.")
    assert awa.heard == []
    await dominique.account.presses(page, go)
    await dominique.account.presses(page, go)
    await town.settle()
    assert len(awa.heard) == 1


async def test_staff_look_at_a_closure_and_admins_say_go(
    town: Town, sam: Colleague, dominique: Colleague, awa: Borrower
) -> None:
    await sam.says("/pret PERC-001 Awa jeudi 18h")
    awa.looks()
    page = await looked_at(town, sam)
    await sam.presses("Déplacer et prévenir", page)
    assert "Nouvelle" not in page.text
    assert awa.heard == []
    await dominique.presses("Déplacer et prévenir", page)
    assert about(awa.heard, "Nouvelle date de retour")


async def test_whom_we_cannot_write_to_is_named_to_staff(
    town: Town, sam: Colleague, dominique: Colleague, awa: Borrower
) -> None:
    await sam.says("/pret PERC-001 Awa jeudi 18h")
    await awa.says("STOP")
    awa.looks()
    page = await looked_at(town, dominique)
    await dominique.presses("Déplacer et prévenir", page)
    assert "🟠 À prévenir par téléphone : Awa" in page.text
    assert "0 personne prévenue" in page.text
    assert awa.heard == []


async def test_a_quiet_time_and_no_time_are_said(town: Town, dominique: Colleague) -> None:
    await dominique.says("/closure from 26/11 to 28/11")
    assert town.group.cards[-1].endswith("Aucun retour n'est prévu pendant cette fermeture.")
    for words in ("/fermeture", "/fermeture bientôt", "/fermeture 28/11 → 26/11"):
        await dominique.says(words)
        assert town.group.cards[-1] == "Voici comment l'écrire : /fermeture 24/12 → 02/01", words


async def test_another_desks_admin_moves_nothing_here(
    town: Town, sam: Colleague, dominique: Colleague, awa: Borrower
) -> None:
    await sam.says("/pret PERC-001 Awa jeudi 18h")
    awa.looks()
    page = await looked_at(town, dominique)
    stranger = town.network.telegram.person(700_100_012, "Zoé")
    town.group.chat.members[700_100_012] = "member"
    await town.service.store.write(
        lambda tx: tx.people.give_role(
            "700100012", tx.departments.add(name="Sono", zone=PARIS, language="fr").id, Role.ADMIN, "Zoé"
        )
    )
    await stranger.press(page, "Déplacer et prévenir")
    await town.settle()
    assert "déplacés" not in page.text
    assert awa.heard == []


async def test_a_closure_is_remembered_for_loans_of_later(
    town: Town, sam: Colleague, dominique: Colleague, awa: Borrower
) -> None:
    await dominique.says(PERIOD)
    page = town.group.with_button("Noter la fermeture")
    await sam.presses("Noter la fermeture", page)
    assert "notée" not in page.text, "an admin says go"
    await dominique.presses("Noter la fermeture", page)
    assert page.text == (
        "Fermeture du jeudi 26 novembre au samedi 28 novembre inclus\n"
        "✅ Fermeture notée, par Dominique : tout prêt à rendre un jour fermé sera signalé."
    )
    await sam.says("/pret PERC-001 Awa vendredi 18h")
    assert "🟠 Fermé ce jour-là" in town.group.card("En prêt", "Perceuse").text
    await dominique.says("/fermeture")
    assert town.group.cards[-1] == (
        "Fermetures à venir\n1. Du jeudi 26 novembre au samedi 28 novembre inclus\n\n"
        "Pour en ajouter une : /fermeture 24/12 → 02/01"
    )
    known = town.group.with_button("Rouvrir (26/11)")
    await dominique.presses("Rouvrir (26/11)", known)
    assert known.text.endswith("✅ Fermeture retirée, par Dominique. Aucune date de retour n'a changé.")
    await sam.says("/pret VP-001 Awa vendredi 18h")
    assert "Fermé" not in town.group.card("En prêt", "Vidéoprojecteur").text
    await dominique.says("/fermeture")
    assert town.group.cards[-1].startswith("Voici comment l'écrire")


async def test_what_is_moved_is_closed_too_and_opens_again_with_it(
    town: Town, sam: Colleague, dominique: Colleague, awa: Borrower, karim: Borrower
) -> None:
    await three_loans(town, sam, awa, karim)
    page = await looked_at(town, dominique)
    await dominique.presses("Déplacer et prévenir", page)
    await dominique.says("/fermeture")
    assert "1. Du jeudi 26 novembre au samedi 28 novembre inclus" in town.group.cards[-1]
    await dominique.presses("Annuler", page)
    await dominique.says("/fermeture")
    assert town.group.cards[-1].startswith("Voici comment l'écrire")


async def test_a_closure_that_moves_nothing_is_noted_once_and_forgotten_when_it_is_over(
    town: Town, sam: Colleague, dominique: Colleague, awa: Borrower
) -> None:
    await sam.says("/pret PERC-001 Awa vendredi 18h")
    await dominique.says(PERIOD)
    page = town.group.with_button("Noter sans déplacer")
    payload = page.button("Noter sans déplacer").payload
    await dominique.presses("Noter sans déplacer", page)
    await dominique.account.presses(page, payload)
    await town.settle()
    awa.looks()
    await dominique.presses("Annuler", page)
    assert page.text.endswith("✅ Fermeture retirée, par Dominique. Aucune date de retour n'a changé.")
    await dominique.says("/fermeture 24/11")
    await dominique.presses("Noter la fermeture", town.group.with_button("Noter la fermeture"))
    await dominique.says("/fermeture 24/11")
    assert town.group.cards[-1].endswith("✅ Fermeture notée : tout prêt à rendre un jour fermé sera signalé.")
    await town.at(on("mercredi", 9))
    await dominique.says("/fermeture 03/12")
    await dominique.presses("Noter la fermeture", town.group.with_button("Noter la fermeture"))
    await dominique.says("/fermeture")
    assert "1. Le jeudi 3 décembre\n\n" in town.group.cards[-1]


async def test_annuler_of_a_borrower_takes_back_no_date_of_staff(
    town: Town, sam: Colleague, dominique: Colleague, borrower: Borrower
) -> None:
    await sam.says(f"/pret VP-001 {borrower.name} jeudi 18h")
    await borrower.says("PROLONGER 1 jour")
    await dominique.says("/fermeture vendredi → samedi")
    await dominique.presses("Déplacer et prévenir")
    borrower.looks()
    await borrower.says("ANNULER")
    assert "rien à annuler" in borrower.heard[0]
    await borrower.says("MES PRETS")
    assert "lundi 30 novembre" in borrower.heard[0]


# --- more than one transaction holds -----------------------------------------------------------------


@pytest.fixture
def crowd(monkeypatch: pytest.MonkeyPatch) -> None:
    """One loan is as much as a transaction moves."""
    for module in ("closure", "closure_moves"):
        monkeypatch.setattr(f"handlers.{module}.SLICE", 1)


async def pressed(town: Town, dominique: Colleague, label: str, page: Message) -> None:
    """Before the clock has done anything."""
    await dominique.account.presses(page, page.button(label).payload)
    await town.turn("answer")
    await town.turn("deliver")


async def test_many_are_moved_by_the_clock_as_the_preview_said(
    town: Town, sam: Colleague, dominique: Colleague, awa: Borrower, karim: Borrower, crowd: None
) -> None:
    await three_loans(town, sam, awa, karim)
    page = await looked_at(town, dominique)
    preview = page.text.splitlines()[2:]
    await pressed(town, dominique, "Déplacer et prévenir", page)
    assert awa.heard == karim.heard == []
    await town.settle()
    assert page.text.endswith(
        "⏳ 3 retours à déplacer, par Dominique : c'est en cours. Le résultat arrive dans le groupe."
    )
    result = town.group.cards[-1]
    assert "✅ 3 retours déplacés, 2 personnes prévenues, par Dominique" in result
    assert result.splitlines()[2:] == preview
    (told,), (other,) = awa.heard, karim.heard
    assert "2 Vidéoprojecteur Epson : à rendre le lundi 30 novembre à 10 h 30" in told
    assert "Tente 4 places" in other
    assert "lundi 30 novembre" in town.group.card("En prêt", "Perceuse").text
    await dominique.says("/fermeture")
    assert "1. Du jeudi 26 novembre au samedi 28 novembre inclus" in town.group.cards[-1]


async def test_many_go_back_by_the_clock(
    town: Town, sam: Colleague, dominique: Colleague, awa: Borrower, karim: Borrower, crowd: None
) -> None:
    await three_loans(town, sam, awa, karim)
    page = await looked_at(town, dominique)
    await dominique.presses("Déplacer et prévenir", page)
    await sam.says("/prolonger TENTE-001 3 décembre 18h")
    for who in (awa, karim):
        who.looks()
    result = town.group.with_button("Annuler")
    undo = result.button("Annuler").payload
    await pressed(town, dominique, "Annuler", result)
    await dominique.account.presses(result, undo)
    await town.settle()
    assert result.text.endswith("Les retours reprennent leur date : le résultat arrive dans le groupe.")
    assert "✅ 2 retours remis à leur date, 1 personne prévenue, par Dominique" in town.group.cards[-1]
    assert len(town.group.cards_of("remis à leur date")) == 1, "a second press does nothing more"
    (told,) = awa.heard
    assert told.startswith("Nous serons finalement ouverts du jeudi 26 novembre")
    assert karim.heard == [], "what was changed since stays as it is"


async def test_a_closure_that_is_being_carried_out_is_taken_back_half_done(
    town: Town, sam: Colleague, dominique: Colleague, awa: Borrower, karim: Borrower, crowd: None
) -> None:
    await three_loans(town, sam, awa, karim)
    page = await looked_at(town, dominique)
    go = page.button("Déplacer et prévenir").payload
    await pressed(town, dominique, "Déplacer et prévenir", page)
    await dominique.account.presses(page, go)
    await town.turn("answer")
    await town.turn("remind")
    await pressed(town, dominique, "Annuler", page)
    await town.settle()
    assert "✅ 2 retours remis à leur date, 1 personne prévenue" in town.group.cards[-1]
    assert town.group.cards_of("retours déplacés") == []
    assert len(awa.heard) == 2, "moved, and back again"
    assert karim.heard == [], "it had not come to Karim"
    await dominique.says("/fermeture")
    assert town.group.cards[-1].startswith("Voici comment l'écrire")


async def test_a_closure_that_breaks_off_is_said(
    town: Town, sam: Colleague, dominique: Colleague, awa: Borrower, crowd: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    await sam.says("/pret PERC-001 Awa jeudi 18h")
    await sam.says("/pret VP-001 Awa vendredi 10h30")
    await sam.says("/pret TENTE-001 Karim samedi 12h")

    def breaks(*given: object, **named: object) -> None:
        raise RuntimeError("a fault of ours")

    page = await looked_at(town, dominique)
    monkeypatch.setattr("handlers.closure_moves.moves", breaks)
    await pressed(town, dominique, "Déplacer et prévenir", page)
    await town.settle()
    assert town.group.cards_of("Tout n'a pas pu être fait") == [], "tried again first"
    for _ in range(2):
        await town.passes(timedelta(minutes=6))
    assert "🟠 Tout n'a pas pu être fait. Recommencez avec /fermeture." in town.group.cards[-1]
    monkeypatch.undo()
    page = await looked_at(town, dominique)
    await dominique.presses("Déplacer et prévenir", page)
    assert "✅ 3 retours déplacés, 2 personnes prévenues" in page.text


async def test_who_is_late_is_not_sent_to_a_closed_door(
    town: Town, awa: Borrower, sam: Colleague, dominique: Colleague
) -> None:
    await sam.says("/pret PERC-001 Awa mardi 18h")
    await town.at(on("mardi", 17))
    await dominique.says("/fermeture 25/11 27/11")
    await dominique.presses("Noter la fermeture")
    await town.at(on("mardi", 19))
    assert "Pouvez-vous passer dès que possible ?" in awa.heard[-1]
    await town.at(on("mercredi", 9))
    closed = "Nous sommes fermés jusqu'au samedi 28 novembre à 9 h : merci de passer dès la réouverture"
    assert closed in awa.heard[-1]
    await town.at(on("samedi", 9))
    assert "merci de passer dès que possible" in awa.heard[-1]


async def test_a_loan_late_since_a_sunday_is_asked_back_for_monday(town: Town, awa: Borrower, sam: Colleague) -> None:
    await sam.says("/pret PERC-001 Awa dimanche 12h")
    awa.looks()
    await town.at(on("dimanche", 13))
    closed = "Nous sommes fermés jusqu'au lundi 30 novembre à 9 h : pouvez-vous passer dès la réouverture ?"
    assert closed in awa.heard[-1]
