"""One column of text as SQL: its typed value, and what is wrong where it has none.

The statement these expressions stand in is checking.py.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from orchestration.loading.sql_text import identifier, literal, literals

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from orchestration.loading.contract import SourceColumn, SourceTable

MISSING, UNKNOWN_CODE = "missing", "unknown code"
OUTSIDE_PERIOD = "outside the months of the file"
SPREADSHEET_DAMAGE = "spoilt by a spreadsheet"
SCIENTIFIC = "[0-9]([.,][0-9]+)?[eE][+]?[0-9]+"
EARLIEST_DATE = "1800-01-01"
"""A year of two digits read as the first century is a mistake, not a date."""
TRUE_WORDS, FALSE_WORDS = ("ja", "j", "true", "1"), ("nej", "n", "false", "0")
CLOCK = "[0-9]+:[0-5][0-9]"
HOURS_TYPE = "decimal(12,4)"
"""A minute is 0.0167 hours."""
MONTH_FORMATS = ("%Y%m", "%Y-%m", "%YM%m")
WORKBOOK_DATES = ("%Y-%m-%d", "%Y-%m-%dT%H:%M:%S")
"""How workbook.py writes a cell that Excel knows to be a date."""


def filled_text(column: SourceColumn, table: SourceTable) -> str:
    """Return the SQL of a column's text, trimmed, null for a null word."""
    text = f"trim({identifier(column.name)})"
    for word in dict.fromkeys(("", *table.contract.nulls)):
        text = f"nullif({text}, {literal(word)})"
    return text


def without_thousands(column: SourceColumn, table: SourceTable, value: str) -> str | None:
    """Return the SQL of a number without thousands marks; only groups of three have them.

    None where the contract has no such marks.
    """
    marks = table.contract.thousands
    if not marks or _base_type(column) not in ("integer", "bigint", "decimal", "hours"):
        return None
    mark = f"[{re.escape(marks)}]"
    pattern = f"-?[0-9]{{1,3}}({mark}[0-9]{{3}})+({re.escape(table.contract.decimal)}[0-9]*)?"
    return (
        f"case when regexp_full_match({value}, {literal(pattern)}) "
        f"then translate({value}, {literal(marks)}, '') else {value} end"
    )


def _base_type(column: SourceColumn) -> str:
    return column.data_type.partition("(")[0]


def _scale(column: SourceColumn) -> int:
    return int(column.data_type.rpartition(",")[2].rstrip(")"))


def typed_value(column: SourceColumn, table: SourceTable, text: str) -> str:
    """Return the SQL of the typed value, null where the text is not of the type.

    Casts alone would not do: DuckDB rounds 3.7 to an integer and reads 1e3.
    """
    if column.contract.presence:
        return f"({text} is not null)"
    mark = re.escape(table.contract.decimal)
    dates = [*table.contract.dates, *(WORKBOOK_DATES if table.contract.format == "xlsx" else ())]
    match _base_type(column):
        case "integer" | "bigint":
            return (
                f"case when regexp_full_match({text}, '-?[0-9]+') "
                f"then try_cast({text} as {column.data_type}) end"
            )
        case "decimal":
            pattern = f"-?[0-9]*({mark}[0-9]{{0,{_scale(column)}}})?"
            number = f"replace({text}, {literal(table.contract.decimal)}, '.')"
            return (
                f"case when regexp_full_match({text}, {literal(pattern)}) "
                f"then try_cast({number} as {column.data_type}) end"
            )
        case "hours":
            minutes = " + ".join(
                f"{factor} * try_cast(split_part({text}, ':', {part}) as bigint)"
                for part, factor in ((1, 60), (2, 1))
            )
            pattern = f"-?[0-9]+({mark}[0-9]{{0,4}})?"
            number = f"replace({text}, {literal(table.contract.decimal)}, '.')"
            return (
                f"case when regexp_full_match({text}, '{CLOCK}') "
                f"then try_cast(({minutes}) / 60.0 as {HOURS_TYPE}) "
                f"when regexp_full_match({text}, {literal(pattern)}) "
                f"then try_cast({number} as {HOURS_TYPE}) end"
            )
        case "date":
            return _date(text, dates)
        case "month":
            return (
                f"date_trunc('month', case when length({text}) between 6 and 7 "
                f"then {_date(text, MONTH_FORMATS)} else {_date(text, dates)} end)"
            )
        case "boolean":
            return (
                f"case when lower({text}) in ({literals(TRUE_WORDS)}) then true "
                f"when lower({text}) in ({literals(FALSE_WORDS)}) then false end"
            )
        case _:
            return text


def _date(text: str, formats: Iterable[str]) -> str:
    moment = f"try_strptime({text}, [{literals(formats)}])"
    return f"case when {moment} >= '{EARLIEST_DATE}' then cast({moment} as date) end"


def fault_of(
    column: SourceColumn,
    table: SourceTable,
    axes: Mapping[str, frozenset[str]],
    value: str,
    typed: str,
) -> str | None:
    """Return the SQL of what is wrong with a value, null when nothing is.

    `_period_start` and `_period_end` are those of the row's file.

    None where nothing can be wrong with any.
    """
    contract = column.contract
    is_period = column.name == table.contract.period_column
    faults = []
    if contract.required or is_period:
        faults.append(f"when {value} is null then '{MISSING}'")
    if contract.identity:
        faults.append(
            f"when regexp_full_match({value}, '{SCIENTIFIC}') then '{SPREADSHEET_DAMAGE}'"
        )
    elif not contract.presence and (base := _base_type(column)) != "varchar":
        mark = {",": "comma", ".": "point"}[table.contract.decimal]
        what = {
            "date": f"date ({' or '.join(table.contract.dates)})",
            "month": "month",
            "boolean": "yes or no",
            "decimal": f"number with decimal {mark}",
            "hours": f"number with decimal {mark} or hours:minutes",
        }.get(base, "whole number")
        if base == "decimal":
            what += f" and at most {_scale(column)} decimals"
        faults.append(
            f"when {value} is not null and {typed} is null then {literal('not a ' + what)}"
        )
    if contract.axis:
        codes = contract.codes if contract.codes is not None else sorted(axes[contract.axis])
        faults.append(f"when {value} not in ({literals(codes)}) then '{UNKNOWN_CODE}'")
    if is_period:
        faults.append(
            f"when {typed} not between _period_start and _period_end then '{OUTSIDE_PERIOD}'"
        )
    return f"case {' '.join(faults)} end" if faults else None
