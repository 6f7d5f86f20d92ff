"""Rows that name what no seed knows: quarantined one by one, with the code where that is safe.

Which column is held against which seed stands in the contract (`known_in`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from orchestration.loading.sql_text import identifier, literal, literals

if TYPE_CHECKING:
    from collections.abc import Mapping

    from duckdb import DuckDBPyConnection

    from orchestration.loading.contract import SourceTable

NOT_IN_SEEDS = "not in seeds/"
SHOWN = "[0-9]{1,5}"
"""So few digits are a code of an area or an activity, never an identity or a birthday."""


def fault_unknown_references(
    connection: DuckDBPyConnection, table: SourceTable, axes: Mapping[str, frozenset[str]]
) -> None:
    """Give a fault to every good row of `checked_row` that names something the seeds lack."""
    for column in table.landed_columns:
        if column.contract.known_in is None:
            continue
        name = identifier(column.name)
        seed = f"{NOT_IN_SEEDS}{column.contract.known_in.partition('.')[0]}.csv"
        is_shown = f"regexp_full_match({name}, '{SHOWN}')"
        connection.execute(
            f"""
            update checked_row
            set _faults = [{{
                'column_name': {literal(column.name)},
                'fault': {literal(seed)} || case when {is_shown} then ': ' || {name} else '' end,
                'value': case when not {is_shown} then {name} end
            }}]
            where _faults is null
                and {name} not in ({literals(sorted(axes[column.contract.known_in]))})
            """
        )
