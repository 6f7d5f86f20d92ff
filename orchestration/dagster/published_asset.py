"""The publication as a Dagster asset, downstream of everything that is published or judged.

How a release is made is the business of publishing.
"""

import shutil
import subprocess
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import dagster as dg

from orchestration.night.night import Night
from orchestration.night.vintage_file import keep_followed_up
from orchestration.publishing.files import PUBLISHED_SCHEMAS, PublishedTable
from orchestration.publishing.release import Origin, publish
from orchestration.registry.manifest import Manifest, Model
from orchestration.settings import Settings

MADE_BY_THE_NIGHT = (
    PublishedTable("quality", "promise_result", ("promise_id",)),
    PublishedTable("quality", "night", ("night_id",)),
)


def published_release(manifest: Manifest, settings: Settings) -> dg.AssetsDefinition:
    """Return the asset that makes a release of the build file and swaps `published/current`."""
    published = [
        model for model in manifest.models_in(*PUBLISHED_SCHEMAS) if _is_for_readers(model)
    ]
    tables = [PublishedTable(model.schema, model.name, model.primary_key) for model in published]
    deps = {model.asset_key for model in (*published, *(each.judges for each in manifest.promises))}

    @dg.asset(
        key=["published", "release"],
        group_name="published",
        deps=[dg.AssetKey(key) for key in sorted(deps)],
        description="What people read: `published/current`.",
    )
    def release(night: dg.ResourceParam[Night]) -> dg.MaterializeResult[None]:
        if not night.promises:
            raise dg.Failure("No promise was judged, so nothing may be published.")
        if night.failures:
            raise dg.Failure("A step has failed, so nothing may be published.")
        with night.meter.stage("publish"):
            night.release = publish(
                settings.build_file,
                settings.published_dir,
                [*tables, *MADE_BY_THE_NIGHT],
                Origin(
                    release_id=night.night_id,
                    night_id=night.night_id,
                    published_at=datetime.now(UTC),
                    as_of=settings.as_of,
                    code_commit=_code_commit(settings),
                    registry_sha256=manifest.registry_sha256,
                    inputs=_inputs(settings),
                    final_periods=_final_periods(settings),
                ),
                keep=settings.keep_releases,
                workspace=night.workspace,
            )
            if settings.as_of is None:
                keep_followed_up(settings, night.night_id)
        night.listen("publish", night.release.release_id)
        return dg.MaterializeResult(
            metadata={
                "release": night.release.release_id,
                "tables": len(night.release.tables),
                "rows": sum(table.rows for table in night.release.tables),
            }
        )

    return release


def _is_for_readers(model: Model) -> bool:
    """Return whether a model is published: a table, and in `indicators` one that has a key.

    What has no key there is a step on the way to the cube and would only be the cube once more.
    """
    is_table = model.materialized in ("table", "incremental")
    return is_table and (model.schema != "indicators" or bool(model.primary_key))


def _inputs(settings: Settings) -> tuple[Mapping[str, Any], ...]:
    """Return the deliveries that the staging models could see, oldest first."""
    import duckdb

    with duckdb.connect(str(settings.raw_file), read_only=True) as connection:
        rows = connection.execute(
            """
            select source_name, table_name, file_name, sha256, received_at, rows_loaded
            from log.delivery
            where status = 'loaded' and ($as_of is null or received_at <= $as_of)
            order by source_name, table_name, delivery_id
            """,
            {"as_of": settings.as_of},
        )
        names = [column[0] for column in rows.description]
        return tuple(dict(zip(names, row, strict=True)) for row in rows.fetchall())


def _final_periods(settings: Settings) -> Mapping[str, tuple[str, ...]]:
    """Return by fact the years and months whose indicators are final."""
    import duckdb

    with duckdb.connect(str(settings.build_file), read_only=True) as connection:
        rows = connection.execute(
            """
            select
                indicator.numerator_fact,
                -- 2025 or 2025-03
                substr(
                    cast(figure.period_start as varchar),
                    1,
                    case when figure.period_grain = 'year' then 4 else 7 end
                ) as period
            from indicators.fct_indicator as figure
            inner join indicators.dim_indicator as indicator using (indicator_id)
            group by indicator.numerator_fact, period
            having bool_and(figure.release_status = 'final')
            order by all
            """
        ).fetchall()
    final: dict[str, tuple[str, ...]] = {}
    for fact, period in rows:
        final[fact] = (*final.get(fact, ()), period)
    return final


def _code_commit(settings: Settings) -> str | None:
    """Return the commit of the checkout, or None where there is neither git nor a commit."""
    git = shutil.which("git")
    if git is None:
        return None
    outcome = subprocess.run(
        [git, "-C", str(settings.project_dir), "rev-parse", "--verify", "HEAD"],
        capture_output=True,
        text=True,
        check=False,
    )
    return outcome.stdout.strip() or None
