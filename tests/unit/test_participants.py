"""Which sources are in use, and of whom a required table is required."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

import pytest
from loading_support import (
    FROM,
    HEADER,
    NAME,
    NOW,
    PARTICIPANTS,
    ROW,
    UNTIL,
    Landing,
    source_table,
)

from orchestration.loading import FileOutcome, read_participants
from orchestration.loading.file_name import Coverage
from orchestration.loading.outcome import UnreadableFileError
from orchestration.loading.participants import Owed
from tests.conftest import PROJECT_DIR, WARM

if TYPE_CHECKING:
    from pathlib import Path

    from orchestration.loading.outcome import Status

TODAY = date(2024, 3, 1)
REQUIRED = source_table(required=True, collects=["payment"])
TWO = replace(
    PARTICIPANTS,
    owed=(
        Owed("payment", "2080", "prov", FROM, UNTIL),
        Owed("payment", "2081", "prov", date(2024, 3, 1), UNTIL),
        Owed("payment", "2082", "prov", FROM, date(2024, 2, 29)),
        Owed("visit", "9901", "prov", FROM, UNTIL),
        Owed("payment", "9902", "annan", FROM, UNTIL),
        Owed("derived", "2083", "", FROM, UNTIL),
    ),
)
"""2081 begins today, 2082 has left, 9901 owes something else of the source, 9902 has another."""


def _came(area: str, status: Status = "loaded", reason: str | None = None) -> FileOutcome:
    return FileOutcome("prov", "betalning", NAME.replace("2080", area), status, reason)


@pytest.mark.parametrize(
    ("outcomes", "said"),
    [
        ([_came("2080"), _came("2081", "skipped")], None),
        ([], "of 2080, 2081"),
        ([_came("2080")], "of 2081"),
        ([_came("2080"), _came("2081", "skipped", "it was taken back")], "of 2081"),
        ([_came("2080"), _came("2081"), _came("2081", "refused", "why")], "1 of 3 files refused"),
        ([_came("2080"), _came("2081"), _came("2082", "refused", "why")], None),
        ([_came("2080"), _came("2081"), _came("9901", "refused", "why")], None),
    ],
)
def test_a_table_is_required_of_those_that_owe_it_today(
    outcomes: list[FileOutcome], said: str | None
) -> None:
    fault = TWO.fault_of(REQUIRED, outcomes, TODAY)
    assert fault is None if said is None else said in str(fault)


def test_of_a_source_that_nobody_names_nothing_is_required() -> None:
    others = replace(TWO, owed=tuple(row for row in TWO.owed if row.source_name != "prov"))
    assert others.fault_of(REQUIRED, [], TODAY) is None
    assert others.fault_of(REQUIRED, [_came("2080", "refused", "why")], TODAY) is None


def test_what_is_not_required_may_fail() -> None:
    optional = source_table(collects=["payment"])
    assert TWO.fault_of(optional, [_came("2080", "refused", "why")], TODAY) is None


def test_a_file_without_an_area_in_its_name_is_whoever_rows_it_holds() -> None:
    whole = source_table(required=True, files="betalning_{period}.csv")
    file = FileOutcome("prov", "betalning", "betalning_202401.csv", "loaded")
    assert TWO.fault_of(whole, [file], TODAY) is None
    assert "1 of 1 files refused" in str(
        TWO.fault_of(whole, [replace(file, status="refused", reason="why")], TODAY)
    )


def test_a_file_of_another_system_than_the_area_names_is_refused_with_the_fix(
    tmp_path: Path,
) -> None:
    landing = Landing(tmp_path, participants=TWO)
    outcome = landing.load_one(f"{HEADER}\n{ROW}\n", NAME.replace("2080", "9902"))
    assert outcome.status == "refused"
    assert "area 9902 is no participant with the source prov" in str(outcome.reason)
    assert "name the source beside the area in seeds/participants.csv" in str(outcome.reason)


@pytest.mark.parametrize(
    ("source", "taken"),
    [
        ("forbattring", {"9901": True, "9907": True}),
        ("alfa", {"9901": True, "9907": False}),
        ("beta", {"9901": False, "9907": True}),
    ],
)
def test_a_source_that_collects_nothing_takes_any_participant(
    source: str, taken: dict[str, bool]
) -> None:
    """As the register of improvements does, which no fact waits for."""
    tables = WARM.project.manifest.sources
    participants = read_participants(PROJECT_DIR, tables)
    table = next(table for table in tables if table.source_name == source)
    for area, is_taken in taken.items():
        coverage = Coverage(area, None, None, None, NOW, (None,))
        with nullcontext() if is_taken else pytest.raises(UnreadableFileError):
            participants.check(table, coverage)


def test_every_municipality_of_the_demo_owes_what_its_own_systems_collect() -> None:
    participants = read_participants(PROJECT_DIR, WARM.project.manifest.sources)
    required = [table for table in WARM.project.manifest.sources if table.contract.required]
    for table in required:
        fault = participants.fault_of(table, [], date(2026, 3, 1))
        assert f"{table.source_name}/{table.contract.files} in landing of" in str(fault)
    assert {table.source_name for table in required} == {"alfa", "beta", "scb"}
