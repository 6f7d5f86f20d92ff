"""Writes a query's result as the files that a source's contract describes.

The contract is the loader's own, so that both sides read one description; what stands in the
files is decided by the SQL files, and no source has code of its own here.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

from orchestration.loading.contract import (
    AREA_PLACEHOLDER,
    PERIOD_PLACEHOLDER,
    RECEIVED_PLACEHOLDER,
    SIE_DIMENSION,
)

if TYPE_CHECKING:
    from pathlib import Path

    import duckdb

    from orchestration.loading.contract import SourceColumn, SourceTable

FILE_COLUMNS = ("_area", "_period", "_received", "_title", "_extra_header")
"""Optional columns of a query that are the same in all rows of a file: the three parts of its name,
the title above the header, and text put behind the header."""
ROW_COLUMN = "_extra"
"""Optional column of a query: text put behind the row's last field, to make it too long."""
CHANGE_COLUMN = "_change"
"""Optional column of a query for `sie`: `added` is shown so too, `removed` is shown and no row."""
RAW_PREFIX = "_raw_"
"""`_raw_<name>` is written instead of the value of column `name` where it is not null."""
WINDOWS_ENCODINGS = ("cp1252", "latin-1", "cp437")
"""Files in these come from Windows and end their lines as it does."""


@dataclass(frozen=True)
class _File:
    """One file to write: values of FILE_COLUMNS in their order."""

    area: str | None
    period: str | None
    received: str | None
    title: str | None
    extra_header: str | None


class Export:
    """The files of one source table.

    The query's columns are those of the contract with our own codes, typed as the query likes, and
    the optional columns above. Its row order is the files' row order, so it must be complete.
    Raises ValueError that names the table when columns are missing or unknown.
    """

    def __init__(
        self, connection: duckdb.DuckDBPyConnection, table: SourceTable, query: str
    ) -> None:
        """Run the query into a table of the connection."""
        self._connection = connection
        self._table = table
        self._contract = table.contract
        self._relation = f"export_{table.source_name}_{table.table_name}"
        connection.execute(f"create table {self._relation} as {query}")
        described = connection.execute(f"describe {self._relation}").fetchall()
        self._types = {name: str(data_type) for name, data_type, *_ in described}
        self._check_columns()

    @cached_property
    def paths(self) -> list[str]:
        """Paths below the landing folder, in order."""
        return [f"{self._table.source_name}/{self._file_name(file)}" for file in self._files]

    def write(self, landing_dir: Path) -> None:
        """Write file after file, each complete before it has its name."""
        write = {
            "csv": self._write_csv,
            "json": self._write_json,
            "xlsx": self._write_xlsx,
            "sie": self._write_sie,
        }
        for file, name in zip(self._files, self.paths, strict=True):
            path = landing_dir / name
            path.parent.mkdir(parents=True, exist_ok=True)
            unfinished = path.with_name(f".{path.name}")
            write[self._contract.format](file, unfinished)
            unfinished.replace(path)

    @cached_property
    def _files(self) -> list[_File]:
        columns = [
            name if name in self._types else f"cast(null as varchar) as {name}"
            for name in FILE_COLUMNS
        ]
        rows = self._connection.execute(
            f"select distinct {', '.join(columns)} from {self._relation} order by all"
        ).fetchall()
        return [_File(*row) for row in rows]

    def _check_columns(self) -> None:
        names = {column.name for column in self._table.columns}
        optional = {*FILE_COLUMNS, ROW_COLUMN, CHANGE_COLUMN}
        allowed = {*names, *optional, *(RAW_PREFIX + name for name in names)}
        where = f"demo of {self._table.source_name}.{self._table.table_name}"
        if missing := sorted(names - self._types.keys()):
            raise ValueError(f"{where}: the query lacks {', '.join(missing)}")
        if unknown := sorted(self._types.keys() - allowed):
            raise ValueError(f"{where}: no column of the contract: {', '.join(unknown)}")

    def _file_name(self, file: _File) -> str:
        name = self._contract.files
        for placeholder, value in (
            (AREA_PLACEHOLDER, file.area),
            (PERIOD_PLACEHOLDER, file.period),
            (RECEIVED_PLACEHOLDER, file.received),
        ):
            name = name.replace(placeholder, value or "")
        return name

    def _headers(self, file: _File) -> list[str]:
        return [
            column.header.replace(PERIOD_PLACEHOLDER, file.period or "")
            for column in self._table.columns
        ]

    def _rows_of(self, file: _File) -> str:
        values = zip(FILE_COLUMNS, (file.area, file.period, file.received), strict=False)
        conditions = [
            f"{column} = {literal(value)}" for column, value in values if value is not None
        ]
        return f"from {self._relation} where {' and '.join(conditions)}"

    # csv

    def _write_csv(self, file: _File, path: Path) -> None:
        contract = self._contract
        fields = [self._csv_field(column) for column in self._table.columns]
        line = f" || {literal(contract.delimiter)} || ".join(fields)
        if ROW_COLUMN in self._types:
            line += f" || coalesce({ROW_COLUMN}, '')"
        above = [""] * (contract.header_row - 1)
        above[:1] = [file.title or ""] if above else []
        header = contract.delimiter.join(self._headers(file))
        below = [] if contract.footer is None else [self._footer(file)]
        self._write_lines(
            f"select {line} {self._rows_of(file)}",
            path,
            above=[*above, f"{header}{file.extra_header or ''}"],
            below=below,
        )

    def _write_lines(self, query: str, path: Path, above: list[str], below: list[str]) -> None:
        """Write a query of one column, line by line, between lines that are known already."""
        body = path.with_name(f"{path.name}.body")
        # no quotes: the line is put together in the query
        self._connection.execute(
            f"copy ({query}) to {literal(str(body))} "
            "(format csv, header false, quote '', escape '', delimiter e'\\x1f')"
        )
        encoding = self._contract.encoding
        newline = "\r\n" if encoding in WINDOWS_ENCODINGS else "\n"
        with (
            body.open(encoding="utf-8", newline="") as lines,
            path.open("w", encoding=encoding, newline=newline) as out,
        ):
            out.writelines(f"{line}\n" for line in above)
            shutil.copyfileobj(lines, out)
            out.writelines(f"{line}\n" for line in below)
        body.unlink()

    def _csv_field(self, column: SourceColumn) -> str:
        text = self._text(column)
        if (
            self._types[column.name] != "VARCHAR"
            and f"{RAW_PREFIX}{column.name}" not in self._types
        ):
            return text
        special = f'[{self._contract.delimiter}"\r\n]'
        return (
            f"case when regexp_matches({text}, {literal(special)}) "
            f"then '\"' || replace({text}, '\"', '\"\"') || '\"' else {text} end"
        )

    def _footer(self, file: _File) -> str:
        """Footer word, then the sums of the amounts under their columns."""
        cells = [
            f"cast(coalesce(sum({column.name}), 0) as {column.data_type}) as {column.name}"
            for column in self._table.columns[1:]
            if column.contract.unit == "sek"
        ]
        summed = [
            self._plain_text(column) if column.contract.unit == "sek" else "''"
            for column in self._table.columns[1:]
        ]
        row = self._connection.execute(
            f"select {', '.join(summed)} from (select {', '.join(cells)} {self._rows_of(file)})"
        ).fetchone()
        return self._contract.delimiter.join([self._contract.footer or "", *(row or ())])

    def _text(self, column: SourceColumn) -> str:
        """Return SQL for the column's text in a file, never null."""
        raw = f"{RAW_PREFIX}{column.name}"
        text = f"{self._plain_text(column)}, {literal(self._contract.nulls[0])}"
        return f"coalesce({raw}, {text})" if raw in self._types else f"coalesce({text})"

    def _plain_text(self, column: SourceColumn) -> str:
        """Return SQL for the column's text, null where it is null."""
        name, contract, kind = column.name, self._contract, self._types[column.name]
        if column.contract.codes:
            first: dict[str, str] = {}
            for theirs, ours in column.contract.codes.items():
                first.setdefault(ours, theirs)
            cases = " ".join(
                f"when {literal(ours)} then {literal(theirs)}" for ours, theirs in first.items()
            )
            unknown = literal(f"{self._relation}.{name}: no code for ")
            return (
                f"case when {name} is not null then case {name} {cases} "
                f"else cast(error({unknown} || {name}) as varchar) end end"
            )
        if kind.startswith(("DATE", "TIMESTAMP")):
            form = "%Y%m" if column.data_type == "month" else contract.dates[0]
            return f"strftime({name}, {literal(form)})"
        if kind.startswith("DECIMAL"):
            whole = f"format('{{:,}}', cast(trunc(abs({name})) as bigint))"
            fraction = f"split_part(cast(abs({name}) as varchar), '.', 2)"
            return (
                f"case when {name} < 0 then '-' else '' end"
                f" || replace({whole}, ',', {literal(contract.thousands[:1])})"
                f" || {literal(contract.decimal)} || {fraction}"
            )
        if kind == "BOOLEAN":
            return f"case when {name} then 'ja' when not {name} then 'nej' end"
        return f"cast({name} as varchar)"

    # sie

    def _write_sie(self, file: _File, path: Path) -> None:
        """Write vouchers as type 4 and balances as type 3, below the chart and objects they use.

        The rows of a voucher follow on each other in the query; accounts of classes 1 and 2 are of
        the balance sheet.
        """
        texts = {column.header: self._sie_text(column) for column in self._table.columns}
        rows, year = self._rows_of(file), (file.period or "")[:4]
        above = [
            "#FLAGGA 0",
            '#PROGRAM "Ekonomi" 1',
            "#FORMAT PC8",
            f"#GEN {file.received or f'{year}1231'}",
            f"#SIETYP {3 if self._table.is_of_balances else 4}",
            f'#FNAMN "{file.title or ""}"',
            f"#RAR 0 {year}0101 {year}1231",
        ]
        konto = texts["konto"]
        queries = [f"select distinct concat('#KONTO ', {konto}, ' ', {konto}) {rows}"]
        objects = []
        for column in self._table.columns:
            if dimension := SIE_DIMENSION.fullmatch(column.header):
                name, text = f"{dimension[1]} ", texts[column.header]
                above.append(f"#DIM {name}{column.name}")
                queries.append(
                    f"select distinct concat('#OBJEKT {name}', {text}, ' ', {text}) {rows} "
                    f"and {column.name} is not null"
                )
                objects.append(f"case when {column.name} is not null then '{name}' || {text} end")
        texts["objects"] = f"concat('{{', concat_ws(' ', {', '.join([*objects, 'null'])}), '}}')"
        if not self._table.is_of_balances:
            queries.append(
                f"select concat(case when {konto} < '3' then '#UB' else '#RES' end, ' 0 ', "
                f"{konto}, ' ', sum(try_cast({texts['belopp']} as decimal(18, 2)))) {rows} "
                f"and {self._change} <> 'removed' group by {konto}"
            )
        for query in queries:
            found = self._connection.execute(f"from ({query}) order by all").fetchall()
            above += [line for (line,) in found]
        line = self._sie_balance(texts) if self._table.is_of_balances else self._sie_row(texts)
        self._write_lines(f"select {line} as line {rows} order by rowid", path, above, below=[])

    @property
    def _change(self) -> str:
        return f"coalesce({CHANGE_COLUMN}, '')" if CHANGE_COLUMN in self._types else "''"

    def _sie_text(self, column: SourceColumn) -> str:
        """Return SQL for a field of SIE: in quotation marks where it needs them."""
        text = self._text(column)
        return (
            f"case when regexp_full_match({text}, '[-.0-9A-Za-z]+') then {text} "
            f"""else '"' || replace({text}, '"', '\\"') || '"' end"""
        )

    def _sie_row(self, texts: dict[str, str]) -> str:
        """Return SQL for a row of a voucher, with the voucher's lines about its first and last."""
        none = literal('""')
        voucher = ", ' ', ".join(
            texts.get(name, none) for name in ("serie", "vernr", "datum", "vertext")
        )
        place = f"over (partition by {texts.get('serie', none)}, {texts['vernr']} order by rowid"
        row = (
            f"concat('TRANS ', {texts['konto']}, ' ', {texts['objects']}, ' ', {texts['belopp']}, "
            f"' {none[1:-1]} ', {texts.get('transtext', none)})"
        )
        return (
            f"concat(case when row_number() {place}) = 1 "
            f"then concat('#VER ', {voucher}, chr(10), '{{', chr(10)) end, "
            f"case {self._change} when 'removed' then '#B' "
            f"when 'added' then concat('#R', {row}, chr(10), '#') else '#' end, {row}, "
            f"case when lead(rowid) {place}) is null then concat(chr(10), '}}') end)"
        )

    def _sie_balance(self, texts: dict[str, str]) -> str:
        post, day = texts["post"], texts["datum"]
        return (
            f"concat('#', {post}, ' 0 ', "
            f"case when {post} = 'PSALDO' then substr({day}, 1, 6) || ' ' end, "
            f"{texts['konto']}, ' ', case when {post} in ('PSALDO', 'OIB', 'OUB') "
            f"then {texts['objects']} || ' ' end, {texts['belopp']})"
        )

    # json

    def _write_json(self, file: _File, path: Path) -> None:
        """Nest the rows: the n-th column of the key and those after it stand in the n-th array."""
        records, keys = self._contract.records, self._contract.key
        columns = self._table.columns
        starts = [
            next(i for i, column in enumerate(columns) if column.name == key)
            for key in keys[: len(records)]
        ]
        starts[0] = 0
        values = [f"{self._json_value(column)} as {column.name}" for column in columns]
        query = f"select {', '.join(values)} {self._rows_of(file)}"
        inner = ""
        for depth in reversed(range(len(records))):
            end = starts[depth + 1] if depth + 1 < len(starts) else len(columns)
            fields = [
                f"{literal(column.header)}: {column.name}"
                for column in columns[starts[depth] : end]
            ]
            outer = "".join(f"{column.name}, " for column in columns[: starts[depth]])
            # the key of an array may need the columns beside it
            order = [keys[depth], *(column.name for column in columns[starts[depth] : end])]
            query = (
                f"select {outer}list({{{', '.join(fields)}{inner}}} order by {', '.join(order)}) "
                f"as {records[depth]} from ({query}) " + ("group by all" if outer else "")
            )
            inner = f", {literal(records[depth])}: {records[depth]}"
        self._connection.execute(f"copy ({query}) to {literal(str(path))} (format json)")

    def _json_value(self, column: SourceColumn) -> str:
        plain = self._types[column.name] in ("BOOLEAN", "INTEGER", "BIGINT")
        return column.name if plain else self._plain_text(column)

    # xlsx

    def _write_xlsx(self, file: _File, path: Path) -> None:
        """Write a small workbook; what is not known has the last null word, so that it is seen."""
        from xlsxwriter import Workbook

        cells_of = [
            self._plain_text(column) if column.contract.codes else column.name
            for column in self._table.columns
        ]
        rows: list[tuple[Any, ...]] = self._connection.execute(
            f"select {', '.join(cells_of)} {self._rows_of(file)}"
        ).fetchall()
        with Workbook(str(path)) as workbook:
            # a fixed moment, so that equal contents are equal bytes
            workbook.set_properties({"created": datetime(2020, 1, 1, tzinfo=UTC)})
            sheet = workbook.add_worksheet(self._contract.sheet)
            sheet.write_string(0, 0, file.title or "")
            first = self._contract.header_row
            sheet.write_row(first - 1, 0, self._headers(file))
            for row_no, row in enumerate(rows, start=first):
                cells = [self._contract.nulls[-1] if value is None else value for value in row]
                sheet.write_row(row_no, 0, cells)


def literal(value: str | None) -> str:
    """Return the value as SQL text."""
    return "null" if value is None else "'" + value.replace("'", "''") + "'"
