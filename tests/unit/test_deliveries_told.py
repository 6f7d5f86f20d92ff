"""What people are told of deliveries, and how one is taken back."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import duckdb
import pytest
from loading_support import NAME, Landing, source_table
from rich.console import Console
from typer.testing import CliRunner

from orchestration import cli
from orchestration.errors import JamviktError
from orchestration.loading import IS_COUNTED, FileOutcome, Signal
from orchestration.night.night import Night, ignore
from orchestration.night.record import ExitCode, FilesRead, LandingSeen, Published
from orchestration.night.summary import print_summary
from orchestration.publishing.release import Release
from orchestration.tools.check_files import print_outcome
from orchestration.tools.withdraw import withdraw
from orchestration.workspace import Workspace
from tests.conftest import installation

if TYPE_CHECKING:
    from pathlib import Path

    from orchestration.settings import Settings

STARTED = datetime(2026, 11, 24, 3, 30, tzinfo=UTC)
FEW = {"betalning_id": ("varchar", {}), "manad": ("month", {})}
AFTER = NAME.replace("20240205", "20240212")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return installation(tmp_path)


def _told(night: Night) -> str:
    text = io.StringIO()
    print_summary(Console(file=text, width=200), night)
    return text.getvalue()


def _night(settings: Settings) -> Night:
    scratch = Workspace(settings.scratch_dir, 2**30, 2**30)
    return Night(settings, "2026-11-24T033000Z", STARTED, ignore, scratch)


def test_a_file_that_nobody_reads_ends_the_night_with_2_and_its_digits_are_masked(
    settings: Settings,
) -> None:
    night = _night(settings)
    release = Release("2026-11-24T033000Z", 1, settings.published_dir, str(STARTED), ())
    night.record.keep(Published(release))
    assert night.record.exit_code == ExitCode.PUBLISHED
    file = settings.landing_dir / "alfa" / "Zorgblat 19121212-1212.txt"
    night.record.keep(LandingSeen((file,)))
    assert night.record.exit_code == ExitCode.OPTIONAL_REFUSED
    told = _told(night)
    assert "alfa/Zorgblat 99999999-9999.txt" in told
    assert "a file was refused or read by nobody" in told
    assert "1212" not in told.replace(str(settings.published_dir), "")


def test_the_summary_tells_which_delivery_came_closest_to_a_limit(settings: Settings) -> None:
    night = _night(settings)
    for table, value in (("ansokan", 0.06), ("beslut", 0.08), ("kontakt", 0.04)):
        signals = (Signal("sex_shift", value, 0.1), Signal("empty", 0, 1))
        outcome = FileOutcome("alfa", table, f"{table}.csv", "loaded", signals=signals)
        night.record.keep(FilesRead("alfa", table, (outcome,)))
    told = _told(night)
    assert "sex_shift: alfa/beslut.csv: 0.08 of 0.1" in told
    assert "alfa/ansokan.csv" not in told
    assert "empty" not in told


def test_a_check_of_a_file_tells_its_signals() -> None:
    text = io.StringIO()
    signals = (Signal("equal_row_share", 0.25, 0.05), Signal("rows_women", 12, None))
    outcome = FileOutcome("alfa", "ansokan", NAME, "refused", "many", signals=signals)
    print_outcome(Console(file=text, width=200), outcome, with_signals=True)
    lines = [line.split() for line in text.getvalue().splitlines()]
    assert ["equal_row_share", "0.25", "of", "at", "most", "0.05"] in lines
    assert ["rows_women", "12"] in lines


@pytest.fixture
def loaded(settings: Settings, tmp_path: Path) -> Settings:
    """Two deliveries of a month, in the place where an installation has its own."""
    landing = Landing(tmp_path, source_table(FEW))
    header = "betalning_id;manad"
    landing.load_one(f"{header}\nB1;202401\n")
    landing.load_one(f"{header}\nB1;202401\nB2;202401\n", AFTER)
    settings.raw_file.parent.mkdir(parents=True)
    landing.raw_file.rename(settings.raw_file)
    return settings


def _counted(settings: Settings, as_of: datetime | None = None) -> list[str]:
    with duckdb.connect(str(settings.raw_file), read_only=True) as connection:
        rows = connection.execute(
            f"select file_name from log.delivery where {IS_COUNTED} order by 1", {"as_of": as_of}
        ).fetchall()
    return [name for (name,) in rows]


@pytest.mark.parametrize("delivery", ["2", f"prov/{AFTER}"])
def test_a_delivery_that_is_taken_back_counts_no_more_but_did_before(
    loaded: Settings, delivery: str
) -> None:
    assert _counted(loaded) == [NAME, AFTER]
    before = datetime.now(UTC)
    assert withdraw(loaded, delivery, "fel månad") == f"prov/{AFTER} (delivery 2)"
    assert _counted(loaded) == [NAME]
    assert _counted(loaded, before) == [NAME, AFTER]
    with duckdb.connect(str(loaded.raw_file), read_only=True) as connection:
        assert connection.execute(
            "select delivery_id, withdrawn_reason from log.delivery where withdrawn_at is not null"
        ).fetchall() == [(2, "fel månad")]
        assert connection.execute("select count(*) from prov.betalning").fetchall() == [(3,)]
    with pytest.raises(JamviktError, match="No delivery that counts is"):
        withdraw(loaded, "2", "igen")


def test_a_delivery_is_taken_back_from_the_command_line(
    loaded: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cli, "_settings", lambda: loaded)
    told = CliRunner().invoke(cli.app, ["withdraw", f"prov/{NAME}", "--because", "test"])
    assert (told.exit_code, "run a night to build without it" in told.output) == (0, True)
    told = CliRunner().invoke(cli.app, ["withdraw", "prov/annan.csv", "--because", "test"])
    assert (told.exit_code, "No delivery that counts" in told.output) == (3, True)
