"""One night: its lock, its id, where it works, and the nights that have been.

What its steps do is steps.py, what came of them record.py, running them run.py.
"""

from __future__ import annotations

import fcntl
import json
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from orchestration.errors import JamviktError, NightRunningError
from orchestration.night.judging import Judge
from orchestration.night.meter import Meter
from orchestration.night.record import KilledBefore, Record
from orchestration.publishing.release import CURRENT
from orchestration.settings import NIGHT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from orchestration.settings import Settings
    from orchestration.workspace import Workspace

    Listener = Callable[[str, str], None]

UNENDED: dict[str, Any] = {
    "as_of": None,
    "exit_code": None,
    "verdict": "left no end: it was killed, or the machine stopped",
    "release": None,
    "seconds": {},
}
"""What is known of a night that began, until its end is read."""
LOCK_WAIT = 0.2
"""Seconds; a look at the lock takes it for a moment."""


@dataclass
class Night:
    """Where a night works, and what has come of it so far."""

    settings: Settings
    night_id: str
    started: datetime
    listen: Listener
    """Called with the stage and what was just done in it."""
    workspace: Workspace
    """Scratch of the night, gone when it has ended."""
    record: Record = field(default_factory=Record)
    meter: Meter = field(default_factory=Meter)
    """What the stages take of the machine."""
    _judge: Judge | None = None

    @property
    def reports_dir(self) -> Path:
        """Quality report of the night."""
        return self.settings.reports_dir / self.night_id

    @property
    def log_file(self) -> Path:
        """Everything that was logged during the night."""
        return self.settings.log_dir / f"{self.night_id}.log"

    @property
    def report_file(self) -> Path | None:
        """The page to begin with; None where nothing was judged."""
        index = self.reports_dir / "data_docs" / "index.html"
        return index if index.is_file() else None

    def judge(self) -> Judge:
        """Return the process that judges; it begins to import when it is first asked for."""
        if self._judge is None:
            self._judge = Judge(self.log_file)
        return self._judge

    def end(self) -> None:
        """Stop the process that judges, where there is one."""
        if self._judge:
            self._judge.stop()

    def begin(self) -> None:
        """Append to `settings.nights_file` that the night begins; keep which left no end."""
        nights = read_nights(self.settings)
        ended = [number for number, night in enumerate(nights) if night["exit_code"] is not None]
        killed = nights[ended[-1] + 1 if ended else 0 :]
        if killed:
            self.record.keep(KilledBefore(tuple(night["night_id"] for night in killed)))
        self._append(self._beginning())

    def as_line(self) -> dict[str, Any]:
        """Return what has come of the night, as `settings.nights_file` keeps it."""
        return {
            **self._beginning(),
            "ended": datetime.now(UTC).isoformat(timespec="seconds"),
            **self.record.as_line(),
            "seconds": {stage: round(taken, 1) for stage, taken in self.meter.seconds.items()},
            "memory_bytes": self.meter.memory,
            "spilled_bytes": self.meter.spilled,
        }

    def write_down(self) -> None:
        """Append what has come of the night to `settings.nights_file`."""
        self._append(self.as_line())

    def _beginning(self) -> dict[str, Any]:
        as_of = self.settings.as_of
        return {
            "night_id": self.night_id,
            "started": self.started.isoformat(timespec="seconds"),
            "as_of": as_of.isoformat() if as_of else None,
        }

    def _append(self, line: dict[str, Any]) -> None:
        self.settings.nights_file.parent.mkdir(parents=True, exist_ok=True)
        with self.settings.nights_file.open("ab+") as file:
            if file.tell():
                file.seek(-1, 2)
                if file.read(1) != b"\n":  # a line that was cut short must not spoil this one
                    file.write(b"\n")
            file.write(json.dumps(line, ensure_ascii=False).encode() + b"\n")


def ignore(_stage: str, _what: str) -> None:
    """Listen to nothing."""


@contextmanager
def hold_night(
    settings: Settings, listen: Listener = ignore, judge: Judge | None = None
) -> Iterator[Night]:
    """Take the lock and open a night.

    `judge`: one that runs already. Raises NightRunningError when another process holds the lock.
    """
    from filelock import FileLock, Timeout

    settings.lock_file.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(settings.lock_file)
    try:
        lock.acquire(timeout=LOCK_WAIT)
    except Timeout:
        raise NightRunningError(
            f"Another night is running (it holds {settings.lock_file}).",
            "wait until it has ended; the lock goes with the process that holds it",
        ) from None
    try:
        started = datetime.now(UTC)
        night_id = _new_night_id(settings, started)
        with settings.workspace(NIGHT) as workspace:
            night = Night(settings, night_id, started, listen, workspace, _judge=judge)
            try:
                with night.meter.running(settings.scratch_dir):
                    yield night
            finally:
                night.end()
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
    """Return all nights, oldest first; one that has left no end is as `UNENDED` says.

    A line that a crash cut short is left out.
    """
    if not settings.nights_file.is_file():
        return []
    nights: dict[str, dict[str, Any]] = {}
    for line in settings.nights_file.read_text(encoding="utf-8", errors="replace").splitlines():
        try:
            told = json.loads(line)
        except json.JSONDecodeError:
            continue
        nights[told["night_id"]] = {**UNENDED, **told}
    return list(nights.values())


def is_night_running(settings: Settings) -> bool:
    """Return whether a process holds the lock."""
    try:
        with settings.lock_file.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False


def _new_night_id(settings: Settings, started: datetime) -> str:
    """Return the second in UTC, with a number where that second has had a night already."""
    second = f"{started:%Y-%m-%dT%H%M%SZ}"
    night_id, number = second, 1
    taken = {night["night_id"] for night in read_nights(settings)}
    while night_id in taken or any(
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
