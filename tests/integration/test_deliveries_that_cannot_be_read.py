"""A night with a file that cannot be read: what is published, and what the night ends with."""

from __future__ import annotations

import shutil
from pathlib import Path

import duckdb
import pytest

from tests.conftest import DemoNight, installation, run


@pytest.mark.parametrize(
    ("file", "exit_code"),
    [
        ("alfa/kontakt_9901_202601_20260210.csv", 2),
        ("alfa/utbetalning_9901_202601_20260210.csv", 3),
    ],
    ids=["optional", "required"],
)
def test_an_unreadable_delivery_is_named_and_a_required_one_stops_the_night(
    file: str, exit_code: int, demo_night: DemoNight, tmp_path: Path
) -> None:
    settings = installation(tmp_path)
    before = demo_night.settings
    shutil.copytree(before.landing_dir, settings.landing_dir)
    shutil.copytree(before.published_dir, settings.published_dir, symlinks=True)
    settings.raw_file.parent.mkdir(parents=True)
    shutil.copy(before.raw_file, settings.raw_file)
    settings.pseudonym_key_file.parent.mkdir(parents=True)
    shutil.copy(before.pseudonym_key_file, settings.pseudonym_key_file)
    live = (settings.published_dir / "current").resolve().name
    (settings.landing_dir / file).write_bytes("belopp;årtal\n".encode("utf-16"))

    night = run(settings)

    assert night.exit_code == exit_code, night.summary
    assert Path(file).name in night.summary
    assert (settings.landing_dir / file).is_file(), "a refused file stays in landing"
    is_published = (settings.published_dir / "current").resolve().name != live
    assert is_published == (exit_code == 2)
    with duckdb.connect(str(settings.raw_file), read_only=True) as connection:
        refused = connection.execute(
            "select status from log.delivery where file_name = ?", [Path(file).name]
        ).fetchall()
    assert refused == [("refused",)]
