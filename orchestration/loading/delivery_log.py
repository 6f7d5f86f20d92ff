"""The log of deliveries of one source table: what has been loaded, and what is known since when.

What becomes of a file is delivery.py; the log's tables stand in raw_tables.py.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from orchestration.errors import JamviktError
from orchestration.loading.raw_tables import LOG_TABLES
from orchestration.loading.signals import Before

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from duckdb import DuckDBPyConnection

    from orchestration.loading.contract import SourceTable
    from orchestration.loading.file_name import Coverage
    from orchestration.loading.outcome import FileOutcome

TAKEOVER = timedelta(days=31)
"""For so long after the first file of an area, what comes of a table is taken over: it counts as
known since it was drawn. Later files are known when they have been loaded, if that is later."""
IS_COUNTED = (
    "status = 'loaded' "
    "and known_at <= coalesce($as_of, timestamptz '9999-12-31 00:00:00+00') "
    "and (withdrawn_at is null or withdrawn_at > $as_of)"
)
"""SQL: whether a delivery counts at a moment, or now where that is null."""
READ = (
    *("delivery_id", "file_name", "sha256", "contract_hash", "area_code"),
    *("period_start", "period_end", "status", "reason", "rows_in_file"),
)
MOMENTS = ("received_at", "loaded_at", "known_at", "withdrawn_at")


@dataclass(frozen=True)
class Logged:
    """What is asked of a delivery in the log."""

    delivery_id: int
    file_name: str
    sha256: str
    contract_hash: str
    area_code: str | None
    period_start: date | None
    period_end: date | None
    status: str
    reason: str | None
    rows_in_file: int
    received_at: datetime
    loaded_at: datetime | None
    """None of what was loaded before this was recorded."""
    known_at: datetime
    withdrawn_at: datetime | None
    signals: dict[str, float] = field(default_factory=dict)

    @property
    def is_counted(self) -> bool:
        """Whether its rows count now."""
        return self.status == "loaded" and self.withdrawn_at is None


class DeliveryLog:
    """What the log says of a table; deliveries that are added are written together."""

    def __init__(self, connection: DuckDBPyConnection, table: SourceTable, now: datetime) -> None:
        """Read all of it. Raises JamviktError for a log that an earlier version has written."""
        import duckdb

        self._connection, self._table, self._now = connection, table, now
        self._by_name: dict[str, list[Logged]] = defaultdict(list)
        self._by_area: dict[str | None, list[Logged]] = defaultdict(list)
        self._by_sha256: dict[str, list[Logged]] = defaultdict(list)
        self._new: list[tuple[dict[str, Any], FileOutcome, Coverage]] = []
        moments = [f"{name} at time zone 'UTC'" for name in MOMENTS]
        try:
            rows = connection.execute(
                f"""
                select {", ".join([*READ, *moments])}, signal.names, signal.numbers
                from log.delivery
                left join (
                    select
                        delivery_id,
                        list(signal order by signal) as names,
                        list(cast(value as double) order by signal) as numbers
                    from log.delivery_signal
                    group by delivery_id
                ) as signal using (delivery_id)
                where source_name = $source_name and table_name = $table_name
                order by delivery_id
                """,
                {"source_name": table.source_name, "table_name": table.table_name},
            ).fetchall()
            last = connection.execute("select max(delivery_id) from log.delivery").fetchone()
        except (duckdb.BinderException, duckdb.CatalogException):
            raise JamviktError(
                "An earlier version has written the log of deliveries", "run a night first"
            ) from None
        self._last_id: int = (last and last[0]) or 0
        for *values, names, numbers in rows:
            told = dict(zip((*READ, *MOMENTS), values, strict=True))
            told |= {name: told[name] and told[name].replace(tzinfo=UTC) for name in MOMENTS}
            signals = dict(zip(names or (), numbers or (), strict=True))
            self._remember(Logged(**told, signals=signals))

    def _remember(self, row: Logged) -> None:
        self._by_name[row.file_name].append(row)
        self._by_area[row.area_code].append(row)
        self._by_sha256[row.sha256].append(row)

    def last_loaded(self, file_name: str) -> Logged | None:
        """Return what was loaded last under a name, taken back or not."""
        rows = [row for row in self._by_name[file_name] if row.status == "loaded"]
        return rows[-1] if rows else None

    def is_elsewhere(self, sha256: str, area_code: str | None) -> bool:
        """Return whether the same bytes count as those of another area."""
        return any(row.is_counted and row.area_code != area_code for row in self._by_sha256[sha256])

    def before(self, coverage: Coverage, sha256: str) -> Before | None:
        """Return the delivery before: of the same area and months, else of the same area."""
        months = (coverage.period_start, coverage.period_end)
        earlier = [
            ((row.period_start, row.period_end) == months, row.received_at, row.delivery_id, row)
            for row in self._by_area[coverage.area_code]
            if row.is_counted and row.received_at <= coverage.received_at and row.sha256 != sha256
        ]
        if not earlier:
            return None
        is_same, _, _, row = max(earlier, key=lambda found: found[:3])
        is_again = is_same and coverage.period_start is not None
        return Before(row.rows_in_file, is_same, is_again, row.signals)

    def is_refused(self, outcome: FileOutcome, sha256: str, contract_hash: str) -> bool:
        """Return whether a refusal stands there already."""
        return any(
            (row.status, row.sha256, row.contract_hash, row.reason)
            == ("refused", sha256, contract_hash, outcome.reason)
            for row in self._by_name[outcome.file_name]
        )

    def add(self, outcome: FileOutcome, coverage: Coverage, sha256: str, contract_hash: str) -> int:
        """Add a delivery, to be written later; return its delivery_id."""
        self._last_id += 1
        row: dict[str, Any] = {
            "delivery_id": self._last_id,
            "file_name": outcome.file_name,
            "sha256": sha256,
            "contract_hash": contract_hash,
            "area_code": coverage.area_code,
            "period_start": coverage.period_start,
            "period_end": coverage.period_end,
            "status": outcome.status,
            "reason": outcome.reason,
            "rows_in_file": outcome.rows_in_file,
            "received_at": coverage.received_at,
            "loaded_at": self._now,
            "known_at": self._known_at(outcome.file_name, sha256, coverage),
            "withdrawn_at": None,
        }
        signals = {signal.name: signal.value for signal in outcome.signals}
        self._remember(Logged(**row, signals=signals))
        row |= {
            "source_name": self._table.source_name,
            "table_name": self._table.table_name,
            "rows_loaded": outcome.rows_loaded,
            "rows_quarantined": outcome.rows_quarantined,
            "withdrawn_reason": None,
        }
        self._new.append((row, outcome, coverage))
        return self._last_id

    def write(self) -> None:
        """Write what was added: deliveries, their months and their signals."""
        if not self._new:
            return
        columns = LOG_TABLES["delivery"]
        self._insert("delivery", [[row[name] for name in columns] for row, _, _ in self._new])
        self._insert(
            "delivery_month",
            [
                [row["delivery_id"], month]
                for row, outcome, coverage in self._new
                if outcome.status == "loaded"
                for month in coverage.months
            ],
        )
        self._insert(
            "delivery_signal",
            [
                [row["delivery_id"], signal.name, signal.value, signal.limit, signal.is_over]
                for row, outcome, _ in self._new
                for signal in outcome.signals
            ],
        )
        self._new.clear()

    def _insert(self, name: str, rows: Sequence[Sequence[object]]) -> None:
        if not rows:
            return
        columns = LOG_TABLES[name]
        selected = ", ".join(
            f"unnest(cast(${column} as {columns[column]}[]))" for column in columns
        )
        self._connection.execute(
            f"insert into log.{name} ({', '.join(columns)}) select {selected}",
            {
                column: list(values)
                for column, values in zip(columns, zip(*rows, strict=True), strict=True)
            },
        )

    def _known_at(self, file_name: str, sha256: str, coverage: Coverage) -> datetime:
        """Return since when the bytes of a file are known (ADR 0016).

        What is loaded again under a mended contract is no news.
        """
        loaded = [row for row in self._by_area[coverage.area_code] if row.status == "loaded"]
        if before := [
            row.known_at for row in loaded if (row.file_name, row.sha256) == (file_name, sha256)
        ]:
            return min(before)
        is_recorded = all(row.loaded_at for row in loaded)
        first = min((row.loaded_at for row in loaded if row.loaded_at), default=self._now)
        if is_recorded and self._now < first + TAKEOVER:
            return coverage.received_at
        return max(coverage.received_at, self._now)
