"""Texts of a file as values of the types its contract asks for, and what is wrong with the rest.

Whole columns at a time, into one temp table; what follows from the faults is delivery.py.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import zip_longest
from typing import TYPE_CHECKING

from orchestration.loading.counting import EQUAL_KEY, Counts, count_rows
from orchestration.loading.json_reading import NO_ARRAY
from orchestration.loading.outcome import Problem
from orchestration.loading.person_number import (
    LOST_ZEROS,
    NO_BIRTH,
    PARTS,
    PLACEHOLDER,
    SCIENTIFIC,
    SPREADSHEET_DAMAGE,
    found_number,
    local_id_steps,
    person_number_steps,
)
from orchestration.loading.pseudonym_key import hmac_parameters
from orchestration.loading.reading import FIELD_COUNT, MISPLACED_QUOTE
from orchestration.loading.references import NOT_IN_SEEDS, fault_unknown_references
from orchestration.loading.spreadsheet import ERROR_CELL, NEVER_COMPUTED
from orchestration.loading.sql_text import identifier, literal, steps
from orchestration.loading.values import (
    ENDS_FIRST,
    MISSING,
    OUTSIDE_PERIOD,
    PER_CENT,
    PERSON_NUMBER,
    SUSPECT,
    UNKNOWN_CODE,
    UNREAD,
    Judged,
    fault_of,
    filled_text,
    is_free,
    is_read,
    plainer,
    reading,
    why_unread,
    without_noise,
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
    LOST_ZEROS: (
        "export again without opening the file in a spreadsheet; where the ids are no person "
        "numbers, set `identity: local` of the column"
    ),
    NO_BIRTH: "mend the century of the number in the source system",
    PLACEHOLDER: "fill the number in the source system; here each row must have one of its own",
    PERSON_NUMBER: (
        "set `identity: personnummer` of the column, or `drop`; where its values only look so, "
        "say why with `looks_like_identity`"
    ),
    ENDS_FIRST: "mend the two days in the source system, or `ends` of the column",
    PER_CENT: "write the amount itself, or mend `unit` of the column",
    ERROR_CELL: "mend the formula in the spreadsheet, then export again",
    NEVER_COMPUTED: "open the workbook in Excel or LibreOffice, which computes it, and save it",
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


@dataclass(frozen=True)
class _Steps:
    """What turns texts into values, in the order in which each sees the columns of those before."""

    values: list[str] = field(default_factory=list)
    reads: list[str] = field(default_factory=list)
    plains: list[str] = field(default_factory=list)
    typed: list[str] = field(default_factory=list)
    identities: list[list[str]] = field(default_factory=list)
    judged: list[str] = field(default_factory=list)

    def in_order(self) -> list[str]:
        """Return the select lists."""
        groups = [self.values, self.reads, self.plains, self.typed]
        groups += [list(filter(None, group)) for group in zip_longest(*self.identities)]
        return [", ".join(group) for group in (*groups, self.judged)]


def landed_names(column: SourceColumn) -> list[str]:
    """Return the columns that a column of the contract lands as."""
    if column.contract.identity:
        return [f"{column.name}_{part}" for part in PARTS]
    return [] if column.contract.birth_of else [column.name]


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
    else a list with the fault, if any, of every column), `_is_sex_unread` (whether an unknown code
    of a sex is passed over, since the number tells it). Temp table `quarantined` has a reason per
    row and column at fault, when there is any.
    """
    _write_coverage(connection, table, [coverage for _, coverage in files])
    columns = table.landed_columns
    names = {column.name: f"c{number}" for number, column in enumerate(columns)}
    told = _told_sexes(table, names)
    is_suspect = _is_any_suspect(connection, table)
    work, landed = _Steps(), []
    faults = [("null", "_fault", "''")]
    for column in columns:
        name = names[column.name]
        fault = f"{name}_fault"
        _add_value(work, column, table, axes, name, is_suspect=is_suspect)
        if wrong := fault_of(column, table, _judged(column, names, told, is_suspect=is_suspect)):
            work.judged.append(f"case when _fault is null then {wrong} end as {fault}")
            faults.append((literal(column.name), fault, f"{name}_value"))
        landed += [
            f"{value} as {identifier(landed_name)}"
            for value, landed_name in zip(
                _landed_values(column, table, names), landed_names(column), strict=True
            )
        ]
    is_bad = f"coalesce({', '.join(fault for _, fault, _ in faults)}) is not null"
    described = ", ".join(
        f"{{'column_name': {column_name}, 'fault': {fault}, 'value': {value}}}"
        for column_name, fault, value in faults
    )
    is_unread = " or ".join(
        f"({names[column]}_value is not null and {names[column]} is null)" for column in told
    )
    query = steps(
        "select * from text_row inner join file_coverage using (file_no)",
        *work.in_order(),
        f"case when {is_bad} then [{described}] end as _faults",
    )
    connection.execute(
        f"create or replace temp table checked_row as {query} select file_no, _row_number, "
        f"{', '.join(landed)}, {_period_month(table, names)} as _period_month, _faults, "
        f"{is_unread or 'false'} as _is_sex_unread from ready",
        hmac_parameters(key) if work.identities else {},
    )
    connection.execute("drop table text_row")
    fault_unknown_references(connection, table, axes)
    names_landed = [name for column in columns for name in landed_names(column)]
    counts = count_rows(connection, table, names_landed, len(files))
    problems: dict[int, list[Problem]] = {}
    if any(each.rows_quarantined for each in counts):
        problems = _describe(connection, table, files)
        numbers = _count_numbers(connection)
        counts = [
            replace(each, rows_with_number=numbers.get(n, 0)) for n, each in enumerate(counts)
        ]
    if told:
        _describe_sexes(table, files, counts, problems)
    return [Checked(each, tuple(problems.get(n, ()))) for n, each in enumerate(counts)]


def _is_any_suspect(connection: DuckDBPyConnection, table: SourceTable) -> bool:
    """Return whether a text that may be anything has what no value should have, in any row.

    All texts of a row at once: to look into each would cost more than to read them.
    """
    free = [identifier(column.name) for column in table.landed_columns if is_free(column)]
    if not free:
        return False
    found = connection.execute(
        f"select bool_or(regexp_matches(concat_ws('\x1f', {', '.join(free)}), "
        f"{literal(SUSPECT)})) from text_row"
    ).fetchone()
    return bool(found and found[0])


def _add_value(
    work: _Steps,
    column: SourceColumn,
    table: SourceTable,
    axes: Mapping[str, frozenset[str]],
    name: str,
    *,
    is_suspect: bool,
) -> None:
    """Add what makes column `name` from the text of a column of the contract."""
    value, read, plain = f"{name}_value", f"{name}_read", f"{name}_plain"
    work.values.append(f"{filled_text(column, table)} as {value}")
    if is_suspect and is_free(column):
        work.plains.append(f"{found_number(value)} as {name}_found")
    if column.contract.identity:
        scope = (value, name, "_scope")
        work.identities.append(
            local_id_steps(*scope)
            if column.contract.identity == "local"
            else person_number_steps(*scope, "_reference")
        )
        return
    first = reading(column, table, axes, value)
    if first is None:
        is_filled = f"({value} is not null)" if column.contract.presence else value
        work.typed.append(f"{is_filled} as {name}")
    else:
        work.reads.append(f"{first} as {read}")
        work.plains.append(
            f"case when {read} is null and {value} is not null "
            f"then {plainer(column, table, value)} end as {plain}"
        )
        again = [reading(column, table, axes, plain), without_noise(column, table, plain)]
        typed = f"coalesce({', '.join([read, *filter(None, again)])})"
        if column.contract.exclusive:
            typed = f"cast({typed} as date) - 1"
        work.typed.append(f"{typed} as {name}")


def _judged(
    column: SourceColumn, names: Mapping[str, str], told: Mapping[str, str], *, is_suspect: bool
) -> Judged:
    name, contract = names[column.name], column.contract
    return Judged(
        value=f"{name}_value",
        typed=name,
        plain=f"{name}_plain",
        begin=names[contract.ends] if contract.ends else None,
        number_sex=told.get(column.name),
        found=f"{name}_found" if is_suspect and is_free(column) else None,
    )


def _told_sexes(table: SourceTable, names: Mapping[str, str]) -> dict[str, str]:
    """Return the column of a system's sex beside a single number, and what that number tells."""
    if len(table.identities) != 1 or table.sex_column is None:
        return {}
    return {table.sex_column.name: f"{names[table.identities[0].name]}_sex"}


def _landed_values(column: SourceColumn, table: SourceTable, names: Mapping[str, str]) -> list[str]:
    """Return the SQL of what a column lands as; where a number tells no birth a column may."""
    name = names[column.name]
    if column.contract.birth_of:
        return []
    if not column.contract.identity:
        return [name]
    values = {part: f"{name}_{part}" for part in PARTS}
    for birth in table.landed_columns:
        if birth.contract.birth_of == column.name:
            day = names[birth.name]
            for part, kind in (("year", "smallint"), ("month", "tinyint")):
                values[f"birth_{part}"] = (
                    f"case when {name}_birth_year is null then cast({part}({day}) as {kind}) "
                    f"else {name}_birth_{part} end"
                )
    return list(values.values())


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
    connection: DuckDBPyConnection, table: SourceTable, files: Sequence[tuple[str, Coverage]]
) -> dict[int, list[Problem]]:
    """Fill temp table `quarantined` with a reason per row and column; return the first by file."""
    whens = [
        (
            literal(each.name),
            plainer(each, table, "value"),
            why_unread(each, table, "value", "plain"),
        )
        for each in table.landed_columns
        if is_read(each)
    ]
    plain = " ".join(f"when column_name = {name} then {text}" for name, text, _ in whens)
    why = " ".join(f"when column_name = {name} then {text}" for name, _, text in whens)
    connection.execute(
        f"""
        create or replace temp table quarantined as
        with
            fault as (
                select file_no, _row_number as row_number, unnest(_faults, recursive := true)
                from checked_row
                where _faults is not null
            ),
            plain as (select *, case {plain} when true then value end as plain from fault),
            explained as (
                select * replace (
                    case when fault = '{UNREAD}' then case {why} when true then fault end
                    else fault end as fault
                )
                from plain
            )
        select
            file_no, row_number, column_name,
            fault || coalesce(': ' || {_value_class("nullif(value, '')")}, '') as reason
        from explained
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


def _count_numbers(connection: DuckDBPyConnection) -> dict[int, int]:
    """Return how many rows of each file have a person number where no identity is."""
    return dict(
        connection.execute(
            "select file_no, count(distinct row_number) from quarantined "
            "where starts_with(reason, $reason) group by file_no",
            {"reason": PERSON_NUMBER},
        ).fetchall()
    )


def _describe_sexes(
    table: SourceTable,
    files: Sequence[tuple[str, Coverage]],
    counts: Sequence[Counts],
    problems: dict[int, list[Problem]],
) -> None:
    """Add a problem of each file whose codes of a sex the contract does not know."""
    column = table.sex_column.name if table.sex_column else None
    for file_no, each in enumerate(counts):
        if each.sexes_unread:
            problems.setdefault(file_no, []).append(
                Problem(
                    row=None,
                    column=column,
                    message=f"{files[file_no][0]}, column {column}: {each.sexes_unread} rows have "
                    "an unknown code; they load, since their number tells the sex",
                    fix=FIXES[UNKNOWN_CODE],
                )
            )


def _value_class(value: str) -> str:
    """Return the SQL that names the class of a value and shows no letter or digit of it."""
    shape = f"{value}"
    for pattern, sign in (("[0-9]", "9"), (r"\p{L}", "a"), (r"[^a9 -/:-@\[-`{-~]", "?")):
        shape = f"regexp_replace({shape}, '{pattern}', '{sign}', 'g')"
    return f"""case
        when regexp_full_match({value}, '{SCIENTIFIC}') then 'scientific notation'
        when regexp_full_match({value}, '[0-9]+') then 'digits (' || length({value}) || ')'
        when regexp_full_match({value}, '\\p{{L}}+')
        then 'letters (' || length({value}) || ' characters)'
        when length({value}) > 30 then 'text (' || length({value}) || ' characters)'
        else 'shape ' || {shape}
    end"""


def _period_month(table: SourceTable, names: Mapping[str, str]) -> str:
    if table.contract.period_column:
        return f"cast(date_trunc('month', {names[table.contract.period_column]}) as date)"
    return "_first_month"
