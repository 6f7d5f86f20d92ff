"""Has the promises judged: starts `python -m expectations` and reads its verdicts.

What a promise means is the business of the expectations package, which knows nothing of this one.
"""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

from expectations.promise_result import read_results
from orchestration.errors import JamviktError
from orchestration.settings import PROJECT_DIR
from orchestration.workspace import size

if TYPE_CHECKING:
    from pathlib import Path

    from expectations.promise_result import PromiseResult
    from orchestration.workspace import Workspace


class Judge:
    """The process that judges: it imports while dbt still builds, and opens no file until asked."""

    def __init__(self, log_file: Path) -> None:
        """Start it; what goes wrong before it is asked stands in the log."""
        log_file.parent.mkdir(parents=True, exist_ok=True)
        with log_file.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "expectations", "--serve"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                cwd=PROJECT_DIR,
            )

    def verdicts(
        self,
        build_file: Path,
        manifest_file: Path,
        report_dir: Path,
        log_file: Path,
        workspace: Workspace,
    ) -> list[PromiseResult]:
        """Have a build file judged, which nobody may have open, and return the verdicts.

        Raises JamviktError when there are none.
        """
        results_file = report_dir / "promises.json"
        log_file.parent.mkdir(parents=True, exist_ok=True)
        asked = {
            "build_file": str(build_file),
            "manifest_file": str(manifest_file),
            "reports_dir": str(report_dir.parent),
            "night_id": report_dir.name,
            "scratch_dir": str(workspace.folder),
            "memory_limit": size(workspace.memory_limit),
            "log_file": str(log_file),
        }
        code = self._ask(json.dumps(asked))
        if not results_file.is_file():
            raise JamviktError(
                f"The promises could not be judged (exit {code}).", f"read {log_file}"
            )
        return read_results(results_file)

    def _ask(self, line: str) -> str:
        """Return the exit code of what was asked for, or that of the process if it has ended."""
        asking, answer = self._process.stdin, self._process.stdout
        if asking is None or answer is None:
            raise RuntimeError("the judging process has no pipes")
        try:
            asking.write(line + "\n")
            asking.flush()
        except BrokenPipeError:
            return str(self._process.wait())
        return answer.readline().strip() or str(self._process.wait())

    def stop(self) -> None:
        """End the process where it still runs."""
        if self._process.poll() is None:
            self._process.kill()
        self._process.communicate()
