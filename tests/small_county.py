"""A county of three municipalities, for tests of what a night does; figures are tried on the demo.

Its exports are the demo's. Its project is a copy of ours in which nobody else takes part, and whose
indicators are broken down by one axis at a time: three cells of every five.
"""

from __future__ import annotations

import re
import shutil
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from orchestration.night.dbt_runner import Project
    from orchestration.settings import Settings

INDICATORS = "dbt_project/models/indicators"
PARTICIPANTS = "seeds/participants.csv"
MUNICIPALITIES = ("9901", "9903", "9907")
"""Two with the one case system, whose ledgers are SIE, and one with the other."""
OTHERS = re.compile(rf"(?!{'|'.join(MUNICIPALITIES)})99\d\d")
BY_TWO_AXES = re.compile(r"(?<=\]), \[\w+(?:, \w+)+\]")
"""In the blocks of the registry, where a breakdown by one axis comes first."""


def copy_landing(landing_dir: Path, folder: Path) -> None:
    """Copy the exports of the three, and those that are of no municipality."""

    def of_others(_folder: str, names: Sequence[str]) -> list[str]:
        return [name for name in names if any(map(OTHERS.fullmatch, name.split("_")))]

    shutil.copytree(landing_dir, folder, ignore=of_others)


class SmallProject:
    """A copy of the project for the three; tests may change it for a while.

    It is parsed in one place, so that dbt reads only what a test has changed.
    """

    def __init__(self, settings: Settings, project_dir: Path) -> None:
        """Copy what a night reads of a project to that of the settings, and parse it."""
        self.settings = settings
        for name in ("dbt_project", "seeds", "tests/data"):
            shutil.copytree(project_dir / name, settings.project_dir / name)
        participants = settings.project_dir / PARTICIPANTS
        rows = participants.read_text(encoding="utf-8").splitlines(keepends=True)
        participants.write_text(
            "".join(row for row in rows if not OTHERS.fullmatch(row.split(",")[1])),
            encoding="utf-8",
        )
        for blocks in (settings.project_dir / INDICATORS).glob("*.yml"):
            blocks.write_text(
                BY_TWO_AXES.sub("", blocks.read_text(encoding="utf-8")), encoding="utf-8"
            )
        project = self._parse()
        kept = project.manifest_file.with_name("unchanged.json")
        shutil.copy(project.manifest_file, kept)
        self.unchanged = replace(project, manifest_file=kept)

    def _parse(self) -> Project:
        from orchestration.night.dbt_runner import parse

        return parse(self.settings)

    @contextmanager
    def changed(self, changes: Mapping[str, Callable[[str], str]]) -> Iterator[Project]:
        """Parse the project with files changed or, from the empty text, added."""
        files = {self.settings.project_dir / name: change for name, change in changes.items()}
        before = {file: file.read_text(encoding="utf-8") for file in files if file.exists()}
        try:
            for file, change in files.items():
                file.parent.mkdir(exist_ok=True)
                file.write_text(change(before.get(file, "")), encoding="utf-8")
            yield self._parse()
        finally:
            for file in files:
                if file in before:
                    file.write_text(before[file], encoding="utf-8")
                else:
                    file.unlink(missing_ok=True)


def replacing(old: str, new: str) -> Callable[[str], str]:
    """Change the first of what must be there to be changed."""

    def replaced(text: str) -> str:
        assert old in text, f"there is nothing to change: {old}"
        return text.replace(old, new, 1)

    return replaced
