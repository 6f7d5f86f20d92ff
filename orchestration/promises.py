"""Has the promises judged: starts `python -m expectations`, reads its verdicts, keeps them.

What a promise means is the business of the expectations package, which knows nothing of this one.
"""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from orchestration.errors import JamviktError

if TYPE_CHECKING:
    from orchestration.night import Night
    from orchestration.settings import Settings


@dataclass(frozen=True)
class PromiseResult:
    """The verdict on one promise."""

    promise_id: str
    title_sv: str
    title_en: str
    judges: str
    evidence: str
    status: str
    """kept, broken, vacuous (nothing to judge) or waived (kept but for waived rows)."""
    reason: str | None
    """Why it could not be judged; such a promise is broken."""
    rows_checked: int
    rows_violating: int
    rows_waived: int
    subject_count: int
    """What is violated: distinct subjects."""
    subjects: tuple[Any, ...]
    """The first of them: objects of the naming columns, never personal data."""


class Judge:
    """The process that judges; it imports while dbt still builds, and opens no file until told."""

    def __init__(self, night: Night) -> None:
        """Start it."""
        settings = night.settings
        self._results_file = night.reports_dir / "promises.json"
        self._log_file = night.log_file
        night.log_file.parent.mkdir(parents=True, exist_ok=True)
        with night.log_file.open("ab") as log:
            self._process = subprocess.Popen(
                [
                    *(sys.executable, "-m", "expectations", "--wait"),
                    *("--build-file", str(settings.build_file)),
                    *("--manifest", str(settings.manifest_file)),
                    *("--reports-dir", str(settings.reports_dir)),
                    *("--night-id", night.night_id),
                ],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                text=True,
                cwd=settings.project_dir,
            )

    def verdicts(self) -> list[PromiseResult]:
        """Let it judge the build file, which nobody may have open, and return its verdicts.

        Raises JamviktError when it ends without verdicts.
        """
        self._process.communicate("go\n")
        if not self._results_file.is_file():
            raise JamviktError(
                f"The promises could not be judged (exit {self._process.returncode}).",
                f"read {self._log_file}",
            )
        results = json.loads(self._results_file.read_text(encoding="utf-8"))
        return [_result(result) for result in results]

    def stop(self) -> None:
        """End the process where it still runs."""
        if self._process.poll() is None:
            self._process.kill()
        self._process.communicate()


def _result(result: dict[str, Any]) -> PromiseResult:
    fields = {name: result[name] for name in PromiseResult.__dataclass_fields__}
    return PromiseResult(**{**fields, "subjects": tuple(result["subjects"])})


def keep_verdicts(settings: Settings, night: Night) -> None:
    """Write the verdicts to `quality.promise_result` of the build file, and the night beside them.

    Both say something of the run, so they stand in `quality` and nowhere else.
    """
    import duckdb

    with duckdb.connect(str(settings.build_file)) as connection:
        connection.execute(
            """
            create schema if not exists quality;
            create or replace table quality.promise_result (
                promise_id varchar primary key,
                title_sv varchar not null,
                title_en varchar not null,
                judges varchar not null,
                evidence varchar not null,
                status varchar not null,
                reason varchar,
                rows_checked bigint not null,
                rows_violating bigint not null,
                rows_waived bigint not null,
                subject_count bigint not null,
                subjects varchar not null
            );
            comment on table quality.promise_result is
                'One row per promise: the verdict of the night this release comes from.';
            comment on column quality.promise_result.subjects is
                'JSON: the first subjects violated, each an object of the columns that name it.';
            create or replace table quality.night (
                night_id varchar primary key, started_at timestamptz not null, as_of timestamptz
            );
            comment on table quality.night is 'One row: the night this release comes from.'
            """
        )
        connection.executemany(
            "insert into quality.promise_result values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                (
                    *(promise.promise_id, promise.title_sv, promise.title_en),
                    *(promise.judges, promise.evidence, promise.status, promise.reason),
                    *(promise.rows_checked, promise.rows_violating, promise.rows_waived),
                    promise.subject_count,
                    json.dumps(promise.subjects, ensure_ascii=False),
                )
                for promise in night.promises
            ],
        )
        connection.execute(
            "insert into quality.night values (?, ?, ?)",
            [night.night_id, night.started, settings.as_of],
        )
