"""The files of a table as rows of text, one column per landed column of the contract.

Finding and splitting rows is here; what the texts must look like is checking.py.
"""

from __future__ import annotations

import csv
import re
import unicodedata
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from orchestration.loading.json_reading import read_json
from orchestration.loading.outcome import UnreadableFileError
from orchestration.loading.sie_reading import write_text as write_sie_text
from orchestration.loading.sql_text import identifier, literal
from orchestration.loading.transcoding import LONGEST_LINE, Transcoded, transcode
from orchestration.loading.workbook import CELL_END, write_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from duckdb import DuckDBPyConnection

    from orchestration.loading.contract import SourceTable

MISPLACED_QUOTE = "quotation mark out of place"
FIELD_COUNT = "wrong number of fields"
LONGEST_RECORD = 1000
"""Lines that a quoted field may run over; a stray quotation mark must not swallow a file."""
SEPARATOR_LINE = re.compile("sep=.?", re.IGNORECASE)
"""A line for Excel above the header, which names the delimiter."""


@dataclass(frozen=True)
class _Layout:
    """How lines become fields; the files of a batch that share one are split together."""

    places: tuple[int, ...]
    """Place, from 1, of every landed column."""
    width: int
    """Number of columns in the header."""
    has_quotes: bool


@dataclass(frozen=True)
class Seen:
    """What was seen of a file beside its rows."""

    undeclared_columns: int
    """Columns that the contract does not name."""
    has_footer: bool = False
    rows_after_footer: int = 0
    is_open: bool = False
    """Whether its last line has no end."""
    is_cut: bool = False
    """Whether that line has no shape of a row either."""
    undeclared_places: tuple[int, ...] = ()
    """Which of the header they are, from 1, where a file has one."""


@dataclass(frozen=True)
class _Lines:
    """A file as lines of text."""

    layout: _Layout
    header_end: int
    """Number of the line that the header ends on."""
    line_count: int
    """Lines by their ends, counted before the engine sees them."""
    is_open: bool
    """Whether the last line has no end."""
    undeclared_columns: int
    undeclared_places: tuple[int, ...]


def read_texts(
    connection: DuckDBPyConnection,
    table: SourceTable,
    files: Sequence[tuple[Path, str | None]],
    text_dir: Path,
) -> list[Seen | UnreadableFileError]:
    """Fill temp table `text_row` with the rows of files, each with the period of its name.

    Columns: `file_no` (place in `files`), `_row_number`, `_fault` (null for a row of right shape)
    and the landed columns as text. Returns what was seen of each file, or why it cannot be read:
    also where the rows are not as many as its lines, by their ends, or its arrays say. `text_dir`:
    a private folder for copies in UTF-8, which are removed before this returns.
    """
    names = [identifier(column.name) for column in table.landed_columns]
    columns = "".join(f", {name} varchar" for name in names)
    connection.execute(
        "create or replace temp table text_row "
        f"(file_no integer, _row_number bigint, _fault varchar{columns})"
    )
    seen: list[Seen | UnreadableFileError] = []
    lines: dict[int, _Lines] = {}
    try:
        for number, (file, period) in enumerate(files):
            text_file = text_dir / str(number)
            try:
                if table.contract.format == "json":
                    transcode(file, table.contract, text_file)
                    sql, undeclared = read_json(connection, text_file, table)
                    connection.execute(
                        f"insert into text_row select {number}, _row_number, _fault, "
                        f"{', '.join(names)} from ({sql})"
                    )
                    seen.append(Seen(undeclared))
                else:
                    lines[number] = _write_lines(file, table, period, text_file)
                    seen.append(Seen(lines[number].undeclared_columns))
            except UnreadableFileError as error:
                seen.append(error)
            except OSError as error:
                if str(error.filename) != str(file):
                    raise  # not the file: there is no room for its text
                seen.append(UnreadableFileError("it could not be opened", "lay it there again"))
        if lines:
            _load_lines(connection, [text_dir / str(number) for number in lines])
            _split_lines(connection, table, lines)
            for number, found in _count_lines(connection, table, lines, text_dir).items():
                seen[number] = found
    finally:
        for number in range(len(files)):
            (text_dir / str(number)).unlink(missing_ok=True)
    return seen


def _write_lines(file: Path, table: SourceTable, period: str | None, text_file: Path) -> _Lines:
    """Write a file as lines of UTF-8, and find the landed columns in its header."""
    contract = table.contract
    has_quotes = is_open = False
    if contract.format == "xlsx":
        header_end = contract.header_row
        header, line_count = write_text(
            file, contract.sheet, header_end, contract.decimal, text_file
        )
    elif contract.format == "sie":
        text_of_it = text_file.with_name(f"{text_file.name}.sie")
        try:
            found = _transcode_lines(file, table, text_of_it)
            header, dimensions = write_sie_text(text_of_it, table, text_file)
        finally:
            text_of_it.unlink(missing_ok=True)
        header_end, line_count = 0, found.line_count
    else:
        found = _transcode_lines(file, table, text_file)
        has_quotes, is_open, line_count = found.has_quotes, found.is_open, found.line_count
        header, header_end = _read_header(found.head, contract.header_row, contract.delimiter)
        if _all_end_in(contract.delimiter, found.head, header_end, len(header)):
            header.append("")
    places, undeclared = _find_columns(table, header, period, contract.delimiter)
    count = dimensions if contract.format == "sie" else len(undeclared)
    layout = _Layout(tuple(places.values()), len(header), has_quotes)
    return _Lines(layout, header_end, line_count, is_open, count, undeclared)


def _transcode_lines(file: Path, table: SourceTable, text_file: Path) -> Transcoded:
    """Write a file of lines as UTF-8, and refuse it where one of them is too long to be a row."""
    found = transcode(file, table.contract, text_file)
    if found.long_line is not None:
        raise UnreadableFileError(
            f"line {found.long_line} is longer than {LONGEST_LINE // 10**6} MB",
            "export the file with one row per line",
        )
    return found


def _load_lines(connection: DuckDBPyConnection, text_files: Sequence[Path]) -> None:
    """Load every line as it is, file after file, into temp table `file_line`."""
    connection.execute(
        "create or replace temp table file_line as "
        "select line, cast(parse_filename(filename) as integer) as file_no "
        "from read_csv($paths, delim = chr(0), quote = '', escape = '', header = false, "
        "auto_detect = false, filename = true, columns = {'line': 'varchar'}, "
        f"max_line_size = {LONGEST_LINE + 2})",
        {"paths": [str(text_file) for text_file in text_files]},
    )


def _read_header(head: str, header_row: int, delimiter: str) -> tuple[list[str], int]:
    """Return the column names and the number of the line they end on."""
    lines = head.split("\n")
    if SEPARATOR_LINE.fullmatch(lines[header_row - 1] if len(lines) >= header_row else ""):
        header_row += 1
    lines = lines[header_row - 1 :]
    reader = csv.reader((line + "\n" for line in lines), delimiter=delimiter, strict=True)
    try:
        header = next(reader, [])
    except csv.Error:
        raise UnreadableFileError(
            f"the header in line {header_row} has a quotation mark out of place",
            "export the file again, or set `header_row` of the table",
        ) from None
    return header, header_row - 1 + reader.line_num


def _all_end_in(delimiter: str, head: str, header_end: int, width: int) -> bool:
    """Return whether every row has an empty field too many, which the header lacks."""
    lines = [line for line in head.split("\n")[header_end:-1] if line.strip(f'{delimiter}" ')]
    if not lines or lines[0].count(delimiter) < width:
        return False
    row = next(csv.reader(lines, delimiter=delimiter), [])
    return row[width:] == [""] and all(line.endswith(delimiter) for line in lines)


def _find_columns(
    table: SourceTable, header: list[str], period: str | None, delimiter: str
) -> tuple[dict[str, int], tuple[int, ...]]:
    """Return the place, from 1, of every landed column, and those of undeclared ones."""
    names = [unicodedata.normalize("NFC", cell).strip() for cell in header]
    declared = {
        column.name: column.header.replace("{period}", period or "") for column in table.columns
    }
    wanted = {column.name: declared[column.name] for column in table.landed_columns}
    for problem, wrong in (
        ("missing", [_absent(text, names) for text in wanted.values() if text not in names]),
        ("more than once", [text for text in wanted.values() if names.count(text) > 1]),
    ):
        if wrong:
            fix = f"export these columns, or mend `header` of the columns in {table.file}"
            if len(names) <= 1 and table.contract.format == "csv":
                fix = f"there is no {delimiter!r} in the header: mend `delimiter` or `header_row`"
            raise UnreadableFileError(f"column {problem}: {', '.join(wrong)}", fix)
    undeclared = tuple(
        place for place, name in enumerate(names, start=1) if name and name not in declared.values()
    )
    return {name: names.index(text) + 1 for name, text in wanted.items()}, undeclared


def _absent(header: str, names: Sequence[str]) -> str:
    """Name a column that is missing, and itself where it is only written in another way."""
    for name in names:
        if _letters(name) == _letters(header):
            return f"{header} (the file has {name})"
    return header


def _letters(name: str) -> str:
    """Return what is left of a name without case, spaces, signs, dots and rings."""
    return "".join(filter(str.isalnum, unicodedata.normalize("NFKD", name.casefold())))


def _split_lines(
    connection: DuckDBPyConnection, table: SourceTable, lines: Mapping[int, _Lines]
) -> None:
    """Split the lines of `file_line` into fields, one statement per layout."""
    delimiter = _delimiter(table)
    layouts = list(dict.fromkeys(file.layout for file in lines.values()))
    given = ", ".join(
        f"({number}, {layouts.index(file.layout)}, {file.layout.width}, {file.header_end})"
        for number, file in lines.items()
    )
    connection.execute(
        f"""
        create or replace temp table read_file as
        with
            read_line as (
                select file_no, min(rowid) as first_row, count(*) as line_count
                from file_line
                group by file_no
            ),
            begun as (
                select given.*, coalesce(first_row, 0) as first_row,
                    coalesce(first_row, 0) + header_end as begin_row,
                    coalesce(line_count, 0) as line_count
                from (values {given}) as given(file_no, layout_no, width, header_end)
                left join read_line using (file_no)
            ),
            footer as (
                select file_no, min(file_line.rowid) as footer_row
                from file_line
                inner join begun using (file_no)
                where file_line.rowid >= begin_row and {_is_footer(table, delimiter)}
                group by file_no
            )
        select *, coalesce(footer_row, first_row + line_count) as end_row
        from begun
        left join footer using (file_no)
        """
    )
    connection.execute(
        "create or replace temp table joined_away (file_no integer, line_count bigint)"
    )
    for layout_no, layout in enumerate(layouts):
        connection.execute(
            f"insert into text_row {_split(connection, layout_no, layout, delimiter)}"
        )


def _is_footer(table: SourceTable, delimiter: str) -> str:
    """Return the SQL that says whether a line is the footer of the contract."""
    if table.contract.footer is None:
        return "false"
    first_cell = f"trim(split_part(line, {literal(delimiter)}, 1), ' \"')"
    return f"{first_cell} = {literal(table.contract.footer)}"


def _count_lines(
    connection: DuckDBPyConnection,
    table: SourceTable,
    lines: Mapping[int, _Lines],
    text_dir: Path,
) -> dict[int, Seen | UnreadableFileError]:
    """Hold the rows of each file against its lines, which were counted by their ends.

    Every line is header, footer, part of a row or blank. A line behind the footer that has all the
    fields, and more than one of them filled, is a row that was not read.
    """
    delimiter = _delimiter(table)
    filled = "list_filter(cells, lambda cell: trim(cell, ' \"') <> '')"
    after_footer = f"""
        select file_no, count(*) as after_footer
        from (
            select file_no, width, line, string_split(line, {literal(delimiter)}) as cells
            from file_line
            inner join read_file using (file_no)
            where file_line.rowid > footer_row
        )
        where len(cells) >= width and len({filled}) > 1 and not {_is_footer(table, delimiter)}
        group by file_no
    """
    if table.contract.footer is None:
        after_footer = "select 0 as file_no, 0 as after_footer where false"
    found = connection.execute(
        f"""
        with
            counted as (select file_no, count(*) as row_count from text_row group by file_no),
            joined as (
                select file_no, sum(line_count) as joined_lines from joined_away group by file_no
            ),
            after_footer as ({after_footer})
        select
            file_no, line_count,
            greatest(end_row - begin_row, 0) - coalesce(row_count, 0) - coalesce(joined_lines, 0),
            end_row - first_row, footer_row is not null, coalesce(after_footer, 0)
        from read_file
        left join counted using (file_no)
        left join joined using (file_no)
        left join after_footer using (file_no)
        """
    ).fetchall()
    connection.execute("drop table file_line")
    counted: dict[int, Seen | UnreadableFileError] = {}
    cut_files = _cut_files(connection, lines)
    for file_no, line_count, other_lines, end, has_footer, after in found:
        file = lines[file_no]
        blank_lines = 0
        if other_lines:
            blank_lines = _blank_lines(
                text_dir / str(file_no), delimiter, file.header_end, int(end)
            )
        if (line_count, other_lines) == (file.line_count, blank_lines):
            counted[file_no] = Seen(
                file.undeclared_columns,
                has_footer,
                after,
                file.is_open,
                file_no in cut_files,
                file.undeclared_places,
            )
        else:
            counted[file_no] = UnreadableFileError(
                f"of {file.line_count} lines {line_count} could be read, and {other_lines} beside "
                f"its rows where {blank_lines} are blank",
                "export the file again, with one row per line",
            )
    return counted


def _cut_files(connection: DuckDBPyConnection, lines: Mapping[int, _Lines]) -> set[int]:
    """Return the files whose last line has no end and has no shape of a row."""
    if not any(file.is_open for file in lines.values()):
        return set()
    found = connection.execute(
        "select file_no from text_row group by file_no "
        "having arg_max(_fault is not null, _row_number)"
    ).fetchall()
    return {file_no for (file_no,) in found if file_no in lines and lines[file_no].is_open}


def _blank_lines(text_file: Path, delimiter: str, first: int, last: int) -> int:
    """Return how many of the lines after `first` up to `last` hold nothing."""
    nothing = f'{delimiter}" \n'
    with text_file.open(encoding="utf-8", newline="\n") as lines:
        return sum(not line.strip(nothing) for line in islice(lines, first, last))


def _delimiter(table: SourceTable) -> str:
    return table.contract.delimiter if table.contract.format == "csv" else CELL_END


def _split(connection: DuckDBPyConnection, layout_no: int, layout: _Layout, delimiter: str) -> str:
    """Return the query of the rows of all files of a layout."""
    lines = (
        "select file_no, file_line.rowid - first_row + 1 as row_number, "
        "file_line.rowid as place, line "
        "from file_line inner join read_file using (file_no) "
        f"where layout_no = {layout_no} and file_line.rowid >= begin_row "
        "and file_line.rowid < end_row "
        f"and trim(line, {literal(delimiter + chr(34) + ' ')}) <> ''"
    )
    fields = f"string_split(line, {literal(delimiter)})"
    cell = "fields[{place}]"
    if layout.has_quotes:
        mark = re.escape(delimiter)
        field = f'"(?:[^"]|"")*"|[^"{mark}]*'
        record, split = f"(?:{field})(?:{mark}(?:{field}))*", f"{mark}({field})"
        quoted = (
            f"case when regexp_full_match(line, {literal(record)}) "
            f"then regexp_extract_all({literal(delimiter)} || line, {literal(split)}, 1) end"
        )
        lines = _join_broken_lines(connection, lines, f"len({quoted}) = {layout.width}")
        fields = f"case when contains(line, '\"') then {quoted} else {fields} end"
        cell = (
            "case when starts_with(fields[{place}], '\"') "
            "then replace(fields[{place}][2:-2], '\"\"', '\"') else fields[{place}] end"
        )
    cells = "".join(f", {cell.format(place=place)}" for place in layout.places)
    return (
        f"select file_no, row_number, case when fields is null then '{MISPLACED_QUOTE}' "
        f"when len(fields) <> {layout.width} then '{FIELD_COUNT}: ' || len(fields) "
        f"|| ' where the header has {layout.width}' end{cells} "
        f"from (select file_no, row_number, {fields} as fields from ({lines}))"
    )


def _join_broken_lines(connection: DuckDBPyConnection, lines: str, is_record: str) -> str:
    """Return a query that puts records with a line end inside a quoted field together again.

    Two lines with an odd number of quotation marks and all between them are one record when that
    makes as many fields as the header has; else each line is judged by itself. Lines are found by
    their place among those of all files: by file and place the engine would compare each with each.
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
                select
                    file_no, row_number, place,
                    lead(place) over (partition by file_no order by place) as last_place
                from ({lines}) where {is_odd}
            ),
            joined as (
                select
                    odd.file_no, odd.row_number, odd.place, odd.last_place,
                    string_agg(coalesce(file_line.line, ''), chr(10) order by file_line.rowid)
                        as line
                from odd
                inner join file_line on file_line.rowid between odd.place and odd.last_place
                where odd.last_place - odd.place < {LONGEST_RECORD}
                group by odd.file_no, odd.row_number, odd.place, odd.last_place
            ),
            judged as (
                select
                    *, {is_record} as is_record,
                    lag({is_record}) over (partition by file_no order by place) as is_taken
                from joined
            )
        select file_no, row_number, place, last_place, line
        from judged
        where is_record and not coalesce(is_taken, false)
        """
    )
    connection.execute(
        "insert into joined_away "
        "select file_no, sum(last_place - place) from joined_line group by file_no"
    )
    return (
        f"select file_no, row_number, place, line from ({lines}) as single where not exists ("
        "select 1 from joined_line "
        "where single.place between joined_line.place and joined_line.last_place) "
        "union all select file_no, row_number, place, line from joined_line"
    )
