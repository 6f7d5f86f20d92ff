"""Counts of the rows of files: how many say what, and which rows of a file contradict each other.

Whole columns of `checked_row`; what is unusual about the counts is signals.py.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from orchestration.loading.sql_text import identifier, literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from duckdb import DuckDBPyConnection

    from orchestration.loading.contract import SourceTable

EQUAL_KEY = "another row of the file has the same key and says something else"
NATIONAL_NUMBERS = "('personnummer', 'samordningsnummer')"


@dataclass(frozen=True)
class Counts:
    """Of one file; persons are those of its good rows, one for every identity that is filled."""

    rows: int = 0
    rows_quarantined: int = 0
    rows_equal: int = 0
    """Good rows that stand there once before in full."""
    is_last_row_bad: bool = False
    identities: int = 0
    no_numbers: int = 0
    """Identities that are no person number."""
    women: int = 0
    men: int = 0
    unknown: int = 0
    """Rows by sex, of tables about persons: by the number, else by the system."""
    both_sexes_told: int = 0
    """Rows of which number and system both tell the sex."""
    sexes_contradict: int = 0
    sexes_unread: int = 0
    """Rows with an unknown code of a sex that their number tells."""
    rows_with_number: int = 0
    """Rows with a person number in a column that is no identity; they are quarantined."""


def count_rows(
    connection: DuckDBPyConnection,
    table: SourceTable,
    landed_names: Sequence[str],
    file_count: int,
) -> list[Counts]:
    """Count the rows of `checked_row` by file, after those with equal keys have got a fault.

    Rows of one file that have the same key and say something else are all at fault: nobody knows
    which of them is right. Of files to append the later one is, also within one of them where its
    `period_column` says which is later.
    """
    query = _query(table)
    counted = connection.execute(query).fetchall()
    if any(rows_equal for _, _, _, rows_equal, *_ in counted):
        _fault_equal_keys(connection, table, landed_names)
        counted = connection.execute(query).fetchall()
    counts = {file_no: Counts(*numbers) for file_no, *numbers in counted}
    return [counts.get(file_no, Counts()) for file_no in range(file_count)]


def _query(table: SourceTable) -> str:
    """Return the query of `file_no` and the fields of Counts."""
    key = _key(table)
    rows_equal = "0"
    if key:
        hashed = f"case when _faults is null then hash({', '.join(key)}) end"
        rows_equal = f"count(*) filter (_faults is null) - count(distinct {hashed})"
    kinds = [identifier(f"{column.name}_kind") for column in table.identities]
    number_sex, system_sex = _sexes(table)
    both = f"{number_sex} is not null and {system_sex} in ('women', 'men')"
    persons = ["false"] * 3
    if kinds or table.sex_column:
        sex = f"coalesce({number_sex}, {system_sex}, 'unknown')"
        persons = [f"{sex} = '{word}'" for word in ("women", "men", "unknown")]
    conditions = [*persons, both, f"{both} and {number_sex} <> {system_sex}"]
    conditions.append("_is_sex_unread")
    return f"""
        select
            file_no,
            count(*),
            count(_faults),
            {rows_equal},
            coalesce(max(_row_number) filter (_faults is not null) = max(_row_number), false),
            {_sum(f"{kind} is not null" for kind in kinds)},
            {_sum(f"{kind} not in {NATIONAL_NUMBERS}" for kind in kinds)},
            {", ".join(_sum([condition]) for condition in conditions)}
        from checked_row
        group by file_no
    """


def _sum(conditions: Iterable[str]) -> str:
    """Return the SQL of how often conditions hold among the good rows."""
    counts = [f"count(*) filter (_faults is null and {condition})" for condition in conditions]
    return " + ".join(counts) or "0"


def _key(table: SourceTable) -> list[str]:
    """Return the columns that tell the rows of a file apart."""
    contract = table.contract
    names = list(contract.key)
    if names and contract.delivery == "append" and contract.period_column:
        names.append(contract.period_column)
    identities = {column.name for column in table.identities}
    landed = [f"{name}_key" if name in identities else name for name in names]
    return [identifier(name) for name in dict.fromkeys(landed)]


def _sexes(table: SourceTable) -> tuple[str, str]:
    """Return the SQL of a row's sex by its number and by the system, in our codes."""
    unknown = "cast(null as varchar)"
    number_sex, system_sex = unknown, unknown
    if table.identities:
        number_sex = identifier(f"{table.identities[0].name}_sex")
    if column := table.sex_column:
        system_sex = identifier(column.name)
        if column.contract.codes:
            cases = " ".join(
                f"when {literal(theirs)} then {literal(ours)}"
                for theirs, ours in column.contract.codes.items()
            )
            system_sex = f"case {system_sex} {cases} end"
    return number_sex, system_sex


def _fault_equal_keys(
    connection: DuckDBPyConnection, table: SourceTable, landed_names: Sequence[str]
) -> None:
    """Give a fault to all rows of a file that have a key in common and say different things."""
    content = f"hash({', '.join(identifier(name) for name in landed_names)})"
    connection.execute(
        f"""
        create or replace temp table equal_row as
        select file_no, _row_number
        from checked_row
        where _faults is null
        window equal_key as (partition by file_no, {", ".join(_key(table))})
        qualify min({content}) over equal_key <> max({content}) over equal_key
        """
    )
    connection.execute(
        f"""
        update checked_row
        set _faults = [
            {{'column_name': {literal(table.contract.key[0])}, 'fault': {literal(EQUAL_KEY)},
              'value': cast(null as varchar)}}
        ]
        from equal_row
        where checked_row.file_no = equal_row.file_no
            and checked_row._row_number = equal_row._row_number
        """
    )
    connection.execute("drop table equal_row")
