"""What a night leaves behind: a publication, a report, nothing of anybody's identity."""

from __future__ import annotations

import json
import re
import shutil
from typing import TYPE_CHECKING

import duckdb
import pytest

from orchestration.publishing.files import DATABASE
from tests.conftest import (
    PROJECT_DIR,
    DemoNight,
    build_nodes,
    installation,
    installation_after,
    run,
)

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def current(demo_night: DemoNight) -> Path:
    return demo_night.settings.published_dir / "current"


def test_the_demo_night_publishes(demo_night: DemoNight, current: Path) -> None:
    assert demo_night.exit_code == 0, demo_night.summary
    release = json.loads((current / "manifest.json").read_text(encoding="utf-8"))
    assert release["edition"] == "internal"


def test_published_schemas_hold_no_rows_of_persons(current: Path) -> None:
    with duckdb.connect(str(current / DATABASE), read_only=True) as connection:
        columns = connection.execute(
            "select table_schema, column_name from information_schema.columns"
        ).fetchall()
    assert {schema for schema, _ in columns} == {"indicators", "marts", "quality"}
    assert not [
        name
        for _, name in columns
        if re.search("person_key|case_key|application_key|birth_year|birth_month", name)
    ]


def test_every_status_that_the_data_can_have_is_there(demo_night: DemoNight) -> None:
    found = {
        status
        for (status,) in demo_night.query("select distinct status from indicators.fct_indicator")
    }
    assert {"value", "zero", "partial", "no_denominator", "waived", "structural_zero"} <= found


def test_a_month_that_never_came_makes_figures_partial(demo_night: DemoNight) -> None:
    partial = demo_night.query(
        """
        select distinct area_code, collected_share from indicators.fct_indicator
        where indicator_id = 'adult_recipients' and status = 'partial'
            and period_start = date '2025-01-01' and area_level = 'municipality'
        """
    )
    assert [(area, float(share)) for area, share in partial] == [("9905", 0.9167)]


def test_the_first_night_reads_every_file_and_loses_no_row(demo_night: DemoNight) -> None:
    files = [
        file
        for table in demo_night.settings.landing_dir.iterdir()
        if table.is_dir()
        for file in table.iterdir()
    ]
    deliveries = demo_night.query(
        "select status, rows_in_file, rows_loaded, rows_quarantined from raw.log.delivery"
    )
    assert len(deliveries) == len(files)
    assert all(rows == loaded + quarantined for _, rows, loaded, quarantined in deliveries)


def test_every_query_of_the_questions_has_an_answer(demo_night: DemoNight) -> None:
    page = (PROJECT_DIR / "docs" / "questions.md").read_text(encoding="utf-8")
    queries = re.findall(r"```sql\n(.*?)```", page, flags=re.DOTALL)
    assert len(queries) > 10
    published = demo_night.settings.published_dir / "current" / DATABASE
    with duckdb.connect(str(published), read_only=True) as reader:
        for query in queries:
            assert reader.execute(query).fetchone(), query


def test_a_second_night_skips_every_file_and_gives_equal_marts(
    small_night: DemoNight, tmp_path: Path
) -> None:
    """And a reader that has the old release open is undisturbed by the swap."""
    settings = installation_after(small_night, tmp_path, revision_vintages=1)
    before = settings.published_dir / "current"
    old = before.resolve()
    with duckdb.connect(str(before / DATABASE), read_only=True) as reader:
        count = "select count(*), sum(numerator) from marts.mart_indicator"
        rows = reader.execute(count).fetchall()
        deliveries = small_night.query("select count(*) from raw.log.delivery")

        again = run(settings)

        assert again.exit_code == 0, again.summary
        new = (settings.published_dir / "current").resolve()
        assert new != old
        assert reader.execute(count).fetchall() == rows
    assert again.query("select count(*) from raw.log.delivery") == deliveries
    assert again.query(
        "select distinct earlier_nights > 0, last_night_id from quality.followed_up "
        "where indicators_tonight > 0"
    ) == [(True, old.name)]
    for kind in ("parquet", "csv"):
        for file in sorted((old / kind).rglob("mart_*")):
            assert file.read_bytes() == (new / file.relative_to(old)).read_bytes(), file.name


def identity_numbers() -> set[str]:
    numbers = PROJECT_DIR / "orchestration" / "demo" / "figures" / "test_numbers.csv"
    return set(numbers.read_text(encoding="utf-8").split()[1:])


TWELVE = re.compile(rb"((?:18|19|20)\d{6})[-+]?(\d{4})(?!\d)")
"""Begins with a literal, which a search of a gigabyte needs; what precedes it is asked after."""
TEN = re.compile(rb"(?<!\d)(\d{6})[-+]?(\d{4})(?!\d)")


def identities_in(data: bytes, twelve: set[str], ten: set[str]) -> set[str]:
    found = {
        (match[1] + match[2]).decode()
        for match in TWELVE.finditer(data)
        if not data[max(match.start() - 1, 0) : match.start()].isdigit()
    }
    if ten:
        found |= {(first + last).decode() for first, last in TEN.findall(data)}
    return {token for token in found if token in twelve or token in ten}


def test_no_identity_leaves_landing(demo_night: DemoNight) -> None:
    """Search the bytes of every file, and the text of every column, which DuckDB compresses."""
    twelve = identity_numbers()
    ten = {number[2:] for number in twelve}
    landing = demo_night.settings.landing_dir
    root = landing.parent
    sentinels = (b"Testnamn", b"Testgatan", b"Fritext")
    landed = b"".join(file.read_bytes() for file in sorted(landing.rglob("*.csv"))[:40])
    assert identities_in(landed, twelve, ten), "the search must be able to find them"
    assert all(word in landed for word in sentinels)

    for file in root.rglob("*"):
        if not file.is_file() or landing in file.parents:
            continue
        data = file.read_bytes()
        # Ten digits occur by chance in hashes and figures; twelve do not.
        found = identities_in(data, twelve, ten if file.suffix in {".log", ".html"} else set())
        assert not found, f"{file.relative_to(root)} holds identity numbers"
        assert not [word for word in sentinels if word in data], file.relative_to(root)

    for file in root.rglob("*.duckdb"):
        with duckdb.connect(str(file), read_only=True) as connection:
            texts = connection.execute(
                """
                select schema_name, table_name, column_name
                from duckdb_columns() semi join duckdb_tables() using (database_name, table_oid)
                where data_type = 'VARCHAR'
                """
            ).fetchall()
            for schema, table, column in texts:
                rows = connection.execute(
                    f'select string_agg(distinct "{column}", chr(10)) from "{schema}"."{table}"'
                ).fetchone()
                text = (rows[0] or "").encode() if rows else b""
                place = f"{file.name}: {schema}.{table}.{column}"
                assert not identities_in(text, twelve, set()), place
                assert not [word for word in sentinels if word in text], place


def test_as_of_shows_what_was_known_then(demo_night: DemoNight, tmp_path: Path) -> None:
    """Socialstyrelsen's January 2024 was silently revised; December 2023 came late."""
    from datetime import UTC, datetime

    known = {}
    for moment in ("2024-01-31", "2024-04-01", "2025-02-01"):
        folder = tmp_path / moment
        settings = installation(folder)
        settings.raw_file.parent.mkdir(parents=True)
        shutil.copy(demo_night.settings.raw_file, settings.raw_file)
        settings = settings.model_copy(
            update={"as_of": datetime.fromisoformat(moment).replace(tzinfo=UTC)}
        )
        build_nodes(settings, "+fct_comparison")
        known[moment] = dict(
            DemoNight(settings, 0, "").query(
                """
                select measure || ' ' || period_start, cast(value as integer)
                from facts.fct_comparison where period_start in ('2023-12-01', '2024-01-01')
                """
            )
        )
    assert known["2024-01-31"]["assistance_households 2023-12-01"] is None
    assert known["2024-04-01"]["assistance_households 2023-12-01"] == 3000
    assert known["2024-04-01"]["assistance_paid_tsek 2024-01-01"] == 28883
    assert known["2025-02-01"]["assistance_paid_tsek 2024-01-01"] == 28892
