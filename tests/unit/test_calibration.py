"""A comparison alarms as often as it says where nothing differs; the whole: make calibrate."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.calibration import SCENARIOS, calibrate, compiled_sql
from tests.conftest import WARM, installation

if TYPE_CHECKING:
    from tests.calibration import Calibration

REPLICATES = 120
"""Of ten indicators in two years: a rate of five per cent is known to half a point."""
BY_NAME = {scenario.name: scenario for scenario in SCENARIOS}
NO_DIFFERENCE = (
    "share of persons, 35 %",
    "rows of persons alike, 80 %",
    "events per day at risk",
    "amount per month, little skewed",
)


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    return compiled_sql(installation(tmp_path_factory.mktemp("calibration")), WARM.project)


def judged(compiled: dict[str, str], name: str, persons: int = 60) -> Calibration:
    nodes = WARM.project.manifest.nodes["nodes"]
    sizes = [(persons, persons)]
    (found,) = calibrate(compiled, nodes, [BY_NAME[name]], sizes, REPLICATES)
    return found


@pytest.mark.parametrize("name", NO_DIFFERENCE)
def test_where_there_is_no_difference_one_in_twenty_alarms(
    compiled: dict[str, str], name: str
) -> None:
    found = judged(compiled, name)
    assert found.tested == 100
    assert found.alarms == pytest.approx(5, abs=1.7)
    assert found.coverage == pytest.approx(95, abs=1.7)
    assert found.change_alarms == pytest.approx(5, abs=2.5)
    assert found.certain_anywhere is not None
    assert found.certain_anywhere < 15, "of ten indicators, where one alone alarms in 40 per cent"


def test_a_difference_is_held_by_its_interval_and_found_the_more_the_more_persons(
    compiled: dict[str, str],
) -> None:
    few, many = (judged(compiled, "share, women 15 points more", n) for n in (30, 200))
    for found in (few, many):
        assert found.coverage == pytest.approx(95, abs=1.7)
    assert few.alarms is not None
    assert many.alarms is not None
    assert few.alarms < 30 < 75 < many.alarms


def test_fewer_than_thirty_are_not_tested(compiled: dict[str, str]) -> None:
    found = judged(compiled, "share of persons, 35 %", 29)
    assert (found.tested, found.alarms) == (0, None)


def test_an_error_that_is_too_small_is_seen(compiled: dict[str, str]) -> None:
    whole = "sqrt(women_variance + men_variance)"
    assert compiled["fct_gap"].count(whole) == 1
    halved = compiled | {"fct_gap": compiled["fct_gap"].replace(whole, f"0.7 * {whole}")}
    found = judged(halved, "amount per month, little skewed")
    assert found.alarms is not None
    assert found.alarms > 10
