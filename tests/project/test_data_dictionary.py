"""What is generated from the manifest for readers: the data dictionary and docs/rules.md."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

import pytest

from orchestration.publishing.data_dictionary import data_dictionary
from orchestration.registry.manifest import read_manifest
from orchestration.settings import PROJECT_DIR
from orchestration.tools.rules_page import rules_page

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

ENTRY = {
    "Unit", "Better", "Period", "Ages", "Split by sex", "Breakdowns", "Final", "Version",
    "Rules of counting", "Owner", "Department", "For",
}  # fmt: skip


@pytest.fixture(scope="module")
def pages(manifest: dict[str, Any]) -> dict[str, Element]:
    """Return every page of the dictionary, parsed."""
    versions = PROJECT_DIR / "seeds" / "indicator_versions.csv"
    written = data_dictionary(read_manifest(manifest), versions)
    return {name: ElementTree.fromstring(page) for name, page in written.items()}


def text(element: Element) -> str:
    return " ".join("".join(element.itertext()).split())


def section(page: Element, name: str) -> Element:
    found = page.find(f".//section[@id='{name}']")
    assert found is not None, name
    return found


def entry(page: Element, indicator_id: str) -> dict[str, str]:
    told = section(page, indicator_id).find("dl")
    assert told is not None
    return dict(zip(map(text, told.findall("dt")), map(text, told.findall("dd")), strict=True))


def test_every_mart_and_column_is_described(
    pages: dict[str, Element], manifest: dict[str, Any]
) -> None:
    for mart in read_manifest(manifest).models_in("marts"):
        found = section(pages["marts.html"], mart.name)
        description = found.find("p")
        assert description is not None
        assert text(description).startswith("One row per"), mart.name
        rows = [[text(cell) for cell in row] for row in found.iterfind(".//tbody/tr")]
        assert [row[0] for row in rows] == [column.name for column in mart.columns]
        assert all(all(row) for row in rows), mart.name


def test_every_published_table_and_every_table_beneath_has_an_entry(
    pages: dict[str, Element], manifest: dict[str, Any]
) -> None:
    parsed = read_manifest(manifest)
    service_areas = {indicator.service_area for indicator in parsed.indicators}
    found = [
        found.attrib["id"]
        for name in ("marts", "registry", "quality", "beneath")
        for found in pages[f"{name}.html"].iterfind(".//section")
    ]
    assert sorted(found) == sorted(m.name for m in parsed.models if m.name not in service_areas)


def test_every_indicator_has_a_complete_entry(
    pages: dict[str, Element], manifest: dict[str, Any]
) -> None:
    for indicator in read_manifest(manifest).indicators:
        told = entry(pages[f"indicators_{indicator.service_area}.html"], indicator.indicator_id)
        assert set(told) >= ENTRY, indicator.indicator_id
        assert set(told) & {"Computed by", "Numerator"}, indicator.indicator_id
        assert all(told.values()), indicator.indicator_id
        for role in ("numerator", "denominator"):
            part = indicator.block.get(role)
            if part:
                words = told[role.capitalize()]
                assert f"of fct_{part['fact']}, by {part['date']}" in words
                assert " ".join(part.get("where", "").split()) in words
        axes = [" × ".join(breakdown) for breakdown in indicator.block["breakdowns"]]
        without = indicator.block["only_by"]
        only = [f"no figure without {without}"] if without else []
        assert told["Breakdowns"].split("; ") == [*(axes or ["none"]), *only]


def test_an_entry_says_what_a_reader_asks(pages: dict[str, Element]) -> None:
    told = entry(pages["indicators_economic_assistance.html"], "adult_recipients_per_1000")
    assert told["Numerator"] == (
        "persons of fct_assistance_month, by benefit_month, where is_adult and is_recipient"
    )
    assert told["Denominator"] == (
        "sum of resident_count of fct_population, by reference_date, where is_adult"
    )
    assert told["Final"] == "2 months after the period"
    assert told["Version"].startswith(
        "1 from 2023-01-01; 2 from 2025-01-01, not comparable with earlier figures"
    )
    assert {"couples", "population"} <= set(told["Rules of counting"].split(", "))
    assert told["Nearest of Kolada"] == "N31824"


def test_every_link_leads_somewhere_and_nothing_is_loaded(pages: dict[str, Element]) -> None:
    ids = {
        name: {element.get("id") for element in page.iterfind(".//*[@id]")}
        for name, page in pages.items()
    }
    links = 0
    for name, page in pages.items():
        assert not page.findall(".//*[@src]"), name
        for link in page.iterfind(".//*[@href]"):
            file, _, target = link.attrib["href"].partition("#")
            assert not target or target in ids[file or name], (name, link.attrib["href"])
            assert (file or name) in pages, (name, link.attrib["href"])
            links += 1
    assert links > len(pages)


def test_the_page_of_rules_is_up_to_date(manifest: dict[str, Any]) -> None:
    written = (PROJECT_DIR / "docs" / "rules.md").read_text(encoding="utf-8")
    assert written == rules_page(read_manifest(manifest)), "run `make docs`"


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
    for rule in read_manifest(manifest).rules:
        assert rule["tried_in"], rule["rule_id"]
        assert set(rule["tried_in"]) <= names, rule["rule_id"]


def test_every_rule_of_counting_touches_facts_that_exist(manifest: dict[str, Any]) -> None:
    facts = {
        node["name"].removeprefix("fct_")
        for node in manifest["nodes"].values()
        if node["name"].startswith("fct_")
    }
    for rule in read_manifest(manifest).rules:
        assert rule["facts"], rule["rule_id"]
        assert set(rule["facts"]) <= facts | {"observed", "published", "none"}, rule["rule_id"]
