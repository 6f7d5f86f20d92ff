"""Writes the files of one release: the DuckDB file, Parquet and CSV.

Equal rows give byte-identical Parquet and CSV. Where the files end up is said in release.py.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    import duckdb

    from orchestration.workspace import Workspace

PUBLISHED_SCHEMAS = ("marts", "indicators", "quality")
"""Nothing with a row per person stands in these; staging, facts and seeds are never published."""
CSV_SCHEMAS = ("marts",)
MOST_CSV_ROWS = 100_000
"""A longer table is packed, and not written for Excel, which could not show it."""
ROW_GROUP_SIZE = 122_880
"""Fixed, as are the threads: both would otherwise show in the bytes of a Parquet file."""
WRITERS = 2
"""Tables that are written at a time, each by one thread."""
DATABASE = "jamvikt.duckdb"
"""Not `marts.duckdb`: DuckDB names the catalog after the file, and with a schema of the same name
`select * from marts.mart_indicator` is refused as ambiguous."""
BYTE_ORDER_MARK = "\ufeff"
"""Swedish Excel takes a CSV file for UTF-8 only with it."""


class UnpublishableError(ValueError):
    """The build file holds something that may not or cannot be published."""


@dataclass(frozen=True)
class PublishedTable:
    """A table of the build file that readers get."""

    schema: str
    name: str
    key: tuple[str, ...] = ()
    """Primary key, the order of the rows; without one every column in turn."""


@dataclass(frozen=True)
class WrittenTable:
    """A table as it was published."""

    schema: str
    name: str
    key: tuple[str, ...]
    rows: int


def write_files(
    build_file: Path,
    folder: Path,
    tables: Iterable[PublishedTable],
    workspace: Workspace,
) -> list[WrittenTable]:
    """Write `jamvikt.duckdb`, `parquet/`, `csv/` and `csv_sv/` into an empty folder.

    A long table is `csv/<schema>/<table>.csv.gz` and not in `csv_sv/`.

    `workspace`: bounds of the engine that writes.

    Raises UnpublishableError for a table of another schema, one that the build file lacks, or one
    that is no table.
    """
    database = folder / DATABASE
    with workspace.connect(database, "publish") as connection:
        connection.execute("set threads = 1")
        connection.execute(f"attach {_text(build_file)} as build (read_only)")
        to_write = [_to_write(connection, table) for table in tables]
        for schema in sorted({table.schema for table in to_write}):
            connection.execute(f"create schema {_name(schema)}")

        def write(table: WrittenTable) -> None:
            with connection.cursor() as cursor:
                _copy_table(cursor, table)
                _write_flat_files(cursor, table, folder)

        with ThreadPoolExecutor(WRITERS) as writers:
            # The longest first, so that nobody is left alone with it.
            list(writers.map(write, sorted(to_write, key=lambda table: -table.rows)))
        connection.execute("detach build")
        connection.execute("checkpoint")
    if database.with_name(database.name + ".wal").exists():
        raise UnpublishableError(f"{database} still has a .wal: something else has it open")
    return sorted(to_write, key=lambda table: (table.schema, table.name))


def _to_write(connection: duckdb.DuckDBPyConnection, table: PublishedTable) -> WrittenTable:
    """Return what is written of a table, with the order and the number of its rows."""
    if table.schema not in PUBLISHED_SCHEMAS:
        raise UnpublishableError(f"{table.schema}.{table.name} is in no schema that is published")
    columns = connection.execute(
        """
        select columns.column_name
        from duckdb_columns() as columns
        join duckdb_tables() as tables using (database_name, schema_name, table_name)
        where
            columns.database_name = 'build'
            and columns.schema_name = ?
            and columns.table_name = ?
        order by columns.column_index
        """,
        [table.schema, table.name],
    ).fetchall()
    if not columns:
        raise UnpublishableError(f"{table.schema}.{table.name} is no table of the build file")
    counted = connection.execute(
        f"select count(*) from build.{_name(table.schema)}.{_name(table.name)}"
    ).fetchone()
    return WrittenTable(
        schema=table.schema,
        name=table.name,
        key=table.key or tuple(name for (name,) in columns),
        rows=counted[0] if counted else 0,
    )


def _copy_table(connection: duckdb.DuckDBPyConnection, table: WrittenTable) -> None:
    name = f"{_name(table.schema)}.{_name(table.name)}"
    order = ", ".join(f"{_name(column)} asc nulls first" for column in table.key)
    connection.execute(f"create table {name} as select * from build.{name} order by {order}")
    described = connection.execute(
        """
        select 'table', '', comment
        from duckdb_tables()
        where database_name = 'build' and schema_name = $schema and table_name = $table
        union all
        select 'column', column_name, comment
        from duckdb_columns()
        where database_name = 'build' and schema_name = $schema and table_name = $table
        """,
        {"schema": table.schema, "table": table.name},
    ).fetchall()
    for kind, column, comment in described:
        if comment:
            target = f"{name}.{_name(column)}" if column else name
            connection.execute(f"comment on {kind} {target} is {_text(comment)}")


def _write_flat_files(
    connection: duckdb.DuckDBPyConnection, table: WrittenTable, folder: Path
) -> None:
    name = f"{_name(table.schema)}.{_name(table.name)}"
    file = _file(folder, "parquet", table, "parquet")
    connection.execute(
        f"copy {name} to {_text(file)} "
        f"(format parquet, compression zstd, row_group_size {ROW_GROUP_SIZE})"
    )
    if table.schema not in CSV_SCHEMAS:
        return
    is_packed = table.rows > MOST_CSV_ROWS
    file = _file(folder, "csv", table, "csv.gz" if is_packed else "csv")
    connection.execute(
        f"copy {name} to {_text(file)} (format csv, header, delimiter ',', new_line '\\r\\n', "
        f"compression {'gzip' if is_packed else 'none'})"
    )
    if not is_packed:
        file = _file(folder, "csv_sv", table, "csv")
        connection.execute(
            f"copy ({_swedish_select(connection, table)}) to {_text(file)} "
            "(format csv, header, delimiter ';', new_line '\\r\\n')"
        )


def _swedish_select(connection: duckdb.DuckDBPyConnection, table: WrittenTable) -> str:
    """Return a select with decimal commas, whose first column's name starts with the BOM."""
    name = f"{_name(table.schema)}.{_name(table.name)}"
    columns = []
    for index, (column, data_type, *_) in enumerate(
        connection.execute(f"describe {name}").fetchall()
    ):
        value = _name(column)
        if data_type in ("DOUBLE", "FLOAT") or data_type.startswith("DECIMAL"):
            value = f"replace(cast({value} as varchar), '.', ',')"
        columns.append(f"{value} as {_name((BYTE_ORDER_MARK if index == 0 else '') + column)}")
    return f"select {', '.join(columns)} from {name}"


def _file(folder: Path, kind: str, table: WrittenTable, ending: str) -> Path:
    file = folder / kind / table.schema / f"{table.name}.{ending}"
    file.parent.mkdir(parents=True, exist_ok=True)
    return file


def _name(identifier: str) -> str:
    return '"' + identifier.replace('"', '""') + '"'


def _text(value: object) -> str:
    return "'" + str(value).replace("'", "''") + "'"
