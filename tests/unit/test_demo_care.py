"""The demo's files of disability and elderly care hold the truths that were planted in them."""

from __future__ import annotations

import csv
import re
from typing import TYPE_CHECKING

import pytest

from orchestration.demo.exports import DEMO_DIR
from tests.care_in_files import care_truths, files, rows_of

if TYPE_CHECKING:
    from pathlib import Path

    from orchestration.settings import Settings


@pytest.fixture(scope="module")
def landing(demo_installation: Settings) -> Path:
    return demo_installation.landing_dir


def test_the_files_hold_the_committed_truths(landing: Path) -> None:
    with (DEMO_DIR / "epsilon" / "truths.csv").open(encoding="utf-8", newline="") as file:
        committed = {
            (row["truth"], row["source"], row["area_code"], row["period"]): int(row["value"])
            for row in csv.DictReader(file)
        }
    assert {key: value for key, value in care_truths(landing).items() if value} == committed


def test_only_test_numbers_and_ids_of_nobody_stand_in_the_files(landing: Path) -> None:
    allowed = set((DEMO_DIR / "figures/test_numbers.csv").read_text(encoding="ascii").split())
    written = {
        row.get("personnummer", row.get("Personnummer eller kundnummer", "")).replace("-", "")
        for table in ("beslut", "extern", "insats", "utfort")
        for file in files(landing, table)
        for row in rows_of(file)
    }
    strange = {n for n in written - {""} if not re.fullmatch(r"LOK\d{8}", n)} - allowed
    assert not strange


def test_hours_are_written_in_three_ways(landing: Path) -> None:
    looks = {"9901": r"\d+,\d\d", "9905": r"\d+:\d\d", "9908": r"\d+"}
    for area, look in looks.items():
        (file,) = (landing / "epsilon").glob(f"utfort_{area}_2024_*")
        hours = [row["utfört"] for row in rows_of(file) if row["insats"] == "HTJ"]
        assert len(hours) > 20
        assert all(re.fullmatch(look, text) for text in hours)
