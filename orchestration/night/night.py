"""One night: its lock, its id, and what has come of it so far.

The steps of a night tell it what they did; running them is run.py, telling people summary.py.
"""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import IntEnum
from typing import TYPE_CHECKING, Any

from orchestration.errors import JamviktError, NightRunningError
from orchestration.night.meter import Meter
from orchestration.publishing.release import CURRENT
from orchestration.settings import NIGHT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from orchestration.loading import FileOutcome
    from orchestration.night.dbt_runner import NodeResult
    from orchestration.night.judging import Judge, PromiseResult
    from orchestration.night.vintage_builds import KnownBefore
    from orchestration.publishing.release import Release
    from orchestration.registry.manifest import Manifest
    from orchestration.settings import Settings
    from orchestration.workspace import Workspace

    Listener = Callable[[str, str], None]


class ExitCode(IntEnum):
    """What a night ends with (docs/architecture.md)."""

    PUBLISHED = 0
    PROMISE_BROKEN = 1
    OPTIONAL_REFUSED = 2
    TECHNICAL = 3
    NIGHT_RUNNING = 4


VERDICTS = {
    ExitCode.PUBLISHED: "published, everything in",
    ExitCode.PROMISE_BROKEN: "not published: a promise is broken",
    ExitCode.OPTIONAL_REFUSED: "published, but an optional delivery was refused",
    ExitCode.TECHNICAL: "not published: technical",
    ExitCode.NIGHT_RUNNING: "another night is running",
}


@dataclass
class Night:
    """What has come of a night so far."""

    settings: Settings
    night_id: str
    started: datetime
    listen: Listener
    """Called with the stage and what was just done in it."""
    workspace: Workspace
    """Scratch of the night, gone when it has ended."""
    manifest: Manifest | None = None
    files: dict[tuple[str, str], list[FileOutcome]] = field(default_factory=dict)
    """Outcomes by source and table."""
    unclaimed: list[Path] = field(default_factory=list)
    """Files in landing that no contract claims."""
    vintages: list[KnownBefore] = field(default_factory=list)
    """Earlier states that the figures are compared with, oldest first."""
    nodes: list[NodeResult] = field(default_factory=list)
    final_figures_changed: int | None = None
    """Figures that have changed since they were final; None before they are compared."""
    judge: Judge | None = None
    promises: list[PromiseResult] = field(default_factory=list)
    release: Release | None = None
    failures: list[str] = field(default_factory=list)
    meter: Meter = field(default_factory=Meter)
    """What the stages take of the machine."""

    @property
    def reports_dir(self) -> Path:
        """Quality report of the night."""
        return self.settings.reports_dir / self.night_id

    @property
    def log_file(self) -> Path:
        """Everything that was logged during the night."""
        return self.settings.log_dir / f"{self.night_id}.log"

    @property
    def exit_code(self) -> ExitCode:
        """What the night ends with, as things stand."""
        if self.release is None:
            broken = any(promise.status == "broken" for promise in self.promises)
            return ExitCode.PROMISE_BROKEN if broken else ExitCode.TECHNICAL
        if any(file.status == "refused" for files in self.files.values() for file in files):
            return ExitCode.OPTIONAL_REFUSED
        return ExitCode.PUBLISHED

    def record(self) -> None:
        """Append the night to `settings.nights_file`."""
        outcomes = [file for files in self.files.values() for file in files]
        line: dict[str, Any] = {
            "night_id": self.night_id,
            "started": self.started.isoformat(timespec="seconds"),
            "as_of": self.settings.as_of.isoformat() if self.settings.as_of else None,
            "exit_code": int(self.exit_code),
            "verdict": VERDICTS[self.exit_code],
            "release": self.release.release_id if self.release else None,
            "seconds": {stage: round(taken, 1) for stage, taken in self.meter.seconds.items()},
            "memory_bytes": self.meter.memory,
            "spilled_bytes": self.meter.spilled,
            "files": {
                status: sum(file.status == status for file in outcomes)
                for status in ("loaded", "skipped", "refused")
            },
            "files_unclaimed": len(self.unclaimed),
            "rows_loaded": sum(file.rows_loaded for file in outcomes),
            "rows_quarantined": sum(file.rows_quarantined for file in outcomes),
            "vintages": {
                str(vintage.cut_off_date): "built" if vintage.is_new else "kept"
                for vintage in self.vintages
            },
            "final_figures_changed": self.final_figures_changed,
            "indicators": len(self.manifest.indicators) if self.manifest else None,
            "promises": {promise.promise_id: promise.status for promise in self.promises},
            "failures": self.failures,
        }
        self.settings.nights_file.parent.mkdir(parents=True, exist_ok=True)
        with self.settings.nights_file.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line, ensure_ascii=False) + "\n")


def ignore(_stage: str, _what: str) -> None:
    """Listen to nothing."""


@contextmanager
def hold_night(settings: Settings, listen: Listener = ignore) -> Iterator[Night]:
    """Take the lock and open a night.

    Raises NightRunningError when another process holds the lock.
    """
    from filelock import FileLock, Timeout

    settings.lock_file.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(settings.lock_file)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        raise NightRunningError(
            f"Another night is running (it holds {settings.lock_file}).",
            "wait until it has ended; the lock goes with the process that holds it",
        ) from None
    try:
        started = datetime.now(UTC)
        night_id = _new_night_id(settings, started)
        with settings.workspace(NIGHT) as workspace:
            night = Night(settings, night_id, started, listen, workspace)
            try:
                with night.meter.running(settings.scratch_dir):
                    yield night
            finally:
                if night.judge:
                    night.judge.stop()
    finally:
        lock.release()


def check_installation(settings: Settings) -> None:
    """Refuse to begin anew where only a part of what nights have left is to be seen.

    An empty folder may be a mount that is down: a warehouse made anew there would lack what is no
    longer in landing, and a publication would begin with number 1 again.

    Raises JamviktError.
    """
    is_published = (settings.published_dir / CURRENT).is_symlink()
    has_published = any(night["release"] and not night["as_of"] for night in read_nights(settings))
    if is_published and not settings.raw_file.is_file():
        raise JamviktError(
            f"{settings.published_dir} has a publication, and what it was built from is not at "
            f"{settings.raw_file}",
            "see that JAMVIKT_DATA_DIR is right and up; to load everything anew, move the "
            "publication elsewhere first",
        )
    if has_published and not is_published:
        raise JamviktError(
            f"Nights have published, and {settings.published_dir} has no publication",
            "see that JAMVIKT_PUBLISHED_DIR is right and up; to begin anew there, move "
            f"{settings.nights_file} elsewhere first",
        )


def read_nights(settings: Settings) -> list[dict[str, Any]]:
    """Return all nights, oldest first; a line that a crash cut short is left out."""
    if not settings.nights_file.is_file():
        return []
    nights = []
    for line in settings.nights_file.read_text(encoding="utf-8").splitlines():
        try:
            nights.append(json.loads(line))
        except json.JSONDecodeError:
            continue
    return nights


def _new_night_id(settings: Settings, started: datetime) -> str:
    """Return the second in UTC, with a number where that second has had a night already."""
    second = f"{started:%Y-%m-%dT%H%M%SZ}"
    night_id, number = second, 1
    while any(
        (folder / name).exists()
        for folder, name in (
            (settings.reports_dir, night_id),
            (settings.published_dir, night_id),
            (settings.log_dir, f"{night_id}.log"),
        )
    ):
        number += 1
        night_id = f"{second}-{number}"
    return night_id
