"""A typed view of dbt's manifest, the only registry of sources, models, promises and indicators.

Nothing is decided here and nothing is declared a second time; making the manifest is
night/dbt_runner.py.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from orchestration.errors import JamviktError
from orchestration.loading.contract import ContractError, SourceTable, parse_source_table
from orchestration.registry.blocks import INDICATORS, DeclaredModel, block_faults

if TYPE_CHECKING:
    from collections.abc import Mapping

    from orchestration.settings import Settings


RULES = "model.jamvikt.dim_rule"
"""The model whose YAML holds the rules of counting."""


@dataclass(frozen=True)
class Column:
    """A column of a model as its YAML describes it."""

    name: str
    data_type: str
    description: str


@dataclass(frozen=True)
class Model:
    """A dbt model or seed."""

    unique_id: str
    name: str
    schema: str
    """Folder, schema and Dagster group at once."""
    kind: str
    """model or seed."""
    materialized: str
    description: str
    columns: tuple[Column, ...]
    primary_key: tuple[str, ...]
    """Empty where the contract names none."""
    tags: tuple[str, ...]
    file: str

    @property
    def asset_key(self) -> tuple[str, str]:
        """Key of the Dagster asset."""
        return (self.schema, self.name)


@dataclass(frozen=True)
class Promise:
    """What is promised to readers, and which evidence shows whether it is kept."""

    promise_id: str
    title_sv: str
    title_en: str
    judges: Model
    evidence: Model


@dataclass(frozen=True)
class Indicator:
    """One block of the indicator registry."""

    indicator_id: str
    service_area: str
    """Name of the model whose YAML holds the block."""
    name_sv: str
    name_en: str
    definition_sv: str
    definition_en: str
    unit: str
    version: int
    """Of the definition; the service area's where the block says none."""
    block: Mapping[str, Any]
    """The whole block, completed by the defaults of its service area and of all indicators."""


@dataclass(frozen=True)
class Manifest:
    """The registry of one parsed project."""

    sources: tuple[SourceTable, ...]
    models: tuple[Model, ...]
    promises: tuple[Promise, ...]
    indicators: tuple[Indicator, ...]
    rules: tuple[Mapping[str, Any], ...]
    """Rules of counting, in their own order: how hard cases are decided."""
    node_count: int
    """Seeds, models and data tests that a build runs."""
    nodes: Mapping[str, Any]
    """The manifest as dbt wrote it, for dagster-dbt and the data dictionary."""

    @property
    def indicator_defaults(self) -> Mapping[str, Any]:
        """What a block says where neither it nor its service area says it."""
        return _of_all(self.nodes, "indicator_defaults")

    @property
    def unit_scales(self) -> Mapping[str, int]:
        """The units there are, each with what it multiplies the quotient by."""
        return _of_all(self.nodes, "unit_scales")

    @property
    def registry_sha256(self) -> str:
        """Hash of sources, promises and indicators: equal when they mean the same."""
        registry = {
            "sources": [table.model_dump(mode="json") for table in self.sources],
            "promises": [
                [promise.promise_id, promise.judges.name, promise.evidence.name]
                for promise in self.promises
            ],
            "indicators": [indicator.block for indicator in self.indicators],
        }
        canonical = json.dumps(registry, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        return hashlib.sha256(canonical.encode()).hexdigest()

    def rules_that_touch(self, indicator: Indicator) -> list[str]:
        """Return the ids of the rules that name a fact of the indicator, or the kind of one."""
        touched = set()
        for role in ("model", "numerator", "denominator"):
            if part := indicator.block.get(role):
                fact = _meta(self.nodes, f"model.jamvikt.fct_{part['fact']}").get("fact") or {}
                touched |= {part["fact"], fact.get("kind")}
        return [rule["rule_id"] for rule in self.rules if touched & set(rule["facts"])]

    def models_in(self, *schemas: str) -> tuple[Model, ...]:
        """Return the models of some folders, in the order of their names."""
        return tuple(model for model in self.models if model.schema in schemas)


def load_manifest(settings: Settings) -> Manifest:
    """Read the manifest that the last parse wrote.

    Raises JamviktError when there is none, and what `read_manifest` raises.
    """
    if not settings.manifest_file.is_file():
        raise JamviktError(
            f"There is no dbt manifest at {settings.manifest_file}.", "run `jamvikt nightly`"
        )
    return read_manifest(json.loads(settings.manifest_file.read_text(encoding="utf-8")))


def read_manifest(nodes: Mapping[str, Any]) -> Manifest:
    """Give the manifest types; everything is sorted by name.

    Raises JamviktError for contracts and indicator blocks that say what they may not, and for a
    promise that judges no model.
    """
    sources = _sources(nodes)
    if faults := block_faults(_declared_models(nodes)):
        raise JamviktError("; ".join(faults), "mend the block in that file")
    models = sorted(
        (
            _model(node)
            for node in nodes["nodes"].values()
            if node["resource_type"] in ("model", "seed")
        ),
        key=lambda model: model.asset_key,
    )
    by_name = {model.name: model for model in models}
    promises: list[Promise] = []
    indicators: list[Indicator] = []
    of_all = _of_all(nodes, "indicator_defaults")
    for model in models:
        meta = _meta(nodes, model.unique_id)
        if block := meta.get("promise"):
            promises.append(_promise(model, block, by_name))
        indicators.extend(
            _indicator(model, block, {**of_all, **(meta.get("defaults") or {})})
            for block in meta.get("indicators") or ()
            if not block.get("only_cuts")
        )
    return Manifest(
        sources=tuple(sorted(sources, key=lambda table: (table.source_name, table.table_name))),
        models=tuple(models),
        promises=tuple(sorted(promises, key=lambda promise: promise.promise_id)),
        indicators=tuple(sorted(indicators, key=lambda indicator: indicator.indicator_id)),
        rules=tuple(_meta(nodes, RULES).get("rules") or ()),
        node_count=sum(
            node["resource_type"] in ("model", "seed", "test")
            and node["config"].get("materialized") != "ephemeral"
            for node in nodes["nodes"].values()
        ),
        nodes=nodes,
    )


def _sources(nodes: Mapping[str, Any]) -> list[SourceTable]:
    """Read every contract; raise JamviktError that tells of all that are wrong."""
    sources: list[SourceTable] = []
    faults: list[str] = []
    for node in nodes["sources"].values():
        try:
            sources.append(parse_source_table(node))
        except ContractError as error:
            faults.extend(error.faults)
    if faults:
        raise JamviktError("; ".join(faults), "mend the contract in that file")
    return sources


def _declared_models(nodes: Mapping[str, Any]) -> list[DeclaredModel]:
    return [
        DeclaredModel(
            node["name"],
            str(node["patch_path"]).partition("://")[2],
            frozenset(node["columns"]),
            _meta(nodes, node["unique_id"]),
        )
        for node in nodes["nodes"].values()
        if node["resource_type"] == "model" and node["schema"] in ("facts", "indicators", "marts")
    ]


def _meta(nodes: Mapping[str, Any], unique_id: str) -> Mapping[str, Any]:
    """Return what our own keys say of a model; nothing where there is no such model."""
    node = nodes["nodes"].get(unique_id) or {"config": {}}
    return node["config"].get("meta") or {}


def _of_all(nodes: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    return _meta(nodes, f"model.jamvikt.{INDICATORS}").get(key) or {}


def _model(node: Mapping[str, Any]) -> Model:
    columns = node["columns"].values()
    primary_key = [
        column["name"]
        for column in columns
        if any(constraint["type"] == "primary_key" for constraint in column["constraints"])
    ]
    for constraint in node.get("constraints") or ():
        if constraint["type"] == "primary_key":
            primary_key = constraint["columns"]
    return Model(
        unique_id=node["unique_id"],
        name=node["name"],
        schema=node["schema"],
        kind=node["resource_type"],
        materialized=node["config"]["materialized"],
        description=node["description"],
        columns=tuple(
            Column(column["name"], column["data_type"] or "", column["description"])
            for column in columns
        ),
        primary_key=tuple(primary_key),
        tags=tuple(node["tags"]),
        file=node["original_file_path"],
    )


def _promise(evidence: Model, block: Mapping[str, Any], by_name: Mapping[str, Model]) -> Promise:
    judges = by_name.get(block.get("judges", ""))
    if judges is None:
        raise JamviktError(
            f"{evidence.file}: the promise of {evidence.name} judges {block.get('judges')!r}, "
            "which is no model",
            "name a model of the project under config.meta.promise.judges",
        )
    return Promise(
        promise_id=block["promise_id"],
        title_sv=block["title"]["sv"],
        title_en=block["title"]["en"],
        judges=judges,
        evidence=evidence,
    )


def _indicator(model: Model, block: Mapping[str, Any], defaults: Mapping[str, Any]) -> Indicator:
    name, definition = block.get("name") or {}, block.get("definition") or {}
    return Indicator(
        indicator_id=block["indicator_id"],
        service_area=model.name,
        name_sv=name.get("sv", ""),
        name_en=name.get("en", ""),
        definition_sv=definition.get("sv", ""),
        definition_en=definition.get("en", ""),
        unit=block.get("unit", ""),
        version=block.get("version", defaults.get("version", 1)),
        block={**defaults, **block},
    )
