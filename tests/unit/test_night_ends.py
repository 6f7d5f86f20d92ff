"""How a night begins and ends: its two lines, who is told, what is too old to keep."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import dagster as dg
import psutil
import pytest
from filelock import FileLock
from test_cli import _file, _promise, _release, _told
from typer.testing import CliRunner

from orchestration.cli import app
from orchestration.dagster.job import dagster_instance
from orchestration.dagster.night_resource import NIGHTLY, night_resource
from orchestration.errors import NightRunningError
from orchestration.night import after_night
from orchestration.night.after_night import night_summary, running_summary
from orchestration.night.ending import end_night, prune
from orchestration.night.night import Night, hold_night, ignore, read_nights
from orchestration.night.record import ExitCode, FilesRead, Judged, Published
from orchestration.settings import PROJECT_DIR, Settings
from orchestration.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

NOW = datetime(2026, 11, 24, 3, 30, tzinfo=UTC)
BEGIN_AND_DIE = """
import os, signal
from orchestration.night.night import hold_night
from orchestration.settings import Settings
with hold_night(Settings(_env_file=None)) as night:
    night.begin()
    print(night.night_id, flush=True)
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    for name in ("landing", "data", "published", "reports"):
        monkeypatch.setenv(f"JAMVIKT_{name.upper()}_DIR", str(tmp_path / name))
    monkeypatch.setenv("JAMVIKT_PSEUDONYM_KEY_FILE", str(tmp_path / "keys" / "pseudonym.key"))
    return Settings(_env_file=None)


@pytest.fixture
def told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Have what the command is told written to a file."""
    file = tmp_path / "told to whom it concerns.json"
    command = "import pathlib, sys; pathlib.Path(sys.argv[1]).write_text(sys.stdin.read())"
    monkeypatch.setenv("JAMVIKT_AFTER_NIGHT", f'{sys.executable} -c "{command}" "{file}"')
    return file


def _night(settings: Settings, night_id: str = "2026-11-24T033000Z") -> Night:
    return Night(settings, night_id, NOW, ignore, Workspace(settings.scratch_dir, 2**30, 2**30))


def _lines(settings: Settings) -> list[dict[str, Any]]:
    return [json.loads(line) for line in settings.nights_file.read_text("utf-8").splitlines()]


def test_a_night_leaves_a_line_when_it_begins_and_one_when_it_ends(settings: Settings) -> None:
    assert CliRunner().invoke(app, ["nightly"]).exit_code == 3
    began, ended = _lines(settings)
    assert set(began) == {"night_id", "started", "as_of"}
    assert began == {name: ended[name] for name in began}
    assert ended["exit_code"] == 3
    assert ended["started"] <= ended["ended"]
    assert len(read_nights(settings)) == 1


def test_a_killed_night_is_told_by_the_next_and_by_no_later_one(settings: Settings) -> None:
    killed = subprocess.run(
        [sys.executable, "-c", BEGIN_AND_DIE],
        capture_output=True,
        text=True,
        check=False,
        cwd=PROJECT_DIR,
    )
    assert killed.returncode == -signal.SIGKILL
    night_id = killed.stdout.strip()
    status = CliRunner().invoke(app, ["status"]).output
    assert re.search(rf"{night_id} +left no end: it was killed", status)
    following, later = (CliRunner().invoke(app, ["nightly"]).output for _ in range(2))
    assert f"before     {night_id} left no end: it was killed" in following
    assert "left no end" not in later
    assert [night["exit_code"] for night in read_nights(settings)] == [None, 3, 3]
    assert [line.get("killed_before") for line in _lines(settings)] == [
        *(None, None, [night_id]),
        *(None, []),
    ]


def test_a_night_that_runs_is_not_said_to_be_killed(settings: Settings) -> None:
    with hold_night(settings) as night:
        night.begin()
        assert "is running" in CliRunner().invoke(app, ["status"]).output
    assert "left no end" in CliRunner().invoke(app, ["status"]).output


def test_a_line_that_was_cut_short_spoils_no_other(settings: Settings) -> None:
    _night(settings).begin()
    with settings.nights_file.open("a", encoding="utf-8") as file:
        file.write('{"night_id": "torn')
    _night(settings).write_down()
    assert [night["exit_code"] for night in read_nights(settings)] == [3]


def test_the_command_is_told_what_the_night_has_left(settings: Settings, told: Path) -> None:
    assert CliRunner().invoke(app, ["nightly"]).exit_code == 3
    summary = json.loads(told.read_text(encoding="utf-8"))
    (night,) = read_nights(settings)
    assert {name: summary[name] for name in night if name != "ended"} == {
        name: value for name, value in night.items() if name != "ended"
    }
    assert "No export lies in" in summary["failures"][0]
    assert (summary["live"], summary["report"]) == (None, None)
    assert summary["log"] == str(settings.log_dir / f"{night['night_id']}.log")


def test_the_command_is_told_that_another_night_runs(settings: Settings, told: Path) -> None:
    settings.lock_file.parent.mkdir(parents=True)
    with FileLock(settings.lock_file):
        assert CliRunner().invoke(app, ["nightly"]).exit_code == 4
    summary = json.loads(told.read_text(encoding="utf-8"))
    assert (summary["exit_code"], summary["verdict"]) == (4, "another night is running")
    assert not settings.nights_file.exists()


def test_refused_files_and_broken_promises_are_told_and_no_number_in_a_name(
    settings: Settings,
) -> None:
    night = _night(settings)
    refused = replace(
        _file("refused", "no column 'datum'"), file_name="beslut_191212121212_202401.csv"
    )
    night.record.keep(FilesRead("alfa", "beslut", (_file("loaded"), refused)))
    night.record.keep(Judged((_promise("kept"), _promise("broken", subjects=3))))
    summary = night_summary(night)
    assert summary["refused"] == [
        {
            "source": "alfa",
            "table": "beslut",
            "file": "beslut_…_202401.csv",
            "reason": "no column 'datum'",
        }
    ]
    ((broken),) = summary["broken"]
    assert (broken["promise"], broken["rows_violating"]) == ("sex_split", 3)
    assert "indicator_1" not in json.dumps(summary), "rows of evidence stay here"


def test_every_key_of_the_summary_stands_in_the_page_of_operations(settings: Settings) -> None:
    page = (PROJECT_DIR / "docs" / "operations.md").read_text(encoding="utf-8")
    summary = night_summary(_night(settings))
    assert [name for name in summary if f"`{name}`" not in page] == []
    assert set(running_summary(settings, NightRunningError("x"))) <= set(summary)


@pytest.mark.parametrize(
    ("command", "because"),
    [
        ("sh -c 'exit 7'", "has failed (exit 7)"),
        ("no-such-command", "No such file or directory"),
        ("sh -c 'half", "cannot be read: No closing quotation"),
        ("sh -c 'sleep 60 & echo $! > child; wait'", "had not ended after 1 seconds"),
    ],
)
def test_a_command_that_fails_is_told_and_changes_nothing(
    settings: Settings,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    command: str,
    because: str,
) -> None:
    monkeypatch.setattr(after_night, "SECONDS", 1)
    night = _night(settings.model_copy(update={"after_night": command, "project_dir": tmp_path}))
    night.record.keep(Published(_release()))
    end_night(night)
    assert night.record.exit_code == ExitCode.PUBLISHED
    assert [line["exit_code"] for line in _lines(settings)] == [0]
    assert because in night.record.warnings[0]
    assert "warning    " in _told(night)
    if (tmp_path / "child").exists():
        _wait_for_the_end_of(int((tmp_path / "child").read_text()))


def _wait_for_the_end_of(process_id: int) -> None:
    """Wait; where nobody collects what has ended it stays as a zombie."""
    until = time.monotonic() + 10
    while psutil.pid_exists(process_id) and psutil.Process(process_id).status() != "zombie":
        assert time.monotonic() < until, "what the command has started goes on"
        time.sleep(0.02)


def test_without_a_command_nobody_is_told(settings: Settings) -> None:
    night = _night(settings)
    end_night(night)
    assert night.record.warnings == ()


def _in_dagster(
    settings: Settings, instance: dg.DagsterInstance, job_name: str = NIGHTLY, fails: bool = False
) -> dg.ExecuteInProcessResult:
    @dg.op(required_resource_keys={"night"})
    def step(context) -> None:
        context.resources.night.listen("load", "nothing")
        if fails:
            raise dg.Failure("no")

    @dg.job(name=job_name, resource_defs={"night": night_resource(settings, 0, None)})
    def job() -> None:
        step()

    return job.execute_in_process(instance=instance, raise_on_error=False)


def test_a_night_of_dagsters_schedule_leaves_its_lines_and_is_told(
    settings: Settings, told: Path
) -> None:
    settings = Settings(_env_file=None)
    with dg.DagsterInstance.ephemeral() as instance:
        assert _in_dagster(settings, instance).success
        assert [line.get("exit_code") for line in _lines(settings)] == [None, 3]
        assert json.loads(told.read_text())["night_id"] == _lines(settings)[0]["night_id"]

        told.unlink()
        _in_dagster(settings, instance, fails=True)
        assert len(_lines(settings)) == 4
        assert told.is_file()

        told.unlink()
        (settings.published_dir / "a").mkdir(parents=True)
        (settings.published_dir / "current").symlink_to("a")
        assert not _in_dagster(settings, instance).success
        assert "what it was built from is not at" in json.loads(told.read_text())["failures"][0]

        told.unlink()
        with FileLock(settings.lock_file):
            assert not _in_dagster(settings, instance).success
        assert json.loads(told.read_text())["exit_code"] == 4
        assert len(_lines(settings)) == 6


def test_some_steps_by_hand_are_no_night(settings: Settings, told: Path) -> None:
    with dg.DagsterInstance.ephemeral() as instance:
        assert _in_dagster(Settings(_env_file=None), instance, "some_steps").success
    assert not settings.nights_file.exists()
    assert not told.exists()


def _made(folder: Path, names: Sequence[str]) -> None:
    for name in names:
        path = folder / name
        if path.suffix:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("", encoding="utf-8")
        else:
            (path / "data_docs").mkdir(parents=True)


def test_what_is_too_old_goes_but_not_what_a_release_or_a_person_left(settings: Settings) -> None:
    """400 days before 24 November 2026 is 20 October 2025."""
    released, young, old = "2025-01-02T033000Z", "2025-10-20T033000Z", "2025-10-20T032959Z"
    newest, again = "2025-01-01T033000Z", "2025-10-20T032959Z-2"
    nights = (released, young, old, again)
    _made(settings.log_dir, [*(f"{night}.log" for night in nights), "notes.log"])
    _made(settings.reports_dir, [*nights, newest, "2025-02-30T033000Z", "by_hand"])
    (settings.reports_dir / "latest").symlink_to(newest)
    _made(settings.published_dir, [released])
    prune(settings, NOW)
    assert {path.name for path in settings.log_dir.iterdir()} == {
        *(f"{released}.log", f"{young}.log", "notes.log")
    }
    assert {path.name for path in settings.reports_dir.iterdir()} == {
        *(released, young, newest, "latest", "2025-02-30T033000Z", "by_hand")
    }
    assert (settings.published_dir / released).is_dir()


def test_what_cannot_be_removed_is_a_warning(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "reports").write_text("no folder", encoding="utf-8")
    settings.log_dir.mkdir(parents=True)
    (settings.log_dir / "2020-01-01T000000Z.log").mkdir()
    broken = settings.log_dir / "2020-01-01T000000Z.log" / "x"
    broken.mkdir()
    night = _night(settings)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("shutil.rmtree", _refuse)
        end_night(night)
    assert night.record.warnings == ("not permitted",)
    assert _lines(settings)[-1]["warnings"] == ["not permitted"]


def _refuse(_path: Path) -> None:
    raise PermissionError("not permitted")


def test_dagsters_old_runs_go_with_the_files_that_held_their_events(settings: Settings) -> None:
    with dagster_instance(settings) as instance:
        old, young = (
            _in_dagster(settings, instance, name).run_id for name in ("some_steps", "others")
        )
        history = settings.dagster_home / "history" / "runs"
        assert {f"{old}.db", f"{young}.db"} <= {file.name for file in history.iterdir()}
        past = instance.get_run_record_by_id(old)
        assert past is not None
        days = timedelta(days=settings.keep_days, seconds=1)
        with instance.run_storage.connect() as connection:
            connection.exec_driver_sql(
                "update runs set create_timestamp = ? where run_id = ?",
                ((datetime.now(UTC) - days).strftime("%Y-%m-%d %H:%M:%S.%f"), old),
            )
        assert _in_dagster(settings, instance).success
        assert old not in {run.run_id for run in instance.get_runs()}
        assert young in {run.run_id for run in instance.get_runs()}
        assert not (history / f"{old}.db").exists()
        assert (history / f"{young}.db").exists()
