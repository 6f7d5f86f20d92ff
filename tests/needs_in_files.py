"""Needs, violence and support as the demo's export files have them, by plain Python alone.

Both the planted truths and the marts are held against this; none of our loader or SQL is used.
"""

from __future__ import annotations

import csv
import json
import re
from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any

from python_calamine import CalamineWorkbook

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    Client = tuple[str, str, int]
    """Municipality, person, year."""

YEARS = (2023, 2024, 2025)
SEXES = {"Kvinna": "women", "Man": "men"}
COMPETENCES = {
    "Missbruk och beroende": "kompetens_missbruk",
    "Åldrande": "kompetens_aldrande",
    "Funktionsnedsättning": "kompetens_funktionsnedsattning",
}


@dataclass(frozen=True)
class Assessment:
    area: str
    person: str
    problem_area: str
    start: date
    end: date | None
    level: int
    level_end: int | None

    def is_open_in(self, year: int) -> bool:
        return self.start.year <= year and (self.end is None or self.end.year >= year)


@dataclass(frozen=True)
class Occasion:
    area: str
    person: str
    key: str
    day: date
    answers: dict[str, Any]


@dataclass(frozen=True)
class Support:
    area: str
    person: str
    problem_area: str
    start: date
    end: date


def rows_of(file: Path, encoding: str) -> list[dict[str, str]]:
    with file.open(encoding=encoding, newline="") as text:
        return list(csv.DictReader(text, delimiter=";"))


def day_of(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def twelve_digits(number: str) -> str:
    """Return a personal number with its century; other ids as they are."""
    digits = re.sub(r"[-+]", "", number)
    if re.fullmatch(r"\d{10}", digits):
        century = 19 if int(digits[:2]) > 26 else 20
        return f"{century - 1 if '+' in number and century == 20 else century}{digits}"
    return digits if re.fullmatch(r"\d{12}", digits) else number


def sex_of_digits(number: str) -> str:
    return "men" if int(number[10]) % 2 else "women"


class Files:
    """The newest state of all that delta has sent, and who is who."""

    def __init__(self, landing: Path) -> None:
        self.landing = landing

    def person(self, number: str | None, area: str, row: str) -> str:
        """Today's number; of a local id and of a blank one somebody of their own."""
        if not number or number == "-":
            return f"{area}|row|{row}"
        number = twelve_digits(number)
        while number in self.replaced:
            number = self.replaced[number][0]
        return number if number.isdigit() else f"{area}|{number}"

    @cached_property
    def replaced(self) -> dict[str, tuple[str, date]]:
        return {
            twelve_digits(row["tidigare_nummer"]): (
                twelve_digits(row["nytt_nummer"]),
                date.fromisoformat(row["bytesdag"]),
            )
            for file in (self.landing / "folkbokforing").glob("nummerbyte_*")
            for row in rows_of(file, "utf-8")
        }

    @cached_property
    def system_sexes(self) -> dict[str, set[str]]:
        """What the system says of whom no number tells; its local ids are its own."""
        found: dict[str, set[str]] = defaultdict(set)
        for file in (self.landing / "delta").glob("behov_*"):
            area = file.stem.split("_")[1]
            for row in rows_of(file, "utf-8-sig"):
                if row["kon"] in SEXES:
                    person = self.person(row["klient"], area, row["behov_nr"])
                    found[person].add(SEXES[row["kon"]])
        return found

    def sex(self, person: str, year: int) -> str:
        """Legal sex at the end of the year."""
        if not person.isdigit():
            said = self.system_sexes[person]
            return next(iter(said)) if len(said) == 1 else "unknown"
        for earlier, (new, changed_on) in self.replaced.items():
            is_theirs = self.person(earlier, "", "") == person
            if (
                is_theirs
                and sex_of_digits(earlier) != sex_of_digits(new)
                and changed_on.year > year
            ):
                return sex_of_digits(earlier)
        return sex_of_digits(person)

    @cached_property
    def assessments(self) -> list[Assessment]:
        last: dict[tuple[str, str], dict[str, str]] = {}
        files = (self.landing / "delta").glob("behov_*")
        for file in sorted(files, key=lambda file: file.stem.split("_")[-1]):
            area = file.stem.split("_")[1]
            for row in rows_of(file, "utf-8-sig"):
                if row["niva_start"] in {"0", "1", "2", "3"}:
                    last[area, row["behov_nr"]] = row
        return [
            Assessment(
                area,
                self.person(row["klient"], area, key),
                row["omrade"],
                date.fromisoformat(row["identifierat"]),
                day_of(row["avslutat"]),
                int(row["niva_start"]),
                int(row["niva_slut"]) if row["niva_slut"] else None,
            )
            for (area, key), row in last.items()
        ]

    @cached_property
    def occasions(self) -> list[Occasion]:
        found = []
        for file in (self.landing / "delta").glob("vald_*"):
            area = file.stem.split("_")[1]
            for row in json.loads(file.read_text(encoding="utf-8"))["samtal"]:
                person = self.person(row["klient"], area, f"vald{row['samtal_nr']}")
                day = date.fromisoformat(row["datum"])
                found.append(Occasion(area, person, row["samtal_nr"], day, row))
        return found

    @cached_property
    def supports(self) -> list[Support]:
        found = []
        registers = {
            file.stem.split("_")[1]: file
            for file in sorted((self.landing / "delta").glob("stod_*"))
        }
        for area, file in registers.items():
            sheet = CalamineWorkbook.from_path(str(file)).get_sheet_by_index(0)
            header, *rows = sheet.to_python(skip_empty_area=False)[2:]
            for cells in rows:
                row = dict(zip(header, map(str, cells), strict=True))
                if row["Från"] and row["Klient"]:
                    found.append(
                        Support(
                            area,
                            self.person(row["Klient"], area, ""),
                            row["Problemområde"],
                            date.fromisoformat(row["Från"]),
                            day_of(row["Till"]) or date.max,
                        )
                    )
        return found

    @cached_property
    def needs(self) -> dict[Client, dict[str, list[Assessment]]]:
        """Open needs by problem area; an assessment that found none is no need."""
        found: dict[Client, dict[str, list[Assessment]]] = defaultdict(lambda: defaultdict(list))
        for assessment in self.assessments:
            for year in YEARS:
                if assessment.level and assessment.is_open_in(year):
                    client = (assessment.area, assessment.person, year)
                    found[client][assessment.problem_area].append(assessment)
        return found

    @cached_property
    def occasions_of(self) -> dict[Client, list[Occasion]]:
        found: dict[Client, list[Occasion]] = defaultdict(list)
        for occasion in sorted(self.occasions, key=lambda o: (o.day, o.key)):
            found[occasion.area, occasion.person, occasion.day.year].append(occasion)
        return found

    @cached_property
    def clients(self) -> set[Client]:
        assessed = {
            (assessment.area, assessment.person, year)
            for assessment in self.assessments
            for year in YEARS
            if assessment.is_open_in(year)
        }
        return assessed | set(self.occasions_of)

    def told(self, client: Client, *answers: str) -> bool:
        """Say whether all these answers were yes on one occasion of the year."""
        return any(
            all(occasion.answers[answer] for answer in answers)
            for occasion in self.occasions_of.get(client, [])
        )

    def areas(self, client: Client) -> set[str]:
        return set(self.needs[client]) if client in self.needs else set()

    @cached_property
    def supports_of(self) -> dict[tuple[str, str], list[Support]]:
        found: dict[tuple[str, str], list[Support]] = defaultdict(list)
        for support in self.supports:
            found[support.area, support.person].append(support)
        return found

    def answering(self, client: Client) -> list[Support]:
        """Supports that ran on a day of the year on which a need of theirs was open."""
        area, person, year = client
        first, last = date(year, 1, 1), date(year, 12, 31)
        return [
            support
            for support in self.supports_of.get((area, person), [])
            if any(
                max(support.start, need.start, first) <= min(support.end, need.end or last, last)
                for need in self.needs.get(client, {}).get(support.problem_area, [])
            )
        ]

    def is_supported_at_once(self, client: Client) -> bool:
        """Go through the days of the year, one after the other."""
        supports, wanted = self.answering(client), self.areas(client)
        if {support.problem_area for support in supports} != wanted:
            return False
        days = (date(client[2], 1, 1) + timedelta(days=n) for n in range(366))
        return any(
            {s.problem_area for s in supports if s.start <= day <= s.end} == wanted
            for day in days
            if day.year == client[2]
        )

    def need_rows(self) -> Iterator[tuple[Client, str, int, bool, bool]]:
        """Client, problem area, level, whether it ended in the year, whether it was met."""
        for client, areas in self.needs.items():
            for problem_area, assessments in areas.items():
                first = min(assessments, key=lambda a: a.start)
                last = max(assessments, key=lambda a: (a.end or date.max, a.start))
                has_ended = last.end is not None and last.end.year == client[2]
                is_met = has_ended and last.level_end is not None and last.level_end < first.level
                yield client, problem_area, first.level, has_ended, is_met
