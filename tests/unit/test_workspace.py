"""Scratch: bounded, swept of what the dead have left, never of what the living need."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import duckdb
import pytest
from filelock import Timeout
from loading_support import HEADER, ROW, Landing, workspace

from orchestration.night.meter import LOOK_EVERY, Meter
from orchestration.workspace import open_workspace
from tests.conftest import PROJECT_DIR

LIMIT = 2**30


def test_nothing_stays_of_a_workspace_that_ended_well_or_badly(tmp_path: Path) -> None:
    def stumble(folder: Path) -> None:
        (folder / "text").write_text("Åsa", encoding="utf-8")
        assert folder.stat().st_mode & 0o777 == 0o700
        raise KeyError

    with open_workspace(tmp_path, "one", LIMIT, LIMIT) as one:
        (one.folder / "text").write_text("Åsa", encoding="utf-8")
    with pytest.raises(KeyError), open_workspace(tmp_path, "one", LIMIT, LIMIT) as one:
        stumble(one.folder)
    assert not list(tmp_path.iterdir())


def test_the_dead_are_swept_and_the_living_are_not(tmp_path: Path) -> None:
    dead = tmp_path / "night" / "read" / "text"
    dead.parent.mkdir(parents=True)
    dead.write_text("Åsa", encoding="utf-8")
    with open_workspace(tmp_path, "check-1", LIMIT, LIMIT) as living:
        assert not dead.exists()
        with open_workspace(tmp_path, "check-2", LIMIT, LIMIT):
            assert living.folder.is_dir()
        with pytest.raises(Timeout), open_workspace(tmp_path, "check-1", LIMIT, LIMIT):
            pass


def test_an_engine_spills_into_its_workspace_and_no_more_than_it_may(tmp_path: Path) -> None:
    with (
        open_workspace(tmp_path, "small", 32 * 2**20, 8 * 2**20) as small,
        small.connect(None, "held") as connection,
        pytest.raises(duckdb.OutOfMemoryException, match="max_temp_directory_size"),
    ):
        connection.execute(
            "create temp table held as select md5(cast(range as varchar)) from range(3000000)"
        )


def test_a_night_killed_while_it_reads_leaves_no_text_behind(tmp_path: Path) -> None:
    landing = Landing(tmp_path)
    landing.put("\n".join([HEADER, *[ROW] * 400_000]))
    program = (
        "import sys\n"
        "from pathlib import Path\n"
        "from tests.unit.loading_support import Landing\n"
        "if __name__ == '__main__':\n"
        "    Landing(Path(sys.argv[1])).load()\n"
    )
    killed = subprocess.Popen([sys.executable, "-c", program, str(tmp_path)], cwd=PROJECT_DIR)
    text = tmp_path / "scratch" / "load" / "read" / "0"
    _wait_until(lambda: text.exists() and text.stat().st_size > 0)
    os.kill(killed.pid, signal.SIGKILL)
    killed.wait()
    _wait_until(lambda: not (tmp_path / "scratch" / "load" / "read").exists())
    _wait_until(lambda: not (tmp_path / "scratch" / "load" / "dead").exists())
    with workspace(tmp_path) as scratch:
        assert not list(scratch.folder.iterdir()), "what was left is swept"


def test_a_reader_ends_when_ours_is_killed_after_its_workspace_has_gone(tmp_path: Path) -> None:
    Landing(tmp_path).put(f"{HEADER}\n{ROW}")
    program = (
        "import os, signal, sys\n"
        "from pathlib import Path\n"
        "from orchestration.loading import apart\n"
        "from tests.unit.loading_support import Landing\n"
        "if __name__ == '__main__':\n"
        "    Landing(Path(sys.argv[1])).load()\n"
        "    print(apart(os.getpid), flush=True)\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    command = [sys.executable, "-c", program, str(tmp_path)]
    killed = subprocess.run(
        command, cwd=PROJECT_DIR, capture_output=True, text=True, check=False, timeout=60
    )
    reader = Path(f"/proc/{int(killed.stdout)}")
    _wait_until(lambda: not reader.exists())


def _wait_until(is_so: object) -> None:
    assert callable(is_so)
    deadline = time.monotonic() + 60
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def test_a_meter_tells_the_memory_of_children_and_what_lies_in_scratch(tmp_path: Path) -> None:
    meter = Meter()
    with meter.running(tmp_path), meter.stage("outer"), meter.stage("inner"):
        (tmp_path / "spill").write_bytes(bytes(3 * 2**20))
        program = f"import time; held = bytearray(200_000_000); time.sleep({4 * LOOK_EVERY})"
        subprocess.run([sys.executable, "-c", program], check=True)
    assert meter.memory["inner"] > 200_000_000
    assert meter.spilled["inner"] >= 3 * 2**20
    assert meter.seconds["outer"] >= meter.seconds["inner"] > 2 * LOOK_EVERY
