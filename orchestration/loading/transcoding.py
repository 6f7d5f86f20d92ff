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

    from orchestration.loading.contract import TableContract

CHUNK_BYTES = 4 * 1024 * 1024
LONGEST_LINE = 2_000_000
"""Bytes of a line in UTF-8; a row of an export has thousands."""
UTF8_BOM, UTF16_BOMS = codecs.BOM_UTF8, (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
BLANKS = "\t\u00a0\u1680\u202f\u205f\u3000\u200b\u2060\ufeff" + "".join(
    map(chr, range(0x2000, 0x200B))
)
"""Tab, spaces of every width, those that do not break and those of no width count as spaces."""
C1_CONTROL = re.compile("[\x80-\x9f]")
"""Latin-1 has control characters where cp1252 has the euro sign, dashes and curly quotes."""


@dataclass(frozen=True)
class Transcoded:
    """What was seen on the way."""

    head: str
    """The first 4 MiB."""
    has_quotes: bool
    line_count: int
    """Lines by their ends alone, and one more where the last has none."""
    is_open: bool
    """Whether the last line has no end."""
    long_line: int | None
    """The first line that is longer than LONGEST_LINE."""


class _Lines:
    """Counts lines by the bytes between line feeds, a chunk at a time."""

    def __init__(self) -> None:
        self.ended, self.open_length = 0, 0
        self.long_line: int | None = None

    def count(self, data: bytes) -> None:
        """Count the lines that end in `data`; what is behind the last of them stays open."""
        begin = -self.open_length
        while self.long_line is None and len(data) - begin > LONGEST_LINE:
            end = data.rfind(b"\n", max(begin, 0), max(begin + LONGEST_LINE + 1, 0))
            if end < 0:
                self.long_line = self.ended + data.count(b"\n", 0, max(begin, 0)) + 1
            begin = end + 1
        self.ended += data.count(b"\n")
        last = data.rfind(b"\n")
        self.open_length = len(data) - last - 1 if last >= 0 else self.open_length + len(data)


def transcode(file: Path, contract: TableContract, target: Path) -> Transcoded:
    """Write `file` to `target` as UTF-8 without byte order mark, every line end a line feed.

    Blanks of all kinds become spaces, except the delimiter.

    Raises UnreadableFileError with byte offset and line for a byte that the encoding does not
    have, and for an empty file, UTF-16, NUL bytes and UTF-8 that is declared as something else.
    """
    encoding = "utf-8" if contract.or_utf8 and _begins_as_utf8(file) else contract.encoding
    is_utf8 = encoding.startswith("utf-8")
    decoder = codecs.getincrementaldecoder("utf-8" if is_utf8 else encoding)("strict")
    lines = io.IncrementalNewlineDecoder(decoder, translate=True)
    blanks = BLANKS.replace(contract.delimiter, "")
    head, has_quotes = "", False
    counted = _Lines()
    is_compared = is_utf8
    with file.open("rb") as source, target.open("wb") as sink:
        offset = _check_start(source.read(len(UTF8_BOM) + 1), encoding)
        source.seek(offset)
        while True:
            chunk = source.read(CHUNK_BYTES)
            if not is_compared and not chunk.isascii():
                if _is_utf8(chunk):  # every byte would fit and every å, ä and ö be wrong
                    raise _other_than_told(encoding)
                is_compared = True
            pending = len(decoder.getstate()[0])
            try:
                text = lines.decode(chunk, final=not chunk)
            except UnicodeDecodeError as error:
                before = error.object[: error.start]
                raise UnreadableFileError(
                    f"the byte at offset {offset - pending + error.start}, line "
                    f"{counted.ended + len((before + b'.').splitlines())}, is not {encoding}",
                    "set `encoding` of the table to what the file is written in, with "
                    "`or_utf8: true` where others send UTF-8, or export the file again",
                ) from None
            _check_characters(text, encoding, counted.ended + 1)
            for blank in blanks:
                text = text.replace(blank, " ")
            head = head or text
            has_quotes = has_quotes or '"' in text
            data = text.encode()
            counted.count(data)
            sink.write(data)
            offset += len(chunk)
            if not chunk:
                is_open = counted.open_length > 0
                line_count = counted.ended + is_open
                return Transcoded(head, has_quotes, line_count, is_open, counted.long_line)


def _begins_as_utf8(file: Path) -> bool:
    """Return whether the first letters that are not ASCII are UTF-8, where there are any."""
    with file.open("rb") as source:
        while chunk := source.read(CHUNK_BYTES):
            if not chunk.isascii():
                return _is_utf8(chunk)
    return False


def _check_start(start: bytes, encoding: str) -> int:
    """Return how many bytes the byte order mark takes."""
    if start in (b"", UTF8_BOM):
        raise UnreadableFileError("the file is empty", "export the file again")
    if start.startswith(UTF16_BOMS):
        raise UnreadableFileError("the file is UTF-16", "export the file as UTF-8")
    if not start.startswith(UTF8_BOM):
        return 0
    if not encoding.startswith("utf-8"):
        raise _other_than_told(encoding)
    return len(UTF8_BOM)


def _is_utf8(chunk: bytes) -> bool:
    """Return whether bytes, which may end inside a letter, are UTF-8."""
    try:
        codecs.getincrementaldecoder("utf-8")("strict").decode(chunk)
    except UnicodeDecodeError:
        return False
    return True


def _other_than_told(encoding: str) -> UnreadableFileError:
    return UnreadableFileError(
        f"the file is UTF-8, its contract says {encoding}",
        f"set `encoding: utf-8` of the table, or `or_utf8: true` where others send {encoding}",
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
