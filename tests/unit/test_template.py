"""The empty workbook of a contract: what its lists allow is what the loader takes."""

from __future__ import annotations

import re
import zipfile
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import duckdb
import openpyxl
import pytest
from python_calamine import CalamineWorkbook
from xlsxwriter.utility import xl_col_to_name

from orchestration.errors import JamviktError
from orchestration.loading import load_table, read_axes, read_participants
from orchestration.settings import PROJECT_DIR
from orchestration.tools.template import LIST_SHEET, write_template
from tests.unit.loading_support import workspace
from tests.unit.test_demo_exports import source_tables

if TYPE_CHECKING:
    from pathlib import Path

    from orchestration.loading.contract import SourceTable

TABLES = source_tables()
AXES = read_axes(PROJECT_DIR)
WORKBOOKS = [table for table in TABLES if table.contract.format == "xlsx"]


def name_of(table: SourceTable) -> str:
    return f"{table.source_name}.{table.table_name}"


@pytest.mark.parametrize("table", WORKBOOKS, ids=name_of)
def test_every_workbook_has_a_template_with_the_headers_of_its_contract(
    table: SourceTable, tmp_path: Path
) -> None:
    file = write_template(name_of(table), TABLES, AXES, tmp_path)
    with CalamineWorkbook.from_path(str(file)) as workbook:
        sheet = workbook.get_sheet_by_index(0)
        rows = sheet.to_python(skip_empty_area=False)
    assert sheet.name == (table.contract.sheet or sheet.name)
    assert rows[table.contract.header_row - 1] == [column.header for column in table.columns]
    assert len(rows) == table.contract.header_row


def test_lists_hold_the_words_of_the_contract_and_no_effect_on_society(tmp_path: Path) -> None:
    file = write_template(
        "forbattring.forbattringsarbete", TABLES, AXES, tmp_path / "not" / "there"
    )
    with CalamineWorkbook.from_path(str(file)) as workbook:
        rows = workbook.get_sheet_by_name(LIST_SHEET).to_python(skip_empty_area=False)
    lists = {
        column.header: [row[place] for row in rows if len(row) > place and row[place]]
        for table in WORKBOOKS
        if table.table_name == "forbattringsarbete"
        for place, column in enumerate(table.columns)
    }
    assert lists["Steg i effektkedjan"] == ["Aktivitet", "Produkt", "Arbetssätt", "Utfall"]
    assert lists["Omstrukturering"] == ["ja", "nej"]
    assert lists["Frågeställning"] == []
    assert lists["Handlingsplan"] == ["ja", "nej"]
    with zipfile.ZipFile(file) as parts:
        sheet = parts.read("xl/worksheets/sheet1.xml").decode()
    checks = re.findall(r'<dataValidation type="(\w+)".*?sqref="([A-Z]+)4:\2?', sheet)
    place_of = {header: place for place, header in enumerate(lists)}
    assert ("list", xl_col_to_name(place_of["Steg i effektkedjan"])) in checks
    assert ("date", xl_col_to_name(place_of["Start"])) in checks


def test_a_filled_template_lands_as_it_was_filled_but_for_its_free_texts(tmp_path: Path) -> None:
    name = "forbattring.forbattringsarbete"
    (table,) = [table for table in WORKBOOKS if name_of(table) == name]
    file = write_template(name, TABLES, AXES, tmp_path)
    workbook = openpyxl.load_workbook(file)
    filled = {
        "Löpnr": "F-01",
        "Benämning": "Ny rutin för besök",
        "Steg i effektkedjan": "Arbetssätt",
        "Slag": "Rutin",
        "Arbetsplats": "Ekonomiskt bistånd",
        "Frågeställning": "Fritext: är det sant?",
        "Metod": "Intervjuer",
        "Handlingsplan": "ja",
        "Start": date(2024, 12, 10),
        "Ansvarig roll": "Enhetschef",
        "Målgrupp": "Brukare",
        "Indikator": "refusal_rate",
        "Skillnad för medborgaren": "Fritext: jo då",
        "Omstrukturering": "nej",
    }
    sheet = workbook[table.contract.sheet]
    header = table.contract.header_row
    for cell in sheet[header]:
        sheet.cell(header + 1, cell.column, filled.get(cell.value))
    landing = tmp_path / "landing" / table.source_name
    landing.mkdir(parents=True)
    workbook.save(landing / "forbattringsarbete_9901_20250110.xlsx")

    raw_file = tmp_path / "warehouse" / "raw.duckdb"
    with workspace(tmp_path) as scratch:
        (outcome,) = load_table(
            raw_file,
            table,
            tmp_path / "landing",
            key=bytes(range(32)),
            axes=AXES,
            participants=read_participants(PROJECT_DIR, TABLES),
            now=datetime(2025, 1, 11, tzinfo=UTC),
            workspace=scratch,
        )
    assert (outcome.status, outcome.rows_loaded, outcome.problems) == ("loaded", 1, ())
    with duckdb.connect(str(raw_file), read_only=True) as connection:
        row = connection.execute(
            """
            select _area_code, steg, metod, start, slut, handlingsplan, omstrukturering,
                larande_exempel, fragestallning, lardomar, skillnad
            from forbattring.forbattringsarbete
            """
        ).fetchone()
    assert row == (
        *("9901", "Arbetssätt", "Intervjuer", date(2024, 12, 10), None),
        *(True, False, None, True, False, True),
    )
    assert b"Fritext" not in raw_file.read_bytes()


def test_a_template_is_never_written_over_another_file(tmp_path: Path) -> None:
    write_template("forbattring.malvarde", TABLES, AXES, tmp_path)
    with pytest.raises(JamviktError, match="there already"):
        write_template("forbattring.malvarde", TABLES, AXES, tmp_path)


def test_a_table_that_is_no_workbook_has_no_template(tmp_path: Path) -> None:
    with pytest.raises(JamviktError, match="no table of workbooks"):
        write_template("alfa.beslut", TABLES, AXES, tmp_path)
    assert not list(tmp_path.iterdir())
