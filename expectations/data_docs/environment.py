"""What all pages share: where templates are, how they are filled, and a policy that loads nothing.

The pages themselves are pages.py (ours) and view.py (Great Expectations').
"""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path

from jinja2 import BaseLoader, Environment, FileSystemLoader, StrictUndefined

TEMPLATES = Path(__file__).parent / "templates"


def loader() -> BaseLoader:
    """Return the loader of our templates."""
    return FileSystemLoader(TEMPLATES)


def dress(environment: Environment) -> None:
    """Give an environment the policy of its pages and escaping of everything.

    The policy lets the browser apply exactly our style sheet (by its hash) and fetch, run or send
    nothing, so that no value of a row can do more than be read.
    """
    css = environment.get_template("style.css").render()
    digest = base64.b64encode(hashlib.sha256(css.encode()).digest()).decode()
    environment.autoescape = True
    environment.globals["policy"] = (
        f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    )


def environment() -> Environment:
    """Return the environment of our own pages."""
    ours = Environment(loader=loader(), undefined=StrictUndefined, autoescape=True)
    dress(ours)
    ours.filters["count"] = count
    return ours


def count(number: int) -> str:
    """Return a number as Swedish writes it: 12 345, in groups that no line break parts."""
    return f"{number:,}".replace(",", "\N{NARROW NO-BREAK SPACE}")
