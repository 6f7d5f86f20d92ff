"""The demo's files: that they are what the contracts say, the same every time, and hold the truths.

Files are read here with the standard library alone, so that neither writer nor loader is trusted.
"""

from __future__ import annotations

import csv
import io
import json
import re
import shlex
from calendar import monthrange
from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, Any

import duckdb
import pytest
import yaml
from loading_support import demo_in

from orchestration.demo.exports import (
    BASE_TABLES,
    DEMO_DIR,
    ForeignFilesError,
    _make_base,
)
from orchestration.loading.contract import SourceTable, parse_source_table
from orchestration.settings import PROJECT_DIR
from tests.placement_files import (
    medicine_rows,
    placement_truths,
    read_spells,
    schooling_rows,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from orchestration.settings import Settings

Row = dict[str, str]
Truths = dict[tuple[str, str, str, str], int]
YEARS = ("2023", "2024", "2025")


def source_tables() -> list[SourceTable]:
    tables = []
    for file in sorted((PROJECT_DIR / "dbt_project/models/staging").glob("*/_*__sources.yml")):
        for source in yaml.safe_load(file.read_text(encoding="utf-8"))["sources"]:
            for table in source["tables"]:
                columns = {column["name"]: column for column in table["columns"]}
                place = {"source_name": source["name"], "original_file_path": file.name}
                tables.append(parse_source_table({**table, **place, "columns": columns}))
    return tables


@dataclass(frozen=True)
class Extract:
    """A file as somebody without contract would read it."""

    table: str
    area: str
    period: str
    received: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    @cached_property
    def good_rows(self) -> tuple[tuple[str, ...], ...]:
        return tuple(row for row in self.rows if not is_faulty(self, row))

    def at(self, *names: str) -> int | None:
        """Place of the first of the columns that the file has."""
        return next((self.header.index(name) for name in names if name in self.header), None)

    @cached_property
    def checks(self) -> tuple[tuple[int, re.Pattern[str]], ...]:
        """What the fields of a good row look like, by place."""
        months = months_of(self.period) if self.period else set()
        period = "|".join(f"{month[:4]}-?{month[4:]}" for month in months)
        looks = (
            (self.at("belopp", "belopp_kr"), r"-?[\d ]+,\d\d"),
            (self.at("utfall") if self.table == "alfa.beslut" else None, ".+"),
            (self.at("sokande_personnummer"), r"(?!.*E\+).*"),
            (self.at(*PERIOD_COLUMNS) if self.period else None, f"({period}).*"),
        )
        return tuple((at, re.compile(look)) for at, look in looks if at is not None)


def is_faulty(extract: Extract, row: tuple[str, ...]) -> bool:
    return len(row) != len(extract.header) or not all(
        look.fullmatch(row[at]) for at, look in extract.checks
    )


def read(path: Path) -> Extract:
    source, name = path.parent.name, path.stem.split("_")
    area, period, received = name[1], name[2] if len(name) == 4 else "", name[-1]
    if path.suffix == ".json":
        (records,) = json.loads(path.read_text(encoding="utf-8")).values()
        flat = [
            {**record, **answer} if isinstance(answer, dict) else record
            for record in records
            for answer in record.get("svar", [None])
        ]
        header = tuple(key for key in flat[0] if key != "svar")
        rows = tuple(tuple(_text(record[key]) for key in header) for record in flat)
    elif path.suffix == ".se":
        header, rows = SIE_HEADER, tuple(sie_rows(path.read_bytes().decode("cp437")))
    else:
        encoding = {"alfa": "cp1252", "beta": "utf-8-sig", "ekonomi": "cp1252"}[source]
        text = path.read_bytes().decode(encoding)
        lines = list(csv.reader(io.StringIO(text, newline=""), delimiter=";"))
        if lines[-1][0] == "Summa":
            lines.pop()
        header, rows = tuple(lines[0]), tuple(map(tuple, lines[1:]))
    return Extract(f"{source}.{name[0]}", area, period, received, header, rows)


SIE_HEADER = ("serie", "vernr", "bokforingsdatum", "rad", "konto", "motpart", "belopp")


def sie_rows(text: str) -> Iterator[tuple[str, ...]]:
    """Give the rows of vouchers; every voucher must balance, the removed rows left out."""
    voucher: list[str] = []
    row_count, balance = 0, 0
    for line in text.splitlines():
        tag, *fields = shlex.split(line)
        if tag == "#VER":
            voucher, row_count, balance = fields[:3], 0, 0
        elif tag == "}":
            assert balance == 0, voucher
        elif tag == "#TRANS":
            objects, rest = line.partition("{")[2].split("}")
            words = shlex.split(objects)
            pairs = dict(zip(words[::2], words[1::2], strict=True))
            amount = shlex.split(rest)[0].replace(".", ",")
            row_count, balance = row_count + 1, balance + ore(amount)
            yield (*voucher, str(row_count), fields[0], pairs.get("21", ""), amount)


def _text(value: Any) -> str:
    return "" if value is None else str(value)


def months_of(period: str) -> set[str]:
    first, last = {
        "": (1, 12),
        "K": (int(period[-1]) * 3 - 2, int(period[-1]) * 3),
        "H": (int(period[-1]) * 6 - 5, int(period[-1]) * 6),
        "0": (int(period[-1]), int(period[-1])),
        "1": (10 + int(period[-1]), 10 + int(period[-1])),
    }[period[4:5]]
    return {f"{period[:4]}{month:02}" for month in range(first, last + 1)}


# an application's file goes by its day, not by the month it asks for
PERIOD_COLUMNS = (
    "ansokningsdatum",
    "beslutsdatum",
    "avser_manad",
    "datum",
    "manad",
    "inkom",
    "tidpunkt",
    "bokforingsdatum",
)


@pytest.fixture(scope="module")
def landing(demo_installation: Settings) -> Path:
    return demo_installation.landing_dir


@pytest.fixture(scope="module")
def extracts(landing: Path) -> list[Extract]:
    return [
        read(path)
        for source in ("alfa", "beta", "ekonomi")
        for path in sorted((landing / source).iterdir())
    ]


def current(extracts: list[Extract], table: str) -> Iterator[Extract]:
    """Give the last delivery of each municipality and period."""
    last = {
        (e.area, e.period): e
        for e in sorted(extracts, key=lambda e: e.received)
        if e.table == table
    }
    return iter(last.values())


# ours for what the two systems call the same
NAMES = {
    "arende_nr": "case", "arende_id": "case",
    "betalning_nr": "id", "utbetalning_id": "id",
    "manad": "month", "avser_manad": "month",
    "utbetald": "paid_on", "utbetalningsdatum": "paid_on",
    "belopp_kr": "amount", "belopp": "amount",
    "pnr": "number", "personnummer": "number", "sokande": "number",
    "sokande_personnummer": "number",
    "from_datum": "from", "fran": "from", "tom_datum": "to", "till": "to",
    "roll": "role", "kon": "sex", "Kön": "sex", "sokande_kon": "sex",
    "ansokan_nr": "application", "ansokan_id": "application",
    "inkom": "applied_on", "ansokningsdatum": "applied_on",
    "beslutad": "decided_on", "beslutsdatum": "decided_on",
    "utfall": "outcome", "lagrum": "law", "paragraf": "law",
    "datum": "on", "tidpunkt": "on", "steg": "step",
}  # fmt: skip
SEXES = {"K": "women", "M": "men", "2": "women", "1": "men", "Kvinna": "women", "Man": "men"}
ROLES = {"Sökande": "S", "Medsökande": "M", "Barn": "B"}
STEPS = {
    "Ansökan": "application", "Besök": "visit", "Utredning": "investigation", "Beslut": "decision",
    "Plan": "plan", "Insats": "activity", "Avslut": "closing", "Återaktualisering": "return",
    "ansokan": "application", "besok": "visit", "utredning": "investigation", "beslut": "decision",
    "plan": "plan", "insats": "activity", "avslut": "closing", "ater": "return",
}  # fmt: skip
LAST_DAY = date(2025, 12, 31)
LOG_STARTS = "20230101"


def plain_rows(extracts: list[Extract], *tables: str) -> Iterator[tuple[str, Row]]:
    for table in tables:
        for extract in current(extracts, table):
            header = [NAMES.get(name, name) for name in extract.header]
            for row in extract.good_rows:
                yield extract.area, dict(zip(header, row, strict=True))


def twelve_digits(number: str) -> str:
    """Return the number as it stands in Skatteverket's list; other ids as they are."""
    digits = re.sub(r"[-+]", "", number)
    if re.fullmatch(r"\d{12}", digits):
        return digits
    if re.fullmatch(r"\d{10}", digits):
        century = "19" if "+" in number or int(digits[:2]) > 26 else "20"
        return century + digits
    return number


def sex_of(row: Row) -> str:
    number = twelve_digits(row["number"])
    if number.isdigit():
        return "men" if int(number[10]) % 2 else "women"
    return SEXES.get(row["sex"], "unknown")


def iso(day: str) -> str:
    day = day.replace("-", "")
    return "" if day == "99991231" else day


def ore(amount: str) -> int:
    return int(amount.replace(",", "").replace(" ", ""))


def recomputed_truths(extracts: list[Extract]) -> Truths:
    truths: Truths = Counter()
    payments: dict[tuple[str, str], Row] = {}
    for area, row in plain_rows(extracts, "alfa.utbetalning", "beta.betalning"):
        payments[area, row["id"]] = row
    net: Truths = Counter()
    reversed_: Truths = Counter()
    for (area, _), row in payments.items():
        truths["paid_ore", "", area, row["month"][:4]] += ore(row["amount"])
        net[area, row["case"], row["month"], ""] += ore(row["amount"])
        truths["negative_bookings", "", "", ""] += ore(row["amount"]) < 0
        truths["paid_in_another_month", "", "", ""] += iso(row["paid_on"])[:6] != row["month"]
    for key, amount in net.items():
        reversed_[key] += amount <= 0
    truths["months_with_nothing_left", "", "", ""] = sum(reversed_.values())

    members = list(plain_rows(extracts, "alfa.hushall", "beta.person"))
    for _, row in members:
        row["role"] = ROLES.get(row["role"], row["role"])
    truths |= _register_truths(members)
    truths |= _recipient_truths(members, {key[:3] for key, amount in net.items() if amount > 0})
    truths |= _application_truths(extracts)
    truths |= _case_truths(extracts, members)
    truths.update(_ledger_truths(extracts))
    for extract in extracts:
        truths["files", extract.table, "", ""] += 1
        truths["rows_in_files", extract.table, "", ""] += len(extract.rows)
        if bad := len(extract.rows) - len(extract.good_rows):
            truths["rows_at_fault", extract.table, extract.area, extract.period] = bad
        if (sex := extract.at("sokande_kon")) is not None:
            unknown = sum(row[sex] not in ("K", "M", "") for row in extract.good_rows)
            if unknown:
                truths["unknown_sex_codes", extract.table, extract.area, extract.period] = unknown
        if (more := len(extract.rows) - len(set(extract.rows))) > 0:
            truths["duplicate_rows", extract.table, extract.area, extract.period] = more
        if len(extract.header) == 7 and extract.table == "alfa.kontakt":
            truths["undeclared_columns", extract.table, extract.area, extract.period] += 1
    seen = Counter((e.table, e.area, e.period) for e in extracts)
    for (table, area, period), count in seen.items():
        if count > 1:
            truths["deliveries", table, area, period] = count
    for area in ("9901", "9902", "9903", "9904", "9905", "9906"):
        for month in range(1, 13):
            if not seen["alfa.utbetalning", area, f"2025{month:02}"]:
                truths["deliveries", "alfa.utbetalning", area, f"2025{month:02}"] = 0
    return truths


def _register_truths(members: list[tuple[str, Row]]) -> Truths:
    truths: Truths = Counter()
    people = {
        (twelve_digits(row["number"]) or row["case"] + row["role"]): row for _, row in members
    }
    for number, row in people.items():
        known = number.isdigit()
        kind = "samordningsnummer" if known and int(number[6:8]) >= 60 else "personnummer"
        kind = kind if known else "local" if row["number"] else "no_number"
        truths[f"persons_with_{kind}", "", "", ""] += 1
        truths["persons_without_sex_column", "", "", ""] += row["sex"] not in SEXES
        contradicts = known and row["sex"] in SEXES and SEXES[row["sex"]] != sex_of(row)
        truths["persons_whose_sex_column_contradicts", "", "", ""] += contradicts
        truths["persons_written_with_plus", "", "", ""] += "+" in row["number"]
    cases, homes = defaultdict(list), defaultdict(set)
    for _, row in members:
        cases[row["case"]].append(row)
        if row["role"] == "B" and row["number"]:
            homes[twelve_digits(row["number"])].add(row["case"].rstrip("B"))
    truths["children_in_two_households", "", "", ""] = sum(len(c) > 1 for c in homes.values())
    for case in cases.values():
        adults = {row["role"]: row for row in case if row["role"] in "SM"}
        if len(adults) == 2:
            same = sex_of(adults["S"]) == sex_of(adults["M"])
            truths["couples_of_same_sex" if same else "couples_of_both_sexes", "", "", ""] += 1
            spells = {(iso(row["from"]), iso(row["to"])) for row in adults.values()}
            truths["households_that_change_type", "", "", ""] += len(spells) > 1
    for _, row in members:
        end = iso(row["to"])
        if end and int(end[6:]) < monthrange(int(end[:4]), int(end[4:6]))[1]:
            truths["deaths", "", "", ""] += row["role"] == "S"
    return truths


def _recipient_truths(members: list[tuple[str, Row]], paid: set[tuple[str, ...]]) -> Truths:
    """Adults in a household that was paid more than it paid back for a month they were in it."""
    truths: Truths = Counter()
    months = defaultdict(set)
    for area, case, month in paid:
        months[area, case].add(month)
    recipients = defaultdict(set)
    nameless = defaultdict(set)
    places = defaultdict(set)
    for area, row in members:
        if row["role"] == "B":
            continue
        for month in months[area, row["case"]]:
            if iso(row["from"])[:6] <= month <= (iso(row["to"])[:6] or "999912"):
                if row["number"]:
                    number = twelve_digits(row["number"])
                    recipients[area, month[:4], sex_of(row)].add(number)
                    places[month[:4], number].add(area)
                else:
                    nameless[area, month[:4]].add((row["case"], row["role"]))
    for (area, year, sex), numbers in recipients.items():
        truths[f"adult_recipients_{sex}", "", area, year] = len(numbers)
    for (area, year), rows in nameless.items():
        truths["adult_recipients_without_number", "", area, year] = len(rows)
    for (year, _), areas in places.items():
        truths["adults_with_aid_in_two_municipalities", "", "", year] += len(areas) > 1
    return truths


def _application_truths(extracts: list[Extract]) -> Truths:
    truths: Truths = Counter()
    tables = ("alfa.ansokan", "beta.arende")
    applications = {row["application"]: row for _, row in plain_rows(extracts, *tables)}
    decisions = {row["application"]: row for _, row in plain_rows(extracts, "alfa.beslut")}
    by_day = Counter()
    for key, row in applications.items():
        by_day[row["number"], row["case"], row["applied_on"]] += 1
        decision = row if "outcome" in row else decisions.get(key, {})
        outcome = {
            "": "undecided", "BIFALL": "granted", "Beviljad": "granted", "AVSLAG": "refused",
            "Avslagen": "refused", "DELAVSLAG": "partial", "Delvis beviljad": "partial",
        }[decision.get("outcome", "")]  # fmt: skip
        truths[f"applications_{outcome}", "", "", row["applied_on"][:4]] += 1
        truths["lines_in_notes", "", "", ""] += "\n" in row.get("utredningstext", "")
        if law := decision.get("law"):
            old = law in ("4 kap 1 § SoL", "SoL 4:1")
            assert old == (iso(decision["decided_on"]) < "20250701")
            truths[
                "decisions_by_the_old_law" if old else "decisions_by_the_new_law", "", "", ""
            ] += 1
    truths["second_application_of_a_day", "", "", ""] = sum(n - 1 for n in by_day.values())
    return truths


def _case_truths(extracts: list[Extract], members: list[tuple[str, Row]]) -> Truths:
    """Cases from an application, or from being taken up again, and how far they come."""
    truths: Truths = Counter()
    applicants = {row["case"]: row for _, row in members if row["role"] == "S"}
    # No payment is for a month before the log, so the household's first day alone tells.
    known_before = {row["case"] for _, row in members if iso(row["from"]) < LOG_STARTS}
    senders = {
        row["application"]: row for _, row in plain_rows(extracts, "alfa.ansokan", "beta.arende")
    }
    cases = defaultdict(list)
    for _, row in plain_rows(extracts, "alfa.handelselogg", "beta.steg"):
        day = iso(row["on"])
        when = date(int(day[:4]), int(day[4:6]), int(day[6:8]))
        cases[row["case"]].append((when, STEPS[row["step"]], row["application"]))
    for case, events in cases.items():
        truths["cases_known_by_nobody", "", "", ""] += case not in applicants
        beginnings, is_open = [], False
        for day, step, _ in sorted(events, key=lambda event: (event[0], event[1] == "closing")):
            if step in ("application", "return") and not is_open:
                beginnings.append(day)
            if step in ("application", "return", "closing"):
                is_open = step != "closing"
        truths["case_events_before_an_application", "", "", ""] += sum(
            day < beginnings[0] for day, *_ in events
        )
        for begun, ended in zip(beginnings, [*beginnings[1:], date.max], strict=True):
            own = [event for event in events if begun <= event[0] < ended]
            known = [senders[key] for *_, key in sorted(own) if senders.get(key, {}).get("number")]
            sex = next(map(sex_of, known or filter(None, [applicants.get(case)])), "unknown")
            is_taken_up = any(step == "return" for day, step, _ in own if day == begun)
            first_month = f"{begun:%Y%m}" == LOG_STARTS[:6]
            is_begun = not (first_month and case in known_before and not is_taken_up)
            _count_case(truths, own, (begun, ended), sex, is_begun=is_begun)
    return truths


def _count_case(
    truths: Truths,
    events: list[tuple[date, str, str]],
    span: tuple[date, date],
    sex: str,
    *,
    is_begun: bool,
) -> None:
    begun, ended = span
    first: dict[str, date] = {}
    for day, step, _ in sorted(events):
        if step not in ("application", "return"):
            first.setdefault(step, day)
    year = str(begun.year)
    truths[f"cases_begun_{sex}", "", "", year] += is_begun
    for step in ("plan", "activity"):
        if is_begun and (LAST_DAY - begun).days >= 180 and step in first:
            truths[f"cases_with_{step}_{sex}", "", "", year] += (first[step] - begun).days <= 180
    if "closing" in first and (LAST_DAY - first["closing"]).days >= 365:
        closed = str(first["closing"].year)
        truths[f"cases_closed_{sex}", "", "", closed] += 1
        truths[f"cases_returned_{sex}", "", "", closed] += (ended - first["closing"]).days <= 365
    truths["cases_decided_without_investigation", "", "", ""] += (
        "decision" in first and "investigation" not in first
    )
    truths["cases_planned_before_the_decision", "", "", ""] += first.get(
        "plan", date.max
    ) < first.get("decision", date.min)
    truths["cases_with_two_steps_on_one_day", "", "", ""] += len(set(first.values())) < len(first)


def _ledger_truths(extracts: list[Extract]) -> Truths:
    truths: Truths = Counter()
    for area, row in plain_rows(extracts, "ekonomi.sie", "ekonomi.transaktion"):
        account, other_side = row["konto"], row["motpart"][:1]
        kind = {"I": "internal_income", "K": "sales_to_others", "E": "other_income"}
        if account >= "3":
            name = kind[other_side] if account < "4" else "gross_cost"
            truths[f"ledger_ore_{name}", "", area, row["bokforingsdatum"][:4]] += ore(row["amount"])
            truths["negative_costs", "", "", ""] += account >= "4" and row["amount"][0] == "-"
    return truths


def committed_truths() -> Truths:
    with (DEMO_DIR / "truths.csv").open(encoding="utf-8", newline="") as file:
        return {
            (row["truth"], row["source"], row["area_code"], row["period"]): int(row["value"])
            for row in csv.DictReader(file)
        }


def test_the_files_hold_the_committed_truths(landing: Path, extracts: list[Extract]) -> None:
    recomputed = {**recomputed_truths(extracts), **placement_truths(landing)}
    committed = committed_truths()
    assert {key: value for key, value in recomputed.items() if value} == {
        key: value for key, value in committed.items() if value
    }
    never_came = {key for key, value in committed.items() if not value}
    assert never_came == {("deliveries", "alfa.utbetalning", "9905", "202510")}
    assert recomputed.keys() >= never_came


def test_women_are_the_planted_shares_of_placements_and_unplanned_endings() -> None:
    truths = committed_truths()

    def of(truth: str) -> tuple[int, int]:
        return truths[f"{truth}_women", "", "", "2025"], truths[f"{truth}_men", "", "", "2025"]

    assert of("placements_family_home_adults") == (45, 55)
    assert of("unplanned_endings_family_home_adults") == (26, 14)  # 65 per cent
    assert of("placements_children") == (138, 162)  # girls are 46 per cent


def test_every_name_is_one_that_the_contract_reads(landing: Path) -> None:
    patterns: dict[str, list[re.Pattern[str]]] = defaultdict(list)
    for table in source_tables():
        patterns[table.source_name].append(table.contract.file_name_pattern)
    for path in landing.glob("*/*"):
        assert sum(bool(p.fullmatch(path.name)) for p in patterns[path.parent.name]) == 1, path.name


def test_every_header_is_the_contract_s_but_the_hostile_one(landing: Path) -> None:
    surprising = []
    for table in source_tables():
        contract = table.contract
        if contract.format != "csv":
            continue
        for path in sorted((landing / table.source_name).glob(contract.glob)):
            named = contract.file_name_pattern.fullmatch(path.name)
            period = named.groupdict().get("period") or "" if named else ""
            with path.open(encoding=contract.encoding, newline="") as file:
                header = next(csv.reader(file, delimiter=contract.delimiter))
            if header != [c.header.replace("{period}", period) for c in table.columns]:
                surprising.append(path.name)
    assert surprising == ["kontakt_9906_2025K3_20251015.csv"]


def test_only_test_numbers_and_ids_of_nobody_stand_in_the_files(
    landing: Path, extracts: list[Extract]
) -> None:
    allowed = set((DEMO_DIR / "figures/test_numbers.csv").read_text(encoding="ascii").split())
    for extract in extracts:
        for at in (i for i, n in enumerate(extract.header) if NAMES.get(n) == "number"):
            written = {twelve_digits(row[at]) for row in extract.rows} - {""}
            ids = r"(LOK|DEMO)-\d{8}|\d,\d{4}E\+11"
            strange = {w for w in written if not re.fullmatch(ids, w)} - allowed
            assert not strange, extract
    placed = {spell.who.key for spell in read_spells(landing)}
    in_registers = {row[3].key for row in (*medicine_rows(landing), *schooling_rows(landing))}
    strange = {w for w in placed | in_registers if not re.match(r"LOK-\d{8}|row ", w)} - allowed
    assert not strange
    # and anywhere else, free text and headers included
    for path in (landing / "alfa").iterdir():
        text = path.read_text(encoding="cp1252")
        for number in set(re.findall(r"(?<!\d)\d{8}-?\d{4}(?!\d)", text)):
            assert twelve_digits(number) in allowed, path.name


def test_names_addresses_and_notes_can_be_searched_for(landing: Path) -> None:
    for table, column in (
        ("hushall", "namn"),
        ("hushall", "adress"),
        ("ansokan", "utredningstext"),
    ):
        for path in (landing / "alfa").glob(f"{table}_*"):
            with path.open(encoding="cp1252", newline="") as file:
                assert all("Test" in row[column] for row in csv.DictReader(file, delimiter=";"))


def test_two_runs_give_equal_bytes(tmp_path: Path) -> None:
    for folder in ("first", "second"):
        written = demo_in(tmp_path / folder, source_tables(), persons=60)
        assert written == sum(path.is_file() for path in (tmp_path / folder).rglob("*"))
    contents = [
        {path.name: path.read_bytes() for path in (tmp_path / folder).rglob("*.*")}
        for folder in ("first", "second")
    ]
    assert contents[0] == contents[1]


def test_a_folder_with_files_of_others_is_refused_and_left_alone(tmp_path: Path) -> None:
    real = tmp_path / "alfa" / "ansokan_2080_2024_20250115.csv"
    real.parent.mkdir()
    real.write_text("arende_id", encoding="utf-8")
    with pytest.raises(ForeignFilesError, match="ansokan_2080_2024"):
        demo_in(tmp_path, source_tables(), persons=20)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == [real]


@pytest.mark.parametrize("persons", [0, -1, 10_000_001])
def test_an_impossible_size_is_refused(tmp_path: Path, persons: int) -> None:
    with pytest.raises(ValueError, match="persons must lie between"):
        demo_in(tmp_path, source_tables(), persons=persons)


def test_persons_beyond_the_test_numbers_have_ids_of_the_demo() -> None:
    with duckdb.connect() as connection:
        _make_base(connection, 60_000, BASE_TABLES[: BASE_TABLES.index("person") + 1])
        numbers = connection.execute(
            "select number from person where number is not null"
        ).fetchall()
    ids = [number for (number,) in numbers]
    assert len(set(ids)) == len(ids)
    assert sum(number.startswith("DEMO-") for number in ids) > 20_000
    assert sum(number.isdigit() for number in ids) > 20_000


def test_the_county_s_population_is_about_what_the_demo_says(landing: Path) -> None:
    residents: Counter[str] = Counter()
    unequal = 0
    with (landing / "scb/fodelseregion_2025.csv").open(encoding="utf-8", newline="") as file:
        cells = {
            (row["region"], row["ålder"], row["kön"], row["födelseregion"]): int(row["X2025"])
            for row in csv.DictReader(file)
        }
    for (region, age, sex, birth_region), count in cells.items():
        if "totalt" not in (sex, birth_region):
            residents[region] += count
        elif sex == birth_region == "totalt":
            parts = [cells[region, age, part, "totalt"] for part in ("kvinnor", "män")]
            unequal += count != sum(parts)
            assert abs(count - sum(parts)) <= 6
    assert 158_000 < sum(residents.values()) < 162_000
    assert len(residents) == 8
    assert unequal > 100


def test_deliveries_were_drawn_after_the_months_they_cover(extracts: list[Extract]) -> None:
    for extract in extracts:
        if extract.period:
            assert extract.received[:6] > max(months_of(extract.period)), extract
        drawn = date(*(int(extract.received[a:b]) for a, b in ((0, 4), (4, 6), (6, 8))))
        assert date(2024, 1, 1) <= drawn <= date(2026, 2, 28)
