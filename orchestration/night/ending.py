"""How a night ends: what is too old is removed, its line written, and who wants to know told.

What goes wrong here is told, and changes neither the exit code nor what is published.
"""

from __future__ import annotations

import logging
import re
import shutil
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from orchestration.night.after_night import tell
from orchestration.night.record import Warned

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from orchestration.night.night import Night
    from orchestration.settings import Settings

logger = logging.getLogger(__name__)

NIGHT_ID = re.compile(r"(\d{4}-\d\d-\d\dT\d{6}Z)(-\d+)?")
LATEST = "latest"
"""Link of the reports to the newest of them."""


def end_night(night: Night) -> None:
    """End a night whose steps have ended; its lock is still held."""
    with warned(night):
        prune(night.settings, night.started)
    with warned(night):
        night.write_down()
    with warned(night):
        tell(night)


@contextmanager
def warned(night: Night) -> Iterator[None]:
    """Keep what goes wrong as a warning of the night, and go on."""
    try:
        yield
    except Exception as error:
        logger.exception("The night goes on.")
        night.record.keep(Warned(str(error)))


def prune(settings: Settings, now: datetime) -> None:
    """Remove logs and reports of nights that began more than `keep_days` ago.

    Those of a release that is still there stay, and so does the newest report. What has not the
    name of a night is not ours. Dagster's runs are pruned in its own room.
    """
    before = keep_from(settings, now)
    kept = {path.resolve().name for path in _in(settings.published_dir)}
    kept.add((settings.reports_dir / LATEST).resolve().name)
    for path in (*_in(settings.log_dir), *_in(settings.reports_dir)):
        night_id = path.name.removesuffix(".log")
        began = _began(night_id)
        if path.is_symlink() or night_id in kept or began is None or began >= before:
            continue
        shutil.rmtree(path) if path.is_dir() else path.unlink()
        logger.info("removed %s: older than %s days", path, settings.keep_days)


def keep_from(settings: Settings, now: datetime) -> datetime:
    """Return the moment from which on things are kept."""
    return now - timedelta(days=settings.keep_days)


def _in(folder: Path) -> list[Path]:
    return sorted(folder.iterdir()) if folder.is_dir() else []


def _began(night_id: str) -> datetime | None:
    match = NIGHT_ID.fullmatch(night_id)
    if match is None:
        return None
    try:
        return datetime.strptime(match[1], "%Y-%m-%dT%H%M%SZ").replace(tzinfo=UTC)
    except ValueError:  # a day that no calendar has
        return None
