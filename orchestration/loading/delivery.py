"""The files of a source table into the raw file: skipped, refused or loaded, and logged.

Every file is one transaction; reading and checking it happens elsewhere: reading_apart.py.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from orchestration.errors import JamviktError
from orchestration.loading.checking import Checked, landed_names
from orchestration.loading.file_name import (
    Coverage,
    find_files,
    landing_files,
    read_coverage,
)
from orchestration.loading.outcome import FileOutcome, Problem, UnreadableFileError
from orchestration.loading.raw_tables import ensure_raw_tables, open_raw
from orchestration.loading.reading_apart import (
    QUARANTINED,
    READ,
    ROWS,
    FileRead,
    FileToRead,
    ReaderDiedError,
    apart,
    read_file,
    sha256,
    too_large,
)
from orchestration.loading.sql_text import identifier

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import datetime
    from pathlib import Path

    from duckdb import DuckDBPyConnection

    from orchestration.loading.contract import SourceTable
    from orchestration.workspace import Workspace

NO_KEY = bytes(32)
"""Stands in where rows are judged and nothing is kept."""


def load_table(
    raw_file: Path,
    table: SourceTable,
    landing_dir: Path,
    *,
    key: bytes,
    axes: Mapping[str, frozenset[str]],
    now: datetime,
    workspace: Workspace,
    on_file: Callable[[FileOutcome], None] = lambda _: None,
) -> list[FileOutcome]:
    """Load the files of one source table, in name order, each in a transaction of its own.

    A file is skipped when the last that was loaded under its name was the same bytes under the same
    contract; the same bytes under another name are another area, month or day. `key`: from
    read_key. `axes`: from read_axes. `now`: stands in for a file name without date. `workspace`:
    where text lies while it is read. `on_file` is called after each file. Raises ContractError for
    an axis or code that does not exist and JamviktError when the raw file cannot be used; a file
    that cannot be read is an outcome.
    """
    outcomes = []
    with open_raw(raw_file, workspace) as connection:
        ensure_raw_tables(connection, [table])
        batch = _Batch.start(connection, table, axes, key, now, workspace)
        for file in find_files(table, landing_dir):
            file_name = file.relative_to(landing_dir / table.source_name).as_posix()
            outcomes.append(_load(batch, file, file_name))
            on_file(outcomes[-1])
    return outcomes


def check_file(
    file: Path,
    tables: Iterable[SourceTable],
    *,
    axes: Mapping[str, frozenset[str]],
    now: datetime,
    workspace: Workspace,
    raw_file: Path | None = None,
) -> FileOutcome:
    """Say what would become of a file, which lies in a folder with the name of its source.

    Writes nothing. With `raw_file`, what is loaded already is taken into account. Raises
    JamviktError when no source table is waiting for such a file.
    """
    table, file_name = _find_table(file.absolute(), tuple(tables))
    is_loaded = raw_file is not None and raw_file.is_file()
    place = raw_file if raw_file is not None and is_loaded else workspace.folder / "empty.duckdb"
    with open_raw(place, workspace, read_only=is_loaded) as connection:
        if not is_loaded:
            ensure_raw_tables(connection, [table])
        batch = _Batch.start(connection, table, axes, NO_KEY, now, workspace)
        return _judge(batch, file, file_name, apart(sha256, file))[0]


def unmatched_files(landing_dir: Path, tables: Iterable[SourceTable]) -> list[Path]:
    """Return the files in landing that no source table is waiting for, in name order."""
    matched = {file for table in tables for file in find_files(table, landing_dir)}
    return [file for file in landing_files(landing_dir) if file not in matched]


@dataclass(frozen=True)
class _Batch:
    """What the files of one source table have in common."""

    connection: DuckDBPyConnection
    table: SourceTable
    axes: Mapping[str, frozenset[str]]
    key: bytes
    now: datetime
    workspace: Workspace
    contract_hash: str
    loaded: dict[str, str]
    """SHA-256 of what was last loaded under a file name, where that was under this contract."""

    @classmethod
    def start(
        cls,
        connection: DuckDBPyConnection,
        table: SourceTable,
        axes: Mapping[str, frozenset[str]],
        key: bytes,
        now: datetime,
        workspace: Workspace,
    ) -> _Batch:
        table.check_axes(axes)
        contract_hash = table.fingerprint(axes)
        rows = connection.execute(
            "select file_name, arg_max(sha256, delivery_id), "
            "arg_max(contract_hash, delivery_id) from log.delivery "
            "where source_name = $source_name and table_name = $table_name "
            "and status = 'loaded' group by file_name",
            _names(table),
        ).fetchall()
        loaded = {file_name: sha256 for file_name, sha256, used in rows if used == contract_hash}
        return cls(connection, table, axes, key, now, workspace, contract_hash, loaded)


def _load(batch: _Batch, file: Path, file_name: str) -> FileOutcome:
    content_hash = apart(sha256, file)
    outcome, coverage = _judge(batch, file, file_name, content_hash)
    if outcome.status == "skipped":
        return outcome
    connection = batch.connection
    connection.begin()
    try:
        if outcome.status == "loaded" or not _is_refusal_known(batch, content_hash, outcome):
            delivery_id = _log(batch, content_hash, outcome, coverage)
            if outcome.status == "loaded":
                _insert_rows(batch, delivery_id, coverage)
                if outcome.rows_quarantined:
                    connection.execute(
                        "insert into log.quarantined_row select $delivery_id, row_number, "
                        "column_name, reason from read_parquet($file) "
                        "order by row_number, column_name",
                        {
                            "delivery_id": delivery_id,
                            "file": str(batch.workspace.folder / QUARANTINED),
                        },
                    )
        connection.commit()
    except BaseException:
        connection.rollback()
        raise
    return outcome


def _judge(
    batch: _Batch, file: Path, file_name: str, content_hash: str
) -> tuple[FileOutcome, Coverage]:
    """Have a file read and checked, and say what is to become of it."""
    table = batch.table
    outcome = FileOutcome(table.source_name, table.table_name, file_name, "loaded")
    coverage = Coverage(table.contract.area, None, None, None, batch.now, (None,))
    if batch.loaded.get(file_name) == content_hash:
        return replace(outcome, status="skipped"), coverage
    try:
        coverage = read_coverage(table, file_name, batch.now)
        read = _read(
            FileToRead(file, file_name, table, batch.axes, coverage, batch.key, batch.workspace)
        )
        outcome = replace(outcome, undeclared_columns=read.undeclared_columns)
        if read.stopped:
            raise JamviktError(f"{file_name}: {read.stopped[0]}", read.stopped[1])
        if read.unreadable:
            raise UnreadableFileError(*read.unreadable)
        if read.checked is None:
            raise RuntimeError(f"{file_name}: {read.failed}")
        checked = read.checked
        outcome = replace(
            outcome,
            rows_in_file=checked.rows_in_file,
            rows_quarantined=checked.rows_quarantined,
            problems=checked.problems,
        )
        _check_limits(batch, checked, coverage)
    except UnreadableFileError as error:
        problem = Problem(None, None, f"{file_name}: {error.message}", error.fix)
        return (
            replace(
                outcome,
                status="refused",
                reason=f"{error.message} (fix: {error.fix})",
                problems=(problem, *outcome.problems),
            ),
            coverage,
        )
    return (
        replace(outcome, rows_loaded=checked.rows_in_file - checked.rows_quarantined),
        coverage,
    )


def _read(request: FileToRead) -> FileRead:
    """Have a file read; one that kills its reader is a file that cannot be read, and has a name."""
    try:
        return apart(read_file, request)
    except ReaderDiedError:
        shutil.rmtree(request.workspace.folder / READ, ignore_errors=True)
        return FileRead(unreadable=too_large(request))


def _check_limits(batch: _Batch, checked: Checked, coverage: Coverage) -> None:
    """Raise UnreadableFileError when too many rows are bad, or too few have come.

    A snapshot is measured against the one before it; files to append have no such measure.
    """
    limits, count = batch.table.contract.limits, checked.rows_in_file
    if checked.rows_quarantined > limits.bad_row_share * count:
        raise UnreadableFileError(
            f"{checked.rows_quarantined} of {count} rows do not fit the contract, more than "
            f"{limits.bad_row_share:.0%}",
            f"mend the rows that `jamvikt check` names, or `limits.bad_row_share` in "
            f"{batch.table.file}",
        )
    if batch.table.contract.delivery != "snapshot":
        return
    before = batch.connection.execute(
        "select rows_in_file from log.delivery where source_name = $source_name "
        "and table_name = $table_name and status = 'loaded' and received_at < $received_at "
        "and area_code is not distinct from $area_code "
        "and period_start is not distinct from cast($period_start as date) "
        "and period_end is not distinct from cast($period_end as date) "
        "order by received_at desc, delivery_id desc limit 1",
        {
            **_names(batch.table),
            "received_at": coverage.received_at,
            "area_code": coverage.area_code,
            "period_start": coverage.period_start,
            "period_end": coverage.period_end,
        },
    ).fetchone()
    if before and before[0] - count > limits.row_fall_share * before[0]:
        raise UnreadableFileError(
            f"{count} rows where the delivery before had {before[0]}, a fall of more than "
            f"{limits.row_fall_share:.0%}",
            f"export the file again, or mend `limits.row_fall_share` in {batch.table.file}",
        )


def _is_refusal_known(batch: _Batch, content_hash: str, outcome: FileOutcome) -> bool:
    found = batch.connection.execute(
        "select 1 from log.delivery where source_name = $source_name "
        "and table_name = $table_name and sha256 = $sha256 and contract_hash = $contract_hash "
        "and status = 'refused' and reason = $reason limit 1",
        {
            **_names(batch.table),
            "sha256": content_hash,
            "contract_hash": batch.contract_hash,
            "reason": outcome.reason,
        },
    ).fetchone()
    return found is not None


def _log(batch: _Batch, content_hash: str, outcome: FileOutcome, coverage: Coverage) -> int:
    """Write the delivery and its months; return the new delivery_id."""
    row = batch.connection.execute(
        "insert into log.delivery select coalesce(max(delivery_id), 0) + 1, $source_name, "
        "$table_name, $file_name, $sha256, $contract_hash, $received_at, $area_code, "
        "$period_start, $period_end, $status, $reason, $rows_in_file, $rows_loaded, "
        "$rows_quarantined from log.delivery returning delivery_id",
        {
            **_names(batch.table),
            "file_name": outcome.file_name,
            "sha256": content_hash,
            "contract_hash": batch.contract_hash,
            "received_at": coverage.received_at,
            "area_code": coverage.area_code,
            "period_start": coverage.period_start,
            "period_end": coverage.period_end,
            "status": outcome.status,
            "reason": outcome.reason,
            "rows_in_file": outcome.rows_in_file,
            "rows_loaded": outcome.rows_loaded,
            "rows_quarantined": outcome.rows_quarantined,
        },
    ).fetchone()
    delivery_id: int = row[0] if row else 0
    if outcome.status == "loaded":
        batch.connection.execute(
            "insert into log.delivery_month select $delivery_id, unnest(cast($months as date[]))",
            {"delivery_id": delivery_id, "months": list(coverage.months)},
        )
    return delivery_id


def _insert_rows(batch: _Batch, delivery_id: int, coverage: Coverage) -> None:
    names = ", ".join(
        identifier(name) for column in batch.table.landed_columns for name in landed_names(column)
    )
    relation = f"{identifier(batch.table.source_name)}.{identifier(batch.table.table_name)}"
    batch.connection.execute(
        f"insert into {relation} "
        f"({names}, _delivery_id, _row_number, _area_code, _period_month) "
        f"select {names}, $delivery_id, _row_number, $area_code, _period_month "
        "from read_parquet($file)",
        {
            "delivery_id": delivery_id,
            "area_code": coverage.area_code,
            "file": str(batch.workspace.folder / ROWS),
        },
    )


def _find_table(file: Path, tables: tuple[SourceTable, ...]) -> tuple[SourceTable, str]:
    """Return the source table that waits for a file, and the file's name below its source."""
    for table in tables:
        for folder in file.parents:
            file_name = file.relative_to(folder).as_posix()
            if folder.name == table.source_name and table.contract.file_name_pattern.fullmatch(
                file_name
            ):
                return table, file_name
    source_name = file.parent.name
    waiting = [table.contract.files for table in tables if table.source_name == source_name]
    if not waiting:
        raise JamviktError(
            f"No source is called {source_name}, the folder of the file",
            f"lay it in a folder named after its source: "
            f"{', '.join(sorted({table.source_name for table in tables}))}",
        )
    raise JamviktError(
        f"The source {source_name} waits for no file of this name",
        f"name it like one of {', '.join(waiting)}",
    )


def _names(table: SourceTable) -> dict[str, str]:
    return {"source_name": table.source_name, "table_name": table.table_name}
