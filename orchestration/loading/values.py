"""One column of text as SQL: its typed value, and what is wrong where it has none.

A text is read as it stands and, only where that gives nothing, once more without what people and
programs put around a value: another dash, thousands marks, a decimal nought, a sign. The statement
these expressions stand in is checking.py.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from orchestration.loading.person_number import (
    NO_BIRTH,
    PLACEHOLDER,
    TEN_DIGITS,
    is_person_number,
)
from orchestration.loading.spreadsheet import spreadsheet_error
from orchestration.loading.sql_text import identifier, literal, literals, with_plain_dashes

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from orchestration.loading.contract import SourceColumn, SourceTable

MISSING, UNKNOWN_CODE = "missing", "unknown code"
OUTSIDE_PERIOD = "outside the months of the file"
ENDS_FIRST = "ends before it begins"
TOO_LARGE, TOO_MANY_DECIMALS = "too large", "more than"
PER_CENT = "a share in per cent"
PERSON_NUMBER = "person number in a column that is no identity"
UNREAD = "unread"
"""Fault of a text that is no value; why_unread says why, of the few that have it."""

SUSPECT = rf"{TEN_DIGITS}|(^|\x1f)#"
"""What a text may hold that is no value: a person number, an error of a spreadsheet."""
EARLIEST_DATE = "1800-01-01"
"""A year of two digits read as the first century is a mistake, not a date."""
TRUE_WORDS, FALSE_WORDS = ("ja", "j", "true", "1"), ("nej", "n", "false", "0")
CLOCK = "-?[0-9]+:[0-5][0-9](:[0-5][0-9])?"
HOURS_TYPE = "decimal(12,4)"
"""A minute is 0.0167 hours."""
MONTH_FORMATS = ("%Y%m", "%Y-%m", "%YM%m")
WORKBOOK_DATES = ("%Y-%m-%d", "%Y-%m-%dT%H:%M:%S")
"""How workbook.py writes a cell that Excel knows to be a date."""
NOUGHT = "^(-?[0-9]+)[.,]0{1,2}$"
"""A whole number that a program has written as a decimal one; three noughts may be thousands."""
MIDNIGHT = "^(.+)[T ]00:00(:00([.,]0+)?)?(Z|[+-][0-9]{2}:?[0-9]{2})?$"
EXACT_DIGITS = 15
"""What Excel and a double hold of a number; the digits after them are noise."""
NUMBERS = ("integer", "bigint", "decimal", "hours")


def _base_type(column: SourceColumn) -> str:
    return column.data_type.partition("(")[0]


def _scale(column: SourceColumn) -> int:
    match _base_type(column):
        case "decimal":
            return int(column.data_type.rpartition(",")[2].rstrip(")"))
        case "hours":
            return 4
        case _:
            return 0


def filled_text(column: SourceColumn, table: SourceTable) -> str:
    """Return the SQL of a column's text, trimmed, null for a null word."""
    text = f"trim({identifier(column.name)})"
    words = dict.fromkeys(("", *table.contract.nulls))
    return f"case when {text} not in ({literals(words)}) then {text} end"


def reading(
    column: SourceColumn, table: SourceTable, axes: Mapping[str, frozenset[str]], text: str
) -> str | None:
    """Return the SQL of the typed value of a text, null where the text is not of the type.

    None where any text is a value. Casts alone would not do: DuckDB rounds 3.7 to an integer and
    reads 1e3.
    """
    if column.contract.identity or column.contract.presence:
        return None
    if column.contract.axis:
        own = column.contract.codes
        codes = sorted(axes[column.contract.axis]) if own is None else own
        return (
            f"case when {text} in ({literals(codes)}) then cast({text} as {column.data_type}) end"
        )
    mark = re.escape(table.contract.decimal)
    number = f"replace({text}, {literal(table.contract.decimal)}, '.')"
    match _base_type(column):
        case "integer" | "bigint":
            return (
                f"case when regexp_full_match({text}, '-?[0-9]+') "
                f"then try_cast({text} as {column.data_type}) end"
            )
        case "decimal":
            pattern = f"-?[0-9]*({mark}[0-9]{{0,{_scale(column)}}})?"
            return (
                f"case when regexp_full_match({text}, {literal(pattern)}) "
                f"then try_cast({number} as {column.data_type}) end"
            )
        case "hours":
            seconds = " + ".join(
                f"{factor} * coalesce(try_cast(split_part(ltrim({text}, '-'), ':', {part}) "
                "as bigint), 0)"
                for part, factor in ((1, 3600), (2, 60), (3, 1))
            )
            sign = f"case when starts_with({text}, '-') then -1 else 1 end"
            pattern = f"-?[0-9]+({mark}[0-9]{{0,{_scale(column)}}})?"
            return (
                f"case when regexp_full_match({text}, '{CLOCK}') "
                f"then try_cast({sign} * ({seconds}) / 3600.0 as {HOURS_TYPE}) "
                f"when regexp_full_match({text}, {literal(pattern)}) "
                f"then try_cast({number} as {HOURS_TYPE}) end"
            )
        case "date":
            return _date(text, _date_formats(table))
        case "month":
            return (
                f"date_trunc('month', case when length({text}) between 6 and 7 "
                f"then {_date(text, MONTH_FORMATS)} else {_date(text, _date_formats(table))} end)"
            )
        case "boolean":
            return (
                f"case when lower({text}) in ({literals(TRUE_WORDS)}) then true "
                f"when lower({text}) in ({literals(FALSE_WORDS)}) then false end"
            )
        case _:
            return None


def plainer(column: SourceColumn, table: SourceTable, text: str) -> str:
    """Return the SQL of a text without what stands around a value.

    That is a dash for a minus, a minus behind the number, a plus, thousands marks, the decimal
    nought of a whole number, midnight after a date, a per cent sign, `suffixes` of the column. Null
    for a null word with another dash. `text`: a column.
    """
    base, contract = _base_type(column), table.contract
    plain = with_plain_dashes(text)
    if base in NUMBERS:
        plain = f"regexp_replace({plain}, '^- +', '-')"
        plain = rf"regexp_replace({plain}, '^[+]?([0-9](?:.*[0-9])?) ?(-?)$', '\2\1')"
        if column.contract.suffixes:
            words = "|".join(map(re.escape, column.contract.suffixes))
            plain = f"rtrim(regexp_replace({plain}, {literal(f'({words})$')}, ''))"
        if takes_per_cent(column):
            plain = f"regexp_replace({plain}, ' *%$', '')"
        if contract.thousands:
            group = f"[{re.escape(contract.thousands)}]([0-9]{{3}})"
            pattern = f"^(-?[0-9]{{1,3}}){group}{f'(?:{group})?' * 4}"
            pattern += f"({re.escape(contract.decimal)}[0-9]*)?$"
            parts = "".join(rf"\{number}" for number in range(1, 8))
            plain = f"regexp_replace({plain}, {literal(pattern)}, '{parts}')"
    elif base in ("date", "month"):
        plain = rf"regexp_replace({plain}, '{MIDNIGHT}', '\1')"
    plain = rf"regexp_replace({plain}, '{NOUGHT}', '\1')"
    return f"nullif({plain}, '-')" if "-" in contract.nulls else plain


def without_noise(column: SourceColumn, table: SourceTable, text: str) -> str | None:
    """Return the SQL of a number from a text with what binary arithmetic has left behind it.

    0.30000000000000004 is 0.3: it has more digits than a double holds, and beyond the decimals of
    the type nothing but noise. Hours that were divided, 7.333333333333333, are rounded. None where
    the type is no number. `text`: a column.
    """
    if _base_type(column) not in NUMBERS:
        return None
    scale, mark = _scale(column), table.contract.decimal
    number = f"try_cast(replace({text}, {literal(mark)}, '.') as decimal(38, 18))"
    pattern = f"-?[0-9]{{1,15}}{re.escape(mark)}[0-9]{{{scale + 1},}}"
    is_hours = _base_type(column) == "hours"
    kind = HOURS_TYPE if is_hours else column.data_type
    is_noise = f"and abs({number} - round({number}, {scale})) < 0.{'0' * (scale + 3)}1 "
    return (
        f"case when length(ltrim({text}, '-')) > {EXACT_DIGITS} "
        f"and regexp_full_match({text}, {literal(pattern)}) "
        f"{'' if is_hours else is_noise}"
        f"then try_cast(round({number}, {scale}) as {kind}) end"
    )


def takes_per_cent(column: SourceColumn) -> bool:
    """Return whether 8 % is 8 in a column: it is where the unit is per cent, or not said."""
    return column.contract.unit in (None, "percent") and _base_type(column) != "hours"


def _date_formats(table: SourceTable) -> list[str]:
    return [*table.contract.dates, *(WORKBOOK_DATES if table.contract.format == "xlsx" else ())]


def _date(text: str, formats: Iterable[str]) -> str:
    moment = f"try_strptime({text}, [{literals(formats)}])"
    return f"case when {moment} >= '{EARLIEST_DATE}' then cast({moment} as date) end"


@dataclass(frozen=True)
class Judged:
    """Names of the columns that a value is judged by."""

    value: str
    """Its text, null when blank."""
    typed: str
    """What was read."""
    plain: str
    """The text that was read the second time, null where the first sufficed."""
    begin: str | None = None
    """The day that its interval begins."""
    number_sex: str | None = None
    """What the person number of the row tells of the sex that stands here."""
    found: str | None = None
    """Digits in a text that may be a person number, where a text of the file is suspect."""


def fault_of(column: SourceColumn, table: SourceTable, judged: Judged) -> str | None:
    """Return the SQL of what is wrong with a value, null when nothing is.

    `_period_start`, `_period_end` and `_reference`, the day of receipt, are those of the row's
    file.

    None where nothing can be wrong with any.
    """
    contract = column.contract
    value, typed = judged.value, judged.typed
    if contract.presence:
        return None
    is_period = column.name == table.contract.period_column
    faults = []
    if contract.required or is_period:
        is_missing = f"{value} is null"
        if is_read(column):
            is_missing = f"{typed} is null and {judged.plain} is null"
        faults.append(f"when {is_missing} then '{MISSING}'")
    if contract.identity:
        faults.append(f"when {typed}_damage is not null then {typed}_damage")
        if contract.required or column.name in table.contract.key:
            faults.append(f"when {typed}_kind = 'placeholder' then {literal(PLACEHOLDER)}")
    elif is_read(column):
        unread = f"{judged.plain} is not null and {typed} is null"
        if judged.number_sex:
            unread += f" and {judged.number_sex} is null"
        faults.append(f"when {unread} then '{UNREAD}'")
    if is_period:
        faults.append(
            f"when {typed} not between _period_start and _period_end then '{OUTSIDE_PERIOD}'"
        )
    if contract.birth_of:
        faults.append(f"when {typed} > _reference then {literal(NO_BIRTH)}")
    if judged.begin:
        faults.append(f"when {typed} < {judged.begin} then '{ENDS_FIRST}'")
    if judged.found:
        faults.append(f"when true then {_free_fault(column, value, judged.found)}")
    return f"case {' '.join(faults)} end" if faults else None


def is_read(column: SourceColumn) -> bool:
    """Return whether not every text is a value of the column."""
    contract = column.contract
    if contract.identity or contract.presence:
        return False
    return contract.axis is not None or _base_type(column) != "varchar"


def is_free(column: SourceColumn) -> bool:
    """Return whether a text lands as it stands, or any whole number does."""
    contract = column.contract
    is_bound = contract.identity or contract.presence or contract.axis or contract.known_in
    return not is_bound and _base_type(column) in ("varchar", "bigint")


def _free_fault(column: SourceColumn, value: str, found: str) -> str:
    error = spreadsheet_error(value)
    if column.contract.looks_like_identity:
        return error
    is_number = f"{found} is not null and {is_person_number(found)}"
    return f"coalesce({error}, case when {is_number} then '{PERSON_NUMBER}' end)"


def why_unread(column: SourceColumn, table: SourceTable, value: str, plain: str) -> str:
    """Return the SQL that says why a text is no value, in words that show nothing of it.

    `plain`: the column with the text that was read the second time.
    """
    base, mark = _base_type(column), table.contract.decimal
    number = f"number with decimal {'comma' if mark == ',' else 'point'}"
    formats = " or ".join(table.contract.dates)
    what = {
        "date": f"a day of the calendar since 1800 written {formats}",
        "month": "a month of the calendar",
        "boolean": "yes or no",
        "decimal": f"a {number}",
        "hours": f"a {number} or hours:minutes (00 to 59)",
    }.get(base, "a whole number")
    error = spreadsheet_error(value)
    if column.contract.axis:
        return f"coalesce({error}, '{UNKNOWN_CODE}')"
    causes: list[tuple[str, str]] = []
    if base in NUMBERS:
        scale, point = _scale(column), re.escape(mark)
        within = f"-?([0-9]+{point}?|[0-9]*{point}[0-9]{{1,{scale}}})" if scale else "-?[0-9]+"
        causes.append((within, TOO_LARGE))
        if base == "hours":
            causes.append((CLOCK, TOO_LARGE))
        if scale:
            causes.append((f"-?[0-9]*{point}[0-9]+", f"{TOO_MANY_DECIMALS} {scale} decimals"))
        if not takes_per_cent(column):
            unit = column.contract.unit or "hours"
            causes.append((".*%", f"{PER_CENT} of a column in {unit}"))
    whens = "".join(
        f" when regexp_full_match({plain}, {literal(form)}) then {literal(cause)}"
        for form, cause in causes
    )
    return f"coalesce({error}, case{whens} when true then {literal(f'not {what}')} end)"
