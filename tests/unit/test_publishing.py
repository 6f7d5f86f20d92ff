"""Publication of a small build file made by hand: what a release holds, how it becomes current."""

from __future__ import annotations

import gzip
import hashlib
import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from orchestration.errors import JamviktError
from orchestration.publishing.files import DATABASE, PublishedTable, UnpublishableError
from orchestration.publishing.register import REGISTER, read_register
from orchestration.publishing.release import Origin, current_release, publish
from orchestration.workspace import Workspace

MART = PublishedTable("marts", "mart_gap", ("area_code", "sex"))
VERDICT = PublishedTable("quality", "promise_result")
PAGES = {"index.html": "<p>One row per area and sex, å</p>"}
ROWS = [("9902", "women", 0.5, "a;b"), ("9901", "men", 1234.25, None), ("9901", "women", 2.0, "å")]


def _build_file(folder: Path, rows: list[tuple[Any, ...]]) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "build.duckdb"
    file.unlink(missing_ok=True)
    with duckdb.connect(str(file)) as connection:
        connection.execute(
            """
            create schema marts; create schema quality; create schema facts;
            create table marts.mart_gap (
                area_code varchar, sex varchar, value double, note varchar,
                primary key (area_code, sex)
            );
            comment on table marts.mart_gap is 'One row per area''s sex.';
            comment on column marts.mart_gap.value is 'Share, 0–1.';
            create table quality.promise_result as
            select 'sex_split' as promise_id, 'kept' as status;
            create table facts.fct_person as select 'secret' as person_key;
            create view marts.mart_view as
            select area_code, max(value) as most from marts.mart_gap group by area_code;
            comment on view marts.mart_view is 'One row per area.';
            comment on column marts.mart_view.most is 'The most.';
            create view marts.mart_peeping as select person_key from facts.fct_person;
            """
        )
        for row in rows:
            connection.execute("insert into marts.mart_gap values (?, ?, ?, ?)", row)
    return file


def _origin(release_id: str) -> Origin:
    return Origin(
        release_id=release_id,
        night_id=release_id,
        published_at=datetime(2026, 11, 24, 3, 40, tzinfo=UTC),
        as_of=None,
        code_commit=None,
        registry_sha256="0" * 64,
        inputs=({"file_name": "a.csv", "sha256": "1" * 64},),
        final_periods={"payment": ("2024", "2025-01")},
    )


def _workspace(folder: Path) -> Workspace:
    return Workspace(folder / "scratch", 2**30, 2**30)


def _publish(
    tmp_path: Path,
    release_id: str = "2026-11-24T033000Z",
    rows: list[tuple[Any, ...]] | None = None,
    keep: int = 10,
) -> Path:
    build_file = _build_file(tmp_path / release_id, ROWS if rows is None else rows)
    published = tmp_path / "published"
    return publish(
        build_file,
        published,
        [MART, VERDICT],
        _origin(release_id),
        keep,
        _workspace(tmp_path),
        PAGES,
    ).folder


def _values(folder: Path) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(folder / DATABASE), read_only=True) as connection:
        return connection.execute("select value from marts.mart_gap").fetchall()


def test_a_release_holds_the_tables_ordered_by_their_key(tmp_path: Path) -> None:
    folder = _publish(tmp_path)
    with duckdb.connect(str(folder / DATABASE), read_only=True) as connection:
        rows = connection.execute("select area_code, sex from marts.mart_gap").fetchall()
    assert rows == [("9901", "men"), ("9901", "women"), ("9902", "women")]


def test_the_schema_is_read_without_naming_the_catalog(tmp_path: Path) -> None:
    with duckdb.connect(str(_publish(tmp_path) / DATABASE), read_only=True) as connection:
        assert connection.execute("select count(*) from marts.mart_gap").fetchone() == (3,)


def test_comments_of_tables_and_columns_are_published(tmp_path: Path) -> None:
    with duckdb.connect(str(_publish(tmp_path) / DATABASE), read_only=True) as connection:
        table = connection.execute(
            "select comment from duckdb_tables() where table_name = 'mart_gap'"
        ).fetchone()
        column = connection.execute(
            "select comment from duckdb_columns() where column_name = 'value'"
        ).fetchone()
    assert table == ("One row per area's sex.",)
    assert column == ("Share, 0–1.",)


def test_the_dictionary_lies_beside_the_tables_it_describes(tmp_path: Path) -> None:
    folder = _publish(tmp_path)
    assert (folder / "dictionary" / "index.html").read_text("utf-8") == PAGES["index.html"]
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    assert "dictionary/index.html" in manifest["files"]


def test_nothing_but_the_named_tables_is_published(tmp_path: Path) -> None:
    folder = _publish(tmp_path)
    with duckdb.connect(str(folder / DATABASE), read_only=True) as connection:
        tables = connection.execute(
            "select schema_name || '.' || table_name from duckdb_tables() order by all"
        ).fetchall()
    assert tables == [("marts.mart_gap",), ("quality.promise_result",)]
    assert all(b"secret" not in file.read_bytes() for file in folder.rglob("*") if file.is_file())


def test_a_view_is_published_as_one_that_reads_the_tables_beside_it(tmp_path: Path) -> None:
    build_file = _build_file(tmp_path / "build", ROWS)
    view = PublishedTable("marts", "mart_view", ("area_code",))
    release = publish(
        build_file,
        tmp_path / "published",
        [view, MART],
        _origin("a"),
        10,
        _workspace(tmp_path),
        PAGES,
    )
    expected = [("9901", 1234.25), ("9902", 0.5)]
    with duckdb.connect() as connection:  # a reader who names the file as they like
        connection.execute(f"attach '{release.folder / DATABASE}' as figures (read_only)")
        assert connection.execute("from figures.marts.mart_view order by 1").fetchall() == expected
        comments = connection.execute(
            "select comment from duckdb_views() where view_name = 'mart_view' union all "
            "select comment from duckdb_columns() where column_name = 'most'"
        ).fetchall()
        assert comments == [("One row per area.",), ("The most.",)]
        parquet = release.folder / "parquet" / "marts" / "mart_view.parquet"
        assert connection.execute(f"from '{parquet}'").fetchall() == expected
    (written,) = (table for table in release.tables if table.name == "mart_view")
    assert written.rows == 2


def test_a_table_that_a_view_shows_whole_has_no_files_of_its_own(tmp_path: Path) -> None:
    view = PublishedTable("marts", "mart_view", ("area_code",))
    beneath = replace(MART, is_shown_whole=True)
    release = publish(
        _build_file(tmp_path / "build", ROWS),
        tmp_path / "published",
        [view, beneath],
        _origin("a"),
        10,
        _workspace(tmp_path),
        PAGES,
    )
    written = {table.name: table.rows for table in release.tables}
    assert written["mart_gap"] == len(ROWS)
    names = {file.name for file in release.folder.rglob("mart_*")}
    assert names == {"mart_view.parquet", "mart_view.csv"}


@pytest.mark.parametrize(
    "table",
    [
        PublishedTable("facts", "fct_person"),
        PublishedTable("marts", "mart_peeping"),
        PublishedTable("marts", "no_such_mart"),
    ],
)
def test_facts_and_views_of_them_and_missing_tables_are_refused_and_nothing_changes(
    tmp_path: Path, table: PublishedTable
) -> None:
    before = _publish(tmp_path)
    build_file = _build_file(tmp_path / "next", ROWS)
    with pytest.raises(UnpublishableError, match=table.name):
        publish(
            build_file,
            tmp_path / "published",
            [MART, table],
            _origin("later"),
            10,
            _workspace(tmp_path),
            PAGES,
        )
    assert sorted(path.name for path in (tmp_path / "published").iterdir()) == [
        before.name,
        "current",
        REGISTER,
    ]
    assert (tmp_path / "published" / "current").resolve() == before


def test_csv_is_rfc_4180_in_utf_8(tmp_path: Path) -> None:
    text = (_publish(tmp_path) / "csv" / "marts" / "mart_gap.csv").read_bytes()
    assert text.decode("utf-8") == (
        "area_code,sex,value,note\r\n9901,men,1234.25,\r\n9901,women,2.0,å\r\n9902,women,0.5,a;b\r\n"
    )


def test_swedish_csv_opens_in_excel(tmp_path: Path) -> None:
    text = (_publish(tmp_path) / "csv_sv" / "marts" / "mart_gap.csv").read_bytes()
    assert text.decode("utf-8") == (
        "\ufeffarea_code;sex;value;note\r\n"
        '9901;men;1234,25;\r\n9901;women;2,0;å\r\n9902;women;0,5;"a;b"\r\n'
    )


@pytest.mark.parametrize(
    ("kind", "rows"), [("parquet", 300_000), ("csv", 300_000), ("csv", 9000), ("csv_sv", 9000)]
)
def test_equal_rows_give_the_same_bytes_whatever_their_order(
    tmp_path: Path, kind: str, rows: int
) -> None:
    folders = []
    for order in ("asc", "desc"):
        build_file = _build_file(tmp_path / order, [])
        with duckdb.connect(str(build_file)) as connection:
            connection.execute(
                f"""
                insert into marts.mart_gap
                select cast(range // 2 as varchar), ['men', 'women'][1 + range % 2], range / 7, 'x'
                from range({rows})
                order by range {order}
                """
            )
        folders.append(
            publish(
                build_file,
                tmp_path / "published",
                [MART],
                _origin(order),
                2,
                _workspace(tmp_path),
                PAGES,
            ).folder
        )
    one, two = (sorted((folder / kind / "marts").glob("*.*")) for folder in folders)
    assert len(one) == len(two) == 1
    assert one[0].read_bytes() == two[0].read_bytes()


def test_a_table_too_long_for_a_spreadsheet_is_packed(tmp_path: Path) -> None:
    assert not list(_publish(tmp_path).rglob("*.gz"))
    build_file = _build_file(tmp_path / "long", [])
    with duckdb.connect(str(build_file)) as connection:
        connection.execute(
            "insert into marts.mart_gap select cast(range as varchar), 'men', 0.5, null "
            "from range(100001)"
        )
    published = tmp_path / "published"
    long = publish(
        build_file, published, [MART], _origin("long"), 10, _workspace(tmp_path), PAGES
    ).folder
    assert [file.name for file in (long / "csv" / "marts").iterdir()] == ["mart_gap.csv.gz"]
    assert not (long / "csv_sv").exists()
    with gzip.open(long / "csv" / "marts" / "mart_gap.csv.gz", "rt", encoding="utf-8") as text:
        assert sum(1 for _ in text) == 100_002


def test_the_manifest_names_every_file_with_its_hash_and_says_internal(tmp_path: Path) -> None:
    folder = _publish(tmp_path)
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["edition"] == "internal"
    assert manifest["inputs"] == [{"file_name": "a.csv", "sha256": "1" * 64}]
    assert manifest["tables"][0] == {
        "schema": "marts",
        "name": "mart_gap",
        "key": ["area_code", "sex"],
        "rows": 3,
    }
    on_disk = {
        str(file.relative_to(folder)): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in folder.rglob("*")
        if file.is_file() and file.name != "manifest.json"
    }
    assert {name: told["sha256"] for name, told in manifest["files"].items()} == on_disk


def test_files_are_read_only_and_no_wal_is_left(tmp_path: Path) -> None:
    files = [file for file in _publish(tmp_path).rglob("*") if file.is_file()]
    assert {file.stat().st_mode & 0o777 for file in files} == {0o444}
    assert not [file for file in files if file.suffix == ".wal"]


def test_current_is_swapped_and_a_reader_of_the_old_release_is_undisturbed(tmp_path: Path) -> None:
    current = tmp_path / "published" / "current"
    _publish(tmp_path, "a", [("9901", "men", 1.0, None)])
    with duckdb.connect(str(current / DATABASE), read_only=True) as reader:
        assert reader.execute("select value from marts.mart_gap").fetchall() == [(1.0,)]
        _publish(tmp_path, "b", [("9901", "men", 2.0, None)], keep=1)
        assert reader.execute("select value from marts.mart_gap").fetchall() == [(1.0,)]
        assert _values(current) == [(2.0,)]
    assert not (tmp_path / "published" / "a").exists()
    assert current.readlink() == Path("b")


def test_the_last_releases_stay_and_the_current_one_always(tmp_path: Path) -> None:
    for release_id in ("2026-01-01", "2026-01-02", "2026-01-03"):
        _publish(tmp_path, release_id, keep=2)
    published = tmp_path / "published"
    assert sorted(path.name for path in published.iterdir()) == [
        "2026-01-02",
        "2026-01-03",
        "current",
        REGISTER,
    ]
    _publish(tmp_path, "2025-12-31", keep=1)
    assert (published / "current").resolve().name == "2025-12-31"
    assert (published / "2025-12-31").is_dir()


def test_a_release_of_an_earlier_moment_never_becomes_current(tmp_path: Path) -> None:
    live = _publish(tmp_path, "live")
    origin = replace(_origin("past"), as_of=datetime(2025, 1, 31, tzinfo=UTC))
    build_file = _build_file(tmp_path / "past", ROWS)
    release = publish(
        build_file, live.parent, [MART, VERDICT], origin, 10, _workspace(tmp_path), PAGES
    )
    assert _values(release.folder)
    assert (live.parent / "current").resolve() == live.resolve()


def test_a_release_id_is_used_once(tmp_path: Path) -> None:
    _publish(tmp_path, "a")
    with pytest.raises(FileExistsError, match="used once"):
        _publish(tmp_path, "a")


def test_what_a_killed_night_left_behind_is_removed(tmp_path: Path) -> None:
    leftover = tmp_path / "published" / ".unfinished-killed"
    leftover.mkdir(parents=True)
    (leftover / DATABASE).write_bytes(b"half")
    _publish(tmp_path, "a")
    assert not leftover.exists()


def test_the_current_release_is_known_with_its_time(tmp_path: Path) -> None:
    assert current_release(tmp_path / "published") is None
    _publish(tmp_path, "a")
    release = current_release(tmp_path / "published")
    assert release is not None
    assert (release.release_id, release.published_at) == ("a", "2026-11-24T03:40:00+00:00")
    assert [table.rows for table in release.tables] == [3, 1]


def test_releases_are_numbered_and_the_numbers_outlive_them(tmp_path: Path) -> None:
    for release_id in ("a", "b", "c"):
        _publish(tmp_path, release_id, keep=1)
    register = read_register(tmp_path / "published")
    assert [(entry.release_number, entry.release_id) for entry in register] == [
        (1, "a"),
        (2, "b"),
        (3, "c"),
    ]
    assert not (tmp_path / "published" / "a").exists()
    manifest = json.loads((tmp_path / "published/current/manifest.json").read_text())
    assert manifest["release_number"] == 3


def test_a_release_is_final_when_it_makes_a_period_final(tmp_path: Path) -> None:
    published = tmp_path / "published"
    build_file = _build_file(tmp_path / "build", ROWS)
    past = datetime(2025, 1, 31, tzinfo=UTC)
    for release_id, as_of, periods in (
        ("a", None, ("2023",)),
        ("b", None, ("2023",)),
        ("c", past, ("2022",)),
        ("d", None, ("2022", "2023", "2024")),
    ):
        origin = replace(_origin(release_id), as_of=as_of, final_periods={"payment": periods})
        publish(build_file, published, [MART], origin, 10, _workspace(tmp_path), PAGES)
    assert [(entry.kind, entry.became_final) for entry in read_register(published)] == [
        ("final", {"payment": ["2023"]}),
        ("preliminary", {}),
        ("as_of", {}),
        ("final", {"payment": ["2022", "2024"]}),
    ]


def test_a_release_that_a_crash_kept_out_of_the_register_keeps_its_number(tmp_path: Path) -> None:
    _publish(tmp_path, "a")
    (tmp_path / "published" / REGISTER).unlink()
    _publish(tmp_path, "b")
    register = read_register(tmp_path / "published")
    assert [(entry.release_number, entry.release_id) for entry in register] == [(1, "a"), (2, "b")]


def test_a_kill_while_the_link_is_swapped_blocks_no_later_release(tmp_path: Path) -> None:
    first = _publish(tmp_path, "a")
    (first.parent / ".unfinished-current").symlink_to("a", target_is_directory=True)
    second = _publish(tmp_path, "b")
    assert (second.parent / "current").resolve() == second
    assert (first / DATABASE).is_file(), "what the link leads to is no leftover"
    assert not list(second.parent.glob(".unfinished*"))


def _told(published: Path) -> list[tuple[int, str]]:
    return [(entry.release_number, entry.release_id) for entry in read_register(published)]


def test_a_cut_register_is_told_anew_by_the_newest_release(tmp_path: Path) -> None:
    """Also of releases that are pruned, which nothing else names any more."""
    for release_id in ("a", "b", "c"):
        _publish(tmp_path, release_id, keep=1)
    register = tmp_path / "published" / REGISTER
    before = read_register(register.parent)
    register.write_text(register.read_text(encoding="utf-8")[:40], encoding="utf-8")
    assert read_register(register.parent) == before
    _publish(tmp_path, "d")
    assert _told(register.parent) == [(1, "a"), (2, "b"), (3, "c"), (4, "d")]


@pytest.mark.parametrize("damage", ["", "{", "\ufeff[1", "[]"])
def test_a_damaged_manifest_of_an_older_release_blocks_no_later_one(
    tmp_path: Path, damage: str
) -> None:
    first = _publish(tmp_path, "a")
    (first / "manifest.json").chmod(0o644)
    (first / "manifest.json").write_text(damage, encoding="utf-8")
    second = _publish(tmp_path, "b")
    assert _told(second.parent) == [(1, "a"), (2, "b")]
    (second.parent / REGISTER).write_text(damage, encoding="utf-8")
    assert _told(second.parent) == [(1, "a"), (2, "b")]


def test_a_release_that_nothing_names_is_told_with_its_files(tmp_path: Path) -> None:
    first = _publish(tmp_path, "a")
    (first.parent / REGISTER).unlink()
    (first / "manifest.json").chmod(0o644)
    (first / "manifest.json").write_text("{", encoding="utf-8")
    with pytest.raises(JamviktError, match=r"releases.json does not name a"):
        _publish(tmp_path, "b")
    with pytest.raises(JamviktError, match=r"manifest.json is missing or damaged"):
        current_release(first.parent)
