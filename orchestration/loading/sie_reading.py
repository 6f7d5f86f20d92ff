"""A SIE file of type 1-4 as lines of text: a row of a voucher, or a balance, at its own line.

The format is SIE 4B of 2008-09-30. What makes a ledger wrong as a whole refuses the file; what
single values must look like beyond that is the contract's business: checking.py.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from orchestration.loading.contract import SIE_DIMENSION
from orchestration.loading.outcome import UnreadableFileError
from orchestration.loading.workbook import CELL_END

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from orchestration.loading.contract import SourceTable

FIELD = re.compile(r'"(?:[^"\\]|\\"?)*+"|[{}]|[^\s{}"]+|"')
"""A text in quotation marks, where one inside it has a backslash before it; a brace; a plain word;
a quotation mark that has no partner."""
AMOUNT = re.compile(r"-?[0-9]{1,16}(\.[0-9]{0,2})?")
DAY = re.compile("[0-9]{8}")
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
VOUCHER_NAME = re.compile("[-./0-9A-Za-zÅÄÖåäö]{0,20}")
"""What a series or number may be; a text that has slipped in from beside it must not land."""
TELLING = re.compile(r"[A-ZÅÄÖ0-9]{0,4} [0-9]{1,8}")
"""Series and number as ledger systems give them; anything else could be a name or an identity."""
LAST_RESERVED_DIMENSION = 19
"""Dimensions up to it have a meaning in the standard itself and need no #DIM."""
WITH_OBJECTS = ("#OIB", "#OUB", "#PSALDO")
BALANCES = ("#IB", "#UB", "#RES", *WITH_OBJECTS)
TRANSFER = "transfer the file again, or export it again if that does not help"
EXPORT = "mend it in the ledger system and export the file again"
OF_A_LEDGER = "export SIE 4E from the ledger system itself"
CHART = "export the whole chart of accounts and objects along with the vouchers"


def write_text(text_file: Path, table: SourceTable, target: Path) -> tuple[list[str], int]:
    """Write the rows of a SIE file in UTF-8 to `target`, each at the line it has in the file.

    Returns their header, and how many dimensions of the file the contract does not name.
    A row removed from a voucher (#BTRANS) is no row. One added to it is written twice, for readers
    that do not know #RTRANS, and counts where it is written as #TRANS. Balances of earlier years
    stand there for comparison and are not read. Raises UnreadableFileError.
    """
    ledger = _Ledger(table)
    with (
        text_file.open(encoding="utf-8", newline="\n") as lines,
        target.open("w", encoding="utf-8", newline="\n") as rows,
    ):
        for number, line in enumerate(lines, start=1):
            rows.write(f"{ledger.read(number, line)}\n")
    ledger.close()
    return ledger.headers, ledger.undeclared_dimensions


@dataclass
class _Voucher:
    """The voucher being read."""

    series: str
    number: str
    day: str
    is_open: bool = False
    row_count: int = 0
    sum: Decimal = Decimal()

    def __str__(self) -> str:
        """Name the voucher, if that is safe."""
        name = f"{self.series} {self.number}"
        return f", voucher {name.strip()}" if TELLING.fullmatch(name) else ""


class _Ledger:
    """What is known of the file up to the line being read."""

    def __init__(self, table: SourceTable) -> None:
        self.headers = [column.header for column in table.landed_columns]
        self._dimensions_wanted = {
            found[1] for name in self.headers if (found := SIE_DIMENSION.fullmatch(name))
        }
        self._contract_file = table.file
        self._is_of_balances = table.is_of_balances
        self._line = 0
        self._has_started = False
        self._type = "1"
        self._year: tuple[str, str] | None = None
        self._accounts: set[str] = set()
        self._dimensions: set[str] = set()
        self._objects: set[tuple[str, str]] = set()
        # place of the first use of each: what declares it may stand further down
        self._used_accounts: dict[str, str] = {}
        self._used_objects: dict[tuple[str, str], str] = {}
        self._used_days: dict[str, str] = {}
        self._days: set[str] = set()
        """Texts known to be days of the calendar."""
        self._voucher: _Voucher | None = None
        self._vouchers: set[tuple[str, str]] = set()
        self._added: list[str] | None = None
        """Fields of an #RTRANS, which the next line must repeat as #TRANS."""
        self._opening: dict[str, Decimal] = defaultdict(Decimal)
        self._booked: dict[str, Decimal] = defaultdict(Decimal)
        self._closing: dict[str, Decimal] = defaultdict(Decimal)
        self._has_balances = False
        self._checksum_count = 0
        self._records: dict[str, Callable[[list[str]], str | None]] = {
            "#SIETYP": self._read_type,
            "#RAR": self._read_year,
            "#KONTO": self._read_account,
            "#DIM": self._read_dimension,
            "#UNDERDIM": self._read_dimension,
            "#OBJEKT": self._read_object,
            "#KSUMMA": self._read_checksum,
            "#VER": self._read_voucher,
            "{": self._open_voucher,
            "#TRANS": self._read_transaction,
            "#RTRANS": self._read_added,
            "#BTRANS": self._read_removed,
            "}": self._close_voucher,
            **dict.fromkeys(BALANCES, self._read_balance),
        }

    @property
    def undeclared_dimensions(self) -> int:
        """Number of dimensions that the contract does not name."""
        return len(self._dimensions - self._dimensions_wanted)

    def read(self, number: int, line: str) -> str:
        """Return the row that stands on a line of the file, blank where none does."""
        self._line = number
        fields = FIELD.findall(line)
        if not fields:
            return ""
        tag = fields[0].upper()
        if not self._has_started and tag != "#FLAGGA":
            raise self._fault("the file does not begin with #FLAGGA: it is not SIE", TRANSFER)
        self._has_started = True
        if '"' in fields:
            raise self._fault("a quotation mark has no partner", TRANSFER)
        if CONTROL.search(line):
            raise self._fault("there is a control character", EXPORT)
        if not tag.startswith(("#", "{", "}")):
            raise self._fault("the line is no record of SIE", TRANSFER)
        if self._added is not None and (tag != "#TRANS" or fields[1:] != self._added):
            raise self._fault("the #RTRANS above has no equal #TRANS after it", EXPORT)
        if self._voucher and tag != "{" and (tag == "#VER" or not self._voucher.is_open):
            raise self._fault("the voucher above has no rows, or no end", TRANSFER)
        read = self._records.get(tag)
        if not read and not line.endswith("\n"):
            raise self._fault("the file ends inside a record", TRANSFER)
        return (read(fields) if read else None) or ""

    def close(self) -> None:
        """Check what only the whole file can tell."""
        if not self._has_started:
            raise self._fault("the file has no records", TRANSFER)
        if self._voucher:
            raise self._fault("the file ends inside a voucher", TRANSFER)
        if self._checksum_count == 1:
            raise self._fault("the file ends before its #KSUMMA", TRANSFER)
        if self._type not in ("1", "2", "3", "4"):
            raise self._fault("#SIETYP is none of 1 to 4", "export the file as SIE type 4")
        if self._is_of_balances and not self._has_balances:
            raise self._fault("the file has no balances of its year", "export SIE type 1 to 4E")
        if not self._is_of_balances and not self._vouchers:
            raise self._fault(
                f"SIE type {self._type} without vouchers", "export the file as SIE type 4"
            )
        if self._year is None:
            raise self._fault("the file has no #RAR 0", "export the file with its financial year")
        self._check_uses(self._year)
        self._check_sums()

    def _check_uses(self, year: tuple[str, str]) -> None:
        for account, place in self._used_accounts.items():
            if account not in self._accounts:
                raise UnreadableFileError(f"{place}: the account is not in #KONTO", CHART)
        for used, place in self._used_objects.items():
            if used not in self._objects:
                raise UnreadableFileError(
                    f"{place}: the object of dimension {used[0]} is not in #OBJEKT", CHART
                )
        for day, place in self._used_days.items():
            if not year[0] <= day <= year[1]:
                raise UnreadableFileError(
                    f"{place}: the date is outside the year of #RAR 0",
                    "book it in its own year, or export the year it belongs to",
                )
        for dimension in sorted(self._dimensions_wanted - self._dimensions):
            if int(dimension) > LAST_RESERVED_DIMENSION:
                raise UnreadableFileError(
                    f"the file has no #DIM {dimension}",
                    f"export the dimension, or mend `header` of its column in "
                    f"{self._contract_file}",
                )

    def _check_sums(self) -> None:
        """Compare the sums of the file: cut between two records it looks whole otherwise."""
        if not self._closing:
            return
        if sum(self._closing.values()):
            raise self._fault("#UB and #RES of the year do not add up to nothing", TRANSFER)
        if not self._vouchers:
            return
        for account in self._closing | self._booked:
            if self._opening[account] + self._booked[account] != self._closing[account]:
                raise UnreadableFileError(
                    f"{self._used_accounts[account]}: the vouchers of the account do not come to "
                    "its #UB or #RES",
                    TRANSFER,
                )

    def _fault(self, message: str, fix: str) -> UnreadableFileError:
        return UnreadableFileError(f"{self._place}: {message}", fix)

    @property
    def _place(self) -> str:
        return f"line {self._line}{self._voucher or ''}"

    # declarations

    def _read_type(self, fields: list[str]) -> None:
        self._type = _plain(fields, 1)

    def _read_year(self, fields: list[str]) -> None:
        if _plain(fields, 1) == "0":
            self._year = (self._day(_plain(fields, 2)), self._day(_plain(fields, 3)))

    def _read_account(self, fields: list[str]) -> None:
        self._accounts.add(_plain(fields, 1))

    def _read_dimension(self, fields: list[str]) -> None:
        self._dimensions.add(_plain(fields, 1))

    def _read_object(self, fields: list[str]) -> None:
        self._objects.add((_plain(fields, 1), _plain(fields, 2)))

    def _read_checksum(self, _fields: list[str]) -> None:
        """Count #KSUMMA: without a sum it opens a file, with one it ends it."""
        self._checksum_count += 1

    # balances

    def _read_balance(self, fields: list[str]) -> str | None:
        tag = fields[0].upper()
        if _plain(fields, 1) != "0":
            return None
        if self._year is None:
            raise self._fault("the balance stands before #RAR 0", EXPORT)
        rest = fields[2:]
        day = self._year[0] if tag in ("#IB", "#OIB") else self._year[1]
        if tag == "#PSALDO":
            day = self._day(f"{_plain(rest, 0)}01")
            self._used_days.setdefault(day, self._place)
            rest = rest[1:]
        account = self._account(rest)
        objects, rest = self._split_objects(rest[1:]) if tag in WITH_OBJECTS else ({}, rest[1:])
        amount = self._amount(rest)
        self._has_balances = True
        if tag == "#IB":
            self._opening[account] += Decimal(amount)
        elif tag in ("#UB", "#RES"):
            self._closing[account] += Decimal(amount)
        if not self._is_of_balances:
            return None
        return self._row(
            {"post": tag[1:], "datum": day, "konto": account, "belopp": amount}, objects
        )

    # vouchers

    def _read_voucher(self, fields: list[str]) -> None:
        series, number = _plain(fields, 1), _plain(fields, 2)
        self._voucher = _Voucher(series, number, _plain(fields, 3))
        if not number and not self._has_balances:
            raise self._fault(
                "the voucher has no number: this is SIE 4I, which a system sends to a ledger",
                OF_A_LEDGER,
            )
        if not number or not VOUCHER_NAME.fullmatch(f"{series}{number}"):
            raise self._fault("the voucher has no number, or a text in its place", EXPORT)
        if (series, number) in self._vouchers:
            raise self._fault("the voucher stands in the file twice", EXPORT)
        self._vouchers.add((series, number))
        self._used_days.setdefault(self._day(self._voucher.day), self._place)

    def _open_voucher(self, _fields: list[str]) -> None:
        if self._voucher is None or self._voucher.is_open:
            raise self._fault("the brace opens no voucher", TRANSFER)
        self._voucher.is_open = True

    def _close_voucher(self, _fields: list[str]) -> None:
        if self._voucher is None:
            raise self._fault("the brace closes no voucher", TRANSFER)
        if self._voucher.sum:
            raise self._fault("the voucher does not balance", EXPORT)
        self._voucher = None

    def _read_transaction(self, fields: list[str]) -> str | None:
        account, objects, amount = self._transaction(fields)
        voucher, self._added = self._opened(), None
        voucher.row_count += 1
        voucher.sum += Decimal(amount)
        self._booked[account] += Decimal(amount)
        if self._is_of_balances:
            return None
        return self._row(
            {
                "serie": voucher.series,
                "vernr": voucher.number,
                "datum": voucher.day,
                "rad": str(voucher.row_count),
                "konto": account,
                "belopp": amount,
            },
            objects,
        )

    def _read_added(self, fields: list[str]) -> None:
        self._transaction(fields)
        self._added = fields[1:]

    def _read_removed(self, _fields: list[str]) -> None:
        self._opened()

    def _opened(self) -> _Voucher:
        if self._voucher is None:
            raise self._fault("the row belongs to no voucher", TRANSFER)
        return self._voucher

    def _transaction(self, fields: list[str]) -> tuple[str, dict[str, str], str]:
        self._opened()
        account = self._account(fields[1:])
        objects, rest = self._split_objects(fields[2:])
        amount = self._amount(rest)
        if day := _plain(rest, 1):
            self._day(day)
        return account, objects, amount

    # fields

    def _account(self, fields: list[str]) -> str:
        account = _plain(fields, 0)
        if not account or account == "{":
            raise self._fault("there is no account", EXPORT)
        self._used_accounts.setdefault(account, self._place)
        return account

    def _split_objects(self, fields: list[str]) -> tuple[dict[str, str], list[str]]:
        """Return the object of every dimension in `{1 "47" 6 "P1"}`, and what stands behind it."""
        end = fields.index("}") if "}" in fields else 0
        names = [_plain(fields, place) for place in range(1, end)]
        objects = dict(zip(names[::2], names[1::2], strict=False))
        if not end or fields[0] != "{" or len(names) != 2 * len(objects):
            raise self._fault("the list of objects is not pairs in braces", EXPORT)
        for used in objects.items():
            self._used_objects.setdefault(used, self._place)
        return objects, fields[end + 1 :]

    def _amount(self, fields: list[str]) -> str:
        amount = _plain(fields, 0)
        if not AMOUNT.fullmatch(amount):
            raise self._fault("the amount is no number with a point and two decimals", EXPORT)
        return amount

    def _day(self, text: str) -> str:
        if text in self._days:
            return text
        try:
            date(int(text[:4]), int(text[4:6]), int(text[6:]))
        except ValueError:
            text = ""
        if not DAY.fullmatch(text):
            raise self._fault("the date is not a day written yyyymmdd", EXPORT)
        self._days.add(text)
        return text

    def _row(self, values: Mapping[str, str], objects: Mapping[str, str]) -> str:
        known = {**values, **{f"dim {number}": name for number, name in objects.items()}}
        return CELL_END.join(known.get(header, "") for header in self.headers)


def _plain(fields: list[str], place: int) -> str:
    """Return a field without its quotation marks, blank where the record has ended."""
    if place >= len(fields):
        return ""
    field = fields[place]
    return field[1:-1].replace('\\"', '"') if field.startswith('"') else field
