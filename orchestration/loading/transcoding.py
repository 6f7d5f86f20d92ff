"""A file of any declared encoding as UTF-8 with plain line ends, or the byte that does not fit.

What the text means is reading.py.
"""

from __future__ import annotations

import codecs
import io
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from orchestration.loading.outcome import UnreadableFileError

if TYPE_CHECKING:
    from pathlib import Path

CHUNK_BYTES = 4 * 1024 * 1024
UTF8_BOM, UTF16_BOMS = codecs.BOM_UTF8, (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
BLANKS = "\t\u00a0\u202f\u2007"
"""Tab, no-break, narrow no-break and figure space count as spaces."""
C1_CONTROL = re.compile("[\x80-\x9f]")
"""Latin-1 has control characters where cp1252 has the euro sign, dashes and curly quotes."""


@dataclass(frozen=True)
class Transcoded:
    """What was seen on the way."""

    head: str
    """The first 4 MiB."""
    has_quotes: bool


def transcode(file: Path, encoding: str, delimiter: str, target: Path) -> Transcoded:
    """Write `file` to `target` as UTF-8 without byte order mark, every line end a line feed.

    Blanks of all kinds become spaces, except the delimiter.

    Raises UnreadableFileError with byte offset and line for a byte that the encoding does not
    have, and for an empty file, UTF-16, NUL bytes and UTF-8 that is declared as something else.
    """
    is_utf8 = encoding.startswith("utf-8")
    decoder = codecs.getincrementaldecoder("utf-8" if is_utf8 else encoding)("strict")
    lines = io.IncrementalNewlineDecoder(decoder, translate=True)
    blanks = BLANKS.replace(delimiter, "")
    head, has_quotes, line = "", False, 1
    is_compared = is_utf8
    with file.open("rb") as source, target.open("w", encoding="utf-8", newline="\n") as sink:
        offset = _check_start(source.read(len(UTF8_BOM) + 1), encoding)
        source.seek(offset)
        while True:
            chunk = source.read(CHUNK_BYTES)
            if not is_compared and not chunk.isascii():
                _check_not_utf8(chunk, encoding)
                is_compared = True
            pending = len(decoder.getstate()[0])
            try:
                text = lines.decode(chunk, final=not chunk)
            except UnicodeDecodeError as error:
                before = error.object[: error.start]
                raise UnreadableFileError(
                    f"the byte at offset {offset - pending + error.start}, line "
                    f"{line + len((before + b'.').splitlines()) - 1}, is not {encoding}",
                    "set `encoding` of the table to what the file is written in, "
                    "or export the file again",
                ) from None
            _check_characters(text, encoding, line)
            for blank in blanks:
                text = text.replace(blank, " ")
            head = head or text
            has_quotes = has_quotes or '"' in text
            line += text.count("\n")
            sink.write(text)
            offset += len(chunk)
            if not chunk:
                return Transcoded(head, has_quotes)


def _check_start(start: bytes, encoding: str) -> int:
    """Return how many bytes the byte order mark takes."""
    if start in (b"", UTF8_BOM):
        raise UnreadableFileError("the file is empty", "export the file again")
    if start.startswith(UTF16_BOMS):
        raise UnreadableFileError("the file is UTF-16", "export the file as UTF-8")
    if not start.startswith(UTF8_BOM):
        return 0
    if not encoding.startswith("utf-8"):
        raise _is_utf8(encoding)
    return len(UTF8_BOM)


def _check_not_utf8(chunk: bytes, encoding: str) -> None:
    """Refuse UTF-8 under another name: every byte would fit and every å, ä and ö be wrong."""
    try:
        codecs.getincrementaldecoder("utf-8")("strict").decode(chunk)
    except UnicodeDecodeError:
        return
    raise _is_utf8(encoding)


def _is_utf8(encoding: str) -> UnreadableFileError:
    return UnreadableFileError(
        f"the file is UTF-8, its contract says {encoding}", "set `encoding: utf-8` of the table"
    )


def _check_characters(text: str, encoding: str, line: int) -> None:
    nul = text.find("\0")
    if nul >= 0:
        raise UnreadableFileError(
            f"NUL byte in line {line + text.count(chr(10), 0, nul)}: UTF-16 or not a text file",
            "export the file as UTF-8 text",
        )
    if encoding == "latin-1" and (control := C1_CONTROL.search(text)):
        raise UnreadableFileError(
            f"line {line + text.count(chr(10), 0, control.start())} has a character of cp1252, "
            "its contract says latin-1",
            "set `encoding: cp1252` of the table",
        )
