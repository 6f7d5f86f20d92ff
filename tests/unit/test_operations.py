"""What docs/operations.md and ops/ tell people to do, done."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import tomllib
from configparser import ConfigParser
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest
from loading_support import HEADER, NAME, ROW, Landing
from rich.console import Console
from test_publishing import _publish

from orchestration.errors import JamviktError
from orchestration.loading import make_key, read_key
from orchestration.night.night import check_installation, hold_night, read_nights
from orchestration.night.record import ExitCode, Published
from orchestration.publishing.register import read_register
from orchestration.publishing.release import current_release
from orchestration.settings import PROJECT_DIR, Settings
from orchestration.tools.status import print_status

PAGE = (PROJECT_DIR / "docs" / "operations.md").read_text(encoding="utf-8")
OPS = PROJECT_DIR / "ops"


def _do(heading: str, folder: Path, **variables: Path) -> None:
    """Run the lines of the page that begin with this comment, as they stand there."""
    (lines,) = re.findall(rf"```sh\n(# {heading}.*?)```", PAGE, flags=re.DOTALL)
    told = {name: str(path) for name, path in variables.items()}
    subprocess.run(
        ["sh", "-eu", "-c", lines], cwd=folder, env={**os.environ, **told}, check=True, timeout=60
    )


def _installation(folder: Path) -> Settings:
    return Settings(
        _env_file=None,
        landing_dir=folder / "data" / "landing",
        data_dir=folder / "data",
        published_dir=folder / "published",
        reports_dir=folder / "reports",
        pseudonym_key_file=folder / "data" / "keys" / "pseudonym.key",
    )


def _status(settings: Settings) -> str:
    console = Console(width=120)
    with console.capture() as captured:
        print_status(console, settings)
    return captured.get()


def test_what_is_backed_up_and_lost_is_restored_whole(tmp_path: Path) -> None:
    """One delivery is loaded and published; after the loss all goes on as if there was none."""
    folder, backup, key = tmp_path / "site", tmp_path / "backup", tmp_path / "key"
    backup.mkdir()
    settings = _installation(folder)
    make_key(settings.pseudonym_key_file)
    shutil.copy(settings.pseudonym_key_file, key)
    landing = Landing(settings.data_dir, key=read_key(settings.pseudonym_key_file))
    assert landing.load_one(f"{HEADER}\n{ROW}").status == "loaded"
    persons = "select distinct pnr_key from prov.betalning"
    (person,) = landing.query(persons)
    with hold_night(settings) as night:
        night.begin()
        _publish(folder, night.night_id)
        release = current_release(settings.published_dir)
        assert release is not None
        night.record.keep(Published(release))
        night.write_down()
    night.reports_dir.mkdir(parents=True)
    (night.reports_dir / "promises.json").write_text("[]", encoding="utf-8")
    settings.build_file.write_bytes(b"rows of persons")
    before, register = _status(settings), read_register(settings.published_dir)
    export = landing.folder / "landing" / "prov" / NAME
    sent = export.read_bytes()

    _do("Back up", folder, BACKUP=backup)
    shutil.rmtree(folder)
    folder.mkdir()
    _do("Restore", folder, BACKUP=backup, KEY=key)

    assert b"rows of persons" not in b"".join(file.read_bytes() for file in backup.iterdir())
    assert _status(settings) == before
    assert "release 1" in before
    assert "prov.betalning" in before
    assert read_register(settings.published_dir) == register
    assert [night["exit_code"] for night in read_nights(settings)] == [ExitCode.PUBLISHED]
    check_installation(settings)
    current = settings.published_dir / "current"
    manifest = json.loads((current / "manifest.json").read_text(encoding="utf-8"))
    for name, told in manifest["files"].items():
        data = (current / name).read_bytes()
        assert hashlib.sha256(data).hexdigest() == told["sha256"], name
    with duckdb.connect(str(current / "jamvikt.duckdb"), read_only=True) as connection:
        assert connection.execute("select count(*) from marts.mart_gap").fetchone() == (3,)
    assert (night.reports_dir / "promises.json").is_file()

    # It goes on: what was loaded is known, the same person is the same, numbers follow.
    landing = Landing(settings.data_dir, key=read_key(settings.pseudonym_key_file))
    landing.put(sent)
    assert [outcome.status for outcome in landing.load()] == ["skipped"]
    landing.load_one(f"{HEADER}\n{ROW.replace('B1', 'B2')}", NAME.replace("202401_", "202402_"))
    assert landing.query(persons) == [person]
    _publish(folder, "later")
    assert [entry.release_number for entry in read_register(settings.published_dir)] == [1, 2]


def test_a_backup_without_its_key_says_what_is_missing(tmp_path: Path) -> None:
    with pytest.raises(JamviktError, match="restore the key the warehouse was loaded with"):
        read_key(_installation(tmp_path).pseudonym_key_file)


def test_no_night_begins_while_a_backup_is_made(tmp_path: Path) -> None:
    settings = _installation(tmp_path)
    with hold_night(settings):
        ended = subprocess.run(
            ["flock", "--nonblock", str(settings.lock_file), "true"], check=False, timeout=10
        )
    assert ended.returncode == 1


def _unit(name: str) -> ConfigParser:
    unit = ConfigParser(interpolation=None)
    unit.optionxform = str
    unit.read(OPS / name, encoding="utf-8")
    return unit


def test_the_units_start_what_the_project_installs_and_know_its_exit_codes() -> None:
    project = tomllib.loads((PROJECT_DIR / "pyproject.toml").read_text(encoding="utf-8"))
    service = _unit("jamvikt.service")["Service"]
    program, command = service["ExecStart"].split()
    assert Path(program).name in project["project"]["scripts"]
    assert command == "nightly"
    assert service["SuccessExitStatus"] == str(int(ExitCode.OPTIONAL_REFUSED))
    assert {file.name for file in OPS.iterdir()} == set(re.findall(r"\(\.\./ops/([^)]+)\)", PAGE))


def test_the_timer_keeps_out_of_the_hour_of_the_clock_change() -> None:
    when, zone = _unit("jamvikt.timer")["Timer"]["OnCalendar"].rsplit(" ", 1)
    assert zone == "Europe/Stockholm"
    assert not 2 <= datetime.strptime(when, "*-*-* %H:%M:%S").replace(tzinfo=UTC).hour < 3


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="this machine has no systemd")
@pytest.mark.parametrize("name", sorted(file.name for file in OPS.iterdir()))
def test_systemd_reads_the_units(name: str, tmp_path: Path) -> None:
    """Their programs are not where an installation has them; nothing else is wrong."""
    for file in OPS.iterdir():
        text = file.read_text(encoding="utf-8")
        (tmp_path / file.name).write_text(
            re.sub(r"/srv/jamvikt/\.venv/bin/\S+", "/bin/true", text), encoding="utf-8"
        )
    told = subprocess.run(
        ["systemd-analyze", "verify", str(tmp_path / name)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert name not in told.stderr, told.stderr
