"""What the expectations package reads from the manifest, and where it must not reach."""

from __future__ import annotations

import ast
import json
import re
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from expectations.evidence import Evidence
from expectations.judge import verdict
from expectations.promises import Promise, PromiseError, read_promises
from tests.conftest import PROJECT_DIR

if TYPE_CHECKING:
    from pathlib import Path

PACKAGE = PROJECT_DIR / "expectations"


def block(**changes: Any) -> dict[str, Any]:
    stated = {
        "promise_id": "sex_split",
        "title": {"sv": "Allt är uppdelat", "en": "All is split"},
        "question": {"sv": "Är allt uppdelat?", "en": "Is all split?"},
        "judges": "mart_indicator",
        "violated_when": "violation is not null",
        "subject": ["indicator_id", "violation"],
        **changes,
    }
    return {key: value for key, value in stated.items() if value is not None}


def node(promise: Any, name: str = "dq_sex_split", **changes: Any) -> dict[str, Any]:
    return {
        "resource_type": "model",
        "name": name,
        "alias": name,
        "schema": "quality",
        "patch_path": f"jamvikt://models/quality/{name}.yml",
        "original_file_path": f"models/quality/{name}.sql",
        "columns": {"indicator_id": {}, "violation": {}},
        "config": {"meta": {} if promise is None else {"promise": promise}},
        **changes,
    }


def read(folder: Path, *nodes: dict[str, Any]) -> list[Promise]:
    manifest = folder / "manifest.json"
    manifest.write_text(
        json.dumps({"nodes": {str(number): each for number, each in enumerate(nodes)}}),
        encoding="utf-8",
    )
    return read_promises(manifest)


def test_promises_come_in_order_of_their_id_with_the_table_of_their_evidence(
    tmp_path: Path,
) -> None:
    promises = read(
        tmp_path,
        node(block(promise_id="zebra"), "dq_zebra"),
        node(None, "dq_no_promise"),
        node(block(promise_id="anka", waived_when="is_waived"), "dq_anka"),
    )
    assert [(each.promise_id, each.evidence, each.waived_when) for each in promises] == [
        ("anka", "quality.dq_anka", "is_waived"),
        ("zebra", "quality.dq_zebra", None),
    ]


@pytest.mark.parametrize(
    ("faulty", "key"),
    [
        (block(severity="high"), "severity"),
        (block(evidence="quality.other"), "evidence"),
        (block(question=None), "question"),
        (block(title={"sv": "Bara svenska"}), "title.en"),
        (block(title={"sv": "a", "en": "b", "fi": "c"}), "title.fi"),
        (block(violated_when=" "), "violated_when"),
        (block(subject=[]), "subject"),
        (block(subject=["indicator_id", "no_such_column"]), "subject: .*no_such_column"),
        (block(promise_id="../escape"), "promise_id"),
        ("violation is not null", "promise"),
    ],
)
def test_a_wrong_promise_is_named_by_file_and_key(faulty: Any, key: str, tmp_path: Path) -> None:
    with pytest.raises(PromiseError, match=rf"models/quality/dq_sex_split\.yml: .*{key}"):
        read(tmp_path, node(faulty))


def test_evidence_outside_the_schema_that_readers_get_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PromiseError, match="schema: evidence stands in quality, not facts"):
        read(tmp_path, node(block(), schema="facts"))


def test_an_id_is_promised_once(tmp_path: Path) -> None:
    with pytest.raises(PromiseError, match=r"already promised by quality\.dq_sex_split"):
        read(tmp_path, node(block()), node(block(), "dq_twin"))


def test_a_manifest_without_promises_is_an_error_and_not_a_pass(tmp_path: Path) -> None:
    with pytest.raises(PromiseError, match=r"no model has a config\.meta\.promise"):
        read(tmp_path, node(None))


@given(
    checked=st.integers(0, 5),
    violating=st.integers(0, 5),
    waived=st.integers(0, 5),
    counted=st.none() | st.integers(0, 5),
    unreadable=st.none() | st.just("why"),
)
def test_a_promise_is_kept_only_where_every_look_at_rows_says_so(
    checked: int, violating: int, waived: int, counted: int | None, unreadable: str | None
) -> None:
    promise = Promise.model_validate({**block(), "evidence": "quality.dq_sex_split"})
    evidence = Evidence(checked, violating, waived, unreadable=unreadable)
    result = verdict(promise, evidence, counted)
    unharmed = unreadable is None and counted == 0 and violating == 0
    assert (result.status == "kept") == (unharmed and checked > 0 and waived == 0)
    assert (result.status == "waived") == (unharmed and checked > 0 and waived > 0)
    assert (result.status == "vacuous") == (unharmed and checked == 0)
    assert (result.reason is None) == (unreadable is None and counted == violating)


@pytest.mark.parametrize("file", sorted(PACKAGE.rglob("*.py")), ids=lambda file: file.name)
def test_expectations_know_nothing_of_orchestration(file: Path) -> None:
    imported = {
        name
        for each in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        for name in (
            [alias.name for alias in each.names]
            if isinstance(each, ast.Import)
            else [each.module or ""]
            if isinstance(each, ast.ImportFrom)
            else []
        )
    }
    assert not {name.split(".")[0] for name in imported} & {"dagster", "orchestration", "dbt"}


def test_the_auditors_guide_names_every_promise() -> None:
    promised = {
        promise_id
        for file in (PROJECT_DIR / "dbt_project" / "models").rglob("*.yml")
        for promise_id in re.findall(r"promise_id: (\w+)", file.read_text(encoding="utf-8"))
    }
    guide = (PACKAGE / "README.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^\| `(\w+)` \|", guide, re.MULTILINE)) == promised
