"""Months in a row, endings and handling, recomputed in plain Python from the export files."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from tests.integration.test_recomputed import YEARS, newest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import DemoNight

LOOKS_BACK = {
    "spell_of_3_months_share": 2,
    "spell_of_6_months_share": 5,
    "very_long_term_recipient_share": 24,
}
"""Months before the year that each needs: of three in a row two may lie before January."""


def number_of(year: int, month: int) -> int:
    return 12 * year + month - 1


def months_delivered(landing: Path) -> dict[str, set[int]]:
    """Months for which payments have come, by municipality, by the names of the files."""
    delivered: dict[str, set[int]] = defaultdict(set)
    for source, table in (("alfa", "utbetalning"), ("beta", "betalning")):
        for area, files in newest(landing / source, table).items():
            for _, months in files:
                delivered[area] |= {number_of(*month) for month in months}
    return delivered


def test_a_figure_that_looks_back_has_no_value_before_the_months_reach_back(
    demo_night: DemoNight,
) -> None:
    delivered = months_delivered(demo_night.settings.landing_dir)
    expected = {}
    for indicator, look_back in LOOKS_BACK.items():
        for area, months in delivered.items():
            for year in YEARS:
                start, end = number_of(year, 1) - look_back, number_of(year, 12)
                if min(months) > start:
                    expected[indicator, area, year] = "not_collected"
                elif set(range(start, end + 1)) <= months:
                    expected[indicator, area, year] = "known"
                else:
                    expected[indicator, area, year] = "partial"
    found = {}
    for indicator, area, year, status, value, numerator, denominator in demo_night.query(
        f"""
        select indicator_id, area_code, year, status, value, numerator, denominator
        from marts.mart_indicator
        where indicator_id in {tuple(LOOKS_BACK)} and area_level = 'municipality'
            and sex = 'women' and age_band = 'total' and birth_region = 'total'
            and category_axis = 'total'
        """
    ):
        found[indicator, area, year] = "known" if status in ("value", "zero") else status
        is_told = [part is not None for part in (value, numerator, denominator)]
        assert set(is_told) == {status != "not_collected"}, (indicator, area, year)
    assert found == expected
    assert {"known", "not_collected"} <= set(expected.values())
    assert found["very_long_term_recipient_share", "9901", 2024] == "not_collected"
    assert found["very_long_term_recipient_share", "9901", 2025] == "known"
    assert found["spell_of_6_months_share", "9901", 2024] == "known"
