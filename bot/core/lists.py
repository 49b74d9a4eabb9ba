"""A desk's lists as people keep them: CSV files of items, people, running loans, debts or payments, read into rows of
named cells.

The words of the header say what a file holds and which column is which, in French or English; the file's name only
decides where the header is ambiguous. Cells are plain text: `=1+1` is a name like any other.
"""

from __future__ import annotations

import codecs
import csv
import io
import itertools
import re
from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum

from bot.core.records import record
from bot.core.spoken import clean, words

MOST_BYTES = 20 * 1024 * 1024
MOST_ROWS = 200_000
LONGEST_CELL = 1_000
SEPARATORS = ",;\t"
MOST_TITLES = 5  # lines before the header: a title over the table, a date, a blank line
# Beyond its own limit (131,072 characters) the csv module gives the whole file up: a long cell is the fault of its row.
csv.field_size_limit(MOST_BYTES)


class Kind(StrEnum):
    ITEMS = "items"
    PEOPLE = "people"
    LOANS = "loans"
    DEBTS = "debts"
    PAYMENTS = "payments"


class BadList(Exception):
    """The file as a whole cannot be read; the message is a sentence without the file's name."""


@record(frozen=True, slots=True)
class Row:
    """`line`: where it begins in the file, counted from 1. `cells`: column of ours → text, without empty cells."""

    line: int
    cells: Mapping[str, str]


@record(frozen=True, slots=True)
class Listing:
    """One file. `faults`: rows that cannot be read, (line, why). `unread`: columns we do not know."""

    name: str
    kind: Kind
    rows: tuple[Row, ...]
    faults: tuple[tuple[int, str], ...] = ()
    unread: tuple[str, ...] = ()


def _names(words_of_headers: str) -> frozenset[str]:
    return frozenset(word.strip() for word in words_of_headers.split("|"))


_PERSON = (
    "person | personne | client | customer | debtor | debiteur | borrower | emprunteur | name | nom | contact | qui"
    " | member | member name"
)
_AMOUNT = "amount | montant | somme | sum | amount owed | amount due | owed | owes"
_REFERENCE = (
    "reference | ref | facture | invoice | invoice number | invoice no | numero de facture | no facture | piece"
)
_CURRENCY = "currency | monnaie | devise"
_PHONE = (
    "phone | phone number | phone no | telephone | tel | mobile | mobile number | mobile no | mobile phone | cell"
    " | cell phone | contact number | portable | gsm | whatsapp | sms"
)

# Column of ours → its names in headers, folded. A word may mean something else in another kind's table.
COLUMNS: dict[Kind, dict[str, frozenset[str]]] = {
    Kind.ITEMS: {
        "code": _names("code | item code | tool code | item no | asset tag | code materiel | ref | reference | id"),
        "name": _names(
            "name | nom | item | item name | tool | tool name | designation | libelle | materiel | article | objet"
        ),
        "category": _names("category | categorie | type | famille | kind"),
        "check": _names("check | to check | a verifier | verifier | verification | controle | contenu"),
        "pieces": _names("pieces | piece | pieces du kit | composition | kit | accessoires | accessories | parts"),
        "state": _names("state | etat"),
    },
    Kind.PEOPLE: {
        "name": _names(
            "name | nom | full name | nom complet | person | personne | emprunteur | borrower | member | member name"
            "| last name | surname | family name | nom de famille"
        ),
        "first_name": _names("first name | forename | prenom | given name"),
        "phone": _names(_PHONE + "| numero | number"),
        "language": _names("language | langue | lang"),
        "telegram": _names("telegram | telegram id | id telegram"),
        "email": _names(
            "email | e mail | mail | email address | e mail address | courriel | adresse e mail | adresse mail"
        ),
        "consent": _names(
            "consent | agreed | agrees | opt in | optin | may be written to | consentement | accord | d accord"
            "| accepte | accepte les messages | accord messages | rgpd | gdpr"
        ),
        "not_to_be_written_to": _names("not to be written to"),
    },
    Kind.LOANS: {
        "code": _names(
            "code | item | item code | tool | tool code | item no | asset tag | code materiel | materiel | article"
            "| objet | ref | reference"
        ),
        "person": _names(
            "person | personne | borrower | emprunteur | name | nom | contact | qui | who | member | member name"
        ),
        "phone": _names(_PHONE),
        "lent_at": _names(
            "lent at | lent | lent on | loaned | borrowed | borrowed on | date borrowed | checked out | date out"
            "| loan date | from | start | debut | depuis | prete le | emprunte le | sorti le | sortie"
            "| date de pret | date d emprunt | date de sortie"
        ),
        "due_at": _names(
            "due at | due | due on | due date | due by | due back | date due | return date | until"
            " | return by | end | fin | jusqu au | echeance | a rendre le"
            "| a rendre | retour | retour prevu | retour le | date de retour | date d echeance"
        ),
        "number": _names("number | numero | no | n | nr | num"),
    },
    Kind.DEBTS: {
        "person": _names(_PERSON),
        "phone": _names(_PHONE),
        "amount": _names(_AMOUNT + "| total | solde | reste | reste du | a payer | montant du"),
        "currency": _names(_CURRENCY),
        "due_at": _names(
            "due at | due | due on | due date | due by | date due | echeance | date d echeance | a payer le"
            " | exigible le"
        ),
        "reference": _names(_REFERENCE),
        "kind": _names("kind | type | nature"),
        "state": _names("state | status | statut | etat"),
        "left": _names("left"),
    },
    Kind.PAYMENTS: {
        "person": _names(_PERSON),
        "phone": _names(_PHONE),
        "amount": _names(_AMOUNT + "| montant paye | montant regle | montant recu | paid amount"),
        "currency": _names(_CURRENCY),
        "reference": _names(_REFERENCE),
        "paid_at": _names(
            "paid at | paid | paid on | date | date paid | payment date | date de paiement | paye le"
            " | regle le | recu le"
        ),
        "debt_amount": _names("debt amount | montant de la creance | montant de la facture"),
        "debt_due_at": _names("debt due at | echeance de la creance | echeance de la facture"),
    },
}
NEEDED: dict[Kind, tuple[tuple[str, ...], ...]] = {
    Kind.ITEMS: (("code",), ("name",)),
    Kind.PEOPLE: (("name", "first_name", "phone"),),
    Kind.LOANS: (("code",), ("person", "phone"), ("due_at",)),
    Kind.DEBTS: (("person", "phone"), ("amount",), ("due_at",)),
    Kind.PAYMENTS: (("person", "phone"), ("amount",)),
}
ADDRESSES = frozenset({"phone", "telegram", "email"})
HINTS: dict[Kind, frozenset[str]] = {
    Kind.ITEMS: _names("item | items | materiel | materiels | articles | objets | inventaire | inventory"),
    Kind.PEOPLE: _names("people | personnes | contacts | emprunteurs | borrowers | membres | members"),
    Kind.LOANS: _names("loan | loans | pret | prets | emprunts | sorties"),
    Kind.DEBTS: _names("debt | debts | dette | dettes | creances | factures | invoices | impayes"),
    Kind.PAYMENTS: _names("payment | payments | paiement | paiements | versements | reglements | encaissements"),
}


def read_list(name: str, content: bytes) -> Listing:
    """A file's rows. Raises BadList when it is too large, not text, not a list, or lacks a column."""
    text = _decoded(content)
    skipped, separator, text = _shape(text)
    lines = _lines(text, separator, skipped)
    header, lines = _headed(lines)
    kind, columns = _meaning(name, header)
    rows, faults = _rows(lines, columns)
    unread = tuple(title.strip() for title, column in zip(header, columns, strict=True) if not column and title.strip())
    return Listing(name, kind, tuple(rows), tuple(faults), unread)


# --- the text ------------------------------------------------------------------------------------


def _decoded(content: bytes) -> str:
    if len(content) > MOST_BYTES:
        raise BadList(f"larger than {MOST_BYTES // 1024 // 1024} MB: split it")
    if content.startswith(b"PK"):
        raise BadList("an Excel or OpenDocument workbook, not a CSV file: save it as “CSV UTF-8”")
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):  # Excel's "Unicode text"
        return content.decode("utf-16", "replace")
    if b"\0" in content:
        raise BadList("not a text file in UTF-8 or Windows-1252: save it as “CSV UTF-8”")
    for encoding in ("utf-8-sig", "cp1252"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise BadList("neither UTF-8 nor Windows-1252: save it as “CSV UTF-8”")


def _shape(text: str) -> tuple[int, str, str]:
    """(lines before the header, separator, text from the header on)."""
    bare = text.lstrip("\r\n")
    skipped = len(text[: len(text) - len(bare)].splitlines())
    told = re.match(r"sep=(.)\r?\n", bare, re.IGNORECASE)  # the line that tells Excel the separator
    if told:
        return skipped + 1, told.group(1), bare[told.end() :]
    for line in re.sub(r'"[^"]*"', "", bare).split("\n", MOST_TITLES)[:MOST_TITLES]:
        if any(separator in line for separator in SEPARATORS):
            return skipped, max(SEPARATORS, key=line.count), bare
    return skipped, SEPARATORS[0], bare


def _lines(text: str, separator: str, skipped: int) -> Iterator[tuple[int, list[str]]]:
    """(line where it begins in the file, cells) of the header and all rows. Raises BadList."""
    # newline="": the csv module must see line ends inside quoted cells as they are.
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    while True:
        begins = skipped + reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise BadList(f"line {begins}: a quotation mark that is not closed or stands in the wrong place") from error
        if any(cell.strip() for cell in cells):
            yield begins, cells


# --- the header ----------------------------------------------------------------------------------


def _headed(lines: Iterator[tuple[int, list[str]]]) -> tuple[list[str], Iterator[tuple[int, list[str]]]]:
    """(the header, the rows below it): the first line that names a list's columns, else the first of all."""
    tried = list(itertools.islice(lines, MOST_TITLES))
    for place, (_, cells) in enumerate(tried):
        titles = _titles(cells)
        if any(not _lacking(kind, titles) for kind in Kind):
            return cells, itertools.chain(tried[place + 1 :], lines)
    return (tried[0][1] if tried else []), iter(tried[1:])


def _titles(header: list[str]) -> list[str]:
    return [" ".join(words(title)) for title in header]


def _meaning(name: str, header: list[str]) -> tuple[Kind, list[str]]:
    """What the file holds, and our column for each of its own ("" for none)."""
    if not header:
        raise BadList("empty: the first line must name the columns")
    titles = _titles(header)
    fitting = [kind for kind in Kind if not _lacking(kind, titles)]
    if not fitting:
        raise BadList(_what_is_lacking(titles))
    kind = max(fitting, key=lambda k: (_known(k, titles), bool(HINTS[k] & set(words(name)))))
    columns = [next((c for c, names in COLUMNS[kind].items() if title in names), "") for title in titles]
    twice = next((c for c in columns if c and columns.count(c) > 1), None)
    if twice:
        both = " and ".join(f"“{t.strip()}”" for t, c in zip(header, columns, strict=True) if c == twice)
        raise BadList(f"the columns {both} both mean {twice}: keep one")
    return kind, columns


def _known(kind: Kind, titles: list[str]) -> int:
    return sum(any(title in names for names in COLUMNS[kind].values()) for title in titles)


def _lacking(kind: Kind, titles: list[str]) -> list[str]:
    """The required columns that this header lacks."""
    have = {c for c, names in COLUMNS[kind].items() if names & set(titles)}
    if kind is Kind.PEOPLE and COLUMNS[Kind.ITEMS]["code"] & set(titles) and not have & ADDRESSES:
        return ["phone"]  # names beside codes are items, or their holders
    return [" or ".join(ways) for ways in NEEDED[kind] if not have & set(ways)]


def _what_is_lacking(titles: list[str]) -> str:
    nearest = max(Kind, key=lambda k: (_known(k, titles) - len(_lacking(k, titles)), k is Kind.LOANS))
    if not _known(nearest, titles):
        return (
            "no column is known: items have code and name, people name and phone, loans code, person and due_at, "
            "debts person, amount and due_on, payments person and amount"
        )
    return f"reads like a list of {nearest}, but a column is missing: {', '.join(_lacking(nearest, titles))}"


# --- the rows ------------------------------------------------------------------------------------


def _rows(lines: Iterator[tuple[int, list[str]]], columns: list[str]) -> tuple[list[Row], list[tuple[int, str]]]:
    rows: list[Row] = []
    faults: list[tuple[int, str]] = []
    for line, cells in lines:
        if len(rows) + len(faults) >= MOST_ROWS:
            raise BadList(f"more than {MOST_ROWS} rows: split it")
        why = _misshapen(cells, columns)
        if why:
            faults.append((line, why))
        else:
            rows.append(Row(line, _cells(cells, columns)))
    return rows, faults


def _misshapen(cells: list[str], columns: list[str]) -> str:
    if any(cell.strip() for cell in cells[len(columns) :]):
        return f"{len(cells)} cells where the header has {len(columns)}"
    long = next((cell for cell in cells if len(cell) > LONGEST_CELL), None)
    if long is not None:
        why = f"a cell of more than {LONGEST_CELL} characters"
        return f"{why}, over several lines: is its quotation mark closed?" if "\n" in long.strip() else why
    return ""


def _cells(cells: list[str], columns: list[str]) -> dict[str, str]:
    cleaned = {column: clean(_bare(cell)) for column, cell in zip(columns, cells, strict=False) if column}
    return {column: cell for column, cell in cleaned.items() if cell}


# --- writing -------------------------------------------------------------------------------------

# What makes a spreadsheet calculate instead of show (OWASP, "CSV Injection"), also in full width.
CALCULATES = re.compile(r"'*[=+\-@\t\r\n\0＝＋－＠]")
HEADERS: dict[Kind, tuple[str, ...]] = {
    Kind.ITEMS: ("code", "name", "category", "check", "pieces", "state"),
    Kind.PEOPLE: ("name", "phone", "language", "telegram", "email", "not_to_be_written_to"),
    Kind.LOANS: ("code", "person", "phone", "lent_at", "due_at", "number"),
    Kind.DEBTS: ("person", "phone", "amount", "currency", "due_at", "reference", "kind", "state", "left"),
    Kind.PAYMENTS: ("person", "phone", "amount", "currency", "reference", "paid_at", "debt_amount", "debt_due_at"),
}


def write_list(kind: Kind, rows: Iterable[Mapping[str, str]]) -> bytes:
    """A list as `read_list` takes it again; columns that are missing in a row stay empty.

    Semicolons and a UTF-8 byte order mark, so that a French Excel shows columns and accents; cells that it would
    calculate are escaped.
    """
    page = io.StringIO(newline="")
    writer = csv.DictWriter(page, HEADERS[kind], restval="", delimiter=";")
    writer.writeheader()
    writer.writerows({column: _inert(cell) for column, cell in row.items()} for row in rows)
    return page.getvalue().encode("utf-8-sig")


def _inert(cell: str) -> str:
    return f"'{cell}" if CALCULATES.match(cell) else cell


def _bare(cell: str) -> str:
    """A cell without the apostrophe that makes it inert."""
    return cell[1:] if cell.startswith("'") and CALCULATES.match(cell) else cell
