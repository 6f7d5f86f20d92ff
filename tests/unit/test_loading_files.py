"""Files of every format and their ills: what is read, what is quarantined, what is refused."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from loading_support import HEADER, NAME, ROW, Landing, source_table

if TYPE_CHECKING:
    from pathlib import Path

FEW: dict[str, tuple[str, dict[str, Any]]] = {
    "betalning_id": ("varchar", {"required": True}),
    "manad": ("month", {}),
    "belopp": ("decimal(12,2)", {}),
}
FEW_HEADER = "betalning_id;manad;belopp"


def _few(tmp_path: Path, **load: Any) -> Landing:
    return Landing(tmp_path, source_table(FEW, **load))


def _ids(landing: Landing) -> list[Any]:
    return [
        row
        for (row,) in landing.query("select betalning_id from prov.betalning order by _row_number")
    ]


def test_cp1252_is_read_to_the_euro_sign(tmp_path: Path) -> None:
    landing = _few(tmp_path)
    assert landing.load_one(f"{FEW_HEADER}\n€ – å;202401;1\n").rows_loaded == 1
    assert _ids(landing) == ["€ – å"]


def test_columns_are_found_by_name_and_undeclared_ones_only_counted(tmp_path: Path) -> None:
    landing = _few(tmp_path)
    header = "belopp;18900101-9802;manad; betalning_id "
    outcome = landing.load_one(f"{header}\n7,5;hemligt;202401;B1\n")
    assert landing.query("select betalning_id, belopp from prov.betalning") == [
        ("B1", Decimal("7.50"))
    ]
    assert outcome.undeclared_columns == 1
    assert "9802" not in repr(outcome)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_a_byte_order_mark_belongs_to_no_column_name(tmp_path: Path, encoding: str) -> None:
    landing = _few(tmp_path, encoding=encoding)
    content = f"{FEW_HEADER}\r\nå;202401;1\r\n".encode()
    assert landing.load_one(b"\xef\xbb\xbf" + content).rows_loaded == 1
    assert landing.load_one(content, NAME.replace("0205", "0206")).rows_loaded == 1
    assert _ids(landing) == ["å", "å"]


def test_some_may_send_utf8_where_others_do_not(tmp_path: Path) -> None:
    """The bytes tell: å of cp1252 is no letter of UTF-8, and one in ASCII alone is both."""
    landing = _few(tmp_path, or_utf8=True)
    for area, text, encoding in (
        ("2080", "å", "cp1252"),
        ("2081", "ä", "utf-8"),
        ("2082", "ö", "utf-8-sig"),
        ("2083", "o", "ascii"),
    ):
        content = f"{FEW_HEADER}\n{text};202401;1\n".encode(encoding)
        assert landing.load_one(content, NAME.replace("2080", area)).rows_loaded == 1
    assert set(_ids(landing)) == {"å", "ä", "ö", "o"}


REFUSED = [
    ("empty", b"", {}, "the file is empty", "export the file again"),
    ("utf-16", FEW_HEADER.encode("utf-16"), {}, "UTF-16", "as UTF-8"),
    ("nul", b"betalning_id;manad;belopp\nB\0;202401;1\n", {}, "NUL byte in line 2", "as UTF-8"),
    ("byte", b"betalning_id;manad;belopp\n\x81;;\n", {}, "offset 26, line 2", "`encoding`"),
    (
        "byte after a mark",
        b"\xef\xbb\xbfbetalning_id\r\n\xe5",
        {"encoding": "utf-8"},
        "offset 17, line 2",
        "`encoding`",
    ),
    ("utf-8", f"{FEW_HEADER}\nå;202401;1".encode(), {}, "the file is UTF-8", "encoding: utf-8"),
    (
        "cp1252 as latin-1",
        f"{FEW_HEADER}\nå€;202401;1".encode("cp1252"),
        {"encoding": "latin-1"},
        "line 2",
        "encoding: cp1252",
    ),
    ("no column", b"betalning_id;belopp\nB1;1\n", {}, "missing: manad", "header"),
    ("twice", b"betalning_id;manad;belopp;manad\n", {}, "more than once: manad", "header"),
    ("delimiter", b"betalning_id,manad,belopp\n", {}, "column missing", "delimiter"),
    ("header", b'"betalning_id;manad;belopp\nB1;202401;1\n', {}, "header in line 1", "header_row"),
    ("titles only", b"Betalningar\n", {"header_row": 3}, "column missing", "header_row"),
    ("long line", b"betalning_id;manad;belopp\n" + b"x" * 3_000_000, {}, "2 MB", "one row"),
]


@pytest.mark.parametrize(
    ("content", "load", "said", "fix"), [case[1:] for case in REFUSED], ids=[c[0] for c in REFUSED]
)
def test_a_file_that_cannot_be_read_is_refused_and_says_why_and_how_to_mend_it(
    tmp_path: Path, content: bytes, load: dict[str, Any], said: str, fix: str
) -> None:
    landing = _few(tmp_path, **load)
    outcome = landing.load_one(content)
    assert outcome.status == "refused"
    assert said in (outcome.reason or "")
    (problem,) = outcome.problems
    assert problem.message.startswith(NAME)
    assert fix in problem.fix
    assert landing.query("select count(*) from prov.betalning") == [(0,)]
    assert landing.query("select status, reason from log.delivery") == [("refused", outcome.reason)]


def test_a_day_in_the_file_name_that_no_calendar_has_refuses_the_file(tmp_path: Path) -> None:
    landing = _few(tmp_path)
    outcome = landing.load_one(f"{FEW_HEADER}\n", "betalning_2080_202401_20241399.csv")
    assert (outcome.status, outcome.problems[0].fix) == ("refused", "rename the file")


def test_broken_rows_are_quarantined_with_their_line_and_the_others_load(tmp_path: Path) -> None:
    landing = _few(tmp_path)
    outcome = landing.load_one(
        f"{FEW_HEADER}\n"
        "B1;202401;1\n"
        "\n"
        "B2;202401\n"
        "B3;202401;3;4\n"
        'B4;"202401;4\n'
        "B5;202401;5\n"
        '"B6 ""six""\nsecond; line";202401;6\n'
        ";;\n"
        'B7;2024"01;7\n'
        "B8;202401;8"
    )
    assert _ids(landing) == ["B1", "B5", 'B6 "six"\nsecond; line', "B8"]
    assert {problem.row: problem.message.split(": ", 1)[1] for problem in outcome.problems} == {
        4: "wrong number of fields: 2 where the header has 3",
        5: "wrong number of fields: 4 where the header has 3",
        6: "quotation mark out of place",
        11: "quotation mark out of place",
    }
    numbers = landing.query("select _row_number from prov.betalning order by 1")
    assert numbers == [(2,), (7,), (8,), (12,)]
    assert (outcome.rows_in_file, outcome.rows_loaded, outcome.rows_quarantined) == (8, 4, 4)
    assert landing.query("select distinct column_name from log.quarantined_row") == [(None,)]


def test_titles_and_footer_are_no_rows(tmp_path: Path) -> None:
    landing = _few(tmp_path, header_row=3, footer="Summa")
    outcome = landing.load_one(
        f'Betalningar "januari\n\n{FEW_HEADER}\nB1;202401;1\nSumma;;1\nKälla: vi\n'
    )
    assert (outcome.rows_in_file, outcome.rows_loaded) == (1, 1)
    assert landing.query("select _row_number from prov.betalning") == [(4,)]


def test_the_period_of_the_file_stands_in_a_header(tmp_path: Path) -> None:
    columns = {"region": ("varchar", {}), "antal": ("integer", {"header": "X{period}"})}
    table = source_table(
        columns, files="betalning_{period}.csv", key=["region"], period_column=None
    )
    landing = Landing(tmp_path, table)
    assert landing.load_one("region;X2019\nFalun;5\n", "betalning_2019.csv").rows_loaded == 1
    assert landing.query("select antal, _period_month from prov.betalning") == [
        (5, date(2019, 1, 1))
    ]
    assert landing.query("select count(*), min(month), max(month) from log.delivery_month") == [
        (12, date(2019, 1, 1), date(2019, 12, 1))
    ]


def test_a_workbook_is_read_below_its_title_with_numbers_and_dates_as_text(tmp_path: Path) -> None:
    columns = {**FEW, "datum": ("date", {}), "antal": ("varchar", {}), "klar": ("boolean", {})}
    table = source_table(
        columns,
        files="betalning_{area}_{period}_{received}.xlsx",
        format="xlsx",
        sheet="Tabell",
        header_row=2,
        footer="Summa",
        dates=["%Y%m%d"],
    )
    landing = Landing(tmp_path, table)
    name = NAME.replace("csv", "xlsx")
    file = landing.put(b"", name)
    with xlsxwriter.Workbook(file) as book:
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        book.add_worksheet("Om")
        sheet = book.add_worksheet("Tabell")
        sheet.write_row(0, 0, ["Betalningar"])
        sheet.write_row(1, 0, ["betalning_id", "manad", "belopp", "datum", "antal", "klar", "x"])
        sheet.write_row(2, 0, ["B\n1", 202401, 12.5])
        sheet.write_datetime(2, 3, date(2024, 1, 31), day)
        sheet.write_row(2, 4, [3914.0, True])
        sheet.write_row(4, 0, ["B2", "2024-01", 1.005, "20240130", "x\u00a0y", "nej"])
        sheet.write_row(5, 0, ["Summa", "", 13.5])
    outcome = landing.load()[0]
    assert (outcome.rows_in_file, outcome.rows_quarantined, outcome.undeclared_columns) == (2, 1, 1)
    assert outcome.problems[0].row == 5
    assert landing.query(
        "select betalning_id, belopp, datum, antal, klar, _row_number from prov.betalning"
    ) == [("B 1", Decimal("12.50"), date(2024, 1, 31), "3914", True, 3)]


@pytest.mark.parametrize(
    ("sheet", "content", "said"),
    [("Annan", None, "no sheet Annan"), (None, b"PK-not", "not an xl")],
)
def test_a_workbook_that_is_none_or_lacks_its_sheet_is_refused(
    tmp_path: Path, sheet: str | None, content: bytes | None, said: str
) -> None:
    table = source_table(FEW, files="b_{area}_{period}.xlsx", format="xlsx", sheet=sheet)
    landing = Landing(tmp_path, table)
    file = landing.put(content or b"", "b_2080_202401.xlsx")
    if content is None:
        with xlsxwriter.Workbook(file) as book:
            book.add_worksheet("Tabell")
    assert said in (landing.load()[0].reason or "")


def _json_landing(tmp_path: Path, **load: Any) -> Landing:
    block = {"records": ["arenden", "betalningar"], "encoding": "utf-8", **load}
    table = source_table(FEW, files="b_{area}_{period}.json", format="json", **block)
    return Landing(tmp_path, table)


def test_nested_json_gives_each_record_the_fields_around_it(tmp_path: Path) -> None:
    landing = _json_landing(tmp_path)
    document = {
        "system": "x",
        "arenden": [
            {"manad": "2024-01", "betalningar": [{"betalning_id": "B1", "belopp": 12.5}]},
            {"manad": "2024-01", "betalningar": []},
            {"manad": "2024-01", "betalningar": [{"betalning_id": 2, "belopp": "7,25"}, 5]},
            {"manad": "2024-01"},
        ],
    }
    outcome = landing.load_one(json.dumps(document), "b_2080_202401.json")
    assert landing.query("select betalning_id, manad, belopp from prov.betalning") == [
        ("B1", date(2024, 1, 1), Decimal("12.50")),
        ("2", date(2024, 1, 1), Decimal("7.25")),
    ]
    assert (outcome.rows_in_file, outcome.undeclared_columns) == (4, 1)
    assert [(problem.row, problem.message.split(": ", 1)[1]) for problem in outcome.problems] == [
        (3, "record is not an object"),
        (4, "record without its array: betalningar"),
    ]


def test_a_field_may_have_the_name_of_the_array_around_it(tmp_path: Path) -> None:
    landing = _json_landing(tmp_path, records=["belopp"])
    rows = [{"betalning_id": f"B{n}", "manad": "2024-01", "belopp": n} for n in (1, 2)]
    outcome = landing.load_one(json.dumps({"belopp": rows}), "b_2080_202401.json")
    assert (outcome.rows_loaded, outcome.undeclared_columns) == (2, 0)
    assert landing.query("select belopp from prov.betalning") == [(Decimal(1),), (Decimal(2),)]


def test_a_long_text_around_an_array_refuses_the_file(tmp_path: Path) -> None:
    landing = _json_landing(tmp_path, records=["betalningar"])
    document = {"manad": "x" * 1001, "betalningar": [{"betalning_id": "B1", "belopp": 1}]}
    outcome = landing.load_one(json.dumps(document), "b_2080_202401.json")
    assert outcome.status == "refused"
    assert "column manad: a text of 1001 characters" in (outcome.reason or "")


def test_json_may_be_an_array_of_records(tmp_path: Path) -> None:
    landing = _json_landing(tmp_path, records=[])
    rows = [{"betalning_id": "B1", "manad": "202401", "belopp": 1}]
    assert landing.load_one(json.dumps(rows), "b_2080_202401.json").rows_loaded == 1


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"arenden": [', "line 1, column 14"),
        ('{"arenden": {"a": 1}}', "no array"),
        ('{"annat": []}', "no array"),
        ('{"arenden": [{"betalningar": [{"manad": "1890-9802"}]}]}', "missing: betalning_id"),
        ("[" * 100_000, "not JSON"),
    ],
)
def test_json_of_another_build_is_refused_without_quoting_it(
    tmp_path: Path, text: str, said: str
) -> None:
    landing = _json_landing(tmp_path)
    outcome = landing.load_one(text, "b_2080_202401.json")
    assert outcome.status == "refused"
    assert said in (outcome.reason or "") or "nested too deeply" in (outcome.reason or "")
    assert "9802" not in repr(outcome)


def test_an_array_without_records_loads_nothing(tmp_path: Path) -> None:
    landing = _json_landing(tmp_path)
    outcome = landing.load_one('{"arenden": []}', "b_2080_202401.json")
    assert (outcome.status, outcome.rows_in_file) == ("loaded", 0)


CELL = st.text(
    alphabet=st.sampled_from(list('ab19;"\n\r ,-.\u00a0€å')) | st.characters(codec="cp1252"),
    max_size=6,
)


@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    lines=st.lists(st.lists(CELL, min_size=1, max_size=5).map(";".join), max_size=8),
    good=st.integers(min_value=0, max_value=3),
)
def test_rows_in_the_file_are_loaded_or_quarantined(
    tmp_path_factory: pytest.TempPathFactory, lines: list[str], good: int
) -> None:
    landing = _few(tmp_path_factory.mktemp("table"))
    rows = [*lines, *["B1;202401;1"] * good]
    text = "\n".join([FEW_HEADER, *rows]).replace("\0", " ")
    outcome = landing.load_one(text)
    if outcome.status == "refused":
        return
    ((loaded, quarantined),) = landing.query(
        "select (select count(*) from prov.betalning), "
        "(select count(distinct row_number) from log.quarantined_row)"
    )
    assert (outcome.rows_loaded, outcome.rows_quarantined) == (loaded, quarantined)
    assert outcome.rows_in_file == loaded + quarantined
    assert loaded >= (good if '"' not in text else 0)
    assert landing.query("select rows_in_file from log.delivery") == [(outcome.rows_in_file,)]


def test_the_example_row_of_these_tests_is_whole(tmp_path: Path) -> None:
    assert Landing(tmp_path).load_one(f"{HEADER}\n{ROW}").rows_quarantined == 0
