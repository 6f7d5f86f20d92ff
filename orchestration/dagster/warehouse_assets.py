"""The dbt project as Dagster assets: one step that builds all of it in this process.

dagster-dbt says what the assets and checks are; its own runner is not used (docs/adr: in process
a build takes a quarter of the time). How dbt runs is night/dbt_runner.py.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import dagster as dg
from dagster_dbt import DagsterDbtTranslator, dbt_assets
from dagster_dbt.asset_utils import get_asset_check_key_for_test

from orchestration.night.dbt_runner import NodeResult, Project, build
from orchestration.night.judging import Judge
from orchestration.night.night import Night
from orchestration.night.vintage_builds import ensure_vintages, final_figures_changed
from orchestration.settings import Settings


class _FolderIsGroup(DagsterDbtTranslator):
    """Folder = schema = Dagster group."""

    def get_group_name(self, dbt_resource_props: Mapping[str, Any]) -> str | None:
        return str(dbt_resource_props["schema"])


def warehouse_assets(project: Project, settings: Settings) -> dg.AssetsDefinition:
    """Return every seed and model as an asset, and every data test as a check on its asset."""
    manifest, translator = project.manifest, _FolderIsGroup()

    @dbt_assets(
        manifest=manifest.nodes,
        dagster_dbt_translator=translator,
        name="warehouse",
    )
    def warehouse(
        night: dg.ResourceParam[Night],
    ) -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]:
        night.judge = night.judge or Judge(night.log_file)  # imports while dbt builds
        with night.meter.stage("vintages"):
            night.vintages = ensure_vintages(
                settings, project, lambda vintage: night.listen("vintages", vintage)
            )
        with night.meter.stage("build"):
            night.nodes = build(settings, project, lambda name: night.listen("build", name))
        for node in night.nodes:
            yield from _events(node)
        if failed := [node for node in night.nodes if node.has_failed]:
            raise dg.Failure("\n".join(f"{node.unique_id}: {node.message}" for node in failed))
        night.final_figures_changed = final_figures_changed(settings)

    def _events(node: NodeResult) -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]:
        if node.status == "skipped":
            return
        if not node.is_test:
            if not node.has_failed:
                props = manifest.nodes["nodes"][node.unique_id]
                yield dg.MaterializeResult(
                    asset_key=translator.get_asset_key(props), metadata={"seconds": node.seconds}
                )
            return
        check = get_asset_check_key_for_test(manifest.nodes, translator, node.unique_id, None)
        if check is not None and check in warehouse.check_keys:
            yield dg.AssetCheckResult(
                passed=not node.has_failed,
                asset_key=check.asset_key,
                check_name=check.name,
                metadata={"seconds": node.seconds, "message": node.message},
            )

    return warehouse
