"""What dbt makes of the project without a row of data: its unit tests, and what it compiles."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from dbt.adapters.duckdb.connections import DuckDBConnectionManager
from dbt.cli.main import dbtRunner

from orchestration.loading import ensure_raw_tables, open_raw
from orchestration.night.dbt_runner import RESULTS_ONLY, compile_figures, dbt_environment
from tests.conftest import WARM, installation

if TYPE_CHECKING:
    from orchestration.settings import Settings


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Return an installation to which nothing has been sent yet."""
    settings = installation(tmp_path_factory.mktemp("empty"))
    with (
        settings.workspace("units") as workspace,
        open_raw(settings.raw_file, workspace) as connection,
    ):
        ensure_raw_tables(connection, WARM.project.manifest.sources)
    return settings


def test_every_dbt_unit_test_passes(settings: Settings) -> None:
    """They stand beside the models in their YAML, and need tables to tell the types of columns.

    Breakdowns add no column, and take long to write out.
    """
    project = WARM.project
    runner = dbtRunner(manifest=project.dbt_manifest)
    words = ["--select", "+test_type:unit", "--exclude-resource-type", "test"]
    with dbt_environment(settings, margins_only=True):
        try:
            outcome = runner.invoke([*RESULTS_ONLY, "build", "--empty", *words])
        finally:
            DuckDBConnectionManager.close_all_connections()
    results = {each.node.unique_id: (str(each.status), each.message) for each in outcome.result}
    units = project.manifest.nodes["unit_tests"]
    assert set(results) > set(units) > set()
    expected = {name: "pass" if name in units else "success" for name in results}
    assert [(name, *told) for name, told in results.items() if told[0] != expected[name]] == []


def test_what_the_indicators_follow_from_is_their_models_and_seeds(settings: Settings) -> None:
    found = compile_figures(settings, WARM.project)
    assert {"model.jamvikt.fct_indicator", "model.jamvikt.fct_assistance_month"} <= set(found)
    assert {"seed.jamvikt.participants", "seed.jamvikt.waivers"} <= set(found)
    assert not [name for name in found if "mart_" in name or ".dq_" in name]
    assert all(str(settings.data_dir) not in text for text in found.values()), "of any installation"
