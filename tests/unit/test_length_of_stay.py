"""Survival of stays in SQL: against statsmodels, the textbook's sums, and a known truth."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence

import duckdb
import jinja2
import numpy as np
import pytest
from scipy import stats
from statsmodels.duration.survfunc import SurvfuncRight

from orchestration.settings import PROJECT_DIR

DBT = PROJECT_DIR / "dbt_project"
RESTRICTED_TO_DAYS, FEWEST_AT_RISK = 1826, 5
FIGURES = ("median", "median_lower", "median_upper", "mean", "mean_lower", "mean_upper")

Stay = tuple[int, int, bool]
"""Days of it that had passed when the register began, days until its end or today, ended."""
Told = dict[str, float]
Fit = Callable[[Sequence[Sequence[Stay]]], list[Told]]


@pytest.fixture(scope="module")
def fitted() -> Fit:
    """Return the model as dbt would render it, over as many registers as one likes: a cell each."""
    environment = jinja2.Environment(autoescape=True)
    macros = environment.from_string(
        "".join(
            (DBT / "macros" / name).read_text(encoding="utf-8")
            for name in ("statistics/intervals.sql", "tolerance.sql")
        )
    ).module
    model = environment.from_string(
        (DBT / "models/facts/int_stay_survival.sql").read_text(encoding="utf-8")
    ).render(
        ref=str,
        real=macros.real,
        is_above=macros.is_above,
        normal_95=lambda: float(stats.norm.ppf(0.975)),
    )
    figures = ", ".join(f"{name}_days as {name}" for name in FIGURES)

    def fit(registers: Sequence[Sequence[Stay]]) -> list[Told]:
        columns = {
            "cell": [number for number, stays in enumerate(registers) for _ in stays],
            **{
                name: [stay[place] for stays in registers for stay in stays]
                for place, name in enumerate(("entry_days", "stay_days", "is_ended"))
            },
        }
        with duckdb.connect() as connection:
            connection.execute(
                f"""
                create table int_stay_group as
                select
                    'all' as area_level, 'all' as area_code, 'a' as service,
                    'total' as age_interval, cell as sex,
                    entry_days, stay_days, is_ended, count(*) as stay_count
                from (select {", ".join(f"unnest(${name}) as {name}" for name in columns)})
                group by all
                """,
                columns,
            )
            found = connection.execute(f"select {figures} from ({model}) order by sex").fetchall()
        assert len(found) == len(registers)
        return [
            {name: math.nan if day is None else day for name, day in zip(FIGURES, row, strict=True)}
            for row in found
        ]

    return fit


def by_statsmodels(stays: Sequence[Stay]) -> Told:
    """Median, restricted mean and intervals over the curve of the library; NaN: not told.

    The library goes on with a curve of 1e-16 where nobody is left, and where a half stays to the
    last digit its logarithms may say less.
    """
    told = dict.fromkeys(FIGURES, math.nan)
    entry, days, ended = (np.array(column) for column in zip(*stays, strict=True))
    if not ended.any():
        return told
    length = days.max() + 2
    moves = np.bincount(entry + 1, minlength=length) - np.bincount(days + 1, minlength=length)
    told_until = 1 + (moves.cumsum()[1:] < FEWEST_AT_RISK).argmax()
    curve = SurvfuncRight(days, ended.astype(int), entry=entry)
    staying = curve.n_risk - curve.n_events
    shares = np.where(np.minimum.accumulate(staying) == 0, 0, curve.surv_prob)
    less_than_half = curve.surv_times[shares < 0.5 - 1e-9]
    with np.errstate(divide="ignore", invalid="ignore"):
        limits = curve.quantile_ci(0.5)
    if less_than_half.size and less_than_half[0] < told_until and not math.isnan(limits[0]):
        named = zip(FIGURES[:3], (less_than_half[0], *limits), strict=True)
        told |= {name: float(day) for name, day in named if day < told_until}
    if told_until > RESTRICTED_TO_DAYS:
        within = curve.surv_times < RESTRICTED_TO_DAYS
        starts = np.concatenate(([0], curve.surv_times[within], [RESTRICTED_TO_DAYS]))
        areas = np.concatenate(([1], shares[within])) * np.diff(starts)
        after = areas[::-1].cumsum()[::-1][1:]
        terms = curve.n_events[within] / (curve.n_risk[within] * np.maximum(staying[within], 1))
        reach = stats.norm.ppf(0.975) * math.sqrt((after**2 * terms).sum())
        if reach > 0:
            mean = areas.sum()
            told |= {
                "mean": mean,
                "mean_lower": mean - reach,
                "mean_upper": min(mean + reach, RESTRICTED_TO_DAYS),
            }
    return told


def by_hand(stays: list[Stay], horizon: int) -> tuple[list[tuple[int, float]], float, float]:
    """Kaplan-Meier with entry, restricted mean and its variance, as the textbook writes them."""
    share, curve, greenwood = 1.0, [], []
    for time in sorted({stay for _, stay, ended in stays if ended}):
        at_risk = sum(entry < time <= stay for entry, stay, _ in stays)
        left = sum(ended and stay == time for _, stay, ended in stays)
        share *= 1 - left / at_risk
        curve.append((time, share))
        greenwood.append((time, left / (at_risk * (at_risk - left)) if at_risk > left else 0.0))

    def area(start: int) -> float:
        points = [start, *(t for t, _ in curve if start < t < horizon), horizon]
        height = {start: math.prod([1.0, *[s for t, s in curve if t <= start][-1:]])}
        height |= dict(curve)
        return sum(height[left] * (right - left) for left, right in itertools.pairwise(points))

    variance = sum(area(t) ** 2 * g for t, g in greenwood if t < horizon)
    return curve, area(0), variance


def a_register(seed: int, mean_days: float, count: int) -> list[Stay]:
    """Stays of people who move in evenly over forty years, seen in the last three of them."""
    random = np.random.default_rng(seed)
    begun = random.uniform(0, 40 * 365.25, count)
    length = np.ceil(random.exponential(mean_days, count))
    opened, closed = 37 * 365.25, 40 * 365.25
    return [
        (int(max(opened - start, 0)), int(min(days, closed - start)), bool(start + days <= closed))
        for start, days in zip(begun, length, strict=True)
        if start + days > opened + 1
        and closed - start >= 1
        and min(days, closed - start) > max(opened - start, 0) + 1
    ]


def some_register(random: np.random.Generator) -> list[Stay]:
    """Few or many stays, over few days with many on the same or over many, most or few ended."""
    count, span = random.integers(1, 80), random.choice((6, 40, 400, 3000))
    entry = random.integers(0, span, count) * (random.random(count) < random.random())
    days = entry + 1 + random.integers(0, span, count)
    ended = random.random(count) < random.random()
    return [(int(a), int(b), bool(c)) for a, b, c in zip(entry, days, ended, strict=True)]


def test_random_stays_are_told_as_statsmodels_tells_them(fitted: Fit) -> None:
    random = np.random.default_rng(20250701)
    registers = [some_register(random) for _ in range(400)]
    # many at risk for long, so that five years are told
    registers += [a_register(seed, mean, 900) for seed in range(30) for mean in (300, 900, 4000)]
    registers += [[*a_register(seed, 900, 900), *some_register(random)] for seed in range(30)]
    expected = [by_statsmodels(stays) for stays in registers]
    for found, told in zip(fitted(registers), expected, strict=True):
        assert found == pytest.approx(told, rel=1e-9, nan_ok=True)
    for name in FIGURES:
        count = sum(not math.isnan(told[name]) for told in expected)
        assert 30 < count < len(registers) - 30, f"{name} is told {count} times"


def test_the_fit_is_the_curve_worked_out_by_hand(fitted: Fit) -> None:
    registers = [a_register(seed, 900, 2500) for seed in range(5)]
    for stays, found in zip(registers, fitted(registers), strict=True):
        curve, mean, variance = by_hand(stays, RESTRICTED_TO_DAYS)
        assert found["median"] == next(time for time, share in curve if share < 0.5)
        assert found["mean"] == pytest.approx(mean, rel=1e-9)
        assert found["mean_upper"] - found["mean"] == pytest.approx(
            1.959964 * math.sqrt(variance), rel=1e-6
        )
        assert found["median_lower"] <= found["median"] <= found["median_upper"]


def test_the_truth_is_found_where_ended_stays_alone_would_miss_it(fitted: Fit) -> None:
    mean_days = 2000
    stays = a_register(7, mean_days, 60_000)
    everybody = [(0, days, ended) for _, days, ended in stays]
    found, naive = fitted([stays, everybody])
    true_median = mean_days * math.log(2)
    true_mean = mean_days * (1 - math.exp(-RESTRICTED_TO_DAYS / mean_days))
    assert found["median"] == pytest.approx(true_median, rel=0.05)
    assert found["mean"] == pytest.approx(true_mean, rel=0.03)
    assert naive["median"] > 1.5 * true_median


def tells_nothing(told: Told) -> bool:
    return all(math.isnan(told[name]) for name in FIGURES)


def test_nothing_is_told_where_too_few_are_at_risk(fitted: Fit) -> None:
    alone_first = [(0, 10, True), *[(100, 200 + day, True) for day in range(20)]]
    nobody_first = [(1, 20 + day, True) for day in range(20)]
    assert all(map(tells_nothing, fitted([alone_first, nobody_first])))


def test_few_at_risk_between_ends_tell_nothing(fitted: Fit) -> None:
    """Nobody moves out while there are few, so no end shows it: the days do."""
    few_for_years = [(0, 2500, False)] * 4
    many_later = [(700, 2000 + day, True) for day in range(40)]
    assert all(map(tells_nothing, fitted([few_for_years, few_for_years + many_later])))
    # and with as many as are needed from the first day, the curve does tell
    (found,) = fitted([[(0, 2500, False)] * FEWEST_AT_RISK + many_later])
    assert found["median"] > 2000


def test_the_last_day_with_enough_is_told_and_the_next_is_not(fitted: Fit) -> None:
    leaves_early = [(0, 100, True)] * 3
    until_the_end, one_day_less = fitted(
        [
            leaves_early + [(0, days, False)] * FEWEST_AT_RISK
            for days in (RESTRICTED_TO_DAYS, RESTRICTED_TO_DAYS - 1)
        ]
    )
    assert until_the_end["mean"] < RESTRICTED_TO_DAYS
    assert math.isnan(one_day_less["mean"])


def test_who_all_leave_on_the_day_that_others_come_stay_no_longer(fitted: Fit) -> None:
    """The curve is at nothing from then on, whatever those do who came later."""
    first, then, later = [(0, 10, True)] * 3, [(0, 15, True)] * 7, [(15, 3000, False)] * 9
    (found,) = fitted([first + then + later])
    assert found["median"] == 15
    assert found["mean"] == pytest.approx(10 + 0.7 * 5)


def test_what_has_no_spread_is_not_told(fitted: Fit) -> None:
    """All leave after the horizon, on one day: neither mean nor median is known so exactly."""
    assert all(map(tells_nothing, fitted([[(0, 3000, True)] * 11])))


def test_nothing_is_told_while_everybody_still_lives_there(fitted: Fit) -> None:
    assert all(map(tells_nothing, fitted([[(0, 3000, False)] * 20])))
