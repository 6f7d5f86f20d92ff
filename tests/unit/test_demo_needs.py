"""The demo's files of needs and violence hold the truths that were planted in them."""

from __future__ import annotations

import csv
import re
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from orchestration.demo.exports import DEMO_DIR
from tests.needs_in_files import Files, rows_of, twelve_digits

if TYPE_CHECKING:
    from orchestration.settings import Settings

AREA, YEAR = "9901", 2025


@pytest.fixture(scope="module")
def files(demo_installation: Settings) -> Files:
    return Files(demo_installation.landing_dir)


def recomputed_truths(files: Files) -> Counter[tuple[str, str, str, str]]:
    truths: Counter[tuple[str, str, str, str]] = Counter()
    for client in files.clients:
        area, person, year = client
        if (area, year) != (AREA, YEAR):
            continue
        facts = {
            "clients": True,
            "clients_with_several_needs": len(files.areas(client)) >= 2,
            "asked": files.told(client, "fragad"),
            "asked_and_exposed": files.told(client, "fragad", "utsatt"),
            "asked_and_perpetrators": files.told(client, "fragad", "utovare"),
            "exposed_and_perpetrators": files.told(client, "utsatt")
            and files.told(client, "utovare"),
            "exposed": files.told(client, "utsatt"),
            "exposed_offered_support": files.told(client, "stod_utsatt_erbjudet"),
            "exposed_started_support": files.told(client, "stod_utsatt_paborjat"),
            "perpetrators_offered_support": files.told(client, "stod_utovare_erbjudet"),
            "perpetrators_started_support": files.told(client, "stod_utovare_paborjat"),
        }
        for fact, is_true in facts.items():
            truths[f"{fact}_{files.sex(person, year)}", "", area, str(year)] += is_true
    for file in sorted((files.landing / "delta").iterdir()):
        table, area, *period, _ = file.stem.split("_")
        truths["files", f"delta.{table}", "", ""] += 1
        if table == "behov":
            for row in rows_of(file, "utf-8-sig"):
                truths["rows_in_files", "delta.behov", "", ""] += 1
                truths["rows_at_fault", "delta.behov", area, period[0]] += row["niva_start"] == "4"
            truths["deliveries", "delta.behov", area, period[0]] += 1
    for occasion in files.occasions:
        truths["rows_in_files", "delta.vald", "", ""] += 1
        answers = occasion.answers
        truths["told_without_being_asked", "", "", str(occasion.day.year)] += bool(
            answers["utsatt"] and not answers["fragad"]
        )
    return truths


def test_the_files_hold_the_committed_truths(files: Files) -> None:
    with (DEMO_DIR / "delta" / "truths.csv").open(encoding="utf-8", newline="") as file:
        committed = {
            (row["truth"], row["source"], row["area_code"], row["period"]): int(row["value"])
            for row in csv.DictReader(file)
        }
    found = {
        key: value
        for key, value in recomputed_truths(files).items()
        # a delivery is a truth where it is one of several
        if value > (key[0] == "deliveries")
    }
    assert found == committed


def test_only_test_numbers_and_ids_of_nobody_stand_in_the_files(files: Files) -> None:
    allowed = set((DEMO_DIR / "figures/test_numbers.csv").read_text(encoding="ascii").split())
    written = {
        row["klient"]
        for file in (files.landing / "delta").glob("behov_*")
        for row in rows_of(file, "utf-8-sig")
    }
    written |= {occasion.answers["klient"] or "" for occasion in files.occasions}
    numbers = {twelve_digits(number) for number in written - {""}}
    strange = {n for n in numbers if not re.fullmatch(r"(LOK|DEMO)-\d{8}", n)} - allowed
    assert not strange


def test_the_screening_rate_rises_and_prevalence_among_the_asked_stays(files: Files) -> None:
    """What the demo is to show: more is discovered because more are asked."""
    for sex, rise in (("women", 0.15), ("men", 0.2)):
        rates, prevalences = [], []
        for year in (2023, 2025):
            seen = [
                client
                for client in files.occasions_of
                if client[2] == year and files.sex(client[1], year) == sex
            ]
            asked = [client for client in seen if files.told(client, "fragad")]
            exposed = [client for client in asked if files.told(client, "fragad", "utsatt")]
            rates.append(len(asked) / len(seen))
            prevalences.append(len(exposed) / len(asked))
        assert rates[1] - rates[0] > rise, sex
        assert abs(prevalences[1] - prevalences[0]) < 0.04, sex
