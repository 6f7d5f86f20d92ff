"""What is live, how fresh every source is, which earlier states are kept, how nights ended.

Reads the delivery log, the history of nights and the current release; changes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rich.markup import escape
from rich.table import Table

from orchestration.database import using
from orchestration.loading import RESTORE_RAW
from orchestration.night.night import is_night_running, read_nights
from orchestration.night.summary import live
from orchestration.night.vintage_file import kept_vintages

if TYPE_CHECKING:
    from datetime import date, datetime

    from rich.console import Console

    from orchestration.settings import Settings

NIGHTS_SHOWN = 7


@dataclass(frozen=True)
class Freshness:
    """What has come of one source table."""

    source_name: str
    table_name: str
    newest_delivery: datetime | None
    """None where every file was refused."""
    period_start: date | None
    period_end: date | None
    """Last day of the last month that a delivery covers; None without periods."""
    files_loaded: int
    files_refused: int
    rows_quarantined: int


def freshness(settings: Settings) -> list[Freshness]:
    """Return one entry per source table that ever had a file, by name.

    Raises JamviktError while a night writes the file, and where it is damaged.
    """
    import duckdb

    if not settings.raw_file.is_file():
        return []
    try:
        with (
            using(settings.raw_file, RESTORE_RAW),
            duckdb.connect(str(settings.raw_file), read_only=True) as connection,
        ):
            rows = connection.execute(
                """
                select
                    source_name,
                    table_name,
                    max(received_at) filter (where status = 'loaded'),
                    min(period_start) filter (where status = 'loaded'),
                    max(period_end) filter (where status = 'loaded'),
                    count(*) filter (where status = 'loaded'),
                    count(*) filter (where status = 'refused'),
                    coalesce(sum(rows_quarantined) filter (where status = 'loaded'), 0)
                from log.delivery
                group by source_name, table_name
                order by source_name, table_name
                """
            ).fetchall()
    except duckdb.CatalogException:
        return []
    return [Freshness(*row) for row in rows]


def print_status(console: Console, settings: Settings) -> None:
    """Print what is live since when, every source's freshness and the last nights."""
    console.print(f"[bold]live[/bold]  {escape(live(settings))}", highlight=False, soft_wrap=True)
    sources = _table(("source", "newest", "from", "to"), ("files", "refused", "quarantined"))
    for entry in freshness(settings):
        sources.add_row(
            f"{entry.source_name}.{entry.table_name}",
            f"{entry.newest_delivery:%Y-%m-%d}" if entry.newest_delivery else "",
            str(entry.period_start or ""),
            str(entry.period_end or ""),
            *(str(entry.files_loaded), str(entry.files_refused), str(entry.rows_quarantined)),
        )
    vintages = _table(("known before",), ("seconds to build",))
    for vintage, seconds in kept_vintages(settings).items():
        vintages.add_row(str(vintage.cut_off_date), f"{seconds:.0f}")
    nights = _table(("night", "exit", "verdict", "release"), ("seconds",))
    for night in _last_nights(settings):
        code, seconds = night["exit_code"], night["seconds"]
        nights.add_row(
            *(night["night_id"], "" if code is None else str(code), escape(night["verdict"])),
            *(night["release"] or "", f"{sum(seconds.values()):.0f}" if seconds else ""),
        )
    for table, nothing in (
        (sources, "no file has come yet"),
        (vintages, "no earlier state has been built yet"),
        (nights, "no night has run yet"),
    ):
        console.print()
        console.print(table if table.row_count else nothing)


def _last_nights(settings: Settings) -> list[dict[str, Any]]:
    """Return the newest nights, newest first; of one without an end, whether it runs."""
    nights = read_nights(settings)[-NIGHTS_SHOWN:]
    if nights and nights[-1]["exit_code"] is None and is_night_running(settings):
        nights[-1]["verdict"] = "is running"
    return nights[::-1]


def _table(headings: tuple[str, ...], numbers: tuple[str, ...]) -> Table:
    table = Table(box=None, header_style="bold", pad_edge=False)
    for heading in headings:
        table.add_column(heading, overflow="fold")
    for heading in numbers:
        table.add_column(heading, justify="right")
    return table
