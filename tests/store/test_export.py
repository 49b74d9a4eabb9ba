"""`main.py export`: what a desk has, in files that `import` takes again and that no spreadsheet calculates."""

from __future__ import annotations

import csv
import stat
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.commands.export import run_export
from bot.commands.import_lists import run_import
from bot.config import Config
from bot.core.lists import CALCULATES, HEADERS, Kind, read_list, write_list
from bot.core.loans import LoanState
from bot.core.money import Money
from bot.core.people import Consent
from bot.store import Tx
from tests.store.conftest import configured, opened

SAMPLES = Path(__file__).parents[2] / "docs" / "samples"
EXPORTED = (Kind.ITEMS, Kind.PEOPLE, Kind.LOANS)
LISTS = [str(SAMPLES / f"{name}.csv") for name in ("items", "people", "loans")]


def table(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file, delimiter=";"))


def files(folder: Path) -> list[str]:
    return [str(folder / f"{kind}.csv") for kind in EXPORTED]


async def test_an_export_taken_again_changes_nothing(
    config: Config, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    await run_import(config, LISTS, None)
    capsys.readouterr()
    assert await run_export(config, str(tmp_path), None) == 0
    assert capsys.readouterr().out.splitlines() == [
        f"{tmp_path}/items.csv: 6 items", f"{tmp_path}/people.csv: 5 people", f"{tmp_path}/loans.csv: 4 loans",
    ]  # fmt: skip
    assert await run_import(config, files(tmp_path), None) == 0
    assert capsys.readouterr().out.splitlines() == [
        "items.csv: unchanged, 6 items",
        "people.csv: unchanged, 5 people",
        "loans.csv: unchanged, 4 loans",
    ]


async def test_an_export_furnishes_another_desk(
    sqlite: Config, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    await run_import(sqlite, LISTS, None)
    async with opened(sqlite) as store:
        await store.write(_repaired)
    await run_export(sqlite, str(tmp_path), None)
    elsewhere = configured(f"sqlite+aiosqlite:///{tmp_path_factory.mktemp('other')}/desk.db")
    assert await run_import(elsewhere, files(tmp_path), None) == 0
    again = tmp_path_factory.mktemp("again")
    await run_export(elsewhere, str(again), None)
    for name in ("items.csv", "people.csv", "loans.csv"):
        assert (again / name).read_bytes() == (tmp_path / name).read_bytes(), name


def _repaired(tx: Tx) -> None:
    free = next(one for one in tx.items.all(1) if tx.loans.open_of_item(one.id) is None)
    tx.items.change(free.id, state="in_repair")


async def test_debts_and_payments_come_back_as_they_were(
    config: Config, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, capsys: pytest.CaptureFixture[str]
) -> None:
    money = [str(SAMPLES / "debts.csv"), str(SAMPLES / "payments.csv")]
    await run_import(config, [*LISTS, *money], None)
    async with opened(config) as store:
        await store.write(_by_hand)
    await run_export(config, str(tmp_path), None)
    columns = ("amount", "currency", "reference", "state", "left")
    assert [tuple(row[c] for c in columns) for row in table(tmp_path / "debts.csv")] == [
        ("12.50", "EUR", "caution", "open", "12.50"), ("1270.50", "EUR", "FAC-2026-012", "open", "770.50"),
        ("45000", "XOF", "FAC-2026-013", "settled", "0"), ("7000", "XOF", "", "open", "7000"),
        ("20000", "XOF", "", "disputed", "15000"),
    ]  # fmt: skip
    again = [str(tmp_path / "debts.csv"), str(tmp_path / "payments.csv")]
    capsys.readouterr()
    assert await run_import(config, again, None) == 0
    assert capsys.readouterr().out.splitlines() == [
        "debts.csv: unchanged, 5 debts", "payments.csv: unchanged, 3 payments",
    ]  # fmt: skip
    elsewhere = configured(f"sqlite+aiosqlite:///{tmp_path_factory.mktemp('other')}/desk.db")
    await run_import(elsewhere, [*LISTS, *again], None)
    other = tmp_path_factory.mktemp("again")
    await run_export(elsewhere, str(other), None)
    for name in ("debts.csv", "payments.csv"):
        assert (other / name).read_bytes() == (tmp_path / name).read_bytes(), name


def _by_hand(tx: Tx) -> None:
    """Debts and a payment for the later one, noted in the chat: their lists have no row, they have no reference."""
    desk = tx.departments.all()[1]
    awa = tx.people.named(desk.id, "Aminata Diop")[0].id
    owed: Any = {"contact_id": awa, "department_id": desk.id, "who": "telegram:1"}
    tx.debts.add(amount=Money(7_000, "XOF"), due_on=date(2026, 12, 5), **owed)
    made = tx.debts.add(amount=Money(20_000, "XOF"), due_on=date(2026, 12, 10), **owed)
    tx.debts.pay(amount=Money(5_000, "XOF"), debt_id=made.id, **owed)
    tx.debts.dispute(made.id, "telegram:700100001")


async def test_what_a_spreadsheet_would_calculate_is_shown_instead(
    sqlite: Config, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    nasty = "=HYPERLINK(1)"
    async with opened(sqlite) as store:
        await store.write(_with_names, nasty, "@SUM(A1)")
    await run_export(sqlite, str(tmp_path), None)
    assert [row["name"] for row in table(tmp_path / "items.csv")] == [f"'{nasty}"]
    assert table(tmp_path / "people.csv")[0]["phone"] == "'+33612345678"
    for path in files(tmp_path):
        assert not any(CALCULATES.match(cell) and cell[0] != "'" for row in table(Path(path)) for cell in row.values())
    capsys.readouterr()
    assert await run_import(sqlite, files(tmp_path), None) == 0
    assert "items.csv: unchanged" in capsys.readouterr().out, "the apostrophe is not part of the name"


def _with_names(tx: Tx, item: str, person: str) -> None:
    desk = tx.departments.first() or tx.departments.add(name="Atelier", zone=tx.desk.zone, language="fr")
    tx.items.add(desk.id, "SUM-001", item)
    made = tx.people.add(person, desk.id)
    for channel in ("whatsapp", "sms"):
        tx.people.add_address(
            made.id, channel, "+33612345678", verified_by="attested", consent=Consent.ATTESTED, attested_by="Sam"
        )


@pytest.mark.parametrize("cell", ["=1+1", "'=1+1", "''-2", "+33612345678", "＝1", "@x", "-", "'été", "plain", 'a;b"c'])
def test_a_cell_comes_back_as_it_was(cell: str) -> None:
    written = write_list(Kind.ITEMS, [{"code": "A-1", "name": cell}])
    (row,) = read_list("items.csv", written).rows
    shown = {"＝1": "=1"}.get(cell, cell)  # read in one width, as everything that comes in
    assert row.cells["name"] == shown


def test_every_column_that_is_written_is_known_to_the_reader() -> None:
    for kind in EXPORTED:
        sample = {column: "2026-11-27" if column.endswith("_at") else "1" for column in HEADERS[kind]}
        listing = read_list(f"{kind}.csv", write_list(kind, [sample]))
        assert listing.kind is kind
        assert listing.unread == ()


async def test_nobody_who_said_stop_becomes_reachable_by_moving(
    sqlite: Config, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    async with opened(sqlite) as store:
        await store.write(_with_a_stop)
    await run_export(sqlite, str(tmp_path), None)
    people = {row["name"]: row for row in table(tmp_path / "people.csv")}
    assert people["Awa"]["phone"] == "", "STOP on one of its two roads holds for the number"
    assert people["Awa"]["not_to_be_written_to"] == ("whatsapp +33612345678 (given), sms +33612345678 (refused)")
    assert people["Karim"]["telegram"] == ""
    assert people["Karim"]["email"] == "karim@example.org"
    assert people["Karim"]["not_to_be_written_to"] == "telegram 700100003 (unknown)"
    (loan,) = table(tmp_path / "loans.csv")
    assert (loan["code"], loan["person"], loan["phone"], loan["number"]) == ("PERC-001", "Awa", "", "1")
    elsewhere = configured(f"sqlite+aiosqlite:///{tmp_path_factory.mktemp('other')}/desk.db")
    assert await run_import(elsewhere, files(tmp_path), None) == 0
    async with opened(elsewhere) as store:
        assert await store.write(_reached) == {
            "sms +33612345678": "refused", "email karim@example.org": "attested", "whatsapp +33612345678": "unknown",
        }  # fmt: skip


def _reached(tx: Tx) -> dict[str, str]:
    """The consents of the desk's addresses, once staff have typed the number of who said STOP by SMS."""
    known = tx.people.find_address("sms", "+33612345678")
    assert known is not None
    tx.people.add_address(known.contact_id, "whatsapp", "+33612345678", verified_by="none")
    return {f"{a.channel} {a.value}": str(a.consent) for n in (1, 2) for a in tx.people.addresses(n)}


def _with_a_stop(tx: Tx) -> None:
    desk = tx.departments.first() or tx.departments.add(name="Atelier", zone=tx.desk.zone, language="fr")
    awa, karim = tx.people.add("Awa", desk.id), tx.people.add("Karim", desk.id)
    for contact, channel, value, consent in (
        (awa, "whatsapp", "+33612345678", Consent.GIVEN), (awa, "sms", "+33612345678", Consent.REFUSED),
        (karim, "telegram", "700100003", Consent.UNKNOWN), (karim, "email", "karim@example.org", Consent.GIVEN),
    ):  # fmt: skip
        tx.people.add_address(contact.id, channel, value, verified_by="holder", consent=consent)
    drill = tx.items.add(desk.id, "PERC-001", "Perceuse Bosch")
    tx.items.change(tx.items.add(desk.id, "OLD-001", "Vieille scie").id, state="retired")
    tx.loans.add(
        item_id=drill.id, contact_id=awa.id, department_id=desk.id, state=LoanState.ACTIVE,
        due_at=tx.now + timedelta(days=2), who="test",
    )  # fmt: skip


async def test_what_is_no_longer_lent_is_still_told(sqlite: Config, tmp_path: Path) -> None:
    async with opened(sqlite) as store:
        await store.write(_with_a_stop)
    await run_export(sqlite, str(tmp_path), None)
    assert [(r["code"], r["state"]) for r in table(tmp_path / "items.csv")] == [
        ("OLD-001", "retired"), ("PERC-001", "available"),
    ]  # fmt: skip


async def test_the_files_are_for_their_owner_alone_and_replaced_whole(sqlite: Config, tmp_path: Path) -> None:
    await run_import(sqlite, LISTS, None)
    (tmp_path / "people.csv").write_text("an older export")
    (tmp_path / "people.csv").chmod(0o644)
    assert await run_export(sqlite, str(tmp_path), None) == 0
    assert stat.S_IMODE((tmp_path / "people.csv").stat().st_mode) == 0o600
    assert len(table(tmp_path / "people.csv")) == 5
    assert sorted(path.name for path in _within(tmp_path)) == [
        "items.csv", "loans.csv", "people.csv",
    ]  # fmt: skip


def _within(folder: Path) -> list[Path]:
    return [path for path in folder.iterdir() if path.suffix != ".db"]


async def test_an_export_that_cannot_be_finished_leaves_the_one_before_and_nothing_half_written(
    sqlite: Config, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """On a full disk new items stood beside people of the week before, and half a list under a hidden name."""
    await run_import(sqlite, LISTS, None)
    assert await run_export(sqlite, str(tmp_path), None) == 0
    (tmp_path / "items.csv").write_text("of the week before")
    (tmp_path / ".people.csv.part").mkdir()  # where no file can be written
    capsys.readouterr()
    assert await run_export(sqlite, str(tmp_path), None) == 1
    told = capsys.readouterr()
    assert (told.out, told.err) == ("", f"{tmp_path}: Is a directory\n")
    assert (tmp_path / "items.csv").read_text() == "of the week before"
    (tmp_path / ".people.csv.part").rmdir()
    assert sorted(path.name for path in _within(tmp_path)) == ["items.csv", "loans.csv", "people.csv"]


async def test_of_several_departments_one_must_be_named(
    sqlite: Config, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    await run_import(sqlite, LISTS, None)
    async with opened(sqlite) as store:
        await store.write(lambda tx: tx.departments.add(name="Sono", zone=tx.desk.zone, language="fr").id)
    assert await run_export(sqlite, str(tmp_path), None) == 1
    assert "say which with --department" in capsys.readouterr().err
    assert await run_export(sqlite, str(tmp_path), "sono") == 0
    assert table(tmp_path / "items.csv") == [], "no desk's things are in another's files"
    assert await run_export(sqlite, str(tmp_path), "Vélos") == 1
    assert "no department is called" in capsys.readouterr().err


async def test_a_folder_that_cannot_be_is_said(
    sqlite: Config, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    await run_import(sqlite, LISTS, None)
    (tmp_path / "file").write_text("")
    assert await run_export(sqlite, str(tmp_path / "file"), None) == 1
    assert "file" in capsys.readouterr().err
