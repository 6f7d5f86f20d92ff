"""The gate, proved by mutations: each makes a promise false, and must be seen to.

Every mutation changes the project of the small county, builds what follows from the change over
what its night has built and lets the real expectations judge it. Mutations of different service
areas that break different promises are built and judged in one round.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import pytest

from tests.conftest import (
    WARM,
    DemoNight,
    build_nodes,
    build_over,
    installation_after,
    run,
)
from tests.small_county import replacing

if TYPE_CHECKING:
    from collections.abc import Callable

    from expectations.promise_result import PromiseResult
    from orchestration.night.dbt_runner import Project
    from orchestration.settings import Settings

CARE = "dbt_project/models/indicators/disability_and_elderly_care.sql"
CUBE = "dbt_project/models/indicators/economic_assistance.sql"
PROCESS = "dbt_project/models/indicators/case_process.sql"
MONTH = "dbt_project/models/facts/fct_assistance_month.sql"
PLACEMENTS = "dbt_project/models/indicators/placements.sql"
REGISTRY = "dbt_project/models/indicators/economic_assistance.yml"
NEEDS = "dbt_project/models/indicators/needs_and_violence.sql"
USER_COST = "dbt_project/models/facts/fct_user_cost.sql"
SCREENING = "dbt_project/models/facts/fct_screening.sql"
CULTURE = "dbt_project/models/indicators/culture_school.sql"
FUNDS = "dbt_project/models/indicators/project_funds.sql"
PATHWAY = "dbt_project/models/marts/mart_pathway.sql"
OVERREPRESENTATION = "dbt_project/models/marts/mart_overrepresentation.sql"
WAIVERS = "seeds/waivers.csv"
OF_THE_REGISTRY = "dim_indicator indicator_breakdown indicator_grid indicator_look_back"
"""Tables made of the blocks in YAML, which follow from a model's YAML and from none of its rows."""
CELL = "indicator_id, area_code, period_start, age_band, birth_region, category_axis, category"


def wrap(select: str, condition: str = "true") -> Callable[[str], str]:
    return lambda sql: f"select {select} from (\n{sql}\n) where {condition}"


@dataclass(frozen=True)
class Mutation:
    name: str
    of: str
    """What it changes: a service area, whose figures no other area's follow from, or a mart."""
    file: str
    change: Callable[[str], str]
    breaks: str
    subject: dict[str, str]
    besides: tuple[str, ...] = ()
    """Promises that it breaks too: of what violates one, the first twenty are named."""

    def can_be_judged_with(self, other: Mutation) -> bool:
        """Whether each is named although the other is there."""
        return (
            self.of != other.of
            and self.breaks not in (other.breaks, *other.besides)
            and other.breaks not in self.besides
        )


MUTATIONS = [
    Mutation(
        "men are missing from the cube",
        "assistance",
        CUBE,
        wrap("*", "sex <> 'men'"),
        "sex_totals",
        {
            "indicator_id": "adult_recipients",
            "violation": "women, men and unknown do not add up to the total",
        },
        besides=("sex_present", "sex_split"),
    ),
    Mutation(
        "men are missing from the fact",
        "assistance",
        MONTH,
        lambda sql: sql.rstrip() + "\nwhere with_person.sex <> 'men'\n",
        "sex_present",
        {"indicator_id": "adult_recipients", "violation": "no men"},
    ),
    Mutation(
        "women are copied as men",
        "assistance",
        CUBE,
        lambda sql: (
            f"with cube as ({sql}) select * from cube where sex <> 'men' union all "
            "select * replace ('men' as sex) from cube where sex = 'women'"
        ),
        "sex_present",
        {"violation": "women and men are equal in every cell"},
        besides=("sex_split", "sex_totals"),
    ),
    Mutation(
        "sex is missing in one breakdown only",
        "assistance",
        CUBE,
        wrap("*", "not (category_axis = 'household_type' and sex <> 'total')"),
        "sex_totals",
        {"category_axis": "household_type"},
        besides=("sex_present", "sex_split"),
    ),
    Mutation(
        "women are missing in one step of the case process",
        "process",
        PROCESS,
        wrap("*", "not (category = 'plan' and sex = 'women')"),
        "sex_totals",
        {"category_axis": "case_step"},
    ),
    Mutation(
        "the denominator is not split",
        "assistance",
        CUBE,
        wrap(
            "* replace (max(denominator) filter (where sex = 'total') "
            f"over (partition by {CELL}) as denominator)"
        ),
        "sex_split",
        {"violation": "denominator is the total for both sexes"},
        besides=("sex_present", "sex_totals"),
    ),
    Mutation(
        "one municipality has no women",
        "assistance",
        MONTH,
        lambda sql: (
            sql.rstrip()
            + "\nwhere not (with_person.municipality_code = '9903' and with_person.sex = 'women')\n"
        ),
        "sex_present",
        {"area_code": "9903", "violation": "no women"},
    ),
    Mutation(
        "a waiver has expired",
        "waivers",
        WAIVERS,
        replacing("2026-12-31", "2023-12-31"),
        "sex_split",
        {
            "indicator_id": "official_assistance_households",
            "violation": "the waiver has expired",
        },
    ),
    Mutation(
        "the waiver of a provider that does not tell the sex has expired",
        "waivers",
        WAIVERS,
        replacing(
            "meal_portions,9901,2023-01-01,2026-12-31", "meal_portions,9901,2023-01-01,2023-12-31"
        ),
        "sex_present",
        {"indicator_id": "meal_portions", "area_code": "9901", "violation": "no women"},
    ),
    Mutation(
        "men with home help are missing from the cube",
        "care",
        CARE,
        wrap("*", "not (indicator_id = 'home_help_hours_per_user_month' and sex = 'men')"),
        "sex_totals",
        {"indicator_id": "home_help_hours_per_user_month"},
        besides=("sex_present", "sex_split"),
    ),
    Mutation(
        "an indicator about persons is declared otherwise",
        "assistance",
        REGISTRY,
        replacing(
            "            ages: adults\n",
            "            ages: adults\n            individual_based: false\n"
            "            not_individual_reason: It is about households.\n",
        ),
        "individual_claims",
        {"indicator_id": "adult_recipients"},
    ),
    Mutation(
        "the whole is lost where the parts are kept",
        "assistance",
        CUBE,
        wrap(
            "* replace (case when indicator_id = 'adult_recipients' and age_band = 'total' "
            "and birth_region = 'total' and category_axis = 'total' then 0 else numerator end "
            "as numerator)"
        ),
        "margins",
        {"indicator_id": "adult_recipients", "violation": "the whole is less"},
    ),
    Mutation(
        "an öre is lost",
        "assistance",
        MONTH,
        replacing("with_person.share_ore * cast", "(with_person.share_ore - 1) * cast"),
        "money",
        {"area_code": "9901"},
    ),
    Mutation(
        "men are missing from the cube of needs",
        "needs",
        NEEDS,
        wrap("*", "sex <> 'men'"),
        "sex_totals",
        {"indicator_id": "clients", "violation": "women, men and unknown do not add up"},
        besides=("sex_present", "sex_split"),
    ),
    Mutation(
        "only women are screened for violence",
        "needs",
        SCREENING,
        lambda sql: sql.rstrip() + "\nwhere client.sex <> 'men'\n",
        "sex_present",
        {"indicator_id": "exposed_of_asked_share", "violation": "no men"},
    ),
    Mutation(
        "women are missing from the unplanned endings of placements",
        "placements",
        PLACEMENTS,
        wrap(
            "* replace (case when indicator_id = 'adult_unplanned_ending_share' "
            "and sex = 'women' then 0 else numerator end as numerator)"
        ),
        "sex_totals",
        {"indicator_id": "adult_unplanned_ending_share"},
    ),
    Mutation(
        "an öre of a user's cost is lost",
        "costs",
        USER_COST,
        replacing("with_amount.amount_ore * cast", "(with_amount.amount_ore - 1) * cast"),
        "cost_reconciliation",
        {"area_code": "9901", "service": "sol_hemtjanst"},
    ),
    Mutation(
        "what a service costs by itself is borne twice",
        "costs",
        "dbt_project/models/facts/int_service_cost.sql",
        replacing("where activity_cost.service is null", "where not activity_cost.is_common_cost"),
        "cost_reconciliation",
        {"area_code": "9901"},
    ),
    Mutation(
        "an index of women and men has no men behind it",
        "culture",
        CULTURE,
        wrap("*", "not (indicator_id = 'course_dissimilarity_index' and sex = 'men')"),
        "sex_split",
        {
            "indicator_id": "course_dissimilarity_index",
            "violation": "women and men are compared without one of them",
        },
    ),
    Mutation(
        "girls are missing in one course",
        "culture",
        CULTURE,
        wrap("*", "not (category = 'dance' and sex = 'women')"),
        "sex_totals",
        {"category_axis": "instrument"},
    ),
    Mutation(
        "men receive no project funds",
        "funds",
        FUNDS,
        wrap("*", "sex <> 'men'"),
        "sex_split",
        {"indicator_id": "project_funds_granted", "violation": "total without women and men"},
        besides=("sex_present", "sex_totals"),
    ),
    Mutation(
        "women have no row in a mart that counts on its own",
        "pathways",
        PATHWAY,
        replacing("cross join sex", "inner join sex on sex.code <> 'women'"),
        "mart_sexes",
        {"mart": "mart_pathway", "violation": "a sex has no row"},
    ),
    Mutation(
        "women are lost where a mart has the sexes side by side",
        "overrepresentation",
        OVERREPRESENTATION,
        wrap("* replace (0 as women_unplanned_count)"),
        "mart_sexes",
        {
            "mart": "mart_overrepresentation",
            "measure": "unplanned_count",
            "violation": "women, men and unknown do not add up",
        },
    ),
]


def judged(settings: Settings, project: Project) -> dict[str, PromiseResult]:
    """Judge in a process of its own, as a night does: it would keep the build file open."""
    with settings.workspace("judge") as workspace:
        results = WARM.judge.verdicts(
            settings.build_file,
            project.manifest_file,
            settings.reports_dir / "mutated",
            settings.log_dir / "mutated.log",
            workspace,
        )
    return {result.promise_id: result for result in results}


@pytest.fixture(scope="module")
def settings(small_night: DemoNight, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Return an installation in which one mutation is built after another."""
    return installation_after(small_night, tmp_path_factory.mktemp("mutated"))


def shared_rounds() -> list[list[Mutation]]:
    """Share mutations out, so that in a round each is seen as if it were alone."""
    rounds: list[list[Mutation]] = []
    # those that make the tables of the registry anew together
    for mutation in sorted(MUTATIONS, key=lambda mutation: mutation.file.endswith(".sql")):
        for others in rounds:
            if all(map(mutation.can_be_judged_with, others)):
                others.append(mutation)
                break
        else:
            rounds.append([mutation])
    return rounds


def between(mutation: Mutation) -> str:
    """Select what lies between what is changed and what has to see it."""
    return f"{Path(mutation.file).stem}+,+dq_{mutation.breaks}"


@pytest.fixture(scope="module")
def verdict(small_night: DemoNight, settings: Settings) -> Callable[[Mutation], PromiseResult]:
    """Return what says how the promise is judged that a mutation breaks."""
    rounds = shared_rounds()

    @cache
    def results_of(number: int) -> dict[str, PromiseResult]:
        together = rounds[number]
        shutil.copy(small_night.settings.build_file, settings.build_file)
        changes = {mutation.file: mutation.change for mutation in together}
        is_of_registry = not all(file.endswith(".sql") for file in changes)
        with WARM.small_project.changed(changes) as project:
            # the rest is as the night built it
            nodes = " ".join(map(between, together))
            build_nodes(settings, nodes, project, "" if is_of_registry else OF_THE_REGISTRY)
            return judged(settings, project)

    def verdict_of(mutation: Mutation) -> PromiseResult:
        (number,) = (number for number, among in enumerate(rounds) if mutation in among)
        return results_of(number)[mutation.breaks]

    return verdict_of


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.name)
def test_the_gate_turns_red_and_names_what_is_wrong(
    mutation: Mutation, verdict: Callable[[Mutation], PromiseResult]
) -> None:
    result = verdict(mutation)
    assert result.status == "broken"
    assert result.rows_violating > 0
    assert any(
        all(str(subject[key]).startswith(wanted) for key, wanted in mutation.subject.items())
        for subject in result.subjects
    ), result.subjects


def test_the_gate_sees_a_delivery_that_was_loaded_above_a_limit_and_one_that_was_not_measured(
    small_night: DemoNight, settings: Settings
) -> None:
    """The mutation is of the log of what was loaded: what a loader that let them in would leave."""
    shutil.copy(small_night.settings.build_file, settings.build_file)
    try:
        with duckdb.connect(str(settings.raw_file)) as raw:
            above, unmeasured = raw.execute(
                "select delivery_id, file_name from log.delivery "
                "where status = 'loaded' and source_name = 'alfa' order by delivery_id limit 2"
            ).fetchall()
            raw.execute(
                "update log.delivery_signal set value = upper_limit + 0.01 "
                "where delivery_id = ? and signal = 'bad_row_share'",
                above[:1],
            )
            raw.execute("delete from log.delivery_signal where delivery_id = ?", unmeasured[:1])
        build_nodes(settings, "dq_delivery_signals", WARM.small_project.unchanged)
        result = judged(settings, WARM.small_project.unchanged)["delivery_signals"]
    finally:
        shutil.copy(small_night.settings.raw_file, settings.raw_file)
    assert (result.status, result.rows_violating) == ("broken", 2)
    told = {(each["file_name"], each["signal"], each["violation"]) for each in result.subjects}
    assert told == {
        (above[1], "bad_row_share", "above the limit of its contract"),
        (unmeasured[1], None, "the delivery was not measured"),
    }


def test_an_activity_that_nobody_knows_is_evidence_with_file_and_row_and_stops_no_night(
    small_night: DemoNight, settings: Settings
) -> None:
    """Its money stays in the ledger's fact to the öre, so its row is not quarantined."""
    shutil.copy(small_night.settings.build_file, settings.build_file)
    expected = set()
    try:
        with duckdb.connect(str(settings.raw_file)) as raw:
            for table in ("sie", "transaktion"):
                # two rows, of which the first is told
                rows = raw.execute(
                    "select entry._delivery_id, entry._row_number, entry._area_code, "
                    f"delivery.file_name from ekonomi.{table} as entry inner join log.delivery "
                    "as delivery on entry._delivery_id = delivery.delivery_id "
                    "where verksamhet is not null and delivery.status = 'loaded' "
                    "order by entry._delivery_id desc, entry._row_number limit 2"
                ).fetchall()
                for delivery_id, row_number, *_ in rows:
                    raw.execute(
                        f"update ekonomi.{table} set verksamhet = 'NY' "
                        "where _delivery_id = ? and _row_number = ?",
                        [delivery_id, row_number],
                    )
                (_, first, area, file_name), _ = rows
                expected.add(("ledger_activity", area, "NY", "ekonomi", file_name, first, 2))
        nodes = "stg_ekonomi__sie stg_ekonomi__transaktion fct_ledger_entry unknown_reference"
        build_nodes(settings, nodes, WARM.small_project.unchanged)
        night = DemoNight(settings, 0, "")
        assert set(night.query("select * from quality.unknown_reference")) == expected
        booked = "select sum(amount_sek) from facts.fct_ledger_entry"
        assert night.query(booked) == small_night.query(booked)
    finally:
        shutil.copy(small_night.settings.raw_file, settings.raw_file)


def test_a_broken_promise_publishes_nothing_and_leaves_the_old_publication(
    small_night: DemoNight, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The night, by the way people run it: the old release stays current and is named."""
    settings = installation_after(small_night, tmp_path)
    live = (settings.published_dir / "current").resolve().name
    mutation = MUTATIONS[0]
    build_over(monkeypatch, small_night.settings.build_file, between(mutation), OF_THE_REGISTRY)

    with WARM.small_project.changed({mutation.file: mutation.change}) as project:
        night = run(settings, project)

    assert night.exit_code == 1, night.summary
    assert (settings.published_dir / "current").resolve().name == live
    assert [
        path.name
        for path in settings.published_dir.iterdir()
        if path.is_dir() and not path.is_symlink()
    ] == [live]
    assert "sex_totals" in night.summary
    assert live in night.summary
