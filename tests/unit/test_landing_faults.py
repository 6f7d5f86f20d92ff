"""What may lie in landing beside exports, and what may happen to one while it is read.

A file is refused by name, or passed over with a word; the others are read.
"""

from __future__ import annotations

import io
import os
import signal
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from loading_support import HEADER, NAME, ROW, Landing
from rich.console import Console

from orchestration.loading import apart, delivery, landing_files, unmatched_files
from orchestration.loading.reading_apart import (
    CHANGED,
    NO_FILE,
    NO_RIGHT,
    NOTHING_THERE,
    UNHASHED,
    BatchToRead,
    hash_files,
    read_batch,
)
from orchestration.night.summary import print_unclaimed
from orchestration.tools.check_files import print_check
from tests.conftest import installation

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from orchestration.loading import FileOutcome

GOOD = NAME.replace("2080", "2081")
TEXT = f"{HEADER}\n{ROW}"
NOBODY = 65534
LAY: dict[str, tuple[Callable[[Path], object], tuple[str, str]]] = {
    "a pipe": (os.mkfifo, NO_FILE),
    "a folder": (Path.mkdir, NO_FILE),
    "a link to a folder": (lambda place: place.symlink_to("."), NO_FILE),
    "a link to nothing": (lambda place: place.symlink_to("not-mounted"), NOTHING_THERE),
    "a link to itself": (
        lambda place: place.symlink_to(place.name),
        (f"the machine cannot read it: {os.strerror(40)}", "look at the disk or share it lies on"),
    ),
}


def _refused(outcome: FileOutcome, why: tuple[str, str]) -> None:
    assert (outcome.file_name, outcome.status) == (NAME, "refused")
    assert outcome.reason == f"{why[0]} (fix: {why[1]})"


@pytest.mark.parametrize("kind", LAY)
def test_what_has_the_name_of_an_export_and_is_none_is_refused_and_the_others_load(
    tmp_path: Path, kind: str
) -> None:
    landing = Landing(tmp_path)
    good = landing.put(TEXT, GOOD)
    lay, why = LAY[kind]
    lay(good.with_name(NAME))
    refused, loaded = landing.load()
    _refused(refused, why)
    assert (loaded.file_name, loaded.rows_loaded) == (GOOD, 1)
    landing.load()
    assert landing.query("select area_code, status from log.delivery order by 1") == [
        ("2080", "refused"),
        ("2081", "loaded"),
    ]


def test_a_check_of_all_that_lies_there_shows_a_folder_with_the_name_of_an_export(
    tmp_path: Path,
) -> None:
    settings = installation(tmp_path)
    name = "utbetalning_9901_202512_20260131.csv"
    (settings.landing_dir / "alfa" / name).mkdir(parents=True)
    page = io.StringIO()
    assert not print_check(Console(file=page, width=200), settings, [])
    assert f"would refuse alfa/{name}: {NO_FILE[0]}" in page.getvalue()
    assert "1 files: 1 would be refused" in page.getvalue()


@contextmanager
def _as_nobody(set_user: Callable[[int], object]) -> Iterator[None]:
    """Give up the right of root to read everything."""
    set_user(NOBODY)
    try:
        yield
    finally:
        set_user(0)


is_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")


@is_root
def test_a_file_that_may_not_be_read_is_refused_until_it_may(tmp_path: Path) -> None:
    landing = Landing(tmp_path)
    landing.put(TEXT).chmod(0o600)
    with _as_nobody(lambda user: apart(os.seteuid, user)):
        (refused,) = landing.load()
    _refused(refused, NO_RIGHT)
    assert landing.load()[0].rows_loaded == 1


@is_root
def test_a_folder_that_may_not_be_opened_is_named_and_is_no_empty_landing() -> None:
    with tempfile.TemporaryDirectory() as folder:
        landing = Path(folder)
        landing.chmod(0o755)
        (landing / "alfa").mkdir(mode=0o700)
        with _as_nobody(os.seteuid):
            assert landing_files(landing) == [landing / "alfa"]
            assert unmatched_files(landing, []) == [landing / "alfa"]
            assert "a folder that may not be opened" in _told(landing)


def _meanwhile(monkeypatch: pytest.MonkeyPatch, happen: Callable[[], object]) -> None:
    """Let something happen between the hashing of files and their reading."""

    def and_then(work: Callable[..., object], *arguments: object) -> object:
        result = apart(work, *arguments)
        if work is hash_files:
            happen()
        return result

    monkeypatch.setattr(delivery, "apart", and_then)


@pytest.mark.parametrize("how", ["written", "renamed", "removed"])
def test_what_changes_while_it_is_read_is_refused_and_read_the_next_night(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    """Else the log would hold the hash of other bytes than those whose rows it holds."""
    landing = Landing(tmp_path)
    file = landing.put(TEXT)
    landing.put(TEXT, GOOD)
    other = landing.put(f"{TEXT}\n{ROW}", ".hidden")
    happen: Callable[[], object] = {
        "written": lambda: file.write_text(TEXT.replace("B1", "B2"), encoding="cp1252"),
        "renamed": lambda: other.replace(file),
        "removed": file.unlink,
    }[how]
    with monkeypatch.context() as patched:
        _meanwhile(patched, happen)
        refused, loaded = landing.load()
    _refused(refused, NOTHING_THERE if how == "removed" else CHANGED)
    assert loaded.rows_loaded == 1
    outcomes = {outcome.file_name: outcome for outcome in landing.load()}
    assert outcomes[GOOD].status == "skipped"
    expected = {"written": 1, "renamed": 2, "removed": 0}[how]
    assert landing.query("select count(*) from prov.betalning") == [(1 + expected,)]


def _told(landing: Path) -> str:
    page = io.StringIO()
    print_unclaimed(Console(file=page, width=120), landing, unmatched_files(landing, []))
    return page.getvalue()


def test_a_name_is_shown_without_number_markup_or_what_steers_a_terminal(tmp_path: Path) -> None:
    names = [b"18900101-9802.csv", b"a\n[red]b\x1b[2J\xff.csv", "ö\u202efdp".encode()]
    for name in names:
        Path(os.fsdecode(os.fsencode(tmp_path) + b"/" + name)).write_bytes(b"x")
    told = _told(tmp_path)
    assert "99999999-9999.csv" in told
    assert "a?[red]b?[9J?.csv" in told
    assert "ö?fdp" in told
    assert told.count("\n") == 2


def test_what_is_passed_over_is_told_apart_from_files_without_a_contract(tmp_path: Path) -> None:
    (tmp_path / "alfa").symlink_to("not-mounted")
    (tmp_path / "beta.csv").write_bytes(b"x")
    told = _told(tmp_path)
    assert "alfa: it is a link to nothing" in told
    assert "beta.csv: no contract claims the name" in told


def _kill_the_reader_at(name: str, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Let the reader be killed, as by a machine that has run out, when it is given a file."""
    given: list[str] = []

    def deadly(work: Callable[..., object], *arguments: object) -> object:
        if work is read_batch:
            (batch,) = arguments
            assert isinstance(batch, BatchToRead)
            names = [file.file_name for file in batch.files]
            given.extend(names)
            if name in names:
                return apart(signal.raise_signal, signal.SIGKILL)
        return apart(work, *arguments)

    monkeypatch.setattr(delivery, "apart", deadly)
    return given


def test_a_file_whose_reader_is_killed_while_it_is_hashed_is_named_and_the_others_load(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a disk or share that hangs; its bytes are not known, so it is tried again every night."""
    landing = Landing(tmp_path)
    file = landing.put(TEXT)
    landing.put(f"{TEXT}\n{ROW}", GOOD)

    def deadly(work: Callable[..., object], *arguments: object) -> object:
        if work is hash_files:
            (files,) = arguments
            assert isinstance(files, list)
            if file in files:
                return apart(signal.raise_signal, signal.SIGKILL)
        return apart(work, *arguments)

    with monkeypatch.context() as patched:
        patched.setattr(delivery, "apart", deadly)
        refused, loaded = landing.load()
    _refused(refused, UNHASHED)
    assert (loaded.file_name, loaded.rows_loaded) == (GOOD, 2)
    assert [outcome.status for outcome in landing.load()] == ["loaded", "skipped"]


def test_a_file_whose_reader_is_killed_is_tried_once_more_and_then_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    landing = Landing(tmp_path)
    landing.put(TEXT)
    landing.put(TEXT, GOOD)
    given = _kill_the_reader_at(NAME, monkeypatch)
    for number, said in enumerate(
        ("the next night tries once more", "killed twice", "killed twice")
    ):
        given.clear()
        refused, other = landing.load()
        assert (refused.file_name, refused.status) == (NAME, "refused")
        assert said in (refused.reason or "")
        assert other.status == ("skipped" if number else "loaded")
        assert (NAME in given) == (number < 2)
    assert landing.query("select status from log.delivery order by delivery_id") == [
        ("refused",),
        ("loaded",),
        ("refused",),
    ]
    monkeypatch.undo()
    assert landing.load()[0].status == "refused", "for good"
    landing.put(f"{TEXT}\n{ROW}")
    assert landing.load()[0].rows_loaded == 2, "other bytes are another file"
