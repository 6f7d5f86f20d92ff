"""Builds the vintages that a night wants and that have not been built: figures as once known.

Which they are, and where they are kept, is said in vintage_file.py.
"""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from datetime import time as time_of_day
from functools import cache
from typing import TYPE_CHECKING

from orchestration.errors import JamviktError
from orchestration.night.dbt_runner import compile_figures, remove_build_file
from orchestration.night.figure_runs import build_figures
from orchestration.night.vintage_file import (
    files_sha256,
    keep_definitions,
    keep_vintage,
    kept_definitions,
    kept_vintages,
    want,
    wanted_vintages,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import date

    from orchestration.night.dbt_runner import Project
    from orchestration.night.vintage_file import Vintage
    from orchestration.settings import Settings


@dataclass(frozen=True)
class KnownBefore:
    """An earlier state that a night compares its figures with."""

    cut_off_date: date
    is_new: bool
    """Whether this night built it."""


def ensure_vintages(
    settings: Settings,
    project: Project,
    on_vintage: Callable[[str], None] = lambda _vintage: None,
) -> list[KnownBefore]:
    """Have every wanted vintage in `settings.vintages_file`, and tell its readers which they are.

    A vintage that was built from the same definitions and the same deliveries is kept. Raises
    JamviktError where a vintage cannot be built.
    """

    @cache
    def compiled() -> Mapping[str, str]:
        return compile_figures(settings, project)

    kept = kept_vintages(settings)
    wanted = wanted_vintages(settings, definitions_sha256(settings, compiled))
    for vintage in wanted:
        if vintage not in kept:
            _build(settings, project, compiled(), vintage)
        on_vintage(f"{vintage.cut_off_date}")
    want(settings, wanted)
    return [KnownBefore(vintage.cut_off_date, vintage not in kept) for vintage in wanted]


def definitions_sha256(settings: Settings, compiled: Callable[[], Mapping[str, str]]) -> str:
    """Return the hash of all that says how an indicator is computed: compiled SQL, and seeds.

    A comment, a label or a mart is no part of it. Compiling takes seconds, so it is done once for
    every state of the files.
    """
    files = files_sha256(settings.project_dir)
    if definitions := kept_definitions(settings, files):
        return definitions
    digest = hashlib.sha256()
    for name, text in sorted(compiled().items()):
        digest.update(f"{name}\0{_without_comments(text)}\0".encode())
    keep_definitions(settings, files, digest.hexdigest())
    return digest.hexdigest()


def _without_comments(sql: str) -> str:
    """Return SQL without lines that are a comment, and without a difference of white space."""
    lines = (line.strip() for line in sql.splitlines())
    return " ".join(" ".join(line for line in lines if not line.startswith("--")).split())


def _build(
    settings: Settings, project: Project, compiled: Mapping[str, str], vintage: Vintage
) -> None:
    start = time.monotonic()
    as_of = datetime.combine(vintage.cut_off_date, time_of_day.min, UTC)
    nodes = build_figures(settings.model_copy(update={"as_of": as_of}), project, compiled)
    if failed := [node for node in nodes if node.has_failed]:
        raise JamviktError(
            f"What was known on {vintage.cut_off_date} could not be built: "
            f"{failed[0].unique_id}: {failed[0].message}",
            "mend what came by then; JAMVIKT_REVISION_VINTAGES=0 does without earlier states",
        )
    seconds = time.monotonic() - start
    keep_vintage(settings, vintage, settings.vintage_build_file, seconds)
    remove_build_file(settings.vintage_build_file)  # it holds rows of persons
