"""Writes the data dictionary: pages that say what every table, column and indicator means.

They follow from the dbt manifest and the versions of definitions, open from disk and load nothing.
Equal projects give equal bytes.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jinja2 import Environment

    from orchestration.registry.manifest import Manifest

TEMPLATES = Path(__file__).parent / "dictionary"
START = "mart_indicator"
"""The mart to start from stands first."""
BENEATH = ("facts", "staging", "seeds")


def data_dictionary(manifest: Manifest, versions_csv: Path) -> dict[str, str]:
    """Return every page by the name of its file; readers start at `index.html`.

    `versions_csv`: the versions of definitions after the first, and why they were made.
    """
    environment = _environment()
    service_areas = {
        service_area: list(indicators)
        for service_area, indicators in groupby(
            sorted(manifest.indicators, key=lambda each: (each.service_area, each.indicator_id)),
            key=lambda each: each.service_area,
        )
    }
    described = {model.name: model.description for model in manifest.models}
    marts = sorted(manifest.models_in("marts"), key=lambda model: (model.name != START, model.name))
    cube = [model for model in manifest.models_in("indicators") if model.name not in service_areas]

    def page(template: str, **values: Any) -> str:
        return environment.get_template(template).render(**values)

    tables = {
        "marts.html": ("Marts", {"marts": marts}),
        "registry.html": ("Tables of the indicator registry", {"indicators": cube}),
        "quality.html": ("Quality", {"quality": manifest.models_in("quality")}),
        "beneath.html": (
            "What lies beneath: facts, staging, reference data",
            {schema: manifest.models_in(schema) for schema in BENEATH},
        ),
    }
    return {
        "index.html": page(
            "index.html", service_areas=service_areas, described=described, marts=marts
        ),
        **{
            name: page(
                "tables.html",
                title=title,
                schemas=schemas,
                promises=manifest.promises if name == "quality.html" else (),
            )
            for name, (title, schemas) in tables.items()
        },
        **{
            f"indicators_{service_area}.html": page(
                "indicators.html",
                service_area=service_area,
                description=described[service_area],
                indicators=indicators,
                rules={each.indicator_id: manifest.rules_that_touch(each) for each in indicators},
                versions=_versions(versions_csv),
            )
            for service_area, indicators in service_areas.items()
        },
        "rules.html": page("rules.html", rules=manifest.rules),
        "sources.html": page("sources.html", sources=_sources(manifest)),
    }


def _environment() -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    return Environment(
        loader=FileSystemLoader(TEMPLATES),
        undefined=StrictUndefined,
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _versions(versions_csv: Path) -> Mapping[str, list[dict[str, str]]]:
    versions: dict[str, list[dict[str, str]]] = {}
    with versions_csv.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            versions.setdefault(row["indicator_id"], []).append(row)
    return versions


def _sources(manifest: Manifest) -> list[dict[str, Any]]:
    """Return every source with its tables: their contracts and what dbt's YAML says of them."""
    nodes = {
        (node["source_name"], node["name"]): node for node in manifest.nodes["sources"].values()
    }
    sources = []
    for name, tables in groupby(manifest.sources, key=lambda table: table.source_name):
        told = [(table, nodes[name, table.table_name]) for table in tables]
        node = told[0][1]
        sources.append(
            {
                "name": name,
                "description": node["source_description"],
                "meta": defaultdict(str, {**node["source_meta"], **node["config"]["meta"]}),
                "tables": [
                    {
                        "name": table.table_name,
                        "description": node["description"],
                        "contract": table.contract,
                        "columns": table.columns,
                        "texts": {
                            column["name"]: column["description"]
                            for column in node["columns"].values()
                        },
                    }
                    for table, node in told
                ],
            }
        )
    return sources
