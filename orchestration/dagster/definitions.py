"""Assembles the code location: raw → dbt → promises → release, one job, one schedule.

Loading this module does nothing; what each part does stands in the module that makes it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import dagster as dg

from orchestration.settings import Settings

if TYPE_CHECKING:
    from orchestration.night.dbt_runner import Project
    from orchestration.night.night import Night


def build_definitions(
    settings: Settings, project: Project | None = None, night: Night | None = None
) -> dg.Definitions:
    """Return everything Dagster knows, of a project that is parsed here unless it is given.

    A run opens a night of its own unless it is given one.
    """
    from orchestration.dagster.night_resource import NIGHTLY, night_resource
    from orchestration.dagster.promise_checks import PROMISES, promise_checks
    from orchestration.dagster.published_asset import published_release
    from orchestration.dagster.raw_assets import raw_assets
    from orchestration.dagster.warehouse_assets import warehouse_assets
    from orchestration.night.dbt_runner import parse
    from orchestration.night.record import Failed

    project = project or parse(settings)
    manifest = project.manifest

    @dg.failure_hook(required_resource_keys={"night"})
    def keep_failure(context: dg.HookContext) -> None:
        """Keep what went wrong for the summary and the history; verdicts are kept as such."""
        held = context.resources.night
        if context.op.name != PROMISES or not held.record.promises:
            held.record.keep(Failed(_reason(context)))

    nightly = dg.define_asset_job(NIGHTLY, hooks={keep_failure})
    return dg.Definitions(
        assets=[
            *raw_assets(manifest),
            warehouse_assets(project),
            published_release(manifest),
        ],
        asset_checks=promise_checks(project),
        jobs=[nightly],
        schedules=[
            dg.ScheduleDefinition(
                name="every_night",
                job=nightly,
                # Outside the hour that the clock change repeats or leaves out.
                cron_schedule="30 3 * * *",
                execution_timezone="Europe/Stockholm",
                # It runs where the daemon does; there is no second switch to find.
                default_status=dg.DefaultScheduleStatus.RUNNING,
            )
        ],
        resources={"night": night_resource(settings, len(manifest.indicators), night)},
        executor=dg.in_process_executor,  # DuckDB allows one writer
    )


def _reason(context: dg.HookContext) -> str:
    error = context.op_exception
    if isinstance(error, dg.Failure):
        return error.description or context.op.name
    return f"{context.op.name}: {error}"


@dg.definitions
def defs() -> dg.Definitions:
    """Return the definitions of this installation."""
    return build_definitions(Settings())
