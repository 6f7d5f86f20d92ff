"""The data dictionary under docs/ is the one that the project makes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orchestration.data_dictionary import data_dictionary
from orchestration.dbt_runner import parse
from orchestration.settings import PROJECT_DIR, Settings

if TYPE_CHECKING:
    from pathlib import Path


def test_the_data_dictionary_is_up_to_date(tmp_path: Path) -> None:
    manifest = parse(Settings(data_dir=tmp_path, _env_file=None)).manifest
    page = PROJECT_DIR / "docs" / "data_dictionary.md"
    assert page.read_text(encoding="utf-8") == data_dictionary(manifest), "run `make docs`"
