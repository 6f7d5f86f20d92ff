"""Which earlier states a night compares its figures with, and when one has to be built anew."""

from __future__ import annotations

import shutil
import subprocess
import sys
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import pytest

from orchestration.errors import JamviktError
from orchestration.loading import ensure_raw_tables
from orchestration.night import vintage_builds
from orchestration.night.dbt_runner import NodeResult, Project, remove_build_file
from orchestration.night.vintage_builds import ensure_vintages
from orchestration.night.vintage_file import kept_vintages, wanted_vintages
from orchestration.registry.manifest import read_manifest
from tests.conftest import PROJECT_DIR, installation

if TYPE_CHECKING:
    from orchestration.settings import Settings

RECEIVED = ("2024-05-02", "2024-07-01", "2025-02-03", "2025-02-20", "2025-05-06")
PROJECT = Project(read_manifest({"nodes": {}, "sources": {}}), Path("manifest.json"), None)


def receive(settings: Settings, *days: str, status: str = "loaded") -> None:
    """Write deliveries to the log, in the order in which they are loaded."""
    settings.raw_file.parent.mkdir(parents=True, exist_ok=True)
    with duckdb.connect(str(settings.raw_file)) as connection:
        ensure_raw_tables(connection, [])
        for day in days:
            connection.execute(
                """
                insert into log.delivery
                    (delivery_id, sha256, contract_hash, received_at, known_at, status)
                select count(*) + 1, 'file', 'contract', $received_at, $received_at, $status
                from log.delivery
                """,
                {"received_at": f"{day}T00:00:00+00:00", "status": status},
            )


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    settings = installation(tmp_path, revision_vintages=4)
    receive(settings, *RECEIVED)
    return settings


@pytest.fixture
def built(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Let a build be a file with one margin and one cell of a breakdown; the moments asked for."""
    moments: list[str] = []

    def build_figures(settings: Settings, *_: object) -> list[NodeResult]:
        assert settings.as_of is not None
        moments.append(settings.as_of.isoformat())
        settings.vintage_build_file.parent.mkdir(parents=True, exist_ok=True)
        with duckdb.connect(str(settings.vintage_build_file)) as connection:
            connection.execute(
                """
                create schema indicators;
                create table indicators.fct_indicator as
                select
                    'amount' as indicator_id, 'municipality' as area_level, '9901' as area_code,
                    date '2025-01-01' as period_start, 'month' as period_grain, 'women' as sex,
                    unnest(['total', '18-24']) as age_band, 'total' as birth_region,
                    'total' as category_axis, 10.50 as numerator, null as denominator,
                    10.5 as value, 'value' as status, 'final' as release_status
                """
            )
        return []

    monkeypatch.setattr(vintage_builds, "build_figures", build_figures)
    monkeypatch.setattr(vintage_builds, "compile_figures", lambda *_: {})
    return moments


def days(settings: Settings) -> list[date]:
    return [vintage.cut_off_date for vintage in wanted_vintages(settings, "definitions")]


def test_cut_offs_end_the_quarters_in_which_something_came(settings: Settings) -> None:
    """What comes as a quarter begins is known then; the open quarter is compared with, not kept."""
    assert days(settings) == [date(2024, 7, 1), date(2025, 4, 1)]


def test_a_refused_file_is_known_to_nobody(settings: Settings) -> None:
    receive(settings, "2025-08-01", status="refused")
    assert days(settings) == [date(2024, 7, 1), date(2025, 4, 1)]
    receive(settings, "2025-08-01")
    assert days(settings) == [date(2024, 7, 1), date(2025, 4, 1), date(2025, 7, 1)]


@pytest.mark.parametrize(("count", "first"), [(0, None), (1, date(2025, 4, 1))])
def test_the_newest_are_wanted(settings: Settings, count: int, first: date | None) -> None:
    fewer = settings.model_copy(update={"revision_vintages": count})
    assert days(fewer) == ([first] if first else [])


def test_an_as_of_night_knows_nothing_later(settings: Settings) -> None:
    then = settings.model_copy(update={"as_of": datetime(2025, 2, 10, tzinfo=UTC)})
    assert days(then) == [date(2024, 7, 1)]


def test_a_vintage_is_built_once(settings: Settings, built: list[str]) -> None:
    first = ensure_vintages(settings, PROJECT)
    assert built == ["2024-07-01T00:00:00+00:00", "2025-04-01T00:00:00+00:00"]
    assert [vintage.is_new for vintage in first] == [True, True]
    assert [vintage.is_new for vintage in ensure_vintages(settings, PROJECT)] == [False, False]
    assert len(built) == 2
    assert not settings.vintage_build_file.exists(), "it held rows of persons"


def test_margins_are_kept_and_no_breakdown(settings: Settings, built: list[str]) -> None:
    ensure_vintages(settings, PROJECT)
    assert built
    with duckdb.connect(str(settings.vintages_file), read_only=True) as connection:
        rows = connection.execute(
            "select cut_off_date, numerator from history.figure order by all"
        ).fetchall()
    assert [(day, float(numerator)) for day, numerator in rows] == [
        (date(2024, 7, 1), 10.5),
        (date(2025, 4, 1), 10.5),
    ]


def test_a_file_loaded_late_makes_the_vintages_after_it_anew(
    settings: Settings, built: list[str]
) -> None:
    ensure_vintages(settings, PROJECT)
    built.clear()
    receive(settings, "2024-11-11", "2025-06-30")
    assert [vintage.is_new for vintage in ensure_vintages(settings, PROJECT)] == [
        False,  # 2024-07-01
        True,  # 2025-01-01: something came in the quarter after all
        True,  # 2025-04-01: more was known then than had been thought
    ]
    assert built == ["2025-01-01T00:00:00+00:00", "2025-04-01T00:00:00+00:00"]
    assert len(kept_vintages(settings)) == 3


@pytest.mark.usefixtures("built")
def test_changed_definitions_make_all_vintages_anew(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """What is compiled decides; it is compiled again only where a file has changed."""
    project_dir = tmp_path / "project"
    for folder in ("dbt_project", "seeds"):
        shutil.copytree(PROJECT_DIR / folder, project_dir / folder)
    settings = settings.model_copy(update={"project_dir": project_dir})
    model = project_dir / "dbt_project/models/facts/fct_assistance_month.sql"
    sql, compiled = ["select 1"], []

    def compile_figures(*_: object) -> dict[str, str]:
        compiled.append(sql[0])
        return {"model": sql[0]}

    monkeypatch.setattr(vintage_builds, "compile_figures", compile_figures)
    for text, is_new in (
        ("select 1", [True, True]),
        ("-- a comment\nselect\n    1", [False, False]),
        ("select 2", [True, True]),
    ):
        sql[0] = text
        with model.open("a", encoding="utf-8") as opened:
            opened.write("\n")
        for expected in (is_new, [False, False]):
            found = ensure_vintages(settings, PROJECT)
            assert [vintage.is_new for vintage in found] == expected
    assert len(compiled) == 3


def test_an_as_of_night_leaves_what_other_nights_want(settings: Settings, built: list[str]) -> None:
    ensure_vintages(settings, PROJECT)
    then = settings.model_copy(update={"as_of": datetime(2025, 2, 10, tzinfo=UTC)})
    ensure_vintages(then, PROJECT)
    with duckdb.connect(str(settings.vintages_file), read_only=True) as connection:
        assert connection.execute("from history.cut_off").fetchall() == [(date(2024, 7, 1),)]
    ensure_vintages(settings, PROJECT)
    assert len(built) == 2


def test_a_vintage_that_cannot_be_built_stops_the_night_with_its_fix(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    failed = NodeResult("model.jamvikt.fct_population", "error", 0.1, "Constraint Error")
    monkeypatch.setattr(vintage_builds, "build_figures", lambda *_: [failed])
    monkeypatch.setattr(vintage_builds, "compile_figures", lambda *_: {})
    with pytest.raises(JamviktError, match=r"2024-07-01.*fct_population: Constraint Error"):
        ensure_vintages(settings, PROJECT)
    assert not kept_vintages(settings)


def test_what_a_killed_build_has_left_is_no_part_of_the_next(tmp_path: Path) -> None:
    """DuckDB would replay the log of the dead into the new file."""
    build_file = installation(tmp_path).build_file
    program = (
        "import duckdb, os, signal, sys\n"
        "connection = duckdb.connect(sys.argv[1])\n"
        "connection.execute('create table of_the_dead (a integer)')\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    build_file.parent.mkdir(parents=True)
    subprocess.run([sys.executable, "-c", program, str(build_file)], check=False)
    assert build_file.with_name("build.duckdb.wal").is_file()
    remove_build_file(build_file)
    with duckdb.connect(str(build_file)) as connection:
        assert connection.execute("from duckdb_tables()").fetchall() == []
