"""What the YAML of the project declares, read from the files and judged before dbt starts.

dbt reads the same files into its manifest, which is the registry: manifest.py. Here all faults are
told at once, by file, and nothing of dbt is needed.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import yaml

from orchestration.loading import (
    ContractError,
    SourceTable,
    parse_source_table,
    participant_faults,
    read_axes,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SOURCE_SHAPE = (
    "a file of sources is a list `sources`, each with `name` and `tables`, each of these with "
    "`name`, `config.meta.load` and `columns`, each of these with `name`"
)


@dataclass(frozen=True)
class Declared:
    """The sources that can be read, and all that is wrong with what is declared."""

    sources: tuple[SourceTable, ...]
    faults: tuple[str, ...]
    """Each names the file, the table or the block, and the key."""


def read_declared(project_dir: Path) -> Declared:
    """Read contracts, indicator blocks and participants of a project; never raises for a fault."""
    faults: list[str] = []
    tables: list[SourceTable] = []
    axes = read_axes(project_dir)
    for node in _source_nodes(project_dir, faults):
        try:
            table = parse_source_table(node)
            table.check_axes(axes)
        except ContractError as error:
            faults.extend(error.faults)
        else:
            tables.append(table)
    tables.sort(key=lambda table: (table.source_name, table.table_name))
    faults += _block_faults(project_dir, faults)
    # a table that cannot be read may be the one that a participant names
    faults += participant_faults(project_dir, tables) if not faults else []
    return Declared(tuple(tables), tuple(faults))


def _source_nodes(project_dir: Path, faults: list[str]) -> Iterator[dict[str, Any]]:
    """Yield every source table as dbt's manifest has it."""
    for file, document in _documents(project_dir, "staging/*/*.yml", faults):
        try:
            for source in document.get("sources") or ():
                for table in source["tables"]:
                    columns = table.get("columns") or ()
                    yield {
                        "original_file_path": file,
                        "source_name": source["name"],
                        "name": table["name"],
                        "config": table.get("config"),
                        "columns": {
                            column["name"]: {"data_type": None, **column} for column in columns
                        },
                    }
        except (AttributeError, KeyError, TypeError):
            faults.append(f"{file}: {SOURCE_SHAPE}")


def _block_faults(project_dir: Path, faults: list[str]) -> list[str]:
    """Return what is wrong with the ids of indicator blocks; the macros judge the rest of them."""
    found: list[str] = []
    ids: Counter[str] = Counter()
    for file, document in _documents(project_dir, "indicators/*.yml", faults):
        for model in document.get("models") or ():
            meta = (model.get("config") or {}).get("meta") or {}
            for place, block in enumerate(meta.get("indicators") or (), start=1):
                where = f"{file}: {model.get('name')}: block {place}"
                if not isinstance(block, dict) or not block.get("indicator_id"):
                    found.append(f"{where}: indicator_id: is missing")
                    continue
                ids[block["indicator_id"]] += 1
                if ids[block["indicator_id"]] > 1:
                    found.append(f"{where}: indicator_id: {block['indicator_id']} is there already")
    return found


def _documents(
    project_dir: Path, pattern: str, faults: list[str]
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the YAML files of a pattern below models/, each with its path as dbt says it."""
    dbt_project = project_dir / "dbt_project"
    for path in sorted((dbt_project / "models").glob(pattern)):
        file = path.relative_to(dbt_project).as_posix()
        try:
            document = yaml.load(path.read_bytes(), Loader=yaml.CSafeLoader)
        except yaml.MarkedYAMLError as error:
            line = error.problem_mark.line + 1 if error.problem_mark else 1
            faults.append(f"{file}: line {line}: {error.problem or 'this'}: it is no YAML")
            continue
        except (yaml.YAMLError, UnicodeDecodeError):
            faults.append(f"{file}: it is no YAML in UTF-8")
            continue
        if isinstance(document, dict):
            yield file, document
