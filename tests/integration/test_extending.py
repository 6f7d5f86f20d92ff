"""The two recipes of CONTRIBUTING.md: one block adds an indicator, one folder adds a source."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import duckdb
import yaml

from orchestration.publishing.files import DATABASE
from tests.conftest import PROJECT_DIR, DemoNight, installation, run

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
  - name: gamma
    description: A case system that was added in a test.
    database: raw
    schema: gamma
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
    project = tmp_path / "project"
    for name in ("dbt_project", "seeds", "tests/data"):
        shutil.copytree(PROJECT_DIR / name, project / name)
    registry = project / "dbt_project/models/indicators/economic_assistance.yml"
    text = registry.read_text(encoding="utf-8")
    before = "          - indicator_id: approval_rate\n"
    block = "".join(f"       {line}\n" for line in example_block().splitlines())
    registry.write_text(text.replace(before, block + "\n" + before), encoding="utf-8")
    gamma = project / "dbt_project/models/staging/gamma"
    gamma.mkdir()
    (gamma / "_gamma__sources.yml").write_text(SOURCE, encoding="utf-8")
    (gamma / "stg_gamma__betalning.sql").write_text(
        "select nr, manad as benefit_month, kronor as amount_sek\n"
        "from ({{ current_rows('gamma', 'betalning') }})\n",
        encoding="utf-8",
    )
    settings = installation(tmp_path, project)
    settings.raw_file.parent.mkdir(parents=True)
    shutil.copy(demo_night.settings.raw_file, settings.raw_file)
    shutil.copytree(demo_night.settings.landing_dir, settings.landing_dir)
    settings.pseudonym_key_file.parent.mkdir(parents=True)
    shutil.copy(demo_night.settings.pseudonym_key_file, settings.pseudonym_key_file)
    (settings.landing_dir / "gamma").mkdir()
    (settings.landing_dir / "gamma" / "betalning_9901_202501.csv").write_text(
        "nr;kronor;manad\n1;10,50;202501\n2;-0,25;202501\n", encoding="utf-8"
    )

    night = run(settings)

    assert night.exit_code == 0, night.summary
    assert [
        float(value)
        for (value,) in night.query("select sum(amount_sek) from staging.stg_gamma__betalning")
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
            select count(*) filter (where couple_type <> 'no_couple'), count(*)
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
