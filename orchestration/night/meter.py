"""What a night takes of the machine, stage by stage: seconds, memory, disk for the moment.

Memory is that of the process and its children together, looked at a few times a second.
"""

from __future__ import annotations

import os
import time
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

LOOK_EVERY = 0.5
"""Seconds; a peak that is shorter may be missed."""


class Meter:
    """Seconds and peaks by stage, while it is open."""

    def __init__(self) -> None:
        """Measure nothing yet."""
        self.seconds: dict[str, float] = {}
        """Wall seconds by stage."""
        self.memory: dict[str, int] = {}
        """Most bytes in memory at once, by stage."""
        self.spilled: dict[str, int] = {}
        """Most bytes in scratch at once, by stage."""
        self._stages: list[str] = []

    @contextmanager
    def running(self, scratch_dir: Path) -> Iterator[None]:
        """Look at the machine, and at what lies in scratch, until this ends."""
        is_over = Event()
        thread = Thread(target=self._look, args=(scratch_dir, is_over), daemon=True)
        thread.start()
        try:
            yield
        finally:
            is_over.set()
            thread.join()

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Time a stage; its seconds add up over its parts, and an inner one has its own peaks."""
        start = time.monotonic()
        self._stages.append(name)
        try:
            yield
        finally:
            self._stages.remove(name)
            self.seconds[name] = self.seconds.get(name, 0.0) + time.monotonic() - start

    def _look(self, scratch_dir: Path, is_over: Event) -> None:
        import psutil

        process = psutil.Process()
        while not is_over.wait(LOOK_EVERY):
            stage = self._stages[-1] if self._stages else None
            if stage is None:
                continue
            memory = 0
            for each in (process, *process.children(recursive=True)):
                try:
                    memory += each.memory_info().rss
                except psutil.Error:  # it has just ended
                    continue
            self.memory[stage] = max(self.memory.get(stage, 0), memory)
            self.spilled[stage] = max(self.spilled.get(stage, 0), _bytes_in(scratch_dir))


def _bytes_in(scratch_dir: Path) -> int:
    total = 0
    for folder, _, names in os.walk(scratch_dir):
        for name in names:
            try:
                total += Path(folder, name).stat().st_blocks * 512
            except FileNotFoundError:  # gone meanwhile
                continue
    return total
