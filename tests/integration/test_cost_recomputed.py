"""Cost per user recomputed by plain Python from the files of the ledger and of the care system."""

from __future__ import annotations

import csv
import re
from collections import Counter, defaultdict
from datetime import date
from decimal import Decimal
from fractions import Fraction
from itertools import groupby
from typing import TYPE_CHECKING

import pytest

from tests.care_in_files import People, person_months, volumes
from tests.care_in_files import files as care_files
from tests.care_in_files import rows_of as care_rows

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from tests.conftest import DemoNight

ACTIVITIES = {"9.9G": ("L170", "lss_gruppbostad"), "HTJ": ("S100", "sol_hemtjanst")}
TRANSACTION = re.compile(r"\s*#TRANS (\d+) \{(.*?)\} (-?[\d.]+) ?(\d*)")


def rows_of(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="cp1252", newline="") as lines:
        return list(csv.DictReader(lines, delimiter=";"))


def number(text: str) -> Fraction:
    return Fraction(Decimal(text.replace(" ", "").replace("\xa0", "").replace(",", ".")))


def newest(landing: Path, table: str) -> list[Path]:
    """Of each area and period the file received last."""
    files = sorted((landing / "ekonomi").glob(f"{table}_*"))
    of_period = groupby(files, key=lambda file: file.name.split("_")[1:3])
    return [list(group)[-1] for _, group in of_period]


def transactions(landing: Path) -> Iterator[tuple[str, str, str, str, str, Fraction]]:
    """Area, year, account, activity, other side and amount, of flat files and of SIE."""
    for file in newest(landing, "transaktion"):
        area = file.name.split("_")[1]
        for row in rows_of(file):
            yield (
                area,
                row["bokforingsdatum"][:4],
                row["konto"],
                row["verksamhet"],
                row["motpart"],
                number(row["belopp"]),
            )
    for file in newest(landing, "sie"):
        area, year = file.name.split("_")[1:3]
        for line in file.read_text(encoding="cp437").splitlines():
            if found := TRANSACTION.match(line):
                account, objects, amount, _ = found.groups()
                words = objects.replace('"', "").split()
                of_dimension = dict(zip(words[::2], words[1::2], strict=True))
                yield (
                    area,
                    year,
                    account,
                    of_dimension.get("20", ""),
                    of_dimension.get("21", ""),
                    number(amount),
                )


def service_costs(landing: Path) -> dict[tuple[str, str, str], Fraction]:
    """Costs less internal income and sales, by area, year and service, with common costs."""
    costs: dict[tuple[str, str, str], Fraction] = defaultdict(Fraction)
    for area, year, account, activity, other_side, amount in transactions(landing):
        is_cost = "4" <= account[:1] <= "7"
        if is_cost or (account[:1] == "3" and other_side[:1] in ("I", "K")):
            costs[area, year, activity] += amount
    totals = {
        (area, year, service): costs[area, year, activity]
        for area, year, _ in list(costs)
        for activity, service in ACTIVITIES.values()
    }
    for file in newest(landing, "fordelningsnyckel"):
        area, year = file.name.split("_")[1:3]
        for row in rows_of(file):
            if (area, year, row["till_insats"]) in totals:
                totals[area, year, row["till_insats"]] += costs[
                    area, year, row["fran_verksamhet"]
                ] * number(row["andel"])
    return totals


@pytest.fixture(scope="module")
def people(demo_night: DemoNight) -> People:
    return People(demo_night.settings.landing_dir)


@pytest.fixture(scope="module")
def months(demo_night: DemoNight, people: People) -> dict[tuple[str, ...], Decimal]:
    return person_months(list(volumes(demo_night.settings.landing_dir, people)))


def test_women_cost_their_volume_times_the_price_of_a_unit(
    demo_night: DemoNight, people: People, months: dict[tuple[str, ...], Decimal]
) -> None:
    """In every municipality, those with flat files and those with SIE: days and hours."""
    performed: dict[tuple[str, str, str, str], Fraction] = defaultdict(Fraction)
    for (area, person, month, service, *_), quantity in months.items():
        if service in ACTIVITIES:
            for sex in (people.sex(person), "total"):
                performed[area, month[:4], ACTIVITIES[service][1], sex] += Fraction(quantity)
    costs = service_costs(demo_night.settings.landing_dir)
    told = demo_night.query(
        "select area_code, cast(extract(year from period_start) as varchar), service, cost_sek "
        "from marts.mart_cost_per_user where area_level = 'municipality' "
        "and service in ('lss_gruppbostad', 'sol_hemtjanst') and sex = 'women' "
        "and age_interval = 'total'"
    )
    assert {row[0] for row in told if row[2] == "sol_hemtjanst"} == {
        f"990{place}" for place in range(1, 9)
    }
    assert len(told) > 40
    for *key, cost in told:
        area, year, service = key
        exact = (
            costs[area, year, service]
            * performed[area, year, service, "women"]
            / performed[area, year, service, "total"]
        )
        # odd öre go to a person each, so that women may have a few more or less
        assert float(cost) == pytest.approx(float(exact), abs=0.1), key


def share(counts: Mapping[tuple[str, str], Fraction | int], interval: str) -> float:
    """Return women's share of what is counted for women and for men of an age interval."""
    return float(counts["women", interval] / (counts["women", interval] + counts["men", interval]))


def test_shares_of_resources_are_those_of_the_files(
    demo_night: DemoNight, people: People, months: dict[tuple[str, ...], Decimal]
) -> None:
    """Home help of 9901 in 2024: users, hours, kronor, decisions, population and parity."""
    landing = demo_night.settings.landing_dir
    year_end = date(2024, 12, 31)
    users: dict[tuple[str, str], set[str]] = defaultdict(set)
    hours: dict[tuple[str, str], Fraction] = defaultdict(Fraction)
    for (area, person, month, service, *_), quantity in months.items():
        if (area, month[:4], service) == ("9901", "2024", "HTJ"):
            for interval in (people.age_interval(person, year_end), "total"):
                users[people.sex(person), interval].add(person)
                hours[people.sex(person), interval] += Fraction(quantity)
                hours["total", interval] += Fraction(quantity)
    price = service_costs(landing)["9901", "2024", "sol_hemtjanst"] / hours["total", "total"]
    decided = {
        row["beslut_id"]: (people.key(file, row), row)
        for file in care_files(landing, "beslut")
        if file.name.split("_")[1] == "9901"
        for row in care_rows(file)
    }
    decisions: Counter[tuple[str, str]] = Counter()
    for person, row in decided.values():
        if row["beslutsdatum"][:4] == "2024" and row["insats"] == "HTJ":
            for interval in (people.age_interval(person, year_end), "total"):
                decisions[people.sex(person), interval] += 1
    residents: Counter[tuple[str, str]] = Counter()
    with (landing / "scb/fodelseregion_2024.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if row["region"] == "Ekbacka":
                sex = {"kvinnor": "women", "män": "men"}[row["kön"]]
                born = date(2024 - int(row["ålder"]), 1, 1)
                for interval in (people.age_interval(f"{born:%Y%m%d}", year_end), "total"):
                    residents[sex, interval] += int(row["X2024"])
    told = {
        row[0]: row[1:]
        for row in demo_night.query(
            "select age_interval, women_user_count, men_user_count, women_cost_sek, men_cost_sek, "
            "women_share_of_users, women_share_of_volume, women_share_of_decisions, "
            "women_share_of_population, moved_to_women_at_population_share_sek, "
            "moved_to_women_at_user_share_sek, women_share_of_cost, status "
            "from marts.mart_resource_shares where area_code = '9901' "
            "and period_start = date '2024-01-01' and service = 'sol_hemtjanst'"
        )
    }
    assert set(told) >= {"65-79", "80+", "total"}
    for interval in ("65-79", "80+", "total"):
        women, men = ("women", interval), ("men", interval)
        count_of = {key: len(persons) for key, persons in users.items()}
        cost = {key: float(price * hours[key]) for key in (women, men)}
        both = sum(cost.values())
        *counts, women_sek, men_sek = told[interval][:4]
        assert counts == [count_of[women], count_of[men]]
        assert (float(women_sek), float(men_sek)) == (
            pytest.approx(cost[women], abs=0.1),
            pytest.approx(cost[men], abs=0.1),
        )
        # kronor of all ages are those of each age at the population of that age
        at_population = both * share(residents, interval)
        if interval == "total":
            at_population = sum(
                float(price * (hours["women", age] + hours["men", age])) * share(residents, age)
                for age in {age for _, age in hours} - {"total", "unknown"}
            ) + float(price * hours["women", "unknown"])
        assert told[interval][4:7] == pytest.approx(
            (share(count_of, interval), share(hours, interval), share(decisions, interval)),
            rel=1e-12,
        )
        assert told[interval][7] == pytest.approx(at_population / both, rel=1e-6)
        assert [float(moved) for moved in told[interval][8:10]] == pytest.approx(
            [
                at_population - cost[women],
                both * share(count_of, interval) - cost[women],
            ],
            abs=0.2,
        )
        # of one service and municipality kronor follow volume, for the price is an average
        assert told[interval][10] == pytest.approx(share(hours, interval), rel=1e-6)
        assert told[interval][11] == "value"


def test_meals_of_customers_nobody_knows_are_no_zero_kronor_of_women(
    demo_night: DemoNight, people: People
) -> None:
    meals = [
        row
        for row in volumes(demo_night.settings.landing_dir, people)
        if (row.area, row.year, row.service) == ("9901", "2025", "MAT")
    ]
    assert meals
    assert not [row for row in meals if row.is_known]
    told = demo_night.query(
        "select distinct status, women_user_count, men_user_count, women_cost_sek, men_cost_sek, "
        "unknown_cost_sek > 0 from marts.mart_resource_shares where area_code = '9901' "
        "and period_start = date '2025-01-01' and service = 'sol_matdistribution'"
    )
    assert told == [("users_not_told", None, None, None, None, True)]


def test_the_cost_per_user_of_all_lies_between_that_of_the_sexes(
    demo_night: DemoNight, people: People
) -> None:
    """Users are those of the files who are known; what is on customer numbers is in no mean."""
    users = defaultdict(set)
    for row in volumes(demo_night.settings.landing_dir, people):
        if row.is_known and row.service[0] != "9":
            users[row.area, row.year, row.sex].add(row.person)
            users[row.area, row.year, "total"].add(row.person)
    told = {
        row[:3]: row[3:]
        for row in demo_night.query(
            "select area_code, cast(extract(year from period_start) as varchar), sex, user_count, "
            "cost_per_user_sek, cost_of_nobody_known_sek from marts.mart_cost_per_user "
            "where area_level = 'municipality' and service_type = 'sol' and service = 'total' "
            "and age_interval = 'total' and status = 'value'"
        )
    }
    assert len(told) > 40
    for (area, year, sex), (count, _, _) in told.items():
        assert count == len(users[area, year, sex])
    women, men, both = (told["9901", "2025", sex][1] for sex in ("women", "men", "total"))
    assert women < both < men
    assert told["9901", "2025", "total"][2] > 1_000_000


def test_who_is_few_is_compared_with_no_other_municipality(demo_night: DemoNight) -> None:
    rows = demo_night.query(
        "select area_code, period_start, service_type, service, age_interval, sex, status, "
        "user_count, cost_per_user_sek, other_municipality_count, "
        "other_municipalities_cost_per_user_sek from marts.mart_cost_per_user "
        "where area_level = 'municipality' and user_count is not null"
    )
    means: dict[tuple[object, ...], dict[str, float]] = defaultdict(dict)
    for area, *cell, status, count, per_user, _, _ in rows:
        if status == "value" and count >= 10:
            means[tuple(cell)][area] = per_user
    for area, *cell, _, _, _, others, mean in rows:
        own = means[tuple(cell)]
        peers = [value for peer, value in own.items() if peer != area]
        assert others == (len(peers) if area in own else None)
        is_compared = peers and area in own
        assert mean == (pytest.approx(sum(peers) / len(peers)) if is_compared else None)
    assert sum(row[7] < 10 for row in rows) > 100


def test_standardised_for_age_the_sexes_are_as_old_as_both_together(
    demo_night: DemoNight,
) -> None:
    key = "area_code, period_start, service_type, service"
    cells = {
        row[:6]: (row[6], float(row[7]))
        for row in demo_night.query(
            f"select {key}, age_interval, sex, user_count, cost_sek "
            "from marts.mart_cost_per_user where sex in ('women', 'men') "
            "and age_interval not in ('total', 'unknown')"
        )
    }
    intervals = defaultdict(set)
    for *place, interval, _ in cells:
        intervals[tuple(place)].add(interval)
    told = demo_night.query(
        f"select {key}, sex, age_standardised_cost_per_user_sek, cost_per_user_sek "
        "from marts.mart_cost_per_user where age_interval = 'total' and sex in ('women', 'men')"
    )
    known, changed = 0, 0
    for *where, sex, standardised, crude in told:
        place = tuple(where)
        weights = {
            interval: sum(cells.get((*place, interval, one), (0,))[0] for one in ("women", "men"))
            for interval in intervals[place]
        }
        own = {interval: cells.get((*place, interval, sex)) for interval in weights}
        if not weights or None in own.values():
            assert standardised is None
            continue
        expected = sum(
            weights[interval] * cell[1] / cell[0] for interval, cell in own.items() if cell
        ) / sum(weights.values())
        assert standardised == pytest.approx(expected)
        known += 1
        changed += standardised != pytest.approx(crude, rel=1e-3)
    assert len(told) > known > changed > 20


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
