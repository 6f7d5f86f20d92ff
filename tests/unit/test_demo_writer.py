"""The demo's writer: what a query holds stands in the file as the contract describes it."""

from __future__ import annotations

import csv
import tempfile
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestration.demo.writer import Export
from orchestration.loading.contract import SourceTable, parse_source_table

LOAD = {
    "files": "t_{area}.csv",
    "format": "csv",
    "encoding": "cp1252",
    "thousands": " ",
    "header_row": 2,
    "footer": "Summa",
    "delivery": "snapshot",
}


def source_table(load: dict[str, Any]) -> SourceTable:
    columns = {
        "note": ("varchar", {}),
        "amount": ("decimal(12,2)", {"unit": "sek"}),
        "sex": ("varchar", {"axis": "sex", "codes": {"K": "women", "F": "women", "M": "men"}}),
    }
    return parse_source_table(
        {
            "original_file_path": "s.yml",
            "source_name": "s",
            "name": "t",
            "config": {"meta": {"load": load}},
            "columns": {
                name: {"name": name, "data_type": kind, "config": {"meta": {"load": contract}}}
                for name, (kind, contract) in columns.items()
            },
        }
    )


def written(query: str, load: dict[str, Any] = LOAD) -> bytes:
    with tempfile.TemporaryDirectory() as folder, duckdb.connect() as connection:
        export = Export(connection, source_table(load), query)
        export.write(Path(folder))
        (path,) = (Path(folder) / name for name in export.paths)
        assert [file.name for file in path.parent.iterdir()] == ["t_9901.csv"]
        return path.read_bytes()


def query_of(rows: list[tuple[str, str, str]], extra: str = "") -> str:
    values = ", ".join(
        f"('{note.replace(chr(39), chr(39) * 2)}', cast({amount} as decimal(12, 2)), {sex})"
        for note, amount, sex in rows
    )
    return f"select '9901' as _area{extra}, * from (values {values}) as v(note, amount, sex)"


def test_title_header_rows_and_footer_stand_as_the_contract_says() -> None:
    rows = [("å; b", "-1234567.05", "'women'"), ("", "0.5", "null")]
    assert written(query_of(rows, ", 'Titel' as _title")).decode("cp1252") == (
        'Titel\r\nnote;amount;sex\r\n"å; b";-1 234 567,05;K\r\n;0,50;\r\nSumma;-1 234 566,55;\r\n'
    )


def test_a_raw_text_replaces_a_value_and_extra_text_follows_the_row() -> None:
    query = query_of([("a", "1.00", "'men'")], ", '1O' as _raw_amount, ';b' as _extra")
    assert b"a;1O;M;b\r\n" in written(query)


@settings(max_examples=30, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.text("aå;\"' ,\n", max_size=8),
            st.decimals(-9_999_999_999, 9_999_999_999, places=2, allow_nan=False),
        ),
        min_size=1,
        max_size=5,
    )
)
def test_any_text_and_amount_can_be_read_back(rows: list[tuple[str, Decimal]]) -> None:
    query = query_of([(note, f"{amount:.2f}", "'women'") for note, amount in rows])
    text = written(query, LOAD | {"footer": None, "header_row": 1}).decode("cp1252")
    read = list(csv.reader(text.replace("\r\n", "\n").splitlines(keepends=True), delimiter=";"))
    amounts = [Decimal(amount.replace(" ", "").replace(",", ".")) for _, amount, _ in read[1:]]
    assert [note for note, _, _ in read[1:]] == [note for note, _ in rows]
    assert amounts == [amount for _, amount in rows]


def test_a_code_that_the_contract_lacks_is_an_error() -> None:
    with pytest.raises(duckdb.Error, match="no code for unknown"):
        written(query_of([("a", "1.00", "'unknown'")]))


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("select '9901' as _area, 'a' as note, 'men' as sex", "lacks amount"),
        (query_of([("a", "1.00", "null")], ", 1 as other"), "no column of the contract: other"),
    ],
)
def test_a_query_that_is_not_the_contract_s_is_refused(query: str, message: str) -> None:
    with pytest.raises(ValueError, match=rf"demo of s\.t: .*{message}"):
        written(query)
