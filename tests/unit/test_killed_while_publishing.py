"""SIGKILL at every instant in which publishing changes what is on disk, and the release after."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

from test_publishing import (
    MART,
    PAGES,
    _build_file,
    _origin,
    _publish,
    _told,
    _values,
    _workspace,
)

from orchestration.publishing.release import current_release, publish
from tests.conftest import PROJECT_DIR

if TYPE_CHECKING:
    from pathlib import Path

INSTANTS = ("os.rename", "os.rename", "os.symlink", "os.rename", "shutil.rmtree", "os.rmdir")
"""Before which publishing is killed: the folder gets its name, the register is replaced, the link
is made, the link is replaced, the old release is removed, it has lost its first folder. Python
tells them to an audit hook; `rename` is also that of `replace`."""
PROGRAM = """
import os, shutil, signal, sys
from pathlib import Path
from test_killed_while_publishing import INSTANTS, publish_as

def publish_until(instant, folder):
    to_come = list(INSTANTS)
    def follow(event, arguments):
        if to_come and event == to_come[0] and str(folder) in str(arguments):
            to_come.pop(0)
            if len(to_come) == len(INSTANTS) - instant:
                os.kill(os.getpid(), signal.SIGKILL)
    sys.addaudithook(follow)
    publish_as("new", folder)
    return len(to_come)

start = Path(sys.argv[1])
for instant in range(1, len(INSTANTS) + 2):
    folder = start.with_name(f"killed-{instant}")
    shutil.copytree(start, folder, symlinks=True)
    child = os.fork()
    if not child:
        os._exit(publish_until(instant, folder))
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert code == (0 if instant > len(INSTANTS) else -signal.SIGKILL), (instant, code)
"""


def publish_as(release_id: str, folder: Path) -> Path:
    """Publish the build file that lies in a folder, and keep one release."""
    return publish(
        folder / "build.duckdb",
        folder / "published",
        [MART],
        _origin(release_id),
        1,
        _workspace(folder),
        PAGES,
    ).folder


def _live(folder: Path) -> tuple[str, list[tuple[object, ...]]]:
    release = current_release(folder / "published")
    assert release is not None
    return release.release_id, _values(release.folder)


def test_a_kill_at_any_instant_of_publishing_leaves_a_whole_release_and_blocks_no_later_one(
    tmp_path: Path,
) -> None:
    start = tmp_path / "start"
    _publish(start, "old", [("9901", "men", 4.0, None)])
    _build_file(start, [("9901", "men", 5.0, None)])
    subprocess.run(
        [sys.executable, "-c", PROGRAM, str(start)],
        cwd=PROJECT_DIR,
        env={**os.environ, "PYTHONPATH": f"{PROJECT_DIR}:{PROJECT_DIR / 'tests' / 'unit'}"},
        check=True,
        timeout=240,
    )
    *killed, whole = sorted(tmp_path.glob("killed-*"))
    old, new = ("old", [(4.0,)]), ("new", [(5.0,)])
    assert [_live(folder) for folder in killed] == [old] * 4 + [new] * 2
    assert _live(whole) == new
    written = whole / "published" / "new" / "parquet"
    files = [file for file in written.rglob("*") if file.is_file()]
    assert files
    for folder in killed:
        after = publish_as("after", folder)
        assert _live(folder) == ("after", [(5.0,)])
        for file in files:
            same = after / "parquet" / file.relative_to(written)
            assert same.read_bytes() == file.read_bytes()
        numbers = [number for number, _ in _told(folder / "published")]
        assert numbers == list(range(1, len(numbers) + 1))
        left = {path.name for path in after.parent.iterdir()}
        assert left == {"after", "current", "releases.json"}
