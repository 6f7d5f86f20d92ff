"""The recipes of CONTRIBUTING.md: a block adds an indicator, a folder a source, codes a service."""

from __future__ import annotations

from typing import TYPE_CHECKING

import duckdb
import pytest
import yaml

from orchestration.publishing.files import DATABASE
from tests.conftest import PROJECT_DIR, DemoNight, copy_of_the_project, installation_after, run

if TYPE_CHECKING:
    from pathlib import Path


def example_block() -> str:
    """Return the block that the recipe shows."""
    recipe = (PROJECT_DIR / "CONTRIBUTING.md").read_text(encoding="utf-8")
    block = recipe.split("```yaml\n")[1].split("```")[0]
    assert yaml.safe_load(block)[0]["indicator_id"] == "applications_from_couples_share"
    return block


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


def test_one_block_adds_an_indicator_and_one_folder_adds_a_source(
    demo_night: DemoNight, tmp_path: Path
) -> None:
    project = copy_of_the_project(tmp_path)
    registry = project / "dbt_project/models/indicators/economic_assistance.yml"
    text = registry.read_text(encoding="utf-8")
    before = "          - indicator_id: approval_rate\n"
    block = "".join(f"       {line}\n" for line in example_block().splitlines())
    registry.write_text(text.replace(before, block + "\n" + before), encoding="utf-8")
    omega = project / "dbt_project/models/staging/omega"
    omega.mkdir()
    (omega / "_omega__sources.yml").write_text(SOURCE, encoding="utf-8")
    (omega / "stg_omega__betalning.sql").write_text(
        "select nr, manad as benefit_month, kronor as amount_sek\n"
        "from ({{ current_rows('omega', 'betalning') }})\n",
        encoding="utf-8",
    )
    settings = installation_after(demo_night, tmp_path, project_dir=project)
    (settings.landing_dir / "omega").mkdir()
    (settings.landing_dir / "omega" / "betalning_9901_202501.csv").write_text(
        "nr;kronor;manad\n1;10,50;202501\n2;-0,25;202501\n", encoding="utf-8"
    )

    night = run(settings)

    assert night.exit_code == 0, night.summary
    assert [
        float(value)
        for (value,) in night.query("select sum(amount_sek) from staging.stg_omega__betalning")
    ] == [10.25]
    with duckdb.connect(
        str(settings.published_dir / "current" / DATABASE), read_only=True
    ) as marts:
        added = "where indicator_id = 'applications_from_couples_share'"
        cells, sexes = marts.execute(
            f"select count(*), count(distinct sex) from marts.mart_indicator {added}"
        ).fetchone() or (0, 0)
        evidence = marts.execute(f"select count(*) from quality.dq_sex_split {added}").fetchone()
        rate = marts.execute(
            f"""
            select value between 1 and 60, numerator, denominator from marts.mart_indicator
            {added} and area_code = 'all' and year = 2024 and sex = 'women'
                and age_band = 'total' and birth_region = 'total'
            """
        ).fetchone()
        expected = night.query(
            """
            select count(*) filter (where couple_type in ('mixed', 'two_women', 'two_men')),
                count(*)
            from facts.fct_assistance_application
            where sex = 'women' and is_adult and year(application_date) = 2024
            """
        )
    assert cells > 0
    assert sexes == 4
    assert evidence
    assert evidence[0] == cells / 4
    assert rate
    assert rate[0]
    assert [tuple(int(value) for value in rate[1:])] == expected


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
    """Deliver 2024 of 9904 again: two women and a man have had it, and it has cost 1,000 kronor."""
    (volumes,) = (landing / "epsilon").glob("utfort_9904_2024_*")
    lines = volumes.read_text(encoding="utf-8-sig").splitlines()
    numbers = sorted({line.split(";")[1] for line in lines[1:]} - {""})
    men = [number for number in numbers if number[-2] in "13579"]
    women = [number for number in numbers if number[-2] in "02468"]
    for count, (number, hours) in enumerate(((women[0], 10), (women[1], 20), (men[0], 10))):
        lines.append(f"L{count};{number};LEDS;EGEN;KOMMUN;202403;TIM;{hours}:00;{hours}:00")
    (volumes.parent / "utfort_9904_2024_20260131.csv").write_text(
        "\n".join([*lines, ""]), encoding="utf-8-sig"
    )
    (ledger,) = (landing / "ekonomi").glob("transaktion_9904_2024_*")
    *entries, total = ledger.read_text(encoding="cp1252").splitlines()
    booked = "K9999;1;2024-03-25;5011;04S165;S165;E;1 000,00;"
    (ledger.parent / "transaktion_9904_2024_20260131.csv").write_text(
        "\n".join([*entries, booked, total, ""]), encoding="cp1252"
    )


def the_new_service_is_counted_and_costs_what_the_ledger_says(published: Path) -> None:
    with duckdb.connect(str(published / "current" / DATABASE), read_only=True) as marts:
        costs = marts.execute(
            """
            select sex, service_label_sv, user_count, outlier_count, performed_quantity, cost_sek
            from marts.mart_cost_per_user
            where service = 'sol_ledsagning' and area_code = '9904' and age_interval = 'total'
                and period_start = date '2024-01-01' order by sex
            """
        ).fetchall()
        cube = dict(
            marts.execute(
                """
                select sex, value from marts.mart_indicator
                where indicator_id = 'companion_hours_per_user' and area_code = '9904'
                    and year = 2024 and age_band = 'total' and birth_region = 'total'
                    and category = 'total' and value is not null
                """
            ).fetchall()
        )
        users = dict(
            marts.execute(
                """
                select sex, value from marts.mart_indicator
                where indicator_id = 'care_users' and category = 'sol_ledsagning'
                    and area_code = '9904' and year = 2024 and value > 0
                """
            ).fetchall()
        )
        evidence = marts.execute(
            """
            select count(*), count(violation) from quality.dq_sex_split
            where indicator_id = 'companion_hours_per_user'
            """
        ).fetchone()
    assert costs == [
        ("men", "Ledsagning", 1, 0, 10, 250),
        ("total", "Ledsagning", 3, 1, 40, 1000),
        ("women", "Ledsagning", 2, 1, 30, 750),
    ]
    assert cube == {"women": 15, "men": 10, "total": pytest.approx(40 / 3)}
    assert users == {"women": 2, "men": 1, "total": 3}
    assert evidence
    assert evidence[0] > 0 == evidence[1]


def test_codes_and_a_block_add_a_step_and_a_service_without_sql_or_python(
    demo_night: DemoNight, tmp_path: Path
) -> None:
    """What a step and a service are called by us and by the system, and what to count."""
    project = copy_of_the_project(tmp_path)
    changes = {
        "seeds/codes.csv": (
            "case_step,closing,",
            NEW_CODES + "case_step,closing,",
        ),
        "seeds/ledger_activities.csv": (
            "S170,open_services,",
            "S165,sol_ledsagning,Ledsagning,Companion service,false\nS170,open_services,",
        ),
        "seeds/outlier_limits.csv": (
            "sol_boendestod,hours,26",
            "sol_boendestod,hours,26\nsol_ledsagning,hours,15",
        ),
        "dbt_project/models/staging/epsilon/_epsilon__sources.yml": (
            "                    BOST: sol_boendestod\n",
            "                    BOST: sol_boendestod\n                    LEDS: sol_ledsagning\n",
        ),
        "dbt_project/models/indicators/disability_and_elderly_care.yml": (
            "\n          - indicator_id: external_provider_share\n",
            COMPANION + "          - indicator_id: external_provider_share\n",
        ),
        "seeds/case_steps.csv": (
            "closing,7,365\nreturn,8,365",
            "follow_up,7,270\nclosing,8,365\nreturn,9,365",
        ),
        "dbt_project/models/staging/alfa/_alfa__sources.yml": (
            "                    Avslut: closing\n",
            "                    Avslut: closing\n                    Uppföljning: follow_up\n",
        ),
        "dbt_project/models/indicators/case_process.yml": (
            "\n          - indicator_id: case_lead_days\n",
            FOLLOW_UP + "          - indicator_id: case_lead_days\n",
        ),
    }
    for name, (old, new) in changes.items():
        text = (project / name).read_text(encoding="utf-8")
        assert text.count(old) == 1, name
        (project / name).write_text(text.replace(old, new), encoding="utf-8")
    settings = installation_after(demo_night, tmp_path, project_dir=project)
    # 2024 is delivered again, now with a follow-up of every other activity
    (log,) = (settings.landing_dir / "alfa").glob("handelselogg_9901_2024_*")
    lines = log.read_bytes().decode("cp1252").splitlines()
    activities = [line.split(";") for line in lines if line.endswith(";Insats")][::2]
    followed_up = [
        f"U{number};{case};;{day};Uppföljning"
        for number, (_, case, _, day, _) in enumerate(activities)
    ]
    (log.parent / "handelselogg_9901_2024_20260131.csv").write_bytes(
        "\r\n".join([*lines, *followed_up, ""]).encode("cp1252")
    )
    send_a_new_service(settings.landing_dir)

    night = run(settings)

    assert night.exit_code == 0, night.summary
    with duckdb.connect(
        str(settings.published_dir / "current" / DATABASE), read_only=True
    ) as marts:
        funnel = marts.execute(
            """
            select sex, passed_count, case_step_label_sv from marts.mart_process_funnel
            where case_step = 'follow_up' and area_code = '9901' and year = 2024
                and household_type = 'total'
            """
        ).fetchall()
        cube = dict(
            marts.execute(
                """
                select sex, numerator from marts.mart_indicator
                where indicator_id = 'case_follow_up_share' and area_code = '9901' and year = 2024
                    and age_band = 'total' and birth_region = 'total' and category = 'total'
                """
            ).fetchall()
        )
        evidence = marts.execute(
            """
            select count(*), count(violation) from quality.dq_sex_split
            where indicator_id = 'case_follow_up_share'
            """
        ).fetchone()
        taken = marts.execute(
            """
            select sum(reached_count) from marts.mart_process_funnel
            where case_step = 'follow_up' and area_code = '9901' and sex = 'total'
                and household_type = 'total'
            """
        ).fetchone()
    counted = {sex: passed for sex, passed, label in funnel if label == "Uppföljning"}
    assert counted.keys() == cube.keys() == {"women", "men", "unknown", "total"}
    assert counted == {sex: int(value) for sex, value in cube.items()}
    assert counted["women"] > 0 < counted["men"]
    assert counted["women"] + counted["men"] + counted["unknown"] == counted["total"]
    assert taken == (len({case for _, case, *_ in activities}),)
    assert evidence
    assert evidence[0] > 0 == evidence[1]
    the_new_service_is_counted_and_costs_what_the_ledger_says(settings.published_dir)
