"""Fills a landing folder with the demo: makes the fictional county in DuckDB, writes each table.

What stands in a file is SQL in the folder of its source; how it is written down is `writer`'s.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from orchestration.demo.writer import Export, literal
from orchestration.loading import landing_files
from orchestration.settings import PROJECT_DIR

if TYPE_CHECKING:
    from collections.abc import Sequence

    import duckdb

    from orchestration.loading.contract import SourceTable
    from orchestration.workspace import Workspace

DEMO_DIR = Path(__file__).parent
DEFAULT_PERSONS = 9000
"""Persons in assistance over three years that Skatteverket's test numbers suffice for."""
MOST_PERSONS = 10_000_000
"""More than Sweden has; the ids of the demo have room for no more."""
BASE_TABLES = (
    "municipality",
    "register_draw",
    "test_number",
    "household",
    "person",
    "case_file",
    "number_change",
    "number_spell",
    "member",
    "application",
    "payment",
    "amount",
    "contact",
    "checklist_answer",
    "obstacle",
    "case_event",
    "client",
    "client_screening",
    "client_need",
    "client_support",
    "placed_person",
    "placement_plan",
    "placement_step",
    "placement",
    "placement_version",
    "register_person",
    "care_service",
    "care_client",
    "care_spell",
    "care_granted",
    "care_decision",
    "care_month",
    "care_report",
    "service_cost",
    "ledger_entry",
    "course_choice",
    "fund_application",
)
"""Files of `_base/` in the order in which they build on each other."""


class ForeignFilesError(RuntimeError):
    """The landing folder holds files that the demo would not write; they may be real."""


def write_demo(
    landing_dir: Path,
    tables: Sequence[SourceTable],
    workspace: Workspace,
    persons: int | None = None,
) -> int:
    """Write the exports of every table that has SQL in this folder; return the number of files.

    `persons` is about how many have been in touch with the offices in 2023-2025, default 9 000; the
    county's population grows and shrinks with it. Only Skatteverket's test numbers are used as
    personal identity numbers. They suffice for the default; whoever is too many for them has an id
    that cannot be anyone's, such as `DEMO-00000123`: known as local, of unknown age, the sex from
    the system's own column. The same size gives the same bytes.

    Raises ForeignFilesError before anything is written when the folder holds other files, and
    ValueError when `persons` is outside 1 to 10 million.
    """
    if persons is not None and not 1 <= persons <= MOST_PERSONS:
        raise ValueError(f"persons must lie between 1 and {MOST_PERSONS}, not {persons}")
    # a file, so that a demo larger than memory can be written
    county = workspace.folder / "demo.duckdb"
    with workspace.connect(county, "demo") as connection:
        _make_base(connection, DEFAULT_PERSONS if persons is None else persons)
        exports = [
            Export(connection, table, query_file.read_text(encoding="utf-8"))
            for table in tables
            if (query_file := _query_file(table)).exists()
        ]
        paths = {landing_dir / path for export in exports for path in export.paths}
        _refuse_foreign_files(landing_dir, paths)
        for export in exports:
            export.write(landing_dir)
    county.unlink()
    return len(paths)


def _make_base(
    connection: duckdb.DuckDBPyConnection, persons: int, names: Sequence[str] = BASE_TABLES
) -> None:
    variables = {
        "figures": literal(str(DEMO_DIR / "figures")),
        "seeds": literal(str(PROJECT_DIR / "seeds")),
        "persons": f"cast({persons} as double)",
        "scale": f"cast({persons} as double) / {DEFAULT_PERSONS}",
    }
    for variable, value in variables.items():
        connection.execute(f"set variable {variable} = {value}")
    connection.execute((DEMO_DIR / "_base" / "macros.sql").read_text(encoding="utf-8"))
    for name in names:
        query = (DEMO_DIR / "_base" / f"{name}.sql").read_text(encoding="utf-8")
        connection.execute(f"create table {name} as {query}")


def _query_file(table: SourceTable) -> Path:
    return DEMO_DIR / table.source_name / f"{table.table_name}.sql"


def _refuse_foreign_files(landing_dir: Path, ours: set[Path]) -> None:
    foreign = [path for path in landing_files(landing_dir) if path not in ours]
    if foreign:
        shown = ", ".join(str(path.relative_to(landing_dir)) for path in foreign[:3])
        more = f" and {len(foreign) - 3} more" if len(foreign) > 3 else ""
        raise ForeignFilesError(
            f"{landing_dir} holds files that are not the demo's: {shown}{more}. "
            "Nothing was written; empty the folder or name another."
        )
