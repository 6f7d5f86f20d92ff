"""What the reader of workbooks does not tell of cells: per cent, errors, formulas never computed.

It gives 0.08 for 8 % and nothing for the other two, so the sheet is looked at once more. Most have
none of these, which a look at the bytes shows; only then are the cells gone through one by one.
"""

from __future__ import annotations

import posixpath
import re
from collections import defaultdict
from typing import TYPE_CHECKING
from xml.parsers.expat import ExpatError, ParserCreate
from zipfile import BadZipFile, ZipFile

from orchestration.loading.spreadsheet import UNCOMPUTED

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import IO

    Marks = dict[int, dict[int, str]]

AS_PER_CENT = "%"
"""Mark of a cell whose number is shown in per cent; the others are the text that stands there."""
PER_CENT_FORMATS = ("9", "10")
"""Excel's own formats 0% and 0.00%, which no file spells out."""
LITERAL_PART = re.compile(r'"[^"]*"|\\.')
CHUNK_BYTES = 2**20
LONGEST_TAG = 256


def read_marks(file: Path, sheet: str | None) -> Marks:
    """Return the marks of a sheet (default: the first) by row and column, from 0.

    Empty where the workbook cannot be read: to say so is for its reader.
    """
    try:
        with ZipFile(file) as parts:
            per_cent = _per_cent_styles(parts)
            part = _sheet_part(parts, sheet)
            if not part:
                return {}
            with parts.open(part) as content:
                is_marked = _is_any_marked(content, per_cent)
            if not is_marked:
                return {}
            with parts.open(part) as content:
                return _marks(content, per_cent)
    except (BadZipFile, KeyError, ExpatError):
        return {}


def _elements(content: IO[bytes]) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield name, without prefix, and attributes of the elements of a small part."""
    found: list[tuple[str, dict[str, str]]] = []
    parser = ParserCreate()
    parser.StartElementHandler = lambda name, attributes: found.append(
        (name.rpartition(":")[2], attributes)
    )
    parser.ParseFile(content)
    yield from found


def _sheet_part(parts: ZipFile, sheet: str | None) -> str | None:
    """Return the name of the part that holds a sheet."""
    with parts.open("xl/workbook.xml") as content:
        ids = [
            next(value for key, value in attributes.items() if key.rpartition(":")[2] == "id")
            for name, attributes in _elements(content)
            if name == "sheet" and sheet in (None, attributes["name"])
        ]
    if not ids:
        return None
    with parts.open("xl/_rels/workbook.xml.rels") as content:
        targets = {each["Id"]: each["Target"] for name, each in _elements(content) if "Id" in each}
    return posixpath.normpath(posixpath.join("/xl", targets[ids[0]])).lstrip("/")


def _per_cent_styles(parts: ZipFile) -> set[str]:
    """Return the numbers of the cell styles that show a number in per cent."""
    if "xl/styles.xml" not in parts.namelist():
        return set()
    formats, styles, is_cell = set(PER_CENT_FORMATS), [], False
    with parts.open("xl/styles.xml") as content:
        for name, attributes in _elements(content):
            if name == "numFmt" and "%" in LITERAL_PART.sub("", attributes["formatCode"]):
                formats.add(attributes["numFmtId"])
            elif name == "xf" and is_cell:
                styles.append(attributes.get("numFmtId", "0"))
            elif name in ("cellXfs", "cellStyles"):
                is_cell = name == "cellXfs"
    return {str(number) for number, used in enumerate(styles) if used in formats}


def _is_any_marked(content: IO[bytes], per_cent: set[str]) -> bool:
    styles = "".join(f"|s=[\"']{style}[\"']" for style in sorted(per_cent))
    pattern = re.compile(f"<(?:\\w+:)?f[ />]|t=[\"']e[\"']{styles}".encode())
    before = b""
    while chunk := content.read(CHUNK_BYTES):
        if pattern.search(before + chunk):
            return True
        before = chunk[-LONGEST_TAG:]
    return False


class _Cells:
    """Collects the marks of cells while a sheet is parsed."""

    def __init__(self, per_cent: set[str]) -> None:
        self.per_cent = per_cent
        self.marks: Marks = defaultdict(dict)
        self.row, self.column = -1, -1
        self.kind, self.style, self.text = "n", "0", ""
        self.has_formula, self.is_value = False, False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        match name.rpartition(":")[2]:
            case "row":
                self.row = int(attributes.get("r", self.row + 2)) - 1
                self.column = -1
            case "c":
                self.column = _column(attributes["r"]) if "r" in attributes else self.column + 1
                self.kind, self.style = attributes.get("t", "n"), attributes.get("s", "0")
                self.text, self.has_formula = "", False
            case "f":
                self.has_formula = True
            case "v":
                self.is_value = True

    def characters(self, text: str) -> None:
        if self.is_value:
            self.text += text

    def end(self, name: str) -> None:
        match name.rpartition(":")[2]:
            case "v":
                self.is_value = False
            case "c":
                if self.kind == "e":
                    self.marks[self.row][self.column] = self.text
                elif self.has_formula and not self.text and self.kind != "str":
                    self.marks[self.row][self.column] = UNCOMPUTED
                elif self.kind == "n" and self.text and self.style in self.per_cent:
                    self.marks[self.row][self.column] = AS_PER_CENT


def _marks(content: IO[bytes], per_cent: set[str]) -> Marks:
    cells = _Cells(per_cent)
    parser = ParserCreate()
    parser.StartElementHandler = cells.start
    parser.EndElementHandler = cells.end
    parser.CharacterDataHandler = cells.characters
    parser.ParseFile(content)
    return cells.marks


def _column(reference: str) -> int:
    """Return the column of a cell's name, from 0: B7 is 1."""
    number = 0
    for letter in reference.rstrip("0123456789"):
        number = number * 26 + ord(letter) - ord("A") + 1
    return number - 1
