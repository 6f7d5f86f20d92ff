"""The file of vintages: what nights remember, for later ones to read.

It holds what the margins of the indicators were at earlier moments, and which nights published
figures split by sex. Which vintages a night wants is decided here, building them is
vintage_builds.py. dbt reads the file as it reads the log of deliveries: attached, by name.
"""

from __future__ import annotations

import hashlib
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from orchestration.database import using
from orchestration.loading import RESTORE_RAW
from orchestration.loading.sql_text import literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import date
    from pathlib import Path

    from duckdb import DuckDBPyConnection

    from orchestration.settings import Settings

RESTORE_VINTAGES = (
    "restore it from a backup; without one move it elsewhere: a night builds the earlier states "
    "anew, and counts the nights that followed figures up from its own"
)
FIGURE = {
    "indicator_id": "varchar",
    "area_level": "varchar",
    "area_code": "varchar",
    "period_start": "date",
    "period_grain": "varchar",
    "sex": "varchar",
    "numerator": "decimal(20, 2)",
    "denominator": "decimal(20, 2)",
    "value": "double",
    "status": "varchar",
    "release_status": "varchar",
}
"""What is kept of `fct_indicator`, its margins only."""
TABLES = {
    "vintage": (
        "cut_off_date date primary key, definitions_sha256 varchar, deliveries_sha256 varchar, "
        "build_seconds double"
    ),
    "figure": "cut_off_date date, " + ", ".join(f"{name} {kind}" for name, kind in FIGURE.items()),
    "cut_off": "cut_off_date date primary key",
    "definition": "files_sha256 varchar primary key, definitions_sha256 varchar",
    "followed_up": (
        "municipality_code varchar, service_area varchar, ages varchar, year integer, "
        "first_night_id varchar, last_night_id varchar, night_count integer, "
        "primary key (municipality_code, service_area, ages, year)"
    ),
}
"""`cut_off` names the vintages that the night wants; others wait for the nights that want them.
`followed_up` counts the nights that published figures of a year for women and for men."""
DEFINING = ("macros", "models/staging", "models/facts", "models/indicators")
"""Folders of the dbt project that may decide what an indicator says; data flows one way."""
MARGINS = "age_band = 'total' and birth_region = 'total' and category_axis = 'total'"


@dataclass(frozen=True)
class Vintage:
    """Figures as they were known when a day began (UTC), and what they follow from."""

    cut_off_date: date
    definitions_sha256: str
    """A revision shows changed data, so all vintages are built from the definitions of today."""
    deliveries_sha256: str
    """Deliveries known by then: one that is taken over later makes another vintage."""


def wanted_vintages(settings: Settings, definitions: str) -> list[Vintage]:
    """Return the vintages that a night needs, oldest first: the newest `revision_vintages`.

    `definitions`: hash of what the indicators follow from today.

    A cut-off is the end of a quarter in which something became known, if more has come since; what
    an as-of night may not know makes none.
    """
    import duckdb

    with (
        using(settings.raw_file, RESTORE_RAW),
        duckdb.connect(str(settings.raw_file), read_only=True) as connection,
    ):
        rows = connection.execute(
            """
            with
                received as (
                    select
                        delivery_id,
                        sha256,
                        contract_hash,
                        known_at at time zone 'UTC' as known_at,
                        withdrawn_at at time zone 'UTC' as withdrawn_at
                    from log.delivery
                    where status = 'loaded' and ($as_of is null or known_at <= $as_of)
                ),
                -- What comes as a quarter begins is known when it begins.
                cut_off as (
                    select distinct
                        date_trunc('quarter', known_at - interval 1 microsecond)
                        + interval 3 month as known_at
                    from received
                )
            select
                cast(cut_off.known_at as date),
                sha256(
                    string_agg(
                        concat_ws(' ', delivery_id, sha256, contract_hash), chr(10)
                        order by delivery_id
                    )
                )
            from cut_off
            inner join
                received
                on received.known_at <= cut_off.known_at
                and (received.withdrawn_at is null or received.withdrawn_at > cut_off.known_at)
            where cut_off.known_at < (select max(known_at) from received)
            group by cut_off.known_at
            order by cut_off.known_at desc
            limit $count
            """,
            {"as_of": settings.as_of, "count": settings.revision_vintages},
        ).fetchall()
    return [Vintage(day, definitions, deliveries) for day, deliveries in reversed(rows)]


def files_sha256(project_dir: Path) -> str:
    """Return the hash of the files that may say how an indicator is computed.

    Where it is as it was, nothing need be compiled to know that the definitions are.
    """
    dbt_project = project_dir / "dbt_project"
    files = [dbt_project / "dbt_project.yml", *(project_dir / "seeds").glob("*.csv")]
    for folder in DEFINING:
        files += (file for file in (dbt_project / folder).rglob("*") if file.is_file())
    digest = hashlib.sha256()
    for file in sorted(files):
        digest.update(file.relative_to(project_dir).as_posix().encode() + b"\0")
        digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()


def kept_definitions(settings: Settings, files: str) -> str | None:
    """Return the hash of the definitions that files of this hash are known to say."""
    with _open(settings) as connection:
        found = connection.execute(
            "select definitions_sha256 from history.definition where files_sha256 = ?", [files]
        ).fetchone()
    return str(found[0]) if found else None


def keep_definitions(settings: Settings, files: str, definitions: str) -> None:
    """Write down what definitions the files of this hash say."""
    with _open(settings) as connection:
        connection.execute(
            "insert or replace into history.definition values (?, ?)", [files, definitions]
        )


def make_history(settings: Settings) -> None:
    """Make the file of vintages where there is none; a night may be reading the one there is."""
    if not settings.vintages_file.is_file():
        with _open(settings):
            pass


@contextmanager
def _open(settings: Settings) -> Iterator[DuckDBPyConnection]:
    import duckdb

    settings.vintages_file.parent.mkdir(parents=True, exist_ok=True)
    with (
        using(settings.vintages_file, RESTORE_VINTAGES),
        duckdb.connect(str(settings.vintages_file)) as connection,
    ):
        connection.execute("create schema if not exists history")
        for name, columns in TABLES.items():
            connection.execute(f"create table if not exists history.{name} ({columns})")
        yield connection


def kept_vintages(settings: Settings) -> dict[Vintage, float]:
    """Return every vintage of the file with the seconds that it took to build, oldest first.

    Raises JamviktError while a night writes the file, and where it is damaged.
    """
    import duckdb

    if not settings.vintages_file.is_file():
        return {}
    with (
        using(settings.vintages_file, RESTORE_VINTAGES),
        duckdb.connect(str(settings.vintages_file), read_only=True) as connection,
    ):
        rows = connection.execute(
            """
            select cut_off_date, definitions_sha256, deliveries_sha256, build_seconds
            from history.vintage
            order by cut_off_date
            """
        ).fetchall()
    return {Vintage(*row): seconds for *row, seconds in rows}


def keep_vintage(settings: Settings, vintage: Vintage, build_file: Path, seconds: float) -> None:
    """Copy the margins of a closed build file, in place of an earlier vintage of that day."""
    with _open(settings) as connection:
        connection.execute(f"attach {literal(str(build_file))} as build (read_only)")
        connection.execute("begin")
        for name in ("figure", "vintage"):
            connection.execute(
                f"delete from history.{name} where cut_off_date = ?", [vintage.cut_off_date]
            )
        connection.execute(
            f"""
            insert into history.figure
            select ?, {", ".join(FIGURE)} from build.indicators.fct_indicator where {MARGINS}
            """,
            [vintage.cut_off_date],
        )
        connection.execute(
            "insert into history.vintage values (?, ?, ?, ?)",
            [
                *(vintage.cut_off_date, vintage.definitions_sha256, vintage.deliveries_sha256),
                round(seconds, 1),
            ],
        )
        connection.execute("commit")


def want(settings: Settings, vintages: Iterable[Vintage]) -> None:
    """Write down which vintages the night's models shall read."""
    days = [[vintage.cut_off_date] for vintage in vintages]
    with _open(settings) as connection:
        connection.execute("begin")
        connection.execute("delete from history.cut_off")
        if days:
            connection.executemany("insert into history.cut_off values (?)", days)
        connection.execute("commit")


def keep_followed_up(
    settings: Settings, night_id: str, split: Sequence[tuple[str, str, str, int]]
) -> None:
    """Write down whose figures a night has published by sex.

    `split`: municipality, service area, ages and year, each once.
    """
    with _open(settings) as connection:
        connection.execute(
            """
            insert into history.followed_up
            select
                unnest($municipalities), unnest($service_areas), unnest($ages), unnest($years),
                $night, $night, 1
            on conflict do update set
                last_night_id = excluded.last_night_id, night_count = night_count + 1
            """,
            {
                "municipalities": [municipality for municipality, *_ in split],
                "service_areas": [service_area for _, service_area, *_ in split],
                "ages": [ages for *_, ages, _ in split],
                "years": [year for *_, year in split],
                "night": night_id,
            },
        )
