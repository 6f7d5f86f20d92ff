"""Indicators recomputed from the export files by other means than the project's own.

Plain Python over the files, none of our SQL: who is who by the number, what was delivered last, who
was in the household in the month. The marts must say exactly the same.
"""

from __future__ import annotations

import csv
import json
import re
from collections import defaultdict
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from orchestration.demo.exports import DEMO_DIR

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import DemoNight

ALFA = {"encoding": "cp1252"}
BETA = {"encoding": "utf-8-sig"}
FAR = date(9999, 12, 31)
YEARS = (2023, 2024, 2025)


def read(file: Path, encoding: str) -> list[dict[str, str]]:
    """Rows with as many fields as the header, footer left out."""
    with file.open(encoding=encoding, newline="") as text:
        rows = list(csv.reader(text, delimiter=";"))
    header = rows[0]
    return [
        dict(zip(header, row, strict=True))
        for row in rows[1:]
        if len(row) == len(header) and row[0] != "Summa"
    ]


def months_of(period: str) -> set[tuple[int, int]]:
    year, rest = int(period[:4]), period[4:]
    if not rest:
        first, last = 1, 12
    elif rest[0] == "K":
        first, last = 3 * int(rest[1]) - 2, 3 * int(rest[1])
    elif rest[0] == "H":
        first, last = 6 * int(rest[1]) - 5, 6 * int(rest[1])
    else:
        first = last = int(rest)
    return {(year, month) for month in range(first, last + 1)}


def newest(folder: Path, table: str) -> dict[str, list[tuple[Path, set[tuple[int, int]]]]]:
    """Files by area, each with the months for which no later file has come."""
    taken: dict[str, set[tuple[int, int]]] = defaultdict(set)
    chosen = defaultdict(list)
    files = sorted(folder.glob(f"{table}_*"), key=lambda f: (f.stem.split("_")[3], f.name))
    for file in reversed(files):
        _, area, period, _ = file.stem.split("_")
        chosen[area].append((file, months_of(period) - taken[area]))
        taken[area] |= months_of(period)
    return chosen


def day_of(text: str) -> date:
    return date.fromisoformat(text.replace("-", ""))


class Person:
    """Who a number stands for: sex by its last digit but one, year of birth."""

    def __init__(self, number: str, area: str, system_sex: str, row: str) -> None:
        digits = number.replace("-", "").replace("+", "").replace(" ", "")
        if len(digits) == 10 and digits.isdigit():
            century = 2000 if int(digits[:2]) <= 26 else 1900
            if "+" in number:
                century -= 100
            digits = f"{century // 100}{digits}"
        if len(digits) == 12 and digits.isdigit():
            self.key = digits
            self.sex = "women" if int(digits[-2]) % 2 == 0 else "men"
            self.year: int | None = int(digits[:4])
            self.month = int(digits[4:6]) or 1
        else:
            self.key = f"{area}|{number.strip()}" if number.strip() else f"{area}|row|{row}"
            self.sex = {
                "K": "women",
                "M": "men",
                "Kvinna": "women",
                "Man": "men",
                "2": "women",
                "1": "men",
            }.get(system_sex, "unknown")
            self.year = None

    def born_by(self, year: int, month: int) -> bool | None:
        """Say whether the person was born by a month; None where nothing tells."""
        return None if self.year is None else (self.year, self.month) <= (year, month)


SPOILT = re.compile(r"[\d,]+E\+\d+")
"""A number that a spreadsheet has written anew; a local id spoilt so is another local id."""


def is_quarantined(application: dict[str, str]) -> bool:
    """Say whether it does not land: a spoilt number, or no number and a sex that is no code."""
    number, sex = application["sokande_personnummer"], application["sokande_kon"]
    is_person_number = Person(number, "", "", "").year is not None
    return bool(SPOILT.fullmatch(number)) or not (is_person_number or sex in ("K", "M", ""))


def members(landing: Path) -> dict[tuple[str, str], list[dict[str, Any]]]:
    """Household members by (area, case), from the newest register of each municipality."""
    found: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
    for source, table, form, names in (
        (
            "alfa",
            "hushall",
            ALFA,
            ("arende_id", "rad_id", "personnummer", "kon", "roll", "fran", "till"),
        ),
        (
            "beta",
            "person",
            BETA,
            ("arende_nr", "post_nr", "pnr", "Kön", "roll", "from_datum", "tom_datum"),
        ),
    ):
        case, row_id, number, sex, role, first, last = names
        registers: dict[str, Path] = {}
        for file in sorted(
            (landing / source).glob(f"{table}_*"), key=lambda f: f.stem.split("_")[2]
        ):
            registers[file.stem.split("_")[1]] = file
        for area, file in registers.items():
            for row in read(file, form["encoding"]):
                sexes = (
                    {"K", "M", "", "-"}
                    if source == "alfa"
                    else {"Kvinna", "Man", "Okänt", "", "NULL"}
                )
                if row[sex].strip() not in sexes or not row[first].strip():
                    continue
                end = row[last].strip()
                found[area, row[case]].append(
                    {
                        "person": Person(row[number], area, row[sex].strip(), row[row_id]),
                        "adult_role": row[role] not in ("B", "Barn"),
                        "from": day_of(row[first]),
                        "to": day_of(end) if end and not end.startswith("9999") else FAR,
                    }
                )
    return found


def paid_months(landing: Path) -> dict[tuple[str, str, int, int], int]:
    """Öre paid by (area, case, year, month)."""
    total: dict[tuple[str, str, int, int], int] = defaultdict(int)
    for source, table, form, names in (
        (
            "alfa",
            "utbetalning",
            ALFA,
            ("utbetalning_id", "arende_id", "avser_manad", "utbetalningsdatum", "belopp"),
        ),
        (
            "beta",
            "betalning",
            BETA,
            ("betalning_nr", "arende_nr", "manad", "utbetald", "belopp_kr"),
        ),
    ):
        key, case, month, paid, amount = names
        for area, files in newest(landing / source, table).items():
            payments: dict[str, tuple[str, int, int, int]] = {}
            for file, owned in reversed(files):
                for row in read(file, form["encoding"]):
                    year, number = int(row[month][:4]), int(row[month][4:])
                    text = row[amount].replace("\xa0", "").replace(" ", "").replace(",", "")
                    is_whole = row[key].strip() and row[case].strip() and row[paid].strip()
                    if (year, number) in owned and is_whole and text.lstrip("-").isdigit():
                        payments[row[key]] = (row[case], year, number, int(text))
            for case_id, year, number, ore in payments.values():
                total[area, case_id, year, number] += ore
    return total


def earlier_sexes(landing: Path) -> dict[str, tuple[int, str]]:
    """By number of today: first year of the sex it tells, where another number told another."""
    changes = {}
    for file in (landing / "folkbokforing").glob("nummerbyte_*"):
        for row in read(file, "utf-8"):
            old, new = (
                Person(row[name], "", "", "") for name in ("tidigare_nummer", "nytt_nummer")
            )
            if old.sex != new.sex:
                changes[new.key] = (day_of(row["bytesdag"]).year, old.sex)
    return changes


def recipients_of(landing: Path) -> dict[tuple[str, str], dict[str, Any]]:
    """By (area, person key): sex by year, year of birth and the months with assistance."""
    household = members(landing)
    earlier = earlier_sexes(landing)
    people: dict[tuple[str, str], dict[str, Any]] = {}
    for (area, case, year, month), ore in paid_months(landing).items():
        if ore <= 0:
            continue
        first = date(year, month, 1)
        last = date(year + month // 12, month % 12 + 1, 1)
        for member in household[area, case]:
            if member["from"] < last and member["to"] >= first:
                person = member["person"]
                entry = people.setdefault(
                    (area, person.key),
                    {
                        "sex": defaultdict(set),
                        "born": person.year,
                        "adult_role": defaultdict(bool),
                        "months": set(),
                    },
                )
                first_year, sex_before = earlier.get(person.key, (0, ""))
                for of_year in YEARS:
                    entry["sex"][of_year].add(person.sex if of_year >= first_year else sex_before)
                entry["adult_role"][year] |= member["adult_role"]
                entry["months"].add((year, month))
    return people


@pytest.fixture(scope="module")
def recipients(demo_night: DemoNight) -> dict[tuple[str, str], dict[str, Any]]:
    return recipients_of(demo_night.settings.landing_dir)


def is_adult(entry: dict[str, Any], year: int) -> bool:
    return bool(entry["adult_role"][year] if entry["born"] is None else year - entry["born"] >= 18)


def published(
    night: DemoNight, indicator_id: str, level: str, column: str = "numerator"
) -> dict[tuple[str, int, str], float]:
    rows = night.query(
        f"""
        select area_code, year, sex, {column} from marts.mart_indicator
        where indicator_id = '{indicator_id}' and area_level = '{level}' and age_band = 'total'
            and birth_region = 'total' and category_axis = 'total' and sex <> 'total'
            and {column} is not null
        """
    )
    return {(area, year, sex): float(value) for area, year, sex, value in rows}


def count(
    recipients: dict[Any, Any], wanted: Any, area_of: Any
) -> dict[tuple[str, int, str], float]:
    found: dict[tuple[str, int, str], set[str]] = defaultdict(set)
    for (area, key), entry in recipients.items():
        for year in YEARS:
            (sex,) = entry["sex"][year]
            if wanted(entry, year):
                found[area_of(area), year, sex].add(key)
    return {cell: float(len(keys)) for cell, keys in found.items()}


def paid_in(entry: dict[str, Any], year: int) -> int:
    return sum(1 for y, _ in entry["months"] if y == year)


def test_somebody_changes_legal_sex(demo_night: DemoNight) -> None:
    """Or what is recomputed here would not try it."""
    assert earlier_sexes(demo_night.settings.landing_dir)


@pytest.mark.parametrize("level", ["municipality", "county", "all"])
def test_adult_recipients(level: str, recipients: Any, demo_night: DemoNight) -> None:
    """Persons with aid in two municipalities count in both, and once in the county."""
    area_of = {"municipality": str, "county": lambda a: a[:2], "all": lambda _a: "all"}[level]
    expected = count(recipients, lambda e, y: paid_in(e, y) > 0 and is_adult(e, y), area_of)
    actual = published(demo_night, "adult_recipients", level)
    assert {cell: value for cell, value in actual.items() if value} == expected


def test_children_in_recipient_families(recipients: Any, demo_night: DemoNight) -> None:
    expected = count(recipients, lambda e, y: paid_in(e, y) > 0 and not is_adult(e, y), str)
    actual = published(demo_night, "child_recipients", "municipality")
    assert {cell: value for cell, value in actual.items() if value} == expected


def test_long_term_recipients(recipients: Any, demo_night: DemoNight) -> None:
    expected = count(recipients, lambda e, y: paid_in(e, y) >= 10 and is_adult(e, y), str)
    actual = published(demo_night, "long_term_recipient_share", "municipality")
    assert {cell: value for cell, value in actual.items() if value} == expected


def test_persons_who_change_household_type_are_one_person_in_the_margin(
    demo_night: DemoNight,
) -> None:
    """The categories hold more persons than the margin: who changed type stands in both."""
    (row,) = demo_night.query(
        """
        select
            sum(numerator) filter (where category_axis = 'household_type'),
            sum(numerator) filter (
                where category_axis = 'total' and age_band = 'total' and birth_region = 'total'
            ),
            sum(numerator) filter (where age_band <> 'total' and birth_region = 'total')
        from indicators.fct_indicator
        where indicator_id = 'adult_recipients' and sex = 'women' and area_level = 'municipality'
        """
    )
    by_type, margin, by_age = row
    assert by_type > margin
    assert by_age == margin


def test_money_is_that_of_the_files_to_the_ore(demo_night: DemoNight) -> None:
    paid = paid_months(demo_night.settings.landing_dir)
    expected: dict[str, int] = defaultdict(int)
    for (area, *_), ore in paid.items():
        expected[area] += ore
    actual = demo_night.query(
        """
        select municipality_code, cast(sum(amount_sek) * 100 as bigint)
        from facts.fct_assistance_month group by 1
        """
    )
    assert dict(actual) == dict(expected)


def test_approval_rate(demo_night: DemoNight) -> None:
    """Granted of decided applications, all sexes together, from the two systems' files."""
    landing = demo_night.settings.landing_dir
    outcomes: dict[tuple[str, int], list[str]] = defaultdict(list)
    decided: dict[tuple[str, str], tuple[str, str, str]] = {}
    for area, files in newest(landing / "alfa", "beslut").items():
        for file, owned in files:
            for row in read(file, ALFA["encoding"]):
                day = row["beslutsdatum"]
                if (int(day[:4]), int(day[5:7])) not in owned or row["utfall"] not in (
                    "BIFALL",
                    "DELAVSLAG",
                    "AVSLAG",
                ):
                    continue
                if not row["beslut_id"].strip() or not row["ansokan_id"].strip():
                    continue
                this = (day, row["beslut_id"], row["utfall"])
                decided[area, row["ansokan_id"]] = max(
                    decided.get((area, row["ansokan_id"]), this), this
                )
    for area, files in newest(landing / "alfa", "ansokan").items():
        applications = {
            row["ansokan_id"]: row
            for file, owned in files
            for row in read(file, ALFA["encoding"])
            if not is_quarantined(row)
            and row["ansokan_id"].strip()
            and row["arende_id"].strip()
            and (int(row["ansokningsdatum"][:4]), int(row["ansokningsdatum"][5:7])) in owned
        }
        for application, row in applications.items():
            day = row["ansokningsdatum"]
            applicant = Person(row["sokande_personnummer"], area, "", application)
            is_child = applicant.born_by(int(day[:4]) - 18, int(day[5:7])) is False
            if (area, application) in decided and not is_child:
                outcomes[area, int(day[:4])].append(decided[area, application][2])
    expected = {cell: (len(o), sum(x == "BIFALL" for x in o)) for cell, o in outcomes.items()}
    actual = demo_night.query(
        """
        select area_code, year, cast(denominator as integer), cast(numerator as integer)
        from marts.mart_indicator
        where indicator_id = 'approval_rate' and area_level = 'municipality' and sex = 'total'
            and age_band = 'total' and birth_region = 'total' and category_axis = 'total'
            and area_code < '9907'
        """
    )
    assert {(area, year): counts for area, year, *counts in map(list, actual)} == {
        cell: list(counts) for cell, counts in expected.items()
    }


def test_the_population_of_both_is_that_of_women_and_of_men(demo_night: DemoNight) -> None:
    """SCB's own total of single years has noise of each; summed it may lie outside both sexes."""
    folder = demo_night.settings.landing_dir / "scb"
    regions = {"Född i Sverige": "sweden", "Utrikes född": "abroad", "totalt": "total"}
    expected: dict[tuple[str, str, bool], int] = defaultdict(int)
    published_totals: dict[tuple[str, str, bool], int] = defaultdict(int)
    with (folder / "fodelseregion_2025.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            cell = (row["region"], regions[row["födelseregion"]], int(row["ålder"]) >= 18)
            totals = published_totals if row["kön"] == "totalt" else expected
            totals[cell] += int(row["X2025"])
    assert published_totals != expected
    told = demo_night.query(
        "select municipality_name, birth_region, is_adult, sum(resident_count) "
        "from facts.fct_population inner join facts.dim_municipality "
        "on area_code = municipality_code "
        "where reference_date = date '2025-12-31' and sex = 'total' group by all"
    )
    assert {row[:3]: row[3] for row in told} == expected
    outside = demo_night.query(
        "select indicator_id, area_code from marts.mart_gender_gap "
        "where unit = 'per_1000' and coalesce(unknown_numerator, 0) = 0 "
        "and women_value is not null and men_value is not null "
        "and (total_value > greatest(women_value, men_value) + 1e-9 "
        "or total_value < least(women_value, men_value) - 1e-9)"
    )
    assert not outside


def test_contacts_of_a_system_that_sends_json(demo_night: DemoNight) -> None:
    landing = demo_night.settings.landing_dir
    expected = sum(
        len(json.loads(file.read_text(encoding="utf-8"))["handelser"])
        for file in (landing / "beta").glob("handelse_*.json")
    )
    (row,) = demo_night.query("select count(*) from staging.stg_beta__handelse")
    assert row[0] == expected


def test_the_ledger_holds_the_planted_sums_to_the_ore(demo_night: DemoNight) -> None:
    """By kind of entry, municipality and year, from SIE and flat files; the bank's rows cancel."""
    with (DEMO_DIR / "truths.csv").open(encoding="utf-8", newline="") as file:
        planted = {
            (row["truth"].removeprefix("ledger_ore_"), row["area_code"], int(row["period"])): int(
                row["value"]
            )
            for row in csv.DictReader(file)
            if row["truth"].startswith("ledger_ore_")
        }
    booked = demo_night.query(
        """
        select
            entry_kind, municipality_code, year(booking_date),
            cast(sum(amount_sek) * 100 as bigint)
        from facts.fct_ledger_entry
        where entry_kind <> 'balance_sheet'
        group by all
        """
    )
    assert {(kind, area, year): ore for kind, area, year, ore in booked} == planted
    unbalanced = demo_night.query(
        """
        select municipality_code from facts.fct_ledger_entry
        where municipality_code <= '9903'
        group by municipality_code, booking_date
        having sum(amount_sek) <> 0
        """
    )
    assert unbalanced == []
