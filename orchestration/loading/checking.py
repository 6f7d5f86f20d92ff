"""Texts of a file as values of the types its contract asks for, and what is wrong with the rest.

Whole columns at a time, into one temp table; what follows from the faults is delivery.py.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from orchestration.loading.counting import EQUAL_KEY, Counts, count_rows
from orchestration.loading.json_reading import NO_ARRAY
from orchestration.loading.outcome import Problem
from orchestration.loading.person_number import PARTS, person_number_steps
from orchestration.loading.pseudonym_key import hmac_parameters
from orchestration.loading.reading import FIELD_COUNT, MISPLACED_QUOTE
from orchestration.loading.references import NOT_IN_SEEDS, fault_unknown_references
from orchestration.loading.sql_text import identifier, literal, steps
from orchestration.loading.values import (
    MISSING,
    OUTSIDE_PERIOD,
    SCIENTIFIC,
    SPREADSHEET_DAMAGE,
    UNKNOWN_CODE,
    fault_of,
    filled_text,
    typed_value,
    without_thousands,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from duckdb import DuckDBPyConnection

    from orchestration.loading.contract import SourceColumn, SourceTable
    from orchestration.loading.file_name import Coverage

PROBLEM_LIMIT = 100
FIXES = {
    MISSING: "fill the value in the source system, or drop `required` of the column",
    SPREADSHEET_DAMAGE: "export again without opening the file in a spreadsheet",
    UNKNOWN_CODE: "add the code to `codes` of the column, or mend it in the source system",
    OUTSIDE_PERIOD: "export the row with its own period, or rename the file",
    FIELD_COUNT: "put fields that hold the delimiter or a line end in quotation marks",
    EQUAL_KEY: "mend the row that is wrong in the source system, or name more columns in `key`",
    NOT_IN_SEEDS: "mend the code in the export, or add it to the seed and load again",
    NO_ARRAY: "export an empty array where a record has none, or mend `records` of the table",
    MISPLACED_QUOTE: "double quotation marks inside a field and put the field in quotation marks",
}
MEND = "mend the value in the source system, or the type of the column in the contract"


@dataclass(frozen=True)
class Checked:
    """How the rows of a file came out."""

    counts: Counts
    problems: tuple[Problem, ...]


def landed_names(column: SourceColumn) -> list[str]:
    """Return the columns that a column of the contract lands as."""
    if column.contract.identity:
        return [f"{column.name}_{part}" for part in PARTS]
    return [column.name]


def check_rows(
    connection: DuckDBPyConnection,
    table: SourceTable,
    axes: Mapping[str, frozenset[str]],
    files: Sequence[tuple[str, Coverage]],
    key: bytes,
) -> list[Checked]:
    """Fill temp table `checked_row` with typed values and the faults of each row of `text_row`.

    `files`: name and coverage of each, in the order of `file_no`; so are the results. Columns:
    `file_no`, `_row_number`, the landed columns, `_period_month`, `_faults` (null for a good row,
    else a list with the fault, if any, of every column). Temp table `quarantined` has a reason per
    row and column at fault, when there is any.
    """
    _write_coverage(connection, table, [coverage for _, coverage in files])
    columns = table.landed_columns
    parameters: dict[str, object] = {}
    if any(column.contract.identity for column in columns):
        parameters = {**hmac_parameters(key)}
    names = {column.name: f"c{number}" for number, column in enumerate(columns)}
    faults = [("null", "_fault", "''")]
    values, numbers, typed, judged, landed = [], [], [], [], []
    identities: list[list[str]] = []
    for column in columns:
        name = names[column.name]
        value, fault = f"{name}_value", f"{name}_fault"
        values.append(f"{filled_text(column, table)} as {value}")
        text = value
        if number := without_thousands(column, table, value):
            text = f"{name}_number"
            numbers.append(f"{number} as {text}")
        typed.append(f"{typed_value(column, table, text)} as {name}")
        if wrong := fault_of(column, table, axes, value, name):
            judged.append(f"case when _fault is null then {wrong} end as {fault}")
            faults.append((literal(column.name), fault, value))
        if column.contract.identity:
            identities.append(person_number_steps(value, name, "_scope", "_reference"))
            landed += [
                f"{name}_{part} as {identifier(landed_name)}"
                for part, landed_name in zip(PARTS, landed_names(column), strict=True)
            ]
        else:
            landed.append(f"{name} as {identifier(column.name)}")
    is_bad = f"coalesce({', '.join(fault for _, fault, _ in faults)}) is not null"
    described = ", ".join(
        f"{{'column_name': {column_name}, 'fault': {fault}, 'value': {value}}}"
        for column_name, fault, value in faults
    )
    query = steps(
        "select * from text_row inner join file_coverage using (file_no)",
        ", ".join(values),
        ", ".join(numbers),
        ", ".join(typed),
        ", ".join(judged),
        f"case when {is_bad} then [{described}] end as _faults",
        *(", ".join(group) for group in zip(*identities, strict=True)),
    )
    connection.execute(
        f"create or replace temp table checked_row as {query} select file_no, _row_number, "
        f"{', '.join(landed)}, {_period_month(table, names)} as _period_month, _faults from ready",
        parameters,
    )
    connection.execute("drop table text_row")
    fault_unknown_references(connection, table, axes)
    names_landed = [name for column in columns for name in landed_names(column)]
    counts = count_rows(connection, table, names_landed, len(files))
    is_any_bad = any(each.rows_quarantined for each in counts)
    problems = _describe(connection, files) if is_any_bad else {}
    return [Checked(each, tuple(problems.get(n, ()))) for n, each in enumerate(counts)]


def _write_coverage(
    connection: DuckDBPyConnection, table: SourceTable, coverages: Sequence[Coverage]
) -> None:
    """Fill temp table `file_coverage` with what the names of the files say, a row per file."""
    connection.execute(
        """
        create or replace temp table file_coverage as
        select
            cast(unnest($file_nos) as integer) as file_no,
            cast(unnest($references) as date) as _reference,
            cast(unnest($scopes) as varchar) as _scope,
            cast(unnest($starts) as date) as _period_start,
            cast(unnest($ends) as date) as _period_end,
            cast(unnest($months) as date) as _first_month
        """,
        {
            "file_nos": list(range(len(coverages))),
            "references": [coverage.received_at.date() for coverage in coverages],
            # where an id without national format is unique
            "scopes": [f"{table.source_name}|{each.area_code or ''}" for each in coverages],
            "starts": [coverage.period_start for coverage in coverages],
            "ends": [coverage.period_end for coverage in coverages],
            "months": [coverage.months[0] for coverage in coverages],
        },
    )


def _describe(
    connection: DuckDBPyConnection, files: Sequence[tuple[str, Coverage]]
) -> dict[int, list[Problem]]:
    """Fill temp table `quarantined` with a reason per row and column; return the first by file."""
    connection.execute(
        f"""
        create or replace temp table quarantined as
        with fault as (
            select file_no, _row_number as row_number, unnest(_faults, recursive := true)
            from checked_row
            where _faults is not null
        )
        select
            file_no, row_number, column_name,
            fault || coalesce(': ' || {_value_class("nullif(value, '')")}, '') as reason
        from fault
        where fault is not null
        """
    )
    found = connection.execute(
        f"""
        select file_no, row_number, column_name, reason
        from quarantined
        qualify
            row_number() over (partition by file_no order by row_number, column_name)
            <= {PROBLEM_LIMIT}
        order by file_no, row_number, column_name
        """
    ).fetchall()
    problems: dict[int, list[Problem]] = {}
    for file_no, row, column, reason in found:
        place = f"{files[file_no][0]}, row {row}{f', column {column}' if column else ''}"
        problems.setdefault(file_no, []).append(
            Problem(
                row=row,
                column=column,
                message=f"{place}: {reason}",
                fix=next((fix for fault, fix in FIXES.items() if reason.startswith(fault)), MEND),
            )
        )
    return problems


def _value_class(value: str) -> str:
    """Return the SQL that names the class of a value and shows no letter or digit of it."""
    shape = f"{value}"
    for pattern, sign in (("[0-9]", "9"), (r"\p{L}", "a"), (r"[^a9 -/:-@\[-`{-~]", "?")):
        shape = f"regexp_replace({shape}, '{pattern}', '{sign}', 'g')"
    return f"""case
        when regexp_full_match({value}, '{SCIENTIFIC}') then 'scientific notation'
        when regexp_full_match({value}, '[0-9]+') then 'digits (' || length({value}) || ')'
        when regexp_full_match({value}, '-?[0-9 ]*[.][0-9]+') then 'number with decimal point'
        when regexp_full_match({value}, '-?[0-9 ]*,[0-9]+') then 'number with decimal comma'
        when regexp_full_match({value}, '\\p{{L}}+')
        then 'letters (' || length({value}) || ' characters)'
        when length({value}) > 30 then 'text (' || length({value}) || ' characters)'
        else 'shape ' || {shape}
    end"""


def _period_month(table: SourceTable, names: Mapping[str, str]) -> str:
    if table.contract.period_column:
        return f"cast(date_trunc('month', {names[table.contract.period_column]}) as date)"
    return "_first_month"
