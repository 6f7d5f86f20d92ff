"""Files are read in a process of their own, so that no text of theirs is ever in our memory.

DuckDB fills the blocks it writes with whatever lay in that memory before: names and numbers of an
export turned up between the values of a database file. Here only typed, pseudonymised rows come
back, as Parquet; what becomes of them is delivery.py.
"""

from __future__ import annotations

import hashlib
import os
import resource
import shutil
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from functools import cache
from multiprocessing import get_context, parent_process
from threading import Thread
from typing import TYPE_CHECKING, Any, TypeVar

from orchestration.errors import JamviktError
from orchestration.loading.outcome import UnreadableFileError
from orchestration.workspace import size

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from duckdb import DuckDBPyConnection

    from orchestration.loading.checking import Checked
    from orchestration.loading.contract import SourceTable
    from orchestration.loading.file_name import Coverage
    from orchestration.workspace import Workspace

T = TypeVar("T")
ROWS, QUARANTINED = "rows.parquet", "quarantined.parquet"
"""What a file comes back as, in the scratch folder: rows that fit, and reasons for the others."""
READ = "read"
"""Folder in scratch for all that holds text of a file, and for what its reader spills."""
SPILL_PER_BYTE, LEAST_SPILL = 40, 2**30
"""What a file may spill: nothing in it may grow faster than the file itself."""
MEMORY_BESIDE = 2**30
"""What the reading process may hold beside its engine: code, a workbook's cells, a text."""


@dataclass(frozen=True)
class FileToRead:
    """A file, and all that is needed to read and check it."""

    file: Path
    file_name: str
    table: SourceTable
    axes: Mapping[str, frozenset[str]]
    coverage: Coverage
    key: bytes
    workspace: Workspace


class ReaderDiedError(JamviktError):
    """The process that reads files has died at its work."""


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

    Raises ReaderDiedError when that process has died.
    """
    try:
        return _process().submit(work, *arguments).result()
    except BrokenProcessPool:
        _process.cache_clear()
        raise ReaderDiedError(
            "The process that reads files has died", "make room in memory, then run again"
        ) from None


def sha256(file: Path) -> str:
    """Return the hash of a file; reading its bytes is for the other process too."""
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def read_file(request: FileToRead) -> FileRead:
    """Read and check a file into ROWS and QUARANTINED below the scratch folder; never raises.

    Where the memory suffices for nothing more, the process dies.
    """
    import duckdb

    from orchestration.loading.checking import check_rows, landed_names
    from orchestration.loading.reading import read_rows
    from orchestration.loading.sql_text import identifier, literal

    undeclared_columns = 0
    workspace = request.workspace
    text_dir = workspace.folder / READ
    try:
        text_dir.mkdir(mode=0o700, exist_ok=True)
        connection = _connection(workspace)
        spill_limit = _spill_limit(request)
        connection.execute(f"set max_temp_directory_size = '{size(spill_limit)}'")
        rows = read_rows(connection, request.file, request.table, request.coverage.period, text_dir)
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
        rows_file = literal(str(workspace.folder / ROWS))
        connection.execute(
            f"copy (select {landed} from checked_row where _faults is null) "
            f"to {rows_file} (format parquet)"
        )
        if checked.rows_quarantined:
            quarantined_file = literal(str(workspace.folder / QUARANTINED))
            connection.execute(f"copy quarantined to {quarantined_file} (format parquet)")
        connection.execute("drop table checked_row")
    except UnreadableFileError as error:
        return FileRead(undeclared_columns, unreadable=(error.message, error.fix))
    except JamviktError as error:
        return FileRead(undeclared_columns, stopped=(error.message, error.fix))
    except (duckdb.OutOfMemoryException, MemoryError):
        return FileRead(undeclared_columns, unreadable=too_large(request))
    except duckdb.IOException as error:
        return FileRead(
            undeclared_columns,
            stopped=(f"the machine did not keep up: {error}", "make room on disk"),
        )
    except duckdb.Error as error:
        # The message of the engine may quote the value it stumbled over.
        return FileRead(undeclared_columns, failed=f"DuckDB failed ({type(error).__name__})")
    return FileRead(undeclared_columns, checked)


def too_large(request: FileToRead) -> tuple[str, str]:
    """Return message and fix of a file whose reader ran out of what it may take."""
    memory, disk = _gib(request.workspace.memory_limit), _gib(_spill_limit(request))
    message = f"reading it takes more than {memory} of memory or {disk} of disk"
    fix = (
        "look for a far cell, a nested list or a field without end that makes it huge; split it; "
        "or allow more by JAMVIKT_MEMORY_LIMIT"
    )
    return message, fix


def _spill_limit(request: FileToRead) -> int:
    wanted = max(LEAST_SPILL, SPILL_PER_BYTE * request.file.stat().st_size)
    return min(wanted, request.workspace.spill_limit)


def _gib(count: int) -> str:
    return f"{count / 2**30:.1f} GiB"


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
            if text_dir := _open.get("text_dir"):
                # Under another name first: a reader at work finds no folder to write to.
                shutil.rmtree(text_dir.rename(text_dir.with_name("dead")), ignore_errors=True)
            os._exit(1)

    Thread(target=watch, daemon=True).start()


_open: dict[str, Any] = {}
"""In the reading process: the folder of its text, and the connection that spills into it."""


def _connection(workspace: Workspace) -> DuckDBPyConnection:
    text_dir = workspace.folder / READ
    if _open.get("text_dir") != text_dir:
        if "connection" in _open:
            _open["connection"].close()
        if parent_process():  # of this process only; it does nothing else
            most = workspace.memory_limit * 3 // 2 + MEMORY_BESIDE
            _, hard = resource.getrlimit(resource.RLIMIT_DATA)
            resource.setrlimit(resource.RLIMIT_DATA, (most, hard))
        _open["connection"] = workspace.connect(None, f"{READ}/spill")
        _open["text_dir"] = text_dir
    connection: DuckDBPyConnection = _open["connection"]
    return connection
