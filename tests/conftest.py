"""What many tests share: the parsed project, and one demo night that all of them read."""

from __future__ import annotations

import io
import json
import os
import shutil
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any
from zlib import crc32

import duckdb
import pytest
from filelock import FileLock
from rich.console import Console

from orchestration.night.night import read_nights
from orchestration.settings import Settings

if TYPE_CHECKING:
    from orchestration.night.dbt_runner import Project
    from orchestration.night.judging import Judge

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


LONG = ("gate", "revisions", "extending", "deliveries", "night", "rules", "what_has_not_come")
"""Files of tests that take longest, so that they are not left for the end."""


def work_unit(nodeid: str) -> str:
    """Return what tests are shared out by: the file; of the gate, which is longest, its half."""
    file = nodeid.partition("::")[0]
    half = crc32(nodeid.encode()) % 2 if file.endswith("test_gate.py") else ""
    return f"{file}{half}"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let nobody wait for the demo night.

    One process begins with half the gate, which needs it; the other meanwhile with what needs none.
    """

    def turn(item: pytest.Item) -> tuple[int, int, str]:
        unit = work_unit(item.nodeid)
        needs_night = "integration" in item.path.parts
        place = next((at for at, name in enumerate(LONG) if f"test_{name}" in unit), len(LONG))
        is_first = unit.endswith("test_gate.py0")
        return (0 if is_first else 2 if needs_night else 1, place, unit)

    items.sort(key=turn)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Share out work units in the order of collection."""
    from xdist.scheduler import LoadScopeScheduling

    class InUnits(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return work_unit(nodeid)

    return InUnits(config, log)


def run(settings: Settings, *, with_demo: bool = False) -> DemoNight:
    """Run a night as the command line does, but for what is warm already."""
    from orchestration.night.run import run_night

    screen = io.StringIO()
    exit_code = run_night(
        settings,
        Console(file=screen, width=120),
        with_demo=with_demo,
        project=WARM.project if settings.project_dir == PROJECT_DIR else None,
        judge=WARM.judge,
    )
    return DemoNight(settings, int(exit_code), screen.getvalue())


def build_nodes(settings: Settings, selection: str) -> None:
    """Build a selection of nodes, and the tests whose tables it holds, into the build file."""
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager
    from dbt.cli.main import dbtRunner

    from orchestration.night.dbt_runner import QUIET, dbt_environment, parse

    project = WARM.project if settings.project_dir == PROJECT_DIR else parse(settings)
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
    shared = shared_folder(tmp_path_factory, worker_id)
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
