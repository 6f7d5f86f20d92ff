"""Code lists, bands, words and their forms: each once, with both labels, bands without a gap."""

from __future__ import annotations

import csv
import re
from collections import Counter
from itertools import pairwise
from typing import Any

import duckdb
import jinja2
import pytest
import yaml

from orchestration.settings import PROJECT_DIR

DBT = PROJECT_DIR / "dbt_project"
BANDS: dict[str, list[dict[str, Any]]] = yaml.safe_load(
    (DBT / "dbt_project.yml").read_text(encoding="utf-8")
)["vars"]["bands"]


def rows(name: str) -> list[dict[str, Any]]:
    with (PROJECT_DIR / "seeds" / f"{name}.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


KINDS = {
    "codes": rows("codes"),
    "words": rows("words"),
    "bands": [{"axis": axis, **band} for axis, bands in BANDS.items() for band in bands],
}


def test_every_code_and_form_has_a_label_in_swedish_and_in_english() -> None:
    forms = rows("word_forms")
    for row in [row for kind in KINDS.values() for row in kind] + forms:
        assert row["label_sv"], row
        assert row["label_en"], row
    known = {(row["axis"], row["code"]) for kind in KINDS.values() for row in kind}
    assert {(row["axis"], row["code"]) for row in forms} <= known
    assert len({(row["axis"], row["code"], row["form"]) for row in forms}) == len(forms)


def test_every_code_stands_once_and_its_axis_in_one_place() -> None:
    codes = Counter((row["axis"], row["code"]) for kind in KINDS.values() for row in kind)
    assert [code for code, count in codes.items() if count > 1] == []
    axes = Counter(axis for kind in KINDS.values() for axis in {row["axis"] for row in kind})
    assert [axis for axis, count in axes.items() if count > 1] == []


@pytest.mark.parametrize("axis", BANDS)
def test_bands_follow_one_another_without_a_gap(axis: str) -> None:
    ends = [band["below"] for band in BANDS[axis] if "below" in band]
    assert all(earlier < later for earlier, later in pairwise(ends))
    bounds = [tuple(band.keys() & {"below", "from"}) for band in BANDS[axis]]
    rest = bounds[len(ends) :]
    assert bounds == [("below",)] * len(ends) + rest
    assert rest in ([("from",)], [("from",), ()]), "then the open band, then what is not known"
    assert BANDS[axis][len(ends)]["from"] == ends[-1]


def band_of(axis: str, values: list[str]) -> list[str | None]:
    module = (
        jinja2.Environment(autoescape=True)
        .from_string(
            (DBT / "macros/bands.sql").read_text(encoding="utf-8"), {"var": {"bands": BANDS}.get}
        )
        .module
    )
    listed = ", ".join(f"({place}, {value})" for place, value in enumerate(values))
    with duckdb.connect() as connection:
        return [
            code
            for (code,) in connection.execute(
                f"select {module.band(axis, 'value')} from (values {listed}) as t(place, value) "
                "order by place"
            ).fetchall()
        ]


@pytest.mark.parametrize("axis", ["age_band", "age_interval", "need_score_band"])
def test_a_value_is_in_the_band_whose_code_holds_it(axis: str) -> None:
    """Codes say which whole numbers they are of: 06-12, 65+, 0."""
    expected = {}
    for code in (band["code"] for band in BANDS[axis]):
        if held := re.fullmatch(r"(\d+)(?:-(\d+)|(\+))?", code):
            first, last, is_open = int(held[1]), held[2], held[3]
            upto = first + 50 if is_open else int(last or first)
            expected |= dict.fromkeys(range(first, upto + 1), code)
    assert sorted(expected) == list(range(max(expected) + 1))
    assert band_of(axis, [str(value) for value in expected]) == list(expected.values())


def test_hours_a_week_are_in_the_band_whose_label_says_so() -> None:
    values = {"0": "low", "4.99": "low", "5": "medium", "11.99": "medium", "12": "high"}
    assert band_of("care_need_level", list(values)) == list(values.values())


def test_what_is_not_known_is_in_the_band_without_bounds_or_in_none() -> None:
    unknown = "cast(null as integer)"
    assert band_of("age_band", [unknown]) == ["unknown"]
    assert band_of("need_score_band", [unknown]) == [None]
