"""An Excel workbook as the CSV file it would be saved as: its first sheet with anything on it."""

from __future__ import annotations

import contextlib
import csv
import io
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time
from typing import Any
from xml.parsers import expat

from bot.core.lists import MOST_ROWS, BadList

MOST_UNPACKED = 200 * 1024 * 1024  # bytes: a workbook of a few kB may decompress to any size
MOST_COLUMNS = 100
# openpyxl keeps a row, a shared text and any other part whole, in some forty times its size.
MOST_OF_A_ROW = 2 * 1024 * 1024  # bytes: Excel's 16,384 columns take half of that
MOST_OF_A_PART = 4 * 1024 * 1024  # of what are neither rows nor texts
MOST_ENTRIES = 1_200_000  # Excel has 1,048,576 rows
DEEPEST = 32


class Bomb(Exception):
    """A part of a workbook that would take many times its size."""


def listed(content: bytes) -> bytes:
    """The file as `read_list` takes it: a workbook made into CSV, anything else untouched. Raises BadList."""
    if not content.startswith(b"PK"):
        return content
    try:
        _fits(content)
        rows = list(_rows(content))
    except BadList:
        raise
    except Exception as error:  # zipfile, openpyxl and the XML below it raise whatever a damaged file makes them
        raise BadList("a workbook that cannot be read: save it as “CSV UTF-8”") from error
    page = io.StringIO(newline="")
    csv.writer(page, delimiter=";").writerows(rows)
    return page.getvalue().encode()


def _fits(content: bytes) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            names, size = set(packed.namelist()), sum(part.file_size for part in packed.infolist())
            if "xl/workbook.xml" in names and size <= MOST_UNPACKED:
                for part in packed.infolist():
                    _look_through(packed, part)
    except (zipfile.BadZipFile, ValueError) as error:
        raise BadList("neither a CSV file nor a whole workbook: save it as “CSV UTF-8”") from error
    if "xl/workbook.xml" not in names:
        raise BadList("a workbook of another kind than .xlsx: save it as “CSV UTF-8”")
    if size > MOST_UNPACKED:
        raise BadList(f"a workbook of more than {MOST_UNPACKED // 1024 // 1024} MB unpacked: split it")


def _look_through(packed: zipfile.ZipFile, part: zipfile.ZipInfo) -> None:
    """Raises Bomb: a file of sixty kB with one row of thirty MB takes a gigabyte, and the desk with it."""
    of_rows = part.filename.startswith(("xl/worksheets/", "xl/sharedStrings"))
    if not of_rows and part.file_size <= MOST_OF_A_PART:
        return
    shape, read = _Shape(), 0
    with packed.open(part) as unpacked:
        while piece := unpacked.read(64 * 1024):
            try:
                shape.parser.Parse(piece)
            except expat.ExpatError:
                return  # a picture: openpyxl reads no further either
            read += len(piece)
            if not of_rows or read - shape.begun > MOST_OF_A_ROW or shape.entries > MOST_ENTRIES:
                raise Bomb


class _Shape:
    """Where the newest row or shared text of a part began, and how many there are."""

    def __init__(self) -> None:
        self.parser = expat.ParserCreate()
        self.parser.StartElementHandler = self._starts
        self.parser.EndElementHandler = self._ends
        self.begun = self.entries = self._depth = 0
        self._among_rows = False

    def _starts(self, name: str, _: dict[str, str]) -> None:
        self._depth += 1
        if self._depth == 2:
            self._among_rows = name.rpartition(":")[2] == "sheetData"
        elif self._depth > DEEPEST:
            raise Bomb
        if self._depth == 2 or (self._depth == 3 and self._among_rows):
            self.begun = self.parser.CurrentByteIndex
            self.entries += 1

    def _ends(self, _: str) -> None:
        self._depth -= 1


def _rows(content: bytes) -> Iterator[list[str]]:
    import openpyxl  # half a second: loaded for the first workbook

    book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True)
    with contextlib.closing(book):
        for sheet in book.worksheets:
            rows = list(_cells(sheet))
            if any(map(any, rows)):
                yield from rows
                return


def _cells(sheet: Any) -> Iterator[list[str]]:
    for number, row in enumerate(sheet.iter_rows(max_col=MOST_COLUMNS, values_only=True)):
        if number > MOST_ROWS:
            raise BadList(f"more than {MOST_ROWS} rows: split it")
        yield _without_tail([_text(cell) for cell in row])


def _text(cell: Any) -> str:
    """A cell as a person reads it: 12.0 is 12, a day has no midnight."""
    match cell:
        case None:
            return ""
        case bool():
            return str(cell)
        case float() if cell.is_integer():
            return str(int(cell))
        case datetime():
            return cell.date().isoformat() if cell.time() == time(0) else cell.isoformat(sep=" ", timespec="minutes")
        case date():
            return cell.isoformat()
    return str(cell)


def _without_tail(cells: list[str]) -> list[str]:
    while cells and not cells[-1]:
        cells.pop()
    return cells
