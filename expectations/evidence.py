"""What the evidence of a promise holds: how many rows, and what its violations are about.

Reads the build file and nothing else; whether a promise is kept is decided in judge.py.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import duckdb

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from expectations.promises import Promise

SUBJECTS_NAMED = 20
"""Subjects named per promise; how many there are is always told."""

Subject = dict[str, str | None]


@dataclass(frozen=True)
class Evidence:
    """The evidence of one promise, counted in rows."""

    rows_checked: int = 0
    rows_violating: int = 0
    rows_waived: int = 0
    subject_count: int = 0
    """Distinct subjects among the violations."""
    subjects: tuple[Subject, ...] = ()
    """The first of them in their own order, every value as text."""
    unreadable: str | None = None
    """Why the evidence could not be read; then every count is 0."""


def read_evidence(
    build_file: Path, promises: Iterable[Promise], engine: Mapping[str, str]
) -> dict[str, Evidence]:
    """Return the evidence by promise_id; what cannot be read says why.

    `engine`: configuration of DuckDB. Raises duckdb.Error when the file itself cannot be opened.
    """
    with duckdb.connect(str(build_file), read_only=True, config={**engine}) as connection:
        return {promise.promise_id: _read(connection, promise) for promise in promises}


def _read(connection: duckdb.DuckDBPyConnection, promise: Promise) -> Evidence:
    try:
        (counts,) = connection.execute(
            f"""
            select
                count(*),
                count(*) filter (where {promise.is_violated}),
                count(*) filter (where {promise.is_waived})
            from {promise.relation}
            """
        ).fetchall()
        subject = f"""
            with subject as (
                select distinct {promise.subject_list}
                from {promise.relation}
                where {promise.is_violated}
            )
        """
        ((subject_count,),) = connection.execute(
            f"{subject} select count(*) from subject"
        ).fetchall()
        subjects = connection.execute(
            f"""
            {subject}
            select cast(columns(*) as varchar) from subject
            order by all limit {SUBJECTS_NAMED}
            """
        ).fetchall()
    except duckdb.Error as error:
        return Evidence(unreadable=_reason(error))
    rows_checked, rows_violating, rows_waived = counts
    return Evidence(
        rows_checked,
        rows_violating,
        rows_waived,
        subject_count,
        tuple(dict(zip(promise.subject, row, strict=True)) for row in subjects),
    )


def _reason(error: duckdb.Error) -> str:
    """Return what went wrong without any value of a row.

    Faults of the statement itself are told in DuckDB's words; those that come up while rows are
    read quote the row ("Could not convert string '…'"), so of them only the kind is told.
    """
    kind = type(error).__name__
    if isinstance(error, duckdb.CatalogException | duckdb.BinderException | duckdb.ParserException):
        return f"{kind}: {str(error).splitlines()[0]}"
    return f"{kind} while the rows were read"
