"""What people see of a night: the progress display while it runs, the summary when it has ended.

Nothing is computed here that the night does not know.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Self

from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from orchestration.errors import JamviktError
from orchestration.night.night import UNENDED
from orchestration.night.record import VERDICTS, ExitCode
from orchestration.publishing.release import current_release

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from rich.console import Console
    from rich.progress import TaskID

    from expectations.promise_result import PromiseResult
    from orchestration.errors import NightRunningError
    from orchestration.night.night import Night
    from orchestration.settings import Settings

STAGES = {
    "start": "read the registry",
    "demo": "write demo exports",
    "load": "load files",
    "vintages": "known before",
    "build": "build the warehouse",
    "judge": "judge the promises",
    "publish": "publish",
}
SUBJECTS_SHOWN = 5
UNCLAIMED_SHOWN = 3
UNREAD = (
    (
        True,
        "no contract claims the name",
        "rename the file, or widen `files` in the source's YAML",
    ),
    (
        False,
        "it is a link to nothing, a pipe, or a folder that may not be opened",
        "see that what is mounted there is up, and that the user who runs Jämvikt may read it",
    ),
)
"""Whether it is a file, why nobody reads it, and the fix."""
CLOSE_TO_LIMIT = 0.5
"""Share of a limit from which on a signal is told though nothing is above it."""
GIB = 2**30


class NightDisplay:
    """Progress of a night: one line per stage, n of m done."""

    def __init__(self, console: Console) -> None:
        """Show nothing yet."""
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("{task.fields[what]}", style="dim"),
            console=console,
        )
        self._tasks: dict[str, TaskID] = {}

    def __enter__(self) -> Self:
        """Start to show."""
        self._progress.start()
        return self

    def __exit__(self, *_exception: object) -> None:
        """Stop to show; the lines stay."""
        self._progress.stop()

    def expect(self, stage: str, total: int | None) -> None:
        """Show a stage and how much there is to do in it, where that is known."""
        self._tasks[stage] = self._progress.add_task(
            STAGES[stage], total=total, what="", start=False
        )

    def advance(self, stage: str, what: str) -> None:
        """Show that one more thing of a stage is done."""
        task = self._tasks[stage]
        self._progress.start_task(task)
        self._progress.update(task, advance=1, what=escape(what))

    def finish(self, stage: str) -> None:
        """Stop the clock of a stage whose extent was not known."""
        task = self._progress.tasks[self._tasks[stage]]
        self._progress.update(task.id, total=task.completed)


def print_summary(console: Console, night: Night) -> None:
    """Say what came in, what was promised and kept, what is published, and what went wrong."""
    console.print()
    if night.record.files:
        console.print(_files_table(night))
    _print_refused(console, night)
    _print_signals(console, night)
    print_unclaimed(console, night.settings.landing_dir, night.record.unclaimed)
    _print_promises(console, night)
    _print_vintages(console, night)
    for killed in night.record.killed_before:
        _print_warning(console, "before", f"{killed} {UNENDED['verdict']}")
    for failure in night.record.failures:
        console.print(f"[red]failed[/red]     {escape(failure)}", highlight=False, soft_wrap=True)
    for warning in night.record.warnings:
        _print_warning(console, "warning", warning)
    meter = night.meter
    seconds = " · ".join(f"{stage} {taken:.1f}" for stage, taken in meter.seconds.items())
    lines = [
        ("seconds", f"{seconds} · in all {sum(meter.seconds.values()):.1f}"),
        ("memory", _gib(meter.memory, "take", night.workspace.memory_limit)),
        ("report", str(night.report_file or "none: nothing was judged")),
        ("log", str(night.log_file)),
        ("live", live(night.settings)),
        (f"exit {night.record.exit_code}", VERDICTS[night.record.exit_code]),
    ]
    if spilled := {stage: peak for stage, peak in meter.spilled.items() if peak > GIB / 20}:
        lines.insert(2, ("scratch", _gib(spilled, "spill", night.workspace.spill_limit)))
    if count := night.record.indicator_count:
        lines.insert(0, ("indicators", str(count)))
    if night.settings.as_of:
        lines.insert(0, ("as of", night.settings.as_of.isoformat()))
    for name, text in lines:
        console.print(f"[bold]{name:<11}[/bold]{escape(text)}", highlight=False, soft_wrap=True)


def print_night_running(
    console: Console, settings: Settings, error: NightRunningError, warnings: Sequence[str]
) -> None:
    """Say that nothing was done, and what readers have meanwhile."""
    console.print(escape(str(error)), highlight=False, soft_wrap=True)
    for warning in warnings:
        _print_warning(console, "warning", warning)
    console.print(f"[bold]{'live':<11}[/bold]{escape(live(settings))}", highlight=False)
    code = ExitCode.NIGHT_RUNNING
    console.print(f"[bold]exit {int(code):<6}[/bold]{VERDICTS[code]}", highlight=False)


def _print_warning(console: Console, kind: str, text: str) -> None:
    console.print(f"[yellow]{kind:<11}[/yellow]{escape(text)}", highlight=False, soft_wrap=True)


def live(settings: Settings) -> str:
    """Return which release readers have, since when and where."""
    try:
        release = current_release(settings.published_dir)
    except JamviktError as error:
        return str(error)
    if release is None:
        return "nothing has been published yet"
    return (
        f"{settings.published_dir / 'current'} = release {release.release_number} "
        f"({release.release_id}), since {release.published_at}"
    )


def _files_table(night: Night) -> Table:
    table = Table(box=None, header_style="bold", pad_edge=False)
    table.add_column("source")
    for heading in ("new", "skipped", "refused", "rows loaded", "quarantined"):
        table.add_column(heading, justify="right")
    for (source, name), outcomes in night.record.files.items():
        counts = (
            *(
                sum(outcome.status == status for outcome in outcomes)
                for status in ("loaded", "skipped", "refused")
            ),
            sum(outcome.rows_loaded for outcome in outcomes),
            sum(outcome.rows_quarantined for outcome in outcomes),
        )
        table.add_row(f"{source}.{name}", *(f"{count:,}".replace(",", " ") for count in counts))
    return table


def _print_refused(console: Console, night: Night) -> None:
    for (source, _table), outcomes in night.record.files.items():
        for outcome in outcomes:
            if outcome.status == "refused":
                console.print(
                    f"[red]refused[/red]    {escape(f'{source}/{outcome.file_name}')}: "
                    f"{escape(outcome.reason or '')}",
                    highlight=False,
                    soft_wrap=True,
                )


def _print_signals(console: Console, night: Night) -> None:
    """Say of each signal which delivery that was loaded came closest to its limit, if any did."""
    closest: dict[str, tuple[float, str]] = {}
    for outcome in night.record.outcomes:
        for signal in outcome.signals:
            if outcome.status == "loaded" and signal.limit and signal.value:
                share = signal.value / signal.limit
                place = f"{outcome.source_name}/{outcome.file_name}"
                told = f"{place}: {signal.value:g} of {signal.limit:g}"
                closest[signal.name] = max(closest.get(signal.name, (0, "")), (share, told))
    for name, (share, told) in closest.items():
        if share > CLOSE_TO_LIMIT:
            console.print(
                f"[yellow]signal[/yellow]     {name}: {escape(told)}",
                highlight=False,
                soft_wrap=True,
            )


def print_unclaimed(console: Console, landing_dir: Path, files: Sequence[Path]) -> None:
    """Name the files that no contract claims, and what is no file."""
    for is_file, why, fix in UNREAD:
        told = [file for file in files if _is_file(file) == is_file]
        if not told:
            continue
        names = [file.relative_to(landing_dir).as_posix() for file in told[:UNCLAIMED_SHOWN]]
        shown = ", ".join(shown_name(name) for name in names)
        more = f" and {len(told) - UNCLAIMED_SHOWN} more" if len(told) > UNCLAIMED_SHOWN else ""
        console.print(
            f"[yellow]unread[/yellow]     {escape(shown)}{more}: {why}\n  fix: {fix}",
            highlight=False,
            soft_wrap=True,
        )


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:
        return False


def shown_name(name: str) -> str:
    """Return a name that anybody may have given, as it can be shown.

    It may hold the number of a person, so its digits are masked, and characters that steer a
    terminal or break a line.
    """
    masked = re.sub(r"\d", "9", name)
    return "".join(character if character.isprintable() else "?" for character in masked)


def _print_promises(console: Console, night: Night) -> None:
    if not night.record.promises:
        return
    counts = {
        status: sum(promise.status == status for promise in night.record.promises)
        for status in ("kept", "broken", "vacuous", "waived")
    }
    told = " · ".join(f"{count} {status}" for status, count in counts.items())
    console.print(f"[bold]{'promises':<11}[/bold]{told}", highlight=False)
    for promise in night.record.promises:
        if promise.status == "broken":
            _print_broken(console, promise)


def _print_broken(console: Console, promise: PromiseResult) -> None:
    because = promise.reason or (
        f"{promise.rows_violating} of {promise.rows_checked} rows of {promise.evidence}"
    )
    console.print(
        f"[red]broken[/red]     {promise.promise_id}: {escape(promise.title_en)} "
        f"({escape(because)})",
        highlight=False,
        soft_wrap=True,
    )
    for subject in promise.subjects[:SUBJECTS_SHOWN]:
        console.print(f"           {escape(_subject(subject))}", highlight=False, soft_wrap=True)
    more = promise.subject_count - len(promise.subjects[:SUBJECTS_SHOWN])
    if more > 0:
        console.print(f"           and {more} more", highlight=False)


def _print_vintages(console: Console, night: Night) -> None:
    vintages = night.record.vintages
    if not vintages:
        return
    told = ", ".join(str(vintage.cut_off_date) for vintage in vintages)
    built = sum(vintage.is_new for vintage in vintages)
    console.print(
        f"[bold]{'vintages':<11}[/bold]{told} ({built} built, {len(vintages) - built} kept)",
        highlight=False,
    )
    figures = night.record.figures
    if figures and figures.changed_since_final:
        console.print(
            f"[yellow]revised[/yellow]    {figures.changed_since_final} figures have changed since "
            "they were final: has_final_changed in mart_revision",
            highlight=False,
            soft_wrap=True,
        )


def _subject(subject: Any) -> str:
    if isinstance(subject, dict):
        return ", ".join(f"{name} {value}" for name, value in subject.items())
    return json.dumps(subject, ensure_ascii=False)


def _gib(peaks: dict[str, int], verb: str, limit: int) -> str:
    """Return the peak of every stage, of all processes, beside what a single engine may have."""
    told = " · ".join(f"{stage} {peak / GIB:.1f}" for stage, peak in peaks.items())
    return f"GiB at most: {told}; an engine may {verb} {limit / GIB:.1f}"
