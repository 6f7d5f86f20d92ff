"""The dbt project as Dagster assets: one step that builds all of it in this process.

dagster-dbt says what the assets and checks are; its own runner is not used (docs/adr: in process
a build takes a quarter of the time). How dbt runs is night/dbt_runner.py.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import dagster as dg
from dagster_dbt import DagsterDbtTranslator, dbt_assets
from dagster_dbt.asset_utils import get_asset_check_key_for_test

from orchestration.night.dbt_runner import NodeResult, Project
from orchestration.night.night import Night
from orchestration.night.steps import build_warehouse, prepare_vintages


class _FolderIsGroup(DagsterDbtTranslator):
    """Folder = schema = Dagster group."""

    def get_group_name(self, dbt_resource_props: Mapping[str, Any]) -> str | None:
        return str(dbt_resource_props["schema"])


def warehouse_assets(project: Project) -> dg.AssetsDefinition:
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
        night.judge()  # it imports while dbt builds
        night.record.keep(prepare_vintages(night, project))
        built = build_warehouse(night, project)
        night.record.keep(built)
        for node in built.nodes:
            yield from _events(node)
        if built.failed:
            raise dg.Failure(
                "\n".join(f"{node.unique_id}: {node.message}" for node in built.failed)
            )

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
