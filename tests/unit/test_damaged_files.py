"""Database files that are cut, overwritten, in use or on a full disk: what is said, what is lost.

Whatever is wrong, the message names the file and the fix that mends it, and no other.
"""

from __future__ import annotations

import logging
import os
import resource
import subprocess
import sys
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

import duckdb
import pytest
from loading_support import HEADER, ROW, Landing, workspace
from test_publishing import MART, PAGES, _build_file, _origin, _publish, _values, _workspace
from typer.testing import CliRunner

from orchestration.cli import app
from orchestration.errors import JamviktError
from orchestration.loading import RESTORE_RAW, apart, open_raw
from orchestration.night.build_file import read_figures, write_verdicts
from orchestration.night.run import _log_to
from orchestration.night.vintage_file import (
    RESTORE_VINTAGES,
    kept_vintages,
    make_history,
    want,
    wanted_vintages,
)
from orchestration.publishing.files import REBUILD
from orchestration.publishing.release import REPUBLISH, current_release, publish
from orchestration.tools.leaflet import write_leaflet
from orchestration.tools.status import freshness
from tests.conftest import installation

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from orchestration.settings import Settings

BLOCK = 4096
DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda _: b"",
    "cut in its first block": lambda whole: whole[:100],
    "cut in its first blocks": lambda whole: whole[: 4 * BLOCK],
    "no database": lambda whole: b"x" * len(whole),
    "overwritten": lambda whole: whole[:BLOCK] + bytes(2 * BLOCK) + whole[3 * BLOCK :],
}


def _damage(file: Path, damage: str) -> None:
    whole = file.read_bytes()
    file.chmod(0o644)
    file.write_bytes(DAMAGES[damage](whole))


def _rows(file: Path) -> None:
    """Write a database of more than one block."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with duckdb.connect(str(file)) as connection:
        connection.execute("create table t as select md5(cast(range as varchar)) from range(50000)")


@contextmanager
def _held_by_another(file: Path) -> Iterator[None]:
    """Let another process have the file open to write."""
    program = (
        "import duckdb, sys\n"
        "connection = duckdb.connect(sys.argv[1])\n"
        "print('open', flush=True)\n"
        "sys.stdin.read()\n"
    )
    holder = subprocess.Popen(
        [sys.executable, "-c", program, str(file)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert holder.stdout
    assert holder.stdout.readline() == "open\n"
    try:
        yield
    finally:
        holder.communicate("")


def _open_raw(settings: Settings) -> None:
    with (
        workspace(settings.data_dir) as scratch,
        open_raw(settings.raw_file, scratch) as connection,
    ):
        connection.execute("from t").fetchall()


USERS: dict[str, tuple[str, Callable[[Settings], object], str]] = {
    "loading": ("raw_file", _open_raw, RESTORE_RAW),
    "status": ("raw_file", freshness, RESTORE_RAW),
    "vintages wanted": ("raw_file", lambda its: wanted_vintages(its, "x"), RESTORE_RAW),
    "vintages kept": ("vintages_file", kept_vintages, RESTORE_VINTAGES),
    "vintages told": ("vintages_file", lambda its: want(its, []), RESTORE_VINTAGES),
    "figures": ("build_file", lambda its: read_figures(its.build_file), REBUILD),
    "verdicts": (
        "build_file",
        lambda its: write_verdicts(its.build_file, [], "night", datetime.now(UTC), None),
        REBUILD,
    ),
}


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("user", USERS)
def test_a_damaged_database_is_told_with_its_own_fix(
    tmp_path: Path, user: str, damage: str
) -> None:
    settings = installation(tmp_path)
    name, use, fix = USERS[user]
    file = getattr(settings, name)
    _rows(file)
    _damage(file, damage)
    with pytest.raises(JamviktError, match="is damaged") as told:
        use(settings)
    assert str(file) in told.value.message
    assert told.value.fix == fix


@pytest.mark.parametrize("user", USERS)
def test_a_database_that_another_process_has_open_is_no_damaged_one(
    tmp_path: Path, user: str
) -> None:
    settings = installation(tmp_path)
    name, use, _ = USERS[user]
    file = getattr(settings, name)
    _rows(file)
    with (
        _held_by_another(file),
        pytest.raises(JamviktError, match="in use by another process") as told,
    ):
        use(settings)
    assert "wait until the night that runs has ended" in told.value.fix


@pytest.mark.parametrize("is_cut", [False, True])
def test_damage_among_the_rows_is_found_when_they_are_read(tmp_path: Path, is_cut: bool) -> None:
    """Opening a file does not read it whole."""
    settings = installation(tmp_path)
    _rows(settings.raw_file)
    whole = settings.raw_file.read_bytes()
    wrong = whole[: 3 * BLOCK + 100] + os.urandom(BLOCK) + whole[4 * BLOCK + 100 :]
    settings.raw_file.write_bytes(whole[: len(whole) // 2] if is_cut else wrong)
    with pytest.raises(JamviktError, match="is damaged") as told:
        _open_raw(settings)
    assert told.value.fix == RESTORE_RAW


def test_a_damaged_file_ends_the_command_with_3_and_no_traceback(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JAMVIKT_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("JAMVIKT_PUBLISHED_DIR", str(tmp_path / "published"))
    settings = installation(tmp_path)
    make_history(settings)
    _damage(settings.vintages_file, "cut in its first blocks")
    outcome = CliRunner().invoke(app, ["status"])
    assert outcome.exit_code == 3
    assert f"fix: {RESTORE_VINTAGES}" in outcome.stderr
    assert "Traceback" not in outcome.output


def test_a_damaged_database_of_the_release_is_told(tmp_path: Path) -> None:
    """Its size is as it was, so that only who reads it can know."""
    settings = installation(tmp_path)
    folder = _publish(tmp_path)
    _damage(folder / "jamvikt.duckdb", "overwritten")
    with pytest.raises(JamviktError, match="is damaged") as told:
        write_leaflet(settings, "9901", 2025, tmp_path)
    assert told.value.fix == REPUBLISH


@pytest.mark.parametrize("wrong", ["removed", "cut", "manifest removed", "folder removed"])
def test_a_release_whose_files_are_not_those_of_its_manifest_is_not_live(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wrong: str
) -> None:
    monkeypatch.setenv("JAMVIKT_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("JAMVIKT_PUBLISHED_DIR", str(tmp_path / "published"))
    _publish(tmp_path, "a")
    folder = _publish(tmp_path, "b")
    assert "= release 2 (b)" in CliRunner().invoke(app, ["status"]).output
    file = folder / "csv" / "marts" / "mart_gap.csv"
    if wrong == "removed":
        file.unlink()
    elif wrong == "cut":
        file.chmod(0o644)
        file.write_bytes(file.read_bytes()[:-1])
    elif wrong == "manifest removed":
        (folder / "manifest.json").unlink()
    else:
        folder.rename(tmp_path / "elsewhere")
    with pytest.raises(JamviktError) as told:
        current_release(folder.parent)
    assert told.value.fix == REPUBLISH
    said = CliRunner().invoke(app, ["status"]).output
    assert "= release" not in said
    assert "fix: run a night" in said
    assert _values(_publish(tmp_path, "c")), "the next release heals it"
    assert "= release 3 (c)" in CliRunner().invoke(app, ["status"]).output


@contextmanager
def _files_no_larger_than(
    most: int, set_limit: Callable[..., object] = resource.setrlimit
) -> Iterator[None]:
    """Let files of this process, or another, not grow, as on a disk that is full."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    set_limit(resource.RLIMIT_FSIZE, (most, hard))
    try:
        yield
    finally:
        set_limit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize("is_reading", [False, True])
def test_a_full_disk_while_loading_loses_nothing_and_says_so(
    tmp_path: Path, is_reading: bool
) -> None:
    """Full where the rows go, and full where their text lies for a moment."""
    landing = Landing(tmp_path)
    landing.load_one(f"{HEADER}\n{ROW}")
    landing.put("\n".join([HEADER, *[ROW] * 1_500]), "betalning_2081_202401_20240205.csv")
    of_the_reader = partial(apart, resource.setrlimit)
    with (
        _files_no_larger_than(20_000, of_the_reader if is_reading else resource.setrlimit),
        pytest.raises(JamviktError, match="no room left to write") as told,
    ):
        landing.load()
    assert told.value.fix.startswith("make room on disk")
    counted = "select count(*), count(distinct _delivery_id) from prov.betalning"
    assert landing.query(counted) == [(1, 1)]
    assert [outcome.status for outcome in landing.load()] == ["skipped", "loaded"]
    assert landing.query(counted) == [(1_501, 2)]


def test_a_full_disk_while_publishing_leaves_what_is_live(tmp_path: Path) -> None:
    live = _publish(tmp_path, "a")
    rows = [(str(number), "men", number / 7, os.urandom(99).hex()) for number in range(300)]
    build_file = _build_file(tmp_path / "full", rows)
    arguments = (live.parent, [MART], _origin("b"), 10, _workspace(tmp_path), PAGES)
    with (
        _files_no_larger_than(20_000),
        pytest.raises(JamviktError, match="no room left to write") as told,
    ):
        publish(build_file, *arguments)
    assert ".unfinished-b" in told.value.message
    release = current_release(live.parent)
    assert release is not None
    assert release.release_id == "a"
    assert sorted(path.name for path in live.parent.iterdir()) == ["a", "current", "releases.json"]
    assert len(_values(publish(build_file, *arguments).folder)) == len(rows)


def test_a_log_that_cannot_be_written_neither_ends_the_night_nor_fills_the_terminal(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "logs" / "night.log"
    with _files_no_larger_than(200), _log_to(file):
        for number in range(9):
            logging.getLogger("night").warning("%s%s", number, "x" * 100)
    assert file.read_text(encoding="utf-8").count("WARNING") <= 2
    assert capfd.readouterr().err == ""
