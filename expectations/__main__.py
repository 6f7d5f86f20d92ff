"""`python -m expectations`: reads arguments, judges, tells one line per promise.

Ends with 0 no promise broken · 1 a promise is broken · 3 technical.
"""

from __future__ import annotations

import argparse
import logging
import sys
from pathlib import Path

from expectations.judge import import_great_expectations, judge
from expectations.promises import PromiseError

OK, BROKEN, TECHNICAL = 0, 1, 3


def main() -> int:
    """Judge and return the exit code."""
    arguments = _arguments()
    if arguments.wait and not _told_to_go():
        return OK
    try:
        results = judge(
            arguments.build_file, arguments.manifest, arguments.reports_dir, arguments.night_id
        )
    except PromiseError as error:
        sys.stderr.write(f"{error}\n")
        return TECHNICAL
    page = arguments.reports_dir / arguments.night_id / "data_docs" / "index.html"
    for result in results:
        sys.stdout.write(
            f"{result.status:<8} {result.promise_id}: {result.rows_checked} checked, "
            f"{result.rows_violating} violating, {result.rows_waived} waived "
            f"({result.reason or result.evidence})\n"
        )
    sys.stdout.write(f"report   {page}\n")
    return BROKEN if any(result.status == "broken" for result in results) else OK


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m expectations", description=__doc__)
    parser.add_argument("--build-file", type=Path, required=True, help="DuckDB file of the night")
    parser.add_argument("--manifest", type=Path, required=True, help="dbt's manifest.json")
    parser.add_argument("--reports-dir", type=Path, required=True, help="where reports are kept")
    parser.add_argument("--night-id", required=True, help="folder of this report")
    parser.add_argument(
        "--wait", action="store_true", help="import first, judge after the line 'go' on stdin"
    )
    return parser.parse_args()


def _told_to_go() -> bool:
    """Import while the build still runs; False when the starter ends without saying go."""
    import_great_expectations()
    return sys.stdin.readline().strip() == "go"


if __name__ == "__main__":
    try:
        code = main()
    except Exception:
        logging.getLogger("expectations").exception("The promises could not be judged.")
        code = TECHNICAL
    sys.exit(code)
