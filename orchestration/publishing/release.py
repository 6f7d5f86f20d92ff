"""Makes a release under `published/` and swaps `published/current` to it in one step.

Whoever reads an older release keeps it; what the files hold is the business of files.py.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from orchestration.database import using
from orchestration.errors import JamviktError
from orchestration.publishing.files import REBUILD, WrittenTable, write_files
from orchestration.publishing.register import (
    MANIFEST,
    REGISTER,
    next_entry,
    read_manifest,
    read_register,
    write_register,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime
    from pathlib import Path

    from orchestration.publishing.files import PublishedTable
    from orchestration.publishing.register import Entry
    from orchestration.workspace import Workspace

CURRENT = "current"
DICTIONARY = "dictionary"
UNFINISHED = ".unfinished-"
REPUBLISH = "run a night: it publishes a new release"
EDITION = "internal"
"""Small counts are not yet protected, so no release is for the public and no setting says so."""


@dataclass(frozen=True)
class Origin:
    """Where a release comes from: what stands in its `manifest.json` beside the files."""

    release_id: str
    """Name of the folder; used once."""
    night_id: str
    published_at: datetime
    as_of: datetime | None
    """The moment whose knowledge it shows; none: all that had come."""
    code_commit: str | None
    registry_sha256: str
    inputs: tuple[Mapping[str, Any], ...]
    """Deliveries it was built from, each with at least `file_name` and `sha256`."""
    final_periods: Mapping[str, tuple[str, ...]]
    """By subject the periods whose figures are final."""


@dataclass(frozen=True)
class Release:
    """A published release."""

    release_id: str
    release_number: int
    folder: Path
    published_at: str
    tables: tuple[WrittenTable, ...]


def publish(
    build_file: Path,
    published_dir: Path,
    tables: Iterable[PublishedTable],
    origin: Origin,
    keep: int,
    workspace: Workspace,
    dictionary: Mapping[str, str],
) -> Release:
    """Publish the tables of a closed build file, make the release current, keep the last `keep`.

    Until the very last step nothing that a reader sees has changed. A release that shows what was
    known at an earlier moment lies beside the others and never becomes current. `workspace`:
    bounds of the engine that writes. `dictionary`: the pages that say what the tables mean, by the
    names of their files. Raises UnpublishableError for tables that may not or
    cannot be published, FileExistsError for a release id used before, JamviktError for a full disk
    and a damaged build file, and what `read_register` raises.
    """
    published_dir.mkdir(parents=True, exist_ok=True)
    for leftover in published_dir.glob(f"{UNFINISHED}*"):
        # A link to a folder is a folder too, and must not be followed.
        is_folder = leftover.is_dir() and not leftover.is_symlink()
        shutil.rmtree(leftover) if is_folder else leftover.unlink()
    folder = published_dir / origin.release_id
    if folder.exists():
        raise FileExistsError(f"{folder} exists: a release id is used once")
    register = read_register(published_dir)
    entry = next_entry(
        register, origin.release_id, origin.published_at, origin.as_of, origin.final_periods
    )
    unfinished = published_dir / f"{UNFINISHED}{origin.release_id}"
    unfinished.mkdir()
    try:
        with using(build_file, REBUILD):
            written = write_files(build_file, unfinished, tables, workspace)
            (unfinished / DICTIONARY).mkdir()
            for name, page in dictionary.items():
                (unfinished / DICTIONARY / name).write_text(page, encoding="utf-8")
            _write_manifest(unfinished, origin, [*register, entry], written)
        for file in _files(unfinished):
            file.chmod(0o444)
        unfinished.rename(folder)
    except BaseException:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise
    write_register(published_dir, [*register, entry], published_dir / f"{UNFINISHED}{REGISTER}")
    if origin.as_of is None:
        _make_current(published_dir, origin.release_id)
    _prune(published_dir, [*register, entry], keep)
    return Release(
        release_id=origin.release_id,
        release_number=entry.release_number,
        folder=folder,
        published_at=entry.published_at,
        tables=tuple(written),
    )


def current_release(published_dir: Path) -> Release | None:
    """Return the release that readers get now, or None before the first.

    Raises JamviktError where its manifest cannot be read, and where its files are not those that
    the manifest names, by their sizes.
    """
    folder = published_dir / CURRENT
    if not folder.is_symlink():
        return None
    manifest = read_manifest(folder)
    if manifest is None:
        raise JamviktError(f"{folder / MANIFEST} is missing or damaged", REPUBLISH)
    files = manifest["files"]
    wrong = sorted(name for name in files if _size(folder / name) != files[name]["bytes"])
    if wrong:
        raise JamviktError(
            f"{folder} is not what was published: {len(wrong)} of {len(files)} files are missing "
            f"or have another size, as {wrong[0]}",
            REPUBLISH,
        )
    tables = (
        WrittenTable(table["schema"], table["name"], tuple(table["key"]), table["rows"])
        for table in manifest["tables"]
    )
    return Release(
        release_id=manifest["release_id"],
        release_number=manifest["release_number"],
        folder=folder.resolve(),
        published_at=manifest["published_at"],
        tables=tuple(tables),
    )


def _write_manifest(
    folder: Path, origin: Origin, register: list[Entry], written: list[WrittenTable]
) -> None:
    *before, entry = register
    manifest = {
        **asdict(entry),
        "earlier_releases": [asdict(each) for each in before],
        "night_id": origin.night_id,
        "edition": EDITION,
        "code_commit": origin.code_commit,
        "registry_sha256": origin.registry_sha256,
        "inputs": list(origin.inputs),
        "tables": [asdict(table) for table in written],
        "files": {
            str(file.relative_to(folder)): {"sha256": _sha256(file), "bytes": file.stat().st_size}
            for file in _files(folder)
        },
    }
    text = json.dumps(manifest, ensure_ascii=False, indent=2, default=str)
    (folder / MANIFEST).write_text(text + "\n", encoding="utf-8")


def _make_current(published_dir: Path, release_id: str) -> None:
    """Swap the link; a reader finds the old or the new release, never none and never a mixture."""
    link = published_dir / f"{UNFINISHED}{CURRENT}"
    link.unlink(missing_ok=True)
    link.symlink_to(release_id, target_is_directory=True)
    link.replace(published_dir / CURRENT)


def _prune(published_dir: Path, register: list[Entry], keep: int) -> None:
    """Remove the oldest releases by number; an open DuckDB file outlives its name.

    A clock that was set back makes names that sort before older ones.
    """
    current = (published_dir / CURRENT).resolve()
    numbers = {entry.release_id: entry.release_number for entry in register}
    folders = [
        folder
        for folder in published_dir.iterdir()
        if folder.name in numbers and folder.is_dir() and not folder.is_symlink()
    ]
    for folder in sorted(folders, key=lambda folder: numbers[folder.name])[:-keep]:
        if folder != current:
            shutil.rmtree(folder)


def _size(file: Path) -> int | None:
    return file.stat().st_size if file.is_file() else None


def _files(folder: Path) -> list[Path]:
    return sorted(file for file in folder.rglob("*") if file.is_file())


def _sha256(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()
