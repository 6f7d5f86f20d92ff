"""Settings: the environment is read in one place, and `.env.example` names the same things."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import psutil
import pytest
from pydantic import ValidationError

from orchestration.settings import PROJECT_DIR, Settings

if TYPE_CHECKING:
    from pathlib import Path

EXAMPLE = (PROJECT_DIR / ".env.example").read_text(encoding="utf-8")


def test_the_example_names_every_setting_and_no_other() -> None:
    named = set(re.findall(r"^(?:# )?(JAMVIKT_\w+)=", EXAMPLE, flags=re.MULTILINE))
    assert named == {f"JAMVIKT_{name.upper()}" for name in Settings.model_fields}


def test_the_example_shows_the_defaults(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in Settings.model_fields:
        monkeypatch.delenv(f"JAMVIKT_{name.upper()}", raising=False)
    (tmp_path / "example").write_text(EXAMPLE, encoding="utf-8")
    assert Settings(_env_file="example") == Settings(_env_file=None)


def test_variables_move_every_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JAMVIKT_DATA_DIR", str(tmp_path / "elsewhere"))
    settings = Settings(_env_file=None)
    assert settings.build_file == tmp_path / "elsewhere" / "warehouse" / "build.duckdb"
    assert settings.dbt_environment()["JAMVIKT_BUILD_FILE"] == str(settings.build_file)


def test_paths_count_from_the_project_wherever_the_program_is_called_from(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".env").write_text("JAMVIKT_LANDING_DIR=elsewhere", encoding="utf-8")
    settings = Settings()
    assert settings.landing_dir == PROJECT_DIR / "data" / "landing"
    elsewhere = Settings(project_dir=tmp_path, _env_file=None)
    assert elsewhere.published_dir == tmp_path / "published"


def test_an_engine_gets_a_share_of_the_machine_or_what_is_said() -> None:
    machine = psutil.virtual_memory().total
    assert 0.3 * machine < Settings(_env_file=None).engine_memory < 0.5 * machine
    settings = Settings(memory_limit="3GiB", spill_limit="5 GiB", _env_file=None)
    assert settings.engine_memory == 3 * 2**30
    assert settings.dbt_environment()["JAMVIKT_MEMORY_LIMIT"] == "3145728KiB"
    assert settings.dbt_environment()["JAMVIKT_SPILL_LIMIT"] == "5242880KiB"


def test_a_moment_without_time_zone_is_refused() -> None:
    with pytest.raises(ValidationError, match="as_of"):
        Settings(as_of="2026-01-31T00:00:00", _env_file=None)


def test_no_setting_makes_a_release_public() -> None:
    assert not [name for name in Settings.model_fields if "edition" in name or "public" in name]
