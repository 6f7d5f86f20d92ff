"""The case process and the department's page, recomputed by other means than the project's own."""

from __future__ import annotations

import csv
import itertools
import json
import re
from collections import defaultdict
from datetime import date
from math import exp, log, sqrt
from statistics import NormalDist, median
from typing import TYPE_CHECKING, Any

import pytest
from scipy import stats

from tests.conftest import PROJECT_DIR
from tests.integration.test_recomputed import ALFA, members, newest, read

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import DemoNight

LAST_DAY = date(2025, 12, 31)
LOG_STARTS = date(2023, 1, 1)
Z = NormalDist().inv_cdf(0.975)
CELL = """
    area_level = 'municipality' and period_grain = 'year' and age_band = 'total'
    and birth_region = 'total' and category_axis = 'total'
"""


def truths() -> dict[tuple[str, int], int]:
    with (PROJECT_DIR / "orchestration/demo/truths.csv").open(encoding="utf-8") as file:
        return {
            (row["truth"], int(row["period"])): int(row["value"])
            for row in csv.DictReader(file)
            if row["truth"].startswith("cases_") and row["period"]
        }


def test_the_planted_truths_of_the_process_are_met(demo_night: DemoNight) -> None:
    found = {}
    for sex, year, begun, plans, activities in demo_night.query(
        """
        select sex, year(episode_start),
            count(*) filter (where case_step = 'application' and has_known_beginning),
            count(*) filter (where case_step = 'plan' and is_followed and is_reached),
            count(*) filter (where case_step = 'activity' and is_followed and is_reached)
        from facts.fct_case_step group by all
        """
    ):
        found["cases_begun_" + sex, year] = begun
        found["cases_with_plan_" + sex, year] = plans
        found["cases_with_activity_" + sex, year] = activities
    for sex, year, closed, returned in demo_night.query(
        """
        select sex, year(closing_date), count(*), count(*) filter (where is_reached)
        from facts.fct_case_step where case_step = 'return' and is_followed group by all
        """
    ):
        found["cases_closed_" + sex, year] = closed
        found["cases_returned_" + sex, year] = returned
    assert {key: count for key, count in found.items() if count} == truths()


def events(landing: Path) -> dict[tuple[str, str], list[tuple[date, str]]]:
    """Events of each area and case, from the newest delivery of every month."""
    steps = {"ansokan", "besok", "utredning", "beslut", "plan", "insats", "avslut", "ater"}
    plain = str.maketrans("åäöÅÄÖ", "aaoAAO")
    found: dict[tuple[str, str], list[tuple[date, str]]] = defaultdict(list)
    for area, files in newest(landing / "alfa", "handelselogg").items():
        for file, months in files:
            for row in read(file, **ALFA):
                day = date.fromisoformat(row["datum"])
                if (day.year, day.month) in months:
                    step = row["steg"].translate(plain).lower().replace("ateraktualisering", "ater")
                    found[area, row["arende_id"]].append((day, step))
    for area, files in newest(landing / "beta", "steg").items():
        for file, months in files:
            for row in json.loads(file.read_text(encoding="utf-8"))["steg"]:
                day = date.fromisoformat(row["tidpunkt"][:10])
                if (day.year, day.month) in months:
                    found[area, row["arende_nr"]].append((day, row["steg"]))
    assert {step for case in found.values() for _, step in case} == steps
    return found


def test_the_funnel_of_a_year_recomputed_from_the_files(demo_night: DemoNight) -> None:
    followed: dict[tuple[str, int], int] = defaultdict(int)
    days: dict[tuple[str, int], list[int]] = defaultdict(list)
    households = members(demo_night.settings.landing_dir)
    known_before = {
        case for case, people in households.items() if min(m["from"] for m in people) < LOG_STARTS
    }
    left_out = 0
    for (area, number), case in events(demo_night.settings.landing_dir).items():
        is_open, beginnings = False, []
        for day, step in sorted(case, key=lambda event: (event[0], event[1] == "avslut")):
            if step in ("ansokan", "ater") and not is_open:
                beginnings.append(day)
            if step in ("ansokan", "ater", "avslut"):
                is_open = step != "avslut"
        # an open case whose application of the log's first month is one more application
        is_first_month = (beginnings[0].year, beginnings[0].month) == (2023, 1)
        if is_first_month and (area, number) in known_before:
            assert (beginnings[0], "ater") not in case, "taken up again, so begun"
            ended = beginnings[1] if len(beginnings) > 1 else date.max
            case[:] = [event for event in case if event[0] >= ended]
            beginnings = beginnings[1:]
            left_out += 1
        for begun, ended in itertools.pairwise([*beginnings, date.max]):
            if (LAST_DAY - begun).days < 180:
                continue
            followed[area, begun.year] += 1
            plan = min((d for d, s in case if s == "plan" and begun <= d < ended), default=None)
            if plan and (plan - begun).days <= 180:
                days[area, begun.year].append((plan - begun).days)
    found = {
        (area, year): (count, reached, percent, middle)
        for area, year, count, reached, percent, middle in demo_night.query(
            """
            select area_code, year, followed_count, reached_count, conversion_from_start_percent,
                days_from_application_median
            from marts.mart_process_funnel
            where area_level = 'municipality' and case_step = 'plan' and sex = 'total'
                and household_type = 'total'
            """
        )
    }
    assert len(found) == 24
    assert left_out > 500, "most cases of the demo were open when the log began"
    for key, (count, reached, percent, middle) in found.items():
        assert (count, reached) == (followed[key], len(days[key])), key
        assert percent == pytest.approx(100 * reached / count), key
        assert middle == median(days[key]), key


def test_no_figure_is_a_mean_over_unlike_steps(demo_night: DemoNight) -> None:
    """Each step has its own, that of the funnel, which is recomputed from the files."""
    axes = demo_night.query(
        "select distinct indicator_id, category_axis from indicators.fct_indicator "
        "where indicator_id in ('case_step_share', 'case_drop_off_share', 'case_lead_days')"
    )
    assert {axis for _, axis in axes} == {"case_step"}
    assert len(axes) == 3
    compared, differing = demo_night.query(
        """
        select count(*), count(*) filter (
            where abs(cell.value - funnel.conversion_from_start_percent) > 1e-9
        )
        from indicators.fct_indicator as cell
        inner join marts.mart_process_funnel as funnel
            on cell.area_code = funnel.area_code and cell.sex = funnel.sex
            and extract(year from cell.period_start) = funnel.year
            and cell.category = funnel.case_step
        where cell.indicator_id = 'case_step_share' and cell.age_band = 'total'
            and cell.birth_region = 'total' and funnel.household_type = 'total'
        """
    )[0]
    assert compared > 300
    assert differing == 0


def test_a_step_of_the_funnel_is_as_whole_and_as_final_as_the_cube_says(
    demo_night: DemoNight,
) -> None:
    rows = demo_night.query(
        """
        select distinct funnel.year, funnel.status, funnel.release_status,
            case when cell.status in ('zero', 'no_denominator') then 'value' else cell.status end,
            cell.release_status
        from indicators.fct_indicator as cell
        inner join marts.mart_process_funnel as funnel
            on cell.area_code = funnel.area_code and cell.sex = funnel.sex
            and extract(year from cell.period_start) = funnel.year
            and cell.category = funnel.case_step
        where cell.indicator_id = 'case_step_share' and cell.age_band = 'total'
            and cell.birth_region = 'total' and funnel.household_type = 'total'
            and funnel.case_step not in ('application', 'return')
        """
    )
    assert [row for row in rows if row[1:3] != row[3:]] == []
    assert {row[1] for row in rows if row[0] == 2025} == {"value", "partial", "not_yet_followed"}
    # A case that is not closed waits for no return; one that closed in 2024 has waited too short.
    returns = demo_night.query(
        """
        select distinct status, followed_count < closed from marts.mart_process_funnel as funnel
        inner join (
            select municipality_code, sex, year(episode_start) as year,
                count(closing_date) as closed
            from facts.fct_case_step
            where case_step = 'return' and is_adult and has_known_beginning group by all
        ) as fact on funnel.area_code = municipality_code and funnel.year = fact.year
            and funnel.sex = fact.sex
        where case_step = 'return' and household_type = 'total' and followed_count > 0
        """
    )
    assert set(returns) == {("partial", True), ("value", False)}


def test_the_funnel_has_a_row_for_every_sex_and_adds_up(demo_night: DemoNight) -> None:
    ((rows, cells, wrong),) = demo_night.query(
        """
        with cell as (
            select area_level, area_code, year, household_type, case_step, count(*) as sexes,
                sum(episode_count) filter (where sex <> 'total') as parts,
                sum(episode_count) filter (where sex = 'total') as total
            from marts.mart_process_funnel group by all
        )
        select sum(sexes), count(*), count(*) filter (where parts <> total) from cell
        """
    )
    assert cells > 0
    assert (rows, wrong) == (4 * cells, 0)


def test_a_case_known_by_nobody_is_counted_with_sex_unknown(demo_night: DemoNight) -> None:
    assert demo_night.query(
        """
        select distinct case_key, sex, household_type, age_band, is_adult
        from facts.fct_case_step where case_key like '%-H999999%' order by 1
        """
    ) == [(f"9902-alfa-case-H999999{i}", "unknown", "unknown", "unknown", True) for i in range(3)]


def persons(demo_night: DemoNight, condition: str, value: str) -> dict[str, list[tuple[int, int]]]:
    """Return what each person adds to numerator and denominator, by sex."""
    found = defaultdict(list)
    for sex, numerator, denominator in demo_night.query(
        f"""
        select sex, sum({value}), count(*) from facts.fct_assistance_application
        where is_decided and is_adult and {condition} group by sex, person_key
        """
    ):
        found[sex].append((int(numerator), int(denominator)))
    return found


def gap(demo_night: DemoNight, indicator: str) -> dict[str, Any]:
    names = (
        "women_value, men_value, women_person_count, men_person_count, difference_low, "
        "difference_high, ratio_low, ratio_high, p_value"
    )
    (row,) = demo_night.query(
        f"""
        select {names} from marts.mart_department_gaps
        where municipality_code = '9901' and year = 2024 and indicator_id = '{indicator}'
        """
    )
    return dict(zip(names.split(", "), row, strict=True))


def test_a_gap_of_shares_rests_on_persons_not_on_applications(demo_night: DemoNight) -> None:
    found = gap(demo_night, "refusal_rate")
    sides = persons(
        demo_night,
        "municipality_code = '9901' and year(application_date) = 2024",
        "case when outcome = 'refused' then 1 else 0 end",
    )
    p, n, low, high = {}, {}, {}, {}
    for sex in ("women", "men"):
        y, x = (sum(part) for part in zip(*sides[sex], strict=True))
        p[sex] = y / x
        variance = sum((a - p[sex] * b) ** 2 for a, b in sides[sex]) / x**2
        n[sex] = min(x, p[sex] * (1 - p[sex]) / variance)
        assert n[sex] < x, "applications of one person are alike"
        centre = (p[sex] + Z**2 / (2 * n[sex])) / (1 + Z**2 / n[sex])
        reach = Z * sqrt(p[sex] * (1 - p[sex]) / n[sex] + Z**2 / (4 * n[sex] ** 2))
        low[sex], high[sex] = (centre + s * reach / (1 + Z**2 / n[sex]) for s in (-1, 1))
        assert found[f"{sex}_value"] == pytest.approx(100 * p[sex])
        assert found[f"{sex}_person_count"] == len(sides[sex])
    d = p["women"] - p["men"]
    below = d - sqrt((p["women"] - low["women"]) ** 2 + (high["men"] - p["men"]) ** 2)
    above = d + sqrt((high["women"] - p["women"]) ** 2 + (p["men"] - low["men"]) ** 2)
    assert (found["difference_low"], found["difference_high"]) == pytest.approx(
        (100 * below, 100 * above)
    )
    pooled = sum(p[sex] * n[sex] for sex in p) / sum(n.values())
    deviate = d / sqrt(pooled * (1 - pooled) * sum(1 / n[sex] for sex in n))
    assert found["p_value"] == pytest.approx(2 * stats.norm.sf(abs(deviate)), rel=1e-6)


def wilson(share: float, n: float) -> tuple[float, float]:
    centre, reach = share + Z**2 / (2 * n), Z * sqrt(share * (1 - share) / n + (Z / 2 / n) ** 2)
    return (centre - reach) / (1 + Z**2 / n), (centre + reach) / (1 + Z**2 / n)


def test_a_change_of_shares_is_certain_where_both_years_leave_no_doubt(
    demo_night: DemoNight,
) -> None:
    """By sex, from persons of either year, by Newcombe; the first year has none before it."""
    side: dict[tuple[str, int], tuple[float, float, int]] = {}
    for year in (2023, 2024):
        of = persons(
            demo_night,
            f"municipality_code = '9901' and year(application_date) = {year}",
            "case when outcome = 'refused' then 1 else 0 end",
        )
        for sex in ("women", "men"):
            y, x = (sum(part) for part in zip(*of[sex], strict=True))
            variance = sum((a - y / x * b) ** 2 for a, b in of[sex]) / x**2
            n = min(x, y / x * (1 - y / x) / variance)
            side[sex, year] = (y / x, n, len(of[sex]))
    columns = "change, {0}_change_low, {0}_change_high, {0}_change_certainty"
    for sex in ("women", "men"):
        found = {
            year: values
            for year, *values in demo_night.query(
                f"""
                select year, {sex}_{columns.format(sex)} from marts.mart_department_gaps
                where municipality_code = '9901' and indicator_id = 'refusal_rate'
                """
            )
        }
        assert found[2023] == [None, None, None, None]
        (p0, n0, _), (p1, n1, _) = side[sex, 2023], side[sex, 2024]
        (low0, high0), (low1, high1) = wilson(p0, n0), wilson(p1, n1)
        low = p1 - p0 - sqrt((p1 - low1) ** 2 + (high0 - p0) ** 2)
        high = p1 - p0 + sqrt((high1 - p1) ** 2 + (p0 - low0) ** 2)
        assert found[2024][:3] == pytest.approx([100 * (p1 - p0), 100 * low, 100 * high])
        assert found[2024][3] == ("not_certain" if low <= 0 <= high else "certain")


def test_no_change_is_told_across_a_break_nor_of_too_few(demo_night: DemoNight) -> None:
    with (PROJECT_DIR / "seeds/indicator_versions.csv").open(encoding="utf-8") as file:
        breaks = {
            (row["indicator_id"], int(row["valid_from"][:4]))
            for row in csv.DictReader(file)
            if row["is_break"] == "true"
        }
    seen, values = set(), {}
    rows = demo_night.query(
        """
        select indicator_id, municipality_code, year, women_value, women_person_count,
            women_change, women_change_low, women_change_high, women_change_certainty,
            caution is not null
        from marts.mart_department_gaps order by year
        """
    )
    for indicator, area, year, value, count, change, low, high, certainty, is_partial in rows:
        before = values.get((indicator, area, year - 1))
        values[indicator, area, year] = (value, count, is_partial)
        seen.add(certainty)
        if (indicator, year) in breaks:
            seen.add("break")
            assert (change, low, high, certainty) == (None, None, None, None), indicator
        elif before and not is_partial and not before[2]:
            assert change == pytest.approx(value - before[0]), (indicator, area, year)
            if min(count, before[1]) < 30:
                assert (low, high, certainty) == (None, None, "too_few")
            elif certainty != "too_few":
                assert low <= change <= high
                assert (certainty == "certain") == (not low <= 0 <= high)
    assert seen == {None, "break", "certain", "not_certain", "too_few"}


def test_a_gap_of_means_is_a_ratio_with_the_error_of_persons(demo_night: DemoNight) -> None:
    found = gap(demo_night, "decision_days")
    sides = persons(
        demo_night,
        "municipality_code = '9901' and year(application_date) = 2024",
        "decision_days",
    )
    mean, error, count = {}, {}, {}
    for sex in ("women", "men"):
        y, x = (sum(part) for part in zip(*sides[sex], strict=True))
        mean[sex], count[sex] = y / x, len(sides[sex])
        residuals = sum((a - mean[sex] * b) ** 2 for a, b in sides[sex])
        error[sex] = residuals / y**2 * count[sex] / (count[sex] - 1)
    freedom = sum(error.values()) ** 2 / sum(error[s] ** 2 / (count[s] - 1) for s in error)
    ratio, deviation = log(mean["women"] / mean["men"]), sqrt(sum(error.values()))
    reach = float(stats.t.ppf(0.975, freedom)) * deviation
    assert (found["ratio_low"], found["ratio_high"]) == pytest.approx(
        (exp(ratio - reach), exp(ratio + reach)), rel=1e-6
    )
    assert found["p_value"] == pytest.approx(
        2 * stats.t.sf(abs(ratio / deviation), freedom), abs=1e-9
    )


def test_q_values_are_scipy_s_within_department_municipality_and_year(
    demo_night: DemoNight,
) -> None:
    families = defaultdict(list)
    for *family, p, q, certainty in demo_night.query(
        """
        select department_sv, municipality_code, year, p_value, q_value, certainty
        from marts.mart_department_gaps where q_value is not null
        """
    ):
        families[tuple(family)].append((p, q))
        assert certainty == ("certain" if q <= 0.05 else "not_certain")
    assert len(families) > 15
    for family, values in families.items():
        expected = stats.false_discovery_control([p for p, _ in values])
        assert [q for _, q in values] == pytest.approx(list(expected), abs=1e-9), family


def test_the_page_begins_with_the_largest_certain_gap(demo_night: DemoNight) -> None:
    pages = defaultdict(list)
    for *page, certainty, size in demo_night.query(
        """
        select department_sv, municipality_code, year, certainty, standardised_size
        from marts.mart_department_gaps order by 1, 2, 3, gap_rank
        """
    ):
        pages[tuple(page)].append((certainty, size))
    order = {"certain": 0, "not_certain": 1, "too_few": 2, "no_events": 2}
    for page, gaps in pages.items():
        places = [order[certainty] for certainty, _ in gaps]
        assert places == sorted(places), page
        for certainty in ("certain", "not_certain"):
            sizes = [size for word, size in gaps if word == certainty and size is not None]
            assert sizes == sorted(sizes, reverse=True), page


def test_sentences_say_size_direction_certainty_and_never_why(demo_night: DemoNight) -> None:
    causal = re.compile(
        r"beror|orsak|leder till|på grund|därför|because|caus|due to|leads? to|effect", re.I
    )
    names = ("women_value", "men_value", "women_person_count", "men_person_count", "certainty")
    rows = demo_night.query(
        f"select indicator_name_sv, sentence_sv, sentence_en, {', '.join(names)}"
        " from marts.mart_department_gaps"
    )
    seen = set()
    for name, swedish, english, women, men, women_count, men_count, certainty in rows:
        said = swedish.removeprefix(name)
        seen.add(certainty)
        assert not causal.search(said), swedish
        assert not causal.search(english.split(": ", 1)[1]), english
        if certainty == "no_events":
            assert said.endswith(": Inga fall bland vare sig flickor eller pojkar."), swedish
            continue
        for count, several, one in (
            (women_count, "kvinnor|flickor", "kvinna|flicka"),
            (men_count, "män|pojkar", "man|pojke"),
        ):
            word = one if count == 1 else several
            seen.add("one" if count == 1 else "several")
            number = f"{count:,}".replace(",", "\N{NO-BREAK SPACE}")
            assert re.search(rf"\b{number} ({word})\b", said), swedish
        assert not re.search(r"\b1 (women|men|girls|boys)\b", english), english
        if certainty == "too_few":
            assert "För få personer" in said
            assert "procent" not in said
            continue
        if "Värdena är lika stora" not in said:
            assert ("Ingen säkerställd skillnad" in said) == (certainty == "not_certain")
        assert ("Skillnaden är säkerställd." in said) == (certainty == "certain")
        shown = re.search(r": (?:women|girls) ([\d.,]+) .*? and (?:men|boys) ([\d.,]+) ", english)
        assert shown, english
        numbers = [float(text.replace(",", "")) for text in shown.groups()]
        assert numbers == pytest.approx([women, men], abs=0.51 if women > 100 else 0.051)
        direction = re.search(r"bland (kvinnor|flickor|män|pojkar) (?:än|som) bland", said)
        if direction:
            assert (direction[1] in ("kvinnor", "flickor")) == (women > men), swedish
    assert seen == {"certain", "not_certain", "too_few", "no_events", "one", "several"}


def test_equal_treatment_is_standardised_over_households_and_ages(demo_night: DemoNight) -> None:
    """A stratum of a single woman or man compares nothing; few persons' bounds are widened."""
    strata: dict[Any, dict[str, dict[str, list[int]]]] = defaultdict(lambda: defaultdict(dict))
    everybody = 0
    for household, age, sex, person, decided, granted in demo_night.query(
        """
        select household_type, age_band, sex, person_key, count(*),
            count(*) filter (where outcome = 'granted')
        from facts.fct_assistance_application
        where is_decided and is_adult and sex <> 'unknown' and municipality_code = '9903'
            and year(application_date) = 2024
        group by all
        """
    ):
        of = strata[re.sub(r"single_(wo)?man", "single", household), age][sex]
        before = of.get(person, [0, 0])
        of[person] = [before[0] + decided, before[1] + granted]
        everybody += decided
    both = [side for side in strata.values() if len(side["women"]) > 1 and len(side["men"]) > 1]
    assert len(both) < len(strata)
    weights = [sum(c for of in side.values() for c, _ in of.values()) for side in both]
    adjusted = {"women": 0.0, "men": 0.0}
    deviation: dict[tuple[str, str], float] = defaultdict(float)
    for weight, side in zip(weights, both, strict=True):
        for sex, of in side.items():
            n = len(of)
            count = sum(decided for decided, _ in of.values())
            share = sum(granted for _, granted in of.values()) / count
            adjusted[sex] += 100 * weight / sum(weights) * share
            for person, (decided, granted) in of.items():
                off = weight / sum(weights) * (granted - decided * share) / count
                deviation[sex, person] += off * sqrt(n / (n - 1))
    error = 100 * sqrt(sum(off**2 for off in deviation.values()))
    freedom = min(sum(sex == s for s, _ in deviation) for sex in ("women", "men")) - 1
    reach = float(stats.t.ppf(0.975, freedom)) * error
    as_it_is = {
        sex: 100
        * sum(granted for side in both for _, granted in side[sex].values())
        / sum(decided for side in both for decided, _ in side[sex].values())
        for sex in ("women", "men")
    }
    ((raw_women, raw_men, raw, women, men, difference, low, high, p, count, share),) = (
        demo_night.query(
            """
        select women_percent, men_percent, raw_difference,
            adjusted_women_percent, adjusted_men_percent, adjusted_difference,
            adjusted_difference_low, adjusted_difference_high, p_value,
            stratum_count, compared_share
        from marts.mart_equal_treatment where area_code = '9903' and year = 2024
        """
        )
    )
    assert (raw_women, raw_men) == pytest.approx((as_it_is["women"], as_it_is["men"]))
    assert raw == pytest.approx(raw_women - raw_men)
    assert (women, men) == pytest.approx((adjusted["women"], adjusted["men"]))
    assert difference == pytest.approx(women - men)
    assert (low, high) == pytest.approx((difference - reach, difference + reach))
    assert p == pytest.approx(2 * stats.t.sf(abs(difference / error), freedom), abs=1e-8)
    assert count == len(both)
    assert share == pytest.approx(sum(weights) / everybody)


def test_equal_treatment_is_certain_by_q_of_enough_persons_and_most_decisions(
    demo_night: DemoNight,
) -> None:
    families: dict[Any, list[tuple[float, float]]] = defaultdict(list)
    reversed_count = 0
    for (
        level,
        year,
        women,
        men,
        share,
        low,
        p,
        q,
        certainty,
        raw,
        adjusted,
        turned,
        status,
    ) in demo_night.query(
        """
            select area_level, year, women_person_count, men_person_count, compared_share,
                adjusted_difference_low, p_value, q_value, certainty, raw_difference,
                adjusted_difference, is_reversed, status
            from marts.mart_equal_treatment
            """
    ):
        if min(women, men) < 30 or share < 0.5:
            assert (low, p, q, certainty) == (None, None, None, "too_few")
        else:
            families[level, year].append((p, q))
            assert certainty == ("certain" if q <= 0.05 else "not_certain")
        assert turned == (certainty == "certain" and (raw < 0) != (adjusted < 0))
        reversed_count += (raw or 0) * (adjusted or 0) < 0
        assert status in ("value", "partial")
    for values in families.values():
        expected = stats.false_discovery_control([p for p, _ in values])
        assert [q for _, q in values] == pytest.approx(list(expected), abs=1e-9)
    assert max(map(len, families.values())) > 3
    assert reversed_count > 0
