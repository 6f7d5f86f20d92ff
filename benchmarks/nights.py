"""Measures a first and a second night of counties of several sizes: seconds and memory by stage.

`python benchmarks/nights.py 9000 300000` writes each county to a folder of its own below
data/bench/, which is made anew, and writes a table for docs/benchmarks.md.
"""

from __future__ import annotations

import json
import os
import resource
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

PROJECT_DIR = Path(__file__).resolve().parent.parent
STAGES = ("start", "demo", "load", "vintages", "build", "judge", "publish", "dagster")
GIB = 2**30


def environment(folder: Path) -> dict[str, str]:
    """Return the environment of an installation of its own below a folder."""
    return {
        **os.environ,
        **{
            f"JAMVIKT_{name.upper()}_DIR": str(folder / name)
            for name in ("landing", "data", "published", "reports")
        },
        "JAMVIKT_PSEUDONYM_KEY_FILE": str(folder / "data" / "keys" / "pseudonym.key"),
    }


def night(folder: Path, *words: str) -> dict[str, Any]:
    """Run a night; return its line of nights.jsonl with `cpu_seconds`, of all its processes."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    command = [str(Path(sys.executable).with_name("jamvikt")), "nightly", *words]
    subprocess.run(command, env=environment(folder), stdout=subprocess.DEVNULL, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    lines = (folder / "data" / "warehouse" / "nights.jsonl").read_text(encoding="utf-8")
    line: dict[str, Any] = json.loads(lines.splitlines()[-1])
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {**line, "cpu_seconds": spent}


def size_of(folder: Path) -> int:
    """Return the bytes of all files below a folder."""
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


def table(persons: str, nights: list[dict[str, Any]], release: Path) -> str:
    """Return what two nights of a county took, as Markdown."""
    size = f"a release takes {size_of(release) / 2**20:.0f} MB"
    lines = [
        f"{int(persons):,} persons, {nights[0]['rows_loaded']:,} rows; {size}.",
        "",
        "| stage | first s | GiB | spilled | second s | GiB | spilled |",
        "|---|---|---|---|---|---|---|",
    ]
    for stage in STAGES:
        cells = [stage]
        for each in nights:
            cells.append(f"{each['seconds'].get(stage, 0):.1f}")
            cells += [
                f"{each[kind].get(stage, 0) / GIB:.1f}"
                for kind in ("memory_bytes", "spilled_bytes")
            ]
        lines.append(f"| {' | '.join(cells)} |")
    totals = [f"{sum(each['seconds'].values()):.1f} | |" for each in nights]
    spent = [f"{each['cpu_seconds']:.0f} | |" for each in nights]
    lines.append(f"| in all | {' '.join(totals)}")
    lines.append(f"| CPU, all processes | {' '.join(spent)}")
    return "\n".join(lines)


def main() -> None:
    """Print one table per county."""
    for persons in sys.argv[1:]:
        folder = PROJECT_DIR / "data" / "bench" / persons
        shutil.rmtree(folder, ignore_errors=True)
        nights = [night(folder, "--demo", "--persons", persons), night(folder)]
        release = (folder / "published" / "current").resolve()
        sys.stdout.write(f"\n{table(persons, nights, release)}\n")


if __name__ == "__main__":
    main()
