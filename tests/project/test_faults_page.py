"""docs/faults.md: every fault names a test that really does it, and that test exists."""

from __future__ import annotations

import re
from pathlib import Path

PROJECT_DIR = Path(__file__).resolve().parents[2]


def test_every_fault_is_tried_by_a_test_that_exists() -> None:
    page = (PROJECT_DIR / "docs" / "faults.md").read_text(encoding="utf-8")
    python = "".join(
        file.read_text(encoding="utf-8") for file in (PROJECT_DIR / "tests").rglob("test_*.py")
    )
    names = set(re.findall(r"^def (test_\w+)", python, flags=re.M))
    faults = [
        line
        for line in page.splitlines()
        if line.startswith("| ") and not line.startswith("| what goes wrong")
    ]
    assert len(faults) > 40
    for line in faults:
        _, fault, outcome, tried_in, _ = line.split("|")
        tests = re.findall(r"`(test_\w+)`", tried_in)
        assert fault.strip(), line
        assert outcome.strip(), line
        assert tests, f"tried by no test: {fault}"
        assert set(tests) <= names, set(tests) - names
