"""Runs a whole night from the command line: the job that the schedule runs, in this process.

What the steps do stands in steps.py; what people are told at the end in summary.py; how
Dagster runs them in dagster/job.py.
"""

from __future__ import annotations

import logging
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from orchestration.errors import JamviktError, NightRunningError
from orchestration.loading import (
    check_key,
    ensure_raw_tables,
    landing_files,
    open_raw,
    participant_faults,
    read_key,
    unmatched_files,
)
from orchestration.night.after_night import tell_night_running
from orchestration.night.ending import end_night
from orchestration.night.night import Night, check_installation, hold_night
from orchestration.night.record import ExitCode, Failed, LandingSeen, RegistryRead
from orchestration.night.summary import NightDisplay, print_night_running, print_summary

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from rich.console import Console

    from orchestration.night.dbt_runner import Project
    from orchestration.night.judging import Judge
    from orchestration.settings import Settings

logger = logging.getLogger(__name__)

STEPS = ("load", "vintages", "build", "judge", "publish")
"""Stages that run as steps of Dagster's job."""


def run_night(
    settings: Settings,
    console: Console,
    *,
    with_demo: bool = False,
    persons: int | None = None,
    project: Project | None = None,
    judge: Judge | None = None,
) -> ExitCode:
    """Load, build, judge and publish; say what came of it and return what the process ends with.

    `with_demo`: write the demo of about so many `persons` first where the landing folder is empty.
    `project`, `judge`: what is parsed and running already; else the night sees to it. Whatever goes
    wrong ends up in the summary, the log and `settings.nights_file`.
    """
    display = NightDisplay(console)
    try:
        with hold_night(settings, display.advance, judge) as night, _log_to(night.log_file):
            try:
                night.begin()
                with display:
                    _run(night, display, project, with_demo=with_demo, persons=persons)
            except JamviktError as error:
                night.record.keep(Failed(str(error)))
            except Exception as error:
                logger.exception("The night crashed.")
                night.record.keep(Failed(f"{type(error).__name__}: {error}"))
            end_night(night)
            print_summary(console, night)
            return night.record.exit_code
    except NightRunningError as error:
        print_night_running(console, settings, error, tell_night_running(settings, error))
        return ExitCode.NIGHT_RUNNING


def _run(
    night: Night,
    display: NightDisplay,
    project: Project | None,
    *,
    with_demo: bool,
    persons: int | None,
) -> None:
    settings = night.settings
    check_installation(settings)
    is_empty = not landing_files(settings.landing_dir)
    if is_empty and not with_demo:
        raise JamviktError(
            f"No export lies in {settings.landing_dir}",
            "lay them there, one folder per source; see that what is mounted there is up; or name "
            "another folder in JAMVIKT_LANDING_DIR. `jamvikt nightly --demo` begins a new "
            "installation with a fictional county",
        )
    if not is_empty:
        _demand_key(night)
    with night.meter.stage("start"):
        from orchestration.night.dbt_runner import parse

        display.expect("start", 1)
        project = project or parse(settings)
        if faults := participant_faults(settings.project_dir, project.manifest.sources):
            raise JamviktError("; ".join(faults), "mend that row; `jamvikt check` judges it again")
        night.record.keep(RegistryRead(len(project.manifest.indicators)))
        display.advance("start", "registry read")
    if is_empty:
        from orchestration.demo.installation import write_demo_installation

        display.expect("demo", None)
        with night.meter.stage("demo"):
            count = write_demo_installation(
                settings, project.manifest.sources, night.workspace, persons
            )
        display.advance("demo", f"{count} files")
        display.finish("demo")
    night.judge()  # it imports while files load
    unclaimed = unmatched_files(settings.landing_dir, project.manifest.sources)
    night.record.keep(LandingSeen(tuple(unclaimed)))
    display.expect("load", len(landing_files(settings.landing_dir)) - len(unclaimed))
    display.expect("vintages", settings.revision_vintages)
    display.expect("build", project.manifest.node_count)
    display.expect("judge", len(project.manifest.promises))
    display.expect("publish", 1)
    with night.meter.stage("dagster"):
        from orchestration.dagster.job import run_job

        run_job(settings, project, night)
    display.finish("vintages")  # a young installation has fewer than it may have
    # What Dagster itself took: the rest of the run stands under the stages.
    steps = sum(night.meter.seconds.get(stage, 0.0) for stage in STEPS)
    night.meter.seconds["dagster"] -= steps


def _demand_key(night: Night) -> None:
    """Raise JamviktError for a key that cannot be used: at once, and not for every source table."""
    key = read_key(night.settings.pseudonym_key_file)
    if night.settings.raw_file.is_file():
        with open_raw(night.settings.raw_file, night.workspace) as connection:
            ensure_raw_tables(connection, [])
            check_key(connection, key)


@contextmanager
def _log_to(log_file: Path) -> Iterator[None]:
    """Send every log record to the night's file and none to the terminal."""
    log_file.parent.mkdir(parents=True, exist_ok=True)
    handler = _NightLog(log_file, encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    root = logging.getLogger()
    level, handlers = root.level, root.handlers
    root.setLevel(logging.INFO)
    root.handlers = [handler]
    try:
        yield
    finally:
        root.setLevel(level)
        root.handlers = handlers
        handler.close()


class _NightLog(logging.FileHandler):
    """A log that cannot be written must not hide what is wrong with the disk, nor end the night."""

    def handleError(self, record: logging.LogRecord) -> None:
        """Go on without the record."""

    def close(self) -> None:
        """Close what can be closed."""
        with suppress(OSError):
            super().close()
