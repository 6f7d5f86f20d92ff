"""What a source table's `config.meta.load` block may say, typed.

A contract is data in `models/staging/<source>/_<source>__sources.yml`; this module only checks it.
How files are read by it belongs in the sibling modules.
"""

from __future__ import annotations

import csv
import hashlib
import json
import re
from typing import TYPE_CHECKING, Annotated, Any, Literal

import yaml
from pydantic import Field, model_validator

from orchestration.typed_yaml import Strict, validated

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

AREA_PLACEHOLDER, PERIOD_PLACEHOLDER, RECEIVED_PLACEHOLDER = "{area}", "{period}", "{received}"
PLACEHOLDERS = {
    AREA_PLACEHOLDER: r"(?P<area>[0-9A-Za-z]{2,9})",
    PERIOD_PLACEHOLDER: (
        r"(?P<period>\d{4}(?:-?(?:0[1-9]|1[0-2])|[-_]?[KQ][1-4]|[-_]?T[1-3]|[-_]?H[12]|-\d{2}|-\d{4})?)"
    ),
    RECEIVED_PLACEHOLDER: r"(?P<received>\d{4}[-_]?\d{2}[-_]?\d{2})",
}
"""Parts of a file name that say whose data it is, which months it covers, when it was drawn."""

ColumnType = Annotated[
    str,
    Field(
        pattern=r"^(varchar|integer|bigint|boolean|date|month|hours|decimal\(\d{1,2},\d{1,2}\))$"
    ),
]
"""`hours` reads 7,5 and 7:30, and lands as a decimal number of hours."""


SOURCE_NAME = re.compile(r"[a-z][a-z0-9]*")
"""It stands in the names of models, where an underscore parts it from the table."""

SIE_VOUCHER_FIELDS = ("serie", "vernr", "datum", "rad", "konto", "belopp")
SIE_BALANCE_FIELDS = ("post", "datum", "konto", "belopp")
SIE_TEXT_FIELDS = ("vertext", "transtext")
"""What the columns of a `sie` table may have as header, beside `dim <number>`, the object of a
dimension; a table with `post` has a row per balance, others a row per row of a voucher. Texts are
written by persons about persons, so they may only be named with `drop`."""
SIE_DIMENSION = re.compile(r"dim ([1-9][0-9]*)")

SEED_COLUMNS = (
    "kolada_areas.area_code",
    "kolada_areas.area_name",
    "municipalities.municipality_name",
)
"""What `known_in` of a column may name."""

TOTAL = "total"
"""The margin, which published figures carry along any axis."""


class ContractError(ValueError):
    """A contract that says something the loader does not understand; names file, table and key."""

    def __init__(self, *faults: str) -> None:
        """Keep every fault by itself."""
        super().__init__("; ".join(faults))
        self.faults = faults


class Limits(Strict):
    """Above these a delivery is refused whole and stays in landing.

    Each is the limit of the signal of its name: signals.py. The delivery before is the newest of
    the same area and months, else of the same area; what chance does between deliveries of other
    events is allowed for.
    """

    bad_row_share: float = Field(default=0.05, ge=0, le=1)
    """Largest share of quarantined rows."""
    row_fall_share: float = Field(default=0.5, ge=0, le=1)
    """Largest fall in row count since the delivery before, same area and same months."""
    rows_after_footer: int = Field(default=0, ge=0)
    """Most rows that may stand after the footer; they are not read."""
    footer_missing: int = Field(default=0, ge=0, le=1)
    """1: a file may come without the footer that its contract names."""
    cut_last_row: int = Field(default=0, ge=0, le=1)
    """1: a file may end inside its last row: without a line end, and with a last row at fault, or
    after a delivery that had the line end."""
    equal_row_share: float = Field(default=0.2, ge=0, le=1)
    """Largest share of rows that stand there once more in full; each counts once."""
    no_number_rise: float = Field(default=0.1, ge=0, le=1)
    """Largest rise in the share of identities that are no person number."""
    sex_shift: float = Field(default=0.1, ge=0, le=1)
    """Largest change in the share of women, men or unknown among the rows."""
    contradicting_sex_share: float = Field(default=0.1, ge=0, le=1)
    """Largest share of rows whose number tells another sex than the system."""
    same_bytes: int = Field(default=0, ge=0, le=1)
    """1: what has been loaded under the name of one area may come under that of another."""
    person_number_share: float = Field(default=0.01, ge=0, le=1)
    """Largest share of rows with a person number in a column that is no identity; fewer are
    quarantined."""
    unknown_sex_share: float = Field(default=0.2, ge=0, le=1)
    """Largest share of rows whose code of a sex is not known, though the number tells the sex."""


class TableContract(Strict):
    """How the files of one source table are found, read and taken in."""

    files: str
    """Glob below `landing/<source>/`; `{area}`, `{period}`, `{received}` are read from the name."""
    format: Literal["csv", "xlsx", "json", "sie"]
    """csv: text with a delimiter · xlsx: a sheet of a workbook · json: records · sie: a ledger."""
    encoding: Literal["utf-8", "utf-8-sig", "cp1252", "latin-1", "cp437"] = "utf-8"
    """How bytes are letters; a byte that fits no letter refuses the file."""
    or_utf8: bool = False
    """Whether a file may be UTF-8 instead, since some send that and others not; its bytes tell."""
    delimiter: str = Field(default=";", min_length=1, max_length=1)
    """csv: what stands between fields."""
    decimal: Literal[",", "."] = ","
    """What stands before the decimals of a number."""
    thousands: str = ""
    """Characters between digits that mean nothing; space, no-break and narrow no-break space."""
    header_row: int = Field(default=1, ge=1)
    """Line of the column names, counted from 1; lines above it are titles."""
    footer: str | None = None
    """A row whose first cell is this word, and everything after it, is a footer."""
    sheet: str | None = None
    """xlsx: name of the sheet; default the first."""
    records: tuple[str, ...] = ()
    """json: keys of the nested arrays that hold the rows; outer fields belong to every row."""
    nulls: tuple[str, ...] = ("",)
    """Words that mean nothing is known."""
    dates: tuple[str, ...] = ("%Y-%m-%d",)
    """Formats of dates, tried in order."""
    area: str | None = None
    """Fixed area of all files; default `{area}` of the file name, else the rows tell."""
    delivery: Literal["snapshot", "append"]
    """snapshot: the newest per area and month wins · append: later rows with the same key win."""
    key: tuple[str, ...] = ()
    """Columns that identify a row; the last of several rows with the same key is the one."""
    period_column: str | None = None
    """The date or month column that must lie inside `{period}`; rows outside are quarantined."""
    collects: tuple[str, ...] = ()
    """Facts whose months count as collected when this table has come for them; a register that is
    sent whole, without `{period}`, has come for every month that was over when it was drawn."""
    empty_means_nobody: bool = Field(default=False, examples=[True])
    """Whether a file without a row says that there was nobody; else it is refused, since an export
    that found nothing may have looked in the wrong place."""
    first_month: int = Field(default=1, ge=1, le=12, examples=[4])
    """Month in which a year of `{period}` begins; a split year (2024-2025) begins in July where
    this is January."""
    required: bool = False
    """A night publishes nothing without a readable delivery from every area that owes it, by
    seeds/participants.csv, and names this source."""
    limits: Limits = Field(default=Limits(), examples=[{"row_fall_share": 0.8}])
    """Above which a delivery is refused; those that are not named keep their defaults."""

    @model_validator(mode="after")
    def _is_consistent(self) -> TableContract:
        if self.delivery == "append" and not self.key:
            raise ValueError("delivery: append needs a key")
        if self.period_column and PERIOD_PLACEHOLDER not in self.files:
            raise ValueError("period_column needs {period} in files")
        if self.collects and not (
            PERIOD_PLACEHOLDER in self.files or RECEIVED_PLACEHOLDER in self.files
        ):
            raise ValueError("collects needs {period} or {received} in files")
        if self.area and AREA_PLACEHOLDER in self.files:
            raise ValueError("area is fixed and in the file name; keep one")
        if self.format == "sie" and (self.decimal, self.dates) != (".", ("%Y%m%d",)):
            raise ValueError('SIE has decimal: "." and dates: ["%Y%m%d"]')
        return self

    @property
    def glob(self) -> str:
        """The pattern with every placeholder widened to `*`."""
        return re.sub(r"\{\w+\}", "*", self.files)

    @property
    def file_name_pattern(self) -> re.Pattern[str]:
        """Regular expression with the groups `area`, `period`, `received` that the name holds."""
        pattern = re.escape(self.files).replace(r"\*", ".*")
        for placeholder, group in PLACEHOLDERS.items():
            pattern = pattern.replace(re.escape(placeholder), group)
        return re.compile(pattern)


class ColumnContract(Strict):
    """What one column of an export must look like, and whether it may land."""

    header: str | None = None
    """Name in the file where it is not the column's own; `{period}` is the file's period."""
    required: bool = False
    """A row without a value is quarantined."""
    identity: Literal["personnummer", "local"] | None = None
    """Replaced while reading: `<name>_key`, `_kind`, `_sex`, `_birth_year`, `_birth_month` land.
    `local`: ids of the office's own, never read as a person number whatever they look like."""
    birth_of: str | None = Field(default=None, examples=["barn"])
    """The identity whose birth date this is; of it year and month land, where no number tells."""
    looks_like_identity: str | None = Field(default=None, examples=["codes of an article"])
    """Why values that read as person numbers are none; else their rows are quarantined."""
    ends: str | None = None
    """The date column that begins what ends on this day; a row that ends first is quarantined."""
    exclusive: bool = Field(default=False, examples=[True])
    """Whether the interval ends before this day; then the day before it lands."""
    suffixes: tuple[str, ...] = ()
    """Words behind a number that mean nothing: kr, år."""
    axis: str | None = None
    """Axis that the values belong to: of seeds/codes.csv, or bands of dbt_project.yml."""
    codes: dict[str, str] | None = None
    """The source's own code: ours; without it the source uses the codes of the axis."""
    known_in: str | None = None
    """The seed and its column that hold every value, as `kolada_areas.area_code`; one that is not
    there quarantines its row."""
    unit: (
        Literal["sek", "tsek", "minutes", "hours", "days", "persons", "households", "percent"]
        | None
    ) = None
    """What a number counts. 8 % is read as 8 where it is percent or not said, and is no value
    elsewhere."""
    drop: str | None = None
    """Why a known column never lands (name, address, free text)."""
    presence: str | None = None
    """Why nothing lands but whether the cell is filled, as a boolean (free text)."""

    @model_validator(mode="after")
    def _is_consistent(self) -> ColumnContract:
        if self.codes is not None and self.axis is None:
            raise ValueError("codes needs the axis they are recoded to")
        if self.drop and (self.identity or self.axis or self.presence):
            raise ValueError("a dropped column has neither identity, axis nor presence")
        if self.presence and (self.identity or self.axis):
            raise ValueError("a column of presence has neither identity nor axis")
        if self.exclusive and not self.ends:
            raise ValueError("exclusive needs ends, the column that begins the interval")
        return self


class SourceColumn(Strict):
    """A column's name and type beside its contract."""

    name: str
    data_type: ColumnType = Field(
        json_schema_extra={"default": "varchar"}, examples=["decimal(12,2)"]
    )
    """varchar, integer, bigint, boolean, date, month, hours or decimal(digits,decimals); `hours`
    reads 7,5 and 7:30 and lands as a decimal number of hours."""
    contract: ColumnContract

    @model_validator(mode="after")
    def _is_consistent(self) -> SourceColumn:
        if self.contract.presence and self.data_type != "boolean":
            raise ValueError("presence needs the type boolean")
        for key, used in (("ends", self.contract.ends), ("birth_of", self.contract.birth_of)):
            if used and self.data_type != "date":
                raise ValueError(f"{key} needs the type date")
        return self

    @property
    def header(self) -> str:
        """The name in the file."""
        return self.contract.header or self.name


class SourceTable(Strict):
    """One dbt source table with its contract."""

    source_name: str
    table_name: str
    contract: TableContract
    columns: tuple[SourceColumn, ...]
    file: str
    """The YAML file it stands in, for messages."""

    @property
    def is_of_balances(self) -> bool:
        """Whether a `sie` table holds balances rather than vouchers."""
        return any(column.header == "post" for column in self.columns)

    @property
    def identities(self) -> tuple[SourceColumn, ...]:
        """Landed columns that hold an identity."""
        return tuple(column for column in self.landed_columns if column.contract.identity)

    @property
    def sex_column(self) -> SourceColumn | None:
        """The column in which the system says a sex."""
        return next((c for c in self.landed_columns if c.contract.axis == "sex"), None)

    @property
    def landed_columns(self) -> tuple[SourceColumn, ...]:
        """Columns that are read, and land as themselves or as a part of an identity."""
        return tuple(column for column in self.columns if column.contract.drop is None)

    def fingerprint(self, axes: Mapping[str, frozenset[str]]) -> str:
        """Return the SHA-256 of all that decides how a file is read; a change reloads the files.

        Covers the contract and, where a column uses the codes of an axis as they are, these codes.
        """
        content = {
            "table": self.model_dump(mode="json", exclude_defaults=True, exclude={"file"}),
            "axes": {
                column.contract.axis: sorted(axes.get(column.contract.axis, ()))
                for column in self.landed_columns
                if column.contract.axis and column.contract.codes is None
            },
        }
        known = {column.contract.known_in for column in self.landed_columns} - {None}
        if known:
            content["known"] = {
                name: sorted(axes.get(name, ())) for name in sorted(filter(None, known))
            }
        canonical = json.dumps(content, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(canonical.encode()).hexdigest()

    def check_axes(self, axes: Mapping[str, frozenset[str]]) -> None:
        """Raise ContractError when columns name an axis or a code that the axes do not hold."""
        faults = []
        for column in self.landed_columns:
            axis, codes = column.contract.axis, column.contract.codes
            if column.contract.known_in and column.contract.known_in not in axes:
                faults.append(
                    f"{self.file}: {self.source_name}.{self.table_name}.{column.name}: known_in "
                    f"is one of {', '.join(SEED_COLUMNS)}"
                )
            if axis is None:
                continue
            unknown = sorted(set((codes or {}).values()) - axes.get(axis, frozenset()) - {TOTAL})
            if axis not in axes or unknown:
                faults.append(
                    f"{self.file}: {self.source_name}.{self.table_name}.{column.name}: "
                    f"no axis {axis}"
                    + (f" with {', '.join(unknown)}" if unknown else "")
                    + " in seeds/codes.csv or among the bands of dbt_project.yml"
                )
        if faults:
            raise ContractError(*faults)


KEYS = (*TableContract.model_fields, *ColumnContract.model_fields, *Limits.model_fields)
"""All that a `load` block may say."""


def parse_source_table(node: dict[str, Any]) -> SourceTable:
    """Read a contract from a source node of the dbt manifest.

    Raises ContractError that names the YAML file, the table and every key that is wrong.
    """
    where = f"{node['original_file_path']}: {node['source_name']}.{node['name']}"
    faults: list[str] = []
    if not SOURCE_NAME.fullmatch(node["source_name"]):
        faults.append(f"{where}: name of a source: small letters and digits, a letter first")
    contract = validated(TableContract, _load_block(node), where, faults, KEYS)
    columns = [
        validated(
            SourceColumn,
            {
                "name": column["name"],
                "data_type": column["data_type"] or "varchar",
                "contract": _load_block(column),
            },
            f"{where}.{column['name']}",
            faults,
            KEYS,
        )
        for column in node["columns"].values()
    ]
    if contract is None or faults:
        raise ContractError(*faults)
    table = SourceTable(
        source_name=node["source_name"],
        table_name=node["name"],
        contract=contract,
        columns=tuple(filter(None, columns)),
        file=node["original_file_path"],
    )
    landed = {
        column.name: column for column in table.landed_columns if not column.contract.birth_of
    }
    period_column = contract.period_column
    if unknown := sorted({*contract.key, *filter(None, [period_column])} - set(landed)):
        raise ContractError(
            f"{where}: key or period_column names no landed column: {', '.join(unknown)}"
        )
    if period_column and landed[period_column].data_type not in ("date", "month"):
        raise ContractError(f"{where}: period_column {period_column} is neither date nor month")
    _check_other_columns(table, landed, where)
    if contract.format == "sie":
        _check_sie_columns(table, where)
    return table


def _check_other_columns(
    table: SourceTable, landed: Mapping[str, SourceColumn], where: str
) -> None:
    """Check what columns say of each other: a header may feed several axes, and nothing else."""
    headers = [column.header for column in table.columns if column.contract.axis is None]
    headers += sorted({column.header for column in table.columns if column.contract.axis})
    if repeated := sorted({header for header in headers if headers.count(header) > 1}):
        raise ContractError(f"{where}: two columns have the header {', '.join(repeated)}")
    for column in table.columns:
        begin, identity = column.contract.ends, column.contract.birth_of
        if begin and (begin not in landed or landed[begin].data_type != "date"):
            raise ContractError(f"{where}.{column.name}: ends names no date column: {begin}")
        if identity and (identity not in landed or not landed[identity].contract.identity):
            raise ContractError(f"{where}.{column.name}: birth_of names no identity: {identity}")


def _check_sie_columns(table: SourceTable, where: str) -> None:
    fields = SIE_BALANCE_FIELDS if table.is_of_balances else SIE_VOUCHER_FIELDS
    for column in table.columns:
        allowed = SIE_TEXT_FIELDS if column.contract.drop else fields
        if column.header not in allowed and not SIE_DIMENSION.fullmatch(column.header):
            raise ContractError(
                f"{where}.{column.name}: header {column.header} is neither `dim <number>` "
                f"nor one of {', '.join(fields)}; {', '.join(SIE_TEXT_FIELDS)} need drop"
            )


def _load_block(node: dict[str, Any]) -> dict[str, Any]:
    block: dict[str, Any] = ((node.get("config") or {}).get("meta") or {}).get("load") or {}
    return block


def read_axes(project_dir: Path) -> dict[str, frozenset[str]]:
    """Return the codes of every axis that data may use.

    Reads the code lists of seeds/codes.csv (columns `axis`, `code`) and the bands of
    dbt_project/dbt_project.yml (`vars: bands`). Beside them the values of SEED_COLUMNS.
    """
    codes: dict[str, set[str]] = {}
    for name in SEED_COLUMNS:
        seed, column = name.split(".")
        if (seed_csv := project_dir / "seeds" / f"{seed}.csv").is_file():
            with seed_csv.open(encoding="utf-8", newline="") as file:
                codes[name] = {row[column] for row in csv.DictReader(file)}
    with (project_dir / "seeds" / "codes.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            codes.setdefault(row["axis"], set()).add(row["code"])
    with (project_dir / "dbt_project" / "dbt_project.yml").open(encoding="utf-8") as file:
        for axis, bands in yaml.load(file, Loader=yaml.CSafeLoader)["vars"]["bands"].items():
            codes.setdefault(axis, set()).update(band["code"] for band in bands)
    return {axis: frozenset(members) for axis, members in codes.items()}
