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
import stat
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from functools import cache
from multiprocessing import get_context, parent_process
from threading import Thread
from typing import TYPE_CHECKING, Any, TypeVar

from orchestration.database import in_words
from orchestration.errors import JamviktError
from orchestration.loading.outcome import UnreadableFileError
from orchestration.workspace import size

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from duckdb import DuckDBPyConnection

    from orchestration.loading.checking import Checked
    from orchestration.loading.contract import SourceTable
    from orchestration.loading.file_name import Coverage
    from orchestration.loading.reading import Seen
    from orchestration.workspace import Workspace

T = TypeVar("T")
ROWS, QUARANTINED = "rows.parquet", "quarantined.parquet"
"""What files come back as, in the scratch folder: rows that fit, and reasons for the others."""
READ = "read"
"""Folder in scratch for all that holds text of a file, and for what its reader spills."""
SPILL_PER_BYTE, LEAST_SPILL = 40, 2**30
"""What a file may spill: nothing in it may grow faster than the file itself."""
NO_FILE = (
    "it is no file, but a folder, a pipe or a device",
    "lay the export itself there; see that what is mounted there is up",
)
NOTHING_THERE = (
    "there is nothing behind the name: a link to nothing, or a file taken away meanwhile",
    "see that what it leads to is up, or lay the file there again",
)
NO_RIGHT = (
    "the user who runs Jämvikt may not read it",
    "let that user read the file and the folders above it",
)
UNHASHED = (
    "its reader was killed before it had been through the bytes",
    "look at the disk or share it lies on, and what may end processes; the next night tries again",
)
CHANGED = (
    "it changed while it was read",
    "write it under a hidden name (.name), then rename it; the next night reads it",
)
MEMORY_BESIDE = 2**30
"""What the reading process may hold beside its engine: code, a workbook's cells, a text."""


@dataclass(frozen=True)
class FileState:
    """Bytes of a file and when they and its name were last changed: another state, other bytes."""

    size: int
    modified_ns: int
    renamed_ns: int


@dataclass(frozen=True)
class Hashed:
    """The SHA-256 of a file, and the state it is of."""

    sha256: str = ""
    state: FileState = FileState(0, 0, 0)
    unreadable: tuple[str, str] | None = None
    """Message and fix where there is no hash."""


@dataclass(frozen=True)
class FileToRead:
    """A file, and what its name says."""

    file: Path
    file_name: str
    coverage: Coverage
    state: FileState
    """As it was hashed: what is read must be that."""


@dataclass(frozen=True)
class BatchToRead:
    """Files of one table, and all that is needed to read and check them."""

    files: tuple[FileToRead, ...]
    table: SourceTable
    axes: Mapping[str, frozenset[str]]
    key: bytes
    workspace: Workspace


class ReaderDiedError(JamviktError):
    """The process that reads files has died at its work."""


class BatchError(Exception):
    """Something is wrong with a file of a batch; each by itself they will say which."""


@dataclass(frozen=True)
class FileRead:
    """What reading came to; a fault is told in words, which hold no value of the file."""

    seen: Seen | None = None
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


def hash_files(files: Sequence[Path]) -> list[Hashed]:
    """Return the SHA-256 of files; reading their bytes is for the other process too."""
    hashes = []
    for file in files:
        try:
            state = _state(file)
            with file.open("rb") as content:
                digest = hashlib.file_digest(content, "sha256")
            hashes.append(Hashed(digest.hexdigest(), state))
        except UnreadableFileError as error:
            hashes.append(Hashed(unreadable=(error.message, error.fix)))
        except OSError as error:
            hashes.append(Hashed(unreadable=_why(error)))
    return hashes


def _state(file: Path) -> FileState:
    """Return the state of a file. Raises OSError, and UnreadableFileError of what is no file."""
    told = file.stat()
    if not stat.S_ISREG(told.st_mode):  # to open a pipe would be to wait for ever
        raise UnreadableFileError(*NO_FILE)
    return FileState(told.st_size, told.st_mtime_ns, told.st_ctime_ns)


def _why(error: OSError) -> tuple[str, str]:
    """Return message and fix of a file that the machine does not give."""
    if isinstance(error, FileNotFoundError):
        return NOTHING_THERE
    if isinstance(error, PermissionError):
        return NO_RIGHT
    return f"the machine cannot read it: {error.strerror}", "look at the disk or share it lies on"


def _meanwhile(each: FileToRead) -> tuple[str, str] | None:
    """Return message and fix of a file that is no longer what was hashed."""
    try:
        return None if _state(each.file) == each.state else CHANGED
    except UnreadableFileError as error:
        return error.message, error.fix
    except OSError as error:
        return _why(error)


def read_batch(batch: BatchToRead) -> list[FileRead]:
    """Read and check files into ROWS and QUARANTINED below the scratch folder.

    Returns what each came to, in order. Raises BatchError where several were asked for and one of
    them is the fault of the whole. Where the memory suffices for nothing more, the process dies.
    """
    import duckdb

    is_alone = len(batch.files) == 1
    workspace = batch.workspace
    text_dir = workspace.folder / READ
    try:
        text_dir.mkdir(mode=0o700, exist_ok=True)
        connection = _connection(workspace)
        connection.execute(f"set max_temp_directory_size = '{size(_spill_limit(batch))}'")
        return _read(connection, batch, text_dir)
    except JamviktError as error:
        return [FileRead(stopped=(error.message, error.fix))] * len(batch.files)
    except (duckdb.OutOfMemoryException, MemoryError):
        if is_alone:
            return [FileRead(unreadable=too_large(batch))]
    except (duckdb.IOException, OSError) as error:
        told = in_words(error, workspace.folder, "run again: scratch is made anew")
        stopped = (
            (told.message, told.fix) if told else (f"the machine failed: {error}", "run again")
        )
        return [FileRead(stopped=stopped)] * len(batch.files)
    except duckdb.Error as error:
        if is_alone:
            # The message of the engine may quote the value it stumbled over.
            return [FileRead(failed=f"DuckDB failed ({type(error).__name__})")]
    raise BatchError


def _read(connection: DuckDBPyConnection, batch: BatchToRead, text_dir: Path) -> list[FileRead]:
    from orchestration.loading.checking import check_rows, landed_names
    from orchestration.loading.reading import read_texts
    from orchestration.loading.sql_text import identifier, literal

    seen = read_texts(
        connection,
        batch.table,
        [(each.file, each.coverage.period) for each in batch.files],
        text_dir,
    )
    checked = check_rows(
        connection,
        batch.table,
        batch.axes,
        [(each.file_name, each.coverage) for each in batch.files],
        batch.key,
    )
    names = ", ".join(
        identifier(name) for column in batch.table.landed_columns for name in landed_names(column)
    )
    rows_file = literal(str(batch.workspace.folder / ROWS))
    (batch.workspace.folder / QUARANTINED).unlink(missing_ok=True)
    connection.execute(
        f"copy (select file_no, {names}, _row_number, _period_month from checked_row "
        f"where _faults is null) to {rows_file} (format parquet)"
    )
    if any(each.counts.rows_quarantined for each in checked):
        quarantined_file = literal(str(batch.workspace.folder / QUARANTINED))
        connection.execute(f"copy quarantined to {quarantined_file} (format parquet)")
    connection.execute("drop table checked_row")
    return [_file_read(*read) for read in zip(batch.files, seen, checked, strict=True)]


def _file_read(each: FileToRead, seen: Seen | UnreadableFileError, checked: Checked) -> FileRead:
    if wrong := _meanwhile(each):
        return FileRead(unreadable=wrong)
    if isinstance(seen, UnreadableFileError):
        return FileRead(unreadable=(seen.message, seen.fix))
    return FileRead(seen, checked)


def too_large(batch: BatchToRead) -> tuple[str, str]:
    """Return message and fix of a file whose reader ran out of what it may take."""
    memory, disk = _gib(batch.workspace.memory_limit), _gib(_spill_limit(batch))
    message = f"reading it takes more than {memory} of memory or {disk} of disk"
    fix = (
        "look for a far cell, a nested list or a field without end that makes it huge; split it; "
        "or allow more by JAMVIKT_MEMORY_LIMIT"
    )
    return message, fix


def killed(batch: BatchToRead, *, is_again: bool) -> tuple[str, str]:
    """Return message and fix of a file whose reader was killed; the second time for good.

    The bounds are part of the message: where they are changed, the file is read again.
    """
    bounds, fix = too_large(batch)
    if is_again:
        message = f"its reader was killed twice, so it is read no more ({bounds})"
        return message, f"{fix}; or lay it there under the name of another day"
    return f"its reader was killed; the next night tries once more ({bounds})", fix


def _spill_limit(batch: BatchToRead) -> int:
    wanted = SPILL_PER_BYTE * sum(each.state.size for each in batch.files)
    return min(max(LEAST_SPILL, wanted), batch.workspace.spill_limit)


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
            try:
                if text_dir := _open.get("text_dir"):
                    # Under another name first: a reader at work finds no folder to write to.
                    shutil.rmtree(text_dir.rename(text_dir.with_name("dead")), ignore_errors=True)
            except OSError:  # the folder has gone with its work
                pass
            finally:
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
