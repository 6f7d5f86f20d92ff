"""Writes an empty workbook for a source table whose contract says xlsx.

The contract is the loader's own, so a row that the lists of the workbook allow is a row that loads.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from orchestration.errors import JamviktError
from orchestration.loading.contract import (
    AREA_PLACEHOLDER,
    PERIOD_PLACEHOLDER,
    RECEIVED_PLACEHOLDER,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from xlsxwriter import Workbook
    from xlsxwriter.worksheet import Worksheet

    from orchestration.loading.contract import SourceColumn, SourceTable

ROWS = 1000
"""Rows below the header that have lists and checks."""
LIST_SHEET = "Listor"
WORDS = {
    AREA_PLACEHOLDER: "KOMMUNKOD",
    PERIOD_PLACEHOLDER: "PERIOD",
    RECEIVED_PLACEHOLDER: "ÅÅÅÅMMDD",
}
NEVER_READ = "Läses aldrig in."
ONLY_WHETHER_FILLED = "Texten läses aldrig in, bara om cellen är ifylld."
FIRST_DAY = date(1900, 1, 1)


def write_template(
    name: str,
    tables: Sequence[SourceTable],
    axes: Mapping[str, frozenset[str]],
    folder: Path,
) -> Path:
    """Write the workbook of `<source>.<table>` into a folder and return it; never over another.

    Raises JamviktError for a name that is no table of workbooks, and a file that is there already.
    """
    from xlsxwriter import Workbook

    workbooks = {
        f"{table.source_name}.{table.table_name}": table
        for table in tables
        if table.contract.format == "xlsx"
    }
    if name not in workbooks:
        raise JamviktError(
            f"{name} is no table of workbooks.", f"use one of {', '.join(workbooks)}"
        )
    table = workbooks[name]
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{table.table_name}.xlsx"
    if file.exists():
        raise JamviktError(f"{file} is there already.", "move it away, or name another --folder")
    with Workbook(str(file)) as workbook:
        sheet = workbook.add_worksheet(table.contract.sheet)
        lists = workbook.add_worksheet(LIST_SHEET)
        lists.hide()
        header_row = table.contract.header_row - 1
        if header_row:
            sheet.write_string(0, 0, f"Spara som {_file_name(table.contract.files)}")
        sheet.freeze_panes(header_row + 1, 0)
        for place, column in enumerate(table.columns):
            _write_header(workbook, sheet, header_row, place, column)
            rule = _rule(lists, place, column, axes)
            if rule:
                sheet.data_validation(header_row + 1, place, header_row + ROWS, place, rule)
    return file


def _file_name(pattern: str) -> str:
    for placeholder, word in WORDS.items():
        pattern = pattern.replace(placeholder, word)
    return pattern


def _write_header(
    workbook: Workbook, sheet: Worksheet, row: int, place: int, column: SourceColumn
) -> None:
    """Write the name: bold where a row needs a value, grey with a comment where no text lands."""
    looks: dict[str, Any] = {"bold": column.contract.required, "text_wrap": True}
    if column.contract.drop or column.contract.presence:
        looks["font_color"] = "#767676"
        comment = NEVER_READ if column.contract.drop else ONLY_WHETHER_FILLED
        sheet.write_comment(row, place, comment)
    width = max(12, len(column.header) + 2)
    is_day = column.data_type == "date"
    cells = workbook.add_format({"num_format": "yyyy-mm-dd"} if is_day else {})
    sheet.set_column(place, place, width, cells)
    sheet.write_string(row, place, column.header, workbook.add_format(looks))


def _rule(
    lists: Worksheet, place: int, column: SourceColumn, axes: Mapping[str, frozenset[str]]
) -> dict[str, Any] | None:
    """Return the check of a column's cells, after writing its list to the sheet of lists."""
    from xlsxwriter.utility import xl_range_abs

    words = _words(column, axes)
    if words:
        # a sheet of its own, because a list within the check may hold 255 characters only
        lists.write_column(0, place, words)
        cells = xl_range_abs(0, place, len(words) - 1, place)
        return {"validate": "list", "source": f"={LIST_SHEET}!{cells}"}
    if column.data_type == "date":
        return {"validate": "date", "criteria": ">=", "value": FIRST_DAY}
    if column.data_type in ("integer", "bigint"):
        return {"validate": "integer", "criteria": ">=", "value": -(10**9)}
    if column.data_type.startswith("decimal"):
        return {"validate": "decimal", "criteria": ">=", "value": -(10**12)}
    return None


def _words(column: SourceColumn, axes: Mapping[str, frozenset[str]]) -> list[str]:
    if column.contract.codes:
        return list(column.contract.codes)
    if column.contract.axis:
        return sorted(axes[column.contract.axis])
    is_yes_or_no = column.data_type == "boolean" and not column.contract.presence
    return ["ja", "nej"] if is_yes_or_no else []
