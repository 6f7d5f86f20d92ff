"""The recipe of CONTRIBUTING.md for a source system, done as it stands there.

In an installation that has this source and no other: codes of sex that are not ours, ids that are
no person numbers, areas whose codes are of another length.
"""

from __future__ import annotations

import io
import re
import shutil
from datetime import UTC, date, datetime
from textwrap import dedent
from typing import TYPE_CHECKING, Any

import duckdb
import pytest
from dbt.adapters.duckdb.connections import DuckDBConnectionManager
from dbt.cli.main import dbtRunner
from rich.console import Console

from orchestration.loading import (
    ensure_raw_tables,
    load_table,
    make_key,
    open_raw,
    read_axes,
    read_key,
    read_participants,
)
from orchestration.night.dbt_runner import QUIET, dbt_environment, parse
from orchestration.registry.declared import read_declared
from orchestration.tools.check_files import print_check
from tests.conftest import PROJECT_DIR, installation

if TYPE_CHECKING:
    from pathlib import Path

    from orchestration.settings import Settings

RECIPE = (
    (PROJECT_DIR / "CONTRIBUTING.md")
    .read_text(encoding="utf-8")
    .split("## Recipe: add a source system")[1]
    .split("\n## ")[0]
)
CONTRACT, STAGING, MODELS, PARTICIPANT, INPUT, MENTION = (
    dedent(block) for block in re.findall(r"```\w+\n(.*?)```", RECIPE, re.DOTALL)
)
NOW = datetime(2026, 2, 2, 4, tzinfo=UTC)
AREAS = ("9901", "UK123", "20")
"""A municipality of four characters, one of five in another country, a county of two."""
CAUTIOUS = ("--indirect-selection", "cautious")
NOBODY = "9902"
"""Takes no part, and sends a file."""
EXPORT = """\
nr;barn;Kön;form;fran;till;anteckning
1;18900101-9802;2;FH;15/01/2025;;Text about a child
2;B-104;1;INST;01/03/2025;31/05/2025;
3;B-105;;FH;01/04/2025;02/04/2025;
"""
"""A test number of Skatteverket's, and ids that are none."""


def add_to(file: Path, after: str, text: str) -> None:
    content = file.read_text(encoding="utf-8")
    assert content.count(after) == 1
    file.write_text(content.replace(after, after + text), encoding="utf-8")


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Follow the recipe in a copy of the project; no other source is in use."""
    folder = tmp_path_factory.mktemp("recipe")
    project = folder / "project"
    for name in ("dbt_project", "seeds", "tests/data"):
        shutil.copytree(PROJECT_DIR / name, project / name)
    models, seeds = project / "dbt_project/models", project / "seeds"
    source = models / "staging/barnvard1"
    source.mkdir()
    (source / "_barnvard1__sources.yml").write_text(CONTRACT, encoding="utf-8")
    (source / "stg_barnvard1__placering.sql").write_text(STAGING, encoding="utf-8")
    (source / "_barnvard1__models.yml").write_text(MODELS, encoding="utf-8")
    head = (seeds / "participants.csv").read_text(encoding="utf-8").splitlines()[0]
    rows = [PARTICIPANT.replace("9901", area) for area in AREAS]
    (seeds / "participants.csv").write_text("".join([f"{head}\n", *rows]), encoding="utf-8")
    add_to(seeds / "municipalities.csv", "9901,Ekbacka,99,true\n", "UK123,Ashford,UK,false\n")
    add_to(seeds / "counties.csv", "county_code,county_name,is_fictional\n", "UK,Kent,false\n")
    facts = models / "facts"
    add_to(
        facts / "fct_placement.sql",
        '[ref("stg_gamma__boende"), ',
        'ref("stg_barnvard1__placering"), ',
    )
    add_to(facts / "fct_placement.yml", "    given:\n", f"      {INPUT}")
    add_to(facts / "int_person_mention.sql", "person_mentions(\n        [\n", MENTION)
    settings = installation(folder, project)
    make_key(settings.pseudonym_key_file)
    landing = settings.landing_dir / "barnvard1"
    landing.mkdir(parents=True)
    for area in (*AREAS, NOBODY):
        (landing / f"placering_{area}_20260201.csv").write_text(
            EXPORT.replace("a child", f"a child of {area}"), encoding="utf-8"
        )
    return settings


@pytest.fixture(scope="module")
def outcomes(settings: Settings) -> list[Any]:
    """Load what lies in landing."""
    return load(settings, settings.raw_file)


def load(settings: Settings, raw_file: Path) -> list[Any]:
    sources = read_declared(settings.project_dir).sources
    (table,) = [table for table in sources if table.source_name == "barnvard1"]
    with settings.workspace("recipe") as workspace:
        with open_raw(raw_file, workspace) as connection:
            ensure_raw_tables(connection, sources)
        return load_table(
            raw_file,
            table,
            settings.landing_dir,
            key=read_key(settings.pseudonym_key_file),
            axes=read_axes(settings.project_dir),
            participants=read_participants(settings.project_dir, sources),
            now=NOW,
            workspace=workspace,
        )


@pytest.fixture(scope="module")
def build(settings: Settings, outcomes: list[Any]) -> duckdb.DuckDBPyConnection:
    """Build what the fact needs, with the unit tests on the way, and whose months have come."""
    assert outcomes
    project = parse(settings)
    with dbt_environment(settings):
        try:
            built = dbtRunner(manifest=project.dbt_manifest).invoke(
                [*QUIET, "build", "--select", "+fct_placement indicator_collection", *CAUTIOUS]
            )
        finally:
            DuckDBConnectionManager.close_all_connections()
    assert built.success, built.exception or [
        (node.node.name, node.message)
        for node in built.result
        if str(node.status) not in ("success", "pass")
    ]
    return duckdb.connect(str(settings.build_file), read_only=True)


def test_a_check_finds_no_fault_and_refuses_only_who_takes_no_part(settings: Settings) -> None:
    assert read_declared(settings.project_dir).faults == ()
    page = io.StringIO()
    assert not print_check(Console(file=page, width=200), settings, [])
    told = page.getvalue()
    assert "4 files: 1 would be refused" in told
    assert "area 9902 is no participant with the source barnvard1" in told
    assert "B-104" not in told


def test_the_files_of_every_area_load(settings: Settings, outcomes: list[Any]) -> None:
    loaded = [(each.file_name, each.rows_loaded, each.status) for each in outcomes]
    assert loaded == [
        ("placering_20_20260201.csv", 3, "loaded"),
        ("placering_9901_20260201.csv", 3, "loaded"),
        ("placering_9902_20260201.csv", 0, "refused"),
        ("placering_UK123_20260201.csv", 3, "loaded"),
    ]
    tables = read_declared(settings.project_dir).sources
    participants = read_participants(settings.project_dir, tables)
    lacking = {
        table.source_name: participants.fault_of(
            table, outcomes if table.source_name == "barnvard1" else [], date(2026, 2, 2)
        )
        for table in tables
        if table.contract.required
    }
    assert lacking == dict.fromkeys(("alfa", "beta", "scb", "barnvard1"))


def children(raw_file: Path) -> list[tuple[Any, ...]]:
    """Return kind and sex of the children, and how many persons they are."""
    with duckdb.connect(str(raw_file), read_only=True) as connection:
        return connection.execute(
            "select barn_kind, barn_sex, count(distinct barn_key) from barnvard1.placering "
            "group by 1, 2 order by 1, 2"
        ).fetchall()


def test_where_no_id_is_a_person_number_the_contract_says_so(
    settings: Settings, outcomes: list[Any], tmp_path: Path
) -> None:
    """The one that looks like it is another child in each area, and tells no sex."""
    assert outcomes
    assert children(settings.raw_file) == [("local", None, 6), ("personnummer", "women", 1)]
    (contract,) = settings.project_dir.rglob("_barnvard1__sources.yml")
    assert CONTRACT.count("identity: personnummer") == 1
    contract.write_text(CONTRACT.replace("identity: personnummer", "identity: local"), "utf-8")
    try:
        assert {each.rows_loaded for each in load(settings, tmp_path / "raw.duckdb")} == {3, 0}
    finally:
        contract.write_text(CONTRACT, encoding="utf-8")
    assert children(tmp_path / "raw.duckdb") == [("local", None, 9)]


def test_a_fact_counts_the_rows_by_sex(build: duckdb.DuckDBPyConnection) -> None:
    found = build.execute(
        "select municipality_code, placement_key, sex, placement_form, day_count "
        "from facts.fct_placement order by all"
    ).fetchall()
    until = (date(2026, 1, 31) - date(2025, 1, 15)).days + 1
    assert found == [
        (area, f"{area}-barnvard1-placement-{nr}", sex, form, days)
        for area in sorted(AREAS)
        for nr, sex, form, days in (
            (1, "women", "familjehem", until),
            (2, "men", "hvb", 92),
            (3, "unknown", "familjehem", 2),
        )
    ]


def test_what_has_come_is_known_on_every_level_of_area(build: duckdb.DuckDBPyConnection) -> None:
    found = build.execute(
        "select area_level, area_code, month_count, collected_month_count "
        "from indicators.indicator_collection where fact = 'placement_year' "
        "and period_grain = 'year' and period_start = date '2025-01-01' order by all"
    ).fetchall()
    assert found == [
        ("all", "all", 24, 24),
        ("county", "20", 12, 12),
        ("county", "99", 12, 12),
        ("county", "UK", 12, 12),
        ("municipality", "9901", 12, 12),
        ("municipality", "UK123", 12, 12),
    ]
