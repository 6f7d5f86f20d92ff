"""What has come of a night: what its steps have made, kept in the order it came.

A step returns what it made and knows nothing of the others; telling people is summary.py.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from pathlib import Path

    from expectations.promise_result import PromiseResult
    from orchestration.loading import FileOutcome
    from orchestration.night.build_file import Figures
    from orchestration.night.dbt_runner import NodeResult
    from orchestration.night.vintage_builds import KnownBefore
    from orchestration.publishing.release import Release


class ExitCode(IntEnum):
    """What a night ends with (docs/architecture.md)."""

    PUBLISHED = 0
    PROMISE_BROKEN = 1
    OPTIONAL_REFUSED = 2
    TECHNICAL = 3
    NIGHT_RUNNING = 4


VERDICTS = {
    ExitCode.PUBLISHED: "published, everything in",
    ExitCode.PROMISE_BROKEN: "not published: a promise is broken",
    ExitCode.OPTIONAL_REFUSED: "published, but a file was refused or read by nobody",
    ExitCode.TECHNICAL: "not published: technical",
    ExitCode.NIGHT_RUNNING: "another night is running",
}


@dataclass(frozen=True)
class RegistryRead:
    """The project is parsed."""

    indicator_count: int


@dataclass(frozen=True)
class LandingSeen:
    """What lies in landing is known."""

    unclaimed: tuple[Path, ...]
    """Files that no contract claims."""


@dataclass(frozen=True)
class FilesRead:
    """The files of one table are loaded, skipped or refused."""

    source_name: str
    table_name: str
    outcomes: tuple[FileOutcome, ...]
    fault: str | None = None
    """What a required table lacks, which stops the night."""


@dataclass(frozen=True)
class VintagesReady:
    """Earlier states that the figures are compared with are there, oldest first."""

    vintages: tuple[KnownBefore, ...]


@dataclass(frozen=True)
class Built:
    """Dbt has ended."""

    nodes: tuple[NodeResult, ...]
    figures: Figures | None
    """None where a node has failed."""

    @property
    def failed(self) -> tuple[NodeResult, ...]:
        """What the night must stop for."""
        return tuple(node for node in self.nodes if node.has_failed)


@dataclass(frozen=True)
class Judged:
    """The promises are judged."""

    promises: tuple[PromiseResult, ...]


@dataclass(frozen=True)
class Published:
    """A release is made."""

    release: Release


@dataclass(frozen=True)
class Failed:
    """Something went wrong that is no verdict."""

    reason: str


@dataclass(frozen=True)
class KilledBefore:
    """Nights before this one have left no end."""

    night_ids: tuple[str, ...]


@dataclass(frozen=True)
class Warned:
    """Something beside the night went wrong: it changes neither the exit code nor the release."""

    reason: str


Made = (
    RegistryRead
    | LandingSeen
    | FilesRead
    | VintagesReady
    | Built
    | Judged
    | Published
    | Failed
    | KilledBefore
    | Warned
)
Kind = TypeVar("Kind", bound=Made)


@dataclass(frozen=True)
class Record:
    """What has come of a night; what is kept is never changed."""

    _made: list[Made] = field(default_factory=list)

    def keep(self, made: Made) -> None:
        """Write down what a step has made."""
        self._made.append(made)

    def _each(self, kind: type[Kind]) -> list[Kind]:
        return [made for made in self._made if isinstance(made, kind)]

    @property
    def indicator_count(self) -> int | None:
        """Indicators of the registry; None before it is read."""
        return next((read.indicator_count for read in self._each(RegistryRead)), None)

    @property
    def unclaimed(self) -> tuple[Path, ...]:
        """Files in landing that no contract claims."""
        return tuple(file for seen in self._each(LandingSeen) for file in seen.unclaimed)

    @property
    def files(self) -> dict[tuple[str, str], tuple[FileOutcome, ...]]:
        """Outcomes by source and table."""
        return {
            (read.source_name, read.table_name): read.outcomes for read in self._each(FilesRead)
        }

    @property
    def outcomes(self) -> tuple[FileOutcome, ...]:
        """Outcomes of all files."""
        return tuple(outcome for outcomes in self.files.values() for outcome in outcomes)

    @property
    def vintages(self) -> tuple[KnownBefore, ...]:
        """Earlier states that the figures are compared with, oldest first."""
        return tuple(vintage for ready in self._each(VintagesReady) for vintage in ready.vintages)

    @property
    def figures(self) -> Figures | None:
        """What was built; None before all of it is."""
        return next((built.figures for built in self._each(Built)), None)

    @property
    def promises(self) -> tuple[PromiseResult, ...]:
        """Verdicts; empty before anything is judged."""
        return tuple(promise for judged in self._each(Judged) for promise in judged.promises)

    @property
    def release(self) -> Release | None:
        """What readers got."""
        return next((published.release for published in self._each(Published)), None)

    @property
    def failures(self) -> tuple[str, ...]:
        """What went wrong, in words."""
        return tuple(failed.reason for failed in self._each(Failed))

    @property
    def killed_before(self) -> tuple[str, ...]:
        """Nights since the last that ended, oldest first."""
        return tuple(night for told in self._each(KilledBefore) for night in told.night_ids)

    @property
    def warnings(self) -> tuple[str, ...]:
        """What went wrong beside the night, in words."""
        return tuple(warned.reason for warned in self._each(Warned))

    @property
    def exit_code(self) -> ExitCode:
        """What the night ends with, as things stand."""
        if self.release is None:
            broken = any(promise.status == "broken" for promise in self.promises)
            return ExitCode.PROMISE_BROKEN if broken else ExitCode.TECHNICAL
        is_refused = any(outcome.status == "refused" for outcome in self.outcomes)
        if is_refused or self.unclaimed:
            return ExitCode.OPTIONAL_REFUSED
        return ExitCode.PUBLISHED

    def as_line(self) -> dict[str, Any]:
        """Return what later nights and people may want to know of it."""
        return {
            "exit_code": int(self.exit_code),
            "verdict": VERDICTS[self.exit_code],
            "release": self.release.release_id if self.release else None,
            "files": {
                status: sum(outcome.status == status for outcome in self.outcomes)
                for status in ("loaded", "skipped", "refused")
            },
            "files_unclaimed": len(self.unclaimed),
            "rows_loaded": sum(outcome.rows_loaded for outcome in self.outcomes),
            "rows_quarantined": sum(outcome.rows_quarantined for outcome in self.outcomes),
            "vintages": {
                str(vintage.cut_off_date): "built" if vintage.is_new else "kept"
                for vintage in self.vintages
            },
            "final_figures_changed": self.figures.changed_since_final if self.figures else None,
            "indicators": self.indicator_count,
            "promises": {promise.promise_id: promise.status for promise in self.promises},
            "failures": list(self.failures),
            "warnings": list(self.warnings),
            "killed_before": list(self.killed_before),
        }
