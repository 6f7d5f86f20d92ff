"""Intervals and tests that are SQL macros, against scipy and against what persons add."""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING, Any

import duckdb
import numpy as np
import pytest
from scipy import stats

from orchestration.settings import PROJECT_DIR
from tests.macros import rendered

if TYPE_CHECKING:
    from collections.abc import Sequence

    import jinja2

Z = float(stats.norm.ppf(0.975))


@pytest.fixture(scope="module")
def macros() -> jinja2.environment.TemplateModule:
    """Every macro of statistics, and what they are made with."""
    return rendered("statistics/*.sql", "portable/sums.sql")


def evaluated(
    expression: str, columns: str, rows: Sequence[tuple[float, ...]], kind: str = "double"
) -> list[float]:
    with duckdb.connect() as connection:
        values = ", ".join(
            f"({number}, {', '.join(f'cast({value} as {kind})' for value in row)})"
            for number, row in enumerate(rows)
        )
        found = connection.execute(
            f"select {expression} from (values {values}) as given(row_no, {columns}) "
            "order by row_no"
        ).fetchall()
    return [value for (value,) in found]


KINDS = ("integer", "bigint", "decimal(20,2)", "double")
"""What the columns of facts and marts are."""
LARGE = {
    "count_1": 1200,
    "total_1": 2400,
    "count_2": 1100,
    "total_2": 2700,
    "squares": 3000,
    "products": 2500,
    "denominator_squares": 5000,
}
"""As many persons as a city has: two groups, and what the rows of the first add up to."""
TRIED = {
    "is_balanced": ("count_1", "count_2"),
    "fisher_p": ("count_1", "total_1", "count_2", "total_2"),
    "log_table": ("count_1", "total_1", "count_1 + count_2", "total_2"),
    "log_choose": ("total_1", "count_1"),
    "real": (1.959963984540054,),
    "wilson_centre": ("count_1", "total_1", Z),
    "wilson_reach": ("count_1", "total_1", Z),
    "wilson_lo": ("count_1", "total_1", Z),
    "wilson_hi": ("count_1", "total_1", Z),
    "difference_lo": ("count_1", "total_2 - count_2", "total_1", "total_2"),
    "difference_hi": ("count_1", "total_1", "count_2", "count_1"),
    "sample_variance": ("count_1 / (total_1 + 0.0)", "total_1"),
    "per_freedom": ("count_1 / (squares + 0.0)", "total_1", "count_2 / (squares + 0.0)", "total_2"),
    "share_deviate": (
        "count_1 / (total_1 + 0.0)",
        "total_1",
        "count_2 / (total_2 + 0.0)",
        "total_2",
    ),
    "one_sided_events_p": ("(count_1 / 100)", "total_1", "total_2"),
    "normal_deviate": ("count_1 / (total_1 + 0.0)", "(1 / (total_2 + 0.0))"),
    "relative_variance": ("count_1", "total_1", "squares", "products", "denominator_squares"),
    "effective_total": ("count_1 / (total_1 + 0.0)", "0.0015", "total_1", "total_2"),
    "byar_lo": ("count_1", Z),
    "byar_hi": ("count_1", Z),
    "log_reach": ("count_1 / (total_1 + 0.0)", "total_1"),
    "polynomial": ([0.5, -1.5, 2.0], "count_1 / (total_1 + 0.0)"),
    "student_95": ("count_1 / (total_1 + 0.0)",),
    "two_sided_p": ("count_1 / (total_1 + 0.0)",),
}
"""Every macro, and what it is called with here."""
NO_EXPRESSION = {"with_false_discovery", "has_no_error", "fewest_persons", "normal_95"}


def tables_of_counts() -> list[tuple[int, int, int, int]]:
    tables = [(0, 10, 10, 10), (0, 5, 0, 7), (3, 3, 4, 4), (65, 100, 40, 100)]
    totals, shares = (1, 7, 30, 211, 900), (0, 0.04, 0.35, 0.81, 1)
    for n1, n2, p1, p2 in itertools.product(totals, totals, shares, shares):
        tables.append((round(n1 * p1), n1, round(n2 * p2), n2))
    return tables


def test_every_macro_is_tried_with_the_types_of_a_large_county() -> None:
    files = (PROJECT_DIR / "dbt_project/macros/statistics").glob("*.sql")
    written = {
        name
        for file in files
        for name in re.findall(r"{%-? *macro (\w+)", file.read_text(encoding="utf-8"))
    }
    assert written == set(TRIED) | NO_EXPRESSION


@pytest.mark.parametrize("name", TRIED)
def test_a_macro_says_the_same_of_every_type_of_column(
    name: str, macros: jinja2.environment.TemplateModule
) -> None:
    """Whole numbers and decimals beside a constant of sixteen decimals once left no room."""
    expression = getattr(macros, name)(*TRIED[name])
    columns, rows = ", ".join(LARGE), [tuple(LARGE.values())]
    (expected,) = evaluated(expression, columns, rows)
    for kind in KINDS:
        (found,) = evaluated(expression, columns, rows, kind)
        assert found == pytest.approx(expected, rel=1e-12), kind


def test_wilson_is_scipy_s(macros: jinja2.environment.TemplateModule) -> None:
    tables = tables_of_counts()
    for macro, bound in ((macros.wilson_lo, "low"), (macros.wilson_hi, "high")):
        expected = [
            getattr(stats.binomtest(x, n).proportion_ci(method="wilson"), bound)
            for x, n, _, _ in tables
        ]
        found = evaluated(macro("x", "n", Z), "x, n", [table[:2] for table in tables])
        assert found == pytest.approx(expected, abs=1e-12)


def difference(macros: jinja2.environment.TemplateModule, rows: Sequence[tuple[int, ...]]) -> Any:
    """Both bounds of the difference of two shares, from the Wilson intervals of each."""
    first, second = ("x1", "n1", Z), ("x2", "n2", Z)
    values = ("x1 / n1", "x2 / n2")
    low = macros.difference_lo(
        values[0], macros.wilson_lo(*first), values[1], macros.wilson_hi(*second)
    )
    high = macros.difference_hi(
        values[0], macros.wilson_hi(*first), values[1], macros.wilson_lo(*second)
    )
    return [evaluated(bound, "x1, n1, x2, n2", rows) for bound in (low, high)]


def test_a_difference_of_shares_is_put_together_from_scipy_s_wilson(
    macros: jinja2.environment.TemplateModule,
) -> None:
    tables = tables_of_counts()
    low, high = [], []
    for x1, n1, x2, n2 in tables:
        first = stats.binomtest(x1, n1).proportion_ci(method="wilson")
        second = stats.binomtest(x2, n2).proportion_ci(method="wilson")
        p1, p2 = x1 / n1, x2 / n2
        low.append(p1 - p2 - ((p1 - first.low) ** 2 + (second.high - p2) ** 2) ** 0.5)
        high.append(p1 - p2 + ((first.high - p1) ** 2 + (p2 - second.low) ** 2) ** 0.5)
    found = difference(macros, tables)
    assert found[0] == pytest.approx(low, abs=1e-12)
    assert found[1] == pytest.approx(high, abs=1e-12)


def test_a_difference_of_shares_is_newcombe_s_own_example(
    macros: jinja2.environment.TemplateModule,
) -> None:
    """56 of 70 against 48 of 80, method 10 of Newcombe (1998): 0.0524 to 0.3339."""
    (low,), (high,) = difference(macros, [(56, 70, 48, 80)])
    assert (round(low, 4), round(high, 4)) == (0.0524, 0.3339)


def test_shares_are_tested_by_the_share_that_both_would_have(
    macros: jinja2.environment.TemplateModule,
) -> None:
    """Squared it is the chi-square of the table; where all or none count, nothing differs."""
    tables = tables_of_counts()
    names = ("x1 / n1", "n1", "x2 / n2", "n2")
    found = evaluated(macros.share_deviate(*names), "x1, n1, x2, n2", tables)
    for (x1, n1, x2, n2), deviate in zip(tables, found, strict=True):
        if x1 + x2 in (0, n1 + n2):
            assert deviate == pytest.approx(0)
            continue
        table = [[x1, n1 - x1], [x2, n2 - x2]]
        expected = stats.chi2_contingency(table, correction=False).statistic
        assert deviate**2 == pytest.approx(expected, rel=1e-9, abs=1e-12)
        assert (deviate > 0) == (x1 / n1 > x2 / n2) or abs(deviate) < 1e-9


def test_the_p_value_of_student_s_t_is_scipy_s(macros: jinja2.environment.TemplateModule) -> None:
    rows = [(t / 10, float(n)) for t in range(-90, 91) for n in (15, 29, 58, 1_000, 10**6)]
    deviate = macros.normal_deviate("t", "(1 / n)")
    found = evaluated(macros.two_sided_p(deviate), "t, n", rows)
    assert found == pytest.approx([2 * stats.t.sf(abs(t), n) for t, n in rows], abs=1e-9)


def test_the_freedom_of_two_samples_is_scipy_s(macros: jinja2.environment.TemplateModule) -> None:
    random = np.random.default_rng(6)
    for n1, n2, spread in ((30, 30, 1), (31, 400, 0.2), (900, 45, 9)):
        first, second = random.normal(20, 5, n1), random.normal(22, 5 * spread, n2)
        row = (first.var(ddof=1) / n1, n1, second.var(ddof=1) / n2, n2)
        names = ("v1", "n1", "v2", "n2")
        (found,) = evaluated(macros.per_freedom(*names), ", ".join(names), [row])
        assert 1 / found == pytest.approx(stats.ttest_ind(first, second, equal_var=False).df)


def test_events_on_one_side_only_are_as_rare_as_an_exact_test_says(
    macros: jinja2.environment.TemplateModule,
) -> None:
    """Forty among 60,000 days and none among 60,000: about one in a million millions."""
    rows = [(40, 60_000, 60_000), (5, 900, 1_200), (1, 10, 10), (3, 100, 900)]
    found = evaluated(macros.one_sided_events_p("x", "d1", "d2"), "x, d1, d2", rows)
    expected = [
        min(1, 2 * stats.binomtest(x, x, d1 / (d1 + d2), alternative="greater").pvalue)
        for x, d1, d2 in rows
    ]
    assert found == pytest.approx(expected, rel=1e-12)
    assert found[0] < 2e-12


def test_nobody_has_no_interval(macros: jinja2.environment.TemplateModule) -> None:
    assert evaluated(macros.wilson_lo("x", "n", Z), "x, n", [(0, 0)]) == [None]
    assert difference(macros, [(1, 2, 0, 0)]) == [[None], [None]]


def test_p_values_are_scipy_s_far_into_the_tail(macros: jinja2.environment.TemplateModule) -> None:
    deviates = [step / 10 for step in range(-370, 371)]
    expected = [2 * stats.norm.sf(abs(deviate)) for deviate in deviates]
    found = evaluated(macros.two_sided_p("z"), "z", [(deviate,) for deviate in deviates])
    assert found == pytest.approx(expected, rel=1e-10, abs=1e-300)


def test_fisher_s_exact_test_is_scipy_s(macros: jinja2.environment.TemplateModule) -> None:
    """Few cases, none, all, ties between tables that are equally likely, and many."""
    tables = tables_of_counts() + [
        (x1, n1, x2, n2)
        for n1, n2 in itertools.product((1, 2, 5, 9), repeat=2)
        for x1, x2 in itertools.product(range(n1 + 1), range(n2 + 1))
    ]
    tables += [(14, 60, 1_500, 70_000), (2, 4_000, 1_500, 90_000), (700, 900, 60, 80_000)]
    expected = [
        stats.fisher_exact([[x1, n1 - x1], [x2, n2 - x2]]).pvalue for x1, n1, x2, n2 in tables
    ]
    names = ("x1", "n1", "x2", "n2")
    found = evaluated(macros.fisher_p(*names), ", ".join(names), tables)
    assert found == pytest.approx(expected, rel=1e-7)
    assert evaluated(macros.fisher_p(*names), ", ".join(names), [(1, 2, 0, 0)]) == [None]


def test_q_values_are_scipy_s_in_every_family(macros: jinja2.environment.TemplateModule) -> None:
    rows = [
        (float(number % 6), (number * 37 % 101 / 101) ** 3, float(number)) for number in range(200)
    ]
    untested = [(float(number), None, 300.0 + number) for number in range(3)]
    rows += [(9.0, 0.01, 201.0), (9.0, 0.01, 202.0), (9.0, 0.9, 203.0), (10.0, 0.04, 204.0)]
    with duckdb.connect() as connection:
        connection.execute("create table given (family double, p_value double, tie double)")
        connection.executemany("insert into given values (?, ?, ?)", [*rows, *untested])
        found = connection.execute(
            "select family, p_value, tie, q_value from "
            f"({macros.with_false_discovery('given', ['family'], ['tie'])}) order by tie"
        ).fetchall()
    assert [row for row in found if row[3] is None] == [(*row, None) for row in untested]
    found = [row for row in found if row[3] is not None]
    for family in {row[0] for row in rows}:
        members = [row for row in found if row[0] == family]
        expected = stats.false_discovery_control([p for _, p, _, _ in members])
        assert [q for *_, q in members] == pytest.approx(list(expected), abs=1e-12)


def test_student_s_quantile_is_scipy_s_from_one_degree_of_freedom_on(
    macros: jinja2.environment.TemplateModule,
) -> None:
    degrees = [1, 1.5, 2, 3, 4.2, 7, 12, 29, 30.5, 100, 999, 12_345, 10_000_000]
    found = evaluated(macros.student_95("(1 / degrees)"), "degrees", [(n,) for n in degrees])
    assert found == pytest.approx(list(stats.t.ppf(0.975, degrees)), rel=1e-10)


def test_a_mean_reaches_as_far_as_student_s_on_the_logarithmic_scale(
    macros: jinja2.environment.TemplateModule,
) -> None:
    random = np.random.default_rng(11)
    for count in (2, 5, 31, 400):
        persons = random.lognormal(3, 1, count)
        row = (persons.sum(), count, (persons**2).sum(), persons.sum(), count)
        names = ("y", "n", "yy", "xy", "xx")
        (variance,) = evaluated(macros.relative_variance(*names), ", ".join(names), [row])
        (found,) = evaluated(macros.log_reach("v", "n"), "v, n", [(variance, count)])
        error = stats.sem(persons) / persons.mean()
        assert found == pytest.approx(np.exp(stats.t.ppf(0.975, count - 1) * error), rel=1e-9)
    assert evaluated(macros.log_reach("v", "n"), "v, n", [(0.5, 1), (0, 50)]) == [None, None]


def test_byar_s_interval_is_his_and_near_the_exact_one(
    macros: jinja2.environment.TemplateModule,
) -> None:
    counts = [0, 1, 3.7, 10, 57, 1_000, 250_000]
    rows = [(count,) for count in counts]
    low = evaluated(macros.byar_lo("n", Z), "n", rows)
    high = evaluated(macros.byar_hi("n", Z), "n", rows)
    for count, found_low, found_high in zip(counts, low, high, strict=True):
        above = count + 1
        assert found_low == pytest.approx(
            count and count * (1 - 1 / (9 * count) - Z / (3 * count**0.5)) ** 3, rel=1e-12
        )
        assert found_high == pytest.approx(
            above * (1 - 1 / (9 * above) + Z / (3 * above**0.5)) ** 3, rel=1e-12
        )
        if count >= 10:  # Garwood's exact interval (1936)
            assert found_low == pytest.approx(stats.chi2.ppf(0.025, 2 * count) / 2, rel=2e-3)
            assert found_high == pytest.approx(stats.chi2.ppf(0.975, 2 * above) / 2, rel=2e-3)


def test_the_error_of_a_quotient_is_that_of_the_persons_residuals(
    macros: jinja2.environment.TemplateModule,
) -> None:
    persons = [(number * 53 % 401, 1 + number % 9) for number in range(80)]
    total, base = (sum(side) for side in zip(*persons, strict=True))
    quotient = total / base
    expected = sum((y - quotient * x) ** 2 for y, x in persons) / total**2
    row = (
        total,
        base,
        sum(y * y for y, _ in persons),
        sum(x * y for y, x in persons),
        sum(x * x for _, x in persons),
    )
    names = ("y", "x", "yy", "xy", "xx")
    found = evaluated(macros.relative_variance(*names), ", ".join(names), [row])
    assert found == pytest.approx([expected], rel=1e-12)
