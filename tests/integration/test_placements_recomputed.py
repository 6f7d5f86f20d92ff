"""Placements, the way to an own home and register outcomes, recomputed from the export files.

Plain Python over the files (tests/placement_files.py), none of our SQL. The marts must say exactly
the same.
"""

from __future__ import annotations

import csv
from collections import Counter, defaultdict
from datetime import date
from itertools import product
from math import exp, log
from typing import TYPE_CHECKING, Any

import pytest
from scipy.stats import binomtest, fisher_exact, norm

from tests.conftest import PROJECT_DIR
from tests.placement_files import (
    FORMS,
    INSTITUTIONS,
    YEARS,
    Spell,
    Who,
    delivered,
    departures,
    followed_home,
    medicine_rows,
    next_forms,
    placement_truths,
    protected_numbers,
    read_spells,
    replaced_numbers,
    schooling_rows,
)
from tests.placement_files import SEXES as SEX_WORDS

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from tests.conftest import DemoNight

SEXES = ("women", "men", "unknown")
KNOWN_UNTIL = date(2025, 12, 31)
"""The last day that the files tell of."""


@pytest.fixture(scope="module")
def landing(demo_night: DemoNight) -> Path:
    return demo_night.settings.landing_dir


@pytest.fixture(scope="module")
def spells(landing: Path) -> list[Spell]:
    return read_spells(landing)


def areas_of(municipality: str) -> tuple[str, str, str]:
    return municipality, municipality[:2], "all"


def nonzero(counted: dict[Any, Any]) -> dict[Any, Any]:
    return {key: value for key, value in counted.items() if value}


def test_unplanned_endings_placements_and_days(spells: list[Spell], demo_night: DemoNight) -> None:
    """In every area, year, form, legal ground, for each sex of adults and of children."""
    expected: Counter[tuple[Any, ...]] = Counter()
    for spell in spells:
        for year in YEARS:
            if not (spell.is_placement and spell.days_in(year)):
                continue
            for area in areas_of(spell.area):
                for form, ground in product((spell.form, "total"), (spell.ground, "total")):
                    cell = (area, year, spell.ages, form, ground, spell.who.sex)
                    expected[*cell, "placement"] += 1
                    expected[*cell, "day"] += spell.days_in(year)
                    expected[*cell, "unplanned"] += spell.breaks_in(year)
    actual = {}
    for sex in SEXES:
        for measure in ("placement", "day", "unplanned"):
            rows = demo_night.query(
                f"""
                select area_code, year, ages, placement_form, placement_ground,
                    {sex}_{measure}_count
                from marts.mart_overrepresentation
                """
            )
            actual |= {(*key, sex, measure): value for *key, value in rows}
    assert nonzero(actual) == nonzero(expected)


class Risk:
    """Unplanned endings of a sex in a cell and what they are of, person by person."""

    def __init__(self) -> None:
        self.persons: dict[str, list[int]] = defaultdict(lambda: [0, 0])

    def add(self, person: str, unplanned: int, base: int) -> None:
        self.persons[person][0] += unplanned
        self.persons[person][1] += base

    @property
    def unplanned(self) -> int:
        return sum(unplanned for unplanned, _ in self.persons.values())

    @property
    def base(self) -> int:
        return sum(base for _, base in self.persons.values())

    @property
    def share(self) -> float:
        return self.unplanned / self.base

    @property
    def relative_variance(self) -> float:
        """Squared error of the share by its size: persons are drawn, not their placements."""
        residuals = (unplanned - self.share * base for unplanned, base in self.persons.values())
        return sum(residual**2 for residual in residuals) / self.unplanned**2

    @property
    def table(self) -> list[int]:
        """Persons with an unplanned ending, and without, of those that are of the base."""
        hit = sum(unplanned > 0 for unplanned, _ in self.persons.values())
        return [hit, sum(base > 0 for _, base in self.persons.values()) - hit]


def risk_compared(women: Risk, men: Risk) -> tuple[float | None, float | None, float | None]:
    """Return both bounds of women's risk by men's, and the p value that they are the same."""
    if not (women.base and men.base):
        return None, None, None
    if not (women.unplanned and men.unplanned):
        return None, None, fisher_exact([women.table, men.table]).pvalue
    ratio = women.share / men.share
    error = (women.relative_variance + men.relative_variance) ** 0.5
    if not error or min(sum(women.table), sum(men.table)) < 30:
        return None, None, fisher_exact([women.table, men.table]).pvalue
    reach = exp(norm.ppf(0.975) * error)
    return ratio / reach, ratio * reach, 2 * norm.sf(abs(log(ratio)) / error)


def test_placements_of_a_person_are_not_independent_of_each_other(
    spells: list[Spell], demo_night: DemoNight
) -> None:
    """Interval, p value and verdict of every form and ground rest on persons."""
    risks: dict[tuple[Any, ...], Risk] = defaultdict(Risk)
    for spell in spells:
        for year in YEARS:
            if not (spell.is_placement and spell.days_in(year)):
                continue
            for area in areas_of(spell.area):
                for form, ground in product((spell.form, "total"), (spell.ground, "total")):
                    cell = (area, year, spell.ages, form, ground, spell.who.sex)
                    risks[cell].add(spell.who.key, spell.breaks_in(year), 1)
    rows = demo_night.query(
        """
        select area_code, year, ages, placement_form, placement_ground, verdict,
            relative_risk_by_placements_lo, relative_risk_by_placements_hi, p_value
        from marts.mart_overrepresentation
        """
    )
    verdicts: Counter[str] = Counter()
    for *cell, verdict, low, high, p in rows:
        women, men = (risks[*cell, sex] for sex in ("women", "men"))
        expected = risk_compared(women, men)
        for said, computed in zip((low, high, p), expected, strict=True):
            assert said == (computed and pytest.approx(computed, rel=1e-7)), cell
        verdicts[verdict] += 1
        if women.unplanned + men.unplanned >= 10:
            differs = expected[2] is not None and expected[2] <= 0.05
            assert (verdict == "within_chance") == (not differs), cell
            if low is not None and differs:
                assert low > 1 or high < 1, cell
    assert verdicts["women_over_represented"] > 5
    assert any(len(risk.persons) < risk.base for risk in risks.values())


def test_the_planted_share_of_women_is_what_the_mart_says(
    landing: Path, demo_night: DemoNight
) -> None:
    truths = placement_truths(landing)
    women, men = (
        truths[f"unplanned_endings_family_home_adults_{sex}", "", "", "2025"]
        for sex in ("women", "men")
    )
    base_women, base_men = (
        truths[f"placements_family_home_adults_{sex}", "", "", "2025"] for sex in ("women", "men")
    )
    (row,) = demo_night.query(
        """
        select women_share_of_unplanned, women_share_of_placements, index_by_placements,
            relative_risk_by_placements, women_share_of_unplanned_lo, women_share_of_unplanned_hi,
            verdict
        from marts.mart_overrepresentation
        where area_code = 'all' and year = 2025 and ages = 'adults'
            and placement_form = 'familjehem_vuxna' and placement_ground = 'total'
        """
    )
    share, base = women / (women + men), base_women / (base_women + base_men)
    interval = binomtest(women, women + men).proportion_ci(method="wilson")
    risk = (women / base_women) / (men / base_men)
    assert (share, base) == (0.65, 0.45)
    assert risk == pytest.approx((share / (1 - share)) / (base / (1 - base)))
    assert row[:6] == pytest.approx((share, base, share / base, risk, interval.low, interval.high))
    assert row[6] == "women_over_represented"


def test_every_interval_is_that_of_scipy(demo_night: DemoNight) -> None:
    rows = demo_night.query(
        """
        select distinct women_unplanned_count, women_unplanned_count + men_unplanned_count,
            women_share_of_unplanned_lo, women_share_of_unplanned_hi
        from marts.mart_overrepresentation where women_unplanned_count + men_unplanned_count > 0
        """
    )
    assert len(rows) > 20
    for count, total, low, high in rows:
        interval = binomtest(count, total).proportion_ci(method="wilson")
        assert (low, high) == pytest.approx((interval.low, interval.high)), (count, total)


def test_nobody_stands_in_a_share_without_its_base(demo_night: DemoNight) -> None:
    (row,) = demo_night.query(
        """
        select count(*) from marts.mart_overrepresentation
        where women_share_of_unplanned is not null
            and (women_share_of_placements is null or women_share_of_days is null)
        """
    )
    assert row[0] == 0


def test_indicators_of_placements(spells: list[Spell], demo_night: DemoNight) -> None:
    expected: dict[tuple[Any, ...], Any] = defaultdict(int)
    persons: dict[tuple[Any, ...], set[str]] = defaultdict(set)
    for spell in spells:
        for year in YEARS:
            if not (spell.is_placement and spell.days_in(year)):
                continue
            for area in areas_of(spell.area):
                cell = (area, year, spell.who.sex)
                of = "adult" if spell.ages == "adults" else "child"
                persons[f"{of}_placed_persons", *cell].add(spell.who.key)
                persons["placed_persons", *cell].add(spell.who.key)
                if spell.is_young:
                    persons["young_placed_persons", *cell].add(spell.who.key)
                expected[f"{of}_placements", *cell] += 1
                expected[f"{of}_placement_days", *cell] += spell.days_in(year)
                expected[f"{of}_placement_endings", *cell] += spell.ends_in(year)
                expected[f"{of}_unplanned_per_1000_days", *cell] += spell.breaks_in(year)
                if spell.ends_in(year) and spell.last:
                    length = (spell.last - spell.first).days + 1
                    expected[f"{of}_placement_length", *cell] += length
                    planned = spell.ending == "planned"
                    expected[f"{of}_planned_ending_share", *cell] += planned
    expected |= {cell: len(keys) for cell, keys in persons.items()}
    ids = ", ".join(f"'{indicator_id}'" for indicator_id in sorted({key[0] for key in expected}))
    rows = demo_night.query(
        f"""
        select indicator_id, area_code, year, sex, cast(numerator as bigint)
        from marts.mart_indicator
        where indicator_id in ({ids}) and sex <> 'total' and age_band = 'total'
            and birth_region = 'total' and category_axis = 'total'
        """
    )
    assert nonzero({tuple(key): value for *key, value in rows}) == nonzero(expected)


def test_who_has_an_unknown_goal_has_neither_reached_nor_missed_it(
    spells: list[Spell], demo_night: DemoNight
) -> None:
    expected: dict[tuple[Any, ...], list[int]] = defaultdict(lambda: [0, 0])
    unknown = 0
    for spell in spells:
        if not (spell.is_placement and spell.last and spell.last.year in YEARS):
            continue
        unknown += spell.goal == "unknown"
        of = "adult" if spell.ages == "adults" else "child"
        for area in areas_of(spell.area) if spell.goal != "unknown" else ():
            cell = expected[f"{of}_placement_goal_share", area, spell.last.year, spell.who.sex]
            cell[0] += spell.goal == "yes"
            cell[1] += 1
    rows = demo_night.query(
        """
        select indicator_id, area_code, year, sex, cast(numerator as bigint),
            cast(denominator as bigint)
        from marts.mart_indicator
        where indicator_id in ('adult_placement_goal_share', 'child_placement_goal_share')
            and sex <> 'total' and age_band = 'total' and birth_region = 'total'
            and category_axis = 'total' and denominator > 0
        """
    )
    assert {tuple(key): list(parts) for *key, parts in ((*r[:4], r[4:]) for r in rows)} == expected
    assert unknown > 20


def test_the_way_to_an_own_home(spells: list[Spell], demo_night: DemoNight) -> None:
    left = departures(spells)
    columns = ("leaver", "followed", "own_home", "home_followed", "still_there")
    actual = demo_night.query(
        f"""
        select area_code, year, from_form, sex, {", ".join(f"{column}_count" for column in columns)}
        from marts.mart_pathway where sex <> 'total'
        """
    )
    assert sum(row[6] for row in actual) > 100
    assert {row[2] for row in actual} == {*INSTITUTIONS, "total"}
    for area, year, form, sex, *counts in actual:
        of_area = [spell for spell in left if area in areas_of(spell.area) and spell.who.sex == sex]
        expected = followed_home(of_area, spells, year, KNOWN_UNTIL, form)
        assert counts == [expected[column] for column in columns], (area, year, form, sex)


def test_the_steps_from_form_to_form(spells: list[Spell], demo_night: DemoNight) -> None:
    expected: Counter[tuple[Any, ...]] = Counter()
    days: Counter[tuple[Any, ...]] = Counter()
    for spell, form in next_forms(spells, KNOWN_UNTIL):
        assert spell.last
        for area, sex in product(areas_of(spell.area), (spell.who.sex, "total")):
            cell = (area, spell.last.year, spell.ages, spell.form, form, sex)
            expected[cell] += 1
            days[cell] += (spell.last - spell.first).days + 1
    actual = demo_night.query(
        """
        select area_code, year, ages, from_form, to_form, sex, transition_count, days_per_placement
        from marts.mart_pathway_transition
        """
    )
    owed = {cell: count for cell, count in expected.items() if cell[1] in YEARS}
    assert nonzero({tuple(cell): count for *cell, count, _ in actual}) == owed
    for *cell, count, mean in actual:
        assert mean == (pytest.approx(days[tuple(cell)] / count) if count else None), cell


def test_steps_add_up_and_stand_for_women_and_men(
    spells: list[Spell], demo_night: DemoNight
) -> None:
    rows = demo_night.query(
        """
        select area_code, year, ages, from_form, to_form, sex, transition_count, ending_count,
            transition_share, status, release_status
        from marts.mart_pathway_transition
        """
    )
    by_cell: dict[Any, dict[str, int]] = defaultdict(dict)
    shares: dict[Any, float] = defaultdict(float)
    for *cell, to_form, sex, count, base, share, status, release in rows:
        by_cell[*cell, to_form][sex] = count
        assert (share is None) == (base < 10), cell
        if share is not None:
            shares[*cell, sex] += share
        # a year is whole when twelve months have passed since its last ending
        endings = [
            spell.last
            for spell in spells
            if spell.last and spell.last.year == cell[1] and cell[0] in areas_of(spell.area)
        ]
        followed = max(endings).replace(year=cell[1] + 1) <= KNOWN_UNTIL
        assert (status == "value") == followed, cell
        assert followed or release == "preliminary", cell
    assert len(by_cell) > 100
    for cell, counts in by_cell.items():
        assert counts.keys() == {*SEXES, "total"}, cell
        assert counts["total"] == sum(counts[sex] for sex in SEXES), cell
    assert all(total == pytest.approx(1) for total in shares.values())


def test_register_outcomes_of_placed_and_lss_children(landing: Path, demo_night: DemoNight) -> None:
    expected: dict[tuple[Any, ...], set[str]] = defaultdict(set)

    def note(name: str, area: str, year: int, who: Any, reached: bool) -> None:
        for place in areas_of(area):
            expected[name, place, year, who.sex, "denominator"].add(who.key)
            if reached:
                expected[name, place, year, who.sex, "numerator"].add(who.key)

    for area, year, cohort, who, medicines in medicine_rows(landing):
        age = who.age(date(year, 12, 31))
        if age is None or age < 18:
            for medicine, dispensed in medicines.items():
                note(f"{cohort}_children_{medicine}_share", area, year, who, dispensed)
    for area, year, outcome, who, reached, left in schooling_rows(landing):
        if (who.age(date(left, 12, 31)) or 0) < 18:
            note(f"placed_children_{outcome}_share", area, year, who, reached)
    actual: dict[tuple[Any, ...], int] = {}
    for part in ("numerator", "denominator"):
        rows: Iterable[tuple[Any, ...]] = demo_night.query(
            f"""
            select indicator_id, area_code, year, sex, cast({part} as bigint)
            from marts.mart_indicator
            where service_area = 'register_outcomes' and indicator_id not like 'all_%'
                and sex <> 'total' and age_band = 'total' and birth_region = 'total'
                and category_axis = 'total'
            """
        )
        actual |= {(*key, part): value for *key, value in rows}
    assert nonzero(actual) == {key: len(keys) for key, keys in expected.items()}


def test_the_protected_are_counted_and_stand_in_no_unit(
    landing: Path, spells: list[Spell], demo_night: DemoNight
) -> None:
    protected = protected_numbers(landing)
    expected = sum(spell.who.key in protected for spell in spells)
    (row,) = demo_night.query(
        """
        select count(*), count(*) filter (where unit = 'withheld')
        from facts.fct_placement
        inner join facts.dim_person using (person_key) where is_protected
        """
    )
    assert expected > 0
    assert row == (expected, expected)


FAMILY_HOMES = {"familjehem", "natverkshem", "jourhem", "familjehem_vuxna"}


def test_units_hold_nobody_who_is_protected_and_add_up_to_the_total(
    landing: Path, spells: list[Spell], demo_night: DemoNight
) -> None:
    """A protected person is in the row withheld, and in no unit's count."""
    protected = protected_numbers(landing)
    expected: Counter[tuple[Any, ...]] = Counter()
    units_of_the_protected = set()
    for spell in spells:
        unit = "family_homes" if spell.form in FAMILY_HOMES else spell.unit
        if spell.who.key in protected:
            units_of_the_protected.add((spell.area, unit))
            unit = "withheld"
        for year in YEARS:
            if not (spell.is_placement and spell.days_in(year)):
                continue
            for row, sex in product((unit, "total"), (spell.who.sex, "total")):
                cell = (spell.area, year, spell.ages, row, sex)
                expected[*cell, "placement"] += 1
                expected[*cell, "ending"] += spell.ends_in(year)
                expected[*cell, "unplanned"] += spell.breaks_in(year)
    actual: dict[tuple[Any, ...], int] = {}
    for sex, measure in product((*SEXES, "total"), ("placement", "ending", "unplanned")):
        rows = demo_night.query(
            f"""
            select municipality_code, year, ages, unit, {sex}_{measure}_count
            from marts.mart_placement_units
            """
        )
        actual |= {(*key, sex, measure): value for *key, value in rows}
    assert nonzero(actual) == nonzero(expected)
    assert sum(expected[cell] for cell in expected if cell[3] == "withheld") > 0
    assert units_of_the_protected & {(area, unit) for area, _, _, unit, *_ in actual}


def test_what_only_marts_read_is_counted_and_owed_nowhere(demo_night: DemoNight) -> None:
    """Cuts stand in the service area's model, and make no cell, figure or comparison."""
    cuts = ("unit", "placement_form placement_ground")
    counted = demo_night.query(
        f"""
        select category_axis, count(*) > 100 from indicators.placements
        where category_axis in {cuts} group by category_axis
        """
    )
    assert sorted(counted) == sorted((axis, True) for axis in cuts)
    for table in ("indicator_grid", "fct_indicator", "fct_gap"):
        rows = demo_night.query(
            f"""
            select count(*), count(*) filter (
                where category_axis in {cuts} or indicator_id like '%_of_placements_share'
            )
            from indicators.{table}
            """
        )
        assert rows[0][0] > 0
        assert rows[0][1] == 0, table


def test_few_endings_of_a_unit_are_counted_and_not_compared(
    landing: Path, spells: list[Spell], demo_night: DemoNight
) -> None:
    protected = protected_numbers(landing)
    risks: dict[tuple[Any, ...], Risk] = defaultdict(Risk)
    for spell in spells:
        unit = "family_homes" if spell.form in FAMILY_HOMES else spell.unit
        if spell.who.key in protected:
            unit = "withheld"
        for year in YEARS:
            if spell.is_placement and spell.ends_in(year):
                for row in (unit, "total"):
                    cell = (spell.area, year, spell.ages, row, spell.who.sex)
                    risks[cell].add(spell.who.key, spell.breaks_in(year), 1)
    rows = demo_night.query(
        """
        select municipality_code, year, ages, unit, women_unplanned_count, women_ending_count,
            men_unplanned_count, men_ending_count, women_unplanned_percent,
            men_unplanned_percent, p_value, verdict
        from marts.mart_placement_units
        """
    )
    compared = 0
    for *cell, w, women, m, men, women_percent, men_percent, p, verdict in rows:
        if women + men < 10 or not women or not men:
            assert (women_percent, men_percent, p) == (None, None, None)
            assert verdict == ("too_few" if women + men else "no_endings")
            continue
        compared += 1
        assert (women_percent, men_percent) == pytest.approx((100 * w / women, 100 * m / men))
        expected = risk_compared(risks[*cell, "women"], risks[*cell, "men"])
        assert p == pytest.approx(expected[2], rel=1e-7), cell
        assert (verdict == "within_chance") == (p > 0.05)
    assert compared > 10


def test_contradictions_of_system_and_number_are_counted_by_source(
    landing: Path, demo_night: DemoNight
) -> None:
    """Of the placement system person by person, of all systems as many as were planted."""
    today = replaced_numbers(landing)
    told: dict[str, set[str]] = defaultdict(set)
    contradicting: dict[str, set[str]] = defaultdict(set)
    for area, row in delivered(landing):
        who = Who.of(row["personnummer"], "", "")
        said = SEX_WORDS.get(row["kön"])
        if row["form"] not in FORMS or said is None or who.sex == "unknown":
            continue
        person = today.get(who.key, who.key)
        for place in (area, "total"):
            told[place].add(person)
            if said != who.sex:
                contradicting[place].add(person)
    counts = "person_count, contradicting_person_count"
    assert {
        area: (persons, contradict)
        for area, persons, contradict in demo_night.query(
            f"""
            select municipality_code, {counts}
            from quality.contradicting_sex where source_name = 'gamma'
            """
        )
    } == {area: (len(told[area]), len(contradicting[area])) for area in told}
    with (PROJECT_DIR / "orchestration/demo/truths.csv").open(encoding="utf-8") as file:
        (planted,) = (
            int(row["value"])
            for row in csv.DictReader(file)
            if row["truth"] == "persons_whose_sex_column_contradicts"
        )
    assert demo_night.query(
        """
        select contradicting_person_count from quality.contradicting_sex
        where source_name = 'total' and municipality_code = 'total'
        """
    ) == [(planted,)]
