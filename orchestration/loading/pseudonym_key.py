"""The secret key of the pseudonyms: made, read, and prepared for HMAC inside DuckDB.

The key goes to SQL as a query parameter only; the expressions that use it are person_number.py.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from typing import TYPE_CHECKING

from orchestration.errors import JamviktError

if TYPE_CHECKING:
    from pathlib import Path

KEY_BYTES = 32
BLOCK_BYTES = 64
"""Block of SHA-256 (RFC 2104)."""


CHECKED = "raw.duckdb"
"""No identity is read as this word, so that its pseudonym tells of nobody."""


def make_key(path: Path) -> None:
    """Write a new random key, 32 bytes as hex, readable by its owner alone.

    Raises JamviktError when the file exists: another key would make every person a new person.
    """
    _write(path, [secrets.token_bytes(KEY_BYTES)])


def add_key(path: Path, new: Path) -> None:
    """Write the keys of a file and a new random one to another file, which is not there yet."""
    _write(new, [*keys_in(read_key(path)), secrets.token_bytes(KEY_BYTES)])


def keys_in(key: bytes) -> list[bytes]:
    """Return the keys of a key file one by one; each comes on top of those before it."""
    return [key[start : start + KEY_BYTES] for start in range(0, len(key), KEY_BYTES)]


def check_value(key: bytes) -> str:
    """Return what tells a key from another and says nothing of it: a pseudonym of nobody."""
    value = CHECKED
    for each in keys_in(key):
        value = hmac.new(each, value.encode(), hashlib.sha256).hexdigest()[:KEY_BYTES]
    return value


def _write(path: Path, keys: list[bytes]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise JamviktError(
            f"There is a pseudonym key already: {path}",
            "keep it; to start over, remove the key and the warehouse together",
        ) from None
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write("".join(f"{key.hex()}\n" for key in keys))
        file.flush()
        os.fsync(file.fileno())


def read_key(path: Path) -> bytes:
    """Return the 32 bytes of the key; after `jamvikt rekey`, 32 of every key, oldest first.

    Raises JamviktError when there is no key, when others may read it, or when it is not a key.
    """
    if not path.is_file():
        raise JamviktError(
            f"No pseudonym key: {path}",
            "run `jamvikt key`, or restore the key the warehouse was loaded with",
        )
    if path.stat().st_mode & 0o077:
        raise JamviktError(
            f"Others than its owner may use the pseudonym key: {path}", f"chmod 600 {path}"
        )
    try:
        key = bytes.fromhex(path.read_text(encoding="ascii"))
    except ValueError:
        key = b""
    if not key or len(key) % KEY_BYTES:
        raise JamviktError(
            f"Not a pseudonym key, lines of {2 * KEY_BYTES} hexadecimal digits: {path}",
            "restore the key the warehouse was loaded with",
        )
    return key


def hmac_parameters(key: bytes) -> dict[str, bytes]:
    """Return the query parameters `inner_pad` and `outer_pad` of HMAC-SHA-256 (RFC 2104)."""
    block = key.ljust(BLOCK_BYTES, b"\0")
    return {
        "inner_pad": bytes(byte ^ 0x36 for byte in block),
        "outer_pad": bytes(byte ^ 0x5C for byte in block),
    }
