"""What the registry costs: its compiled cube against the same figures written by hand.

Facts are generated in DuckDB, a service area's model is compiled by dbt from the project as it
stands, and every statement runs in a process of its own, so that its peak memory is its alone.
By hand is SQL (handwritten.sql), polars and pandas (elsewhere.py).

    python benchmarks/registry.py 1000000 10000000 --shuffled --movers 10 --with polars pandas
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
    "collection",
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
    cast(9901 + (h + case when h % 100 < {movers} and month > 18 then 1 else 0 end) % 8 as varchar)
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
{order}
"""
COLLECTED = """
insert into build.facts.fct_collection by name
select fact, cast(area as varchar) as area_code, cast(month as date) as month, 'none' as sex,
    true as is_due, true as is_collected
from (values ('assistance_month'), ('assistance_application')) as sent(fact),
    range(9901, 9909) as areas(area),
    generate_series(date '2023-01-01', date '2026-12-01', interval 1 month) as months(month)
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


def generate(folder: Path, rows: int, *, movers: int, is_shuffled: bool) -> None:
    """Fill the months; the other facts stay empty, with the columns that the models declare.

    `movers`: persons of a hundred who move.
    """
    (folder / "facts.duckdb").unlink(missing_ok=True)
    nodes = json.loads((folder / "data/dbt/manifest.json").read_text(encoding="utf-8"))["nodes"]
    order = "order by hash(person_key, benefit_month)" if is_shuffled else ""
    with connect(folder) as connection:
        connection.execute("create schema build.facts")
        if is_shuffled:
            connection.execute("set preserve_insertion_order = true")
        for fact in FACTS:
            if fact != "assistance_month":
                columns = nodes[f"model.jamvikt.fct_{fact}"]["columns"].values()
                declared = ", ".join(f"{c['name']} {c['data_type']}" for c in columns)
                connection.execute(f"create table build.facts.fct_{fact} ({declared})")
        connection.execute(COLLECTED)
        connection.execute(
            GENERATE.format(rows=rows, months=MONTHS_PER_PERSON, movers=movers, order=order)
        )


def declared_breakdowns() -> list[tuple[str, str, bool, bool]]:
    """Return indicator, axis, and whether it is cut by age band and birth region."""
    import yaml

    registry = PROJECT_DIR / f"dbt_project/models/indicators/{SERVICE_AREA}.yml"
    (model,) = yaml.safe_load(registry.read_text(encoding="utf-8"))["models"]
    return [
        (
            block["indicator_id"],
            next(iter(set(breakdown) - {"age_band", "birth_region"}), "total"),
            "age_band" in breakdown,
            "birth_region" in breakdown,
        )
        for block in model["config"]["meta"]["indicators"]
        for breakdown in [[], *block.get("breakdowns", [])]
    ]


def measured(folder: Path, sql: str, table: str) -> tuple[float, float]:
    """Run a statement in a process of its own; return seconds and peak GiB."""
    (folder / "statement.sql").write_text(f"create or replace table build.{table} as {sql}")
    return _apart("--run", str(folder))


def measured_elsewhere(folder: Path, tool: str) -> tuple[float, float]:
    """Let another tool read the months from Parquet; return seconds and peak GiB.

    Its cells are in the warehouse afterwards, as those of a statement are.
    """
    taken = _apart("--run", str(folder), "--tool", tool)
    with connect(folder) as connection:
        connection.execute(
            f"create or replace table build.{tool} as from '{folder / tool}.parquet'"
        )
    return taken


def _apart(*arguments: str) -> tuple[float, float]:
    outcome = subprocess.run(
        [sys.executable, __file__, *arguments], capture_output=True, check=False, text=True
    )
    if outcome.returncode:
        raise SystemExit(outcome.stderr)
    seconds, gib = outcome.stdout.split()
    return float(seconds), float(gib)


def run(folder: Path, tool: str | None) -> None:
    """Run what `measured` wrote, or another tool, and print what it took."""
    start = time.monotonic()
    if tool:
        from elsewhere import TOOLS

        TOOLS[tool](folder / "months.parquet", folder / f"{tool}.parquet")
        seconds = time.monotonic() - start
    else:
        sql = (folder / "statement.sql").read_text()
        with connect(folder) as connection:
            start = time.monotonic()
            connection.execute(sql)
            seconds = time.monotonic() - start
    # getrusage would count what the process that began this one held as well
    (kib,) = re.findall(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    sys.stdout.write(f"{seconds} {int(kib) / 2**20}\n")


def compare(folder: Path, table: str, other: str) -> int:
    """Return the cells of one table that another has not or has otherwise.

    Of breakdowns that the registry declares: by hand there are some that nobody asked for.
    """
    columns = (
        "indicator_id, area_code, cast(period_start as date), sex, age_band, birth_region, "
        "category_axis, category, cast(numerator as decimal(20, 2)), "
        "cast(denominator as decimal(20, 2))"
    )
    with connect(folder) as connection:
        connection.execute(
            "create temp table declared "
            "(indicator_id varchar, axis varchar, has_age boolean, has_birth boolean)"
        )
        connection.executemany("insert into declared values (?, ?, ?, ?)", declared_breakdowns())
        row = connection.execute(
            f"""
            select count(*) from (
                select {columns} from build.{table}
                where (
                    indicator_id, category_axis, age_band <> 'total', birth_region <> 'total'
                ) in (from declared)
                except
                select {columns} from build.{other}
            )
            """
        ).fetchone()
    return int(row[0]) if row else -1


def main() -> None:
    """Print a table of Markdown: one row per size and way."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("rows", nargs="*", type=int, default=[1_000_000])
    arguments.add_argument("--shuffled", action="store_true", help="Rows in no order of persons.")
    arguments.add_argument("--movers", type=int, default=1, help="Of a hundred persons.")
    arguments.add_argument("--with", dest="tools", nargs="*", default=[], help="polars, pandas.")
    arguments.add_argument("--run", type=Path)
    arguments.add_argument("--tool")
    chosen = arguments.parse_args()
    if chosen.run:
        run(chosen.run, chosen.tool)
        return
    hand = (Path(__file__).parent / "handwritten.sql").read_text(encoding="utf-8")
    sys.stdout.write("| person-months | by | s | GiB | x by hand |\n|---|---|---|---|---|\n")
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        one_more = compiled_cube(folder, ONE_MORE)
        registry = compiled_cube(folder)
        for rows in chosen.rows:
            generate(folder, rows, movers=chosen.movers, is_shuffled=chosen.shuffled)
            by_hand, hand_gib = measured(folder, hand, "hand")

            def tell(
                way: str, seconds: float, gib: float, rows: int = rows, by_hand: float = by_hand
            ) -> None:
                ratio = f"{seconds / by_hand:.2f}"
                sys.stdout.write(f"| {rows:,} | {way} | {seconds:.1f} | {gib:.1f} | {ratio} |\n")
                sys.stdout.flush()

            tell("SQL by hand", by_hand, hand_gib)
            tell("registry", *measured(folder, registry, "registry"))
            _must_equal(folder, "hand", "registry")
            tell("registry, one indicator more", *measured(folder, one_more, "registry"))
            if chosen.tools:
                with connect(folder) as connection:
                    connection.execute(
                        "copy build.facts.fct_assistance_month "
                        f"to '{folder / 'months.parquet'}' (format parquet)"
                    )
            for tool in chosen.tools:
                tell(tool, *measured_elsewhere(folder, tool))
                _must_equal(folder, "hand", tool)
                _must_equal(folder, tool, "hand")


def _must_equal(folder: Path, table: str, other: str) -> None:
    if differing := compare(folder, table, other):
        raise SystemExit(f"{differing} cells of {table} are not those of {other}")


if __name__ == "__main__":
    main()
