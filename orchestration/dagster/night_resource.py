"""The night that a run of Dagster works for: the one it is given, or one of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import dagster as dg

from orchestration.errors import JamviktError, NightRunningError
from orchestration.night.after_night import tell_night_running
from orchestration.night.ending import end_night, keep_from, warned
from orchestration.night.night import check_installation, hold_night
from orchestration.night.record import Failed, RegistryRead

if TYPE_CHECKING:
    from collections.abc import Iterator

    from orchestration.night.night import Night
    from orchestration.settings import Settings

NIGHTLY = "nightly"
"""The job of all steps; a run of it is a night that leaves its lines and is told of."""


def night_resource(
    settings: Settings, indicator_count: int, night: Night | None
) -> dg.ResourceDefinition:
    """Return the night as steps ask for it: lock, id, what has come of it."""

    @dg.resource(description="The night that a run works for: lock, id, what has come of it.")
    def the_night(context: dg.InitResourceContext) -> Iterator[Night]:
        if night:
            yield night
            _prune_runs(context, night)
            return
        is_whole = _begins_a_night(context)
        try:
            with hold_night(settings) as held:
                if is_whole:
                    held.begin()
                try:
                    check_installation(settings)
                    held.record.keep(RegistryRead(indicator_count))
                    yield held
                except JamviktError as error:
                    held.record.keep(Failed(str(error)))
                    raise
                finally:
                    if is_whole:
                        _prune_runs(context, held)
                        end_night(held)
        except NightRunningError as error:
            if is_whole:
                tell_night_running(settings, error)
            raise

    return the_night


def _begins_a_night(context: dg.InitResourceContext) -> bool:
    """Return whether a run of all steps begins.

    `dagster job execute` opens the resources once more when the run has ended.
    """
    if context.run is None or context.run.job_name != NIGHTLY or context.instance is None:
        return False
    run = context.instance.get_run_by_id(context.run.run_id)
    return run is not None and not run.is_finished


def _prune_runs(context: dg.InitResourceContext, night: Night) -> None:
    """Delete what Dagster knows of runs made more than `keep_days` ago."""
    if context.instance is None:
        return
    with warned(night):
        for run in context.instance.get_runs(
            dg.RunsFilter(created_before=keep_from(night.settings, night.started))
        ):
            context.instance.delete_run(run.run_id)
