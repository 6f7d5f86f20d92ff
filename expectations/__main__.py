"""`python -m expectations`: reads what to judge, judges, tells one line per promise.

Ends with 0 no promise broken · 1 a promise is broken · 3 technical. With `--serve` it imports Great
Expectations once and judges what each line on its standard input asks for, in a child of its own.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import sys
from pathlib import Path

from expectations.judge import import_great_expectations, judge
from expectations.promises import PromiseError

OK, BROKEN, TECHNICAL = 0, 1, 3
FIELDS = {
    "build_file": "DuckDB file of the night",
    "manifest_file": "dbt's manifest.json",
    "reports_dir": "where reports are kept",
    "night_id": "folder of this report",
    "scratch_dir": "for the moment only",
    "memory_limit": "of DuckDB, as 4GiB",
}
"""What to judge, and where; a line on standard input names the same, and `log_file`."""


def main() -> int:
    """Judge and return the exit code."""
    arguments = _arguments()
    if arguments.serve:
        return _serve()
    return _judge({name: getattr(arguments, name) for name in FIELDS})


def _judge(asked: dict[str, str]) -> int:
    try:
        results = judge(
            Path(asked["build_file"]),
            Path(asked["manifest_file"]),
            Path(asked["reports_dir"]),
            asked["night_id"],
            Path(asked["scratch_dir"]),
            asked["memory_limit"],
        )
    except PromiseError as error:
        sys.stderr.write(f"{error}\n")
        return TECHNICAL
    except Exception:
        logging.getLogger("expectations").exception("The promises could not be judged.")
        return TECHNICAL
    for result in results:
        sys.stdout.write(
            f"{result.status:<8} {result.promise_id}: {result.rows_checked} checked, "
            f"{result.rows_violating} violating, {result.rows_waived} waived "
            f"({result.reason or result.evidence})\n"
        )
    page = Path(asked["reports_dir"], asked["night_id"], "data_docs", "index.html")
    sys.stdout.write(f"report   {page}\n")
    return BROKEN if any(result.status == "broken" for result in results) else OK


def _serve() -> int:
    """Judge line after line; each answer is the exit code, when all files are closed again.

    A child has the imports of its parent and goes with its connections, so that nothing of one
    build file is open when the next is judged.
    """
    # What a library prints must not be taken for an answer.
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="ascii")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    import_great_expectations()
    for line in sys.stdin:
        child = os.fork()
        if not child:
            code = TECHNICAL
            try:
                code = _judge_apart(json.loads(line))
            finally:
                os._exit(code)  # never back into the loop
        _, status = os.waitpid(child, 0)
        answers.write(f"{os.waitstatus_to_exitcode(status)}\n")
        answers.flush()
    return OK


def _judge_apart(asked: dict[str, str]) -> int:
    """In the child: write to the log of the one who asks, and come to an end in any case."""
    log = os.open(asked["log_file"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(log, sys.stdout.fileno())
    os.dup2(log, sys.stderr.fileno())
    code = _judge(asked)
    sys.stdout.flush()
    sys.stderr.flush()
    return code


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m expectations", description=__doc__)
    is_served = "--serve" in sys.argv
    for name, text in FIELDS.items():
        parser.add_argument(f"--{name.replace('_', '-')}", required=not is_served, help=text)
    parser.add_argument("--serve", action="store_true", help="judge what standard input asks for")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
