"""Database files that are cut, overwritten, in use or on a full disk: what is said, what is lost.

Whatever is wrong, the message names the file and the fix that mends it, and no other.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

import duckdb
import pytest
from loading_support import HEADER, ROW, Landing, workspace
from test_publishing import _build_file, _publish, _values
from typer.testing import CliRunner

from orchestration.cli import app
from orchestration.errors import JamviktError
from orchestration.loading import RESTORE_RAW, open_raw
from orchestration.night.build_file import read_figures, write_verdicts
from orchestration.night.vintage_file import (
    RESTORE_VINTAGES,
    kept_vintages,
    make_history,
    want,
    wanted_vintages,
)
from orchestration.publishing.files import REBUILD
from orchestration.publishing.release import REPUBLISH, current_release
from orchestration.tools.leaflet import write_leaflet
from orchestration.tools.status import freshness
from tests.conftest import PROJECT_DIR, installation

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
        lambda its: write_verdicts(its.build_file, [], "night", its.as_of, None),  # type: ignore[arg-type]
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


FULL = """
import resource, sys
from pathlib import Path
from orchestration.errors import JamviktError
if __name__ == "__main__":
    most = int(sys.argv[2])
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
    try:
        {work}
    except JamviktError as error:
        print(error)
        sys.exit(3)
"""


def _with_files_no_larger_than(most: int, work: str, folder: Path) -> tuple[int, str]:
    """Do work in a process whose files may not grow, as on a disk that is full."""
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[0] == resource.RLIM_INFINITY
    ended = subprocess.run(
        [sys.executable, "-c", FULL.format(work=work), str(folder), str(most)],
        cwd=PROJECT_DIR,
        env={**os.environ, "PYTHONPATH": str(PROJECT_DIR / "tests" / "unit")},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    return ended.returncode, ended.stdout + ended.stderr


@pytest.mark.parametrize(("most", "place"), [(400_000, "raw.duckdb"), (80_000, "")])
def test_a_full_disk_while_loading_loses_nothing_and_says_so(
    tmp_path: Path, most: int, place: str
) -> None:
    """Full where the rows go, and full where their text lies for a moment."""
    landing = Landing(tmp_path)
    landing.load_one(f"{HEADER}\n{ROW}")
    rows = "\n".join(f"{ROW.replace('B1', os.urandom(9).hex())}" for _ in range(1_500))
    landing.put(f"{HEADER}\n{rows}", "betalning_2081_202401_20240205.csv")
    work = "from loading_support import Landing; Landing(Path(sys.argv[1])).load()"
    code, said = _with_files_no_larger_than(most, work, tmp_path)
    assert code == 3, said
    assert place in said
    assert "fix: make room on disk" in said
    counted = "select count(*), count(distinct _delivery_id) from prov.betalning"
    assert landing.query(counted) == [(1, 1)]
    assert [outcome.status for outcome in landing.load()] == ["skipped", "loaded"]
    assert landing.query(counted) == [(1_501, 2)]


def test_a_full_disk_while_publishing_leaves_what_is_live(tmp_path: Path) -> None:
    live = _publish(tmp_path, "a")
    build_file = _build_file(tmp_path / "full", [])
    with duckdb.connect(str(build_file)) as connection:
        connection.execute(
            "insert into marts.mart_gap select md5(cast(range as varchar)), 'men', random(), "
            "md5(cast(random() as varchar)) from range(50000)"
        )
    work = (
        "import test_publishing as its; from orchestration.publishing.release import publish; "
        "publish(Path(sys.argv[1]) / 'full/build.duckdb', Path(sys.argv[1]) / 'published', "
        "[its.MART], its._origin('b'), 10, its._workspace(Path(sys.argv[1])), its.PAGES)"
    )
    code, said = _with_files_no_larger_than(1_000_000, work, tmp_path)
    assert code == 3, said
    assert "fix: make room on disk" in said
    release = current_release(live.parent)
    assert release is not None
    assert release.release_id == "a"
    assert sorted(path.name for path in live.parent.iterdir()) == ["a", "current", "releases.json"]
    assert _publish(tmp_path, "b").name == "b"
