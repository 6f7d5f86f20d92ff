"""The real figures that the demo carries: complete, and written back as they were downloaded."""

from __future__ import annotations

import csv

import pytest
from loading_support import demo_in
from python_calamine import CalamineWorkbook
from test_demo_exports import source_tables

from orchestration.demo.exports import DEMO_DIR

FIGURES = DEMO_DIR / "figures"


def rows(name: str) -> list[dict[str, str]]:
    with (FIGURES / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_no_file_is_larger_than_a_mebibyte() -> None:
    assert all(path.stat().st_size < 2**20 for path in DEMO_DIR.rglob("*") if path.is_file())


def test_every_file_of_figures_says_where_it_is_from() -> None:
    sources = (FIGURES / "SOURCES.md").read_text(encoding="utf-8")
    assert all(f"`{path.name}`" in sources for path in FIGURES.glob("*.csv"))


def test_the_test_numbers_are_skatteverkets_each_once_and_sorted() -> None:
    numbers = [row["number"] for row in rows("test_numbers.csv")]
    assert numbers == sorted(set(numbers))
    coordination = sum(int(number[6:8]) >= 60 for number in numbers)
    assert (len(numbers) - coordination, coordination) == (41_127, 2_264)


def test_the_population_is_swedens_of_2019() -> None:
    population = rows("scb_population_2019.csv")
    assert sum(int(row["women"]) for row in population) == 5_131_775
    assert sum(int(row["men"]) for row in population) == 5_195_814
    assert len({(row["municipality_code"], row["age"]) for row in population}) == 290 * 101


@pytest.fixture(scope="module")
def downloads(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[list[object]]]:
    folder = tmp_path_factory.mktemp("public")
    tables = [t for t in source_tables() if t.source_name in ("socialstyrelsen", "kolada")]
    assert demo_in(folder, tables, persons=1) == 15
    return {
        path.stem[-10:]: CalamineWorkbook.from_path(path).get_sheet_by_name("Tabell").to_python()
        for path in (folder / "socialstyrelsen").iterdir()
    }


def test_the_twelve_downloads_look_as_they_did(downloads: dict[str, list[list[object]]]) -> None:
    assert len(downloads) == 12
    for vintage, sheet in downloads.items():
        assert sheet[0] == ["Ekonomiskt bistånd, Dalarnas län", "", "", ""]
        assert sheet[1] == ["År", "Månad", "Antal hushåll", "Utbetalt ekonomiskt bistånd tkr"]
        assert sheet[2] == ["2014", "Januari", 3914.0, 26908.0]
        assert ["2016", "December", "--", "--"] in sheet
        assert len(sheet) == 2 + 12 * (10 if vintage < "2024_03_11" else 11)


def test_a_month_is_seen_first_in_the_download_that_published_it(
    downloads: dict[str, list[list[object]]],
) -> None:
    seen = {vintage: sheet[2 + 12 * 10 :][:1] for vintage, sheet in downloads.items()}
    assert seen["2024_03_11"] == [["2024", "Januari", 3073.0, 28883.0]]
    assert seen["2024_05_08"] == seen["2025_01_31"] == [["2024", "Januari", 3073.0, 28892.0]]
    unpublished = {v: sum(row[2] == "--" for row in sheet) for v, sheet in downloads.items()}
    assert unpublished == {
        "2023_08_24": 7, "2023_09_04": 6, "2023_10_09": 5, "2024_01_11": 2, "2024_02_12": 1,
        "2024_03_11": 12, "2024_05_08": 10, "2024_06_17": 9, "2024_08_21": 7, "2024_10_16": 5,
        "2024_12_03": 3, "2025_01_31": 1,
    }  # fmt: skip


def test_every_key_figure_of_kolada_is_split_by_sex() -> None:
    series: dict[tuple[str, str], set[str]] = {}
    for row in rows("kolada_dalarna.csv"):
        series.setdefault((row["kpi"], row["year"]), set()).add(row["gender"])
    assert len({kpi for kpi, _ in series}) == 5
    assert all(sexes == {"K", "M", "T"} for sexes in series.values())
