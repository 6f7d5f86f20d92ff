"""Writes a leaflet to print: what the publication says of a municipality and year, on a few pages.

Everything on it stands in the marts; nothing is counted here. It opens from disk and loads nothing.
"""

from __future__ import annotations

from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

from orchestration.database import using
from orchestration.errors import JamviktError
from orchestration.publishing.files import DATABASE
from orchestration.publishing.release import REPUBLISH, current_release

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from orchestration.settings import Settings

TEMPLATE = "leaflet.html"

GAPS = """
    select gap.indicator_name_sv, gap.women_value, gap.men_value, gap.sentence_sv,
        label.women_label_sv, label.men_label_sv
    from marts.mart_department_gaps as gap
    inner join (
        select indicator_id,
            any_value(sex_label_sv) filter (where sex = 'women') as women_label_sv,
            any_value(sex_label_sv) filter (where sex = 'men') as men_label_sv
        from marts.mart_indicator
        where age_band = 'total'
        group by indicator_id
    ) as label on gap.indicator_id = label.indicator_id
    where gap.municipality_code = $area and gap.year = $year and gap.certainty = 'certain'
    order by gap.standardised_size desc, gap.indicator_id
    limit 10
"""
"""The ten largest; a longer list is mart_department_gaps itself."""
IMPROVEMENTS = """
    select improvement_id, title, sentence_sv
    from marts.mart_effect_chain
    where municipality_code = $area and sex in ('women', 'men') and year(start_date) <= $year
    order by improvement_id, sex desc
"""
TARGETS = """
    select coalesce(indicator_name_sv, indicator_id) as indicator, sex_label_sv, target_year,
        target_value, latest_year, latest_value, is_target_reached, trend
    from marts.mart_target
    where municipality_code = $area and target_year >= $year
    order by indicator, target_year, sex desc
"""
DECISIONS = """
    select year(quarter_start) || ' kv ' || quarter(quarter_start) as quarter, reported_by_sv,
        sex_label_sv, waiting_count, waiting_over_a_year_count, waiting_mean_days,
        longest_waiting_days
    from marts.mart_quarterly_report
    where area_code = $area and year(quarter_start) = $year
        and service_type <> 'total' and service = 'total' and sex in ('women', 'men')
    order by quarter_start, service_type, sex desc
"""


def write_leaflet(settings: Settings, municipality_code: str, year: int, folder: Path) -> Path:
    """Write the leaflet of a municipality and year from the live publication; return its file.

    Raises JamviktError where nothing is published, where that is damaged, and where it holds
    nothing of them.
    """
    import duckdb

    release = current_release(settings.published_dir)
    if release is None:
        raise JamviktError(f"{settings.published_dir} holds no publication.", "run a night first")
    database = release.folder / DATABASE
    with (
        using(database, REPUBLISH),
        duckdb.connect(str(database), read_only=True) as published,
    ):
        known: dict[str, object] = {"area": municipality_code, "year": year}
        page = _template().render(
            name=_name(published, municipality_code, year),
            year=year,
            night_id=release.release_id,
            gaps=_rows(published, GAPS, known),
            improvements=_by_improvement(_rows(published, IMPROVEMENTS, known)),
            targets=_rows(published, TARGETS, known),
            decisions=_rows(published, DECISIONS, known),
        )
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"leaflet_{municipality_code}_{year}.html"
    file.write_text(page, encoding="utf-8")
    return file


def _template() -> Any:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent), undefined=StrictUndefined, autoescape=True
    )
    environment.filters["number"] = _number
    return environment.get_template(TEMPLATE)


def _number(value: float | None, decimals: int = 1) -> str:
    """Return a number as Swedish writes it, and a dash for none."""
    if value is None:
        return "–"
    text = f"{value:,.{decimals}f}".replace(",", "\N{NARROW NO-BREAK SPACE}").replace(".", ",")
    return text.replace("-", "\N{MINUS SIGN}")


def _name(published: DuckDBPyConnection, municipality_code: str, year: int) -> str:
    areas = published.execute(
        "select distinct area_code, area_name from marts.mart_indicator "
        "where area_level = 'municipality' and year = ? order by area_code",
        [year],
    ).fetchall()
    names = dict(areas)
    if municipality_code not in names:
        raise JamviktError(
            f"The publication holds nothing of municipality {municipality_code} in {year}.",
            f"use one of {', '.join(names)}" if names else "name another --year",
        )
    return str(names[municipality_code])


def _rows(
    published: DuckDBPyConnection, query: str, known: dict[str, object]
) -> list[dict[str, Any]]:
    cursor = published.execute(query, known)
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def _by_improvement(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return an improvement a row with its sentences; one that nothing is shown of says it once."""
    return [
        {
            "title": title,
            "sentences": list(dict.fromkeys(row["sentence_sv"] for row in improvement)),
        }
        for (_, title), improvement in groupby(
            rows, key=lambda row: (row["improvement_id"], row["title"])
        )
    ]
