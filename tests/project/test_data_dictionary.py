"""The data dictionary under docs/ is the one that the project makes."""

from __future__ import annotations

from typing import Any

from orchestration.data_dictionary import data_dictionary
from orchestration.manifest import read_manifest
from orchestration.settings import PROJECT_DIR


def test_the_data_dictionary_is_up_to_date(manifest: dict[str, Any]) -> None:
    page = PROJECT_DIR / "docs" / "data_dictionary.md"
    assert page.read_text(encoding="utf-8") == data_dictionary(read_manifest(manifest)), (
        "run `make docs`"
    )
