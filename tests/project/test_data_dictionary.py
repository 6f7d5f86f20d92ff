"""The generated pages under docs/ are those that the project makes, and their words are true."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from orchestration.registry.manifest import read_manifest
from orchestration.settings import PROJECT_DIR
from orchestration.tools.data_dictionary import data_dictionary, rules_page

if TYPE_CHECKING:
    from collections.abc import Callable

    from orchestration.registry.manifest import Manifest


@pytest.mark.parametrize(
    ("name", "page"), [("data_dictionary.md", data_dictionary), ("rules.md", rules_page)]
)
def test_the_generated_pages_are_up_to_date(
    name: str, page: Callable[[Manifest], str], manifest: dict[str, Any]
) -> None:
    written = (PROJECT_DIR / "docs" / name).read_text(encoding="utf-8")
    assert written == page(read_manifest(manifest)), "run `make docs`"


def rules(manifest: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = manifest["nodes"]["model.jamvikt.dim_rule"]["config"]["meta"][
        "rules"
    ]
    return found


def test_every_rule_of_counting_is_tried_somewhere(manifest: dict[str, Any]) -> None:
    python = "".join(
        file.read_text(encoding="utf-8") for file in (PROJECT_DIR / "tests").rglob("test_*.py")
    )
    names = {
        *re.findall(r"^def (test_\w+)", python, flags=re.M),
        *(node["name"] for node in manifest["unit_tests"].values()),
        *(node["name"] for node in manifest["nodes"].values() if node["resource_type"] == "test"),
        *(promise.promise_id for promise in read_manifest(manifest).promises),
    }
    for rule in rules(manifest):
        assert rule["tried_in"], rule["rule_id"]
        assert set(rule["tried_in"]) <= names, rule["rule_id"]


def test_every_rule_of_counting_touches_facts_that_exist(manifest: dict[str, Any]) -> None:
    facts = {
        node["name"].removeprefix("fct_")
        for node in manifest["nodes"].values()
        if node["name"].startswith("fct_")
    }
    for rule in rules(manifest):
        assert rule["facts"], rule["rule_id"]
        assert set(rule["facts"]) <= facts | {"observed", "published", "none"}, rule["rule_id"]
