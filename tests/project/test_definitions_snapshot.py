"""The Dagster definitions of the project as a page of text that a reviewer can read.

After a wanted change run the test once with `WRITE_SNAPSHOT=1` and commit the page:
`WRITE_SNAPSHOT=1 .venv/bin/python -m pytest tests/project -k definitions`.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from orchestration.night.dbt_runner import Project
from orchestration.registry.manifest import read_manifest
from orchestration.settings import PROJECT_DIR
from tests.conftest import installation

if TYPE_CHECKING:
    from collections.abc import Iterable

    import dagster as dg

SNAPSHOT = Path(__file__).with_name("definitions_snapshot.txt")


@pytest.fixture(scope="module")
def definitions(
    manifest: dict[str, Any], tmp_path_factory: pytest.TempPathFactory
) -> dg.Definitions:
    from orchestration.dagster.definitions import build_definitions

    # dbt's own manifest is needed by a run only.
    project = Project(read_manifest(manifest), Path("manifest.json"), dbt_manifest=None)
    return build_definitions(installation(tmp_path_factory.mktemp("definitions")), project)


def _describe(definitions: dg.Definitions) -> Iterable[str]:
    graph = definitions.resolve_asset_graph()
    groups: dict[str, list[str]] = {}
    for key in graph.get_all_asset_keys():
        node = graph.get(key)
        parents = sorted(parent.to_user_string() for parent in node.parent_keys)
        arrow = f" <- {', '.join(parents)}" if parents else ""
        groups.setdefault(node.group_name, []).append(f"  {key.to_user_string()}{arrow}")
    for group, lines in sorted(groups.items()):
        yield f"group {group}"
        yield from sorted(lines)
    for check_key in sorted(graph.asset_check_keys):
        blocking = " (blocking)" if graph.get(check_key).blocking else ""
        yield f"check {check_key.asset_key.to_user_string()}: {check_key.name}{blocking}"
    for job in definitions.jobs or ():
        hooks = sorted(hook.name for hook in job.hooks or ())
        yield f"job {job.name}, hooks: {', '.join(hooks)}"
    for schedule in definitions.schedules or ():
        yield (
            f"schedule {schedule.name}: {schedule.job_name} at {schedule.cron_schedule} "
            f"{schedule.execution_timezone}, {schedule.default_status.value.lower()} from the start"
        )
    yield f"executor {definitions.executor.name}"


def test_the_definitions_are_as_reviewed(definitions: dg.Definitions) -> None:
    told = "\n".join(_describe(definitions)) + "\n"
    if os.environ.get("WRITE_SNAPSHOT"):
        SNAPSHOT.write_text(told, encoding="utf-8")
    assert told == SNAPSHOT.read_text(encoding="utf-8"), __doc__


def test_every_promise_blocks_the_release(
    definitions: dg.Definitions, manifest: dict[str, Any]
) -> None:
    graph = definitions.resolve_asset_graph()
    promises = read_manifest(manifest).promises
    assert promises
    for promise in promises:
        check = next(key for key in graph.asset_check_keys if key.name == promise.promise_id)
        assert graph.get(check).blocking
        assert check.asset_key in graph.get(_key("published", "release")).parent_keys


def test_every_source_table_is_an_asset_that_dbt_reads(definitions: dg.Definitions) -> None:
    graph = definitions.resolve_asset_graph()
    raw = [key for key in graph.get_all_asset_keys() if graph.get(key).group_name == "raw"]
    assert raw
    unread = [key.to_user_string() for key in raw if not graph.get(key).child_keys]
    assert unread == []


def test_the_schedule_lies_outside_the_hour_of_the_clock_change(
    definitions: dg.Definitions,
) -> None:
    (schedule,) = definitions.schedules or ()
    assert (schedule.cron_schedule, schedule.execution_timezone) == (
        "30 3 * * *",
        "Europe/Stockholm",
    )


def test_loading_the_module_does_nothing_heavy() -> None:
    told = subprocess.run(
        [
            sys.executable,
            "-c",
            "import sys, orchestration.dagster.definitions; print(*sys.modules)",
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    assert not {"dbt", "dagster_dbt", "great_expectations", "duckdb"} & set(told.stdout.split())


def test_dagster_validates_the_definitions_of_a_fresh_clone(tmp_path: Path) -> None:
    outcome = subprocess.run(
        [sys.executable, "-m", "dagster", "definitions", "validate"],
        cwd=PROJECT_DIR,
        env={
            **os.environ,
            "JAMVIKT_DATA_DIR": str(tmp_path / "data"),
            "DAGSTER_HOME": str(tmp_path),
            "DAGSTER_DISABLE_TELEMETRY": "1",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert outcome.returncode == 0, outcome.stderr[-2000:]
    assert (tmp_path / "data" / "dbt" / "manifest.json").is_file()


def _key(*parts: str) -> dg.AssetKey:
    import dagster as dg

    return dg.AssetKey(parts)
