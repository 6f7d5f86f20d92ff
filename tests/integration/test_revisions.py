"""What was known before, recomputed from the files that had come by then.

Plain Python over the files, as in test_recomputed: a landing folder with the files drawn by a day
is what was known on that day. The county is the small one.
"""

from __future__ import annotations

import shutil
from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import duckdb
import pytest

from tests.conftest import WARM, DemoNight, build_nodes, installation
from tests.integration.test_recomputed import is_adult, paid_months, recipients_of

if TYPE_CHECKING:
    from pathlib import Path

    from orchestration.night.dbt_runner import Project
    from orchestration.night.vintage_builds import KnownBefore
    from orchestration.settings import Settings

AS_OF = datetime(2026, 2, 1, tzinfo=UTC)
CUT_OFFS = [date(2025, 7, 1), date(2025, 10, 1), date(2026, 1, 1)]


@dataclass(frozen=True)
class Compared:
    """A build that looks back on earlier states."""

    settings: Settings
    project: Project
    vintages: list[KnownBefore]

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        return DemoNight(self.settings, 0, "").query(sql)


@pytest.fixture(scope="module")
def compared(small_night: DemoNight, tmp_path_factory: pytest.TempPathFactory) -> Compared:
    from orchestration.night.vintage_builds import ensure_vintages

    project = WARM.small_project.unchanged
    settings = installation(
        tmp_path_factory.mktemp("compared"), small_night.settings.project_dir, revision_vintages=3
    ).model_copy(update={"as_of": AS_OF})
    settings.raw_file.parent.mkdir(parents=True)
    shutil.copy(small_night.settings.raw_file, settings.raw_file)
    vintages = ensure_vintages(settings, project)
    build_nodes(settings, "+mart_revision", project, margins_only=True)  # of which the mart is
    return Compared(settings, project, vintages)


def known_on(day: date, landing: Path, folder: Path) -> Path:
    """Copy the exports and extracts of persons that had been drawn when a day began."""
    for source in ("alfa", "beta", "folkbokforing"):
        (folder / source).mkdir(parents=True, exist_ok=True)
        for file in (landing / source).iterdir():
            drawn = file.stem.split("_")[-1]
            if drawn <= f"{day:%Y%m%d}":
                shutil.copy(file, folder / source / file.name)
    return folder


def adults_by_month(landing: Path) -> dict[tuple[str, date, str], int]:
    """Adult recipients by municipality, month and sex as it was when the year ended."""
    found: dict[tuple[str, date, str], int] = defaultdict(int)
    for (area, _), entry in recipients_of(landing).items():
        for year, month in entry["months"]:
            if is_adult(entry, year):
                (sex,) = entry["sex"][year]
                found[area, date(year, month, 1), sex] += 1
    return found


@pytest.mark.parametrize("cut_off", CUT_OFFS)
def test_recipients_are_those_of_the_files_that_had_come(
    cut_off: date, compared: Compared, small_night: DemoNight, tmp_path: Path
) -> None:
    landing = small_night.settings.landing_dir
    then = adults_by_month(known_on(cut_off, landing, tmp_path / "then"))
    now = adults_by_month(known_on(AS_OF.date(), landing, tmp_path / "now"))
    rows = compared.query(
        f"""
        select
            area_code, period_start, sex, cast(first_numerator as integer),
            cast(numerator as integer), cast(numerator_revision as integer)
        from marts.mart_revision
        where indicator_id = 'adult_recipients_month' and area_level = 'municipality'
            and first_known_date = date '{cut_off}' and sex in ('women', 'men')
            and revision_status in ('unchanged', 'revised')
        """
    )
    assert len(rows) >= 16
    for *cell, first, current, revision in rows:
        key = (cell[0], cell[1], cell[2])
        assert (first, current) == (then.get(key, 0), now.get(key, 0)), key
        assert revision == current - first


def test_a_register_that_comes_late_hides_each_sex_for_a_while(compared: Compared) -> None:
    """In January the register of households follows; till then new ones are of unknown sex."""
    rows = compared.query(
        """
        select sex, revision_status, run_off_ratio, total_run_off_ratio, first_known_days
        from marts.mart_revision
        where indicator_id = 'adult_recipients_month' and area_code = '9901'
            and period_start = date '2025-11-01'
        """
    )
    run_off = {sex: ratio for sex, _, ratio, _, _ in rows}
    assert {status for _, status, *_ in rows} == {"revised"}
    assert run_off["women"] < 1
    assert run_off["men"] < 1
    assert run_off["unknown"] > 1
    assert {total for *_, total, _ in rows} == {run_off["total"]}
    assert {days for *_, days in rows} == {(date(2026, 1, 1) - date(2025, 11, 30)).days}


def test_a_month_delivered_anew_is_a_revision_to_the_ore(
    compared: Compared, small_night: DemoNight, tmp_path: Path
) -> None:
    """9903 sent May 2025 in June, and on 4 July with amounts put right."""
    landing = small_night.settings.landing_dir

    def may(folder: Path) -> int:
        return sum(
            ore
            for (area, _, year, month), ore in paid_months(folder).items()
            if (area, year, month) == ("9903", 2025, 5)
        )

    put_right = may(landing) - may(known_on(date(2025, 7, 1), landing, tmp_path / "then"))
    assert put_right > 0
    rows = dict(
        compared.query(
            """
            select sex, numerator_revision from marts.mart_revision
            where indicator_id = 'amount_month' and area_code = '9903'
                and period_start = date '2025-05-01' and first_known_date = date '2025-07-01'
            """
        )
    )
    assert rows["total"] == Decimal(put_right) / 100
    assert rows["women"] + rows["men"] + rows["unknown"] == rows["total"]
    (others,) = compared.query(
        """
        select count(*) from marts.mart_revision
        where indicator_id = 'amount_month' and area_level = 'municipality' and sex = 'total'
            and period_start = date '2025-05-01' and revision_status <> 'unchanged'
        """
    )
    assert others == (1,), "no other municipality sent May anew"


def test_what_is_known_now_only_has_no_first_figure(compared: Compared) -> None:
    rows = compared.query(
        """
        select distinct
            revision_status, vintage_count, first_known_date, first_numerator, run_off_ratio
        from marts.mart_revision
        where indicator_id = 'adult_recipients_month' and period_start = date '2025-12-01'
            and status = 'value'
        """
    )
    assert rows == [("new", 0, None, None, None)]


def test_no_total_of_the_demo_that_was_final_has_changed(
    compared: Compared, demo_night: DemoNight
) -> None:
    """Not even of what is followed for a year first; a sex that is learnt late moves parts only."""
    for night in (compared, demo_night):
        rows = night.query(
            "select indicator_id, has_final_changed from marts.mart_revision "
            "where first_final_date is not null and sex = 'total'"
        )
        assert rows
        assert {indicator_id for indicator_id, has_changed in rows if has_changed} == set()


def test_every_margin_of_the_cube_stands_in_the_mart_once(compared: Compared) -> None:
    (counts,) = compared.query(
        """
        select
            (select count(*) from marts.mart_revision),
            count(*)
        from indicators.fct_indicator
        where age_band = 'total' and birth_region = 'total' and category_axis = 'total'
        """
    )
    assert counts[0] == counts[1] > 0


def test_vintages_are_built_once_and_anew_when_an_old_file_comes_late(
    compared: Compared, small_night: DemoNight
) -> None:
    """The second delivery of May 2025, under a date before the cut-off, was known by then."""
    from orchestration.loading import load_table, read_axes, read_key, read_participants
    from orchestration.night.vintage_builds import ensure_vintages

    settings = compared.settings
    assert [vintage.cut_off_date for vintage in compared.vintages] == CUT_OFFS
    assert [vintage.is_new for vintage in compared.vintages] == [True, True, True]
    again = ensure_vintages(settings, compared.project)
    assert [vintage.is_new for vintage in again] == [False, False, False]

    landing = settings.landing_dir / "alfa"
    landing.mkdir(parents=True)
    shutil.copy(
        small_night.settings.landing_dir / "alfa" / "utbetalning_9903_202505_20250704.csv",
        landing / "utbetalning_9903_202505_20250620.csv",
    )
    (table,) = (
        table
        for table in compared.project.manifest.sources
        if (table.source_name, table.table_name) == ("alfa", "utbetalning")
    )
    with settings.workspace("late") as scratch:
        outcomes = load_table(
            settings.raw_file,
            table,
            settings.landing_dir,
            key=read_key(small_night.settings.pseudonym_key_file),
            axes=read_axes(settings.project_dir),
            participants=read_participants(settings.project_dir, compared.project.manifest.sources),
            now=datetime.now(UTC),
            workspace=scratch,
        )
    assert [outcome.status for outcome in outcomes] == ["loaded"]

    # A night as of September looks back on the July that the file was late for.
    september = settings.model_copy(
        update={"as_of": datetime(2025, 9, 1, tzinfo=UTC), "revision_vintages": 1}
    )
    vintages = ensure_vintages(september, compared.project)
    assert [(vintage.cut_off_date, vintage.is_new) for vintage in vintages] == [
        (date(2025, 7, 1), True)
    ]
    with duckdb.connect(str(settings.vintages_file), read_only=True) as connection:
        (then,) = connection.execute(
            """
            select numerator from history.figure
            where indicator_id = 'amount_month' and area_code = '9903' and sex = 'total'
                and period_start = date '2025-05-01' and cut_off_date = date '2025-07-01'
            """
        ).fetchall()
    (now,) = compared.query(
        """
        select numerator from marts.mart_revision
        where indicator_id = 'amount_month' and area_code = '9903' and sex = 'total'
            and period_start = date '2025-05-01'
        """
    )
    assert then == now
