"""A small source and a landing folder for the tests of loading; the tests themselves are beside it.

Numbers are Skatteverket's published test numbers only.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import duckdb

from orchestration.demo.exports import write_demo
from orchestration.loading import (
    FileOutcome,
    Participants,
    SourceTable,
    load_table,
    parse_source_table,
)
from orchestration.loading.participants import Owed
from orchestration.workspace import open_workspace

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

    from orchestration.workspace import Workspace

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
AXES = {"sex": frozenset({"women", "men", "unknown"}), "obstacle": frozenset({"021", "022"})}
FROM, UNTIL = date(2000, 1, 1), date(9999, 12, 31)
AREAS = ("20", "2080", "2081", "2082", "2083", "9901", "9902")
PARTICIPANTS = Participants(
    frozenset(AREAS),
    tuple(Owed("payment", area, "prov", FROM, UNTIL) for area in AREAS),
    frozenset({"prov"}),
)
COLUMNS: dict[str, tuple[str, dict[str, Any]]] = {
    "betalning_id": ("varchar", {"required": True}),
    "manad": ("month", {}),
    "datum": ("date", {}),
    "belopp": ("decimal(12,2)", {"required": True, "unit": "sek"}),
    "antal": ("integer", {}),
    "klar": ("boolean", {}),
    "kon": ("varchar", {"header": "Kön", "axis": "sex", "codes": {"K": "women", "M": "men"}}),
    "hinder": ("varchar", {"axis": "obstacle"}),
    "pnr": ("varchar", {"identity": "personnummer"}),
    "namn": ("varchar", {"drop": "name"}),
}
HEADER = "betalning_id;manad;datum;belopp;antal;klar;Kön;hinder;pnr;namn"
ROW = "B1;202401;2024-01-31;4 512,50;3;ja;K;021;18900101-9802;Åsa"
NAME = "betalning_2080_202401_20240205.csv"


def source_table(
    columns: dict[str, tuple[str, dict[str, Any]]] | None = None, **load: Any
) -> SourceTable:
    """Return the contract of the test source, with keys of its load block replaced.

    Without a key, so that a test may write the same row many times.
    """
    block = {
        "files": "betalning_{area}_{period}_{received}.csv",
        "format": "csv",
        "encoding": "cp1252",
        "thousands": " ",
        "nulls": ["", "-"],
        "delivery": "snapshot",
        "empty_means_nobody": True,
        "period_column": "manad",
        "limits": {"bad_row_share": 1.0, "row_fall_share": 1.0},
        **load,
    }
    return parse_source_table(
        {
            "original_file_path": "models/staging/prov/_prov__sources.yml",
            "source_name": "prov",
            "name": "betalning",
            "config": {"meta": {"load": block}},
            "columns": {
                name: {"name": name, "data_type": kind, "config": {"meta": {"load": contract}}}
                for name, (kind, contract) in (columns or COLUMNS).items()
            },
        }
    )


def workspace(folder: Path) -> AbstractContextManager[Workspace]:
    """Open the scratch folder of an installation below `folder`."""
    return open_workspace(folder / "scratch", "load", 2**30, 2**30)


def demo_in(landing: Path, tables: Sequence[SourceTable], persons: int | None = None) -> int:
    """Write the demo into a landing folder, with scratch beside it; return the number of files."""
    with open_workspace(landing.with_name("scratch"), landing.name, 2**31, 2**33) as scratch:
        return write_demo(landing, tables, scratch, persons)


@dataclass
class Landing:
    """A landing folder and the raw file it is loaded into."""

    folder: Path
    table: SourceTable = field(default_factory=source_table)
    key: bytes = bytes(range(32))
    participants: Participants = PARTICIPANTS
    now: datetime = NOW
    axes: Mapping[str, frozenset[str]] = field(default_factory=lambda: AXES)

    @property
    def raw_file(self) -> Path:
        """The raw file."""
        return self.folder / "warehouse" / "raw.duckdb"

    def put(self, content: str | bytes, name: str = NAME) -> Path:
        """Lay a file in landing; text is written in the encoding of the contract."""
        file = self.folder / "landing" / "prov" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, str):
            content = content.encode(self.table.contract.encoding)
        file.write_bytes(content)
        return file

    def load(self) -> list[FileOutcome]:
        """Load what lies there."""
        with workspace(self.folder) as scratch:
            return load_table(
                self.raw_file,
                self.table,
                self.folder / "landing",
                key=self.key,
                axes=self.axes,
                participants=self.participants,
                now=self.now,
                workspace=scratch,
            )

    def load_one(self, content: str | bytes, name: str = NAME) -> FileOutcome:
        """Lay one file in landing, load, and return what became of it."""
        self.put(content, name)
        return next(outcome for outcome in self.load() if outcome.file_name == name)

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        """Ask the raw file."""
        with duckdb.connect(self.raw_file, read_only=True) as connection:
            return connection.execute(sql).fetchall()
