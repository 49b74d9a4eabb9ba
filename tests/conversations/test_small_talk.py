"""What people answer to a message that asks for nothing: a nod, an excuse, a smile, "à samedi"."""

from __future__ import annotations

import pytest

from tests.town import Borrower, Colleague, Town, on

NODS = (
    "j'y pense", "oui je sais", "tkt", "t'inquiète", "j'ai pas oublié", "je ferai le nécessaire", "je serai là",
    "promis", "comptez sur moi", "okk", "d'acc", "sa marche", "oki doki", "vu", "😂", "💪", "lol",
    "je vous tiens au courant", "sure thing", "I know", "gotcha", "roger that", "see ya", "I'll be there", "k",
)  # fmt: skip
EXCUSES = ("désolé", "oups", "mince j'ai oublié", "toutes mes excuses", "😢", "on verra", "jsp", "🤷")


async def test_a_nod_to_a_reminder_is_thanked_for_and_nobody_is_called(
    town: Town, awa: Borrower, sam: Colleague
) -> None:
    await sam.says("/pret PERC-001 Awa vendredi 18h")
    await town.at(on("jeudi", 8))
    town.group.looks()
    for said in NODS:
        awa.looks()
        await awa.says(said)
        assert awa.heard in (["Merci, à bientôt !"], ["Thank you, see you soon!"]), said
    assert town.group.heard == []


@pytest.mark.parametrize("said", EXCUSES)
async def test_an_excuse_to_a_reminder_is_told_again_what_is_due(
    town: Town, awa: Borrower, sam: Colleague, said: str
) -> None:
    await sam.says("/pret PERC-001 Awa vendredi 18h")
    await town.at(on("jeudi", 8))
    awa.looks()
    await awa.says(said)
    [answer] = awa.heard
    assert answer.startswith("Merci de nous prévenir. Rien ne change : Perceuse Bosch est à rendre demain")


async def test_a_day_said_as_goodbye_is_no_riddle(town: Town, awa: Borrower) -> None:
    await awa.says("bonjour")
    for said in (
        "à samedi",
        "merci, à samedi !",
        "bonne journée, à samedi",
        "see you Saturday",
        "à la semaine prochaine",
    ):
        awa.looks()
        await awa.says(said)
        assert len(awa.heard) == 1, said
        assert "bientôt" in awa.last.text or "see you soon" in awa.last.text, said


async def test_a_day_with_a_loan_is_the_day_it_comes_back(town: Town, awa: Borrower, sam: Colleague) -> None:
    await sam.says("/pret PERC-001 Awa lundi 18h")
    for said in ("à samedi", "see you Saturday", "je fais ça samedi", "bjr oui je passe 2m1", "Inch'Allah samedi"):
        awa.looks()
        await awa.says(said)
        assert "et avant si vous préférez" in awa.heard[-1], said
    await awa.says("impossible demain")
    assert "Merci de nous prévenir. Rien ne change" in awa.heard[-1]


async def test_anger_in_one_sign_reaches_somebody(town: Town, awa: Borrower) -> None:
    await awa.says("bonjour")
    await awa.says("😡")
    assert "transmis à l'équipe" in awa.heard[-1]


async def test_who_waits_for_an_answer_is_told_where_it_stands(town: Town, awa: Borrower, sam: Colleague) -> None:
    await awa.says("PRET perceuse vendredi 18h")
    for said in ("c'est confirmé ?", "alors ?", "vous confirmez ?", "je viens la chercher demain"):
        awa.looks()
        await awa.says(said)
        assert "demande en attente" in awa.heard[-1], said
    await sam.presses("Refuser")
    for said in ("et demain ?", "pourquoi ?"):
        await awa.says(said)
        assert "transmis à l'équipe" in awa.heard[-1], said
    await awa.says("dommage, merci quand même")
    assert awa.heard[-1] == "Avec plaisir ! À bientôt."


async def test_i_am_coming_for_it_takes_what_waits(town: Town, awa: Borrower, sam: Colleague) -> None:
    await sam.says("/pret PERC-001 Karim vendredi 18h")
    await awa.says("RESERVER perceuse")
    await sam.says("/retour PERC-001")
    awa.looks()
    await awa.says("super, je passe samedi")
    assert awa.heard[-1].startswith("Jusqu'à quand souhaitez-vous emprunter Perceuse Bosch")
