"""The project as dbt parses it is the project as it lies there."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

from orchestration.night.dbt_runner import parse
from tests.conftest import PROJECT_DIR, installation

if TYPE_CHECKING:
    from pathlib import Path

CONTRACT = """
sources:
  - name: gamma
    database: raw
    tables:
      - name: placering
        config:
          meta:
            load: {files: "placering_{area}_{period}.csv", format: csv, delivery: snapshot}
        columns: [{name: kommentar, data_type: varchar}]
"""


def test_a_contract_put_back_with_its_old_timestamp_bites(tmp_path: Path) -> None:
    """`cp -p`, `rsync -a` and `tar` do so; dbt goes by the time of a YAML file."""
    project = tmp_path / "project"
    (project / "dbt_project" / "models").mkdir(parents=True)
    for name in ("dbt_project.yml", "profiles.yml"):
        shutil.copy(PROJECT_DIR / "dbt_project" / name, project / "dbt_project")
    file = project / "dbt_project" / "models" / "_gamma__sources.yml"
    file.write_text(CONTRACT, encoding="utf-8")
    settings = installation(tmp_path, project)
    assert [column.contract.drop for column in parse(settings).manifest.sources[0].columns] == [
        None
    ]
    time = file.stat()
    dropped = "columns: [{name: kommentar, config: {meta: {load: {drop: Free text.}}}}]"
    file.write_text(CONTRACT.replace("columns: [{name: kommentar, data_type: varchar}]", dropped))
    os.utime(file, ns=(time.st_atime_ns, time.st_mtime_ns))
    (column,) = parse(settings).manifest.sources[0].columns
    assert column.contract.drop == "Free text."
