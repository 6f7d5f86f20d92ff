"""A sheet of an xlsx workbook as lines of text, its cells written the way the contract reads them.

Everything after that is the same for all formats: reading.py.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from orchestration.loading.outcome import UnreadableFileError
from orchestration.loading.transcoding import BLANKS, LONGEST_LINE
from orchestration.loading.workbook_marks import AS_PER_CENT, read_marks

if TYPE_CHECKING:
    from pathlib import Path

    Cell = int | float | str | bool | time | date | datetime | timedelta | None

CELL_END = "\x1f"
"""Stands between cells; taken out of the cells themselves."""
CLEANING = dict.fromkeys(map(ord, f"{BLANKS}\0\n\r{CELL_END}"), " ")
MOST_WHOLE = 10**15
"""Whole numbers below it are exact in Excel (15 digits)."""


def write_text(
    file: Path, sheet: str | None, header_row: int, decimal: str, target: Path
) -> tuple[list[str], int]:
    """Write a sheet to `target`, one line per row; return its header row and how many it has.

    `decimal`: the mark to write in numbers. Raises UnreadableFileError.
    """
    from python_calamine import (
        CalamineError,
        CalamineWorkbook,
        PasswordError,
        WorksheetNotFound,
    )

    if not file.stat().st_size:
        raise UnreadableFileError("the file is empty", "export the file again")
    try:
        with CalamineWorkbook.from_path(str(file)) as workbook:
            rows = (
                workbook.get_sheet_by_name(sheet) if sheet else workbook.get_sheet_by_index(0)
            ).to_python(skip_empty_area=False)
    except PasswordError:
        raise UnreadableFileError(
            "the workbook has a password", "save it without a password"
        ) from None
    except WorksheetNotFound:
        raise UnreadableFileError(
            f"the workbook has no sheet {sheet or 'at all'}", "mend `sheet` of the table"
        ) from None
    except CalamineError:
        raise UnreadableFileError(
            "the file is not an xlsx workbook", "save it as xlsx in Excel or LibreOffice"
        ) from None
    marks = read_marks(file, sheet)
    with target.open("w", encoding="utf-8", newline="\n") as text:
        for number, row in enumerate(rows):
            cells = [_cell_text(cell, decimal) for cell in row]
            for place, mark in marks.get(number, {}).items():
                if place < len(cells):
                    cells[place] = _marked_text(row[place], mark, decimal)
            line = CELL_END.join(cells)
            if len(line) > LONGEST_LINE // 4 and len(line.encode()) > LONGEST_LINE:
                raise UnreadableFileError(
                    f"row {number + 1} of the sheet is longer than {LONGEST_LINE // 10**6} MB",
                    "look for a cell that holds a file or a pasted text",
                )
            text.write(f"{line}\n")
    if len(rows) < header_row:
        return [], len(rows)
    return [_cell_text(cell, decimal) for cell in rows[header_row - 1]], len(rows)


def _marked_text(cell: Cell, mark: str, decimal: str) -> str:
    """Return what Excel shows of a cell with a mark: 8 % for 0.08, else the mark itself."""
    if mark != AS_PER_CENT or not isinstance(cell, (int, float)):
        return mark.translate(CLEANING)
    share = format((Decimal(repr(cell)) * 100).normalize(), "f")
    return f"{share.replace('.', decimal)} %"


def _cell_text(cell: Cell, decimal: str) -> str:
    """Return a cell as text: 3914.0 is 3914, a date ISO, a decimal number with the given mark.

    A time of the day and a duration are hours:minutes, with seconds where there are any.
    """
    if isinstance(cell, str):
        return cell.translate(CLEANING)
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return str(cell).lower()
    if isinstance(cell, float):
        if cell.is_integer() and abs(cell) < MOST_WHOLE:
            return str(int(cell))
        return format(Decimal(repr(cell)), "f").replace(".", decimal)
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == time() else cell.isoformat("T", "seconds")
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, int):
        return str(cell)
    if isinstance(cell, time):
        cell = timedelta(
            hours=cell.hour,
            minutes=cell.minute,
            seconds=cell.second,
            microseconds=cell.microsecond,
        )
    minutes, seconds = divmod(round(abs(cell.total_seconds())), 60)
    sign = "-" if cell < timedelta() else ""
    clock = f"{sign}{minutes // 60}:{minutes % 60:02}"
    return f"{clock}:{seconds:02}" if seconds else clock
