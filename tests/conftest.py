"""What many tests share: the parsed project, and two nights that all of them read.

Figures are tried on the demo night, what a night does on that of a county of three municipalities.
"""

from __future__ import annotations

import io
import json
import os
import shutil
from dataclasses import dataclass
from functools import cached_property
from graphlib import TopologicalSorter
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import duckdb
import pytest
from filelock import FileLock
from rich.console import Console

from orchestration.night.night import read_nights
from orchestration.settings import Settings
from tests.small_county import SmallProject, copy_landing

if TYPE_CHECKING:
    from orchestration.night.dbt_runner import Project
    from orchestration.night.judging import Judge

PROJECT_DIR = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class DemoNight:
    """A night that ran on exports of the demo, and what it ended with."""

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


def installation_after(night: DemoNight, folder: Path, revision_vintages: int = 0) -> Settings:
    """Return an installation where all lies that a night received, built and published."""
    before = night.settings
    settings = installation(folder, before.project_dir, revision_vintages)
    shutil.copytree(before.landing_dir, settings.landing_dir)
    shutil.copytree(before.published_dir, settings.published_dir, symlinks=True)
    shutil.copytree(before.raw_file.parent, settings.raw_file.parent)
    settings.pseudonym_key_file.parent.mkdir(parents=True)
    shutil.copy(before.pseudonym_key_file, settings.pseudonym_key_file)
    return settings


class Warm:
    """What is slow to start and many tests can share, once in every process of tests."""

    @cached_property
    def _folder(self) -> TemporaryDirectory[str]:
        return TemporaryDirectory()

    @cached_property
    def project(self) -> Project:
        """The project as it stands, parsed."""
        from orchestration.night.dbt_runner import parse

        return parse(installation(Path(self._folder.name)))

    @cached_property
    def small_project(self) -> SmallProject:
        """The project of the small county, one in every process, so that tests may change it."""
        folder = Path(self._folder.name, "small")
        return SmallProject(installation(folder, folder / "project"), PROJECT_DIR)

    def parsed(self, settings: Settings) -> Project | None:
        """Return the one of the two that an installation has, if it has one of them."""
        if settings.project_dir == PROJECT_DIR:
            return self.project
        if settings.project_dir == self.small_project.settings.project_dir:
            return self.small_project.unchanged
        return None

    @cached_property
    def judge(self) -> Judge:
        """A judging process that outlives the nights it judges."""
        from orchestration.night.judging import Judge

        class LastingJudge(Judge):
            def stop(self) -> None:
                pass

        return LastingJudge(Path(self._folder.name, "judge.log"))

    def stop(self) -> None:
        """End what has been started."""
        if "judge" in self.__dict__:
            super(type(self.judge), self.judge).stop()
        if "_folder" in self.__dict__:
            self._folder.cleanup()


WARM = Warm()


def pytest_sessionfinish() -> None:
    """End what tests have shared."""
    WARM.stop()


FIRST = (
    "integration/test_night.py",
    "unit/test_dbt_units.py",
    "integration/test_gate.py",
    "integration/test_extending.py",
    "integration/test_deliveries_that_cannot_be_read.py",
    "integration/test_revisions.py",
    "integration/test_rules.py",
    "integration/",
)
"""What one process after another takes, the longest first, so that none is left for the end.

Nobody waits: while one makes the demo night, the other has its units, then the small county's.
"""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put what tests are shared out by in the order in which it is taken."""

    def turn(item: pytest.Item) -> tuple[int, str]:
        file = item.nodeid.partition("::")[0]
        return next((at for at, name in enumerate(FIRST) if name in file), len(FIRST)), file

    items.sort(key=turn)


def run(settings: Settings, project: Project | None = None) -> DemoNight:
    """Run a night as the command line does, but for what is warm already."""
    from orchestration.night.run import run_night

    screen = io.StringIO()
    exit_code = run_night(
        settings,
        Console(file=screen, width=120),
        project=project or WARM.parsed(settings),
        judge=WARM.judge,
    )
    return DemoNight(settings, int(exit_code), screen.getvalue())


def build_nodes(
    settings: Settings,
    selection: str,
    project: Project | None = None,
    left_out: str = "",
    *,
    margins_only: bool = False,
) -> None:
    """Build a selection of nodes, and the tests whose tables it holds, into the build file.

    `margins_only`: indicators have no breakdowns.
    """
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager
    from dbt.cli.main import dbtRunner

    from orchestration.night.dbt_runner import RESULTS_ONLY, dbt_environment

    project = project or WARM.parsed(settings)
    words = ["build", "--select", selection, "--indirect-selection", "buildable"]
    words += ["--exclude-resource-type", "unit_test", *(["--exclude", left_out] * bool(left_out))]
    with dbt_environment(settings, margins_only=margins_only):
        try:
            outcome = dbtRunner(manifest=project.dbt_manifest).invoke([*RESULTS_ONLY, *words])
        finally:
            DuckDBConnectionManager.close_all_connections()
    assert outcome.success, outcome.exception or [
        (node.node.name, node.message)
        for node in outcome.result
        if node.status not in ("success", "pass")
    ]


def build_over(
    patched: pytest.MonkeyPatch, before: Path, selection: str = "", left_out: str = ""
) -> None:
    """Let a night begin with what was built before, and dbt build a selection over that."""
    from orchestration.night import steps
    from orchestration.night.dbt_runner import NodeResult, remove_build_file

    def build(settings: Settings, project: Project, _on_node: object) -> list[NodeResult]:
        remove_build_file(settings.build_file)
        shutil.copy(before, settings.build_file)
        if selection:
            build_nodes(settings, selection, project, left_out)
        return [
            NodeResult(name, "success", 0.0, "")
            for name in TopologicalSorter(project.manifest.nodes["parent_map"]).static_order()
            if name.startswith(("seed.", "model."))
        ]

    patched.setattr(steps, "build", build)


@pytest.fixture(scope="session")
def manifest() -> dict[str, Any]:
    """Return the dbt manifest of the project as it stands."""
    return dict(WARM.project.manifest.nodes)


def shared_folder(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """Return the folder that all processes of these tests share."""
    own = tmp_path_factory.getbasetemp()
    return own if worker_id == "master" else own.parent


@pytest.fixture(scope="session")
def demo_installation(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Settings:
    """Write the demo to an installation whose night may not have been yet; it is only read."""
    from orchestration.demo.installation import write_demo_installation

    shared = shared_folder(tmp_path_factory, worker_id)
    settings = installation(shared / "demo", revision_vintages=1)
    with FileLock(shared / "demo.lock"):
        if not settings.pseudonym_key_file.exists():
            with settings.workspace("demo") as workspace:
                write_demo_installation(settings, WARM.project.manifest.sources, workspace)
    return settings


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let the tests that recompute figures read an installation that has had its night."""
    parser.addoption("--night", type=Path, help="Folder of it, as `make large` makes one.")


@pytest.fixture(scope="session")
def demo_night(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, worker_id: str
) -> DemoNight:
    """Run a night on the demo exports: loaded, built, judged and published.

    One for all processes that share the tests, so it is read and never written to.
    """
    if given := request.config.getoption("--night"):
        settings = installation(given.absolute())
        return DemoNight(settings, read_nights(settings)[-1]["exit_code"], "")
    settings = request.getfixturevalue("demo_installation")
    return run_once(settings, shared_folder(tmp_path_factory, worker_id) / "demo_night")


@pytest.fixture(scope="session")
def small_night(
    demo_installation: Settings, tmp_path_factory: pytest.TempPathFactory, worker_id: str
) -> DemoNight:
    """Run a night of three municipalities, one for all processes too."""
    shared = shared_folder(tmp_path_factory, worker_id)
    settings = installation(
        shared / "small", WARM.small_project.settings.project_dir, revision_vintages=1
    )
    with FileLock(shared / "small.lock"):
        if not settings.pseudonym_key_file.exists():
            copy_landing(demo_installation.landing_dir, settings.landing_dir)
            settings.pseudonym_key_file.parent.mkdir(parents=True)
            shutil.copy(demo_installation.pseudonym_key_file, settings.pseudonym_key_file)
    return run_once(settings, shared / "small_night")


def run_once(settings: Settings, told: Path) -> DemoNight:
    """Run a night, or read what it told the process of tests that has run it."""
    ended = told.with_suffix(".json")
    with FileLock(told.with_suffix(".lock")):
        if not ended.exists():
            night = run(settings)
            ended.write_text(json.dumps([night.exit_code, night.summary]), encoding="utf-8")
    return DemoNight(settings, *json.loads(ended.read_text(encoding="utf-8")))


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test is steered by the JAMVIKT_* variables of whoever runs it."""
    for name in [name for name in os.environ if name.startswith("JAMVIKT_")]:
        monkeypatch.delenv(name)
