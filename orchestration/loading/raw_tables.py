"""The tables of the raw file: the log of deliveries, and one table per source table's contract.

What goes into them is delivery.py.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from orchestration.database import using
from orchestration.errors import JamviktError
from orchestration.loading.checking import landed_names
from orchestration.loading.person_number import PART_TYPES
from orchestration.loading.sql_text import identifier
from orchestration.loading.values import HOURS_TYPE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from duckdb import DuckDBPyConnection

    from orchestration.loading.contract import SourceTable
    from orchestration.workspace import Workspace

RESTORE_RAW = (
    "restore it from a backup, with the pseudonym key it was loaded with; without a backup move it "
    "and the publication elsewhere, and a night loads what still lies in landing"
)
LOG_TABLES = {
    "delivery": {
        "delivery_id": "bigint",
        "source_name": "varchar",
        "table_name": "varchar",
        "file_name": "varchar",
        "sha256": "varchar",
        "contract_hash": "varchar",
        "received_at": "timestamptz",
        "area_code": "varchar",
        "period_start": "date",
        "period_end": "date",
        "status": "varchar",
        "reason": "varchar",
        "rows_in_file": "bigint",
        "rows_loaded": "bigint",
        "rows_quarantined": "bigint",
        "loaded_at": "timestamptz",
        "known_at": "timestamptz",
        "withdrawn_at": "timestamptz",
        "withdrawn_reason": "varchar",
    },
    "delivery_month": {"delivery_id": "bigint", "month": "date"},
    "delivery_signal": {
        "delivery_id": "bigint",
        "signal": "varchar",
        "value": "decimal(18,6)",
        "upper_limit": "decimal(18,6)",
        "is_over": "boolean",
    },
    "pseudonym_key": {"check_value": "varchar"},
    "quarantined_row": {
        "delivery_id": "bigint",
        "row_number": "bigint",
        "column_name": "varchar",
        "reason": "varchar",
    },
}
OWN_COLUMNS = {
    "_delivery_id": "bigint",
    "_row_number": "bigint",
    "_area_code": "varchar",
    "_period_month": "date",
}


@contextmanager
def open_raw(
    raw_file: Path, workspace: Workspace, *, read_only: bool = False
) -> Iterator[DuckDBPyConnection]:
    """Open the raw file; what does not fit in memory spills into the workspace.

    Raises JamviktError when another process has it open, when the disk is full and when it is
    damaged.
    """
    raw_file.parent.mkdir(parents=True, exist_ok=True)
    with (
        using(raw_file, RESTORE_RAW),
        workspace.connect(raw_file, "raw", read_only=read_only) as connection,
    ):
        yield connection


def ensure_raw_tables(connection: DuckDBPyConnection, tables: Iterable[SourceTable]) -> None:
    """Make the log and the raw table of every contract; add columns that a contract has gained.

    Rows loaded before have null in a new column until their file is loaded again. A column that
    left its contract stays and is null from then on. Raises JamviktError for a changed type.
    """
    connection.execute("create schema if not exists log")
    for name, columns in LOG_TABLES.items():
        described = ", ".join(f"{column} {kind}" for column, kind in columns.items())
        connection.execute(f"create table if not exists log.{name} ({described})")
    _complete_log(connection)
    for table in tables:
        _ensure(connection, table)


def _complete_log(connection: DuckDBPyConnection) -> None:
    """Add the columns that the log of an earlier version lacks.

    What was loaded before the log said when counts from the day it was drawn.
    """
    there = {name for name, *_ in connection.execute("describe log.delivery").fetchall()}
    missing = [name for name in LOG_TABLES["delivery"] if name not in there]
    for name in missing:
        kind = LOG_TABLES["delivery"][name]
        connection.execute(f"alter table log.delivery add column {name} {kind}")
    if "known_at" in missing:
        connection.execute("update log.delivery set known_at = received_at")


def _ensure(connection: DuckDBPyConnection, table: SourceTable) -> None:
    wanted = {**_landed_types(table), **OWN_COLUMNS}
    existing: dict[str, str] = dict(
        connection.execute(
            "select column_name, lower(data_type) from duckdb_columns() where not internal "
            "and database_name = current_database() and schema_name = $source "
            "and table_name = $table",
            {"source": table.source_name, "table": table.table_name},
        ).fetchall()
    )
    schema = identifier(table.source_name)
    relation = f"{schema}.{identifier(table.table_name)}"
    if not existing:
        columns = ", ".join(f"{identifier(name)} {kind}" for name, kind in wanted.items())
        connection.execute(f"create schema if not exists {schema}")
        connection.execute(f"create table {relation} ({columns})")
        return
    for name, kind in wanted.items():
        if name not in existing:
            connection.execute(f"alter table {relation} add column {identifier(name)} {kind}")
        elif existing[name] != kind:
            raise JamviktError(
                f"{table.file}: {table.source_name}.{table.table_name}.{name} was {existing[name]} "
                f"and is now {kind}; what is loaded cannot become that by itself",
                f"give the column another name (with `header: {name}`), or drop the raw table "
                f"{table.source_name}.{table.table_name} and its rows of log.delivery to load "
                "its files again",
            )


def _landed_types(table: SourceTable) -> dict[str, str]:
    types: dict[str, str] = {}
    for column in table.landed_columns:
        kinds = PART_TYPES if column.contract.identity else (_sql_type(column.data_type),)
        types |= dict(zip(landed_names(column), kinds, strict=False))
    return types


def _sql_type(data_type: str) -> str:
    return {"month": "date", "hours": HOURS_TYPE}.get(data_type, data_type)
