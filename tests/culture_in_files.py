"""Culture school and project funds as the demo's export files have them, by plain Python alone.

Both the planted truths and the marts are held against this; none of our loader or SQL is used.
"""

from __future__ import annotations

import csv
from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING

from tests.needs_in_files import Files, rows_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

SEXES = {"Flicka": "women", "Pojke": "men"}
COURSES = {
    "Piano": "piano",
    "Gitarr": "guitar",
    "Elgitarr och elbas": "electric_guitar",
    "Slagverk": "drums",
    "Fiol": "violin",
    "Flöjt": "flute",
    "Bleckblås": "brass",
    "Sång": "vocals",
    "Dans": "dance",
    "Teater": "theatre",
    "Bild och form": "visual_art",
    "Film och animation": "film",
}


@dataclass(frozen=True)
class Choice:
    """That somebody took a course in a year, in however many terms."""

    area: str
    person: str
    sex: str
    year: int
    course: str


@dataclass(frozen=True)
class Application:
    area: str
    year: int
    programme: str
    applied_ore: int
    granted_ore: int
    reason: str
    women: int
    men: int

    def ore(self, amount: int, sex: str) -> int:
        """Return the part of an amount that is for the receivers of a sex."""
        heads = self.women + self.men
        women = amount * self.women // heads if heads else 0
        return {
            "women": women,
            "men": amount - women if heads else 0,
            "unknown": 0 if heads else amount,
            "total": amount,
        }[sex]

    def is_for(self, sex: str) -> bool:
        return bool(
            {
                "women": self.women,
                "men": self.men,
                "unknown": not self.women + self.men,
                "total": True,
            }[sex]
        )

    def heads(self, sex: str) -> int:
        return {"women": self.women, "men": self.men, "total": self.women + self.men}.get(sex, 0)


def newest(folder: Path, pattern: str) -> list[Path]:
    """Return the last file of every municipality and period."""
    last: dict[str, Path] = {}
    for file in sorted(folder.glob(pattern)):
        last[file.stem.rpartition("_")[0]] = file
    return list(last.values())


def children_in_courses(landing: Path) -> list[Choice]:
    """Of each child under 18 at the end of the year the courses of the year, each once."""
    who_is_who = Files(landing)
    said: dict[str, set[str]] = defaultdict(set)
    found = set()
    for file in newest(landing / "kulturskola", "kursval_*"):
        area = file.stem.split("_")[1]
        for row in rows_of(file, "utf-8-sig"):
            if row["Kurs"] not in COURSES:
                continue
            person = who_is_who.person(row["Personnummer"], area, f"kursval{row['Val']}")
            if row["Kön"] in SEXES:
                said[person].add(SEXES[row["Kön"]])
            year = date.fromisoformat(row["Börjar"]).year
            if not (person.isdigit() and year - int(person[:4]) >= 18):
                found.add((area, person, year, COURSES[row["Kurs"]]))

    def sex(person: str, year: int) -> str:
        if person.isdigit():
            return who_is_who.sex(person, year)
        return next(iter(said[person])) if len(said[person]) == 1 else "unknown"

    return [
        Choice(area, person, sex(person, year), year, course)
        for area, person, year, course in sorted(found)
    ]


def dissimilarity(
    choices: Iterable[Choice], area_of: Callable[[str], str]
) -> dict[tuple[str, int], float]:
    """Duncan's index of area and year, 0 to 100."""
    places: dict[tuple[str, int], set[tuple[str, str, str]]] = defaultdict(set)
    for choice in choices:
        key = (area_of(choice.area), choice.year)
        places[key].add((choice.person, choice.sex, choice.course))
    index = {}
    for key, taken in places.items():
        girls = Counter(course for _, sex, course in taken if sex == "women")
        boys = Counter(course for _, sex, course in taken if sex == "men")
        index[key] = 50 * sum(
            abs(girls[course] / girls.total() - boys[course] / boys.total())
            for course in COURSES.values()
        )
    return index


class Funds:
    """The newest lists of decisions on project funds."""

    def __init__(self, landing: Path) -> None:
        self.landing = landing

    @cached_property
    def applications(self) -> list[Application]:
        found = []
        for file in newest(self.landing / "projektmedel", "ansokan_*"):
            with file.open(encoding="cp1252", newline="") as text:
                rows = list(csv.DictReader(text, delimiter=";"))
            found += [
                Application(
                    file.stem.split("_")[1],
                    date.fromisoformat(row["Beslutad"]).year,
                    row["Program"],
                    ore_of(row["Sökt belopp"]),
                    ore_of(row["Beviljat belopp"]),
                    row["Avslagsskäl"],
                    int(row["Flickor"] or 0) + int(row["Kvinnor"] or 0),
                    int(row["Pojkar"] or 0) + int(row["Män"] or 0),
                )
                for row in rows
            ]
        return found


def ore_of(amount: str) -> int:
    kronor, _, ore = amount.replace(" ", "").replace("\xa0", "").partition(",")
    return int(kronor) * 100 + int(ore.ljust(2, "0") or 0)
