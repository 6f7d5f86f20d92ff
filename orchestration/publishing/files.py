"""Writes the files of one release: the DuckDB file, Parquet and CSV.

Equal rows give byte-identical Parquet and CSV. Where the files end up is said in release.py.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
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
REBUILD = "run again: every night builds it anew; where that does not help, look at the disk"
"""The fix of a damaged build file."""
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
    """A table or view of the build file that readers get."""

    schema: str
    name: str
    key: tuple[str, ...] = ()
    """Primary key, the order of the rows; without one every column in turn."""
    is_shown_whole: bool = False
    """Whether a published view shows all of it, so that it needs no files of its own."""


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

    A long table is `csv/<schema>/<table>.csv.gz` and not in `csv_sv/`. A view stays one in the
    DuckDB file; it may read nothing that is not published.

    `workspace`: bounds of the engine that writes.

    Raises UnpublishableError for a table of another schema, one that the build file lacks, or a
    view that reads what readers do not get.
    """
    database = folder / DATABASE
    with workspace.connect(database, "publish") as connection:
        connection.execute("set threads = 1")
        connection.execute(f"attach {_text(build_file)} as build (read_only)")
        found = [_find(connection, table) for table in tables]
        for schema in sorted({each.table.schema for each in found}):
            connection.execute(f"create schema {_name(schema)}")
        # Empty tables first: a view that reads what is not published stops before a row is written.
        for each in sorted(found, key=lambda each: bool(each.view_sql)):
            _create(connection, each)

        def write(each: _Found) -> WrittenTable:
            with connection.cursor() as cursor:
                if not each.view_sql:
                    _fill(cursor, each.table)
                return _write_flat_files(cursor, each, folder)

        with ThreadPoolExecutor(WRITERS) as writers:
            # The longest first, so that nobody is left alone with it.
            written = list(writers.map(write, sorted(found, key=lambda each: -each.size)))
        connection.execute("detach build")
        connection.execute("checkpoint")
    if database.with_name(database.name + ".wal").exists():
        raise UnpublishableError(f"{database} still has a .wal: something else has it open")
    return sorted(written, key=lambda table: (table.schema, table.name))


@dataclass(frozen=True)
class _Found:
    """A table or view as it stands in the build file."""

    table: PublishedTable
    """Its key is never empty."""
    view_sql: str | None
    size: float
    """About how many rows; of a view, more than any table has."""


def _find(connection: duckdb.DuckDBPyConnection, table: PublishedTable) -> _Found:
    if table.schema not in PUBLISHED_SCHEMAS:
        raise UnpublishableError(f"{table.schema}.{table.name} is in no schema that is published")
    found = connection.execute(
        """
        select null, cast(estimated_size as double)
        from duckdb_tables()
        where database_name = 'build' and schema_name = $schema and table_name = $name
        union all
        select sql, cast('infinity' as double)
        from duckdb_views()
        where database_name = 'build' and schema_name = $schema and view_name = $name
        """,
        {"schema": table.schema, "name": table.name},
    ).fetchone()
    if not found:
        raise UnpublishableError(f"{table.schema}.{table.name} is no table of the build file")
    columns = connection.execute(f"describe build.{_relation(table)}").fetchall()
    key = table.key or tuple(column for column, *_ in columns)
    return _Found(replace(table, key=key), *found)


def _create(connection: duckdb.DuckDBPyConnection, found: _Found) -> None:
    """Create a table without rows, or a view as it stands in the build file, with comments."""
    import duckdb

    table = found.table
    name = _relation(table)
    try:
        connection.execute(found.view_sql or f"create table {name} as from build.{name} limit 0")
    except duckdb.CatalogException as error:
        raise UnpublishableError(
            f"{table.schema}.{table.name} reads what is not published: {error}"
        ) from None
    described = connection.execute(
        """
        select 'table', '', comment
        from duckdb_tables()
        where database_name = 'build' and schema_name = $schema and table_name = $table
        union all
        select 'view', '', comment
        from duckdb_views()
        where database_name = 'build' and schema_name = $schema and view_name = $table
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


def _fill(connection: duckdb.DuckDBPyConnection, table: PublishedTable) -> None:
    name = _relation(table)
    connection.execute(f"insert into {name} from build.{name} order by {_order(table)}")


def _write_flat_files(
    connection: duckdb.DuckDBPyConnection, found: _Found, folder: Path
) -> WrittenTable:
    table = found.table
    if table.is_shown_whole:
        return _written(connection, table, _relation(table))
    parquet = _file(folder, "parquet", table, "parquet")
    name = _relation(table)
    rows = f"from build.{name} order by {_order(table)}" if found.view_sql else f"from {name}"
    connection.execute(
        f"copy ({rows}) to {_text(parquet)} "
        "(format parquet, compression zstd, compression_level 9, "
        f"row_group_size {ROW_GROUP_SIZE})"
    )
    written = _written(connection, table, _text(parquet))
    if table.schema not in CSV_SCHEMAS:
        return written
    is_packed = written.rows > MOST_CSV_ROWS
    file = _file(folder, "csv", table, "csv.gz" if is_packed else "csv")
    connection.execute(
        f"copy (from {_text(parquet)}) to {_text(file)} (format csv, header, delimiter ',', "
        f"new_line '\\r\\n', compression {'gzip' if is_packed else 'none'})"
    )
    if not is_packed:
        file = _file(folder, "csv_sv", table, "csv")
        connection.execute(
            f"copy ({_swedish_select(connection, parquet)}) to {_text(file)} "
            "(format csv, header, delimiter ';', new_line '\\r\\n')"
        )
    return written


def _written(
    connection: duckdb.DuckDBPyConnection, table: PublishedTable, source: str
) -> WrittenTable:
    counted = connection.execute(f"select count(*) from {source}").fetchone()
    return WrittenTable(table.schema, table.name, table.key, counted[0] if counted else 0)


def _swedish_select(connection: duckdb.DuckDBPyConnection, parquet: Path) -> str:
    """Return a select with decimal commas, whose first column's name starts with the BOM."""
    columns = []
    for index, (column, data_type, *_) in enumerate(
        connection.execute(f"describe from {_text(parquet)}").fetchall()
    ):
        value = _name(column)
        if data_type in ("DOUBLE", "FLOAT") or data_type.startswith("DECIMAL"):
            value = f"replace(cast({value} as varchar), '.', ',')"
        columns.append(f"{value} as {_name((BYTE_ORDER_MARK if index == 0 else '') + column)}")
    return f"select {', '.join(columns)} from {_text(parquet)}"


def _file(folder: Path, kind: str, table: PublishedTable, ending: str) -> Path:
    file = folder / kind / table.schema / f"{table.name}.{ending}"
    file.parent.mkdir(parents=True, exist_ok=True)
    return file


def _relation(table: PublishedTable) -> str:
    return f"{_name(table.schema)}.{_name(table.name)}"


def _order(table: PublishedTable) -> str:
    return ", ".join(f"{_name(column)} asc nulls first" for column in table.key)


def _name(identifier: str) -> str:
    return '"' + identifier.replace('"', '""') + '"'


def _text(value: object) -> str:
    return "'" + str(value).replace("'", "''") + "'"
