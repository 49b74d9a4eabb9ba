"""Erasing a person, and telling them all that is held of them."""

from __future__ import annotations

import asyncio
import json
import re
from datetime import timedelta
from pathlib import Path

import pytest

from bot.commands.export import run_export_person
from bot.sandbox.faults import cut
from bot.store import Tx
from bot.store.tables import card as card_table
from bot.store.tables import media, metadata, suppression
from jobs.tidy import tidy
from tests.town import AWA, DESK, Colleague, OnPhone, Town, on


@pytest.fixture
def admin(town: Town) -> Colleague:
    return town.dominique


PERSON = 1  # the first whom the town knows


def everything(tx: Tx) -> str:
    """All that the database holds, as text."""
    return "\n".join(str(tuple(row)) for table in metadata.sorted_tables for row in tx.run(table.select()))


def written(folder: Path) -> str:
    """What `export --person` has written there."""
    [file] = folder.glob("person-*.json")
    return file.read_text()


async def gives_back(town: Town, awa: OnPhone) -> None:
    await town.sam.says("/pret PERC-001 Awa vendredi 18h")
    await awa.says("RENDU")
    await town.sam.presses("Confirmer")
    await awa.says("PROBLEME la mèche est tordue")
    await awa.says("Je voudrais parler à quelqu'un")


async def test_who_paid_too_much_is_to_be_paid_back_before(town: Town, admin: Colleague) -> None:
    await town.sam.says("/dette Awa 40 € FAC-1 23/11")
    await town.sam.says("/paye Awa 50 €")
    await admin.says("/oublier Awa")
    assert "À son crédit : 10,00 €. Rendez-lui d'abord cette somme." in town.group.card("Effacer Awa").text


async def test_an_admin_erases_a_person_after_a_look(town: Town, awa: OnPhone, admin: Colleague) -> None:
    await gives_back(town, awa)
    await admin.says("/oublier Awa")
    card = town.group.card("Effacer Awa")
    assert "1 prêt terminé" in card.text
    await admin.presses("Laisser tomber", card)
    assert "Rien n'a été effacé" in card.text
    await admin.says("/oublier Awa")
    await admin.presses("Effacer")
    card = town.group.card("a été effacée")
    assert "Awa" not in card.text
    held = await town.service.store.write(everything)
    for trace in (AWA, "mèche est tordue", "parler à quelqu", f"whatsapp:{AWA}"):
        assert trace not in held, trace
    cards = await town.service.store.write(lambda tx: tx.run(card_table.select()).all())
    assert not [one for one in cards if one.subject.startswith("person:")]  # a reply to one would reach nobody
    await admin.says("/historique PERC-001")  # the history of the thing stays, without a name
    assert "retour confirmé" in town.group.card("Perceuse Bosch", "retour").text
    await tidy(town.service.store, town.now + timedelta(days=40))  # what staff typed and were shown goes with the log
    assert "'Awa'" not in await town.service.store.write(everything)
    await admin.says("/oublier Awa")
    assert "Awa" in town.group.messages[-1].text
    assert town.group.messages[-1].labels == []


async def test_who_took_back_more_time_leaves_no_name_in_the_history(
    town: Town, awa: OnPhone, admin: Colleague
) -> None:
    await town.sam.says("/pret PERC-001 Awa vendredi 18h")
    for said in ("PROLONGER samedi 10h", "ANNULER", "RENDU"):
        await awa.says(said)
    await town.sam.presses("Confirmer")
    await admin.says("/historique PERC-001")
    assert "prolongé" in town.group.messages[-1].text
    await admin.says("/oublier Awa")
    await admin.presses("Effacer")
    await tidy(town.service.store, town.now + timedelta(days=40))
    held = await town.service.store.write(everything)
    assert "'Awa'" not in held, next(line for line in held.splitlines() if "'Awa'" in line)


async def test_who_was_known_twice_leaves_no_name_of_the_time_before_they_became_one(
    town: Town, awa: OnPhone, admin: Colleague
) -> None:
    by_sms = town.phone("+33612345671", "Aoua Diop")
    await by_sms.says("QUITUS")
    await by_sms.says("Aoua Diop")
    await town.sam.says("/contact Aoua")
    await town.sam.presses("Changer le nom")
    await town.sam.says("Awa Diop", reply_to=town.group.messages[-1])
    await awa.says("LIER")
    [code] = re.findall(r"LIER (\w+)", awa.heard[-1])
    await by_sms.says(f"LIER {code}")
    await admin.says("/oublier Awa")
    await admin.presses("Effacer")
    await tidy(town.service.store, town.now + timedelta(days=40))
    held = await town.service.store.write(everything)
    for trace in ("Aoua", "Awa Diop"):
        assert trace not in held, next(line for line in held.splitlines() if trace in line)


async def test_what_is_out_or_a_role_stands_in_the_way_and_staff_may_not(town: Town, admin: Colleague) -> None:
    await town.sam.says("/pret PERC-001 Awa vendredi 18h")
    await town.sam.says("/oublier Awa")
    assert "admin" in town.group.messages[-1].text
    await admin.says("/oublier Awa")
    assert "a encore : Perceuse Bosch" in town.group.messages[-1].text
    await town.sam.presses("Rendu")
    await town.sam.says("/contact Awa")
    assert "Effacer" not in town.group.messages[-1].labels
    await town.sam.presses("Exporter")
    assert 'export --person "Awa"' in town.group.messages[-1].text
    await admin.says("/contact Awa")
    await admin.presses("Effacer")
    asked = town.group.card("C'est définitif")
    await town.sam.presses("Effacer", asked)
    assert "C'est définitif" in asked.text
    assert "Awa" in await town.service.store.write(everything)


async def test_a_stop_outlives_the_person_until_they_agree_anew(town: Town, awa: OnPhone, admin: Colleague) -> None:
    await awa.says("STOP")
    await admin.says("/oublier Awa")
    assert "empreinte" in town.group.messages[-1].text
    await admin.presses("Effacer")
    sms = town.phone(AWA, "Awa", "sms")
    await town.sam.says(f"/pret PERC-001 {AWA} vendredi 18h")  # somebody enters the number again
    assert "a répondu STOP" in town.group.card("PERC-001").text
    told = len(awa.messages)
    await town.at(on("vendredi", 9))
    assert len(awa.messages) == told
    assert sms.messages == [], "the number is one by both roads"
    await awa.says("START")
    assert await town.service.store.rows(suppression.select()) == []
    await town.at(on("samedi", 9))
    assert "Perceuse Bosch" in awa.messages[-1].text


async def test_who_was_of_the_team_leaves_no_name_behind_and_what_they_noted_stands(
    town: Town, admin: Colleague, passant: Colleague
) -> None:
    said = await passant.says("bonjour")
    await admin.says("/equipe ajouter", reply_to=said)
    await admin.says("/roles")
    await admin.presses("Passant")
    await admin.presses("Donner l'administration")
    await passant.says("/contact ajouter Tom +33612345679")
    await passant.says("/settings quiet_hours 22:00-08:00")
    await passant.says("/export")
    for code in ("PERC-001", "VP-001"):
        await passant.says(f"/pret {code} Awa vendredi 18h")
    await passant.says("/relancer PERC-001")
    await passant.says("/contact Awa")
    await town.passes(timedelta(minutes=10))
    await passant.presses("Relancer")
    await passant.says("/materiel PERC-001")
    for button in ("Perdu", "Perdu"):
        await passant.presses(button)
    await admin.says("/equipe retirer", reply_to=said)
    await admin.says("/oublier Passant")
    await admin.presses("Effacer")
    await tidy(town.service.store, town.now + timedelta(days=40))
    held = await town.service.store.write(everything)
    for trace in ("Passant", "700100009"):
        assert trace not in held, next(line for line in held.splitlines() if trace in line)
    await admin.says("/contact Tom")
    assert "accord noté par l'équipe" in town.group.messages[-1].text


async def test_an_id_that_ends_like_a_number_is_not_its_holder(
    town: Town, awa: OnPhone, admin: Colleague, tmp_path: Path
) -> None:
    lia = town.network.telegram.person(612_345_678, "Lia")  # Awa has +33612345678
    lia.opened = True
    await lia.says("Bonjour")
    await town.settle()
    await awa.says("PROBLEME ma perceuse fume")
    assert await run_export_person(town.config, "Lia", str(tmp_path), None) == 0
    assert "perceuse fume" not in written(tmp_path)
    await awa.writes("Qui a trouvé mes gants ?")
    await admin.says("/oublier Lia")
    await admin.presses("Effacer")
    assert "mes gants" in town.group.card("Awa écrit").text


async def test_nobody_is_asked_what_became_of_a_message_to_who_was_erased(town: Town, admin: Colleague) -> None:
    await town.sam.says("/pret PERC-001 Awa vendredi 18h")
    town.network.twilio.faults.add(cut(accepted=False))
    await town.sam.says("/retour PERC-001")
    assert await town.said("returned") == ["unsure"]
    await admin.says("/oublier Awa")
    await admin.presses("Effacer")
    await town.passes(timedelta(minutes=10))
    assert await town.service.store.write(lambda tx: tx.outbox.in_doubt("whatsapp", timedelta(0), 1)) == []


async def test_pictures_of_a_person_go_with_their_files(town: Town, admin: Colleague) -> None:
    await town.sam.says("/pret PERC-001 Awa vendredi 18h")
    kept = town.service.store.desk.data_dir / "media/one.jpg"
    kept.parent.mkdir(parents=True)
    kept.write_bytes(b"a picture")
    await town.sam.presses("Rendu")
    await town.service.store.write(_picture, "media/one.jpg")
    await admin.says("/oublier Awa")
    assert "1 photo" in town.group.messages[-1].text
    await admin.presses("Effacer")
    await town.turn("fetch")
    assert not kept.exists()


async def test_a_picture_that_cannot_be_removed_holds_nothing_up_and_goes_later(town: Town, admin: Colleague) -> None:
    folder = town.service.store.desk.data_dir / "media/one.jpg"
    (folder / "in the way").mkdir(parents=True)
    await town.sam.says("/pret PERC-001 Awa vendredi 18h")
    await town.sam.presses("Rendu")
    await town.service.store.write(_picture, "media/one.jpg")
    await admin.says("/oublier Awa")
    await admin.presses("Effacer")
    async with asyncio.timeout(20):
        await town.turn("fetch")
    (folder / "in the way").rmdir()
    folder.rmdir()
    folder.write_bytes(b"a picture")
    await town.turn("fetch")
    assert not folder.exists()


def _picture(tx: Tx, path: str) -> None:
    awa = tx.people.named(1, "Awa")[0]
    values = {"channel": "whatsapp", "kind": "photo", "state": "kept", "path": path, "next_at": tx.now, "at": tx.now}
    tx.insert(media, contact_id=awa.id, department_id=1, letter_id=1, **values)


async def test_all_that_is_held_of_a_person_is_written_down(
    town: Town, awa: OnPhone, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    await gives_back(town, awa)
    await town.sam.says("/pret VP-001 Karim vendredi 18h")
    await town.karim.says("MES PRETS")
    assert await run_export_person(town.config, "awa", str(tmp_path), None) == 0
    path = tmp_path / f"person-{PERSON}.json"
    held = json.loads(path.read_text())
    assert path.stat().st_mode & 0o777 == 0o600
    assert held["person"]["name"] == "Awa"
    assert held["departments"] == [DESK]
    assert {a["value"] for a in held["addresses"]} == {AWA}
    assert [x["item"] for x in held["loans"]] == ["Perceuse Bosch"]
    assert {x["loan_id"] for x in held["loan_history"]} == {x["id"] for x in held["loans"]}
    for known in ("consents", "last_written"):
        assert {x["address_id"] for x in held[known]} == {a["id"] for a in held["addresses"]}, known
    assert "la mèche est tordue" in json.dumps(held["messages_received"], ensure_ascii=False)
    for other in ("Karim", "700100001"):  # Sam lent it, and confirmed the return
        assert other not in path.read_text()
    assert {x["who"] for x in held["loan_history"]} == {"telegram", f"whatsapp:{AWA}"}
    assert [x["attested_by"] for x in held["addresses"]] == ["Sam"]
    for number in (AWA, "06 12 34 56 78", "700100003"):
        assert await run_export_person(town.config, number, str(tmp_path), None) == 0, number
    assert await run_export_person(town.config, "Nobody", str(tmp_path), None) == 1
    assert "nobody is called" in capsys.readouterr().err


async def test_who_waited_for_something_leaves_the_line_without_a_word(
    town: Town, awa: OnPhone, admin: Colleague
) -> None:
    binta = town.phone("+33612345679", "Binta")
    await town.sam.says("/pret PERC-001 Karim vendredi 18h")
    await awa.says("RESERVER perceuse")
    await admin.says("/contact ajouter Binta +33612345679")
    await binta.says("RESERVER perceuse")
    await admin.says("/oublier Awa")
    card = town.group.with_button("Effacer")
    town.group.looks()
    await admin.presses("Effacer", card)
    assert town.group.heard == []  # that the drill is free, for instance: Karim has it
    binta.looks()
    await town.sam.says("/retour PERC-001")
    assert "Perceuse Bosch est de retour et vous attend" in binta.heard[0]


async def test_what_a_colleague_was_shown_of_others_is_not_theirs_to_take_along(town: Town, tmp_path: Path) -> None:
    sam = town.sam.private
    sam.account.opened = True
    await sam.says("Bonjour")
    await sam.says("/contact Awa")
    await town.dominique.says("/roles")
    await town.sam.says("/contact ajouter Awa Diop +33612345678")
    assert await run_export_person(town.config, "700100001", str(tmp_path), None) == 0
    held = json.loads(written(tmp_path))
    assert "person_card" in [x["message"] for x in held["messages_sent"]]
    for part in ("messages_sent", "acts"):
        assert "Awa" not in json.dumps(held[part]), part
    assert [(x["role"], x["name"]) for x in held["roles"]] == [("staff", "Sam")]


async def test_nobody_of_that_name_can_be_erased_and_the_nearest_are_named(town: Town) -> None:
    for words, told in (
        ("Zorro", "Nous ne connaissons pas « Zorro »."),
        ("Awo", "Nous ne connaissons pas « Awo ».\nVouliez-vous dire Awa ?"),
    ):
        await town.dominique.says(f"/oublier {words}")
        assert town.group.heard == [told]
