"""A night with a file that cannot be read: what is published, and what the night ends with."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import pytest

from tests.conftest import PROJECT_DIR, DemoNight, installation, run

if TYPE_CHECKING:
    from orchestration.settings import Settings

LEDGER = "ekonomi/sie_9902_2025_20260120.se"
OPTIONAL = "collects: [ledger_entry]\n              required: false"


def installation_after(night: DemoNight, folder: Path, project_dir: Path = PROJECT_DIR) -> Settings:
    """Return an installation of its own that has all that the night left behind."""
    settings = installation(folder, project_dir)
    before = night.settings
    shutil.copytree(before.landing_dir, settings.landing_dir)
    shutil.copytree(before.published_dir, settings.published_dir, symlinks=True)
    settings.raw_file.parent.mkdir(parents=True)
    shutil.copy(before.raw_file, settings.raw_file)
    settings.pseudonym_key_file.parent.mkdir(parents=True)
    shutil.copy(before.pseudonym_key_file, settings.pseudonym_key_file)
    return settings


def live_release(settings: Settings) -> str:
    return (settings.published_dir / "current").resolve().name


def ask(settings: Settings, sql: str, *parameters: str) -> list[tuple[object, ...]]:
    with duckdb.connect(str(settings.raw_file), read_only=True) as connection:
        return connection.execute(sql, list(parameters)).fetchall()


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
    settings = installation_after(demo_night, tmp_path)
    live = live_release(settings)
    (settings.landing_dir / file).write_bytes("belopp;årtal\n".encode("utf-16"))

    night = run(settings)

    assert night.exit_code == exit_code, night.summary
    assert Path(file).name in night.summary
    assert (settings.landing_dir / file).is_file(), "a refused file stays in landing"
    assert (live_release(settings) != live) == (exit_code == 2)
    refused = ask(settings, "select status from log.delivery where file_name = ?", Path(file).name)
    assert refused == [("refused",)]


@pytest.mark.parametrize("exit_code", [2, 3], ids=["optional", "required"])
def test_a_ledger_with_a_voucher_out_of_balance_is_refused_whole_and_the_voucher_named(
    exit_code: int, demo_night: DemoNight, tmp_path: Path
) -> None:
    project = PROJECT_DIR
    if exit_code == 3:
        project = tmp_path / "project"
        for name in ("dbt_project", "seeds", "tests/data"):
            shutil.copytree(PROJECT_DIR / name, project / name)
        sources = project / "dbt_project/models/staging/ekonomi/_ekonomi__sources.yml"
        text = sources.read_text(encoding="utf-8")
        assert OPTIONAL in text
        required = text.replace(OPTIONAL, OPTIONAL.replace("false", "true"), 1)
        sources.write_text(required, encoding="utf-8")
    settings = installation_after(demo_night, tmp_path, project)
    live = live_release(settings)
    file = settings.landing_dir / LEDGER
    # one öre more in the third voucher, delivered anew
    lines = file.read_bytes().split(b"\r\n")
    starts = [number for number, line in enumerate(lines) if line.startswith(b"#VER")]
    end = lines.index(b"}", starts[2])
    row = starts[2] + 2
    amount = lines[row].split(b"} ")[1].split(b" ")[0]
    lines[row] = lines[row].replace(amount, amount[:-1] + (b"1" if amount[-1:] != b"1" else b"2"))
    file.write_bytes(b"\r\n".join(lines))
    _, series, number = lines[starts[2]].decode("cp437").split(" ")[:3]
    loaded = (
        "select count(*), sum(belopp) from ekonomi.sie "
        "where _area_code = '9902' and datum >= '2025-01-01'"
    )
    before = ask(settings, loaded)

    night = run(settings)

    assert night.exit_code == exit_code, night.summary
    told = (
        f"{LEDGER}: line {end + 1}, voucher {series} {number}: the voucher does not balance "
        "(fix: mend it in the ledger system and export the file again)"
    )
    assert told in night.summary
    assert file.is_file(), "a refused file stays in landing"
    assert (live_release(settings) != live) == (exit_code == 2)
    assert ask(settings, loaded) == before
    assert ask(
        settings,
        "select status, rows_loaded from log.delivery where file_name = ? order by delivery_id",
        Path(LEDGER).name,
    )[-1] == ("refused", 0)
