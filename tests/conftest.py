"""What many tests share: the parsed project, and one demo night that all of them read."""

from __future__ import annotations

import io
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pytest
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
def demo_night(tmp_path_factory: pytest.TempPathFactory) -> DemoNight:
    """Run a night on the demo exports: loaded, built, judged and published."""
    return run(installation(tmp_path_factory.mktemp("demo"), revision_vintages=1))


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test is steered by the JAMVIKT_* variables of whoever runs it."""
    for name in [name for name in os.environ if name.startswith("JAMVIKT_")]:
        monkeypatch.delenv(name)
