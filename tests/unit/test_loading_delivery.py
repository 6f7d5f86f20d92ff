"""What becomes of a delivery: loaded once, skipped, loaded again, refused whole, logged."""

from __future__ import annotations

import hashlib
import subprocess
import sys
import time
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb
import pytest
from loading_support import (
    AXES,
    COLUMNS,
    HEADER,
    NAME,
    NOW,
    ROW,
    Landing,
    source_table,
    workspace,
)

from orchestration.errors import JamviktError
from orchestration.loading import (
    FileOutcome,
    check_file,
    checking,
    delivery,
    ensure_raw_tables,
    load_table,
    open_raw,
    reading,
)
from orchestration.loading import unmatched_files as find_unmatched

NEXT_NAME = NAME.replace("20240205", "20240212")


def _text(count: int) -> str:
    return "\n".join([HEADER, *[ROW] * count])


def test_a_file_is_loaded_once_and_skipped_after(tmp_path: Path) -> None:
    landing = Landing(tmp_path)
    assert landing.load_one(_text(2)).status == "loaded"
    (again,) = landing.load()
    assert (again.status, again.rows_loaded) == ("skipped", 0)
    assert landing.query("select count(*) from prov.betalning") == [(2,)]
    assert landing.query("select count(*) from log.delivery") == [(1,)]


def test_the_log_says_what_a_delivery_covers(tmp_path: Path) -> None:
    landing = Landing(tmp_path)
    landing.load_one(_text(1))
    assert landing.query(
        "select delivery_id, source_name, table_name, file_name, area_code, period_start, "
        "period_end, epoch(received_at), status, reason, rows_in_file, rows_loaded, "
        "rows_quarantined, length(sha256), length(contract_hash) from log.delivery"
    ) == [
        (
            1,
            "prov",
            "betalning",
            NAME,
            "2080",
            date(2024, 1, 1),
            date(2024, 1, 31),
            datetime(2024, 2, 5, tzinfo=UTC).timestamp(),
            "loaded",
            None,
            1,
            1,
            0,
            64,
            64,
        )
    ]


@pytest.mark.parametrize(
    ("period", "first", "last", "months"),
    [
        ("2024", date(2024, 1, 1), date(2024, 12, 31), 12),
        ("2024K4", date(2024, 10, 1), date(2024, 12, 31), 3),
        ("2024H1", date(2024, 1, 1), date(2024, 6, 30), 6),
        ("202402", date(2024, 2, 1), date(2024, 2, 29), 1),
    ],
)
def test_periods_of_all_lengths_cover_their_months(
    tmp_path: Path, period: str, first: date, last: date, months: int
) -> None:
    landing = Landing(tmp_path)
    landing.load_one(HEADER, f"betalning_2080_{period}_20240205.csv")
    assert landing.query("select period_start, period_end from log.delivery") == [(first, last)]
    assert landing.query("select count(*), min(month) from log.delivery_month") == [(months, first)]


def test_a_file_without_period_has_one_month_without_name(tmp_path: Path) -> None:
    table = source_table(files="betalning_{received}.csv", period_column=None, area="20")
    landing = Landing(tmp_path, table)
    landing.load_one(_text(1), "betalning_2024_02_05.csv")
    assert landing.query("select month from log.delivery_month") == [(None,)]
    assert landing.query("select _area_code, _period_month from prov.betalning") == [("20", None)]


def test_a_mended_contract_loads_the_file_again(tmp_path: Path) -> None:
    landing = Landing(tmp_path)
    landing.load_one(_text(1))
    landing.table = source_table(nulls=["", "-", "NULL"])
    assert [outcome.status for outcome in landing.load()] == ["loaded"]
    assert landing.query("select _delivery_id from prov.betalning order by 1") == [(1,), (2,)]


def test_other_bytes_under_the_same_name_are_another_delivery(tmp_path: Path) -> None:
    landing = Landing(tmp_path)
    landing.load_one(_text(1))
    assert landing.load_one(_text(2)).rows_loaded == 2
    assert landing.query("select delivery_id, rows_loaded from log.delivery order by 1") == [
        (1, 1),
        (2, 2),
    ]


def test_bytes_that_come_back_after_others_are_loaded_again(tmp_path: Path) -> None:
    landing = Landing(tmp_path)
    assert [landing.load_one(_text(count)).status for count in (1, 2, 1, 1)] == [
        "loaded",
        "loaded",
        "loaded",
        "skipped",
    ]


def test_the_same_bytes_of_another_area_are_its_own_delivery(tmp_path: Path) -> None:
    landing = Landing(tmp_path)
    landing.load_one(HEADER)
    assert landing.load_one(HEADER, NAME.replace("2080", "2081")).status == "loaded"
    assert landing.query("select area_code from log.delivery order by 1") == [("2080",), ("2081",)]


def test_files_are_loaded_in_name_order_and_told_one_by_one(tmp_path: Path) -> None:
    landing = Landing(tmp_path)
    for name in (NEXT_NAME, NAME, "annat.csv"):
        landing.put(_text(1), name)
    told: list[str] = []
    with workspace(tmp_path) as scratch:
        outcomes = load_table(
            landing.raw_file,
            landing.table,
            tmp_path / "landing",
            key=landing.key,
            axes=AXES,
            participants=landing.participants,
            now=NOW,
            on_file=lambda outcome: told.append(outcome.file_name),
            workspace=scratch,
        )
    assert told == [outcome.file_name for outcome in outcomes] == [NAME, NEXT_NAME]
    (left,) = find_unmatched(tmp_path / "landing", [landing.table])
    assert left.name == "annat.csv"


def test_of_a_batch_only_the_file_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    landing = Landing(tmp_path)
    names = [NAME.replace("2080", area) for area in ("2080", "2081", "2082")]
    for name, last in zip(names, ("", "x" * 3_000_000, "\n"), strict=True):
        landing.put(f"{_text(2)}\n{last}", name)
    outcomes = landing.load()
    assert [(each.file_name, each.status) for each in outcomes] == [
        (names[0], "loaded"),
        (names[1], "refused"),
        (names[2], "loaded"),
    ]
    assert "line 4 is longer than 2 MB" in (outcomes[1].reason or "")
    assert landing.query(
        "select _area_code, count(*) from prov.betalning group by 1 order by 1"
    ) == [
        ("2080", 2),
        ("2082", 2),
    ]


def test_a_batch_is_what_its_files_are_by_themselves(tmp_path: Path) -> None:
    """Other places of columns, quoted fields over two lines, titles: each file has its own."""
    cells = dict(zip(HEADER.split(";"), ROW.split(";"), strict=True))
    turned = ";".join(reversed(cells)), ";".join(reversed(cells.values()))
    quoted = ROW.replace("Åsa", '"Åsa\n; Ö"')
    texts = {
        "2080": "\n".join([HEADER, ROW, quoted, ROW.replace("4 512,50", "x"), ROW]),
        "2081": "\n".join([turned[0], turned[1], f"{turned[1]};more", turned[1]]),
        "2082": HEADER,
        "2083": "\n".join([HEADER, "", quoted, quoted.replace("18900101-9802", "1 2")]),
    }
    rows = "select * exclude (_delivery_id) from prov.betalning order by _area_code, _row_number"
    faults = (
        "select file_name, row_number, column_name, quarantined_row.reason "
        "from log.quarantined_row join log.delivery using (delivery_id) order by all"
    )
    together = Landing(tmp_path / "together")
    for area, text in texts.items():
        together.put(text, NAME.replace("2080", area))
    outcomes = together.load()
    alone: dict[str, list[tuple[object, ...]]] = {rows: [], faults: []}
    for (area, text), outcome in zip(texts.items(), outcomes, strict=True):
        landing = Landing(tmp_path / area)
        assert landing.load_one(text, NAME.replace("2080", area)) == outcome
        for query in alone:
            alone[query] += landing.query(query)
    assert {query: together.query(query) for query in alone} == alone
    assert [outcome.rows_loaded for outcome in outcomes] == [3, 2, 0, 2]


def test_too_many_bad_rows_refuse_the_delivery_whole(tmp_path: Path) -> None:
    landing = Landing(tmp_path, source_table(limits={"bad_row_share": 0.2}))
    outcome = landing.load_one(f"{_text(3)}\n;;;;;;;;;x")
    assert (outcome.status, outcome.rows_loaded, outcome.rows_quarantined) == ("refused", 0, 1)
    assert "1 of 4 rows do not fit the contract" in (outcome.reason or "")
    assert "bad_row_share" in outcome.problems[0].fix
    assert outcome.problems[1].row == 5
    assert landing.query("select count(*) from prov.betalning") == [(0,)]
    assert landing.query("select count(*) from log.quarantined_row") == [(0,)]
    assert landing.query("select count(*) from log.delivery_month") == [(0,)]


def test_a_fall_in_rows_is_measured_against_the_same_area_and_months(tmp_path: Path) -> None:
    landing = Landing(tmp_path, source_table(limits={"row_fall_share": 0.5}))
    landing.load_one(_text(10))
    assert landing.load_one(HEADER, NAME.replace("2080", "2081")).status == "loaded"
    assert landing.load_one(HEADER, NAME.replace("202401_", "202402_")).status == "loaded"
    assert landing.load_one(_text(5), NEXT_NAME).status == "loaded"
    fallen = landing.load_one(_text(2), NAME.replace("20240205", "20240219"))
    assert fallen.status == "refused"
    assert "2 rows where the delivery before had 5" in (fallen.reason or "")


def test_files_to_append_may_have_any_number_of_rows(tmp_path: Path) -> None:
    limits = {"row_fall_share": 0.1, "equal_row_share": 1}
    table = source_table(delivery="append", key=["betalning_id"], limits=limits)
    landing = Landing(tmp_path, table)
    landing.load_one(_text(10))
    assert landing.load_one(_text(1), NEXT_NAME).status == "loaded"


def test_the_same_refusal_is_logged_once(tmp_path: Path) -> None:
    landing = Landing(tmp_path)
    assert landing.load_one(b"").status == "refused"
    assert landing.load()[0].status == "refused"
    assert landing.query("select count(*) from log.delivery") == [(1,)]
    assert (tmp_path / "landing" / "prov" / NAME).is_file()


def test_a_crash_while_writing_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    landing = Landing(tmp_path)
    landing.put(_text(2))

    def crash(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(delivery._Loader, "_insert_rows", crash)
        with pytest.raises(KeyboardInterrupt):
            landing.load()
    assert landing.query("select count(*) from log.delivery") == [(0,)]
    assert landing.query("select count(*) from log.delivery_month") == [(0,)]
    assert landing.load()[0].rows_loaded == 2


def test_nothing_of_a_file_stays_behind_and_no_error_quotes_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scratch = tmp_path / "scratch"
    landing = Landing(tmp_path)
    landing.put(_text(2))

    def stumble(*_: object) -> None:
        folder = scratch / "load"
        assert folder.stat().st_mode & 0o777 == 0o700
        raise duckdb.ConversionException("Could not convert string '18900101-9802'")

    with monkeypatch.context() as patched:
        patched.setattr(delivery, "apart", lambda work, *arguments: work(*arguments))
        patched.setattr(checking, "check_rows", stumble)
        with pytest.raises(RuntimeError) as error:
            landing.load()
    assert "9802" not in str(error.value)
    assert error.value.__context__ is None
    assert not list(scratch.iterdir())


def test_the_process_that_writes_the_raw_file_never_sees_the_text(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """DuckDB fills its blocks with whatever lay in the memory of the process before."""

    def read_here(*_: object) -> None:
        raise AssertionError("a file was read in the process that writes the raw file")

    landing = Landing(tmp_path)
    landing.put(_text(2))
    for module, name in (
        (reading, "read_texts"),
        (checking, "check_rows"),
        (hashlib, "file_digest"),
    ):
        monkeypatch.setattr(module, name, read_here)
    assert landing.load()[0].rows_loaded == 2


def test_a_column_new_in_the_contract_is_null_for_what_was_loaded_before(tmp_path: Path) -> None:
    landing = Landing(tmp_path, source_table({k: v for k, v in COLUMNS.items() if k != "pnr"}))
    landing.load_one(_text(1))
    landing.table = source_table()
    landing.load()
    assert landing.query("select pnr_kind, pnr_key is null from prov.betalning") == [
        (None, True),
        ("personnummer", False),
    ]


def test_a_changed_type_is_told_with_its_fix(tmp_path: Path) -> None:
    landing = Landing(tmp_path)
    landing.load_one(_text(1))
    landing.table = source_table({**COLUMNS, "antal": ("varchar", {})})
    with pytest.raises(
        JamviktError, match=r"prov\.betalning\.antal was integer and is now varchar"
    ):
        landing.load()


def test_tables_of_sources_that_never_came_are_there_and_empty(tmp_path: Path) -> None:
    with (
        workspace(tmp_path) as scratch,
        open_raw(tmp_path / "raw.duckdb", scratch) as connection,
    ):
        ensure_raw_tables(connection, [source_table()])
        ensure_raw_tables(connection, [source_table()])
        assert connection.execute("select count(*) from prov.betalning").fetchall() == [(0,)]


def test_a_raw_file_in_use_is_told_with_its_fix(tmp_path: Path) -> None:
    (tmp_path / "raw.duckdb").write_bytes(b"not a database" * 1000)
    with (
        workspace(tmp_path) as scratch,
        pytest.raises(JamviktError, match=r"raw\.duckdb"),
        open_raw(tmp_path / "raw.duckdb", scratch),
    ):
        pass


def _check(landing: Landing, file: Path) -> FileOutcome:
    with workspace(landing.folder) as scratch:
        return check_file(
            file,
            [landing.table],
            axes=AXES,
            participants=landing.participants,
            now=NOW,
            workspace=scratch,
            raw_file=landing.raw_file,
        )


def test_a_check_says_what_would_happen_and_writes_nothing(tmp_path: Path) -> None:
    landing = Landing(tmp_path)
    file = landing.put(f"{_text(1)}\n;;;;;;;;;x")
    said = _check(landing, file)
    assert not landing.raw_file.exists()
    (loaded,) = landing.load()
    assert said == loaded
    said = _check(landing, file)
    assert said == replace(
        said, status="skipped", rows_in_file=0, rows_loaded=0, rows_quarantined=0, problems=()
    )
    assert landing.query("select count(*) from log.delivery") == [(1,)]


@pytest.mark.parametrize(
    ("name", "said"),
    [(f"okand/{NAME}", "No source is called okand"), ("prov/annat.csv", "waits for no file")],
)
def test_a_check_of_a_file_nobody_waits_for_says_what_is_waited_for(
    tmp_path: Path, name: str, said: str
) -> None:
    file = tmp_path / name
    file.parent.mkdir()
    file.write_text("", encoding="utf-8")
    with pytest.raises(JamviktError, match=said):
        _check(Landing(tmp_path), file)


def test_the_process_that_reads_ends_when_ours_is_killed() -> None:
    program = (
        "import os, signal, sys\n"
        "from orchestration.loading import apart\n"
        "if __name__ == '__main__':\n"
        "    print(apart(os.getpid), flush=True)\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    killed = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False, timeout=60
    )
    reader = Path(f"/proc/{int(killed.stdout)}")
    deadline = time.monotonic() + 10
    while reader.exists() and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not reader.exists()
