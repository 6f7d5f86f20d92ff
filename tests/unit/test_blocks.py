"""What a block of the registry may say: judged with its file, place and key, before dbt starts."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest
import yaml

from orchestration.errors import JamviktError
from orchestration.registry.blocks import Block, DeclaredModel, Part, block_faults
from orchestration.registry.manifest import read_manifest
from orchestration.tools.block_page import block_page, block_schema
from tests.conftest import PROJECT_DIR, WARM

if TYPE_CHECKING:
    from collections.abc import Mapping

AREAS = sorted(
    file
    for file in (PROJECT_DIR / "dbt_project/models/indicators").glob("*.yml")
    if "        indicators:\n" in file.read_text(encoding="utf-8")
)
SCHEMA = json.loads((PROJECT_DIR / "docs/block.schema.json").read_text(encoding="utf-8"))
DEFAULTS = {
    "ages": "all", "breakdowns": [], "cuts": [], "only_cuts": False,
    "references": {}, "audience": ["public"],
    "final_after_months": 2, "look_back_months": 0, "compares_sexes": False, "is_among_base": False,
    "followed_by": None, "only_by": None, "explain_by": [],
    "individual_based": True, "not_individual_reason": "",
}  # fmt: skip
OF_AREA = {
    "owner": "Somebody",
    "department": {"sv": "Stöd", "en": "Support"},
    "version": 1,
    "valid_from": "2023-01-01",
}
PART = {"fact": "visit", "date": "visit_date", "count": "rows"}
BLOCK: dict[str, Any] = {
    "indicator_id": "visits",
    "name": {"sv": "Besök", "en": "Visits"},
    "definition": {"sv": "Besök under året.", "en": "Visits of the year."},
    "unit": "cases",
    "better": "neither",
    "period": "year",
    "numerator": PART,
}


def faults(*blocks: Any, defaults: Mapping[str, Any] = OF_AREA) -> list[str]:
    """Return what is wrong with blocks of a service area beside a fact of its own."""

    def model(name: str, columns: str, **meta: Any) -> DeclaredModel:
        return DeclaredModel(name, f"models/{name}.yml", frozenset(columns.split()), meta)

    return block_faults(
        [
            model("fct_visit", "sex system_sex age_band is_adult visit_date place minutes",
                  fact={"kind": "observed"}),
            model("fct_resident", "sex age_band reference_date resident_count",
                  fact={"kind": "published"}),
            model("visit_index", "indicator_id"),
            model("dim_indicator", "", indicator_defaults=DEFAULTS,
                  unit_scales={"cases": 1, "percent": 100}),
            model("visits", "", defaults=defaults, indicators=list(blocks)),
        ]
    )  # fmt: skip


def block(**other: Any) -> dict[str, Any]:
    """Return a block that is right but for some keys."""
    return {**BLOCK, **other}


def part(**other: Any) -> dict[str, Any]:
    """Return a part that is right but for some keys."""
    return {**PART, **other}


def test_a_block_that_is_right_has_no_fault() -> None:
    right = block(
        numerator=part(count={"sum": "minutes"}, where="place = 'office' and minutes > 30"),
        denominator={"fact": "resident", "date": "reference_date",
                     "count": {"sum": "resident_count"}},
        breakdowns=[["age_band"]],
    )  # fmt: skip
    assert faults(right) == []


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (block(bettr="higher"), "bettr: Extra inputs are not permitted (is `better` meant?)"),
        (block(numerator=part(wher="x")), "numerator.wher: Extra inputs are not permitted (is `w"),
        (block(better="more"), "better: Input should be 'higher', 'lower' or 'neither'"),
        (block(unit="percents"), "unit: percents is none of cases, percent"),
        (block(period="week"), "period: Input should be"),
        (block(name={"sv": "Besök"}), "name.en: Field required"),
        (block(version="two"), "version: Input should be a valid integer"),
        (block(numerator=None), "it says either numerator or model"),
        (block(model={"name": "visit_index", "fact": "visit"}), "it says either numerator or mod"),
        (block(only_by="age_band"), "breakdowns: none has age_band, which only_by asks for"),
        (
            block(numerator=part(count={"quantile": 0.5, "of": "minutes"}), denominator=PART),
            "count: a quantile is divided by nothing",
        ),
        (
            block(numerator=part(count={"quantile": 1.5, "of": "minutes"})),
            "numerator.count.quantile.quantile: Input should be less than 1",
        ),
        (block(explain_by=["place"]), "explain_by is for what is divided by a base"),
        (
            block(explain_by=["place"], denominator=PART, breakdowns=[["place", "age_band"]]),
            "explain_by: breakdowns has no [place]",
        ),
        (
            block(only_by="age_band", breakdowns=[["birth_region"]]),
            "breakdowns: ['birth_region'] is without age_band, which only_by says",
        ),
        (
            block(is_among_base=True),
            "is_among_base is for persons of a fact divided by those of an",
        ),
        (block(compares_sexes=True), "compares_sexes is for a model"),
        (block(individual_based=False), "not_individual_reason says why individual_based is false"),
        (block(numerator=part(fact="visits")), "numerator.fact: there is no fact fct_visits"),
        (block(numerator=part(date="day")), "numerator.date: day is not a column of fct_visit"),
        (block(numerator=part(at_least=3)), "numerator: Value error, at_least is for count: pers"),
        (
            block(numerator={"fact": "resident", "date": "reference_date", "count": "persons"}),
            "numerator.count: fct_resident holds no persons to count",
        ),
        (
            block(
                numerator={"fact": "resident", "date": "reference_date", "count": "rows"},
                look_back_months=12,
            ),
            "look_back_months is for own rows",
        ),
        (
            block(
                ages="adults",
                denominator={"fact": "resident", "date": "reference_date", "count": "rows"},
            ),
            "ages: fct_resident has no column is_adult",
        ),
        (
            block(numerator=None, model={"name": "index", "fact": "visit"}),
            "model.name: there is no model index",
        ),
        (block(followed_by="is_over"), "followed_by: is_over is not a column of fct_visit"),
        (block(breakdowns=[["floor"]]), "breakdowns: axis floor is not a column of fct_visit"),
        (block(cuts=[["floor", "place"]]), "cuts: axis floor is not a column of fct_visit"),
        (
            block(numerator=None, model={"name": "index", "fact": "visit"}, cuts=[["place"]]),
            "cuts is for a numerator",
        ),
        (block(only_cuts=True, breakdowns=[["place"]]), "only_cuts is for a numerator without br"),
        (block(breakdowns=[["place", "visit_date"]]), "has more than one axis beside age_band"),
        (block(period="month", breakdowns=[["age_band", "place"]]), "which is for yearly indicato"),
        (block(numerator=part(where="plac = 'office'")), "numerator: plac is not a column of fct_"),
        (block(numerator=part(count={"sum": "minute"})), "numerator: minute is not a column of f"),
        (block(numerator=part(where="place = (")), "numerator: this is no SQL: place = ("),
        (block(numerator=part(where="sex = 'women'")), "numerator: sex may not be asked for"),
        (
            block(numerator=part(count={"sum": "case when system_sex = 'men' then 1 end"})),
            "numerator: system_sex may not be asked for",
        ),
    ],
)
def test_a_block_that_is_wrong_is_named_with_its_place_and_key(
    wrong: dict[str, Any], said: str
) -> None:
    told = faults(BLOCK | {"indicator_id": "others"}, wrong)
    assert len(told) == 1, told
    assert told[0].startswith("models/visits.yml: visits: block 2 (visits): ")
    assert said in told[0]


def test_all_faults_are_told_at_once() -> None:
    told = faults(block(unit="x"), {"name": "no id"}, block(better="more"))
    assert len(told) == 4
    for said in ("unit: x", "block 2: indicator_id: is missing", "is there already", "better: "):
        assert any(said in fault for fault in told)


def test_a_service_area_says_for_its_blocks_what_is_for_all_of_them() -> None:
    (told,) = faults(BLOCK, defaults={**OF_AREA, "unit": "cases"})
    assert told == (
        "models/visits.yml: visits: defaults: unit is not for all blocks of a service area; known "
        "are owner, department, audience, version, valid_from, individual_based, "
        "not_individual_reason"
    )


@pytest.mark.parametrize(
    ("sexes", "said"),
    [
        ({"add_up": ["user_count"], "otters": {}}, "otters: Extra inputs are not permitted (is `o"),
        ({"add_up": ["user_count"], "not_judged": "A view."}, "it says add_up"),
        ({"absent": "Nobody."}, "it says add_up"),
    ],
)
def test_what_a_mart_says_of_its_measures_is_judged_too(sexes: dict[str, Any], said: str) -> None:
    mart = DeclaredModel("mart_visit", "models/mart_visit.yml", frozenset(), {"sexes": sexes})
    (told,) = block_faults([mart])
    assert told.startswith("models/mart_visit.yml: mart_visit: sexes: ")
    assert said in told


def test_a_manifest_with_a_block_that_is_wrong_is_not_read(manifest: dict[str, Any]) -> None:
    name = "model.jamvikt.economic_assistance"
    node = json.loads(json.dumps(manifest["nodes"][name]))
    node["config"]["meta"]["indicators"][0]["unit"] = "persns"
    with pytest.raises(JamviktError, match=r"economic_assistance: block 1 .*unit: persns is none"):
        read_manifest({**manifest, "nodes": {**manifest["nodes"], name: node}})


def test_what_is_committed_is_what_a_block_may_say() -> None:
    manifest = WARM.project.manifest
    page = (PROJECT_DIR / "docs/blocks.md").read_text(encoding="utf-8")
    assert page == block_page(manifest), "run `make docs`"
    schema = (PROJECT_DIR / "docs/block.schema.json").read_text(encoding="utf-8")
    assert schema == block_schema(manifest), "run `make docs`"
    for key in (*Block.model_fields, *Part.model_fields):
        assert f"\n| `{key}` | " in page


@pytest.mark.parametrize("file", AREAS, ids=lambda file: file.stem)
def test_an_editor_finds_no_fault_with_our_own_blocks(file: Any) -> None:
    text = file.read_text(encoding="utf-8")
    assert _faults_in_editor(text) == []
    comment, schema = text.splitlines()[0].split("$schema=")
    assert comment == "# yaml-language-server: "
    assert (file.parent / schema).resolve() == PROJECT_DIR / "docs/block.schema.json"


@pytest.mark.parametrize(
    ("old", "new", "at"),
    [
        ("better: neither", "bettr: neither", ".indicators[0]"),
        ("unit: persons", "unit: person", ".indicators[0].unit"),
        ("count: persons", "count: person", ".indicators[0].numerator"),
        ("owner:", "onwer:", ".defaults"),
    ],
)
def test_an_editor_shows_where_a_fault_is(old: str, new: str, at: str) -> None:
    text = (PROJECT_DIR / "dbt_project/models/indicators/economic_assistance.yml").read_text()
    assert old in text
    assert [place for place in _faults_in_editor(text.replace(old, new, 1)) if at in place]


def _faults_in_editor(text: str) -> list[str]:
    # an editor knows days as texts
    document = json.loads(json.dumps(yaml.safe_load(text), default=str))
    found = jsonschema.Draft202012Validator(SCHEMA).iter_errors(document)
    return sorted(fault.json_path for fault in found)
