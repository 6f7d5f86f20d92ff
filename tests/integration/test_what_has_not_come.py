"""What has not come is no zero: a ledger of a year, and a register of services drawn too early."""

from __future__ import annotations

from datetime import date

import duckdb
import pytest

from tests.conftest import WARM, DemoNight, build_nodes, installation_after
from tests.small_county import MUNICIPALITIES, replacing

COSTED_VOLUME = "dbt_project/models/facts/int_costed_volume.sql"
NODES = (
    "stg_ekonomi__transaktion fct_ledger_entry fct_collection indicator_collection "
    "int_service_cost int_costed_volume int_unit_price fct_user_cost cost_per_user "
    "dq_cost_reconciliation mart_cost_per_user mart_resource_shares mart_cost_concentration "
    "stg_epsilon__insats fct_service_spell int_stay int_stay_group int_stay_survival "
    "mart_length_of_stay mart_quarterly_report"
)


@pytest.fixture(scope="module")
def without(small_night: DemoNight, tmp_path_factory: pytest.TempPathFactory) -> DemoNight:
    """Build as if 9907 had sent no ledger of 2024, and 9903 no register since January 2025."""
    folder = tmp_path_factory.mktemp("missing")
    settings = installation_after(small_night, folder)
    with duckdb.connect(str(settings.raw_file)) as connection:
        connection.execute(
            "delete from log.delivery where source_name = 'ekonomi' "
            "and table_name = 'transaktion' and area_code = '9907' "
            "and year(period_start) = 2024"
        )
        connection.execute(
            "delete from log.delivery where table_name = 'insats' and area_code = '9903' "
            "and year(received_at) = 2026"
        )
    build_nodes(settings, NODES)
    return DemoNight(settings, 0, "")


def test_the_year_says_so_and_other_years_are_as_they_were(
    without: DemoNight, small_night: DemoNight
) -> None:
    for mart, figure in {
        "mart_cost_per_user": "cost_sek",
        "mart_cost_concentration": "cost_sek",
        "mart_resource_shares": "women_cost_sek",
    }.items():
        missing = without.query(
            f"select distinct status, {figure} from marts.{mart} "
            "where area_code = '9907' and period_start = date '2024-01-01'"
        )
        assert missing == [("not_collected", None)]
        # the comparison with others is what changes, and is looked at below
        left_out = "other_municipality_count, other_municipalities_cost_per_user_sek"
        columns = f"* exclude ({left_out})" if mart == "mart_cost_per_user" else "*"
        others = (
            f"select {columns} from marts.{mart} where area_level = 'municipality' "
            "and (area_code <> '9907' or period_start <> date '2024-01-01') order by all"
        )
        assert without.query(others) == small_night.query(others)
    assert not without.query(
        "from facts.fct_user_cost where municipality_code = '9907' and year(service_month) = 2024"
    )


def test_what_is_not_known_does_not_draw_others_down(
    without: DemoNight, small_night: DemoNight
) -> None:
    of_services = (
        "from marts.mart_cost_per_user where period_start = date '2024-01-01' "
        "and service_type = 'total' and age_interval = 'total' and sex = 'women'"
    )
    per_user = dict(small_night.query(f"select area_code, cost_per_user_sek {of_services}"))
    told = f"select area_code, other_municipalities_cost_per_user_sek {of_services}"
    everybody = set(MUNICIPALITIES)
    for night, known in ((small_night, everybody), (without, everybody - {"9907"})):
        means = dict(night.query(told))
        for area in known:
            others = [per_user[other] for other in known - {area}]
            assert means[area] == pytest.approx(sum(others) / len(others))
    ((status, cost),) = without.query(f"select status, cost_sek {of_services} and area_code = '99'")
    ((before, of_9907),) = small_night.query(
        f"select max(cost_sek) filter (where area_code = '99'), "
        f"max(cost_sek) filter (where area_code = '9907') {of_services}"
    )
    assert status == "partial"
    assert cost == before - of_9907


def test_a_cost_without_a_ledger_would_break_the_promise(without: DemoNight) -> None:
    broken = "from quality.dq_cost_reconciliation where violation is not null"
    assert not without.query(broken)
    unjoined = replacing("and collection.is_collected", "")
    with WARM.small_project.changed({COSTED_VOLUME: unjoined}) as project:
        build_nodes(
            without.settings,
            "int_costed_volume int_unit_price fct_user_cost dq_cost_reconciliation",
            project,
        )
    violations = without.query(f"select area_code, period_start, violation {broken}")
    assert {row[:2] for row in violations} == {("9907", date(2024, 1, 1))}
    assert {row[2] for row in violations} == {
        "users have a cost in months whose ledger has not come"
    }


def test_a_register_sent_whole_tells_of_the_months_that_were_over_when_it_was_drawn(
    without: DemoNight, small_night: DemoNight
) -> None:
    last = (
        "select area_code, max(month) from facts.fct_collection "
        "where fact = 'service_spell' and is_collected group by all order by all"
    )
    assert small_night.query(last) == [(area, date(2025, 12, 1)) for area in MUNICIPALITIES]
    assert without.query(last) == [
        (area, date(2024 if area == "9903" else 2025, 12, 1)) for area in MUNICIPALITIES
    ]
    quarters = without.query(
        "select quarter_start, status, due_status, user_count, due_count is null "
        "from marts.mart_quarterly_report where area_code = '9903' "
        "and quarter_start >= date '2024-10-01' and service_type = 'total' and sex = 'total' "
        "order by 1"
    )
    ((users,),) = small_night.query(
        "select user_count from marts.mart_quarterly_report where area_code = '9903' "
        "and quarter_start = date '2024-10-01' and service_type = 'total' and sex = 'total'"
    )
    assert quarters[0][:3] == (date(2024, 10, 1), "value", "value")
    # some ends were not yet known
    assert quarters[0][3] >= users
    assert [row[1:] for row in quarters[1:]] == [("not_collected", "not_collected", None, True)] * 4
    statuses = without.query(
        "select distinct area_code, status from marts.mart_length_of_stay "
        "where area_code in ('9901', '9903', '99') order by 1"
    )
    assert statuses == [("99", "partial"), ("9901", "value"), ("9903", "partial")]
