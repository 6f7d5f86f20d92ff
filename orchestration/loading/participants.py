"""Who delivers what from which source: the areas of the seeds, and what participants owe.

What a file says of itself is file_name.py.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, NamedTuple

from orchestration.errors import JamviktError
from orchestration.loading.file_name import area_in_name
from orchestration.loading.outcome import UnreadableFileError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from orchestration.loading.contract import SourceTable
    from orchestration.loading.file_name import Coverage
    from orchestration.loading.outcome import FileOutcome

SEED = "seeds/participants.csv"
COUNTY = 2
"""Characters of a county's code, with which those of its municipalities begin: macros/areas.sql."""


class Owed(NamedTuple):
    """A row of seeds/participants.csv."""

    fact: str
    area_code: str
    source_name: str
    """Empty for a fact that follows from others."""
    first: date
    last: date


@dataclass(frozen=True)
class Participants:
    """What seeds/participants.csv says, beside the areas that there are.

    A source is in use where a row names it; of one that nobody names nothing is expected.
    """

    areas: frozenset[str]
    """Codes of seeds/municipalities.csv and seeds/counties.csv."""
    owed: tuple[Owed, ...]
    collecting: frozenset[str]
    """Sources of which a table collects a fact; others any participant may use."""

    def check(self, table: SourceTable, coverage: Coverage) -> None:
        """Raise UnreadableFileError for an area that is unknown or owes nothing of the period.

        A file whose name has no area says in its rows whose it is.
        """
        area = coverage.area_code
        if area is None:
            return
        if area not in self.areas:
            raise UnreadableFileError(
                f"area {area} is neither in seeds/municipalities.csv nor in seeds/counties.csv",
                "rename the file, or add the area there",
            )
        owed = [row for row in self._owed_to(table.source_name) if row.area_code == area]
        if not owed:
            raise UnreadableFileError(
                f"area {area} is no participant with the source {table.source_name}",
                f"rename the file, or name the source beside the area in {SEED}",
            )
        start, end = coverage.period_start, coverage.period_end
        if start and end and not any(start <= row.last and row.first <= end for row in owed):
            raise UnreadableFileError(
                f"area {area} owes nothing from {start} to {end}",
                f"rename the file, or mend `valid_from` and `valid_to` in {SEED}",
            )

    def fault_of(
        self, table: SourceTable, outcomes: Sequence[FileOutcome], today: date
    ) -> str | None:
        """Say what is missing of a required table: a file that is refused, an area without one.

        It is required of the areas that owe today what it collects, or whatever its source does
        where it collects nothing itself.
        """
        facts = frozenset(table.contract.collects)
        areas = {
            row.area_code
            for row in self._owed_to(table.source_name)
            if row.source_name
            and row.first <= today <= row.last
            and (not facts or row.fact in facts)
        }
        if not table.contract.required or not areas:
            return None
        by_area = [(area_in_name(table, outcome.file_name), outcome) for outcome in outcomes]
        refused = [
            outcome
            for area, outcome in by_area
            if outcome.status == "refused" and (area is None or area in areas)
        ]
        where = f"Required source {table.source_name}.{table.table_name}"
        if refused:
            return (
                f"{where}: {len(refused)} of {len(outcomes)} files refused. First: "
                f"{refused[0].file_name}: {refused[0].reason}"
            )
        # what was taken back has a reason too
        come = {area for area, outcome in by_area if outcome.reason is None}
        absent = [] if None in come else sorted(areas - come)
        if absent:
            return (
                f"{where}: no file {table.source_name}/{table.contract.files} in landing of "
                f"{', '.join(absent)}. Put it there, or end what the area owes in {SEED}"
            )
        return None

    def _owed_to(self, source_name: str) -> list[Owed]:
        """Return the rows that name a source; of one that collects nothing, nor is named, all."""
        rows = [row for row in self.owed if row.source_name == source_name]
        return rows if rows or source_name in self.collecting else list(self.owed)


def read_participants(project_dir: Path, tables: Iterable[SourceTable]) -> Participants:
    """Read participants, municipalities and counties from the seeds; `tables`: all contracts.

    Raises JamviktError for a row whose days are none.
    """
    collecting = {table.source_name for table in tables if table.contract.collects}
    owed = tuple(row for _, row in _owed(project_dir))
    return Participants(frozenset(_areas(project_dir)), owed, frozenset(collecting))


def participant_faults(project_dir: Path, tables: Iterable[SourceTable]) -> list[str]:
    """Say which rows of the seed can owe nothing, by line and column; `tables`: all contracts."""
    areas = _areas(project_dir)
    faults = [
        f"seeds/municipalities.csv: municipality_code {code} is not its county's code of two "
        f"characters, {county}, and more"
        for code, county in areas.items()
        if county is not None
        and (len(county) != COUNTY or not code[COUNTY:] or code[:COUNTY] != county)
    ]
    collected: dict[str, set[str]] = {}
    for table in tables:
        collected.setdefault(table.source_name, set()).update(table.contract.collects)
    of_sources = set().union(*collected.values())
    try:
        rows = list(_owed(project_dir))
    except JamviktError as error:
        return [*faults, str(error)]
    for line, row in rows:
        where = f"{SEED}: line {line}"
        if row.area_code not in areas:
            faults.append(
                f"{where}: area_code {row.area_code} is neither in seeds/municipalities.csv nor in "
                "seeds/counties.csv"
            )
        facts = collected.get(row.source_name)
        if row.source_name and facts is None:
            faults.append(
                f"{where}: source_name {row.source_name} is no source; there are "
                f"{', '.join(sorted(collected))}"
            )
        if facts and row.fact not in facts:
            faults.append(
                f"{where}: fact {row.fact} is not what {row.source_name} collects: "
                f"{', '.join(sorted(facts))}"
            )
        if not row.source_name and row.fact in of_sources:
            faults.append(f"{where}: source_name is missing: {row.fact} is sent by a source")
        if row.last < row.first:
            faults.append(f"{where}: valid_to is before valid_from")
    return faults


def _areas(project_dir: Path) -> dict[str, str | None]:
    """Return the codes of all areas, each with that of its county where it is a municipality."""
    seeds_dir = project_dir / "seeds"
    municipalities = _rows(seeds_dir / "municipalities.csv")
    counties = _rows(seeds_dir / "counties.csv")
    return {
        **{row["county_code"]: None for row in counties},
        **{row["municipality_code"]: row["county_code"] for row in municipalities},
    }


def _owed(project_dir: Path) -> Iterator[tuple[int, Owed]]:
    """Yield the rows of the seed, each with its line."""
    for line, row in enumerate(_rows(project_dir / SEED), start=2):
        try:
            first = date.fromisoformat(row["valid_from"] or "0001-01-01")
            last = date.fromisoformat(row["valid_to"] or "9999-12-31")
        except (TypeError, ValueError):
            raise JamviktError(
                f"{SEED}: line {line}: valid_from or valid_to is no day",
                "write it as 2025-01-31, or leave it empty; a row has "
                "fact,area_code,source_name,valid_from,valid_to",
            ) from None
        yield line, Owed(row["fact"], row["area_code"], row["source_name"], first, last)


def _rows(file: Path) -> Iterator[dict[str, str]]:
    with file.open(encoding="utf-8", newline="") as lines:
        yield from csv.DictReader(lines)
