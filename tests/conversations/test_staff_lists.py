"""What staff look at in their group: who is late, what was said, what will leave, what failed, the jobs."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.core.people import Role
from bot.core.pictures import picture_of
from bot.sandbox.faults import refuse
from tests.town import MONDAY, PARIS, Borrower, Colleague, Town, about, on, words_of_the_house

CHART = ("returns", "on_time", "late")


async def late_drill(town: Town, sam: Colleague, borrower: Borrower) -> None:
    await sam.says(f"/pret PERC-001 {borrower.name} dans 3h")
    await town.at(MONDAY + timedelta(days=2, hours=1))
    assert borrower.heard, "the borrower was reminded meanwhile"
    assert town.group.heard


async def test_staff_see_who_is_late_and_what_was_sent(town: Town, sam: Colleague, borrower: Borrower) -> None:
    await late_drill(town, sam, borrower)
    await sam.says("/retards")
    assert town.group.heard == [
        "1 prêt en retard\n"
        f"🔴 Perceuse Bosch (PERC-001), {borrower.name} : 1 jour et 22 heures de retard, 3 relances, "
        "la dernière aujourd'hui, mercredi 25 novembre à 8 h"
    ]
    await sam.presses(f"Perceuse Bosch · {borrower.name}")
    page = town.group.with_button("Relancer")
    assert "1 jour et 22 heures de retard" in page.text
    await sam.presses("Relancer", page)
    assert sam.toast == f"La relance part vers {borrower.name}."
    assert "Perceuse Bosch" in borrower.heard[0]
    await sam.presses("Prolonger", page)
    await sam.presses("Un jour de plus", page)
    assert "maintenant" in borrower.heard[0] or "nouvelle date" in borrower.heard[0].lower()


async def test_a_loan_left_out_of_a_notice_is_not_counted_as_noticed(
    town: Town, sam: Colleague, borrower: Borrower
) -> None:
    for code in ("PERC-001", "VP-001", "TENTE-001"):
        await sam.says(f"/pret {code} {borrower.name} mardi 18h")
    await borrower.says("STOP 2")
    await town.at(on("jeudi", 9))
    await sam.says("/retards")
    told = {line.split()[1]: line for line in town.group.heard[-1].splitlines()[1:]}
    assert "3 relances" in told["Perceuse"]
    assert "3 relances" in told["Tente"]
    assert "pas encore de relance" in told["Vidéoprojecteur"]


async def test_a_loans_page_and_its_card_are_changed_together(town: Town, sam: Colleague) -> None:
    await sam.says("/pret PERC-001 Awa jeudi 18h")
    card = town.group.card("En prêt")
    await sam.says("/prets")
    await sam.presses("Perceuse Bosch · Awa")
    await sam.presses("Prolonger")
    await sam.presses("Une semaine de plus")
    page = town.group.messages[-1]
    assert page is not card
    for shown in (card, page):
        assert "À rendre le jeudi 3 décembre à 18 h" in shown.text
        assert shown.labels == ["Rendu", "Annuler"]
    await sam.says("/prets")
    await sam.presses("Perceuse Bosch · Awa")
    page = town.group.messages[-1]
    await sam.presses("Rendu", page)
    for shown in (card, page):
        assert shown.text.startswith("✅ De retour : Perceuse Bosch")
        assert shown.labels == []


async def test_a_page_opened_from_a_list_is_answered_like_a_card(town: Town, sam: Colleague, awa: Borrower) -> None:
    await sam.says("/pret PERC-001 Awa jeudi 18h")
    await sam.says("/prets")
    await sam.presses("Perceuse Bosch · Awa")
    await sam.says("rendu", reply_to=town.group.messages[-1])
    assert town.group.heard[-1] == "Retour noté."
    assert "Le retour est confirmé" in awa.heard[-1]


async def test_the_number_to_call_is_shown_to_staff_alone(
    town: Town, sam: Colleague, passant: Colleague, awa: Borrower
) -> None:
    await late_drill(town, sam, awa)
    await sam.says("/overdue")
    await sam.presses("Perceuse Bosch · Awa")
    page = town.group.with_button("Appeler")
    await sam.presses("Appeler", page)
    assert sam.toast == "Awa : 06 12 34 56 78"
    await passant.presses("Appeler", page)
    assert "06 12" not in passant.toast


async def test_long_lists_are_paged_in_place(town: Town, sam: Colleague) -> None:
    for number in range(10):
        await sam.says(f"/materiel ajouter LOT-{number:03} Chaise {number}")
        await sam.says(f"/pret LOT-{number:03} Awa vendredi 18h")
    town.group.looks()
    await sam.says("/prets")
    (first,) = town.group.heard
    assert first.startswith("10 prêts en cours (page 1 sur 2)")
    await sam.presses("Suite")
    assert town.group.heard == []
    assert town.group.card("page 2 sur 2").text.count("🟢") == 2


async def test_a_button_names_the_thing_and_who_has_it(town: Town, sam: Colleague) -> None:
    await sam.says("/materiel ajouter ECH-003 Échelle en aluminium de trois plans")
    await sam.says("/pret ECH-003 Awa vendredi 18h")
    await sam.says("/prets")
    assert "ECH-003 · Awa" in town.group.with_button("ECH-003 · Awa").labels


async def test_the_history_of_a_thing_and_of_a_person(town: Town, sam: Colleague, borrower: Borrower) -> None:
    await sam.says(f"/pret PERC-001 {borrower.name} vendredi 18h")
    await sam.says("/relancer PERC-001")
    await borrower.says("RENDU")
    await sam.says("/relancer PERC-001")
    assert "le retour attend votre confirmation" in town.group.heard[-1]
    await sam.presses("Confirmer")
    for named, other in (("PERC-001", borrower.name), (borrower.name, "Perceuse Bosch")):
        await sam.says(f"/historique {named}")
        told = town.group.cards[-1]
        assert "retour confirmé" in told
        assert "confirmation de prêt" in told
        assert f"relancé par l'équipe, {other}, par Sam" in told
        assert f"prêté, {other}, par Sam" in told


async def test_tomorrow_is_shown_before_it_comes(town: Town, sam: Colleague) -> None:
    await sam.says("/apercu")
    assert "Aucun message prévu" in town.group.cards[-1]
    await sam.says("/pret PERC-001 Awa mercredi 18h")
    await sam.says("/apercu")
    assert "rappel de la veille à Awa pour Perceuse Bosch" in town.group.cards[-1]
    for number in range(15):
        await sam.says(f"/materiel ajouter LOT-{number:03} Chaise {number}")
        await sam.says(f"/pret LOT-{number:03} Awa mercredi 18h")
    await sam.says("/apercu")
    assert town.group.cards[-1].endswith("\net 1 de plus")


async def test_a_failed_message_is_seen_and_tried_again(town: Town, sam: Colleague, awa: Borrower) -> None:
    town.network.twilio.faults.add(refuse(400, code=21602))
    await sam.says("/pret PERC-001 Awa vendredi 18h")
    assert awa.heard == []
    await sam.says("/file")
    assert "échec définitif" in town.group.cards[-1]
    await sam.presses("↻ Awa")
    assert sam.toast == "1 message repart."
    assert "Perceuse Bosch" in awa.heard[0]


async def test_a_job_is_suspended_run_and_resumed_by_an_admin(town: Town, sam: Colleague, dominique: Colleague) -> None:
    await sam.says("/jobs")
    await sam.presses("chase")
    page = town.group.with_button("Suspendre")
    await sam.presses("Suspendre", page)
    assert "Suspendue" not in page.text, "staff may look, admins may act"
    await dominique.presses("Suspendre", page)
    assert "Suspendue" in page.text
    await dominique.presses("Reprendre", page)
    assert "Suspendue" not in page.text
    await sam.says("/jobs answer")  # suspended, it would read no press that resumes it
    assert town.group.messages[-1].labels == ["Lancer", "Revenir"]
    await dominique.account.presses(
        town.group.messages[-1], page.button("Suspendre").payload.replace("chase", "answer")
    )
    await town.settle()
    assert "Suspendue" not in town.group.messages[-1].text
    await town.at(MONDAY + timedelta(hours=1))
    await sam.says("/jobs court")
    assert all(part in town.group.cards[-1] for part in ("Dernière fois", "prêts remis d'aplomb : 0", "Prochaine fois"))
    await sam.says("/jobs")
    assert "dernière aujourd'hui" in town.group.cards[-1]


async def test_a_job_of_several_desks_is_suspended_by_an_admin_of_each(town: Town, dominique: Colleague) -> None:
    bikes = await town.service.store.write(lambda tx: tx.departments.add(name="Vélos", zone=PARIS, language="fr"))
    await dominique.says("/jobs remind")
    page = town.group.with_button("Suspendre")
    await dominique.presses("Suspendre", page)
    assert "Suspendue" not in page.text, "it would silence the other desk's reminders"
    assert "admin de chacun" in dominique.toast
    who = str(dominique.account.id)
    await town.service.store.write(lambda tx: tx.people.give_role(who, bikes.id, Role.ADMIN, "Dominique"))
    await dominique.presses("Suspendre", page)
    assert "Suspendue" in page.text
    await town.service.store.write(lambda tx: tx.people.take_role(who, bikes.id))
    await dominique.presses("Reprendre", page)
    assert "Suspendue" not in page.text, "whoever is an admin may wake it"


async def test_the_morning_digest_says_what_the_day_brings(town: Town, sam: Colleague) -> None:
    await sam.says("/pret PERC-001 Awa mardi 18h")
    town.group.looks()
    await town.at(MONDAY + timedelta(days=1))
    (digest,) = town.group.heard
    assert digest.startswith("Bonjour, voici la journée : Prêt de matériel")
    assert "À rendre aujourd'hui" in digest
    assert "Perceuse Bosch" in digest
    await town.rule(quiet_sundays=True)
    await town.at(on("samedi", 12))
    town.group.looks()
    await town.at(on("lundi", 9, week=1))
    [monday] = about(town.group.heard, "voici la journée")  # that of Sunday is not told a day later
    assert "5 jours et 14 heures de retard" in monday


@pytest.mark.parametrize(("zone", "paris"), [("Asia/Kolkata", (3, 30)), ("America/Montreal", (14, 0))])
async def test_the_morning_digest_comes_in_the_morning_of_the_desk(
    town: Town, sam: Colleague, dominique: Colleague, zone: str, paris: tuple[int, int]
) -> None:
    """It came at eight by the clock of the machine's operator: at half past twelve, or in the night."""
    await dominique.says(f"/reglages fuseau {zone}")
    await sam.says("/pret PERC-001 Awa demain 18h")
    town.group.looks()
    eight = on("mardi", *paris)
    await town.at(eight - timedelta(minutes=1))
    assert about(town.group.heard, "voici la journée") == []
    await town.at(eight)
    [told] = about(town.group.heard, "voici la journée")
    assert "à 18 h" in told
    await town.at(eight + timedelta(hours=20))
    assert about(town.group.heard, "voici la journée") == []


async def test_a_quiet_desk_gets_no_digest(town: Town) -> None:
    await town.at(MONDAY + timedelta(days=2))
    assert town.group.heard == []


async def test_the_figures_of_the_month(town: Town, sam: Colleague, awa: Borrower) -> None:
    await sam.says("/pret PERC-001 Awa vendredi 18h")
    await awa.says("RENDU")
    await sam.presses("Confirmer")
    await sam.says("/stats")
    assert "1 prêt, 1 retour, dont 1 à l'heure" in town.group.cards[-1]
    assert "Par WhatsApp ou SMS : 3 remis sur 3" in town.group.cards[-1], "Telegram tells of no delivery"
    (chart,) = town.group.messages[-1].attachments
    drawn = picture_of(chart.content)
    assert drawn is not None
    assert (chart.kind, drawn.suffix, drawn.width) == ("photo", "png", 1032)
    words = [words_of_the_house().word("chart", key, lang) for key in CHART for lang in ("fr", "en")]
    assert all(word.isascii() for word in words), "the letters of the picture have no accents"


async def test_several_things_in_private_are_shown_one_by_one(town: Town, sam: Colleague) -> None:
    """Staff were told "Prêt noté." and saw neither for whom nor until when."""
    mine = sam.private
    await mine.says("/pret PERC-001, TENTE-001 Awa vendredi 18h")
    await town.passes(timedelta(minutes=1))  # a private chat gets one message a second
    assert [text.splitlines()[0] for text in mine.heard] == [
        "🟢 En prêt : Perceuse Bosch (PERC-001)",
        "🟢 En prêt : Tente 4 places (TENTE-001)",
    ]
    await mine.says("/pret VP-001, PERC-001 Karim vendredi 18h")
    await town.passes(timedelta(minutes=1))
    shown = "\n".join(mine.heard)
    assert "En prêt : Vidéoprojecteur Epson" in shown
    assert "Perceuse Bosch n'est pas disponible" in shown


async def test_several_things_are_given_more_time_and_reminded_of_at_once(
    town: Town, sam: Colleague, awa: Borrower
) -> None:
    await sam.says("/pret PERC-001, TENTE-001 Awa vendredi 18h")
    awa.looks()
    await sam.says("/prolonger PERC-001, TENTE-001 lundi")
    assert [("Perceuse" in text, "Tente" in text) for text in about(awa.heard, "lundi 30 novembre")] == [
        (True, False),
        (False, True),
    ]
    await sam.says("/relancer PERC-001 et TENTE-001")
    assert len(about(awa.heard, "est à rendre le lundi 30 novembre")) == 2
    await sam.says("/prolonger PERC-001, ECH-404 mardi")
    assert awa.heard == []


async def test_bind_without_its_code_says_where_one_is_found(town: Town, sam: Colleague) -> None:
    await sam.says("/bind")
    [answer] = town.group.heard
    assert answer.startswith("Il manque le code")


async def test_a_desk_of_an_hour_is_told_when_its_first_summary_comes(town: Town, sam: Colleague) -> None:
    await town.at(on("lundi", 13))
    await sam.says("/jobs digest")
    assert "mardi 24 novembre à 8 h" in town.group.messages[-1].text
    await town.at(on("mardi", 13))
    await sam.says("/jobs digest")
    assert "mercredi 25 novembre à 8 h" in town.group.messages[-1].text
