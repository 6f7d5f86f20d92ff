"""What a value must look like to land, and what is said of one that does not."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from loading_support import COLUMNS, HEADER, NAME, ROW, Landing, source_table

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


@pytest.mark.parametrize(
    ("column", "written", "landed"),
    [
        ("belopp", "-1", Decimal("-1.00")),
        ("belopp", "1 234 567,8", Decimal("1234567.80")),
        ("belopp", "1\u00a0234,50", Decimal("1234.50")),
        ("belopp", " 12 ", Decimal("12.00")),
        ("belopp", "0,29", Decimal("0.29")),
        ("antal", "-", None),
        ("antal", "\u00a0", None),
        ("antal", "1 000", 1000),
        ("klar", "NEJ", False),
        ("klar", "1", True),
        ("klar", "j", True),
        ("datum", "-", None),
        ("manad", "2024-01", date(2024, 1, 1)),
        ("manad", "2024M01", date(2024, 1, 1)),
        ("manad", "2024-01-31", date(2024, 1, 1)),
    ],
)
def test_a_value_of_the_right_form_lands(
    tmp_path: Path, column: str, written: str, landed: object
) -> None:
    landing = Landing(tmp_path)
    outcome = landing.load_one(f"{HEADER}\n{_row(**{column: written})}\n")
    assert outcome.problems == ()
    assert landing.query(f"select {column} from prov.betalning") == [(landed,)]


@pytest.mark.parametrize(
    ("written", "landed"),
    [
        ("7,5", Decimal("7.5000")),
        ("7:30", Decimal("7.5000")),
        ("0:20", Decimal("0.3333")),
        ("1 000:15", None),
        ("1 234,25", Decimal("1234.2500")),
        ("450", Decimal("450.0000")),
        ("-7,25", Decimal("-7.2500")),
        ("7:75", None),
        ("7:3", None),
        (":30", None),
        ("7.5", None),
        ("7,12345", None),
    ],
)
def test_hours_are_read_with_a_decimal_mark_or_a_colon(
    tmp_path: Path, written: str, landed: Decimal | None
) -> None:
    table = source_table({**COLUMNS, "tid": ("hours", {})})
    landing = Landing(tmp_path, table)
    outcome = landing.load_one(f"{HEADER};tid\n{ROW};{written}\n")
    if landed is None:
        (problem,) = outcome.problems
        assert problem.column == "tid"
        assert "hours:minutes" in problem.message
    else:
        assert landing.query("select tid from prov.betalning") == [(landed,)]


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
    ("belopp", "12.50", "number with decimal point", "type of the column"),
    ("belopp", "12,505", "number with decimal comma", "type of the column"),
    ("belopp", "1E3", "scientific notation", "type of the column"),
    ("belopp", "450 kr", "shape 999 aa", "type of the column"),
    ("belopp", "12 34", "shape 99 99", "type of the column"),
    ("belopp", "99999999999", "digits (11)", "type of the column"),
    ("belopp", "", "missing", "drop `required`"),
    ("betalning_id", "-", "missing", "drop `required`"),
    ("antal", "3,7", "number with decimal comma", "type of the column"),
    ("antal", "99999999999", "digits (11)", "type of the column"),
    ("klar", "kanske", "letters (6 characters)", "type of the column"),
    ("datum", "2024-02-30", "shape 9999-99-99", "type of the column"),
    ("datum", "24-02-10", "shape 99-99-99", "type of the column"),
    ("manad", "20241", "digits (5)", "type of the column"),
    ("manad", "", "missing", "drop `required`"),
    ("manad", "202402", "outside the months of the file", "rename the file"),
    ("Kön", "Okänd", "unknown code: letters (5 characters)", "add the code"),
    ("hinder", "999", "unknown code: digits (3)", "add the code"),
    ("pnr", "1,91212E+11", "scientific notation", "without opening the file in a spreadsheet"),
]


@pytest.mark.parametrize(("header", "written", "said", "fix"), BAD_VALUES)
def test_a_bad_value_quarantines_its_row_and_says_where_what_and_how_to_mend_it(
    tmp_path: Path, header: str, written: str, said: str, fix: str
) -> None:
    landing = Landing(tmp_path)
    outcome = landing.load_one(f"{HEADER}\n{ROW}\n{_row(**{header: written})}\n")
    column = {"Kön": "kon"}.get(header, header)
    assert (outcome.rows_in_file, outcome.rows_loaded, outcome.rows_quarantined) == (2, 1, 1)
    (problem,) = outcome.problems
    assert (problem.row, problem.column) == (3, column)
    for part in ("betalning_2080_202401_20240205.csv", "row 3", f"column {column}", said):
        assert part in problem.message
    assert fix in problem.fix
    ((row_number, column_name, reason),) = landing.query(
        "select row_number, column_name, reason from log.quarantined_row"
    )
    assert (row_number, column_name) == (3, column)
    assert said in reason
    if any(sign.isdigit() or sign.isalpha() for sign in written) and len(written) > 2:
        assert written not in problem.message.replace(NAME, "") + reason


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
