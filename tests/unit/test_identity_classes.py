"""What becomes of an identity that is none: each class by its name, and never one person for many.

Numbers are Skatteverket's published test numbers, or spoilt forms of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from loading_support import HEADER, NAME, ROW, Landing, source_table

from orchestration.loading import ContractError

if TYPE_CHECKING:
    from pathlib import Path

NUMBER, OTHER_NUMBER = "189001019802", "196004182843"
BORN_2000, BORN_2001 = "200001012384", "200101012383"
PERSON: dict[str, tuple[str, dict[str, Any]]] = {
    "rad": ("varchar", {"required": True}),
    "pnr": ("varchar", {"identity": "personnummer"}),
    "kon": ("varchar", {"axis": "sex", "codes": {"K": "women", "M": "men"}}),
}
WHOLE, SPOILT = "whole", "spoilt by a spreadsheet"
NO_BIRTH, LOST_ZEROS = "born after the day of receipt or before 1800", "leading zeros lost"
OF_ITS_OWN, LOCAL = "of its own", "local"
CLASSES = [
    # the number, however it is written
    ("18900101-9802", WHOLE),
    ("18900101–9802", WHOLE),  # en dash
    ("18900101−9802", WHOLE),  # minus
    ("18900101‐9802", WHOLE),  # hyphen
    ("18900101\u00ad9802", WHOLE),  # soft hyphen
    ("18900101 9802", WHOLE),
    ("18900101\u202f9802", WHOLE),
    ("18900101\u200b-9802", WHOLE),
    ("'189001019802", WHOLE),
    ('"=""189001019802"""', WHOLE),
    ("189001019802.0", WHOLE),
    ("189001019802,0", WHOLE),
    ("900101+9802", WHOLE),
    # what a spreadsheet leaves of one
    ("1,89001E+11", SPOILT),
    ("1.89E+11", SPOILT),
    ("189001019803.0", SPOILT),  # no number after all
    ("4711.0", SPOILT),
    ("1012384", LOST_ZEROS),
    ("101012383", LOST_ZEROS),
    ("101012383.0", LOST_ZEROS),
    # a mistyped century
    ("219001019802", NO_BIRTH),
    ("299001019802", NO_BIRTH),
    ("119001019802", NO_BIRTH),
    # what stands where no number is known
    ("000000000000", OF_ITS_OWN),
    ("0", OF_ITS_OWN),
    ("0000", OF_ITS_OWN),
    ("000000-0000", OF_ITS_OWN),
    ("19000101-0000", OF_ITS_OWN),
    ("190001010000", OF_ITS_OWN),
    ("19000101-9999", OF_ITS_OWN),
    ("9999999999", OF_ITS_OWN),
    ("111111-1111", OF_ITS_OWN),
    ("19600229-XXXX", OF_ITS_OWN),
    ("19600229-xxxx", OF_ITS_OWN),
    ("19600229–XXXX", OF_ITS_OWN),
    ("19600229****", OF_ITS_OWN),
    ("19600229????", OF_ITS_OWN),
    ("1960XXXX-XXXX", OF_ITS_OWN),
    ("19600229-TF", OF_ITS_OWN),
    ("19600229TF00", OF_ITS_OWN),
    ("TF", OF_ITS_OWN),
    ("xxxx", OF_ITS_OWN),
    ("ÅÅÅÅMMDD-NNNN", OF_ITS_OWN),
    ("SAKNAS", OF_ITS_OWN),
    ("okänt", OF_ITS_OWN),
    ("Uppgift saknas", OF_ITS_OWN),
    ("?", OF_ITS_OWN),
    ("–", OF_ITS_OWN),
    ("19600229", OF_ITS_OWN),
    ("1960-02-29", OF_ITS_OWN),
    ("600229-", OF_ITS_OWN),
    # ids of an office, which are as good as any
    ("TF-12", LOCAL),
    ("19600229-TF01", LOCAL),
    ("LOK-17", LOCAL),
    ("4711", LOCAL),
    ("12345678", LOCAL),
    ("992001123456", LOCAL),  # a reservnummer of Region Stockholm
    ("19600229K01X", LOCAL),
    ("18900101-9803", LOCAL),  # a checksum that is wrong: reservnummer look so
]


def _persons(tmp_path: Path, identity: str = "personnummer", **load: Any) -> Landing:
    columns = {**PERSON, "pnr": ("varchar", {"identity": identity, **load.pop("pnr", {})})}
    load = {"key": ["rad"], "period_column": None, "encoding": "utf-8", "nulls": [""], **load}
    return Landing(tmp_path, source_table(columns, **load))


def _file(numbers: list[str], sex: str = "K") -> str:
    rows = [f"{row};{number};{sex}" for row, number in enumerate(numbers, 1)]
    return "\n".join(["rad;pnr;kon", *rows, ""])


def _classes(landing: Landing, numbers: list[str]) -> dict[str, str]:
    """Load each number twice and say what became of it."""
    landing.load_one(_file([*numbers, *numbers]))
    reasons = dict(landing.query("select row_number - 1, reason from log.quarantined_row"))
    keys: dict[int, tuple[str | None, str, str | None]] = {
        int(row): (key, kind, sex)
        for row, key, kind, sex in landing.query(
            "select rad, pnr_key, pnr_kind, pnr_sex from prov.betalning"
        )
    }
    found = {}
    for first, number in enumerate(numbers, 1):
        second = first + len(numbers)
        if first in reasons:
            assert reasons[first] == reasons[second]
            found[number] = reasons[first].rpartition(": ")[0]
            continue
        assert keys[first] == keys[second]
        key, kind, sex = keys[first]
        if kind == "placeholder":
            assert (key, sex) == (None, None)
            found[number] = OF_ITS_OWN
        elif kind == "local":
            assert (key is not None, sex) == (True, None)
            found[number] = LOCAL
        else:
            assert (kind, sex) == ("personnummer", "women")
            found[number] = WHOLE
    return found


def test_each_class_of_identity_is_told_by_name(tmp_path: Path) -> None:
    expected = dict(CLASSES)
    assert len(expected) == len(CLASSES)
    assert _classes(_persons(tmp_path), list(expected)) == expected


def test_one_number_is_one_person_however_it_is_written(tmp_path: Path) -> None:
    landing = _persons(tmp_path)
    forms = [number for number, found in CLASSES if found == WHOLE]
    landing.load_one(_file([NUMBER, *forms]))
    assert landing.query("select count(distinct pnr_key), count(*) from prov.betalning") == [
        (1, len(forms) + 1)
    ]


def test_a_birth_on_the_day_of_receipt_is_one_and_on_the_day_after_is_none(
    tmp_path: Path,
) -> None:
    landing = _persons(tmp_path)
    for received, loaded in (("20000101", 1), ("19991231", 0)):
        outcome = landing.load_one(_file([BORN_2000]), NAME.replace("20240205", received))
        assert outcome.rows_loaded == loaded


def test_a_number_that_must_tell_rows_apart_may_not_be_a_word(tmp_path: Path) -> None:
    for landing in (
        _persons(tmp_path / "required", pnr={"required": True}),
        _persons(tmp_path / "key", key=["rad", "pnr"]),
    ):
        outcome = landing.load_one(_file(["SAKNAS", NUMBER]))
        (problem,) = outcome.problems
        assert "nobody's number: letters (6 characters)" in problem.message
        assert outcome.rows_loaded == 1


def test_an_id_of_the_office_is_never_read_as_a_person_number(tmp_path: Path) -> None:
    expected = {
        NUMBER: LOCAL,
        "101012383": LOCAL,
        "219001019802": LOCAL,
        "9999": LOCAL,
        "19600229": LOCAL,
        "Kund A": LOCAL,
        "SAKNAS": OF_ITS_OWN,
        "okänd": OF_ITS_OWN,
        "0000": OF_ITS_OWN,
        "XXXX": OF_ITS_OWN,
        "-": OF_ITS_OWN,
        "4711.0": SPOILT,
        "4,7E+11": SPOILT,
    }
    assert _classes(_persons(tmp_path, "local"), list(expected)) == expected


def test_an_id_of_the_office_is_the_same_whichever_kind_the_column_says(tmp_path: Path) -> None:
    keys = set()
    for identity in ("personnummer", "local"):
        landing = _persons(tmp_path / identity, identity)
        landing.load_one(_file(["LOK-17", "LOK–17"]))
        keys |= set(landing.query("select pnr_key from prov.betalning"))
    assert len(keys) == 1


def test_a_json_number_that_was_rounded_is_no_person(tmp_path: Path) -> None:
    table = source_table(
        {"rad": PERSON["rad"], "pnr": PERSON["pnr"]},
        files="p_{area}.json",
        format="json",
        encoding="utf-8",
        key=["rad"],
        period_column=None,
    )
    landing = Landing(tmp_path, table)
    outcome = landing.load_one(
        '[{"rad": 1, "pnr": 1.98E+11}, {"rad": 2, "pnr": 196004182843.0},'
        ' {"rad": 3, "pnr": 196004182843}]',
        "p_2080.json",
    )
    assert [problem.message.partition(": ")[2] for problem in outcome.problems] == [
        f"{SPOILT}: shape 999999999999,9"
    ]
    assert landing.query("select count(*), count(distinct pnr_key) from prov.betalning") == [(2, 1)]


@pytest.mark.parametrize(
    ("number", "code", "loads"),
    [(NUMBER, "X", True), (NUMBER, "K", True), ("LOK-1", "X", False), ("LOK-1", "M", True)],
)
def test_an_unknown_code_of_sex_stops_nobody_whose_number_tells_it(
    tmp_path: Path, number: str, code: str, loads: bool
) -> None:
    landing = _persons(tmp_path)
    outcome = landing.load_one(_file([number, number], code))
    assert outcome.rows_quarantined == (0 if loads else 2)
    if loads:
        known = None if code == "X" else code
        assert landing.query("select distinct kon from prov.betalning") == [(known,)]
    if code == "X":
        problem = outcome.problems[0]
        assert "add the code to `codes`" in problem.fix
        assert ("column kon: 2 rows have an unknown code" in problem.message) == loads


CASE = {**PERSON, "arende": ("varchar", {}), "lopnr": ("bigint", {})}


def _cases(tmp_path: Path, numbers: list[str], column: str = "arende", **keys: Any) -> Landing:
    kind, contract = CASE[column]
    columns = {**CASE, column: (kind, {**contract, **keys})}
    table = source_table(columns, key=["rad"], period_column=None, encoding="utf-8")
    landing = Landing(tmp_path, table)
    other = {"arende": "H1", "lopnr": "1"}
    rows = [
        ";".join([str(row), "", "K", *({**other, column: number}).values()])
        for row, number in enumerate(numbers, 1)
    ]
    landing.put("\n".join(["rad;pnr;kon;arende;lopnr", *rows, ""]))
    return landing


NUMBERS_ELSEWHERE = [
    "18900101-9802",
    NUMBER,
    "900101-9802",
    "9001019802",
    "Ärende 18900101–9802/2",
    "18900101 9802",
    "19140168-2396",  # samordningsnummer
]


def test_person_numbers_in_a_column_that_is_no_identity_refuse_the_file(tmp_path: Path) -> None:
    landing = _cases(tmp_path, [*["H17"] * 493, *NUMBERS_ELSEWHERE])
    (outcome,) = landing.load()
    assert outcome.status == "refused"
    assert "7 of 500 rows have a person number in a column that is no identity" in str(
        outcome.reason
    )
    assert "more than 1%" in str(outcome.reason)
    whole, *each = outcome.problems
    assert "looks_like_identity" in whole.fix
    assert [problem.row for problem in each] == list(range(495, 502))
    assert {problem.column for problem in each} == {"arende"}
    assert not any(number[-4:] in repr(outcome) for number in (NUMBER, "2396"))


def test_a_single_person_number_elsewhere_is_quarantined_and_never_lands(tmp_path: Path) -> None:
    landing = _cases(tmp_path, [*["H17"] * 199, "18900101-9802"])
    (outcome,) = landing.load()
    assert (outcome.status, outcome.rows_loaded, outcome.rows_quarantined) == ("loaded", 199, 1)
    assert "person number in a column that is no identity" in outcome.problems[0].message
    assert b"9802" not in landing.raw_file.read_bytes()


def test_a_whole_number_may_be_one_too(tmp_path: Path) -> None:
    (outcome,) = _cases(tmp_path, [NUMBER], "lopnr").load()
    assert (outcome.status, outcome.problems[1].column) == ("refused", "lopnr")


def test_what_only_resembles_a_person_number_is_left_alone(tmp_path: Path) -> None:
    resembling = [
        "18900101-9803",  # checksum
        "1234567890",  # no month
        "18900101-98021",  # too long
        "9802",
        "2025-00017",
        "12345678901234567890123",
        "H-189001",
    ]
    (outcome,) = _cases(tmp_path, resembling).load()
    assert (outcome.rows_loaded, outcome.problems) == (len(resembling), ())


def test_a_contract_may_say_that_values_only_look_like_person_numbers(tmp_path: Path) -> None:
    landing = _cases(tmp_path, [NUMBER], looks_like_identity="day and serial of the case")
    (outcome,) = landing.load()
    assert outcome.rows_loaded == 1


BIRTH = {**PERSON, "fodd": ("date", {"birth_of": "pnr"})}


def test_a_birth_date_may_be_a_column_and_only_month_and_year_of_it_land(tmp_path: Path) -> None:
    table = source_table(BIRTH, key=["rad"], period_column=None)
    landing = Landing(tmp_path, table)
    outcome = landing.load_one(
        "rad;pnr;kon;fodd\n"
        "1;LOK-1;K;2011-05-17\n"
        f"2;{NUMBER};K;2011-05-17\n"
        "3;;K;2011-05-17\n"
        "4;SAKNAS;K;\n"
        "5;LOK-2;K;2024-02-06\n"
    )
    assert landing.query(
        "select rad, pnr_birth_year, pnr_birth_month from prov.betalning order by rad"
    ) == [("1", 2011, 5), ("2", 1890, 1), ("3", 2011, 5), ("4", None, None)]
    assert [name for (name, *_) in landing.query("describe prov.betalning")].count("fodd") == 0
    (problem,) = outcome.problems
    assert (problem.row, NO_BIRTH in problem.message) == (6, True)


@pytest.mark.parametrize(
    ("column", "said"),
    [
        ({"birth_of": "kon"}, "birth_of names no identity: kon"),
        ({"ends": "rad"}, "ends names no date column: rad"),
        ({"exclusive": True}, "exclusive needs ends"),
    ],
)
def test_a_contract_that_names_the_wrong_column_is_an_error(
    column: dict[str, Any], said: str
) -> None:
    with pytest.raises(ContractError, match=said):
        source_table({**PERSON, "dag": ("date", column)}, key=["rad"], period_column=None)


def test_the_example_row_has_no_number_but_in_its_identity(tmp_path: Path) -> None:
    assert Landing(tmp_path).load_one(f"{HEADER}\n{ROW}").problems == ()
