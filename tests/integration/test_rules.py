"""The rules of counting, one by one, on files written by hand whose truth anybody can count.

Each case has a municipality and year of its own, so that a figure is the rule and nothing else.
Which test tries which rule stands in docs/rules.md.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from orchestration.registry.manifest import read_manifest
from tests.conftest import PROJECT_DIR, WARM, DemoNight, installation, run
from tests.small_county import PARTICIPANTS, replacing

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

YEARS = (2023, 2024, 2025)
ALFA = ("9901", "9902", "9903", "9904", "9905", "9906")
HEADERS = {
    "ansokan": "arende_id;ansokan_id;ansokningsdatum;avser_manad;sokande_personnummer;sokande_namn;"
    "sokande_kon;sokt_belopp;utredningstext",
    "beslut": "beslut_id;ansokan_id;beslutsdatum;utfall;avslagsorsak;lagrum;beviljat_belopp",
    "hushall": "rad_id;arende_id;personnummer;namn;adress;kon;roll;fodelseland;fran;till",
    "utbetalning": "utbetalning_id;arende_id;avser_manad;utbetalningsdatum;belopp",
    "kontakt": "kontakt_id;ansokan_id;datum;typ;deltog;minuter",
}
FOOTERS = {"utbetalning": ["Summa;;;;"]}


def unused_numbers() -> Iterator[dict[str, str]]:
    """Read Skatteverket's test numbers, the only ones that a test may use."""
    figures = PROJECT_DIR / "orchestration/demo/figures/test_numbers.csv"
    with figures.open(encoding="utf-8") as file:
        yield from csv.DictReader(file)


@dataclass
class Landing:
    """Exports of alfa that grow row by row, then are written."""

    rows: dict[tuple[str, str, str], list[str]] = field(default_factory=lambda: defaultdict(list))
    numbers: list[str] = field(default_factory=lambda: [row["number"] for row in unused_numbers()])
    count: int = 0

    def next_id(self) -> str:
        self.count += 1
        return f"{self.count:05}"

    def number(self, sex: str, born: str, *, coordination: bool = False) -> str:
        """Take a test number of a legal sex whose owner was born in a year (and month)."""
        digit = 0 if sex == "women" else 1
        for number in self.numbers:
            is_coordination = int(number[6:8]) > 60
            if (
                number.startswith(born)
                and int(number[10]) % 2 == digit
                and is_coordination == coordination
            ):
                self.numbers.remove(number)
                return number
        raise AssertionError(f"no test number left for {sex} {born}")

    def member(
        self,
        area: str,
        case: str,
        number: str,
        sex: str = "",
        role: str = "S",
        days: tuple[str, str] = ("2020-01-01", ""),
    ) -> None:
        self.rows["hushall", area, ""].append(
            f"{self.next_id()};{case};{number};Testnamn;Testgatan;{sex};{role};Sverige;{days[0]};{days[1]}"
        )

    def payment(self, area: str, case: str, month: str, kronor: str, paid: str = "") -> None:
        day = paid or f"{month[:4]}-{month[4:]}-25"
        self.rows["utbetalning", area, month[:4]].append(
            f"{self.next_id()};{case};{month};{day};{kronor}"
        )

    def single(self, area: str, month: str, number: str, sex: str = "", **spell: Any) -> str:
        """Write a household of one who is paid a thousand kronor; return the case."""
        case = f"H{self.next_id()}"
        self.member(area, case, number, sex, **spell)
        self.payment(area, case, month, "1000,00")
        return case

    def application(self, area: str, case: str, day: str, number: str, asked: str = "") -> str:
        application = f"A{self.next_id()}"
        self.rows["ansokan", area, day[:4]].append(
            f"{case};{application};{day};;{number};Testnamn;;{asked};"
        )
        return application

    def decision(
        self, area: str, application: str, day: str, outcome: str, law: str, granted: str = ""
    ) -> None:
        self.rows["beslut", area, day[:4]].append(
            f"{self.next_id()};{application};{day};{outcome};;{law};{granted}"
        )

    def visit(self, area: str, application: str, day: str, who: str) -> None:
        self.rows["kontakt", area, day[:4]].append(
            f"{self.next_id()};{application};{day};Besök;{who};30"
        )

    def write(self, folder: Path) -> None:
        """Write every table of every municipality and year, empty ones too."""
        alfa = folder / "alfa"
        alfa.mkdir(parents=True)
        for table, header in HEADERS.items():
            for area in ALFA:
                for year in ("",) if table == "hushall" else YEARS:
                    name = "_".join(filter(None, [table, area, str(year), "20260115"]))
                    rows = self.rows[table, area, str(year)]
                    lines = [header, *rows, *FOOTERS.get(table, [])]
                    text = "".join(f"{line}\r\n" for line in lines)
                    (alfa / f"{name}.csv").write_text(text, encoding="cp1252", newline="")


@pytest.fixture(scope="module")
def hard_cases(demo_night: DemoNight, tmp_path_factory: pytest.TempPathFactory) -> DemoNight:
    """Run a night on the hard cases of alfa, with all who take part in the demo.

    Other required files are the demo's; indicators are broken down as the small county's are.
    """
    folder = tmp_path_factory.mktemp("rules")
    settings = installation(folder, WARM.small_project.settings.project_dir)
    everybody = (PROJECT_DIR / PARTICIPANTS).read_text(encoding="utf-8")
    changes = {
        PARTICIPANTS: lambda _: everybody,
        # here a file without a row says that there was nobody
        "dbt_project/models/staging/alfa/_alfa__sources.yml": replacing(
            "load: &alfa_csv", "load: &alfa_csv\n              empty_means_nobody: true"
        ),
    }
    landing = Landing()

    # 2023, 9901: whose sex is known from what
    landing.single("9901", "202301", landing.number("women", "1990"), "M")
    landing.single("9901", "202301", landing.number("men", "1990"), "")
    landing.single("9901", "202301", "R-17", "K")
    landing.single("9901", "202301", "R-18", "")
    landing.single("9901", "202301", "", "K")
    # 2023, 9902: the same local id as in 9901
    landing.single("9902", "202301", "R-17", "K")
    # 2023, 9903: a couple with a girl
    woman, man = landing.number("women", "1988"), landing.number("men", "1987")
    landing.member("9903", "HPAR", woman, "K", "S")
    landing.member("9903", "HPAR", man, "M", "M")
    landing.member("9903", "HPAR", landing.number("women", "2015"), "K", "B")
    landing.payment("9903", "HPAR", "202303", "1000,01")
    # 2023, 9904: a samordningsnummer
    landing.single("9904", "202301", landing.number("men", "1992", coordination=True))
    # 2023, 9905: a woman of a hundred, her number written with ten digits and a plus sign
    old = landing.number("women", "1923")
    landing.single("9905", "202301", f"{old[2:8]}+{old[8:]}")
    # 2023, 9906: a mother, and a son who turns eighteen in the year
    landing.member("9906", "HMOR", landing.number("women", "1985"), "K", "S")
    landing.member("9906", "HMOR", landing.number("men", "2005"), "M", "B")
    landing.payment("9906", "HMOR", "202301", "1000,00")
    # 2024, 9901: an application under a number that was replaced before the register was drawn
    first, last = landing.number("women", "1991"), landing.number("women", "1991")
    case = landing.single("9901", "202401", last)
    landing.application("9901", case, "2024-01-04", first)
    # 2024 and 2025, 9902: somebody changes legal sex, and so number
    before, after = landing.number("women", "1993"), landing.number("men", "1993")
    case = landing.single("9902", "202401", after)
    landing.payment("9902", case, "202501", "1000,00")
    # 2024, 9903: a protected identity
    protected = landing.number("women", "1994")
    landing.single("9903", "202401", protected)
    # 2024, 9904 and 9905: a woman who moves
    mover = landing.number("women", "1995")
    landing.single("9904", "202401", mover)
    landing.single("9905", "202402", mover)
    # 2024, 9906: paid in January for December
    case = landing.single("9906", "202411", landing.number("women", "1996"))
    landing.payment("9906", case, "202412", "500,00", paid="2025-01-03")
    # 2025, 9901: paid and taken back
    case = landing.single("9901", "202501", landing.number("men", "1996"))
    landing.payment("9901", case, "202501", "-1000,00")
    # 2025, 9903: applications of a couple whose man applies
    applicant = landing.number("men", "1980")
    landing.member("9903", "HSOK", applicant, "M", "S")
    landing.member("9903", "HSOK", landing.number("women", "1981"), "K", "M")
    old_law, new_law = "4 kap 1 § SoL", "12 kap 1 § SoL"
    one = landing.application("9903", "HSOK", "2025-03-03", applicant, "1000,00")
    two = landing.application("9903", "HSOK", "2025-03-03", applicant, "3000,00")
    three = landing.application("9903", "HSOK", "2025-08-04", applicant)
    landing.decision("9903", one, "2025-03-10", "BIFALL", old_law, "1000,00")
    landing.decision("9903", two, "2025-03-10", "AVSLAG", old_law, "0,00")
    landing.decision("9903", two, "2025-04-01", "DELAVSLAG", old_law, "1500,00")
    landing.decision("9903", three, "2025-08-11", "BIFALL", new_law, "700,00")
    for who in ("S", "M"):
        landing.visit("9903", one, "2025-03-05", who)
    for who in ("S", "B"):
        landing.visit("9903", two, "2025-03-05", who)
    # 2025, 9905: somebody dies in March, and a payment for April goes out
    case = landing.single(
        "9905", "202503", landing.number("men", "1982"), days=("2020-01-01", "2025-03-15")
    )
    landing.payment("9905", case, "202504", "100,00")
    # 2025, 9904: a month is delivered, then delivered anew without one of its two rows
    landing.single("9904", "202501", landing.number("women", "1983"))
    kept_rows = list(landing.rows["utbetalning", "9904", "2025"])
    landing.single("9904", "202501", landing.number("women", "1984"))
    first_rows = landing.rows["utbetalning", "9904", "2025"]
    landing.rows["utbetalning", "9904", "2025"] = kept_rows

    landing.write(settings.landing_dir)
    early = settings.landing_dir / "alfa" / "utbetalning_9904_202501_20250212.csv"
    lines = [HEADERS["utbetalning"], *first_rows, *FOOTERS["utbetalning"], ""]
    early.write_text("\r\n".join(lines), encoding="cp1252")
    register = settings.landing_dir / "folkbokforing"
    register.mkdir()
    (register / "nummerbyte_20260110.csv").write_text(
        "tidigare_nummer;nytt_nummer;bytesdag\n"
        f"{first};{last};20240601\n{before};{after};20250210\n",
        encoding="utf-8",
    )
    (register / "skydd_20260110.csv").write_text(
        f"personnummer;skydd\n{protected};S\n", encoding="utf-8"
    )
    for source in ("beta", "scb"):
        (settings.landing_dir / source).symlink_to(demo_night.settings.landing_dir / source)
    settings.pseudonym_key_file.parent.mkdir(parents=True)
    settings.pseudonym_key_file.write_bytes(demo_night.settings.pseudonym_key_file.read_bytes())
    settings.pseudonym_key_file.chmod(0o600)
    with WARM.small_project.changed(changes) as project:
        night = run(settings, project)
    assert night.exit_code == 0, night.summary
    return night


def figure(
    night: DemoNight,
    indicator_id: str,
    area: str,
    year: int,
    column: str = "numerator",
    **axes: str,
) -> dict[str, float]:
    """Return a column of the margin by sex, cells that are nothing left out."""
    cell = {"age_band": "total", "birth_region": "total", "category": "total", **axes}
    where = "".join(f" and {name} = '{value}'" for name, value in cell.items())
    rows = night.query(
        f"select sex, {column} from marts.mart_indicator where indicator_id = '{indicator_id}' "
        f"and area_code = '{area}' and year = {year}{where}"
    )
    return {sex: float(value) for sex, value in rows if value}


def test_sex_is_that_of_the_number_then_of_the_system_then_unknown(hard_cases: DemoNight) -> None:
    assert figure(hard_cases, "adult_recipients", "9901", 2023) == {
        "women": 3, "men": 1, "unknown": 1, "total": 5,
    }  # fmt: skip


def test_the_number_stands_against_the_system(hard_cases: DemoNight) -> None:
    assert hard_cases.query(
        "select dim_person.sex, sex_source from facts.fct_assistance_month "
        "inner join facts.dim_person using (person_key) "
        "where has_contradicting_sex and municipality_code = '9901'"
    ) == [("women", "number")]
    assert hard_cases.query(
        "select contradicting_person_count from quality.contradicting_sex "
        "where source_name = 'alfa' and municipality_code = '9901'"
    ) == [(1,)]


def test_the_gap_is_bounded_by_what_the_unknown_could_be(hard_cases: DemoNight) -> None:
    ((gap, low, high),) = hard_cases.query(
        """
        select difference, difference_with_unknown_low, difference_with_unknown_high
        from marts.mart_gender_gap
        where indicator_id = 'adult_recipients' and area_code = '9901' and year = 2023
            and age_band = 'total' and birth_region = 'total' and category_axis = 'total'
        """
    )
    assert (gap, low, high) == (3 - 1, 3 - 2, 4 - 1)


def test_a_local_id_is_a_person_of_its_municipality(hard_cases: DemoNight) -> None:
    ((persons,),) = hard_cases.query(
        "select count(distinct person_key) from facts.fct_assistance_month "
        "inner join facts.dim_person using (person_key) "
        "where number_kind = 'local' and year(benefit_month) = 2023 "
        "and municipality_code in ('9901', '9902')"
    )
    assert persons == 3  # R-17 of 9901, R-18 of 9901, R-17 of 9902


def test_who_has_no_number_is_a_person_of_their_own(hard_cases: DemoNight) -> None:
    rows = hard_cases.query(
        "select dim_person.sex, count(*) from facts.fct_assistance_month "
        "inner join facts.dim_person using (person_key) "
        "where number_kind = 'none' and municipality_code = '9901' group by 1"
    )
    assert rows == [("women", 1)]


def test_both_adults_of_a_couple_are_recipients_and_share_the_money(hard_cases: DemoNight) -> None:
    assert figure(hard_cases, "amount_per_recipient_month", "9903", 2023) == {
        "women": 500.01, "men": 500.00, "total": 1000.01,
    }  # fmt: skip
    assert figure(
        hard_cases, "adult_recipients", "9903", 2023, category="couple_with_children"
    ) == {"women": 1, "men": 1, "total": 2}


def test_children_are_girls_and_boys_without_money(hard_cases: DemoNight) -> None:
    assert figure(hard_cases, "child_recipients", "9903", 2023) == {"women": 1, "total": 1}
    ((label,),) = hard_cases.query(
        "select distinct sex_label_sv from marts.mart_indicator "
        "where indicator_id = 'child_recipients' and sex = 'women'"
    )
    assert label == "Flickor"


def test_a_coordination_number_tells_sex_and_age(hard_cases: DemoNight) -> None:
    assert figure(hard_cases, "adult_recipients", "9904", 2023, age_band="25-34") == {
        "men": 1, "total": 1,
    }  # fmt: skip


def test_a_hundred_year_old_is_no_child(hard_cases: DemoNight) -> None:
    assert figure(hard_cases, "adult_recipients", "9905", 2023, age_band="65+") == {
        "women": 1, "total": 1,
    }  # fmt: skip
    assert figure(hard_cases, "child_recipients", "9905", 2023) == {}


def test_who_turns_eighteen_in_the_year_is_an_adult_of_it(hard_cases: DemoNight) -> None:
    assert figure(hard_cases, "adult_recipients", "9906", 2023) == {
        "women": 1, "men": 1, "total": 2,
    }  # fmt: skip
    assert figure(hard_cases, "child_recipients", "9906", 2023) == {}


def test_two_numbers_of_a_person_are_one_person(hard_cases: DemoNight) -> None:
    rows = hard_cases.query(
        """
        select count(distinct person_key), count(*) from (
            select person_key from facts.fct_assistance_month
            where municipality_code = '9901' and year(benefit_month) = 2024
            union all
            select person_key from facts.fct_assistance_application
            where municipality_code = '9901'
        )
        """
    )
    assert rows == [(1, 2)]


def test_who_changes_legal_sex_has_one_in_a_year(hard_cases: DemoNight) -> None:
    assert figure(hard_cases, "adult_recipients", "9902", 2024) == {"women": 1, "total": 1}
    assert figure(hard_cases, "adult_recipients", "9902", 2025) == {"men": 1, "total": 1}


def test_a_protected_person_is_counted(hard_cases: DemoNight) -> None:
    assert figure(hard_cases, "adult_recipients", "9903", 2024) == {"women": 1, "total": 1}
    assert hard_cases.query("select count(*) from facts.dim_person where is_protected") == [(1,)]


def test_who_moves_counts_in_each_municipality_and_once_in_the_county(
    hard_cases: DemoNight,
) -> None:
    in_municipalities = [
        figure(hard_cases, "adult_recipients", area, 2024).get("women", 0) for area in ALFA
    ]
    assert in_municipalities == [1, 1, 1, 1, 1, 1]
    beta = sum(
        figure(hard_cases, "adult_recipients", area, 2024).get("women", 0)
        for area in ("9907", "9908")
    )
    county = figure(hard_cases, "adult_recipients", "99", 2024)["women"]
    assert county == 6 + beta - 1


def test_the_month_the_aid_is_for_counts(hard_cases: DemoNight) -> None:
    assert figure(hard_cases, "amount_per_recipient_month", "9906", 2024) == {
        "women": 1500, "total": 1500,
    }  # fmt: skip
    assert figure(hard_cases, "adult_recipients", "9906", 2025) == {}


def test_aid_that_was_taken_back_makes_no_recipient(hard_cases: DemoNight) -> None:
    assert figure(hard_cases, "adult_recipients", "9901", 2025) == {}
    assert hard_cases.query(
        "select sum(amount_sek), count(*) from facts.fct_assistance_month "
        "where municipality_code = '9901' and year(benefit_month) = 2025"
    ) == [(0, 1)]


def test_a_row_that_is_no_longer_delivered_is_gone(hard_cases: DemoNight) -> None:
    assert figure(hard_cases, "adult_recipients", "9904", 2025) == {"women": 1, "total": 1}
    ((rows,),) = hard_cases.query(
        "select count(*) from raw.alfa.utbetalning where _area_code = '9904'"
    )
    assert rows == 2 + 1 + 2  # of 2023 and 2024, the later delivery, the earlier one: kept in raw


def test_an_application_of_a_couple_is_the_applicants(hard_cases: DemoNight) -> None:
    assert figure(hard_cases, "applications", "9903", 2025) == {"men": 3, "total": 3}
    assert figure(hard_cases, "mixed_couple_applications", "9903", 2025) == {"men": 3, "total": 3}


def test_two_applications_on_a_day_are_two_of_one_person(hard_cases: DemoNight) -> None:
    assert figure(hard_cases, "applications", "9903", 2025, "person_count") == {
        "men": 1, "total": 1,
    }  # fmt: skip


def test_the_last_decision_stands(hard_cases: DemoNight) -> None:
    assert figure(hard_cases, "approval_rate", "9903", 2025)["men"] == 2
    assert figure(hard_cases, "refusal_rate", "9903", 2025) == {}
    assert figure(hard_cases, "partial_approval_rate", "9903", 2025)["men"] == 1


def test_decisions_by_the_old_and_the_new_act_are_one_indicator(hard_cases: DemoNight) -> None:
    assert figure(hard_cases, "approval_rate", "9903", 2025, "denominator")["men"] == 3
    assert hard_cases.query(
        "select legal_ground, count(*) from facts.fct_assistance_application "
        "where municipality_code = '9903' group by 1 order by 1"
    ) == [("sol_2001_4_1", 2), ("sol_2025_12_1", 1)]


def test_separate_meetings_are_one_visit_with_each_of_the_two(hard_cases: DemoNight) -> None:
    assert figure(hard_cases, "separate_meetings_share", "9903", 2025) == {"men": 1, "total": 1}
    assert figure(hard_cases, "separate_meetings_share", "9903", 2025, "denominator")["men"] == 3


def test_need_met_is_kronor_granted_of_kronor_asked_for(hard_cases: DemoNight) -> None:
    """The third application says no amount asked for: it is in neither part."""
    assert figure(hard_cases, "need_met_share", "9903", 2025)["men"] == 2500
    assert figure(hard_cases, "need_met_share", "9903", 2025, "denominator")["men"] == 4000


def test_who_has_died_is_no_recipient_after(hard_cases: DemoNight) -> None:
    assert figure(hard_cases, "amount_per_recipient_month", "9905", 2025) == {
        "men": 1000, "unknown": 100, "total": 1100,
    }  # fmt: skip


def test_every_status_occurs_and_says_what_it_means(demo_night: DemoNight) -> None:
    found = {
        status: (values, numerators, least, most)
        for status, values, numerators, least, most in demo_night.query(
            "select status, count(value), count(numerator) filter (where numerator <> 0), "
            "min(coalesce(least(collected_share, followed_share), 0)), "
            "max(coalesce(least(collected_share, followed_share), 0)) "
            "from indicators.fct_indicator group by 1"
        )
    }
    assert set(found) == {
        "structural_zero", "not_applicable", "waived", "not_collected", "partial",
        "not_yet_followed", "no_denominator", "zero", "value",
    }  # fmt: skip
    for status in (
        "structural_zero", "not_applicable", "not_collected", "waived", "not_yet_followed",
    ):  # fmt: skip
        assert found[status][0] == 0, f"{status} has values"
    for status in ("structural_zero", "not_applicable", "zero"):
        assert found[status][1] == 0, f"{status} counts somebody"
    assert found["partial"][2] > 0
    assert found["partial"][3] < 1
    for status in ("zero", "value"):
        assert found[status][2] == 1, f"{status} although a month is missing"


def test_figures_are_preliminary_until_two_months_after(demo_night: DemoNight) -> None:
    rows = demo_night.query(
        "select distinct year, release_status from marts.mart_indicator "
        "where indicator_id = 'adult_recipients' order by all"
    )
    assert rows == [(2023, "final"), (2024, "final"), (2025, "preliminary")]


def test_the_dictionary_names_the_rules_that_the_registry_names(
    demo_night: DemoNight, manifest: dict[str, Any]
) -> None:
    parsed = read_manifest(manifest)
    told = dict(demo_night.query("select indicator_id, rules from indicators.dim_indicator"))
    assert told == {
        indicator.indicator_id: ", ".join(parsed.rules_that_touch(indicator))
        for indicator in parsed.indicators
    }
