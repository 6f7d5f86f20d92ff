"""Whose key raw.duckdb was loaded with, and how its pseudonyms get a new one.

Numbers are not in raw.duckdb, so a pseudonym cannot be made anew of one. It gets the new key on top
of the old: what is stored at once, what comes later as it is stored (ADR 0017).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from orchestration.errors import JamviktError
from orchestration.loading.person_number import PARTS
from orchestration.loading.pseudonym_key import check_value, hmac_parameters
from orchestration.loading.sql_text import identifier

if TYPE_CHECKING:
    from collections.abc import Sequence

    from duckdb import DuckDBPyConnection


def renewed(pseudonym: str, later_keys: Sequence[bytes]) -> tuple[str, dict[str, bytes]]:
    """Return the SQL that puts keys on top of the first, in order, and its query parameters."""
    parameters: dict[str, bytes] = {}
    for number, key in enumerate(later_keys):
        pads = {f"{name}_{number}": pad for name, pad in hmac_parameters(key).items()}
        inner, outer = (f"${name}" for name in pads)
        pseudonym = f"left(sha256({outer} || unhex(sha256({inner} || encode({pseudonym})))), 32)"
        parameters |= pads
    return pseudonym, parameters


def check_key(connection: DuckDBPyConnection, key: bytes) -> None:
    """Keep a check value of the key where there is none; raise JamviktError for another key.

    `connection`: to the raw file, whose log is there.
    """
    found = connection.execute("select check_value from log.pseudonym_key").fetchone()
    if found is None:
        connection.execute("insert into log.pseudonym_key values ($check)", _check(key))
    elif found[0] != check_value(key):
        raise JamviktError(
            "The pseudonym key is not the one that raw.duckdb was loaded with: everybody would be "
            "a new person",
            "restore that key; where `jamvikt rekey` was cut short, run it again. To begin anew "
            "with another, remove the warehouse",
        )


def is_key_of(connection: DuckDBPyConnection, key: bytes) -> bool:
    """Return whether the raw file was loaded with a key."""
    found = connection.execute("select check_value from log.pseudonym_key").fetchone()
    return found is not None and found[0] == check_value(key)


def rekey(connection: DuckDBPyConnection, key: bytes, new_key: bytes) -> int:
    """Put a new key on top of every pseudonym in one transaction; return the number of columns.

    `key`: the keys until now; `new_key`: the one that comes on top. Raises what `check_key` does.
    """
    check_key(connection, key)
    columns = _identity_columns(connection)
    connection.begin()
    try:
        for schema, table, column in columns:
            name = identifier(column)
            expression, parameters = renewed(name, [new_key])
            connection.execute(
                f"update {identifier(schema)}.{identifier(table)} set {name} = {expression}",
                parameters,
            )
        connection.execute(
            "update log.pseudonym_key set check_value = $check", _check(key + new_key)
        )
        connection.commit()
    except BaseException:
        connection.rollback()
        raise
    return len(columns)


def _check(key: bytes) -> dict[str, str]:
    return {"check": check_value(key)}


def _identity_columns(connection: DuckDBPyConnection) -> list[tuple[str, str, str]]:
    """Return schema, table and name of the pseudonyms, also of contracts that are no more.

    An identity lands as a column for each of PARTS.
    """
    columns = connection.execute(
        "select schema_name, table_name, column_name from duckdb_columns() "
        "where not internal and database_name = current_database() order by all"
    ).fetchall()
    there = set(columns)
    ending = f"_{PARTS[0]}"
    return [
        (schema, table, name)
        for schema, table, name in columns
        if name.endswith(ending)
        and all(
            (schema, table, f"{name.removesuffix(ending)}_{part}") in there for part in PARTS[1:]
        )
    ]
