"""Measures a first and a second night of counties of several sizes: seconds and memory by stage.

`python benchmarks/nights.py --times 3 9000 300000` writes each county to a folder of its own below
data/bench/, made anew each time, and writes a table of medians for docs/benchmarks.md.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
from pathlib import Path
from statistics import median
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


def two_nights(folder: Path, persons: str) -> list[dict[str, Any]]:
    """Run a first and a second night of a county that is written anew."""
    shutil.rmtree(folder, ignore_errors=True)
    return [night(folder, "--demo", "--persons", persons), night(folder)]


def medians(nights: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the nights as one: the median of seconds and bytes, by stage."""
    by_stage = {
        kind: {stage: median(each[kind].get(stage, 0) for each in nights) for stage in STAGES}
        for kind in ("seconds", "memory_bytes", "spilled_bytes")
    }
    spent = median(each["cpu_seconds"] for each in nights)
    return {**nights[0], **by_stage, "cpu_seconds": spent}


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
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=1, help="nights of each kind")
    parser.add_argument("persons", nargs="+", help="size of a county")
    asked = parser.parse_args()
    for persons in asked.persons:
        folder = PROJECT_DIR / "data" / "bench" / persons
        runs = [two_nights(folder, persons) for _ in range(asked.times)]
        nights = [medians([run[which] for run in runs]) for which in (0, 1)]
        release = (folder / "published" / "current").resolve()
        sys.stdout.write(f"\n{table(persons, nights, release)}\n")


if __name__ == "__main__":
    main()
