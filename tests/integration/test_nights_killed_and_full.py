"""Nights that are killed at a stage or find no room while dbt builds, and the night after them.

Each is a night of the small county in a process of its own. What has its own tests and takes
longest is not done again: those that are killed begin at the step that kills them, and where dbt
has no part in what goes wrong it "builds" what it had built.
"""

from __future__ import annotations

import os
import resource
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import psutil
import pytest
from rich.console import Console

from orchestration.night import steps
from orchestration.night.dbt_runner import NodeResult, parse
from orchestration.night.judging import Judge
from orchestration.night.night import hold_night, ignore, read_nights
from orchestration.night.run import run_night
from tests.conftest import (
    PROJECT_DIR,
    WARM,
    DemoNight,
    build_over,
    installation,
    installation_after,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from orchestration.night.dbt_runner import Project
    from orchestration.settings import Settings

BUILT, VINTAGES, JUDGE = "built.duckdb", "built_vintages.duckdb", "judge"
"""Beside an installation: what dbt has built before, the id of the judging process."""
ENDED = "ended.txt"
"""There too, how nights ended: on the screen DuckDB shows the progress of what takes long."""
ROOM = 4 * 2**20
"""Bytes that a file may have while dbt builds; the build of the small county has 130 MB."""
NODES_LIVED = 5
KILLED = ("vintages", "judge")
PROGRAM = """
import sys
from tests.integration.test_nights_killed_and_full import end_badly
end_badly(*sys.argv[1:])
"""


def end_badly(folder: str, project_dir: str) -> None:
    """Run a night after another in a process each, and let each end as its name says."""
    settings = installation(Path(folder), Path(project_dir), revision_vintages=1)
    project = parse(settings)
    for how in (*KILLED, "full", "whole"):
        child = os.fork()
        if not child:
            with (
                (Path(folder) / f"{how}.txt").open("w", encoding="utf-8") as screen,
                pytest.MonkeyPatch.context() as patched,
            ):
                HOW[how](patched, settings)
                if how in KILLED:
                    _step(how, settings, project)
                code = run_night(settings, Console(file=screen, width=120), project=project)
            os._exit(int(code))
        ended = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        live = (settings.published_dir / "current").resolve().name
        with (Path(folder) / ENDED).open("a", encoding="utf-8") as told:
            told.write(f"{how} {ended} {live} {_vintage_rows(settings)}\n")


def _step(how: str, settings: Settings, project: Project) -> None:
    """Begin a night at the step that kills it; load and build have tests of their own."""
    with hold_night(settings) as night:
        night.begin()
        if how == "vintages":
            steps.prepare_vintages(night, project)
        else:
            steps.build(settings, project, ignore)
            steps.judge(night, project)


def _vintage_rows(settings: Settings) -> int:
    with duckdb.connect(str(settings.vintages_file), read_only=True) as vintages:
        found = vintages.execute("select count(*) from history.figure").fetchone()
    return int(found[0]) if found else 0


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _killed_at_vintages(patched: pytest.MonkeyPatch, settings: Settings) -> None:
    """Forget the earlier state, so that it is built, and die when dbt has built a part of it."""
    from dbt.cli import main

    with duckdb.connect(str(settings.vintages_file)) as vintages:
        vintages.execute("delete from history.vintage; delete from history.figure")
    built = []

    def follow(event: Any) -> None:
        if event.info.name == "NodeFinished":
            built.append(event.data.node_info.node_name)
            if len(built) == NODES_LIVED:
                _die()

    class Runner(main.dbtRunner):
        def __init__(self, manifest: Any = None, callbacks: Any = None) -> None:
            super().__init__(manifest, [*(callbacks or ()), follow])

    patched.setattr(main, "dbtRunner", Runner)


def _as_built_before(patched: pytest.MonkeyPatch, settings: Settings) -> None:
    build_over(patched, settings.landing_dir.with_name(BUILT))


def _killed_at_judge(patched: pytest.MonkeyPatch, settings: Settings) -> None:
    """Die when the judging process has been asked."""
    shutil.copy(settings.landing_dir.with_name(VINTAGES), settings.vintages_file)
    _as_built_before(patched, settings)
    ask = Judge._ask

    def die_soon(judge: Judge, line: str) -> str:
        settings.landing_dir.with_name(JUDGE).write_text(f"{judge._process.pid}", "utf-8")
        signal.signal(signal.SIGALRM, lambda *_: _die())
        signal.setitimer(signal.ITIMER_REAL, 0.05)
        return ask(judge, line)

    patched.setattr(Judge, "_ask", die_soon)


def _no_room_to_build(patched: pytest.MonkeyPatch, _settings: Settings) -> None:
    build = steps.build

    def in_little_room(*arguments: Any) -> list[NodeResult]:
        _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (ROOM, hard))
        try:
            return build(*arguments)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))

    patched.setattr(steps, "build", in_little_room)


HOW: dict[str, Callable[[pytest.MonkeyPatch, Settings], None]] = {
    "vintages": _killed_at_vintages,
    "judge": _killed_at_judge,
    "full": _no_room_to_build,
    "whole": _as_built_before,
}


@pytest.fixture(scope="module")
def begun(small_night: DemoNight, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Return an installation beside which lies what the small night has built."""
    settings = installation_after(small_night, tmp_path_factory.mktemp("badly"), 1)
    before = small_night.settings
    shutil.copy(before.build_file, settings.landing_dir.with_name(BUILT))
    shutil.copy(before.vintages_file, settings.landing_dir.with_name(VINTAGES))
    parsed = WARM.small_project.settings.manifest_file.with_name("partial_parse.msgpack")
    settings.manifest_file.parent.mkdir()
    shutil.copy(parsed, settings.manifest_file.parent)
    return settings


def test_after_nights_that_were_killed_and_one_without_room_the_next_is_as_it_would_have_been(
    small_night: DemoNight, begun: Settings
) -> None:
    released = (small_night.settings.published_dir / "current").resolve()
    figures = _vintage_rows(begun)
    assert figures
    subprocess.run(
        [sys.executable, "-c", PROGRAM, str(begun.landing_dir.parent), str(begun.project_dir)],
        cwd=PROJECT_DIR,
        capture_output=True,
        text=True,
        check=True,
        timeout=900,
    )
    ended = begun.landing_dir.with_name(ENDED).read_text("utf-8")
    *badly, whole = [line.split() for line in ended.splitlines()]
    assert badly == [
        # no row of the earlier state that was half built
        ["vintages", f"{-signal.SIGKILL}", released.name, "0"],
        ["judge", f"{-signal.SIGKILL}", released.name, f"{figures}"],
        ["full", "3", released.name, f"{figures}"],
    ]
    assert whole[:2] == ["whole", "0"]
    assert whole[2] != released.name

    told = {how: begun.landing_dir.with_name(f"{how}.txt").read_text("utf-8") for how in HOW}
    by_vintages, by_judge, of_full, _ = (night["night_id"] for night in read_nights(begun)[-4:])
    assert f"before     {by_judge} left no end: it was killed" in told["full"]
    assert "There is no room left to write" in told["full"]
    assert "fix: make room on disk, then run again" in told["full"]
    assert "left no end" not in told["whole"]
    assert [night["exit_code"] for night in read_nights(begun)[-4:]] == [None, None, 3, 0]
    assert read_nights(begun)[-2]["killed_before"] == [by_vintages, by_judge]
    assert of_full in told["full"]

    assert [path for path in begun.scratch_dir.rglob("*") if path.is_file()] == []
    _wait_for_the_end_of(int(begun.landing_dir.with_name(JUDGE).read_text("utf-8")))
    written = begun.published_dir / "current" / "parquet"
    for folder in ("marts", "indicators"):
        files = sorted((released / "parquet" / folder).rglob("*.parquet"))
        assert files
        for file in files:
            same = written / file.relative_to(released / "parquet")
            assert same.read_bytes() == file.read_bytes(), same.name


def _wait_for_the_end_of(process_id: int) -> None:
    """Wait; where nobody collects what has ended it stays as a zombie."""
    until = time.monotonic() + 60
    while psutil.pid_exists(process_id) and psutil.Process(process_id).status() != "zombie":
        assert time.monotonic() < until, "the judge of a killed night goes on"
        time.sleep(0.1)
