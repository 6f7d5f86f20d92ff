"""Which versions of definitions the registry has that `seeds/indicator_versions.csv` has not.

What computes a figure is hashed, so that a definition cannot change without a row that says so.
"""

from __future__ import annotations

import csv
import hashlib
import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from orchestration.registry.manifest import Indicator, Manifest

COMPUTING_KEYS = (
    "numerator", "denominator", "model", "unit", "ages", "breakdowns", "period", "valid_from",
    "final_after_months", "look_back_months", "individual_based", "compares_sexes",
)  # fmt: skip
"""What of a block decides which figures there are; names, tags and readers do not."""
HASH_COLUMN = "definition_sha256"


def definition_sha256(indicator: Indicator) -> str:
    """Return the hash of what computes an indicator; the order of its breakdowns means nothing."""
    computing = {
        key: indicator.block[key] for key in COMPUTING_KEYS if indicator.block.get(key) is not None
    }
    computing["breakdowns"] = sorted(map(sorted, computing.get("breakdowns", ())))
    canonical = json.dumps(computing, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def missing_versions(manifest: Manifest, versions_csv: Path) -> list[str]:
    """Return a line for every indicator whose newest row is not its version and definition."""
    newest = _newest_rows(versions_csv)
    lines = []
    for indicator in manifest.indicators:
        actual = definition_sha256(indicator)
        row = newest.get(indicator.indicator_id)
        recorded = row and (int(row["version"]), row[HASH_COLUMN])
        if recorded == (indicator.version, actual):
            continue
        if row and row[HASH_COLUMN] != actual and int(row["version"]) >= indicator.version:
            advice = f"raise version to {int(row['version']) + 1} in the block and add a row"
        else:
            advice = f"add a row with version {indicator.version}"
        lines.append(f"{indicator.indicator_id}: {advice}, {HASH_COLUMN} {actual}")
    return lines


def _newest_rows(versions_csv: Path) -> Mapping[str, Mapping[str, str]]:
    with versions_csv.open(encoding="utf-8", newline="") as file:
        rows: Sequence[dict[str, str]] = sorted(
            csv.DictReader(file), key=lambda row: int(row["version"])
        )
    return {row["indicator_id"]: row for row in rows}
