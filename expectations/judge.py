"""Judges all promises of a night and files the report: verdicts for machines, pages for auditors.

Great Expectations itself is in checkpoint.py, which takes ten seconds to import; nothing here does.
"""

from __future__ import annotations

import os
import re
import shutil
from importlib import import_module
from typing import TYPE_CHECKING

from expectations.data_docs.pages import write_pages
from expectations.evidence import Evidence, read_evidence
from expectations.promise_result import PromiseResult, Status, write_results
from expectations.promises import Promise, read_promises

if TYPE_CHECKING:
    from pathlib import Path

LATEST = "latest"


def import_great_expectations() -> None:
    """Import what judging needs (ten seconds), with Great Expectations' telemetry off."""
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    import_module("expectations.checkpoint")


def judge(
    build_file: Path,
    manifest_file: Path,
    reports_dir: Path,
    night_id: str,
    scratch_dir: Path,
    memory_limit: str,
) -> list[PromiseResult]:
    """Judge the promises of the manifest on a build file, which is opened read-only.

    Writes `reports_dir/<night_id>/data_docs/` and then, when all is there, `promises.json` (the
    results, in order of promise_id); `reports_dir/latest` then leads to this night. An earlier
    report of the same night is replaced. What does not fit in `memory_limit` (as DuckDB reads it)
    goes to `scratch_dir` for the moment.

    Raises PromiseError for a manifest that promises nothing or wrongly, ValueError for a night_id
    that is no folder name, duckdb.Error for a build file that cannot be opened.
    """
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*", night_id) or night_id == LATEST:
        raise ValueError(f"night_id must be usable as the name of a folder, not {night_id!r}")
    night_dir = reports_dir / night_id
    results_file = night_dir / "promises.json"
    data_docs = night_dir / "data_docs"
    # Whoever looks for verdicts must never find those of an earlier run.
    results_file.unlink(missing_ok=True)
    shutil.rmtree(data_docs, ignore_errors=True)
    data_docs.mkdir(parents=True)

    promises = read_promises(manifest_file)
    engine = {"memory_limit": memory_limit, "temp_directory": str(scratch_dir / "judge")}
    evidence = read_evidence(build_file, promises, engine)
    readable = [promise for promise in promises if not evidence[promise.promise_id].unreadable]

    import_great_expectations()
    from expectations.checkpoint import run_checkpoint

    violations = run_checkpoint(
        build_file, readable, night_id, data_docs / "great_expectations", scratch_dir, engine
    )
    results = [
        verdict(promise, evidence[promise.promise_id], violations.get(promise.promise_id))
        for promise in promises
    ]
    write_pages(data_docs, night_id, results)
    write_results(results_file, results)
    _lead_to(reports_dir / LATEST, night_id)
    return results


def verdict(promise: Promise, evidence: Evidence, violations: int | None) -> PromiseResult:
    """Return the result of a promise: kept only where every look at the evidence says so.

    `violations` are the rows that Great Expectations found, None where it came to no verdict.
    """
    reason = evidence.unreadable
    if reason is None and violations is None:
        reason = "Great Expectations came to no verdict; its log says why"
    elif reason is None and violations != evidence.rows_violating:
        reason = f"Great Expectations counts {violations} rows, SQL {evidence.rows_violating}"
    elif promise.must_have_evidence and not evidence.rows_checked:
        reason = "there is nothing to judge, and this promise must have something"
    status: Status = "kept"
    if reason or evidence.rows_violating:
        status = "broken"
    elif not evidence.rows_checked:
        status = "vacuous"
    elif evidence.rows_waived:
        status = "waived"
    return PromiseResult(
        promise_id=promise.promise_id,
        title_sv=promise.title.sv,
        title_en=promise.title.en,
        question_sv=promise.question.sv,
        question_en=promise.question.en,
        judges=promise.judges,
        evidence=promise.evidence,
        violated_when=promise.violated_when,
        waived_when=promise.waived_when,
        status=status,
        reason=reason,
        rows_checked=evidence.rows_checked,
        rows_violating=evidence.rows_violating,
        rows_waived=evidence.rows_waived,
        subject_count=evidence.subject_count,
        subjects=evidence.subjects,
    )


def _lead_to(link: Path, night_id: str) -> None:
    """Swap a relative link in one step: a reader finds the old night or the new one."""
    for leftover in link.parent.glob(f".{link.name}.*"):
        leftover.unlink()
    unfinished = link.with_name(f".{link.name}.{night_id}")
    unfinished.symlink_to(night_id, target_is_directory=True)
    unfinished.replace(link)
