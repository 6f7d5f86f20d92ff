"""Raw assets: one per source table of the manifest, in the group `raw`.

How a file is read is the business of loading; what it becomes, of dbt.
"""

from collections.abc import Sequence

import dagster as dg

from orchestration.loading import SourceTable
from orchestration.night.night import Night
from orchestration.night.steps import load
from orchestration.registry.manifest import Manifest


def raw_assets(manifest: Manifest) -> list[dg.AssetsDefinition]:
    """Return one asset per source table; its key is the one dbt's models depend on."""
    return [_raw_asset(table, manifest.sources) for table in manifest.sources]


def _raw_asset(table: SourceTable, sources: Sequence[SourceTable]) -> dg.AssetsDefinition:
    @dg.asset(
        key=[table.source_name, table.table_name],
        group_name="raw",
        description=f"Files `{table.contract.files}` as they were sent ({table.file}).",
        metadata={"required": table.contract.required},
    )
    def raw_table(night: dg.ResourceParam[Night]) -> dg.MaterializeResult[None]:
        read = load(night, table, sources)
        night.record.keep(read)
        if read.fault:
            raise dg.Failure(read.fault)
        return dg.MaterializeResult(
            metadata={
                "files": len(read.outcomes),
                "rows_loaded": sum(outcome.rows_loaded for outcome in read.outcomes),
                "rows_quarantined": sum(outcome.rows_quarantined for outcome in read.outcomes),
            }
        )

    return raw_table
