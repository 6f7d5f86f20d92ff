"""The demo never writes itself where something real is, or has ever been."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from orchestration.demo.installation import write_demo_installation
from orchestration.errors import JamviktError
from tests.conftest import PROJECT_DIR, installation
from tests.unit.test_demo_exports import source_tables

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from orchestration.settings import Settings


def write(settings: Settings) -> int:
    tables = [table for table in source_tables() if table.source_name == "socialstyrelsen"]
    with settings.workspace("demo") as workspace:
        return write_demo_installation(settings, tables, workspace, persons=1)


def files_in(folder: Path) -> set[Path]:
    return {path.relative_to(folder) for path in folder.rglob("*") if path.is_file()}


def test_a_new_installation_gets_exports_and_a_key(tmp_path: Path) -> None:
    settings = installation(tmp_path)
    assert write(settings) == len(files_in(settings.landing_dir)) > 0
    assert settings.pseudonym_key_file.stat().st_mode & 0o777 == 0o600


def test_a_demo_that_was_cut_short_is_written_to_its_end(tmp_path: Path) -> None:
    settings = installation(tmp_path)
    write(settings)
    whole = files_in(settings.landing_dir)
    settings.pseudonym_key_file.unlink()
    (settings.landing_dir / sorted(whole)[0]).unlink()
    write(settings)
    assert files_in(settings.landing_dir) == whole


def loaded(settings: Settings) -> None:
    settings.raw_file.parent.mkdir(parents=True)
    settings.raw_file.touch()


def published(settings: Settings) -> None:
    (settings.published_dir / "2026-11-24T033000Z").mkdir(parents=True)


def key(settings: Settings) -> None:
    settings.pseudonym_key_file.parent.mkdir(parents=True)
    settings.pseudonym_key_file.touch()


def link(settings: Settings) -> None:
    elsewhere = settings.data_dir.parent / "elsewhere"
    elsewhere.mkdir()
    settings.landing_dir.mkdir(parents=True)
    (settings.landing_dir / "alfa").symlink_to(elsewhere, target_is_directory=True)


def participant(settings: Settings) -> None:
    shutil.copytree(PROJECT_DIR / "seeds", settings.project_dir / "seeds")
    file = settings.project_dir / "seeds" / "participants.csv"
    file.write_text(
        file.read_text(encoding="utf-8") + "assistance_month,1499,alfa,2026-01-01,\n",
        encoding="utf-8",
    )


@pytest.mark.parametrize(
    ("real", "said"),
    [
        (loaded, "what was loaded before"),
        (published, "a publication"),
        (key, "a key"),
        (link, "a link or a mount"),
        (participant, "a municipality that exists, in seeds/participants.csv: 1499"),
    ],
)
def test_nothing_is_written_where_something_real_is(
    tmp_path: Path, real: Callable[[Settings], None], said: str
) -> None:
    project = tmp_path / "project" if real is participant else PROJECT_DIR
    settings = installation(tmp_path, project)
    real(settings)
    before = files_in(tmp_path)
    with pytest.raises(JamviktError, match=said):
        write(settings)
    assert files_in(tmp_path) == before


def test_exports_behind_a_link_are_seen_and_left_alone(tmp_path: Path) -> None:
    settings = installation(tmp_path)
    link(settings)
    real = tmp_path / "elsewhere" / "ansokan_1480_2025K2_20250715.csv"
    real.write_text("real", encoding="utf-8")
    with pytest.raises(JamviktError, match="a link or a mount"):
        write(settings)
    assert files_in(tmp_path / "elsewhere") == {real.relative_to(real.parent)}
