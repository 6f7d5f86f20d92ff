"""Culture school and project funds recomputed from the files: the marts must say the same."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

import numpy as np
import pytest

from tests.culture_in_files import COURSES, Funds, children_in_courses, dissimilarity

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import DemoNight
    from tests.culture_in_files import Choice

LEVELS: dict[str, Callable[[str], str]] = {
    "municipality": str,
    "county": lambda area: area[:2],
    "all": lambda _: "all",
}
PROGRAMMES = {
    "Ungdomsverksamhet": "youth",
    "Idrott": "sports",
    "Kultur": "culture",
    "Integration": "integration",
    "Folkhälsa": "public_health",
}


@pytest.fixture(scope="module")
def choices(demo_night: DemoNight) -> list[Choice]:
    return children_in_courses(demo_night.settings.landing_dir)


@pytest.mark.parametrize("level", LEVELS)
def test_the_index_has_one_value_for_both_sexes_and_its_pupils_by_sex(
    level: str, choices: list[Choice], demo_night: DemoNight
) -> None:
    index = dissimilarity(choices, LEVELS[level])
    pupils = defaultdict(set)
    for choice in choices:
        for sex in (choice.sex, "total"):
            pupils[LEVELS[level](choice.area), choice.year, sex].add(choice.person)
    rows = demo_night.query(
        f"""
        select area_code, year, sex, value, status, person_count from marts.mart_indicator
        where indicator_id = 'course_dissimilarity_index' and area_level = '{level}'
        """
    )
    assert {(area, year) for area, year, *_ in rows} == set(index)
    for area, year, sex, value, status, person_count in rows:
        assert person_count == len(pupils[area, year, sex])
        if sex == "total":
            assert value == pytest.approx(index[area, year], abs=0.005)
            assert status == ("partial" if (area, year) in incomplete() else "value")
        else:
            assert (value, status) == (None, "not_applicable")


def test_beside_the_index_stands_what_chance_alone_would_give(
    choices: list[Choice], demo_night: DemoNight
) -> None:
    """The sexes of the places are shuffled: as if girls and boys had chosen alike."""
    random = np.random.default_rng(3)
    told = {
        (area, year): values
        for area, year, *values in demo_night.query(
            "select area_code, year, dissimilarity_index, dissimilarity_by_chance "
            "from marts.mart_course_choice where instrument = 'total' "
            "and dissimilarity_by_chance is not null"
        )
    }
    assert len(told) > 10
    places = defaultdict(list)
    for choice in choices:
        if choice.sex in ("women", "men"):
            for area in (place(choice.area) for place in LEVELS.values()):
                places[area, choice.year].append((choice.sex == "women", choice.course))
    exceeded = 0
    for key, (index, by_chance) in told.items():
        girls = np.array([is_girl for is_girl, _ in places[key]])
        course = np.array([name for _, name in places[key]])
        taken = np.array([course == name for name in set(course)], dtype=float)
        by_shuffles = []
        for _ in range(200):
            random.shuffle(girls)
            of_girls, of_boys = taken @ girls / girls.sum(), taken @ ~girls / (~girls).sum()
            by_shuffles.append(50 * np.abs(of_girls - of_boys).sum())
        assert by_chance == pytest.approx(np.mean(by_shuffles), rel=0.12), key
        exceeded += index > np.quantile(by_shuffles, 0.95)
    assert exceeded > len(told) / 2, "planted: they do not choose alike"


def incomplete() -> set[tuple[str, int]]:
    """9906 has not delivered the autumn of 2025."""
    return {("9906", 2025), ("99", 2025), ("all", 2025)}


@pytest.mark.parametrize("level", LEVELS)
def test_girls_and_boys_of_every_course(
    level: str, choices: list[Choice], demo_night: DemoNight
) -> None:
    taking = defaultdict(set)
    for choice in choices:
        for course in (choice.course, "total"):
            key = (LEVELS[level](choice.area), choice.year, course)
            taking[*key, choice.sex].add(choice.person)
    rows = demo_night.query(
        f"""
        select area_code, year, instrument, girl_count, boy_count, unknown_count, pupil_count,
            girl_percent, is_balanced, girl_count_rounded, boy_count_rounded, pupil_count_rounded
        from marts.mart_course_choice where area_level = '{level}'
        """
    )
    assert len(rows) == len({(area, year) for area, year, *_ in rows}) * (len(COURSES) + 1)
    unequal = 0
    for area, year, course, girls, boys, unknown, pupils, percent, balanced, *rounded in rows:
        counted = [len(taking[area, year, course, sex]) for sex in ("women", "men", "unknown")]
        assert [girls, boys, unknown, pupils] == [*counted, sum(counted)]
        assert rounded == [(2 * count + 5) // 10 * 5 for count in (girls, boys, pupils)]
        unequal += rounded[0] + rounded[1] != rounded[2]
        if girls + boys:
            assert percent == pytest.approx(100 * girls / (girls + boys))
            assert balanced == (2 * (girls + boys) <= 5 * girls <= 3 * (girls + boys))
        else:
            assert percent is balanced is None
    assert unequal, "rounded girls and boys need not add up"


def test_pupils_in_balanced_courses(choices: list[Choice], demo_night: DemoNight) -> None:
    sexes = defaultdict(list)
    for choice in choices:
        sexes[choice.area, choice.year, choice.course].append(choice.sex)
    found = defaultdict(set)
    for choice in choices:
        taking = sexes[choice.area, choice.year, choice.course]
        girls, boys = taking.count("women"), taking.count("men")
        if 2 * (girls + boys) <= 5 * girls <= 3 * (girls + boys) and girls + boys:
            found[choice.area, choice.year, choice.sex].add(choice.person)
    rows = demo_night.query(
        """
        select area_code, year, sex, numerator from marts.mart_indicator
        where indicator_id = 'balanced_course_pupil_share' and area_level = 'municipality'
            and sex <> 'total' and age_band = 'total' and category_axis = 'total' and numerator > 0
        """
    )
    assert {(area, year, sex): int(count) for area, year, sex, count in rows} == {
        key: len(persons) for key, persons in found.items()
    }


@pytest.mark.parametrize("level", LEVELS)
def test_project_funds(level: str, demo_night: DemoNight) -> None:
    applications = Funds(demo_night.settings.landing_dir).applications
    rows = demo_night.query(
        f"""
        select area_code, year, fund_programme, sex, application_count, refused_count, applied_sek,
            granted_sek, receiver_count, granted_sek_per_receiver, share_of_granted_percent
        from marts.mart_project_funds
        where area_level = '{level}' and fund_refusal_reason = 'total'
        """
    )
    assert rows
    for (
        area,
        year,
        programme,
        sex,
        count,
        refused,
        applied,
        granted,
        heads,
        per_head,
        share,
    ) in rows:
        mine = [
            a
            for a in applications
            if (LEVELS[level](a.area), a.year) == (area, year)
            and programme in ("total", PROGRAMMES[a.programme])
        ]
        assert count == sum(a.is_for(sex) for a in mine)
        assert refused == sum(a.is_for(sex) and not a.granted_ore for a in mine)
        assert applied * 100 == sum(a.ore(a.applied_ore, sex) for a in mine)
        assert granted * 100 == sum(a.ore(a.granted_ore, sex) for a in mine)
        assert heads == sum(a.heads(sex) for a in mine if a.granted_ore)
        if heads:
            ore = sum(a.ore(a.granted_ore, sex) for a in mine if a.heads(sex))
            assert per_head == pytest.approx(ore / 100 / heads)
        if whole := sum(a.granted_ore for a in mine):
            assert share == pytest.approx(float(granted) * 10000 / whole)


def test_reasons_of_refusals(demo_night: DemoNight) -> None:
    """Whatever the programme, the reasons are all the refusals, and only refusals have one."""
    rows = demo_night.query(
        """
        select
            sum(refused_count) filter (where fund_refusal_reason = 'total') as refused,
            sum(refused_count) filter (where fund_refusal_reason <> 'total') as with_reason,
            sum(granted_sek) filter (where fund_refusal_reason <> 'total') as granted
        from marts.mart_project_funds where sex = 'total' group by area_code, year, fund_programme
        """
    )
    assert any(refused for refused, *_ in rows)
    assert all(refused == reasons and not granted for refused, reasons, granted in rows)
    applications = Funds(demo_night.settings.landing_dir).applications
    ((unstated,),) = demo_night.query(
        """
        select sum(application_count) from marts.mart_project_funds
        where area_code = 'all' and sex = 'total' and fund_programme = 'total'
            and fund_refusal_reason = 'not_stated'
        """
    )
    assert unstated == sum(not (a.granted_ore or a.reason) for a in applications) > 0
