"""SIE files: what lands of a ledger, and what makes it so wrong that nothing does."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from loading_support import Landing, source_table

from orchestration.demo.writer import Export
from orchestration.loading import ContractError, SourceTable
from orchestration.loading.outcome import UnreadableFileError
from orchestration.loading.sie_reading import write_text

VOUCHER: dict[str, tuple[str, dict[str, Any]]] = {
    "serie": ("varchar", {}),
    "vernr": ("varchar", {"required": True}),
    "datum": ("date", {"required": True}),
    "vertext": ("varchar", {"drop": "free text"}),
    "rad": ("integer", {"required": True}),
    "konto": ("varchar", {"required": True}),
    "belopp": ("decimal(18,2)", {"required": True, "unit": "sek"}),
    "transtext": ("varchar", {"drop": "free text"}),
    "ansvar": ("varchar", {"header": "dim 1"}),
    "projekt": ("varchar", {"header": "dim 6"}),
}
BALANCE: dict[str, tuple[str, dict[str, Any]]] = {
    "post": ("varchar", {"required": True}),
    "datum": ("date", {"required": True}),
    "konto": ("varchar", {"required": True}),
    "belopp": ("decimal(18,2)", {"required": True, "unit": "sek"}),
    "ansvar": ("varchar", {"header": "dim 1"}),
}
LOAD: dict[str, Any] = {
    "files": "sie_{area}_{period}_{received}.se",
    "format": "sie",
    "encoding": "cp437",
    "decimal": ".",
    "dates": ["%Y%m%d"],
    "thousands": "",
    "period_column": "datum",
}
NAME = "sie_2080_2024_20250105.se"
HEAD = """#FLAGGA 0
#PROGRAM "Räkna" 3.1
#FORMAT PC8
#SIETYP 4
#FNAMN "Åsa Testsson AB"
#RAR 0 20240101 20241231
#RAR -1 20230101 20231231
#KONTO 1930 Bank
#KONTO 5011 "Löner, \\"fasta\\""
#DIM 1 Ansvar
#DIM 6 Projekt
#OBJEKT 1 "47 11" "Norra {enheten}"
#OBJEKT 6 P1 Projekt
"""
VER = """#VER K 17 20240131 "Lön \\"januari\\" {till} Åsa" 20240202
{
   #TRANS 5011 {1 "47 11" 6 "P1"} 100.50 20240130 "Åsa Testsson" 3
   #TRANS 1930 {} -100.5
}
"""
SUMS = "#UB 0 1930 -100.50\n#UB -1 1930 7\n#RES 0 5011 100.50\n"


def sie_table(columns: dict[str, tuple[str, dict[str, Any]]] = VOUCHER, **load: Any) -> SourceTable:
    key = ["post", "konto", "ansvar"] if "post" in columns else ["datum", "serie", "vernr", "rad"]
    return source_table(columns, **{**LOAD, "key": key, **load})


def landed(landing: Landing) -> list[tuple[Any, ...]]:
    names = ", ".join(column.name for column in landing.table.landed_columns)
    return landing.query(f"select {names} from prov.betalning order by _row_number")


def refusal(folder: Path, content: str, table: SourceTable | None = None) -> str:
    """Return why a file is refused, and the fix."""
    file = folder / "text"
    file.write_text(content, encoding="utf-8", newline="\n")
    with pytest.raises(UnreadableFileError) as error:
        write_text(file, table or sie_table(), folder / "rows")
    return f"{error.value.message} (fix: {error.value.fix})"


def test_every_row_of_a_voucher_is_a_row_with_its_objects(tmp_path: Path) -> None:
    landing = Landing(tmp_path, sie_table())
    outcome = landing.load_one(HEAD + SUMS + VER, NAME)
    assert (outcome.rows_in_file, outcome.rows_quarantined) == (2, 0), outcome
    day = date(2024, 1, 31)
    assert landed(landing) == [
        ("K", "17", day, 1, "5011", Decimal("100.50"), "47 11", "P1"),
        ("K", "17", day, 2, "1930", Decimal("-100.50"), None, None),
    ]
    first_row = (HEAD + SUMS + VER).split("\n").index(VER.split("\n")[2]) + 1
    assert landing.query("select min(_row_number) from prov.betalning") == [(first_row,)]


def test_no_text_lands(tmp_path: Path) -> None:
    landing = Landing(tmp_path, sie_table())
    landing.load_one(HEAD + VER, NAME)
    stored = landing.raw_file.read_bytes()
    for text in ("Testsson", "januari", "Norra"):
        assert text.encode() not in stored


@pytest.mark.parametrize("encoding", ["cp437", "latin-1", "cp1252", "utf-8"])
def test_the_code_page_is_the_contract_s(encoding: str, tmp_path: Path) -> None:
    landing = Landing(tmp_path, sie_table(encoding=encoding))
    content = (HEAD + VER).replace("P1", "Å1")
    assert landing.load_one(content, NAME).rows_loaded == 2
    assert landed(landing)[0][-1] == "Å1"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("\n", "\r\n"),
        ("#TRANS 5011 {", "#TRANS\t5011\t{"),
        ("#TRANS 5011", "#trans 5011"),
        ('{1 "47 11" 6 "P1"}', '{ "1" "47 11" "6" P1 }'),
        (" 3\n", " 3\n\n   #OKÄND 1 2\n"),
        ("#KONTO", "#KTYP 1930 T\n#KONTO"),
        ("#DIM 1 Ansvar\n", ""),
    ],
)
def test_freedoms_of_the_format_change_nothing(old: str, new: str, tmp_path: Path) -> None:
    landing = Landing(tmp_path, sie_table())
    content = HEAD + VER
    assert old in content
    assert landing.load_one(content.replace(old, new), NAME).rows_loaded == 2
    assert landed(landing)[0][4:] == ("5011", Decimal("100.50"), "47 11", "P1")


def test_the_chart_may_stand_below_the_vouchers(tmp_path: Path) -> None:
    lines = HEAD.splitlines(keepends=True)
    content = "".join([*lines[:7], VER, *lines[7:]])
    assert Landing(tmp_path, sie_table()).load_one(content, NAME).rows_loaded == 2


def test_a_removed_row_is_no_row_and_an_added_one_is_one(tmp_path: Path) -> None:
    landing = Landing(tmp_path, sie_table())
    row = "#TRANS 1930 {} -100.5"
    both = f"#BTRANS 1930 {{}} -99\n   #RTRANS 1930 {{}} -100.5\n   {row}"
    assert landing.load_one(HEAD + SUMS + VER.replace(row, both), NAME).rows_in_file == 2
    assert [row[3:6] for row in landed(landing)] == [
        (1, "5011", Decimal("100.50")),
        (2, "1930", Decimal("-100.50")),
    ]


def test_dimensions_that_the_contract_does_not_name_are_counted(tmp_path: Path) -> None:
    content = HEAD.replace("#DIM 6", "#DIM 20 Annat\n#UNDERDIM 21 Mer 20\n#DIM 6") + VER
    outcome = Landing(tmp_path, sie_table()).load_one(content, NAME)
    assert (outcome.rows_loaded, outcome.undeclared_columns) == (2, 2)


def test_a_voucher_of_another_month_than_the_file_s_is_quarantined(tmp_path: Path) -> None:
    landing = Landing(tmp_path, sie_table())
    outcome = landing.load_one(HEAD + VER, NAME.replace("_2024_", "_202402_"))
    assert outcome.rows_quarantined == 2
    line = (HEAD + VER).split("\n").index("{") + 2
    assert f"row {line}, column datum: outside the months" in outcome.problems[0].message


BAD_VOUCHERS = [
    ("100.50", "100.51", "}", "voucher K 17: the voucher does not balance", "ledger system"),
    ("TRANS 5011", "TRANS 5012", "5012", "voucher K 17: the account is not in #KONTO", "chart"),
    ('"P1"', '"P2"', "P2", "voucher K 17: the object of dimension 6 is not in #OBJEKT", "chart"),
    ("20240131", "20240231", "#VER", "voucher K 17: the date is not a day", "ledger system"),
    ("20240131", "2024-01-31", "#VER", "voucher K 17: the date is not a day", "ledger system"),
    ("20240131", "2024013", "#VER", "voucher K 17: the date is not a day", "ledger system"),
    ("20240130", "20241330", "20241330", "voucher K 17: the date is not a day", "ledger system"),
    ("20240131", "20250131", "#VER", "voucher K 17: the date is outside the year", "own year"),
    ("-100.5\n", "-100,5\n", "-100,5", "voucher K 17: the amount is no number", "ledger system"),
    ("-100.5\n", "-100.505\n", "505", "voucher K 17: the amount is no number", "ledger system"),
    (" {} -100.5", " -100.5", "1930 -", "voucher K 17: the list of objects", "ledger system"),
    ('"P1"}', "}", "5011 {", "voucher K 17: the list of objects", "ledger system"),
    ('"P1"}', '"P1" 6 "P1"}', "5011 {", "voucher K 17: the list of objects", "ledger system"),
    ('Åsa" 2', "Åsa 2", "#VER", ": a quotation mark has no partner", "transfer"),
    ("   #TRANS 1930", "   #RTRANS 1930", "}", "voucher K 17: the #RTRANS above", "ledger"),
    ("#VER K 17", '#VER K ""', "#VER", ": the voucher has no number", "ledger system"),
    ("#VER K 17 20240131", "#VER K", "#VER", ": the voucher has no number", "ledger system"),
    ("#VER K 17 20240131", "#VER K 17", "#VER", "K 17: the date is not a day", "ledger system"),
    ("{\n   #TR", "   #TR", "5011 {", "voucher K 17: the voucher above has no rows", "transfer"),
    ("}\n", "", "", "voucher K 17: the file ends inside a voucher", "transfer"),
    ("}\n", f"}}\n{VER}", "", "voucher K 17: the voucher stands in the file twice", "ledger"),
    (
        "}\n",
        "#VER K 18 20240131\n",
        "K 18",
        "K 17: the voucher above has no rows, or no",
        "transfer",
    ),
    ("}\n", "}\n}\n", "", ": the brace closes no voucher", "transfer"),
    ("}\n", "}\n{\n", "", ": the brace opens no voucher", "transfer"),
    ("}\n", "}\n#TRANS 1930 {} 1.00\n", "1.00", ": the row belongs to no voucher", "transfer"),
    ("3\n", "3\x07\n", "\x07", "voucher K 17: there is a control character", "ledger"),
    ("3\n", "3\nrest of a text\n", "rest of", "voucher K 17: the line is no record", "transfer"),
]


@pytest.mark.parametrize(("old", "new", "line", "said", "fix"), BAD_VOUCHERS)
def test_a_wrong_voucher_refuses_the_file_and_is_named_with_its_line(
    old: str, new: str, line: str, said: str, fix: str, tmp_path: Path
) -> None:
    assert old in VER
    content = HEAD + VER.replace(old, new, 1)
    told = refusal(tmp_path, content)
    place, _, rest = told.partition(" (fix: ")
    assert said in place
    assert fix in rest
    number = int(place.removeprefix("line ").partition(":")[0].partition(",")[0])
    assert line in content.split("\n")[number - 1]


def test_nothing_of_a_refused_ledger_lands(tmp_path: Path) -> None:
    landing = Landing(tmp_path, sie_table())
    outcome = landing.load_one(HEAD + VER.replace("100.50", "100.51"), NAME)
    line = (HEAD + VER).split("\n").index("}") + 1
    assert outcome.status == "refused"
    (problem,) = outcome.problems
    assert problem.message == (f"{NAME}: line {line}, voucher K 17: the voucher does not balance")
    assert problem.fix == "mend it in the ledger system and export the file again"
    assert landing.query("select count(*) from prov.betalning") == [(0,)]


def test_a_message_shows_no_voucher_number_that_could_be_a_person_s(tmp_path: Path) -> None:
    content = HEAD + VER.replace("K 17", "K 189001019802").replace("100.50", "1.00")
    told = refusal(tmp_path, content)
    assert "the voucher does not balance" in told
    assert "9802" not in told


def test_vouchers_without_numbers_are_those_of_a_system_before_the_ledger(tmp_path: Path) -> None:
    """SIE 4I may leave series and number to the ledger; a ledger's own file may not."""
    unnumbered = VER.replace("K 17", '"" ""')
    told = refusal(tmp_path, HEAD + unnumbered)
    assert "this is SIE 4I, which a system sends to a ledger (fix: export SIE 4E" in told
    assert "4I" not in refusal(tmp_path, HEAD + SUMS + unnumbered)


BAD_FILES = [
    ("#FLAGGA 0\n", "", "line 1: the file does not begin with #FLAGGA"),
    ("#SIETYP 4", "#SIETYP 5", "#SIETYP is none of 1 to 4"),
    ("#RAR 0 20240101 20241231\n", "", "the file has no #RAR 0"),
    ("#RAR 0 20240101", "#RAR 0 20241301", "line 6: the date is not a day"),
    ("#FLAGGA 0\n", "#FLAGGA 0\n#KSUMMA\n", "the file ends before its #KSUMMA"),
]


@pytest.mark.parametrize(("old", "new", "said"), BAD_FILES)
def test_a_wrong_file_is_refused_with_its_reason(
    old: str, new: str, said: str, tmp_path: Path
) -> None:
    assert old in HEAD
    assert said in refusal(tmp_path, HEAD.replace(old, new, 1) + VER)


def test_a_file_without_vouchers_is_refused_where_vouchers_are_wanted(tmp_path: Path) -> None:
    told = refusal(tmp_path, HEAD.replace("#SIETYP 4", "#SIETYP 2") + SUMS)
    assert "SIE type 2 without vouchers (fix: export the file as SIE type 4)" in told


def test_a_file_without_a_dimension_of_the_contract_is_refused(tmp_path: Path) -> None:
    table = sie_table({**VOUCHER, "verksamhet": ("varchar", {"header": "dim 20"})})
    told = refusal(tmp_path, HEAD + VER, table)
    assert "the file has no #DIM 20 (fix: export the dimension, or mend `header`" in told


def test_a_checksum_that_is_closed_is_in_order(tmp_path: Path) -> None:
    content = HEAD.replace("#FORMAT", "#KSUMMA\n#FORMAT") + VER + "#KSUMMA 12345\n"
    assert Landing(tmp_path, sie_table()).load_one(content, NAME).rows_loaded == 2


def test_a_file_cut_anywhere_is_refused(tmp_path: Path) -> None:
    second = VER.replace("K 17", "K 18")
    content = HEAD + SUMS.replace("100.50", "201.00") + VER + second
    for end in range(content.rindex("}")):
        refusal(tmp_path, content[:end])


def test_without_sums_only_a_cut_between_vouchers_goes_unseen(tmp_path: Path) -> None:
    content = HEAD + VER + VER.replace("K 17", "K 18")
    between = content.index("#VER K 18")
    for end in set(range(content.rindex("}"))) - {between - 1, between}:
        refusal(tmp_path, content[:end])


def test_a_voucher_that_is_missing_shows_in_the_sums(tmp_path: Path) -> None:
    lost = VER.replace("K 17", "K 18")
    sums = SUMS.replace("100.50", "201.00")
    outcome = Landing(tmp_path / "whole", sie_table()).load_one(HEAD + sums + VER + lost, NAME)
    assert outcome.rows_loaded == 4
    line = (HEAD + sums).split("\n").index("#UB 0 1930 -201.00") + 1
    told = refusal(tmp_path, HEAD + sums + VER)
    assert f"line {line}: the vouchers of the account do not come to its #UB or #RES" in told


BALANCES = """#IB 0 1930 50.00
#IB -1 1930 9.00
#UB 0 1930 -50.50
#UB 0 2080 -50.00
#RES 0 5011 100.50
#OIB 0 1930 {1 "47 11"} 20.00
#OUB 0 1930 {1 "47 11"} -20.00
#PSALDO 0 202401 5011 {} 100.50
#PSALDO 0 202401 5011 {1 "47 11"} 60.50
#PSALDO -1 202301 5011 {} 1.00
#PBUDGET 0 202401 5011 {} 90.00
"""
CHART = HEAD.replace("#KONTO 1930", "#KONTO 2080 Eget\n#KONTO 1930")


@pytest.mark.parametrize("kind", ["1", "2", "3"])
def test_types_without_vouchers_land_their_balances_of_the_year(kind: str, tmp_path: Path) -> None:
    landing = Landing(tmp_path, sie_table(BALANCE))
    content = CHART.replace("#SIETYP 4", f"#SIETYP {kind}") + BALANCES
    assert landing.load_one(content, NAME).rows_loaded == 8
    first, last = date(2024, 1, 1), date(2024, 12, 31)
    assert landed(landing) == [
        ("IB", first, "1930", Decimal("50.00"), None),
        ("UB", last, "1930", Decimal("-50.50"), None),
        ("UB", last, "2080", Decimal("-50.00"), None),
        ("RES", last, "5011", Decimal("100.50"), None),
        ("OIB", first, "1930", Decimal("20.00"), "47 11"),
        ("OUB", last, "1930", Decimal("-20.00"), "47 11"),
        ("PSALDO", first, "5011", Decimal("100.50"), None),
        ("PSALDO", first, "5011", Decimal("60.50"), "47 11"),
    ]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("-50.50", "-50.51", "#UB and #RES of the year do not add up to nothing"),
        ("#RES 0 5011 100.50\n", "", "#UB and #RES of the year do not add up to nothing"),
        ("#PSALDO 0 202401 5011", "#PSALDO 0 202413 5011", "line 22: the date is not a day"),
        ("#PSALDO 0 202401 5011", "#PSALDO 0 202501 5011", "line 22: the date is outside"),
        ("#PSALDO 0 202401 5011", "#PSALDO 0 202401 5012", "line 22: the account is not"),
        ("#PSALDO 0 202401 5011 {}", "#PSALDO 0 202401 5011", "line 22: the list of objects"),
        (BALANCES, "", "the file has no balances of its year"),
    ],
)
def test_wrong_balances_refuse_the_file(old: str, new: str, said: str, tmp_path: Path) -> None:
    assert old in BALANCES
    content = CHART + BALANCES.replace(old, new, 1)
    assert said in refusal(tmp_path, content, sie_table(BALANCE))


@pytest.mark.parametrize(
    ("columns", "load", "said"),
    [
        ({"vertext": ("varchar", {})}, {}, "header vertext is neither"),
        ({"text": ("varchar", {"header": "dim one"})}, {}, "header dim one is neither"),
        ({"post": ("varchar", {})}, {}, "serie: header serie is neither"),
        ({}, {"decimal": ","}, 'SIE has decimal: "."'),
        ({}, {"dates": ["%Y-%m-%d"]}, 'SIE has decimal: "."'),
    ],
)
def test_a_contract_that_sie_cannot_keep_is_an_error(
    columns: dict[str, Any], load: dict[str, Any], said: str
) -> None:
    with pytest.raises(ContractError) as error:
        source_table({**VOUCHER, **columns}, **{**LOAD, "key": ["vernr"], **load})
    assert said in str(error.value)


@dataclass(frozen=True)
class Row:
    """A row of a voucher, as the writer gets it and the loader gives it back."""

    number: int
    row: int
    account: str
    ore: int
    unit: str | None
    project: str | None


def can_be_written(text: str) -> bool:
    """Say no to what the loader trims, and to what SIE cannot end a text with."""
    return text == text.strip() and not text.endswith("\\")


@st.composite
def ledgers(draw: st.DrawFn) -> list[Row]:
    """Draw vouchers that balance."""
    names = st.none() | st.text('aZ9Å {}"\\', min_size=1, max_size=5).filter(can_be_written)
    rows = []
    for number in range(1, draw(st.integers(1, 4)) + 1):
        amounts = draw(st.lists(st.integers(-(10**12), 10**12), min_size=1, max_size=4))
        for place, ore in enumerate([*amounts, -sum(amounts)], start=1):
            account = draw(st.sampled_from(["1930", "2990", "3011", "5011"]))
            rows.append(Row(number, place, account, ore, draw(names), draw(names)))
    return rows


def sql(value: str | None) -> str:
    return "null" if value is None else "'" + value.replace("'", "''") + "'"


def write(folder: Path, rows: list[Row], text: str) -> Path:
    values = ", ".join(
        f"({row.number}, {row.row}, '{row.account}', {row.ore}, {sql(row.unit)}, "
        f"{sql(row.project)})"
        for row in rows
    )
    query = (
        "select '2080' as _area, '2024' as _period, '20250105' as _received, 'K' as serie, "
        "cast(number as varchar) as vernr, date '2024-05-06' as datum, "
        f"{sql(text)} as vertext, place as rad, konto, "
        "cast(cast(ore as decimal(18, 0)) / 100 as decimal(18, 2)) as belopp, "
        f"{sql(text)} as transtext, cast(ansvar as varchar) as ansvar, "
        "cast(projekt as varchar) as projekt "
        f"from (values {values}) as v(number, place, konto, ore, ansvar, projekt)"
    )
    with duckdb.connect() as connection:
        export = Export(connection, sie_table(), query)
        export.write(folder / "landing")
        return folder / "landing" / export.paths[0]


@settings(max_examples=25, deadline=None)
@given(ledgers(), st.text('aÅ "\\{}#', max_size=8).filter(can_be_written), st.data())
def test_what_is_written_is_read_and_no_unbalanced_voucher_is(
    rows: list[Row], text: str, data: st.DataObject
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = write(Path(folder), rows, text)
        landing = Landing(Path(folder), sie_table())
        (outcome,) = landing.load()
        assert (outcome.status, outcome.rows_loaded) == ("loaded", len(rows)), outcome
        assert landed(landing) == [
            (
                "K",
                str(row.number),
                date(2024, 5, 6),
                row.row,
                row.account,
                Decimal(row.ore) / 100,
                row.unit,
                row.project,
            )
            for row in rows
        ]
        wrong = data.draw(st.integers(0, len(rows) - 1))
        less = data.draw(st.integers(1, 10**6))
        changed = [
            Row(**{**vars(row), "ore": row.ore - less}) if place == wrong else row
            for place, row in enumerate(rows)
        ]
        write(Path(folder), changed, text)
        (outcome,) = landing.load()
        assert outcome.status == "refused"
        assert f"voucher K {rows[wrong].number}: the voucher does not balance" in str(
            outcome.reason
        )
        assert file.is_file()


def test_balances_are_written_as_they_are_read(tmp_path: Path) -> None:
    query = """
        select '2080' as _area, '2024' as _period, '20250105' as _received, post, datum, konto,
            cast(belopp as decimal(18, 2)) as belopp, ansvar
        from (values
            ('UB', date '2024-12-31', '1930', -7, null),
            ('RES', date '2024-12-31', '5011', 7, null),
            ('OUB', date '2024-12-31', '1930', -7, 'A 1'),
            ('PSALDO', date '2024-02-01', '5011', 7, 'B')
        ) as v(post, datum, konto, belopp, ansvar)
    """
    with duckdb.connect() as connection:
        Export(connection, sie_table(BALANCE), query).write(tmp_path / "landing")
    landing = Landing(tmp_path, sie_table(BALANCE))
    (outcome,) = landing.load()
    assert outcome.rows_loaded == 4, outcome
    assert [(row[0], row[1].month, *row[2:]) for row in landed(landing)] == [
        ("UB", 12, "1930", Decimal(-7), None),
        ("RES", 12, "5011", Decimal(7), None),
        ("OUB", 12, "1930", Decimal(-7), "A 1"),
        ("PSALDO", 2, "5011", Decimal(7), "B"),
    ]
