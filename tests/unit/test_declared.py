"""What the YAML of a project declares: read as dbt reads it, and judged before dbt starts."""

from __future__ import annotations

import io
import shutil
from typing import TYPE_CHECKING

import pytest
from rich.console import Console

from orchestration.registry.declared import read_declared
from orchestration.tools.check_files import print_check
from tests.conftest import PROJECT_DIR, WARM, installation

if TYPE_CHECKING:
    from pathlib import Path

ALFA = "dbt_project/models/staging/alfa/_alfa__sources.yml"
BETA = "dbt_project/models/staging/beta/_beta__sources.yml"
BLOCKS = "dbt_project/models/indicators/economic_assistance.yml"
SEED = "seeds/participants.csv"
ROW = "assistance_month,9901,alfa,2023-01-01,"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Return a copy of what stands in YAML and seeds, for a test to spoil."""
    for folder in ("dbt_project", "seeds"):
        shutil.copytree(
            PROJECT_DIR / folder, tmp_path / folder, ignore=shutil.ignore_patterns("target", "logs")
        )
    return tmp_path


def spoil(project: Path, name: str, old: str, new: str) -> None:
    text = (project / name).read_text(encoding="utf-8")
    assert old in text
    (project / name).write_text(text.replace(old, new, 1), encoding="utf-8")


def test_what_is_read_from_yaml_is_what_dbt_reads() -> None:
    declared = read_declared(PROJECT_DIR)
    assert declared.sources == WARM.project.manifest.sources
    assert declared.faults == ()


@pytest.mark.parametrize(
    ("name", "old", "new", "said"),
    [
        (
            ALFA,
            "encoding: cp1252",
            "encodng: cp1252",
            (
                "models/staging/alfa/_alfa__sources.yml: alfa.ansokan: encodng: "
                "Extra inputs are not permitted (is `encoding` meant?)"
            ),
        ),
        (ALFA, "codes: {K: women", "codes: {K: kvinnor", "alfa.ansokan.sokande_kon: no axis sex"),
        (ALFA, "identity: personnummer", "identity: pnr", "ansokan.sokande_personnummer: identity"),
        (ALFA, "  - name: alfa", "  - nam: alfa", "_alfa__sources.yml: a file of sources is"),
        (ALFA, "- name: alfa", "- name: Alfa_2", "Alfa_2.ansokan: name of a source: small letters"),
        (ALFA, "sources:", "sources: [", "_alfa__sources.yml: line "),
        (
            BLOCKS,
            "- indicator_id: adult_recipients\n",
            "- indicator: adult_recipients\n",
            (
                "models/indicators/economic_assistance.yml: economic_assistance: block 1: "
                "indicator_id: is missing"
            ),
        ),
        (
            BLOCKS,
            "- indicator_id: adult_recipients_month\n",
            "- indicator_id: adult_recipients\n",
            "block 2: indicator_id: adult_recipients is there already",
        ),
        (SEED, ROW, "assistance_month,9909,alfa,,", "area_code 9909 is neither in"),
        (SEED, ROW, "assistance_month,9901,alpha,,", "source_name alpha is no source"),
        (SEED, ROW, "assistance_month,9901,gamma,,", "is not what gamma collects: placement_year"),
        (SEED, ROW, "assistance_month,9901,,,", "source_name is missing: assistance_month is sent"),
        (SEED, ROW, f"{ROW}2022-12-31", "valid_to is before valid_from"),
        (SEED, ROW, "assistance_month,9901,alfa,2023,", "valid_from or valid_to is no day"),
        (
            "seeds/municipalities.csv",
            "9901,Ekbacka,99,",
            "X,Ekbacka,99,",
            "municipality_code X is not its county's code of two characters, 99, and more",
        ),
    ],
)
def test_what_is_wrong_is_named_with_its_file_place_and_key(
    project: Path, name: str, old: str, new: str, said: str
) -> None:
    spoil(project, name, old, new)
    faults = read_declared(project).faults
    assert [fault for fault in faults if said in fault], faults
    if name == SEED:
        line = (PROJECT_DIR / SEED).read_text(encoding="utf-8").splitlines().index(ROW) + 1
        assert [f"{SEED}: line {line}: " in fault for fault in faults] == [True]


def test_a_check_tells_of_every_fault_at_once_and_goes_on(project: Path, tmp_path: Path) -> None:
    spoil(project, ALFA, 'delimiter: ";"', 'delimter: ";"')
    spoil(project, BETA, "period_column: ", "period_colum: ")
    spoil(project, BLOCKS, "indicator_id: adult_recipients\n", "indicator: adult_recipients\n")
    settings = installation(tmp_path / "installation", project)
    skolan = settings.landing_dir / "kulturskola" / "skolan.csv"
    skolan.parent.mkdir(parents=True)
    skolan.write_text("a;b\n", encoding="utf-8")
    page = io.StringIO()
    assert not print_check(Console(file=page, width=200), settings, [skolan])
    told = page.getvalue()
    for said in ("delimter", "period_colum", "block 1: indicator_id", "waits for no file"):
        assert said in told
    assert told.count("fix:") >= told.count("wrong ") > 2
    assert not settings.manifest_file.exists(), "dbt was started"
