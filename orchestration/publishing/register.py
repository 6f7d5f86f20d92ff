"""The register of releases, `published/releases.json`: every release there ever was, by number.

Releases are pruned, their numbers and what became final with them are not.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from pathlib import Path

REGISTER = "releases.json"


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

    A release that a crash kept out of the register is read from its own manifest.
    """
    file = published_dir / REGISTER
    told: list[dict[str, Any]] = []
    if file.is_file():
        told = json.loads(file.read_text(encoding="utf-8"))
    known = {entry["release_id"] for entry in told}
    for manifest_file in sorted(published_dir.glob("*/manifest.json")):
        manifest = json.loads(manifest_file.read_text(encoding="utf-8"))
        if manifest["release_id"] not in known:
            known.add(manifest["release_id"])
            told.append({field.name: manifest[field.name] for field in fields(Entry)})
    return sorted((Entry(**entry) for entry in told), key=lambda entry: entry.release_number)


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
    unfinished.write_text(text + "\n", encoding="utf-8")
    unfinished.replace(published_dir / REGISTER)
