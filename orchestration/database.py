"""What a database file suffers from that cannot be used: in use, no room, no right, or damaged.

DuckDB says all of it with one exception, and each has another fix.
"""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING

from orchestration.errors import JamviktError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FAULTS = (
    (
        "Could not set lock",
        "{file} is in use by another process",
        "wait until the night that runs has ended, or close what else has the file open",
    ),
    (
        "No space left on device|File too large|quota exceeded",
        "There is no room left to write",
        "make room on disk, then run again",
    ),
    (
        "Permission denied|Read-only file system|Operation not permitted",
        "{file} may not be used",
        "see that the file and its folder belong to the user who runs Jämvikt",
    ),
    (
        "not a valid DuckDB database|read enough bytes|[Cc]orrupt|checksum|WAL|deserializ",
        "{file} is damaged",
        "",
    ),
)
"""What DuckDB says, what it means, and how it is mended; of damage each file has its own fix."""


def in_words(error: Exception, file: Path, if_damaged: str) -> JamviktError | None:
    """Return what an error of the engine says of a file, None where FAULTS does not know it.

    `if_damaged`: the fix where its bytes are not what was written.
    """
    for pattern, meaning, fix in FAULTS:
        if re.search(pattern, str(error)):
            return JamviktError(f"{meaning.format(file=file)}: {error}", fix or if_damaged)
    return None


@contextmanager
def using(file: Path, if_damaged: str) -> Iterator[None]:
    """Say in words what is wrong with a database file that is used meanwhile.

    Raises JamviktError for what FAULTS knows, and everything else as it comes.
    """
    import duckdb

    try:
        yield
    except (duckdb.Error, OSError) as error:
        if told := in_words(error, file, if_damaged):
            raise told from error
        raise
