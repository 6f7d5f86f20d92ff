"""What the YAML of the project declares, read from the files and judged before dbt starts.

dbt reads the same files into its manifest, which is the registry: manifest.py. Here all faults are
told at once, by file, and nothing of dbt is needed.
"""

from __future__ import annotations

import re
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
from orchestration.registry.blocks import DeclaredModel, block_faults

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SOURCE_SHAPE = (
    "a file of sources is a list `sources`, each with `name` and `tables`, each of these with "
    "`name`, `config.meta.load` and `columns`, each of these with `name`"
)
VARIABLE = re.compile(r"\{\{ var\('(\w+)'\) \}\}")


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
    faults += block_faults(list(_declared_models(project_dir, faults)))
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


def _declared_models(project_dir: Path, faults: list[str]) -> Iterator[DeclaredModel]:
    """Yield what blocks may refer to and the models that hold them, as dbt's manifest has them."""
    text = (project_dir / "dbt_project" / "dbt_project.yml").read_bytes()
    variables = yaml.load(text, Loader=yaml.CSafeLoader)["vars"]
    for folder in ("facts", "indicators", "marts"):
        for file, document in _documents(project_dir, f"{folder}/*.yml", faults):
            for model in document.get("models") or ():
                meta = (model.get("config") or {}).get("meta") or {}
                columns = frozenset(column["name"] for column in model.get("columns") or ())
                yield DeclaredModel(model["name"], file, columns, _rendered(meta, variables))


def _rendered(meta: Any, variables: dict[str, Any]) -> Any:
    """Return what YAML says with the variables of dbt_project.yml that it names."""
    if isinstance(meta, dict):
        return {key: _rendered(value, variables) for key, value in meta.items()}
    named = VARIABLE.fullmatch(meta) if isinstance(meta, str) else None
    return variables[named[1]] if named else meta


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
