"""Files are read in a process of their own, so that no text of theirs is ever in our memory.

DuckDB fills the blocks it writes with whatever lay in that memory before: names and numbers of an
export turned up between the values of a database file. Here only typed, pseudonymised rows come
back, as Parquet; what becomes of them is delivery.py.
"""

from __future__ import annotations

import hashlib
import os
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from functools import cache
from multiprocessing import get_context, parent_process
from threading import Thread
from typing import TYPE_CHECKING, Any, TypeVar

from orchestration.errors import JamviktError
from orchestration.loading.outcome import UnreadableFileError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from duckdb import DuckDBPyConnection

    from orchestration.loading.checking import Checked
    from orchestration.loading.contract import SourceTable
    from orchestration.loading.file_name import Coverage

T = TypeVar("T")
ROWS, QUARANTINED = "rows.parquet", "quarantined.parquet"
"""What a file comes back as, in the scratch folder: rows that fit, and reasons for the others."""


@dataclass(frozen=True)
class FileToRead:
    """A file, and all that is needed to read and check it."""

    file: Path
    file_name: str
    table: SourceTable
    axes: Mapping[str, frozenset[str]]
    coverage: Coverage
    key: bytes
    scratch_dir: Path


@dataclass(frozen=True)
class FileRead:
    """What reading came to; a fault is told in words, which hold no value of the file."""

    undeclared_columns: int = 0
    checked: Checked | None = None
    unreadable: tuple[str, str] | None = None
    """Message and fix of a file that is refused."""
    stopped: tuple[str, str] | None = None
    """Message and fix of what a person must mend before any file can be read."""
    failed: str | None = None
    """A fault of ours."""


def apart(work: Callable[..., T], *arguments: object) -> T:
    """Do work in the process that may see raw text, and return what it returns.

    Raises JamviktError when that process has died.
    """
    try:
        return _process().submit(work, *arguments).result()
    except BrokenProcessPool:
        _process.cache_clear()
        raise JamviktError(
            "The process that reads files has died", "make room in memory, then run again"
        ) from None


def sha256(file: Path) -> str:
    """Return the hash of a file; reading its bytes is for the other process too."""
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def read_file(request: FileToRead) -> FileRead:
    """Read and check a file into ROWS and QUARANTINED below the scratch folder; never raises."""
    import duckdb

    from orchestration.loading.checking import check_rows, landed_names
    from orchestration.loading.reading import read_rows
    from orchestration.loading.sql_text import identifier, literal

    undeclared_columns = 0
    try:
        connection = _connection(request.scratch_dir)
        rows = read_rows(
            connection,
            request.file,
            request.table,
            request.coverage.period,
            request.scratch_dir,
        )
        undeclared_columns = rows.undeclared_columns
        checked = check_rows(
            connection,
            rows,
            request.table,
            request.axes,
            request.coverage,
            request.key,
            request.file_name,
        )
        names = [
            identifier(name)
            for column in request.table.landed_columns
            for name in landed_names(column)
        ]
        landed = ", ".join([*names, "_row_number", "_period_month"])
        rows_file = literal(str(request.scratch_dir / ROWS))
        connection.execute(
            f"copy (select {landed} from checked_row where _faults is null) "
            f"to {rows_file} (format parquet)"
        )
        if checked.rows_quarantined:
            quarantined_file = literal(str(request.scratch_dir / QUARANTINED))
            connection.execute(f"copy quarantined to {quarantined_file} (format parquet)")
    except UnreadableFileError as error:
        return FileRead(undeclared_columns, unreadable=(error.message, error.fix))
    except JamviktError as error:
        return FileRead(undeclared_columns, stopped=(error.message, error.fix))
    except (duckdb.IOException, duckdb.OutOfMemoryException) as error:
        return FileRead(
            undeclared_columns,
            stopped=(f"the machine did not keep up: {error}", "make room on disk or in memory"),
        )
    except duckdb.Error as error:
        # The message of the engine may quote the value it stumbled over.
        return FileRead(undeclared_columns, failed=f"DuckDB failed ({type(error).__name__})")
    return FileRead(undeclared_columns, checked)


@cache
def _process() -> ProcessPoolExecutor:
    """Start the process, once; it ends with ours."""
    return ProcessPoolExecutor(
        max_workers=1, mp_context=get_context("spawn"), initializer=_end_with_parent
    )


def _end_with_parent() -> None:
    """In the reading process: end when our process is killed, and take the raw text along."""

    def watch() -> None:
        if parent := parent_process():
            parent.join()
            os._exit(1)

    Thread(target=watch, daemon=True).start()


_open: dict[str, Any] = {}
"""In the reading process: the scratch folder in use, and the connection that spills into it."""


def _connection(scratch_dir: Path) -> DuckDBPyConnection:
    import duckdb

    if _open.get("scratch_dir") != scratch_dir:
        if "connection" in _open:
            _open["connection"].close()
        _open["connection"] = duckdb.connect(
            config={
                "temp_directory": str(scratch_dir / "spill"),
                "autoinstall_known_extensions": False,
                "autoload_known_extensions": False,
            }
        )
        _open["scratch_dir"] = scratch_dir
    connection: DuckDBPyConnection = _open["connection"]
    return connection
