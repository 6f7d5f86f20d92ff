"""The house law, read off the dbt manifest: layers, names, contracts, words, portable SQL."""

from __future__ import annotations

import copy
import csv
import dataclasses
import itertools
import re
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import sqlglot
from sqlglot.tokens import TokenType

from orchestration.loading import read_axes
from orchestration.registry.manifest import read_manifest
from orchestration.registry.versions import (
    COMPUTING_KEYS,
    definition_sha256,
    locked_definitions,
    unversioned_changes,
)

if TYPE_CHECKING:
    from orchestration.registry.manifest import Manifest

PROJECT_DIR = Path(__file__).resolve().parents[2]
VERSIONS = PROJECT_DIR / "seeds" / "indicator_versions.csv"
DEFINITIONS = PROJECT_DIR / "dbt_project" / "models" / "indicators" / "definitions.lock"

READS = {
    "staging": {"source"},
    "facts": {"staging", "facts", "seeds"},
    "indicators": {"facts", "indicators", "seeds"},
    "marts": {"facts", "indicators", "marts", "seeds"},
    "quality": {"staging", "facts", "indicators", "marts", "seeds"},
}
NAMES = {
    "staging": r"stg_[a-z][a-z0-9]*__[a-z0-9_]+",
    "facts": r"(dim|fct|int)_[a-z_]+",
    "indicators": r"(dim_indicator|fct_indicator|indicator_[a-z]+|[a-z_]+)",
    "marts": r"mart_[a-z_]+",
    "quality": (
        r"(dq_[a-z_]+|collected|contradicting_sex|followed_up|quarantined_row|unknown_reference)"
    ),
}
PUBLISHED = {"indicators", "marts", "quality"}


def models(manifest: dict[str, Any]) -> list[dict[str, Any]]:
    return [node for node in manifest["nodes"].values() if node["resource_type"] == "model"]


def layer(unique_id: str, manifest: dict[str, Any]) -> str:
    if unique_id.startswith("source."):
        return "source"
    if unique_id.startswith("seed."):
        return "seeds"
    return str(manifest["nodes"][unique_id]["fqn"][1])


def test_data_flows_one_way(manifest: dict[str, Any]) -> None:
    wrong = [
        f"{node['name']} ({node['fqn'][1]}) reads {parent}"
        for node in models(manifest)
        for parent in node["depends_on"]["nodes"]
        if layer(parent, manifest) not in READS[node["fqn"][1]]
    ]
    assert not wrong


def test_folder_is_schema(manifest: dict[str, Any]) -> None:
    assert [n["name"] for n in models(manifest) if n["schema"] != n["fqn"][1]] == []


def test_names_say_the_layer(manifest: dict[str, Any]) -> None:
    wrong = [
        node["name"]
        for node in models(manifest)
        if not re.fullmatch(NAMES[node["fqn"][1]], node["name"])
    ]
    assert not wrong


def test_every_model_says_what_one_row_is(manifest: dict[str, Any]) -> None:
    wrong = [n["name"] for n in models(manifest) if not n["description"].startswith("One row per")]
    assert not wrong


def test_keys_of_two_sources_that_number_alike_never_meet(manifest: dict[str, Any]) -> None:
    made = re.compile(r"_area_code\s*\|\|\s*'([^']*)'.*?\bas (\w+)(?=,|\s)", re.DOTALL)
    keys = [
        (node["fqn"][2], node["name"], start)
        for node in models(manifest)
        if node["fqn"][1] == "staging"
        for start, name in made.findall(node["raw_code"])
        if name.endswith("_key")
    ]
    assert keys
    assert [key for key in keys if not key[2].startswith(f"-{key[0]}-")] == []


def test_whoever_has_a_number_is_a_person(manifest: dict[str, Any]) -> None:
    """Sex and age are decided from every mention; extracts that link numbers are no mentions."""
    mentioned = manifest["nodes"]["model.jamvikt.int_person_mention"]["depends_on"]["nodes"]
    with_number = {
        node["unique_id"]
        for node in models(manifest)
        if node["fqn"][1] == "staging" and "identity(" in node["raw_code"]
    }
    assert with_number
    links = {unique_id for unique_id in with_number if ".stg_folkbokforing__" in unique_id}
    assert with_number - links <= set(mentioned)


def has_contract(node: dict[str, Any]) -> bool:
    return node["name"].startswith(("dim_", "fct_", "mart_"))


def test_what_readers_meet_has_an_enforced_contract_and_a_key(manifest: dict[str, Any]) -> None:
    for node in filter(has_contract, models(manifest)):
        assert node["config"]["contract"]["enforced"], node["name"]
        kinds = [constraint["type"] for constraint in node["constraints"]]
        assert "primary_key" in kinds, f"{node['name']} has no primary key"
        bare = [c["name"] for c in node["columns"].values() if not c["description"].strip()]
        assert not bare, f"{node['name']}: columns without description: {bare}"


def test_every_fact_says_whom_it_counts(manifest: dict[str, Any]) -> None:
    facts = [n for n in models(manifest) if n["fqn"][1] == "facts" and n["name"].startswith("fct_")]
    assert facts
    for node in facts:
        fact = node["config"]["meta"]["fact"]
        assert fact["kind"] in {"observed", "published", "none"}, node["name"]
        assert fact["unit"], node["name"]
        assert "sex" in node["columns"], f"{node['name']} has no sex"
        if fact["kind"] == "observed":
            assert {"person_key", "municipality_code"} <= set(node["columns"]), node["name"]
        if fact["kind"] == "none":
            assert fact["reason"], node["name"]


def test_every_mart_by_sex_says_what_adds_up_or_why_not(manifest: dict[str, Any]) -> None:
    """What it names is what dq_mart_sexes judges; a count that it does not name is none."""
    judged = 0
    for node in models(manifest):
        columns = set(node["columns"])
        if node["fqn"][1] != "marts" or not re.search(r"\b(sex|women_|girl_)", " ".join(columns)):
            continue
        sexes = node["config"]["meta"].get("sexes")
        assert sexes, f"{node['name']} does not say what adds up by sex"
        if "not_judged" in sexes:
            assert sexes["not_judged"], node["name"]
            continue
        judged += 1
        named = set(sexes.get("others", {}))
        for measure in sexes["add_up"]:
            if isinstance(measure, dict):
                named |= set(measure.values())
            elif "sex" in columns:
                named.add(measure)
            else:
                named |= {f"{sex}_{measure}" for sex in ("women", "men", "unknown", "total")}
        counts = {
            column["name"]
            for column in node["columns"].values()
            if re.search(r"_(count|quantity|sek)$", column["name"])
            and column["data_type"] != "double"
        }
        assert counts == named, node["name"]
    assert judged > 10


def test_nothing_that_names_a_person_is_published(manifest: dict[str, Any]) -> None:
    wrong = [
        f"{node['name']}.{column}"
        for node in models(manifest)
        if node["fqn"][1] in PUBLISHED
        for column in node["columns"]
        if re.search(r"person_key|application_key|case_key|birth_year|personnummer", column)
    ]
    assert not wrong


def words(axis: str) -> set[str]:
    with (PROJECT_DIR / "seeds" / "words.csv").open(encoding="utf-8") as file:
        return {row["code"] for row in csv.DictReader(file) if row["axis"] == axis}


def column_of(seed: str, column: str) -> set[str]:
    with (PROJECT_DIR / "seeds" / f"{seed}.csv").open(encoding="utf-8") as file:
        return {row[column] for row in csv.DictReader(file)}


def test_contracts_recode_to_known_codes(manifest: dict[str, Any]) -> None:
    axes = read_axes(PROJECT_DIR)
    for source in manifest["sources"].values():
        for column in source["columns"].values():
            load = column["config"]["meta"].get("load", {})
            if axis := load.get("axis"):
                where = f"{source['source_name']}.{source['name']}.{column['name']}"
                assert axis in axes, f"{where}: no axis {axis}"
                assert set(load.get("codes", {}).values()) <= axes[axis] | {"total"}, where


def test_sources_say_whose_they_are_and_under_what_terms(manifest: dict[str, Any]) -> None:
    for source in manifest["sources"].values():
        meta = source["config"]["meta"]
        assert meta["owner"], source["source_name"]
        assert meta["licence"], source["source_name"]
        assert source["description"].startswith("One row per"), source["name"]


def blocks(manifest: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    return {
        node["name"]: node["config"]["meta"]["indicators"]
        for node in models(manifest)
        if "indicators" in node["config"]["meta"]
    }


def test_indicator_ids_are_unique_and_sorted(manifest: dict[str, Any]) -> None:
    everything = []
    for service_area, indicators in blocks(manifest).items():
        ids = [block["indicator_id"] for block in indicators]
        assert ids == sorted(ids), service_area
        everything += ids
    assert len(everything) == len(set(everything))


def test_indicators_are_described_in_both_languages_and_tagged(manifest: dict[str, Any]) -> None:
    for indicators in blocks(manifest).values():
        for block in indicators:
            for text in (block["name"], block["definition"]):
                assert set(text) == {"sv", "en"}, block["indicator_id"]
                assert all(text.values()), block["indicator_id"]
            references = block["references"]
            assert references["features"], block["indicator_id"]
            articles = {str(article) for article in references.get("cemr", [])}
            goals = {str(references["goal"])} if "goal" in references else set()
            assert articles | goals, f"{block['indicator_id']} serves no article and no goal"
            assert articles <= column_of("cemr_articles", "article"), block["indicator_id"]
            assert goals <= column_of("national_goals", "goal"), block["indicator_id"]


def test_readers_and_service_areas_of_indicators_are_known(manifest: dict[str, Any]) -> None:
    known, readers = read_axes(PROJECT_DIR)["service_area"], words("audience")
    for service_area, indicators in blocks(manifest).items():
        assert service_area in known, f"seeds/codes.csv: axis service_area lacks {service_area}"
        defaults = manifest["nodes"][f"model.jamvikt.{service_area}"]["config"]["meta"]["defaults"]
        for block in [defaults, *indicators]:
            assert set(block.get("audience", [])) <= readers, block


def test_a_changed_definition_has_a_version_of_its_own(manifest: dict[str, Any]) -> None:
    parsed = read_manifest(manifest)
    assert unversioned_changes(parsed, DEFINITIONS, VERSIONS) == []
    written = DEFINITIONS.read_text(encoding="utf-8")
    assert written == locked_definitions(parsed, DEFINITIONS), "run `make docs`"


def test_every_version_after_the_first_says_when_and_why(manifest: dict[str, Any]) -> None:
    first_days = {
        i.indicator_id: str(i.block["valid_from"]) for i in read_manifest(manifest).indicators
    }
    with VERSIONS.open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            assert all(row.values()), row
            # a figure may be made anew for all its years, which is no break in them
            is_break = row["is_break"] == "true"
            before = first_days[row["indicator_id"]]
            assert row["valid_from"] > before or (row["valid_from"] == before and not is_break), row
            first_days[row["indicator_id"]] = row["valid_from"]


CHANGES = {
    "unit": "persons",
    "period": "month",
    "ages": "children",
    "numerator": {"fact": "assistance_month", "date": "month", "count": "rows"},
    "model": {"name": "another", "fact": "assistance_month"},
    "denominator": {"fact": "assistance_month", "date": "month", "count": "rows"},
    "valid_from": "2025-01-01",
    "final_after_months": 14,
    "look_back_months": 35,
    "followed_by": "is_decided",
    "individual_based": False,
    "compares_sexes": True,
}


def test_every_key_that_computes_is_tried() -> None:
    assert set(CHANGES) == set(COMPUTING_KEYS)


@pytest.mark.parametrize("key", CHANGES)
def test_a_change_of_what_computes_is_noticed(key: str, manifest: dict[str, Any]) -> None:
    indicator = next(
        i for i in read_manifest(manifest).indicators if i.indicator_id == "refusal_rate"
    )
    changed = dataclasses.replace(indicator, block={**indicator.block, key: CHANGES[key]})
    of_others = dataclasses.replace(
        indicator, block={**indicator.block, "owner": "Somebody else", "audience": ["public"]}
    )
    renamed = dataclasses.replace(indicator, block={**indicator.block, "name": {"sv": "Nytt namn"}})
    cut_further = dataclasses.replace(indicator, block={**indicator.block, "breakdowns": []})
    assert definition_sha256(changed) != definition_sha256(indicator)
    assert definition_sha256(renamed) == definition_sha256(indicator)
    assert definition_sha256(of_others) == definition_sha256(indicator)
    assert definition_sha256(cut_further) == definition_sha256(indicator)


def test_a_changed_default_of_the_service_area_is_noticed(manifest: dict[str, Any]) -> None:
    nodes = copy.deepcopy(manifest)
    meta = nodes["nodes"]["model.jamvikt.economic_assistance"]["config"]["meta"]
    meta["defaults"]["valid_from"] = "2024-01-01"
    before, after = (
        {i.indicator_id: definition_sha256(i) for i in read_manifest(m).indicators}
        for m in (manifest, nodes)
    )
    with_their_own = {b["indicator_id"] for b in meta["indicators"] if "valid_from" in b}
    of_the_service_area = {b["indicator_id"] for b in meta["indicators"]}
    assert with_their_own, "one must have a date of its own"
    changed = {i for i in before if before[i] != after[i]}
    assert changed == of_the_service_area - with_their_own


def with_refusal_rate(manifest: dict[str, Any], **changes: Any) -> Manifest:
    """Return the registry with one block changed."""
    nodes = copy.deepcopy(manifest)
    meta = nodes["nodes"]["model.jamvikt.economic_assistance"]["config"]["meta"]
    for block in meta["indicators"]:
        if block["indicator_id"] == "refusal_rate":
            block.update(changes)
    return read_manifest(nodes)


def test_a_changed_definition_stays_noticed_until_it_has_a_version_and_a_row(
    manifest: dict[str, Any], tmp_path: Path
) -> None:
    versions, lock = tmp_path / "indicator_versions.csv", tmp_path / "definitions.lock"
    rows = VERSIONS.read_text(encoding="utf-8")
    versions.write_text(rows, encoding="utf-8")
    lock.write_text(DEFINITIONS.read_text(encoding="utf-8"), encoding="utf-8")

    changed = with_refusal_rate(manifest, ages="children")
    version = 1 + next(i.version for i in changed.indicators if i.indicator_id == "refusal_rate")
    told = (
        f"refusal_rate: what computes it has changed: set version to {version} in its block and "
        f"add a row with version {version} to seeds/indicator_versions.csv"
    )
    assert unversioned_changes(changed, lock, versions) == [told]
    assert locked_definitions(changed, lock) == lock.read_text(encoding="utf-8")

    raised = with_refusal_rate(manifest, ages="children", version=version)
    told = (
        f"refusal_rate: its version is {version}: seeds/indicator_versions.csv must have one row "
        "for each version from 2 to that, in order, and no other"
    )
    assert unversioned_changes(raised, lock, versions) == [told]
    versions.write_text(
        rows + f"refusal_rate,{version},2025-01-01,true,Barn,Children\n", encoding="utf-8"
    )
    assert unversioned_changes(raised, lock, versions) == []
    written = locked_definitions(raised, lock)
    before, after = lock.read_text(encoding="utf-8").splitlines(), written.splitlines()
    (line,) = set(after) - set(before)
    assert line.startswith(f"refusal_rate {version} ")
    lock.write_text(written, encoding="utf-8")
    assert unversioned_changes(raised, lock, versions) == []


def test_a_further_breakdown_and_a_new_indicator_need_no_row(
    manifest: dict[str, Any], tmp_path: Path
) -> None:
    further = with_refusal_rate(manifest, breakdowns=[["age_band"]], explain_by=["age_band"])
    assert unversioned_changes(further, DEFINITIONS, VERSIONS) == []
    assert locked_definitions(further, DEFINITIONS) == DEFINITIONS.read_text(encoding="utf-8")

    lines = DEFINITIONS.read_text(encoding="utf-8").splitlines(keepends=True)
    lock = tmp_path / "definitions.lock"
    lock.write_text("".join(x for x in lines if not x.startswith("refusal_rate ")), "utf-8")
    parsed = read_manifest(manifest)
    assert unversioned_changes(parsed, lock, VERSIONS) == []
    assert locked_definitions(parsed, lock) == DEFINITIONS.read_text(encoding="utf-8")


def test_units_can_be_written_in_a_sentence(manifest: dict[str, Any]) -> None:
    units = {block["unit"] for indicators in blocks(manifest).values() for block in indicators}
    assert units <= words("unit")


def test_waivers_have_reason_owner_decision_and_end() -> None:
    with (PROJECT_DIR / "seeds" / "waivers.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            assert all(row.values()), row["indicator_id"]


# What DuckDB and Spark write or mean differently belongs in macros/portable.
NOT_PORTABLE = {
    "date_diff", "datediff", "date_sub", "generate_series", "unnest", "list", "list_filter",
    "string_agg", "strftime", "strptime", "quantile_cont", "percentile_cont", "pivot", "max_by",
    "arg_max", "regexp_matches", "approx_count_distinct",
}  # fmt: skip


def sql_files() -> list[Path]:
    folder = PROJECT_DIR / "dbt_project"
    portable = folder / "macros" / "portable"
    files = [*folder.glob("models/**/*.sql"), *folder.glob("macros/**/*.sql")]
    return [file for file in files if portable not in file.parents]


@pytest.mark.parametrize("file", sql_files(), ids=lambda file: file.stem)
def test_sql_is_portable_as_written(file: Path) -> None:
    sql = re.sub(
        r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", " ", file.read_text(encoding="utf-8"), flags=re.S
    )
    tokens = sqlglot.tokenize(sql, read="duckdb")
    assert TokenType.DCOLON not in [token.token_type for token in tokens], "cast(x as t), never ::"
    called = {
        token.text.lower()
        for token, following in itertools.pairwise(tokens)
        if following.token_type == TokenType.L_PAREN
    }
    assert not called & NOT_PORTABLE


def modules() -> list[Path]:
    return [
        file
        for package in ("orchestration", "expectations")
        for file in sorted((PROJECT_DIR / package).rglob("*.py"))
        if not file.stem.startswith("__")
    ]


def test_only_the_room_of_dagster_imports_dagster() -> None:
    room = PROJECT_DIR / "orchestration" / "dagster"
    outside = [
        str(file.relative_to(PROJECT_DIR))
        for file in modules()
        if room not in file.parents
        and re.search(r"^\s*(import|from) dagster", file.read_text(encoding="utf-8"), re.MULTILINE)
    ]
    assert not outside


def test_no_two_modules_have_one_name() -> None:
    names = [file.stem for file in modules()]
    assert sorted(names) == sorted(set(names))


def tracked_files() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=PROJECT_DIR, capture_output=True, check=True
    )
    return [PROJECT_DIR / name for name in listed.stdout.decode().split("\0") if name]


def test_nothing_unfinished_silenced_or_local_is_committed() -> None:
    words = ["TO" + "DO", "FIX" + "ME", "no" + "qa", "type: " + "ignore", "mark." + "xfail"]
    local = ["index" + "-url", "/work" + "/", "/ro" + "ot/", "/opt" + "/"]
    for path in tracked_files():
        if path.suffix == ".lock" or not path.is_file():
            continue
        text = path.read_text(encoding="utf-8")
        for word in [*words, *local]:
            assert word not in text, f"{path.relative_to(PROJECT_DIR)} holds {word}"
        assert path.stat().st_size < 1_048_576, path
