"""Makes a release under `published/` and swaps `published/current` to it in one step.

Whoever reads an older release keeps it; what the files hold is the business of files.py.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from orchestration.publishing.files import WrittenTable, write_files

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime
    from pathlib import Path

    from orchestration.publishing.files import PublishedTable

CURRENT = "current"
UNFINISHED = ".unfinished-"
EDITION = "internal"
"""Small counts are not yet protected, so no release is for the public and no setting says so."""


@dataclass(frozen=True)
class Origin:
    """Where a release comes from: what stands in its `manifest.json` beside the files."""

    release_id: str
    """Name of the folder; used once. Releases sort by it, oldest first."""
    night_id: str
    published_at: datetime
    as_of: datetime | None
    """The moment whose knowledge it shows; none: all that had come."""
    code_commit: str | None
    registry_sha256: str
    inputs: tuple[Mapping[str, Any], ...]
    """Deliveries it was built from, each with at least `file_name` and `sha256`."""


@dataclass(frozen=True)
class Release:
    """A published release."""

    release_id: str
    folder: Path
    published_at: str
    tables: tuple[WrittenTable, ...]


def publish(
    build_file: Path,
    published_dir: Path,
    tables: Iterable[PublishedTable],
    origin: Origin,
    keep: int,
) -> Release:
    """Publish the tables of a closed build file, make the release current, keep the last `keep`.

    Until the very last step nothing that a reader sees has changed. A release that shows what was
    known at an earlier moment lies beside the others and never becomes current. Raises
    UnpublishableError for tables that may not or cannot be published and FileExistsError for a
    release id used before.
    """
    published_dir.mkdir(parents=True, exist_ok=True)
    for leftover in published_dir.glob(f"{UNFINISHED}*"):
        shutil.rmtree(leftover) if leftover.is_dir() else leftover.unlink()
    folder = published_dir / origin.release_id
    if folder.exists():
        raise FileExistsError(f"{folder} exists: a release id is used once")
    unfinished = published_dir / f"{UNFINISHED}{origin.release_id}"
    unfinished.mkdir()
    try:
        written = write_files(build_file, unfinished, tables)
        _write_manifest(unfinished, origin, written)
        for file in _files(unfinished):
            file.chmod(0o444)
        unfinished.rename(folder)
    except BaseException:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise
    if origin.as_of is None:
        _make_current(published_dir, origin.release_id)
    _prune(published_dir, keep)
    return _release(folder, tuple(written), origin.published_at.isoformat())


def current_release(published_dir: Path) -> Release | None:
    """Return the release that readers get now, or None before the first."""
    folder = published_dir / CURRENT
    if not (folder / "manifest.json").is_file():
        return None
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    tables = (
        WrittenTable(table["schema"], table["name"], tuple(table["key"]), table["rows"])
        for table in manifest["tables"]
    )
    return _release(folder.resolve(), tuple(tables), manifest["published_at"])


def _release(folder: Path, tables: tuple[WrittenTable, ...], published_at: str) -> Release:
    return Release(release_id=folder.name, folder=folder, published_at=published_at, tables=tables)


def _write_manifest(folder: Path, origin: Origin, written: list[WrittenTable]) -> None:
    manifest = {
        "release_id": origin.release_id,
        "night_id": origin.night_id,
        "edition": EDITION,
        "published_at": origin.published_at.isoformat(),
        "as_of": origin.as_of.isoformat() if origin.as_of else None,
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
    (folder / "manifest.json").write_text(text + "\n", encoding="utf-8")


def _make_current(published_dir: Path, release_id: str) -> None:
    """Swap the link; a reader finds the old or the new release, never none and never a mixture."""
    link = published_dir / f"{UNFINISHED}{CURRENT}"
    link.unlink(missing_ok=True)
    link.symlink_to(release_id, target_is_directory=True)
    link.replace(published_dir / CURRENT)


def _prune(published_dir: Path, keep: int) -> None:
    """Remove the oldest releases; an open DuckDB file outlives its name."""
    current = (published_dir / CURRENT).resolve()
    releases = sorted(
        folder
        for folder in published_dir.iterdir()
        if not folder.is_symlink() and (folder / "manifest.json").is_file()
    )
    for folder in releases[:-keep]:
        if folder != current:
            shutil.rmtree(folder)


def _files(folder: Path) -> list[Path]:
    return sorted(file for file in folder.rglob("*") if file.is_file())


def _sha256(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()
