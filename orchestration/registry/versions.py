"""Holds that a definition does not change without a new version and a row that says why.

What computes a figure is hashed. The hashes stand in a lock file that `jamvikt docs` writes; what a
person writes is the version in the block and, from the second on, its row in
`seeds/indicator_versions.csv`.
"""

from __future__ import annotations

import csv
import hashlib
import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from orchestration.registry.manifest import Indicator, Manifest

COMPUTING_KEYS = (
    "numerator", "denominator", "model", "unit", "ages", "period", "valid_from",
    "final_after_months", "look_back_months", "followed_by", "individual_based", "compares_sexes",
)  # fmt: skip
"""What of a block decides its figures by area, period and sex. Names, tags and readers do not; nor
do breakdowns, which cut the same figures further."""


def definition_sha256(indicator: Indicator) -> str:
    """Return the hash of what computes an indicator."""
    computing = {
        key: indicator.block[key] for key in COMPUTING_KEYS if indicator.block.get(key) is not None
    }
    canonical = json.dumps(computing, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def unversioned_changes(manifest: Manifest, lock_file: Path, versions_csv: Path) -> list[str]:
    """Return a line for every indicator that somebody must write a version or a row for."""
    with versions_csv.open(encoding="utf-8", newline="") as file:
        told = [(row["indicator_id"], int(row["version"])) for row in csv.DictReader(file)]
    locked = _read_lock(lock_file)
    return [
        f"{indicator.indicator_id}: {advice}"
        for indicator in manifest.indicators
        for advice in _advice(indicator, locked, told)
    ]


def locked_definitions(manifest: Manifest, lock_file: Path) -> str:
    """Return the lock file as it should stand.

    A definition that has changed without a new version keeps its line, so that it stays noticed.
    """
    locked = _read_lock(lock_file)
    return "".join(
        f"{indicator.indicator_id} {version} {sha256}\n"
        for indicator in manifest.indicators
        for version, sha256 in [
            locked[indicator.indicator_id]
            if _is_unversioned(indicator, locked)
            else (indicator.version, definition_sha256(indicator))
        ]
    )


def _advice(
    indicator: Indicator,
    locked: Mapping[str, tuple[int, str]],
    told: list[tuple[str, int]],
) -> Iterator[str]:
    if _is_unversioned(indicator, locked):
        version = locked[indicator.indicator_id][0] + 1
        yield (
            f"what computes it has changed: set version to {version} in its block and add a row "
            f"with version {version} to seeds/indicator_versions.csv"
        )
        return
    rows = [version for indicator_id, version in told if indicator_id == indicator.indicator_id]
    if rows != list(range(2, indicator.version + 1)):
        yield (
            f"its version is {indicator.version}: seeds/indicator_versions.csv must have one row "
            "for each version from 2 to that, in order, and no other"
        )


def _is_unversioned(indicator: Indicator, locked: Mapping[str, tuple[int, str]]) -> bool:
    version, sha256 = locked.get(indicator.indicator_id, (0, ""))
    return indicator.version <= version and definition_sha256(indicator) != sha256


def _read_lock(lock_file: Path) -> dict[str, tuple[int, str]]:
    """Return version and hash by indicator; nothing where there is no file yet."""
    if not lock_file.is_file():
        return {}
    lines = lock_file.read_text(encoding="utf-8").splitlines()
    return {
        indicator_id: (int(version), sha256)
        for indicator_id, version, sha256 in (line.split() for line in lines)
    }
