"""dbt's unit tests, which stand beside the models in their YAML."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dbt.adapters.duckdb.connections import DuckDBConnectionManager
from dbt.cli.main import dbtRunner

from orchestration.dbt_runner import QUIET, dbt_environment, parse
from tests.conftest import installation_after

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import DemoNight


def test_every_dbt_unit_test_passes(demo_night: DemoNight, tmp_path: Path) -> None:
    settings = installation_after(demo_night, tmp_path)
    project = parse(settings)
    runner = dbtRunner(manifest=project.dbt_manifest)
    with dbt_environment(settings):
        try:
            outcome = runner.invoke([*QUIET, "test", "--select", "test_type:unit"])
        finally:
            DuckDBConnectionManager.close_all_connections()
    results = outcome.result.results
    assert len(results) == len(project.manifest.nodes["unit_tests"]) > 0
    assert [(r.node.unique_id, r.message) for r in results if str(r.status) != "pass"] == []
