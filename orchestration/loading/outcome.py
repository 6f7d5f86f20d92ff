"""What became of a file and what is wrong with its rows, in words that hold no value of the file.

Finding the faults is checking.py and reading.py; what follows from them is delivery.py.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Status = Literal["loaded", "skipped", "refused"]


class UnreadableFileError(Exception):
    """A file that is refused whole; message and fix name no value of the file."""

    def __init__(self, message: str, fix: str) -> None:
        """Keep message and fix apart."""
        super().__init__(message)
        self.message = message
        self.fix = fix


@dataclass(frozen=True)
class Problem:
    """One fault of a file: where it is and how to mend it."""

    row: int | None
    """Line in the file as an editor shows it, record number in JSON; None: the whole file."""
    column: str | None
    """Name in the contract; None: the whole row."""
    message: str
    """File, row, column and class of the value in one sentence."""
    fix: str


@dataclass(frozen=True)
class Signal:
    """Something that a delivery says of itself, beside what the contract allows."""

    name: str
    value: float
    limit: float | None
    """None where it is kept only for the delivery after."""

    @property
    def is_over(self) -> bool:
        """Whether it is above its limit."""
        return self.limit is not None and self.value > self.limit


@dataclass(frozen=True)
class FileOutcome:
    """What became of one file."""

    source_name: str
    table_name: str
    file_name: str
    """Path below `landing/<source>/`."""
    status: Status
    reason: str | None = None
    """Why it was refused, with the fix."""
    rows_in_file: int = 0
    rows_loaded: int = 0
    rows_quarantined: int = 0
    undeclared_columns: int = 0
    """Columns in the file that the contract does not name; they are not read."""
    undeclared_places: tuple[int, ...] = ()
    """Which of the header they are, from 1, where a file has one."""
    problems: tuple[Problem, ...] = ()
    """The first PROBLEM_LIMIT of them, in row order."""
    signals: tuple[Signal, ...] = ()
    """What the delivery says of itself; none of a file that could not be read."""
