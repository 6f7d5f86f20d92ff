"""What a sentence says of a gap: a table of cases, each read by somebody whose language it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import duckdb
import pytest

from tests.macros import rendered

if TYPE_CHECKING:
    import jinja2

ROW: dict[str, Any] = {
    "indicator_name_sv": "Andel avslag", "indicator_name_en": "Share refused",
    "period_text": "2024", "unit": "percent", "unit_label_sv": "procent",
    "unit_label_en": "per cent", "women_label_sv": "kvinnor", "men_label_sv": "män",
    "women_label_en": "women", "men_label_en": "men", "women_one_label_sv": "kvinna",
    "men_one_label_sv": "man", "women_one_label_en": "woman", "men_one_label_en": "man",
    "women_value": 12.0, "men_value": 8.0, "women_person_count": 400, "men_person_count": 1234,
    "unknown_person_count": 0, "difference": 4.0, "difference_low": 1.0, "difference_high": 7.25,
    "ratio": 1.5, "ratio_low": 1.1, "ratio_high": 2.0, "method": "share", "p_value": 0.001,
    "certainty": "certain", "caution": None, "release_status": "final",
    "explanation_sv": None, "explanation_en": None,
}  # fmt: skip
"""A share, certainly higher among women."""
KRONOR = {
    "indicator_name_sv": "Kostnad per brukare", "unit": "sek", "unit_label_sv": "kronor",
    "unit_label_en": "kronor", "women_value": 351_967.4, "men_value": 480_937.0,
    "difference": -128_969.6, "difference_low": -210_000.0, "difference_high": -50_000.0,
    "ratio": 0.7318, "ratio_low": 0.58, "ratio_high": 0.92, "method": "ratio",
}  # fmt: skip
SHARE = "Andel avslag 2024: kvinnor 12,0 procent och män 8,0 procent. Skillnaden är 4,0 "
POINTS = (
    "procentenheter, högre bland kvinnor än bland män, osäkerhet (95 %) 1,0 till 7,3. {} "
    "Underlag: 400 kvinnor och 1 234 män."
)
CAVEAT = " Jämförelsen är inte justerad för andra olikheter mellan grupperna."
CERTAIN = SHARE + POINTS.format("Skillnaden är säkerställd.")
NOT_CERTAIN = "Ingen säkerställd skillnad{}, vilket inte är detsamma som ingen skillnad."

MONEY = (
    "Kostnad per brukare 2024: kvinnor 351 967 kronor och män 480 937 kronor. Värdet är 1,37 "
    "gånger så högt bland män som bland kvinnor, osäkerhet (95 %) 1,09 till 1,72. Skillnaden "
    "är säkerställd. Underlag: 400 kvinnor och 1 234 män."
)

CASES: dict[str, tuple[dict[str, Any], str]] = {
    "a certain share": ({}, CERTAIN + CAVEAT),
    "an uncertain share": (
        {"certainty": "not_certain", "p_value": 0.3},
        SHARE + POINTS.format(NOT_CERTAIN.format("")) + CAVEAT,
    ),
    "certain alone, not among several": (
        {"certainty": "not_certain", "p_value": 0.03},
        SHARE
        + POINTS.format(NOT_CERTAIN.format(" när flera skillnader jämförs på en gång"))
        + CAVEAT,
    ),
    "money, higher among men": (
        KRONOR,
        MONEY + CAVEAT,
    ),
    "money that says what it is made of": (
        KRONOR | {"explanation_sv": "Av skillnaden är allt sammansättning."},
        MONEY + " Av skillnaden är allt sammansättning. I övrigt är jämförelsen inte justerad för "
        "olikheter mellan grupperna.",
    ),
    "a price that differs by less than an öre": (
        KRONOR
        | {"men_value": 351_967.401, "difference": -0.001, "ratio": 0.99999999}
        | {"method": "below_unit", "certainty": "not_certain", "p_value": None},
        "Kostnad per brukare 2024: kvinnor 351 967 kronor och män 351 967 kronor. Värdena är lika "
        "stora, avrundat. Underlag: 400 kvinnor och 1 234 män." + CAVEAT,
    ),
    "a mean in days": (
        {"unit": "days", "unit_label_sv": "dagar", "method": "ratio"},
        "Andel avslag 2024: kvinnor 12,0 dagar och män 8,0 dagar. Värdet är 1,50 gånger så högt "
        "bland kvinnor som bland män, osäkerhet (95 %) 1,10 till 2,00. Skillnaden är säkerställd. "
        "Underlag: 400 kvinnor och 1 234 män." + CAVEAT,
    ),
    "few among inhabitants, tested exactly": (
        {"unit": "per_1000", "unit_label_sv": "per 1 000", "method": "exact"}
        | {"ratio_low": None, "ratio_high": None},
        "Andel avslag 2024: kvinnor 12,0 per 1 000 och män 8,0 per 1 000. Värdet är 1,50 gånger "
        "så högt bland kvinnor som bland män. Skillnaden är säkerställd. Underlag: 400 kvinnor "
        "och 1 234 män." + CAVEAT,
    ),
    "events that only women have": (
        {"unit": "per_1000_days", "unit_label_sv": "per 1 000 dygn", "method": "one_sided"}
        | {"women_value": 2.5, "men_value": 0.0, "ratio": None, "difference": 2.5}
        | {"difference_low": None, "difference_high": None},
        "Andel avslag 2024: kvinnor 2,5 per 1 000 dygn och män 0,0 per 1 000 dygn. Skillnaden är "
        "2,5 per 1 000 dygn, högre bland kvinnor än bland män. Skillnaden är säkerställd. "
        "Underlag: 400 kvinnor och 1 234 män." + CAVEAT,
    ),
    "too few persons": (
        {"certainty": "too_few", "method": "few_persons", "women_person_count": 1},
        (
            "Andel avslag 2024: För få personer för att jämföra: 1 kvinna och 1 234 män; "
            "det behövs "
            "minst 30 av vardera."
        ),
    ),
    "no events": (
        {"certainty": "no_events", "method": "no_events"},
        "Andel avslag 2024: Inga fall bland vare sig kvinnor eller män.",
    ),
    "a count": (
        {"certainty": "not_comparable", "method": "count"},
        (
            "Andel avslag 2024: Antal jämförs inte utan hänsyn till hur många kvinnor och män som "
            "finns."
        ),
    ),
    "no value of a sex": (
        {"certainty": "not_comparable", "method": "no_value", "women_value": None},
        "Andel avslag 2024: Värde saknas för kvinnor eller män, så ingen jämförelse görs.",
    ),
    "nobody varies": (
        {"certainty": "too_few", "method": "no_variance"},
        (
            "Andel avslag 2024: Värdena varierar inte mellan personer, så någon osäkerhet kan inte "
            "beräknas."
        ),
    ),
    "a median": (
        {"certainty": "not_comparable", "method": "quantile"},
        "Andel avslag 2024: Medianer och andra kvantiler visas utan jämförelse.",
    ),
    "an index": (
        {"certainty": "not_comparable", "method": "index"},
        "Andel avslag 2024: Måttet gäller båda könen tillsammans, så ingen jämförelse görs.",
    ),
    "months are missing": (
        {"caution": "partial", "release_status": "preliminary"},
        CERTAIN + " Månader saknas i periodens uppgifter. Uppgifterna är preliminära." + CAVEAT,
    ),
    "not all are followed": (
        {"caution": "not_followed"},
        CERTAIN + " Alla har ännu inte följts till slut." + CAVEAT,
    ),
    "some of unknown sex": (
        {"unknown_person_count": 2},
        CERTAIN[:-1] + "; därutöver 2 vars kön är okänt." + CAVEAT,
    ),
}


@pytest.fixture(scope="module")
def macros() -> jinja2.environment.TemplateModule:
    return rendered(
        "marts/gap_sentence.sql", "marts/number_text.sql", "portable/text.sql",
        "statistics/intervals.sql",
    )  # fmt: skip


def sentence(
    macros: jinja2.environment.TemplateModule, language: str, changes: dict[str, Any]
) -> str:
    row = ROW | changes
    with duckdb.connect() as connection:
        columns = ", ".join(f"? as {name}" for name in row)
        ((found,),) = connection.execute(
            f"select {macros.gap_sentence(language)} from (select {columns})",
            list(row.values()),
        ).fetchall()
    return str(found)


@pytest.mark.parametrize("case", CASES)
def test_a_gap_is_said_in_swedish(case: str, macros: jinja2.environment.TemplateModule) -> None:
    changes, expected = CASES[case]
    found = sentence(macros, "sv", changes)
    assert found.replace("\N{NO-BREAK SPACE}", " ") == expected


@pytest.mark.parametrize("case", CASES)
def test_a_gap_is_said_in_english_of_the_same_figures(
    case: str, macros: jinja2.environment.TemplateModule
) -> None:
    found = sentence(macros, "en", CASES[case][0])
    swedish = sentence(macros, "sv", CASES[case][0])
    assert found.startswith("Share refused 2024: ")
    for english, same in (
        ("difference is certain", "Skillnaden är säkerställd"),
        ("No certain difference", "Ingen säkerställd skillnad"),
        ("Too few persons", "För få personer"),
        (", uncertainty (95 %) ", ", osäkerhet (95 %) "),
        ("besides them 2 of unknown sex", "därutöver 2 vars kön är okänt"),
    ):
        assert (english in found) == (same in swedish), english
    assert "  " not in found
    assert ("1,234" in found) == ("1\N{NO-BREAK SPACE}234" in swedish)
