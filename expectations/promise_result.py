"""The verdict on a promise, and the file that carries verdicts from this process to whoever asked.

Nothing heavy is imported here: the night reads the file with `read_results`.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from expectations.evidence import Subject

Status = Literal["kept", "broken", "vacuous", "waived"]


@dataclass(frozen=True)
class PromiseResult:
    """The verdict on one promise, and what it rests on."""

    promise_id: str
    title_sv: str
    title_en: str
    question_sv: str
    question_en: str
    judges: str
    """The dbt model that the promise is about."""
    evidence: str
    """Table of the build file whose rows were judged, `schema.table`."""
    violated_when: str
    waived_when: str | None
    status: Status
    """kept · waived (kept but for waived rows) · vacuous (no rows to judge) · broken."""
    reason: str | None
    """Why it could not be judged; such a promise is broken."""
    rows_checked: int
    rows_violating: int
    rows_waived: int
    subject_count: int
    """What is violated: distinct subjects."""
    subjects: tuple[Subject, ...]
    """The first of them, with the columns that the promise declares as its subject; never personal
    data."""


def write_results(file: Path, results: Sequence[PromiseResult]) -> None:
    """Write the file under another name first: it is there in full or not at all."""
    text = json.dumps([asdict(result) for result in results], ensure_ascii=False, indent=2)
    unfinished = file.with_suffix(".unfinished")
    unfinished.write_text(text + "\n", encoding="utf-8")
    unfinished.replace(file)


def read_results(file: Path) -> list[PromiseResult]:
    """Read what `write_results` has written."""
    return [
        PromiseResult(**{**told, "subjects": tuple(told["subjects"])})
        for told in json.loads(file.read_text(encoding="utf-8"))
    ]
