"""What a value must look like to land, and what is said of one that does not."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from loading_support import COLUMNS, HEADER, NAME, ROW, Landing, source_table

from orchestration.loading import ContractError

if TYPE_CHECKING:
    from pathlib import Path


def _row(**values: str) -> str:
    cells = dict(zip(HEADER.split(";"), ROW.split(";"), strict=True))
    return ";".join((cells | values).values())


def test_every_type_lands_as_itself(tmp_path: Path) -> None:
    landing = Landing(tmp_path)
    outcome = landing.load_one(f"{HEADER}\n{ROW}\n")
    assert (outcome.status, outcome.rows_loaded, outcome.problems) == ("loaded", 1, ())
    assert landing.query(
        "select betalning_id, manad, datum, belopp, antal, klar, kon, hinder, pnr_kind, pnr_sex, "
        "pnr_birth_year, pnr_birth_month, _row_number, _area_code, _period_month "
        "from prov.betalning"
    ) == [
        (
            "B1",
            date(2024, 1, 1),
            date(2024, 1, 31),
            Decimal("4512.50"),
            3,
            True,
            "K",
            "021",
            "personnummer",
            "women",
            1890,
            1,
            2,
            "2080",
            date(2024, 1, 1),
        )
    ]


def test_an_official_number_lands_with_kind_sex_and_birth_month(tmp_path: Path) -> None:
    landing = Landing(tmp_path)
    landing.load_one(f"{HEADER}\n{_row(pnr='900101+9802')}\n{_row(pnr='18900101-9802')}\n")
    rows = landing.query(
        "select pnr_kind, pnr_sex, pnr_birth_year, pnr_birth_month, pnr_key from prov.betalning"
    )
    assert rows[0] == rows[1]
    assert rows[0][:4] == ("personnummer", "women", 1890, 1)


GOOD_VALUES = [
    ("belopp", "-1", Decimal("-1.00")),
    ("belopp", "–1 234,50", Decimal("-1234.50")),
    ("belopp", "- 100", Decimal("-100.00")),
    ("belopp", "1 234,50-", Decimal("-1234.50")),
    ("belopp", "5 –", Decimal("-5.00")),
    ("belopp", "+5", Decimal("5.00")),
    ("belopp", "1 234 567,8", Decimal("1234567.80")),
    ("belopp", "1\u00a0234,50", Decimal("1234.50")),
    ("belopp", " 12 ", Decimal("12.00")),
    ("belopp", "0,29", Decimal("0.29")),
    ("belopp", "0,30000000000000004", Decimal("0.30")),
    ("belopp", "36,899999999999999", Decimal("36.90")),
    ("belopp", "30.0", Decimal("30.00")),
    ("antal", "-", None),
    ("antal", "–", None),
    ("antal", "\u00a0", None),
    ("antal", "1 000", 1000),
    ("antal", "30,0", 30),
    ("antal", "30.0", 30),
    ("antal", "8 %", 8),
    ("antal", "2,9999999999999996", 3),
    ("klar", "NEJ", False),
    ("klar", "1", True),
    ("klar", "1.0", True),
    ("klar", "j", True),
    ("datum", "-", None),
    ("datum", "2024–01–31", date(2024, 1, 31)),
    ("datum", "2024-01-31 00:00:00", date(2024, 1, 31)),
    ("datum", "2024-01-31T00:00", date(2024, 1, 31)),
    ("datum", "2024-01-31T00:00:00+01:00", date(2024, 1, 31)),
    ("manad", "2024-01", date(2024, 1, 1)),
    ("manad", "2024–01", date(2024, 1, 1)),
    ("manad", "2024M01", date(2024, 1, 1)),
    ("manad", "202401.0", date(2024, 1, 1)),
    ("manad", "2024-01-31", date(2024, 1, 1)),
    ("hinder", "021", "021"),
]


def test_a_value_of_the_right_form_lands(tmp_path: Path) -> None:
    landing = Landing(tmp_path)
    rows = [_row(**{column: written}) for column, written, _ in GOOD_VALUES]
    outcome = landing.load_one("\n".join([HEADER, *rows, ""]))
    assert outcome.problems == ()
    for row, (column, written, landed) in enumerate(GOOD_VALUES, 2):
        assert landing.query(f"select {column} from prov.betalning where _row_number = {row}") == [
            (landed,)
        ], (column, written)


HOURS = [
    ("7,5", Decimal("7.5000")),
    ("7:30", Decimal("7.5000")),
    ("0:20", Decimal("0.3333")),
    ("1 000:15", None),
    ("1 234,25", Decimal("1234.2500")),
    ("450", Decimal("450.0000")),
    ("-7,25", Decimal("-7.2500")),
    ("37:30", Decimal("37.5000")),
    ("7:30:18", Decimal("7.5050")),
    ("–0:30", Decimal("-0.5000")),
    ("3,3000000000000003", Decimal("3.3000")),
    ("7,333333333333333", Decimal("7.3333")),
    ("7:75", None),
    ("7:3", None),
    (":30", None),
    ("7.5", None),
    ("7,12345", None),
    ("8 %", None),
]


def test_hours_are_read_with_a_decimal_mark_or_a_colon(tmp_path: Path) -> None:
    landing = Landing(tmp_path, source_table({**COLUMNS, "tid": ("hours", {})}))
    outcome = landing.load_one(
        "\n".join([f"{HEADER};tid", *(f"{ROW};{text}" for text, _ in HOURS), ""])
    )
    read = dict(landing.query("select _row_number, tid from prov.betalning"))
    said = {problem.row: problem.message for problem in outcome.problems}
    for row, (written, landed) in enumerate(HOURS, 2):
        assert read.get(row) == landed, written
        if landed is None:
            assert ("hours:minutes" in said[row]) == (written not in ("7,12345", "8 %"))


@pytest.mark.parametrize(
    ("written", "landed"), [("Berättade om 18900101-9802", True), ("nej", True), (" - ", False)]
)
def test_of_a_free_text_only_whether_there_is_one_lands(
    tmp_path: Path, written: str, landed: bool
) -> None:
    table = source_table({**COLUMNS, "larde": ("boolean", {"presence": "free text"})})
    landing = Landing(tmp_path, table)
    outcome = landing.load_one(f"{HEADER};larde\n{ROW};{written}\n")
    assert not outcome.problems
    assert landing.query("select larde from prov.betalning") == [(landed,)]


BAD_VALUES = [
    ("belopp", "kr", "letters (2 characters)", "type of the column"),
    ("belopp", "12.50", "not a number with decimal comma: shape 99.99", "type of the column"),
    ("belopp", "12,505", "more than 2 decimals: shape 99,999", "type of the column"),
    ("belopp", "1,23456789", "more than 2 decimals: shape 9,99999999", "type of the column"),
    ("belopp", "8 %", "a share in per cent of a column in sek: shape 9 %", "mend `unit`"),
    ("belopp", "#SAKNAS!", "error of a spreadsheet: shape #aaaaaa!", "mend the formula"),
    ("betalning_id", "#DIV/0!", "error of a spreadsheet: shape #aaa/9!", "mend the formula"),
    ("hinder", "#N/A", "error of a spreadsheet: shape #a/a", "mend the formula"),
    ("belopp", "1E3", "scientific notation", "type of the column"),
    ("belopp", "450 kr", "shape 999 aa", "type of the column"),
    ("belopp", "12 34", "shape 99 99", "type of the column"),
    ("belopp", "99999999999", "too large: digits (11)", "type of the column"),
    ("belopp", "", "missing", "drop `required`"),
    ("betalning_id", "-", "missing", "drop `required`"),
    ("antal", "3,7", "not a whole number: shape 9,9", "type of the column"),
    ("antal", "30.000", "not a whole number: shape 99.999", "type of the column"),
    ("antal", "99999999999", "too large: digits (11)", "type of the column"),
    ("klar", "kanske", "letters (6 characters)", "type of the column"),
    (
        "datum",
        "2024-02-30",
        "not a day of the calendar since 1800 written %Y-%m-%d: shape 9999-99-99",
        "type of the column",
    ),
    ("datum", "2024-02-10 14:30:00", "shape 9999-99-99 99:99:99", "type of the column"),
    ("datum", "24-02-10", "shape 99-99-99", "type of the column"),
    ("manad", "20241", "digits (5)", "type of the column"),
    ("manad", "", "missing", "drop `required`"),
    ("manad", "202402", "outside the months of the file", "rename the file"),
    ("hinder", "999", "unknown code: digits (3)", "add the code"),
    ("pnr", "1,91212E+11", "scientific notation", "without opening the file in a spreadsheet"),
]


def test_a_bad_value_quarantines_its_row_and_says_where_what_and_how_to_mend_it(
    tmp_path: Path,
) -> None:
    landing = Landing(tmp_path)
    rows = [_row(**{header: written}) for header, written, *_ in BAD_VALUES]
    outcome = landing.load_one("\n".join([HEADER, ROW, *rows, ""]))
    assert (outcome.rows_loaded, outcome.rows_quarantined) == (1, len(BAD_VALUES))
    logged = {
        (row, column): reason
        for row, column, reason in landing.query(
            "select row_number, column_name, reason from log.quarantined_row"
        )
    }
    assert len(outcome.problems) == len(logged) == len(BAD_VALUES)
    for problem, (header, written, said, fix) in zip(outcome.problems, BAD_VALUES, strict=True):
        row = BAD_VALUES.index((header, written, said, fix)) + 3
        column = {"Kön": "kon"}.get(header, header)
        assert (problem.row, problem.column) == (row, column)
        for part in (NAME, f"row {row}", f"column {column}", said):
            assert part in problem.message
        assert fix in problem.fix
        assert said in logged[row, column]
        if any(sign.isdigit() or sign.isalpha() for sign in written) and len(written) > 2:
            shown = problem.message.replace(NAME, "").replace(f"row {row}", "")
            assert written not in shown + logged[row, column]


def test_what_is_said_of_a_value_never_contradicts_itself(tmp_path: Path) -> None:
    """Nothing is called what it is said not to be: a number, a whole number, so many digits."""
    written = [
        *("1,5", "1,25", "1,255", "1.255", "12", "-", ",", "-,", "1,", ",5", "1e3", "1 2", "12 %"),
        *("99999999999999999999", "0,1234567890123456789", "1.5", "1,5 kr", "--1", "-1,255", "½"),
        *("2024-13-01", "202413", "20240101", "7:30", "0,1,2", "1 234,555", "１２", "NaN", "inf"),
    ]
    columns = {
        name: (kind, {})
        for name, kind in (
            ("belopp", "decimal(6,2)"), ("antal", "integer"), ("tid", "hours"), ("dag", "date"),
        )
    }  # fmt: skip
    table = source_table(
        {"rad": ("varchar", {}), **columns}, key=["rad"], period_column=None, encoding="utf-8"
    )
    landing = Landing(tmp_path, table)
    rows = [";".join([str(row), *[text] * len(columns)]) for row, text in enumerate(written)]
    landing.load_one("\n".join([";".join(["rad", *columns]), *rows, ""]))
    for reason, column in landing.query("select reason, column_name from log.quarantined_row"):
        fault, _, shape = reason.partition(": ")
        if fault.startswith("not a whole number"):
            assert not shape.startswith("digits"), reason
        if fault.startswith("not a number"):
            assert not re.fullmatch(r"digits .*|shape -?9+(,9*)?", shape), (reason, column)
        if fault.startswith("more than"):
            assert re.fullmatch(r"shape -?[9 ]*,9+", shape), reason


def test_a_reason_shows_no_digit_or_letter_of_the_value(tmp_path: Path) -> None:
    landing = Landing(tmp_path)
    row = _row(datum="18900101-9802", antal="Åsa 7 \x1b")
    outcome = landing.load_one(f"{HEADER}\n{row}\n")
    reasons = {problem.column: problem.message for problem in outcome.problems}
    assert reasons["datum"].endswith("shape 99999999-9999")
    assert reasons["antal"].endswith("shape aaa 9 ?")


def test_several_date_formats_are_tried_in_order(tmp_path: Path) -> None:
    landing = Landing(tmp_path, source_table(dates=["%Y%m%d", "%Y-%m-%dT%H:%M:%S"]))
    landing.load_one(f"{HEADER}\n{_row(datum='20240131')}\n{_row(datum='2024-01-30T23:59:59')}\n")
    assert landing.query("select datum from prov.betalning order by 1") == [
        (date(2024, 1, 30),),
        (date(2024, 1, 31),),
    ]


def test_a_column_that_never_lands_is_not_in_the_raw_file(tmp_path: Path) -> None:
    landing = Landing(tmp_path)
    landing.load_one(f"{HEADER}\n{_row(namn='Hemligt Namn')}\n")
    columns = {name for (name, *_) in landing.query("describe prov.betalning")}
    assert "namn" not in columns
    assert "pnr" not in columns
    assert b"Hemligt" not in landing.raw_file.read_bytes()
    assert b"9802" not in landing.raw_file.read_bytes()


def _workbook_landing(tmp_path: Path, columns: dict[str, tuple[str, dict[str, Any]]]) -> Landing:
    table = source_table(
        columns, files="b_{area}.xlsx", format="xlsx", key=["rad"], period_column=None
    )
    return Landing(tmp_path, table)


SHEET: dict[str, tuple[str, dict[str, Any]]] = {
    "rad": ("varchar", {"required": True}),
    "andel": ("decimal(6,2)", {}),
    "belopp": ("decimal(12,2)", {"unit": "sek"}),
    "tid": ("hours", {}),
    "antal": ("integer", {}),
    "text": ("varchar", {}),
}


def test_a_cell_is_read_as_what_excel_shows(tmp_path: Path) -> None:
    landing = _workbook_landing(tmp_path, SHEET)
    with xlsxwriter.Workbook(landing.put(b"", "b_2080.xlsx")) as book:
        cells = {
            kind: book.add_format({"num_format": kind})
            for kind in ("0 %", "0.00%", '0" %"', "[h]:mm", "hh:mm:ss")
        }
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, list(SHEET))
        sheet.write_row(1, 0, ["1", 0.08, 3.3000000000000003, 1.5625, 30.0, 7])
        sheet.write_number(1, 1, 0.08, cells["0 %"])
        sheet.write_number(1, 3, 1.5625, cells["[h]:mm"])
        sheet.write_row(2, 0, ["2", 0.0725, -0.30000000000000004, 0.302, 2.9999999999999996])
        sheet.write_number(2, 1, 0.0725, cells["0.00%"])
        sheet.write_number(2, 3, 0.3125 + 18 / 86400, cells["hh:mm:ss"])
        sheet.write_row(3, 0, ["3", 8])
        sheet.write_number(3, 1, 8, cells['0" %"'])  # a sign that is only written behind
    (outcome,) = landing.load()
    assert outcome.problems == ()
    assert landing.query("select andel, belopp, tid, antal from prov.betalning order by rad") == [
        (Decimal("8.00"), Decimal("3.30"), Decimal("37.5000"), 30),
        (Decimal("7.25"), Decimal("-0.30"), Decimal("7.5050"), 3),
        (Decimal("8.00"), None, None, None),
    ]


def test_what_a_sheet_has_instead_of_a_value_is_named(tmp_path: Path) -> None:
    landing = _workbook_landing(tmp_path, SHEET)
    with xlsxwriter.Workbook(landing.put(b"", "b_2080.xlsx")) as book:
        per_cent = book.add_format({"num_format": "0%"})
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, list(SHEET))
        for row in (1, 2, 3, 4):
            sheet.write_row(row, 0, [str(row)])
        sheet.write_formula(1, 2, "=1/0", None, "#DIV/0!")
        sheet.write_formula(2, 4, "=A1*2", None, "")
        sheet.write_formula(2, 5, "=A1", None, "")
        sheet.write_number(3, 2, 0.08, per_cent)
        sheet.write_formula(4, 4, "=1+1", None, 2)
    (outcome,) = landing.load()
    assert [(each.row, each.column) for each in outcome.problems] == [
        (2, "belopp"), (3, "antal"), (3, "text"), (4, "belopp"),
    ]  # fmt: skip
    error, formula, text, share = outcome.problems
    assert "error of a spreadsheet" in error.message
    assert "formula that was never computed" in formula.message
    assert "open the workbook in Excel" in formula.fix
    assert "formula that was never computed" in text.message
    assert "a share in per cent of a column in sek" in share.message
    assert landing.query("select antal from prov.betalning") == [(2,)]


def test_numbers_of_json_are_numbers_however_they_are_written(tmp_path: Path) -> None:
    table = source_table(
        {name: SHEET[name] for name in ("rad", "belopp", "tid", "antal")},
        files="b_{area}.json",
        format="json",
        encoding="utf-8",
        key=["rad"],
        period_column=None,
    )
    landing = Landing(tmp_path, table)
    rows = [
        '{"rad": 1.0, "belopp": 3.3000000000000003, "tid": "37:30", "antal": 30.0}',
        '{"rad": 12345678901234567890123, "belopp": "− 1\\u202f234,50", "tid": 7.5, "antal": 3e1}',
        '{"rad": "2", "belopp": 1e3, "tid": "7:30", "antal": "30.0"}',
    ]
    outcome = landing.load_one(f"[{', '.join(rows)}]", "b_2080.json")
    assert outcome.problems == ()
    assert landing.query(
        "select * exclude (_delivery_id, _row_number, _area_code, _period_month) "
        "from prov.betalning order by _row_number"
    ) == [
        ("1", Decimal("3.30"), Decimal("37.5000"), 30),
        ("12345678901234567890123", Decimal("-1234.50"), Decimal("7.5000"), 30),
        ("2", Decimal("1000.00"), Decimal("7.5000"), 30),
    ]


SPELL: dict[str, tuple[str, dict[str, Any]]] = {
    "rad": ("varchar", {}),
    "kod": ("varchar", {"header": "vem", "axis": "sex", "codes": {"F1": "women", "P1": "men"}}),
    "alder": (
        "varchar",
        {"header": "vem", "axis": "obstacle", "codes": {"F1": "021", "P1": "022"}},
    ),
    "fran": ("date", {}),
    "till": ("date", {"ends": "fran"}),
    "alder_ar": ("integer", {"suffixes": ["år", "+ år"]}),
}


@pytest.mark.parametrize("exclusive", [False, True])
def test_a_spell_that_ends_before_it_begins_is_none(tmp_path: Path, exclusive: bool) -> None:
    columns = {**SPELL, "till": ("date", {"ends": "fran", "exclusive": exclusive})}
    landing = Landing(tmp_path, source_table(columns, key=["rad"], period_column=None))
    outcome = landing.load_one(
        "rad;vem;fran;till;alder_ar\n"
        "1;F1;2024-01-10;2024-01-20;0 år\n"
        "2;P1;2024-01-10;;100+ år\n"
        "3;F1;2024-01-10;2024-01-10;7\n"
        "4;F1;2024-01-10;2024-01-09;7\n"
    )
    assert {problem.row for problem in outcome.problems} == ({4, 5} if exclusive else {5})
    assert "column till: ends before it begins: shape 9999-99-99" in outcome.problems[0].message
    last = 19 if exclusive else 20
    assert landing.query(
        "select kod, alder, till, alder_ar from prov.betalning where rad in ('1', '2') order by rad"
    ) == [("F1", "F1", date(2024, 1, last), 0), ("P1", "P1", None, 100)]


def test_a_header_feeds_several_axes_but_no_two_values() -> None:
    with pytest.raises(ContractError, match="two columns have the header vem"):
        source_table(
            {**SPELL, "mer": ("varchar", {"header": "vem"})}, key=["rad"], period_column=None
        )


@settings(
    max_examples=3, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.lists(
        st.tuples(
            st.decimals(-(10**9), 10**9, places=2),
            st.sampled_from("-−–‐"),
            st.sampled_from([" ", "\u00a0", "\u202f", "\u2009", ""]),
        ),
        min_size=30,
        max_size=60,
    )
)
def test_a_number_is_itself_whatever_its_dash_and_space(
    tmp_path_factory: pytest.TempPathFactory, numbers: list[tuple[Decimal, str, str]]
) -> None:
    folder = tmp_path_factory.mktemp("numbers")
    columns = {name: SHEET[name] for name in ("rad", "belopp")}
    landing = Landing(
        folder, source_table(columns, key=["rad"], period_column=None, encoding="utf-8")
    )
    written = [
        f"{number:,}".replace(",", space).replace(".", ",").replace("-", dash)
        for number, dash, space in numbers
    ]
    rows = [f"{row};{text}" for row, text in enumerate(written)]
    landing.load_one("\n".join(["rad;belopp", *rows, ""]))
    assert [
        number
        for (number,) in landing.query("select belopp from prov.betalning order by _row_number")
    ] == [number for number, _, _ in numbers]
