"""Fetching from Kolada, tried against a server of our own on loopback; nothing goes on line."""

from __future__ import annotations

import json
import threading
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import duckdb
import pytest

from orchestration.errors import JamviktError
from orchestration.loading import load_table, read_participants
from orchestration.loading.contract import read_axes
from orchestration.tools.kolada import fetch
from tests.conftest import PROJECT_DIR, installation
from tests.unit.loading_support import NOW, workspace
from tests.unit.test_demo_exports import source_tables

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from orchestration.settings import Settings

TODAY = date(2026, 3, 2)


def page(kpi: str, next_url: str | None, **changes: object) -> dict[str, object]:
    value = {"gender": "K", "count": 1, "status": "", "value": 31.25, "isdeleted": False}
    men = {**value, "gender": "M", "value": None}
    return {
        "values": [
            {
                "kpi": kpi,
                "municipality": "9811",
                "period": 2025,
                "values": [{**value, **changes}, men],
            }
        ],
        "count": 1,
        "next_url": next_url,
        "previous_url": None,
    }


class Kolada:
    """Answers what a test tells it to, and remembers the paths that were asked for."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.answer: Callable[[str], tuple[int, object]] = lambda _: (200, page("N1", None))
        kolada = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:  # the name is http.server's
                kolada.asked.append(self.path)
                status, body = kolada.answer(self.path)
                self.send_response(status)
                self.end_headers()
                self.wfile.write(json.dumps(body).encode())

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/v3/"


@pytest.fixture
def kolada() -> Iterator[Kolada]:
    server = Kolada()
    thread = threading.Thread(target=server.server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.server.shutdown()
    server.server.server_close()
    thread.join()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Return an installation that asks for two key figures of a group of thirty."""
    seeds = tmp_path / "project" / "seeds"
    seeds.mkdir(parents=True)
    (seeds / "kolada_kpis.csv").write_text("kpi,title\nN2,b\nN1,a\n")
    (seeds / "benchmark_groups.csv").write_text("municipality_code,group_code\n9901,G\n")
    members = [f"G,Grupp,{code}" for code in range(9800, 9830)] + ["H,Andra,1280"]
    (seeds / "kolada_groups.csv").write_text(
        "\n".join(["group_code,group_name,member_code", *members]) + "\n"
    )
    return installation(tmp_path, tmp_path / "project")


def test_pages_are_followed_and_25_ids_asked_for_at_once(
    kolada: Kolada, settings: Settings
) -> None:
    def answer(path: str) -> tuple[int, object]:
        has_more = "?page=2" not in path and ",9824/" in path
        return 200, page("N1", f"{kolada.url[:-4]}{path}?page=2" if has_more else None)

    kolada.answer = answer
    waits: list[float] = []
    file = fetch(settings, [2024, 2025], TODAY, kolada.url, waits.append)

    first = "/v3/data/kpi/N1,N2/municipality/" + ",".join(map(str, range(9800, 9825)))
    last = "/v3/data/kpi/N1,N2/municipality/9825,9826,9827,9828,9829"
    years = "/year/2024,2025"
    assert kolada.asked == [first + years, first + years + "?page=2", last + years]
    assert len(json.loads(file.read_text())) == 3
    assert waits == [0.2] * 3
    assert [path.name for path in file.parent.iterdir()] == ["varden_v3_20260302.json"]


def test_a_busy_server_is_asked_again_after_longer_waits(
    kolada: Kolada, settings: Settings
) -> None:
    kolada.answer = lambda _: (429 if len(kolada.asked) < 4 else 200, page("N1", None))
    waits: list[float] = []
    fetch(settings, [2025], TODAY, kolada.url, waits.append)
    assert waits[:3] == [1.0, 2.0, 4.0]


@pytest.mark.parametrize(
    ("answer", "asked", "said"),
    [
        ((503, {}), 5, "503"),
        ((404, {}), 1, "404"),
        ((200, {"detail": "moved"}), 1, "no page of values"),
        ((200, page("N1", "https://elsewhere.example/v3/")), 1, "another place"),
    ],
)
def test_what_fails_writes_nothing(
    answer: tuple[int, object], asked: int, said: str, kolada: Kolada, settings: Settings
) -> None:
    kolada.answer = lambda _: answer
    with pytest.raises(JamviktError, match=said):
        fetch(settings, [2025], TODAY, kolada.url, lambda _: None)
    assert len(kolada.asked) == asked
    assert not (settings.landing_dir / "kolada").exists()


def test_what_was_fetched_lands_by_the_contract(
    kolada: Kolada, settings: Settings, tmp_path: Path
) -> None:
    """Pages, values that are null or taken back, and both spellings of women."""

    def answer(path: str) -> tuple[int, object]:
        if ",9824/" in path:
            return 200, page("N1", None)
        return 200, page("N2", None, gender="F", isdeleted=True, value=None)

    kolada.answer = answer
    fetch(settings, [2025], TODAY, kolada.url, lambda _: None)
    (table,) = [table for table in source_tables() if table.table_name == "varden_v3"]
    raw_file = tmp_path / "raw.duckdb"
    with workspace(tmp_path) as scratch:
        (outcome,) = load_table(
            raw_file,
            table,
            settings.landing_dir,
            key=bytes(range(32)),
            axes=read_axes(PROJECT_DIR),
            participants=read_participants(PROJECT_DIR, [table]),
            now=NOW,
            workspace=scratch,
        )
    assert (outcome.rows_loaded, outcome.problems) == (4, ())
    with duckdb.connect(raw_file, read_only=True) as connection:
        rows = connection.execute(
            "select kpi, municipality, period, gender, value, isdeleted from kolada.varden_v3"
        ).fetchall()
    assert sorted(rows, key=str) == [
        ("N1", "9811", 2025, "K", 31.25, False),
        ("N1", "9811", 2025, "M", None, False),
        ("N2", "9811", 2025, "F", None, True),
        ("N2", "9811", 2025, "M", None, False),
    ]
