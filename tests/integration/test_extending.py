"""The recipes of CONTRIBUTING.md: a block adds an indicator, a folder a source, codes a service."""

from __future__ import annotations

from dataclasses import dataclass
from textwrap import indent
from typing import TYPE_CHECKING, Any

import duckdb
import pytest
import yaml

from orchestration.publishing.files import DATABASE
from tests.conftest import PROJECT_DIR, WARM, DemoNight, installation_after, run
from tests.small_county import replacing

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def before(indicator_id: str, block: str) -> Callable[[str], str]:
    """Lay a block in front of that of an indicator."""
    at = f"          - indicator_id: {indicator_id}\n"
    return replacing(f"\n{at}", f"\n{block.strip(chr(10))}\n\n{at}")


def example_block() -> str:
    """Return the block that the recipe shows."""
    recipe = (PROJECT_DIR / "CONTRIBUTING.md").read_text(encoding="utf-8")
    block = recipe.split("```yaml\n")[1].split("```")[0]
    assert yaml.safe_load(block)[0]["indicator_id"] == "applications_from_couples_share"
    return indent(block, 7 * " ")


STAGED = """
select nr, manad as benefit_month, kronor as amount_sek
from ({{ current_rows('omega', 'betalning') }})
"""
SOURCE = """
sources:
  - name: omega
    description: A case system that was added in a test.
    database: raw
    schema: omega
    config: {meta: {owner: A test, licence: none}}
    tables:
      - name: betalning
        description: One row per payment.
        config:
          meta:
            load:
              files: "betalning_{area}_{period}.csv"
              format: csv
              delivery: snapshot
              key: [nr]
              period_column: manad
        columns:
          - name: nr
            data_type: varchar
            config: {meta: {load: {required: true}}}
          - name: manad
            data_type: month
            config: {meta: {load: {required: true}}}
          - name: kronor
            data_type: decimal(12,2)
            config: {meta: {load: {unit: sek}}}
"""


FOLLOW_UP = """
          - indicator_id: case_follow_up_share
            name: {sv: Insatser som följs upp, en: Activities that are followed up}
            definition: {sv: Prövas i ett test., en: Tried in a test.}
            unit: percent
            better: higher
            period: year
            ages: adults
            numerator:
              fact: case_step
              date: episode_start
              count: rows
              where: case_step = 'follow_up' and is_followed and is_previous_reached and is_reached
            denominator:
              fact: case_step
              date: episode_start
              count: rows
              where: case_step = 'follow_up' and is_followed and is_previous_reached
            breakdowns: [[age_band], [birth_region], [household_type]]
            references: {features: [T5], cemr: [15]}

"""


NEW_CODES = """\
service,sol_ledsagning,Ledsagning,Companion service,sol,,
case_step,follow_up,Uppföljning,Follow-up,,,
"""


COMPANION = """
          - indicator_id: companion_hours_per_user
            name: {sv: Ledsagning per brukare, en: Companion service per user}
            definition: {sv: Prövas i ett test., en: Tried in a test.}
            unit: hours
            better: neither
            period: year
            numerator:
              fact: service_volume
              date: service_month
              count: {sum: performed_quantity}
              where: service = 'sol_ledsagning'
            denominator:
              fact: service_volume
              date: service_month
              count: persons
              where: service = 'sol_ledsagning'
            breakdowns: [[age_interval], [provider], [age_band], [birth_region]]
            references: {features: [T5], cemr: [15]}

"""


def send_a_new_service(landing: Path) -> None:
    """Deliver 2024 of 9907 again: two women and a man have had it, and it has cost 1,000 kronor."""
    (volumes,) = (landing / "epsilon").glob("utfort_9907_2024_*")
    lines = volumes.read_text(encoding="utf-8-sig").splitlines()
    numbers = sorted({line.split(";")[1] for line in lines[1:]} - {""})
    men = [number for number in numbers if number[-2] in "13579"]
    women = [number for number in numbers if number[-2] in "02468"]
    for count, (number, hours) in enumerate(((women[0], 10), (women[1], 20), (men[0], 10))):
        lines.append(f"L{count};{number};LEDS;EGEN;KOMMUN;202403;TIM;{hours}:00;{hours}:00")
    (volumes.parent / "utfort_9907_2024_20260131.csv").write_text(
        "\n".join([*lines, ""]), encoding="utf-8-sig"
    )
    (ledger,) = (landing / "ekonomi").glob("transaktion_9907_2024_*")
    *entries, total = ledger.read_text(encoding="cp1252").splitlines()
    booked = "K9999;1;2024-03-25;5011;07S165;S165;E;1 000,00;"
    (ledger.parent / "transaktion_9907_2024_20260131.csv").write_text(
        "\n".join([*entries, booked, total, ""]), encoding="cp1252"
    )


def send_a_new_source(landing: Path) -> None:
    (landing / "omega").mkdir()
    (landing / "omega" / "betalning_9901_202501.csv").write_text(
        "nr;kronor;manad\n1;10,50;202501\n2;-0,25;202501\n", encoding="utf-8"
    )


def send_follow_ups(landing: Path) -> int:
    """Deliver 2024 of 9901 again, with a follow-up of every other activity; return the cases."""
    (log,) = (landing / "alfa").glob("handelselogg_9901_2024_*")
    lines = log.read_bytes().decode("cp1252").splitlines()
    activities = [line.split(";") for line in lines if line.endswith(";Insats")]
    followed_up = [
        f"U{number};{case};;{day};Uppföljning"
        for number, (_, case, _, day, _) in enumerate(activities[::2])
    ]
    (log.parent / "handelselogg_9901_2024_20260131.csv").write_bytes(
        "\r\n".join([*lines, *followed_up, ""]).encode("cp1252")
    )
    return len({case for _, case, *_ in activities[::2]})


STAGING = "dbt_project/models/staging"
INDICATORS = "dbt_project/models/indicators"
CHANGES = {
    f"{INDICATORS}/economic_assistance.yml": before("approval_rate", example_block()),
    f"{STAGING}/omega/_omega__sources.yml": lambda _: SOURCE,
    f"{STAGING}/omega/stg_omega__betalning.sql": lambda _: STAGED,
    "seeds/codes.csv": replacing("case_step,closing,", NEW_CODES + "case_step,closing,"),
    "seeds/ledger_activities.csv": replacing(
        "S170,open_services,",
        "S165,sol_ledsagning,Ledsagning,Companion service,false\nS170,open_services,",
    ),
    "seeds/outlier_limits.csv": replacing(
        "sol_boendestod,hours,26", "sol_boendestod,hours,26\nsol_ledsagning,hours,15"
    ),
    f"{STAGING}/epsilon/_epsilon__sources.yml": replacing(
        "                    BOST: sol_boendestod\n",
        "                    BOST: sol_boendestod\n                    LEDS: sol_ledsagning\n",
    ),
    f"{INDICATORS}/disability_and_elderly_care.yml": before("external_provider_share", COMPANION),
    "seeds/case_steps.csv": replacing(
        "closing,7,365\nreturn,8,365", "follow_up,7,270\nclosing,8,365\nreturn,9,365"
    ),
    f"{STAGING}/alfa/_alfa__sources.yml": replacing(
        "                    Avslut: closing\n",
        "                    Avslut: closing\n                    Uppföljning: follow_up\n",
    ),
    f"{INDICATORS}/case_process.yml": before("case_lead_days", FOLLOW_UP),
}
"""What the recipes change of the project: blocks, a folder, codes, no other SQL and no Python."""


@dataclass(frozen=True)
class Extended:
    """A night of the project as the recipes have changed it."""

    night: DemoNight
    activity_cases: int
    """Cases that have an activity of 2024 followed up."""

    def published(self, sql: str) -> list[tuple[Any, ...]]:
        file = self.night.settings.published_dir / "current" / DATABASE
        with duckdb.connect(str(file), read_only=True) as marts:
            return marts.execute(sql).fetchall()


@pytest.fixture(scope="module")
def extended(small_night: DemoNight, tmp_path_factory: pytest.TempPathFactory) -> Extended:
    """Run one night with all that the recipes add, and the deliveries that speak of it."""
    settings = installation_after(small_night, tmp_path_factory.mktemp("extended"))
    send_a_new_source(settings.landing_dir)
    cases = send_follow_ups(settings.landing_dir)
    send_a_new_service(settings.landing_dir)
    with WARM.small_project.changed(CHANGES) as project:
        night = run(settings, project)
    assert night.exit_code == 0, night.summary
    return Extended(night, cases)


def test_one_block_adds_an_indicator(extended: Extended) -> None:
    added = "where indicator_id = 'applications_from_couples_share'"
    ((cells, sexes),) = extended.published(
        f"select count(*), count(distinct sex) from marts.mart_indicator {added}"
    )
    ((evidence,),) = extended.published(f"select count(*) from quality.dq_sex_split {added}")
    ((is_plausible, *parts),) = extended.published(
        f"""
        select value between 1 and 60, numerator, denominator from marts.mart_indicator
        {added} and area_code = 'all' and year = 2024 and sex = 'women'
            and age_band = 'total' and birth_region = 'total'
        """
    )
    expected = extended.night.query(
        """
        select count(*) filter (where couple_type in ('mixed', 'two_women', 'two_men')),
            count(*)
        from facts.fct_assistance_application
        where sex = 'women' and is_adult and year(application_date) = 2024
        """
    )
    assert cells > 0
    assert sexes == 4
    assert evidence == cells / 4
    assert is_plausible
    assert [tuple(int(value) for value in parts)] == expected


def test_one_folder_adds_a_source(extended: Extended) -> None:
    ((amount,),) = extended.night.query("select sum(amount_sek) from staging.stg_omega__betalning")
    assert float(amount) == 10.25


def test_codes_and_a_block_add_a_step_without_sql_or_python(extended: Extended) -> None:
    """What a step is called by us and by the system, and what to count."""
    funnel = extended.published(
        """
        select sex, passed_count, case_step_label_sv from marts.mart_process_funnel
        where case_step = 'follow_up' and area_code = '9901' and year = 2024
            and household_type = 'total'
        """
    )
    cube = dict(
        extended.published(
            """
            select sex, numerator from marts.mart_indicator
            where indicator_id = 'case_follow_up_share' and area_code = '9901' and year = 2024
                and age_band = 'total' and birth_region = 'total' and category = 'total'
            """
        )
    )
    ((evidence, violations),) = extended.published(
        """
        select count(*), count(violation) from quality.dq_sex_split
        where indicator_id = 'case_follow_up_share'
        """
    )
    taken = extended.published(
        """
        select sum(reached_count) from marts.mart_process_funnel
        where case_step = 'follow_up' and area_code = '9901' and sex = 'total'
            and household_type = 'total'
        """
    )
    counted = {sex: passed for sex, passed, label in funnel if label == "Uppföljning"}
    assert counted.keys() == cube.keys() == {"women", "men", "unknown", "total"}
    assert counted == {sex: int(value) for sex, value in cube.items()}
    assert counted["women"] > 0 < counted["men"]
    assert counted["women"] + counted["men"] + counted["unknown"] == counted["total"]
    assert taken == [(extended.activity_cases,)]
    assert evidence > 0 == violations


def test_codes_and_a_block_add_a_service_that_is_counted_and_costs_what_the_ledger_says(
    extended: Extended,
) -> None:
    costs = extended.published(
        """
        select sex, service_label_sv, user_count, outlier_count, performed_quantity, cost_sek
        from marts.mart_cost_per_user
        where service = 'sol_ledsagning' and area_code = '9907' and age_interval = 'total'
            and period_start = date '2024-01-01' order by sex
        """
    )
    cube = dict(
        extended.published(
            """
            select sex, value from marts.mart_indicator
            where indicator_id = 'companion_hours_per_user' and area_code = '9907'
                and year = 2024 and age_band = 'total' and birth_region = 'total'
                and category = 'total' and value is not null
            """
        )
    )
    users = dict(
        extended.published(
            """
            select sex, value from marts.mart_indicator
            where indicator_id = 'care_users' and category = 'sol_ledsagning'
                and area_code = '9907' and year = 2024 and value > 0
            """
        )
    )
    ((evidence, violations),) = extended.published(
        """
        select count(*), count(violation) from quality.dq_sex_split
        where indicator_id = 'companion_hours_per_user'
        """
    )
    assert costs == [
        ("men", "Ledsagning", 1, 0, 10, 250),
        ("total", "Ledsagning", 3, 1, 40, 1000),
        ("women", "Ledsagning", 2, 1, 30, 750),
    ]
    assert cube == {"women": 15, "men": 10, "total": pytest.approx(40 / 3)}
    assert users == {"women": 2, "men": 1, "total": 3}
    assert evidence > 0 == violations
