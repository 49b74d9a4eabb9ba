"""QUITUS: a statement that nothing is out."""

from __future__ import annotations

import re

from bot.core.elision import de
from bot.store import Tx
from bot.store.audit import Act
from tests.town import DESK, Borrower, Colleague, Town


def entry(tx: Tx, reference: str) -> Act | None:
    return tx.audit.get(int(reference.removeprefix("Q-")))


async def test_who_has_nothing_out_gets_a_dated_statement(town: Town, borrower: Borrower) -> None:
    await borrower.says("QUITUS")
    [statement] = borrower.heard
    assert f"{DESK} atteste que le lundi 23 novembre 2026 à 9 h," in statement
    assert f"aucun prêt n'est en cours au nom {de(borrower.name)}{borrower.name}." in statement
    assert "Aucune somme n'est à régler." in statement
    reference = re.search(r"Q-\d{6}", statement)
    assert reference
    kept = await town.service.store.write(entry, reference[0])
    assert kept
    assert (kept.what, kept.facts["name"]) == ("clearance", borrower.name)


async def test_what_is_out_is_named_until_staff_have_confirmed_it(borrower: Borrower, sam: Colleague) -> None:
    await sam.says(f"/pret PERC-001 {borrower.name} vendredi 18h")
    await borrower.says("quitus")
    assert "Avant le quitus, il reste :\n1 Perceuse Bosch : à rendre le vendredi" in borrower.heard[-1]
    await borrower.says("RENDU")
    await borrower.says("quitus")
    assert "1 Perceuse Bosch : retour noté, l'équipe doit le confirmer" in borrower.heard[-1]
    await sam.presses("Confirmer")
    await borrower.says("quitus")
    assert "atteste" in borrower.heard[-1]


async def test_each_statement_has_its_own_reference(awa: Borrower) -> None:
    await awa.says("QUITUS")
    await awa.says("CLEARANCE")
    first, second = (re.findall(r"Q-\d+", text) for text in awa.heard)
    assert first != second


async def test_in_english(awa: Borrower) -> None:
    await awa.says("LANGUAGE EN")
    await awa.says("CLEARANCE")
    assert f"{DESK} states that on Monday 23 November 2026 at 9 am, nothing is on loan to Awa." in awa.heard[-1]
