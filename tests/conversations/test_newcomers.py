"""First contact: who we are, how to stop, which desk, and staff's approval where the rule asks for it."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from bot.core.people import Consent
from bot.sandbox.message import Message
from bot.store import Tx
from bot.store.items import ItemRow, Items
from handlers.lend import begin
from handlers.newcomers import MOST_CODES, name_in
from tests.town import AWA, DESK, Borrower, Colleague, OnPhone, OnTelegram, Town, on

FATOU, MOUSSA = "+33612345679", "+33612345680"


def staff_approve(tx: Tx) -> None:
    tx.departments.set_rule(1, "approve_people", True)


def another_desk(tx: Tx) -> None:
    desk = tx.departments.add(name="Atelier Sud", zone=tx.desk.zone, language="fr", chat="-1009")
    tx.items.add(desk.id, "SCIE-001", "Scie circulaire")


async def test_somebody_new_is_told_who_writes_why_and_how_to_stop(town: Town) -> None:
    fatou = town.phone(FATOU, "Fatou")
    await fatou.says("Bonjour")
    [welcome] = fatou.heard
    assert welcome.startswith(f"Bonjour Fatou, ici {DESK}. Nous vous écrirons ici pour confirmer vos prêts")
    assert "Répondez OUI, ou STOP pour ne rien recevoir." in welcome
    await fatou.says("oui")
    [noted] = fatou.heard
    assert f"vous recevrez ici les messages sur vos prêts ({DESK})" in noted
    await fatou.says("Bonjour")
    assert "Nous vous écrirons" not in fatou.heard[0]


async def test_no_means_no(town: Town, sam: Colleague) -> None:
    fatou = town.phone(FATOU, "Fatou")
    await fatou.says("Bonjour")
    await fatou.says("NON")
    assert "nous ne vous écrirons plus ici" in fatou.heard[-1]
    await sam.says("/pret PERC-001 Fatou vendredi 18h")
    assert fatou.heard == []
    assert "répondu STOP" in town.group.card("Perceuse Bosch").text


async def test_who_begins_with_a_wish_has_it_answered_in_the_message_that_says_who_writes(town: Town) -> None:
    fatou = town.phone(FATOU, "Fatou")
    await fatou.says("PRET perceuse")
    [answer] = fatou.heard
    assert answer.startswith(f"Ici {DESK}")
    assert "STOP pour ne rien recevoir" in answer
    assert "Jusqu'à quand souhaitez-vous emprunter Perceuse Bosch" in answer
    await fatou.says("vendredi 18h")
    assert "Demande de prêt : Perceuse Bosch" in town.group.cards[-1]


async def test_a_stranger_s_page_of_numbers_holds_up_nobody(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    looked_for: list[str] = []
    look = Items.by_code

    def counted(items: Items, code: str) -> ItemRow | None:
        looked_for.append(code)
        return look(items, code)

    monkeypatch.setattr(Items, "by_code", counted)
    await town.service.store.write(another_desk)
    fatou = town.phone(FATOU, "Fatou")
    await fatou.says("1 " * 32_768)  # WhatsApp lets people write that much
    assert "À quel service" in fatou.heard[-1]
    assert len(looked_for) <= 10 * MOST_CODES, "not each of its 32,768"


async def test_somebody_without_a_name_is_asked_for_it_in_the_same_message(town: Town) -> None:
    nobody = town.phone(FATOU, "", on="sms")
    await nobody.says("bonjour")
    [welcome] = nobody.heard
    assert "Répondez OUI avec votre prénom et votre nom, ou STOP" in welcome
    await nobody.says("Oui, Fatou Sow")
    assert "c'est noté" in nobody.heard[0]
    await nobody.says("PRET PERC-001 vendredi 18h")
    assert "Pour Fatou Sow" in town.group.cards[-1]


async def test_yes_alone_is_asked_for_the_name_once_more(town: Town) -> None:
    nobody = town.phone(FATOU, "", on="sms")
    await nobody.says("bonjour")
    await nobody.says("OUI")
    assert "Quel est votre nom" in nobody.heard[-1]
    await nobody.says("je peux parler à quelqu'un ?")  # no name
    assert town.group.cards[-1].startswith("06 12 34 56 79 écrit")
    await nobody.says("je m'appelle Fatou")
    assert nobody.heard
    await nobody.says("bonjour")
    assert nobody.heard[-1].startswith("Bonjour Fatou")


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("Oui, c'est Awa N'Diaye", "Awa N'Diaye"), ("it's Mary", "Mary"), ("Jean de la Tour", "Jean de la Tour"),
        ("can I borrow the drill?", ""), ("rien ne marche", ""), ("vous êtes nuls", ""), ("06 12 34 56 78", ""),
    ],
)  # fmt: skip
def test_a_name_is_no_sentence(typed: str, name: str) -> None:
    assert name_in(typed) == name


async def test_the_first_words_set_the_language(town: Town) -> None:
    fatou = town.phone(FATOU, "Fatou")
    await fatou.says("Hello, I would like to borrow something")
    [answer] = fatou.heard
    assert "What would you like to borrow?" in answer
    assert "STOP to receive nothing" in answer


async def test_words_of_no_language_leave_it_open(town: Town, sam: Colleague) -> None:
    tom = town.phone("+447700900123", "", on="sms")
    await sam.says("/contact ajouter Tom +447700900123")
    await tom.says("k")
    await tom.says("what time do you close on saturday?")
    assert tom.heard[-1].startswith("Your message"), "and no French for good"
    await tom.says("merci beaucoup, je vous dirai")
    await tom.says("MY LOANS")
    assert "You have nothing" in tom.heard[-1], "decided once: LANGUAGE changes it"


async def test_consent_is_kept_with_its_words(town: Town) -> None:
    fatou = town.phone(FATOU, "Fatou")
    await fatou.says("Bonjour")
    await fatou.says("OUI")

    def consent(tx: Tx) -> Consent | None:
        known = tx.people.find_address("whatsapp", FATOU)
        return known.consent if known else None

    assert await town.service.store.write(consent) is Consent.GIVEN


async def test_telegram_start_is_a_first_contact_too(town: Town) -> None:
    account = town.network.telegram.person(700_100_050, "Moussa")
    moussa = OnTelegram(town, "Moussa", account)
    await account.starts()
    await town.settle()
    assert moussa.heard[0].startswith(f"Bonjour Moussa, ici {DESK}.")
    await moussa.chooses("Oui")
    assert "c'est noté" in moussa.heard[-1]


# --- approval --------------------------------------------------------------------------------------


async def test_where_staff_approve_people_nothing_is_lent_before(
    town: Town, sam: Colleague, passant: Colleague
) -> None:
    await town.service.store.write(staff_approve)
    moussa = town.phone(MOUSSA, "momo")
    for word in ("bonjour", "PRET perceuse vendredi 18h"):
        await moussa.says(word)
        [who] = moussa.heard
        assert "Nous ne vous connaissons pas encore" in who
    assert town.group.cards == []
    await moussa.says("Moussa Ba")
    assert "Merci Moussa Ba : votre demande est transmise à l'équipe" in moussa.heard[0]
    card = town.group.card("Nouvelle personne : Moussa Ba")
    assert "PRET perceuse vendredi 18h" in card.text
    await moussa.says("et la tente samedi ?")
    assert "lira ce message avec votre inscription" in moussa.heard[0]
    assert "PRET perceuse vendredi 18h\net la tente samedi ?" in card.text, "the same card, with all of it"
    await passant.presses("Accepter", card)
    assert moussa.heard == []
    await sam.presses("Accepter", card)
    assert "vous pouvez maintenant emprunter" in moussa.heard[0]
    assert "Moussa Ba peut maintenant emprunter (Sam)" in card.text
    await moussa.says("PRET perceuse vendredi 18h")
    assert "Demande de prêt" in town.group.cards[-1]


@pytest.mark.parametrize(
    "payload", ["mine.item|1|0", "mine.until|1|{friday}", "mine.hold|1", "mine.say|borrow", "mine.desk|1"]
)
async def test_a_forged_button_lets_nobody_in_before_staff_do(town: Town, sam: Colleague, payload: str) -> None:
    def trusting(tx: Tx) -> None:
        staff_approve(tx)
        tx.departments.set_rule(1, "approve_loans", False)

    await town.service.store.write(trusting)
    moussa = OnTelegram(town, "Moussa", town.network.telegram.person(700_100_061, "Moussa"))
    forged = payload.format(friday=int(on("vendredi", 18).timestamp()))

    async def presses() -> str:
        moussa.looks()
        await moussa.account.presses(moussa.last, forged)
        await town.settle()
        return moussa.heard[-1]

    await moussa.says("bonjour")
    assert "Nous ne vous connaissons pas encore" in await presses()
    await moussa.says("Moussa Ba")
    assert "votre demande est transmise" in await presses()
    await sam.presses("Refuser", town.group.card("Nouvelle personne : Moussa Ba"))
    assert "nous ne pouvons pas vous inscrire" in await presses()
    assert await town.service.store.write(lambda tx: (tx.loans.open_of_item(1), tx.holds.line(1))) == (None, [])


async def test_who_is_turned_away_is_told_kindly_and_stays_out(town: Town, sam: Colleague) -> None:
    await town.service.store.write(staff_approve)
    moussa = town.phone(MOUSSA, "Moussa")
    await moussa.says("bonjour")
    await moussa.says("Moussa Ba")
    await sam.presses("Refuser")
    assert "nous ne pouvons pas vous inscrire par message" in moussa.heard[-1]
    await moussa.says("PRET perceuse vendredi 18h")
    assert "nous ne pouvons pas vous inscrire" in moussa.heard[-1]
    await moussa.says("STOP")
    assert "nous ne vous écrirons plus ici" in moussa.heard[-1]


async def moussa_asks(town: Town) -> tuple[OnPhone, Message]:
    """Somebody new, with a name, whom the team are asked about by this card."""
    await town.service.store.write(staff_approve)
    moussa = town.phone(MOUSSA, "momo")
    for word in ("PRET perceuse vendredi 18h", "Moussa Ba"):
        await moussa.says(word)
    moussa.looks()
    return moussa, town.group.card("Nouvelle personne : Moussa Ba")


@pytest.mark.parametrize(
    ("first", "second", "said"),
    [
        ("Refuser", "Refuser", "nous ne pouvons pas vous inscrire"),
        ("Refuser", "Accepter", "nous ne pouvons pas vous inscrire"),
        ("Accepter", "Refuser", "vous pouvez maintenant emprunter"),
    ],
)
async def test_what_one_colleague_decides_of_somebody_new_the_other_does_not_decide_again(
    town: Town, sam: Colleague, first: str, second: str, said: str
) -> None:
    """Both press before either has seen the card written over."""
    moussa, card = await moussa_asks(town)
    await sam.account.press(card, first)
    await town.dominique.account.press(card, second)
    await town.settle()
    [heard] = moussa.heard
    assert said in heard
    assert town.dominique.toast == "Ce bouton n'est plus valable."
    assert "Moussa Ba (Sam)" in card.text or "emprunter (Sam)" in card.text


async def test_a_forged_button_names_nobody_of_another_desk(town: Town, sam: Colleague) -> None:
    def elsewhere(tx: Tx) -> int:
        another_desk(tx)
        return tx.people.add("Ibrahima Sow", 2).id

    _, card = await moussa_asks(town)
    stranger = await town.service.store.write(elsewhere)
    for act in ("admit", "turn_away"):
        await sam.account.presses(card, f"person.{act}|{stranger}|1")
        await town.settle()
    assert "Ibrahima" not in "".join(message.text for message in town.group.messages)
    assert sam.toast == "Ce bouton n'est plus valable."


async def test_whom_staff_know_already_need_no_approval(town: Town, awa: Borrower) -> None:
    await town.service.store.write(staff_approve)
    await awa.says("PRET perceuse vendredi 18h")
    assert "Demande de prêt" in town.group.cards[-1]


# --- several desks ---------------------------------------------------------------------------------


async def test_on_a_shared_number_the_desk_is_asked_once(town: Town) -> None:
    await town.service.store.write(another_desk)
    fatou = town.phone(FATOU, "Fatou")
    await fatou.says("PRET scie vendredi 18h")
    [which] = fatou.heard
    assert "À quel service souhaitez-vous écrire ?" in which
    await fatou.chooses("Atelier Sud")
    assert "Scie circulaire" in fatou.heard[0]
    await fatou.says("bonjour")
    assert "Atelier Sud" in fatou.heard[-1]


async def test_the_desk_that_was_chosen_answers_by_its_own_clock_and_its_own_team_reads(town: Town) -> None:
    def elsewhere(tx: Tx) -> None:
        another_desk(tx)
        tx.departments.change(2, zone="Africa/Dakar")

    await town.service.store.write(elsewhere)
    sud = town.network.telegram.group(-1009, "Atelier Sud")
    sud.bot_status = "member"
    fatou, moussa = town.phone(FATOU, "Fatou"), town.phone(MOUSSA, "Moussa")
    await fatou.says("PRET scie vendredi 18h")
    await fatou.chooses("Atelier Sud")
    assert "vous demandez Scie circulaire jusqu'au vendredi 27 novembre à 18 h" in fatou.heard[1]
    await moussa.says("Vous êtes ouverts dimanche ?")
    await moussa.says("atelier sud")
    assert "Moussa écrit :\nVous êtes ouverts dimanche ?" in sud.heard[-1].text
    assert town.group.heard == []


async def test_loans_of_two_desks_keep_each_its_own_clock_and_its_own_rules(
    town: Town, awa: Borrower, sam: Colleague
) -> None:
    def elsewhere(tx: Tx) -> None:
        another_desk(tx)
        tx.departments.change(2, zone="America/New_York")
        tx.departments.set_rule(2, "approve_returns", False)
        saw, known = tx.items.by_code("SCIE-001"), tx.people.find_address("whatsapp", AWA)
        assert saw is not None
        assert known is not None
        begin(tx, 2, saw.id, known.contact_id, on("mercredi", 18).replace(tzinfo=ZoneInfo("America/New_York")), "Lou")

    await sam.says("/pret PERC-001 Awa mercredi 18h")
    await town.service.store.write(elsewhere)  # the newest loan: from now on this desk speaks
    awa.looks()
    await awa.says("MES PRETS")
    [mine] = awa.heard
    assert mine.count("à rendre après-demain, mercredi 25 novembre à 18 h") == 2
    await awa.says("PROLONGER 1 vendredi 18h")
    assert "Perceuse Bosch est maintenant à rendre le vendredi 27 novembre à 18 h" in awa.heard[0]
    assert "Perceuse Bosch" in town.group.card("En prêt", "À rendre le vendredi 27 novembre à 18 h").text
    await awa.says("RENDU TOUT")
    told = "\n".join(awa.heard)
    assert "vous avez rendu Perceuse Bosch. L'équipe vérifie" in told
    assert "Le retour est confirmé : Scie circulaire" in told


async def test_the_name_of_the_desk_may_be_typed(town: Town) -> None:
    await town.service.store.write(another_desk)
    fatou = town.phone(FATOU, "Fatou")
    await fatou.says("bonjour")
    await fatou.says("l'atelier sud")
    assert "ici Atelier Sud" in fatou.heard[-1]


async def test_the_code_of_a_thing_says_which_desk(town: Town) -> None:
    await town.service.store.write(another_desk)
    fatou = town.phone(FATOU, "Fatou")
    await fatou.says("PRET SCIE-001 vendredi 18h")
    assert "Scie circulaire" in fatou.heard[0]


async def test_stop_is_heard_before_any_desk_is_known(town: Town) -> None:
    await town.service.store.write(another_desk)
    fatou = town.phone(FATOU, "Fatou")
    await fatou.says("STOP")
    assert "nous ne vous écrirons plus ici" in fatou.heard[0]
