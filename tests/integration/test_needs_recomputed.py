"""Needs and violence recomputed from the export files: the marts must say exactly the same."""

from __future__ import annotations

import csv
from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any

import pytest

from orchestration.demo.exports import DEMO_DIR
from tests.needs_in_files import COMPETENCES, YEARS, Files, rows_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from tests.conftest import DemoNight

    Client = tuple[str, str, int]
    Cell = tuple[Any, ...]

LEVELS: dict[str, Callable[[str], str]] = {
    "municipality": str,
    "county": lambda area: area[:2],
    "all": lambda _: "all",
}
PROBLEM_AREAS = {
    "Boende": "housing",
    "Missbruk och beroende": "substance_use",
    "Funktionsnedsättning": "disability",
    "Våldsutsatthet": "violence_exposed",
    "Våldsutövande": "violence_perpetrator",
    "Åldrande": "ageing",
    "Psykisk hälsa": "mental_health",
    "Ekonomi och skulder": "debts",
}


@pytest.fixture(scope="module")
def files(demo_night: DemoNight) -> Files:
    return Files(demo_night.settings.landing_dir)


def told(files: Files, *answers: str) -> Callable[[Client], bool]:
    return lambda client: files.told(client, *answers)


PERSONS: dict[str, tuple[Callable[[Files], Callable[[Client], bool]], ...]] = {
    "clients": (lambda _: lambda _: True,),
    "multiproblem_share": (lambda f: lambda c: len(f.areas(c)) >= 2, lambda _: lambda _: True),
    "screening_rate": (lambda f: told(f, "fragad"), lambda _: lambda _: True),
    "exposed_of_asked_share": (
        lambda f: told(f, "fragad", "utsatt"),
        lambda f: told(f, "fragad"),
    ),
    "perpetrators_of_asked_share": (
        lambda f: told(f, "fragad", "utovare"),
        lambda f: told(f, "fragad"),
    ),
    "exposed_support_offered_share": (
        lambda f: told(f, "utsatt", "stod_utsatt_erbjudet"),
        lambda f: told(f, "utsatt"),
    ),
    "perpetrator_support_started_share": (
        lambda f: told(f, "utovare", "stod_utovare_paborjat"),
        lambda f: told(f, "utovare", "stod_utovare_erbjudet"),
    ),
    "concurrent_support_share": (
        lambda f: lambda c: len(f.areas(c)) >= 2 and f.is_supported_at_once(c),
        lambda f: lambda c: len(f.areas(c)) >= 2,
    ),
}
"""Numerator and denominator of what counts persons, by indicator."""


def persons_by_cell(
    files: Files, clients: Iterable[Client], area_of: Callable[[str], str]
) -> dict[Cell, int]:
    found = defaultdict(set)
    for area, person, year in clients:
        found[area_of(area), year, files.sex(person, year)].add(person)
    return {cell: len(persons) for cell, persons in found.items()}


def published(night: DemoNight, indicator_id: str, level: str, column: str) -> dict[Cell, int]:
    rows = night.query(
        f"""
        select area_code, year, sex, {column} from marts.mart_indicator
        where indicator_id = '{indicator_id}' and area_level = '{level}' and age_band = 'total'
            and birth_region = 'total' and category_axis = 'total' and sex <> 'total'
            and {column} > 0
        """
    )
    return {(area, year, sex): int(count) for area, year, sex, count in rows}


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("indicator_id", PERSONS)
def test_persons(indicator_id: str, level: str, files: Files, demo_night: DemoNight) -> None:
    for part, column in zip(PERSONS[indicator_id], ("numerator", "denominator"), strict=False):
        wanted = [client for client in files.clients if part(files)(client)]
        expected = persons_by_cell(files, wanted, LEVELS[level])
        assert expected, column
        assert published(demo_night, indicator_id, level, column) == expected, column


def test_needs_met_of_those_that_ended(files: Files, demo_night: DemoNight) -> None:
    ended, met = Counter(), Counter()
    for (area, person, year), _, _, has_ended, is_met in files.need_rows():
        ended[area, year, files.sex(person, year)] += has_ended
        met[area, year, files.sex(person, year)] += is_met
    for column, expected in (("numerator", met), ("denominator", ended)):
        actual = published(demo_night, "need_fulfilment_rate", "municipality", column)
        assert actual == +expected, column


def test_competence_of_the_officer_who_handled_the_case_last(
    files: Files, demo_night: DemoNight
) -> None:
    wanted, matching = Counter(), Counter()
    for client, problem_area, *_ in files.need_rows():
        cases = [
            occasion.answers
            for occasion in files.occasions_of.get(client, [])
            if occasion.answers["utsatt"] or occasion.answers["utovare"]
        ]
        if cases and problem_area in COMPETENCES:
            cell = (client[0], client[2], files.sex(client[1], client[2]))
            wanted[cell] += 1
            matching[cell] += bool(cases[-1][COMPETENCES[problem_area]])
    for column, expected in (("numerator", matching), ("denominator", wanted)):
        actual = published(demo_night, "competence_coverage", "municipality", column)
        assert actual == +expected, column


def test_planted_truths_of_a_municipality(demo_night: DemoNight) -> None:
    with (DEMO_DIR / "delta" / "truths.csv").open(encoding="utf-8", newline="") as file:
        truths = {
            row["truth"]: int(row["value"])
            for row in csv.DictReader(file)
            if (row["area_code"], row["period"]) == ("9901", "2025") and not row["source"]
        }
    for truth, indicator_id, column in (
        ("clients", "clients", "numerator"),
        ("clients_with_several_needs", "multiproblem_share", "numerator"),
        ("asked", "screening_rate", "numerator"),
        ("asked_and_exposed", "exposed_of_asked_share", "numerator"),
        ("asked_and_perpetrators", "perpetrators_of_asked_share", "numerator"),
        ("exposed", "exposed_support_offered_share", "denominator"),
        ("exposed_offered_support", "exposed_support_offered_share", "numerator"),
        ("exposed_started_support", "exposed_support_started_share", "numerator"),
        ("perpetrators_offered_support", "perpetrator_support_offered_share", "numerator"),
        ("perpetrators_started_support", "perpetrator_support_started_share", "numerator"),
    ):
        actual = published(demo_night, indicator_id, "municipality", column)
        for sex in ("women", "men", "unknown"):
            assert actual.get(("9901", 2025, sex), 0) == truths.get(f"{truth}_{sex}", 0), truth
    roles = demo_night.query(
        """
        select sex, numerator from marts.mart_indicator
        where indicator_id = 'clients' and area_code = '9901' and year = 2025
            and category_axis = 'violence_role' and category = 'both' and age_band = 'total'
            and sex <> 'total' and numerator > 0
        """
    )
    both = {sex: truths.get(f"exposed_and_perpetrators_{sex}", 0) for sex, _ in roles}
    assert both == {sex: int(count) for sex, count in roles}


@pytest.mark.parametrize("level", LEVELS)
def test_quarters_of_screening(level: str, files: Files, demo_night: DemoNight) -> None:
    found: dict[Cell, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for occasion in files.occasions:
        area, year = LEVELS[level](occasion.area), occasion.day.year
        quarter = (occasion.day.month + 2) // 3
        for sex in (files.sex(occasion.person, year), "total"):
            persons = found[area, year, quarter, sex]
            persons["client"].add(occasion.person)
            for answer, name in (("fragad", "asked"), ("utsatt", "exposed")):
                if occasion.answers["fragad"] and occasion.answers[answer]:
                    persons[name].add(occasion.person)
    rows = demo_night.query(
        f"""
        select area_code, year, quarter, sex, client_count, asked_count, exposed_count,
            screening_percent, detected_change, detected_change_by_screening,
            detected_change_by_prevalence
        from marts.mart_violence_screening where area_level = '{level}'
        """
    )
    areas = {area for area, *_ in rows}
    assert len(rows) == len(areas) * 12 * 4
    for area, year, quarter, sex, clients, asked, exposed, percent, change, *parts in rows:
        persons = found[area, year, quarter, sex]
        assert clients == len(persons["client"])
        assert asked == len(persons["asked"])
        assert exposed == len(persons["exposed"])
        if clients:
            assert percent == pytest.approx(100 * asked / clients)
        if year == YEARS[0]:
            assert change is None
        elif None not in parts:
            assert sum(parts) == pytest.approx(change)


@pytest.mark.parametrize("level", LEVELS)
def test_problem_areas_that_come_together(level: str, files: Files, demo_night: DemoNight) -> None:
    clients, several = defaultdict(set), defaultdict(set)
    having: dict[Cell, set[str]] = defaultdict(set)
    for area, person, year in files.clients:
        codes = {PROBLEM_AREAS[name] for name in files.areas((area, person, year))}
        for sex in (files.sex(person, year), "total"):
            cell = (LEVELS[level](area), year, sex)
            clients[cell].add(person)
            if len(codes) >= 2:
                several[cell].add(person)
            for code in codes:
                having[*cell, code, "total"].add(person)
                for other in codes:
                    if code < other:
                        having[*cell, code, other].add(person)
    rows = demo_night.query(
        f"""
        select area_code, year, sex, problem_area, other_problem_area, both_count, lift,
            client_count, multiproblem_count
        from marts.mart_multiproblem where area_level = '{level}'
        """
    )
    assert len(rows) % (3 * 4 * 36) == 0
    lifts = 0
    for area, year, sex, first, other, both, lift, client_count, several_count in rows:
        cell = (area, year, sex)
        assert client_count == len(clients[cell])
        assert several_count == len(several[cell])
        assert both == len(having[*cell, first, other])
        parts = [len(having[*cell, code, "total"]) for code in (first, other)]
        if other != "total" and all(parts):
            lifts += 1
            assert lift == pytest.approx(both * client_count / (parts[0] * parts[1]))
        else:
            assert lift is None
    assert lifts


def test_needs_met_as_if_women_and_men_had_the_same_needs(
    files: Files, demo_night: DemoNight
) -> None:
    ended, met = Counter(), Counter()
    for (area, person, year), _, level, has_ended, is_met in files.need_rows():
        for place in (area, "all"):
            for sex in (files.sex(person, year), "total"):
                ended[place, year, sex, level] += has_ended
                met[place, year, sex, level] += is_met
    rows = demo_night.query(
        """
        select area_code, year, sex, raw_value, adjusted_value, represented_share, adjusted_low,
            adjusted_high, adjusted_status, person_count
        from marts.mart_need_adjusted
        where indicator_id = 'need_fulfilment_rate' and area_level in ('municipality', 'all')
            and denominator > 0
        """
    )
    assert len(rows) > 27
    seen = Counter()
    for area, year, sex, raw, adjusted, represented, low, high, status, persons in rows:
        levels = [level for level in (1, 2, 3) if ended[area, year, sex, level]]
        standard = {level: ended["all", year, "total", level] for level in levels}
        expected = sum(
            weight * met[area, year, sex, level] / ended[area, year, sex, level]
            for level, weight in standard.items()
        )
        seen[status] += 1
        if persons < 30 or represented < 0.5:
            assert (adjusted, low, high, status) == (None, None, None, "too_few")
        else:
            assert adjusted == pytest.approx(100 * expected / sum(standard.values()))
            assert low <= adjusted <= high
        everybody = sum(ended["all", year, "total", level] for level in (1, 2, 3))
        assert represented == pytest.approx(sum(standard.values()) / everybody)
        counted = sum(ended[area, year, sex, level] for level in levels)
        assert raw == pytest.approx(
            100 * sum(met[area, year, sex, level] for level in levels) / counted
        )
    assert min(seen["too_few"], seen["value"]) > 5
    county = {
        sex: (raw, adjusted)
        for area, year, sex, raw, adjusted, *_ in rows
        if (area, year) == ("all", 2025)
    }
    assert county["women"][0] - county["men"][0] > county["women"][1] - county["men"][1] > 0


def test_protected_persons_are_counted(files: Files, demo_night: DemoNight) -> None:
    (file,) = (files.landing / "folkbokforing").glob("skydd_*")
    protected = {
        files.person(row["personnummer"], "", "")
        for row in rows_of(file, "utf-8")
        if row["skydd"] != "U"
    }
    expected = Counter(area for area, person, _ in files.clients if person in protected)
    actual = demo_night.query(
        """
        select client.municipality_code, count(*)
        from facts.fct_client_year as client
        inner join facts.dim_person as person using (person_key)
        where person.is_protected
        group by 1
        """
    )
    assert dict(actual) == expected != {}
