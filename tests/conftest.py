"""What many tests share: the parsed project, and one demo night that all of them read."""

from __future__ import annotations

import io
import json
import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pytest
from filelock import FileLock
from rich.console import Console

from orchestration.settings import Settings

PROJECT_DIR = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class DemoNight:
    """A night that ran on the demo exports, and what it ended with."""

    settings: Settings
    exit_code: int
    summary: str

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        """Ask the build file, whose layers hold the persons too."""
        with duckdb.connect(str(self.settings.build_file), read_only=True) as connection:
            connection.execute(f"attach '{self.settings.raw_file}' as raw (read_only)")
            return connection.execute(sql).fetchall()


def installation(
    folder: Path, project_dir: Path = PROJECT_DIR, revision_vintages: int = 0
) -> Settings:
    """Return the settings of an installation of its own below a folder.

    An earlier state costs a build, so there is none but where a test asks for it.
    """
    return Settings(
        _env_file=None,
        landing_dir=folder / "landing",
        data_dir=folder / "data",
        published_dir=folder / "published",
        reports_dir=folder / "reports",
        pseudonym_key_file=folder / "data" / "keys" / "pseudonym.key",
        project_dir=project_dir,
        revision_vintages=revision_vintages,
    )


def copy_of_the_project(folder: Path) -> Path:
    """Copy what a night reads of the project, for a test to change."""
    project = folder / "project"
    for name in ("dbt_project", "seeds", "tests/data"):
        shutil.copytree(PROJECT_DIR / name, project / name)
    return project


def installation_after(
    demo_night: DemoNight,
    folder: Path,
    project_dir: Path = PROJECT_DIR,
    revision_vintages: int = 0,
) -> Settings:
    """Return an installation where all lies that the demo night received, built and published."""
    before = demo_night.settings
    settings = installation(folder, project_dir, revision_vintages)
    shutil.copytree(before.landing_dir, settings.landing_dir)
    shutil.copytree(before.published_dir, settings.published_dir, symlinks=True)
    shutil.copytree(before.raw_file.parent, settings.raw_file.parent)
    settings.pseudonym_key_file.parent.mkdir(parents=True)
    shutil.copy(before.pseudonym_key_file, settings.pseudonym_key_file)
    return settings


def run(settings: Settings) -> DemoNight:
    """Run a night as the command line does."""
    from orchestration.nightly import run_night

    screen = io.StringIO()
    exit_code = run_night(settings, Console(file=screen, width=120))
    return DemoNight(settings, int(exit_code), screen.getvalue())


def build_nodes(settings: Settings, selection: str) -> None:
    """Build a selection of nodes, and the tests whose tables it holds, into the build file."""
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager
    from dbt.cli.main import dbtRunner

    from orchestration.dbt_runner import QUIET, dbt_environment, parse

    project = parse(settings)
    words = ["build", "--select", selection, "--indirect-selection", "buildable"]
    words += ["--exclude-resource-type", "unit_test"]
    with dbt_environment(settings):
        try:
            outcome = dbtRunner(manifest=project.dbt_manifest).invoke([*QUIET, *words])
        finally:
            DuckDBConnectionManager.close_all_connections()
    assert outcome.success, outcome.exception or [
        (node.node.name, node.message)
        for node in outcome.result
        if node.status not in ("success", "pass")
    ]


@pytest.fixture(scope="session")
def manifest(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Parse the project as it stands; its dbt manifest."""
    from orchestration.dbt_runner import parse

    return dict(parse(installation(tmp_path_factory.mktemp("parsed"))).manifest.nodes)


@pytest.fixture(scope="session")
def demo_night(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> DemoNight:
    """Run a night on the demo exports: loaded, built, judged and published.

    One for all processes that share the tests, so it is read and never written to.
    """
    shared = tmp_path_factory.getbasetemp()
    if worker_id != "master":
        shared = shared.parent
    settings = installation(shared / "demo", revision_vintages=1)
    ended = shared / "demo_night.json"
    with FileLock(shared / "demo_night.lock"):
        if not ended.exists():
            night = run(settings)
            ended.write_text(json.dumps([night.exit_code, night.summary]), encoding="utf-8")
    return DemoNight(settings, *json.loads(ended.read_text(encoding="utf-8")))


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test is steered by the JAMVIKT_* variables of whoever runs it."""
    for name in [name for name in os.environ if name.startswith("JAMVIKT_")]:
        monkeypatch.delenv(name)
