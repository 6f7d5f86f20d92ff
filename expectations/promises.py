"""The promises to readers, as the dbt manifest states them beside their evidence.

How a promise is judged is judge.py; what the evidence holds is the business of the dbt models.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

EVIDENCE_SCHEMA = "quality"
"""Where evidence stands: the one schema beside the marts that readers get, without persons."""

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]


class PromiseError(Exception):
    """A promise in the manifest that says what it may not, or no promise at all."""


class Wording(BaseModel):
    """A text in both languages."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    sv: Text
    en: Text


class Promise(BaseModel):
    """One `config.meta.promise`, and the table of evidence that its model builds."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    promise_id: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")]
    title: Wording
    """The promise as a statement to readers."""
    question: Wording
    """What is asked of every row of evidence."""
    judges: Text
    """The dbt model that the promise is about."""
    violated_when: Text
    """SQL predicate over a row of evidence."""
    waived_when: Text | None = None
    """SQL predicate: rows that count as waived and not as violations."""
    must_have_evidence: bool = False
    """Whether having nothing to judge breaks the promise: an empty registry splits nothing."""
    subject: Annotated[tuple[Text, ...], Field(min_length=1)]
    """Columns that name a violation; the only ones whose values leave the build file."""
    evidence: Text
    """Name of the evidence, `schema.table`."""

    @property
    def relation(self) -> str:
        """The evidence as SQL names it."""
        return ".".join(quoted(part) for part in self.evidence.split("."))

    @property
    def is_violated(self) -> str:
        """SQL: the row violates the promise; what cannot be decided (null) does too.

        The line breaks keep a comment at the end of a predicate from swallowing the bracket.
        """
        return f"coalesce((\n{self.violated_when}\n), true) and not {self.is_waived}"

    @property
    def is_waived(self) -> str:
        """SQL: the row is waived; what cannot be decided (null) is not."""
        if self.waived_when is None:
            return "false"
        return f"coalesce((\n{self.waived_when}\n), false)"

    @property
    def subject_list(self) -> str:
        """SQL: the columns of the subject, quoted."""
        return ", ".join(quoted(column) for column in self.subject)


def quoted(name: str) -> str:
    """Return an identifier in SQL's own quotes."""
    return '"' + name.replace('"', '""') + '"'


def read_promises(manifest_file: Path) -> list[Promise]:
    """Return the promises of a dbt manifest in order of `promise_id`.

    Raises PromiseError, which names the YAML file and the key, for a block with a missing, unknown
    or ill-typed key, a subject that is no column of the model, a model outside `quality` and an id
    that is used twice; and for a manifest without promises, since nothing may pass unjudged.
    """
    nodes = json.loads(manifest_file.read_text(encoding="utf-8"))["nodes"].values()
    promises: dict[str, Promise] = {}
    for node in nodes:
        block = node.get("config", {}).get("meta", {}).get("promise")
        if node["resource_type"] != "model" or block is None:
            continue
        promise = _promise(node, block)
        if promise.promise_id in promises:
            raise PromiseError(
                f"{_where(node)}: promise_id: {promise.promise_id!r} is already promised by "
                f"{promises[promise.promise_id].evidence}"
            )
        promises[promise.promise_id] = promise
    if not promises:
        raise PromiseError(f"{manifest_file.name}: no model has a config.meta.promise")
    return [promises[promise_id] for promise_id in sorted(promises)]


def _promise(node: Mapping[str, Any], block: Any) -> Promise:
    if not isinstance(block, dict):
        raise PromiseError(f"{_where(node)}: promise: write it as keys and values")
    if "evidence" in block:
        raise PromiseError(f"{_where(node)}: evidence: the model itself is the evidence")
    if node["schema"] != EVIDENCE_SCHEMA:
        raise PromiseError(
            f"{_where(node)}: schema: evidence stands in {EVIDENCE_SCHEMA}, not {node['schema']}"
        )
    table = node.get("alias") or node["name"]
    try:
        promise = Promise.model_validate({**block, "evidence": f"{node['schema']}.{table}"})
    except ValidationError as error:
        faults = [
            f"{'.'.join(str(part) for part in fault['loc'])}: {fault['msg']}"
            for fault in error.errors()
        ]
        raise PromiseError(f"{_where(node)}: {'; '.join(faults)}") from None
    unknown = [column for column in promise.subject if column not in node["columns"]]
    if unknown:
        raise PromiseError(f"{_where(node)}: subject: no column of the model: {', '.join(unknown)}")
    return promise


def _where(node: Mapping[str, Any]) -> str:
    """Return file and model; a model without YAML is named by its SQL."""
    file = (node.get("patch_path") or node["original_file_path"]).split("://")[-1]
    return f"{file}: promise of {node['name']}"
