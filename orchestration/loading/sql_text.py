"""SQL text from names and words of a contract: quoting, and steps that build on each other.

No value of a file ever passes here; those stay in DuckDB.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

DASHES = "\u2010\u2011\u2012\u2013\u2014\u2015\u2212\u00ad\ufe58\ufe63\uff0d"
"""Hyphens, dashes and minus signs of print; U+2212 is the minus of Swedish (CLDR)."""


def literal(text: str) -> str:
    """Return `text` as an SQL string."""
    return "'" + text.replace("'", "''") + "'"


def identifier(name: str) -> str:
    """Return `name` as a quoted SQL name."""
    return '"' + name.replace('"', '""') + '"'


def with_plain_dashes(text: str) -> str:
    """Return the SQL of a text with every dash and minus as `-`; plain text is not looked through.

    `text`: a column, since it is named more than once.
    """
    marks = f"regexp_replace({text}, {literal(f'[{DASHES}]')}, '-', 'g')"
    return f"case when strlen({text}) > length({text}) then {marks} else {text} end"


def literals(texts: Iterable[str]) -> str:
    """Return texts as the inside of an SQL list."""
    return ", ".join(literal(text) for text in texts)


def steps(first: str, *added: str) -> str:
    """Return a `with` clause that adds columns to a query step by step; `ready` has them all.

    `added`: select lists; each sees the columns of those before it. An alias used within one
    select would be copied into its users instead, which doubles the work at each level.
    """
    clauses = [f"step_0 as not materialized ({first})"]
    for number, columns in enumerate(filter(None, added)):
        clauses.append(
            f"step_{number + 1} as not materialized (select *, {columns} from step_{number})"
        )
    return f"with {', '.join(clauses)}, ready as (from step_{len(clauses) - 1})"
