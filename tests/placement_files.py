"""Placements and register extracts read from the export files with the standard library alone.

None of our SQL, contracts or loader: the number tells who somebody is, the last file received what
a placement is like. The demo's truths and the marts are compared with what stands here.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import TYPE_CHECKING

from python_calamine import load_workbook

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

Truths = dict[tuple[str, str, str, str], int]

YEARS = (2023, 2024, 2025)
FORMS = {
    "Familjehem": "familjehem", "Nätverkshem": "natverkshem", "Jourhem": "jourhem", "HVB": "hvb",
    "Stödboende": "stodboende", "Särskilt ungdomshem": "sis", "Skyddat boende": "skyddat_boende",
    "LVM-hem": "lvm_hem", "Familjehem vuxna": "familjehem_vuxna", "FL": "forsokslagenhet",
    "GB": "gruppboende", "EK": "eget_kontrakt",
}  # fmt: skip
GROUNDS = {
    "SoL (2001:453)": "sol_2001", "SoL 2001": "sol_2001", "SoL (2025:400)": "sol_2025",
    "SoL 2025": "sol_2025", "LVU (1990:52)": "lvu", "LVM (1988:870)": "lvm", "": "unknown",
}  # fmt: skip
CHILD_FORMS = {"familjehem", "natverkshem", "jourhem", "sis", "stodboende"}
INSTITUTIONS = {"hvb", "sis", "lvm_hem"}
ENDINGS = {
    "Planerat": "planned", "Oplanerat": "unplanned", "Ej angivet": "unknown", "P": "planned",
    "O": "unplanned", "X": "unknown", "": "unknown",
}  # fmt: skip
GOALS = {"Ja": "yes", "Delvis": "partly", "Nej": "no", "J": "yes", "D": "partly", "N": "no"}
SEXES = {"Kvinna": "women", "Man": "men", "2": "women", "1": "men", "K": "women", "M": "men"}
FAR = date(9999, 12, 31)
MEDICINES = {"antipsychotics": ("N05A",), "benzodiazepines": ("N05BA", "N05CD", "N05CF")}
COHORTS = {"placerad": "placed", "LSS": "lss"}
OUTCOMES = {
    "Behörig till gymnasiet": "upper_secondary_eligible",
    "Examen inom 3 år": "upper_secondary_in_3_years",
    "Examen inom 4 år": "upper_secondary_in_4_years",
}


def day(text: str | None) -> date | None:
    return date.fromisoformat(text.replace("-", "")) if text else None


def a_year_after(then: date) -> date:
    leap = (then.month, then.day) == (2, 29)
    return then.replace(year=then.year + 1, day=28 if leap else then.day)


@dataclass(frozen=True)
class Who:
    """A person as the number tells; `key` is the number, or the row of one without."""

    key: str
    sex: str
    born: tuple[int, int] | None

    @classmethod
    def of(cls, number: str, sex: str, row: str) -> Who:
        digits = re.sub(r"[-+]", "", number)
        if re.fullmatch(r"\d{10}", digits):
            digits = ("19" if "+" in number or int(digits[:2]) > 26 else "20") + digits
        if not re.fullmatch(r"\d{12}", digits):
            return cls(number or f"row {row}", SEXES.get(sex, "unknown"), None)
        women = int(digits[10]) % 2 == 0
        return cls(digits, "women" if women else "men", (int(digits[:4]), int(digits[4:6]) or 1))

    def age(self, on: date) -> int | None:
        """Age on a day, as if everybody turned older on the first of the month."""
        if self.born is None:
            return None
        return on.year - self.born[0] - (on.month < self.born[1])


@dataclass(frozen=True)
class Spell:
    """A placement or stay, as the last file received has it."""

    key: str
    area: str
    who: Who
    form: str
    ground: str
    unit: str
    first: date
    last: date | None
    ending: str
    goal: str
    versions: int
    ends: frozenset[date]

    @property
    def is_placement(self) -> bool:
        return self.form != "eget_kontrakt"

    @cached_property
    def is_young(self) -> bool:
        """Whether under 21 on the first day; of whom no age is known the form tells."""
        age = self.who.age(self.first)
        return self.ages == "children" if age is None else age < 21

    @cached_property
    def ages(self) -> str:
        age = self.who.age(self.first)
        is_child = self.form in CHILD_FORMS if age is None else age < 18
        return "children" if is_child else "adults"

    def days_in(self, year: int) -> int:
        first = max(self.first, date(year, 1, 1))
        last = min(self.last or FAR, date(year, 12, 31))
        return max(0, (last - first).days + 1)

    def ends_in(self, year: int) -> bool:
        return self.last is not None and self.last.year == year

    def breaks_in(self, year: int) -> bool:
        return self.ends_in(year) and self.ending == "unplanned"


def csv_rows(path: Path, encoding: str) -> Iterator[dict[str, str]]:
    text = path.read_bytes().decode(encoding)
    return csv.DictReader(io.StringIO(text, newline=""), delimiter=";")


def delivered(landing: Path) -> Iterator[tuple[str, dict[str, str]]]:
    """Area and row, under the names of the placement system, the oldest file first."""
    files = sorted((landing / "gamma").iterdir(), key=lambda f: (f.stem.split("_")[-1], f.name))
    for path in files:
        area = path.stem.split("_")[1]
        if path.suffix == ".csv":
            for row in csv_rows(path, "cp1252"):
                yield area, row
            continue
        (stays,) = json.loads(path.read_text(encoding="utf-8")).values()
        for stay in stays:
            row = {name: "" if value is None else value for name, value in stay.items()}
            yield area, {
                "placering_id": row["boende_id"], "personnummer": row["person"],
                "kön": row["kon"], "form": row["boendeform"], "från": row["inflyttad"],
                "till": row["utflyttad"], "avslut": row["avslut"],
                "lagrum": row["lagrum"], "enhet": row["enhet"], "mål": row["mal"],
            }  # fmt: skip


def replaced_numbers(landing: Path) -> dict[str, str]:
    """Map every number that was replaced to the one of today."""
    new = {}
    for path in (landing / "folkbokforing").glob("nummerbyte_*.csv"):
        for row in csv_rows(path, "utf-8"):
            new[row["tidigare_nummer"]] = row["nytt_nummer"]
    return {old: new.get(number, number) for old, number in new.items()}


def read_spells(landing: Path) -> list[Spell]:
    today = replaced_numbers(landing)
    versions: dict[tuple[str, str], list[dict[str, str]]] = defaultdict(list)
    for area, row in delivered(landing):
        if row["form"] in FORMS:
            versions[area, row["placering_id"]].append(row)
    spells = []
    for (area, key), rows in versions.items():
        row = rows[-1]
        who = Who.of(row["personnummer"], row["kön"], f"{area}-{key}")
        if who.key in today:
            who = Who.of(today[who.key], "", "")
        first, last = day(row["från"]), day(row["till"])
        assert first
        spells.append(
            Spell(
                key, area, who, FORMS[row["form"]], GROUNDS[row["lagrum"]],
                row["enhet"] or "unknown", first, last,
                ENDINGS[row["avslut"]] if last else "",
                GOALS.get(row.get("mål uppnått", row.get("mål", "")), "unknown") if last else "",
                len(rows),
                frozenset(end for r in rows if (end := day(r["till"]))),
            )
        )  # fmt: skip
    return spells


def protected_numbers(landing: Path) -> set[str]:
    return {
        row["personnummer"]
        for path in (landing / "folkbokforing").glob("skydd_*.csv")
        for row in csv_rows(path, "utf-8")
        if row["skydd"] != "U"
    }


def medicine_rows(landing: Path) -> Iterator[tuple[str, int, str, Who, dict[str, bool]]]:
    """Area, year, group of children, child, and which medicines were dispensed."""
    found: dict[tuple[str, int, str, Who], set[str]] = defaultdict(set)
    for path in sorted((landing / "registerutdrag").glob("lakemedel_*.csv")):
        _, area, period, _ = path.stem.split("_")
        for row in csv_rows(path, "utf-8"):
            who = Who.of(row["personnummer"], row["kon"], "")
            found[area, int(period), COHORTS[row["grupp"]], who].add(row["ATC-kod"])
    for (area, year, cohort, who), codes in found.items():
        yield (
            area,
            year,
            cohort,
            who,
            {
                medicine: any(code.startswith(prefixes) for code in codes)
                for medicine, prefixes in MEDICINES.items()
            },
        )


def schooling_rows(landing: Path) -> Iterator[tuple[str, int, str, Who, bool, int]]:
    """Area, year, outcome, child, whether it was reached, and year of leaving year 9."""
    for path in sorted((landing / "registerutdrag").glob("utbildning_*.csv")):
        _, area, period, _ = path.stem.split("_")
        for row in csv_rows(path, "utf-8"):
            who = Who.of(row["personnummer"], row["kon"], "")
            reached = {"ja": True, "nej": False}[row["utfall"]]
            yield area, int(period), OUTCOMES[row["mått"]], who, reached, int(row["år årskurs 9"])


def rows_in(path: Path) -> int:
    if path.suffix == ".json":
        (records,) = json.loads(path.read_text(encoding="utf-8")).values()
        return len(records)
    if path.suffix == ".xlsx":
        return len(load_workbook(path).get_sheet_by_index(0).to_python()) - 2
    return sum(1 for _ in csv_rows(path, "cp1252" if path.parent.name == "gamma" else "utf-8"))


def placement_truths(landing: Path) -> Truths:
    """Count what the files hold of placements, under the names of the demo's truths."""
    truths: Truths = Counter()
    for source in ("gamma", "registerutdrag"):
        for path in sorted((landing / source).iterdir()):
            table = f"{source}.{re.split('_[0-9]', path.stem)[0]}"
            truths["files", table, "", ""] += 1
            truths["rows_in_files", table, "", ""] += rows_in(path)
    for path in sorted((landing / "gamma").glob("placering_*.csv")):
        _, area, period, _ = path.stem.split("_")
        strange = sum(row["form"] not in FORMS for row in csv_rows(path, "cp1252"))
        if strange:
            truths["rows_at_fault", "gamma.placering", area, period] = strange
    spells = read_spells(landing)
    for spell in spells:
        truths["placements_open", "", "", ""] += spell.last is None
        truths["placements_whose_end_was_put_right", "", "", ""] += len(spell.ends) > 1
        truths["placements_of_unknown_sex", "", "", ""] += spell.who.sex == "unknown"
        for year in YEARS:
            if not (spell.is_placement and spell.days_in(year)):
                continue
            groups = [spell.ages]
            if spell.form == "familjehem_vuxna":
                groups.append("family_home_adults")
            for group in groups:
                cell = ("", "", str(year))
                of = f"{group}_{spell.who.sex}"
                truths[f"placements_{of}", *cell] += 1
                truths[f"placement_days_{of}", *cell] += spell.days_in(year)
                truths[f"unplanned_endings_{of}", *cell] += spell.breaks_in(year)
    by_person: dict[str, list[Spell]] = defaultdict(list)
    for spell in spells:
        by_person[spell.who.key].append(spell)
    overlaps = sum(
        earlier.key < later.key and earlier.first <= (later.last or FAR)
        and later.first <= (earlier.last or FAR)
        for group in by_person.values()
        for earlier in group
        for later in group
    )  # fmt: skip
    truths["placements_that_overlap", "", "", ""] = overlaps
    protected = protected_numbers(landing)
    truths["placed_with_protected_identity", "", "", ""] = len(protected & by_person.keys())
    truths["placed_persons_of_two_numbers", "", "", ""] = len(
        set(replaced_numbers(landing).values()) & by_person.keys()
    )
    truths["children_who_turn_18_in_their_placement", "", "", ""] = sum(
        spell.ages == "children"
        and (spell.who.age(min(spell.last or FAR, date(2025, 12, 31))) or 0) >= 18
        for spell in spells
    )
    return truths


def followed_home(
    departures: list[Spell], spells: list[Spell], year: int, known: date, form: str = "total"
) -> Counter[str]:
    """Count who left an institution in a year, got a home within twelve months, and kept it.

    Of one form, those who last left an institution of that form.
    """
    counted: Counter[str] = Counter()
    last: dict[str, Spell] = {}
    for spell in departures:
        if spell.ends_in(year):
            key = spell.who.key
            last[key] = max(last.get(key, spell), spell, key=lambda s: s.last or FAR)
    for key, left in last.items():
        assert left.last
        if form not in (left.form, "total"):
            continue
        counted["leaver"] += 1
        limit = a_year_after(left.last)
        if limit > known:
            continue
        counted["followed"] += 1
        homes = sorted(
            (spell.first, spell.last or FAR)
            for spell in spells
            if spell.who.key == key
            and spell.form == "eget_kontrakt"
            and spell.first <= limit
            and (spell.last or FAR) > left.last
        )
        if not homes:
            continue
        counted["own_home"] += 1
        moved_in, moved_out = homes[0]
        if a_year_after(moved_in) <= known:
            counted["home_followed"] += 1
            counted["still_there"] += moved_out >= a_year_after(moved_in)
    return counted


def next_forms(spells: list[Spell], known: date) -> Iterator[tuple[Spell, str]]:
    """Give every ending that twelve months are known of, and the form that came next, or none.

    The next may begin before this one is over, and must outlast it.
    """
    of = defaultdict(list)
    for spell in spells:
        of[spell.who.key].append(spell)
    for spell in spells:
        if not spell.last or a_year_after(spell.last) > known:
            continue
        following = sorted(
            (other.first, other.key, other.form)
            for other in of[spell.who.key]
            if spell.first < other.first <= a_year_after(spell.last)
            and (other.last or FAR) > spell.last
        )
        yield spell, following[0][2] if following else "none"


def departures(spells: list[Spell]) -> list[Spell]:
    """Give the endings in an institution after which an adult went to no other at once."""
    of = defaultdict(list)
    for spell in spells:
        if spell.form in INSTITUTIONS:
            of[spell.who.key].append(spell)
    return [
        spell
        for spell in spells
        if spell.form in INSTITUTIONS
        and spell.ages == "adults"
        and spell.last
        and not any(
            other.first <= spell.last + timedelta(days=1) and (other.last or FAR) > spell.last
            for other in of[spell.who.key]
        )
    ]
