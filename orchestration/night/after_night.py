"""Tells a command of the installation's own how a night went: mail, a webhook, a monitor.

It gets JSON on its standard input: what `nights.jsonl` keeps, files and promises by name, and what
is live. No row, no name and no number of a person is in it.
"""

from __future__ import annotations

import json
import logging
import os
import re
import shlex
import signal
import subprocess
from typing import TYPE_CHECKING, Any

from orchestration.errors import JamviktError
from orchestration.night.record import VERDICTS, ExitCode
from orchestration.publishing.release import CURRENT, current_release

if TYPE_CHECKING:
    from typing import IO

    from orchestration.errors import NightRunningError
    from orchestration.night.night import Night
    from orchestration.settings import Settings

logger = logging.getLogger(__name__)

SECONDS = 60
"""What the command may take; the next night's time is not its own."""
LIKE_A_NUMBER = re.compile(r"\d{6,8}[-+]?\d{4}")
"""A person's number in the name that somebody gave a file."""


def tell(night: Night) -> None:
    """Have the command told how a night went.

    What it prints goes to the night's log. Raises JamviktError where it fails, OSError where
    it cannot be started.
    """
    if night.settings.after_night:
        night.log_file.parent.mkdir(parents=True, exist_ok=True)
        with night.log_file.open("ab") as log:
            _run(night.settings, night.settings.after_night, night_summary(night), log)


def tell_night_running(settings: Settings, error: NightRunningError) -> list[str]:
    """Have the command told that a night could not begin; return what went wrong with that."""
    if not settings.after_night:
        return []
    try:
        _run(settings, settings.after_night, running_summary(settings, error), None)
    except (JamviktError, OSError) as failure:
        logger.warning("%s", failure)
        return [str(failure)]
    return []


def night_summary(night: Night) -> dict[str, Any]:
    """Return the summary of a night that has ended."""
    record, log = night.record, night.log_file
    refused = [
        {
            "source": outcome.source_name,
            "table": outcome.table_name,
            "file": outcome.file_name,
            "reason": outcome.reason,
        }
        for outcome in record.outcomes
        if outcome.status == "refused"
    ]
    broken = [
        {
            "promise": promise.promise_id,
            "title_sv": promise.title_sv,
            "title_en": promise.title_en,
            "reason": promise.reason,
            "rows_checked": promise.rows_checked,
            "rows_violating": promise.rows_violating,
        }
        for promise in record.promises
        if promise.status == "broken"
    ]
    told = _without_numbers({**night.as_line(), "refused": refused, "broken": broken})
    return {
        **told,
        "live": _live(night.settings),
        "report": str(night.report_file) if night.report_file else None,
        "log": str(log) if log.is_file() else None,
    }


def running_summary(settings: Settings, error: NightRunningError) -> dict[str, Any]:
    """Return the summary of a night that could not begin, since another one runs."""
    code = ExitCode.NIGHT_RUNNING
    return {
        "night_id": None,
        "exit_code": int(code),
        "verdict": VERDICTS[code],
        "release": None,
        "failures": [str(error)],
        "warnings": [],
        "refused": [],
        "broken": [],
        "live": _live(settings),
        "report": None,
        "log": None,
    }


def _live(settings: Settings) -> dict[str, Any] | None:
    """Return what readers have; None where there is nothing, or nobody can tell."""
    try:
        release = current_release(settings.published_dir)
    except JamviktError:
        return None
    if release is None:
        return None
    return {
        "release": release.release_id,
        "number": release.release_number,
        "published_at": release.published_at,
        "folder": str(settings.published_dir / CURRENT),
    }


def _without_numbers(told: Any) -> Any:
    if isinstance(told, str):
        return LIKE_A_NUMBER.sub("…", told)
    if isinstance(told, dict):
        return {name: _without_numbers(value) for name, value in told.items()}
    return [_without_numbers(value) for value in told] if isinstance(told, list) else told


def _run(
    settings: Settings, command: str, summary: dict[str, Any], output: IO[bytes] | None
) -> None:
    try:
        words = shlex.split(command)
    except ValueError as error:
        raise JamviktError(
            f"JAMVIKT_AFTER_NIGHT cannot be read: {error}", "quote its words as a shell would"
        ) from None
    text = json.dumps(summary, ensure_ascii=False) + "\n"
    process = subprocess.Popen(
        words,
        stdin=subprocess.PIPE,
        stdout=output,
        stderr=output,
        cwd=settings.project_dir,
        start_new_session=True,  # so that it can be ended with all that it has started
    )
    try:
        process.communicate(text.encode(), timeout=SECONDS)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        raise JamviktError(
            f"JAMVIKT_AFTER_NIGHT had not ended after {SECONDS} seconds and was killed",
            "have it start what takes longer, and end",
        ) from None
    if process.returncode:
        raise JamviktError(
            f"JAMVIKT_AFTER_NIGHT has failed (exit {process.returncode})",
            "run it by hand on a summary, as docs/operations.md shows",
        )
