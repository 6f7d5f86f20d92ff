"""The comparison with Kolada recomputed from its files, and the appendix from the indicators."""

from __future__ import annotations

import csv
import json
import statistics
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from tests.conftest import PROJECT_DIR

if TYPE_CHECKING:
    from tests.conftest import DemoNight

SEXES = {"K": "women", "M": "men", "T": "total"}


def kolada_values(night: DemoNight) -> dict[tuple[str, str, int, str], float]:
    values: dict[tuple[str, str, int, str], float | None] = {}
    for file in sorted((night.settings.landing_dir / "kolada").glob("varden_v3_*.json")):
        for row in json.loads(file.read_text(encoding="utf-8"))["values"]:
            for value in row["values"]:
                key = (row["kpi"], row["municipality"], row["period"], SEXES[value["gender"]])
                is_known = value["value"] is not None and not value["isdeleted"]
                values[key] = float(value["value"]) if is_known else None
    return {key: value for key, value in values.items() if value is not None}


def mean_of(pairs: list[tuple[float, float]]) -> float:
    return sum(value * weight for value, weight in pairs) / sum(weight for _, weight in pairs)


def test_own_figures_beside_the_group_s(demo_night: DemoNight) -> None:
    values = kolada_values(demo_night)
    with (PROJECT_DIR / "seeds" / "kolada_groups.csv").open(encoding="utf-8") as file:
        peers = [row["member_code"] for row in csv.DictReader(file) if row["group_code"] == "DEMO"]
    rows = demo_night.query(
        """
        select area_code, kpi, year, compared, own_value, peer_count, peer_median, peer_mean,
            peer_weighted_mean, percentile, status
        from marts.mart_benchmark
        """
    )
    assert {kpi for _, kpi, *_ in rows} == {"N31814", "U31402", "U31462", "U31801"}
    assert len(rows) == 8 * 4 * len({(kpi, year) for _, kpi, year, *_ in rows})
    statuses = set()
    for area, kpi, year, compared, own, count, *told in rows:
        median, mean, weighted, percentile, status = told
        statuses.add(status)
        pairs = []
        for peer in peers:
            figures = {sex: values.get((kpi, peer, year, sex)) for sex in SEXES.values()}
            women, men = figures["women"], figures["men"]
            figures["difference"] = None if None in (women, men) else women - men
            weights = "total" if compared == "difference" else compared
            if figures[compared] is not None:
                pairs.append((figures[compared], values["N01951", peer, year, weights]))
        assert count == len(pairs)
        if kpi == "U31801" and compared != "total":
            assert (count, status) == (0, "not_published_by_sex")
        if pairs:
            known = [value for value, _ in pairs]
            assert median == pytest.approx(statistics.median(known))
            assert mean == pytest.approx(statistics.mean(known))
            assert weighted == pytest.approx(mean_of(pairs))
            if status == "value":
                below = sum(value < own for value in known)
                assert percentile == pytest.approx(100 * below / len(known), abs=1e-9)
            else:
                assert percentile is None
        if (area, year, kpi) == ("9905", 2025, "N31814"):  # whose October never came
            assert (status, own is None) == ("partial", False)
    assert {"value", "not_published_by_sex", "partial", "too_few"} <= statuses


def test_the_own_figure_stands_with_its_interval_and_says_whether_it_is_final(
    demo_night: DemoNight,
) -> None:
    told = demo_night.query(
        "select indicator_id, area_code, year, compared, own_value, own_low, own_high, "
        "release_status from marts.mart_benchmark"
    )
    where = (
        "area_level = 'municipality' and period_grain = 'year' and age_band = 'total' "
        "and birth_region = 'total' and category_axis = 'total'"
    )
    figures = {
        tuple(key): tuple(rest)
        for *key, value, low, high, release in demo_night.query(
            "select indicator_id, area_code, year, sex, value, value_low, value_high, "
            f"release_status from marts.mart_indicator where {where} union all "
            "select indicator_id, area_code, year, 'difference', difference, difference_low, "
            f"difference_high, release_status from marts.mart_gender_gap where {where}"
        )
        for rest in [(value, low, high, release)]
    }
    for *key, value, low, high, release in told:
        assert figures[tuple(key)] == (value, low, high, release), key
    assert sum(low is not None for *_, low, _, _ in told) > 30


def test_who_is_few_is_compared_with_nobody(demo_night: DemoNight) -> None:
    """Persons with a first application decided, counted row by row: below ten no percentile."""
    few = demo_night.query(
        "select benchmark.own_person_count, benchmark.percentile, count(distinct person_key) "
        "from marts.mart_benchmark as benchmark inner join facts.fct_assistance_application as own "
        "on own.municipality_code = benchmark.area_code and own.sex = benchmark.compared "
        "and extract(year from own.application_date) = benchmark.year "
        "and own.is_adult and own.is_first and own.is_decided "
        "where benchmark.kpi = 'U31402' and benchmark.own_person_count < 10 group by all"
    )
    assert few
    for told, percentile, persons in few:
        assert (told, percentile) == (persons, None)


def test_a_key_figure_is_the_tag_of_the_indicator_it_is_compared_with(
    manifest: dict[str, Any],
) -> None:
    with (PROJECT_DIR / "seeds" / "kolada_kpis.csv").open(encoding="utf-8") as file:
        compared = {
            row["kpi"]: {row["indicator_id"]} for row in csv.DictReader(file) if row["indicator_id"]
        }
    tagged: dict[str, set[str]] = {kpi: set() for kpi in compared}
    for node in manifest["nodes"].values():
        for block in node.get("config", {}).get("meta", {}).get("indicators", ()):
            for kpi in block.get("references", {}).get("kolada", ()):
                if kpi in tagged:
                    tagged[kpi].add(block["indicator_id"])
    assert tagged == compared


def test_what_was_taken_back_or_never_published_is_no_peer(demo_night: DemoNight) -> None:
    """9819 was taken back for 2023; 9820 has too few men, and so no gap."""
    rows = demo_night.query(
        """
        select year, compared, min(peer_count), max(peer_count) from marts.mart_benchmark
        where kpi = 'N31814' group by all
        """
    )
    counts = {(year, compared): {low, high} for year, compared, low, high in rows}
    assert counts[2023, "women"] == {9}
    assert counts[2023, "men"] == counts[2023, "difference"] == {8}
    assert counts[2025, "women"] == counts[2025, "total"] == {10}
    assert counts[2025, "men"] == counts[2025, "difference"] == {9}


def test_the_appendix_has_women_men_and_total_side_by_side(demo_night: DemoNight) -> None:
    file = PROJECT_DIR / "dbt_project/models/indicators/economic_assistance.yml"
    (model,) = yaml.safe_load(file.read_text(encoding="utf-8"))["models"]
    indicators = {
        block["indicator_id"]
        for block in model["config"]["meta"]["indicators"]
        if block["period"] == "year" and ["birth_region"] in block.get("breakdowns", [])
    }
    assert {"adult_recipients_per_1000", "refusal_rate"} <= indicators
    cells: dict[tuple[Any, ...], tuple[Any, ...]] = {
        tuple(key): tuple(values)
        for *key, values in (
            (area, year, indicator, region, sex, (value, status))
            for area, year, indicator, region, sex, value, status in demo_night.query(
                """
                select area_code, year, indicator_id, birth_region, sex, value, status
                from indicators.fct_indicator
                inner join (select distinct area_code, period_start, year from marts.mart_indicator)
                    using (area_code, period_start)
                where age_band = 'total' and category_axis = 'total' and period_grain = 'year'
                """
            )
        )
    }
    rows = demo_night.query(
        """
        select area_code, year, indicator_id, birth_region, women_value, women_status, men_value,
            men_status, total_value, total_status
        from marts.mart_oj_appendix
        """
    )
    areas = {area for area, *_ in rows}
    assert {"9901", "99"} <= areas
    assert {row[2] for row in rows} == indicators
    assert len(rows) == len(areas) * len({(year, indicator) for _, year, indicator, *_ in rows}) * 4
    for area, year, indicator, region, *side_by_side in rows:
        for position, sex in enumerate(("women", "men", "total")):
            expected = cells[area, year, indicator, region, sex]
            assert tuple(side_by_side[2 * position : 2 * position + 2]) == expected
