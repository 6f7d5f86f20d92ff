"""Small valid files with bytes put in, taken out and changed: whatever comes, it is judged.

A file is loaded whole, row by row to the tables or to quarantine, or refused; nothing crashes, and
nothing that is told shows a value.
"""

from __future__ import annotations

import io
import json
import re
import zipfile
from typing import TYPE_CHECKING

import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from loading_support import AXES, COLUMNS, HEADER, NOW, PARTICIPANTS, ROW, source_table, workspace
from test_loading_sie import HEAD, SUMS, VER, sie_table

from orchestration.loading import check_file, delivery

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from orchestration.loading import FileOutcome, SourceTable
    from orchestration.workspace import Workspace

ROWS = [ROW.replace("B1", f"HEMLIG{n}").replace("Åsa", "Zorgblat") for n in range(4)]
SECRETS = re.compile(r"(?i)HEMLIG|Zorgblat|18900101|9802|4.?512|Testsson|januari")
JSON_COLUMNS = {name: COLUMNS[name] for name in ("betalning_id", "manad", "belopp", "pnr", "namn")}


def _xlsx() -> bytes:
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True}) as workbook:
        sheet = workbook.add_worksheet()
        for number, row in enumerate([HEADER, *ROWS]):
            sheet.write_row(number, 0, row.split(";"))
    return file.getvalue()


def _json() -> bytes:
    rows = [
        {
            "betalning_id": f"HEMLIG{n}",
            "manad": "2024-01",
            "belopp": 4512.5,
            "pnr": "18900101-9802",
            "namn": "Zorgblat",
        }
        for n in range(4)
    ]
    return json.dumps({"arenden": rows}).encode()


CSV = "\n".join([HEADER, *ROWS]).encode("cp1252")
FILES: dict[str, tuple[SourceTable, str, bytes]] = {
    "csv": (
        source_table(),
        "betalning_2080_202401_20240205.csv",
        CSV,
    ),
    "json": (
        source_table(
            JSON_COLUMNS,
            files="betalning_{area}_{period}_{received}.json",
            format="json",
            records=["arenden"],
            encoding="utf-8",
        ),
        "betalning_2080_202401_20240205.json",
        _json(),
    ),
    "xlsx": (
        source_table(files="betalning_{area}_{period}_{received}.xlsx", format="xlsx"),
        "betalning_2080_202401_20240205.xlsx",
        _xlsx(),
    ),
    "sie": (sie_table(), "sie_2080_2024_20250105.se", f"{HEAD}{VER}{SUMS}".encode("cp437")),
}
TELLING = [bytes([byte]) for byte in b'\0";\n\r{}[\\\xff\xc3\x1f,<&']
piece = st.one_of(st.sampled_from(TELLING), st.binary(min_size=1, max_size=4))
change = st.tuples(st.floats(0, 1), st.sampled_from(["put in", "take out", "twice", "cut"]), piece)


def changed(content: bytes, changes: list[tuple[float, str, bytes]]) -> bytes:
    """Return a file with changes, each at a place that is a share of its length."""
    if content.startswith(b"PK"):
        return _changed_inside(content, changes)
    for place, kind, bytes_put in changes:
        start = int(place * len(content))
        head, tail = content[:start], content[start:]
        content = {
            "put in": head + bytes_put + tail,
            "take out": head + tail[len(bytes_put) :],
            "twice": head + tail[:40] + tail,
            "cut": head if place > 0.5 else content,
        }[kind]
    return content


def _changed_inside(content: bytes, changes: list[tuple[float, str, bytes]]) -> bytes:
    """Return a workbook with changes of its cells: one of the file itself is no workbook more."""
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as before, zipfile.ZipFile(file, "w") as after:
        for name in before.namelist():
            is_cells = name.endswith(("sheet1.xml", "sharedStrings.xml"))
            part = before.read(name)
            after.writestr(name, changed(part, changes) if is_cells else part)
    return file.getvalue()


@pytest.fixture
def scratch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workspace]:
    """Let files be read in this process, which need not start another."""
    monkeypatch.setattr(delivery, "apart", lambda work, *arguments: work(*arguments))
    with workspace(tmp_path) as opened:
        yield opened


def _judge(scratch: Workspace, kind: str, content: bytes) -> FileOutcome:
    table, name, _ = FILES[kind]
    file = scratch.folder / "prov" / name
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(content)
    return check_file(
        file, [table], axes=AXES, participants=PARTICIPANTS, now=NOW, workspace=scratch
    )


@pytest.mark.parametrize("kind", FILES)
def test_the_file_is_whole_before_it_is_changed(scratch: Workspace, kind: str) -> None:
    outcome = _judge(scratch, kind, FILES[kind][2])
    assert (outcome.status, outcome.rows_quarantined) == ("loaded", 0), outcome
    assert outcome.rows_loaded >= 2


@pytest.mark.parametrize("kind", FILES)
@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(changes=st.lists(change, min_size=1, max_size=4))
def test_a_file_with_any_fault_is_loaded_whole_or_refused_and_shows_nothing(
    scratch: Workspace, kind: str, changes: list[tuple[float, str, bytes]]
) -> None:
    content = changed(FILES[kind][2], changes)
    outcome = _judge(scratch, kind, content)
    assert outcome.status in {"loaded", "refused"}
    assert not SECRETS.search(repr(outcome)), outcome
    if outcome.status == "loaded":
        assert outcome.rows_loaded + outcome.rows_quarantined == outcome.rows_in_file
        if kind == "csv" and b'"' not in content:
            lines = content.replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")
            assert outcome.rows_in_file == sum(bool(line.strip()) for line in lines) - 1
    else:
        assert "(fix: " in (outcome.reason or "")
