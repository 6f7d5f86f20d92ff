"""What the registry costs: its compiled cube against hand-written SQL for the same figures.

Facts are generated in DuckDB, a service area's model is compiled by dbt from the project as it
stands, and every statement runs in a process of its own, so that its peak memory is its alone.

    python benchmarks/registry.py 1000000 10000000
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import duckdb

PROJECT_DIR = Path(__file__).resolve().parent.parent
SERVICE_AREA = "economic_assistance"
MEMORY_LIMIT = "6GB"
MONTHS_PER_PERSON = 20
ONE_MORE = """
          - indicator_id: zz_benchmark_share
            name: {sv: Mätning, en: Measurement}
            definition: {sv: Mätning., en: Measurement.}
            unit: percent
            better: neither
            period: year
            ages: adults
            numerator:
              fact: assistance_month
              date: benefit_month
              count: persons
              where: is_recipient and amount_sek > 9000
            denominator:
              fact: assistance_month
              date: benefit_month
              count: persons
              where: is_recipient
            breakdowns: [[age_band], [birth_region], [age_band, birth_region], [household_type]]
            references: {features: [T1]}
"""
FACTS = (
    "assistance_application",
    "assistance_month",
    "checklist_answer",
    "comparison",
    "population",
)

GENERATE = """
create table build.facts.fct_assistance_month as
with
    numbered as (
        select range as row_number, cast(range // {months} as bigint) as person
        from range({rows})
    ),
    drawn as (
        select
            person,
            cast(hash(person) % 1000003 as bigint) as h,
            cast(hash(person) % 17 as bigint) + row_number % {months} as month
        from numbered
    )
select
    -- One person in a hundred moves.
    cast(9901 + (h + case when h % 100 = 7 and month > 18 then 1 else 0 end) % 8 as varchar)
        as municipality_code,
    md5(cast(person as varchar)) as person_key,
    cast(date '2023-01-01' + to_months(cast(month as integer)) as date) as benefit_month,
    case when h % 100 = 0 then 'unknown' when h % 2 = 0 then 'women' else 'men' end as sex,
    ['18-24', '25-34', '35-44', '45-54', '55-64', '65+', '00-05', '06-12'][h // 100 % 8 + 1]
        as age_band,
    h // 100 % 8 < 6 as is_adult,
    case when h // 1000 % 3 = 0 then 'abroad' else 'sweden' end as birth_region,
    ['single_woman', 'single_man', 'couple', 'couple_with_children'][(h // 7 + month // 9) % 4 + 1]
        as household_type,
    month % 11 <> 0 as is_recipient,
    cast(4000 + (h + month * 997) % 1000000 / 100.0 as decimal(12, 2)) as amount_sek,
    cast(1 + month % 12 as integer) as spell_month_count,
    cast(month as integer) as month_count_of_36,
    month % 13 = 0 and month % 11 <> 0 as is_spell_end,
    month < 24 as is_followed_a_year,
    h % 5 = 0 as has_returned_within_a_year,
    ['unemployed', 'sick_listed', 'social_reasons'][h // 11 % 3 + 1] as obstacle_group
from drawn
"""


def compiled_cube(folder: Path, block: str = "") -> str:
    """Return the service area's SQL, with one more indicator block where one is given."""
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager
    from dbt.cli.main import dbtRunner

    from orchestration.loading import ensure_raw_tables, open_raw
    from orchestration.night.dbt_runner import QUIET, dbt_environment, parse
    from orchestration.settings import Settings

    project = folder / "project"
    shutil.rmtree(project, ignore_errors=True)
    for name in ("dbt_project", "seeds", "tests/data"):
        shutil.copytree(PROJECT_DIR / name, project / name)
    registry = project / f"dbt_project/models/indicators/{SERVICE_AREA}.yml"
    registry.write_text(registry.read_text(encoding="utf-8") + block, encoding="utf-8")
    settings = Settings(_env_file=None, data_dir=folder / "data", project_dir=project)
    settings.warehouse_dir.mkdir(parents=True, exist_ok=True)
    parsed = parse(settings)
    with (
        settings.workspace("bench") as workspace,
        open_raw(settings.raw_file, workspace) as connection,
    ):
        ensure_raw_tables(connection, parsed.manifest.sources)
    with dbt_environment(settings):
        dbtRunner(manifest=parsed.dbt_manifest).invoke(
            [*QUIET, "compile", "--select", SERVICE_AREA]
        )
        DuckDBConnectionManager.close_all_connections()
    compiled = (
        settings.manifest_file.parent / f"compiled/jamvikt/models/indicators/{SERVICE_AREA}.sql"
    )
    return compiled.read_text(encoding="utf-8")


def connect(folder: Path) -> duckdb.DuckDBPyConnection:
    """Open the benchmark's own warehouse, with the memory a small machine has."""
    connection = duckdb.connect()
    connection.execute(f"set memory_limit = '{MEMORY_LIMIT}'")
    connection.execute(f"set temp_directory = '{folder / 'spill'}'")
    connection.execute("set preserve_insertion_order = false")
    connection.execute(f"attach '{folder / 'facts.duckdb'}' as build")
    return connection


def generate(folder: Path, rows: int) -> None:
    """Fill the months; the other facts stay empty, with the columns that the models declare."""
    (folder / "facts.duckdb").unlink(missing_ok=True)
    nodes = json.loads((folder / "data/dbt/manifest.json").read_text(encoding="utf-8"))["nodes"]
    with connect(folder) as connection:
        connection.execute("create schema build.facts; create schema build.seeds")
        for fact in FACTS:
            if fact != "assistance_month":
                columns = nodes[f"model.jamvikt.fct_{fact}"]["columns"].values()
                declared = ", ".join(f"{c['name']} {c['data_type']}" for c in columns)
                connection.execute(f"create table build.facts.fct_{fact} ({declared})")
        seed = PROJECT_DIR / "seeds" / "participants.csv"
        connection.execute(
            f"create table build.seeds.participants as from read_csv('{seed}', all_varchar = true)"
        )
        connection.execute(GENERATE.format(rows=rows, months=MONTHS_PER_PERSON))


def measured(folder: Path, sql: str, table: str) -> tuple[float, float]:
    """Run a statement in a process of its own; return seconds and peak GiB."""
    (folder / "statement.sql").write_text(f"create or replace table build.{table} as {sql}")
    outcome = subprocess.run(
        [sys.executable, __file__, "--run", str(folder)], capture_output=True, check=True, text=True
    )
    seconds, gib = outcome.stdout.split()
    return float(seconds), float(gib)


def run_statement(folder: Path) -> None:
    """Run what `measured` wrote, and print what it took."""
    sql = (folder / "statement.sql").read_text()
    with connect(folder) as connection:
        start = time.monotonic()
        connection.execute(sql)
        seconds = time.monotonic() - start
    # getrusage would count what the process that began this one held as well
    (kib,) = re.findall(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    sys.stdout.write(f"{seconds} {int(kib) / 2**20}\n")


def compare(folder: Path) -> int:
    """Return the cells of the hand-written cube that the registry has not or has otherwise."""
    columns = (
        "indicator_id, area_code, period_start, sex, age_band, birth_region, category_axis, "
        "category, cast(numerator as decimal(20, 2)), cast(denominator as decimal(20, 2))"
    )
    with connect(folder) as connection:
        row = connection.execute(
            f"""
            select count(*) from (
                select {columns} from build.hand except select {columns} from build.registry
            )
            """
        ).fetchone()
    return int(row[0]) if row else -1


def main() -> None:
    """Print one row of Markdown per size."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("rows", nargs="*", type=int, default=[1_000_000])
    arguments.add_argument("--run", type=Path)
    chosen = arguments.parse_args()
    if chosen.run:
        run_statement(chosen.run)
        return
    hand = (Path(__file__).parent / "handwritten.sql").read_text(encoding="utf-8")
    sys.stdout.write(
        "| person-months | registry s | GiB | by hand s | GiB | ratio | one more indicator s |\n"
        "|---|---|---|---|---|---|---|\n"
    )
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        one_more = compiled_cube(folder, ONE_MORE)
        registry = compiled_cube(folder)
        for rows in chosen.rows:
            generate(folder, rows)
            by_hand, hand_gib = measured(folder, hand, "hand")
            seconds, gib = measured(folder, registry, "registry")
            if differing := compare(folder):
                raise SystemExit(f"{differing} cells differ between registry and hand")
            with_one_more, _ = measured(folder, one_more, "registry")
            sys.stdout.write(
                f"| {rows:,} | {seconds:.1f} | {gib:.1f} | {by_hand:.1f} | {hand_gib:.1f} "
                f"| {seconds / by_hand:.2f} | {with_one_more - seconds:+.1f} |\n"
            )
            sys.stdout.flush()


if __name__ == "__main__":
    main()
