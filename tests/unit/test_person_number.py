"""Person numbers as DuckDB reads them, against Skatteverket's test numbers and plain arithmetic.

person_number_forms.csv is `list.json` and `interim.json` of personnummer/meta (MIT licence).
"""

from __future__ import annotations

import csv
import hashlib
import hmac
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestration.errors import JamviktError
from orchestration.loading import make_key, read_key
from orchestration.loading.person_number import person_number_steps
from orchestration.loading.pseudonym_key import hmac_parameters
from orchestration.loading.sql_text import steps

KEY = bytes(range(32))
HERE = Path(__file__).resolve().parent
OFFICIAL = HERE.parent.parent / "orchestration" / "demo" / "figures" / "test_numbers.csv"
REFERENCE = date(2026, 11, 24)


@dataclass(frozen=True)
class Person:
    """What the parser says of one number."""

    key: str | None
    kind: str | None
    sex: str | None
    birth_year: int | None
    birth_month: int | None


def _parse(
    numbers: list[str | None], reference: date = REFERENCE, scope: str = "alfa|2080"
) -> list[Person]:
    """Parse numbers as checking.py does: trimmed, blank is null."""
    query = steps(
        "select place, nullif(trim(number), '') as number, $scope as scope, "
        "cast($reference as date) as reference from (select unnest($numbers) as number, "
        "generate_subscripts($numbers, 1) as place)",
        *person_number_steps("number", "p", "scope", "reference"),
    )
    with duckdb.connect() as connection:
        rows = connection.execute(
            f"{query} select p_key, p_kind, p_sex, p_birth_year, p_birth_month "
            "from ready order by place",
            {"numbers": numbers, "reference": reference, "scope": scope, **hmac_parameters(KEY)},
        ).fetchall()
    return [Person(*row) for row in rows]


def _pseudonym(canonical: str) -> str:
    return hmac.new(KEY, canonical.encode(), hashlib.sha256).hexdigest()[:32]


def _luhn_digit(nine: str) -> int:
    """Check digit of nine digits: double every other from the first, add the digits of that."""
    doubled = "".join(
        str(int(digit) * 2) if place % 2 == 0 else digit for place, digit in enumerate(nine)
    )
    return -sum(map(int, doubled)) % 10


@pytest.fixture(scope="module")
def official() -> list[str]:
    with OFFICIAL.open(encoding="utf-8") as file:
        return [row["number"] for row in csv.DictReader(file)]


def test_every_official_number_is_read(official: list[str]) -> None:
    people = _parse(list(official))
    assert len(official) == 41_127 + 2_264  # the published list repeats two of 41 129
    for number, person in zip(official, people, strict=True):
        day, month = int(number[6:8]), int(number[4:6])
        assert person == Person(
            key=_pseudonym(number),
            kind="samordningsnummer" if day >= 60 else "personnummer",
            sex="women" if int(number[10]) % 2 == 0 else "men",
            birth_year=int(number[:4]),
            birth_month=month or None,
        )


def test_the_form_of_a_number_does_not_change_the_person(official: list[str]) -> None:
    numbers = official[::20]
    turned_100 = ["+" if REFERENCE.year - int(number[:4]) >= 100 else "-" for number in numbers]
    expected = [person.key for person in _parse(list(numbers))]
    for forms in (
        [f"{number[:8]}-{number[8:]}" for number in numbers],
        [f" {number[:8]} {number[8:]} " for number in numbers],
        [f"{n[2:8]}{sign}{n[8:]}" for n, sign in zip(numbers, turned_100, strict=True)],
    ):
        assert [person.key for person in _parse(list(forms))] == expected


def test_forms_of_other_projects_are_read_as_they_say() -> None:
    with (HERE / "person_number_forms.csv").open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if " " not in row["form"]]
    people = _parse([row["form"] for row in rows])
    for row, person in zip(rows, people, strict=True):
        if row["is_valid"] == "true":
            assert person.kind == row["kind"], row
            assert person.sex == ("women" if row["is_woman"] == "true" else "men"), row
        else:
            assert (person.kind, person.sex, person.birth_year) == ("local", None, None), row


@pytest.mark.parametrize(
    ("written", "reference", "birth_year"),
    [
        ("000101-2384", date(2026, 1, 1), 2000),
        ("0001012384", date(2026, 1, 1), 2000),
        ("000101+2384", date(2026, 1, 1), 1900),
        ("900101+9802", date(2026, 1, 1), 1890),
        ("900101-9802", date(2026, 1, 1), 1990),
        ("261231-2386", date(2026, 12, 31), 2026),
        ("261231-2386", date(2026, 12, 30), 1926),
        ("261231+2386", date(2026, 1, 1), 1926),
        ("261231+2386", date(2025, 12, 31), 1826),
    ],
)
def test_the_century_of_ten_digits_follows_from_sign_and_reference_date(
    written: str, reference: date, birth_year: int
) -> None:
    # The check digit is worked out, since what is asked here is the year alone.
    digits = written[:6] + written[-4:-1]
    written = written[:-1] + str(_luhn_digit(digits))
    (person,) = _parse([written], reference)
    assert person.birth_year == birth_year


def test_blank_is_nobody() -> None:
    assert _parse([None, "", "  "]) == [Person(None, None, None, None, None)] * 3


@pytest.mark.parametrize(
    "written",
    [
        "189001010006",  # serial 000 does not exist
        "189001019803",  # checksum
        "189002309802",  # no such day
        "20000101E221",  # E is no interim letter
        "991985123456",  # reservnummer
        "TF-12",
        "1890010198022",
        "9001019802x",
        "１８９００１０１９８０２",
    ],
)
def test_everything_else_is_a_local_id_of_source_and_area(written: str) -> None:
    (person,) = _parse([written])
    assert person == Person(_pseudonym(f"local|alfa|2080|{written}"), "local", None, None, None)
    (elsewhere,) = _parse([written], scope="alfa|2081")
    assert elsewhere.key != person.key


def test_another_key_makes_other_pseudonyms_and_hmac_is_pythons() -> None:
    canonical = "189001019802"
    assert _parse([canonical])[0].key == _pseudonym(canonical)
    for key in (b"k", bytes(64)):
        pads = hmac_parameters(key)
        inner = hashlib.sha256(pads["inner_pad"] + canonical.encode()).digest()
        outer = hashlib.sha256(pads["outer_pad"] + inner).hexdigest()
        assert outer == hmac.new(key, canonical.encode(), hashlib.sha256).hexdigest()


@settings(max_examples=20, deadline=None)
@given(st.lists(st.text(max_size=20), max_size=30))
def test_no_text_makes_the_parser_fail(texts: list[str]) -> None:
    people = _parse([*texts, "189001019802"])
    assert len(people) == len(texts) + 1
    for text, person in zip(texts, people, strict=False):
        assert person.kind in (None, "placeholder") or len(person.key or "") == 32
        assert person.kind is not None or not text.strip()


@settings(max_examples=20, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.dates(date(1890, 1, 1), date(2023, 12, 31)), st.integers(1, 998), st.integers(0, 9)
        ),
        min_size=1,
        max_size=40,
    )
)
def test_the_checksum_decides(parts: list[tuple[date, int, int]]) -> None:
    numbers = [f"{day:%Y%m%d}{serial:03d}{check}" for day, serial, check in parts]
    for number, person in zip(numbers, _parse(list(numbers)), strict=True):
        is_right = int(number[-1]) == _luhn_digit(number[2:11])
        assert person.kind == ("personnummer" if is_right else "local")


def test_a_key_is_random_private_and_never_overwritten(tmp_path: Path) -> None:
    file = tmp_path / "keys" / "pseudonym.key"
    make_key(file)
    assert len(read_key(file)) == 32
    assert file.stat().st_mode & 0o777 == 0o600
    with pytest.raises(JamviktError, match="already"):
        make_key(file)
    make_key(tmp_path / "other.key")
    assert read_key(tmp_path / "other.key") != read_key(file)


def test_a_key_that_is_missing_open_to_others_or_spoilt_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "pseudonym.key"
    with pytest.raises(JamviktError, match="jamvikt key"):
        read_key(file)
    make_key(file)
    file.chmod(0o640)
    with pytest.raises(JamviktError, match="chmod 600"):
        read_key(file)
    file.chmod(0o600)
    file.write_text("not a key", encoding="ascii")
    with pytest.raises(JamviktError, match="hexadecimal") as error:
        read_key(file)
    assert "not a key" not in str(error.value)
