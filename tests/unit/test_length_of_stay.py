"""Survival of stays: against a curve worked out by hand, and against a known truth."""

from __future__ import annotations

import importlib.util
import itertools
import math
from typing import TYPE_CHECKING

import numpy as np
import pytest

from orchestration.settings import PROJECT_DIR

if TYPE_CHECKING:
    from types import ModuleType


@pytest.fixture(scope="module")
def stay_survival() -> ModuleType:
    file = PROJECT_DIR / "dbt_project/models/facts/int_stay_survival.py"
    spec = importlib.util.spec_from_file_location("int_stay_survival", file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def by_hand(
    stays: list[tuple[int, int, bool]], horizon: int
) -> tuple[list[tuple[int, float]], float, float]:
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


def a_register(seed: int, mean_days: float, count: int) -> list[tuple[int, int, bool]]:
    """Stays of people who move in evenly over forty years, seen in the last three of them."""
    random = np.random.default_rng(seed)
    begun = random.uniform(0, 40 * 365.25, count)
    length = np.ceil(random.exponential(mean_days, count))
    opened, closed = 37 * 365.25, 40 * 365.25
    return [
        (int(max(opened - start, 0)), int(min(days, closed - start)), start + days <= closed)
        for start, days in zip(begun, length, strict=True)
        if start + days > opened + 1
        and closed - start >= 1
        and min(days, closed - start) > max(opened - start, 0) + 1
    ]


def fitted(module: ModuleType, stays: list[tuple[int, int, bool]]) -> dict[str, float]:
    entry, days, ended = (np.array(column) for column in zip(*stays, strict=True))
    return dict(module.survival(entry, days, ended))


@pytest.mark.parametrize("seed", range(5))
def test_the_fit_is_the_curve_worked_out_by_hand(stay_survival: ModuleType, seed: int) -> None:
    stays = a_register(seed, 900, 2500)
    found = fitted(stay_survival, stays)
    curve, mean, variance = by_hand(stays, stay_survival.RESTRICTED_TO_DAYS)
    assert found["median"] == next(time for time, share in curve if share < 0.5)
    assert found["mean"] == pytest.approx(mean, rel=1e-9)
    assert found["mean_upper"] - found["mean"] == pytest.approx(
        1.959964 * math.sqrt(variance), rel=1e-6
    )
    assert found["median_lower"] <= found["median"] <= found["median_upper"]


def test_the_truth_is_found_where_ended_stays_alone_would_miss_it(
    stay_survival: ModuleType,
) -> None:
    mean_days = 2000
    stays = a_register(7, mean_days, 60_000)
    found = fitted(stay_survival, stays)
    true_median = mean_days * math.log(2)
    true_mean = mean_days * (1 - math.exp(-stay_survival.RESTRICTED_TO_DAYS / mean_days))
    assert found["median"] == pytest.approx(true_median, rel=0.05)
    assert found["mean"] == pytest.approx(true_mean, rel=0.03)
    everybody = [(0, days, ended) for _, days, ended in stays]
    assert fitted(stay_survival, everybody)["median"] > 1.5 * true_median


def test_nothing_is_told_where_too_few_are_at_risk(stay_survival: ModuleType) -> None:
    alone_first = [(0, 10, True), *[(100, 200 + day, True) for day in range(20)]]
    assert all(math.isnan(value) for value in fitted(stay_survival, alone_first).values())


def test_few_at_risk_between_ends_tell_nothing(stay_survival: ModuleType) -> None:
    """Nobody moves out while there are few, so no end shows it: the days do."""
    few_for_years = [(0, 2500, False)] * 4
    many_later = [(700, 2000 + day, True) for day in range(40)]
    assert all(math.isnan(value) for value in fitted(stay_survival, few_for_years).values())
    found = fitted(stay_survival, few_for_years + many_later)
    assert all(math.isnan(value) for value in found.values())
    # and with as many as are needed from the first day, the curve does tell
    found = fitted(stay_survival, [(0, 2500, False)] * 5 + many_later)
    assert found["median"] > 2000


def test_the_last_day_with_enough_is_told_and_the_next_is_not(stay_survival: ModuleType) -> None:
    horizon, few = stay_survival.RESTRICTED_TO_DAYS, stay_survival.FEWEST_AT_RISK
    leaves_early = [(0, 100, True)] * 3
    until_the_end = leaves_early + [(0, horizon, False)] * few
    one_day_less = leaves_early + [(0, horizon - 1, False)] * few
    assert fitted(stay_survival, until_the_end)["mean"] < horizon
    assert math.isnan(fitted(stay_survival, one_day_less)["mean"])


def test_what_has_no_spread_is_not_told(stay_survival: ModuleType) -> None:
    """All leave after the horizon, on one day: neither mean nor median is known so exactly."""
    found = fitted(stay_survival, [(0, 3000, True)] * 11)
    assert all(math.isnan(value) for value in found.values())


def test_nothing_is_told_while_everybody_still_lives_there(stay_survival: ModuleType) -> None:
    found = fitted(stay_survival, [(0, 3000, False)] * 20)
    assert all(math.isnan(value) for value in found.values())
