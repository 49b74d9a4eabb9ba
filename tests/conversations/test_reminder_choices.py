"""RAPPELS: which reminders a person wants, and by which road."""

from __future__ import annotations

from bot.store import Tx
from tests.town import AWA, Borrower, Colleague, Town, add_person, on


async def test_a_person_leaves_one_reminder_out(town: Town, borrower: Borrower, sam: Colleague) -> None:
    await sam.says(f"/pret PERC-001 {borrower.name} vendredi 18h")
    await borrower.says("RAPPELS SANS J-2")
    _, state = borrower.heard
    assert "C'est noté. Vos rappels maintenant :" in state
    assert "2 jours avant : non\nla veille : oui\nle jour même : oui" in state
    await town.at(on("mercredi", 12))
    assert borrower.heard == []
    await town.at(on("jeudi", 8))
    [reminder] = borrower.heard
    assert "demain, vendredi 27 novembre" in reminder


async def test_a_choice_made_by_buttons_or_numbers_is_the_same(borrower: Borrower, sam: Colleague) -> None:
    await sam.says(f"/pret PERC-001 {borrower.name} vendredi 18h")
    await borrower.says("RAPPELS")
    assert "2 jours avant : oui" in borrower.heard[-1]
    await borrower.chooses("Sans le rappel de la veille")
    assert "la veille : non" in borrower.last.text
    await borrower.chooses("Avec le rappel de la veille")
    assert "la veille : oui" in borrower.last.text


async def test_cancel_brings_back_the_choice_of_before(borrower: Borrower) -> None:
    await borrower.says("RAPPELS SEULEMENT LE JOUR MÊME")
    assert "la veille : non" in borrower.heard[-1]
    await borrower.says("ANNULER")
    assert "la veille : oui" in borrower.heard[-1]


async def test_an_order_that_is_called_off_takes_nothing_back_here(town: Town, borrower: Borrower) -> None:
    await borrower.says("rappels sans offres")
    borrower.looks()
    await borrower.says("je veux annuler ma commande CMD-7")
    assert borrower.heard[0].startswith("Votre message est transmis à l'équipe")
    assert "annuler ma commande CMD-7" in town.group.card("écrit").text
    await borrower.says("rappels")
    assert "Sans messages de ce genre : offres et nouveautés." in borrower.heard[0]


async def test_without_reminders_lateness_is_still_said(town: Town, borrower: Borrower, sam: Colleague) -> None:
    await sam.says(f"/pret PERC-001 {borrower.name} aujourd'hui 19h")
    await borrower.says("RAPPELS AUCUN")
    assert "Seules les relances de retard partiront." in borrower.heard[-1]
    await town.at(on("lundi", 19, 15))
    [overdue] = borrower.heard
    assert "n'est pas encore de retour" in overdue


async def test_reminders_by_sms_reach_the_same_telephone(town: Town, awa: Borrower, sam: Colleague) -> None:
    by_sms = town.phone(AWA, "Awa", on="sms")
    await awa.says("RAPPELS PAR SMS")
    assert "Par SMS, sinon WhatsApp." in awa.heard[0]
    await sam.says("/pret PERC-001 Awa vendredi 18h")
    assert awa.heard == []
    assert "Perceuse Bosch" in by_sms.heard[0]
    await by_sms.says("RAPPELS PAR WHATSAPP")
    await town.at(on("jeudi", 9))
    assert len(awa.heard) == 2
    await by_sms.says("RAPPELS")
    assert '"RAPPELS SANS J-2" ou "RAPPELS PAR SMS".' in by_sms.heard[-1]  # WhatsApp is the first already


async def test_a_road_that_does_not_reach_a_person_is_refused_kindly(karim: Borrower) -> None:
    await karim.says("RAPPELS PAR SMS")
    [answer] = karim.heard
    assert "Nous ne pouvons pas vous écrire par SMS." in answer
    assert "Vos rappels partent par Telegram, comme avant." in answer


async def test_a_channel_that_the_desk_has_not_is_no_example(town: Town, awa: Borrower) -> None:
    await town.rule(channels=("whatsapp", "telegram"))
    await awa.says("RAPPELS")
    assert "Pour changer : « RAPPELS SANS J-2 »." in awa.heard[-1]


async def test_nobody_is_reminded_at_a_number_that_is_anothers(town: Town, awa: Borrower) -> None:
    await town.service.store.write(_her_number_by_sms_is_anothers)
    await awa.says("RAPPELS PAR SMS")
    assert "Nous ne pouvons pas vous écrire par SMS." in awa.heard[0]


def _her_number_by_sms_is_anothers(tx: Tx) -> None:
    desk = tx.departments.first()
    assert desk is not None
    add_person(tx, desk.id, "Fatou", "sms", AWA)


async def test_in_english(awa: Borrower) -> None:
    await awa.says("LANGUAGE EN")
    await awa.says("REMINDERS WITHOUT DAY 2")
    assert "Done. Your reminders now:\n2 days before: off" in awa.heard[-1]
    await awa.says("UNDO")
    assert "2 days before: on" in awa.heard[-1]


async def test_a_desk_without_e_mail_says_so(awa: Borrower) -> None:
    await awa.says("RAPPELS AUSSI PAR E-MAIL")
    assert "Nous ne pouvons pas vous écrire par e-mail." in awa.heard[0]
