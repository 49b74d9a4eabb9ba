"""Several addresses, one person: proved by a shared number, a one-time code, a signed message, or staff. That merging
loses nothing on either engine is told in tests/store/test_merging.py."""

from __future__ import annotations

import re
from datetime import timedelta

from bot.core.people import Consent
from bot.sandbox.phones import Phone
from bot.store import Tx
from tests.town import AWA, Borrower, Colleague, OnPhone, OnTelegram, Town, about, on

FATOU = 700_100_060
BSUID = "FR.1A2B3C4D"


def newcomer(town: Town, name: str = "Fatou", phone: str = "+33612345690") -> OnTelegram:
    account = town.network.telegram.person(FATOU, name)
    account.phone = phone
    return OnTelegram(town, name, account)


def hidden(town: Town, name: str = "awa_d") -> OnPhone:
    return OnPhone(town, name, town.network.phone(None, name=name, bsuid=BSUID))


def code_in(text: str) -> str:
    found = re.search(r"LIER (\w{8})", text)
    assert found is not None, text
    return found[1]


async def people(town: Town) -> int:
    return await town.service.store.write(lambda tx: len(tx.people.names(1)))


# --- the own number, on Telegram -----------------------------------------------------------------


async def test_the_own_number_joins_telegram_to_the_loans_of_before(town: Town, awa: Borrower, sam: Colleague) -> None:
    await sam.says("/pret PERC-001 Awa vendredi 18h")
    awa.looks()
    same = newcomer(town, "Awa D.", AWA)
    await same.says("Bonjour")
    await same.chooses("Oui")
    assert "« Partager mon numéro »" in same.heard[-1]
    await same.account.press(same.last, same.last.contact_label)
    await town.settle()
    [linked] = same.heard
    assert linked.startswith("C'est fait, Awa : cette conversation est reliée à votre nom.")
    assert "1 Perceuse Bosch" in linked
    [told] = awa.heard
    assert "une nouvelle adresse vient d'être reliée à votre nom : Telegram" in told
    await same.says("RAPPELS PAR TELEGRAM")
    await town.at(on("jeudi", 9))
    assert awa.heard == []
    await same.says("RENDU")
    assert "Perceuse Bosch" in town.group.card("Awa", "Retour à confirmer").text
    assert await people(town) == 2  # Awa and Karim: nobody was left behind


async def test_who_did_not_link_it_takes_it_out_again(town: Town, awa: Borrower, sam: Colleague) -> None:
    await sam.says("/pret PERC-001 Awa vendredi 18h")
    thief = newcomer(town, "Voleur", AWA)
    await thief.account.shares_contact()
    await town.settle()
    assert "Perceuse Bosch" in thief.heard[-1]
    await thief.account.presses(thief.last, "mine.address|whatsapp|0")  # throwing the owner out is not possible
    await town.settle()
    awa.looks()
    await awa.says("NON")
    assert "n'est plus reliée à votre nom" in awa.heard[0]
    assert "Awa ne reconnaît pas l'adresse Telegram" in town.group.cards[-1]
    thief.looks()
    await thief.says("MES PRETS")
    assert "Perceuse" not in "".join(thief.heard)
    await awa.says("MES PRETS")
    assert "Perceuse Bosch" in awa.heard[0]


async def test_a_card_that_is_not_the_writers_own_links_nothing(town: Town, awa: Borrower) -> None:
    thief = newcomer(town, "Voleur")
    for user_id in (0, 999):
        await thief.account.shares_contact(AWA, user_id=user_id)
        await town.settle()
        assert thief.heard[-1].startswith("Cette fiche n'est pas la vôtre")
    assert awa.heard == []


async def test_a_number_that_nobody_had_is_noted_and_used_when_asked_for(town: Town, sam: Colleague) -> None:
    fatou = newcomer(town)
    phone = town.phone("+33612345690", "Fatou", on="sms")
    await fatou.account.shares_contact()
    await town.settle()
    assert "votre numéro est noté : 06 12 34 56 90" in fatou.heard[0]
    await sam.says("/pret PERC-001 Fatou vendredi 18h")
    assert phone.heard == []
    await fatou.says("RAPPELS PAR SMS")
    await town.at(on("jeudi", 9))
    assert any("Perceuse Bosch" in text for text in phone.heard)


# --- codes -----------------------------------------------------------------------------------------


async def test_a_number_shared_after_stop_promises_no_reminder_there(town: Town, sam: Colleague) -> None:
    fatou = newcomer(town)
    await fatou.says("Bonjour")
    await fatou.chooses("Oui")
    await fatou.says("STOP")
    fatou.looks()
    await fatou.account.shares_contact()
    await town.settle()
    [noted] = fatou.heard
    assert noted.startswith("Merci, votre numéro est noté : 06 12 34 56 90.")
    assert noted.endswith("Vos rappels restent arrêtés ici. Répondez START pour reprendre.")


async def test_a_code_of_staff_links_once(town: Town, awa: Borrower, sam: Colleague) -> None:
    await sam.says("/lier Awa")
    card = town.group.cards[-1]
    code = code_in(card)
    assert f"https://t.me/{town.network.telegram.username}?start={code}" in card
    assert f"?text=LIER%20{code}" in card
    fatou = newcomer(town, "Awa D.")
    await fatou.account.starts(code)
    await town.settle()
    assert "C'est fait, Awa" in fatou.heard[0]
    assert "nouvelle adresse reliée (Telegram)" in town.group.cards[-1]
    assert "reliée à votre nom : Telegram" in awa.heard[0]
    stranger = town.phone("+33612345679", "Moussa")
    await stranger.says(f"LIER {code}")
    await stranger.says("LIER AAAABBBB")
    used, wrong = stranger.heard
    assert used == wrong
    assert used.startswith("Ce code n'est pas valable")


async def test_the_link_to_join_whatsapp_has_the_word_typed_in_the_language_of_its_reader(town: Town) -> None:
    await town.karim.says("LIER")
    assert "?text=LIER%20" in town.karim.heard[-1]
    await town.karim.says("LANGUAGE EN")
    await town.karim.says("LINK")
    assert "?text=LINK%20" in town.karim.heard[-1]
    await town.sam.says("/lier Karim")
    link = re.search(r"\?text=(LINK)%20(\w+)", town.group.heard[-1])
    assert link is not None
    phone = town.phone("+33612345670", "Karim")
    await phone.says(f"{link[1]} {link[2]}")
    assert "this conversation is linked to your name" in phone.heard[0]


async def test_a_code_is_no_good_after_ten_minutes_nor_after_five_tries_nor_as_an_admins(
    town: Town, sam: Colleague, passant: Colleague
) -> None:
    await sam.says("/lier Awa")
    late = code_in(town.group.cards[-1])
    await passant.says(f"/bind {late}")
    assert "Ce code" in town.group.cards[-1] or "code" in town.group.cards[-1]
    assert await town.service.store.write(lambda tx: tx.people.roles_of("700100009")) == {}
    await town.passes(timedelta(minutes=11))
    moussa = town.phone("+33612345679", "Moussa")
    await moussa.says(f"lier {late}")
    assert moussa.heard[-1].startswith("Ce code n'est pas valable")
    await sam.says("/lier Awa")
    good = code_in(town.group.cards[-1])
    for n in range(4):
        await moussa.says(f"LIER ZZZZZZZ{n + 2}")
    await moussa.says(f"LIER {good}")
    assert moussa.heard[-1].startswith("Trop d'essais")


async def test_who_has_loans_of_their_own_is_asked_first_and_keeps_them(
    awa: Borrower, karim: Borrower, sam: Colleague
) -> None:
    await sam.says("/pret PERC-001 Awa vendredi 18h")
    await sam.says("/pret VP-001 Karim vendredi 18h")
    await awa.says("LIER")
    code = code_in(awa.heard[-1])
    assert "wa.me" not in awa.last.text
    karim.looks()
    await karim.says(f"LINK {code[:4]} {code[4:].lower()}")
    [asked] = karim.heard
    assert "Ce code est celui d'Awa" in asked
    await karim.chooses("Oui")
    [linked] = karim.heard
    assert "1 Perceuse Bosch" in linked
    assert "2 Vidéoprojecteur Epson" in linked
    await awa.says("RENDU 2")
    assert "Vidéoprojecteur" in awa.heard[-1]


async def test_stop_on_one_address_stays_when_two_become_one(town: Town, awa: Borrower, sam: Colleague) -> None:
    await awa.says("STOP")
    await sam.says("/lier Awa")
    fatou = newcomer(town, "Awa D.")
    await fatou.says(f"LIER {code_in(town.group.cards[-1])}")
    assert "C'est fait, Awa" in fatou.heard[0]
    awa.looks()
    await sam.says("/pret PERC-001 Awa vendredi 18h")
    assert awa.heard == []
    assert "Perceuse Bosch" in fatou.heard[-1]


# --- on WhatsApp without a number ------------------------------------------------------------------


async def test_a_writer_without_a_number_is_known_by_staff_through_a_loan(
    town: Town, awa: Borrower, sam: Colleague, passant: Colleague
) -> None:
    await sam.says("/pret PERC-001 Awa vendredi 18h")
    writer = hidden(town)
    await writer.says("RENDU")
    assert writer.heard[0].startswith("Votre numéro ne s'affiche pas chez nous.")
    await writer.says("perc-001")
    assert writer.heard[-1] == "Merci. L'équipe vérifie et vous répond ici."
    card = town.group.card("sans montrer son numéro")
    assert "« awa_d », et donne le code PERC-001." in card.text
    await passant.presses("C'est la même personne", card)
    assert writer.heard == []
    await sam.presses("C'est la même personne", card)
    assert "C'est fait, Awa" in writer.heard[0]
    assert "reliée à votre nom : WhatsApp" in awa.heard[-1]
    await writer.says("RENDU")
    assert "Retour à confirmer" in town.group.card("Perceuse Bosch", "Awa").text


async def test_staff_do_not_know_the_writer(town: Town, sam: Colleague) -> None:
    await sam.says("/pret PERC-001 Awa vendredi 18h")
    writer = hidden(town, "autre")
    await writer.says("PERC-001")
    await sam.presses("Non", town.group.card("sans montrer son numéro"))
    assert "L'équipe n'a pas pu vérifier que ce prêt est le vôtre." in writer.heard[-1]
    await writer.says("PRET VP-001 vendredi 18h")
    assert "Demande de prêt : Vidéoprojecteur Epson" in town.group.cards[-1]


async def test_one_signed_message_with_number_and_id_makes_both_one(town: Town, awa: Borrower, sam: Colleague) -> None:
    writer = hidden(town, "quelqu’un")
    await writer.says("Bonjour")
    await sam.says("/pret PERC-001 Awa vendredi 18h")
    phone = phone_of(awa)
    phone.bsuid = BSUID
    await awa.says("Bonjour")

    def owners(tx: Tx) -> set[tuple[int, Consent]]:
        found = (tx.people.find_address("whatsapp", value) for value in (AWA, BSUID))
        return {(a.contact_id, a.consent) for a in found if a is not None}

    assert len(await town.service.store.write(owners)) == 1
    phone.number = None
    writer.looks()
    await awa.says("MES PRETS")
    assert "Perceuse Bosch" in (awa.heard + writer.heard)[-1]


def phone_of(awa: Borrower) -> Phone:
    assert isinstance(awa, OnPhone)
    return awa.phone


async def consents(town: Town) -> dict[str, Consent]:
    def read(tx: Tx) -> dict[str, Consent]:
        found = (tx.people.find_address("whatsapp", value) for value in (AWA, BSUID))
        return {a.value: a.consent for a in found if a is not None}

    return await town.service.store.write(read)


async def test_stop_from_a_hidden_number_counts_for_the_number_and_start_for_both(
    town: Town, awa: Borrower, sam: Colleague
) -> None:
    phone, same = phone_of(awa), hidden(town)
    phone.bsuid = BSUID
    await awa.says("Bonjour")
    phone.number = None
    await awa.says("STOP")
    phone.number = AWA
    awa.looks()
    same.looks()
    await sam.says("/pret PERC-001 Awa vendredi 18h")
    await town.at(on("jeudi", 9))
    assert awa.heard + same.heard == []
    await awa.says("START")
    assert set((await consents(town)).values()) == {Consent.GIVEN}
    await town.at(on("vendredi", 9))
    assert "à rendre aujourd'hui" in (awa.heard + same.heard)[-1]


async def test_stop_from_a_number_counts_for_the_id_that_hides_it(town: Town, awa: Borrower, sam: Colleague) -> None:
    phone, same = phone_of(awa), hidden(town)
    phone.bsuid = BSUID
    await awa.says("Bonjour")
    phone.number = None
    await awa.says("Bonjour")
    phone.number = AWA
    await awa.says("STOP")
    awa.looks()
    same.looks()
    await sam.says("/pret PERC-001 Awa vendredi 18h")
    await town.at(on("vendredi", 9))
    assert awa.heard + same.heard == []


async def test_a_stop_stays_when_the_number_or_the_id_shows_for_the_first_time(town: Town, awa: Borrower) -> None:
    await awa.says("STOP")
    phone_of(awa).bsuid = BSUID
    await awa.says("MES PRETS")
    assert await consents(town) == {AWA: Consent.REFUSED, BSUID: Consent.REFUSED}


async def test_a_stop_said_by_a_hidden_number_stays_when_it_turns_out_whose_it_is(town: Town, awa: Borrower) -> None:
    await awa.says("Bonjour")
    writer = hidden(town, "quelqu’un")
    await writer.says("STOP")
    phone_of(awa).bsuid = BSUID
    await awa.says("MES PRETS")
    assert await consents(town) == {AWA: Consent.REFUSED, BSUID: Consent.REFUSED}


# --- staff's page ------------------------------------------------------------------------------------


async def test_an_admin_takes_a_wrong_address_out(town: Town, sam: Colleague, dominique: Colleague) -> None:
    await sam.says("/lier Awa")
    wrong = newcomer(town)
    await wrong.says(f"LIER {code_in(town.group.cards[-1])}")
    await sam.says("/contact Awa")
    await sam.presses("Détacher une adresse")
    await dominique.presses("Détacher une adresse")
    await dominique.presses("Telegram")
    page = town.group.card("Adresse détachée").text
    assert "Telegram :" not in page
    assert "WhatsApp 06 12 34 56 78" in page
    wrong.looks()
    await wrong.says("MES PRETS")
    assert "Awa" not in "".join(wrong.heard)


async def test_who_becomes_one_waits_for_nothing_they_have_and_lives_by_one_clock(
    town: Town, awa: Borrower, karim: OnTelegram, sam: Colleague
) -> None:
    await sam.says("/pret PERC-001 Awa vendredi 18h")
    await sam.says("/pret TENTE-001 Karim vendredi 18h")
    await karim.says("RESERVER perceuse")
    await sam.says("/contact Awa")
    await sam.presses("Fuseau horaire")
    await sam.says("Nouméa", reply_to=town.group.messages[-1])
    await karim.account.shares_contact(AWA, user_id=karim.account.id)
    await town.settle()
    await awa.says("MES PRETS")
    assert "liste d'attente" not in awa.heard[-1]
    await town.at(on("lundi", 22, 1))  # eight in the morning in Nouméa, and the plans are looked over at that hour
    town.group.looks()
    await town.at(on("mardi", 9, 1))
    assert about(town.group.heard, "refaits") == [], "nobody finds a plan that is wrong"
    await sam.says("/retour PERC-001")
    assert about(karim.heard, "vous attend") == []
    assert about(awa.heard, "vous attend") == []
