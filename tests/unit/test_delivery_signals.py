"""What a delivery says of itself: signals, their limits, names, and what is known since when.

The cases are those of public bug reports: exports cut off, subtotals, one area's as another's.
"""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st
from loading_support import AREAS, COLUMNS, NAME, NOW, PARTICIPANTS, Landing, source_table

from orchestration.loading import ContractError, transcoding

if TYPE_CHECKING:
    from pathlib import Path

FEW: dict[str, tuple[str, dict[str, Any]]] = {
    "betalning_id": ("varchar", {"required": True}),
    "manad": ("month", {}),
    "belopp": ("decimal(12,2)", {}),
}
HEADER = "betalning_id;manad;belopp"
KEY: dict[str, Any] = {"key": ["betalning_id"]}
NEXT = NAME.replace("20240205", "20240212")
NEXT_MONTH = NAME.replace("202401_", "202402_").replace("20240205", "20240301")
FEMALE, MALE = "189001019802", "189001029819"
"""Published test numbers of Skatteverket."""


def _text(ids: range | list[str], end: str = "\n") -> str:
    return "\n".join([HEADER, *(f"B{number};202401;1" for number in ids)]) + end


def _few(tmp_path: Path, **load: Any) -> Landing:
    return Landing(tmp_path, source_table(FEW, **{**KEY, **load}))


def _refusal(landing: Landing, content: str | bytes, name: str = NAME) -> str:
    """Load one file and return why it is refused, "" where it is not."""
    outcome = landing.load_one(content, name)
    assert (outcome.status == "refused") == (outcome.rows_loaded == 0)
    return outcome.reason or ""


def _signals(landing: Landing) -> dict[str, tuple[float, float | None, bool]]:
    """Return the signals of the newest delivery in the log."""
    rows = landing.query(
        "select signal, value, upper_limit, is_over from log.delivery_signal "
        "where delivery_id = (select max(delivery_id) from log.delivery)"
    )
    return {
        name: (float(value), None if limit is None else float(limit), is_over)
        for name, value, limit, is_over in rows
    }


# Counted twice


@given(
    text=st.text(alphabet="ab\n", max_size=60),
    chunks=st.lists(st.integers(min_value=1, max_value=20), min_size=1, max_size=10),
    longest=st.integers(min_value=1, max_value=8),
)
def test_lines_are_counted_by_their_ends_however_the_file_is_cut_into_chunks(
    text: str, chunks: list[int], longest: int
) -> None:
    data, counted = text.encode(), transcoding._Lines()
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(transcoding, "LONGEST_LINE", longest)
        place = 0
        while place < len(data):
            size = chunks[place % len(chunks)]
            counted.count(data[place : place + size])
            place += size
    lines = text.split("\n")
    long_lines = [number for number, line in enumerate(lines, 1) if len(line) > longest]
    assert counted.ended == len(lines) - 1
    assert counted.open_length == len(lines[-1])
    assert counted.long_line == (long_lines[0] if long_lines else None)


@pytest.mark.parametrize("where", ["in the middle", "at the end"])
def test_a_line_too_long_for_the_engine_refuses_the_file_and_is_named(
    tmp_path: Path, where: str
) -> None:
    """At the end of a file DuckDB reads nothing of it, and says nothing."""
    after = _text(range(2)).removeprefix(HEADER) if where == "in the middle" else ""
    said = _refusal(_few(tmp_path), f"{_text(range(3))}{'x' * 33_000_000}{after}")
    assert "line 5 is longer than 2 MB" in said


def test_rows_are_as_many_as_the_lines_that_are_neither_header_nor_blank_nor_footer(
    tmp_path: Path,
) -> None:
    landing = _few(tmp_path, footer="Summa")
    outcome = landing.load_one(
        f'{HEADER}\n\nB1;202401;1\n;;\n"B2\nb";202401;1\nB3;202401;1\n\nSumma;;3\n\nKälla: vi\n\n'
    )
    assert (outcome.status, outcome.rows_in_file, outcome.rows_loaded) == ("loaded", 3, 3)


def test_a_line_that_the_engine_loses_refuses_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import duckdb

    from orchestration.loading import reading

    landing = _few(tmp_path)
    file = landing.put(_text(range(5)))
    load_lines = reading._load_lines

    def lose_one(connection: duckdb.DuckDBPyConnection, *arguments: Any) -> None:
        load_lines(connection, *arguments)
        connection.execute("delete from file_line where rowid = 3")

    monkeypatch.setattr(reading, "_load_lines", lose_one)
    with duckdb.connect() as connection:
        (seen,) = reading.read_texts(connection, landing.table, [(file, "202401")], tmp_path)
    assert "of 6 lines 5 could be read" in str(seen)


def _json_landing(tmp_path: Path, records: list[str]) -> Landing:
    table = source_table(
        FEW, files="b_{area}_{period}.json", format="json", encoding="utf-8", records=records
    )
    return Landing(tmp_path, table)


RECORD = {"betalning_id": "B1", "manad": "2024-01", "belopp": 1}


@pytest.mark.parametrize(
    ("records", "document", "said"),
    [
        (["betalningar"], [RECORD] * 3, "no array"),
        (["betalningar"], {"Betalningar": [RECORD]}, "no array"),
        (["betalningar"], {"svar": {"betalningar": [RECORD]}}, "no array"),
        (["a", "b"], {"a": [{"B": [RECORD]}, {"B": [RECORD]}]}, "no array"),
        (["a"], '{"a": [{"belopp": 1}], "a": []}', "more than once"),
    ],
)
def test_an_array_under_another_key_or_at_another_level_refuses_the_file(
    tmp_path: Path, records: list[str], document: object, said: str
) -> None:
    text = document if isinstance(document, str) else json.dumps(document)
    assert said in _refusal(_json_landing(tmp_path, records), text, "b_2080_202401.json")


def test_a_record_without_its_array_is_a_row_at_fault(tmp_path: Path) -> None:
    """`svar` spelt `Svar` in every other application hid half of the answers."""
    landing = _json_landing(tmp_path, ["a", "svar"])
    good, bad, empty = {"svar": [RECORD, RECORD]}, {"Svar": [RECORD, RECORD]}, {"svar": []}
    outcome = landing.load_one(json.dumps({"a": [good, bad, empty, good]}), "b_2080_202401.json")
    assert (outcome.rows_in_file, outcome.rows_loaded, outcome.rows_quarantined) == (5, 4, 1)
    assert "record without its array: svar" in outcome.problems[0].message


def test_a_cell_of_a_sheet_that_makes_too_long_a_row_refuses_the_file(tmp_path: Path) -> None:
    table = source_table(FEW, files="b_{area}_{period}.xlsx", format="xlsx")
    landing = Landing(tmp_path, table)
    file = landing.put(b"", "b_2080_202401.xlsx")
    with xlsxwriter.Workbook(file) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, list(FEW))
        sheet.write_row(1, 0, ["B1", "202401", 1])
        sheet.write_row(7, 0, ["x" * 32_767] * 70)
    (outcome,) = landing.load()
    assert outcome.status == "refused"
    assert "row 8 of the sheet is longer than 2 MB" in (outcome.reason or "")


# Shape of a file


def test_rows_after_the_footer_refuse_the_file(tmp_path: Path) -> None:
    landing = _few(tmp_path, footer="Summa")
    rows = "B1;202401;1\nB2;202401;1\nSumma;;2\nB3;202401;1\nB4;202401;1\nB5;202401;1\nSumma;;5\n"
    assert "3 rows stand after the footer Summa" in _refusal(landing, f"{HEADER}\n{rows}")
    assert _signals(landing)["rows_after_footer"] == (3, 0, True)
    landing.table = source_table(FEW, **KEY, footer="Summa", limits={"rows_after_footer": 3})
    assert landing.load()[0].rows_loaded == 2


def test_a_file_without_its_footer_has_been_cut_off(tmp_path: Path) -> None:
    landing = _few(tmp_path, footer="Summa")
    assert "the footer Summa is missing" in _refusal(landing, _text(range(24)))
    assert landing.load_one(f"{_text(range(24))}Summa;;24\n").rows_loaded == 24


@pytest.mark.parametrize("last", ["B9;2024", 'B9;202401;"1', "B9", "B9;202401;1 2"])
def test_a_file_that_ends_inside_its_last_row_has_been_cut_off(tmp_path: Path, last: str) -> None:
    landing = _few(tmp_path)
    assert "ends inside its last row" in _refusal(landing, f"{_text(range(30))}{last}")
    ended = landing.load_one(f"{_text(range(30))}{last}\n")
    assert (ended.rows_loaded, ended.rows_quarantined) == (30, 1)


def test_a_file_cut_inside_its_last_value_is_told_by_the_line_end_of_the_delivery_before(
    tmp_path: Path,
) -> None:
    """What is left of the value is one too; and many exports never have a line end."""
    landing = _few(tmp_path)
    third, later = (NEXT.replace("20240212", day) for day in ("20240213", "20240214"))
    assert landing.load_one(_text(range(3), end="")).rows_loaded == 3
    assert landing.load_one(_text(range(4), end=""), NEXT).rows_loaded == 4, "as before"
    assert landing.load_one(_text(range(3)), third).rows_loaded == 3
    assert "ends inside its last row" in _refusal(landing, _text(range(5), end=""), later)
    assert landing.load_one(_text(range(4)), later).rows_loaded == 4


def test_of_a_few_rows_the_last_one_at_fault_without_a_line_end_may_be_cut(tmp_path: Path) -> None:
    landing = _few(tmp_path, limits={"bad_row_share": 0.05})
    text = f"{_text(range(8))}B9;202401;1 2"
    assert "1 of 9 rows do not fit" in (said := _refusal(landing, text))
    assert "the file may have been cut off" in said
    assert "cut off" not in _refusal(landing, f"{text}\n")


def test_a_file_without_a_row_is_no_zero_unless_the_contract_says_so(tmp_path: Path) -> None:
    landing = _few(tmp_path, empty_means_nobody=False)
    assert "the file has no row" in _refusal(landing, f"{HEADER}\n")
    assert landing.query("select count(*) from log.delivery_month") == [(0,)]
    landing.table = source_table(FEW, **KEY, empty_means_nobody=True)
    assert landing.load()[0].status == "loaded"
    assert landing.query("select month from log.delivery_month") == [(date(2024, 1, 1),)]


def test_rows_with_one_key_and_other_content_are_all_quarantined_and_named(tmp_path: Path) -> None:
    landing = _few(tmp_path)
    outcome = landing.load_one(f"{HEADER}\nB1;202401;100\nB1;202401;250\nB2;202401;1\n")
    assert (outcome.rows_loaded, outcome.rows_quarantined) == (1, 2)
    assert [(problem.row, problem.column) for problem in outcome.problems] == [
        (2, "betalning_id"),
        (3, "betalning_id"),
    ]
    assert "the same key and says something else" in outcome.problems[0].message
    assert landing.query("select betalning_id from prov.betalning") == [("B2",)]


def test_rows_that_stand_there_twice_in_full_are_counted_and_have_a_limit(tmp_path: Path) -> None:
    landing = _few(tmp_path)
    text = f"{_text(range(8))}B0;202401;1\nB1;202401;1\n"
    assert landing.load_one(text).rows_loaded == 10
    assert _signals(landing)["equal_row_share"] == (0.2, 0.2, False)
    assert "stand there once more" in _refusal(landing, f"{text}B2;202401;1\n", NEXT)


def test_of_files_to_append_the_later_change_is_no_contradiction(tmp_path: Path) -> None:
    columns = {**FEW, "andrad": ("date", {})}
    table = source_table(columns, **KEY, delivery="append", period_column="andrad")
    landing = Landing(tmp_path, table)
    rows = ("B1;202401;1;2024-01-05", "B1;202401;2;2024-01-09", "B2;202401;1;2024-01-05")
    again = "B2;202401;7;2024-01-05"
    outcome = landing.load_one("\n".join([f"{HEADER};andrad", *rows, again, ""]))
    assert [problem.row for problem in outcome.problems] == [4, 5]


def test_the_same_bytes_are_not_those_of_two_areas(tmp_path: Path) -> None:
    landing = _few(tmp_path)
    assert landing.load_one(_text(range(5))).status == "loaded"
    said = _refusal(landing, _text(range(5)), NAME.replace("2080", "2081"))
    assert "loaded as those of another area" in said
    assert landing.load_one(f"{HEADER}\n", NAME.replace("2080", "2082")).status == "loaded"
    assert landing.load_one(f"{HEADER}\n", NAME.replace("2080", "2083")).status == "loaded"


# Persons beside the delivery before


PERSONS = {name: COLUMNS[name] for name in ("betalning_id", "kon", "pnr")}


def _persons(tmp_path: Path, **load: Any) -> Landing:
    block = {"period_column": None, **load}
    return Landing(tmp_path, source_table(PERSONS, **block))


def _rows(women: int, men: int, kon: str = "KM", local: int = 0) -> str:
    rows = [f"W{n};{kon[0]};{FEMALE}" for n in range(women)]
    rows += [f"M{n};{kon[1]};{MALE}" for n in range(men)]
    rows += [f"L{n};;X{n}" for n in range(local)]
    return "\n".join(["betalning_id;Kön;pnr", *rows, ""])


def test_a_redelivery_without_the_girls_is_refused(tmp_path: Path) -> None:
    landing = _persons(tmp_path)
    assert landing.load_one(_rows(60, 60)).status == "loaded"
    assert _signals(landing)["rows_women"] == (60, None, False)
    assert "share of women, men or unknown" in _refusal(landing, _rows(3, 60), NEXT)
    assert landing.load_one(_rows(58, 62), NEXT).status == "loaded"


def test_of_other_months_chance_is_allowed_for_and_no_more(tmp_path: Path) -> None:
    landing = _persons(tmp_path)
    assert landing.load_one(_rows(60, 60)).status == "loaded"
    assert landing.load_one(_rows(40, 60), NEXT_MONTH).status == "loaded"
    name = NEXT_MONTH.replace("202402_", "202403_")
    assert "share of women, men or unknown" in _refusal(landing, _rows(3, 60), name)


def test_a_register_that_has_changed_a_little_is_no_fault(tmp_path: Path) -> None:
    files = "betalning_{area}_{received}.csv"
    landing = _persons(tmp_path, files=files)
    first, then = (f"betalning_2080_{day}.csv" for day in ("20240105", "20240205"))
    assert landing.load_one(_rows(15, 15), first).status == "loaded"
    assert landing.load_one(_rows(20, 12), then).status == "loaded"
    assert "share of women" in _refusal(landing, _rows(2, 30), then.replace("0205", "0305"))


def test_few_persons_have_no_share_that_says_anything(tmp_path: Path) -> None:
    landing = _persons(tmp_path)
    assert landing.load_one(_rows(9, 9)).status == "loaded"
    assert landing.load_one(_rows(0, 9), NEXT).status == "loaded"
    assert "sex_shift" not in _signals(landing)


def test_a_rise_in_identities_that_are_no_number_is_refused(tmp_path: Path) -> None:
    landing = _persons(tmp_path, limits={"row_fall_share": 1, "sex_shift": 1})
    assert landing.load_one(_rows(30, 30, local=4)).status == "loaded"
    said = _refusal(landing, _rows(20, 20, local=24), NEXT)
    assert "identities that are no person number has risen by 31" in said


def test_a_system_whose_codes_are_turned_round_is_refused_at_once(tmp_path: Path) -> None:
    landing = _persons(tmp_path)
    said = _refusal(landing, _rows(30, 30, kon="MK"))
    assert "another sex than the number in 100.0% of the rows" in said
    landing.load_one(_rows(30, 30))
    assert _signals(landing)["contradicting_sex_share"] == (0, 0.1, False)


# Names


@pytest.mark.parametrize(
    ("period", "first", "last"),
    [
        ("2024-01", date(2024, 1, 1), date(2024, 1, 31)),
        ("2024K1", date(2024, 1, 1), date(2024, 3, 31)),
        ("2024-Q1", date(2024, 1, 1), date(2024, 3, 31)),
        ("2023T3", date(2023, 9, 1), date(2023, 12, 31)),
        ("2023-2024", date(2023, 7, 1), date(2024, 6, 30)),
        ("2023-24", date(2023, 7, 1), date(2024, 6, 30)),
    ],
)
def test_periods_are_read_as_municipalities_write_them(
    tmp_path: Path, period: str, first: date, last: date
) -> None:
    landing = _few(tmp_path)
    outcome = landing.load_one(f"{HEADER}\n", NAME.replace("202401", period))
    assert outcome.status == "loaded", outcome.reason
    assert landing.query("select period_start, period_end from log.delivery") == [(first, last)]


@pytest.mark.parametrize(("period", "first"), [("2023", 4), ("2023-2024", 4)])
def test_a_year_begins_in_the_month_that_the_contract_says(
    tmp_path: Path, period: str, first: int
) -> None:
    landing = _few(tmp_path, first_month=first)
    landing.load_one(f"{HEADER}\n", NAME.replace("202401", period))
    assert landing.query("select period_start, period_end from log.delivery") == [
        (date(2023, 4, 1), date(2024, 3, 31))
    ]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("2080", "180", "area 180 is neither in seeds/municipalities.csv nor"),
        ("2080", "1480", "area 1480 is no participant"),
        ("20240205", "20990205", "2099-02-05, has not come yet"),
        ("202401", "2023-2025", "not in the calendar"),
        ("202401", "199912", "area 2080 owes nothing from 1999-12-01 to 1999-12-31"),
    ],
)
def test_a_name_that_cannot_be_right_refuses_the_file(
    tmp_path: Path, old: str, new: str, said: str
) -> None:
    landing = _few(tmp_path)
    landing.participants = replace(PARTICIPANTS, areas=frozenset({*AREAS, "1480"}))
    reason = _refusal(landing, _text(range(3)), NAME.replace(old, new))
    assert said in reason
    assert "rename the file" in reason


def test_the_day_is_that_of_sweden(tmp_path: Path) -> None:
    landing = _few(tmp_path)
    landing.now = datetime(2024, 2, 4, 23, 30, tzinfo=UTC)
    assert landing.load_one(_text(range(3))).status == "loaded"


# Known since when


def _known(landing: Landing, name: str) -> list[Any]:
    return [
        datetime.fromtimestamp(moment, UTC)
        for (moment,) in landing.query(
            f"select epoch(known_at) from log.delivery where file_name = '{name}' order by 1"
        )
    ]


def test_what_is_taken_over_is_known_since_it_was_drawn_and_what_comes_later_since_it_came(
    tmp_path: Path,
) -> None:
    landing = _few(tmp_path)
    landing.load_one(_text(range(3)))
    landing.now = NOW + timedelta(days=30)
    landing.load_one(_text(range(4)), NEXT)
    landing.now = NOW + timedelta(days=32)
    late = NAME.replace("20240205", "20240220")
    landing.load_one(_text(range(5)), late)
    drawn = datetime(2024, 2, 5, tzinfo=UTC)
    assert _known(landing, NAME) == [drawn]
    assert _known(landing, NEXT) == [drawn + timedelta(days=7)]
    assert _known(landing, late) == [landing.now]
    ((loaded,),) = landing.query(
        f"select epoch(loaded_at) from log.delivery where file_name = '{late}'"
    )
    assert loaded == landing.now.timestamp()


def test_what_is_loaded_again_under_a_mended_contract_is_no_news(tmp_path: Path) -> None:
    landing = _few(tmp_path)
    landing.load_one(_text(range(3)))
    landing.now = NOW + timedelta(days=400)
    landing.table = source_table(FEW, **KEY, nulls=["", "NULL"])
    assert landing.load()[0].status == "loaded"
    assert _known(landing, NAME) == [datetime(2024, 2, 5, tzinfo=UTC)] * 2


def test_a_log_of_before_counts_from_the_day_of_drawing(tmp_path: Path) -> None:
    import duckdb

    landing = _few(tmp_path)
    landing.load_one(_text(range(3)))
    with duckdb.connect(landing.raw_file) as connection:
        for column in ("loaded_at", "known_at", "withdrawn_at", "withdrawn_reason"):
            connection.execute(f"alter table log.delivery drop column {column}")
        connection.execute("drop table log.delivery_signal")
    landing.now = NOW + timedelta(days=2)
    landing.load_one(_text(range(4)), NEXT)
    assert _known(landing, NAME) == [datetime(2024, 2, 5, tzinfo=UTC)]
    assert _known(landing, NEXT) == [landing.now]


def test_what_was_taken_back_is_not_loaded_again_and_is_no_delivery_before(tmp_path: Path) -> None:
    import duckdb

    landing = _few(tmp_path, limits={"row_fall_share": 0.5})
    landing.load_one(_text(range(10)))
    with duckdb.connect(landing.raw_file) as connection:
        connection.execute("update log.delivery set withdrawn_at = now()")
    (outcome,) = landing.load()
    assert outcome.status == "skipped"
    assert "taken back" in (outcome.reason or "")
    landing.table = source_table(FEW, **KEY, nulls=["", "NULL"], limits={"row_fall_share": 0.5})
    assert landing.load()[0].status == "skipped"
    assert landing.load_one(_text(range(2)), NEXT).status == "loaded"


# What no seed knows


def test_a_row_with_a_code_that_no_seed_knows_is_quarantined_and_names_it(tmp_path: Path) -> None:
    columns = {**FEW, "omrade": ("varchar", {"known_in": "kolada_areas.area_code"})}
    landing = Landing(tmp_path, source_table(columns))
    landing.axes = {"kolada_areas.area_code": frozenset({"0180", "0114"})}
    rows = ["B1;202401;1;0180", "B2;202401;1;180", "B3;202401;1;19121212-1212", "B4;202401;1;"]
    outcome = landing.load_one("\n".join([f"{HEADER};omrade", *rows, ""]))
    assert outcome.rows_loaded == 2
    assert [problem.message.split(", ", 1)[1] for problem in outcome.problems] == [
        "row 3, column omrade: not in seeds/kolada_areas.csv: 180",
        "row 4, column omrade: not in seeds/kolada_areas.csv: shape 99999999-9999",
    ]
    landing.axes = {"kolada_areas.area_code": frozenset({"0180", "0114", "180"})}
    assert landing.load()[0].rows_loaded == 3, "a seed that has grown is tried at once"


def test_a_contract_names_a_seed_that_there_is(tmp_path: Path) -> None:
    landing = Landing(tmp_path, source_table({**FEW, "x": ("varchar", {"known_in": "a.b"})}))
    landing.put("")
    with pytest.raises(ContractError, match="known_in is one of kolada_areas"):
        landing.load()


# What spreadsheets add


def test_a_line_for_excel_above_the_header_is_passed_over(tmp_path: Path) -> None:
    landing = _few(tmp_path)
    assert landing.load_one(f"sep=;\r\n{_text(range(3))}").rows_loaded == 3
    assert landing.query("select min(_row_number) from prov.betalning") == [(3,)]


def test_a_delimiter_at_the_end_of_every_row_is_no_field(tmp_path: Path) -> None:
    landing = _few(tmp_path, footer="Summa")
    rows = [f"B{n};202401;1;" for n in range(3)]
    text = "\n".join([HEADER, *rows, "Summa;;3;", ""])
    outcome = landing.load_one(text)
    assert (outcome.rows_loaded, outcome.undeclared_columns) == (3, 0)
    rows[1] = rows[1].removesuffix(";")
    outcome = landing.load_one("\n".join([HEADER, *rows, "Summa;;3", ""]), NEXT)
    assert (outcome.rows_loaded, outcome.rows_quarantined) == (1, 2)


@pytest.mark.parametrize("written", ["Betalning_ID", "Betalning id", "betalning-id", "BetålningId"])
def test_a_column_that_is_written_in_another_way_is_named(tmp_path: Path, written: str) -> None:
    said = _refusal(_few(tmp_path), f"{HEADER.replace('betalning_id', written)}\nB1;202401;1\n")
    assert f"missing: betalning_id (the file has {written})" in said
