"""What is written of contracts: a page that leaves no key out, a schema that editors check by."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest
import yaml

from orchestration.loading.contract import ColumnContract, Limits, TableContract
from orchestration.registry.declared import read_declared
from orchestration.tools.contract_page import contract_page, contract_schema
from tests.conftest import PROJECT_DIR

if TYPE_CHECKING:
    from pydantic import BaseModel

SOURCES = sorted((PROJECT_DIR / "dbt_project/models/staging").glob("*/_*__sources.yml"))
SCHEMA = json.loads((PROJECT_DIR / "docs/contract.schema.json").read_text(encoding="utf-8"))
ALFA = next(file for file in SOURCES if file.parent.name == "alfa").read_text(encoding="utf-8")


def faults(document: Any) -> list[str]:
    """Return the paths at which an editor would show a fault."""
    found = jsonschema.Draft202012Validator(SCHEMA).iter_errors(document)
    return sorted(fault.json_path for fault in found)


def test_what_is_committed_is_what_the_contract_says() -> None:
    page = (PROJECT_DIR / "docs/contracts.md").read_text(encoding="utf-8")
    assert page == contract_page(read_declared(PROJECT_DIR).sources), "run `make docs`"
    schema = (PROJECT_DIR / "docs/contract.schema.json").read_text(encoding="utf-8")
    assert schema == contract_schema(), "run `make docs`"


@pytest.mark.parametrize("model", [TableContract, ColumnContract, Limits])
def test_every_key_has_a_row_with_type_meaning_and_example(model: type[BaseModel]) -> None:
    lines = contract_page(read_declared(PROJECT_DIR).sources).splitlines()
    rows = [[cell.strip() for cell in line.split(" | ")] for line in lines if line[:3] == "| `"]
    by_key = {key: [row for row in rows if row[0] == f"| `{key}`"] for key in model.model_fields}
    assert {key for key, found in by_key.items() if not found} == set()
    for found in by_key.values():
        for _, kind, _, meaning, example in found:
            assert kind
            assert len(meaning.split()) > 2
            assert example.rstrip(" |")


@pytest.mark.parametrize("file", SOURCES, ids=lambda file: file.parent.name)
def test_an_editor_finds_no_fault_with_our_own_sources(file: Any) -> None:
    text = file.read_text(encoding="utf-8")
    assert faults(yaml.safe_load(text)) == []
    comment, schema = text.splitlines()[0].split("$schema=")
    assert comment == "# yaml-language-server: "
    assert (file.parent / schema).resolve() == PROJECT_DIR / "docs/contract.schema.json"


@pytest.mark.parametrize(
    ("old", "new", "at"),
    [
        ("encoding: cp1252", "encodng: cp1252", "$.sources[0].tables[0].config.meta.load"),
        ("format: csv", "format: tsv", "$.sources[0].tables[0].config.meta.load.format"),
        ("{K: women", "{K: 1", "$.sources[0].tables[0].columns[6].config.meta.load.codes"),
        ('"decimal(12,2)"', "float", "$.sources[0].tables[0].columns[7].data_type"),
    ],
)
def test_an_editor_shows_where_a_fault_is(old: str, new: str, at: str) -> None:
    assert old in ALFA
    assert [place for place in faults(yaml.safe_load(ALFA.replace(old, new, 1))) if at in place]
