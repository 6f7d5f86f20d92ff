"""Who may deliver what: the areas of the seeds, and what participants owe since and until when.

What a file says of itself is file_name.py.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from orchestration.loading.outcome import UnreadableFileError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from orchestration.loading.contract import SourceTable
    from orchestration.loading.file_name import Coverage

Span = tuple[date, date]


@dataclass(frozen=True)
class Participants:
    """What seeds/participants.csv says, beside the areas that there are."""

    areas: frozenset[str]
    """Codes of seeds/municipalities.csv and seeds/counties.csv."""
    owed: Mapping[str, Mapping[str, tuple[Span, ...]]]
    """By fact and area: first and last day of what is owed."""
    facts: Mapping[str, frozenset[str]]
    """By source: the facts that its tables collect."""

    def check(self, table: SourceTable, coverage: Coverage) -> None:
        """Raise UnreadableFileError for an area that is unknown or owes nothing of the period.

        A table that collects no fact belongs to those of its source that do; a source that has
        none takes any participant. A file whose name has no area says in its rows whose it is.
        """
        area = coverage.area_code
        if area is None:
            return
        if area not in self.areas:
            raise UnreadableFileError(
                f"area {area} is neither in seeds/municipalities.csv nor in seeds/counties.csv",
                "rename the file, or add the area there",
            )
        facts = self.facts.get(table.source_name) or frozenset(self.owed)
        spans = [span for fact in facts for span in self.owed.get(fact, {}).get(area, ())]
        if not spans:
            raise UnreadableFileError(
                f"area {area} is no participant of what {table.source_name} collects "
                f"({', '.join(sorted(facts))})",
                "rename the file, or add the area to seeds/participants.csv",
            )
        start, end = coverage.period_start, coverage.period_end
        if start and end and not any(start <= last and first <= end for first, last in spans):
            raise UnreadableFileError(
                f"area {area} owes nothing from {start} to {end}",
                "rename the file, or mend `valid_from` and `valid_to` in seeds/participants.csv",
            )


def read_participants(project_dir: Path, tables: Iterable[SourceTable]) -> Participants:
    """Read participants, municipalities and counties from the seeds; `tables`: all contracts."""
    seeds_dir = project_dir / "seeds"
    areas = {row["municipality_code"] for row in _rows(seeds_dir / "municipalities.csv")}
    areas |= {row["county_code"] for row in _rows(seeds_dir / "counties.csv")}
    owed: dict[str, dict[str, tuple[Span, ...]]] = {}
    for row in _rows(seeds_dir / "participants.csv"):
        span = (
            date.fromisoformat(row["valid_from"] or "0001-01-01"),
            date.fromisoformat(row["valid_to"] or "9999-12-31"),
        )
        of_fact = owed.setdefault(row["fact"], {})
        of_fact[row["area_code"]] = (*of_fact.get(row["area_code"], ()), span)
    facts: dict[str, frozenset[str]] = {}
    for table in tables:
        collected = facts.get(table.source_name, frozenset())
        facts[table.source_name] = collected | set(table.contract.collects)
    return Participants(frozenset(areas), owed, facts)


def _rows(file: Path) -> Iterator[dict[str, str]]:
    with file.open(encoding="utf-8", newline="") as lines:
        yield from csv.DictReader(lines)
