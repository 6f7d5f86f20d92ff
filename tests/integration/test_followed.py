"""What an indicator waits for, recomputed from the rows of the facts and the days of the seed."""

from __future__ import annotations

import csv
from collections import Counter
from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.conftest import DemoNight

STEPS = {
    "case_activity_share": {"activity"},
    "case_plan_share": {"plan"},
    "case_step_share": {"visit", "investigation", "decision", "plan", "activity", "closing"},
    "case_return_share": {"return"},
}
DECIDED = (
    "approval_rate",
    "decision_days",
    "granted_applications_per_1000",
    "partial_approval_rate",
    "refusal_rate",
    "refusals",
    "refused_applications_per_1000",
)
Cell = tuple[str, str, int, str]


def known_until(night: DemoNight, fact: str) -> dict[str, date]:
    """Return the last day of the last month that each municipality has delivered."""
    rows = night.query(
        "select area_code, max(month) from facts.fct_collection "
        f"where fact = '{fact}' and is_collected group by 1"
    )
    return {
        area: (month.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
        for area, month in rows
    }


def steps_followed(night: DemoNight, days: dict[str, int]) -> Iterator[tuple[Cell, bool]]:
    known = known_until(night, "case_step")
    rows = night.query(
        "select municipality_code, sex, case_step, episode_start, closing_date, "
        "has_known_beginning from facts.fct_case_step where is_adult"
    )
    for area, sex, step, begun, closed, has_beginning in rows:
        since = closed if step == "return" else begun
        if since is None or not (has_beginning or step == "return"):
            continue
        is_followed = since + timedelta(days=days[step]) <= known[area]
        for indicator, steps in STEPS.items():
            if step in steps:
                yield (indicator, area, since.year, sex), is_followed


def decisions_followed(night: DemoNight, days: dict[str, int]) -> Iterator[tuple[Cell, bool]]:
    known = known_until(night, "assistance_application")
    rows = night.query(
        "select municipality_code, sex, application_date, outcome, is_first "
        "from facts.fct_assistance_application where is_adult"
    )
    for area, sex, applied, outcome, is_first in rows:
        if outcome is None and known[area] - applied >= timedelta(days=days["decision"]):
            continue  # nobody waits for it any more
        for indicator in (*DECIDED, *(["first_decision_days"] if is_first else [])):
            yield (indicator, area, applied.year, sex), outcome is not None


def test_what_is_followed_says_how_far(demo_night: DemoNight) -> None:
    seeds = demo_night.settings.project_dir / "seeds"
    with (seeds / "case_steps.csv").open(encoding="utf-8", newline="") as file:
        days = {row["case_step"]: int(row["follow_up_days"]) for row in csv.DictReader(file)}
    to_follow: Counter[Cell] = Counter()
    followed: Counter[Cell] = Counter()
    for found in (steps_followed(demo_night, days), decisions_followed(demo_night, days)):
        for (indicator, area, year, sex), is_followed in found:
            for cell in ((area, sex), (area, "total"), ("all", sex), ("all", "total")):
                key = (indicator, cell[0], year, cell[1])
                to_follow[key] += 1
                followed[key] += is_followed
    told = demo_night.query(
        f"""
        select indicator_id, area_code, year(period_start), sex, status, followed_share,
            release_status, value, collected_share
        from indicators.fct_indicator
        where indicator_id in {(*STEPS, *DECIDED, "first_decision_days")}
            and area_level <> 'county' and period_grain = 'year' and age_band = 'total'
            and birth_region = 'total' and category_axis = 'total'
        """
    )
    seen = Counter()
    for indicator, area, year, sex, status, share, release, value, collected in told:
        cell = (indicator, area, year, sex)
        if not to_follow[cell]:
            assert share is None, cell
            continue
        assert float(share) == pytest.approx(followed[cell] / to_follow[cell], abs=1e-4), cell
        assert (share == 1) == (followed[cell] == to_follow[cell]), cell
        if followed[cell] < to_follow[cell]:
            assert release == "preliminary", cell
        if not followed[cell]:
            assert (status, value) == ("not_yet_followed", None), cell
        elif collected == 1 and followed[cell] < to_follow[cell]:
            assert status in ("partial", "no_denominator"), cell
            assert (status == "partial") == (value is not None), cell
        elif collected == 1:
            assert status in ("value", "zero", "no_denominator"), cell
        seen[status] += 1
    assert min(seen[status] for status in ("not_yet_followed", "partial", "value")) > 20


def test_no_change_is_told_of_a_year_that_is_not_whole(demo_night: DemoNight) -> None:
    compared, not_whole = demo_night.query(
        """
        select
            count(*),
            count(*) filter (
                where 'partial' in (now.women_status, now.men_status)
                    or 'partial' in (before.women_status, before.men_status)
            )
        from marts.mart_gender_gap as now
        inner join marts.mart_gender_gap as before
            on now.period_start = before.period_start + interval 1 year
            and now.period_grain = 'year' and before.period_grain = 'year'
            and now.indicator_id = before.indicator_id and now.area_code = before.area_code
            and now.area_level = before.area_level and now.age_band = before.age_band
            and now.birth_region = before.birth_region
            and now.category_axis = before.category_axis and now.category = before.category
        where now.difference_change is not null
        """
    )[0]
    assert compared > 10_000
    assert not_whole == 0
