"""Fetches Kolada's key figures from its API v3 into landing, when somebody asks for it.

Never part of a night: a night reads what lies in landing. With the standard library, for a page
of JSON a call needs no more.
"""

from __future__ import annotations

import csv
import json
import time
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin, urlsplit

from orchestration.errors import JamviktError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import date
    from pathlib import Path

    from orchestration.settings import Settings

BASE_URL = "https://api.kolada.se/v3/"
IDS_PER_CALL = 25
"""More in one part of an address Kolada refuses."""
TRIES = 5
SECONDS_BETWEEN_CALLS = 0.2
SECONDS_FOR_AN_ANSWER = 30
BUSY = {429, 500, 502, 503, 504}


def fetch(
    settings: Settings,
    years: Sequence[int],
    today: date,
    base_url: str = BASE_URL,
    sleep: Callable[[float], None] = time.sleep,
) -> Path:
    """Write the pages for all key figures and groups of the seeds to landing; return the file.

    The file is the array of the pages as they came. Nothing is written unless all of them came.
    """
    seeds = settings.project_dir / "seeds"
    kpis = sorted({row["kpi"] for row in _rows(seeds / "kolada_kpis.csv")})
    groups = {row["group_code"] for row in _rows(seeds / "benchmark_groups.csv")}
    members = sorted(
        {
            row["member_code"]
            for row in _rows(seeds / "kolada_groups.csv")
            if row["group_code"] in groups
        }
    )
    pages = [
        page
        for some_kpis in _chunks(kpis)
        for some_members in _chunks(members)
        for some_years in _chunks([str(year) for year in years])
        for page in _pages(
            urljoin(
                base_url,
                f"data/kpi/{','.join(some_kpis)}/municipality/{','.join(some_members)}"
                f"/year/{','.join(some_years)}",
            ),
            sleep,
        )
    ]
    file = settings.landing_dir / "kolada" / f"varden_v3_{today:%Y%m%d}.json"
    file.parent.mkdir(parents=True, exist_ok=True)
    # a night that begins now must not see half of it
    unfinished = file.with_name(f".{file.name}")
    unfinished.write_text(json.dumps(pages, ensure_ascii=False), encoding="utf-8")
    unfinished.replace(file)
    return file


def _pages(url: str, sleep: Callable[[float], None]) -> Iterator[dict[str, Any]]:
    seen = set()
    following: str | None = url
    while following:
        if following in seen or urlsplit(following)[:2] != urlsplit(url)[:2]:
            raise JamviktError(
                f"Kolada's next page is {following}, which is another place or one already read",
                "try again later, or put a download into landing by hand",
            )
        seen.add(following)
        page = _page(following, sleep)
        yield page
        following = page.get("next_url")
        sleep(SECONDS_BETWEEN_CALLS)


def _page(url: str, sleep: Callable[[float], None]) -> dict[str, Any]:
    """Return one page; wait twice as long each time that Kolada is busy."""
    problem = ""
    for attempt in range(TRIES):
        if attempt:
            sleep(2.0 ** (attempt - 1))
        try:
            status, text = _get(url)
        except (OSError, HTTPException) as error:
            problem = f"Kolada cannot be reached: {error}"
            continue
        if status == 200:
            return _read(text)
        problem = f"Kolada answers {status}"
        if status not in BUSY:
            break
    raise JamviktError(problem, "see that the computer is on line, and try again later")


def _get(url: str) -> tuple[int, bytes]:
    parts = urlsplit(url)
    kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
    connection = kind(parts.netloc, timeout=SECONDS_FOR_AN_ANSWER)
    try:
        path = parts.path + (f"?{parts.query}" if parts.query else "")
        connection.request("GET", path, headers={"Accept": "application/json"})
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def _read(text: bytes) -> dict[str, Any]:
    try:
        page = json.loads(text)
    except ValueError:
        page = None
    if not isinstance(page, dict) or not isinstance(page.get("values"), list):
        raise JamviktError(
            "Kolada's answer is no page of values", "see whether its API has changed"
        )
    return page


def _chunks(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    return (ids[start : start + IDS_PER_CALL] for start in range(0, len(ids), IDS_PER_CALL))


def _rows(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8", newline="") as text:
        return list(csv.DictReader(text))
