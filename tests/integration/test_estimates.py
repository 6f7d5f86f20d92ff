"""What every row of the cube says of its certainty, recomputed from the rows of persons."""

from __future__ import annotations

from collections import Counter, defaultdict
from math import exp, log
from typing import TYPE_CHECKING, Any

import pytest
from scipy import stats

if TYPE_CHECKING:
    from tests.conftest import DemoNight

Z = float(stats.norm.ppf(0.975))
MARGIN = "age_band = 'total' and birth_region = 'total' and category_axis = 'total'"


def rows_told(night: DemoNight, indicator: str) -> list[tuple[Any, ...]]:
    return night.query(
        f"""
        select area_code, sex, value, value_low, value_high, effective_total, denominator
        from indicators.fct_indicator
        where indicator_id = '{indicator}' and {MARGIN} and area_level = 'municipality'
            and period_start = date '2024-01-01' and sex in ('women', 'men') and value is not null
        """
    )


def test_a_share_of_persons_has_wilson_s_interval(demo_night: DemoNight) -> None:
    months: dict[Any, set[Any]] = defaultdict(set)
    for area, sex, person, month in demo_night.query(
        "select municipality_code, sex, person_key, benefit_month from facts.fct_assistance_month "
        "where is_recipient and is_adult and year(benefit_month) = 2024"
    ):
        months[area, sex, person].add(month)
    told = rows_told(demo_night, "long_term_recipient_share")
    for area, sex, value, low, high, effective, _ in told:
        persons = [len(found) for (a, s, _), found in months.items() if (a, s) == (area, sex)]
        long_term = sum(count >= 10 for count in persons)
        expected = stats.binomtest(long_term, len(persons)).proportion_ci(method="wilson")
        assert value == pytest.approx(100 * long_term / len(persons))
        assert (low, high) == pytest.approx((100 * expected.low, 100 * expected.high), abs=1e-9)
        assert effective == pytest.approx(len(persons))
    assert len(told) > 8


def test_persons_of_another_fact_who_are_among_those_of_the_base_are_a_share_of_them(
    demo_night: DemoNight,
) -> None:
    clients = Counter(
        demo_night.query(
            "select municipality_code, sex from facts.fct_client_year "
            "where is_adult and year_start = date '2024-01-01'"
        )
    )
    asked = Counter(
        demo_night.query(
            "select distinct municipality_code, sex, person_key from facts.fct_screening "
            "where is_adult and is_asked and year(screening_date) = 2024"
        )
    )
    told = rows_told(demo_night, "screening_rate")
    for area, sex, value, low, high, effective, _ in told:
        persons = clients[area, sex]
        count = sum((a, s) == (area, sex) for a, s, _ in asked)
        expected = stats.binomtest(count, persons).proportion_ci(method="wilson")
        assert value == pytest.approx(100 * count / persons)
        assert (low, high) == pytest.approx((100 * expected.low, 100 * expected.high), abs=1e-9)
        assert effective == pytest.approx(persons)
    assert len(told) > 3


def test_a_mean_has_the_error_of_the_persons_it_is_of(demo_night: DemoNight) -> None:
    """The ratio estimator by its residuals, Student's t on the logarithm."""
    money: dict[Any, list[float]] = defaultdict(lambda: [0.0, 0.0])
    for area, sex, person, count, amount in demo_night.query(
        "select municipality_code, sex, person_key, count(*), sum(amount_sek) "
        "from facts.fct_assistance_month "
        "where is_recipient and is_adult and year(benefit_month) = 2024 group by 1, 2, 3"
    ):
        money[area, sex, person] = [float(amount), float(count)]
    told = rows_told(demo_night, "amount_per_recipient_month")
    for area, sex, value, low, high, effective, _ in told:
        persons = [found for (a, s, _), found in money.items() if (a, s) == (area, sex)]
        total, base = (sum(side) for side in zip(*persons, strict=True))
        n = len(persons)
        residuals = sum((y - total / base * x) ** 2 for y, x in persons)
        error = (residuals * n / (n - 1)) ** 0.5 / total
        reach = float(stats.t.ppf(0.975, n - 1)) * error
        assert value == pytest.approx(total / base)
        assert low == pytest.approx(exp(log(value) - reach), rel=1e-9)
        assert high == pytest.approx(exp(log(value) + reach), rel=1e-9)
        assert effective == n
    assert len(told) > 8


def test_events_among_inhabitants_have_byar_s_interval(demo_night: DemoNight) -> None:
    """Several decisions of one person are fewer independent ones."""
    granted = Counter(
        demo_night.query(
            "select municipality_code, sex, person_key from facts.fct_assistance_application "
            "where is_adult and outcome = 'granted' and year(application_date) = 2024"
        )
    )
    told = rows_told(demo_night, "granted_applications_per_1000")
    for area, sex, value, low, high, effective, residents in told:
        counts = [count for (a, s, _), count in granted.items() if (a, s) == (area, sex)]
        events = sum(counts)
        independent = events**2 / sum(count**2 for count in counts)
        assert effective == pytest.approx(independent)
        scale = 1000 / float(residents) * events / independent
        lower = independent * (1 - 1 / (9 * independent) - Z / (3 * independent**0.5)) ** 3
        above = independent + 1
        upper = above * (1 - 1 / (9 * above) + Z / (3 * above**0.5)) ** 3
        assert value == pytest.approx(1000 * events / float(residents))
        assert (low, high) == pytest.approx((lower * scale, upper * scale), rel=1e-9)
    assert len(told) > 8


def test_every_reason_occurs_and_says_what_it_means(demo_night: DemoNight) -> None:
    rows = demo_night.query(
        """
        select
            cell.comparability, cell.estimate_kind, cell.value, cell.value_low, cell.value_high,
            cell.person_count, cell.collected_share, cell.followed_share, cell.numerator,
            indicator.numerator_kind
        from indicators.fct_indicator as cell
        inner join indicators.dim_indicator as indicator using (indicator_id)
        """
    )
    seen = Counter(row[0] for row in rows)
    assert set(seen) == {
        "comparable", "partial", "not_followed", "count", "quantile", "index", "no_persons",
        "few_persons", "no_events", "no_variance", "no_value",
    }  # fmt: skip
    for reason, kind, value, low, high, persons, collected, followed, numerator, observed in rows:
        assert (low is None) == (high is None)
        if low is not None:
            slack = 1e-9 * max(abs(value), 1)
            assert low - slack <= value <= high + slack
        if reason == "comparable":
            assert value is not None
            assert collected == 1
            assert followed in (None, 1)
            assert kind in ("share", "mean", "rate")
            assert low is not None
            assert persons >= 30 or observed == "published"
        if reason == "few_persons" and observed == "observed":
            assert persons < 30
        if reason == "partial":
            assert collected < 1
        if reason == "not_followed":
            assert followed < 1
        if reason in ("count", "quantile", "index"):
            assert (kind, low) == (reason, None)
        if reason == "no_events":
            assert numerator == 0
            assert kind in ("mean", "rate")
        if reason == "no_value":
            assert value is None
