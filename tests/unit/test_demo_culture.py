"""The demo's files of culture school and project funds hold the truths planted in them."""

from __future__ import annotations

import csv
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from orchestration.demo.exports import DEMO_DIR
from tests.culture_in_files import COURSES, Funds, children_in_courses, dissimilarity
from tests.needs_in_files import rows_of, twelve_digits

if TYPE_CHECKING:
    from pathlib import Path

    from orchestration.settings import Settings

AREA, YEAR = "9903", 2025
Truths = Counter[tuple[str, str, str, str]]


@pytest.fixture(scope="module")
def landing(demo_installation: Settings) -> Path:
    return demo_installation.landing_dir


def committed(source: str) -> Truths:
    with (DEMO_DIR / source / "truths.csv").open(encoding="utf-8", newline="") as file:
        return Counter(
            {
                (row["truth"], row["source"], row["area_code"], row["period"]): int(row["value"])
                for row in csv.DictReader(file)
            }
        )


def deliveries(folder: Path) -> Truths:
    truths: Truths = Counter()
    for file in sorted(folder.iterdir()):
        table, area, period, _ = file.stem.split("_")
        truths["files", f"{folder.name}.{table}", "", ""] += 1
        truths["deliveries", f"{folder.name}.{table}", area, period] += 1
    return Counter({key: n for key, n in truths.items() if n > (key[0] == "deliveries")})


def test_pupils(landing: Path) -> None:
    choices = children_in_courses(landing)
    truths = deliveries(landing / "kulturskola")
    here = [choice for choice in choices if (choice.area, choice.year) == (AREA, YEAR)]
    for sex in ("women", "men", "unknown"):
        pupils = {choice.person for choice in here if choice.sex == sex}
        truths[f"pupils_{sex}", "", AREA, str(YEAR)] = len(pupils)
        drums = [choice for choice in here if (choice.sex, choice.course) == (sex, "drums")]
        truths[f"pupils_of_drums_{sex}", "", AREA, str(YEAR)] = len(drums)
    for area, year in (("all", 2023), ("all", 2025), (AREA, YEAR)):
        index = dissimilarity(choices, str if area == AREA else lambda _: "all")[area, year]
        truths["dissimilarity_in_hundredths", "", area, str(year)] = round(100 * index)
    for file in (landing / "kulturskola").iterdir():
        for row in rows_of(file, "utf-8-sig"):
            truths["rows_in_files", "kulturskola.kursval", "", ""] += 1
            _, area, period, _ = file.stem.split("_")
            truths["rows_at_fault", "kulturskola.kursval", area, period] += (
                row["Kurs"] not in COURSES
            )
    assert +truths == committed("kulturskola")


def test_choices_are_freer_each_year(landing: Path) -> None:
    """What the demo is to show: girls and boys choose more alike."""
    index = dissimilarity(children_in_courses(landing), lambda _: "all")
    assert index["all", 2023] > index["all", 2024] > index["all", 2025] > 15


def test_only_test_numbers_and_ids_of_nobody_stand_in_the_files(landing: Path) -> None:
    allowed = set((DEMO_DIR / "figures/test_numbers.csv").read_text(encoding="ascii").split())
    written = {
        twelve_digits(row["Personnummer"])
        for file in (landing / "kulturskola").iterdir()
        for row in rows_of(file, "utf-8-sig")
    }
    assert {number for number in written if number.isdigit()} <= allowed
    assert len(written) > 1000


def test_funds(landing: Path) -> None:
    truths = deliveries(landing / "projektmedel")
    here = [a for a in Funds(landing).applications if (a.area, a.year) == ("9902", 2024)]
    key = ("", "9902", "2024")
    truths["applications", *key] = len(here)
    truths["applications_refused", *key] = sum(not a.granted_ore for a in here)
    truths["refused_without_reason", *key] = sum(not (a.granted_ore or a.reason) for a in here)
    truths["applications_without_receivers", *key] = sum(a.is_for("unknown") for a in here)
    for sex in ("women", "men", "unknown", "total"):
        truths[f"granted_ore_{sex}", *key] = sum(a.ore(a.granted_ore, sex) for a in here)
        truths[f"applied_ore_{sex}", *key] = sum(a.ore(a.applied_ore, sex) for a in here)
    assert +truths == committed("projektmedel")
