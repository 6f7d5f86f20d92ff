"""Months in a row, endings and handling, recomputed in plain Python from the export files."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from scipy import stats

from tests.integration.test_recomputed import (
    ALFA,
    FAR,
    YEARS,
    Person,
    day_of,
    earlier_sexes,
    is_adult,
    is_quarantined,
    members,
    newest,
    paid_in,
    published,
    read,
    recipients_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.conftest import DemoNight

LOOKS_BACK = {
    "spell_of_3_months_share": 2,
    "spell_of_6_months_share": 5,
    "very_long_term_recipient_share": 24,
}
"""Months before the year that each needs: of three in a row two may lie before January."""
AREA, YEAR = "9903", 2024
"""Of applications one municipality and year is recomputed."""
SEXES = ("women", "men")
LOG_STARTS = date(2023, 1, 1)
Cells = dict[tuple[str, int, str], float]


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


@pytest.fixture(scope="module")
def recipients(demo_night: DemoNight) -> dict[tuple[str, str], dict[str, Any]]:
    return recipients_of(demo_night.settings.landing_dir)


def persons_with(
    recipients: dict[tuple[str, str], dict[str, Any]], wanted: Callable[[set[int], int], bool]
) -> Cells:
    """Adult recipients by municipality, year and sex whose months satisfy a condition."""
    found: Counter[tuple[str, int, str]] = Counter()
    for (area, _), entry in recipients.items():
        months = {number_of(*month) for month in entry["months"]}
        for year in YEARS:
            (sex,) = entry["sex"][year]
            if sex in SEXES and paid_in(entry, year) and is_adult(entry, year):
                found[area, year, sex] += wanted(months, year)
    return {cell: float(count) for cell, count in found.items()}


def agree(night: DemoNight, indicator: str, expected: Cells, column: str = "numerator") -> None:
    """Compare women and men of every municipality and year that has a figure."""
    actual = {
        cell: value
        for cell, value in published(night, indicator, "municipality", column).items()
        if cell[2] in SEXES
    }
    assert any(actual.values())
    assert actual == {cell: expected.get(cell, 0.0) for cell in actual}


@pytest.mark.parametrize("length", [3, 6])
def test_recipients_with_months_in_a_row(
    length: int, recipients: dict[Any, Any], demo_night: DemoNight
) -> None:
    def has_run(months: set[int], year: int) -> bool:
        return any(
            all(month - back in months for back in range(length))
            for month in range(number_of(year, 1), number_of(year, 12) + 1)
        )

    indicator = f"spell_of_{length}_months_share"
    told = published(demo_night, indicator, "municipality")
    assert {year for _, year, _ in told} == {2024, 2025}
    agree(demo_night, indicator, persons_with(recipients, has_run))
    agree(demo_night, indicator, persons_with(recipients, lambda _m, _y: True), "denominator")


def test_very_long_term_recipients(recipients: dict[Any, Any], demo_night: DemoNight) -> None:
    def is_very_long(months: set[int], year: int) -> bool:
        first = number_of(year - 2, 1)
        for month in sorted(m for m in months if m // 12 == year):
            chain, here = 1, month
            while earlier := [m for m in (here - 1, here - 2, here - 3) if m in months]:
                here = max(earlier)
                chain += here >= first
            if chain >= 27:
                return True
        return False

    told = published(demo_night, "very_long_term_recipient_share", "municipality")
    assert {year for _, year, _ in told} == {2025}
    agree(demo_night, "very_long_term_recipient_share", persons_with(recipients, is_very_long))


def test_no_return_within_a_year(recipients: dict[Any, Any], demo_night: DemoNight) -> None:
    delivered = months_delivered(demo_night.settings.landing_dir)
    endings: Counter[tuple[str, int, str]] = Counter()
    without_return: Counter[tuple[str, int, str]] = Counter()
    pauses = 0
    for (area, _), entry in recipients.items():
        months = sorted(number_of(*month) for month in entry["months"])
        for month, following in zip(months, [*months[1:], 10**9], strict=True):
            year = month // 12
            (sex,) = entry["sex"][year]
            pauses += 1 < following - month <= 3
            if following - month <= 3 or not is_adult(entry, year):
                continue
            if set(range(month + 1, month + 13)) <= delivered[area]:
                endings[area, year, sex] += 1
                without_return[area, year, sex] += following - month > 12
    assert pauses > 1000, "the demo must hold pauses that are no endings"
    indicator = "no_return_within_a_year_share"
    agree(demo_night, indicator, {k: float(v) for k, v in endings.items()}, "denominator")
    agree(demo_night, indicator, {k: float(v) for k, v in without_return.items()})


@dataclass
class Application:
    """What the files of alfa say of an application of the municipality and year."""

    person: str
    sex: str
    day: date
    decided: tuple[str, str, str, str] = ("", "", "", "")
    """Day, decision, outcome and reason of the last decision."""
    questions: dict[str, bool] = field(default_factory=dict)
    minutes: dict[str, int] = field(default_factory=dict)
    is_first: bool = False


def owned_rows(landing: Path, table: str, day: str) -> Iterator[dict[str, str]]:
    """Rows of the municipality that no later file replaces, file after file."""
    for file, owned in reversed(newest(landing / "alfa", table)[AREA]):
        for row in read(file, **ALFA):
            if row[day].strip() and (int(row[day][:4]), int(row[day][5:7])) in owned:
                yield row


def household_applicants(landing: Path) -> dict[str, list[tuple[Person, date, date]]]:
    """Who stands as applicant in the household register, by case, with first and last day."""
    register = max((landing / "alfa").glob(f"hushall_{AREA}_*"), key=lambda file: file.name)
    found = defaultdict(list)
    for row in read(register, **ALFA):
        if row["roll"] == "S" and row["fran"].strip():
            last = day_of(row["till"]) if row["till"].strip() else FAR
            person = Person(row["personnummer"], AREA, row["kon"].strip(), row["rad_id"])
            found[row["arende_id"]].append((person, day_of(row["fran"]), last))
    return found


def first_applications(landing: Path) -> set[str]:
    """Applications with which a case begins or is taken up again, by the log of the case."""
    known_before = {
        case
        for (area, case), people in members(landing).items()
        if area == AREA and min(member["from"] for member in people) < LOG_STARTS
    }
    cases = defaultdict(list)
    for row in owned_rows(landing, "handelselogg", "datum"):
        event = (day_of(row["datum"]), row["handelse_id"], row["steg"], row["ansokan_id"].strip())
        cases[row["arende_id"]].append(event)
    found = set()
    for case, events in cases.items():
        is_open = False
        turns = [
            event for event in events if event[2] in ("Ansökan", "Återaktualisering", "Avslut")
        ]
        for day, _, step, _ in sorted(turns, key=lambda e: (e[0], e[2] == "Avslut", e[1])):
            begins = step != "Avslut" and not is_open
            is_open = step != "Avslut"
            in_first_month = (day.year, day.month) == (LOG_STARTS.year, LOG_STARTS.month)
            if not begins or (step == "Ansökan" and in_first_month and case in known_before):
                continue
            that_day = sorted(
                (event, application)
                for on, event, turn, application in turns
                if on == day and turn != "Avslut" and application
            )
            found |= {application for _, application in that_day[:1]}
    return found


@pytest.fixture(scope="module")
def applications(demo_night: DemoNight) -> list[Application]:
    """Read the adults' applications of the municipality and year, with all that hangs on them."""
    landing = demo_night.settings.landing_dir
    earlier, registered = earlier_sexes(landing), household_applicants(landing)
    rows = {
        row["ansokan_id"]: row
        for row in owned_rows(landing, "ansokan", "ansokningsdatum")
        if row["ansokan_id"].strip() and row["arende_id"].strip()
        and not is_quarantined(row)
    }  # fmt: skip
    found = {}
    for key, row in rows.items():
        day = day_of(row["ansokningsdatum"])
        month, month_after = (
            day.replace(day=1),
            date(day.year + day.month // 12, day.month % 12 + 1, 1),
        )
        person = Person(row["sokande_personnummer"], AREA, row["sokande_kon"].strip(), key)
        if not row["sokande_personnummer"].strip():
            standing = [
                who
                for who, first, last in registered[row["arende_id"]]
                if first < month_after and last >= month
            ]
            person = standing[0] if standing else person
        first_year, sex_before = earlier.get(person.key, (0, ""))
        sex = person.sex if day.year >= first_year else sex_before
        if day.year == YEAR and person.born_by(day.year - 18, day.month) is not False:
            found[key] = Application(person.key, sex, day)
    for row in owned_rows(landing, "beslut", "beslutsdatum"):
        this = (row["beslutsdatum"], row["beslut_id"], row["utfall"], row["avslagsorsak"].strip())
        is_whole = row["beslut_id"].strip() and this[2] in ("BIFALL", "DELAVSLAG", "AVSLAG")
        if row["ansokan_id"] in found and is_whole:
            application = found[row["ansokan_id"]]
            application.decided = max(application.decided, this)
    for row in owned_rows(landing, "checklista", "datum"):
        if row["ansokan_id"] in found and row["fraga"].strip() and row["besvarad"].strip():
            found[row["ansokan_id"]].questions[row["fraga"]] = row["besvarad"] == "ja"
    for row in owned_rows(landing, "kontakt", "datum"):
        if row["ansokan_id"] in found and row["kontakt_id"].strip():
            found[row["ansokan_id"]].minutes[row["kontakt_id"]] = int(row["minuter"] or 0)
    for key in first_applications(landing) & set(found):
        found[key].is_first = True
    return list(found.values())


def told(
    night: DemoNight, indicator: str, axis: str = "total"
) -> dict[tuple[str, str], tuple[int, ...]]:
    """Return numerator and denominator by sex and category."""
    return {
        (sex, category): tuple(int(part) for part in parts if part is not None)
        for sex, category, *parts in night.query(
            f"""
            select sex, category, numerator, denominator from marts.mart_indicator
            where indicator_id = '{indicator}' and area_code = '{AREA}' and year = {YEAR}
                and age_band = 'total' and birth_region = 'total' and category_axis = '{axis}'
                and sex in {SEXES}
            """
        )
    }


def test_questions_of_the_checklist_answered(
    applications: list[Application], demo_night: DemoNight
) -> None:
    shares = told(demo_night, "checklist_completeness")
    whole = told(demo_night, "complete_checklist_share")
    with_one = told(demo_night, "checklist_share")
    for sex in SEXES:
        own = [a for a in applications if a.sex == sex]
        answers = [answered for a in own for answered in a.questions.values()]
        assert shares[sex, "total"] == (sum(answers), len(answers))
        listed = [a for a in own if a.questions]
        complete = sum(all(a.questions.values()) for a in listed)
        assert 0 < complete < len(listed) < len(own)
        assert whole[sex, "total"] == (complete, len(listed))
        assert with_one[sex, "total"] == (len(listed), len(own))


def test_refusals_by_reason(applications: list[Application], demo_night: DemoNight) -> None:
    reasons = {
        "Inkomst över norm": "income_above_norm",
        "Tillgångar": "assets",
        "Ej aktivt arbetssökande": "not_seeking_work",
        "Ofullständig ansökan": "incomplete_application",
        "Vistas ej i kommunen": "not_resident",
        "Annat": "other",
        "": "unknown",
    }
    expected = Counter(
        (a.sex, reasons[a.decided[3]])
        for a in applications
        if a.decided[2] in ("DELAVSLAG", "AVSLAG") and a.sex in SEXES
    )
    actual = told(demo_night, "refusals", "refusal_reason")
    assert {cell: count for cell, (count,) in actual.items() if count} == expected
    assert len(expected) > len(SEXES) * 4


def test_minutes_of_handling_per_application(
    applications: list[Application], demo_night: DemoNight
) -> None:
    actual = told(demo_night, "handling_minutes_per_application")
    for sex in SEXES:
        own = [a for a in applications if a.sex == sex]
        minutes = sum(sum(a.minutes.values()) for a in own)
        assert minutes > 0
        assert actual[sex, "total"] == (minutes, len(own))


def test_minutes_and_contacts_per_person_who_applied(
    applications: list[Application], demo_night: DemoNight
) -> None:
    """Of a couple only the one who applies has minutes, so the other is no denominator."""
    minutes = told(demo_night, "handling_minutes_per_applicant")
    contacts = told(demo_night, "contacts_per_applicant")
    for sex in SEXES:
        own = [a for a in applications if a.sex == sex]
        applicants = len({a.person for a in own})
        assert 0 < applicants < len(own)
        told_minutes = sum(sum(a.minutes.values()) for a in own)
        assert minutes[sex, "total"] == (told_minutes, applicants)
        assert contacts[sex, "total"] == (sum(len(a.minutes) for a in own), applicants)


def test_days_of_first_applications_recomputed_from_the_files(
    applications: list[Application], demo_night: DemoNight
) -> None:
    actual = told(demo_night, "first_decision_days")
    for sex in SEXES:
        days = [
            (day_of(a.decided[0]) - a.day).days
            for a in applications
            if a.sex == sex and a.is_first and a.decided[0]
        ]
        assert 0 < len(days) < sum(a.sex == sex for a in applications) / 4
        assert actual[sex, "total"] == (sum(days), len(days))


def test_half_and_one_in_ten_waited_longer_than_their_quantiles_say(
    applications: list[Application], demo_night: DemoNight
) -> None:
    """Of the rows themselves, also the total, which no sum of women and men can give."""
    for indicator, share in (("decision_days_median", 50), ("decision_days_of_nine_in_ten", 90)):
        rows = demo_night.query(
            "select sex, value, person_count, comparability from marts.mart_indicator "
            f"where indicator_id = '{indicator}' and area_code = '{AREA}' and year = {YEAR} "
            "and age_band = 'total' and birth_region = 'total' and category_axis = 'total'"
        )
        assert {sex for sex, *_ in rows} >= {*SEXES, "total"}
        for sex, value, person_count, comparability in rows:
            waited = [
                (day_of(a.decided[0]) - a.day).days
                for a in applications
                if sex in (a.sex, "total") and a.decided[0]
            ]
            if not waited:
                assert value is None
                continue
            assert value == pytest.approx(np.percentile(waited, share), abs=0.005)
            decided = [a for a in applications if sex in (a.sex, "total") and a.decided[0]]
            assert person_count == len({a.person for a in decided})
            assert comparability == "quantile"


def test_subgroups_are_ranked_and_set_against_the_rest_as_scipy_would(
    demo_night: DemoNight,
) -> None:
    """Of persons, so that numerator and denominator are all an interval needs."""
    indicators = ("adult_recipients_per_1000", "long_term_recipient_share")
    places = "area_level in ('municipality', 'county') and year in (2023, 2024)"
    cells: dict[Any, dict[Any, Any]] = defaultdict(dict)
    for indicator, area, year, sex, birth, age, *counts in demo_night.query(
        f"""
        select indicator_id, area_code, year, sex, birth_region, age_band, numerator, denominator
        from marts.mart_indicator
        where indicator_id in {indicators} and category_axis = 'total' and denominator > 0
            and {places}
        """
    ):
        cells[indicator, area, year][sex, birth, age] = tuple(map(int, counts))
    found: dict[Any, dict[Any, Any]] = defaultdict(dict)
    for indicator, area, year, sex, birth, age, *said in demo_night.query(
        f"""
        select indicator_id, area_code, year, sex, birth_region, age_band, value, value_low,
            value_high, subgroup_rank, difference_low, difference_high, p_value, q_value,
            certainty, status
        from marts.mart_subgroup_rank where indicator_id in {indicators} and {places}
        """
    ):
        found[indicator, area, year][sex, birth, age] = said
    assert found.keys() == cells.keys()
    seen = set()
    tested: dict[Any, list[tuple[float, float]]] = defaultdict(list)
    for key, groups in cells.items():
        scale = 1000 if key[0].endswith("1000") else 100
        everybody = groups["total", "total", "total"]
        own = {
            group: counts
            for group, counts in groups.items()
            if "total" not in group and "unknown" not in group
        }
        rates = [count / total for count, total in own.values() if total >= 30]
        for group, (count, total) in own.items():
            value, low, high, rank, *difference, p, q, certainty, status = found[key][group]
            seen.add((status, certainty))
            interval = stats.binomtest(count, total).proportion_ci(method="wilson")
            assert value == pytest.approx(scale * count / total)
            assert (low, high) == pytest.approx(
                (scale * interval.low, scale * interval.high), abs=1e-9
            )
            if total < 30:
                assert (rank, p, certainty, status) == (None, None, "too_few", "too_few")
                continue
            rest = (everybody[0] - count, everybody[1] - total)
            other = stats.binomtest(*rest).proportion_ci(method="wilson")
            shares = (count / total, rest[0] / rest[1])
            down = ((shares[0] - interval.low) ** 2 + (other.high - shares[1]) ** 2) ** 0.5
            up = ((interval.high - shares[0]) ** 2 + (shares[1] - other.low) ** 2) ** 0.5
            apart = shares[0] - shares[1]
            assert difference == pytest.approx(
                [scale * (apart - down), scale * (apart + up)], abs=1e-9
            )
            table = [[count, total - count], [rest[0], rest[1] - rest[0]]]
            if scale == 1000 and min(count, rest[0]) < 30:
                assert p == pytest.approx(stats.fisher_exact(table).pvalue, abs=1e-9)
            else:
                expected = stats.chi2_contingency(table, correction=False).pvalue
                assert p == pytest.approx(expected, abs=1e-9)
            tested[key].append((p, q))
            assert certainty == ("certain" if q <= 0.05 else "not_certain")
            assert rank == 1 + sum(rate > count / total for rate in rates), (key, group)
        assert all(said[3] is None for g, said in found[key].items() if g not in own)
        assert {sex for sex, *_ in found[key]} == set(SEXES)
    for family in tested.values():
        expected_q = stats.false_discovery_control([p for p, _ in family])
        assert [q for _, q in family] == pytest.approx(list(expected_q), abs=1e-9)
    assert seen >= {("value", "certain"), ("value", "not_certain"), ("too_few", "too_few")}
