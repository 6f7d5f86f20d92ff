"""What a file takes while it is read: it grows with the file, and what does not is refused."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import xlsxwriter
from loading_support import COLUMNS, HEADER, ROW, Landing, source_table
from test_loading_sie import HEAD, sie_table

from orchestration.loading import apart, reading_apart

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

FEW = {name: COLUMNS[name] for name in ("betalning_id", "manad", "belopp", "namn")}
SMALL, LARGE = 10_000, 40_000
MEMORY_PER_BYTE = 200
"""A byte of JSON is 30 to 60 in memory, as the allocator and the other processes would have it.
A fault has thousands: a text carried along with each row, a cell that is far away.
"""


@pytest.fixture(autouse=True)
def _a_reader_of_its_own() -> Iterator[None]:
    """Start and end with no reading process, so that its peak is that of one file."""
    _end_reader()
    yield
    _end_reader()


def _end_reader() -> None:
    reading_apart._process().shutdown()
    reading_apart._process.cache_clear()


def _peak_memory() -> int:
    """Return the most this process has held; getrusage counts what its parent held as well."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    (kib,) = re.findall(r"^VmHWM:\s+(\d+) kB$", status, re.MULTILINE)
    return 1024 * int(kib)


def write_csv(file: Path, rows: int) -> None:
    """Quoted fields over two lines, which are put together again."""
    row = ROW.replace("B1", '"B1"').replace("Åsa", '"Åsa\nÖ"')
    file.write_text("\n".join([HEADER, *[row] * rows]), encoding="cp1252")


def write_json(file: Path, rows: int) -> None:
    """One record around all rows, a field of whose own name they have."""
    rows_told = [{"betalning_id": f"B{n}", "belopp": n, "namn": "Åsa"} for n in range(rows)]
    document = [{"manad": "2024-01", "namn": "Åsa", "belopp": rows_told}]
    file.write_text(json.dumps({"arenden": document}), encoding="utf-8")


def write_xlsx(file: Path, rows: int) -> None:
    with xlsxwriter.Workbook(file, {"constant_memory": True}) as workbook:
        sheet = workbook.add_worksheet()
        sheet.write_row(0, 0, ["betalning_id", "manad", "belopp", "namn"])
        for row in range(1, rows + 1):
            sheet.write_row(row, 0, [f"B{row}", "202401", row, f"Åsa {row * 7919 % 100_003}"])


def write_sie(file: Path, rows: int) -> None:
    """One voucher of many rows, each with an object of its own."""
    objects = "".join(f'#OBJEKT 1 "{n}" "x"\n' for n in range(rows))
    body = "".join(f'#TRANS 5011 {{1 "{n}"}} {n % 2 * 2 - 1}.00\n' for n in range(rows))
    text = f'{HEAD}{objects}#VER K 1 20240506 "x"\n{{\n{body}}}\n'
    file.write_text(text, encoding="cp437")


FORMATS: dict[str, tuple[str, Callable[[Path, int], None], dict[str, Any]]] = {
    "csv": ("b_2080_202401.csv", write_csv, {}),
    "json": (
        "b_2080_202401.json",
        write_json,
        {"records": ["arenden", "belopp"], "encoding": "utf-8"},
    ),
    "xlsx": ("b_2080_202401.xlsx", write_xlsx, {}),
}


def _landing(tmp_path: Path, kind: str) -> Landing:
    if kind == "sie":
        return Landing(tmp_path, sie_table())
    name, _, load = FORMATS[kind]
    columns = COLUMNS if kind == "csv" else FEW
    files = name.replace("2080", "{area}").replace("202401", "{period}")
    return Landing(tmp_path, source_table(columns, files=files, format=kind, **load))


@pytest.mark.parametrize("kind", [*FORMATS, "sie"])
def test_memory_grows_with_the_file_and_no_faster(tmp_path: Path, kind: str) -> None:
    name, write = ("sie_9901_2024_20250115.se", write_sie) if kind == "sie" else FORMATS[kind][:2]
    peaks, sizes = [], []
    for rows in (SMALL, LARGE):
        landing = _landing(tmp_path / str(rows), kind)
        file = landing.put(b"", name)
        write(file, rows)
        (outcome,) = landing.load()
        assert (outcome.status, outcome.rows_loaded) == ("loaded", rows), outcome.reason
        peaks.append(apart(_peak_memory))
        sizes.append(file.stat().st_size)
        _end_reader()
    # what a larger file takes beyond what code and engine take for any
    assert peaks[1] - peaks[0] < MEMORY_PER_BYTE * (sizes[1] - sizes[0])


def test_a_file_that_kills_its_reader_is_refused_by_name_and_the_next_one_is_read(
    tmp_path: Path,
) -> None:
    """A far cell: two cells in a sheet of a hundred million make five kilobytes six gigabytes."""
    landing = _landing(tmp_path, "xlsx")
    far = landing.put(b"", "b_2080_202401.xlsx")
    with xlsxwriter.Workbook(far) as workbook:
        sheet = workbook.add_worksheet()
        sheet.write(0, 0, "betalning_id")
        sheet.write(1_048_575, 16_383, "x")
    write_xlsx(landing.put(b"", "b_2081_202401.xlsx"), 3)
    refused, loaded = landing.load()
    assert (refused.file_name, refused.status) == ("b_2080_202401.xlsx", "refused")
    assert "more than 1.0 GiB of memory" in (refused.reason or "")
    assert "far cell" in (refused.reason or "")
    assert (loaded.status, loaded.rows_loaded) == ("loaded", 3)
    assert landing.query("select status from log.delivery order by delivery_id") == [
        ("refused",),
        ("loaded",),
    ]


def test_ten_thousand_columns_that_nobody_asked_for_are_counted_and_not_read(
    tmp_path: Path,
) -> None:
    landing = Landing(tmp_path)
    more = ";".join(f"x{number}" for number in range(10_000))
    outcome = landing.load_one(f"{HEADER};{more}\n{ROW};{more}")
    assert (outcome.status, outcome.rows_loaded) == ("loaded", 1)
    assert outcome.undeclared_columns == 10_000 + len(COLUMNS) - len(landing.table.columns)


def test_a_line_of_two_hundred_megabytes_is_refused_in_bounds(tmp_path: Path) -> None:
    landing = Landing(tmp_path)
    file = landing.put(f"{HEADER}\n{ROW}\n")
    with file.open("ab") as longer:
        longer.write(b"x" * 200 * 2**20)
    (outcome,) = landing.load()
    assert outcome.status == "refused"
    assert "line 3 is longer than 2 MB" in (outcome.reason or "")
    assert apart(_peak_memory) < 2**30
