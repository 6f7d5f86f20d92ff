"""What a contract may say, and how one that cannot be meant is told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from loading_support import AXES, COLUMNS, source_table

from orchestration.loading import ContractError, parse_source_table, read_axes

if TYPE_CHECKING:
    from pathlib import Path

SOURCES = "models/staging/prov/_prov__sources.yml: prov.betalning"


@pytest.mark.parametrize(
    ("load", "said"),
    [
        ({"encodng": "utf-8"}, f"{SOURCES}: encodng: Extra inputs"),
        ({"encoding": "windows-1252-2000"}, f"{SOURCES}: encoding: Input should be"),
        ({"delivery": "append", "key": []}, "append needs a key"),
        ({"files": "a.csv"}, "period_column needs {period}"),
        (
            {"files": "a_{area}.csv", "period_column": None, "collects": ["volume"]},
            "collects needs {period} or {received}",
        ),
        ({"area": "20"}, "area is fixed and in the file name"),
        ({"key": ["namn"]}, "names no landed column: namn"),
        ({"key": ["finns_ej"]}, "names no landed column: finns_ej"),
        ({"period_column": "belopp"}, "neither date nor month"),
        ({"limits": {"bad_row_share": 2}}, f"{SOURCES}: limits.bad_row_share"),
    ],
)
def test_a_wrong_key_of_a_table_is_named_with_its_file(load: dict[str, Any], said: str) -> None:
    with pytest.raises(ContractError) as error:
        source_table(**load)
    assert said in str(error.value)


@pytest.mark.parametrize(
    ("data_type", "column", "said"),
    [
        ("float", {}, f"{SOURCES}.kon: data_type"),
        ("varchar", {"identiy": "personnummer"}, f"{SOURCES}.kon: identiy: Extra inputs"),
        ("varchar", {"codes": {"K": "women"}}, "codes needs the axis"),
        ("varchar", {"drop": "name", "axis": "sex"}, "neither identity, axis nor presence"),
        ("boolean", {"presence": "free text", "axis": "sex"}, "neither identity nor axis"),
        ("varchar", {"presence": "free text"}, "presence needs the type boolean"),
        ("varchar", {"header": "namn"}, "two columns have the header namn"),
    ],
)
def test_a_wrong_key_of_a_column_is_named_with_its_file(
    data_type: str, column: dict[str, Any], said: str
) -> None:
    with pytest.raises(ContractError) as error:
        source_table({**COLUMNS, "kon": (data_type, column)})
    assert said in str(error.value)


def test_an_axis_or_code_that_does_not_exist_is_named() -> None:
    source_table().check_axes(AXES)
    with pytest.raises(ContractError, match="no axis obstacle"):
        source_table().check_axes({"sex": AXES["sex"]})
    with pytest.raises(ContractError, match="no axis sex with men"):
        source_table().check_axes({**AXES, "sex": frozenset({"women"})})


def test_the_fingerprint_changes_with_what_decides_how_a_file_is_read() -> None:
    table = source_table()
    moved = table.model_copy(update={"file": "elsewhere.yml"})
    others = [
        source_table(encoding="latin-1").fingerprint(AXES),
        source_table({**COLUMNS, "antal": ("bigint", {})}).fingerprint(AXES),
        table.fingerprint({**AXES, "obstacle": frozenset({"021"})}),
    ]
    assert source_table().fingerprint(AXES) == moved.fingerprint(AXES) == table.fingerprint(AXES)
    assert len({table.fingerprint(AXES), *others}) == 4


def test_every_contract_of_the_project_is_understood(
    manifest: dict[str, Any], project_axes: dict[str, frozenset[str]]
) -> None:
    tables = [parse_source_table(node) for node in manifest["sources"].values()]
    assert tables
    for table in tables:
        table.check_axes(project_axes)


@pytest.fixture
def project_axes() -> dict[str, frozenset[str]]:
    from orchestration.settings import PROJECT_DIR

    return read_axes(PROJECT_DIR)


def test_axes_are_code_lists_and_bands(tmp_path: Path) -> None:
    for folder in ("seeds", "dbt_project"):
        (tmp_path / folder).mkdir()
    (tmp_path / "seeds/codes.csv").write_text(
        "axis,code,label_sv\nsex,women,Kvinnor\nsex,men,Män\nmonth,01,Januari\n", "utf-8"
    )
    (tmp_path / "dbt_project/dbt_project.yml").write_text(
        "vars:\n  bands:\n    age_band: [{code: 00-17, below: 18}, {code: 18+, from: 18}]\n",
        "utf-8",
    )
    assert read_axes(tmp_path) == {
        "sex": {"women", "men"},
        "month": {"01"},
        "age_band": {"00-17", "18+"},
    }
