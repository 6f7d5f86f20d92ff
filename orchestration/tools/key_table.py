"""Shows the keys of a typed block of YAML to readers: type, default, meaning and an example."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from pydantic import BaseModel

NEEDED, NOTHING = "*needed*", ""
LISTED = {"array": "list"}
HEAD = "| key | type | default | meaning | example |\n| --- | --- | --- | --- | --- |\n"


def key_table(
    model: type[BaseModel],
    examples: Mapping[str, Any],
    left_out: Collection[str] = (),
    defaults: Mapping[str, Any] | None = None,
) -> str:
    """Return the table of a block's keys in Markdown.

    `examples`: by key, beside those that the model names. `left_out`: keys that nobody writes.
    `defaults`: by key, where they stand outside the model.
    """
    rows = []
    needed = {name for name, field in model.model_fields.items() if field.is_required()}
    for name, field in fields(model):
        if name in left_out:
            continue
        default = (defaults or {}).get(name, field.get("default"))
        is_needed = name in needed and "default" not in field and name not in (defaults or {})
        example = examples.get(name) or next(iter(field.get("examples", ())), None)
        cells = (
            f"`{name}`",
            _type(field),
            NEEDED if is_needed else NOTHING if "$ref" in field else _value(default),
            field["description"],
            _value(example),
        )
        rows.append(f"| {' | '.join(map(_cell, cells))} |\n")
    return HEAD + "".join(rows)


def fields(model: type[BaseModel]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the keys of a block, each with its JSON schema."""
    yield from model.model_json_schema()["properties"].items()


def _type(field: dict[str, Any]) -> str:
    kinds = [
        kind
        for kind in field.get("anyOf", field.get("oneOf", [field]))
        if kind.get("type") != "null"
    ]
    return " or ".join(map(_kind, kinds))


def _kind(kind: dict[str, Any]) -> str:
    if choices := kind.get("enum", [kind["const"]] if "const" in kind else []):
        return " · ".join(map(_value, choices))
    if kind.get("type") == "array":
        return f"list of {LISTED.get(kind['items']['type'], kind['items']['type'])}s"
    if kind.get("type") == "object":
        return "mapping of strings"
    if "$ref" in kind:
        return f"see *{kind['$ref'].rpartition('/')[2]}*"
    if kind.get("maxLength") == 1:
        return "one character"
    bounds = [str(kind[bound]) for bound in ("minimum", "maximum") if bound in kind]
    return f"{kind['type']} {' to '.join(bounds)}" + (" or more" if len(bounds) == 1 else "")


def _value(value: Any) -> str:
    if value is None:
        return NOTHING
    return f"`{json.dumps(value, ensure_ascii=False)}`"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
