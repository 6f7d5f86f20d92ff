"""Runs dbt inside this process: parse once, build from the parsed manifest.

What the manifest says is read by registry/manifest.py; which assets a build makes is said in
dagster/warehouse_assets.py.
"""

from __future__ import annotations

import os
import re
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from orchestration.database import in_words
from orchestration.errors import JamviktError
from orchestration.night.vintage_file import make_history
from orchestration.publishing.files import REBUILD
from orchestration.registry.manifest import load_manifest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from orchestration.registry.manifest import Manifest
    from orchestration.settings import Settings

OF_A_FILE = re.compile("IO Error: .*|.*Could not (?:write|read|open) file.*")
"""What the engine says of a node where a file is the fault and not what the node asks for."""
QUIET = ("--log-level", "none", "--log-level-file", "info", "--no-use-colors")
RESULTS_ONLY = (*QUIET, "--no-write-json")
"""Of what has been parsed: the manifest is written by then, and results are returned."""


@dataclass(frozen=True)
class NodeResult:
    """What became of one model, seed or test."""

    unique_id: str
    status: str
    """success, pass, warn, error, fail, skipped."""
    seconds: float
    message: str

    @property
    def is_test(self) -> bool:
        """Whether the node judges and makes nothing."""
        return self.unique_id.startswith("test.")

    @property
    def has_failed(self) -> bool:
        """Whether the night must stop for it."""
        return self.status in ("error", "fail", "runtime error", "partial success")


@contextmanager
def dbt_environment(
    settings: Settings, build_file: Path | None = None, *, margins_only: bool = False
) -> Iterator[None]:
    """Set the variables that profiles.yml and the models read, for the time of one dbt command.

    `build_file` is what dbt writes instead of the night's own file. `margins_only`: indicators have
    no breakdowns.
    """
    make_history(settings)  # dbt attaches it
    before = dict(os.environ)
    os.environ.update(settings.dbt_environment())
    if build_file:
        os.environ["JAMVIKT_BUILD_FILE"] = str(build_file)
    if margins_only:
        os.environ["JAMVIKT_MARGINS_ONLY"] = "yes"
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


@dataclass(frozen=True)
class Project:
    """A parsed project, as we read it and as dbt wants it back."""

    manifest: Manifest
    manifest_file: Path
    """As dbt wrote it, for whoever runs in another process."""
    dbt_manifest: Any


def parse(settings: Settings) -> Project:
    """Parse the project and write `settings.manifest_file`.

    Raises JamviktError with dbt's words where the project does not parse, and what `read_manifest`
    raises.
    """
    from dbt.cli.main import dbtRunner

    settings.manifest_file.parent.mkdir(parents=True, exist_ok=True)
    with dbt_environment(settings):
        outcome = dbtRunner().invoke([*QUIET, "parse"])
        if outcome.success and _is_behind(outcome.result):
            outcome = dbtRunner().invoke([*QUIET, "--no-partial-parse", "parse"])
    if not outcome.success:
        raise JamviktError(
            f"The dbt project does not parse: {outcome.exception}",
            "mend the file that dbt names, then run again",
        )
    return Project(load_manifest(settings), settings.manifest_file, outcome.result)


def _is_behind(dbt_manifest: Any) -> bool:
    """Return whether a YAML file says something else than what was parsed before.

    dbt passes over a file whose time has not changed: a contract that was put back with its old
    timestamp would not bite.
    """
    from dbt.contracts.files import FileHash, ParseFileType
    from dbt_common.clients.system import load_file_contents

    return any(
        file.checksum
        != FileHash.from_contents(load_file_contents(file.path.absolute_path, strip=True))
        for file in dbt_manifest.files.values()
        if file.parse_file_type == ParseFileType.Schema
    )


def build(
    settings: Settings, project: Project, on_node: Callable[[str], None] = lambda _name: None
) -> list[NodeResult]:
    """Build every seed, model and data test of a parsed project into a fresh `settings.build_file`.

    Afterwards nothing in this process holds the file. Calls `on_node` with the name of each node
    as it ends. Raises JamviktError where dbt could not start or has no room to write; a failed node
    is in the result.
    """
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager
    from dbt.cli.main import dbtRunner

    def listen(event: Any) -> None:
        if event.info.name == "NodeFinished":
            on_node(event.data.node_info.node_name)

    runner = dbtRunner(manifest=project.dbt_manifest, callbacks=[listen])
    remove_build_file(settings.build_file)
    with dbt_environment(settings):
        try:
            # Unit tests judge a change, not a night: the test suite runs them.
            outcome = runner.invoke(
                [*RESULTS_ONLY, "build", "--exclude-resource-type", "unit_test"]
            )
        finally:
            # dbt-duckdb keeps the file open until the process ends, unless told.
            DuckDBConnectionManager.close_all_connections()
    if outcome.result is None:
        raise JamviktError(
            f"dbt could not build: {outcome.exception}",
            f"read {settings.dbt_environment()['DBT_LOG_PATH']}/dbt.log",
        )
    nodes = [
        NodeResult(
            unique_id=result.node.unique_id,
            status=str(result.status),
            seconds=result.execution_time,
            message=(result.message or "").strip(),
        )
        for result in outcome.result.results
    ]
    check_disk(nodes, settings.build_file)
    return nodes


def compile_figures(settings: Settings, project: Project) -> dict[str, str]:
    """Return what the margins of the indicators follow from, by id.

    Of models it is the SQL, as dbt compiles it for any moment; of seeds the checksum. Raises
    JamviktError where a model does not compile.
    """
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager
    from dbt.cli.main import dbtRunner

    runner = dbtRunner(manifest=project.dbt_manifest)
    at_any_moment = settings.model_copy(update={"as_of": None})
    remove_build_file(settings.vintage_build_file)
    with dbt_environment(at_any_moment, settings.vintage_build_file, margins_only=True):
        try:
            outcome = runner.invoke([*RESULTS_ONLY, "compile", "--select", "+fct_indicator"])
        finally:
            DuckDBConnectionManager.close_all_connections()
            remove_build_file(settings.vintage_build_file)
    if not outcome.success:
        raise JamviktError(
            f"dbt could not compile: {outcome.exception or outcome.result}",
            f"read {settings.dbt_environment()['DBT_LOG_PATH']}/dbt.log",
        )
    compiled = {
        result.node.unique_id: result.node.compiled_code
        for result in outcome.result.results
        if result.node.resource_type == "model"
    }
    seeds = {
        parent: project.manifest.nodes["nodes"][parent]["checksum"]["checksum"]
        for model in compiled
        for parent in project.manifest.nodes["parent_map"][model]
        if parent.startswith("seed.")
    }
    return {**compiled, **seeds}


def check_disk(nodes: Sequence[NodeResult], build_file: Path) -> None:
    """Raise JamviktError where a node has failed for the disk: once, and with the fix of that."""
    for node in nodes:
        said = OF_A_FILE.search(node.message) if node.has_failed else None
        if said and (told := in_words(OSError(said[0].strip()), build_file, REBUILD)):
            raise told


def remove_build_file(build_file: Path) -> None:
    """Remove a file that dbt wrote before, with its log.

    DuckDB 1.5 would replay a `.wal` that was left beside it into the new file.
    """
    build_file.parent.mkdir(parents=True, exist_ok=True)
    build_file.with_name(build_file.name + ".wal").unlink(missing_ok=True)
    build_file.unlink(missing_ok=True)
