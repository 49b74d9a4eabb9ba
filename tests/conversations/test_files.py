"""Files in the chat: a list sent in reply to /import, lists by /export, labels by /etiquettes."""

from __future__ import annotations

import io
import zipfile
from datetime import date, datetime, timedelta
from pathlib import Path

import openpyxl
import pytest
import sqlalchemy as sa

from bot.core.lists import BadList, Kind, read_list
from bot.core.loans import Loan
from bot.sandbox.faults import refuse
from bot.sandbox.message import Attachment, Message
from bot.store import Tx
from bot.store.items import FEW
from handlers import switching_on
from handlers.workbook import Bomb, listed
from jobs.tidy import tidy
from tests.town import MONDAY, Colleague, Town

ITEMS = "code;nom;pièces\nSONO-001;Sono;micro, 2 piles\nPERC-001;Perceuse Bosch;\n"


@pytest.fixture(autouse=True)
def folder(town: Town, tmp_path: Path) -> Path:
    town.service.store.desk.data_dir = tmp_path
    return tmp_path


def document(content: bytes | str, name: str = "items.csv") -> Attachment:
    raw = content.encode() if isinstance(content, str) else content
    return Attachment("document", "application/octet-stream", raw, name=name)


async def imports(town: Town, who: Colleague, sent: Attachment) -> Message:
    """Types /import and sends the file in reply; what the desk says of it."""
    await who.says("/import")
    asked = town.group.card("Envoyez le fichier")
    town.note(who.name, "groupe", f"[{sent.name}]", kind="replies")
    await who.account.sends(sent, chat=town.group.chat, reply_to=asked)
    await town.settle()
    return town.group.messages[-1]


def read(message: Message) -> str:
    """Without the signs that keep a file's name from becoming a link."""
    return message.text.replace("\u2060", "")


def kept(folder: Path) -> list[Path]:
    return list(folder.glob("papers/*/*"))


async def codes(town: Town) -> list[str]:
    return await town.service.store.write(lambda tx: [it.code for it in tx.items.all(1)])


async def test_a_list_is_looked_at_then_taken_once(town: Town, sam: Colleague, passant: Colleague) -> None:
    shown = await imports(town, sam, document(ITEMS))
    assert read(shown) == "items.csv : matériel, 2 lignes\n1 nouvelle, 0 modifiée, 1 sans changement"
    assert "SONO-001" not in await codes(town), "nothing is taken by looking"
    await passant.presses("Importer", shown)
    assert "SONO-001" not in await codes(town)
    await sam.presses("Importer", shown)
    assert "c'est en cours" in shown.text
    assert "✅ items.csv : matériel, 2 lignes" in read(town.group.messages[-1])
    await sam.says("/materiel SONO-001")
    assert "Pièces : micro, 2 piles" in town.group.cards[-1]
    again = await imports(town, sam, document(ITEMS))
    assert read(again) == "items.csv : rien de nouveau, les 2 lignes sont déjà connues."
    assert again.labels == []


async def test_a_workbook_is_read_and_refused_rows_are_named(town: Town, sam: Colleague, folder: Path) -> None:
    book = openpyxl.Workbook()
    for row in (["Nom", "Téléphone"], ["Fatou", "+221 77 123 45 67"], ["Paul", "01 02"], [None, None]):
        book.active.append(row)
    packed = io.BytesIO()
    book.save(packed)
    refused = await imports(town, sam, document(packed.getvalue(), "contacts.xlsx"))
    assert "Rien n'a été repris de contacts.xlsx" in read(refused)
    assert "« 01 02 »" in read(refused)
    broken = await imports(town, sam, document(b"PK\x03\x04 no workbook", "a/../contacts.xlsx"))
    assert "🟠 Rien n'a été repris de contacts.xlsx" in read(broken)
    assert "CSV UTF-8" in read(broken)


async def test_a_file_made_to_break_its_reader_holds_up_no_other(
    town: Town, sam: Colleague, monkeypatch: pytest.MonkeyPatch
) -> None:
    packed = io.BytesIO()
    openpyxl.Workbook().save(packed)
    newer = packed.getvalue().replace(b"\x14\x00\x00\x00\x08\x00", b"\xff\x00\x00\x00\x08\x00")  # of format 25.5
    assert "un classeur illisible" in read(await imports(town, sam, document(newer, "contacts.xlsx")))
    late = "code;personne;échéance\nPERC-001;Awa;9999-12-31T23:59:59-14:00\n"
    assert "n'est pas une date" in read(await imports(town, sam, document(late, "loans.csv")))
    with monkeypatch.context() as patch:
        patch.setattr("jobs.papers.read_list", lambda *_: 1 // 0)
        assert "un fichier illisible" in read(await imports(town, sam, document(ITEMS)))
    assert "1 nouvelle" in read(await imports(town, sam, document(ITEMS)))


@pytest.mark.parametrize(
    ("part", "begins", "repeated"),
    [
        ("xl/worksheets/sheet1.xml", b"<worksheet><sheetData><row>", b"<c/>" * 600_000),
        ("xl/worksheets/sheet1.xml", b"<worksheet>", b"<a>" * 40),
        ("xl/sharedStrings.xml", b"<sst><si>", b"<r/>" * 600_000),
        ("xl/styles.xml", b"<styleSheet>", b"<a/>" * 1_100_000),
    ],
    ids=["row", "depth", "text", "styles"],
)
def test_a_workbook_that_would_fill_the_memory_is_not_read(part: str, begins: bytes, repeated: bytes) -> None:
    plain, packed = io.BytesIO(), io.BytesIO()
    openpyxl.Workbook().save(plain)
    with zipfile.ZipFile(plain) as given, zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as made:
        for name in {*given.namelist(), part}:
            made.writestr(name, begins + repeated if name == part else given.read(name))
    with pytest.raises(BadList) as refused:
        listed(packed.getvalue())
    assert isinstance(refused.value.__cause__, Bomb)


async def test_a_file_that_cannot_be_fetched_is_asked_for_again(town: Town, sam: Colleague) -> None:
    fetching = lambda call: "/file/" in call.path or call.name == "getFile"  # noqa: E731
    town.network.telegram.faults.add(refuse(404), when=fetching, times=None)
    await imports(town, sam, document(ITEMS))
    for _ in range(3):
        await town.passes(timedelta(minutes=3))
    assert "n'a pas pu être récupéré" in town.group.cards[-1]


async def test_lists_and_labels_come_as_documents(town: Town, sam: Colleague, folder: Path) -> None:
    await sam.says("/pret PERC-001 Awa vendredi 18h")
    await sam.says("/export")
    sent = [m for m in town.group.messages if m.attachments]
    assert [m.attachments[0].kind for m in sent] == ["document"] * 3
    assert "Des noms et des numéros y figurent" in sent[1].text
    lists = [read_list("a.csv", m.attachments[0].content) for m in sent]
    assert [one.kind for one in lists] == [Kind.ITEMS, Kind.PEOPLE, Kind.LOANS]
    assert lists[2].rows[0].cells["code"] == "PERC-001"
    await sam.says("/dette Awa 127 000 F CFA facture FAC-12 échéance 04/12")
    await sam.says("/export créances")
    [owed] = read_list("a.csv", town.group.messages[-1].attachments[0].content).rows
    assert (owed.cells["amount"], owed.cells["currency"], owed.cells["reference"]) == ("127000", "XOF", "FAC-12")
    await sam.says("/etiquettes PERC-001")
    page = town.group.messages[-1].attachments[0].content.decode()
    assert "Perceuse Bosch" in page
    assert "<svg" in page
    await sam.says("/etiquettes RIEN-9")
    assert "RIEN-9 : inconnu ici" in town.group.cards[-1]
    assert kept(folder)
    await town.at(MONDAY + timedelta(days=8))
    await tidy(town.service.store, town.clock.now())
    assert not kept(folder)


async def test_a_desk_with_thousands_of_things_gets_all_its_labels(town: Town, sam: Colleague, folder: Path) -> None:
    def furnish(tx: Tx) -> None:
        for number in range(FEW):
            tx.items.add(1, f"A-{number:04d}", "Chaise")

    await town.service.store.write(furnish)
    await sam.says("/etiquettes VP-001, perc-001 VP-001")
    page = town.group.messages[-1].attachments[0].content.decode()
    assert (page.count("<svg"), "Perceuse Bosch" in page, "Vidéoprojecteur" in page) == (2, True, True)
    await sam.says("/etiquettes")
    page = town.group.messages[-1].attachments[0].content.decode()
    assert (page.count("<svg"), "Tente 4 places" in page) == (FEW + 3, True)


async def test_loans_that_wait_for_staff_are_not_reminded_of_by_hand_either(town: Town, sam: Colleague) -> None:
    loans = (
        "code;personne;prêté le;à rendre le\nPERC-001;Awa;2026-11-02;2026-11-16\nTENTE-001;Awa;2026-11-02;2026-11-17\n"
    )
    await sam.presses("Importer", await imports(town, sam, document(loans, "loans.csv")))
    for typed in ("/relancer PERC-001", "/contact Awa"):
        await sam.says(typed)
    await sam.presses("Relancer")
    assert sam.toast == "Rien ne part vers Awa avant votre accord : touchez d'abord « Lancer les messages »."
    assert "Rien ne part vers Awa" in town.group.card("avant votre accord : touchez").text
    assert (town.awa.heard, [card for card in town.group.cards if "À faire : joindre" in card]) == ([], [])
    await sam.presses("Lancer les messages")
    await sam.says("/relancer PERC-001")
    assert "Perceuse Bosch" in town.awa.heard[-1]


async def test_a_list_renames_nobody_whom_another_desk_knows(town: Town, sam: Colleague) -> None:
    """As /contact ajouter does not: they would be called so in every desk, and nobody would know since when."""

    def elsewhere(tx: Tx) -> int:
        desk = tx.departments.add(name="Atelier Sud", zone=tx.desk.zone, language="fr", chat="-1009")
        made = tx.people.add("Ibrahima Sow", desk.id, "fr").id
        tx.people.add_address(made, "whatsapp", "+33612345672", verified_by="attested", attested_by="Ali")
        return made

    stranger = await town.service.store.write(elsewhere)
    people = "nom;téléphone;langue\nIbou;+33612345672;en\nFatou Ndiaye;+33612345673;en\n"
    await sam.presses("Importer", await imports(town, sam, document(people, "people.csv")))
    known = await town.service.store.write(lambda tx: tx.people.get(stranger))
    assert (known.name, known.language) == ("Ibrahima Sow", "fr")
    await sam.says("/contact Ibrahima")
    assert "Ibrahima Sow" in town.group.messages[-1].text, "a list that names them makes them known here"
    await sam.presses("Importer", await imports(town, sam, document(people.replace("Fatou N", "N"), "people.csv")))
    await sam.says("/contact Ndiaye")
    assert "Fatou" not in town.group.messages[-1].text, "who is known here alone is renamed"


async def many_loans(town: Town, sam: Colleague, count: int) -> Message:
    """So many loans that ran before the desk did come in by a list; the card that waits for a word of the team."""
    items = "".join(f"LOT-{n};Lot {n}\n" for n in range(count))
    await sam.presses("Importer", await imports(town, sam, document(f"code;nom\n{items}")))
    rows = "".join(f"LOT-{n};Awa;2026-11-02;{'2026-11-16' if n < 5 else '2026-12-04'}\n" for n in range(count))
    await sam.presses("Importer", await imports(town, sam, document(f"code;personne;prêté le;à rendre le\n{rows}")))
    return town.group.with_button("Lancer les messages")


async def waiting(town: Town) -> int:
    """Loans of which nothing is said before the team agrees."""
    [row] = await town.service.store.rows(sa.text("SELECT count(*) AS held FROM loan WHERE held"))
    return int(row.held)


async def test_the_messages_of_many_loans_begin_without_holding_up_everybody_else(town: Town, sam: Colleague) -> None:
    card = await many_loans(town, sam, 70)
    assert "70 prêts étaient déjà en cours, dont 5 en retard" in card.text
    await sam.account.press(card, "Lancer les messages")
    await town.turn("answer")
    assert await waiting(town) == 70, "nobody else is served while a letter is handled"
    await town.dominique.account.press(card, "Lancer les messages")
    await town.turn("answer", "deliver")
    await town.settle()
    assert town.dominique.toast == "Ce bouton n'est plus valable."
    assert await waiting(town) == 0
    assert "70 prêts" in town.group.card("c'est en cours").text
    assert "✅ Les messages partent pour 70 prêts (Sam)." in town.group.cards[-1]
    assert len(town.group.cards_of("Les messages partent")) == 1
    assert [text.count("Lot ") for text in town.awa.heard] == [5]


async def test_messages_of_many_loans_that_break_off_wait_for_another_press(
    town: Town, sam: Colleague, monkeypatch: pytest.MonkeyPatch
) -> None:
    card = await many_loans(town, sam, 70)

    def breaks(tx: Tx, loan: Loan, why: str, *, resume: bool = False) -> Loan:
        raise RuntimeError("a plan that cannot be laid")

    with monkeypatch.context() as broken:
        broken.setattr(switching_on, "replan", breaks)
        await sam.presses("Lancer les messages", card)
        for _ in range(3):
            await town.passes(timedelta(minutes=6))
    again = town.group.with_button("Lancer les messages")
    assert "70 prêts étaient déjà en cours" in again.text
    await town.dominique.presses("Lancer les messages", again)
    assert "✅ Les messages partent pour 70 prêts (Dominique)." in town.group.cards[-1]
    assert await waiting(town) == 0


async def test_the_messages_of_a_few_loans_begin_once(town: Town, sam: Colleague) -> None:
    card = await many_loans(town, sam, 6)
    for colleague in (sam, town.dominique):  # before the first has seen that the card was written over
        await colleague.account.press(card, "Lancer les messages")
    await town.settle()
    assert town.dominique.toast == "Ce bouton n'est plus valable."
    assert town.group.card("Les messages partent").text == "✅ Les messages partent pour 6 prêts (Sam)."


async def test_cells_of_a_workbook_are_read_as_people_see_them(town: Town, sam: Colleague, folder: Path) -> None:
    """A spreadsheet keeps 12 as 12.0, a day with a midnight, and what looks like a yes as a truth value."""
    book = openpyxl.Workbook()
    book.active.append(["Personne", "Montant", "Échéance", "Référence"])
    book.active.append(["Awa", 12.0, datetime(2026, 12, 4), 1042.0])  # noqa: DTZ001  (a cell has no zone)
    book.active.append(["Awa", 12.5, date(2026, 12, 5), True])
    book.active.append(["Karim", "30", datetime(2026, 12, 6, 18, 30), "FAC-3"])  # noqa: DTZ001
    packed = io.BytesIO()
    book.save(packed)
    shown = await imports(town, sam, document(packed.getvalue(), "debts.xlsx"))
    assert "3 nouvelles" in read(shown)
    await sam.presses("Importer", shown)
    await sam.says("/dettes Awa")
    told = town.group.cards[-1]
    assert "1042" in told
    assert "12,00 €" in told
    assert "12,50 €" in told
    assert "5 décembre" in told


async def test_a_list_that_is_let_go_changes_nothing_and_no_file_is_asked_for_again(
    town: Town, sam: Colleague, folder: Path
) -> None:
    shown = await imports(town, sam, document(ITEMS))
    await sam.presses("Laisser tomber", shown)
    assert "SONO-001" not in await codes(town)
    assert shown.labels == []
    await sam.says("/import")
    await sam.says("j'ai pas le fichier", reply_to=town.group.messages[-1])
    assert "CSV" in town.group.messages[-1].text


async def test_what_is_wrong_with_a_list_is_told_from_the_top(town: Town, sam: Colleague, folder: Path) -> None:
    await sam.says("/dette Awa 30 facture FAC-1")
    contacts = "nom;téléphone\nFatou;+221771234567\nFatou D;+221 77 123 45 67\nPaul;01 02\n"
    assert read(await imports(town, sam, document(contacts, "contacts.csv"))).splitlines()[1:3] == [
        "contacts.csv, ligne 3 : +221771234567 est déjà dans contacts.csv, ligne 2",
        "contacts.csv, ligne 4 : « 01 02 » n'est pas un numéro de téléphone",
    ]
    paid = (
        "personne;montant;devise;payé le;référence\n"
        "Awa;10;CHF;2026-11-01;FAC-1\nAwa;10;EUR;2026-11-01;FAC-9\nZorro;10;EUR;2026-11-01;\n"
    )
    assert read(await imports(town, sam, document(paid, "payments.csv"))).splitlines()[1:4] == [
        "payments.csv, ligne 2 : FAC-1 est dans une autre monnaie",
        "payments.csv, ligne 3 : cette personne n'a rien à régler sous FAC-9",
        "payments.csv, ligne 4 : personne ne s'appelle Zorro : ajoutez d'abord la personne à une liste de personnes",
    ]
    owed = "personne;montant;échéance;référence\nAwa;40;2026-12-01;FAC-1\n"
    assert "FAC-1 est déjà noté pour cette personne" in read(await imports(town, sam, document(owed, "debts.csv")))
    bare = await imports(town, sam, document("code;nom\n", "items.csv"))
    assert read(bare) == "items.csv : aucune ligne sous les noms de colonnes."
