"""What a night would do with files, said beforehand: the command `jamvikt check`.

Judging a file is the business of loading; this module only shows its outcomes.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from rich.markup import escape

from orchestration.loading import (
    UnclaimedFileError,
    check_file,
    find_files,
    read_axes,
    read_participants,
    unmatched_files,
)
from orchestration.night.summary import print_unclaimed, shown_name
from orchestration.registry.declared import read_declared

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from rich.console import Console

    from orchestration.loading import FileOutcome, SourceTable
    from orchestration.settings import Settings

COLOURS = {"loaded": "green", "skipped": "dim", "refused": "red"}
WOULD = {"loaded": "would load", "skipped": "would skip", "refused": "would refuse"}
DECLARE = "mend it there; docs/contracts.md and CONTRIBUTING.md list what may stand"
PROBLEMS_SHOWN = 10


def print_check(console: Console, settings: Settings, files: Sequence[Path]) -> bool:
    """Say what would become of the files, or of everything in landing; return whether all is well.

    All is well when nothing is wrong with what the project declares, no file would be refused and
    every file in landing has a contract. Needs no dbt and leaves nothing behind. Raises
    JamviktError for a file that is not there.
    """
    declared = read_declared(settings.project_dir)
    tables = declared.sources
    for fault in declared.faults:
        console.print(
            f"[red]wrong[/red] {escape(fault)}\n    fix: {DECLARE}",
            highlight=False,
            soft_wrap=True,
        )
    axes = read_axes(settings.project_dir)
    participants = read_participants(settings.project_dir, tables)
    console.print(f"contracts valid: {len(tables)} tables", highlight=False)
    unclaimed: list[Path] = []
    is_asked_for = bool(files)
    if not files:
        unclaimed = unmatched_files(settings.landing_dir, tables)
        # not only files: what has the name of one and is none is refused by name, as by a night
        files = sorted(
            {file for table in tables for file in find_files(table, settings.landing_dir)}
        )
    refused = 0
    with settings.workspace(f"check-{os.getpid()}") as workspace:
        for file in files:
            try:
                outcome = check_file(
                    file,
                    tables,
                    axes=axes,
                    participants=participants,
                    now=datetime.now(UTC),
                    workspace=workspace,
                    raw_file=settings.raw_file,
                )
            except UnclaimedFileError as error:
                refused += 1
                told = escape(f"{shown_name(f'{file.parent.name}/{file.name}')}: {error}")
                console.print(
                    f"[red]would not read[/red] {told}",
                    highlight=False,
                    soft_wrap=True,
                )
                continue
            refused += outcome.status == "refused"
            print_outcome(console, outcome, tables, with_signals=is_asked_for)
    print_unclaimed(console, settings.landing_dir, unclaimed)
    console.print(
        f"{len(files)} files: {refused} would be refused; nothing was changed", highlight=False
    )
    return not declared.faults and not refused and not unclaimed


def print_outcome(
    console: Console,
    outcome: FileOutcome,
    tables: Sequence[SourceTable] = (),
    *,
    with_signals: bool,
) -> None:
    """Say what would become of a file and what is wrong with it; if asked, all its signals."""
    rows = (
        f"{outcome.rows_in_file} rows, {outcome.rows_quarantined} of them to quarantine"
        if outcome.status == "loaded"
        else outcome.reason or "loaded before"
    )
    colour, would = COLOURS[outcome.status], WOULD[outcome.status]
    name = escape(f"{outcome.source_name}/{outcome.file_name}")
    console.print(
        f"[{colour}]{would:<13}[/{colour}]{name}: {escape(rows)}", highlight=False, soft_wrap=True
    )
    if outcome.undeclared_columns:
        console.print(
            f"  {outcome.undeclared_columns} columns are not in the contract and would not be "
            f"read{_places(outcome, tables)}",
            highlight=False,
            soft_wrap=True,
        )
    if with_signals:
        for signal in outcome.signals:
            limit = "" if signal.limit is None else f" of at most {signal.limit:g}"
            console.print(f"  {signal.name:<24}{signal.value:g}{limit}", highlight=False)
    # what is wrong with the file as a whole is its reason, told above
    problems = [each for each in outcome.problems if each.row or each.column]
    for problem in problems[:PROBLEMS_SHOWN]:
        console.print(
            f"  {escape(problem.message)}\n    fix: {escape(problem.fix)}",
            highlight=False,
            soft_wrap=True,
        )
    if len(problems) > PROBLEMS_SHOWN:
        console.print(f"  and more: {len(problems) - PROBLEMS_SHOWN}", highlight=False)


def _places(outcome: FileOutcome, tables: Sequence[SourceTable]) -> str:
    """Say where in the file they stand and which it names; never their names, which may be data."""
    told = ""
    if outcome.undeclared_places:
        told = f": number {', '.join(map(str, outcome.undeclared_places))} of the header"
    for table in tables:
        if (table.source_name, table.table_name) == (outcome.source_name, outcome.table_name):
            told += f"; it names {', '.join(column.header for column in table.columns)}"
    return escape(told)
