"""Gives the pseudonyms of an installation a new key: the command `jamvikt rekey`.

What that means is loading's business: rekeying.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from orchestration.errors import JamviktError
from orchestration.loading import ensure_raw_tables, is_key_of, open_raw, read_key, rekey
from orchestration.loading.pseudonym_key import KEY_BYTES, add_key
from orchestration.night.night import hold_night

if TYPE_CHECKING:
    from orchestration.settings import Settings


def renew_key(settings: Settings) -> int:
    """Put a new key on top of every pseudonym and of the key file; return the number of columns.

    The new key file is written beside the old before raw.duckdb changes, and takes its place
    after: cut short in between, the same command goes on. Raises JamviktError where nothing was
    loaded, for a key that is not that of raw.duckdb, and while a night runs.
    """
    file = settings.pseudonym_key_file
    coming = file.with_name(f"{file.name}.new")
    if not settings.raw_file.is_file():
        raise JamviktError("Nothing has been loaded yet", "run a night first")
    key = read_key(file)
    with (
        hold_night(settings) as night,
        open_raw(settings.raw_file, night.workspace) as connection,
    ):
        ensure_raw_tables(connection, [])
        if not coming.exists():
            add_key(file, coming)
        new_keys = read_key(coming)
        if new_keys[:-KEY_BYTES] != key:
            raise JamviktError(
                f"{coming} does not go on from the keys of {file}", "remove it, or restore its key"
            )
        columns = 0
        if not is_key_of(connection, new_keys):
            columns = rekey(connection, key, new_keys[-KEY_BYTES:])
        coming.replace(file)
        connection.execute("checkpoint")
    return columns
