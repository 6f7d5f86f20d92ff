"""The promises as blocking Dagster asset checks, each on the model that it judges.

They are judged together, by a process of its own (night/judging.py); the verdicts are its alone.
"""

from collections.abc import Iterator

import dagster as dg

from orchestration.night.dbt_runner import Project
from orchestration.night.night import Night
from orchestration.night.steps import judge

PROMISES = "promises"
"""Name of the step."""


def promise_checks(project: Project) -> list[dg.AssetChecksDefinition]:
    """Return one step with a check per promise; nothing where the project promises nothing."""
    manifest = project.manifest
    if not manifest.promises:
        return []
    asset_keys = {
        promise.promise_id: dg.AssetKey(promise.judges.asset_key) for promise in manifest.promises
    }

    @dg.multi_asset_check(
        name=PROMISES,
        specs=[
            dg.AssetCheckSpec(
                name=promise.promise_id,
                asset=dg.AssetKey(promise.judges.asset_key),
                additional_deps=[dg.AssetKey(promise.evidence.asset_key)],
                blocking=True,
                description=f"{promise.title_sv} / {promise.title_en}",
            )
            for promise in manifest.promises
        ],
    )
    def promises(night: dg.ResourceParam[Night]) -> Iterator[dg.AssetCheckResult]:
        judged = judge(night, project)
        night.record.keep(judged)
        for promise in judged.promises:
            night.listen("judge", promise.promise_id)
            yield dg.AssetCheckResult(
                check_name=promise.promise_id,
                asset_key=asset_keys[promise.promise_id],
                # Nothing to judge is not a promise kept, but it breaks none either.
                passed=promise.status in ("kept", "waived"),
                severity=(
                    dg.AssetCheckSeverity.WARN
                    if promise.status == "vacuous"
                    else dg.AssetCheckSeverity.ERROR
                ),
                metadata={
                    "status": promise.status,
                    "rows_checked": promise.rows_checked,
                    "rows_violating": promise.rows_violating,
                    "rows_waived": promise.rows_waived,
                },
            )

    return [promises]
