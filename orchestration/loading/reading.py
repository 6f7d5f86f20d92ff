"""A file as a query of text columns, one per landed column of its contract.

Finding and splitting rows is here; what the texts must look like is checking.py.
"""

from __future__ import annotations

import csv
import re
import unicodedata
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from orchestration.loading.json_reading import read_json
from orchestration.loading.outcome import UnreadableFileError
from orchestration.loading.sie_reading import write_text as write_sie_text
from orchestration.loading.sql_text import identifier, literal
from orchestration.loading.transcoding import transcode
from orchestration.loading.workbook import CELL_END, write_text

if TYPE_CHECKING:
    from pathlib import Path

    from duckdb import DuckDBPyConnection

    from orchestration.loading.contract import SourceTable

MISPLACED_QUOTE = "quotation mark out of place"
FIELD_COUNT = "wrong number of fields"
LONGEST_RECORD = 1000
"""Lines that a quoted field may run over; a stray quotation mark must not swallow a file."""


@dataclass(frozen=True)
class TextRows:
    """Rows of a file before their values are looked at."""

    sql: str
    """Yields `_row_number`, `_fault` (null for a row of right shape) and the landed columns."""
    undeclared_columns: int


def read_rows(
    connection: DuckDBPyConnection,
    file: Path,
    table: SourceTable,
    period: str | None,
    scratch_dir: Path,
) -> TextRows:
    """Make the rows of `file` readable by the query returned; temp table `file_line` holds them.

    `scratch_dir` is a private folder for a copy in UTF-8, which is removed before this returns.
    Raises UnreadableFileError.
    """
    text_file, rows_file = scratch_dir / "text", scratch_dir / "rows"
    contract = table.contract
    try:
        if contract.format == "xlsx":
            header = write_text(
                file, contract.sheet, contract.header_row, contract.decimal, text_file
            )
            _load_lines(connection, text_file)
            return _split(connection, table, header, contract.header_row, period, CELL_END, False)
        seen = transcode(file, contract.encoding, contract.delimiter, text_file)
        if contract.format == "json":
            sql, undeclared = read_json(connection, text_file, table)
            return TextRows(sql, undeclared)
        if contract.format == "sie":
            header, dimensions = write_sie_text(text_file, table, rows_file)
            _load_lines(connection, rows_file)
            rows = _split(connection, table, header, 0, period, CELL_END, False)
            return replace(rows, undeclared_columns=dimensions)
        _load_lines(connection, text_file)
        header, header_end = _read_header(seen.head, contract.header_row, contract.delimiter)
        return _split(
            connection, table, header, header_end, period, contract.delimiter, seen.has_quotes
        )
    finally:
        text_file.unlink(missing_ok=True)
        rows_file.unlink(missing_ok=True)


def _load_lines(connection: DuckDBPyConnection, text_file: Path) -> None:
    """Load every line as it is; `rowid + 1` is its number."""
    import duckdb

    try:
        connection.execute(
            "create or replace temp table file_line as select line from read_csv($path, "
            "delim = chr(0), quote = '', escape = '', header = false, auto_detect = false, "
            "columns = {'line': 'varchar'})",
            {"path": str(text_file)},
        )
    except duckdb.InvalidInputException:
        raise UnreadableFileError(
            "a line is longer than 2 MB", "export the file with one row per line"
        ) from None


def _read_header(head: str, header_row: int, delimiter: str) -> tuple[list[str], int]:
    """Return the column names and the number of the line they end on."""
    lines = head.split("\n")[header_row - 1 :]
    reader = csv.reader((line + "\n" for line in lines), delimiter=delimiter, strict=True)
    try:
        header = next(reader, [])
    except csv.Error:
        raise UnreadableFileError(
            f"the header in line {header_row} has a quotation mark out of place",
            "export the file again, or set `header_row` of the table",
        ) from None
    return header, header_row - 1 + reader.line_num


def _find_columns(
    table: SourceTable, header: list[str], period: str | None, delimiter: str
) -> tuple[dict[str, int], int]:
    """Return the place, from 1, of every landed column and the number of undeclared ones."""
    names = [unicodedata.normalize("NFC", cell).strip() for cell in header]
    declared = {
        column.name: column.header.replace("{period}", period or "") for column in table.columns
    }
    wanted = {column.name: declared[column.name] for column in table.landed_columns}
    for problem, wrong in (
        ("missing", [text for text in wanted.values() if text not in names]),
        ("more than once", [text for text in wanted.values() if names.count(text) > 1]),
    ):
        if wrong:
            fix = f"export these columns, or mend `header` of the columns in {table.file}"
            if len(names) <= 1 and table.contract.format == "csv":
                fix = f"there is no {delimiter!r} in the header: mend `delimiter` or `header_row`"
            raise UnreadableFileError(f"column {problem}: {', '.join(wrong)}", fix)
    undeclared = sum(1 for name in names if name and name not in declared.values())
    return {name: names.index(text) + 1 for name, text in wanted.items()}, undeclared


def _split(
    connection: DuckDBPyConnection,
    table: SourceTable,
    header: list[str],
    header_end: int,
    period: str | None,
    delimiter: str,
    has_quotes: bool,
) -> TextRows:
    places, undeclared = _find_columns(table, header, period, delimiter)
    last = _last_line(connection, table.contract.footer, header_end, delimiter)
    lines = (
        f"select rowid + 1 as row_number, line from file_line "
        f"where rowid >= {header_end} and rowid < {last} "
        f"and trim(line, {literal(delimiter + chr(34) + ' ')}) <> ''"
    )
    fields = f"string_split(line, {literal(delimiter)})"
    cell = "fields[{place}]"
    if has_quotes:
        mark = re.escape(delimiter)
        field = f'"(?:[^"]|"")*"|[^"{mark}]*'
        record, split = f"(?:{field})(?:{mark}(?:{field}))*", f"{mark}({field})"
        quoted = (
            f"case when regexp_full_match(line, {literal(record)}) "
            f"then regexp_extract_all({literal(delimiter)} || line, {literal(split)}, 1) end"
        )
        lines = _join_broken_lines(connection, lines, f"len({quoted}) = {len(header)}")
        fields = f"case when contains(line, '\"') then {quoted} else {fields} end"
        cell = (
            "case when starts_with(fields[{place}], '\"') "
            "then replace(fields[{place}][2:-2], '\"\"', '\"') else fields[{place}] end"
        )
    columns = ", ".join(
        f"{cell.format(place=place)} as {identifier(name)}" for name, place in places.items()
    )
    return TextRows(
        f"select row_number as _row_number, case when fields is null then '{MISPLACED_QUOTE}' "
        f"when len(fields) <> {len(header)} then '{FIELD_COUNT}: ' || len(fields) "
        f"|| ' where the header has {len(header)}' end as _fault, {columns} "
        f"from (select row_number, {fields} as fields from ({lines}))",
        undeclared,
    )


def _last_line(
    connection: DuckDBPyConnection, footer: str | None, header_end: int, delimiter: str
) -> str:
    """Return how many lines there are before the footer, as SQL text."""
    if footer is None:
        return "9223372036854775807"
    found = connection.execute(
        f"select min(rowid) from file_line where rowid >= {header_end} "
        f"and trim(split_part(line, {literal(delimiter)}, 1), ' \"') = {literal(footer)}"
    ).fetchone()
    return str(found[0]) if found and found[0] is not None else "9223372036854775807"


def _join_broken_lines(connection: DuckDBPyConnection, lines: str, is_record: str) -> str:
    """Return a query that puts records with a line end inside a quoted field together again.

    Two lines with an odd number of quotation marks and all between them are one record when that
    makes as many fields as the header has; else each line is judged by itself.
    """
    is_odd = "(length(line) - length(replace(line, '\"', ''))) % 2 = 1"
    found = connection.execute(f"select count(*) from ({lines}) where {is_odd}").fetchone()
    if not found or found[0] < 2:
        return lines
    connection.execute(
        f"""
        create or replace temp table joined_line as
        with
            odd as (
                select row_number, lead(row_number) over (order by row_number) as last_number
                from ({lines}) where {is_odd}
            ),
            joined as (
                select
                    odd.row_number, odd.last_number,
                    string_agg(coalesce(file_line.line, ''), chr(10) order by file_line.rowid)
                        as line
                from odd
                inner join file_line
                    on file_line.rowid + 1 between odd.row_number and odd.last_number
                where odd.last_number - odd.row_number < {LONGEST_RECORD}
                group by odd.row_number, odd.last_number
            ),
            judged as (
                select
                    *, {is_record} as is_record,
                    lag({is_record}) over (order by row_number) as is_taken
                from joined
            )
        select row_number, last_number, line
        from judged
        where is_record and not coalesce(is_taken, false)
        """
    )
    return (
        f"select row_number, line from ({lines}) as single where not exists ("
        "select 1 from joined_line where single.row_number "
        "between joined_line.row_number and joined_line.last_number) "
        "union all select row_number, line from joined_line"
    )
