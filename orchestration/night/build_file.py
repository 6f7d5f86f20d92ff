"""What a night reads of the build file when dbt has closed it, and writes into it when judged."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from orchestration.database import using
from orchestration.publishing.files import REBUILD

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    from duckdb import DuckDBPyConnection

    from expectations.promise_result import PromiseResult


@dataclass(frozen=True)
class Figures:
    """What the night must know of the figures that were built."""

    changed_since_final: int
    """Figures that have changed since they were final."""
    final_periods: Mapping[str, tuple[str, ...]]
    """By fact the years and months whose indicators are final."""
    split: tuple[tuple[str, str, str, int], ...]
    """Municipality, service area, ages and year of figures that are split by sex."""


def read_figures(build_file: Path) -> Figures:
    """Read a build file that dbt has closed."""
    import duckdb

    with (
        using(build_file, REBUILD),
        duckdb.connect(str(build_file), read_only=True) as connection,
    ):
        counted = connection.execute(
            "select count(*) from marts.mart_revision where has_final_changed"
        ).fetchone()
        split = connection.execute(
            """
            select distinct
                split.area_code, indicator.service_area, indicator.ages, split.year
            from indicators.indicator_split as split
            inner join indicators.dim_indicator as indicator using (indicator_id)
            where split.area_level = 'municipality' and split.split_status = 'split'
            order by all
            """
        ).fetchall()
        return Figures(int(counted[0]) if counted else 0, _final_periods(connection), tuple(split))


def _final_periods(connection: DuckDBPyConnection) -> Mapping[str, tuple[str, ...]]:
    rows = connection.execute(
        """
        select
            indicator.numerator_fact,
            -- 2025 or 2025-03
            substr(
                cast(figure.period_start as varchar),
                1,
                case when figure.period_grain = 'year' then 4 else 7 end
            ) as period
        from indicators.fct_indicator as figure
        inner join indicators.dim_indicator as indicator using (indicator_id)
        group by indicator.numerator_fact, period
        having bool_and(figure.release_status = 'final')
        order by all
        """
    ).fetchall()
    final: dict[str, tuple[str, ...]] = {}
    for fact, period in rows:
        final[fact] = (*final.get(fact, ()), period)
    return final


def write_verdicts(
    build_file: Path,
    promises: Sequence[PromiseResult],
    night_id: str,
    started: datetime,
    as_of: datetime | None,
) -> None:
    """Write the verdicts to `quality.promise_result` of a build file, and the night beside them.

    Both say something of the run, so they stand in `quality` and nowhere else.
    """
    import duckdb

    with using(build_file, REBUILD), duckdb.connect(str(build_file)) as connection:
        connection.execute(
            """
            create schema if not exists quality;
            create or replace table quality.promise_result (
                promise_id varchar primary key,
                title_sv varchar not null,
                title_en varchar not null,
                judges varchar not null,
                evidence varchar not null,
                status varchar not null,
                reason varchar,
                rows_checked bigint not null,
                rows_violating bigint not null,
                rows_waived bigint not null,
                subject_count bigint not null,
                subjects varchar not null
            );
            comment on table quality.promise_result is
                'One row per promise: the verdict of the night this release comes from.';
            comment on column quality.promise_result.subjects is
                'JSON: the first subjects violated, each an object of the columns that name it.';
            create or replace table quality.night (
                night_id varchar primary key, started_at timestamptz not null, as_of timestamptz
            );
            comment on table quality.night is 'One row: the night this release comes from.'
            """
        )
        connection.executemany(
            "insert into quality.promise_result values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                (
                    *(promise.promise_id, promise.title_sv, promise.title_en),
                    *(promise.judges, promise.evidence, promise.status, promise.reason),
                    *(promise.rows_checked, promise.rows_violating, promise.rows_waived),
                    promise.subject_count,
                    json.dumps(promise.subjects, ensure_ascii=False),
                )
                for promise in promises
            ],
        )
        connection.execute(
            "insert into quality.night values (?, ?, ?)",
            [night_id, started, as_of],
        )
