"""The figures of handwritten.sql by two libraries of data frames, each with a good plan.

Both reduce the months to person and finest category first, count persons from that on every level,
and add up margins over what is constant for a person: the plan of the registry. They read the
Parquet file that `registry.py` writes, and write their cells to another.
"""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import polars as pl

KEY = ("period_start", "area_code", "sex", "age_band", "birth_region", "category_axis", "category")
SETS = (("age_band", "birth_region"), ("household_type",), ("obstacle_group",))
SUMS = ("adult_months", "child_months", "amount", "endings", "lasting")
LARGEST = ("three", "of_36")
COUNTS = (
    "adults", "children", "long_term", "three_months", "six_months", "very_long_term",
    "amount", "adult_months", "endings", "lasting",
)  # fmt: skip
PARTS = {
    "adult_recipients": ("adults", None),
    "amount_per_recipient_month": ("amount", "adult_months"),
    "child_recipients": ("children", None),
    "long_term_recipient_share": ("long_term", "adults"),
    "no_return_within_a_year_share": ("lasting", "endings"),
    "spell_of_3_months_share": ("three_months", "adults"),
    "spell_of_6_months_share": ("six_months", "adults"),
    "very_long_term_recipient_share": ("very_long_term", "adults"),
}


def by_polars(rows: Path, cells: Path) -> None:
    """Compute every cell with polars, lazily and streaming."""
    import polars as pl

    adult = pl.col("is_adult")
    ended = adult & pl.col("is_spell_end") & pl.col("is_followed_a_year")
    measures = [
        adult.sum().alias("adult_months"),
        adult.not_().sum().alias("child_months"),
        (pl.col("amount_sek") * 100).cast(pl.Int64).filter(adult).sum().alias("amount"),
        (2 ** (pl.col("benefit_month").dt.month() - 1).cast(pl.Int32))
        .cast(pl.Int32).filter(adult).bitwise_or().fill_null(0).alias("year_months"),
        pl.col("spell_month_count").filter(adult).max().fill_null(0).alias("three"),
        pl.col("month_count_of_36").filter(adult).max().fill_null(0).alias("of_36"),
        ended.sum().alias("endings"),
        (ended & pl.col("has_returned_within_a_year").not_()).sum().alias("lasting"),
    ]  # fmt: skip
    again = [
        *(pl.col(name).sum() for name in SUMS),
        pl.col("year_months").bitwise_or(),
        *(pl.col(name).max() for name in LARGEST),
    ]
    counted = [
        (pl.col("adult_months") > 0).sum().alias("adults"),
        (pl.col("child_months") > 0).sum().alias("children"),
        (pl.col("year_months").bitwise_count_ones() >= 10).sum().alias("long_term"),
        (pl.col("three") >= 3).sum().alias("three_months"),
        (pl.col("three") >= 6).sum().alias("six_months"),
        (pl.col("of_36") >= 27).sum().alias("very_long_term"),
        *(pl.col(name).sum() for name in ("amount", "adult_months", "endings", "lasting")),
    ]
    person = ["period_start", "municipality_code", "person_key", "sex"]
    base = (
        pl.scan_parquet(rows)
        .filter(pl.col("is_recipient"))
        .with_columns(pl.col("benefit_month").dt.truncate("1y").alias("period_start"))
        .group_by(*person, *sum(SETS, ()))
        .agg(measures)
        .collect(engine="streaming")
        .lazy()
    )
    found = []
    for area, axes in product(AREAS.values(), SETS):
        finest = (
            base.group_by("period_start", area(pl).alias("area_code"), "person_key", "sex", *axes)
            .agg(again)
            .group_by("period_start", "area_code", "sex", *axes)
            .agg(counted)
        )
        found.append(finest.collect(engine="streaming").to_dicts())
    _write(pl, _margins(found), cells)


def by_pandas(rows: Path, cells: Path) -> None:
    """Compute every cell with pandas, its texts as categories."""
    import duckdb
    import polars as pl

    texts = ("municipality_code", "person_key", "sex", *sum(SETS, ()))
    with duckdb.connect() as connection:
        # Arrow would be one way for pandas to read Parquet; this is another.
        frame = connection.execute(
            f"""
            select {", ".join(texts)}, date_trunc('year', benefit_month) as period_start,
                is_adult, cast(amount_sek * 100 as bigint) as amount,
                cast(1 << cast(month(benefit_month) - 1 as integer) as smallint) as year_months,
                spell_month_count as three, month_count_of_36 as of_36,
                is_spell_end and is_followed_a_year as endings,
                is_spell_end and is_followed_a_year and not has_returned_within_a_year as lasting
            from '{rows}' where is_recipient
            """
        ).df()
    frame[list(texts)] = frame[list(texts)].astype("category")
    adult = frame["is_adult"]
    frame["adult_months"], frame["child_months"] = adult.astype("int64"), (~adult).astype("int64")
    for name in ("amount", "year_months", *LARGEST, "endings", "lasting"):
        frame[name] = frame[name].where(adult, 0).astype("int64")
    months = [f"month_{number}" for number in range(12)]
    for number, name in enumerate(months):
        frame[name] = frame["year_months"].to_numpy() >> number & 1
    again = {**dict.fromkeys(SUMS, "sum"), **dict.fromkeys((*LARGEST, *months), "max")}
    person = ["period_start", "municipality_code", "person_key", "sex"]
    base = _grouped(frame, [*person, *sum(SETS, ())], again)
    found = []
    for area, axes in product(AREAS, SETS):
        code = base["municipality_code"].astype(str)
        levels = {"municipality": code, "county": code.str[:2], "all": "all"}
        base["area_code"] = levels[area]
        base["area_code"] = base["area_code"].astype("category")
        persons = _grouped(base, ["period_start", "area_code", "person_key", "sex", *axes], again)
        persons["adults"] = persons["adult_months"] > 0
        persons["children"] = persons["child_months"] > 0
        persons["long_term"] = persons[months].sum(axis=1) >= 10
        persons["three_months"], persons["six_months"] = (
            persons["three"] >= 3,
            persons["three"] >= 6,
        )
        persons["very_long_term"] = persons["of_36"] >= 27
        cell = _grouped(
            persons, ["period_start", "area_code", "sex", *axes], dict.fromkeys(COUNTS, "sum")
        )
        cell["period_start"] = cell["period_start"].dt.date
        found.append(cell.to_dict("records"))
    _write(pl, _margins(found), cells)


def _grouped(frame: Any, keys: list[str], how: dict[str, str]) -> Any:
    return frame.groupby(keys, observed=True, sort=False).agg(how).reset_index()


AREAS: dict[str, Callable[[Any], pl.Expr]] = {
    "municipality": lambda pl: pl.col("municipality_code"),
    "county": lambda pl: pl.col("municipality_code").str.slice(0, 2),
    "all": lambda pl: pl.lit("all"),
}


def _margins(found: list[list[dict[str, Any]]]) -> list[dict[str, Any]]:
    """Return the parts of every indicator, with margins over sex, age band and birth region."""
    sums: dict[tuple[Any, ...], list[int]] = {}
    for finest in found:
        for cell in finest:
            counts = [int(cell[name]) for name in COUNTS]
            axis = next(
                (name for name in ("household_type", "obstacle_group") if name in cell), "total"
            )
            category = cell.get(axis, "total")
            constant = [cell.get(name, "total") for name in ("age_band", "birth_region")]
            for sex, age, birth in product(
                (cell["sex"], "total"), *({value, "total"} for value in constant)
            ):
                key = (cell["period_start"], cell["area_code"], sex, age, birth, axis, category)
                before = sums.get(key)
                sums[key] = (
                    [a + b for a, b in zip(before, counts, strict=True)] if before else counts
                )
    place = {name: number for number, name in enumerate(COUNTS)}
    return [
        {
            "indicator_id": indicator,
            **dict(zip(KEY, key, strict=True)),
            "numerator": counts[place[numerator]] / (100 if numerator == "amount" else 1),
            "denominator": None if denominator is None else counts[place[denominator]],
        }
        for key, counts in sums.items()
        for indicator, (numerator, denominator) in PARTS.items()
    ]


def _write(pl: Any, cells: list[dict[str, Any]], file: Path) -> None:
    pl.DataFrame(cells, infer_schema_length=None).write_parquet(file)


TOOLS: dict[str, Callable[[Path, Path], None]] = {"polars": by_polars, "pandas": by_pandas}
