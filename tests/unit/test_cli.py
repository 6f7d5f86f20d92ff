"""The command line: quick to start, plain about what is wrong, honest in its exit codes."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from filelock import FileLock
from rich.console import Console
from typer.testing import CliRunner

from expectations.promise_result import PromiseResult
from orchestration.cli import app
from orchestration.errors import JamviktError, NightRunningError
from orchestration.loading.outcome import FileOutcome
from orchestration.night.build_file import Figures
from orchestration.night.night import (
    Night,
    check_installation,
    hold_night,
    ignore,
    read_nights,
)
from orchestration.night.record import (
    Built,
    ExitCode,
    FilesRead,
    Judged,
    Published,
    VintagesReady,
)
from orchestration.night.summary import SUBJECTS_SHOWN, print_summary
from orchestration.night.vintage_builds import KnownBefore
from orchestration.publishing.release import Release
from orchestration.settings import Settings
from orchestration.workspace import Workspace

if TYPE_CHECKING:
    from orchestration.loading.outcome import Status

HEAVY = {"dagster", "dbt", "duckdb", "great_expectations", "pydantic"}


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    for name in ("landing", "data", "published", "reports"):
        monkeypatch.setenv(f"JAMVIKT_{name.upper()}_DIR", str(tmp_path / name))
    monkeypatch.setenv("JAMVIKT_PSEUDONYM_KEY_FILE", str(tmp_path / "keys" / "pseudonym.key"))
    return Settings(_env_file=None)


def _night(settings: Settings) -> Night:
    started = datetime(2026, 11, 24, 3, 30, tzinfo=UTC)
    scratch = Workspace(settings.scratch_dir, 3 * 2**30, 64 * 2**30)
    return Night(settings, "2026-11-24T033000Z", started, ignore, scratch)


def _file(status: Status, reason: str | None = None) -> FileOutcome:
    return FileOutcome("alfa", "beslut", "beslut_9901_202401.csv", status, reason, 12, 10, 2)


def _promise(status: str, subjects: int = 0) -> PromiseResult:
    return PromiseResult(
        promise_id="sex_split",
        title_sv="Varje indikator är könsuppdelad",
        title_en="Every indicator is split by sex",
        question_sv="Finns varje rad?",
        question_en="Is every row there?",
        judges="fct_indicator",
        evidence="dq_sex_split",
        violated_when="violation is not null",
        waived_when=None,
        status=status,
        reason=None,
        rows_checked=100,
        rows_violating=subjects,
        rows_waived=0,
        subject_count=subjects,
        subjects=tuple({"indicator_id": f"indicator_{n}"} for n in range(subjects)),
    )


def _release() -> Release:
    return Release("2026-11-24T033000Z", 7, Path("published"), "2026-11-24T03:40:00+00:00", ())


def _told(night: Night) -> str:
    page = io.StringIO()
    print_summary(Console(file=page, width=120), night)
    return page.getvalue()


def test_starting_imports_nothing_heavy() -> None:
    loaded = subprocess.run(
        [sys.executable, "-c", "import sys, orchestration.cli; print(*sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    assert HEAVY.isdisjoint(loaded)


@pytest.mark.parametrize(
    "command", ["nightly", "demo", "check", "withdraw", "key", "rekey", "status", "docs"]
)
def test_every_command_says_what_it_does(command: str) -> None:
    outcome = CliRunner().invoke(app, [command, "--help"])
    assert outcome.exit_code == 0
    assert command in outcome.output


@pytest.mark.usefixtures("settings")
def test_a_second_key_is_refused_with_the_fix_and_no_traceback() -> None:
    assert CliRunner().invoke(app, ["key"]).exit_code == 0
    outcome = CliRunner().invoke(app, ["key"])
    assert outcome.exit_code == 3
    assert "There is a pseudonym key already" in outcome.stderr
    assert "fix: keep it" in outcome.stderr
    assert "Traceback" not in outcome.output


@pytest.mark.usefixtures("settings")
def test_a_wrong_setting_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JAMVIKT_AS_OF", "yesterday")
    outcome = CliRunner().invoke(app, ["status"])
    assert outcome.exit_code == 3
    assert "JAMVIKT_AS_OF" in outcome.stderr
    assert "fix: see .env.example" in outcome.stderr


@pytest.mark.usefixtures("settings")
def test_status_of_an_empty_installation_says_so() -> None:
    outcome = CliRunner().invoke(app, ["status"])
    assert outcome.exit_code == 0
    assert "nothing has been published yet" in outcome.output
    assert "no night has run yet" in outcome.output


def test_real_exports_without_a_key_are_refused_with_the_fix(settings: Settings) -> None:
    export = settings.landing_dir / "alfa" / "export.csv"
    export.parent.mkdir(parents=True)
    export.write_text("real", encoding="utf-8")
    outcome = CliRunner().invoke(app, ["nightly"])
    assert outcome.exit_code == 3
    assert "No pseudonym key" in outcome.output
    assert "run `jamvikt key`" in outcome.output
    assert not settings.pseudonym_key_file.exists()
    assert [night["exit_code"] for night in read_nights(settings)] == [3]


def test_an_empty_landing_folder_is_no_new_installation(settings: Settings) -> None:
    """Nor is a mount that is down: nothing is written there, and no key made."""
    outcome = CliRunner().invoke(app, ["nightly"])
    assert outcome.exit_code == 3
    assert f"No export lies in {settings.landing_dir}" in outcome.output
    assert "see that what is mounted there is up" in outcome.output
    assert not settings.landing_dir.exists()
    assert not settings.pseudonym_key_file.exists()
    assert [night["exit_code"] for night in read_nights(settings)] == [3]


@pytest.mark.usefixtures("settings")
def test_a_size_of_no_demo_is_told() -> None:
    outcome = CliRunner().invoke(app, ["nightly", "--persons", "60"])
    assert outcome.exit_code == 3
    assert "fix: say --demo too" in outcome.output


def test_half_an_installation_is_no_new_one(settings: Settings) -> None:
    """A mount that is down must not have everything loaded, or numbered, anew."""
    check_installation(settings)
    night = _night(settings)
    night.record.keep(Published(_release()))
    night.write_down()
    with pytest.raises(JamviktError, match="Nights have published"):
        check_installation(settings)
    (settings.published_dir / "a").mkdir(parents=True)
    (settings.published_dir / "current").symlink_to("a")
    with pytest.raises(JamviktError, match="what it was built from is not at"):
        check_installation(settings)
    settings.raw_file.touch()
    check_installation(settings)


def test_a_second_night_ends_with_4_and_says_what_is_live(settings: Settings) -> None:
    settings.lock_file.parent.mkdir(parents=True)
    with FileLock(settings.lock_file):
        outcome = CliRunner().invoke(app, ["nightly"])
    assert outcome.exit_code == 4
    assert "Another night is running" in outcome.output
    assert "nothing has been published yet" in outcome.output


def test_the_lock_is_free_after_a_night(settings: Settings) -> None:
    with hold_night(settings), pytest.raises(NightRunningError), hold_night(settings):
        pass
    with hold_night(settings):
        pass


def test_two_nights_within_a_second_have_different_ids(settings: Settings) -> None:
    with hold_night(settings) as night:
        night.reports_dir.mkdir(parents=True)
    with hold_night(settings) as next_night:
        assert next_night.night_id > night.night_id


@pytest.mark.parametrize(
    ("status", "promise", "published", "code"),
    [
        ("loaded", "kept", True, ExitCode.PUBLISHED),
        ("skipped", "waived", True, ExitCode.PUBLISHED),
        ("refused", "kept", True, ExitCode.OPTIONAL_REFUSED),
        ("loaded", "broken", False, ExitCode.PROMISE_BROKEN),
        ("refused", "broken", False, ExitCode.PROMISE_BROKEN),
        ("loaded", "kept", False, ExitCode.TECHNICAL),
    ],
)
def test_the_exit_code_says_what_came_of_the_night(
    settings: Settings, status: Status, promise: str, published: bool, code: ExitCode
) -> None:
    night = _night(settings)
    night.record.keep(FilesRead("alfa", "beslut", (_file(status),)))
    night.record.keep(Judged((_promise(promise),)))
    if published:
        night.record.keep(Published(_release()))
    assert night.record.exit_code == code


def test_the_summary_names_refused_files_broken_promises_and_what_is_live(
    settings: Settings,
) -> None:
    night = _night(settings)
    night.record.keep(
        FilesRead(
            "alfa",
            "beslut",
            (
                _file("loaded"),
                _file("refused", "no column 'datum'"),
            ),
        )
    )
    night.record.keep(Judged((_promise("broken", subjects=SUBJECTS_SHOWN + 2),)))
    told = _told(night)
    assert "alfa/beslut_9901_202401.csv: no column 'datum'" in told
    assert "0 kept · 1 broken · 0 vacuous · 0 waived" in told
    assert "Every indicator is split by sex (7 of 100 rows of dq_sex_split)" in told
    assert "indicator_id indicator_0" in told
    assert "and 2 more" in told
    assert "nothing has been published yet" in told
    assert "not published: a promise is broken" in told


def test_the_summary_names_what_was_known_before_and_final_figures_that_changed(
    settings: Settings,
) -> None:
    night = _night(settings)
    assert "vintages" not in _told(night)
    vintages = (KnownBefore(date(2025, 7, 1), False), KnownBefore(date(2025, 10, 1), True))
    night.record.keep(VintagesReady(vintages))
    night.record.keep(Built((), Figures(34, {}, ())))
    told = _told(night)
    assert "2025-07-01, 2025-10-01 (1 built, 1 kept)" in told
    assert "34 figures have changed since they were final" in told
    night.write_down()
    (line,) = read_nights(settings)
    assert line["vintages"] == {"2025-07-01": "kept", "2025-10-01": "built"}
    assert line["final_figures_changed"] == 34


def test_the_summary_tells_what_the_stages_took_and_might_have(settings: Settings) -> None:
    night = _night(settings)
    night.meter.seconds = {"load": 2.5, "build": 30}
    night.meter.memory = {"load": 2**30, "build": 5 * 2**30}
    night.meter.spilled = {"load": 0, "build": 0}
    told = _told(night)
    assert "load 2.5 · build 30.0 · in all 32.5" in told
    assert "GiB at most: load 1.0 · build 5.0; an engine may take 3.0" in told
    assert "spill" not in told
    night.meter.spilled = {"load": 0, "build": 7 * 2**30}
    assert "GiB at most: build 7.0; an engine may spill 64.0" in _told(night)


def test_nights_are_kept_in_order_and_a_torn_line_is_passed_over(settings: Settings) -> None:
    night = _night(settings)
    night.record.keep(FilesRead("alfa", "beslut", (_file("loaded"),)))
    night.meter.seconds = {"load": 1.25}
    night.write_down()
    with settings.nights_file.open("a", encoding="utf-8") as file:
        file.write('{"night_id": "torn\n')
    night.record.keep(Published(_release()))
    replace(night, night_id="2026-11-25T033000Z").write_down()
    first, second = read_nights(settings)
    assert (first["exit_code"], first["release"]) == (3, None)
    assert (second["exit_code"], second["release"]) == (0, "2026-11-24T033000Z")
    assert first["files"] == {"loaded": 1, "skipped": 0, "refused": 0}
    assert (first["rows_loaded"], first["rows_quarantined"]) == (10, 2)
    assert json.dumps(first["seconds"]) == '{"load": 1.2}'
