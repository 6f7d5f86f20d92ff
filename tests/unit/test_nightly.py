"""What a night finds of those that were killed before it."""

from __future__ import annotations

import dagster as dg

from orchestration.dagster.job import end_runs_of_the_dead


@dg.job
def nothing() -> None:
    pass


def test_a_run_whose_process_was_killed_is_ended_and_others_are_left() -> None:
    with dg.DagsterInstance.ephemeral() as instance:
        runs = {
            status: instance.create_run_for_job(nothing, status=status).run_id
            for status in (dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.SUCCESS)
        }
        end_runs_of_the_dead(instance)
        found = {run.run_id: run.status for run in instance.get_runs()}
    assert found[runs[dg.DagsterRunStatus.STARTED]] == dg.DagsterRunStatus.FAILURE
    assert found[runs[dg.DagsterRunStatus.SUCCESS]] == dg.DagsterRunStatus.SUCCESS
