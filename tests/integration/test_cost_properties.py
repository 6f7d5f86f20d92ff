"""The models of cost per user on random ledgers and volumes: no öre is lost or invented."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

if TYPE_CHECKING:
    from tests.conftest import DemoNight

SERVICES = ["sol_hemtjanst", "lss_gruppbostad", "open_services"]
COSTS = ("gross_cost", "internal_income", "sales_to_others")
GIVEN = {
    "facts": ("fct_ledger_entry", "fct_service_volume", "fct_collection"),
    "staging": ("stg_ekonomi__fordelningsnyckel",),
    "seeds": ("outlier_limits",),
}
MODELS = (
    "facts/int_service_cost",
    "facts/int_costed_volume",
    "facts/int_unit_price",
    "facts/fct_user_cost",
    "quality/dq_cost_reconciliation",
)

years = st.sampled_from([2024, 2025])
municipalities = st.sampled_from(["9901", "9902"])
ledgers = st.lists(
    st.tuples(
        municipalities,
        years,
        st.integers(1, 12),
        # of a service by itself, common to several, or of no activity that is known
        st.sampled_from([*SERVICES, "common", "keyless", "none"]),
        st.sampled_from([*COSTS, "other_income", "financial"]),
        # corrections of an earlier year are negative, and may be all there is
        st.integers(-(10**12), 10**12),
    ),
    max_size=25,
)
volumes = st.lists(
    st.tuples(
        municipalities,
        st.sampled_from("abcd"),
        years,
        st.integers(1, 12),
        st.sampled_from(SERVICES[:2]),
        st.sampled_from(["municipal", "private"]),
        st.sampled_from(["municipality", "social_insurance"]),
        st.one_of(st.just(0), st.integers(1, 80_000), st.integers(-500, -1)),
    ),
    max_size=25,
    unique_by=lambda row: row[:7],
)
# half years of an area whose ledger has come
collections = st.sets(st.tuples(municipalities, years, st.sampled_from([0, 1])))
# millionths that the two first services bear; what is left of a whole is borne by none
key_shares = st.tuples(st.integers(0, 500_000), st.integers(0, 500_000))


@pytest.fixture(scope="module")
def models(demo_night: DemoNight) -> duckdb.DuckDBPyConnection:
    """Make views of the models as dbt compiled them, over empty copies of what they read."""
    target = demo_night.settings.manifest_file.parent / "compiled" / "jamvikt" / "models"
    connection = duckdb.connect()
    connection.execute(f"attach '{demo_night.settings.raw_file}' as raw (read_only)")
    connection.execute(f"attach '{demo_night.settings.build_file}' as night (read_only)")
    connection.execute("attach ':memory:' as build")
    for schema, tables in GIVEN.items():
        connection.execute(f"create schema build.{schema}")
        for table in tables:
            connection.execute(
                f"create table build.{schema}.{table} as from night.{schema}.{table} limit 0"
            )
    connection.execute("create schema build.quality")
    for model in MODELS:
        sql = (target / f"{model}.sql").read_text(encoding="utf-8")
        connection.execute(f"create view build.{model.replace('/', '.')} as {sql}")
    connection.execute("detach night")
    return connection


def fill(connection: duckdb.DuckDBPyConnection, table: str, rows: list[dict[str, Any]]) -> None:
    connection.execute(f"delete from build.{table}")
    for row in rows:
        columns = ", ".join(f"? as {name}" for name in row)
        connection.execute(
            f"insert into build.{table} by name select {columns}", list(row.values())
        )


def sek(ore: int) -> Decimal:
    return Decimal(ore) / 100


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(ledger=ledgers, volume=volumes, shares=key_shares, collected=collections)
def test_the_costs_of_users_and_what_nobody_bears_are_the_ledger(
    ledger: list[Any],
    volume: list[Any],
    shares: tuple[int, int],
    collected: set[tuple[str, int, int]],
    models: duckdb.DuckDBPyConnection,
) -> None:
    fill(
        models,
        "facts.fct_ledger_entry",
        [
            {
                "ledger_entry_key": str(number),
                "municipality_code": area,
                "booking_date": date(year, month, 28),
                "activity_code": None if activity == "none" else activity,
                "service": activity if activity in SERVICES else None,
                "is_common_cost": activity in ("common", "keyless"),
                "entry_kind": kind,
                "amount_sek": sek(ore),
            }
            for number, (area, year, month, activity, kind, ore) in enumerate(ledger)
        ],
    )
    fill(
        models,
        "staging.stg_ekonomi__fordelningsnyckel",
        [
            {
                "municipality_code": area,
                "period_start": date(year, 1, 1),
                "activity_code": "common",
                "service": service,
                "cost_share": Decimal(millionths) / 1_000_000,
            }
            for area in ("9901", "9902")
            for year in (2024, 2025)
            for service, millionths in zip(SERVICES, shares, strict=False)
        ],
    )
    fill(
        models,
        "facts.fct_service_volume",
        [
            {
                "municipality_code": area,
                "person_key": person,
                "service_month": date(year, month, 1),
                "service": service,
                "provider": provider,
                "payer": payer,
                "unit": "hours",
                "performed_quantity": sek(hundredths),
            }
            for area, person, year, month, service, provider, payer, hundredths in volume
        ],
    )

    fill(
        models,
        "facts.fct_collection",
        [
            {
                "fact": fact,
                "area_code": area,
                "month": date(year, month, 1),
                "is_collected": (area, year, (month - 1) // 6) in collected,
            }
            for fact in ("user_cost", "ledger_entry")
            for area in ("9901", "9902")
            for year in (2024, 2025)
            for month in range(1, 13)
        ],
    )
    # a volume whose ledger has not come has no cost, not even of zero
    costed = [
        row
        for row in volume
        if (row[6] == "municipality" or row[5] == "municipal")
        and (row[0], row[2], (row[3] - 1) // 6) in collected
    ]

    in_ledger: dict[Any, int] = defaultdict(int)
    by_activity: dict[Any, int] = defaultdict(int)
    for area, year, _month, activity, kind, ore in ledger:
        if kind in COSTS:
            in_ledger[area, year] += ore
            by_activity[area, year, activity] += ore
    weight: dict[Any, int] = defaultdict(int)
    for area, _person, year, _month, service, _provider, _payer, hundredths in costed:
        weight[area, year, service] += hundredths

    borne: dict[Any, int] = defaultdict(int)
    for row in models.execute(
        "select municipality_code, year(period_start), service, cost_ore "
        "from build.facts.int_service_cost"
    ).fetchall():
        borne[row[:3]] += row[3]
    # a service costs what is booked on it and its share of common costs, to the öre
    for (area, year, service), ore in borne.items():
        if service != "none":
            share = dict(zip(SERVICES, shares, strict=False)).get(service, 0)
            exact = by_activity[area, year, service] + Fraction(
                by_activity[area, year, "common"] * share, 1_000_000
            )
            assert abs(ore - exact) < 1

    of_users: dict[Any, int] = defaultdict(int)
    seen = 0
    for area, year, service, quantity, amount in models.execute(
        "select municipality_code, year(service_month), service, performed_quantity, amount_sek "
        "from build.facts.fct_user_cost"
    ).fetchall():
        seen += 1
        key = area, year, service
        of_users[key] += int(amount * 100)
        exact = Fraction(borne[key] * int(quantity * 100), weight[key]) if weight[key] > 0 else 0
        assert abs(int(amount * 100) - exact) < 1
    assert seen == len(costed)

    for key, ore in borne.items():
        assert of_users[key] == (ore if weight[key] > 0 else 0)
    for (area, year), booked in in_ledger.items():
        nobody = sum(
            ore for key, ore in borne.items() if key[:2] == (area, year) and weight[key] <= 0
        )
        users = sum(ore for key, ore in of_users.items() if key[:2] == (area, year))
        assert users + nobody == booked
    assert not models.execute(
        "from build.quality.dq_cost_reconciliation where violation is not null"
    ).fetchall()
