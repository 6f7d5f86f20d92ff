"""The compiled cube on random facts: counts are those of plain Python, sexes add up everywhere.

No cell is of a breakdown that its block does not declare.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from typing import TYPE_CHECKING, Any

import duckdb
import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orchestration.settings import PROJECT_DIR

if TYPE_CHECKING:
    from tests.conftest import DemoNight

FACTS = (
    "fct_assistance_application",
    "fct_assistance_month",
    "fct_checklist_answer",
    "fct_collection",
    "fct_comparison",
    "fct_population",
)
KEY = {
    "indicator_id",
    "area_code",
    "period_start",
    "age_band",
    "birth_region",
    "category_axis",
    "category",
}
PEOPLE = [
    (f"p{number}", sex, age, birth)
    for number, (sex, age, birth) in enumerate(
        (sex, age, birth)
        for sex in ("women", "men", "unknown")
        for age in ("18-24", "65+")
        for birth in ("sweden", "abroad")
    )
]
month_rows = st.lists(
    st.tuples(
        st.sampled_from(["9901", "9902", "8801"]),
        st.sampled_from(PEOPLE),
        st.integers(1, 12),
        st.sampled_from(["single_woman", "couple"]),
        st.booleans(),
        st.integers(-5_000, 1_000_000),
    ),
    max_size=60,
    unique_by=lambda row: (row[0], row[1][0], row[2]),
)


@pytest.fixture(scope="module")
def declared() -> set[tuple[str, frozenset[str]]]:
    """Breakdowns of every block as its YAML says, the empty one included."""
    file = PROJECT_DIR / "dbt_project/models/indicators/economic_assistance.yml"
    (model,) = yaml.safe_load(file.read_text(encoding="utf-8"))["models"]
    return {
        (block["indicator_id"], frozenset(breakdown))
        for block in model["config"]["meta"]["indicators"]
        for breakdown in [[], *block.get("breakdowns", [])]
    }


@pytest.fixture(scope="module")
def cube(demo_night: DemoNight) -> tuple[duckdb.DuckDBPyConnection, str]:
    """Take a service area's model as dbt compiled it, over empty copies of the facts it reads."""
    target = demo_night.settings.manifest_file.parent / "compiled" / "jamvikt"
    sql = (target / "models/indicators/economic_assistance.sql").read_text(encoding="utf-8")
    connection = duckdb.connect()
    connection.execute(f"attach '{demo_night.settings.build_file}' as night (read_only)")
    connection.execute("attach ':memory:' as build")
    connection.execute("create schema build.facts")
    for fact in FACTS:
        connection.execute(f"create table build.facts.{fact} as from night.facts.{fact} limit 0")
    connection.execute("detach night")
    return connection, sql


def cells(connection: duckdb.DuckDBPyConnection, sql: str) -> list[dict[str, Any]]:
    result = connection.execute(sql)
    names = [column[0] for column in result.description]
    return [dict(zip(names, row, strict=True)) for row in result.fetchall()]


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(rows=month_rows)
def test_counts_are_those_of_plain_python_and_sexes_add_up(
    rows: list[Any],
    cube: tuple[duckdb.DuckDBPyConnection, str],
    declared: set[tuple[str, frozenset[str]]],
) -> None:
    connection, sql = cube
    connection.execute("delete from build.facts.fct_assistance_month")
    for municipality, (key, sex, age, birth), month, household, is_recipient, ore in rows:
        connection.execute(
            """
            insert into build.facts.fct_assistance_month by name
            select ? as municipality_code, ? as person_key, ? as benefit_month, ? as sex,
                ? as age_band, true as is_adult, ? as birth_region, ? as household_type,
                ? as is_recipient, cast(? as decimal(12, 2)) / 100 as amount_sek,
                0 as spell_month_count, 0 as month_count_of_36, false as is_spell_end,
                false as is_followed_a_year, false as has_returned_within_a_year
            """,
            [
                municipality,
                key,
                date(2024, month, 1),
                sex,
                age,
                birth,
                household,
                is_recipient,
                ore,
            ],
        )
    found = cells(connection, sql)

    persons = defaultdict(set)
    money = defaultdict(int)
    months = defaultdict(set)
    for municipality, (key, sex, age, birth), month, household, is_recipient, ore in rows:
        if not is_recipient:
            continue
        for area in (municipality, municipality[:2], "all"):
            for of_sex in (sex, "total"):
                for cell in (
                    ("total", "total", "total"),
                    (age, "total", "total"),
                    ("total", birth, "total"),
                    (age, birth, "total"),
                    ("total", "total", household),
                ):
                    persons[area, of_sex, *cell].add(key)
                    money[area, of_sex, *cell] += ore
                    months[area, of_sex, *cell, key].add(month)

    def key_of(cell: dict[str, Any]) -> tuple[str, ...]:
        names = ("area_code", "sex", "age_band", "birth_region", "category")
        return tuple(cell[name] for name in names)

    def numerators(indicator_id: str, part: str = "numerator") -> dict[tuple[str, ...], Any]:
        return {
            key_of(cell): cell[part]
            for cell in found
            if cell["indicator_id"] == indicator_id
            and cell["category_axis"] in ("total", "household_type")
            and cell[part]
        }

    assert numerators("adult_recipients") == {cell: len(keys) for cell, keys in persons.items()}
    assert {
        cell: int(sek * 100) for cell, sek in numerators("amount_per_recipient_month").items()
    } == {cell: ore for cell, ore in money.items() if ore}
    user_months: dict[tuple[str, ...], int] = defaultdict(int)
    for (*cell, _key), of_person in months.items():
        user_months[tuple(cell)] += len(of_person)
    assert numerators("amount_per_recipient_month", "denominator") == user_months
    long_term: dict[tuple[str, ...], int] = defaultdict(int)
    for (*cell, _key), of_person in months.items():
        long_term[tuple(cell)] += len(of_person) >= 10
    assert numerators("long_term_recipient_share") == {c: n for c, n in long_term.items() if n}

    def breakdown_of(cell: dict[str, Any]) -> frozenset[str]:
        axes = {axis for axis in ("age_band", "birth_region") if cell[axis] != "total"}
        return frozenset(axes | {cell["category_axis"]} - {"total"})

    assert {(cell["indicator_id"], breakdown_of(cell)) for cell in found} <= declared

    sums: dict[Any, Any] = defaultdict(int)
    for cell in found:
        sign = -1 if cell["sex"] == "total" else 1
        rest = tuple(value for name, value in sorted(cell.items()) if name in KEY)
        sums[rest] += sign * (cell["numerator"] or 0)
    assert not [rest for rest, difference in sums.items() if difference]


def test_a_county_s_base_is_of_those_who_sent_what_is_counted(
    cube: tuple[duckdb.DuckDBPyConnection, str],
) -> None:
    connection, sql = cube
    connection.execute("begin")
    connection.execute("delete from build.facts.fct_assistance_month")
    for area, residents in (("9901", 1000), ("9902", 3000), ("8801", 500)):
        connection.execute(
            """
            insert into build.facts.fct_population by name
            select 'municipality' as area_level, ? as area_code,
                date '2024-12-31' as reference_date, 'women' as sex, '25-34' as age_band,
                true as is_adult, 'total' as birth_region, ? as resident_count
            """,
            [area, residents],
        )
    connection.execute(
        """
        insert into build.facts.fct_collection by name
        select 'assistance_month' as fact, area_code, month, 'none' as sex, true as is_due,
            is_collected
        from (
            values
                ('9901', date '2024-02-01', true), ('9901', date '2024-03-01', false),
                ('9902', date '2023-12-01', true), ('9902', date '2024-02-01', false),
                ('8801', date '2024-12-01', true)
        ) as month_owed(area_code, month, is_collected)
        """
    )
    found = {
        (cell["area_level"], cell["area_code"]): cell["denominator"]
        for cell in cells(connection, sql)
        if cell["indicator_id"] == "adult_recipients_per_1000"
        and (cell["age_band"], cell["birth_region"]) == ("total", "total")
    }
    connection.execute("rollback")
    assert found == {
        ("municipality", "9901"): 1000,
        ("municipality", "8801"): 500,
        ("county", "99"): 1000,
        ("county", "88"): 500,
        ("all", "all"): 1500,
    }
