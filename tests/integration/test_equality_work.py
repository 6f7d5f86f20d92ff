"""The equality work recomputed from the registry's YAML and the export files, without our SQL."""

from __future__ import annotations

import csv
import re
from collections import Counter, defaultdict
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from python_calamine import CalamineWorkbook

from orchestration.demo.exports import DEMO_DIR
from tests.conftest import PROJECT_DIR, DemoNight
from tests.needs_in_files import Files

if TYPE_CHECKING:
    from collections.abc import Iterator

FORBIDDEN = (
    r"samhällseffekt", r"\beffekt", r"\bresultat", r"beror på", r"till följd", r"tack vare",
    r"leder till", r"\bledde", r"medför", r"\borsak", r"åstadk", r"bidra", r"\bpåverka",
    r"\beffect", r"\bimpact", r"because", r"due to", r"thanks to", r"\bled to", r"\bcause",
    r"contribut", r"\bachiev", r"\bimprov(es|ed)\b",
)  # fmt: skip
"""Words that would claim a cause, or an effect on society."""


def seed(name: str) -> list[dict[str, str]]:
    with (PROJECT_DIR / "seeds" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def registry() -> dict[str, dict[str, Any]]:
    """Return the blocks as they stand in the YAML, with their area and its defaults."""
    found = {}
    for file in (PROJECT_DIR / "dbt_project/models/indicators").glob("*.yml"):
        for model in yaml.safe_load(file.read_text(encoding="utf-8"))["models"]:
            meta = model.get("config", {}).get("meta", {})
            for block in meta.get("indicators", ()):
                area = {"service_area": model["name"]}
                if not block.get("only_cuts"):
                    found[block["indicator_id"]] = area | meta["defaults"] | block
    return found


def coarsest(registry: dict[str, dict[str, Any]]) -> str:
    """Say in SQL which cells are cut no further than an indicator must be."""
    axes = {i: block["only_by"] for i, block in registry.items() if "only_by" in block}
    cases = " ".join(f"when '{i}' then '{axis}'" for i, axis in axes.items())
    return f"category_axis = case indicator_id {cases} else 'total' end"


def workbook_rows(night: DemoNight, table: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Give municipality and row of the newest workbooks of the register."""
    for file in sorted((night.settings.landing_dir / "forbattring").glob(f"{table}_*.xlsx")):
        with CalamineWorkbook.from_path(str(file)) as workbook:
            _, _, header, *rows = workbook.get_sheet_by_index(0).to_python(skip_empty_area=False)
        for row in rows:
            yield file.stem.split("_")[1], dict(zip(header, row, strict=True))


def test_every_article_and_goal_is_counted_in_every_service_area(
    registry: dict[str, dict[str, Any]], demo_night: DemoNight
) -> None:
    tags: Counter[tuple[str, int, str]] = Counter()
    not_about_persons: Counter[tuple[str, int, str]] = Counter()
    for block in registry.values():
        references = block["references"]
        named = [("cemr_article", article) for article in references.get("cemr", [])]
        named += [("national_goal", references["goal"])] if "goal" in references else []
        for kind, number in named:
            tags[kind, number, block["service_area"]] += 1
            not_about_persons[kind, number, block["service_area"]] += not block.get(
                "individual_based", True
            )
    rows = demo_night.query(
        """
        select reference_kind, number, service_area, indicator_count, split_count, waived_count,
            not_about_persons_count, no_figures_count
        from marts.mart_cemr_coverage
        """
    )
    areas = {row["code"] for row in seed("codes") if row["axis"] == "service_area"}
    expected = {("cemr_article", n, area) for n in range(1, 40) for area in areas}
    expected |= {("national_goal", n, area) for n in range(1, 7) for area in areas}
    assert {row[:3] for row in rows} == expected
    assert len(rows) == len(expected)
    for *cell, count, split, waived, no_persons, no_figures in rows:
        kind, number, area = cell
        assert count == tags[kind, number, area]
        assert no_persons == not_about_persons[kind, number, area]
        assert count == split + waived + no_persons + no_figures
    waivers = {row["indicator_id"] for row in seed("waivers")}
    waived_in = {
        (registry[i]["service_area"], registry[i]["references"]["goal"])
        for i in waivers
        if "goal" in registry[i]["references"]
    }
    assert waived_in == {
        (area, number) for kind, number, area, _, _, waived, *_ in rows
        if kind == "national_goal" and waived
    }  # fmt: skip


def test_an_improvement_has_three_rows_and_what_cannot_be_shown_says_why(
    registry: dict[str, dict[str, Any]], demo_night: DemoNight
) -> None:
    expected = {}
    for area, row in workbook_rows(demo_night, "forbattringsarbete"):
        indicator_id = row["Indikator"]
        why = "shown"
        if not indicator_id:
            why = "no_indicator"
        elif indicator_id not in registry:
            why = "unknown_indicator"
        elif not registry[indicator_id].get("individual_based", True):
            why = "not_split"
        elif row["Start"] < "2024":
            why = "no_figures"
        elif area == "9908":
            why = "too_few"
        for sex in ("women", "men", "total"):
            expected[area, row["Löpnr"], sex] = why
    rows = demo_night.query(
        "select municipality_code, improvement_id, sex, evidence_status "
        "from marts.mart_effect_chain"
    )
    assert {tuple(row[:3]): row[3] for row in rows} == expected
    assert len(rows) == len(expected)
    assert set(expected.values()) == {
        row["code"] for row in seed("words") if row["axis"] == "evidence_status"
    }


def test_of_the_headings_only_what_is_filled_is_known(demo_night: DemoNight) -> None:
    headings = ("Frågeställning", "Lärdomar", "Skillnad för medborgaren")
    expected = {
        (area, row["Löpnr"]): tuple(row[heading] != "" for heading in headings)
        for area, row in workbook_rows(demo_night, "forbattringsarbete")
    }
    rows = demo_night.query(
        """
        select distinct municipality_code, improvement_id, has_question, has_lessons,
            has_citizen_difference
        from marts.mart_effect_chain
        """
    )
    assert {tuple(row[:2]): tuple(row[2:]) for row in rows} == expected
    assert set(expected.values()) >= {(True, True, True), (True, True, False), (True, False, False)}


def test_planted_truths_of_the_register(
    registry: dict[str, dict[str, Any]], demo_night: DemoNight
) -> None:
    with (DEMO_DIR / "forbattring" / "truths.csv").open(encoding="utf-8", newline="") as file:
        truths = {
            (row["truth"], row["area_code"]): int(row["value"]) for row in csv.DictReader(file)
        }
    in_files: Counter[tuple[str, str]] = Counter()
    for area, row in workbook_rows(demo_night, "forbattringsarbete"):
        in_files["improvements", area] += 1
        unknown = row["Indikator"] and row["Indikator"] not in registry
        in_files["unknown_indicators", area] += bool(unknown)
    for area, row in workbook_rows(demo_night, "malvarde"):
        in_files["targets", area] += row["Målvärde kvinnor"] != ""
        in_files["targets", area] += row["Målvärde män"] != ""
    assert +in_files == truths
    in_facts = demo_night.query(
        """
        select 'improvements', municipality_code, count(*) from facts.fct_improvement group by all
        union all
        select 'targets', municipality_code, count(*) from facts.fct_target group by all
        union all
        select 'unknown_indicators', municipality_code, count(distinct improvement_id)
        from marts.mart_effect_chain where evidence_status = 'unknown_indicator' group by all
        """
    )
    assert {(truth, area): count for truth, area, count in in_facts} == truths


def test_an_indicator_that_does_not_exist_is_named_by_a_warning(demo_night: DemoNight) -> None:
    name = "assert_the_register_names_indicators_that_exist"
    (compiled,) = (demo_night.settings.manifest_file.parent / "compiled").rglob(f"{name}.sql")
    assert sorted(demo_night.query(compiled.read_text(encoding="utf-8"))) == [
        ("improvement", "9903", "vantetid_besok"),
        ("target", "9903", "vantetid_besok"),
    ]


def test_screening_before_and_after_is_that_of_the_files(demo_night: DemoNight) -> None:
    files = Files(demo_night.settings.landing_dir)
    share = {}
    for sex in ("women", "men"):
        for year in (2023, 2025):
            clients = [
                client
                for client in files.clients
                if client[0] == "9901" and client[2] == year and files.sex(client[1], year) == sex
            ]
            asked = sum(files.told(client, "fragad") for client in clients)
            share[sex, year] = 100 * asked / len(clients)
    rows = demo_night.query(
        """
        select sex, baseline_year, baseline_value, latest_year, latest_value, change, target_value,
            distance_to_target, is_target_reached
        from marts.mart_effect_chain
        where municipality_code = '9901' and improvement_id = 'F-01' and sex <> 'total'
        """
    )
    assert len(rows) == 2
    for sex, first, before, last, after, change, target, distance, is_reached in rows:
        assert (first, last, target) == (2023, 2025, 90)
        assert before == pytest.approx(share[sex, first])
        assert after == pytest.approx(share[sex, last])
        assert change == pytest.approx(share[sex, last] - share[sex, first])
        assert distance == pytest.approx(share[sex, last] - 90)
        assert is_reached == (share[sex, last] >= 90)


def test_a_target_is_reached_on_the_better_side_and_the_total_has_none(
    demo_night: DemoNight,
) -> None:
    targets = {
        (area, row["Indikator"], sex): row[column]
        for area, row in workbook_rows(demo_night, "malvarde")
        for sex, column in (("women", "Målvärde kvinnor"), ("men", "Målvärde män"))
        if row[column] != ""
    }
    rows = demo_night.query(
        """
        select municipality_code, indicator_id, sex, better, latest_value, target_value,
            distance_to_target, is_target_reached
        from marts.mart_effect_chain where evidence_status = 'shown'
        """
    )
    reached = set()
    for area, indicator_id, sex, better, latest, target, distance, is_reached in rows:
        assert target == targets.get((area, indicator_id, sex))
        if target is None:
            assert distance is is_reached is None
        else:
            assert distance == pytest.approx(latest - target)
            sides = {"lower": latest <= target, "higher": latest >= target, "neither": None}
            assert is_reached is sides[better]
            reached.add((indicator_id, sex, is_reached))
    # planted between the share of women and that of men
    assert ("long_term_recipient_share", "women", True) in reached
    assert ("long_term_recipient_share", "men", False) in reached


def test_every_target_has_its_latest_figure_and_the_way_the_year_went(
    registry: dict[str, dict[str, Any]], demo_night: DemoNight
) -> None:
    series: dict[tuple[str, str, str], dict[int, float]] = defaultdict(dict)
    breaks = set()
    for area, indicator_id, sex, year, value, is_break in demo_night.query(
        "select area_code, indicator_id, sex, year, value, is_break from marts.mart_indicator "
        "where age_band = 'total' and birth_region = 'total' and category_axis = 'total' "
        "and area_level = 'municipality' and period_grain = 'year' and value is not null"
    ):
        series[area, indicator_id, sex][year] = value
        if is_break:
            breaks.add((indicator_id, year))
    expected = {}
    for area, row in workbook_rows(demo_night, "malvarde"):
        for sex, column in (("women", "Målvärde kvinnor"), ("men", "Målvärde män")):
            if row[column] == "":
                continue
            key = (area, row["Indikator"], int(row["År"]), sex)
            figures = series[area, row["Indikator"], sex]
            if not figures:
                expected[key] = (None, None, None, None)
                continue
            year = max(year for year in figures if year <= key[2])
            sides = {
                "lower": figures[year] <= row[column],
                "higher": figures[year] >= row[column],
            }
            better = registry[row["Indikator"]]["better"]
            change, trend = None, None
            if year - 1 in figures and (row["Indikator"], year) not in breaks:
                change = figures[year] - figures[year - 1]
                nearer = abs(figures[year] - row[column]) < abs(figures[year - 1] - row[column])
                good = {"lower": change < 0, "higher": change > 0}.get(better, nearer)
                trend = "still" if change == 0 else "towards" if good else "away"
            expected[key] = (
                *(pytest.approx(figures[year] - row[column]), sides.get(better)),
                *(change if change is None else pytest.approx(change), trend),
            )
    rows = demo_night.query(
        """
        select municipality_code, indicator_id, target_year, sex, distance_to_target,
            is_target_reached, change_since_previous_year, trend
        from marts.mart_target
        """
    )
    assert {tuple(row[:4]): tuple(row[4:]) for row in rows} == expected
    assert {trend for *_, trend in expected.values()} >= {"towards", "away", None}


def test_no_sentence_says_why_or_claims_an_effect_on_society(demo_night: DemoNight) -> None:
    rows = demo_night.query(
        "select sentence_sv, sentence_en, title, evidence_status, effect_step "
        "from marts.mart_effect_chain"
    )
    assert {step for *_, step in rows} == {"activity", "product", "way_of_working", "outcome"}
    for swedish, english, title, status, _ in rows:
        for sentence in (swedish, english):
            assert sentence
            assert title not in sentence
            assert "bland totalt" not in sentence
            for word in FORBIDDEN:
                assert not re.search(word, sentence, flags=re.I), (word, sentence)
        assert ("inte prövat" in swedish) == (status == "shown")
        assert ("not been tried" in english) == (status == "shown")


def test_a_break_between_the_years_is_said(demo_night: DemoNight) -> None:
    rows = demo_night.query(
        "select indicator_id, has_break, sentence_sv from marts.mart_effect_chain "
        "where evidence_status = 'shown'"
    )
    broken = {indicator_id for indicator_id, has_break, _ in rows if has_break}
    assert broken == {"adult_recipients_per_1000", "child_recipients_per_1000"}
    for _, has_break, sentence in rows:
        assert ("inte jämförbara" in sentence) == has_break


def test_girls_and_boys_are_named_so(demo_night: DemoNight) -> None:
    rows = demo_night.query(
        "select sex, sex_label_sv, sentence_sv from marts.mart_effect_chain "
        "where indicator_id = 'child_recipients_per_1000' and sex <> 'total' order by sex desc"
    )
    assert [row[:2] for row in rows] == [("women", "Flickor"), ("men", "Pojkar")]
    assert all("kvinnor" not in sentence and " män" not in sentence for *_, sentence in rows)


def test_own_answers_stand_beside_the_material_there_is(
    registry: dict[str, dict[str, Any]], demo_night: DemoNight
) -> None:
    districts = {
        (row["municipality_code"], row["district_name"]): row["district_code"]
        for row in seed("districts")
    }
    answers = {}
    for file in sorted((demo_night.settings.landing_dir / "jamforelser").glob("enkat_*.csv")):
        _, area, year, _ = file.stem.split("_")
        with file.open(encoding="utf-8-sig", newline="") as lines:
            for row in csv.DictReader(lines, delimiter=";"):
                unit = districts.get((area, row["Stadsdel"]), area)
                key = (unit, int(year), row["Område"], row["Fråga"])
                answers[key] = {"Ja": "yes", "Nej": "no", "": "missing"}[row["Svar"]]
    values = defaultdict(set)
    for indicator_id, area, year, sex in demo_night.query(
        "select indicator_id, area_code, year, sex from marts.mart_indicator "
        "where age_band = 'total' and birth_region = 'total' "
        f"and {coarsest(registry)} and sex in ('women', 'men') and value is not null"
    ):
        values[indicator_id, area, year].add(sex)
    improvements = list(workbook_rows(demo_night, "forbattringsarbete"))
    labels = {row["code"]: row["label_sv"] for row in seed("codes") if row["axis"] == "survey_area"}
    covering = {
        (labels[row["survey_area"]], row["service_area"], ages)
        for row in seed("survey_area_services")
        for ages in ([row["ages"]] if row["ages"] else ["adults", "children", "all"])
    }

    def proofs(unit: str, year: int, survey_area: str, question: str) -> int:
        covered = {
            i for i, block in registry.items()
            if (survey_area, block["service_area"], block.get("ages", "all")) in covering
        }  # fmt: skip
        if question.startswith("Systematisk"):
            return sum(
                registry[i].get("individual_based", True)
                and values[i, unit, year] == {"women", "men"}
                for i in covered
            )
        return sum(
            unit[:4] == where and districts.get((where, row["Stadsdel"]), unit) == unit
            and row["Indikator"] in covered
            and date.fromisoformat(row["Start"]).year <= year
            for where, row in improvements
        )  # fmt: skip

    rows = demo_night.query(
        """
        select unit_code, year, survey_area_label_sv, survey_question_label_sv, answer,
            evidence_count, verdict
        from marts.mart_survey_evidence
        """
    )
    assert {tuple(row[:4]): row[4] for row in rows} == answers
    assert len(rows) == len(answers)
    for *cell, answer, count, verdict in rows:
        unit, year, survey_area, question = cell
        assert count == proofs(unit, year, survey_area, question), cell
        is_covered = any(name == survey_area for name, *_ in covering)
        material = (
            ("with_material" if count else "without_material") if is_covered else "not_covered"
        )
        assert verdict == f"{answer}_{material}"
    assert {unit for unit, *_ in answers if len(unit) > 4} == set(districts.values())
    verdicts = {row[-1] for row in rows}
    assert {
        "yes_with_material",
        "yes_without_material",
        "no_with_material",
        "yes_not_covered",
    } <= verdicts
    words = {row["label_sv"] for row in seed("words") if row["axis"] == "survey_evidence"}
    assert not [label for label in words if "belagt" in label]


def test_the_night_itself_follows_up_what_it_publishes_by_sex(demo_night: DemoNight) -> None:
    rows = demo_night.query(
        """
        select unit_code, unit_level, survey_area, year, indicators_tonight, earlier_nights,
            is_followed_up
        from quality.followed_up
        """
    )
    with_figures = set(
        demo_night.query(
            """
            select distinct area_code, year
            from indicators.indicator_split
            inner join indicators.dim_indicator using (indicator_id)
            where service_area = 'needs_and_violence' and split_status = 'split'
            """
        )
    )
    assert with_figures
    for unit, level, survey_area, year, tonight, earlier, is_followed_up in rows:
        assert is_followed_up == (tonight > 0 or earlier > 0)
        assert level == "municipality" or not is_followed_up
        if survey_area == "violence":
            assert is_followed_up == ((unit, year) in with_figures)
    (answers,) = demo_night.query(
        "select count(*) from facts.fct_survey_answer where survey_question = 'follow_up_by_sex'"
    )
    assert len(rows) == answers[0]


def test_the_share_split_by_sex_is_that_of_the_published_cells(
    registry: dict[str, dict[str, Any]], demo_night: DemoNight
) -> None:
    """A total without women or men is owed a split as much as one that has both."""
    sexes = defaultdict(set)
    waived = set()
    for indicator_id, area, year, sex, value, status in demo_night.query(
        "select indicator_id, area_code, year, sex, value, status from marts.mart_indicator "
        f"where age_band = 'total' and birth_region = 'total' and {coarsest(registry)} "
        "and area_level = 'municipality' and sex <> 'unknown'"
    ):
        key = (area, year, indicator_id)
        sexes[key] |= {sex} if value is not None else set()
        waived |= {key} if status == "waived" else set()
    expected: Counter[tuple[str, int, str, str]] = Counter()
    for area, year, indicator_id in sexes:
        block = registry[indicator_id]
        found = "not_split" if "total" in sexes[area, year, indicator_id] else "no_figures"
        if not block.get("individual_based", True):
            found = "not_about_persons"
        elif (area, year, indicator_id) in waived:
            found = "waived"
        elif sexes[area, year, indicator_id] >= {"women", "men"}:
            found = "split"
        for service_area in ("total", block["service_area"]):
            expected[area, year, service_area, found] += 1
    rows = demo_night.query(
        """
        select municipality_code, year, service_area, split_percent, split_count, not_split_count,
            waived_count, no_figures_count, not_about_persons_count
        from marts.mart_split_share
        """
    )
    assert {tuple(row[:3]) for row in rows} == {key[:3] for key in expected}
    for area, year, service_area, percent, *counts in rows:
        assert counts == [
            expected[area, year, service_area, found]
            for found in ("split", "not_split", "waived", "no_figures", "not_about_persons")
        ]
        owed = sum(counts[:3])
        assert percent == (pytest.approx(100 * counts[0] / owed) if owed else None)
    assert {row[3] < 100 for row in rows if row[2] == "total"} == {True}


def test_what_is_declared_not_to_be_about_persons_proves_nothing(demo_night: DemoNight) -> None:
    """What counts persons cannot be declared so: the mutation of individual_claims in test_gate."""
    rows = demo_night.query(
        """
        select indicator.is_individual_based, split.split_status, count(*)
        from indicators.indicator_split as split
        inner join indicators.dim_indicator as indicator using (indicator_id)
        group by all
        """
    )
    found = {(is_individual, status) for is_individual, status, _ in rows}
    assert (False, "not_about_persons") in found
    assert not {(False, "split"), (False, "waived"), (True, "not_about_persons")} & found


def test_a_series_breaks_in_the_period_that_a_version_begins_in(demo_night: DemoNight) -> None:
    rows = demo_night.query(
        "select distinct indicator_id, year, indicator_version, is_break from marts.mart_indicator"
    )
    breaks = {(row["indicator_id"], int(row["valid_from"][:4])): int(row["version"])
              for row in seed("indicator_versions") if row["is_break"] == "true"}  # fmt: skip
    assert {(i, year): version for i, year, version, is_break in rows if is_break} == breaks
    versions = {year: version for i, year, version, _ in rows if i == "adult_recipients_per_1000"}
    assert versions == {2023: 1, 2024: 1, 2025: 2}


def test_readers_find_the_indicators_that_are_for_them(
    registry: dict[str, dict[str, Any]], demo_night: DemoNight
) -> None:
    rows = demo_night.query(
        "select reference, indicator_id from indicators.indicator_reference "
        "where reference_kind = 'audience'"
    )
    assert sorted(rows) == sorted(
        (reader, i) for i, block in registry.items() for reader in block["audience"]
    )
    (politicians,) = demo_night.query(
        "select count(*) from indicators.dim_indicator where audience like '%politicians%'"
    )
    assert politicians[0] == sum("politicians" in block["audience"] for block in registry.values())
