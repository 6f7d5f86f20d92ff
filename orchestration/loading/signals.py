"""What a delivery says of itself: counts of its rows beside limits, and beside the delivery before.

The counts are made by counting.py and reading.py; what follows from a signal is delivery.py.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from math import sqrt
from typing import TYPE_CHECKING

from orchestration.loading.outcome import Signal

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from orchestration.loading.contract import SourceTable
    from orchestration.loading.counting import Counts
    from orchestration.loading.reading import Seen

LEAST_ROWS = 20
"""Fewer persons than this have no share that says anything."""
STANDARD_ERRORS = 3
"""What chance is allowed between deliveries of different months."""
SEXES = ("women", "men", "unknown")
EXPORT = "export the file again"
MESSAGES = {
    "bad_row_share": (
        "{quarantined} of {rows} rows do not fit the contract, more than {limit:.0%}{perhaps_cut}"
    ),
    "row_fall_share": (
        "{rows} rows where the delivery before had {rows_before}, a fall of more than {limit:.0%}"
    ),
    "rows_after_footer": (
        "{value:.0f} rows stand after the footer {footer}: subtotals, or files put together"
    ),
    "footer_missing": "the footer {footer} is missing: the file has been cut off",
    "cut_last_row": "the file ends inside its last row, without a line end: it has been cut off",
    "empty": "the file has no row: nobody was there, or nothing was found",
    "equal_row_share": "{value:.1%} of the rows stand there once more, above {limit:.0%}",
    "no_number_rise": (
        "the share of identities that are no person number has risen by {value:.1%} since the "
        "delivery before, above {limit:.1%}"
    ),
    "sex_shift": (
        "the share of women, men or unknown among the rows has changed by {value:.1%} since the "
        "delivery before, above {limit:.1%}"
    ),
    "contradicting_sex_share": (
        "the system says another sex than the number in {value:.1%} of the rows, above {limit:.0%}"
    ),
    "person_number_share": (
        "{with_number} of {rows} rows have a person number in a column that is no identity, more "
        "than {limit:.0%}"
    ),
    "unknown_sex_share": "{value:.1%} of the rows have an unknown code of a sex, above {limit:.0%}",
    "same_bytes": "the same bytes have been loaded as those of another area",
}
"""What a signal above its limit means."""
PERHAPS_CUT = "; the last of them has no line end, so the file may have been cut off"
FIXES = {
    "bad_row_share": "mend the rows that `jamvikt check` names",
    "rows_after_footer": "export the file without subtotals",
    "empty": "export the file again; where there was nobody, say `empty_means_nobody: true`",
    "equal_row_share": "export the file again, name more columns in `key`",
    "no_number_rise": "see that the numbers are whole, and export the file again",
    "sex_shift": "see that both sexes are in the export, and export the file again",
    "contradicting_sex_share": "see that `codes` of the sex are not turned round",
    "person_number_share": (
        "declare the columns that `jamvikt check` names: `identity: personnummer`, `drop`, or "
        "`looks_like_identity` where they only look so"
    ),
    "unknown_sex_share": "add the codes to `codes` of the column",
    "same_bytes": "rename the file, export that of this area",
}
"""What to do about it where `export the file again` does not say enough."""
LIMITLESS = ("open_end", "rows_women", "rows_men", "rows_unknown", "identities", "no_numbers")
"""Signals that are kept for the delivery after this one and have no limit of their own."""


@dataclass(frozen=True)
class Before:
    """The delivery before of the same area."""

    rows_in_file: int
    is_of_same_months: bool
    """Of a register, which has none, every one is."""
    is_of_same_events: bool
    """Whether both are of one period, so that they tell of the same events."""
    signals: Mapping[str, float] = field(default_factory=dict)
    """By name."""


def read_signals(
    table: SourceTable, counts: Counts, seen: Seen, before: Before | None, *, is_elsewhere: bool
) -> tuple[Signal, ...]:
    """Return what a file says of itself, in order of the contract's limits.

    `is_elsewhere`: whether the same bytes have been loaded under the name of another area.
    """
    limits = dict(table.contract.limits)
    limits["empty"] = int(table.contract.empty_means_nobody)
    signals = []
    for name, value, chance in _measured(table, counts, seen, before, is_elsewhere=is_elsewhere):
        limit = None if name in LIMITLESS else limits[name] + chance
        signals.append(Signal(name, round(value, 6), None if limit is None else round(limit, 6)))
    return tuple(signals)


def told(
    signal: Signal, table: SourceTable, counts: Counts, seen: Seen, before: Before | None
) -> tuple[str, str]:
    """Return message and fix of a signal that is above its limit."""
    message = MESSAGES[signal.name].format(
        value=signal.value,
        limit=signal.limit,
        rows=counts.rows,
        quarantined=counts.rows_quarantined,
        with_number=counts.rows_with_number,
        rows_before=before.rows_in_file if before else 0,
        footer=table.contract.footer,
        perhaps_cut=PERHAPS_CUT if seen.is_open and counts.is_last_row_bad else "",
    )
    fix = FIXES.get(signal.name, EXPORT)
    if signal.name in type(table.contract.limits).model_fields:
        fix += f", or mend `limits.{signal.name}`"
    return message, f"{fix} in {table.file}"


def _measured(
    table: SourceTable, counts: Counts, seen: Seen, before: Before | None, *, is_elsewhere: bool
) -> Iterator[tuple[str, float, float]]:
    """Yield name and value of every signal, and what chance adds to its limit."""
    rows = counts.rows
    yield "empty", not rows, 0
    yield "person_number_share", counts.rows_with_number / max(rows, 1), 0
    yield "bad_row_share", counts.rows_quarantined / max(rows, 1), 0
    if before and before.is_of_same_months and table.contract.delivery == "snapshot":
        yield "row_fall_share", max(1 - rows / max(before.rows_in_file, 1), 0), 0
    if table.contract.footer is not None:
        yield "rows_after_footer", seen.rows_after_footer, 0
        yield "footer_missing", not seen.has_footer, 0
    if table.contract.format == "csv":
        yield "open_end", seen.is_open, 0
        yield "cut_last_row", _is_cut(counts, seen, before), 0
    if table.contract.key:
        yield "equal_row_share", counts.rows_equal / max(rows, 1), 0
    yield "same_bytes", is_elsewhere and rows > 0, 0
    if table.identities:
        yield from _numbers(counts, before)
    if table.identities or table.sex_column:
        yield from _sexes(counts, before)
    if table.identities and table.sex_column and rows >= LEAST_ROWS:
        yield "unknown_sex_share", counts.sexes_unread / rows, 0
    if counts.both_sexes_told >= LEAST_ROWS:
        yield "contradicting_sex_share", counts.sexes_contradict / counts.both_sexes_told, 0


def _is_cut(counts: Counts, seen: Seen, before: Before | None) -> bool:
    """Return whether a file ends inside its last row.

    A system writes the last line end or does not: where the delivery before had one, a file without
    it is cut, though what is left may still be a value. Else many exports end without, so the row
    must be at fault too; of a few rows, written by hand, in its shape.
    """
    if not seen.is_open or seen.has_footer:
        return False
    if before and before.signals.get("open_end") == 0:
        return True
    return seen.is_cut or (counts.is_last_row_bad and counts.rows >= LEAST_ROWS)


def _numbers(counts: Counts, before: Before | None) -> Iterator[tuple[str, float, float]]:
    """Yield how many identities are no person number, and the rise of their share."""
    yield "identities", counts.identities, 0
    yield "no_numbers", counts.no_numbers, 0
    for change, chance in _changes(
        {"no_numbers": counts.no_numbers}, counts.identities, before, ("identities",)
    ):
        yield "no_number_rise", max(change, 0), chance


def _sexes(counts: Counts, before: Before | None) -> Iterator[tuple[str, float, float]]:
    """Yield the rows by sex, and the change of their shares that is least like chance."""
    rows = {f"rows_{sex}": getattr(counts, sex) for sex in SEXES}
    for name, count in rows.items():
        yield name, count, 0
    changes = _changes(rows, sum(rows.values()), before, rows)
    if changes:
        change, chance = max(changes, key=lambda found: abs(found[0]) - found[1])
        yield "sex_shift", abs(change), chance


def _changes(
    parts: Mapping[str, int], whole: int, before: Before | None, whole_of: Iterable[str]
) -> list[tuple[float, float]]:
    """Return by how much shares have changed, and how much of each change may be chance.

    `whole_of`: the signals that add up to the whole. None where there are too few persons. Nothing
    is chance where both tell of the same events; a register has lost and gained some since.
    """
    if before is None:
        return []
    whole_then = sum(before.signals.get(name, 0) for name in whole_of)
    if min(whole, whole_then) < LEAST_ROWS:
        return []
    errors = 0 if before.is_of_same_events else STANDARD_ERRORS
    changes = []
    for name, part in parts.items():
        part_then = before.signals.get(name, 0)
        share = (part + part_then) / (whole + whole_then)
        error = sqrt(share * (1 - share) * (1 / whole + 1 / whole_then))
        changes.append((part / whole - part_then / whole_then, errors * error))
    return changes
