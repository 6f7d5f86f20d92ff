"""The SQL macros of the project as dbt would render them, without dbt."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING

import jinja2

from orchestration.settings import PROJECT_DIR

if TYPE_CHECKING:
    from pathlib import Path


def rendered(*patterns: str) -> jinja2.environment.TemplateModule:
    """Return the macros of the files that match, below `dbt_project/macros`.

    Of dbt's own they may use `return` and `adapter.dispatch`.
    """
    folder = PROJECT_DIR / "dbt_project/macros"
    files: list[Path] = [file for pattern in patterns for file in sorted(folder.glob(pattern))]
    environment = jinja2.Environment(
        # what is rendered is SQL: its quotes stay
        autoescape=jinja2.select_autoescape(default_for_string=False),
        extensions=["jinja2.ext.do"],
    )
    environment.globals["return"] = lambda value: value
    environment.globals["adapter"] = SimpleNamespace(
        dispatch=lambda name: getattr(module, f"duckdb__{name}")
    )
    text = "".join(file.read_text(encoding="utf-8") for file in files)
    module = environment.from_string(text).module
    return module
