"""The register of releases, `published/releases.json`: every release there ever was, by number.

Releases are pruned, their numbers and what became final with them are not.
"""

from __future__ import annotations

import json
import logging
import os
from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Any

from orchestration.errors import JamviktError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from pathlib import Path

logger = logging.getLogger(__name__)

REGISTER = "releases.json"
MANIFEST = "manifest.json"
"""What a release says of itself, and of those before it."""


@dataclass(frozen=True)
class Entry:
    """One release as the register and its own manifest name it."""

    release_number: int
    """1, 2, 3 … over the life of the installation."""
    release_id: str
    published_at: str
    as_of: str | None
    kind: str
    """final: it makes periods final; preliminary: it makes none; as_of: what was known once."""
    became_final: Mapping[str, list[str]]
    """By subject the periods (2024, 2024-05) whose figures no earlier release had as final."""


def read_register(published_dir: Path) -> list[Entry]:
    """Return every release, in order of its number; none before the first.

    What the register lacks, after a crash or damage, is read from the manifests of the releases,
    each of which names those before it. Raises JamviktError where nothing is left that names a
    release.
    """
    folders = [file.parent for file in published_dir.glob(f"*/{MANIFEST}")]
    manifests = {folder.name: folder for folder in folders if not folder.is_symlink()}
    told = {entry["release_id"]: entry for entry in _read(published_dir / REGISTER) or []}
    for release_id, folder in sorted(manifests.items(), reverse=True):
        if release_id not in told and (manifest := read_manifest(folder)):
            for entry in (*manifest.get("earlier_releases", ()), manifest):
                told.setdefault(entry["release_id"], entry)
    unknown = manifests.keys() - told.keys()
    if unknown:
        raise JamviktError(
            f"{published_dir / REGISTER} does not name {', '.join(sorted(unknown))}, "
            "whose manifest is damaged",
            "restore one of the two files from a backup, or move the release elsewhere",
        )
    names = [field.name for field in fields(Entry)]
    entries = (Entry(**{name: entry[name] for name in names}) for entry in told.values())
    return sorted(entries, key=lambda entry: entry.release_number)


def read_manifest(folder: Path) -> dict[str, Any] | None:
    """Return what a release says of itself, None where its manifest is damaged."""
    manifest = _read(folder / MANIFEST)
    return manifest if isinstance(manifest, dict) and "files" in manifest else None


def _read(file: Path) -> Any:
    """Return the content of a JSON file, None where it is not there or damaged."""
    try:
        return json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except ValueError:
        logger.warning("%s is damaged and passed over", file)
        return None


def next_entry(
    register: list[Entry],
    release_id: str,
    published_at: datetime,
    as_of: datetime | None,
    final_periods: Mapping[str, tuple[str, ...]],
) -> Entry:
    """Return the entry of a release that shows `final_periods` as final.

    What an as-of release shows as final is not news, and makes nothing final for those after it.
    """
    before = {
        (subject, period)
        for entry in register
        for subject, periods in entry.became_final.items()
        for period in periods
    }
    became_final = {
        subject: news
        for subject, periods in sorted(final_periods.items())
        if (news := sorted(period for period in periods if (subject, period) not in before))
    }
    kind = "final" if became_final else "preliminary"
    return Entry(
        release_number=max((entry.release_number for entry in register), default=0) + 1,
        release_id=release_id,
        published_at=published_at.isoformat(),
        as_of=as_of.isoformat() if as_of else None,
        kind="as_of" if as_of else kind,
        became_final={} if as_of else became_final,
    )


def write_register(published_dir: Path, entries: list[Entry], unfinished: Path) -> None:
    """Write the register in one step, by way of the file `unfinished`."""
    text = json.dumps([asdict(entry) for entry in entries], ensure_ascii=False, indent=1)
    with unfinished.open("w", encoding="utf-8") as file:
        file.write(text + "\n")
        file.flush()
        os.fsync(file.fileno())  # a name must never stand for half a file
    unfinished.replace(published_dir / REGISTER)
