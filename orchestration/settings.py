"""Where everything lies: the one reader of the environment, which makes no folder and no file.

Everything else is handed a `Settings`.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import AwareDatetime, ByteSize, Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from orchestration.workspace import Workspace, open_workspace, size

if TYPE_CHECKING:
    from contextlib import AbstractContextManager
    from datetime import datetime

PROJECT_DIR = Path(__file__).resolve().parent.parent
NIGHT = "night"
"""Name of a night's scratch folder; one night runs at a time."""
MEMORY_SHARE = 0.4
"""Of the machine for one engine: a night has up to two at work, and Python beside them."""


class Settings(BaseSettings):
    """Folders and switches of one installation, from `JAMVIKT_*` variables or `.env`.

    Two installations with different `JAMVIKT_*_DIR` run side by side and share nothing. A relative
    path counts from the project, wherever the program is called from.
    """

    model_config = SettingsConfigDict(
        env_prefix="JAMVIKT_", env_file=PROJECT_DIR / ".env", extra="ignore", frozen=True
    )

    landing_dir: Path = Path("data/landing")
    """Raw exports, one folder per source."""
    data_dir: Path = Path("data")
    """Warehouse files, the pseudonym key of the demo, Dagster's own storage."""
    published_dir: Path = Path("published")
    """Releases; `published/current` is the one to read."""
    reports_dir: Path = Path("reports")
    """Data Docs and quality reports."""
    pseudonym_key_file: Path = Path("data/keys/pseudonym.key")
    """Secret key of the pseudonyms, 0600, kept apart from the warehouse's backups."""
    as_of: AwareDatetime | None = None
    """Build the warehouse from what had been received at this moment; default: everything."""
    keep_releases: int = Field(default=10, ge=1)
    """How many releases stay under `published/`."""
    keep_days: int = Field(default=400, ge=1)
    """How long logs, quality reports and Dagster's runs stay, unless their release does."""
    after_night: str | None = None
    """A command that is told, after every night, how it went; night/after_night.py says what."""
    revision_vintages: int = Field(default=2, ge=0)
    """How many earlier states a night compares its figures with, each as of a quarter's start."""
    memory_limit: ByteSize | None = Field(default=None, ge=2**28)
    """What one engine may take before it spills, as `4GiB`; default: two fifths of the machine."""
    spill_limit: ByteSize = Field(default=ByteSize(64 * 2**30), ge=2**28)
    """What one engine may write to scratch before it gives up."""
    project_dir: Path = PROJECT_DIR
    """The checkout that holds `dbt_project/` and `seeds/`."""

    def model_post_init(self, _context: object) -> None:
        """Make every path absolute, so that a working directory changes nothing."""
        object.__setattr__(self, "project_dir", PROJECT_DIR / self.project_dir)
        for name in (
            "landing_dir",
            "data_dir",
            "published_dir",
            "reports_dir",
            "pseudonym_key_file",
        ):
            object.__setattr__(self, name, self.project_dir / getattr(self, name))

    @property
    def warehouse_dir(self) -> Path:
        """Folder of the DuckDB files, outside what people read."""
        return self.data_dir / "warehouse"

    @property
    def scratch_dir(self) -> Path:
        """What is needed for a moment; may hold text of exports, so it is swept of what is left."""
        return self.data_dir / "scratch"

    @property
    def engine_memory(self) -> int:
        """Bytes that one engine may take."""
        if self.memory_limit is not None:
            return int(self.memory_limit)
        import psutil

        return int(psutil.virtual_memory().total * MEMORY_SHARE)

    def workspace(self, name: str) -> AbstractContextManager[Workspace]:
        """Open the scratch folder `name`, within the bounds that these settings give an engine."""
        return open_workspace(self.scratch_dir, name, self.engine_memory, self.spill_limit)

    @property
    def raw_file(self) -> Path:
        """Everything that ever landed, and the delivery log."""
        return self.warehouse_dir / "raw.duckdb"

    @property
    def build_file(self) -> Path:
        """The night's own file: dbt writes it, expectations judge it, publishing reads it."""
        return self.warehouse_dir / "build.duckdb"

    @property
    def vintages_file(self) -> Path:
        """Figures as they were known at earlier moments, each state built once."""
        return self.warehouse_dir / "vintages.duckdb"

    @property
    def vintage_build_file(self) -> Path:
        """What dbt writes for an earlier state; ADR 0005 gives it the name of the night's own."""
        return self.warehouse_dir / "vintage" / self.build_file.name

    @property
    def dbt_project_dir(self) -> Path:
        """The dbt project."""
        return self.project_dir / "dbt_project"

    @property
    def versions_file(self) -> Path:
        """Every version of a definition after its first, and why it was made."""
        return self.project_dir / "seeds" / "indicator_versions.csv"

    @property
    def definitions_file(self) -> Path:
        """Version and hash of every definition, written by `jamvikt docs`."""
        return self.dbt_project_dir / "models" / "indicators" / "definitions.lock"

    @property
    def manifest_file(self) -> Path:
        """The dbt manifest, the only registry of models, sources and indicators."""
        return self.data_dir / "dbt" / "manifest.json"

    @property
    def dagster_home(self) -> Path:
        """Dagster's own storage: runs, their events, the schedule's state."""
        return self.data_dir / "dagster"

    @property
    def log_dir(self) -> Path:
        """One log per night; may hold pseudonyms, so it is not for readers."""
        return self.data_dir / "logs"

    @property
    def nights_file(self) -> Path:
        """One JSON line when a night begins and one when it ends, appended, never rewritten."""
        return self.warehouse_dir / "nights.jsonl"

    @property
    def lock_file(self) -> Path:
        """Held while a night runs."""
        return self.data_dir / "nightly.lock"

    def dbt_environment(self) -> dict[str, str]:
        """Return the environment variables that dbt_project/profiles.yml and its models read."""
        return {
            "JAMVIKT_BUILD_FILE": str(self.build_file),
            "JAMVIKT_RAW_FILE": str(self.raw_file),
            "JAMVIKT_VINTAGES_FILE": str(self.vintages_file),
            "JAMVIKT_AS_OF": _timestamp(self.as_of),
            # A name that stays: another one would have dbt parse everything anew.
            "JAMVIKT_SPILL_DIR": str(self.scratch_dir / NIGHT / "dbt"),
            "JAMVIKT_MEMORY_LIMIT": size(self.engine_memory),
            "JAMVIKT_SPILL_LIMIT": size(self.spill_limit),
            "DBT_PROJECT_DIR": str(self.dbt_project_dir),
            "DBT_PROFILES_DIR": str(self.dbt_project_dir),
            "DBT_TARGET_PATH": str(self.manifest_file.parent),
            "DBT_LOG_PATH": str(self.data_dir / "dbt" / "logs"),
            "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        }


def _timestamp(moment: datetime | None) -> str:
    return moment.isoformat() if moment else "9999-12-31T00:00:00+00:00"
