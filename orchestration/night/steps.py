"""The steps of a night: each takes what it needs and returns what it made.

Dagster runs them (dagster/), in the order that the data flows; the night's record keeps what they
return.
"""

from __future__ import annotations

import shutil
import subprocess
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from orchestration.database import using
from orchestration.loading import (
    IS_COUNTED,
    RESTORE_RAW,
    load_table,
    read_axes,
    read_key,
    read_participants,
)
from orchestration.night.build_file import read_figures, write_verdicts
from orchestration.night.dbt_runner import build
from orchestration.night.record import Built, FilesRead, Judged, Published, VintagesReady
from orchestration.night.vintage_builds import ensure_vintages
from orchestration.night.vintage_file import keep_followed_up
from orchestration.publishing.data_dictionary import data_dictionary
from orchestration.publishing.files import PUBLISHED_SCHEMAS, PublishedTable
from orchestration.publishing.release import Origin, publish

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from orchestration.loading import SourceTable
    from orchestration.night.build_file import Figures
    from orchestration.night.dbt_runner import Project
    from orchestration.night.night import Night
    from orchestration.registry.manifest import Manifest, Model
    from orchestration.settings import Settings

MADE_BY_THE_NIGHT = (
    PublishedTable("quality", "promise_result", ("promise_id",)),
    PublishedTable("quality", "night", ("night_id",)),
)


def load(night: Night, table: SourceTable, sources: Sequence[SourceTable]) -> FilesRead:
    """Load what is new of one table; `sources`: all tables that there are."""
    settings = night.settings
    participants = read_participants(settings.project_dir, sources)
    now = datetime.now(UTC)
    with night.meter.stage("load"):
        outcomes = load_table(
            settings.raw_file,
            table,
            settings.landing_dir,
            key=read_key(settings.pseudonym_key_file),
            axes=read_axes(settings.project_dir),
            participants=participants,
            now=now,
            workspace=night.workspace,
            on_file=lambda outcome: night.listen("load", outcome.file_name),
        )
    fault = participants.fault_of(table, outcomes, now.date())
    return FilesRead(table.source_name, table.table_name, tuple(outcomes), fault)


def prepare_vintages(night: Night, project: Project) -> VintagesReady:
    """Have the earlier states that the figures will be compared with."""
    with night.meter.stage("vintages"):
        vintages = ensure_vintages(
            night.settings, project, lambda vintage: night.listen("vintages", vintage)
        )
    return VintagesReady(tuple(vintages))


def build_warehouse(night: Night, project: Project) -> Built:
    """Build everything into a fresh build file; a failed node is in what is returned."""
    settings = night.settings
    with night.meter.stage("build"):
        nodes = build(settings, project, lambda name: night.listen("build", name))
        has_failed = any(node.has_failed for node in nodes)
        figures = None if has_failed else read_figures(settings.build_file)
    return Built(tuple(nodes), figures)


def judge(night: Night, project: Project) -> Judged:
    """Have the promises judged, and the verdicts written beside what they judge."""
    settings = night.settings
    with night.meter.stage("judge"):
        promises = night.judge().verdicts(
            settings.build_file,
            project.manifest_file,
            night.reports_dir,
            night.log_file,
            night.workspace,
        )
        write_verdicts(settings.build_file, promises, night.night_id, night.started, settings.as_of)
    return Judged(tuple(promises))


def published_models(manifest: Manifest) -> tuple[Model, ...]:
    """Return the models that readers get: in `indicators` those that have a key.

    What has no key there is a step on the way to the cube and would only be the cube once more.
    """
    return tuple(
        model
        for model in manifest.models_in(*PUBLISHED_SCHEMAS)
        if model.materialized in ("table", "view")
        and (model.schema != "indicators" or model.primary_key)
    )


def publish_release(night: Night, manifest: Manifest, figures: Figures) -> Published:
    """Make a release of the build file and swap `published/current` to it."""
    settings = night.settings
    tables = [
        PublishedTable(
            model.schema,
            model.name,
            model.primary_key,
            is_shown_whole="shown_by_a_view" in model.tags,
        )
        for model in published_models(manifest)
    ]
    with night.meter.stage("publish"):
        release = publish(
            settings.build_file,
            settings.published_dir,
            [*tables, *MADE_BY_THE_NIGHT],
            Origin(
                release_id=night.night_id,
                night_id=night.night_id,
                published_at=datetime.now(UTC),
                as_of=settings.as_of,
                code_commit=_code_commit(settings.project_dir),
                registry_sha256=manifest.registry_sha256,
                inputs=_inputs(settings),
                final_periods=figures.final_periods,
            ),
            keep=settings.keep_releases,
            workspace=night.workspace,
            dictionary=data_dictionary(manifest, settings.versions_file),
        )
        if settings.as_of is None:
            keep_followed_up(settings, night.night_id, figures.split)
    return Published(release)


def _inputs(settings: Settings) -> tuple[Mapping[str, Any], ...]:
    """Return the deliveries that the staging models could see, oldest first."""
    import duckdb

    with (
        using(settings.raw_file, RESTORE_RAW),
        duckdb.connect(str(settings.raw_file), read_only=True) as connection,
    ):
        rows = connection.execute(
            f"""
            select source_name, table_name, file_name, sha256, received_at, rows_loaded
            from log.delivery
            where {IS_COUNTED}
            order by source_name, table_name, delivery_id
            """,
            {"as_of": settings.as_of},
        )
        names = [column[0] for column in rows.description]
        return tuple(dict(zip(names, row, strict=True)) for row in rows.fetchall())


def _code_commit(project_dir: Path) -> str | None:
    """Return the commit of the checkout, or None where there is neither git nor a commit."""
    git = shutil.which("git")
    if git is None:
        return None
    outcome = subprocess.run(
        [git, "-C", str(project_dir), "rev-parse", "--verify", "HEAD"],
        capture_output=True,
        text=True,
        check=False,
    )
    return outcome.stdout.strip() or None
