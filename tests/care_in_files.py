"""The care system's files of the demo, read by plain Python and counted: no SQL and no loader."""

from __future__ import annotations

import csv
import io
from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING

from python_calamine import CalamineWorkbook

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ENCODINGS = {"beslut": "cp1252", "insats": "utf-8", "utfort": "utf-8-sig"}
DELIMITERS = {"beslut": ";", "insats": "\t", "utfort": ";"}
SEXES = {"K": "women", "M": "men", "Kvinna": "women", "Man": "men"}
RESIDENCES = {"9.9G": "lss_gruppbostad", "9.9S": "lss_servicebostad"}
FIRST_DAY, LAST_DAY = date(2023, 1, 1), date(2025, 12, 31)


def files(landing: Path, table: str) -> list[Path]:
    return sorted((landing / "epsilon").glob(f"{table}_*"))


def rows_of(file: Path) -> list[dict[str, str]]:
    table = file.name.split("_")[0]
    if table == "extern":
        sheet = CalamineWorkbook.from_path(str(file)).get_sheet_by_index(0).to_python()
        lines = [[str(cell) for cell in line] for line in sheet[2:]]
    else:
        text = file.read_bytes().decode(ENCODINGS[table])
        lines = list(csv.reader(io.StringIO(text, newline=""), delimiter=DELIMITERS[table]))
    return [dict(zip(lines[0], line, strict=True)) for line in lines[1:]]


def amount(text: str, unit: str = "") -> Decimal | None:
    """Hours as 7,5 or 7:30, minutes where the row says so; None for what is neither."""
    hours, colon, minutes = text.partition(":")
    if colon:
        value = Decimal(hours) + Decimal(minutes) / 60 if int(minutes) < 60 else None
    else:
        value = Decimal(text.replace(",", ".")) if text else None
    return value / 60 if value is not None and unit == "MIN" else value


class People:
    """Who a row is about, and the sex: by the number, else what the system says of the id."""

    def __init__(self, landing: Path) -> None:
        said = defaultdict(set)
        for file in files(landing, "beslut") + files(landing, "insats"):
            for row in rows_of(file):
                said[self.key(file, row)].add(SEXES.get(row.get("kon", row.get("kön", "")), ""))
        self._said = {key: sexes - {""} for key, sexes in said.items()}

    @staticmethod
    def key(file: Path, row: dict[str, str]) -> str:
        number = row.get("personnummer", row.get("Personnummer eller kundnummer", ""))
        if number.replace("-", "").isdigit():
            return number.replace("-", "")
        area = file.name.split("_")[1]
        if number in ("", "-"):
            return f"{area}|{row.get('Löpnummer') or row.get('rad_id') or row['beslut_id']}"
        return f"{area}|{number}"

    @staticmethod
    def age_interval(key: str, on: date) -> str:
        """Of the age on a day, whoever is born in its month being a year older already."""
        if not key.isdigit():
            return "unknown"
        age = on.year - int(key[:4]) - (on.month < int(key[4:6]))
        starts = {80: "80+", 65: "65-79", 23: "23-64", 13: "13-22", 7: "07-12", 0: "00-06"}
        return next(interval for start, interval in starts.items() if age >= start)

    def sex(self, key: str) -> str:
        if key.isdigit():
            return "men" if int(key[10]) % 2 else "women"
        sexes = self._said.get(key, set())
        return next(iter(sexes)) if len(sexes) == 1 else "unknown"


@dataclass(frozen=True)
class Volume:
    """A row about a month."""

    area: str
    person: str
    is_known: bool
    """Whether the row says who it is about: no provider's customer number."""
    sex: str
    year: str
    month: str
    service: str
    provider: str
    payer: str
    granted: Decimal | None
    performed: Decimal


def volumes(landing: Path, people: People) -> Iterator[Volume]:
    for file in files(landing, "utfort") + files(landing, "extern"):
        for row in rows_of(file):
            performed = amount(row.get("utfört") or row["Utfört"], row.get("enhet", ""))
            if performed is None:
                continue
            month = (row.get("manad") or row["Månad"]).replace("-", "")
            person = people.key(file, row)
            yield Volume(
                area=file.name.split("_")[1],
                person=person,
                is_known=person.isdigit() or bool(row.get("personnummer", "").strip("-")),
                sex=people.sex(person),
                year=month[:4],
                month=month,
                service=row.get("insats") or row["Insats"],
                provider=row.get("regi", "PRIV"),
                payer=row.get("betalas_av", "KOMMUN"),
                granted=amount(row.get("beviljat") or row["Beställt"], row.get("enhet", "")),
                performed=performed,
            )


def person_months(rows: list[Volume], column: str = "performed") -> dict[tuple[str, ...], Decimal]:
    """Sum what was performed, or granted where that is known, to two decimals, as the fact does."""
    sums: dict[tuple[str, ...], Decimal] = defaultdict(Decimal)
    for row in rows:
        if (quantity := getattr(row, column)) is not None:
            key = (row.area, row.person, row.month, row.service, row.provider, row.payer)
            sums[key] += quantity
    cent = Decimal("0.01")
    return {key: value.quantize(cent, ROUND_HALF_UP) for key, value in sums.items()}


@dataclass(frozen=True)
class Stay:
    """Days in residences of one kind without a gap, as the register tells of them."""

    area: str
    sex: str
    service: str
    age_interval: str
    entry_days: int
    stay_days: int
    is_ended: bool


def day(text: str) -> date:
    return date(int(text[:4]), int(text[4:6]), int(text[6:]))


def stays(landing: Path, people: People) -> list[Stay]:
    newest = {file.name.split("_")[1]: file for file in files(landing, "insats")}
    spells = defaultdict(list)
    for area, file in newest.items():
        for row in rows_of(file):
            if row["insats"] in RESIDENCES:
                last = date.max if row["till"] in ("", "99991231") else day(row["till"])
                spells[area, people.key(file, row), row["insats"]].append((day(row["från"]), last))
    found = []
    for (area, person, code), days in spells.items():
        merged: list[tuple[date, date]] = []
        for first, last in sorted(days):
            if merged and (first - merged[-1][1]).days <= 1:
                merged[-1] = (merged[-1][0], max(last, merged[-1][1]))
            else:
                merged.append((first, last))
        for first, last in merged:
            if last < FIRST_DAY or first > LAST_DAY:
                continue
            found.append(
                Stay(
                    area=area,
                    sex=people.sex(person),
                    service=RESIDENCES[code],
                    age_interval=people.age_interval(person, first),
                    entry_days=max((FIRST_DAY - first).days, 0),
                    stay_days=(min(last, LAST_DAY) - first).days + 1,
                    is_ended=last <= LAST_DAY,
                )
            )
    return found


def care_truths(landing: Path) -> Counter[tuple[str, str, str, str]]:
    """Count what is planted in the care system's files, as its truths.csv names it."""
    truths: Counter[tuple[str, str, str, str]] = Counter()
    people = People(landing)
    users = defaultdict(set)
    for row in volumes(landing, people):
        users[f"care_users_{row.sex}", row.area, row.year].add(row.person)
        if row.service == "HTJ":
            users[f"home_help_users_{row.sex}", "", row.year].add(row.person)
        if row.service in RESIDENCES:
            name = f"{RESIDENCES[row.service].removeprefix('lss_')}_days_{row.sex}"
            truths[name, "", "", row.year] += int(row.performed)
    for (name, area, year), persons in users.items():
        truths[name, "", area, year] = len(persons)
    decided: dict[tuple[str, str], tuple[str, str]] = {}
    for file in files(landing, "beslut"):
        for row in rows_of(file):
            key = (file.name.split("_")[1], row["beslut_id"])
            decided[key] = (row["utfall"], row["beslutsdatum"][:4])
    outcomes = {"Bifall": "granted", "Delvis bifall": "partial", "Avslag": "refused"}
    for outcome, year in decided.values():
        truths[f"care_decisions_{outcomes[outcome]}", "", "", year] += 1
    for stay in stays(landing, people):
        name = f"{stay.service.removeprefix('lss_')}_stays_{stay.sex}"
        truths[name, "", "", ""] += 1
        truths[f"{name}_ended", "", "", ""] += stay.is_ended
        truths[f"{name}_begun_before_the_register", "", "", ""] += stay.entry_days > 0
    for table in ("beslut", "extern", "insats", "utfort"):
        for file in files(landing, table):
            rows = rows_of(file)
            truths["files", f"epsilon.{table}", "", ""] += 1
            truths["rows_in_files", f"epsilon.{table}", "", ""] += len(rows)
            if table == "utfort":
                place = (f"epsilon.{table}", *file.name.split("_")[1:3])
                truths["rows_at_fault", *place] += sum(
                    amount(row["utfört"]) is None for row in rows
                )
            if table == "extern":
                numbers = [row["Personnummer eller kundnummer"] for row in rows]
                truths["workbook_rows_with_customer_number", "", "", ""] += sum(
                    number.startswith("LOK-") for number in numbers
                )
                truths["workbook_rows_without_number", "", "", ""] += numbers.count("-")
    return truths
