"""A JSON document as a query of text columns: nested records, outer fields on every row.

What the texts must look like is checking.py.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from orchestration.loading.outcome import UnreadableFileError
from orchestration.loading.sql_text import identifier, literal
from orchestration.loading.transcoding import BLANKS

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from duckdb import DuckDBPyConnection

    from orchestration.loading.contract import SourceColumn, SourceTable

NOT_AN_OBJECT = "record is not an object"
NO_ARRAY = "record without its array"
LONGEST_OUTER_TEXT = 1000
"""Characters of a field around an array, which stands on every row of it."""


def read_json(
    connection: DuckDBPyConnection, text_file: Path, table: SourceTable
) -> tuple[str, int]:
    """Load the records into temp table `json_level`; return the query of its rows as text.

    Also returned: how many fields the contract does not name. A field is read from the innermost
    level that has it in any record. Rows are numbered by record, since lines mean nothing in JSON.
    Raises UnreadableFileError.
    """
    connection.execute(
        "create or replace temp table json_level as "
        "select content as level, cast(null as varchar) as no_array from read_text($path)",
        {"path": str(text_file)},
    )
    if not _value(connection, "select bool_and(json_valid(level)) from json_level"):
        raise _syntax_error(text_file)
    is_array = _value(connection, "select json_type(level) from json_level") == "ARRAY"
    arrays = ["$"] if is_array else []
    arrays += [f"$.{identifier(name)}" for name in table.contract.records]
    if not arrays:
        raise UnreadableFileError(
            "the document is not an array of records", "name their array in `records` of the table"
        )
    declared = {column.header for column in table.columns} | set(table.contract.records)
    texts: dict[str, str] = {}
    undeclared: set[str] = set()
    for array in arrays:
        keys = _keys(connection)
        undeclared |= keys - declared
        # The array is no field of its rows, though one of them may have its name.
        texts |= _texts(table, {key for key in keys if array != f"$.{identifier(key)}"})
        _check_outer_texts(connection, texts)
        _unnest(connection, array, texts)
        texts = {name: identifier(name) for name in texts}
    keys = _keys(connection)
    texts |= _texts(table, keys)
    missing = [column for column in table.landed_columns if column.name not in texts]
    if missing and _value(connection, "select count(*) from json_level"):
        raise UnreadableFileError(
            f"column missing: {', '.join(column.header for column in missing)}",
            f"export these fields, or mend `header` of the columns in {table.file}",
        )
    texts |= {column.name: "''" for column in missing}
    columns = ", ".join(f"{text} as {identifier(name)}" for name, text in texts.items())
    fault = f"coalesce(no_array, case when json_type(level) <> 'OBJECT' then '{NOT_AN_OBJECT}' end)"
    return (
        f"select rowid + 1 as _row_number, {fault} as _fault, {columns} from json_level",
        len(undeclared | (keys - declared)),
    )


def _keys(connection: DuckDBPyConnection) -> set[str]:
    rows = connection.execute(
        "select distinct unnest(json_keys(level)) from json_level where json_type(level) = 'OBJECT'"
    ).fetchall()
    return {name for (name,) in rows}


def _texts(table: SourceTable, keys: set[str]) -> dict[str, str]:
    """Return the SQL of the landed columns whose field stands at this level."""
    return {
        column.name: _text(column, table.contract.decimal)
        for column in table.landed_columns
        if column.header in keys
    }


def _check_outer_texts(connection: DuckDBPyConnection, texts: Mapping[str, str]) -> None:
    """Raise UnreadableFileError for a text that would grow with the rows it stands around."""
    if not texts:
        return
    lengths = ", ".join(f"max(length({text}))" for text in texts.values())
    found = connection.execute(f"select {lengths} from json_level").fetchone() or ()
    for name, longest in zip(texts, found, strict=True):
        if (longest or 0) > LONGEST_OUTER_TEXT:
            raise UnreadableFileError(
                f"column {name}: a text of {longest} characters stands around an array and would "
                f"be repeated on each of its rows; at most {LONGEST_OUTER_TEXT} may",
                "mend `records` of the table, or name the field with `drop` if it is free text",
            )


def _unnest(connection: DuckDBPyConnection, array: str, texts: dict[str, str]) -> None:
    """Replace every row of `json_level` by one per element of an array, which becomes `level`.

    Of the outer level only the landed fields go along: whole, it would be copied to every row. A
    record that lacks the array stays as a row at fault, for nobody knows what it would have held.
    """
    place = f"level, {literal(array)}"
    kind = f"json_type({place})"
    is_missing = f"no_array is not null or {kind} is null"
    name = array.removeprefix("$.").strip('"')
    is_repeated = (
        f"len(list_filter(json_keys(level), lambda key: key = {literal(name)})) > 1"
        if name != "$"
        else "false"
    )
    found = connection.execute(
        f"select count(*), count(*) filter ({is_missing}), "
        f"count(*) filter ({kind} not in ('ARRAY', 'NULL')), "
        f"count(*) filter (json_type(level) = 'OBJECT' and {is_repeated}), "
        f"sum(case when {is_missing} then 1 when {kind} = 'ARRAY' then json_array_length({place}) "
        "else 0 end) from json_level"
    ).fetchone()
    records, missing, no_arrays, repeated, elements = found or (0, 0, 0, 0, 0)
    if no_arrays or (records and missing == records):
        raise UnreadableFileError(
            f"there is no array at {array} where records are expected",
            "mend `records` of the table",
        )
    if repeated:
        raise UnreadableFileError(
            f"a record has the array {array} more than once", "export the file again"
        )
    columns = "".join(f"{text} as {identifier(name)}, " for name, text in texts.items())
    created = connection.execute(
        f"create or replace temp table json_level as select {columns}"
        f"unnest(case when {is_missing} then [cast(null as json)] "
        f"else try_cast(json_extract({place}) as json[]) end) as level, "
        f"case when {is_missing} then coalesce(no_array, {literal(f'{NO_ARRAY}: {name}')}) end "
        "as no_array from json_level"
    ).fetchone()
    if created != (elements or 0,):
        raise UnreadableFileError(
            f"the array {array} has {elements} elements that could not all be read",
            "export the file again as JSON",
        )


def _text(column: SourceColumn, decimal: str) -> str:
    """Return the SQL of a field as text, a number with the decimal mark of the contract.

    Of a text whose presence is all that counts only the beginning is read.
    """
    place = f"level, {literal('$.' + identifier(column.header))}"
    plain = f"json_extract_string({place})"
    text = f"regexp_replace({plain}, {literal(f'[{BLANKS}]')}, ' ', 'g')"
    if column.contract.presence:
        return f"left(trim({text}), {LONGEST_OUTER_TEXT})"
    number = plain
    if column.contract.identity is None:  # 30.0 is 30; an id that has become 1.98E+11 is no id
        number = f"regexp_replace({number}, '[.]0$', '')"
    if decimal != ".":
        number = f"replace({number}, '.', ',')"
    return f"case when json_type({place}) = 'DOUBLE' then {number} else {text} end"


def _value(connection: DuckDBPyConnection, sql: str) -> object:
    row = connection.execute(sql).fetchone()
    return row[0] if row else None


def _syntax_error(text_file: Path) -> UnreadableFileError:
    """Find the place of the fault with Python's parser, whose messages quote no text."""
    place = "the document is not JSON"
    try:
        json.loads(text_file.read_text(encoding="utf-8"))
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}: {error.msg}"
    except RecursionError:
        place = "the document is nested too deeply"
    return UnreadableFileError(place, "export the file again as JSON")
