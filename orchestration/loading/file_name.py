"""What the name of a file says: whose data it is, which months it covers, when it was drawn.

What stands in the file is reading.py.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from orchestration.loading.outcome import UnreadableFileError

if TYPE_CHECKING:
    from orchestration.loading.contract import SourceTable

MONTHS_OF = {"K": 3, "Q": 3, "T": 4, "H": 6}
"""Length of a quarter (kvartal), a tertial and a half year in months."""
LAST_MONTH, SPLIT_YEAR_BEGINS = 12, 7
SWEDISH_TIME = ZoneInfo("Europe/Stockholm")


@dataclass(frozen=True)
class Coverage:
    """Area, months and date of drawing of one file; None where the name does not say."""

    area_code: str | None
    period: str | None
    """As written in the name: 2024, 202401, 2024-01, 2024K1, 2024T1, 2024H1, 2024-2025."""
    period_start: date | None
    period_end: date | None
    """Last day, included."""
    received_at: datetime
    months: tuple[date | None, ...]
    """First day of every month covered; one None where the name has no period."""


def landing_files(landing_dir: Path) -> list[Path]:
    """Return every file of the landing folder, in name order, also behind links to folders.

    With them what ought to be one: a pipe, a link to nothing, a folder that may not be opened.
    Hidden ones are nobody's export.
    """
    found: list[Path] = []
    seen: set[str] = set()
    closed: list[OSError] = []
    for folder, folders, names in os.walk(landing_dir, onerror=closed.append, followlinks=True):
        if (real := os.path.realpath(folder)) in seen:
            folders.clear()
            continue
        seen.add(real)
        found += [Path(folder, name) for name in names if not name.startswith(".")]
    found += [Path(error.filename) for error in closed]
    return sorted(file for file in found if file != landing_dir)


def find_files(table: SourceTable, landing_dir: Path) -> list[Path]:
    """Return the files of a source table below `landing/<source>/`, in name order.

    What has the name of one and is none is for whoever reads it to refuse.
    """
    folder = landing_dir / table.source_name
    pattern = table.contract.file_name_pattern
    return sorted(
        file
        for file in folder.glob(table.contract.glob)
        if pattern.fullmatch(file.relative_to(folder).as_posix())
    )


def area_in_name(table: SourceTable, file_name: str) -> str | None:
    """Return whose data a file is by its contract or its name; None where its rows tell."""
    match = table.contract.file_name_pattern.fullmatch(file_name)
    return table.contract.area or (match.groupdict().get("area") if match else None)


def read_coverage(table: SourceTable, file_name: str, now: datetime) -> Coverage:
    """Read area, period and date of drawing from a name that matches the table's pattern.

    `now` stands in where the name has no date. Raises UnreadableFileError for a day that no
    calendar has or that has not come yet, and for years that do not follow each other.
    """
    match = table.contract.file_name_pattern.fullmatch(file_name)
    parts = match.groupdict() if match else {}
    try:
        starts = _month_starts(parts.get("period"), table.contract.first_month)
        received_at = _midnight(parts["received"]) if parts.get("received") else now
    except ValueError:
        raise UnreadableFileError(
            "a date or period in the file name is not in the calendar", "rename the file"
        ) from None
    if received_at.date() > now.astimezone(SWEDISH_TIME).date():
        raise UnreadableFileError(
            f"the day of drawing in the file name, {received_at:%Y-%m-%d}, has not come yet",
            "rename the file; see that the clock of this machine is right",
        )
    return Coverage(
        area_code=area_in_name(table, file_name),
        period=parts.get("period"),
        period_start=starts[0] if starts else None,
        period_end=starts[-1] - timedelta(days=1) if starts else None,
        received_at=received_at,
        months=tuple(starts[:-1]) or (None,),
    )


def _month_starts(period: str | None, first_month: int) -> list[date]:
    """Return the first day of every month of a period and of the month after it."""
    if period is None:
        return []
    year, rest = int(period[:4]), period[4:].lstrip("-_")
    first, count = first_month, 12
    if rest.isdigit() and int(rest) > LAST_MONTH:
        if int(rest) not in (year + 1, (year + 1) % 100):
            raise ValueError(period)
        first = SPLIT_YEAR_BEGINS if first_month == 1 else first_month
    elif rest.isdigit():
        first, count = int(rest), 1
    elif rest:
        count = MONTHS_OF[rest[0]]
        first = (int(rest[1]) - 1) * count + 1
    index = year * 12 + first - 1
    return [date(month // 12, month % 12 + 1, 1) for month in range(index, index + count + 1)]


def _midnight(day: str) -> datetime:
    return datetime.strptime(re.sub("[-_]", "", day), "%Y%m%d").replace(tzinfo=UTC)
