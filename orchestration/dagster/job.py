"""Runs the job of a night in this process, on Dagster's own storage, which `make dev` shows."""

from __future__ import annotations

import os
import shutil
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import dagster as dg

from orchestration.dagster.definitions import build_definitions
from orchestration.dagster.night_resource import NIGHTLY

if TYPE_CHECKING:
    from collections.abc import Iterator

    from orchestration.night.dbt_runner import Project
    from orchestration.night.night import Night
    from orchestration.settings import Settings


def run_job(settings: Settings, project: Project, night: Night) -> None:
    """Run the steps of a night; what came of them, the night knows."""
    job = build_definitions(settings, project, night).resolve_job_def(NIGHTLY)
    with dagster_instance(settings) as instance:
        end_runs_of_the_dead(instance)
        job.execute_in_process(
            instance=instance,
            raise_on_error=False,
            run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
        )


def end_runs_of_the_dead(instance: dg.DagsterInstance) -> None:
    """Let no run go on for ever on Dagster's page: we hold the lock, so nobody is at work."""
    unfinished = [dg.DagsterRunStatus.STARTING, dg.DagsterRunStatus.STARTED]
    for run in instance.get_runs(dg.RunsFilter(statuses=unfinished)):
        instance.report_run_failed(run, "The process of the run has ended without a word.")


@contextmanager
def dagster_instance(settings: Settings) -> Iterator[dg.DagsterInstance]:
    """Open Dagster's own storage, the one that `make dev` shows."""
    settings.dagster_home.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(
        Path(__file__).with_name("dagster.yaml"), settings.dagster_home / "dagster.yaml"
    )
    before = os.environ.get("DAGSTER_HOME")
    os.environ["DAGSTER_HOME"] = str(settings.dagster_home)  # dagster.yaml reads it
    try:
        with dg.DagsterInstance.from_config(str(settings.dagster_home)) as instance:
            yield instance
    finally:
        os.environ.pop("DAGSTER_HOME")
        if before is not None:
            os.environ["DAGSTER_HOME"] = before
