"""An Excel workbook as the CSV file it would be saved as: its first sheet with anything on it."""

from __future__ import annotations

import contextlib
import csv
import io
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time
from typing import Any

from bot.core.lists import MOST_ROWS, BadList

MOST_UNPACKED = 200 * 1024 * 1024  # bytes: a workbook of a few kB may decompress to any size
MOST_COLUMNS = 100


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
    except (zipfile.BadZipFile, ValueError) as error:
        raise BadList("neither a CSV file nor a whole workbook: save it as “CSV UTF-8”") from error
    if "xl/workbook.xml" not in names:
        raise BadList("a workbook of another kind than .xlsx: save it as “CSV UTF-8”")
    if size > MOST_UNPACKED:
        raise BadList(f"a workbook of more than {MOST_UNPACKED // 1024 // 1024} MB unpacked: split it")


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
