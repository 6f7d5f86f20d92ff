"""Where the demo may be written: only where nothing real is, or ever has been.

What it consists of is exports.py.
"""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

from orchestration.demo.exports import ForeignFilesError, write_demo
from orchestration.errors import JamviktError
from orchestration.loading import apart, make_key

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from orchestration.loading import SourceTable
    from orchestration.settings import Settings
    from orchestration.workspace import Workspace


def write_demo_installation(
    settings: Settings,
    sources: Sequence[SourceTable],
    workspace: Workspace,
    persons: int | None = None,
) -> int:
    """Write the demo to landing and a key of its own; return the number of files.

    Exports are written where they are read: in the process that may see their text.

    Raises JamviktError, before anything is written, where something real is or has been.
    """
    if found := next(_traces_of_real_use(settings), None):
        raise JamviktError(
            f"The demo is written to a new installation only, and here is {found}",
            "set JAMVIKT_LANDING_DIR, JAMVIKT_DATA_DIR, JAMVIKT_PUBLISHED_DIR and "
            "JAMVIKT_PSEUDONYM_KEY_FILE to new places, or clone the project anew",
        )
    try:
        count = apart(write_demo, settings.landing_dir, sources, workspace, persons)
    except ForeignFilesError as error:
        raise JamviktError(str(error), "empty the folder or name another") from None
    make_key(settings.pseudonym_key_file)
    return count


def _traces_of_real_use(settings: Settings) -> Iterator[str]:
    if settings.raw_file.exists():
        yield f"what was loaded before: {settings.raw_file}"
    if settings.published_dir.is_dir() and any(settings.published_dir.iterdir()):
        yield f"a publication: {settings.published_dir}"
    if settings.pseudonym_key_file.exists():
        yield f"a key: {settings.pseudonym_key_file}"
    for folder in (settings.landing_dir, *_folders(settings.landing_dir)):
        if folder.is_symlink() or folder.is_mount():
            yield f"a landing folder that is a link or a mount: {folder}"
    real = _real_municipalities(settings.project_dir / "seeds")
    if real:
        yield f"a municipality that exists, in seeds/participants.csv: {', '.join(sorted(real))}"


def _folders(folder: Path) -> list[Path]:
    return [path for path in folder.iterdir() if path.is_dir()] if folder.is_dir() else []


def _real_municipalities(seeds_dir: Path) -> set[str]:
    with (seeds_dir / "municipalities.csv").open(encoding="utf-8", newline="") as file:
        real = {
            row["municipality_code"]
            for row in csv.DictReader(file)
            if row["is_fictional"] == "false"
        }
    with (seeds_dir / "participants.csv").open(encoding="utf-8", newline="") as file:
        return real & {row["area_code"] for row in csv.DictReader(file)}
