"""Our own pages: the verdict of the night at a glance, and a page per promise.

Everything on them is in the results; nothing is looked up or judged here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from expectations.data_docs.environment import environment

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from expectations.promise_result import PromiseResult

STATUSES = {
    "broken": ("✗", "Brutet", "Broken"),
    "vacuous": ("○", "Inget att pröva", "Nothing to judge"),
    "waived": ("◐", "Hållet med undantag", "Kept, with waivers"),
    "kept": ("✓", "Hållet", "Kept"),
}
"""Sign and words of each status, what needs attention first."""


def write_pages(folder: Path, night_id: str, results: Sequence[PromiseResult]) -> None:
    """Write `index.html` and `promises/<promise_id>.html`, broken promises first."""
    order = list(STATUSES)
    pages = environment()
    pages.globals |= {"statuses": STATUSES, "night_id": night_id}
    ranked = sorted(results, key=lambda result: (order.index(result.status), result.promise_id))
    numbers = {status: sum(each.status == status for each in results) for status in STATUSES}
    index = pages.get_template("index.html").render(results=ranked, numbers=numbers)
    (folder / "index.html").write_text(index, encoding="utf-8")
    (folder / "promises").mkdir()
    promise_page = pages.get_template("promise.html")
    for result in results:
        raw = f"great_expectations/{result.promise_id}.html"
        html = promise_page.render(result=result, raw=raw if (folder / raw).is_file() else None)
        (folder / "promises" / f"{result.promise_id}.html").write_text(html, encoding="utf-8")
