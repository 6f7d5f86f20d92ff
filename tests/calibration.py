"""How often the comparisons are wrong: false alarms and coverage, by simulation.

Persons are drawn with and without a difference, summed as the cube sums them, and judged by the SQL
that the project compiles for a night. `make calibrate` prints the table of docs/calibration.md.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import duckdb
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from orchestration.night.dbt_runner import Project
    from orchestration.settings import Settings

    Drawn = tuple[NDArray[Any], NDArray[Any]]
    """What each person adds to the numerator and to the denominator: replicates by persons."""

YEARS = (2023, 2024)
JUDGED = ("fct_indicator", "indicator_standardised", "fct_gap")
"""What a night compiles for a comparison, in the order it is built."""
SIZES = ((30, 30), (60, 60), (200, 200), (30, 400))
"""Persons of either sex."""


def _share(p: float) -> Callable[[Any, tuple[int, int], float], Drawn]:
    """Return how persons are drawn of whom some count."""

    def draw(random: Any, shape: tuple[int, int], effect: float) -> Drawn:
        return random.binomial(1, p + effect, shape), np.ones(shape, int)

    return draw


def _clustered(p: float, correlation: float) -> Callable[[Any, tuple[int, int], float], Drawn]:
    """Return how persons are drawn with one to seven rows each that are alike."""

    def draw(random: Any, shape: tuple[int, int], effect: float) -> Drawn:
        rows = random.integers(1, 8, shape)
        spread = (1 - correlation) / correlation
        own = random.beta((p + effect) * spread, (1 - p - effect) * spread, shape)
        return random.binomial(rows, own), rows

    return draw


def _mean(sigma: float, most_rows: int) -> Callable[[Any, tuple[int, int], float], Drawn]:
    """Return how persons are drawn with log-normal amounts for each of their rows."""

    def draw(random: Any, shape: tuple[int, int], effect: float) -> Drawn:
        rows = random.integers(1, most_rows + 1, shape)
        own = random.lognormal(8, sigma, shape) * (1 + effect)
        return np.round(own * rows, 2), rows

    return draw


def _rate(random: Any, shape: tuple[int, int], effect: float) -> Drawn:
    """Draw persons with events by days at risk; some have more of both."""
    days = random.integers(20, 366, shape)
    return random.poisson(days * random.gamma(2, 0.001 * (1 + effect), shape)), days


@dataclass(frozen=True)
class Scenario:
    """Persons of one kind, and what is said of them."""

    name: str
    estimate_kind: str
    draw: Callable[[Any, tuple[int, int], float], Drawn]
    effect: float = 0.0
    """What women have more than men: points of a share as a fraction, otherwise a part."""

    @property
    def scale(self) -> int:
        """What the unit multiplies by."""
        return 100 if self.estimate_kind == "share" else 1


SCENARIOS = (
    Scenario("share of persons, 35 %", "share", _share(0.35)),
    Scenario("rare share of persons, 5 %", "share", _share(0.05)),
    Scenario("rows of persons alike, 80 %", "share", _clustered(0.8, 0.3)),
    Scenario("events per day at risk", "rate", _rate),
    Scenario("amount per month, little skewed", "mean", _mean(0.5, 12)),
    Scenario("cost per person, much skewed", "mean", _mean(1.2, 1)),
    Scenario("share, women 15 points more", "share", _share(0.35), 0.15),
    Scenario("amount, women 20 % more", "mean", _mean(0.5, 12), 0.2),
)


@dataclass(frozen=True)
class Calibration:
    """What came of the replicates of a scenario and size, in per cent; None where none is told."""

    scenario: Scenario
    women: int
    men: int
    tested: float
    alarms: float | None
    """p below 0.05 of those tested: false alarms, or what is found where there is a difference."""
    coverage: float | None
    """Intervals of the difference that hold the true one."""
    ratio_coverage: float | None
    change_alarms: float | None
    """Changes of the gap that are called certain; there is none."""
    certain_anywhere: float | None
    """Replicates with any certain gap among ten indicators of a department."""


def compiled_sql(settings: Settings, project: Project) -> dict[str, str]:
    """Return the SQL of what is judged, as dbt compiles it."""
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager
    from dbt.cli.main import dbtRunner

    from orchestration.night.dbt_runner import QUIET, dbt_environment

    settings.warehouse_dir.mkdir(parents=True, exist_ok=True)
    for attached in (settings.raw_file, settings.vintages_file):
        duckdb.connect(str(attached)).close()
    with dbt_environment(settings):
        try:
            outcome = dbtRunner(manifest=project.dbt_manifest).invoke(
                [*QUIET, "compile", "--select", *JUDGED]
            )
        finally:
            DuckDBConnectionManager.close_all_connections()
    assert outcome.success, outcome.exception or outcome.result
    return {
        result.node.name: result.node.compiled_code
        for result in outcome.result.results
        if result.node.name in JUDGED
    }


def calibrate(
    compiled: Mapping[str, str],
    nodes: Mapping[str, Any],
    scenarios: Sequence[Scenario],
    sizes: Sequence[tuple[int, int]],
    replicates: int,
    seed: int = 1,
) -> list[Calibration]:
    """Draw, sum and judge; `nodes` is the manifest's, for the columns that tables have."""
    random = np.random.default_rng(seed)
    found = []
    for scenario in scenarios:
        for women, men in sizes:
            with duckdb.connect() as connection:
                _judge(connection, compiled, nodes, scenario, women, men, replicates, random)
                found.append(_told(connection, scenario, women, men))
    return found


INDICATORS = 10
CELL = (
    "indicator_id varchar, area_level varchar, area_code varchar, period_start date, "
    "period_grain varchar, sex varchar, age_band varchar, birth_region varchar, "
    "category_axis varchar, category varchar"
)
COUNTED = (
    f"{CELL}, numerator decimal(20, 2), denominator decimal(20, 2), numerator_person_count bigint, "
    "denominator_person_count bigint, numerator_largest decimal(20, 2), "
    "numerator_squares decimal(38, 4), denominator_squares decimal(38, 4), "
    "cross_products decimal(38, 4), to_follow_count bigint, followed_count bigint"
)


def _judge(
    connection: duckdb.DuckDBPyConnection,
    compiled: Mapping[str, str],
    nodes: Mapping[str, Any],
    scenario: Scenario,
    women: int,
    men: int,
    replicates: int,
    random: Any,
) -> None:
    """Make the tables that the compiled SQL reads, every replicate an area, and run it."""
    connection.execute("attach ':memory:' as build")
    needed = {
        parent
        for name in JUDGED
        for parent in nodes[f"model.jamvikt.{name}"]["depends_on"]["nodes"]
        if parent.split(".")[-1] not in JUDGED
    }
    for parent in sorted(needed):
        node = nodes[parent]
        declared = {c["name"]: c["data_type"] for c in node["columns"].values()}
        columns = ", ".join(f"{name} {kind}" for name, kind in declared.items() if kind)
        stand_in = {
            "indicator_grid": CELL,
            "indicator_collection": "fact varchar, area_level varchar, area_code varchar, "
            "period_grain varchar, period_start date, collected_month_count integer, "
            "month_count integer, months_known_after integer",
            "indicator_look_back": "fact varchar, area_level varchar, area_code varchar, "
            "period_grain varchar, period_start date, collected_month_count integer, "
            "month_count integer, look_back_months integer",
            "waivers": "indicator_id varchar, area_code varchar, period_from date, until date",
            "structural_zeros": "category_axis varchar, category varchar, sex varchar",
        }.get(node["name"], columns or COUNTED)
        connection.execute(f"create schema if not exists build.{node['schema']}")
        connection.execute(f"create table build.{node['schema']}.{node['name']} ({stand_in})")
    connection.execute(
        """
        insert into build.indicators.dim_indicator by name
        select 'i' || range as indicator_id, ? as scale, ? as estimate_kind, 0.0 as unit_step,
            'observed' as numerator_kind, 'observed' as base_kind, 'f' as numerator_fact,
            'f' as denominator_fact, true as is_additive, true as is_individual_based,
            false as compares_sexes, true as counts_persons, 2 as final_after_months,
            0 as look_back_months, 'year' as period_grain, 'd' as department_en
        from range(?)
        """,
        [scenario.scale, scenario.estimate_kind, INDICATORS],
    )
    drawn: dict[str, list[Any]] = {name: [] for name in ("i", "area", "year", "sex", "n", "k")}
    sums: dict[str, list[Any]] = {name: [] for name in ("y", "x", "yy", "xx", "xy")}
    for indicator in range(INDICATORS):
        for year in YEARS:
            sides = {}
            for sex, count, effect in (("women", women, scenario.effect), ("men", men, 0.0)):
                y, x = scenario.draw(random, (replicates, count), effect)
                sides[sex] = [y.sum(1), x.sum(1), (y * y).sum(1), (x * x).sum(1), (x * y).sum(1)]
                sides[sex] += [np.full(replicates, count), (y > 0).sum(1)]
            sides["total"] = [w + m for w, m in zip(sides["women"], sides["men"], strict=True)]
            for sex, values in sides.items():
                drawn["i"].append(np.full(replicates, indicator))
                drawn["area"].append(np.arange(replicates))
                drawn["year"].append(np.full(replicates, year))
                drawn["sex"] += [sex] * replicates
                for name, value in zip((*sums, "n", "k"), values, strict=True):
                    (sums if name in sums else drawn)[name].append(value)
    cells = {name: np.concatenate(value) for name, value in (drawn | sums).items() if name != "sex"}
    cells["sex"] = np.array(drawn["sex"])
    connection.register("cells", cells)
    connection.execute(
        """
        insert into build.indicators.economic_assistance by name
        select 'i' || i as indicator_id, 'municipality' as area_level, area::varchar as area_code,
            make_date(year, 1, 1) as period_start, 'year' as period_grain, sex,
            'total' as age_band, 'total' as birth_region, 'total' as category_axis,
            'total' as category, y as numerator, x as denominator, k as numerator_person_count,
            n as denominator_person_count, yy as numerator_squares, xx as denominator_squares,
            xy as cross_products
        from cells
        """
    )
    connection.execute(
        """
        insert into build.indicators.indicator_grid by name
        select * exclude (numerator, denominator, numerator_person_count, denominator_person_count,
            numerator_largest, numerator_squares, denominator_squares, cross_products,
            to_follow_count, followed_count)
        from build.indicators.economic_assistance
        """
    )
    connection.execute(
        """
        insert into build.indicators.indicator_collection by name
        select distinct 'f' as fact, area_level, area_code, period_grain, period_start,
            12 as collected_month_count, 12 as month_count, 12 as months_known_after
        from build.indicators.indicator_grid
        """
    )
    for name in JUDGED:
        connection.execute(f"create table build.indicators.{name} as {compiled[name]}")


def _told(
    connection: duckdb.DuckDBPyConnection, scenario: Scenario, women: int, men: int
) -> Calibration:
    truth = scenario.effect * scenario.scale if scenario.estimate_kind == "share" else None
    difference = "null" if truth is None and scenario.effect else str(truth or 0.0)
    (row,) = connection.execute(
        f"""
        with
            gap as (from build.indicators.fct_gap),
            area as (
                select area_code, max(certainty = 'certain') as is_any_certain
                from gap where year(period_start) = {YEARS[0]} group by 1
            )
        select
            100 * avg(case when p_value is null then 0 else 1 end),
            100 * avg(case when p_value < 0.05 then 1 else 0 end) filter (p_value is not null),
            100 * avg(case when {difference} between difference_low and difference_high then 1
                else 0 end) filter ({difference} is not null and difference_low is not null),
            100 * avg(case when {1 + scenario.effect} between ratio_low and ratio_high then 1
                else 0 end) filter (ratio_low is not null and method = 'ratio'),
            100 * avg(case when difference_change_certainty = 'certain' then 1 else 0 end)
                filter (difference_change_certainty in ('certain', 'not_certain')),
            (select 100 * avg(case when is_any_certain then 1 else 0 end) from area)
        from gap
        """
    ).fetchall()
    return Calibration(scenario, women, men, *row)


def table(found: Sequence[Calibration]) -> str:
    """Return the table of the docs."""
    lines = [
        (
            "| persons | women/men | tested | p < 0.05 | difference held | ratio held "
            "| change certain | any certain of ten |"
        ),
        "|---|---|---|---|---|---|---|---|",
    ]
    for of in found:
        told = (of.tested, of.alarms, of.coverage, of.ratio_coverage, of.change_alarms)
        cells = ["–" if value is None else f"{value:.1f}" for value in (*told, of.certain_anywhere)]
        lines.append(f"| {of.scenario.name} | {of.women}/{of.men} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def main() -> None:
    """Print the table for the project as it stands."""
    from orchestration.night.dbt_runner import parse
    from tests.conftest import installation

    with TemporaryDirectory() as folder:
        settings = installation(Path(folder))
        project = parse(settings)
        compiled = compiled_sql(settings, project)
        found = calibrate(compiled, project.manifest.nodes["nodes"], SCENARIOS, SIZES, 400)
    sys.stdout.write(table(found))


if __name__ == "__main__":
    main()
