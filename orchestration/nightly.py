"""Runs a whole night from the command line: the job that the schedule runs, in this process.

What the steps do stands in their own modules; what people are told at the end in summary.py.
"""

from __future__ import annotations

import logging
import shutil
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from orchestration.errors import JamviktError, NightRunningError
from orchestration.loading import read_key, unmatched_files
from orchestration.night import ExitCode, Night, hold_night, landing_files
from orchestration.promises import Judge
from orchestration.summary import NightDisplay, print_night_running, print_summary

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import dagster as dg
    from rich.console import Console

    from orchestration.loading import SourceTable
    from orchestration.settings import Settings

logger = logging.getLogger(__name__)

STEPS = ("load", "vintages", "build", "judge", "publish")
"""Stages that run as steps of Dagster's job."""


def run_night(settings: Settings, console: Console) -> ExitCode:
    """Load, build, judge and publish; say what came of it and return what the process ends with.

    Writes demo exports and the demo key first where the landing folder is empty. Whatever goes
    wrong ends up in the summary, the log and `settings.nights_file`.
    """
    display = NightDisplay(console)
    try:
        with hold_night(settings, display.advance) as night, _log_to(night.log_file):
            try:
                with display:
                    _run(night, display)
            except JamviktError as error:
                night.failures.append(str(error))
            except Exception as error:
                logger.exception("The night crashed.")
                night.failures.append(f"{type(error).__name__}: {error}")
            night.record()
            print_summary(console, night)
            return night.exit_code
    except NightRunningError as error:
        print_night_running(console, settings, error)
        return ExitCode.NIGHT_RUNNING


def _run(night: Night, display: NightDisplay) -> None:
    settings = night.settings
    with night.stage("start"):
        from orchestration.dbt_runner import parse

        display.expect("start", 1)
        project = parse(settings)
        night.manifest = project.manifest
        display.advance("start", "registry read")
    if not landing_files(settings.landing_dir):
        display.expect("demo", None)
        with night.stage("demo"):
            count = write_demo_exports(settings, project.manifest.sources)
        display.advance("demo", f"{count} files")
        display.finish("demo")
    read_key(settings.pseudonym_key_file)  # before every source table says the same
    night.judge = Judge(night)
    night.unclaimed = unmatched_files(settings.landing_dir, project.manifest.sources)
    display.expect("load", len(landing_files(settings.landing_dir)) - len(night.unclaimed))
    display.expect("vintages", settings.revision_vintages)
    display.expect("build", project.manifest.node_count)
    display.expect("judge", len(project.manifest.promises))
    display.expect("publish", 1)
    with night.stage("dagster"):
        from orchestration.definitions import NIGHTLY, build_definitions

        job = build_definitions(settings, project, night).resolve_job_def(NIGHTLY)
        with dagster_instance(settings) as instance:
            job.execute_in_process(
                instance=instance,
                raise_on_error=False,
                run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
            )
    display.finish("vintages")  # a young installation has fewer than it may have
    # What Dagster itself took: the rest of the run stands under the stages.
    steps = sum(night.seconds.get(stage, 0.0) for stage in STEPS)
    night.seconds["dagster"] -= steps


def write_demo_exports(
    settings: Settings, sources: Sequence[SourceTable], persons: int | None = None
) -> int:
    """Write the demo to landing and a key for it where there is none; return the number of files.

    Exports are written where they are read: in the process that may see their text.

    Raises JamviktError where landing holds files that are not the demo's.
    """
    from orchestration.demo.exports import ForeignFilesError, write_demo
    from orchestration.loading import apart, make_key

    try:
        count = apart(write_demo, settings.landing_dir, sources, persons)
    except ForeignFilesError as error:
        raise JamviktError(str(error)) from None
    if not settings.pseudonym_key_file.is_file():
        make_key(settings.pseudonym_key_file)
    return count


@contextmanager
def dagster_instance(settings: Settings) -> Iterator[dg.DagsterInstance]:
    """Open Dagster's own storage, the one that `make dev` shows."""
    import dagster as dg

    settings.dagster_home.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(
        Path(__file__).with_name("dagster.yaml"), settings.dagster_home / "dagster.yaml"
    )
    with dg.DagsterInstance.from_config(str(settings.dagster_home)) as instance:
        yield instance


@contextmanager
def _log_to(log_file: Path) -> Iterator[None]:
    """Send every log record to the night's file and none to the terminal."""
    log_file.parent.mkdir(parents=True, exist_ok=True)
    handler = logging.FileHandler(log_file, encoding="utf-8")
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
