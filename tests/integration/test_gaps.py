"""What is said of the gap in every cell, recomputed in Python from the figures of the cube."""

from __future__ import annotations

from collections import Counter, defaultdict
from itertools import product
from math import log, sqrt
from typing import TYPE_CHECKING, Any

import pytest
from scipy import stats

if TYPE_CHECKING:
    from tests.conftest import DemoNight

Row = dict[str, Any]
KEY = (
    "indicator_id", "area_level", "area_code", "period_start", "period_grain", "age_band",
    "birth_region", "category_axis", "category",
)  # fmt: skip
MARGIN = "age_band = 'total' and birth_region = 'total' and category_axis = 'total'"
FEWEST = 30


def rows(night: DemoNight, table: str, columns: str, where: str) -> list[Row]:
    names = [name.strip() for name in columns.split(",")]
    found = night.query(f"select {columns} from {table} where {where}")
    return [dict(zip(names, row, strict=True)) for row in found]


@pytest.fixture(scope="module")
def registry(demo_night: DemoNight) -> dict[str, Row]:
    columns = (
        "indicator_id, unit, estimate_kind, counts_persons, numerator_kind, base_kind, "
        "department_en"
    )
    return {
        row["indicator_id"]: row
        for row in rows(demo_night, "indicators.dim_indicator", columns, "true")
    }


@pytest.fixture(scope="module")
def sides(demo_night: DemoNight) -> dict[tuple[Any, ...], dict[str, Row]]:
    """Women and men of every cell of a year, as the cube has them."""
    measures = (
        "value, value_low, value_high, status, numerator, denominator, person_count, "
        "effective_total, relative_variance"
    )
    cells: dict[tuple[Any, ...], dict[str, Row]] = defaultdict(dict)
    for row in rows(
        demo_night,
        "indicators.fct_indicator",
        f"{', '.join(KEY)}, sex, {measures}",
        "period_grain = 'year' and sex in ('women', 'men', 'unknown')",
    ):
        cells[tuple(row[name] for name in KEY)][row["sex"]] = row
    return cells


@pytest.fixture(scope="module")
def gaps(demo_night: DemoNight) -> dict[tuple[Any, ...], Row]:
    columns = (
        "difference, difference_low, difference_high, difference_with_unknown_low, "
        "difference_with_unknown_high, ratio, ratio_low, ratio_high, is_break, women_change, "
        "women_change_low, women_change_high, difference_change, difference_change_low, "
        "difference_change_high, difference_change_certainty, method, p_value, q_value, "
        "certainty, verdict"
    )
    return {
        tuple(row[name] for name in KEY): row
        for row in rows(
            demo_night,
            "indicators.fct_gap",
            f"{', '.join(KEY)}, {columns}",
            "period_grain = 'year'",
        )
    }


def share_p(women: Row, men: Row) -> float:
    """Test by the share both would have; rows of a person count as so many as they vary like."""
    p, n = [], []
    for side in (women, men):
        p.append(float(side["numerator"]) / float(side["denominator"]))
        n.append(side["effective_total"])
    pooled = (p[0] * n[0] + p[1] * n[1]) / sum(n)
    if pooled in (0, 1):
        return 1.0
    error = sqrt(pooled * (1 - pooled) * (1 / n[0] + 1 / n[1]))
    return 2 * float(stats.norm.sf(abs(p[0] - p[1]) / error))


def ratio_p(women: Row, men: Row) -> float | None:
    """Test by Welch's t of the logarithms; None where nobody varies."""
    variance, freedom = 0.0, 0.0
    for side in (women, men):
        if not side["relative_variance"]:
            return None
        sample = side["relative_variance"] * side["person_count"] / (side["person_count"] - 1)
        variance += sample
        freedom += sample**2 / (side["person_count"] - 1)
    t = log(women["value"] / men["value"]) / sqrt(variance)
    return 2 * float(stats.t.sf(abs(t), variance**2 / freedom))


def expected_test(women: Row, men: Row, indicator: Row) -> tuple[str, float | None]:
    """Return how a difference is tested, or why it is not, and its p value."""
    kind = indicator["estimate_kind"]
    if kind == "index":
        return kind, None
    if None in (women["value"], men["value"]):
        return "no_value", None
    if kind in ("count", "quantile"):
        return kind, None
    if indicator["unit"] == "sek" and abs(women["value"] - men["value"]) < 0.01:
        return "below_unit", None
    published, inhabitants = (
        indicator[part] == "published" for part in ("numerator_kind", "base_kind")
    )
    persons = min(side["denominator" if published else "person_count"] for side in (women, men))
    base = min(side["denominator" if inhabitants else "person_count"] for side in (women, men))
    if kind == "share" and persons >= FEWEST:
        return "share", share_p(women, men)
    if kind == "share" and indicator["counts_persons"] and inhabitants and base >= FEWEST:
        table = [
            [int(x["numerator"]), int(x["denominator"] - x["numerator"])] for x in (women, men)
        ]
        return "exact", float(stats.fisher_exact(table).pvalue)
    if kind != "share" and not women["numerator"] and not men["numerator"]:
        return "no_events", None
    if kind != "share" and base >= FEWEST and not (women["numerator"] and men["numerator"]):
        with_events = women if women["numerator"] else men
        exposure = [float(side["denominator"]) for side in (women, men)]
        chance = float(with_events["denominator"]) / sum(exposure)
        return "one_sided", min(1.0, 2 * chance ** (1 / with_events["relative_variance"]))
    if kind == "share" or persons < FEWEST or not (women["numerator"] and men["numerator"]):
        return "few_persons", None
    p_value = ratio_p(women, men)
    return ("no_variance" if p_value is None else "ratio"), p_value


def test_every_gap_is_tested_by_the_rule_of_its_kind(
    sides: Any, gaps: Any, registry: dict[str, Row]
) -> None:
    seen: Counter[str] = Counter()
    for key, gap in gaps.items():
        side = sides[key]
        method, p_value = expected_test(side["women"], side["men"], registry[key[0]])
        assert gap["method"] == method, key
        assert (gap["p_value"] is None) == (p_value is None), key
        if p_value is not None:
            assert gap["p_value"] == pytest.approx(p_value, abs=1e-8), key
        seen[method] += 1
    assert set(seen) >= {"share", "ratio", "exact", "one_sided", "few_persons", "no_events",
                         "below_unit", "count", "quantile", "index", "no_value"}  # fmt: skip


def test_q_is_scipy_s_among_what_is_seen_together(gaps: Any, registry: dict[str, Row]) -> None:
    """A department in an area and year; of what is cut, an indicator along its axes."""
    families: dict[Any, list[tuple[float, float]]] = defaultdict(list)
    for key, gap in gaps.items():
        indicator, level, area, start, _, age, birth, axis, _ = key
        if gap["p_value"] is None:
            assert gap["q_value"] is None
            continue
        whole = (age, birth, axis) == ("total", "total", "total")
        of = registry[indicator]
        family = (of["department_en"] if whole else indicator, of["numerator_kind"], level, area,
                  start, age == "total", birth == "total", axis)  # fmt: skip
        families[family].append((gap["p_value"], gap["q_value"]))
    assert max(map(len, families.values())) > 10
    for family, values in families.items():
        expected = stats.false_discovery_control([p for p, _ in values])
        assert [q for _, q in values] == pytest.approx(list(expected), abs=1e-9), family


def test_certain_is_what_q_says_and_the_verdict_follows(gaps: Any) -> None:
    why = {"few_persons": "too_few", "no_variance": "too_few", "no_events": "no_events",
           "below_unit": "not_certain"}  # fmt: skip
    verdicts: Counter[str] = Counter()
    for key, gap in gaps.items():
        if gap["q_value"] is not None:
            expected = "certain" if gap["q_value"] <= 0.05 else "not_certain"
        else:
            expected = why.get(gap["method"], "not_comparable")
        assert gap["certainty"] == expected, key
        if gap["verdict"] in ("women_higher", "men_higher"):
            assert gap["certainty"] == "certain", key
            assert (gap["difference"] > 0) == (gap["verdict"] == "women_higher"), key
        verdicts[gap["verdict"]] += 1
    assert min(verdicts[v] for v in ("women_higher", "men_higher", "equal", "not_certain")) > 20


def square_and_add(left: Any, right: Any) -> tuple[float, float] | None:
    """Bounds of a difference of two values with bounds; None where one is not known."""
    if None in (*left, *right):
        return None
    (value, low, high), (other, other_low, other_high) = left, right
    return (
        value - other - sqrt((value - low) ** 2 + (other_high - other) ** 2),
        value - other + sqrt((high - value) ** 2 + (other - other_low) ** 2),
    )


def of(row: Row, name: str = "value") -> tuple[Any, Any, Any]:
    return row[name], row[f"{name}_low"], row[f"{name}_high"]


def test_a_difference_has_the_bounds_of_both_values(sides: Any, gaps: Any) -> None:
    seen = 0
    for key, gap in gaps.items():
        expected = square_and_add(of(sides[key]["women"]), of(sides[key]["men"]))
        if expected is None:
            assert (gap["difference_low"], gap["difference_high"]) == (None, None), key
            continue
        found = (gap["difference_low"], gap["difference_high"])
        assert found == pytest.approx(expected, rel=1e-9, abs=1e-6), key
        seen += 1
    assert seen > 5_000


def few(sides: list[Row], indicator: Row) -> bool:
    """Whether a side rests on too few persons; of a published figure on too few of its base."""
    on = "denominator" if indicator["numerator_kind"] == "published" else "person_count"
    return min(side[on] for side in sides) < FEWEST


def test_a_change_is_told_of_whole_periods_of_one_series_with_its_bounds(
    sides: Any, gaps: Any, registry: dict[str, Row]
) -> None:
    certainties: Counter[Any] = Counter()
    for key, gap in gaps.items():
        before = (*key[:3], key[3].replace(year=key[3].year - 1), *key[4:])
        now_and_before = [sides[at][sex] for at, sex in product((key, before), ("women", "men"))
                          if at in sides]  # fmt: skip
        whole = (
            len(now_and_before) == 4
            and not gap["is_break"]
            and all(side["status"] in ("value", "zero") for side in now_and_before)
        )
        assert (gap["difference_change"] is not None) == whole, key
        if not whole:
            continue
        change = gap["difference"] - gaps[before]["difference"]
        assert gap["difference_change"] == pytest.approx(change), key
        bounds = square_and_add(of(gap, "difference"), of(gaps[before], "difference"))
        certainties[gap["difference_change_certainty"]] += 1
        if registry[key[0]]["estimate_kind"] in ("count", "index", "quantile"):
            assert gap["difference_change_certainty"] == "not_comparable", key
        elif bounds is None or few(now_and_before, registry[key[0]]):
            assert gap["difference_change_certainty"] == "too_few", key
        else:
            found = (gap["difference_change_low"], gap["difference_change_high"])
            assert found == pytest.approx(bounds, rel=1e-9, abs=1e-6), key
            certain = bounds[0] > 0 or bounds[1] < 0
            expected = "certain" if certain else "not_certain"
            assert gap["difference_change_certainty"] == expected, key
    assert certainties["certain"] > 20
    assert certainties["not_certain"] > 1_000


def test_no_sex_that_the_unknown_could_be_of_gives_a_gap_outside_its_bounds(
    sides: Any, gaps: Any, registry: dict[str, Row]
) -> None:
    """Of a share every way of sharing them out is tried: who counts and who does not."""
    tried = settled_only_in_looks = 0
    for key, gap in gaps.items():
        indicator = registry[key[0]]
        unknown = sides[key].get("unknown")
        if indicator["unit"] != "percent" or indicator["base_kind"] != "observed":
            continue
        if gap["difference"] is None:
            continue
        if not unknown or not unknown["denominator"]:
            assert gap["difference_with_unknown_low"] is None, key
            continue
        if unknown["denominator"] > 12 or unknown["numerator"] % 1:
            continue
        w, m = (
            [float(sides[key][sex][part]) for part in ("numerator", "denominator")]
            for sex in ("women", "men")
        )
        counted = int(unknown["numerator"])
        others = int(unknown["denominator"]) - counted
        possible = [
            100 * (w[0] + a) / (w[1] + a + b)
            - 100 * (m[0] + counted - a) / (m[1] + counted - a + others - b)
            for a, b in product(range(counted + 1), range(others + 1))
        ]
        low, high = gap["difference_with_unknown_low"], gap["difference_with_unknown_high"]
        assert (low, high) == pytest.approx((min(possible), max(possible)), abs=1e-9), key
        tried += 1
        settled_only_in_looks += low < 0 < high
    assert tried > 300
    assert settled_only_in_looks > 10


def test_what_is_standardised_is_of_the_ages_of_both_sexes(demo_night: DemoNight) -> None:
    cells: dict[Any, dict[Any, Row]] = defaultdict(dict)
    for row in rows(
        demo_night,
        "indicators.fct_indicator",
        "indicator_id, area_code, period_start, age_band, sex, value, value_low, value_high, "
        "denominator",
        "period_grain = 'year' and birth_region = 'total' and category_axis = 'total' and age_band "
        "not in ('total', 'unknown') and sex in ('women', 'men') and denominator > 0",
    ):
        cells[row["indicator_id"], row["area_code"], row["period_start"]][
            row["age_band"], row["sex"]
        ] = row
    seen = known = 0
    for row in rows(
        demo_night,
        "indicators.fct_gap",
        "indicator_id, area_code, period_start, standardised_women_value, standardised_men_value, "
        "standardised_difference_low, standardised_difference_high",
        f"period_grain = 'year' and {MARGIN} and standardised_difference is not null",
    ):
        strata = cells[row["indicator_id"], row["area_code"], row["period_start"]]
        ages = [
            age
            for age in sorted({age for age, _ in strata})
            if all(
                (age, s) in strata and strata[age, s]["value"] is not None for s in ("women", "men")
            )
        ]
        base = {
            age: sum(float(strata[age, s]["denominator"]) for s in ("women", "men")) for age in ages
        }
        assert sum(base.values()) >= 0.9 * sum(float(x["denominator"]) for x in strata.values())
        weight = {age: base[age] / sum(base.values()) for age in ages}
        for sex in ("women", "men"):
            expected = sum(weight[age] * strata[age, sex]["value"] for age in ages)
            assert row[f"standardised_{sex}_value"] == pytest.approx(expected)
        seen += 1
        bounds = [square_and_add(of(strata[age, "women"]), of(strata[age, "men"])) for age in ages]
        if None in bounds:
            assert row["standardised_difference_low"] is None
            continue
        difference = {
            age: strata[age, "women"]["value"] - strata[age, "men"]["value"] for age in ages
        }
        whole = sum(weight[age] * difference[age] for age in ages)
        down = sum(
            (weight[a] * (difference[a] - b[0])) ** 2 for a, b in zip(ages, bounds, strict=True)
        )
        up = sum(
            (weight[a] * (b[1] - difference[a])) ** 2 for a, b in zip(ages, bounds, strict=True)
        )
        assert row["standardised_difference_low"] == pytest.approx(whole - sqrt(down), abs=1e-6)
        assert row["standardised_difference_high"] == pytest.approx(whole + sqrt(up), abs=1e-6)
        known += 1
    assert seen > 1_000
    assert known > 500


def test_the_gap_of_assistance_is_one_of_households(demo_night: DemoNight) -> None:
    """From the persons' rows: women have more of the larger households, and no more within them."""
    months: Counter[Any] = Counter()
    money: Counter[Any] = Counter()
    for sex, household, count, amount in demo_night.query(
        "select sex, household_type, count(*), sum(amount_sek) from facts.fct_assistance_month "
        "where is_recipient and is_adult and year(benefit_month) = 2024 and sex <> 'unknown' "
        "group by all"
    ):
        kind = household.replace("single_woman", "single").replace("single_man", "single")
        months[sex, kind] += count
        money[sex, kind] += float(amount)
    share, level = {}, {}
    for (sex, kind), count in months.items():
        share[sex, kind] = count / sum(n for (s, _), n in months.items() if s == sex)
        level[sex, kind] = money[sex, kind] / count
    mix = rest = 0.0
    for kind in {kind for _, kind in months}:
        w, m = (share.get((sex, kind), 0.0) for sex in ("women", "men"))
        a = level.get(("women", kind), level.get(("men", kind), 0.0))
        b = level.get(("men", kind), a)
        mix += (w - m) * (a + b) / 2
        rest += (w + m) / 2 * (a - b)
    ((difference, told_mix, told_rest, certainty),) = demo_night.query(
        "select difference, mix, rest, rest_certainty from marts.mart_gap_explained "
        "where indicator_id = 'amount_per_recipient_month' and area_code = 'all' "
        "and explained_by = 'household_kind' and category = 'total' and year = 2024"
    )
    assert (told_mix, told_rest) == pytest.approx((mix, rest), abs=0.005)
    assert difference == pytest.approx(mix + rest)
    assert mix > 1_000
    assert abs(rest) < 200
    assert certainty == "not_certain"


def test_costs_are_higher_for_men_because_they_are_more_often_of_the_dearer_act(
    demo_night: DemoNight,
) -> None:
    """Women cost more within both acts, men in the whole, every year."""
    years = demo_night.query(
        """
        select
            year,
            max(mix) filter (where category = 'total') as mix,
            max(rest) filter (where category = 'total') as rest,
            max(difference) filter (where category = 'total') as difference,
            min(women_value - men_value) filter (where category <> 'total')
        from marts.mart_gap_explained
        where indicator_id = 'cost_per_user' and area_code = 'all' and explained_by = 'service_type'
        group by year
        """
    )
    assert len(years) == 3
    for _, mix, rest, difference, least in years:
        assert mix < difference < 0 < rest
        assert mix + rest == pytest.approx(difference)
        assert least > 0


def test_mix_and_rest_are_the_gap_along_every_axis(demo_night: DemoNight, gaps: Any) -> None:
    whole: dict[Any, Row] = {}
    parts: dict[Any, list[Row]] = defaultdict(list)
    columns = (
        "indicator_id, area_level, area_code, period_start, explained_by, category, difference, "
        "mix, rest, women_percent_of_base, is_reversed, rest_certainty"
    )
    for row in rows(demo_night, "marts.mart_gap_explained", columns, "true"):
        key = tuple(list(row.values())[:5])
        if row["category"] == "total":
            whole[key] = row
        else:
            parts[key].append(row)
    assert len(whole) > 500
    for key, total in whole.items():
        gap = gaps[(*key[:4], "year", "total", "total", "total", "total")]
        assert total["difference"] == pytest.approx(gap["difference"], abs=1e-6), key
        for column in ("difference", "mix", "rest"):
            assert sum(row[column] for row in parts[key]) == pytest.approx(total[column], abs=1e-6)
        if total["is_reversed"]:
            assert gap["certainty"] == total["rest_certainty"] == "certain", key
            assert (total["rest"] > 0) != (total["difference"] > 0), key
