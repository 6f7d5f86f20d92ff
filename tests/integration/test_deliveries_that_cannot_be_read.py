"""A night with a file that cannot be read: what is published, and what the night ends with."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import pytest

from tests.conftest import WARM, DemoNight, build_over, installation_after, run
from tests.small_county import replacing

if TYPE_CHECKING:
    from orchestration.settings import Settings

LEDGER = "ekonomi/sie_9903_2025_20260120.se"
CONTRACT_OF_LEDGERS = "dbt_project/models/staging/ekonomi/_ekonomi__sources.yml"
OPTIONAL = "collects: [ledger_entry]\n              required: false"
WHAT_HAS_COME = "fct_collection indicator_collection collected quarantined_row dq_deliveries"


def live_release(settings: Settings) -> str:
    return (settings.published_dir / "current").resolve().name


def ask(settings: Settings, sql: str, *parameters: str) -> list[tuple[object, ...]]:
    with duckdb.connect(str(settings.raw_file), read_only=True) as connection:
        return connection.execute(sql, list(parameters)).fetchall()


def break_the_third_voucher(file: Path) -> str:
    """Book one öre more, and return what the refusal must say."""
    lines = file.read_bytes().split(b"\r\n")
    starts = [number for number, line in enumerate(lines) if line.startswith(b"#VER")]
    end = lines.index(b"}", starts[2])
    row = starts[2] + 2
    amount = lines[row].split(b"} ")[1].split(b" ")[0]
    lines[row] = lines[row].replace(amount, amount[:-1] + (b"1" if amount[-1:] != b"1" else b"2"))
    file.write_bytes(b"\r\n".join(lines))
    _, series, number = lines[starts[2]].decode("cp437").split(" ")[:3]
    return (
        f"{LEDGER}: line {end + 1}, voucher {series} {number}: the voucher does not balance "
        "(fix: mend it in the ledger system and export the file again)"
    )


@pytest.mark.parametrize(
    ("file", "exit_code"),
    [
        ("alfa/kontakt_9901_202601_20260210.csv", 2),
        ("alfa/utbetalning_9901_202601_20260210.csv", 3),
    ],
    ids=["optional", "required"],
)
def test_unreadable_deliveries_are_refused_whole_and_named_and_a_required_one_stops_the_night(
    file: str,
    exit_code: int,
    small_night: DemoNight,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Text in a wrong encoding, and a ledger delivered anew with a voucher out of balance.

    Nothing has come that figures are made of, so of them only what has been collected is built.
    """
    build_over(monkeypatch, small_night.settings.build_file, WHAT_HAS_COME)
    settings = installation_after(small_night, tmp_path)
    live = live_release(settings)
    (settings.landing_dir / file).write_bytes("belopp;årtal\n".encode("utf-16"))
    told = break_the_third_voucher(settings.landing_dir / LEDGER)
    loaded = (
        "select count(*), sum(belopp) from ekonomi.sie "
        "where _area_code = '9903' and datum >= '2025-01-01'"
    )
    before = ask(settings, loaded)

    if exit_code == 3:
        required = replacing(OPTIONAL, OPTIONAL.replace("false", "true"))
        with WARM.small_project.changed({CONTRACT_OF_LEDGERS: required}) as project:
            night = run(settings, project)
    else:
        night = run(settings)

    assert night.exit_code == exit_code, night.summary
    assert Path(file).name in night.summary
    assert told in night.summary
    if exit_code == 3:
        for table in ("alfa.utbetalning", "ekonomi.sie"):
            assert f"Required source {table}" in night.summary
    assert (live_release(settings) != live) == (exit_code == 2)
    if exit_code == 2:
        collected = "from facts.fct_collection order by all"
        assert night.query(collected) == small_night.query(collected)
    assert ask(settings, loaded) == before
    for name, deliveries in ((file, 1), (LEDGER, 2)):
        assert (settings.landing_dir / name).is_file(), "a refused file stays in landing"
        found = ask(
            settings,
            "select status, rows_loaded from log.delivery where file_name = ? order by delivery_id",
            Path(name).name,
        )
        assert len(found) == deliveries
        assert found[-1] == ("refused", 0)
