"""Settings by chat: seen, proposed, changed, refused, taken back; and the plans that follow."""

from __future__ import annotations

from datetime import datetime, time, timedelta

import pytest
import sqlalchemy as sa

from bot.core.people import Department
from bot.store import Tx
from bot.store.tables import audit, planned
from tests.town import DESK, Borrower, Colleague, Town, about, on


async def desk_of(town: Town) -> Department:
    def first(tx: Tx) -> Department:
        found = tx.departments.first()
        assert found is not None
        return found

    return await town.service.store.write(first)


async def plan_of(town: Town) -> dict[str, datetime]:
    rows = await town.service.store.rows(
        sa.select(planned.c.step, planned.c.at).where(planned.c.state == "planned", planned.c.step != "overdue")
    )
    return {row.step: row.at for row in rows}


async def lends_until_friday(sam: Colleague) -> None:
    await sam.says("/pret PERC-001 Awa vendredi 18h")


async def test_one_line_sets_a_rule_says_what_was_and_takes_it_back(town: Town, dominique: Colleague) -> None:
    await dominique.says("/settings quiet_hours 20:30-07:30")
    shown = town.group.heard[-1]
    assert "Heures calmes à partir de : 21 h → 20 h 30" in shown
    assert "Heures calmes jusqu'à : 8 h → 7 h 30" in shown
    assert "Dominique" in shown
    rules = (await desk_of(town)).rules
    assert (rules.quiet_from, rules.quiet_until) == (time(20, 30), time(7, 30))
    await dominique.presses("Annuler le changement")
    rules = (await desk_of(town)).rules
    assert (rules.quiet_from, rules.quiet_until) == (time(21), time(8))
    assert "annulé par Dominique" in town.group.card("Changement annulé par Dominique").text
    assert town.group.heard == []  # the same message was written over
    await dominique.says("/settings quiet_hours 21:00-07:00")
    assert "à partir de" not in town.group.heard[-1]  # 21:00 it was before
    await dominique.says("/settings quiet_hours 21:00-07:00")  # what it is already: both are shown
    assert "à partir de : 21 h" in town.group.messages[-1].text
    assert "jusqu'à : 7 h" in town.group.messages[-1].text
    for words, title in (("words", "Textes"), ("people and roles", "Qui peut quoi")):
        await dominique.says(f"/settings {words}")
        assert town.group.messages[-1].text.startswith(title)


TYPED = (
    ("/settings quiet_from 22:00", "quiet_from", time(22)),
    ("/reglages calme_de 22h", "quiet_from", time(22)),
    ("/reglages heures calmes 22h à 7h", "quiet_until", time(7)),
    ("/reglages rappels_max 3", "max_reminders", 3),
    ("/settings before_due 90 min", "before_due", timedelta(minutes=90)),
    ("/reglages valider_retours non", "approve_returns", False),
    ("/settings channels sms, whatsapp", "channels", ("sms", "whatsapp")),
    ("/reglages jours_ouverts lundi au vendredi", "open_days", ("mon", "tue", "wed", "thu", "fri")),
    ("/reglages horaires mar-sam 10h-18h", "opening", time(10)),
    ("/reglages retour_sans_reponse demander", "return_default", "ask"),
    ("/reglages pays_feries Sénégal", "holiday_country", "SN"),
    ("/settings country Ghana", "holiday_country", "GH"),
    ("/reglages pays_feries Québec", "holiday_country", "CA-QC"),
    ("/settings currency GHS", "currency", "GHS"),
    ("/settings currency cedis", "currency", "GHS"),
    ("/settings currency kes", "currency", "KES"),
    ("/reglages en_cas_de_retard 2 € par jour", "lateness", "2 € par jour"),
)


async def test_every_kind_of_value_can_be_typed(town: Town, dominique: Colleague) -> None:
    for words, name, value in TYPED:
        await dominique.says(words)
        assert getattr((await desk_of(town)).rules, name) == value, words


async def test_what_cannot_be_is_explained_and_changes_nothing(town: Town, dominique: Colleague) -> None:
    before = await desk_of(town)
    await dominique.says("/reglages heure_matin 14h")
    assert "Possible : de 5 h à 12 h." in town.group.heard[-1]
    await dominique.says("/reglages court_moins_de 20 h")
    await dominique.says("/reglages long_plus_de 5 h")
    assert "contredirait un autre réglage" in town.group.heard[-1]
    await dominique.says("/reglages heure_matin 8h")
    assert "C'est déjà ainsi, rien ne change." in town.group.heard[-1]
    await dominique.says("/reglages rappels non")
    assert "Rien n'est changé : à quel réglage donner « non » ?" in town.group.heard[-1]
    await dominique.says("/reglages rapels max 3")
    assert "/reglages rappels_max" in town.group.heard[-1]
    after = await desk_of(town)
    assert after.rules.morning == before.rules.morning
    assert after.rules.long_over == before.rules.long_over


async def test_the_menus_lead_to_a_proposal_and_only_a_confirmation_changes(
    town: Town, sam: Colleague, dominique: Colleague
) -> None:
    await lends_until_friday(sam)
    await dominique.says("/reglages")
    town.group.looks()
    await dominique.presses("Rappels")
    await dominique.presses("Heure des rappels du matin")
    await dominique.presses("+")
    await dominique.presses("+")
    page = town.group.messages[-1].text
    assert "8 h → 9 h ?" in page
    assert "3 messages prévus seront retardés." in page
    assert (await desk_of(town)).rules.morning == time(8)
    await dominique.presses("Confirmer")
    assert (await desk_of(town)).rules.morning == time(9)
    assert "8 h → 9 h" in town.group.messages[-1].text
    assert dominique.toast == "Réglage changé."
    assert town.group.heard == []  # all on one message


async def test_the_plans_of_running_loans_follow_a_change_and_its_undoing(
    town: Town, sam: Colleague, dominique: Colleague
) -> None:
    await lends_until_friday(sam)
    assert (await plan_of(town))["reminder_day_1"] == on("jeudi", 8)
    await dominique.says("/reglages heure_matin 7h30")  # the quiet hours end at eight: that is when it leaves
    await dominique.says("/reglages calme_a 7h")
    plan = await plan_of(town)
    assert (plan["reminder_day_2"], plan["reminder_day_1"]) == (on("mercredi", 7, 30), on("jeudi", 7, 30))
    await dominique.presses("Annuler le changement")
    assert (await plan_of(town))["reminder_day_1"] >= on("jeudi", 7, 59)


async def test_a_reminder_overtaken_by_a_change_leaves_at_once_and_none_twice(
    town: Town, awa: Borrower, sam: Colleague, dominique: Colleague
) -> None:
    await dominique.says("/reglages heure_matin 10h")
    await lends_until_friday(sam)
    await town.at(on("mercredi", 9))
    awa.looks()
    await dominique.says("/reglages heure_matin 8h30")
    assert len(awa.heard) == 1
    await dominique.says("/reglages heure_matin 11h")
    await town.at(on("mercredi", 12))
    assert awa.heard == []


async def test_what_is_due_before_a_late_morning_is_spoken_of_the_evening_before(
    town: Town, awa: Borrower, sam: Colleague, dominique: Colleague
) -> None:
    await dominique.says("/settings morning 11:00")
    await sam.says("/pret PERC-001 Awa vendredi 10h")
    await town.at(on("jeudi", 19, 59))
    awa.looks()
    await town.at(on("vendredi", 10))
    assert len(about(awa.heard, "demain, vendredi 27 novembre à 10 h")) == 1


async def test_the_plans_of_many_loans_follow_in_slices(
    town: Town, dominique: Colleague, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("jobs.remind.REPLANNED", 2)
    for code in ("PERC-001", "VP-001", "TENTE-001"):
        await town.sam.says(f"/pret {code} Awa vendredi 18h")
    await dominique.says("/reglages heure_matin 9h")
    rows = await town.service.store.rows(
        sa.select(planned.c.at).where(planned.c.state == "planned", planned.c.step == "reminder_day_1")
    )
    assert [row.at for row in rows] == [on("jeudi", 9)] * 3


async def test_a_change_holds_for_its_own_desk_alone(town: Town, dominique: Colleague) -> None:
    other = await town.service.store.write(
        lambda tx: tx.departments.add(name="Autre", zone=tx.desk.zone, language="fr", chat="-100999")
    )
    await dominique.says("/settings quiet_from 23:00")
    desks = await town.service.store.write(lambda tx: tx.departments.all())
    assert desks[other.id].rules.quiet_from == time(21)
    assert desks[min(desks)].rules.quiet_from == time(23)


async def test_staff_and_strangers_are_refused_kindly_and_change_nothing(
    town: Town, sam: Colleague, passant: Colleague, dominique: Colleague
) -> None:
    await sam.says("/reglages calme_de 23h")
    assert (await desk_of(town)).rules.quiet_from == time(21)
    await dominique.says("/reglages")
    for nobody in (sam, passant):
        before = town.group.messages[-1].text
        await nobody.presses("Rappels", town.group.messages[-1])
        assert town.group.messages[-1].text == before
        assert "administration" in nobody.toast.lower()


async def test_a_button_of_yesterday_does_not_undo_what_another_admin_did_since(
    town: Town, dominique: Colleague
) -> None:
    await dominique.says("/reglages calme_de 22h")
    old = town.group.card("21 h → 22 h")
    await dominique.says("/reglages calme_de 20h")
    await dominique.presses("Annuler le changement", old)
    assert (await desk_of(town)).rules.quiet_from == time(20)


async def test_a_value_is_typed_in_private_while_its_page_is_open(town: Town, dominique: Colleague) -> None:
    admin = dominique.private
    await admin.says("/reglages rappels_max")
    assert "Rappels par prêt au plus : 6" in admin.heard[-1]
    await admin.says("2")
    assert (await desk_of(town)).rules.max_reminders == 2
    await admin.says("/reglages en_cas_de_retard")
    await admin.chooses("Modifier")
    await admin.says("Sans nouvelles, merci de rendre le matériel : 2 € par jour")
    assert (await desk_of(town)).rules.lateness.endswith("2 € par jour")


async def test_what_the_desk_tells_of_itself_can_be_set(town: Town, dominique: Colleague) -> None:
    await dominique.says("/departement")
    assert "Lieu de retour : Accueil du rez-de-chaussée" in town.group.heard[-1]
    await dominique.presses("Lieu de retour")
    await dominique.presses("Modifier")
    asked = town.group.messages[-1]
    await dominique.says("Cour du fond", reply_to=asked)
    assert (await desk_of(town)).place == "Cour du fond"
    await dominique.says("/reglages langue allemand")
    assert "Possible : français, anglais." in town.group.heard[-1]
    await dominique.says("/reglages fuseau Lune")
    assert "Par exemple : Dakar ou Europe/Paris." in town.group.heard[-1]
    await dominique.says("/reglages fuseau dakar")
    assert (await desk_of(town)).zone.key == "Africa/Dakar"
    await dominique.says("/settings language en")
    await dominique.says("/settings language")
    assert "Language of the desk: English" in town.group.heard[-1]


async def test_who_changed_what_is_written_down_and_shown(town: Town, dominique: Colleague) -> None:
    await dominique.says("/reglages calme_de 22h")
    rows = await town.service.store.rows(sa.select(audit).where(audit.c.what == "setting:quiet_from"))
    assert [(r.who, r.facts["was"], r.facts["now"]) for r in rows] == [("telegram:700100002", "21:00", "22:00")]
    await dominique.says("/reglages calme_de")
    assert "Dernier changement : Dominique" in town.group.heard[-1]
    assert "avant : 21 h" in town.group.messages[-1].text


async def test_channels_are_put_in_order_and_left_out_by_buttons(
    town: Town, awa: Borrower, sam: Colleague, dominique: Colleague
) -> None:
    await dominique.says("/reglages canaux")
    await dominique.presses("Ordre des canaux")
    await dominique.presses("✓ WhatsApp")
    await dominique.presses("Confirmer")
    assert "whatsapp" not in (await desk_of(town)).rules.channels
    awa.looks()
    await lends_until_friday(sam)
    assert awa.heard == []  # her only road was switched off
    await dominique.says("/settings channels whatsapp sms telegram email")
    await dominique.says("/reglages canaux")
    await dominique.presses("Ordre des canaux")
    await dominique.presses("↑ SMS")
    await dominique.presses("Confirmer")
    assert (await desk_of(town)).rules.channels[0] == "sms"


async def test_a_trial_goes_out_and_tells_what_became_of_it(town: Town, awa: Borrower, dominique: Colleague) -> None:
    await town.rule(try_outside=False)  # a trial is tried whatever we know of the window
    admin = dominique.private
    await admin.says("/reglages canaux")
    await admin.chooses("Message d'essai")
    await admin.chooses("WhatsApp")
    await admin.says("06 12")
    assert "Ce numéro ne convient pas." in admin.heard[-1]
    awa.looks()
    await admin.says("06 12 34 56 78")
    assert awa.heard == [
        f"{DESK} : ceci est un message d'essai. Si vous le lisez, l'envoi fonctionne. Il n'y a rien à répondre."
    ]
    await admin.chooses("Qu'en est-il")
    assert admin.last.text == "Essai par WhatsApp vers 06 12 34 56 78 : lu"


async def test_a_trial_never_goes_to_who_said_stop(awa: Borrower, dominique: Colleague) -> None:
    await awa.says("STOP")
    awa.looks()
    admin = dominique.private
    await admin.says("/reglages canaux")
    await admin.chooses("Message d'essai")
    await admin.chooses("WhatsApp")
    await admin.says("+33612345678")
    assert "STOP" in admin.heard[-1]
    assert awa.heard == []


async def test_rarer_notices_of_lateness_do_not_fall_silent(
    town: Town, awa: Borrower, sam: Colleague, dominique: Colleague
) -> None:
    await sam.says("/pret PERC-001 Awa lundi 18h")
    await town.at(on("dimanche", 20, week=1))  # told at once and on thirteen mornings
    awa.looks()
    await dominique.says("/reglages hebdo_apres 2 jours")
    await town.at(on("mercredi", 7, week=2))
    assert awa.heard == []
    await town.at(on("mercredi", 9, week=2))  # two mornings and twice a week after the first notice
    assert len(awa.heard) == 1


async def test_a_reply_to_a_borrowers_card_is_no_value_of_an_open_page(
    town: Town, awa: Borrower, dominique: Colleague
) -> None:
    await awa.says("CONTACT")
    card = town.group.card("Awa écrit")
    awa.looks()
    await dominique.says("/reglages heure_matin")
    await dominique.says("9h", reply_to=card)
    assert [text for text in awa.heard if "9h" in text]
    assert (await desk_of(town)).rules.morning == time(8)


async def test_a_desk_says_tu_when_its_admin_wants_so(dominique: Colleague, awa: Borrower) -> None:
    await dominique.says("/reglages tutoiement oui")
    await awa.says("MES PRETS")
    assert "Tu n'as aucun prêt en cours." in awa.heard[-1]
    assert "réponds PRET" in awa.messages[-1].text


async def test_both_hours_are_taken_after_the_name_of_one_as_the_refusal_says(town: Town) -> None:
    dominique = town.dominique
    await dominique.says("/reglages ouverture neuf heures")
    assert "ou 9h-18h pour les deux heures" in town.group.heard[-1]
    await dominique.says("/reglages ouverture 10h-17h")
    assert "Heure d'ouverture : 9 h → 10 h" in town.group.heard[-1]
    await dominique.says("/settings quiet hours from 10pm to 7am")
    assert "Heures calmes jusqu'à : 8 h → 7 h" in town.group.heard[-1]
    await dominique.says("/settings opening Tuesday-Saturday 9:30am-5pm")
    desk = await desk_of(town)
    assert (desk.rules.opening, desk.rules.closing, desk.rules.open_days[0]) == (time(9, 30), time(17), "tue")
    await dominique.says("/reglages ouverture hier-demain")
    assert "nous ne comprenons pas « hier-demain »" in town.group.heard[-1]


async def test_a_setting_is_called_by_its_heading_and_a_value_as_its_page_calls_it(town: Town) -> None:
    dominique = town.dominique
    for heading in ("nom du service", "lieu de retour", "Lieu de retour :"):
        await dominique.says(f"/reglages {heading}")
        assert "suivi de la valeur" in town.group.heard[-1], heading
    await dominique.says("/reglages nom du service : Atelier du bas")
    assert f"Nom du service : {DESK} → Atelier du bas" in town.group.heard[-1]
    for typed, shown in (("F CFA", "franc CFA (UEMOA)"), ("franc CFA (CEMAC)",) * 2, ("livre sterling",) * 2):
        await dominique.says(f"/reglages monnaie {typed}")
        assert f"→ {shown}" in town.group.heard[-1], typed
    await dominique.says("/reglages monnaie euros")
    assert "→ euro\n" in town.group.heard[-1]
    await dominique.says("/reglages pays_feries Wakanda")
    assert town.group.heard[-1].endswith("Par exemple : Sénégal, Québec ou FR-57 (Moselle).")


async def test_annuler_in_reply_names_no_desk(town: Town, dominique: Colleague) -> None:
    await dominique.says("/reglages nom")
    await dominique.presses("Modifier")
    await dominique.says("Annuler", reply_to=town.group.messages[-1])
    assert town.group.messages[-1].text == "D'accord, nous laissons cela de côté."
    assert (await desk_of(town)).name == DESK
    await dominique.says("/modeles reminder_day_1")
    await dominique.presses("Modifier")
    assert "ANNULER pour laisser tomber." in town.group.messages[-1].text
    await dominique.says("ANNULER", reply_to=town.group.messages[-1])
    assert town.group.messages[-1].text == "D'accord, nous laissons cela de côté."


async def test_who_turns_to_another_setting_has_left_the_one_before(town: Town, dominique: Colleague) -> None:
    await dominique.says("/reglages langue wolof")
    assert "Possible : français, anglais." in town.group.messages[-1].text
    await dominique.says("/reglages lieu")
    town.group.looks()
    await dominique.says("12 rue des Lilas", reply_to=town.group.messages[-1])
    assert about(town.group.heard, "Langue") == []


async def test_a_change_of_time_zone_says_what_becomes_of_running_loans(
    town: Town, sam: Colleague, dominique: Colleague
) -> None:
    await sam.says("/pret PERC-001 Awa vendredi 18h")
    await sam.says("/pret VP-001 Karim vendredi 18h")
    await dominique.says("/reglages fuseau Dakar")
    told = town.group.messages[-1].text
    assert "2 prêts en cours restent dus au même instant : 18 h ici s'écrira 17 h." in told
    await dominique.says("/reglages fuseau Europe/Paris")
    await dominique.says("/reglages fuseau Europe/Brussels")
    assert "même instant" not in town.group.messages[-1].text
