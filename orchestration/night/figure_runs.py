"""Runs what dbt compiles for the indicators as it stood at an earlier moment, without dbt.

An earlier state differs from tonight's in one moment, which the staging models hold. So the models
are compiled once, and their SQL is run for each state: dbt's own work would be most of the time.
Keys and constraints are those of tonight's build, which judges the same definitions.
"""

from __future__ import annotations

import time
from graphlib import TopologicalSorter
from typing import TYPE_CHECKING, Any

from orchestration.loading.sql_text import literal
from orchestration.night.dbt_runner import NodeResult, check_disk, remove_build_file

if TYPE_CHECKING:
    from collections.abc import Mapping

    from duckdb import DuckDBPyConnection

    from orchestration.night.dbt_runner import Project
    from orchestration.settings import Settings

BUILD = "build"
"""What the build's database is called in compiled SQL, and its file's name without the ending."""


def build_figures(
    settings: Settings, project: Project, compiled: Mapping[str, str]
) -> list[NodeResult]:
    """Build the margins of the indicators as of `settings.as_of` into `vintage_build_file`.

    `compiled`: SQL by model, and seeds, as `compile_figures` returns them. What fails is the last
    in the result; raises JamviktError where the disk is the fault.
    """
    import duckdb

    any_moment, moment = (
        literal(at.dbt_environment()["JAMVIKT_AS_OF"])
        for at in (settings.model_copy(update={"as_of": None}), settings)
    )
    nodes = project.manifest.nodes["nodes"]
    parents = project.manifest.nodes["parent_map"]
    order = TopologicalSorter({node: set(parents[node]) & set(compiled) for node in compiled})
    results = []
    remove_build_file(settings.vintage_build_file)
    with settings.workspace("vintage") as workspace, workspace.connect(None, "spill") as connection:
        connection.execute("set preserve_insertion_order = false")
        for file, name, how in (
            (settings.vintage_build_file, BUILD, ""),
            (settings.raw_file, "raw", "(read_only)"),
        ):
            connection.execute(f"attach {literal(str(file))} as {name} {how}")
        connection.execute(f"use {BUILD}")
        for schema in sorted({nodes[node]["schema"] for node in compiled}):
            connection.execute(f"create schema if not exists {BUILD}.{schema}")
        for node in order.static_order():
            start = time.monotonic()
            try:
                if node.startswith("seed."):
                    _load_seed(connection, settings, nodes[node])
                else:
                    _run_model(connection, nodes[node], compiled[node].replace(any_moment, moment))
            except duckdb.Error as error:
                results.append(_result(node, "error", start, str(error)))
                break
            results.append(_result(node, "success", start))
    check_disk(results, settings.vintage_build_file)
    return results


def _result(node: str, status: str, start: float, message: str = "") -> NodeResult:
    return NodeResult(node, status, time.monotonic() - start, message.strip())


def _load_seed(connection: DuckDBPyConnection, settings: Settings, node: Mapping[str, Any]) -> None:
    types = ", ".join(
        f"{literal(name)}: {literal(kind)}" for name, kind in node["config"]["column_types"].items()
    )
    file = settings.dbt_project_dir / node["original_file_path"]
    connection.execute(
        f"create table {_relation(node)} as "
        f"from read_csv({literal(str(file))}, header = true, columns = {{{types}}})"
    )


def _run_model(connection: DuckDBPyConnection, node: Mapping[str, Any], sql: str) -> None:
    relation = _relation(node)
    if node["config"]["materialized"] == "view":
        connection.execute(f"create view {relation} as {sql}")
    elif node["config"]["contract"]["enforced"]:
        columns = node["columns"].values()
        declared = ", ".join(f"{column['name']} {column['data_type']}" for column in columns)
        connection.execute(f"create table {relation} ({declared})")
        connection.execute(f"insert into {relation} by name {sql}")
    else:
        connection.execute(f"create table {relation} as {sql}")


def _relation(node: Mapping[str, Any]) -> str:
    return f"{BUILD}.{node['schema']}.{node['name']}"
