"""Lists as spreadsheets write them: encodings, separators, headers of both languages, and what is refused."""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.listed import Listed, lent_before
from bot.core.listed_cells import Reading
from bot.core.listed_reading import read_listings
from bot.core.lists import LONGEST_CELL, MOST_BYTES, MOST_ROWS, BadList, Kind, read_list
from bot.core.people import Department
from bot.core.rules import Rules

PARIS = ZoneInfo("Europe/Paris")
DESK = Department(1, "Outils", PARIS, "fr", Rules())
NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)


def listed(text: str, name: str = "list.csv", region: str = "FR") -> Listed:
    return read_listings([read_list(name, text.encode())], Reading(DESK, region, NOW))


def refused(text: str, name: str = "list.csv") -> str:
    (fault,) = listed(text, name).faults
    return fault


@pytest.mark.parametrize(
    ("header", "kind"),
    [
        ("code,name", Kind.ITEMS),
        ("Référence;Désignation;Catégorie;À vérifier", Kind.ITEMS),
        ("name,phone,language", Kind.PEOPLE),
        ("First name,Surname,Mobile number,E-mail address", Kind.PEOPLE),
        ("Asset tag,Tool name", Kind.ITEMS),
        ("Item code,Member,Date borrowed,Due back", Kind.LOANS),
        ("Tool,Borrower,Checked out,Return date", Kind.LOANS),
        ("Member,Amount owed,Due by,Invoice no", Kind.DEBTS),
        ("Member name,Amount,Date paid", Kind.PAYMENTS),
        ("Nom\tPrénom\tTéléphone\tLangue\tE-mail", Kind.PEOPLE),
        ("person,phone,amount,due_on,reference", Kind.DEBTS),
        ("Client;Facture;Montant dû;Devise;Échéance", Kind.DEBTS),
        ("person,amount,reference,date", Kind.PAYMENTS),
        ("Nom;Téléphone;Montant;Payé le", Kind.PAYMENTS),
        ("code,person,lent_at,due_at", Kind.LOANS),
        ("Matériel;Emprunteur;Prêté le;À rendre le;N°", Kind.LOANS),
        ("code,phone,due_at", Kind.LOANS),
    ],
)
def test_the_header_says_what_a_file_holds(header: str, kind: Kind) -> None:
    assert read_list("x.csv", header.encode()).kind is kind


def test_the_name_decides_only_where_the_header_leaves_a_doubt() -> None:
    header = b"reference,nom,numero\n"
    assert read_list("Inventaire 2026.csv", header).kind is Kind.ITEMS
    assert read_list("emprunteurs.csv", header).kind is Kind.PEOPLE
    assert read_list("emprunteurs.csv", b"code,name,category\n").kind is Kind.ITEMS


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_what_spreadsheets_write_is_read(encoding: str, separator: str, end: str) -> None:
    rows = [["Code", "Désignation"], ["ECH-001", "Échelle à 3 plans"]]
    content = end.join(separator.join(row) for row in rows).encode(encoding)
    (row,) = read_list("matériel.csv", content).rows
    assert (row.line, dict(row.cells)) == (2, {"code": "ECH-001", "name": "Échelle à 3 plans"})


def test_a_person_has_a_first_and_a_last_name() -> None:
    (sean,) = listed("First name,Last name,Mobile\nSean,Kelly,+33612345678\n").people
    assert sean.name == "Sean Kelly"


def test_lines_are_counted_as_an_editor_does() -> None:
    text = 'sep=;\n\ncode;name\n\nA-1;"deux\nlignes"\nA-2;Deux\n'
    assert [row.line for row in read_list("x.csv", text.encode()).rows] == [5, 7]


@pytest.mark.parametrize("title", ["Inventaire", "Inventaire, novembre 2026;;", "Inventaire;;\n;;\nAtelier;;"])
def test_a_title_over_the_table_is_no_header(title: str) -> None:
    text = f"{title}\nCode;Nom;État\nA-1;Scie;en réparation\nA-2;Rabot;bon état\n"
    listing = read_list("x.csv", text.encode())
    assert [row.line for row in listing.rows] == [text.count("\n") - 1, text.count("\n")]
    assert [(item.name, item.state) for item in listed(text).items] == [("Scie", "in_repair"), ("Rabot", "available")]


def test_cells_are_plain_text() -> None:
    (item,) = listed('code,name\nA-1,"=HYPERLINK(""http://x"")"\n').items
    assert item.name == '=HYPERLINK("http://x")'
    (item,) = listed("code,name\nA-1,+33 @cmd -1\n").items
    assert item.name == "+33 @cmd -1"


def test_unknown_columns_are_told_and_left_out() -> None:
    listing = read_list("x.csv", b"code,name,couleur\nA-1,Un,rouge")
    assert listing.unread == ("couleur",)
    assert dict(listing.rows[0].cells) == {"code": "A-1", "name": "Un"}


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "the first line must name the columns"),
        (b"PK\x03\x04...", "workbook"),
        ("code,name\n".encode("utf-16-le"), "not a text file"),
        (b"code,name\nA-1,\x81\xff\n", "neither UTF-8 nor Windows-1252"),
        (b"couleur,taille\n1,2", "no column is known"),
        (b"code,person\nA-1,Awa", "reads like a list of loans, but a column is missing: due_at"),
        (b"code,category\nA-1,x", "reads like a list of items, but a column is missing: name"),
        (b"code,name,nom\nA-1,x,y", "both mean name"),
        (b'code,name\nA-1,"never closed', "line 2: a quotation mark"),
        (b'sep=,\ncode,name\nA-1,"never closed' + b"\nA-2,tent" * 20_000, "line 3: a quotation mark"),
        (b"code,name\n" + b"A-1,x\n" * (MOST_ROWS + 1), f"more than {MOST_ROWS} rows"),
        (b"x" * (MOST_BYTES + 1), "larger than 20 MB"),
    ],
)
def test_a_file_that_is_no_list_is_refused_with_a_sentence(content: bytes, why: str) -> None:
    with pytest.raises(BadList, match=why):
        read_list("x.csv", content)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("code,name\n,Perceuse", "no code"),
        ("code,name\nA-1,", "no name"),
        ("code,name\nA 1!,Perceuse", "“A 1!” is no code"),
        (f"code,name\n{'A' * 41},Perceuse", "is no code"),
        (f"code,name\nA-1,{'x' * 121}", "a name of more than 120 characters"),
        (f"code,name\nA-1,{'x' * (LONGEST_CELL + 1)}", f"a cell of more than {LONGEST_CELL} characters"),
        (f"code,name\nA-1,{'x' * 200_000}", f"a cell of more than {LONGEST_CELL} characters"),
        ('code,name\nA-1,"x' + "\ny" * LONGEST_CELL + '"', "over several lines: is its quotation mark closed?"),
        ("code,name\nA-1,x,y", "3 cells where the header has 2"),
        ("name,phone\nAwa,12", "“12” is no phone number"),
        ("name,phone\nAwa,77 123 45 67", "“77 123 45 67” may be of two countries"),
        ("name,phone\nAwa,6.12E+08", "“6.12E+08” was shortened by the spreadsheet"),
        ("name,phone\nAwa,01 42 68 53 00", "“01 42 68 53 00” is a landline"),
        ("name,phone,consent\nAwa,,perhaps", "consent “perhaps”: yes or no"),
        ("name,phone,language\nAwa,,klingon", "language “klingon”"),
        ("name,phone,telegram\nAwa,,@awa", "an @name cannot be written to"),
        ("name,phone,email\nAwa,,awa(at)example", "is no e-mail address"),
        ("name,phone,email\n,,a@example.org", "neither name nor phone"),
        ("code,person,due_at\nA-1,,2026-12-01", "no person"),
        ("code,person,due_at\nA-1,Awa,", "no due_at"),
        ("code,person,due_at\nA-1,Awa,31/02/2027", "is no time"),
        ("code,person,due_at\nA-1,Awa,hier 18h", "“hier 18h” may lie in the past: write it with its year, 21/11/2026"),
        ("code,person,due_at\nA-1,Awa,16 novembre", "write it with its year"),  # somebody late, not next year's
        ("code,person,due_at\nA-1,Awa,2027-13-01", "is no time"),
        ("code,person,due_at\nA-1,Awa,bientôt peut-être", "is no time"),
        ("code,person,due_at\nA-1,Awa,9999-12-31", "outside the years 2000 to 2099"),
        ("code,person,lent_at,due_at\nA-1,Awa,2026-11-20,2026-11-19", "due_at is not after lent_at"),
        ("code,person,lent_at,due_at\nA-1,Awa,2026-12-20,2026-12-24", "only running loans"),
        ("code,person,due_at,number\nA-1,Awa,2026-12-01,0", "number “0”"),
        ("code,person,due_at,number\nA-1,Awa,2026-12-01,100", "number “100”"),
        ("code,person,due_at,number\nA-1,Awa,2026-12-01,deux", "number “deux”"),
    ],
)
def test_a_row_that_is_wrong_in_itself_is_named(text: str, why: str) -> None:
    fault = refused(text)
    assert fault.startswith("list.csv, line 2: ")
    assert why in fault


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("code,name\nA-1,x\nB-1,y\na-1,z", "list.csv, line 4: code A-1 stands already in list.csv, line 2"),
        (
            "name,phone\nAwa,0612345678\nAna,+33612345678",
            "list.csv, line 3: +33612345678 stands already in list.csv, line 2",
        ),
        ("code,person,due_at\nA-1,Awa,2027-01-01\nA-1,Ana,2027-01-01", "list.csv, line 3: A-1 is lent already"),
        ("name,phone\nAwa,0612345678\nawa,", "list.csv, line 3: awa stands in list.csv, line 2 too"),
    ],
)
def test_what_stands_twice_is_named(text: str, fault: str) -> None:
    assert refused(text).startswith(fault)


@pytest.mark.parametrize(
    ("typed", "region", "value"),
    [
        ("0612345678", "FR", "+33612345678"),
        ("06.12.34.56.78", "FR", "+33612345678"),
        ("+33 (0)6 12 34 56 78", "FR", "+33612345678"),
        ("33612345678", "FR", "+33612345678"),  # a spreadsheet dropped the sign
        ("221771234567", "FR", "+221771234567"),
        ("612345678", "FR", "+33612345678"),  # … or the zero
        ("77 123 45 67", "SN", "+221771234567"),
    ],
)
def test_a_number_counts_for_whatsapp_and_sms(typed: str, region: str, value: str) -> None:
    (person,) = listed(f"name,phone\nAwa,{typed}", region=region).people
    assert person.addresses == (("whatsapp", value), ("sms", value))


@pytest.mark.parametrize(
    ("typed", "instant"),
    [
        ("2026-11-27", "2026-11-27T18:00+01:00"),  # a day alone: closing time
        ("2026-11-27 09:30", "2026-11-27T09:30+01:00"),
        ("2026-07-14T09:30", "2026-07-14T09:30+02:00"),
        ("2026-11-27T09:30:00Z", "2026-11-27T10:30+01:00"),
        ("2026-11-27T09:30:00-05:00", "2026-11-27T15:30+01:00"),
        ("27/11/2026", "2026-11-27T18:00+01:00"),
        ("27/11/2026 9:05", "2026-11-27T09:05+01:00"),
        ("2026-11-27 9:05", "2026-11-27T09:05+01:00"),
        ("2026-11-27 09:05:30", "2026-11-27T09:05:30+01:00"),
        ("2026/11/7 8:00", "2026-11-07T08:00+01:00"),
        ("27.11.26 à 9h", "2026-11-27T09:00+01:00"),
        ("03/04/2026 18h30", "2026-04-03T18:30+02:00"),  # the day first
    ],
)
def test_a_due_time_as_lists_write_it(typed: str, instant: str) -> None:
    (loan,) = listed(f"code,person,due_at\nA-1,Awa,{typed}").loans
    assert loan.due_at == datetime.fromisoformat(instant)


def test_the_day_a_loan_began_begins_at_midnight() -> None:
    (loan,) = listed("code,person,lent_at,due_at\nA-1,Awa,21/11/2026,21/11/2026").loans
    assert (loan.lent_at, loan.due_at) == (
        datetime(2026, 11, 21, 0, 0, tzinfo=PARIS),
        datetime(2026, 11, 21, 18, 0, tzinfo=PARIS),
    )


def test_without_a_beginning_a_loan_runs_from_now_or_from_the_day_before_it_was_due() -> None:
    assert lent_before(NOW + timedelta(days=9), NOW) == NOW
    assert lent_before(NOW - timedelta(days=9), NOW) == NOW - timedelta(days=10)


@pytest.mark.parametrize(
    ("person", "expected"),
    [
        ("Awa Ndiaye", ("Awa Ndiaye", None)),
        ("06 12 34 56 78", ("06 12 34 56 78", ("whatsapp", "+33612345678"))),
        ("Awa@Example.org", ("Awa@Example.org", ("email", "awa@example.org"))),
    ],
)
def test_a_borrower_is_a_name_a_number_or_a_mail(person: str, expected: tuple[str, tuple[str, str] | None]) -> None:
    (loan,) = listed(f"code,person,due_at\nA-1,{person},2027-01-01").loans
    assert (loan.person, loan.address) == expected


def test_the_same_row_has_the_same_key_however_it_is_spelt() -> None:
    one, two, other = (
        listed(f"code,person,due_at\n{row}").loans[0].key
        for row in ("A-1,Noé  Petit,27/11/2026", "a-1,noe petit, 27/11/2026", "A-1,Noé Petit,28/11/2026")
    )
    assert one == two != other


@given(st.binary(max_size=300))
def test_any_bytes_are_a_list_or_refused(content: bytes) -> None:
    with contextlib.suppress(BadList):
        listing = read_list("x.csv", b"code,name,phone,due_at\n" + content)
        found = read_listings([listing], Reading(DESK, "FR", NOW))
        assert len(found.loans) + len(found.faults) >= len(listing.rows)
