"""Where a process may put what it needs for a moment, and how much of the machine it may take.

Scratch lies in one folder that everybody knows, so that what a kill left behind is found again.
"""

from __future__ import annotations

import shutil
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from duckdb import DuckDBPyConnection


@dataclass(frozen=True)
class Workspace:
    """A folder of one's own, gone when its work has ended, and the bounds of an engine."""

    folder: Path
    memory_limit: int
    """Bytes that an engine may take before it spills."""
    spill_limit: int
    """Bytes that an engine may spill before it gives up."""

    def connect(
        self, database: Path | None, name: str, *, read_only: bool = False
    ) -> DuckDBPyConnection:
        """Open a database, or one in memory, by an engine that keeps within the bounds.

        `name`: where in the folder it spills to; two engines at work must not share a place.
        Raises what duckdb.connect raises.
        """
        import duckdb

        connection = duckdb.connect(
            database or ":memory:",
            read_only=read_only,
            config={
                "memory_limit": size(self.memory_limit),
                "temp_directory": str(self.folder / name),
                "autoinstall_known_extensions": False,
                "autoload_known_extensions": False,
                "python_enable_replacements": False,
            },
        )
        # DuckDB 1.5 heeds it only when it is said after the file is open.
        connection.execute(f"set max_temp_directory_size = '{size(self.spill_limit)}'")
        return connection


def size(count: int) -> str:
    """Return a number of bytes as DuckDB reads it."""
    return f"{count // 1024}KiB"


@contextmanager
def open_workspace(
    scratch_dir: Path, name: str, memory_limit: int, spill_limit: int
) -> Iterator[Workspace]:
    """Sweep what the dead have left in `scratch_dir`, then open the folder `name` in it.

    A lock beside each folder goes with the process that works there. Raises filelock.Timeout where
    a living one has the same name.
    """
    from filelock import FileLock

    scratch_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    _sweep(scratch_dir)
    folder = scratch_dir / name
    with FileLock(_lock_of(folder), timeout=0):
        folder.mkdir(mode=0o700, exist_ok=True)
        try:
            yield Workspace(folder, memory_limit, spill_limit)
        finally:
            _remove(folder)


def _sweep(scratch_dir: Path) -> None:
    from filelock import FileLock, Timeout

    for folder in scratch_dir.iterdir():
        if not folder.is_dir():
            continue
        try:
            with FileLock(_lock_of(folder), timeout=0):
                _remove(folder)
        except Timeout:
            continue


def _remove(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    _lock_of(folder).unlink(missing_ok=True)


def _lock_of(folder: Path) -> Path:
    return folder.with_name(f"{folder.name}.lock")
