"""A municipality whose ledger of a year has not come has no cost in it, and not one of zero."""

from __future__ import annotations

import shutil
from datetime import date
from typing import TYPE_CHECKING

import duckdb
import pytest

from tests.conftest import PROJECT_DIR, DemoNight, build_nodes, installation

if TYPE_CHECKING:
    from pathlib import Path

COSTS = (
    "stg_ekonomi__transaktion fct_ledger_entry fct_collection indicator_collection "
    "int_service_cost int_costed_volume int_unit_price fct_user_cost cost_per_user "
    "dq_cost_reconciliation mart_cost_per_user mart_resource_shares mart_cost_concentration"
)


@pytest.fixture(scope="module")
def without_ledger(demo_night: DemoNight, tmp_path_factory: pytest.TempPathFactory) -> DemoNight:
    """Build the costs of the demo night as if 9904 had not sent its ledger of 2024."""
    folder = tmp_path_factory.mktemp("missing")
    for name in ("dbt_project", "seeds", "tests/data"):
        shutil.copytree(PROJECT_DIR / name, folder / "project" / name)
    settings = installation(folder, folder / "project")
    settings.raw_file.parent.mkdir(parents=True)
    for file in ("raw_file", "vintages_file", "build_file"):
        shutil.copy(getattr(demo_night.settings, file), getattr(settings, file))
    with duckdb.connect(str(settings.raw_file)) as connection:
        connection.execute(
            "delete from log.delivery where source_name = 'ekonomi' "
            "and table_name = 'transaktion' and area_code = '9904' "
            "and year(period_start) = 2024"
        )
    build_nodes(settings, COSTS)
    return DemoNight(settings, 0, "")


def test_the_year_says_so_and_other_years_are_as_they_were(
    without_ledger: DemoNight, demo_night: DemoNight
) -> None:
    for mart, figure in {
        "mart_cost_per_user": "cost_sek",
        "mart_cost_concentration": "cost_sek",
        "mart_resource_shares": "women_cost_sek",
    }.items():
        missing = without_ledger.query(
            f"select distinct status, {figure} from marts.{mart} "
            "where area_code = '9904' and period_start = date '2024-01-01'"
        )
        assert missing == [("not_collected", None)]
        # the comparison with others is what changes, and is looked at below
        left_out = "other_municipalities_cost_per_user_sek"
        columns = f"* exclude ({left_out})" if mart == "mart_cost_per_user" else "*"
        others = (
            f"select {columns} from marts.{mart} where area_level = 'municipality' "
            "and (area_code <> '9904' or period_start <> date '2024-01-01') order by all"
        )
        assert without_ledger.query(others) == demo_night.query(others)
    assert not without_ledger.query(
        "from facts.fct_user_cost where municipality_code = '9904' and year(service_month) = 2024"
    )


def test_what_is_not_known_does_not_draw_others_down(
    without_ledger: DemoNight, demo_night: DemoNight
) -> None:
    of_services = (
        "from marts.mart_cost_per_user where period_start = date '2024-01-01' "
        "and service_type = 'total' and age_interval = 'total' and sex = 'women'"
    )
    per_user = dict(demo_night.query(f"select area_code, cost_per_user_sek {of_services}"))
    told = dict(
        without_ledger.query(
            f"select area_code, other_municipalities_cost_per_user_sek {of_services}"
        )
    )
    known = {f"990{place}" for place in range(1, 9)} - {"9904"}
    for area in known:
        others = [per_user[other] for other in known - {area}]
        assert told[area] == pytest.approx(sum(others) / len(others))
    ((status, cost),) = without_ledger.query(
        f"select status, cost_sek {of_services} and area_code = '99'"
    )
    ((before, of_9904),) = demo_night.query(
        f"select max(cost_sek) filter (where area_code = '99'), "
        f"max(cost_sek) filter (where area_code = '9904') {of_services}"
    )
    assert status == "partial"
    assert cost == before - of_9904


def test_a_cost_without_a_ledger_would_break_the_promise(
    without_ledger: DemoNight, tmp_path: Path
) -> None:
    broken = "from quality.dq_cost_reconciliation where violation is not null"
    assert not without_ledger.query(broken)
    settings = without_ledger.settings
    model = settings.project_dir / "dbt_project/models/facts/int_costed_volume.sql"
    shutil.copy(model, tmp_path / "kept.sql")
    text = model.read_text(encoding="utf-8")
    assert text.count("and collection.is_collected") == 1
    model.write_text(text.replace("and collection.is_collected", ""), encoding="utf-8")
    try:
        build_nodes(
            settings, "int_costed_volume int_unit_price fct_user_cost dq_cost_reconciliation"
        )
        violations = without_ledger.query(f"select area_code, period_start, violation {broken}")
    finally:
        shutil.copy(tmp_path / "kept.sql", model)
    assert {row[:2] for row in violations} == {("9904", date(2024, 1, 1))}
    assert {row[2] for row in violations} == {
        "users have a cost in months whose ledger has not come"
    }
