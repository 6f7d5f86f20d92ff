"""The typed view of dbt's manifest, on a manifest of a few nodes written by hand."""

from __future__ import annotations

from typing import Any

import pytest

from orchestration.errors import JamviktError
from orchestration.registry.manifest import read_manifest

BLOCK = {
    "indicator_id": "adult_recipients",
    "name": {"sv": "Vuxna", "en": "Adults"},
    "definition": {"sv": "Vuxna.", "en": "Adults."},
    "unit": "persons",
    "better": "neither",
    "period": "year",
    "numerator": {"fact": "month", "date": "sex", "count": "persons"},
}
OF_ALL = {
    "ages": "all", "breakdowns": [], "references": {}, "audience": ["public"],
    "final_after_months": 2, "look_back_months": 0, "compares_sexes": False, "is_among_base": False,
    "followed_by": None, "only_by": None, "explain_by": [], "cuts": [], "only_cuts": False,
    "individual_based": True, "not_individual_reason": "", "version": 1, "owner": "Somebody",
    "valid_from": "2023-01-01", "department": {"sv": "Stöd", "en": "Support"},
}  # fmt: skip
PROMISE = {
    "promise_id": "sex_split",
    "title": {"sv": "Könsuppdelad", "en": "Split by sex"},
    "judges": "mart_indicator",
}


def _node(schema: str, name: str, meta: dict[str, Any] | None = None) -> dict[str, Any]:
    return {
        "unique_id": f"model.jamvikt.{name}",
        "resource_type": "model",
        "schema": schema,
        "name": name,
        "config": {"materialized": "table", "meta": meta or {}},
        "description": f"One row per {name}.",
        "original_file_path": f"models/{schema}/{name}.sql",
        "patch_path": f"jamvikt://models/{schema}/{name}.yml",
        "columns": {
            "sex": {"name": "sex", "data_type": "varchar", "description": "", "constraints": []}
        },
        "constraints": [{"type": "primary_key", "columns": ["sex"]}],
        "tags": [],
    }


def _registry(*blocks: dict[str, Any]) -> tuple[dict[str, Any], ...]:
    scales = {"persons": 1, "percent": 100}
    return (
        _node("facts", "fct_month", {"fact": {"kind": "observed"}}),
        _node("indicators", "dim_indicator", {"indicator_defaults": OF_ALL, "unit_scales": scales}),
        _node("indicators", "economic_assistance", {"indicators": list(blocks)}),
    )


def _manifest(*nodes: dict[str, Any], columns: dict[str, Any] | None = None) -> dict[str, Any]:
    source = {
        "source_name": "alfa",
        "name": "beslut",
        "original_file_path": "models/staging/alfa/_alfa__sources.yml",
        "config": {
            "meta": {"load": {"files": "beslut_*.csv", "format": "csv", "delivery": "snapshot"}}
        },
        "columns": columns or {},
    }
    return {
        "nodes": {node["unique_id"]: node for node in nodes},
        "sources": {"source.jamvikt.alfa.beslut": source},
    }


def test_models_promises_and_indicators_are_found() -> None:
    manifest = read_manifest(
        _manifest(
            _node("quality", "dq_sex_split", {"promise": PROMISE}),
            _node("marts", "mart_indicator"),
            *_registry(BLOCK),
        )
    )
    (promise,) = manifest.promises
    assert (promise.evidence.name, promise.judges.asset_key) == (
        "dq_sex_split",
        ("marts", "mart_indicator"),
    )
    (indicator,) = manifest.indicators
    assert (indicator.service_area, indicator.name_sv) == ("economic_assistance", "Vuxna")
    assert [model.primary_key for model in manifest.models_in("marts")] == [("sex",)]
    assert [table.table_name for table in manifest.sources] == ["beslut"]


def test_a_promise_that_judges_no_model_is_refused_by_file() -> None:
    nodes = _manifest(_node("quality", "dq_sex_split", {"promise": PROMISE}))
    with pytest.raises(JamviktError, match=r"models/quality/dq_sex_split\.sql.*mart_indicator"):
        read_manifest(nodes)


def test_a_contract_that_says_what_it_may_not_is_refused_by_file() -> None:
    nodes = _manifest()
    nodes["sources"]["source.jamvikt.alfa.beslut"]["config"]["meta"]["load"]["colour"] = "red"
    with pytest.raises(JamviktError, match=r"_alfa__sources\.yml.*colour"):
        read_manifest(nodes)


def test_the_registry_hash_follows_the_blocks_and_not_the_descriptions() -> None:
    def registry(block: dict[str, Any], description: str) -> str:
        nodes = _registry(block)
        nodes[-1]["description"] = description
        return read_manifest(_manifest(*nodes)).registry_sha256

    assert registry(BLOCK, "one") == registry(BLOCK, "two")
    assert registry(BLOCK, "one") != registry({**BLOCK, "unit": "percent"}, "one")
