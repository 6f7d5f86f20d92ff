"""dbt's unit tests, which stand beside the models in their YAML; they need tables, and no rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dbt.adapters.duckdb.connections import DuckDBConnectionManager
from dbt.cli.main import dbtRunner

from orchestration.loading import ensure_raw_tables, open_raw
from orchestration.night.dbt_runner import QUIET, dbt_environment
from tests.conftest import WARM, installation

if TYPE_CHECKING:
    from pathlib import Path


def test_every_dbt_unit_test_passes(tmp_path: Path) -> None:
    settings, project = installation(tmp_path), WARM.project
    with (
        settings.workspace("units") as workspace,
        open_raw(settings.raw_file, workspace) as connection,
    ):
        ensure_raw_tables(connection, project.manifest.sources)
    runner = dbtRunner(manifest=project.dbt_manifest)
    words = ["--exclude-resource-type", "test", "--exclude-resource-type", "unit_test"]
    with dbt_environment(settings):
        try:
            built = runner.invoke([*QUIET, "build", "--empty", *words])
            assert built.success, built.exception
            outcome = runner.invoke([*QUIET, "test", "--select", "test_type:unit"])
        finally:
            DuckDBConnectionManager.close_all_connections()
    results = outcome.result.results
    assert len(results) == len(project.manifest.nodes["unit_tests"]) > 0
    assert [(r.node.unique_id, r.message) for r in results if str(r.status) != "pass"] == []
