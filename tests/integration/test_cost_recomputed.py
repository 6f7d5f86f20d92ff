"""Cost per user recomputed by plain Python from the files of the ledger and of the care system."""

from __future__ import annotations

import csv
from collections import defaultdict
from decimal import Decimal
from fractions import Fraction
from itertools import groupby
from typing import TYPE_CHECKING

import pytest

from tests.care_in_files import People, person_months, volumes

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import DemoNight

GROUP_HOME = "L170"


def rows_of(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="cp1252", newline="") as lines:
        return list(csv.DictReader(lines, delimiter=";"))


def number(text: str) -> Fraction:
    return Fraction(Decimal(text.replace(" ", "").replace("\xa0", "").replace(",", ".")))


def newest(landing: Path, table: str) -> list[Path]:
    """Of each area and period the file received last."""
    files = sorted((landing / "ekonomi").glob(f"{table}_*.csv"))
    of_period = groupby(files, key=lambda file: file.name.split("_")[1:3])
    return [list(group)[-1] for _, group in of_period]


def net_costs(landing: Path) -> dict[tuple[str, str, str], Fraction]:
    """Costs less internal income and sales, by area, year and activity, of the flat files."""
    costs: dict[tuple[str, str, str], Fraction] = defaultdict(Fraction)
    for file in newest(landing, "transaktion"):
        for row in rows_of(file):
            account, other_side = row["konto"], row["motpart"]
            if not account:
                continue
            is_cost = "4" <= account[0] <= "7"
            is_deducted = account[0] == "3" and other_side in ("I", "K")
            if is_cost or is_deducted:
                key = file.name.split("_")[1], row["bokforingsdatum"][:4], row["verksamhet"]
                costs[key] += number(row["belopp"])
    return costs


def group_home_costs(landing: Path) -> dict[tuple[str, str], Fraction]:
    costs = net_costs(landing)
    totals = {key[:2]: cost for key, cost in costs.items() if key[2] == GROUP_HOME}
    for file in newest(landing, "fordelningsnyckel"):
        area, year = file.name.split("_")[1:3]
        for row in rows_of(file):
            if row["till_insats"] == "lss_gruppbostad" and (area, year) in totals:
                totals[area, year] += costs[area, year, row["fran_verksamhet"]] * number(
                    row["andel"]
                )
    return totals


def test_women_in_group_homes_cost_their_days_times_the_price_of_a_day(
    demo_night: DemoNight,
) -> None:
    landing = demo_night.settings.landing_dir
    people = People(landing)
    days: dict[tuple[str, str, str], Fraction] = defaultdict(Fraction)
    for (area, person, month, service, *_), performed in person_months(
        list(volumes(landing, people))
    ).items():
        if service == "9.9G":
            for sex in (people.sex(person), "total"):
                days[area, month[:4], sex] += Fraction(performed)
    expected = {
        (area, year): cost * days[area, year, "women"] / days[area, year, "total"]
        for (area, year), cost in group_home_costs(landing).items()
    }
    told = demo_night.query(
        "select area_code, cast(extract(year from period_start) as varchar), cost_sek "
        "from marts.mart_cost_per_user where area_level = 'municipality' "
        "and area_code >= '9904' and service = 'lss_gruppbostad' and sex = 'women' "
        "and age_interval = 'total'"
    )
    assert len(told) >= 12
    for area, year, cost in told:
        # odd öre go to a person each, so that women may have a few more or less
        assert float(cost) == pytest.approx(float(expected[area, year]), abs=5)


def test_gini_and_the_costliest_tenth_are_those_of_plain_python(demo_night: DemoNight) -> None:
    costs: dict[tuple[str, int], dict[str, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    for area, year, person, cost in demo_night.query(
        "select municipality_code, extract(year from service_month), person_key, amount_sek "
        "from facts.fct_user_cost where sex = 'men'"
    ):
        costs[area, year][person] += cost
    told = demo_night.query(
        "select area_code, extract(year from period_start), costliest_tenth_share, gini "
        "from marts.mart_cost_concentration where area_level = 'municipality' "
        "and service_type = 'total' and sex = 'men'"
    )
    assert {row[:2] for row in told} == set(costs)
    for area, year, share, gini in told:
        amounts = sorted(map(float, costs[area, year].values()))
        tenth = amounts[len(amounts) - -(-len(amounts) // 10) :]
        assert share == pytest.approx(sum(tenth) / sum(amounts))
        spread = sum(abs(one - other) for one in amounts for other in amounts)
        assert gini == pytest.approx(spread / (2 * len(amounts) * sum(amounts)))
