# mypy: allow-subclassing-any
"""Great Expectations' view hook: its renderers do the wording, our templates the page.

The stock templates load from seven CDNs and leave values of rows unescaped: none is used.
"""

# Great Expectations is not followed by mypy (pyproject.toml), so its classes are Any to it.
from __future__ import annotations

from string import Template
from typing import Any

from great_expectations.render.view import DefaultJinjaPageView
from jinja2 import ChoiceLoader

from expectations.data_docs.environment import dress, loader

ICONS = {"✅": "✓ Succeeded", "❌": "✗ Failed", "❗": "! Error"}
"""Great Expectations' sign of a status, and what we write for it."""


class ValidationPageView(DefaultJinjaPageView):
    """One validation of Great Expectations as a page."""

    _template = "validation.html"

    def __init__(self, **directories: Any) -> None:
        """Look for templates in our folder before Great Expectations' own."""
        super().__init__(**directories)
        self.env.loader = ChoiceLoader([loader(), self.env.loader])
        self.env.filters["words"] = words
        dress(self.env)


def words(block: dict[str, Any] | str) -> str:
    """Return the plain text of a string template: Jinja escapes it; icons become words."""
    if not isinstance(block, dict):
        return str(block)
    params = {**block.get("params", {}), "html_success_icon": ""}
    if "markdown_status_icon" in params:
        return ICONS[params["markdown_status_icon"]]
    return Template(block["template"]).safe_substitute(params)
