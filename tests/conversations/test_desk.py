"""The desk itself: the first admin, things, people, the team."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator

import pytest

from bot.store import Tx
from handlers.receipts import move_group
from main import main
from tests.town import DESK, SETUP_CODE, Colleague, StaffGroup, Town, about, add_person


@pytest.fixture
async def bare(migrated_url: str) -> AsyncIterator[Town]:
    """A service that has just been started for the first time."""
    async with Town(migrated_url, furnished=False) as town:
        yield town


async def test_from_nothing_to_the_first_loan(bare: Town) -> None:
    group, dominique, sam = bare.group, bare.dominique, bare.sam
    await dominique.says("/materiel")
    assert group.heard == []  # an unknown group: silence
    await dominique.says(f"/bind {SETUP_CODE}")
    assert "relié" in group.heard[0]
    assert "Dominique" in group.cards[-1]
    hello = await sam.says("/aide")
    await dominique.says("/equipe ajouter", reply_to=hello)
    assert "Sam fait maintenant partie de l'équipe" in group.heard[-1]
    await sam.says("/materiel ajouter PERC-001 Perceuse Bosch")
    assert "Matériel ajouté : Perceuse Bosch (PERC-001)" in group.heard[-1]
    await sam.says("/contact ajouter Awa +33612345678")
    assert "Personne ajoutée : Awa, 06 12 34 56 78" in group.heard[-1]
    await bare.awa.says("bonjour")  # from now on WhatsApp takes our words to her for a day
    await sam.says("/pret PERC-001 Awa vendredi 18h")
    assert "En prêt : Perceuse Bosch" in group.heard[-1]
    assert "vous empruntez Perceuse Bosch" in bare.awa.heard[-1]


async def test_the_code_works_once(bare: Town) -> None:
    await bare.dominique.says(f"/bind {SETUP_CODE}.")  # as it stood at the end of a sentence
    await bare.passant.says(f"/bind {SETUP_CODE}")
    assert bare.group.cards[-1] == "Ce code n'est pas le bon."
    bare.group.looks()
    await bare.passant.says("/materiel ajouter X-1 Chose")
    assert about(bare.group.heard, "ajouté") == []


async def test_codes_are_not_guessed(bare: Town) -> None:
    for guess in range(6):
        await bare.passant.says(f"/bind AAAA-{guess}")
    assert "Trop d'essais" in bare.group.cards[-1]
    await bare.passant.says(f"/bind {SETUP_CODE}")
    assert "Trop d'essais" in bare.group.cards[-1]
    await bare.dominique.says(f"/bind {SETUP_CODE}")
    assert "relié" in bare.group.cards[-1]


async def test_the_code_is_for_the_group(bare: Town) -> None:
    await bare.dominique.private.says(f"/bind {SETUP_CODE}")
    assert "groupe de l'équipe" in bare.dominique.private.messages[-1].text
    await bare.dominique.says(f"/bind {SETUP_CODE}")
    assert "relié" in bare.group.heard[-1]


async def test_a_desk_that_loses_its_group_goes_on_with_its_admins_and_gets_another(town: Town, sam: Colleague) -> None:
    dominique, net = town.dominique, town.network.telegram
    await dominique.private.says("/aide")
    await sam.says("/pret PERC-001 Awa vendredi 18h")
    dominique.private.looks()
    await town.group.chat.removes_bot(sam.account)
    await town.settle()
    (told,) = dominique.private.heard
    assert "ne reçoit plus mes messages" in told
    await town.awa.says("RENDU")
    (card,) = dominique.private.heard  # and no second notice
    assert "Retour à confirmer : Perceuse Bosch" in card
    await dominique.private.chooses("Confirmer")
    assert "Le retour est confirmé" in town.awa.heard[-1]
    code = re.search("/bind (\\w+)", told)
    assert code is not None
    town.group = StaffGroup(net.group(-42, "Ailleurs"))
    await town.group.chat.adds_bot(dominique.account)
    await dominique.says(f"/bind {code[1]}")
    assert "relié" in town.group.heard[-1]
    await sam.says("/pret PERC-001 Awa vendredi 18h")  # the same things, people and team
    assert "En prêt : Perceuse Bosch" in town.group.heard[-1]


async def test_a_desk_whose_group_and_admins_are_gone_gets_others_by_a_code_of_the_operator(
    town: Town, migrated_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A code for no desk in particular had opened an empty one in the new group."""
    for name, value in (("DATABASE_URL", migrated_url), ("TELEGRAM_BOT_TOKEN", "1:abc"), ("SECRET_KEY", "k" * 40)):
        monkeypatch.setenv(name, value)
    await town.sam.says("/pret PERC-001 Awa vendredi 18h")
    await town.group.chat.removes_bot(town.sam.account)
    await town.settle()
    assert await asyncio.to_thread(main, ["token", "--setup", "--department", "Nulle part"]) == 1
    assert "--department: no department is called “Nulle part”" in capsys.readouterr().err
    assert await asyncio.to_thread(main, ["token", "--setup", "--department", DESK]) == 0
    typed = capsys.readouterr().out.strip()
    town.group = StaffGroup(town.network.telegram.group(-42, "Ailleurs"))
    await town.group.chat.adds_bot(town.passant.account)
    await town.passant.says(typed)
    assert "relié à Ailleurs, avec les droits d'administration pour Passant" in town.group.heard[-1]
    await town.passant.says("/prets")
    assert "Perceuse Bosch" in town.group.heard[-1]
    assert await asyncio.to_thread(main, ["token", "--setup", "--department", "Ailleurs"]) == 0
    await town.passant.says(capsys.readouterr().out.strip())  # its own group by now: another admin, no other desk
    assert "relié à Ailleurs" in town.group.heard[-1]


async def test_what_was_written_just_before_the_group_moved_counts_in_the_new_one(town: Town, sam: Colleague) -> None:
    moved = StaffGroup(town.network.telegram.group(-42, "Ailleurs"))
    moved.chat.bot_status = "member"
    await sam.account.says("/pret PERC-001 Awa vendredi 18h", chat=town.group.chat)  # at the door, not handled yet
    await town.service.store.write(move_group, str(town.group.chat.id), "-42")
    await town.settle()
    assert "En prêt : Perceuse Bosch" in moved.heard[-1]


async def test_an_anonymous_admin_is_asked_to_show_a_face(town: Town) -> None:
    await town.dominique.account.says("/materiel", chat=town.group.chat, anonymous=True)
    await town.settle()
    assert "au nom du groupe" in town.group.heard[0]


async def test_who_is_not_of_the_team_may_nothing(town: Town, passant: Colleague) -> None:
    for line in ("/pret PERC-001 Awa vendredi 18h", "/materiel ajouter X-1 Chose", "/retour PERC-001", "/prets"):
        await passant.says(line)
        assert town.group.heard == ["Seule l'équipe peut faire cela."], line
    assert town.awa.heard == []


async def test_only_an_admin_changes_the_team(town: Town, sam: Colleague, passant: Colleague) -> None:
    hello = await passant.says("/aide")
    town.group.looks()
    await sam.says("/equipe ajouter", reply_to=hello)
    assert town.group.heard == ["Seule l'administration peut faire cela."]
    await town.dominique.says("/equipe ajouter", reply_to=hello)
    assert "Passant fait maintenant partie de l'équipe" in town.group.heard[0]
    await passant.says("/prets")
    assert "Aucun prêt en cours" in town.group.heard[0]
    await town.dominique.says("/equipe retirer", reply_to=hello)
    await passant.says("/prets")
    assert town.group.heard[-1] == "Seule l'équipe peut faire cela."


def _known_elsewhere(tx: Tx) -> None:
    other = tx.departments.add(name="Atelier Sud", zone=tx.desk.zone, language="fr")
    add_person(tx, other.id, "Binta Ba", "whatsapp", "+33612345699")


async def test_things_and_people_are_known_and_renamed(town: Town, sam: Colleague) -> None:
    await sam.says("/materiel ajouter perc-001 Perceuse Bosch")
    assert "Déjà dans la liste" in town.group.heard[-1]
    await sam.says("/materiel ajouter PERC-001 Perceuse Bosch Pro")
    assert "Nom changé : Perceuse Bosch Pro" in town.group.heard[-1]
    await sam.says("/materiel PERC-001 réparation")  # a state, not a name
    assert "Perceuse Bosch Pro (PERC-001) : en réparation" in town.group.heard[-1]
    await sam.says("/materiel ajouter Perceuse à colonne")  # without a code it gets the next
    assert "Matériel ajouté : Perceuse à colonne (PERC-002)" in town.group.heard[-1]
    for command in ("/contact Zoé", "/contact ajouter Zoé", "/pret VP-001"):
        await sam.says(f"{command} 77 123 45 67")
        assert "« 77 123 45 67 » ne peut pas être un numéro de téléphone" in town.group.heard[-1], command
    for command in ("/contact Zoé", "/contact Awa", "/contact ajouter Zoé", "/pret VP-001 Zoé", "/contact"):
        await sam.says(f"{command} 01 02")
        assert town.group.heard[-1].startswith("« 01 02 » ne peut pas être un numéro de téléphone"), command
    await sam.says("/contact Équipe 12")
    assert town.group.heard[-1].startswith("Nous ne connaissons pas « Équipe 12 »"), "a name may end with a figure"
    await sam.says("/contact ajouter Équipe 123 06 12 34 56 79")
    for team in ("123", "124"):
        await sam.says(f"/contact Équipe {team}")
        assert "Équipe 123" in (town.group.heard[-1] + "".join(town.group.messages[-1].labels)), team
    await sam.says("/contact ajouter Awa 06 12 34 56 78")
    assert "Déjà dans la liste : Awa" in town.group.heard[-1]
    await sam.says("/contact Awa")
    assert "06 12 34 56 78" in town.group.heard[-1]
    await town.service.store.write(_known_elsewhere)
    await sam.says("/contact ajouter Autre Nom 06 12 34 56 99")
    assert "Déjà dans la liste : Binta Ba" in town.group.heard[-1]  # the name by which the other desk knows her
    await sam.says("/contact ajouter Zoé 12")
    assert "ne peut pas être un numéro" in town.group.heard[-1]
    await sam.says("/contact ajouter Zoé")
    assert "Voici comment l'écrire" in town.group.heard[-1]
    await sam.says("/contact ajouter Noël Dupont 06 12 34 56 71")  # names that are times elsewhere
    assert "Personne ajoutée : Noël Dupont, 06 12 34 56 71" in town.group.heard[-1]
    await sam.says("/contact Ève 06 12 34 56 72")
    assert "Personne ajoutée : Ève, 06 12 34 56 72" in town.group.heard[-1]
    await sam.says("/contact ajouter Toussaint Ba toussaint@example.org")
    assert "Personne ajoutée : Toussaint Ba, toussaint@example.org" in town.group.heard[-1]


@pytest.mark.parametrize(
    "typed",
    [
        "Zoé tél : 06 12 34 56 99",
        "Zoé, 06 12 34 56 99",
        "Zoé - 0612345699.",
        "06 12 34 56 99, Zoé",
        "Zoé tel:+33612345699",
    ],
)
async def test_what_stands_between_a_name_and_a_number_is_no_part_of_the_name(
    town: Town, sam: Colleague, typed: str
) -> None:
    await sam.says(f"/contact ajouter {typed}")
    assert "Personne ajoutée : Zoé, 06 12 34 56 99" in town.group.heard[-1]


@pytest.mark.parametrize("typed", ["06 12 34 56 9", "06 12 34 56 99 9", "06 12 34 56 99 / 06 12 34 56 98"])
async def test_a_number_with_a_digit_too_few_or_more_behind_it_is_shown_and_not_kept(
    town: Town, sam: Colleague, typed: str
) -> None:
    """One too few was kept as +33061234569, which is nobody's; what stood behind became part of the name."""
    await sam.says(f"/contact ajouter Zoé {typed}")
    assert town.group.heard[-1].startswith(f"« {typed} » ne peut pas être un numéro de téléphone")
    await sam.says("/contact Zoé")
    assert "Nous ne connaissons pas « Zoé »" in town.group.heard[-1]


async def test_chatter_of_the_group_is_nobodys_business(town: Town, sam: Colleague) -> None:
    town.network.telegram.privacy = False  # somebody made the bot an administrator: it hears everything now
    for words in ("rendu !", "on mange où ?", "stop", "PRET perceuse vendredi"):
        await sam.says(words)
    assert town.group.heard == []
