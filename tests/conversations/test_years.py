"""A desk over months and years: what the nights have dropped comes back under no new name, and nothing old is taken for
new."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from bot.sandbox.screens import sample_photo
from jobs.tidy import tidy
from tests.town import Colleague, OnPhone, Town, on


@pytest.fixture(autouse=True)
def folder(town: Town, tmp_path: Path) -> Path:
    town.service.store.desk.data_dir = tmp_path
    return tmp_path


async def rests(town: Town, days: int) -> None:
    """So many quiet days, and the nights' tidying after them."""
    town.clock.move_to(town.now + timedelta(days=days))
    await tidy(town.service.store, town.clock.now())
    await town.settle()


async def erases(town: Town, name: str) -> None:
    await town.dominique.says(f"/oublier {name}")
    await town.dominique.presses("Effacer")


async def test_lists_come_as_files_again_after_the_first_ones_are_gone(town: Town, sam: Colleague) -> None:
    for _ in range(3):
        await sam.says("/export matériel")
        assert town.group.messages[-1].attachments
        await rests(town, 8)


async def test_a_photo_is_shown_also_when_the_one_before_went_with_its_sender(
    town: Town, awa: OnPhone, sam: Colleague
) -> None:
    await sam.says(f"/pret VP-001 Tom {'+33612345679'} vendredi 18h")
    tom = town.phone("+33612345679", "Tom")
    await tom.phone.says("RENDU", media=(sample_photo(),))
    await town.settle()
    await sam.presses("Confirmer")
    await erases(town, "Tom")
    await sam.says("/pret PERC-001 Awa vendredi 18h")
    await awa.phone.says("PROBLEME elle fume", media=(sample_photo(),))
    await town.settle()
    assert town.group.card("Photo d", "(problème)").attachments


async def test_a_problem_is_a_new_card_when_the_desk_was_shut_for_half_a_year(
    town: Town, awa: OnPhone, sam: Colleague
) -> None:
    await sam.says("/pret PERC-001 Awa vendredi 18h")
    await awa.says("PROBLEME elle fume")
    await sam.presses("Rendu")
    await rests(town, 180)
    town.group.looks()
    await sam.says("/pret PERC-001 Awa demain 18h")
    await awa.says("PROBLEME elle est bloquée")
    assert "elle est bloquée" in town.group.heard[-1]


async def test_staff_are_asked_to_ring_who_owes_also_after_somebody_else_was_erased(
    town: Town, awa: OnPhone, sam: Colleague
) -> None:
    await town.rule(debts_on=True, debt_dry_run=False)
    tom = town.phone("+33612345679", "Tom")
    await tom.says("STOP")
    await sam.says("/contact ajouter Tom +33612345679")
    await sam.says("/dette Tom 20 € F-1 23/11")
    await town.at(on("mardi", 9))
    assert "Tom" in town.group.card("À faire").text
    await sam.says("/paye Tom 20 €")
    await erases(town, "Tom")
    await awa.says("STOP")
    await sam.says("/dette Awa 30 € F-2 23/11")
    await town.at(on("mercredi", 9))
    assert "Awa" in town.group.card("À faire").text


async def test_the_code_of_a_thing_no_longer_lent_shows_that_it_is_not(town: Town, sam: Colleague) -> None:
    await sam.says("/materiel TENTE-001")
    await sam.presses("Retirer du prêt")
    await rests(town, 400)
    for _ in range(2):
        await sam.says("/materiel ajouter TENTE-001 Tente neuve")
        assert "Tente neuve (TENTE-001) : retiré du prêt" in town.group.messages[-1].text
    await sam.presses("Remettre en prêt")
    await sam.says("/pret TENTE-001 Awa demain 18h")
    assert "En prêt : Tente neuve" in town.group.messages[-1].text
